//! A node's program, whichever kind it is, and what becomes of a packet that meets it.

use super::iptables::Ruleset;
use super::kernel::{Kernel, Locals, Memory};
use super::nftables::Table;
use super::packet::{Hook, Packet};
use super::{Branches, Ipvs};
use crate::clock::Time;
use crate::order::Order;
use std::net::SocketAddr;

/// What the rules of a hook say about a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// No rule decided: the packet goes on.
    Pass,
    /// A rule let it through.
    Accept,
    /// A rule dropped it.
    Drop,
    /// A rule rejected it.
    Reject,
    /// A rule gave it another destination.
    Dnat(SocketAddr),
    /// A rule wants its source changed to the address by which it leaves.
    Masquerade,
}

/// What a node's kube-proxy wrote.
#[derive(Clone, Debug, PartialEq)]
pub enum Program {
    /// iptables mode.
    Iptables(Ruleset),
    /// nftables mode.
    Nftables(Table),
    /// ipvs mode: virtual servers and a few iptables rules.
    Ipvs(Ipvs),
}

impl Program {
    /// The text that the node's tools show; `memory` holds what dynamic sets and virtual servers remember by now.
    pub fn text(&self, memory: &Memory, now: Time) -> String {
        match self {
            Program::Iptables(ruleset) => ruleset.save(),
            Program::Nftables(table) => table.list(memory, now),
            Program::Ipvs(ipvs) => ipvs.list(memory, now),
        }
    }

    /// What the rules at `hook` say. Rules that translate addresses are asked only where `ask_nat`.
    pub fn run(&self, hook: Hook, packet: &mut Packet, kernel: &mut Kernel<'_>, ask_nat: bool) -> Verdict {
        kernel.tell(|| super::Step::Hook(hook));
        match self {
            Program::Iptables(ruleset) => ruleset.run(hook, packet, kernel, ask_nat),
            Program::Nftables(table) => table.run(hook, packet, kernel, ask_nat),
            Program::Ipvs(ipvs) => ipvs.run(hook, packet, kernel, ask_nat),
        }
    }

    /// Whether the program itself makes `address` one of the node's own, as ipvs does with its dummy device.
    pub fn binds(&self, address: std::net::IpAddr) -> bool {
        matches!(self, Program::Ipvs(ipvs) if ipvs.binds(address))
    }

    /// Drops from `memory` what no rule names any more.
    pub fn forget_unnamed(&self, memory: &mut Memory) {
        match self {
            Program::Iptables(ruleset) => memory.keep_lists(|list| ruleset.names_list(list)),
            Program::Nftables(table) => memory.keep_lists(|list| table.find_set(list).is_some()),
            Program::Ipvs(ipvs) => ipvs.forget_unnamed(memory),
        }
    }
}

/// What becomes of a new connection's first packet on one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// No rule touched it.
    Untouched,
    /// A rule accepted it as it is.
    Accepted,
    /// It goes to this endpoint.
    Sent {
        /// The endpoint.
        to: SocketAddr,
        /// Whether its source is changed on the way out.
        masqueraded: bool,
    },
    /// A rule rejected it.
    Rejected,
    /// A rule dropped it.
    Dropped,
}

/// Every fate that a packet can meet on a node whose own addresses are `locals`, with its probability; the same fate
/// comes up once. The packet comes from the node itself where its source is local.
pub fn fates(program: &Program, locals: &Locals, packet: Packet, memory: &Memory, now: Time) -> Vec<(Fate, f64)> {
    let mut found: Vec<(Fate, f64)> = Vec::new();
    let branches = Branches::explore(|chance| {
        let mut memory = memory.clone();
        let mut kernel = Kernel { locals, memory: &mut memory, chance, now, trace: None, draw: None };
        fate(program, packet, &mut kernel)
    });
    for (share, fate) in branches {
        match found.iter_mut().find(|(seen, _)| *seen == fate) {
            Some((_, sum)) => *sum += share,
            None => found.push((fate, share)),
        }
    }
    found.order_by_key(|(fate, _)| *fate);
    found
}

fn fate(program: &Program, mut packet: Packet, kernel: &mut Kernel<'_>) -> Fate {
    let is_own = kernel.locals.has(packet.from());
    let is_local = |packet: &Packet, kernel: &Kernel<'_>| kernel.locals.has(packet.to()) || program.binds(packet.to());
    let hooks: &[Hook] = if is_own { &[Hook::Output] } else { &[Hook::Prerouting] };
    let mut accepted = false;
    let mut sent = None;
    for hook in hooks {
        match program.run(*hook, &mut packet, kernel, true) {
            Verdict::Drop => return Fate::Dropped,
            Verdict::Reject => return Fate::Rejected,
            Verdict::Dnat(to) => sent = Some(to),
            Verdict::Accept => accepted = true,
            Verdict::Pass | Verdict::Masquerade => {}
        }
    }
    if !is_own || is_local(&packet, kernel) {
        let next = if is_local(&packet, kernel) { Hook::Input } else { Hook::Forward };
        match program.run(next, &mut packet, kernel, true) {
            Verdict::Drop => return Fate::Dropped,
            Verdict::Reject => return Fate::Rejected,
            Verdict::Accept => accepted = true,
            Verdict::Dnat(to) => sent = Some(to),
            Verdict::Pass | Verdict::Masquerade => {}
        }
    }
    let masqueraded = program.run(Hook::Postrouting, &mut packet, kernel, true) == Verdict::Masquerade;
    match sent {
        Some(to) => Fate::Sent { to, masqueraded },
        None if accepted => Fate::Accepted,
        None => Fate::Untouched,
    }
}
