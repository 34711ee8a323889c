//! The controllers: each looks at what is wanted and what is there, and plans the writes that close the gap.
//!
//! `cluster` feeds every change to [`Controller::watch`], keeps the work queue, calls [`Controller::plan`] for a key
//! when its time has come, carries the plan out through `apiserver` and reports each result to [`Controller::done`].
//! A controller never writes by itself, and what it plans depends on nothing but its arguments and its own memory.

pub mod backends;
pub mod deployment;
pub mod endpoints;
pub mod endpointslice;
pub mod garbage_collector;
pub mod kubernetes_service;
pub mod load_balancer;
pub mod mirroring;
pub mod namespaces;
pub mod node_lifecycle;
pub mod ownership;
pub mod replicaset;
pub mod resource_quota;
pub mod scheduler;
pub mod taint_eviction;

use crate::api::{Object, ResourceId, Status};
use crate::clock::{Component, Epoch, Time};
use crate::store::{Change, Key, Store};
use std::sync::Arc;
use std::time::Duration;

/// A loop of kube-controller-manager, of the scheduler or of a kubelet.
pub trait Controller {
    /// Who acts.
    fn component(&self) -> Component;

    /// The keys that `change` makes worth a look. A key that waits already is not queued twice.
    fn watch(&mut self, change: &Change, store: &Store) -> Vec<Key>;

    /// What is to be done about `key` now.
    fn plan(&mut self, key: &Key, view: &View<'_>) -> Plan;

    /// Told how each write of a plan went, in order. What it gives is carried out next (an event that names a
    /// generated name, a status that tells of a refusal).
    fn done(&mut self, _key: &Key, _write: &Write, _result: Result<&Arc<Object>, &Status>, _view: &View<'_>) -> Plan {
        Plan::default()
    }
}

/// What a controller can see.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// Every object.
    pub store: &'a Store,
    /// The virtual time.
    pub now: Time,
    /// What turns times into the timestamps that objects carry.
    pub epoch: Epoch,
}

/// Writes to carry out, and when to look again.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// In the order in which they are carried out.
    pub writes: Vec<Write>,
    /// Look at the key again after this time even if nothing changes.
    pub again: Option<Duration>,
}

/// One request to the API server.
#[derive(Clone, Debug, PartialEq)]
pub enum Write {
    /// POST. `metadata.generateName` works as on the server.
    Create {
        /// The kind.
        resource: ResourceId,
        /// What to create.
        object: Object,
    },
    /// PUT of the whole object; refused as a conflict where its resourceVersion is no longer the latest.
    Update {
        /// The kind.
        resource: ResourceId,
        /// The object as it should be.
        object: Object,
    },
    /// PUT of the status subresource: all but `status` is left as it is.
    UpdateStatus {
        /// The kind.
        resource: ResourceId,
        /// The object with the status as it should be.
        object: Object,
    },
    /// DELETE.
    Delete {
        /// What to delete.
        key: Key,
        /// Refused where the object has another uid by now.
        uid: Option<String>,
        /// What happens to what the object owns.
        propagation: Propagation,
        /// `gracePeriodSeconds`: 0 removes a pod at once, as the kubelet does at the end.
        grace: Option<u32>,
    },
    /// POST of a pod's binding subresource.
    Bind {
        /// The pod.
        pod: Key,
        /// The node's name.
        node: String,
    },
    /// PUT of a namespace's finalize subresource: nothing is left in it, so it may go.
    Finalize {
        /// The namespace's name.
        namespace: String,
    },
    /// An Event about an object. Equal ones are counted up in one Event object.
    Event {
        /// The object that it is about.
        about: Key,
        /// The object's uid.
        uid: String,
        /// The part of the object, such as `spec.containers{web}`; mostly empty.
        field_path: String,
        /// A `Warning`; `Normal` otherwise.
        warning: bool,
        /// `SuccessfulCreate`.
        reason: &'static str,
        /// The text.
        message: String,
    },
}

/// What happens to what a deleted object owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Propagation {
    /// The object goes at once, the garbage collector deletes what it owned.
    Background,
    /// What it owns goes first.
    Foreground,
    /// What it owns stays and loses its owner reference.
    Orphan,
}

impl Plan {
    /// A plan of one write.
    pub fn of(write: Write) -> Plan {
        Plan { writes: vec![write], again: None }
    }
}
