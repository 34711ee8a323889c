//! Pods and the specs of pod templates. Models ValidatePodSpec, ValidatePodCreate and ValidatePodUpdate.

use super::super::{Cause, Fields, Map, Object, Value, json};
use super::address::check_address;
use super::{container, invalid_each, metadata, name, one_of, placement, resources, security, volume};

const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";

/// Checks a new pod.
pub fn create(pod: &Object, causes: &mut Vec<Cause>) {
    whole(pod, causes);
    if !pod.items("spec.ephemeralContainers").is_empty() {
        causes.push(Cause::forbidden("spec.ephemeralContainers", "cannot be set on create"));
    }
    if !pod.text("spec.nodeName").is_empty() && !pod.items("spec.schedulingGates").is_empty() {
        let words = "cannot be set until all schedulingGates have been cleared";
        causes.push(Cause::forbidden("spec.nodeName", words));
    }
}

fn whole(pod: &Object, causes: &mut Vec<Cause>) {
    deletion_cost(pod.value(), "metadata.annotations", causes);
    let nothing = Value::Null;
    let pod_spec = pod.at("spec").unwrap_or(&nothing);
    spec(pod_spec, "spec", true, causes);
    for list in ["containers", "initContainers"] {
        for (place, one) in pod_spec.items(list).iter().enumerate() {
            container::image_space(one, &format!("spec.{list}[{place}].image"), causes);
        }
    }
}

/// Checks the annotation that steers which pods a ReplicaSet deletes first.
pub fn deletion_cost(owner: &Value, path: &str, causes: &mut Vec<Cause>) {
    let Some(cost) = owner.at("metadata.annotations").and_then(|all| all.get(DELETION_COST)).and_then(Value::as_str)
    else {
        return;
    };
    let canonical =
        cost.parse::<i32>().is_ok() && !(cost.starts_with('+') || (cost.len() > 1 && cost.starts_with('0')));
    if !canonical {
        let words = "must be a 32bit integer";
        causes.push(Cause::invalid(&format!("{path}[{DELETION_COST}]"), &Value::from(cost), words));
    }
}

/// Checks a pod's spec; `is_pod` where it is not a template's.
pub fn spec(spec: &Value, path: &str, is_pod: bool, causes: &mut Vec<Cause>) {
    if spec.int("terminationGracePeriodSeconds").is_none() {
        causes.push(Cause::required(&format!("{path}.terminationGracePeriodSeconds"), ""));
    }
    let volumes = volume::volumes(spec, &format!("{path}.volumes"), is_pod, causes);
    container::containers(spec, path, &volumes, causes);
    resources::of_pod(spec, path, causes);
    host_network(spec, path, is_pod, causes);
    restart_and_dns(spec, path, causes);
    metadata::labels(spec, "nodeSelector", &format!("{path}.nodeSelector"), causes);
    security::of_pod(spec, path, causes);
    placement::affinity(spec, path, causes);
    dns_config(spec, &format!("{path}.dnsConfig"), causes);
    for (place, gate) in spec.items("readinessGates").iter().enumerate() {
        let kind = gate.text("conditionType");
        let path = format!("{path}.readinessGates[{place}].conditionType");
        invalid_each(&path, kind, name::check_label_key(kind), causes);
    }
    scheduling_gates(spec, path, causes);
    placement::spread(spec, path, causes);
    security::host_users(spec, path, causes);
    hostname_override(spec, path, causes);
    let names = [("serviceAccountName", name::dns_subdomain as Rule), ("nodeName", name::dns_subdomain)];
    check_names(spec, path, &names, causes);
    if let Some(seconds) = spec.int("activeDeadlineSeconds").filter(|seconds| !(1..=2_147_483_647).contains(seconds)) {
        let words = "must be between 1 and 2147483647, inclusive";
        causes.push(Cause::invalid(&format!("{path}.activeDeadlineSeconds"), &Value::from(seconds), words));
    }
    check_names(spec, path, &[("hostname", name::dns_label), ("subdomain", name::dns_label)], causes);
    placement::tolerations(spec, path, causes);
    for (place, alias) in spec.items("hostAliases").iter().enumerate() {
        let path = format!("{path}.hostAliases[{place}]");
        if let Some(words) = check_address(alias.text("ip"), true) {
            causes.push(Cause::invalid(&format!("{path}.ip"), &Value::from(alias.text("ip")), words));
        }
        for (place, host) in alias.items("hostnames").iter().enumerate() {
            let host = host.as_str().unwrap_or("");
            invalid_each(&format!("{path}.hostnames[{place}]"), host, name::dns_subdomain(host), causes);
        }
    }
    check_names(
        spec,
        path,
        &[("priorityClassName", name::dns_subdomain), ("runtimeClassName", name::dns_subdomain)],
        causes,
    );
    one_of(spec, path, "preemptionPolicy", &["PreemptLowerPriority", "Never"], false, causes);
    // The overhead is checked as the limits of a container are.
    if let Some(overhead) = spec.get("overhead").filter(|overhead| overhead.is_object()) {
        resources::requirements(&json!({"limits": overhead}), &format!("{path}.overhead"), causes);
    }
    security::operating_system(spec, path, causes);
}

/// Models validatePodHostName.
fn hostname_override(spec: &Value, path: &str, causes: &mut Vec<Cause>) {
    let Some(wanted) = spec.get("hostnameOverride").and_then(Value::as_str) else { return };
    let path = format!("{path}.hostnameOverride");
    for field in ["setHostnameAsFQDN", "hostNetwork"] {
        if spec.is_true(field) {
            causes.push(Cause::forbidden(&path, &format!("may not be specified when {field} is true")));
        }
    }
    if wanted.len() > MAX_HOSTNAME {
        causes.push(Cause::too_long(&path, MAX_HOSTNAME));
    }
    invalid_each(&path, wanted, name::dns_subdomain(wanted), causes);
}

/// The longest name that a Linux host can have.
const MAX_HOSTNAME: usize = 64;

/// A check of a name: the words for what is wrong.
type Rule = fn(&str) -> Vec<String>;

fn check_names(spec: &Value, path: &str, rules: &[(&str, Rule)], causes: &mut Vec<Cause>) {
    for (field, rule) in rules {
        let text = spec.text(field);
        if !text.is_empty() {
            invalid_each(&format!("{path}.{field}"), text, rule(text), causes);
        }
    }
}

fn host_network(spec: &Value, path: &str, is_pod: bool, causes: &mut Vec<Cause>) {
    if !spec.is_true("hostNetwork") {
        return;
    }
    for (place, container) in spec.items("containers").iter().enumerate() {
        for (number, port) in container.items("ports").iter().enumerate() {
            let (host, own) = (port.int("hostPort").unwrap_or(0), port.int("containerPort").unwrap_or(0));
            if (is_pod || host != 0) && host != own {
                let path = format!("{path}.containers[{place}].ports[{number}].hostPort");
                let words = "must match `containerPort` when `hostNetwork` is true";
                causes.push(Cause::invalid(&path, &Value::from(host), words));
            }
        }
    }
}

fn restart_and_dns(spec: &Value, path: &str, causes: &mut Vec<Cause>) {
    one_of(spec, path, "restartPolicy", &["Always", "OnFailure", "Never"], true, causes);
    one_of(spec, path, "dnsPolicy", &["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"], true, causes);
}

const MAX_NAMESERVERS: usize = 3;
const MAX_SEARCHES: usize = 32;
const MAX_SEARCH_CHARACTERS: usize = 2048;

fn dns_config(spec: &Value, path: &str, causes: &mut Vec<Cause>) {
    let config = spec.get("dnsConfig").filter(|config| config.is_object());
    let servers = config.map_or(&[] as &[Value], |config| config.items("nameservers"));
    if spec.text("dnsPolicy") == "None" {
        if config.is_none() {
            causes.push(Cause::required(path, "must provide `dnsConfig` when `dnsPolicy` is None"));
            return;
        }
        if servers.is_empty() {
            let words = "must provide at least one DNS nameserver when `dnsPolicy` is None";
            causes.push(Cause::required(&format!("{path}.nameservers"), words));
            return;
        }
    }
    let Some(config) = config else { return };
    if servers.len() > MAX_NAMESERVERS {
        let words = format!("must not have more than {MAX_NAMESERVERS} nameservers");
        causes.push(Cause::invalid(&format!("{path}.nameservers"), &Value::from(servers.to_vec()), &words));
    }
    for (place, server) in servers.iter().enumerate() {
        if let Some(words) = check_address(server.as_str().unwrap_or(""), true) {
            causes.push(Cause::invalid(&format!("{path}.nameservers[{place}]"), server, words));
        }
    }
    let searches: Vec<&str> = config.items("searches").iter().filter_map(Value::as_str).collect();
    let all = Value::from(config.items("searches").to_vec());
    let field = format!("{path}.searches");
    if searches.len() > MAX_SEARCHES {
        let words = format!("must not have more than {MAX_SEARCHES} search paths");
        causes.push(Cause::invalid(&field, &all, &words));
    }
    if searches.join(" ").len() > MAX_SEARCH_CHARACTERS {
        let words =
            format!("must not have more than {MAX_SEARCH_CHARACTERS} characters (including spaces) in the search list");
        causes.push(Cause::invalid(&field, &all, &words));
    }
    for (place, search) in searches.iter().enumerate().filter(|(_, search)| **search != ".") {
        let search = search.strip_suffix('.').unwrap_or(search);
        invalid_each(&format!("{field}[{place}]"), search, name::search_domain(search), causes);
    }
    for (place, option) in config.items("options").iter().enumerate() {
        if option.text("name").is_empty() {
            causes.push(Cause::required(&format!("{path}.options[{place}]"), "must not be empty"));
        }
    }
}

fn scheduling_gates(spec: &Value, path: &str, causes: &mut Vec<Cause>) {
    let mut seen = Vec::new();
    for (place, gate) in spec.items("schedulingGates").iter().enumerate() {
        let path = format!("{path}.schedulingGates[{place}]");
        let text = gate.text("name");
        invalid_each(&path, text, name::check_label_key(text), causes);
        if seen.contains(&text) {
            causes.push(Cause::duplicate(&path, &Value::from(text)));
        }
        seen.push(text);
    }
}

const UPDATABLE: &str = "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/// Checks what an update of a pod changes.
pub fn update(new: &Object, old: &Object, causes: &mut Vec<Cause>) {
    if new.shares_spec(old) {
        // It was looked at when it was stored.
        return deletion_cost(new.value(), "metadata.annotations", causes);
    }
    whole(new, causes);
    for list in ["containers", "initContainers"] {
        let path = format!("spec.{list}");
        let (after, before) = (new.items(&path), old.items(&path));
        if after.len() != before.len() {
            causes.push(Cause::forbidden(&path, "pod updates may not add or remove containers"));
            return;
        }
        for (place, one) in after.iter().enumerate() {
            let path = format!("{path}[{place}].image");
            if one.text("image").is_empty() {
                causes.push(Cause::required(&path, ""));
            }
            container::image_space(one, &path, causes);
        }
    }
    if !deadline(new, old, causes) {
        return;
    }
    only_added_tolerations(new, old, causes);
    let known = old.items("spec.schedulingGates");
    for (place, gate) in new.items("spec.schedulingGates").iter().enumerate() {
        if !known.contains(gate) {
            let words = format!("only deletion is allowed, but found new scheduling gate '{}'", gate.text("name"));
            causes.push(Cause::forbidden(&format!("spec.schedulingGates[{place}].name"), &words));
        }
    }
    let (before, after) = (fixed_part(old, old), fixed_part(new, old));
    if before != after {
        let diff = super::super::pod_diff::diff(&Value::Object(before), &Value::Object(after));
        causes.push(Cause::forbidden("spec", &format!("{UPDATABLE}\n{diff}")));
    }
}

const MIRROR: &str = "kubernetes.io/config.mirror";

/// Checks what an update through `ephemeralcontainers` changes. Models ValidatePodEphemeralContainersUpdate.
pub fn update_ephemeral(new: &Object, old: &Object, causes: &mut Vec<Cause>) {
    whole(new, causes);
    if old.annotation(MIRROR).is_some() {
        *causes = vec![Cause::forbidden("[]", "static pods do not support ephemeral containers")];
        return;
    }
    let path = "spec.ephemeralContainers";
    for before in old.items(path) {
        let name = before.text("name");
        // One of several of a name is the last.
        match new.items(path).iter().rev().find(|one| one.text("name") == name) {
            None => {
                let words = format!("existing ephemeral containers {name:?} may not be removed\n");
                causes.push(Cause::forbidden(path, &words));
            }
            Some(after) if after != before => {
                let diff = super::super::pod_diff::diff_ephemeral(before, after);
                let words = format!("existing ephemeral containers {name:?} may not be changed\n{diff}");
                causes.push(Cause::forbidden(path, &words));
            }
            Some(_) => {}
        }
    }
}

/// False where nothing after it is looked at.
fn deadline(new: &Object, old: &Object, causes: &mut Vec<Cause>) -> bool {
    let path = "spec.activeDeadlineSeconds";
    match (new.int(path), old.int(path)) {
        (Some(seconds), _) if !(0..=2_147_483_647).contains(&seconds) => {
            let words = "must be between 0 and 2147483647, inclusive";
            causes.push(Cause::invalid(path, &Value::from(seconds), words));
            false
        }
        (Some(seconds), Some(before)) if before < seconds => {
            let words = "must be less than or equal to previous value";
            causes.push(Cause::invalid(path, &Value::from(seconds), words));
            false
        }
        (None, Some(_)) => {
            let words = "must not update from a positive integer to nil value";
            causes.push(Cause::invalid(path, &Value::Null, words));
            true
        }
        _ => true,
    }
}

fn only_added_tolerations(new: &Object, old: &Object, causes: &mut Vec<Cause>) {
    let path = "spec.tolerations";
    let without_seconds = |toleration: &Value| {
        let mut toleration = toleration.clone();
        if let Some(map) = toleration.as_object_mut() {
            map.remove("tolerationSeconds");
        }
        toleration
    };
    let after: Vec<Value> = new.items(path).iter().map(without_seconds).collect();
    if old.items(path).iter().map(without_seconds).any(|before| !after.contains(&before)) {
        causes.push(Cause::forbidden(path, "existing toleration can not be modified except its tolerationSeconds"));
    } else if let Some(spec) = new.at("spec") {
        placement::tolerations(spec, "spec", causes);
    }
}

/// The spec of `pod` with what may change taken from `old`.
fn fixed_part(pod: &Object, old: &Object) -> Map {
    let mut spec = pod.map("spec").cloned().unwrap_or_default();
    for list in ["containers", "initContainers"] {
        let images = old.items(&format!("spec.{list}"));
        for (container, old) in spec.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten().zip(images) {
            if let Some(map) = container.as_object_mut() {
                map.insert("image".to_owned(), Value::from(old.text("image")));
            }
        }
    }
    for field in ["activeDeadlineSeconds", "schedulingGates", "tolerations"] {
        match old.at(&format!("spec.{field}")) {
            Some(value) => spec.insert(field.to_owned(), value.clone()),
            None => spec.remove(field),
        };
    }
    let grace = "terminationGracePeriodSeconds";
    if let Some(before) = old.int(&format!("spec.{grace}")).filter(|before| *before < 0)
        && spec.get(grace).and_then(Value::as_i64) == Some(1)
    {
        spec.insert(grace.to_owned(), Value::from(before));
    }
    spec
}
