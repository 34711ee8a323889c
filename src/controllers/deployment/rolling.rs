//! How large the new and the old ReplicaSets of a Deployment should be: arithmetic without objects.
//!
//! Models pkg/controller/deployment/rolling.go, pkg/controller/deployment/sync.go scale and their helpers in util.

use crate::api::{Fields, Object, Value};

/// How many pods a Deployment wants, and how far a rolling update may stray from that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// `spec.replicas`.
    pub replicas: i64,
    /// How many pods there may be beyond that.
    pub surge: i64,
    /// How many of them may be unavailable.
    pub unavailable: i64,
}

impl Limits {
    /// The limits of a Deployment; one that is recreated has no leeway.
    pub fn of(deployment: &Object) -> Limits {
        let replicas = deployment.int("spec.replicas").unwrap_or(1);
        if deployment.text("spec.strategy.type") == "Recreate" {
            return Limits { replicas, surge: 0, unavailable: 0 };
        }
        let field = |name: &str| deployment.at(&format!("spec.strategy.rollingUpdate.{name}")).unwrap_or(&Value::Null);
        let (surge, unavailable) =
            resolve_fenceposts(field("maxSurge"), field("maxUnavailable"), replicas).unwrap_or((0, 0));
        let unavailable = if replicas == 0 { 0 } else { unavailable.min(replicas) };
        Limits { replicas, surge, unavailable }
    }

    /// How many pods there may be in all; none for a Deployment of none.
    fn most(self) -> i64 {
        self.replicas + self.surge
    }

    fn least_available(self) -> i64 {
        self.replicas - self.unavailable
    }
}

/// `maxSurge` and `maxUnavailable` in pods: a share rounds up for the surge and down for the unavailable, and one pod
/// must be able to go where both come to nothing. `None` for what is neither a number nor a share.
///
/// Models deploymentutil.ResolveFenceposts.
pub fn resolve_fenceposts(surge: &Value, unavailable: &Value, desired: i64) -> Option<(i64, i64)> {
    let (surge, unavailable) = (scaled(surge, desired, true)?, scaled(unavailable, desired, false)?);
    Some(if surge == 0 && unavailable == 0 { (0, 1) } else { (surge, unavailable) })
}

/// Models intstr.GetScaledValueFromIntOrPercent; nothing counts as 0.
fn scaled(value: &Value, total: i64, up: bool) -> Option<i64> {
    match value {
        Value::Null => Some(0),
        Value::Number(number) => number.as_i64(),
        Value::String(text) => {
            let share: i64 = text.strip_suffix('%')?.parse().ok()?;
            let product = share.checked_mul(total)?;
            Some(if up { (product + 99).div_euclid(100) } else { product.div_euclid(100) })
        }
        _ => None,
    }
}

/// A ReplicaSet as the arithmetic sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Set {
    /// `spec.replicas`.
    pub size: i64,
    /// `status.availableReplicas`.
    pub available: i64,
}

/// A ReplicaSet that gets another size: its place, its size before, its size after.
pub type Step = (usize, i64, i64);

/// The size of the new ReplicaSet, which has `new` now, while all together have `total`: grown as far as the surge
/// allows. Models NewRSNewReplicas.
pub fn grown(limits: Limits, total: i64, new: i64) -> i64 {
    let room = limits.most() - total;
    if room <= 0 { new } else { new + room.min(limits.replicas - new) }
}

/// The same; one that is too large shrinks. Models reconcileNewReplicaSet.
pub fn size_of_new(limits: Limits, total: i64, new: i64) -> i64 {
    if new >= limits.replicas { limits.replicas } else { grown(limits, total, new) }
}

/// Shrinks the old ReplicaSets, oldest first in `old`, as far as availability allows. Gives the steps in order; a set can
/// have two. Models reconcileOldReplicaSets.
pub fn shrink_old(limits: Limits, new: Set, old: &mut [Set]) -> Vec<Step> {
    let total: i64 = old.iter().map(|set| set.size).sum();
    if total == 0 {
        return Vec::new();
    }
    // Pods of the new set that are not available yet count as if they were gone.
    let most = total + new.size - limits.least_available() - (new.size - new.available);
    if most <= 0 {
        return Vec::new();
    }
    let mut steps = clean_up_unhealthy(old, most);
    steps.extend(shrink_available(limits, new.available, old));
    steps
}

/// Takes up to `most` pods that are not available from the old sets. Models cleanupUnhealthyReplicas.
pub fn clean_up_unhealthy(old: &mut [Set], most: i64) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut left = most;
    for (place, set) in old.iter_mut().enumerate() {
        let count = left.min(set.size - set.available);
        if left > 0 && set.size > 0 && count > 0 {
            steps.push((place, set.size, set.size - count));
            set.size -= count;
            left -= count;
        }
    }
    steps
}

/// Takes pods from the old sets while more than enough are available, `new_available` of the new set among them. Models
/// scaleDownOldReplicaSetsForRollingUpdate.
pub fn shrink_available(limits: Limits, new_available: i64, old: &mut [Set]) -> Vec<Step> {
    let available: i64 = old.iter().map(|set| set.available).sum::<i64>() + new_available;
    let mut left = available - limits.least_available();
    let mut steps = Vec::new();
    for (place, set) in old.iter_mut().enumerate() {
        let count = left.min(set.size);
        if count > 0 {
            steps.push((place, set.size, set.size - count));
            set.size -= count;
            left -= count;
        }
    }
    steps
}

/// A ReplicaSet whose size follows a new `spec.replicas`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Its size.
    pub size: i64,
    /// The annotation `max-replicas`: how many pods there could be in all when it got that size.
    pub most_before: Option<i64>,
}

/// Sizes for all active sets, given from the largest to the smallest, when the Deployment is scaled in the middle of a
/// rollout: each gets its share of the difference, what is left over goes to the first.
/// `replicas_before` is the Deployment's status.replicas.
///
/// Models the proportional part of scale, GetReplicaSetProportion and getReplicaSetFraction.
pub fn proportional(limits: Limits, sets: &[Share], replicas_before: i64) -> Vec<i64> {
    let total: i64 = sets.iter().map(|set| set.size).sum();
    let difference = allowed(limits) - total;
    let mut added = 0;
    let mut sizes: Vec<i64> = Vec::new();
    for set in sets {
        let mut more = 0;
        if set.size != 0 && difference != added {
            let share = share(limits, *set, replicas_before);
            let rest = difference - added;
            more = if difference > 0 { share.min(rest) } else { share.max(rest) };
        }
        added += more;
        sizes.push(set.size + more);
    }
    if let Some(first) = sizes.first_mut() {
        *first = (*first + difference - added).max(0);
    }
    sizes
}

/// How many pods there may be in all.
pub fn allowed(limits: Limits) -> i64 {
    if limits.replicas > 0 { limits.most() } else { 0 }
}

fn share(limits: Limits, set: Share, replicas_before: i64) -> i64 {
    if limits.replicas == 0 {
        return -set.size;
    }
    let before = set.most_before.filter(|&most| most != 0).unwrap_or(replicas_before);
    if before == 0 {
        return 0;
    }
    let size = set.size as f64 * limits.most() as f64 / before as f64;
    size.round() as i64 - set.size
}
