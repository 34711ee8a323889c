//! Requests: who asks which Service, how each request went, and how requests are shared out.

use super::Session;
use super::way::{Way, way_of};
use crate::api::service::{self, ServiceType};
use crate::api::{Fields, ResourceId, pod};
use crate::clock::Time;
use crate::cluster::{Call, Ending, Process, Sent, Source};
use crate::net::{Fate, Packet, Protocol, parse_address};
use crate::order::Order;
use crate::store::Key;
use std::collections::{BTreeMap, VecDeque};
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
    /// `api-x answered`, `refused: a rule rejects it`.
    pub said: String,
    /// How long the client was busy with it.
    pub took: Duration,
}

/// How the requests of one kind were shared out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Split {
    /// How many were answered.
    pub answered: u64,
    /// How many were not.
    pub failed: u64,
    /// Per pod, by name.
    pub shares: Vec<Share>,
    /// Why requests failed, and how many did.
    pub failures: Vec<(String, u64)>,
    /// How far the counts are from what is expected.
    pub fit: Option<Fit>,
}

/// A pod's share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// The pod.
    pub pod: Key,
    /// Its name, shorter where that can be.
    pub short: String,
    /// How many requests it answered.
    pub count: u64,
    /// Of a thousand.
    pub share: u32,
    /// What the rules of now give it, of a thousand.
    pub expected: Option<u32>,
}

/// Pearson's chi-square of counts against expected shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fit {
    /// The figure, in hundredths.
    pub chi_square: u64,
    /// How many shares could have come out otherwise.
    pub freedom: u32,
    /// Whether chance alone would give so much in more than 1 of 1000 trials.
    pub likely: bool,
}

/// A steady stream of requests.
#[derive(Clone, Debug, PartialEq)]
pub struct Stream {
    /// What is asked.
    pub ask: Ask,
    /// How often in a virtual second.
    pub rate: u32,
    next: Time,
}

/// The session's requests.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    count: u32,
    asked: VecDeque<Rc<Asked>>,
    last: Option<Rc<Way>>,
    tallies: BTreeMap<Ask, Tally>,
    stream: Option<Stream>,
}

#[derive(Debug, Default)]
struct Tally {
    pods: BTreeMap<Key, u64>,
    failures: BTreeMap<String, u64>,
    /// The shares that held while these were counted, and whether they changed meanwhile.
    expected: Vec<(Key, u32)>,
    mixed: bool,
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

    /// The stream that runs.
    pub fn stream(&self) -> Option<&Stream> {
        self.traffic.stream.as_ref()
    }

    /// Starts a steady stream, or ends the one that runs.
    pub fn set_stream(&mut self, stream: Option<(Ask, u32)>) {
        let next = self.cluster.now();
        self.traffic.stream = stream.map(|(ask, rate)| Stream { ask, rate: rate.clamp(1, 1000), next });
        self.version += 1;
    }

    /// Counts anew.
    pub fn forget_requests(&mut self) {
        self.traffic.tallies.clear();
        self.traffic.asked.clear();
        self.traffic.last = None;
        self.version += 1;
    }

    /// Sends requests, one after the other.
    pub fn send(&mut self, ask: &Ask, count: u32) {
        // Nothing else happens meanwhile: the rules' shares hold for all of them.
        let expected = self.expected(ask);
        for number in 0..count {
            self.send_one(ask, number == 0, &expected);
        }
        self.version += 1;
    }

    /// When the stream's next request is due.
    pub(super) fn stream_due(&self) -> Option<Time> {
        self.traffic.stream.as_ref().map(|stream| stream.next)
    }

    /// Sends the stream's request that is due now.
    pub(super) fn send_of_stream(&mut self) {
        let Some(stream) = self.traffic.stream.as_mut() else { return };
        let ask = stream.ask.clone();
        stream.next = stream.next + Duration::from_micros(1_000_000 / u64::from(stream.rate));
        let expected = self.expected(&ask);
        self.send_one(&ask, true, &expected);
        self.version += 1;
    }

    /// The host and port that this client would use to reach the Service.
    ///
    /// Pods ask DNS. Nodes do not know the cluster's DNS and use the address. Outside, only a node port or a load
    /// balancer's address leads in; without them the cluster IP is tried, which leads nowhere.
    pub fn address_of(&self, ask: &Ask) -> (String, u16) {
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
                let port = service::ports(object).find(|port| port.number() == ask.port);
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
        let url = self.url_of(ask);
        match &ask.from {
            Source::Pod(pod) => format!("kubectl exec {} -- curl {url}", pod.name),
            Source::Node(_) | Source::Outside => format!("curl {url}"),
        }
    }

    fn url_of(&self, ask: &Ask) -> String {
        let (host, port) = self.address_of(ask);
        if port == 80 { format!("http://{host}/") } else { format!("http://{host}:{port}/") }
    }

    fn send_one(&mut self, ask: &Ask, traced: bool, expected: &[(Key, u32)]) {
        let (host, port) = self.address_of(ask);
        let call = Call { traced, ..Call::new(ask.from.clone(), &host, port) };
        let sent = self.cluster.send(&call);
        let (by, said) = self.say_ending(&sent);
        self.traffic.count += 1;
        let url = self.url_of(ask);
        if traced {
            let way = way_of(self, ask, &url, &sent, by.as_ref(), &said);
            self.traffic.last = Some(Rc::new(Way { number: self.traffic.count, ..way }));
        }
        let tally = self.traffic.tallies.entry(ask.clone()).or_default();
        match &by {
            Some(pod) => *tally.pods.entry(pod.clone()).or_default() += 1,
            None => *tally.failures.entry(said.clone()).or_default() += 1,
        }
        if tally.expected != expected {
            tally.mixed |= !tally.expected.is_empty();
            tally.expected = expected.to_vec();
        }
        let number = self.traffic.count;
        let asked = Asked { number, at: sent.at, ask: ask.clone(), url, by, said, took: sent.took };
        self.traffic.asked.push_back(Rc::new(asked));
        if self.traffic.asked.len() > KEPT {
            self.traffic.asked.pop_front();
        }
    }

    /// Who answered, and how it ended in the words of curl and ours.
    fn say_ending(&self, sent: &Sent) -> (Option<Key>, String) {
        match &sent.ending {
            Ending::Answered { by: Process::Container { pod, .. }, .. } => (Some(pod.clone()), "200 OK".to_owned()),
            Ending::Answered { by: Process::ApiServer, .. } => (None, "the API server answered".to_owned()),
            Ending::Answered { by: Process::HealthCheck { local_endpoints, .. }, .. } => {
                let code = if *local_endpoints > 0 { "200 OK" } else { "503 Service Unavailable" };
                (None, format!("{code}: kube-proxy knows {local_endpoints} local endpoints"))
            }
            Ending::NotResolved(_) => (None, "could not resolve host".to_owned()),
            Ending::Refused(why) => (None, super::way::say_refused(*why, &self.node_names())),
            Ending::TimedOut(why) => (None, super::way::say_lost(*why, &self.node_names())),
            Ending::NoClient => (None, "the client is not there, or has no network yet".to_owned()),
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
            (Source::Pod(_), Some(object)) => service::cluster_ip(object).to_owned(),
            _ => host,
        };
        let Some(to) = parse_address(&host) else { return Vec::new() };
        if ask.from == Source::Outside && !self.is_open(&ask.service) {
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
        let packet = Packet::new(Protocol::Tcp, SocketAddr::new(from, 40_000), SocketAddr::new(to, port));
        let pods = self.cluster.store().list(ResourceId::PODS, None).filter(|one| !pod::is_terminal(one));
        let pods: BTreeMap<IpAddr, Key> =
            pods.filter_map(|one| Some((parse_address(pod::ip(one))?, Key::of(ResourceId::PODS, one)))).collect();
        let mut shares: BTreeMap<Key, u32> = BTreeMap::new();
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

    /// How the requests of one kind were shared out.
    pub fn split(&self, ask: &Ask) -> Split {
        let Some(tally) = self.traffic.tallies.get(ask) else { return Split::default() };
        let answered: u64 = tally.pods.values().sum();
        let expected: BTreeMap<&Key, u32> = tally.expected.iter().map(|(pod, share)| (pod, *share)).collect();
        let mut pods: Vec<&Key> = tally.pods.keys().chain(expected.keys().copied()).collect();
        pods.order();
        pods.dedup();
        let share = |pod: &&Key| {
            let count = tally.pods.get(*pod).copied().unwrap_or(0);
            let share = (count * 1000 + answered / 2).checked_div(answered).unwrap_or(0) as u32;
            let expected = if expected.is_empty() { None } else { Some(expected.get(*pod).copied().unwrap_or(0)) };
            let object = self.cluster.store().get(pod);
            let short = object.map_or_else(|| pod.name.clone(), |object| super::picture::short_name(object));
            Share { pod: (*pod).clone(), short, count, share, expected }
        };
        let shares: Vec<Share> = pods.iter().map(share).collect();
        let failures: Vec<(String, u64)> = tally.failures.iter().map(|(why, count)| (why.clone(), *count)).collect();
        let fit = if tally.mixed { None } else { fit(&shares, answered) };
        Split { answered, failed: failures.iter().map(|(_, count)| count).sum(), shares, failures, fit }
    }

    /// The ports of a Service, and whether requests can be sent to it at all.
    pub fn ports_of(&self, service: &Key) -> Vec<u16> {
        let Some(object) = self.cluster.store().get(service) else { return Vec::new() };
        let mut ports: Vec<u16> =
            service::ports(object).filter(|port| port.protocol() == "TCP").map(service::Port::number).collect();
        if ports.is_empty() && service::kind(object) == ServiceType::ExternalName {
            ports.push(80);
        }
        ports
    }
}

/// Pearson's chi-square, where enough was counted for it to mean something.
fn fit(shares: &[Share], answered: u64) -> Option<Fit> {
    let expected: Vec<(u64, u64)> =
        shares.iter().map(|share| Some((share.count, u64::from(share.expected?) * answered))).collect::<Option<_>>()?;
    let freedom = expected.iter().filter(|(_, thousandfold)| *thousandfold > 0).count().checked_sub(1)? as u32;
    // The usual rule of thumb: five expected in each.
    if freedom == 0 || expected.iter().any(|(_, thousandfold)| *thousandfold > 0 && *thousandfold < 5000) {
        return None;
    }
    let mut chi_square = 0_u64;
    for (count, thousandfold) in expected {
        if thousandfold == 0 {
            if count > 0 {
                return Some(Fit { chi_square: u64::MAX, freedom, likely: false });
            }
            continue;
        }
        let off = (count * 1000).abs_diff(thousandfold);
        chi_square += off * off / (thousandfold * 10);
    }
    // Wilson and Hilferty: chi-square's cube root is nearly normal; 3.09 is the normal's 0.999 quantile.
    let degrees = f64::from(freedom);
    let spread = 2.0 / (9.0 * degrees);
    let bound = degrees * (1.0 - spread + 3.09 * spread.sqrt()).powi(3);
    Some(Fit { chi_square, freedom, likely: (chi_square as f64) <= bound * 100.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(counts: &[u64], expected: u32) -> Vec<Share> {
        let key = |at: usize| Key::new(ResourceId::PODS, "default", at.to_string());
        let one = |(at, count): (usize, &u64)| Share {
            pod: key(at),
            short: String::new(),
            count: *count,
            share: 0,
            expected: Some(expected),
        };
        counts.iter().enumerate().map(one).collect()
    }

    #[test]
    fn the_fit_tells_chance_from_a_bias() {
        // 48 of 100 where 50 are expected: 2 * (2 * 2 / 50) = 0.16.
        let fair = fit(&shares(&[48, 52], 500), 100).unwrap();
        assert_eq!((fair.chi_square, fair.freedom, fair.likely), (16, 1, true));
        assert!(!fit(&shares(&[90, 10], 500), 100).unwrap().likely);
        assert_eq!(fit(&shares(&[2, 1], 500), 3), None);
        assert_eq!(fit(&shares(&[100], 1000), 100), None);
    }
}
