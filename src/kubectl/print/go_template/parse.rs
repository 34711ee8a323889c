//! Template text to nodes.

use super::{Command, Node, Operand, Pipe};
use crate::api::Value;

/// Blocks and groups nested beyond this are refused.
const DEEPEST: usize = 64;

/// The template's nodes; an error begins with the line it stands on.
pub(super) fn template(source: &str) -> Result<Vec<Node>, String> {
    let mut parser = Parser { rest: source, line: 1 };
    let (nodes, end) = parser.nodes(0).map_err(|why| format!("{}: {why}", parser.line))?;
    match end {
        End::Source => Ok(nodes),
        End::Closed => Err(format!("{}: unexpected {{{{end}}}}", parser.line)),
        End::Else(_) => Err(format!("{}: unexpected {{{{else}}}}", parser.line)),
    }
}

struct Parser<'a> {
    rest: &'a str,
    line: usize,
}

/// What ended a run of nodes.
enum End {
    Source,
    Closed,
    /// `{{else}}`, with what follows the word.
    Else(Vec<Token>),
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Literal(Value),
    /// `.a.b`; what follows a closing bracket is `After`.
    Field(Vec<String>),
    Variable(String, Vec<String>),
    Word(String),
    Open,
    Close(Vec<String>),
    Bar,
    Comma,
    Assign,
}

impl Parser<'_> {
    fn nodes(&mut self, depth: usize) -> Result<(Vec<Node>, End), String> {
        if depth > DEEPEST {
            return Err("blocks are nested too deeply".to_owned());
        }
        let mut nodes = Vec::new();
        loop {
            let Some((text, action)) = self.rest.split_once("{{") else {
                push_text(&mut nodes, self.rest);
                self.rest = "";
                return Ok((nodes, End::Source));
            };
            self.line += text.matches('\n').count();
            let (trims, action) = match action.strip_prefix("- ") {
                Some(action) => (true, action),
                None => (false, action),
            };
            push_text(&mut nodes, if trims { text.trim_end() } else { text });
            let (inside, rest) = split_action(action).ok_or("unclosed action")?;
            let (inside, rest) = match inside.strip_suffix(" -") {
                Some(inside) => (inside, rest.trim_start()),
                None => (inside, rest),
            };
            self.rest = rest;
            if inside.trim_start().starts_with("/*") {
                continue;
            }
            let mut tokens = tokens(inside)?;
            let word = match tokens.first() {
                Some(Token::Word(word)) => word.clone(),
                Some(_) => String::new(),
                None => return Err("missing value for command".to_owned()),
            };
            match word.as_str() {
                "end" => return Ok((nodes, End::Closed)),
                "else" => return Ok((nodes, End::Else(tokens.split_off(1)))),
                "break" => nodes.push(Node::Break),
                "continue" => nodes.push(Node::Continue),
                "if" | "with" | "range" => nodes.push(self.block(&word, &tokens.split_off(1), depth)?),
                "define" | "template" | "block" => return Err(format!("{word} is not supported")),
                _ => {
                    let (sets, pipe) = assignment(&tokens)?;
                    nodes.push(Node::Print { sets, pipe });
                }
            }
        }
    }

    fn block(&mut self, word: &str, tokens: &[Token], depth: usize) -> Result<Node, String> {
        let (sets, pipe) = assignment(tokens).map_err(|_| format!("missing value for {word}"))?;
        let (then, end) = self.nodes(depth + 1)?;
        let other = match end {
            End::Source => return Err("unexpected EOF".to_owned()),
            End::Closed => Vec::new(),
            End::Else(more) => match more.split_first() {
                Some((Token::Word(word), more)) if word == "if" || word == "with" => {
                    vec![self.block(word, more, depth + 1)?]
                }
                Some(_) => return Err("unexpected token in else".to_owned()),
                None => match self.nodes(depth + 1)? {
                    (other, End::Closed) => other,
                    (_, End::Else(_)) => return Err("unexpected {{else}}".to_owned()),
                    (_, End::Source) => return Err("unexpected EOF".to_owned()),
                },
            },
        };
        Ok(match word {
            "range" => Node::Range { pipe, sets, each: then, other },
            _ => Node::Choose { pipe, sets, moves_dot: word == "with", then, other },
        })
    }
}

fn push_text(nodes: &mut Vec<Node>, text: &str) {
    if !text.is_empty() {
        nodes.push(Node::Text(text.to_owned()));
    }
}

/// An action's inside and what follows its `}}`; quotes may hold braces.
fn split_action(text: &str) -> Option<(&str, &str)> {
    let (mut quote, mut escaped) = (None, false);
    for (place, next) in text.char_indices() {
        match (quote, next) {
            (Some('"'), '\\') if !escaped => {
                escaped = true;
                continue;
            }
            (Some(open), _) if open == next && !escaped => quote = None,
            (None, '"' | '`') => quote = Some(next),
            (None, '}') if text.get(place..)?.starts_with("}}") => {
                return Some((text.get(..place)?, text.get(place + 2..)?));
            }
            _ => {}
        }
        escaped = false;
    }
    None
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let after = rest.get(first.len_utf8()..).unwrap_or("");
        let (token, left) = match first {
            '"' => {
                let end = quoted_end(after).ok_or("unterminated quoted string")?;
                let raw = rest.get(..=end + 1).unwrap_or("");
                let text = crate::yaml::read_json(raw).map_err(|_| format!("bad string {raw}"))?;
                (Token::Literal(text), after.get(end + 1..).unwrap_or(""))
            }
            '`' => {
                let (raw, left) = after.split_once('`').ok_or("unterminated raw quoted string")?;
                (Token::Literal(Value::String(raw.to_owned())), left)
            }
            '(' => (Token::Open, after),
            ')' => {
                let (fields, left) = fields(after);
                (Token::Close(fields), left)
            }
            '|' => (Token::Bar, after),
            ',' => (Token::Comma, after),
            ':' | '=' => (Token::Assign, after.strip_prefix('=').unwrap_or(after)),
            '.' => {
                let (fields, left) = fields(rest);
                (Token::Field(fields), if left.len() == rest.len() { after } else { left })
            }
            '$' => {
                let (name, left) = name(after);
                let (fields, left) = fields(left);
                (Token::Variable(name.to_owned(), fields), left)
            }
            _ if first.is_ascii_digit() || first == '-' || first == '+' => {
                let end = rest.find(|next: char| next.is_whitespace() || "|),".contains(next)).unwrap_or(rest.len());
                let (number, left) = rest.split_at(end);
                let whole = number.parse::<i64>().map(Value::from);
                let value = whole.or_else(|_| number.parse::<f64>().map(Value::from));
                (Token::Literal(value.map_err(|_| format!("bad number syntax: {number:?}"))?), left)
            }
            _ if first.is_alphabetic() || first == '_' => {
                let (word, left) = name(rest);
                let token = match word {
                    "true" => Token::Literal(Value::Bool(true)),
                    "false" => Token::Literal(Value::Bool(false)),
                    "nil" => Token::Literal(Value::Null),
                    _ => Token::Word(word.to_owned()),
                };
                (token, left)
            }
            _ => return Err(format!("unexpected {first:?} in command")),
        };
        tokens.push(token);
        rest = left.trim_start();
    }
    Ok(tokens)
}

/// Where the quote that closes a string stands.
fn quoted_end(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (place, next) in text.char_indices() {
        match next {
            '"' if !escaped => return Some(place),
            '\\' if !escaped => escaped = true,
            _ => escaped = false,
        }
    }
    None
}

fn name(text: &str) -> (&str, &str) {
    text.split_at(text.find(|next: char| !(next.is_alphanumeric() || next == '_')).unwrap_or(text.len()))
}

/// `.a.b` and what follows.
fn fields(mut text: &str) -> (Vec<String>, &str) {
    let mut fields = Vec::new();
    while let Some(after) = text.strip_prefix('.') {
        let (field, left) = name(after);
        if field.is_empty() {
            break;
        }
        fields.push(field.to_owned());
        text = left;
    }
    (fields, text)
}

/// `$a, $b := pipe`, or a pipe alone.
fn assignment(tokens: &[Token]) -> Result<(Vec<String>, Pipe), String> {
    if let Some(place) = tokens.iter().position(|token| *token == Token::Assign) {
        let (names, pipe) = tokens.split_at(place);
        let names = names.iter().filter_map(|token| match token {
            Token::Variable(name, _) => Some(name.clone()),
            _ => None,
        });
        return Ok((names.collect(), whole_pipe(pipe.get(1..).unwrap_or(&[]))?));
    }
    Ok((Vec::new(), whole_pipe(tokens)?))
}

fn whole_pipe(tokens: &[Token]) -> Result<Pipe, String> {
    let mut rest = tokens.iter();
    let (pipe, closing) = pipe(&mut rest, 0)?;
    match closing {
        None => Ok(pipe),
        Some(_) => Err("unexpected right paren".to_owned()),
    }
}

/// A pipe, to the end or to the bracket that closes it; gives the fields behind that bracket.
fn pipe(tokens: &mut std::slice::Iter<Token>, depth: usize) -> Result<(Pipe, Option<Vec<String>>), String> {
    if depth > DEEPEST {
        return Err("brackets are nested too deeply".to_owned());
    }
    let mut pipe = Pipe::new();
    let mut command = Command::new();
    let closing = loop {
        match tokens.next() {
            None if depth > 0 => return Err("unclosed left paren".to_owned()),
            None => break None,
            Some(Token::Close(fields)) => break Some(fields.clone()),
            Some(Token::Bar) => {
                if command.is_empty() {
                    return Err("missing value for command".to_owned());
                }
                pipe.push(std::mem::take(&mut command));
            }
            Some(Token::Open) => {
                let (inner, fields) = self::pipe(tokens, depth + 1)?;
                command.push(Operand::Group(inner, fields.unwrap_or_default()));
            }
            Some(Token::Literal(value)) => command.push(Operand::Literal(value.clone())),
            Some(Token::Field(fields)) => command.push(Operand::Field(fields.clone())),
            Some(Token::Variable(name, fields)) => command.push(Operand::Variable(name.clone(), fields.clone())),
            Some(Token::Word(word)) => {
                if !super::exec::FUNCTIONS.contains(&word.as_str()) {
                    return Err(format!("function {word:?} not defined"));
                }
                command.push(Operand::Function(word.clone()));
            }
            Some(Token::Comma | Token::Assign) => return Err("unexpected token in operand".to_owned()),
        }
    };
    if command.is_empty() {
        return Err("missing value for command".to_owned());
    }
    pipe.push(command);
    Ok((pipe, closing))
}
