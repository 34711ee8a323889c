//! What becomes a value.

use super::{Key, Map, Number, Value};
use std::borrow::Cow;

/// What can stand in [`crate::json!`]: it is read, not taken.
pub trait ToValue {
    /// The value that it is.
    fn to_value(&self) -> Value;
}

impl<T: ToValue + ?Sized> ToValue for &T {
    fn to_value(&self) -> Value {
        (**self).to_value()
    }
}

impl ToValue for Value {
    fn to_value(&self) -> Value {
        self.clone()
    }
}

impl ToValue for Map {
    fn to_value(&self) -> Value {
        Value::Object(self.clone())
    }
}

impl ToValue for str {
    fn to_value(&self) -> Value {
        Value::String(self.to_owned())
    }
}

impl ToValue for String {
    fn to_value(&self) -> Value {
        self.as_str().to_value()
    }
}

impl ToValue for Cow<'_, str> {
    fn to_value(&self) -> Value {
        (**self).to_value()
    }
}

impl ToValue for std::sync::Arc<str> {
    fn to_value(&self) -> Value {
        (**self).to_value()
    }
}

impl ToValue for bool {
    fn to_value(&self) -> Value {
        Value::Bool(*self)
    }
}

impl ToValue for f64 {
    fn to_value(&self) -> Value {
        Number::from_f64(*self).map_or(Value::Null, Value::Number)
    }
}

/// Nothing is null.
impl<T: ToValue> ToValue for Option<T> {
    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, ToValue::to_value)
    }
}

impl<T: ToValue> ToValue for [T] {
    fn to_value(&self) -> Value {
        Value::Array(self.iter().map(ToValue::to_value).collect())
    }
}

impl<T: ToValue> ToValue for Vec<T> {
    fn to_value(&self) -> Value {
        self.as_slice().to_value()
    }
}

impl<T: ToValue, const N: usize> ToValue for [T; N] {
    fn to_value(&self) -> Value {
        self.as_slice().to_value()
    }
}

impl<K: AsRef<str>, T: ToValue> ToValue for crate::order::SortedMap<K, T> {
    fn to_value(&self) -> Value {
        let entries = self.iter().map(|(key, value)| (Key::Owned(key.as_ref().to_owned()), value.to_value()));
        Value::Object(entries.collect())
    }
}

macro_rules! whole_numbers {
    ($($signed:ty),*; $($unsigned:ty),*) => {
        $(
            impl ToValue for $signed {
                fn to_value(&self) -> Value {
                    Value::from(*self)
                }
            }

            impl From<$signed> for Value {
                fn from(number: $signed) -> Value {
                    Value::Number(Number::from(number as i64))
                }
            }
        )*
        $(
            impl ToValue for $unsigned {
                fn to_value(&self) -> Value {
                    Value::from(*self)
                }
            }

            impl From<$unsigned> for Value {
                fn from(number: $unsigned) -> Value {
                    Value::Number(Number::from(number as u64))
                }
            }
        )*
    };
}

#[allow(clippy::cast_lossless)]
mod numbers {
    use super::{Number, ToValue, Value};

    whole_numbers!(i8, i16, i32, i64, isize; u8, u16, u32, u64, usize);
}

impl From<f64> for Value {
    fn from(number: f64) -> Value {
        number.to_value()
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Value {
        Value::Bool(truth)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::String(text)
    }
}

impl From<Cow<'_, str>> for Value {
    fn from(text: Cow<'_, str>) -> Value {
        Value::String(text.into_owned())
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Value {
        Value::Object(map)
    }
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(items: Vec<T>) -> Value {
        Value::Array(items.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Value>> FromIterator<T> for Value {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Value {
        Value::Array(items.into_iter().map(Into::into).collect())
    }
}

impl PartialEq<str> for Value {
    fn eq(&self, text: &str) -> bool {
        self.as_str() == Some(text)
    }
}

impl PartialEq<&str> for Value {
    fn eq(&self, text: &&str) -> bool {
        self.as_str() == Some(text)
    }
}

impl PartialEq<String> for Value {
    fn eq(&self, text: &String) -> bool {
        self.as_str() == Some(text)
    }
}

impl PartialEq<i32> for Value {
    fn eq(&self, number: &i32) -> bool {
        self.as_i64() == Some(i64::from(*number))
    }
}

impl PartialEq<i64> for Value {
    fn eq(&self, number: &i64) -> bool {
        self.as_i64() == Some(*number)
    }
}

impl PartialEq<bool> for Value {
    fn eq(&self, truth: &bool) -> bool {
        self.as_bool() == Some(*truth)
    }
}
