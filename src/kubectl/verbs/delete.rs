//! `kubectl delete`. Models kubectl pkg/cmd/delete.

use super::raw;
use crate::api::{Fields, ResourceId};
use crate::apiserver::{DeleteOptions, Request, Verb};
use crate::clock::Time;
use crate::kubectl::builder::{Found, Info, Query};
use crate::kubectl::call::{Call, DryRun, Next, Step, Task, key, options};
use crate::kubectl::exec::Program;
use crate::kubectl::flags::Flags;
use crate::kubectl::{Failure, resources};
use std::time::Duration;

/// How long a deletion is waited for without `--timeout`: a week.
const WEEK: Duration = Duration::from_secs(168 * 3600);

/// From the last deletion of a kind to the list of the next.
const NEXT_KIND: Duration = Duration::from_millis(35);

const FORCE_WARNING: &str = "Immediate deletion does not wait for confirmation that the running resource has been \
                             terminated. The resource may continue to run on the cluster indefinitely.";

/// What the flags say about how to delete.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    propagation: &'static str,
    grace: Option<i64>,
    dry_run: DryRun,
    ignore_not_found: bool,
    names_only: bool,
}

impl Manner {
    /// Reads the flags; the error is about flags that do not fit together.
    fn of(flags: &Flags) -> Result<Manner, Failure> {
        let propagation = match flags.get("cascade") {
            None | Some("background" | "true") => "Background",
            Some("foreground") => "Foreground",
            Some("orphan" | "false") => "Orphan",
            Some(other) => {
                return Err(Failure::Error(format!(
                    "invalid cascade value ({other}). Must be \"background\", \"foreground\", or \"orphan\""
                )));
            }
        };
        let dry_run = DryRun::of(flags)?;
        let force = flags.on("force");
        let mut grace = flags.int("grace-period").unwrap_or(-1);
        if flags.on("now") {
            if grace >= 0 {
                return Err(Failure::from("--now and --grace-period cannot be specified together"));
            }
            grace = 1;
        }
        if grace == 0 && !force {
            // To prevent accidental loss, kubectl waits a second unless it is forced.
            grace = 1;
        }
        if force && grace < 0 {
            grace = 0;
        }
        if flags.on("all") && flags.given("field-selector") {
            return Err(Failure::from("cannot set --all and --field-selector at the same time"));
        }
        if grace > 0 && force {
            return Err(Failure::from("--force and --grace-period greater than 0 cannot be specified together"));
        }
        let output = flags.text("output");
        if !matches!(output, "" | "name") {
            return Err(Failure::Error(format!("unexpected -o output mode: {output}. We only support '-o name'")));
        }
        Ok(Manner {
            propagation,
            grace: (grace >= 0).then_some(grace),
            dry_run,
            ignore_not_found: flags.on("ignore-not-found"),
            names_only: output == "name",
        })
    }

    /// As `kubectl replace --force` deletes.
    pub fn for_replacing(grace: Option<i64>) -> Manner {
        Manner { propagation: "Background", grace, dry_run: DryRun::None, ignore_not_found: true, names_only: false }
    }
}

/// `-i`: shows what would be deleted, and deletes it when the answer is yes. Models DeleteOptions' confirmation.
fn ask(call: &mut Call<'_>, flags: &Flags, found: &Found) -> Result<Next, Failure> {
    if found.infos.is_empty() {
        call.console.line("No resources found");
        return Ok(None);
    }
    call.console.line(format!("You are about to delete the following {} resource(s):", found.infos.len()));
    for info in &found.infos {
        call.console.line(format!("{}/{}", resources::qualified_kind(info.resource), info.name));
    }
    call.console.out("Do you want to continue? (y/N): ");
    let question = Program::new(
        call.console.input.clone(),
        |_, io| {
            Box::pin(async move {
                let answer = io.input.line().await.unwrap_or_default();
                i32::from(!answer.split_whitespace().next().is_some_and(|word| word.eq_ignore_ascii_case("y")))
            })
        },
        |_, code| if code == 0 { Ok(()) } else { Err(Failure::Exit(code)) },
    );
    Ok(Some(Box::new(Asked { question, flags: flags.clone(), deletion: None })))
}

/// Waits for the answer, then for the deletion.
struct Asked {
    question: Program,
    flags: Flags,
    deletion: Next,
}

impl Task for Asked {
    fn poll(&mut self, call: &mut Call<'_>) -> Result<Step, Failure> {
        if let Some(deletion) = &mut self.deletion {
            return deletion.poll(call);
        }
        match self.question.poll(call) {
            Ok(Step::Wait(until)) => return Ok(Step::Wait(until)),
            Ok(Step::Done) => {}
            Err(_) => {
                call.console.line("deletion is cancelled");
                return Ok(Step::Done);
            }
        }
        self.deletion = perform(call, &self.flags, true)?;
        self.deletion.as_mut().map_or(Ok(Step::Done), |deletion| deletion.poll(call))
    }
}

/// Runs the verb.
pub fn delete(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    perform(call, flags, false)
}

fn perform(call: &mut Call<'_>, flags: &Flags, confirmed: bool) -> Result<Next, Failure> {
    if let Some(uri) = flags.get("raw").filter(|uri| !uri.is_empty()) {
        return raw::delete(call, flags, uri);
    }
    let manner = Manner::of(flags)?;
    let query = Query { names_only: true, ..Query::of(call, flags, &flags.args) };
    // The line is checked as a whole, but kinds are listed one after the other: what hangs on the objects of one is
    // mostly gone when the next is asked for.
    let found = query.find(call)?;
    if flags.on("interactive") && manner.dry_run == DryRun::None && !confirmed {
        return ask(call, flags, &found);
    }
    if manner.grace == Some(0) {
        call.console.warn(FORCE_WARNING);
    }
    let kinds: Vec<String> = match flags.args.as_slice() {
        [kinds] if flags.list("filename").is_empty() && !kinds.contains('/') => {
            resources::find_all(kinds)?.iter().map(|kind| kind.info().qualified()).collect()
        }
        _ => Vec::new(),
    };
    let (mut gone, mut failures, mut none) = (Vec::new(), Vec::new(), true);
    let mut delete = |call: &mut Call<'_>, found: Found| -> Result<(), Failure> {
        for info in found.in_order() {
            match info {
                Ok(info) => {
                    none = false;
                    gone.extend(delete_all(call, flags, &[info], manner, &mut failures)?);
                }
                Err(failure) if manner.ignore_not_found && failure.is_not_found() => {}
                Err(failure) => failures.push(failure),
            }
        }
        Ok(())
    };
    if kinds.len() > 1 {
        for kind in &kinds {
            let found = Query { args: std::slice::from_ref(kind), ..query.clone() }.find(call)?;
            delete(call, found)?;
            call.cluster.run_for(NEXT_KIND);
        }
    } else {
        delete(call, found)?;
    }
    Failure::all(failures)?;
    if none {
        call.console.line("No resources found");
        return Ok(None);
    }
    if flags.off("wait") || manner.dry_run != DryRun::None {
        return Ok(None);
    }
    let timeout = flags.duration("timeout").filter(|timeout| !timeout.is_zero()).unwrap_or(WEEK);
    Ok(Some(Box::new(Gone { waited: gone, deadline: call.cluster.now() + timeout })))
}

/// Deletes the objects and says so; gives those that the cluster is still busy with.
pub fn delete_all(
    call: &mut Call<'_>,
    flags: &Flags,
    infos: &[Info],
    manner: Manner,
    failures: &mut Vec<Failure>,
) -> Result<Vec<(Info, String)>, Failure> {
    let mut gone = Vec::new();
    for info in infos {
        if manner.dry_run != DryRun::Client {
            let uid = call.cluster.store().find(info.resource, &info.namespace, &info.name);
            let uid = uid.map(|object| object.uid().to_owned()).unwrap_or_default();
            let what = DeleteOptions { propagation: manner.propagation, grace: manner.grace, uid: None };
            let mut request = Request::new(key(info.resource, &info.namespace, &info.name), Verb::Delete(what));
            request.options = options(flags, "kubectl-delete", manner.dry_run)?;
            if let Err(failure) = call.request(&request) {
                if !(manner.ignore_not_found && failure.is_not_found()) {
                    failures.push(failure.when("deleting", &info.source));
                }
                continue;
            }
            gone.push((info.clone(), uid));
        }
        let kind = resources::qualified_kind(info.resource);
        if manner.names_only {
            call.console.line(format!("{kind}/{}", info.name));
            continue;
        }
        let force = if manner.grace == Some(0) { "force " } else { "" };
        let from =
            if info.resource.info().namespaced { format!(" from {} namespace", info.namespace) } else { String::new() };
        call.console.line(format!("{kind} {:?} {force}deleted{from}{}", info.name, manner.dry_run.suffix()));
    }
    Ok(gone)
}

/// Waits until objects are gone, or others have taken their names.
pub struct Gone {
    /// The objects, with the uids that they had.
    pub waited: Vec<(Info, String)>,
    /// When the waiting ends.
    pub deadline: Time,
}

impl Gone {
    /// What is still there.
    pub fn remaining(&mut self, call: &Call<'_>) -> Option<&Info> {
        let store = call.cluster.store();
        self.waited.retain(|(info, uid)| {
            store.find(info.resource, &info.namespace, &info.name).is_some_and(|object| object.uid() == uid)
        });
        self.waited.first().map(|(info, _)| info)
    }
}

impl Task for Gone {
    fn poll(&mut self, call: &mut Call<'_>) -> Result<Step, Failure> {
        let (deadline, now) = (self.deadline, call.cluster.now());
        match self.remaining(call) {
            None => Ok(Step::Done),
            Some(_) if now < deadline => Ok(Step::Wait(Some(deadline))),
            Some(_) => {
                let late = |(info, _): &(Info, String)| {
                    Failure::Error(format!("timed out waiting for the condition on {}", info.plural_name()))
                };
                Failure::all(self.waited.iter().map(late).collect()).map(|()| Step::Done)
            }
        }
    }
}

/// Whether a pod has ended by itself.
pub fn has_finished(info: &Info) -> bool {
    info.resource == ResourceId::PODS && matches!(info.object().text("status.phase"), "Succeeded" | "Failed")
}
