//! kube-proxy: Services and EndpointSlices to the rule programs of a node.
//!
//! [`Sync`] is the kube-proxy of one node: `cluster` tells it every changed object, asks when it is due and takes the
//! program that a sync makes. Rules of a service port are made anew only when that Service or its endpoints changed.
//! This layer decides what rules say; `net` says how they print and what they do. It never sends a packet.

mod endpoints;
mod iptables;
mod ipvs;
mod names;
mod nftables;
mod service;
mod settings;
mod sync;
mod topology;

pub use endpoints::{Endpoint, Joins};
pub use service::{ServicePort, ServicePortName};
pub use settings::{Mode, NodePortAddresses, Settings};
pub use sync::{LocalHealth, Sync, Update};
pub use topology::{Categorized, categorize};
