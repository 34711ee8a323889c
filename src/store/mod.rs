//! Versioned objects: what etcd and the API server's storage keep.
//!
//! One counter numbers every write; each write is a [`Change`] that names its cause, and watchers read the changes in
//! order. Objects are shared, so a snapshot costs a pointer an object. The store knows no kind: what an object means is
//! the business of the layers above and below. Called by `apiserver` for writes and by everyone for reads.

use crate::api::{Object, ResourceId, Selector, Value};
use crate::clock::{EventId, Time};
use std::collections::BTreeMap;
use std::sync::Arc;

mod index;

use index::Index;

/// Where an object lives.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The kind.
    pub resource: ResourceId,
    /// The namespace; empty for kinds without one.
    pub namespace: String,
    /// The name.
    pub name: String,
}

impl Key {
    /// The key of these parts.
    pub fn new(resource: ResourceId, namespace: impl Into<String>, name: impl Into<String>) -> Key {
        Key { resource, namespace: namespace.into(), name: name.into() }
    }

    /// The key of `object`, which is of kind `resource`.
    pub fn of(resource: ResourceId, object: &Object) -> Key {
        Key::new(resource, object.namespace(), object.name())
    }
}

/// One write. `old` and `new` say which: both for a change, only `new` for a creation, only `old` for a deletion.
#[derive(Clone, Debug)]
pub struct Change {
    /// The counter after the write. A deletion has one of its own.
    pub revision: u64,
    /// Virtual time of the write.
    pub at: Time,
    /// The logged event that is this write.
    pub event: EventId,
    /// What was written.
    pub key: Key,
    /// The object before.
    pub old: Option<Arc<Object>>,
    /// The object after.
    pub new: Option<Arc<Object>>,
}

impl Change {
    /// The object after the write, or its last state where it was deleted.
    pub fn latest(&self) -> Option<&Arc<Object>> {
        self.new.as_ref().or(self.old.as_ref())
    }
}

/// Every object of a cluster and every write so far.
#[derive(Clone, Debug, Default)]
pub struct Store {
    objects: BTreeMap<Key, Arc<Object>>,
    index: Index,
    revision: u64,
    changes: Vec<Arc<Change>>,
}

impl Store {
    /// The counter: the resourceVersion of the latest write.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The object at `key`.
    pub fn get(&self, key: &Key) -> Option<&Arc<Object>> {
        self.objects.get(key)
    }

    /// The object of these names.
    pub fn find(&self, resource: ResourceId, namespace: &str, name: &str) -> Option<&Arc<Object>> {
        self.objects.get(&Key::new(resource, namespace, name))
    }

    /// The objects of a kind, by namespace and name; of one namespace where one is given.
    pub fn list<'a>(&'a self, resource: ResourceId, namespace: Option<&str>) -> impl Iterator<Item = &'a Arc<Object>> {
        let from = Key::new(resource, namespace.unwrap_or(""), "");
        self.objects
            .range(from..)
            .take_while(move |(key, _)| {
                key.resource == resource && namespace.is_none_or(|namespace| key.namespace == namespace)
            })
            .map(|(_, object)| object)
    }

    /// The objects of a kind in a namespace that `selector` selects, by name. Costs in proportion to the objects that
    /// have the rarest of its labels.
    pub fn select(&self, resource: ResourceId, namespace: &str, selector: &Selector) -> Vec<&Arc<Object>> {
        match self.index.candidates(resource, namespace, selector) {
            // The one condition was what the index was asked for.
            Some(found) if selector.requirements.len() == 1 => found.values().collect(),
            Some(found) => found.values().filter(|object| selector.selects(object)).collect(),
            None => self.list(resource, Some(namespace)).filter(|object| selector.selects(object)).collect(),
        }
    }

    /// The keys of the objects that name `uid` among their owners.
    pub fn owned_by(&self, uid: &str) -> impl Iterator<Item = &Key> {
        self.index.owned_by(uid)
    }

    /// The key of the object that has this uid.
    pub fn with_uid(&self, uid: &str) -> Option<&Key> {
        self.index.with_uid(uid)
    }

    /// Every object, by kind, namespace and name.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, &Arc<Object>)> {
        self.objects.iter()
    }

    /// The writes after `revision`, oldest first.
    pub fn changes_since(&self, revision: u64) -> &[Arc<Change>] {
        let from = self.changes.partition_point(|change| change.revision <= revision);
        self.changes.get(from..).unwrap_or(&[])
    }

    /// Writes `object`, new or in place of what is there, and gives it with its resourceVersion.
    pub fn put(&mut self, resource: ResourceId, mut object: Object, at: Time, event: EventId) -> Arc<Object> {
        self.revision += 1;
        object.set("metadata.resourceVersion", Value::String(self.revision.to_string()));
        let key = Key::of(resource, &object);
        let new = Arc::new(object);
        let old = self.objects.insert(key.clone(), new.clone());
        match &old {
            Some(old) => self.index.replace(&key, old, &new),
            None => self.index.insert(&key, &new),
        }
        self.record(key, old, Some(new.clone()), at, event);
        new
    }

    /// Removes the object at `key` and gives its last state, with the deletion's resourceVersion.
    pub fn remove(&mut self, key: &Key, at: Time, event: EventId) -> Option<Arc<Object>> {
        let old = self.objects.remove(key)?;
        self.index.remove(key, &old);
        self.revision += 1;
        let mut last = Object::clone(&old);
        last.set("metadata.resourceVersion", Value::String(self.revision.to_string()));
        let last = Arc::new(last);
        self.record(key.clone(), Some(last.clone()), None, at, event);
        Some(last)
    }

    fn record(&mut self, key: Key, old: Option<Arc<Object>>, new: Option<Arc<Object>>, at: Time, event: EventId) {
        self.changes.push(Arc::new(Change { revision: self.revision, at, event, key, old, new }));
    }
}
