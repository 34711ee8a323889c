//! `--record`: the command's line in the annotation that `rollout history` shows.
//!
//! Models cli-runtime's genericclioptions.RecordFlags and its parseCommandArguments.

use super::builder::Info;
use super::call::{Call, DryRun, door, key, options};
use super::flags::Flags;
use crate::api::{Fields, Object, Value, json};
use crate::apiserver::{Patch, Request, Verb};
use std::sync::Arc;

/// Why an object is as it is, in its author's words.
pub const CHANGE_CAUSE: &str = "kubernetes.io/change-cause";

/// What is said where `--record` is used.
pub const DEPRECATED: &str = "Flag --record has been deprecated, --record will be removed in the future";

/// Writes the command down where `--record` asks for it.
pub fn note(flags: &Flags, object: &mut Object) {
    if flags.on("record") {
        let mut annotations = object.map("metadata.annotations").cloned().unwrap_or_default();
        annotations.insert(CHANGE_CAUSE.to_owned(), Value::String(flags.line()));
        object.set("metadata.annotations", Value::Object(annotations));
    }
}

/// Writes the command down in an object that has been changed already, as a change of its own; the object as it is then.
/// Where that fails nothing is said. Models MakeRecordMergePatch.
pub fn send(
    call: &mut Call<'_>,
    flags: &Flags,
    info: &Info,
    subresource: &str,
    object: Arc<Object>,
    manager: &str,
    dry_run: DryRun,
) -> Arc<Object> {
    let line = flags.line();
    if !flags.on("record") || object.annotation(CHANGE_CAUSE) == Some(&line) {
        return object;
    }
    let body = json!({"metadata": {"annotations": {CHANGE_CAUSE: line}}});
    let request = Request::new(key(info.resource, &info.namespace, &info.name), Verb::Patch(Patch::Merge(body)));
    let (Ok(door), Ok(options)) = (door(info.resource, subresource), options(flags, manager, dry_run)) else {
        return object;
    };
    let request = Request { options, ..request.to(door) };
    call.write(&request).unwrap_or(object)
}
