//! JSON in the order of Go's structs, as the API server sends it and kubectl prints what it made itself.
//!
//! Other output goes through maps on its way, which sorts the fields.

use crate::api::schema::{Shape, TypeId};
use crate::api::{Fields, Map, ResourceId, Value};
use crate::order::Order;
use crate::yaml;

/// What stands first in an object of a kind whose fields are not known.
const USUAL: [&str; 5] = ["kind", "apiVersion", "metadata", "spec", "status"];

/// An object on one line, as `json.Marshal` writes it.
pub fn struct_json(object: &Value) -> String {
    let mut text = String::new();
    write(&mut text, object, root(object).as_ref(), None);
    text
}

/// An object with four spaces a level, as kubectl's JSON printer writes it.
pub fn struct_json_indented(object: &Value) -> String {
    let mut text = String::new();
    write(&mut text, object, root(object).as_ref(), Some(0));
    text
}

/// The type of an object, by what it says of itself.
fn root(object: &Value) -> Option<Shape> {
    let (version, kind) = (object.text("apiVersion"), object.text("kind"));
    let known = ResourceId::of_manifest(version, kind).and_then(TypeId::of);
    known.or_else(|| TypeId::named("autoscaling.Scale").filter(|_| kind == "Scale")).map(Shape::Struct)
}

fn write(text: &mut String, value: &Value, shape: Option<&Shape>, level: Option<usize>) {
    let inner = level.map(|level| level + 1);
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            text.push('{');
            for (place, (name, value, shape)) in in_order(fields, shape).into_iter().enumerate() {
                text.push_str(if place > 0 { "," } else { "" });
                break_line(text, inner);
                text.push_str(&yaml::print_json(&Value::from(name)));
                text.push_str(if level.is_some() { ": " } else { ":" });
                write(text, value, shape, inner);
            }
            break_line(text, level);
            text.push('}');
        }
        Value::Array(items) if !items.is_empty() => {
            let shape = if let Some(Shape::List(inner)) = shape { Some(inner.as_ref()) } else { None };
            text.push('[');
            for (place, item) in items.iter().enumerate() {
                text.push_str(if place > 0 { "," } else { "" });
                break_line(text, inner);
                write(text, item, shape, inner);
            }
            break_line(text, level);
            text.push(']');
        }
        other => text.push_str(&yaml::print_json(other)),
    }
}

/// The fields of a struct in its order, those that are not known last; the keys of a map sorted.
fn in_order<'v>(fields: &'v Map, shape: Option<&'v Shape>) -> Vec<(&'v str, &'v Value, Option<&'v Shape>)> {
    let mut known: Vec<(usize, &str, &Value, Option<&Shape>)> = Vec::new();
    for (name, value) in fields {
        let (place, shape) = match shape {
            Some(Shape::Struct(id)) => {
                id.field(name).map_or((usize::MAX, None), |field| (usize::from(field.place), Some(&field.shape)))
            }
            Some(Shape::Map(inner)) => (0, Some(inner.as_ref())),
            None if fields.contains_key("apiVersion") && fields.contains_key("kind") => {
                (USUAL.iter().position(|usual| usual == name).unwrap_or(USUAL.len()), None)
            }
            _ => (0, None),
        };
        known.push((place, name, value, shape));
    }
    known.order_by_key(|(place, ..)| *place);
    known.into_iter().map(|(_, name, value, shape)| (name, value, shape)).collect()
}

fn break_line(text: &mut String, level: Option<usize>) {
    if let Some(level) = level {
        text.push('\n');
        text.extend(std::iter::repeat_n("    ", level));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;

    #[test]
    fn fields_stand_as_in_go() {
        let service = json!({
            "apiVersion": "v1", "kind": "Service", "metadata": {"labels": {"b": "", "a": ""}, "name": "web"},
            "spec": {"clusterIP": "None", "ports": [{"targetPort": 8080, "port": 80, "name": "http"}]}, "status": {},
        });
        assert_eq!(
            struct_json(&service),
            "{\"kind\":\"Service\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"web\",\"labels\":{\"a\":\"\",\
             \"b\":\"\"}},\"spec\":{\"ports\":[{\"name\":\"http\",\"port\":80,\"targetPort\":8080}],\
             \"clusterIP\":\"None\"},\"status\":{}}"
        );
        let other =
            json!({"apiVersion": "v1", "extra": 1, "kind": "Odd", "metadata": {"name": "x", "creationTimestamp": "y"}});
        let text = struct_json_indented(&other);
        assert_eq!(text.lines().nth(1), Some("    \"kind\": \"Odd\","));
        assert!(text.ends_with("\n    },\n    \"extra\": 1\n}"), "{text}");
    }
}
