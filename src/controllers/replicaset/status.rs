//! What a ReplicaSet's status says.

use crate::api::{Fields, Map, Object, Selector, Value, json, pod};
use crate::clock::{Epoch, Time};
use std::time::Duration;

/// Why pods could not be made or removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// `FailedCreate`, `FailedDelete`.
    pub reason: &'static str,
    /// The API server's words.
    pub message: String,
}

/// The pods of a ReplicaSet, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    replicas: usize,
    fully_labeled: usize,
    ready: usize,
    available: usize,
    terminating: usize,
}

impl Counts {
    /// Counts the active pods of `set` at `now`. Models pkg/controller/replicaset calculateStatus.
    pub fn of<'a>(
        set: &Object,
        active: impl Iterator<Item = &'a Object>,
        terminating: usize,
        now: Time,
        epoch: Epoch,
    ) -> Counts {
        let template = Selector::of_labels(set.text_pairs("spec.template.metadata.labels"));
        let wait = min_ready(set);
        let mut counts = Counts { terminating, ..Counts::default() };
        for one in active {
            counts.replicas += 1;
            counts.fully_labeled += usize::from(template.selects(one));
            if pod::is_ready(one) {
                counts.ready += 1;
                let is_available = || available_at(one, wait, epoch).is_some_and(|at| at <= now);
                counts.available += usize::from(wait.is_zero() || is_available());
            }
        }
        counts
    }

    /// Whether some ready pods are not available yet.
    pub fn is_waiting(&self) -> bool {
        self.ready != self.available
    }

    /// The status of `set`: these counts, and the condition that `failure` makes.
    pub fn status(&self, set: &Object, failure: Option<&Failure>, now: Time, epoch: Epoch) -> Value {
        let mut status = Map::new();
        status.insert("replicas".to_owned(), json!(self.replicas));
        for (field, count) in [
            ("fullyLabeledReplicas", self.fully_labeled),
            ("readyReplicas", self.ready),
            ("availableReplicas", self.available),
        ] {
            if count > 0 {
                status.insert(field.to_owned(), json!(count));
            }
        }
        status.insert("terminatingReplicas".to_owned(), json!(self.terminating));
        if let Some(generation) = set.int("metadata.generation") {
            status.insert("observedGeneration".to_owned(), json!(generation));
        }
        let conditions = conditions(set, failure, &epoch.timestamp(now));
        if !conditions.is_empty() {
            status.insert("conditions".to_owned(), Value::Array(conditions));
        }
        Value::Object(status)
    }
}

/// A condition that is there stays as it is while there is a failure: its text is the first failure's.
fn conditions(set: &Object, failure: Option<&Failure>, now: &str) -> Vec<Value> {
    let mut conditions = set.items("status.conditions").to_vec();
    let there = conditions.iter().any(|condition| condition.text("type") == "ReplicaFailure");
    match failure {
        Some(failure) if !there => conditions.push(json!({
            "type": "ReplicaFailure",
            "status": "True",
            "lastTransitionTime": now,
            "reason": failure.reason,
            "message": failure.message,
        })),
        Some(_) => {}
        None => conditions.retain(|condition| condition.text("type") != "ReplicaFailure"),
    }
    conditions
}

/// `spec.minReadySeconds`.
pub fn min_ready(set: &Object) -> Duration {
    Duration::from_secs(set.int("spec.minReadySeconds").and_then(|seconds| u64::try_from(seconds).ok()).unwrap_or(0))
}

/// When a ready pod counts as available: `wait` after it became ready. `None` for pods that are not ready. Models
/// pkg/api/v1/pod IsPodAvailable.
pub fn available_at(object: &Object, wait: Duration, epoch: Epoch) -> Option<Time> {
    let since = pod::ready_since(object)?;
    if wait.is_zero() { Some(Time::ZERO) } else { epoch.parse(since).map(|since| since + wait) }
}
