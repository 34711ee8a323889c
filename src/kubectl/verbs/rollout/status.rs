//! `kubectl rollout status`. Models pkg/polymorphichelpers/rollout_status.go.

use super::{find, revision};
use crate::api::{Fields, Object, ResourceId, Status};
use crate::clock::Time;
use crate::kubectl::Failure;
use crate::kubectl::builder::Info;
use crate::kubectl::call::{Call, Next, Step, Task};
use crate::kubectl::flags::Flags;

/// Runs the command.
pub fn status(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let found = find(call, flags)?;
    Failure::all(found.failures)?;
    if found.infos.is_empty() {
        let (namespace, _) = call.namespace(flags);
        call.console.error_line(format!("No resources found in {namespace} namespace."));
        return Ok(None);
    }
    if let Some(other) = found.infos.iter().find(|info| info.resource != ResourceId::DEPLOYMENTS) {
        let what = crate::kubectl::resources::group_version_kind(other.resource);
        return Err(Failure::Error(format!("no status viewer has been implemented for {what}")));
    }
    let timeout = flags.duration("timeout").filter(|timeout| !timeout.is_zero());
    Ok(Some(Box::new(Rollout {
        infos: found.infos,
        next: 0,
        seen: None,
        wanted: flags.int("revision").unwrap_or(0),
        watch: !flags.off("watch"),
        deadline: timeout.map(|timeout| call.cluster.now() + timeout),
    })))
}

/// Follows rollouts, one after the other.
struct Rollout {
    infos: Vec<Info>,
    next: usize,
    /// The version of the object whose state was printed last.
    seen: Option<u64>,
    wanted: i64,
    watch: bool,
    deadline: Option<Time>,
}

impl Task for Rollout {
    fn poll(&mut self, call: &mut Call<'_>) -> Result<Step, Failure> {
        while let Some(info) = self.infos.get(self.next) {
            let found = call.cluster.store().find(info.resource, &info.namespace, &info.name).cloned();
            let Some(object) = found else {
                if self.seen.is_some() {
                    return Err(Failure::from("object has been deleted"));
                }
                return Err(Status::not_found(info.resource, &info.name).into());
            };
            if self.seen != Some(object.resource_version()) {
                self.seen = Some(object.resource_version());
                let (text, done) = progress(&object, self.wanted)?;
                call.console.line(text);
                if done || !self.watch {
                    self.seen = None;
                    self.next += 1;
                    continue;
                }
            }
            if self.deadline.is_some_and(|deadline| call.cluster.now() >= deadline) {
                return Err(Failure::from("timed out waiting for the condition"));
            }
            return Ok(Step::Wait(self.deadline));
        }
        Ok(Step::Done)
    }
}

/// How far a Deployment's rollout is, and whether that is all the way.
fn progress(object: &Object, wanted: i64) -> Result<(String, bool), Failure> {
    let name = object.name();
    let number = |path: &str| object.int(path).unwrap_or(0);
    let running = revision(object);
    if wanted > 0 && wanted != running {
        return Err(Failure::Error(format!(
            "desired revision ({wanted}) is different from the running revision ({running})"
        )));
    }
    if number("metadata.generation") > number("status.observedGeneration") {
        return Ok(("Waiting for deployment spec update to be observed...".to_owned(), false));
    }
    let progressing = object.items("status.conditions").iter().find(|one| one.text("type") == "Progressing");
    if progressing.is_some_and(|one| one.text("reason") == "ProgressDeadlineExceeded") {
        return Err(Failure::Error(format!("deployment {name:?} exceeded its progress deadline")));
    }
    let (replicas, updated) = (number("status.replicas"), number("status.updatedReplicas"));
    let (wanted, available) = (object.int("spec.replicas").unwrap_or(1), number("status.availableReplicas"));
    let waiting = format!("Waiting for deployment {name:?} rollout to finish:");
    Ok(if updated < wanted {
        (format!("{waiting} {updated} out of {wanted} new replicas have been updated..."), false)
    } else if replicas > updated {
        (format!("{waiting} {} old replicas are pending termination...", replicas - updated), false)
    } else if available < updated {
        (format!("{waiting} {available} of {updated} updated replicas are available..."), false)
    } else {
        (format!("deployment {name:?} successfully rolled out"), true)
    })
}
