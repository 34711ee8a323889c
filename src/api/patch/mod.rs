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
