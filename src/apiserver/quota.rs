//! ResourceQuotas: what the objects of a namespace may use together.
//!
//! Models plugin ResourceQuota and k8s.io/apiserver pkg/admission/plugin/resourcequota CheckRequest. What is used is
//! counted anew for each request instead of being taken from the quota's status.

use crate::api::quantity::Quantity;
use crate::api::{Fields, Object, ResourceId, Status, Value, pod};
use crate::order::{SortedMap, SortedSet};
use crate::store::Store;

const ONE: &str = "1";

/// Amounts by the name of what is limited.
pub type Amounts = SortedMap<String, Quantity>;

/// Refuses an object that would use more than a quota of its namespace allows.
pub fn check(store: &Store, resource: ResourceId, new: &Object, old: Option<&Object>) -> Result<(), Status> {
    for quota in store.list(ResourceId::RESOURCE_QUOTAS, Some(new.namespace())) {
        let hard = hard(quota);
        let concerned: Vec<&String> = hard.keys().filter(|name| is_counted(resource, name)).collect();
        if concerned.is_empty() || !is_in_scope(quota, resource, new) {
            continue;
        }
        let refuse = |why: &str| Err(Status::forbidden(resource, new.name(), why));
        if resource == ResourceId::PODS
            && old.is_none()
            && let Some(missing) = unsaid(&concerned, new)
        {
            return refuse(&format!("failed quota: {}: must specify {missing}", quota.name()));
        }
        let used = used(store, quota);
        let mut exceeded: Vec<[(&str, Quantity); 3]> = Vec::new();
        for name in concerned {
            let before = old.map_or_else(Quantity::default, |old| usage(resource, old, name));
            let asked = usage(resource, new, name).minus(before);
            let used = used.get(name).copied().unwrap_or_default();
            let limit = hard.get(name).copied().unwrap_or_default();
            if asked.billionths() > 0 && used.plus(asked).billionths() > limit.billionths() {
                exceeded.push([asked, used, limit].map(|amount| (name.as_str(), amount)));
            }
        }
        if !exceeded.is_empty() {
            let shown = |place: usize| {
                let one = |amounts: &[(&str, Quantity); 3]| {
                    amounts.get(place).map_or_else(String::new, |(name, amount)| format!("{name}={amount}"))
                };
                exceeded.iter().map(one).collect::<Vec<_>>().join(",")
            };
            let (asked, used, limited) = (shown(0), shown(1), shown(2));
            let name = quota.name();
            return refuse(&format!("exceeded quota: {name}, requested: {asked}, used: {used}, limited: {limited}"));
        }
    }
    Ok(())
}

/// What the quota limits, and how far.
pub fn hard(quota: &Object) -> Amounts {
    let all = quota.map("spec.hard").into_iter().flatten();
    all.filter_map(|(name, amount)| Some((name.to_string(), Quantity::read(amount)?))).collect()
}

/// What is used of what the quota limits.
pub fn used(store: &Store, quota: &Object) -> Amounts {
    let hard = hard(quota);
    let mut used: Amounts = hard.keys().map(|name| (name.clone(), Quantity::default())).collect();
    for resource in ResourceId::all().filter(|resource| resource.info().namespaced) {
        let names: Vec<&String> = hard.keys().filter(|name| is_counted(resource, name)).collect();
        if names.is_empty() {
            continue;
        }
        for object in store.list(resource, Some(quota.namespace())) {
            if !is_in_scope(quota, resource, object) {
                continue;
            }
            for name in &names {
                if let Some(sum) = used.get_mut(*name) {
                    *sum = sum.plus(usage(resource, object, name));
                }
            }
        }
    }
    used
}

/// The names by which objects of some kinds are counted.
const COUNTED: &[(&str, ResourceId)] = &[
    ("pods", ResourceId::PODS),
    ("services", ResourceId::SERVICES),
    ("services.nodeports", ResourceId::SERVICES),
    ("services.loadbalancers", ResourceId::SERVICES),
    ("configmaps", ResourceId::CONFIG_MAPS),
    ("secrets", ResourceId::SECRETS),
    ("persistentvolumeclaims", ResourceId::PERSISTENT_VOLUME_CLAIMS),
    ("requests.storage", ResourceId::PERSISTENT_VOLUME_CLAIMS),
    ("replicationcontrollers", ResourceId::REPLICATION_CONTROLLERS),
    ("resourcequotas", ResourceId::RESOURCE_QUOTAS),
];

/// Whether objects of this kind count for `name`.
pub fn is_counted(resource: ResourceId, name: &str) -> bool {
    if let Some(kind) = name.strip_prefix("count/") {
        let info = resource.info();
        return match kind.split_once('.') {
            Some((plural, group)) => plural == info.plural && group == info.group,
            None => kind == info.plural && info.group.is_empty(),
        };
    }
    match COUNTED.iter().find(|(known, _)| *known == name) {
        Some((_, counted)) => *counted == resource,
        None => resource == ResourceId::PODS && of_containers(name).is_some(),
    }
}

/// The list of a container's resources and the resource that `name` means: `limits.cpu`, `cpu`.
fn of_containers(name: &str) -> Option<(&'static str, &str)> {
    if let Some(resource) = name.strip_prefix("limits.") {
        return Some(("limits", resource));
    }
    if let Some(resource) = name.strip_prefix("requests.") {
        return Some(("requests", resource));
    }
    matches!(name, "cpu" | "memory" | "ephemeral-storage").then_some(("requests", name))
}

/// How much of `name` one object uses. Models the evaluators of pkg/quota/v1/evaluator/core.
fn usage(resource: ResourceId, object: &Object, name: &str) -> Quantity {
    let count = |number: usize| Quantity::parse(&number.to_string()).unwrap_or_default();
    if name.starts_with("count/") {
        return count(1);
    }
    match resource {
        // Pods that have ended use nothing.
        ResourceId::PODS if pod::is_terminal(object) => Quantity::default(),
        ResourceId::PODS => match of_containers(name) {
            Some((list, resource)) => of_pod(object, list, resource),
            None => count(1),
        },
        ResourceId::SERVICES => {
            let kind = object.text("spec.type");
            let node_ports = || match kind {
                "NodePort" => object.items("spec.ports").len(),
                "LoadBalancer" => {
                    object.items("spec.ports").iter().filter(|port| port.int("nodePort").is_some()).count()
                }
                _ => 0,
            };
            match name {
                "services.nodeports" => count(node_ports()),
                "services.loadbalancers" => count(usize::from(kind == "LoadBalancer")),
                _ => count(1),
            }
        }
        ResourceId::PERSISTENT_VOLUME_CLAIMS if name == "requests.storage" => {
            let asked = object.at("spec.resources.requests").and_then(|requests| requests.get("storage"));
            asked.and_then(Quantity::read).unwrap_or_default()
        }
        _ => Quantity::parse(ONE).unwrap_or_default(),
    }
}

fn of_pod(pod: &Object, list: &str, resource: &str) -> Quantity {
    if let Some(whole) = pod::level(pod, list, resource).and_then(Quantity::read) {
        return whole;
    }
    let asked = |container: &Value| {
        let amounts = container.get("resources").and_then(|resources| resources.get(list));
        amounts.and_then(|amounts| amounts.get(resource)).and_then(Quantity::read).unwrap_or_default()
    };
    let larger = |one: Quantity, other: Quantity| if other.billionths() > one.billionths() { other } else { one };
    pod::total(pod, asked, Quantity::plus, larger)
}

/// Where a quota limits CPU or memory, every container says how much it takes. Models PodEvaluator.Constraints.
fn unsaid(concerned: &[&String], pod: &Object) -> Option<String> {
    let mut missing: SortedMap<&str, SortedSet<&str>> = SortedMap::new();
    let limited = concerned.iter().filter_map(|name| Some((name.as_str(), of_containers(name)?)));
    for (name, (list, resource)) in limited.filter(|(_, (_, resource))| matches!(*resource, "cpu" | "memory")) {
        for container in pod::containers(pod).iter().chain(pod.items("spec.initContainers")) {
            let amounts = container.get("resources").and_then(|resources| resources.get(list));
            if amounts.and_then(|amounts| amounts.get(resource)).is_none() {
                missing.entry(name).or_default().insert(container.text("name"));
            }
        }
    }
    let one = |(name, containers): (&str, SortedSet<&str>)| {
        format!("{name} for: {}", containers.into_iter().collect::<Vec<_>>().join(","))
    };
    let said: Vec<String> = missing.into_iter().map(one).collect();
    (!said.is_empty()).then(|| said.join("; "))
}

/// Whether the quota's scopes hold for the object: those by how long pods run and how they ask for resources. Others
/// do not restrict a quota here.
fn is_in_scope(quota: &Object, resource: ResourceId, object: &Object) -> bool {
    let listed = quota.items("spec.scopes").iter().filter_map(Value::as_str);
    let selected = quota.items("spec.scopeSelector.matchExpressions").iter().map(|one| one.text("scopeName"));
    listed.chain(selected).all(|scope| {
        let ends = object.int("spec.activeDeadlineSeconds").is_some();
        let is_best_effort = object.text("status.qosClass") == "BestEffort";
        resource == ResourceId::PODS
            && match scope {
                "Terminating" => ends,
                "NotTerminating" => !ends,
                "BestEffort" => is_best_effort,
                "NotBestEffort" => !is_best_effort,
                _ => true,
            }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;
    use crate::clock::{EventId, Time};

    #[test]
    fn namespaces_use_no_more_than_their_quota() {
        let mut store = Store::default();
        let mut put = |resource, object: Value| {
            store.put(resource, Object::new(object).unwrap(), Time::ZERO, EventId(0));
        };
        let named = |name: &str| json!({"name": name, "namespace": "default", "uid": name});
        let hard = json!({"pods": "2", "requests.cpu": "1", "services.nodeports": 1, "count/deployments.apps": "0"});
        put(ResourceId::RESOURCE_QUOTAS, json!({"metadata": named("q"), "spec": {"hard": hard}}));
        let pod = |name: &str, resources: Value| json!({"metadata": named(name), "spec": {"containers": [{"name": "c", "resources": resources}]}});
        put(ResourceId::PODS, pod("a", json!({"requests": {"cpu": "600m"}})));
        let service = |ports: usize| {
            let ports: Vec<Value> = (0..ports).map(|port| json!({"port": 80 + port})).collect();
            json!({"metadata": named("s"), "spec": {"type": "NodePort", "ports": ports}})
        };
        for (resource, object, wanted) in [
            (ResourceId::PODS, pod("b", json!({"requests": {"cpu": "400m"}})), ""),
            (
                ResourceId::PODS,
                pod("b", json!({"requests": {"cpu": "500m"}})),
                "pods \"b\" is forbidden: exceeded quota: q, requested: requests.cpu=500m, used: requests.cpu=600m, limited: requests.cpu=1",
            ),
            (
                ResourceId::PODS,
                pod("b", json!({})),
                "pods \"b\" is forbidden: failed quota: q: must specify requests.cpu for: c",
            ),
            (ResourceId::SERVICES, service(1), ""),
            (
                ResourceId::SERVICES,
                service(2),
                "services \"s\" is forbidden: exceeded quota: q, requested: services.nodeports=2, used: services.nodeports=0, limited: services.nodeports=1",
            ),
            (
                ResourceId::DEPLOYMENTS,
                json!({"metadata": named("d")}),
                "deployments.apps \"d\" is forbidden: exceeded quota: q, requested: count/deployments.apps=1, used: count/deployments.apps=0, limited: count/deployments.apps=0",
            ),
            (ResourceId::CONFIG_MAPS, json!({"metadata": named("c")}), ""),
        ] {
            let said = check(&store, resource, &Object::new(object).unwrap(), None);
            assert_eq!(said.err().map_or_else(String::new, |status| status.message), wanted);
        }
    }
}
