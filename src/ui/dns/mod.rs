//! What DNS knows: the records of Services, and what a pod gets when it asks for a name.

use super::page::Page;
use crate::dns::RecordType;
use crate::js::dialog;
use crate::session::{Asking, Source};
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

/// What the panel gets.
#[derive(Properties, PartialEq)]
pub struct DnsProps {
    /// The page.
    pub page: Page,
    /// The session's version.
    pub version: u64,
}

/// What DNS knows.
#[component]
pub fn DnsPanel(props: &DnsProps) -> Html {
    let DnsProps { page, version } = props;
    let name = use_state_eq(String::new);
    let from = use_state_eq(|| 0_usize);
    let names = use_memo(*version, |_| page.session().all_names());
    let pods = page.session().client_pods();
    let asking = pods.get(*from).or(pods.first()).and_then(|client| match &client.source {
        Source::Pod(key) if !name.trim().is_empty() => page.session().look_up(key, &name, &RecordType::A),
        _ => None,
    });
    let on_name = {
        let name = name.clone();
        Callback::from(move |event: InputEvent| {
            let field: HtmlInputElement = event.target_unchecked_into();
            name.set(field.value().chars().take(253).collect());
        })
    };
    let on_from = {
        let from = from.clone();
        Callback::from(move |event: Event| {
            let menu: HtmlSelectElement = event.target_unchecked_into();
            from.set(menu.value().parse().unwrap_or(0));
        })
    };
    html! {
        <div class="names" data-testid="dns">
            <div class="column-box" tabindex="0" role="group" aria-label="Records">
                { for names.iter().map(|one| html! {
                    <div key={one.service.name.clone()}>
                        <h3>{ &one.service.name }</h3>
                        <ul class="records">{ for one.records.iter().map(|record| html! { <li>{ record }</li> }) }</ul>
                    </div>
                }) }
            </div>
            <div class="column-box">
                <form class="tools" onsubmit={Callback::from(|event: SubmitEvent| dialog::stay(&event))}>
                    <label class="field"><span>{ "pod" }</span>
                        <select onchange={on_from} data-testid="dns-from">{ for pods.iter().enumerate().map(|(at, pod)| html! {
                            <option value={at.to_string()} selected={at == *from}>{ &pod.name }</option>
                        }) }</select>
                    </label>
                    <label class="field grow"><span>{ "asks for" }</span>
                        <input type="search" data-testid="dns-name" placeholder="go-demo-2-db" value={(*name).clone()} oninput={on_name}/>
                    </label>
                </form>
                { match (&asking, pods.is_empty()) {
                    (Some(asking), _) => walk(asking),
                    (None, true) => html! { <p class="soft">{ "Only pods ask the cluster's DNS, and none runs." }</p> },
                    (None, false) => html! { <p class="soft">{ "Type a name: each step of the resolver's walk through its search list is shown." }</p> },
                } }
            </div>
        </div>
    }
}

fn walk(asking: &Asking) -> Html {
    html! {
        <>
            <ol class="walk">{ for asking.steps.iter().map(|(name, answer)| html! {
                <li><code>{ name }</code><pre class="mono">{ answer }</pre></li>
            }) }</ol>
            <h3>{ "/etc/resolv.conf" }</h3>
            <pre class="code">{ &asking.resolv_conf }</pre>
        </>
    }
}
