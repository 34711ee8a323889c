//! What the scheduler remembers of the nodes and of the pods that have one, so that placing one more costs no look at
//! all the others.

use super::resources::{self, Resources};
use crate::api::{Fields, Object, ResourceId, pod};
use crate::order::{SortedMap, SortedSet};
use crate::store::{Key, Store};
use std::sync::Arc;

/// A port of a node that a pod takes for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPort {
    /// `0.0.0.0` for every address.
    address: String,
    protocol: String,
    port: i64,
}

/// The sums over the pods of one node.
#[derive(Clone, Debug, Default)]
pub struct Load {
    /// How many pods.
    pub pods: i64,
    /// What they ask for.
    pub requests: Resources,
    /// The same with a small amount for those that ask for nothing.
    pub scored: Resources,
    ports: Vec<HostPort>,
}

#[derive(Clone, Debug)]
struct Placed {
    node: String,
    owner: Option<String>,
    requests: Resources,
    scored: Resources,
    ports: Vec<HostPort>,
}

/// A node, with what each placement asks of it.
#[derive(Clone, Debug)]
pub struct Node {
    /// The node itself.
    pub object: Arc<Object>,
    /// What pods may use of it.
    pub room: Resources,
    /// How many pods it takes.
    pub most_pods: i64,
    /// Whether it is cordoned.
    pub cordoned: bool,
    /// Whether it has taints.
    pub tainted: bool,
    /// What its pods use.
    pub load: Load,
}

impl Node {
    fn of(object: &Arc<Object>) -> Node {
        let (room, most_pods) = resources::allocatable(object);
        Node {
            object: object.clone(),
            room,
            most_pods,
            cordoned: object.is_true("spec.unschedulable"),
            tainted: !object.items("spec.taints").is_empty(),
            load: Load::default(),
        }
    }
}

/// The nodes, and the pods that have one.
#[derive(Clone, Debug, Default)]
pub struct Cache {
    nodes: SortedMap<String, Node>,
    placed: SortedMap<Key, Placed>,
    /// How many pods of a controller, by its uid, are on which node.
    siblings: SortedMap<String, SortedMap<String, usize>>,
    /// The pods that keep others away.
    repelling: SortedSet<Key>,
}

impl Cache {
    /// Takes note of the nodes as they are now.
    pub fn update_nodes(&mut self, store: &Store) {
        let mut gone: SortedSet<String> = self.nodes.keys().cloned().collect();
        for object in store.list(ResourceId::NODES, None) {
            gone.remove(object.name());
            match self.nodes.get_mut(object.name()) {
                Some(node) if Arc::ptr_eq(&node.object, object) => {}
                Some(node) => *node = Node { load: std::mem::take(&mut node.load), ..Node::of(object) },
                None => {
                    let mut node = Node::of(object);
                    let here = self.placed.values().filter(|placed| placed.node == object.name());
                    here.for_each(|placed| node.load.add(placed));
                    self.nodes.insert(object.name().to_owned(), node);
                }
            }
        }
        for name in gone {
            self.nodes.remove(&name);
        }
    }

    /// The nodes, by name.
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.nodes.values()
    }

    /// Takes note of the pod as it is now: `None` once it is gone. Finished pods take no room.
    pub fn update(&mut self, key: &Key, pod: Option<&Object>) {
        match pod.filter(|pod| !pod::node(pod).is_empty() && !pod::is_terminal(pod)) {
            Some(pod) => self.place(key, pod, pod::node(pod)),
            None => self.remove(key),
        }
    }

    /// Takes note that the pod is on `node`.
    pub fn place(&mut self, key: &Key, pod: &Object, node: &str) {
        let placed = Placed {
            node: node.to_owned(),
            owner: pod.controller().map(|controller| controller.text("uid").to_owned()),
            requests: resources::requests(pod),
            scored: resources::scored_requests(pod),
            ports: host_ports(pod),
        };
        self.remove(key);
        if let Some(node) = self.nodes.get_mut(node) {
            node.load.add(&placed);
        }
        if let Some(owner) = &placed.owner {
            *self.siblings.entry(owner.clone()).or_default().entry(placed.node.clone()).or_default() += 1;
        }
        if !pod.items("spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution").is_empty() {
            self.repelling.insert(key.clone());
        }
        self.placed.insert(key.clone(), placed);
    }

    fn remove(&mut self, key: &Key) {
        self.repelling.remove(key);
        let Some(placed) = self.placed.remove(key) else { return };
        if let Some(node) = self.nodes.get_mut(&placed.node) {
            node.load.subtract(&placed);
        }
        if let Some(by_node) = placed.owner.as_ref().and_then(|owner| self.siblings.get_mut(owner)) {
            if let Some(count) = by_node.get_mut(&placed.node) {
                *count -= 1;
            }
            by_node.retain(|_, count| *count > 0);
        }
    }

    /// The node of a pod.
    pub fn node_of(&self, key: &Key) -> Option<&str> {
        self.placed.get(key).map(|placed| placed.node.as_str())
    }

    /// How many pods of the controller with this uid are on which node.
    pub fn siblings(&self, owner: &str) -> Option<&SortedMap<String, usize>> {
        self.siblings.get(owner)
    }

    /// The pods that have a node and a required anti-affinity.
    pub fn repelling(&self) -> impl Iterator<Item = &Key> {
        self.repelling.iter()
    }
}

impl Load {
    fn add(&mut self, placed: &Placed) {
        self.pods += 1;
        self.requests = self.requests.plus(placed.requests);
        self.scored = self.scored.plus(placed.scored);
        self.ports.extend(placed.ports.iter().cloned());
    }

    fn subtract(&mut self, placed: &Placed) {
        self.pods -= 1;
        self.requests = self.requests.minus(placed.requests);
        self.scored = self.scored.minus(placed.scored);
        for port in &placed.ports {
            if let Some(place) = self.ports.iter().position(|one| one == port) {
                self.ports.swap_remove(place);
            }
        }
    }

    /// Whether one of the ports that a pod wants on the node is taken.
    pub fn has_port_conflict(&self, wanted: &[HostPort]) -> bool {
        let clash = |one: &HostPort, other: &HostPort| {
            let shared = one.address == other.address || one.address == "0.0.0.0" || other.address == "0.0.0.0";
            one.port == other.port && one.protocol == other.protocol && shared
        };
        wanted.iter().any(|wanted| self.ports.iter().any(|taken| clash(wanted, taken)))
    }
}

/// The ports that a pod takes for itself on its node.
pub fn host_ports(pod: &Object) -> Vec<HostPort> {
    let ports = pod::containers(pod).iter().chain(pod::sidecars(pod)).flat_map(|container| container.items("ports"));
    let or = |text: &str, unset: &str| if text.is_empty() { unset.to_owned() } else { text.to_owned() };
    ports
        .filter_map(|port| {
            let number = port.int("hostPort").filter(|&number| number > 0)?;
            let (address, protocol) = (or(port.text("hostIP"), "0.0.0.0"), or(port.text("protocol"), "TCP"));
            Some(HostPort { address, protocol, port: number })
        })
        .collect()
}
