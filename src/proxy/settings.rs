//! How a node's kube-proxy is set up.

use crate::net::{Cidr, Family, Scheduler};
use crate::order::SortedMap;
use std::net::IpAddr;

/// How it works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The default on Linux.
    Iptables,
    /// The newer one.
    Nftables,
    /// Deprecated since 1.35, with a scheduler of the kernel's.
    Ipvs(Scheduler),
}

impl Mode {
    /// Every mode, ipvs with each scheduler of the kernel's.
    pub fn all() -> impl Iterator<Item = Mode> {
        [Mode::Iptables, Mode::Nftables].into_iter().chain(Scheduler::ALL.into_iter().map(Mode::Ipvs))
    }

    /// `iptables`, `nftables`, `ipvs rr`.
    pub fn name(self) -> String {
        match self {
            Mode::Iptables => "iptables".to_owned(),
            Mode::Nftables => "nftables".to_owned(),
            Mode::Ipvs(scheduler) => format!("ipvs {}", scheduler.name()),
        }
    }

    /// The mode of this name.
    pub fn named(name: &str) -> Option<Mode> {
        Mode::all().find(|mode| mode.name() == name)
    }

    /// Where it opens node ports if nobody says otherwise.
    pub fn node_port_addresses(self) -> NodePortAddresses {
        match self {
            Mode::Nftables => NodePortAddresses::Primary,
            Mode::Iptables | Mode::Ipvs(_) => NodePortAddresses::All,
        }
    }
}

/// Where node ports are open (`--nodeport-addresses`).
#[derive(Clone, Debug, PartialEq)]
pub enum NodePortAddresses {
    /// On every local address: the default of iptables and ipvs mode.
    All,
    /// On the node's main address: the default of nftables mode.
    Primary,
    /// On the node's addresses in these ranges.
    In(Vec<Cidr>),
}

/// The settings of a node's kube-proxy, and what it knows of its node.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The mode.
    pub mode: Mode,
    /// The family that it serves.
    pub family: Family,
    /// The node's name.
    pub node: String,
    /// The node's main address.
    pub address: IpAddr,
    /// All its addresses: asked where `node_port_addresses` names ranges.
    pub addresses: Vec<IpAddr>,
    /// The node's labels: its zone counts.
    pub labels: SortedMap<String, String>,
    /// The addresses of the cluster's pods, by which traffic from inside is told (`--cluster-cidr`).
    pub pods: Option<Cidr>,
    /// The addresses of Services; used by nftables mode.
    pub services: Vec<Cidr>,
    /// Where node ports are open.
    pub node_port_addresses: NodePortAddresses,
    /// Whether node ports answer at 127.0.0.1 in iptables mode.
    pub localhost_node_ports: bool,
    /// Whether everything to a cluster IP is masqueraded (`--masquerade-all`).
    pub masquerade_all: bool,
    /// The bit of the mark for what is to be masqueraded.
    pub masquerade_mark: u32,
    /// Whether the kernel gives masqueraded connections a random port in iptables mode.
    pub random_fully: bool,
}

impl Settings {
    /// The defaults of a kube-proxy in `mode` on this node.
    pub fn new(mode: Mode, node: &str, address: IpAddr, pods: Cidr, services: Cidr) -> Settings {
        Settings {
            mode,
            family: Family::of(address),
            node: node.to_owned(),
            address,
            addresses: vec![address],
            labels: SortedMap::new(),
            pods: Some(pods),
            services: vec![services],
            node_port_addresses: mode.node_port_addresses(),
            localhost_node_ports: true,
            masquerade_all: false,
            masquerade_mark: 0x4000,
            random_fully: true,
        }
    }

    /// The addresses on which node ports are open; `None` for every local one.
    pub(super) fn node_port_ips(&self) -> Option<Vec<IpAddr>> {
        let own = || self.addresses.iter().copied().filter(|address| Family::of(*address) == self.family);
        match &self.node_port_addresses {
            NodePortAddresses::All => None,
            NodePortAddresses::In(ranges) if ranges.iter().any(Cidr::is_everything) => None,
            NodePortAddresses::Primary => Some(vec![self.address]),
            NodePortAddresses::In(ranges) => {
                let loopback = ranges.iter().map(Cidr::network).filter(IpAddr::is_loopback);
                let inside = own().filter(|address| ranges.iter().any(|range| range.contains(*address)));
                Some(inside.chain(loopback).collect())
            }
        }
    }
}
