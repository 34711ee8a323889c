//! ConfigMaps and Secrets.

use super::super::{Cause, Fields, Object, ResourceId, Value};
use super::{invalid_each, metadata, name};

/// The most that the values of a ConfigMap or Secret may hold together.
const LIMIT: usize = 1024 * 1024;

/// Checks the keys and the size of a ConfigMap. Models ValidateConfigMap.
pub fn config_map(object: &Object, causes: &mut Vec<Cause>) {
    let mut size = 0;
    for (key, value) in object.text_pairs("data") {
        let path = format!("data[{key}]");
        invalid_each(&path, key, name::config_key(key), causes);
        if object.map("binaryData").is_some_and(|binary| binary.contains_key(key)) {
            causes.push(Cause::invalid(&path, &Value::from(key), "duplicate of key present in binaryData"));
        }
        size += value.len();
    }
    for (key, value) in object.text_pairs("binaryData") {
        invalid_each(&format!("binaryData[{key}]"), key, name::config_key(key), causes);
        size += value.len() / 4 * 3;
    }
    if size > LIMIT {
        causes.push(Cause::too_long("", LIMIT));
    }
}

/// Checks the keys and the size of a Secret, and that its type's keys are there. Models ValidateSecret.
pub fn secret(object: &Object, causes: &mut Vec<Cause>) {
    let mut size = 0;
    for (key, value) in object.text_pairs("data") {
        invalid_each(&format!("data[{key}]"), key, name::config_key(key), causes);
        size += value.len() / 4 * 3;
    }
    if size > LIMIT {
        causes.push(Cause::too_long("data", LIMIT));
    }
    let has = |key: &str| object.map("data").is_some_and(|data| data.contains_key(key));
    let mut require = |key: &str| causes.push(Cause::required(&format!("data[{key}]"), ""));
    match object.text("type") {
        "kubernetes.io/service-account-token" => {
            let key = "kubernetes.io/service-account.name";
            if object.annotation(key).unwrap_or("").is_empty() {
                causes.push(Cause::required(&format!("metadata.annotations[{key}]"), ""));
            }
        }
        "kubernetes.io/dockercfg" if !has(".dockercfg") => require(".dockercfg"),
        "kubernetes.io/dockerconfigjson" if !has(".dockerconfigjson") => require(".dockerconfigjson"),
        "kubernetes.io/basic-auth" if !has("username") && !has("password") => {
            require("username");
            require("password");
        }
        "kubernetes.io/ssh-auth" if !has("ssh-privatekey") => require("ssh-privatekey"),
        "kubernetes.io/tls" => ["tls.crt", "tls.key"].into_iter().filter(|key| !has(key)).for_each(require),
        _ => {}
    }
}

/// Checks what an update may change.
pub fn update(resource: ResourceId, new: &Object, old: &Object, causes: &mut Vec<Cause>) {
    if resource == ResourceId::SECRETS {
        metadata::immutable("type", new, old, causes);
    }
    if !old.is_true("immutable") {
        return;
    }
    let words = "field is immutable when `immutable` is set";
    if !new.is_true("immutable") {
        causes.push(Cause::forbidden("immutable", words));
    }
    for field in ["data", "binaryData"] {
        if new.at(field) != old.at(field) {
            causes.push(Cause::forbidden(field, words));
        }
    }
}
