//! What the scheduler remembers of the pods that have a node, so that placing one more costs no look at all the others.

use super::resources::{self, Resources};
use crate::api::{Fields, Object, pod};
use crate::store::Key;
use std::collections::{BTreeMap, BTreeSet};

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

/// The pods that have a node.
#[derive(Clone, Debug, Default)]
pub struct Cache {
    placed: BTreeMap<Key, Placed>,
    loads: BTreeMap<String, Load>,
    /// How many pods of a controller, by its uid, are on which node.
    siblings: BTreeMap<String, BTreeMap<String, usize>>,
    /// The pods that keep others away.
    repelling: BTreeSet<Key>,
}

impl Cache {
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
        let load = self.loads.entry(placed.node.clone()).or_default();
        load.pods += 1;
        load.requests = load.requests.plus(placed.requests);
        load.scored = load.scored.plus(placed.scored);
        load.ports.extend(placed.ports.iter().cloned());
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
        if let Some(load) = self.loads.get_mut(&placed.node) {
            load.pods -= 1;
            load.requests = load.requests.minus(placed.requests);
            load.scored = load.scored.minus(placed.scored);
            for port in &placed.ports {
                if let Some(place) = load.ports.iter().position(|one| one == port) {
                    load.ports.swap_remove(place);
                }
            }
        }
        if let Some(by_node) = placed.owner.as_ref().and_then(|owner| self.siblings.get_mut(owner)) {
            if let Some(count) = by_node.get_mut(&placed.node) {
                *count -= 1;
            }
            by_node.retain(|_, count| *count > 0);
        }
    }

    /// The sums of a node.
    pub fn load(&self, node: &str) -> Load {
        self.loads.get(node).cloned().unwrap_or_default()
    }

    /// The node of a pod.
    pub fn node_of(&self, key: &Key) -> Option<&str> {
        self.placed.get(key).map(|placed| placed.node.as_str())
    }

    /// How many pods of the controller with this uid are on which node.
    pub fn siblings(&self, owner: &str) -> Option<&BTreeMap<String, usize>> {
        self.siblings.get(owner)
    }

    /// The pods that have a node and a required anti-affinity.
    pub fn repelling(&self) -> impl Iterator<Item = &Key> {
        self.repelling.iter()
    }
}

impl Load {
    /// Whether a port that `pod` wants on the node is taken.
    pub fn has_port_conflict(&self, pod: &Object) -> bool {
        let clash = |one: &HostPort, other: &HostPort| {
            let shared = one.address == other.address || one.address == "0.0.0.0" || other.address == "0.0.0.0";
            one.port == other.port && one.protocol == other.protocol && shared
        };
        host_ports(pod).iter().any(|wanted| self.ports.iter().any(|taken| clash(wanted, taken)))
    }
}

fn host_ports(pod: &Object) -> Vec<HostPort> {
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
