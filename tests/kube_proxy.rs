//! kube-proxy's rules: modes against each other, incremental against anew, and against the real tools.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
// `expect!` writes its texts like this.
#![allow(clippy::needless_raw_string_hashes)]

#[path = "kube_proxy/alone.rs"]
mod alone;
#[path = "kube_proxy/generated.rs"]
mod generated;
#[path = "kube_proxy/network.rs"]
mod network;
#[path = "kube_proxy/real_tools.rs"]
mod real_tools;
#[path = "kube_proxy/timing.rs"]
mod timing;

use generated::{Generated, kube_proxy, node_address, tell_both};
use service_playground::api::{Fields, ResourceId, Value};
use service_playground::clock::{Random, Time};
use service_playground::net::{Fate, Locals, Memory, Packet, Protocol, changes, fates};
use service_playground::proxy::Mode;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// Where a generated Service can be asked: address, protocol, port.
fn entries(service: &Value, node: IpAddr) -> Vec<(SocketAddr, Protocol)> {
    let mut found = Vec::new();
    let address = |text: &str| text.parse::<IpAddr>().ok().filter(IpAddr::is_ipv4);
    for port in service.items("spec.ports") {
        let protocol = Protocol::parse(port.text("protocol")).unwrap();
        let number = |field: &str| u16::try_from(port.int(field).unwrap_or(0)).unwrap();
        let mut addresses: Vec<IpAddr> = address(service.text("spec.clusterIP")).into_iter().collect();
        addresses.extend(service.items("spec.externalIPs").iter().filter_map(|ip| address(ip.as_str().unwrap())));
        addresses.extend(service.items("status.loadBalancer.ingress").iter().filter_map(|one| address(one.text("ip"))));
        found.extend(addresses.into_iter().map(|to| (SocketAddr::new(to, number("port")), protocol)));
        if port.int("nodePort").is_some() {
            found.push((SocketAddr::new(node, number("nodePort")), protocol));
        }
    }
    found
}

/// Who asks: a pod of the node, each endpoint on it, the node, the other node, the host outside.
fn clients(slice: &Value, node: IpAddr) -> Vec<IpAddr> {
    let mut found = vec![IpAddr::from([10, 244, 0, 9]), node, node_address(2), IpAddr::from([172, 18, 0, 100])];
    for endpoint in slice.items("endpoints").iter().filter(|one| one.text("nodeName") == "node1") {
        found.push(endpoint.items("addresses")[0].as_str().unwrap().parse().unwrap());
    }
    found
}

/// Whether the modes are known to differ.
fn may_differ(service: &Value, packet: &Packet, one: Fate, two: Fate) -> bool {
    let to = packet.to().to_string();
    let is_balancer = service.items("status.loadBalancer.ingress").iter().any(|ip| ip.text("ip") == to);
    let is_external = is_balancer || service.items("spec.externalIPs").iter().any(|ip| *ip == to.as_str());
    match (one, two) {
        // nftables looks at the source of requests before it looks for endpoints.
        (Fate::Rejected, Fate::Dropped) => is_balancer && !service.items("spec.loadBalancerSourceRanges").is_empty(),
        // iptables has no jump from OUTPUT to KUBE-EXTERNAL-SERVICES.
        (Fate::Untouched, Fate::Rejected | Fate::Dropped) => is_external && packet.from() == node_address(1),
        _ => false,
    }
}

#[test]
fn iptables_and_nftables_have_the_same_outcomes() {
    let node = node_address(1);
    let locals = Locals::new(vec![node, IpAddr::from([10, 244, 0, 1])]);
    let (mut asked, mut kinds) = (0, std::collections::BTreeSet::new());
    for seed in 0..150 {
        let mut random = Random::new(seed);
        let services: Vec<Generated> =
            (0..=random.below(4) as u8).map(|number| Generated::by_chance(&mut random, number)).collect();
        let programs = [Mode::Iptables, Mode::Nftables].map(|mode| {
            let (mut sync, mut program) = kube_proxy(mode, 1);
            services.iter().for_each(|one| tell_both(&mut sync, one));
            sync.sync(&mut program, Time::ZERO);
            program
        });
        for one in &services {
            for (to, protocol) in entries(&one.service, node) {
                for client in clients(&one.slice, node) {
                    let packet = Packet::new(protocol, SocketAddr::new(client, 40_000), to);
                    let [iptables, nftables] = [&programs[0], &programs[1]]
                        .map(|program| fates(program, &locals, packet, &Memory::default(), Time::ZERO));
                    asked += 1;
                    kinds.extend(
                        iptables.iter().map(|(fate, _)| std::mem::discriminant(fate)).map(|kind| format!("{kind:?}")),
                    );
                    let same = iptables.len() == nftables.len()
                        && iptables
                            .iter()
                            .zip(&nftables)
                            .all(|((one, likely), (two, as_likely))| one == two && (likely - as_likely).abs() < 1e-6);
                    let excused = iptables.len() == 1
                        && nftables.len() == 1
                        && may_differ(&one.service, &packet, iptables[0].0, nftables[0].0);
                    assert!(
                        same || excused,
                        "seed {seed}: {packet}\niptables {iptables:?}\nnftables {nftables:?}\n{one:#?}"
                    );
                }
            }
        }
    }
    assert!(asked > 2000 && kinds.len() >= 4, "{asked} packets met {} kinds of fates", kinds.len());
}

#[test]
fn a_program_changed_step_by_step_is_the_one_written_at_once() {
    for mode in [Mode::Iptables, Mode::Nftables, Mode::Ipvs(service_playground::net::Scheduler::Rr)] {
        let mut random = Random::new(7);
        let (mut sync, mut program) = kube_proxy(mode, 1);
        let mut there: Vec<Option<Generated>> = (0..6).map(|_| None).collect();
        for round in 0..300 {
            let number = random.below(6) as u8;
            let named = ("default".to_owned(), format!("web-{number}"));
            let next = (random.below(5) > 0).then(|| Generated::by_chance(&mut random, number));
            if let Some(generated) = &next {
                tell_both(&mut sync, generated);
            } else {
                sync.take(ResourceId::SERVICES, named.clone(), None, Time::ZERO);
                sync.take(ResourceId::ENDPOINT_SLICES, named, None, Time::ZERO);
            }
            there[usize::from(number)] = next;
            let before = program.clone();
            sync.sync(&mut program, Time::ZERO);
            let (mut anew, mut fresh) = kube_proxy(mode, 1);
            there.iter().flatten().for_each(|one| tell_both(&mut anew, one));
            anew.sync(&mut fresh, Time::ZERO);
            let left = changes(&fresh, &program);
            assert!(left.is_empty(), "{mode:?}, round {round}: {left:#?}");
            // What came and went explains the whole difference.
            let lines = changes(&before, &program);
            assert_eq!(lines.is_empty(), Arc::ptr_eq(&before, &program) || changes(&program, &before).is_empty());
        }
    }
}

#[test]
fn many_endpoints_lose_their_comments() {
    let slice = |endpoints: u32| {
        let address = |number: u32| IpAddr::from([10, 244, (number / 200) as u8, (number % 200 + 2) as u8]);
        let endpoints: Vec<Value> = (0..endpoints)
            .map(|number| service_playground::json!({"addresses": [address(number).to_string()]}))
            .collect();
        service_playground::json!({
            "metadata": {"name": "web", "namespace": "default", "labels": {"kubernetes.io/service-name": "web"}},
            "addressType": "IPv4", "ports": [{"port": 80}], "endpoints": endpoints,
        })
    };
    let service = service_playground::json!({
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {"clusterIP": "10.96.0.50", "ports": [{"port": 80}]},
    });
    let (mut sync, mut program) = kube_proxy(Mode::Iptables, 1);
    generated::tell(&mut sync, ResourceId::SERVICES, &service);
    for (endpoints, commented) in [(1000, true), (1001, false), (3, true)] {
        generated::tell(&mut sync, ResourceId::ENDPOINT_SLICES, &slice(endpoints));
        sync.sync(&mut program, Time::ZERO);
        let text = program.text(&Memory::default(), Time::ZERO);
        assert_eq!(text.contains("default/web -> 10.244.0.2:80"), commented, "{endpoints} endpoints");
        assert_eq!(text.matches("--to-destination").count(), endpoints as usize);
        assert!(text.contains("default/web cluster IP"), "the entry keeps its comment");
    }
}
