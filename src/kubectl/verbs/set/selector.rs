//! `kubectl set selector`.

use super::{NO_RESOURCES, find, send};
use crate::api::{Object, ResourceId, Value, json};
use crate::apiserver::Patch;
use crate::kubectl::Failure;
use crate::kubectl::call::{Call, DryRun, Next, done};
use crate::kubectl::flags::Flags;
use crate::kubectl::output::{Formats, Printer};
use crate::kubectl::verbs::expose::labels;

/// Runs the command.
pub fn selector(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let dry_run = DryRun::of(flags)?;
    let mut printer = Printer::of(flags, &call.terminal.files, Formats::Objects)?;
    let (mut names, mut text) = (Vec::new(), None);
    for arg in &flags.args {
        if arg.contains('=') || arg.contains(" in (") || arg.contains(" notin (") {
            if text.is_some() {
                return Err(Failure::from("may only specify one selector"));
            }
            text = Some(arg.as_str());
        } else {
            names.push(arg.clone());
        }
    }
    if names.is_empty() && flags.list("filename").is_empty() {
        return Err(Failure::from(NO_RESOURCES));
    }
    let Some(text) = text else {
        return Err(Failure::from("one and only one selector must be specified"));
    };
    let wanted = json!(labels(text)?);
    let infos = find(call, flags, &names)?;
    let mut failures = Vec::new();
    for info in &infos {
        if info.resource != ResourceId::SERVICES {
            failures.push(Failure::from("setting a selector is only supported for Services"));
            continue;
        }
        let mut new = Object::clone(&info.object());
        new.set("spec.selector", wanted.clone());
        let mut changes = vec![json!({"op": "add", "path": "/spec/selector", "value": wanted})];
        let version = flags.text("resource-version");
        if !version.is_empty() {
            changes.push(json!({"op": "replace", "path": "/metadata/resourceVersion", "value": version}));
        }
        match send(call, flags, info, new, Patch::Json(Value::Array(changes)), dry_run) {
            Ok(object) => match &mut printer {
                Some(printer) => printer.print(call.console, object.value())?,
                None => call.console.line(done(&object, "selector updated", dry_run)),
            },
            Err(failure) => failures.push(failure),
        }
    }
    Failure::all(failures).map(|()| None)
}
