//! nftables: kube-proxy's table with its typed chains, rules, sets and maps.
//!
//! A [`Table`] is made by `proxy`, printed by [`Table::list`] (what `nft -s list table` shows) and
//! [`Table::transaction`] (the commands that make it), and evaluated by [`Table::run`].

mod element;
mod evaluate;
mod list;
mod rule;
mod transaction;

pub use element::{Element, Key, Set, SetKind};
pub use list::{list_line, list_statement};
pub use rule::{Lookup, Ranges, Rule, Statement};

use super::{Family, Hook};
use crate::clock::Time;
use crate::order::{Order, SortedMap};
use std::sync::Arc;
use std::time::Duration;

/// The table's name.
pub const TABLE: &str = "kube-proxy";

/// A chain of a table, by its place there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChainId(u32);

/// A set or map of a table, by its place there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SetId(u32);

/// What a base chain does to packets: chains of type `nat` see only the first packet of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChainType {
    /// Lets packets through or not.
    Filter,
    /// Translates addresses.
    Nat,
}

/// How a chain is called by the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Base {
    /// Its type.
    pub kind: ChainType,
    /// Its hook.
    pub hook: Hook,
    /// Lower ones are called earlier.
    pub priority: i16,
}

/// A chain.
#[derive(Clone, Debug)]
pub struct Chain {
    /// Its name.
    pub name: Arc<str>,
    /// For base chains, when it is called.
    pub base: Option<Base>,
    /// Its comment.
    pub comment: Option<&'static str>,
    /// Its rules.
    pub rules: Arc<[Rule]>,
    /// Its place in the order of creation.
    created: u64,
}

impl PartialEq for Chain {
    fn eq(&self, other: &Chain) -> bool {
        self.name == other.name && self.base == other.base && self.comment == other.comment && self.rules == other.rules
    }
}

/// How long an emptied chain keeps its place before a sync deletes it.
const STALE: Duration = Duration::from_secs(1);

/// The table of a node. Chains and sets are shared between clones.
#[derive(Clone, Debug)]
pub struct Table {
    family: Family,
    chains: Vec<Option<Arc<Chain>>>,
    chain_names: SortedMap<Arc<str>, ChainId>,
    sets: Vec<Option<Arc<Set>>>,
    set_names: SortedMap<Arc<str>, SetId>,
    free_chains: Vec<ChainId>,
    free_sets: Vec<SetId>,
    /// The base chains of each hook, by priority.
    hooks: Vec<(Base, ChainId)>,
    created: u64,
    /// Chains that a sync emptied: their places and since when.
    stale: SortedMap<Arc<str>, (u64, Time)>,
}

impl Table {
    /// An empty table.
    pub fn new(family: Family) -> Table {
        Table {
            family,
            chains: Vec::new(),
            chain_names: SortedMap::new(),
            sets: Vec::new(),
            set_names: SortedMap::new(),
            free_chains: Vec::new(),
            free_sets: Vec::new(),
            hooks: Vec::new(),
            created: 0,
            stale: SortedMap::new(),
        }
    }

    /// The family of its addresses.
    pub fn family(&self) -> Family {
        self.family
    }

    /// The chain of this name, made where there is none. One that was emptied lately comes back at its old place.
    pub fn chain(&mut self, name: &str) -> ChainId {
        if let Some(id) = self.chain_names.get(name) {
            return *id;
        }
        let name: Arc<str> = name.into();
        self.created += 1;
        let created = self.stale.remove(&name).map_or(self.created, |(place, _)| place);
        let chain =
            Arc::new(Chain { name: name.clone(), base: None, comment: None, rules: Arc::from(Vec::new()), created });
        let id = if let Some(id) = self.free_chains.pop() {
            if let Some(place) = self.chains.get_mut(id.0 as usize) {
                *place = Some(chain);
            }
            id
        } else {
            self.chains.push(Some(chain));
            ChainId((self.chains.len() - 1) as u32)
        };
        self.chain_names.insert(name, id);
        id
    }

    /// Makes a base chain.
    pub fn base_chain(&mut self, name: &str, base: Base) {
        let id = self.chain(name);
        if let Some(chain) = self.edit_chain(id) {
            chain.base = Some(base);
        }
        self.hooks.push((base, id));
        self.hooks.order_by_key(|(base, _)| base.priority);
    }

    /// The chain's id and name, for rules that go there; it is made where there is none.
    pub fn target(&mut self, name: &str) -> (Arc<str>, ChainId) {
        let id = self.chain(name);
        (self.chain_at(id).map_or_else(|| name.into(), |chain| chain.name.clone()), id)
    }

    /// Sets what a chain's comment says.
    pub fn comment_chain(&mut self, name: &str, comment: &'static str) {
        let id = self.chain(name);
        if let Some(chain) = self.edit_chain(id) {
            chain.comment = Some(comment);
        }
    }

    /// Replaces the rules of a chain, which is made where there is none.
    pub fn set_rules(&mut self, chain: &str, rules: Vec<Rule>) {
        let id = self.chain(chain);
        if let Some(chain) = self.edit_chain(id) {
            chain.rules = rules.into();
        }
    }

    /// Takes a chain out; no rule or element may lead there any more. kube-proxy empties it now and deletes it in a
    /// later sync; it is not shown meanwhile.
    pub fn remove_chain(&mut self, name: &str, now: Time) {
        let Some((name, id)) = self.chain_names.remove_entry(name) else { return };
        if let Some(place) = self.chains.get_mut(id.0 as usize) {
            if let Some(chain) = place.take() {
                self.stale.insert(name, (chain.created, now));
            }
            self.free_chains.push(id);
        }
    }

    /// Deletes for good what was emptied more than a second ago: the start of a sync.
    pub fn sweep(&mut self, now: Time) {
        self.stale.retain(|_, (_, since)| now.since(*since) < STALE);
    }

    /// The chain of this name.
    pub fn find_chain(&self, name: &str) -> Option<&Arc<Chain>> {
        self.chain_names.get(name).and_then(|id| self.chain_at(*id))
    }

    /// The chains, in the order in which they were made.
    pub fn chains(&self) -> Vec<&Arc<Chain>> {
        let mut chains: Vec<&Arc<Chain>> = self.chains.iter().flatten().collect();
        chains.order_by_key(|chain| chain.created);
        chains
    }

    /// Makes a set or map.
    pub fn make_set(&mut self, name: &str, kind: SetKind, comment: Option<&'static str>) -> SetId {
        if let Some(id) = self.set_names.get(name) {
            let id = *id;
            if self.set_at(id).is_some_and(|set| set.kind != kind)
                && let Some(set) = self.edit_set(id)
            {
                set.kind = kind;
            }
            return id;
        }
        let name: Arc<str> = name.into();
        self.created += 1;
        let set =
            Arc::new(Set { name: name.clone(), kind, comment, elements: SortedMap::new(), created: self.created });
        let id = if let Some(id) = self.free_sets.pop() {
            if let Some(place) = self.sets.get_mut(id.0 as usize) {
                *place = Some(set);
            }
            id
        } else {
            self.sets.push(Some(set));
            SetId((self.sets.len() - 1) as u32)
        };
        self.set_names.insert(name, id);
        id
    }

    /// Takes a set out; no rule may name it any more.
    pub fn remove_set(&mut self, name: &str) {
        if let Some(id) = self.set_names.remove(name) {
            if let Some(place) = self.sets.get_mut(id.0 as usize) {
                *place = None;
            }
            self.free_sets.push(id);
        }
    }

    /// The set or map of this name.
    pub fn find_set(&self, name: &str) -> Option<&Arc<Set>> {
        self.set_names.get(name).and_then(|id| self.set_at(*id))
    }

    /// The set or map of this name, to change.
    pub fn set_mut(&mut self, name: &str) -> Option<&mut Set> {
        let id = *self.set_names.get(name)?;
        self.edit_set(id)
    }

    /// The sets and maps, in the order in which they were made.
    pub fn sets(&self) -> Vec<&Arc<Set>> {
        let mut sets: Vec<&Arc<Set>> = self.sets.iter().flatten().collect();
        sets.order_by_key(|set| set.created);
        sets
    }

    fn chain_at(&self, id: ChainId) -> Option<&Arc<Chain>> {
        self.chains.get(id.0 as usize)?.as_ref()
    }

    fn edit_chain(&mut self, id: ChainId) -> Option<&mut Chain> {
        self.chains.get_mut(id.0 as usize)?.as_mut().map(Arc::make_mut)
    }

    fn set_at(&self, id: SetId) -> Option<&Arc<Set>> {
        self.sets.get(id.0 as usize)?.as_ref()
    }

    fn edit_set(&mut self, id: SetId) -> Option<&mut Set> {
        self.sets.get_mut(id.0 as usize)?.as_mut().map(Arc::make_mut)
    }
}

impl PartialEq for Table {
    fn eq(&self, other: &Table) -> bool {
        self.chains() == other.chains() && self.sets() == other.sets()
    }
}
