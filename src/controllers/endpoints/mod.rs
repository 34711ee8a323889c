//! The Endpoints controller: keeps one Endpoints object for each Service with a selector.
//!
//! Called by `cluster` as any controller. It never touches the Endpoints of a Service without selector, and does not
//! look when somebody edits Endpoints: the edit stays until the next change of the Service or its pods.

mod reconcile;
mod subsets;

pub use reconcile::{PodAddress, reader, reconcile};
pub use subsets::{Subset, repack};

use super::backends::{FIRST_RETRY, Looks, Retries, Services, is_managed};
use super::{Controller, Plan, Propagation, View, Write};
use crate::api::{Object, ResourceId, Status, service};
use crate::clock::Component;
use crate::store::{Change, Key, Store};
use std::sync::Arc;

/// The Endpoints controller. Models pkg/controller/endpoint.
#[derive(Clone, Debug, Default)]
pub struct EndpointsController {
    services: Services,
    looks: Looks<Option<PodAddress>>,
    retries: Retries,
}

impl Controller for EndpointsController {
    fn component(&self) -> Component {
        Component::EndpointsController
    }

    fn watch(&mut self, change: &Change, _store: &Store) -> Vec<Key> {
        match change.key.resource {
            ResourceId::SERVICES => {
                self.services.observe(change);
                vec![change.key.clone()]
            }
            ResourceId::PODS => self.services.concerned(change).into_iter().collect(),
            ResourceId::ENDPOINTS if change.new.is_none() => {
                vec![Key::new(ResourceId::SERVICES, change.key.namespace.clone(), change.key.name.clone())]
            }
            _ => Vec::new(),
        }
    }

    fn plan(&mut self, key: &Key, view: &View<'_>) -> Plan {
        let current = view.store.find(ResourceId::ENDPOINTS, &key.namespace, &key.name);
        let Some(service) = view.store.get(key) else {
            self.looks.forget(key);
            return current.map_or_else(Plan::default, |endpoints| {
                Plan::of(Write::Delete {
                    key: Key::of(ResourceId::ENDPOINTS, endpoints),
                    uid: Some(endpoints.uid().to_owned()),
                    propagation: Propagation::Background,
                    grace: None,
                })
            });
        };
        if !is_managed(service) {
            return Plan::default();
        }
        let selector = service::selector(service).unwrap_or_default();
        let pods = view.store.select(ResourceId::PODS, &key.namespace, &selector);
        let (changed_at, seen) = self.looks.look(service, key, &pods, reader(service));
        let addresses: Vec<&PodAddress> = seen.flatten().collect();
        let write = reconcile(service, &addresses, current.map(AsRef::as_ref), changed_at.as_deref());
        write.map_or_else(Plan::default, Plan::of)
    }

    fn done(&mut self, key: &Key, write: &Write, result: Result<&Arc<Object>, &Status>, view: &View<'_>) -> Plan {
        let Err(refusal) = result else {
            self.retries.succeeded(key);
            return Plan::default();
        };
        let about = Key::new(ResourceId::ENDPOINTS, key.namespace.clone(), key.name.clone());
        let (reason, message) = match write {
            // In a namespace that is going away creations go on being refused: not worth an event or a retry.
            Write::Create { .. } if refusal.code == 403 => return Plan::default(),
            Write::Create { .. } => (
                "FailedToCreateEndpoint",
                format!("Failed to create endpoint for service {}/{}: {}", key.namespace, key.name, refusal.message),
            ),
            Write::Update { .. } => (
                "FailedToUpdateEndpoint",
                format!("Failed to update endpoint {}/{}: {}", key.namespace, key.name, refusal.message),
            ),
            _ => return Plan::default(),
        };
        let uid = view.store.get(&about).map_or_else(String::new, |endpoints| endpoints.uid().to_owned());
        let event = Write::Event { about, uid, field_path: String::new(), warning: true, reason, message };
        Plan { writes: vec![event], again: self.retries.failed(key, FIRST_RETRY) }
    }
}
