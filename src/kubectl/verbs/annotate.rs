//! `kubectl annotate`. Models kubectl pkg/cmd/annotate.

use super::label::{Changes, change, split_pairs};
use crate::kubectl::Failure;
use crate::kubectl::builder::Query;
use crate::kubectl::call::{Call, DryRun, Next, done};
use crate::kubectl::flags::Flags;
use crate::kubectl::output::{Formats, Printer};

/// Runs the verb.
pub fn annotate(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let (names, pairs) = split_pairs(&flags.args, "annotation")?;
    let changes = parse(&pairs)?;
    let dry_run = DryRun::of(flags)?;
    if names.is_empty() && flags.list("filename").is_empty() {
        return Err(Failure::from("one or more resources must be specified as <resource> <name> or <resource>/<name>"));
    }
    if changes.set.is_empty() && changes.remove.is_empty() && !flags.on("list") {
        return Err(Failure::from("at least one annotation update is required"));
    }
    let mut printer = Printer::of(flags, &call.terminal.files, Formats::Objects)?;
    let query = Query { latest: true, ..Query::of(call, flags, &names) };
    let found = query.find(call)?;
    let mut failures = found.failures;
    for info in &found.infos {
        let new = match change(call, flags, info, "metadata.annotations", &changes, dry_run, "kubectl-annotate") {
            Ok(new) => new,
            Err(failure) => {
                failures.push(failure);
                continue;
            }
        };
        if flags.on("list") {
            for (key, value) in crate::api::Fields::text_pairs(&*new, "metadata.annotations") {
                call.console.line(format!("{key}={value}"));
            }
        } else if let Some(printer) = &mut printer {
            printer.print(call.console, new.value())?;
        } else {
            call.console.line(done(&new, "annotated", dry_run));
        }
    }
    Failure::all(failures).map(|()| None)
}

/// Models cmdutil.ParsePairs for annotations.
fn parse(pairs: &[String]) -> Result<Changes, Failure> {
    let mut changes = Changes::default();
    for pair in pairs {
        if let Some((key, value)) = pair.split_once('=') {
            changes.set.retain(|(one, _)| one != key);
            changes.set.push((key.to_owned(), value.to_owned()));
        } else if let Some(key) = pair.strip_suffix('-') {
            changes.remove.push(key.to_owned());
        }
    }
    if changes.remove.iter().any(|key| changes.set.iter().any(|(one, _)| one == key)) {
        return Err(Failure::from("can not both modify and remove an annotation in the same command"));
    }
    Ok(changes)
}
