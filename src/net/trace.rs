//! The way of a packet as data: every place, hook, chain and rule it met, and why each rule matched or not.

use super::iptables::{self, TableName};
use super::{Draw, Hook, Packet, nftables};
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// The steps of a packet, in order.
pub type Trace = Vec<Step>;

/// Where a packet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the network of the pod that has this address.
    Pod(IpAddr),
    /// On a node, by its place in the network.
    Node(u16),
    /// On the nodes' network, outside the cluster.
    Outside,
}

/// One step on a packet's way.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// It is at a place, and looks like this.
    At {
        /// Where.
        place: Place,
        /// The packet as it comes in there.
        packet: Packet,
    },
    /// The node's connection tracking knows the connection: NAT rules are not asked again.
    Known {
        /// The packet with the remembered changes made.
        packet: Packet,
    },
    /// A hook of the node's kernel asks its rules.
    Hook(Hook),
    /// A chain is entered.
    Chain {
        /// The table: `nat`, `filter`, `kube-proxy`.
        table: &'static str,
        /// The chain.
        chain: Arc<str>,
    },
    /// A rule was tried.
    Rule {
        /// Which.
        rule: RuleAt,
        /// Its place in its chain, from 0.
        index: u32,
        /// The first of its conditions that did not hold; `None` where it matched.
        failed: Option<u16>,
        /// The random choice it made.
        draw: Option<Draw>,
    },
    /// An element of a map was found, or not.
    Lookup {
        /// The map.
        map: Arc<str>,
        /// What was looked for.
        key: String,
        /// The verdict found.
        found: Option<String>,
    },
    /// A chain ended; its caller goes on.
    Return,
    /// The node's mark on the packet changed.
    Mark {
        /// Before.
        before: u32,
        /// After.
        after: u32,
    },
    /// The destination changed.
    Dnat {
        /// Before.
        before: SocketAddr,
        /// After.
        after: SocketAddr,
    },
    /// The source changed.
    Snat {
        /// Before.
        before: SocketAddr,
        /// After.
        after: SocketAddr,
        /// Whether the pod network did it, not kube-proxy's rules.
        by_pod_network: bool,
    },
    /// A virtual server of ipvs chose a real server.
    Scheduled {
        /// The virtual server.
        service: SocketAddr,
        /// The scheduler's name.
        scheduler: &'static str,
        /// The chosen real server.
        server: Option<SocketAddr>,
        /// Whether it is the one that the client had before.
        persistent: bool,
    },
    /// The node chose the way on.
    Route {
        /// Where to.
        to: Place,
    },
    /// A rule dropped it.
    Dropped,
    /// A rule rejected it.
    Rejected,
    /// It came to a socket that listens.
    Delivered {
        /// The socket.
        at: SocketAddr,
        /// The client as that process sees it.
        client: SocketAddr,
    },
    /// Nothing listens there: the kernel refuses.
    NothingListens {
        /// Where.
        at: SocketAddr,
    },
    /// It goes where nobody answers.
    Lost,
    /// The answer passes a node, which puts back what it changed.
    Back {
        /// Where.
        place: Place,
        /// The answer as it comes in there.
        before: Packet,
        /// As it goes on.
        after: Packet,
    },
}

/// A rule that was tried, shared with the program that holds it.
#[derive(Clone)]
pub enum RuleAt {
    /// Of an iptables program: table, chain, the section that holds the rule, and its place there.
    Iptables(TableName, Arc<str>, Arc<[iptables::Rule]>, usize),
    /// Of an nftables program.
    Nftables(Arc<str>, Arc<[nftables::Rule]>, usize),
}

impl RuleAt {
    /// The table's name.
    pub fn table(&self) -> &'static str {
        match self {
            RuleAt::Iptables(table, ..) => table.name(),
            RuleAt::Nftables(..) => nftables::TABLE,
        }
    }

    /// The chain's name.
    pub fn chain(&self) -> &Arc<str> {
        match self {
            RuleAt::Iptables(_, chain, ..) | RuleAt::Nftables(chain, ..) => chain,
        }
    }

    /// The rule as the node's tools print it.
    pub fn text(&self) -> String {
        match self {
            RuleAt::Iptables(_, chain, rules, at) => {
                rules.get(*at).map(|rule| iptables::save_line(chain, rule)).unwrap_or_default()
            }
            RuleAt::Nftables(_, rules, at) => rules.get(*at).map(nftables::list_line).unwrap_or_default(),
        }
    }

    /// One of its conditions as the node's tools print it.
    pub fn condition(&self, number: u16) -> String {
        let number = usize::from(number);
        match self {
            RuleAt::Iptables(_, _, rules, at) => {
                rules.get(*at).and_then(|rule| rule.matches.get(number)).map(iptables::save_match).unwrap_or_default()
            }
            RuleAt::Nftables(_, rules, at) => rules
                .get(*at)
                .and_then(|rule| Some(nftables::list_statement(rule.family, rule.statements.get(number)?)))
                .unwrap_or_default(),
        }
    }
}

impl PartialEq for RuleAt {
    fn eq(&self, other: &RuleAt) -> bool {
        self.table() == other.table() && self.chain() == other.chain() && self.text() == other.text()
    }
}

impl fmt::Debug for RuleAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.table(), self.chain(), self.text())
    }
}
