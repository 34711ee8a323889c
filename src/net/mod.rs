//! The network between pods, nodes and the outside: packets, what a node's kernel does with them, and the rule programs
//! that kube-proxy writes.
//!
//! A [`Program`] is typed data (tables, chains, rules, sets, maps, virtual servers) with printers (`iptables-save`,
//! `nft list table`, `ipvsadm -Ln`) and one evaluator each: what is printed is what routes. [`Network`] sends a packet from a client through the
//! programs of the nodes on its way and tells where it ended, with a [`Trace`] when asked. `proxy` makes the programs,
//! `cluster` keeps the network and says who listens where. This layer knows no Kubernetes object, makes no rule by
//! itself and draws only from the generator it is given.

mod address;
mod chance;
mod conntrack;
mod diff;
mod fabric;
pub mod iptables;
mod ipvs;
mod kernel;
pub mod nftables;
mod packet;
mod program;
mod trace;

pub use address::{Cidr, Family, parse_address};
pub use chance::{Branches, Chance, Draw};
pub use conntrack::{Conntrack, Entry, Tuple};
pub use diff::{LineChange, changes};
pub use fabric::{Client, Delivery, Network, Node, Outcome, Request, Sockets, WhyLost, WhyRefused};
pub use ipvs::{Ipvs, RealServer, Scheduler, VirtualServer};
pub use kernel::{Kernel, Locals, Memory};
pub use packet::{Hook, Packet, Protocol, State};
pub use program::{Fate, Program, fates};
pub use trace::{Place, RuleAt, Step, Trace};
