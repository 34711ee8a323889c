//! `sh -c`: lists, pipes, redirections, variables, `$(...)`, `for` loops. Enough for what people type around Services.

use super::{Ended, Machine};
use std::collections::BTreeMap;

/// Rounds of all loops together, and nesting of `$(...)`.
const MOST_ROUNDS: usize = 10_000;
const DEEPEST: usize = 16;

/// A piece of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// A word still to be expanded: pieces with the way that they were quoted.
    Word(Vec<Piece>),
    /// `;`, `&&`, `||`, `|`, `&`, a line's end.
    Sign(&'static str),
    /// `>`, `>>`, `2>`, `2>&1`, `<`, ...
    Redirect(&'static str),
}

/// A piece of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Piece {
    text: String,
    /// Single quotes or an escape: taken as it is.
    literal: bool,
    /// In quotes: what comes of it is not cut into words.
    quoted: bool,
}

/// Runs `sh` with its arguments.
pub fn program(machine: &mut Machine<'_>, args: &[&str]) -> Ended {
    match args {
        [flag, script, ..] if flag.starts_with('-') && flag.contains('c') => {
            let mut shell = Shell { variables: BTreeMap::new(), rounds: 0, depth: 0, last: 0 };
            shell.script(machine, script, "")
        }
        _ => Ended::fail(
            2,
            "the playground has no interactive shell: give the command behind sh -c, or run it without a shell",
        ),
    }
}

struct Shell {
    variables: BTreeMap<String, String>,
    rounds: usize,
    depth: usize,
    last: i32,
}

impl Shell {
    fn script(&mut self, machine: &mut Machine<'_>, text: &str, input: &str) -> Ended {
        match tokens(text) {
            Ok(tokens) => self.list(machine, &tokens, input),
            Err(why) => Ended::fail(2, format!("sh: syntax error: {why}")),
        }
    }

    /// Runs commands one after the other, as `;`, `&&` and `||` say.
    fn list(&mut self, machine: &mut Machine<'_>, tokens: &[Token], input: &str) -> Ended {
        let mut all = Ended::default();
        let mut at = 0;
        let mut skip = false;
        while at < tokens.len() {
            let end = end_of_command(tokens, at);
            let part = tokens.get(at..end).unwrap_or(&[]);
            if !part.is_empty() && !skip {
                let ended = self.pipeline(machine, part, input);
                all.out += &ended.out;
                all.err += &ended.err;
                self.last = ended.code;
                if self.rounds > MOST_ROUNDS || all.out.len() > super::MOST {
                    break;
                }
            }
            let sign = tokens.get(end);
            skip = match sign {
                Some(Token::Sign("&&")) => self.last != 0,
                Some(Token::Sign("||")) => self.last == 0,
                _ => false,
            };
            at = end + 1;
        }
        all.code = self.last;
        all
    }

    fn pipeline(&mut self, machine: &mut Machine<'_>, tokens: &[Token], input: &str) -> Ended {
        let mut passed = input.to_owned();
        let mut last = Ended::default();
        let mut err = String::new();
        for command in between_pipes(tokens) {
            last = match command.first() {
                Some(Token::Word(first)) if plain(first) == "for" => self.for_loop(machine, command),
                Some(Token::Word(first)) if matches!(plain(first).as_str(), "while" | "until") => {
                    self.while_loop(machine, command)
                }
                Some(Token::Word(first)) if plain(first) == "if" => self.branch(machine, command),
                _ => self.command(machine, command, &passed),
            };
            passed = std::mem::take(&mut last.out);
            err += &std::mem::take(&mut last.err);
        }
        Ended { out: passed, err, code: last.code }
    }

    fn command(&mut self, machine: &mut Machine<'_>, tokens: &[Token], input: &str) -> Ended {
        let (mut words, mut redirects) = (Vec::new(), Vec::new());
        let mut tokens = tokens.iter();
        while let Some(token) = tokens.next() {
            match token {
                Token::Word(pieces) => words.extend(self.expand(machine, pieces)),
                Token::Redirect("2>&1") => redirects.push(("2>&1", String::new())),
                Token::Redirect(sign) => {
                    let target = match tokens.next() {
                        Some(Token::Word(pieces)) => self.expand(machine, pieces).join(" "),
                        _ => return Ended::fail(2, "sh: syntax error: a redirection needs a file"),
                    };
                    redirects.push((sign, target));
                }
                Token::Sign(_) => {}
            }
        }
        let mut ended = self.simple(machine, &words, input);
        for (sign, target) in redirects.iter().rev() {
            match *sign {
                "2>&1" => {
                    let err = std::mem::take(&mut ended.err);
                    ended.out += &err;
                }
                "2>" | "2>>" => ended.err.clear(),
                "&>" => {
                    ended.out.clear();
                    ended.err.clear();
                }
                "<" => {}
                _ if target == "/dev/stderr" => ended.err += &std::mem::take(&mut ended.out),
                _ => ended.out.clear(),
            }
        }
        ended
    }

    fn simple(&mut self, machine: &mut Machine<'_>, words: &[String], input: &str) -> Ended {
        let assignments = words.iter().take_while(|word| is_assignment(word)).count();
        let (assignments, words) = words.split_at(assignments);
        for assignment in assignments {
            if let Some((name, value)) = assignment.split_once('=') {
                self.variables.insert(name.to_owned(), value.to_owned());
            }
        }
        let Some(program) = words.first() else { return Ended::default() };
        match program.as_str() {
            "exit" => {
                let code = words.get(1).and_then(|code| code.parse().ok()).unwrap_or(self.last);
                // What follows is not run: rounds are over.
                self.rounds = MOST_ROUNDS + 1;
                return Ended { code, ..Ended::default() };
            }
            "export" => {
                for word in words.iter().skip(1) {
                    if let Some((name, value)) = word.split_once('=') {
                        machine.env.retain(|(one, _)| one != name);
                        machine.env.push((name.to_owned(), value.to_owned()));
                    }
                }
                return Ended::default();
            }
            "cd" | "set" | "wait" => return Ended::default(),
            _ => {}
        }
        if !Machine::knows(program) {
            return Ended::fail(127, format!("sh: {program}: not found"));
        }
        machine.run(words, input)
    }

    /// `for x in words; do ...; done`
    fn for_loop(&mut self, machine: &mut Machine<'_>, tokens: &[Token]) -> Ended {
        let Some((head, body)) = between(tokens, "do", "done") else {
            return Ended::fail(2, "sh: syntax error: for needs do and done");
        };
        let mut words = head.iter().filter_map(|token| match token {
            Token::Word(pieces) => Some(pieces),
            _ => None,
        });
        let name = words.nth(1).map(|pieces| plain(pieces)).unwrap_or_default();
        let _in = words.next();
        let values: Vec<String> = words.flat_map(|pieces| self.expand(machine, pieces)).collect();
        let mut all = Ended::default();
        for value in values {
            self.rounds += 1;
            if self.rounds > MOST_ROUNDS {
                break;
            }
            self.variables.insert(name.clone(), value);
            let ended = self.list(machine, body, "");
            all.out += &ended.out;
            all.err += &ended.err;
            all.code = ended.code;
        }
        all
    }

    /// `while condition; do ...; done`; ends when the time that a command may take is over.
    fn while_loop(&mut self, machine: &mut Machine<'_>, tokens: &[Token]) -> Ended {
        let Some((head, body)) = between(tokens, "do", "done") else {
            return Ended::fail(2, "sh: syntax error: while needs do and done");
        };
        let until = matches!(head.first(), Some(Token::Word(word)) if plain(word) == "until");
        let condition = head.get(1..).unwrap_or(&[]);
        let mut all = Ended::default();
        loop {
            self.rounds += 1;
            if self.rounds > MOST_ROUNDS || machine.spent >= super::LONGEST {
                break;
            }
            if (self.list(machine, condition, "").code == 0) == until {
                break;
            }
            let ended = self.list(machine, body, "");
            all.out += &ended.out;
            all.err += &ended.err;
        }
        all
    }

    /// `if condition; then ...; else ...; fi`
    fn branch(&mut self, machine: &mut Machine<'_>, tokens: &[Token]) -> Ended {
        let Some((head, body)) = between(tokens, "then", "fi") else {
            return Ended::fail(2, "sh: syntax error: if needs then and fi");
        };
        let mut depth = 0;
        let other = body.iter().position(|token| {
            depth += nesting(token);
            depth == 0 && is_word(token, "else")
        });
        let (yes, no) = match other {
            Some(at) => (body.get(..at).unwrap_or(&[]), body.get(at + 1..).unwrap_or(&[])),
            None => (body, &[] as &[Token]),
        };
        let held = self.list(machine, head.get(1..).unwrap_or(&[]), "").code == 0;
        self.last = 0;
        self.list(machine, if held { yes } else { no }, "")
    }

    /// The words that a word becomes.
    fn expand(&mut self, machine: &mut Machine<'_>, pieces: &[Piece]) -> Vec<String> {
        let mut words: Vec<String> = Vec::new();
        let mut current: Option<String> = None;
        for piece in pieces {
            let text = if piece.literal { piece.text.clone() } else { self.substituted(machine, &piece.text) };
            if piece.quoted || piece.literal {
                current.get_or_insert_default().push_str(&text);
                continue;
            }
            let mut parts = text.split_ascii_whitespace().peekable();
            if text.starts_with(|c: char| c.is_ascii_whitespace()) {
                words.extend(current.take());
            }
            while let Some(part) = parts.next() {
                current.get_or_insert_default().push_str(part);
                if parts.peek().is_some() || text.ends_with(|c: char| c.is_ascii_whitespace()) {
                    words.extend(current.take());
                }
            }
        }
        words.extend(current);
        words
    }

    /// Fills in `$NAME`, `${NAME}`, `$?` and `$(...)`.
    fn substituted(&mut self, machine: &mut Machine<'_>, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            out.push_str(rest.get(..at).unwrap_or(""));
            let after = rest.get(at + 1..).unwrap_or("");
            if let Some(inner) = after.strip_prefix('(') {
                let end = closing(inner);
                let script = inner.get(..end).unwrap_or("");
                self.depth += 1;
                if self.depth < DEEPEST {
                    out.push_str(self.script(machine, script, "").out.trim_end_matches('\n'));
                }
                self.depth -= 1;
                rest = inner.get(end + 1..).unwrap_or("");
                continue;
            }
            let (name, left) = if let Some(inner) = after.strip_prefix('{') {
                inner.split_once('}').unwrap_or((inner, ""))
            } else if let Some(left) = after.strip_prefix('?') {
                ("?", left)
            } else {
                let end = after.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(after.len());
                after.split_at(end)
            };
            if name.is_empty() {
                out.push('$');
            } else {
                let (name, fallback) = name.split_once(":-").unwrap_or((name, ""));
                let last = self.last.to_string();
                let value = if name == "?" {
                    Some(last.as_str())
                } else {
                    self.variables.get(name).map(String::as_str).or_else(|| machine.variable(name))
                };
                out.push_str(value.filter(|value| !value.is_empty()).unwrap_or(fallback));
            }
            rest = left;
        }
        out + rest
    }
}

/// Where the bracket closes that was opened before `text`.
fn closing(text: &str) -> usize {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' if depth == 0 => return at,
            ')' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

fn plain(pieces: &[Piece]) -> String {
    pieces.iter().map(|piece| piece.text.as_str()).collect()
}

fn is_word(token: &Token, word: &str) -> bool {
    matches!(token, Token::Word(pieces) if plain(pieces) == word && pieces.iter().all(|piece| !piece.quoted && !piece.literal))
}

/// How a word changes the depth of loops and branches.
fn nesting(token: &Token) -> i32 {
    if ["for", "while", "until", "if"].iter().any(|word| is_word(token, word)) {
        1
    } else if ["done", "fi"].iter().any(|word| is_word(token, word)) {
        -1
    } else {
        0
    }
}

/// Where the command ends that begins at `from`: at a `;` or the like outside of loops.
fn end_of_command(tokens: &[Token], from: usize) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(from) {
        depth += nesting(token);
        if depth <= 0 && matches!(token, Token::Sign(";" | "&&" | "||" | "&")) {
            return at;
        }
    }
    tokens.len()
}

/// What stands before `open` and what stands between it and the `close` that belongs to it.
fn between<'t>(tokens: &'t [Token], open: &str, close: &str) -> Option<(&'t [Token], &'t [Token])> {
    let opened = tokens.iter().position(|token| is_word(token, open))?;
    let mut depth = 1;
    for (at, token) in tokens.iter().enumerate().skip(opened + 1) {
        depth += nesting(token);
        if depth == 0 && is_word(token, close) {
            return Some((tokens.get(..opened)?, tokens.get(opened + 1..at)?));
        }
    }
    None
}

/// The commands that pipes part; pipes inside of loops belong to these.
fn between_pipes(tokens: &[Token]) -> Vec<&[Token]> {
    let (mut parts, mut from, mut depth) = (Vec::new(), 0, 0);
    for (at, token) in tokens.iter().enumerate() {
        depth += nesting(token);
        if depth <= 0 && *token == Token::Sign("|") {
            parts.extend(tokens.get(from..at));
            from = at + 1;
        }
    }
    parts.extend(tokens.get(from..));
    parts
}

/// Takes a script apart.
fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut word: Option<Vec<Piece>> = None;
    let mut rest = text;
    let piece = |text: &str, literal: bool, quoted: bool| Piece { text: text.to_owned(), literal, quoted };
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..).unwrap_or("");
        let mut take = |word: &mut Option<Vec<Piece>>| tokens.extend(word.take().map(Token::Word));
        match c {
            ' ' | '\t' | '\r' => {
                take(&mut word);
                rest = after;
            }
            '#' if word.is_none() => rest = rest.find('\n').and_then(|end| rest.get(end..)).unwrap_or(""),
            '\'' => {
                let end = after.find('\'').ok_or("unterminated quoted string")?;
                word.get_or_insert_default().push(piece(after.get(..end).unwrap_or(""), true, true));
                rest = after.get(end + 1..).unwrap_or("");
            }
            '"' => {
                let pieces = word.get_or_insert_default();
                let mut inner = String::new();
                let mut chars = after.char_indices();
                let mut end = None;
                while let Some((at, c)) = chars.next() {
                    match c {
                        '"' => {
                            end = Some(at);
                            break;
                        }
                        '\\' => match chars.next() {
                            Some((_, c @ ('"' | '\\' | '$' | '`'))) => {
                                pieces.push(piece(&std::mem::take(&mut inner), false, true));
                                pieces.push(piece(&c.to_string(), true, true));
                            }
                            Some((_, c)) => inner.extend(['\\', c]),
                            None => {}
                        },
                        c => inner.push(c),
                    }
                }
                let end = end.ok_or("unterminated quoted string")?;
                pieces.push(piece(&inner, false, true));
                rest = after.get(end + 1..).unwrap_or("");
            }
            '\\' => {
                let c = after.chars().next().unwrap_or('\\');
                if c != '\n' {
                    word.get_or_insert_default().push(piece(&c.to_string(), true, false));
                }
                rest = after.get(c.len_utf8()..).unwrap_or("");
            }
            '$' if after.starts_with('(') => {
                let inner = after.get(1..).unwrap_or("");
                let end = closing(inner);
                let whole = format!("$({})", inner.get(..end).unwrap_or(""));
                word.get_or_insert_default().push(piece(&whole, false, false));
                rest = inner.get(end + 1..).unwrap_or("");
            }
            '`' => {
                let end = after.find('`').ok_or("unterminated quoted string")?;
                let whole = format!("$({})", after.get(..end).unwrap_or(""));
                word.get_or_insert_default().push(piece(&whole, false, false));
                rest = after.get(end + 1..).unwrap_or("");
            }
            _ => {
                const SIGNS: [(&str, &str); 6] =
                    [("&&", "&&"), ("||", "||"), (";", ";"), ("\n", ";"), ("|", "|"), ("&", "&")];
                const REDIRECTS: [&str; 8] = ["2>&1", "2>>", "2>", "&>", ">&2", ">>", ">", "<"];
                let redirect = REDIRECTS
                    .iter()
                    .find(|sign| rest.starts_with(**sign) && (word.is_none() || !sign.starts_with('2')));
                if let Some(sign) = redirect {
                    take(&mut word);
                    rest = rest.get(sign.len()..).unwrap_or("");
                    if *sign == ">&2" {
                        tokens.push(Token::Redirect(">"));
                        tokens.push(Token::Word(vec![piece("/dev/stderr", true, true)]));
                    } else {
                        tokens.push(Token::Redirect(sign));
                    }
                } else if let Some((text, sign)) = SIGNS.iter().find(|(text, _)| rest.starts_with(text)) {
                    take(&mut word);
                    tokens.push(Token::Sign(sign));
                    rest = rest.get(text.len()..).unwrap_or("");
                } else {
                    let end = after.find(|c: char| " \t\r\n'\"\\$`;&|<>".contains(c)).unwrap_or(after.len());
                    let length = c.len_utf8() + end;
                    word.get_or_insert_default().push(piece(rest.get(..length).unwrap_or(""), false, false));
                    rest = rest.get(length..).unwrap_or("");
                }
            }
        }
    }
    tokens.extend(word.map(Token::Word));
    Ok(tokens)
}
