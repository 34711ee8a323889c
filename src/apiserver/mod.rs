//! The API server: requests in, objects or refusals out.
//!
//! Every change in the cluster is a [`Request`] that went through [`ApiServer::handle`]: kubectl's, the controllers' and
//! the kubelets'. It decodes, defaults, allocates, validates and stores, in that order, and answers in the real server's
//! words. Called by `cluster` only. It never starts anything by itself: controllers see what was stored.

use crate::api::{Object, ResourceId, Selector, Status, Value};
use crate::clock::{Epoch, EventId, Random, Time};
use crate::store::{Key, Store};
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
    /// Options of writes.
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

/// Options of writes.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Do everything but store.
    pub dry_run: bool,
    /// What happens to unknown and duplicate fields.
    pub validation: FieldValidation,
    /// `fieldManager`.
    pub manager: String,
}

impl Default for Options {
    fn default() -> Self {
        Options { dry_run: false, validation: FieldValidation::Ignore, manager: String::new() }
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

/// The server and all that it keeps.
#[derive(Clone, Debug, Default)]
pub struct ApiServer {
    store: Store,
}

impl ApiServer {
    /// What is stored.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Does what is asked, or says why not.
    pub fn handle(&mut self, request: &Request, moment: &mut Moment<'_>) -> Result<Reply, Status> {
        let answer = |code, object| Ok(Reply { code, body: Body::Object(object), warnings: Vec::new() });
        let key = request.key();
        match &request.verb {
            Verb::Get => {
                let found = self.store.get(&key).cloned();
                answer(200, found.ok_or_else(|| Status::not_found(request.resource, &request.name))?)
            }
            Verb::List { labels, .. } => {
                let namespace = (!request.namespace.is_empty()).then_some(request.namespace.as_str());
                let found = self.store.list(request.resource, namespace).filter(|object| labels.selects(object));
                let body = Body::List(found.cloned().collect(), self.store.revision());
                Ok(Reply { code: 200, body, warnings: Vec::new() })
            }
            Verb::Create(body) => {
                let mut object = as_object(body)?;
                if request.resource.info().namespaced {
                    object.set("metadata.namespace", Value::String(request.namespace.clone()));
                }
                if object.name().is_empty() {
                    let prefix = crate::api::Fields::text(&object, "metadata.generateName").to_owned();
                    let name = prefix + &moment.random.name_suffix(5);
                    object.set("metadata.name", Value::String(name));
                }
                if self.store.get(&Key::of(request.resource, &object)).is_some() {
                    return Err(Status::already_exists(request.resource, object.name()));
                }
                object.set("metadata.uid", Value::String(moment.random.uuid()));
                object.set("metadata.creationTimestamp", Value::String(moment.epoch.timestamp(moment.now)));
                answer(201, self.store.put(request.resource, object, moment.now, moment.event))
            }
            Verb::Update(body) => {
                let object = as_object(body)?;
                if self.store.get(&key).is_none() {
                    return Err(Status::not_found(request.resource, &request.name));
                }
                answer(200, self.store.put(request.resource, object, moment.now, moment.event))
            }
            Verb::Patch(_) => Err(Status::bad_request("patches are not served yet")),
            Verb::Delete(_) => {
                let gone = self.store.remove(&key, moment.now, moment.event);
                answer(200, gone.ok_or_else(|| Status::not_found(request.resource, &request.name))?)
            }
        }
    }
}

fn as_object(body: &Value) -> Result<Object, Status> {
    Object::new(body.clone()).map_err(|_| Status::bad_request("the body is no object"))
}
