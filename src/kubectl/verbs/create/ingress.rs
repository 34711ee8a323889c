//! `kubectl create ingress`. Models create_ingress.go.

use super::{finish, name};
use crate::api::{Map, ResourceId, Value, json};
use crate::kubectl::Failure;
use crate::kubectl::call::{Call, Next};
use crate::kubectl::flags::Flags;
use crate::kubectl::tree::put;

/// A rule: `host/path=service:port[,tls[=secret]]`.
struct Rule<'r> {
    host: &'r str,
    /// With its slash; a `*` at its end makes it a prefix.
    path: &'r str,
    service: &'r str,
    port: &'r str,
    /// The name of the secret, which may be empty; `None` without TLS.
    tls: Option<&'r str>,
}

impl Rule<'_> {
    fn read(text: &str) -> Option<Rule<'_>> {
        let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        let is_word = |text: &str| !text.is_empty() && text.chars().all(word);
        let (rule, tls) = match text.split_once(',') {
            Some((rule, tls)) => (rule, Some(tls.strip_prefix("tls")?)),
            None => (text, None),
        };
        let (place, backend) = rule.split_once('=')?;
        let slash = place.find('/')?;
        let (host, path) = place.split_at(slash);
        let (service, port) = backend.split_once(':')?;
        let secret = tls.map(|tls| tls.strip_prefix('=').unwrap_or(tls));
        let fits = host.chars().all(|c| word(c) || matches!(c, '*' | '.'))
            && is_word(service)
            && is_word(port)
            && secret.is_none_or(|secret| secret.is_empty() || is_word(secret));
        fits.then_some(Rule { host, path, service, port, tls: secret })
    }
}

/// Runs the command.
pub fn ingress(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let name = name(flags, "kubectl create ingress")?.to_owned();
    let (backend, given) = (flags.text("default-backend"), flags.list("rule"));
    if backend.is_empty() && given.is_empty() {
        return Err(Failure::from(
            "not enough information provided: every ingress has to either specify a default-backend (which catches all \
             traffic) or a list of rules (which catch specific paths)",
        ));
    }
    let mut rules = Vec::new();
    for text in given {
        rules.push(Rule::read(text).ok_or_else(|| {
            format!("rule {text} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]")
        })?);
    }
    let mut annotations = Map::new();
    for pair in flags.list("annotation") {
        let Some((key, value)) = pair.split_once('=') else {
            return Err(Failure::Error(format!("annotation {pair} is invalid and should be in format key=[value]")));
        };
        annotations.insert(key.to_owned(), Value::from(value));
    }
    let mut spec = json!({});
    if !flags.text("class").is_empty() {
        put(&mut spec, "ingressClassName", flags.text("class"));
    }
    if !backend.is_empty() {
        match backend.split(':').collect::<Vec<_>>().as_slice() {
            [service, port] => put(&mut spec, "defaultBackend", to_service(service, port)),
            _ => return Err(Failure::from("default-backend should be in format servicename:serviceport")),
        }
    }
    let tls = secrets(&rules);
    if !tls.is_empty() {
        put(&mut spec, "tls", Value::Array(tls));
    }
    if !rules.is_empty() {
        put(&mut spec, "rules", Value::Array(by_host(&rules)));
    }
    let mut metadata = json!({"name": name});
    if !annotations.is_empty() {
        put(&mut metadata, "annotations", Value::Object(annotations));
    }
    let value = json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata, "spec": spec,
        "status": {"loadBalancer": {}},
    });
    finish(call, flags, ResourceId::INGRESSES, value, |failure| {
        Failure::Error(format!("failed to create ingress: {}", failure.message()))
    })
}

fn to_service(service: &str, port: &str) -> Value {
    let port = port.parse::<i32>().map_or_else(|_| json!({"name": port}), |number| json!({"number": number}));
    json!({"service": {"name": service, "port": port}})
}

/// The paths of each host, hosts in the order in which they come up.
fn by_host(rules: &[Rule<'_>]) -> Vec<Value> {
    let mut hosts: Vec<(&str, Vec<Value>)> = Vec::new();
    for rule in rules {
        let (path, kind) = match rule.path.strip_suffix('*') {
            Some(path) => (path, "Prefix"),
            None => (rule.path, "Exact"),
        };
        let path = json!({"path": path, "pathType": kind, "backend": to_service(rule.service, rule.port)});
        match hosts.iter_mut().find(|(host, _)| *host == rule.host) {
            Some((_, paths)) => paths.push(path),
            None => hosts.push((rule.host, vec![path])),
        }
    }
    let one = |(host, paths): (&str, Vec<Value>)| {
        let mut rule = json!({"http": {"paths": paths}});
        if !host.is_empty() {
            put(&mut rule, "host", host);
        }
        rule
    };
    hosts.into_iter().map(one).collect()
}

/// The hosts of each secret; a host counts once. Models buildTLSRules.
fn secrets(rules: &[Rule<'_>]) -> Vec<Value> {
    let (mut all, mut seen): (Vec<(&str, Vec<&str>)>, Vec<&str>) = (Vec::new(), Vec::new());
    for (host, secret) in rules.iter().filter_map(|rule| Some((rule.host, rule.tls?))) {
        if seen.contains(&host) {
            continue;
        }
        seen.push(host);
        match all.iter_mut().find(|(one, _)| *one == secret) {
            Some((_, hosts)) => hosts.push(host),
            None if host.is_empty() && secret.is_empty() => {}
            None => all.push((secret, if host.is_empty() { Vec::new() } else { vec![host] })),
        }
    }
    let one = |(secret, hosts): (&str, Vec<&str>)| {
        let mut tls = json!({});
        if !hosts.is_empty() {
            put(&mut tls, "hosts", hosts.into_iter().map(str::to_owned).collect::<Vec<_>>());
        }
        if !secret.is_empty() {
            put(&mut tls, "secretName", secret);
        }
        tls
    };
    all.into_iter().map(one).collect()
}
