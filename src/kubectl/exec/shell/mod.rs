//! A shell: lists, pipes, redirections, variables, `$(...)`, loops and branches. Enough for what people type around
//! Services. What programs there are is its caller's: a container's for `sh -c`, the reader's machine for a prompt.
//! It prints as it goes, and waits where its programs wait.

mod arithmetic;
mod grammar;
mod interactive;
mod pipe;
mod words;

pub use grammar::{goes_behind, needs_more};
pub use interactive::heed;

use super::stream::{Io, Stream};
use super::world::{Ended, Ending};
use crate::order::SortedMap;
use grammar::{Command, List, Pipeline, What, When};
use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use words::{Word, assignment};

/// Rounds of all loops together, nesting of `$(...)`, and bytes that go through its commands.
const MOST_ROUNDS: usize = 10_000;
const DEEPEST: usize = 8;
const MOST_WORK: usize = 16 * 1024 * 1024;

/// The exit code of what a signal ended, less the signal's number.
pub const ENDED_ITSELF: i32 = 128;

/// What a shell leaves to those that run after it: a subshell's own does not outlive it.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The variables of the environment.
    pub variables: Vec<(String, String)>,
    /// The folder that is worked in.
    pub folder: String,
}

/// What a shell runs on.
pub trait Programs {
    /// Runs a program; `None` where there is none of this name.
    fn start<'a>(&'a self, words: &'a [String], io: &'a Io) -> Option<Ending<'a>>;

    /// A variable of the environment.
    fn variable(&self, name: &str) -> Option<String>;

    /// Sets a variable of the environment.
    fn export(&self, name: &str, value: &str);

    /// Writes a file; `append` adds to it. An error text where it cannot be written.
    fn write(&self, path: &str, text: &str, append: bool) -> Result<(), String>;

    /// The environment and the folder, as they are now.
    fn surroundings(&self) -> Surroundings;

    /// Puts them back.
    fn restore(&self, before: Surroundings);

    /// What is a command of the shell itself only where it runs: `kill`.
    fn builtin<'a>(&'a self, _words: &'a [String], _io: &'a Io) -> Option<Ending<'a>> {
        None
    }

    /// The shell's process.
    fn process(&self) -> u32 {
        1
    }

    /// How the shell calls itself in its errors: `sh`, `bash`.
    fn shell(&self) -> &str;

    /// How it says that there is no such program: `sh: nope: not found`.
    fn missing(&self, name: &str) -> String;

    /// What stands before a line that is typed.
    fn prompt(&self) -> String {
        "$ ".to_owned()
    }

    /// `cd`: works in another folder from now on. An error text where there is none.
    fn enter<'a>(&'a self, _path: &'a str) -> Pin<Box<dyn Future<Output = Result<(), String>> + 'a>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// Whether a word sets a variable: `name=value`.
pub fn is_assignment(word: &str) -> bool {
    assignment(word).is_some()
}

/// What a list is left by before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leave {
    /// `break`, `continue`
    Loop,
    Round,
    /// `exit`, or too much work.
    Shell,
}

/// A shell with what it remembers from command to command.
pub struct Shell<'p> {
    programs: &'p dyn Programs,
    parameters: Vec<String>,
    variables: SortedMap<String, String>,
    last: i32,
    spent: Rc<Spent>,
    depth: usize,
    leave: Option<Leave>,
}

/// What a script and its parts have spent of what they may.
#[derive(Default)]
struct Spent {
    rounds: Cell<usize>,
    work: Cell<usize>,
}

impl Spent {
    fn is_over(&self) -> bool {
        self.rounds.get() > MOST_ROUNDS || self.work.get() > MOST_WORK
    }
}

impl<'p> Shell<'p> {
    /// A shell over these programs; `parameters` are `$0`, `$1`, ...
    pub fn new(programs: &'p dyn Programs, parameters: Vec<String>) -> Shell<'p> {
        let variables = SortedMap::new();
        Shell { programs, parameters, variables, last: 0, spent: Rc::default(), depth: 0, leave: None }
    }

    /// The same behind a line that ended with this code.
    pub fn after(self, last: i32) -> Shell<'p> {
        Shell { last, ..self }
    }

    /// The shell that runs a part of a pipe.
    fn part(&self) -> Shell<'p> {
        let (parameters, variables) = (self.parameters.clone(), self.variables.clone());
        let (last, spent, depth) = (self.last, self.spent.clone(), self.depth);
        Shell { programs: self.programs, parameters, variables, last, spent, depth, leave: None }
    }

    /// The variables that it was given and did not export.
    pub fn into_variables(self) -> SortedMap<String, String> {
        self.variables
    }

    /// Runs a script; gives its exit code.
    pub async fn run(&mut self, script: &str, io: &Io) -> i32 {
        match grammar::parse(script) {
            Ok(list) => self.list(&list, io).await,
            Err(why) => {
                self.last = Ended::fail(2, format!("{}: syntax error: {why}", self.programs.shell())).print(io);
                self.last
            }
        }
    }

    /// What a script prints, for `$(...)`.
    async fn captured(&mut self, script: &str) -> String {
        let io = Io::default();
        self.depth += 1;
        if self.depth <= DEEPEST {
            let before = self.enter_subshell();
            Box::pin(self.run(script, &io)).await;
            self.leave_subshell(before);
        }
        self.depth -= 1;
        io.out.take()
    }

    /// What a shell in brackets may change for itself alone.
    fn enter_subshell(&self) -> (SortedMap<String, String>, Surroundings) {
        (self.variables.clone(), self.programs.surroundings())
    }

    /// `exit` in brackets leaves only them; what was ended for its work stays ended.
    fn leave_subshell(&mut self, (variables, surroundings): (SortedMap<String, String>, Surroundings)) {
        self.variables = variables;
        self.programs.restore(surroundings);
        if !self.spent.is_over() {
            self.leave = None;
        }
    }

    /// A part of the script may have spent what there was.
    fn mind_limits(&mut self) {
        if self.spent.is_over() {
            (self.leave, self.last) = (Some(Leave::Shell), 137);
        }
    }

    async fn list(&mut self, list: &List, io: &Io) -> i32 {
        for (when, pipeline) in list {
            let runs = match when {
                When::Always => true,
                When::Succeeded => self.last == 0,
                When::Failed => self.last != 0,
            };
            if runs {
                self.last = self.pipeline(pipeline, io).await;
            }
            if self.leave.is_some() {
                break;
            }
        }
        self.last
    }

    async fn pipeline(&mut self, pipeline: &Pipeline, io: &Io) -> i32 {
        let code = match pipeline.commands.as_slice() {
            [command] => Box::pin(self.command(command, io)).await,
            commands => self.piped(commands, io).await,
        };
        if pipeline.turned { i32::from(code == 0) } else { code }
    }

    async fn command(&mut self, command: &Command, io: &Io) -> i32 {
        let mut own = io.clone();
        let mut files: Vec<(String, Stream, bool)> = Vec::new();
        for (sign, target) in &command.redirects {
            let target = self.expand(target).await.join(" ");
            match *sign {
                "2>&1" => own.err = own.out.clone(),
                ">&2" => own.out = own.err.clone(),
                "<<" => own.input = Stream::of(target),
                "<<<" => own.input = Stream::of(target + "\n"),
                "<" => {
                    let words = ["cat".to_owned(), target.clone()];
                    let file = Io { err: Stream::default(), ..Io::default() };
                    let read = match self.programs.start(&words, &file) {
                        Some(program) => program.await,
                        None => 1,
                    };
                    if read != 0 {
                        let why = format!("{}: can't open {target}: no such file", self.programs.shell());
                        return Ended::fail(1, why).print(io);
                    }
                    own.input = file.out;
                }
                _ => {
                    let stream = match target.as_str() {
                        "/dev/stderr" => own.err.clone(),
                        "/dev/stdout" => own.out.clone(),
                        _ => Stream::default(),
                    };
                    if !target.starts_with("/dev/") {
                        files.push((target, stream.clone(), sign.ends_with(">>")));
                    }
                    match *sign {
                        "2>" | "2>>" => own.err = stream,
                        "&>" => (own.out, own.err) = (stream.clone(), stream),
                        _ => own.out = stream,
                    }
                }
            }
        }
        let mut code = match &command.what {
            What::Simple(words) => self.simple(words, &own).await,
            What::For(name, words, body) => self.for_loop(name, words, body, &own).await,
            What::While(turned, condition, body) => self.while_loop(*turned, condition, body, &own).await,
            What::If(branches, otherwise) => self.branches(branches, otherwise, &own).await,
            What::Group(list, false) => self.list(list, &own).await,
            What::Group(list, true) => {
                let before = self.enter_subshell();
                let code = self.list(list, &own).await;
                self.leave_subshell(before);
                code
            }
        };
        for (path, stream, append) in files {
            if let Err(why) = self.programs.write(&path, &stream.take(), append) {
                code = Ended::fail(1, format!("{}: {why}", self.programs.shell())).print(io);
            }
        }
        code
    }

    async fn simple(&mut self, written: &[Word], io: &Io) -> i32 {
        let mut words = Vec::new();
        for word in written {
            words.extend(self.expand(word).await);
        }
        let assigned = words.iter().take_while(|word| assignment(word).is_some()).count();
        let set: Vec<String> = words.drain(..assigned).collect();
        // Those before a command are set for it alone by real shells; here they stay.
        for (name, value) in set.iter().filter_map(|word| assignment(word)) {
            if words.is_empty() && self.programs.variable(name).is_none() {
                self.variables.insert(name.to_owned(), value.to_owned());
            } else {
                self.programs.export(name, value);
            }
        }
        let Some((name, args)) = words.split_first() else { return self.last_of(written) };
        if name == "read" {
            return self.read(args, io).await;
        }
        if name == "cd" {
            let home = self.variable("HOME").unwrap_or_default();
            let path = args.first().map_or(home.as_str(), String::as_str);
            return match self.programs.enter(path).await {
                Ok(()) => 0,
                Err(why) => Ended::fail(1, why).print(io),
            };
        }
        if let Some(code) = self.builtin(name, args) {
            return code;
        }
        let before = io.out.passed();
        let code = match self.programs.builtin(&words, io).or_else(|| self.programs.start(&words, io)) {
            Some(program) => program.await,
            None => Ended::fail(127, self.programs.missing(name)).print(io),
        };
        if name == "kill" && code >= ENDED_ITSELF {
            // A shell that ended itself.
            self.leave = Some(Leave::Shell);
        }
        self.spent.work.set(self.spent.work.get() + io.out.passed() - before);
        if self.spent.work.get() > MOST_WORK {
            self.stop(io);
        }
        io.out.give_way().await;
        code
    }

    /// The exit code of a command without a program: that of the last `$(...)` in it.
    fn last_of(&self, written: &[Word]) -> i32 {
        if written.iter().any(|word| word.plain().contains("$(")) { self.last } else { 0 }
    }

    /// What the shell does itself; `None` where the word is no such command.
    fn builtin(&mut self, name: &str, args: &[String]) -> Option<i32> {
        match name {
            "exit" | "return" => {
                self.leave = Some(Leave::Shell);
                return Some(
                    args.first().and_then(|code| code.parse::<i32>().ok()).map_or(self.last, |code| code & 255),
                );
            }
            "break" => self.leave = Some(Leave::Loop),
            "continue" => self.leave = Some(Leave::Round),
            "export" => {
                for word in args {
                    let (name, value) = match assignment(word) {
                        Some((name, value)) => (name, value.to_owned()),
                        None => (word.as_str(), self.variables.get(word).cloned().unwrap_or_default()),
                    };
                    self.variables.remove(name);
                    self.programs.export(name, &value);
                }
            }
            "unset" => args.iter().for_each(|name| drop(self.variables.remove(name))),
            "shift" => drop(self.parameters.drain(1.min(self.parameters.len())..2.min(self.parameters.len()))),
            ":" | "set" | "wait" | "trap" => {}
            _ => return None,
        }
        Some(0)
    }

    /// `read [-r] [-p PROMPT] NAME...`
    async fn read(&mut self, args: &[String], io: &Io) -> i32 {
        let mut names: Vec<&str> = Vec::new();
        let mut words = args.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "-p" => io.err.write(words.next().map_or("", String::as_str)),
                flag if flag.starts_with('-') => {}
                name => names.push(name),
            }
        }
        let Some(line) = io.input.line().await else { return 1 };
        if names.is_empty() {
            names.push("REPLY");
        }
        let mut rest = line.trim();
        for (at, name) in names.iter().enumerate() {
            let (word, left) = match rest.split_once(char::is_whitespace) {
                Some((word, left)) if at + 1 < names.len() => (word, left.trim_start()),
                _ => (rest, ""),
            };
            self.variables.insert((*name).to_owned(), word.to_owned());
            rest = left;
        }
        0
    }

    /// One more round of a loop; `false` when there were too many.
    fn goes_round(&mut self, io: &Io) -> bool {
        self.spent.rounds.set(self.spent.rounds.get() + 1);
        if self.spent.rounds.get() > MOST_ROUNDS {
            self.stop(io);
        }
        match self.leave {
            Some(Leave::Round) => {
                self.leave = None;
                true
            }
            Some(Leave::Loop) => {
                self.leave = None;
                false
            }
            Some(Leave::Shell) => false,
            None => true,
        }
    }

    /// Ends a script that never ends by itself.
    fn stop(&mut self, io: &Io) {
        if self.leave != Some(Leave::Shell) {
            io.err.write("[ended: the playground lets a script go round 10000 times and handle 16 MiB at most]\n");
        }
        self.leave = Some(Leave::Shell);
        self.last = 137;
    }

    async fn for_loop(&mut self, name: &str, words: &[Word], body: &List, io: &Io) -> i32 {
        let mut values = Vec::new();
        for word in words {
            values.extend(self.expand(word).await);
        }
        self.last = 0;
        for value in values {
            self.variables.insert(name.to_owned(), value);
            self.list(body, io).await;
            if !self.goes_round(io) {
                break;
            }
        }
        self.last
    }

    async fn while_loop(&mut self, turned: bool, condition: &List, body: &List, io: &Io) -> i32 {
        let mut code = 0;
        loop {
            if (self.list(condition, io).await == 0) == turned || self.leave == Some(Leave::Shell) {
                break;
            }
            code = self.list(body, io).await;
            if !self.goes_round(io) {
                break;
            }
        }
        if self.leave.is_some() { self.last } else { code }
    }

    async fn branches(&mut self, branches: &[(List, List)], otherwise: &List, io: &Io) -> i32 {
        for (condition, body) in branches {
            if self.list(condition, io).await == 0 {
                return self.list(body, io).await;
            }
            if self.leave.is_some() {
                return self.last;
            }
        }
        self.last = 0;
        self.list(otherwise, io).await
    }
}
