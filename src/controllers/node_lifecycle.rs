//! The node lifecycle controller: what is said of a node's state in taints.
//!
//! A cordoned node gets the taint `node.kubernetes.io/unschedulable` and loses it again. Nodes do not fail here, so
//! there is nothing else to taint. Called by `cluster`; never writes by itself, never evicts a pod.
//!
//! Models pkg/controller/nodelifecycle doNoScheduleTaintingPass.

use super::{Controller, Plan, View, Write};
use crate::api::{Fields, Object, ResourceId, Status, Value, json};
use crate::clock::Component;
use crate::store::{Change, Key, Store};
use std::sync::Arc;
use std::time::Duration;

const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";

/// The controller. It remembers nothing.
#[derive(Clone, Debug, Default)]
pub struct NodeLifecycleController;

impl Controller for NodeLifecycleController {
    fn component(&self) -> Component {
        Component::NodeLifecycleController
    }

    fn watch(&mut self, change: &Change, _store: &Store) -> Vec<Key> {
        let is_wrong = |node: &Arc<Object>| node.is_true("spec.unschedulable") != is_tainted(node);
        let concerns = change.key.resource == ResourceId::NODES && change.new.as_ref().is_some_and(is_wrong);
        if concerns { vec![change.key.clone()] } else { Vec::new() }
    }

    fn plan(&mut self, key: &Key, view: &View<'_>) -> Plan {
        let Some(node) = view.store.get(key) else { return Plan::default() };
        let cordoned = node.is_true("spec.unschedulable");
        if cordoned == is_tainted(node) {
            return Plan::default();
        }
        let mut taints: Vec<Value> =
            node.items("spec.taints").iter().filter(|taint| !is_ours(taint)).cloned().collect();
        if cordoned {
            let now = view.epoch.timestamp(view.now);
            taints.push(json!({"key": UNSCHEDULABLE, "effect": "NoSchedule", "timeAdded": now}));
        }
        let mut object = Object::clone(node);
        if taints.is_empty() {
            object.remove("spec.taints");
        } else {
            object.set("spec.taints", taints.into());
        }
        Plan::of(Write::Update { resource: ResourceId::NODES, object })
    }

    fn done(&mut self, _key: &Key, _write: &Write, result: Result<&Arc<Object>, &Status>, _view: &View<'_>) -> Plan {
        let failed = result.is_err_and(|status| status.code != 404);
        Plan { writes: Vec::new(), again: failed.then_some(Duration::from_secs(1)) }
    }
}

fn is_ours(taint: &Value) -> bool {
    taint.text("key") == UNSCHEDULABLE && taint.text("effect") == "NoSchedule"
}

fn is_tainted(node: &Object) -> bool {
    node.items("spec.taints").iter().any(is_ours)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Epoch, EventId, Time};

    #[test]
    fn cordons_are_taints_too() {
        let other = json!({"key": "maint", "effect": "NoSchedule"});
        let ours = json!({"key": UNSCHEDULABLE, "effect": "NoSchedule", "timeAdded": "1970-01-01T00:00:00Z"});
        for (cordoned, before, after) in [
            (true, json!([other]), Some(json!([other, ours]))),
            (true, json!([ours]), None),
            (false, json!([ours, other]), Some(json!([other]))),
            (false, json!([ours]), Some(Value::Null)),
            (false, json!([other]), None),
        ] {
            let mut store = Store::default();
            let spec = json!({"unschedulable": cordoned, "taints": before});
            let node = json!({"kind": "Node", "metadata": {"name": "node1", "uid": "1"}, "spec": spec});
            let node = store.put(ResourceId::NODES, Object::new(node).unwrap(), Time::ZERO, EventId(0));
            let view = View { store: &store, now: Time::ZERO, epoch: Epoch(0) };
            let plan = NodeLifecycleController.plan(&Key::of(ResourceId::NODES, &node), &view);
            let written = plan.writes.first().map(|write| match write {
                Write::Update { object, .. } => object.at("spec.taints").cloned().unwrap_or_default(),
                other => panic!("{other:?}"),
            });
            assert_eq!(written, after, "{cordoned} {before}");
        }
    }
}
