//! Makes recordings and answers comparable: random and clock values are replaced by marks, numbered by first
//! appearance within one output. Both sides go through the same function; `README.md` beside this file says what is
//! forgiven, and nothing else is.

use regex::{Captures, Regex};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Opens and closes a mark while it still holds the value that it stands for: `⟦kind=value⟧`.
const OPEN: char = '⟦';
const CLOSE: char = '⟧';

macro_rules! pattern {
    ($name:ident, $text:expr) => {
        static $name: LazyLock<Regex> = LazyLock::new(|| Regex::new($text).unwrap());
    };
}

pattern!(UID, r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b");
pattern!(STAMP, r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z");
pattern!(LONG_STAMP, r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}");
pattern!(REVISION, r#"(\bresourceVersion\\?"?: ?\\?"?)(\d+)"#);
pattern!(GENERATION, r#"(\bgenerateName"?: [^\n]*\n\s*"?generation"?: )(\d+)"#);
pattern!(AGE, r"(?m)(^|[ (])(\d+[smhdy](?:\d+[smhd])?|<unknown>)( ago\)|[ ,)]|$)");
pattern!(HASH_FIELD, r#"(pod-template-hash\\?"?(?:=|: ?\\?"?| in \())([bcdfghjklmnpqrstvwxz2456789]{6,10})\b"#);
// A template's hash behind a name, or alone: ten consonants and digits in a row are no word.
pattern!(HASH, r"(^|[-\s])([bcdfghjklmnpqrstvwxz2456789]{8,10})(\b)");
pattern!(SUFFIX, r"(-)([bcdfghjklmnpqrstvwxz2456789]{5})(\b)");
pattern!(POD_ADDRESS, r"\b10([.-])244[.-]\d{1,3}[.-]\d{1,3}\b");
pattern!(SERVICE_ADDRESS, r"\b10\.(9[6-9]|10\d|11[01])\.\d{1,3}\.\d{1,3}\b");
pattern!(NODE_PORT, r"\b3[0-2]\d{3}\b");
pattern!(ENDPOINT_CHAIN, r"\bKUBE-SEP-[A-Z2-7]{16}\b");
pattern!(DIFF_HEAD, r"(?m)^(diff -u -N|---|\+\+\+) .*/(LIVE|MERGED)-.*$");
pattern!(DIFF_FOLDER, r"(/tmp/)?(LIVE|MERGED)-\d+/");
pattern!(GAP, r"(\S) {2,}");
pattern!(MARK, r"⟦(\w+)=([^⟧]*)⟧");

/// What the case itself writes: its files and commands. Values that stand there are no accidents and stay.
pub struct Written(String);

impl Written {
    /// From all texts that the case writes.
    pub fn new<'a>(texts: impl IntoIterator<Item = &'a str>) -> Written {
        Written(texts.into_iter().collect::<Vec<_>>().join("\n"))
    }

    /// Whether `value` stands there as a whole word.
    pub fn has(&self, value: &str) -> bool {
        let part_of_word = |c: char| c.is_ascii_alphanumeric();
        self.0.match_indices(value).any(|(at, _)| {
            let before = self.0[..at].chars().next_back();
            let after = self.0[at + value.len()..].chars().next();
            let first_is_word = value.starts_with(part_of_word);
            !(first_is_word && before.is_some_and(part_of_word) || after.is_some_and(part_of_word))
        })
    }
}

/// One output, normalised.
pub fn text(output: &str, written: &Written) -> String {
    number(&order(&mark(output, written)))
}

/// One line with the kinds of random values in place of the values.
pub fn without_chance(line: &str, written: &Written) -> String {
    blind(&mark(line, written))
}

/// Puts marks in place of random and clock values; the marks still hold the values.
fn mark(output: &str, written: &Written) -> String {
    let keep = |value: &str, kind: &str| {
        if written.has(value) { value.to_owned() } else { format!("{OPEN}{kind}={value}{CLOSE}") }
    };
    let text = DIFF_HEAD.replace_all(output, "$1 $2");
    let text = DIFF_FOLDER.replace_all(&text, "$2/");
    let text = UID.replace_all(&text, |found: &Captures| keep(&found[0], "uid"));
    let text = STAMP.replace_all(
        &text,
        |found: &Captures| {
            if written.has(&found[0]) { found[0].to_owned() } else { "<time>".to_owned() }
        },
    );
    let text = LONG_STAMP.replace_all(&text, "<time>");
    let text = REVISION.replace_all(&text, |found: &Captures| {
        if written.has(&found[2]) { found[0].to_owned() } else { format!("{}<revision>", &found[1]) }
    });
    let text = GENERATION.replace_all(&text, "${1}<generation>");
    // Twice, as neighbouring ages share the space between them.
    let text = AGE.replace_all(&text, "$1<age>$3");
    let text = AGE.replace_all(&text, "$1<age>$3");
    let text = HASH_FIELD.replace_all(&text, |found: &Captures| format!("{}{}", &found[1], keep(&found[2], "hash")));
    let name_part = |kind: &'static str| {
        move |found: &Captures| {
            let is_number = found[2].bytes().all(|byte| byte.is_ascii_digit());
            if is_number || written.has(&found[2]) {
                found[0].to_owned()
            } else {
                format!("{}{OPEN}{kind}={}{CLOSE}", &found[1], &found[2])
            }
        }
    };
    let text = HASH.replace_all(&text, name_part("hash"));
    let text = SUFFIX.replace_all(&text, name_part("name"));
    let text = POD_ADDRESS.replace_all(&text, |found: &Captures| {
        let dotted = found[0].replace('-', ".");
        let last = dotted.rsplit('.').next().unwrap_or_default();
        if last == "0" || last == "1" || written.has(&found[0]) || written.has(&dotted) {
            found[0].to_owned()
        } else {
            format!("{OPEN}pod{}={dotted}{CLOSE}", if &found[1] == "-" { "dashed" } else { "" })
        }
    });
    let text = SERVICE_ADDRESS.replace_all(&text, |found: &Captures| {
        if matches!(&found[0], "10.96.0.0" | "10.96.0.1" | "10.96.0.10") {
            found[0].to_owned()
        } else {
            keep(&found[0], "service")
        }
    });
    let text = NODE_PORT.replace_all(&text, |found: &Captures| {
        let port: u32 = found[0].parse().unwrap_or_default();
        if (30000..=32767).contains(&port) && !text.contains(&format!("{port}-")) && !text.contains(&format!("-{port}"))
        {
            keep(&found[0], "nodeport")
        } else {
            found[0].to_owned()
        }
    });
    let text = ENDPOINT_CHAIN.replace_all(&text, |found: &Captures| keep(&found[0], "chain"));
    // A gap inside a line; the indent at its start stays.
    GAP.replace_all(&text, "$1  ").into_owned()
}

/// The text with the values taken out of the marks: what does not depend on chance.
fn blind(text: &str) -> String {
    MARK.replace_all(text, "<$1>").into_owned()
}

/// Sorts what stands in the order of random values, or in an order that Kubernetes leaves to chance.
fn order(text: &str) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for field in ["addresses", "notReadyAddresses", "endpoints", "subsets"] {
        sort_items(&mut lines, field, |_| true);
    }
    let named_by_chance = |item: &str| {
        static NAME: LazyLock<Regex> = LazyLock::new(|| Regex::new("\"?name\"?: \"?[^\\s\"]*⟦(name|hash)=").unwrap());
        NAME.is_match(item)
    };
    sort_items(&mut lines, "items", named_by_chance);
    sort_rows(&mut lines);
    let mut ordered = lines.join("\n");
    if text.ends_with('\n') {
        ordered.push('\n');
    }
    ordered
}

/// Sorts the items of every list `field` (YAML or JSON as kubectl prints them) of which an item meets `condition`.
fn sort_items(lines: &mut [String], field: &str, condition: impl Fn(&str) -> bool) {
    let yaml_head = format!("{field}:");
    let json_head = format!("\"{field}\": [");
    let mut at = 0;
    while at < lines.len() {
        let body = lines[at].trim_start().trim_start_matches("- ");
        let indent = lines[at].len() - body.len();
        if body == yaml_head {
            let end = lines[at + 1..].iter().position(|line| {
                let deep = line.len() - line.trim_start().len();
                !(deep > indent || deep == indent && line.trim_start().starts_with("- "))
            });
            let end = end.map_or(lines.len(), |end| at + 1 + end);
            let starts =
                |line: &str| line.len() - line.trim_start().len() == indent && line.trim_start().starts_with('-');
            sort_blocks(&mut lines[at + 1..end], starts, &condition);
        } else if body == json_head {
            let closing = format!("{}]", " ".repeat(indent));
            let end = lines[at + 1..].iter().position(|line| line.starts_with(&closing));
            let end = end.map_or(lines.len(), |end| at + 1 + end);
            // The comma after all items but the last belongs to the list.
            for line in &mut lines[at + 1..end] {
                if line.len() - line.trim_start().len() == indent + 4 && line.ends_with(',') {
                    line.pop();
                }
            }
            let starts = |line: &str| {
                line.len() - line.trim_start().len() == indent + 4 && !line.trim_start().starts_with(['}', ']'])
            };
            sort_blocks(&mut lines[at + 1..end], starts, &condition);
        }
        at += 1;
    }
}

fn sort_blocks(lines: &mut [String], starts: impl Fn(&str) -> bool, condition: &impl Fn(&str) -> bool) {
    let mut blocks: Vec<Vec<String>> = Vec::new();
    for line in lines.iter() {
        match blocks.last_mut() {
            Some(block) if !starts(line) => block.push(line.clone()),
            _ => blocks.push(vec![line.clone()]),
        }
    }
    if blocks.iter().any(|block| condition(&block.join("\n"))) {
        blocks.sort_by_cached_key(|block| blind(&block.join("\n")));
        for (place, line) in lines.iter_mut().zip(blocks.into_iter().flatten()) {
            *place = line;
        }
    }
}

/// Sorts each run of lines whose first or second word is a name with a random part.
fn sort_rows(lines: &mut [String]) {
    let by_chance = |line: &str| {
        !line.starts_with([' ', '-'])
            && line.split_whitespace().take(2).any(|word| word.contains("⟦name=") || word.contains("⟦hash="))
    };
    let mut at = 0;
    while at < lines.len() {
        let run = lines[at..].iter().take_while(|line| by_chance(line)).count();
        lines[at..at + run].sort_by_cached_key(|line| blind(line));
        at += run.max(1);
    }
}

/// Gives the marks numbers by first appearance in place of the values.
fn number(text: &str) -> String {
    let mut numbers: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut next: BTreeMap<String, usize> = BTreeMap::new();
    MARK.replace_all(text, |found: &Captures| {
        let kind = found[1].trim_end_matches("dashed").to_owned();
        let number = *numbers.entry((kind.clone(), found[2].to_owned())).or_insert_with(|| {
            let next = next.entry(kind).or_default();
            *next += 1;
            *next
        });
        format!("<{}{number}>", &found[1])
    })
    .into_owned()
}
