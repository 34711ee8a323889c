//! The page: Yew components that are pure views of the session.
//!
//! Called by `main`. Never holds cluster logic.

use yew::prelude::*;

/// The whole page.
#[component]
pub fn App() -> Html {
    html! { <main data-testid="app"><h1>{ "Kubernetes Service Playground" }</h1></main> }
}
