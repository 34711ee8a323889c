//! What happened, in order, each with its cause: the timeline's twin in words.

use super::header::seconds;
use super::page::Page;
use yew::prelude::*;

/// So many are listed.
const MOST: usize = 200;

/// What the list gets.
#[derive(Properties, PartialEq)]
pub struct EventsProps {
    /// The page.
    pub page: Page,
    /// The session's version.
    pub version: u64,
}

/// What happened, newest first.
#[component]
pub fn EventsPanel(props: &EventsProps) -> Html {
    let EventsProps { page, version } = props;
    let timeline = use_memo(*version, |_| page.session().timeline(MOST));
    html! {
        <div class="scroll" tabindex="0">
            <table class="events" data-testid="events">
                <thead><tr><th class="n">{ "#" }</th><th class="n">{ "time" }</th><th>{ "who" }</th><th>{ "what" }</th><th class="n">{ "because of" }</th></tr></thead>
                <tbody>
                    { for timeline.happenings.iter().rev().map(|one| html! {
                        <tr key={one.id.0} class={one.refused.then_some("is-failing")}>
                            <td class="n">{ one.id.0 }</td>
                            <td class="n">{ seconds(one.at) }</td>
                            <td class="who">{ timeline.lanes.get(one.lane).map_or("", |lane| lane.name.as_str()) }</td>
                            <td>{ &one.text }</td>
                            <td class="n">{ one.cause.map_or(String::new(), |cause| format!("#{}", cause.0)) }</td>
                        </tr>
                    }) }
                </tbody>
            </table>
            if timeline.older > 0 { <p class="soft pad">{ format!("{} older ones are not listed.", timeline.older) }</p> }
        </div>
    }
}
