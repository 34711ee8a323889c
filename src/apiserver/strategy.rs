//! What the server does differently from kind to kind when it stores objects.
//!
//! Models the strategies under pkg/registry: what a new object's status is, who counts generations, what an update may
//! leave out.

use super::allocation;
use crate::api::quantity::Quantity;
use crate::api::{Fields, Object, ResourceId, Value, json, service};

/// The status of a new object of the kind; `None` where clients may bring their own or the kind has none.
fn initial_status(resource: ResourceId, object: &Object) -> Option<Value> {
    Some(match resource {
        ResourceId::SERVICES | ResourceId::INGRESSES => json!({"loadBalancer": {}}),
        ResourceId::PODS => json!({"phase": "Pending", "qosClass": quality_of_service(object)}),
        ResourceId::NAMESPACES => json!({"phase": "Active"}),
        ResourceId::REPLICA_SETS | ResourceId::REPLICATION_CONTROLLERS => json!({"replicas": 0}),
        ResourceId::STATEFUL_SETS => json!({"availableReplicas": 0, "replicas": 0}),
        ResourceId::DAEMON_SETS => json!({
            "currentNumberScheduled": 0, "desiredNumberScheduled": 0, "numberMisscheduled": 0, "numberReady": 0,
        }),
        ResourceId::POD_DISRUPTION_BUDGETS => {
            json!({"currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0, "expectedPods": 0})
        }
        ResourceId::HORIZONTAL_POD_AUTOSCALERS => json!({"currentMetrics": null, "desiredReplicas": 0}),
        ResourceId::PERSISTENT_VOLUME_CLAIMS | ResourceId::PERSISTENT_VOLUMES => json!({"phase": "Pending"}),
        ResourceId::DEPLOYMENTS | ResourceId::JOBS | ResourceId::CRON_JOBS | ResourceId::RESOURCE_QUOTAS => json!({}),
        _ => return None,
    })
}

/// Whether `metadata.generation` counts the changes of the kind's objects.
fn counts_generations(resource: ResourceId) -> bool {
    matches!(
        resource,
        ResourceId::DEPLOYMENTS
            | ResourceId::REPLICA_SETS
            | ResourceId::STATEFUL_SETS
            | ResourceId::DAEMON_SETS
            | ResourceId::REPLICATION_CONTROLLERS
            | ResourceId::PODS
            | ResourceId::POD_TEMPLATES
            | ResourceId::ENDPOINT_SLICES
            | ResourceId::INGRESSES
            | ResourceId::INGRESS_CLASSES
            | ResourceId::NETWORK_POLICIES
            | ResourceId::POD_DISRUPTION_BUDGETS
            | ResourceId::JOBS
            | ResourceId::CRON_JOBS
            | ResourceId::PRIORITY_CLASSES
            | ResourceId::MUTATING_WEBHOOKS
            | ResourceId::VALIDATING_WEBHOOKS
    )
}

/// Whether PUT of an object that is not there creates it. Models AllowCreateOnUpdate.
pub fn creates_on_update(resource: ResourceId) -> bool {
    matches!(
        resource,
        ResourceId::SERVICES
            | ResourceId::ENDPOINTS
            | ResourceId::EVENTS
            | ResourceId::LEASES
            | ResourceId::LIMIT_RANGES
            | ResourceId::POD_TEMPLATES
            | ResourceId::ROLES
            | ResourceId::ROLE_BINDINGS
            | ResourceId::CLUSTER_ROLES
            | ResourceId::CLUSTER_ROLE_BINDINGS
    )
}

/// Whether PUT may leave the resourceVersion out. Models AllowUnconditionalUpdate.
pub fn updates_unconditionally(resource: ResourceId) -> bool {
    !matches!(resource, ResourceId::LEASES | ResourceId::POD_DISRUPTION_BUDGETS)
}

/// Makes a decoded, defaulted and admitted object what is stored first. Models PrepareForCreate.
pub fn prepare_for_create(resource: ResourceId, object: &mut Object, now: &str) {
    if resource == ResourceId::SERVICES {
        drop_inapplicable(object);
    }
    if let Some(status) = initial_status(resource, object) {
        object.set("status", status);
    }
    if counts_generations(resource) {
        object.set("metadata.generation", Value::from(1));
    }
    if resource == ResourceId::ENDPOINT_SLICES {
        drop_topology(object);
    }
    if resource == ResourceId::PODS && !object.items("spec.schedulingGates").is_empty() {
        // Models applySchedulingGatedCondition.
        let condition = json!({
            "type": "PodScheduled",
            "status": "False",
            "reason": "SchedulingGated",
            "message": "Scheduling is blocked due to non-empty scheduling gates",
            "lastProbeTime": null,
            "lastTransitionTime": now,
        });
        object.set_items("status.conditions", vec![condition]);
    }
    if resource == ResourceId::NAMESPACES {
        let name = Value::from(object.name());
        // The key has dots, so it is put into the map itself.
        if object.at("metadata.labels").is_none_or(|labels| !labels.is_object()) {
            object.set("metadata.labels", json!({}));
        }
        if let Some(Value::Object(labels)) = object.value_mut().pointer_mut("/metadata/labels") {
            labels.insert("kubernetes.io/metadata.name".to_owned(), name);
        }
        if !object.items("spec.finalizers").iter().any(|one| one == "kubernetes") {
            let mut finalizers = object.items("spec.finalizers").to_vec();
            finalizers.push(Value::from("kubernetes"));
            object.set("spec.finalizers", Value::from(finalizers));
        }
    }
}

/// Puts back what an update of the object itself may not touch, and counts the generation. Models PrepareForUpdate.
pub fn prepare_for_update(resource: ResourceId, new: &mut Object, old: &Object) {
    if initial_status(resource, old).is_some() {
        put_back(new, old, "status");
    }
    match resource {
        ResourceId::SERVICES => {
            allocation::drop_type_dependent_fields(new, old);
            drop_inapplicable(new);
        }
        ResourceId::NAMESPACES => put_back(new, old, "spec.finalizers"),
        ResourceId::ENDPOINT_SLICES => drop_topology(new),
        _ => {}
    }
    count_generation(resource, new, old);
}

/// What is left of an older version of slices cannot be written any more. Models dropTopologyOnV1.
fn drop_topology(slice: &mut Object) {
    if let Some(Value::Array(endpoints)) = slice.value_mut().pointer_mut("/endpoints") {
        for endpoint in endpoints.iter_mut().filter_map(Value::as_object_mut) {
            endpoint.remove("deprecatedTopology");
        }
    }
}

/// An alias has no traffic to route: its policy is dropped without a word, as recorded.
fn drop_inapplicable(service: &mut Object) {
    if service::kind(service) == service::ServiceType::ExternalName {
        service.remove("spec.internalTrafficPolicy");
    }
}

/// What stands at `path` in `old` stands there in `new`, too.
pub fn put_back(new: &mut Object, old: &Object, path: &str) {
    match old.at(path) {
        Some(value) => new.set(path, value.clone()),
        None => drop(new.remove(path)),
    }
}

fn count_generation(resource: ResourceId, new: &mut Object, old: &Object) {
    let generation = old.int("metadata.generation").unwrap_or(0);
    let content = |object: &'_ Object| -> Vec<(String, Value)> {
        let fields = object.map("").into_iter().flatten();
        let own = fields.filter(|(name, _)| !matches!(&***name, "metadata" | "status" | "apiVersion" | "kind"));
        own.map(|(name, value)| (name.to_string(), value.clone())).collect()
    };
    let counted = counts_generations(resource)
        && (content(new) != content(old)
            || (resource == ResourceId::DEPLOYMENTS && differs(new, old, "metadata.annotations"))
            || (resource == ResourceId::ENDPOINT_SLICES && differs(new, old, "metadata.labels")));
    if counted {
        new.set("metadata.generation", Value::from(generation + 1));
    } else {
        put_back(new, old, "metadata.generation");
    }
}

fn differs(new: &Object, old: &Object, path: &str) -> bool {
    let filled = |object: &Object| object.map(path).filter(|map| !map.is_empty()).cloned();
    filled(new) != filled(old)
}

/// What happens to what an object of the kind owns when the client does not say. Models DefaultGarbageCollectionPolicy.
pub fn default_propagation(resource: ResourceId) -> &'static str {
    match resource {
        ResourceId::REPLICATION_CONTROLLERS | ResourceId::JOBS => "Orphan",
        _ => "Background",
    }
}

/// Models pkg/apis/core/v1/helper/qos ComputePodQOS: what a pod asks for as a whole counts in place of its containers.
fn quality_of_service(pod: &Object) -> &'static str {
    let whole = pod.at("spec").filter(|spec| {
        let lists = ["resources.requests", "resources.limits"];
        lists.iter().any(|list| spec.map(list).is_some_and(|amounts| !amounts.is_empty()))
    });
    let containers = pod.items("spec.containers").iter().chain(pod.items("spec.initContainers"));
    let askers: Vec<&Value> = whole.map_or_else(|| containers.collect(), |whole| vec![whole]);
    let amounts = |asker: &Value, which: &str| -> Vec<(String, i128)> {
        let pairs = asker.map(which).into_iter().flatten();
        let counted = pairs.filter(|(name, _)| matches!(&***name, "cpu" | "memory"));
        let read = counted.map(|(name, amount)| (name.to_string(), Quantity::read(amount).unwrap_or_default()));
        read.map(|(name, amount)| (name, amount.billionths())).filter(|(_, amount)| *amount > 0).collect()
    };
    let mut asks = false;
    let mut guaranteed = true;
    for asker in askers {
        let (requests, limits) = (amounts(asker, "resources.requests"), amounts(asker, "resources.limits"));
        asks |= !requests.is_empty() || !limits.is_empty();
        guaranteed &= limits.len() == 2 && (requests.is_empty() || requests == limits);
    }
    match (asks, guaranteed) {
        (false, _) => "BestEffort",
        (true, true) => "Guaranteed",
        (true, false) => "Burstable",
    }
}
