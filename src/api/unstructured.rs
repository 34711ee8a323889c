//! What the server says of wrong types in the result of a strategic patch: there it goes from tree to struct without
//! the JSON decoder, and finds other words.

use super::schema::{Shape, TypeId};
use super::{ResourceId, Value};

/// Why `tree` cannot be made an object of its kind; `None` where it can, or where the JSON decoder's words are used.
///
/// Models apimachinery pkg/runtime/converter.go fromUnstructured.
pub fn unstructured_error(resource: ResourceId, tree: &Value) -> Option<String> {
    wrong(&Shape::Struct(TypeId::of(resource)?), tree)
}

fn wrong(shape: &Shape, value: &Value) -> Option<String> {
    let kind = match value {
        Value::Null => return None,
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => "slice",
        Value::Object(_) => "map",
    };
    match (shape, value) {
        (Shape::Struct(id), Value::Object(map)) => {
            id.get().fields.iter().find_map(|field| wrong(&field.shape, map.get(field.name)?))
        }
        (Shape::Struct(_), _) => Some(format!("cannot restore struct from: {kind}")),
        (Shape::List(item), Value::Array(items)) => items.iter().find_map(|value| wrong(item, value)),
        (Shape::List(_), _) => Some(format!("cannot restore slice from {kind}")),
        (Shape::Map(item), Value::Object(map)) => map.values().find_map(|value| wrong(item, value)),
        (Shape::Map(_), _) => Some(format!("cannot restore map from {kind}")),
        (Shape::Text(_), Value::String(_))
        | (Shape::Bool, Value::Bool(_))
        | (Shape::Quantity | Shape::Time | Shape::IntOrString | Shape::Bytes | Shape::Any, _) => None,
        // Go converts whole numbers to texts, which JSON does not: such a value is refused by another branch.
        (Shape::Text(go), Value::Number(number)) if !number.is_f64() => Some(format!("cannot convert int64 to {go}")),
        (Shape::Text(_), _) => Some("unrecognized type: string".to_owned()),
        (Shape::Bool, _) => Some("unrecognized type: bool".to_owned()),
        (Shape::Int32 | Shape::Int64, Value::Number(number)) => {
            let whole = number.as_f64().is_some_and(|number| number.fract() == 0.0);
            (!whole).then(|| format!("cannot convert float64 to {}", shape.go_name()))
        }
        (Shape::Int32 | Shape::Int64, _) => Some(format!("unrecognized type: {}", shape.go_name())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;

    #[test]
    fn each_mistake_has_its_words() {
        let words = |spec: Value| unstructured_error(ResourceId::SERVICES, &json!({"spec": spec}));
        for (spec, expected) in [
            (json!("x"), "cannot restore struct from: string"),
            (json!({"ports": {}}), "cannot restore slice from map"),
            (json!({"selector": []}), "cannot restore map from slice"),
            (json!({"selector": {"app": true}}), "unrecognized type: string"),
            (json!({"clusterIP": 7}), "cannot convert int64 to string"),
            (json!({"ports": [{"port": "http"}]}), "unrecognized type: int32"),
            (json!({"ports": [{"port": 1.5}]}), "cannot convert float64 to int32"),
            (json!({"publishNotReadyAddresses": "yes"}), "unrecognized type: bool"),
        ] {
            assert_eq!(words(spec.clone()).as_deref(), Some(expected), "{spec}");
        }
        assert_eq!(words(json!({"ports": [{"port": 80, "targetPort": "http"}], "selector": {"a": "b"}})), None);
    }
}
