//! dig, as bind 9.20 prints it.

use super::machine::Machine;
use super::names::{addresses, resolver, reversed, try_ask};
use super::world::Ended;
use crate::dns::{Answer, Data, Question, Rcode, Record, RecordType, candidates};
use std::time::Duration;

const VERSION: &str = "9.20.11";
const USAGE: &str = "Usage:  dig [@global-server] [domain] [q-type] [q-class] {q-opt}\n            {global-d-opt} host [@local-server] \
     {local-d-opt}\n            [ host [@local-server] {local-d-opt} [...]]\n\nUse \"dig -h\" (or \"dig -h | more\") for complete \
     list of options\n";

/// What `+no...` takes away and `+...` asks for.
#[derive(Clone, Debug)]
struct Shown {
    command: bool,
    comments: bool,
    question: bool,
    answer: bool,
    authority: bool,
    additional: bool,
    stats: bool,
    ttl: bool,
    class: bool,
    short: bool,
    multiline: bool,
}

/// One name to ask for, or what is said before the first one and holds for all.
#[derive(Clone, Debug)]
struct Asked {
    name: Option<String>,
    kind: Option<RecordType>,
    server: Option<String>,
    shown: Shown,
    search: bool,
    recurse: bool,
    edns: bool,
    cookie: bool,
    tcp: bool,
    wait: u64,
    tries: u32,
}

impl Asked {
    fn new() -> Asked {
        let shown = Shown {
            command: true,
            comments: true,
            question: true,
            answer: true,
            authority: true,
            additional: true,
            stats: true,
            ttl: true,
            class: true,
            short: false,
            multiline: false,
        };
        let (edns, cookie, recurse) = (true, true, true);
        let (name, kind, server) = (None, None, None);
        Asked { name, kind, server, shown, search: false, recurse, edns, cookie, tcp: false, wait: 5, tries: 3 }
    }

    /// Takes a `+` option; false where there is none of this name.
    fn option(&mut self, text: &str) -> bool {
        let (word, value) = text.split_once('=').unwrap_or((text, ""));
        let (name, on) = word.strip_prefix("no").map_or((word, true), |name| (name, false));
        let shown = &mut self.shown;
        match name {
            "all" => {
                shown.command = on;
                let sections = [&mut shown.question, &mut shown.answer, &mut shown.authority, &mut shown.additional];
                sections.into_iter().chain([&mut shown.comments, &mut shown.stats]).for_each(|one| *one = on);
            }
            "cmd" => shown.command = on,
            "comments" | "comment" => shown.comments = on,
            "question" => shown.question = on,
            "answer" => shown.answer = on,
            "authority" => shown.authority = on,
            "additional" => shown.additional = on,
            "stats" => shown.stats = on,
            "ttlid" => shown.ttl = on,
            "class" | "cl" => shown.class = on,
            "short" => shown.short = on,
            "multiline" | "multi" => shown.multiline = on,
            "search" | "defname" => self.search = on,
            "recurse" | "rec" | "rdflag" => self.recurse = on,
            "edns" => self.edns = on,
            "cookie" => self.cookie = on,
            "tcp" | "vc" => self.tcp = on,
            "time" | "timeout" => self.wait = value.parse().unwrap_or(5).clamp(1, 60),
            "tries" => self.tries = value.parse().unwrap_or(3).clamp(1, 20),
            "retry" => self.tries = value.parse().unwrap_or(2).clamp(0, 20) + 1,
            // Known, and without effect on what is printed here.
            "aaflag" | "aaonly" | "adflag" | "badcookie" | "besteffort" | "bufsize" | "cdflag" | "crypto"
            | "dnssec" | "ednsopt" | "expire" | "fail" | "identify" | "idn" | "idnin" | "idnout" | "ignore"
            | "keepopen" | "ndots" | "nsid" | "nssearch" | "onesoa" | "opcode" | "qid" | "qr" | "rrcomments"
            | "showsearch" | "split" | "subnet" | "trace" | "ttlunits" | "unknownformat" | "yaml" | "zflag" => {}
            _ => return false,
        }
        true
    }
}

/// `dig [@SERVER] [OPTIONS] [TYPE] NAME [TYPE] [OPTIONS] ...`. What is said before the first name holds for all names.
pub async fn dig(machine: &Machine, args: &[&str]) -> Ended {
    let (mut usual, mut asked): (Asked, Vec<Asked>) = (Asked::new(), Vec::new());
    // `; (1 server found)` is printed where the server is known before the first name.
    let mut has_early_server = false;
    let mut words = args.iter();
    while let Some(arg) = words.next() {
        let is_first = asked.is_empty();
        let now = asked.last_mut().unwrap_or(&mut usual);
        let name = match *arg {
            "-v" => return Ended::ok(format!("DiG {VERSION}\n")),
            "-4" | "-6" | "-r" | "-u" | "-m" => continue,
            "-x" => {
                let Some(name) = words.next().and_then(|address| reversed(address)) else {
                    let text = "dig: '-x' requires a valid IP address\n".to_owned() + USAGE;
                    return Ended { err: text, code: 1, ..Ended::default() };
                };
                (name, Some(RecordType::Ptr))
            }
            "-t" | "-q" | "-p" | "-b" | "-c" | "-f" | "-k" | "-y" => {
                let Some(value) = words.next() else {
                    return Ended { err: format!("Invalid option: {arg}\n{USAGE}"), code: 1, ..Ended::default() };
                };
                match *arg {
                    "-t" => now.kind = Some(RecordType::of(value)),
                    "-q" => asked.push(Asked { name: Some((*value).to_owned()), ..usual.clone() }),
                    _ => {}
                }
                continue;
            }
            option if option.starts_with('+') => {
                if now.option(option.trim_start_matches('+')) {
                    continue;
                }
                return Ended { err: format!("Invalid option: {option}\n{USAGE}"), code: 1, ..Ended::default() };
            }
            option if option.starts_with('-') => {
                return Ended { err: format!("Invalid option: {option}\n{USAGE}"), code: 1, ..Ended::default() };
            }
            at if at.starts_with('@') => {
                now.server = Some(at.trim_start_matches('@').to_owned());
                has_early_server |= is_first;
                continue;
            }
            word if is_type(word) => {
                now.kind = Some(RecordType::of(word));
                continue;
            }
            "IN" | "in" => continue,
            name => (name.to_owned(), None),
        };
        let (name, kind) = name;
        asked.push(Asked { name: Some(name), kind: kind.or(usual.kind.clone()), ..usual.clone() });
    }
    if asked.is_empty() {
        usual.kind = usual.kind.or(Some(RecordType::Ns));
        asked.push(Asked { name: Some(".".to_owned()), ..usual });
    }
    let found = if has_early_server { "; (1 server found)\n" } else { "" };
    let mut head = format!(
        "\n; <<>> DiG {VERSION} <<>> {}\n{found};; global options:{} +cmd\n",
        args.join(" "),
        if asked.first().is_some_and(|one| one.shown.short) { " +short" } else { "" },
    );
    let mut ended = Ended::default();
    for one in &asked {
        if !one.shown.command {
            head.clear();
        }
        let part = ask_one(machine, one, &std::mem::take(&mut head)).await;
        ended.out += &part.out;
        ended.err += &part.err;
        ended.code = part.code;
    }
    ended
}

fn is_type(word: &str) -> bool {
    const OTHERS: [&str; 12] =
        ["ANY", "AXFR", "IXFR", "CAA", "DNSKEY", "DS", "HINFO", "HTTPS", "NAPTR", "RRSIG", "SPF", "SVCB"];
    !matches!(RecordType::of(word), RecordType::Other(other) if !OTHERS.contains(&other.as_str()))
}

async fn ask_one(machine: &Machine, asked: &Asked, head: &str) -> Ended {
    let (config, _) = resolver(machine).await;
    let shown = &asked.shown;
    let given = match &asked.server {
        None => config.servers.first().cloned().unwrap_or_default(),
        Some(server) => server.clone(),
    };
    let Some(server) = addresses(machine, &given).await.first().map(ToString::to_string) else {
        return Ended::fail(10, format!("dig: couldn't get address for '{given}': not found"));
    };
    let name = asked.name.as_deref().unwrap_or(".");
    let kind = asked.kind.clone().unwrap_or(RecordType::A);
    let tried = if asked.search { candidates(name, &config) } else { vec![name.to_owned()] };
    let mut last = None;
    for name in tried {
        let question = Question::new(&name, kind.clone());
        let wait = Duration::from_secs(asked.wait);
        let answer = match try_ask(machine, &server, &question, wait).await {
            Ok(answer) => answer,
            Err(why) => {
                // Each try has its own line.
                if why == "timed out" {
                    machine.world.sleep(wait * (asked.tries - 1)).await;
                }
                let line = format!(";; communications error to {server}#53: {why}\n");
                let head = if shown.short { "" } else { head };
                let out = format!("{}{head};; no servers could be reached\n", line.repeat(asked.tries as usize));
                return Ended { out, code: 9, ..Ended::default() };
            }
        };
        let done = answer.rcode == Rcode::NoError;
        last = Some((question, answer));
        if done {
            break;
        }
    }
    let Some((question, answer)) = last else { return Ended::default() };
    if shown.short {
        let lines = answer.answers.iter().map(|record| format!("{}\n", record.data));
        return Ended::ok(if shown.answer { lines.collect() } else { String::new() });
    }
    let mut out = head.to_owned() + &message(&question, &answer, asked);
    if shown.stats {
        let when = super::place::date(&machine.world, &["+%a %b %d %T %Z %Y"]).await.out;
        let way = if asked.tcp { "TCP" } else { "UDP" };
        let size = size(&question, &answer, asked);
        out += &format!(";; Query time: 0 msec\n;; SERVER: {server}#53({given}) ({way})\n;; WHEN: {when}");
        out += &format!(";; MSG SIZE  rcvd: {size}\n\n");
    }
    Ended::ok(out)
}

/// The message as dig's printmessage shows it.
fn message(question: &Question, answer: &Answer, asked: &Asked) -> String {
    let shown = &asked.shown;
    let mut out = String::new();
    if shown.comments {
        out += ";; Got answer:\n";
        if question.name.to_ascii_lowercase().ends_with(".local.") || question.name.eq_ignore_ascii_case("local.") {
            out += ";; WARNING: .local is reserved for Multicast DNS\n;; You are currently testing what happens when an mDNS \
                    query is leaked to DNS\n";
        }
        // What the cluster's server says of its own zones comes with records or with the zone's start.
        let is_own = !answer.answers.is_empty() || !answer.authority.is_empty();
        let flags = [("aa", is_own), ("rd", asked.recurse), ("ra", !is_own && answer.rcode != Rcode::Refused)];
        let flags = flags.iter().filter(|(_, on)| *on).fold(String::new(), |text, (name, _)| text + " " + name);
        out += &format!(
            ";; ->>HEADER<<- opcode: QUERY, status: {}, id: 4711\n;; flags: qr{flags}; QUERY: 1, ANSWER: {}, AUTHORITY: {}, \
             ADDITIONAL: {}\n",
            answer.rcode.name(),
            answer.answers.len(),
            answer.authority.len(),
            answer.additional.len() + usize::from(asked.edns),
        );
        if asked.recurse && is_own {
            out += ";; WARNING: recursion requested but not available\n";
        }
        out.push('\n');
        if asked.edns {
            out += ";; OPT PSEUDOSECTION:\n; EDNS: version: 0, flags:; udp: 1232\n";
            if asked.cookie {
                // CoreDNS knows no cookies: it sends back what it got.
                out += "; COOKIE: 3f502025a920150a (echoed)\n";
            }
        }
    }
    let mut section = |title: &str, lines: String| {
        if !lines.is_empty() {
            let (head, foot) =
                if shown.comments { (format!(";; {title} SECTION:\n"), "\n") } else { (String::new(), "") };
            out += &format!("{head}{lines}{foot}");
        }
    };
    if shown.question {
        section("QUESTION", question_line(question));
    }
    for (title, is_shown, records) in [
        ("ANSWER", shown.answer, &answer.answers),
        ("AUTHORITY", shown.authority, &answer.authority),
        ("ADDITIONAL", shown.additional, &answer.additional),
    ] {
        if is_shown {
            section(title, records.iter().map(|record| record_line(record, shown)).collect());
        }
    }
    out
}

/// A line with columns, as bind's masterdump.c indent fills them: tabs as far as they go, at least one blank.
#[derive(Default)]
struct Line {
    text: String,
    width: usize,
}

impl Line {
    fn put(mut self, text: &str) -> Line {
        self.text += text;
        self.width += text.len();
        self
    }

    fn to(mut self, column: usize) -> Line {
        let to = column.max(self.width + 1);
        let tabs = to / 8 - self.width / 8;
        self.text += &"\t".repeat(tabs);
        let from = if tabs > 0 { to / 8 * 8 } else { self.width };
        self.text += &" ".repeat(to - from);
        self.width = to;
        self
    }
}

fn question_line(question: &Question) -> String {
    // The semicolon does not count.
    let line = Line::default().put(&question.name).to(32).put("IN").to(40).put(question.kind.name());
    format!(";{}\n", line.text)
}

fn record_line(record: &Record, shown: &Shown) -> String {
    let [ttl, class, kind, data] = match (shown.multiline, shown.ttl, shown.class) {
        (true, ..) | (_, false, false) => [24, 24, 24, 32],
        (_, true, true) => [24, 32, 40, 48],
        _ => [24, 24, 32, 40],
    };
    let mut line = Line::default().put(&record.name);
    if shown.ttl {
        line = line.to(ttl).put(&record.ttl.to_string());
    }
    if shown.class {
        line = line.to(class).put("IN");
    }
    line = line.to(kind).put(record.data.kind().name()).to(data);
    match &record.data {
        Data::Soa { zone, serial, minimum } if shown.multiline => {
            let head = format!("ns.dns.{zone} hostmaster.{zone} (");
            let minimum = minimum.to_string();
            let rows = [
                (serial.to_string(), "serial".to_owned()),
                ("7200".to_owned(), "refresh (2 hours)".to_owned()),
                ("1800".to_owned(), "retry (30 minutes)".to_owned()),
                ("86400".to_owned(), "expire (1 day)".to_owned()),
                (minimum.clone(), format!("minimum ({minimum} seconds)")),
            ];
            let mut text = format!("{}{head}\n", line.text);
            for (value, what) in rows {
                text += &format!("\t\t\t\t{value:<10} ; {what}\n");
            }
            text + "\t\t\t\t)\n"
        }
        data => line.put(&data.to_string()).text + "\n",
    }
}

/// How many bytes the message has: CoreDNS writes names out in full as long as it fits.
fn size(question: &Question, answer: &Answer, asked: &Asked) -> usize {
    let name = |name: &str| if name == "." { 1 } else { name.len() + 1 };
    let data = |data: &Data| match data {
        Data::A(_) => 4,
        Data::Aaaa(_) => 16,
        Data::Cname(target) | Data::Ns(target) | Data::Ptr(target) => name(target),
        Data::Soa { zone, .. } => 7 + name(zone) + 11 + name(zone) + 20,
        Data::Srv { target, .. } => 6 + name(target),
        Data::Txt(text) => 1 + text.len(),
    };
    let records = answer.answers.iter().chain(&answer.authority).chain(&answer.additional);
    let records: usize = records.map(|record| name(&record.name) + 10 + data(&record.data)).sum();
    let options = if asked.edns { 11 + if asked.cookie { 12 } else { 0 } } else { 0 };
    12 + name(&question.name) + 4 + records + options
}
