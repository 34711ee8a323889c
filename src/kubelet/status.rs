//! What a pod's status says.
//!
//! Models pkg/kubelet/kubelet_pods.go generateAPIPodStatus and pkg/kubelet/status/generate.go.

use super::container::{Container, Ending, Kind, State};
use super::images;
use super::run::Run;
use crate::api::{Fields, Map, Object, Value, json, pod};
use crate::clock::{Epoch, Time};
use crate::order::Order;
use std::fmt::Write;

/// The conditions that a kubelet writes; others are left as they are.
const OWN: [&str; 5] = ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"];

/// The moment, and the node's address.
#[derive(Clone, Copy)]
pub struct Here<'a> {
    /// The node's address.
    pub address: &'a str,
    /// The virtual time.
    pub now: Time,
    /// What turns it into timestamps.
    pub epoch: Epoch,
}

/// The status of `pod`, which runs like `run`.
pub fn status(pod: &Object, run: &Run, here: Here<'_>) -> Value {
    let mut status = pod.map("status").cloned().unwrap_or_default();
    let phase = phase(pod, &run.containers);
    let mut set = |field: &str, value: Value| {
        status.insert(field.to_owned(), value);
    };
    set("phase", phase.into());
    set("hostIP", here.address.into());
    set("hostIPs", json!([{"ip": here.address}]));
    set("startTime", here.epoch.timestamp(run.seen).into());
    if pod.text("status.qosClass").is_empty() {
        set("qosClass", qos_class(pod).into());
    }
    if let Some(generation) = pod.int("metadata.generation") {
        set("observedGeneration", generation.into());
    }
    set("conditions", conditions(pod, run, phase, here));
    // Those of init containers stay in their order.
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        let of_list = run.containers.iter().filter(|container| container.kind.list() == list);
        let mut statuses: Vec<Value> = of_list.map(|one| container_status(pod, run, one, here)).collect();
        if list != "initContainers" {
            statuses.order_by(|a, b| a.text("name").cmp(b.text("name")));
        }
        if list == "containers" || !statuses.is_empty() {
            set(&format!("{}Statuses", list.trim_end_matches('s')), statuses.into());
        }
    }
    let on_host = pod::is_on_host_network(pod) && run.has_sandbox;
    let ip = run.address.map(|address| address.to_string()).or(on_host.then(|| here.address.to_owned()));
    if let Some(ip) = ip {
        set("podIPs", json!([{"ip": ip}]));
        set("podIP", ip.into());
    } else {
        status.remove("podIP");
        status.remove("podIPs");
    }
    Value::Object(status)
}

/// Models getPhase.
fn phase(pod: &Object, containers: &[Container]) -> &'static str {
    let (mut waiting, mut running, mut stopped, mut failed) = (0, 0, 0, 0);
    for container in containers {
        match (&container.state, container.kind) {
            (State::Ended(ending), Kind::Init) if ending.code == 0 => {}
            (State::Ended(_), Kind::Init) if pod.text("spec.restartPolicy") == "Never" => return "Failed",
            (_, Kind::Init) => return "Pending",
            (_, Kind::Ephemeral) | (State::Running(_) | State::Ended(_), Kind::Sidecar) => {}
            (State::Waiting { .. }, _) if container.last.is_none() => waiting += 1,
            (State::Waiting { .. }, _) => stopped += 1,
            (State::Ended(_), Kind::Main) if container.due.is_some() => stopped += 1,
            (State::Running(_), Kind::Main) => running += 1,
            (State::Ended(ending), Kind::Main) => {
                failed += i32::from(ending.code != 0);
                stopped += 1;
            }
        }
    }
    let has_ended = |one: &Container| matches!(one.state, State::Ended(_)) && one.due.is_none();
    let all_ended = containers.iter().all(|one| one.kind != Kind::Main || has_ended(one));
    match () {
        () if waiting > 0 => "Pending",
        () if running > 0 => "Running",
        () if all_ended && failed == 0 => "Succeeded",
        () if all_ended => "Failed",
        () if stopped > 0 => "Running",
        () => "Pending",
    }
}

fn conditions(pod: &Object, run: &Run, phase: &str, here: Here<'_>) -> Value {
    let mut list: Vec<Value> = pod
        .items("status.conditions")
        .iter()
        .filter(|condition| !OWN.contains(&condition.text("type")))
        .cloned()
        .collect();
    let ended = matches!(phase, "Succeeded" | "Failed");
    let names = |wanted: &dyn Fn(&&Container) -> bool| -> Vec<&str> {
        run.containers.iter().filter(wanted).map(|container| container.name.as_str()).collect()
    };
    let incomplete = names(&|one| match one.kind {
        Kind::Init => !matches!(&one.state, State::Ended(ending) if ending.code == 0),
        Kind::Sidecar => !one.started,
        Kind::Main | Kind::Ephemeral => false,
    });
    let unready = names(&|one| matches!(one.kind, Kind::Main | Kind::Sidecar) && !one.ready);
    let all = |list: &[&str]| format!("[{}]", list.join(" "));

    let initialized = if phase == "Succeeded" {
        (true, "PodCompleted", String::new())
    } else if incomplete.is_empty() {
        (true, "", String::new())
    } else {
        (false, "ContainersNotInitialized", format!("containers with incomplete status: {}", all(&incomplete)))
    };
    let containers_ready = match phase {
        "Succeeded" => (false, "PodCompleted", String::new()),
        "Failed" => (false, "PodFailed", String::new()),
        _ if unready.is_empty() => (true, "", String::new()),
        _ => (false, "ContainersNotReady", format!("containers with unready status: {}", all(&unready))),
    };
    let ready = if containers_ready.0 {
        let gates: Vec<String> =
            pod.items("spec.readinessGates").iter().filter_map(|gate| closed_gate(pod, gate)).collect();
        if gates.is_empty() { (true, "", String::new()) } else { (false, "ReadinessGatesNotReady", gates.join(", ")) }
    } else {
        containers_ready.clone()
    };
    let scheduled = (true, "", String::new());
    let sandbox = (run.has_sandbox && !ended, "", String::new());
    for (kind, (holds, reason, message)) in
        OWN.into_iter().zip([sandbox, initialized, ready, containers_ready, scheduled])
    {
        list.push(condition(pod, kind, holds, reason, message, here));
    }
    Value::Array(list)
}

/// Why a readiness gate is closed; `None` where it is open. Models GeneratePodReadyCondition.
fn closed_gate(pod: &Object, gate: &Value) -> Option<String> {
    let kind = gate.text("conditionType");
    match pod::condition(pod, kind).map(|condition| condition.text("status")) {
        Some("True") => None,
        Some(status) => Some(format!("the status of pod readiness gate \"{kind}\" is not \"True\", but {status}")),
        None => Some(format!("corresponding condition of pod readiness gate \"{kind}\" does not exist.")),
    }
}

fn condition(pod: &Object, kind: &str, holds: bool, reason: &str, message: String, here: Here<'_>) -> Value {
    let status = if holds { "True" } else { "False" };
    let since = pod::condition(pod, kind)
        .filter(|old| old.text("status") == status && !old.text("lastTransitionTime").is_empty())
        .map_or_else(|| here.epoch.timestamp(here.now), |old| old.text("lastTransitionTime").to_owned());
    let mut condition = Map::new();
    condition.insert("type".to_owned(), kind.into());
    condition.insert("status".to_owned(), status.into());
    condition.insert("lastProbeTime".to_owned(), Value::Null);
    condition.insert("lastTransitionTime".to_owned(), since.into());
    if let Some(generation) = pod.int("metadata.generation") {
        condition.insert("observedGeneration".to_owned(), generation.into());
    }
    if !reason.is_empty() {
        condition.insert("reason".to_owned(), reason.into());
    }
    if !message.is_empty() {
        condition.insert("message".to_owned(), message.into());
    }
    Value::Object(condition)
}

fn container_status(pod: &Object, run: &Run, container: &Container, here: Here<'_>) -> Value {
    let id = |number: u32| format!("containerd://{}", hex_of(&format!("{}/{}/{number}", run.uid, container.name)));
    let full = images::full_name(&container.image);
    let digest = || format!("{}@sha256:{}", full.split(['@', ':']).next().unwrap_or(&full), hex_of(&full));
    let ending = |ending: &Ending, number: u32| {
        json!({"terminated": {
            "containerID": id(number),
            "exitCode": ending.code,
            "reason": ending.reason,
            "startedAt": here.epoch.timestamp(ending.started),
            "finishedAt": here.epoch.timestamp(ending.finished),
        }})
    };
    let state = match &container.state {
        State::Waiting { reason, message } if message.is_empty() => json!({"waiting": {"reason": reason}}),
        State::Waiting { reason, message } => json!({"waiting": {"reason": reason, "message": message}}),
        State::Running(since) => json!({"running": {"startedAt": here.epoch.timestamp(*since)}}),
        State::Ended(end) => ending(end, container.restarts),
    };
    let has_run = !matches!(container.state, State::Waiting { .. }) || container.last.is_some();
    let last = container.last.as_ref().map_or(json!({}), |last| ending(last, container.restarts.saturating_sub(1)));
    let ended_well = matches!(&container.state, State::Ended(ending) if ending.code == 0);
    let mut status = json!({
        "name": container.name,
        "image": if has_run { full.as_str() } else { container.image.as_str() },
        "imageID": if has_run { digest() } else { String::new() },
        "state": state,
        "lastState": last,
        "ready": container.ready || (container.kind == Kind::Init && ended_well),
        "started": container.started,
        "restartCount": container.restarts,
        "resources": {},
    });
    let spec = pod.items(&format!("spec.{}", container.kind.list()));
    let spec = spec.iter().find(|spec| spec.text("name") == container.name);
    if let (Some(map), Some(spec)) = (status.as_object_mut(), spec) {
        if container.kind == Kind::Ephemeral {
            // Only probes say whether a container has started.
            map.remove("started");
        }
        if has_run {
            let waits = matches!(container.state, State::Waiting { .. });
            map.insert("containerID".to_owned(), id(container.restarts.saturating_sub(u32::from(waits))).into());
        }
        if let Some(resources) = spec.at("resources").filter(|all| all.as_object().is_some_and(|all| !all.is_empty())) {
            map.insert("resources".to_owned(), resources.clone());
            if let Some(requests) = resources.at("requests") {
                map.insert("allocatedResources".to_owned(), requests.clone());
            }
        }
        let mounts: Vec<Value> = spec.items("volumeMounts").iter().map(mount_status).collect();
        if !mounts.is_empty() {
            map.insert("volumeMounts".to_owned(), mounts.into());
        }
    }
    status
}

fn mount_status(mount: &Value) -> Value {
    let mut status = json!({"name": mount.text("name"), "mountPath": mount.text("mountPath")});
    if let Some(map) = status.as_object_mut().filter(|_| mount.is_true("readOnly")) {
        map.insert("readOnly".to_owned(), true.into());
        map.insert("recursiveReadOnly".to_owned(), "Disabled".into());
    }
    status
}

/// Models pkg/apis/core/helper/qos ComputePodQOS.
fn qos_class(pod: &Object) -> &'static str {
    let all = pod::containers(pod).iter().chain(pod.items("spec.initContainers"));
    let (mut any, mut guaranteed) = (false, true);
    for container in all {
        for resource in ["cpu", "memory"] {
            let of =
                |kind: &str| container.at("resources").and_then(|all| all.get(kind)).and_then(|all| all.get(resource));
            let (request, limit) = (of("requests"), of("limits"));
            any |= request.is_some() || limit.is_some();
            guaranteed &= limit.is_some() && request.is_none_or(|request| Some(request) == limit);
        }
    }
    match (any, guaranteed) {
        (false, _) => "BestEffort",
        (true, true) => "Guaranteed",
        (true, false) => "Burstable",
    }
}

/// 64 hexadecimal digits that stand for `text`, as ids and digests look.
pub fn hex_of(text: &str) -> String {
    let mut hex = String::with_capacity(64);
    for round in 0..4_u8 {
        let hash = text
            .bytes()
            .chain([round])
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        // The last byte alone changes few bits of an FNV hash; mix them (splitmix64's finish).
        let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let _ = write!(hex, "{:016x}", hash ^ (hash >> 31));
    }
    hex
}
