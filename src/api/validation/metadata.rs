//! `metadata`: names, labels, annotations, owners, finalizers.
//!
//! Models apimachinery pkg/api/validation ValidateObjectMeta and ValidateObjectMetaUpdate.

use super::super::{Cause, Fields, Object, ResourceId, Settings, Value};
use super::{invalid_each, name};
use crate::order::Order;

/// All annotations of an object together, keys and values, in bytes.
const ANNOTATIONS_LIMIT: usize = 256 * 1024;

/// The rule for names of a kind.
fn name_rule(resource: ResourceId, settings: Settings) -> fn(&str) -> Vec<String> {
    match resource {
        ResourceId::SERVICES if settings.relaxed_service_names => name::dns_label,
        ResourceId::SERVICES => name::dns_1035_label,
        ResourceId::NAMESPACES => name::dns_label,
        ResourceId::ROLES
        | ResourceId::ROLE_BINDINGS
        | ResourceId::CLUSTER_ROLES
        | ResourceId::CLUSTER_ROLE_BINDINGS => name::path_segment,
        _ => name::dns_subdomain,
    }
}

/// Checks the metadata of an object, new or not.
pub fn create(resource: ResourceId, object: &Object, settings: Settings, causes: &mut Vec<Cause>) {
    let rule = name_rule(resource, settings);
    let prefix = object.text("metadata.generateName");
    if !prefix.is_empty() {
        invalid_each("metadata.generateName", prefix, rule(&name::mask_trailing_dash(prefix)), causes);
    }
    if object.name().is_empty() {
        causes.push(Cause::required("metadata.name", "name or generateName is required"));
    } else {
        invalid_each("metadata.name", object.name(), rule(object.name()), causes);
    }
    let namespace = object.namespace();
    if !resource.info().namespaced {
        if !namespace.is_empty() {
            causes.push(Cause::forbidden("metadata.namespace", "not allowed on this type"));
        }
    } else if namespace.is_empty() {
        causes.push(Cause::required("metadata.namespace", ""));
    } else {
        invalid_each("metadata.namespace", namespace, name::dns_label(namespace), causes);
    }
    if let Some(metadata) = object.at("metadata") {
        super::nonnegative(metadata, "metadata", "generation", causes);
    }
    common(object, causes);
    finalizers(object, causes);
    standard_finalizers(object, causes);
}

/// A finalizer without a domain must be one of Kubernetes' own. Models validateKubeFinalizerName.
fn standard_finalizers(object: &Object, causes: &mut Vec<Cause>) {
    for (place, finalizer) in object.items("metadata.finalizers").iter().enumerate() {
        let text = finalizer.as_str().unwrap_or("");
        if !text.contains('/') && !matches!(text, "kubernetes" | "orphan" | "foregroundDeletion") {
            let words = "name is neither a standard finalizer name nor is it fully qualified";
            causes.push(Cause::invalid(&format!("metadata.finalizers[{place}]"), finalizer, words));
        }
    }
}

/// What creating and updating check alike.
fn common(object: &Object, causes: &mut Vec<Cause>) {
    labels(object.value(), "metadata.labels", "metadata.labels", causes);
    annotations(object.value(), "metadata.annotations", "metadata.annotations", causes);
    owner_references(object, causes);
}

/// Checks the map of labels at `field` of `owner`; `path` is what errors name.
pub fn labels(owner: &Value, field: &str, path: &str, causes: &mut Vec<Cause>) {
    for (key, value) in owner.text_pairs(field) {
        invalid_each(path, key, name::check_label_key(key), causes);
        invalid_each(path, value, name::check_label_value(value), causes);
    }
}

/// Checks the map of annotations at `field` of `owner`; `path` is what errors name.
pub fn annotations(owner: &Value, field: &str, path: &str, causes: &mut Vec<Cause>) {
    let mut size = 0;
    for (key, value) in owner.text_pairs(field) {
        // Upper case counts as lower case here.
        invalid_each(path, key, name::check_label_key(&key.to_ascii_lowercase()), causes);
        size += key.len() + value.len();
    }
    if size > ANNOTATIONS_LIMIT {
        causes.push(Cause::too_long(path, ANNOTATIONS_LIMIT));
    }
}

fn owner_references(object: &Object, causes: &mut Vec<Cause>) {
    let path = "metadata.ownerReferences";
    let list = object.items(path);
    let mut first: Option<String> = None;
    for owner in list {
        let version = owner.text("apiVersion");
        let mut refuse = |field: &str, words: &str| {
            causes.push(Cause::invalid(&format!("{path}.{field}"), &Value::from(owner.text(field)), words));
        };
        // Two slashes are no version either.
        if version.ends_with('/') || version.is_empty() || version.matches('/').count() > 1 {
            refuse("apiVersion", "version must not be empty");
        }
        for field in ["kind", "name", "uid"] {
            if owner.text(field).is_empty() {
                refuse(field, "must not be empty");
            }
        }
        if version == "v1" && owner.text("kind") == "Event" {
            let words = "/v1, Kind=Event is disallowed from being an owner";
            causes.push(Cause::invalid_shown(path, &shown_owner(owner), words));
        }
        if owner.is_true("controller") {
            let this = format!("{}/{}", owner.text("kind"), owner.text("name"));
            if let Some(first) = &first {
                let words = "Only one reference can have Controller set to true. Found \"true\" in references for";
                let all: Vec<String> = list.iter().map(shown_owner).collect();
                let shown = format!("[{}]", all.join(","));
                causes.push(Cause::invalid_shown(path, &shown, &format!("{words} {first} and {this}")));
            } else {
                first = Some(this);
            }
        }
    }
}

/// An owner as Go prints it in messages.
fn shown_owner(owner: &Value) -> String {
    let mut fields: Vec<String> = ["apiVersion", "kind", "name", "uid"]
        .iter()
        .map(|field| format!("\"{field}\":{}", Value::from(owner.text(field))))
        .collect();
    let flags = ["controller", "blockOwnerDeletion"].iter();
    fields.extend(flags.filter_map(|flag| owner.get(flag).map(|value| format!("\"{flag}\":{value}"))));
    format!("{{{}}}", fields.join(","))
}

fn finalizers(object: &Object, causes: &mut Vec<Cause>) {
    let path = "metadata.finalizers";
    let list = object.items(path);
    for finalizer in list.iter().filter_map(Value::as_str) {
        invalid_each(path, finalizer, name::check_label_key(finalizer), causes);
    }
    if list.iter().any(|one| one == "orphan") && list.iter().any(|one| one == "foregroundDeletion") {
        let words = "finalizer orphan and foregroundDeletion cannot be both set";
        causes.push(Cause::invalid(path, &Value::from(list.to_vec()), words));
    }
}

/// Checks what an update may change in the metadata.
pub fn update(new: &Object, old: &Object, causes: &mut Vec<Cause>) {
    if old.is_being_deleted() {
        let known = old.items("metadata.finalizers");
        let mut extra: Vec<String> = new
            .items("metadata.finalizers")
            .iter()
            .filter(|one| !known.contains(one))
            .map(|one| format!("\"{}\"", one.as_str().unwrap_or("")))
            .collect();
        extra.order();
        if !extra.is_empty() {
            let words = "no new finalizers can be added if the object is being deleted, found new finalizers";
            let list = extra.join(", ");
            causes.push(Cause::forbidden("metadata.finalizers", &format!("{words} []string{{{list}}}")));
        }
    }
    if new.text("metadata.resourceVersion").is_empty() {
        causes.push(Cause::invalid("metadata.resourceVersion", &Value::from(""), "must be specified for an update"));
    }
    let generation = |object: &Object| object.int("metadata.generation").unwrap_or(0);
    if generation(new) < generation(old) {
        let value = Value::from(generation(new));
        causes.push(Cause::invalid("metadata.generation", &value, "must not be decremented"));
    }
    for field in ["name", "namespace", "uid"] {
        let path = format!("metadata.{field}");
        if new.text(&path) != old.text(&path) {
            causes.push(Cause::invalid(&path, &Value::from(new.text(&path)), "field is immutable"));
        }
    }
    for field in ["creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"] {
        immutable(&format!("metadata.{field}"), new, old, causes);
    }
    common(new, causes);
    standard_finalizers(new, causes);
}

/// Refuses a change of the field at `path`.
pub fn immutable(path: &str, new: &Object, old: &Object, causes: &mut Vec<Cause>) {
    let value = |object: &Object| object.at(path).cloned().unwrap_or_default();
    if value(new) != value(old) {
        causes.push(Cause::invalid(path, &value(new), "field is immutable"));
    }
}
