//! Claims of volumes: a pod waits for those that are not there.
//!
//! Models volumebinding podHasPVCs. Claims that are there count as bound: nothing here makes volumes.

use crate::api::{Fields, Object, ResourceId};
use crate::store::Store;

/// Why no node can take the pod on account of its claims, in the scheduler's words.
pub fn refusal(pod: &Object, store: &Store) -> Option<String> {
    let volumes = pod.items("spec.volumes").iter();
    volumes.map(|volume| volume.text("persistentVolumeClaim.claimName")).filter(|name| !name.is_empty()).find_map(
        |name| match store.find(ResourceId::PERSISTENT_VOLUME_CLAIMS, pod.namespace(), name) {
            None => Some(format!("persistentvolumeclaim \"{name}\" not found")),
            Some(claim) if claim.is_being_deleted() => {
                Some(format!("persistentvolumeclaim \"{name}\" is being deleted"))
            }
            Some(_) => None,
        },
    )
}
