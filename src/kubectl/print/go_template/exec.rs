//! Nodes to text.

use super::{Command, Node, Operand};
use crate::api::go_value;
use crate::api::{Fields, Value};
use crate::value::base64;
use std::cmp::Ordering;

/// The functions that a template can call.
pub(super) const FUNCTIONS: &[&str] = &[
    "and",
    "base64decode",
    "eq",
    "exists",
    "ge",
    "gt",
    "html",
    "index",
    "js",
    "le",
    "len",
    "lt",
    "ne",
    "not",
    "or",
    "print",
    "printf",
    "println",
    "slice",
    "urlquery",
];

pub(super) fn fill(nodes: &[Node], value: &Value) -> Result<String, String> {
    let mut run = Run { out: String::new(), variables: vec![(String::new(), value.clone())] };
    run.nodes(nodes, value)?;
    Ok(run.out)
}

struct Run {
    out: String,
    /// Innermost last; `$` has an empty name.
    variables: Vec<(String, Value)>,
}

/// How a run of nodes ended.
#[derive(PartialEq)]
enum Flow {
    On,
    Break,
    Continue,
}

impl Run {
    fn nodes(&mut self, nodes: &[Node], dot: &Value) -> Result<Flow, String> {
        let depth = self.variables.len();
        for node in nodes {
            let flow = self.node(node, dot)?;
            if flow != Flow::On {
                self.variables.truncate(depth);
                return Ok(flow);
            }
        }
        self.variables.truncate(depth);
        Ok(Flow::On)
    }

    fn node(&mut self, node: &Node, dot: &Value) -> Result<Flow, String> {
        match node {
            Node::Text(text) => self.out.push_str(text),
            Node::Break => return Ok(Flow::Break),
            Node::Continue => return Ok(Flow::Continue),
            Node::Print { sets, pipe } => {
                let value = self.pipe(pipe, dot)?;
                match (sets.first(), value) {
                    (Some(name), value) => self.set(name, value.unwrap_or_default()),
                    (None, Some(value)) => self.out.push_str(&go_value::plain(&value)),
                    (None, None) => self.out.push_str("<no value>"),
                }
            }
            Node::Choose { pipe, sets, moves_dot, then, other } => {
                let depth = self.variables.len();
                let value = self.pipe(pipe, dot)?.unwrap_or_default();
                if let Some(name) = sets.first() {
                    self.variables.push((name.clone(), value.clone()));
                }
                let flow = match (is_true(&value), moves_dot) {
                    (true, true) => self.nodes(then, &value)?,
                    (true, false) => self.nodes(then, dot)?,
                    (false, _) => self.nodes(other, dot)?,
                };
                self.variables.truncate(depth);
                return Ok(flow);
            }
            Node::Range { pipe, sets, each, other } => {
                let items: Vec<(Value, Value)> = match self.pipe(pipe, dot)?.unwrap_or_default() {
                    Value::Array(items) => items.into_iter().enumerate().map(|(at, item)| (at.into(), item)).collect(),
                    Value::Object(map) => map.into_iter().map(|(key, item)| (key.into(), item)).collect(),
                    Value::Null => Vec::new(),
                    value => return Err(format!("range can't iterate over {}", go_value::plain(&value))),
                };
                if items.is_empty() {
                    return self.nodes(other, dot);
                }
                for (key, item) in items {
                    let depth = self.variables.len();
                    match sets.as_slice() {
                        [value] => self.variables.push((value.clone(), item.clone())),
                        [place, value, ..] => {
                            self.variables.push((place.clone(), key));
                            self.variables.push((value.clone(), item.clone()));
                        }
                        [] => {}
                    }
                    let flow = self.nodes(each, &item)?;
                    self.variables.truncate(depth);
                    if flow == Flow::Break {
                        break;
                    }
                }
            }
        }
        Ok(Flow::On)
    }

    fn set(&mut self, name: &str, value: Value) {
        match self.variables.iter_mut().rev().find(|(known, _)| known == name) {
            Some(place) => place.1 = value,
            None => self.variables.push((name.to_owned(), value)),
        }
    }

    /// The value of a pipe; `None` for a field that a map does not have.
    fn pipe(&mut self, pipe: &[Command], dot: &Value) -> Result<Option<Value>, String> {
        let mut last = None;
        for (place, command) in pipe.iter().enumerate() {
            let fed = (place > 0).then(|| last.unwrap_or_default());
            last = self.command(command, dot, fed)?;
        }
        Ok(last)
    }

    fn command(&mut self, command: &Command, dot: &Value, fed: Option<Value>) -> Result<Option<Value>, String> {
        let Some((first, rest)) = command.split_first() else { return Ok(None) };
        if let Operand::Function(name) = first {
            let mut arguments = Vec::new();
            for operand in rest {
                arguments.push(self.operand(operand, dot)?.unwrap_or_default());
            }
            arguments.extend(fed);
            return call(name, &arguments).map(Some).map_err(|why| format!("error calling {name}: {why}"));
        }
        if !rest.is_empty() || fed.is_some() {
            return Err("can't give argument to non-function".to_owned());
        }
        self.operand(first, dot)
    }

    fn operand(&mut self, operand: &Operand, dot: &Value) -> Result<Option<Value>, String> {
        match operand {
            Operand::Literal(value) => Ok(Some(value.clone())),
            Operand::Field(fields) => field(dot, fields),
            Operand::Variable(name, fields) => {
                let known = self.variables.iter().rev().find(|(known, _)| known == name);
                let (_, value) = known.ok_or_else(|| format!("undefined variable: ${name}"))?;
                field(value, fields)
            }
            Operand::Group(pipe, fields) => {
                let value = self.pipe(pipe, dot)?.unwrap_or_default();
                field(&value, fields)
            }
            Operand::Function(name) => call(name, &[]).map(Some).map_err(|why| format!("error calling {name}: {why}")),
        }
    }
}

fn field(value: &Value, fields: &[String]) -> Result<Option<Value>, String> {
    let mut place = value;
    for name in fields {
        match place {
            Value::Object(map) => match map.get(name) {
                Some(next) => place = next,
                None => return Ok(None),
            },
            Value::Null => return Err(format!("nil data; no entry for key {name:?}")),
            other => return Err(format!("can't evaluate field {name} in type {}", type_name(other))),
        }
    }
    Ok(Some(place.clone()))
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "interface {}",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(map) => !map.is_empty(),
    }
}

fn call(name: &str, arguments: &[Value]) -> Result<Value, String> {
    let first = || arguments.first().ok_or_else(|| "wrong number of args: want at least 1 got 0".to_owned());
    match name {
        "and" => Ok(arguments.iter().find(|value| !is_true(value)).or(arguments.last()).cloned().unwrap_or_default()),
        "or" => Ok(arguments.iter().find(|value| is_true(value)).or(arguments.last()).cloned().unwrap_or_default()),
        "not" => Ok(Value::Bool(!is_true(first()?))),
        "len" => match first()? {
            Value::Array(items) => Ok(items.len().into()),
            Value::Object(map) => Ok(map.len().into()),
            Value::String(text) => Ok(text.len().into()),
            Value::Null => Err("len of nil pointer".to_owned()),
            other => Err(format!("len of type {}", type_name(other))),
        },
        "index" => arguments.iter().skip(1).try_fold(first()?.clone(), |value, place| match (&value, place) {
            (Value::Array(items), Value::Number(number)) => {
                let place = number.as_u64().and_then(|place| usize::try_from(place).ok());
                let found = place.and_then(|place| items.get(place)).cloned();
                found.ok_or_else(|| format!("index out of range: {number}"))
            }
            (Value::Object(map), Value::String(key)) => Ok(map.get(key).cloned().unwrap_or_default()),
            (Value::Null, _) => Err("index of untyped nil".to_owned()),
            (value, _) => Err(format!("can't index item of type {}", type_name(value))),
        }),
        "slice" => match (first()?, arguments.get(1).and_then(Value::as_u64), arguments.get(2).and_then(Value::as_u64))
        {
            (Value::String(text), from, to) => {
                let (from, to) = (from.unwrap_or(0) as usize, to.map_or(text.len(), |to| to as usize));
                text.get(from..to).map(Value::from).ok_or_else(|| "index out of range".to_owned())
            }
            (Value::Array(items), from, to) => {
                let (from, to) = (from.unwrap_or(0) as usize, to.map_or(items.len(), |to| to as usize));
                items
                    .get(from..to)
                    .map(|items| Value::Array(items.to_vec()))
                    .ok_or_else(|| "index out of range".to_owned())
            }
            (other, ..) => Err(format!("can't slice item of type {}", type_name(other))),
        },
        "eq" => {
            let first = first()?;
            Ok(Value::Bool(arguments.iter().skip(1).any(|value| order(first, value) == Some(Ordering::Equal))))
        }
        "ne" | "lt" | "le" | "gt" | "ge" => {
            let [a, b] = arguments else {
                return Err(format!("wrong number of args: want 2 got {}", arguments.len()));
            };
            let order = order(a, b);
            if name != "ne" && order.is_none() {
                return Err("incompatible types for comparison".to_owned());
            }
            Ok(Value::Bool(match name {
                "ne" => order != Some(Ordering::Equal),
                "lt" => order == Some(Ordering::Less),
                "le" => order != Some(Ordering::Greater),
                "gt" => order == Some(Ordering::Greater),
                _ => order != Some(Ordering::Less),
            }))
        }
        "print" | "html" | "js" | "urlquery" => Ok(arguments.iter().map(go_value::plain).collect::<String>().into()),
        "println" => Ok((arguments.iter().map(go_value::plain).collect::<Vec<_>>().join(" ") + "\n").into()),
        "printf" => {
            let (format, values) = arguments.split_first().ok_or("wrong number of args")?;
            Ok(printf(format.text(""), values).into())
        }
        "exists" => {
            let mut place = first()?;
            for step in arguments.iter().skip(1) {
                let next = match step {
                    Value::String(key) => place.get(key),
                    other => place.as_array().zip(other.as_u64()).and_then(|(items, at)| items.get(at as usize)),
                };
                match next {
                    Some(next) => place = next,
                    None => return Ok(Value::Bool(false)),
                }
            }
            Ok(Value::Bool(true))
        }
        "base64decode" => {
            let failed = |at| format!("base64 decode failed: illegal base64 data at input byte {at}");
            let bytes = base64::decode(first()?.text("")).map_err(failed)?;
            Ok(Value::from(String::from_utf8_lossy(&bytes).into_owned()))
        }
        other => Err(format!("function {other:?} not defined")),
    }
}

fn order(a: &Value, b: &Value) -> Option<Ordering> {
    crate::kubectl::print::jsonpath::compare(a, b)
}

/// `%s`, `%d`, `%v`, `%q`, `%t` with widths; anything else stays as it is.
fn printf(format: &str, values: &[Value]) -> String {
    let mut out = String::new();
    let mut values = values.iter();
    let mut rest = format;
    while let Some((text, directive)) = rest.split_once('%') {
        out.push_str(text);
        let end = directive.find(|next: char| next.is_alphabetic() || next == '%').unwrap_or(directive.len());
        let (flags, verb) = directive.split_at(end);
        let verb = verb.chars().next().unwrap_or('%');
        rest = directive.get(end + verb.len_utf8()..).unwrap_or("");
        if verb == '%' {
            out.push('%');
            continue;
        }
        let text = match (values.next(), verb) {
            (None, _) => format!("%!{verb}(MISSING)"),
            (Some(value), 'q') => Value::from(go_value::plain(value)).to_string(),
            (Some(value), _) => go_value::plain(value),
        };
        let width: usize = flags.trim_start_matches('-').parse().unwrap_or(0).min(1000);
        let missing = width.saturating_sub(text.chars().count());
        let space = " ".repeat(missing);
        if flags.starts_with('-') {
            out.extend([text, space]);
        } else {
            out.extend([space, text]);
        }
    }
    out.push_str(rest);
    out
}
