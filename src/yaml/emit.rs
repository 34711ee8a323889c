//! Printing YAML as `kubectl -o yaml` does: go-yaml v2 below sigs.k8s.io/yaml.
//!
//! Keys are sorted with numbers in them compared as numbers, lists stand as deep as their key, texts are plain where
//! they read back as texts, and long ones are folded after column 80.

use super::json::go_float_64;
use super::resolve::{Resolved, is_base_60, resolve};
use crate::order::Order;
use crate::value::{Key, Map, Value};
use std::cmp::Ordering;
use std::fmt::Write;
use std::str::Chars;

/// `value` as YAML, ending in a line break.
pub fn print(value: &Value) -> String {
    let mut emitter = Emitter { out: String::new(), column: 0 };
    emitter.node(value, Place::Root);
    if !emitter.out.ends_with('\n') || emitter.out.is_empty() {
        emitter.line_break();
    }
    emitter.out
}

/// A line longer than this is folded at its next space.
const WIDTH: usize = 80;
/// What lines begin with, in one piece where they are not deeper.
const SPACES: &str = "                                ";
/// A key longer than this is written with `?`.
const MAX_SIMPLE_KEY: usize = 128;

/// Where a node stands.
#[derive(Clone, Copy)]
enum Place {
    /// The document itself.
    Root,
    /// After `key:`, the key being this deep.
    Value(usize),
    /// After `-`, the dash being this deep.
    Item(usize),
}

impl Place {
    /// How deep texts go that take several lines.
    fn text_indent(self) -> usize {
        match self {
            Place::Root => 2,
            Place::Value(depth) | Place::Item(depth) => depth + 2,
        }
    }
}

struct Emitter {
    out: String,
    /// Characters on the current line.
    column: usize,
}

impl Emitter {
    fn put(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += if text.is_ascii() { text.len() } else { text.chars().count() };
    }

    fn put_char(&mut self, character: char) {
        self.out.push(character);
        self.column += 1;
    }

    fn line_break(&mut self) {
        self.out.push('\n');
        self.column = 0;
    }

    /// A new line this deep, where we are not at the beginning of one already.
    fn indent(&mut self, depth: usize) {
        if self.column > 0 {
            self.line_break();
        }
        while self.column < depth {
            let some = SPACES.get(..depth - self.column).unwrap_or(SPACES);
            self.out.push_str(some);
            self.column += some.len();
        }
    }

    fn node(&mut self, value: &Value, place: Place) {
        match value {
            Value::Object(map) if !map.is_empty() => self.mapping(map, place),
            Value::Array(items) if !items.is_empty() => self.sequence(items, place),
            Value::Object(_) => self.plain_after(place, "{}"),
            Value::Array(_) => self.plain_after(place, "[]"),
            Value::Null => self.plain_after(place, "null"),
            Value::Bool(truth) => self.plain_after(place, if *truth { "true" } else { "false" }),
            Value::Number(number) => {
                let text = match number.as_f64() {
                    Some(float) if number.is_f64() => go_float_64(float),
                    _ => number.to_string(),
                };
                self.plain_after(place, &text);
            }
            Value::String(text) => {
                if !matches!(place, Place::Root) {
                    self.put_char(' ');
                }
                self.text(text, place.text_indent(), false);
            }
        }
    }

    fn plain_after(&mut self, place: Place, text: &str) {
        if !matches!(place, Place::Root) {
            self.put_char(' ');
        }
        self.put(text);
    }

    fn mapping(&mut self, map: &Map, place: Place) {
        let depth = match place {
            Place::Root => 0,
            Place::Value(depth) | Place::Item(depth) => depth + 2,
        };
        // Most maps are in this order already: letters are ordered as bytes are.
        let letters = |key: &Key| key.bytes().all(|byte| byte.is_ascii_alphabetic());
        if map.keys().all(letters) || map.keys().is_sorted_by(|one, other| natural_order(one, other).is_le()) {
            for (number, (key, value)) in map.iter().enumerate() {
                self.field(key, value, depth, number == 0 && matches!(place, Place::Item(_)));
            }
            return;
        }
        let mut fields: Vec<(&Key, &Value)> = map.iter().collect();
        fields.order_by(|(one, _), (other, _)| natural_order(one, other));
        for (number, (key, value)) in fields.into_iter().enumerate() {
            self.field(key, value, depth, number == 0 && matches!(place, Place::Item(_)));
        }
    }

    /// A key and its value, on a new line or behind a dash.
    fn field(&mut self, key: &str, value: &Value, depth: usize, behind_dash: bool) {
        if behind_dash {
            self.put_char(' ');
        } else {
            self.indent(depth);
        }
        let simple = key.len() <= MAX_SIMPLE_KEY && (is_word(key) || !key.contains(is_break));
        if simple {
            self.text(key, depth + 2, true);
            self.put_char(':');
        } else {
            self.put("? ");
            self.text(key, depth + 2, false);
            self.indent(depth);
            self.put_char(':');
        }
        self.node(value, if simple { Place::Value(depth) } else { Place::Item(depth) });
    }

    fn sequence(&mut self, items: &[Value], place: Place) {
        let depth = match place {
            Place::Root => 0,
            // A mapping's list stands as deep as its key.
            Place::Value(depth) => depth,
            Place::Item(depth) => depth + 2,
        };
        for (number, item) in items.iter().enumerate() {
            if number == 0 && matches!(place, Place::Item(_)) {
                self.put_char(' ');
            } else {
                self.indent(depth);
            }
            self.put_char('-');
            self.node(item, Place::Item(depth));
        }
    }

    /// Writes a text in the style that go-yaml chooses. `indent` is how deep its further lines go.
    fn text(&mut self, text: &str, indent: usize, is_key: bool) {
        if is_word(text) {
            self.out.push_str(text);
            self.column += text.len();
            return;
        }
        let shape = Shape::of(text);
        let reads_as_text = resolve(text) == Resolved::Text && !is_base_60(text);
        if text.contains('\n') {
            if shape.literal && !is_key {
                self.literal(text, indent);
            } else {
                self.double_quoted(text, indent, is_key);
            }
        } else if !reads_as_text {
            self.double_quoted(text, indent, is_key);
        } else if shape.plain {
            self.folded(text, indent, is_key, false);
        } else if shape.single_quoted {
            self.put_char('\'');
            self.folded(text, indent, is_key, true);
            self.put_char('\'');
        } else {
            self.double_quoted(text, indent, is_key);
        }
    }

    /// Writes a plain or single-quoted text, folding it at single spaces.
    fn folded(&mut self, text: &str, indent: usize, is_key: bool, quoted: bool) {
        if !text.contains([' ', '\'']) {
            return self.put(text);
        }
        let mut after_space = false;
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            match character {
                ' ' => {
                    let next = characters.clone().next();
                    let is_first = characters.as_str().len() + 1 == text.len();
                    let inside = !is_first && next.is_some();
                    if !is_key && !after_space && self.column > WIDTH && next != Some(' ') && (inside || !quoted) {
                        self.indent(indent);
                    } else {
                        self.put_char(' ');
                    }
                    after_space = true;
                    continue;
                }
                '\'' if quoted => self.put("''"),
                other => self.put_char(other),
            }
            after_space = false;
        }
    }

    fn double_quoted(&mut self, text: &str, indent: usize, is_key: bool) {
        self.put_char('"');
        if text.bytes().all(|byte| matches!(byte, b'!'..=b'~') && !matches!(byte, b'"' | b'\\')) {
            self.put(text);
            return self.put_char('"');
        }
        let mut after_space = false;
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            if character == ' ' {
                let next = characters.clone().next();
                let is_first = characters.as_str().len() + 1 == text.len();
                if !is_key && !after_space && self.column > WIDTH && !is_first && next.is_some() {
                    self.indent(indent);
                    if next == Some(' ') {
                        self.put_char('\\');
                    }
                } else {
                    self.put_char(' ');
                }
                after_space = true;
                continue;
            }
            after_space = false;
            let short = match character {
                '\0' => '0',
                '\u{7}' => 'a',
                '\u{8}' => 'b',
                '\t' => 't',
                '\n' => 'n',
                '\u{B}' => 'v',
                '\u{C}' => 'f',
                '\r' => 'r',
                '\u{1B}' => 'e',
                '"' => '"',
                '\\' => '\\',
                '\u{85}' => 'N',
                '\u{2028}' => 'L',
                '\u{2029}' => 'P',
                other if is_printable(other) => {
                    self.put_char(other);
                    continue;
                }
                other => {
                    let code = other as u32;
                    let mut escape = String::new();
                    // Writing to a String cannot fail.
                    let _ = match code {
                        0..=0xFF => write!(escape, "\\x{code:02X}"),
                        0x100..=0xFFFF => write!(escape, "\\u{code:04X}"),
                        _ => write!(escape, "\\U{code:08X}"),
                    };
                    self.put(&escape);
                    continue;
                }
            };
            self.put_char('\\');
            self.put_char(short);
        }
        self.put_char('"');
    }

    fn literal(&mut self, text: &str, indent: usize) {
        self.put_char('|');
        if text.starts_with([' ', '\n', '\u{85}', '\u{2028}', '\u{2029}']) {
            self.put_char('2');
        }
        let mut from_end = text.chars().rev();
        match (from_end.next().is_some_and(is_break), from_end.next().map(is_break)) {
            (false, _) => self.put_char('-'),
            (true, None | Some(true)) => self.put_char('+'),
            (true, Some(false)) => {}
        }
        self.line_break();
        for character in text.chars() {
            if is_break(character) {
                self.out.push(character);
                self.column = 0;
            } else {
                if self.column == 0 {
                    self.indent(indent);
                }
                self.put_char(character);
            }
        }
    }
}

/// Whether a text is a word like most keys and many values: it reads back as it is, and has no place to fold it at.
fn is_word(text: &str) -> bool {
    text.bytes().next().is_some_and(|first| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/' | b'-' | b'_'))
        // No text of letters that means something else is longer than `false`.
        && (text.len() > 5 || resolve(text) == Resolved::Text)
}

fn is_break(character: char) -> bool {
    matches!(character, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// What libyaml's emitter takes for printable: no tab, and nothing past the basic plane.
fn is_printable(character: char) -> bool {
    matches!(character, '\n' | ' '..='~' | '\u{A0}'..='\u{D7FF}' | '\u{E000}'..='\u{FEFE}' | '\u{FF00}'..='\u{FFFD}')
}

/// In which styles a text can be written.
#[derive(Clone, Copy)]
struct Shape {
    plain: bool,
    single_quoted: bool,
    literal: bool,
}

impl Shape {
    /// Models libyaml's yaml_emitter_analyze_scalar, for block context.
    fn of(text: &str) -> Shape {
        let mut rest = text.chars();
        let (Some(first), Some(last)) = (rest.clone().next(), rest.clone().next_back()) else {
            return Shape { plain: true, single_quoted: true, literal: false };
        };
        let blank_at = |rest: &Chars<'_>| rest.clone().next().is_none_or(|next| matches!(next, ' ' | '\t'));
        let mut indicator = text.starts_with("---") || text.starts_with("...");
        let (mut space_after_break, mut break_after_space) = (false, false);
        let (mut special, mut broken) = (false, false);
        let mut before = None;
        while let Some(now) = rest.next() {
            special |= !is_printable(now);
            broken |= is_break(now);
            match before.replace(now) {
                None => {
                    indicator |= match now {
                        '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@'
                        | '`' => true,
                        '?' | ':' | '-' => blank_at(&rest),
                        _ => false,
                    }
                }
                Some(before) => {
                    indicator |= now == ':' && blank_at(&rest);
                    indicator |= now == '#' && (matches!(before, ' ' | '\t') || is_break(before));
                    space_after_break |= is_break(before) && now == ' ';
                    break_after_space |= before == ' ' && is_break(now);
                }
            }
        }
        let edge = |character| character == ' ' || is_break(character);
        Shape {
            plain: !(indicator || special || broken || edge(first) || edge(last)),
            single_quoted: !(space_after_break || break_after_space || special),
            literal: !(last == ' ' || break_after_space || special),
        }
    }
}

/// The order of keys: numbers inside them count as numbers, and what is no letter goes before letters. Models go-yaml
/// v2 keyList.Less.
fn natural_order(one: &str, other: &str) -> Ordering {
    let same = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    match (one.as_bytes().get(same), other.as_bytes().get(same)) {
        (Some(a), Some(b)) if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() => return a.cmp(b),
        (Some(_), Some(_)) => {}
        _ => return one.len().cmp(&other.len()),
    }
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    for (place, (a, b)) in one.iter().copied().zip(other.iter().copied()).enumerate() {
        if a == b {
            continue;
        }
        return match (a.is_alphabetic(), b.is_alphabetic()) {
            (true, true) => a.cmp(&b),
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => {
                // A zero in the middle of a number is no leading zero.
                let inside = (a == '0' || b == '0')
                    && one
                        .iter()
                        .take(place)
                        .rev()
                        .take_while(|before| before.is_ascii_digit())
                        .any(|before| *before != '0');
                let read = |characters: &[char]| {
                    let digits: Vec<u64> = characters
                        .iter()
                        .skip(place)
                        .map_while(|character| character.to_digit(10).map(u64::from))
                        .collect();
                    let start = u64::from(inside);
                    let number = digits.iter().fold(start, |sum, digit| sum.wrapping_mul(10).wrapping_add(*digit));
                    (number, digits.len())
                };
                read(&one).cmp(&read(&other)).then(a.cmp(&b))
            }
        };
    }
    one.len().cmp(&other.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;
    use expect_test::{Expect, expect};

    fn check(value: &Value, expected: &Expect) {
        expected.assert_eq(&print(value));
    }

    #[test]
    fn texts_are_quoted_where_they_would_read_as_something_else() {
        check(
            &json!({"a10": "yes", "a9": "1.5", "b": "a: b", "c": "2024-01-02", "d": "- x", "e": "", "f": "it's #1", "g": " x",
                "h": "tab\t", "i": "10.96.0.1", "on": null, "app.kubernetes.io/name": "1:30"}),
            &expect![[r#"
                a9: "1.5"
                a10: "yes"
                app.kubernetes.io/name: "1:30"
                b: 'a: b'
                c: "2024-01-02"
                d: '- x'
                e: ""
                f: 'it''s #1'
                g: ' x'
                h: "tab\t"
                i: 10.96.0.1
                "on": null
            "#]],
        );
    }

    #[test]
    fn collections_nest_as_kubectl_prints_them() {
        check(
            &json!({"items": [{"ports": [{"port": 80}, {"port": 81}], "none": []}, [1, [2]], {}], "text": "a\nb\n", "more": "a\n\nb"}),
            &expect![[r"
                items:
                - none: []
                  ports:
                  - port: 80
                  - port: 81
                - - 1
                  - - 2
                - {}
                more: |-
                  a

                  b
                text: |
                  a
                  b
            "]],
        );
    }

    #[test]
    fn long_texts_fold_after_column_80() {
        check(
            &json!({"message": "word ".repeat(20).trim_end(), "quoted": format!("it: {}", "word ".repeat(20).trim_end())}),
            &expect![[r"
                message: word word word word word word word word word word word word word word word
                  word word word word word
                quoted: 'it: word word word word word word word word word word word word word word
                  word word word word word word'
            "]],
        );
    }
}
