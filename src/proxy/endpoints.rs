//! What kube-proxy takes from EndpointSlices.

use super::ServicePortName;
use super::names::endpoint_chain;
use crate::api::{Fields, Object, Value};
use crate::net::{Family, Protocol, parse_address};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;

/// An endpoint of a service port. Models pkg/proxy/endpoint.go BaseEndpointInfo.
#[derive(Clone, Debug, PartialEq)]
pub struct Endpoint {
    /// Where requests go.
    pub at: SocketAddr,
    /// The node that it is on; empty where that is not known.
    pub node: Arc<str>,
    /// Its chain in iptables mode: `KUBE-SEP-...`.
    pub chain: Arc<str>,
    /// Ready for new requests.
    pub ready: bool,
    /// Able to answer, whether it terminates or not.
    pub serving: bool,
    /// On its way out.
    pub terminating: bool,
    /// The zones that shall use it.
    pub zone_hints: BTreeSet<String>,
    /// The nodes that shall use it.
    pub node_hints: BTreeSet<String>,
}

impl Endpoint {
    /// Whether it is on this node.
    pub fn is_on(&self, node: &str) -> bool {
        !node.is_empty() && *self.node == *node
    }

    /// Whether it answers though it terminates: used where nothing is ready.
    pub fn is_serving_while_terminating(&self) -> bool {
        self.serving && self.terminating
    }
}

/// The Service that a slice belongs to; `None` for slices that kube-proxy leaves alone.
pub(super) fn service_of(slice: &Object) -> Option<(String, String)> {
    let foreign = slice.label("service.kubernetes.io/headless").is_some()
        || slice.label("service.kubernetes.io/service-proxy-name").is_some();
    let service = slice.label("kubernetes.io/service-name").filter(|name| !name.is_empty() && !foreign)?;
    Some((slice.namespace().to_owned(), service.to_owned()))
}

/// The endpoints of each service port of one Service.
pub(super) type Ports = BTreeMap<ServicePortName, Vec<Endpoint>>;

/// The endpoints of each service port in the slices of one Service, sorted as text of `ADDRESS:PORT`; an address that
/// several slices name comes up once. Gives besides whether such slices disagree on its node: then each node sees its
/// own. Models pkg/proxy/endpointslicecache.go endpointInfoByServicePort.
pub(super) fn join<'a>(
    service: &(String, String),
    slices: impl Iterator<Item = &'a Object>,
    node: &str,
    family: Family,
) -> (Ports, bool) {
    let mut found: BTreeMap<ServicePortName, BTreeMap<String, Endpoint>> = BTreeMap::new();
    let mut is_disputed = false;
    for slice in slices.filter(|slice| slice.text("addressType") == family.name()) {
        for port in slice.items("ports") {
            let number = port.int("port").and_then(|number| u16::try_from(number).ok());
            let (Some(number), Some(protocol)) = (number, Protocol::parse(port.text("protocol"))) else { continue };
            let name = ServicePortName {
                namespace: service.0.clone(),
                service: service.1.clone(),
                port: port.text("name").to_owned(),
                protocol,
            };
            let label = name.to_string();
            let endpoints = found.entry(name).or_default();
            for item in slice.items("endpoints") {
                let Some(endpoint) = read(item, number, &label, protocol) else { continue };
                let text = endpoint.at.to_string();
                match endpoints.get(&text) {
                    Some(other) => {
                        is_disputed |= other.node != endpoint.node;
                        if endpoint.is_on(node) {
                            endpoints.insert(text, endpoint);
                        }
                    }
                    None => drop(endpoints.insert(text, endpoint)),
                }
            }
        }
    }
    let ports = found.into_iter().map(|(name, endpoints)| (name, endpoints.into_values().collect())).collect();
    (ports, is_disputed)
}

fn read(item: &Value, port: u16, label: &str, protocol: Protocol) -> Option<Endpoint> {
    let address = parse_address(item.items("addresses").first()?.as_str()?)?;
    let at = SocketAddr::new(address, port);
    let condition = |name: &str| item.at("conditions").and_then(|conditions| conditions.get(name)?.as_bool());
    let hints =
        |path: &str| -> BTreeSet<String> { item.items(path).iter().map(|hint| hint.text("name").to_owned()).collect() };
    Some(Endpoint {
        at,
        node: item.text("nodeName").into(),
        chain: endpoint_chain(label, protocol, at).into(),
        ready: condition("ready").unwrap_or(true),
        serving: condition("serving").unwrap_or(true),
        terminating: condition("terminating").unwrap_or(false),
        zone_hints: hints("hints.forZones"),
        node_hints: hints("hints.forNodes"),
    })
}
