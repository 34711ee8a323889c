//! The processes that a container sees, and what signals do to them: ps and kill.
//!
//! The first process of a container is its own program. Its kernel gives it no signal from inside that it does not handle
//! itself, SIGKILL among them.

use super::images::Make;
use super::machine::Machine;
use super::shell::{ENDED_ITSELF, Programs};
use super::stream::Io;
use super::world::Ended;
use crate::api::{Fields, ResourceId, Value};
use crate::kubelet::Container;
use crate::store::Key;
use std::fmt::Write;

/// The process of a shell that was started beside the container's program.
const BESIDE: u32 = 20;

/// The first process of what shares its processes with others.
const FIRST_SHARED: u32 = 7;

/// The process that `ps` finds itself as.
const PS: u32 = 29;

/// A process.
struct Process {
    number: u32,
    /// The container whose own program it is; empty where it is none's.
    container: String,
    command: String,
}

/// What a container sees: its own program; that of the container that it was made to look at; those of all containers
/// of the pod where they share them; those of the node.
fn processes(machine: &Machine) -> Vec<Process> {
    let lists = ["spec.initContainers", "spec.containers", "spec.ephemeralContainers"];
    let of =
        |number: u32, spec: &Value| Process { number, container: spec.text("name").to_owned(), command: command(spec) };
    let init = |command: &str| Process { number: 1, container: String::new(), command: command.to_owned() };
    let runs_on = |list: &str, spec: &Value| list != "spec.initContainers" || spec.text("restartPolicy") == "Always";
    let all = || lists.iter().flat_map(|list| machine.pod.items(list).iter().filter(|spec| runs_on(list, spec)));
    let named = |name: &str| all().find(|spec| spec.text("name") == name);
    let Some(own) = named(&machine.container) else { return Vec::new() };
    let beside = |number: u32| of(number, own);
    if machine.pod.is_true("spec.hostPID") {
        return vec![init("/sbin/init"), beside(FIRST_SHARED)];
    }
    if machine.pod.is_true("spec.shareProcessNamespace") {
        let others = all().zip(FIRST_SHARED..).map(|(spec, number)| of(number, spec));
        return std::iter::once(init("/pause")).chain(others).collect();
    }
    match named(own.text("targetContainerName")) {
        Some(target) => vec![of(1, target), beside(FIRST_SHARED)],
        None => vec![beside(1)],
    }
}

/// The shell's own process: the container's first one, or one beside it.
pub fn own(machine: &Machine) -> u32 {
    let found = processes(machine).into_iter().find(|one| machine.is_main && one.container == machine.container);
    found.map_or(BESIDE, |process| process.number)
}

/// The words of a container's program.
fn command(spec: &Value) -> String {
    let words: Vec<&str> =
        ["command", "args"].iter().flat_map(|field| spec.items(field)).filter_map(Value::as_str).collect();
    if !words.is_empty() {
        return words.join(" ");
    }
    let image = spec.text("image");
    if let Some(shell) = super::usual_shell(image) {
        return shell.to_owned();
    }
    image.rsplit('/').next().unwrap_or("").split([':', '@']).next().unwrap_or("").to_owned()
}

/// `ps`
pub fn ps(machine: &Machine) -> Ended {
    let mut out = String::new();
    let is_debian = machine.image.make == Make::Debian;
    out += if is_debian { "    PID TTY          TIME CMD\n" } else { "PID   USER     TIME  COMMAND\n" };
    let itself = Process { number: PS, container: String::new(), command: "ps".to_owned() };
    for Process { number, command, .. } in processes(machine).iter().chain([&itself]) {
        let _ = if is_debian {
            writeln!(out, "{number:>7} ?        00:00:00 {command}")
        } else {
            writeln!(out, "{number:>5} root      0:00 {command}")
        };
    }
    Ended::ok(out)
}

const SIGNALS: [&str; 31] = [
    "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM",
    "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "POLL",
    "PWR", "SYS",
];

/// The signals on which servers end by themselves: INT, QUIT, TERM.
const ASKED_TO_END: [i32; 3] = [2, 3, 15];

const KILL: i32 = 9;

/// The signals that end whoever does not handle them: all but those that are ignored, and those that stop and go on.
fn ends(signal: i32) -> bool {
    signal != 0 && !matches!(signal, 17..=23 | 28)
}

fn number(text: &str) -> Option<i32> {
    let upper = text.to_ascii_uppercase();
    let name = upper.strip_prefix("SIG").unwrap_or(&upper);
    let named = SIGNALS.iter().position(|signal| *signal == name).and_then(|at| i32::try_from(at + 1).ok());
    named.or_else(|| text.parse().ok().filter(|number| (0..=64).contains(number)))
}

/// `kill [-SIGNAL|-s SIGNAL] PROCESS...`, a command of the shell `caller` or a program: `kill`.
pub async fn kill(machine: &Machine, caller: &str, args: &[&str], io: &Io) -> i32 {
    let words = Words { make: machine.image.make, caller };
    let mut args = args;
    let mut signal = 15;
    if let [first, rest @ ..] = args
        && let Some(option) = first.strip_prefix('-')
    {
        let (text, rest) = match (option, rest) {
            ("l", _) => return Ended::ok(SIGNALS.join("\n") + "\n").print(io),
            ("s" | "n", [text, rest @ ..]) => (*text, rest),
            ("-", rest) => ("TERM", rest),
            _ => (option, rest),
        };
        let Some(number) = number(text) else { return words.bad_signal(text).print(io) };
        (signal, args) = (number, rest);
    }
    if args.is_empty() {
        return words.usage().print(io);
    }
    let mut code = 0;
    for text in args {
        let Ok(process) = text.parse::<i64>() else {
            let ended = words.no_number(text);
            code = ended.code;
            ended.print(io);
            if code > 1 {
                return code;
            }
            continue;
        };
        let own = i64::from(Programs::process(machine));
        let found = processes(machine).into_iter().find(|one| i64::from(one.number) == process);
        match found {
            Some(found) if !found.container.is_empty() => signal_to(machine, found, signal).await,
            Some(_) => {}
            None if process == own && !ends(signal) => {}
            None if process == own => return ENDED_ITSELF + signal,
            None => {
                words.no_process(process).print(io);
                code = 1;
            }
        }
    }
    code
}

/// Has a container's own program get a signal. The first process of its own gets no SIGKILL from inside.
async fn signal_to(machine: &Machine, process: Process, signal: i32) {
    let key = Key::of(ResourceId::PODS, &machine.pod);
    let is_first = process.number == 1;
    machine
        .world
        .see(move |call| {
            let kubelets = call.cluster.kubelets();
            let found = kubelets.iter().find_map(|kubelet| kubelet.container(&key, &process.container));
            let heeds = found.is_some_and(Container::heeds_term);
            let code = match () {
                () if heeds && ASKED_TO_END.contains(&signal) => found.map_or(0, Container::code_of_end),
                () if is_first || (heeds && signal != KILL) || !ends(signal) => return,
                () => i64::from(ENDED_ITSELF + signal),
            };
            call.cluster.end_container(&key, &process.container, code);
        })
        .await;
}

/// How the tools say what is wrong.
struct Words<'a> {
    make: Make,
    /// `sh`, `bash`, or `kill` itself.
    caller: &'a str,
}

impl Words<'_> {
    /// What each says: bash, dash, busybox.
    fn say(&self, code: i32, bash: &str, dash: &str, busybox: &str) -> Ended {
        match (self.caller, self.make) {
            ("bash", _) => Ended::fail(1, format!("bash: line 1: kill: {bash}")),
            (_, Make::Debian) => Ended::fail(code, format!("sh: 1: kill: {dash}")),
            _ => Ended::fail(1, format!("{}: {busybox}", self.caller)),
        }
    }

    fn no_process(&self, process: i64) -> Ended {
        let why = "No such process";
        // dash ends the line twice.
        self.say(1, &format!("({process}) - {why}"), &format!("{why}\n"), &format!("can't kill pid {process}: {why}"))
    }

    fn no_number(&self, text: &str) -> Ended {
        let bash = format!("{text}: arguments must be process or job IDs");
        self.say(2, &bash, &format!("Illegal number: {text}"), &format!("invalid number '{text}'"))
    }

    fn bad_signal(&self, text: &str) -> Ended {
        let bash = format!("{text}: invalid signal specification");
        self.say(2, &bash, &format!("invalid signal number or name: {text}"), &format!("bad signal name '{text}'"))
    }

    fn usage(&self) -> Ended {
        match (self.caller, self.make) {
            ("bash", _) => Ended::fail(
                2,
                "kill: usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]",
            ),
            (_, Make::Debian) => Ended::fail(
                2,
                "sh: 1: kill: Usage: kill [-s sigspec | -signum | -sigspec] [pid | job]... or\nkill -l [exitstatus]",
            ),
            _ => Ended::fail(1, format!("{}: you need to specify whom to kill", self.caller)),
        }
    }
}
