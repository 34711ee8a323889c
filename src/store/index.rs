//! What makes looking up by label, owner and uid cheap. All three come from metadata, which every kind has.

use super::Key;
use crate::api::{Fields, Object, Requirement, ResourceId, Selector};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Objects by name.
pub(super) type Named = BTreeMap<String, Arc<Object>>;

#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    /// (kind, namespace, label key, label value) to the objects that have it.
    labels: BTreeMap<(ResourceId, String, String, String), Named>,
    /// Owner's uid to what it owns.
    owned: BTreeMap<String, BTreeSet<Key>>,
    uids: BTreeMap<String, Key>,
}

impl Index {
    pub fn insert(&mut self, key: &Key, object: &Arc<Object>) {
        for place in label_places(key, object) {
            self.labels.entry(place).or_default().insert(key.name.clone(), object.clone());
        }
        for owner in object.items("metadata.ownerReferences") {
            self.owned.entry(owner.text("uid").to_owned()).or_default().insert(key.clone());
        }
        self.uids.insert(object.uid().to_owned(), key.clone());
    }

    /// Takes `new` in place of `old`. Most changes leave alone what objects are looked up by.
    pub fn replace(&mut self, key: &Key, old: &Object, new: &Arc<Object>) {
        let same = |path: &str| old.at(path) == new.at(path);
        if !same("metadata.labels") || !same("metadata.ownerReferences") || !same("metadata.uid") {
            self.remove(key, old);
            return self.insert(key, new);
        }
        for place in label_places(key, new) {
            if let Some(there) = self.labels.get_mut(&place).and_then(|names| names.get_mut(&key.name)) {
                there.clone_from(new);
            }
        }
    }

    pub fn remove(&mut self, key: &Key, object: &Object) {
        for place in label_places(key, object) {
            if let Some(names) = self.labels.get_mut(&place) {
                names.remove(&key.name);
                if names.is_empty() {
                    self.labels.remove(&place);
                }
            }
        }
        for owner in object.items("metadata.ownerReferences") {
            if let Some(owned) = self.owned.get_mut(owner.text("uid")) {
                owned.remove(key);
                if owned.is_empty() {
                    self.owned.remove(owner.text("uid"));
                }
            }
        }
        self.uids.remove(object.uid());
    }

    /// The fewest objects among which are all that `selector` can select: `None` where no condition asks for one value
    /// of a label.
    pub fn candidates(&self, resource: ResourceId, namespace: &str, selector: &Selector) -> Option<&Named> {
        static NONE: Named = BTreeMap::new();
        selector
            .requirements
            .iter()
            .filter_map(|requirement| match requirement {
                Requirement::In(key, values) => match values.as_slice() {
                    [value] => Some((key, value)),
                    _ => None,
                },
                _ => None,
            })
            .map(|(key, value)| {
                self.labels.get(&(resource, namespace.to_owned(), key.clone(), value.clone())).unwrap_or(&NONE)
            })
            .min_by_key(|names| names.len())
    }

    pub fn owned_by(&self, uid: &str) -> impl Iterator<Item = &Key> {
        self.owned.get(uid).into_iter().flatten()
    }

    pub fn with_uid(&self, uid: &str) -> Option<&Key> {
        self.uids.get(uid)
    }
}

fn label_places(key: &Key, object: &Object) -> impl Iterator<Item = (ResourceId, String, String, String)> {
    object.labels().map(|(label, value)| (key.resource, key.namespace.clone(), label.to_owned(), value.to_owned()))
}
