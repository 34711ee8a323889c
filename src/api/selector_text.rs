//! Label selectors as text, as `-l` takes them.
//!
//! Models apimachinery pkg/labels/selector.go: its lexer, its parser and the words of its errors.

use super::{Requirement, Selector};
use crate::order::{Order, SortedSet};

/// A piece of a selector's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'t> {
    Word(&'t str),
    Sign(&'t str),
    End,
}

impl<'t> Token<'t> {
    fn text(self) -> &'t str {
        match self {
            Token::Word(text) | Token::Sign(text) => text,
            Token::End => "",
        }
    }
}

/// Two-letter signs come first: the longest match counts.
const SIGNS: [&str; 9] = ["==", "!=", "=", "!", "(", ")", ",", ">", "<"];

struct Parser<'t> {
    tokens: Vec<Token<'t>>,
    at: usize,
}

impl Selector {
    /// The selector that `text` says: `app=web,tier!=test,env in (a, b),!canary,size>3`. Errors are the API server's.
    pub fn parse(text: &str) -> Result<Selector, String> {
        let mut parser = Parser { tokens: tokens(text), at: 0 };
        let mut requirements = Vec::new();
        loop {
            match parser.peek() {
                Token::End => break,
                Token::Word(_) | Token::Sign("!") => {}
                Token::Sign(sign) => {
                    return Err(format!("found '{sign}', expected: !, identifier, or 'end of string'"));
                }
            }
            let requirement = parser.requirement().map_err(|why| format!("unable to parse requirement: {why}"))?;
            requirements.push(requirement);
            match parser.next() {
                Token::End => break,
                Token::Sign(",") => {
                    let after = parser.peek();
                    if !matches!(after, Token::Word(_) | Token::Sign("!")) {
                        return Err(format!("found '{}', expected: identifier after ','", after.text()));
                    }
                }
                other => return Err(format!("found '{}', expected: ',' or 'end of string'", other.text())),
            }
        }
        // Kubernetes keeps them by key.
        requirements.order_by(|one: &Requirement, other| one.key().cmp(other.key()));
        Ok(Selector { requirements })
    }
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let word = || {
            let special = |c: char| c.is_ascii_whitespace() || "=!(),><".contains(c);
            Token::Word(rest.find(special).and_then(|end| rest.get(..end)).unwrap_or(rest))
        };
        let token = SIGNS.iter().find(|sign| rest.starts_with(**sign)).map_or_else(word, |sign| Token::Sign(sign));
        let length = token.text().len();
        tokens.push(token);
        rest = rest.get(length..).unwrap_or("").trim_start();
    }
    tokens
}

impl<'t> Parser<'t> {
    fn peek(&self) -> Token<'t> {
        self.tokens.get(self.at).copied().unwrap_or(Token::End)
    }

    fn next(&mut self) -> Token<'t> {
        let token = self.peek();
        self.at += 1;
        token
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let missing = self.peek() == Token::Sign("!");
        if missing {
            self.next();
        }
        let key = match self.next() {
            Token::Word(key) => key.to_owned(),
            other => return Err(format!("found '{}', expected: identifier", other.text())),
        };
        if let Some(wrong) = wrong_key(&key) {
            return Err(format!("<nil>: Invalid value: {key:?}: {wrong}"));
        }
        if missing {
            return Ok(Requirement::Missing(key));
        }
        if matches!(self.peek(), Token::End | Token::Sign(",")) {
            return Ok(Requirement::Exists(key));
        }
        let operator = self.next();
        match operator {
            Token::Sign("=" | "==") => Ok(Requirement::In(key.clone(), vec![self.exact_value(&key)?])),
            Token::Sign("!=") => Ok(Requirement::NotIn(key.clone(), vec![self.exact_value(&key)?])),
            Token::Sign(sign @ (">" | "<")) => {
                let value = self.exact_value(&key)?;
                let number = value.parse().map_err(|_| {
                    format!(
                        "values[0]: Invalid value: {value:?}: for 'Gt', 'Lt' operators, the value must be an integer"
                    )
                })?;
                Ok(if sign == ">" { Requirement::Greater(key, number) } else { Requirement::Less(key, number) })
            }
            Token::Word(word @ ("in" | "notin")) => {
                let values = self.values(&key)?;
                Ok(if word == "in" { Requirement::In(key, values) } else { Requirement::NotIn(key, values) })
            }
            other => Err(format!("found '{}', expected: in, notin, =, ==, !=, gt, lt", other.text())),
        }
    }

    fn exact_value(&mut self, key: &str) -> Result<String, String> {
        if matches!(self.peek(), Token::End | Token::Sign(",")) {
            return Ok(String::new());
        }
        match self.next() {
            Token::Word(value) => checked(key, 0, value),
            other => Err(format!("found '{}', expected: identifier", other.text())),
        }
    }

    /// The values between brackets, each once, sorted; an empty one where nothing stands between commas.
    fn values(&mut self, key: &str) -> Result<Vec<String>, String> {
        let open = self.next();
        if open != Token::Sign("(") {
            return Err(format!("found '{}' expected: '('", open.text()));
        }
        let mut values: SortedSet<&str> = SortedSet::new();
        match self.peek() {
            Token::Sign(")") => {
                return Err(
                    "values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty".to_owned()
                );
            }
            Token::Word(_) | Token::Sign(",") => {}
            other => return Err(format!("found '{}', expected: ',', ')' or identifier", other.text())),
        }
        loop {
            match self.next() {
                Token::Word(value) => {
                    values.insert(value);
                    match self.peek() {
                        Token::Sign(",") => {}
                        Token::Sign(")") => break,
                        other => return Err(format!("found '{}', expected: ',' or ')'", other.text())),
                    }
                }
                Token::Sign(",") => {
                    if values.is_empty() || matches!(self.peek(), Token::Sign("," | ")")) {
                        values.insert("");
                    }
                    if self.peek() == Token::Sign(")") {
                        break;
                    }
                }
                other => return Err(format!("found '{}', expected: ',', or identifier", other.text())),
            }
        }
        self.next();
        values.into_iter().enumerate().map(|(place, value)| checked(key, place, value)).collect()
    }
}

fn checked(key: &str, place: usize, value: &str) -> Result<String, String> {
    let edge = |c: Option<char>| c.is_none_or(|c| c.is_ascii_alphanumeric());
    let inner = value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if value.len() > 63 {
        return Err(format!("values[{place}][{key}]: Invalid value: {value:?}: must be no more than 63 bytes"));
    }
    if inner && edge(value.chars().next()) && edge(value.chars().last()) {
        return Ok(value.to_owned());
    }
    Err(format!(
        "values[{place}][{key}]: Invalid value: {value:?}: a valid label must be an empty string or consist of alphanumeric \
         characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  \
         or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
    ))
}

/// What is wrong with a label key. Models validation.IsQualifiedName.
fn wrong_key(key: &str) -> Option<String> {
    const NAME: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an \
                        alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
                        '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
    let name = match key.split('/').collect::<Vec<_>>().as_slice() {
        ["", _] => return Some("prefix part must be non-empty".to_owned()),
        [name] | [_, name] => *name,
        _ => {
            return Some(
                "a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with \
                 an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
                 '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. \
                 'example.com/MyName')"
                    .to_owned(),
            );
        }
    };
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let inner = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if name.len() > 63 {
        return Some("name part must be no more than 63 bytes".to_owned());
    }
    (!(inner && edge(name.chars().next()) && edge(name.chars().last()))).then(|| NAME.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_are_read() {
        let check = |text: &str, labels: &[(&str, &str)]| {
            let selector = Selector::parse(text).unwrap();
            selector.matches(|key| labels.iter().find(|(one, _)| *one == key).map(|(_, value)| *value))
        };
        assert!(check("", &[]));
        assert!(check("app=web, tier!=test", &[("app", "web")]));
        assert!(check("env in (a, b),!canary,app", &[("env", "b"), ("app", "")]));
        assert!(check("env notin (a),size>3", &[("size", "4")]));
        assert!(!check("size<3", &[("size", "4")]));
        assert!(!check("size<3", &[]));
        assert!(check("app=", &[("app", "")]));
        assert!(check("app in (,a)", &[("app", "")]));
    }

    #[test]
    fn errors_are_the_servers() {
        for (text, words) in [
            ("app in web", "unable to parse requirement: found 'web' expected: '('"),
            ("app in", "unable to parse requirement: found '' expected: '('"),
            ("=web", "found '=', expected: !, identifier, or 'end of string'"),
            ("app=a b", "found 'b', expected: ',' or 'end of string'"),
            ("app,,tier", "found ',', expected: identifier after ','"),
            ("app ~ x", "unable to parse requirement: found '~', expected: in, notin, =, ==, !=, gt, lt"),
        ] {
            assert_eq!(Selector::parse(text).unwrap_err(), words, "{text}");
        }
    }
}
