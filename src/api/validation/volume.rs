//! A pod's volumes, as far as what people write goes: that they are named, have one source, and that the source names
//! what it needs and puts it where it may. Models ValidateVolumes.

use super::super::quantity::Quantity;
use super::super::{Cause, Fields, Map, Value};
use super::{container, invalid_each, name, one_of, stored};

/// Checks the volumes and gives those that are right.
///
/// An image's reference may be missing in a template (`is_pod` false), which something else may complete.
pub fn volumes<'a>(spec: &'a Value, path: &str, is_pod: bool, causes: &mut Vec<Cause>) -> Vec<&'a Value> {
    let (mut names, mut right): (Vec<&str>, Vec<&Value>) = (Vec::new(), Vec::new());
    for (place, volume) in spec.items("volumes").iter().enumerate() {
        let path = format!("{path}[{place}]");
        let before = causes.len();
        sources(volume, &path, is_pod, causes);
        let text = volume.text("name");
        let field = format!("{path}.name");
        if text.is_empty() {
            causes.push(Cause::required(&field, ""));
        } else {
            invalid_each(&field, text, name::dns_label(text), causes);
        }
        if names.contains(&text) {
            causes.push(Cause::duplicate(&field, &Value::from(text)));
        }
        if causes.len() == before {
            names.push(text);
            right.push(volume);
        }
    }
    right
}

/// The sources in the order in which they are looked at: of two, the first is checked and the second refused.
const ORDER: &[&str] = &[
    "emptyDir",
    "hostPath",
    "secret",
    "nfs",
    "persistentVolumeClaim",
    "downwardAPI",
    "configMap",
    "projected",
    "csi",
    "ephemeral",
    "image",
];

fn sources(volume: &Value, path: &str, is_pod: bool, causes: &mut Vec<Cause>) {
    let there: Vec<&str> = volume
        .as_object()
        .into_iter()
        .flat_map(Map::iter)
        .filter(|(field, value)| **field != *"name" && !value.is_null())
        .map(|(field, _)| &**field)
        .collect();
    let known = ORDER.iter().copied().filter(|source| there.contains(source));
    let others = there.iter().copied().filter(|source| !ORDER.contains(source));
    for (place, kind) in known.chain(others).enumerate() {
        // Upstream's path has this slip.
        let field = if kind == "downwardAPI" && place > 0 { "downwarAPI" } else { kind };
        let path = format!("{path}.{field}");
        if place > 0 {
            causes.push(Cause::forbidden(&path, "may not specify more than 1 volume type"));
        } else if let Some(found) = volume.get(kind) {
            source(kind, found, &path, is_pod, causes);
        }
    }
    if there.is_empty() {
        causes.push(Cause::required(path, "must specify a volume type"));
    }
}

fn source(kind: &str, source: &Value, path: &str, is_pod: bool, causes: &mut Vec<Cause>) {
    let mut require = |field: &str| {
        let is_there = !source.text(field).is_empty();
        if !is_there {
            causes.push(Cause::required(&format!("{path}.{field}"), ""));
        }
        is_there
    };
    match kind {
        "emptyDir" => {
            let limit = Quantity::parse(source.text("sizeLimit"));
            if limit.is_ok_and(|limit| limit.billionths() < 0) {
                let words = "SizeLimit field must be a valid resource quantity";
                causes.push(Cause::forbidden(&format!("{path}.sizeLimit"), words));
            }
        }
        "hostPath" if require("path") => {
            no_backsteps(source.text("path"), &format!("{path}.path"), causes);
            one_of(source, path, "type", HOST_PATH_TYPES, false, causes);
        }
        "nfs" => {
            require("server");
            require("path");
            if !source.text("path").starts_with('/') {
                let found = Value::from(source.text("path"));
                causes.push(Cause::invalid(&format!("{path}.path"), &found, "must be an absolute path"));
            }
        }
        "persistentVolumeClaim" => {
            require("claimName");
        }
        "secret" | "configMap" => {
            require(if kind == "secret" { "secretName" } else { "name" });
            mode(source, "defaultMode", path, causes);
            keys(source, path, causes);
        }
        "downwardAPI" => {
            mode(source, "defaultMode", path, causes);
            downward_files(source, path, causes);
        }
        "projected" => {
            mode(source, "defaultMode", path, causes);
            projections(source, path, causes);
        }
        "csi" => {
            if require("driver") {
                let driver = source.text("driver");
                let field = format!("{path}.driver");
                if driver.len() > MAX_DRIVER {
                    causes.push(Cause::too_long(&field, MAX_DRIVER));
                }
                invalid_each(&field, driver, name::dns_subdomain(&driver.to_lowercase()), causes);
            }
            if let Some(secret) = source.get("nodePublishSecretRef").filter(|secret| secret.is_object()) {
                let text = secret.text("name");
                if text.is_empty() {
                    causes.push(Cause::required(&format!("{path}.nodePublishSecretRef.name"), ""));
                } else {
                    invalid_each(&format!("{path}.name"), text, name::dns_subdomain(text), causes);
                }
            }
        }
        "ephemeral" => match source.get("volumeClaimTemplate").filter(|template| template.is_object()) {
            None => causes.push(Cause::required(&format!("{path}.volumeClaimTemplate"), "")),
            Some(template) => stored::claim_spec(template, &format!("{path}.volumeClaimTemplate.spec"), causes),
        },
        "image" => {
            if is_pod {
                require("reference");
            }
            one_of(source, path, "pullPolicy", &["Always", "IfNotPresent", "Never"], true, causes);
        }
        _ => {}
    }
}

/// The longest name of a driver.
const MAX_DRIVER: usize = 63;

const HOST_PATH_TYPES: &[&str] =
    &["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"];

/// Models validateProjectionSources, without certificates and their authorities.
fn projections(projected: &Value, whole: &str, causes: &mut Vec<Cause>) {
    let mut taken: Vec<&str> = Vec::new();
    for (place, item) in projected.items("sources").iter().enumerate() {
        let path = format!("{whole}.sources[{place}]");
        for kind in ["secret", "configMap"] {
            let Some(found) = item.get(kind).filter(|found| found.is_object()) else { continue };
            let path = format!("{path}.{kind}");
            if found.text("name").is_empty() {
                causes.push(Cause::required(&format!("{path}.name"), ""));
            }
            keys(found, &path, causes);
            for file in found.items("items") {
                takes(file.text("path"), found.text("name"), &mut taken, whole, causes);
            }
        }
        if let Some(found) = item.get("downwardAPI") {
            downward_files(found, &format!("{path}.downwardAPI"), causes);
            for file in found.items("items") {
                takes(file.text("path"), file.text("path"), &mut taken, whole, causes);
            }
        }
        if let Some(token) = item.get("serviceAccountToken").filter(|token| token.is_object()) {
            lifetime(token, &format!("{path}.serviceAccountToken.expirationSeconds"), causes);
            // Upstream's path is that of the volume.
            place_of_file(token, whole, causes);
        }
        if item.as_object().is_some_and(|kinds| kinds.len() > 1) {
            causes.push(Cause::forbidden(&path, "may not specify more than 1 volume type per source"));
        }
    }
}

/// Two files of a volume have no path in common; `shown` is what the refusal shows.
fn takes<'a>(file: &'a str, shown: &str, taken: &mut Vec<&'a str>, path: &str, causes: &mut Vec<Cause>) {
    if taken.contains(&file) {
        causes.push(Cause::invalid(path, &Value::from(shown), "conflicting duplicate paths"));
    } else if !file.is_empty() {
        taken.push(file);
    }
}

fn lifetime(token: &Value, path: &str, causes: &mut Vec<Cause>) {
    let seconds = token.int("expirationSeconds").unwrap_or(0);
    let words = match seconds {
        ..600 => "may not specify a duration less than 10 minutes",
        0x1_0000_0001.. => "may not specify a duration larger than 2^32 seconds",
        _ => return,
    };
    causes.push(Cause::invalid(path, &Value::from(seconds), words));
}

/// Models validateDownwardAPIVolumeFile: what is wrong with a file is said of the whole source.
fn downward_files(source: &Value, path: &str, causes: &mut Vec<Cause>) {
    for file in source.items("items") {
        place_of_file(file, path, causes);
        let there = |field: &str| file.get(field).filter(|found| found.is_object());
        match (there("fieldRef"), there("resourceFieldRef")) {
            (Some(field), also) => {
                container::field_reference(field, VOLUME_FIELDS, &format!("{path}.fieldRef"), causes);
                if also.is_some() {
                    let words = "fieldRef and resourceFieldRef can not be specified simultaneously";
                    causes.push(Cause::invalid(path, &Value::from("resource"), words));
                }
            }
            (None, Some(resource)) => {
                container::resource_reference(resource, true, &format!("{path}.resourceFieldRef"), causes);
            }
            (None, None) => {
                causes.push(Cause::required(path, "one of fieldRef and resourceFieldRef is required"));
            }
        }
        mode(file, "mode", path, causes);
    }
}

/// The fields that a file may hold. Models validVolumeDownwardAPIFieldPathExpressions.
const VOLUME_FIELDS: &[&str] =
    &["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];

/// Models validateKeyToPath.
fn keys(source: &Value, path: &str, causes: &mut Vec<Cause>) {
    for (place, item) in source.items("items").iter().enumerate() {
        let path = format!("{path}.items[{place}]");
        if item.text("key").is_empty() {
            causes.push(Cause::required(&format!("{path}.key"), ""));
        }
        place_of_file(item, &path, causes);
        mode(item, "mode", &path, causes);
    }
}

/// A file in a volume stays in the volume. Models ValidateLocalNonReservedPath.
fn place_of_file(item: &Value, path: &str, causes: &mut Vec<Cause>) {
    let (field, text) = (format!("{path}.path"), item.text("path"));
    if text.is_empty() {
        causes.push(Cause::required(&field, ""));
    }
    is_relative(text, &field, causes);
    no_backsteps(text, &field, causes);
    if text.starts_with("..") && !text.starts_with("../") {
        causes.push(Cause::invalid(&field, &Value::from(text), "must not start with '..'"));
    }
}

/// Refuses a path from the root.
pub fn is_relative(text: &str, field: &str, causes: &mut Vec<Cause>) {
    if text.starts_with('/') {
        causes.push(Cause::invalid(field, &Value::from(text), "must be a relative path"));
    }
}

/// Models validatePathNoBacksteps.
pub fn no_backsteps(text: &str, field: &str, causes: &mut Vec<Cause>) {
    if text.split('/').any(|part| part == "..") {
        causes.push(Cause::invalid(field, &Value::from(text), "must not contain '..'"));
    }
}

const MAX_MODE: i64 = 0o777;

fn mode(owner: &Value, field: &str, path: &str, causes: &mut Vec<Cause>) {
    if let Some(found) = owner.int(field).filter(|found| !(0..=MAX_MODE).contains(found)) {
        let words = "must be a number between 0 and 0777 (octal), both inclusive";
        causes.push(Cause::invalid(&format!("{path}.{field}"), &Value::from(found), words));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;

    #[test]
    fn sources_name_what_they_need_and_stay_in_place() {
        for (volume, wanted) in [
            (json!({"emptyDir": {"sizeLimit": "1Gi"}}), ""),
            (json!({"emptyDir": {"sizeLimit": "-1"}}), "emptyDir.sizeLimit: Forbidden"),
            (json!({"configMap": {"name": "a"}, "secret": {"secretName": "b"}}), "configMap: Forbidden"),
            (json!({"emptyDir": {}, "downwardAPI": {}}), "downwarAPI: Forbidden"),
            (
                json!({"hostPath": {"path": "/a/../b"}}),
                "hostPath.path: Invalid value: \"/a/../b\": must not contain '..'",
            ),
            (json!({"hostPath": {"path": "/a", "type": "Dir"}}), "hostPath.type: Unsupported value: \"Dir\""),
            (json!({"configMap": {"name": "a", "defaultMode": 512}}), "configMap.defaultMode: Invalid value: 512"),
            (
                json!({"configMap": {"name": "a", "items": [{"key": "k", "path": "/p"}]}}),
                "items[0].path: Invalid value",
            ),
            (json!({"secret": {"secretName": "a", "items": [{"path": "p"}]}}), "secret.items[0].key: Required value"),
            (json!({"downwardAPI": {"items": [{"path": "p"}]}}), "downwardAPI: Required value: one of fieldRef"),
            (json!({"nfs": {"server": "s", "path": "p"}}), "nfs.path: Invalid value: \"p\": must be an absolute path"),
            (json!({"projected": {"sources": [{"configMap": {}}]}}), "sources[0].configMap.name: Required value"),
        ] {
            let mut causes = Vec::new();
            sources(&volume, "spec.volumes[0]", true, &mut causes);
            let said: Vec<String> = causes.iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect();
            assert_eq!(said.len(), usize::from(!wanted.is_empty()), "{volume} {said:?}");
            assert!(said.concat().contains(wanted), "{volume} {said:?}");
        }
    }
}
