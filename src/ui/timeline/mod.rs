//! What happened, a lane for each component, with lines from cause to effect.

use super::page::Page;
use yew::prelude::*;

/// What the timeline gets.
#[derive(Properties, PartialEq)]
pub struct TimelineProps {
    /// The page.
    pub page: Page,
    /// The session's version.
    pub version: u64,
}

/// The timeline.
#[component]
pub fn TimelinePanel(props: &TimelineProps) -> Html {
    let TimelineProps { page, version } = props;
    let timeline = use_memo(*version, |_| page.session().timeline(60));
    html! { <div class="scroll" data-testid="timeline">{ timeline.happenings.len() }</div> }
}
