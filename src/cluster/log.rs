//! The event log: what happened, when, by whom and because of what. The timeline, the terminal's `-w` and the
//! JavaScript API all show this one log.

use crate::apiserver::Request;
use crate::clock::{Component, EventId, Time};
use crate::proxy::{Mode as ProxyMode, ServiceKey};
use crate::store::{Change, Key};

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its place in the log.
    pub id: EventId,
    /// When.
    pub at: Time,
    /// Who did it.
    pub who: Component,
    /// What made it happen; `None` for the reader's own doing and for timers that nothing started.
    pub cause: Option<EventId>,
    /// What it was.
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// A write request was sent.
    Asked {
        /// `POST`, `PUT`, `PATCH`, `DELETE`.
        method: &'static str,
        /// What it is about; for a POST without a name.
        key: Key,
        /// `status`, `scale`, `binding`, or empty.
        subresource: &'static str,
    },
    /// The API server answered it.
    Answered {
        /// What was written, in order.
        writes: Vec<Written>,
        /// The refusal's message.
        refusal: Option<String>,
    },
    /// A kube-proxy wrote rules.
    Rules {
        /// The node's place in the cluster.
        node: u16,
        /// The Services whose rules it wrote anew, by namespace and name.
        services: Vec<ServiceKey>,
    },
    /// A kube-proxy started anew, in another mode.
    Restarted {
        /// The node's place in the cluster.
        node: u16,
        /// The mode that it is in now.
        mode: ProxyMode,
    },
    /// DNS took a change in.
    Records {
        /// The object that changed.
        key: Key,
    },
}

/// A write, without the objects: those are in the store's changes under the same revision.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// `ADDED`, `MODIFIED`, `DELETED`.
    pub kind: &'static str,
    /// What was written.
    pub key: Key,
    /// Its resourceVersion.
    pub revision: u64,
}

impl What {
    pub(super) fn asked(request: &Request) -> What {
        What::Asked { method: request.method(), key: request.key(), subresource: request.subresource }
    }
}

pub(super) fn written(change: &Change) -> Written {
    let kind = match (&change.old, &change.new) {
        (None, _) => "ADDED",
        (_, Some(_)) => "MODIFIED",
        (Some(_), None) => "DELETED",
    };
    Written { kind, key: change.key.clone(), revision: change.revision }
}

/// All that happened, in order.
#[derive(Clone, Debug, Default)]
pub struct Log {
    entries: Vec<Entry>,
}

impl Log {
    /// The entries from the one with id `from` on.
    pub fn since(&self, from: EventId) -> &[Entry] {
        self.entries.get(from.0 as usize..).unwrap_or(&[])
    }

    /// The entry with this id.
    pub fn get(&self, id: EventId) -> Option<&Entry> {
        self.entries.get(id.0 as usize)
    }

    /// The id that the next entry will have.
    pub fn next_id(&self) -> EventId {
        EventId(self.entries.len() as u32)
    }

    pub(super) fn add(&mut self, at: Time, who: Component, cause: Option<EventId>, what: What) -> EventId {
        let id = self.next_id();
        self.entries.push(Entry { id, at, who, cause, what });
        id
    }
}
