//! iptables: typed tables, chains and rules.
//!
//! A [`Ruleset`] is made by `proxy`, printed by [`Ruleset::save`] (what `iptables-save` shows) and [`Ruleset::restore`]
//! (what kube-proxy feeds to `iptables-restore`), and evaluated by [`Ruleset::run`].

mod evaluate;
mod list;
mod restore;
mod rule;
mod save;

pub use list::{Listing, port_name};
pub use rule::{CtState, Direction, Match, Probability, Recent, Rule, Target};
pub use save::{save_line, save_match};

use super::{Family, Hook};
use crate::order::SortedMap;
use std::sync::Arc;

/// A table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TableName {
    /// Changes packets; kube-proxy keeps only its canary there.
    Mangle,
    /// Lets packets through or not.
    Filter,
    /// Translates addresses of new connections.
    Nat,
}

impl TableName {
    /// In the order in which iptables-save prints them.
    pub const ALL: [TableName; 3] = [TableName::Mangle, TableName::Filter, TableName::Nat];

    /// `nat`.
    pub fn name(self) -> &'static str {
        match self {
            TableName::Mangle => "mangle",
            TableName::Filter => "filter",
            TableName::Nat => "nat",
        }
    }

    /// The built-in chains, in the order in which they are printed.
    pub fn hooks(self) -> &'static [Hook] {
        match self {
            TableName::Mangle => &[Hook::Prerouting, Hook::Input, Hook::Forward, Hook::Output, Hook::Postrouting],
            TableName::Filter => &[Hook::Input, Hook::Forward, Hook::Output],
            TableName::Nat => &[Hook::Prerouting, Hook::Input, Hook::Output, Hook::Postrouting],
        }
    }
}

/// A chain of a ruleset, by its place there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChainId(u32);

/// Where rules stand in a chain that several service ports share.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// Before all others.
    First,
    /// Those of a service port; sorted by it.
    Of(Arc<str>),
    /// After all others.
    Last,
}

/// A chain: its rules, in sections that are replaced one by one.
#[derive(Clone, Debug, PartialEq)]
pub struct Chain {
    /// The table it is in.
    pub table: TableName,
    /// Its name.
    pub name: Arc<str>,
    /// The hook that it is called from, for built-in ones.
    pub hook: Option<Hook>,
    sections: Vec<(Section, Arc<[Rule]>)>,
}

impl Chain {
    /// Its rules, in order.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.sections.iter().flat_map(|(_, rules)| rules.iter())
    }

    /// Whether it has no rule.
    pub fn is_empty(&self) -> bool {
        self.sections.is_empty()
    }
}

/// All tables of a node. Chains are shared between clones, so a clone costs a pointer a chain.
#[derive(Clone, Debug)]
pub struct Ruleset {
    family: Family,
    chains: Vec<Option<Arc<Chain>>>,
    names: SortedMap<TableName, SortedMap<Arc<str>, ChainId>>,
    free: Vec<ChainId>,
}

impl Ruleset {
    /// The built-in chains, without rules.
    pub fn new(family: Family) -> Ruleset {
        let mut ruleset = Ruleset { family, chains: Vec::new(), names: SortedMap::new(), free: Vec::new() };
        for table in TableName::ALL {
            for hook in table.hooks() {
                let id = ruleset.chain(table, hook.chain());
                if let Some(chain) = ruleset.edit(id) {
                    chain.hook = Some(*hook);
                }
            }
        }
        ruleset
    }

    /// The family of its addresses.
    pub fn family(&self) -> Family {
        self.family
    }

    /// The chain of this name, made where there is none.
    pub fn chain(&mut self, table: TableName, name: &str) -> ChainId {
        if let Some(id) = self.id_of(table, name) {
            return id;
        }
        let name: Arc<str> = name.into();
        let chain = Arc::new(Chain { table, name: name.clone(), hook: None, sections: Vec::new() });
        let id = if let Some(id) = self.free.pop() {
            if let Some(place) = self.chains.get_mut(id.0 as usize) {
                *place = Some(chain);
            }
            id
        } else {
            self.chains.push(Some(chain));
            ChainId((self.chains.len() - 1) as u32)
        };
        self.names.entry(table).or_default().insert(name, id);
        id
    }

    /// The chain of this name.
    pub fn find(&self, table: TableName, name: &str) -> Option<&Arc<Chain>> {
        self.id_of(table, name).and_then(|id| self.get(id))
    }

    fn id_of(&self, table: TableName, name: &str) -> Option<ChainId> {
        self.names.get(&table)?.get(name).copied()
    }

    /// The chains of `table`: built-in ones in their order, then the others by name.
    pub fn chains(&self, table: TableName) -> impl Iterator<Item = &Arc<Chain>> {
        let built_in = table.hooks().iter().filter_map(move |hook| self.find(table, hook.chain()));
        let own = self
            .names
            .get(&table)
            .into_iter()
            .flat_map(SortedMap::values)
            .filter_map(|id| self.get(*id))
            .filter(|chain| chain.hook.is_none());
        built_in.chain(own)
    }

    /// A target that jumps to the chain of this name, which is made where there is none.
    pub fn jump(&mut self, table: TableName, name: &str) -> Target {
        let id = self.chain(table, name);
        let name = self.get(id).map_or_else(|| name.into(), |chain| chain.name.clone());
        Target::Jump { name, chain: id }
    }

    /// Replaces a section of a chain; without rules the section is gone.
    pub fn set(&mut self, table: TableName, chain: &str, section: Section, rules: Vec<Rule>) {
        let id = self.chain(table, chain);
        self.set_by_id(id, section, rules);
    }

    /// The same for a chain whose place is known.
    pub fn set_by_id(&mut self, id: ChainId, section: Section, rules: Vec<Rule>) {
        let Some(chain) = self.edit(id) else { return };
        match (chain.sections.binary_search_by(|(there, _)| there.cmp(&section)), rules.is_empty()) {
            (Ok(at), false) => {
                if let Some((_, there)) = chain.sections.get_mut(at) {
                    *there = rules.into();
                }
            }
            (Ok(at), true) => {
                chain.sections.remove(at);
            }
            (Err(at), false) => chain.sections.insert(at, (section, rules.into())),
            (Err(_), true) => {}
        }
    }

    /// Deletes a chain. No rule may jump to it any more.
    pub fn remove(&mut self, table: TableName, name: &str) {
        if let Some(id) = self.names.get_mut(&table).and_then(|names| names.remove(name)) {
            if let Some(place) = self.chains.get_mut(id.0 as usize) {
                *place = None;
            }
            self.free.push(id);
        }
    }

    /// Whether a rule names this `recent` list. kube-proxy names each list like the chain of its endpoint.
    pub fn names_list(&self, list: &str) -> bool {
        self.find(TableName::Nat, list).is_some_and(|chain| {
            chain.rules().any(|rule| rule.matches.iter().any(|one| matches!(one, Match::Recent(_))))
        })
    }

    fn get(&self, id: ChainId) -> Option<&Arc<Chain>> {
        self.chains.get(id.0 as usize)?.as_ref()
    }

    fn edit(&mut self, id: ChainId) -> Option<&mut Chain> {
        self.chains.get_mut(id.0 as usize)?.as_mut().map(Arc::make_mut)
    }
}

impl PartialEq for Ruleset {
    fn eq(&self, other: &Ruleset) -> bool {
        TableName::ALL.iter().all(|table| self.chains(*table).eq(other.chains(*table)))
    }
}
