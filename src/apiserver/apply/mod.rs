//! Server-side apply: a manifest is merged into the live object, and who owns which field decides about conflicts.
//!
//! Called for PATCHes with a manifest; the other writes only note their writers here. Nothing here stores by itself.

mod fields;
mod managers;
mod typed;

pub use fields::FieldSet;
pub use managers::{Claim, Owner, Writer, Writers, filled_in};

use super::create::place;
use super::server::Done;
use super::{ApiServer, Body, Moment, Request};
use crate::api::{self, Cause, Fields, Object, ResourceId, Status, Value, patch::Rules};
use crate::clock::Epoch;
use crate::order::Order;
use crate::store::Key;
use std::sync::Arc;

impl ApiServer {
    /// `metadata.managedFields` of the object at `key`, which the stored objects do not carry; empty where there is none.
    pub fn managed_fields(&self, key: &Key, epoch: Epoch) -> Vec<Value> {
        let mut owners = self.writers.owners(&self.store, key);
        // Appliers first, then by the second, which is as fine as times are stored. Models sortEncodedManagedFields.
        owners.order_by_key(|owner| {
            (!owner.applied, epoch.timestamp(owner.at), owner.manager.clone(), owner.subresource.clone())
        });
        owners.iter().map(|owner| owner.to_json(key.resource, epoch)).collect()
    }

    /// Puts `metadata.managedFields` into the objects of a reply.
    pub(super) fn show_managers(&self, resource: ResourceId, body: &mut Body, epoch: Epoch) {
        let show = |object: &mut Arc<Object>| {
            let managers = self.managed_fields(&Key::of(resource, object), epoch);
            Arc::make_mut(object).set_items("metadata.managedFields", managers);
        };
        match body {
            Body::Object(object) => show(object),
            Body::List(objects, _) => objects.iter_mut().for_each(show),
        }
    }

    /// Notes who wrote the changes after `revision`.
    pub(super) fn note_writer(&mut self, request: &Request, revision: u64, claim: &Claim) {
        let manager: Arc<str> = Arc::from(request.options.manager.as_str());
        for change in self.store.changes_since(revision) {
            self.writers.note(Writer {
                revision: change.revision,
                manager: manager.clone(),
                subresource: request.subresource,
                claim: claim.clone(),
            });
        }
    }

    /// Models apimachinery managedfields structuredmerge Apply.
    pub(super) fn apply(
        &mut self,
        request: &Request,
        body: &Value,
        force: bool,
        moment: &mut Moment<'_>,
    ) -> Result<Done, Status> {
        let resource = request.resource;
        let manifest = manifest_of(request, body)?;
        let rules = Rules::of(resource);
        let mut named = typed::field_set(manifest.value(), rules);
        managers::strip(&mut named);
        let Some(live) = self.store.get(&request.key()).cloned() else {
            let (mut object, warnings) = super::create::decode(request, manifest.value())?;
            place(request, &mut object)?;
            api::default(resource, &mut object);
            let before = self.store.revision();
            let done = self.create_decoded(request, object, warnings, moment)?;
            self.note_writer(request, before, &Claim::Applied(named));
            return Ok(done);
        };
        super::metadata::check_version(resource, &manifest, &live)?;
        let owners = self.writers.owners(&self.store, &request.key());
        // Who goes over from client-side to server-side apply keeps this name, and is helped along.
        let by_kubectl = request.options.manager == "kubectl";
        let own = |owner: &&Owner| owner.applied && *owner.manager == *request.options.manager;
        let mut merged = live.value().clone();
        typed::merge(&mut merged, manifest.value(), rules);
        // What the manager named before and names no more goes, unless somebody else has it.
        if let Some(last) = owners.iter().find(own) {
            let mut kept = named.clone();
            for other in owners.iter().filter(|owner| !own(owner)) {
                kept.extend(&other.fields);
            }
            typed::remove(&mut merged, &last.fields, &kept, rules);
        }
        let (mut new, warnings) = super::create::decode(request, &merged)?;
        api::default(resource, &mut new);
        if !force {
            let mut written = typed::compare(live.value(), new.value(), rules).written;
            managers::strip(&mut written);
            let allowed = if by_kubectl { applied_before(&live, rules) } else { FieldSet::default() };
            let others = owners.iter().filter(|owner| !own(owner));
            let conflicts: Vec<(&Owner, Vec<String>)> = others
                .map(|owner| (owner, owner.fields.both(&written).without(&allowed).paths()))
                .filter(|(_, paths)| !paths.is_empty())
                .collect();
            if !conflicts.is_empty() {
                return Err(conflict(resource, &conflicts));
            }
        }
        if by_kubectl && live.annotation(LAST_APPLIED).is_some() {
            record_last_applied(&mut new, &manifest);
        }
        let before = self.store.revision();
        let done = self.replace(request, new, &live, warnings, moment)?;
        let newly_owned = owners.iter().find(own).is_none_or(|last| last.fields != named);
        if self.store.revision() == before && newly_owned && !request.options.dry_run {
            // Only the owners changed: that is a write, too.
            self.put(resource, Object::clone(&done.object), moment);
        }
        self.note_writer(request, before, &Claim::Applied(named));
        let object = self.store.get(&request.key()).filter(|_| !request.options.dry_run).cloned();
        Ok(Done { object: object.unwrap_or(done.object), ..done })
    }
}

/// The manifest of an apply request, looked at as the typed converter does.
fn manifest_of(request: &Request, body: &Value) -> Result<Object, Status> {
    let mut manifest =
        Object::new(body.clone()).map_err(|_| Status::bad_request("error decoding YAML: the manifest is no map"))?;
    if !manifest.items("metadata.managedFields").is_empty() {
        return Err(Status::bad_request("metadata.managedFields must be nil"));
    }
    if request.options.manager.is_empty() {
        let cause = Cause::required("fieldManager", "is required for apply patch");
        let message = format!("PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: {}", cause.message);
        return Err(Status { causes: vec![cause], ..Status::plain(422, "Invalid", message) });
    }
    let wrong = typed::undeclared(manifest.value(), Rules::of(request.resource));
    if !wrong.is_empty() {
        let info = request.resource.info();
        let list = match wrong.as_slice() {
            [one] => one.clone(),
            several => format!("errors:\n  {}", several.join("\n  ")),
        };
        let (group, version, kind) = (info.group, info.version, info.kind);
        let at = if info.namespaced { request.namespace.as_str() } else { "" };
        let name = &request.name;
        let words =
            format!("failed to create typed patch object ({at}/{name}; {group}/{version}, Kind={kind}): {list}");
        return Err(Status::plain(500, "", words));
    }
    if manifest.name().is_empty() {
        manifest.set("metadata.name", Value::from(request.name.as_str()));
    } else if manifest.name() != request.name {
        let (found, asked) = (manifest.name(), &request.name);
        let words = format!("the name of the object ({found}) does not match the name on the URL ({asked})");
        return Err(Status::bad_request(words));
    }
    // The object itself has no say about its status.
    manifest.remove("status");
    Ok(manifest)
}

/// Where client-side apply keeps what it applied last.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The fields that client-side apply wrote and that still have those values: server-side apply by kubectl may take them
/// over without a conflict. Models managedfields lastappliedmanager.go allowedConflictsFromLastApplied.
fn applied_before(live: &Object, rules: Rules) -> FieldSet {
    let last = live.annotation(LAST_APPLIED).and_then(|text| crate::yaml::read_json(text).ok());
    let Some(last) = last.filter(|last| last.text("apiVersion") == live.api_version()) else {
        return FieldSet::default();
    };
    let difference = typed::compare(&last, live.value(), rules);
    typed::field_set(&last, rules).without(&difference.written).without(&difference.removed)
}

/// Keeps the record of client-side apply up to date. Models managedfields lastappliedupdater.go.
fn record_last_applied(object: &mut Object, manifest: &Object) {
    let mut applied = manifest.clone();
    if let Some(Value::Object(annotations)) = applied.value_mut().pointer_mut("/metadata/annotations") {
        annotations.remove(LAST_APPLIED);
    }
    let text = crate::yaml::print_json_compact(applied.value()) + "\n";
    if let Some(Value::Object(annotations)) = object.value_mut().pointer_mut("/metadata/annotations") {
        annotations.insert(LAST_APPLIED.to_owned(), Value::from(text));
    }
}

/// 409 that names each field and its manager. Models managedfields NewConflictError.
fn conflict(resource: ResourceId, conflicts: &[(&Owner, Vec<String>)]) -> Status {
    let causes: Vec<Cause> = conflicts
        .iter()
        .flat_map(|(owner, paths)| paths.iter().map(move |path| (owner, path)))
        .map(|(owner, path)| Cause {
            reason: "FieldManagerConflict",
            message: format!("conflict with {}", owner.shown(resource)),
            field: path.clone(),
        })
        .collect();
    let message = if let [cause] = causes.as_slice() {
        format!("Apply failed with 1 conflict: {}: {}", cause.message, cause.field)
    } else {
        let mut managers: Vec<(String, &Vec<String>)> =
            conflicts.iter().map(|(owner, paths)| (owner.shown(resource), paths)).collect();
        managers.order();
        let mut lines = Vec::new();
        for (manager, paths) in managers {
            lines.push(format!("conflicts with {manager}:"));
            lines.extend(paths.iter().map(|path| format!("- {path}")));
        }
        format!("Apply failed with {} conflicts: {}", causes.len(), lines.join("\n"))
    };
    Status { causes, ..Status::plain(409, "Conflict", message) }
}
