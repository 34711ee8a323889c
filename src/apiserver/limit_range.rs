//! LimitRanges: what containers ask for that do not say, and the bounds of what they may ask for.
//!
//! Models plugin LimitRanger.

use crate::api::quantity::Quantity;
use crate::api::{Fields, Map, Object, ResourceId, Status, Value, pod};
use crate::order::SortedMap;
use crate::store::Store;

const ANNOTATION: &str = "kubernetes.io/limit-ranger";

/// The limits of a kind in the LimitRanges of a namespace.
fn limits<'a>(store: &'a Store, namespace: &'a str, kind: &'static str) -> impl Iterator<Item = &'a Value> {
    let ranges = store.list(ResourceId::LIMIT_RANGES, Some(namespace));
    ranges.flat_map(|range| range.items("spec.limits")).filter(move |limit| limit.text("type") == kind)
}

/// Gives the containers of a new pod what its namespace has for those that do not say. Models
/// mergePodResourceRequirements.
pub fn fill(store: &Store, pod: &mut Object) {
    let defaults: Vec<Value> = limits(store, pod.namespace(), "Container").cloned().collect();
    let mut said: Vec<String> = Vec::new();
    for limit in &defaults {
        for (list, what) in [("containers", "container"), ("initContainers", "init container")] {
            let containers = pod.value_mut().pointer_mut(&format!("/spec/{list}")).and_then(Value::as_array_mut);
            for container in containers.into_iter().flatten() {
                let name = container.text("name").to_owned();
                for (field, default, word) in
                    [("requests", "defaultRequest", "request"), ("limits", "default", "limit")]
                {
                    let given = fill_list(container, field, limit.map(default));
                    if !given.is_empty() {
                        said.push(format!("{} {word} for {what} {name}", given.join(", ")));
                    }
                }
            }
        }
    }
    if !said.is_empty() {
        let mut annotations = pod.map("metadata.annotations").cloned().unwrap_or_default();
        annotations.insert(ANNOTATION.to_owned(), format!("LimitRanger plugin set: {}", said.join("; ")).into());
        pod.set("metadata.annotations", Value::Object(annotations));
    }
}

/// Sets what is not set in a container's list of resources; gives the names.
fn fill_list(container: &mut Value, field: &str, defaults: Option<&Map>) -> Vec<String> {
    let asked = container.get("resources").and_then(|resources| resources.get(field)).and_then(Value::as_object);
    let mut asked = asked.cloned().unwrap_or_default();
    let mut given = Vec::new();
    for (name, amount) in defaults.into_iter().flatten().filter(|(_, amount)| !amount.is_null()) {
        if !asked.contains_key(name) {
            asked.insert(name.to_string(), amount.clone());
            given.push(name.to_string());
        }
    }
    if !given.is_empty()
        && let Some(container) = container.as_object_mut()
    {
        let mut resources = container.get("resources").and_then(Value::as_object).cloned().unwrap_or_default();
        resources.insert(field.to_owned(), Value::Object(asked));
        container.insert("resources".to_owned(), Value::Object(resources));
    }
    given
}

/// Amounts by resource.
type Amounts = SortedMap<String, Quantity>;

fn amounts(map: Option<&Map>) -> Amounts {
    map.into_iter().flatten().filter_map(|(name, amount)| Some((name.to_string(), Quantity::read(amount)?))).collect()
}

/// Refuses a pod or claim beyond the bounds of its namespace.
pub fn check(store: &Store, resource: ResourceId, object: &Object) -> Result<(), Status> {
    let mut wrong = Vec::new();
    match resource {
        ResourceId::PODS => {
            for limit in limits(store, object.namespace(), "Container") {
                for container in pod::containers(object).iter().chain(object.items("spec.initContainers")) {
                    let of = |list: &str| amounts(container.map(&format!("resources.{list}")));
                    bounds(limit, "Container", &of("requests"), &of("limits"), &mut wrong);
                }
            }
            for limit in limits(store, object.namespace(), "Pod") {
                let (requests, limited) = (of_pod(object, "requests"), of_pod(object, "limits"));
                bounds(limit, "Pod", &requests, &limited, &mut wrong);
            }
        }
        ResourceId::PERSISTENT_VOLUME_CLAIMS => {
            let requests = amounts(object.map("spec.resources.requests"));
            for limit in limits(store, object.namespace(), "PersistentVolumeClaim") {
                let least = amounts(limit.map("min"));
                least.iter().for_each(|(name, least)| {
                    minimum("PersistentVolumeClaim", name, *least, &requests, &requests, &mut wrong);
                });
                for (name, most) in amounts(limit.map("max")) {
                    if let Some(asked) = requests.get(&name).filter(|asked| asked.billionths() > most.billionths()) {
                        wrong.push(format!(
                            "maximum {name} usage per PersistentVolumeClaim is {most}, but request is {asked}"
                        ));
                    }
                }
            }
        }
        _ => {}
    }
    let why = match wrong.as_slice() {
        [] => return Ok(()),
        [one] => one.clone(),
        several => format!("[{}]", several.join(", ")),
    };
    Err(Status::forbidden(resource, object.name(), &why))
}

fn of_pod(pod: &Object, list: &str) -> Amounts {
    let path = format!("resources.{list}");
    let all = pod::containers(pod).iter().chain(pod.items("spec.initContainers"));
    let whole = amounts(pod.map(&format!("spec.{path}")));
    let of_containers = all.flat_map(|container| amounts(container.map(&path)).into_keys());
    let names: Vec<String> = whole.keys().cloned().chain(of_containers).collect();
    let larger = |one: Quantity, other: Quantity| if other.billionths() > one.billionths() { other } else { one };
    let total = |name: &String| {
        let of = |container: &Value| amounts(container.map(&path)).get(name).copied().unwrap_or_default();
        whole.get(name).copied().unwrap_or_else(|| pod::total(pod, of, Quantity::plus, larger))
    };
    names.iter().map(|name| (name.clone(), total(name))).collect()
}

/// Models minConstraint, maxConstraint and limitRequestRatioConstraint for all resources of a limit.
fn bounds(limit: &Value, kind: &str, requests: &Amounts, limits: &Amounts, wrong: &mut Vec<String>) {
    for (name, least) in amounts(limit.map("min")) {
        minimum(kind, &name, least, requests, limits, wrong);
    }
    for (name, most) in amounts(limit.map("max")) {
        let is_more = |amount: &&Quantity| amount.billionths() > most.billionths();
        let said = match (limits.get(&name), requests.get(&name)) {
            (None, _) => ".  No limit is specified".to_owned(),
            (Some(limit), _) if is_more(&limit) => format!(", but limit is {limit}"),
            (_, Some(request)) if is_more(&request) => format!(", but request is {request}"),
            _ => continue,
        };
        wrong.push(format!("maximum {name} usage per {kind} is {most}{said}"));
    }
    for (name, ratio) in amounts(limit.map("maxLimitRequestRatio")) {
        let amount = |of: &Amounts| of.get(&name).map_or(0, |amount| amount.billionths());
        let (request, limit) = (amount(requests), amount(limits));
        let said = if request == 0 {
            "no request is specified or request is 0".to_owned()
        } else if limit == 0 {
            "no limit is specified or limit is 0".to_owned()
        } else {
            let found = limit as f64 / request as f64;
            if found <= ratio.billionths() as f64 / 1e9 {
                continue;
            }
            format!("provided ratio is {found:.6}")
        };
        wrong.push(format!("{name} max limit to request ratio per {kind} is {ratio}, but {said}"));
    }
}

fn minimum(kind: &str, name: &str, least: Quantity, requests: &Amounts, limits: &Amounts, wrong: &mut Vec<String>) {
    let is_less = |amount: &&Quantity| amount.billionths() < least.billionths();
    let said = match (requests.get(name), limits.get(name)) {
        (None, _) => ".  No request is specified".to_owned(),
        (Some(request), _) if is_less(&request) => format!(", but request is {request}"),
        (_, Some(limit)) if is_less(&limit) => format!(", but limit is {limit}"),
        _ => return,
    };
    wrong.push(format!("minimum {name} usage per {kind} is {least}{said}"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;
    use crate::clock::{EventId, Time};

    #[test]
    fn containers_get_what_they_do_not_say_and_stay_in_bounds() {
        let mut store = Store::default();
        let limit = json!({
            "type": "Container", "default": {"cpu": "500m"}, "defaultRequest": {"cpu": "200m"},
            "min": {"cpu": "100m"}, "max": {"cpu": "1"},
        });
        let range = json!({"metadata": {"name": "r", "namespace": "default", "uid": "r"}, "spec": {"limits": [limit]}});
        store.put(ResourceId::LIMIT_RANGES, Object::new(range).unwrap(), Time::ZERO, EventId(0));
        for (resources, wanted, refusal) in [
            (json!({}), json!({"limits": {"cpu": "500m"}, "requests": {"cpu": "200m"}}), ""),
            (
                json!({"limits": {"cpu": "2"}, "requests": {"cpu": "50m"}}),
                json!({"limits": {"cpu": "2"}, "requests": {"cpu": "50m"}}),
                "pods \"p\" is forbidden: [minimum cpu usage per Container is 100m, but request is 50m, maximum cpu usage per Container is 1, but limit is 2]",
            ),
        ] {
            let container = json!({"name": "c", "resources": resources});
            let pod = json!({"metadata": {"name": "p", "namespace": "default"}, "spec": {"containers": [container]}});
            let mut pod = Object::new(pod).unwrap();
            fill(&store, &mut pod);
            assert_eq!(pod.items("spec.containers")[0].get("resources"), Some(&wanted));
            let filled = "LimitRanger plugin set: cpu request for container c; cpu limit for container c";
            assert_eq!(pod.annotation(ANNOTATION), refusal.is_empty().then_some(filled));
            let said = check(&store, ResourceId::PODS, &pod).err().map_or_else(String::new, |status| status.message);
            assert_eq!(said, refusal);
        }
    }
}
