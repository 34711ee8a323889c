//! What a pod's containers were told at their start, and what they were not.

use crate::session::ContainerEnv;
use crate::store::Key;
use crate::ui::header::seconds;
use crate::ui::page::Page;
use yew::prelude::*;

/// What the environment gets.
#[derive(Properties, PartialEq)]
pub struct EnvironmentProps {
    /// The page.
    pub page: Page,
    /// The pod.
    pub id: Key,
    /// The session's version.
    pub version: u64,
}

/// The environments of a pod's containers.
#[component]
pub fn EnvironmentView(props: &EnvironmentProps) -> Html {
    let EnvironmentProps { page, id, .. } = props;
    let (all, resolv_conf) = (page.session().environments(id), page.session().resolv_conf(id));
    if all.is_empty() {
        return html! { <p class="soft">{ "No container of it has started yet: it is told of Services when it does." }</p> };
    }
    html! {
        <div data-testid="env">
            { for all.iter().map(container) }
            if let Some(text) = resolv_conf {
                <h3>{ "/etc/resolv.conf" }</h3>
                <pre class="code">{ text }</pre>
            }
        </div>
    }
}

fn container(one: &ContainerEnv) -> Html {
    html! {
        <div key={one.name.clone()}>
            <h3>{ format!("Container {}, since {}", one.name, seconds(one.since)) }</h3>
            if !one.unknown.is_empty() {
                <ul class="env-unknown" data-testid="env-unknown">{ for one.unknown.iter().map(|(service, why)| html! {
                    <li>{ format!("does not know {}: {why}", service.name) }</li>
                }) }</ul>
            }
            <ul class="env">{ for one.variables.iter().map(|(name, value)| html! {
                <li key={name.clone()}><span class="soft">{ name }{ "=" }</span>{ value }</li>
            }) }</ul>
        </div>
    }
}
