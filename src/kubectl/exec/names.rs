//! nslookup, dig, host and getent.

use super::images::Make;
use super::machine::Machine;
use super::world::Ended;
use crate::cluster::{Call, Ending};
use crate::dns::{Answer, Data, Question, Rcode, Record, RecordType, candidates, resolve};
use crate::kubelet::{ResolvConf, hosts_file, read_hosts};
use crate::net::Protocol;
use std::fmt::Write;
use std::net::IpAddr;
use std::time::Duration;

const UNREACHABLE: &str = ";; connection timed out; no servers could be reached";

/// What a container's resolver reads: resolv.conf, the hosts file.
async fn resolver(machine: &Machine) -> (ResolvConf, Vec<(IpAddr, String)>) {
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
async fn ask(machine: &Machine, server: &str, question: &Question) -> Option<Answer> {
    let mut call = Call::new(machine.source(), server, 53);
    call.protocol = Protocol::Udp;
    call.patience = Duration::from_secs(5);
    call.traced = false;
    let sent = machine.send(call).await;
    let question = question.clone();
    match sent.ending {
        Ending::Answered { .. } => Some(machine.world.see(move |world| world.cluster.ask_dns(&question)).await),
        _ => None,
    }
}

/// The addresses of a name, as programs get them.
pub async fn addresses(machine: &Machine, name: &str) -> Vec<IpAddr> {
    found(machine, name).await.0
}

/// The addresses of a name, and the whole name that they were found by.
async fn found(machine: &Machine, name: &str) -> (Vec<IpAddr>, String) {
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
        let answer = ask(machine, &asked.0, &asked.1).await;
        known.push((asked, answer));
    }
}

/// The name to ask for where an address is given.
fn reversed(name: &str) -> Option<String> {
    let address: std::net::Ipv4Addr = name.parse().ok()?;
    let [a, b, c, d] = address.octets();
    Some(format!("{d}.{c}.{b}.{a}.in-addr.arpa."))
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
            let Some(answer) = ask(machine, server, &Question::new(name, kind.clone())).await else {
                return Ended { out: format!("{UNREACHABLE}\n\n"), code: 1, ..Ended::default() };
            };
            if answer.rcode != Rcode::NoError {
                let name = name.trim_end_matches('.');
                ended.out += &format!("** server can't find {name}: {}\n", answer.rcode.name());
                ended.code = 1;
            }
            answer.answers.iter().for_each(|record| ended.out += &nslookup_line(record));
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
            let Some(answer) = ask(machine, server, &Question::new(name, kind.clone())).await else {
                return Ended { out: format!("{UNREACHABLE}\n\n"), code: 1, ..Ended::default() };
            };
            exists |= answer.rcode == Rcode::NoError;
            if answer.rcode != Rcode::NxDomain {
                (rcode, last) = (answer.rcode, name.trim_end_matches('.'));
            }
            for line in answer.answers.iter().map(nslookup_line) {
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
        if exists && name == asked.last().unwrap_or(name) {
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
pub async fn dig(machine: &Machine, args: &[&str]) -> Ended {
    let (mut short, mut search, mut noall, mut kind, mut name) = (false, false, false, RecordType::A, None);
    let (config, _) = resolver(machine).await;
    let mut server = config.servers.first().cloned().unwrap_or_default();
    let mut words = args.iter();
    while let Some(arg) = words.next() {
        match *arg {
            "+short" => short = true,
            "+search" => search = true,
            "+noall" => noall = true,
            "-x" => {
                name = words.next().and_then(|address| reversed(address));
                kind = RecordType::Ptr;
            }
            "-t" => kind = words.next().map_or(RecordType::A, |kind| RecordType::of(kind)),
            "-q" => name = words.next().map(|name| (*name).to_owned()),
            "-p" => drop(words.next()),
            option if option.starts_with(['+', '-']) => {}
            at if at.starts_with('@') => {
                let at = at.trim_start_matches('@');
                match addresses(machine, at).await.first() {
                    Some(address) => server = address.to_string(),
                    None => return Ended::fail(10, format!("dig: couldn't get address for '{at}': not found")),
                }
            }
            word => match RecordType::of(word) {
                RecordType::Other(_) => name = Some(word.to_owned()),
                known if name.is_some() => kind = known,
                _ => name = Some(word.to_owned()),
            },
        }
    }
    let name = name.unwrap_or_else(|| ".".to_owned());
    let head = format!("\n; <<>> DiG 9.20.11 <<>> {}\n", args.join(" "));
    let tried = if search { candidates(&name, &config) } else { vec![name.clone()] };
    let mut last = None;
    for name in tried {
        let question = Question::new(&name, kind.clone());
        let Some(answer) = ask(machine, &server, &question).await else {
            // Three tries, each with its own line.
            machine.world.sleep(Duration::from_secs(10)).await;
            let line = format!(";; communications error to {server}#53: timed out\n").repeat(3);
            let (head, foot) = if short { ("", "") } else { (head.as_str(), ";; global options: +cmd\n") };
            let out = format!("{line}{head}{foot};; no servers could be reached\n");
            return Ended { out, code: 9, ..Ended::default() };
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
    if noall {
        return Ended::ok(answer.answers.iter().map(dig_line).collect::<String>());
    }
    let when = super::place::date(&machine.world, &["+%a %b %d %T %Z %Y"]).await.out;
    Ended::ok(head + &dig_text(&question, &answer, &server) + &format!(";; WHEN: {when}\n"))
}

/// A record as dig prints it: its columns begin at 24, 32 and 40, or behind a tab.
fn dig_line(record: &Record) -> String {
    let (mut line, mut width) = (String::new(), 0);
    for (text, stop) in [
        (record.name.as_str(), 24),
        (record.ttl.to_string().as_str(), 32),
        ("IN", 40),
        (record.data.kind().name(), 48),
        (record.data.to_string().as_str(), 0),
    ] {
        line += text;
        width += text.len();
        if stop > 0 {
            let tabs = if width >= stop { 1 } else { (stop - width).div_ceil(8) };
            line += &"\t".repeat(tabs);
            width = if width >= stop { (width / 8 + 1) * 8 } else { stop };
        }
    }
    line + "\n"
}

fn dig_text(question: &Question, answer: &Answer, server: &str) -> String {
    let name = &question.name;
    let asked = format!(";{name}");
    let tabs =
        "\t".repeat(if asked.len() >= 24 { 1 } else { (32 - asked.len()).div_ceil(8) - usize::from(asked.len() < 32) });
    let mut out = format!(
        ";; global options: +cmd\n;; Got answer:\n;; ->>HEADER<<- opcode: QUERY, status: {}, id: 4711\n;; flags: qr aa rd; QUERY: \
         1, ANSWER: {}, AUTHORITY: {}, ADDITIONAL: {}\n;; WARNING: recursion requested but not available\n\n;; OPT \
         PSEUDOSECTION:\n; EDNS: version: 0, flags:; udp: 1232\n;; QUESTION SECTION:\n{asked}{tabs}IN\t{}\n",
        answer.rcode.name(),
        answer.answers.len(),
        answer.authority.len(),
        answer.additional.len() + 1,
        question.kind.name(),
    );
    for (title, records) in
        [("ANSWER", &answer.answers), ("AUTHORITY", &answer.authority), ("ADDITIONAL", &answer.additional)]
    {
        if !records.is_empty() {
            out += &format!("\n;; {title} SECTION:\n");
            records.iter().for_each(|record| out += &dig_line(record));
        }
    }
    out + &format!("\n;; Query time: 0 msec\n;; SERVER: {server}#53({server}) (UDP)\n")
}

/// `host NAME`.
pub async fn host(machine: &Machine, args: &[&str]) -> Ended {
    let mut kinds = vec![RecordType::A, RecordType::Aaaa];
    let mut names = Vec::new();
    let mut words = args.iter();
    while let Some(arg) = words.next() {
        match *arg {
            "-t" => kinds = words.next().map_or(kinds, |kind| vec![RecordType::of(kind)]),
            flag if flag.starts_with('-') => {}
            name => names.push(name),
        }
    }
    let Some(name) = names.first().copied() else { return Ended::fail(1, "Usage: host [-t type] hostname [server]") };
    let (config, _) = resolver(machine).await;
    let usual = config.servers.first().cloned().unwrap_or_default();
    let server = names.get(1).map_or(usual, |server| (*server).to_owned());
    let (tried, kinds) = match reversed(name) {
        Some(reverse) => (vec![reverse], vec![RecordType::Ptr]),
        None => (candidates(name, &config), kinds),
    };
    let mut worst = Rcode::NxDomain;
    for name in tried {
        let mut out = String::new();
        for kind in &kinds {
            let Some(answer) = ask(machine, &server, &Question::new(&name, kind.clone())).await else {
                return Ended { out: format!("{UNREACHABLE}\n"), code: 1, ..Ended::default() };
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
