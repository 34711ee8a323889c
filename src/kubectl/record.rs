//! `--record`: the command's line in the annotation that `rollout history` shows.
//!
//! Models cli-runtime's genericclioptions.RecordFlags and its parseCommandArguments.

use super::flags::Flags;
use crate::api::{Fields, Object, Value};

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
