//! `kubectl attach`, and what `run` does once its container runs. Models kubectl pkg/cmd/attach.
//!
//! A container whose program reads what is typed runs that program here, and ends with it; of any other the log is shown.

use super::{exec, pods};
use crate::api::{Fields, Object, ResourceId, Value, pod};
use crate::clock::Time;
use crate::kubectl::Failure;
use crate::kubectl::call::{Call, Next};
use crate::kubectl::exec::{Io, Machine, Program, Stream, World, heed};
use crate::kubectl::flags::Flags;
use crate::store::Key;
use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

const RECORDED: &str = "All commands and output from this session will be recorded in container logs, including credentials \
                        and sensitive information passed through the command prompt.\nIf you don't see a command prompt, try \
                        pressing enter.\n";

/// How long it takes to reach a container through the API server and its kubelet.
const CONNECTION: Duration = Duration::from_millis(20);

/// Runs the verb.
pub fn attach(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let pod = match flags.args.as_slice() {
        [] => return Err(Failure::from("at least 1 argument is required for attach")),
        [name] => pods::attachable(call, flags, name)?,
        [kind, name] => pods::attachable(call, flags, &format!("{kind}/{name}"))?,
        args => {
            let text = format!(
                "expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw {}: [{}]",
                args.len(),
                args.join(" ")
            );
            return Err(Failure::Error(text));
        }
    };
    let phase = pod.text("status.phase");
    if matches!(phase, "Succeeded" | "Failed") {
        return Err(Failure::Error(format!("cannot attach a container in a completed pod; current phase is {phase}")));
    }
    let quiet = flags.on("quiet");
    let container = match flags.get("container").filter(|name| !name.is_empty()) {
        Some(name) if pods::container(&pod, name).is_none() => {
            let text = format!("cannot attach to the container: container {name} not found in pod {}", pod.name());
            return Err(Failure::Error(text));
        }
        Some(name) => name.to_owned(),
        None => pods::default_container(call, &pod, !quiet),
    };
    let own_tty = pods::container(&pod, &container).is_some_and(|one| one.at("tty") == Some(&Value::Bool(true)));
    if flags.on("tty") && !own_tty && !quiet {
        let text = format!("error: Unable to use a TTY - container {container} did not allocate one");
        call.console.error_line(text);
    }
    let stdin = flags.on("stdin");
    let (input, tty) = exec::streams(call, flags, stdin, own_tty);
    if !pods::is_running(&pod, &container) {
        let text = format!("container {container} not found in pod {}_{}", pod.name(), pod.namespace());
        return Err(Failure::Error(format!("unable to upgrade connection: {text}")));
    }
    if !quiet {
        call.console.error(RECORDED);
    }
    let session = Session { pod, container, stdin, tty, quiet };
    Ok(Some(Box::new(Program::new(
        input,
        |world, io| Box::pin(async move { session.run(&world, &io).await }),
        |_, _| Ok(()),
    ))))
}

/// A connection to the program of a container.
pub struct Session {
    /// The pod, which runs.
    pub pod: Arc<Object>,
    /// The container.
    pub container: String,
    /// Whether its program gets what is typed.
    pub stdin: bool,
    /// Whether it gets every key.
    pub tty: bool,
    /// Whether only the program prints.
    pub quiet: bool,
}

impl Session {
    /// What kubectl says before it.
    pub fn announce(&self, io: &Io) {
        if !self.quiet {
            io.err.write(RECORDED);
        }
    }

    /// Runs it to its end; gives the program's exit code.
    pub async fn run(&self, world: &World, io: &Io) -> i32 {
        // The way to the container.
        world.sleep(CONNECTION).await;
        let input = if self.stdin { io.input.clone() } else { Stream::default() };
        let keys = self.tty.then(|| input.raw());
        let code = match self.program() {
            Some(words) => self.live(&words, world, &Io { input, ..io.clone() }).await,
            None => heed(&input, self.follow(world, io)).await.unwrap_or(0),
        };
        drop(keys);
        if self.stdin && self.tty && !self.quiet {
            let (name, container, namespace) = (self.pod.name(), &self.container, self.pod.namespace());
            let again = format!("'kubectl attach {name} -c {container} -n {namespace} -i -t'");
            let is_ephemeral =
                self.pod.items("spec.ephemeralContainers").iter().any(|one| one.text("name") == container);
            io.out.write(&if is_ephemeral {
                format!(
                    "Session ended, the ephemeral container will not be restarted but may be reattached using {again} if it is \
                     still running\n"
                )
            } else {
                format!("Session ended, resume using {again} command\n")
            });
        }
        code
    }

    /// The words of the container's program; `None` for one that serves and reads nothing.
    fn program(&self) -> Option<Vec<String>> {
        let spec = pods::container(&self.pod, &self.container)?;
        let words = |field: &str| -> Vec<String> {
            spec.items(field).iter().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let (command, args) = (words("command"), words("args"));
        if command.is_empty() && args.is_empty() {
            return crate::kubectl::exec::usual_shell(spec.text("image")).map(|shell| vec![shell.to_owned()]);
        }
        let is_option =
            command.is_empty() && args.first().is_some_and(|arg| arg.starts_with('-') || arg.contains("://"));
        // The entry point of curl's image runs curl where the first word is no program.
        let entry = if is_option { vec!["curl".to_owned()] } else { Vec::new() };
        Some([entry, command, args].concat())
    }

    /// Runs the container's program. Its container ends with it, and remembers what it printed.
    async fn live(&self, words: &[String], world: &World, io: &Io) -> i32 {
        let key = Key::of(ResourceId::PODS, &self.pod);
        let (pod, container, own) = (self.pod.clone(), self.container.clone(), world.clone());
        let machine = world.see(move |call| Machine::of_main(call.cluster, &pod, &container, own)).await;
        let inner = Io { input: io.input.clone(), out: Stream::default(), err: Stream::default() };
        let inner = if self.tty { Io { err: inner.out.clone(), ..inner } } else { inner };
        let log: RefCell<Vec<(Time, String)>> = RefCell::default();
        let code = {
            let mut run = pin!(heed(&io.input, machine.exec(words, &inner)));
            poll_fn(|context| {
                let state = run.as_mut().poll(context);
                for (from, to) in [(&inner.out, &io.out), (&inner.err, &io.err)] {
                    let text = from.take();
                    log.borrow_mut().extend(text.lines().map(|line| (world.now(), line.to_owned())));
                    to.write(&text);
                }
                match state {
                    Poll::Ready(code) => Poll::Ready(code.unwrap_or(130)),
                    Poll::Pending => Poll::Pending,
                }
            })
            .await
        };
        let (container, log) = (self.container.clone(), log.take());
        world
            .see(move |call| {
                for (at, line) in log {
                    call.cluster.print(&key, &container, at, &line);
                }
                call.cluster.end_container(&key, &container, i64::from(code));
            })
            .await;
        code
    }

    /// Shows what a server prints, until it ends.
    async fn follow(&self, world: &World, io: &Io) -> i32 {
        let mut next = None;
        loop {
            let (key, name) = (Key::of(ResourceId::PODS, &self.pod), self.container.clone());
            let seen = world.see(move |call| {
                let container = call.cluster.kubelets().iter().find_map(|kubelet| kubelet.container(&key, &name))?;
                container.running_since()?;
                let fresh = next.map_or(&[] as &[_], |next| container.log_since(next));
                let text = fresh.iter().fold(String::new(), |text, line| text + &line.text + "\n");
                Some((container.log_end(), text))
            });
            let Some((end, text)) = seen.await else { return 0 };
            io.out.write(&text);
            next = Some(end);
            world.wait(None).await;
        }
    }
}

/// Waits until a pod is ready or has ended: with it, or without where it is gone or the time is over.
pub async fn started(world: &World, key: &Key, until: Time, done: fn(&Object) -> bool) -> Option<Arc<Object>> {
    loop {
        let key = key.clone();
        let pod = world.see(move |call| call.cluster.store().get(&key).cloned()).await?;
        if done(&pod) {
            return Some(pod);
        }
        if world.now() >= until {
            return None;
        }
        world.wait(Some(until)).await;
    }
}

/// Whether a pod has ended.
pub fn has_ended(pod: &Object) -> bool {
    matches!(pod.text("status.phase"), "Succeeded" | "Failed")
}

/// Whether a pod can be attached to, or never will be. Models run's podRunningAndReady.
pub fn is_up(pod: &Object) -> bool {
    has_ended(pod) || pod::is_ready(pod)
}
