//! What `iptables -L` and `-S` print (iptables 1.8, nf_tables variant), with zero counters.

use super::save::save_line;
use super::{Chain, Direction, Match, Recent, Rule, Ruleset, TableName, Target};
use crate::net::Cidr;
use std::fmt::Write as _;

/// How `iptables -L` is to print.
#[derive(Clone, Copy, Debug, Default)]
pub struct Listing {
    /// `-n`: numbers in place of names.
    pub numeric: bool,
    /// `-v`: counters and devices.
    pub verbose: bool,
    /// `--line-numbers`
    pub numbers: bool,
}

/// What a port is called in /etc/services.
pub fn port_name(port: u16) -> Option<&'static str> {
    Some(match port {
        22 => "ssh",
        53 => "domain",
        80 => "http",
        443 => "https",
        3306 => "mysql",
        5432 => "postgresql",
        6379 => "redis",
        8080 => "http-alt",
        _ => return None,
    })
}

impl Ruleset {
    /// What `iptables -L` prints of a table, or of one of its chains; `None` where that is not there.
    pub fn list(&self, table: TableName, chain: Option<&str>, how: Listing) -> Option<String> {
        let chosen: Vec<_> = self.chains(table).filter(|one| chain.is_none_or(|chain| *one.name == *chain)).collect();
        if chosen.is_empty() {
            return None;
        }
        let mut text = String::new();
        for (at, one) in chosen.iter().enumerate() {
            if at > 0 {
                text.push('\n');
            }
            self.head(table, one, how, &mut text);
            for (number, rule) in one.rules().enumerate() {
                line(rule, number + 1, how, &mut text);
            }
        }
        Some(text)
    }

    /// What `iptables -S` prints.
    pub fn specify(&self, table: TableName, chain: Option<&str>) -> Option<String> {
        let chosen: Vec<_> = self.chains(table).filter(|one| chain.is_none_or(|chain| *one.name == *chain)).collect();
        let mut text = String::new();
        for one in &chosen {
            let _ = match one.hook {
                Some(_) => writeln!(text, "-P {} ACCEPT", one.name),
                None => writeln!(text, "-N {}", one.name),
            };
        }
        for one in &chosen {
            for rule in one.rules() {
                let _ = writeln!(text, "{}", save_line(&one.name, rule));
            }
        }
        (!chosen.is_empty()).then_some(text)
    }

    fn head(&self, table: TableName, chain: &Chain, how: Listing, text: &mut String) {
        let jumps = |rule: &Rule| matches!(&rule.target, Target::Jump { name, .. } if *name == chain.name);
        let references = || self.chains(table).flat_map(|one| one.rules()).filter(|rule| jumps(rule)).count();
        let _ = match chain.hook {
            Some(_) if how.verbose => writeln!(text, "Chain {} (policy ACCEPT 0 packets, 0 bytes)", chain.name),
            Some(_) => writeln!(text, "Chain {} (policy ACCEPT)", chain.name),
            None => writeln!(text, "Chain {} ({} references)", chain.name, references()),
        };
        if how.numbers {
            text.push_str("num  ");
        }
        if how.verbose {
            text.push_str(" pkts bytes ");
        }
        let _ = write!(text, "{:<9}  prot opt", "target");
        if how.verbose {
            let _ = write!(text, " {:<6} {:<6} ", "in", "out");
        }
        let _ = writeln!(text, " {:<19}  {:<19} ", "source", "destination");
    }
}

fn line(rule: &Rule, number: usize, how: Listing, text: &mut String) {
    if how.numbers {
        let _ = write!(text, "{number:<4} ");
    }
    if how.verbose {
        text.push_str("    0     0 ");
    }
    let protocol = rule.matches.iter().find_map(|one| match one {
        Match::Protocol(protocol) => Some(protocol.name()),
        _ => None,
    });
    let _ = write!(text, "{:<9}  {:<4} -- ", target(&rule.target), protocol.unwrap_or("all"));
    if how.verbose {
        let _ = write!(text, " {:<6} {:<6} ", "*", "*");
    }
    for wanted in [Direction::Source, Direction::Destination] {
        let found = rule.matches.iter().find_map(|one| match one {
            Match::Address { end, range, not } if *end == wanted => Some((range, *not)),
            _ => None,
        });
        let (place, not) = found.map_or((everywhere(how), false), |(range, not)| (address(range, how), not));
        let _ = write!(text, "{}{place:<19} ", if not { '!' } else { ' ' });
    }
    for one in &rule.matches {
        condition(one, rule, how, text);
    }
    effect(&rule.target, text);
    text.push('\n');
}

fn everywhere(how: Listing) -> String {
    if how.numeric { "0.0.0.0/0" } else { "anywhere" }.to_owned()
}

fn address(range: &Cidr, how: Listing) -> String {
    if range.is_everything() {
        everywhere(how)
    } else if range.is_single() {
        range.network().to_string()
    } else {
        range.to_string()
    }
}

/// A condition, behind a blank.
fn condition(one: &Match, rule: &Rule, how: Listing, text: &mut String) {
    let _ = match one {
        Match::Address { .. } | Match::Port(_) => Ok(()),
        Match::Comment(comment) => write!(text, " /* {comment} */"),
        Match::Protocol(protocol) => {
            let _ = write!(text, " {}", protocol.name());
            for port in &rule.matches {
                if let Match::Port(port) = port {
                    let _ = match port_name(*port).filter(|_| !how.numeric) {
                        Some(name) => write!(text, " dpt:{name}"),
                        None => write!(text, " dpt:{port}"),
                    };
                }
            }
            Ok(())
        }
        Match::State { any, not } => {
            let names: Vec<&str> = any.iter().map(|state| state.name()).collect();
            write!(text, "{} ctstate {}", if *not { " !" } else { "" }, names.join(","))
        }
        Match::Mark { bits, not } => {
            write!(text, " mark match{} {bits:#x}/{bits:#x}", if *not { " !" } else { "" })
        }
        Match::Local(Direction::Source) => write!(text, " ADDRTYPE match src-type LOCAL"),
        Match::Local(Direction::Destination) => write!(text, " ADDRTYPE match dst-type LOCAL"),
        Match::Statistic(probability) => write!(text, " statistic mode random probability {}", probability.saved()),
        Match::Recent(Recent::Check { list, seconds }) => {
            write!(text, " recent: CHECK seconds: {seconds} reap name: {list} side: source mask: 255.255.255.255")
        }
        Match::Recent(Recent::Set { list }) => {
            write!(text, " recent: SET name: {list} side: source mask: 255.255.255.255")
        }
        // iptables prints a blank too many here.
        Match::Accounting(name) => write!(text, " nfacct-name  {name}"),
    };
}

fn target(target: &Target) -> &str {
    match target {
        Target::Continue => "",
        Target::Jump { name, .. } => name,
        Target::Return => "RETURN",
        Target::Accept => "ACCEPT",
        Target::Drop => "DROP",
        Target::Reject => "REJECT",
        Target::OrMark(_) | Target::XorMark(_) => "MARK",
        Target::Dnat(_) => "DNAT",
        Target::Masquerade { .. } => "MASQUERADE",
    }
}

/// What a target does, behind a blank.
fn effect(target: &Target, text: &mut String) {
    let _ = match target {
        Target::Reject => write!(text, " reject-with icmp-port-unreachable"),
        Target::OrMark(bits) => write!(text, " MARK or {bits:#x}"),
        Target::XorMark(bits) => write!(text, " MARK xor {bits:#x}"),
        Target::Dnat(to) => write!(text, " to:{to}"),
        Target::Masquerade { random: true } => write!(text, " random-fully"),
        _ => Ok(()),
    };
}
