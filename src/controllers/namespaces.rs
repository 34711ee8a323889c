//! The namespace controller: furnishes new namespaces and empties those that are being deleted.
//!
//! In kube-controller-manager three controllers do this: namespace, serviceaccount and root-ca-cert-publisher. Called
//! by `cluster`; never writes by itself.
//!
//! Models pkg/controller/namespace/deletion.

use super::{Controller, Plan, Propagation, View, Write};
use crate::api::{Fields, Object, ResourceId, Value, json, pod};
use crate::apiserver::namespace_furniture;
use crate::clock::{Component, Time};
use crate::order::SortedMap;
use crate::store::{Change, Key, Store};
use std::sync::Arc;
use std::time::Duration;

/// How long other servers are given to hear of the end of a namespace, before its content is looked at.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long content with finalizers is thought to take, in seconds.
const FINALIZERS_TAKE: u64 = 15;

/// Pods that should be gone and are not are looked at again after this time.
const SOON: Duration = Duration::from_millis(100);

/// The namespace controller, with the namespaces that end and when each is looked at.
#[derive(Clone, Debug, Default)]
pub struct NamespaceController {
    due: SortedMap<Key, Time>,
}

impl Controller for NamespaceController {
    fn component(&self) -> Component {
        Component::NamespaceController
    }

    fn watch(&mut self, change: &Change, store: &Store) -> Vec<Key> {
        if change.key.resource == ResourceId::NAMESPACES {
            match &change.new {
                None => drop(self.due.remove(&change.key)),
                Some(namespace) if namespace.is_being_deleted() => self.look_at(&change.key, change.at + PATIENCE),
                Some(_) => {}
            }
            return vec![change.key.clone()];
        }
        let is_furniture = matches!(change.key.resource, ResourceId::SERVICE_ACCOUNTS | ResourceId::CONFIG_MAPS);
        if !is_furniture || change.new.is_some() {
            return Vec::new();
        }
        let namespace = Key::new(ResourceId::NAMESPACES, "", change.key.namespace.clone());
        let stays = store.get(&namespace).is_some_and(|namespace| !namespace.is_being_deleted());
        if stays { vec![namespace] } else { Vec::new() }
    }

    fn plan(&mut self, key: &Key, view: &View<'_>) -> Plan {
        let Some(namespace) = view.store.get(key) else { return Plan::default() };
        if !namespace.is_being_deleted() {
            return Plan { writes: furnish(&key.name, view.store), again: None };
        }
        match self.due.get(key) {
            Some(due) if *due > view.now => Plan { writes: Vec::new(), again: Some(due.since(view.now)) },
            Some(_) => self.empty(key, namespace, view),
            None => Plan::default(),
        }
    }
}

impl NamespaceController {
    /// Looks at a namespace then, or before where that was wanted already. Models the work queue's AddAfter.
    fn look_at(&mut self, key: &Key, at: Time) {
        let due = self.due.entry(key.clone()).or_insert(at);
        *due = at.min(*due);
    }

    /// Deletes what is left in a namespace: pods first, and the rest when none of them is left. Models deleteAllContent.
    fn empty(&mut self, key: &Key, namespace: &Object, view: &View<'_>) -> Plan {
        self.due.remove(key);
        let pods: Vec<(ResourceId, &Arc<Object>)> =
            view.store.list(ResourceId::PODS, Some(&key.name)).map(|pod| (ResourceId::PODS, pod)).collect();
        let mut writes = deletions(&pods);
        let mut left: Vec<_> = pods.iter().copied().filter(|(_, pod)| stays(pod)).collect();
        let mut estimate = seconds_of_pods(&pods, namespace, view);
        if left.is_empty() {
            let kinds = ResourceId::all().filter(|kind| kind.info().namespaced && *kind != ResourceId::PODS);
            let content: Vec<_> = kinds
                .flat_map(|kind| view.store.list(kind, Some(&key.name)).map(move |object| (kind, object)))
                .collect();
            writes.extend(deletions(&content));
            left = content.into_iter().filter(|(_, object)| has_finalizers(object)).collect();
        }
        if estimate == 0 && left.iter().any(|(_, object)| has_finalizers(object)) {
            estimate = FINALIZERS_TAKE;
        }
        if let Some(object) = with_conditions(namespace, &left, view) {
            writes.push(Write::UpdateStatus { resource: ResourceId::NAMESPACES, object });
        }
        if left.is_empty() {
            writes.push(Write::Finalize { namespace: key.name.clone() });
            return Plan { writes, again: None };
        }
        let again = if estimate == 0 { SOON } else { Duration::from_secs(estimate / 2 + 1) };
        self.look_at(key, view.now + again);
        Plan { writes, again: Some(again) }
    }
}

fn deletions(content: &[(ResourceId, &Arc<Object>)]) -> Vec<Write> {
    let open = content.iter().filter(|(_, object)| !object.is_being_deleted());
    let delete = |(resource, object): &(ResourceId, &Arc<Object>)| Write::Delete {
        key: Key::of(*resource, object),
        uid: Some(object.uid().to_owned()),
        propagation: Propagation::Background,
        grace: None,
    };
    open.map(delete).collect()
}

fn has_finalizers(object: &Object) -> bool {
    !object.items("metadata.finalizers").is_empty()
}

/// Whether a pod is still there when its deletion was asked for.
fn stays(pod: &Object) -> bool {
    let runs = !pod::node(pod).is_empty() && !pod::is_terminal(pod);
    has_finalizers(pod) || pod.is_being_deleted() || (runs && grace(pod) > 0)
}

fn grace(pod: &Object) -> u64 {
    pod.int("spec.terminationGracePeriodSeconds").and_then(|seconds| u64::try_from(seconds).ok()).unwrap_or(0)
}

/// How long the pods may take; 0 when that time is over. Models estimateGracefulTermination.
fn seconds_of_pods(pods: &[(ResourceId, &Arc<Object>)], namespace: &Object, view: &View<'_>) -> u64 {
    let longest = pods.iter().filter(|(_, pod)| !pod::is_terminal(pod)).map(|(_, pod)| grace(pod)).max().unwrap_or(0);
    let since = view.epoch.parse(namespace.text("metadata.deletionTimestamp")).unwrap_or(view.now);
    if view.now.since(since) >= Duration::from_secs(longest) { 0 } else { longest }
}

/// Conditions of a namespace that ends: the type, and the reason and message while all is well. Models conditionTypes,
/// okMessages and okReasons.
const CONDITIONS: &[(&str, &str, &str)] = &[
    ("NamespaceDeletionDiscoveryFailure", "ResourcesDiscovered", "All resources successfully discovered"),
    ("NamespaceDeletionGroupVersionParsingFailure", "ParsedGroupVersions", "All legacy kube types successfully parsed"),
    (
        "NamespaceDeletionContentFailure",
        "ContentDeleted",
        "All content successfully deleted, may be waiting on finalization",
    ),
    ("NamespaceContentRemaining", "ContentRemoved", "All content successfully removed"),
    ("NamespaceFinalizersRemaining", "ContentHasNoFinalizers", "All content-preserving finalizers finished"),
];

/// The namespace that says what is left in it; `None` where it says so already. Models namespaceConditionUpdater.
fn with_conditions(namespace: &Object, left: &[(ResourceId, &Arc<Object>)], view: &View<'_>) -> Option<Object> {
    let mut kinds: SortedMap<String, usize> = SortedMap::new();
    let mut finalizers: SortedMap<&str, usize> = SortedMap::new();
    for (resource, object) in left {
        let info = resource.info();
        *kinds.entry(format!("{}.{}", info.plural, info.group)).or_default() += 1;
        for finalizer in object.items("metadata.finalizers").iter().filter_map(Value::as_str) {
            *finalizers.entry(finalizer).or_default() += 1;
        }
    }
    let kinds: Vec<String> =
        kinds.iter().map(|(kind, count)| format!("{kind} has {count} resource instances")).collect();
    let finalizers: Vec<String> =
        finalizers.iter().map(|(name, count)| format!("{name} in {count} resource instances")).collect();
    let before = namespace.items("status.conditions");
    let now = view.epoch.timestamp(view.now);
    let condition = |(kind, reason, message): &(&str, &str, &str)| {
        let (list, words, why) = match *kind {
            "NamespaceContentRemaining" => (&kinds, "Some resources are remaining", "SomeResourcesRemain"),
            "NamespaceFinalizersRemaining" => {
                (&finalizers, "Some content in the namespace has finalizers remaining", "SomeFinalizersRemain")
            }
            _ => (&Vec::new(), "", ""),
        };
        let (status, reason, message) = if list.is_empty() {
            ("False", *reason, (*message).to_owned())
        } else {
            ("True", why, format!("{words}: {}", list.join(", ")))
        };
        let same = before.iter().find(|one| one.text("type") == *kind && one.text("status") == status);
        let since = same.map_or(now.as_str(), |same| same.text("lastTransitionTime"));
        json!({"type": kind, "status": status, "reason": reason, "message": message, "lastTransitionTime": since})
    };
    let after: Vec<Value> = CONDITIONS.iter().map(condition).collect();
    if after == before {
        return None;
    }
    let mut namespace = namespace.clone();
    namespace.set_items("status.conditions", after);
    Some(namespace)
}

/// What a namespace should have and has not.
fn furnish(namespace: &str, store: &Store) -> Vec<Write> {
    namespace_furniture(namespace)
        .into_iter()
        .filter_map(|(resource, body)| {
            let object = Object::new(body).ok()?;
            let missing = store.find(resource, namespace, object.name()).is_none();
            missing.then_some(Write::Create { resource, object })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;
    use crate::clock::{Epoch, EventId, Time};

    fn plan(controller: &mut NamespaceController, store: &Store, seconds: u64) -> Plan {
        let now = Time::ZERO + Duration::from_secs(seconds);
        let view = View { store, now, epoch: Epoch(1_767_225_600) };
        controller.plan(&Key::new(ResourceId::NAMESPACES, "", "shop"), &view)
    }

    #[test]
    fn a_namespace_is_furnished_then_emptied_then_let_go() {
        let mut store = Store::default();
        let mut controller = NamespaceController::default();
        let put = |store: &mut Store, resource, value| {
            store.put(resource, Object::new(value).unwrap(), Time::ZERO, EventId(0));
        };
        put(&mut store, ResourceId::NAMESPACES, json!({"metadata": {"name": "shop"}}));
        let writes = plan(&mut controller, &store, 0).writes;
        assert!(matches!(writes.as_slice(), [Write::Create { .. }, Write::Create { .. }]), "{writes:?}");

        let running = json!({"nodeName": "node1", "terminationGracePeriodSeconds": 30});
        put(&mut store, ResourceId::PODS, json!({"metadata": {"name": "a", "namespace": "shop"}, "spec": running}));
        put(&mut store, ResourceId::SERVICES, json!({"metadata": {"name": "web", "namespace": "shop"}}));
        put(&mut store, ResourceId::SERVICES, json!({"metadata": {"name": "web", "namespace": "default"}}));
        let ends = json!({"metadata": {"name": "shop", "deletionTimestamp": "2026-01-01T00:00:00Z"}});
        put(&mut store, ResourceId::NAMESPACES, ends);
        let change = store.changes_since(0).last().unwrap().clone();
        controller.watch(&change, &store);
        assert_eq!(plan(&mut controller, &store, 2), Plan { writes: Vec::new(), again: Some(Duration::from_secs(3)) });

        // Pods come first and may take half of their time.
        let Plan { writes, again } = plan(&mut controller, &store, 5);
        let [Write::Delete { key, .. }, Write::UpdateStatus { object, .. }] = writes.as_slice() else {
            panic!("{writes:?}")
        };
        assert_eq!((key.name.as_str(), again), ("a", Some(Duration::from_secs(16))));
        let said: Vec<&str> = object.items("status.conditions").iter().map(|one| one.text("message")).collect();
        assert_eq!(said[3], "Some resources are remaining: pods. has 1 resource instances");

        store.remove(&Key::new(ResourceId::PODS, "shop", "a"), Time::ZERO, EventId(0));
        let writes = plan(&mut controller, &store, 21).writes;
        let [Write::Delete { key, .. }, Write::UpdateStatus { .. }, Write::Finalize { .. }] = writes.as_slice() else {
            panic!("{writes:?}")
        };
        assert_eq!((key.namespace.as_str(), key.name.as_str()), ("shop", "web"));
    }
}
