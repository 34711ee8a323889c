//! The text that kube-proxy feeds to `iptables-restore`.

use super::{Chain, Direction, Match, Recent, Rule, Ruleset, TableName, Target};
use crate::order::{Order, SortedSet};
use std::fmt::Write as _;
use std::sync::Arc;

/// The chains that stand first in a table: kube-proxy declares them before those of services.
const FIRST: [&str; 2] = ["KUBE-NODEPORTS", "KUBE-SERVICES"];

impl Ruleset {
    /// What kube-proxy feeds to `iptables-restore --noflush`: its own chains with their rules, then the deletion of the
    /// nat chains `gone`. Where `only` is given, of the chains that start with one of the prefixes `per_service` just
    /// those are written: the others were loaded by an earlier sync and have not changed.
    pub fn restore(
        &self,
        per_service: &[&str],
        only: Option<&SortedSet<Arc<str>>>,
        gone: &SortedSet<Arc<str>>,
    ) -> String {
        let mut text = String::new();
        for table in [TableName::Filter, TableName::Nat] {
            let gone = gone.iter().filter(|_| table == TableName::Nat);
            let mut chains: Vec<(&str, Option<&Chain>)> = self
                .chains(table)
                .filter(|chain| chain.hook.is_none() && &*chain.name != "KUBE-PROXY-CANARY")
                .filter(|chain| {
                    let is_per_service = per_service.iter().any(|prefix| chain.name.starts_with(prefix));
                    !is_per_service || only.is_none_or(|only| only.contains(&chain.name))
                })
                .map(|chain| (&*chain.name, Some(&**chain)))
                .chain(gone.clone().map(|name| (&**name, None)))
                .collect();
            chains
                .order_by_key(|(name, _)| (FIRST.iter().position(|first| first == name).unwrap_or(FIRST.len()), *name));
            let _ = writeln!(text, "*{}", table.name());
            for (name, _) in &chains {
                let _ = writeln!(text, ":{name} - [0:0]");
            }
            for (name, chain) in &chains {
                for rule in chain.iter().flat_map(|chain| chain.rules()) {
                    let _ = writeln!(text, "{}", restore_line(name, rule));
                }
            }
            for name in gone {
                let _ = writeln!(text, "-X {name}");
            }
            text.push_str("COMMIT\n");
        }
        text
    }
}

fn restore_line(chain: &str, rule: &Rule) -> String {
    let mut line = format!("-A {chain}");
    for one in &rule.matches {
        line.push(' ');
        line.push_str(&restore_match(one));
    }
    let target = match &rule.target {
        Target::Continue => return line,
        Target::Jump { name, .. } => name.to_string(),
        Target::Return => "RETURN".to_owned(),
        Target::Accept => "ACCEPT".to_owned(),
        Target::Drop => "DROP".to_owned(),
        Target::Reject => "REJECT".to_owned(),
        Target::OrMark(bits) => format!("MARK --or-mark {bits:#x}"),
        Target::XorMark(bits) => format!("MARK --xor-mark {bits:#x}"),
        Target::Dnat(to) => format!("DNAT --to-destination {to}"),
        Target::Masquerade { random: true } => "MASQUERADE --random-fully".to_owned(),
        Target::Masquerade { random: false } => "MASQUERADE".to_owned(),
    };
    let _ = write!(line, " -j {target}");
    line
}

fn restore_match(one: &Match) -> String {
    match one {
        Match::Comment(text) if text.contains(' ') => format!("-m comment --comment \"{text}\""),
        Match::Comment(text) => format!("-m comment --comment {text}"),
        Match::Address { end, range, not } => {
            let but = if *not { "! " } else { "" };
            let flag = if *end == Direction::Source { "-s" } else { "-d" };
            format!("{but}{flag} {}", range.short())
        }
        Match::Protocol(protocol) => format!("-m {0} -p {0}", protocol.name()),
        Match::Statistic(probability) => format!("-m statistic --mode random --probability {}", probability.written()),
        Match::Recent(Recent::Check { list, seconds }) => {
            format!("-m recent --name {list} --rcheck --seconds {seconds} --reap")
        }
        Match::Recent(Recent::Set { list }) => format!("-m recent --name {list} --set"),
        Match::Accounting(name) => format!("-m nfacct --nfacct-name {name}"),
        other => super::save_match(other),
    }
}
