//! Rules: statements that are run one by one.

use super::{ChainId, SetId};
use crate::net::{Cidr, Family, Protocol};
use std::net::SocketAddr;
use std::sync::Arc;

/// A rule: its statements run in order until a condition does not hold or a verdict is reached.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// The family of the table: `ip` or `ip6`.
    pub family: Family,
    /// Conditions and actions.
    pub statements: Vec<Statement>,
    /// Its comment.
    pub comment: Option<&'static str>,
}

/// A range or a set of ranges written in the rule itself.
#[derive(Clone, Debug, PartialEq)]
pub enum Ranges {
    /// One range.
    One(Cidr),
    /// `{ A, B }`.
    Any(Vec<Cidr>),
}

impl Ranges {
    /// The ranges.
    pub fn list(&self) -> &[Cidr] {
        match self {
            Ranges::One(range) => std::slice::from_ref(range),
            Ranges::Any(ranges) => ranges,
        }
    }
}

/// What a verdict map is asked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// `ip daddr . meta l4proto . th dport`.
    Service,
    /// `meta l4proto . th dport`.
    Port,
}

/// A condition or an action.
#[derive(Clone, Debug, PartialEq)]
pub enum Statement {
    /// `ct state new`.
    IsNew,
    /// `ct status dnat`.
    IsDnat,
    /// `ip daddr @SET`.
    ToSet(Arc<str>, SetId),
    /// `ip daddr RANGES`.
    To {
        /// The ranges.
        ranges: Ranges,
        /// `!=`.
        not: bool,
    },
    /// `fib daddr type local`.
    ToLocal,
    /// `ip saddr RANGES`.
    From {
        /// The ranges.
        ranges: Ranges,
        /// `!=`.
        not: bool,
    },
    /// `ip saddr @SET`, a dynamic one.
    FromRemembered(Arc<str>, SetId),
    /// `fib saddr type local`.
    FromLocal,
    /// `meta l4proto tcp`.
    Protocol(Protocol),
    /// `meta mark & MASK != 0`.
    Marked(u32),
    /// `ip saddr . ip daddr . meta l4proto . th dport @SET`.
    PairIn(Arc<str>, SetId),
    /// Sets the bits of the mark.
    OrMark(u32),
    /// Flips the bits of the mark.
    XorMark(u32),
    /// Puts the source into a dynamic set, or renews it there.
    Update(Arc<str>, SetId),
    /// Walks another chain, then goes on here.
    Jump(Arc<str>, ChainId),
    /// Walks another chain and does not come back.
    Goto(Arc<str>, ChainId),
    /// Does what a verdict map says; nothing where it says nothing.
    Vmap {
        /// The key.
        by: Lookup,
        /// The map's name.
        name: Arc<str>,
        /// The map.
        map: SetId,
    },
    /// `numgen random mod N vmap`: goes to one of these chains.
    GotoAny(Vec<(Arc<str>, ChainId)>),
    /// `dnat ip to numgen random mod N map`: sends to one of these.
    DnatAny(Vec<SocketAddr>),
    /// `dnat to`.
    Dnat(SocketAddr),
    /// `drop`.
    Drop,
    /// `reject`.
    Reject,
    /// `masquerade fully-random`.
    Masquerade,
}
