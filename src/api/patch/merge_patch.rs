//! JSON merge patch (RFC 7386).

use crate::api::Value;

/// Applies `changes` to `tree`: maps are merged, null takes away, everything else takes the place of what is there.
pub fn merge(tree: &mut Value, changes: &Value) {
    let Value::Object(changes) = changes else {
        *tree = changes.clone();
        return;
    };
    if !tree.is_object() {
        *tree = Value::Object(crate::value::Map::new());
    }
    let Value::Object(map) = tree else { return };
    for (key, change) in changes {
        if change.is_null() {
            map.remove(key);
        } else {
            merge(map.or_null(key), change);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;

    #[test]
    fn maps_merge_and_null_takes_away() {
        let mut tree = json!({"a": {"b": 1, "c": 2}, "list": [1, 2], "d": 3});
        merge(&mut tree, &json!({"a": {"b": null, "e": {"f": null, "g": 4}}, "list": [3], "d": null}));
        assert_eq!(tree, json!({"a": {"c": 2, "e": {"g": 4}}, "list": [3]}));
    }
}
