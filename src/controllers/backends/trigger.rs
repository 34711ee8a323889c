//! When the change happened that a write of endpoints answers.

use crate::api::{Fields, Object, pod};
use crate::store::Key;
use std::collections::BTreeMap;

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
        let known = self.0.get(key);
        let mut now = Known { pods: BTreeMap::new(), service: created.to_owned() };
        let mut earliest: Option<&str> = None;
        for pod in pods {
            let Some(at) = pod::condition(pod, "Ready").map(|ready| ready.text("lastTransitionTime")) else { continue };
            if at.is_empty() {
                continue;
            }
            let before = known.and_then(|known| known.pods.get(pod.name())).map_or("", String::as_str);
            if at > before && earliest.is_none_or(|earliest| at < earliest) {
                earliest = Some(at);
            }
            now.pods.insert(pod.name().to_owned(), at.to_owned());
        }
        if known.is_some_and(|known| created > known.service.as_str()) && earliest.is_none_or(|at| created < at) {
            earliest = Some(created);
        }
        if known.is_none() {
            earliest = Some(created);
        }
        let earliest = earliest.filter(|at| !at.is_empty()).map(str::to_owned);
        self.0.insert(key.clone(), now);
        earliest
    }

    /// Forgets a Service that is gone.
    pub fn forget(&mut self, key: &Key) {
        self.0.remove(key);
    }
}
