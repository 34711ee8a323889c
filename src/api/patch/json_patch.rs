//! JSON patch (RFC 6902), with the words of the library that the API server uses.

use super::json_kind;
use crate::api::{Fields, Value};

/// Why a JSON patch cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// It is no list of operations: Go's decoder's words.
    Unreadable(String),
    /// An operation does not fit the object.
    Inapplicable(String),
}

/// Applies the operations to `tree`, which may be half changed where one fails.
pub fn json(tree: &mut Value, operations: &Value) -> Result<(), Wrong> {
    let Value::Array(operations) = operations else {
        let kind = json_kind(operations);
        let words = format!("json: cannot unmarshal {kind} into Go value of type []handlers.jsonPatchOp");
        return Err(Wrong::Unreadable(words));
    };
    for operation in operations {
        if !operation.is_object() {
            let kind = json_kind(operation);
            let words = format!("json: cannot unmarshal {kind} into Go value of type handlers.jsonPatchOp");
            return Err(Wrong::Unreadable(words));
        }
    }
    operations.iter().try_for_each(|operation| apply(tree, operation).map_err(Wrong::Inapplicable))
}

fn apply(tree: &mut Value, operation: &Value) -> Result<(), String> {
    let path = operation.at("path").and_then(Value::as_str).ok_or("missing path in operation")?;
    let from = || operation.at("from").and_then(Value::as_str).ok_or("missing from in operation");
    let missing = |path: &str| format!("doc is missing path: {path}: missing value");
    match operation.text("op") {
        "add" => add(tree, path, operation.at("value").cloned().unwrap_or_default()),
        "remove" => take(tree, path).map(drop).ok_or_else(|| format!("unable to remove nonexistent key: {path}")),
        "replace" => {
            let value = operation.at("value").cloned().unwrap_or_default();
            let place = tree.pointer_mut(path).ok_or_else(|| missing(path))?;
            *place = value;
            Ok(())
        }
        "move" => {
            let from = from()?;
            let value = take(tree, from).ok_or_else(|| missing(from))?;
            add(tree, path, value)
        }
        "copy" => {
            let from = from()?;
            let value = tree.pointer(from).cloned().ok_or_else(|| missing(from))?;
            add(tree, path, value)
        }
        "test" => {
            let wanted = operation.at("value").cloned().unwrap_or_default();
            let found = tree.pointer(path).cloned();
            if found.unwrap_or_default() == wanted { Ok(()) } else { Err(format!("testing value {path} failed")) }
        }
        other => Err(format!("Unexpected kind: {other}")),
    }
}

/// The parent of the place that `path` points at, and the unescaped last step.
fn parent<'a>(tree: &'a mut Value, path: &str) -> Option<(&'a mut Value, String)> {
    let (parent, last) = path.rsplit_once('/')?;
    Some((tree.pointer_mut(parent)?, last.replace("~1", "/").replace("~0", "~")))
}

fn add(tree: &mut Value, path: &str, value: Value) -> Result<(), String> {
    if path.is_empty() {
        *tree = value;
        return Ok(());
    }
    let (parent, last) =
        parent(tree, path).ok_or_else(|| format!("add operation does not apply: doc is missing path: \"{path}\""))?;
    match parent {
        Value::Object(map) => {
            map.insert(last, value);
            Ok(())
        }
        Value::Array(items) if last == "-" => {
            items.push(value);
            Ok(())
        }
        Value::Array(items) => match last.parse::<usize>() {
            Ok(place) if place <= items.len() => {
                items.insert(place, value);
                Ok(())
            }
            _ => Err(format!("Unable to access invalid index: {last}")),
        },
        _ => Err(format!("add operation does not apply: doc is missing path: \"{path}\"")),
    }
}

fn take(tree: &mut Value, path: &str) -> Option<Value> {
    let (parent, last) = parent(tree, path)?;
    match parent {
        Value::Object(map) => map.remove(&last),
        Value::Array(items) => {
            let place = last.parse::<usize>().ok().filter(|place| *place < items.len())?;
            Some(items.remove(place))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json as tree;

    #[test]
    fn operations_change_the_tree() {
        let mut object = tree!({"spec": {"ports": [{"port": 80}], "a/b": 1}});
        let operations = tree!([
            {"op": "test", "path": "/spec/ports/0/port", "value": 80},
            {"op": "add", "path": "/spec/ports/-", "value": {"port": 81}},
            {"op": "add", "path": "/spec/ports/0", "value": {"port": 79}},
            {"op": "remove", "path": "/spec/a~1b"},
            {"op": "copy", "from": "/spec/ports/2", "path": "/spec/last"},
            {"op": "move", "from": "/spec/last", "path": "/spec/end"},
            {"op": "replace", "path": "/spec/end/port", "value": 1},
        ]);
        json(&mut object, &operations).unwrap();
        assert_eq!(object, tree!({"spec": {"ports": [{"port": 79}, {"port": 80}, {"port": 81}], "end": {"port": 1}}}));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for (operations, readable) in [
            (tree!({}), false),
            (tree!([1]), false),
            (tree!([{"op": "remove", "path": "/none"}]), true),
            (tree!([{"op": "test", "path": "/a", "value": 2}]), true),
            (tree!([{"op": "replace", "path": "/none/x", "value": 2}]), true),
            (tree!([{"op": "add", "path": "/list/7", "value": 2}]), true),
            (tree!([{"op": "jump", "path": "/a"}]), true),
        ] {
            let wrong = json(&mut tree!({"a": 1, "list": []}), &operations).unwrap_err();
            assert_eq!(matches!(wrong, Wrong::Inapplicable(_)), readable, "{operations}");
        }
    }
}
