//! What an API server is started with: its flags, and the nodes that register with it.

use crate::api;

/// The flags of an API server, and the nodes of its cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// `--service-cluster-ip-range`: one range, or two of different families. The first one's family is the default.
    pub service_cidrs: Vec<String>,
    /// `--service-node-port-range`: the first and the last port.
    pub node_ports: (u16, u16),
    /// Gates that decide between two rules of validation.
    pub gates: api::Settings,
    /// Where the API server itself listens: the endpoint of the Service `kubernetes`.
    pub address: String,
    /// The nodes that have registered when the cluster starts.
    pub nodes: Vec<NodeSettings>,
}

/// A node as its kubelet registers it.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeSettings {
    /// `node1`.
    pub name: String,
    /// `172.18.0.11`.
    pub address: String,
    /// `10.244.0.0/24`.
    pub pod_cidr: String,
}

impl Default for Settings {
    /// A single-stack cluster without nodes, with the ranges that kubeadm chooses.
    fn default() -> Settings {
        Settings {
            service_cidrs: vec!["10.96.0.0/12".to_owned()],
            node_ports: (30000, 32767),
            gates: api::Settings::default(),
            address: "172.18.0.2".to_owned(),
            nodes: Vec::new(),
        }
    }
}
