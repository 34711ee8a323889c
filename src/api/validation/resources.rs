//! What containers ask for. Models validateResourceRequirements and validateResizePolicy.

use super::super::quantity::Quantity;
use super::super::{Cause, Fields, Value, pod};
use super::{NEGATIVE, invalid_each, name};

fn amount(value: &Value) -> i128 {
    Quantity::parse(value.as_str().unwrap_or("")).map_or(0, Quantity::billionths)
}

/// Huge pages of some size.
pub fn is_huge_pages(resource: &str) -> bool {
    resource.starts_with("hugepages-")
}

/// Kubernetes' own resources: without a prefix or with its own. Models IsNativeResource.
pub fn is_native(resource: &str) -> bool {
    !resource.contains('/') || resource.contains("kubernetes.io/")
}

/// Devices and the like, which are counted. Models IsExtendedResourceName.
pub fn is_extended(resource: &str) -> bool {
    !is_native(resource)
        && !resource.starts_with("requests.")
        && name::check_label_key(&format!("requests.{resource}")).is_empty()
}

/// Checks `limits` and `requests` of a container below `asked`.
pub fn requirements(asked: &Value, path: &str, causes: &mut Vec<Cause>) {
    of_either(asked, container_resource, path, causes);
}

/// Checks what a pod asks for as a whole, and that its containers stay in it. Models validatePodResources.
pub fn of_pod(spec: &Value, path: &str, causes: &mut Vec<Cause>) {
    let Some(asked) = spec.get("resources").filter(|asked| asked.is_object()) else { return };
    let path = format!("{path}.resources");
    if spec.text("os.name") == "windows" {
        causes.push(Cause::forbidden(&path, "may not be set for a windows pod"));
        return;
    }
    if asked.get("claims").is_some_and(|claims| !claims.is_null()) {
        let words = "claims may not be set for Resources at pod-level";
        causes.push(Cause::forbidden(&format!("{path}.claims"), words));
    }
    of_either(asked, pod_resource, &path, causes);
    stays_within(spec, asked, &path, causes);
}

/// Models validatePodResourceConsistency.
fn stays_within(spec: &Value, asked: &Value, path: &str, causes: &mut Vec<Cause>) {
    let read = |value: Option<&Value>| value.and_then(Quantity::read).unwrap_or_default();
    let larger = |one: Quantity, other: Quantity| if other.billionths() > one.billionths() { other } else { one };
    for (list, has_sum) in [("requests", pod::is_pod_level as fn(&str) -> bool), ("limits", is_huge_pages)] {
        for (resource, whole) in asked.map(list).into_iter().flatten().filter(|(resource, _)| has_sum(resource)) {
            let of = |container: &Value| {
                let amounts = container.get("resources").and_then(|resources| resources.get(list));
                read(amounts.and_then(|amounts| amounts.get(resource)))
            };
            let total = pod::total_of_spec(spec, of, Quantity::plus, larger);
            if total.billionths() > amount(whole) {
                let words = format!("must be greater than or equal to aggregate container {list} of {total}");
                causes.push(Cause::invalid(&format!("{path}.{list}[{resource}]"), whole, &words));
            }
        }
    }
    for (place, container) in spec.items("containers").iter().enumerate() {
        for (resource, limit) in container.map("resources.limits").into_iter().flatten() {
            if let Some(whole) = asked.get("limits").and_then(|limits| limits.get(resource))
                && amount(limit) > amount(whole)
            {
                // Upstream's path begins with the pod's resources.
                let path = format!("{path}.containers[{place}][{resource}].limits");
                let words = format!("must be less than or equal to pod limits of {}", whole.as_str().unwrap_or(""));
                causes.push(Cause::invalid(&path, limit, &words));
            }
        }
    }
}

/// A check of a resource's name.
type Rule = fn(&str, &str, &mut Vec<Cause>);

/// Models validateResourceRequirements.
fn of_either(asked: &Value, rule: Rule, path: &str, causes: &mut Vec<Cause>) {
    let mut named: Vec<&str> = Vec::new();
    for list in ["limits", "requests"] {
        for (resource, value) in asked.map(list).into_iter().flatten() {
            let resource: &str = resource;
            named.push(resource);
            let field = format!("{path}.{list}[{resource}]");
            rule(resource, &field, causes);
            if amount(value) < 0 {
                causes.push(Cause::invalid(&field, value, NEGATIVE));
            }
            if !is_native(resource) && amount(value) % 1_000_000_000 != 0 {
                causes.push(Cause::invalid(&field, value, "must be an integer"));
            }
            if list == "requests" {
                at_most_the_limit(resource, value, asked, path, causes);
            }
            if is_huge_pages(resource) {
                let page = Quantity::parse(resource.trim_start_matches("hugepages-")).map_or(0, Quantity::billionths);
                if page <= 0 || amount(value) % page != 0 {
                    let shown = value.as_str().unwrap_or("");
                    let words = format!("{shown} is not positive integer multiple of {resource}");
                    causes.push(Cause::invalid(&field, value, &words));
                }
            }
        }
    }
    if named.iter().any(|resource| is_huge_pages(resource))
        && !named.iter().any(|resource| matches!(*resource, "cpu" | "memory"))
    {
        causes.push(Cause::forbidden(path, "HugePages require cpu or memory"));
    }
    for (place, claim) in asked.items("claims").iter().enumerate() {
        if claim.text("name").is_empty() {
            causes.push(Cause::required(&format!("{path}.claims[{place}]"), ""));
        }
    }
}

/// What cannot be given to more than one at a time is asked for as it is limited.
fn at_most_the_limit(resource: &str, value: &Value, asked: &Value, path: &str, causes: &mut Vec<Cause>) {
    let exclusive = !is_native(resource) || is_huge_pages(resource);
    let field = format!("{path}.requests");
    match asked.get("limits").and_then(|limits| limits.get(resource)) {
        Some(limit) if exclusive && amount(value) != amount(limit) => {
            let words = format!("must be equal to {resource} limit of {}", limit.as_str().unwrap_or(""));
            causes.push(Cause::invalid(&field, value, &words));
        }
        Some(limit) if amount(value) > amount(limit) => {
            let words = format!("must be less than or equal to {resource} limit of {}", limit.as_str().unwrap_or(""));
            causes.push(Cause::invalid(&field, value, &words));
        }
        None if exclusive => {
            let words = "Limit must be set for non overcommitable resources";
            causes.push(Cause::required(&format!("{path}.limits"), words));
        }
        _ => {}
    }
}

/// The resources that Kubernetes itself names, besides huge pages. Models standardResources.
const STANDARD: &[&str] = &[
    "cpu",
    "memory",
    "ephemeral-storage",
    "requests.cpu",
    "requests.memory",
    "requests.ephemeral-storage",
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
    "storage",
    "requests.storage",
];

/// Those that are counted in whole numbers. Models integerResources.
pub const COUNTED: &[&str] = &[
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "services.nodeports",
    "services.loadbalancers",
];

/// Models validateResourceName: whether the name is one at all.
pub fn any_resource(resource: &str, path: &str, causes: &mut Vec<Cause>) {
    let wrong = name::check_label_key(resource);
    let huge = is_huge_pages(resource.strip_prefix("requests.").unwrap_or(resource));
    if !wrong.is_empty() {
        invalid_each(path, resource, wrong, causes);
    } else if !resource.contains('/') && !huge && ![STANDARD, COUNTED].concat().contains(&resource) {
        let words = "must be a standard resource type or fully qualified";
        causes.push(Cause::invalid(path, &Value::from(resource), words));
    }
}

/// Models validatePodResourceName.
fn pod_resource(resource: &str, path: &str, causes: &mut Vec<Cause>) {
    let before = causes.len();
    any_resource(resource, path, causes);
    if causes.len() == before && !pod::is_pod_level(resource) {
        causes.push(Cause::not_supported(path, &Value::from(resource), &["cpu", "hugepages-", "memory"]));
    }
}

/// Models validateContainerResourceName.
pub fn container_resource(resource: &str, path: &str, causes: &mut Vec<Cause>) {
    any_resource(resource, path, causes);
    let value = Value::from(resource);
    if !resource.contains('/') {
        if !matches!(resource, "cpu" | "memory" | "ephemeral-storage") && !is_huge_pages(resource) {
            causes.push(Cause::invalid(path, &value, "must be a standard resource for containers"));
        }
    } else if resource.starts_with("requests.") && !is_native(resource) {
        causes.push(Cause::invalid(path, &value, "doesn't follow extended resource name standard"));
    }
}

const RESIZABLE: &[&str] = &["cpu", "memory"];
const RESIZE_POLICIES: &[&str] = &["NotRequired", "RestartContainer"];

/// Checks `resizePolicy`; `restarts` is the pod's restart policy. Most of upstream's paths name the whole list.
pub fn resize_policy(container: &Value, restarts: &str, path: &str, causes: &mut Vec<Cause>) {
    let mut seen: Vec<&str> = Vec::new();
    for (place, rule) in container.items("resizePolicy").iter().enumerate() {
        let (resource, policy) = (rule.text("resourceName"), rule.text("restartPolicy"));
        if seen.contains(&resource) {
            causes.push(Cause::duplicate(&format!("{path}[{place}]"), &Value::from(resource)));
        }
        seen.push(resource);
        for (found, known) in [(resource, RESIZABLE), (policy, RESIZE_POLICIES)] {
            if found.is_empty() {
                causes.push(Cause::required(path, ""));
            } else if !known.contains(&found) {
                causes.push(Cause::not_supported(path, &Value::from(found), known));
            }
        }
        if restarts == "Never" && policy != "NotRequired" {
            let words = "must be 'NotRequired' when `restartPolicy` is 'Never'";
            causes.push(Cause::invalid(path, &Value::from(policy), words));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;

    #[test]
    fn what_may_be_asked_for() {
        for (asked, wanted) in [
            (json!({"limits": {"cpu": "1"}, "requests": {"cpu": "500m"}}), ""),
            (
                json!({"limits": {"cpu": "1"}, "requests": {"cpu": "2"}}),
                "r.requests: Invalid value: \"2\": must be less than or equal to cpu limit of 1",
            ),
            (
                json!({"requests": {"memory": "-1"}}),
                "r.requests[memory]: Invalid value: \"-1\": must be greater than or equal to 0",
            ),
            (
                json!({"requests": {"example.com/gpu": "1"}}),
                "r.limits: Required value: Limit must be set for non overcommitable resources",
            ),
            (
                json!({"limits": {"disk": "1"}}),
                "r.limits[disk]: Invalid value: \"disk\": must be a standard resource type or fully qualified\nr.limits[disk]: Invalid value: \"disk\": must be a standard resource for containers",
            ),
            (json!({"limits": {"hugepages-2Mi": "4Mi"}}), "r: Forbidden: HugePages require cpu or memory"),
            (
                json!({"limits": {"cpu": "1", "hugepages-2Mi": "3Mi"}}),
                "r.limits[hugepages-2Mi]: Invalid value: \"3Mi\": 3Mi is not positive integer multiple of hugepages-2Mi",
            ),
        ] {
            let mut causes = Vec::new();
            requirements(&asked, "r", &mut causes);
            let said: Vec<String> = causes.iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect();
            assert_eq!(said.join("\n"), wanted, "{asked}");
        }
    }

    #[test]
    fn containers_stay_within_their_pod() {
        let container = |resources: Value| json!({"name": "c", "resources": resources});
        let half = container(json!({"requests": {"cpu": "500m"}, "limits": {"cpu": "1"}}));
        for (whole, wanted) in [
            (json!({"limits": {"cpu": "1"}, "requests": {"cpu": "1"}}), ""),
            (
                json!({"requests": {"cpu": "900m"}}),
                "s.resources.requests[cpu]: Invalid value: \"900m\": must be greater than or equal to aggregate \
                 container requests of 1",
            ),
            (
                json!({"limits": {"cpu": "900m"}}),
                "s.resources.containers[0][cpu].limits: Invalid value: \"1\": must be less than or equal to pod \
                 limits of 900m\ns.resources.containers[1][cpu].limits: Invalid value: \"1\": must be less than or \
                 equal to pod limits of 900m",
            ),
            (
                json!({"limits": {"ephemeral-storage": "1Gi"}}),
                "s.resources.limits[ephemeral-storage]: Unsupported value: \"ephemeral-storage\": supported values: \
                 \"cpu\", \"hugepages-\", \"memory\"",
            ),
            (
                json!({"claims": [{"name": "a"}]}),
                "s.resources.claims: Forbidden: claims may not be set for Resources at pod-level",
            ),
        ] {
            let mut causes = Vec::new();
            of_pod(&json!({"containers": [half, half], "resources": whole}), "s", &mut causes);
            let said: Vec<String> = causes.iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect();
            assert_eq!(said.join("\n"), wanted, "{whole}");
        }
    }

    #[test]
    fn how_a_resize_is_carried_out() {
        let rule = |resource: &str, policy: &str| json!({"resourceName": resource, "restartPolicy": policy});
        for (rules, restarts, wanted) in [
            (json!([rule("cpu", "NotRequired"), rule("memory", "RestartContainer")]), "Always", ""),
            (
                json!([rule("cpu", "NotRequired"), rule("cpu", "NotRequired")]),
                "Always",
                "p[1]: Duplicate value: \"cpu\"",
            ),
            (
                json!([rule("disk", "NotRequired")]),
                "Always",
                "p: Unsupported value: \"disk\": supported values: \"cpu\", \"memory\"",
            ),
            (
                json!([rule("cpu", "Restart")]),
                "Always",
                "p: Unsupported value: \"Restart\": supported values: \"NotRequired\", \"RestartContainer\"",
            ),
            (
                json!([rule("cpu", "RestartContainer")]),
                "Never",
                "p: Invalid value: \"RestartContainer\": must be 'NotRequired' when `restartPolicy` is 'Never'",
            ),
        ] {
            let mut causes = Vec::new();
            resize_policy(&json!({"resizePolicy": rules}), restarts, "p", &mut causes);
            let said: Vec<String> = causes.iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect();
            assert_eq!(said.join("\n"), wanted, "{rules}");
        }
    }
}
