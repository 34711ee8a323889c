//! A file's text to its documents, as kubectl's decoder cuts and reads it.

use super::compose::compose;
use super::json_read::{JsonProblem, read_value};
use super::path::Found;
use super::value::value_of;
use super::{Diagnostic, Kind, NodeId, Position, Severity, Span, Tree};
use crate::value::Value;
use std::borrow::Cow;

/// More bytes than this are not read: the API server takes no larger request.
pub const MAX_TEXT: usize = 3 * 1024 * 1024;

/// One document of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Its place in the file, from 0.
    pub index: usize,
    /// The text that it was read from.
    pub span: Span,
    /// Its nodes, with positions in the file.
    pub tree: Tree,
    /// What it says. Null for an empty document, which kubectl passes over.
    pub value: Value,
}

impl Document {
    /// Finds the field at `path`; see [`Tree::find`].
    pub fn find(&self, path: &str) -> Option<Found> {
        self.tree.find(path)
    }

    /// The place to point at for the field at `path`: its value, or its key where that is missing or takes several
    /// lines; for an item of a list and for the whole document its first field.
    pub fn span_of(&self, path: &str) -> Span {
        let Some(found) = self.find(path) else {
            return Span::new(self.span.start, self.span.start);
        };
        let one_line = found.value.start.line == found.value.end.line && found.value.start != found.value.end;
        match found.key {
            Some(_) if found.exact && one_line => found.value,
            Some(key) => key,
            None => self.first_field(found.node),
        }
    }

    /// A diagnostic about one of its fields.
    pub fn diagnostic(&self, path: &str, severity: Severity, message: impl Into<String>) -> Diagnostic {
        Diagnostic { severity, path: path.to_owned(), ..Diagnostic::syntax(self.index, self.span_of(path), message) }
    }

    fn first_field(&self, id: NodeId) -> Span {
        let node = self.tree.node(id);
        let Kind::Mapping(pairs) = &node.kind else { return node.span };
        let Some((key, value)) = pairs.first() else { return node.span };
        let (key, value) = (self.tree.node(*key).span, self.tree.node(*value).span);
        if key.start.line == value.end.line { Span::new(key.start, value.end) } else { key }
    }
}

/// The documents of `text`, in order; a broken one is its diagnostic, and the ones after it are read all the same.
/// kubectl stops at the first that is broken. Diagnostics carry kubectl's words after `error parsing FILE: `.
pub fn documents(text: &str) -> Vec<Result<Document, Diagnostic>> {
    if text.len() > MAX_TEXT {
        let start = Span::default();
        let message = format!("Request entity too large: limit is {MAX_TEXT}");
        return vec![Err(Diagnostic::syntax(0, start, message).with_hint("Only files of up to 3 MB are read."))];
    }
    let mut read = Vec::new();
    let begins_as_json = |text: &str| text.trim_start().starts_with('{');
    if begins_as_json(text) {
        json_documents(text, &mut read);
    } else {
        yaml_documents(text, Position::default(), &mut read, None);
    }
    read
}

/// The value of a text that is one JSON value, or the words of Go's decoder.
pub fn read_json(text: &str) -> Result<Value, String> {
    let (tree, end) = read_value(text, Position::default()).map_err(|problem| problem.words)?;
    let after = text.get(end.byte as usize..).unwrap_or("").trim_start_matches([' ', '\t', '\r', '\n']);
    if let Some(byte) = after.bytes().next() {
        return Err(format!("invalid character {} after top-level value", super::json_read::quote_byte(byte)));
    }
    value_of(&tree).map_err(|unreadable| unreadable.words)
}

/// The value of a text that is one document, YAML or JSON, or the words of kubectl's ToJSON (for `patch -p` and the
/// like).
pub fn read_one(text: &str) -> Result<Value, String> {
    if text.trim_start().starts_with('{') { read_json(text) } else { read_yaml(text) }
}

/// The value of a text that is one YAML document, or the words of sigs.k8s.io/yaml.
pub fn read_yaml(text: &str) -> Result<Value, String> {
    one_document(text, Position::default(), 0)
        .map(|document| document.value)
        .map_err(|wrong| wrong.message.strip_prefix(CONVERTING).map_or_else(|| wrong.message.clone(), str::to_owned))
}

/// What stands before every error of a YAML document.
const CONVERTING: &str = "error converting YAML to JSON: ";

/// Reads the JSON values that follow each other in `text`. Where one does not read, the rest is tried as YAML, unless
/// two values showed that it is JSON. Models apimachinery pkg/util/yaml YAMLOrJSONDecoder.
fn json_documents(text: &str, read: &mut Vec<Result<Document, Diagnostic>>) {
    let mut at = Position::default();
    loop {
        let rest = text.get(at.byte as usize..).unwrap_or("");
        if rest.trim_matches([' ', '\t', '\r', '\n']).is_empty() {
            return;
        }
        match read_value(rest, at) {
            Ok((tree, end)) => {
                let span = tree.root().map_or(Span::new(at, end), |root| tree.node(root).span);
                let index = read.len();
                read.push(match value_of(&tree) {
                    Ok(value) => Ok(Document { index, span, tree, value }),
                    Err(wrong) => Err(Diagnostic::syntax(index, tree.node(wrong.node).span, wrong.words)),
                });
                at = end;
            }
            Err(problem) => {
                let index = read.len();
                let diagnostic = json_diagnostic(index, &problem);
                if index > 1 {
                    read.push(Err(diagnostic));
                } else {
                    yaml_documents(rest, at, read, Some(diagnostic));
                }
                return;
            }
        }
    }
}

fn json_diagnostic(index: usize, problem: &JsonProblem) -> Diagnostic {
    match problem.offset {
        Some(offset) => {
            let message = format!("json: offset {offset}: {}", problem.words);
            Diagnostic::syntax(index, Span::new(problem.at, problem.at.after(' ')), message)
        }
        None => Diagnostic::syntax(index, Span::new(problem.at, problem.at), problem.words.clone()),
    }
}

/// Reads the documents between the `---` lines of `text`, which begins at `base`. `instead` is what to say of the first
/// where it does not read. Models apimachinery pkg/util/yaml YAMLReader.
fn yaml_documents(
    text: &str,
    base: Position,
    read: &mut Vec<Result<Document, Diagnostic>>,
    mut instead: Option<Diagnostic>,
) {
    let mut finish = |from: Position, to: Position, read: &mut Vec<Result<Document, Diagnostic>>| {
        let slice = |at: Position| (at.byte - base.byte) as usize;
        let chunk = text.get(slice(from)..slice(to)).unwrap_or("");
        if !chunk.is_empty() {
            let document = one_document(chunk, from, read.len());
            let first = instead.take();
            read.push(document.map_err(|diagnostic| first.unwrap_or(diagnostic)));
        }
    };
    let (mut from, mut at) = (base, base);
    for line in text.split_inclusive('\n') {
        let next = at.after_text(line);
        if let Some(rest) = line.strip_prefix("---") {
            let rest = rest.trim();
            if !(rest.is_empty() || rest.starts_with('#')) {
                // kubectl loses what it read of the document before.
                let end = at.after_text(line.trim_end());
                let words = format!("invalid Yaml document separator: {rest}");
                read.push(Err(Diagnostic::syntax(read.len(), Span::new(at, end), words)));
                from = next;
            } else if at != from {
                finish(from, at, read);
                from = next;
            }
        }
        at = next;
    }
    finish(from, at, read);
}

/// Reads the one document that `text` is.
fn one_document(text: &str, base: Position, index: usize) -> Result<Document, Diagnostic> {
    let end = base.after_text(text);
    // kubectl reads lines, and gives each its end: it shows in the lines that errors tell.
    let ended = if text.ends_with('\n') { Cow::Borrowed(text) } else { Cow::Owned(format!("{text}\n")) };
    let mut tree = compose(&ended, base).map_err(|problem| {
        let inside = problem.at.byte < end.byte;
        let start = if inside { problem.at } else { end };
        let until = if inside { start.after(' ') } else { start };
        let message = format!("{CONVERTING}{}", problem.message(base));
        let diagnostic = Diagnostic::syntax(index, Span::new(start, until), message);
        match hint(&problem.words) {
            Some(words) => diagnostic.with_hint(words),
            None => diagnostic,
        }
    })?;
    tree.clamp(end);
    let value = value_of(&tree).map_err(|wrong| {
        let own = wrong.words.starts_with("json: ") || wrong.words.starts_with("Unsupported ");
        let message = format!("{CONVERTING}{}{}", if own { "" } else { "yaml: " }, wrong.words);
        Diagnostic::syntax(index, tree.node(wrong.node).span, message)
    })?;
    Ok(Document { index, span: Span::new(base, end), tree, value })
}

/// What to look for, in our words.
fn hint(words: &str) -> Option<&'static str> {
    Some(match words {
        "found character that cannot start any token" => {
            "Indent with spaces, not tabs; put values that begin with @, ` or % in quotes."
        }
        "found a tab character that violates indentation"
        | "found a tab character where an indentation space is expected" => "Indent with spaces, not tabs.",
        "could not find expected ':'" => "A key needs a colon and a space after it.",
        "mapping values are not allowed in this context" => {
            "Look at the indentation of this line and the one above; a text that holds `: ` needs quotes."
        }
        "did not find expected key" | "did not find expected '-' indicator" => {
            "This line is indented differently from the others of its block."
        }
        "did not find expected ',' or '}'" => "A { before it is not closed.",
        "did not find expected ',' or ']'" => "A [ before it is not closed.",
        "found unexpected end of stream" => "A quote before it is not closed.",
        "control characters are not allowed" => "This is no text: remove the control character.",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::print_json_compact;
    use expect_test::{Expect, expect};

    fn check(text: &str, expected: &Expect) {
        let lines: Vec<String> = documents(text)
            .into_iter()
            .map(|document| match document {
                Ok(document) => print_json_compact(&document.value),
                Err(wrong) => {
                    let at = wrong.span.start;
                    format!("{}:{}+{} {}", at.line, at.column, at.utf16, wrong.message)
                }
            })
            .collect();
        expected.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn documents_are_cut_at_separator_lines() {
        check(
            "\u{FEFF}a: 1\n--- # two\nb: 2\n---\n---\nc: 3\n...\nd: 4\n",
            &expect![[r#"
                {"a":1}
                {"b":2}
                {"c":3}"#]],
        );
        check(
            "---\na: 1\n--- b: 2\n---\nc: 3\n",
            &expect![[r#"
                2:0+9 invalid Yaml document separator: b: 2
                {"c":3}"#]],
        );
    }

    #[test]
    fn scalars_read_as_yaml_1_1() {
        check(
            "[y, n, yes, on, off, 0120, 0o120, 0x1F, 8_080, 8e1, 80.0, 80.5, ~, '', null, 2024-01-02, 1:30, .5]",
            &expect![[r#"[true,false,true,true,false,80,80,31,8080,80,80,80.5,null,"",null,"2024-01-02","1:30",0.5]"#]],
        );
        check(
            "a: &x {p: 1, q: 2}\nb: {q: 3, <<: *x}\nc: {<<: *x, q: 3}\na: &y 1\n",
            &expect![[r#"{"a":1,"b":{"p":1,"q":2},"c":{"p":1,"q":3}}"#]],
        );
    }

    #[test]
    fn json_is_read_as_json_until_it_is_none() {
        check(
            "{\"a\": 1}\n{\"b\": \"\\u00e9\\/\"}",
            &expect![[r#"
            {"a":1}
            {"b":"é/"}"#]],
        );
        check("{\"a\": {\"b\": 1,}}", &expect![[r#"{"a":{"b":1}}"#]]);
        check("{\"a\": {\"b\": 1}", &expect!["0:14+14 unexpected EOF"]);
        check(
            "{\"a\": 1}\n---\nb: 2\n",
            &expect![[r#"
                {"a":1}
                null
                {"b":2}"#]],
        );
    }

    #[test]
    fn errors_have_go_yamls_words_and_lines_and_a_true_place() {
        let prefix = "error converting YAML to JSON: ";
        for (text, line, message) in [
            ("a:\n\tb: 1\n", 1, "yaml: line 2: found character that cannot start any token"),
            ("# é\nx: 1\na:\n  b: 1\n c: 2\n", 4, "yaml: line 4: did not find expected key"),
            ("a: b: c\n", 0, "yaml: mapping values are not allowed in this context"),
            ("a: *b\n", 0, "yaml: unknown anchor 'b' referenced"),
            ("a: 1\nb: {{ x }}\n", 1, "yaml: invalid map key: map[interface {}]interface {}{\"x\":interface {}(nil)}"),
            ("a: &a [*a]\n", 0, "yaml: anchor 'a' value contains itself"),
            ("a: \"b\n", 1, "yaml: line 2: found unexpected end of stream"),
            ("ok: 1\n---\na: \u{1}\n", 2, "yaml: control characters are not allowed"),
        ] {
            let wrong = documents(text).into_iter().find_map(Result::err).expect("an error");
            assert_eq!(wrong.message, format!("{prefix}{message}"), "{text:?}");
            assert_eq!(wrong.span.start.line, line, "{text:?}");
        }
    }

    #[test]
    fn fields_are_found_with_their_utf16_places() {
        let text = "# 😀\nmetadata:\n  name: web\n  annotations: {sim/ready: 'no', a.b/c: d}\nspec:\n  ports:\n  - port: 80\n    targetPort: http\n";
        let documents = documents(text);
        let document = documents.first().unwrap().as_ref().unwrap();
        let units: Vec<u16> = text.encode_utf16().collect();
        let shown = |path: &str| {
            let span = document.span_of(path);
            String::from_utf16_lossy(&units[span.start.utf16 as usize..span.end.utf16 as usize])
        };
        for (path, expected) in [
            ("metadata.name", "web"),
            ("metadata.annotations[sim/ready]", "'no'"),
            ("metadata.annotations.a.b/c", "d"),
            ("spec.ports[0].targetPort", "http"),
            ("spec.ports[0].protocol", "port: 80"),
            ("spec.ports[7].port", "ports"),
            ("spec.ports", "ports"),
            ("status", "metadata"),
        ] {
            assert_eq!(shown(path), expected, "{path}");
        }
    }
}
