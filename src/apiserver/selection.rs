//! Lists: which objects label and field selectors select.

use super::Request;
use crate::api::{Fields, Object, ResourceId, Selector, Status, Value};
use crate::store::Store;
use std::sync::Arc;

/// The objects that `request` lists, by namespace and name.
pub fn list(
    store: &Store,
    request: &Request,
    labels: &Selector,
    fields: &[(String, bool, String)],
) -> Result<Vec<Arc<Object>>, Status> {
    for (path, _, _) in fields {
        if !is_selectable(request.resource, path) {
            return Err(unsupported(request.resource, path));
        }
    }
    let holds = |object: &Object| fields_hold(request.resource, object, fields);
    let found = if request.namespace.is_empty() {
        store.list(request.resource, None).filter(|object| labels.selects(object)).collect()
    } else {
        store.select(request.resource, &request.namespace, labels)
    };
    Ok(found.into_iter().filter(|object| holds(object)).cloned().collect())
}

/// Whether an object's fields are as wanted.
pub fn fields_hold(resource: ResourceId, object: &Object, fields: &[(String, bool, String)]) -> bool {
    fields.iter().all(|(path, equal, wanted)| (field(resource, object, path) == *wanted) == *equal)
}

/// Models the field label conversions of pkg/apis/core/v1/conversion.go and of the other groups.
fn is_selectable(resource: ResourceId, path: &str) -> bool {
    let own: &[&str] = match resource {
        ResourceId::PODS => &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.podIPs",
            "status.nominatedNodeName",
        ],
        ResourceId::SERVICES => &["spec.clusterIP", "spec.type"],
        ResourceId::NODES => &["spec.unschedulable"],
        ResourceId::NAMESPACES => &["status.phase"],
        ResourceId::SECRETS => &["type"],
        ResourceId::REPLICA_SETS | ResourceId::REPLICATION_CONTROLLERS => &["status.replicas"],
        ResourceId::JOBS => &["status.successful"],
        ResourceId::EVENTS => &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ],
        _ => &[],
    };
    path == "metadata.name" || (path == "metadata.namespace" && resource.info().namespaced) || own.contains(&path)
}

fn unsupported(resource: ResourceId, path: &str) -> Status {
    let converts = matches!(
        resource,
        ResourceId::PODS
            | ResourceId::SERVICES
            | ResourceId::NODES
            | ResourceId::NAMESPACES
            | ResourceId::SECRETS
            | ResourceId::REPLICATION_CONTROLLERS
            | ResourceId::EVENTS
            | ResourceId::REPLICA_SETS
            | ResourceId::JOBS
    );
    Status::bad_request(if converts {
        format!("field label not supported: {path}")
    } else {
        format!("\"{path}\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"")
    })
}

fn field(resource: ResourceId, object: &Object, path: &str) -> String {
    match (resource, path) {
        // Models pkg/registry/core/event ToSelectableFields: the reporting component stands in for an empty source.
        (ResourceId::EVENTS, "source") => match object.text("source.component") {
            "" => object.text("reportingComponent").to_owned(),
            component => component.to_owned(),
        },
        (ResourceId::PODS, "status.podIPs") => crate::api::pod::ips(object).join(","),
        _ => match object.at(path) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::Bool(flag)) => flag.to_string(),
            _ if matches!(path, "spec.unschedulable" | "spec.hostNetwork") => "false".to_owned(),
            _ if path == "status.replicas" => "0".to_owned(),
            _ => String::new(),
        },
    }
}
