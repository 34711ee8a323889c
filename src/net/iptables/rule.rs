//! Rules: what they match and what they do.

use super::ChainId;
use crate::net::kernel::Kernel;
use crate::net::packet::{Packet, State};
use crate::net::{Cidr, Protocol};
use std::net::SocketAddr;
use std::sync::Arc;

/// A rule. Its matches stand in the order in which kube-proxy writes them.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// All must hold.
    pub matches: Vec<Match>,
    /// What happens then.
    pub target: Target,
}

/// Which end of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Where it comes from.
    Source,
    /// Where it goes.
    Destination,
}

/// A state that `--ctstate` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CtState {
    /// The first packet of a connection.
    New,
    /// Part of a known one.
    Established,
    /// About a known one.
    Related,
    /// Of none.
    Invalid,
    /// Its destination was changed.
    Dnat,
}

impl CtState {
    /// `NEW`.
    pub fn name(self) -> &'static str {
        match self {
            CtState::New => "NEW",
            CtState::Established => "ESTABLISHED",
            CtState::Related => "RELATED",
            CtState::Invalid => "INVALID",
            CtState::Dnat => "DNAT",
        }
    }

    fn holds(self, packet: &Packet) -> bool {
        match self {
            CtState::New => packet.state == State::New,
            CtState::Established => packet.state == State::Established,
            CtState::Related => packet.state == State::Related,
            CtState::Invalid => packet.state == State::Invalid,
            CtState::Dnat => packet.dnat,
        }
    }
}

/// A probability as iptables keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probability {
    /// As kube-proxy writes it, in units of 10^-10.
    written: u64,
    /// As the kernel has it: times 2^31.
    threshold: u32,
}

impl Probability {
    /// One in `count`. Models pkg/proxy/iptables computeProbability and the rounding of libxt_statistic.
    pub fn one_in(count: usize) -> Probability {
        let written = (1e10 / count.max(1) as f64).round() as u64;
        let threshold = (written as f64 / 1e10 * 2_147_483_648.0).round() as u32;
        Probability { written, threshold }
    }

    /// Times 2^31.
    pub fn threshold(self) -> u32 {
        self.threshold
    }

    /// `0.3333333333`: as kube-proxy writes it.
    pub fn written(self) -> String {
        format!("{}.{:010}", self.written / 10_000_000_000, self.written % 10_000_000_000)
    }

    /// `0.33333333349`: as iptables-save prints it.
    pub fn saved(self) -> String {
        format!("{:.11}", f64::from(self.threshold) / 2_147_483_648.0)
    }
}

/// What the `recent` match does with its list.
#[derive(Clone, Debug, PartialEq)]
pub enum Recent {
    /// Matches clients seen within so many seconds.
    Check {
        /// The list.
        list: Arc<str>,
        /// The time span.
        seconds: u32,
    },
    /// Puts the client on the list; always matches.
    Set {
        /// The list.
        list: Arc<str>,
    },
}

/// A condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Match {
    /// `-m comment`: always holds.
    Comment(Arc<str>),
    /// `-s`, `-d`.
    Address {
        /// Which end.
        end: Direction,
        /// The range.
        range: Cidr,
        /// `!`.
        not: bool,
    },
    /// `-m tcp -p tcp`.
    Protocol(Protocol),
    /// `--dport`.
    Port(u16),
    /// `-m conntrack --ctstate`.
    State {
        /// Any of these.
        any: &'static [CtState],
        /// `!`.
        not: bool,
    },
    /// `-m mark --mark VALUE/MASK`.
    Mark {
        /// The value under the mask, and the mask.
        bits: u32,
        /// `!`.
        not: bool,
    },
    /// `-m addrtype --dst-type LOCAL`.
    Local(Direction),
    /// `-m statistic --mode random --probability`.
    Statistic(Probability),
    /// `-m recent`.
    Recent(Recent),
    /// `-m nfacct --nfacct-name`: counts; always holds.
    Accounting(&'static str),
}

impl Match {
    pub(super) fn holds(&self, packet: &Packet, kernel: &mut Kernel<'_>) -> bool {
        match self {
            Match::Comment(_) | Match::Accounting(_) => true,
            Match::Address { end, range, not } => {
                let address = match end {
                    Direction::Source => packet.from(),
                    Direction::Destination => packet.to(),
                };
                range.contains(address) != *not
            }
            Match::Protocol(protocol) => packet.protocol == *protocol,
            Match::Port(port) => packet.destination.port() == *port,
            Match::State { any, not } => any.iter().any(|state| state.holds(packet)) != *not,
            Match::Mark { bits, not } => (packet.mark & bits == *bits) != *not,
            Match::Local(Direction::Source) => kernel.locals.has(packet.from()),
            Match::Local(Direction::Destination) => kernel.locals.has(packet.to()),
            Match::Statistic(probability) => kernel.happens(probability.threshold()),
            Match::Recent(Recent::Check { list, seconds }) => {
                kernel.memory.saw(list, packet.from(), *seconds, kernel.now)
            }
            Match::Recent(Recent::Set { list }) => {
                kernel.memory.see(list, packet.from(), true, kernel.now);
                true
            }
        }
    }
}

/// What a matching rule does.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// Nothing: the next rule is tried.
    Continue,
    /// Walks another chain, then goes on here.
    Jump {
        /// Its name.
        name: Arc<str>,
        /// Its place.
        chain: ChainId,
    },
    /// Back to the calling chain.
    Return,
    /// Lets the packet through this table.
    Accept,
    /// Throws it away.
    Drop,
    /// Throws it away and tells its sender that the port is unreachable.
    Reject,
    /// Sets the bits of the mark.
    OrMark(u32),
    /// Flips the bits of the mark.
    XorMark(u32),
    /// Changes the destination.
    Dnat(SocketAddr),
    /// Changes the source to the address that the packet leaves the node by.
    Masquerade {
        /// `--random-fully`: the new port is random.
        random: bool,
    },
}
