//! The ReplicaSet controller: keeps as many pods as asked for.
//!
//! Claims the pods that the selector selects, makes missing ones in batches that grow while nothing is refused, deletes
//! the least useful of surplus ones, and reports counts. Called by `cluster`; never writes by itself.
//!
//! Models pkg/controller/replicaset/replica_set.go.

mod ranking;
mod status;

pub use ranking::pods_to_delete;

use super::ownership::{self, Claim};
use super::{Controller, Plan, Propagation, View, Write};
use crate::api::{Fields, Object, ResourceId, Selector, Status, Value, pod};
use crate::clock::Component;
use crate::order::SortedMap;
use crate::store::{Change, Key, Store};
use status::{Counts, Failure};
use std::sync::Arc;
use std::time::Duration;

/// How many pods one look at a ReplicaSet makes or deletes at most.
const BURST: usize = 500;

/// The controller's memory: what it is doing for which ReplicaSet, and how often that failed in a row.
#[derive(Clone, Debug, Default)]
pub struct ReplicaSetController {
    doing: SortedMap<Key, Doing>,
    /// The status that each ReplicaSet was last given.
    reported: SortedMap<Key, Value>,
    failures: SortedMap<Key, u32>,
}

/// Requests that are under way for a ReplicaSet.
#[derive(Clone, Debug)]
struct Doing {
    /// What is made; `None` while pods are deleted.
    pod: Option<Object>,
    /// How many more are to be made after this batch.
    left: usize,
    /// The size of this batch.
    batch: usize,
    /// How many of its answers are still out.
    awaited: usize,
    /// The first refusal.
    failure: Option<Failure>,
    /// The pods as they were counted before.
    counts: Counts,
}

/// What is to be done for a ReplicaSet.
#[derive(Debug, Default)]
struct Wanted {
    /// Pods as they are to be written: adopted or released.
    claims: Vec<Object>,
    /// How many pods to make.
    create: usize,
    /// The pods to delete.
    delete: Vec<(Key, String)>,
    counts: Counts,
    /// When the next ready pod becomes available.
    again: Option<Duration>,
}

impl Controller for ReplicaSetController {
    fn component(&self) -> Component {
        Component::ReplicaSetController
    }

    fn watch(&mut self, change: &Change, store: &Store) -> Vec<Key> {
        match change.key.resource {
            ResourceId::REPLICA_SETS if self.is_own_report(change) => Vec::new(),
            ResourceId::REPLICA_SETS => vec![change.key.clone()],
            ResourceId::PODS if is_same_replica(change) => Vec::new(),
            ResourceId::PODS => ownership::owners_to_tell(change, ResourceId::REPLICA_SETS, store),
            _ => Vec::new(),
        }
    }

    fn plan(&mut self, key: &Key, view: &View<'_>) -> Plan {
        self.doing.remove(key);
        let Some(set) = view.store.get(key) else {
            self.failures.remove(key);
            self.reported.remove(key);
            return Plan::default();
        };
        let wanted = reconcile(set, view);
        let mut plan = Plan { writes: Vec::new(), again: wanted.again };
        plan.writes
            .extend(wanted.claims.into_iter().map(|object| Write::Update { resource: ResourceId::PODS, object }));
        if wanted.create == 0 && wanted.delete.is_empty() {
            self.failures.remove(key);
            plan.writes.extend(self.report(key, set, &wanted.counts, None, view));
            return plan;
        }
        let mut doing =
            Doing { pod: None, left: 0, batch: 0, awaited: wanted.delete.len(), failure: None, counts: wanted.counts };
        if wanted.create > 0 {
            let pod = pod_of_template(set);
            (doing.left, doing.batch, doing.awaited) = (wanted.create - 1, 1, 1);
            plan.writes.push(Write::Create { resource: ResourceId::PODS, object: pod.clone() });
            doing.pod = Some(pod);
        }
        plan.writes.extend(wanted.delete.into_iter().map(|(key, uid)| Write::Delete {
            key,
            uid: Some(uid),
            propagation: Propagation::Background,
            grace: None,
        }));
        self.doing.insert(key.clone(), doing);
        plan
    }

    fn done(&mut self, key: &Key, write: &Write, result: Result<&Arc<Object>, &Status>, view: &View<'_>) -> Plan {
        let mut plan = Plan::default();
        let failed = match (write, result) {
            (Write::Create { .. }, Ok(pod)) => {
                plan.writes.extend(event(key, view, "SuccessfulCreate", format!("Created pod: {}", pod.name())));
                None
            }
            (Write::Create { .. }, Err(status)) if in_terminating_namespace(status) => None,
            (Write::Create { .. }, Err(status)) => Some(("FailedCreate", "creating", status)),
            (Write::Delete { key: pod, .. }, Ok(_)) => {
                plan.writes.extend(event(key, view, "SuccessfulDelete", format!("Deleted pod: {}", pod.name)));
                None
            }
            (Write::Delete { .. }, Err(status)) if status.code == 404 => None,
            (Write::Delete { .. }, Err(status)) => Some(("FailedDelete", "deleting", status)),
            (Write::Update { .. } | Write::UpdateStatus { .. }, Err(_)) => {
                plan.again = Some(self.back_off(key));
                return plan;
            }
            _ => return plan,
        };
        if let Some((reason, doing, status)) = failed {
            plan.writes.extend(event(key, view, reason, format!("Error {doing}: {}", status.message)));
        }
        let Some(doing) = self.doing.get_mut(key) else { return plan };
        doing.awaited = doing.awaited.saturating_sub(1);
        if let (None, Some((reason, _, status))) = (&doing.failure, failed) {
            doing.failure = Some(Failure { reason, message: status.message.clone() });
        }
        if doing.awaited > 0 {
            return plan;
        }
        // Slow start: batches of 1, 2, 4, ... so that a refusal that hits every pod is met once and not 500 times.
        if let (Some(pod), None, 1..) = (&doing.pod, &doing.failure, doing.left) {
            doing.batch = (doing.batch * 2).min(doing.left);
            (doing.awaited, doing.left) = (doing.batch, doing.left - doing.batch);
            let create = Write::Create { resource: ResourceId::PODS, object: pod.clone() };
            plan.writes.extend(std::iter::repeat_n(create, doing.batch));
            return plan;
        }
        let Some(doing) = self.doing.remove(key) else { return plan };
        if let Some(set) = view.store.get(key) {
            plan.writes.extend(self.report(key, set, &doing.counts, doing.failure.as_ref(), view));
        }
        if doing.failure.is_some() {
            plan.again = Some(self.back_off(key));
        } else {
            self.failures.remove(key);
        }
        plan
    }
}

impl ReplicaSetController {
    /// How long to wait before the next try. Models client-go's ItemExponentialFailureRateLimiter (5 ms, doubled, 1000 s
    /// at most).
    fn back_off(&mut self, key: &Key) -> Duration {
        let failures = self.failures.entry(key.clone()).or_default();
        let wait = Duration::from_millis(5).saturating_mul(1 << (*failures).min(20));
        *failures += 1;
        wait.min(Duration::from_secs(1000))
    }

    /// The write of the status, where it differs from what is there.
    fn report(
        &mut self,
        key: &Key,
        set: &Object,
        counts: &Counts,
        failure: Option<&Failure>,
        view: &View<'_>,
    ) -> Option<Write> {
        let status = counts.status(set, failure, view.now, view.epoch);
        if set.at("status") == Some(&status) {
            return None;
        }
        self.reported.insert(key.clone(), status.clone());
        let mut object = set.clone();
        object.set("status", status);
        Some(Write::UpdateStatus { resource: ResourceId::REPLICA_SETS, object })
    }

    /// Whether all that changed is the status that this controller wrote.
    fn is_own_report(&self, change: &Change) -> bool {
        let (Some(old), Some(new)) = (&change.old, &change.new) else { return false };
        let same = |path: &str| old.at(path) == new.at(path);
        // After a refusal the real controller, woken by its own report, tries once more at once.
        !self.failures.contains_key(&change.key)
            && self.reported.get(&change.key) == new.at("status")
            && same("spec")
            && same("metadata.deletionTimestamp")
            && same("metadata.ownerReferences")
    }
}

/// What is to be done for `set`, seen as it is in the store.
fn reconcile(set: &Object, view: &View<'_>) -> Wanted {
    let selector = Selector::of_label_selector(set.at("spec.selector").unwrap_or(&Value::Null));
    let selected = view.store.select(ResourceId::PODS, set.namespace(), &selector);
    let strays = strays(set, &selected, view.store);
    let candidates = selected.into_iter().map(|pod| (pod, true)).chain(strays.into_iter().map(|pod| (pod, false)));

    let mut wanted = Wanted::default();
    let mut active: Vec<&Object> = Vec::new();
    let mut terminating = 0;
    for (pod, matches) in candidates {
        let claim = ownership::claim(set, matches, pod);
        if pod::is_active(pod) {
            match claim {
                Claim::Keep => active.push(pod),
                Claim::Adopt => {
                    active.push(pod);
                    wanted.claims.push(ownership::adopted(set, pod));
                }
                Claim::Release => wanted.claims.push(ownership::released(set, pod)),
                Claim::Ignore => {}
            }
        } else if claim == Claim::Keep && pod.is_being_deleted() && !pod::is_terminal(pod) {
            terminating += 1;
        }
    }
    wanted.counts = Counts::of(set, active.iter().copied(), terminating, view.now, view.epoch);
    if wanted.counts.is_waiting() {
        let wait = status::min_ready(set);
        let next = active.iter().filter_map(|pod| status::available_at(pod, wait, view.epoch));
        wanted.again = next.filter(|&at| at > view.now).min().map(|at| at.since(view.now));
    }
    if set.is_being_deleted() {
        return wanted;
    }
    let replicas = set.int("spec.replicas").and_then(|count| usize::try_from(count).ok()).unwrap_or(1);
    wanted.create = replicas.saturating_sub(active.len()).min(BURST);
    let surplus = active.len().saturating_sub(replicas).min(BURST);
    if surplus > 0 {
        let related = related_pods(set, view.store);
        wanted.delete = pods_to_delete(&active, &related, surplus, view.now, view.epoch)
            .into_iter()
            .filter_map(|place| active.get(place))
            .map(|pod| (Key::of(ResourceId::PODS, pod), pod.uid().to_owned()))
            .collect();
    }
    wanted
}

/// The pods that `set` owns and that are not among those that its selector `selected`, which come by name.
fn strays<'a>(set: &Object, selected: &[&Arc<Object>], store: &'a Store) -> Vec<&'a Arc<Object>> {
    let mut selected = selected.iter().peekable();
    let owned = store.owned_by(set.uid()).filter(|key| key.resource == ResourceId::PODS);
    let is_stray = |key: &&Key| {
        while selected.next_if(|pod| *pod.name() < *key.name).is_some() {}
        selected.next_if(|pod| *pod.name() == *key.name).is_none()
    };
    owned.filter(|key| key.namespace == set.namespace()).filter(is_stray).filter_map(|key| store.get(key)).collect()
}

/// The pods of all ReplicaSets that have the same controller as `set`, its own included; none where it has none.
/// Models getIndirectlyRelatedPods.
fn related_pods<'a>(set: &Object, store: &'a Store) -> Vec<&'a Object> {
    let Some(controller) = set.controller() else { return Vec::new() };
    let siblings = store.owned_by(controller.text("uid")).filter(|key| key.resource == ResourceId::REPLICA_SETS);
    let mut related: SortedMap<&str, &Object> = SortedMap::new();
    for sibling in siblings.filter_map(|key| store.get(key)) {
        let selector = Selector::of_label_selector(sibling.at("spec.selector").unwrap_or(&Value::Null));
        for pod in store.select(ResourceId::PODS, set.namespace(), &selector) {
            related.insert(pod.uid(), pod);
        }
    }
    related.into_values().collect()
}

/// Whether a pod is the same to a ReplicaSet after a change as before: what it counts and claims by did not change.
fn is_same_replica(change: &Change) -> bool {
    let (Some(old), Some(new)) = (&change.old, &change.new) else { return false };
    let same = |path: &str| old.at(path) == new.at(path);
    same("metadata.labels")
        && same("metadata.ownerReferences")
        && same("metadata.deletionTimestamp")
        && same("status.phase")
        && pod::ready_since(old) == pod::ready_since(new)
}

fn event(key: &Key, view: &View<'_>, reason: &'static str, message: String) -> Option<Write> {
    let uid = view.store.get(key)?.uid().to_owned();
    Some(Write::Event {
        about: key.clone(),
        uid,
        field_path: String::new(),
        warning: reason.starts_with("Failed"),
        reason,
        message,
    })
}

/// Nothing can be made in a namespace that is going away, and there is no point in saying so.
fn in_terminating_namespace(status: &Status) -> bool {
    status.code == 403 && status.message.ends_with("because it is being terminated")
}

/// A pod as the template says. Models pkg/controller GetPodFromTemplate.
fn pod_of_template(set: &Object) -> Object {
    let mut pod = Object::default();
    pod.set("apiVersion", "v1".into());
    pod.set("kind", "Pod".into());
    pod.set("metadata.namespace", set.namespace().into());
    pod.set("metadata.generateName", format!("{}-", set.name()).into());
    for field in ["labels", "annotations", "finalizers"] {
        if let Some(value) = set.at(&format!("spec.template.metadata.{field}")) {
            pod.set(&format!("metadata.{field}"), value.clone());
        }
    }
    pod.set("metadata.ownerReferences", Value::Array(vec![ownership::controller_reference(set)]));
    pod.set("spec", set.at("spec.template.spec").cloned().unwrap_or(Value::Null));
    pod
}
