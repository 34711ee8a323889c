//! What looks into a node's kernel: iptables-save, iptables, nft, conntrack and ipvsadm. They show what kube-proxy wrote,
//! where the container is on its node's network; in a network of its own there is nothing.

use super::machine::Machine;
use super::world::Ended;
use crate::api::pod;
use crate::net::{Entry, Program, Protocol};
use std::fmt::Write;

/// What of the node is asked for, as its own tools print it.
#[derive(Default)]
struct Node {
    iptables: String,
    nftables: String,
    ipvs: String,
    conntrack: Vec<(Entry, u64)>,
}

/// What `ipvsadm -Ln` prints where there is none.
const NO_SERVERS: &str = "IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Scheduler Flags\n  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n";

/// Runs one of the tools.
pub async fn tool(machine: &Machine, name: &str, args: &[&str]) -> Ended {
    if !pod::is_on_host_network(&machine.pod) {
        return own_network(name);
    }
    let node = pod::node(&machine.pod).to_owned();
    let seen = machine.world.see(move |world| {
        let now = world.cluster.now();
        let kernel = world.cluster.network().nodes.iter().find(|one| *one.name == *node)?;
        let left = |entry: &Entry| entry.lifetime().saturating_sub(now.since(entry.seen)).as_secs();
        let conntrack = kernel.conntrack.iter().map(|entry| (*entry, left(entry))).collect();
        let mut seen = Node { conntrack, ipvs: NO_SERVERS.to_owned(), ..Node::default() };
        match &*kernel.program {
            Program::Iptables(rules) => seen.iptables = rules.save(),
            Program::Nftables(table) => seen.nftables = table.list(&kernel.memory, now),
            Program::Ipvs(ipvs) => {
                seen.iptables = ipvs.rules().save();
                seen.ipvs = ipvs.list(&kernel.memory, now);
            }
        }
        Some(seen)
    });
    let Some(node) = seen.await else { return Ended::fail(1, format!("{name}: the node is not there")) };
    let words: Vec<&str> = args.iter().copied().filter(|arg| !arg.starts_with('-')).collect();
    match name {
        "iptables-save" => Ended::ok(of_tables(&node.iptables, args)),
        "iptables" => Ended::fail(2, "iptables: the playground lists rules with iptables-save [-t TABLE]"),
        "nft" if words.first() == Some(&"list") => of_ruleset(&node.nftables, words.get(1..).unwrap_or(&[])),
        "nft" => Ended::fail(1, "nft: the playground knows list ruleset, table, chain, map and set"),
        "ipvsadm" => Ended::ok(node.ipvs),
        _ => connections(&node.conntrack),
    }
}

/// What the tools say in a pod that has a network of its own and no rights over it.
fn own_network(name: &str) -> Ended {
    match name {
        "iptables-save" | "iptables" => Ended::fail(
            4,
            format!(
                "{name} v1.8.11 (nf_tables): Could not fetch rule set generation id: Permission denied (you must be root)"
            ),
        ),
        "nft" => Ended::fail(
            1,
            "Operation not permitted (you must be root)\nnetlink: Error: cache initialization failed: Operation not permitted",
        ),
        "conntrack" => Ended::fail(1, "conntrack v1.4.8 (conntrack-tools): Operation failed: Operation not permitted"),
        _ => Ended::fail(1, "Can't initialize ipvs: Permission denied (you must be root)"),
    }
}

/// The table that `-t` names, or all.
fn of_tables(rules: &str, args: &[&str]) -> String {
    let named = args.iter().position(|arg| *arg == "-t").and_then(|at| args.get(at + 1));
    let Some(table) = named else { return rules.to_owned() };
    let head = format!("*{table}");
    let mut out = String::new();
    let mut inside = false;
    for line in rules.lines() {
        inside |= line == head;
        if inside {
            out += line;
            out.push('\n');
        }
        inside &= line != "COMMIT";
    }
    out
}

/// `ruleset`, or the table, chain, map or set that the words name.
fn of_ruleset(rules: &str, words: &[&str]) -> Ended {
    let (kind, name) = match words {
        [] | ["ruleset" | "tables", ..] => return Ended::ok(rules),
        ["table", name @ ..] => ("table", name.join(" ")),
        [kind @ ("chain" | "map" | "set"), _, _, name] => (*kind, (*name).to_owned()),
        _ => return Ended::fail(1, "Error: syntax error, unexpected end of file"),
    };
    let head = format!("{kind} {name} {{");
    let mut out = String::new();
    let mut table = String::new();
    let mut until = None;
    for line in rules.lines() {
        if line.starts_with("table ") {
            line.clone_into(&mut table);
        }
        if until.is_none() && line.trim_start() == head {
            until = Some(format!("{}}}", line.strip_suffix(&head).unwrap_or("")));
            if kind != "table" {
                out += &format!("{table}\n");
            }
        }
        if let Some(end) = &until {
            out += line;
            out.push('\n');
            if line == end {
                if kind != "table" {
                    out += "}\n";
                }
                return Ended::ok(out);
            }
        }
    }
    Ended::fail(1, format!("Error: No such file or directory\nlist {}", words.join(" ")))
}

/// `conntrack -L`
fn connections(entries: &[(Entry, u64)]) -> Ended {
    let mut out = String::new();
    for (entry, left) in entries {
        let (name, number) = match entry.original.protocol {
            Protocol::Tcp => ("tcp", 6),
            Protocol::Udp => ("udp", 17),
            Protocol::Sctp => ("sctp", 132),
            Protocol::Icmp => ("icmp", 1),
        };
        let state = if entry.original.protocol == Protocol::Tcp {
            if entry.replied { "ESTABLISHED " } else { "SYN_SENT " }
        } else {
            ""
        };
        let (from, to) = (entry.original.source, entry.original.destination);
        let (back, other) = (entry.translated.destination, entry.translated.source);
        let (unreplied, assured) = if entry.replied { ("", " [ASSURED]") } else { (" [UNREPLIED]", "") };
        let _ = writeln!(
            out,
            "{name:<8} {number} {left} {state}src={} dst={} sport={} dport={}{unreplied} src={} dst={} sport={} dport={}{assured} \
             mark=0 use=1",
            from.ip(),
            to.ip(),
            from.port(),
            to.port(),
            back.ip(),
            other.ip(),
            back.port(),
            other.port()
        );
    }
    let err = format!("conntrack v1.4.8 (conntrack-tools): {} flow entries have been shown.\n", entries.len());
    Ended { out, err, code: 0 }
}
