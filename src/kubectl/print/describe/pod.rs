//! A Pod. Models describePod.

use super::{Page, Scene, date, number, template};
use crate::api::{Fields, Object, Value};
use crate::kubectl::print::human_duration;

pub(super) fn describe(page: &mut Page, pod: &Object, scene: &Scene) {
    let empty = Value::Null;
    let spec = pod.at("spec").unwrap_or(&empty);
    page.head(pod);
    if let Some(priority) = spec.int("priority") {
        page.field(0, "Priority", &priority.to_string());
    }
    page.field(0, "Service Account", spec.text("serviceAccountName"));
    match spec.text("nodeName") {
        "" => page.field(0, "Node", "<none>"),
        node => page.field(0, "Node", &format!("{node}/{}", pod.text("status.hostIP"))),
    }
    if !pod.text("status.startTime").is_empty() {
        page.field(0, "Start Time", &date(pod.text("status.startTime"), &scene.moment));
    }
    page.labels(pod);
    page.own_annotations(pod);
    if pod.is_being_deleted() {
        let since = scene.moment.epoch.parse(pod.text("metadata.deletionTimestamp"));
        let lasts = since.map_or_else(String::new, |since| human_duration(scene.moment.now.since(since)));
        page.field(0, "Status", &format!("Terminating (lasts {lasts})"));
        let grace = number(pod, "metadata.deletionGracePeriodSeconds");
        page.field(0, "Termination Grace Period", &format!("{grace}s"));
    } else {
        page.field(0, "Status", pod.text("status.phase"));
    }
    for (title, field) in [("Reason", "status.reason"), ("Message", "status.message")] {
        if !pod.text(field).is_empty() {
            page.field(0, title, pod.text(field));
        }
    }
    page.field(0, "IP", pod.text("status.podIP"));
    let addresses = pod.items("status.podIPs");
    if addresses.is_empty() {
        page.field(0, "IPs", "<none>");
    } else {
        page.line(0, "IPs:");
        addresses.iter().for_each(|address| page.field(1, "IP", address.text("ip")));
    }
    if let Some(owner) = pod.controller() {
        page.field(0, "Controlled By", &format!("{}/{}", owner.text("kind"), owner.text("name")));
    }
    if !spec.items("initContainers").is_empty() {
        let statuses = pod.items("status.initContainerStatuses");
        template::containers(page, 0, "Init Containers", spec.items("initContainers"), statuses, scene);
    }
    let statuses = pod.items("status.containerStatuses");
    template::containers(page, 0, "Containers", spec.items("containers"), statuses, scene);
    if !spec.items("ephemeralContainers").is_empty() {
        let statuses = pod.items("status.ephemeralContainerStatuses");
        template::containers(page, 0, "Ephemeral Containers", spec.items("ephemeralContainers"), statuses, scene);
    }
    let conditions = pod.items("status.conditions");
    let gates = spec.items("readinessGates");
    if !gates.is_empty() {
        page.line(0, "Readiness Gates:");
        page.line(1, "Type\tStatus");
        for gate in gates {
            let kind = gate.text("conditionType");
            let status = conditions.iter().find(|condition| condition.text("type") == kind);
            page.line(1, &format!("{kind} \t{} ", status.map_or("<none>", |condition| condition.text("status"))));
        }
    }
    if !conditions.is_empty() {
        page.line(0, "Conditions:");
        page.line(1, "Type\tStatus");
        for condition in conditions {
            page.line(1, &format!("{} \t{} ", condition.text("type"), condition.text("status")));
        }
    }
    template::volumes(page, 0, spec);
    let class = match pod.text("status.qosClass") {
        "" => quality_of_service(spec),
        class => class,
    };
    page.field(0, "QoS Class", class);
    template::placement(page, 0, spec);
}

/// Models pkg/apis/core/v1/helper/qos ComputePodQOS, by which resources are there and whether they are equal.
fn quality_of_service(spec: &Value) -> &'static str {
    let containers = spec.items("containers");
    let resources = |container: &Value, kind: &str, name: &str| {
        container.at("resources").and_then(|all| all.get(kind)).and_then(|all| all.get(name)).cloned()
    };
    let names = ["cpu", "memory"];
    let kinds = ["limits", "requests"];
    let any = |container: &Value| {
        kinds.iter().any(|kind| names.iter().any(|name| resources(container, kind, name).is_some()))
    };
    if !containers.iter().any(any) {
        return "BestEffort";
    }
    let guaranteed = containers.iter().all(|container| {
        names.iter().all(|name| {
            let limit = resources(container, "limits", name);
            limit.is_some() && resources(container, "requests", name).is_none_or(|request| Some(request) == limit)
        })
    });
    if guaranteed { "Guaranteed" } else { "Burstable" }
}
