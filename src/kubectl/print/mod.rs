//! Objects to text: tables, describe, JSONPath, Go templates and custom columns, as kubectl 1.36 prints them.
//!
//! Called by the verbs `get`, `describe`, `wait` and whatever else takes `-o`. Everything here is a pure function of
//! objects and a moment; nothing here asks the API server.

mod age;
mod custom_columns;
pub mod describe;
pub mod go_template;
pub mod jsonpath;
mod rows;
mod stored_rows;
mod struct_json;
mod table;
mod tabs;

pub use age::{Moment, human_duration};
pub use custom_columns::CustomColumns;
pub use jsonpath::JsonPath;
pub use struct_json::{struct_json, struct_json_indented};
pub use table::{TableOptions, table};
pub use tabs::align;
