//! The strategic patch between two trees.
//!
//! Models apimachinery pkg/util/strategicpatch diffMaps and what it calls.

use super::rules::{Rule, Rules};
use super::strategic::{DELETE_FROM, DIRECTIVE, ELEMENT_ORDER, RETAIN_KEYS};
use crate::api::{Map, Value};
use crate::order::Order;

/// Which half of the difference is wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Half {
    /// What is new or changed.
    Additions,
    /// What is gone.
    Deletions,
}

/// The patch that leads from `original` to `modified`, as far as `half` of it goes.
pub(super) fn diff_maps(original: &Map, modified: &Map, rules: Rules, half: Half, retains: bool) -> Map {
    let mut patch = Map::new();
    for (key, value) in modified {
        let Some(before) = original.get(key) else {
            if half == Half::Additions {
                patch.insert(key.clone(), value.clone());
            }
            continue;
        };
        diff_field(key, before, value, rules, half, &mut patch);
    }
    if half == Half::Deletions {
        for key in original.keys().filter(|key| !modified.contains_key(key)) {
            patch.insert(key.clone(), Value::Null);
        }
    }
    // What the patch does not name must go, so it says what stays.
    if retains && !modified.is_empty() && (!patch.is_empty() || original.keys().any(|key| !modified.contains_key(key)))
    {
        patch.insert(RETAIN_KEYS, modified.keys().cloned().collect());
    }
    patch
}

fn diff_field(key: &str, before: &Value, after: &Value, rules: Rules, half: Half, patch: &mut Map) {
    let rule = rules.field(key);
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            if rule.replaces {
                // As upstream: such a map is sent whether it changed or not.
                if half == Half::Additions {
                    patch.insert(key.to_owned(), Value::Object(after.clone()));
                }
                return;
            }
            let below = diff_maps(before, after, rule.below, half, rule.retains);
            if !below.is_empty() {
                patch.insert(key.to_owned(), Value::Object(below));
            }
        }
        (Value::Array(before), Value::Array(after)) if rule.merges => {
            diff_lists(key, before, after, rule, half, patch);
        }
        _ => {
            if half == Half::Additions && before != after {
                patch.insert(key.to_owned(), after.clone());
            }
        }
    }
}

/// Models handleSliceDiff and diffLists.
fn diff_lists(field: &str, before: &[Value], after: &[Value], rule: Rule, half: Half, patch: &mut Map) {
    if before.is_empty() {
        if !after.is_empty() && half == Half::Additions {
            patch.insert(field.to_owned(), Value::Array(after.to_vec()));
        }
        return;
    }
    let key = rule.key;
    let mut order: Option<Vec<Value>> = None;
    if key.is_empty() {
        let missing = |from: &[Value], list: &[Value]| -> Vec<Value> {
            from.iter().filter(|item| !list.contains(item)).cloned().collect()
        };
        let (added, gone) = match half {
            Half::Additions => (missing(after, before), Vec::new()),
            Half::Deletions => (Vec::new(), missing(before, after)),
        };
        if !gone.is_empty() || (half == Half::Additions && before != after) {
            order = Some(after.to_vec());
        }
        if !added.is_empty() {
            patch.insert(field.to_owned(), Value::Array(added));
        }
        if !gone.is_empty() {
            patch.insert(format!("{DELETE_FROM}{field}"), Value::Array(gone));
        }
    } else {
        let mut changes = diff_lists_of_maps(before, after, rule, half);
        let place = |item: &Value| after.iter().position(|one| one.get(key) == item.get(key));
        changes.order_by_key(|change| (change.get(DIRECTIVE).is_some(), place(change)));
        let same_order = half == Half::Deletions || is_order_same(before, after, key);
        if !changes.is_empty() || !same_order {
            let names = after.iter().filter_map(|item| Some((key.to_owned(), item.get(key)?.clone())));
            order = Some(names.map(|pair| Value::Object(Map::from_iter([pair]))).collect());
        }
        if !changes.is_empty() {
            patch.insert(field.to_owned(), Value::Array(changes));
        }
    }
    if let Some(order) = order.filter(|order| !order.is_empty()) {
        patch.insert(format!("{ELEMENT_ORDER}{field}"), Value::Array(order));
    }
}

/// Whether both lists hold the same items in the same order, as far as their keys tell. Models isOrderSame.
fn is_order_same(before: &[Value], after: &[Value], key: &str) -> bool {
    before.len() == after.len() && before.iter().zip(after).all(|(one, other)| one.get(key) == other.get(key))
}

/// Models diffListsOfMaps: both lists are walked in the order of their keys' texts.
fn diff_lists_of_maps(before: &[Value], after: &[Value], rule: Rule, half: Half) -> Vec<Value> {
    let key = rule.key;
    // Upstream's sort turns items of equal keys around; which of them meet in the two lists depends on that.
    let sorted = |list: &[Value]| {
        let mut list: Vec<(String, Value)> =
            list.iter().rev().map(|item| (text_of(item.get(key)), item.clone())).collect();
        list.order_by(|one, other| one.0.cmp(&other.0));
        list
    };
    let (before, after) = (sorted(before), sorted(after));
    let (mut before, mut after) = (before.into_iter().peekable(), after.into_iter().peekable());
    let mut changes = Vec::new();
    loop {
        let order = match (before.peek(), after.peek()) {
            (None, None) => return changes,
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some((left, _)), Some((right, _))) => left.cmp(right),
        };
        match order {
            std::cmp::Ordering::Equal => {
                if let (Some((_, Value::Object(old))), Some((_, Value::Object(new)))) = (before.next(), after.next()) {
                    let mut change = diff_maps(&old, &new, rule.below, half, rule.retains);
                    if let (false, Some(value)) = (change.is_empty(), new.get(key)) {
                        change.insert(key.to_owned(), value.clone());
                        changes.push(Value::Object(change));
                    }
                }
            }
            std::cmp::Ordering::Greater => {
                let added = after.next().filter(|_| half == Half::Additions);
                changes.extend(added.map(|(_, item)| item));
            }
            std::cmp::Ordering::Less => {
                let gone = before.next().filter(|_| half == Half::Deletions);
                if let Some(value) = gone.and_then(|(_, item)| item.get(key).cloned()) {
                    let pairs = [(DIRECTIVE.to_owned(), Value::from("delete")), (key.to_owned(), value)];
                    changes.push(Value::Object(Map::from_iter(pairs)));
                }
            }
        }
    }
}

fn text_of(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}
