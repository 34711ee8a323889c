//! `kubectl rollout restart`. Models pkg/polymorphichelpers/objectrestarter.go.

use super::{find, send};
use crate::api::{Fields, ResourceId, json};
use crate::apiserver::Patch;
use crate::kubectl::call::{Call, DryRun, Next};
use crate::kubectl::flags::Flags;
use crate::kubectl::output::{Formats, Printer};
use crate::kubectl::{Failure, resources};

/// The annotation whose change makes new pods.
const RESTARTED_AT: &str = "kubectl.kubernetes.io/restartedAt";

/// Runs the command.
pub fn restart(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let mut printer = Printer::of(flags, &call.terminal.files, Formats::Objects)?;
    let found = find(call, flags)?;
    let mut failures = found.failures;
    if found.infos.is_empty() && failures.is_empty() {
        let (namespace, _) = call.namespace(flags);
        call.console.error_line(format!("No resources found in {namespace} namespace."));
    }
    for info in &found.infos {
        let object = info.object();
        if !matches!(info.resource, ResourceId::DEPLOYMENTS | ResourceId::DAEMON_SETS | ResourceId::STATEFUL_SETS) {
            failures.push(Failure::from("restarting is not supported"));
            continue;
        }
        let name = format!("{} {:?}", info.resource.info().qualified(), info.name);
        if object.is_true("spec.paused") {
            let why = "can't restart paused deployment (run rollout resume first)";
            failures.push(Failure::Error(format!("{name} {why}")));
            continue;
        }
        let now = call.cluster.epoch().timestamp(call.cluster.now());
        let there = object.at("spec.template.metadata.annotations").and_then(|all| all.get(RESTARTED_AT));
        if there.and_then(|value| value.as_str()) == Some(now.as_str()) {
            failures.push(Failure::Error(format!(
                "{name} if restart has already been triggered within the past second, please wait before attempting \
                 to trigger another"
            )));
            continue;
        }
        let patch = json!({"spec": {"template": {"metadata": {"annotations": {RESTARTED_AT: now}}}}});
        match send(call, flags, info.resource, &object, Patch::Strategic(patch), DryRun::None) {
            Ok(new) => match &mut printer {
                Some(printer) => printer.print(call.console, new.value())?,
                None => call.console.line(format!("{} restarted", resources::object_name(&new))),
            },
            Err(failure) => failures.push(Failure::Error(format!("failed to patch: {}", failure.message()))),
        }
    }
    Failure::all(failures).map(|()| None)
}
