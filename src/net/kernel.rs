//! What a node's kernel knows while it walks the rules.

use super::packet::Packet;
use super::trace::{Step, Trace};
use super::{Chance, Draw};
use crate::clock::Time;
use crate::order::SortedMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// The addresses that are a node's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Locals(Vec<IpAddr>);

impl Locals {
    /// Of these addresses; loopback is always local.
    pub fn new(addresses: Vec<IpAddr>) -> Locals {
        Locals(addresses)
    }

    /// Whether `address` is the node's own.
    pub fn has(&self, address: IpAddr) -> bool {
        address.is_loopback() || self.0.contains(&address)
    }
}

/// What the rules remember between packets: iptables' `recent` lists, nft's dynamic sets, round robin counters.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Memory {
    /// By list or set, the clients and when each was last seen.
    seen: SortedMap<Arc<str>, SortedMap<IpAddr, Time>>,
    /// ipvs: what each virtual server remembers.
    pub(super) ipvs: super::ipvs::Counters,
}

/// `ip_list_tot` of xt_recent: a list forgets its oldest client when a client more comes.
const RECENT_CLIENTS: usize = 100;

impl Memory {
    /// Whether `client` was put on `list` within the last `seconds`.
    pub fn saw(&self, list: &str, client: IpAddr, seconds: u32, now: Time) -> bool {
        self.seen
            .get(list)
            .and_then(|clients| clients.get(&client))
            .is_some_and(|at| now.since(*at) <= Duration::from_secs(u64::from(seconds)))
    }

    /// Puts `client` on `list`. A list that is `bounded` keeps the latest 100.
    pub fn see(&mut self, list: &Arc<str>, client: IpAddr, bounded: bool, now: Time) {
        if !self.seen.contains_key(list) {
            self.seen.insert(list.clone(), SortedMap::new());
        }
        let Some(clients) = self.seen.get_mut(list) else { return };
        if bounded && clients.len() >= RECENT_CLIENTS && !clients.contains_key(&client) {
            let oldest = clients.iter().min_by_key(|(_, at)| **at).map(|(client, _)| *client);
            if let Some(oldest) = oldest {
                clients.remove(&oldest);
            }
        }
        clients.insert(client, now);
    }

    /// The clients on `list` that were seen within the last `seconds`, by address.
    pub fn clients(&self, list: &str, seconds: u32, now: Time) -> impl Iterator<Item = IpAddr> {
        let span = Duration::from_secs(u64::from(seconds));
        self.seen
            .get(list)
            .into_iter()
            .flatten()
            .filter(move |(_, at)| now.since(**at) <= span)
            .map(|(client, _)| *client)
    }

    /// Forgets the lists that no rule names any more: the kernel frees them with their last rule.
    pub fn keep_lists(&mut self, is_named: impl Fn(&str) -> bool) {
        self.seen.retain(|list, _| is_named(list));
    }
}

/// What a rule may ask while it is evaluated.
pub struct Kernel<'a> {
    /// The node's own addresses.
    pub locals: &'a Locals,
    /// What rules remember.
    pub memory: &'a mut Memory,
    /// Where random choices come from.
    pub chance: &'a mut dyn Chance,
    /// The virtual time.
    pub now: Time,
    /// Where each step is told, if anybody wants to know.
    pub trace: Option<&'a mut Trace>,
    /// The latest random choice, until a rule's step takes it.
    pub draw: Option<Draw>,
}

impl Kernel<'_> {
    /// Tells `step`, which is only made if somebody listens.
    pub fn tell(&mut self, step: impl FnOnce() -> Step) {
        if let Some(trace) = self.trace.as_deref_mut() {
            trace.push(step());
        }
    }

    /// Whether somebody listens.
    pub fn is_traced(&self) -> bool {
        self.trace.is_some()
    }

    /// Whether 31 random bits are below `threshold`.
    pub fn happens(&mut self, threshold: u32) -> bool {
        let drawn = self.chance.bits_below(threshold);
        self.draw = Some(Draw::Below { drawn, threshold });
        drawn < threshold
    }

    /// A number below `of`.
    pub fn pick(&mut self, of: u32) -> u32 {
        let drawn = self.chance.pick(of);
        self.draw = Some(Draw::Pick { drawn, of });
        drawn
    }

    /// Tells that `packet` got another mark.
    pub fn mark(&mut self, packet: &mut Packet, mark: u32) {
        let before = packet.mark;
        packet.mark = mark;
        self.tell(|| Step::Mark { before, after: mark });
    }
}

impl Kernel<'_> {
    /// Adds a random choice to the latest rule that was told.
    pub(super) fn tell_draw(&mut self, drawn: Draw) {
        let Some(trace) = self.trace.as_deref_mut() else { return };
        if let Some(Step::Rule { draw, .. }) = trace.iter_mut().rev().find(|step| matches!(step, Step::Rule { .. })) {
            *draw = Some(drawn);
        }
    }
}
