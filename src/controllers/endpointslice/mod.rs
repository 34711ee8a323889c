//! The EndpointSlice controller: keeps the slices of each Service with a selector.
//!
//! Called by `cluster` as any controller. It puts back what somebody edits in its slices, and never touches the slices
//! of others: hand-made ones, mirrored ones, and those of a Service that has no selector any more.

mod hints;
mod packing;
mod reconcile;
mod slice;
mod topology;

pub use reconcile::{Outcome, PodEndpoint, Wanted, reader, reconcile};
pub use slice::{CONTROLLER, MANAGED_BY, SERVICE_NAME};
pub use topology::Topology;

use super::backends::{FIRST_RETRY, Looks, Retries, Services, is_managed};
use super::{Controller, Plan, Propagation, View, Write};
use crate::api::{Object, Requirement, ResourceId, Selector, Status, service};
use crate::clock::{Component, Time};
use crate::order::SortedMap;
use crate::store::{Change, Key, Store};
use std::sync::Arc;
use std::time::Duration;

/// How many endpoints a slice holds at most.
const MOST_ENDPOINTS: usize = 100;
/// How long the controller waits before it looks at a slice that somebody changed. Models
/// endpointSliceChangeMinSyncDelay.
const SLICE_CHANGE_DELAY: Duration = Duration::from_secs(1);

/// The EndpointSlice controller. Models pkg/controller/endpointslice.
#[derive(Clone, Debug, Default)]
pub struct EndpointSliceController {
    services: Services,
    looks: Looks<Vec<PodEndpoint>>,
    retries: Retries,
    topology: Topology,
    /// The Service whose plan is being carried out and how many of its writes have still to be reported: what changes
    /// in its slices meanwhile is our own doing.
    writing: Option<(Key, usize)>,
    /// Services to look at because of a changed slice only, and not before this time.
    not_before: SortedMap<Key, Time>,
}

impl EndpointSliceController {
    /// The Services to look at for a changed slice.
    fn of_slice(&mut self, change: &Change) -> Vec<Key> {
        let ours = |object: &Option<Arc<Object>>| {
            object.as_ref().is_some_and(|slice| slice.label(MANAGED_BY) == Some(CONTROLLER))
        };
        let service_of = |object: &Option<Arc<Object>>| {
            let name = object.as_ref()?.label(SERVICE_NAME)?;
            Some(Key::new(ResourceId::SERVICES, change.key.namespace.clone(), name))
        };
        let (old, new) = (service_of(&change.old), service_of(&change.new));
        let renamed = change.old.is_some() && change.new.is_some() && old != new;
        if !renamed && !ours(&change.old) && !ours(&change.new) {
            return Vec::new();
        }
        let mut keys: Vec<Key> = old.into_iter().chain(new).collect();
        keys.dedup();
        keys.retain(|key| self.writing.as_ref().is_none_or(|(writing, _)| writing != key));
        for key in &keys {
            self.not_before.entry(key.clone()).or_insert(change.at + SLICE_CHANGE_DELAY);
        }
        keys
    }
}

impl Controller for EndpointSliceController {
    fn component(&self) -> Component {
        Component::EndpointSliceController
    }

    fn watch(&mut self, change: &Change, store: &Store) -> Vec<Key> {
        let keys = match change.key.resource {
            ResourceId::SERVICES => {
                self.services.observe(change);
                vec![change.key.clone()]
            }
            ResourceId::PODS => self.services.concerned(change).into_iter().collect(),
            ResourceId::NODES => self.topology.concerned(change, store),
            ResourceId::ENDPOINT_SLICES => return self.of_slice(change),
            _ => return Vec::new(),
        };
        for key in &keys {
            self.not_before.remove(key);
        }
        keys
    }

    fn plan(&mut self, key: &Key, view: &View<'_>) -> Plan {
        if let Some(&at) = self.not_before.get(key)
            && at > view.now
        {
            return Plan { writes: Vec::new(), again: Some(at.since(view.now)) };
        }
        self.not_before.remove(key);
        let Some(service) = view.store.get(key) else {
            // The garbage collector removes the slices of a Service that is gone.
            self.looks.forget(key);
            self.topology.forget(key);
            self.retries.succeeded(key);
            return Plan::default();
        };
        if !is_managed(service) {
            return Plan::default();
        }
        let selector = service::selector(service).unwrap_or_default();
        let pods = view.store.select(ResourceId::PODS, &key.namespace, &selector);
        let (changed_at, seen) = self.looks.look(service, key, &pods, reader(service));
        let pods: Vec<&PodEndpoint> = seen.flatten().collect();
        let wanted = Wanted {
            service,
            pods: &pods,
            node: &|name| view.store.find(ResourceId::NODES, "", name).map(AsRef::as_ref),
            nodes: &|| view.store.list(ResourceId::NODES, None).map(AsRef::as_ref).collect(),
            changed_at: changed_at.as_deref(),
            most: MOST_ENDPOINTS,
        };
        let there = slices_of(view.store, key, CONTROLLER);
        let outcome = reconcile(&wanted, &there, &mut self.topology);
        let again = if outcome.missing_nodes.is_empty() { None } else { self.retries.failed(key, FIRST_RETRY) };
        let plan = Plan { writes: outcome.writes(service), again };
        if plan == Plan::default() {
            self.retries.succeeded(key);
        }
        self.writing = (!plan.writes.is_empty()).then(|| (key.clone(), plan.writes.len()));
        plan
    }

    fn done(&mut self, key: &Key, write: &Write, result: Result<&Arc<Object>, &Status>, view: &View<'_>) -> Plan {
        if matches!(write, Write::Create { .. } | Write::Update { .. } | Write::Delete { .. } | Write::Event { .. })
            && let Some((_, left)) = &mut self.writing
        {
            *left = left.saturating_sub(1);
            if *left == 0 {
                self.writing = None;
            }
        }
        let Err(refusal) = result else { return Plan::default() };
        let verb = match write {
            Write::Create { .. } if refusal.code == 403 => return Plan::default(),
            Write::Create { .. } => "create EndpointSlice".to_owned(),
            Write::Update { object, .. } => format!("update {} EndpointSlice", object.name()),
            Write::Delete { .. } if refusal.code == 404 => return Plan::default(),
            Write::Delete { key, .. } => format!("delete {} EndpointSlice", key.name),
            _ => return Plan::default(),
        };
        let service = format!("{}/{}", key.namespace, key.name);
        let failure = format!("failed to {verb} for Service {service}: {}", refusal.message);
        let uid = view.store.get(key).map_or_else(String::new, |service| service.uid().to_owned());
        Plan { writes: vec![failed_update(key, uid, &failure)], again: self.retries.failed(key, FIRST_RETRY) }
    }
}

/// The event that tells of a failed look at a Service.
fn failed_update(key: &Key, uid: String, failure: &str) -> Write {
    Write::Event {
        about: key.clone(),
        uid,
        field_path: String::new(),
        warning: true,
        reason: "FailedToUpdateEndpointSlices",
        message: format!("Error updating Endpoint Slices for Service {}/{}: {failure}", key.namespace, key.name),
    }
}

/// The slices of a Service that `manager` keeps, by name, without those that are being deleted.
pub fn slices_of<'a>(store: &'a Store, service: &Key, manager: &str) -> Vec<&'a Arc<Object>> {
    let is = |label: &str, value: &str| Requirement::In(label.to_owned(), vec![value.to_owned()]);
    let selector = Selector { requirements: vec![is(SERVICE_NAME, &service.name), is(MANAGED_BY, manager)] };
    let mut slices = store.select(ResourceId::ENDPOINT_SLICES, &service.namespace, &selector);
    slices.retain(|slice| !slice.is_being_deleted());
    slices
}

/// The write that deletes a slice.
pub fn delete(slice: &Object) -> Write {
    Write::Delete {
        key: Key::of(ResourceId::ENDPOINT_SLICES, slice),
        uid: Some(slice.uid().to_owned()),
        propagation: Propagation::Background,
        grace: None,
    }
}
