//! The server: one entry for every request, and what it keeps.

use super::allocation::Allocated;
use super::apply::{Claim, FieldSet, Writers};
use super::events::Correlator;
use super::{Body, Moment, Reply, Request, Settings, Verb, selection};
use crate::api::{Object, ResourceId, Status};
use crate::store::{Key, Store};
use std::sync::Arc;

/// The server and all that it keeps.
#[derive(Clone, Debug)]
pub struct ApiServer {
    pub(super) settings: Settings,
    pub(super) store: Store,
    pub(super) allocated: Allocated,
    pub(super) correlator: Correlator,
    pub(super) writers: Writers,
}

impl Default for ApiServer {
    fn default() -> ApiServer {
        ApiServer::new(Settings::default())
    }
}

/// What a verb gives: the object as it is now, the HTTP code, and warnings.
pub(super) struct Done {
    pub code: u16,
    pub object: Arc<Object>,
    pub warnings: Vec<String>,
    /// What the server itself filled in, which belongs to no field manager.
    pub filled_in: FieldSet,
}

impl Done {
    pub fn new(code: u16, object: Arc<Object>) -> Done {
        Done { code, object, warnings: Vec::new(), filled_in: FieldSet::default() }
    }

    pub fn with(self, warnings: Vec<String>) -> Done {
        Done { warnings, ..self }
    }
}

impl ApiServer {
    /// A server that keeps nothing yet; [`ApiServer::bootstrap`] makes what every cluster has.
    pub fn new(settings: Settings) -> ApiServer {
        let allocated = Allocated::new(&settings);
        ApiServer {
            settings,
            store: Store::default(),
            allocated,
            correlator: Correlator::default(),
            writers: Writers::default(),
        }
    }

    /// What is stored.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The flags it runs with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Does what is asked, or says why not.
    pub fn handle(&mut self, request: &Request, moment: &mut Moment<'_>) -> Result<Reply, Status> {
        // Models staging/src/k8s.io/api/core/v1 lifecycle.go: any request for Endpoints warns.
        let deprecated = (request.resource == ResourceId::ENDPOINTS)
            .then(|| "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice".to_owned());
        let with = |warnings: &mut Vec<String>| warnings.splice(0..0, deprecated.clone()).for_each(drop);
        match self.serve(request, moment) {
            Ok(mut reply) => {
                with(&mut reply.warnings);
                if request.options.managed_fields {
                    self.show_managers(request.resource, &mut reply.body, moment.epoch);
                }
                Ok(reply)
            }
            Err(mut status) => {
                with(&mut status.warnings);
                Err(status)
            }
        }
    }

    fn serve(&mut self, request: &Request, moment: &mut Moment<'_>) -> Result<Reply, Status> {
        let before = self.store.revision();
        let done = match &request.verb {
            Verb::List { labels, fields } if request.subresource.is_empty() => {
                let found = selection::list(&self.store, request, labels, fields)?;
                return Ok(Reply { code: 200, body: Body::List(found, before), warnings: Vec::new() });
            }
            _ if !request.subresource.is_empty() => self.serve_subresource(request, moment)?,
            Verb::Get | Verb::List { .. } => Done::new(200, self.stored(&request.key())?),
            Verb::Create(body) => self.create(request, body, moment)?,
            Verb::Update(body) => self.update(request, body, moment)?,
            // Patches note their writers themselves: some say who owns what.
            Verb::Patch(patch) => return self.patch(request, patch, moment).map(Reply::from),
            Verb::Delete(options) => self.delete(request, options, moment)?,
        };
        if self.store.revision() != before {
            self.note_writer(request, before, &Claim::Changes(done.filled_in.clone()));
        }
        Ok(done.into())
    }

    /// The object at `key`, or 404.
    pub(super) fn stored(&self, key: &Key) -> Result<Arc<Object>, Status> {
        self.store.get(key).cloned().ok_or_else(|| Status::not_found(key.resource, &key.name))
    }

    /// Writes `object`; the ranges follow what Services have.
    pub(super) fn put(&mut self, resource: ResourceId, object: Object, moment: &Moment<'_>) -> Arc<Object> {
        let old = self.store.get(&Key::of(resource, &object)).cloned();
        let new = self.store.put(resource, object, moment.now, moment.event);
        if resource == ResourceId::SERVICES {
            self.allocated.follow(old.as_deref(), Some(&new));
        }
        new
    }

    /// Removes the object at `key` and gives its last state.
    pub(super) fn remove(&mut self, key: &Key, moment: &Moment<'_>) -> Result<Arc<Object>, Status> {
        let gone = self.store.remove(key, moment.now, moment.event);
        let gone = gone.ok_or_else(|| Status::not_found(key.resource, &key.name))?;
        if key.resource == ResourceId::SERVICES {
            self.allocated.follow(Some(&gone), None);
        }
        Ok(gone)
    }
}

impl From<Done> for Reply {
    fn from(done: Done) -> Reply {
        Reply { code: done.code, body: Body::Object(done.object), warnings: done.warnings }
    }
}
