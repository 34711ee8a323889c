//! What a controller saw of a Service and its pods at its last look: what it read out of pods that are still the same,
//! and when the change happened that a write of endpoints answers.

use crate::api::{Fields, Object, pod};
use crate::order::SortedMap;
use crate::store::Key;
use std::sync::Arc;

/// The last look at each Service. `T` is what is read out of a pod. Models endpointslice/util TriggerTimeTracker; the
/// times are the objects' own timestamps, which compare as text.
#[derive(Clone, Debug)]
pub struct Looks<T>(SortedMap<Key, Seen<T>>);

#[derive(Clone, Debug)]
struct Seen<T> {
    service: Arc<Object>,
    /// The pods, by name.
    pods: Vec<(Arc<Object>, T)>,
}

impl<T> Default for Looks<T> {
    fn default() -> Looks<T> {
        Looks(SortedMap::new())
    }
}

impl<T> Looks<T> {
    /// Looks at a Service and `pods`, those that it selects, by name. Gives the timestamp of the earliest change since
    /// the last look (`None` where there was none; for a Service that is new, its creation) and what `read` reads out
    /// of each pod, which must depend on nothing but the Service and the pod. To be asked on every look, also on one
    /// that writes nothing.
    pub fn look(
        &mut self,
        service: &Arc<Object>,
        key: &Key,
        pods: &[&Arc<Object>],
        mut read: impl FnMut(&Object) -> T,
    ) -> (Option<String>, impl Iterator<Item = &T>) {
        let before = self.0.remove(key);
        let is_same_service = before.as_ref().is_some_and(|before| Arc::ptr_eq(&before.service, service));
        let service_before = before.as_ref().map(|before| created(&before.service).to_owned());
        let mut before = before.map_or_else(Vec::new, |before| before.pods).into_iter().peekable();
        let mut earliest: Option<&str> = None;
        let mut seen = Vec::with_capacity(pods.len());
        for &pod in pods {
            // Most pods are the very objects of the last look, in the same order.
            if let Some((pod, known)) = before.next_if(|(before, _)| Arc::ptr_eq(before, pod)) {
                let known = if is_same_service { known } else { read(&pod) };
                seen.push((pod, known));
                continue;
            }
            let name = pod.name();
            while before.next_if(|(before, _)| before.name() < name).is_some() {}
            let before = before.next_if(|(before, _)| before.name() == name);
            let at = ready_changed(pod);
            if at > before.as_ref().map_or("", |(before, _)| ready_changed(before))
                && earliest.is_none_or(|earliest| at < earliest)
            {
                earliest = Some(at);
            }
            seen.push((Arc::clone(pod), read(pod)));
        }
        let created = created(service);
        let is_newer =
            service_before.as_deref().is_none_or(|before| created > before && earliest.is_none_or(|at| created < at));
        if is_newer {
            earliest = Some(created);
        }
        let earliest = earliest.filter(|at| !at.is_empty()).map(str::to_owned);
        let seen = self.0.entry(key.clone()).or_insert(Seen { service: service.clone(), pods: seen });
        (earliest, seen.pods.iter().map(|(_, known)| known))
    }

    /// Forgets a Service that is gone.
    pub fn forget(&mut self, key: &Key) {
        self.0.remove(key);
    }
}

fn created(service: &Object) -> &str {
    service.text("metadata.creationTimestamp")
}

/// When the pod became ready or stopped being so; empty where it has never been told.
fn ready_changed(pod: &Object) -> &str {
    pod::condition(pod, "Ready").map_or("", |ready| ready.text("lastTransitionTime"))
}
