//! The walk of a resolver from the name that a program asks for to addresses: hosts file, search list, servers.

use super::message::{Answer, Data, Question, Rcode, RecordType};
use crate::kubelet::ResolvConf;
use std::net::IpAddr;

/// One question that was sent, and what came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The question.
    pub question: Question,
    /// The server that was asked.
    pub server: String,
    /// The answer; `None` where none came in time.
    pub answer: Option<Answer>,
}

/// Why a name has no address, as getaddrinfo tells programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// `EAI_NONAME`: every server says no.
    NotFound,
    /// `EAI_AGAIN`: a server failed or did not answer.
    TryAgain,
}

impl Failure {
    /// glibc's text.
    pub fn text(self) -> &'static str {
        match self {
            Failure::NotFound => "Name or service not known",
            Failure::TryAgain => "Temporary failure in name resolution",
        }
    }
}

/// How a name was resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The questions, in order. None for an address and for a name of the hosts file.
    pub steps: Vec<Step>,
    /// The addresses, those of IPv4 first.
    pub outcome: Result<Vec<IpAddr>, Failure>,
}

/// How often a resolver goes through its list of servers before it gives up (glibc's `attempts`).
const ATTEMPTS: usize = 2;

/// Resolves `name` as glibc does for a program in a pod: first the hosts file, then DNS, where each name of the walk is
/// asked for A and AAAA. `ask` sends one question to one server.
///
/// A name with a dot at its end is asked for as it is. One with at least `ndots` dots is tried as it is first, others
/// last; in between each search domain is appended. The first name that has an address ends the walk.
pub fn resolve(
    name: &str,
    hosts: &[(IpAddr, String)],
    config: &ResolvConf,
    ask: &mut dyn FnMut(&str, &Question) -> Option<Answer>,
) -> Resolved {
    let mut steps = Vec::new();
    if let Ok(address) = name.parse::<IpAddr>() {
        return Resolved { steps, outcome: Ok(vec![address]) };
    }
    let bare = name.trim_end_matches('.');
    let listed: Vec<IpAddr> =
        hosts.iter().filter(|(_, host)| host.eq_ignore_ascii_case(bare)).map(|(address, _)| *address).collect();
    if !listed.is_empty() {
        return Resolved { steps, outcome: Ok(listed) };
    }
    let mut failure = Failure::NotFound;
    for candidate in candidates(name, config) {
        let mut addresses = Vec::new();
        for kind in [RecordType::A, RecordType::Aaaa] {
            let Some(answer) = send(&Question::new(&candidate, kind), config, ask, &mut steps) else {
                // Nobody answered: the walk ends here.
                return Resolved { steps, outcome: Err(Failure::TryAgain) };
            };
            if matches!(answer.rcode, Rcode::ServFail | Rcode::Refused) {
                failure = Failure::TryAgain;
            }
            addresses.extend(answer.answers.iter().filter_map(|record| match record.data {
                Data::A(address) => Some(IpAddr::V4(address)),
                Data::Aaaa(address) => Some(IpAddr::V6(address)),
                _ => None,
            }));
        }
        if !addresses.is_empty() {
            return Resolved { steps, outcome: Ok(addresses) };
        }
    }
    Resolved { steps, outcome: Err(failure) }
}

/// The full names that are tried for `name`, in order.
pub fn candidates(name: &str, config: &ResolvConf) -> Vec<String> {
    if name.ends_with('.') {
        return vec![name.to_owned()];
    }
    let as_it_is = format!("{name}.");
    let searched = config.searches.iter().map(|domain| match domain.trim_end_matches('.') {
        "" => as_it_is.clone(),
        domain => format!("{name}.{domain}."),
    });
    let mut names: Vec<String> = if name.matches('.').count() >= config.ndots() {
        std::iter::once(as_it_is.clone()).chain(searched).collect()
    } else {
        searched.chain(std::iter::once(as_it_is.clone())).collect()
    };
    let mut seen = crate::order::SortedSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}

/// Asks the servers in turn until one answers; one that fails is passed over while there is another.
fn send(
    question: &Question,
    config: &ResolvConf,
    ask: &mut dyn FnMut(&str, &Question) -> Option<Answer>,
    steps: &mut Vec<Step>,
) -> Option<Answer> {
    let mut failed = None;
    for _ in 0..ATTEMPTS {
        for server in &config.servers {
            let answer = ask(server, question);
            steps.push(Step { question: question.clone(), server: server.clone(), answer: answer.clone() });
            match answer {
                Some(answer) if matches!(answer.rcode, Rcode::ServFail | Rcode::Refused) => failed = Some(answer),
                Some(answer) => return Some(answer),
                None => {}
            }
        }
        if failed.is_some() {
            break;
        }
    }
    failed
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(name: &str, existing: &[&str], expected: &Expect) {
        let config = ResolvConf {
            servers: vec!["10.96.0.10".to_owned()],
            searches: ["default.svc.cluster.local", "svc.cluster.local", "cluster.local"].map(str::to_owned).to_vec(),
            options: vec!["ndots:5".to_owned()],
        };
        let mut ask = |_: &str, question: &Question| {
            let exists = existing.contains(&question.name.as_str());
            let mut answer = Answer::empty(if exists { Rcode::NoError } else { Rcode::NxDomain });
            if exists && question.kind == RecordType::A {
                let data = Data::A([10, 96, 0, 50].into());
                answer.answers.push(super::super::Record { name: question.name.clone(), ttl: 30, data });
            }
            Some(answer)
        };
        let hosts = [(IpAddr::from([127, 0, 0, 1]), "localhost".to_owned())];
        let resolved = resolve(name, &hosts, &config, &mut ask);
        let mut lines: Vec<String> = resolved
            .steps
            .iter()
            .map(|step| {
                let rcode = step.answer.as_ref().map_or("timeout", |answer| answer.rcode.name());
                format!("{} {} {rcode}", step.question.kind.name(), step.question.name)
            })
            .collect();
        lines.push(format!("{:?}", resolved.outcome));
        expected.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn a_short_name_is_found_with_the_first_suffix() {
        check(
            "web",
            &["web.default.svc.cluster.local."],
            &expect![[r"
                A web.default.svc.cluster.local. NOERROR
                AAAA web.default.svc.cluster.local. NOERROR
                Ok([10.96.0.50])"]],
        );
    }

    #[test]
    fn a_name_of_another_namespace_is_found_with_the_second_suffix() {
        check(
            "web.other",
            &["web.other.svc.cluster.local."],
            &expect![[r"
                A web.other.default.svc.cluster.local. NXDOMAIN
                AAAA web.other.default.svc.cluster.local. NXDOMAIN
                A web.other.svc.cluster.local. NOERROR
                AAAA web.other.svc.cluster.local. NOERROR
                Ok([10.96.0.50])"]],
        );
    }

    #[test]
    fn an_unknown_name_is_asked_for_everywhere_and_as_it_is_last() {
        check(
            "nowhere.example.com",
            &[],
            &expect![[r"
                A nowhere.example.com.default.svc.cluster.local. NXDOMAIN
                AAAA nowhere.example.com.default.svc.cluster.local. NXDOMAIN
                A nowhere.example.com.svc.cluster.local. NXDOMAIN
                AAAA nowhere.example.com.svc.cluster.local. NXDOMAIN
                A nowhere.example.com.cluster.local. NXDOMAIN
                AAAA nowhere.example.com.cluster.local. NXDOMAIN
                A nowhere.example.com. NXDOMAIN
                AAAA nowhere.example.com. NXDOMAIN
                Err(NotFound)"]],
        );
    }

    #[test]
    fn a_dot_at_the_end_stops_the_search_and_hosts_and_addresses_need_none() {
        check(
            "web.",
            &["web.default.svc.cluster.local."],
            &expect![[r"
            A web. NXDOMAIN
            AAAA web. NXDOMAIN
            Err(NotFound)"]],
        );
        check("localhost", &[], &expect!["Ok([127.0.0.1])"]);
        check("10.96.0.7", &[], &expect!["Ok([10.96.0.7])"]);
    }
}
