//! The reader's own prompt: the shell of [`exec::shell`](super::exec::shell) with kubectl and the tools that change text.
//!
//! Its files are those of the editor and what redirections have written beside them. Called by `Terminal::start`.

use super::call::{Call, Console, Next, Step};
use super::exec::shell::{Programs, Shell, Surroundings};
use super::exec::{self, Client, Ended, Ending, Io, Stream, World};
use super::manifest::{self, STDIN};
use super::terminal::START;
use super::{Failure, Terminal};
use crate::cluster::Source;
use crate::order::SortedMap;
use std::cell::{Cell, RefCell};

/// So many files are kept beside the editor's.
const FILES: usize = 50;

/// The machine's name.
const HOST: &str = "playground";

/// What the prompt's programs see.
struct Prompt {
    world: World,
    files: RefCell<SortedMap<String, String>>,
    written: RefCell<SortedMap<String, String>>,
    variables: RefCell<SortedMap<String, String>>,
    /// Whether kubectl ran before in this line.
    ran: Cell<bool>,
}

/// The task that runs a line.
pub fn task(terminal: &Terminal, line: &str, input: Stream) -> exec::Program {
    let (files, written) = (terminal.files.clone(), terminal.written.clone());
    let (variables, last, line) = (terminal.variables.clone(), terminal.last, line.to_owned());
    exec::Program::new(
        input,
        |world, io| {
            Box::pin(async move {
                let prompt = Prompt {
                    world: world.clone(),
                    files: RefCell::new(files),
                    written: RefCell::new(written),
                    variables: RefCell::new(variables),
                    ran: Cell::new(false),
                };
                let mut shell = Shell::new(&prompt, vec!["bash".to_owned()]).after(last);
                let code = shell.run(&line, &io).await;
                let mut variables = shell.into_variables();
                variables.extend(prompt.variables.take());
                world.see(move |call| (call.terminal.variables, call.terminal.last) = (variables, code)).await;
                prompt.save().await;
                code
            })
        },
        |_, code| if code == 0 { Ok(()) } else { Err(Failure::Exit(code)) },
    )
}

/// What kubectl has come to.
struct Turn {
    console: Console,
    went: Result<Next, Failure>,
}

impl Prompt {
    /// Writes down what redirections wrote and what was exported, so that the next program and the next line see it.
    async fn save(&self) {
        let (written, variables) = (self.written.borrow().clone(), self.variables.borrow().clone());
        self.world
            .see(move |call| {
                call.terminal.variables.extend(variables);
                call.terminal.files.extend(written.iter().map(|(name, text)| (name.clone(), text.clone())));
                call.terminal.written = written;
            })
            .await;
    }

    /// Sees the files that kubectl has written (`edit`).
    async fn load(&self) {
        let (files, written) =
            self.world.see(|call| (call.terminal.files.clone(), call.terminal.written.clone())).await;
        self.files.replace(files);
        self.written.replace(written);
    }

    /// The machine outside of the cluster, where this prompt is.
    async fn client(&self) -> Client<'_> {
        let address = self.world.see(|call| call.cluster.network().outside.to_string()).await;
        Client { world: &self.world, source: Source::Outside, address, programs: self }
    }

    /// Runs kubectl to its end, printing as it goes.
    async fn kubectl(&self, words: Vec<String>, io: &Io) -> i32 {
        let code = self.run_kubectl(words, io).await;
        self.load().await;
        code
    }

    async fn run_kubectl(&self, words: Vec<String>, io: &Io) -> i32 {
        // The time between two calls, so that a loop lets the page and the cluster go on.
        if self.ran.replace(true) {
            self.world.sleep(2 * START).await;
        }
        self.save().await;
        let input = if reads_input(&words) { Some(io.input.all().await) } else { None };
        let mut console = Console::new(io.input.clone());
        let turn = self.world.see(move |call| {
            if let Some(input) = input.filter(|input| !input.is_empty()) {
                call.terminal.files.insert(STDIN.to_owned(), input);
            }
            let went = with_console(call, &mut console, |call| super::terminal::kubectl(call, &words));
            call.terminal.files.remove(STDIN);
            Turn { console, went }
        });
        let Turn { mut console, went } = turn.await;
        let mut next = match went {
            Ok(next) => next,
            Err(failure) => return end(&mut console, &failure, io),
        };
        while let Some(mut rest) = next {
            show(&mut console, io);
            let looked = self.world.see(move |call| {
                let step = with_console(call, &mut console, |call| rest.poll(call));
                (console, rest, step)
            });
            let (now, rest, step) = looked.await;
            console = now;
            match step {
                Ok(Step::Done) => break,
                Ok(Step::Wait(until)) => {
                    show(&mut console, io);
                    let changes = io.input.changes();
                    self.world.wait_or(until, || io.input.changes() != changes).await;
                }
                Err(failure) => return end(&mut console, &failure, io),
            }
            next = Some(rest);
        }
        show(&mut console, io);
        0
    }

    /// `cat` and the tools that change text: what they read is their input, or the files behind their options.
    async fn filter(&self, name: &str, args: &[&str], io: &Io) -> i32 {
        let (args, named) = exec::files(name, args);
        let named: Vec<&str> = named.into_iter().filter(|file| *file != "-").collect();
        if named.is_empty() {
            return exec::run(name, &args, &io.input, io).await;
        }
        let mut text = String::new();
        let mut code = 0;
        for path in named {
            match manifest::file(&self.files.borrow(), path) {
                Some(file) => text.push_str(file),
                None => code = Ended::fail(1, format!("{name}: {path}: No such file or directory")).print(io),
            }
        }
        if code != 0 && name != "cat" {
            return code;
        }
        exec::run(name, &args, &Stream::of(text), io).await.max(code)
    }

    /// `sed -i`: what sed makes of a file becomes the file.
    async fn edit_files(&self, args: &[&str], io: &Io) -> i32 {
        let (args, named) = exec::files("sed", args);
        let args: Vec<&str> = args.into_iter().filter(|arg| !arg.starts_with("-i")).collect();
        for path in named {
            let Some(text) = manifest::file(&self.files.borrow(), path).map(str::to_owned) else {
                return Ended::fail(1, format!("sed: can't read {path}: No such file or directory")).print(io);
            };
            let made = Io { out: Stream::default(), ..io.clone() };
            let code = exec::run("sed", &args, &Stream::of(text), &made).await;
            if code != 0 {
                return code;
            }
            if let Err(why) = self.write(path, &made.out.take(), false) {
                return Ended::fail(4, format!("sed: {why}")).print(io);
            }
        }
        0
    }

    /// Runs several commands, one after the other (`xargs`).
    async fn run_each(&self, args: &[&str], io: &Io) -> i32 {
        let mut code = 0;
        for words in exec::xargs(args, &io.input.all().await) {
            let own = Io { input: Stream::default(), ..io.clone() };
            let Some(run) = self.start(&words, &own) else {
                let name = words.first().map_or("", String::as_str);
                return Ended::fail(127, format!("xargs: {name}: No such file or directory")).print(io);
            };
            code = if run.await == 0 { code } else { 123 };
        }
        code
    }
}

/// Whether kubectl reads a manifest from its input: `-f -`.
fn reads_input(words: &[String]) -> bool {
    let own = words.split(|word| word == "--").next().unwrap_or(words);
    own.iter().any(|word| matches!(word.as_str(), "-" | "-f-") || word.ends_with("=-"))
}

/// Calls `run` with a console of its own.
fn with_console<T>(call: &mut Call<'_>, console: &mut Console, run: impl FnOnce(&mut Call<'_>) -> T) -> T {
    run(&mut Call { cluster: call.cluster, terminal: call.terminal, console, managed_fields: false })
}

/// Hands on what was printed.
fn show(console: &mut Console, io: &Io) {
    let output = console.take();
    io.out.write(&output.stdout);
    io.err.write(&output.stderr);
}

/// Says why kubectl ended; gives its exit code.
fn end(console: &mut Console, failure: &Failure, io: &Io) -> i32 {
    show(console, io);
    io.err.write(&failure.text());
    failure.exit()
}

impl Programs for Prompt {
    fn start<'a>(&'a self, words: &'a [String], io: &'a Io) -> Option<Ending<'a>> {
        let (name, rest) = words.split_first()?;
        let is_own = matches!(
            name.as_str(),
            "kubectl" | "k" | "xargs" | "sleep" | "tee" | "ls" | "true" | "false" | "curl" | "watch" | "date"
        );
        if !is_own && !exec::is_program(name) {
            return None;
        }
        Some(Box::pin(async move {
            let args: Vec<&str> = rest.iter().map(String::as_str).collect();
            match name.as_str() {
                "kubectl" | "k" => self.kubectl(rest.to_vec(), io).await,
                "xargs" => self.run_each(&args, io).await,
                "curl" => exec::curl(&self.client().await, &args, io).await,
                "watch" => exec::watch(self, &self.world, Some(HOST), &args, io).await,
                "date" => exec::date(&self.world, &args).await.print(io),
                "tee" => exec::tee(self, &args, io).await,
                "sleep" => {
                    let Some(time) = args.first().and_then(|text| exec::seconds(text)) else {
                        return Ended::fail(1, "sleep: missing operand").print(io);
                    };
                    self.world.sleep(time).await;
                    0
                }
                "ls" => {
                    let names: String = self.files.borrow().keys().flat_map(|name| [name.as_str(), "\n"]).collect();
                    Ended::ok(names).print(io)
                }
                "sed" if args.iter().any(|arg| arg.starts_with("-i")) => self.edit_files(&args, io).await,
                "true" => 0,
                "false" => 1,
                name => self.filter(name, &args, io).await,
            }
        }))
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.variables.borrow().get(name).cloned()
    }

    fn export(&self, name: &str, value: &str) {
        self.variables.borrow_mut().insert(name.to_owned(), value.to_owned());
    }

    fn write(&self, path: &str, text: &str, append: bool) -> Result<(), String> {
        let name = path.trim_start_matches("./").trim_start_matches('/').to_owned();
        let mut written = self.written.borrow_mut();
        let mut files = self.files.borrow_mut();
        if files.contains_key(&name) && !written.contains_key(&name) {
            return Err(format!("{path}: cannot overwrite a tab of the editor"));
        }
        if written.len() >= FILES && !written.contains_key(&name) {
            return Err(format!("{path}: No space left on device"));
        }
        let mut whole = if append { files.get(&name).cloned().unwrap_or_default() } else { String::new() };
        if whole.len() < exec::MOST {
            whole.push_str(text);
        }
        written.insert(name.clone(), whole.clone());
        files.insert(name, whole);
        Ok(())
    }

    fn surroundings(&self) -> Surroundings {
        let variables = self.variables.borrow().iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        Surroundings { variables, folder: String::new() }
    }

    fn restore(&self, before: Surroundings) {
        self.variables.replace(before.variables.into_iter().collect());
    }

    fn shell(&self) -> &'static str {
        "bash"
    }

    fn missing(&self, name: &str) -> String {
        format!("bash: {name}: command not found")
    }
}
