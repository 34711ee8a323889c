//! What happened, a lane for each component, with lines from cause to effect.
//!
//! The list of events is its twin in words; here the arrow keys go from one happening to the next.

use super::header::seconds;
use super::page::Page;
use crate::clock::EventId;
use crate::js::dialog;
use crate::session::{Happening, Timeline};
use std::rc::Rc;
use web_sys::Element;
use yew::prelude::*;

/// So many happenings are drawn.
const MOST: usize = 120;
/// The height of a lane.
const LANE: i32 = 18;
/// No more characters of a text are drawn.
const LETTERS: usize = 36;

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
    let chosen = use_state_eq(|| None::<EventId>);
    let frame = use_node_ref();
    let timeline = use_memo(*version, |_| page.session().timeline(MOST));
    {
        // The newest is in sight, unless one was chosen to look at.
        let (frame, follow) = (frame.clone(), chosen.is_none());
        use_effect_with(timeline.width + timeline.older as i32, move |_| {
            if let Some(frame) = frame.cast::<Element>().filter(|_| follow) {
                dialog::scroll_right(&frame);
            }
        });
    }
    let on_key = {
        let (timeline, chosen) = (timeline.clone(), chosen.clone());
        Callback::from(move |event: KeyboardEvent| {
            let here = chosen.and_then(|id| timeline.happenings.iter().position(|one| one.id == id));
            let last = timeline.happenings.len().saturating_sub(1);
            let next = match (event.key().as_str(), here) {
                ("ArrowLeft", None) | ("End", _) => last,
                ("ArrowLeft", Some(here)) => here.saturating_sub(1),
                ("ArrowRight", Some(here)) => (here + 1).min(last),
                ("ArrowRight", None) | ("Home", _) => 0,
                ("Escape", _) => return chosen.set(None),
                _ => return,
            };
            event.prevent_default();
            chosen.set(timeline.happenings.get(next).map(|one| one.id));
        })
    };
    let on_choose = {
        let chosen = chosen.clone();
        Callback::from(move |id: EventId| chosen.set(if *chosen == Some(id) { None } else { Some(id) }))
    };
    let height = timeline.lanes.len() as i32 * LANE + 22;
    html! {
        <div class="timeline" data-testid="timeline">
            <div class="lanes-frame" ref={frame} tabindex="0" role="group" onkeydown={on_key}
                aria-label="Timeline. The arrow keys go through what happened; the tab Events lists it.">
                <div class="lane-names" style={format!("height:{height}px")} aria-hidden="true">
                    { for timeline.lanes.iter().map(|lane| html! { <div key={lane.name.clone()} class="cut">{ &lane.name }</div> }) }
                </div>
                <Drawing timeline={timeline.clone()} chosen={*chosen} {on_choose} {height}/>
            </div>
            <p class="timeline-said cut" aria-live="polite">{ said(&timeline, *chosen) }</p>
        </div>
    }
}

/// The chosen happening, and what made it happen.
fn said(timeline: &Timeline, chosen: Option<EventId>) -> String {
    let Some(one) = chosen.and_then(|id| timeline.happenings.iter().find(|one| one.id == id)) else {
        return match timeline.older {
            0 => "Choose a happening to see its causes and effects.".to_owned(),
            older => format!("Choose a happening to see its causes and effects. {older} older ones are not drawn."),
        };
    };
    let lane = timeline.lanes.get(one.lane).map_or("", |lane| lane.name.as_str());
    let cause = one.cause.map_or(String::new(), |cause| format!(" · because of #{}", cause.0));
    format!("#{} {} · {lane}: {}{cause}", one.id.0, seconds(one.at), one.text)
}

#[derive(Properties, PartialEq)]
struct DrawingProps {
    timeline: Rc<Timeline>,
    chosen: Option<EventId>,
    on_choose: Callback<EventId>,
    height: i32,
}

/// Lanes, lines and dots.
#[component]
fn Drawing(props: &DrawingProps) -> Html {
    let DrawingProps { timeline, chosen, on_choose, height } = props;
    let width = timeline.width;
    let chain = chosen.map(|id| timeline.chain(id));
    let faded = |id: EventId| chain.as_ref().is_some_and(|chain| !chain.contains(&id)).then_some("faded");
    let lanes = timeline.lanes.len() as i32;
    html! {
        <svg width={width.to_string()} height={height.to_string()} aria-hidden="true">
            { for (0..lanes).map(|lane| html! {
                <line class="lane-line" x1="0" x2={width.to_string()} y1={y(lane).to_string()} y2={y(lane).to_string()}/>
            }) }
            { for timeline.ticks.iter().map(|&(x, at)| html! {
                <>
                    <line class="tick" x1={x.to_string()} x2={x.to_string()} y1="0" y2={(lanes * LANE).to_string()}/>
                    <text class="tick-text" x={(x + 3).to_string()} y={(height - 7).to_string()}>{ seconds(at) }</text>
                </>
            }) }
            { for timeline.happenings.iter().filter_map(|one| {
                let cause = timeline.happenings.iter().find(|other| Some(other.id) == one.cause)?;
                let class = classes!("cause", faded(one.id));
                Some(html! { <path key={format!("c{}", one.id.0)} {class} d={arrow(cause, one)}/> })
            }) }
            { for timeline.happenings.iter().map(|one| dot(one, faded(one.id), *chosen == Some(one.id), on_choose)) }
        </svg>
    }
}

fn y(lane: i32) -> i32 {
    lane * LANE + LANE / 2
}

fn arrow(from: &Happening, to: &Happening) -> String {
    let (x1, y1, x2, y2) = (from.x, y(from.lane as i32), to.x, y(to.lane as i32));
    // Away from the cause at once and into the effect from above or below: lines of one cause stay together.
    let bend = ((x2 - x1) / 2).min(28);
    format!("M{x1} {y1}C{} {y1} {} {y2} {x2} {y2}", x1 + bend, x2 - bend)
}

fn dot(one: &Happening, faded: Option<&'static str>, chosen: bool, on_choose: &Callback<EventId>) -> Html {
    let hue = match one.hue {
        _ if one.refused => "refused".to_owned(),
        Some(hue) => format!("hue{}", hue % 8),
        None => "neutral".to_owned(),
    };
    let (id, on_choose, y) = (one.id, on_choose.clone(), y(one.lane as i32));
    let cut = one.text.chars().count() > LETTERS;
    let text: String = one.text.chars().take(if cut { LETTERS - 1 } else { LETTERS }).collect();
    html! {
        <g key={one.id.0} class={classes!("happening", hue, faded, chosen.then_some("chosen"))}
            onclick={Callback::from(move |_| on_choose.emit(id))}>
            <title>{ format!("{} {}", seconds(one.at), one.text) }</title>
            <circle class="reach" cx={one.x.to_string()} cy={y.to_string()} r="10"/>
            <circle class="dot" cx={one.x.to_string()} cy={y.to_string()} r={if one.told { "4.5" } else { "3" }}/>
            if one.told {
                <text x={(one.x + 8).to_string()} y={(y - 4).to_string()}>{ text }{ if cut { "…" } else { "" } }</text>
            }
        </g>
    }
}
