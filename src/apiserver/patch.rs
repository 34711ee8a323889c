//! PATCH: the stored object, changed as the patch says, takes its own place.

use super::server::Done;
use super::{ApiServer, FieldValidation, Moment, Patch, Request};
use crate::api::{self, Cause, ResourceId, Status, Value, patch};
use std::sync::Arc;

impl ApiServer {
    pub(super) fn patch(&mut self, request: &Request, what: &Patch, moment: &mut Moment<'_>) -> Result<Done, Status> {
        let old = self.stored(&request.key())?;
        let tree = patched(request.resource, what, old.value())?;
        let (mut new, odd) = api::decode(request.resource, &tree, false).map_err(|status| {
            let words = status.message.split_once(": ").map_or(status.message.as_str(), |(_, words)| words);
            refused(what, &tree, words)
        })?;
        let warnings = match request.options.validation {
            FieldValidation::Strict if !odd.is_empty() => {
                return Err(refused(what, &tree, &format!("strict decoding error: {}", odd.join(", "))));
            }
            FieldValidation::Strict | FieldValidation::Ignore => Vec::new(),
            FieldValidation::Warn => odd,
        };
        api::default(request.resource, &mut new);
        self.replace(request, new, &Arc::clone(&old), warnings, moment)
    }
}

/// What `patch` makes of `original`.
pub(super) fn patched(resource: ResourceId, what: &Patch, original: &Value) -> Result<Value, Status> {
    match what {
        Patch::Json(operations) => {
            let mut tree = original.clone();
            patch::json(&mut tree, operations).map_err(|wrong| match wrong {
                patch::Wrong::Unreadable(words) => Status::bad_request(format!("error decoding patch: {words}")),
                patch::Wrong::Inapplicable(words) => unprocessable(&words),
            })?;
            Ok(tree)
        }
        Patch::Merge(changes) => {
            if !changes.is_object() {
                let words = format!(
                    "error decoding patch: json: cannot unmarshal {} into Go value of type map[string]interface {{}}",
                    patch::json_kind(changes)
                );
                return Err(Status::bad_request(words));
            }
            let mut tree = original.clone();
            patch::merge(&mut tree, changes);
            Ok(tree)
        }
        Patch::Strategic(changes) => {
            let (mut tree, mut changes) = (original.clone(), changes.clone());
            let rules = patch::Type::of(resource);
            patch::strategic(&mut tree, &mut changes, rules).map_err(Status::bad_request)?;
            Ok(tree)
        }
        Patch::Apply { .. } => Err(Status::bad_request("server-side apply is not served yet")),
    }
}

/// 422 in the server's words for a patch whose result is no object of the kind.
fn refused(what: &Patch, tree: &Value, words: &str) -> Status {
    let value = match what {
        Patch::Strategic(changes) => patch::go_map(changes),
        _ => tree.to_string(),
    };
    let cause = Cause::invalid("patch", &Value::from(value), words);
    let message = format!(" \"\" is invalid: patch: {}", cause.message);
    Status { causes: vec![cause], ..Status::plain(422, "Invalid", message) }
}

/// 422 as NewGenericServerResponse words it: the reason is in a cause only.
fn unprocessable(words: &str) -> Status {
    let cause = Cause { reason: "UnexpectedServerResponse", message: words.to_owned(), field: String::new() };
    let message = "the server rejected our request due to an error in our request";
    Status { causes: vec![cause], ..Status::plain(422, "Invalid", message) }
}
