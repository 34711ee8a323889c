//! Template text to steps.

use super::{Piece, Step};
use crate::api::Value;

/// The template's pieces, with ranges closed.
pub(super) fn template(source: &str) -> Result<Vec<Piece>, String> {
    let mut parser = Parser { rest: source };
    parser.pieces(0)
}

struct Parser<'a> {
    rest: &'a str,
}

/// What an action holds.
enum Action {
    Steps(Vec<Step>),
    Range(Vec<Step>),
    End,
}

/// Nested ranges and filters beyond this are refused.
const DEEPEST: usize = 32;

impl<'a> Parser<'a> {
    fn pieces(&mut self, depth: usize) -> Result<Vec<Piece>, String> {
        if depth > DEEPEST {
            return Err("ranges are nested too deeply".to_owned());
        }
        let mut pieces = Vec::new();
        loop {
            let (text, action) = self.rest.split_once('{').map_or((self.rest, None), |(text, rest)| (text, Some(rest)));
            if !text.is_empty() {
                pieces.push(Piece::Text(text.to_owned()));
            }
            let Some(action) = action else {
                self.rest = "";
                return if depth > 0 { Err("unclosed range".to_owned()) } else { Ok(pieces) };
            };
            self.rest = action;
            match self.action()? {
                Action::Steps(steps) => pieces.push(Piece::Path(steps)),
                Action::Range(steps) => pieces.push(Piece::Range(steps, self.pieces(depth + 1)?)),
                Action::End if depth > 0 => return Ok(pieces),
                Action::End => return Err("not in range, nothing to end".to_owned()),
            }
        }
    }

    fn next(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let next = chars.next();
        self.rest = chars.as_str();
        next
    }

    /// What stands before the first character that `ends`, taken out.
    fn take_until(&mut self, ends: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(ends).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    /// An action from behind its `{` to behind its `}`.
    fn action(&mut self) -> Result<Action, String> {
        let mut steps = Vec::new();
        let mut range = false;
        loop {
            if let Some(rest) = self.rest.strip_prefix("..") {
                self.rest = rest;
                steps.push(Step::Descend);
                if self.rest.starts_with(|first: char| first.is_alphanumeric() || first == '_' || first == '*') {
                    steps.push(self.field());
                }
                continue;
            }
            match self.next() {
                None | Some('\n' | '\r') => return Err("unclosed action".to_owned()),
                Some('}') => {
                    return Ok(if range { Action::Range(steps) } else { Action::Steps(steps) });
                }
                Some(' ' | '@' | '$') => {}
                Some('[') => steps.push(self.bracket()?),
                Some(quote @ ('"' | '\'')) => steps.push(Step::Literal(Value::String(self.quoted(quote)?))),
                Some('.') => steps.push(self.field()),
                Some(first) if first == '+' || first == '-' || first.is_ascii_digit() => {
                    steps.push(Step::Literal(self.number(first)?));
                }
                Some(first) if first.is_alphanumeric() || first == '_' => {
                    let rest = self.take_until(|next| !(next.is_alphanumeric() || next == '_' || next == '-'));
                    match format!("{first}{rest}").as_str() {
                        "range" => range = true,
                        "end" => {
                            self.take_until(|next| next != ' ');
                            return match self.next() {
                                Some('}') => Ok(Action::End),
                                _ => Err("unclosed action".to_owned()),
                            };
                        }
                        "true" => steps.push(Step::Literal(Value::Bool(true))),
                        "false" => steps.push(Step::Literal(Value::Bool(false))),
                        other => return Err(format!("unrecognized identifier {other}")),
                    }
                }
                Some(other) => {
                    return Err(format!("unrecognized character in action: U+{:04X} '{other}'", other as u32));
                }
            }
        }
    }

    fn field(&mut self) -> Step {
        let mut name = String::new();
        loop {
            let mut chars = self.rest.chars();
            match chars.next() {
                Some('\\') => {
                    name.extend(chars.next());
                    self.rest = chars.as_str();
                }
                Some(next) if !ends_field(next) => {
                    name.push(next);
                    self.rest = chars.as_str();
                }
                _ => break,
            }
        }
        if name == "*" { Step::All } else { Step::Field(name) }
    }

    fn quoted(&mut self, quote: char) -> Result<String, String> {
        let mut text = String::new();
        loop {
            match self.next() {
                None | Some('\n') => return Err("unterminated quoted string".to_owned()),
                Some('\\') => match self.next() {
                    Some('n') => text.push('\n'),
                    Some('t') => text.push('\t'),
                    Some('r') => text.push('\r'),
                    Some(other) => text.push(other),
                    None => return Err("unterminated quoted string".to_owned()),
                },
                Some(next) if next == quote => return Ok(text),
                Some(next) => text.push(next),
            }
        }
    }

    fn number(&mut self, first: char) -> Result<Value, String> {
        let rest = self.take_until(|next| !(next.is_ascii_digit() || next == '.'));
        let text = format!("{first}{rest}");
        if let Ok(whole) = text.parse::<i64>() {
            return Ok(Value::from(whole));
        }
        text.parse::<f64>().map(Value::from).map_err(|_| format!("cannot parse number {text}"))
    }

    /// What stands in brackets, from behind `[` to behind its `]`.
    fn bracket(&mut self) -> Result<Step, String> {
        if let Some(rest) = self.rest.strip_prefix("?(") {
            self.rest = rest;
            return self.filter();
        }
        let (mut end, mut quote) = (None, None);
        for (place, next) in self.rest.char_indices() {
            match (quote, next) {
                (None, '\'' | '"') => quote = Some(next),
                (Some(open), _) if open == next => quote = None,
                (None, ']') => {
                    end = Some(place);
                    break;
                }
                (_, '\n') => break,
                _ => {}
            }
        }
        let Some((text, rest)) = end.and_then(|end| Some((self.rest.get(..end)?, self.rest.get(end + 1..)?))) else {
            return Err("unterminated array".to_owned());
        };
        self.rest = rest;
        let mut parts = split_outside_quotes(text);
        match (parts.len(), parts.pop()) {
            (1, Some(only)) => element(only),
            (_, last) => {
                parts.extend(last);
                let all: Result<Vec<Vec<Step>>, String> =
                    parts.into_iter().map(|part| element(part.trim()).map(|step| vec![step])).collect();
                all.map(Step::Union)
            }
        }
    }

    /// `@.a==b)]`, taken with its closing.
    fn filter(&mut self) -> Result<Step, String> {
        let (mut quote, mut depth, mut end) = (None, 0_usize, None);
        for (place, next) in self.rest.char_indices() {
            match (quote, next) {
                (None, '\'' | '"') => quote = Some(next),
                (Some(open), _) if open == next => quote = None,
                (None, '(') => depth += 1,
                (None, ')') if depth == 0 => {
                    end = Some(place);
                    break;
                }
                (None, ')') => depth -= 1,
                _ => {}
            }
        }
        let Some((text, rest)) = end.and_then(|end| Some((self.rest.get(..end)?, self.rest.get(end + 1..)?))) else {
            return Err("unterminated filter".to_owned());
        };
        let Some(rest) = rest.strip_prefix(']') else { return Err("unclosed array expect ]".to_owned()) };
        self.rest = rest;
        let (left, operator, right) = comparison(text);
        let side = |text: &str| -> Result<Vec<Step>, String> {
            let source = format!("{}}}", text.trim());
            match (Parser { rest: &source }).action()? {
                Action::Steps(steps) => Ok(steps),
                _ => Err("a range stands in a filter".to_owned()),
            }
        };
        Ok(Step::Filter { left: side(left)?, operator: operator.to_owned(), right: side(right)? })
    }
}

fn ends_field(next: char) -> bool {
    next.is_whitespace() || matches!(next, '.' | ',' | '[' | ']' | '$' | '@' | '{' | '}')
}

fn split_outside_quotes(text: &str) -> Vec<&str> {
    let mut quote = None;
    text.split(|next: char| {
        match quote {
            None if next == '\'' || next == '"' => quote = Some(next),
            Some(open) if open == next => quote = None,
            None => return next == ',',
            Some(_) => {}
        }
        false
    })
    .collect()
}

/// `0`, `-1`, `1:3`, `*`, `'name'`.
fn element(text: &str) -> Result<Step, String> {
    let bad = || format!("invalid array index {text}");
    if text == "*" {
        return Ok(Step::All);
    }
    for quote in ['\'', '"'] {
        if let Some(name) = text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            return Ok(Step::Field(name.to_owned()));
        }
    }
    let parts: Vec<&str> = text.split(':').collect();
    let number = |place: usize| match parts.get(place) {
        None | Some(&"") => Ok(None),
        Some(digits) => digits.parse::<i64>().map(Some).map_err(|_| bad()),
    };
    if text.is_empty() || parts.len() > 3 {
        return Err(bad());
    }
    Ok(Step::Slice { from: number(0)?, to: number(1)?, step: number(2)?, single: parts.len() == 1 })
}

/// The sides of a comparison; without one, the operator is `exists`.
fn comparison(text: &str) -> (&str, &str, &str) {
    let mut quote = None;
    for (place, next) in text.char_indices() {
        match (quote, next) {
            (None, '\'' | '"') => quote = Some(next),
            (Some(open), _) if open == next => quote = None,
            (None, '=' | '!' | '<' | '>') => {
                let rest = text.get(place..).unwrap_or("");
                let length = if rest.get(1..2) == Some("=") { 2 } else { 1 };
                let operator = rest.get(..length).unwrap_or("");
                return (text.get(..place).unwrap_or(""), operator, rest.get(length..).unwrap_or(""));
            }
            _ => {}
        }
    }
    (text, "exists", "")
}
