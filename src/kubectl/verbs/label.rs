//! `kubectl label`. Models kubectl pkg/cmd/label.

use crate::api::{self, Fields, Map, Object, Value, json};
use crate::apiserver::{Patch, Request, Verb};
use crate::kubectl::Failure;
use crate::kubectl::builder::{Info, Query};
use crate::kubectl::call::{Call, DryRun, Next, done, key, options};
use crate::kubectl::flags::Flags;
use crate::kubectl::output::{Formats, Printer};
use crate::kubectl::record::CHANGE_CAUSE;

/// What is to be done with a map of labels or annotations.
#[derive(Debug, Default)]
pub struct Changes {
    /// Keys and values to set.
    pub set: Vec<(String, String)>,
    /// Keys to take out.
    pub remove: Vec<String>,
}

/// The arguments that name objects, and those that say what to change. Models cmdutil.GetResourcesAndPairs.
pub fn split_pairs(args: &[String], what: &str) -> Result<(Vec<String>, Vec<String>), Failure> {
    let (mut names, mut pairs) = (Vec::new(), Vec::new());
    for arg in args {
        let is_pair = arg.contains('=') && !arg.starts_with('=') || arg.ends_with('-') && arg != "-";
        if is_pair {
            pairs.push(arg.clone());
        } else if pairs.is_empty() {
            names.push(arg.clone());
        } else {
            return Err(Failure::Error(format!("all resources must be specified before {what} changes: {arg}")));
        }
    }
    Ok((names, pairs))
}

/// Runs the verb.
pub fn label(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let (names, pairs) = split_pairs(&flags.args, "label")?;
    let changes = parse(&pairs)?;
    let dry_run = DryRun::of(flags)?;
    if names.is_empty() && flags.list("filename").is_empty() {
        return Err(Failure::from("one or more resources must be specified as <resource> <name> or <resource>/<name>"));
    }
    let list = flags.on("list");
    if changes.set.is_empty() && changes.remove.is_empty() && !list {
        return Err(Failure::from("at least one label update is required"));
    }
    let mut printer = Printer::of(flags, &call.terminal.files, Formats::Objects)?;
    let query = Query { latest: true, ..Query::of(call, flags, &names) };
    let found = query.find(call)?;
    let version = flags.get("resource-version").filter(|version| !version.is_empty());
    if version.is_some() && !found.single {
        return Err(Failure::from("--resource-version may only be used with a single resource"));
    }
    let mut failures = found.failures;
    for info in &found.infos {
        let old = info.object();
        let outcome = change(call, flags, info, "metadata.labels", &changes, dry_run, "kubectl-label");
        let new = match outcome {
            Ok(new) => new,
            Err(failure) => {
                failures.push(failure);
                continue;
            }
        };
        if list {
            print_list(call, &new, found.single);
        } else if let Some(printer) = &mut printer {
            printer.print(call.console, new.value())?;
        } else {
            call.console.line(done(&old, said(&old, &changes), dry_run));
        }
    }
    Failure::all(failures).map(|()| None)
}

/// What is said of the labels that changed.
fn said(old: &Object, changes: &Changes) -> &'static str {
    let set = changes.set.iter().any(|(key, value)| old.label(key) != Some(value));
    let removed = changes.remove.iter().any(|key| old.label(key).is_some());
    match (set, removed) {
        (true, true) => "modified",
        (true, false) => "labeled",
        (false, true) => "unlabeled",
        (false, false) => "not labeled",
    }
}

fn print_list(call: &mut Call<'_>, object: &Object, single: bool) {
    let mut indent = "";
    if !single {
        indent = " ";
        let (group, _) = object.api_version().split_once('/').unwrap_or(("", ""));
        call.console.line(format!("Listing labels for {}.{group}/{}:", object.kind(), object.name()));
    }
    for (key, value) in object.labels() {
        call.console.line(format!("{indent}{key}={value}"));
    }
}

/// Models parseLabels.
fn parse(pairs: &[String]) -> Result<Changes, Failure> {
    let mut changes = Changes::default();
    for pair in pairs {
        if let Some((key, value)) = pair.split_once('=') {
            if value.contains('=') {
                return Err(Failure::Error(format!("invalid label spec: {pair}")));
            }
            if let Some(wrong) = wrong_label_value(value) {
                return Err(Failure::Error(format!("invalid label value: {pair:?}: {wrong}")));
            }
            changes.set.retain(|(one, _)| one != key);
            changes.set.push((key.to_owned(), value.to_owned()));
        } else if let Some(key) = pair.strip_suffix('-') {
            changes.remove.push(key.to_owned());
        } else {
            return Err(Failure::Error(format!("unknown label spec: {pair}")));
        }
    }
    if changes.remove.iter().any(|key| changes.set.iter().any(|(one, _)| one == key)) {
        return Err(Failure::from("can not both modify and remove a label in the same command"));
    }
    Ok(changes)
}

/// What is wrong with a label's value; several words are joined.
pub fn wrong_label_value(value: &str) -> Option<String> {
    let wrong = api::check_label_value(value);
    (!wrong.is_empty()).then(|| wrong.join(";"))
}

/// Sets and takes out keys of the map at `path`, here or on the server, and gives the object as it is then.
pub fn change(
    call: &mut Call<'_>,
    flags: &Flags,
    info: &Info,
    path: &str,
    changes: &Changes,
    dry_run: DryRun,
    manager: &str,
) -> Result<std::sync::Arc<Object>, Failure> {
    let old = info.object();
    if !flags.on("overwrite") {
        forbid_overwriting(&old, path, changes)?;
    }
    let local = dry_run == DryRun::Client || flags.on("list") || flags.on("local");
    let (mut object, mut patch) = (Object::clone(&old), Map::new());
    for key in &changes.remove {
        let there = old.map(path).is_some_and(|map| map.contains_key(key));
        if !there && path == "metadata.labels" && !local {
            call.console.line(format!("label {key:?} not found."));
        }
        if there {
            patch.insert(key.clone(), Value::Null);
        }
    }
    for (key, value) in &changes.set {
        patch.insert(key.clone(), Value::String(value.clone()));
    }
    if flags.on("record") && path == "metadata.annotations" {
        patch.insert(CHANGE_CAUSE.to_owned(), Value::String(flags.line()));
    }
    if local {
        let mut map = old.map(path).cloned().unwrap_or_default();
        for (key, value) in patch {
            if value.is_null() {
                map.remove(&key)
            } else {
                map.insert(key, value)
            };
        }
        object.set(path, Value::Object(map));
        return Ok(std::sync::Arc::new(object));
    }
    let field = path.strip_prefix("metadata.").unwrap_or(path);
    let mut metadata = Map::new();
    if !patch.is_empty() {
        metadata.insert(field.to_owned(), Value::Object(patch));
    }
    if flags.on("record") && path == "metadata.labels" {
        metadata.insert("annotations".to_owned(), json!({CHANGE_CAUSE: flags.line()}));
    }
    if let Some(version) = flags.get("resource-version").filter(|version| !version.is_empty()) {
        metadata.insert("resourceVersion".to_owned(), Value::String(version.to_owned()));
    }
    let body = json!({"metadata": metadata});
    let mut request = Request::new(key(info.resource, &info.namespace, &info.name), Verb::Patch(Patch::Merge(body)));
    request.options = options(flags, manager, dry_run)?;
    call.write(&request)
}

/// Without `--overwrite`, a key that is there keeps its value.
fn forbid_overwriting(old: &Object, path: &str, changes: &Changes) -> Result<(), Failure> {
    let mut taken = Vec::new();
    for (key, value) in &changes.set {
        let there = old.map(path).and_then(|map| map.get(key)).and_then(Value::as_str);
        if let Some(there) = there.filter(|there| there != value) {
            taken.push(format!("'{key}' already has a value ({there})"));
        }
    }
    if taken.is_empty() {
        return Ok(());
    }
    if path == "metadata.annotations" {
        return Err(Failure::Error(format!(
            "--overwrite is false but found the following declared annotation(s): {}",
            taken.join("; ")
        )));
    }
    Failure::all(taken.into_iter().map(|one| Failure::Error(format!("{one}, and --overwrite is false"))).collect())
}
