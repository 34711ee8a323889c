//! A packet, as the rules of a node see it.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

/// What a packet carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
    /// ICMP: a ping. It has no ports.
    Icmp,
}

impl Protocol {
    /// The protocol of a Service's port; TCP where `text` is empty.
    pub fn parse(text: &str) -> Option<Protocol> {
        match text {
            "" | "TCP" | "tcp" => Some(Protocol::Tcp),
            "UDP" | "udp" => Some(Protocol::Udp),
            "SCTP" | "sctp" => Some(Protocol::Sctp),
            _ => None,
        }
    }

    /// `tcp`: as rules and chain names spell it.
    pub fn name(self) -> &'static str {
        match self {
            Protocol::Tcp => "tcp",
            Protocol::Udp => "udp",
            Protocol::Sctp => "sctp",
            Protocol::Icmp => "icmp",
        }
    }

    /// Its number in the IP header.
    pub fn number(self) -> u8 {
        match self {
            Protocol::Tcp => 6,
            Protocol::Udp => 17,
            Protocol::Sctp => 132,
            Protocol::Icmp => 1,
        }
    }
}

/// What connection tracking knows of a packet's connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The first packet.
    New,
    /// Part of a connection that was answered.
    Established,
    /// An error message about a known connection.
    Related,
    /// Part of no connection.
    Invalid,
}

/// A packet on a node.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Packet {
    /// What it carries.
    pub protocol: Protocol,
    /// Where it says it comes from.
    pub source: SocketAddr,
    /// Where it goes.
    pub destination: SocketAddr,
    /// The node's private mark on it; 0 as it comes in.
    pub mark: u32,
    /// What connection tracking says.
    pub state: State,
    /// Whether this node changed its destination.
    pub dnat: bool,
}

impl Packet {
    /// The first packet of a connection.
    pub fn new(protocol: Protocol, source: SocketAddr, destination: SocketAddr) -> Packet {
        Packet { protocol, source, destination, mark: 0, state: State::New, dnat: false }
    }

    /// The address it comes from.
    pub fn from(&self) -> IpAddr {
        self.source.ip()
    }

    /// The address it goes to.
    pub fn to(&self) -> IpAddr {
        self.destination.ip()
    }
}

impl fmt::Display for Packet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.protocol == Protocol::Icmp {
            return write!(f, "icmp {} -> {}", self.from(), self.to());
        }
        write!(f, "{} {} -> {}", self.protocol.name(), self.source, self.destination)
    }
}

impl fmt::Debug for Packet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} mark {:#x} {:?}", self.mark, self.state)
    }
}

/// A point on a packet's way through a node where rules are asked. Models the kernel's netfilter hooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hook {
    /// A packet came in; before its route is chosen.
    Prerouting,
    /// It is for the node itself.
    Input,
    /// It goes on to somewhere else.
    Forward,
    /// The node itself made it.
    Output,
    /// It leaves.
    Postrouting,
}

impl Hook {
    /// `PREROUTING`: the name of iptables' built-in chain.
    pub fn chain(self) -> &'static str {
        match self {
            Hook::Prerouting => "PREROUTING",
            Hook::Input => "INPUT",
            Hook::Forward => "FORWARD",
            Hook::Output => "OUTPUT",
            Hook::Postrouting => "POSTROUTING",
        }
    }

    /// `prerouting`: as nft names it.
    pub fn name(self) -> &'static str {
        match self {
            Hook::Prerouting => "prerouting",
            Hook::Input => "input",
            Hook::Forward => "forward",
            Hook::Output => "output",
            Hook::Postrouting => "postrouting",
        }
    }
}
