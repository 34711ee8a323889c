//! `-o`: objects as YAML, JSON, names, or filled-in templates.
//!
//! Models cli-runtime's genericclioptions.PrintFlags and its printers.

use super::call::Console;
use super::flags::Flags;
use super::print::go_template::GoTemplate;
use super::print::{CustomColumns, JsonPath, struct_json_indented};
use super::{Failure, manifest, resources};
use crate::api::{Fields, Object, Value};
use crate::order::SortedMap;
use crate::yaml;
use std::fmt::Write;

/// How objects are printed.
#[derive(Clone, Debug)]
pub enum Format {
    /// `-o yaml`.
    Yaml,
    /// `-o json`.
    Json,
    /// `-o kyaml`.
    Kyaml,
    /// `-o name`.
    Name,
    /// `-o jsonpath=...`.
    JsonPath(JsonPath),
    /// `-o jsonpath-as-json=...`.
    JsonPathAsJson(JsonPath),
    /// `-o go-template=...`.
    GoTemplate(GoTemplate),
    /// `-o custom-columns=...`.
    CustomColumns(CustomColumns),
    /// `-o wide`.
    Wide,
}

/// The formats that every printing command takes, as its error lists them.
const FORMATS: &str =
    "go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile";

/// Which formats a command takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Formats {
    /// Whole objects.
    Objects,
    /// Tables besides.
    Tables,
}

impl Format {
    /// What `-o` and `--template` ask for; `None` where they ask for nothing.
    pub fn of(flags: &Flags, files: &SortedMap<String, String>, formats: Formats) -> Result<Option<Format>, Failure> {
        let given = flags.text("output");
        let template = flags.text("template");
        let (name, argument) = match given.split_once('=') {
            Some((name, argument)) => (name, argument),
            None if given.is_empty() && !template.is_empty() => ("go-template", template),
            None => (given, template),
        };
        let file = || {
            manifest::file(files, argument).ok_or_else(|| {
                format!("error reading --template {argument}, open {argument}: no such file or directory\n")
            })
        };
        let template =
            || if argument.is_empty() { Err("template format specified but no template given") } else { Ok(()) };
        let tables = formats == Formats::Tables;
        Ok(Some(match name {
            "" => return Ok(None),
            "jsonpath" | "jsonpath-file" | "jsonpath-as-json" => {
                template()?;
                let text = if name == "jsonpath-file" { file()? } else { argument };
                let path = JsonPath::parse(text)?;
                if name == "jsonpath-as-json" { Format::JsonPathAsJson(path) } else { Format::JsonPath(path) }
            }
            "go-template" | "template" | "go-template-file" | "templatefile" => {
                template()?;
                let text = if name.ends_with("file") { file()? } else { argument };
                Format::GoTemplate(GoTemplate::parse(text)?)
            }
            "custom-columns" if tables => Format::CustomColumns(CustomColumns::parse(argument)?),
            "custom-columns-file" if tables => Format::CustomColumns(CustomColumns::parse_file(file()?)?),
            "wide" if tables => Format::Wide,
            "name" => Format::Name,
            _ => match given.to_lowercase().as_str() {
                "yaml" => Format::Yaml,
                "json" => Format::Json,
                "kyaml" => Format::Kyaml,
                _ => {
                    let allowed = if tables {
                        format!("custom-columns,custom-columns-file,{FORMATS},wide,yaml")
                    } else {
                        format!("{FORMATS},yaml")
                    };
                    return Err(Failure::Error(format!(
                        "unable to match a printer suitable for the output format {given:?}, allowed formats are: {allowed}"
                    )));
                }
            },
        }))
    }
}

/// Prints objects in one format, one after the other.
#[derive(Clone, Debug)]
pub struct Printer {
    format: Format,
    managed_fields: bool,
    headers: bool,
    printed: usize,
    /// JSON keeps the order of the Go struct instead of sorting keys.
    struct_order: bool,
}

impl Printer {
    /// The printer that the flags ask for; `None` where the command prints its own lines.
    pub fn of(flags: &Flags, files: &SortedMap<String, String>, formats: Formats) -> Result<Option<Printer>, Failure> {
        Ok(Format::of(flags, files, formats)?.map(|format| Printer {
            format,
            managed_fields: flags.on("show-managed-fields"),
            headers: !flags.on("no-headers"),
            printed: 0,
            struct_order: false,
        }))
    }

    /// The same for objects that kubectl itself made from its Go structs.
    #[must_use]
    pub fn in_struct_order(mut self) -> Printer {
        self.struct_order = true;
        self
    }

    /// Prints an object, or a list of them.
    pub fn print(&mut self, console: &mut Console, value: &Value) -> Result<(), Failure> {
        let mut value = value.clone();
        if !self.managed_fields {
            strip_managed_fields(&mut value);
        }
        self.printed += 1;
        let is_list = value.text("kind").ends_with("List") && value.at("items").is_some_and(Value::is_array);
        let each: Vec<&Value> = if is_list { value.items("items").iter().collect() } else { vec![&value] };
        match &self.format {
            Format::Yaml => {
                if self.printed > 1 {
                    console.line("---");
                }
                console.out(yaml::print(&value));
            }
            Format::Json if self.struct_order => console.line(struct_json_indented(&value)),
            Format::Json => console.line(yaml::print_json(&value)),
            Format::Kyaml => console.out(kyaml(&value)),
            Format::Name => {
                for value in each {
                    if let Ok(object) = Object::new(value.clone()) {
                        console.line(resources::object_name(&object));
                    }
                }
            }
            Format::JsonPath(path) => console.out(path.fill(&value)?),
            Format::JsonPathAsJson(path) => {
                let found = path.find(&value)?.into_iter().map(std::borrow::Cow::into_owned).collect();
                console.line(yaml::print_json(&Value::Array(found)));
            }
            Format::GoTemplate(template) => console.out(template.fill(&value)?),
            Format::CustomColumns(columns) => {
                let headers = self.headers && self.printed == 1;
                console.out(columns.table(each, headers)?);
            }
            Format::Wide => {}
        }
        Ok(())
    }
}

fn strip_managed_fields(value: &mut Value) {
    if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
    for item in value.get_mut("items").and_then(Value::as_array_mut).into_iter().flatten() {
        strip_managed_fields(item);
    }
}

/// KYAML: YAML in flow style with every string quoted, a line a field.
fn kyaml(value: &Value) -> String {
    let mut text = "---\n".to_owned();
    write_kyaml(&mut text, value, 0);
    text.push('\n');
    text
}

fn write_kyaml(text: &mut String, value: &Value, depth: usize) {
    let pad = |depth: usize| "  ".repeat(depth);
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            text.push_str("{\n");
            for (name, value) in fields {
                let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/'))
                    && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                    && !matches!(
                        name.to_lowercase().as_str(),
                        "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" | "null"
                    );
                let name = if plain { name.to_string() } else { format!("{name:?}") };
                let _ = write!(text, "{}{name}: ", pad(depth + 1));
                write_kyaml(text, value, depth + 1);
                text.push_str(",\n");
            }
            let _ = write!(text, "{}}}", pad(depth));
        }
        Value::Array(items) if !items.is_empty() && items.iter().all(Value::is_object) => {
            text.push('[');
            for (place, item) in items.iter().enumerate() {
                text.push_str(if place > 0 { ", " } else { "" });
                write_kyaml(text, item, depth);
            }
            text.push(']');
        }
        Value::Array(items) if !items.is_empty() => {
            text.push_str("[\n");
            for item in items {
                text.push_str(&pad(depth + 1));
                write_kyaml(text, item, depth + 1);
                text.push_str(",\n");
            }
            let _ = write!(text, "{}]", pad(depth));
        }
        other => text.push_str(&yaml::print_json(other)),
    }
}
