//! The lines of the picture: from Services to what they select.

use crate::order::{Order, SortedMap};
use crate::session::{Layout, Link, LinkState, Picture, Place};
use crate::store::Key;
use std::rc::Rc;
use yew::prelude::*;

/// What the lines get.
#[derive(Properties, PartialEq)]
pub struct EdgesProps {
    /// What there is.
    pub picture: Rc<Picture>,
    /// Where it stands.
    pub layout: Rc<Layout>,
    /// What is selected: its lines stand out.
    pub selected: Option<Key>,
}

/// The lines; the cards above them say the same in words.
#[component]
pub fn Edges(props: &EdgesProps) -> Html {
    let EdgesProps { picture, layout, selected } = props;
    let exits = exits(picture, layout);
    let lines = picture.links.iter().enumerate().filter(|(_, link)| is_drawn(picture, link, selected.as_ref()));
    html! {
        <svg class="edges" width={layout.width.to_string()} height={layout.height.to_string()} aria-hidden="true">
            { for lines.map(|(place, link)| line(place, link, picture, layout, &exits, selected.as_ref())) }
        </svg>
    }
}

/// Near misses are drawn where they may matter: the pod belongs to nobody, the Service has nobody, or one is selected.
pub fn is_drawn(picture: &Picture, link: &Link, selected: Option<&Key>) -> bool {
    if link.state != LinkState::NearMiss {
        return true;
    }
    let service = picture.services.get(link.service);
    let lonely = !picture.links.iter().any(|other| other.pod == link.pod && other.state != LinkState::NearMiss);
    let empty = service.is_some_and(|service| service.selected == 0);
    let chosen = service.is_some_and(|service| Some(&service.key) == selected)
        || picture.pods.get(link.pod).is_some_and(|pod| Some(&pod.key) == selected);
    lonely || empty || chosen
}

/// Where each link leaves its Service: a little apart, in the order of the pods, so that lines of one Service do not
/// cross each other.
pub fn exits(picture: &Picture, layout: &Layout) -> Vec<(i32, i32)> {
    let mut count: SortedMap<usize, Vec<(usize, i32)>> = SortedMap::new();
    for (place, link) in picture.links.iter().enumerate() {
        let y = layout.pods.get(link.pod).map_or(0, |pod| pod.y);
        count.entry(link.service).or_default().push((place, y));
    }
    let mut exits = vec![(0, 0); picture.links.len()];
    for (service, mut links) in count {
        links.order_by_key(|link| link.1);
        let (x, y) = layout.services.get(service).copied().unwrap_or_default().right();
        let count = links.len() as i32;
        let step = (56 / count.max(1)).min(7);
        for (order, (place, _)) in links.iter().enumerate() {
            if let Some(exit) = exits.get_mut(*place) {
                *exit = (x, y + (2 * order as i32 - count + 1) * step / 2);
            }
        }
    }
    exits
}

/// A line that leaves and arrives level.
pub fn curve((x1, y1): (i32, i32), (x2, y2): (i32, i32)) -> String {
    let middle = i32::midpoint(x1, x2);
    format!("M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}")
}

fn line(
    place: usize,
    link: &Link,
    picture: &Picture,
    layout: &Layout,
    exits: &[(i32, i32)],
    selected: Option<&Key>,
) -> Html {
    let (Some(service), Some(pod), Some(pod_place)) =
        (picture.services.get(link.service), picture.pods.get(link.pod), layout.pods.get(link.pod))
    else {
        return Html::default();
    };
    let exit = exits.get(place).copied().unwrap_or_default();
    let pill: Option<Place> = layout.pills.get(place).copied().flatten();
    let entry = pill.unwrap_or(*pod_place).left();
    let mut path = curve(exit, entry);
    if let Some(pill) = pill {
        let ((x1, y1), (x2, _)) = (pill.right(), pod_place.left());
        path.push_str(&format!("M{x1} {y1}H{x2}"));
    }
    let (state, hue) = match link.state {
        LinkState::In => ("in", format!("hue{}", service.hue % 8)),
        LinkState::Waiting => ("waiting", format!("hue{}", service.hue % 8)),
        LinkState::Out => ("out", "plain".to_owned()),
        LinkState::NearMiss => ("near", "plain".to_owned()),
    };
    let faded = selected.is_some_and(|key| picture.services.iter().any(|one| one.key == *key) && service.key != *key);
    let key = format!("{}/{}", service.key.name, pod.uid);
    html! { <path {key} class={classes!("edge", state, hue, faded.then_some("faded"))} d={path}/> }
}
