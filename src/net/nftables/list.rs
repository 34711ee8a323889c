//! The text of `nft -s list table ip kube-proxy` (nft 1.0.6), with four spaces for each tab.

use super::{Base, Chain, ChainType, Lookup, Ranges, Rule, Set, SetKind, Statement, TABLE, Table};
use crate::clock::Time;
use crate::net::{Cidr, Family, Hook, Memory};
use crate::order::Order;
use std::fmt::Write as _;

impl Table {
    /// What `nft -s list table` prints. `memory` says which clients stand in the dynamic sets.
    pub fn list(&self, memory: &Memory, now: Time) -> String {
        let mut text = format!("table {} {TABLE} {{\n    comment \"rules for kube-proxy\"\n", word(self.family));
        for (number, set) in self.sets().into_iter().enumerate() {
            if number > 0 {
                text.push('\n');
            }
            set.list(self.family, memory, now, &mut text);
        }
        for chain in self.chains() {
            text.push('\n');
            chain.list(&mut text);
        }
        text.push_str("}\n");
        text
    }
}

impl Set {
    fn list(&self, family: Family, memory: &Memory, now: Time, text: &mut String) {
        let kind = if self.kind.is_map() { "map" } else { "set" };
        let _ = writeln!(text, "    {kind} {} {{\n        type {}", self.name, self.kind.type_text(family));
        let mut elements: Vec<String> = self.elements().map(|(key, element)| element.text(key)).collect();
        if let SetKind::Affinity(seconds) = self.kind {
            // The kernel gives a set that rules add to this size.
            let _ =
                writeln!(text, "        size 65535\n        flags dynamic,timeout\n        timeout {}", span(seconds));
            elements = memory.clients(&self.name, seconds, now).map(|client| client.to_string()).collect();
        }
        if let Some(comment) = self.comment {
            let _ = writeln!(text, "        comment \"{comment}\"");
        }
        // Short elements stand two to a line.
        let a_line = if matches!(self.kind, SetKind::Addresses | SetKind::Affinity(_)) { 2 } else { 1 };
        let lines: Vec<String> = elements.chunks(a_line).map(|some| some.join(", ")).collect();
        if !lines.is_empty() {
            let _ = writeln!(text, "        elements = {{ {} }}", lines.join(",\n                 "));
        }
        text.push_str("    }\n");
    }
}

impl Chain {
    fn list(&self, text: &mut String) {
        let _ = writeln!(text, "    chain {} {{", self.name);
        if let Some(comment) = self.comment {
            let _ = writeln!(text, "        comment \"{comment}\"");
        }
        if let Some(base) = self.base {
            let _ = writeln!(text, "        {}", base.list());
        }
        for rule in self.rules.iter() {
            let _ = writeln!(text, "        {}", list_line(rule));
        }
        text.push_str("    }\n");
    }
}

impl Base {
    pub(super) fn kind_name(self) -> &'static str {
        match self.kind {
            ChainType::Filter => "filter",
            ChainType::Nat => "nat",
        }
    }

    fn list(self) -> String {
        // nft names a priority where its hook has a name for one near it.
        let priority = match (self.hook, self.priority) {
            (Hook::Prerouting, -100) => "dstnat".to_owned(),
            (Hook::Prerouting, near @ -110..=-90) => format!("dstnat {} {}", sign(near + 100), (near + 100).abs()),
            (Hook::Postrouting, 100) => "srcnat".to_owned(),
            (_, 0) => "filter".to_owned(),
            (_, other) => other.to_string(),
        };
        format!("type {} hook {} priority {priority}; policy accept;", self.kind_name(), self.hook.name())
    }
}

fn sign(number: i16) -> char {
    if number < 0 { '-' } else { '+' }
}

/// `ip`, `ip6`: as rules and tables name the family.
pub(super) fn word(family: Family) -> &'static str {
    match family {
        Family::V4 => "ip",
        Family::V6 => "ip6",
    }
}

/// A time span as nft prints it: `10m`, `1h30m`.
fn span(seconds: u32) -> String {
    let mut text = String::new();
    for (unit, length, wrap) in [('d', 86_400, u32::MAX), ('h', 3600, 24), ('m', 60, 60), ('s', 1, 60)] {
        let count = seconds / length % wrap;
        if count > 0 {
            let _ = write!(text, "{count}{unit}");
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

/// A rule as `nft list` prints it.
pub fn list_line(rule: &Rule) -> String {
    let mut words: Vec<String> =
        rule.statements.iter().map(|statement| list_statement(rule.family, statement)).collect();
    if let Some(comment) = rule.comment {
        words.push(format!("comment \"{comment}\""));
    }
    words.join(" ")
}

/// A single range stands alone; several are a set, in which nft joins those that overlap or touch.
fn list_ranges(family: Family, ranges: &Ranges) -> String {
    if let [one] = ranges.list() {
        return one.short();
    }
    let mut bounds: Vec<(u128, u128)> = ranges.list().iter().map(Cidr::bounds).collect();
    bounds.order();
    let mut joined: Vec<(u128, u128)> = Vec::new();
    for (first, last) in bounds {
        match joined.last_mut() {
            Some((_, end)) if first <= end.saturating_add(1) => *end = last.max(*end),
            _ => joined.push((first, last)),
        }
    }
    let texts: Vec<String> = joined.into_iter().map(|(first, last)| Cidr::span_text(family, first, last)).collect();
    format!("{{ {} }}", texts.join(", "))
}

/// A statement as `nft list` prints it.
pub fn list_statement(family: Family, statement: &Statement) -> String {
    let ip = word(family);
    match statement {
        Statement::IsNew => "ct state new".to_owned(),
        Statement::IsDnat => "ct status dnat".to_owned(),
        Statement::ToSet(set, _) => format!("{ip} daddr @{set}"),
        Statement::To { ranges, not } => {
            format!("{ip} daddr {}{}", if *not { "!= " } else { "" }, list_ranges(family, ranges))
        }
        Statement::ToLocal => "fib daddr type local".to_owned(),
        Statement::From { ranges, not } => {
            format!("{ip} saddr {}{}", if *not { "!= " } else { "" }, list_ranges(family, ranges))
        }
        Statement::FromRemembered(set, _) => format!("{ip} saddr @{set}"),
        Statement::FromLocal => "fib saddr type local".to_owned(),
        Statement::Protocol(protocol) => format!("meta l4proto {}", protocol.name()),
        Statement::Marked(mask) => format!("meta mark & 0x{mask:08x} != 0x00000000"),
        Statement::PairIn(set, _) => format!("{ip} saddr . {ip} daddr . meta l4proto . th dport @{set}"),
        Statement::OrMark(bits) => format!("meta mark set meta mark | 0x{bits:08x}"),
        Statement::XorMark(bits) => format!("meta mark set meta mark ^ 0x{bits:08x}"),
        Statement::Update(set, _) => format!("update @{set} {{ {ip} saddr }}"),
        Statement::Jump(chain, _) => format!("jump {chain}"),
        Statement::Goto(chain, _) => format!("goto {chain}"),
        Statement::Vmap { by: Lookup::Service, name, .. } => {
            format!("{ip} daddr . meta l4proto . th dport vmap @{name}")
        }
        Statement::Vmap { by: Lookup::Port, name, .. } => format!("meta l4proto . th dport vmap @{name}"),
        Statement::GotoAny(chains) => {
            let choices: Vec<String> =
                chains.iter().enumerate().map(|(at, (chain, _))| format!("{at} : goto {chain}")).collect();
            format!("numgen random mod {} vmap {{ {} }}", chains.len(), choices.join(", "))
        }
        Statement::DnatAny(endpoints) => {
            let choices: Vec<String> =
                endpoints.iter().enumerate().map(|(at, to)| format!("{at} : {} . {}", to.ip(), to.port())).collect();
            format!("dnat {ip} to numgen random mod {} map {{ {} }}", endpoints.len(), choices.join(", "))
        }
        Statement::Dnat(to) => format!("dnat to {to}"),
        Statement::Drop => "drop".to_owned(),
        Statement::Reject => "reject".to_owned(),
        Statement::Masquerade => "masquerade fully-random".to_owned(),
    }
}
