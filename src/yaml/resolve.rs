//! What a plain scalar means: YAML 1.1 as go-yaml v2 reads it, so `yes` is a boolean and `0120` is 80.

use crate::value::Value;

/// The meaning of a scalar.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Resolved {
    Null,
    Bool(bool),
    Int(i64),
    /// A whole number past i64.
    Uint(u64),
    Float(f64),
    /// A date: JSON has none, so it stays the text that it is, but is quoted when printed.
    Timestamp,
    Text,
}

/// The prefix of YAML's own tags.
const OWN: &str = "tag:yaml.org,2002:";

/// What a plain scalar without a tag means.
pub(super) fn resolve(text: &str) -> Resolved {
    let Some(first) = text.chars().next() else { return Resolved::Null };
    match first {
        '~' | 'n' | 'N' | 'y' | 'Y' | 't' | 'T' | 'f' | 'F' | 'o' | 'O' => word(text),
        '.' => match word(text) {
            Resolved::Text => float(text),
            found => found,
        },
        '+' | '-' | '0'..='9' => match word(text) {
            Resolved::Text => number(text),
            found => found,
        },
        _ => Resolved::Text,
    }
}

fn word(text: &str) -> Resolved {
    match text {
        "~" | "null" | "Null" | "NULL" => Resolved::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Resolved::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Resolved::Bool(false),
        ".nan" | ".NaN" | ".NAN" => Resolved::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Resolved::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Resolved::Float(f64::NEG_INFINITY),
        _ => Resolved::Text,
    }
}

fn number(text: &str) -> Resolved {
    if is_timestamp(text) {
        return Resolved::Timestamp;
    }
    let plain = text.replace('_', "");
    whole(&plain).unwrap_or_else(|| if is_float(&plain) { float(&plain) } else { Resolved::Text })
}

/// A whole number with an optional sign and base prefix, as Go's `ParseInt(_, 0, 64)` takes it.
fn whole(text: &str) -> Option<Resolved> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = digits.to_ascii_lowercase();
    let (base, digits) = if let Some(digits) = lower.strip_prefix("0x").filter(|digits| !digits.is_empty()) {
        (16, digits)
    } else if let Some(digits) = lower.strip_prefix("0o").filter(|digits| !digits.is_empty()) {
        (8, digits)
    } else if let Some(digits) = lower.strip_prefix("0b").filter(|digits| !digits.is_empty()) {
        (2, digits)
    } else if let Some(digits) = lower.strip_prefix('0').filter(|digits| !digits.is_empty()) {
        (8, digits)
    } else {
        (10, lower.as_str())
    };
    if !digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let size = u64::from_str_radix(digits, base).ok()?;
    if negative {
        0i64.checked_sub_unsigned(size).map(Resolved::Int)
    } else if let Ok(size) = i64::try_from(size) {
        Some(Resolved::Int(size))
    } else if text.starts_with('+') {
        None
    } else {
        Some(Resolved::Uint(size))
    }
}

/// `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`
fn is_float(text: &str) -> bool {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    let before = digits(rest);
    rest = rest.get(before..).unwrap_or("");
    if let Some(after_point) = rest.strip_prefix('.') {
        let after = digits(after_point);
        if before == 0 && after == 0 {
            return false;
        }
        rest = after_point.get(after..).unwrap_or("");
    } else if before == 0 {
        return false;
    }
    match rest.strip_prefix(['e', 'E']) {
        Some(exponent) => {
            let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
            !exponent.is_empty() && digits(exponent) == exponent.len()
        }
        None => rest.is_empty(),
    }
}

fn float(text: &str) -> Resolved {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Resolved::Float(number),
        _ => Resolved::Text,
    }
}

/// Whether go-yaml takes it for a date: `2024-1-2`, with a time after `T`, `t` (and then a zone) or a space.
fn is_timestamp(text: &str) -> bool {
    let Some((year, rest)) = text.split_once('-') else { return false };
    if year.len() != 4 || !year.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let Some((month, rest)) = rest.split_once('-') else { return false };
    let (day, time) = match rest.find(['T', 't', ' ']) {
        Some(at) => (rest.get(..at).unwrap_or(""), rest.get(at..).unwrap_or("")),
        None => (rest, ""),
    };
    let (Some(year), Some(month), Some(day)) = (small(year), small(month), small(day)) else { return false };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    if day == 0 || day > days {
        return false;
    }
    if time.is_empty() {
        return true;
    }
    let (clock, zone) = if let Some(clock) = time.strip_prefix(' ') {
        (clock, "Z")
    } else {
        let clock = time.get(1..).unwrap_or("");
        match clock.find(['Z', '+', '-']) {
            Some(at) => (clock.get(..at).unwrap_or(""), clock.get(at..).unwrap_or("")),
            None => return false,
        }
    };
    is_clock(clock) && is_zone(zone)
}

/// A number of one or two digits (four for a year).
fn small(text: &str) -> Option<u32> {
    let fits = matches!(text.len(), 1 | 2 | 4) && text.bytes().all(|byte| byte.is_ascii_digit());
    if fits { text.parse().ok() } else { None }
}

fn is_clock(text: &str) -> bool {
    let (whole, fraction) = match text.find(['.', ',']) {
        Some(at) => (text.get(..at).unwrap_or(""), text.get(at + 1..).unwrap_or("")),
        None => (text, "0"),
    };
    let parts: Vec<Option<u32>> = whole.split(':').map(|part| small(part).filter(|_| part.len() < 3)).collect();
    let in_range = matches!(parts.as_slice(), [Some(0..24), Some(0..60), Some(0..60)]);
    in_range && matches!(fraction.len(), 1..=9) && fraction.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_zone(text: &str) -> bool {
    if text == "Z" {
        return true;
    }
    let Some((hours, minutes)) = text.get(1..).and_then(|zone| zone.split_once(':')) else { return false };
    hours.len() == 2 && minutes.len() == 2 && matches!((small(hours), small(minutes)), (Some(0..=24), Some(0..=60)))
}

/// Whether it is a number in base 60 to other YAML 1.1 readers (`1:30`): go-yaml quotes those.
pub(super) fn is_base_60(text: &str) -> bool {
    let rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = rest.split_once('.').unwrap_or((rest, ""));
    let mut parts = whole.split(':');
    let first = parts.next().unwrap_or("");
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let later: Vec<&str> = parts.collect();
    first.starts_with(|character: char| character.is_ascii_digit())
        && digits(first)
        && !later.is_empty()
        && later.iter().all(|part| part.len() <= 2 && small(part).is_some_and(|number| number < 60))
        && digits(fraction)
}

/// What a scalar with a tag means, or go-yaml's words for why it cannot.
pub(super) fn resolve_tagged(tag: &str, text: &str) -> Result<Resolved, String> {
    let Some(short) = tag.strip_prefix(OWN) else { return Ok(Resolved::Text) };
    if !matches!(short, "str" | "bool" | "int" | "float" | "null" | "timestamp") || short == "str" {
        return Ok(Resolved::Text);
    }
    let found = resolve(text);
    let name = match found {
        Resolved::Null => "null",
        Resolved::Bool(_) => "bool",
        Resolved::Int(_) | Resolved::Uint(_) => "int",
        Resolved::Float(_) => "float",
        Resolved::Timestamp => "timestamp",
        Resolved::Text => "str",
    };
    match (&found, short) {
        (Resolved::Int(number), "float") => Ok(Resolved::Float(*number as f64)),
        // Dates are looked for only where a date or nothing was asked for.
        (Resolved::Timestamp, "int" | "float" | "bool" | "null") => {
            Err(format!("cannot decode !!str `{text}` as a !!{short}"))
        }
        _ if name == short => Ok(found),
        _ => Err(format!("cannot decode !!{name} `{text}` as a !!{short}")),
    }
}

impl Resolved {
    /// The JSON value of it, where `text` is what was written; the words of Go's encoder where JSON has none. Whole
    /// floats become whole numbers, as they do on the way through Go's JSON.
    pub(super) fn into_value(self, text: &str) -> Result<Value, String> {
        Ok(match self {
            Resolved::Null => Value::Null,
            Resolved::Bool(truth) => Value::Bool(truth),
            Resolved::Int(number) => Value::from(number),
            Resolved::Uint(number) => Value::from(number as f64),
            Resolved::Float(number) if number.is_finite() => float_value(number),
            Resolved::Float(number) if number.is_nan() => return Err("json: unsupported value: NaN".to_owned()),
            Resolved::Float(number) => {
                let sign = if number > 0.0 { '+' } else { '-' };
                return Err(format!("json: unsupported value: {sign}Inf"));
            }
            Resolved::Timestamp | Resolved::Text => Value::String(text.to_owned()),
        })
    }
}

/// A float as Go's JSON carries it: without a point where it is whole and not huge.
pub(super) fn float_value(number: f64) -> Value {
    // 2^63 is the first float past i64.
    if number.fract() == 0.0 && number.abs() < 9_223_372_036_854_775_808.0 {
        Value::from(number as i64)
    } else {
        Value::from(number)
    }
}
