//! `kubectl rollout pause` and `kubectl rollout resume`.

use super::{find, send};
use crate::api::{Fields, ResourceId, Value, json};
use crate::apiserver::Patch;
use crate::kubectl::Failure;
use crate::kubectl::call::{Call, DryRun, Next, done};
use crate::kubectl::flags::Flags;
use crate::kubectl::output::{Formats, Printer};

/// Runs `kubectl rollout pause`.
pub fn pause(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    set(call, flags, true)
}

/// Runs `kubectl rollout resume`.
pub fn resume(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    set(call, flags, false)
}

fn set(call: &mut Call<'_>, flags: &Flags, paused: bool) -> Result<Next, Failure> {
    let mut printer = Printer::of(flags, &call.terminal.files, Formats::Objects)?;
    let found = find(call, flags)?;
    let mut failures = found.failures;
    for info in &found.infos {
        let object = info.object();
        let name = format!("{} {:?}", info.resource.info().qualified(), info.name);
        if info.resource != ResourceId::DEPLOYMENTS {
            failures.push(Failure::from(if paused { "pausing is not supported" } else { "resuming is not supported" }));
            continue;
        }
        if object.is_true("spec.paused") == paused {
            let why = if paused { "is already paused" } else { "is not paused" };
            failures.push(Failure::Error(format!("{name} {why}")));
            continue;
        }
        let value = if paused { Value::Bool(true) } else { Value::Null };
        let patch = Patch::Strategic(json!({"spec": {"paused": value}}));
        match send(call, flags, info.resource, &object, patch, DryRun::None) {
            Ok(new) => match &mut printer {
                Some(printer) => printer.print(call.console, new.value())?,
                None => {
                    call.console.line(done(&new, if paused { "paused" } else { "resumed" }, DryRun::None));
                }
            },
            Err(failure) => failures.push(Failure::Error(format!("failed to patch: {}", failure.message()))),
        }
    }
    Failure::all(failures).map(|()| None)
}
