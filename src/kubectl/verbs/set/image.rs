//! `kubectl set image`.

use super::{NO_RESOURCES, find, no_pod_spec, pod_spec, send};
use crate::api::{Fields, Object, Value, json};
use crate::apiserver::Patch;
use crate::kubectl::Failure;
use crate::kubectl::call::{Call, DryRun, Next, done};
use crate::kubectl::flags::Flags;
use crate::kubectl::output::{Formats, Printer};
use crate::kubectl::record;
use crate::kubectl::tree::put;
use crate::kubectl::verbs::label::split_pairs;

/// Runs the command.
pub fn image(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let (names, pairs) = split_pairs(&flags.args, "image")?;
    let dry_run = DryRun::of(flags)?;
    let mut printer = Printer::of(flags, &call.terminal.files, Formats::Objects)?;
    let nothing = names.is_empty() && flags.list("filename").is_empty();
    let infos = if nothing { Vec::new() } else { find(call, flags, &names)? };
    if nothing {
        return Err(Failure::from(NO_RESOURCES));
    }
    let images: Vec<(&str, &str)> = pairs.iter().filter_map(|pair| pair.split_once('=')).collect();
    if images.is_empty() {
        return Err(Failure::from("at least one image update is required"));
    }
    if images.len() > 1 && images.iter().any(|(name, _)| *name == "*") {
        return Err(Failure::from(
            "all containers are already specified by *, but saw more than one container_name=container_image pairs",
        ));
    }
    let mut failures = Vec::new();
    for info in &infos {
        let Some(path) = pod_spec(info.resource) else {
            failures.push(no_pod_spec(info));
            continue;
        };
        let old = info.object();
        let mut new = Object::clone(&old);
        let mut changes = Vec::new();
        let mut missing = None;
        for (name, image) in &images {
            let mut met = false;
            for list in ["initContainers", "containers"] {
                let pointer = format!("/{}/{list}", path.replace('.', "/"));
                let containers = new.value_mut().pointer_mut(&pointer).and_then(Value::as_array_mut);
                for (place, container) in containers.into_iter().flatten().enumerate() {
                    if *name != "*" && container.get("name").and_then(Value::as_str) != Some(name) {
                        continue;
                    }
                    met = true;
                    if container.get("image").and_then(Value::as_str) != Some(image) {
                        put(container, "image", *image);
                        changes.push(json!({"op": "add", "path": format!("{pointer}/{place}/image"), "value": image}));
                    }
                }
            }
            if !met {
                missing = Some(Failure::Error(format!("error: unable to find container named {name:?}")));
            }
        }
        if let Some(missing) = missing {
            failures.push(missing);
            continue;
        }
        if changes.is_empty() && printer.is_none() {
            continue;
        }
        if flags.on("record") {
            record::note(flags, &mut new);
            let annotations = new.at("metadata.annotations").cloned().unwrap_or_default();
            changes.push(json!({"op": "add", "path": "/metadata/annotations", "value": annotations}));
        }
        match send(call, flags, info, new, Patch::Json(Value::Array(changes)), dry_run) {
            Ok(object) => match &mut printer {
                Some(printer) => printer.print(call.console, object.value())?,
                None => call.console.line(done(&object, "image updated", dry_run)),
            },
            Err(failure) => failures
                .push(Failure::Error(format!("failed to patch image update to pod template: {}", failure.message()))),
        }
    }
    Failure::all(failures).map(|()| None)
}
