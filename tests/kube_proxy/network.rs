//! Requests through whole nodes: where they end, and what the pods see.

use super::alone::Alone;
use super::generated::{kube_proxy, node_address, tell};
use expect_test::{Expect, expect};
use service_playground::api::ResourceId;
use service_playground::api::{Value, json};
use service_playground::clock::{Random, Time};
use service_playground::net::{
    Cidr, Client, Delivery, Memory, Network, Node, Outcome, Place, Protocol, Request, Scheduler, Sockets, Step, Trace,
    WhyLost, WhyRefused,
};
use service_playground::proxy::Mode;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// Pods a and b serve on node1, pod c on node2; pod x asks on node1, y on node2. Processes are numbered like this.
const PODS: [(&str, [u8; 4], u16); 5] = [
    ("a", [10, 244, 0, 10], 0),
    ("b", [10, 244, 0, 11], 0),
    ("c", [10, 244, 1, 10], 1),
    ("x", [10, 244, 0, 20], 0),
    ("y", [10, 244, 1, 20], 1),
];

struct World {
    network: Network,
    proxies: Vec<Alone>,
    sockets: Sockets,
    random: Random,
    now: Time,
    next_port: u16,
}

fn service(changes: &Value) -> Value {
    let mut spec = json!({"clusterIP": "10.96.0.50", "ports": [{"port": 80}]});
    for (key, value) in changes.as_object().unwrap() {
        spec[&**key] = value.clone();
    }
    json!({"metadata": {"name": "web", "namespace": "default"}, "spec": spec})
}

fn slice(pods: &[&str], protocol: &str) -> Value {
    let endpoint = |name: &&str| {
        let (_, address, node) = PODS.iter().find(|(pod, ..)| pod == name).unwrap();
        json!({"addresses": [IpAddr::from(*address).to_string()], "nodeName": format!("node{}", node + 1)})
    };
    json!({
        "metadata": {"name": "web-1", "namespace": "default", "labels": {"kubernetes.io/service-name": "web"}},
        "addressType": "IPv4", "ports": [{"port": 8080, "protocol": protocol}],
        "endpoints": pods.iter().map(endpoint).collect::<Vec<_>>(),
    })
}

impl World {
    fn new(modes: [Mode; 2]) -> World {
        let mut nodes = Vec::new();
        let mut proxies = Vec::new();
        for (mode, number) in modes.into_iter().zip(1..) {
            let (proxy, program) = kube_proxy(mode, number);
            let cidr = Cidr::parse(&format!("10.244.{}.0/24", number - 1)).unwrap();
            nodes.push(Node::new(&format!("node{number}"), node_address(number), cidr, program));
            proxies.push(proxy);
        }
        let mut sockets = Sockets::default();
        for (place, (_, address, node)) in PODS.iter().enumerate() {
            sockets.add_pod(IpAddr::from(*address), *node);
            if place < 3 {
                for protocol in [Protocol::Tcp, Protocol::Udp] {
                    sockets.listen(protocol, SocketAddr::from((*address, 8080)), place as u32);
                }
            }
        }
        let network =
            Network { nodes, pods: Cidr::parse("10.244.0.0/16").unwrap(), outside: IpAddr::from([172, 18, 0, 100]) };
        World { network, proxies, sockets, random: Random::new(3), now: Time::ZERO, next_port: 40_000 }
    }

    /// node1 in iptables mode, node2 in nftables mode.
    fn mixed() -> World {
        World::new([Mode::Iptables, Mode::Nftables])
    }

    fn tell(&mut self, service: &Value, slice: &Value) -> &mut World {
        for (proxy, node) in self.proxies.iter_mut().zip(&mut self.network.nodes) {
            tell(proxy, ResourceId::SERVICES, service);
            tell(proxy, ResourceId::ENDPOINT_SLICES, slice);
            proxy.sync(&mut node.program, self.now);
            node.program.forget_unnamed(&mut node.memory);
            node.conntrack.flush(|entry| proxy.sync.is_stale(entry));
        }
        self
    }

    fn client(name: &str) -> Client {
        match name {
            "outside" => Client::Outside,
            "node1" => Client::Node(0),
            "node2" => Client::Node(1),
            pod => Client::Pod(IpAddr::from(PODS.iter().find(|(name, ..)| *name == pod).unwrap().1)),
        }
    }

    fn request(&mut self, from: &str, protocol: Protocol, to: &str, port: Option<u16>) -> Request {
        self.next_port += 1;
        let source_port = port.unwrap_or(self.next_port);
        let to = to.parse().unwrap();
        Request { client: World::client(from), protocol, to, source_port, patience: Duration::from_secs(2) }
    }

    fn send(&mut self, request: &Request, trace: Option<&mut Trace>) -> Delivery {
        self.network.send(request, &self.sockets, &mut self.random, self.now, trace)
    }

    /// What comes of 20 requests: who answered which client, or how they failed.
    fn ask(&mut self, from: &str, to: &str) -> String {
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        for _ in 0..20 {
            let request = self.request(from, Protocol::Tcp, to, None);
            let delivery = self.send(&request, None);
            *counts.entry(told(&delivery.outcome)).or_default() += 1;
        }
        counts.into_keys().collect::<Vec<_>>().join(", ")
    }
}

fn told(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Answered { process, client, .. } => {
            let who = process.map_or("the kernel", |number| PODS[number as usize].0);
            format!("{who} sees {}", client.ip())
        }
        Outcome::Refused(WhyRefused::Rejected(node)) => format!("refused by node{}", node + 1),
        Outcome::Refused(WhyRefused::NothingListens(at)) => format!("nothing listens at {at}"),
        Outcome::Refused(WhyRefused::NotPermitted(node)) => format!("not let out by node{}", node + 1),
        Outcome::TimedOut(WhyLost::Dropped(node)) => format!("dropped by node{}", node + 1),
        Outcome::TimedOut(WhyLost::NobodyThere(address)) => format!("nobody at {address}"),
        Outcome::TimedOut(WhyLost::FromItself) => "lost: it seems to come from the pod itself".to_owned(),
        Outcome::TimedOut(WhyLost::NoWayBack(node)) => format!("lost: the answer does not pass node{}", node + 1),
    }
}

fn check(world: &mut World, questions: &[(&str, &str)], expect: &Expect) {
    let mut text = String::new();
    for (from, to) in questions {
        writeln!(text, "{from} -> {to}: {}", world.ask(from, to)).unwrap();
    }
    expect.assert_eq(&text);
}

#[test]
fn clients_are_seen_as_the_recordings_say() {
    let mut world = World::mixed();
    world.tell(
        &service(&json!({"type": "NodePort", "ports": [{"port": 80, "nodePort": 30080}]})),
        &slice(&["a", "c"], "TCP"),
    );
    check(
        &mut world,
        &[
            ("x", "10.96.0.50:80"),
            ("y", "10.96.0.50:80"),
            ("a", "10.96.0.50:80"),
            ("c", "10.96.0.50:80"),
            ("node1", "10.96.0.50:80"),
            ("node2", "10.96.0.50:80"),
            ("outside", "10.96.0.50:80"),
            ("outside", "172.18.0.11:30080"),
            ("outside", "172.18.0.12:30080"),
            ("x", "172.18.0.12:30080"),
            ("y", "172.18.0.12:30080"),
            ("node1", "127.0.0.1:30080"),
            ("node2", "127.0.0.1:30080"),
            ("x", "10.244.0.1:30080"),
            ("y", "10.244.1.1:30080"),
            ("x", "10.96.0.50:81"),
            ("y", "10.96.0.50:81"),
            ("x", "10.96.0.99:80"),
            ("y", "10.96.0.99:80"),
            ("x", "10.244.1.10:8080"),
            ("node1", "10.244.0.10:8080"),
            ("x", "10.244.1.10:9"),
            ("x", "10.244.1.77:80"),
            ("a", "127.0.0.1:8080"),
            ("outside", "10.244.0.10:8080"),
            ("node1", "172.18.0.100:80"),
            ("node1", "172.18.0.77:80"),
        ],
        &expect![[r#"
            x -> 10.96.0.50:80: a sees 10.244.0.20, c sees 10.244.0.20
            y -> 10.96.0.50:80: a sees 10.244.1.20, c sees 10.244.1.20
            a -> 10.96.0.50:80: a sees 10.244.0.1, c sees 10.244.0.10
            c -> 10.96.0.50:80: a sees 10.244.1.10, c sees 10.244.1.1
            node1 -> 10.96.0.50:80: a sees 10.244.0.1, c sees 172.18.0.11
            node2 -> 10.96.0.50:80: a sees 172.18.0.12, c sees 10.244.1.1
            outside -> 10.96.0.50:80: nobody at 10.96.0.50
            outside -> 172.18.0.11:30080: a sees 10.244.0.1, c sees 172.18.0.11
            outside -> 172.18.0.12:30080: a sees 172.18.0.12, c sees 10.244.1.1
            x -> 172.18.0.12:30080: a sees 172.18.0.12, c sees 10.244.1.1
            y -> 172.18.0.12:30080: a sees 172.18.0.12, c sees 10.244.1.1
            node1 -> 127.0.0.1:30080: a sees 10.244.0.1, c sees 172.18.0.11
            node2 -> 127.0.0.1:30080: nothing listens at 172.18.0.12:30080
            x -> 10.244.0.1:30080: a sees 10.244.0.1, c sees 172.18.0.11
            y -> 10.244.1.1:30080: nothing listens at 172.18.0.12:30080
            x -> 10.96.0.50:81: nobody at 10.96.0.50
            y -> 10.96.0.50:81: refused by node2
            x -> 10.96.0.99:80: nobody at 10.96.0.99
            y -> 10.96.0.99:80: dropped by node2
            x -> 10.244.1.10:8080: c sees 10.244.0.20
            node1 -> 10.244.0.10:8080: a sees 10.244.0.1
            x -> 10.244.1.10:9: nothing listens at 10.244.1.10:9
            x -> 10.244.1.77:80: nobody at 10.244.1.77
            a -> 127.0.0.1:8080: a sees 127.0.0.1
            outside -> 10.244.0.10:8080: nobody at 10.244.0.10
            node1 -> 172.18.0.100:80: nothing listens at 172.18.0.100:80
            node1 -> 172.18.0.77:80: nobody at 172.18.0.77
        "#]],
    );
}

#[test]
fn policy_local_keeps_the_client_and_the_node() {
    let mut world = World::mixed();
    let local =
        json!({"type": "NodePort", "externalTrafficPolicy": "Local", "ports": [{"port": 80, "nodePort": 30080}]});
    world.tell(&service(&local), &slice(&["a", "b"], "TCP"));
    check(
        &mut world,
        &[
            ("outside", "172.18.0.11:30080"),
            ("outside", "172.18.0.12:30080"),
            ("y", "172.18.0.12:30080"),
            ("y", "172.18.0.11:30080"),
            ("x", "172.18.0.12:30080"),
            ("node2", "172.18.0.12:30080"),
        ],
        &expect![[r#"
            outside -> 172.18.0.11:30080: a sees 172.18.0.100, b sees 172.18.0.100
            outside -> 172.18.0.12:30080: dropped by node2
            y -> 172.18.0.12:30080: a sees 10.244.1.20, b sees 10.244.1.20
            y -> 172.18.0.11:30080: a sees 172.18.0.12, b sees 172.18.0.12
            x -> 172.18.0.12:30080: dropped by node2
            node2 -> 172.18.0.12:30080: a sees 172.18.0.12, b sees 172.18.0.12
        "#]],
    );
}

#[test]
fn ipvs_has_a_real_round_robin_and_answers_pings() {
    let mut world = World::new([Mode::Ipvs(Scheduler::Rr), Mode::Ipvs(Scheduler::Lc)]);
    let node_port = json!({"type": "NodePort", "ports": [{"port": 80, "nodePort": 30080}]});
    world.tell(&service(&node_port), &slice(&["a", "b", "c"], "TCP"));
    let order: Vec<String> = (0..7)
        .map(|_| {
            let request = world.request("x", Protocol::Tcp, "10.96.0.50:80", None);
            told(&world.send(&request, None).outcome)[..1].to_owned()
        })
        .collect();
    assert_eq!(order.concat(), "abcabca");
    check(
        &mut world,
        &[
            ("x", "10.96.0.50:80"),
            ("a", "10.96.0.50:80"),
            ("node1", "10.96.0.50:80"),
            ("outside", "172.18.0.11:30080"),
            ("x", "10.96.0.50:81"),
        ],
        &expect![[r#"
            x -> 10.96.0.50:80: a sees 10.244.0.20, b sees 10.244.0.20, c sees 10.244.0.20
            a -> 10.96.0.50:80: a sees 10.244.0.1, b sees 10.244.0.10, c sees 10.244.0.10
            node1 -> 10.96.0.50:80: a sees 10.244.0.1, b sees 10.244.0.1, c sees 172.18.0.11
            outside -> 172.18.0.11:30080: a sees 10.244.0.1, b sees 10.244.0.1, c sees 172.18.0.11
            x -> 10.96.0.50:81: nothing listens at 172.18.0.11:81
        "#]],
    );
    let ping = world.request("x", Protocol::Icmp, "10.96.0.50:0", None);
    assert_eq!(told(&world.send(&ping, None).outcome), "the kernel sees 10.244.0.20");
    expect![[r#"
        IP Virtual Server version 1.2.1 (size=4096)
        Prot LocalAddress:Port Scheduler Flags
          -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
        TCP  10.96.0.50:80 rr
          -> 10.244.0.10:8080             Masq    1      0          0         
          -> 10.244.0.11:8080             Masq    1      0          0         
          -> 10.244.1.10:8080             Masq    1      0          0         
        TCP  172.18.0.11:30080 rr
          -> 10.244.0.10:8080             Masq    1      0          0         
          -> 10.244.0.11:8080             Masq    1      0          0         
          -> 10.244.1.10:8080             Masq    1      0          0         
    "#]]
    .assert_eq(&world.network.nodes[0].program.text(&Memory::default(), Time::ZERO));
    // Least connections: an open one weighs more than many that were closed.
    let mut kept = Vec::new();
    for _ in 0..2 {
        let request = world.request("y", Protocol::Tcp, "10.96.0.50:80", None);
        let delivery = world.send(&request, None);
        world.network.keep(&delivery, world.now);
        kept.push(told(&delivery.outcome));
    }
    assert_eq!(kept, ["a sees 10.244.1.20", "b sees 10.244.1.20"]);
    assert_eq!(world.ask("y", "10.96.0.50:80"), "c sees 10.244.1.20");
    // Without endpoints the virtual server refuses; under policy Local strangers get no answer.
    world.tell(&service(&json!({})), &slice(&[], "TCP"));
    check(
        &mut world,
        &[("x", "10.96.0.50:80")],
        &expect![[r#"
        x -> 10.96.0.50:80: refused by node1
    "#]],
    );
    let local =
        json!({"type": "NodePort", "externalTrafficPolicy": "Local", "ports": [{"port": 80, "nodePort": 30080}]});
    world.tell(&service(&local), &slice(&["c"], "TCP"));
    check(
        &mut world,
        &[("outside", "172.18.0.11:30080"), ("outside", "172.18.0.12:30080")],
        &expect![[r#"
        outside -> 172.18.0.11:30080: lost: the answer does not pass node1
        outside -> 172.18.0.12:30080: c sees 172.18.0.100
    "#]],
    );
}

#[test]
fn clients_stay_with_their_endpoint_for_as_long_as_the_service_says() {
    for mode in [Mode::Iptables, Mode::Nftables, Mode::Ipvs(Scheduler::Rr)] {
        let mut world = World::new([mode, mode]);
        let sticky = json!({
            "sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 600}},
        });
        world.tell(&service(&sticky), &slice(&["a", "b", "c"], "TCP"));
        let first = world.ask("x", "10.96.0.50:80");
        assert!(!first.contains(','), "{mode:?}: {first}");
        for _ in 0..8 {
            world.now = world.now + Duration::from_secs(590);
            assert_eq!(world.ask("x", "10.96.0.50:80"), first, "{mode:?}: each request renews it");
        }
        // What is left of the endpoints takes the client over at once.
        let left: Vec<&str> = ["a", "b", "c"].into_iter().filter(|pod| !first.starts_with(pod)).collect();
        world.tell(&service(&sticky), &slice(&left, "TCP"));
        let second = world.ask("x", "10.96.0.50:80");
        assert!(!second.contains(',') && second != first, "{mode:?}: {second}");
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..30 {
            world.now = world.now + Duration::from_secs(601);
            seen.insert(world.ask("x", "10.96.0.50:80"));
        }
        assert_eq!(seen.len(), 2, "{mode:?}: after the time it is drawn anew");
    }
}

#[test]
fn connections_outlive_rules_and_stale_udp_entries_do_not() {
    let mut world = World::mixed();
    world.tell(&service(&json!({})), &slice(&["a"], "TCP"));
    let request = world.request("x", Protocol::Tcp, "10.96.0.50:80", Some(50_000));
    let delivery = world.send(&request, None);
    world.network.keep(&delivery, world.now);
    world.tell(&service(&json!({})), &slice(&["c"], "TCP"));
    assert_eq!(told(&world.send(&request, None).outcome), "a sees 10.244.0.20", "the connection stays where it is");
    assert_eq!(world.ask("x", "10.96.0.50:80"), "c sees 10.244.0.20");
    world.network.close(&delivery, world.now);
    assert_eq!(told(&world.send(&request, None).outcome), "c sees 10.244.0.20");

    let udp = json!({"ports": [{"port": 80, "protocol": "UDP"}]});
    world.tell(&service(&udp), &slice(&["a"], "UDP"));
    let request = world.request("x", Protocol::Udp, "10.96.0.50:80", Some(50_000));
    let delivery = world.send(&request, None);
    world.network.keep(&delivery, world.now);
    assert_eq!(world.network.nodes[0].conntrack.iter().count(), 1);
    world.tell(&service(&udp), &slice(&["c"], "UDP"));
    assert_eq!(world.network.nodes[0].conntrack.iter().count(), 0, "kube-proxy deletes the entry");
    assert_eq!(told(&world.send(&request, None).outcome), "c sees 10.244.0.20");
}

#[test]
fn a_pod_that_no_hairpin_set_knows_does_not_reach_itself() {
    let mut world = World::mixed();
    let mut by_hand = slice(&["a"], "TCP");
    by_hand["endpoints"] = json!([{"addresses": ["10.244.1.10"]}]);
    world.tell(&service(&json!({})), &by_hand);
    check(
        &mut world,
        &[("c", "10.96.0.50:80"), ("y", "10.96.0.50:80")],
        &expect![[r#"
        c -> 10.96.0.50:80: lost: it seems to come from the pod itself
        y -> 10.96.0.50:80: c sees 10.244.1.20
    "#]],
    );
}

#[test]
fn a_node_is_told_that_its_datagrams_may_not_leave() {
    let udp = |changes: &Value| {
        let mut service = service(changes);
        service["spec"]["ports"][0]["protocol"] = json!("UDP");
        service
    };
    let local = json!({"internalTrafficPolicy": "Local"});
    let mut text = String::new();
    for (what, service, slice) in [
        ("no endpoints", udp(&json!({})), slice(&[], "UDP")),
        ("no local ones", udp(&local), slice(&["c"], "UDP")),
        ("nor here", udp(&local), slice(&["a"], "UDP")),
    ] {
        let mut world = World::mixed();
        world.tell(&service, &slice);
        for from in ["node1", "node2", "x", "y"] {
            let request = world.request(from, Protocol::Udp, "10.96.0.50:80", None);
            let delivery = world.send(&request, None);
            let took = if delivery.took == request.patience { "waits" } else { "at once" };
            writeln!(text, "{what}: {from}: {} ({took})", told(&delivery.outcome)).unwrap();
        }
    }
    expect![[r"
        no endpoints: node1: not let out by node1 (at once)
        no endpoints: node2: not let out by node2 (at once)
        no endpoints: x: refused by node1 (at once)
        no endpoints: y: refused by node2 (at once)
        no local ones: node1: not let out by node1 (at once)
        no local ones: node2: c sees 10.244.1.1 (at once)
        no local ones: x: dropped by node1 (waits)
        no local ones: y: c sees 10.244.1.20 (at once)
        nor here: node1: a sees 10.244.0.1 (at once)
        nor here: node2: not let out by node2 (at once)
        nor here: x: a sees 10.244.0.20 (at once)
        nor here: y: dropped by node2 (waits)
    "]]
    .assert_eq(&text);
}

/// The steps of one request, a line each.
fn steps(trace: &Trace) -> String {
    let mut text = String::new();
    let place = |place: &Place| match place {
        Place::Pod(address) => format!("pod {address}"),
        Place::Node(node) => format!("node{}", node + 1),
        Place::Outside => "outside".to_owned(),
    };
    for step in trace {
        let line = match step {
            Step::At { place: at, packet } => format!("at {}: {packet}", place(at)),
            Step::Hook(hook) => format!("  {}", hook.name()),
            Step::Chain { table, chain } => format!("    {table} {chain}"),
            Step::Rule { rule, failed: None, draw, .. } => {
                format!("      yes {}{}", rule.text(), draw.map_or(String::new(), |draw| format!(" {draw:?}")))
            }
            Step::Rule { rule, failed: Some(at), draw, .. } => {
                format!("      no  {}{}", rule.condition(*at), draw.map_or(String::new(), |draw| format!(" {draw:?}")))
            }
            Step::Route { to } => format!("  route to {}", place(to)),
            Step::Back { place: at, before, after } => format!("back at {}: {before} becomes {after}", place(at)),
            other => format!("      {other:?}"),
        };
        writeln!(text, "{line}").unwrap();
    }
    text
}

#[test]
fn the_whole_way_of_a_request_is_told() {
    let mut world = World::mixed();
    world.tell(&service(&json!({})), &slice(&["a", "c"], "TCP"));
    let mut trace = Trace::new();
    let request = world.request("x", Protocol::Tcp, "10.96.0.50:80", Some(40_000));
    let delivery = world.send(&request, Some(&mut trace));
    expect![[r#"
        at pod 10.244.0.20: tcp 10.244.0.20:40000 -> 10.96.0.50:80
        at node1: tcp 10.244.0.20:40000 -> 10.96.0.50:80
          prerouting
            nat PREROUTING
              yes -A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
            nat KUBE-SERVICES
              yes -A KUBE-SERVICES -d 10.96.0.50/32 -p tcp -m comment --comment "default/web cluster IP" -m tcp --dport 80 -j KUBE-SVC-LOLE4ISW44XBNF3G
            nat KUBE-SVC-LOLE4ISW44XBNF3G
              no  ! -s 10.244.0.0/16
              no  -m statistic --mode random --probability 0.50000000000 Below { drawn: 1170342731, threshold: 1073741824 }
              yes -A KUBE-SVC-LOLE4ISW44XBNF3G -m comment --comment "default/web -> 10.244.1.10:8080" -j KUBE-SEP-BSJG54EXAHTH4INO
            nat KUBE-SEP-BSJG54EXAHTH4INO
              no  -s 10.244.1.10/32
              yes -A KUBE-SEP-BSJG54EXAHTH4INO -p tcp -m comment --comment "default/web" -m tcp -j DNAT --to-destination 10.244.1.10:8080
              Dnat { before: 10.96.0.50:80, after: 10.244.1.10:8080 }
          forward
            filter FORWARD
              yes -A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL
              yes -A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD
            filter KUBE-FORWARD
              no  -m conntrack --ctstate INVALID
              no  -m mark --mark 0x4000/0x4000
              no  -m conntrack --ctstate RELATED,ESTABLISHED
              Return
              yes -A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
              yes -A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES
              Return
          postrouting
            nat POSTROUTING
              yes -A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
            nat KUBE-POSTROUTING
              yes -A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
              Return
              Return
          route to node2
        at node2: tcp 10.244.0.20:40000 -> 10.244.1.10:8080
          prerouting
            kube-proxy filter-prerouting-pre-dnat
              yes ct state new jump firewall-check
            kube-proxy firewall-check
              yes ip daddr . meta l4proto . th dport vmap @firewall-ips
              Lookup { map: "firewall-ips", key: "10.244.1.10 . tcp . 8080", found: None }
              Return
              Return
            kube-proxy nat-prerouting
              yes jump services
            kube-proxy services
              no  ip daddr @cluster-ips
              yes ip daddr . meta l4proto . th dport vmap @service-ips
              Lookup { map: "service-ips", key: "10.244.1.10 . tcp . 8080", found: None }
              no  ip daddr @nodeport-ips
              Return
              Return
          forward
            kube-proxy filter-forward
              yes ct state new jump service-endpoints-check
            kube-proxy service-endpoints-check
              yes ip daddr . meta l4proto . th dport vmap @no-endpoint-services
              Lookup { map: "no-endpoint-services", key: "10.244.1.10 . tcp . 8080", found: None }
              Return
              yes ct state new jump cluster-ips-check
            kube-proxy cluster-ips-check
              no  ip daddr @cluster-ips
              no  ip daddr 10.96.0.0/12
              Return
              Return
          postrouting
            kube-proxy nat-postrouting
              yes jump masquerading
            kube-proxy masquerading
              no  meta mark & 0x00004000 != 0x00000000
              no  ct status dnat
              Return
              Return
          route to pod 10.244.1.10
        at pod 10.244.1.10: tcp 10.244.0.20:40000 -> 10.244.1.10:8080
              Delivered { at: 10.244.1.10:8080, client: 10.244.0.20:40000 }
        back at node2: tcp 10.244.1.10:8080 -> 10.244.0.20:40000 becomes tcp 10.244.1.10:8080 -> 10.244.0.20:40000
        back at node1: tcp 10.244.1.10:8080 -> 10.244.0.20:40000 becomes tcp 10.96.0.50:80 -> 10.244.0.20:40000
    "#]].assert_eq(&steps(&trace));
    assert!(delivery.took > Duration::ZERO && delivery.took < Duration::from_millis(5));
    let mut trace = Trace::new();
    let request = world.request("y", Protocol::Tcp, "10.96.0.50:80", Some(40_000));
    world.send(&request, Some(&mut trace));
    expect![[r#"
        at pod 10.244.1.20: tcp 10.244.1.20:40000 -> 10.96.0.50:80
        at node2: tcp 10.244.1.20:40000 -> 10.96.0.50:80
          prerouting
            kube-proxy filter-prerouting-pre-dnat
              yes ct state new jump firewall-check
            kube-proxy firewall-check
              yes ip daddr . meta l4proto . th dport vmap @firewall-ips
              Lookup { map: "firewall-ips", key: "10.96.0.50 . tcp . 80", found: None }
              Return
              Return
            kube-proxy nat-prerouting
              yes jump services
            kube-proxy services
              no  ip saddr != 10.244.0.0/16
              yes ip daddr . meta l4proto . th dport vmap @service-ips
              Lookup { map: "service-ips", key: "10.96.0.50 . tcp . 80", found: Some("goto service-PFISGYVC-default/web/tcp/") }
            kube-proxy service-PFISGYVC-default/web/tcp/
              yes meta l4proto tcp dnat ip to numgen random mod 2 map { 0 : 10.244.0.10 . 8080, 1 : 10.244.1.10 . 8080 } Pick { drawn: 0, of: 2 }
              Dnat { before: 10.96.0.50:80, after: 10.244.0.10:8080 }
          forward
            kube-proxy filter-forward
              yes ct state new jump service-endpoints-check
            kube-proxy service-endpoints-check
              yes ip daddr . meta l4proto . th dport vmap @no-endpoint-services
              Lookup { map: "no-endpoint-services", key: "10.244.0.10 . tcp . 8080", found: None }
              Return
              yes ct state new jump cluster-ips-check
            kube-proxy cluster-ips-check
              no  ip daddr @cluster-ips
              no  ip daddr 10.96.0.0/12
              Return
              Return
          postrouting
            kube-proxy nat-postrouting
              yes jump masquerading
            kube-proxy masquerading
              no  meta mark & 0x00004000 != 0x00000000
              no  ip saddr . ip daddr . meta l4proto . th dport @hairpin-connections
              Return
              Return
          route to node1
        at node1: tcp 10.244.1.20:40000 -> 10.244.0.10:8080
          prerouting
            nat PREROUTING
              yes -A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
            nat KUBE-SERVICES
              no  -d 10.96.0.50/32
              no  -m addrtype --dst-type LOCAL
              Return
              Return
          forward
            filter FORWARD
              yes -A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL
              yes -A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD
            filter KUBE-FORWARD
              no  -m conntrack --ctstate INVALID
              no  -m mark --mark 0x4000/0x4000
              no  -m conntrack --ctstate RELATED,ESTABLISHED
              Return
              yes -A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
              yes -A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES
              Return
          postrouting
            nat POSTROUTING
              yes -A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
            nat KUBE-POSTROUTING
              yes -A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
              Return
              Return
          route to pod 10.244.0.10
        at pod 10.244.0.10: tcp 10.244.1.20:40000 -> 10.244.0.10:8080
              Delivered { at: 10.244.0.10:8080, client: 10.244.1.20:40000 }
        back at node1: tcp 10.244.0.10:8080 -> 10.244.1.20:40000 becomes tcp 10.244.0.10:8080 -> 10.244.1.20:40000
        back at node2: tcp 10.244.0.10:8080 -> 10.244.1.20:40000 becomes tcp 10.96.0.50:80 -> 10.244.1.20:40000
    "#]].assert_eq(&steps(&trace));
}
