//! From a Service and its pods to its slices.

use super::hints;
use super::packing::{Identity, Wanted as WantedEndpoints, identity, pack};
use super::slice::{Draft, PortsKey, is_owned_by, is_placeholder, ports_of};
use super::topology::{Grouped, Topology};
use super::{delete, failed_update};
use crate::api::{Fields, Object, ResourceId, Value, json, pod, service};
use crate::controllers::Write;
use crate::controllers::backends::{
    addresses_of, are_ports_fixed, counts, endpoint_ports, hostname_of, is_ipv6, sorted_for_slices,
};
use crate::order::{SortedMap, SortedSet};
use crate::store::Key;
use std::sync::Arc;

/// What the slices are made from.
pub struct Wanted<'a> {
    /// The Service.
    pub service: &'a Object,
    /// What the pods that it selects are to it, by name.
    pub pods: &'a [&'a PodEndpoint],
    /// The node of a name.
    pub node: &'a dyn Fn(&str) -> Option<&'a Object>,
    /// Every node.
    pub nodes: &'a dyn Fn() -> Vec<&'a Object>,
    /// The timestamp of the change that this answers.
    pub changed_at: Option<&'a str>,
    /// How many endpoints a slice holds at most.
    pub most: usize,
}

/// What is to be done.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Slices to create.
    pub create: Vec<Object>,
    /// Slices to write anew.
    pub update: Vec<Object>,
    /// Slices to delete.
    pub delete: Vec<Arc<Object>>,
    /// Events about the Service: whether a warning, reason, message.
    pub events: Vec<(bool, &'static str, String)>,
    /// Pods that are left out, with the node that each names and that is not there.
    pub missing_nodes: Vec<(String, String)>,
}

impl Outcome {
    /// The writes, in the order in which the controller sends them.
    pub fn writes(self, service: &Object) -> Vec<Write> {
        let resource = ResourceId::ENDPOINT_SLICES;
        let about = Key::of(ResourceId::SERVICES, service);
        let event = |(warning, reason, message)| Write::Event {
            about: about.clone(),
            uid: service.uid().to_owned(),
            field_path: String::new(),
            warning,
            reason,
            message,
        };
        let mut writes: Vec<Write> = Vec::new();
        writes.extend(self.create.into_iter().map(|object| Write::Create { resource, object }));
        writes.extend(self.update.into_iter().map(|object| Write::Update { resource, object }));
        writes.extend(self.delete.iter().map(|slice| delete(slice)));
        writes.extend(self.events.into_iter().map(event));
        if !self.missing_nodes.is_empty() {
            let skipped: Vec<String> = self
                .missing_nodes
                .iter()
                .map(|(pod, node)| {
                    format!("skipping Pod {pod} for Service {}/{}: Node {node} Not Found", about.namespace, about.name)
                })
                .collect();
            let failure = match skipped.as_slice() {
                [one] => one.clone(),
                several => format!("[{}]", several.join(", ")),
            };
            writes.push(failed_update(&about, service.uid().to_owned(), &failure));
        }
        writes
    }
}

/// The writes that bring the Service's slices to what its pods are. `there` are the slices that this controller keeps
/// for the Service; `topology` remembers which Services have hints by zone.
///
/// Models k8s.io/endpointslice Reconcile.
pub fn reconcile(wanted: &Wanted<'_>, there: &[&Arc<Object>], topology: &mut Topology) -> Outcome {
    let mut outcome = Outcome::default();
    let families = families(wanted.service);
    for family in &families {
        let of_family: Vec<Arc<Object>> =
            there.iter().filter(|slice| slice.text("addressType") == *family).map(|slice| Arc::clone(slice)).collect();
        reconcile_family(wanted, &of_family, family, topology, &mut outcome);
    }
    for slice in there {
        let family = slice.text("addressType");
        if !families.contains(family) {
            topology.remove(&Key::of(ResourceId::SERVICES, wanted.service), family);
            outcome.delete.push(Arc::clone(slice));
        }
    }
    outcome
}

/// The address types of the Service's slices. Models k8s.io/endpointslice getAddressTypesForService.
fn families(service: &Object) -> SortedSet<&'static str> {
    let families: SortedSet<&str> =
        service::families(service).map(|family| if family == "IPv6" { "IPv6" } else { "IPv4" }).collect();
    if !families.is_empty() {
        return families;
    }
    if service::has_cluster_ip(service) {
        return SortedSet::from([if is_ipv6(service::cluster_ip(service)) { "IPv6" } else { "IPv4" }]);
    }
    SortedSet::from(["IPv4", "IPv6"])
}

fn reconcile_family(
    wanted: &Wanted<'_>,
    there: &[Arc<Object>],
    family: &str,
    topology: &mut Topology,
    outcome: &mut Outcome,
) {
    let service = wanted.service;
    let mut grouped = Grouped::default();
    let mut deleted: Vec<Arc<Object>> = Vec::new();

    let mut there_by_ports: SortedMap<PortsKey, Vec<Arc<Object>>> = SortedMap::new();
    for slice in there {
        if is_owned_by(slice, service) {
            there_by_ports.entry(ports_of(slice)).or_default().push(slice.clone());
        } else {
            deleted.push(slice.clone());
        }
    }
    for (ports, endpoints) in wanted_endpoints(wanted, family, outcome) {
        let existing = there_by_ports.remove(&ports).unwrap_or_default();
        let packed = pack(service, &existing, endpoints, family, &ports, wanted.most);
        grouped.create.extend(packed.create);
        grouped.update.extend(packed.update);
        deleted.extend(packed.delete);
    }
    deleted.extend(there_by_ports.into_values().flatten());

    // Where no slice would be left, one without endpoints and ports stands in.
    if there.len() == deleted.len() && grouped.create.is_empty() {
        if let [only] = deleted.as_slice()
            && is_placeholder(only, service)
        {
            deleted.clear();
        } else {
            grouped.create.push(Draft::new(service, family, &[]));
        }
    }

    let is_changed = |slice: &Arc<Object>| {
        deleted.iter().any(|deleted| Arc::ptr_eq(deleted, slice))
            || grouped.update.iter().any(|draft| draft.object().name() == slice.name())
    };
    grouped.unchanged = there.iter().filter(|slice| !is_changed(slice)).map(Draft::of).collect();
    hints::settle(service, family, &mut grouped, topology, wanted.nodes, &mut outcome.events);
    finalize(wanted, grouped, deleted, outcome);
}

/// What a pod is to a Service in one of its families.
#[derive(Clone, Debug)]
pub struct PodEndpoint {
    family: &'static str,
    pod: String,
    node: String,
    /// What the Service's ports mean on the pod.
    ports: Arc<PortsKey>,
    /// The endpoint without its zone, by its identity; `None` where the pod has no address of the family.
    endpoint: Option<(Identity, Value)>,
}

/// What the pods of a Service are to it, one by one: an entry for each of the Service's families, none for a pod that
/// is no endpoint.
pub fn reader(service: &Object) -> impl FnMut(&Object) -> Vec<PodEndpoint> {
    let families = families(service);
    let fixed_ports = are_ports_fixed(service);
    let mut ports: Option<Arc<PortsKey>> = None;
    move |pod| {
        if !counts(pod, true) {
            return Vec::new();
        }
        let ports = match &ports {
            Some(ports) if fixed_ports => ports,
            _ => ports.insert(Arc::new(sorted_for_slices(endpoint_ports(service, pod)))),
        };
        let of_family = |family: &&'static str| PodEndpoint {
            family,
            pod: pod.name().to_owned(),
            node: pod::node(pod).to_owned(),
            ports: ports.clone(),
            endpoint: endpoint(pod, service, family).map(|endpoint| (identity(&endpoint).into(), endpoint)),
        };
        families.iter().map(of_family).collect()
    }
}

/// The endpoints that the pods are, by their ports.
fn wanted_endpoints(wanted: &Wanted<'_>, family: &str, outcome: &mut Outcome) -> SortedMap<PortsKey, WantedEndpoints> {
    let mut by_ports: Vec<(&Arc<PortsKey>, WantedEndpoints)> = Vec::new();
    for pod in wanted.pods.iter().filter(|pod| pod.family == family) {
        let is_same = |ports: &Arc<PortsKey>| Arc::ptr_eq(ports, &pod.ports) || *ports == pod.ports;
        let place = by_ports.iter().position(|(ports, _)| is_same(ports)).unwrap_or_else(|| {
            by_ports.push((&pod.ports, WantedEndpoints::new()));
            by_ports.len() - 1
        });
        let Some((_, endpoints)) = by_ports.get_mut(place) else { continue };
        let node = (wanted.node)(&pod.node);
        if node.is_none() && !service::publishes_not_ready(wanted.service) {
            let skipped = (pod.pod.clone(), pod.node.clone());
            if !outcome.missing_nodes.contains(&skipped) {
                outcome.missing_nodes.push(skipped);
            }
            continue;
        }
        if let Some((identity, endpoint)) = &pod.endpoint {
            let mut endpoint = endpoint.clone();
            let zone = node.and_then(|node| node.label("topology.kubernetes.io/zone")).unwrap_or("");
            if !zone.is_empty()
                && let Some(map) = endpoint.as_object_mut()
            {
                map.insert("zone", zone.into());
            }
            endpoints.insert(identity.clone(), endpoint);
        }
    }
    by_ports.into_iter().map(|(ports, endpoints)| (PortsKey::clone(ports), endpoints)).collect()
}

/// The endpoint that a pod is, without its zone; `None` where it has no address of the family. Models
/// k8s.io/endpointslice podToEndpoint.
fn endpoint(pod: &Object, service: &Object, family: &str) -> Option<Value> {
    let addresses = addresses_of(pod, family == "IPv6");
    if addresses.is_empty() {
        return None;
    }
    let serving = pod::is_ready(pod);
    let terminating = pod.is_being_deleted();
    let ready = service::publishes_not_ready(service) || (serving && !terminating);
    let mut target = json!({"kind": "Pod", "namespace": pod.namespace(), "name": pod.name()});
    if let Some(target) = target.as_object_mut().filter(|_| !pod.uid().is_empty()) {
        target.insert("uid", pod.uid().into());
    }
    let mut endpoint = json!({
        "addresses": addresses,
        "conditions": {"ready": ready, "serving": serving, "terminating": terminating},
        "targetRef": target,
    });
    let hostname = hostname_of(pod, service).unwrap_or("");
    if let Some(map) = endpoint.as_object_mut() {
        for (field, value) in [("nodeName", pod::node(pod)), ("hostname", hostname)] {
            if !value.is_empty() {
                map.insert(field, value.into());
            }
        }
    }
    Some(endpoint)
}

/// Turns drafts into writes. A slice to create takes the place of one to delete where it can.
///
/// Models k8s.io/endpointslice finalize.
fn finalize(wanted: &Wanted<'_>, mut grouped: Grouped, deleted: Vec<Arc<Object>>, outcome: &mut Outcome) {
    // A slice that lost its hints and was denied new ones, say: upstream sends it all the same, and nothing comes of it.
    grouped.update.retain(Draft::says_something_new);
    for slice in deleted {
        if is_owned_by(&slice, wanted.service)
            && let Some(mut draft) = grouped.create.pop()
        {
            draft.replace(slice.name());
            grouped.update.push(draft);
        } else {
            outcome.delete.push(slice);
        }
    }
    // A Service that is being deleted gets no new slices: the garbage collector is removing the old ones.
    if !wanted.service.is_being_deleted() {
        outcome.create.extend(grouped.create.into_iter().map(|draft| draft.into_object(wanted.changed_at)));
    }
    outcome.update.extend(grouped.update.into_iter().map(|draft| draft.into_object(wanted.changed_at)));
}
