//! Flags as pflag reads them: long and short, with `=` or a space, several shorts in one word, mixed with arguments.

use crate::order::SortedMap;
use std::time::Duration;

/// What a flag takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing, or `=true`, `=false`.
    Bool,
    /// A text; the last one counts.
    Text,
    /// A text that may be left out: `--flag` alone means the given one.
    Optional(&'static str),
    /// A whole number.
    Int,
    /// A time, such as `1m30s`.
    Duration,
    /// Texts: comma-separated, and the flag may be repeated.
    List,
    /// Texts: the flag may be repeated; commas are part of the text.
    Array,
    /// `name=value`: comma-separated, and the flag may be repeated.
    Pairs,
}

/// A flag that a command takes.
#[derive(Clone, Copy, Debug)]
pub struct Flag {
    /// The long name.
    pub name: &'static str,
    /// The short one.
    pub short: Option<char>,
    /// What it takes.
    pub kind: Kind,
}

/// A flag without a short name.
pub const fn long(name: &'static str, kind: Kind) -> Flag {
    Flag { name, short: None, kind }
}

/// A flag with a short name.
pub const fn short(name: &'static str, short: char, kind: Kind) -> Flag {
    Flag { name, short: Some(short), kind }
}

/// The flags and arguments of one call.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    values: SortedMap<&'static str, Vec<String>>,
    /// Flags and their texts as they were given.
    order: Vec<(&'static str, String)>,
    /// The command: `kubectl set image`.
    pub path: String,
    /// What is no flag, in order.
    pub args: Vec<String>,
    /// How many of the arguments stand before `--`; `None` where there is none.
    pub before_dash: Option<usize>,
}

/// The pairs of a text. One with a single `=` is one pair, whatever commas it has. Models pflag's stringToStringValue.
fn pairs(text: &str) -> impl Iterator<Item = &str> {
    let one = text.matches('=').count() == 1;
    text.split(move |c| c == ',' && !one)
}

fn not_a_pair(text: &str) -> String {
    format!("{text} must be formatted as key=value")
}

impl Flags {
    /// Reads `words` by the flags that a command knows. Errors are pflag's own.
    pub fn parse(words: &[String], known: &[&[Flag]]) -> Result<Flags, String> {
        let mut flags = Flags::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if word == "--" {
                flags.before_dash = Some(flags.args.len());
                flags.args.extend(words.cloned());
                break;
            }
            if let Some(text) = word.strip_prefix("--") {
                flags.long(text, &mut words, known)?;
            } else if word.len() > 1 && word.starts_with('-') {
                flags.shorts(word, &mut words, known)?;
            } else {
                flags.args.push(word.clone());
            }
        }
        Ok(flags)
    }

    fn long<'w>(
        &mut self,
        text: &str,
        words: &mut impl Iterator<Item = &'w String>,
        known: &[&[Flag]],
    ) -> Result<(), String> {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (text, None),
        };
        if name.is_empty() || name.starts_with('-') {
            return Err(format!("bad flag syntax: --{text}"));
        }
        let flag = find(known, |flag| flag.name == name).ok_or_else(|| format!("unknown flag: --{name}"))?;
        match (value, without_value(flag.kind)) {
            (Some(value), _) | (None, Some(value)) => self.set(flag, value),
            (None, None) => {
                let value = words.next().ok_or_else(|| format!("flag needs an argument: --{name}"))?;
                self.set(flag, value)
            }
        }
    }

    fn shorts<'w>(
        &mut self,
        word: &str,
        words: &mut impl Iterator<Item = &'w String>,
        known: &[&[Flag]],
    ) -> Result<(), String> {
        let mut rest = word.get(1..).unwrap_or("");
        while let Some(letter) = rest.chars().next() {
            let whole = rest;
            rest = rest.get(letter.len_utf8()..).unwrap_or("");
            let flag = find(known, |flag| flag.short == Some(letter))
                .ok_or_else(|| format!("unknown shorthand flag: {} in -{whole}", quoted_char(letter)))?;
            if let Some(value) = rest.strip_prefix('=').filter(|value| !value.is_empty()) {
                return self.set(flag, value);
            }
            if let Some(value) = without_value(flag.kind) {
                self.set(flag, value)?;
            } else if !rest.is_empty() {
                return self.set(flag, rest);
            } else {
                let needs = || format!("flag needs an argument: {} in -{whole}", quoted_char(letter));
                return self.set(flag, words.next().ok_or_else(needs)?);
            }
        }
        Ok(())
    }

    fn set(&mut self, flag: &Flag, value: &str) -> Result<(), String> {
        let wrong = match flag.kind {
            Kind::Bool => parse_bool(value).err(),
            Kind::Int => parse_int(value).err(),
            Kind::Duration => parse_duration(value).err(),
            Kind::Pairs => pairs(value).find(|pair| !pair.contains('=')).map(not_a_pair),
            _ => None,
        };
        if let Some(wrong) = wrong {
            let name = match flag.short {
                Some(short) => format!("-{short}, --{}", flag.name),
                None => format!("--{}", flag.name),
            };
            return Err(format!("invalid argument {value:?} for \"{name}\" flag: {wrong}"));
        }
        self.order.push((flag.name, value.to_owned()));
        let values = self.values.entry(flag.name).or_default();
        match flag.kind {
            Kind::List => values.extend(value.split(',').filter(|_| !value.is_empty()).map(str::to_owned)),
            Kind::Array => values.push(value.to_owned()),
            Kind::Pairs => values.extend(pairs(value).map(str::to_owned)),
            _ => *values = vec![value.to_owned()],
        }
        Ok(())
    }

    /// The whole line: the command, its arguments, then its flags.
    pub fn line(&self) -> String {
        let args = self.args.iter().fold(self.path.clone(), |line, arg| line + " " + arg);
        self.order.iter().fold(args, |line, (name, value)| format!("{line} --{name}={value}"))
    }

    /// Whether the flag stands in the call, with any value.
    pub fn given(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// The text of a flag, `None` where it is not given.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name)?.last().map(String::as_str)
    }

    /// The text of a flag, `""` where it is not given.
    pub fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or("")
    }

    /// All texts of a flag that may be repeated.
    pub fn list(&self, name: &str) -> &[String] {
        self.values.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether a flag is on.
    pub fn on(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| parse_bool(value) == Ok(true))
    }

    /// Whether a flag that is on by default is off.
    pub fn off(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| parse_bool(value) == Ok(false))
    }

    /// The number of a flag.
    pub fn int(&self, name: &str) -> Option<i64> {
        self.get(name).and_then(|value| parse_int(value).ok())
    }

    /// The time of a flag.
    pub fn duration(&self, name: &str) -> Option<Duration> {
        self.get(name).and_then(|value| parse_duration(value).ok())
    }
}

fn find<'f>(known: &[&'f [Flag]], matches: impl Fn(&Flag) -> bool) -> Option<&'f Flag> {
    known.iter().flat_map(|set| set.iter()).find(|flag| matches(flag))
}

/// What a flag means that stands without a value; `None` where it needs one.
pub fn without_value(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Bool => Some("true"),
        Kind::Optional(text) => Some(text),
        _ => None,
    }
}

/// As Go's %q prints a rune.
fn quoted_char(letter: char) -> String {
    format!("'{letter}'")
}

/// Models Go's strconv.ParseBool.
fn parse_bool(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(format!("strconv.ParseBool: parsing {text:?}: invalid syntax")),
    }
}

/// Models Go's strconv.ParseInt with base 0 and 64 bits.
fn parse_int(text: &str) -> Result<i64, String> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = digits.to_lowercase();
    let (radix, digits) = if let Some(hex) = lower.strip_prefix("0x") {
        (16, hex)
    } else if let Some(binary) = lower.strip_prefix("0b") {
        (2, binary)
    } else if let Some(octal) = lower.strip_prefix("0o").or_else(|| lower.strip_prefix('0').filter(|d| !d.is_empty())) {
        (8, octal)
    } else {
        (10, lower.as_str())
    };
    let syntax = digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix));
    let number = i64::from_str_radix(&format!("{sign}{digits}"), radix);
    match number {
        Ok(number) if !syntax => Ok(number),
        _ if syntax => Err(format!("strconv.ParseInt: parsing {text:?}: invalid syntax")),
        _ => Err(format!("strconv.ParseInt: parsing {text:?}: value out of range")),
    }
}

/// Models Go's time.ParseDuration; negative ones count as none.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let invalid = || format!("time: invalid duration {text:?}");
    let negative = text.starts_with('-');
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return Ok(Duration::ZERO);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, after) = rest.split_at(digits);
        let number: f64 = number.parse().map_err(|_| invalid())?;
        let letters = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        seconds += number
            * match unit {
                "ns" => 1e-9,
                "us" | "µs" | "μs" => 1e-6,
                "ms" => 1e-3,
                "s" => 1.0,
                "m" => 60.0,
                "h" => 3600.0,
                "" => return Err(format!("time: missing unit in duration {text:?}")),
                unit => return Err(format!("time: unknown unit {unit:?} in duration {text:?}")),
            };
        rest = after;
    }
    if negative { Ok(Duration::ZERO) } else { Duration::try_from_secs_f64(seconds).map_err(|_| invalid()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    const KNOWN: &[Flag] = &[
        short("output", 'o', Kind::Text),
        short("all", 'A', Kind::Bool),
        short("watch", 'w', Kind::Bool),
        short("file", 'f', Kind::List),
        long("env", Kind::Array),
        long("replicas", Kind::Int),
        long("timeout", Kind::Duration),
        long("dry-run", Kind::Optional("unchanged")),
    ];

    fn check(line: &str, expected: &Expect) {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let text = match Flags::parse(&words, &[KNOWN]) {
            Ok(flags) => format!("{:?} {:?} {:?}", flags.values, flags.args, flags.before_dash),
            Err(error) => error,
        };
        expected.assert_eq(&text);
    }

    #[test]
    fn every_form_is_read() {
        check("a -oyaml b", &expect![[r#"{"output": ["yaml"]} ["a", "b"] None"#]]);
        check("-o=yaml -o json", &expect![[r#"{"output": ["json"]} [] None"#]]);
        check("-Aw=false", &expect![[r#"{"all": ["true"], "watch": ["false"]} [] None"#]]);
        check("-Aoname x", &expect![[r#"{"all": ["true"], "output": ["name"]} ["x"] None"#]]);
        check("-f a,b -f c", &expect![[r#"{"file": ["a", "b", "c"]} [] None"#]]);
        check("--env A=1,2 --env=B", &expect![[r#"{"env": ["A=1,2", "B"]} [] None"#]]);
        check("--dry-run x --dry-run=client", &expect![[r#"{"dry-run": ["client"]} ["x"] None"#]]);
        check("x -- -o --y", &expect![[r#"{} ["x", "-o", "--y"] Some(1)"#]]);
        check("- x", &expect![[r#"{} ["-", "x"] None"#]]);
    }

    #[test]
    fn errors_are_those_of_pflag() {
        check("--nope", &expect!["unknown flag: --nope"]);
        check("-xo", &expect!["unknown shorthand flag: 'x' in -xo"]);
        check("-o", &expect!["flag needs an argument: 'o' in -o"]);
        check("--output", &expect!["flag needs an argument: --output"]);
        check("--=x", &expect!["bad flag syntax: --=x"]);
        check(
            "--all=maybe",
            &expect![[
                r#"invalid argument "maybe" for "-A, --all" flag: strconv.ParseBool: parsing "maybe": invalid syntax"#
            ]],
        );
        check(
            "--replicas=1.5",
            &expect![[
                r#"invalid argument "1.5" for "--replicas" flag: strconv.ParseInt: parsing "1.5": invalid syntax"#
            ]],
        );
        check(
            "--timeout=5",
            &expect![[r#"invalid argument "5" for "--timeout" flag: time: missing unit in duration "5""#]],
        );
        check(
            "--timeout=soon",
            &expect![[r#"invalid argument "soon" for "--timeout" flag: time: invalid duration "soon""#]],
        );
        check(
            "--timeout=1x",
            &expect![[r#"invalid argument "1x" for "--timeout" flag: time: unknown unit "x" in duration "1x""#]],
        );
    }
}
