//! The Service that `kubectl expose` makes of what it was told and what it found. Models expose.go createService.

use crate::api::{Map, Value, json};
use crate::kubectl::Failure;
use crate::kubectl::flags::Flags;
use crate::kubectl::tree::put;
use crate::order::SortedMap;

/// What the Service shall be like; empty texts say nothing.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// `--name`.
    pub name: String,
    /// `--selector`, as text.
    pub selector: String,
    /// `--labels` in its own words, still to be read.
    pub labels_text: String,
    /// Labels of the exposed object; `None` where none were looked up yet.
    pub labels: Option<SortedMap<String, String>>,
    /// `--port`: numbers, comma-separated.
    pub port: String,
    /// `--protocol`.
    pub protocol: String,
    /// The protocols of the exposed object's ports, by number, in order.
    pub protocols: Vec<(String, Vec<String>)>,
    /// `--target-port`: number or name.
    pub target_port: String,
    /// `--type`.
    pub kind: String,
    /// `--external-ip`.
    pub external_ip: String,
    /// `--load-balancer-ip`.
    pub load_balancer_ip: String,
    /// `--session-affinity`.
    pub session_affinity: String,
    /// `--cluster-ip`.
    pub cluster_ip: String,
}

impl Wish {
    /// What the flags say.
    pub fn of(flags: &Flags) -> Wish {
        let text = |name: &str| flags.text(name).to_owned();
        let labels_text = text("labels");
        Wish {
            name: text("name"),
            selector: text("selector"),
            labels: (!labels_text.is_empty()).then(SortedMap::new),
            labels_text,
            port: text("port"),
            protocol: text("protocol"),
            protocols: Vec::new(),
            target_port: text("target-port"),
            kind: text("type"),
            external_ip: text("external-ip"),
            load_balancer_ip: text("load-balancer-ip"),
            session_affinity: text("session-affinity"),
            cluster_ip: text("cluster-ip"),
        }
    }
}

/// The Service.
pub fn generate(wish: &Wish) -> Result<Value, Failure> {
    let own_labels =
        if wish.labels_text.is_empty() { wish.labels.clone().unwrap_or_default() } else { labels(&wish.labels_text)? };
    if wish.selector.is_empty() {
        return Err(Failure::from("selector must be specified"));
    }
    if wish.name.is_empty() {
        return Err(Failure::from("name must be specified"));
    }
    let selector = json!(labels(&wish.selector)?);
    let mut ports = ports(wish)?;
    for port in &mut ports {
        let target = match wish.target_port.parse::<i64>() {
            _ if wish.target_port.is_empty() => port.get("port").cloned().unwrap_or_default(),
            Ok(number) => number.into(),
            Err(_) => Value::String(wish.target_port.clone()),
        };
        put(port, "targetPort", target);
    }
    let mut spec = Map::new();
    if !ports.is_empty() {
        spec.insert("ports".to_owned(), Value::Array(ports));
    }
    spec.insert("selector".to_owned(), selector);
    let mut say = |field: &str, value: &str| {
        if !value.is_empty() {
            spec.insert(field.to_owned(), Value::String(value.to_owned()));
        }
    };
    say("type", &wish.kind);
    if wish.kind == "LoadBalancer" {
        say("loadBalancerIP", &wish.load_balancer_ip);
    }
    match wish.session_affinity.as_str() {
        "" | "None" | "ClientIP" => say("sessionAffinity", &wish.session_affinity),
        other => return Err(Failure::Error(format!("unknown session affinity: {other}"))),
    }
    say("clusterIP", &wish.cluster_ip);
    if !wish.external_ip.is_empty() {
        spec.insert("externalIPs".to_owned(), json!([wish.external_ip]));
    }
    let mut metadata = json!({"name": wish.name});
    if !own_labels.is_empty() {
        put(&mut metadata, "labels", json!(own_labels));
    }
    Ok(json!({
        "apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec, "status": {"loadBalancer": {}},
    }))
}

/// The ports without their targets: one has no name, several are numbered.
fn ports(wish: &Wish) -> Result<Vec<Value>, Failure> {
    let mut ports = Vec::new();
    let numbers: Vec<&str> = wish.port.split(',').filter(|_| !wish.port.is_empty()).collect();
    for (place, text) in numbers.iter().enumerate() {
        let number: i64 = text.trim_start_matches('+').parse().map_err(|_| {
            let digits = text.trim_start_matches(['-', '+']);
            let is_number = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit());
            let why = if is_number { "value out of range" } else { "invalid syntax" };
            Failure::Error(format!("strconv.Atoi: parsing {text:?}: {why}"))
        })?;
        let name = if numbers.len() > 1 { format!("port-{}", place + 1) } else { String::new() };
        let known = wish.protocols.iter().find(|(port, _)| port == text).map(|(_, protocols)| protocols.as_slice());
        let protocols: Vec<&str> = match known {
            _ if !wish.protocol.is_empty() => vec![&wish.protocol],
            None | Some([]) => vec!["TCP"],
            Some(several) => several.iter().map(String::as_str).collect(),
        };
        for protocol in &protocols {
            let mut port = json!({"port": number, "protocol": protocol});
            if protocols.len() > 1 {
                put(&mut port, "name", format!("port-{}-{}", place + 1, protocol.to_lowercase()));
            } else if !name.is_empty() {
                put(&mut port, "name", name.clone());
            }
            ports.push(port);
        }
    }
    Ok(ports)
}

/// Models generate.ParseLabels.
pub fn labels(text: &str) -> Result<SortedMap<String, String>, Failure> {
    let mut labels = SortedMap::new();
    for part in text.split(',') {
        match part.split('=').collect::<Vec<_>>().as_slice() {
            [key, value] if !key.is_empty() => drop(labels.insert((*key).to_owned(), (*value).to_owned())),
            _ => return Err(Failure::Error(format!("unexpected label spec: {part}"))),
        }
    }
    Ok(labels)
}
