//! The garbage collector: what nobody owns any more goes, and what waits for its dependents waits for nothing else.
//!
//! Looks at owner references and at the finalizers `orphan` and `foregroundDeletion`. Called by `cluster`; never writes
//! by itself and keeps no graph of its own: the store's index by owner is one.
//!
//! Models pkg/controller/garbagecollector.

use super::{Controller, Plan, Propagation, View, Write};
use crate::api::{Fields, Object, ResourceId, Value};
use crate::clock::Component;
use crate::store::{Change, Key, Store};
use std::sync::Arc;

const ORPHAN: &str = "orphan";
const FOREGROUND: &str = "foregroundDeletion";

/// The garbage collector. It remembers nothing.
#[derive(Clone, Debug, Default)]
pub struct GarbageCollector;

/// What an owner reference leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    /// The owner is there.
    Solid,
    /// It is not, or it is another object of the name.
    Gone,
    /// It is being deleted, after what it owns.
    Waiting,
    /// Nothing can be decided: the cluster does not serve its kind, or what is owned has no namespace to look in.
    Unknown,
}

impl Controller for GarbageCollector {
    fn component(&self) -> Component {
        Component::GarbageCollector
    }

    fn watch(&mut self, change: &Change, store: &Store) -> Vec<Key> {
        let Some(latest) = change.latest() else { return Vec::new() };
        let mut keys = Vec::new();
        if let Some(new) = &change.new {
            if has_owners(new) || waits(new) {
                keys.push(change.key.clone());
            }
            return keys;
        }
        keys.extend(store.owned_by(latest.uid()).cloned());
        // An owner may have waited for just this.
        let owners = latest.items("metadata.ownerReferences").iter();
        keys.extend(owners.filter_map(|owner| store.with_uid(owner.text("uid"))).cloned());
        keys
    }

    fn plan(&mut self, key: &Key, view: &View<'_>) -> Plan {
        let Some(object) = view.store.get(key) else { return Plan::default() };
        let writes = if object.is_being_deleted() && has_finalizer(object, ORPHAN) {
            orphan_dependents(key, object, view.store)
        } else if object.is_being_deleted() && has_finalizer(object, FOREGROUND) {
            let mut writes = delete_dependents(key, object, view.store);
            if writes.is_empty() && has_owners(object) {
                writes = collect(key, object, view.store);
            }
            writes
        } else if object.is_being_deleted() {
            Vec::new()
        } else {
            collect(key, object, view.store)
        };
        Plan { writes, again: None }
    }
}

fn has_owners(object: &Object) -> bool {
    !object.items("metadata.ownerReferences").is_empty()
}

fn has_finalizer(object: &Object, name: &str) -> bool {
    object.items("metadata.finalizers").iter().any(|finalizer| finalizer == name)
}

/// Whether it is being deleted and the collector has something to do before it goes.
fn waits(object: &Object) -> bool {
    object.is_being_deleted() && (has_finalizer(object, ORPHAN) || has_finalizer(object, FOREGROUND))
}

fn without_finalizer(resource: ResourceId, object: &Object, name: &str) -> Write {
    let mut object = object.clone();
    let left: Vec<Value> =
        object.items("metadata.finalizers").iter().filter(|finalizer| *finalizer != name).cloned().collect();
    object.set_items("metadata.finalizers", left);
    Write::Update { resource, object }
}

fn without_owners(resource: ResourceId, object: &Object, is_gone: impl Fn(&Value) -> bool) -> Write {
    let mut object = object.clone();
    let left: Vec<Value> =
        object.items("metadata.ownerReferences").iter().filter(|owner| !is_gone(owner)).cloned().collect();
    object.set_items("metadata.ownerReferences", left);
    Write::Update { resource, object }
}

/// What `owner` owns, by the store's index: objects of its namespace that name its uid.
fn dependents<'a>(owner: &Key, object: &Object, store: &'a Store) -> Vec<(&'a Key, &'a Arc<Object>)> {
    store
        .owned_by(object.uid())
        .filter(|key| owner.namespace.is_empty() || key.namespace == owner.namespace)
        .filter_map(|key| Some((key, store.get(key)?)))
        .collect()
}

/// Takes the owner reference from each dependent, then lets the owner go. Models orphanDependents.
fn orphan_dependents(key: &Key, object: &Object, store: &Store) -> Vec<Write> {
    let uid = object.uid();
    let mut writes: Vec<Write> = dependents(key, object, store)
        .into_iter()
        .map(|(key, dependent)| without_owners(key.resource, dependent, |owner| owner.text("uid") == uid))
        .collect();
    writes.push(without_finalizer(key.resource, object, ORPHAN));
    writes
}

/// Deletes the dependents that hold the owner back; without any, lets it go. Models processDeletingDependentsItem.
fn delete_dependents(key: &Key, object: &Object, store: &Store) -> Vec<Write> {
    let uid = object.uid();
    let blocks = |dependent: &Object| {
        let owners = dependent.items("metadata.ownerReferences").iter();
        owners.filter(|owner| owner.text("uid") == uid).any(|owner| owner.is_true("blockOwnerDeletion"))
    };
    let blocking: Vec<_> =
        dependents(key, object, store).into_iter().filter(|(_, dependent)| blocks(dependent)).collect();
    if blocking.is_empty() {
        return vec![without_finalizer(key.resource, object, FOREGROUND)];
    }
    let open = blocking.into_iter().filter(|(_, dependent)| !dependent.is_being_deleted());
    open.flat_map(|(key, dependent)| collect(key, dependent, store)).collect()
}

fn classify(key: &Key, reference: &Value, store: &Store) -> Owner {
    let Some(resource) = ResourceId::of_manifest(reference.text("apiVersion"), reference.text("kind")) else {
        return Owner::Unknown;
    };
    if resource.info().namespaced && key.namespace.is_empty() {
        return Owner::Unknown;
    }
    let namespace = if resource.info().namespaced { key.namespace.as_str() } else { "" };
    let owner = store.find(resource, namespace, reference.text("name"));
    match owner.filter(|owner| owner.uid() == reference.text("uid")) {
        None => Owner::Gone,
        Some(owner) if owner.is_being_deleted() && has_finalizer(owner, FOREGROUND) => Owner::Waiting,
        Some(_) => Owner::Solid,
    }
}

/// Deletes an object that has owners, none of which is there to stay; drops references to those that are gone where
/// others are. Models attemptToDeleteItem.
fn collect(key: &Key, object: &Object, store: &Store) -> Vec<Write> {
    let owners: Vec<(&Value, Owner)> = object
        .items("metadata.ownerReferences")
        .iter()
        .map(|reference| (reference, classify(key, reference, store)))
        .collect();
    if owners.is_empty() || owners.iter().any(|(_, owner)| *owner == Owner::Unknown) {
        return Vec::new();
    }
    let mut writes: Vec<Write> = owners
        .iter()
        .filter(|(reference, owner)| *owner == Owner::Gone && lives_elsewhere(key, reference, store))
        .map(|(reference, _)| told_elsewhere(key, object, reference))
        .collect();
    writes.extend(decide(key, object, &owners, store));
    writes
}

/// Whether the owner is in another namespace, where it owns nothing of this one.
fn lives_elsewhere(key: &Key, reference: &Value, store: &Store) -> bool {
    let owner = store.with_uid(reference.text("uid"));
    owner.is_some_and(|owner| !owner.namespace.is_empty() && owner.namespace != key.namespace)
}

/// Models reportInvalidNamespaceOwnerRef.
fn told_elsewhere(key: &Key, object: &Object, reference: &Value) -> Write {
    let namespace = &key.namespace;
    let text = |field: &str| reference.text(field);
    let (version, kind, name, uid) = (text("apiVersion"), text("kind"), text("name"), text("uid"));
    let owner = format!("[{version}/{kind}, namespace: {namespace}, name: {name}, uid: {uid}]");
    Write::Event {
        about: key.clone(),
        uid: object.uid().to_owned(),
        field_path: String::new(),
        warning: true,
        reason: "OwnerRefInvalidNamespace",
        message: format!("ownerRef {owner} does not exist in namespace \"{namespace}\""),
    }
}

fn decide(key: &Key, object: &Object, owners: &[(&Value, Owner)], store: &Store) -> Vec<Write> {
    if owners.iter().any(|(_, owner)| *owner == Owner::Solid) {
        if owners.iter().all(|(_, owner)| *owner == Owner::Solid) {
            return Vec::new();
        }
        let gone: Vec<&str> =
            owners.iter().filter(|(_, owner)| *owner != Owner::Solid).map(|(value, _)| value.text("uid")).collect();
        return vec![without_owners(key.resource, object, |owner| gone.contains(&owner.text("uid")))];
    }
    if object.is_being_deleted() {
        return Vec::new();
    }
    let waiting = owners.iter().any(|(_, owner)| *owner == Owner::Waiting);
    let has_dependents = store.owned_by(object.uid()).next().is_some();
    let propagation = if has_finalizer(object, ORPHAN) {
        Propagation::Orphan
    } else if (waiting && has_dependents) || has_finalizer(object, FOREGROUND) {
        Propagation::Foreground
    } else {
        Propagation::Background
    };
    vec![Write::Delete { key: key.clone(), uid: Some(object.uid().to_owned()), propagation, grace: None }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;
    use crate::clock::{Epoch, EventId, Time};

    fn object(kind: &str, name: &str, owner: Option<(&str, &str)>, more: &Value) -> Object {
        let mut object = Object::new(json!({
            "kind": kind, "metadata": {"name": name, "namespace": "default", "uid": format!("uid-{name}")},
        }))
        .unwrap();
        if let Some((kind, name)) = owner {
            let reference = json!({"apiVersion": "apps/v1", "kind": kind, "name": name, "uid": format!("uid-{name}"),
                "controller": true, "blockOwnerDeletion": true});
            object.set("metadata.ownerReferences", json!([reference]));
        }
        for (field, value) in more.as_object().unwrap() {
            object.set(&format!("metadata.{field}"), value.clone());
        }
        object
    }

    fn plan(store: &Store, resource: ResourceId, name: &str) -> Vec<Write> {
        let view = View { store, now: Time::ZERO, epoch: Epoch(0) };
        GarbageCollector.plan(&Key::new(resource, "default", name), &view).writes
    }

    fn store(objects: Vec<(ResourceId, Object)>) -> Store {
        let mut store = Store::default();
        for (resource, object) in objects {
            store.put(resource, object, Time::ZERO, EventId(0));
        }
        store
    }

    #[test]
    fn what_lost_its_owner_is_deleted_and_what_has_one_stays() {
        let pod = |owner| object("Pod", "a", Some(("ReplicaSet", owner)), &json!({}));
        let set = object("ReplicaSet", "web", None, &json!({}));
        let kept = store(vec![(ResourceId::PODS, pod("web")), (ResourceId::REPLICA_SETS, set)]);
        assert_eq!(plan(&kept, ResourceId::PODS, "a"), []);
        let lost = store(vec![(ResourceId::PODS, pod("web"))]);
        let writes = plan(&lost, ResourceId::PODS, "a");
        assert!(
            matches!(writes.as_slice(), [Write::Delete { propagation: Propagation::Background, grace: None, .. }]),
            "{writes:?}"
        );
    }

    #[test]
    fn owners_of_other_namespaces_and_unknown_kinds_are_told_apart() {
        let mut elsewhere = object("ReplicaSet", "web", None, &json!({}));
        elsewhere.set("metadata.namespace", json!("shop"));
        let pod = || object("Pod", "a", Some(("ReplicaSet", "web")), &json!({}));
        let all = store(vec![(ResourceId::PODS, pod()), (ResourceId::REPLICA_SETS, elsewhere)]);
        let writes = plan(&all, ResourceId::PODS, "a");
        let [Write::Event { message, .. }, Write::Delete { .. }] = writes.as_slice() else { panic!("{writes:?}") };
        assert_eq!(
            message,
            "ownerRef [apps/v1/ReplicaSet, namespace: default, name: web, uid: uid-web] does not exist in namespace \
             \"default\""
        );
        let unknown = object("Pod", "a", Some(("Widget", "web")), &json!({}));
        assert_eq!(plan(&store(vec![(ResourceId::PODS, unknown)]), ResourceId::PODS, "a"), []);
    }

    #[test]
    fn foreground_deletion_goes_down_the_tree_and_back_up() {
        let ends = json!({"deletionTimestamp": "2026-01-01T00:00:00Z", "finalizers": [FOREGROUND]});
        let deployment = object("Deployment", "web", None, &ends);
        let set = object("ReplicaSet", "web-1", Some(("Deployment", "web")), &json!({}));
        let pod = object("Pod", "web-1-a", Some(("ReplicaSet", "web-1")), &json!({}));
        let mut all = store(vec![
            (ResourceId::DEPLOYMENTS, deployment),
            (ResourceId::REPLICA_SETS, set),
            (ResourceId::PODS, pod),
        ]);
        let writes = plan(&all, ResourceId::DEPLOYMENTS, "web");
        assert!(
            matches!(writes.as_slice(), [Write::Delete { propagation: Propagation::Foreground, .. }]),
            "{writes:?}"
        );
        let set = object("ReplicaSet", "web-1", Some(("Deployment", "web")), &ends);
        all.put(ResourceId::REPLICA_SETS, set, Time::ZERO, EventId(0));
        assert_eq!(plan(&all, ResourceId::DEPLOYMENTS, "web"), []);
        let writes = plan(&all, ResourceId::REPLICA_SETS, "web-1");
        assert!(
            matches!(writes.as_slice(), [Write::Delete { propagation: Propagation::Background, .. }]),
            "{writes:?}"
        );
        all.remove(&Key::new(ResourceId::PODS, "default", "web-1-a"), Time::ZERO, EventId(0));
        let writes = plan(&all, ResourceId::REPLICA_SETS, "web-1");
        let [Write::Update { object, .. }] = writes.as_slice() else { panic!("{writes:?}") };
        assert_eq!(object.at("metadata.finalizers"), None);
    }

    #[test]
    fn orphans_lose_their_reference_first() {
        let ends = json!({"deletionTimestamp": "2026-01-01T00:00:00Z", "finalizers": [ORPHAN]});
        let all = store(vec![
            (ResourceId::REPLICA_SETS, object("ReplicaSet", "web", None, &ends)),
            (ResourceId::PODS, object("Pod", "a", Some(("ReplicaSet", "web")), &json!({}))),
        ]);
        let writes = plan(&all, ResourceId::REPLICA_SETS, "web");
        let [Write::Update { object: pod, .. }, Write::Update { object: set, .. }] = writes.as_slice() else {
            panic!("{writes:?}")
        };
        assert_eq!(pod.at("metadata.ownerReferences"), None);
        assert_eq!(set.at("metadata.finalizers"), None);
    }
}
