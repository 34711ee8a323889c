//! Requests: who asks which Service, how each request went, and how requests are shared out.

use super::Session;
use super::doors::Door;
use super::figures::{Split, Tally};
use super::load::Running;
use super::way::{Way, way_of};
use crate::api::service::{self, ServiceType};
use crate::api::{Fields, ResourceId, pod};
use crate::clock::Time;
use crate::cluster::{Call, Ending, Process, Sent, Source};
use crate::net::{Fate, Packet, Program, Protocol, parse_address};
use crate::order::SortedMap;
use crate::store::Key;
use std::borrow::Cow;
use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

/// Who asks which Service on which port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ask {
    /// By whom.
    pub from: Source,
    /// The Service.
    pub service: Key,
    /// Its port.
    pub port: u16,
    /// Over what.
    pub protocol: Protocol,
    /// Whether the client keeps its connection (over UDP: its socket) for the next request.
    pub keep_alive: bool,
    /// By which of its ways.
    pub door: Door,
}

/// A request that was sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// Its number in the session, from 1.
    pub number: u32,
    /// When it was sent.
    pub at: Time,
    /// What it was.
    pub ask: Ask,
    /// `http://go-demo-2-api:8080/`.
    pub url: String,
    /// The pod that answered.
    pub by: Option<Key>,
    /// `200 OK`, `HTTP 500`, `refused: a rule rejects it`.
    pub said: String,
    /// Whether the client would call it a failure.
    pub failed: bool,
    /// How long the client was busy with it.
    pub took: Duration,
}

/// The session's requests.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    count: u32,
    asked: VecDeque<Rc<Asked>>,
    last: Option<Rc<Way>>,
    tallies: SortedMap<Ask, Tally>,
    pub(super) load: Running,
}

/// What stays the same for requests that are sent while nothing else happens.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) ask: Ask,
    pub(super) call: Call,
    pub(super) url: String,
    pub(super) expected: Vec<(Key, u32)>,
}

/// How much is to be told of a request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// That it was: it is only counted.
    Counted,
    /// How it ended.
    Listed,
    /// Every step.
    Traced,
}

/// So many requests are listed.
const KEPT: usize = 200;

impl Session {
    /// The last requests, newest first.
    pub fn asked(&self) -> impl Iterator<Item = &Rc<Asked>> {
        self.traffic.asked.iter().rev()
    }

    /// The way of the last request whose steps were told.
    pub fn last_way(&self) -> Option<Rc<Way>> {
        self.traffic.last.clone()
    }

    /// Counts anew.
    pub fn forget_requests(&mut self) {
        self.traffic.tallies.clear();
        self.traffic.asked.clear();
        self.traffic.last = None;
        self.hang_up_all();
        self.version += 1;
    }

    /// Sends requests, one after the other; the first is told step by step.
    pub fn send(&mut self, ask: &Ask, count: u32) {
        let plan = self.plan(ask);
        for number in 0..count {
            let told = match number {
                0 => Told::Traced,
                _ if number as usize + KEPT >= count as usize => Told::Listed,
                _ => Told::Counted,
            };
            self.send_one(&plan, 0, told);
        }
        self.version += 1;
    }

    /// The same for a click: shows the line that it equals in the terminal.
    pub fn send_by_hand(&mut self, ask: &Ask, count: u32) {
        self.send(ask, count);
        let line = self.curl_line(ask);
        if count == 1 {
            let said = self.traffic.asked.back().map_or(String::new(), |asked| format!("{}\n", asked.said));
            self.show_equal(&line, &said);
        } else {
            self.show_equal(&format!("for i in $(seq {count}); do {line}; done"), "");
        }
    }

    /// What holds for a request until something else happens.
    pub(super) fn plan(&self, ask: &Ask) -> Plan {
        let (host, port) = self.address_of(ask);
        let call = Call { protocol: ask.protocol, ..Call::new(ask.from.clone(), &host, port) };
        Plan { call, url: self.url_of(ask), expected: self.expected(ask), ask: ask.clone() }
    }

    /// The host and port that this client uses to reach the Service by the chosen way.
    ///
    /// Usually pods ask DNS. Nodes do not know the cluster's DNS and use the address. Outside, only a node port or a load
    /// balancer's address leads in; without them the cluster IP is tried, which leads nowhere.
    pub fn address_of(&self, ask: &Ask) -> (String, u16) {
        if let Some(address) = self.door_address(ask) {
            return address;
        }
        let Key { namespace, name, .. } = &ask.service;
        let Some(object) = self.cluster.store().get(&ask.service) else { return (name.clone(), ask.port) };
        let ip = match service::cluster_ip(object) {
            "" | "None" => name.clone(),
            ip => ip.to_owned(),
        };
        match &ask.from {
            Source::Pod(pod) if pod.namespace == *namespace => (name.clone(), ask.port),
            Source::Pod(_) => (format!("{name}.{namespace}"), ask.port),
            Source::Node(_) => (ip, ask.port),
            Source::Outside => {
                let balancer = object.items("status.loadBalancer.ingress").first().map_or("", |one| one.text("ip"));
                let port = service::ports(object)
                    .find(|port| port.number() == ask.port && Protocol::parse(port.protocol()) == Some(ask.protocol));
                let node_port = port.and_then(service::Port::node_port);
                let node = self.cluster.settings().nodes.first();
                match (node_port, node) {
                    _ if !balancer.is_empty() => (balancer.to_owned(), ask.port),
                    (Some(port), Some(node)) => (node.address.clone(), port),
                    _ => (ip, ask.port),
                }
            }
        }
    }

    /// Whether a Service can be reached from outside.
    pub fn is_open(&self, service: &Key) -> bool {
        self.cluster.store().get(service).is_some_and(|object| service::is_externally_accessible(object))
    }

    /// Who would ask a Service if nobody was chosen: somebody outside where it is open, else a pod beside it.
    pub fn usual_client(&self, service: &Key) -> Source {
        if self.is_open(service) {
            return Source::Outside;
        }
        let pods = self.client_pods();
        let beside =
            pods.iter().find(|one| matches!(&one.source, Source::Pod(key) if key.namespace == service.namespace));
        let node = || self.node_names().into_iter().next().map(Source::Node);
        beside.map(|one| one.source.clone()).or_else(node).unwrap_or(Source::Outside)
    }

    /// The command that would send the same request.
    pub fn curl_line(&self, ask: &Ask) -> String {
        let line = if ask.protocol == Protocol::Tcp {
            format!("curl {}", self.url_of(ask))
        } else {
            let (host, port) = self.address_of(ask);
            format!("nc -u {host} {port}")
        };
        match &ask.from {
            Source::Pod(pod) if pod.namespace == "default" => format!("kubectl exec {} -- {line}", pod.name),
            Source::Pod(pod) => format!("kubectl exec -n {} {} -- {line}", pod.namespace, pod.name),
            Source::Node(_) | Source::Outside => line,
        }
    }

    fn url_of(&self, ask: &Ask) -> String {
        let (host, port) = self.address_of(ask);
        match ask.protocol {
            Protocol::Tcp if port == 80 => format!("http://{host}/"),
            Protocol::Tcp => format!("http://{host}:{port}/"),
            other => format!("{}://{host}:{port}", other.name()),
        }
    }

    /// Sends a request of one of the clients that share a plan.
    pub(super) fn send_one(&mut self, plan: &Plan, client: u32, told: Told) {
        let Plan { ask, url, .. } = plan;
        let connection = self.connection(ask, client);
        let call = Call { traced: told == Told::Traced, connection, ..plan.call.clone() };
        let sent = self.cluster.send(&call);
        let pod = match &sent.ending {
            Ending::Answered { by: Process::Container { pod, .. }, .. } => Some(pod),
            _ => None,
        };
        self.keep_connection(ask, client, &sent);
        self.traffic.count += 1;
        let number = self.traffic.count;
        let said = self.say_ending(&sent);
        let failed = is_failure(&sent);
        if told == Told::Traced {
            let way = way_of(self, ask, url, &sent, pod, &said);
            self.traffic.last = Some(Rc::new(Way { number, ..way }));
        }
        let traffic = &mut self.traffic;
        if !traffic.tallies.contains_key(ask) {
            traffic.tallies.insert(ask.clone(), Tally::default());
        }
        if let Some(tally) = traffic.tallies.get_mut(ask) {
            tally.count(sent.at, pod, sent.took, failed.then_some(&*said));
            tally.expect(&plan.expected);
        }
        if told == Told::Counted {
            return;
        }
        let (by, said) = (pod.cloned(), said.into_owned());
        let asked =
            Asked { number, at: sent.at, ask: ask.clone(), url: url.clone(), by, said, failed, took: sent.took };
        traffic.asked.push_back(Rc::new(asked));
        if traffic.asked.len() > KEPT {
            traffic.asked.pop_front();
        }
    }

    /// How it ended, in words.
    fn say_ending(&self, sent: &Sent) -> Cow<'static, str> {
        match &sent.ending {
            Ending::Answered { by: Process::Container { .. }, status: 200, .. } => "200 OK".into(),
            Ending::Answered { by: Process::Container { .. }, status, .. } => format!("HTTP {status}").into(),
            Ending::Answered { by: Process::ApiServer, .. } => "the API server answered".into(),
            Ending::Answered { by: Process::KubeProxy { .. }, .. } => "kube-proxy answered".into(),
            Ending::Answered { by: Process::HealthCheck { local_endpoints, .. }, .. } => {
                let code = if *local_endpoints > 0 { "200 OK" } else { "503 Service Unavailable" };
                format!("{code}: kube-proxy knows {local_endpoints} local endpoints").into()
            }
            Ending::TooSlow(Process::Container { pod, .. }) => {
                format!("timed out: {} took the request and did not answer in time", pod.name).into()
            }
            Ending::TooSlow(_) => "timed out: no answer in time".into(),
            Ending::NotResolved(_) => "could not resolve host".into(),
            Ending::Refused(why) => super::way::say_refused(*why, &self.node_names()).into(),
            Ending::TimedOut(why) => super::way::say_lost(*why, &self.node_names()).into(),
            Ending::NoClient => "the client is not there, or has no network yet".into(),
        }
    }

    /// The names of the nodes, in order.
    pub fn node_names(&self) -> Vec<String> {
        self.cluster.settings().nodes.iter().map(|node| node.name.clone()).collect()
    }

    /// What the rules of the client's node would do with a new connection now: pods and their shares of a thousand.
    fn expected(&self, ask: &Ask) -> Vec<(Key, u32)> {
        let network = self.cluster.network();
        let (host, port) = self.address_of(ask);
        let object = self.cluster.store().get(&ask.service);
        // A pod asks DNS first, which gives the cluster IP.
        let host = match (&ask.from, object) {
            (Source::Pod(_), Some(object)) if ask.door == Door::Usual => service::cluster_ip(object).to_owned(),
            _ => host,
        };
        let Some(to) = parse_address(&host) else { return Vec::new() };
        // From outside no route leads to what only the cluster knows.
        if ask.from == Source::Outside
            && (!self.is_open(&ask.service) || matches!(ask.door, Door::ClusterIp | Door::Pod(_)))
        {
            return Vec::new();
        }
        let (node, from) = match &ask.from {
            Source::Outside => (network.nodes.first(), Some(network.outside)),
            Source::Node(name) => {
                let node = network.nodes.iter().find(|node| *node.name == **name);
                (node, node.map(|node| node.address))
            }
            Source::Pod(key) => {
                let object = self.cluster.store().get(key);
                let name = object.map_or("", |object| pod::node(object));
                let node = network.nodes.iter().find(|node| &*node.name == name);
                (node, object.and_then(|object| parse_address(pod::ip(object))))
            }
        };
        let (Some(node), Some(from)) = (node, from) else { return Vec::new() };
        let packet = Packet::new(ask.protocol, SocketAddr::new(from, 40_000), SocketAddr::new(to, port));
        let pods = self.cluster.store().list(ResourceId::PODS, None).filter(|one| !pod::is_terminal(one));
        let pods: SortedMap<IpAddr, Key> =
            pods.filter_map(|one| Some((parse_address(pod::ip(one))?, Key::of(ResourceId::PODS, one)))).collect();
        // ipvs counts: which endpoint is next is sure, and over many connections all get the same.
        if let Program::Ipvs(ipvs) = &*node.program
            && let Some(server) = ipvs.server(ask.protocol, packet.destination)
            && server.scheduler.evens_out()
            && server.persistent.is_none()
        {
            let open: Vec<&Key> =
                server.servers.iter().filter(|one| one.weight > 0).filter_map(|one| pods.get(&one.to.ip())).collect();
            let share = 1000_u32.checked_div(open.len() as u32).unwrap_or(0);
            return open.into_iter().map(|pod| (pod.clone(), share)).collect();
        }
        let mut shares: SortedMap<Key, u32> = SortedMap::new();
        for (fate, share) in node.fates(packet, self.cluster.now()) {
            if let Fate::Sent { to, .. } = fate
                && let Some(pod) = pods.get(&to.ip())
            {
                *shares.entry(pod.clone()).or_default() += (share * 1000.0).round() as u32;
            }
        }
        shares.into_iter().collect()
    }

    /// The pod that has this address.
    pub(super) fn pod_at(&self, address: &str) -> Option<Key> {
        let pods = self.cluster.store().list(ResourceId::PODS, None);
        let mut found = pods.filter(|one| pod::ip(one) == address && !pod::is_terminal(one));
        found.next().map(|one| Key::of(ResourceId::PODS, one))
    }

    /// How the requests of one kind were shared out, and how they went.
    pub fn split(&self, ask: &Ask) -> Split {
        let tally = self.traffic.tallies.get(ask);
        tally.map_or(Split::default(), |tally| tally.split(ask.keep_alive, self.cluster.store()))
    }

    /// The ports of a Service that requests can be sent to.
    pub fn ports_of(&self, service: &Key) -> Vec<(Protocol, u16)> {
        let Some(object) = self.cluster.store().get(service) else { return Vec::new() };
        let mut ports: Vec<(Protocol, u16)> = service::ports(object)
            .filter_map(|port| Some((Protocol::parse(port.protocol())?, port.number())))
            .filter(|(protocol, _)| *protocol != Protocol::Sctp)
            .collect();
        if ports.is_empty() && service::kind(object) == ServiceType::ExternalName {
            ports.push((Protocol::Tcp, 80));
        }
        ports
    }
}

/// Whether the client would call it a failure.
fn is_failure(sent: &Sent) -> bool {
    match &sent.ending {
        Ending::Answered { status, .. } => *status >= 400,
        _ => true,
    }
}
