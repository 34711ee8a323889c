//! `kubectl patch`. Models kubectl pkg/cmd/patch.

use crate::api::{Object, Status, patch as patches};
use crate::apiserver::{FieldValidation, Patch, Request, Verb};
use crate::kubectl::builder::{Info, Query};
use crate::kubectl::call::{Call, DryRun, Next, done, door, key, options};
use crate::kubectl::flags::Flags;
use crate::kubectl::output::{Formats, Printer};
use crate::kubectl::{Failure, manifest, record};
use crate::yaml;
use std::sync::Arc;

/// Runs the verb.
pub fn patch(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let kind = flags.get("type").unwrap_or("strategic").to_lowercase();
    if !matches!(kind.as_str(), "json" | "merge" | "strategic") {
        let given = flags.text("type");
        return Err(Failure::Error(format!("--type must be one of [json merge strategic], not {given:?}")));
    }
    let (text, file) = (flags.get("patch"), flags.get("patch-file"));
    if text.is_some() && file.is_some() {
        return Err(Failure::from("cannot specify --patch and --patch-file together"));
    }
    let dry_run = DryRun::of(flags)?;
    let subresource = flags.text("subresource");
    let text = match (text, file) {
        (Some(text), _) if !text.is_empty() => text,
        (_, Some(file)) => manifest::file(&call.terminal.files, file)
            .ok_or_else(|| format!("unable to read patch file: open {file}: no such file or directory"))?,
        _ => {
            return Err(Failure::from("must specify --patch or --patch-file containing the contents of the patch"));
        }
    };
    // Text that begins as JSON goes to the server as it is: the server says what is wrong with it.
    let value = match yaml::read_one(text) {
        Ok(value) => Ok(value),
        Err(wrong) if text.trim_start().starts_with('{') => Err(unreadable(&kind, &wrong)),
        Err(wrong) => return Err(Failure::Error(format!("unable to parse {text:?}: {wrong}"))),
    };
    let what = value.map(|value| match kind.as_str() {
        "json" => Patch::Json(value),
        "merge" => Patch::Merge(value),
        _ => Patch::Strategic(value),
    });
    let mut printer = Printer::of(flags, &call.terminal.files, Formats::Objects)?;
    let query = Query { latest: true, ..Query::of(call, flags, &flags.args) };
    let found = query.find(call)?;
    let mut failures = found.failures;
    for info in &found.infos {
        let what = match &what {
            Ok(what) => what,
            Err(failure) => {
                failures.push(failure.clone());
                continue;
            }
        };
        let new = if dry_run == DryRun::Client || flags.on("local") {
            locally(info, what)
        } else {
            let mut request = Request::new(key(info.resource, &info.namespace, &info.name), Verb::Patch(what.clone()))
                .to(door(info.resource, subresource)?);
            request.options = options(flags, "kubectl-patch", dry_run)?;
            // The server only warns of fields that it does not know.
            request.options.validation = FieldValidation::Warn;
            call.write(&request)
        };
        match new {
            Ok(mut new) => {
                let same = *new == *info.object();
                if dry_run != DryRun::Client && !flags.on("local") {
                    new = record::send(call, flags, info, subresource, new, "kubectl-patch", dry_run);
                }
                if let Some(printer) = &mut printer {
                    printer.print(call.console, new.value())?;
                } else {
                    let what = if same { "patched (no change)" } else { "patched" };
                    call.console.line(done(&new, what, dry_run));
                }
            }
            Err(failure) => failures.push(failure),
        }
    }
    if found.infos.is_empty() && failures.is_empty() {
        return Err(Failure::from("no objects passed to patch"));
    }
    Failure::all(failures).map(|()| None)
}

/// The server's refusal of a patch that is no JSON.
fn unreadable(kind: &str, wrong: &str) -> Failure {
    let words = if wrong == "unexpected EOF" { "unexpected end of JSON input" } else { wrong };
    let prefix = if kind == "strategic" { "" } else { "error decoding patch: " };
    Status::bad_request(format!("{prefix}{words}")).into()
}

/// What the patch makes of the object, without the server.
fn locally(info: &Info, what: &Patch) -> Result<Arc<Object>, Failure> {
    let value = patched(info, what)?;
    Object::new(value).map(Arc::new).map_err(|_| Failure::from("the patch leaves no object"))
}

/// What a patch makes of the tree of an object.
pub fn patched(info: &Info, what: &Patch) -> Result<crate::api::Value, Failure> {
    let mut value = info.object().value().clone();
    match what {
        Patch::Json(operations) => patches::json(&mut value, operations).map_err(|wrong| match wrong {
            patches::Wrong::Unreadable(words) | patches::Wrong::Inapplicable(words) => words,
        })?,
        Patch::Merge(changes) => patches::merge(&mut value, changes),
        Patch::Strategic(changes) => {
            patches::strategic(&mut value, &mut changes.clone(), patches::Rules::of(info.resource))?;
        }
        Patch::Apply { .. } => {}
    }
    Ok(value)
}
