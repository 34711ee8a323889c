//! Connection tracking: what a node remembers of connections, so that their later packets go the same way.

use super::packet::{Packet, Protocol};
use crate::clock::Time;
use crate::order::SortedMap;
use std::net::SocketAddr;
use std::time::Duration;

/// One direction of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tuple {
    /// What it carries.
    pub protocol: Protocol,
    /// Where its packets come from.
    pub source: SocketAddr,
    /// Where they go.
    pub destination: SocketAddr,
}

impl Tuple {
    /// That of `packet`.
    pub fn of(packet: &Packet) -> Tuple {
        Tuple { protocol: packet.protocol, source: packet.source, destination: packet.destination }
    }
}

/// A remembered connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Packets of the client as they come to the node.
    pub original: Tuple,
    /// As they leave it.
    pub translated: Tuple,
    /// Whether an answer came.
    pub replied: bool,
    /// When a packet was last seen.
    pub seen: Time,
}

impl Entry {
    /// Whether the destination was changed.
    pub fn is_dnat(&self) -> bool {
        self.original.destination != self.translated.destination
    }

    /// How long it is remembered after its last packet. Models the kernel's defaults (net.netfilter.nf_conntrack_*).
    pub fn lifetime(&self) -> Duration {
        Duration::from_secs(match (self.original.protocol, self.replied) {
            (Protocol::Tcp, true) => 5 * 24 * 3600,
            (Protocol::Tcp, false) | (Protocol::Udp | Protocol::Sctp, true) => 120,
            (Protocol::Udp | Protocol::Sctp, false) | (Protocol::Icmp, _) => 30,
        })
    }
}

/// The connections that a node remembers. Connections that are closed within their request are not kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conntrack {
    entries: SortedMap<Tuple, Entry>,
}

impl Conntrack {
    /// The entry of a client's packet.
    pub fn find(&self, packet: &Packet, now: Time) -> Option<&Entry> {
        if self.entries.is_empty() {
            return None;
        }
        self.entries.get(&Tuple::of(packet)).filter(|entry| now.since(entry.seen) < entry.lifetime())
    }

    /// Remembers a connection, or that it was used again.
    pub fn remember(&mut self, entry: Entry) {
        self.entries.insert(entry.original, entry);
    }

    /// Forgets a connection that was closed; gives what was remembered.
    pub fn forget(&mut self, original: &Tuple) -> Option<Entry> {
        self.entries.remove(original)
    }

    /// Forgets what is older than its lifetime.
    pub fn expire(&mut self, now: Time) {
        self.entries.retain(|_, entry| now.since(entry.seen) < entry.lifetime());
    }

    /// Deletes the entries that `is_stale` names and gives them: what kube-proxy does with UDP after a sync.
    pub fn flush(&mut self, is_stale: impl Fn(&Entry) -> bool) -> Vec<Entry> {
        let stale: Vec<Entry> = self.entries.values().filter(|entry| is_stale(entry)).copied().collect();
        for entry in &stale {
            self.entries.remove(&entry.original);
        }
        stale
    }

    /// Every entry, by protocol, source and destination.
    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }
}
