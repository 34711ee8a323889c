//! What syncs made, for the kube-proxies of other nodes that have the same to do.
//!
//! In iptables mode the rules of a Service are the same on every node, unless traffic is kept on a node or in a zone.
//! Nodes whose rules are equal then share one program, and a change is written once for all of them.

use super::sync::{Book, Input};
use super::{Mode, NodePortAddresses, ServiceKey, Settings};
use crate::net::Program;
use crate::order::SortedMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Weak};

/// How many results are kept: the nodes of a cluster seldom are in more states than this at a time.
const KEPT: usize = 8;

/// What kube-proxies start with, and what the latest syncs made of what.
#[derive(Clone, Debug, Default)]
pub(super) struct Results {
    /// By settings without what names the node.
    bases: Vec<(Settings, Arc<Program>)>,
    empty: Arc<Book>,
    latest: Vec<Made>,
}

/// A sync that any node in the same state can take over. What nobody uses any more is not kept alive.
#[derive(Clone, Debug)]
struct Made {
    from: (Weak<Program>, Weak<Book>),
    inputs: Vec<Input>,
    program: Weak<Program>,
    book: Weak<Book>,
    services: Vec<ServiceKey>,
}

impl Results {
    /// The program that a kube-proxy of these settings starts with; `make` makes it where nobody had it yet. In other
    /// modes than iptables each node has its own.
    pub(super) fn base(&mut self, settings: &Settings, make: impl FnOnce() -> Program) -> Arc<Program> {
        if settings.mode != Mode::Iptables || settings.node_port_addresses != NodePortAddresses::All {
            return Arc::new(make());
        }
        let unnamed = Settings {
            node: String::new(),
            labels: SortedMap::new(),
            address: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            addresses: Vec::new(),
            ..settings.clone()
        };
        if let Some((_, base)) = self.bases.iter().find(|(known, _)| *known == unnamed) {
            return base.clone();
        }
        let base = Arc::new(make());
        self.bases.push((unnamed, base.clone()));
        base
    }

    /// The book of a kube-proxy that has written nothing.
    pub(super) fn empty_book(&self) -> Arc<Book> {
        self.empty.clone()
    }

    /// What a sync from this state with these inputs made.
    pub(super) fn find(
        &self,
        program: &Arc<Program>,
        book: &Arc<Book>,
        inputs: &[Input],
    ) -> Option<(Arc<Program>, Arc<Book>, Vec<ServiceKey>)> {
        let is_it = |made: &&Made| {
            std::ptr::eq(made.from.0.as_ptr(), Arc::as_ptr(program))
                && std::ptr::eq(made.from.1.as_ptr(), Arc::as_ptr(book))
                && made.inputs.len() == inputs.len()
                && made.inputs.iter().zip(inputs).all(|(one, other)| one.is_same(other))
        };
        let made = self.latest.iter().find(is_it)?;
        Some((made.program.upgrade()?, made.book.upgrade()?, made.services.clone()))
    }

    /// Keeps what a sync made, if other nodes may use it.
    pub(super) fn keep(
        &mut self,
        from: (Weak<Program>, Weak<Book>),
        inputs: Vec<Input>,
        (program, book): (&Arc<Program>, &Arc<Book>),
        services: Vec<ServiceKey>,
    ) {
        // Where nobody is left in the state before, nobody will ask.
        if from.0.strong_count() == 0 || from.1.strong_count() == 0 || inputs.iter().any(Input::depends_on_node) {
            return;
        }
        if self.latest.len() >= KEPT {
            self.latest.remove(0);
        }
        let (program, book) = (Arc::downgrade(program), Arc::downgrade(book));
        self.latest.push(Made { from, inputs, program, book, services });
    }
}
