//! Walking a packet through the table.

use super::{ChainId, ChainType, Element, Key, Lookup, Rule, SetId, SetKind, Statement, TABLE, Table};
use crate::net::kernel::Kernel;
use crate::net::packet::{Hook, Packet};
use crate::net::program::Verdict;
use crate::net::trace::{RuleAt, Step};

/// Chains that call each other deeper than this are taken as a loop, which the kernel would not load.
const DEEPEST: u8 = 16;

/// What a statement says.
enum Said {
    /// A condition holds, or an action was done: the next statement.
    On,
    /// A condition does not hold: the next rule.
    No,
    /// The chain was left; the verdict, or `None` where it ended without one.
    End(Option<Verdict>),
}

impl Table {
    /// What the base chains at `hook` say about `packet`, by priority. A change of the destination is made in the
    /// packet at once.
    pub fn run(&self, hook: Hook, packet: &mut Packet, kernel: &mut Kernel<'_>, ask_nat: bool) -> Verdict {
        let mut said = Verdict::Pass;
        for (base, chain) in &self.hooks {
            if base.hook != hook || (base.kind == ChainType::Nat && !ask_nat) {
                continue;
            }
            match self.walk(*chain, packet, kernel, 0) {
                Some(verdict @ (Verdict::Drop | Verdict::Reject)) => return verdict,
                Some(Verdict::Dnat(to)) => {
                    let before = packet.destination;
                    packet.destination = to;
                    packet.dnat = true;
                    kernel.tell(|| Step::Dnat { before, after: to });
                    said = Verdict::Dnat(to);
                }
                Some(Verdict::Masquerade) => said = Verdict::Masquerade,
                Some(Verdict::Accept | Verdict::Pass) | None => {}
            }
        }
        said
    }

    fn walk(&self, id: ChainId, packet: &mut Packet, kernel: &mut Kernel<'_>, depth: u8) -> Option<Verdict> {
        let chain = self.chain_at(id)?;
        if depth > DEEPEST {
            return None;
        }
        kernel.tell(|| Step::Chain { table: TABLE, chain: chain.name.clone() });
        for (at, rule) in chain.rules.iter().enumerate() {
            let mut failed = None;
            let mut end = None;
            // The step is told before the action, so that what the action does stands behind it.
            let told = kernel.is_traced() && self.tell_conditions(rule, packet, kernel, &mut failed);
            if told {
                let tried = RuleAt::Nftables(chain.name.clone(), chain.rules.clone(), at);
                kernel.tell(|| Step::Rule { rule: tried, index: at as u32, failed, draw: None });
                if failed.is_some() {
                    continue;
                }
            }
            for statement in &rule.statements {
                match self.say(statement, packet, kernel, depth) {
                    Said::On => {}
                    Said::No => break,
                    Said::End(verdict) => {
                        end = Some(verdict);
                        break;
                    }
                }
            }
            if let Some(draw) = kernel.draw.take() {
                kernel.tell_draw(draw);
            }
            if let Some(verdict) = end {
                return verdict;
            }
        }
        kernel.tell(|| Step::Return);
        None
    }

    /// Looks which condition of a rule fails first. Conditions change nothing, so they can be asked twice.
    fn tell_conditions(&self, rule: &Rule, packet: &Packet, kernel: &mut Kernel<'_>, failed: &mut Option<u16>) -> bool {
        *failed = rule
            .statements
            .iter()
            .position(|statement| self.holds(statement, packet, kernel) == Some(false))
            .map(|at| at as u16);
        true
    }

    /// Whether a condition holds; `None` for an action.
    fn holds(&self, statement: &Statement, packet: &Packet, kernel: &Kernel<'_>) -> Option<bool> {
        let is_member = |set: &SetId, key: Key| self.set_at(*set).is_some_and(|set| set.get(&key).is_some());
        Some(match statement {
            Statement::IsNew => packet.state == crate::net::State::New,
            Statement::IsDnat => packet.dnat,
            Statement::ToSet(_, set) => is_member(set, Key::Address(packet.to())),
            Statement::To { ranges, not } => ranges.list().iter().any(|range| range.contains(packet.to())) != *not,
            Statement::ToLocal => kernel.locals.has(packet.to()),
            Statement::From { ranges, not } => ranges.list().iter().any(|range| range.contains(packet.from())) != *not,
            Statement::FromRemembered(_, set) => self.set_at(*set).is_some_and(|set| match set.kind {
                SetKind::Affinity(seconds) => kernel.memory.saw(&set.name, packet.from(), seconds, kernel.now),
                _ => false,
            }),
            Statement::FromLocal => kernel.locals.has(packet.from()),
            Statement::Protocol(protocol) => packet.protocol == *protocol,
            Statement::Marked(mask) => packet.mark & mask != 0,
            Statement::PairIn(_, set) => {
                let pair = Key::Pair(packet.from(), packet.to(), packet.protocol, packet.destination.port());
                is_member(set, pair)
            }
            _ => return None,
        })
    }

    fn say(&self, statement: &Statement, packet: &mut Packet, kernel: &mut Kernel<'_>, depth: u8) -> Said {
        match statement {
            Statement::OrMark(bits) => kernel.mark(packet, packet.mark | bits),
            Statement::XorMark(bits) => kernel.mark(packet, packet.mark ^ bits),
            Statement::Update(name, _) => kernel.memory.see(name, packet.from(), false, kernel.now),
            Statement::Jump(_, chain) => {
                if let Some(verdict) = self.walk(*chain, packet, kernel, depth + 1) {
                    return Said::End(Some(verdict));
                }
            }
            Statement::Goto(_, chain) => return Said::End(self.walk(*chain, packet, kernel, depth + 1)),
            Statement::Vmap { by, map, name } => {
                let (protocol, port) = (packet.protocol, packet.destination.port());
                let key = match by {
                    Lookup::Service => Key::Service(packet.to(), protocol, port),
                    Lookup::Port => Key::Port(protocol, port),
                };
                let found = self.set_at(*map).and_then(|map| map.get(&key));
                kernel.tell(|| Step::Lookup {
                    map: name.clone(),
                    key: key.text(),
                    found: found.map(Element::verdict_text),
                });
                match found {
                    Some(Element::Goto { chain, .. }) => {
                        return Said::End(self.walk(*chain, packet, kernel, depth + 1));
                    }
                    Some(Element::Drop { .. }) => return Said::End(Some(Verdict::Drop)),
                    Some(Element::Member) | None => return Said::No,
                }
            }
            Statement::GotoAny(chains) => {
                let place = kernel.pick(chains.len() as u32) as usize;
                if let Some(draw) = kernel.draw.take() {
                    kernel.tell_draw(draw);
                }
                if let Some((_, chain)) = chains.get(place) {
                    return Said::End(self.walk(*chain, packet, kernel, depth + 1));
                }
            }
            Statement::DnatAny(endpoints) => {
                let place = kernel.pick(endpoints.len() as u32) as usize;
                if let Some(to) = endpoints.get(place) {
                    return Said::End(Some(Verdict::Dnat(*to)));
                }
            }
            Statement::Dnat(to) => return Said::End(Some(Verdict::Dnat(*to))),
            Statement::Drop => return Said::End(Some(Verdict::Drop)),
            Statement::Reject => return Said::End(Some(Verdict::Reject)),
            Statement::Masquerade => return Said::End(Some(Verdict::Masquerade)),
            condition => {
                if self.holds(condition, packet, kernel) == Some(false) {
                    return Said::No;
                }
            }
        }
        Said::On
    }
}
