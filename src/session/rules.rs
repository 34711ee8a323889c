//! What kube-proxy wrote on each node, and what changed with its last write.

use super::Session;
use crate::net::{self, LineChange, Program};
use std::sync::Arc;

/// The rules of a node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rules {
    /// The node.
    pub node: String,
    /// `iptables`, `nftables`, `ipvs`.
    pub mode: &'static str,
    /// The command that prints them.
    pub command: &'static str,
    /// The lines, in order.
    pub lines: Vec<RuleLine>,
    /// Lines that the last write took out.
    pub removed: Vec<LineChange>,
    /// How many writes changed something since the session began.
    pub writes: u32,
}

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleLine {
    /// As the node's tools print it.
    pub text: String,
    /// Whether the last write brought it.
    pub new: bool,
}

/// What was seen of each node's rules.
#[derive(Default)]
pub(super) struct Seen(Vec<(Option<Arc<Program>>, Vec<LineChange>, u32)>);

impl Session {
    /// Notes what the kube-proxies wrote since this was called last.
    pub(super) fn see_rules(&mut self) {
        let nodes = &self.cluster.network().nodes;
        self.rules.0.resize_with(nodes.len(), Default::default);
        for (node, (program, changed, writes)) in nodes.iter().zip(&mut self.rules.0) {
            match program {
                Some(program) if Arc::ptr_eq(program, &node.program) => continue,
                Some(program) => {
                    let found = net::changes(program, &node.program);
                    if !found.is_empty() {
                        (*changed, *writes) = (found, *writes + 1);
                    }
                }
                None => {}
            }
            *program = Some(node.program.clone());
        }
    }

    /// The rules of the node at this place; `None` where there is no such node.
    pub fn rules(&self, place: usize) -> Option<Rules> {
        let node = self.cluster.network().nodes.get(place)?;
        let text = self.cluster.rules(&node.name)?;
        let (mode, command) = match &*node.program {
            Program::Iptables(_) => ("iptables", "iptables-save"),
            Program::Nftables(_) => ("nftables", "nft list table ip kube-proxy"),
            Program::Ipvs(_) => ("ipvs", "ipvsadm -Ln"),
        };
        let changes = self.rules.0.get(place);
        let all = changes.map_or(&[][..], |(_, changed, _)| changed.as_slice());
        let mut added: Vec<&str> = all.iter().filter(|one| one.added).map(|one| one.line.trim()).collect();
        let lines = text.lines().map(|line| {
            let found = added.iter().position(|one| !one.is_empty() && *one == line.trim());
            if let Some(at) = found {
                added.swap_remove(at);
            }
            RuleLine { text: line.to_owned(), new: found.is_some() }
        });
        Some(Rules {
            node: node.name.to_string(),
            mode,
            command,
            lines: lines.collect(),
            removed: all.iter().filter(|one| !one.added).cloned().collect(),
            writes: changes.map_or(0, |(_, _, writes)| *writes),
        })
    }
}
