//! What the API server fills in where a field is unset.
//!
//! Models pkg/apis/*/v1/defaults.go. Nothing here needs the cluster: allocation and admission are `apiserver`'s.

mod pod;
mod service;
mod stored;

use super::{Fields, Map, Object, ResourceId, Value, json};
use crate::value::base64;

/// Fills in the defaults of the kind.
pub fn default(resource: ResourceId, object: &mut Object) {
    let root = object.value_mut();
    match resource {
        ResourceId::SERVICES => service::default_service(root),
        ResourceId::PODS => pod::default_pod(root),
        ResourceId::REPLICA_SETS => {
            let spec = child(root, "spec");
            set(spec, "replicas", 1);
            template(spec);
        }
        ResourceId::DEPLOYMENTS => deployment(root),
        ResourceId::ENDPOINTS => each(root, "subsets", |subset| {
            each(subset, "ports", |port| set(port, "protocol", "TCP"));
        }),
        ResourceId::ENDPOINT_SLICES => each(root, "ports", |port| {
            set(port, "name", "");
            set(port, "protocol", "TCP");
        }),
        ResourceId::NAMESPACES => namespace(root),
        ResourceId::SECRETS => secret(root),
        _ => stored::default_stored(resource, root),
    }
}

/// The map at a field; made where there is none.
fn child<'a>(value: &'a mut Value, field: &str) -> &'a mut Value {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    let place = &mut value[field];
    if place.is_null() {
        *place = Value::Object(Map::new());
    }
    place
}

/// Sets a field that is unset.
fn set(value: &mut Value, field: &str, default: impl Into<Value>) {
    if let Some(map) = value.as_object_mut() {
        let place = map.or_null(field);
        if place.is_null() {
            *place = default.into();
        }
    }
}

/// Changes each item of the list at a field.
fn each(value: &mut Value, field: &str, mut change: impl FnMut(&mut Value)) {
    for item in value.get_mut(field).and_then(Value::as_array_mut).into_iter().flatten() {
        change(item);
    }
}

/// The pod template of a workload.
fn template(spec: &mut Value) {
    if let Some(spec) = spec.get_mut("template").and_then(|template| template.get_mut("spec")) {
        pod::default_pod_spec(spec);
    }
}

fn deployment(root: &mut Value) {
    let spec = child(root, "spec");
    set(spec, "replicas", 1);
    set(spec, "revisionHistoryLimit", 10);
    set(spec, "progressDeadlineSeconds", 600);
    let strategy = child(spec, "strategy");
    set(strategy, "type", "RollingUpdate");
    if strategy.text("type") == "RollingUpdate" {
        let rolling = child(strategy, "rollingUpdate");
        set(rolling, "maxUnavailable", "25%");
        set(rolling, "maxSurge", "25%");
    } else if let Some(rolling) = strategy.get_mut("rollingUpdate").filter(|rolling| rolling.is_object()) {
        // The internal type has no pointers here, so what is unset comes back as 0.
        set(rolling, "maxUnavailable", 0);
        set(rolling, "maxSurge", 0);
    }
    template(spec);
}

fn namespace(root: &mut Value) {
    let name = root.text("metadata.name").to_owned();
    set(child(root, "status"), "phase", "Active");
    if !name.is_empty() {
        let labels = child(child(root, "metadata"), "labels");
        labels["kubernetes.io/metadata.name"] = Value::from(name);
    }
}

/// `stringData` is written to `data` and never read back.
fn secret(root: &mut Value) {
    set(root, "type", "Opaque");
    let Some(Value::Object(texts)) = root.as_object_mut().and_then(|map| map.remove("stringData")) else { return };
    let data = child(root, "data");
    for (key, text) in texts {
        data[&*key] = json!(base64::encode(text.as_str().unwrap_or("").as_bytes()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secrets_texts_become_data() {
        let mut secret =
            Object::new(json!({"data": {"A": "eA=="}, "stringData": {"P": "secret", "Q": "ab", "A": ""}})).unwrap();
        default(ResourceId::SECRETS, &mut secret);
        assert_eq!(secret.value(), &json!({"type": "Opaque", "data": {"P": "c2VjcmV0", "Q": "YWI=", "A": ""}}));
    }
}
