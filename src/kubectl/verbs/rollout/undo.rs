//! `kubectl rollout undo`. Models pkg/polymorphichelpers/rollback.go.

use super::{REVISION, find, replica_sets, revision, send, template_text};
use crate::api::{Fields, Map, Object, ResourceId, Value, json};
use crate::apiserver::Patch;
use crate::kubectl::builder::Info;
use crate::kubectl::call::{Call, DryRun, Next, done};
use crate::kubectl::flags::Flags;
use crate::kubectl::verbs::apply::LAST_APPLIED;
use crate::kubectl::{Failure, resources};
use crate::order::Order;
use std::sync::Arc;

/// Annotations that stay with the Deployment, whatever state it goes back to.
const KEPT: [&str; 6] = [
    LAST_APPLIED,
    REVISION,
    "deployment.kubernetes.io/revision-history",
    "deployment.kubernetes.io/desired-replicas",
    "deployment.kubernetes.io/max-replicas",
    "deprecated.deployment.rollback.to",
];

/// The label that tells the pods of a Deployment's states apart.
const HASH: &str = "pod-template-hash";

/// Runs the command.
pub fn undo(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let dry_run = DryRun::of(flags)?;
    let wanted = flags.int("to-revision").unwrap_or(0);
    if wanted < 0 {
        return Err(Failure::Error(format!("revision number cannot be negative: {wanted}")));
    }
    let found = find(call, flags)?;
    let mut failures = found.failures;
    for info in &found.infos {
        match undo_one(call, flags, info, wanted, dry_run) {
            Ok(text) => call.console.line(text),
            Err(failure) => failures.push(failure),
        }
    }
    Failure::all(failures).map(|()| None)
}

fn undo_one(call: &mut Call<'_>, flags: &Flags, info: &Info, wanted: i64, dry_run: DryRun) -> Result<String, Failure> {
    let object = info.object();
    if object.annotation(LAST_APPLIED).is_some() {
        call.console.error_line(format!(
            "Warning: resource {} was previously managed with 'kubectl apply'. Rolling back will not update the \
             {LAST_APPLIED} annotation, which may cause unexpected behavior on future 'kubectl apply' operations. \
             Consider using 'kubectl apply' with your previous configuration file instead.",
            info.plural_name()
        ));
    }
    if info.resource != ResourceId::DEPLOYMENTS {
        let what = resources::group_kind(info.resource);
        return Err(Failure::Error(format!("no rollbacker has been implemented for {what:?}")));
    }
    let set = state(call, &object, wanted)?;
    if dry_run == DryRun::Client {
        return Ok(format!("{} {}", resources::object_name(&object), template_text(call, &set)));
    }
    if object.is_true("spec.paused") {
        return Err(Failure::from(
            "you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again",
        ));
    }
    let mut template = set.at("spec.template").cloned().unwrap_or_default();
    if let Some(labels) = template.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
        labels.remove(HASH);
    }
    if Some(&template) == object.at("spec.template") {
        let name = resources::object_name(&object);
        let at = if wanted == 0 { revision(&set) } else { wanted };
        return Ok(format!("{name} skipped rollback (current template already matches revision {at})"));
    }
    let mut annotations = Map::new();
    let own = |object: &Object, kept: bool| -> Vec<(String, Value)> {
        let pairs = object.text_pairs("metadata.annotations").filter(|(key, _)| KEPT.contains(key) == kept);
        pairs.map(|(key, value)| (key.to_owned(), value.into())).collect()
    };
    annotations.extend(own(&object, true));
    annotations.extend(own(&set, false));
    let patch = json!([
        {"op": "replace", "path": "/spec/template", "value": template},
        {"op": "replace", "path": "/metadata/annotations", "value": annotations},
    ]);
    let new = send(call, flags, info.resource, &object, Patch::Json(patch), dry_run)
        .map_err(|failure| Failure::Error(format!("failed restoring revision {wanted}: {}", failure.message())))?;
    Ok(done(&new, "rolled back", dry_run))
}

/// The ReplicaSet that holds the state to go back to: the wanted one, or the last but one.
fn state(call: &Call<'_>, deployment: &Object, wanted: i64) -> Result<Arc<Object>, Failure> {
    let mut sets = replica_sets(call, deployment);
    sets.order_by_key(|set| std::cmp::Reverse(revision(set)));
    if wanted > 0 {
        let found = sets.into_iter().find(|set| revision(set) == wanted);
        return found.ok_or_else(|| Failure::Error(format!("unable to find specified revision {wanted} in history")));
    }
    let previous = sets.into_iter().nth(1);
    previous.ok_or_else(|| Failure::Error(format!("no rollout history found for deployment {:?}", deployment.name())))
}
