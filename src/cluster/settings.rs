//! What a cluster is made with.

use super::Latency;
use crate::clock::Epoch;
use crate::proxy::Mode as ProxyMode;

/// What a cluster is made with.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Where all chance comes from.
    pub seed: u64,
    /// The calendar at the start.
    pub epoch: Epoch,
    /// The nodes, in order.
    pub nodes: Vec<NodeSettings>,
    /// How fast the parts react.
    pub latency: Latency,
    /// A bare cluster as the recorded cases have: nothing in kube-system, and pods run by the rules of the recordings.
    pub bare: bool,
    /// Whether a simulated provider hands out load balancer addresses.
    pub load_balancers: bool,
}

/// A node.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeSettings {
    /// `node1`.
    pub name: String,
    /// `172.18.0.11`.
    pub address: String,
    /// `10.244.0.0/24`.
    pub pod_cidr: String,
    /// How its kube-proxy works.
    pub mode: ProxyMode,
}

impl Settings {
    /// The cluster of the page: two nodes in iptables mode, kube-dns, a provider of load balancers, real kubelet timing.
    pub fn page(seed: u64, epoch: Epoch) -> Settings {
        let node = |number: u8| NodeSettings {
            name: format!("node{number}"),
            address: format!("172.18.0.{}", 10 + number),
            pod_cidr: format!("10.244.{}.0/24", number - 1),
            mode: ProxyMode::Iptables,
        };
        Settings { seed, epoch, nodes: vec![node(1), node(2)], latency: Latency, bare: false, load_balancers: true }
    }

    /// The cluster of the recorded cases: bare, node1 in iptables mode, node2 in nftables mode.
    pub fn recorded(seed: u64) -> Settings {
        let mut settings = Settings { bare: true, load_balancers: false, ..Settings::page(seed, Epoch(1_795_000_000)) };
        if let Some(second) = settings.nodes.get_mut(1) {
            second.mode = ProxyMode::Nftables;
        }
        settings
    }
}
