//! nslookup, dig, host and getent.

use super::{Ended, Machine};
use crate::cluster::{Call, Ending};
use crate::dns::{Answer, Data, Question, Rcode, Record, RecordType, candidates, resolve};
use crate::kubelet::read_hosts;
use crate::net::Protocol;
use std::net::IpAddr;
use std::time::Duration;

const UNREACHABLE: &str = ";; connection timed out; no servers could be reached";

/// The DNS server that the container asks first.
fn server(machine: &Machine<'_>) -> String {
    machine.cluster.resolv_conf(&machine.pod).servers.first().cloned().unwrap_or_default()
}

/// One question to the container's DNS server; `None` where no answer comes back.
fn ask(machine: &mut Machine<'_>, server: &str, question: &Question) -> Option<Answer> {
    let mut call = Call::new(machine.source(), server, 53);
    call.protocol = Protocol::Udp;
    call.patience = Duration::from_secs(5);
    call.traced = false;
    let sent = machine.cluster.send(&call);
    machine.spend(sent.took);
    matches!(sent.ending, Ending::Answered { .. }).then(|| machine.cluster.ask_dns(question))
}

/// The addresses of a name, as programs get them.
pub fn addresses(machine: &mut Machine<'_>, name: &str) -> Vec<IpAddr> {
    let config = machine.cluster.resolv_conf(&machine.pod);
    let hosts = read_hosts(&super::files::hosts(machine));
    let resolved = resolve(name, &hosts, &config, &mut |server, question| ask(machine, server, question));
    resolved.outcome.unwrap_or_default()
}

/// The name to ask for where an address is given.
fn reversed(name: &str) -> Option<String> {
    let address: std::net::Ipv4Addr = name.parse().ok()?;
    let [a, b, c, d] = address.octets();
    Some(format!("{d}.{c}.{b}.{a}.in-addr.arpa."))
}

/// `nslookup [-type=TYPE] NAME [SERVER]`.
pub fn nslookup(machine: &mut Machine<'_>, args: &[&str]) -> Ended {
    let mut kinds = vec![RecordType::A, RecordType::Aaaa];
    let mut names = Vec::new();
    for arg in args {
        match arg.strip_prefix('-') {
            Some(option) => {
                if let Some((_, kind)) = option.split_once('=') {
                    kinds = vec![RecordType::of(kind)];
                }
            }
            None => names.push(*arg),
        }
    }
    let Some(name) = names.first() else { return Ended::fail(1, "Usage: nslookup [-type=TYPE] HOST [DNS_SERVER]") };
    let server = names.get(1).map_or_else(|| server(machine), |name| (*name).to_owned());
    let mut out = format!("Server:\t\t{server}\nAddress:\t{server}#53\n\n");
    if let Some(name) = reversed(name) {
        kinds = vec![RecordType::Ptr];
        return looked_up(machine, &server, &[name], &kinds, out);
    }
    let config = machine.cluster.resolv_conf(&machine.pod);
    let tried = candidates(name, &config);
    if ask(machine, &server, &Question::new(name, RecordType::A)).is_none() {
        out = format!("{UNREACHABLE}\n\n");
        return Ended { out, code: 1, ..Ended::default() };
    }
    looked_up(machine, &server, &tried, &kinds, out)
}

fn looked_up(
    machine: &mut Machine<'_>,
    server: &str,
    tried: &[String],
    kinds: &[RecordType],
    mut out: String,
) -> Ended {
    for name in tried {
        let mut found = Vec::new();
        for kind in kinds {
            if let Some(answer) = ask(machine, server, &Question::new(name, kind.clone())) {
                found.extend(answer.answers);
            }
        }
        if !found.is_empty() {
            found.dedup();
            for record in &found {
                out += &nslookup_line(record);
            }
            out.push('\n');
            return Ended::ok(out);
        }
    }
    let last = tried.last().map_or("", String::as_str).trim_end_matches('.');
    out += &format!("** server can't find {last}: NXDOMAIN\n\n");
    Ended { out, code: 1, ..Ended::default() }
}

fn nslookup_line(record: &Record) -> String {
    let name = record.name.trim_end_matches('.');
    match &record.data {
        Data::A(_) | Data::Aaaa(_) => format!("Name:\t{name}\nAddress: {}\n", record.data),
        Data::Cname(target) => format!("{name}\tcanonical name = {target}\n"),
        Data::Ptr(target) => format!("{name}\tname = {target}\n"),
        Data::Srv { .. } => format!("{name}\tservice = {}\n", record.data),
        other => format!("{name}\t{} = {other}\n", other.kind().name()),
    }
}

/// `dig [@SERVER] [+short] [+search] NAME [TYPE]`, `dig -x ADDRESS`.
pub fn dig(machine: &mut Machine<'_>, args: &[&str]) -> Ended {
    let (mut short, mut search, mut kind, mut name) = (false, false, RecordType::A, None);
    let mut server = server(machine);
    let mut words = args.iter();
    while let Some(arg) = words.next() {
        match *arg {
            "+short" => short = true,
            "+search" => search = true,
            "-x" => {
                name = words.next().and_then(|address| reversed(address));
                kind = RecordType::Ptr;
            }
            "-t" => kind = words.next().map_or(RecordType::A, |kind| RecordType::of(kind)),
            option if option.starts_with(['+', '-']) => {}
            at if at.starts_with('@') => at.trim_start_matches('@').clone_into(&mut server),
            word => match RecordType::of(word) {
                RecordType::Other(_) => name = Some(word.to_owned()),
                known if name.is_some() => kind = known,
                _ => name = Some(word.to_owned()),
            },
        }
    }
    let name = name.unwrap_or_else(|| ".".to_owned());
    let config = machine.cluster.resolv_conf(&machine.pod);
    let tried = if search { candidates(&name, &config) } else { vec![name.clone()] };
    let mut last = None;
    for name in tried {
        let question = Question::new(&name, kind.clone());
        let Some(answer) = ask(machine, &server, &question) else {
            return Ended { out: format!("{UNREACHABLE}\n"), code: 9, ..Ended::default() };
        };
        let done = !answer.answers.is_empty();
        last = Some((question, answer));
        if done {
            break;
        }
    }
    let Some((question, answer)) = last else { return Ended::default() };
    if short {
        return Ended::ok(
            answer.answers.iter().fold(String::new(), |text, record| text + &record.data.to_string() + "\n"),
        );
    }
    Ended::ok(dig_text(&question, &answer, &server))
}

fn dig_text(question: &Question, answer: &Answer, server: &str) -> String {
    let flags = "qr aa rd";
    let mut out = format!(
        "\n; <<>> DiG 9.18 <<>> {name}\n;; global options: +cmd\n;; Got answer:\n;; ->>HEADER<<- opcode: QUERY, status: {}, id: \
         4711\n;; flags: {flags}; QUERY: 1, ANSWER: {}, AUTHORITY: {}, ADDITIONAL: {}\n\n;; QUESTION SECTION:\n;{name}\t\tIN\t{}\n",
        answer.rcode.name(),
        answer.answers.len(),
        answer.authority.len(),
        answer.additional.len(),
        question.kind.name(),
        name = question.name
    );
    for (title, records) in
        [("ANSWER", &answer.answers), ("AUTHORITY", &answer.authority), ("ADDITIONAL", &answer.additional)]
    {
        if !records.is_empty() {
            out += &format!("\n;; {title} SECTION:\n");
            for record in records {
                out +=
                    &format!("{}\t{}\tIN\t{}\t{}\n", record.name, record.ttl, record.data.kind().name(), record.data);
            }
        }
    }
    out + &format!("\n;; Query time: 0 msec\n;; SERVER: {server}#53({server}) (UDP)\n\n")
}

/// `host NAME`.
pub fn host(machine: &mut Machine<'_>, args: &[&str]) -> Ended {
    let Some(name) = args.iter().find(|arg| !arg.starts_with('-')) else { return Ended::fail(1, "Usage: host NAME") };
    let server = server(machine);
    let config = machine.cluster.resolv_conf(&machine.pod);
    let (tried, kinds) = match reversed(name) {
        Some(reverse) => (vec![reverse], vec![RecordType::Ptr]),
        None => (candidates(name, &config), vec![RecordType::A, RecordType::Aaaa]),
    };
    let mut worst = Rcode::NxDomain;
    for name in tried {
        let mut out = String::new();
        for kind in &kinds {
            let Some(answer) = ask(machine, &server, &Question::new(&name, kind.clone())) else {
                return Ended::fail(1, UNREACHABLE);
            };
            worst = answer.rcode;
            for record in &answer.answers {
                let owner = record.name.trim_end_matches('.');
                out += &match &record.data {
                    Data::A(address) => format!("{owner} has address {address}\n"),
                    Data::Aaaa(address) => format!("{owner} has IPv6 address {address}\n"),
                    Data::Cname(target) => format!("{owner} is an alias for {target}\n"),
                    Data::Ptr(target) => format!("{owner} domain name pointer {target}\n"),
                    other => format!("{owner} {other}\n"),
                };
            }
        }
        if !out.is_empty() {
            return Ended::ok(out);
        }
    }
    let code = if worst == Rcode::NoError { Rcode::NxDomain } else { worst };
    Ended { out: format!("Host {name} not found: 3({})\n", code.name()), code: 1, ..Ended::default() }
}

/// `getent hosts|ahosts NAME`.
pub fn getent(machine: &mut Machine<'_>, args: &[&str]) -> Ended {
    let [database, name] = args else { return Ended::fail(1, "Usage: getent database key") };
    if !matches!(*database, "hosts" | "ahosts" | "ahostsv4") {
        return Ended::fail(1, format!("Unknown database: {database}"));
    }
    let found = addresses(machine, name);
    let out = found.iter().fold(String::new(), |text, address| text + &format!("{address:<15} {name}\n"));
    Ended { out, code: if found.is_empty() { 2 } else { 0 }, ..Ended::default() }
}
