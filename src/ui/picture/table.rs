//! The picture in words: tables of Services, pods and what belongs to what.

use crate::session::{LinkState, Picture};
use crate::ui::controls::shape;
use crate::ui::page::Page;
use std::rc::Rc;
use yew::prelude::*;

/// What the tables get.
#[derive(Properties, PartialEq)]
pub struct TableProps {
    /// The page.
    pub page: Page,
    /// What there is.
    pub picture: Rc<Picture>,
}

/// The picture's twin.
#[component]
pub fn PictureTable(props: &TableProps) -> Html {
    let TableProps { page, picture } = props;
    html! {
        <div class="twin" data-testid="picture-table">
            <h2>{ "Services" }</h2>
            <div class="wide"><table>
                <thead><tr><th>{ "Service" }</th><th>{ "type" }</th><th>{ "address" }</th><th>{ "ports" }</th><th>{ "selector" }</th>
                    <th class="n">{ "ready" }</th><th class="n">{ "selected" }</th></tr></thead>
                <tbody>{ for picture.services.iter().map(|service| html! {
                    <tr key={service.key.name.clone()}>
                        <th scope="row"><button type="button" class="link" onclick={page.on_select(&service.key)}>{ &service.key.name }</button></th>
                        <td>{ service.kind }</td>
                        <td class="mono">{ &service.address }</td>
                        <td class="mono">{ service.ports.join(", ") }{ if service.node_ports.is_empty() { String::new() } else { format!(" · {}", service.node_ports.join(", ")) } }</td>
                        <td class="mono">{ join(service.selector.iter().map(|chip| chip.text.as_str())) }</td>
                        <td class="n">{ service.ready }</td><td class="n">{ service.selected }</td>
                    </tr>
                }) }</tbody>
            </table></div>
            <h2>{ "Pods" }</h2>
            <div class="wide"><table>
                <thead><tr><th>{ "pod" }</th><th>{ "state" }</th><th>{ "address" }</th><th>{ "node" }</th><th>{ "owner" }</th>
                    <th>{ "labels" }</th><th>{ "Services" }</th></tr></thead>
                <tbody>{ for picture.pods.iter().enumerate().map(|(place, pod)| html! {
                    <tr key={pod.uid.clone()}>
                        <th scope="row"><button type="button" class="link" onclick={page.on_select(&pod.key)}>{ &pod.key.name }</button></th>
                        <td class="state">{ shape(pod.state) }{ &pod.word }</td>
                        <td class="mono">{ &pod.address }</td>
                        <td>{ picture.nodes.get(pod.node).map_or("", |node| node.name.as_str()) }</td>
                        <td>{ &pod.owner }</td>
                        <td class="mono">{ join(pod.labels.iter().map(|chip| chip.text.as_str())) }</td>
                        <td>{ memberships(picture, place) }</td>
                    </tr>
                }) }</tbody>
            </table></div>
        </div>
    }
}

fn join<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

fn memberships(picture: &Picture, pod: usize) -> Html {
    picture
        .links
        .iter()
        .filter(|link| link.pod == pod)
        .filter_map(|link| {
            let name = &picture.services.get(link.service)?.key.name;
            let said = match link.state {
                LinkState::In => format!("in {name} as {}", link.text),
                LinkState::Waiting => format!("in {name}, not ready: {}", link.why),
                LinkState::Out => format!("out of {name}: {}", link.why),
                LinkState::NearMiss => format!("not in {name}: {}", link.why),
            };
            Some(html! { <div>{ said }</div> })
        })
        .collect()
}
