//! What the API server warns of although it accepts.

use super::{Object, ResourceId};

/// The warnings that a write of `new` gets, in the server's order; `old` is what it replaces. Without `Warning: `.
pub fn warnings(_resource: ResourceId, _new: &Object, _old: Option<&Object>) -> Vec<String> {
    Vec::new()
}
