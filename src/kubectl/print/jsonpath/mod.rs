//! kubectl's JSONPath: a text with `{...}` actions, read once and filled in for any number of objects.
//!
//! Models client-go util/jsonpath (parser.go, jsonpath.go).

mod eval;
pub(crate) use eval::compare;
mod parse;

use crate::api::Value;
use crate::api::go_value;
use crate::yaml;
use std::borrow::Cow;

/// A JSONPath template.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonPath {
    source: String,
    pieces: Vec<Piece>,
}

/// A part of a template.
#[derive(Clone, Debug, PartialEq)]
enum Piece {
    /// Text between actions.
    Text(String),
    /// `{.spec.ports[0]}`.
    Path(Vec<Step>),
    /// `{range ...}` to its `{end}`.
    Range(Vec<Step>, Vec<Piece>),
}

/// A step of a path.
#[derive(Clone, Debug, PartialEq)]
enum Step {
    /// `.name`, `['name']`.
    Field(String),
    /// `.*`, `[*]`.
    All,
    /// `..`.
    Descend,
    /// `[0]`, `[1:3:2]`; whether a single element is meant.
    Slice { from: Option<i64>, to: Option<i64>, step: Option<i64>, single: bool },
    /// `['a','b']`.
    Union(Vec<Vec<Step>>),
    /// `[?(@.type=="Ready")]`.
    Filter { left: Vec<Step>, operator: String, right: Vec<Step> },
    /// A text, number or boolean that stands for itself.
    Literal(Value),
}

impl JsonPath {
    /// Reads a template; the error is worded as kubectl prints it behind `error: `.
    pub fn parse(source: &str) -> Result<JsonPath, String> {
        let pieces = parse::template(source).map_err(|why| format!("error parsing jsonpath {source}, {why}"))?;
        Ok(JsonPath { source: source.to_owned(), pieces })
    }

    /// Reads a bare path as `--sort-by` and custom columns take it: `metadata.name`, `.metadata.name`,
    /// `{.metadata.name}`. Models kubectl RelaxedJSONPathExpression.
    pub fn parse_relaxed(path: &str) -> Result<JsonPath, String> {
        let inner = match (path.strip_prefix('{'), path.strip_suffix('}')) {
            (Some(inner), Some(_)) => inner.strip_suffix('}').unwrap_or(inner),
            (None, None) => path,
            _ => "",
        };
        let inner = inner.strip_prefix('.').unwrap_or(inner);
        if inner.is_empty() && !path.is_empty() {
            let wanted = "expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'";
            return Err(format!("unexpected path string, {wanted}"));
        }
        JsonPath::parse(&if path.is_empty() { String::new() } else { format!("{{.{inner}}}") })
    }

    /// The template filled in for `value`: the results of an action are parted by a space. A field that is missing is
    /// empty. The error is worded as kubectl prints it behind `error: `.
    pub fn fill(&self, value: &Value) -> Result<String, String> {
        let mut out = String::new();
        eval::fill(&self.pieces, value, &mut |results| {
            for (place, result) in results.iter().enumerate() {
                if place > 0 {
                    out.push(' ');
                }
                out.push_str(&text_of(result));
            }
        })
        .map_err(|why| self.failure(&why, value))?;
        Ok(out)
    }

    /// Everything that the template's paths find in `value`, in order.
    pub fn find<'a>(&self, value: &'a Value) -> Result<Vec<Cow<'a, Value>>, String> {
        let mut found = Vec::new();
        eval::fill(&self.pieces, value, &mut |results| found.extend(results.iter().cloned()))?;
        Ok(found)
    }

    /// Models cli-runtime genericclioptions JSONPathPrinter's words.
    fn failure(&self, why: &str, value: &Value) -> String {
        let more = "Printing more information for debugging the template:";
        let object = go_value::syntax(value);
        format!(
            "error executing jsonpath {:?}: Error executing template: {why}. {more}\n\ttemplate was:\n\t\t{}\n\tobject given to jsonpath engine was:\n\t\t{object}\n\n",
            self.source, self.source
        )
    }
}

/// One result as text: texts bare, lists and maps as JSON.
fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => yaml::print_json_compact(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    fn filled(template: &str) -> String {
        let value = json!({
            "kind": "List",
            "metadata": {"name": "web", "labels": {"app.kubernetes.io/name": "shop", "tier": "front"}},
            "items": [
                {"name": "a", "ready": true, "port": 80, "conditions": [{"type": "Ready", "status": "True"}]},
                {"name": "b", "ready": false, "port": 443, "conditions": [{"type": "Ready", "status": "False"}]},
                {"name": "c", "port": 9, "tags": ["x", "<y>"]},
            ],
        });
        JsonPath::parse(template).and_then(|path| path.fill(&value)).unwrap_or_else(|why| format!("! {why}"))
    }

    #[test]
    fn paths_find_what_they_name() {
        for (template, expected) in [
            ("{.metadata.name}", "web"),
            (".metadata.name", ".metadata.name"),
            ("name={.metadata.name},{.nope}.", "name=web,."),
            ("{.items[*].name}", "a b c"),
            ("{.items[0].name} {.items[-1].name} {.items[1:3].name}", "a c b c"),
            ("{.items[::2].name}", "a c"),
            ("{.metadata.labels.app\\.kubernetes\\.io/name}", "shop"),
            ("{.metadata.labels['tier']}", "front"),
            ("{.metadata['name','kind']}", "web"),
            ("{..status}", "True False"),
            ("{.items[?(@.ready==true)].name}", "a"),
            ("{.items[?(@.port>80)].name}", "b"),
            ("{.items[?(@.tags)].name}", "c"),
            ("{.items[?(@.conditions[0].status==\"True\")].name}", "a"),
            ("{range .items[*]}{.name}={.port}{\"\\n\"}{end}", "a=80\nb=443\nc=9\n"),
            ("{range .items[?(@.name==\"none\")]}{.name}{end}|", "|"),
            ("{range .items[*]}{range .conditions[*]}{.type}{end};{end}", "Ready;Ready;;"),
            ("{.items[2].tags}", "[\"x\",\"\\u003cy\\u003e\"]"),
            ("{.items[0]['name', 'port']}", "a 80"),
            ("{'text'}", "text"),
        ] {
            assert_eq!(filled(template), expected, "{template}");
        }
    }

    #[test]
    fn bad_templates_say_what_is_wrong() {
        for (template, expected) in [
            ("{.spec.ports[x]}", "! error parsing jsonpath {.spec.ports[x]}, invalid array index x"),
            ("{.spec.type", "! error parsing jsonpath {.spec.type, unclosed action"),
            ("{.a[0", "! error parsing jsonpath {.a[0, unterminated array"),
        ] {
            assert_eq!(filled(template), expected);
        }
        assert!(filled("{.items[7].name}").contains("array index out of bounds: index 7, length 3"));
    }

    #[test]
    fn any_text_is_answered() {
        for template in [
            "{",
            "}",
            "{}",
            "{.",
            "{[",
            "{[?(",
            "{[?(@",
            "{range",
            "{range}",
            "{end}",
            "{..",
            "{\"",
            "{'\\",
            "{.a[?(@.b==)]}",
            "é{.é}",
            "{.items[1:2:0]}",
            "{.items[?(@.x=='",
            "{-}",
            "{999999999999999999999}",
        ] {
            let _ = filled(template);
        }
    }
}
