//! Whose an object is: the owner reference that marks a controller, and the rules by which a controller claims objects.
//!
//! Models pkg/controller/controller_ref_manager.go.

use crate::api::{Fields, Object, ResourceId, Selector, Value, json};
use crate::order::Order;
use crate::store::{Change, Key, Store};

/// What a controller does with an object that it looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It is its own and stays so.
    Keep,
    /// Nobody controls it and the selector selects it: it becomes its own.
    Adopt,
    /// It is its own, but the selector no longer selects it: it is let go.
    Release,
    /// It is none of its business.
    Ignore,
}

/// What `owner` does with `object`, which its selector `matches` or not. Models BaseControllerRefManager.ClaimObject.
pub fn claim(owner: &Object, matches: bool, object: &Object) -> Claim {
    match object.controller() {
        Some(controller) if controller.text("uid") != owner.uid() => Claim::Ignore,
        Some(_) if matches => Claim::Keep,
        Some(_) if owner.is_being_deleted() => Claim::Ignore,
        Some(_) => Claim::Release,
        None if owner.is_being_deleted() || !matches || object.is_being_deleted() => Claim::Ignore,
        None => Claim::Adopt,
    }
}

/// The owner reference that makes `owner` the controller. Models metav1.NewControllerRef.
pub fn controller_reference(owner: &Object) -> Value {
    json!({
        "apiVersion": owner.api_version(),
        "kind": owner.kind(),
        "name": owner.name(),
        "uid": owner.uid(),
        "controller": true,
        "blockOwnerDeletion": true,
    })
}

/// `object` with `owner` as its controller.
pub fn adopted(owner: &Object, object: &Object) -> Object {
    let mut references = others(owner, object);
    references.push(controller_reference(owner));
    let mut object = object.clone();
    object.set("metadata.ownerReferences", Value::Array(references));
    object
}

/// `object` without `owner` among its owners.
pub fn released(owner: &Object, object: &Object) -> Object {
    let references = others(owner, object);
    let mut object = object.clone();
    if references.is_empty() {
        object.remove("metadata.ownerReferences");
    } else {
        object.set("metadata.ownerReferences", Value::Array(references));
    }
    object
}

fn others(owner: &Object, object: &Object) -> Vec<Value> {
    object.items("metadata.ownerReferences").iter().filter(|one| one.text("uid") != owner.uid()).cloned().collect()
}

/// The key of the `resource` object that controls `object`, if that object still exists. Models resolveControllerRef.
pub fn controller_key(object: &Object, resource: ResourceId, store: &Store) -> Option<Key> {
    let controller = object.controller().filter(|controller| controller.text("kind") == resource.info().kind)?;
    let key = Key::new(resource, object.namespace(), controller.text("name"));
    store.get(&key).is_some_and(|owner| owner.uid() == controller.text("uid")).then_some(key)
}

/// The `resource` objects that a change to something they may own concerns: its controllers before and after, or, where
/// nobody controls it, all those that could adopt it. The objects' `spec.selector` says what they would adopt.
pub fn owners_to_tell(change: &Change, resource: ResourceId, store: &Store) -> Vec<Key> {
    let (old, new) = (change.old.as_deref(), change.new.as_deref());
    let mut keys: Vec<Key> =
        [new, old].into_iter().flatten().filter_map(|object| controller_key(object, resource, store)).collect();
    keys.dedup();
    let Some(object) = new.filter(|object| object.controller().is_none()) else { return keys };
    let orphaned =
        old.is_none_or(|old| old.controller().is_some() || old.at("metadata.labels") != object.at("metadata.labels"));
    if orphaned && !object.is_being_deleted() {
        for owner in store.list(resource, Some(object.namespace())) {
            if owner.at("spec.selector").is_some_and(|selector| Selector::of_label_selector(selector).selects(object)) {
                keys.push(Key::of(resource, owner));
            }
        }
        keys.order();
        keys.dedup();
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(value: Value) -> Object {
        Object::new(value).unwrap()
    }

    #[test]
    fn only_matching_orphans_are_adopted_and_only_own_objects_released() {
        let owner =
            object(json!({"kind": "ReplicaSet", "apiVersion": "apps/v1", "metadata": {"name": "web", "uid": "1"}}));
        let leaving = object(json!({"metadata": {"name": "web", "uid": "1", "deletionTimestamp": "now"}}));
        let pod = |app: &str, owner: Option<&str>, deleted: bool| {
            let mut pod = object(json!({"metadata": {"name": "a", "labels": {"app": app}}}));
            if let Some(uid) = owner {
                pod.set("metadata.ownerReferences", json!([{"uid": uid, "controller": true}]));
            }
            if deleted {
                pod.set("metadata.deletionTimestamp", json!("now"));
            }
            pod
        };
        for (by, app, owned, deleted, wanted) in [
            (&owner, "web", None, false, Claim::Adopt),
            (&owner, "web", None, true, Claim::Ignore),
            (&owner, "db", None, false, Claim::Ignore),
            (&leaving, "web", None, false, Claim::Ignore),
            (&owner, "web", Some("1"), false, Claim::Keep),
            (&owner, "web", Some("1"), true, Claim::Keep),
            (&owner, "db", Some("1"), false, Claim::Release),
            (&leaving, "db", Some("1"), false, Claim::Ignore),
            (&owner, "web", Some("2"), false, Claim::Ignore),
        ] {
            assert_eq!(claim(by, app == "web", &pod(app, owned, deleted)), wanted, "{app} {owned:?} {deleted}");
        }
        let mine = adopted(&owner, &pod("web", None, false));
        assert_eq!(mine.controller().map(|controller| controller.text("kind")), Some("ReplicaSet"));
        assert_eq!(released(&owner, &mine), pod("web", None, false));
    }
}
