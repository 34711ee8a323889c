//! Requests from a client to a name and port: the whole way, as data.

use super::{Cluster, Process};
use crate::api::{Fields, Object, pod};
use crate::clock::Time;
use crate::dns::{Answer, Failure, Question, resolve};
use crate::kubelet::{DnsSettings, ResolvConf, hosts_file, read_hosts, resolv_conf};
use crate::net::{Client, Delivery, Outcome, Protocol, Request, Trace, WhyLost, WhyRefused, parse_address};
use crate::store::Key;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

/// Who sends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// The host outside the cluster.
    Outside,
    /// A node, by name.
    Node(String),
    /// A container of this pod; its containers share one network.
    Pod(Key),
}

/// Which connection a request uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// One of its own, closed afterwards.
    New,
    /// A new one that is kept for later requests.
    Keep,
    /// The one that was kept under this source port.
    Reuse(u16),
}

/// What is sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// By whom.
    pub from: Source,
    /// A name or an address.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Over what; HTTP over TCP.
    pub protocol: Protocol,
    /// How long the client waits.
    pub patience: Duration,
    /// Over which connection.
    pub connection: Connection,
    /// Whether every step is to be told.
    pub traced: bool,
}

impl Call {
    /// A traced request over TCP on a connection of its own, by a client that waits 2 seconds.
    pub fn new(from: Source, host: &str, port: u16) -> Call {
        Call {
            from,
            host: host.to_owned(),
            port,
            protocol: Protocol::Tcp,
            patience: Duration::from_secs(2),
            connection: Connection::New,
            traced: true,
        }
    }
}

/// A question to DNS and its way.
#[derive(Clone, Debug, PartialEq)]
pub struct Lookup {
    /// The question.
    pub question: Question,
    /// The server's address as the client knows it.
    pub server: String,
    /// The pod that answered.
    pub answered_by: Option<Key>,
    /// The answer; `None` where none came.
    pub answer: Option<Answer>,
    /// The question's packets.
    pub steps: Trace,
    /// Virtual time.
    pub took: Duration,
}

/// How a request went.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    /// When it was sent.
    pub at: Time,
    /// What DNS was asked, in order; nothing where the host is an address or a name of the hosts file.
    pub lookups: Vec<Lookup>,
    /// The address that was connected to.
    pub address: Option<IpAddr>,
    /// The client's port.
    pub source_port: u16,
    /// The packets' way, where it was asked for.
    pub steps: Trace,
    /// How it ended.
    pub ending: Ending,
    /// All the virtual time that passed for the client.
    pub took: Duration,
}

/// How a request ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Somebody answered.
    Answered {
        /// Who.
        by: Process,
        /// The port that it was asked on.
        port: u16,
        /// The client as it saw it.
        client: IpAddr,
        /// Its HTTP status, where it speaks HTTP.
        status: u16,
    },
    /// Somebody took the request, but did not answer in time: curl's exit code 28.
    TooSlow(Process),
    /// The name has no address: curl's exit code 6.
    NotResolved(Failure),
    /// Refused: curl's exit code 7.
    Refused(WhyRefused),
    /// No answer in time: curl's exit code 28.
    TimedOut(WhyLost),
    /// The client is not there, or has no network yet.
    NoClient,
}

/// How long a resolver waits for a server (glibc's `timeout`).
const RESOLVER_PATIENCE: Duration = Duration::from_secs(5);
/// What answering takes.
const DNS_WORK: Duration = Duration::from_micros(250);
const HTTP_WORK: Duration = Duration::from_micros(800);

impl Cluster {
    /// Sends a request: resolves the name as the client would, then lets the packets walk through the nodes' programs.
    /// Virtual time stands still meanwhile; `took` tells how much the client spent.
    pub fn send(&mut self, call: &Call) -> Sent {
        self.refresh_sockets();
        let mut sent = Sent {
            at: self.now,
            lookups: Vec::new(),
            address: None,
            source_port: 0,
            steps: Trace::new(),
            ending: Ending::NoClient,
            took: Duration::ZERO,
        };
        let Some(client) = self.client(&call.from) else { return sent };
        let address = match parse_address(&call.host) {
            Some(address) => address,
            None => match self.resolve(call, client, &mut sent) {
                Ok(address) => address,
                Err(failure) => {
                    sent.ending = Ending::NotResolved(failure);
                    return sent;
                }
            },
        };
        sent.address = Some(address);
        let trace = call.traced.then_some(&mut sent.steps);
        let (delivery, source_port) = self.carry(
            client,
            SocketAddr::new(address, call.port),
            call.protocol,
            call.patience,
            call.connection,
            trace,
        );
        sent.source_port = source_port;
        sent.took += delivery.took;
        sent.ending = match delivery.outcome {
            Outcome::Answered { process, at, client } => {
                match process.and_then(|number| self.dataplane.process(number)) {
                    Some((by, manner)) => {
                        let by = by.clone();
                        let work = HTTP_WORK + manner.latency;
                        if delivery.took + work > call.patience {
                            sent.took += call.patience.saturating_sub(delivery.took);
                            Ending::TooSlow(by)
                        } else {
                            sent.took += work;
                            Ending::Answered { by, port: at.port(), client: client.ip(), status: manner.status }
                        }
                    }
                    None => Ending::TimedOut(WhyLost::NobodyThere(at.ip())),
                }
            }
            Outcome::Refused(why) => Ending::Refused(why),
            Outcome::TimedOut(why) => Ending::TimedOut(why),
        };
        if let Ending::Answered { by: Process::Container { pod, name }, client, status, .. } = &sent.ending {
            let line = match call.protocol {
                Protocol::Tcp => format!("{client} \"GET / HTTP/1.1\" {status}"),
                _ => format!("{client} {} datagram", call.protocol.name()),
            };
            self.loops.kubelets.iter_mut().for_each(|kubelet| kubelet.print(pod, name, self.now, line.clone()));
        }
        sent
    }

    /// Closes the connection that was kept under this source port.
    pub fn hang_up(&mut self, source_port: u16) {
        self.dataplane.hang_up(source_port, self.now);
    }

    /// Asks the cluster's DNS directly, as one of its pods would answer.
    pub fn ask_dns(&self, question: &Question) -> Answer {
        self.names.answer(question)
    }

    /// What kube-proxy wrote on a node, as the node's own tools print it; `None` for an unknown node.
    pub fn rules(&self, node: &str) -> Option<String> {
        let node = self.dataplane.network.nodes.iter().find(|one| &*one.name == node)?;
        Some(node.program.text(&node.memory, self.now))
    }

    /// The network with the programs that are in force, to look at.
    pub fn network(&self) -> &crate::net::Network {
        &self.dataplane.network
    }

    /// The kube-proxies, in the order of the nodes.
    pub fn proxies(&self) -> &[crate::proxy::Sync] {
        &self.dataplane.proxies
    }

    /// The resolv.conf that the containers of a pod have.
    pub fn resolv_conf(&self, pod: &Object) -> ResolvConf {
        resolv_conf(pod, &self.dns_settings()).0
    }

    /// Settings of the kubelets about DNS.
    pub fn dns_settings(&self) -> DnsSettings {
        DnsSettings::default()
    }

    fn refresh_sockets(&mut self) {
        let Cluster { dataplane, api, loops, .. } = self;
        let address = api.settings().address.clone();
        dataplane.refresh(api.store(), &loops.kubelets, &address);
    }

    /// The client as the network knows it; `None` where it is not there.
    fn client(&self, source: &Source) -> Option<Client> {
        match source {
            Source::Outside => Some(Client::Outside),
            Source::Node(name) => self.dataplane.place_of(name).map(Client::Node),
            Source::Pod(key) => {
                let object = self.store().get(key)?;
                if pod::is_on_host_network(object) {
                    return self.dataplane.place_of(pod::node(object)).map(Client::Node);
                }
                parse_address(pod::ip(object)).filter(|_| !pod::is_terminal(object)).map(Client::Pod)
            }
        }
    }

    /// Lets a packet walk.
    fn carry(
        &mut self,
        client: Client,
        to: SocketAddr,
        protocol: Protocol,
        patience: Duration,
        connection: Connection,
        trace: Option<&mut Trace>,
    ) -> (Delivery, u16) {
        let source_port = match connection {
            Connection::Reuse(port) => port,
            Connection::New | Connection::Keep => self.dataplane.next_source_port(connection == Connection::Keep),
        };
        let request = Request { client, protocol, to, source_port, patience };
        let super::Dataplane { network, sockets, .. } = &mut self.dataplane;
        let delivery = network.send(&request, sockets, &mut self.random, self.now, trace);
        if connection != Connection::New {
            network.keep(&delivery, self.now);
        }
        (delivery, source_port)
    }

    /// The address that the client's resolver finds. Only pods know the cluster's DNS.
    fn resolve(&mut self, call: &Call, client: Client, sent: &mut Sent) -> Result<IpAddr, Failure> {
        let Source::Pod(key) = &call.from else {
            // A machine's own hosts file; it does not ask the cluster's DNS.
            let own = (call.host == "localhost").then_some(IpAddr::V4(Ipv4Addr::LOCALHOST));
            return own.ok_or(Failure::NotFound);
        };
        let Some(object) = self.store().get(key).cloned() else { return Err(Failure::NotFound) };
        let config = self.resolv_conf(&object);
        let hosts = read_hosts(&hosts_file(&object, &self.dns_settings().domain));
        let mut lookups = Vec::new();
        let resolved = resolve(&call.host, &hosts, &config, &mut |server, question| {
            let lookup = self.question(client, server, question, call.traced);
            let answer = lookup.answer.clone();
            lookups.push(lookup);
            answer
        });
        sent.took += lookups.iter().map(|lookup| lookup.took).sum();
        sent.lookups = lookups;
        resolved.outcome.and_then(|found| found.first().copied().ok_or(Failure::NotFound))
    }

    /// Sends one question to one server, through the rules like any other packet.
    fn question(&mut self, client: Client, server: &str, question: &Question, traced: bool) -> Lookup {
        let mut lookup = Lookup {
            question: question.clone(),
            server: server.to_owned(),
            answered_by: None,
            answer: None,
            steps: Trace::new(),
            took: RESOLVER_PATIENCE,
        };
        let Some(address) = parse_address(server) else { return lookup };
        let trace = traced.then_some(&mut lookup.steps);
        let at = SocketAddr::new(address, 53);
        let (delivery, _) = self.carry(client, at, Protocol::Udp, RESOLVER_PATIENCE, Connection::New, trace);
        lookup.took = delivery.took;
        let Outcome::Answered { process: Some(number), .. } = delivery.outcome else { return lookup };
        let Some((Process::Container { pod, .. }, _)) = self.dataplane.process(number).cloned() else { return lookup };
        // Whatever else listens on UDP 53 answers no questions.
        if self.store().get(&pod).is_some_and(|object| is_dns_server(object)) {
            lookup.took += DNS_WORK;
            lookup.answer = Some(self.names.answer(question));
        }
        lookup.answered_by = Some(pod);
        lookup
    }
}

/// Whether a pod runs CoreDNS.
fn is_dns_server(object: &Object) -> bool {
    pod::containers(object).iter().any(|container| container.text("image").contains("coredns"))
}
