//! The requests of the engine's benchmark as WebAssembly, built like the page: `cargo xtask bench --browser`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, dead_code)]

#[path = "../engine/requests.rs"]
mod requests;

use requests::Requests;
use service_playground::net::Scheduler;
use service_playground::proxy::Mode;
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
