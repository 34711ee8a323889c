//! ipvs mode: a virtual server for each address and port of a Service, and the rules that masquerade.
//!
//! Models pkg/proxy/ipvs/proxier.go syncProxyRules and syncEndpoint. Where kube-proxy asks address sets (ipset) in its
//! rules, the rules here name the addresses themselves.

use super::iptables::{comment, masquerading};
use super::{Categorized, Endpoint, ServicePort, ServicePortName, Settings};
use crate::net::iptables::{CtState, Direction, Match, Rule, Ruleset, Section, TableName, Target};
use crate::net::{Cidr, Ipvs, Protocol, RealServer, Scheduler, VirtualServer};
use crate::order::SortedSet;
use std::net::{IpAddr, SocketAddr};

use TableName::{Filter, Nat};

/// The chains that service ports share.
const SHARED: [(TableName, &str); 4] =
    [(Filter, "KUBE-PROXY-FIREWALL"), (Nat, "KUBE-SERVICES"), (Nat, "KUBE-NODE-PORT"), (Nat, "KUBE-LOOP-BACK")];

/// A node without any Service.
pub(super) fn base(settings: &Settings) -> Ipvs {
    let mut rules = Ruleset::new(settings.family);
    for (table, chain) in SHARED {
        rules.chain(table, chain);
    }
    let jumps = [
        (Filter, "INPUT", "kube-proxy firewall rules", "KUBE-PROXY-FIREWALL"),
        (Filter, "FORWARD", "kubernetes forwarding rules", "KUBE-FORWARD"),
        (Filter, "OUTPUT", "kube-proxy firewall rules", "KUBE-PROXY-FIREWALL"),
        (Nat, "PREROUTING", "kubernetes service portals", "KUBE-SERVICES"),
        (Nat, "OUTPUT", "kubernetes service portals", "KUBE-SERVICES"),
        (Nat, "POSTROUTING", "kubernetes postrouting rules", "KUBE-POSTROUTING"),
    ];
    for (table, hook, note, chain) in jumps {
        let target = rules.jump(table, chain);
        rules.set(table, hook, Section::First, vec![Rule { matches: vec![comment(note)], target }]);
    }
    let forward = vec![
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
    masquerading(&mut rules, settings);
    let loop_back = rules.jump(Nat, "KUBE-LOOP-BACK");
    rules.set(Nat, "KUBE-POSTROUTING", Section::First, vec![Rule { matches: vec![], target: loop_back }]);
    let node_ports = rules.jump(Nat, "KUBE-NODE-PORT");
    let last = Rule { matches: vec![Match::Local(Direction::Destination)], target: node_ports };
    rules.set(Nat, "KUBE-SERVICES", Section::Last, vec![last]);
    Ipvs::new(rules)
}

/// What a service port has: its virtual servers and the addresses it binds.
#[derive(Clone, Debug, Default)]
pub(super) struct Written {
    servers: SortedSet<(Protocol, SocketAddr)>,
    bound: Vec<IpAddr>,
}

/// Takes everything of a service port out, but for the virtual servers of `kept`.
pub(super) fn erase(ipvs: &mut Ipvs, name: &ServicePortName, written: &Written, kept: Option<&Written>) {
    for at in &written.servers {
        if kept.is_none_or(|kept| !kept.servers.contains(at)) {
            ipvs.remove(at.0, at.1);
        }
    }
    for address in &written.bound {
        ipvs.unbind(*address);
    }
    if kept.is_none() {
        for (table, chain) in SHARED {
            ipvs.rules_mut().set(table, chain, section(name), Vec::new());
        }
    }
}

fn section(name: &ServicePortName) -> Section {
    Section::Of(name.path().into())
}

/// Writes everything of a service port.
pub(super) fn write(
    ipvs: &mut Ipvs,
    settings: &Settings,
    scheduler: Scheduler,
    name: &ServicePortName,
    port: &ServicePort,
    endpoints: &Categorized<'_>,
) -> Written {
    let mut written = Written::default();
    let real = |list: &[&Endpoint]| -> Vec<RealServer> {
        list.iter().map(|endpoint| RealServer { to: endpoint.at, weight: 1 }).collect()
    };
    // A policy Local without a local endpoint falls back to all of them: pods of the node can use those, and answers to
    // clients from outside get lost.
    let local = if endpoints.local.is_empty() { &endpoints.cluster } else { &endpoints.local };
    let external = real(if port.external_local { local } else { &endpoints.cluster });
    let internal = real(if port.internal_local { &endpoints.local } else { &endpoints.cluster });
    let mut serve = |address: IpAddr, number: u16, servers: &[RealServer], bind: bool| {
        let at = SocketAddr::new(address, number);
        ipvs.insert(VirtualServer {
            protocol: name.protocol,
            at,
            scheduler,
            persistent: port.affinity,
            servers: servers.to_vec(),
        });
        written.servers.insert((name.protocol, at));
        if bind {
            ipvs.bind(address);
            written.bound.push(address);
        }
    };
    serve(port.cluster_ip, port.port, &internal, true);
    for address in port.external_ips.iter().chain(&port.load_balancer_ips) {
        serve(*address, port.port, &external, true);
    }
    if let Some(node_port) = port.node_port {
        let addresses = settings.node_port_ips().unwrap_or_else(|| settings.addresses.clone());
        for address in addresses {
            serve(address, node_port, &external, false);
        }
    }
    rules(ipvs.rules_mut(), settings, name, port, endpoints);
    written
}

fn rules(
    rules: &mut Ruleset,
    settings: &Settings,
    name: &ServicePortName,
    port: &ServicePort,
    endpoints: &Categorized<'_>,
) {
    let label = name.to_string();
    let mark = rules.jump(Nat, "KUBE-MARK-MASQ");
    let at = |note: &str, address: IpAddr| {
        vec![
            comment(format!("{label} {note}")),
            Match::Protocol(name.protocol),
            Match::address(Direction::Destination, Cidr::of(address)),
            Match::Port(port.port),
        ]
    };
    let mut services = Vec::new();
    let mut matches = at("cluster IP + port for masquerade purpose", port.cluster_ip);
    let masquerades = settings.masquerade_all || settings.pods.is_some();
    if let Some(range) = settings.pods.filter(|_| !settings.masquerade_all) {
        matches.push(Match::Address { end: Direction::Source, range, not: true });
    }
    if masquerades {
        services.push(Rule { matches, target: mark.clone() });
    }
    for address in port.external_ips.iter().chain(&port.load_balancer_ips).filter(|_| !port.external_local) {
        services.push(Rule { matches: at("external IP for masquerade purpose", *address), target: mark.clone() });
    }
    let mut node_ports = Vec::new();
    if let Some(node_port) = port.node_port.filter(|_| !port.external_local) {
        let note = comment(format!("{label} nodeport for masquerade purpose"));
        let matches = vec![note, Match::Protocol(name.protocol), Match::Port(node_port)];
        node_ports.push(Rule { matches, target: mark });
    }
    let mut firewall = Vec::new();
    if !port.source_ranges.is_empty() {
        for address in &port.load_balancer_ips {
            for range in &port.source_ranges {
                let mut matches = at("source range", *address);
                matches.push(Match::address(Direction::Source, *range));
                firewall.push(Rule { matches, target: Target::Return });
            }
            firewall.push(Rule { matches: at("drop other sources", *address), target: Target::Drop });
        }
    }
    // A pod that reaches itself must see another client than itself.
    let mut hairpin = Vec::new();
    for endpoint in endpoints.reachable.iter().filter(|endpoint| endpoint.is_on(&settings.node)) {
        let itself = Cidr::of(endpoint.at.ip());
        let matches = vec![
            comment(format!("{label} endpoints dst ip:port, source ip for solving hairpin purpose")),
            Match::Protocol(name.protocol),
            Match::address(Direction::Source, itself),
            Match::address(Direction::Destination, itself),
            Match::Port(endpoint.at.port()),
        ];
        hairpin.push(Rule { matches, target: Target::Masquerade { random: false } });
    }
    for (table, chain, list) in [
        (Nat, "KUBE-SERVICES", services),
        (Nat, "KUBE-NODE-PORT", node_ports),
        (Nat, "KUBE-LOOP-BACK", hairpin),
        (Filter, "KUBE-PROXY-FIREWALL", firewall),
    ] {
        rules.set(table, chain, section(name), list);
    }
}
