//! `kubectl drain`. Models kubectl pkg/cmd/drain and pkg/drain.

use super::delete::{Gone, has_finished};
use super::node::{mark, nodes};
use crate::api::{Fields, Object, ResourceId, Selector, Status};
use crate::apiserver::{DeleteOptions, Request, Verb};
use crate::clock::Time;
use crate::kubectl::Failure;
use crate::kubectl::builder::Info;
use crate::kubectl::call::{Call, DryRun, Next, Step, Task, key};
use crate::kubectl::flags::Flags;
use std::collections::VecDeque;
use std::time::Duration;

/// How long is waited without `--timeout`.
const WEEK: Duration = Duration::from_secs(168 * 3600);

/// Runs the verb.
pub fn drain(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let dry_run = DryRun::of(flags)?;
    if Selector::parse(flags.text("pod-selector")).is_err() {
        return Err(Failure::from("--pod-selector=<pod_selector> must be a valid label selector"));
    }
    let infos = nodes(call, flags, "drain")?;
    for info in &infos {
        mark(call, flags, info, true, dry_run)?;
    }
    let nodes = infos.into();
    Ok(Some(Box::new(Draining { flags: flags.clone(), dry_run, nodes, now: None, failed: Vec::new() })))
}

/// What is said of pods, each with their names.
type Reasons = Vec<(String, Vec<String>)>;

/// What a pod's state means for draining its node. Models pkg/drain/filters.go.
enum Verdict {
    Goes,
    /// Goes or stays, with a warning.
    Warned(bool, String),
    Cannot(String),
}

fn verdict(call: &Call<'_>, flags: &Flags, pod: &Info) -> Verdict {
    let object = pod.object();
    if object.annotation("kubernetes.io/config.mirror").is_some() {
        return Verdict::Warned(false, String::new());
    }
    if has_finished(pod) {
        return Verdict::Goes;
    }
    let owner = object.controller();
    let mut said = Verdict::Goes;
    if let Some(name) = owner.filter(|owner| owner.text("kind") == "DaemonSet").map(|owner| owner.text("name")) {
        if call.cluster.store().find(ResourceId::DAEMON_SETS, object.namespace(), name).is_some() {
            return if flags.on("ignore-daemonsets") {
                Verdict::Warned(false, "ignoring DaemonSet-managed Pods".to_owned())
            } else {
                Verdict::Cannot("DaemonSet-managed Pods (use --ignore-daemonsets to ignore)".to_owned())
            };
        }
        let missing = Status::not_found(ResourceId::DAEMON_SETS, name).message;
        if !flags.on("force") {
            return Verdict::Cannot(missing);
        }
        said = Verdict::Warned(true, missing);
    }
    if object.items("spec.volumes").iter().any(|volume| volume.at("emptyDir").is_some()) {
        if !flags.on("delete-emptydir-data") {
            return Verdict::Cannot("Pods with local storage (use --delete-emptydir-data to override)".to_owned());
        }
        said = Verdict::Warned(true, "deleting Pods with local storage".to_owned());
    }
    match (owner.is_some(), flags.on("force")) {
        // The last filter's word counts, and this one has nothing to say of pods that somebody manages.
        (true, _) => match said {
            Verdict::Warned(..) => Verdict::Goes,
            said => said,
        },
        (false, true) => Verdict::Warned(true, "deleting Pods that declare no controller".to_owned()),
        (false, false) => {
            Verdict::Cannot("cannot delete Pods that declare no controller (use --force to override)".to_owned())
        }
    }
}

/// The pods that leave the node, with what is warned of, or why they cannot. Models GetPodsForDeletion.
fn leaving(call: &Call<'_>, flags: &Flags, node: &str) -> Result<(Vec<Info>, String), Vec<String>> {
    let selector = Selector::parse(flags.text("pod-selector")).unwrap_or_default();
    let mut pods = Vec::new();
    let (mut warned, mut wrong) = (Reasons::new(), Reasons::new());
    let add = |all: &mut Reasons, why: String, name: String| match all.iter_mut().find(|(one, _)| *one == why) {
        Some((_, names)) => names.push(name),
        None => all.push((why, vec![name])),
    };
    for pod in call.cluster.store().list(ResourceId::PODS, None) {
        if pod.text("spec.nodeName") != node || !selector.selects(pod) {
            continue;
        }
        let info = Info::of(ResourceId::PODS, pod);
        let name = format!("{}/{}", pod.namespace(), pod.name());
        match verdict(call, flags, &info) {
            Verdict::Goes => pods.push(info),
            Verdict::Warned(goes, why) => {
                pods.extend(goes.then_some(info));
                if !why.is_empty() {
                    add(&mut warned, why, name);
                }
            }
            Verdict::Cannot(why) => add(&mut wrong, why, name),
        }
    }
    let said = |(why, names): &(String, Vec<String>)| format!("{why}: {}", names.join(", "));
    if wrong.is_empty() {
        return Ok((pods, warned.iter().map(said).collect::<Vec<_>>().join("; ")));
    }
    let refused = |one: &(String, Vec<String>)| {
        let text = said(one);
        if text.starts_with("cannot delete") { text } else { format!("cannot delete {text}") }
    };
    Err(wrong.iter().map(refused).collect())
}

/// Several reasons as one. Models utilerrors.Aggregate.
fn joined(reasons: &[String]) -> String {
    match reasons {
        [one] => one.clone(),
        several => format!("[{}]", several.join(", ")),
    }
}

/// Drains one node after the other.
struct Draining {
    flags: Flags,
    dry_run: DryRun,
    nodes: VecDeque<Info>,
    /// The node that is being drained.
    now: Option<Leaving>,
    /// The nodes that could not be drained, and why.
    failed: Vec<(String, Vec<String>)>,
}

/// The pods that leave a node.
struct Leaving {
    node: Info,
    pods: Vec<Info>,
    gone: Gone,
}

impl Draining {
    /// Sends the pods of a node away. Models deleteOrEvictPodsSimple.
    fn begin(&mut self, call: &mut Call<'_>, node: Info) -> Result<(), Failure> {
        let (pods, warnings) = match leaving(call, &self.flags, &node.name) {
            Ok(found) => found,
            Err(why) => {
                self.fail(call, &node, why);
                return Ok(());
            }
        };
        if !warnings.is_empty() {
            call.console.error_line(format!("Warning: {warnings}"));
        }
        let evicting = !self.flags.on("disable-eviction");
        for pod in &pods {
            if evicting || self.dry_run == DryRun::Client {
                let suffix = self.dry_run.suffix();
                call.console.line(format!("evicting pod {}/{}{suffix}", pod.namespace, pod.name));
            }
            if self.dry_run == DryRun::None {
                let grace = self.flags.int("grace-period").filter(|grace| *grace >= 0);
                let what = DeleteOptions { propagation: "", grace, uid: Some(pod.object().uid().to_owned()) };
                call.request(&Request::new(key(ResourceId::PODS, &pod.namespace, &pod.name), Verb::Delete(what)))?;
            }
        }
        let timeout = self.flags.duration("timeout").filter(|timeout| !timeout.is_zero()).unwrap_or(WEEK);
        let deadline = call.cluster.now() + timeout;
        let waited = if self.dry_run == DryRun::None { pods.as_slice() } else { &[] };
        let waited = waited.iter().map(|pod| (pod.clone(), pod.object().uid().to_owned())).collect();
        self.now = Some(Leaving { node, pods, gone: Gone { waited, deadline } });
        Ok(())
    }

    fn fail(&mut self, call: &mut Call<'_>, node: &Info, why: Vec<String>) {
        let (name, text) = (&node.name, joined(&why));
        call.console
            .error_line(format!("error: unable to drain node {name:?} due to error: {text}, continuing command..."));
        self.failed.push((name.clone(), why));
    }

    /// How far the node is: `None` when it is done with, otherwise until when is waited.
    fn go_on(&mut self, call: &mut Call<'_>, mut leaving: Leaving) -> Option<Time> {
        let evicting = !self.flags.on("disable-eviction");
        let verb = if evicting { "evicted" } else { "deleted" };
        let waiting = leaving.gone.remaining(call).is_some();
        let there = |pod: &Object| leaving.gone.waited.iter().any(|(_, uid)| uid == pod.uid());
        if self.dry_run == DryRun::None {
            leaving.pods.retain(|pod| {
                let still = there(&pod.object());
                if !still {
                    call.console.line(format!("pod/{} {verb}", pod.name));
                }
                still
            });
        }
        let deadline = leaving.gone.deadline;
        if !waiting {
            call.console.line(format!("node/{} drained{}", leaving.node.name, self.dry_run.suffix()));
            return None;
        }
        if call.cluster.now() < deadline {
            self.now = Some(leaving);
            return Some(deadline);
        }
        let timeout = format!("global timeout reached: {}", go_duration(&self.flags));
        let late = |pod: &Info| {
            let (name, namespace) = (&pod.name, &pod.namespace);
            format!("error when waiting for pod {name:?} in namespace {namespace:?} to terminate: {timeout}")
        };
        let why: Vec<String> = if evicting { leaving.pods.iter().map(late).collect() } else { vec![timeout.clone()] };
        let node = &leaving.node;
        call.console.error_line(format!(
            "There are pending pods in node {:?} when an error occurred: {}",
            node.name,
            joined(&why)
        ));
        for pod in &leaving.pods {
            call.console.error_line(format!("pod/{}", pod.name));
        }
        self.fail(call, node, why);
        None
    }
}

/// The timeout as Go prints it: `1m0s`.
fn go_duration(flags: &Flags) -> String {
    let time = flags.duration("timeout").unwrap_or_default();
    let (hours, minutes) = (time.as_secs() / 3600, time.as_secs() / 60 % 60);
    let seconds = time.as_secs_f64() % 60.0;
    match (hours, minutes) {
        (0, 0) if seconds < 1.0 => format!("{}ms", seconds * 1e3),
        (0, 0) => format!("{seconds}s"),
        (0, minutes) => format!("{minutes}m{seconds}s"),
        (hours, minutes) => format!("{hours}h{minutes}m{seconds}s"),
    }
}

impl Task for Draining {
    fn poll(&mut self, call: &mut Call<'_>) -> Result<Step, Failure> {
        loop {
            if let Some(leaving) = self.now.take() {
                if let Some(until) = self.go_on(call, leaving) {
                    return Ok(Step::Wait(Some(until)));
                }
            } else if let Some(node) = self.nodes.pop_front() {
                self.begin(call, node)?;
            } else {
                break;
            }
        }
        if self.failed.is_empty() {
            return Ok(Step::Done);
        }
        call.console.error_line("There are pending nodes to be drained:");
        for (name, _) in &self.failed {
            call.console.error_line(format!(" {name}"));
        }
        // kubectl unwraps one layer: the reasons of one node stand alone, those of several in brackets.
        let reasons = match self.failed.as_slice() {
            [(_, why)] => why.clone(),
            several => several.iter().map(|(_, why)| joined(why)).collect(),
        };
        Err(Failure::Raw(reasons.join("\n")))
    }
}
