//! What looks into a node's kernel: iptables-save, iptables, nft, conntrack and ipvsadm. They show what kube-proxy wrote,
//! where the container is on its node's network; in a network of its own there is nothing.

use super::machine::Machine;
use super::world::Ended;
use crate::api::pod;
use crate::net::iptables::{Listing, Ruleset, TableName};
use crate::net::{Entry, Family, Program, Protocol};
use std::fmt::Write;

/// What of the node is asked for, as its own tools print it.
#[derive(Default)]
struct Node {
    iptables: String,
    listed: Option<String>,
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
    let wanted = match Listed::parse(args) {
        Ok(wanted) => wanted,
        Err(ended) if name == "iptables" => return ended,
        Err(_) => Listed::default(),
    };
    let node = pod::node(&machine.pod).to_owned();
    let seen = machine.world.see(move |world| {
        let now = world.cluster.now();
        let kernel = world.cluster.network().nodes.iter().find(|one| *one.name == *node)?;
        let left = |entry: &Entry| entry.lifetime().saturating_sub(now.since(entry.seen)).as_secs();
        let conntrack = kernel.conntrack.iter().map(|entry| (*entry, left(entry))).collect();
        let mut seen = Node { conntrack, ipvs: NO_SERVERS.to_owned(), ..Node::default() };
        match &*kernel.program {
            Program::Iptables(rules) => (seen.iptables, seen.listed) = (rules.save(), wanted.of(rules)),
            Program::Nftables(table) => {
                seen.nftables = table.list(&kernel.memory, now);
                seen.listed = wanted.of(&Ruleset::new(Family::V4));
            }
            Program::Ipvs(ipvs) => {
                (seen.iptables, seen.listed) = (ipvs.rules().save(), wanted.of(ipvs.rules()));
                seen.ipvs = ipvs.list(&kernel.memory, now);
            }
        }
        Some(seen)
    });
    let Some(node) = seen.await else { return Ended::fail(1, format!("{name}: the node is not there")) };
    let words: Vec<&str> = args.iter().copied().filter(|arg| !arg.starts_with('-')).collect();
    match name {
        "iptables-save" => Ended::ok(of_tables(&node.iptables, args)),
        "iptables" => {
            node.listed.map_or_else(|| Ended::fail(1, "iptables: No chain/target/match by that name."), Ended::ok)
        }
        "nft" if words.first() == Some(&"list") => of_ruleset(&node.nftables, words.get(1..).unwrap_or(&[])),
        "nft" => Ended::fail(1, "nft: the playground knows list ruleset, table, chain, map and set"),
        "ipvsadm" => Ended::ok(node.ipvs),
        _ => connections(&node.conntrack),
    }
}

/// What `iptables` is asked to print.
#[derive(Default)]
struct Listed {
    table: Option<TableName>,
    chain: Option<String>,
    specifies: bool,
    how: Listing,
}

impl Listed {
    /// `[-t TABLE] -L|-S [CHAIN] [-n] [-v] [--line-numbers]`
    fn parse(args: &[&str]) -> Result<Listed, Ended> {
        const VERSION: &str = "iptables v1.8.11 (nf_tables)";
        let mut wanted = Listed::default();
        let mut lists = false;
        let mut words = args.iter().copied().peekable();
        while let Some(arg) = words.next() {
            let flags = match arg {
                "--list" => "L",
                "--list-rules" => "S",
                "--numeric" => "n",
                "--verbose" => "v",
                "--exact" => "x",
                "--wait" => "w",
                "--table" => "t",
                "--version" => "V",
                "--line-numbers" => {
                    wanted.how.numbers = true;
                    continue;
                }
                other => other.strip_prefix('-').unwrap_or(""),
            };
            let mut letters = flags.chars();
            while let Some(letter) = letters.next() {
                match letter {
                    'n' => wanted.how.numeric = true,
                    'v' => wanted.how.verbose = true,
                    'w' | 'x' | '4' => {}
                    'V' => return Err(Ended::ok(format!("{VERSION}\n"))),
                    't' => {
                        let rest = letters.as_str();
                        let name = if rest.is_empty() { words.next().unwrap_or("") } else { rest };
                        wanted.table = TableName::ALL.into_iter().find(|table| table.name() == name);
                        if wanted.table.is_none() {
                            let text = format!(
                                "{VERSION}: table '{name}' does not exist\nPerhaps iptables or your kernel needs to be upgraded."
                            );
                            return Err(Ended::fail(3, text));
                        }
                        break;
                    }
                    'L' | 'S' => {
                        lists = true;
                        wanted.specifies = letter == 'S';
                        wanted.chain = words.next_if(|word| !word.starts_with('-')).map(str::to_owned);
                    }
                    _ => {
                        return Err(Ended::fail(
                            2,
                            "iptables: kube-proxy alone writes rules here; -L and -S list them",
                        ));
                    }
                }
            }
            if flags.is_empty() {
                return Err(Ended::fail(
                    2,
                    format!("Bad argument `{arg}'\nTry `iptables -h' or 'iptables --help' for more information."),
                ));
            }
        }
        if lists {
            return Ok(wanted);
        }
        let text =
            format!("{VERSION}: no command specified\nTry `iptables -h' or 'iptables --help' for more information.");
        Err(Ended::fail(2, text))
    }

    fn of(&self, rules: &Ruleset) -> Option<String> {
        let (table, chain) = (self.table.unwrap_or(TableName::Filter), self.chain.as_deref());
        if self.specifies { rules.specify(table, chain) } else { rules.list(table, chain, self.how) }
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
