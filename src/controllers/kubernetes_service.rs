//! The API server's own Service: `kubernetes` and its endpoints come back when they are deleted.
//!
//! In a real cluster kube-apiserver looks after them itself, every ten seconds. Called by `cluster`; never writes by
//! itself.
//!
//! Models pkg/controlplane/controller/kubernetesservice.

use super::{Controller, Plan, View, Write};
use crate::api::Object;
use crate::apiserver::{self, own_service};
use crate::clock::{Component, Time};
use crate::store::{Change, Key, Store};
use std::time::Duration;

/// How often it is looked whether they are there.
const PERIOD: Duration = Duration::from_secs(10);

/// The controller: what it makes, and when it looks next.
#[derive(Clone, Debug)]
pub struct KubernetesServiceController {
    objects: Vec<(Key, Object)>,
    next: Option<Time>,
}

impl KubernetesServiceController {
    /// The controller of an API server with these settings.
    pub fn new(settings: &apiserver::Settings) -> KubernetesServiceController {
        let objects = own_service(settings).into_iter().filter_map(|(resource, body)| {
            let mut object = Object::new(body).ok()?;
            object.set("metadata.namespace", "default".into());
            Some((Key::of(resource, &object), object))
        });
        KubernetesServiceController { objects: objects.collect(), next: None }
    }
}

impl Controller for KubernetesServiceController {
    fn component(&self) -> Component {
        Component::ApiServer
    }

    fn watch(&mut self, change: &Change, _store: &Store) -> Vec<Key> {
        let gone = change.new.is_none() && self.objects.iter().any(|(key, _)| *key == change.key);
        // One look restores all of them: it is known by the first.
        self.objects.first().filter(|_| gone).map(|(key, _)| key.clone()).into_iter().collect()
    }

    fn plan(&mut self, _key: &Key, view: &View<'_>) -> Plan {
        let missing: Vec<_> = self.objects.iter().filter(|(key, _)| view.store.get(key).is_none()).collect();
        if missing.is_empty() {
            self.next = None;
            return Plan::default();
        }
        let micros = PERIOD.as_micros() as u64;
        let next = *self.next.get_or_insert(Time((view.now.0 / micros + 1) * micros));
        if view.now < next {
            return Plan { writes: Vec::new(), again: Some(next.since(view.now)) };
        }
        self.next = None;
        let create = |(key, object): &(Key, Object)| Write::Create { resource: key.resource, object: object.clone() };
        Plan { writes: missing.into_iter().map(create).collect(), again: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Epoch;

    #[test]
    fn what_is_missing_is_made_at_the_next_look() {
        let mut controller = KubernetesServiceController::new(&apiserver::Settings::default());
        let (store, key) = (Store::default(), controller.objects[0].0.clone());
        let mut plan = |seconds: u64| {
            let now = Time(seconds * 1_000_000);
            controller.plan(&key, &View { store: &store, now, epoch: Epoch(0) })
        };
        assert_eq!(plan(13).again, Some(Duration::from_secs(7)));
        assert_eq!(plan(20).writes.len(), 3, "the Service, its Endpoints and its slice");
    }
}
