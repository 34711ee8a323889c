//! How fast the engine is, natively: `cargo xtask bench [words of a name]`.
//!
//! Each line is the median of its rounds, with the fastest and the slowest. Nothing fails when it is slow: timings belong to a
//! machine. What is expected on an ordinary one stands beside each measure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "engine/dataplane.rs"]
mod dataplane;
#[path = "engine/requests.rs"]
mod requests;

use dataplane::{a_million_requests, one_endpoint_among_a_thousand_services};
use service_playground::api::{Fields, ResourceId};
use service_playground::api::{Value, json};
use service_playground::apiserver::{Patch, Request, Verb};
use service_playground::clock::Component;
use service_playground::cluster::{Cluster, NodeSettings, ProxyMode, Settings};
use service_playground::net::Scheduler;
use service_playground::proxy::Mode;
use service_playground::store::Key;
use std::time::{Duration, Instant};

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let wanted = |name: &str| words.iter().all(|word| name.contains(word.as_str()));
    for (name, expected, rounds) in MEASURES {
        if wanted(name) {
            let mut times = rounds();
            times.sort();
            let (median, least, most) = (times[times.len() / 2], times[0], times[times.len() - 1]);
            println!("{name:<66} {median:>10.2?} ({least:.2?} - {most:.2?})   expected: {expected}");
        }
    }
}

/// A name, what is expected, and the rounds' times.
type Measure = (&'static str, &'static str, fn() -> Vec<Duration>);

const MEASURES: &[Measure] = &[
    ("settle 1,000 pods of one ReplicaSet with a Service", "under 250 ms", settle_a_thousand_pods),
    ("one label change among 5,000 pods under 500 Services", "under 5 ms", change_one_label),
    ("1,000,000 requests to 10 endpoints, iptables", "under 1 s", || a_million_requests(Mode::Iptables)),
    ("1,000,000 requests to 10 endpoints, nftables", "under 1 s", || a_million_requests(Mode::Nftables)),
    ("1,000,000 requests to 10 endpoints, ipvs", "under 1 s", || a_million_requests(Mode::Ipvs(Scheduler::Rr))),
    ("one endpoint among 1,000 Services, iptables", "under 200 us", || {
        one_endpoint_among_a_thousand_services(Mode::Iptables)
    }),
    ("one endpoint among 1,000 Services, nftables", "under 200 us", || {
        one_endpoint_among_a_thousand_services(Mode::Nftables)
    }),
];

fn settle_a_thousand_pods() -> Vec<Duration> {
    // The clusters live on: tidying the memory of the one before is no part of a round.
    let mut clusters = Vec::new();
    (0..5)
        .map(|_| {
            let mut cluster = cluster_of(20);
            let start = Instant::now();
            create(&mut cluster, ResourceId::SERVICES, service("web"));
            create(&mut cluster, ResourceId::REPLICA_SETS, replica_set("web", 1000));
            settle(&mut cluster);
            let time = start.elapsed();
            assert_eq!(addresses(&cluster, "web"), 1000, "the Service has found all pods");
            clusters.push(cluster);
            time
        })
        .collect()
}

fn change_one_label() -> Vec<Duration> {
    let mut cluster = cluster_of(60);
    for number in 0..500 {
        let name = format!("web-{number}");
        create(&mut cluster, ResourceId::SERVICES, service(&name));
        create(&mut cluster, ResourceId::REPLICA_SETS, replica_set(&name, 10));
    }
    settle(&mut cluster);
    assert_eq!(addresses(&cluster, "web-7"), 10, "each Service has found its pods");
    let pods = cluster.store().list(ResourceId::PODS, Some("default"));
    let pods: Vec<Key> = pods.map(|pod| Key::of(ResourceId::PODS, pod)).collect();
    pods.into_iter()
        .step_by(211)
        .map(|pod| {
            let start = Instant::now();
            let patch = json!({"metadata": {"labels": {"app": "taken-out"}}});
            ask(&mut cluster, &Request::new(pod, Verb::Patch(Patch::Merge(patch))));
            settle(&mut cluster);
            start.elapsed()
        })
        .collect()
}

/// A bare cluster of that many nodes, so that all pods find a place.
fn cluster_of(nodes: u8) -> Cluster {
    let nodes = (1..=nodes).map(|number| NodeSettings {
        name: format!("node{number}"),
        address: format!("172.18.0.{}", 10 + number),
        pod_cidr: format!("10.244.{}.0/24", number - 1),
        mode: ProxyMode::Iptables,
    });
    let mut cluster = Cluster::new(Settings { nodes: nodes.collect(), ..Settings::recorded(1) });
    settle(&mut cluster);
    cluster
}

fn settle(cluster: &mut Cluster) {
    cluster.settle(Duration::from_secs(2), Duration::from_secs(120));
}

fn create(cluster: &mut Cluster, resource: ResourceId, body: Value) {
    ask(cluster, &Request::new(Key::new(resource, "default", ""), Verb::Create(body)));
}

fn ask(cluster: &mut Cluster, request: &Request) {
    cluster.request(Component::Kubectl, None, request).expect("the request is accepted");
}

/// How many addresses the Service's slices hold.
fn addresses(cluster: &Cluster, service: &str) -> usize {
    let slices = cluster.store().list(ResourceId::ENDPOINT_SLICES, Some("default"));
    let of_it = slices.filter(|slice| slice.label("kubernetes.io/service-name") == Some(service));
    of_it.map(|slice| slice.items("endpoints").len()).sum()
}

fn service(name: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
        "spec": {"selector": {"app": name}, "ports": [{"port": 80}]},
    })
}

fn replica_set(name: &str, replicas: u32) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "web", "image": "nginx", "ports": [{"containerPort": 80}]}]},
            },
        },
    })
}
