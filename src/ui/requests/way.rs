//! The way of a request, step by step.

use crate::session::{StepKind, Way, WayStep};
use std::rc::Rc;
use yew::prelude::*;

/// What the view gets.
#[derive(Properties, PartialEq)]
pub struct WayProps {
    /// The way.
    pub way: Rc<Way>,
}

/// The way, step by step; rules that did not match can be unfolded.
#[component]
pub fn WayView(props: &WayProps) -> Html {
    let way = &props.way;
    html! {
        <div class="column-box way" data-testid="way" tabindex="0" role="group" aria-label="The way of the last request">
            <h3>{ format!("#{} {}", way.number, way.title) }</h3>
            <ol>{ for way.steps.iter().enumerate().map(|(at, step)| html! { <li key={at} class={class_of(step, way)}>{ body(step) }</li> }) }</ol>
        </div>
    }
}

fn class_of(step: &WayStep, way: &Way) -> &'static str {
    match step.kind {
        StepKind::Dns => "dns",
        StepKind::Place => "place",
        StepKind::Rule => "rule",
        StepKind::Nat => "nat",
        StepKind::End if way.answered => "end ok",
        StepKind::End => "end bad",
    }
}

fn body(step: &WayStep) -> Html {
    let passed = step.passed.len();
    html! {
        <>
            if passed > 0 {
                <details><summary>{ format!("{passed} {} not match", if passed == 1 { "rule did" } else { "rules did" }) }</summary>
                    <ul>{ for step.passed.iter().map(|(rule, why)| html! {
                        <li><code>{ rule }</code><span class="soft">{ format!("not: {why}") }</span></li>
                    }) }</ul>
                </details>
            }
            { if step.kind == StepKind::Rule { html! { <code>{ &step.text }</code> } } else { html! { <span>{ &step.text }</span> } } }
            if !step.note.is_empty() { <span class="soft note">{ &step.note }</span> }
        </>
    }
}
