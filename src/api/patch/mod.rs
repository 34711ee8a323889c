//! Patches: applying the three kinds that clients send, and computing the ones that `kubectl apply` sends.
//!
//! Pure functions over trees. `apiserver` applies patches with [`json`], [`merge`] and [`strategic`]; `kubectl` computes
//! its three-way patches with [`three_way_strategic`] and [`three_way_merge`]. Nothing here knows an object's meaning
//! beyond the merge keys in [`Rules`].

mod diff;
mod json_patch;
mod merge_patch;
mod rules;
mod strategic;
mod three_way;

pub use json_patch::{Wrong, json};
pub use merge_patch::merge;
pub use rules::{Rule, Rules};
pub use strategic::strategic;
pub use three_way::{three_way_merge, three_way_strategic};

use super::Value;

/// The words of Go's JSON decoder for what kind of value stands somewhere: `object`, `array`, `string`, `number`, `bool`.
pub fn json_kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// A tree as Go's `%#v` prints what JSON was decoded to: `map[string]interface {}{"a":1, "b":[]interface {}{"x"}}`.
pub fn go_syntax(value: &Value) -> String {
    match value {
        Value::Null => "interface {}(nil)".to_owned(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(go_syntax).collect();
            format!("[]interface {{}}{{{}}}", items.join(", "))
        }
        Value::Object(map) => {
            let quoted = |key: &str| Value::from(key).to_string();
            let pairs: Vec<String> =
                map.iter().map(|(key, value)| format!("{}:{}", quoted(key), go_syntax(value))).collect();
            format!("map[string]interface {{}}{{{}}}", pairs.join(", "))
        }
        other => other.to_string(),
    }
}

/// A tree as Go's `%v` prints maps and slices: `map[a:1 b:[x y]]`.
pub fn go_map(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(go_map).collect::<Vec<_>>().join(" ")),
        Value::Object(map) => {
            let pairs: Vec<String> = map.iter().map(|(key, value)| format!("{key}:{}", go_map(value))).collect();
            format!("map[{}]", pairs.join(" "))
        }
        other => other.to_string(),
    }
}
