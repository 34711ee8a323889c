//! Which lines of a node's rules came and went between two programs.

use super::iptables::{Ruleset, TableName};
use super::nftables::{Table, list_line};
use super::{Ipvs, Program};
use crate::order::SortedMap;
use std::sync::Arc;

/// A line that one program has and the other has not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineChange {
    /// The chain, set, map or virtual server that it is in.
    pub place: String,
    /// Whether it came; it went otherwise.
    pub added: bool,
    /// The line as the node's tools print it.
    pub line: String,
}

/// The lines that differ between two programs: first those that went, then those that came, place by place. Parts that
/// both share are not looked at.
pub fn changes(old: &Program, new: &Program) -> Vec<LineChange> {
    match (old, new) {
        (Program::Iptables(old), Program::Iptables(new)) => iptables(old, new),
        (Program::Nftables(old), Program::Nftables(new)) => nftables(old, new),
        (Program::Ipvs(old), Program::Ipvs(new)) => ipvs(old, new),
        _ => {
            let all = |program: &Program| {
                let text = program.text(&super::Memory::default(), crate::clock::Time::ZERO);
                text.lines().map(str::to_owned).collect::<Vec<_>>()
            };
            lines("", all(old), all(new)).collect()
        }
    }
}

/// What stands in only one of two lists, each line as often as it does more there.
fn lines(place: &str, old: Vec<String>, new: Vec<String>) -> impl Iterator<Item = LineChange> {
    let mut count: SortedMap<String, i32> = SortedMap::new();
    for line in &old {
        *count.entry(line.clone()).or_default() -= 1;
    }
    for line in &new {
        *count.entry(line.clone()).or_default() += 1;
    }
    let mut changes = Vec::new();
    for (added, side) in [(false, old), (true, new)] {
        for line in side {
            let Some(left) = count.get_mut(&line) else { continue };
            if (added && *left > 0) || (!added && *left < 0) {
                *left += if added { -1 } else { 1 };
                changes.push(LineChange { place: place.to_owned(), added, line });
            }
        }
    }
    changes.into_iter()
}

fn iptables(old: &Ruleset, new: &Ruleset) -> Vec<LineChange> {
    let mut changes = Vec::new();
    for table in TableName::ALL {
        let before: SortedMap<_, _> = old.chains(table).map(|chain| (chain.name.clone(), chain)).collect();
        let after: SortedMap<_, _> = new.chains(table).map(|chain| (chain.name.clone(), chain)).collect();
        for name in union(&before, &after) {
            let (was, is) = (before.get(name), after.get(name));
            if was.zip(is).is_some_and(|(was, is)| Arc::ptr_eq(was, is)) {
                continue;
            }
            let saved = |chain: Option<&&Arc<super::iptables::Chain>>| {
                chain.map(|chain| chain.saved_lines().collect()).unwrap_or_default()
            };
            changes.extend(lines(&format!("{} {name}", table.name()), saved(was), saved(is)));
        }
    }
    changes
}

fn nftables(old: &Table, new: &Table) -> Vec<LineChange> {
    let mut changes = Vec::new();
    let sets = |table: &Table| -> SortedMap<Arc<str>, Arc<super::nftables::Set>> {
        table.sets().into_iter().map(|set| (set.name.clone(), set.clone())).collect()
    };
    let (before, after) = (sets(old), sets(new));
    for name in union(&before, &after) {
        let (was, is) = (before.get(name), after.get(name));
        if was.zip(is).is_some_and(|(was, is)| Arc::ptr_eq(was, is)) {
            continue;
        }
        let elements = |set: Option<&Arc<super::nftables::Set>>| {
            set.map(|set| set.elements().map(|(key, element)| element.text(key)).collect()).unwrap_or_default()
        };
        changes.extend(lines(name, elements(was), elements(is)));
    }
    let chains = |table: &Table| -> SortedMap<Arc<str>, Arc<super::nftables::Chain>> {
        table.chains().into_iter().map(|chain| (chain.name.clone(), chain.clone())).collect()
    };
    let (before, after) = (chains(old), chains(new));
    for name in union(&before, &after) {
        let (was, is) = (before.get(name), after.get(name));
        if was.zip(is).is_some_and(|(was, is)| Arc::ptr_eq(was, is)) {
            continue;
        }
        let rules = |chain: Option<&Arc<super::nftables::Chain>>| {
            chain.map(|chain| chain.rules.iter().map(list_line).collect()).unwrap_or_default()
        };
        changes.extend(lines(name, rules(was), rules(is)));
    }
    changes
}

fn ipvs(old: &Ipvs, new: &Ipvs) -> Vec<LineChange> {
    let mut changes = Vec::new();
    let servers =
        |ipvs: &Ipvs| -> SortedMap<_, _> { ipvs.servers().map(|(at, server)| (at, server.clone())).collect() };
    let (before, after) = (servers(old), servers(new));
    for at in union(&before, &after) {
        let (was, is) = (before.get(at), after.get(at));
        if was.zip(is).is_some_and(|(was, is)| Arc::ptr_eq(was, is)) {
            continue;
        }
        let text = |server: Option<&Arc<super::VirtualServer>>| {
            server.map(|server| server.lines(&super::Memory::default(), crate::clock::Time::ZERO)).unwrap_or_default()
        };
        changes.extend(lines(&format!("{} {}", at.0.name(), at.1), text(was), text(is)));
    }
    changes.extend(iptables(old.rules(), new.rules()));
    changes
}

fn union<'a, K: Ord, V>(one: &'a SortedMap<K, V>, two: &'a SortedMap<K, V>) -> crate::order::SortedSet<&'a K> {
    one.keys().chain(two.keys()).collect()
}
