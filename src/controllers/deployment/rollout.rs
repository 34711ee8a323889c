//! One look at a Deployment: its ReplicaSets as they should be, and the status.
//!
//! [`Rollout`] works on copies; what it changed becomes the writes of a plan. Models pkg/controller/deployment
//! syncDeployment and what it calls.

use super::conditions::{self, Condition, Moment};
use super::revision;
use super::rolling::{self, Limits, Share};
use crate::api::{Fields, Object, ResourceId, Selector, Value, json, pod};
use crate::controllers::ownership::{self, Claim};
use crate::controllers::{Plan, Propagation, View, Write};
use crate::order::Order;
use crate::store::Key;
use std::time::Duration;

/// A ReplicaSet of the Deployment.
struct Set {
    /// As it is stored.
    before: Object,
    /// As it should be.
    after: Object,
    /// Its steps from one size to another, which are told in events.
    steps: Vec<(i64, i64)>,
    delete: bool,
}

impl Set {
    fn size(&self) -> i64 {
        size(&self.after)
    }

    fn count(&self, field: &str) -> i64 {
        self.after.int(&format!("status.{field}")).unwrap_or(0)
    }

    fn created(&self) -> (String, String) {
        (self.after.text("metadata.creationTimestamp").to_owned(), self.after.name().to_owned())
    }
}

fn size(set: &Object) -> i64 {
    set.int("spec.replicas").unwrap_or(1)
}

/// A look at a Deployment.
pub struct Rollout<'a> {
    view: View<'a>,
    stored: &'a Object,
    /// The Deployment as it should be.
    deployment: Object,
    limits: Limits,
    /// Its ReplicaSets, oldest first.
    sets: Vec<Set>,
    /// The place of the one that has the present template.
    new: Option<usize>,
    writes: Vec<Write>,
    again: Option<Duration>,
}

impl<'a> Rollout<'a> {
    /// Looks at `stored` and the ReplicaSets that it claims.
    pub fn of(stored: &'a Object, view: View<'a>) -> Rollout<'a> {
        let mut writes = Vec::new();
        let selector = Selector::of_label_selector(stored.at("spec.selector").unwrap_or(&Value::Null));
        let mut sets = Vec::new();
        for set in view.store.list(ResourceId::REPLICA_SETS, Some(stored.namespace())) {
            let claimed = |after: Object| Set { before: Object::clone(set), after, steps: Vec::new(), delete: false };
            match ownership::claim(stored, selector.selects(set), set) {
                Claim::Keep => sets.push(claimed(Object::clone(set))),
                Claim::Adopt => sets.push(claimed(ownership::adopted(stored, set))),
                Claim::Release => {
                    let object = ownership::released(stored, set);
                    writes.push(Write::Update { resource: ResourceId::REPLICA_SETS, object });
                }
                Claim::Ignore => {}
            }
        }
        sets.order_by_key(Set::created);
        let template = stored.at("spec.template").unwrap_or(&Value::Null);
        let same = |set: &Set| set.after.at("spec.template").is_some_and(|one| revision::same_template(one, template));
        let new = sets.iter().position(same);
        let (deployment, limits) = (stored.clone(), Limits::of(stored));
        Rollout { view, stored, deployment, limits, sets, new, writes, again: None }
    }

    /// What is to be done now. `just_made` is true right after its new ReplicaSet was created.
    pub fn plan(mut self, just_made: bool) -> Plan {
        if self.stored.is_being_deleted() {
            self.sync_revision(just_made);
            let status = self.counted();
            return self.finish(status);
        }
        self.check_paused();
        self.sync_revision(just_made);
        if self.stored.is_true("spec.paused") || self.is_scaled() {
            self.scale();
            if self.stored.is_true("spec.paused") {
                self.clean_up();
            }
            let status = self.counted();
            return self.finish(status);
        }
        let is_blocked =
            if self.stored.text("spec.strategy.type") == "Recreate" { self.recreate() } else { self.roll() };
        if !is_blocked && self.new.is_none() {
            return self.make_new();
        }
        let status = self.rolled();
        if conditions::is_complete(self.stored, self.stored.at("status").unwrap_or(&Value::Null)) && !self.has_steps() {
            self.clean_up();
        }
        self.finish(status)
    }

    fn moment(&self) -> Moment {
        Moment { now: self.view.now, epoch: self.view.epoch }
    }

    fn all(&self) -> Vec<&Object> {
        self.sets.iter().map(|set| &set.after).collect()
    }

    fn newest(&self) -> Option<&Object> {
        self.new.and_then(|place| self.sets.get(place)).map(|set| &set.after)
    }

    /// The places of the old sets, oldest first.
    fn old(&self) -> Vec<usize> {
        (0..self.sets.len()).filter(|&place| Some(place) != self.new).collect()
    }

    fn counted(&self) -> Value {
        conditions::counted(&self.deployment, self.newest(), &self.all(), self.moment())
    }

    fn rolled(&self) -> Value {
        conditions::of_rollout(&self.deployment, self.newest(), &self.all(), self.moment())
    }

    fn has_steps(&self) -> bool {
        self.sets.iter().any(|set| !set.steps.is_empty())
    }

    fn total(&self) -> i64 {
        self.sets.iter().map(Set::size).sum()
    }

    fn set_condition(&mut self, status: &'static str, reason: &'static str, message: String) {
        let mut all = self.deployment.at("status").cloned().unwrap_or_else(|| json!({}));
        let condition = Condition { kind: "Progressing", status, reason, message };
        conditions::set(&mut all, &condition, &self.moment().text());
        self.deployment.set("status", all);
    }

    /// Models checkPausedConditions.
    fn check_paused(&mut self) {
        if conditions::deadline(self.stored).is_none() {
            return;
        }
        let reason = conditions::progress_reason(self.stored.at("status").unwrap_or(&Value::Null));
        match (self.stored.is_true("spec.paused"), reason) {
            (true, "DeploymentPaused" | "ProgressDeadlineExceeded") => {}
            (true, _) => self.set_condition("Unknown", "DeploymentPaused", "Deployment is paused".to_owned()),
            (false, "DeploymentPaused") => {
                self.set_condition("Unknown", "DeploymentResumed", "Deployment is resumed".to_owned());
            }
            (false, _) => {}
        }
    }

    /// Numbers the new ReplicaSet and the Deployment. Models the part of getNewReplicaSet for a set that exists.
    fn sync_revision(&mut self, just_made: bool) {
        let latest =
            self.old().into_iter().filter_map(|place| self.sets.get(place)).map(|set| revision::revision(&set.after));
        let newest = latest.max().unwrap_or(0) + 1;
        let Some(set) = self.new.and_then(|place| self.sets.get_mut(place)) else { return };
        revision::annotate_new(&mut set.after, self.stored, newest);
        if set.after.int("spec.minReadySeconds").unwrap_or(0) != self.stored.int("spec.minReadySeconds").unwrap_or(0) {
            let wait = self.stored.int("spec.minReadySeconds").unwrap_or(0);
            set.after.set("spec.minReadySeconds", wait.into());
        }
        let name = set.after.name().to_owned();
        let number = set.after.annotation(revision::REVISION).unwrap_or("").to_owned();
        if self.deployment.annotation(revision::REVISION) != Some(&number) {
            revision::annotate(&mut self.deployment, revision::REVISION, number);
        }
        if conditions::deadline(self.stored).is_none() {
            return;
        }
        let status = self.deployment.at("status").unwrap_or(&Value::Null);
        if just_made {
            self.set_condition("True", "NewReplicaSetCreated", format!("Created new replica set \"{name}\""));
        } else if conditions::find(status, "Progressing").is_none() {
            self.set_condition("True", "FoundNewReplicaSet", format!("Found new replica set \"{name}\""));
        }
    }

    /// Whether `spec.replicas` changed since the sets were sized. Models isScalingEvent.
    fn is_scaled(&self) -> bool {
        let active = self.sets.iter().filter(|set| set.size() > 0);
        let noted = active.filter_map(|set| revision::number(&set.after, revision::DESIRED));
        noted.into_iter().any(|desired| desired != self.limits.replicas)
    }

    /// Gives a set another size. Models scaleReplicaSet.
    fn resize(&mut self, place: usize, size: i64) {
        let limits = self.limits;
        let Some(set) = self.sets.get_mut(place) else { return };
        let old = set.size();
        revision::annotate_size(&mut set.after, limits.replicas, limits.replicas + limits.surge);
        if old != size {
            set.after.set("spec.replicas", size.into());
            set.steps.push((old, size));
        }
    }

    /// The same where the size differs; the annotations stay otherwise. Models scaleReplicaSetAndRecordEvent.
    fn resize_if_different(&mut self, place: usize, size: i64) {
        if self.sets.get(place).is_some_and(|set| set.size() != size) {
            self.resize(place, size);
        }
    }

    /// Brings the sets to a new `spec.replicas` without rolling out. Models scale.
    fn scale(&mut self) {
        let active: Vec<usize> =
            (0..self.sets.len()).filter(|&place| self.sets.get(place).is_some_and(|set| set.size() > 0)).collect();
        match active.as_slice() {
            [] => {
                if let Some(place) = self.new.or_else(|| self.old().last().copied()) {
                    self.resize_if_different(place, self.limits.replicas);
                }
                return;
            }
            &[place] => return self.resize_if_different(place, self.limits.replicas),
            _ => {}
        }
        if self.new.and_then(|place| self.sets.get(place)).is_some_and(|set| self.is_saturated(set)) {
            for place in self.old() {
                self.resize_if_different(place, 0);
            }
            return;
        }
        if self.stored.text("spec.strategy.type") == "Recreate" {
            return;
        }
        // From the largest to the smallest; of equal ones the newer first when growing, the older first when shrinking.
        let mut places = active;
        let grows = rolling::allowed(self.limits) > self.total();
        places.order_by_key(|&place| {
            let size = self.sets.get(place).map_or(0, Set::size);
            (-size, if grows { -(place as i64) } else { place as i64 })
        });
        let shares: Vec<Share> = places
            .iter()
            .filter_map(|&place| self.sets.get(place))
            .map(|set| Share { size: set.size(), most_before: revision::number(&set.after, revision::MOST) })
            .collect();
        let before = self.stored.int("status.replicas").unwrap_or(0);
        for (place, size) in places.into_iter().zip(rolling::proportional(self.limits, &shares, before)) {
            self.resize(place, size);
        }
    }

    /// Models deploymentutil.IsSaturated.
    fn is_saturated(&self, set: &Set) -> bool {
        let desired = revision::number(&set.after, revision::DESIRED);
        let wanted = self.limits.replicas;
        set.size() == wanted && desired == Some(wanted) && set.count("availableReplicas") == wanted
    }

    /// Moves pods from the old sets to the new one. Gives whether the new set must not be made yet. Models
    /// rolloutRolling.
    fn roll(&mut self) -> bool {
        let Some(new) = self.new.and_then(|place| self.sets.get(place)) else { return false };
        let size = rolling::size_of_new(self.limits, self.total(), new.size());
        if size != new.size() {
            if let Some(place) = self.new {
                self.resize(place, size);
            }
            return false;
        }
        let as_set = |set: &Set| rolling::Set { size: set.size(), available: set.count("availableReplicas") };
        let new = as_set(new);
        let places = self.old();
        let mut old: Vec<rolling::Set> = places.iter().filter_map(|&place| self.sets.get(place)).map(as_set).collect();
        for (index, _, size) in rolling::shrink_old(self.limits, new, &mut old) {
            if let Some(&place) = places.get(index) {
                self.resize(place, size);
            }
        }
        false
    }

    /// Ends all old pods before new ones are made. Gives whether the new set must not be made yet. Models
    /// rolloutRecreate.
    fn recreate(&mut self) -> bool {
        let old = self.old();
        for &place in &old {
            self.resize_if_different(place, 0);
        }
        if self.has_steps() || self.has_old_pods() {
            return true;
        }
        if let Some(place) = self.new {
            self.resize_if_different(place, self.limits.replicas);
        }
        false
    }

    /// Whether pods of old sets still run, terminating ones among them. Models oldPodsRunning.
    fn has_old_pods(&self) -> bool {
        let store = self.view.store;
        self.old().into_iter().filter_map(|place| self.sets.get(place)).any(|set| {
            let pods = store.owned_by(set.after.uid()).filter(|key| key.resource == ResourceId::PODS);
            set.count("replicas") > 0 || pods.filter_map(|key| store.get(key)).any(|pod| !pod::is_terminal(pod))
        })
    }

    /// Creates the ReplicaSet of the present template; the rest follows once it is there.
    fn make_new(mut self) -> Plan {
        let mut set = revision::new_set(self.stored, &ownership::controller_reference(self.stored));
        let size = if self.stored.text("spec.strategy.type") == "Recreate" {
            self.limits.replicas
        } else {
            rolling::grown(self.limits, self.total(), 0)
        };
        set.set("spec.replicas", size.into());
        let latest = self.sets.iter().map(|set| revision::revision(&set.after)).max().unwrap_or(0);
        revision::annotate_new(&mut set, self.stored, latest + 1);
        revision::annotate_size(&mut set, self.limits.replicas, self.limits.replicas + self.limits.surge);
        self.writes.extend(
            self.sets
                .iter()
                .filter(|set| set.before != set.after)
                .map(|set| Write::Update { resource: ResourceId::REPLICA_SETS, object: set.after.clone() }),
        );
        self.writes.push(Write::Create { resource: ResourceId::REPLICA_SETS, object: set });
        Plan { writes: self.writes, again: None }
    }

    /// Deletes old sets beyond `revisionHistoryLimit`. Models cleanupDeployment.
    fn clean_up(&mut self) {
        let Some(limit) = self.stored.int("spec.revisionHistoryLimit").filter(|&limit| limit != i64::from(i32::MAX))
        else {
            return;
        };
        let alive = |place: &usize| self.sets.get(*place).is_some_and(|set| !set.after.is_being_deleted());
        let mut old: Vec<usize> = self.old().into_iter().filter(alive).collect();
        old.order_by_key(|&place| self.sets.get(place).map(|set| revision::revision(&set.after)));
        let surplus = old.len().saturating_sub(usize::try_from(limit).unwrap_or(0));
        for place in old.into_iter().take(surplus) {
            let Some(set) = self.sets.get_mut(place) else { continue };
            let seen = set.after.int("metadata.generation").unwrap_or(0) <= set.count("observedGeneration");
            set.delete = set.count("replicas") == 0 && set.size() == 0 && seen;
        }
    }

    /// The writes: sets that changed with their events, sets to delete, the Deployment's status.
    fn finish(mut self, status: Value) -> Plan {
        let about = Key::of(ResourceId::DEPLOYMENTS, self.stored);
        // The new set is written first, as it grows before the others shrink.
        let mut order = self.old();
        order.splice(0..0, self.new);
        for place in order {
            let Some(set) = self.sets.get(place) else { continue };
            if set.delete {
                self.writes.push(Write::Delete {
                    key: Key::of(ResourceId::REPLICA_SETS, &set.after),
                    uid: Some(set.after.uid().to_owned()),
                    propagation: Propagation::Background,
                    grace: None,
                });
                continue;
            }
            if set.before != set.after {
                self.writes.push(Write::Update { resource: ResourceId::REPLICA_SETS, object: set.after.clone() });
            }
            for &(from, to) in &set.steps {
                let way = if from < to { "up" } else { "down" };
                self.writes.push(Write::Event {
                    about: about.clone(),
                    uid: self.stored.uid().to_owned(),
                    field_path: String::new(),
                    warning: false,
                    reason: "ScalingReplicaSet",
                    message: format!("Scaled {way} replica set {} from {from} to {to}", set.after.name()),
                });
            }
        }
        self.again = conditions::check_again(self.stored, &status, self.moment());
        self.deployment.set("status", status);
        if &self.deployment != self.stored {
            self.writes.push(Write::UpdateStatus { resource: ResourceId::DEPLOYMENTS, object: self.deployment });
        }
        Plan { writes: self.writes, again: self.again }
    }
}
