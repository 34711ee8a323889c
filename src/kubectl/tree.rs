//! Writing into trees that kubectl itself makes.

use crate::api::{Map, Value};

/// Sets a field of a map; a value that is none is left alone.
pub fn put(map: &mut Value, field: &str, value: impl Into<Value>) {
    if let Some(fields) = map.as_object_mut() {
        fields.insert(field.to_owned(), value.into());
    }
}

/// Writes `metadata.namespace`.
pub fn set_namespace(object: &mut Value, namespace: String) {
    if let Some(fields) = object.as_object_mut() {
        let metadata = fields.entry("metadata").or_insert_with(|| Value::Object(Map::new()));
        put(metadata, "namespace", namespace);
    }
}
