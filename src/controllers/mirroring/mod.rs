//! The EndpointSlice mirroring controller: copies hand-made Endpoints of a Service without selector into slices, which
//! is what kube-proxy and DNS read.
//!
//! Called by `cluster` as any controller.

use super::backends::{EndpointPort, LAST_CHANGE, Retries, canonical_address, is_ipv6, sorted_for_slices};
use super::endpointslice::{MANAGED_BY, SERVICE_NAME, delete, slices_of};
use super::{Controller, Plan, View, Write};
use crate::api::{Fields, Map, Object, ResourceId, Status, Value, json};
use crate::clock::Component;
use crate::order::{Order, SortedMap};
use crate::store::{Change, Key, Store};
use std::sync::Arc;
use std::time::Duration;

/// The value of the managed-by label of mirrored slices.
pub const CONTROLLER: &str = "endpointslicemirroring-controller.k8s.io";
/// How many addresses of a subset are mirrored at most.
const MOST_ADDRESSES: usize = 1000;
const SKIP: &str = "endpointslice.kubernetes.io/skip-mirror";
const LEADER: &str = "control-plane.alpha.kubernetes.io/leader";
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The mirroring controller. Models pkg/controller/endpointslicemirroring. Its keys are Endpoints.
#[derive(Clone, Debug, Default)]
pub struct MirroringController {
    retries: Retries,
    /// The Endpoints whose plan is being carried out: changes of its slices meanwhile are our own doing.
    writing: Option<(Key, usize)>,
}

impl Controller for MirroringController {
    fn component(&self) -> Component {
        Component::EndpointSliceMirroringController
    }

    fn watch(&mut self, change: &Change, _store: &Store) -> Vec<Key> {
        let key = |name: &str| Key::new(ResourceId::ENDPOINTS, change.key.namespace.clone(), name);
        let (old, new) = (change.old.as_deref(), change.new.as_deref());
        match change.key.resource {
            ResourceId::SERVICES => {
                let selects = |service: &Object| service.map("spec.selector").is_some();
                let concerns = match (old.map(selects), new.map(selects)) {
                    (Some(old), Some(new)) => old != new,
                    (Some(selects), None) | (None, Some(selects)) => !selects,
                    (None, None) => false,
                };
                if concerns { vec![key(&change.key.name)] } else { Vec::new() }
            }
            ResourceId::ENDPOINTS => {
                let mirrored = old.into_iter().chain(new).any(may_be_mirrored);
                if mirrored { vec![change.key.clone()] } else { Vec::new() }
            }
            ResourceId::ENDPOINT_SLICES => {
                let ours = |slice: &&Object| slice.label(MANAGED_BY) == Some(CONTROLLER);
                if !old.iter().chain(new.iter()).any(ours) {
                    return Vec::new();
                }
                let names = old.into_iter().chain(new).filter_map(|slice| slice.label(SERVICE_NAME));
                let mut keys: Vec<Key> = names.map(key).collect();
                keys.dedup();
                keys.retain(|key| self.writing.as_ref().is_none_or(|(writing, _)| writing != key));
                keys
            }
            _ => Vec::new(),
        }
    }

    fn plan(&mut self, key: &Key, view: &View<'_>) -> Plan {
        let there = slices_of(view.store, key, CONTROLLER);
        let endpoints = view.store.get(key).filter(|endpoints| may_be_mirrored(endpoints));
        let service = view.store.find(ResourceId::SERVICES, &key.namespace, &key.name);
        let writes = match (endpoints, service) {
            (Some(endpoints), Some(service)) if service.map("spec.selector").is_none() => mirror(endpoints, &there),
            _ => there.iter().map(|slice| delete(slice)).collect(),
        };
        self.writing = (!writes.is_empty()).then(|| (key.clone(), writes.len()));
        Plan { writes, again: None }
    }

    fn done(&mut self, key: &Key, _write: &Write, result: Result<&Arc<Object>, &Status>, _view: &View<'_>) -> Plan {
        if let Some((_, left)) = &mut self.writing {
            *left = left.saturating_sub(1);
            if *left == 0 {
                self.writing = None;
            }
        }
        match result {
            Err(refusal) if !matches!(refusal.code, 403 | 404) => {
                Plan { writes: Vec::new(), again: self.retries.failed(key, Duration::from_secs(1)) }
            }
            _ => {
                self.retries.succeeded(key);
                Plan::default()
            }
        }
    }
}

/// Whether the Endpoints themselves allow to be mirrored. Models shouldMirror.
fn may_be_mirrored(endpoints: &Object) -> bool {
    endpoints.label(SKIP) != Some("true") && endpoints.annotation(LEADER).is_none()
}

/// What one mirrored slice holds: endpoints by their identity.
type Mirrored = SortedMap<String, Value>;

/// The writes that bring the mirrored slices to what the Endpoints say: one slice for each subset and address type.
///
/// Models pkg/controller/endpointslicemirroring reconcile.
pub fn mirror(endpoints: &Object, there: &[&Arc<Object>]) -> Vec<Write> {
    let mut wanted: SortedMap<(Vec<EndpointPort>, &str), Mirrored> = SortedMap::new();
    let (mut invalid, mut skipped) = (0, 0);
    for subset in endpoints.items("subsets") {
        let ports = sorted_for_slices(subset.items("ports").iter().map(mirrored_port).collect());
        let listed = |field, ready| subset.items(field).iter().map(move |address| (address, ready));
        let mut added = 0;
        for (address, ready) in listed("addresses", true).chain(listed("notReadyAddresses", false)) {
            let Some(ip) = canonical_address(address.text("ip")) else {
                invalid += 1;
                continue;
            };
            if added == MOST_ADDRESSES {
                skipped += 1;
                continue;
            }
            added += 1;
            let family = if is_ipv6(&ip) { "IPv6" } else { "IPv4" };
            let target = |field: &str| address.text(field);
            let id =
                format!("{ip}|{}|{}|{}", target("hostname"), target("targetRef.namespace"), target("targetRef.name"));
            wanted.entry((ports.clone(), family)).or_default().insert(id, mirrored_endpoint(address, &ip, ready));
        }
    }
    let mut writes = Vec::new();
    let mut create: Vec<Object> = Vec::new();
    let mut superfluous: Vec<&Arc<Object>> = Vec::new();
    let mut there_by_key: SortedMap<(Vec<EndpointPort>, &str), Vec<&Arc<Object>>> = SortedMap::new();
    for slice in there {
        let ports = sorted_for_slices(slice.items("ports").iter().map(EndpointPort::read).collect());
        there_by_key.entry((ports, slice.text("addressType"))).or_default().push(slice);
    }
    for ((ports, family), mirrored) in wanted {
        let existing = there_by_key.remove(&(ports.clone(), family)).unwrap_or_default();
        let wanted = mirrored_slice(endpoints, &ports, family, &mirrored.into_values().collect::<Vec<_>>());
        match existing.split_first() {
            None => create.push(wanted),
            Some((first, others)) => {
                superfluous.extend(others);
                if !says_the_same(first, &wanted) {
                    writes.push(replacing(first, wanted));
                }
            }
        }
    }
    superfluous.extend(there_by_key.into_values().flatten());
    for slice in create {
        let same_family = |old: &&Arc<Object>| old.text("addressType") == slice.text("addressType");
        match superfluous.iter().position(same_family) {
            Some(place) => writes.push(replacing(superfluous.remove(place), slice)),
            None if endpoints.is_being_deleted() => {}
            None => writes.push(Write::Create { resource: ResourceId::ENDPOINT_SLICES, object: slice }),
        }
    }
    writes.extend(superfluous.into_iter().map(|slice| delete(slice)));
    if !writes.is_empty() {
        writes.extend(complaints(endpoints, invalid, skipped));
    }
    writes
}

/// The events about addresses that are not mirrored.
fn complaints(endpoints: &Object, invalid: usize, skipped: usize) -> impl Iterator<Item = Write> {
    let event = |reason, message| Write::Event {
        about: Key::of(ResourceId::ENDPOINTS, endpoints),
        uid: endpoints.uid().to_owned(),
        field_path: String::new(),
        warning: true,
        reason,
        message,
    };
    let bad = (invalid > 0).then(|| {
        let message = format!("Skipped {invalid} invalid IP addresses when mirroring to EndpointSlices");
        event("InvalidIPAddress", message)
    });
    let many = (skipped > 0).then(|| {
        let message = format!(
            "A max of {MOST_ADDRESSES} addresses can be mirrored to EndpointSlices per Endpoints subset. {} addresses were skipped",
            skipped + invalid
        );
        event("TooManyAddressesToMirror", message)
    });
    bad.into_iter().chain(many)
}

fn replacing(old: &Object, mut slice: Object) -> Write {
    slice.remove("metadata.generateName");
    slice.set("metadata.name", old.name().into());
    Write::Update { resource: ResourceId::ENDPOINT_SLICES, object: slice }
}

fn mirrored_port(port: &Value) -> EndpointPort {
    let mut port = EndpointPort::read(port);
    port.name.get_or_insert_default();
    port.protocol.get_or_insert_with(|| "TCP".to_owned());
    port
}

/// Models addressToEndpoint: of the conditions only `ready` is known.
fn mirrored_endpoint(address: &Value, ip: &str, ready: bool) -> Value {
    let mut endpoint = Map::new();
    endpoint.insert("addresses".to_owned(), json!([ip]));
    endpoint.insert("conditions".to_owned(), json!({"ready": ready}));
    for field in ["targetRef", "nodeName", "hostname"] {
        if let Some(value) = address.at(field).filter(|value| !value.is_null() && *value != "") {
            endpoint.insert(field.to_owned(), value.clone());
        }
    }
    Value::Object(endpoint)
}

fn mirrored_slice(endpoints: &Object, ports: &[EndpointPort], family: &str, mirrored: &[Value]) -> Object {
    let mut labels = endpoints.map("metadata.labels").cloned().unwrap_or_default();
    labels.insert(SERVICE_NAME.to_owned(), endpoints.name().into());
    labels.insert(MANAGED_BY.to_owned(), CONTROLLER.into());
    let mut annotations = endpoints.map("metadata.annotations").cloned().unwrap_or_default();
    annotations.remove(LAST_CHANGE);
    annotations.remove(LAST_APPLIED);
    let ports = if ports.is_empty() { Value::Null } else { ports.iter().map(EndpointPort::slice_value).collect() };
    let mut tree = json!({
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "generateName": format!("{}-", endpoints.name()),
            "namespace": endpoints.namespace(),
            "labels": labels,
            "ownerReferences": [{
                "apiVersion": "v1", "kind": "Endpoints", "name": endpoints.name(), "uid": endpoints.uid(),
                "controller": true, "blockOwnerDeletion": true,
            }],
        },
        "addressType": family,
        "ports": ports,
        "endpoints": mirrored,
    });
    if !annotations.is_empty()
        && let Some(metadata) = tree.get_mut("metadata").and_then(Value::as_object_mut)
    {
        metadata.insert("annotations".to_owned(), Value::Object(annotations));
    }
    Object::new(tree).unwrap_or_else(|_| endpoints.clone())
}

/// Whether the slice that is there needs no write.
fn says_the_same(there: &Object, wanted: &Object) -> bool {
    let sorted = |slice: &Object| {
        let mut endpoints: Vec<String> = slice.items("endpoints").iter().map(Value::to_string).collect();
        endpoints.order();
        endpoints
    };
    let is_empty = |map: Option<&Map>| map.is_none_or(Map::is_empty);
    let (old, new) = (there.map("metadata.annotations"), wanted.map("metadata.annotations"));
    there.map("metadata.labels") == wanted.map("metadata.labels")
        && (old == new || (is_empty(old) && is_empty(new)))
        && sorted(there) == sorted(wanted)
}
