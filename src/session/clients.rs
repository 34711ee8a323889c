//! Who can send requests.

use super::Session;
use super::picture::is_system;
use crate::api::{Fields, ResourceId, pod};
use crate::cluster::Source;
use crate::store::Key;

/// A client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Which.
    pub source: Source,
    /// `outside`, `node1`, the pod's name.
    pub name: String,
    /// Its address.
    pub address: String,
}

/// The machine beside the nodes.
const OUTSIDE: &str = "172.18.0.100";

impl Session {
    /// The clients that are drawn: outside and the nodes.
    pub fn clients(&self) -> Vec<Client> {
        let mut clients =
            vec![Client { source: Source::Outside, name: "outside".to_owned(), address: OUTSIDE.to_owned() }];
        for node in self.cluster.store().list(ResourceId::NODES, None) {
            let internal = node.items("status.addresses").iter().find(|one| one.text("type") == "InternalIP");
            let address = internal.map_or(String::new(), |one| one.text("address").to_owned());
            clients.push(Client {
                source: Source::Node(node.name().to_owned()),
                name: node.name().to_owned(),
                address,
            });
        }
        clients
    }

    /// The pods that can send requests, by name.
    pub fn client_pods(&self) -> Vec<Client> {
        let pods = self.cluster.store().list(ResourceId::PODS, None);
        pods.filter(|one| !is_system(one) && pod::phase(one) == "Running" && !pod::ip(one).is_empty())
            .map(|one| Client {
                source: Source::Pod(Key::of(ResourceId::PODS, one)),
                name: one.name().to_owned(),
                address: pod::ip(one).to_owned(),
            })
            .collect()
    }
}
