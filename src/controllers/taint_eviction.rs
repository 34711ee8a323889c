//! The taint eviction controller: pods that do not tolerate a `NoExecute` taint of their node go.
//!
//! A pod that tolerates all such taints for a time goes when the time is over, unless the taint has gone before. Called
//! by `cluster`; never writes by itself.
//!
//! Models pkg/controller/tainteviction.

use super::scheduler::affinity;
use super::{Controller, Plan, Propagation, View, Write};
use crate::api::{Fields, Object, ResourceId, Status, Value, json, pod};
use crate::clock::{Component, Time};
use crate::order::SortedMap;
use crate::store::{Change, Key, Store};
use std::sync::Arc;
use std::time::Duration;

const NO_EXECUTE: &str = "NoExecute";

/// The controller, with the pods that wait for the end of what they tolerate.
#[derive(Clone, Debug, Default)]
pub struct TaintEvictionController {
    /// Since when each waits.
    waiting: SortedMap<Key, Time>,
}

impl Controller for TaintEvictionController {
    fn component(&self) -> Component {
        Component::TaintEvictionController
    }

    fn watch(&mut self, change: &Change, store: &Store) -> Vec<Key> {
        match change.key.resource {
            ResourceId::PODS => {
                let node = change.new.as_ref().and_then(|pod| store.find(ResourceId::NODES, "", pod::node(pod)));
                let concerns = node.is_some_and(|node| taints(node).next().is_some());
                if concerns || self.waiting.contains_key(&change.key) { vec![change.key.clone()] } else { Vec::new() }
            }
            ResourceId::NODES => {
                let of = |node: &Option<Arc<Object>>| -> Vec<Value> {
                    node.iter().flat_map(|node| taints(node)).cloned().collect()
                };
                if of(&change.old) == of(&change.new) {
                    return Vec::new();
                }
                let pods = store.list(ResourceId::PODS, None).filter(|pod| pod::node(pod) == change.key.name);
                pods.map(|pod| Key::of(ResourceId::PODS, pod)).collect()
            }
            _ => Vec::new(),
        }
    }

    fn plan(&mut self, key: &Key, view: &View<'_>) -> Plan {
        let Some(pod) = view.store.get(key).filter(|pod| !pod.is_being_deleted()) else {
            self.waiting.remove(key);
            return Plan::default();
        };
        let node = view.store.find(ResourceId::NODES, "", pod::node(pod));
        let taints: Vec<&Value> = node.into_iter().flat_map(|node| taints(node)).collect();
        match patience(pod, &taints) {
            Some(patience) => {
                let now = view.now;
                let since = *self.waiting.entry(key.clone()).or_insert(now);
                let waited = now.since(since);
                if waited < patience {
                    return Plan { writes: Vec::new(), again: Some(patience.saturating_sub(waited)) };
                }
                self.waiting.remove(key);
                Plan { writes: evict(key, pod, view), again: None }
            }
            // What is tolerated for ever, or gone, no longer counts down.
            None if self.waiting.remove(key).is_some() && taints.is_empty() => {
                Plan::of(event(key, "Cancelling deletion of"))
            }
            None => Plan::default(),
        }
    }

    fn done(&mut self, _key: &Key, write: &Write, result: Result<&Arc<Object>, &Status>, _view: &View<'_>) -> Plan {
        let deletes = matches!(write, Write::Delete { .. });
        let failed = deletes && result.is_err_and(|status| status.code != 404);
        Plan { writes: Vec::new(), again: failed.then_some(Duration::from_millis(10)) }
    }
}

fn taints(node: &Object) -> impl Iterator<Item = &Value> {
    node.items("spec.taints").iter().filter(|taint| taint.text("effect") == NO_EXECUTE)
}

/// How long the pod stays with these taints; `None` is for ever. Models getMinTolerationTime.
fn patience(pod: &Object, taints: &[&Value]) -> Option<Duration> {
    let mut least: Option<Duration> = None;
    for taint in taints {
        let toleration = pod.items("spec.tolerations").iter().find(|one| affinity::is_tolerated_by(taint, one));
        let seconds = match toleration {
            Some(toleration) => toleration.int("tolerationSeconds"),
            None => Some(0),
        };
        if let Some(seconds) = seconds {
            let time = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
            least = Some(least.map_or(time, |least| least.min(time)));
        }
    }
    least
}

fn evict(key: &Key, pod: &Object, view: &View<'_>) -> Vec<Write> {
    let mut object = pod.clone();
    let mut conditions = pod.items("status.conditions").to_vec();
    conditions.push(json!({
        "type": "DisruptionTarget",
        "status": "True",
        "reason": "DeletionByTaintManager",
        "message": "Taint manager: deleting due to NoExecute taint",
        "lastProbeTime": Value::Null,
        "lastTransitionTime": view.epoch.timestamp(view.now),
    }));
    object.set_items("status.conditions", conditions);
    vec![
        event(key, "Marking for deletion"),
        Write::UpdateStatus { resource: ResourceId::PODS, object },
        Write::Delete { key: key.clone(), uid: None, propagation: Propagation::Background, grace: None },
    ]
}

/// Upstream's events about an eviction name the pod without its uid.
fn event(key: &Key, what: &str) -> Write {
    Write::Event {
        about: key.clone(),
        uid: String::new(),
        field_path: String::new(),
        warning: false,
        reason: "TaintManagerEviction",
        message: format!("{what} Pod {}/{}", key.namespace, key.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pod_stays_as_long_as_its_least_patient_toleration() {
        let taint = |key: &str| json!({"key": key, "effect": NO_EXECUTE});
        let (a, b) = (taint("a"), taint("b"));
        let for_ever = json!({"key": "a", "operator": "Exists"});
        let a_while = json!({"key": "b", "operator": "Exists", "tolerationSeconds": 30});
        let shorter = json!({"operator": "Exists", "tolerationSeconds": 10});
        for (tolerations, taints, seconds) in [
            (json!([]), vec![], None),
            (json!([]), vec![&a], Some(0)),
            (json!([for_ever]), vec![&a], None),
            (json!([for_ever]), vec![&a, &b], Some(0)),
            (json!([for_ever, a_while]), vec![&a, &b], Some(30)),
            (json!([a_while, shorter]), vec![&b], Some(30)),
            (json!([a_while, shorter]), vec![&a, &b], Some(10)),
        ] {
            let pod = Object::new(json!({"kind": "Pod", "spec": {"tolerations": tolerations}})).unwrap();
            assert_eq!(patience(&pod, &taints), seconds.map(Duration::from_secs), "{tolerations} {taints:?}");
        }
    }
}
