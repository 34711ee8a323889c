//! From a Service and its pods to its Endpoints.

use super::subsets::{Identity, Subset, identity, one_subset, repack, truncate};
use crate::api::{Fields, Map, Object, ResourceId, Value, json, pod, service};
use crate::controllers::Write;
use crate::controllers::backends::{
    EndpointPort, HEADLESS, LAST_CHANGE, address_of, are_ports_fixed, counts, endpoint_ports, hostname_of,
};
use crate::order::Order;
use std::sync::Arc;

/// The label that says who writes Endpoints.
const MANAGED_BY: &str = "endpoints.kubernetes.io/managed-by";
/// The value of [`MANAGED_BY`].
const CONTROLLER: &str = "endpoint-controller";
/// The annotation of Endpoints that had to be cut.
const OVER_CAPACITY: &str = "endpoints.kubernetes.io/over-capacity";
/// How many addresses Endpoints hold at most.
const MOST_ADDRESSES: usize = 1000;

/// The write that brings the Service's Endpoints to what its pods are; `None` where nothing is to be done. `pods` are
/// the addresses of those that the selector selects, by name; `changed_at` is the timestamp of the change that this answers.
///
/// Models pkg/controller/endpoint syncService.
pub fn reconcile(
    service: &Object,
    pods: &[&PodAddress],
    current: Option<&Object>,
    changed_at: Option<&str>,
) -> Option<Write> {
    let mut subsets = wanted_subsets(pods);
    let cut = truncate(&mut subsets, MOST_ADDRESSES);
    let subsets: Vec<Value> = subsets.into_iter().map(Subset::value).collect();

    if let Some(there) = current
        && same_subsets(there.items("subsets"), &subsets)
        && labels_are_right(there, service)
        && there.annotation(OVER_CAPACITY).is_some() == cut
    {
        return None;
    }
    let metadata = current.and_then(|there| there.at("metadata").cloned());
    let metadata = metadata.unwrap_or_else(|| json!({"name": service.name(), "namespace": service.namespace()}));
    let tree = json!({"apiVersion": "v1", "kind": "Endpoints", "metadata": metadata});
    let mut endpoints = Object::new(tree).ok()?;
    if !subsets.is_empty() {
        endpoints.set("subsets", Value::Array(subsets));
    }
    endpoints.set("metadata.labels", Value::Object(wanted_labels(service)));
    let mut annotations = endpoints.map("metadata.annotations").cloned().unwrap_or_default();
    annotations.remove(LAST_CHANGE);
    annotations.remove(OVER_CAPACITY);
    if let Some(at) = changed_at {
        annotations.insert(LAST_CHANGE.to_owned(), at.into());
    }
    if cut {
        annotations.insert(OVER_CAPACITY.to_owned(), "truncated".into());
    }
    if annotations.is_empty() {
        endpoints.remove("metadata.annotations");
    } else {
        endpoints.set("metadata.annotations", Value::Object(annotations));
    }
    let resource = ResourceId::ENDPOINTS;
    Some(match current {
        Some(_) => Write::Update { resource, object: endpoints },
        None => Write::Create { resource, object: endpoints },
    })
}

/// What a pod gives to the Endpoints of a Service.
#[derive(Clone, Debug)]
pub struct PodAddress {
    address: Value,
    identity: Identity,
    is_ready: bool,
    /// What the Service's ports mean on the pod.
    ports: Arc<[EndpointPort]>,
}

/// What the pods of a Service give to its Endpoints, one by one; `None` for a pod that gives nothing.
pub fn reader(service: &Object) -> impl FnMut(&Object) -> Option<PodAddress> {
    let publish_not_ready = service::publishes_not_ready(service);
    let portless = service.items("spec.ports").is_empty();
    let fixed_ports = are_ports_fixed(service);
    let mut ports: Option<Arc<[EndpointPort]>> = None;
    move |pod| {
        if !counts(pod, publish_not_ready) {
            return None;
        }
        let address = endpoint_address(service, pod)?;
        let ports = match &ports {
            Some(ports) if fixed_ports => ports.clone(),
            _ => ports.insert(endpoint_ports(service, pod).into()).clone(),
        };
        // Only a headless Service has endpoints without ports; a pod that has none of the ports is left out.
        if if portless { !service::is_headless(service) } else { ports.is_empty() } {
            return None;
        }
        let is_ready = publish_not_ready || pod::is_ready(pod);
        Some(PodAddress { identity: identity(&address), address, is_ready, ports })
    }
}

fn wanted_subsets(pods: &[&PodAddress]) -> Vec<Subset> {
    if let [first, others @ ..] = pods
        && others.iter().all(|other| Arc::ptr_eq(&other.ports, &first.ports) || other.ports == first.ports)
    {
        let addresses = pods.iter().map(|pod| (&pod.identity, &pod.address, pod.is_ready)).collect();
        return one_subset(addresses, first.ports.to_vec());
    }
    repack(pods.iter().map(|pod| pod.subset()).collect())
}

impl PodAddress {
    /// A subset of this one address.
    fn subset(&self) -> Subset {
        let mut subset = Subset { ports: self.ports.to_vec(), ..Subset::default() };
        if self.is_ready { &mut subset.addresses } else { &mut subset.not_ready }.push(self.address.clone());
        subset
    }
}

fn endpoint_address(service: &Object, pod: &Object) -> Option<Value> {
    let mut target = json!({"kind": "Pod", "namespace": pod.namespace(), "name": pod.name()});
    if !pod.uid().is_empty()
        && let Some(target) = target.as_object_mut()
    {
        target.insert("uid".to_owned(), pod.uid().into());
    }
    let mut address = json!({"ip": address_of(pod, service)?, "nodeName": pod::node(pod), "targetRef": target});
    if let Some(hostname) = hostname_of(pod, service)
        && let Some(address) = address.as_object_mut()
    {
        address.insert("hostname".to_owned(), hostname.into());
    }
    Some(address)
}

/// The Service's labels and the controller's own two.
fn wanted_labels(service: &Object) -> Map {
    let mut labels = service.map("metadata.labels").cloned().unwrap_or_default();
    labels.insert(MANAGED_BY.to_owned(), CONTROLLER.into());
    if service::has_cluster_ip(service) {
        labels.remove(HEADLESS);
    } else {
        labels.insert(HEADLESS.to_owned(), "".into());
    }
    labels
}

/// Whether the labels need no write. As upstream, a wrong headless label alone is none.
///
/// Models pkg/controller/endpoint labelsCorrectForEndpoints.
fn labels_are_right(endpoints: &Object, service: &Object) -> bool {
    let others = |object: &Object| -> Vec<(String, String)> {
        object
            .labels()
            .filter(|(key, _)| !matches!(*key, MANAGED_BY | HEADLESS))
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect()
    };
    endpoints.label(MANAGED_BY) == Some(CONTROLLER) && others(endpoints) == others(service)
}

/// How many ready addresses, other addresses and ports the subsets have, in some order of the subsets.
fn shape(subsets: &[Value]) -> Vec<[usize; 3]> {
    let count = |subset: &Value| ["addresses", "notReadyAddresses", "ports"].map(|field| subset.items(field).len());
    let mut shape: Vec<[usize; 3]> = subsets.iter().map(count).collect();
    shape.order();
    shape
}

/// Whether the subsets say the same; the order of their parts and the pods' resourceVersions do not count.
fn same_subsets(there: &[Value], wanted: &[Value]) -> bool {
    let canonical = |subsets: &[Value]| -> Vec<Value> {
        let mut subsets: Vec<Value> = subsets.to_vec();
        for subset in &mut subsets {
            for field in ["addresses", "notReadyAddresses", "ports"] {
                let Some(Value::Array(list)) = subset.get_mut(field) else { continue };
                for item in &mut *list {
                    if let Some(target) = item.get_mut("targetRef").and_then(Value::as_object_mut) {
                        target.remove("resourceVersion");
                    }
                }
                list.order_by_key(Value::to_string);
            }
        }
        subsets.order_by_key(Value::to_string);
        subsets
    };
    // The usual cases first: equal as they stand, or with other numbers of addresses.
    there == wanted || (shape(there) == shape(wanted) && canonical(there) == canonical(wanted))
}
