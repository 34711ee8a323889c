//! When the change happened that a write of endpoints answers.

use crate::api::{Fields, Object, pod};
use crate::store::Key;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What was known of a Service and its pods at the last look. Models endpointslice/util TriggerTimeTracker; the times
/// are the objects' own timestamps, which compare as text.
#[derive(Clone, Debug, Default)]
pub struct TriggerTimes(BTreeMap<Key, Known>);

#[derive(Clone, Debug, Default)]
struct Known {
    /// The pods at the last look, by name.
    pods: Vec<Arc<Object>>,
    service: String,
}

impl TriggerTimes {
    /// The timestamp of the earliest change since the last look; `None` where there was none. For a Service that is
    /// new, its creation. `pods` are those of the Service, by name. To be asked on every look, also on one that writes
    /// nothing.
    pub fn look(&mut self, key: &Key, service: &Object, pods: &[&Arc<Object>]) -> Option<String> {
        let created = service.text("metadata.creationTimestamp");
        let is_new = !self.0.contains_key(key);
        let known = self.0.entry(key.clone()).or_default();
        let mut earliest: Option<&str> = None;
        let mut before = known.pods.iter().peekable();
        for &pod in pods {
            // Most pods are the very objects of the last look, in the same order.
            if before.next_if(|before| Arc::ptr_eq(before, pod)).is_some() {
                continue;
            }
            let name = pod.name();
            while before.next_if(|before| before.name() < name).is_some() {}
            let before = before.next_if(|before| before.name() == name).map_or("", |before| ready_changed(before));
            let at = ready_changed(pod);
            if at > before && earliest.is_none_or(|earliest| at < earliest) {
                earliest = Some(at);
            }
        }
        let is_newer = created > known.service.as_str() && earliest.is_none_or(|at| created < at);
        if is_new || is_newer {
            earliest = Some(created);
        }
        let earliest = earliest.filter(|at| !at.is_empty()).map(str::to_owned);
        created.clone_into(&mut known.service);
        known.pods = pods.iter().map(|pod| Arc::clone(pod)).collect();
        earliest
    }

    /// Forgets a Service that is gone.
    pub fn forget(&mut self, key: &Key) {
        self.0.remove(key);
    }
}

/// When the pod became ready or stopped being so; empty where it has never been told.
fn ready_changed(pod: &Object) -> &str {
    pod::condition(pod, "Ready").map_or("", |ready| ready.text("lastTransitionTime"))
}
