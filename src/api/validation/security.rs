//! The security contexts of pods and containers, and what a pod's operating system forbids. Models
//! validatePodSpecSecurityContext, ValidateSecurityContext, validateHostUsers and validateOS.

use super::super::{Cause, Fields, Value, pod_diff};
use super::one_of;
use super::volume::{is_relative, no_backsteps};

const MAX_ID: i64 = 2_147_483_647;
const MAX_SYSCTL: usize = 253;

fn id(id: i64, path: &str, causes: &mut Vec<Cause>) {
    if !(0..=MAX_ID).contains(&id) {
        let words = format!("must be between 0 and {MAX_ID}, inclusive");
        causes.push(Cause::invalid(path, &Value::from(id), &words));
    }
}

fn ids(owner: &Value, path: &str, fields: &[&str], causes: &mut Vec<Cause>) {
    for field in fields {
        if let Some(found) = owner.int(field) {
            id(found, &format!("{path}.{field}"), causes);
        }
    }
}

/// Checks the security context of a pod's spec.
pub fn of_pod(spec: &Value, path: &str, causes: &mut Vec<Cause>) {
    let Some(context) = spec.get("securityContext") else { return };
    let path = format!("{path}.securityContext");
    ids(context, &path, &["fsGroup", "runAsUser", "runAsGroup"], causes);
    for (place, group) in context.items("supplementalGroups").iter().enumerate() {
        id(group.as_i64().unwrap_or(0), &format!("{path}.supplementalGroups[{place}]"), causes);
    }
    if spec.is_true("shareProcessNamespace") && spec.is_true("hostPID") {
        let words = "ShareProcessNamespace and HostPID cannot both be enabled";
        causes.push(Cause::invalid(&format!("{path}.shareProcessNamespace"), &Value::from(true), words));
    }
    sysctls(spec, context.items("sysctls"), &format!("{path}.sysctls"), causes);
    one_of(context, &path, "fsGroupChangePolicy", &["Always", "OnRootMismatch"], false, causes);
    profiles(context, &path, causes);
    one_of(context, &path, "supplementalGroupsPolicy", &["Merge", "Strict"], false, causes);
    one_of(context, &path, "seLinuxChangePolicy", &["MountOption", "Recursive"], false, causes);
}

/// Checks the security context of a container; `users` where its pod has the host's users.
pub fn of_container(context: &Value, users: bool, path: &str, causes: &mut Vec<Cause>) {
    ids(context, path, &["runAsUser", "runAsGroup"], causes);
    one_of(context, path, "procMount", &["Default", "Unmasked"], false, causes);
    if users && context.text("procMount") == "Unmasked" {
        let words = "`hostUsers` must be false to use `Unmasked`";
        causes.push(Cause::invalid(&format!("{path}.procMount"), &Value::from("Unmasked"), words));
    }
    seccomp(context, path, causes);
    if context.get("allowPrivilegeEscalation").and_then(Value::as_bool) == Some(false) {
        let shown = pod_diff::security_context(context);
        let mut refuse = |what: &str| {
            let words = format!("cannot set `allowPrivilegeEscalation` to false and {what}");
            causes.push(Cause::invalid_shown(path, &shown, &words));
        };
        if context.is_true("privileged") {
            refuse("`privileged` to true");
        }
        if context.items("capabilities.add").iter().any(|name| name.as_str() == Some("CAP_SYS_ADMIN")) {
            refuse("`capabilities.Add` CAP_SYS_ADMIN");
        }
    }
    app_armor(context, path, causes);
}

fn profiles(context: &Value, path: &str, causes: &mut Vec<Cause>) {
    seccomp(context, path, causes);
    app_armor(context, path, causes);
}

const PROFILES: &[&str] = &["Localhost", "RuntimeDefault", "Unconfined"];

/// Models validateSeccompProfileField.
fn seccomp(context: &Value, path: &str, causes: &mut Vec<Cause>) {
    let Some(profile) = context.get("seccompProfile").filter(|profile| profile.is_object()) else { return };
    let path = format!("{path}.seccompProfile");
    let (kind, local) = (profile.text("type"), profile.get("localhostProfile").and_then(Value::as_str));
    if kind.is_empty() {
        causes.push(Cause::required(&format!("{path}.type"), "type is required when seccompProfile is set"));
    } else if !PROFILES.contains(&kind) {
        causes.push(Cause::not_supported(&format!("{path}.type"), &Value::from(kind), PROFILES));
    }
    let field = format!("{path}.localhostProfile");
    match (kind, local) {
        ("Localhost", None) => causes.push(Cause::required(&field, "must be set when seccomp type is Localhost")),
        ("Localhost", Some(local)) => {
            is_relative(local, &field, causes);
            no_backsteps(local, &field, causes);
        }
        (_, Some(local)) => {
            // Upstream shows its internal type.
            let shown = format!("{{\"Type\":{},\"LocalhostProfile\":{}}}", Value::from(kind), Value::from(local));
            let words = "can only be set when seccomp type is Localhost";
            causes.push(Cause::invalid_shown(&field, &shown, words));
        }
        (_, None) => {}
    }
}

/// Models ValidateAppArmorProfileField.
fn app_armor(context: &Value, path: &str, causes: &mut Vec<Cause>) {
    let Some(profile) = context.get("appArmorProfile").filter(|profile| profile.is_object()) else { return };
    let path = format!("{path}.appArmorProfile");
    let (kind, local) = (profile.text("type"), profile.get("localhostProfile").and_then(Value::as_str));
    let field = format!("{path}.localhostProfile");
    match (kind, local) {
        ("Localhost", Some(local)) if local != local.trim() => {
            causes.push(Cause::invalid(&field, &Value::from(local), "must not be padded with whitespace"));
        }
        ("Localhost", None | Some("")) => {
            causes.push(Cause::required(&field, "must be set when AppArmor type is Localhost"));
        }
        ("RuntimeDefault" | "Unconfined", Some(local)) => {
            let words = "can only be set when AppArmor type is Localhost";
            causes.push(Cause::invalid(&field, &Value::from(local), words));
        }
        ("", _) => {
            causes.push(Cause::required(&format!("{path}.type"), "type is required when appArmorProfile is set"));
        }
        _ => one_of(profile, &path, "type", PROFILES, true, causes),
    }
}

/// Models validateSysctls and ValidateHostSysctl.
fn sysctls(spec: &Value, list: &[Value], path: &str, causes: &mut Vec<Cause>) {
    let mut seen: Vec<&str> = Vec::new();
    for (place, sysctl) in list.iter().enumerate() {
        let path = format!("{path}[{place}].name");
        let name = sysctl.text("name");
        if name.is_empty() {
            causes.push(Cause::required(&path, ""));
        } else if !is_sysctl(name) {
            let words = format!(
                "must have at most {MAX_SYSCTL} characters and match regex \
                 ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$"
            );
            causes.push(Cause::invalid(&path, &Value::from(name), &words));
        } else if seen.contains(&name) {
            causes.push(Cause::duplicate(&path, &Value::from(name)));
        }
        let dotted = name.replace('/', ".");
        let of_ipc = ["kernel.shm", "kernel.msg", "fs.mqueue."].iter().any(|prefix| dotted.starts_with(prefix));
        for (field, concerns) in
            [("hostNetwork", dotted.starts_with("net.")), ("hostIPC", of_ipc || dotted == "kernel.sem")]
        {
            if concerns && spec.is_true(field) {
                let words = format!("may not be specified when '{field}' is true");
                causes.push(Cause::invalid(&path, &Value::from(name), &words));
            }
        }
        seen.push(name);
    }
}

/// Segments of lower case letters, digits, `-` and `_` with dots or slashes between.
fn is_sysctl(name: &str) -> bool {
    let is_plain = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    name.len() <= MAX_SYSCTL
        && name.split(['.', '/']).map(str::as_bytes).all(|segment| {
            segment.iter().all(|byte| is_plain(byte) || b"-_".contains(byte))
                && segment.first().is_some_and(is_plain)
                && segment.last().is_some_and(is_plain)
        })
}

/// A pod with users of its own shares no other namespace with the host. Models validateHostUsers, whose paths have
/// these capitals.
pub fn host_users(spec: &Value, path: &str, causes: &mut Vec<Cause>) {
    if spec.get("hostUsers").and_then(Value::as_bool) != Some(false) {
        return;
    }
    for (field, shown) in [("hostNetwork", "hostNetwork"), ("hostPID", "HostPID"), ("hostIPC", "HostIPC")] {
        if spec.is_true(field) {
            causes.push(Cause::forbidden(&format!("{path}.{shown}"), "when `hostUsers` is false"));
        }
    }
}

/// What a pod of Windows may not say of itself, below its spec and its security context.
const NOT_WINDOWS: &[&str] = &[
    "securityContext.appArmorProfile",
    "securityContext.seLinuxOptions",
    "hostUsers",
    "hostPID",
    "hostIPC",
    "securityContext.seccompProfile",
    "securityContext.fsGroup",
    "securityContext.fsGroupChangePolicy",
    "securityContext.sysctls",
    "shareProcessNamespace",
    "securityContext.runAsUser",
    "securityContext.runAsGroup",
    "securityContext.supplementalGroups",
    "securityContext.supplementalGroupsPolicy",
    "securityContext.seLinuxChangePolicy",
];

/// The same of its containers.
const NOT_WINDOWS_CONTAINERS: &[&str] = &[
    "appArmorProfile",
    "seLinuxOptions",
    "seccompProfile",
    "capabilities",
    "readOnlyRootFilesystem",
    "privileged",
    "allowPrivilegeEscalation",
    "procMount",
    "runAsUser",
    "runAsGroup",
];

/// Models validateOS, validateLinux and validateWindows.
pub fn operating_system(spec: &Value, path: &str, causes: &mut Vec<Cause>) {
    let Some(system) = spec.get("os").filter(|system| system.is_object()) else { return };
    let (on_pod, on_containers, words): (&[&str], &[&str], &str) = match system.text("name") {
        "" => return causes.push(Cause::required(&format!("{path}.os.name"), "")),
        "linux" => {
            (&["securityContext.windowsOptions"], &["windowsOptions"], "windows options cannot be set for a linux pod")
        }
        "windows" => (NOT_WINDOWS, NOT_WINDOWS_CONTAINERS, "cannot be set for a windows pod"),
        other => {
            let supported = ["linux", "windows"];
            return causes.push(Cause::not_supported(&format!("{path}.os"), &Value::from(other), &supported));
        }
    };
    let is_set = |owner: &Value, field: &str| match owner.at(field) {
        // The host's namespaces are plain booleans upstream.
        Some(Value::Bool(set)) if matches!(field, "hostPID" | "hostIPC") => *set,
        value => value.is_some_and(|value| !value.is_null()),
    };
    for field in on_pod.iter().filter(|field| is_set(spec, field)) {
        causes.push(Cause::forbidden(&format!("{path}.{field}"), words));
    }
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        for (place, container) in spec.items(list).iter().enumerate() {
            let Some(context) = container.get("securityContext") else { continue };
            for field in on_containers.iter().filter(|field| is_set(context, field)) {
                causes.push(Cause::forbidden(&format!("{path}.{list}[{place}].securityContext.{field}"), words));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;

    #[test]
    fn what_pods_say_of_their_security() {
        for (spec, wanted) in [
            (json!({"securityContext": {"sysctls": [{"name": "net.core.somaxconn", "value": "1"}]}}), ""),
            (
                json!({"securityContext": {"sysctls": [{"value": "1"}]}}),
                "s.securityContext.sysctls[0].name: Required value",
            ),
            (
                json!({"securityContext": {"sysctls": [{"name": "Net"}]}}),
                "s.securityContext.sysctls[0].name: Invalid value: \"Net\": must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$",
            ),
            (
                json!({"hostNetwork": true, "securityContext": {"sysctls": [{"name": "net/core/x"}]}}),
                "s.securityContext.sysctls[0].name: Invalid value: \"net/core/x\": may not be specified when 'hostNetwork' is true",
            ),
            (
                json!({"securityContext": {"seccompProfile": {"type": "RuntimeDefault", "localhostProfile": "a"}}}),
                "s.securityContext.seccompProfile.localhostProfile: Invalid value: {\"Type\":\"RuntimeDefault\",\"LocalhostProfile\":\"a\"}: can only be set when seccomp type is Localhost",
            ),
            (
                json!({"securityContext": {"seccompProfile": {"type": "Runtime"}}}),
                "s.securityContext.seccompProfile.type: Unsupported value: \"Runtime\": supported values: \"Localhost\", \"RuntimeDefault\", \"Unconfined\"",
            ),
            (
                json!({"securityContext": {"appArmorProfile": {"type": "Localhost"}}}),
                "s.securityContext.appArmorProfile.localhostProfile: Required value: must be set when AppArmor type is Localhost",
            ),
            (
                json!({"securityContext": {"supplementalGroups": [-1]}}),
                "s.securityContext.supplementalGroups[0]: Invalid value: -1: must be between 0 and 2147483647, inclusive",
            ),
            (json!({"hostUsers": false, "hostPID": true}), "s.HostPID: Forbidden: when `hostUsers` is false"),
            (json!({"os": {"name": "linux"}}), ""),
            (json!({"os": {}}), "s.os.name: Required value"),
            (
                json!({"os": {"name": "plan9"}}),
                "s.os: Unsupported value: \"plan9\": supported values: \"linux\", \"windows\"",
            ),
            (
                json!({"os": {"name": "windows"}, "containers": [{"securityContext": {"privileged": false}}]}),
                "s.containers[0].securityContext.privileged: Forbidden: cannot be set for a windows pod",
            ),
        ] {
            let mut causes = Vec::new();
            of_pod(&spec, "s", &mut causes);
            host_users(&spec, "s", &mut causes);
            operating_system(&spec, "s", &mut causes);
            let said: Vec<String> = causes.iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect();
            assert_eq!(said.join("\n"), wanted, "{spec}");
        }
    }
}
