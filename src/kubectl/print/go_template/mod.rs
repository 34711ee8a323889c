//! `-o go-template`: the part of Go's text/template that people use with kubectl.
//!
//! Models text/template (parse, exec) and the functions that cli-runtime adds (`exists`, `base64decode`).

mod exec;
mod parse;

use crate::api::Value;

/// A template, read once.
#[derive(Clone, Debug, PartialEq)]
pub struct GoTemplate {
    source: String,
    nodes: Vec<Node>,
}

/// A part of a template.
#[derive(Clone, Debug, PartialEq)]
enum Node {
    /// Text between actions.
    Text(String),
    /// `{{pipeline}}`, with variables that it sets instead of printing.
    Print { sets: Vec<String>, pipe: Pipe },
    /// `{{if}}`, `{{with}}`: whether the body sees the value as its dot.
    Choose { pipe: Pipe, sets: Vec<String>, moves_dot: bool, then: Vec<Node>, other: Vec<Node> },
    /// `{{range}}`, with the variables for key and value.
    Range { pipe: Pipe, sets: Vec<String>, each: Vec<Node>, other: Vec<Node> },
    /// `{{break}}`.
    Break,
    /// `{{continue}}`.
    Continue,
}

/// Commands, each fed with the result of the one before.
type Pipe = Vec<Command>;

/// A function or value with its arguments.
type Command = Vec<Operand>;

/// A word of a command.
#[derive(Clone, Debug, PartialEq)]
enum Operand {
    /// A text, number or boolean.
    Literal(Value),
    /// `.a.b`.
    Field(Vec<String>),
    /// `$x.a`.
    Variable(String, Vec<String>),
    /// `(pipe).a`.
    Group(Pipe, Vec<String>),
    /// A function's name.
    Function(String),
}

impl GoTemplate {
    /// Reads a template; the error is worded as kubectl prints it behind `error: `.
    pub fn parse(source: &str) -> Result<GoTemplate, String> {
        let nodes = parse::template(source)
            .map_err(|why| format!("error parsing template {source}, template: output:{why}"))?;
        Ok(GoTemplate { source: source.to_owned(), nodes })
    }

    /// The template filled in for `value`; the error is worded as kubectl prints it behind `error: `.
    pub fn fill(&self, value: &Value) -> Result<String, String> {
        exec::fill(&self.nodes, value).map_err(|why| {
            let source = &self.source;
            format!("error executing template {source:?}: template: output: executing \"output\": {why}")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    fn filled(template: &str) -> String {
        let value = json!({
            "metadata": {"name": "web"},
            "spec": {"selector": {"app": "web", "tier": "front"}, "ports": [{"port": 80}, {"port": 443}], "empty": []},
            "secret": "aGk=",
        });
        GoTemplate::parse(template).and_then(|template| template.fill(&value)).unwrap_or_else(|why| format!("! {why}"))
    }

    #[test]
    fn templates_fill_in() {
        for (template, expected) in [
            ("{{.metadata.name}}", "web"),
            ("{{.spec.nope}}", "<no value>"),
            ("{{range .spec.ports}}{{.port}},{{end}}", "80,443,"),
            ("{{range $k, $v := .spec.selector}}{{$k}}={{$v}} {{end}}", "app=web tier=front "),
            ("{{range $i, $p := .spec.ports}}{{$i}}:{{$p.port}} {{end}}", "0:80 1:443 "),
            ("{{range .spec.empty}}x{{else}}none{{end}}", "none"),
            ("{{if .spec.empty}}some{{else if .metadata}}meta{{else}}no{{end}}", "meta"),
            ("{{len .spec.ports}} {{index .spec.ports 0 \"port\"}}", "2 80"),
            ("{{(index .spec.ports 1).port}}", "443"),
            ("{{if and (eq (len .spec.ports) 2) (not .nope)}}two{{end}}", "two"),
            ("{{with .metadata}}{{.name}} {{$.secret}}{{end}}", "web aGk="),
            ("{{.secret | base64decode | printf \"<%s>\"}}", "<hi>"),
            ("a {{- \"b\" -}} c", "abc"),
            ("{{/* nothing */}}{{$x := 3}}{{$x}}", "3"),
            ("{{printf \"%s=%v\" .metadata.name 3}}", "web=3"),
            ("{{.spec.selector}}", "map[app:web tier:front]"),
            ("{{if exists . \"metadata\" \"name\"}}yes{{end}}", "yes"),
        ] {
            assert_eq!(filled(template), expected, "{template}");
        }
    }

    #[test]
    fn bad_templates_say_what_is_wrong() {
        assert_eq!(filled("{{.spec"), "! error parsing template {{.spec, template: output:1: unclosed action");
        for template in [
            "{{",
            "}}",
            "{{end}}",
            "{{if}}",
            "{{range .a}}",
            "{{(}}",
            "{{\"}}",
            "{{$}}",
            "{{|}}",
            "{{nope 1}}",
            "{{index . 1 2}}",
            "{{len 3}}",
        ] {
            let _ = filled(template);
        }
    }
}
