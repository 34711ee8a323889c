//! Labels and states, small.

use crate::session::{Chip, PodState};
use yew::prelude::*;

/// A label in the hue of the Service that asks for it; `whole` where there is room for all of it.
pub fn chip_view(chip: &Chip, whole: bool) -> Html {
    let hue = chip.hue.map_or("plain".to_owned(), |hue| format!("hue{}", hue % 8));
    html! { <span class={classes!("chip", hue, whole.then_some("whole"))} title={chip.text.clone()}>{ &chip.text }</span> }
}

/// A pod's state as a shape: told by form, not by colour alone.
pub fn shape(state: PodState) -> Html {
    let (class, inside) = match state {
        PodState::Ready => ("ready", html! { <circle cx="6" cy="6" r="5" class="full"/> }),
        PodState::NotReady => (
            "waiting",
            html! { <><circle cx="6" cy="6" r="4.25" class="ring"/><path d="M6 1.75a4.25 4.25 0 0 1 0 8.5z" class="full"/></> },
        ),
        PodState::Starting => ("starting", html! { <circle cx="6" cy="6" r="4.25" class="ring dashed"/> }),
        PodState::Terminating => {
            ("ending", html! { <><circle cx="6" cy="6" r="4.25" class="ring"/><path d="M3.5 6h5" class="ring"/></> })
        }
        PodState::Ended => ("ended", html! { <path d="M2 6.5l3 3 5-6.5" class="ring"/> }),
        PodState::Failing => ("failing", html! { <path d="M2.5 2.5l7 7m0-7l-7 7" class="ring"/> }),
    };
    html! { <svg class={classes!("shape", class)} viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">{ inside }</svg> }
}
