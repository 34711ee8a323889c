//! `$((...))`: whole numbers, variables, `+ - * / %`, comparisons, brackets.

/// What a sum comes to; what is no number counts as 0, as in a shell.
pub fn value(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> i64 {
    let mut sum = Sum { rest: text, variable, depth: 0 };
    sum.level(0)
}

const LEVELS: [&[&str]; 4] = [&["==", "!="], &["<=", ">=", "<", ">"], &["+", "-"], &["*", "/", "%"]];
const DEEPEST: usize = 30;

struct Sum<'t> {
    rest: &'t str,
    variable: &'t dyn Fn(&str) -> Option<String>,
    depth: usize,
}

impl Sum<'_> {
    fn take(&mut self, signs: &[&'static str]) -> Option<&'static str> {
        self.rest = self.rest.trim_start();
        let sign = signs.iter().find(|sign| self.rest.starts_with(**sign))?;
        self.rest = self.rest.get(sign.len()..).unwrap_or("");
        Some(sign)
    }

    fn level(&mut self, level: usize) -> i64 {
        let Some(signs) = LEVELS.get(level) else { return self.number() };
        let mut value = self.level(level + 1);
        while let Some(sign) = self.take(signs) {
            let other = self.level(level + 1);
            value = match sign {
                "+" => value.wrapping_add(other),
                "-" => value.wrapping_sub(other),
                "*" => value.wrapping_mul(other),
                "/" => value.checked_div(other).unwrap_or(0),
                "%" => value.checked_rem(other).unwrap_or(0),
                "==" => i64::from(value == other),
                "!=" => i64::from(value != other),
                "<=" => i64::from(value <= other),
                ">=" => i64::from(value >= other),
                "<" => i64::from(value < other),
                _ => i64::from(value > other),
            };
        }
        value
    }

    fn number(&mut self) -> i64 {
        self.depth += 1;
        let value = match self.take(&["(", "-", "!"]) {
            _ if self.depth > DEEPEST => {
                self.rest = "";
                0
            }
            Some("(") => {
                let value = self.level(0);
                self.take(&[")"]);
                value
            }
            Some("-") => self.number().wrapping_neg(),
            Some(_) => i64::from(self.number() == 0),
            None => {
                let end = self.rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(self.rest.len());
                let (word, rest) = self.rest.split_at(end);
                self.rest = rest;
                let number = word.parse().ok();
                number.or_else(|| (self.variable)(word)?.trim().parse().ok()).unwrap_or(0)
            }
        };
        self.depth -= 1;
        value
    }
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn sums_are_a_shells() {
        for (text, expected) in [
            ("1+2*3", 7),
            ("(1 + 2) * 3", 9),
            ("i + 1", 5),
            ("7 % 4 - -1", 4),
            ("1/0", 0),
            ("2 < 3", 1),
            ("", 0),
            ("((((", 0),
        ] {
            assert_eq!(value(text, &|name| (name == "i").then(|| "4".to_owned())), expected, "{text}");
        }
        assert_eq!(value(&"(".repeat(10_000), &|_| None), 0);
    }
}
