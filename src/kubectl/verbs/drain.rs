//! `kubectl drain`. Models kubectl pkg/drain.

use super::delete::{Gone, has_finished};
use super::node::{mark, nodes};
use crate::api::{Fields, Object, ResourceId, Selector};
use crate::apiserver::{DeleteOptions, Request, Verb};
use crate::kubectl::Failure;
use crate::kubectl::builder::Info;
use crate::kubectl::call::{Call, DryRun, Next, Step, Task, key};
use crate::kubectl::flags::Flags;
use std::time::Duration;

/// How long is waited without `--timeout`.
const WEEK: Duration = Duration::from_secs(168 * 3600);

/// Runs the verb.
pub fn drain(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let dry_run = DryRun::of(flags)?;
    let infos = nodes(call, flags, "drain")?;
    for info in &infos {
        mark(call, flags, info, true, dry_run)?;
    }
    let mut draining = Vec::new();
    for info in infos {
        let pods = match evictable(call, flags, &info.name) {
            Ok(pods) => pods,
            Err(why) => {
                let name = &info.name;
                call.console.error_line(format!(
                    "error: unable to drain node {name:?} due to error: {why}, continuing command..."
                ));
                call.console.error_line(format!("There are pending nodes to be drained:\n {name}\n{why}"));
                return Err(Failure::Exit(1));
            }
        };
        for pod in &pods {
            if dry_run == DryRun::Client {
                let object = pod.object();
                call.console.line(format!("evicting pod {}/{} (dry run)", object.namespace(), object.name()));
                continue;
            }
            call.console.error_line(format!("evicting pod {}/{}", pod.namespace, pod.name));
            let grace = flags.int("grace-period").filter(|grace| *grace >= 0);
            let what = DeleteOptions { propagation: "", grace, uid: Some(pod.object().uid().to_owned()) };
            call.request(&Request::new(key(ResourceId::PODS, &pod.namespace, &pod.name), Verb::Delete(what)))?;
        }
        let waited = pods.iter().map(|pod| (pod.clone(), pod.object().uid().to_owned())).collect();
        draining.push((info, pods, waited));
    }
    if dry_run != DryRun::None {
        for (info, ..) in &draining {
            call.console.line(format!("node/{} drained{}", info.name, dry_run.suffix()));
        }
        return Ok(None);
    }
    let timeout = flags.duration("timeout").filter(|timeout| !timeout.is_zero()).unwrap_or(WEEK);
    let deadline = call.cluster.now() + timeout;
    let nodes = draining.into_iter().map(|(info, pods, waited)| (info, pods, Gone { waited, deadline })).collect();
    Ok(Some(Box::new(Draining { nodes })))
}

/// The pods that leave the node, or why they cannot. Models pkg/drain/filters.go.
fn evictable(call: &mut Call<'_>, flags: &Flags, node: &str) -> Result<Vec<Info>, String> {
    let (mut pods, mut bare, mut daemons, mut warned) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let selector = Selector::parse(flags.text("pod-selector"))?;
    let all: Vec<_> = call.cluster.store().list(ResourceId::PODS, None).cloned().collect();
    for pod in all {
        if pod.text("spec.nodeName") != node || !selector.selects(&pod) {
            continue;
        }
        let name = format!("{}/{}", pod.namespace(), pod.name());
        let owner = pod.controller().map(|owner| owner.text("kind").to_owned());
        let info = Info::of(ResourceId::PODS, &pod);
        match owner.as_deref() {
            Some("DaemonSet") if flags.on("ignore-daemonsets") => warned.push(name),
            Some("DaemonSet") => daemons.push(name),
            Some(_) => pods.push(info),
            None if has_finished(&info) || flags.on("force") => pods.push(info),
            None => bare.push(name),
        }
    }
    if !warned.is_empty() {
        call.console.error_line(format!("Warning: ignoring DaemonSet-managed Pods: {}", warned.join(", ")));
    }
    let unmanaged = |pod: &&Info| pod.object().controller().is_none() && !has_finished(pod);
    let forced: Vec<String> =
        pods.iter().filter(unmanaged).map(|pod: &Info| format!("{}/{}", pod.namespace, pod.name)).collect();
    if !forced.is_empty() {
        call.console.error_line(format!("Warning: deleting Pods that declare no controller: {}", forced.join(", ")));
    }
    let mut wrong = Vec::new();
    if !daemons.is_empty() {
        wrong.push(format!(
            "cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore): {}",
            daemons.join(", ")
        ));
    }
    if !bare.is_empty() {
        wrong.push(format!(
            "cannot delete cannot delete Pods that declare no controller (use --force to override): {}",
            bare.join(", ")
        ));
    }
    match wrong.len() {
        0 => Ok(pods),
        1 => Err(wrong.swap_remove(0)),
        _ => Err(format!("[{}]", wrong.join(", "))),
    }
}

/// Waits until the pods of each node are gone.
struct Draining {
    nodes: Vec<(Info, Vec<Info>, Gone)>,
}

impl Task for Draining {
    fn poll(&mut self, call: &mut Call<'_>) -> Result<Step, Failure> {
        while let Some((node, pods, gone)) = self.nodes.first_mut() {
            let waiting = gone.poll(call)?;
            let there = |pod: &Object| gone.waited.iter().any(|(_, uid)| uid == pod.uid());
            pods.retain(|pod| {
                let still = there(&pod.object());
                if !still {
                    call.console.line(format!("pod/{} evicted", pod.name));
                }
                still
            });
            if let Step::Wait(until) = waiting {
                return Ok(Step::Wait(until));
            }
            call.console.line(format!("node/{} drained", node.name));
            self.nodes.remove(0);
        }
        Ok(Step::Done)
    }
}
