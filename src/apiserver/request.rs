//! What callers ask of the server and what they get: requests, their options, replies.

use crate::api::{Object, ResourceId, Selector, Value};
use crate::clock::{Epoch, EventId, Random, Time};
use crate::store::Key;
use std::sync::Arc;

/// What is asked of the server.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The kind.
    pub resource: ResourceId,
    /// The namespace; empty for kinds without one, and for a list over all namespaces.
    pub namespace: String,
    /// The object's name; empty for lists and creations.
    pub name: String,
    /// `status`, `scale`, `binding`; empty for the object itself.
    pub subresource: &'static str,
    /// What is to be done.
    pub verb: Verb,
    /// Options.
    pub options: Options,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Verb {
    /// Read one object.
    Get,
    /// Read all objects of the kind that the selectors select.
    List {
        /// Conditions on labels.
        labels: Selector,
        /// Conditions on fields: path, whether it must be equal, value (`metadata.name`, true, `web`).
        fields: Vec<(String, bool, String)>,
    },
    /// POST this body.
    Create(Value),
    /// PUT this body.
    Update(Value),
    /// PATCH with this patch.
    Patch(Patch),
    /// DELETE one object.
    Delete(DeleteOptions),
}

/// A patch, by its content type.
#[derive(Clone, Debug, PartialEq)]
pub enum Patch {
    /// `application/json-patch+json`.
    Json(Value),
    /// `application/merge-patch+json`.
    Merge(Value),
    /// `application/strategic-merge-patch+json`.
    Strategic(Value),
    /// `application/apply-patch+yaml`: server-side apply; `force` takes over fields of other managers.
    Apply {
        /// The manifest.
        body: Value,
        /// Take over fields that other managers own.
        force: bool,
    },
}

/// How to delete.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteOptions {
    /// `Background`, `Foreground`, `Orphan`; empty for the kind's default.
    pub propagation: &'static str,
    /// `gracePeriodSeconds`.
    pub grace: Option<i64>,
    /// Refused where the object has another uid.
    pub uid: Option<String>,
}

/// Options of requests, most of them of writes.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Do everything but store.
    pub dry_run: bool,
    /// What happens to unknown and duplicate fields.
    pub validation: FieldValidation,
    /// `fieldManager`.
    pub manager: String,
    /// The objects of the reply carry `metadata.managedFields`. A real server always sends them; here they are worked
    /// out when somebody wants to see them.
    pub managed_fields: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options { dry_run: false, validation: FieldValidation::Ignore, manager: String::new(), managed_fields: false }
    }
}

/// What happens to unknown and duplicate fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldValidation {
    /// The request is refused.
    Strict,
    /// They are dropped, with a warning.
    Warn,
    /// They are dropped.
    Ignore,
}

impl Request {
    /// A request about one object.
    pub fn new(key: Key, verb: Verb) -> Request {
        let Key { resource, namespace, name } = key;
        Request { resource, namespace, name, subresource: "", verb, options: Options::default() }
    }

    /// The same about a subresource.
    #[must_use]
    pub fn to(mut self, subresource: &'static str) -> Request {
        self.subresource = subresource;
        self
    }

    /// The key of the object that is asked for.
    pub fn key(&self) -> Key {
        Key::new(self.resource, self.namespace.clone(), self.name.clone())
    }

    /// `GET`, `POST`, `PUT`, `PATCH`, `DELETE`.
    pub fn method(&self) -> &'static str {
        match self.verb {
            Verb::Get | Verb::List { .. } => "GET",
            Verb::Create(_) => "POST",
            Verb::Update(_) => "PUT",
            Verb::Patch(_) => "PATCH",
            Verb::Delete(_) => "DELETE",
        }
    }
}

/// What surrounds a request: time, chance, and the logged event that the server's work on it is.
pub struct Moment<'a> {
    /// The virtual time.
    pub now: Time,
    /// What turns it into timestamps.
    pub epoch: Epoch,
    /// The generator, for names, uids, addresses and ports.
    pub random: &'a mut Random,
    /// The id that the writes of this request are stored under.
    pub event: EventId,
}

/// A granted request.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// 200 or 201.
    pub code: u16,
    /// What came back.
    pub body: Body,
    /// `Warning:` headers, in order.
    pub warnings: Vec<String>,
}

/// What came back.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// One object: as it is stored now, or its last state where it was deleted.
    Object(Arc<Object>),
    /// Several, and the revision at which they were read.
    List(Vec<Arc<Object>>, u64),
}

impl Reply {
    /// The one object of the reply; `None` for a list.
    pub fn object(&self) -> Option<&Arc<Object>> {
        match &self.body {
            Body::Object(object) => Some(object),
            Body::List(..) => None,
        }
    }

    /// The objects of the reply.
    pub fn objects(&self) -> &[Arc<Object>] {
        match &self.body {
            Body::Object(object) => std::slice::from_ref(object),
            Body::List(objects, _) => objects,
        }
    }
}
