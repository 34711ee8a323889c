//! Programs about the container itself: env, hostname, date, sleep, uname.

use super::images::Make;
use super::machine::Machine;
use super::shell::Programs;
use super::world::{Ended, World};
use crate::kubectl::flags::parse_duration;
use std::time::Duration;

/// `env`, `printenv [NAME...]`.
pub fn env(machine: &Machine, name: &str, args: &[&str]) -> Ended {
    if name == "printenv" && !args.is_empty() {
        let found: Vec<String> = args.iter().filter_map(|name| machine.variable(name)).collect();
        let out = found.iter().fold(String::new(), |text, value| text + value + "\n");
        return Ended { out, code: i32::from(found.len() < args.len()), ..Ended::default() };
    }
    Ended::ok(machine.env.borrow().iter().fold(String::new(), |text, (name, value)| text + name + "=" + value + "\n"))
}

/// `hostname [-i|-f]`.
pub async fn hostname(machine: &Machine, args: &[&str]) -> Ended {
    let name = machine.variable("HOSTNAME").unwrap_or_default();
    Ended::ok(match args.first() {
        Some(&("-i" | "-I")) => machine.address().to_owned() + "\n",
        Some(&"-f") => {
            let hosts = super::files::cat(machine, &["/etc/hosts"]).await.out;
            let full = hosts
                .lines()
                .find(|line| line.starts_with(machine.address()))
                .and_then(|line| line.split_whitespace().nth(1));
            full.map_or(name, str::to_owned) + "\n"
        }
        _ => name + "\n",
    })
}

/// What a shell does itself.
const BUILT_IN: [&str; 17] = [
    "cd", "exit", "export", "read", "echo", "printf", "test", "[", "true", "false", "pwd", "type", "command", "unset",
    "set", "wait", "kill",
];

/// Where alpine keeps what is not in /usr/bin.
const IN_BIN: [&str; 23] = [
    "sh", "ash", "cat", "date", "echo", "egrep", "false", "grep", "hostname", "kill", "ls", "mkdir", "more", "ping",
    "printenv", "ps", "pwd", "rev", "rm", "sed", "sleep", "touch", "watch",
];

/// Where a program is.
fn path_of(machine: &Machine, name: &str) -> Option<String> {
    let is_program = machine.image.has(name) && !matches!(name, "command" | "type");
    let is_busybox =
        machine.image_name.split(':').next().is_some_and(|image| image.rsplit('/').next() == Some("busybox"));
    let folder = match machine.image.make {
        _ if is_busybox => "/bin",
        Make::Debian => "/usr/bin",
        _ if matches!(name, "ip" | "ifconfig" | "route") => "/sbin",
        _ if IN_BIN.contains(&name) => "/bin",
        _ => "/usr/bin",
    };
    is_program.then(|| format!("{folder}/{name}"))
}

/// `which NAME...`, `command -v NAME`, `type NAME...`.
pub fn whereabouts(machine: &Machine, program: &str, args: &[&str], shell: &str) -> Ended {
    let mut ended = Ended::default();
    for name in args.iter().filter(|arg| !arg.starts_with('-')) {
        let built_in = program != "which" && BUILT_IN.contains(name);
        match (path_of(machine, name).filter(|_| !built_in), program) {
            (Some(path), "type") => ended.out += &format!("{name} is {path}\n"),
            (Some(path), _) => ended.out += &format!("{path}\n"),
            (None, "type") if built_in => ended.out += &format!("{name} is a shell builtin\n"),
            (None, "command") if built_in => ended.out += &format!("{name}\n"),
            (None, "type") if shell == "bash" => {
                ended.err += &format!("bash: line 1: type: {name}: not found\n");
                ended.code = 1;
            }
            (None, "type") => {
                ended.out += &format!("{name}: not found\n");
                ended.code = 127;
            }
            (None, "command") => ended.code = if shell == "bash" { 1 } else { 127 },
            (None, _) => ended.code = 1,
        }
    }
    ended
}

/// What `time` tells when its command has ended.
pub fn timed(took: Duration, shell: &str) -> String {
    let (minutes, seconds) = (took.as_secs() / 60, took.as_secs() % 60);
    if shell == "bash" {
        format!("\nreal\t{minutes}m{seconds}.{:03}s\nuser\t0m0.003s\nsys\t0m0.002s\n", took.subsec_millis())
    } else {
        format!("real\t{minutes}m {seconds}.{:02}s\nuser\t0m 0.00s\nsys\t0m 0.00s\n", took.subsec_millis() / 10)
    }
}

/// `1`, `0.5`, `2m`: a time as `sleep` and `timeout` take it.
pub fn seconds(text: &str) -> Option<Duration> {
    const LONGEST: Duration = Duration::from_secs(366 * 24 * 3600);
    let time = text.parse::<f64>().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    time.or_else(|| parse_duration(text).ok())
        .or_else(|| (text == "infinity").then_some(LONGEST))
        .map(|time| time.min(LONGEST))
}

/// `sleep 1`, `sleep 0.5`, `sleep 2m`.
pub async fn sleep(machine: &Machine, args: &[&str]) -> Ended {
    let Some(text) = args.first() else { return Ended::fail(1, "sleep: missing operand") };
    let Some(time) = seconds(text) else {
        return Ended::fail(
            1,
            match machine.image.make {
                Make::Debian => {
                    format!("sleep: invalid time interval '{text}'\nTry 'sleep --help' for more information.")
                }
                _ => format!("sleep: invalid number '{text}'"),
            },
        );
    };
    machine.world.sleep(time).await;
    Ended::default()
}

/// `date [+FORMAT]`: `Mon Nov 23 02:27:00 UTC 2026`.
pub async fn date(world: &World, args: &[&str]) -> Ended {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (epoch, now) = (world.see(|call| call.cluster.epoch()).await, world.now());
    let stamp = epoch.timestamp(now);
    let part = |from: usize, to: usize| stamp.get(from..to).unwrap_or("");
    let day = (epoch.0 + (now.0 / 1_000_000) as i64).div_euclid(86_400).rem_euclid(7);
    let month = part(5, 7).parse::<usize>().unwrap_or(1).saturating_sub(1);
    let (day, month) = (DAYS.get(day as usize).unwrap_or(&""), MONTHS.get(month).unwrap_or(&""));
    let number = part(8, 10).trim_start_matches('0');
    let Some(format) = args.iter().find_map(|arg| arg.strip_prefix('+')) else {
        return Ended::ok(format!("{day} {month} {number:>2} {} UTC {}\n", part(11, 19), part(0, 4)));
    };
    let unix = epoch.0 + (now.0 / 1_000_000) as i64;
    let mut out = String::new();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('s') => out += &unix.to_string(),
            Some('N') => out += &format!("{:09}", now.0 % 1_000_000 * 1000),
            Some('T') => out += part(11, 19),
            Some('F') => out += part(0, 10),
            Some('Y') => out += part(0, 4),
            Some('m') => out += part(5, 7),
            Some('d') => out += part(8, 10),
            Some('H') => out += part(11, 13),
            Some('M') => out += part(14, 16),
            Some('S') => out += part(17, 19),
            Some('a') => out += day,
            Some('b') => out += month,
            Some('Z') => out += "UTC",
            Some('n') => out.push('\n'),
            Some('%') | None => out.push('%'),
            Some(other) => out.extend(['%', other]),
        }
    }
    Ended::ok(out + "\n")
}

/// `id [-u]`.
pub fn id(args: &[&str]) -> Ended {
    Ended::ok(if args.is_empty() { "uid=0(root) gid=0(root) groups=0(root)\n" } else { "0\n" })
}

/// `uname [-a|-n|-r|-m]`.
pub fn uname(machine: &Machine, args: &[&str]) -> Ended {
    let host = machine.variable("HOSTNAME").unwrap_or_default();
    Ended::ok(match args.first() {
        Some(&"-a") => format!("Linux {host} 6.12.0 #1 SMP PREEMPT_DYNAMIC x86_64 GNU/Linux\n"),
        Some(&"-n") => format!("{host}\n"),
        Some(&"-r") => "6.12.0\n".to_owned(),
        Some(&"-m") => "x86_64\n".to_owned(),
        _ => "Linux\n".to_owned(),
    })
}
