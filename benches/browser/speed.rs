//! The requests of the engine's benchmark as WebAssembly, built like the page: `cargo xtask bench --browser`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, dead_code)]

#[path = "../engine/requests.rs"]
mod requests;

use requests::Requests;
use service_playground::clock::Epoch;
use service_playground::cluster::{Cluster, Settings};
use service_playground::kubectl::Terminal;
use service_playground::net::Scheduler;
use service_playground::order::SortedMap;
use service_playground::proxy::Mode;
use std::time::Duration;
use wasm_bindgen::prelude::wasm_bindgen;

/// Two nodes whose kube-proxies have written their rules.
#[wasm_bindgen]
pub struct Speed(Requests);

#[wasm_bindgen]
impl Speed {
    /// In this mode: `iptables`, `nftables` or `ipvs`.
    #[wasm_bindgen(constructor)]
    pub fn new(mode: &str) -> Speed {
        let mode = match mode {
            "iptables" => Mode::Iptables,
            "nftables" => Mode::Nftables,
            _ => Mode::Ipvs(Scheduler::Rr),
        };
        Speed(Requests::new(mode))
    }

    /// Sends so many requests and gives how many were answered.
    pub fn send(&mut self, count: u32) -> u32 {
        self.0.send(count)
    }
}

/// A cluster with a hundred pods, and a terminal.
#[wasm_bindgen]
pub struct Verbs {
    cluster: Cluster,
    terminal: Terminal,
}

#[wasm_bindgen]
impl Verbs {
    /// A Deployment of a hundred pods with a Service.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Verbs {
        let mut cluster = Cluster::new(Settings::page(1, Epoch(1_795_000_000)));
        let mut terminal = Terminal::new(SortedMap::new());
        for line in
            ["kubectl create deployment web --image=nginx --replicas=100 --port=80", "kubectl expose deployment web"]
        {
            terminal.run(&mut cluster, line);
        }
        cluster.settle(Duration::from_secs(5), Duration::from_secs(300));
        Verbs { cluster, terminal }
    }

    /// Runs a line and gives its exit code.
    pub fn run(&mut self, line: &str) -> i32 {
        self.terminal.run(&mut self.cluster, line).exit
    }

    /// Lets what the line set off come to rest.
    pub fn settle(&mut self) {
        self.cluster.settle(Duration::from_secs(5), Duration::from_secs(300));
    }
}

impl Default for Verbs {
    fn default() -> Verbs {
        Verbs::new()
    }
}
