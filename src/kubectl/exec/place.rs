//! Programs about the container itself: env, hostname, date, ps, sleep, uname.

use super::{Ended, Machine};
use crate::api::Fields;
use crate::kubectl::flags::parse_duration;
use std::time::Duration;

/// `env`, `printenv [NAME...]`.
pub fn env(machine: &mut Machine<'_>, name: &str, args: &[&str]) -> Ended {
    if name == "printenv" && !args.is_empty() {
        let found: Vec<&str> = args.iter().filter_map(|name| machine.variable(name)).collect();
        let out = found.iter().fold(String::new(), |text, value| text + value + "\n");
        return Ended { out, code: i32::from(found.len() < args.len()), ..Ended::default() };
    }
    Ended::ok(machine.env.iter().fold(String::new(), |text, (name, value)| text + name + "=" + value + "\n"))
}

/// `hostname [-i|-f]`.
pub fn hostname(machine: &Machine<'_>, args: &[&str]) -> Ended {
    let name = machine.variable("HOSTNAME").unwrap_or("").to_owned();
    Ended::ok(match args.first() {
        Some(&("-i" | "-I")) => machine.address().to_owned() + "\n",
        Some(&"-f") => {
            let hosts = super::files::hosts(machine);
            let full = hosts
                .lines()
                .find(|line| line.starts_with(machine.address()))
                .and_then(|line| line.split_whitespace().nth(1));
            full.map_or(name, str::to_owned) + "\n"
        }
        _ => name + "\n",
    })
}

/// `sleep 1`, `sleep 0.5`, `sleep 2m`.
pub fn sleep(machine: &mut Machine<'_>, args: &[&str]) -> Ended {
    let Some(text) = args.first() else { return Ended::fail(1, "sleep: missing operand") };
    let time = text.parse::<f64>().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let Some(time) = time.or_else(|| parse_duration(text).ok()) else {
        return Ended::fail(1, format!("sleep: invalid time interval '{text}'"));
    };
    if machine.spend(time) { Ended::default() } else { Ended::fail(137, "Killed") }
}

/// `Mon Nov 23 02:27:00 UTC 2026`.
pub fn date(machine: &Machine<'_>) -> Ended {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (epoch, now) = (machine.cluster.epoch(), machine.cluster.now());
    let stamp = epoch.timestamp(now);
    let part = |from: usize, to: usize| stamp.get(from..to).unwrap_or("");
    let day = (epoch.0 + (now.0 / 1_000_000) as i64).div_euclid(86_400).rem_euclid(7);
    let month = part(5, 7).parse::<usize>().unwrap_or(1).saturating_sub(1);
    let (day, month) = (DAYS.get(day as usize).unwrap_or(&""), MONTHS.get(month).unwrap_or(&""));
    let number = part(8, 10).trim_start_matches('0');
    Ended::ok(format!("{day} {month} {number:>2} {} UTC {}\n", part(11, 19), part(0, 4)))
}

/// The processes of the container.
pub fn ps(machine: &Machine<'_>) -> Ended {
    let containers = machine.pod.items("spec.containers");
    let own = containers.iter().find(|one| one.text("name") == machine.container);
    let words = |path: &str| -> Vec<&str> {
        own.map(|own| own.items(path).iter().filter_map(|word| word.as_str()).collect()).unwrap_or_default()
    };
    let mut command = words("command");
    command.extend(words("args"));
    let image = own.map_or("", |own| own.text("image"));
    let usual = image.rsplit('/').next().unwrap_or("").split([':', '@']).next().unwrap_or("");
    let command = if command.is_empty() { usual.to_owned() } else { command.join(" ") };
    Ended::ok(format!("PID   USER     TIME  COMMAND\n    1 root      0:00 {command}\n   29 root      0:00 ps\n"))
}

/// `uname [-a|-n|-r|-m]`.
pub fn uname(machine: &Machine<'_>, args: &[&str]) -> Ended {
    let host = machine.variable("HOSTNAME").unwrap_or("");
    Ended::ok(match args.first() {
        Some(&"-a") => format!("Linux {host} 6.12.0 #1 SMP PREEMPT_DYNAMIC x86_64 GNU/Linux\n"),
        Some(&"-n") => format!("{host}\n"),
        Some(&"-r") => "6.12.0\n".to_owned(),
        Some(&"-m") => "x86_64\n".to_owned(),
        _ => "Linux\n".to_owned(),
    })
}
