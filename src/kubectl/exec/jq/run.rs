//! What a jq program makes of a value.

use super::parse::Filter;
use crate::kubectl::exec::text::matched;
use crate::order::Order;
use crate::value::{Map, Value};
use std::cmp::Ordering;

/// A program gives no more values than this.
const MOST: usize = 100_000;

type Values = Result<Vec<Value>, String>;

/// Runs a program on a value.
pub fn run(filter: &Filter, input: &Value) -> Values {
    let values = match filter {
        Filter::Same => vec![input.clone()],
        Filter::Literal(value) => vec![value.clone()],
        Filter::Pipe(first, then) => {
            let mut out = Vec::new();
            for value in run(first, input)? {
                out.extend(run(then, &value)?);
                limit(&out)?;
            }
            out
        }
        Filter::Both(one, other) => [run(one, input)?, run(other, input)?].concat(),
        Filter::Try(inner) => run(inner, input).unwrap_or_default(),
        Filter::At(of, index) => {
            let indexes = run(index, input)?;
            let mut out = Vec::new();
            for value in run(of, input)? {
                for index in &indexes {
                    out.push(at(&value, index)?);
                }
            }
            out
        }
        Filter::Slice(of, from, to) => {
            run(of, input)?.iter().map(|value| slice(value, *from, *to)).collect::<Values>()?
        }
        Filter::Each(of) => {
            let mut out = Vec::new();
            for value in run(of, input)? {
                match &value {
                    Value::Array(items) => out.extend(items.iter().cloned()),
                    Value::Object(map) => out.extend(map.values().cloned()),
                    other => return Err(format!("Cannot iterate over {}", said(other))),
                }
            }
            out
        }
        Filter::Two(sign, one, other) => two(sign, one, other, input)?,
        Filter::Text(parts) => {
            let mut text = String::new();
            for part in parts {
                text.push_str(&run(part, input)?.first().map(plain).unwrap_or_default());
            }
            vec![text.into()]
        }
        Filter::List(inner) => vec![Value::Array(inner.as_ref().map_or(Ok(Vec::new()), |inner| run(inner, input))?)],
        Filter::Map(entries) => {
            let mut maps = vec![Map::new()];
            for (key, value) in entries {
                let (keys, values) = (run(key, input)?, run(value, input)?);
                let mut next = Vec::new();
                for map in &maps {
                    for key in &keys {
                        let Some(key) = key.as_str() else {
                            return Err(format!("Object keys must be strings, not {}", said(key)));
                        };
                        for value in &values {
                            let mut map = map.clone();
                            map.insert(key.to_owned(), value.clone());
                            next.push(map);
                        }
                    }
                }
                if next.len() > MOST {
                    return Err("too many values".to_owned());
                }
                maps = next;
            }
            maps.into_iter().map(Value::Object).collect()
        }
        Filter::If(condition, then, otherwise) => {
            let mut out = Vec::new();
            for holds in run(condition, input)? {
                out.extend(run(if truth(&holds) { then } else { otherwise }, input)?);
            }
            out
        }
        Filter::Call(name, arguments) => call(name, arguments, input)?,
    };
    limit(&values)?;
    Ok(values)
}

fn limit(values: &[Value]) -> Result<(), String> {
    if values.len() > MOST { Err("too many values".to_owned()) } else { Ok(()) }
}

fn truth(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// `string ("x")`, as errors name values.
fn said(value: &Value) -> String {
    if value.is_null() {
        return "null".to_owned();
    }
    let text = value.to_string();
    let short: String = text.chars().take(11).collect();
    let text = if short.len() < text.len() { format!("{short}...") } else { text };
    format!("{} ({text})", kind(value))
}

/// A text as it is, anything else as JSON.
pub fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn at(value: &Value, index: &Value) -> Result<Value, String> {
    match (value, index) {
        (Value::Null, Value::String(_) | Value::Number(_)) => Ok(Value::Null),
        (Value::Object(map), Value::String(key)) => Ok(map.get(key).cloned().unwrap_or(Value::Null)),
        (Value::Array(items), Value::Number(_)) => {
            let at = index.as_i64().unwrap_or(0);
            let at = if at < 0 { at.saturating_add(items.len() as i64) } else { at };
            Ok(usize::try_from(at).ok().and_then(|at| items.get(at)).cloned().unwrap_or(Value::Null))
        }
        (value, Value::String(key)) => Err(format!("Cannot index {} with \"{key}\"", kind(value))),
        (value, index) => Err(format!("Cannot index {} with {}", kind(value), kind(index))),
    }
}

fn slice(value: &Value, from: Option<i64>, to: Option<i64>) -> Result<Value, String> {
    let range = |length: usize| {
        let place = |at: i64| {
            let at = if at < 0 { at.saturating_add(length as i64) } else { at };
            usize::try_from(at).unwrap_or(0).min(length)
        };
        let from = place(from.unwrap_or(0));
        from..to.map_or(length, place).max(from)
    };
    match value {
        Value::Null => Ok(Value::Null),
        Value::Array(items) => Ok(Value::Array(items.get(range(items.len())).unwrap_or(&[]).to_vec())),
        Value::String(text) => {
            let range = range(text.chars().count());
            Ok(text.chars().skip(range.start).take(range.len()).collect::<String>().into())
        }
        other => Err(format!("Cannot index {} with object", kind(other))),
    }
}

fn two(sign: &str, one: &Filter, other: &Filter, input: &Value) -> Values {
    if sign == "//" {
        let found: Vec<Value> = run(one, input).unwrap_or_default().into_iter().filter(truth).collect();
        return if found.is_empty() { run(other, input) } else { Ok(found) };
    }
    let mut out = Vec::new();
    for left in run(one, input)? {
        if matches!((sign, truth(&left)), ("and", false) | ("or", true)) {
            out.push(truth(&left).into());
            continue;
        }
        for right in run(other, input)? {
            let order = || compare(&left, &right);
            out.push(match sign {
                "and" | "or" => truth(&right).into(),
                "==" => order().is_eq().into(),
                "!=" => order().is_ne().into(),
                "<" => order().is_lt().into(),
                "<=" => order().is_le().into(),
                ">" => order().is_gt().into(),
                ">=" => order().is_ge().into(),
                sign => reckon(sign, &left, &right)?,
            });
        }
    }
    Ok(out)
}

fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 9e15 { Value::from(value as i64) } else { Value::from(value) }
}

fn reckon(sign: &str, one: &Value, other: &Value) -> Result<Value, String> {
    let wrong = |what: &str| Err(format!("{} and {} cannot be {what}", said(one), said(other)));
    match (sign, one, other) {
        ("+", Value::Null, value) | ("+", value, Value::Null) => Ok(value.clone()),
        ("+", Value::String(one), Value::String(other)) => Ok(format!("{one}{other}").into()),
        ("+", Value::Array(one), Value::Array(other)) => Ok(Value::Array([one.as_slice(), other].concat())),
        ("+" | "*", Value::Object(one), Value::Object(other)) => {
            let mut sum = one.clone();
            sum.extend(other.iter().map(|(key, value)| (key.clone(), value.clone())));
            Ok(Value::Object(sum))
        }
        ("-", Value::Array(one), Value::Array(other)) => {
            Ok(Value::Array(one.iter().filter(|item| !other.contains(item)).cloned().collect()))
        }
        ("/", Value::String(one), Value::String(other)) => Ok(one.split(other.as_str()).collect()),
        (_, Value::Number(_), Value::Number(_)) => {
            let (left, right) = (one.as_f64().unwrap_or(0.0), other.as_f64().unwrap_or(0.0));
            match sign {
                "+" => Ok(number(left + right)),
                "-" => Ok(number(left - right)),
                "*" => Ok(number(left * right)),
                _ if right == 0.0 => wrong("divided because the divisor is zero"),
                "%" if right.trunc() != 0.0 => Ok(number(left.trunc() % right.trunc())),
                "%" => wrong("divided because the divisor is zero"),
                _ => Ok(number(left / right)),
            }
        }
        ("+", ..) => wrong("added"),
        ("-", ..) => wrong("subtracted"),
        ("*", ..) => wrong("multiplied"),
        _ => wrong("divided"),
    }
}

/// jq's order: null, false, true, numbers, texts, lists, objects.
fn compare(one: &Value, other: &Value) -> Ordering {
    let rank = |value: &Value| match value {
        Value::Null => 0,
        Value::Bool(truth) => 1 + i32::from(*truth),
        Value::Number(_) => 3,
        Value::String(_) => 4,
        Value::Array(_) => 5,
        Value::Object(_) => 6,
    };
    match (one, other) {
        (Value::Number(_), Value::Number(_)) => {
            one.as_f64().unwrap_or(0.0).partial_cmp(&other.as_f64().unwrap_or(0.0)).unwrap_or(Ordering::Equal)
        }
        (Value::String(one), Value::String(other)) => one.cmp(other),
        (Value::Array(one), Value::Array(other)) => {
            let differs = one.iter().zip(other).map(|(one, other)| compare(one, other)).find(|order| order.is_ne());
            differs.unwrap_or_else(|| one.len().cmp(&other.len()))
        }
        (Value::Object(one), Value::Object(other)) => {
            let by_keys = one.keys().cmp(other.keys());
            let values = || one.values().zip(other.values()).map(|(one, other)| compare(one, other));
            if by_keys.is_ne() { by_keys } else { values().find(|order| order.is_ne()).unwrap_or(Ordering::Equal) }
        }
        _ => rank(one).cmp(&rank(other)),
    }
}

/// A value that sorts as jq sorts.
struct Sorted(Value);

impl PartialEq for Sorted {
    fn eq(&self, other: &Sorted) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Sorted {}

impl PartialOrd for Sorted {
    fn partial_cmp(&self, other: &Sorted) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Sorted {
    fn cmp(&self, other: &Sorted) -> Ordering {
        compare(&self.0, &other.0)
    }
}

fn list<'v>(value: &'v Value, what: &str) -> Result<&'v [Value], String> {
    value
        .as_array()
        .map(Vec::as_slice)
        .ok_or_else(|| format!("{} cannot be {what}, as it is not an array", said(value)))
}

fn call(name: &str, arguments: &[Filter], input: &Value) -> Values {
    let text = |what: &str| input.as_str().ok_or_else(|| format!("{} {what}", said(input)));
    let argument = |at: usize| -> Result<Value, String> {
        let values = arguments.get(at).map_or(Ok(Vec::new()), |argument| run(argument, input))?;
        Ok(values.into_iter().next().unwrap_or(Value::Null))
    };
    // What `f` gives of an item, to sort and to group by.
    let by = |item: &Value| match arguments.first() {
        Some(filter) => Ok(Sorted(Value::Array(run(filter, item)?))),
        None => Ok::<Sorted, String>(Sorted(item.clone())),
    };
    let keyed = |what: &str| -> Result<Vec<(Sorted, Value)>, String> {
        let mut items = Vec::new();
        for item in list(input, what)? {
            items.push((by(item)?, item.clone()));
        }
        items.order_by(|one, other| one.0.cmp(&other.0));
        Ok(items)
    };
    Ok(vec![match (name, arguments) {
        ("empty", []) => return Ok(Vec::new()),
        ("not", []) => (!truth(input)).into(),
        ("type", []) => kind(input).into(),
        ("length", []) => match input {
            Value::Null => 0.into(),
            Value::Number(_) => number(input.as_f64().unwrap_or(0.0).abs()),
            Value::String(text) => text.chars().count().into(),
            Value::Array(items) => items.len().into(),
            Value::Object(map) => map.len().into(),
            Value::Bool(_) => return Err(format!("{} has no length", said(input))),
        },
        ("keys" | "keys_unsorted", []) => match input {
            Value::Object(map) => map.keys().map(|key| Value::from(&**key)).collect(),
            Value::Array(items) => (0..items.len()).map(Value::from).collect(),
            other => return Err(format!("{} has no keys", said(other))),
        },
        ("select", [condition]) => {
            let hits = run(condition, input)?.iter().filter(|value| truth(value)).count();
            return Ok(vec![input.clone(); hits]);
        }
        ("map", [filter]) => {
            let mut out = Vec::new();
            for item in list(input, "iterated over")? {
                out.extend(run(filter, item)?);
            }
            Value::Array(out)
        }
        ("sort" | "sort_by", _) => keyed("sorted")?.into_iter().map(|(_, item)| item).collect(),
        ("group_by", [_]) => {
            let items = keyed("grouped")?;
            items
                .chunk_by(|one, other| one.0 == other.0)
                .map(|group| Value::Array(group.iter().map(|(_, item)| item.clone()).collect()))
                .collect()
        }
        ("unique" | "unique_by", _) => {
            let mut items = keyed("sorted")?;
            items.dedup_by(|one, other| one.0 == other.0);
            items.into_iter().map(|(_, item)| item).collect()
        }
        ("min" | "min_by", _) => keyed("compared")?.into_iter().next().map_or(Value::Null, |(_, item)| item),
        ("max" | "max_by", _) => keyed("compared")?.into_iter().next_back().map_or(Value::Null, |(_, item)| item),
        ("reverse", []) => list(input, "reversed")?.iter().rev().cloned().collect(),
        ("first", []) => at(input, &0.into())?,
        ("last", []) => at(input, &(-1).into())?,
        ("add", []) => {
            let mut sum = Value::Null;
            for item in list(input, "iterated over")? {
                sum = reckon("+", &sum, item)?;
            }
            sum
        }
        ("any" | "all", []) => {
            let items = list(input, "iterated over")?;
            if name == "any" { items.iter().any(truth).into() } else { items.iter().all(truth).into() }
        }
        ("has", [_]) => match (input, argument(0)?) {
            (Value::Object(map), Value::String(key)) => map.contains_key(&key).into(),
            (Value::Array(items), index) => {
                index.as_u64().is_some_and(|index| usize::try_from(index).is_ok_and(|index| index < items.len())).into()
            }
            (other, key) => return Err(format!("Cannot check whether {} has a {} key", kind(other), kind(&key))),
        },
        ("contains", [_]) => contains(input, &argument(0)?)?.into(),
        ("startswith", [_]) => text("cannot start")?.starts_with(&plain(&argument(0)?)).into(),
        ("endswith", [_]) => text("cannot end")?.ends_with(&plain(&argument(0)?)).into(),
        ("test", [_]) => {
            matched(&plain(&argument(0)?), text("cannot be matched, as it is not a string")?).is_some().into()
        }
        ("split", [_]) => {
            let mark = plain(&argument(0)?);
            let text = text("cannot be split")?;
            if mark.is_empty() {
                text.chars().map(|c| Value::from(c.to_string())).collect()
            } else {
                text.split(&mark).collect()
            }
        }
        ("join", [_]) => {
            let texts =
                list(input, "joined")?.iter().map(|item| if item.is_null() { String::new() } else { plain(item) });
            texts.collect::<Vec<_>>().join(&plain(&argument(0)?)).into()
        }
        ("ltrimstr", [_]) => {
            let text = plain(input);
            text.strip_prefix(&plain(&argument(0)?)).unwrap_or(&text).into()
        }
        ("ascii_downcase", []) => text("cannot be changed")?.to_ascii_lowercase().into(),
        ("ascii_upcase", []) => text("cannot be changed")?.to_ascii_uppercase().into(),
        ("tostring" | "@text", []) => plain(input).into(),
        ("tonumber", []) => match input {
            Value::Number(_) => input.clone(),
            other => number(
                other
                    .as_str()
                    .and_then(|text| text.parse().ok())
                    .ok_or_else(|| format!("{} cannot be parsed as a number", said(input)))?,
            ),
        },
        ("tojson" | "@json", []) => input.to_string().into(),
        ("fromjson", []) => crate::yaml::read_json(text("cannot be parsed as JSON")?)?,
        ("to_entries", []) => match input {
            Value::Object(map) => {
                map.iter().map(|(key, value)| crate::api::json!({"key": &**key, "value": value})).collect()
            }
            other => return Err(format!("{} has no keys", said(other))),
        },
        ("from_entries", []) => {
            let mut map = Map::new();
            for entry in list(input, "made an object")? {
                let key = at(entry, &"key".into())?;
                map.insert(
                    plain(&if key.is_null() { at(entry, &"name".into())? } else { key }),
                    at(entry, &"value".into())?,
                );
            }
            Value::Object(map)
        }
        ("@csv" | "@tsv", []) => {
            let cells = list(input, "formatted as a row")?.iter().map(|item| match item {
                Value::String(text) if name == "@csv" => format!("\"{}\"", text.replace('"', "\"\"")),
                Value::Null => String::new(),
                item => plain(item),
            });
            cells.collect::<Vec<_>>().join(if name == "@csv" { "," } else { "\t" }).into()
        }
        ("@base64d", []) => {
            let text = text("cannot be decoded")?;
            crate::value::base64::decode_text(text)
                .ok_or_else(|| format!("{} is not valid base64 data", said(input)))?
                .into()
        }
        ("@base64", []) => crate::value::base64::encode(plain(input).as_bytes()).into(),
        ("error", [_]) => return Err(plain(&argument(0)?)),
        _ => return Err(format!("{name}/{} is not defined", arguments.len())),
    }])
}

fn contains(value: &Value, part: &Value) -> Result<bool, String> {
    Ok(match (value, part) {
        (Value::String(text), Value::String(part)) => text.contains(part.as_str()),
        (Value::Array(items), Value::Array(parts)) => {
            parts.iter().all(|part| items.iter().any(|item| contains(item, part).unwrap_or(false)))
        }
        (Value::Object(map), Value::Object(parts)) => {
            parts.iter().all(|(key, part)| map.get(key).is_some_and(|value| contains(value, part).unwrap_or(false)))
        }
        (one, other) if kind(one) == kind(other) => one == other,
        (one, other) => return Err(format!("{} and {} cannot have their containment checked", said(one), said(other))),
    })
}
