//! The commands that make a table, in kube-proxy's own spelling, sorted: what a first sync sends to `nft -f -`.

use super::list::word;
use super::{Lookup, Ranges, Rule, SetKind, Statement, TABLE, Table, list_statement};
use crate::net::{Cidr, Family};
use crate::order::Order;
use std::fmt::Write as _;

impl Table {
    /// The commands: chains and their rules by name, then sets, maps and elements.
    pub fn transaction(&self) -> String {
        let ip = word(self.family);
        let mut text = format!("add table {ip} {TABLE} {{ comment \"rules for kube-proxy\" ; }}\n");
        let mut chains = self.chains();
        chains.order_by(|one, two| one.name.cmp(&two.name));
        for chain in &chains {
            let _ = write!(text, "add chain {ip} {TABLE} {}", chain.name);
            if let Some(base) = chain.base {
                let (kind, hook) = (base.kind_name(), base.hook.name());
                let _ = write!(text, " {{ type {kind} hook {hook} priority {} ; }}", base.priority);
            }
            if let Some(comment) = chain.comment {
                let _ = write!(text, " {{ comment \"{comment}\" ; }}");
            }
            text.push('\n');
        }
        for chain in &chains {
            for rule in chain.rules.iter() {
                let _ = writeln!(text, "add rule {ip} {TABLE} {} {}", chain.name, rule_text(rule));
            }
        }
        let mut sets = self.sets();
        sets.order_by(|one, two| (one.kind.is_map(), &one.name).cmp(&(two.kind.is_map(), &two.name)));
        for set in &sets {
            let kind = if set.kind.is_map() { "map" } else { "set" };
            let _ = write!(text, "add {kind} {ip} {TABLE} {} {{ type {} ;", set.name, set.kind.type_text(self.family));
            if let SetKind::Affinity(seconds) = set.kind {
                let _ = write!(text, " flags dynamic,timeout ; timeout {seconds}s ;");
            }
            if let Some(comment) = set.comment {
                let _ = write!(text, " comment \"{comment}\" ;");
            }
            text.push_str(" }\n");
        }
        sets.order_by(|one, two| one.name.cmp(&two.name));
        for set in &sets {
            let mut elements: Vec<String> = set.elements().map(|(key, element)| element.text(key)).collect();
            elements.order();
            for element in elements {
                let _ = writeln!(text, "add element {ip} {TABLE} {} {{ {element} }}", set.name);
            }
        }
        text
    }
}

fn rule_text(rule: &Rule) -> String {
    let mut words: Vec<String> = rule.statements.iter().map(|statement| spelled(rule.family, statement)).collect();
    if let Some(comment) = rule.comment {
        words.push(format!("comment \"{comment}\""));
    }
    words.join(" ")
}

fn ranges_text(ranges: &Ranges) -> String {
    match ranges {
        Ranges::One(range) => range.to_string(),
        Ranges::Any(some) => format!("{{ {} }}", some.iter().map(Cidr::short).collect::<Vec<_>>().join(", ")),
    }
}

/// A statement in kube-proxy's spelling, where nft prints it differently.
fn spelled(family: Family, statement: &Statement) -> String {
    let ip = word(family);
    match statement {
        Statement::To { ranges, not } => {
            format!("{ip} daddr {}{}", if *not { "!= " } else { "" }, ranges_text(ranges))
        }
        Statement::From { ranges, not } => {
            format!("{ip} saddr {}{}", if *not { "!= " } else { "" }, ranges_text(ranges))
        }
        Statement::Marked(mask) => format!("mark and {mask:#x} != 0"),
        Statement::OrMark(bits) => format!("mark set mark or {bits:#x}"),
        Statement::XorMark(bits) => format!("mark set mark xor {bits:#x}"),
        Statement::Vmap { by: Lookup::Port, name, .. } => format!("meta l4proto . th dport vmap @{name}"),
        Statement::GotoAny(chains) => {
            let choices: Vec<String> =
                chains.iter().enumerate().map(|(at, (chain, _))| format!("{at} : goto {chain}")).collect();
            format!("numgen random mod {} vmap {{ {} }}", chains.len(), choices.join(" , "))
        }
        Statement::DnatAny(endpoints) => {
            let choices: Vec<String> =
                endpoints.iter().enumerate().map(|(at, to)| format!("{at} : {} . {}", to.ip(), to.port())).collect();
            format!("dnat {ip} addr . port to numgen random mod {} map {{ {} }}", endpoints.len(), choices.join(" , "))
        }
        other => list_statement(family, other),
    }
}
