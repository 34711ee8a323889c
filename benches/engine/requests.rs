//! Requests of a pod to a Service with ten endpoints on two nodes, a connection each. Without a clock, so that the browser's
//! benchmark can use it as well.

#[path = "../../tests/kube_proxy/alone.rs"]
mod alone;

use alone::Alone;
use service_playground::api::{Object, ResourceId};
use service_playground::api::{Value, json};
use service_playground::clock::{Random, Time};
use service_playground::net::{Cidr, Client, Network, Node, Outcome, Program, Protocol, Request, Sockets};
use service_playground::proxy::{Mode, Settings};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

const PODS: &str = "10.244.0.0/16";

/// The kube-proxy of a node and the program it starts with.
pub fn kube_proxy(mode: Mode, node: u8) -> (Alone, Arc<Program>) {
    let (name, address) = (format!("node{node}"), IpAddr::from([172, 18, 0, 10 + node]));
    let range = |text| Cidr::parse(text).unwrap();
    let settings = Settings::new(mode, &name, address, range(PODS), range("10.96.0.0/12"));
    Alone::new(settings)
}

pub fn tell(proxy: &mut Alone, resource: ResourceId, name: &str, object: &Value) {
    let object = Arc::new(Object::new(object.clone()).unwrap());
    proxy.take(resource, ("default".to_owned(), name.to_owned()), Some(object), Time::ZERO);
}

pub fn service(name: &str, cluster_ip: Ipv4Addr) -> Value {
    json!({
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"clusterIP": cluster_ip.to_string(), "ports": [{"port": 80}]},
    })
}

/// A slice of pods, every second one on node2.
pub fn slice(name: &str, pods: impl Iterator<Item = (u8, u8, u8)>) -> Value {
    let endpoint = |(node, high, low): (u8, u8, u8)| {
        let address = if high == 0 { format!("10.244.{node}.{low}") } else { format!("10.{high}.{node}.{low}") };
        json!({"addresses": [address], "nodeName": format!("node{}", node + 1)})
    };
    json!({
        "metadata": {"name": name, "namespace": "default", "labels": {"kubernetes.io/service-name": name}},
        "addressType": "IPv4", "ports": [{"port": 80}],
        "endpoints": pods.map(endpoint).collect::<Vec<_>>(),
    })
}

/// Two nodes, ten pods that answer, and one that asks.
pub struct Requests {
    network: Network,
    sockets: Sockets,
    random: Random,
    sent: u32,
}

const CLUSTER_IP: Ipv4Addr = Ipv4Addr::new(10, 96, 0, 50);
const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 244, 0, 2));

impl Requests {
    /// Kube-proxies in `mode` have written their rules.
    pub fn new(mode: Mode) -> Requests {
        let pods = || (0..10).map(|number| (number % 2, 0, 10 + number));
        let mut network =
            Network { nodes: Vec::new(), pods: Cidr::parse(PODS).unwrap(), outside: IpAddr::from([172, 18, 0, 100]) };
        for node in 1..=2 {
            let (mut proxy, mut program) = kube_proxy(mode, node);
            tell(&mut proxy, ResourceId::SERVICES, "web", &service("web", CLUSTER_IP));
            tell(&mut proxy, ResourceId::ENDPOINT_SLICES, "web", &slice("web", pods()));
            proxy.sync(&mut program, Time::ZERO);
            let cidr = Cidr::parse(&format!("10.244.{}.0/24", node - 1)).unwrap();
            let address = IpAddr::from([172, 18, 0, 10 + node]);
            network.nodes.push(Node::new(&format!("node{node}"), address, cidr, program));
        }
        let mut sockets = Sockets::default();
        sockets.add_pod(CLIENT, 0);
        for (node, _, low) in pods() {
            let address = IpAddr::from([10, 244, node, low]);
            sockets.add_pod(address, u16::from(node));
            sockets.listen(Protocol::Tcp, SocketAddr::new(address, 80), u32::from(low));
        }
        Requests { network, sockets, random: Random::new(1), sent: 0 }
    }

    /// Sends so many, without a trace, and gives how many were answered.
    pub fn send(&mut self, count: u32) -> u32 {
        let mut answered = 0;
        for _ in 0..count {
            self.sent += 1;
            let request = Request {
                client: Client::Pod(CLIENT),
                protocol: Protocol::Tcp,
                to: SocketAddr::from((CLUSTER_IP, 80)),
                source_port: 32_768 + (self.sent % 28_000) as u16,
                patience: Duration::from_secs(2),
            };
            let delivery = self.network.send(&request, &self.sockets, &mut self.random, Time::ZERO, None);
            answered += u32::from(matches!(delivery.outcome, Outcome::Answered { .. }));
        }
        answered
    }
}
