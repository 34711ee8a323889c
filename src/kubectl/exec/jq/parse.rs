//! jq's programs taken apart: paths, pipes, literals, comparisons, functions.

use crate::value::Value;
use crate::yaml::read_json;

/// A program.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// `.`
    Same,
    /// `.name`, `.["name"]`, `.[0]`: a field or an element of what another gives.
    At(Box<Filter>, Box<Filter>),
    /// `.[1:3]`
    Slice(Box<Filter>, Option<i64>, Option<i64>),
    /// `.[]`
    Each(Box<Filter>),
    /// `f?`
    Try(Box<Filter>),
    /// `f | g`
    Pipe(Box<Filter>, Box<Filter>),
    /// `f, g`
    Both(Box<Filter>, Box<Filter>),
    /// `a == b`, `a + b`, `a and b`, `a // b`
    Two(&'static str, Box<Filter>, Box<Filter>),
    /// `1`, `"x"`, `null`
    Literal(Value),
    /// `"a\(f)b"`
    Text(Vec<Filter>),
    /// `[f]`
    List(Option<Box<Filter>>),
    /// `{a: f}`
    Map(Vec<(Filter, Filter)>),
    /// `name(f; g)`
    Call(String, Vec<Filter>),
    /// `if a then b else c end`
    If(Box<Filter>, Box<Filter>, Box<Filter>),
}

/// Filters inside of each other.
const DEEPEST: usize = 40;
/// Parts of a program that can hang on each other.
const LONGEST: usize = 200;

/// Signs, the weakest binding first.
const SIGNS: [&[&str]; 6] =
    [&["//"], &["or"], &["and"], &["==", "!=", "<=", ">=", "<", ">"], &["+", "-"], &["*", "/", "%"]];

/// Reads a program; the error names what was not expected.
pub fn parse(text: &str) -> Result<Filter, String> {
    let mut parser = Parser { rest: text, depth: 0, parts: 0 };
    let filter = parser.pipe()?;
    parser.skip();
    if parser.rest.is_empty() { Ok(filter) } else { Err(parser.unexpected()) }
}

struct Parser<'t> {
    rest: &'t str,
    depth: usize,
    parts: usize,
}

impl<'t> Parser<'t> {
    fn skip(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn unexpected(&self) -> String {
        match self.rest.chars().next() {
            Some(c) => format!("syntax error, unexpected {c:?}"),
            None => "syntax error, unexpected end of file".to_owned(),
        }
    }

    fn takes(&mut self, sign: &str) -> bool {
        self.skip();
        let Some(rest) = self.rest.strip_prefix(sign) else { return false };
        let is_word = sign.ends_with(|c: char| c.is_ascii_alphabetic());
        if is_word && rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
            return false;
        }
        // `|=`, `//=` and the like are assignments, which are not here.
        if matches!(sign, "|" | "//" | "+" | "-" | "*" | "/" | "%") && rest.starts_with('=') {
            return false;
        }
        self.rest = rest;
        true
    }

    /// One more part.
    fn grow(&mut self) -> Result<(), String> {
        self.parts += 1;
        if self.parts > LONGEST { Err("too long".to_owned()) } else { Ok(()) }
    }

    fn expect(&mut self, sign: &str) -> Result<(), String> {
        if self.takes(sign) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn pipe(&mut self) -> Result<Filter, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("too deep".to_owned());
        }
        let mut filter = self.comma()?;
        while self.takes("|") {
            self.grow()?;
            filter = Filter::Pipe(filter.into(), self.comma()?.into());
        }
        self.depth -= 1;
        Ok(filter)
    }

    fn comma(&mut self) -> Result<Filter, String> {
        let mut filter = self.two(0)?;
        while self.takes(",") {
            self.grow()?;
            filter = Filter::Both(filter.into(), self.two(0)?.into());
        }
        Ok(filter)
    }

    fn two(&mut self, level: usize) -> Result<Filter, String> {
        let Some(signs) = SIGNS.get(level) else { return self.postfix() };
        let mut filter = self.two(level + 1)?;
        loop {
            self.skip();
            // `/` is no half of `//`.
            let found = signs.iter().find(|sign| {
                !(**sign == "/" && self.rest.starts_with("//"))
                    && Parser { rest: self.rest, depth: 0, parts: 0 }.takes(sign)
            });
            let Some(sign) = found else { return Ok(filter) };
            self.takes(sign);
            self.grow()?;
            filter = Filter::Two(sign, filter.into(), self.two(level + 1)?.into());
        }
    }

    fn postfix(&mut self) -> Result<Filter, String> {
        let mut filter = self.primary()?;
        loop {
            self.grow()?;
            if self.rest.starts_with('.') && !self.rest.starts_with("..") {
                self.rest = self.rest.get(1..).unwrap_or("");
                if !self.rest.starts_with('[') {
                    let name = self.name().ok_or_else(|| self.unexpected())?;
                    filter = Filter::At(filter.into(), name.into());
                }
            } else if self.rest.starts_with('[') {
                self.rest = self.rest.get(1..).unwrap_or("");
                filter = self.brackets(filter)?;
            } else if self.rest.starts_with('?') {
                self.rest = self.rest.get(1..).unwrap_or("");
                filter = Filter::Try(filter.into());
            } else {
                return Ok(filter);
            }
        }
    }

    /// What follows `[` behind a filter.
    fn brackets(&mut self, of: Filter) -> Result<Filter, String> {
        if self.takes("]") {
            return Ok(Filter::Each(of.into()));
        }
        let from = if self.takes(":") {
            None
        } else {
            let index = self.pipe()?;
            if !self.takes(":") {
                self.expect("]")?;
                return Ok(Filter::At(of.into(), index.into()));
            }
            Some(whole(&index)?)
        };
        let to = if self.takes("]") {
            return Ok(Filter::Slice(of.into(), from, None));
        } else {
            whole(&self.pipe()?)?
        };
        self.expect("]")?;
        Ok(Filter::Slice(of.into(), from, Some(to)))
    }

    /// `name`, `"name"`
    fn name(&mut self) -> Option<Filter> {
        if self.rest.starts_with('"') {
            return self.text().ok();
        }
        self.word().map(|word| Filter::Literal(word.into()))
    }

    fn word(&mut self) -> Option<&'t str> {
        let starts = self.rest.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '@'));
        let length = self.rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '@')));
        let (word, rest) = self.rest.split_at(length.unwrap_or(self.rest.len()));
        self.rest = if starts { rest } else { self.rest };
        starts.then_some(word)
    }

    fn primary(&mut self) -> Result<Filter, String> {
        self.skip();
        match self.rest.chars().next() {
            Some('.') => {
                self.rest = self.rest.get(1..).unwrap_or("");
                Ok(match self.name() {
                    Some(name) => Filter::At(Filter::Same.into(), name.into()),
                    None if self.rest.starts_with('.') => return Err(self.unexpected()),
                    None => Filter::Same,
                })
            }
            Some('(') => {
                self.takes("(");
                let filter = self.pipe()?;
                self.expect(")")?;
                Ok(filter)
            }
            Some('[') => {
                self.takes("[");
                if self.takes("]") {
                    return Ok(Filter::List(None));
                }
                let filter = self.pipe()?;
                self.expect("]")?;
                Ok(Filter::List(Some(filter.into())))
            }
            Some('{') => self.map(),
            Some('"') => self.text(),
            Some(c) if c.is_ascii_digit() || c == '-' => {
                let rest = self.rest.get(1..).unwrap_or("");
                let length =
                    rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).map_or(self.rest.len(), |at| at + 1);
                let (number, rest) = self.rest.split_at(length);
                let value = read_json(number).map_err(|_| self.unexpected())?;
                self.rest = rest;
                Ok(Filter::Literal(value))
            }
            _ => self.call(),
        }
    }

    fn call(&mut self) -> Result<Filter, String> {
        let word = self.word().ok_or_else(|| self.unexpected())?;
        match word {
            "true" => return Ok(Filter::Literal(true.into())),
            "false" => return Ok(Filter::Literal(false.into())),
            "null" => return Ok(Filter::Literal(Value::Null)),
            "if" => {
                let condition = self.pipe()?;
                self.expect("then")?;
                let then = self.pipe()?;
                let otherwise = if self.takes("else") { self.pipe()? } else { Filter::Same };
                self.expect("end")?;
                return Ok(Filter::If(condition.into(), then.into(), otherwise.into()));
            }
            "then" | "else" | "end" | "and" | "or" | "as" | "def" | "reduce" | "foreach" => {
                return Err(format!("syntax error, unexpected {word}"));
            }
            _ => {}
        }
        let mut arguments = Vec::new();
        if self.rest.starts_with('(') {
            self.takes("(");
            arguments.push(self.pipe()?);
            while self.takes(";") {
                arguments.push(self.pipe()?);
            }
            self.expect(")")?;
        }
        Ok(Filter::Call(word.to_owned(), arguments))
    }

    fn map(&mut self) -> Result<Filter, String> {
        self.takes("{");
        let mut entries = Vec::new();
        while !self.takes("}") {
            self.skip();
            let key = if self.takes("(") {
                let key = self.pipe()?;
                self.expect(")")?;
                key
            } else {
                self.name().ok_or_else(|| self.unexpected())?
            };
            let value =
                if self.takes(":") { self.two(0)? } else { Filter::At(Filter::Same.into(), key.clone().into()) };
            entries.push((key, value));
            self.skip();
            if !self.takes(",") && !self.rest.starts_with('}') {
                return Err(self.unexpected());
            }
        }
        Ok(Filter::Map(entries))
    }

    /// A text, with `\(f)` in it.
    fn text(&mut self) -> Result<Filter, String> {
        let mut parts = Vec::new();
        let mut literal = String::from("\"");
        self.rest = self.rest.get(1..).unwrap_or("");
        let read = |literal: &str| read_json(&format!("{literal}\"")).map_err(|_| "invalid escape".to_owned());
        loop {
            let c = self.rest.chars().next().ok_or("syntax error, unterminated string")?;
            self.rest = self.rest.get(c.len_utf8()..).unwrap_or("");
            match c {
                '"' => break,
                '\\' if self.rest.starts_with('(') => {
                    self.takes("(");
                    parts.push(Filter::Literal(read(&literal)?));
                    literal = String::from("\"");
                    parts.push(self.pipe()?);
                    self.expect(")")?;
                }
                '\\' => {
                    let next = self.rest.chars().next().ok_or("syntax error, unterminated string")?;
                    literal.extend(['\\', next]);
                    self.rest = self.rest.get(next.len_utf8()..).unwrap_or("");
                }
                c => literal.push(c),
            }
        }
        let last = Filter::Literal(read(&literal)?);
        if parts.is_empty() {
            return Ok(last);
        }
        parts.push(last);
        Ok(Filter::Text(parts))
    }
}

fn whole(filter: &Filter) -> Result<i64, String> {
    match filter {
        Filter::Literal(value) => value.as_i64().ok_or_else(|| "slices take whole numbers".to_owned()),
        _ => Err("slices take whole numbers".to_owned()),
    }
}
