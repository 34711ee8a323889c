//! `kubectl create service clusterip|nodeport|loadbalancer|externalname`. Models create_service.go.

use super::{finish, name};
use crate::api::{ResourceId, Value, json};
use crate::kubectl::Failure;
use crate::kubectl::call::{Call, Next};
use crate::kubectl::flags::Flags;
use crate::kubectl::tree::put;

/// `create service clusterip`.
pub fn cluster_ip(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    service(call, flags, "clusterip", "ClusterIP")
}

/// `create service nodeport`.
pub fn node_port(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    service(call, flags, "nodeport", "NodePort")
}

/// `create service loadbalancer`.
pub fn load_balancer(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    service(call, flags, "loadbalancer", "LoadBalancer")
}

/// `create service externalname`.
pub fn external_name(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    service(call, flags, "externalname", "ExternalName")
}

fn service(call: &mut Call<'_>, flags: &Flags, word: &str, kind: &'static str) -> Result<Next, Failure> {
    let name = name(flags, &format!("kubectl create service {word}"))?.to_owned();
    let (external, cluster_ip) = (flags.text("external-name"), flags.text("clusterip"));
    if kind == "ExternalName" {
        if !is_subdomain(external) {
            return Err(Failure::Error(format!("invalid service external name {external}")));
        }
    } else if flags.list("tcp").is_empty() && cluster_ip != "None" {
        return Err(Failure::from("at least one tcp port specifier must be provided"));
    }
    let mut spec = json!({"selector": {"app": name}, "type": kind});
    let mut ports = Vec::new();
    for text in flags.list("tcp") {
        let (port, target) = port(text)?;
        let mut entry = json!({"name": text.replace(':', "-"), "port": port, "protocol": "TCP", "targetPort": target});
        if let Some(node_port) = flags.int("node-port").filter(|port| *port != 0 && kind == "NodePort") {
            put(&mut entry, "nodePort", node_port);
        }
        ports.push(entry);
    }
    if !ports.is_empty() {
        put(&mut spec, "ports", Value::Array(ports));
    }
    if !cluster_ip.is_empty() {
        put(&mut spec, "clusterIP", cluster_ip);
    }
    if !external.is_empty() {
        put(&mut spec, "externalName", external);
    }
    let value = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"labels": {"app": name}, "name": name},
        "spec": spec, "status": {"loadBalancer": {}},
    });
    finish(call, flags, ResourceId::SERVICES, value, |failure| {
        Failure::Error(format!("failed to create {kind} service: {}", failure.message()))
    })
}

/// The port and target of `PORT[:TARGET]`. Models parsePorts: what follows a second colon is passed over.
fn port(text: &str) -> Result<(u16, Value), Failure> {
    let mut parts = text.split(':');
    let first = parts.next().unwrap_or("");
    let port = first.parse::<u64>().ok().and_then(|port| u16::try_from(port).ok());
    let Some(port) = port.filter(|_| !first.starts_with('+')) else {
        let digits = !first.is_empty() && first.chars().all(|c| c.is_ascii_digit());
        let why = if digits { "value out of range" } else { "invalid syntax" };
        return Err(Failure::Error(format!("strconv.ParseUint: parsing {first:?}: {why}")));
    };
    let Some(target) = parts.next() else { return Ok((port, port.into())) };
    match target.parse::<i64>() {
        Ok(number) if (1..=65535).contains(&number) => Ok((port, number.into())),
        Ok(_) => Err(Failure::from("must be between 1 and 65535, inclusive")),
        Err(_) => match wrong_port_name(target) {
            Some(wrong) => Err(Failure::Error(wrong)),
            None => Ok((port, target.into())),
        },
    }
}

/// Models apimachinery's validation.IsValidPortName.
fn wrong_port_name(name: &str) -> Option<String> {
    let mut wrong = Vec::new();
    if name.len() > 15 {
        wrong.push("must be no more than 15 characters");
    }
    if !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
        wrong.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
    }
    if !name.chars().any(|c| c.is_ascii_lowercase()) {
        wrong.push("must contain at least one letter (a-z)");
    }
    if name.contains("--") {
        wrong.push("must not contain consecutive hyphens");
    }
    if name.starts_with('-') || name.ends_with('-') {
        wrong.push("must not begin or end with a hyphen");
    }
    (!wrong.is_empty()).then(|| wrong.join(","))
}

/// Models apimachinery's validation.IsDNS1123Subdomain.
fn is_subdomain(name: &str) -> bool {
    let part = |part: &str| {
        let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        edge(part.chars().next())
            && edge(part.chars().last())
            && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    };
    name.len() <= 253 && name.split('.').all(part)
}
