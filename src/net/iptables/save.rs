//! The text of `iptables-save` (iptables 1.8, nf_tables variant), without its comment lines and with zero counters.

use super::{Chain, Direction, Match, Recent, Rule, Ruleset, TableName, Target};
use crate::net::{Cidr, Family};
use std::fmt::Write as _;

impl Ruleset {
    /// What `iptables-save` prints: tables, chains and rules in its order and spelling.
    pub fn save(&self) -> String {
        let mut text = String::new();
        for table in TableName::ALL {
            let _ = writeln!(text, "*{}", table.name());
            for chain in self.chains(table) {
                let policy = if chain.hook.is_some() { "ACCEPT" } else { "-" };
                let _ = writeln!(text, ":{} {policy} [0:0]", chain.name);
            }
            for chain in self.chains(table) {
                for line in chain.saved_lines() {
                    text.push_str(&line);
                    text.push('\n');
                }
            }
            text.push_str("COMMIT\n");
        }
        text
    }
}

impl Chain {
    /// Its rules as `iptables-save` prints them.
    pub fn saved_lines(&self) -> impl Iterator<Item = String> {
        self.rules().map(|rule| save_line(&self.name, rule))
    }
}

/// A rule of `chain` as `iptables-save` prints it.
pub fn save_line(chain: &str, rule: &Rule) -> String {
    let mut line = format!("-A {chain}");
    // iptables keeps addresses and protocol apart from the modules and prints them first.
    for wanted in [Direction::Source, Direction::Destination] {
        for one in &rule.matches {
            // Every address is no condition: it is not printed.
            if matches!(one, Match::Address { end, range, .. } if *end == wanted && !range.is_everything()) {
                push(&mut line, &save_match(one));
            }
        }
    }
    for one in &rule.matches {
        if let Match::Protocol(protocol) = one {
            let _ = write!(line, " -p {}", protocol.name());
        }
    }
    for one in &rule.matches {
        match one {
            Match::Address { .. } | Match::Port(_) => {}
            Match::Protocol(protocol) => {
                let _ = write!(line, " -m {}", protocol.name());
                for port in &rule.matches {
                    if let Match::Port(port) = port {
                        let _ = write!(line, " --dport {port}");
                    }
                }
            }
            other => push(&mut line, &save_match(other)),
        }
    }
    push(&mut line, &save_target(&rule.target));
    line
}

fn push(line: &mut String, words: &str) {
    if !words.is_empty() {
        line.push(' ');
        line.push_str(words);
    }
}

/// A condition as `iptables-save` prints it.
pub fn save_match(one: &Match) -> String {
    let but = |not: &bool| if *not { "! " } else { "" };
    match one {
        Match::Comment(text) => format!("-m comment --comment \"{text}\""),
        Match::Address { end: Direction::Source, range, not } => format!("{}-s {range}", but(not)),
        Match::Address { end: Direction::Destination, range, not } => format!("{}-d {range}", but(not)),
        Match::Protocol(protocol) => format!("-p {}", protocol.name()),
        Match::Port(port) => format!("--dport {port}"),
        Match::State { any, not } => {
            let names: Vec<&str> = any.iter().map(|state| state.name()).collect();
            format!("-m conntrack {}--ctstate {}", but(not), names.join(","))
        }
        Match::Mark { bits, not } => format!("-m mark {}--mark {bits:#x}/{bits:#x}", but(not)),
        Match::Local(Direction::Source) => "-m addrtype --src-type LOCAL".to_owned(),
        Match::Local(Direction::Destination) => "-m addrtype --dst-type LOCAL".to_owned(),
        Match::Statistic(probability) => format!("-m statistic --mode random --probability {}", probability.saved()),
        Match::Recent(Recent::Check { list, seconds }) => {
            format!("-m recent --rcheck --seconds {seconds} --reap --name {list} --mask 255.255.255.255 --rsource")
        }
        Match::Recent(Recent::Set { list }) => {
            format!("-m recent --set --name {list} --mask 255.255.255.255 --rsource")
        }
        // iptables prints a blank too many here.
        Match::Accounting(name) => format!("-m nfacct --nfacct-name  {name}"),
    }
}

fn save_target(target: &Target) -> String {
    match target {
        Target::Continue => String::new(),
        Target::Jump { name, .. } => format!("-j {name}"),
        Target::Return => "-j RETURN".to_owned(),
        Target::Accept => "-j ACCEPT".to_owned(),
        Target::Drop => "-j DROP".to_owned(),
        Target::Reject => "-j REJECT --reject-with icmp-port-unreachable".to_owned(),
        Target::OrMark(bits) => format!("-j MARK --set-xmark {bits:#x}/{bits:#x}"),
        Target::XorMark(bits) => format!("-j MARK --set-xmark {bits:#x}/0x0"),
        Target::Dnat(to) => format!("-j DNAT --to-destination {to}"),
        Target::Masquerade { random: true } => "-j MASQUERADE --random-fully".to_owned(),
        Target::Masquerade { random: false } => "-j MASQUERADE".to_owned(),
    }
}

impl Match {
    /// `-s`/`-d` of a range.
    pub fn address(end: Direction, range: Cidr) -> Match {
        Match::Address { end, range, not: false }
    }

    /// `-d 127.0.0.0/8`.
    pub fn to_loopback() -> Match {
        Match::address(Direction::Destination, Family::V4.loopback())
    }
}
