//! The kube-proxy of one node: what it has seen, when it writes, and what it writes.

use super::endpoints::{Joins, Ports, service_of};
use super::{Endpoint, Mode, ServicePort, ServicePortName, Settings, categorize, iptables, ipvs, nftables};
use crate::api::{Fields, Object, ResourceId};
use crate::clock::Time;
use crate::net::{Entry, Family, Program, Protocol};
use crate::store::Change;
use std::collections::{BTreeMap, BTreeSet};
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

/// A Service, by namespace and name.
type ServiceKey = (String, String);

/// What a service port has in the program, by mode.
#[derive(Clone, Debug)]
enum Written {
    Iptables(BTreeSet<Arc<str>>),
    Nftables(nftables::Written),
    Ipvs(ipvs::Written),
}

/// The kube-proxy of a node.
#[derive(Clone, Debug)]
pub struct Sync {
    settings: Settings,
    services: BTreeMap<ServiceKey, Vec<(ServicePortName, ServicePort)>>,
    slices: BTreeMap<ServiceKey, BTreeMap<String, Arc<Object>>>,
    /// The Service of each slice, by namespace and name of the slice.
    slice_owners: BTreeMap<(String, String), ServiceKey>,
    endpoints: BTreeMap<ServiceKey, Arc<Ports>>,
    endpoint_count: usize,
    is_large: bool,
    written: BTreeMap<ServicePortName, Written>,
    /// UDP service ports by the addresses that clients use, for [`Sync::is_stale`].
    udp: BTreeMap<(Option<IpAddr>, u16), ServicePortName>,
    dirty: BTreeSet<ServiceKey>,
    dirty_since: Time,
    last: Option<Time>,
    writing: Option<Time>,
    /// Changes that came while it was writing.
    waiting: Vec<(ResourceId, ServiceKey, Option<Arc<Object>>)>,
    latest: Latest,
}

/// What the latest sync changed: what kube-proxy sent to the kernel.
#[derive(Clone, Debug, Default)]
struct Latest {
    is_full: bool,
    chains: BTreeSet<Arc<str>>,
    gone: BTreeSet<Arc<str>>,
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
    /// A kube-proxy that has seen nothing yet, and the program that it starts with.
    pub fn new(settings: Settings) -> (Sync, Program) {
        let program = match settings.mode {
            Mode::Iptables => Program::Iptables(iptables::base(&settings)),
            Mode::Nftables => Program::Nftables(nftables::base(&settings)),
            Mode::Ipvs(_) => Program::Ipvs(ipvs::base(&settings)),
        };
        let sync = Sync {
            settings,
            services: BTreeMap::new(),
            slices: BTreeMap::new(),
            slice_owners: BTreeMap::new(),
            endpoints: BTreeMap::new(),
            endpoint_count: 0,
            is_large: false,
            written: BTreeMap::new(),
            udp: BTreeMap::new(),
            dirty: BTreeSet::new(),
            dirty_since: Time::ZERO,
            last: None,
            writing: None,
            waiting: Vec::new(),
            latest: Latest { is_full: true, ..Latest::default() },
        };
        (sync, program)
    }

    /// Its settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Tells it a change. It looks at Services, EndpointSlices and its own Node.
    pub fn observe(&mut self, change: &Change) {
        let key = &change.key;
        if key.resource == ResourceId::NODES {
            if key.name == self.settings.node
                && let Some(node) = &change.new
            {
                self.set_labels(node, change.at);
            }
            return;
        }
        if key.resource != ResourceId::SERVICES && key.resource != ResourceId::ENDPOINT_SLICES {
            return;
        }
        let named = (key.namespace.clone(), key.name.clone());
        if self.writing.is_some() {
            self.waiting.push((key.resource, named, change.new.clone()));
        } else {
            self.take(key.resource, named, change.new.clone(), change.at);
        }
    }

    /// Tells it an object as it is now; `None` where it is gone. `named` is the object's namespace and name.
    pub fn take(&mut self, resource: ResourceId, named: ServiceKey, object: Option<Arc<Object>>, at: Time) {
        if resource == ResourceId::SERVICES {
            let ports = object.map(|service| ServicePort::of(&service, self.settings.family)).unwrap_or_default();
            if self.services.get(&named).map_or(&[][..], Vec::as_slice) == ports.as_slice() {
                return;
            }
            if ports.is_empty() {
                self.services.remove(&named);
            } else {
                self.services.insert(named.clone(), ports);
            }
            self.dirty(named, at);
            return;
        }
        // A slice may have been given to another Service.
        let owner = object.as_ref().and_then(|slice| service_of(slice));
        let before = match &owner {
            Some(owner) => self.slice_owners.insert(named.clone(), owner.clone()),
            None => self.slice_owners.remove(&named),
        };
        if let Some(service) = before.filter(|before| Some(before) != owner.as_ref()) {
            if let Some(slices) = self.slices.get_mut(&service) {
                slices.remove(&named.1);
                if slices.is_empty() {
                    self.slices.remove(&service);
                }
            }
            self.dirty(service, at);
        }
        if let (Some(owner), Some(slice)) = (owner, object) {
            let before = self.slices.entry(owner.clone()).or_default().insert(named.1, slice.clone());
            // The API server counts the generation up with each change of what counts here.
            let generation = |slice: &Object| slice.int("metadata.generation");
            let is_same = |before: &Object| match (generation(before), generation(&slice)) {
                (Some(before), Some(now)) => before == now,
                _ => ["addressType", "ports", "endpoints"].into_iter().all(|field| before.at(field) == slice.at(field)),
            };
            if !before.is_some_and(|before| is_same(&before)) {
                self.dirty(owner, at);
            }
        }
    }

    /// Reads the slices of a Service. Done once a sync, however many of them changed since the last one.
    fn join(&mut self, service: &ServiceKey, joins: &mut Joins) {
        let found = joins.of(service, self.slices.get(service), &self.settings.node, self.settings.family);
        let count = |ports: &Arc<Ports>| ports.values().map(Vec::len).sum::<usize>();
        self.endpoint_count = self.endpoint_count + count(&found) - self.endpoints.get(service).map_or(0, count);
        if found.is_empty() {
            self.endpoints.remove(service);
        } else {
            self.endpoints.insert(service.clone(), found);
        }
    }

    /// Takes the node's labels over; where they changed, every Service is looked at anew.
    pub fn set_labels(&mut self, node: &Object, at: Time) {
        let labels: BTreeMap<String, String> =
            node.labels().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        if labels != self.settings.labels {
            self.settings.labels = labels;
            for service in self.services.keys().cloned().collect::<Vec<_>>() {
                self.dirty(service, at);
            }
        }
    }

    fn dirty(&mut self, service: ServiceKey, at: Time) {
        if self.dirty.is_empty() {
            self.dirty_since = at;
        }
        self.dirty.insert(service);
    }

    /// When [`Sync::step`] has something to do next. kube-proxy writes at once after a quiet time, then waits out its
    /// minimum period.
    pub fn due(&self) -> Option<Time> {
        if let Some(done) = self.writing {
            return Some(done);
        }
        let soon = (!self.dirty.is_empty()).then(|| self.dirty_since + REACTION)?;
        Some(self.last.map_or(soon, |last| soon.max(last + MIN_PERIOD)))
    }

    /// Starts a sync that is due, or ends one and changes the node's program. `joins` is what the kube-proxies of all
    /// nodes share.
    pub fn step(&mut self, program: &mut Arc<Program>, joins: &mut Joins, now: Time) -> Option<Update> {
        if self.due().is_none_or(|due| due > now) {
            return None;
        }
        if self.writing.is_none() {
            self.last = Some(now);
            self.writing = Some(now + WRITING);
            return None;
        }
        let update = self.sync(program, joins, now);
        for (resource, named, object) in std::mem::take(&mut self.waiting) {
            self.take(resource, named, object, now);
        }
        Some(update)
    }

    /// Brings `program`, which this kube-proxy wrote before, in line with what was seen. The cost grows with the
    /// Services that changed, if nobody else holds the program.
    pub fn sync(&mut self, program: &mut Arc<Program>, joins: &mut Joins, now: Time) -> Update {
        self.writing = None;
        for service in self.dirty.clone() {
            self.join(&service, joins);
        }
        let is_large = self.endpoint_count > LARGE;
        if is_large != self.is_large && self.settings.mode == Mode::Iptables {
            self.dirty.extend(self.services.keys().cloned());
        }
        self.is_large = is_large;
        let is_full = self.latest.is_full && self.written.is_empty();
        self.latest = Latest { is_full, ..Latest::default() };
        let program = Arc::make_mut(program);
        if let Program::Nftables(table) = program {
            table.sweep(now);
        }
        let services: Vec<ServiceKey> = std::mem::take(&mut self.dirty).into_iter().collect();
        for service in &services {
            self.write_service(service, program, now);
        }
        self.latest.is_full = is_full;
        Update { services }
    }

    fn write_service(&mut self, service: &ServiceKey, program: &mut Program, now: Time) {
        let ports = self.services.get(service).cloned().unwrap_or_default();
        let all_endpoints = self.endpoints.get(service).cloned();
        let first = ServicePortName {
            namespace: service.0.clone(),
            service: service.1.clone(),
            port: String::new(),
            protocol: Protocol::Tcp,
        };
        let is_of = |name: &ServicePortName| name.namespace == service.0 && name.service == service.1;
        let old: Vec<ServicePortName> =
            self.written.range(first..).map(|(name, _)| name).take_while(|name| is_of(name)).cloned().collect();
        for name in &old {
            if !ports.iter().any(|(kept, _)| kept == name)
                && let Some(written) = self.written.remove(name)
            {
                erase(program, name, &written, None, &mut self.latest, now);
            }
        }
        if old.iter().any(|name| name.protocol == Protocol::Udp) {
            self.udp.retain(|_, name| !is_of(name));
        }
        for (name, port) in &ports {
            let endpoints = all_endpoints.as_deref().and_then(|all| all.get(name)).map_or(&[][..], Vec::as_slice);
            let sorted = categorize(endpoints, port, &self.settings.node, &self.settings.labels, true);
            let before = self.written.get(name);
            let after = match (&mut *program, self.settings.mode) {
                (Program::Iptables(rules), _) => {
                    let chains = iptables::write(rules, &self.settings, name, port, &sorted, self.is_large);
                    self.latest.chains.extend(chains.iter().cloned());
                    Written::Iptables(chains)
                }
                (Program::Nftables(table), _) => {
                    Written::Nftables(nftables::write(table, &self.settings, name, port, &sorted))
                }
                (Program::Ipvs(ipvs), Mode::Ipvs(scheduler)) => {
                    Written::Ipvs(ipvs::write(ipvs, &self.settings, scheduler, name, port, &sorted))
                }
                (Program::Ipvs(_), _) => continue,
            };
            if let Some(before) = before {
                erase(program, name, before, Some(&after), &mut self.latest, now);
            }
            self.written.insert(name.clone(), after);
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
    }

    /// Whether connection tracking remembers a UDP client's way to an endpoint that is none any more: kube-proxy
    /// deletes such entries after a sync. Models pkg/proxy/conntrack/cleanup.go CleanStaleEntries.
    pub fn is_stale(&self, entry: &Entry) -> bool {
        if entry.original.protocol != Protocol::Udp {
            return false;
        }
        let to = entry.original.destination;
        let name = self.udp.get(&(Some(to.ip()), to.port())).or_else(|| self.udp.get(&(None, to.port())));
        name.is_some_and(|name| {
            let service = (name.namespace.clone(), name.service.clone());
            let endpoints = self.endpoints.get(&service).and_then(|ports| ports.get(name));
            let serves = |one: &Endpoint| one.at == entry.translated.destination && (one.ready || one.serving);
            !endpoints.is_some_and(|endpoints| endpoints.iter().any(serves))
        })
    }

    /// What the latest sync fed to `iptables-restore`: everything at first, then the chains of Services that changed.
    /// `None` in other modes.
    pub fn restore_text(&self, program: &Program) -> Option<String> {
        let Program::Iptables(rules) = program else { return None };
        let only = (!self.latest.is_full).then_some(&self.latest.chains);
        Some(rules.restore(&iptables::PER_SERVICE, only, &self.latest.gone))
    }

    /// The endpoints that it knows of a service port.
    pub fn endpoints(&self, name: &ServicePortName) -> &[Endpoint] {
        let service = (name.namespace.clone(), name.service.clone());
        self.endpoints.get(&service).and_then(|ports| ports.get(name)).map_or(&[], Vec::as_slice)
    }

    /// The service ports that it serves, by name.
    pub fn service_ports(&self) -> impl Iterator<Item = &(ServicePortName, ServicePort)> {
        self.services.values().flatten()
    }

    /// What it answers to health checks of load balancers, by Service.
    pub fn health_checks(&self) -> Vec<LocalHealth> {
        let mut found = Vec::new();
        for (service, ports) in &self.services {
            let Some(port) = ports.iter().find_map(|(_, port)| port.health_check_node_port) else { continue };
            let local: BTreeSet<SocketAddr> = self
                .endpoints
                .get(service)
                .into_iter()
                .flat_map(|ports| ports.values().flatten())
                .filter(|endpoint| endpoint.is_on(&self.settings.node) && endpoint.ready)
                .map(|endpoint| endpoint.at)
                .collect();
            let addresses: BTreeSet<IpAddr> = local.iter().map(SocketAddr::ip).collect();
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
            let gone: BTreeSet<Arc<str>> = match kept {
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
