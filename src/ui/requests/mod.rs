//! The requests that were sent: how they were shared out, the last ones, and the way of the last, rule by rule.

mod figures;
mod load;
mod split;
mod way;

use super::header::seconds;
use super::page::Page;
use super::state::State;
use crate::net::Protocol;
use crate::session::{Door, Source, duration};
use figures::Figures;
use load::LoadForm;
pub use split::SplitView;
pub use way::WayView;
use yew::prelude::*;

/// What the requests get.
#[derive(Properties, PartialEq)]
pub struct RequestsProps {
    /// The page.
    pub page: Page,
    /// What is shown.
    pub state: State,
}

/// So many are listed.
const MOST: usize = 50;

/// The requests.
#[component]
pub fn RequestsPanel(props: &RequestsProps) -> Html {
    let RequestsProps { page, state } = props;
    let session = page.session();
    let Some(next) = state.ask(&session) else {
        return html! { <p class="nothing">{ "There is no Service to ask." }</p> };
    };
    let ask = session.asked().next().map_or_else(|| next.clone(), |asked| asked.ask.clone());
    let running = session.stream().is_some();
    let split = session.split(&ask);
    let way = session.last_way();
    let by = (ask.door != Door::Usual).then(|| session.door_name(&ask, &ask.door));
    let asked: Vec<_> = session.asked().take(MOST).cloned().collect();
    drop(session);
    let load = html! { <LoadForm page={page.clone()} ask={next} load={state.load} {running}/> };
    if asked.is_empty() {
        return html! { <div class="column-box">{ load }<p class="nothing">{ "Send a request: it shows which rules it met and where it ended." }</p></div> };
    }
    let on_clear = {
        let page = page.clone();
        Callback::from(move |_: MouseEvent| page.with(crate::session::Session::forget_requests))
    };
    html! {
        <div class="requests" data-testid="requests">
            <div class="column-box" tabindex="0" role="group" aria-label="How requests were shared out">
                { load }
                <div class="row"><h3>{ format!("{} → {}{}", name_of(&ask.from), ask.service.name, port_text(ask.protocol, ask.port)) }
                    if let Some(by) = by { <span class="soft">{ format!(", by {by}") }</span> }
                    if ask.keep_alive { <span class="soft">{ ", keep-alive" }</span> }</h3>
                    <button type="button" class="button small" data-testid="count-anew" onclick={on_clear}>{ "Count anew" }</button></div>
                <SplitView split={split.clone()}/>
                <Figures {split}/>
                <h3>{ "Last requests" }</h3>
                <table class="asked">
                    <thead><tr><th class="n">{ "#" }</th><th class="n">{ "at" }</th><th>{ "went" }</th><th class="n">{ "took" }</th></tr></thead>
                    <tbody>{ for asked.iter().map(|one| html! {
                        <tr key={one.number} class={one.failed.then_some("is-failing")} data-testid="asked">
                            <td class="n">{ one.number }</td><td class="n">{ seconds(one.at) }</td>
                            <td>{ match &one.by {
                                Some(pod) if one.failed => format!("{}: {}", pod.name, one.said),
                                Some(pod) => pod.name.clone(),
                                None => one.said.clone(),
                            } }</td>
                            <td class="n">{ duration(one.took) }</td>
                        </tr>
                    }) }</tbody>
                </table>
            </div>
            if let Some(way) = way { <WayView {way}/> }
        </div>
    }
}

/// A client's name.
pub fn name_of(source: &Source) -> &str {
    match source {
        Source::Outside => "outside",
        Source::Node(name) => name,
        Source::Pod(key) => &key.name,
    }
}

/// `:8080`, `:53/UDP`.
pub fn port_text(protocol: Protocol, port: u16) -> String {
    match protocol {
        Protocol::Tcp => format!(":{port}"),
        other => format!(":{port}/{}", other.name().to_uppercase()),
    }
}
