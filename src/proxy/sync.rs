//! The kube-proxy of one node: what it has seen, when it writes, and what it writes.

use super::endpoints::Ports;
use super::watched::ServicePorts;
use super::{Endpoint, Mode, ServiceKey, ServicePort, ServicePortName, Settings, Watched};
use super::{categorize, iptables, ipvs, nftables};
use crate::api::Object;
use crate::clock::Time;
use crate::net::{Entry, Family, Program, Protocol};
use crate::order::{Order, SortedMap, SortedSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// `--iptables-min-sync-period` and its likes: the least time between two syncs.
const MIN_PERIOD: Duration = Duration::from_secs(1);
/// From a change to the start of a sync, in a quiet time.
const REACTION: Duration = Duration::from_millis(3);
/// How long writing takes. What changes meanwhile waits for the next sync.
const WRITING: Duration = Duration::from_millis(32);
/// From this number of endpoints on, iptables rules of endpoints lose their comments.
const LARGE: usize = 1000;

/// What a service port has in the program, by mode.
#[derive(Clone, Debug)]
enum Written {
    Iptables(SortedSet<Arc<str>>),
    Nftables(nftables::Written),
    Ipvs(ipvs::Written),
}

/// The kube-proxy of a node.
#[derive(Clone, Debug)]
pub struct Sync {
    settings: Settings,
    book: Arc<Book>,
    dirty: SortedSet<ServiceKey>,
    dirty_since: Time,
    last: Option<Time>,
    /// What it is writing, and until when. What changes meanwhile waits for the next sync.
    writing: Option<(Time, Vec<Input>)>,
}

/// What stands in a program, and what it was made from.
#[derive(Clone, Debug, Default)]
pub(super) struct Book {
    services: SortedMap<ServiceKey, Arc<Served>>,
    endpoint_count: usize,
    is_large: bool,
    /// Whether a sync has written any Service.
    has_written: bool,
    /// UDP service ports by the addresses that clients use, for [`Sync::is_stale`].
    udp: SortedMap<(Option<IpAddr>, u16), ServicePortName>,
    latest: Latest,
}

/// A Service that the program serves.
#[derive(Clone, Debug)]
struct Served {
    ports: ServicePorts,
    endpoints: Arc<Ports>,
    written: SortedMap<ServicePortName, Written>,
}

/// What a sync writes anew: a Service as it was seen when the sync began.
#[derive(Clone, Debug)]
pub(super) struct Input {
    service: ServiceKey,
    /// `None` where it is not served.
    ports: Option<ServicePorts>,
    endpoints: Arc<Ports>,
}

impl Input {
    /// Whether both are one and the same, not only equal.
    pub(super) fn is_same(&self, other: &Input) -> bool {
        let same_ports = match (&self.ports, &other.ports) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (None, None) => true,
            _ => false,
        };
        self.service == other.service
            && same_ports
            && (Arc::ptr_eq(&self.endpoints, &other.endpoints)
                || (self.endpoints.is_empty() && other.endpoints.is_empty()))
    }

    /// Whether its rules may differ by node: where traffic is kept on nodes or in zones, and where source ranges may
    /// hold the node's own address.
    pub(super) fn depends_on_node(&self) -> bool {
        let by_port = |port: &ServicePort| port.uses_local() || !port.source_ranges.is_empty();
        self.ports.iter().flat_map(|ports| ports.iter()).any(|(_, port)| by_port(port)) || has_hints(&self.endpoints)
    }
}

fn has_hints(endpoints: &Ports) -> bool {
    endpoints.values().flatten().any(|one| !one.zone_hints.is_empty() || !one.node_hints.is_empty())
}

/// What the latest sync changed: what kube-proxy sent to the kernel.
#[derive(Clone, Debug, Default)]
struct Latest {
    is_full: bool,
    chains: SortedSet<Arc<str>>,
    gone: SortedSet<Arc<str>>,
}

/// What a sync did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// The Services whose rules were written anew, by namespace and name.
    pub services: Vec<ServiceKey>,
}

/// What the health check of a load balancer is told on this node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalHealth {
    /// The node port that answers.
    pub port: u16,
    /// The Service's namespace.
    pub namespace: String,
    /// The Service's name.
    pub service: String,
    /// How many of its ready endpoints are on this node: with none the answer is 503.
    pub local_endpoints: usize,
}

impl Sync {
    /// A kube-proxy that has seen nothing yet, and the program that it starts with: one for all nodes that write the
    /// same.
    pub fn new(settings: Settings, watched: &mut Watched) -> (Sync, Arc<Program>) {
        let program = watched.results.base(&settings, || match settings.mode {
            Mode::Iptables => Program::Iptables(iptables::base(&settings)),
            Mode::Nftables => Program::Nftables(nftables::base(&settings)),
            Mode::Ipvs(_) => Program::Ipvs(ipvs::base(&settings)),
        });
        let book = watched.results.empty_book();
        let sync = Sync { settings, book, dirty: SortedSet::new(), dirty_since: Time::ZERO, last: None, writing: None };
        (sync, program)
    }

    /// Its settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Tells it that a Service or its endpoints changed.
    pub fn mark(&mut self, service: ServiceKey, at: Time) {
        if self.dirty.is_empty() {
            self.dirty_since = at;
        }
        self.dirty.insert(service);
    }

    /// Takes its node's labels over. Where they changed, Services with hints are looked at anew: only those ask where a
    /// node is.
    pub fn set_labels(&mut self, node: &Object, at: Time) {
        let labels: SortedMap<String, String> =
            node.labels().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        if labels != self.settings.labels {
            self.settings.labels = labels;
            let hinted = self.book.services.iter().filter(|(_, served)| has_hints(&served.endpoints));
            for service in hinted.map(|(service, _)| service.clone()).collect::<Vec<_>>() {
                self.mark(service, at);
            }
        }
    }

    /// When [`Sync::step`] has something to do next. kube-proxy writes at once after a quiet time, then waits out its
    /// minimum period.
    pub fn due(&self) -> Option<Time> {
        if let Some((done, _)) = self.writing {
            return Some(done);
        }
        let soon = (!self.dirty.is_empty()).then(|| self.dirty_since + REACTION)?;
        Some(self.last.map_or(soon, |last| soon.max(last + MIN_PERIOD)))
    }

    /// Starts a sync that is due, or ends one and changes the node's program. `watched` is what the kube-proxies of all
    /// nodes see.
    pub fn step(&mut self, program: &mut Arc<Program>, watched: &mut Watched, now: Time) -> Option<Update> {
        if self.due().is_none_or(|due| due > now) {
            return None;
        }
        if self.writing.is_none() {
            self.last = Some(now);
            let inputs = self.inputs(watched);
            self.writing = Some((now + WRITING, inputs));
            return None;
        }
        Some(self.sync(program, watched, now))
    }

    /// The Services that are to be written anew, as they are seen now.
    fn inputs(&mut self, watched: &mut Watched) -> Vec<Input> {
        let read = |service: ServiceKey| Input {
            ports: watched.ports(&service),
            endpoints: watched.endpoints(&service),
            service,
        };
        std::mem::take(&mut self.dirty).into_iter().map(read).collect()
    }

    /// Brings `program`, which this kube-proxy wrote before, in line with what was seen when the sync began. The cost
    /// grows with the Services that changed, if nobody else holds the program.
    pub fn sync(&mut self, program: &mut Arc<Program>, watched: &mut Watched, now: Time) -> Update {
        let inputs = match self.writing.take() {
            Some((_, inputs)) => inputs,
            None => self.inputs(watched),
        };
        if let Some((made, book, services)) = watched.results.find(program, &self.book, &inputs) {
            (*program, self.book) = (made, book);
            return Update { services };
        }
        let from = (Arc::downgrade(program), Arc::downgrade(&self.book));
        let book = Arc::make_mut(&mut self.book);
        let services = book.write(&inputs, Arc::make_mut(program), &self.settings, now);
        watched.results.keep(from, inputs, (program, &self.book), services.clone());
        Update { services }
    }

    /// Whether connection tracking remembers a UDP client's way to an endpoint that is none any more: kube-proxy
    /// deletes such entries after a sync. Models pkg/proxy/conntrack/cleanup.go CleanStaleEntries.
    pub fn is_stale(&self, entry: &Entry) -> bool {
        if entry.original.protocol != Protocol::Udp {
            return false;
        }
        let to = entry.original.destination;
        let udp = &self.book.udp;
        let name = udp.get(&(Some(to.ip()), to.port())).or_else(|| udp.get(&(None, to.port())));
        name.is_some_and(|name| {
            let serves = |one: &Endpoint| one.at == entry.translated.destination && (one.ready || one.serving);
            !self.endpoints(name).iter().any(serves)
        })
    }

    /// What the latest sync fed to `iptables-restore`: everything at first, then the chains of Services that changed.
    /// `None` in other modes.
    pub fn restore_text(&self, program: &Program) -> Option<String> {
        let Program::Iptables(rules) = program else { return None };
        let latest = &self.book.latest;
        let only = (!latest.is_full).then_some(&latest.chains);
        Some(rules.restore(&iptables::PER_SERVICE, only, &latest.gone))
    }

    /// The endpoints that it knows of a service port.
    pub fn endpoints(&self, name: &ServicePortName) -> &[Endpoint] {
        let service = (name.namespace.clone(), name.service.clone());
        self.book.services.get(&service).and_then(|served| served.endpoints.get(name)).map_or(&[], Vec::as_slice)
    }

    /// The service ports that it serves, by name.
    pub fn service_ports(&self) -> impl Iterator<Item = &(ServicePortName, ServicePort)> {
        self.book.services.values().flat_map(|served| served.ports.iter())
    }

    /// What it answers to health checks of load balancers, by Service.
    pub fn health_checks(&self) -> Vec<LocalHealth> {
        let mut found = Vec::new();
        for (service, served) in &self.book.services {
            let Some(port) = served.ports.iter().find_map(|(_, port)| port.health_check_node_port) else { continue };
            let local: SortedSet<SocketAddr> = served
                .endpoints
                .values()
                .flatten()
                .filter(|endpoint| endpoint.is_on(&self.settings.node) && endpoint.ready)
                .map(|endpoint| endpoint.at)
                .collect();
            let addresses: SortedSet<IpAddr> = local.iter().map(SocketAddr::ip).collect();
            found.push(LocalHealth {
                port,
                namespace: service.0.clone(),
                service: service.1.clone(),
                local_endpoints: addresses.len(),
            });
        }
        found
    }

    /// The family that it serves.
    pub fn family(&self) -> Family {
        self.settings.family
    }
}

impl Book {
    /// Writes the Services of `inputs` anew and gives those that were written.
    fn write(&mut self, inputs: &[Input], program: &mut Program, settings: &Settings, now: Time) -> Vec<ServiceKey> {
        if let Program::Nftables(table) = program {
            table.sweep(now);
        }
        self.latest = Latest { is_full: !self.has_written, ..Latest::default() };
        for input in inputs {
            let before = self.services.get(&input.service).map_or(0, |served| count(&served.ports, &served.endpoints));
            let after = input.ports.as_ref().map_or(0, |ports| count(ports, &input.endpoints));
            self.endpoint_count = self.endpoint_count + after - before;
        }
        let is_large = self.endpoint_count > LARGE;
        let others =
            if is_large != self.is_large && settings.mode == Mode::Iptables { self.others(inputs) } else { Vec::new() };
        self.is_large = is_large;
        for input in inputs.iter().chain(&others) {
            self.write_service(input, program, settings, now);
        }
        let mut services: Vec<ServiceKey> = inputs.iter().chain(&others).map(|input| input.service.clone()).collect();
        services.order();
        self.has_written |= !self.services.is_empty();
        services
    }

    /// What is served and not among `inputs`, as it is.
    fn others(&self, inputs: &[Input]) -> Vec<Input> {
        let is_other = |service: &ServiceKey| !inputs.iter().any(|input| input.service == *service);
        let others = self.services.iter().filter(|(service, _)| is_other(service));
        others
            .map(|(service, served)| Input {
                service: service.clone(),
                ports: Some(served.ports.clone()),
                endpoints: served.endpoints.clone(),
            })
            .collect()
    }

    fn write_service(&mut self, input: &Input, program: &mut Program, settings: &Settings, now: Time) {
        let ports = input.ports.as_deref().unwrap_or(&[]);
        let before = self.services.remove(&input.service);
        let old = before.iter().flat_map(|served| &served.written);
        for (name, written) in old.clone() {
            if !ports.iter().any(|(kept, _)| kept == name) {
                erase(program, name, written, None, &mut self.latest, now);
            }
        }
        if old.clone().any(|(name, _)| name.protocol == Protocol::Udp) {
            let (namespace, service) = &*input.service;
            self.udp.retain(|_, name| name.namespace != *namespace || name.service != *service);
        }
        let mut all_written = SortedMap::new();
        for (name, port) in ports {
            let endpoints = input.endpoints.get(name).map_or(&[][..], Vec::as_slice);
            let sorted = categorize(endpoints, port, &settings.node, &settings.labels, true);
            let after = match (&mut *program, settings.mode) {
                (Program::Iptables(rules), _) => {
                    let chains = iptables::write(rules, settings, name, port, &sorted, self.is_large);
                    self.latest.chains.extend(chains.iter().cloned());
                    Written::Iptables(chains)
                }
                (Program::Nftables(table), _) => {
                    Written::Nftables(nftables::write(table, settings, name, port, &sorted))
                }
                (Program::Ipvs(ipvs), Mode::Ipvs(scheduler)) => {
                    Written::Ipvs(ipvs::write(ipvs, settings, scheduler, name, port, &sorted))
                }
                (Program::Ipvs(_), _) => continue,
            };
            if let Some(written) = before.as_ref().and_then(|served| served.written.get(name)) {
                erase(program, name, written, Some(&after), &mut self.latest, now);
            }
            all_written.insert(name.clone(), after);
            if name.protocol == Protocol::Udp {
                let addresses = port.external_ips.iter().chain(&port.load_balancer_ips).chain([&port.cluster_ip]);
                for address in addresses {
                    self.udp.insert((Some(*address), port.port), name.clone());
                }
                if let Some(node_port) = port.node_port {
                    self.udp.insert((None, node_port), name.clone());
                }
            }
        }
        if let Some(ports) = &input.ports {
            let served = Served { ports: ports.clone(), endpoints: input.endpoints.clone(), written: all_written };
            self.services.insert(input.service.clone(), Arc::new(served));
        }
    }
}

/// How many endpoints the ports of a Service have.
fn count(ports: &[(ServicePortName, ServicePort)], endpoints: &Ports) -> usize {
    ports.iter().filter_map(|(name, _)| endpoints.get(name)).map(Vec::len).sum()
}

/// Takes out what a service port had written before; `kept` is what it has now.
fn erase(
    program: &mut Program,
    name: &ServicePortName,
    before: &Written,
    kept: Option<&Written>,
    latest: &mut Latest,
    now: Time,
) {
    match (program, before) {
        (Program::Iptables(rules), Written::Iptables(before)) => {
            let gone: SortedSet<Arc<str>> = match kept {
                Some(Written::Iptables(kept)) => before.difference(kept).cloned().collect(),
                _ => before.clone(),
            };
            if kept.is_none() {
                iptables::erase(rules, name, &gone);
            } else {
                for chain in &gone {
                    rules.remove(crate::net::iptables::TableName::Nat, chain);
                }
            }
            latest.gone.extend(gone);
        }
        (Program::Nftables(table), Written::Nftables(before)) => {
            let nothing = nftables::Written::default();
            let kept = match kept {
                Some(Written::Nftables(kept)) => kept,
                _ => &nothing,
            };
            nftables::erase(table, name, before, kept, now);
        }
        (Program::Ipvs(ipvs), Written::Ipvs(before)) => {
            let kept = match kept {
                Some(Written::Ipvs(kept)) => Some(kept),
                _ => None,
            };
            ipvs::erase(ipvs, name, before, kept);
        }
        _ => {}
    }
}
