//! `watch [-n SECONDS] [-t] COMMAND`: runs a command again and again, each time on an empty screen.

use super::CLEAR;
use super::place;
use super::shell::{Programs, Shell};
use super::stream::{Io, Stream};
use super::world::{Ended, World};
use std::time::Duration;

/// How wide the screen is taken to be.
const WIDTH: usize = 80;

/// Runs it, until Ctrl+C. `host` is the machine's name where the first line tells it, as procps' does and busybox's does
/// not.
pub async fn watch(programs: &dyn Programs, world: &World, host: Option<&str>, args: &[&str], io: &Io) -> i32 {
    let (mut every, mut bare) = (Duration::from_secs(2), false);
    let mut at = 0;
    while let Some(flag) = args.get(at).filter(|arg| arg.len() > 1 && arg.starts_with('-')) {
        if let Some(rest) = flag.strip_prefix("-n").or_else(|| flag.strip_prefix("--interval=")) {
            at += usize::from(rest.is_empty());
            let text = if rest.is_empty() { args.get(at).copied().unwrap_or("") } else { rest };
            let Some(time) = place::seconds(text) else {
                return Ended::fail(1, format!("watch: failed to parse argument: '{text}'")).print(io);
            };
            every = time.max(Duration::from_millis(100));
        }
        bare |= matches!(*flag, "-t" | "--no-title");
        at += 1;
    }
    let line = args.get(at..).unwrap_or(&[]).join(" ");
    if line.is_empty() {
        let usage =
            if host.is_some() { "Usage:\n watch [options] command" } else { "Usage: watch [-n SEC] [-t] PROG ARGS" };
        return Ended::fail(1, usage).print(io);
    }
    loop {
        let printed = Stream::default();
        let own = Io { input: Stream::default(), out: printed.clone(), err: printed.clone() };
        Shell::new(programs, vec!["sh".to_owned()]).run(&line, &own).await;
        let mut text = CLEAR.to_owned();
        if !bare {
            let left = format!("Every {:.1}s: {line}", every.as_secs_f64());
            let right = match host {
                Some(host) => format!("{host}: {}", place::date(world, &["+%a %b %d %T %Y"]).await.out.trim_end()),
                None => place::date(world, &["+%F %T"]).await.out.trim_end().to_owned(),
            };
            let gap = WIDTH.saturating_sub(left.chars().count() + right.chars().count()).max(1);
            text += &format!("{left}{}{right}\n\n", " ".repeat(gap));
        }
        text += &printed.take();
        io.out.write(&text);
        io.out.give_way().await;
        world.sleep(every).await;
    }
}
