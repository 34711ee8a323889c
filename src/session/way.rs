//! The way of one request, in words: what DNS was asked, which rules were tried and why, NAT, and how it ended.

use super::Session;
use super::traffic::Ask;
use crate::cluster::{Ending, Lookup, Sent, Source};
use crate::net::{Draw, Place, Step, WhyLost, WhyRefused};
use crate::store::Key;
use std::time::Duration;

/// The way of a request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Way {
    /// The request's number.
    pub number: u32,
    /// What was asked by whom: `node1 asks http://10.96.3.4:8080/`.
    pub title: String,
    /// Everything in a sentence.
    pub short: String,
    /// The steps, in order.
    pub steps: Vec<WayStep>,
    /// The Service that was asked.
    pub service: Option<Key>,
    /// The pod that it came to.
    pub pod: Option<Key>,
    /// Whether it was answered.
    pub answered: bool,
}

/// A step of the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WayStep {
    /// What kind of step.
    pub kind: StepKind,
    /// What happened.
    pub text: String,
    /// More about it; may be empty.
    pub note: String,
    /// For a rule that matched: the rules of its chain before it, each with the condition that did not hold.
    pub passed: Vec<(String, String)>,
}

/// What kind of step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// A question to DNS.
    Dns,
    /// The packet comes to a place.
    Place,
    /// A rule matched.
    Rule,
    /// An address was changed.
    Nat,
    /// How it ended.
    End,
}

impl WayStep {
    fn new(kind: StepKind, text: impl Into<String>, note: impl Into<String>) -> WayStep {
        WayStep { kind, text: text.into(), note: note.into(), passed: Vec::new() }
    }
}

/// `1.24 ms`, `2.000 s`.
pub fn duration(took: Duration) -> String {
    let micros = took.as_micros();
    if micros < 1_000_000 {
        format!("{}.{:02} ms", micros / 1000, micros % 1000 / 10)
    } else {
        format!("{}.{:03} s", micros / 1_000_000, micros % 1_000_000 / 1000)
    }
}

/// Why a connection was refused.
pub(super) fn say_refused(why: WhyRefused, nodes: &[String]) -> String {
    match why {
        WhyRefused::Rejected(node) => format!("refused: a rule on {} rejects it", name_of(node, nodes)),
        WhyRefused::NothingListens(at) => format!("refused: nothing listens on {at}"),
        WhyRefused::NotPermitted(node) => {
            format!("not permitted: a rule on {} lets no such datagram out", name_of(node, nodes))
        }
    }
}

/// Why no answer came.
pub(super) fn say_lost(why: WhyLost, nodes: &[String]) -> String {
    match why {
        WhyLost::Dropped(node) => format!("timed out: a rule on {} drops it", name_of(node, nodes)),
        WhyLost::NobodyThere(address) => format!("timed out: nobody has the address {address}"),
        WhyLost::FromItself => "timed out: the pod got a packet that seems to come from itself".to_owned(),
        WhyLost::NoWayBack(node) => format!("timed out: the answer went past {}", name_of(node, nodes)),
    }
}

fn name_of(node: u16, nodes: &[String]) -> &str {
    nodes.get(usize::from(node)).map_or("a node", String::as_str)
}

/// The way that a request took.
pub(super) fn way_of(session: &Session, ask: &Ask, url: &str, sent: &Sent, by: Option<&Key>, said: &str) -> Way {
    let from = match &ask.from {
        Source::Outside => "outside",
        Source::Node(name) => name,
        Source::Pod(pod) => &pod.name,
    };
    let nodes = session.node_names();
    let mut steps: Vec<WayStep> = sent.lookups.iter().map(dns_step).collect();
    let mut telling = Telling {
        nodes: &nodes,
        session,
        hook: None,
        passed: Vec::new(),
        steps: Vec::new(),
        pick: None,
        chance: String::new(),
    };
    for step in &sent.steps {
        telling.take(step);
    }
    let pick = telling.pick.take();
    steps.append(&mut telling.steps);
    let took = duration(sent.took);
    let end = match by {
        Some(pod) => format!("{} answers", pod.name),
        None => said.to_owned(),
    };
    let note = match &sent.ending {
        Ending::Answered { client, .. } => format!("in {took}; it sees the client as {client}"),
        Ending::NotResolved(_) => format!("after {took}; curl ends with exit code 6"),
        Ending::Refused(WhyRefused::NotPermitted(_)) => format!("after {took}; the sender gets EPERM"),
        Ending::Refused(_) => format!("after {took}; curl ends with exit code 7"),
        Ending::TimedOut(_) | Ending::TooSlow(_) => format!("after {took}; curl ends with exit code 28"),
        Ending::NoClient => format!("after {took}"),
    };
    steps.push(WayStep::new(StepKind::End, end.clone(), note));

    let mut short = Vec::new();
    if let Some(lookup) = sent.lookups.iter().rfind(|lookup| is_found(lookup)) {
        short.push(dns_step(lookup).text);
    } else if let Some(lookup) = sent.lookups.last() {
        short.push(dns_step(lookup).text);
    }
    short.extend(pick);
    short.push(format!("{end} · {took}"));
    let pod = by.cloned().or_else(|| match sent.ending {
        Ending::Refused(WhyRefused::NothingListens(at)) => session.pod_at(&at.ip().to_string()),
        _ => None,
    });
    Way {
        number: 0,
        title: format!("{from} asks {url}"),
        short: short.join(" → "),
        steps,
        service: Some(ask.service.clone()),
        pod,
        answered: by.is_some(),
    }
}

fn is_found(lookup: &Lookup) -> bool {
    lookup.answer.as_ref().is_some_and(|answer| !answer.answers.is_empty())
}

fn dns_step(lookup: &Lookup) -> WayStep {
    let question = format!("DNS {} {}", lookup.question.kind.name(), lookup.question.name.trim_end_matches('.'));
    let answer = match &lookup.answer {
        None => "no answer".to_owned(),
        Some(answer) if answer.answers.is_empty() => match answer.rcode.name() {
            "NOERROR" => "no such record".to_owned(),
            rcode => rcode.to_owned(),
        },
        Some(answer) => {
            let all: Vec<String> = answer.answers.iter().map(|record| record.data.to_string()).collect();
            all.join(", ")
        }
    };
    let by = lookup.answered_by.as_ref().map_or("nobody", |pod| pod.name.as_str());
    let note = format!("asked at {}, answered by {by} in {}", lookup.server, duration(lookup.took));
    WayStep::new(StepKind::Dns, format!("{question} = {answer}"), note)
}

/// Tells a packet's steps.
struct Telling<'a> {
    nodes: &'a [String],
    session: &'a Session,
    /// Rules that were tried since the last step and did not match.
    passed: Vec<(String, String)>,
    steps: Vec<WayStep>,
    /// The hook whose rules are asked, until one of them is told.
    hook: Option<&'static str>,
    /// The choice of an endpoint, for the short form.
    pick: Option<String>,
    /// The last random choice, in words.
    chance: String,
}

impl Telling<'_> {
    fn take(&mut self, step: &Step) {
        match step {
            Step::At { place, packet } => {
                let text = format!("{}: {} → {}", self.place(*place), packet.source, packet.destination);
                self.say(StepKind::Place, text, "");
            }
            Step::Known { packet } => {
                let text = format!("a known connection goes on to {}", packet.destination);
                self.say(StepKind::Nat, text, "connection tracking remembers it: no rule is asked");
            }
            Step::Rule { rule, failed: Some(condition), .. } => {
                self.passed.push((rule.text(), rule.condition(*condition)));
            }
            Step::Rule { rule, failed: None, draw, .. } => {
                let note = draw.map_or(String::new(), say_draw);
                if draw.is_some() {
                    self.chance = format!(", {note}");
                }
                let note = self.with_hook(note);
                let passed = std::mem::take(&mut self.passed);
                self.steps.push(WayStep { kind: StepKind::Rule, text: rule.text(), note, passed });
            }
            Step::Lookup { map, key, found } => {
                let text = match found {
                    Some(found) => format!("map {map}: {key} → {found}"),
                    None => format!("map {map}: {key} is not in it"),
                };
                self.say(StepKind::Rule, text, "");
            }
            Step::Dnat { before, after } => {
                let pod = self.session.pod_at(&after.ip().to_string());
                let name = pod.map_or(String::new(), |pod| format!(" ({})", pod.name));
                self.pick = Some(format!("DNAT to {after}{name}{}", std::mem::take(&mut self.chance)));
                self.say(StepKind::Nat, format!("destination {before} becomes {after}{name}"), "");
            }
            Step::Snat { before, after, by_pod_network } => {
                let why = if *by_pod_network {
                    "by the pod network"
                } else {
                    "masquerade: the answer must come back this way"
                };
                self.say(StepKind::Nat, format!("source {before} becomes {after}"), why);
            }
            Step::Scheduled { service, scheduler, server, persistent } => {
                let to = server.map_or("nobody".to_owned(), |server| server.to_string());
                let note = if *persistent { "the one that this client had before" } else { "" };
                self.pick = Some(format!("ipvs {scheduler} picks {to}"));
                self.say(StepKind::Nat, format!("virtual server {service} ({scheduler}) picks {to}"), note);
            }
            Step::Hook(hook) => self.hook = Some(hook.name()),
            Step::Mark { before, after } => {
                self.say(StepKind::Nat, format!("mark {before:#x} becomes {after:#x}"), "");
            }
            Step::Back { place, before, after } if before != after => {
                let text =
                    format!("the answer passes {}: {} → {}", self.place(*place), after.source, after.destination);
                self.say(StepKind::Nat, text, &format!("it came as {} → {}", before.source, before.destination));
            }
            Step::Back { place, .. } => {
                self.say(StepKind::Place, format!("the answer passes {}", self.place(*place)), "nothing to put back");
            }
            // The place, or the rule, that follows tells.
            Step::Route { .. } | Step::Chain { .. } | Step::Return => {}
            Step::Dropped => self.say(StepKind::End, "a rule drops it", ""),
            Step::Rejected => self.say(StepKind::End, "a rule rejects it", ""),
            Step::Delivered { at, .. } => {
                self.say(StepKind::Place, format!("comes to the process that listens on {at}"), "");
            }
            Step::NothingListens { at } => {
                self.say(StepKind::End, format!("nothing listens on {at}"), "the kernel refuses");
            }
            Step::Lost => self.say(StepKind::End, "goes where nobody answers", ""),
        }
    }

    /// A note that begins with the kernel's hook, where a rule is the first that met the packet there.
    fn with_hook(&mut self, note: String) -> String {
        match self.hook.take() {
            None => note,
            Some(hook) if note.is_empty() => format!("at the hook {hook}"),
            Some(hook) => format!("at the hook {hook}; {note}"),
        }
    }

    fn say(&mut self, kind: StepKind, text: impl Into<String>, note: &str) {
        // Rules that were tried in vain, with none after them that matched.
        if !self.passed.is_empty() {
            let passed = std::mem::take(&mut self.passed);
            let note = self.with_hook(String::new());
            self.steps.push(WayStep { kind: StepKind::Rule, text: "no further rule matches".to_owned(), note, passed });
        }
        self.steps.push(WayStep::new(kind, text, note));
    }

    fn place(&self, place: Place) -> String {
        match place {
            Place::Pod(address) => match self.session.pod_at(&address.to_string()) {
                Some(pod) => format!("pod {}", pod.name),
                None => format!("pod {address}"),
            },
            Place::Node(node) => name_of(node, self.nodes).to_owned(),
            Place::Outside => "outside".to_owned(),
        }
    }
}

/// A random choice, and how likely it was.
fn say_draw(draw: Draw) -> String {
    match draw {
        Draw::Below { threshold, .. } => {
            let thousandths = (u64::from(threshold) * 1000 + (1 << 30)) >> 31;
            format!("chosen with probability 0.{thousandths:03}")
        }
        Draw::Pick { drawn, of } => format!("drew {drawn} of 0 to {}", of.saturating_sub(1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Epoch;
    use crate::session::Door;
    use crate::session::{EXAMPLES, Session, Setup};
    use std::time::Duration;

    /// The way of a request from node1 to go-demo-2's API.
    fn way(line: Option<&str>) -> Vec<String> {
        let files = EXAMPLES.first().map_or(Vec::new(), crate::session::Example::files);
        let mut session = Session::new(Setup { seed: 1, epoch: Epoch(1_795_000_000), files, modes: Vec::new() });
        let pass = |session: &mut Session| (0..100).for_each(|_| session.advance(Duration::from_millis(200), || false));
        pass(&mut session);
        line.into_iter().for_each(|line| session.run_line(line));
        pass(&mut session);
        let service = session.targets().into_iter().find(|key| key.name == "go-demo-2-api").unwrap();
        let (protocol, port) = session.ports_of(&service)[0];
        let from = Source::Node("node2".to_owned());
        session.send(&Ask { from, service, port, protocol, keep_alive: false, door: Door::Usual }, 1);
        session.last_way().unwrap().steps.iter().map(|step| format!("{} [{}]", step.text, step.note)).collect()
    }

    #[test]
    fn the_way_there_and_back_is_told() {
        let steps = way(None);
        let has = |part: &str| steps.iter().any(|step| step.contains(part));
        for part in [
            "at the hook",
            "chosen with probability 0.",
            "becomes 10.244.",
            "the answer passes node2",
            "sees the client as",
        ] {
            assert!(has(part), "{part}: {steps:#?}");
        }
    }

    #[test]
    fn a_refusal_tells_how_curl_ends() {
        let steps = way(Some("kubectl scale rs go-demo-2-api --replicas=0"));
        assert!(steps.last().is_some_and(|end| end.contains("curl ends with exit code 7")), "{steps:#?}");
    }
}
