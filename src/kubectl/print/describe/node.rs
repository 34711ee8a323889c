//! A Node. Models describeNode.

use super::{Page, Scene, date, plain, texts};
use crate::api::quantity::Quantity;
use crate::api::{Fields, Map, Object, ResourceId, Value, pod};
use std::sync::Arc;

pub(super) fn describe(page: &mut Page, node: &Object, scene: &Scene) {
    page.field(0, "Name", node.name());
    let roles: Vec<&str> = node.labels().filter_map(|(key, _)| key.strip_prefix("node-role.kubernetes.io/")).collect();
    page.field(0, "Roles", super::or_none(&roles.join(",")));
    page.labels(node);
    page.own_annotations(node);
    page.field(0, "CreationTimestamp", &date(node.text("metadata.creationTimestamp"), &scene.moment));
    let taints: Vec<String> = node
        .items("spec.taints")
        .iter()
        .map(|taint| match taint.text("value") {
            "" => format!("{}:{}", taint.text("key"), taint.text("effect")),
            value => format!("{}={value}:{}", taint.text("key"), taint.text("effect")),
        })
        .collect();
    match taints.split_first() {
        None => page.field(0, "Taints", "<none>"),
        Some((first, more)) => {
            page.field(0, "Taints", first);
            more.iter().for_each(|taint| page.line(0, &format!("\t{taint}")));
        }
    }
    page.field(0, "Unschedulable", if node.is_true("spec.unschedulable") { "true" } else { "false" });
    let conditions = node.items("status.conditions");
    if !conditions.is_empty() {
        page.line(0, "Conditions:");
        page.line(1, "Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage");
        page.line(1, "----\t------\t-----------------\t------------------\t------\t-------");
        for condition in conditions {
            let text = |field: &str| condition.text(field);
            let when = |field: &str| date(text(field), &scene.moment);
            page.line(
                1,
                &format!(
                    "{} \t{} \t{} \t{} \t{} \t{} ",
                    text("type"),
                    text("status"),
                    when("lastHeartbeatTime"),
                    when("lastTransitionTime"),
                    text("reason"),
                    text("message")
                ),
            );
        }
    }
    page.line(0, "Addresses:");
    for address in node.items("status.addresses") {
        page.field(1, address.text("type"), address.text("address"));
    }
    for (title, path) in [("Capacity", "status.capacity"), ("Allocatable", "status.allocatable")] {
        page.line(0, &format!("{title}:"));
        for (name, quantity) in node.map(path).into_iter().flatten() {
            page.field(1, name, &plain(Some(quantity)));
        }
    }
    page.line(0, "System Info:");
    for (title, field) in [
        ("Machine ID", "machineID"),
        ("System UUID", "systemUUID"),
        ("Boot ID", "bootID"),
        ("Kernel Version", "kernelVersion"),
        ("OS Image", "osImage"),
        ("Operating System", "operatingSystem"),
        ("Architecture", "architecture"),
        ("Container Runtime Version", "containerRuntimeVersion"),
        ("Kubelet Version", "kubeletVersion"),
    ] {
        page.field(1, title, node.text(&format!("status.nodeInfo.{field}")));
    }
    if !node.text("spec.podCIDR").is_empty() {
        page.field(0, "PodCIDR", node.text("spec.podCIDR"));
        page.field(0, "PodCIDRs", &texts(node, "spec.podCIDRs").join(","));
    }
    let pods: Vec<_> = scene
        .store
        .list(ResourceId::PODS, None)
        .filter(|pod| pod.text("spec.nodeName") == node.name())
        .filter(|pod| !matches!(pod.text("status.phase"), "Succeeded" | "Failed"))
        .collect();
    allocated(page, node, &pods, scene);
}

/// What the pods on the node ask for, each and together. Models describeNodeResource.
fn allocated(page: &mut Page, node: &Object, pods: &[&Arc<Object>], scene: &Scene) {
    let there = if node.map("status.allocatable").is_none_or(Map::is_empty) { "capacity" } else { "allocatable" };
    let share = |amount: Quantity, name: &str| {
        let all = node.at(&format!("status.{there}")).and_then(|all| quantity(all.get(name)?));
        let percent = all.and_then(|all| (amount.billionths().saturating_mul(100)).checked_div(all.billionths()));
        format!("{amount} ({}%)", percent.unwrap_or(0))
    };
    page.field(0, "Non-terminated Pods", &format!("({} in total)", pods.len()));
    page.line(1, "Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge");
    page.line(1, "---------\t----\t\t------------\t----------\t---------------\t-------------\t---");
    for pod in pods {
        let one = |kind: &str, name: &str| share(of_pod(pod, kind, name), name);
        page.line(
            1,
            &format!(
                "{}\t{}\t\t{}\t{}\t{}\t{}\t{}",
                pod.namespace(),
                pod.name(),
                one("requests", "cpu"),
                one("limits", "cpu"),
                one("requests", "memory"),
                one("limits", "memory"),
                scene.moment.age(pod.text("metadata.creationTimestamp"))
            ),
        );
    }
    page.line(0, "Allocated resources:");
    page.line(1, "(Total limits may be over 100 percent, i.e., overcommitted.)");
    page.line(1, "Resource\tRequests\tLimits");
    page.line(1, "--------\t--------\t------");
    for name in ["cpu", "memory", "ephemeral-storage"] {
        let all = |kind: &str| {
            let sum = pods.iter().fold(Quantity::default(), |sum, pod| sum.plus(of_pod(pod, kind, name)));
            share(sum, name)
        };
        page.line(1, &format!("{name}\t{}\t{}", all("requests"), all("limits")));
    }
}

fn quantity(value: &Value) -> Option<Quantity> {
    Quantity::parse(&plain(Some(value))).ok()
}

/// What a pod's containers ask for together.
fn of_pod(pod: &Object, kind: &str, name: &str) -> Quantity {
    let of = |container: &Value| {
        let all = container.at("resources").and_then(|resources| resources.get(kind));
        all.and_then(|all| quantity(all.get(name)?)).unwrap_or_default()
    };
    let larger = |one: Quantity, other: Quantity| if other.billionths() > one.billionths() { other } else { one };
    pod::total(pod, of, Quantity::plus, larger)
}
