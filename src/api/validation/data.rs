//! ConfigMaps and Secrets.

use super::super::{Cause, Fields, Object, ResourceId, Value};
use super::{invalid_each, metadata, name};
use crate::value::base64;
use crate::yaml;

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
        "kubernetes.io/dockercfg" => json_map(object, ".dockercfg", causes),
        "kubernetes.io/dockerconfigjson" if !has(".dockerconfigjson") => require(".dockerconfigjson"),
        "kubernetes.io/dockerconfigjson" => json_map(object, ".dockerconfigjson", causes),
        "kubernetes.io/basic-auth" if !has("username") && !has("password") => {
            require("username");
            require("password");
        }
        "kubernetes.io/ssh-auth" if !has("ssh-privatekey") => require("ssh-privatekey"),
        "kubernetes.io/tls" => ["tls.crt", "tls.key"].into_iter().filter(|key| !has(key)).for_each(require),
        _ => {}
    }
}

/// Checks that a key of a Secret holds a map in JSON.
fn json_map(object: &Object, key: &str, causes: &mut Vec<Cause>) {
    let encoded = object.map("data").and_then(|data| data.get(key)).and_then(Value::as_str).unwrap_or("");
    let text = base64::decode(encoded).unwrap_or_default();
    let words = match yaml::read_json(&String::from_utf8_lossy(&text)) {
        Ok(Value::Object(_) | Value::Null) => return,
        Ok(other) => {
            let kind = match other {
                Value::Array(_) => "array",
                Value::String(_) => "string",
                Value::Number(_) => "number",
                _ => "bool",
            };
            format!("json: cannot unmarshal {kind} into Go value of type map[string]interface {{}}")
        }
        Err(wrong) if wrong == "unexpected EOF" => "unexpected end of JSON input".to_owned(),
        Err(wrong) => wrong,
    };
    causes.push(Cause::invalid(&format!("data[{key}]"), &Value::from("<secret contents redacted>"), &words));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;

    #[test]
    fn registry_credentials_are_json() {
        for (text, wanted) in [
            ("{\"auths\":{}}", ""),
            ("[]", "json: cannot unmarshal array into Go value of type map[string]interface {}"),
            ("", "unexpected end of JSON input"),
            ("abc", "invalid character 'a' looking for beginning of value"),
        ] {
            let data = json!({".dockerconfigjson": base64::encode(text.as_bytes())});
            let object = Object::new(json!({"type": "kubernetes.io/dockerconfigjson", "data": data})).unwrap();
            let mut causes = Vec::new();
            secret(&object, &mut causes);
            let said: Vec<&str> =
                causes.iter().filter_map(|cause| cause.message.split("redacted>\": ").nth(1)).collect();
            assert_eq!(said.concat(), wanted, "{text}");
        }
    }
}
