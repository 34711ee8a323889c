//! What kube-proxy takes from EndpointSlices.

use super::ServicePortName;
use super::names::endpoint_chain;
use crate::api::{Fields, Object, Value};
use crate::net::{Family, Protocol, parse_address};
use crate::order::{SortedMap, SortedSet};
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
    pub zone_hints: SortedSet<String>,
    /// The nodes that shall use it.
    pub node_hints: SortedSet<String>,
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
pub(super) type Ports = SortedMap<ServicePortName, Vec<Endpoint>>;

/// The endpoints of each service port in the slices of one Service, sorted as text of `ADDRESS:PORT`. An address that comes
/// up several times counts once, as the latest that does not terminate: a new pod may have got the address of one that is
/// still on its way out. Models pkg/proxy/endpointslicecache.go endpointInfoByServicePort and addEndpoints.
pub(super) fn join<'a>(service: &(String, String), slices: impl Iterator<Item = &'a Object>, family: Family) -> Ports {
    let mut found: SortedMap<ServicePortName, SortedMap<String, Endpoint>> = SortedMap::new();
    for slice in slices.filter(|slice| slice.text("addressType") == family.name()) {
        for port in slice.items("ports") {
            let number = port.int("port").and_then(|number| u16::try_from(number).ok()).filter(|number| *number != 0);
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
                if !endpoint.terminating || !endpoints.contains_key(&text) {
                    endpoints.insert(text, endpoint);
                }
            }
        }
    }
    found.into_iter().map(|(name, endpoints)| (name, endpoints.into_values().collect())).collect()
}

fn read(item: &Value, port: u16, label: &str, protocol: Protocol) -> Option<Endpoint> {
    let address = parse_address(item.items("addresses").first()?.as_str()?)?;
    let at = SocketAddr::new(address, port);
    let condition = |name: &str| item.at("conditions").and_then(|conditions| conditions.get(name)?.as_bool());
    let hints = |path: &str| -> SortedSet<String> {
        item.items(path).iter().map(|hint| hint.text("name").to_owned()).collect()
    };
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;

    /// What a Service's slices give, one line an endpoint.
    fn joined(slices: &[Value]) -> String {
        let slices: Vec<Object> = slices.iter().map(|slice| Object::new(slice.clone()).unwrap()).collect();
        let ports = join(&("default".to_owned(), "web".to_owned()), slices.iter(), Family::V4);
        let line = |name: &ServicePortName, one: &Endpoint| {
            let state = [("ready", one.ready), ("serving", one.serving), ("terminating", one.terminating)];
            let state: Vec<&str> = state.iter().filter(|(_, is_so)| *is_so).map(|(word, _)| *word).collect();
            format!("{name} {} node={} {}\n", one.at, one.node, state.join(","))
        };
        ports.iter().flat_map(|(name, list)| list.iter().map(move |one| line(name, one))).collect()
    }

    fn slice(kind: &str, port: &Value, endpoints: &Value) -> Value {
        json!({"metadata": {"name": "s"}, "addressType": kind, "ports": [port], "endpoints": endpoints})
    }

    #[test]
    fn an_address_that_comes_up_twice_is_that_of_the_pod_that_stays() {
        let http = json!({"name": "http", "port": 8080, "protocol": "TCP"});
        let going = json!({"addresses": ["10.244.0.5"], "nodeName": "node1",
            "conditions": {"ready": false, "serving": false, "terminating": true}});
        let coming = json!({"addresses": ["10.244.0.5"], "nodeName": "node2"});
        for slices in [
            vec![slice("IPv4", &http, &json!([going, coming]))],
            vec![slice("IPv4", &http, &json!([coming, going]))],
            vec![slice("IPv4", &http, &json!([coming])), slice("IPv4", &http, &json!([going]))],
        ] {
            assert_eq!(joined(&slices), "default/web:http 10.244.0.5:8080 node=node2 ready,serving\n");
        }
    }

    #[test]
    fn ports_without_a_number_and_other_families_give_nothing() {
        let endpoints = json!([{"addresses": ["10.244.0.5", "10.244.0.6"]}]);
        for port in [json!({"name": "http", "protocol": "TCP"}), json!({"name": "http", "port": 0, "protocol": "TCP"})]
        {
            assert_eq!(joined(&[slice("IPv4", &port, &endpoints)]), "");
        }
        let http = json!({"name": "", "port": 8080, "protocol": "UDP"});
        assert_eq!(joined(&[slice("FQDN", &http, &json!([{"addresses": ["db.example.com"]}]))]), "");
        assert_eq!(joined(&[slice("IPv6", &http, &json!([{"addresses": ["2001:db8::1"]}]))]), "");
        assert_eq!(joined(&[slice("IPv4", &http, &endpoints)]), "default/web 10.244.0.5:8080 node= ready,serving\n");
    }
}
