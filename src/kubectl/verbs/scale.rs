//! `kubectl scale`. Models kubectl pkg/cmd/scale.

use crate::api::{Fields, ResourceId, Subresource, json};
use crate::apiserver::{Patch, Request, Verb};
use crate::clock::Time;
use crate::kubectl::builder::{Info, Query};
use crate::kubectl::call::{Call, DryRun, Next, Step, Task, done, key, no_such_endpoint, options};
use crate::kubectl::flags::Flags;
use crate::kubectl::output::{Formats, Printer};
use crate::kubectl::{Failure, record};

/// Runs the verb.
pub fn scale(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let dry_run = DryRun::of(flags)?;
    let replicas = flags.int("replicas").unwrap_or(-1);
    if replicas < 0 {
        return Err(Failure::from(
            "The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0",
        ));
    }
    let current = flags.int("current-replicas").unwrap_or(-1);
    if current < -1 {
        return Err(Failure::from("The --current-replicas must specify an integer of -1 or greater"));
    }
    let mut printer = Printer::of(flags, &call.terminal.files, Formats::Objects)?;
    let query = Query { latest: true, ..Query::of(call, flags, &flags.args) };
    let found = query.find(call)?;
    let version = flags.text("resource-version");
    if !version.is_empty() && found.infos.len() > 1 {
        return Err(Failure::from("cannot use --resource-version with multiple resources"));
    }
    let mut failures = found.failures;
    let mut scaled = Vec::new();
    for info in &found.infos {
        match scale_one(call, flags, info, replicas, current, dry_run) {
            Ok(()) => {
                scaled.push(info.clone());
                if let Some(printer) = &mut printer {
                    let object = call.get(info.resource, &info.namespace, &info.name)?;
                    printer.print(call.console, object.value())?;
                } else {
                    call.console.line(done(&info.object(), "scaled", dry_run));
                }
            }
            Err(failure) => failures.push(failure),
        }
    }
    Failure::all(failures)?;
    if found.infos.is_empty() {
        return Err(Failure::from("no objects passed to scale"));
    }
    let wait = flags.duration("timeout").filter(|timeout| !timeout.is_zero() && dry_run == DryRun::None);
    Ok(wait.map(|timeout| -> Box<dyn Task> {
        Box::new(Scaling { infos: scaled, replicas, deadline: call.cluster.now() + timeout })
    }))
}

fn scale_one(
    call: &mut Call<'_>,
    flags: &Flags,
    info: &Info,
    replicas: i64,
    current: i64,
    dry_run: DryRun,
) -> Result<(), Failure> {
    if !is_scalable(info.resource) {
        return Err(no_such_endpoint());
    }
    let object = call.get(info.resource, &info.namespace, &info.name)?;
    let there = object.int("spec.replicas").unwrap_or(0);
    if current >= 0 && current != there {
        return Err(Failure::Error(format!("Expected replicas to be {current}, was {there}")));
    }
    let version = flags.text("resource-version");
    let own = object.text("metadata.resourceVersion");
    if !version.is_empty() && version != own {
        return Err(Failure::Error(format!("Expected resource version to be {version}, was {own}")));
    }
    if dry_run == DryRun::Client {
        return Ok(());
    }
    let body = json!({"spec": {"replicas": replicas}});
    let key = key(info.resource, &info.namespace, &info.name);
    let mut request = Request::new(key, Verb::Patch(Patch::Merge(body))).to("scale");
    request.options = options(flags, "kubectl", dry_run)?;
    call.write(&request)?;
    record::send(call, flags, info, "", object, "kubectl", dry_run);
    Ok(())
}

/// Whether objects of the kind have a scale.
pub fn is_scalable(resource: ResourceId) -> bool {
    Subresource::named(resource, "scale").is_some()
}

/// `--timeout`: waits until there are as many pods as wanted.
struct Scaling {
    infos: Vec<Info>,
    replicas: i64,
    deadline: Time,
}

impl Task for Scaling {
    fn poll(&mut self, call: &mut Call<'_>) -> Result<Step, Failure> {
        let store = call.cluster.store();
        let all = self.infos.iter().all(|info| {
            store.find(info.resource, &info.namespace, &info.name).is_none_or(|object| {
                object.int("spec.replicas") == Some(self.replicas)
                    && object.int("status.replicas").unwrap_or(0) == self.replicas
            })
        });
        if all {
            Ok(Step::Done)
        } else if call.cluster.now() >= self.deadline {
            Err(Failure::from("timed out waiting for the condition"))
        } else {
            Ok(Step::Wait(Some(self.deadline)))
        }
    }
}
