//! nftables mode: the node's table, and what each service port has in it.
//!
//! Models pkg/proxy/nftables/proxier.go setupNFTables, syncProxyRules and writeServiceToEndpointRules.

use super::names::nft;
use super::{Categorized, Endpoint, ServicePort, ServicePortName, Settings};
use crate::clock::Time;
use crate::net::nftables::{Base, ChainType, Element, Key, Lookup, Ranges, Rule, SetId, SetKind, Statement, Table};
use crate::net::{Cidr, Family, Hook};
use crate::order::SortedSet;
use std::net::IpAddr;
use std::sync::Arc;

const HAIRPIN: &str = "hairpin-connections";
const CLUSTER_IPS: &str = "cluster-ips";
const NODE_PORT_IPS: &str = "nodeport-ips";
const NO_ENDPOINT_SERVICES: &str = "no-endpoint-services";
const NO_ENDPOINT_NODE_PORTS: &str = "no-endpoint-nodeports";
const FIREWALL_IPS: &str = "firewall-ips";
const SERVICE_IPS: &str = "service-ips";
const SERVICE_NODE_PORTS: &str = "service-nodeports";
const REJECT: &str = "reject-chain";

/// The sets and maps that always exist, with their comments.
const SETS: [(&str, SetKind, &str); 8] = [
    (HAIRPIN, SetKind::Pairs, "service hairpin connections"),
    (CLUSTER_IPS, SetKind::Addresses, "Active ClusterIPs"),
    (NODE_PORT_IPS, SetKind::Addresses, "IPs that accept NodePort traffic"),
    (NO_ENDPOINT_SERVICES, SetKind::Services, "vmap to drop or reject packets to services with no endpoints"),
    (NO_ENDPOINT_NODE_PORTS, SetKind::Ports, "vmap to drop or reject packets to service nodeports with no endpoints"),
    (FIREWALL_IPS, SetKind::Services, "destinations that are subject to LoadBalancerSourceRanges"),
    (SERVICE_IPS, SetKind::Services, "ClusterIP, ExternalIP and LoadBalancer IP traffic"),
    (SERVICE_NODE_PORTS, SetKind::Ports, "NodePort traffic"),
];

/// The base chains: type, hook, priority.
const BASE: [(&str, ChainType, Hook, i16); 8] = [
    ("filter-prerouting-pre-dnat", ChainType::Filter, Hook::Prerouting, -110),
    ("filter-output-pre-dnat", ChainType::Filter, Hook::Output, -110),
    ("filter-input", ChainType::Filter, Hook::Input, 0),
    ("filter-forward", ChainType::Filter, Hook::Forward, 0),
    ("filter-output", ChainType::Filter, Hook::Output, 0),
    ("nat-prerouting", ChainType::Nat, Hook::Prerouting, -100),
    ("nat-output", ChainType::Nat, Hook::Output, -100),
    ("nat-postrouting", ChainType::Nat, Hook::Postrouting, 100),
];

/// The chains that base chains jump to.
const HELPERS: [&str; 7] = [
    "nodeport-endpoints-check",
    "service-endpoints-check",
    "firewall-check",
    "services",
    "masquerading",
    "cluster-ips-check",
    REJECT,
];

/// The table of a node without any Service.
pub(super) fn base(settings: &Settings) -> Table {
    let mut table = Table::new(settings.family);
    for (name, kind, comment) in SETS {
        table.make_set(name, kind, Some(comment));
    }
    for (name, kind, hook, priority) in BASE {
        table.base_chain(name, Base { kind, hook, priority });
    }
    for name in HELPERS {
        table.chain(name);
    }
    table.comment_chain(REJECT, "helper for @no-endpoint-services / @no-endpoint-nodeports");
    match settings.node_port_ips() {
        None => table.remove_set(NODE_PORT_IPS),
        Some(addresses) => {
            // Node ports do not work at loopback addresses here.
            for address in addresses.into_iter().filter(|address| !address.is_loopback()) {
                if let Some(set) = table.set_mut(NODE_PORT_IPS) {
                    set.insert(Key::Address(address), &Arc::from(""), Element::Member);
                }
            }
        }
    }
    Rules { table: &mut table, family: settings.family }.write(settings);
    table
}

/// Writes the rules that every node has.
struct Rules<'a> {
    table: &'a mut Table,
    family: Family,
}

fn rule(family: Family, statements: Vec<Statement>) -> Rule {
    Rule { family, statements, comment: None }
}

impl Rules<'_> {
    fn set(&mut self, name: &str) -> (Arc<str>, SetId) {
        let (kind, comment) = SETS
            .iter()
            .find(|(there, ..)| *there == name)
            .map_or((SetKind::Addresses, None), |(_, kind, comment)| (*kind, Some(*comment)));
        (name.into(), self.table.make_set(name, kind, comment))
    }

    fn vmap(&mut self, by: Lookup, map: &str) -> Statement {
        let (name, map) = self.set(map);
        Statement::Vmap { by, name, map }
    }

    fn destined(&mut self, set: &str) -> Statement {
        let (name, id) = self.set(set);
        Statement::ToSet(name, id)
    }

    fn jumps(&mut self, chain: &str, is_new: bool, to: &[&str]) {
        let family = self.family;
        let mut rules = Vec::new();
        for target in to {
            let (name, id) = self.table.target(target);
            let jump = Statement::Jump(name, id);
            rules.push(rule(family, if is_new { vec![Statement::IsNew, jump] } else { vec![jump] }));
        }
        self.table.set_rules(chain, rules);
    }

    fn write(&mut self, settings: &Settings) {
        let (family, mark) = (self.family, settings.masquerade_mark);
        self.jumps("filter-prerouting-pre-dnat", true, &["firewall-check"]);
        self.jumps("filter-output-pre-dnat", true, &["firewall-check"]);
        self.jumps("filter-input", true, &["nodeport-endpoints-check", "service-endpoints-check"]);
        self.jumps("filter-forward", true, &["service-endpoints-check", "cluster-ips-check"]);
        self.jumps("filter-output", true, &["service-endpoints-check", "cluster-ips-check"]);
        self.jumps("nat-prerouting", false, &["services"]);
        self.jumps("nat-output", false, &["services"]);
        self.jumps("nat-postrouting", false, &["masquerading"]);
        let everywhere = settings.node_port_ips().is_none();
        let not_loopback = Statement::To { ranges: Ranges::One(family.loopback()), not: true };
        let mut node_port = if everywhere { vec![not_loopback] } else { vec![self.destined(NODE_PORT_IPS)] };
        let mut node_port_check = node_port.clone();
        node_port_check.push(self.vmap(Lookup::Port, NO_ENDPOINT_NODE_PORTS));
        let checks = [
            ("nodeport-endpoints-check", node_port_check),
            ("service-endpoints-check", vec![self.vmap(Lookup::Service, NO_ENDPOINT_SERVICES)]),
            ("firewall-check", vec![self.vmap(Lookup::Service, FIREWALL_IPS)]),
            (REJECT, vec![Statement::Reject]),
        ];
        for (chain, statements) in checks {
            self.table.set_rules(chain, vec![rule(family, statements)]);
        }
        let mut services = Vec::new();
        if settings.masquerade_all {
            let mut first = rule(family, vec![self.destined(CLUSTER_IPS), Statement::OrMark(mark)]);
            first.comment = Some("masquerade all clusterIP traffic");
            services.push(first);
        } else if let Some(pods) = settings.pods {
            let from = Statement::From { ranges: Ranges::One(pods), not: true };
            let mut first = rule(family, vec![self.destined(CLUSTER_IPS), from, Statement::OrMark(mark)]);
            first.comment = Some("masquerade clusterIP traffic from outside cluster");
            services.push(first);
        }
        services.push(rule(family, vec![self.vmap(Lookup::Service, SERVICE_IPS)]));
        if everywhere {
            node_port.insert(0, Statement::ToLocal);
        }
        node_port.push(self.vmap(Lookup::Port, SERVICE_NODE_PORTS));
        services.push(rule(family, node_port));
        self.table.set_rules("services", services);
        let (hairpin, id) = self.set(HAIRPIN);
        let masquerading = vec![
            rule(family, vec![Statement::Marked(mark), Statement::XorMark(mark), Statement::Masquerade]),
            rule(family, vec![Statement::IsDnat, Statement::PairIn(hairpin, id), Statement::Masquerade]),
        ];
        self.table.set_rules("masquerading", masquerading);
        let mut check = vec![rule(family, vec![self.destined(CLUSTER_IPS), Statement::Reject])];
        if let Some(first) = check.first_mut() {
            first.comment = Some("Reject traffic to invalid ports of ClusterIPs");
        }
        if !settings.services.is_empty() {
            let mut first = rule(
                family,
                vec![Statement::To { ranges: Ranges::Any(settings.services.clone()), not: false }, Statement::Drop],
            );
            first.comment = Some("Drop traffic to unallocated ClusterIPs");
            check.push(first);
        }
        self.table.set_rules("cluster-ips-check", check);
    }
}

/// What a service port has in the table: its chains, sets and elements.
#[derive(Clone, Debug, Default)]
pub(super) struct Written {
    chains: SortedSet<String>,
    sets: SortedSet<String>,
    elements: Vec<(&'static str, Key)>,
}

/// Takes everything of a service port out, but for what `kept` has as well.
pub(super) fn erase(table: &mut Table, name: &ServicePortName, written: &Written, kept: &Written, now: Time) {
    let owner = name.path();
    for (set, key) in &written.elements {
        if !kept.elements.contains(&(*set, *key))
            && let Some(set) = table.set_mut(set)
        {
            set.remove(key, &owner);
        }
    }
    for chain in written.chains.difference(&kept.chains) {
        table.remove_chain(chain, now);
    }
    for set in written.sets.difference(&kept.sets) {
        table.remove_set(set);
    }
}

/// Writes everything of a service port.
pub(super) fn write(
    table: &mut Table,
    settings: &Settings,
    name: &ServicePortName,
    port: &ServicePort,
    endpoints: &Categorized<'_>,
) -> Written {
    let path = name.path();
    let mut writer = Writer {
        table,
        settings,
        name,
        port,
        endpoints,
        owner: path.as_str().into(),
        label: name.to_string().into(),
        cluster: nft("service", &path),
        local: nft("local", &path),
        external: nft("external", &path),
        firewall: nft("firewall", &path),
        written: Written::default(),
    };
    writer.declare();
    writer.elements();
    writer.external();
    writer.choices();
    writer.written
}

struct Writer<'a> {
    table: &'a mut Table,
    settings: &'a Settings,
    name: &'a ServicePortName,
    port: &'a ServicePort,
    endpoints: &'a Categorized<'a>,
    owner: Arc<str>,
    label: Arc<str>,
    cluster: String,
    local: String,
    external: String,
    firewall: String,
    written: Written,
}

impl Writer<'_> {
    fn has_internal(&self) -> bool {
        if self.port.internal_local { !self.endpoints.local.is_empty() } else { self.endpoints.has_any }
    }

    fn has_external(&self) -> bool {
        if self.port.external_local { !self.endpoints.local.is_empty() } else { self.endpoints.has_any }
    }

    fn uses_firewall(&self) -> bool {
        !self.port.load_balancer_ips.is_empty() && !self.port.source_ranges.is_empty()
    }

    fn uses_cluster_chain(&self) -> bool {
        self.port.uses_cluster() && !self.endpoints.cluster.is_empty()
    }

    fn uses_local_chain(&self) -> bool {
        self.port.uses_local() && !self.endpoints.local.is_empty()
    }

    fn uses_external_chain(&self) -> bool {
        self.endpoints.has_any && self.port.is_external()
    }

    fn endpoint_base(&self, endpoint: &Endpoint) -> String {
        // Colons of IPv6 addresses are not allowed in names.
        format!("{}__{}/{}", self.name.path(), endpoint.at.ip().to_string().replace(':', "."), endpoint.at.port())
    }

    /// Makes the chains in kube-proxy's order: it is the order in which they are listed.
    fn declare(&mut self) {
        let mut chains = Vec::new();
        if let Some(seconds) = self.port.affinity {
            for endpoint in &self.endpoints.reachable {
                let base = self.endpoint_base(endpoint);
                let set = nft("affinity", &base);
                self.table.make_set(&set, SetKind::Affinity(seconds), None);
                self.written.sets.insert(set);
                chains.push(nft("endpoint", &base));
            }
        }
        for (is_used, chain) in [
            (self.uses_cluster_chain(), &self.cluster),
            (self.uses_local_chain(), &self.local),
            (self.uses_external_chain(), &self.external),
            (self.uses_firewall(), &self.firewall),
        ] {
            if is_used {
                chains.push(chain.clone());
            }
        }
        for chain in chains {
            self.table.chain(&chain);
            self.written.chains.insert(chain);
        }
    }

    fn rule(&self, statements: Vec<Statement>, comment: Option<&'static str>) -> Rule {
        Rule { family: self.settings.family, statements, comment }
    }

    fn insert(&mut self, set: &'static str, key: Key, element: Element) {
        if let Some(there) = self.table.set_mut(set) {
            there.insert(key, &self.owner, element);
            self.written.elements.push((set, key));
        }
    }

    fn goto(&mut self, chain: &str, comment: Option<Arc<str>>) -> Element {
        let (name, chain) = self.table.target(chain);
        Element::Goto { name, chain, comment }
    }

    fn goto_statement(&mut self, chain: &str) -> Statement {
        let (name, chain) = self.table.target(chain);
        Statement::Goto(name, chain)
    }

    /// What meets traffic that no endpoint takes.
    fn stop(&mut self) -> Element {
        let comment = Some(self.label.clone());
        if self.endpoints.has_any { Element::Drop { comment } } else { self.goto(REJECT, comment) }
    }

    fn elements(&mut self) {
        let (protocol, port) = (self.name.protocol, self.port.port);
        let key = |address: IpAddr| Key::Service(address, protocol, port);
        let cluster_ip = self.port.cluster_ip;
        self.insert(CLUSTER_IPS, Key::Address(cluster_ip), Element::Member);
        let stop = self.stop();
        if self.has_internal() {
            let chain = if self.port.internal_local { self.local.clone() } else { self.cluster.clone() };
            let to = self.goto(&chain, None);
            self.insert(SERVICE_IPS, key(cluster_ip), to);
        } else {
            self.insert(NO_ENDPOINT_SERVICES, key(cluster_ip), stop.clone());
        }
        let (has_any, has_external, external) = (self.endpoints.has_any, self.has_external(), self.external.clone());
        let addresses: Vec<IpAddr> =
            self.port.external_ips.iter().chain(&self.port.load_balancer_ips).copied().collect();
        for address in addresses {
            if has_any {
                let to = self.goto(&external, None);
                self.insert(SERVICE_IPS, key(address), to);
            }
            if !has_external {
                self.insert(NO_ENDPOINT_SERVICES, key(address), stop.clone());
            }
        }
        if self.uses_firewall() {
            for address in self.port.load_balancer_ips.clone() {
                let firewall = self.firewall.clone();
                let to = self.goto(&firewall, None);
                self.insert(FIREWALL_IPS, key(address), to);
            }
        }
        if let Some(node_port) = self.port.node_port {
            if has_any {
                let to = self.goto(&external, None);
                self.insert(SERVICE_NODE_PORTS, Key::Port(protocol, node_port), to);
            }
            if !has_external {
                self.insert(NO_ENDPOINT_NODE_PORTS, Key::Port(protocol, node_port), stop);
            }
        }
        let reachable = self.endpoints.reachable.clone();
        for endpoint in reachable.into_iter().filter(|endpoint| endpoint.is_on(&self.settings.node)) {
            let (address, port) = (endpoint.at.ip(), endpoint.at.port());
            self.insert(HAIRPIN, Key::Pair(address, address, protocol, port), Element::Member);
        }
    }

    fn external(&mut self) {
        let mark = Statement::OrMark(self.settings.masquerade_mark);
        if self.uses_external_chain() {
            let mut rules = Vec::new();
            if self.port.external_local {
                let cluster = self.cluster.clone();
                let short = self.goto_statement(&cluster);
                if let Some(pods) = self.settings.pods {
                    let from = Statement::From { ranges: Ranges::One(pods), not: false };
                    rules.push(self.rule(vec![from, short.clone()], Some("short-circuit pod traffic")));
                }
                rules.push(self.rule(vec![Statement::FromLocal, mark], Some("masquerade local traffic")));
                rules.push(self.rule(vec![Statement::FromLocal, short], Some("short-circuit local traffic")));
            } else {
                rules.push(self.rule(vec![mark], Some("masquerade")));
            }
            if self.has_external() {
                let chain = if self.port.external_local { self.local.clone() } else { self.cluster.clone() };
                let go = self.goto_statement(&chain);
                rules.push(self.rule(vec![go], None));
            }
            self.table.set_rules(&self.external, rules);
        }
        if self.uses_firewall() {
            let mut sources = self.port.source_ranges.clone();
            if sources.iter().any(|range| range.contains(self.settings.address)) {
                sources.extend(self.port.load_balancer_ips.iter().map(|address| Cidr::of(*address)));
            }
            let from = Statement::From { ranges: Ranges::Any(sources), not: true };
            let rule = self.rule(vec![from, Statement::Drop], None);
            self.table.set_rules(&self.firewall, vec![rule]);
        }
    }

    fn choices(&mut self) {
        let endpoints = self.endpoints;
        for (is_used, chain, list) in [
            (self.uses_cluster_chain(), self.cluster.clone(), &endpoints.cluster),
            (self.uses_local_chain(), self.local.clone(), &endpoints.local),
        ] {
            if is_used {
                let rules = self.choose(list);
                self.table.set_rules(&chain, rules);
            }
        }
        let Some(seconds) = self.port.affinity else { return };
        for endpoint in &endpoints.reachable {
            let base = self.endpoint_base(endpoint);
            let set = nft("affinity", &base);
            let id = self.table.make_set(&set, SetKind::Affinity(seconds), None);
            let protocol = Statement::Protocol(self.name.protocol);
            let rules = vec![
                self.rule(vec![Statement::Update(set.as_str().into(), id)], None),
                self.rule(vec![protocol, Statement::Dnat(endpoint.at)], None),
            ];
            self.table.set_rules(&nft("endpoint", &base), rules);
        }
    }

    fn choose(&mut self, list: &[&Endpoint]) -> Vec<Rule> {
        let Some(seconds) = self.port.affinity else {
            let any = Statement::DnatAny(list.iter().map(|endpoint| endpoint.at).collect());
            return vec![self.rule(vec![Statement::Protocol(self.name.protocol), any], None)];
        };
        let mut rules = Vec::new();
        let mut chains = Vec::new();
        for endpoint in list {
            let base = self.endpoint_base(endpoint);
            let set = nft("affinity", &base);
            let id = self.table.make_set(&set, SetKind::Affinity(seconds), None);
            let (name, chain) = self.table.target(&nft("endpoint", &base));
            let remembered = Statement::FromRemembered(set.as_str().into(), id);
            rules.push(self.rule(vec![remembered, Statement::Goto(name.clone(), chain)], None));
            chains.push((name, chain));
        }
        rules.push(self.rule(vec![Statement::GotoAny(chains)], None));
        rules
    }
}
