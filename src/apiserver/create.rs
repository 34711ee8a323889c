//! POST: from a manifest to a stored object.

use super::apply::{self, FieldSet};
use super::server::Done;
use super::{
    ApiServer, FieldValidation, Moment, Options, Request, admission, allocation, limit_range, metadata, quota, strategy,
};
use crate::api::{self, Fields, Object, ResourceId, Status, Value};
use crate::store::Key;
use std::sync::Arc;

/// How often another name is tried when a generated one is taken. Models rest.Create's retries (KEP-4420).
const GENERATED_NAMES: usize = 8;

/// What the server says of a body that belongs elsewhere. Models rest.EnsureObjectNamespaceMatchesRequestNamespace.
pub(super) const OTHER_NAMESPACE: &str =
    "the namespace of the provided object does not match the namespace sent on the request";

impl ApiServer {
    pub(super) fn create(&mut self, request: &Request, body: &Value, moment: &mut Moment<'_>) -> Result<Done, Status> {
        let (mut object, warnings) = decode(request, body)?;
        place(request, &mut object)?;
        api::default(request.resource, &mut object);
        self.create_decoded(request, object, warnings, moment)
    }

    /// The same for an object that has been decoded and defaulted.
    pub(super) fn create_decoded(
        &mut self,
        request: &Request,
        mut object: Object,
        mut warnings: Vec<String>,
        moment: &mut Moment<'_>,
    ) -> Result<Done, Status> {
        let resource = request.resource;
        let given = object.clone();
        let with = |mut status: Status, warnings: &[String]| {
            status.warnings.extend_from_slice(warnings);
            status
        };
        admission::on_create(&self.store, resource, &mut object, moment).map_err(|status| with(status, &warnings))?;
        metadata::fill(&mut object, moment);
        let generated = given.name().is_empty() && !given.text("metadata.generateName").is_empty();
        if generated {
            let prefix = given.text("metadata.generateName");
            let mut name = metadata::generate_name(prefix, moment);
            for _ in 1..GENERATED_NAMES {
                if self.store.find(resource, object.namespace(), &name).is_none() {
                    break;
                }
                name = metadata::generate_name(prefix, moment);
            }
            object.set("metadata.name", Value::from(name));
        }
        let mut filled_in = FieldSet::default();
        if resource == ResourceId::SERVICES {
            let before = object.clone();
            let mut way = allocation::Allocation::new(&self.allocated, moment.random, request.options.dry_run);
            allocation::on_create(&mut object, &mut way).map_err(|status| with(status, &warnings))?;
            filled_in = apply::filled_in(&before, &object, resource);
        }
        strategy::prepare_for_create(resource, &mut object, &moment.epoch.timestamp(moment.now));
        let causes = api::validate_create(resource, &object, &self.settings.gates);
        if !causes.is_empty() {
            return Err(with(Status::invalid(resource, object.name(), causes), &warnings));
        }
        limit_range::check(&self.store, resource, &object).map_err(|status| with(status, &warnings))?;
        quota::check(&self.store, resource, &object, None).map_err(|status| with(status, &warnings))?;
        warnings.extend(api::warnings(resource, &object, None));
        if self.store.get(&Key::of(resource, &object)).is_some() {
            return Err(with(Status::already_exists(resource, object.name()), &warnings));
        }
        let object = if request.options.dry_run { Arc::new(object) } else { self.put(resource, object, moment) };
        Ok(Done { filled_in, ..Done::new(201, object).with(warnings) })
    }
}

/// The object that a body is, with the warnings that its odd fields are worth.
pub(super) fn decode(request: &Request, body: &Value) -> Result<(Object, Vec<String>), Status> {
    let Options { validation, .. } = request.options;
    let (object, odd) = api::decode(request.resource, body, validation == FieldValidation::Strict)?;
    Ok((object, if validation == FieldValidation::Warn { odd } else { Vec::new() }))
}

/// Makes the object's namespace the request's, or says that they differ.
pub(super) fn place(request: &Request, object: &mut Object) -> Result<(), Status> {
    if !request.resource.info().namespaced {
        object.remove("metadata.namespace");
        return Ok(());
    }
    if !object.namespace().is_empty() && object.namespace() != request.namespace {
        return Err(Status::bad_request(OTHER_NAMESPACE));
    }
    object.set("metadata.namespace", Value::from(request.namespace.as_str()));
    Ok(())
}
