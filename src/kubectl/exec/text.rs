//! Programs that read text and print text: echo, printf, tail, sort, wc, seq, test, xargs, and those of
//! [`lines`](super::lines).

use super::lines;
use super::stream::{Io, Stream};
use super::world::Ended;
use crate::order::Order;
use std::fmt::Write;

/// Whether there is a program of this name.
pub fn is_program(name: &str) -> bool {
    lines::of(name, &[]).is_some() || whole(name, &[], "").is_some()
}

/// Runs a program on `input`, which is its own or that of files.
pub async fn run(name: &str, args: &[&str], input: &Stream, io: &Io) -> i32 {
    match lines::of(name, args) {
        Some(Ok(program)) => return lines::pass(program, input, io).await,
        Some(Err(ended)) => return ended.print(io),
        None => {}
    }
    let text = if reads(name) { input.all().await } else { String::new() };
    let Some(ended) = whole(name, args, &text) else { return 127 };
    io.err.write(&ended.err);
    // As much at once as goes through a pipe.
    for line in ended.out.split_inclusive('\n') {
        io.out.write(line);
        io.out.give_way().await;
    }
    ended.code
}

/// Runs a program that reads all before it prints; `None` for one that is not here.
fn whole(name: &str, args: &[&str], input: &str) -> Option<Ended> {
    Some(match name {
        "echo" => echo(args),
        "printf" => printf(args),
        "tail" => tail(args, input),
        "sort" => sort(args, input),
        "wc" => wc(args, input),
        "seq" => seq(args),
        "jq" => super::jq::jq(args, input),
        "tac" => Ended::ok(joined(input.lines().rev())),
        "basename" => {
            Ended::ok(args.first().map_or("", |path| path.rsplit('/').next().unwrap_or("")).to_owned() + "\n")
        }
        "test" => test(args),
        "[" => test(args.strip_suffix(&["]"]).unwrap_or(args)),
        _ => return None,
    })
}

/// Whether a program reads its input.
fn reads(name: &str) -> bool {
    !matches!(name, "echo" | "printf" | "seq" | "basename" | "test" | "[")
}

/// Parts a program's words into those that it works by and the files that it reads.
pub fn files<'a>(name: &str, args: &[&'a str]) -> (Vec<&'a str>, Vec<&'a str>) {
    // How many words without a dash come before the files, and which options take a word.
    let (mut own, with_value): (usize, &[&str]) = match name {
        "grep" | "egrep" => (1, &["-e", "-A", "-B", "-C", "-m"]),
        "awk" => (1, &["-F", "-v"]),
        "sed" => (1, &["-e"]),
        "jq" => (1, &[]),
        "head" | "tail" => (0, &["-n", "-c"]),
        "sort" => (0, &["-k", "-t"]),
        "cut" => (0, &["-d", "-f", "-c"]),
        "cat" | "less" | "more" | "wc" | "uniq" | "tac" | "rev" | "nl" => (0, &[]),
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

fn joined(lines: impl Iterator<Item = impl AsRef<str>>) -> String {
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

/// Where `line` holds what a pattern means, from the earliest place as far as it goes. `^`, `$`, `.`, `*`, `+`, `?`,
/// `[...]`, `\|` and `|` are understood, the rest is literal.
pub fn matched(pattern: &str, line: &str) -> Option<(usize, usize)> {
    pattern.replace("\\|", "|").split('|').filter_map(|one| super::pattern::find(one, line)).min_by_key(|found| found.0)
}

fn tail(args: &[&str], input: &str) -> Ended {
    let count = lines::count(args);
    let lines: Vec<&str> = input.lines().collect();
    let begins = args.iter().any(|arg| arg.trim_start_matches("-n").starts_with('+'));
    let from = if begins { count.saturating_sub(1) } else { lines.len().saturating_sub(count) };
    Ended::ok(joined(lines.iter().skip(from)))
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
    use std::task::{Context, Waker};

    fn run(line: &[&str], input: &str) -> String {
        let (name, args) = line.split_first().unwrap();
        let (input, io) = (Stream::of(input), Io::default());
        let ended = std::pin::pin!(super::run(name, args, &input, &io));
        let std::task::Poll::Ready(code) = ended.poll(&mut Context::from_waker(Waker::noop())) else { unreachable!() };
        format!("{}{}", io.out.take(), if code == 0 { String::new() } else { format!("={code}") })
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
            (&["sed", "-n", "$p"], "web 2\n"),
            (&["sed", "2,$d; s/ /;/"], "web;3\n"),
            (&["sed", "/db/,$!d"], "db 10\nweb 2\n"),
            (&["grep", "-n", "-A1", "db"], "2:db 10\n3-web 2\n"),
            (&["grep", "-C", "1", "db"], "web 3\ndb 10\nweb 2\n"),
            (&["grep", "-m1", "web"], "web 3\n"),
            (&["grep", "-ow", "1*[02]"], "10\n2\n"),
            (&["tail", "-n", "+2"], "db 10\nweb 2\n"),
            (&["awk", "$2 > 2 {print $1 \":\" $2}"], "web:3\ndb:10\n"),
            (&["awk", "$1 ~ /^w/ && NR > 1"], "web 2\n"),
            (&["tr", "\\n", ","], "web 3,db 10,web 2,"),
            (&["cut", "-c2-3"], "eb\nb \neb\n"),
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
