//! What a load is like: how often, from how many clients, for how long, over kept connections or new ones.

use crate::js::dialog;
use crate::session::{Ask, Load};
use crate::ui::page::Page;
use crate::ui::state::Action;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

/// What the form gets.
#[derive(Properties, PartialEq)]
pub struct LoadProps {
    /// The page.
    pub page: Page,
    /// What would be asked.
    pub ask: Ask,
    /// What the load is like.
    pub load: Load,
    /// Whether one runs.
    pub running: bool,
}

/// So many are sent by the button that does not wait.
const AT_ONCE: u32 = 10_000;

/// The form.
#[component]
pub fn LoadForm(props: &LoadProps) -> Html {
    let LoadProps { page, ask, load, running } = props;
    let (load, running) = (*load, *running);
    let menu = |test: &'static str, label: &'static str, all: &'static [u32], chosen: u32, put: fn(&mut Load, u32)| {
        let page = page.clone();
        let on_change = Callback::from(move |event: Event| {
            let menu: Option<HtmlSelectElement> = event.target_dyn_into();
            if let Some(value) = menu.and_then(|menu| menu.value().parse().ok()) {
                let mut load = load;
                put(&mut load, value);
                page.show(Action::Load(load));
            }
        });
        html! {
            <select data-testid={test} aria-label={label} onchange={on_change} disabled={running}>
                { for all.iter().map(|value| html! {
                    <option value={value.to_string()} selected={*value == chosen}>{ said(test, *value) }</option>
                }) }
            </select>
        }
    };
    let on_start = {
        let (page, ask) = (page.clone(), ask.clone());
        Callback::from(move |_: MouseEvent| {
            let stream = if running { None } else { Some((ask.clone(), load)) };
            page.with(|session| session.set_stream(stream));
        })
    };
    let on_burst = {
        let (page, ask) = (page.clone(), ask.clone());
        Callback::from(move |_: MouseEvent| page.with(|session| session.send_by_hand(&ask, AT_ONCE)))
    };
    let on_keep = {
        let (page, keep) = (page.clone(), !ask.keep_alive);
        Callback::from(move |_: MouseEvent| page.show(Action::KeepAlive(keep)))
    };
    html! {
        <form class="load" aria-label="Load" onsubmit={Callback::from(|event: SubmitEvent| dialog::stay(&event))}>
            { menu("load-rate", "Requests a second", Load::RATES, load.rate, |load, value| load.rate = value) }
            { menu("load-clients", "Clients", Load::CLIENTS, load.clients, |load, value| load.clients = value) }
            { menu("load-seconds", "For how long", Load::SECONDS, load.seconds, |load, value| load.seconds = value) }
            <button type="button" class={classes!("button", ask.keep_alive.then_some("on"))} data-testid="keep-alive" onclick={on_keep}
                aria-pressed={ask.keep_alive.to_string()}
                title="Whether a client keeps its connection for its next request, the single ones of the send bar too. A pod is chosen for a connection, not for a request.">
                { "keep-alive" }</button>
            <button type="button" class={classes!("button", running.then_some("on"))} data-testid="load-start" onclick={on_start}
                aria-pressed={running.to_string()}>{ if running { "Stop" } else { "Start load" } }</button>
            <button type="button" class="button" data-testid="load-burst" onclick={on_burst}
                title="All at this moment: enough for the shares to come close to what the rules give">{ "10,000 at once" }</button>
        </form>
    }
}

fn said(test: &str, value: u32) -> String {
    match (test, value) {
        ("load-rate", _) => format!("{value} a second"),
        ("load-clients", 1) => "1 client".to_owned(),
        ("load-clients", _) => format!("{value} clients"),
        (_, 0) => "until stopped".to_owned(),
        _ => format!("for {value} s"),
    }
}
