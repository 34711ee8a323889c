//! Prints all that happens in one fixed session: the event log, what kubectl printed, how requests went.
//!
//! The same seed and the same inputs give the same log, byte for byte, natively and in wasm. `cargo xtask test` runs this
//! example both ways and compares what they print; `cargo run --no-default-features --example event_log` shows it.
#![allow(missing_docs)]

use service_playground::clock::{Epoch, EventId};
use service_playground::cluster::{Call, Cluster, ProxyMode, Settings, Source};
use service_playground::kubectl::Terminal;
use service_playground::net::Scheduler;
use service_playground::order::SortedMap;
use service_playground::session::{EXAMPLES, Example};
use std::time::Duration;

/// What is typed, one line after the other.
const LINES: &[&str] = &[
    "kubectl apply -f .",
    "kubectl create deployment same --image=nginx --replicas=7 --port=80",
    "kubectl expose deployment same --type=NodePort --cluster-ip=10.96.0.77",
    "kubectl rollout status deployment same",
    "kubectl set image deployment same nginx=nginx:1.29",
    "kubectl rollout status deployment same",
    "kubectl scale deployment same --replicas=3",
    "kubectl patch service same -p '{\"spec\":{\"sessionAffinity\":\"ClientIP\"}}'",
    "kubectl delete pod -l app=same --wait=false",
    "kubectl wait --for=condition=Ready pod -l app=same --timeout=60s",
    "kubectl exec deploy/same -- sh -c 'for i in $(seq 5); do curl -s same; done; nslookup same; env | sort'",
    "kubectl get all,endpointslices,endpoints -A -o yaml",
    "kubectl describe all",
    "kubectl get events",
    "kubectl delete deployment,service same",
    "kubectl get pods -o json",
];

fn main() {
    session(7, [ProxyMode::Iptables, ProxyMode::Nftables]);
    session(8, [ProxyMode::Ipvs(Scheduler::Sh), ProxyMode::Iptables]);
}

fn session(seed: u64, modes: [ProxyMode; 2]) {
    let mut settings = Settings::page(seed, Epoch(1_795_000_000));
    settings.nodes.iter_mut().zip(modes).for_each(|(node, mode)| node.mode = mode);
    let mut cluster = Cluster::new(settings);
    let files: SortedMap<String, String> =
        EXAMPLES.iter().flat_map(Example::files).map(|file| (file.name, file.text)).collect();
    let mut terminal = Terminal::new(files);
    let mut seen = EventId(0);
    for line in LINES {
        let output = terminal.run(&mut cluster, line);
        print(&format!("$ {line}\n{}{}exit {}", output.stdout, output.stderr, output.exit));
        cluster.settle(Duration::from_secs(6), Duration::from_secs(60));
        for from in [Source::Outside, Source::Node("node1".to_owned()), Source::Node("node2".to_owned())] {
            for _ in 0..20 {
                let sent = cluster.send(&Call::new(from.clone(), "10.96.0.77", 80));
                print(&format!("{:?} {:?}", sent.ending, sent.took));
            }
        }
        for entry in cluster.log().since(seen) {
            print(&format!("{entry:?}"));
        }
        seen = cluster.log().next_id();
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn print(text: &str) {
    println!("{text}");
}

#[cfg(target_arch = "wasm32")]
fn print(text: &str) {
    console::log(text);
}

#[cfg(target_arch = "wasm32")]
mod console {
    use wasm_bindgen::prelude::wasm_bindgen;

    #[wasm_bindgen]
    extern "C" {
        #[wasm_bindgen(js_namespace = console)]
        pub fn log(text: &str);
    }
}
