//! The containers of a pod. Models validateContainers, validateInitContainers and what they hold.

use super::super::{Cause, Fields, Value};
use super::{PROTOCOLS, handler, invalid_each, mounts, name, one_of, port_number, resources, security};

/// What a container's check asks of its pod.
struct Pod<'a> {
    volumes: &'a [&'a Value],
    restarts: &'a str,
    /// Whether it has the host's users.
    users: bool,
}

/// Checks all containers of a pod's spec; `volumes` are its volumes that are right.
pub fn containers(spec: &Value, path: &str, volumes: &[&Value], causes: &mut Vec<Cause>) {
    let pod = Pod {
        volumes,
        restarts: spec.text("restartPolicy"),
        users: spec.get("hostUsers").and_then(Value::as_bool) != Some(false),
    };
    let regular = spec.items("containers");
    let field = format!("{path}.containers");
    let grace = spec.int("terminationGracePeriodSeconds");
    let mut names: Vec<&str> = Vec::new();
    if regular.is_empty() {
        causes.push(Cause::required(&field, ""));
    }
    for (place, container) in regular.iter().enumerate() {
        let path = format!("{field}[{place}]");
        common(container, &pod, &path, causes);
        unique_name(container, &mut names, &path, causes);
        handler::lifecycle_and_probes(container, grace, &path, causes);
        restart_policy(container, &path, causes);
    }
    host_ports(regular, &field, causes);
    let field = format!("{path}.initContainers");
    for (place, container) in spec.items("initContainers").iter().enumerate() {
        let path = format!("{field}[{place}]");
        common(container, &pod, &path, causes);
        restart_policy(container, &path, causes);
        unique_name(container, &mut names, &path, causes);
        host_ports(std::slice::from_ref(container), &field, causes);
        if container.text("restartPolicy") == "Always" {
            handler::lifecycle_and_probes(container, grace, &path, causes);
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
        common(container, &pod, &path, causes);
        image_space(container, &format!("{path}.image"), causes);
        unique_name(container, &mut names, &path, causes);
        ephemeral(container, spec, &path, causes);
    }
}

const IMAGE_SPACE: &str = "must not have leading or trailing whitespace";

/// Refuses spaces around an image's name.
pub fn image_space(container: &Value, path: &str, causes: &mut Vec<Cause>) {
    let image = container.text("image");
    if image != image.trim() {
        causes.push(Cause::invalid(path, &Value::from(image), IMAGE_SPACE));
    }
}

/// What an ephemeral container may not say, in the order of the fields of its type. Models validateEphemeralContainers.
fn ephemeral(container: &Value, spec: &Value, path: &str, causes: &mut Vec<Cause>) {
    let target = container.text("targetContainerName");
    let mut others = spec.items("containers").iter().chain(spec.items("initContainers"));
    if !target.is_empty() && !others.any(|one| one.text("name") == target) {
        causes.push(Cause::not_found(&format!("{path}.targetContainerName"), &Value::from(target)));
    }
    let mut forbid = |field: &str| {
        causes.push(Cause::forbidden(&format!("{path}.{field}"), "cannot be set for an Ephemeral Container"));
    };
    for field in [
        "ports",
        "resources",
        "resizePolicy",
        "restartPolicy",
        "restartPolicyRules",
        "livenessProbe",
        "readinessProbe",
        "startupProbe",
        "lifecycle",
    ] {
        let is_set = match container.get(field) {
            None | Some(Value::Null) => false,
            Some(Value::Array(items)) => !items.is_empty(),
            Some(Value::Object(map)) => field != "resources" || !map.is_empty(),
            Some(_) => true,
        };
        if is_set {
            forbid(field);
        }
    }
    for (place, mount) in container.items("volumeMounts").iter().enumerate() {
        for field in ["subPath", "subPathExpr"] {
            if !mount.text(field).is_empty() {
                forbid(&format!("volumeMounts[{place}].{field}"));
            }
        }
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
fn common(container: &Value, pod: &Pod<'_>, path: &str, causes: &mut Vec<Cause>) {
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
    mounts::mounts(container, pod.volumes, path, causes);
    one_of(container, path, "imagePullPolicy", &["Always", "IfNotPresent", "Never"], true, causes);
    if let Some(asked) = container.get("resources") {
        resources::requirements(asked, &format!("{path}.resources"), causes);
    }
    resources::resize_policy(container, pod.restarts, &format!("{path}.resizePolicy"), causes);
    if let Some(context) = container.get("securityContext") {
        security::of_container(context, pod.users, &format!("{path}.securityContext"), causes);
    }
}

/// Models validateContainerRestartPolicy. The rules by exit codes came in 1.35 for all containers.
fn restart_policy(container: &Value, path: &str, causes: &mut Vec<Cause>) {
    let rules = container.items("restartPolicyRules");
    if container.text("restartPolicy").is_empty() && !rules.is_empty() {
        let words = "must specify restartPolicy when restart rules are used";
        causes.push(Cause::required(&format!("{path}.restartPolicy"), words));
    }
    one_of(container, path, "restartPolicy", &["Always", "Never", "OnFailure"], false, causes);
    for (place, rule) in rules.iter().enumerate() {
        let path = format!("{path}.restartPolicyRules[{place}]");
        let action = rule.text("action");
        if !matches!(action, "Restart" | "RestartAllContainers") {
            causes.push(Cause::not_supported(&format!("{path}.action"), &Value::from(action), &["Restart"]));
        }
        let path = format!("{path}.exitCodes");
        match rule.get("exitCodes").filter(|codes| codes.is_object()) {
            None => causes.push(Cause::required(&path, "must be specified")),
            Some(codes) => {
                let operator = codes.text("operator");
                if !matches!(operator, "In" | "NotIn") {
                    let found = Value::from(operator);
                    causes.push(Cause::not_supported(&format!("{path}.operator"), &found, &["In", "NotIn"]));
                }
            }
        }
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
            field_reference(field, FIELD_PATHS, &format!("{path}.fieldRef"), causes);
        }
        if let Some(field) = from.get("resourceFieldRef") {
            sources += 1;
            resource_reference(field, false, &format!("{path}.resourceFieldRef"), causes);
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

/// The fields of a pod that anything may refer to. Models ConvertDownwardAPIFieldLabel.
const ANY_FIELD: &[&str] = &[
    "metadata.annotations",
    "metadata.labels",
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.serviceAccountName",
    "spec.schedulerName",
    "status.phase",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];

/// Checks a reference to one of the `supported` fields of the pod. Models validateObjectFieldSelector.
pub fn field_reference(field: &Value, supported: &[&str], path: &str, causes: &mut Vec<Cause>) {
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
    } else if !supported.contains(&given) {
        if ANY_FIELD.contains(&given) {
            causes.push(Cause::not_supported(&place, &Value::from(given), supported));
        } else {
            let words = format!("error converting fieldPath: field label not supported: {given}");
            causes.push(Cause::invalid(&place, &Value::from(given), &words));
        }
    }
}

/// Checks a reference to a container's requests or limits; in a volume (`in_volume`) it names the container. Models
/// validateContainerResourceFieldSelector.
pub fn resource_reference(reference: &Value, in_volume: bool, path: &str, causes: &mut Vec<Cause>) {
    let resource = reference.text("resource");
    let huge = resource.starts_with("limits.hugepages-") || resource.starts_with("requests.hugepages-");
    if in_volume && reference.text("containerName").is_empty() {
        causes.push(Cause::required(&format!("{path}.containerName"), ""));
    } else if resource.is_empty() {
        causes.push(Cause::required(&format!("{path}.resource"), ""));
    } else if !RESOURCE_PATHS.contains(&resource) && !huge {
        causes.push(Cause::not_supported(&format!("{path}.resource"), &Value::from(resource), RESOURCE_PATHS));
    }
    let divisor = reference.text("divisor");
    let unset = matches!(divisor, "" | "0");
    let (allowed, words): (&[&str], _) = match resource {
        "limits.cpu" | "requests.cpu" => {
            (&["1m", "1"], "only divisor's values 1m and 1 are supported with the cpu resource")
        }
        "limits.memory" | "requests.memory" => (
            &["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"],
            "only divisor's values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported with the \
             memory resource",
        ),
        _ => return,
    };
    if !unset && !allowed.contains(&divisor) {
        causes.push(Cause::invalid(&format!("{path}.divisor"), &Value::from(resource), words));
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
