//! `json!`: values as they are written in JSON, with Rust expressions in them.

/// A [`crate::value::Value`] written as JSON: `json!({"name": name, "ports": [{"port": 80}]})`. Expressions are anything
/// that is [`crate::value::ToValue`]; they are read, not taken. Names are literals or, in parentheses, expressions.
#[macro_export]
macro_rules! json {
    (null) => { $crate::value::Value::Null };
    ([ $($items:tt)* ]) => {{
        #[allow(unused_mut, clippy::vec_init_then_push)]
        let items = {
            let mut items = Vec::new();
            $crate::json!(@items items $($items)*);
            items
        };
        $crate::value::Value::Array(items)
    }};
    ({ $($fields:tt)* }) => {{
        #[allow(unused_mut)]
        let map = {
            let mut map = $crate::value::Map::new();
            $crate::json!(@fields map $($fields)*);
            map
        };
        $crate::value::Value::Object(map)
    }};

    (@items $list:ident) => {};
    (@items $list:ident null $(, $($rest:tt)*)?) => {
        $list.push($crate::value::Value::Null);
        $crate::json!(@items $list $($($rest)*)?);
    };
    (@items $list:ident [ $($items:tt)* ] $(, $($rest:tt)*)?) => {
        $list.push($crate::json!([ $($items)* ]));
        $crate::json!(@items $list $($($rest)*)?);
    };
    (@items $list:ident { $($fields:tt)* } $(, $($rest:tt)*)?) => {
        $list.push($crate::json!({ $($fields)* }));
        $crate::json!(@items $list $($($rest)*)?);
    };
    (@items $list:ident $item:expr $(, $($rest:tt)*)?) => {
        $list.push($crate::value::ToValue::to_value(&$item));
        $crate::json!(@items $list $($($rest)*)?);
    };

    (@fields $map:ident) => {};
    (@fields $map:ident $key:tt : null $(, $($rest:tt)*)?) => {
        $map.insert($key, $crate::value::Value::Null);
        $crate::json!(@fields $map $($($rest)*)?);
    };
    (@fields $map:ident $key:tt : [ $($items:tt)* ] $(, $($rest:tt)*)?) => {
        $map.insert($key, $crate::json!([ $($items)* ]));
        $crate::json!(@fields $map $($($rest)*)?);
    };
    (@fields $map:ident $key:tt : { $($fields:tt)* } $(, $($rest:tt)*)?) => {
        $map.insert($key, $crate::json!({ $($fields)* }));
        $crate::json!(@fields $map $($($rest)*)?);
    };
    (@fields $map:ident $key:tt : $value:expr $(, $($rest:tt)*)?) => {
        $map.insert($key, $crate::value::ToValue::to_value(&$value));
        $crate::json!(@fields $map $($($rest)*)?);
    };

    ($value:expr) => { $crate::value::ToValue::to_value(&$value) };
}
