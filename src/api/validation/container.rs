//! The containers of a pod. Models validateContainers, validateInitContainers and what they hold.

use super::super::quantity::Quantity;
use super::super::{Cause, Fields, Value, pod_diff};
use super::{NEGATIVE, PROTOCOLS, invalid_each, name, one_of, pod, port_number, port_number_or_name};

/// Checks all containers of a pod's spec; `volumes` are the names of its volumes.
pub fn containers(spec: &Value, path: &str, volumes: &[&str], causes: &mut Vec<Cause>) {
    let regular = spec.items("containers");
    let field = format!("{path}.containers");
    let grace = spec.int("terminationGracePeriodSeconds");
    let mut names: Vec<&str> = Vec::new();
    if regular.is_empty() {
        causes.push(Cause::required(&field, ""));
    }
    for (place, container) in regular.iter().enumerate() {
        let path = format!("{field}[{place}]");
        common(container, volumes, &path, causes);
        unique_name(container, &mut names, &path, causes);
        lifecycle_and_probes(container, grace, &path, causes);
        // Rules for single containers came in 1.36, and with them this field.
        one_of(container, &path, "restartPolicy", &["Always", "Never", "OnFailure"], false, causes);
    }
    host_ports(regular, &field, causes);
    let field = format!("{path}.initContainers");
    for (place, container) in spec.items("initContainers").iter().enumerate() {
        let path = format!("{field}[{place}]");
        common(container, volumes, &path, causes);
        one_of(container, &path, "restartPolicy", &["Always", "Never", "OnFailure"], false, causes);
        unique_name(container, &mut names, &path, causes);
        host_ports(std::slice::from_ref(container), &field, causes);
        if container.text("restartPolicy") == "Always" {
            lifecycle_and_probes(container, grace, &path, causes);
        } else {
            for forbidden in ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] {
                if container.get(forbidden).is_some_and(|value| !value.is_null()) {
                    let words = "may not be set for init containers without restartPolicy=Always";
                    causes.push(Cause::forbidden(&format!("{path}.{forbidden}"), words));
                }
            }
        }
    }
    let field = format!("{path}.ephemeralContainers");
    for (place, container) in spec.items("ephemeralContainers").iter().enumerate() {
        let path = format!("{field}[{place}]");
        common(container, volumes, &path, causes);
        unique_name(container, &mut names, &path, causes);
    }
}

fn unique_name<'a>(container: &'a Value, names: &mut Vec<&'a str>, path: &str, causes: &mut Vec<Cause>) {
    let name = container.text("name");
    if names.contains(&name) {
        causes.push(Cause::duplicate(&format!("{path}.name"), &Value::from(name)));
    } else {
        names.push(name);
    }
}

/// Models validateContainerCommon.
fn common(container: &Value, volumes: &[&str], path: &str, causes: &mut Vec<Cause>) {
    let text = container.text("name");
    if text.is_empty() {
        causes.push(Cause::required(&format!("{path}.name"), ""));
    } else {
        invalid_each(&format!("{path}.name"), text, name::dns_label(text), causes);
    }
    if container.text("image").is_empty() {
        causes.push(Cause::required(&format!("{path}.image"), ""));
    }
    one_of(container, path, "terminationMessagePolicy", &["File", "FallbackToLogsOnError"], true, causes);
    ports(container, path, causes);
    environment(container, path, causes);
    environment_from(container, path, causes);
    mounts(container, volumes, path, causes);
    one_of(container, path, "imagePullPolicy", &["Always", "IfNotPresent", "Never"], true, causes);
    resources(container, &format!("{path}.resources"), causes);
    if let Some(context) = container.get("securityContext") {
        security_context(context, &format!("{path}.securityContext"), causes);
    }
}

/// Models ValidateSecurityContext.
fn security_context(context: &Value, path: &str, causes: &mut Vec<Cause>) {
    pod::ids(context, path, &["runAsUser", "runAsGroup"], causes);
    if context.get("allowPrivilegeEscalation").and_then(Value::as_bool) != Some(false) {
        return;
    }
    let shown = pod_diff::security_context(context);
    let mut refuse = |what: &str| {
        let words = format!("cannot set `allowPrivilegeEscalation` to false and {what}");
        causes.push(Cause::invalid_shown(path, &shown, &words));
    };
    if context.is_true("privileged") {
        refuse("`privileged` to true");
    }
    let added = context.at("capabilities").map_or(&[] as &[Value], |capabilities| capabilities.items("add"));
    if added.iter().any(|name| name.as_str() == Some("CAP_SYS_ADMIN")) {
        refuse("`capabilities.Add` CAP_SYS_ADMIN");
    }
}

fn ports(container: &Value, path: &str, causes: &mut Vec<Cause>) {
    let mut names: Vec<&str> = Vec::new();
    for (place, port) in container.items("ports").iter().enumerate() {
        let path = format!("{path}.ports[{place}]");
        let text = port.text("name");
        if !text.is_empty() {
            let field = format!("{path}.name");
            let wrong = name::port_name(text);
            if !wrong.is_empty() {
                invalid_each(&field, text, wrong, causes);
            } else if names.contains(&text) {
                causes.push(Cause::duplicate(&field, &Value::from(text)));
            } else {
                names.push(text);
            }
        }
        match port.int("containerPort").unwrap_or(0) {
            0 => causes.push(Cause::required(&format!("{path}.containerPort"), "")),
            number => port_number(&format!("{path}.containerPort"), number, causes),
        }
        if let Some(number) = port.int("hostPort").filter(|number| *number != 0) {
            port_number(&format!("{path}.hostPort"), number, causes);
        }
        one_of(port, &path, "protocol", PROTOCOLS, true, causes);
    }
}

/// Models checkHostPortConflicts.
fn host_ports(containers: &[Value], path: &str, causes: &mut Vec<Cause>) {
    let mut seen: Vec<String> = Vec::new();
    for (place, container) in containers.iter().enumerate() {
        for (number, port) in container.items("ports").iter().enumerate() {
            let Some(host) = port.int("hostPort").filter(|host| *host != 0) else { continue };
            let key = format!("{}/{}/{host}", port.text("protocol"), port.text("hostIP"));
            if seen.contains(&key) {
                let path = format!("{path}[{place}].ports[{number}].hostPort");
                causes.push(Cause::duplicate(&path, &Value::from(key)));
            } else {
                seen.push(key);
            }
        }
    }
}

const FIELD_PATHS: &[&str] = &[
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];

const RESOURCE_PATHS: &[&str] = &[
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
];

fn environment(container: &Value, path: &str, causes: &mut Vec<Cause>) {
    for (place, variable) in container.items("env").iter().enumerate() {
        let path = format!("{path}.env[{place}]");
        let text = variable.text("name");
        if text.is_empty() {
            causes.push(Cause::required(&format!("{path}.name"), ""));
        } else {
            invalid_each(&format!("{path}.name"), text, name::env_name(text), causes);
        }
        let Some(from) = variable.get("valueFrom").filter(|from| from.is_object()) else { continue };
        let path = format!("{path}.valueFrom");
        let mut sources = 0;
        if let Some(field) = from.get("fieldRef") {
            sources += 1;
            field_path(field, &format!("{path}.fieldRef"), causes);
        }
        if let Some(field) = from.get("resourceFieldRef") {
            sources += 1;
            let path = format!("{path}.resourceFieldRef.resource");
            let resource = field.text("resource");
            let huge = resource.starts_with("limits.hugepages-") || resource.starts_with("requests.hugepages-");
            if resource.is_empty() {
                causes.push(Cause::required(&path, ""));
            } else if !RESOURCE_PATHS.contains(&resource) && !huge {
                causes.push(Cause::not_supported(&path, &Value::from(resource), RESOURCE_PATHS));
            }
        }
        for kind in ["configMapKeyRef", "secretKeyRef"] {
            if let Some(reference) = from.get(kind) {
                sources += 1;
                key_reference(reference, &format!("{path}.{kind}"), causes);
            }
        }
        if from.get("fileKeyRef").is_some() {
            sources += 1;
        }
        let words = if sources == 0 {
            "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
        } else if !variable.text("value").is_empty() {
            "may not be specified when `value` is not empty"
        } else if sources > 1 {
            "may not have more than one field specified at a time"
        } else {
            continue;
        };
        causes.push(Cause::invalid(&path, &Value::from(""), words));
    }
}

fn field_path(field: &Value, path: &str, causes: &mut Vec<Cause>) {
    let given = field.text("fieldPath");
    let place = format!("{path}.fieldPath");
    if field.text("apiVersion").is_empty() {
        causes.push(Cause::required(&format!("{path}.apiVersion"), ""));
    } else if given.is_empty() {
        causes.push(Cause::required(&place, ""));
    } else if let Some((map, key)) = given.strip_suffix("']").and_then(|rest| rest.split_once("['")) {
        match map {
            "metadata.annotations" => {
                invalid_each(path, key, name::check_label_key(&key.to_ascii_lowercase()), causes);
            }
            "metadata.labels" => invalid_each(path, key, name::check_label_key(key), causes),
            _ => {
                let words = format!("error converting fieldPath: field label does not support subscript: {given}");
                causes.push(Cause::invalid(&place, &Value::from(given), &words));
            }
        }
    } else if !FIELD_PATHS.contains(&given) {
        let known = matches!(given, "metadata.labels" | "metadata.annotations" | "status.phase" | "spec.restartPolicy");
        if known {
            causes.push(Cause::not_supported(&place, &Value::from(given), FIELD_PATHS));
        } else {
            let words = format!("error converting fieldPath: field label not supported: {given}");
            causes.push(Cause::invalid(&place, &Value::from(given), &words));
        }
    }
}

fn key_reference(reference: &Value, path: &str, causes: &mut Vec<Cause>) {
    let owner = reference.text("name");
    invalid_each(&format!("{path}.name"), owner, name::dns_subdomain(owner), causes);
    let key = reference.text("key");
    if key.is_empty() {
        causes.push(Cause::required(&format!("{path}.key"), ""));
    } else {
        invalid_each(&format!("{path}.key"), key, name::config_key(key), causes);
    }
}

fn environment_from(container: &Value, path: &str, causes: &mut Vec<Cause>) {
    for (place, source) in container.items("envFrom").iter().enumerate() {
        let list = format!("{path}.envFrom");
        let path = format!("{list}[{place}]");
        let prefix = source.text("prefix");
        if !prefix.is_empty() {
            invalid_each(&format!("{path}.prefix"), prefix, name::env_name(prefix), causes);
        }
        let mut sources = 0;
        for kind in ["configMapRef", "secretRef"] {
            let Some(reference) = source.get(kind) else { continue };
            sources += 1;
            let owner = reference.text("name");
            let field = format!("{path}.{kind}.name");
            if owner.is_empty() {
                causes.push(Cause::required(&field, ""));
            } else {
                invalid_each(&field, owner, name::dns_subdomain(owner), causes);
            }
        }
        let words = match sources {
            0 => "must specify one of: `configMapRef` or `secretRef`",
            1 => continue,
            _ => "may not have more than one field specified at a time",
        };
        causes.push(Cause::invalid(&list, &Value::from(""), words));
    }
}

fn mounts(container: &Value, volumes: &[&str], path: &str, causes: &mut Vec<Cause>) {
    let mut seen: Vec<&str> = Vec::new();
    for (place, mount) in container.items("volumeMounts").iter().enumerate() {
        let path = format!("{path}.volumeMounts[{place}]");
        let (text, target) = (mount.text("name"), mount.text("mountPath"));
        if text.is_empty() {
            causes.push(Cause::required(&format!("{path}.name"), ""));
        }
        if !volumes.contains(&text) {
            causes.push(Cause::not_found(&format!("{path}.name"), &Value::from(text)));
        }
        if target.is_empty() {
            causes.push(Cause::required(&format!("{path}.mountPath"), ""));
        }
        if seen.contains(&target) {
            causes.push(Cause::invalid(&format!("{path}.mountPath"), &Value::from(target), "must be unique"));
        }
        seen.push(target);
    }
}

/// Models validateResourceRequirements, for what is not about huge pages or claims.
fn resources(container: &Value, path: &str, causes: &mut Vec<Cause>) {
    let amount = |value: &Value| Quantity::parse(value.as_str().unwrap_or("")).map_or(0, Quantity::billionths);
    for list in ["limits", "requests"] {
        let Some(map) = container.map(&format!("resources.{list}")) else { continue };
        for (resource, value) in map {
            let field = format!("{path}.{list}[{resource}]");
            resource_name(resource, &field, causes);
            if amount(value) < 0 {
                causes.push(Cause::invalid(&field, value, NEGATIVE));
            }
            let extended = resource.contains('/');
            if extended && amount(value) % 1_000_000_000 != 0 {
                causes.push(Cause::invalid(&field, value, "must be an integer"));
            }
            if list == "limits" {
                continue;
            }
            let limit = container.at("resources.limits").and_then(|limits| limits.get(resource));
            let field = format!("{path}.requests");
            match limit {
                Some(limit) if extended && amount(value) != amount(limit) => {
                    let words = format!("must be equal to {resource} limit of {}", limit.as_str().unwrap_or(""));
                    causes.push(Cause::invalid(&field, value, &words));
                }
                Some(limit) if amount(value) > amount(limit) => {
                    let limit = limit.as_str().unwrap_or("");
                    let words = format!("must be less than or equal to {resource} limit of {limit}");
                    causes.push(Cause::invalid(&field, value, &words));
                }
                None if extended => {
                    let words = "Limit must be set for non overcommitable resources";
                    causes.push(Cause::required(&format!("{path}.limits"), words));
                }
                _ => {}
            }
        }
    }
}

fn resource_name(resource: &str, path: &str, causes: &mut Vec<Cause>) {
    let wrong = name::check_label_key(resource);
    if !wrong.is_empty() {
        invalid_each(path, resource, wrong, causes);
    } else if !resource.contains('/') {
        let of_containers =
            matches!(resource, "cpu" | "memory" | "ephemeral-storage") || resource.starts_with("hugepages-");
        let standard = of_containers || matches!(resource, "storage" | "pods" | "services" | "secrets" | "configmaps");
        let value = Value::from(resource);
        if !standard {
            causes.push(Cause::invalid(path, &value, "must be a standard resource type or fully qualified"));
        }
        if !of_containers {
            causes.push(Cause::invalid(path, &value, "must be a standard resource for containers"));
        }
    }
}

fn lifecycle_and_probes(container: &Value, grace: Option<i64>, path: &str, causes: &mut Vec<Cause>) {
    for hook in ["postStart", "preStop"] {
        if let Some(hook_value) = container.get("lifecycle").and_then(|lifecycle| lifecycle.get(hook)) {
            handler(hook_value, grace, &format!("{path}.lifecycle.{hook}"), causes);
        }
    }
    for kind in ["livenessProbe", "readinessProbe", "startupProbe"] {
        let Some(probe) = container.get(kind).filter(|probe| probe.is_object()) else { continue };
        let path = format!("{path}.{kind}");
        handler(probe, grace, &path, causes);
        pod::probe_numbers(probe, &path, causes);
        let grace = probe.int("terminationGracePeriodSeconds");
        let field = format!("{path}.terminationGracePeriodSeconds");
        if let Some(seconds) = grace.filter(|seconds| *seconds <= 0) {
            causes.push(Cause::invalid(&field, &Value::from(seconds), "must be greater than 0"));
        }
        let successes = probe.int("successThreshold").unwrap_or(0);
        if kind == "readinessProbe" {
            if let Some(seconds) = grace {
                causes.push(Cause::invalid(&field, &Value::from(seconds), "must not be set for readinessProbes"));
            }
        } else if successes != 1 {
            causes.push(Cause::invalid(&format!("{path}.successThreshold"), &Value::from(successes), "must be 1"));
        }
    }
}

/// What a probe or a hook does: one thing. Models validateHandler.
fn handler(owner: &Value, grace: Option<i64>, path: &str, causes: &mut Vec<Cause>) {
    let mut found = 0;
    for kind in ["exec", "httpGet", "tcpSocket", "grpc", "sleep"] {
        let Some(action) = owner.get(kind).filter(|action| action.is_object()) else { continue };
        let path = format!("{path}.{kind}");
        found += 1;
        if found > 1 {
            causes.push(Cause::forbidden(&path, "may not specify more than 1 handler type"));
            continue;
        }
        match kind {
            "exec" if action.items("command").is_empty() => {
                causes.push(Cause::required(&format!("{path}.command"), ""));
            }
            "httpGet" => http_get(action, &path, causes),
            "tcpSocket" | "grpc" => port_number_or_name(&format!("{path}.port"), action.get("port"), causes),
            "sleep" => {
                let seconds = action.int("seconds").unwrap_or(0);
                if let Some(grace) = grace.filter(|grace| seconds < 0 || seconds > *grace) {
                    let words = format!("must be non-negative and less than terminationGracePeriodSeconds ({grace})");
                    causes.push(Cause::invalid(&path, &Value::from(seconds), &words));
                }
            }
            _ => {}
        }
    }
    if found == 0 {
        causes.push(Cause::required(path, "must specify a handler type"));
    }
}

fn http_get(action: &Value, path: &str, causes: &mut Vec<Cause>) {
    if action.text("path").is_empty() {
        causes.push(Cause::required(&format!("{path}.path"), ""));
    }
    port_number_or_name(&format!("{path}.port"), action.get("port"), causes);
    let scheme = action.text("scheme");
    if !matches!(scheme, "HTTP" | "HTTPS") {
        causes.push(Cause::not_supported(&format!("{path}.scheme"), &Value::from(scheme), &["HTTP", "HTTPS"]));
    }
    for header in action.items("httpHeaders") {
        let text = header.text("name");
        invalid_each(&format!("{path}.httpHeaders"), text, name::header_name(text), causes);
    }
}
