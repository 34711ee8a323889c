//! Steps to what they find.

use super::{Piece, Step};
use crate::api::Value;
use std::borrow::Cow;
use std::cmp::Ordering;

type Found<'a> = Vec<Cow<'a, Value>>;

/// Walks a template over `value` and gives `emit` the results of each piece.
pub(super) fn fill<'a>(
    pieces: &[Piece],
    value: &'a Value,
    emit: &mut dyn FnMut(&[Cow<'a, Value>]),
) -> Result<(), String> {
    for piece in pieces {
        match piece {
            Piece::Text(text) => emit(&[Cow::Owned(Value::String(text.clone()))]),
            Piece::Path(steps) => emit(&walk(vec![Cow::Borrowed(value)], steps)?),
            Piece::Range(steps, body) => {
                for item in walk(vec![Cow::Borrowed(value)], steps)? {
                    match item {
                        Cow::Borrowed(item) => fill(body, item, emit)?,
                        Cow::Owned(item) => fill(body, &item, &mut |found| {
                            let owned: Found = found.iter().map(|one| Cow::Owned(one.clone().into_owned())).collect();
                            emit(&owned);
                        })?,
                    }
                }
            }
        }
    }
    Ok(())
}

fn walk<'a>(start: Found<'a>, steps: &[Step]) -> Result<Found<'a>, String> {
    steps.iter().try_fold(start, |found, step| take(found, step))
}

fn take<'a>(found: Found<'a>, step: &Step) -> Result<Found<'a>, String> {
    let mut next = Found::new();
    match step {
        Step::Literal(value) => return Ok(vec![Cow::Owned(value.clone())]),
        Step::Field(name) if name.is_empty() => return Ok(found),
        Step::Field(name) => {
            for value in found {
                next.extend(child(value, |value| value.get(name.as_str()).into_iter().collect()));
            }
        }
        Step::All => {
            for value in found {
                next.extend(child(value, children));
            }
        }
        Step::Descend => {
            for value in found {
                next.extend(child(value, |value| {
                    let mut all = Vec::new();
                    descend(value, &mut all);
                    all
                }));
            }
        }
        Step::Slice { from, to, step, single } => {
            for value in found {
                let Some(length) = value.as_array().map(Vec::len) else {
                    if value.is_null() {
                        continue;
                    }
                    return Err(format!("{} is not array or slice", crate::api::go_value::plain(&value)));
                };
                let places = places(length, (*from, *to, *step), *single)?;
                next.extend(child(value, |value| {
                    places.iter().filter_map(|&place| value.as_array()?.get(place)).collect()
                }));
            }
        }
        Step::Union(all) => {
            for steps in all {
                next.extend(walk(found.clone(), steps)?);
            }
        }
        Step::Filter { left, operator, right } => {
            for value in found {
                let mut kept = Vec::new();
                for (place, item) in value.as_array().into_iter().flatten().enumerate() {
                    if passes(item, left, operator, right)? {
                        kept.push(place);
                    }
                }
                next.extend(child(value, |value| {
                    kept.iter().filter_map(|&place| value.as_array()?.get(place)).collect()
                }));
            }
        }
    }
    Ok(next)
}

/// What `pick` picks inside `value`, borrowed where `value` is.
fn child(value: Cow<'_, Value>, pick: impl Fn(&Value) -> Vec<&Value>) -> Found<'_> {
    match value {
        Cow::Borrowed(value) => pick(value).into_iter().map(Cow::Borrowed).collect(),
        Cow::Owned(value) => pick(&value).into_iter().cloned().map(Cow::Owned).collect(),
    }
}

fn children(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(map) => map.values().collect(),
        _ => Vec::new(),
    }
}

/// The value and all below it, parents first.
fn descend<'a>(value: &'a Value, all: &mut Vec<&'a Value>) {
    all.push(value);
    for one in children(value) {
        if one.is_array() || one.is_object() {
            descend(one, all);
        }
    }
}

/// The places that a slice means. Models evalArray.
fn places(
    length: usize,
    (from, to, step): (Option<i64>, Option<i64>, Option<i64>),
    single: bool,
) -> Result<Vec<usize>, String> {
    let length = length as i64;
    let from_end = |place: i64| if place < 0 { place + length } else { place };
    let first = from_end(from.unwrap_or(0));
    if single {
        if first < 0 || first >= length {
            return Err(format!("array index out of bounds: index {}, length {length}", from.unwrap_or(0)));
        }
        return Ok(vec![first as usize]);
    }
    let last = from_end(to.unwrap_or(length)).min(length);
    let step = step.unwrap_or(1);
    if step <= 0 {
        return Err("step must be > 0".to_owned());
    }
    if first < 0 || (length > 0 && first > length) {
        return Err(format!("array index out of bounds: index {first}, length {length}"));
    }
    Ok((first..last).step_by(usize::try_from(step).unwrap_or(1)).map(|place| place as usize).collect())
}

fn passes(item: &Value, left: &[Step], operator: &str, right: &[Step]) -> Result<bool, String> {
    let found = |steps: &[Step]| walk(vec![Cow::Borrowed(item)], steps);
    let lefts = found(left)?;
    if operator == "exists" {
        return Ok(!lefts.is_empty());
    }
    let rights = found(right)?;
    let (Some(a), Some(b)) = (lefts.first(), rights.first()) else { return Ok(false) };
    if lefts.len() > 1 || rights.len() > 1 {
        return Err("can only compare one element at a time".to_owned());
    }
    let order = compare(a, b);
    Ok(match operator {
        "==" => order == Some(Ordering::Equal),
        "!=" => order != Some(Ordering::Equal),
        "<" => order == Some(Ordering::Less),
        ">" => order == Some(Ordering::Greater),
        "<=" => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        ">=" => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        other => return Err(format!("unrecognized filter operator {other}")),
    })
}

/// The order of two plain values of like kind.
pub(crate) fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        (Value::Number(a), Value::Number(b)) => a.as_f64()?.partial_cmp(&b.as_f64()?),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        _ => None,
    }
}
