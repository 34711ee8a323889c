//! Printing JSON as Go's encoding/json and kubectl print it.

use crate::value::Value;
use std::fmt::{self, Write};

/// `kubectl -o json`: four spaces a level, keys sorted, Go's escapes; without a line break at the end.
pub fn print_json(value: &Value) -> String {
    let mut out = String::new();
    write_value(&mut out, value, Some(0), true);
    out
}

/// Go's `json.Marshal`: no spaces.
pub fn print_json_compact(value: &Value) -> String {
    let mut out = String::new();
    write_value(&mut out, value, None, true);
    out
}

/// Compact JSON as most programs write it: nothing is escaped that need not be.
impl fmt::Display for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        write_value(&mut text, self, None, false);
        out.write_str(&text)
    }
}

/// Writes `value`; `level` is the indentation where it is indented at all, `for_html` whether what means something in HTML
/// is escaped, as Go does.
fn write_value(out: &mut String, value: &Value, level: Option<usize>, for_html: bool) {
    let inner = level.map(|level| level + 1);
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() => out.push_str(&go_float_json(float)),
            _ => out.push_str(&number.to_string()),
        },
        Value::String(text) => write_text(out, text, for_html),
        Value::Array(items) if items.is_empty() => out.push_str("[]"),
        Value::Array(items) => {
            out.push('[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    out.push(',');
                }
                break_line(out, inner);
                write_value(out, item, inner, for_html);
            }
            break_line(out, level);
            out.push(']');
        }
        Value::Object(map) if map.is_empty() => out.push_str("{}"),
        Value::Object(map) => {
            out.push('{');
            for (place, (key, item)) in map.iter().enumerate() {
                if place > 0 {
                    out.push(',');
                }
                break_line(out, inner);
                write_text(out, key, for_html);
                out.push_str(if level.is_some() { ": " } else { ":" });
                write_value(out, item, inner, for_html);
            }
            break_line(out, level);
            out.push('}');
        }
    }
}

fn break_line(out: &mut String, level: Option<usize>) {
    if let Some(level) = level {
        out.push('\n');
        out.extend(std::iter::repeat_n("    ", level));
    }
}

fn write_text(out: &mut String, text: &str, for_html: bool) {
    out.push('"');
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\' | b'<' | b'>' | b'&');
    if text.bytes().all(is_plain) {
        out.push_str(text);
        return out.push('"');
    }
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{C}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' if !for_html => out.push(character),
            '\0'..='\u{1F}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{:04x}", character as u32);
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

/// The shortest decimal digits of a float and the place of its point: `0.digits * 10^point`.
fn shortest(scientific: &str) -> (bool, String, i32) {
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let point = exponent.parse::<i32>().unwrap_or(0) + 1;
    (mantissa.starts_with('-'), digits, point)
}

fn scientific(negative: bool, digits: &str, point: i32, exponent_digits: usize) -> String {
    let (first, rest) = digits.split_at(digits.len().min(1));
    let sign = if negative { "-" } else { "" };
    let dot = if rest.is_empty() { "" } else { "." };
    let exponent = point - 1;
    let exponent_sign = if exponent < 0 { '-' } else { '+' };
    format!("{sign}{first}{dot}{rest}e{exponent_sign}{:0exponent_digits$}", exponent.abs())
}

/// A float as Go's encoding/json writes it.
pub(super) fn go_float_json(float: f64) -> String {
    let size = float.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let (negative, digits, point) = shortest(&format!("{float:e}"));
        return scientific(negative, &digits, point, if point > 0 { 2 } else { 1 });
    }
    format!("{float}")
}

/// `strconv.FormatFloat(float, 'g', -1, 64)`.
pub(super) fn go_float_64(float: f64) -> String {
    go_float(float, &format!("{float:e}"), &format!("{float}"))
}

/// `strconv.FormatFloat(float, 'g', -1, 32)`: as sigs.k8s.io/yaml writes keys that are floats.
pub(super) fn go_float_32(float: f64) -> String {
    let short = float as f32;
    go_float(float, &format!("{short:e}"), &format!("{short}"))
}

fn go_float(float: f64, exponential: &str, plain: &str) -> String {
    let (negative, digits, point) = shortest(exponential);
    if float != 0.0 && !(-3..=6).contains(&point) {
        return scientific(negative, &digits, point, 2);
    }
    plain.to_owned()
}
