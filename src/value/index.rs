//! `value["spec"]["ports"][0]`: for tests and places that know what is there. What is not there reads as null.

use super::{Map, Value};
use std::ops::{Index, IndexMut};

static NULL: Value = Value::Null;

impl Index<&str> for Value {
    type Output = Value;

    fn index(&self, key: &str) -> &Value {
        self.get(key).unwrap_or(&NULL)
    }
}

impl IndexMut<&str> for Value {
    /// The value named `key`, made where there is none; what is no map becomes one.
    fn index_mut(&mut self, key: &str) -> &mut Value {
        if !self.is_object() {
            *self = Value::Object(Map::new());
        }
        match self {
            Value::Object(map) => map.or_null(key),
            // It was just made a map.
            other => other,
        }
    }
}

impl Index<usize> for Value {
    type Output = Value;

    fn index(&self, place: usize) -> &Value {
        self.as_array().and_then(|items| items.get(place)).unwrap_or(&NULL)
    }
}

impl IndexMut<usize> for Value {
    /// The item at `place`; a list grows up to there, and what is no list becomes one.
    fn index_mut(&mut self, place: usize) -> &mut Value {
        if !self.is_array() {
            *self = Value::Array(Vec::new());
        }
        match self {
            Value::Array(items) => {
                if items.len() <= place {
                    items.resize(place + 1, Value::Null);
                }
                // The list was just made long enough.
                #[allow(clippy::indexing_slicing)]
                &mut items[place]
            }
            // It was just made a list.
            other => other,
        }
    }
}
