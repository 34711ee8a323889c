//! Strategic merge patch: lists merge by their keys, and `$`-directives say what merging cannot.
//!
//! Models apimachinery pkg/util/strategicpatch mergeMap and what it calls.

use super::rules::{Rule, Rules};
use crate::api::{Map, Value, go_value};
use crate::order::Order;

/// Takes items out of a list of plain values: `$deleteFromPrimitiveList/finalizers`.
pub(super) const DELETE_FROM: &str = "$deleteFromPrimitiveList/";
/// The order that a list's items should have: `$setElementOrder/ports`.
pub(super) const ELEMENT_ORDER: &str = "$setElementOrder/";
/// The only keys that a map keeps.
pub(super) const RETAIN_KEYS: &str = "$retainKeys";
/// What an item or a map of the patch means: `delete`, `replace`, `merge`.
pub(super) const DIRECTIVE: &str = "$patch";

/// Applies `patch` to `tree`. What the directives of the patch say is taken out of it, as the server's words for a
/// refused result show the rest. Errors are the server's words, for 400.
pub fn strategic(tree: &mut Value, patch: &mut Value, rules: Rules) -> Result<(), String> {
    let (Value::Object(map), Value::Object(changes)) = (&mut *tree, patch) else {
        return Err("Invalid JSON document".to_owned());
    };
    *tree = Value::Object(merge_map(std::mem::take(map), changes, rules, true)?);
    Ok(())
}

/// Merges `patch` into `original`. With `apply`, directives are carried out and nulls take away; without, two patches
/// are made one and both stay in it.
pub(super) fn merge_map(mut original: Map, patch: &mut Map, rules: Rules, apply: bool) -> Result<Map, String> {
    match patch.get(DIRECTIVE).map(|directive| directive.as_str().unwrap_or("")) {
        None => {}
        Some("replace") => {
            patch.remove(DIRECTIVE);
            return Ok(patch.clone());
        }
        Some("delete") => return Ok(Map::new()),
        Some(other) => return Err(unknown_directive(other, &Value::Object(patch.clone()))),
    }
    retain_keys(&mut original, patch, apply)?;
    set_element_orders(&mut original, patch, rules, apply)?;
    for (key, change) in patch.iter_mut() {
        let (key, deletes) = match key.strip_prefix(DELETE_FROM) {
            Some(field) if apply => (field, true),
            Some(_) => {
                original.insert(key.clone(), change.clone());
                continue;
            }
            None => (&**key, false),
        };
        if change.is_null() {
            original.remove(key);
            if !apply {
                original.insert(key.to_owned(), Value::Null);
            }
            continue;
        }
        let same_kind = original.get(key).is_some_and(|found| super::json_kind(found) == super::json_kind(change));
        if !same_kind {
            if !deletes {
                let value = if apply { without_directives(change.clone()) } else { Some(change.clone()) };
                if let Some(value) = value {
                    original.insert(key.to_owned(), value);
                }
            }
            continue;
        }
        let Some(found) = original.get_mut(key) else { continue };
        match (found, change) {
            (Value::Object(map), Value::Object(change)) => {
                let rule = rules.field(key);
                let merged = if rule.replaces {
                    change.clone()
                } else {
                    merge_map(std::mem::take(map), change, rule.below, apply)?
                };
                original.insert(key.to_owned(), Value::Object(merged));
            }
            (Value::Array(items), Value::Array(changes)) => {
                let merged = merge_list(std::mem::take(items), changes, rules.field(key), deletes, apply)?;
                original.insert(key.to_owned(), Value::Array(merged));
            }
            (found, change) => *found = change.clone(),
        }
    }
    Ok(original)
}

/// The field by which the items of a list with this rule are known; `None` for lists of texts.
fn merge_key(rule: Rule) -> Option<&'static str> {
    (!rule.key.is_empty()).then_some(rule.key)
}

/// Drops what `$retainKeys` does not name. Models applyRetainKeysDirective.
fn retain_keys(original: &mut Map, patch: &mut Map, apply: bool) -> Result<(), String> {
    let Some(kept) = patch.remove(RETAIN_KEYS) else { return Ok(()) };
    let bad = || "invalid patch format of retainKeys".to_owned();
    let Value::Array(names) = &kept else { return Err(bad()) };
    if !apply {
        original.insert(RETAIN_KEYS.to_owned(), kept);
        return Ok(());
    }
    let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
    let unlisted = |key: &str| !key.starts_with('$') && !names.contains(&key);
    if patch.iter().any(|(key, value)| unlisted(key) && !value.is_null()) {
        return Err(bad());
    }
    original.retain(|key, _| names.contains(&&**key));
    Ok(())
}

/// Merges the lists that `$setElementOrder` speaks of and puts them in order. Models mergePatchIntoOriginal.
fn set_element_orders(original: &mut Map, patch: &mut Map, rules: Rules, apply: bool) -> Result<(), String> {
    let directives: Vec<String> =
        patch.keys().filter(|key| key.starts_with(ELEMENT_ORDER)).map(ToString::to_string).collect();
    for directive in directives {
        let field = directive.trim_start_matches(ELEMENT_ORDER).to_owned();
        let Some(order) = patch.remove(&directive) else { continue };
        if !apply {
            match original.get(&directive) {
                Some(other) if *other != order => {
                    return Err("invalid patch format of setElementOrder list".to_owned());
                }
                _ => drop(original.insert(directive.clone(), order.clone())),
            }
        }
        let Value::Array(order) = order else {
            return Err("invalid patch format of setElementOrder list".to_owned());
        };
        let rule = rules.field(&field);
        let before = original.get(&field).and_then(Value::as_array).cloned();
        let changes = match patch.remove(&field) {
            Some(Value::Array(changes)) => Some(changes),
            // Null, or what is no list: the usual way deals with it.
            Some(other) => {
                patch.insert(field, other);
                continue;
            }
            None => None,
        };
        let live = before.clone().unwrap_or_default();
        let merged = match (before, changes) {
            (None, None) => continue,
            (Some(items), None) => items,
            (None, Some(changes)) => match without_directives(Value::Array(changes)) {
                Some(Value::Array(items)) => items,
                _ => Vec::new(),
            },
            (Some(items), Some(mut changes)) => {
                if out_of_order(&changes, &order, merge_key(rule)) {
                    return Err(format!(
                        "The order in patch list:\n{}\n doesn't match {ELEMENT_ORDER} list:\n{}\n",
                        go_value::plain(&Value::Array(changes)),
                        go_value::plain(&Value::Array(order)),
                    ));
                }
                merge_list(items, &mut changes, rule, false, apply)?
            }
        };
        original.insert(field, Value::Array(in_order(merged, &order, &live, merge_key(rule))));
    }
    Ok(())
}

/// Whether the items of a patch stand in another order than its `$setElementOrder` says. Models
/// validatePatchWithSetOrderList.
fn out_of_order(changes: &[Value], order: &[Value], key: Option<&str>) -> bool {
    let mut rest = order.iter();
    changes
        .iter()
        .filter(|change| !is_marked(change, "delete"))
        .any(|change| !rest.any(|one| identity(one, key) == identity(change, key)))
}

/// What an item of a list is known by.
pub(super) fn identity<'a>(item: &'a Value, key: Option<&str>) -> Option<&'a Value> {
    match key {
        Some(key) => item.get(key),
        None => Some(item),
    }
}

fn is_marked(item: &Value, directive: &str) -> bool {
    item.get(DIRECTIVE).and_then(Value::as_str) == Some(directive)
}

/// Models mergeSliceHandler and mergeSlice.
fn merge_list(
    mut items: Vec<Value>,
    changes: &mut Vec<Value>,
    rule: Rule,
    deletes: bool,
    apply: bool,
) -> Result<Vec<Value>, String> {
    if deletes {
        items.retain(|item| !changes.contains(item));
        return Ok(items);
    }
    if !rule.merges {
        return Ok(changes.clone());
    }
    let key = merge_key(rule);
    let live = items.clone();
    let Some(key) = key else {
        for change in changes.iter() {
            if !items.contains(change) {
                items.push(change.clone());
            }
        }
        return Ok(in_order(items, changes, &live, None));
    };
    if apply {
        carry_out_directives(&mut items, changes, key)?;
    }
    for change in changes.iter_mut() {
        let Some(wanted) = change.get(key).cloned() else {
            return Err(no_merge_key(change, key));
        };
        let found = items.iter_mut().find(|item| item.get(key) == Some(&wanted));
        match (found, change) {
            (Some(Value::Object(found)), Value::Object(change)) => {
                *found = merge_map(std::mem::take(found), change, rule.below, apply)?;
            }
            (_, change) => {
                let item = if apply { without_directives(change.clone()) } else { Some(change.clone()) };
                items.extend(item);
            }
        }
    }
    Ok(in_order(items, changes, &live, Some(key)))
}

/// `$patch: delete` and `replace` in the items of a list. Models mergeSliceWithSpecialElements.
fn carry_out_directives(items: &mut Vec<Value>, changes: &mut Vec<Value>, key: &str) -> Result<(), String> {
    let mut replaces = false;
    for change in changes.iter() {
        match change.get(DIRECTIVE).map(|directive| directive.as_str().unwrap_or("")) {
            None => {}
            Some("delete") => match change.get(key) {
                Some(wanted) => items.retain(|item| item.get(key) != Some(wanted)),
                None => return Err(no_merge_key(change, key)),
            },
            Some("replace") => replaces = true,
            Some("merge") => return Err("merging lists cannot yet be specified in the patch".to_owned()),
            Some(other) => return Err(unknown_directive(other, change)),
        }
    }
    changes.retain(|change| change.get(DIRECTIVE).is_none());
    if replaces {
        items.clear();
    }
    Ok(())
}

fn no_merge_key(item: &Value, key: &str) -> String {
    format!("map: {} does not contain declared merge key: {key}", go_value::plain(item))
}

fn unknown_directive(directive: &str, item: &Value) -> String {
    format!("unknown patch type: {directive} in map: {}", go_value::plain(item))
}

/// Puts `items` in order: those that `order` names in its order, the others between them where `live` had them.
///
/// Models normalizeElementOrder and mergeSortedSlice.
fn in_order(items: Vec<Value>, order: &[Value], live: &[Value], key: Option<&str>) -> Vec<Value> {
    let place = |list: &[Value], item: &Value| list.iter().position(|one| identity(one, key) == identity(item, key));
    let (mut named, mut others): (Vec<Value>, Vec<Value>) =
        items.into_iter().partition(|item| place(order, item).is_some());
    named.order_by_key(|item| place(order, item));
    others.order_by_key(|item| place(live, item));
    let mut all = Vec::with_capacity(named.len() + others.len());
    let (mut named, mut others) = (named.into_iter().peekable(), others.into_iter().peekable());
    while let (Some(left), Some(right)) = (others.peek(), named.peek()) {
        let earlier = matches!((place(live, left), place(live, right)), (Some(left), Some(right)) if left < right);
        all.extend(if earlier { others.next() } else { named.next() });
    }
    all.extend(others);
    all.extend(named);
    all
}

/// What a new value of a patch is without its directives and nulls; `None` where it is only there to delete. Models
/// removeDirectives and discardNullValuesFromPatch.
fn without_directives(value: Value) -> Option<Value> {
    match value {
        Value::Object(map) => {
            if is_marked_map(&map, "delete") {
                return None;
            }
            let kept = map.into_iter().filter(|(key, value)| !key.starts_with('$') && !value.is_null());
            Some(Value::Object(kept.filter_map(|(key, value)| Some((key, without_directives(value)?))).collect()))
        }
        Value::Array(items) => Some(Value::Array(items.into_iter().filter_map(without_directives).collect())),
        other => Some(other),
    }
}

fn is_marked_map(map: &Map, directive: &str) -> bool {
    map.get(DIRECTIVE).and_then(Value::as_str) == Some(directive)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{ResourceId, json};

    fn patched(resource: ResourceId, mut tree: Value, mut patch: Value) -> Result<Value, String> {
        strategic(&mut tree, &mut patch, Rules::of(resource))?;
        Ok(tree)
    }

    #[test]
    fn ports_merge_by_number_and_new_ones_come_first() {
        let service = json!({"spec": {"ports": [{"name": "http", "port": 80}]}});
        let patch = json!({"spec": {"ports": [{"port": 443}, {"port": 80, "targetPort": 8080}]}});
        assert_eq!(
            patched(ResourceId::SERVICES, service.clone(), patch),
            Ok(json!({"spec": {"ports": [{"port": 443}, {"name": "http", "port": 80, "targetPort": 8080}]}}))
        );
        assert_eq!(
            patched(ResourceId::SERVICES, service, json!({"spec": {"ports": [{"port": 443}]}})),
            Ok(json!({"spec": {"ports": [{"port": 443}, {"name": "http", "port": 80}]}}))
        );
    }

    #[test]
    fn directives_delete_replace_order_and_retain() {
        let pod = json!({"metadata": {"finalizers": ["a", "b"]},
            "spec": {"containers": [{"name": "a", "env": [{"name": "X", "value": "1"}]}, {"name": "b"}]}});
        let patch = json!({
            "metadata": {"$deleteFromPrimitiveList/finalizers": ["a"]},
            "spec": {
                "$setElementOrder/containers": [{"name": "b"}, {"name": "a"}],
                "containers": [{"name": "a", "env": [{"name": "X", "$patch": "delete"}]}],
            },
        });
        assert_eq!(
            patched(ResourceId::PODS, pod.clone(), patch),
            Ok(json!({"metadata": {"finalizers": ["b"]},
                "spec": {"containers": [{"name": "b"}, {"name": "a", "env": []}]}}))
        );
        let patch = json!({"spec": {"containers": [{"$patch": "replace"}, {"name": "c"}]}});
        assert_eq!(
            patched(ResourceId::PODS, pod, patch),
            Ok(json!({"metadata": {"finalizers": ["a", "b"]}, "spec": {"containers": [{"name": "c"}]}}))
        );
        let deployment = json!({"spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}});
        let patch = json!({"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}});
        assert_eq!(
            patched(ResourceId::DEPLOYMENTS, deployment, patch),
            Ok(json!({"spec": {"strategy": {"type": "Recreate"}}}))
        );
    }

    #[test]
    fn an_item_without_its_key_is_refused() {
        let service = json!({"spec": {"ports": [{"port": 80}]}});
        let wrong = patched(ResourceId::SERVICES, service, json!({"spec": {"ports": [{"name": "x"}]}}));
        assert_eq!(wrong, Err("map: map[name:x] does not contain declared merge key: port".to_owned()));
    }
}
