//! kube-proxy: pkg/proxy/topology_test.go and the iptables and nftables proxiers' own tests.

#[path = "../kube_proxy/alone.rs"]
mod alone;

use crate::{table, verdict};
use alone::Alone;
use service_playground::api::Value;
use service_playground::api::{Fields, Object, ResourceId};
use service_playground::clock::Time;
use service_playground::net::{Cidr, Family, Fate, Locals, Memory, Packet, Program, Protocol, fates, parse_address};
use service_playground::order::{SortedMap, SortedSet};
use service_playground::proxy::{Endpoint, Mode, NodePortAddresses, ServicePort, Settings, categorize};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

fn texts(list: &[Value]) -> SortedSet<String> {
    list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn labels(value: &Value) -> SortedMap<String, String> {
    value.text_pairs("").map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

#[test]
fn kubeproxy_categorize_endpoints() {
    let Some(table) = table("kubeproxy_categorize_endpoints") else { return };
    let mut wrong = Vec::new();
    let rows = table.items("cases");
    for row in rows {
        // The table says of each endpoint whether it is local, and names the node only where hints need it.
        let node = Some(row.text("nodeName")).filter(|name| !name.is_empty()).unwrap_or("here");
        let endpoints: Vec<Endpoint> = row
            .items("endpoints")
            .iter()
            .map(|one| Endpoint {
                at: one.text("endpoint").parse().unwrap(),
                node: if one.is_true("isLocal") { node.into() } else { "".into() },
                chain: "".into(),
                ready: one.is_true("ready"),
                serving: one.is_true("serving"),
                terminating: one.is_true("terminating"),
                zone_hints: texts(one.items("zoneHints")),
                node_hints: texts(one.items("nodeHints")),
            })
            .collect();
        let port = ServicePort {
            cluster_ip: IpAddr::from([10, 96, 0, 1]),
            port: 80,
            node_port: row.int("service.nodePort").and_then(|port| u16::try_from(port).ok()).filter(|port| *port > 0),
            load_balancer_ips: Vec::new(),
            source_ranges: Vec::new(),
            external_ips: Vec::new(),
            affinity: None,
            internal_local: row.is_true("service.internalPolicyLocal"),
            external_local: row.is_true("service.externalPolicyLocal"),
            health_check_node_port: None,
        };
        let labels = labels(row.at("nodeLabels").unwrap());
        let same_node = row.is_true("preferSameTrafficDistribution");
        let found = categorize(&endpoints, &port, node, &labels, same_node);
        let names = |list: &[&Endpoint]| list.iter().map(|one| one.at.to_string()).collect::<SortedSet<String>>();
        let (cluster, local) = (names(&found.cluster), names(&found.local));
        let want = |field: &str| texts(row.items(&format!("expected.{field}")));
        let mut all = want("allEndpoints");
        if row.at("expected.allEndpoints").is_none_or(Value::is_null) {
            all = want("clusterEndpoints").into_iter().chain(want("localEndpoints")).collect();
        }
        let has_any = !all.is_empty() || row.is_true("expected.onlyRemoteEndpoints");
        let expected = (want("clusterEndpoints"), want("localEndpoints"), all, has_any);
        let got = (cluster, local, names(&found.reachable), found.has_any);
        if got != expected {
            wrong.push((row.text("name").to_owned(), format!("want {expected:?}\ngot  {got:?}")));
        }
    }
    verdict("kubeproxy_categorize_endpoints", rows.len(), &wrong, &[]);
}

/// A kube-proxy as a row of the tables sets it up.
fn settings(row: &Value, mode: Mode) -> Settings {
    let family = if row.text("ipFamily") == "IPv6" { Family::V6 } else { Family::V4 };
    let node_ips: Vec<IpAddr> =
        row.items("nodeIPs").iter().map(|ip| parse_address(ip.as_str().unwrap()).unwrap()).collect();
    let address = parse_address(row.text("node.ip")).unwrap();
    // Written as Go prints a list: [A B].
    let ranges: Vec<Cidr> = row
        .text("nodePortAddresses")
        .trim_matches(['[', ']'])
        .split_whitespace()
        .map(|range| Cidr::parse(range).unwrap())
        .collect();
    let pods = row.text("localDetector").strip_prefix("-s ").map(|range| Cidr::parse(range).unwrap());
    let services = if family == Family::V4 { "172.30.0.0/16" } else { "fd00:10:96::/112" };
    Settings {
        mode,
        family,
        node: row.text("node.name").to_owned(),
        address,
        addresses: if node_ips.is_empty() { vec![address] } else { node_ips },
        labels: labels(row.at("node.topologyLabels").unwrap()),
        pods,
        services: vec![Cidr::parse(services).unwrap()],
        node_port_addresses: NodePortAddresses::In(ranges),
        localhost_node_ports: row.is_true("localhostNodePorts"),
        masquerade_all: row.is_true("masqueradeAll"),
        masquerade_mark: 0x4000,
        random_fully: false,
    }
}

/// Tells `sync` the objects of a row, and that all others of `before` are gone.
fn tell(proxy: &mut Alone, row: &Value, before: &Value) {
    for (field, resource) in [("services", ResourceId::SERVICES), ("endpointSlices", ResourceId::ENDPOINT_SLICES)] {
        let named = |item: &Value| (item.text("metadata.namespace").to_owned(), item.text("metadata.name").to_owned());
        let now: SortedSet<_> = row.items(field).iter().map(named).collect();
        for gone in before.items(field).iter().map(named).filter(|name| !now.contains(name)) {
            proxy.take(resource, gone, None, Time::ZERO);
        }
        for item in row.items(field) {
            let object = Arc::new(Object::new(item.clone()).unwrap());
            proxy.take(resource, named(item), Some(object), Time::ZERO);
        }
    }
}

fn flows(name: &str, mode: Mode) {
    let Some(table) = table(name) else { return };
    let mut wrong = Vec::new();
    let mut rows = 0;
    for case in table.items("cases") {
        let settings = settings(case, mode);
        let locals = Locals::new(settings.addresses.clone());
        let (mut proxy, mut program) = Alone::new(settings);
        tell(&mut proxy, case, &Value::Null);
        proxy.sync(&mut program, Time::ZERO);
        for flow in case.items("flows") {
            rows += 1;
            let at = |ip: &str, port: u16| SocketAddr::new(parse_address(flow.text(ip)).unwrap(), port);
            let port = u16::try_from(flow.int("destPort").unwrap()).unwrap();
            let protocol = Protocol::parse(flow.text("protocol")).unwrap();
            let packet = Packet::new(protocol, at("sourceIP", 40_000), at("destIP", port));
            let fates = fates(&program, &locals, packet, &Memory::default(), Time::ZERO);
            let total: f64 = fates.iter().map(|(_, share)| share).sum();
            let outputs: SortedSet<String> = fates
                .iter()
                .map(|(fate, _)| match fate {
                    Fate::Untouched => String::new(),
                    Fate::Accepted => "ACCEPT".to_owned(),
                    Fate::Sent { to, .. } => to.to_string(),
                    Fate::Rejected => "REJECT".to_owned(),
                    Fate::Dropped => "DROP".to_owned(),
                })
                .collect();
            let masquerades: SortedSet<bool> =
                fates.iter().map(|(fate, _)| matches!(fate, Fate::Sent { masqueraded: true, .. })).collect();
            let want: SortedSet<String> = flow.text("output").split(", ").map(str::to_owned).collect();
            if outputs != want || masquerades != SortedSet::from([flow.is_true("masq")]) || (total - 1.0).abs() > 1e-6 {
                wrong.push((
                    format!("{}: {}", case.text("name"), flow.text("name")),
                    format!("want {want:?} {}\ngot  {fates:?}", flow.is_true("masq")),
                ));
            }
        }
    }
    verdict(name, rows, &wrong, &[]);
}

#[test]
fn kubeproxy_iptables_flows() {
    flows("kubeproxy_iptables_flows", Mode::Iptables);
}

#[test]
fn kubeproxy_nftables_flows() {
    flows("kubeproxy_nftables_flows", Mode::Nftables);
}

fn differing(want: &str, got: &str) -> Option<String> {
    if want == got {
        return None;
    }
    let (want, got): (Vec<&str>, Vec<&str>) = (want.lines().collect(), got.lines().collect());
    let only = |one: &[&str], two: &[&str], sign: &str| -> String {
        let lines = one.iter().filter(|line| !two.contains(line));
        lines.fold(String::new(), |text, line| text + sign + " " + line + "\n")
    };
    Some(format!("{}{}(or in another order)", only(&want, &got, "-"), only(&got, &want, "+")))
}

#[test]
fn kubeproxy_iptables_rules() {
    let Some(table) = table("kubeproxy_iptables_rules") else { return };
    let mut wrong = Vec::new();
    let rows = table.items("cases");
    let mut before: Option<(Alone, Arc<Program>, &Value)> = None;
    for row in rows {
        // Rows of one test follow each other on the same kube-proxy.
        let follows = row.text("name").contains("Repeated/");
        let (mut proxy, mut program, told) = before.take().filter(|_| follows).unwrap_or_else(|| {
            let (proxy, program) = Alone::new(settings(row, Mode::Iptables));
            (proxy, program, &Value::Null)
        });
        tell(&mut proxy, row, told);
        proxy.sync(&mut program, Time::ZERO);
        let text = proxy.sync.restore_text(&program).unwrap();
        if let Some(difference) = differing(row.text("rules").trim_end(), text.trim_end()) {
            wrong.push((row.text("name").to_owned(), difference));
        }
        before = Some((proxy, program, row));
    }
    let listed = [(
        "TestSyncProxyRulesRepeated/9",
        "the sync before it is made to fail there, so kube-proxy writes everything again; ours never fails",
    )];
    verdict("kubeproxy_iptables_rules", rows.len(), &wrong, &listed);
}

#[test]
fn kubeproxy_nftables_rules() {
    let Some(table) = table("kubeproxy_nftables_rules") else { return };
    let mut wrong = Vec::new();
    let rows = table.items("cases");
    let mut before: Option<(Alone, Arc<Program>, &Value)> = None;
    for row in rows {
        let follows = row.text("name").contains("Repeated/");
        let (mut proxy, mut program, told) = before.take().filter(|_| follows).unwrap_or_else(|| {
            let (proxy, program) = Alone::new(settings(row, Mode::Nftables));
            (proxy, program, &Value::Null)
        });
        tell(&mut proxy, row, told);
        proxy.sync(&mut program, Time::ZERO);
        let Program::Nftables(rules) = &*program else { panic!("another kind of program") };
        if let Some(difference) = differing(row.text("rules").trim_end(), rules.transaction().trim_end()) {
            wrong.push((row.text("name").to_owned(), difference));
        }
        before = Some((proxy, program, row));
    }
    let emptied = "chains that are no longer needed stay there empty until a later sync; ours are absent at once";
    let listed = [("TestSyncProxyRulesRepeated/3", emptied), ("TestSyncProxyRulesRepeated/9", emptied)];
    verdict("kubeproxy_nftables_rules", rows.len(), &wrong, &listed);
}
