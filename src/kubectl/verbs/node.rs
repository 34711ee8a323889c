//! `kubectl cordon` and `kubectl uncordon`. Models kubectl pkg/cmd/drain.

use crate::api::{Fields, ResourceId, Value, json};
use crate::apiserver::{Patch, Request, Verb};
use crate::kubectl::builder::{Info, Query};
use crate::kubectl::call::{Call, DryRun, Next, key, options};
use crate::kubectl::flags::Flags;
use crate::kubectl::{Failure, resources};

/// Runs `kubectl cordon`.
pub fn cordon(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    set(call, flags, true)
}

/// Runs `kubectl uncordon`.
pub fn uncordon(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    set(call, flags, false)
}

fn set(call: &mut Call<'_>, flags: &Flags, cordoned: bool) -> Result<Next, Failure> {
    let word = if cordoned { "cordon" } else { "uncordon" };
    let dry_run = DryRun::of(flags)?;
    let infos = nodes(call, flags, word)?;
    for info in &infos {
        mark(call, flags, info, cordoned, dry_run)?;
    }
    Ok(None)
}

/// The nodes that the arguments name.
pub fn nodes(call: &mut Call<'_>, flags: &Flags, word: &str) -> Result<Vec<Info>, Failure> {
    let selector = flags.get("selector").filter(|labels| !labels.is_empty());
    match (flags.args.is_empty(), selector) {
        (true, None) => {
            return Err(Failure::usage(&format!("kubectl {word}"), &format!("USAGE: {word} NODE [flags]")));
        }
        (false, Some(_)) => {
            return Err(Failure::usage(
                &format!("kubectl {word}"),
                "error: cannot specify both a node name and a --selector option",
            ));
        }
        _ => {}
    }
    // A name alone is a node's; TYPE/NAME may stand beside it. Models Builder.ResourceNames.
    let mut args: Vec<String> =
        flags.args.iter().map(|name| if name.contains('/') { name.clone() } else { format!("nodes/{name}") }).collect();
    if args.is_empty() {
        args.push("nodes".to_owned());
    }
    let found = Query { args: &args, labels: selector, ..Query::default() }.find(call)?;
    if let Some(other) = found.infos.iter().find(|info| info.resource != ResourceId::NODES) {
        let what = resources::group_version_resource(other.resource);
        return Err(Failure::Error(format!("error: expected resource of type node, got {what:?}")));
    }
    match found.failures.into_iter().next() {
        Some(failure) => Err(failure),
        None => Ok(found.infos),
    }
}

/// Lets pods on a node or keeps them off it, and says so.
pub fn mark(call: &mut Call<'_>, flags: &Flags, info: &Info, cordoned: bool, dry_run: DryRun) -> Result<(), Failure> {
    let word = if cordoned { "cordoned" } else { "uncordoned" };
    let live = call.get(ResourceId::NODES, "", &info.name)?;
    if live.is_true("spec.unschedulable") == cordoned {
        call.console.line(format!("node/{} already {word}{}", info.name, dry_run.suffix()));
        return Ok(());
    }
    if dry_run != DryRun::Client {
        let value = if cordoned { Value::Bool(true) } else { Value::Null };
        let patch = Patch::Strategic(json!({"spec": {"unschedulable": value}}));
        let mut request = Request::new(key(ResourceId::NODES, "", &info.name), Verb::Patch(patch));
        request.options = options(flags, "kubectl-cordon", dry_run)?;
        call.write(&request)?;
    }
    call.console.line(format!("node/{} {word}{}", info.name, dry_run.suffix()));
    Ok(())
}
