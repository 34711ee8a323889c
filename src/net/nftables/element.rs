//! Sets, maps and their elements.

use super::ChainId;
use crate::net::{Family, Protocol};
use crate::order::SortedMap;
use std::cmp::Ordering;
use std::net::IpAddr;
use std::sync::Arc;

/// What a set or map holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetKind {
    /// Addresses.
    Addresses,
    /// Two addresses, protocol and port.
    Pairs,
    /// Address, protocol and port to a verdict.
    Services,
    /// Protocol and port to a verdict.
    Ports,
    /// Addresses that rules add and that are forgotten after so many seconds.
    Affinity(u32),
}

impl SetKind {
    /// Whether it is a verdict map.
    pub fn is_map(self) -> bool {
        matches!(self, SetKind::Services | SetKind::Ports)
    }

    /// Its `type`.
    pub(super) fn type_text(self, family: Family) -> String {
        let address = match family {
            Family::V4 => "ipv4_addr",
            Family::V6 => "ipv6_addr",
        };
        match self {
            SetKind::Addresses | SetKind::Affinity(_) => address.to_owned(),
            SetKind::Pairs => format!("{address} . {address} . inet_proto . inet_service"),
            SetKind::Services => format!("{address} . inet_proto . inet_service : verdict"),
            SetKind::Ports => "inet_proto . inet_service : verdict".to_owned(),
        }
    }
}

/// The key of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// An address.
    Address(IpAddr),
    /// Address, protocol and port.
    Service(IpAddr, Protocol, u16),
    /// Protocol and port.
    Port(Protocol, u16),
    /// Source, destination, protocol and port.
    Pair(IpAddr, IpAddr, Protocol, u16),
}

impl Key {
    fn parts(&self) -> (Option<IpAddr>, Option<IpAddr>, Option<(Protocol, u16)>) {
        match *self {
            Key::Address(address) => (Some(address), None, None),
            Key::Service(address, protocol, port) => (Some(address), None, Some((protocol, port))),
            Key::Port(protocol, port) => (None, None, Some((protocol, port))),
            Key::Pair(source, destination, protocol, port) => (Some(source), Some(destination), Some((protocol, port))),
        }
    }

    /// `10.96.0.1 . tcp . 443`.
    pub fn text(&self) -> String {
        let (first, second, port) = self.parts();
        let mut words: Vec<String> = first.into_iter().chain(second).map(|address| address.to_string()).collect();
        if let Some((protocol, port)) = port {
            words.push(protocol.name().to_owned());
            words.push(port.to_string());
        }
        words.join(" . ")
    }
}

fn reversed(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(u32::from(address).swap_bytes()),
        IpAddr::V6(address) => u128::from(address).swap_bytes(),
    }
}

impl Ord for Key {
    /// The order in which `nft list` prints elements: addresses as numbers, joined keys as one little-endian number,
    /// whose highest byte is the last: low byte of the port, high byte, protocol, then addresses from their ends.
    fn cmp(&self, other: &Key) -> Ordering {
        if let (Key::Address(one), Key::Address(two)) = (self, other) {
            return one.cmp(two);
        }
        let number = |key: &Key| {
            let (first, second, port) = key.parts();
            let port = port.map(|(protocol, port)| (port.swap_bytes(), protocol.number()));
            (port, second.map(reversed), first.map(reversed))
        };
        number(self).cmp(&number(other))
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Key) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// What stands at a key.
#[derive(Clone, Debug, PartialEq)]
pub enum Element {
    /// The key is in the set.
    Member,
    /// `goto` a chain.
    Goto {
        /// Its name.
        name: Arc<str>,
        /// Its place.
        chain: ChainId,
        /// A comment.
        comment: Option<Arc<str>>,
    },
    /// `drop`.
    Drop {
        /// A comment.
        comment: Option<Arc<str>>,
    },
}

impl Element {
    /// `goto reject-chain`; empty for a plain member.
    pub fn verdict_text(&self) -> String {
        match self {
            Element::Member => String::new(),
            Element::Goto { name, .. } => format!("goto {name}"),
            Element::Drop { .. } => "drop".to_owned(),
        }
    }

    /// An element as it is printed: key, comment, verdict.
    pub fn text(&self, key: &Key) -> String {
        let mut text = key.text();
        if let Element::Goto { comment: Some(comment), .. } | Element::Drop { comment: Some(comment) } = self {
            text = format!("{text} comment \"{comment}\"");
        }
        match self {
            Element::Member => text,
            _ => format!("{text} : {}", self.verdict_text()),
        }
    }
}

/// A set or map.
#[derive(Clone, Debug)]
pub struct Set {
    /// Its name.
    pub name: Arc<str>,
    /// What it holds.
    pub kind: SetKind,
    /// Its comment.
    pub comment: Option<&'static str>,
    /// By key, what each service port wants there; the first one's wish counts.
    pub(super) elements: SortedMap<Key, SortedMap<Arc<str>, Element>>,
    /// Its place in the order of creation.
    pub(super) created: u64,
}

impl PartialEq for Set {
    fn eq(&self, other: &Set) -> bool {
        self.name == other.name && self.kind == other.kind && self.elements().eq(other.elements())
    }
}

impl Set {
    /// The elements, in the order in which they are printed.
    pub fn elements(&self) -> impl Iterator<Item = (&Key, &Element)> {
        self.elements.iter().filter_map(|(key, wishes)| Some((key, wishes.values().next()?)))
    }

    /// What stands at `key`.
    pub fn get(&self, key: &Key) -> Option<&Element> {
        self.elements.get(key)?.values().next()
    }

    /// Puts an element in, for `owner`.
    pub fn insert(&mut self, key: Key, owner: &Arc<str>, element: Element) {
        self.elements.entry(key).or_default().insert(owner.clone(), element);
    }

    /// Takes out what `owner` put at `key`.
    pub fn remove(&mut self, key: &Key, owner: &str) {
        if let Some(wishes) = self.elements.get_mut(key) {
            wishes.remove(owner);
            if wishes.is_empty() {
                self.elements.remove(key);
            }
        }
    }
}
