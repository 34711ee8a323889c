//! ReplicaSets and Deployments. Models describeReplicaSet and describeDeployment.

use super::{Page, Scene, date, number, or_none, plain, template};
use crate::api::{Fields, Object, ResourceId, Selector, Value};
use crate::kubectl::print::rows::label_selector;
use std::sync::Arc;

fn selector(object: &Object) -> String {
    object.at("spec.selector").map_or_else(|| "<none>".to_owned(), label_selector)
}

pub(super) fn describe_replica_set(page: &mut Page, set: &Object, scene: &Scene) {
    page.head(set);
    page.field(0, "Selector", &selector(set));
    page.labels(set);
    page.own_annotations(set);
    if let Some(owner) = set.controller() {
        page.field(0, "Controlled By", &format!("{}/{}", owner.text("kind"), owner.text("name")));
    }
    let (current, desired) = (number(set, "status.replicas"), number(set, "spec.replicas"));
    page.field(0, "Replicas", &format!("{current} current / {desired} desired"));
    let selects = set.at("spec.selector").map(Selector::of_label_selector).unwrap_or_default();
    let pods = scene.store.select(ResourceId::PODS, set.namespace(), &selects);
    let own = |pod: &&&Arc<Object>| pod.controller().is_some_and(|owner| owner.text("uid") == set.uid());
    let count = |phase: &str| pods.iter().filter(own).filter(|pod| pod.text("status.phase") == phase).count();
    page.field(
        0,
        "Pods Status",
        &format!(
            "{} Running / {} Waiting / {} Succeeded / {} Failed",
            count("Running"),
            count("Pending"),
            count("Succeeded"),
            count("Failed")
        ),
    );
    template::describe(page, set, scene);
    conditions(page, set.items("status.conditions"));
}

fn conditions(page: &mut Page, conditions: &[Value]) {
    if conditions.is_empty() {
        return;
    }
    page.line(0, "Conditions:");
    page.line(1, "Type\tStatus\tReason");
    page.line(1, "----\t------\t------");
    for condition in conditions {
        let text = |field: &str| condition.text(field);
        page.line(1, &format!("{} \t{}\t{}", text("type"), text("status"), text("reason")));
    }
}

pub(super) fn describe_deployment(page: &mut Page, deployment: &Object, scene: &Scene) {
    let count = |field: &str| number(deployment, &format!("status.{field}"));
    page.head(deployment);
    page.field(0, "CreationTimestamp", &date(deployment.text("metadata.creationTimestamp"), &scene.moment));
    page.labels(deployment);
    page.own_annotations(deployment);
    page.field(0, "Selector", &selector(deployment));
    page.field(
        0,
        "Replicas",
        &format!(
            "{} desired | {} updated | {} total | {} available | {} unavailable",
            number(deployment, "spec.replicas"),
            count("updatedReplicas"),
            count("replicas"),
            count("availableReplicas"),
            count("unavailableReplicas")
        ),
    );
    page.field(0, "StrategyType", deployment.text("spec.strategy.type"));
    page.field(0, "MinReadySeconds", &number(deployment, "spec.minReadySeconds").to_string());
    if let Some(rolling) = deployment.at("spec.strategy.rollingUpdate") {
        let (unavailable, surge) = (plain(rolling.at("maxUnavailable")), plain(rolling.at("maxSurge")));
        page.field(0, "RollingUpdateStrategy", &format!("{unavailable} max unavailable, {surge} max surge"));
    }
    template::describe(page, deployment, scene);
    conditions(page, deployment.items("status.conditions"));
    let sets: Vec<&Arc<Object>> = scene
        .store
        .owned_by(deployment.uid())
        .filter(|key| key.resource == ResourceId::REPLICA_SETS)
        .filter_map(|key| scene.store.get(key))
        .collect();
    let revision = |object: &Object| object.annotation("deployment.kubernetes.io/revision").map(str::to_owned);
    let is_new = |set: &&&Arc<Object>| revision(set).is_some() && revision(set) == revision(deployment);
    let list = |sets: Vec<&&Arc<Object>>| -> String {
        let all: Vec<String> = sets
            .iter()
            .map(|set| {
                let (there, wanted) = (number(set.as_ref(), "status.replicas"), number(set.as_ref(), "spec.replicas"));
                format!("{} ({there}/{wanted} replicas created)", set.name())
            })
            .collect();
        or_none(&all.join(", ")).to_owned()
    };
    page.field(0, "OldReplicaSets", &list(sets.iter().filter(|set| !is_new(set)).collect()));
    page.field(0, "NewReplicaSet", &list(sets.iter().filter(is_new).collect()));
}
