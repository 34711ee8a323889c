//! Where a container mounts the pod's volumes. Models ValidateVolumeMounts and ValidateVolumeDevices.

use super::super::{Cause, Fields, Value};
use super::volume::{is_relative, no_backsteps};

const PROPAGATIONS: &[&str] = &["Bidirectional", "HostToContainer", "None"];

/// Checks the mounts and devices of a container; `volumes` are those of its pod that are right.
pub fn mounts(container: &Value, volumes: &[&Value], path: &str, causes: &mut Vec<Cause>) {
    let (list, devices) = (container.items("volumeMounts"), container.items("volumeDevices"));
    let has = |list: &[Value], field: &str, text: &str| list.iter().any(|one| one.text(field) == text);
    let mut seen: Vec<&str> = Vec::new();
    // Some of upstream's paths lack the place in the list.
    let whole = format!("{path}.volumeMounts");
    for (place, mount) in list.iter().enumerate() {
        let path = format!("{whole}[{place}]");
        let (text, target) = (mount.text("name"), mount.text("mountPath"));
        if text.is_empty() {
            causes.push(Cause::required(&format!("{path}.name"), ""));
        }
        if !volumes.iter().any(|volume| volume.text("name") == text) {
            causes.push(Cause::not_found(&format!("{path}.name"), &Value::from(text)));
        }
        if target.is_empty() {
            causes.push(Cause::required(&format!("{path}.mountPath"), ""));
        }
        let mut invalid = |field: &str, text: &str, words: &str| {
            causes.push(Cause::invalid(&format!("{path}.{field}"), &Value::from(text), words));
        };
        let (name_taken, target_taken) = (has(devices, "name", text), has(devices, "devicePath", target));
        if seen.contains(&target) {
            invalid("mountPath", target, "must be unique");
        }
        if name_taken {
            invalid("name", text, "must not already exist in volumeDevices");
        }
        if target_taken {
            invalid("mountPath", target, "must not already exist as a path in volumeDevices");
        }
        seen.push(target);
        sub_paths(mount, &whole, &path, causes);
        propagation(mount, container, &whole, causes);
        recursive(mount, &whole, causes);
    }
    block_devices(devices, list, volumes, &format!("{path}.volumeDevices"), causes);
}

/// A path below the volume: relative, and it stays there. Models validateLocalDescendingPath.
fn sub_paths(mount: &Value, whole: &str, path: &str, causes: &mut Vec<Cause>) {
    let (plain, expanded) = (mount.text("subPath"), mount.text("subPathExpr"));
    for (field, text) in
        [("subPath", plain), ("subPathExpr", expanded)].into_iter().filter(|(_, text)| !text.is_empty())
    {
        if field == "subPathExpr" && !plain.is_empty() {
            let words = "subPathExpr and subPath are mutually exclusive";
            causes.push(Cause::invalid(&format!("{path}.{field}"), &Value::from(text), words));
        }
        let field = format!("{whole}.{field}");
        is_relative(text, &field, causes);
        no_backsteps(text, &field, causes);
    }
}

/// Models validateMountPropagation.
fn propagation(mount: &Value, container: &Value, whole: &str, causes: &mut Vec<Cause>) {
    let field = format!("{whole}.mountPropagation");
    let Some(mode) = mount.get("mountPropagation").filter(|mode| mode.is_string()) else { return };
    if !PROPAGATIONS.iter().any(|known| mode == known) {
        causes.push(Cause::not_supported(&field, mode, PROPAGATIONS));
    }
    if mode == "Bidirectional" && !container.is_true("securityContext.privileged") {
        let words = "Bidirectional mount propagation is available only to privileged containers";
        causes.push(Cause::forbidden(&field, words));
    }
}

/// Models validateMountRecursiveReadOnly.
fn recursive(mount: &Value, whole: &str, causes: &mut Vec<Cause>) {
    let field = format!("{whole}.recursiveReadOnly");
    let Some(mode) = mount.get("recursiveReadOnly").filter(|mode| mode.is_string()) else { return };
    match mode.as_str().unwrap_or("") {
        "Disabled" => {}
        "Enabled" | "IfPossible" => {
            if !mount.is_true("readOnly") {
                let words = "may only be specified when readOnly is true";
                causes.push(Cause::forbidden(&field, words));
            }
            if !matches!(mount.text("mountPropagation"), "" | "None") {
                let words = "may only be specified when mountPropagation is None or not specified";
                causes.push(Cause::forbidden(&field, words));
            }
        }
        _ => causes.push(Cause::not_supported(&field, mode, &["Disabled", "Enabled", "IfPossible"])),
    }
}

fn block_devices(devices: &[Value], mounts: &[Value], volumes: &[&Value], whole: &str, causes: &mut Vec<Cause>) {
    let has = |field: &str, text: &str| mounts.iter().any(|one| one.text(field) == text);
    let (mut names, mut targets): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    for (place, device) in devices.iter().enumerate() {
        let path = format!("{whole}[{place}]");
        let (text, target) = (device.text("name"), device.text("devicePath"));
        let (name_path, target_path) = (format!("{path}.name"), format!("{path}.devicePath"));
        let invalid = |path: &str, text: &str, words: &str| Cause::invalid(path, &Value::from(text), words);
        if text.is_empty() {
            causes.push(Cause::required(&name_path, ""));
        }
        if names.contains(&text) {
            causes.push(invalid(&name_path, text, "must be unique"));
        }
        match volumes.iter().find(|volume| volume.text("name") == text) {
            None => causes.push(Cause::not_found(&name_path, &Value::from(text))),
            Some(volume) if volume.get("persistentVolumeClaim").is_none() && volume.get("ephemeral").is_none() => {
                let words = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode";
                causes.push(invalid(&name_path, text, words));
            }
            Some(_) => {}
        }
        if target.is_empty() {
            causes.push(Cause::required(&target_path, ""));
        }
        if targets.contains(&target) {
            causes.push(invalid(&target_path, target, "must be unique"));
        }
        if target.split('/').any(|part| part == "..") {
            causes.push(invalid(&target_path, target, "can not contain backsteps ('..')"));
        } else {
            targets.push(target);
        }
        if has("name", text) {
            causes.push(invalid(&name_path, text, "must not already exist in volumeMounts"));
        }
        if has("mountPath", target) {
            causes.push(invalid(&target_path, target, "must not already exist as a path in volumeMounts"));
        }
        if !text.is_empty() {
            names.push(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;

    #[test]
    fn mounts_name_a_volume_and_stay_in_it() {
        let empty = json!({"name": "v", "emptyDir": {}});
        let claim = json!({"name": "v", "persistentVolumeClaim": {}});
        for (container, volume, wanted) in [
            (json!({"volumeMounts": [{"name": "v", "mountPath": "/a"}]}), &empty, ""),
            (
                json!({"volumeMounts": [{"name": "w", "mountPath": "/a"}]}),
                &empty,
                "c.volumeMounts[0].name: Not found: \"w\"",
            ),
            (
                json!({"volumeMounts": [{"name": "v", "mountPath": "/a", "subPath": "/b"}]}),
                &empty,
                "c.volumeMounts.subPath: Invalid value: \"/b\": must be a relative path",
            ),
            (
                json!({"volumeMounts": [{"name": "v", "mountPath": "/a", "subPath": "b/../c"}]}),
                &empty,
                "c.volumeMounts.subPath: Invalid value: \"b/../c\": must not contain '..'",
            ),
            (
                json!({"volumeMounts": [{"name": "v", "mountPath": "/a", "mountPropagation": "Bidirectional"}]}),
                &empty,
                "c.volumeMounts.mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged containers",
            ),
            (json!({"volumeDevices": [{"name": "v", "devicePath": "/dev/x"}]}), &claim, ""),
            (
                json!({"volumeDevices": [{"name": "v", "devicePath": "/dev/x"}]}),
                &empty,
                "c.volumeDevices[0].name: Invalid value: \"v\": can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode",
            ),
        ] {
            let mut causes = Vec::new();
            mounts(&container, &[volume], "c", &mut causes);
            let said: Vec<String> = causes.iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect();
            assert_eq!(said.join("\n"), wanted, "{container}");
        }
    }
}
