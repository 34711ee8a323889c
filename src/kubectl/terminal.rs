//! What surrounds kubectl on a reader's machine, and a command while it runs.

use super::call::{Call, Console, Next, Step, Task, request_timeout};
use super::exec::Stream;
use super::flags::Flags;
use super::verbs::config::check_names;
use super::{Failure, commands, help, prompt, record};
use crate::api::pod;
use crate::clock::Time;
use crate::cluster::{self, Cluster, Source};
use crate::order::SortedMap;
use crate::store::Key;
use std::time::Duration;

/// From the call of a command to its first request, and again from its last answer to its end.
pub(super) const START: Duration = Duration::from_millis(40);

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
    pub files: SortedMap<String, String>,
    /// The context's namespace.
    pub namespace: String,
    /// What redirections wrote beside them: name to text.
    pub(super) written: SortedMap<String, String>,
    /// The shell's variables.
    pub(super) variables: SortedMap<String, String>,
    /// The exit code of the line before.
    pub(super) last: i32,
    /// Whether somebody shows [`Terminal::draft`] to the reader.
    pub has_editor: bool,
    /// What `kubectl edit` has open in the page's editor.
    pub draft: Option<Draft>,
    /// The ports of the machine that `kubectl port-forward` has opened.
    pub forwards: Vec<Forward>,
    /// How many lines were begun.
    begun: u32,
    /// Which of them goes on.
    pub(super) line: u32,
}

/// A port of the reader's machine that leads to a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forward {
    /// The port.
    pub local: u16,
    /// The pod's port.
    pub remote: u16,
    /// The pod.
    pub pod: Key,
    /// Its uid: another pod of the same name is another pod.
    pub uid: String,
    /// The line that holds it open.
    pub line: u32,
    /// How many connections came.
    pub handled: u32,
    /// One of them was refused by the pod.
    pub refused: bool,
}

impl Forward {
    /// Where a connection to it leads: the kubelet of the pod's node connects to the port inside of the pod, and no
    /// Service, no rule and no other pod has a part in it.
    pub fn call(&self, cluster: &Cluster) -> cluster::Call {
        let address = cluster.store().get(&self.pod).map_or("", |one| pod::ip(one));
        cluster::Call::new(Source::Pod(self.pod.clone()), address, self.remote)
    }
}

/// A text that a command waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The file's name.
    pub name: String,
    /// What it was opened with.
    pub opened: String,
    /// What stands in it.
    pub text: String,
    /// The reader has left the editor.
    pub closed: bool,
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
    /// Which of its terminal's lines it is.
    line: u32,
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
            return Progress::Done;
        };
        terminal.line = self.line;
        let step = task.poll(&mut Call { cluster, terminal, console: &mut self.console, managed_fields: false });
        match step {
            Ok(Step::Wait(until)) => {
                self.task = Some(task);
                Progress::Waiting(until)
            }
            Ok(Step::Done) => Progress::Done,
            Err(failure) => {
                self.fail(&failure);
                Progress::Done
            }
        }
    }

    /// Ctrl+C: a program in a container that has the terminal gets it, and any other command ends. `false` where it
    /// goes on.
    pub fn interrupt(&mut self, terminal: &mut Terminal) -> bool {
        if self.console.input.type_interrupt() {
            return false;
        }
        if self.task.is_some() {
            self.console.output.exit = 130;
        }
        terminal.last = 130;
        terminal.draft = None;
        self.kill(terminal);
        true
    }

    /// Ends it, whatever it does.
    pub fn kill(&mut self, terminal: &mut Terminal) {
        self.task = None;
        terminal.forwards.retain(|forward| forward.line != self.line);
    }

    /// Whether what is typed is for the command: it waits for it, or has the terminal.
    pub fn takes_lines(&self) -> bool {
        self.task.is_some() && self.console.input.is_wanted()
    }

    /// Whether it waits for a line.
    pub fn awaits_line(&self) -> bool {
        self.task.is_some() && self.console.input.is_awaited()
    }

    /// Types a line for it.
    pub fn type_line(&self, line: &str) {
        self.console.input.type_line(line);
    }

    /// Ctrl+D: says that nothing more comes.
    pub fn type_end(&self) {
        self.console.input.type_end();
    }

    fn fail(&mut self, failure: &Failure) {
        self.console.output.stderr.push_str(&failure.text());
        self.console.output.exit = failure.exit();
    }
}

impl Terminal {
    /// A machine with these files, its context in namespace `default`.
    pub fn new(files: SortedMap<String, String>) -> Terminal {
        Terminal { files, namespace: "default".to_owned(), ..Terminal::default() }
    }

    /// What a variable of the shell holds.
    pub(super) fn variable(&self, name: &str) -> &str {
        self.variables.get(name).map_or("", String::as_str)
    }

    /// Gives it the editor's files, besides those that redirections wrote.
    pub fn set_files(&mut self, files: SortedMap<String, String>) {
        self.files = files;
        self.written.retain(|name, _| !self.files.contains_key(name));
        self.files.extend(self.written.clone());
    }

    /// The port that `kubectl port-forward` has opened and a connection of the machine to `host` leads to.
    pub fn forward(&self, host: &str, port: u16) -> Option<&Forward> {
        let is_here = matches!(host, "localhost" | "127.0.0.1" | "[::1]" | "::1");
        self.forwards.iter().find(|one| is_here && one.local == port)
    }

    /// Notes down that a connection came to it, and whether the pod has refused it.
    pub fn note_forwarded(&mut self, local: u16, refused: bool) {
        if let Some(forward) = self.forwards.iter_mut().find(|one| one.local == local) {
            forward.handled += 1;
            forward.refused |= refused;
        }
    }

    /// Starts the command that `line` says, with nothing to read. It has done what it can do without waiting.
    pub fn start(&mut self, cluster: &mut Cluster, line: &str) -> Running {
        self.begin(cluster, line, Stream::default())
    }

    /// Starts it for one who can type while it runs.
    pub fn start_typed(&mut self, cluster: &mut Cluster, line: &str) -> Running {
        self.begin(cluster, line, Stream::terminal())
    }

    fn begin(&mut self, cluster: &mut Cluster, line: &str, input: Stream) -> Running {
        let task = prompt::task(self, line, input.clone());
        self.begun += 1;
        let mut running = Running { console: Console::new(input), task: Some(Box::new(task)), line: self.begun };
        running.poll(self, cluster);
        running
    }

    /// Runs the command that `line` says to its end, and lets the time pass that it takes.
    pub fn run(&mut self, cluster: &mut Cluster, line: &str) -> Output {
        self.run_within(cluster, line, None)
    }

    /// [`Terminal::run`], but no longer than `at_most`: then it is stopped, as Ctrl+C does.
    pub fn run_within(&mut self, cluster: &mut Cluster, line: &str, at_most: Option<Duration>) -> Output {
        cluster.run_for(START);
        let end = at_most.map(|at_most| cluster.now() + at_most);
        let mut running = self.start(cluster, line);
        while let Progress::Waiting(deadline) = running.poll(self, cluster) {
            let next = [cluster.next_at(), deadline].into_iter().flatten().min();
            match next.filter(|next| end.is_none_or(|end| *next <= end)) {
                Some(next) => cluster.run_until(next),
                None if end.is_none() => break,
                None => {
                    running.interrupt(self);
                    break;
                }
            }
        }
        cluster.run_for(START);
        running.into_output()
    }
}

/// Runs kubectl with these words.
pub(super) fn kubectl(call: &mut Call<'_>, words: &[String]) -> Result<Next, Failure> {
    let found = commands::find(words)?;
    let usage = |why: String| Failure::Error(format!("{why}\nSee '{} --help' for usage.", found.path));
    let mut flags = Flags::parse(&found.words, &commands::flag_sets(found.command)).map_err(usage)?;
    flags.path.clone_from(&found.path);
    if flags.given("record") {
        call.console.error_line(record::DEPRECATED);
    }
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
    if !found.path.starts_with("kubectl config") {
        request_timeout(&flags)?;
        check_names(&flags, command.flags)?;
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
