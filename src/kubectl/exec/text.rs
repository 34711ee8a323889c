//! Programs that read text and print text: echo, grep, head, tail, sort, uniq, wc, seq, cut, tr, awk, xargs.

use super::world::Ended;
use crate::order::Order;
use std::fmt::Write;

/// Runs a program; `None` for one that is not here.
pub fn program(name: &str, args: &[&str], input: &str) -> Option<Ended> {
    Some(match name {
        "echo" => echo(args),
        "printf" => printf(args),
        "grep" | "egrep" => grep(args, input),
        "head" => head_or_tail(args, input, true),
        "tail" => head_or_tail(args, input, false),
        "sort" => sort(args, input),
        "uniq" => uniq(args, input),
        "wc" => wc(args, input),
        "seq" => seq(args),
        "cut" => cut(args, input),
        "tr" => tr(args, input),
        "awk" => awk(args, input),
        "sed" => super::sed::sed(args, input),
        "tac" => Ended::ok(joined(input.lines().rev())),
        "rev" => Ended::ok(joined(input.lines().map(|line| line.chars().rev().collect::<String>()))),
        "nl" => Ended::ok(joined(input.lines().enumerate().map(|(at, line)| format!("{:6}\t{line}", at + 1)))),
        "tee" | "less" | "more" => Ended::ok(input),
        "basename" => {
            Ended::ok(args.first().map_or("", |path| path.rsplit('/').next().unwrap_or("")).to_owned() + "\n")
        }
        "test" => test(args),
        "[" => test(args.strip_suffix(&["]"]).unwrap_or(args)),
        _ => return None,
    })
}

/// Whether a program reads its input.
pub fn reads(name: &str) -> bool {
    !matches!(name, "echo" | "printf" | "seq" | "basename" | "test" | "[")
}

/// Parts a program's words into those that it works by and the files that it reads.
pub fn files<'a>(name: &str, args: &[&'a str]) -> (Vec<&'a str>, Vec<&'a str>) {
    // How many words without a dash come before the files, and which options take a word.
    let (mut own, with_value): (usize, &[&str]) = match name {
        "grep" | "egrep" => (1, &["-e", "-A", "-B", "-C", "-m"]),
        "awk" => (1, &["-F", "-v"]),
        "sed" => (1, &["-e"]),
        "head" | "tail" => (0, &["-n", "-c"]),
        "sort" => (0, &["-k", "-t"]),
        "cut" => (0, &["-d", "-f", "-c"]),
        "less" | "more" | "wc" | "uniq" | "tac" | "rev" | "nl" => (0, &[]),
        _ => return (args.to_vec(), Vec::new()),
    };
    let (mut kept, mut named) = (Vec::new(), Vec::new());
    let mut words = args.iter().copied();
    while let Some(word) = words.next() {
        if word.len() > 1 && word.starts_with('-') {
            kept.push(word);
            if with_value.contains(&word) {
                kept.extend(words.next());
                own = own.saturating_sub(usize::from(word == "-e"));
            }
        } else if own > 0 {
            own -= 1;
            kept.push(word);
        } else {
            named.push(word);
        }
    }
    (kept, named)
}

pub fn joined(lines: impl Iterator<Item = impl AsRef<str>>) -> String {
    lines.fold(String::new(), |text, line| text + line.as_ref() + "\n")
}

fn echo(args: &[&str]) -> Ended {
    let flags = args.iter().take_while(|arg| matches!(**arg, "-n" | "-e" | "-ne" | "-en")).count();
    let (flags, words) = args.split_at(flags);
    let mut text = words.join(" ");
    if flags.iter().any(|flag| flag.contains('e')) {
        text = unescaped(&text);
    }
    if !flags.iter().any(|flag| flag.contains('n')) {
        text.push('\n');
    }
    Ended::ok(text)
}

pub fn unescaped(text: &str) -> String {
    text.replace("\\n", "\n").replace("\\t", "\t").replace("\\\\", "\\")
}

fn printf(args: &[&str]) -> Ended {
    let Some((format, mut rest)) = args.split_first() else {
        return Ended::fail(2, "printf: usage: printf format [arguments]");
    };
    let format = unescaped(format);
    let mut out = String::new();
    loop {
        let before = rest.len();
        let mut chars = format.chars();
        while let Some(c) = chars.next() {
            match c {
                '%' => match chars.next() {
                    Some('s' | 'd' | 'i') => {
                        let (value, left) = rest.split_first().map_or(("", rest), |(value, left)| (*value, left));
                        out.push_str(value);
                        rest = left;
                    }
                    Some('%') | None => out.push('%'),
                    Some(other) => out.extend(['%', other]),
                },
                c => out.push(c),
            }
        }
        if rest.is_empty() || rest.len() == before {
            return Ended::ok(out);
        }
    }
}

/// Whether `line` holds what a pattern means.
pub fn holds(pattern: &str, line: &str) -> bool {
    matched(pattern, line).is_some()
}

/// Where `line` holds what a pattern means, from the earliest place as far as it goes. `^`, `$`, `.`, `*`, `+`, `?`,
/// `[...]`, `\|` and `|` are understood, the rest is literal.
pub fn matched(pattern: &str, line: &str) -> Option<(usize, usize)> {
    pattern.replace("\\|", "|").split('|').filter_map(|one| super::pattern::find(one, line)).min_by_key(|found| found.0)
}

fn grep(args: &[&str], input: &str) -> Ended {
    let (mut invert, mut ignore_case, mut count, mut quiet, mut only) = (false, false, false, false, false);
    let mut pattern = None;
    let mut words = args.iter();
    while let Some(arg) = words.next() {
        match arg.strip_prefix('-').filter(|flags| !flags.is_empty()) {
            Some("e") => pattern = words.next().copied(),
            Some(flags) => {
                invert |= flags.contains('v');
                ignore_case |= flags.contains('i');
                count |= flags.contains('c');
                quiet |= flags.contains('q');
                only |= flags.contains('o');
            }
            None if pattern.is_none() => pattern = Some(*arg),
            None => {}
        }
    }
    let Some(pattern) = pattern else { return Ended::fail(2, "Usage: grep [OPTION]... PATTERNS [FILE]...") };
    let fold = |text: &str| if ignore_case { text.to_lowercase() } else { text.to_owned() };
    let wanted = fold(pattern);
    let found: Vec<&str> = input.lines().filter(|line| holds(&wanted, &fold(line)) != invert).collect();
    let out = if quiet {
        String::new()
    } else if count {
        format!("{}\n", found.len())
    } else if only {
        joined(found.iter().filter_map(|line| {
            let (start, end) = matched(&wanted, &fold(line))?;
            line.get(start..end)
        }))
    } else {
        joined(found.iter())
    };
    Ended { out, code: i32::from(found.is_empty()), ..Ended::default() }
}

fn head_or_tail(args: &[&str], input: &str, head: bool) -> Ended {
    let mut count = 10_usize;
    let mut words = args.iter();
    while let Some(arg) = words.next() {
        let number = match arg.strip_prefix("-n") {
            Some("") => words.next().copied(),
            Some(rest) => Some(rest),
            None => arg.strip_prefix('-'),
        };
        count = number.and_then(|number| number.trim_start_matches('+').parse().ok()).unwrap_or(count);
    }
    let lines: Vec<&str> = input.lines().collect();
    let from = if head { 0 } else { lines.len().saturating_sub(count) };
    Ended::ok(joined(lines.iter().skip(from).take(count)))
}

fn sort(args: &[&str], input: &str) -> Ended {
    let has = |letter: char| args.iter().any(|arg| arg.starts_with('-') && arg.contains(letter));
    let key = args.iter().enumerate().find_map(|(at, arg)| {
        let (_, key) = arg.strip_prefix('-')?.split_once('k')?;
        let key = if key.is_empty() { args.get(at + 1)? } else { key };
        key.split([',', 'n', 'r']).next()?.parse::<usize>().ok()
    });
    let mut lines: Vec<&str> = input.lines().collect();
    let part = |line: &str| match key {
        Some(key) => line.split_whitespace().nth(key.saturating_sub(1)).unwrap_or("").to_owned(),
        None => line.to_owned(),
    };
    if has('n') {
        let number = |line: &str| {
            let text = part(line);
            let digits: String = text.trim_start().chars().take_while(|c| c.is_ascii_digit() || *c == '-').collect();
            digits.parse::<i64>().unwrap_or(0)
        };
        lines.order_by_key(|line| number(line));
    } else {
        lines.order_by_key(|line| part(line));
    }
    if has('r') {
        lines.reverse();
    }
    if has('u') {
        lines.dedup();
    }
    Ended::ok(joined(lines.iter()))
}

fn uniq(args: &[&str], input: &str) -> Ended {
    let count = args.contains(&"-c");
    let lines: Vec<&str> = input.lines().collect();
    let groups = lines.chunk_by(|one, next| one == next);
    Ended::ok(joined(groups.filter_map(|group| {
        let first = group.first()?;
        Some(if count { format!("{:7} {first}", group.len()) } else { (*first).to_owned() })
    })))
}

fn wc(args: &[&str], input: &str) -> Ended {
    let (lines, words, bytes) = (input.matches('\n').count(), input.split_whitespace().count(), input.len());
    let out = match args.first() {
        Some(&"-l") => format!("{lines}\n"),
        Some(&"-w") => format!("{words}\n"),
        Some(&"-c") => format!("{bytes}\n"),
        _ => format!("{lines:7} {words:7} {bytes:7}\n"),
    };
    Ended::ok(out)
}

fn seq(args: &[&str]) -> Ended {
    const MOST: i64 = 100_000;
    let numbers: Vec<i64> = args.iter().filter_map(|arg| arg.parse().ok()).collect();
    let (first, step, last) = match numbers.as_slice() {
        [last] => (1, 1, *last),
        [first, last] => (*first, 1, *last),
        [first, step, last] if *step != 0 => (*first, *step, *last),
        _ => return Ended::fail(1, "seq: missing operand"),
    };
    let mut out = String::new();
    let mut at = first;
    for _ in 0..MOST {
        if (step > 0 && at > last) || (step < 0 && at < last) {
            break;
        }
        let _ = writeln!(out, "{at}");
        at = at.saturating_add(step);
    }
    Ended::ok(out)
}

fn cut(args: &[&str], input: &str) -> Ended {
    let text = args.join(" ");
    let option = |flag: &str| text.split_once(flag).map(|(_, rest)| rest.trim_start());
    let delimiter = option("-d").map_or("\t", |rest| {
        let rest = rest.trim_start_matches(['\'', '"']);
        rest.get(..1).unwrap_or(" ")
    });
    let delimiter =
        if args.iter().any(|arg| *arg == "-d " || *arg == "-d" && args.contains(&" ")) { " " } else { delimiter };
    let fields: Vec<usize> = option("-f")
        .map(|rest| rest.split(' ').next().unwrap_or("").split(',').filter_map(|field| field.parse().ok()).collect())
        .unwrap_or_default();
    Ended::ok(joined(input.lines().map(|line| {
        let parts: Vec<&str> = line.split(delimiter).collect();
        if parts.len() == 1 {
            return line.to_owned();
        }
        let chosen: Vec<&str> = fields.iter().filter_map(|field| parts.get(field.wrapping_sub(1)).copied()).collect();
        chosen.join(delimiter)
    })))
}

fn tr(args: &[&str], input: &str) -> Ended {
    let letters = |set: &str| -> Vec<char> {
        let set: Vec<char> = unescaped(set).chars().collect();
        let mut all = Vec::new();
        let mut at = 0;
        while let Some(c) = set.get(at) {
            if let (Some('-'), Some(last)) = (set.get(at + 1), set.get(at + 2)) {
                all.extend(*c..=*last);
                at += 3;
            } else {
                all.push(*c);
                at += 1;
            }
        }
        all
    };
    Ended::ok(match args {
        ["-d", set] => {
            let set = letters(set);
            input.chars().filter(|c| !set.contains(c)).collect::<String>()
        }
        [from, to] => {
            let (from, to) = (letters(from), letters(to));
            let swap = |c: char| match from.iter().position(|one| *one == c) {
                Some(at) => to.get(at).or(to.last()).copied().unwrap_or(c),
                None => c,
            };
            input.chars().map(swap).collect()
        }
        _ => return Ended::fail(1, "tr: missing operand"),
    })
}

/// `awk '{print $1, $3}'`, with `-F`; a pattern `/x/` before it, `NR>1`.
fn awk(args: &[&str], input: &str) -> Ended {
    let mut separator = None;
    let mut program = None;
    let mut words = args.iter();
    while let Some(arg) = words.next() {
        match arg.strip_prefix("-F") {
            Some("") => separator = words.next().copied(),
            Some(rest) => separator = Some(rest),
            None => program = program.or(Some(*arg)),
        }
    }
    let Some((condition, action)) = program.and_then(|program| program.split_once('{')) else {
        return Ended::fail(2, "awk: only programs such as '{print $1}' are understood in the playground");
    };
    let action = action.trim_end().trim_end_matches('}').trim();
    let Some(items) = action.strip_prefix("print") else {
        return Ended::fail(2, "awk: only programs such as '{print $1}' are understood in the playground");
    };
    let condition = condition.trim();
    let mut out = String::new();
    for (number, line) in input.lines().enumerate() {
        let number = number + 1;
        let wanted = match condition.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')) {
            Some(pattern) => holds(pattern, line),
            None => match condition.strip_prefix("NR") {
                Some(rest) if rest.starts_with("==") => rest.trim_start_matches('=').trim().parse() == Ok(number),
                Some(rest) if rest.starts_with('>') => {
                    rest.trim_start_matches('>').trim().parse().is_ok_and(|least: usize| number > least)
                }
                _ => true,
            },
        };
        if !wanted {
            continue;
        }
        let fields: Vec<&str> = match separator {
            Some(separator) => line.split(separator).collect(),
            None => line.split_whitespace().collect(),
        };
        let item = |item: &str| {
            let item = item.trim();
            match item.strip_prefix('$') {
                Some("0") => line.to_owned(),
                Some("NF") => fields.last().copied().unwrap_or("").to_owned(),
                Some(at) => at
                    .parse::<usize>()
                    .ok()
                    .and_then(|at| fields.get(at.wrapping_sub(1)).copied())
                    .unwrap_or("")
                    .to_owned(),
                None if item == "NF" => fields.len().to_string(),
                None if item == "NR" => number.to_string(),
                None => item.trim_matches('"').to_owned(),
            }
        };
        let items = items.trim();
        let text =
            if items.is_empty() { line.to_owned() } else { items.split(',').map(item).collect::<Vec<_>>().join(" ") };
        out.push_str(&text);
        out.push('\n');
    }
    Ended::ok(out)
}

fn test(args: &[&str]) -> Ended {
    let number = |text: &str| text.parse::<i64>().unwrap_or(0);
    let holds = match args {
        ["-n", text] | [text] => !text.is_empty(),
        ["-z" | "!", text] => text.is_empty(),
        [one, "=" | "==", other] => one == other,
        [one, "!=", other] => one != other,
        [one, "-eq", other] => number(one) == number(other),
        [one, "-ne", other] => number(one) != number(other),
        [one, "-lt", other] => number(one) < number(other),
        [one, "-le", other] => number(one) <= number(other),
        [one, "-gt", other] => number(one) > number(other),
        [one, "-ge", other] => number(one) >= number(other),
        _ => false,
    };
    Ended { code: i32::from(!holds), ..Ended::default() }
}

/// The commands that `xargs` runs: `-n N` words each, or `-I X` one a line with the line in its place.
pub fn xargs(args: &[&str], input: &str) -> Vec<Vec<String>> {
    let (mut each, mut place, mut at) = (usize::MAX, None, 0);
    while let Some(arg) = args.get(at) {
        if let Some(rest) = arg.strip_prefix("-n") {
            let number = if rest.is_empty() { args.get(at + 1).copied().unwrap_or("1") } else { rest };
            at += usize::from(rest.is_empty());
            each = number.parse().unwrap_or(1).max(1);
        } else if let Some(rest) = arg.strip_prefix("-I") {
            let name = if rest.is_empty() { args.get(at + 1).copied().unwrap_or("{}") } else { rest };
            at += usize::from(rest.is_empty());
            place = Some(name);
        } else {
            break;
        }
        at += 1;
    }
    let command: Vec<String> = args.get(at..).unwrap_or(&[]).iter().map(|word| (*word).to_owned()).collect();
    let command = if command.is_empty() { vec!["echo".to_owned()] } else { command };
    if let Some(place) = place {
        let fill = |line: &str| command.iter().map(|word| word.replace(place, line)).collect();
        return input.lines().map(fill).collect();
    }
    let words: Vec<String> = input.split_whitespace().map(str::to_owned).collect();
    words.chunks(each.min(words.len().max(1))).map(|chunk| [command.as_slice(), chunk].concat()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(line: &[&str], input: &str) -> String {
        let (name, args) = line.split_first().unwrap();
        let ended = program(name, args, input).unwrap();
        format!("{}{}", ended.out, if ended.code == 0 { String::new() } else { format!("={}", ended.code) })
    }

    #[test]
    fn filters_do_what_theirs_do() {
        let lines = "web 3\ndb 10\nweb 2\n";
        for (words, output) in [
            (&["grep", "web"][..], "web 3\nweb 2\n"),
            (&["grep", "-vc", "web"], "1\n"),
            (&["grep", "^d.*0$"], "db 10\n"),
            (&["grep", "x"], "=1"),
            (&["head", "-n1"], "web 3\n"),
            (&["tail", "-1"], "web 2\n"),
            (&["sort"], "db 10\nweb 2\nweb 3\n"),
            (&["sort", "-nk2"], "web 2\nweb 3\ndb 10\n"),
            (&["awk", "{print $2}"], "3\n10\n2\n"),
            (&["awk", "NR>1{print $1, $NF}"], "db 10\nweb 2\n"),
            (&["cut", "-d", " ", "-f", "1"], "web\ndb\nweb\n"),
            (&["wc", "-l"], "3\n"),
            (&["tr", "a-z", "A-Z"], "WEB 3\nDB 10\nWEB 2\n"),
            (&["sed", "s/web/www/"], "www 3\ndb 10\nwww 2\n"),
        ] {
            assert_eq!(run(words, lines), output, "{words:?}");
        }
        let commands = xargs(&["-n", "2", "echo"], lines);
        assert_eq!(commands, [["echo", "web", "3"], ["echo", "db", "10"], ["echo", "web", "2"]]);
        assert_eq!(run(&["uniq", "-c"], "a\na\nb\n"), "      2 a\n      1 b\n");
        assert_eq!(run(&["seq", "2", "4"], ""), "2\n3\n4\n");
        assert_eq!(run(&["printf", "%s-%s\\n", "a", "b", "c", "d"], ""), "a-b\nc-d\n");
        assert_eq!(run(&["[", "a", "=", "b", "]"], ""), "=1");
    }
}
