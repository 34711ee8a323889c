//! Programs that go through what they read line by line, so that a pipe's lines flow through them as they come: grep,
//! head, uniq, cut, tr, rev, nl, cat; awk and sed stand in files of their own.

use super::shell::Programs;
use super::stream::{Io, Stream};
use super::text::{matched, unescaped};
use super::world::Ended;
use super::{awk, sed};
use std::collections::VecDeque;
use std::fmt::Write;

/// A program that goes through its lines.
pub trait Lines {
    /// Takes a line with its end; what it prints is added to `out`. `false` when it wants no more.
    fn take(&mut self, whole: &str, out: &mut String) -> bool {
        self.line(whole.strip_suffix('\n').unwrap_or(whole), out)
    }

    /// Takes a line without its end.
    fn line(&mut self, line: &str, out: &mut String) -> bool;

    /// There are no more; gives the exit code.
    fn end(&mut self, _out: &mut String) -> i32 {
        0
    }
}

/// A program, or what it says of its words.
pub type Made = Result<Box<dyn Lines>, Ended>;

/// The program of this name; `None` for one that is not here.
pub fn of(name: &str, args: &[&str]) -> Option<Made> {
    Some(match name {
        "grep" | "egrep" => Grep::made(args),
        "head" => Ok(Box::new(Head { left: count(args) })),
        "uniq" => Ok(Box::new(Uniq { counts: args.contains(&"-c"), held: None })),
        "cut" => Ok(Box::new(Cut::new(args))),
        "tr" => Tr::made(args),
        "awk" => awk::made(args),
        "sed" => sed::made(args),
        "rev" => Ok(Box::new(Rev)),
        "nl" => Ok(Box::new(Nl { number: 0 })),
        "cat" | "less" | "more" => Ok(Box::new(Copy)),
        _ => return None,
    })
}

/// Runs a program over what comes.
pub async fn pass(mut program: Box<dyn Lines>, input: &Stream, io: &Io) -> i32 {
    let mut out = String::new();
    while let Some(line) = input.piece().await {
        let more = program.take(&line, &mut out);
        io.out.write(&out);
        out.clear();
        if !more {
            break;
        }
        io.out.give_way().await;
    }
    let code = program.end(&mut out);
    io.out.write(&out);
    code
}

/// `tee [-a] [FILE...]`
pub async fn tee(programs: &dyn Programs, args: &[&str], io: &Io) -> i32 {
    let (flags, files): (Vec<&str>, Vec<&str>) = args.iter().copied().partition(|arg| arg.starts_with('-'));
    let (mut code, mut append) = (0, flags.iter().any(|flag| matches!(*flag, "-a" | "--append")));
    let mut text = String::new();
    loop {
        let line = io.input.piece().await;
        text.push_str(line.as_deref().unwrap_or(""));
        // Files are written as the lines come, as long as there are any.
        if line.is_some() || !append {
            for file in &files {
                if let Err(why) = programs.write(file, &text, append) {
                    code = Ended::fail(1, format!("tee: {why}")).print(io);
                }
            }
            text.clear();
            append = true;
        }
        let Some(line) = line else { return code };
        io.out.write(&line);
        io.out.give_way().await;
    }
}

/// Adds a line.
pub fn print(out: &mut String, line: &str) {
    out.push_str(line);
    out.push('\n');
}

/// `-n N`, `-N`: how many lines `head` and `tail` print.
pub fn count(args: &[&str]) -> usize {
    let mut count = 10;
    let mut words = args.iter();
    while let Some(arg) = words.next() {
        let number = match arg.strip_prefix("-n") {
            Some("") => words.next().copied(),
            Some(rest) => Some(rest),
            None => arg.strip_prefix("--lines=").or_else(|| arg.strip_prefix('-')),
        };
        count = number.and_then(|number| number.trim_start_matches('+').parse().ok()).unwrap_or(count);
    }
    count
}

struct Copy;

impl Lines for Copy {
    fn take(&mut self, whole: &str, out: &mut String) -> bool {
        out.push_str(whole);
        true
    }

    fn line(&mut self, line: &str, out: &mut String) -> bool {
        print(out, line);
        true
    }
}

struct Rev;

impl Lines for Rev {
    fn line(&mut self, line: &str, out: &mut String) -> bool {
        out.extend(line.chars().rev());
        out.push('\n');
        true
    }
}

struct Nl {
    number: usize,
}

impl Lines for Nl {
    fn line(&mut self, line: &str, out: &mut String) -> bool {
        self.number += usize::from(!line.is_empty());
        let _ = if line.is_empty() { writeln!(out) } else { writeln!(out, "{:6}\t{line}", self.number) };
        true
    }
}

struct Head {
    left: usize,
}

impl Lines for Head {
    fn take(&mut self, whole: &str, out: &mut String) -> bool {
        if self.left > 0 {
            out.push_str(whole);
        }
        self.left = self.left.saturating_sub(1);
        self.left > 0
    }

    fn line(&mut self, line: &str, out: &mut String) -> bool {
        self.take(line, out)
    }
}

struct Uniq {
    counts: bool,
    held: Option<(String, usize)>,
}

impl Uniq {
    fn show(&mut self, out: &mut String) {
        if let Some((line, times)) = self.held.take() {
            let _ = if self.counts { writeln!(out, "{times:7} {line}") } else { writeln!(out, "{line}") };
        }
    }
}

impl Lines for Uniq {
    fn line(&mut self, line: &str, out: &mut String) -> bool {
        match &mut self.held {
            Some((held, times)) if held == line => *times += 1,
            _ => {
                self.show(out);
                self.held = Some((line.to_owned(), 1));
            }
        }
        true
    }

    fn end(&mut self, out: &mut String) -> i32 {
        self.show(out);
        0
    }
}

struct Cut {
    delimiter: String,
    fields: Vec<(usize, usize)>,
    characters: bool,
    only: bool,
}

impl Cut {
    fn new(args: &[&str]) -> Cut {
        let mut cut =
            Cut { delimiter: "\t".to_owned(), fields: Vec::new(), characters: false, only: args.contains(&"-s") };
        let mut words = args.iter();
        while let Some(arg) = words.next() {
            let Some((flag, rest)) = arg.strip_prefix('-').and_then(|flags| flags.split_at_checked(1)) else {
                continue;
            };
            if !matches!(flag, "d" | "f" | "c" | "b") {
                continue;
            }
            let value = if rest.is_empty() { words.next().copied().unwrap_or("") } else { rest };
            if flag == "d" {
                value.clone_into(&mut cut.delimiter);
            } else {
                cut.characters = flag != "f";
                cut.fields = value.split(',').filter_map(range).collect();
            }
        }
        cut
    }

    fn has(&self, at: usize) -> bool {
        self.fields.iter().any(|(from, to)| (*from..=*to).contains(&(at + 1)))
    }
}

/// `3`, `2-`, `-4`, `2-4`
fn range(text: &str) -> Option<(usize, usize)> {
    match text.split_once('-') {
        None => text.parse().ok().map(|at| (at, at)),
        Some((from, to)) => Some((
            if from.is_empty() { 1 } else { from.parse().ok()? },
            if to.is_empty() { usize::MAX } else { to.parse().ok()? },
        )),
    }
}

impl Lines for Cut {
    fn line(&mut self, line: &str, out: &mut String) -> bool {
        if self.characters {
            let chosen: String =
                line.chars().enumerate().filter(|(at, _)| self.has(*at)).map(|(_, letter)| letter).collect();
            print(out, &chosen);
        } else if self.delimiter.is_empty() || !line.contains(&self.delimiter) {
            if !self.only {
                print(out, line);
            }
        } else {
            let parts = line.split(&self.delimiter).enumerate();
            let chosen: Vec<&str> = parts.filter(|(at, _)| self.has(*at)).map(|(_, part)| part).collect();
            print(out, &chosen.join(&self.delimiter));
        }
        true
    }
}

enum Tr {
    Delete(Vec<char>),
    Squeeze(Vec<char>, Option<char>),
    Swap(Vec<char>, Vec<char>),
}

impl Tr {
    fn made(args: &[&str]) -> Made {
        Ok(Box::new(match args {
            ["-d", set] => Tr::Delete(letters(set)),
            ["-s", set] => Tr::Squeeze(letters(set), None),
            [from, to] => Tr::Swap(letters(from), letters(to)),
            _ => return Err(Ended::fail(1, "tr: missing operand")),
        }))
    }
}

fn letters(set: &str) -> Vec<char> {
    const MOST: usize = 4096;
    let set = match set {
        "[:lower:]" => "a-z",
        "[:upper:]" => "A-Z",
        "[:digit:]" => "0-9",
        "[:space:]" => " \\t\\n\\r",
        set => set,
    };
    let set: Vec<char> = unescaped(set).chars().collect();
    let mut all = Vec::new();
    let mut at = 0;
    while let Some(c) = set.get(at) {
        if let (Some('-'), Some(last)) = (set.get(at + 1), set.get(at + 2)) {
            all.extend((*c..=*last).take(MOST));
            at += 3;
        } else {
            all.push(*c);
            at += 1;
        }
    }
    all
}

impl Lines for Tr {
    fn take(&mut self, whole: &str, out: &mut String) -> bool {
        match self {
            Tr::Delete(set) => out.extend(whole.chars().filter(|c| !set.contains(c))),
            Tr::Squeeze(set, last) => {
                for c in whole.chars() {
                    if *last != Some(c) || !set.contains(&c) {
                        out.push(c);
                    }
                    *last = Some(c);
                }
            }
            Tr::Swap(from, to) => out.extend(whole.chars().map(|c| match from.iter().position(|one| *one == c) {
                Some(at) => to.get(at).or(to.last()).copied().unwrap_or(c),
                None => c,
            })),
        }
        true
    }

    fn line(&mut self, line: &str, out: &mut String) -> bool {
        self.take(line, out)
    }
}

/// `grep [-vicqonwFE] [-m N] [-A N] [-B N] [-C N] PATTERN`
#[derive(Default)]
struct Grep {
    patterns: Vec<String>,
    invert: bool,
    ignore_case: bool,
    count: bool,
    quiet: bool,
    only: bool,
    numbers: bool,
    words: bool,
    literal: bool,
    most: Option<usize>,
    before: usize,
    after: usize,
    number: usize,
    found: usize,
    held: VecDeque<String>,
    /// Lines that still follow one that was found, and the number of the last line that was printed.
    follows: usize,
    printed: usize,
}

impl Grep {
    fn made(args: &[&str]) -> Made {
        let mut grep = Grep::default();
        let mut words = args.iter();
        while let Some(arg) = words.next() {
            let Some(flags) = arg.strip_prefix('-').filter(|flags| !flags.is_empty()) else {
                if grep.patterns.is_empty() {
                    grep.patterns = arg.lines().map(str::to_owned).collect();
                }
                continue;
            };
            for (at, flag) in flags.char_indices() {
                if !"eABCm".contains(flag) {
                    grep.switch(flag);
                    continue;
                }
                let rest = flags.get(at + 1..).unwrap_or("");
                let value = if rest.is_empty() { words.next().copied().unwrap_or("") } else { rest };
                let number = value.parse().unwrap_or(0);
                match flag {
                    'e' => grep.patterns.push(value.to_owned()),
                    'm' => grep.most = Some(number),
                    'A' => grep.after = number,
                    'B' => grep.before = number,
                    _ => (grep.before, grep.after) = (number, number),
                }
                break;
            }
        }
        if grep.patterns.is_empty() && !args.contains(&"") {
            return Err(Ended::fail(2, "Usage: grep [OPTION]... PATTERNS [FILE]..."));
        }
        if grep.ignore_case {
            grep.patterns.iter_mut().for_each(|pattern| *pattern = pattern.to_lowercase());
        }
        // `grep ''` finds every line.
        if grep.patterns.is_empty() {
            grep.patterns.push(String::new());
        }
        Ok(Box::new(grep))
    }

    fn switch(&mut self, flag: char) {
        match flag {
            'v' => self.invert = true,
            'i' => self.ignore_case = true,
            'c' => self.count = true,
            'q' => self.quiet = true,
            'o' => self.only = true,
            'n' => self.numbers = true,
            'w' => self.words = true,
            'F' => self.literal = true,
            _ => {}
        }
    }

    /// Where a line holds one of the patterns first.
    fn place(&self, line: &str) -> Option<(usize, usize)> {
        let whole = |(start, end): (usize, usize)| {
            let is_word = |c: char| c.is_alphanumeric() || c == '_';
            !line.get(..start).unwrap_or("").ends_with(is_word) && !line.get(end..).unwrap_or("").starts_with(is_word)
        };
        let found = self.patterns.iter().filter_map(|pattern| {
            if self.literal { line.find(pattern).map(|at| (at, at + pattern.len())) } else { matched(pattern, line) }
        });
        found.filter(|place| !self.words || whole(*place)).min()
    }

    fn show(&mut self, number: usize, line: &str, mark: char, out: &mut String) {
        if (self.before > 0 || self.after > 0) && self.printed > 0 && number > self.printed + 1 {
            out.push_str("--\n");
        }
        if self.numbers {
            let _ = write!(out, "{number}{mark}");
        }
        print(out, line);
        self.printed = number;
    }

    fn parts(&self, line: &str, folded: &str, out: &mut String) {
        let mut from = 0;
        while let Some((start, end)) = folded.get(from..).and_then(|rest| self.place(rest)).filter(|(s, e)| e > s) {
            if self.numbers {
                let _ = write!(out, "{}:", self.number);
            }
            print(out, line.get(from + start..from + end).unwrap_or(""));
            from += end;
        }
    }
}

impl Lines for Grep {
    fn line(&mut self, line: &str, out: &mut String) -> bool {
        self.number += 1;
        let folded = if self.ignore_case { line.to_lowercase() } else { line.to_owned() };
        if self.place(&folded).is_some() == self.invert {
            if self.follows > 0 {
                self.follows -= 1;
                self.show(self.number, line, '-', out);
            } else if self.before > 0 {
                if self.held.len() == self.before {
                    self.held.pop_front();
                }
                self.held.push_back(line.to_owned());
            }
            return !(self.most == Some(self.found) && self.follows == 0);
        }
        if self.most == Some(self.found) {
            return false;
        }
        self.found += 1;
        if self.quiet {
            return false;
        }
        if self.only && !self.invert {
            self.parts(line, &folded, out);
        } else if !self.count {
            let held = std::mem::take(&mut self.held);
            let first = self.number - held.len();
            for (at, one) in held.iter().enumerate() {
                self.show(first + at, one, '-', out);
            }
            self.show(self.number, line, ':', out);
            self.follows = self.after;
        }
        self.most != Some(self.found) || self.follows > 0
    }

    fn end(&mut self, out: &mut String) -> i32 {
        if self.count && !self.quiet {
            print(out, &self.found.to_string());
        }
        i32::from(self.found == 0)
    }
}
