//! The scheduler: gives each pod the node that suits it best, or says why no node does.
//!
//! A pod that fits nowhere waits; it is tried again once something changes that could help it. Called by `cluster`;
//! never writes by itself, never moves a pod that has a node.
//!
//! Models pkg/scheduler with its default profile.

pub mod affinity;
mod cache;
mod claims;
mod filter;
mod resources;
mod score;

use super::{Controller, Plan, View, Write};
use crate::api::{Fields, Object, ResourceId, Status, Value, json, pod};
use crate::clock::Component;
use crate::order::{SortedMap, SortedSet};
use crate::store::{Change, Key, Store};
use cache::Cache;
use filter::{Plugin, Wishes};
use std::sync::Arc;
use std::time::Duration;

/// The scheduler's memory: who runs where, and which pods wait because of what.
#[derive(Clone, Debug, Default)]
pub struct Scheduler {
    cache: Cache,
    waiting: SortedMap<Key, SortedSet<Plugin>>,
}

impl Controller for Scheduler {
    fn component(&self) -> Component {
        Component::Scheduler
    }

    fn watch(&mut self, change: &Change, store: &Store) -> Vec<Key> {
        match change.key.resource {
            ResourceId::PODS => self.watch_pod(change),
            ResourceId::NODES => self.watch_node(change, store),
            ResourceId::PERSISTENT_VOLUME_CLAIMS => self.kept_waiting_by(&[Plugin::VolumeBinding]),
            _ => Vec::new(),
        }
    }

    fn plan(&mut self, key: &Key, view: &View<'_>) -> Plan {
        let Some(pod) = view.store.get(key).filter(|pod| filter::is_waiting(pod)) else {
            self.waiting.remove(key);
            return Plan::default();
        };
        self.cache.update_nodes(view.store);
        let (fit, refusals) = if let Some(reason) = claims::refusal(pod, view.store) {
            (Vec::new(), filter::refuse_all(reason, &self.cache))
        } else {
            filter::sift(&Wishes::of(pod, &self.cache, view.store), &self.cache)
        };
        if let Some(node) = score::best(pod, &fit, &self.cache, view.store) {
            return Plan::of(Write::Bind { pod: key.clone(), node: node.name().to_owned() });
        }
        let message = filter::message(pod, &refusals);
        self.waiting.insert(key.clone(), refusals.iter().map(|refusal| refusal.plugin).collect());
        let mut plan = Plan::of(Write::Event {
            about: key.clone(),
            uid: pod.uid().to_owned(),
            field_path: String::new(),
            warning: true,
            reason: "FailedScheduling",
            message: message.clone(),
        });
        plan.writes.extend(unschedulable(pod, &message, view));
        plan
    }

    fn done(&mut self, key: &Key, write: &Write, result: Result<&Arc<Object>, &Status>, view: &View<'_>) -> Plan {
        match (write, result) {
            (Write::Bind { node, .. }, Ok(_)) => {
                self.waiting.remove(key);
                let Some(pod) = view.store.get(key) else { return Plan::default() };
                self.cache.place(key, pod, node);
                let message = format!("Successfully assigned {}/{} to {node}", key.namespace, key.name);
                let (about, uid) = (key.clone(), pod.uid().to_owned());
                Plan::of(Write::Event {
                    about,
                    uid,
                    field_path: String::new(),
                    warning: false,
                    reason: "Scheduled",
                    message,
                })
            }
            (Write::Bind { .. } | Write::UpdateStatus { .. }, Err(status)) if status.code != 404 => {
                Plan { writes: Vec::new(), again: Some(Duration::from_secs(1)) }
            }
            _ => Plan::default(),
        }
    }
}

impl Scheduler {
    fn watch_pod(&mut self, change: &Change) -> Vec<Key> {
        let (old, new) = (change.old.as_deref(), change.new.as_deref());
        let placed = |pod: Option<&Object>| pod.is_some_and(|pod| !pod::node(pod).is_empty() && !pod::is_terminal(pod));
        let (was, is) = (placed(old), placed(new));
        if was || is {
            let same = old.zip(new).is_some_and(|(old, new)| {
                was && is
                    && old.at("spec") == new.at("spec")
                    && old.at("metadata.ownerReferences") == new.at("metadata.ownerReferences")
            });
            if !same {
                self.cache.update(&change.key, new);
            }
        }
        let mut keys = Vec::new();
        if let Some(pod) = new.filter(|pod| filter::is_waiting(pod)) {
            // A change of the status alone, such as the scheduler's own, makes no new try.
            let asked = |pod: &Object| (pod.at("spec").cloned(), pod.at("metadata.labels").cloned());
            if old.is_none_or(|old| asked(old) != asked(pod)) {
                keys.push(change.key.clone());
            }
        } else {
            self.waiting.remove(&change.key);
        }
        let labels = |pod: Option<&Object>| pod.and_then(|pod| pod.at("metadata.labels").cloned());
        if was && !is {
            keys.extend(self.kept_waiting_by(&[
                Plugin::NodePorts,
                Plugin::NodeResourcesFit,
                Plugin::PodTopologySpread,
                Plugin::InterPodAffinity,
            ]));
        } else if is && (!was || labels(old) != labels(new)) {
            keys.extend(self.kept_waiting_by(&[Plugin::PodTopologySpread, Plugin::InterPodAffinity]));
        }
        keys
    }

    /// A changed node makes a new try for the waiting pods that it would take now.
    fn watch_node(&mut self, change: &Change, store: &Store) -> Vec<Key> {
        let Some(node) = change.new.as_deref() else { return Vec::new() };
        let matters = |node: &Object| {
            let all = ["metadata.labels", "spec.taints", "spec.unschedulable", "status.allocatable"];
            all.map(|path| node.at(path).cloned())
        };
        if change.old.as_deref().is_some_and(|old| matters(old) == matters(node)) {
            return Vec::new();
        }
        self.cache.update_nodes(store);
        let cache = &self.cache;
        let Some(node) = cache.nodes().find(|one| one.object.name() == node.name()) else { return Vec::new() };
        let takes = |key: &&Key| store.get(key).is_some_and(|pod| Wishes::of(pod, cache, store).check(node).is_ok());
        self.waiting.keys().filter(takes).cloned().collect()
    }

    fn kept_waiting_by(&self, plugins: &[Plugin]) -> Vec<Key> {
        let waits = self.waiting.iter().filter(|(_, by)| plugins.iter().any(|plugin| by.contains(plugin)));
        waits.map(|(key, _)| key.clone()).collect()
    }
}

/// The write of the condition that says why the pod has no node, where it does not say so yet.
fn unschedulable(pod: &Object, message: &str, view: &View<'_>) -> Option<Write> {
    let now = view.epoch.timestamp(view.now);
    let mut conditions = pod.items("status.conditions").to_vec();
    let there = conditions.iter().position(|condition| condition.text("type") == "PodScheduled");
    let old = there.and_then(|place| conditions.get(place));
    let same_status = old.is_some_and(|old| old.text("status") == "False");
    if same_status && old.is_some_and(|old| old.text("message") == message && old.text("reason") == "Unschedulable") {
        return None;
    }
    let since = old.filter(|_| same_status).map_or(now, |old| old.text("lastTransitionTime").to_owned());
    let mut condition = json!({
        "type": "PodScheduled",
        "status": "False",
        "reason": "Unschedulable",
        "message": message,
        "lastProbeTime": Value::Null,
        "lastTransitionTime": since,
    });
    if let (Some(generation), Some(map)) = (pod.int("metadata.generation"), condition.as_object_mut()) {
        map.insert("observedGeneration".to_owned(), json!(generation));
    }
    match there.and_then(|place| conditions.get_mut(place)) {
        Some(old) => *old = condition,
        None => conditions.push(condition),
    }
    let mut object = pod.clone();
    object.set("status.conditions", Value::Array(conditions));
    Some(Write::UpdateStatus { resource: ResourceId::PODS, object })
}
