//! The nodes' network and what their kube-proxies wrote into it.

use super::Settings;
use crate::api::{Fields, ResourceId, pod};
use crate::clock::Time;
use crate::kubelet::{Kubelet, Sim, Transport};
use crate::net::{Cidr, Family, Network, Node, Protocol, Sockets, parse_address};
use crate::order::{SortedMap, SortedSet};
use crate::proxy::{LocalHealth, Mode, Settings as ProxySettings, Sync, Update, Watched};
use crate::store::{Change, Key, Store};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

/// A process that a packet can come to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Process {
    /// A container.
    Container {
        /// Its pod.
        pod: Key,
        /// Its name.
        name: String,
    },
    /// The API server, outside the nodes.
    ApiServer,
    /// A node's kube-proxy, which tells a load balancer whether to send a Service's traffic there: 200 where ready
    /// endpoints are on the node, else 503.
    HealthCheck {
        /// The Service.
        service: Key,
        /// Its ready endpoints on the node.
        local_endpoints: usize,
    },
    /// A node's kube-proxy, which tells the node about itself.
    KubeProxy {
        /// The node.
        node: String,
    },
}

/// Where kube-proxy answers its node (`--metrics-bind-address`).
const METRICS: u16 = 10249;

/// How a process answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Manner {
    /// How much longer than usual it takes.
    pub latency: Duration,
    /// Its HTTP status.
    pub status: u16,
}

impl Manner {
    const USUAL: Manner = Manner { latency: Duration::ZERO, status: 200 };
}

/// The network, the kube-proxies, and who listens where.
pub(super) struct Dataplane {
    pub network: Network,
    pub proxies: Vec<Sync>,
    /// What the kube-proxies see, by family.
    watched: SortedMap<Family, Watched>,
    pub sockets: Sockets,
    processes: Vec<(Process, Manner)>,
    /// Whether pods or their ports changed since `sockets` was made.
    stale: bool,
    source_port: u16,
    /// The source ports of connections that are kept.
    kept_ports: SortedSet<u16>,
}

/// The pods of all nodes.
const PODS: &str = "10.244.0.0/16";
/// The host outside, on the nodes' network.
const OUTSIDE: IpAddr = IpAddr::V4(Ipv4Addr::new(172, 18, 0, 100));
/// Linux' ephemeral ports.
const FIRST_SOURCE_PORT: u16 = 32768;
const LAST_SOURCE_PORT: u16 = 60999;

impl Dataplane {
    /// The network of a cluster of these settings, with kube-proxies that have seen nothing. Nodes whose addresses are
    /// none are left out.
    pub fn new(settings: &Settings, service_cidr: &str) -> Dataplane {
        let everything = || Cidr::of(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let pods = Cidr::parse(PODS).unwrap_or_else(everything);
        let services = Cidr::parse(service_cidr).unwrap_or_else(everything);
        let (mut nodes, mut proxies, mut watched) = (Vec::new(), Vec::new(), SortedMap::new());
        for node in &settings.nodes {
            let (Some(address), Some(own)) = (parse_address(&node.address), Cidr::parse(&node.pod_cidr)) else {
                continue;
            };
            let proxy = ProxySettings::new(node.mode, &node.name, address, pods, services);
            let watched = watched.entry(proxy.family).or_insert_with(|| Watched::new(proxy.family));
            let (proxy, program) = Sync::new(proxy, watched);
            nodes.push(Node::new(&node.name, address, own, program));
            proxies.push(proxy);
        }
        Dataplane {
            network: Network { nodes, pods, outside: OUTSIDE },
            proxies,
            watched,
            sockets: Sockets::default(),
            processes: Vec::new(),
            stale: true,
            source_port: FIRST_SOURCE_PORT,
            kept_ports: SortedSet::new(),
        }
    }

    /// Puts a kube-proxy in another mode in place of the one of the node at `place`. It has seen what there is and written
    /// nothing yet.
    pub fn restart_proxy(&mut self, place: u16, mode: Mode, now: Time) {
        let place = usize::from(place);
        let (Some(proxy), Some(node)) = (self.proxies.get_mut(place), self.network.nodes.get_mut(place)) else {
            return;
        };
        let mut settings = ProxySettings { mode, ..proxy.settings().clone() };
        settings.node_port_addresses = mode.node_port_addresses();
        let Some(watched) = self.watched.get_mut(&settings.family) else { return };
        let (fresh, program) = Sync::new(settings, watched);
        *proxy = fresh;
        node.program = program;
        node.program.forget_unnamed(&mut node.memory);
        self.stale = true;
        for service in watched.services() {
            proxy.mark(service.clone(), now);
        }
    }

    /// Takes a change in; whether it concerns a kube-proxy.
    pub fn observe(&mut self, change: &Change) -> bool {
        let listens = [ResourceId::PODS, ResourceId::SERVICES, ResourceId::ENDPOINT_SLICES];
        self.stale |= listens.contains(&change.key.resource);
        if let (ResourceId::NODES, Some(node)) = (change.key.resource, &change.new) {
            for proxy in self.proxies.iter_mut().filter(|proxy| proxy.settings().node == change.key.name) {
                proxy.set_labels(node, change.at);
            }
            return true;
        }
        let mut concerns = false;
        for (family, watched) in &mut self.watched {
            for service in watched.observe(change) {
                for proxy in self.proxies.iter_mut().filter(|proxy| proxy.family() == *family) {
                    proxy.mark(service.clone(), change.at);
                }
                concerns = true;
            }
        }
        concerns
    }

    /// Lets the kube-proxy of the node at `place` begin or end a sync that is due.
    pub fn step(&mut self, place: u16, now: Time) -> Option<Update> {
        let place = usize::from(place);
        let (proxy, node) = (self.proxies.get_mut(place)?, self.network.nodes.get_mut(place)?);
        let watched = self.watched.get_mut(&proxy.family())?;
        let update = proxy.step(&mut node.program, watched, now)?;
        // What it answers to health checks follows its rules.
        self.stale = true;
        node.program.forget_unnamed(&mut node.memory);
        // Models pkg/proxy/conntrack: UDP entries of endpoints that are gone would keep clients waiting.
        node.conntrack.flush(|entry| proxy.is_stale(entry));
        Some(update)
    }

    /// A kubelet did something: ports may have been opened or closed.
    pub fn ports_changed(&mut self) {
        self.stale = true;
    }

    /// Brings the list of sockets up to date.
    pub fn refresh(&mut self, store: &Store, kubelets: &[Kubelet], api_server: &str) {
        if !std::mem::take(&mut self.stale) {
            return;
        }
        self.sockets = Sockets::default();
        self.processes.clear();
        for object in store.list(ResourceId::PODS, None) {
            let node = self.network.nodes.iter().position(|node| &*node.name == pod::node(object));
            if let (Some(address), Some(node)) = (parse_address(pod::ip(object)), node)
                && !pod::is_on_host_network(object)
                && !pod::is_terminal(object)
            {
                self.sockets.add_pod(address, node as u16);
            }
        }
        for (key, container, port) in kubelets.iter().flat_map(Kubelet::listening) {
            let Some(object) = store.get(key) else { continue };
            let Some(address) = parse_address(pod::ip(object)) else { continue };
            let sim = Sim::of(object);
            let manner = Manner { latency: sim.latency, status: sim.status.unwrap_or(200) };
            let protocol = match port.transport {
                Transport::Tcp => Protocol::Tcp,
                Transport::Udp => Protocol::Udp,
                Transport::Sctp => Protocol::Sctp,
            };
            let process = Process::Container { pod: key.clone(), name: container.to_owned() };
            self.listen(protocol, SocketAddr::new(address, port.number), process, manner);
        }
        // The API server's own endpoint, as the Service `kubernetes` names it.
        let own = store.find(ResourceId::ENDPOINTS, "default", "kubernetes");
        let port = own.and_then(|own| own.items("subsets").first()?.items("ports").first()?.int("port"));
        if let (Some(address), Some(port)) = (parse_address(api_server), port.and_then(|port| u16::try_from(port).ok()))
        {
            self.listen(Protocol::Tcp, SocketAddr::new(address, port), Process::ApiServer, Manner::USUAL);
        }
        let checks: Vec<(IpAddr, LocalHealth)> = self
            .proxies
            .iter()
            .zip(&self.network.nodes)
            .flat_map(|(proxy, node)| proxy.health_checks().into_iter().map(|health| (node.address, health)))
            .collect();
        for (address, LocalHealth { port, namespace, service, local_endpoints }) in checks {
            let service = Key::new(ResourceId::SERVICES, namespace, service);
            let process = Process::HealthCheck { service, local_endpoints };
            self.listen(Protocol::Tcp, SocketAddr::new(address, port), process, Manner::USUAL);
        }
        let nodes: Vec<String> = self.network.nodes.iter().map(|node| node.name.to_string()).collect();
        for (place, node) in nodes.into_iter().enumerate() {
            let at = SocketAddr::new(Sockets::loopback_of(place as u16), METRICS);
            self.listen(Protocol::Tcp, at, Process::KubeProxy { node }, Manner::USUAL);
        }
    }

    fn listen(&mut self, protocol: Protocol, at: SocketAddr, process: Process, manner: Manner) {
        self.sockets.listen(protocol, at, self.processes.len() as u32);
        self.processes.push((process, manner));
    }

    /// The process of this number, and how it answers.
    pub fn process(&self, number: u32) -> Option<&(Process, Manner)> {
        self.processes.get(number as usize)
    }

    /// A port that no connection has had for a long time and none that is kept has. `keep` says whether the new one is.
    pub fn next_source_port(&mut self, keep: bool) -> u16 {
        for _ in FIRST_SOURCE_PORT..=LAST_SOURCE_PORT {
            self.source_port =
                if self.source_port >= LAST_SOURCE_PORT { FIRST_SOURCE_PORT } else { self.source_port + 1 };
            if !self.kept_ports.contains(&self.source_port) {
                break;
            }
        }
        if keep {
            self.kept_ports.insert(self.source_port);
        }
        self.source_port
    }

    /// Closes the connection that was kept under this source port.
    pub fn hang_up(&mut self, source_port: u16, now: Time) {
        self.kept_ports.remove(&source_port);
        self.network.hang_up(source_port, now);
    }

    /// The place of the node of this name.
    pub fn place_of(&self, node: &str) -> Option<u16> {
        self.network.nodes.iter().position(|one| &*one.name == node).map(|place| place as u16)
    }
}
