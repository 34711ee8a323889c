//! What runs in a cluster.

use super::Settings;
use crate::controllers::Controller;
use crate::controllers::endpoints::EndpointsController;
use crate::controllers::endpointslice::EndpointSliceController;
use crate::controllers::mirroring::MirroringController;
use crate::controllers::replicaset::ReplicaSets;
use crate::controllers::scheduler::Scheduler;

/// Every controller that a cluster of these settings runs, in a fixed order.
pub(super) fn controllers(_settings: &Settings) -> Vec<Box<dyn Controller>> {
    vec![
        Box::new(ReplicaSets::default()),
        Box::new(Scheduler::default()),
        Box::new(EndpointsController::default()),
        Box::new(EndpointSliceController::default()),
        Box::new(MirroringController::default()),
    ]
}
