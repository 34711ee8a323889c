//! PATCH: the stored object, changed as the patch says, takes its own place.

use super::apply::{Claim, Owner};
use super::server::Done;
use super::{ApiServer, FieldValidation, Moment, Patch, Request};
use crate::api::{self, Cause, Fields, Object, ResourceId, Status, Value, patch};

impl ApiServer {
    pub(super) fn patch(&mut self, request: &Request, what: &Patch, moment: &mut Moment<'_>) -> Result<Done, Status> {
        if let Patch::Apply { body, force } = what {
            return self.apply(request, body, *force, moment);
        }
        let old = self.stored(&request.key())?;
        let before = self.store.revision();
        // Stored objects do not carry their managers: they are put in for a patch that changes them.
        let by_hand = speaks_of_managers(what);
        let mut original = Object::clone(&old);
        if by_hand {
            let managers = self.managed_fields(&request.key(), moment.epoch);
            original.set("metadata.managedFields", Value::Array(managers));
        }
        let patched = patched(request.resource, what, original.value())?;
        let (mut new, warnings) = patched.decode(request, Some(old.value()))?;
        let managers = new.remove("metadata.managedFields");
        // All defaults of a pod are in its spec, and one that is stored has them.
        if request.resource != ResourceId::PODS || !new.shares_spec(&old) {
            api::default(request.resource, &mut new);
        }
        let done = self.replace(request, new, &old, warnings, moment)?;
        let mut claim = Claim::Changes(done.filled_in.clone());
        if by_hand {
            if self.store.revision() == before && !request.options.dry_run {
                self.put(request.resource, Object::clone(&done.object), moment);
            }
            let entries = managers.as_ref().and_then(Value::as_array).into_iter().flatten();
            claim = Claim::Owners(entries.map(|entry| Owner::of_json(entry, moment.epoch, moment.now)).collect());
        }
        self.note_writer(request, before, &claim);
        Ok(done)
    }
}

fn speaks_of_managers(what: &Patch) -> bool {
    match what {
        Patch::Json(operations) => operations
            .as_array()
            .into_iter()
            .flatten()
            .any(|operation| operation.text("path").starts_with("/metadata/managedFields")),
        Patch::Merge(changes) | Patch::Strategic(changes) => changes.at("metadata.managedFields").is_some(),
        Patch::Apply { .. } => false,
    }
}

/// What a patch made of an object.
pub(super) struct Patched {
    /// The result, not yet decoded.
    pub tree: Value,
    /// The strategic patch without its directives, which refusals show in place of the result.
    changes: Option<Value>,
}

impl Patched {
    /// The object that the result is, with warnings, or 422 in the server's words. `known` is the object that was patched.
    pub(super) fn decode(&self, request: &Request, known: Option<&Value>) -> Result<(Object, Vec<String>), Status> {
        if self.changes.is_some()
            && let Some(words) = api::unstructured_error(request.resource, &self.tree)
        {
            return Err(self.refused(&words));
        }
        let (object, odd) =
            api::decode_value(request.resource, &self.tree, known).map_err(|words| self.refused(&words))?;
        match request.options.validation {
            FieldValidation::Strict if !odd.is_empty() => Err(self.refused(&api::strict_error(&odd))),
            FieldValidation::Warn => Ok((object, odd)),
            FieldValidation::Strict | FieldValidation::Ignore => Ok((object, Vec::new())),
        }
    }

    fn refused(&self, words: &str) -> Status {
        let value = match &self.changes {
            Some(changes) => api::go_value::plain(changes),
            None => self.tree.to_string(),
        };
        let cause = Cause::invalid("patch", &Value::from(value), words);
        let message = format!(" \"\" is invalid: patch: {}", cause.message);
        Status { causes: vec![cause], ..Status::plain(422, "Invalid", message) }
    }
}

/// What a patch, other than server-side apply, makes of `original`.
pub(super) fn patched(resource: ResourceId, what: &Patch, original: &Value) -> Result<Patched, Status> {
    let mut tree = original.clone();
    let mut shown = None;
    match what {
        Patch::Json(operations) => patch::json(&mut tree, operations).map_err(|wrong| match wrong {
            patch::Wrong::Unreadable(words) => Status::bad_request(format!("error decoding patch: {words}")),
            patch::Wrong::Inapplicable(words) => unprocessable(&words),
        })?,
        Patch::Merge(changes) if !changes.is_object() => {
            let kind = patch::json_kind(changes);
            let words = format!("json: cannot unmarshal {kind} into Go value of type map[string]interface {{}}");
            return Err(Status::bad_request(format!("error decoding patch: {words}")));
        }
        Patch::Merge(changes) => patch::merge(&mut tree, changes),
        Patch::Strategic(changes) if !changes.is_object() => {
            let kind = patch::json_kind(changes);
            let words = format!("json: cannot unmarshal {kind} into Go value of type map[string]interface {{}}");
            return Err(Status::bad_request(words));
        }
        Patch::Strategic(changes) => {
            let mut changes = changes.clone();
            let rules = patch::Rules::of(resource);
            patch::strategic(&mut tree, &mut changes, rules).map_err(|words| match words.as_str() {
                // Models interpretStrategicMergePatchError: errors without a name of their own stay internal.
                words if words.starts_with("invalid patch format") => Status::bad_request(words),
                words => Status::plain(500, "", words),
            })?;
            // The result goes into a struct of the kind, whatever the patch calls it.
            for field in ["apiVersion", "kind"] {
                if let (Some(place), Some(own)) = (tree.get_mut(field), original.get(field)) {
                    place.clone_from(own);
                }
            }
            shown = Some(changes);
        }
        Patch::Apply { .. } => return Err(Status::bad_request("server-side apply is no patch of a tree")),
    }
    Ok(Patched { tree, changes: shown })
}

/// 422 as NewGenericServerResponse words it: the reason is in a cause only.
fn unprocessable(words: &str) -> Status {
    let cause = Cause { reason: "UnexpectedServerResponse", message: words.to_owned(), field: String::new() };
    let message = "the server rejected our request due to an error in our request";
    Status { causes: vec![cause], ..Status::plain(422, "Invalid", message) }
}
