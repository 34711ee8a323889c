//! The service controller with a simulated provider: hands out load balancer addresses after a while.
//!
//! The addresses are of 203.0.113.0/24, the range for documentation. Off in bare clusters, as it needs a cloud. Called by
//! `cluster`; never writes by itself.
//!
//! Models staging/src/k8s.io/cloud-provider/controllers/service.

use super::{Controller, Plan, View, Write};
use crate::api::{Fields, Object, ResourceId, Value, json, service};
use crate::clock::{Component, Time};
use crate::order::SortedMap;
use crate::store::{Change, Key, Store};
use std::time::Duration;

const FINALIZER: &str = "service.kubernetes.io/load-balancer-cleanup";
/// How long the provider takes to make or to remove a load balancer.
const PROVIDER_TAKES: Duration = Duration::from_secs(4);

/// The service controller: which of the provider's jobs are done when.
#[derive(Clone, Debug, Default)]
pub struct LoadBalancerController {
    jobs: SortedMap<Key, Job>,
}

/// A job of the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Job {
    /// It makes a load balancer; otherwise it removes one.
    makes: bool,
    done_at: Time,
}

impl Controller for LoadBalancerController {
    fn component(&self) -> Component {
        Component::ServiceController
    }

    fn watch(&mut self, change: &Change, _store: &Store) -> Vec<Key> {
        if change.key.resource == ResourceId::SERVICES { vec![change.key.clone()] } else { Vec::new() }
    }

    fn plan(&mut self, key: &Key, view: &View<'_>) -> Plan {
        let Some(service) = view.store.get(key) else {
            self.jobs.remove(key);
            return Plan::default();
        };
        let has = has_finalizer(service);
        let wanted = wants_load_balancer(service);
        let given = !service.items("status.loadBalancer.ingress").is_empty();
        if (wanted && has && given) || (!wanted && !has) {
            self.jobs.remove(key);
            return Plan::default();
        }
        let event = |reason, message: &str| Write::Event {
            about: key.clone(),
            uid: service.uid().to_owned(),
            field_path: String::new(),
            warning: false,
            reason,
            message: message.to_owned(),
        };
        let Some(job) = self.jobs.get(key).filter(|job| job.makes == wanted).copied() else {
            self.jobs.insert(key.clone(), Job { makes: wanted, done_at: view.now + PROVIDER_TAKES });
            let mut writes = Vec::new();
            if wanted {
                writes.push(event("EnsuringLoadBalancer", "Ensuring load balancer"));
                if !has {
                    writes.push(with_finalizer(service, true));
                }
            } else {
                writes.push(event("DeletingLoadBalancer", "Deleting load balancer"));
            }
            return Plan { writes, again: Some(PROVIDER_TAKES) };
        };
        if view.now < job.done_at {
            return Plan { writes: Vec::new(), again: Some(job.done_at.since(view.now)) };
        }
        self.jobs.remove(key);
        let writes = if wanted {
            let Some(address) = free_address(service, view.store) else { return Plan::default() };
            vec![with_ingress(service, &address), event("EnsuredLoadBalancer", "Ensured load balancer")]
        } else {
            vec![event("DeletedLoadBalancer", "Deleted load balancer"), with_finalizer(service, false)]
        };
        Plan { writes, again: None }
    }
}

fn has_finalizer(service: &Object) -> bool {
    service.items("metadata.finalizers").iter().any(|finalizer| finalizer == FINALIZER)
}

/// Services with a class are another provider's business. Models wantsLoadBalancer.
fn wants_load_balancer(service: &Object) -> bool {
    service::kind(service) == service::ServiceType::LoadBalancer
        && service.text("spec.loadBalancerClass").is_empty()
        && !service.is_being_deleted()
}

fn with_finalizer(service: &Object, wanted: bool) -> Write {
    let mut object = service.clone();
    let mut finalizers: Vec<Value> =
        object.items("metadata.finalizers").iter().filter(|finalizer| *finalizer != FINALIZER).cloned().collect();
    if wanted {
        finalizers.push(Value::from(FINALIZER));
    }
    object.set_items("metadata.finalizers", finalizers);
    Write::Update { resource: ResourceId::SERVICES, object }
}

fn with_ingress(service: &Object, address: &str) -> Write {
    let mut object = service.clone();
    object.set("status.loadBalancer", json!({"ingress": [{"ip": address, "ipMode": "VIP"}]}));
    Write::UpdateStatus { resource: ResourceId::SERVICES, object }
}

/// The address that was asked for, where it is one of the provider's, or the first that no Service has.
fn free_address(service: &Object, store: &Store) -> Option<String> {
    let taken: Vec<&str> = store
        .list(ResourceId::SERVICES, None)
        .flat_map(|other| other.items("status.loadBalancer.ingress"))
        .map(|ingress| ingress.text("ip"))
        .collect();
    let mut all = (1..=254).map(|last| format!("203.0.113.{last}")).filter(|ip| !taken.contains(&ip.as_str()));
    let asked = service.text("spec.loadBalancerIP");
    if asked.is_empty() { all.next() } else { all.find(|ip| ip == asked) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Epoch, EventId};

    #[test]
    fn an_address_comes_after_a_while_and_goes_with_the_service() {
        let mut store = Store::default();
        let mut controller = LoadBalancerController::default();
        let key = Key::new(ResourceId::SERVICES, "default", "web");
        let mut service = Object::new(json!({
            "metadata": {"name": "web", "namespace": "default"}, "spec": {"type": "LoadBalancer"},
        }))
        .unwrap();
        let mut play = |controller: &mut LoadBalancerController, service: &Object, now| {
            store.put(ResourceId::SERVICES, service.clone(), now, EventId(0));
            let plan = controller.plan(&key, &View { store: &store, now, epoch: Epoch(0) });
            let objects = plan.writes.iter().filter_map(|write| match write {
                Write::Update { object, .. } | Write::UpdateStatus { object, .. } => Some(object.clone()),
                _ => None,
            });
            (objects.collect::<Vec<_>>().pop(), plan.again)
        };
        let (object, again) = play(&mut controller, &service, Time::ZERO);
        assert_eq!(again, Some(PROVIDER_TAKES));
        service = object.unwrap();
        assert_eq!(play(&mut controller, &service, Time(1_000_000)), (None, Some(Duration::from_secs(3))));
        let (object, _) = play(&mut controller, &service, Time(4_000_000));
        service = object.unwrap();
        assert_eq!(service.items("status.loadBalancer.ingress")[0].text("ip"), "203.0.113.1");
        assert_eq!(play(&mut controller, &service, Time(5_000_000)), (None, None));
        service.set("metadata.deletionTimestamp", json!("2026-01-01T00:00:00Z"));
        assert_eq!(play(&mut controller, &service, Time(6_000_000)), (None, Some(PROVIDER_TAKES)));
        let (object, _) = play(&mut controller, &service, Time(10_000_000));
        assert!(!has_finalizer(&object.unwrap()));
    }
}
