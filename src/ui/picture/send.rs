//! Sending requests: who asks which Service, once, often, or steadily.

use crate::js::dialog;
use crate::net::Protocol;
use crate::session::{Ask, Door, Session, Source};
use crate::ui::page::Page;
use crate::ui::requests::port_text;
use crate::ui::state::{Action, State};
use crate::ui::terminal::Forwards;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

/// What the bar gets.
#[derive(Properties, PartialEq)]
pub struct SendBarProps {
    /// The page.
    pub page: Page,
    /// What is shown.
    pub state: State,
}

/// The bar that sends requests.
#[component]
pub fn SendBar(props: &SendBarProps) -> Html {
    let SendBarProps { page, state } = props;
    let (ask, drawn, pods, targets, streams, line) = {
        let session = page.session();
        let ask = state.ask(&session);
        let line = ask.as_ref().map_or(String::new(), |ask| session.curl_line(ask));
        (ask, session.clients(), session.client_pods(), session.targets(), session.stream().is_some(), line)
    };
    // The ways change with the objects, not with each request of a load.
    let revision = page.session().cluster().store().revision();
    let ports = use_memo((revision, ask.clone()), |(_, ask)| {
        ask.as_ref().map_or(Vec::new(), |ask| Ports::of(&page.session(), ask))
    });
    let sources: Vec<Source> = drawn.iter().chain(&pods).map(|client| client.source.clone()).collect();
    let chosen = |source: &Source| ask.as_ref().is_some_and(|ask| ask.from == *source);
    let option = |client: &crate::session::Client| {
        let at = sources.iter().position(|source| *source == client.source).unwrap_or(0);
        html! { <option value={at.to_string()} selected={chosen(&client.source)}>{ &client.name }</option> }
    };
    let on_from = {
        let (page, sources) = (page.clone(), sources.clone());
        Callback::from(move |event: Event| {
            if let Some(source) = place_of(&event).and_then(|at| sources.get(at)) {
                page.show(Action::From(source.clone()));
            }
        })
    };
    let on_to = {
        let (page, targets) = (page.clone(), targets.clone());
        Callback::from(move |event: Event| {
            if let Some(key) = place_of(&event).and_then(|at| targets.get(at)) {
                page.show(Action::To(key.clone()));
            }
        })
    };
    let on_port = {
        let (page, ports) = (page.clone(), ports.clone());
        Callback::from(move |event: Event| {
            let chosen = place_of(&event).and_then(|at| ports.iter().flat_map(|port| &port.ways).nth(at));
            if let Some(way) = chosen {
                page.show(Action::Port(way.port, way.door.clone()));
            }
        })
    };
    let send = |count: u32, test: &'static str, label: &'static str, said: &'static str| {
        let (page, ask) = (page.clone(), ask.clone());
        let disabled = ask.is_none();
        let on_click = Callback::from(move |_: MouseEvent| {
            if let Some(ask) = &ask {
                page.with(|session| session.send_by_hand(ask, count));
            }
        });
        html! {
            <button type="button" class={classes!("button", (count == 1).then_some("primary"))} data-testid={test} {disabled}
                onclick={on_click} aria-label={said} title={line.clone()}>{ label }</button>
        }
    };
    let on_stream = {
        let (page, ask, load) = (page.clone(), ask.clone(), state.load);
        Callback::from(move |_: MouseEvent| {
            let stream = if streams { None } else { ask.clone().map(|ask: Ask| (ask, load)) };
            page.with(|session| session.set_stream(stream));
        })
    };
    html! {
        <form class="send" aria-label="Send requests" onsubmit={Callback::from(|event: SubmitEvent| dialog::stay(&event))}>
            <label class="field from"><span aria-hidden="true">{ "from" }</span>
                <select class="wide-menu" data-testid="send-from" aria-label="From" onchange={on_from}>
                    { for drawn.iter().map(option) }
                    if !pods.is_empty() { <optgroup label="Pods">{ for pods.iter().map(option) }</optgroup> }
                </select>
            </label>
            <label class="field"><span aria-hidden="true">{ "to" }</span>
                <select class="wide-menu" data-testid="send-to" aria-label="To Service" onchange={on_to} disabled={targets.is_empty()}>
                    { for targets.iter().enumerate().map(|(at, key)| html! {
                        <option value={at.to_string()} selected={ask.as_ref().is_some_and(|ask| ask.service == *key)}>{ &key.name }</option>
                    }) }
                </select>
            </label>
            <label class="field port">
                <select class="wide-menu" data-testid="send-port" aria-label="Port, and by which way" onchange={on_port} disabled={ports.is_empty()}
                    title={ask.as_ref().map_or(String::new(), |ask| page.session().door_name(ask, &ask.door))}>
                    { menu_of(&ports, ask.as_ref()) }
                </select>
            </label>
            <span class="sends" role="group" aria-label="How many requests">
                { send(1, "send-1", "Send", "Send 1 request") }
                { send(10, "send-10", "10", "Send 10 requests") }
                { send(100, "send-100", "100", "Send 100 requests") }
                <button type="button" class={classes!("button", streams.then_some("on"))} data-testid="stream" onclick={on_stream}
                    disabled={ask.is_none()} aria-pressed={streams.to_string()} title={format!("{} requests a second, until it is stopped: the Requests tab has more", state.load.rate)}>
                    { if streams { "Stop" } else { "Stream" } }
                </button>
            </span>
            <Forwards page={page.clone()} version={state.version}/>
        </form>
    }
}

/// A port of the Service and the ways to it.
#[derive(Clone)]
struct Ports {
    /// `:8080`.
    text: String,
    ways: Vec<OneWay>,
}

/// A way to a port.
#[derive(Clone)]
struct OneWay {
    port: (Protocol, u16),
    door: Door,
    name: String,
}

impl Ports {
    fn of(session: &Session, ask: &Ask) -> Vec<Ports> {
        let one = |(protocol, port)| {
            let ask = Ask { protocol, port, door: Door::Usual, ..ask.clone() };
            let text = port_text(protocol, port);
            let ways = session.doors(&ask).into_iter().map(|door| OneWay {
                port: (protocol, port),
                name: if door == Door::Usual { text.clone() } else { session.door_name(&ask, &door) },
                door,
            });
            Ports { ways: ways.collect(), text }
        };
        session.ports_of(&ask.service).into_iter().map(one).collect()
    }
}

/// The usual way to each port first, then the others, port by port.
fn menu_of(ports: &[Ports], ask: Option<&Ask>) -> Html {
    let mut place = 0;
    let mut option = |way: &OneWay| {
        let selected = ask.is_some_and(|ask| (ask.protocol, ask.port) == way.port && ask.door == way.door);
        let value = place.to_string();
        place += 1;
        html! { <option {value} {selected}>{ &way.name }</option> }
    };
    let mut menu = Vec::new();
    for port in ports {
        let mut options: Vec<Html> = port.ways.iter().map(&mut option).collect();
        if options.len() > 1 {
            let others = options.split_off(1);
            menu.append(&mut options);
            menu.push(html! { <optgroup label={format!("{} by another way", port.text)}>{ for others }</optgroup> });
        } else {
            menu.append(&mut options);
        }
    }
    html! { <>{ for menu }</> }
}

fn place_of(event: &Event) -> Option<usize> {
    let menu: HtmlSelectElement = event.target_dyn_into()?;
    menu.value().parse().ok()
}
