//! The patch of `kubectl apply`: from the live object to the manifest, and away with what the last manifest had.

use super::diff::{Half, diff_maps};
use super::rules::Rules;
use super::strategic::merge_map;
use crate::api::{Map, Value};

/// The strategic patch that makes `live` what `modified` says and takes away what only `last` had. Empty where there
/// is nothing to do. `last` is an empty map where nothing was applied before.
///
/// Models strategicpatch.CreateThreeWayMergePatch with overwrite.
pub fn three_way_strategic(last: &Value, modified: &Value, live: &Value, rules: Rules) -> Result<Value, String> {
    let (last, modified, live) = (as_map(last)?, as_map(modified)?, as_map(live)?);
    let mut additions = diff_maps(live, modified, rules, Half::Additions, false);
    let deletions = diff_maps(last, modified, rules, Half::Deletions, false);
    merge_map(deletions, &mut additions, rules, false).map(Value::Object)
}

/// The same as a JSON merge patch, for kinds whose schema a client does not know.
///
/// Models jsonmergepatch.CreateThreeWayJSONMergePatch.
pub fn three_way_merge(last: &Value, modified: &Value, live: &Value) -> Result<Value, String> {
    let mut patch = removals(as_map(last)?, as_map(modified)?);
    add_changes(&mut patch, as_map(live)?, as_map(modified)?);
    Ok(Value::Object(patch))
}

fn as_map(value: &Value) -> Result<&Map, String> {
    value.as_object().ok_or_else(|| "Invalid JSON document".to_owned())
}

/// Nulls for what `last` has and `modified` has not.
fn removals(last: &Map, modified: &Map) -> Map {
    let mut patch = Map::new();
    for (key, before) in last {
        match (before, modified.get(key)) {
            (_, None) => drop(patch.insert(key.clone(), Value::Null)),
            (Value::Object(before), Some(Value::Object(after))) => {
                let below = removals(before, after);
                if !below.is_empty() {
                    patch.insert(key.clone(), Value::Object(below));
                }
            }
            _ => {}
        }
    }
    patch
}

/// What `modified` has and `live` has not, or otherwise.
fn add_changes(patch: &mut Map, live: &Map, modified: &Map) {
    for (key, after) in modified {
        match (live.get(key), after) {
            (Some(before), after) if before == after => {}
            (Some(Value::Object(before)), Value::Object(after)) => {
                let mut below = match patch.remove(key) {
                    Some(Value::Object(below)) => below,
                    _ => Map::new(),
                };
                add_changes(&mut below, before, after);
                if !below.is_empty() {
                    patch.insert(key.clone(), Value::Object(below));
                }
            }
            (_, after) => drop(patch.insert(key.clone(), after.clone())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::strategic;
    use super::*;
    use crate::api::{ResourceId, json};

    fn service_patch(last: &Value, modified: &Value, live: &Value) -> Value {
        three_way_strategic(last, modified, live, Rules::of(ResourceId::SERVICES)).unwrap()
    }

    #[test]
    fn nothing_to_do_is_an_empty_patch() {
        let file = json!({"spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}});
        let live = json!({"spec": {"selector": {"app": "web", "tier": "front"}, "type": "ClusterIP",
            "ports": [{"port": 80, "protocol": "TCP", "targetPort": 80}]}});
        assert_eq!(service_patch(&file, &file, &live), json!({}));
    }

    #[test]
    fn what_only_the_last_manifest_had_goes() {
        let last = json!({"spec": {"ports": [{"port": 80}, {"port": 443}], "selector": {"app": "web", "x": "y"}}});
        let file = json!({"spec": {"ports": [{"port": 443, "name": "tls"}], "selector": {"app": "web"}}});
        let patch = service_patch(&last, &file, &last);
        assert_eq!(
            patch,
            json!({"spec": {
                "$setElementOrder/ports": [{"port": 443}],
                "ports": [{"name": "tls", "port": 443}, {"$patch": "delete", "port": 80}],
                "selector": {"x": null},
            }})
        );
        let (mut live, mut patch) = (last, patch);
        strategic(&mut live, &mut patch, Rules::of(ResourceId::SERVICES)).unwrap();
        assert_eq!(live, file);
    }

    #[test]
    fn a_merge_patch_replaces_lists() {
        let last = json!({"spec": {"a": 1, "list": [1]}});
        let file = json!({"spec": {"list": [1, 2], "new": {"b": 1}}});
        let live = json!({"spec": {"a": 1, "list": [1], "c": 3}});
        assert_eq!(
            three_way_merge(&last, &file, &live).unwrap(),
            json!({"spec": {"a": null, "list": [1, 2], "new": {"b": 1}}})
        );
    }
}
