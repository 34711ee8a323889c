//! `kubectl apply --server-side`.

use crate::api::Object;
use crate::apiserver::{Patch, Request, Verb};
use crate::kubectl::Failure;
use crate::kubectl::builder::Info;
use crate::kubectl::call::{Call, DryRun, key, options};
use crate::kubectl::flags::Flags;
use std::sync::Arc;

/// What kubectl adds to the server's list of conflicts.
const ADVICE: &str = "Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the `--force-conflicts` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts";

/// Applies one object and gives its state and what was done.
pub fn apply_one(
    call: &mut Call<'_>,
    flags: &Flags,
    info: &Info,
    dry_run: DryRun,
) -> Result<(Arc<Object>, &'static str), Failure> {
    if info.name.is_empty() {
        return Err(Failure::from("resource name may not be empty"));
    }
    let body = info.object().value().clone();
    let patch = Patch::Apply { body, force: flags.on("force-conflicts") };
    let mut request = Request::new(key(info.resource, &info.namespace, &info.name), Verb::Patch(patch));
    request.options = options(flags, "kubectl", dry_run)?;
    match call.write(&request) {
        Ok(object) => Ok((object, "serverside-applied")),
        Err(Failure::Refused(status)) if status.reason == "Conflict" => {
            Err(Failure::Error(format!("{}\n{ADVICE}", status.message)))
        }
        Err(failure) => Err(failure),
    }
}
