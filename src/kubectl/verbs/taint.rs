//! `kubectl taint`. Models kubectl pkg/cmd/taint.

use crate::api::{Fields, Object, ResourceId, Value, check_label_key, check_label_value, json};
use crate::apiserver::{Patch, Request, Verb};
use crate::kubectl::Failure;
use crate::kubectl::builder::Query;
use crate::kubectl::call::{Call, DryRun, Next, key, options};
use crate::kubectl::flags::Flags;
use crate::kubectl::output::{Formats, Printer};
use crate::kubectl::tree::put;

/// A taint to set, or to take off; an effect that is not named means all.
struct Taint {
    key: String,
    value: String,
    effect: String,
    remove: bool,
}

/// Runs the verb.
pub fn taint(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let dry_run = DryRun::of(flags)?;
    let mut printer = Printer::of(flags, &call.terminal.files, Formats::Objects)?;
    let (mut names, mut taints) = (Vec::new(), Vec::new());
    for arg in &flags.args {
        let is_taint = arg.contains(':') || arg.ends_with('-') || arg.contains('=');
        if is_taint {
            taints.push(parse(arg)?);
        } else if taints.is_empty() {
            names.push(arg.clone());
        } else {
            return Err(Failure::Error(format!("all resources must be specified before taint changes: {arg}")));
        }
    }
    let Some(kind) = names.first() else {
        return Err(Failure::from("one or more resources must be specified as <resource> <name>"));
    };
    if !matches!(kind.to_lowercase().as_str(), "node" | "nodes") {
        return Err(Failure::Error(format!("invalid resource type {kind}, only [\"node\" \"nodes\"] are supported")));
    }
    if taints.is_empty() {
        return Err(Failure::from("at least one taint update is required"));
    }
    let clashing = |gone: &&Taint| {
        let clashes = |new: &Taint| !new.remove && new.key == gone.key && ["", &new.effect].contains(&&*gone.effect);
        gone.remove && taints.iter().any(clashes)
    };
    let clashes: Vec<String> =
        taints.iter().filter(clashing).map(|taint| format!("{}={}", taint.key, taint.effect)).collect();
    if !clashes.is_empty() {
        return Err(Failure::Error(format!(
            "can not both modify and remove the following taint(s) in the same command: {}",
            clashes.join(", ")
        )));
    }
    match (flags.on("all"), !flags.text("selector").is_empty()) {
        (true, true) => {
            return Err(Failure::from("setting 'all' parameter with a non empty selector is prohibited"));
        }
        (false, false) if names.len() < 2 => {
            return Err(Failure::from("at least one resource name must be specified since 'all' parameter is not set"));
        }
        _ => {}
    }
    let query = Query::of(call, flags, &names);
    let found = query.find(call)?;
    let mut failures = found.failures;
    for info in &found.infos {
        let object = info.object();
        let (list, what) = match changed(&object, &taints, flags.on("overwrite")) {
            Ok(changed) => changed,
            Err(failure) => {
                failures.push(failure);
                continue;
            }
        };
        let value = if list.is_empty() { Value::Null } else { Value::Array(list) };
        let patch = Patch::Merge(json!({"spec": {"taints": value}}));
        if dry_run != DryRun::Client {
            let mut request = Request::new(key(ResourceId::NODES, "", &info.name), Verb::Patch(patch));
            request.options = options(flags, "kubectl-taint", dry_run)?;
            match call.write(&request) {
                Ok(new) => {
                    if let Some(printer) = &mut printer {
                        printer.print(call.console, new.value())?;
                        continue;
                    }
                }
                Err(failure) => {
                    failures.push(failure);
                    continue;
                }
            }
        }
        call.console.line(format!("node/{} {what}{}", info.name, dry_run.suffix()));
    }
    Failure::all(failures).map(|()| None)
}

/// Models parseTaints.
fn parse(text: &str) -> Result<Taint, Failure> {
    let invalid = || Failure::Error(format!("invalid taint spec: {text}"));
    let (body, remove) = match text.strip_suffix('-') {
        Some(body) => (body, true),
        None => (text, false),
    };
    // Without an effect, all of it is the key.
    let (key, value, effect) = match body.split_once(':') {
        Some((pair, effect)) => {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (key, value, effect)
        }
        None => (body, "", ""),
    };
    if effect.contains(':') || value.contains('=') {
        return Err(invalid());
    }
    if !matches!(effect, "" | "NoSchedule" | "PreferNoSchedule" | "NoExecute") {
        return Err(Failure::Error(format!("invalid taint effect: {effect}, unsupported taint effect")));
    }
    let wrong = check_label_key(key);
    if !wrong.is_empty() {
        return Err(Failure::Error(format!("invalid taint spec: {body}, {}", wrong.join("; "))));
    }
    let wrong = check_label_value(value);
    if !wrong.is_empty() {
        return Err(Failure::Error(format!("invalid taint spec: {body}, {}", wrong.join("; "))));
    }
    if !remove && effect.is_empty() {
        return Err(invalid());
    }
    Ok(Taint { key: key.to_owned(), value: value.to_owned(), effect: effect.to_owned(), remove })
}

/// The taints that the node has then, and what is said of it.
fn changed(node: &Object, taints: &[Taint], overwrite: bool) -> Result<(Vec<Value>, &'static str), Failure> {
    let mut list: Vec<Value> = node.items("spec.taints").to_vec();
    let (mut added, mut removed) = (false, false);
    let mut missing = Vec::new();
    for taint in taints {
        let same = |one: &Value| {
            one.text("key") == taint.key && (taint.effect.is_empty() || one.text("effect") == taint.effect)
        };
        if taint.remove {
            let before = list.len();
            list.retain(|one| !same(one));
            if list.len() == before {
                let what =
                    if taint.effect.is_empty() { taint.key.clone() } else { format!("{}:{}", taint.key, taint.effect) };
                missing.push(Failure::Error(format!("taint {what:?} not found")));
            } else {
                removed = true;
            }
            continue;
        }
        if list.iter().any(same) && !overwrite {
            return Err(Failure::Error(format!(
                "node {} already has {} taint(s) with same effect(s) and --overwrite is false",
                node.name(),
                taint.key
            )));
        }
        list.retain(|one| !same(one));
        let mut new = json!({"effect": taint.effect, "key": taint.key});
        if !taint.value.is_empty() {
            put(&mut new, "value", taint.value.clone());
        }
        list.push(new);
        added = true;
    }
    Failure::all(missing)?;
    Ok((
        list,
        if added && removed {
            "modified"
        } else if removed {
            "untainted"
        } else {
            "tainted"
        },
    ))
}
