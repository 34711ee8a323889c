//! What kube-proxy wrote on each node, and what changed with its last write.

use super::{ProxyMode, Session};
use crate::net::{self, LineChange, Program, Scheduler};
use std::sync::Arc;

/// The rules of a node.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// The node.
    pub node: String,
    /// How its kube-proxy works.
    pub mode: ProxyMode,
    /// The command that prints them.
    pub command: &'static str,
    /// The lines, in order.
    pub lines: Vec<RuleLine>,
    /// Lines that the last write took out.
    pub removed: Vec<LineChange>,
    /// How many writes changed something since the session began.
    pub writes: u32,
}

impl Rules {
    /// How rules of this mode choose among endpoints, in words. Many notes tell of a round robin that is long gone.
    pub fn choice(&self) -> String {
        let how = match self.mode {
            ProxyMode::Iptables => "iptables rules choose an endpoint at random, for each connection anew".to_owned(),
            ProxyMode::Nftables => "nftables rules draw a random number and look the endpoint up in a map".to_owned(),
            ProxyMode::Ipvs(Scheduler::Rr | Scheduler::Wrr) => {
                "ipvs takes the endpoints in turn, for each connection the next: a real round robin".to_owned()
            }
            ProxyMode::Ipvs(scheduler) => format!("ipvs chooses by {}", scheduler.about()),
        };
        format!(
            "{how}. The round robin of many older notes was that of the userspace mode, where kube-proxy carried every \
             byte itself: the default before Kubernetes 1.2, removed in 1.26."
        )
    }
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
    /// How the kube-proxies work, by node.
    pub fn proxy_modes(&self) -> impl Iterator<Item = ProxyMode> {
        self.cluster.settings().nodes.iter().map(|node| node.mode)
    }

    /// Starts the kube-proxy of the node at `place` anew in another mode.
    pub fn set_proxy_mode(&mut self, place: usize, mode: ProxyMode) {
        let Ok(place) = u16::try_from(place) else { return };
        let before = self.mark();
        if self.cluster.set_proxy_mode(place, mode) {
            // What was counted under the old rules says nothing of the new ones.
            self.forget_requests();
            let node = self.cluster.settings().nodes.get(usize::from(place)).map_or("", |node| node.name.as_str());
            // No kubectl line does this: on a real cluster the kube-proxy's configuration is changed, and it starts anew.
            let name = mode.name().replace(' ', " --ipvs-scheduler=");
            let line = format!("kube-proxy --hostname-override={node} --proxy-mode={name}");
            self.show_equal(&line, "");
        }
        self.note_change(before);
    }

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
        let mode = self.cluster.settings().nodes.iter().find(|one| *one.name == *node.name)?.mode;
        let command = match &*node.program {
            Program::Iptables(_) => "iptables-save",
            Program::Nftables(_) => "nft list table ip kube-proxy",
            Program::Ipvs(_) => "ipvsadm -Ln",
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Epoch;
    use crate::session::Door;
    use crate::session::{Ask, EXAMPLES, Setup, Source};
    use std::time::Duration;

    #[test]
    fn a_node_changes_its_mode_and_tells_why() {
        let files = EXAMPLES.first().map_or(Vec::new(), crate::session::Example::files);
        let setup = Setup { seed: 4, epoch: Epoch(1_795_000_000), files, modes: vec![ProxyMode::Nftables] };
        let mut session = Session::new(setup);
        let pass = |session: &mut Session| (0..100).for_each(|_| session.advance(Duration::from_millis(200), || false));
        pass(&mut session);
        assert_eq!(session.rules(0).map(|rules| rules.command), Some("nft list table ip kube-proxy"));
        let text = |session: &Session, place| session.cluster().rules(["node1", "node2"][place]).unwrap();
        let second = text(&session, 1);

        let logged = session.cluster().log().next_id();
        session.set_proxy_mode(0, ProxyMode::Ipvs(Scheduler::Rr));
        pass(&mut session);
        let rules = session.rules(0).unwrap();
        assert_eq!((rules.mode, rules.command), (ProxyMode::Ipvs(Scheduler::Rr), "ipvsadm -Ln"));
        assert!(rules.lines.iter().any(|line| line.new && line.text.ends_with(" rr")), "{:?}", rules.lines);
        assert_eq!(text(&session, 1), second, "the other node goes on as it was");

        // In turn: each of the three gets a third of nine, and that is what is expected.
        let service = session.targets().into_iter().find(|key| key.name == "go-demo-2-api").unwrap();
        let (protocol, port) = session.ports_of(&service)[0];
        let ask = Ask {
            from: Source::Node("node1".to_owned()),
            service,
            port,
            protocol,
            keep_alive: false,
            door: Door::Usual,
        };
        session.send(&ask, 9);
        let split = session.split(&ask);
        assert_eq!(
            split.shares.iter().map(|share| (share.count, share.expected)).collect::<Vec<_>>(),
            [(3, Some(333)); 3]
        );

        // The sync that wrote the rules was caused by the start.
        let entries = session.cluster().log().since(logged);
        let start = entries.iter().find(|entry| matches!(entry.what, crate::cluster::What::Restarted { .. })).unwrap();
        assert!(entries.iter().any(|entry| entry.cause == Some(start.id)));

        // Back and forth leaves what a fresh start writes.
        session.set_proxy_mode(1, ProxyMode::Nftables);
        pass(&mut session);
        session.set_proxy_mode(1, ProxyMode::Iptables);
        pass(&mut session);
        assert_eq!(text(&session, 1), second);
    }
}
