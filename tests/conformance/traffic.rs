//! The steps that are no kubectl calls: `rules`, `dns` and `send`.

use service_playground::api::{Fields, ResourceId, Value as Tree};
use service_playground::api::{Value, json};
use service_playground::cluster::{Call, Cluster, Connection, Ending, Process, Source};
use service_playground::dns::{Question, Record, RecordType};
use service_playground::net::{Protocol, WhyRefused};
use service_playground::store::Key;
use std::collections::BTreeMap;
use std::time::Duration;

/// What kube-proxy programmed on a node.
pub fn rules(cluster: &Cluster, node: &str) -> Result<Value, String> {
    let text = cluster.rules(node).ok_or(format!("there is no node {node}"))?;
    Ok(json!({"stdout": text}))
}

/// One question to the cluster's DNS server.
pub fn dns(cluster: &mut Cluster, step: &Value) -> Result<Value, String> {
    let text = |field: &str| step[field].as_str().ok_or(format!("dns without {field}"));
    let question = Question::new(text("name")?, RecordType::of(text("type")?));
    let answer = cluster.ask_dns(&question);
    cluster.run_for(Duration::from_millis(20));
    let mut out = json!({"rcode": answer.rcode.name()});
    for (section, records) in
        [("answers", &answer.answers), ("authority", &answer.authority), ("additional", &answer.additional)]
    {
        let mut lines: Vec<String> = records.iter().map(Record::to_string).collect();
        lines.sort();
        if !lines.is_empty() {
            out[section] = json!(lines);
        }
    }
    Ok(out)
}

/// Requests, a connection each.
pub fn send(cluster: &mut Cluster, step: &Value) -> Result<Value, String> {
    let from = match step["from"].as_str().ok_or("send without from")? {
        "outside" => Source::Outside,
        other => match other.strip_prefix("pod/") {
            Some(pod) => Source::Pod(Key::new(ResourceId::PODS, "default", pod)),
            None => Source::Node(other.to_owned()),
        },
    };
    let (host, port) = target(cluster, step["to"].as_str().ok_or("send without to")?)?;
    let udp = step["protocol"] == "udp";
    let mut replies: BTreeMap<(String, u16, String), u64> = BTreeMap::new();
    let mut failures: BTreeMap<String, u64> = BTreeMap::new();
    for _ in 0..step["count"].as_u64().unwrap_or(1) {
        let sent = cluster.send(&Call {
            protocol: if udp { Protocol::Udp } else { Protocol::Tcp },
            patience: Duration::from_millis(if udp { 1500 } else { 2000 }),
            connection: Connection::New,
            traced: false,
            ..Call::new(from.clone(), &host, port)
        });
        cluster.run_for(sent.took.max(Duration::from_millis(2)));
        let failure = match sent.ending {
            Ending::Answered { by, port, client, .. } => {
                let name = match by {
                    Process::Container { pod, .. } => pod.name,
                    Process::ApiServer => "kube-apiserver".to_owned(),
                    Process::HealthCheck { .. } | Process::KubeProxy { .. } => "kube-proxy".to_owned(),
                };
                *replies.entry((name, port, client.to_string())).or_default() += 1;
                continue;
            }
            Ending::Refused(WhyRefused::NotPermitted(_)) => "[Errno 1] Operation not permitted".to_owned(),
            Ending::Refused(_) if udp => "[Errno 111] Connection refused".to_owned(),
            Ending::Refused(_) => format!("curl: (7) Failed to connect to {host} port {port}"),
            Ending::TimedOut(_) if udp => "timed out".to_owned(),
            Ending::TooSlow(_) | Ending::TimedOut(_) => "curl: (28) Connection timed out".to_owned(),
            Ending::NotResolved(_) => format!("curl: (6) Could not resolve host: {host}"),
            Ending::NoClient => return Err(format!("{from:?} is not there")),
        };
        *failures.entry(failure).or_default() += 1;
    }
    let replies = replies
        .into_iter()
        .map(|((pod, port, client), count)| json!({"pod": pod, "port": port, "client": client, "count": count}));
    let failures = failures.into_iter().map(|(error, count)| json!({"error": error, "count": count}));
    Ok(json!({"replies": replies.collect::<Vec<_>>(), "failures": failures.collect::<Vec<_>>()}))
}

/// The address and port that `HOST:PORT` stands for.
fn target(cluster: &Cluster, to: &str) -> Result<(String, u16), String> {
    let (host, port) = to.rsplit_once(':').ok_or(format!("no port in {to}"))?;
    let store = cluster.store();
    let find =
        |resource, name: &str| store.find(resource, "default", name).ok_or(format!("there is no {name} to send to"));
    let address = match host.split_once('/') {
        Some(("svc", name)) => find(ResourceId::SERVICES, name)?.text("spec.clusterIP").to_owned(),
        Some(("pod", name)) => find(ResourceId::PODS, name)?.text("status.podIP").to_owned(),
        _ => match cluster.settings().nodes.iter().find(|node| node.name == host) {
            Some(node) => node.address.clone(),
            None => host.to_owned(),
        },
    };
    let number = match port.strip_prefix("nodeport/") {
        Some(rest) => {
            let (service, wanted) = rest.split_once('/').unwrap_or((rest, ""));
            let service = find(ResourceId::SERVICES, service)?;
            let ports: &[Tree] = service.items("spec.ports");
            let found = ports.iter().find(|port| wanted.is_empty() || port.text("name") == wanted);
            found.and_then(|port| port.int("nodePort")).ok_or(format!("{to} has no node port"))?
        }
        None => port.parse().map_err(|_| format!("no port number in {to}"))?,
    };
    Ok((address, u16::try_from(number).map_err(|error| error.to_string())?))
}
