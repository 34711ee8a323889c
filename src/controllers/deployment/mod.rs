//! The Deployment controller: keeps a ReplicaSet for each pod template and moves the pods from the old ones to the new
//! one, as fast as availability allows.
//!
//! Called by `cluster`; never writes by itself, never touches a pod. Models pkg/controller/deployment.

mod conditions;
mod hash;
mod revision;
pub mod rolling;
mod rollout;

use super::ownership;
use super::{Controller, Plan, View, Write};
use crate::api::{Fields, Object, ResourceId, Status, json};
use crate::clock::Component;
use crate::order::SortedMap;
use crate::store::{Change, Key, Store};
use conditions::{Condition, Moment};
use rollout::Rollout;
use std::sync::Arc;
use std::time::Duration;

/// The controller's memory: how often what it wanted for a Deployment was refused in a row.
#[derive(Clone, Debug, Default)]
pub struct DeploymentController {
    failures: SortedMap<Key, u32>,
}

impl Controller for DeploymentController {
    fn component(&self) -> Component {
        Component::DeploymentController
    }

    fn watch(&mut self, change: &Change, store: &Store) -> Vec<Key> {
        match change.key.resource {
            ResourceId::DEPLOYMENTS => vec![change.key.clone()],
            ResourceId::REPLICA_SETS => ownership::owners_to_tell(change, ResourceId::DEPLOYMENTS, store),
            ResourceId::PODS if change.new.is_none() => recreated_without(change, store).into_iter().collect(),
            _ => Vec::new(),
        }
    }

    fn plan(&mut self, key: &Key, view: &View<'_>) -> Plan {
        if let Some(deployment) = view.store.get(key) {
            return Rollout::of(deployment, *view).plan(false);
        }
        self.failures.remove(key);
        Plan::default()
    }

    fn done(&mut self, key: &Key, write: &Write, result: Result<&Arc<Object>, &Status>, view: &View<'_>) -> Plan {
        let Some(deployment) = view.store.get(key) else { return Plan::default() };
        match (write, result) {
            (Write::Create { .. }, Ok(set)) => {
                self.failures.remove(key);
                let size = set.int("spec.replicas").unwrap_or(0);
                let mut plan = Rollout::of(deployment, *view).plan(true);
                if size > 0 {
                    let message = format!("Scaled up replica set {} from 0 to {size}", set.name());
                    plan.writes.insert(0, event(key, deployment, false, "ScalingReplicaSet", message));
                }
                plan
            }
            (Write::Create { object, .. }, Err(status)) => self.not_made(key, deployment, object, status, view),
            (Write::Event { .. }, _) | (_, Ok(_)) => Plan::default(),
            (_, Err(status)) if status.code == 404 => Plan::default(),
            (_, Err(_)) => Plan { writes: Vec::new(), again: Some(self.back_off(key)) },
        }
    }
}

impl DeploymentController {
    /// The new ReplicaSet was refused.
    fn not_made(&mut self, key: &Key, deployment: &Object, set: &Object, refusal: &Status, view: &View<'_>) -> Plan {
        let mut changed = deployment.clone();
        let mut writes = Vec::new();
        if refusal.reason == "AlreadyExists" {
            // Something else has the name: another hash gives another one.
            let collisions = deployment.int("status.collisionCount").unwrap_or(0);
            changed.set("status.collisionCount", (collisions + 1).into());
        } else {
            let message = format!("Failed to create new replica set \"{}\": {}", set.name(), refusal.message);
            if conditions::deadline(deployment).is_some() {
                let mut status = deployment.at("status").cloned().unwrap_or_else(|| json!({}));
                let reason = "ReplicaSetCreateError";
                let condition = Condition { kind: "Progressing", status: "False", reason, message: message.clone() };
                conditions::set(&mut status, &condition, &Moment { now: view.now, epoch: view.epoch }.text());
                changed.set("status", status);
            }
            writes.push(event(key, deployment, true, "ReplicaSetCreateError", message));
        }
        if &changed != deployment {
            writes.insert(0, Write::UpdateStatus { resource: ResourceId::DEPLOYMENTS, object: changed });
        }
        Plan { writes, again: Some(self.back_off(key)) }
    }

    /// How long to wait before the next try. Models client-go's ItemExponentialFailureRateLimiter.
    fn back_off(&mut self, key: &Key) -> Duration {
        let failures = self.failures.entry(key.clone()).or_default();
        let wait = Duration::from_millis(5).saturating_mul(1 << (*failures).min(20));
        *failures += 1;
        wait.min(Duration::from_secs(1000))
    }
}

fn event(key: &Key, deployment: &Object, warning: bool, reason: &'static str, message: String) -> Write {
    Write::Event {
        about: key.clone(),
        uid: deployment.uid().to_owned(),
        field_path: String::new(),
        warning,
        reason,
        message,
    }
}

/// The Deployment that waits for the pod that is gone: one that is recreated. Models deletePod.
fn recreated_without(change: &Change, store: &Store) -> Option<Key> {
    let pod = change.old.as_deref()?;
    let set = ownership::controller_key(pod, ResourceId::REPLICA_SETS, store)?;
    let deployment = ownership::controller_key(store.get(&set)?, ResourceId::DEPLOYMENTS, store)?;
    let recreates = store.get(&deployment)?.text("spec.strategy.type") == "Recreate";
    recreates.then_some(deployment)
}
