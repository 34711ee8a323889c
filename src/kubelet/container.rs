//! One container of a pod: what it does now, what it knows, what it printed.

use super::env::Environment;
use super::images;
use super::ports::{self, Port};
use super::probes::Probe;
use crate::api::{Fields, Object, Value, pod};
use crate::clock::Time;
use crate::order::SortedMap;

/// When a container runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Before the others, to its end.
    Init,
    /// Started before the others, runs beside them.
    Sidecar,
    /// With the others.
    Main,
    /// Added while the pod runs, and started once.
    Ephemeral,
}

impl Kind {
    /// The list of the manifest that its containers stand in.
    pub fn list(self) -> &'static str {
        match self {
            Kind::Init | Kind::Sidecar => "initContainers",
            Kind::Main => "containers",
            Kind::Ephemeral => "ephemeralContainers",
        }
    }
}

/// How a run of a container ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// When the run started.
    pub started: Time,
    /// When it ended.
    pub finished: Time,
    /// The exit code.
    pub code: i64,
    /// `Completed`, `Error`.
    pub reason: &'static str,
}

/// What a container does now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It does not run yet, or not again yet.
    Waiting {
        /// `ContainerCreating`, `ImagePullBackOff`, ...
        reason: &'static str,
        /// More about it; may be empty.
        message: String,
    },
    /// It runs since then.
    Running(Time),
    /// It has ended.
    Ended(Ending),
}

/// What a container learned when it was started. It stays as it is until the container is started again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// When.
    pub at: Time,
    /// The environment.
    pub env: Environment,
    /// What programs have written into its files since, by path; `None` for files that were removed.
    pub files: SortedMap<String, Option<String>>,
}

/// A line that a container printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// When.
    pub at: Time,
    /// The text, without line end.
    pub text: String,
}

/// How many lines of a container's log are kept.
const LOG_LINES: usize = 200;

/// A container of a pod on this node.
#[derive(Clone, Debug)]
pub struct Container {
    /// Its name in the pod.
    pub name: String,
    /// The image as the manifest names it.
    pub image: String,
    /// When it runs.
    pub kind: Kind,
    /// What it does.
    pub state: State,
    /// How the run before ended.
    pub last: Option<Ending>,
    /// How often it was started again.
    pub restarts: u32,
    /// Since when it waits to be started.
    pub waits_since: Time,
    /// When it will run.
    pub due: Option<Time>,
    /// Whether its image was looked after for this start.
    pub fetched: bool,
    /// Whether it is a shell that nobody can type into, which ends at once.
    pub reads_nothing: bool,
    /// When its image will be there, and what to say of it then.
    pub pulled: Option<(Time, String)>,
    /// Whether its startup probe has succeeded.
    pub started: bool,
    /// Whether its readiness probe says so.
    pub ready: bool,
    /// Its probes.
    pub readiness: Option<Probe>,
    /// See `readiness`.
    pub liveness: Option<Probe>,
    /// See `readiness`.
    pub startup: Option<Probe>,
    /// The ports that its image listens on.
    pub ports: Vec<Port>,
    /// What it learned at its start.
    pub start: Option<Start>,
    log: Vec<LogLine>,
    /// How many lines of it were dropped.
    dropped: usize,
}

impl Container {
    /// The containers of `pod`, init containers first, all waiting since `now`.
    pub fn all_of(pod: &Object, now: Time) -> Vec<Container> {
        let has_init = !pod.items("spec.initContainers").is_empty();
        let init = pod.items("spec.initContainers").iter().map(|spec| {
            let kind = if spec.text("restartPolicy") == "Always" { Kind::Sidecar } else { Kind::Init };
            Container::new(spec, kind, "PodInitializing", now)
        });
        let reason = if has_init { "PodInitializing" } else { "ContainerCreating" };
        init.chain(pod::containers(pod).iter().map(|spec| Container::new(spec, Kind::Main, reason, now))).collect()
    }

    /// An ephemeral container that waits since `now`.
    pub fn ephemeral(pod: &Object, spec: &Value, now: Time) -> Container {
        let has_init = !pod.items("spec.initContainers").is_empty();
        let reason = if has_init { "PodInitializing" } else { "ContainerCreating" };
        let says_what = ["command", "args"].iter().any(|field| !spec.items(field).is_empty());
        let reads_nothing = !spec.is_true("stdin") && !says_what && images::is_shell(spec.text("image"));
        Container { ports: Vec::new(), reads_nothing, ..Container::new(spec, Kind::Ephemeral, reason, now) }
    }

    fn new(spec: &Value, kind: Kind, reason: &'static str, now: Time) -> Container {
        Container {
            name: spec.text("name").to_owned(),
            image: spec.text("image").to_owned(),
            kind,
            state: State::Waiting { reason, message: String::new() },
            last: None,
            restarts: 0,
            waits_since: now,
            due: None,
            fetched: false,
            reads_nothing: false,
            pulled: None,
            started: false,
            ready: false,
            readiness: Probe::of(spec, "readinessProbe"),
            liveness: Probe::of(spec, "livenessProbe"),
            startup: Probe::of(spec, "startupProbe"),
            ports: ports::of_container(spec),
            start: None,
            log: Vec::new(),
            dropped: 0,
        }
    }

    /// Takes another image over from the manifest. Gives whether it differs.
    pub fn change_image(&mut self, spec: &Value) -> bool {
        if self.image == spec.text("image") {
            return false;
        }
        spec.text("image").clone_into(&mut self.image);
        self.ports = ports::of_container(spec);
        true
    }

    /// Since when it runs.
    pub fn running_since(&self) -> Option<Time> {
        match self.state {
            State::Running(since) => Some(since),
            _ => None,
        }
    }

    /// Makes it wait for its start since `now`.
    pub fn wait(&mut self, reason: &'static str, message: String, now: Time) {
        self.state = State::Waiting { reason, message };
        (self.waits_since, self.due, self.pulled, self.fetched) = (now, None, None, false);
        (self.started, self.ready) = (false, false);
    }

    /// Starts it at `at`.
    pub fn run(&mut self, at: Time, env: Environment, first_probe: Time) {
        match &self.state {
            State::Ended(ending) => {
                self.last = Some(ending.clone());
                self.restarts += 1;
            }
            State::Waiting { reason: "CrashLoopBackOff", .. } => self.restarts += 1,
            State::Waiting { .. } | State::Running(_) => {}
        }
        self.state = State::Running(at);
        (self.due, self.pulled, self.fetched) = (None, None, false);
        (self.started, self.ready) = (self.startup.is_none(), false);
        for (probe, result) in [(&mut self.readiness, false), (&mut self.liveness, true), (&mut self.startup, false)] {
            if let Some(probe) = probe {
                probe.begin(first_probe, result);
            }
        }
        self.start = Some(Start { at, env, files: SortedMap::new() });
        if let Some(known) = images::known(&self.image) {
            for line in known.greeting {
                self.print(at, (*line).to_owned());
            }
        }
    }

    /// Ends it, if it runs.
    pub fn end(&mut self, at: Time, code: i64) {
        let started = self.running_since().unwrap_or(at);
        let reason = if code == 0 { "Completed" } else { "Error" };
        self.state = State::Ended(Ending { started, finished: at, code, reason });
        self.due = None;
        (self.ready, self.started) = (false, false);
    }

    /// The exit code with which it ends when it is asked to, or killed.
    pub fn code_of_end(&self) -> i64 {
        if self.heeds_term() { 0 } else { 137 }
    }

    /// Ends it at `now` with this code and has it start again at `due`. Until then it stands as ended, or with a message
    /// about the delay as waiting.
    pub fn restart(&mut self, now: Time, code: i64, due: Time, delay: Option<String>) {
        self.end(now, code);
        if let (State::Ended(ending), Some(message)) = (&self.state, delay) {
            self.last = Some(ending.clone());
            self.wait("CrashLoopBackOff", message, now);
        }
        self.due = Some(due);
    }

    /// Whether it is to be started.
    pub fn is_to_start(&self) -> bool {
        matches!(self.state, State::Waiting { .. }) || self.due.is_some()
    }

    /// Whether its program ends when it is asked to.
    pub fn heeds_term(&self) -> bool {
        images::known(&self.image).is_none_or(|known| known.heeds_term)
    }

    /// Adds a line to its log.
    pub fn print(&mut self, at: Time, text: String) {
        if self.log.len() >= LOG_LINES {
            self.log.remove(0);
            self.dropped += 1;
        }
        self.log.push(LogLine { at, text });
    }

    /// What it printed, oldest first.
    pub fn log(&self) -> &[LogLine] {
        &self.log
    }

    /// How many lines it has printed in all.
    pub fn log_end(&self) -> usize {
        self.dropped + self.log.len()
    }

    /// What it printed after so many lines, as far as it is kept.
    pub fn log_since(&self, lines: usize) -> &[LogLine] {
        self.log.get(lines.saturating_sub(self.dropped)..).unwrap_or(&[])
    }
}
