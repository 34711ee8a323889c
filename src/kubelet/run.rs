//! A pod's life on its node: the sandbox with its address, the containers one after the other, probes, the end.
//!
//! [`Run::advance`] brings the pod from where it was to what is true now, and says when it has to be called next.

use super::addresses::Range;
use super::container::{Container, Ending, Kind, State};
use super::env::Environment;
use super::images;
use super::ports::{Port, Transport};
use super::probes::Probe;
use super::sim::{Fate, Sim};
use super::start::start;
use super::timing::Timing;
use crate::api::{Fields, Object, pod};
use crate::clock::Time;
use crate::order::SortedSet;
use std::net::Ipv4Addr;
use std::time::Duration;

/// Makes the environment of a container that is started in a pod with this address; the error says what is missing.
pub type MakeEnvironment<'a> = dyn Fn(&Container, Option<Ipv4Addr>) -> Result<Environment, String> + 'a;

/// What the pods of a node share.
#[derive(Clone, Debug)]
pub struct Shared {
    /// The addresses for pods.
    pub range: Range,
    /// How long things take.
    pub timing: Timing,
    /// The images that are there.
    pub(super) images: SortedSet<String>,
    /// When the pull under way will have ended. There is one at a time.
    pub(super) pulling_until: Time,
}

impl Shared {
    /// A node without images.
    pub fn new(range: Range, timing: Timing) -> Shared {
        Shared { range, timing, images: SortedSet::new(), pulling_until: Time::ZERO }
    }
}

/// A pod on its node.
#[derive(Clone, Debug)]
pub struct Run {
    /// The pod's uid: a pod of the same name made later is another one.
    pub uid: String,
    /// When the kubelet saw it.
    pub seen: Time,
    /// Its own address; `None` before it has one, and for pods on their node's network.
    pub address: Option<Ipv4Addr>,
    /// Whether its sandbox is there: containers can be started.
    pub has_sandbox: bool,
    /// Its containers, init containers first, ephemeral ones last.
    pub containers: Vec<Container>,
    /// Where its running containers listen: container and port.
    pub listening: Vec<(String, Port)>,
    /// Since when it is being ended.
    stopping: Option<Time>,
    fate: Fate,
}

/// Something worth an Event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The container that it is about: `spec.containers{web}`.
    pub field_path: String,
    /// A `Warning`.
    pub warning: bool,
    /// `Pulled`, `Killing`, ...
    pub reason: &'static str,
    /// The text.
    pub message: String,
}

/// What came of a step.
#[derive(Clone, Debug, Default)]
pub struct Step {
    /// What happened.
    pub notices: Vec<Notice>,
    /// When to look again.
    pub next: Option<Time>,
    /// Whether the pod has ended and can be removed.
    pub gone: bool,
}

impl Step {
    /// Tells something about a container.
    pub(super) fn tell(&mut self, container: &Container, warning: bool, reason: &'static str, message: String) {
        let field_path = format!("spec.{}{{{}}}", container.kind.list(), container.name);
        self.notices.push(Notice { field_path, warning, reason, message });
    }

    /// Looks again then, or earlier.
    pub(super) fn look_at(&mut self, at: Time) {
        self.next = Some(self.next.map_or(at, |next| next.min(at)));
    }
}

impl Run {
    /// A pod that the kubelet sees for the first time.
    pub fn new(pod: &Object, now: Time) -> Run {
        Run {
            uid: pod.uid().to_owned(),
            seen: now,
            address: None,
            has_sandbox: false,
            containers: Container::all_of(pod, now),
            listening: Vec::new(),
            stopping: None,
            fate: Fate::Running,
        }
    }

    /// Does what is due by `now`. `env` makes the environment of a container that is started.
    pub fn advance(&mut self, pod: &Object, shared: &mut Shared, now: Time, env: &MakeEnvironment<'_>) -> Step {
        let mut step = Step::default();
        let sim = Sim::of(pod);
        if pod.is_being_deleted() && self.stopping.is_none() {
            self.stopping = Some(now);
            for container in self.containers.iter().filter(|container| container.running_since().is_some()) {
                step.tell(container, false, "Killing", format!("Stopping container {}", container.name));
            }
        }
        self.prepare(pod, &sim, shared, now, &mut step);
        self.follow_images(pod, &shared.timing, now, &mut step);
        self.take_ephemeral(pod, now);
        if self.has_sandbox {
            self.start_ephemeral(pod, shared, now, env, &mut step);
            let ready_for_main = self.start_containers(&sim, shared, now, env, &mut step);
            if ready_for_main && sim.fate != Fate::Running {
                self.suffer(&sim, pod, now, &mut step);
                self.fate = sim.fate;
            }
        }
        if matches!(sim.fate, Fate::Running | Fate::ContainerCreating) {
            self.fate = sim.fate;
        }
        self.listen(&sim);
        if shared.timing.lively {
            self.probe(pod, &sim, shared, now, &mut step);
        } else {
            self.judge_by_ports(&sim, now, &mut step);
        }
        if let Some(since) = self.stopping {
            let end = since + self.time_to_stop(pod, &sim, &shared.timing);
            if end <= now {
                step.gone = true;
            } else {
                step.look_at(end);
            }
        }
        step
    }

    /// The sandbox and the address.
    fn prepare(&mut self, pod: &Object, sim: &Sim, shared: &mut Shared, now: Time, step: &mut Step) {
        if sim.fate == Fate::ContainerCreating {
            self.has_sandbox = false;
            self.give_back(&mut shared.range);
            for container in self.containers.iter_mut().filter(|container| container.running_since().is_some()) {
                container.wait("ContainerCreating", String::new(), now);
            }
            return;
        }
        if self.has_sandbox || self.stopping.is_some() {
            return;
        }
        let ready = self.seen + shared.timing.sandbox;
        if now < ready {
            step.look_at(ready);
        } else if pod::is_on_host_network(pod) {
            self.has_sandbox = true;
        } else {
            self.address = shared.range.take();
            self.has_sandbox = self.address.is_some();
        }
    }

    /// Restarts containers whose image was changed: all that a running pod's manifest may change of them.
    fn follow_images(&mut self, pod: &Object, timing: &Timing, now: Time, step: &mut Step) {
        let specs = pod::containers(pod).iter().chain(pod.items("spec.initContainers"));
        for spec in specs {
            let container = self.containers.iter_mut().find(|container| container.name == spec.text("name"));
            let Some(container) = container.filter(|container| container.kind != Kind::Init) else { continue };
            if container.change_image(spec) && container.running_since().is_some() {
                let text = format!("Container {} definition changed, will be restarted", container.name);
                step.tell(container, false, "Killing", text);
                let due = now + if timing.lively { timing.stop } else { Duration::ZERO };
                container.restart(now, container.code_of_end(), due, None);
            }
        }
    }

    /// Takes in ephemeral containers that the pod was given since.
    fn take_ephemeral(&mut self, pod: &Object, now: Time) {
        for spec in pod.items("spec.ephemeralContainers") {
            if !self.containers.iter().any(|one| one.name == spec.text("name")) {
                self.containers.push(Container::ephemeral(pod, spec, now));
            }
        }
    }

    /// Starts ephemeral containers, once each, whatever the others do. Models computePodActions and SyncPod.
    fn start_ephemeral(
        &mut self,
        pod: &Object,
        shared: &mut Shared,
        now: Time,
        env: &MakeEnvironment<'_>,
        step: &mut Step,
    ) {
        if self.stopping.is_some() || matches!(pod.text("status.phase"), "Succeeded" | "Failed") {
            return;
        }
        let from = self.seen + shared.timing.sandbox;
        for container in self.containers.iter_mut().filter(|one| one.kind == Kind::Ephemeral && one.is_to_start()) {
            let runs = start(container, shared, from, now, self.address, env, step);
            if runs && container.reads_nothing {
                container.end(now, 0);
            }
        }
    }

    /// Starts what can be started, in order. Gives whether the turn has come to the main containers.
    fn start_containers(
        &mut self,
        sim: &Sim,
        shared: &mut Shared,
        now: Time,
        env: &MakeEnvironment<'_>,
        step: &mut Step,
    ) -> bool {
        let mut free_from = self.seen + shared.timing.sandbox;
        for container in self.containers.iter_mut().filter(|one| one.kind != Kind::Ephemeral) {
            if container.kind == Kind::Main && sim.fate != Fate::Running {
                return true;
            }
            let was_forced = self.fate != Fate::Running && container.kind == Kind::Main;
            if was_forced && container.running_since().is_none() {
                container.wait("ContainerCreating", String::new(), now);
            }
            if container.is_to_start() {
                if self.stopping.is_some() {
                    return false;
                }
                if !start(container, shared, free_from, now, self.address, env, step) {
                    return false;
                }
            }
            match &container.state {
                State::Running(since) if container.kind == Kind::Init => {
                    let end = *since + shared.timing.init;
                    if now < end {
                        step.look_at(end);
                        return false;
                    }
                    container.end(end, 0);
                    free_from = end;
                }
                State::Running(since) => free_from = free_from.max(*since),
                State::Ended(ending) => free_from = free_from.max(ending.finished),
                State::Waiting { .. } => {}
            }
        }
        true
    }

    /// Does to the main containers what `sim/state` asks for.
    fn suffer(&mut self, sim: &Sim, pod: &Object, now: Time, step: &mut Step) {
        let again = self.fate == sim.fate;
        for container in self.containers.iter_mut().filter(|container| container.kind == Kind::Main) {
            let image = container.image.clone();
            match sim.fate {
                Fate::Succeeded | Fate::Failed if !matches!(container.state, State::Ended(_)) || !again => {
                    container.end(now, i64::from(sim.fate == Fate::Failed));
                }
                Fate::ImagePullBackOff if !again => {
                    let full = images::full_name(&image);
                    let error = format!(
                        "rpc error: code = NotFound desc = failed to pull and unpack image \"{full}\": failed to resolve \
                         reference \"{full}\": {full}: not found"
                    );
                    step.tell(container, false, "Pulling", format!("Pulling image \"{image}\""));
                    step.tell(container, true, "Failed", format!("Failed to pull image \"{image}\": {error}"));
                    step.tell(container, true, "Failed", "Error: ErrImagePull".to_owned());
                    step.tell(container, false, "BackOff", format!("Back-off pulling image \"{image}\""));
                    step.tell(container, true, "Failed", "Error: ImagePullBackOff".to_owned());
                    let message = format!("Back-off pulling image \"{image}\": ErrImagePull: {error}");
                    (container.last, container.restarts) = (None, 0);
                    container.wait("ImagePullBackOff", message, now);
                }
                Fate::CrashLoopBackOff if !again => {
                    let whose = format!("{}_{}({})", pod.name(), pod.namespace(), pod.uid());
                    let name = container.name.clone();
                    let text = format!("Back-off restarting failed container {name} in pod {whose}");
                    step.tell(container, true, "BackOff", text);
                    let started = container.running_since().unwrap_or(now);
                    container.last = Some(Ending { started, finished: now, code: 1, reason: "Error" });
                    container.restarts = container.restarts.max(3);
                    let message = format!("back-off 40s restarting failed container={name} pod={whose}");
                    container.wait("CrashLoopBackOff", message, now);
                }
                _ => {}
            }
        }
    }

    /// Notes where the running containers listen.
    fn listen(&mut self, sim: &Sim) {
        self.listening.clear();
        let running: Vec<&Container> =
            self.containers.iter().filter(|container| container.running_since().is_some()).collect();
        let Some(ports) = &sim.listen else {
            for container in running {
                self.listening.extend(container.ports.iter().map(|&port| (container.name.clone(), port)));
            }
            return;
        };
        let first = running.iter().find(|container| container.kind == Kind::Main);
        for &port in ports {
            let declares = running.iter().find(|container| container.ports.contains(&port));
            self.listening.extend(declares.or(first).map(|container| (container.name.clone(), port)));
        }
    }

    /// Whether one of its containers listens on this TCP port.
    fn listens(listening: &[(String, Port)], number: u16) -> bool {
        listening.iter().any(|(_, port)| *port == Port { transport: Transport::Tcp, number })
    }

    /// Readiness as the recorded cases' pods have it: by what listens now.
    fn judge_by_ports(&mut self, sim: &Sim, now: Time, step: &mut Step) {
        let listening = &self.listening;
        for container in self.containers.iter_mut().filter(|one| one.kind != Kind::Ephemeral) {
            let Some(since) = container.running_since() else { continue };
            let probes = [&container.readiness, &container.startup].into_iter().flatten();
            let wait = sim.ready_after.unwrap_or_else(|| probes.map(|probe| probe.initial).max().unwrap_or_default());
            let passes = |probe: &Option<Probe>| {
                probe.as_ref().is_none_or(|probe| probe.passes(|number| Run::listens(listening, number)))
            };
            container.started = passes(&container.startup);
            let from = since + wait;
            container.ready = !sim.unready && from <= now && container.started && passes(&container.readiness);
            if now < from {
                step.look_at(from);
            }
        }
    }

    /// Readiness, liveness and startup as probes find them, look by look.
    fn probe(&mut self, pod: &Object, sim: &Sim, shared: &Shared, now: Time, step: &mut Step) {
        let address = self.address.map(|address| address.to_string()).unwrap_or_default();
        let listening = &self.listening;
        for container in self.containers.iter_mut().filter(|one| one.kind != Kind::Ephemeral) {
            let Some(since) = container.running_since() else { continue };
            let mut deadly = None;
            let mut complaints = Vec::new();
            let mut not_before = None;
            let mut look = |probe: &mut Probe, kind: &'static str| {
                let passes = probe.passes(|number| Run::listens(listening, number));
                let before = probe.result;
                for _ in 0..probe.advance(passes, now) {
                    complaints.push(format!("{kind} probe failed: {}", probe.complaint(&address)));
                }
                if let Some(next) = probe.next(passes) {
                    step.look_at(next);
                }
                (before, probe.result)
            };
            if let Some(probe) = &mut container.startup {
                let (before, result) = look(probe, "Startup");
                if result && !before {
                    container.started = true;
                    // Now the others begin.
                    for (probe, result) in [(&mut container.readiness, false), (&mut container.liveness, true)] {
                        if let Some(probe) = probe {
                            probe.begin(now, result);
                        }
                    }
                }
                if !result && probe.has_failed() {
                    deadly = Some("startup");
                }
            }
            if container.started {
                let probed = container.readiness.as_mut().is_none_or(|probe| look(probe, "Readiness").1);
                let from = since + sim.ready_after.unwrap_or_default();
                container.ready = probed && !sim.unready && from <= now;
                not_before = Some(from).filter(|&from| now < from);
                if container.liveness.as_mut().is_some_and(|probe| !look(probe, "Liveness").1) {
                    deadly = Some("liveness");
                }
            }
            if let Some(from) = not_before {
                step.look_at(from);
            }
            for complaint in complaints {
                step.tell(container, true, "Unhealthy", complaint);
            }
            if let (Some(probe), None) = (deadly, self.stopping) {
                let name = container.name.clone();
                let text = format!("Container {name} failed {probe} probe, will be restarted");
                step.tell(container, false, "Killing", text);
                let wait = restart_later(container, pod, container.code_of_end(), shared.timing.stop, now);
                step.look_at(now + wait);
            }
        }
    }

    /// How long its end takes from the moment it was asked for.
    fn time_to_stop(&self, pod: &Object, sim: &Sim, timing: &Timing) -> Duration {
        let grace =
            pod.int("metadata.deletionGracePeriodSeconds").or_else(|| pod.int("spec.terminationGracePeriodSeconds"));
        let grace = Duration::from_secs(grace.and_then(|seconds| u64::try_from(seconds).ok()).unwrap_or(30));
        let mut wanted = sim.terminate_after.unwrap_or(timing.stop);
        if timing.lively && sim.terminate_after.is_none() {
            let running = self.containers.iter().filter(|container| container.running_since().is_some());
            if running.clone().any(|container| !container.heeds_term()) {
                wanted = grace;
            }
            let sleeps = pod::containers(pod).iter().filter_map(|spec| spec.int("lifecycle.preStop.sleep.seconds"));
            wanted += Duration::from_secs(sleeps.max().and_then(|seconds| u64::try_from(seconds).ok()).unwrap_or(0));
        }
        wanted.min(grace)
    }

    /// Ends every container that still runs, as the last act before the pod goes.
    pub fn end(&mut self, now: Time) {
        for container in self.containers.iter_mut().filter(|container| container.running_since().is_some()) {
            container.end(now, container.code_of_end());
        }
        self.listening.clear();
    }

    /// A container's program ends by itself, and is started again where the pod's restart policy says so. `false` where
    /// it does not run.
    pub fn exit(&mut self, pod: &Object, name: &str, timing: &Timing, now: Time, code: i64) -> bool {
        let container = self.containers.iter_mut().find(|one| one.name == name && one.running_since().is_some());
        let Some(container) = container else { return false };
        let again = match pod.text("spec.restartPolicy") {
            _ if container.kind == Kind::Ephemeral => false,
            "Never" => false,
            "OnFailure" => code != 0,
            _ => true,
        };
        if again && self.stopping.is_none() {
            restart_later(container, pod, code, timing.stop, now);
        } else {
            container.end(now, code);
        }
        true
    }

    /// Whether its manifest keeps it from ever getting a sandbox.
    pub fn is_stuck(&self) -> bool {
        self.fate == Fate::ContainerCreating
    }

    /// Gives its address back.
    pub fn give_back(&mut self, range: &mut Range) {
        if let Some(address) = self.address.take() {
            range.give_back(address);
        }
    }
}

/// Ends a container and has it start again: the first time at once, then after 10 s, 20 s, ... up to 5 minutes. Gives how
/// long it waits.
fn restart_later(container: &mut Container, pod: &Object, code: i64, at_once: Duration, now: Time) -> Duration {
    let wait = match container.restarts {
        0 => at_once,
        n => Duration::from_secs(10).saturating_mul(1 << (n - 1).min(5)).min(Duration::from_secs(300)),
    };
    let delay = (container.restarts > 0).then(|| {
        let whose = format!("{}_{}({})", pod.name(), pod.namespace(), pod.uid());
        format!("back-off {}s restarting failed container={} pod={whose}", wait.as_secs(), container.name)
    });
    container.restart(now, code, now + wait, delay);
    wait
}
