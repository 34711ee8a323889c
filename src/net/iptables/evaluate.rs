//! Walking a packet through the rules.

use super::{ChainId, Rule, Ruleset, TableName, Target};
use crate::net::kernel::Kernel;
use crate::net::packet::{Hook, Packet};
use crate::net::program::Verdict;
use crate::net::trace::{RuleAt, Step};
use std::ops::ControlFlow;

/// Chains that call each other deeper than this are taken as a loop, which the kernel would not load.
const DEEPEST: u8 = 16;

impl Ruleset {
    /// What the rules at `hook` say about `packet`. NAT rules are asked for new connections only, before the filter
    /// rules, as the kernel's priorities have it. A change of the destination is made in the packet at once.
    pub fn run(&self, hook: Hook, packet: &mut Packet, kernel: &mut Kernel<'_>, ask_nat: bool) -> Verdict {
        let mut said = Verdict::Pass;
        if ask_nat && hook != Hook::Forward && hook != Hook::Input {
            said = self.table(TableName::Nat, hook, packet, kernel);
            if let Verdict::Dnat(to) = said {
                let before = packet.destination;
                packet.destination = to;
                packet.dnat = true;
                kernel.tell(|| Step::Dnat { before, after: to });
            }
        }
        if TableName::Filter.hooks().contains(&hook) {
            match self.table(TableName::Filter, hook, packet, kernel) {
                verdict @ (Verdict::Drop | Verdict::Reject) => return verdict,
                Verdict::Accept if said == Verdict::Pass => return Verdict::Accept,
                _ => {}
            }
        }
        said
    }

    fn table(&self, table: TableName, hook: Hook, packet: &mut Packet, kernel: &mut Kernel<'_>) -> Verdict {
        // The built-in chains are made first, so they are the first places; looked up by name they would cost a search.
        let first = match table {
            TableName::Mangle => 0,
            TableName::Filter => 5,
            TableName::Nat => 8,
        };
        let Some(at) = table.hooks().iter().position(|of| *of == hook) else { return Verdict::Pass };
        self.walk(ChainId((first + at) as u32), packet, kernel, 0).unwrap_or(Verdict::Pass)
    }

    /// `None` where the chain ended without a verdict.
    fn walk(&self, id: ChainId, packet: &mut Packet, kernel: &mut Kernel<'_>, depth: u8) -> Option<Verdict> {
        let chain = self.get(id)?;
        if depth > DEEPEST || chain.is_empty() {
            return None;
        }
        kernel.tell(|| Step::Chain { table: chain.table.name(), chain: chain.name.clone() });
        let mut index = 0;
        for (_, rules) in &chain.sections {
            for (at, rule) in rules.iter().enumerate() {
                let failed = rule.matches.iter().position(|one| !one.holds(packet, kernel));
                if kernel.is_traced() {
                    tell_rule(
                        RuleAt::Iptables(chain.table, chain.name.clone(), rules.clone(), at),
                        index,
                        failed,
                        kernel,
                    );
                }
                index += 1;
                if failed.is_none()
                    && let ControlFlow::Break(end) = self.act(rule, packet, kernel, depth)
                {
                    return end;
                }
            }
        }
        kernel.tell(|| Step::Return);
        None
    }

    /// What a matching rule does: the next rule is tried, or the chain is left with a verdict or without one.
    fn act(
        &self,
        rule: &Rule,
        packet: &mut Packet,
        kernel: &mut Kernel<'_>,
        depth: u8,
    ) -> ControlFlow<Option<Verdict>> {
        ControlFlow::Break(match &rule.target {
            Target::Continue => return ControlFlow::Continue(()),
            Target::Jump { chain, .. } => match self.walk(*chain, packet, kernel, depth + 1) {
                None => return ControlFlow::Continue(()),
                verdict => verdict,
            },
            Target::Return => {
                kernel.tell(|| Step::Return);
                None
            }
            Target::Accept => Some(Verdict::Accept),
            Target::Drop => Some(Verdict::Drop),
            Target::Reject => Some(Verdict::Reject),
            Target::OrMark(bits) => {
                kernel.mark(packet, packet.mark | bits);
                return ControlFlow::Continue(());
            }
            Target::XorMark(bits) => {
                kernel.mark(packet, packet.mark ^ bits);
                return ControlFlow::Continue(());
            }
            Target::Dnat(to) => Some(Verdict::Dnat(*to)),
            Target::Masquerade { .. } => Some(Verdict::Masquerade),
        })
    }
}

fn tell_rule(rule: RuleAt, index: u32, failed: Option<usize>, kernel: &mut Kernel<'_>) {
    let draw = kernel.draw.take();
    kernel.tell(|| Step::Rule { rule, index, failed: failed.map(|at| at as u16), draw });
}
