//! The tree that every object is: null, truth, number, text, list, map.
//!
//! Every layer reads and builds objects with these types; `yaml` makes them of text and prints them. Maps are sorted, as
//! kubectl prints them, and shared: a clone costs a counter, and the first change copies one level. The layer knows no
//! text format and no Kubernetes.

pub mod base64;
mod build;
mod convert;
mod index;
mod map;
mod number;

pub use convert::ToValue;
pub use map::{Entry, Key, Map};
pub use number::Number;

/// A tree.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// `null`
    #[default]
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text.
    String(String),
    /// Values in order.
    Array(Vec<Value>),
    /// Values by name.
    Object(Map),
}

impl Value {
    /// The value named `key` of a map.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_object()?.get(key)
    }

    /// The value named `key` of a map, to change.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        self.as_object_mut()?.get_mut(key)
    }

    /// The text.
    pub fn as_str(&self) -> Option<&str> {
        if let Value::String(text) = self { Some(text) } else { None }
    }

    /// The truth.
    pub fn as_bool(&self) -> Option<bool> {
        if let Value::Bool(truth) = self { Some(*truth) } else { None }
    }

    /// The whole number, where it fits.
    pub fn as_i64(&self) -> Option<i64> {
        if let Value::Number(number) = self { number.as_i64() } else { None }
    }

    /// The whole number that is not negative.
    pub fn as_u64(&self) -> Option<u64> {
        if let Value::Number(number) = self { number.as_u64() } else { None }
    }

    /// The number.
    pub fn as_f64(&self) -> Option<f64> {
        if let Value::Number(number) = self { number.as_f64() } else { None }
    }

    /// The list.
    pub fn as_array(&self) -> Option<&Vec<Value>> {
        if let Value::Array(items) = self { Some(items) } else { None }
    }

    /// The list, to change.
    pub fn as_array_mut(&mut self) -> Option<&mut Vec<Value>> {
        if let Value::Array(items) = self { Some(items) } else { None }
    }

    /// The map.
    pub fn as_object(&self) -> Option<&Map> {
        if let Value::Object(map) = self { Some(map) } else { None }
    }

    /// The map, to change.
    pub fn as_object_mut(&mut self) -> Option<&mut Map> {
        if let Value::Object(map) = self { Some(map) } else { None }
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// Whether it is text.
    pub fn is_string(&self) -> bool {
        matches!(self, Value::String(_))
    }

    /// Whether it is a list.
    pub fn is_array(&self) -> bool {
        matches!(self, Value::Array(_))
    }

    /// Whether it is a map.
    pub fn is_object(&self) -> bool {
        matches!(self, Value::Object(_))
    }

    /// Takes the value out and leaves null.
    #[must_use]
    pub fn take(&mut self) -> Value {
        std::mem::take(self)
    }

    /// The value at a JSON pointer (RFC 6901), such as `/spec/ports/0`; `""` is the value itself.
    pub fn pointer(&self, pointer: &str) -> Option<&Value> {
        if pointer.is_empty() {
            return Some(self);
        }
        pointer.strip_prefix('/')?.split('/').try_fold(self, |value, step| match value {
            Value::Object(map) => map.get(&name_of(step)),
            Value::Array(items) => items.get(place_of(step)?),
            _ => None,
        })
    }

    /// The same value, to change.
    pub fn pointer_mut(&mut self, pointer: &str) -> Option<&mut Value> {
        if pointer.is_empty() {
            return Some(self);
        }
        pointer.strip_prefix('/')?.split('/').try_fold(self, |value, step| match value {
            Value::Object(map) => map.get_mut(&name_of(step)),
            Value::Array(items) => items.get_mut(place_of(step)?),
            _ => None,
        })
    }
}

/// A step of a pointer as the name of a field.
fn name_of(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

/// A step of a pointer as a place in a list: no sign and no leading zero.
fn place_of(step: &str) -> Option<usize> {
    if step != "0" && step.starts_with(['+', '0']) { None } else { step.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn pointers_lead_through_maps_and_lists() {
        let value = json!({"a": [1, {"b/c": "x"}]});
        assert_eq!(value.pointer(""), Some(&value));
        assert_eq!(value.pointer("/a/1/b~1c"), Some(&json!("x")));
        for nowhere in ["a", "/a/2", "/a/01", "/a/-", "/b", "/a/0/x"] {
            assert_eq!(value.pointer(nowhere), None, "{nowhere}");
        }
    }

    #[test]
    fn a_clone_is_shared_until_it_is_changed() {
        let one = json!({"metadata": {"name": "web"}, "spec": {"replicas": 1}});
        let mut other = one.clone();
        other["metadata"]["name"] = json!("api");
        assert_eq!(one["metadata"]["name"], json!("web"));
        let spec = |value: &Value| value.get("spec").and_then(Value::as_object).cloned();
        assert!(spec(&one).zip(spec(&other)).is_some_and(|(one, other)| one.is_same(&other)));
    }
}
