//! How fast packets go through the rules, and how fast kube-proxy writes them.

use service_playground::api::{Object, ResourceId};
use service_playground::api::{Value, json};
use service_playground::clock::{Random, Time};
use service_playground::net::{Cidr, Client, Network, Node, Outcome, Program, Protocol, Request, Sockets};
use service_playground::proxy::{Mode, Settings, Sync, Update, Watched};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

const PODS: &str = "10.244.0.0/16";

/// A kube-proxy that watches alone.
struct Alone {
    sync: Sync,
    watched: Watched,
    program: Arc<Program>,
}

impl Alone {
    fn sync(&mut self) -> Update {
        self.sync.sync(&mut self.program, &mut self.watched, Time::ZERO)
    }
}

fn kube_proxy(mode: Mode, node: u8) -> Alone {
    let (name, address) = (format!("node{node}"), IpAddr::from([172, 18, 0, 10 + node]));
    let range = |text| Cidr::parse(text).unwrap();
    let settings = Settings::new(mode, &name, address, range(PODS), range("10.96.0.0/12"));
    let mut watched = Watched::new(settings.family);
    let (sync, program) = Sync::new(settings, &mut watched);
    Alone { sync, watched, program }
}

fn tell(proxy: &mut Alone, resource: ResourceId, name: &str, object: &Value) {
    let object = Arc::new(Object::new(object.clone()).unwrap());
    for service in proxy.watched.take(resource, ("default".to_owned(), name.to_owned()), Some(object)) {
        proxy.sync.mark(service, Time::ZERO);
    }
}

fn service(name: &str, cluster_ip: Ipv4Addr) -> Value {
    json!({
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"clusterIP": cluster_ip.to_string(), "ports": [{"port": 80}]},
    })
}

/// A slice of pods, every second one on node2.
fn slice(name: &str, pods: impl Iterator<Item = (u8, u8, u8)>) -> Value {
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

/// A million requests of a pod to a Service with ten endpoints on two nodes, a connection each.
pub fn a_million_requests(mode: Mode) -> Vec<Duration> {
    let cluster_ip = Ipv4Addr::new(10, 96, 0, 50);
    let pods = || (0..10).map(|number| (number % 2, 0, 10 + number));
    let mut network =
        Network { nodes: Vec::new(), pods: Cidr::parse(PODS).unwrap(), outside: IpAddr::from([172, 18, 0, 100]) };
    for node in 1..=2 {
        let mut proxy = kube_proxy(mode, node);
        tell(&mut proxy, ResourceId::SERVICES, "web", &service("web", cluster_ip));
        tell(&mut proxy, ResourceId::ENDPOINT_SLICES, "web", &slice("web", pods()));
        proxy.sync();
        let cidr = Cidr::parse(&format!("10.244.{}.0/24", node - 1)).unwrap();
        network.nodes.push(Node::new(
            &format!("node{node}"),
            IpAddr::from([172, 18, 0, 10 + node]),
            cidr,
            proxy.program,
        ));
    }
    let mut sockets = Sockets::default();
    let client = IpAddr::from([10, 244, 0, 2]);
    sockets.add_pod(client, 0);
    for (node, _, low) in pods() {
        let address = IpAddr::from([10, 244, node, low]);
        sockets.add_pod(address, u16::from(node));
        sockets.listen(Protocol::Tcp, SocketAddr::new(address, 80), u32::from(low));
    }
    let mut random = Random::new(1);
    let round = |_| {
        let start = Instant::now();
        let mut answered = 0;
        for number in 0..1_000_000_u32 {
            let request = Request {
                client: Client::Pod(client),
                protocol: Protocol::Tcp,
                to: SocketAddr::from((cluster_ip, 80)),
                source_port: 32_768 + (number % 28_000) as u16,
                patience: Duration::from_secs(2),
            };
            let delivery = network.send(&request, &sockets, &mut random, Time::ZERO, None);
            answered += u32::from(matches!(delivery.outcome, Outcome::Answered { .. }));
        }
        assert_eq!(answered, 1_000_000);
        start.elapsed()
    };
    (0..5).map(round).collect()
}

/// A sync after one endpoint changed, among a thousand Services with ten endpoints each.
pub fn one_endpoint_among_a_thousand_services(mode: Mode) -> Vec<Duration> {
    let mut proxy = kube_proxy(mode, 1);
    let pods = |number: u16, gone: u8| {
        let [high, low] = number.to_be_bytes();
        (0..10 - gone).map(move |pod| (pod + high * 10, 20 + low, low))
    };
    for number in 0..1000_u16 {
        let name = format!("web-{number}");
        let [high, low] = number.to_be_bytes();
        tell(&mut proxy, ResourceId::SERVICES, &name, &service(&name, Ipv4Addr::new(10, 96, 1 + high, low)));
        tell(&mut proxy, ResourceId::ENDPOINT_SLICES, &name, &slice(&name, pods(number, 0)));
    }
    proxy.sync();
    (0..200_u16)
        .map(|round| {
            let number = round * 5 % 1000;
            let name = format!("web-{number}");
            tell(&mut proxy, ResourceId::ENDPOINT_SLICES, &name, &slice(&name, pods(number, 1)));
            let start = Instant::now();
            let update = proxy.sync();
            let time = start.elapsed();
            assert_eq!(update.services.len(), 1);
            time
        })
        .collect()
}
