//! What the API server refuses.

use super::{Cause, Object, ResourceId, Settings};

/// Why `object`, decoded and defaulted, may not be created; empty where it may. In the API server's order.
pub fn validate_create(_resource: ResourceId, _object: &Object, _settings: &Settings) -> Vec<Cause> {
    Vec::new()
}

/// Why `new`, decoded and defaulted, may not take the place of `old`; empty where it may. In the API server's order.
pub fn validate_update(_resource: ResourceId, _new: &Object, _old: &Object, _settings: &Settings) -> Vec<Cause> {
    Vec::new()
}
