//! Admission: what the default plugins refuse, and what they write into pods.

use super::{Moment, limit_range};
use crate::api::{Cause, Fields, Object, ResourceId, Status, Value, json};
use crate::store::Store;

/// How long a pod stays on a node that is not ready or unreachable: `--default-not-ready-toleration-seconds`.
const TOLERATION_SECONDS: u32 = 300;
/// Where containers find the token of their service account.
const TOKEN_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// Admits a new object, or says why not.
pub fn on_create(
    store: &Store,
    resource: ResourceId,
    object: &mut Object,
    moment: &mut Moment<'_>,
) -> Result<(), Status> {
    namespace_lifecycle(store, resource, object, true)?;
    if resource == ResourceId::PODS {
        limit_range::fill(store, object);
        service_account(store, object, moment)?;
        priority(store, object)?;
        runtime_class(object)?;
        default_tolerations(object);
    }
    Ok(())
}

/// Admits a changed object, or says why not.
pub fn on_update(store: &Store, resource: ResourceId, object: &mut Object) -> Result<(), Status> {
    namespace_lifecycle(store, resource, object, false)?;
    if resource == ResourceId::PODS {
        default_tolerations(object);
    }
    Ok(())
}

/// Nothing is made in a namespace that is not there or that is going. Models plugin NamespaceLifecycle.
fn namespace_lifecycle(store: &Store, resource: ResourceId, object: &Object, creates: bool) -> Result<(), Status> {
    if !resource.info().namespaced {
        return Ok(());
    }
    let name = object.namespace();
    let Some(namespace) = store.find(ResourceId::NAMESPACES, "", name) else {
        return Err(Status::not_found(ResourceId::NAMESPACES, name));
    };
    if creates && namespace.is_being_deleted() {
        let why = format!("unable to create new content in namespace {name} because it is being terminated");
        let mut status = Status::forbidden(resource, shown_name(object), &why);
        status.causes.push(Cause {
            reason: "NamespaceTerminating",
            message: format!("namespace {name} is being terminated"),
            field: "metadata.namespace".to_owned(),
        });
        return Err(status);
    }
    Ok(())
}

/// The name in refusals of objects that may not have one yet.
fn shown_name(object: &Object) -> &str {
    match object.name() {
        "" => object.text("metadata.generateName"),
        name => name,
    }
}

/// Pods run as a service account of their namespace and find its token. Models plugin ServiceAccount.
fn service_account(store: &Store, pod: &mut Object, moment: &mut Moment<'_>) -> Result<(), Status> {
    if pod.text("spec.serviceAccountName").is_empty() {
        pod.set("spec.serviceAccountName", Value::from("default"));
    }
    let name = pod.text("spec.serviceAccountName").to_owned();
    pod.set("spec.serviceAccount", Value::from(name.as_str()));
    let namespace = pod.namespace();
    let account = store.find(ResourceId::SERVICE_ACCOUNTS, namespace, &name);
    // The server waits for the account that every namespace gets soon after it was made.
    if account.is_none() && name != "default" {
        let why = format!("error looking up service account {namespace}/{name}: serviceaccount \"{name}\" not found");
        return Err(Status::forbidden(ResourceId::PODS, shown_name(pod), &why));
    }
    let of_account = || account.and_then(|account| account.at("automountServiceAccountToken"));
    let wanted = pod.at("spec.automountServiceAccountToken").or_else(of_account);
    if wanted != Some(&Value::Bool(false)) {
        mount_token(pod, moment);
    }
    Ok(())
}

fn mount_token(pod: &mut Object, moment: &mut Moment<'_>) {
    let mounts =
        |container: &Value| container.items("volumeMounts").iter().any(|mount| mount.text("mountPath") == TOKEN_PATH);
    let lists = ["spec.initContainers", "spec.containers"];
    if lists.iter().all(|list| pod.items(list).iter().all(mounts)) {
        return;
    }
    // A copy of a pod brings the volume along.
    let mut volumes = pod.items("spec.volumes").iter().map(|volume| volume.text("name"));
    let known = volumes.find(|name| name.starts_with("kube-api-access-")).map(str::to_owned);
    let is_new = known.is_none();
    let volume = known.unwrap_or_else(|| format!("kube-api-access-{}", moment.random.name_suffix(5)));
    for list in lists {
        let path = format!("/{}", list.replace('.', "/"));
        let containers = pod.value_mut().pointer_mut(&path).and_then(Value::as_array_mut);
        for container in containers.into_iter().flatten().filter(|container| !mounts(container)) {
            push(container, "volumeMounts", json!({"name": volume, "readOnly": true, "mountPath": TOKEN_PATH}));
        }
    }
    if let Some(spec) = pod.value_mut().get_mut("spec").filter(|_| is_new) {
        let sources = json!([
            {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
            {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
            {"downwardAPI": {"items": [
                {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}},
            ]}},
        ]);
        push(spec, "volumes", json!({"name": volume, "projected": {"defaultMode": 420, "sources": sources}}));
    }
}

/// Appends to the list `field` of the map `place`.
fn push(place: &mut Value, field: &str, item: Value) {
    let Value::Object(map) = place else { return };
    let list = map.or_null(field);
    if list.is_null() {
        *list = json!([]);
    }
    if let Value::Array(items) = list {
        items.push(item);
    }
}

/// Every pod has a number for its priority class. Models plugin Priority.
fn priority(store: &Store, pod: &mut Object) -> Result<(), Status> {
    let name = pod.text("spec.priorityClassName").to_owned();
    let (value, policy) = match name.as_str() {
        "system-cluster-critical" => (2_000_000_000, ""),
        "system-node-critical" => (2_000_001_000, ""),
        "" => {
            let default = store.list(ResourceId::PRIORITY_CLASSES, None).find(|class| class.is_true("globalDefault"));
            if let Some(class) = default {
                pod.set("spec.priorityClassName", Value::from(class.name()));
            }
            default.map_or((0, ""), |class| (class.int("value").unwrap_or(0), class.text("preemptionPolicy")))
        }
        name => {
            let Some(class) = store.find(ResourceId::PRIORITY_CLASSES, "", name) else {
                let why = format!("no PriorityClass with name {name} was found");
                return Err(Status::forbidden(ResourceId::PODS, shown_name(pod), &why));
            };
            (class.int("value").unwrap_or(0), class.text("preemptionPolicy"))
        }
    };
    let policy = if policy.is_empty() { "PreemptLowerPriority" } else { policy };
    let written = pod.int("spec.priority").map(|found| found.to_string());
    let wanted = value.to_string();
    for (what, found, computed) in [
        ("integer value of priority", written.as_deref().unwrap_or(""), &*wanted),
        ("string value of PreemptionPolicy", pod.text("spec.preemptionPolicy"), policy),
    ] {
        if !found.is_empty() && found != computed {
            let why = format!(
                "the {what} ({found}) must not be provided in pod spec; priority admission controller computed \
                 {computed} from the given PriorityClass name"
            );
            return Err(Status::forbidden(ResourceId::PODS, shown_name(pod), &why));
        }
    }
    pod.set("spec.priority", Value::from(value));
    pod.set("spec.preemptionPolicy", Value::from(policy));
    Ok(())
}

/// A cluster as it is made has no runtime classes. Models plugin RuntimeClass.
fn runtime_class(pod: &Object) -> Result<(), Status> {
    let name = pod.text("spec.runtimeClassName");
    let why = if !name.is_empty() {
        format!("pod rejected: RuntimeClass \"{name}\" not found")
    } else if pod.map("spec.overhead").is_some_and(|overhead| !overhead.is_empty()) {
        "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead".to_owned()
    } else {
        return Ok(());
    };
    Err(Status::forbidden(ResourceId::PODS, shown_name(pod), &why))
}

/// Models plugin DefaultTolerationSeconds.
fn default_tolerations(pod: &mut Object) {
    for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
        let tolerated = pod.items("spec.tolerations").iter().any(|toleration| {
            matches!(toleration.text("key"), own if own == key || own.is_empty())
                && matches!(toleration.text("effect"), "NoExecute" | "")
        });
        if tolerated {
            continue;
        }
        let toleration =
            json!({"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": TOLERATION_SECONDS});
        if let Some(spec) = pod.value_mut().get_mut("spec") {
            push(spec, "tolerations", toleration);
        }
    }
}
