//! iptables mode: the chains and rules of the node, and those of each service port.
//!
//! Models pkg/proxy/iptables/proxier.go syncProxyRules and writeServiceToEndpointRules.

use super::names::service_chain;
use super::{Categorized, Endpoint, ServicePort, ServicePortName, Settings};
use crate::net::iptables::{CtState, Direction, Match, Probability, Recent, Rule, Ruleset, Section, TableName, Target};
use crate::net::{Cidr, Family, Protocol};
use crate::order::SortedSet;
use std::net::IpAddr;
use std::sync::Arc;

use TableName::{Filter, Nat};

/// The beginnings of the names of chains that belong to one service port.
pub(super) const PER_SERVICE: [&str; 5] = ["KUBE-SVC-", "KUBE-SVL-", "KUBE-EXT-", "KUBE-FW-", "KUBE-SEP-"];

/// The chains that service ports share: table and name.
const SHARED: [(TableName, &str); 6] = [
    (Filter, "KUBE-NODEPORTS"),
    (Filter, "KUBE-SERVICES"),
    (Filter, "KUBE-EXTERNAL-SERVICES"),
    (Filter, "KUBE-PROXY-FIREWALL"),
    (Nat, "KUBE-SERVICES"),
    (Nat, "KUBE-NODEPORTS"),
];

pub(super) fn comment(text: impl Into<String>) -> Match {
    Match::Comment(Arc::from(text.into()))
}

fn to(address: IpAddr) -> Match {
    Match::address(Direction::Destination, Cidr::of(address))
}

const NEW: Match = Match::State { any: &[CtState::New], not: false };

/// The rules of a node without any Service.
pub(super) fn base(settings: &Settings) -> Ruleset {
    let mut rules = Ruleset::new(settings.family);
    for table in TableName::ALL {
        rules.chain(table, "KUBE-PROXY-CANARY");
    }
    for (table, chain) in SHARED {
        rules.chain(table, chain);
    }
    // Each of these was put in front of the others, so they stand in this order.
    let jumps: [(TableName, &str, Vec<Match>, &str); 14] = [
        (Filter, "INPUT", vec![], "KUBE-FIREWALL"),
        (Filter, "INPUT", vec![NEW, comment("kubernetes load balancer firewall")], "KUBE-PROXY-FIREWALL"),
        (Filter, "INPUT", vec![comment("kubernetes health check service ports")], "KUBE-NODEPORTS"),
        (
            Filter,
            "INPUT",
            vec![NEW, comment("kubernetes externally-visible service portals")],
            "KUBE-EXTERNAL-SERVICES",
        ),
        (Filter, "FORWARD", vec![NEW, comment("kubernetes load balancer firewall")], "KUBE-PROXY-FIREWALL"),
        (Filter, "FORWARD", vec![comment("kubernetes forwarding rules")], "KUBE-FORWARD"),
        (Filter, "FORWARD", vec![NEW, comment("kubernetes service portals")], "KUBE-SERVICES"),
        (
            Filter,
            "FORWARD",
            vec![NEW, comment("kubernetes externally-visible service portals")],
            "KUBE-EXTERNAL-SERVICES",
        ),
        (Filter, "OUTPUT", vec![], "KUBE-FIREWALL"),
        (Filter, "OUTPUT", vec![NEW, comment("kubernetes load balancer firewall")], "KUBE-PROXY-FIREWALL"),
        (Filter, "OUTPUT", vec![NEW, comment("kubernetes service portals")], "KUBE-SERVICES"),
        (Nat, "PREROUTING", vec![comment("kubernetes service portals")], "KUBE-SERVICES"),
        (Nat, "OUTPUT", vec![comment("kubernetes service portals")], "KUBE-SERVICES"),
        (Nat, "POSTROUTING", vec![comment("kubernetes postrouting rules")], "KUBE-POSTROUTING"),
    ];
    for (table, hook) in [
        (Filter, "INPUT"),
        (Filter, "FORWARD"),
        (Filter, "OUTPUT"),
        (Nat, "PREROUTING"),
        (Nat, "OUTPUT"),
        (Nat, "POSTROUTING"),
    ] {
        let mut list = Vec::new();
        for (of, from, matches, chain) in &jumps {
            if (*of, *from) == (table, hook) {
                list.push(Rule { matches: matches.clone(), target: rules.jump(table, chain) });
            }
        }
        rules.set(table, hook, Section::First, list);
    }
    firewall(&mut rules, settings);
    masquerading(&mut rules, settings);
    node_ports(&mut rules, settings);
    rules
}

fn firewall(rules: &mut Ruleset, settings: &Settings) {
    rules.chain(Filter, "KUBE-FIREWALL");
    if settings.family == Family::V4 && settings.localhost_node_ports {
        let from_elsewhere = Match::Address { end: Direction::Source, range: Family::V4.loopback(), not: true };
        let matches = vec![
            comment("block incoming localnet connections"),
            Match::to_loopback(),
            from_elsewhere,
            Match::State { any: &[CtState::Related, CtState::Established, CtState::Dnat], not: true },
        ];
        rules.set(Filter, "KUBE-FIREWALL", Section::First, vec![Rule { matches, target: Target::Drop }]);
    }
    let forward = vec![
        Rule {
            matches: vec![
                Match::State { any: &[CtState::Invalid], not: false },
                Match::Accounting("ct_state_invalid_dropped_pkts"),
            ],
            target: Target::Drop,
        },
        Rule {
            matches: vec![
                comment("kubernetes forwarding rules"),
                Match::Mark { bits: settings.masquerade_mark, not: false },
            ],
            target: Target::Accept,
        },
        Rule {
            matches: vec![
                comment("kubernetes forwarding conntrack rule"),
                Match::State { any: &[CtState::Related, CtState::Established], not: false },
            ],
            target: Target::Accept,
        },
    ];
    rules.set(Filter, "KUBE-FORWARD", Section::First, forward);
}

pub(super) fn masquerading(rules: &mut Ruleset, settings: &Settings) {
    let bits = settings.masquerade_mark;
    let mark = vec![Rule { matches: vec![], target: Target::OrMark(bits) }];
    rules.set(Nat, "KUBE-MARK-MASQ", Section::First, mark);
    let leaving = vec![
        Rule { matches: vec![Match::Mark { bits, not: true }], target: Target::Return },
        // The mark is taken off, so that a packet that comes by here again is not masqueraded twice.
        Rule { matches: vec![], target: Target::XorMark(bits) },
        Rule {
            matches: vec![comment("kubernetes service traffic requiring SNAT")],
            target: Target::Masquerade { random: settings.random_fully },
        },
    ];
    rules.set(Nat, "KUBE-POSTROUTING", Section::Of("".into()), leaving);
}

/// The last rules of KUBE-SERVICES: what goes to the node itself may be for a node port.
fn node_ports(rules: &mut Ruleset, settings: &Settings) {
    const NOTE: &str = "kubernetes service nodeports; NOTE: this must be the last rule in this chain";
    let loopback = settings.family.loopback();
    let mut last = Vec::new();
    match settings.node_port_ips() {
        None => {
            let mut matches = vec![comment(NOTE), Match::Local(Direction::Destination)];
            if settings.family == Family::V6 || !settings.localhost_node_ports {
                matches.push(Match::Address { end: Direction::Destination, range: loopback, not: true });
            }
            last.push(Rule { matches, target: rules.jump(Nat, "KUBE-NODEPORTS") });
        }
        Some(addresses) => {
            for address in addresses {
                if address.is_loopback() && (settings.family == Family::V6 || !settings.localhost_node_ports) {
                    continue;
                }
                let matches = vec![comment(NOTE), to(address)];
                last.push(Rule { matches, target: rules.jump(Nat, "KUBE-NODEPORTS") });
            }
        }
    }
    rules.set(Nat, "KUBE-SERVICES", Section::Last, last);
}

/// Takes everything of a service port out.
pub(super) fn erase(rules: &mut Ruleset, name: &ServicePortName, chains: &SortedSet<Arc<str>>) {
    let section = Section::Of(name.path().into());
    for (table, chain) in SHARED {
        rules.set(table, chain, section.clone(), Vec::new());
    }
    for chain in chains {
        rules.remove(Nat, chain);
    }
}

/// Writes everything of a service port and gives the chains that are its own. `is_large` leaves the comments out of
/// rules of endpoints, as kube-proxy does from 1000 endpoints on.
pub(super) fn write(
    rules: &mut Ruleset,
    settings: &Settings,
    name: &ServicePortName,
    port: &ServicePort,
    endpoints: &Categorized<'_>,
    is_large: bool,
) -> SortedSet<Arc<str>> {
    let label = name.to_string();
    let chain = |prefix: &str| service_chain(prefix, &label, name.protocol);
    let mut writer = Writer {
        cluster: chain("KUBE-SVC-"),
        local: chain("KUBE-SVL-"),
        external: chain("KUBE-EXT-"),
        firewall: chain("KUBE-FW-"),
        mark: rules.jump(Nat, "KUBE-MARK-MASQ"),
        shared: Default::default(),
        chains: SortedSet::new(),
        rules,
        settings,
        name,
        label,
        port,
        endpoints,
        is_large,
    };
    writer.entries();
    writer.external();
    writer.choices();
    let Writer { shared, chains, rules, .. } = writer;
    let section = Section::Of(name.path().into());
    for ((table, chain), list) in SHARED.into_iter().zip(shared) {
        rules.set(table, chain, section.clone(), list);
    }
    chains
}

/// What is known while a service port is written.
struct Writer<'a> {
    rules: &'a mut Ruleset,
    settings: &'a Settings,
    name: &'a ServicePortName,
    /// `default/web:http`.
    label: String,
    port: &'a ServicePort,
    endpoints: &'a Categorized<'a>,
    is_large: bool,
    cluster: String,
    local: String,
    external: String,
    firewall: String,
    /// The jump to KUBE-MARK-MASQ.
    mark: Target,
    /// Rules for the shared chains, in the order of [`SHARED`].
    shared: [Vec<Rule>; 6],
    chains: SortedSet<Arc<str>>,
}

impl Writer<'_> {
    fn protocol(&self) -> Match {
        Match::Protocol(self.name.protocol)
    }

    fn jump(&mut self, chain: &str) -> Target {
        self.rules.jump(Nat, chain)
    }

    fn mark(&self) -> Target {
        self.mark.clone()
    }

    fn own_chain(&mut self, chain: &str, list: Vec<Rule>) {
        self.rules.set(Nat, chain, Section::First, list);
        self.chains.insert(chain.into());
    }

    fn share(&mut self, table: TableName, chain: &str, matches: Vec<Match>, target: Target) {
        if let Some(at) = SHARED.iter().position(|shared| *shared == (table, chain))
            && let Some(list) = self.shared.get_mut(at)
        {
            list.push(Rule { matches, target });
        }
    }

    fn has_internal(&self) -> bool {
        if self.port.internal_local { !self.endpoints.local.is_empty() } else { self.endpoints.has_any }
    }

    fn has_external(&self) -> bool {
        if self.port.external_local { !self.endpoints.local.is_empty() } else { self.endpoints.has_any }
    }

    fn uses_firewall(&self) -> bool {
        self.endpoints.has_any && !self.port.load_balancer_ips.is_empty() && !self.port.source_ranges.is_empty()
    }

    /// What meets traffic that no endpoint takes: refused where the Service has none at all, dropped where only this
    /// node has none.
    fn filter(&self) -> (Target, Match) {
        if self.endpoints.has_any {
            (Target::Drop, comment(format!("{} has no local endpoints", self.label)))
        } else {
            (Target::Reject, comment(format!("{} has no endpoints", self.label)))
        }
    }

    /// The rules in the shared chains.
    fn entries(&mut self) {
        let (cluster_ip, port, protocol) = (self.port.cluster_ip, self.port.port, self.protocol());
        let at = |note: Match, address: IpAddr| vec![note, protocol.clone(), to(address), Match::Port(port)];
        let (stop, why) = self.filter();
        if self.has_internal() {
            let chain = if self.port.internal_local { self.local.clone() } else { self.cluster.clone() };
            let target = self.jump(&chain);
            self.share(Nat, "KUBE-SERVICES", at(comment(format!("{} cluster IP", self.label)), cluster_ip), target);
        } else {
            self.share(Filter, "KUBE-SERVICES", at(why.clone(), cluster_ip), stop.clone());
        }
        let (has_any, has_external) = (self.endpoints.has_any, self.has_external());
        let external = self.external.clone();
        for address in self.port.external_ips.clone() {
            if has_any {
                let target = self.jump(&external);
                self.share(Nat, "KUBE-SERVICES", at(comment(format!("{} external IP", self.label)), address), target);
            }
            if !has_external {
                self.share(Filter, "KUBE-EXTERNAL-SERVICES", at(why.clone(), address), stop.clone());
            }
        }
        for address in self.port.load_balancer_ips.clone() {
            if has_any {
                let chain = if self.uses_firewall() { self.firewall.clone() } else { external.clone() };
                let target = self.jump(&chain);
                let note = comment(format!("{} loadbalancer IP", self.label));
                self.share(Nat, "KUBE-SERVICES", at(note, address), target);
            }
            if self.uses_firewall() {
                let note = comment(format!("{} traffic not accepted by {}", self.label, self.firewall));
                self.share(Filter, "KUBE-PROXY-FIREWALL", at(note, address), Target::Drop);
            }
            if !has_external {
                self.share(Filter, "KUBE-EXTERNAL-SERVICES", at(why.clone(), address), stop.clone());
            }
        }
        if let Some(node_port) = self.port.node_port {
            let note = comment(self.label.clone());
            if has_any {
                if self.settings.family == Family::V4 && self.settings.localhost_node_ports {
                    let matches = vec![
                        note.clone(),
                        protocol.clone(),
                        Match::to_loopback(),
                        Match::Port(node_port),
                        Match::Accounting("localhost_nps_accepted_pkts"),
                    ];
                    let target = self.jump(&external);
                    self.share(Nat, "KUBE-NODEPORTS", matches, target);
                }
                let target = self.jump(&external);
                self.share(Nat, "KUBE-NODEPORTS", vec![note, protocol.clone(), Match::Port(node_port)], target);
            }
            if !has_external {
                let matches = vec![why, Match::Local(Direction::Destination), protocol, Match::Port(node_port)];
                self.share(Filter, "KUBE-EXTERNAL-SERVICES", matches, stop);
            }
        }
        if let Some(health) = self.port.health_check_node_port {
            let note = comment(format!("{} health check node port", self.label));
            let matches = vec![note, Match::Protocol(Protocol::Tcp), Match::Port(health)];
            self.share(Filter, "KUBE-NODEPORTS", matches, Target::Accept);
        }
    }

    /// The masquerade rule of the chain that cluster IP traffic uses; [`Writer::choices`] puts it first.
    fn internal_masquerade(&mut self) -> Option<Rule> {
        let mut matches = vec![
            comment(format!("{} cluster IP", self.label)),
            self.protocol(),
            to(self.port.cluster_ip),
            Match::Port(self.port.port),
        ];
        if !self.settings.masquerade_all {
            matches.push(Match::Address { end: Direction::Source, range: self.settings.pods?, not: true });
        }
        Some(Rule { matches, target: self.mark() })
    }

    /// KUBE-EXT and KUBE-FW.
    fn external(&mut self) {
        if !self.endpoints.has_any || !self.port.is_external() {
            return;
        }
        let label = self.label.clone();
        let mut list = Vec::new();
        if self.port.external_local {
            let cluster = self.cluster.clone();
            if let Some(pods) = self.settings.pods {
                let note = comment(format!("pod traffic for {label} external destinations"));
                let matches = vec![note, Match::address(Direction::Source, pods)];
                list.push(Rule { matches, target: self.jump(&cluster) });
            }
            let note = comment(format!("masquerade LOCAL traffic for {label} external destinations"));
            list.push(Rule { matches: vec![note, Match::Local(Direction::Source)], target: self.mark() });
            let note = comment(format!("route LOCAL traffic for {label} external destinations"));
            list.push(Rule { matches: vec![note, Match::Local(Direction::Source)], target: self.jump(&cluster) });
        } else {
            let note = comment(format!("masquerade traffic for {label} external destinations"));
            list.push(Rule { matches: vec![note], target: self.mark() });
        }
        if self.has_external() {
            let chain = if self.port.external_local { self.local.clone() } else { self.cluster.clone() };
            list.push(Rule { matches: vec![], target: self.jump(&chain) });
        }
        let external = self.external.clone();
        self.own_chain(&external, list);
        if self.uses_firewall() {
            let mut list = Vec::new();
            let mut sources = self.port.source_ranges.clone();
            // A node that may use the load balancer reaches it from the load balancer's own address, too.
            if sources.iter().any(|range| range.contains(self.settings.address)) {
                sources.extend(self.port.load_balancer_ips.iter().map(|address| Cidr::of(*address)));
            }
            for range in sources {
                let note = comment(format!("{label} loadbalancer IP"));
                let matches = vec![note, Match::address(Direction::Source, range)];
                list.push(Rule { matches, target: self.jump(&external) });
            }
            let note = comment(format!("other traffic to {label} will be dropped by KUBE-PROXY-FIREWALL"));
            list.push(Rule { matches: vec![note], target: Target::Continue });
            let firewall = self.firewall.clone();
            self.own_chain(&firewall, list);
        }
    }

    /// The policy chains, which choose an endpoint, and the endpoints' chains.
    fn choices(&mut self) {
        let masquerade = if self.has_internal() { self.internal_masquerade() } else { None };
        let endpoints = self.endpoints;
        for (chain, list, is_local) in
            [(self.cluster.clone(), &endpoints.cluster, false), (self.local.clone(), &endpoints.local, true)]
        {
            let is_used = if is_local { self.port.uses_local() } else { self.port.uses_cluster() };
            if list.is_empty() || !is_used {
                continue;
            }
            let first = masquerade.clone().filter(|_| self.port.internal_local == is_local);
            let choices = self.choose(list);
            self.own_chain(&chain, first.into_iter().chain(choices).collect());
        }
        let note = (!self.is_large).then(|| comment(self.label.clone()));
        for endpoint in &endpoints.reachable {
            let chain = &endpoint.chain;
            let from_itself = Match::address(Direction::Source, Cidr::of(endpoint.at.ip()));
            let mut matches: Vec<Match> = note.clone().into_iter().collect();
            if self.port.affinity.is_some() {
                matches.push(Match::Recent(Recent::Set { list: chain.clone() }));
            }
            matches.push(self.protocol());
            let list = vec![
                Rule { matches: note.clone().into_iter().chain([from_itself]).collect(), target: self.mark() },
                Rule { matches, target: Target::Dnat(endpoint.at) },
            ];
            let id = self.rules.chain(Nat, chain);
            self.rules.set_by_id(id, Section::First, list);
            self.chains.insert(chain.clone());
        }
    }

    fn choose(&mut self, list: &[&Endpoint]) -> Vec<Rule> {
        let mut choices = Vec::new();
        let label = self.label.clone();
        let is_large = self.is_large;
        let note = |endpoint: &Endpoint| (!is_large).then(|| comment(format!("{label} -> {}", endpoint.at)));
        for endpoint in list {
            let Some(seconds) = self.port.affinity else { break };
            let check = Match::Recent(Recent::Check { list: endpoint.chain.clone(), seconds });
            let matches = note(endpoint).into_iter().chain([check]).collect();
            choices.push(Rule { matches, target: self.jump(&endpoint.chain) });
        }
        for (at, endpoint) in list.iter().enumerate() {
            let left = list.len() - at;
            let chance = (left > 1).then(|| Match::Statistic(Probability::one_in(left)));
            let matches = note(endpoint).into_iter().chain(chance).collect();
            choices.push(Rule { matches, target: self.jump(&endpoint.chain) });
        }
        choices
    }
}
