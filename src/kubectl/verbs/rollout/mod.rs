//! `kubectl rollout status|history|undo|restart|pause|resume`. Models kubectl pkg/cmd/rollout.

mod history;
mod pause;
mod restart;
mod status;
mod undo;

pub use history::history;
pub use pause::{pause, resume};
pub use restart::restart;
pub use status::status;
pub use undo::undo;

use crate::api::{Fields, Object, ResourceId, Selector, Value};
use crate::apiserver::{Patch, Request, Verb};
use crate::kubectl::Failure;
use crate::kubectl::builder::{Found, Query};
use crate::kubectl::call::{Call, DryRun, key, options};
use crate::kubectl::flags::Flags;
use crate::kubectl::print::Moment;
use crate::kubectl::print::describe::{Scene, pod_template};
use std::sync::Arc;

/// The annotation that numbers the states of a Deployment.
const REVISION: &str = "deployment.kubernetes.io/revision";

/// The objects that the arguments name.
fn find(call: &mut Call<'_>, flags: &Flags) -> Result<Found, Failure> {
    if flags.args.is_empty() && flags.list("filename").is_empty() {
        return Err(Failure::from("required resource not specified"));
    }
    let query = Query { kind_means_all: true, latest: true, ..Query::of(call, flags, &flags.args) };
    query.find(call)
}

/// The revision that an object is; 0 where it says none.
fn revision(object: &Object) -> i64 {
    object.annotation(REVISION).and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// The ReplicaSets that a Deployment controls.
fn replica_sets(call: &Call<'_>, deployment: &Object) -> Vec<Arc<Object>> {
    let empty = Value::Null;
    let selector = Selector::of_label_selector(deployment.at("spec.selector").unwrap_or(&empty));
    let all = call.cluster.store().select(ResourceId::REPLICA_SETS, deployment.namespace(), &selector);
    let owned = |set: &&&Arc<Object>| set.controller().is_some_and(|owner| owner.text("uid") == deployment.uid());
    all.iter().filter(owned).map(|set| Arc::clone(set)).collect()
}

/// Sends a patch to one object.
fn send(
    call: &mut Call<'_>,
    flags: &Flags,
    resource: ResourceId,
    object: &Object,
    patch: Patch,
    dry_run: DryRun,
) -> Result<Arc<Object>, Failure> {
    let mut request = Request::new(key(resource, object.namespace(), object.name()), Verb::Patch(patch));
    request.options = options(flags, "kubectl-rollout", dry_run)?;
    call.write(&request)
}

/// The pod template of an object, as it is shown without alignment.
fn template_text(call: &Call<'_>, object: &Object) -> String {
    let moment = Moment { now: call.cluster.now(), epoch: call.cluster.epoch() };
    pod_template(object, &Scene { store: call.cluster.store(), moment, events: false })
}
