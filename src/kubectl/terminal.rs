//! What surrounds kubectl on a reader's machine, and a command while it runs.

use super::call::{Call, Console, Next, Step, Task};
use super::flags::Flags;
use super::{Failure, commands, exec, help, manifest, words};
use crate::clock::Time;
use crate::cluster::Cluster;
use std::collections::BTreeMap;
use std::time::Duration;

/// From the call of a command to its first request, and again from its last answer to its end.
const START: Duration = Duration::from_millis(40);

/// What a command printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
    /// Its exit code; 0 while it runs.
    pub exit: i32,
}

/// The reader's machine.
#[derive(Clone, Debug, Default)]
pub struct Terminal {
    /// The files that `-f` sees: name to text.
    pub files: BTreeMap<String, String>,
    /// The context's namespace.
    pub namespace: String,
}

/// How far a command is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It waits for the cluster to change, but no longer than until the given time.
    Waiting(Option<Time>),
    /// It has ended; its output is complete.
    Done,
}

/// A command that was started.
#[derive(Default)]
pub struct Running {
    console: Console,
    task: Option<Box<dyn Task>>,
    /// Programs that the output goes through once it is complete.
    pipes: Vec<Vec<String>>,
}

impl Running {
    /// What it has printed so far.
    pub fn output(&self) -> &Output {
        &self.console.output
    }

    /// What it has printed, taken out.
    pub fn into_output(self) -> Output {
        self.console.output
    }

    /// Goes on as far as the cluster's state allows. Call it again when the cluster has changed or the time has come.
    pub fn poll(&mut self, terminal: &mut Terminal, cluster: &mut Cluster) -> Progress {
        let Some(mut task) = self.task.take() else {
            self.pass_through_pipes();
            return Progress::Done;
        };
        let step = task.poll(&mut Call { cluster, terminal, console: &mut self.console, managed_fields: false });
        match step {
            Ok(Step::Wait(until)) => {
                self.task = Some(task);
                Progress::Waiting(until)
            }
            Ok(Step::Done) => {
                self.pass_through_pipes();
                Progress::Done
            }
            Err(failure) => {
                self.fail(&failure);
                self.pass_through_pipes();
                Progress::Done
            }
        }
    }

    /// Sends the output through the programs behind the pipes.
    fn pass_through_pipes(&mut self) {
        for words in std::mem::take(&mut self.pipes) {
            let input = std::mem::take(&mut self.console.output.stdout);
            if let Some(ended) = exec::filter(&words, &input) {
                self.console.output.stdout = ended.out;
                self.console.output.exit = ended.code;
                self.console.error(&ended.err);
            } else {
                let name = words.first().map_or("", String::as_str);
                self.console.error_line(format!("bash: {name}: command not found"));
                self.console.output.exit = 127;
            }
        }
    }

    /// Ends it as Ctrl+C does.
    pub fn interrupt(&mut self) {
        if self.task.take().is_some() {
            self.console.output.exit = 130;
        }
    }

    fn fail(&mut self, failure: &Failure) {
        self.console.output.stderr.push_str(&failure.text());
        self.console.output.exit = failure.exit();
    }
}

impl Terminal {
    /// A machine with these files, its context in namespace `default`.
    pub fn new(files: BTreeMap<String, String>) -> Terminal {
        Terminal { files, namespace: "default".to_owned() }
    }

    /// Starts the command that `line` says. It has done what it can do without waiting.
    pub fn start(&mut self, cluster: &mut Cluster, line: &str) -> Running {
        let mut running = Running::default();
        let mut call = Call { cluster, terminal: self, console: &mut running.console, managed_fields: false };
        let commands = words::pipeline(line).map_err(|why| Failure::Raw(format!("bash: {why}")));
        let started = commands.and_then(|mut commands| {
            let first = if commands.is_empty() { Vec::new() } else { commands.remove(0) };
            let next = dispatch(&mut call, &first);
            running.pipes = commands;
            next
        });
        match started {
            Ok(next) => running.task = next,
            Err(failure) => running.fail(&failure),
        }
        running
    }

    /// Runs the command that `line` says to its end, and lets the time pass that it takes.
    pub fn run(&mut self, cluster: &mut Cluster, line: &str) -> Output {
        cluster.run_for(START);
        let mut running = self.start(cluster, line);
        while let Progress::Waiting(deadline) = running.poll(self, cluster) {
            match (cluster.next_at(), deadline) {
                (Some(next), Some(deadline)) => cluster.run_until(next.min(deadline)),
                (Some(at), None) | (None, Some(at)) => cluster.run_until(at),
                (None, None) => break,
            }
        }
        cluster.run_for(START);
        running.into_output()
    }
}

/// Runs the program that the first word names.
fn dispatch(call: &mut Call<'_>, words: &[String]) -> Result<Next, Failure> {
    match words.split_first() {
        None => Ok(None),
        Some((program, words)) if matches!(program.as_str(), "kubectl" | "k") => kubectl(call, words),
        Some((program, names)) if program == "cat" && !names.is_empty() => {
            for name in names {
                match manifest::file(&call.terminal.files, name).map(str::to_owned) {
                    Some(text) => call.console.out(text),
                    None => return Err(Failure::Raw(format!("cat: {name}: No such file or directory"))),
                }
            }
            Ok(None)
        }
        Some((program, _)) if program == "ls" => {
            let names: Vec<String> = call.terminal.files.keys().cloned().collect();
            names.iter().for_each(|name| call.console.line(name));
            Ok(None)
        }
        Some((_, _)) if exec::filter(words, "").is_some() => {
            let ended = exec::filter(words, "").unwrap_or_default();
            call.console.out(&ended.out);
            call.console.error(&ended.err);
            if ended.code == 0 { Ok(None) } else { Err(Failure::Exit(ended.code)) }
        }
        Some((program, _)) => {
            call.console.error_line(format!("bash: {program}: command not found"));
            Err(Failure::Exit(127))
        }
    }
}

/// Runs kubectl with these words.
fn kubectl(call: &mut Call<'_>, words: &[String]) -> Result<Next, Failure> {
    let found = commands::find(words)?;
    let usage = |why: String| Failure::Error(format!("{why}\nSee '{} --help' for usage.", found.path));
    let flags = Flags::parse(&found.words, &commands::flag_sets(found.command)).map_err(usage)?;
    let Some(command) = found.command else {
        call.console.line(help::root());
        return Ok(None);
    };
    if flags.on("help") {
        call.console.line(help::command(command));
        return Ok(None);
    }
    let missing: Vec<String> =
        command.required.iter().filter(|name| !flags.given(name)).map(|name| format!("{name:?}")).collect();
    if !missing.is_empty() {
        return Err(Failure::Error(format!("required flag(s) {} not set", missing.join(", "))));
    }
    match command.run {
        Some(run) => run(call, &flags),
        None if flags.args.is_empty() => {
            let path: Vec<&str> = found.path.split(' ').skip(1).collect();
            call.console.error_line(help::group(&path));
            Err(Failure::Exit(1))
        }
        None => Err(Failure::usage(&found.path, &format!("unknown command {:?}", flags.args.join(" ")))),
    }
}
