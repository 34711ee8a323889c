//! When the change happened that a write of endpoints answers.

use crate::api::{Fields, Object, pod};
use crate::store::Key;
use std::collections::{BTreeMap, BTreeSet};

/// What was known of a Service and its pods at the last look. Models endpointslice/util TriggerTimeTracker; the times
/// are the objects' own timestamps, which compare as text.
#[derive(Clone, Debug, Default)]
pub struct TriggerTimes(BTreeMap<Key, Known>);

#[derive(Clone, Debug, Default)]
struct Known {
    pods: BTreeMap<String, String>,
    service: String,
}

impl TriggerTimes {
    /// The timestamp of the earliest change since the last look; `None` where there was none. For a Service that is
    /// new, its creation. To be asked on every look, also on one that writes nothing.
    pub fn look(&mut self, key: &Key, service: &Object, pods: &[&Object]) -> Option<String> {
        let created = service.text("metadata.creationTimestamp");
        let is_new = !self.0.contains_key(key);
        let known = self.0.entry(key.clone()).or_default();
        let mut earliest: Option<&str> = None;
        let mut seen = 0;
        for pod in pods {
            let Some(at) = pod::condition(pod, "Ready").map(|ready| ready.text("lastTransitionTime")) else { continue };
            if at.is_empty() {
                continue;
            }
            seen += 1;
            let before = known.pods.get(pod.name()).map_or("", String::as_str);
            if at > before && earliest.is_none_or(|earliest| at < earliest) {
                earliest = Some(at);
            }
            if at != before {
                known.pods.insert(pod.name().to_owned(), at.to_owned());
            }
        }
        // Pods that are gone: what is known of them would hide a later pod of the same name.
        if known.pods.len() > seen {
            let there: BTreeSet<&str> = pods.iter().map(|pod| pod.name()).collect();
            known.pods.retain(|name, _| there.contains(name.as_str()));
        }
        let is_newer = created > known.service.as_str() && earliest.is_none_or(|at| created < at);
        if is_new || is_newer {
            earliest = Some(created);
        }
        created.clone_into(&mut known.service);
        earliest.filter(|at| !at.is_empty()).map(str::to_owned)
    }

    /// Forgets a Service that is gone.
    pub fn forget(&mut self, key: &Key) {
        self.0.remove(key);
    }
}
