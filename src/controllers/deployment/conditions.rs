//! What a Deployment's status says.
//!
//! Models pkg/controller/deployment/{sync,progress}.go calculateStatus and syncRolloutStatus.

use super::rolling::Limits;
use crate::api::{Fields, Map, Object, Value, json};
use crate::clock::{Epoch, Time};
use std::time::Duration;

/// A condition of a Deployment.
pub struct Condition {
    /// `Progressing`, ...
    pub kind: &'static str,
    /// `True`, `False`, `Unknown`.
    pub status: &'static str,
    /// `NewReplicaSetAvailable`, ...
    pub reason: &'static str,
    /// The text.
    pub message: String,
}

/// The condition of this type in a status.
pub fn find<'a>(status: &'a Value, kind: &str) -> Option<&'a Value> {
    status.items("conditions").iter().find(|condition| condition.text("type") == kind)
}

/// The reason of the condition `Progressing`; `""` where there is none.
pub fn progress_reason(status: &Value) -> &str {
    find(status, "Progressing").map_or("", |condition| condition.text("reason"))
}

/// Takes a condition out.
pub fn remove(status: &mut Value, kind: &str) {
    if let Some(list) = status.get_mut("conditions").and_then(Value::as_array_mut) {
        list.retain(|condition| condition.text("type") != kind);
    }
}

/// Writes a condition, at the end of the list. One with the same status and reason stays as it is. Models
/// SetDeploymentCondition.
pub fn set(status: &mut Value, condition: &Condition, now: &str) {
    let same = |old: &&Value| old.text("status") == condition.status;
    let old = find(status, condition.kind);
    if old.filter(same).is_some_and(|old| old.text("reason") == condition.reason) {
        return;
    }
    let since = old.filter(same).map_or(now, |old| old.text("lastTransitionTime")).to_owned();
    put(
        status,
        json!({
            "type": condition.kind,
            "status": condition.status,
            "lastUpdateTime": now,
            "lastTransitionTime": since,
            "reason": condition.reason,
            "message": condition.message,
        }),
    );
}

fn put(status: &mut Value, condition: Value) {
    remove(status, condition.text("type"));
    if status.get("conditions").is_none()
        && let Some(map) = status.as_object_mut()
    {
        map.insert("conditions".to_owned(), json!([]));
    }
    if let Some(list) = status.get_mut("conditions").and_then(Value::as_array_mut) {
        list.push(condition);
    }
}

/// The moment.
#[derive(Clone, Copy)]
pub struct Moment {
    /// The virtual time.
    pub now: Time,
    /// What turns it into timestamps.
    pub epoch: Epoch,
}

impl Moment {
    /// The timestamp.
    pub fn text(self) -> String {
        self.epoch.timestamp(self.now)
    }
}

fn sum(sets: &[&Object], path: &str) -> i64 {
    sets.iter().filter_map(|set| set.int(path)).sum()
}

/// The counts over all ReplicaSets, and whether enough pods are available. The other conditions are those of
/// `deployment`. Models calculateStatus.
pub fn counted(deployment: &Object, new: Option<&Object>, all: &[&Object], moment: Moment) -> Value {
    let mut status = Map::new();
    let mut set_count = |field: &str, count: i64| {
        if count > 0 {
            status.insert(field.to_owned(), count.into());
        }
    };
    let available = sum(all, "status.availableReplicas");
    set_count("observedGeneration", deployment.int("metadata.generation").unwrap_or(0));
    set_count("replicas", sum(all, "status.replicas"));
    set_count("updatedReplicas", new.and_then(|new| new.int("status.replicas")).unwrap_or(0));
    set_count("readyReplicas", sum(all, "status.readyReplicas"));
    set_count("availableReplicas", available);
    set_count("unavailableReplicas", sum(all, "spec.replicas") - available);
    set_count("collisionCount", deployment.int("status.collisionCount").unwrap_or(0));
    // The count of terminating pods is known once every ReplicaSet has counted.
    if all.iter().all(|set| set.int("status.terminatingReplicas").is_some()) {
        status.insert("terminatingReplicas".to_owned(), sum(all, "status.terminatingReplicas").into());
    }
    let mut status = Value::Object(status);
    for condition in deployment.items("status.conditions") {
        put(&mut status, condition.clone());
    }
    let limits = Limits::of(deployment);
    let enough = if available >= limits.replicas - limits.unavailable {
        Condition {
            kind: "Available",
            status: "True",
            reason: "MinimumReplicasAvailable",
            message: "Deployment has minimum availability.".to_owned(),
        }
    } else {
        Condition {
            kind: "Available",
            status: "False",
            reason: "MinimumReplicasUnavailable",
            message: "Deployment does not have minimum availability.".to_owned(),
        }
    };
    set(&mut status, &enough, &moment.text());
    status
}

/// How long a rollout may go without progress; `None` for any time. Models HasProgressDeadline.
pub fn deadline(deployment: &Object) -> Option<Duration> {
    let seconds = deployment.int("spec.progressDeadlineSeconds").filter(|&seconds| seconds != i64::from(i32::MAX))?;
    u64::try_from(seconds).ok().map(Duration::from_secs)
}

/// Whether all pods are new, there and available. Models DeploymentComplete.
pub fn is_complete(deployment: &Object, status: &Value) -> bool {
    let wanted = deployment.int("spec.replicas").unwrap_or(1);
    let count = |field: &str| status.int(field).unwrap_or(0);
    ["updatedReplicas", "replicas", "availableReplicas"].into_iter().all(|field| count(field) == wanted)
        && count("observedGeneration") >= deployment.int("metadata.generation").unwrap_or(0)
}

/// Whether `new` is nearer to the end of the rollout than `old`. Models DeploymentProgressing.
fn is_progress(old: &Value, new: &Value) -> bool {
    let count = |status: &Value, field: &str| status.int(field).unwrap_or(0);
    let rest = |status: &Value| count(status, "replicas") - count(status, "updatedReplicas");
    let more = |field: &str| count(new, field) > count(old, field);
    more("updatedReplicas") || rest(new) < rest(old) || more("readyReplicas") || more("availableReplicas")
}

fn has_timed_out(deployment: &Object, status: &Value, moment: Moment) -> bool {
    let (Some(deadline), Some(condition)) = (deadline(deployment), find(status, "Progressing")) else { return false };
    match condition.text("reason") {
        "NewReplicaSetAvailable" => false,
        "ProgressDeadlineExceeded" => true,
        _ => {
            let from = moment.epoch.parse(condition.text("lastUpdateTime")).unwrap_or(Time::ZERO);
            from + deadline < moment.now
        }
    }
}

/// The status during a rollout: counts, progress, and the failures of ReplicaSets. Models syncRolloutStatus.
pub fn of_rollout(deployment: &Object, new: Option<&Object>, all: &[&Object], moment: Moment) -> Value {
    let now = moment.text();
    let empty = json!({});
    let old_status = deployment.at("status").unwrap_or(&empty);
    let mut status = counted(deployment, new, all, moment);
    let current = find(old_status, "Progressing");
    let count = |field: &str| status.int(field).unwrap_or(0);
    let is_over =
        count("replicas") == count("updatedReplicas") && progress_reason(old_status) == "NewReplicaSetAvailable";
    if deadline(deployment).is_none() {
        remove(&mut status, "Progressing");
    } else if !is_over {
        let who = new.map_or_else(
            || format!("Deployment \"{}\"", deployment.name()),
            |new| format!("ReplicaSet \"{}\"", new.name()),
        );
        let progressing = |status, reason, message| Condition { kind: "Progressing", status, reason, message };
        if is_complete(deployment, &status) {
            let message = format!("{who} has successfully progressed.");
            set(&mut status, &progressing("True", "NewReplicaSetAvailable", message), &now);
        } else if is_progress(old_status, &status) {
            // The time of the latest progress counts, so the condition is written even where its reason stays.
            let since = current.filter(|old| old.text("status") == "True").map(|old| old.text("lastTransitionTime"));
            put(
                &mut status,
                json!({
                    "type": "Progressing",
                    "status": "True",
                    "lastUpdateTime": now,
                    "lastTransitionTime": since.unwrap_or(&now),
                    "reason": "ReplicaSetUpdated",
                    "message": format!("{who} is progressing."),
                }),
            );
        } else if has_timed_out(deployment, &status, moment) {
            let message = format!("{who} has timed out progressing.");
            set(&mut status, &progressing("False", "ProgressDeadlineExceeded", message), &now);
        }
    }
    let failed =
        |set: &Object| set.items("status.conditions").iter().find(|one| one.text("type") == "ReplicaFailure").cloned();
    match new.and_then(failed).or_else(|| all.iter().find_map(|set| failed(set))) {
        Some(mut failure) => {
            let since = failure.get("lastTransitionTime").cloned().unwrap_or(Value::Null);
            if let Some(map) = failure.as_object_mut() {
                map.insert("lastUpdateTime".to_owned(), since);
            }
            let same = find(&status, "ReplicaFailure").is_some_and(|old| {
                old.text("status") == failure.text("status") && old.text("reason") == failure.text("reason")
            });
            if !same {
                put(&mut status, failure);
            }
        }
        None => remove(&mut status, "ReplicaFailure"),
    }
    status
}

/// When to look again whether the rollout has run out of time. Models requeueStuckDeployment.
pub fn check_again(deployment: &Object, status: &Value, moment: Moment) -> Option<Duration> {
    let deadline = deadline(deployment)?;
    let condition = find(status, "Progressing")?;
    if is_complete(deployment, status)
        || matches!(condition.text("reason"), "ProgressDeadlineExceeded" | "NewReplicaSetAvailable")
    {
        return None;
    }
    let end = moment.epoch.parse(condition.text("lastUpdateTime"))? + deadline;
    Some(end.since(moment.now) + Duration::from_secs(1))
}
