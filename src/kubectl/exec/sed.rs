//! sed: `s/from/to/[g]`, `/from/d`, `Np`, `N,Mp`; patterns are those of our grep.

use super::text::{joined, matched};
use super::world::Ended;

/// Runs `sed [-n] [-e SCRIPT] [SCRIPT]`.
pub fn sed(args: &[&str], input: &str) -> Ended {
    let quiet = args.contains(&"-n");
    let scripts: Vec<&str> = args.iter().copied().filter(|arg| !arg.starts_with('-')).collect();
    if scripts.is_empty() {
        return Ended::fail(1, "sed: no script");
    }
    let mut lines: Vec<Option<String>> = input.lines().map(|line| Some(line.to_owned())).collect();
    let mut printed = Vec::new();
    for script in scripts.iter().flat_map(|script| script.split(';')).map(str::trim) {
        if let Some(rest) = script.strip_prefix('s') {
            let Some(mark) = rest.chars().next() else { return Ended::fail(1, "sed: bad option in substitution") };
            let parts: Vec<&str> = rest.split(mark).collect();
            let [_, from, to, flags] = parts.as_slice() else {
                return Ended::fail(1, "sed: unmatched '/'");
            };
            for line in lines.iter_mut().flatten() {
                *line = replaced(line, from, to, flags.contains('g'));
            }
        } else if let Some(pattern) = script.strip_suffix('d') {
            let pattern = pattern.trim_matches('/');
            for (at, line) in lines.iter_mut().enumerate() {
                let hit = match pattern.parse::<usize>() {
                    Ok(number) => number == at + 1,
                    Err(_) => line.as_ref().is_some_and(|line| matched(pattern, line).is_some()),
                };
                if hit {
                    *line = None;
                }
            }
        } else if let Some(range) = script.strip_suffix('p') {
            let (from, to) = range.split_once(',').unwrap_or((range, range));
            let last = lines.len();
            let number = |text: &str| if text == "$" { last } else { text.parse().unwrap_or(0) };
            let (from, to) = (number(from).max(1), number(to));
            printed.extend(lines.iter().take(to).skip(from - 1).flatten().cloned());
        } else {
            return Ended::fail(1, format!("sed: unsupported command {script}"));
        }
    }
    Ended::ok(if quiet { joined(printed.iter()) } else { joined(lines.iter().flatten()) })
}

fn replaced(line: &str, from: &str, to: &str, all: bool) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some((start, end)) = matched(from, rest).filter(|(start, end)| end > start) {
        out += rest.get(..start).unwrap_or("");
        out += &to.replace('&', rest.get(start..end).unwrap_or(""));
        rest = rest.get(end..).unwrap_or("");
        if !all || from.starts_with('^') {
            break;
        }
    }
    out + rest
}
