//! nslookup, host and getent, and what a container knows of names.

use super::images::Make;
use super::machine::Machine;
use super::world::Ended;
use crate::cluster::{Call, Ending};
use crate::dns::{Answer, Data, Question, Rcode, Record, RecordType, candidates, resolve};
use crate::kubelet::{ResolvConf, hosts_file, read_hosts};
use crate::net::{Protocol, WhyRefused};
use std::fmt::Write;
use std::net::IpAddr;
use std::time::Duration;

/// How long a resolver waits for an answer.
const PATIENCE: Duration = Duration::from_secs(5);
const UNREACHABLE: &str = ";; connection timed out; no servers could be reached";

/// What a container's resolver reads: resolv.conf, the hosts file.
pub(super) async fn resolver(machine: &Machine) -> (ResolvConf, Vec<(IpAddr, String)>) {
    let pod = machine.pod.clone();
    machine
        .world
        .see(move |world| {
            let hosts = hosts_file(&pod, &world.cluster.dns_settings().domain);
            (world.cluster.resolv_conf(&pod), read_hosts(&hosts))
        })
        .await
}

/// One question to a DNS server; `None` where no answer comes back.
async fn ask(machine: &Machine, server: &str, question: &Question, patience: Duration) -> Option<Answer> {
    try_ask(machine, server, question, patience).await.ok()
}

/// One question to a DNS server; else how bind's programs call what went wrong.
pub(super) async fn try_ask(
    machine: &Machine,
    server: &str,
    question: &Question,
    patience: Duration,
) -> Result<Answer, &'static str> {
    let mut call = Call::new(machine.source(), server, 53);
    call.protocol = Protocol::Udp;
    call.patience = patience;
    call.traced = false;
    let sent = machine.send(call).await;
    let question = question.clone();
    match sent.ending {
        Ending::Answered { .. } => Ok(machine.world.see(move |world| world.cluster.ask_dns(&question)).await),
        Ending::Refused(WhyRefused::NotPermitted(_)) => Err("permission denied"),
        Ending::Refused(_) => Err("connection refused"),
        _ => Err("timed out"),
    }
}

/// The addresses of a name, as programs get them.
pub async fn addresses(machine: &Machine, name: &str) -> Vec<IpAddr> {
    found(machine, name).await.0
}

/// The addresses of a name, and the whole name that they were found by.
pub(super) async fn found(machine: &Machine, name: &str) -> (Vec<IpAddr>, String) {
    let (config, hosts) = resolver(machine).await;
    if let Some(address) = crate::net::parse_address(name) {
        return (vec![address], name.to_owned());
    }
    // The resolver is asked again with every answer that came, until it needs no more.
    let mut known: Vec<((String, Question), Option<Answer>)> = Vec::new();
    loop {
        let mut missing = None;
        let resolved = resolve(name, &hosts, &config, &mut |server, question| {
            let asked = (server.to_owned(), question.clone());
            let answered = known.iter().find(|(one, _)| *one == asked);
            if answered.is_none() {
                missing.get_or_insert(asked);
            }
            answered.and_then(|(_, answer)| answer.clone())
        });
        let Some(asked) = missing else {
            let mut records = known.iter().filter_map(|(_, answer)| answer.as_ref()).flat_map(|answer| &answer.answers);
            let whole = records.find(|record| matches!(record.data, Data::A(_) | Data::Aaaa(_)));
            let whole = whole.map_or(name, |record| record.name.trim_end_matches('.')).to_owned();
            return (resolved.outcome.unwrap_or_default(), whole);
        };
        let answer = ask(machine, &asked.0, &asked.1, PATIENCE).await;
        known.push((asked, answer));
    }
}

/// The name of an address, where DNS knows one.
pub(super) async fn name_of(machine: &Machine, address: IpAddr) -> Option<String> {
    let (config, _) = resolver(machine).await;
    let question = Question::new(&reversed(&address.to_string())?, RecordType::Ptr);
    let answer = ask(machine, config.servers.first()?, &question, PATIENCE).await?;
    answer.answers.first().map(|record| record.data.to_string().trim_end_matches('.').to_owned())
}

/// The name to ask for where an address is given.
pub(super) fn reversed(name: &str) -> Option<String> {
    Some(match name.parse().ok()? {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa.")
        }
        IpAddr::V6(address) => {
            let digits = format!("{:032x}", u128::from(address));
            digits.chars().rev().flat_map(|digit| [digit, '.']).collect::<String>() + "ip6.arpa."
        }
    })
}

/// `nslookup [-type=TYPE] NAME [SERVER]`, busybox's or bind's.
pub async fn nslookup(machine: &Machine, args: &[&str]) -> Ended {
    let mut kinds = vec![RecordType::A, RecordType::Aaaa];
    let mut names = Vec::new();
    for arg in args {
        match arg.strip_prefix('-') {
            Some(option) => {
                let known = ["type", "querytype", "q", "query", "qt", "ty"];
                if let Some((_, kind)) = option.split_once('=').filter(|(name, _)| known.contains(name)) {
                    kinds = vec![RecordType::of(kind)];
                }
            }
            None => names.push(*arg),
        }
    }
    let Some(name) = names.first() else { return Ended::fail(1, "Usage: nslookup [-type=TYPE] HOST [DNS_SERVER]") };
    let (config, _) = resolver(machine).await;
    let server = match names.get(1) {
        None => config.servers.first().cloned().unwrap_or_default(),
        Some(server) => match addresses(machine, server).await.first() {
            Some(address) => address.to_string(),
            None => return Ended::fail(1, format!("nslookup: couldn't get address for '{server}': not found")),
        },
    };
    let reverse = reversed(name);
    if reverse.is_some() {
        kinds = vec![RecordType::Ptr];
    }
    if machine.image.make == Make::Busybox {
        // busybox appends the search list to names without dots, and to no others.
        let asked = match reverse {
            Some(reverse) => vec![reverse],
            None if name.contains('.') || config.searches.is_empty() => vec![(*name).to_owned()],
            None => config.searches.iter().map(|domain| format!("{name}.{domain}")).collect(),
        };
        return busybox_nslookup(machine, &server, &asked, &kinds).await;
    }
    let asked = reverse.map_or_else(|| candidates(name, &config), |reverse| vec![reverse]);
    bind_nslookup(machine, &server, name, &asked, &kinds).await
}

/// Each question with its answer, whatever the others are.
async fn busybox_nslookup(machine: &Machine, server: &str, asked: &[String], kinds: &[RecordType]) -> Ended {
    let mut ended = Ended::ok(format!("Server:\t\t{server}\nAddress:\t{server}:53\n\n"));
    for kind in kinds {
        for name in asked {
            let Some(answer) = ask(machine, server, &Question::new(name, kind.clone()), PATIENCE).await else {
                return Ended { out: format!("{UNREACHABLE}\n\n"), code: 1, ..Ended::default() };
            };
            if answer.rcode != Rcode::NoError {
                let name = name.trim_end_matches('.');
                ended.out += &format!("** server can't find {name}: {}\n", answer.rcode.name());
                ended.code = 1;
            }
            answer.answers.iter().for_each(|record| ended.out += &nslookup_line(record, Make::Busybox));
            ended.out.push('\n');
        }
    }
    ended
}

/// The first of the names that is there.
async fn bind_nslookup(machine: &Machine, server: &str, given: &str, asked: &[String], kinds: &[RecordType]) -> Ended {
    let mut out = format!("Server:\t\t{server}\nAddress:\t{server}#53\n\n");
    let (mut rcode, mut last) = (Rcode::NxDomain, given);
    for name in asked {
        let (mut lines, mut exists) = (String::new(), false);
        for kind in kinds {
            let Some(answer) = ask(machine, server, &Question::new(name, kind.clone()), PATIENCE).await else {
                return Ended { out: format!("{UNREACHABLE}\n\n"), code: 1, ..Ended::default() };
            };
            exists |= answer.rcode == Rcode::NoError;
            if answer.rcode != Rcode::NxDomain {
                (rcode, last) = (answer.rcode, name.trim_end_matches('.'));
            }
            for line in answer.answers.iter().map(|record| nslookup_line(record, machine.image.make)) {
                // An alias stands in the answers to both questions.
                if !lines.contains(&line) {
                    lines += &line;
                }
            }
            if answer.rcode != Rcode::NoError {
                break;
            }
        }
        if !lines.is_empty() {
            out += &lines;
            out.push('\n');
            return Ended::ok(out);
        }
        // A name that is there without such records ends the search.
        if exists {
            out += &format!("*** Can't find {given}: No answer\n\n");
            return Ended { out, code: 1, ..Ended::default() };
        }
    }
    let (rcode, name) = match rcode {
        Rcode::NoError | Rcode::NxDomain => (Rcode::NxDomain, given),
        other => (other, last),
    };
    out += &format!("** server can't find {name}: {}\n\n", rcode.name());
    Ended { out, code: 1, ..Ended::default() }
}

/// A record in the words of nslookup. busybox leaves the dot at the end of names out everywhere.
fn nslookup_line(record: &Record, make: Make) -> String {
    let name = record.name.trim_end_matches('.');
    let text = record.data.to_string();
    let text = if make == Make::Busybox { text.trim_end_matches('.') } else { text.as_str() };
    match &record.data {
        Data::A(_) | Data::Aaaa(_) => format!("Name:\t{name}\nAddress: {text}\n"),
        Data::Cname(_) => format!("{name}\tcanonical name = {text}\n"),
        Data::Ptr(_) => format!("{name}\tname = {text}\n"),
        Data::Srv { .. } => format!("{name}\tservice = {text}\n"),
        Data::Txt(_) => format!("{name}\ttext = {text}\n"),
        Data::Ns(_) => format!("{name}\tnameserver = {text}\n"),
        Data::Soa { zone, serial, minimum } => {
            let zone = zone.trim_end_matches('.');
            format!(
                "{name}\n\torigin = ns.dns.{zone}\n\tmail addr = hostmaster.{zone}\n\tserial = {serial}\n\trefresh = \
                 7200\n\tretry = 1800\n\texpire = 86400\n\tminimum = {minimum}\n"
            )
        }
    }
}

/// `host [-t TYPE] NAME [SERVER]`, bind's.
pub async fn host(machine: &Machine, args: &[&str]) -> Ended {
    let mut kind = None;
    let mut names = Vec::new();
    let mut words = args.iter();
    while let Some(arg) = words.next() {
        match *arg {
            "-t" => kind = words.next().map(|kind| RecordType::of(kind)),
            "-W" | "-R" | "-N" | "-c" | "-m" | "-p" => drop(words.next()),
            flag if flag.starts_with('-') => {}
            name => names.push(name),
        }
    }
    let Some(name) = names.first().copied() else { return Ended::fail(1, "Usage: host [-t type] hostname [server]") };
    let (config, _) = resolver(machine).await;
    let mut out = String::new();
    let server = match names.get(1) {
        None => config.servers.first().cloned().unwrap_or_default(),
        Some(server) => {
            let Some(address) = addresses(machine, server).await.first().map(ToString::to_string) else {
                return Ended::fail(1, format!("host: couldn't get address for '{server}': not found"));
            };
            out = format!("Using domain server:\nName: {server}\nAddress: {address}#53\nAliases: \n\n");
            address
        }
    };
    let (tried, kinds) = match (reversed(name), &kind) {
        (Some(reverse), _) => (vec![reverse], vec![RecordType::Ptr]),
        (None, Some(kind)) => (candidates(name, &config), vec![kind.clone()]),
        (None, None) => (candidates(name, &config), vec![RecordType::A, RecordType::Aaaa, RecordType::Mx]),
    };
    let mut worst = Rcode::NxDomain;
    for name in &tried {
        let mut lines = String::new();
        let mut exists = false;
        for kind in &kinds {
            let Some(answer) = ask(machine, &server, &Question::new(name, kind.clone()), PATIENCE).await else {
                return Ended { out: out + UNREACHABLE + "\n", code: 1, ..Ended::default() };
            };
            worst = answer.rcode;
            exists |= answer.rcode == Rcode::NoError;
            for line in answer.answers.iter().map(host_line) {
                // What an alias leads to is asked for the other types by its own name.
                if !lines.contains(&line) {
                    lines += &line;
                }
            }
        }
        if !lines.is_empty() {
            return Ended::ok(out + &lines);
        }
        if exists {
            let line = |kind: &RecordType| format!("{} has no {} record\n", name.trim_end_matches('.'), kind.name());
            return Ended::ok(out + &kind.as_ref().map(line).unwrap_or_default());
        }
    }
    let (number, word) = match worst {
        Rcode::NoError | Rcode::NxDomain => (3, "NXDOMAIN"),
        Rcode::ServFail => (2, "SERVFAIL"),
        Rcode::Refused => (5, "REFUSED"),
    };
    Ended { out: out + &format!("Host {name} not found: {number}({word})\n"), code: 1, ..Ended::default() }
}

/// A record in the words of host. Models rtypetext of bind's host.c.
fn host_line(record: &Record) -> String {
    let words = match &record.data {
        Data::A(_) => "has address".to_owned(),
        Data::Aaaa(_) => "has IPv6 address".to_owned(),
        Data::Cname(_) => "is an alias for".to_owned(),
        Data::Ptr(_) => "domain name pointer".to_owned(),
        Data::Ns(_) => "name server".to_owned(),
        Data::Txt(_) => "descriptive text".to_owned(),
        other => format!("has {} record", other.kind().name()),
    };
    format!("{} {words} {}\n", record.name.trim_end_matches('.'), record.data)
}

/// `getent hosts|ahosts NAME`.
pub async fn getent(machine: &Machine, args: &[&str]) -> Ended {
    let [database, name] = args else { return Ended::fail(1, "Usage: getent database key ...") };
    if !matches!(*database, "hosts" | "ahosts" | "ahostsv4") {
        return Ended::fail(1, format!("Unknown database: {database}"));
    }
    let (found, name) = found(machine, name).await;
    let mut out = String::new();
    for address in &found {
        let _ = match *database {
            "hosts" => writeln!(out, "{:<15} {name}", address.to_string()),
            _ => writeln!(out, "{0:<15} STREAM {name}\n{0:<15} DGRAM  \n{0:<15} RAW    ", address.to_string()),
        };
    }
    Ended { out, code: if found.is_empty() { 2 } else { 0 }, ..Ended::default() }
}
