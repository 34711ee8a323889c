//! PUT, and the last steps of PATCH: one object takes another's place.

use super::apply::{self, FieldSet};
use super::create::{OTHER_NAMESPACE, decode, place};
use super::server::Done;
use super::{ApiServer, Moment, Request, admission, allocation, metadata, quota, strategy};
use crate::api::{self, Fields, Object, ResourceId, Status, Value};
use std::sync::Arc;

impl ApiServer {
    pub(super) fn update(&mut self, request: &Request, body: &Value, moment: &mut Moment<'_>) -> Result<Done, Status> {
        let (mut object, warnings) = decode(request, body)?;
        place(request, &mut object)?;
        if object.name() != request.name {
            let (found, asked) = (object.name(), &request.name);
            let words = format!("the name of the object ({found}) does not match the name on the URL ({asked})");
            return Err(Status::bad_request(words));
        }
        api::default(request.resource, &mut object);
        match self.store.get(&request.key()).cloned() {
            Some(old) => self.replace(request, object, &old, warnings, moment),
            None if strategy::creates_on_update(request.resource) => {
                self.create_decoded(request, object, warnings, moment)
            }
            None => Err(Status::not_found(request.resource, &request.name)),
        }
    }

    /// Stores `new`, decoded and defaulted, in place of `old`. Nothing is written where nothing changes.
    pub(super) fn replace(
        &mut self,
        request: &Request,
        mut new: Object,
        old: &Arc<Object>,
        mut warnings: Vec<String>,
        moment: &mut Moment<'_>,
    ) -> Result<Done, Status> {
        let resource = request.resource;
        if new.namespace() != old.namespace() {
            return Err(Status::bad_request(OTHER_NAMESPACE));
        }
        metadata::check_version(resource, &new, old)?;
        admission::on_update(&self.store, resource, &mut new)?;
        metadata::keep(&mut new, old);
        strategy::prepare_for_update(resource, &mut new, old);
        let mut filled_in = FieldSet::default();
        if resource == ResourceId::SERVICES {
            let before = new.clone();
            let mut way = allocation::Allocation::new(&self.allocated, moment.random, request.options.dry_run);
            allocation::on_update(&mut new, old, &mut way)?;
            filled_in = apply::filled_in(&before, &new, resource);
        }
        let causes = api::validate_update(resource, &new, old, &self.settings.gates);
        if !causes.is_empty() {
            let mut status = Status::invalid(resource, new.name(), causes);
            status.warnings = warnings;
            return Err(status);
        }
        quota::check(&self.store, resource, &new, Some(old))?;
        warnings.extend(api::warnings(resource, &new, Some(old)));
        let done = self.store_change(request, new, old, moment)?;
        Ok(Done { filled_in, ..done.with(warnings) })
    }

    /// Writes `new` unless it equals `old`; an object that only waited for its finalizers goes.
    pub(super) fn store_change(
        &mut self,
        request: &Request,
        new: Object,
        old: &Arc<Object>,
        moment: &Moment<'_>,
    ) -> Result<Done, Status> {
        if new == **old {
            return Ok(Done::new(200, old.clone()));
        }
        if request.options.dry_run {
            return Ok(Done::new(200, Arc::new(new)));
        }
        let free = may_go(&new);
        let new = self.put(request.resource, new, moment);
        let object = if free { self.remove(&request.key(), moment)? } else { new };
        Ok(Done::new(200, object))
    }
}

/// Whether nothing keeps an object that is being deleted. Models registry store deleteWithoutFinalizers.
pub(super) fn may_go(object: &Object) -> bool {
    object.is_being_deleted()
        && object.items("metadata.finalizers").is_empty()
        && object.items("spec.finalizers").is_empty()
        && object.int("metadata.deletionGracePeriodSeconds").unwrap_or(0) == 0
}

/// The parts of an object that a status update may not touch: all but `status`.
pub(super) fn with_status(old: &Object, status: Option<&Value>) -> Object {
    let mut new = old.clone();
    match status {
        Some(status) => new.set("status", status.clone()),
        None => drop(new.remove("status")),
    }
    new
}
