//! `kubectl set env`.

use super::{NO_RESOURCES, find, no_pod_spec, pod_spec, send};
use crate::api::{Fields, Object, Value, json};
use crate::apiserver::Patch;
use crate::kubectl::Failure;
use crate::kubectl::builder::Info;
use crate::kubectl::call::{Call, DryRun, Next, done};
use crate::kubectl::flags::Flags;
use crate::kubectl::output::{Formats, Printer};

/// Runs the command.
pub fn env(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let (names, pairs) = split(&flags.args)?;
    let mut set: Vec<(&str, &str)> = Vec::new();
    let mut remove: Vec<&str> = Vec::new();
    for pair in pairs.iter().chain(flags.list("env")) {
        match pair.split_once('=') {
            Some((key, value)) => {
                set.retain(|(one, _)| *one != key);
                set.push((key, value));
            }
            None => remove.extend(pair.strip_suffix('-')),
        }
    }
    if let Some(key) = remove.iter().find(|key| set.iter().any(|(one, _)| one == *key)) {
        return Err(Failure::Error(format!(
            "can not both modify and remove the following environment variable(s) in the same command: {key}"
        )));
    }
    let dry_run = DryRun::of(flags)?;
    let mut printer = Printer::of(flags, &call.terminal.files, Formats::Objects)?;
    if names.is_empty() && flags.list("filename").is_empty() {
        return Err(Failure::from(NO_RESOURCES));
    }
    if flags.given("from") {
        return Err(Failure::from(
            "--from is not part of the playground: name the variables, or write envFrom in the manifest",
        ));
    }
    let infos = find(call, flags, &names)?;
    let wanted = flags.get("containers").unwrap_or("*");
    let mut failures = Vec::new();
    for info in &infos {
        let Some(path) = pod_spec(info.resource) else {
            failures.push(no_pod_spec(info));
            continue;
        };
        let object = info.object();
        let matching: Vec<(String, &Value)> = ["initContainers", "containers"]
            .into_iter()
            .flat_map(|list| {
                object.items(&format!("{path}.{list}")).iter().enumerate().map(move |(at, one)| (list, at, one))
            })
            .filter(|(_, _, container)| matches(wanted, container.text("name")))
            .map(|(list, at, one)| (format!("/{}/{list}/{at}", path.replace('.', "/")), one))
            .collect();
        if matching.is_empty() {
            call.console.error_line(format!(
                "Warning: {}/{} does not have any containers matching {wanted:?}",
                object.kind(),
                info.name
            ));
            continue;
        }
        if flags.on("list") {
            for (_, container) in &matching {
                print_list(call, &object, container);
            }
            continue;
        }
        let (new, changes) = changed(&object, &matching, &set, &remove, !flags.off("overwrite"))?;
        if changes.is_empty() && printer.is_none() {
            continue;
        }
        match update(call, flags, info, new, changes, dry_run) {
            Ok(object) => match &mut printer {
                Some(printer) => printer.print(call.console, object.value())?,
                None => call.console.line(done(&object, "env updated", dry_run)),
            },
            Err(failure) => {
                failures
                    .push(Failure::Error(format!("failed to patch env update to pod template: {}", failure.message())));
            }
        }
    }
    Failure::all(failures).map(|()| None)
}

fn update(
    call: &mut Call<'_>,
    flags: &Flags,
    info: &Info,
    new: Object,
    changes: Vec<Value>,
    dry_run: DryRun,
) -> Result<std::sync::Arc<Object>, Failure> {
    send(call, flags, info, new, Patch::Json(Value::Array(changes)), dry_run)
}

/// The object with other variables, and the operations that make it so.
fn changed(
    object: &Object,
    containers: &[(String, &Value)],
    set: &[(&str, &str)],
    remove: &[&str],
    overwrite: bool,
) -> Result<(Object, Vec<Value>), Failure> {
    let (mut new, mut changes) = (object.clone(), Vec::new());
    for (pointer, container) in containers {
        let old = container.items("env");
        let mut env: Vec<Value> = old.iter().filter(|one| !remove.contains(&one.text("name"))).cloned().collect();
        for (key, value) in set {
            let entry = json!({"name": key, "value": value});
            match env.iter_mut().find(|one| one.text("name") == *key) {
                Some(one) if *one == entry => {}
                Some(_) if !overwrite => {
                    return Err(Failure::Error(format!("'{key}' already has a value, and --overwrite is false")));
                }
                Some(one) => *one = entry,
                None => env.push(entry),
            }
        }
        if env == old {
            continue;
        }
        let path = format!("{pointer}/env");
        let operation = if env.is_empty() {
            json!({"op": "remove", "path": path})
        } else {
            json!({"op": "add", "path": path, "value": env})
        };
        changes.push(operation);
        if let Some(Value::Object(fields)) = new.value_mut().pointer_mut(pointer) {
            if env.is_empty() {
                fields.remove("env")
            } else {
                fields.insert("env".to_owned(), Value::Array(env))
            };
        }
    }
    Ok((new, changes))
}

fn print_list(call: &mut Call<'_>, object: &Object, container: &Value) {
    call.console.line(format!("# {} {}, container {}", object.kind(), object.name(), container.text("name")));
    for one in container.items("env") {
        let name = one.text("name");
        let source = one.at("valueFrom");
        let line = match source {
            None => format!("{name}={}", one.text("value")),
            Some(source) if source.at("fieldRef").is_some() => {
                format!("# {name} from field path {}", source.text("fieldRef.fieldPath"))
            }
            Some(source) if source.at("configMapKeyRef").is_some() => format!(
                "# {name} from configmap {}, key {}",
                source.text("configMapKeyRef.name"),
                source.text("configMapKeyRef.key")
            ),
            Some(source) if source.at("secretKeyRef").is_some() => {
                format!(
                    "# {name} from secret {}, key {}",
                    source.text("secretKeyRef.name"),
                    source.text("secretKeyRef.key")
                )
            }
            Some(_) => format!("# {name} has valueFrom"),
        };
        call.console.line(line);
    }
}

/// The arguments that name objects and those that set variables. Models envutil.SplitEnvironmentFromResources.
fn split(args: &[String]) -> Result<(Vec<String>, Vec<String>), Failure> {
    let (mut names, mut pairs) = (Vec::new(), Vec::new());
    for arg in args {
        let is_env = arg.contains('=') && !arg.starts_with('=') || arg.len() > 1 && arg.ends_with('-');
        if is_env {
            pairs.push(arg.clone());
        } else if pairs.is_empty() {
            names.push(arg.clone());
        } else {
            return Err(Failure::Error(format!("all resources must be specified before environment changes: {arg}")));
        }
    }
    Ok((names, pairs))
}

/// Whether a container's name matches a pattern with `*`.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, tail)) => name.len() >= head.len() + tail.len() && name.starts_with(head) && name.ends_with(tail),
    }
}
