//! Which Services a pod's change concerns, without a look at every Service.

use crate::api::{Fields, Object, ResourceId, Selector, Value, pod};
use crate::order::{SortedMap, SortedSet};
use crate::store::{Change, Key};

/// The selectors of the Services, found by one of their labels.
#[derive(Clone, Debug, Default)]
pub struct Services {
    selectors: SortedMap<Key, Selector>,
    /// (namespace, label key, label value) to the Services that ask for it. Each stands at one of its labels only.
    places: SortedMap<(String, String, String), SortedSet<Key>>,
    place_of: SortedMap<Key, (String, String, String)>,
    /// Services with an empty selector, which the API server does not let in.
    of_all: SortedSet<Key>,
}

impl Services {
    /// Takes a change of a Service in.
    pub fn observe(&mut self, change: &Change) {
        if change.key.resource != ResourceId::SERVICES {
            return;
        }
        let key = &change.key;
        self.selectors.remove(key);
        self.of_all.remove(key);
        if let Some(place) = self.place_of.remove(key)
            && let Some(keys) = self.places.get_mut(&place)
        {
            keys.remove(key);
            if keys.is_empty() {
                self.places.remove(&place);
            }
        }
        let Some(service) = &change.new else { return };
        let Some(map) = service.map("spec.selector") else { return };
        self.selectors.insert(key.clone(), Selector::of_labels(service.text_pairs("spec.selector")));
        if map.is_empty() {
            self.of_all.insert(key.clone());
            return;
        }
        // The least crowded label: Services often share one (`app`) and differ in another.
        let place = service
            .text_pairs("spec.selector")
            .map(|(label, value)| (key.namespace.clone(), label.to_owned(), value.to_owned()))
            .min_by_key(|place| self.places.get(place).map_or(0, SortedSet::len));
        if let Some(place) = place {
            self.places.entry(place.clone()).or_default().insert(key.clone());
            self.place_of.insert(key.clone(), place);
        }
    }

    /// The Services that select the pod. Models endpointslice/util GetPodServiceMemberships.
    pub fn of_pod(&self, pod: &Object) -> SortedSet<Key> {
        let namespace = pod.namespace();
        let by_label = pod
            .labels()
            .filter_map(|(label, value)| self.places.get(&(namespace.to_owned(), label.to_owned(), value.to_owned())))
            .flatten();
        let of_all = self.of_all.iter().filter(|key| key.namespace == namespace);
        by_label
            .chain(of_all)
            .filter(|key| self.selectors.get(*key).is_some_and(|selector| selector.selects(pod)))
            .cloned()
            .collect()
    }

    /// The Services whose endpoints a pod's change may change. Models endpointslice/util
    /// GetServicesToUpdateOnPodChange.
    pub fn concerned(&self, change: &Change) -> SortedSet<Key> {
        let (old, new) = match (&change.old, &change.new) {
            (Some(old), Some(new)) => (old, new),
            (Some(pod), None) | (None, Some(pod)) => return self.of_pod(pod),
            (None, None) => return SortedSet::new(),
        };
        let pod_changed = pod_changed(old, new);
        let labels_changed = old.at("metadata.labels") != new.at("metadata.labels")
            || old.text("spec.hostname") != new.text("spec.hostname")
            || old.text("spec.subdomain") != new.text("spec.subdomain");
        let mut after = if pod_changed || labels_changed { self.of_pod(new) } else { SortedSet::new() };
        if labels_changed {
            let before = self.of_pod(old);
            if !pod_changed {
                let (left, joined) = (before.difference(&after), after.difference(&before));
                return left.chain(joined).cloned().collect();
            }
            after.extend(before);
        }
        after
    }
}

/// Whether something other than labels that endpoints are made of differs. Models endpointslice/util
/// podEndpointsChanged.
fn pod_changed(old: &Object, new: &Object) -> bool {
    fn deletion(pod: &Object) -> Option<&Value> {
        pod.at("metadata.deletionTimestamp").filter(|at| !at.is_null())
    }
    deletion(old) != deletion(new)
        || pod::is_ready(old) != pod::is_ready(new)
        || pod::is_terminal(old) != pod::is_terminal(new)
        || pod::ips(old) != pod::ips(new)
}
