//! Which pods a ReplicaSet deletes when it has too many.

use crate::api::{Fields, Object, Value, pod};
use crate::clock::{Epoch, Time};
use crate::order::{Order, SortedMap};
use std::borrow::Borrow;
use std::cmp::Ordering;

/// The annotation by which a pod asks to go earlier (low) or later (high) than others.
const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";

/// What the ranking looks at in one pod.
struct Candidate<'a> {
    pod: &'a Object,
    phase: u8,
    ready: bool,
    cost: i64,
    /// How many active related pods run on its node.
    crowd: usize,
    ready_at: Option<Time>,
    restarts: (i64, i64),
    created_at: Option<Time>,
}

/// The places in `pods` of the `count` ones to delete. `related` are the pods of all ReplicaSets that share this one's
/// owner, by which crowded nodes are found; a ReplicaSet without an owner has none.
///
/// Models pkg/controller/replicaset getPodsToDelete and pkg/controller ActivePodsWithRanks.
pub fn pods_to_delete<P: Borrow<Object>>(
    pods: &[P],
    related: &[P],
    count: usize,
    now: Time,
    epoch: Epoch,
) -> Vec<usize> {
    let mut places: Vec<usize> = (0..pods.len()).collect();
    if count < pods.len() {
        let mut crowds: SortedMap<&str, usize> = SortedMap::new();
        for one in related.iter().map(Borrow::borrow).filter(|one| pod::is_active(one)) {
            *crowds.entry(pod::node(one)).or_default() += 1;
        }
        let candidates: Vec<Candidate<'_>> =
            pods.iter().map(|one| Candidate::of(one.borrow(), &crowds, epoch)).collect();
        places.order_by(|&a, &b| match (candidates.get(a), candidates.get(b)) {
            (Some(a), Some(b)) => a.goes_before(b, now),
            _ => Ordering::Equal,
        });
    }
    places.truncate(count);
    places
}

impl<'a> Candidate<'a> {
    fn of(object: &'a Object, crowds: &SortedMap<&str, usize>, epoch: Epoch) -> Candidate<'a> {
        let most = |path: &str| object.items(path).iter().filter_map(|one| one.int("restartCount")).max().unwrap_or(0);
        let ready = pod::is_ready(object);
        Candidate {
            pod: object,
            phase: match object.text("status.phase") {
                "Running" => 2,
                "Unknown" => 1,
                _ => 0,
            },
            ready,
            cost: object.annotation(DELETION_COST).and_then(|cost| cost.parse().ok()).unwrap_or(0),
            crowd: crowds.get(pod::node(object)).copied().unwrap_or(0),
            ready_at: pod::ready_since(object).and_then(|at| epoch.parse(at)),
            restarts: (most("status.containerStatuses"), sidecar_restarts(object)),
            created_at: epoch.parse(object.text("metadata.creationTimestamp")),
        }
    }

    /// `Less` where `self` is deleted before `other`.
    fn goes_before(&self, other: &Self, now: Time) -> Ordering {
        let (mine, others) = (pod::node(self.pod).is_empty(), pod::node(other.pod).is_empty());
        others
            .cmp(&mine)
            .then(self.phase.cmp(&other.phase))
            .then(self.ready.cmp(&other.ready))
            .then(self.cost.cmp(&other.cost))
            .then(other.crowd.cmp(&self.crowd))
            .then_with(|| {
                if self.ready && other.ready {
                    self.younger(other, self.ready_at, other.ready_at, now)
                } else {
                    Ordering::Equal
                }
            })
            .then(other.restarts.cmp(&self.restarts))
            .then_with(|| self.younger(other, self.created_at, other.created_at, now))
    }

    /// `Less` where `mine` is the later moment. Ages are compared by powers of two, so that of pods of about the same
    /// age any may go; their uids decide.
    fn younger(&self, other: &Self, mine: Option<Time>, others: Option<Time>, now: Time) -> Ordering {
        match (mine, others) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(mine), Some(others)) if mine == others => Ordering::Equal,
            (Some(mine), Some(others)) => {
                magnitude(now, mine).cmp(&magnitude(now, others)).then_with(|| self.pod.uid().cmp(other.pod.uid()))
            }
        }
    }
}

/// The whole part of the base 2 logarithm of the age in nanoseconds; -1 for none. Models logarithmicRankDiff.
fn magnitude(now: Time, then: Time) -> i32 {
    let age = now.since(then).as_nanos();
    if age == 0 { -1 } else { age.ilog2() as i32 }
}

fn sidecar_restarts(object: &Object) -> i64 {
    let names: Vec<&str> = pod::sidecars(object).map(|container| container.text("name")).collect();
    let of_sidecar = |status: &&Value| names.contains(&status.text("name"));
    let statuses = object.items("status.initContainerStatuses");
    statuses.iter().filter(of_sidecar).filter_map(|one| one.int("restartCount")).max().unwrap_or(0)
}
