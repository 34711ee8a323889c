//! The client of the ports that `kubectl port-forward` has opened: a button for each.

use crate::ui::page::Page;
use yew::prelude::*;

/// What it gets.
#[derive(Properties, PartialEq)]
pub struct ForwardsProps {
    /// The page.
    pub page: Page,
    /// The session's version.
    pub version: u64,
}

/// A button for each open port; nothing where there is none.
#[component]
pub fn Forwards(props: &ForwardsProps) -> Html {
    let page = &props.page;
    let ports: Vec<(u16, String)> =
        page.session().forwards().iter().map(|one| (one.local, one.pod.name.clone())).collect();
    if ports.is_empty() {
        return html! {};
    }
    let button = |(port, pod): (u16, String)| {
        let send = {
            let page = page.clone();
            Callback::from(move |_: MouseEvent| page.with(|session| session.send_forwarded(port)))
        };
        html! {
            <button key={port} type="button" class="button" data-testid="forward-send" onclick={send}
                aria-label={format!("curl localhost:{port}")} title={format!("curl localhost:{port}: leads to {pod}, and to no other pod")}>
                <span class="whole">{ "curl localhost" }</span>{ format!(":{port}") }
            </button>
        }
    };
    html! { <p class="forwards" data-testid="forwards">{ for ports.into_iter().map(button) }</p> }
}
