//! awk: `[CONDITION] {print ...}` with `-F`; conditions are `/pattern/`, `$N == "text"`, `$N ~ /pattern/`, and `NR` or a
//! field against a number.

use super::lines::{Lines, Made, print};
use super::text::{matched, unescaped};
use super::world::Ended;

struct Awk {
    separator: Option<String>,
    condition: String,
    items: Option<String>,
    number: usize,
}

/// Reads `awk [-F X] PROGRAM`.
pub fn made(args: &[&str]) -> Made {
    let mut separator = None;
    let mut program = None;
    let mut words = args.iter();
    while let Some(arg) = words.next() {
        match arg.strip_prefix("-F") {
            Some("") => separator = words.next().copied(),
            Some(rest) => separator = Some(rest),
            None => program = program.or(Some(*arg)),
        }
    }
    let unknown = || Ended::fail(2, "awk: only programs such as '{print $1}' are understood in the playground");
    let program = program.ok_or_else(unknown)?.trim();
    let (condition, items) = match program.split_once('{') {
        None => (program, None),
        Some((condition, action)) => {
            let action = action.strip_suffix('}').ok_or_else(unknown)?.trim().trim_end_matches(';');
            let items = action.strip_prefix("print").filter(|items| !items.starts_with('f') && !action.contains(';'));
            (condition.trim(), Some(items.ok_or_else(unknown)?.trim().to_owned()))
        }
    };
    if condition.contains("BEGIN") || condition.contains("END") {
        return Err(unknown());
    }
    let separator = separator.map(unescaped).filter(|one| !one.is_empty() && one != " ");
    Ok(Box::new(Awk { separator, condition: condition.to_owned(), items, number: 0 }))
}

impl Awk {
    fn value(&self, item: &str, line: &str, fields: &[&str]) -> String {
        let item = item.trim();
        let number = |text: &str| match text.strip_prefix("NF") {
            Some("") => Some(fields.len()),
            Some(rest) => rest.strip_prefix('-').and_then(|less| Some(fields.len().saturating_sub(less.parse().ok()?))),
            None => text.parse().ok(),
        };
        match item.strip_prefix('$') {
            Some("0") => line.to_owned(),
            Some(at) => {
                let at = number(at.trim_matches(['(', ')']));
                at.and_then(|at| fields.get(at.checked_sub(1)?)).copied().unwrap_or("").to_owned()
            }
            None if item == "NF" => fields.len().to_string(),
            None if item == "NR" => self.number.to_string(),
            None => unescaped(item.trim_matches('"')),
        }
    }

    /// `$1 "-" $2`: what stands side by side is joined, what commas part gets a space between.
    fn printed(&self, items: &str, line: &str, fields: &[&str]) -> String {
        if items.is_empty() {
            return line.to_owned();
        }
        let mut out = String::new();
        for (quoted, part) in items.split('"').enumerate().map(|(at, part)| (at % 2 == 1, part)) {
            if quoted {
                out.push_str(&unescaped(part));
                continue;
            }
            for (at, side) in part.split(',').enumerate() {
                if at > 0 {
                    out.push(' ');
                }
                side.split_whitespace().for_each(|item| out.push_str(&self.value(item, line, fields)));
            }
        }
        out
    }

    fn holds(&self, condition: &str, line: &str, fields: &[&str]) -> bool {
        if let Some((one, other)) = condition.split_once("&&") {
            return self.holds(one.trim(), line, fields) && self.holds(other.trim(), line, fields);
        }
        if let Some(pattern) = pattern(condition) {
            return matched(pattern, line).is_some();
        }
        if let Some(pattern) = condition.strip_prefix('!').and_then(pattern) {
            return matched(pattern, line).is_none();
        }
        for (sign, turned) in [("!~", true), ("~", false)] {
            if let Some((item, wanted)) = condition.split_once(sign) {
                let wanted = wanted.trim();
                let wanted = pattern(wanted).unwrap_or(wanted.trim_matches('"'));
                return matched(wanted, &self.value(item, line, fields)).is_some() != turned;
            }
        }
        for sign in ["==", "!=", ">=", "<=", ">", "<"] {
            let Some((item, wanted)) = condition.split_once(sign) else { continue };
            let (one, other) = (self.value(item, line, fields), self.value(wanted, line, fields));
            let order = match (one.parse::<f64>(), other.parse::<f64>()) {
                (Ok(one), Ok(other)) => one.total_cmp(&other),
                _ => one.cmp(&other),
            };
            return match sign {
                "==" => order.is_eq(),
                "!=" => order.is_ne(),
                ">=" => order.is_ge(),
                "<=" => order.is_le(),
                ">" => order.is_gt(),
                _ => order.is_lt(),
            };
        }
        true
    }
}

/// What stands between slashes.
fn pattern(text: &str) -> Option<&str> {
    text.strip_prefix('/')?.strip_suffix('/')
}

impl Lines for Awk {
    fn line(&mut self, line: &str, out: &mut String) -> bool {
        self.number += 1;
        let fields: Vec<&str> = match &self.separator {
            Some(separator) => line.split(separator.as_str()).collect(),
            None => line.split_whitespace().collect(),
        };
        if self.holds(&self.condition, line, &fields) {
            print(out, &self.printed(self.items.as_deref().unwrap_or(""), line, &fields));
        }
        true
    }
}
