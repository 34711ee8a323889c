//! What the kube-proxies of a cluster see of Services and EndpointSlices.
//!
//! Every kube-proxy watches the same objects and reads the same out of them, so one of these serves all nodes of a
//! family: it is told each change once and says which Services that concerns.

use super::endpoints::{Ports, join, service_of};
use super::results::Results;
use super::{ServicePort, ServicePortName};
use crate::api::{Fields, Object, ResourceId};
use crate::net::Family;
use crate::order::SortedMap;
use crate::store::Change;
use std::sync::Arc;

/// A Service, by namespace and name.
pub type ServiceKey = Arc<(String, String)>;

/// The ports of a Service, by name.
pub(super) type ServicePorts = Arc<[(ServicePortName, ServicePort)]>;

/// Services and endpoints as kube-proxies see them, and what the latest syncs made of them.
#[derive(Clone, Debug)]
pub struct Watched {
    family: Family,
    services: SortedMap<ServiceKey, ServicePorts>,
    slices: SortedMap<ServiceKey, SortedMap<String, Arc<Object>>>,
    /// The Service of each slice, by namespace and name of the slice.
    slice_owners: SortedMap<(String, String), ServiceKey>,
    /// What was read out of slices that have not changed since.
    joined: SortedMap<ServiceKey, Arc<Ports>>,
    pub(super) results: Results,
}

impl Watched {
    /// Nothing seen yet; only addresses of `family` count.
    pub fn new(family: Family) -> Watched {
        Watched {
            family,
            services: SortedMap::new(),
            slices: SortedMap::new(),
            slice_owners: SortedMap::new(),
            joined: SortedMap::new(),
            results: Results::default(),
        }
    }

    /// The family whose addresses count.
    pub fn family(&self) -> Family {
        self.family
    }

    /// Takes a change in and gives the Services whose rules may change. It looks at Services and EndpointSlices.
    pub fn observe(&mut self, change: &Change) -> Vec<ServiceKey> {
        let key = &change.key;
        if key.resource != ResourceId::SERVICES && key.resource != ResourceId::ENDPOINT_SLICES {
            return Vec::new();
        }
        self.take(key.resource, (key.namespace.clone(), key.name.clone()), change.new.clone())
    }

    /// Takes an object in as it is now, `None` where it is gone, and gives the Services whose rules may change. `named`
    /// is the object's namespace and name.
    pub fn take(
        &mut self,
        resource: ResourceId,
        named: (String, String),
        object: Option<Arc<Object>>,
    ) -> Vec<ServiceKey> {
        if resource == ResourceId::SERVICES {
            return self.take_service(named, object.as_deref());
        }
        let mut concerned = Vec::new();
        // A slice may have been given to another Service.
        let owner = object.as_ref().and_then(|slice| service_of(slice)).map(|owner| self.key(owner));
        let before = match &owner {
            Some(owner) => self.slice_owners.insert(named.clone(), owner.clone()),
            None => self.slice_owners.remove(&named),
        };
        if let Some(service) = before.filter(|before| Some(before) != owner.as_ref()) {
            if let Some(slices) = self.slices.get_mut(&service) {
                slices.remove(&named.1);
                if slices.is_empty() {
                    self.slices.remove(&service);
                }
            }
            concerned.push(service);
        }
        if let (Some(owner), Some(slice)) = (owner, object) {
            let before = self.slices.entry(owner.clone()).or_default().insert(named.1, slice.clone());
            // The API server counts the generation up with each change of what counts here.
            let generation = |slice: &Object| slice.int("metadata.generation");
            let is_same = |before: &Object| match (generation(before), generation(&slice)) {
                (Some(before), Some(now)) => before == now,
                _ => ["addressType", "ports", "endpoints"].into_iter().all(|field| before.at(field) == slice.at(field)),
            };
            if !before.is_some_and(|before| is_same(&before)) {
                concerned.push(owner);
            }
        }
        for service in &concerned {
            self.joined.remove(service);
        }
        concerned
    }

    fn take_service(&mut self, named: (String, String), object: Option<&Object>) -> Vec<ServiceKey> {
        let ports = object.map(|service| ServicePort::of(service, self.family)).unwrap_or_default();
        let key = self.key(named);
        if self.services.get(&key).map_or(&[][..], |ports| ports) == ports.as_slice() {
            return Vec::new();
        }
        if ports.is_empty() {
            self.services.remove(&key);
        } else {
            self.services.insert(key.clone(), ports.into());
        }
        vec![key]
    }

    /// The key of a Service: one and the same for all who hold it, where it is known.
    fn key(&self, named: (String, String)) -> ServiceKey {
        let known = self.services.get_key_value(&named).map(|(key, _)| key);
        let known = known.or_else(|| self.slices.get_key_value(&named).map(|(key, _)| key));
        known.cloned().unwrap_or_else(|| Arc::new(named))
    }

    /// The Services that are served.
    pub fn services(&self) -> impl Iterator<Item = &ServiceKey> {
        self.services.keys()
    }

    /// The ports of a Service; none where it is not served.
    pub(super) fn ports(&self, service: &ServiceKey) -> Option<ServicePorts> {
        self.services.get(service).cloned()
    }

    /// The endpoints of a Service's ports. Read once for all nodes.
    pub(super) fn endpoints(&mut self, service: &ServiceKey) -> Arc<Ports> {
        if let Some(known) = self.joined.get(service) {
            return known.clone();
        }
        let Some(slices) = self.slices.get(service) else { return Arc::default() };
        let ports = Arc::new(join(service, slices.values().map(|slice| &**slice), self.family));
        self.joined.insert(service.clone(), ports.clone());
        ports
    }
}
