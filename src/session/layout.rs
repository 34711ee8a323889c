//! Where things stand in the picture. Nothing overlaps, edges run in the gaps between columns, and a pod keeps its place
//! while it lives.

use super::picture::Picture;
use crate::api::{Object, pod};
use crate::order::SortedMap;
use std::sync::Arc;

/// A rectangle, in whole CSS pixels from the picture's top left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Left edge.
    pub x: i32,
    /// Top edge.
    pub y: i32,
    /// Width.
    pub w: i32,
    /// Height.
    pub h: i32,
}

impl Place {
    /// The middle of the left edge.
    pub fn left(self) -> (i32, i32) {
        (self.x, self.y + self.h / 2)
    }

    /// The middle of the right edge.
    pub fn right(self) -> (i32, i32) {
        (self.x + self.w, self.y + self.h / 2)
    }
}

/// What there is to draw on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
    /// The width that is there.
    pub width: i32,
    /// The height that is there; the picture grows beyond it where it must.
    pub height: i32,
}

/// Where everything stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// The picture's width.
    pub width: i32,
    /// The picture's height.
    pub height: i32,
    /// Whether pods are drawn closer, as there is little height.
    pub compact: bool,
    /// Whether the clients stand in a row above the rest, and endpoints are not drawn apart from their pods.
    pub narrow: bool,
    /// The clients, in their order.
    pub clients: Vec<Place>,
    /// As [`Picture::services`].
    pub services: Vec<Place>,
    /// As [`Picture::nodes`].
    pub nodes: Vec<Place>,
    /// As [`Picture::pods`].
    pub pods: Vec<Place>,
    /// As [`Picture::links`]; `None` for those that are not drawn.
    pub pills: Vec<Option<Place>>,
}

const MARGIN: i32 = 16;
const HEAD: i32 = 34;
const CLIENT: i32 = 48;
/// In the wide and in the narrow form.
const SERVICE: [i32; 2] = [108, 126];
const SERVICE_GAP: i32 = 14;
/// Where there is room, and where there is not.
const POD: [i32; 2] = [70, 58];
const POD_GAP: [i32; 2] = [10, 7];
const NODE_HEAD: [i32; 2] = [28, 25];
const NODE_PAD: i32 = 8;
const NODE_GAP: i32 = 12;
const PILL: i32 = 22;
const PILL_GAP: i32 = 2;
/// Below this width the narrow form is drawn.
const NARROW: i32 = 676;
/// So many endpoints are drawn at a pod: that many fit beside it, where there is room and where there is not.
const PILLS: [usize; 2] = [3, 2];

/// The one or the other of two sizes.
fn pick<T: Copy>([roomy, tight]: [T; 2], is_tight: bool) -> T {
    if is_tight { tight } else { roomy }
}

/// Where the columns begin and how wide they are.
struct Columns {
    margin: i32,
    client: i32,
    service_x: i32,
    service: i32,
    pill_x: i32,
    pill: i32,
    pod_x: i32,
    pod: i32,
}

impl Columns {
    /// Widths grow with the area, within bounds: texts need no more, lines want some.
    fn of(width: i32, narrow: bool) -> Columns {
        if narrow {
            let (margin, pad) = (10, 6);
            let inner = width - 2 * margin;
            let service = (inner * 2 / 5).clamp(126, 190);
            let pod = (inner - service - 34 - pad).min(300);
            let pod_x = width - margin - pad - pod;
            return Columns { margin, client: 0, service_x: margin, service, pill_x: pod_x, pill: 0, pod_x, pod };
        }
        let spare = (width - 2 * MARGIN - 664).max(0);
        let (client, service) = ((108 + spare / 10).min(150), (176 + spare / 5).min(250));
        let (pill, pod) = ((118 + spare / 20).min(132), (200 + spare / 4).min(300));
        let pod_x = width - MARGIN - NODE_PAD - pod;
        let pill_x = pod_x - NODE_PAD - 12 - pill;
        let service_x = MARGIN + client + (pill_x - MARGIN - client - service) * 2 / 5;
        Columns { margin: MARGIN, client, service_x, service, pill_x, pill, pod_x, pod }
    }
}

impl Layout {
    /// The layout of a picture with this many clients.
    pub fn of(picture: &Picture, clients: usize, area: Area) -> Layout {
        let narrow = area.width < NARROW;
        let width = area.width.max(340);
        let columns = Columns::of(width, narrow);
        let top = if narrow { HEAD + 8 + CLIENT + 20 } else { HEAD };
        let service_h = pick(SERVICE, narrow);
        let slots: i32 = picture.nodes.iter().map(|node| node.slots as i32).sum();
        let nodes = picture.nodes.len() as i32;
        let pitch = pick(POD, false) + pick(POD_GAP, false);
        let roomy = top + slots * pitch + nodes * (pick(NODE_HEAD, false) + NODE_GAP) + MARGIN;
        let compact = !narrow && roomy > area.height;
        let (pod_h, pod_gap, head) = (pick(POD, compact), pick(POD_GAP, compact), pick(NODE_HEAD, compact));
        let mut layout = Layout { width, compact, narrow, ..Layout::default() };

        // Nodes and pods decide the height.
        let mut y = top;
        let pad = if narrow { 6 } else { NODE_PAD };
        for node in &picture.nodes {
            let more = if node.more > 0 { 24 } else { 0 };
            let h = head + node.slots as i32 * (pod_h + pod_gap) + more;
            layout.nodes.push(Place { x: columns.pod_x - pad, y, w: columns.pod + 2 * pad, h });
            y += h + NODE_GAP;
        }
        for pod in &picture.pods {
            let node = layout.nodes.get(pod.node).copied().unwrap_or_default();
            let y = node.y + head + pod.slot as i32 * (pod_h + pod_gap);
            layout.pods.push(Place { x: columns.pod_x, y, w: columns.pod, h: pod_h });
        }
        let services = picture.services.len() as i32;
        let end = (y - NODE_GAP).max(top + services * (service_h + SERVICE_GAP));
        layout.height = end.max(area.height - columns.margin) + columns.margin;

        // Services share the height that the pods take, each in the middle of its band.
        let band = ((end - top) / services.max(1)).min(240);
        for place in 0..services {
            let y = top + band * place + (band - service_h) / 2;
            layout.services.push(Place { x: columns.service_x, y, w: columns.service, h: service_h });
        }
        layout.place_clients(clients as i32, &columns, top, end);
        layout.place_pills(picture, &columns);
        layout
    }

    fn place_clients(&mut self, clients: i32, columns: &Columns, top: i32, end: i32) {
        let count = clients.max(1);
        let margin = columns.margin;
        self.clients = if self.narrow {
            let gap = 6;
            let w = (self.width - 2 * margin - gap * (count - 1)) / count;
            (0..clients).map(|at| Place { x: margin + at * (w + gap), y: HEAD, w, h: CLIENT }).collect()
        } else {
            let band = ((end - top) / count).clamp(CLIENT + 12, 110);
            let y = |at: i32| top + band * at + (band - CLIENT) / 2;
            (0..clients).map(|at| Place { x: margin, y: y(at), w: columns.client, h: CLIENT }).collect()
        };
    }

    fn place_pills(&mut self, picture: &Picture, columns: &Columns) {
        let most = pick(PILLS, self.compact);
        let mut taken: SortedMap<usize, usize> = SortedMap::new();
        let mut count: SortedMap<usize, usize> = SortedMap::new();
        for link in &picture.links {
            *count.entry(link.pod).or_default() += 1;
        }
        for link in &picture.links {
            let place = taken.entry(link.pod).or_default();
            let all = count.get(&link.pod).copied().unwrap_or(0).min(most) as i32;
            let pill = self.pods.get(link.pod).filter(|_| !self.narrow && *place < most).map(|pod| {
                let height = all * (PILL + PILL_GAP) - PILL_GAP;
                let y = pod.y + (pod.h - height) / 2 + *place as i32 * (PILL + PILL_GAP);
                Place { x: columns.pill_x, y, w: columns.pill, h: PILL }
            });
            *place += 1;
            self.pills.push(pill);
        }
    }
}

/// Which pod has which place in its node's box, for as long as it lives.
#[derive(Clone, Debug, Default)]
pub(super) struct Slots {
    /// A pod's uid to its node and place.
    of: SortedMap<String, (usize, usize)>,
    /// How many places each node's box has: it does not shrink.
    places: SortedMap<usize, usize>,
    hidden: SortedMap<usize, usize>,
}

/// No more pods are drawn in a node's box.
const MOST: usize = 40;
/// A node's box has room for so many pods from the start.
const LEAST: usize = 2;

impl Slots {
    /// Forgets pods that are gone and gives new ones the first free place of their node's box. Pods that wait for a
    /// node for an instant only are not drawn before they have one.
    pub fn keep(&mut self, pods: &[&Arc<Object>], nodes: &[&str]) {
        let node_of = |object: &Object| match pod::node(object) {
            "" => pod::condition(object, "PodScheduled").map(|_| nodes.len()),
            name => nodes.iter().position(|node| *node == name),
        };
        let now: SortedMap<&str, usize> =
            pods.iter().filter_map(|object| Some((object.uid(), node_of(object)?))).collect();
        self.of.retain(|uid, (node, _)| now.get(uid.as_str()) == Some(node));
        self.hidden.clear();
        let mut taken: SortedMap<usize, Vec<bool>> = SortedMap::new();
        for &(node, slot) in self.of.values() {
            let row = taken.entry(node).or_insert_with(|| vec![false; MOST]);
            if let Some(place) = row.get_mut(slot) {
                *place = true;
            }
        }
        // In the order of their names within a node, so that a run gives the same picture each time.
        for object in pods {
            let Some(&node) = now.get(object.uid()) else { continue };
            if self.of.contains_key(object.uid()) {
                continue;
            }
            let row = taken.entry(node).or_insert_with(|| vec![false; MOST]);
            match row.iter().position(|place| !place) {
                Some(slot) => {
                    if let Some(place) = row.get_mut(slot) {
                        *place = true;
                    }
                    self.of.insert(object.uid().to_owned(), (node, slot));
                }
                None => *self.hidden.entry(node).or_default() += 1,
            }
        }
        self.places.insert(nodes.len(), 0);
        for node in 0..nodes.len() {
            self.places.entry(node).or_insert(LEAST);
        }
        for &(node, slot) in self.of.values() {
            let places = self.places.entry(node).or_default();
            *places = (*places).max(slot + 1);
        }
    }

    /// A pod's node and place; `None` for one that is not drawn.
    pub fn of(&self, uid: &str) -> Option<(usize, usize)> {
        self.of.get(uid).copied()
    }

    /// How many places a node's box has.
    pub fn places(&self, node: usize) -> usize {
        self.places.get(&node).copied().unwrap_or(0)
    }

    /// How many pods of a node are not drawn.
    pub fn hidden(&self, node: usize) -> usize {
        self.hidden.get(&node).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{ResourceId, json};
    use crate::session::{Link, LinkState, NodeBox, PodCard, PodState, ServiceCard};
    use crate::store::Key;

    fn picture(services: usize, nodes: usize, pods: usize) -> Picture {
        let key = |resource, name: String| Key::new(resource, "default", name);
        let service = |at: usize| ServiceCard {
            key: key(ResourceId::SERVICES, format!("s{at}")),
            hue: at as u8,
            kind: "ClusterIP",
            address: String::new(),
            ports: Vec::new(),
            node_ports: Vec::new(),
            selector: Vec::new(),
            ready: 0,
            selected: 0,
        };
        let pod = |at: usize| PodCard {
            key: key(ResourceId::PODS, format!("p{at}")),
            uid: at.to_string(),
            node: at % nodes,
            slot: at / nodes,
            address: String::new(),
            labels: Vec::new(),
            short: String::new(),
            owner: String::new(),
            state: PodState::Ready,
            word: String::new(),
            why: String::new(),
            restarts: 0,
        };
        let node = |at: usize| NodeBox {
            mode: String::new(),
            name: format!("n{at}"),
            address: String::new(),
            slots: pods.div_ceil(nodes).max(LEAST),
            more: 0,
        };
        let link = |service: usize, pod: usize| Link {
            service,
            pod,
            state: LinkState::In,
            text: String::new(),
            why: String::new(),
        };
        Picture {
            services: (0..services).map(service).collect(),
            nodes: (0..nodes).map(node).collect(),
            pods: (0..pods).map(pod).collect(),
            links: (0..services).flat_map(|service| (0..pods).map(move |pod| link(service, pod))).collect(),
        }
    }

    fn overlap(a: Place, b: Place) -> bool {
        a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h
    }

    #[test]
    fn nothing_overlaps_and_nothing_is_cut() {
        for width in [340, 372, 675, 676, 704, 738, 1200, 2400] {
            for (services, nodes, pods) in [(0, 1, 0), (1, 2, 3), (2, 2, 4), (5, 2, 9), (12, 3, 40), (3, 1, 1)] {
                let layout = Layout::of(&picture(services, nodes, pods), 3, Area { width, height: 500 });
                let cards: Vec<Place> = [&layout.clients, &layout.services, &layout.pods]
                    .into_iter()
                    .flatten()
                    .chain(layout.pills.iter().flatten())
                    .copied()
                    .collect();
                for (at, one) in cards.iter().enumerate() {
                    assert!(one.x >= 0 && one.x + one.w <= layout.width, "{width}: {one:?} is cut at the side");
                    assert!(one.y >= 0 && one.y + one.h <= layout.height, "{width}: {one:?} is cut below");
                    assert!(one.w >= 90 && one.h >= 20, "{width}: {one:?} is too small");
                    for other in &cards[at + 1..] {
                        assert!(!overlap(*one, *other), "{width}: {one:?} and {other:?} overlap");
                    }
                }
                for (at, one) in layout.nodes.iter().enumerate() {
                    assert!(layout.nodes[at + 1..].iter().all(|other| !overlap(*one, *other)));
                    assert!(layout.clients.iter().chain(&layout.services).all(|card| !overlap(*one, *card)));
                }
            }
        }
    }

    #[test]
    fn a_pod_keeps_its_place_while_it_lives() {
        let pod = |uid: &str| {
            Arc::new(
                Object::new(json!({"metadata": {"name": uid, "uid": uid}, "spec": {"nodeName": "node1"}})).unwrap(),
            )
        };
        let (a, b, c, d) = (pod("a"), pod("b"), pod("c"), pod("d"));
        let mut slots = Slots::default();
        slots.keep(&[&a, &b, &c], &["node1"]);
        assert_eq!((slots.of("a"), slots.of("c")), (Some((0, 0)), Some((0, 2))));
        slots.keep(&[&b, &c], &["node1"]);
        assert_eq!(slots.of("c"), Some((0, 2)));
        slots.keep(&[&b, &c, &d], &["node1"]);
        assert_eq!((slots.of("d"), slots.of("b"), slots.places(0)), (Some((0, 0)), Some((0, 1)), 3));
    }
}
