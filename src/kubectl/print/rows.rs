//! The table columns of the kinds that the playground models.
//!
//! Models pkg/printers/internalversion/printers.go.

use super::Moment;
use super::table::{Cells, Column, Layout, joined};
use crate::api::{Fields, Object, ResourceId, Value};
use crate::order::Order;

fn columns(narrow: &[&'static str], wide: &[&'static str]) -> Vec<Column> {
    let column = |wide| move |title: &&'static str| Column { title, wide };
    narrow.iter().map(column(false)).chain(wide.iter().map(column(true))).collect()
}

/// The place of the object's name among the cells. Events have none: their table starts with a time.
pub(super) fn name_place(resource: ResourceId) -> usize {
    if resource == ResourceId::EVENTS { usize::MAX } else { 0 }
}

/// The layout of a modelled kind.
pub(super) fn layout(resource: ResourceId) -> Option<Layout> {
    let (columns, cells): (_, Cells) = match resource {
        ResourceId::PODS => (
            columns(
                &["NAME", "READY", "STATUS", "RESTARTS", "AGE"],
                &["IP", "NODE", "NOMINATED NODE", "READINESS GATES"],
            ),
            pod,
        ),
        ResourceId::SERVICES => {
            (columns(&["NAME", "TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)", "AGE"], &["SELECTOR"]), service)
        }
        ResourceId::ENDPOINTS => (columns(&["NAME", "ENDPOINTS", "AGE"], &[]), endpoints),
        ResourceId::ENDPOINT_SLICES => {
            (columns(&["NAME", "ADDRESSTYPE", "PORTS", "ENDPOINTS", "AGE"], &[]), endpoint_slice)
        }
        ResourceId::REPLICA_SETS => (
            columns(&["NAME", "DESIRED", "CURRENT", "READY", "AGE"], &["CONTAINERS", "IMAGES", "SELECTOR"]),
            replica_set,
        ),
        ResourceId::DEPLOYMENTS => (
            columns(&["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"], &["CONTAINERS", "IMAGES", "SELECTOR"]),
            deployment,
        ),
        ResourceId::NAMESPACES => (columns(&["NAME", "STATUS", "AGE"], &[]), |namespace, moment| {
            vec![namespace.name().to_owned(), namespace.text("status.phase").to_owned(), age(namespace, moment)]
        }),
        ResourceId::NODES => (
            columns(
                &["NAME", "STATUS", "ROLES", "AGE", "VERSION"],
                &["INTERNAL-IP", "EXTERNAL-IP", "OS-IMAGE", "KERNEL-VERSION", "CONTAINER-RUNTIME"],
            ),
            node,
        ),
        ResourceId::CONFIG_MAPS => (columns(&["NAME", "DATA", "AGE"], &[]), |map, moment| {
            vec![map.name().to_owned(), data_count(map).to_string(), age(map, moment)]
        }),
        ResourceId::SECRETS => (columns(&["NAME", "TYPE", "DATA", "AGE"], &[]), |secret, moment| {
            let kind = secret.text("type").to_owned();
            vec![secret.name().to_owned(), kind, data_count(secret).to_string(), age(secret, moment)]
        }),
        ResourceId::EVENTS => (
            columns(&["LAST SEEN", "TYPE", "REASON", "OBJECT"], &["SUBOBJECT", "SOURCE"])
                .into_iter()
                .chain(columns(&["MESSAGE"], &["FIRST SEEN", "COUNT", "NAME"]))
                .collect(),
            event,
        ),
        _ => return None,
    };
    Some(Layout { columns, cells })
}

/// The layout of what `scale` shows of an object.
pub(super) fn scale() -> Layout {
    let columns = columns(&["NAME", "DESIRED", "AVAILABLE", "AGE"], &[]);
    let cells = |scale: &Object, moment: &Moment| {
        let count = |path: &str| scale.int(path).unwrap_or(0).to_string();
        vec![scale.name().to_owned(), count("spec.replicas"), count("status.replicas"), age(scale, moment)]
    };
    Layout { columns, cells }
}

pub(super) fn age(object: &Object, moment: &Moment) -> String {
    moment.age(object.text("metadata.creationTimestamp"))
}

pub(super) fn or_none(text: &str) -> String {
    if text.is_empty() { "<none>" } else { text }.to_owned()
}

fn data_count(object: &Object) -> usize {
    ["data", "binaryData"].iter().filter_map(|field| object.map(field)).map(crate::value::Map::len).sum()
}

/// READY, STATUS and RESTARTS. Models printPod.
pub(crate) struct PodSummary {
    pub ready: usize,
    pub total: usize,
    pub status: String,
    pub restarts: String,
}

impl PodSummary {
    pub fn of(pod: &Object, moment: &Moment) -> PodSummary {
        let phase = pod.text("status.phase");
        let mut status =
            if pod.text("status.reason").is_empty() { phase } else { pod.text("status.reason") }.to_owned();
        for condition in pod.items("status.conditions") {
            if condition.text("type") == "PodScheduled" && condition.text("reason") == "SchedulingGated" {
                "SchedulingGated".clone_into(&mut status);
            }
        }
        let (mut ready, mut restarts, mut last) = (0, 0, None);
        let mut count_restart = |container: &Value, restarts: &mut i64| {
            *restarts += container.int("restartCount").unwrap_or(0);
            let finished = container.text("lastState.terminated.finishedAt");
            last = last.max(moment.epoch.parse(finished));
        };
        let init = pod.items("spec.initContainers");
        let is_sidecar = |name: &str| {
            init.iter().any(|container| container.text("name") == name && container.text("restartPolicy") == "Always")
        };
        let sidecars = init.iter().filter(|container| container.text("restartPolicy") == "Always").count();
        let total = pod.items("spec.containers").len() + sidecars;
        let mut initializing = false;
        for (place, container) in pod.items("status.initContainerStatuses").iter().enumerate() {
            count_restart(container, &mut restarts);
            let sidecar = is_sidecar(container.text("name"));
            if sidecar && container.is_true("started") {
                ready += usize::from(container.is_true("ready"));
                continue;
            }
            if container.at("state.terminated").is_some_and(|state| state.int("exitCode") == Some(0)) {
                continue;
            }
            initializing = true;
            status = match (container.at("state.terminated"), container.at("state.waiting")) {
                (Some(ended), _) => match (ended.text("reason"), ended.int("signal").unwrap_or(0)) {
                    ("", 0) => format!("Init:ExitCode:{}", ended.int("exitCode").unwrap_or(0)),
                    ("", signal) => format!("Init:Signal:{signal}"),
                    (reason, _) => format!("Init:{reason}"),
                },
                (None, Some(waiting)) if !matches!(waiting.text("reason"), "" | "PodInitializing") => {
                    format!("Init:{}", waiting.text("reason"))
                }
                _ => format!("Init:{place}/{}", init.len()),
            };
            break;
        }
        if !initializing {
            let mut running = false;
            for container in pod.items("status.containerStatuses").iter().rev() {
                count_restart(container, &mut restarts);
                let waiting = container.text("state.waiting.reason");
                match container.at("state.terminated") {
                    _ if !waiting.is_empty() => waiting.clone_into(&mut status),
                    Some(ended) => {
                        status = match (ended.text("reason"), ended.int("signal").unwrap_or(0)) {
                            ("", 0) => format!("ExitCode:{}", ended.int("exitCode").unwrap_or(0)),
                            ("", signal) => format!("Signal:{signal}"),
                            (reason, _) => reason.to_owned(),
                        };
                    }
                    None if container.is_true("ready") && container.at("state.running").is_some() => {
                        running = true;
                        ready += 1;
                    }
                    None => {}
                }
            }
            if status == "Completed" && running {
                let ready_condition = pod
                    .items("status.conditions")
                    .iter()
                    .any(|condition| condition.text("type") == "Ready" && condition.text("status") == "True");
                (if ready_condition { "Running" } else { "NotReady" }).clone_into(&mut status);
            }
        }
        if pod.is_being_deleted() {
            if pod.text("status.reason") == "NodeLost" {
                "Unknown".clone_into(&mut status);
            } else if !matches!(phase, "Succeeded" | "Failed") {
                "Terminating".clone_into(&mut status);
            }
        }
        let restarts = match last {
            Some(at) if restarts > 0 => format!("{restarts} ({} ago)", super::human_duration(moment.now.since(at))),
            _ => restarts.to_string(),
        };
        PodSummary { ready, total, status, restarts }
    }
}

fn pod(pod: &Object, moment: &Moment) -> Vec<String> {
    let summary = PodSummary::of(pod, moment);
    let gates = pod.items("spec.readinessGates");
    let passed = gates.iter().filter(|gate| {
        pod.items("status.conditions")
            .iter()
            .any(|condition| condition.text("type") == gate.text("conditionType") && condition.text("status") == "True")
    });
    vec![
        pod.name().to_owned(),
        format!("{}/{}", summary.ready, summary.total),
        summary.status,
        summary.restarts,
        age(pod, moment),
        or_none(pod.text("status.podIP")),
        or_none(pod.text("spec.nodeName")),
        or_none(pod.text("status.nominatedNodeName")),
        if gates.is_empty() { "<none>".to_owned() } else { format!("{}/{}", passed.count(), gates.len()) },
    ]
}

fn service(service: &Object, moment: &Moment) -> Vec<String> {
    let kind = service.text("spec.type");
    let cluster_ip = if kind == "ExternalName" { "" } else { service.text("spec.clusterIP") };
    let ports: Vec<String> = service
        .items("spec.ports")
        .iter()
        .map(|port| match (port.int("port").unwrap_or(0), port.int("nodePort").unwrap_or(0), port.text("protocol")) {
            (number, 0, protocol) => format!("{number}/{protocol}"),
            (number, node_port, protocol) => format!("{number}:{node_port}/{protocol}"),
        })
        .collect();
    vec![
        service.name().to_owned(),
        kind.to_owned(),
        or_none(cluster_ip),
        external_ip(service),
        or_none(&ports.join(",")),
        age(service, moment),
        joined(service.text_pairs("spec.selector")),
    ]
}

/// The EXTERNAL-IP cell. Models getServiceExternalIP.
fn external_ip(service: &Object) -> String {
    let texts = |path: &str| -> Vec<&str> { service.items(path).iter().filter_map(Value::as_str).collect() };
    let external = texts("spec.externalIPs");
    match service.text("spec.type") {
        "ExternalName" => service.text("spec.externalName").to_owned(),
        "LoadBalancer" => {
            let mut ingress: Vec<&str> = Vec::new();
            for point in service.items("status.loadBalancer.ingress") {
                let address = if point.text("ip").is_empty() { point.text("hostname") } else { point.text("ip") };
                if !address.is_empty() && !ingress.contains(&address) {
                    ingress.push(address);
                }
            }
            ingress.order();
            ingress.extend(external);
            if ingress.is_empty() { "<pending>".to_owned() } else { ingress.join(",") }
        }
        _ => or_none(&external.join(",")),
    }
}

/// The first three and how many more. Models formatEndpoints and formatEndpointSliceEndpoints.
fn first_three(all: &[String], none: &str) -> String {
    match all {
        [] => none.to_owned(),
        [a, b, c, more @ ..] if !more.is_empty() => format!("{a},{b},{c} + {} more...", more.len()),
        few => few.join(","),
    }
}

fn endpoints(endpoints: &Object, moment: &Moment) -> Vec<String> {
    let mut all = Vec::new();
    let subsets = endpoints.items("subsets");
    for subset in subsets {
        let addresses = subset.items("addresses");
        if subset.items("ports").is_empty() {
            all.extend(addresses.iter().map(|address| address.text("ip").to_owned()));
        }
        for port in subset.items("ports") {
            let number = port.int("port").unwrap_or(0);
            all.extend(addresses.iter().map(|address| host_port(address.text("ip"), number)));
        }
    }
    let none = if subsets.is_empty() { "<none>" } else { "" };
    vec![endpoints.name().to_owned(), first_three(&all, none), age(endpoints, moment)]
}

/// `10.0.0.1:80`, `[fd00::1]:80`. Models Go's net.JoinHostPort.
pub(super) fn host_port(host: &str, port: i64) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

fn endpoint_slice(slice: &Object, moment: &Moment) -> Vec<String> {
    let ports: Vec<String> = slice
        .items("ports")
        .iter()
        .map(|port| port.int("port").map_or_else(|| "*".to_owned(), |number| number.to_string()))
        .collect();
    let addresses = |endpoint: &Value| -> Vec<String> {
        endpoint.items("addresses").iter().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let all: Vec<String> = slice.items("endpoints").iter().flat_map(addresses).collect();
    vec![
        slice.name().to_owned(),
        slice.text("addressType").to_owned(),
        first_three(&ports, "<unset>"),
        first_three(&all, "<unset>"),
        age(slice, moment),
    ]
}

/// CONTAINERS, IMAGES and SELECTOR of what has a pod template.
pub(super) fn template_cells(object: &Object) -> [String; 3] {
    let containers = object.items("spec.template.spec.containers");
    let list = |field: &str| containers.iter().map(|container| container.text(field)).collect::<Vec<_>>().join(",");
    let selector = object.at("spec.selector").map_or_else(|| "<none>".to_owned(), label_selector);
    [list("name"), list("image"), selector]
}

/// A label selector as text: `app=web,tier in (a,b),!canary`. Models apimachinery metav1.FormatLabelSelector.
pub(crate) fn label_selector(selector: &Value) -> String {
    let mut parts: Vec<(String, String)> =
        selector.text_pairs("matchLabels").map(|(key, value)| (key.to_owned(), format!("{key}={value}"))).collect();
    for expression in selector.items("matchExpressions") {
        let key = expression.text("key");
        let mut values: Vec<&str> = expression.items("values").iter().filter_map(Value::as_str).collect();
        values.order();
        let values = values.join(",");
        let text = match expression.text("operator") {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "Exists" => key.to_owned(),
            _ => format!("!{key}"),
        };
        parts.push((key.to_owned(), text));
    }
    parts.order();
    let texts: Vec<String> = parts.into_iter().map(|(_, text)| text).collect();
    or_none(&texts.join(","))
}

fn number(object: &Object, path: &str) -> String {
    object.int(path).unwrap_or(0).to_string()
}

fn replica_set(set: &Object, moment: &Moment) -> Vec<String> {
    let [containers, images, selector] = template_cells(set);
    vec![
        set.name().to_owned(),
        number(set, "spec.replicas"),
        number(set, "status.replicas"),
        number(set, "status.readyReplicas"),
        age(set, moment),
        containers,
        images,
        selector,
    ]
}

fn deployment(deployment: &Object, moment: &Moment) -> Vec<String> {
    let [containers, images, selector] = template_cells(deployment);
    vec![
        deployment.name().to_owned(),
        format!("{}/{}", number(deployment, "status.readyReplicas"), number(deployment, "spec.replicas")),
        number(deployment, "status.updatedReplicas"),
        number(deployment, "status.availableReplicas"),
        age(deployment, moment),
        containers,
        images,
        selector,
    ]
}

fn node(node: &Object, moment: &Moment) -> Vec<String> {
    let ready = node.items("status.conditions").iter().find(|condition| condition.text("type") == "Ready");
    let mut status = match ready.map(|condition| condition.text("status")) {
        Some("True") => "Ready",
        Some(_) => "NotReady",
        None => "Unknown",
    }
    .to_owned();
    if node.is_true("spec.unschedulable") {
        status += ",SchedulingDisabled";
    }
    let roles: Vec<&str> = node
        .labels()
        .filter_map(|(key, value)| match key.strip_prefix("node-role.kubernetes.io/") {
            Some(role) if !role.is_empty() => Some(role),
            None if key == "kubernetes.io/role" && !value.is_empty() => Some(value),
            _ => None,
        })
        .collect();
    let address = |kind: &str| {
        let found = node.items("status.addresses").iter().find(|address| address.text("type") == kind);
        or_none(found.map_or("", |address| address.text("address")))
    };
    let unknown = |path: &str| match node.text(path) {
        "" => "<unknown>".to_owned(),
        text => text.to_owned(),
    };
    vec![
        node.name().to_owned(),
        status,
        or_none(&roles.join(",")),
        age(node, moment),
        node.text("status.nodeInfo.kubeletVersion").to_owned(),
        address("InternalIP"),
        address("ExternalIP"),
        unknown("status.nodeInfo.osImage"),
        unknown("status.nodeInfo.kernelVersion"),
        unknown("status.nodeInfo.containerRuntimeVersion"),
    ]
}

/// When an event was last seen, and first. Series and counted events tell both: `2s (x3 over 5m)`.
pub(super) fn event_seen(event: &Object, moment: &Moment) -> (String, String) {
    let first = match event.text("firstTimestamp") {
        "" => moment.age(event.text("eventTime")),
        timestamp => moment.age(timestamp),
    };
    let last = if let Some(series) = event.at("series") {
        moment.age(series.text("lastObservedTime"))
    } else if event.text("lastTimestamp").is_empty() {
        first.clone()
    } else {
        moment.age(event.text("lastTimestamp"))
    };
    (first, last)
}

fn event(event: &Object, moment: &Moment) -> Vec<String> {
    let (first, last) = event_seen(event, moment);
    let about = event.at("involvedObject").cloned().unwrap_or_default();
    let target = match about.text("name") {
        "" => about.text("kind").to_lowercase(),
        name => format!("{}/{name}", about.text("kind").to_lowercase()),
    };
    let component = match event.text("source.component") {
        "" => event.text("reportingComponent"),
        component => component,
    };
    let source = match event.text("source.host") {
        "" => component.to_owned(),
        host => format!("{component}, {host}"),
    };
    let count = event.int("series.count").or_else(|| event.int("count")).unwrap_or(1);
    vec![
        last,
        event.text("type").to_owned(),
        event.text("reason").to_owned(),
        target,
        about.text("fieldPath").to_owned(),
        source,
        event.text("message").trim().to_owned(),
        first,
        count.to_string(),
        event.name().to_owned(),
    ]
}
