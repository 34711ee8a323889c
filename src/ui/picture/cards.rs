//! The cards of the picture: clients, Services, endpoints, nodes and pods. Each is a button that selects what it shows.

use super::edges::is_drawn;
use crate::api::ResourceId;
use crate::session::{
    Chip, Client, Layout, Link, LinkState, NodeBox, Picture, Place, PodCard, PodState, ServiceCard, Source,
};
use crate::store::Key;
use crate::ui::controls::{chip_view, shape};
use crate::ui::page::Page;
use crate::ui::state::Action;
use std::rc::Rc;
use yew::prelude::*;

/// What the cards get.
#[derive(Properties, PartialEq)]
pub struct CardsProps {
    /// The page.
    pub page: Page,
    /// What there is.
    pub picture: Rc<Picture>,
    /// Who can send requests.
    pub clients: Rc<Vec<Client>>,
    /// Where everything stands.
    pub layout: Rc<Layout>,
    /// What is selected.
    pub selected: Option<Key>,
    /// Who asks.
    pub from: Option<Source>,
}

fn at(place: Place) -> String {
    format!("transform:translate({}px,{}px);width:{}px;height:{}px", place.x, place.y, place.w, place.h)
}

fn hue(number: u8) -> String {
    format!("hue{}", number % 8)
}

/// The cards.
#[component]
pub fn Cards(props: &CardsProps) -> Html {
    let CardsProps { page, picture, clients, layout, selected, from } = props;
    let heads = [
        (layout.clients.first(), "clients"),
        (layout.services.first(), "Services"),
        (layout.pills.iter().flatten().next(), "endpoints"),
    ];
    let head = |(place, name): (Option<&Place>, &'static str)| match place {
        Some(place) if !(layout.narrow && name == "Services") => {
            html! { <span key={name} class="column" style={format!("left:{}px", place.x)}>{ name }</span> }
        }
        _ => Html::default(),
    };
    let chosen = |key: &Key| (selected.as_ref() == Some(key)).then_some("chosen");
    html! {
        <>
            <div class="columns" aria-hidden="true">{ for heads.into_iter().map(head) }</div>
            { for picture.nodes.iter().zip(&layout.nodes).map(|(node, place)| node_box(page, node, *place, &chosen)) }
            { for clients.iter().zip(&layout.clients).map(|(client, place)| client_card(page, client, *place, from.as_ref() == Some(&client.source))) }
            { for picture.services.iter().zip(&layout.services).map(|(service, place)| {
                service_card(page, service, *place, &chosen)
            }) }
            { for picture.links.iter().zip(&layout.pills).filter_map(|(link, place)| {
                let place = (*place)?;
                is_drawn(picture, link, selected.as_ref()).then(|| pill(picture, link, place))
            }) }
            { for picture.pods.iter().zip(&layout.pods).enumerate().map(|(index, (pod, place))| {
                pod_card(page, picture, index, pod, *place, layout.narrow, &chosen)
            }) }
        </>
    }
}

fn node_box(page: &Page, node: &NodeBox, place: Place, chosen: &impl Fn(&Key) -> Option<&'static str>) -> Html {
    let key = Key::new(ResourceId::NODES, "", node.name.clone());
    let head = if node.name.is_empty() {
        html! { <span class="node-head">{ "on no node" }</span> }
    } else {
        html! {
            <button type="button" class={classes!("node-head", chosen(&key))} onclick={page.on_select(&key)}>
                <b>{ &node.name }</b><span class="mono">{ &node.address }</span>
                <span class="cut" title={format!("kube-proxy works in {} mode: the Rules tab changes it", node.mode)}>{ &node.mode }</span>
            </button>
        }
    };
    html! {
        <div key={format!("node/{}", node.name)} class="node" style={at(place)} data-testid="node-box" data-name={node.name.clone()}>
            { head }
            if node.more > 0 { <span class="more">{ format!("and {} more, in the table", node.more) }</span> }
        </div>
    }
}

/// A client: pressed, requests come from it.
fn client_card(page: &Page, client: &Client, place: Place, asks: bool) -> Html {
    let source = client.source.clone();
    html! {
        <button key={format!("client/{}", client.name)} type="button" class={classes!("card", "client", asks.then_some("asks"))}
            style={at(place)} data-testid="client-card" data-name={client.name.clone()} aria-pressed={asks.to_string()}
            title="Requests come from here" onclick={page.on(move || Action::From(source.clone()))}>
            <b class="cut">{ &client.name }</b>
            <span class="mono cut">{ &client.address }</span>
        </button>
    }
}

fn service_card(
    page: &Page,
    service: &ServiceCard,
    place: Place,
    chosen: &impl Fn(&Key) -> Option<&'static str>,
) -> Html {
    let name = &service.key.name;
    let ports = service.ports.join(", ");
    let address = match service.kind {
        "ExternalName" => format!("→ {}", service.address),
        "Headless" => format!("no cluster IP · {ports}"),
        _ if service.address.is_empty() => "no address yet".to_owned(),
        _ => format!("{}:{ports}", service.address),
    };
    let second = match service.kind {
        "NodePort" | "LoadBalancer" => format!("{} {}", service.kind, service.node_ports.join(", ")),
        kind => kind.to_owned(),
    };
    let share = match (service.selector.is_empty(), service.selected) {
        (true, _) => "no selector".to_owned(),
        (_, 0) => "selects nothing".to_owned(),
        (_, all) => format!("{}/{all} ready", service.ready),
    };
    let state = if !service.selector.is_empty() && service.ready == 0 { "empty" } else { "served" };
    html! {
        <button key={format!("service/{}/{name}", service.key.namespace)} type="button" style={at(place)}
            class={classes!("card", "service", hue(service.hue), state, chosen(&service.key))}
            data-testid="service-card" data-name={name.clone()} data-ready={service.ready.to_string()}
            onclick={page.on_select(&service.key)}>
            <span class="line"><b class="cut" title={name.clone()}>{ name }</b></span>
            <span class="line mono cut" title={address.clone()}>{ &address }</span>
            <span class="line soft"><span class="cut">{ second }</span><span class="share">{ share }</span></span>
            <span class="chips wrap">{ for service.selector.iter().map(|chip| chip_view(chip, false)) }</span>
        </button>
    }
}

fn pill(picture: &Picture, link: &Link, place: Place) -> Html {
    let (Some(service), Some(pod)) = (picture.services.get(link.service), picture.pods.get(link.pod)) else {
        return Html::default();
    };
    let (class, state) = match link.state {
        LinkState::In => (hue(service.hue), "in"),
        LinkState::Waiting => (hue(service.hue), "waiting"),
        LinkState::Out => ("plain".to_owned(), "out"),
        LinkState::NearMiss => ("plain".to_owned(), "near"),
    };
    let title = format!("{} → {}: {}", service.key.name, pod.key.name, link.why);
    html! {
        <span key={format!("link/{}/{}", service.key.name, pod.uid)} class={classes!("pill", class, state)} style={at(place)} {title}
            data-testid="link" data-service={service.key.name.clone()} data-pod={pod.key.name.clone()} data-state={state}>
            <span class="cut">{ &link.text }</span>
        </span>
    }
}

fn pod_card(
    page: &Page,
    picture: &Picture,
    index: usize,
    pod: &PodCard,
    place: Place,
    narrow: bool,
    chosen: &impl Fn(&Key) -> Option<&'static str>,
) -> Html {
    let name = &pod.key.name;
    let mine = || picture.links.iter().filter(move |link| link.pod == index);
    let service_of = |link: &Link| picture.services.get(link.service);
    let home = mine().find(|link| link.state == LinkState::In).and_then(service_of).map(|service| hue(service.hue));
    let states: Vec<String> = mine()
        .filter_map(|link| {
            let service = &service_of(link)?.key.name;
            Some(match link.state {
                LinkState::In => format!("endpoint of {service}"),
                LinkState::Waiting => format!("endpoint of {service}, not ready: {}", link.why),
                LinkState::Out => format!("selected by {service}: {}", link.why),
                LinkState::NearMiss => format!("not selected by {service}: {}", link.why),
            })
        })
        .collect();
    let (state, class) = match pod.state {
        PodState::Ready => ("ready", "is-ready"),
        PodState::NotReady => ("not-ready", "is-waiting"),
        PodState::Starting => ("starting", "is-starting"),
        PodState::Terminating => ("terminating", "is-ending"),
        PodState::Ended => ("ended", "is-ended"),
        PodState::Failing => ("failing", "is-failing"),
    };
    let labels: Vec<&str> = pod.labels.iter().map(|label| label.text.as_str()).collect();
    let title = [name.as_str(), &pod.why, &labels.join(", "), &states.join("; ")]
        .iter()
        .filter(|part| !part.is_empty())
        .copied()
        .collect::<Vec<_>>()
        .join("\n");
    let address = if pod.address.is_empty() { "no address" } else { pod.address.as_str() };
    html! {
        <button key={format!("pod/{}", pod.uid)} type="button" style={at(place)} {title}
            class={classes!("card", "pod", class, home, chosen(&pod.key))} data-testid="pod-card" data-name={name.clone()}
            data-state={state} onclick={page.on_select(&pod.key)}>
            <span class="line">
                { shape(pod.state) }
                <b class="cut"><span class="hidden">{ format!("Pod {name}") }</span><span aria-hidden="true">{ &pod.short }</span></b>
                <span class="word">{ &pod.word }</span>
            </span>
            <span class="line soft">
                <span class="mono">{ address }</span>
                <span class="owner cut">{ &pod.owner }</span>
            </span>
            <span class="chips">
                if narrow { { for mine().map(|link| port_chip(picture, link)) } }
                { chips(&pod.labels, place.w - if narrow { 70 } else { 22 }) }
            </span>
            <span class="hidden">{ states.join("; ") }</span>
        </button>
    }
}

/// As many labels as there is room for; the last may be cut, and a number says how many are not shown.
fn chips(all: &[Chip], room: i32) -> Html {
    const LETTER: i32 = 7;
    const FRAME: i32 = 15;
    const LEAST: i32 = 62;
    let (mut left, mut shown) = (room, Vec::new());
    for chip in all {
        let wanted = chip.text.chars().count() as i32 * LETTER + FRAME;
        if left < wanted.min(LEAST) {
            break;
        }
        shown.push((chip, wanted <= left));
        left -= wanted;
    }
    let more = all.len() - shown.len();
    html! {
        <>
            { for shown.into_iter().map(|(chip, whole)| chip_view(chip, whole)) }
            if more > 0 { <span class="soft more-chips">{ format!("+{more}") }</span> }
        </>
    }
}

/// Where there is no room for endpoints apart from their pods, a chip says on which port the pod is one, or why not.
fn port_chip(picture: &Picture, link: &Link) -> Html {
    let (Some(service), Some(pod)) = (picture.services.get(link.service), picture.pods.get(link.pod)) else {
        return Html::default();
    };
    let port = link.text.rsplit_once(':').map_or(link.text.as_str(), |(_, port)| port);
    let (look, state) = match link.state {
        LinkState::In => ("solid", "in"),
        LinkState::Waiting => ("dashed", "waiting"),
        LinkState::Out | LinkState::NearMiss => return Html::default(),
    };
    html! {
        <span class={classes!("chip", look, hue(service.hue))} data-testid="link" data-service={service.key.name.clone()}
            data-pod={pod.key.name.clone()} data-state={state}>{ format!(":{port}") }</span>
    }
}
