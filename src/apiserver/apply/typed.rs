//! Trees with the schema's idea of ownership: which paths a manifest names, how two objects differ, what merging gives.
//!
//! Models structured-merge-diff typed: Validate, ToFieldSet, Compare, Merge, RemoveItems.

use super::fields::{FieldSet, Step};
use crate::api::go_value;
use crate::api::patch::{Rule, Rules};
use crate::api::schema::{Shape, TypeId};
use crate::api::{Map, Value};
use crate::order::Order;

/// The paths that a manifest names.
pub fn field_set(value: &Value, rules: Rules) -> FieldSet {
    let mut set = FieldSet::default();
    let Value::Object(map) = value else { return set };
    for (name, value) in map {
        set.insert(Step::Field(name.to_string()), &set_of(value, rules.field(name)));
    }
    set
}

fn set_of(value: &Value, rule: Rule) -> FieldSet {
    let set = match value {
        Value::Object(_) if !rule.atomic => field_set(value, rule.below),
        Value::Array(items) if is_owned_by_item(rule) => {
            let mut set = FieldSet::default();
            for item in items {
                let mut below = if rule.set { FieldSet::default() } else { field_set(item, rule.below) };
                below.here = true;
                set.insert(step_of(item, rule), &below);
            }
            set
        }
        _ => FieldSet::default(),
    };
    if set.is_empty() { FieldSet::leaf() } else { set }
}

fn is_owned_by_item(rule: Rule) -> bool {
    rule.set || !rule.keys.is_empty()
}

/// What the item of a list is known by. A key field that is left out has its default.
fn step_of(item: &Value, rule: Rule) -> Step {
    if rule.set {
        return Step::Value(item.to_string());
    }
    let value = |key: &str| match item.get(key) {
        Some(value) => value.to_string(),
        None if key == "protocol" => "\"TCP\"".to_owned(),
        None => "null".to_owned(),
    };
    let mut pairs: Vec<(String, String)> = rule.keys.iter().map(|key| ((*key).to_owned(), value(key))).collect();
    pairs.order();
    Step::Key(pairs)
}

/// How two objects differ.
#[derive(Debug, Default)]
pub struct Difference {
    /// Paths that are new or have another value.
    pub written: FieldSet,
    /// Paths that are gone.
    pub removed: FieldSet,
}

/// How `new` differs from `old`.
pub fn compare(old: &Value, new: &Value, rules: Rules) -> Difference {
    let mut difference = Difference::default();
    compare_maps(old.as_object(), new.as_object(), rules, &mut difference);
    difference
}

fn compare_maps(old: Option<&Map>, new: Option<&Map>, rules: Rules, difference: &mut Difference) {
    for (name, value) in new.into_iter().flatten() {
        let before = old.and_then(|old| old.get(name));
        let below = compare_values(before, Some(value), rules.field(name), is_always_there(rules, name));
        below.put_under(&Step::Field(name.to_string()), difference);
    }
    for (name, value) in old.into_iter().flatten() {
        if new.is_none_or(|new| !new.contains_key(name)) {
            let below = compare_values(Some(value), None, rules.field(name), is_always_there(rules, name));
            below.put_under(&Step::Field(name.to_string()), difference);
        }
    }
}

impl Difference {
    fn put_under(&self, step: &Step, outer: &mut Difference) {
        outer.written.insert(step.clone(), &self.written);
        outer.removed.insert(step.clone(), &self.removed);
    }
}

/// Whether even an empty object has the field, so that nobody adds it: structs that are no pointers.
fn is_always_there(rules: Rules, name: &str) -> bool {
    match rules {
        Rules::Known(id) => id.field(name).is_some_and(|field| field.always),
        Rules::Stored(_) => matches!(name, "metadata" | "spec" | "status"),
        Rules::Plain => false,
    }
}

fn compare_values(old: Option<&Value>, new: Option<&Value>, rule: Rule, always: bool) -> Difference {
    let mut difference = Difference::default();
    let by_map = !rule.atomic && [old, new].into_iter().flatten().all(Value::is_object);
    let by_item = is_owned_by_item(rule) && [old, new].into_iter().flatten().all(Value::is_array);
    if by_map {
        compare_maps(old.and_then(Value::as_object), new.and_then(Value::as_object), rule.below, &mut difference);
    } else if by_item {
        compare_lists(old, new, rule, &mut difference);
    } else if old != new {
        match new {
            Some(_) => difference.written.here = true,
            None => difference.removed.here = true,
        }
        return difference;
    }
    if !always {
        difference.written.here |= old.is_none();
        difference.removed.here |= new.is_none();
    } else if old.is_none() && new.is_some_and(is_empty) {
        difference.written.here = true;
    }
    difference
}

fn is_empty(value: &Value) -> bool {
    value.as_object().is_some_and(Map::is_empty) || value.as_array().is_some_and(Vec::is_empty)
}

fn compare_lists(old: Option<&Value>, new: Option<&Value>, rule: Rule, difference: &mut Difference) {
    let items = |list: Option<&'_ Value>| -> Vec<(Step, Value)> {
        let items = list.and_then(Value::as_array).into_iter().flatten();
        items.map(|item| (step_of(item, rule), item.clone())).collect()
    };
    let (old, new) = (items(old), items(new));
    let find =
        |list: &[(Step, Value)], step: &Step| list.iter().find(|(one, _)| one == step).map(|(_, item)| item.clone());
    for (step, item) in &new {
        let before = find(&old, step);
        let mut below = Difference::default();
        if !rule.set {
            compare_maps(before.as_ref().and_then(Value::as_object), item.as_object(), rule.below, &mut below);
        }
        below.written.here |= before.is_none();
        below.put_under(step, difference);
    }
    for (step, item) in old.iter().filter(|(step, _)| find(&new, step).is_none()) {
        let mut below = Difference::default();
        if !rule.set {
            compare_maps(item.as_object(), None, rule.below, &mut below);
        }
        below.removed.here = true;
        below.put_under(step, difference);
    }
}

/// `live` with what the manifest says put in.
pub fn merge(live: &mut Value, manifest: &Value, rules: Rules) {
    let Value::Object(manifest) = manifest else { return };
    if !live.is_object() {
        *live = Value::Object(Map::new());
    }
    let Value::Object(live) = live else { return };
    for (name, value) in manifest {
        let rule = rules.field(name);
        match (live.get_mut(name), value) {
            (Some(place @ Value::Object(_)), Value::Object(_)) if !rule.atomic => merge(place, value, rule.below),
            (Some(Value::Array(items)), Value::Array(wanted)) if is_owned_by_item(rule) => {
                merge_items(items, wanted, rule);
            }
            _ => drop(live.insert(name.clone(), value.clone())),
        }
    }
}

/// Items that both have stand in the manifest's order, those of one side between them, the live ones first.
///
/// Models structured-merge-diff's visitListItems, which walks the lists side by side.
fn merge_items(items: &mut Vec<Value>, wanted: &[Value], rule: Rule) {
    let steps: Vec<Step> = wanted.iter().map(|item| step_of(item, rule)).collect();
    let mut live: Vec<(Step, Option<Value>)> = items.drain(..).map(|item| (step_of(&item, rule), Some(item))).collect();
    let shared: Vec<&Step> = steps.iter().filter(|step| live.iter().any(|(one, _)| one == *step)).collect();
    let (mut of_live, mut of_manifest, mut of_shared) = (0, 0, 0);
    let mut merged = Vec::with_capacity(live.len() + wanted.len());
    loop {
        let next = steps.get(of_manifest).zip(wanted.get(of_manifest));
        if let Some((step, value)) = live.get_mut(of_live) {
            let is_shared = steps.contains(step);
            let meets = next.is_some_and(|(next, _)| next == step);
            if !is_shared {
                merged.extend(value.take());
                of_live += 1;
                continue;
            }
            // What both have is merged where the manifest has it.
            let comes_later = !meets && shared.get(of_shared).is_some_and(|shared| *shared != step);
            of_live += usize::from(meets || comes_later || value.is_none());
            if comes_later && next.is_some() {
                continue;
            }
        }
        let Some((step, item)) = next else {
            if of_live >= live.len() {
                break;
            }
            of_live += 1;
            continue;
        };
        let same = live.iter_mut().find(|(one, value)| one == step && value.is_some());
        merged.push(match same.and_then(|(_, value)| value.take()) {
            Some(mut value) if !rule.set => {
                merge(&mut value, item, rule.below);
                value
            }
            Some(value) => value,
            None => item.clone(),
        });
        of_manifest += 1;
        of_shared += usize::from(shared.get(of_shared) == Some(&step));
    }
    *items = merged;
}

/// Takes the paths of `gone` that are not in `kept` out of `tree`.
pub fn remove(tree: &mut Value, gone: &FieldSet, kept: &FieldSet, rules: Rules) {
    let nothing = FieldSet::default();
    let Value::Object(map) = tree else { return };
    for (step, below) in &gone.below {
        let Step::Field(name) = step else { continue };
        let kept = kept.below.get(step).unwrap_or(&nothing);
        if below.here && kept.is_empty() {
            map.remove(name);
            continue;
        }
        let rule = rules.field(name);
        match map.get_mut(name) {
            Some(Value::Array(items)) => remove_items(items, below, kept, rule),
            Some(value) => remove(value, below, kept, rule.below),
            None => {}
        }
    }
}

fn remove_items(items: &mut Vec<Value>, gone: &FieldSet, kept: &FieldSet, rule: Rule) {
    let nothing = FieldSet::default();
    items.retain_mut(|item| {
        let step = step_of(item, rule);
        let Some(below) = gone.below.get(&step) else { return true };
        let kept = kept.below.get(&step).unwrap_or(&nothing);
        if below.here && kept.is_empty() {
            return false;
        }
        remove(item, below, kept, rule.below);
        true
    });
}

/// What the schema does not know in a manifest, and items that nothing tells apart: `.spec.a: field not declared in
/// schema`.
pub fn undeclared(value: &Value, rules: Rules) -> Vec<String> {
    let mut found = Vec::new();
    look(value, rules, "", &mut found);
    found
}

fn look(value: &Value, rules: Rules, path: &str, found: &mut Vec<String>) {
    let Value::Object(map) = value else { return };
    for (name, value) in map {
        let path = format!("{path}.{name}");
        if let Rules::Known(id) = rules
            && is_unknown(id, name)
        {
            found.push(format!("{path}: field not declared in schema"));
            continue;
        }
        let rule = rules.field(name);
        if let Rules::Known(id) = rules
            && let Some(field) = id.field(name)
        {
            if let Some(wrong) = mismatch(&field.shape, value) {
                found.push(format!("{path}: {wrong}"));
                continue;
            }
            look_inside(&field.shape, value, &path, rule, found);
        }
        match value {
            Value::Object(_) => look(value, rule.below, &path, found),
            Value::Array(items) => {
                let mut seen = Vec::new();
                for (place, item) in items.iter().enumerate() {
                    let missing = rule.keys.iter().find(|key| item.get(key).is_none() && **key != "protocol");
                    if let Some(key) = missing {
                        found.push(format!(
                            "{path}: element {place}: associative list with keys has an element that omits key field \"{key}\" (and doesn't have default value)"
                        ));
                        continue;
                    }
                    let shown = if rule.keys.is_empty() { format!("[{place}]") } else { step_of(item, rule).shown() };
                    if seen.contains(&shown) {
                        found.push(format!("{path}: duplicate entries for key {shown}"));
                    }
                    look(item, rule.below, &format!("{path}{shown}"), found);
                    seen.push(shown);
                }
            }
            _ => {}
        }
    }
}

/// The same for the values of a map, and for items that are known by their places.
fn look_inside(shape: &Shape, value: &Value, path: &str, rule: Rule, found: &mut Vec<String>) {
    match (shape, value) {
        (Shape::Map(inner), Value::Object(map)) => {
            let wrong = map.iter().filter_map(|(key, value)| Some((key, mismatch(inner, value)?)));
            found.extend(wrong.map(|(key, wrong)| format!("{path}.{key}: {wrong}")));
        }
        (Shape::List(inner), Value::Array(items)) if !is_owned_by_item(rule) => {
            let wrong = items.iter().enumerate().filter_map(|(place, item)| Some((place, mismatch(inner, item)?)));
            found.extend(wrong.map(|(place, wrong)| format!("{path}[{place}]: {wrong}")));
        }
        _ => {}
    }
}

/// Why a value is none of the schema's type. Models structured-merge-diff typed/validate.go, whose words show Go's
/// own idea of the value.
fn mismatch(shape: &Shape, value: &Value) -> Option<String> {
    let is_scalar = !value.is_object() && !value.is_array();
    let expected = match shape {
        _ if value.is_null() => return None,
        Shape::Text(_) | Shape::Bytes if value.as_str().is_none() => {
            return Some(format!("expected string, got &value.valueUnstructured{{Value:{}}}", go_value::syntax(value)));
        }
        Shape::Int32 | Shape::Int64 if value.as_f64().is_none() => {
            let found = match value {
                Value::String(_) => "string",
                Value::Bool(_) => "bool",
                Value::Array(_) => "[]interface {}",
                _ => "map[string]interface {}",
            };
            return Some(format!("expected numeric (int or float), got {found}"));
        }
        Shape::Bool if value.as_bool().is_none() => "boolean",
        Shape::Quantity | Shape::Time | Shape::IntOrString if !is_scalar => "any scalar",
        Shape::Struct(_) | Shape::Map(_) if !value.is_object() => "map",
        Shape::List(_) if !value.is_array() => "list",
        _ => return None,
    };
    Some(format!("expected {expected}, got &{{{}}}", go_value::plain(value)))
}

fn is_unknown(id: TypeId, name: &str) -> bool {
    id.field(name).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{ResourceId, json};

    fn rules() -> Rules {
        Rules::of(ResourceId::SERVICES)
    }

    #[test]
    fn a_manifest_names_its_leaves_and_items() {
        let manifest = json!({"metadata": {"labels": {"app": "web"}},
            "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "name": "http"}]}});
        assert_eq!(
            field_set(&manifest, rules()).to_json(),
            json!({
                "f:metadata": {"f:labels": {"f:app": {}}},
                "f:spec": {"f:selector": {}, "f:ports": {
                    "k:{\"port\":80,\"protocol\":\"TCP\"}": {".": {}, "f:name": {}, "f:port": {}},
                }},
            })
        );
    }

    #[test]
    fn a_difference_is_what_was_written_and_removed() {
        let old = json!({"metadata": {"labels": {"a": "1"}}, "spec": {"type": "ClusterIP", "ports": [{"port": 80}]}});
        let new = json!({"metadata": {"annotations": {"b": "2"}},
            "spec": {"type": "NodePort", "ports": [{"port": 81}]}});
        let difference = compare(&old, &new, rules());
        assert_eq!(
            difference.written.paths(),
            [
                ".metadata.annotations",
                ".metadata.annotations.b",
                ".spec.ports[port=81,protocol=\"TCP\"]",
                ".spec.ports[port=81,protocol=\"TCP\"].port",
                ".spec.type",
            ]
        );
        assert_eq!(
            difference.removed.paths(),
            [
                ".metadata.labels",
                ".metadata.labels.a",
                ".spec.ports[port=80,protocol=\"TCP\"]",
                ".spec.ports[port=80,protocol=\"TCP\"].port",
            ]
        );
    }

    #[test]
    fn lists_are_walked_side_by_side() {
        for (live, manifest, wanted) in [
            ([80, 443].as_slice(), [80, 53].as_slice(), [80, 443, 53].as_slice()),
            (&[80, 81], &[81, 80], &[81, 80]),
            (&[1, 2, 3], &[3, 4], &[1, 2, 3, 4]),
            (&[1, 2, 3], &[4, 1], &[4, 1, 2, 3]),
            (&[2, 1, 3], &[1, 2], &[1, 3, 2]),
            (&[], &[1], &[1]),
            (&[1], &[], &[1]),
        ] {
            let ports = |numbers: &[i32]| numbers.iter().map(|port| json!({"port": port})).collect::<Value>();
            let mut spec = json!({"spec": {"ports": ports(live)}});
            merge(&mut spec, &json!({"spec": {"ports": ports(manifest)}}), rules());
            assert_eq!(spec, json!({"spec": {"ports": ports(wanted)}}), "{live:?} {manifest:?}");
        }
    }

    #[test]
    fn merging_keeps_what_others_have_and_removing_takes_what_nobody_has() {
        let mut live = json!({"spec": {"selector": {"a": "1"}, "ports": [{"port": 80, "name": "a"}, {"port": 81}]}});
        let manifest = json!({"spec": {"selector": {"b": "2"}, "ports": [{"port": 81, "name": "b"}, {"port": 82}]}});
        merge(&mut live, &manifest, rules());
        assert_eq!(
            live,
            json!({"spec": {"selector": {"b": "2"},
                "ports": [{"port": 80, "name": "a"}, {"port": 81, "name": "b"}, {"port": 82}]}})
        );
        let gone = field_set(&json!({"spec": {"selector": {}, "ports": [{"port": 80}, {"port": 82}]}}), rules());
        let kept = field_set(&json!({"spec": {"ports": [{"port": 82}]}}), rules());
        remove(&mut live, &gone, &kept, rules());
        assert_eq!(live, json!({"spec": {"ports": [{"port": 81, "name": "b"}, {"port": 82}]}}));
    }

    #[test]
    fn what_the_schema_does_not_know_is_found() {
        let manifest = json!({"spec": {"sesionAffinity": "x", "ports": [{"port": 80, "foo": 1}, {"name": "b"}]}});
        assert_eq!(
            undeclared(&manifest, rules()),
            [
                ".spec.ports[port=80,protocol=\"TCP\"].foo: field not declared in schema",
                ".spec.ports: element 1: associative list with keys has an element that omits key field \"port\" (and doesn't have default value)",
                ".spec.sesionAffinity: field not declared in schema",
            ]
        );
    }
}
