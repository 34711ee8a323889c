//! kube-proxy: Services and EndpointSlices to the rule programs of a node.
//!
//! [`Watched`] is what all kube-proxies see; [`Sync`] is the kube-proxy of one node. `cluster` tells every changed object,
//! marks the Services that it concerns, asks when a kube-proxy is due and takes the program that a sync makes. Rules of a service port are made anew only when that Service or its endpoints changed.
//! This layer decides what rules say; `net` says how they print and what they do. It never sends a packet.

mod endpoints;
mod iptables;
mod ipvs;
mod names;
mod nftables;
mod results;
mod service;
mod settings;
mod sync;
mod topology;
mod watched;

pub use endpoints::Endpoint;
pub use service::{ServicePort, ServicePortName};
pub use settings::{Mode, NodePortAddresses, Settings};
pub use sync::{LocalHealth, Sync, Update};
pub use topology::{Categorized, categorize};
pub use watched::{ServiceKey, Watched};
