//! `kubectl set image|env|selector|resources|serviceaccount`. Models kubectl pkg/cmd/set.

mod env;
mod image;
mod resources;
mod selector;

pub use env::env;
pub use image::image;
pub use resources::{resources, service_account};
pub use selector::selector;

use crate::api::{Object, ResourceId};
use crate::apiserver::{Patch, Request, Verb};
use crate::kubectl::Failure;
use crate::kubectl::builder::{Found, Info, Query};
use crate::kubectl::call::{Call, DryRun, key, options};
use crate::kubectl::flags::Flags;
use std::sync::Arc;

const NO_RESOURCES: &str = "one or more resources must be specified as <resource> <name> or <resource>/<name>";

/// The objects that are to change; the first that is missing ends the command.
fn find(call: &mut Call<'_>, flags: &Flags, names: &[String]) -> Result<Vec<Info>, Failure> {
    let query = Query { latest: !flags.on("local"), ..Query::of(call, flags, names) };
    let Found { infos, failures, .. } = query.find(call)?;
    Failure::all(failures)?;
    Ok(infos)
}

/// Where the pod's spec stands in objects of a kind; `None` for kinds without one.
fn pod_spec(resource: ResourceId) -> Option<&'static str> {
    match resource {
        ResourceId::PODS => Some("spec"),
        ResourceId::DEPLOYMENTS
        | ResourceId::REPLICA_SETS
        | ResourceId::STATEFUL_SETS
        | ResourceId::DAEMON_SETS
        | ResourceId::JOBS
        | ResourceId::REPLICATION_CONTROLLERS => Some("spec.template.spec"),
        ResourceId::CRON_JOBS => Some("spec.jobTemplate.spec.template.spec"),
        _ => None,
    }
}

/// The refusal of a kind without a pod's spec.
fn no_pod_spec(info: &Info) -> Failure {
    let resource = info.resource.info();
    Failure::Error(format!(
        "error: {} the object is not a pod or does not have a pod template: *{}.{}",
        info.plural_name(),
        resource.version,
        resource.kind
    ))
}

/// Sends the changed object's difference, or keeps it here with `--dry-run=client` and `--local`.
fn send(
    call: &mut Call<'_>,
    flags: &Flags,
    info: &Info,
    new: Object,
    patch: Patch,
    dry_run: DryRun,
) -> Result<Arc<Object>, Failure> {
    if dry_run == DryRun::Client || flags.on("local") {
        return Ok(Arc::new(new));
    }
    let mut request = Request::new(key(info.resource, &info.namespace, &info.name), Verb::Patch(patch));
    request.options = options(flags, "kubectl-set", dry_run)?;
    call.write(&request)
}
