//! Revisions: which ReplicaSet is the Deployment's template, the annotations that number it, the name it gets.
//!
//! Models pkg/controller/deployment/util.

use super::hash;
use crate::api::{Fields, Map, Object, Value, json};

/// The number of a rollout, on the Deployment and on its ReplicaSets.
pub const REVISION: &str = "deployment.kubernetes.io/revision";
/// Earlier numbers of a ReplicaSet that was rolled back to.
pub const HISTORY: &str = "deployment.kubernetes.io/revision-history";
/// The Deployment's size when the ReplicaSet was last scaled.
pub const DESIRED: &str = "deployment.kubernetes.io/desired-replicas";
/// The same with the surge.
pub const MOST: &str = "deployment.kubernetes.io/max-replicas";
/// The label that tells the pods of one template from those of another.
pub const HASH: &str = "pod-template-hash";

/// The length to which the history of revisions grows.
const HISTORY_LENGTH: usize = 2000;

/// Annotations of a Deployment that its ReplicaSets do not get.
const NOT_COPIED: [&str; 6] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    HISTORY,
    DESIRED,
    MOST,
    "deprecated.deployment.rollback.to",
];

/// Whether two pod templates are the same but for the label that the controller adds. Models EqualIgnoreHash.
pub fn same_template(one: &Value, other: &Value) -> bool {
    fn rest(template: &Value) -> Vec<(&str, &Value)> {
        let metadata = template.map("metadata").into_iter().flatten();
        metadata
            .filter(|(key, value)| *key != "labels" && !value.is_null())
            .map(|(key, value)| (&**key, value))
            .collect()
    }
    let labels = |template: &Value| -> Vec<(String, String)> {
        let labels = template.text_pairs("metadata.labels").filter(|(key, _)| *key != HASH);
        labels.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
    };
    one.at("spec") == other.at("spec") && labels(one) == labels(other) && rest(one) == rest(other)
}

/// The annotation `key` of a ReplicaSet as a number.
pub fn number(set: &Object, key: &str) -> Option<i64> {
    set.annotation(key)?.parse().ok()
}

/// The revision of a ReplicaSet; 0 without one.
pub fn revision(set: &Object) -> i64 {
    number(set, REVISION).unwrap_or(0)
}

/// Writes an annotation.
pub fn annotate(object: &mut Object, key: &str, value: String) {
    let mut annotations = object.map("metadata.annotations").cloned().unwrap_or_default();
    annotations.insert(key.to_owned(), value.into());
    object.set("metadata.annotations", Value::Object(annotations));
}

/// Brings the annotations of the ReplicaSet of the present template up to date: those of the Deployment are copied, and
/// `newest`, the number after all old ones, becomes its revision unless it has a later one; an earlier one goes into its
/// history. Models SetNewReplicaSetAnnotations.
pub fn annotate_new(set: &mut Object, deployment: &Object, newest: i64) {
    let own: Vec<(String, String)> = deployment
        .text_pairs("metadata.annotations")
        .filter(|(key, value)| !NOT_COPIED.contains(key) && set.annotation(key) != Some(value))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    for (key, value) in own {
        annotate(set, &key, value);
    }
    let old = set.annotation(REVISION).map(str::to_owned);
    if old.as_deref().is_some_and(|old| !old.is_empty() && old.parse::<i64>().is_err()) || revision(set) >= newest {
        return;
    }
    annotate(set, REVISION, newest.to_string());
    let Some(old) = old else { return };
    let mut history: Vec<&str> =
        set.annotation(HISTORY).unwrap_or("").split(',').filter(|one| !one.is_empty()).collect();
    history.push(&old);
    while history.len() > 1 && history.iter().map(|one| one.len() + 1).sum::<usize>() > HISTORY_LENGTH + 1 {
        history.remove(0);
    }
    let history = history.join(",");
    annotate(set, HISTORY, history);
}

/// Notes in a ReplicaSet for what size of the Deployment it was scaled. Models SetReplicasAnnotations.
pub fn annotate_size(set: &mut Object, replicas: i64, most: i64) {
    annotate(set, DESIRED, replicas.to_string());
    annotate(set, MOST, most.to_string());
}

/// A new ReplicaSet for the Deployment's template.
pub fn new_set(deployment: &Object, owner: &Value) -> Object {
    let template = deployment.at("spec.template").cloned().unwrap_or(Value::Null);
    let hash = hash::of(&template, deployment.int("status.collisionCount"));
    let mut set = Object::default();
    set.set("apiVersion", "apps/v1".into());
    set.set("kind", "ReplicaSet".into());
    set.set("metadata.name", format!("{}-{hash}", deployment.name()).into());
    set.set("metadata.namespace", deployment.namespace().into());
    set.set("metadata.ownerReferences", json!([owner]));
    let with_hash = |labels: Option<&Map>| {
        let mut labels = labels.cloned().unwrap_or_default();
        labels.insert(HASH.to_owned(), hash.clone().into());
        Value::Object(labels)
    };
    let labels = with_hash(template.map("metadata.labels"));
    set.set("metadata.labels", labels.clone());
    if let Some(wait) = deployment.at("spec.minReadySeconds") {
        set.set("spec.minReadySeconds", wait.clone());
    }
    set.set("spec.selector", deployment.at("spec.selector").cloned().unwrap_or(Value::Null));
    set.set("spec.selector.matchLabels", with_hash(deployment.map("spec.selector.matchLabels")));
    set.set("spec.template", template);
    set.set("spec.template.metadata.labels", labels);
    set
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_compared_without_the_hash() {
        let with = |labels: Value| json!({"metadata": {"labels": labels}, "spec": {"containers": []}});
        assert!(same_template(&with(json!({"app": "web"})), &with(json!({"app": "web", HASH: "x"}))));
        assert!(!same_template(&with(json!({"app": "web"})), &with(json!({"app": "db"}))));
        let annotated =
            json!({"metadata": {"labels": {"app": "web"}, "annotations": {"a": "b"}}, "spec": {"containers": []}});
        assert!(!same_template(&with(json!({"app": "web"})), &annotated));
    }

    #[test]
    fn a_set_that_is_rolled_back_to_remembers_its_numbers() {
        let deployment = Object::new(json!({"metadata": {"annotations": {"note": "hello", REVISION: "9"}}})).unwrap();
        let mut set = Object::default();
        for (newest, revision, history) in
            [(1, "1", None), (3, "3", Some("1")), (2, "3", Some("1")), (5, "5", Some("1,3"))]
        {
            annotate_new(&mut set, &deployment, newest);
            assert_eq!((set.annotation(REVISION), set.annotation(HISTORY)), (Some(revision), history), "{newest}");
        }
        assert_eq!(set.annotation("note"), Some("hello"));
    }
}
