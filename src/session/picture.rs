//! The picture: Services, what they select, pods and where they run, as plain data.

use super::Session;
use super::layout::Slots;
use crate::api::service::{self, ServiceType};
use crate::api::{Fields, Object, ResourceId, Selector, Value, pod};
use crate::cluster::NodeSettings;
use crate::order::{Order, SortedMap};
use crate::store::{Key, Store};
use std::sync::Arc;

/// Everything in the picture.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Picture {
    /// The Services, oldest first.
    pub services: Vec<ServiceCard>,
    /// The nodes, in order. Pods that no node runs yet are in the last one, which has no name.
    pub nodes: Vec<NodeBox>,
    /// The pods, by node and place.
    pub pods: Vec<PodCard>,
    /// What belongs to what, and what almost does.
    pub links: Vec<Link>,
}

/// A Service.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceCard {
    /// What it is.
    pub key: Key,
    /// Which of the picture's hues it has, from 0.
    pub hue: u8,
    /// `ClusterIP`, `NodePort`, `Headless`, ...
    pub kind: &'static str,
    /// The cluster IP, `None`, or the external name.
    pub address: String,
    /// `8080`, `http 80→8080`, in order.
    pub ports: Vec<String>,
    /// `30001`, in order.
    pub node_ports: Vec<String>,
    /// Its selector.
    pub selector: Vec<Chip>,
    /// How many of its endpoints are ready.
    pub ready: usize,
    /// How many pods its selector selects.
    pub selected: usize,
}

/// A label, or a pair of a selector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chip {
    /// `type=db`.
    pub text: String,
    /// The hue of the Service whose selector asks for it.
    pub hue: Option<u8>,
}

/// A node and how many places for pods it has.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeBox {
    /// `node1`; empty for the pods that are on none.
    pub name: String,
    /// Its address.
    pub address: String,
    /// How its kube-proxy works: `iptables`, `ipvs rr`.
    pub mode: String,
    /// How many places for pods are drawn.
    pub slots: usize,
    /// How many pods are there but not drawn.
    pub more: usize,
}

/// A pod.
#[derive(Clone, Debug, PartialEq)]
pub struct PodCard {
    /// What it is.
    pub key: Key,
    /// What tells it from a namesake that came later.
    pub uid: String,
    /// Its node's place in [`Picture::nodes`].
    pub node: usize,
    /// Its place in the node's box.
    pub slot: usize,
    /// Its address; empty where it has none yet.
    pub address: String,
    /// Its labels; those that a Service asks for first.
    pub labels: Vec<Chip>,
    /// Its name without what its owner's name says already: `api-4xk2p` of `go-demo-2-api`.
    pub short: String,
    /// `rs go-demo-2-api`; empty for one that nobody owns.
    pub owner: String,
    /// How it is.
    pub state: PodState,
    /// The state in a word or two.
    pub word: String,
    /// More about the state; may be empty.
    pub why: String,
    /// How often its containers were restarted.
    pub restarts: i64,
}

/// How a pod is, as a shape can show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PodState {
    /// Running and ready.
    Ready,
    /// Running, and its probes do not pass.
    NotReady,
    /// Not running yet.
    Starting,
    /// Asked to stop.
    Terminating,
    /// Ended.
    Ended,
    /// Something is wrong with it.
    Failing,
}

/// A Service and a pod that has to do with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// The Service's place in [`Picture::services`].
    pub service: usize,
    /// The pod's place in [`Picture::pods`].
    pub pod: usize,
    /// Whether and how it belongs.
    pub state: LinkState,
    /// The address it is reached at (`10.244.0.5:8080`), or the label that keeps it out (`type=tester`).
    pub text: String,
    /// Why, in words.
    pub why: String,
}

/// Whether and how a pod belongs to a Service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LinkState {
    /// A ready endpoint: requests go there.
    In,
    /// An endpoint that is not ready: no requests.
    Waiting,
    /// Selected, and no endpoint.
    Out,
    /// Not selected, but nearly.
    NearMiss,
}

/// Which Service has which hue, as long as it lives.
#[derive(Clone, Debug, Default)]
pub(super) struct Hues(SortedMap<Key, u8>);

impl Hues {
    fn keep(&mut self, services: &[&Arc<Object>]) {
        let keys: Vec<Key> = services.iter().map(|one| Key::of(ResourceId::SERVICES, one)).collect();
        self.0.retain(|key, _| keys.contains(key));
        for key in keys {
            let free = (0..u8::MAX).find(|hue| self.0.values().all(|taken| taken != hue)).unwrap_or(0);
            self.0.entry(key).or_insert(free);
        }
    }

    fn of(&self, key: &Key) -> u8 {
        self.0.get(key).copied().unwrap_or(0)
    }

    /// The hue of the Service that an object is, or belongs to by its name.
    pub fn of_object(&self, key: &Key) -> Option<u8> {
        let name = match key.resource {
            ResourceId::SERVICES | ResourceId::ENDPOINTS => key.name.as_str(),
            // Slices are named after their Service, with five more characters.
            ResourceId::ENDPOINT_SLICES => key.name.rsplit_once('-').map_or("", |(name, _)| name),
            _ => return None,
        };
        self.0.get(&Key::new(ResourceId::SERVICES, key.namespace.clone(), name)).copied()
    }
}

/// Whether an object is the cluster's own: nothing that the reader wrote.
pub(super) fn is_system(object: &Object) -> bool {
    object.namespace() == "kube-system" || (object.namespace() == "default" && object.name() == "kubernetes")
}

/// What an object of this age order sorts by: objects made earlier come first.
fn age(object: &Object) -> (&str, &str, &str) {
    (object.text("metadata.creationTimestamp"), object.namespace(), object.name())
}

impl Session {
    /// The picture as it is now.
    pub fn picture(&mut self) -> Picture {
        let store = self.cluster.store();
        let mut services: Vec<&Arc<Object>> =
            store.list(ResourceId::SERVICES, None).filter(|service| !is_system(service)).collect();
        services.order_by(|a, b| age(a).cmp(&age(b)));
        self.hues.keep(&services);
        let pods: Vec<&Arc<Object>> = store.list(ResourceId::PODS, None).filter(|pod| !is_system(pod)).collect();
        let nodes: Vec<&Arc<Object>> = store.list(ResourceId::NODES, None).collect();
        let names: Vec<&str> = nodes.iter().map(|node| node.name()).collect();
        self.slots.keep(&pods, &names);

        let mut picture =
            Picture { nodes: node_boxes(&nodes, &self.slots, &self.cluster.settings().nodes), ..Picture::default() };
        let cards = services.iter().map(|service| service_card(service, &self.hues));
        picture.services = cards.collect();
        for one in &pods {
            if let Some((node, slot)) = self.slots.of(one.uid()) {
                picture.pods.push(pod_card(one, node, slot));
            }
        }
        picture.pods.order_by_key(|card| (card.node, card.slot));
        link(&mut picture, &services, &pods, store);
        colour_labels(&mut picture);
        picture
    }
}

fn node_boxes(nodes: &[&Arc<Object>], slots: &Slots, modes: &[NodeSettings]) -> Vec<NodeBox> {
    let address = |node: &Object| {
        let internal = node.items("status.addresses").iter().find(|one| one.text("type") == "InternalIP");
        internal.map_or(String::new(), |one| one.text("address").to_owned())
    };
    let mut boxes: Vec<NodeBox> = nodes
        .iter()
        .enumerate()
        .map(|(place, node)| NodeBox {
            name: node.name().to_owned(),
            address: address(node),
            mode: modes.iter().find(|one| one.name == node.name()).map_or_else(String::new, |one| one.mode.name()),
            slots: slots.places(place),
            more: slots.hidden(place),
        })
        .collect();
    let nowhere = nodes.len();
    if slots.places(nowhere) > 0 {
        let (slots, more) = (slots.places(nowhere), slots.hidden(nowhere));
        boxes.push(NodeBox { name: String::new(), address: String::new(), mode: String::new(), slots, more });
    }
    boxes
}

fn service_card(service: &Object, hues: &Hues) -> ServiceCard {
    let key = Key::of(ResourceId::SERVICES, service);
    let hue = hues.of(&key);
    let kind = match service::kind(service) {
        ServiceType::ClusterIP if service::is_headless(service) => "Headless",
        ServiceType::ClusterIP => "ClusterIP",
        ServiceType::NodePort => "NodePort",
        ServiceType::LoadBalancer => "LoadBalancer",
        ServiceType::ExternalName => "ExternalName",
    };
    let address = match service::kind(service) {
        ServiceType::ExternalName => service.text("spec.externalName"),
        _ => service::cluster_ip(service),
    };
    let ports = service::ports(service).map(|port| {
        let number = port.number().to_string();
        match port.target() {
            target if target.as_i64() == Some(i64::from(port.number())) => number,
            target => format!("{number}→{}", target.as_str().map_or_else(|| target.to_string(), str::to_owned)),
        }
    });
    let node_ports = service::ports(service).filter_map(service::Port::node_port).map(|port| port.to_string());
    let selector = service
        .text_pairs("spec.selector")
        .map(|(label, value)| Chip { text: format!("{label}={value}"), hue: Some(hue) });
    let mut selector: Vec<Chip> = selector.collect();
    selector.order_by_key(|chip| chip.text.len());
    ServiceCard {
        hue,
        kind,
        address: address.to_owned(),
        ports: ports.collect(),
        node_ports: node_ports.collect(),
        selector,
        ready: 0,
        selected: 0,
        key,
    }
}

fn pod_card(object: &Object, node: usize, slot: usize) -> PodCard {
    let (state, word, why) = state(object);
    let owner = object.controller().map_or(String::new(), |owner| {
        let kind = match owner.text("kind") {
            "ReplicaSet" => "rs".to_owned(),
            other => other.to_lowercase(),
        };
        format!("{kind} {}", owner.text("name"))
    });
    PodCard {
        short: short_name(object),
        key: Key::of(ResourceId::PODS, object),
        uid: object.uid().to_owned(),
        node,
        slot,
        address: pod::ip(object).to_owned(),
        labels: object.labels().map(|(key, value)| Chip { text: format!("{key}={value}"), hue: None }).collect(),
        owner,
        state,
        word,
        why,
        restarts: pod::restarts(object),
    }
}

/// A pod's name without what its owner's name says already, where that leaves something to tell it by: `api-4xk2p` of
/// `go-demo-2-api`, `site-…-6t6jl` of a Deployment's `site-646546885b`.
pub(super) fn short_name(object: &Object) -> String {
    let (name, owner) = (object.name(), object.controller().map_or("", |owner| owner.text("name")));
    let rest = name.strip_prefix(owner).filter(|rest| !owner.is_empty() && rest.len() > 1);
    let Some(rest) = rest else { return name.to_owned() };
    let (owner, between) = match object.label("pod-template-hash").and_then(|hash| owner.strip_suffix(hash)) {
        Some(deployment) => (deployment.trim_end_matches('-'), "-…"),
        None => (owner, ""),
    };
    format!("{}{between}{rest}", owner.rsplit('-').next().unwrap_or(owner))
}

/// How a pod is, the word for it, and why.
pub(super) fn state(object: &Object) -> (PodState, String, String) {
    let say = |state, word: &str, why: &str| (state, word.to_owned(), why.to_owned());
    if object.is_being_deleted() {
        return say(PodState::Terminating, "terminating", "");
    }
    let waiting = object.items("status.containerStatuses").iter().find_map(|status| status.at("state.waiting"));
    match pod::phase(object) {
        "Succeeded" => return say(PodState::Ended, "succeeded", ""),
        "Failed" => return say(PodState::Failing, "failed", object.text("status.message")),
        _ if pod::is_ready(object) => return say(PodState::Ready, "ready", ""),
        _ => {}
    }
    if let Some(waiting) =
        waiting.filter(|waiting| !matches!(waiting.text("reason"), "" | "ContainerCreating" | "PodInitializing"))
    {
        return say(PodState::Failing, waiting.text("reason"), waiting.text("message"));
    }
    if pod::phase(object) == "Running" {
        let why = pod::condition(object, "Ready").map_or("", |ready| ready.text("message"));
        return say(PodState::NotReady, "not ready", why);
    }
    match pod::condition(object, "PodScheduled") {
        Some(scheduled) if scheduled.text("status") == "False" => {
            say(PodState::Failing, "unschedulable", scheduled.text("message"))
        }
        _ if pod::node(object).is_empty() => say(PodState::Starting, "pending", ""),
        _ => say(PodState::Starting, "starting", ""),
    }
}

/// How many of a selector's pairs a pod has, and the first pair that it has not.
fn compare<'a>(service: &'a Object, object: &Object) -> (usize, usize, Option<(&'a str, &'a str)>) {
    let (mut met, mut missed, mut first) = (0, 0, None);
    for (key, value) in service.text_pairs("spec.selector") {
        if object.label(key) == Some(value) {
            met += 1;
        } else {
            missed += 1;
            first = first.or(Some((key, value)));
        }
    }
    (met, missed, first)
}

/// Why a pod with these labels just misses a selector: one pair is not met, and either others are, or the label is there
/// with another value.
fn near_miss(service: &Object, object: &Object) -> Option<(String, String)> {
    let (met, missed, first) = compare(service, object);
    let (key, value) = first.filter(|_| missed == 1)?;
    match object.label(key) {
        Some(other) if met > 0 || looks_alike(other, value) => {
            Some((format!("{key}={other}"), format!("the selector asks for {key}={value}, the pod has {key}={other}")))
        }
        None if met > 0 => {
            Some((format!("no {key}"), format!("the selector asks for {key}={value}, the pod has no {key}")))
        }
        _ => None,
    }
}

/// Whether two values could be meant to be one: equal without case, dashes and dots, or one a part of the other.
fn looks_alike(a: &str, b: &str) -> bool {
    let plain = |text: &str| -> String {
        text.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
    };
    let (a, b) = (plain(a), plain(b));
    !a.is_empty() && !b.is_empty() && (a.contains(&b) || b.contains(&a))
}

fn link(picture: &mut Picture, services: &[&Arc<Object>], pods: &[&Arc<Object>], store: &Store) {
    let places: SortedMap<&str, usize> =
        picture.pods.iter().enumerate().map(|(place, card)| (card.uid.as_str(), place)).collect();
    let mut links = Vec::new();
    for (place, service) in services.iter().enumerate() {
        let entries = endpoints_by_pod(service, store);
        let selector = service::selector(service);
        for object in pods.iter().filter(|object| object.namespace() == service.namespace()) {
            let Some(&at) = places.get(object.uid()) else { continue };
            let Some(card) = picture.pods.get(at) else { continue };
            let selected = selector.as_ref().is_some_and(|selector| selector.selects(object));
            let found = match entries.get(object.uid()) {
                Some(entry) => Some(as_endpoint(entry, card)),
                None if selected => Some(why_out(service, object, card)),
                None => near_miss(service, object).map(|(text, why)| (LinkState::NearMiss, text, why)),
            };
            if let Some((state, text, why)) = found {
                links.push(Link { service: place, pod: at, state, text, why });
            }
        }
    }
    for (place, card) in picture.services.iter_mut().enumerate() {
        let mine = || links.iter().filter(|link| link.service == place);
        card.ready = mine().filter(|link| link.state == LinkState::In).count();
        card.selected = mine().filter(|link| link.state != LinkState::NearMiss).count();
    }
    picture.links = links;
}

/// A pod's entry in a Service's EndpointSlices.
struct Entry {
    address: String,
    ports: Vec<String>,
    ready: bool,
    terminating: bool,
}

/// What the Service's EndpointSlices say, by the pods' uids.
fn endpoints_by_pod(service: &Object, store: &Store) -> SortedMap<String, Entry> {
    let of_service = Selector::of_labels([("kubernetes.io/service-name", service.name())]);
    let mut entries: SortedMap<String, Entry> = SortedMap::new();
    for slice in store.select(ResourceId::ENDPOINT_SLICES, service.namespace(), &of_service) {
        let ports: Vec<String> =
            slice.items("ports").iter().filter_map(|port| port.int("port")).map(|port| port.to_string()).collect();
        for endpoint in slice.items("endpoints") {
            let uid = endpoint.text("targetRef.uid").to_owned();
            let address = endpoint.items("addresses").first().and_then(Value::as_str).unwrap_or("").to_owned();
            // An unset condition counts as ready, as the API says of hand-made slices.
            let ready = endpoint.at("conditions.ready").and_then(Value::as_bool).unwrap_or(true);
            let terminating = endpoint.is_true("conditions.terminating");
            match entries.get_mut(&uid) {
                // Pods that name their ports differently, or several families, stand in several slices.
                Some(entry) => entry.ports.extend(ports.iter().cloned()),
                None => {
                    entries.insert(uid, Entry { address, ports: ports.clone(), ready, terminating });
                }
            }
        }
    }
    entries
}

fn as_endpoint(entry: &Entry, card: &PodCard) -> (LinkState, String, String) {
    let text = match entry.ports.as_slice() {
        [] => entry.address.clone(),
        ports => format!("{}:{}", entry.address, ports.join(",")),
    };
    if entry.ready {
        return (LinkState::In, text, "ready".to_owned());
    }
    let why = match () {
        () if entry.terminating => "terminating",
        () if card.why.is_empty() => card.word.as_str(),
        () => card.why.as_str(),
    };
    (LinkState::Waiting, text, why.to_owned())
}

/// Why a selected pod is no endpoint. Models endpointslice ShouldPodBeInEndpoints and FindPort.
fn why_out(service: &Object, object: &Object, card: &PodCard) -> (LinkState, String, String) {
    let out = |text: String, why: &str| (LinkState::Out, text, why.to_owned());
    if pod::is_terminal(object) {
        return out(card.word.clone(), "a pod that has ended is no endpoint");
    }
    if card.address.is_empty() {
        return out("no address".to_owned(), "a pod without an address is no endpoint");
    }
    let unnamed =
        service::ports(service).find(|port| pod::find_port(object, &port.target(), port.protocol()).is_none());
    if let Some(name) = unnamed.as_ref().map(|port| port.target()).as_ref().and_then(Value::as_str) {
        return out(format!("no port {name}"), &format!("no container of the pod names a port {name}"));
    }
    out("selected".to_owned(), "selected; its endpoint is not written yet")
}

/// Gives each label the hue of a Service that asks for it, and puts those labels first.
fn colour_labels(picture: &mut Picture) {
    let Picture { services, pods, links, .. } = picture;
    for (place, card) in pods.iter_mut().enumerate() {
        for link in links.iter().filter(|link| link.pod == place) {
            let Some(service) = services.get(link.service) else { continue };
            for label in &mut card.labels {
                if service.selector.iter().any(|pair| pair.text == label.text)
                    && (label.hue.is_none() || link.state != LinkState::NearMiss)
                {
                    label.hue = Some(service.hue);
                }
            }
        }
        // Short ones first: more of them can be read.
        card.labels.order_by_key(|label| (label.hue.is_none(), label.text.len()));
    }
}
