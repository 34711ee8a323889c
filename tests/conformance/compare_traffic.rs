//! Compares what was recorded and what is answered for the steps `rules`, `send` and `dns`.
//!
//! Both sides of `rules` are brought into one form first: addresses that were given out by chance get names by the
//! lines that they stand in, and what stands in an order of chance (service ports in shared chains, elements of sets,
//! endpoints that sort by such an address) is sorted.

use super::normalise::Written;
use regex::{Captures, Regex};
use service_playground::api::Value;
use similar::TextDiff;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::LazyLock;

macro_rules! pattern {
    ($name:ident, $text:expr) => {
        static $name: LazyLock<Regex> = LazyLock::new(|| Regex::new($text).unwrap());
    };
}

pattern!(GIVEN, r"\b(10\.244\.\d{1,3}\.\d{1,3}|10\.(?:9[6-9]|10\d|11[01])\.\d{1,3}\.\d{1,3}|3[0-2]\d{3})\b(/\d+)?");
pattern!(ENDPOINT_CHAIN, r"\bKUBE-SEP-[A-Z2-7]{16}\b");
pattern!(NFT_ENDPOINT, r"\b(endpoint|affinity)-[A-Z2-7]{8}-");
pattern!(TARGET, r#"^-A KUBE-SV[CL]-\S+ -m comment --comment "[^"]* -> "#);
pattern!(STATISTIC, r" -m statistic --mode random --probability \S+");
pattern!(NUMGEN, r"numgen random mod (\d+ v?map) \{ (.*) \}");
pattern!(LABEL, r#"--comment "([^" ]+)"#);

/// The difference of two dumps of a node's rules; empty where there is none.
pub fn rules(recorded: &str, answered: &str, written: &Written) -> String {
    let (one, two) = (canonical(recorded, written), canonical(answered, written));
    if one == two {
        return String::new();
    }
    TextDiff::from_lines(&one, &two).unified_diff().header("recorded", "answered").to_string()
}

/// A dump in a form that does not depend on chance.
fn canonical(dump: &str, written: &Written) -> String {
    let names = names(dump, written);
    let text = GIVEN.replace_all(dump, |found: &Captures| {
        let name =
            if found.get(2).is_some_and(|prefix| prefix.as_str() != "/32") { None } else { names.get(&found[1]) };
        name.map_or_else(
            || found[0].to_owned(),
            |name| format!("{name}{}", found.get(2).map_or("", |prefix| prefix.as_str())),
        )
    });
    if dump.starts_with('*') { iptables(&text) } else { nftables(&text) }
}

/// Names for the values that chance gave out: by kind (and node, for pods), then by the lines that they stand in.
fn names(dump: &str, written: &Written) -> BTreeMap<String, String> {
    let mut lines_of: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let kind = |value: &str| match value.rsplit_once('.') {
        Some((network, _)) if network.starts_with("10.244.") => format!("<pod of {network}>"),
        Some(_) => "<service>".to_owned(),
        None => "<nodeport>".to_owned(),
    };
    let is_given = |value: &str, prefix: Option<&str>| {
        let fixed = ["10.244.0.0", "10.244.0.1", "10.244.1.1", "10.96.0.0", "10.96.0.1", "10.96.0.10"];
        prefix.is_none_or(|prefix| prefix == "/32") && !fixed.contains(&value) && !written.has(value)
    };
    for line in dump.lines() {
        let values: BTreeSet<String> = GIVEN
            .captures_iter(line)
            .filter(|found| is_given(&found[1], found.get(2).map(|prefix| prefix.as_str())))
            .map(|found| found[1].to_owned())
            .collect();
        let plain = STATISTIC.replace_all(line, "");
        let plain = ENDPOINT_CHAIN.replace_all(&plain, "KUBE-SEP");
        let plain = NFT_ENDPOINT.replace_all(&plain, "$1-");
        for value in &values {
            let seen = GIVEN.replace_all(&plain, |found: &Captures| {
                if found[1] == *value {
                    "SELF".to_owned()
                } else if values.contains(&found[1]) {
                    kind(&found[1])
                } else {
                    found[0].to_owned()
                }
            });
            // Its place in a list of choices says nothing.
            let seen = NUMGEN.replace(&seen, |found: &Captures| {
                let mut choices: Vec<&str> =
                    found[2].split(", ").map(|choice| choice.split_once(" : ").unwrap().1).collect();
                choices.sort_unstable();
                choices.join(", ")
            });
            let seen = seen.trim().trim_start_matches("elements = { ").trim_end_matches([',', ' ', '}']).to_owned();
            lines_of.entry(value.clone()).or_default().push(seen);
        }
    }
    let mut ranked: Vec<(String, Vec<String>, String)> = lines_of
        .into_iter()
        .map(|(value, mut lines)| {
            lines.sort();
            (kind(&value), lines, value)
        })
        .collect();
    ranked.sort();
    let mut count: BTreeMap<String, u32> = BTreeMap::new();
    ranked
        .into_iter()
        .map(|(kind, _, value)| {
            let number = count.entry(kind.clone()).or_default();
            *number += 1;
            (value, format!("{}{number}>", kind.trim_end_matches('>')))
        })
        .collect()
}

fn iptables(text: &str) -> String {
    // An endpoint's chain is known by its DNAT rule.
    let mut chains: BTreeMap<String, String> = BTreeMap::new();
    for line in text.lines().filter(|line| line.contains("--to-destination")) {
        let (name, label) = (&line["-A ".len()..][..25], &LABEL.captures(line).unwrap()[1]);
        let to = line.rsplit(' ').next().unwrap();
        chains.insert(name.to_owned(), format!("KUBE-SEP({label} {to})"));
    }
    let text = ENDPOINT_CHAIN
        .replace_all(text, |found: &Captures| chains.get(&found[0]).cloned().unwrap_or_else(|| found[0].to_owned()));
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    runs(&mut lines, |line| line.starts_with(":KUBE-SEP(").then_some(String::new()), <[String]>::sort);
    runs(
        &mut lines,
        |line| line.starts_with("-A KUBE-SEP(").then_some(String::new()),
        |run| {
            // Rules of one chain keep their order.
            run.sort_by_key(|line| line[..line.find(')').unwrap()].to_owned());
        },
    );
    let shared = ["KUBE-SERVICES", "KUBE-NODEPORTS", "KUBE-EXTERNAL-SERVICES", "KUBE-PROXY-FIREWALL"];
    let shared_chain = |line: &str| {
        let chain = line.strip_prefix("-A ")?.split(' ').next()?;
        (shared.contains(&chain) && !line.contains("must be the last rule")).then(|| chain.to_owned())
    };
    runs(&mut lines, shared_chain, |run| {
        run.sort_by_key(|line| LABEL.captures(line).map(|found| found[1].to_owned()));
    });
    // The choices of a chain: the probabilities stay where they are, their targets are sorted.
    let choices = |line: &str| {
        let is_affinity = line.contains("-m recent");
        TARGET.find(line).map(|found| format!("{}{is_affinity}", &line[..found.end()]))
    };
    runs(&mut lines, choices, |run| {
        let chances: Vec<String> =
            run.iter().map(|line| STATISTIC.find(line).map_or("", |found| found.as_str()).to_owned()).collect();
        let mut targets: Vec<String> = run.iter().map(|line| STATISTIC.replace(line, "").into_owned()).collect();
        targets.sort();
        for ((place, target), chance) in run.iter_mut().zip(targets).zip(chances) {
            *place = format!("{target}{chance}");
        }
    });
    lines.join("\n") + "\n"
}

/// Hands each run of lines with the same key to `change`.
fn runs(lines: &mut [String], key: impl Fn(&str) -> Option<String>, change: impl Fn(&mut [String])) {
    let mut at = 0;
    while at < lines.len() {
        let first = key(&lines[at]);
        let run = lines[at..].iter().take_while(|line| first.is_some() && key(line) == first).count();
        change(&mut lines[at..at + run]);
        at += run.max(1);
    }
}

fn nftables(text: &str) -> String {
    let text = NFT_ENDPOINT.replace_all(text, "$1-");
    let text = NUMGEN.replace_all(&text, |found: &Captures| {
        let mut choices: Vec<&str> = found[2].split(", ").map(|choice| choice.split_once(" : ").unwrap().1).collect();
        choices.sort_unstable();
        format!("numgen random mod {} {{ {} }}", &found[1], choices.join(", "))
    });
    let mut blocks: Vec<String> = Vec::new();
    let mut in_elements = false;
    for line in text.lines() {
        let is_head = line.starts_with("    ") && line.ends_with('{') && !line.starts_with("     ");
        if is_head || blocks.is_empty() || line == "}" {
            blocks.push(String::new());
        }
        let block = blocks.last_mut().unwrap();
        // Elements stand on several lines; they are one list.
        in_elements |= line.trim_start().starts_with("elements = {");
        if in_elements {
            block.push_str(if line.trim_start().starts_with("elements") { line } else { line.trim_start() });
            block.push(' ');
            if line.ends_with('}') {
                in_elements = false;
                let start = block.rfind("elements = { ").unwrap() + "elements = { ".len();
                let list = block[start..].trim_end().trim_end_matches(" }").to_owned();
                let mut elements: Vec<&str> = list.split(", ").map(|element| element.trim_end_matches(',')).collect();
                elements.sort_unstable();
                block.truncate(start);
                block.push_str(&elements.join(", "));
                block.push_str(" }\n");
            }
        } else if !line.is_empty() {
            block.push_str(line);
            block.push('\n');
        }
    }
    // Chains that kube-proxy emptied stand there until it looks again; service chains come in the order of chance.
    blocks.retain(|block| !(block.trim_start().starts_with("chain ") && block.lines().count() == 2));
    let is_of_service = |block: &String| block.lines().next().is_some_and(|line| line.contains('/'));
    let (mut of_services, mut rest): (Vec<String>, Vec<String>) = blocks.into_iter().partition(is_of_service);
    of_services.sort();
    rest.append(&mut of_services);
    rest.concat()
}

/// A case as far as `send` is concerned.
pub struct Traffic<'a> {
    /// All steps, with what was recorded.
    pub steps: &'a [Value],
    /// What was answered so far, by step.
    pub answers: &'a [(usize, Result<Value, String>)],
    /// Whether its Services keep clients at an endpoint.
    pub is_sticky: bool,
}

/// The difference between what was recorded in the step at `index` and what was answered: who answered, on which port,
/// to which client. Which of several endpoints answered how often is left to chance, within reason.
pub fn send(index: usize, answer: &Value, traffic: &Traffic) -> String {
    let step = &traffic.steps[index];
    let (recorded, answered) = (Answers::of(step), Answers::of(answer));
    let mut wrong = Vec::new();
    if recorded.total() != answered.total() {
        wrong.push("how many");
    }
    let kinds = |answers: &Answers| answers.failures.keys().cloned().collect::<Vec<String>>();
    if kinds(&recorded) != kinds(&answered) {
        wrong.push("the failures");
    }
    if recorded.pods().is_empty() != answered.pods().is_empty() {
        wrong.push("whether somebody answered");
    }
    // The outcomes of one request: each pod that answered, and each failure.
    let outcomes = |answers: &Answers| {
        let mut outcomes = answers.failures.clone();
        answers.replies.iter().for_each(|((pod, ..), count)| *outcomes.entry(pod.clone()).or_default() += count);
        outcomes
    };
    let (total, ways) = (recorded.total() as f64, outcomes(&recorded).len() as f64);
    if traffic.is_sticky {
        if (recorded.pods().len() == 1) != (answered.pods().len() == 1) {
            wrong.push("whether one pod keeps the client");
        }
        let same_way =
            |other: &Value| other["send"]["from"] == step["send"]["from"] && other["send"]["to"] == step["send"]["to"];
        for (earlier, before) in traffic.answers.iter().filter(|(at, _)| *at < index && same_way(&traffic.steps[*at])) {
            let was = Answers::of(&traffic.steps[*earlier]).pods();
            let before = before.as_ref().map(|before| Answers::of(before).pods()).unwrap_or_default();
            if was == recorded.pods() && before != answered.pods() {
                wrong.push("whom the client stays with");
            }
        }
    } else {
        let anywhere: BTreeSet<String> = traffic.steps.iter().flat_map(|step| Answers::of(step).pods()).collect();
        let enough = total >= 8.0 * ways;
        if enough && recorded.pods() != answered.pods() || !answered.pods().is_subset(&anywhere) {
            wrong.push("who answered");
        }
        // Ten per degree of freedom is far beyond chance.
        let expected = (total / ways).max(1.0);
        let chi_square: f64 =
            outcomes(&answered).values().map(|seen| (*seen as f64 - expected).powi(2) / expected).sum();
        if enough && chi_square > 10.0 * ways {
            wrong.push("the split");
        }
    }
    let seen_as = |answers: &Answers, pod: &str| -> BTreeSet<(u64, String)> {
        answers
            .replies
            .keys()
            .filter(|(other, ..)| other == pod)
            .map(|(_, port, client)| (*port, client.clone()))
            .collect()
    };
    if recorded.pods().intersection(&answered.pods()).any(|pod| seen_as(&recorded, pod) != seen_as(&answered, pod)) {
        wrong.push("the port, or the client as the pod saw it");
    }
    if wrong.is_empty() {
        String::new()
    } else {
        format!("{}:\n  recorded {recorded:?}\n  answered {answered:?}\n", wrong.join(", "))
    }
}

/// What came of the requests of a step.
#[derive(Debug)]
struct Answers {
    replies: Replies,
    failures: BTreeMap<String, u64>,
}

impl Answers {
    fn of(step: &Value) -> Answers {
        let failures = step["failures"].as_array().into_iter().flatten();
        let failures = failures.map(|one| (one["error"].as_str().unwrap().to_owned(), one["count"].as_u64().unwrap()));
        Answers { replies: replies(step), failures: failures.collect() }
    }

    fn total(&self) -> u64 {
        self.replies.values().chain(self.failures.values()).sum()
    }

    fn pods(&self) -> BTreeSet<String> {
        self.replies.keys().map(|(pod, ..)| pod.clone()).collect()
    }
}

/// Pod, port, client; and how often.
type Replies = BTreeMap<(String, u64, String), u64>;

fn replies(step: &Value) -> Replies {
    let mut found = Replies::new();
    for reply in step["replies"].as_array().into_iter().flatten() {
        let mut client = reply["client"].as_str().unwrap().to_owned();
        // A pod's own address was given out by chance; its gateway's was not.
        if let Some((network, last)) = client.rsplit_once('.').filter(|(network, _)| network.starts_with("10.244."))
            && last != "1"
        {
            client = format!("a pod of {network}");
        }
        let key = (reply["pod"].as_str().unwrap().to_owned(), reply["port"].as_u64().unwrap(), client);
        *found.entry(key).or_default() += reply["count"].as_u64().unwrap();
    }
    found
}

/// The difference of two answers of DNS; the sections are sets.
pub fn dns(step: &Value, answer: &Value, written: &Written) -> String {
    let mut difference = String::new();
    if step["rcode"] != answer["rcode"] {
        writeln!(difference, "rcode: recorded {}, answered {}", step["rcode"], answer["rcode"]).unwrap();
    }
    for section in ["answers", "authority", "additional"] {
        let records = |value: &Value| -> Vec<String> {
            let list = value[section].as_array().into_iter().flatten();
            let mut records: Vec<String> = list.map(|record| record_text(record.as_str().unwrap(), written)).collect();
            records.sort();
            records
        };
        let (recorded, answered) = (records(step), records(answer));
        if recorded != answered {
            writeln!(difference, "{section}: recorded {recorded:#?}, answered {answered:#?}").unwrap();
        }
    }
    difference
}

/// A record without what chance gave out; a SOA counts by name, TTL and type.
fn record_text(record: &str, written: &Written) -> String {
    let words: Vec<&str> = record.split_whitespace().collect();
    let kept = if words.get(3) == Some(&"SOA") { &words[..4] } else { &words[..] };
    super::normalise::without_chance(&kept.join(" "), written)
}

#[test]
fn what_differs_is_seen() {
    let case = std::fs::read_to_string(
        std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/conformance/dataplane/rules-external-policy-local-endpoints-on-both.yaml"),
    );
    let case = super::case::Case::read(&case.unwrap()).unwrap();
    let written = Written::new(case.files.values().map(String::as_str));
    for step in case.steps.iter().filter(|step| step["rules"].is_string()) {
        let dump = step["stdout"].as_str().unwrap();
        let same = dump.replace("10.244.0.208", "10.244.0.7").replace("IH57DO2G2MZPXOE7", "AAAAAAAAAAAAAAAA");
        assert_eq!(rules(dump, &same, &written), "", "an address that chance gave out");
        let changes = [
            ("10.244.1.94", "10.244.0.94"),
            ("0.33333333349", "0.25000000000"),
            ("random mod 3", "random mod 2"),
            ("10.96.0.50", "10.96.0.51"),
            ("! -s 10.244.0.0/16 -d", "-d"),
            ("goto local-PFISGYVC", "goto service-PFISGYVC"),
            ("30080", "30081"),
        ];
        for (from, to) in changes.into_iter().filter(|(from, _)| dump.contains(from)) {
            assert_ne!(rules(dump, &dump.replace(from, to), &written), "", "{from} -> {to}");
        }
        for line in dump.lines().filter(|line| !line.trim().is_empty()) {
            let without = dump.replacen(&format!("{line}\n"), "", 1);
            assert_ne!(rules(dump, &without, &written), "", "without {line}");
        }
    }
}
