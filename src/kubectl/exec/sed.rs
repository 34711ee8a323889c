//! sed: `s/from/to/[g]`, `d`, `p`, `q`, for all lines or those of an address: a number, `$`, `/pattern/`, from one to
//! another. Patterns are those of our grep.

use super::lines::{Lines, Made, print};
use super::text::matched;
use super::world::Ended;

/// Which line is meant.
enum Place {
    Number(usize),
    Last,
    Pattern(String),
}

impl Place {
    fn is(&self, line: &str, number: usize, last: bool) -> bool {
        match self {
            Place::Number(one) => *one == number,
            Place::Last => last,
            Place::Pattern(pattern) => matched(pattern, line).is_some(),
        }
    }
}

/// What is done with a line.
enum Do {
    Replace { from: String, to: String, all: bool, print: bool },
    Delete,
    Print,
    Quit,
}

struct Command {
    from: Option<Place>,
    to: Option<Place>,
    /// Whether the lines between the two have begun.
    inside: bool,
    turned: bool,
    what: Do,
}

impl Command {
    fn applies(&mut self, line: &str, number: usize, last: bool) -> bool {
        let hit = match (&self.from, &self.to) {
            (None, _) => true,
            (Some(from), None) => from.is(line, number, last),
            (Some(from), Some(to)) => {
                let begins = !self.inside && from.is(line, number, last);
                let hit = self.inside || begins;
                let over = match to {
                    Place::Number(end) => number >= *end,
                    to => !begins && to.is(line, number, last),
                };
                self.inside = hit && !over;
                hit
            }
        };
        hit != self.turned
    }
}

struct Sed {
    commands: Vec<Command>,
    quiet: bool,
    number: usize,
    /// The line before, where it may be the last.
    held: Option<String>,
}

/// Reads `sed [-n] [-E] [-e SCRIPT] [SCRIPT]`.
pub fn made(args: &[&str]) -> Made {
    let quiet = args.contains(&"-n");
    let scripts: Vec<&str> = args.iter().copied().filter(|arg| !arg.starts_with('-')).collect();
    if scripts.is_empty() {
        return Err(Ended::fail(1, "sed: no script"));
    }
    let mut commands = Vec::new();
    for mut script in scripts {
        loop {
            script = script.trim_start_matches([' ', ';', '\n']);
            if script.is_empty() {
                break;
            }
            let (command, rest) = command(script).map_err(|why| Ended::fail(1, format!("sed: {why}")))?;
            commands.push(command);
            script = rest;
        }
    }
    Ok(Box::new(Sed { commands, quiet, number: 0, held: None }))
}

/// The text up to a mark that no backslash stands before, and what follows it.
fn up_to(text: &str, mark: char) -> Option<(String, &str)> {
    let mut out = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            c if c == mark => return Some((out, text.get(at + c.len_utf8()..).unwrap_or(""))),
            '\\' => match chars.next() {
                Some((_, next)) if next == mark => out.push(mark),
                Some((_, next)) => out.extend(['\\', next]),
                None => out.push('\\'),
            },
            c => out.push(c),
        }
    }
    None
}

fn place(text: &str) -> Result<(Option<Place>, &str), String> {
    if let Some(rest) = text.strip_prefix('$') {
        return Ok((Some(Place::Last), rest));
    }
    if let Some(rest) = text.strip_prefix('/') {
        let (pattern, rest) = up_to(rest, '/').ok_or("unmatched '/'")?;
        return Ok((Some(Place::Pattern(pattern)), rest));
    }
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    Ok((number.parse().ok().map(Place::Number), rest))
}

fn command(script: &str) -> Result<(Command, &str), String> {
    let (from, rest) = place(script)?;
    let (to, rest) = match rest.strip_prefix(',') {
        Some(rest) => place(rest)?,
        None => (None, rest),
    };
    let rest = rest.trim_start();
    let (turned, rest) = rest.strip_prefix('!').map_or((false, rest), |rest| (true, rest.trim_start()));
    let mut letters = rest.chars();
    let (what, rest) = match letters.next() {
        Some('d') => (Do::Delete, letters.as_str()),
        Some('p') => (Do::Print, letters.as_str()),
        Some('q') => (Do::Quit, letters.as_str()),
        Some('s') => {
            let mark = letters.next().ok_or("bad option in substitution")?;
            let (pattern, rest) = up_to(letters.as_str(), mark).ok_or("unmatched '/'")?;
            let (to, rest) = up_to(rest, mark).ok_or("unmatched '/'")?;
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
            let (flags, rest) = rest.split_at(end);
            let (all, print) = (flags.contains('g'), flags.contains('p'));
            (Do::Replace { from: pattern, to, all, print }, rest)
        }
        other => return Err(format!("unsupported command {}", other.map_or(String::new(), String::from))),
    };
    if !(rest.is_empty() || rest.starts_with([' ', ';', '\n', '}'])) {
        return Err(format!("unsupported command {rest}"));
    }
    Ok((Command { from, to, inside: false, turned, what }, rest))
}

impl Sed {
    /// Works on a line; `false` where it was the last that is wanted.
    fn work(&mut self, mut line: String, last: bool, out: &mut String) -> bool {
        self.number += 1;
        let mut more = true;
        for command in &mut self.commands {
            if !command.applies(&line, self.number, last) {
                continue;
            }
            match &command.what {
                Do::Delete => return true,
                Do::Print => print(out, &line),
                Do::Quit => {
                    more = false;
                    break;
                }
                Do::Replace { from, to, all, print: shows } => {
                    let replaced = replaced(&line, from, to, *all);
                    if *shows && replaced != line {
                        print(out, &replaced);
                    }
                    line = replaced;
                }
            }
        }
        if !self.quiet {
            print(out, &line);
        }
        more
    }

    fn asks_for_last(&self) -> bool {
        let is_last = |place: &Option<Place>| matches!(place, Some(Place::Last));
        self.commands.iter().any(|command| is_last(&command.from) || is_last(&command.to))
    }
}

impl Lines for Sed {
    fn line(&mut self, line: &str, out: &mut String) -> bool {
        if !self.asks_for_last() {
            return self.work(line.to_owned(), false, out);
        }
        match self.held.replace(line.to_owned()) {
            Some(before) => self.work(before, false, out),
            None => true,
        }
    }

    fn end(&mut self, out: &mut String) -> i32 {
        if let Some(last) = self.held.take() {
            self.work(last, true, out);
        }
        0
    }
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
