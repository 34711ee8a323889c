//! The answer to a question, as CoreDNS' kubernetes plugin gives it.

use super::message::{Answer, Data, Question, Rcode, Record, RecordType};
use super::records::{Records, given};
use super::reverse;
use crate::api::{Fields, service};
use crate::order::Order;
use std::net::IpAddr;

/// How CoreDNS is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The zones that it answers for, the cluster's domain first; each ends with a dot, in lower case.
    pub zones: Vec<String>,
    /// Seconds for which its records may be kept.
    pub ttl: u32,
    /// Which names of pods it answers.
    pub pods: PodNames,
    /// Whether a Service with a cluster IP but no endpoint is left out (`ignore empty_service`).
    pub ignore_empty_service: bool,
    /// The addresses of the CoreDNS pods themselves.
    pub own_addresses: Vec<String>,
    /// What other names get.
    pub outside: Outside,
}

/// Which names of pods (`10-244-0-5.default.pod.cluster.local`) are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PodNames {
    /// None.
    Disabled,
    /// Any address in a namespace that exists, pod or no pod; kubeadm's choice.
    Insecure,
    /// Those that a pod of the namespace has.
    Verified,
}

/// What names outside the cluster's zones get. The playground has no world around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outside {
    /// SERVFAIL: there is nobody to forward to.
    NotForwarded,
    /// NXDOMAIN, as from a resolver that does not know the name.
    Unknown,
}

impl Default for Settings {
    /// As kubeadm sets CoreDNS up for `cluster.local`.
    fn default() -> Settings {
        Settings {
            zones: ["cluster.local.", "in-addr.arpa.", "ip6.arpa."].map(str::to_owned).to_vec(),
            ttl: 30,
            pods: PodNames::Insecure,
            ignore_empty_service: false,
            own_addresses: Vec::new(),
            outside: Outside::NotForwarded,
        }
    }
}

/// The version of the DNS specification, which `dns-version` tells.
const SCHEMA_VERSION: &str = "1.1.0";
/// How long an alias may lead from name to name.
const LONGEST_CHAIN: usize = 8;

/// Why there is no record: the name does not exist.
pub(super) struct NoSuchName;

/// Something that a name stands for: an address with a port, or another name.
pub(super) struct Found {
    /// The name under which it stands: the SRV target.
    pub name: String,
    /// Address or name.
    pub host: Host,
    /// The port: 0 for pods, which are no Service's; `None` where there is none to tell.
    pub port: Option<u16>,
}

pub(super) enum Host {
    Address(IpAddr),
    Alias(String),
}

impl Host {
    /// What is no address is a name. Models HostType of plugin/etcd/msg.
    fn of(text: &str) -> Host {
        match text.parse() {
            Ok(address) => Host::Address(address),
            Err(_) => Host::Alias(Question::new(text, RecordType::Cname).name),
        }
    }
}

/// The answer to `question`.
///
/// Models CoreDNS' plugin/kubernetes ServeDNS and plugin/backend_lookup.
pub fn answer(records: &Records, settings: &Settings, question: &Question) -> Answer {
    let name = question.name.to_ascii_lowercase();
    let matching = settings.zones.iter().filter(|zone| is_under(&name, zone)).max_by_key(|zone| zone.len());
    let Some(zone) = matching else {
        return Answer::empty(match settings.outside {
            Outside::NotForwarded => Rcode::ServFail,
            Outside::Unknown => Rcode::NxDomain,
        });
    };
    if matches!(&question.kind, RecordType::Other(kind) if matches!(kind.as_str(), "AXFR" | "IXFR")) {
        return Answer::empty(Rcode::Refused);
    }
    // Answers keep the asker's case, also in what they say about the zone.
    let asked_zone = question.name.get(question.name.len() - zone.len()..).unwrap_or(zone).to_owned();
    let lookup = Lookup { records, settings, zone: &asked_zone, question };
    let result = match &question.kind {
        RecordType::Soa if name == *zone => Ok((vec![lookup.soa()], Vec::new())),
        RecordType::Soa => Ok((Vec::new(), Vec::new())),
        // The zone in other letters than these counts as another name.
        RecordType::Ns if name == asked_zone => Ok(lookup.name_servers()),
        RecordType::Ptr => reverse::pointers(&lookup, &name).map(|records| (records, Vec::new())),
        RecordType::Srv => lookup.services_of_ports(&name),
        RecordType::Txt => lookup.texts(&name).map(|records| (records, Vec::new())),
        RecordType::Cname => lookup.alias(&name).map(|records| (records, Vec::new())),
        kind => lookup.addresses(&question.name, kind, 0).map(|records| (records, Vec::new())),
    };
    let mut answer = Answer::empty(Rcode::NoError);
    match result {
        Ok((answers, additional)) => {
            answer.answers = answers;
            answer.additional = additional;
        }
        Err(NoSuchName) => answer.rcode = Rcode::NxDomain,
    }
    if answer.answers.is_empty() {
        answer.authority = vec![lookup.soa()];
    }
    answer
}

/// Whether the name, in lower case, is the zone or under it.
pub(super) fn is_under(name: &str, zone: &str) -> bool {
    name.strip_suffix(zone).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// One question on its way to an answer.
pub(super) struct Lookup<'a> {
    pub records: &'a Records,
    pub settings: &'a Settings,
    /// The zone, in the asker's case.
    pub zone: &'a str,
    pub question: &'a Question,
}

impl Lookup<'_> {
    pub fn record(&self, name: &str, data: Data) -> Record {
        Record { name: name.to_owned(), ttl: self.settings.ttl, data }
    }

    fn soa(&self) -> Record {
        let (serial, minimum) = (self.records.modified(), self.settings.ttl);
        let data = Data::Soa { zone: self.zone.to_owned(), serial, minimum };
        Record { name: self.zone.to_owned(), ttl: minimum.min(300), data }
    }

    /// The records of type A or AAAA of a name, through aliases inside the zone. Other types have none, but tell
    /// whether the name exists.
    fn addresses(&self, asked: &str, kind: &RecordType, depth: usize) -> Result<Vec<Record>, NoSuchName> {
        let name = asked.to_ascii_lowercase();
        let mut records: Vec<Record> = Vec::new();
        for found in self.find(&name)? {
            match found.host {
                Host::Address(IpAddr::V4(address)) if *kind == RecordType::A => {
                    records.push(self.record(asked, Data::A(address)));
                }
                Host::Address(IpAddr::V6(address)) if *kind == RecordType::Aaaa => {
                    records.push(self.record(asked, Data::Aaaa(address)));
                }
                Host::Address(_) => {}
                Host::Alias(target) => {
                    if !matches!(kind, RecordType::A | RecordType::Aaaa) || depth >= LONGEST_CHAIN {
                        continue;
                    }
                    let alias = self.record(asked, Data::Cname(target.clone()));
                    if !is_under(&target.to_ascii_lowercase(), &self.zone.to_ascii_lowercase()) {
                        // Nobody is there to be asked for it: the asker gets the alias alone.
                        records.push(alias);
                    } else if let Ok(next) = self.addresses(&target, kind, depth + 1)
                        && !next.is_empty()
                    {
                        records.push(alias);
                        records.extend(next);
                    }
                }
            }
        }
        let mut unique: Vec<Record> = Vec::new();
        for record in records {
            if !unique.contains(&record) {
                unique.push(record);
            }
        }
        Ok(unique)
    }

    fn alias(&self, name: &str) -> Result<Vec<Record>, NoSuchName> {
        Ok(match self.find(name)?.into_iter().next().map(|found| found.host) {
            Some(Host::Alias(target)) => vec![self.record(&self.question.name, Data::Cname(target))],
            _ => Vec::new(),
        })
    }

    fn texts(&self, name: &str) -> Result<Vec<Record>, NoSuchName> {
        if self.labels(name) == ["dns-version"] {
            let data = Data::Txt(SCHEMA_VERSION.to_owned());
            return Ok(vec![Record { name: self.question.name.clone(), ttl: 28_800, data }]);
        }
        match self.named(name) {
            Ok(found) if !found.is_empty() => Ok(Vec::new()),
            _ => Err(NoSuchName),
        }
    }

    /// SRV records, and the addresses of their targets.
    fn services_of_ports(&self, name: &str) -> Result<(Vec<Record>, Vec<Record>), NoSuchName> {
        let mut found = self.find(name)?;
        found.retain(|found| matches!(found.host, Host::Address(_)));
        let weight = u16::try_from(100 / found.len().max(1)).unwrap_or(1).max(1);
        let (mut answers, mut additional): (Vec<Record>, Vec<Record>) = (Vec::new(), Vec::new());
        let add = |list: &mut Vec<Record>, record: Record| {
            if !list.contains(&record) {
                list.push(record);
            }
        };
        for found in found {
            let (Host::Address(address), Some(port)) = (found.host, found.port) else { continue };
            let srv = Data::Srv { weight, port, target: found.name.clone() };
            add(&mut answers, self.record(&self.question.name, srv));
            add(&mut additional, self.record(&found.name, address_data(address)));
        }
        Ok((answers, additional))
    }

    /// NS records of the zone, and their addresses.
    fn name_servers(&self) -> (Vec<Record>, Vec<Record>) {
        let servers = self.own_servers();
        let mut answers: Vec<Record> = Vec::new();
        for (name, _) in &servers {
            let record = self.record(&self.question.name, Data::Ns(name.clone()));
            if !answers.contains(&record) {
                answers.push(record);
            }
        }
        let additional = servers.iter().map(|(name, address)| self.record(name, address_data(*address))).collect();
        (answers, additional)
    }

    /// The names and addresses by which CoreDNS itself is reached: its Service's, else its own. Models nsAddrs.
    fn own_servers(&self) -> Vec<(String, IpAddr)> {
        let mut servers = Vec::new();
        let mut has_endpoint = false;
        for own in &self.settings.own_addresses {
            for (namespace, name) in self.records.by_endpoint_ip(own) {
                has_endpoint = true;
                let Some(service) = self.records.service(namespace, name) else { continue };
                let full = format!("{name}.{namespace}.svc.{}", self.zone);
                let ips = service::cluster_ips(service).into_iter().filter_map(|ip| ip.parse().ok());
                servers.extend(ips.map(|ip: IpAddr| (full.clone(), ip)));
            }
        }
        if !has_endpoint {
            let own = self.settings.own_addresses.iter().filter_map(|ip| ip.parse().ok());
            servers.extend(own.map(|ip: IpAddr| (format!("ns.dns.{}", self.zone), ip)));
        }
        servers.order();
        servers.dedup();
        servers
    }

    /// The labels left of the zone.
    fn labels<'n>(&self, name: &'n str) -> Vec<&'n str> {
        let base = name.get(..name.len().saturating_sub(self.zone.len())).unwrap_or("");
        base.split('.').filter(|label| !label.is_empty()).collect()
    }

    /// What the name, in lower case, stands for, the name of CoreDNS itself with it. Models Services.
    fn find(&self, name: &str) -> Result<Vec<Found>, NoSuchName> {
        if self.labels(name) == ["ns", "dns"] {
            return Ok(self.own_servers_of_default_name());
        }
        self.named(name)
    }

    /// What the name, in lower case, stands for. Nothing where the name exists but holds only other names.
    ///
    /// Models Records and parseRequest.
    pub fn named(&self, name: &str) -> Result<Vec<Found>, NoSuchName> {
        let mut labels = self.labels(name);
        let Some(kind) = labels.pop() else { return Ok(Vec::new()) };
        if !matches!(kind, "svc" | "pod") {
            return Err(NoSuchName);
        }
        let Some(namespace) = labels.pop() else { return Ok(Vec::new()) };
        let first = labels.pop();
        if labels.len() > 2 || reverse::is_reverse(name) || !self.records.has_namespace(namespace) {
            return Err(NoSuchName);
        }
        let Some(first) = first else {
            return if kind == "pod" && self.settings.pods == PodNames::Disabled {
                Err(NoSuchName)
            } else {
                Ok(Vec::new())
            };
        };
        if kind == "pod" { self.pod(namespace, first) } else { self.service(namespace, first, &labels) }
    }

    fn own_servers_of_default_name(&self) -> Vec<Found> {
        let found = |(name, address)| Found { name, host: Host::Address(address), port: None };
        self.own_servers().into_iter().map(found).collect()
    }

    /// Models findPods.
    fn pod(&self, namespace: &str, label: &str) -> Result<Vec<Found>, NoSuchName> {
        let is_ipv4 = label.matches('-').count() == 3 && !label.contains("--");
        let ip = label.replace('-', if is_ipv4 { "." } else { ":" });
        let known = match self.settings.pods {
            PodNames::Disabled => false,
            PodNames::Insecure => true,
            PodNames::Verified => self.records.has_pod(namespace, &ip),
        };
        let address = ip.parse().ok().filter(|_| known).ok_or(NoSuchName)?;
        let name = format!("{label}.{namespace}.pod.{}", self.zone);
        Ok(vec![Found { name, host: Host::Address(address), port: Some(0) }])
    }

    /// Models findServices. `rest` are the labels left of the Service's: an endpoint, or a port and its protocol.
    fn service(&self, namespace: &str, name: &str, rest: &[&str]) -> Result<Vec<Found>, NoSuchName> {
        let service = self.records.service(namespace, name).ok_or(NoSuchName)?;
        let full = format!("{name}.{namespace}.svc.{}", self.zone);
        let (endpoint, port, protocol) = match rest {
            [] => ("", "", ""),
            [endpoint] => (*endpoint, "", ""),
            [port, protocol, ..] => ("", without_underscore(port), without_underscore(protocol)),
        };
        let fits = |port_name: &str, port_protocol: &str| {
            (port.is_empty() || port.eq_ignore_ascii_case(port_name))
                && (protocol.is_empty() || protocol.eq_ignore_ascii_case(port_protocol))
        };
        let mut found = Vec::new();
        if service::kind(service) == service::ServiceType::ExternalName {
            let host = Host::of(service.text("spec.externalName"));
            // An address is no name that could be an alias.
            return match host {
                Host::Alias(_) if rest.is_empty() => Ok(vec![Found { name: full, host, port: None }]),
                _ => Err(NoSuchName),
            };
        }
        if service::is_headless(service) || !endpoint.is_empty() {
            for slice in self.records.slices(namespace, name) {
                let ports: Vec<(&str, &str, Option<u16>)> = slice
                    .items("ports")
                    .iter()
                    .map(|port| {
                        let number = port.int("port").and_then(|number| u16::try_from(number).ok());
                        (port.text("name"), port.text("protocol"), number)
                    })
                    .collect();
                let portless = [("", "", None)];
                let ports = if ports.is_empty() { &portless[..] } else { &ports[..] };
                for address in given(slice) {
                    if !endpoint.is_empty() && endpoint != address.host {
                        continue;
                    }
                    for (_, _, number) in ports.iter().filter(|(name, protocol, _)| fits(name, protocol)) {
                        let name = format!("{}.{full}", address.host);
                        found.push(Found { name, host: Host::of(address.ip), port: *number });
                    }
                }
            }
            return if found.is_empty() { Err(NoSuchName) } else { Ok(found) };
        }
        let is_empty = || self.records.slices(namespace, name).all(|slice| given(slice).next().is_none());
        if self.settings.ignore_empty_service && is_empty() {
            return Err(NoSuchName);
        }
        let ips: Vec<IpAddr> = service::cluster_ips(service).into_iter().filter_map(|ip| ip.parse().ok()).collect();
        let mut exists = false;
        for one in service::ports(service).filter(|one| fits(one.name(), one.protocol())) {
            exists = true;
            for ip in &ips {
                found.push(Found { name: full.clone(), host: Host::Address(*ip), port: Some(one.number()) });
            }
        }
        if exists { Ok(found) } else { Err(NoSuchName) }
    }
}

fn without_underscore(label: &str) -> &str {
    label.strip_prefix('_').unwrap_or(label)
}

fn address_data(address: IpAddr) -> Data {
    match address {
        IpAddr::V4(address) => Data::A(address),
        IpAddr::V6(address) => Data::Aaaa(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Object, Value, json};
    use crate::clock::{Epoch, EventId, Time};
    use crate::store::Store;
    use expect_test::expect;

    /// What is known of `objects`, by resource.
    fn known(objects: impl IntoIterator<Item = (crate::api::ResourceId, Value)>) -> Records {
        let (mut store, mut records) = (Store::default(), Records::default());
        for (resource, tree) in objects {
            store.put(resource, Object::new(tree).unwrap(), Time::ZERO, EventId(0));
        }
        for change in store.changes_since(0) {
            records.observe(change, Epoch(0));
        }
        records
    }

    #[test]
    fn questions_that_are_seldom_asked() {
        use crate::api::ResourceId;
        let headless =
            |name: &str| json!({"metadata": {"name": name, "namespace": "default"}, "spec": {"clusterIP": "None"}});
        let slice = json!({"metadata": {"name": "far-1", "namespace": "default", "labels": {"kubernetes.io/service-name": "far"}},
            "addressType": "FQDN", "ports": [{"name": "http", "port": 80, "protocol": "TCP"}],
            "endpoints": [{"addresses": ["db.example.com"]}]});
        let records = known([
            (ResourceId::NAMESPACES, json!({"metadata": {"name": "default"}})),
            (ResourceId::SERVICES, headless("far")),
            (ResourceId::ENDPOINT_SLICES, slice),
        ]);
        let settings = Settings { own_addresses: vec!["10.244.0.9".to_owned()], ..Settings::default() };
        let mut told = String::new();
        for question in [
            "far.default.svc.cluster.local. A",
            "db-example-com.far.default.svc.cluster.local. AAAA",
            "far.default.svc.cluster.local. CNAME",
            "far.default.svc.cluster.local. SRV",
            "10-244-0-5.default.pod.cluster.local. SRV",
            "ns.dns.cluster.local. A",
            "ns.dns.cluster.local. SRV",
            "ns.dns.cluster.local. TXT",
            "ns.dns.cluster.local. PTR",
            "Cluster.local. NS",
            "cluster.local. NS",
            "05.0.244.10.in-addr.arpa. PTR",
        ] {
            let (name, kind) = question.split_once(' ').unwrap();
            let answer = answer(&records, &settings, &Question::new(name, RecordType::of(kind)));
            let lines = answer.answers.iter().chain(&answer.additional).map(|record| format!("  {record}\n"));
            told += &format!("{question}: {}\n{}", answer.rcode.name(), lines.collect::<String>());
        }
        expect![[r"
            far.default.svc.cluster.local. A: NOERROR
              far.default.svc.cluster.local. 30 IN CNAME db.example.com.
            db-example-com.far.default.svc.cluster.local. AAAA: NOERROR
              db-example-com.far.default.svc.cluster.local. 30 IN CNAME db.example.com.
            far.default.svc.cluster.local. CNAME: NOERROR
              far.default.svc.cluster.local. 30 IN CNAME db.example.com.
            far.default.svc.cluster.local. SRV: NOERROR
            10-244-0-5.default.pod.cluster.local. SRV: NOERROR
              10-244-0-5.default.pod.cluster.local. 30 IN SRV 0 100 0 10-244-0-5.default.pod.cluster.local.
              10-244-0-5.default.pod.cluster.local. 30 IN A 10.244.0.5
            ns.dns.cluster.local. A: NOERROR
              ns.dns.cluster.local. 30 IN A 10.244.0.9
            ns.dns.cluster.local. SRV: NOERROR
            ns.dns.cluster.local. TXT: NXDOMAIN
            ns.dns.cluster.local. PTR: NXDOMAIN
            Cluster.local. NS: NOERROR
            cluster.local. NS: NOERROR
              cluster.local. 30 IN NS ns.dns.cluster.local.
              ns.dns.cluster.local. 30 IN A 10.244.0.9
            05.0.244.10.in-addr.arpa. PTR: NXDOMAIN
        "]]
        .assert_eq(&told);
    }
}
