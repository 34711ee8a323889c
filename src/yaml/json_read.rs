//! JSON text to a tree with positions, refused in the words of Go's encoding/json.

use super::{Kind, Node, NodeId, Position, Span, Style, Tree};

/// Why a text is no JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct JsonProblem {
    /// Go's words.
    pub words: String,
    /// Go's offset: bytes read, the wrong one included. `None` where the text just ends.
    pub offset: Option<usize>,
    /// Where.
    pub at: Position,
}

/// How deep values may nest.
const MAX_DEPTH: usize = 120;

/// The first JSON value in `text`, which begins at `base`, and the place after it.
pub(super) fn read_value(text: &str, base: Position) -> Result<(Tree, Position), JsonProblem> {
    let mut reader = Reader { text, base, at: base, tree: Tree::default(), depth: 0 };
    reader.skip_space();
    let root = reader.value()?;
    reader.tree.set_root(root);
    Ok((reader.tree, reader.at))
}

/// A byte as Go's error messages quote it.
pub(super) fn quote_byte(byte: u8) -> String {
    match byte {
        b'\'' => "'\\''".to_owned(),
        b'"' => "'\"'".to_owned(),
        b'\\' => "'\\\\'".to_owned(),
        b'\n' => "'\\n'".to_owned(),
        b'\r' => "'\\r'".to_owned(),
        b'\t' => "'\\t'".to_owned(),
        0x20..=0x7E | 0xA1..=0xFF => format!("'{}'", char::from(byte)),
        _ => format!("'\\x{byte:02x}'"),
    }
}

struct Reader<'a> {
    text: &'a str,
    base: Position,
    at: Position,
    tree: Tree,
    depth: usize,
}

impl Reader<'_> {
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get((self.at.byte - self.base.byte) as usize).copied()
    }

    fn take(&mut self) -> Option<char> {
        let character = self.text.get((self.at.byte - self.base.byte) as usize..)?.chars().next()?;
        let line_break = character == '\n';
        self.at = self.at.after(character);
        if line_break {
            self.at.line += 1;
            self.at.column = 0;
        }
        Some(character)
    }

    fn skip_space(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.take();
        }
    }

    fn wrong(&self, context: &str) -> JsonProblem {
        match self.byte() {
            None => JsonProblem { words: "unexpected EOF".to_owned(), offset: None, at: self.at },
            Some(byte) => JsonProblem {
                words: format!("invalid character {} {context}", quote_byte(byte)),
                offset: Some((self.at.byte - self.base.byte) as usize + 1),
                at: self.at,
            },
        }
    }

    fn add(&mut self, kind: Kind, start: Position) -> NodeId {
        self.tree.add(Node { kind, span: Span::new(start, self.at), tag: String::new() })
    }

    fn value(&mut self) -> Result<NodeId, JsonProblem> {
        if self.depth >= MAX_DEPTH {
            let offset = Some((self.at.byte - self.base.byte) as usize + 1);
            return Err(JsonProblem { words: "exceeded max depth".to_owned(), offset, at: self.at });
        }
        self.depth += 1;
        let value = self.value_at_depth();
        self.depth -= 1;
        value
    }

    fn value_at_depth(&mut self) -> Result<NodeId, JsonProblem> {
        let start = self.at;
        match self.byte() {
            Some(b'{') => {
                let pairs = self.object()?;
                Ok(self.add(Kind::Mapping(pairs), start))
            }
            Some(b'[') => {
                let items = self.array()?;
                Ok(self.add(Kind::Sequence(items), start))
            }
            Some(b'"') => self.string(),
            Some(b't') => self.literal("true"),
            Some(b'f') => self.literal("false"),
            Some(b'n') => self.literal("null"),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(self.wrong("looking for beginning of value")),
        }
    }

    fn object(&mut self) -> Result<Vec<(NodeId, NodeId)>, JsonProblem> {
        self.take();
        self.skip_space();
        let mut pairs = Vec::new();
        if self.byte() == Some(b'}') {
            self.take();
            return Ok(pairs);
        }
        loop {
            self.skip_space();
            if self.byte() != Some(b'"') {
                return Err(self.wrong("looking for beginning of object key string"));
            }
            let key = self.string()?;
            self.skip_space();
            if self.byte() != Some(b':') {
                return Err(self.wrong("after object key"));
            }
            self.take();
            self.skip_space();
            pairs.push((key, self.value()?));
            self.skip_space();
            match self.byte() {
                Some(b',') => self.take(),
                Some(b'}') => {
                    self.take();
                    return Ok(pairs);
                }
                _ => return Err(self.wrong("after object key:value pair")),
            };
        }
    }

    fn array(&mut self) -> Result<Vec<NodeId>, JsonProblem> {
        self.take();
        self.skip_space();
        let mut items = Vec::new();
        if self.byte() == Some(b']') {
            self.take();
            return Ok(items);
        }
        loop {
            self.skip_space();
            items.push(self.value()?);
            self.skip_space();
            match self.byte() {
                Some(b',') => self.take(),
                Some(b']') => {
                    self.take();
                    return Ok(items);
                }
                _ => return Err(self.wrong("after array element")),
            };
        }
    }

    fn literal(&mut self, word: &str) -> Result<NodeId, JsonProblem> {
        let start = self.at;
        for expected in word.chars() {
            if self.byte() != Some(expected as u8) {
                return Err(self.wrong(&format!("in literal {word} (expecting {})", quote_byte(expected as u8))));
            }
            self.take();
        }
        Ok(self.add(Kind::Scalar(word.to_owned(), Style::Plain), start))
    }

    fn digits(&mut self, text: &mut String, context: &str) -> Result<(), JsonProblem> {
        if !self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
            return Err(self.wrong(context));
        }
        while self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
            text.extend(self.take());
        }
        Ok(())
    }

    fn number(&mut self) -> Result<NodeId, JsonProblem> {
        let start = self.at;
        let mut text = String::new();
        if self.byte() == Some(b'-') {
            text.extend(self.take());
        }
        if self.byte() == Some(b'0') {
            text.extend(self.take());
        } else {
            self.digits(&mut text, "in numeric literal")?;
        }
        if self.byte() == Some(b'.') {
            text.extend(self.take());
            self.digits(&mut text, "after decimal point in numeric literal")?;
        }
        if matches!(self.byte(), Some(b'e' | b'E')) {
            text.extend(self.take());
            if matches!(self.byte(), Some(b'+' | b'-')) {
                text.extend(self.take());
            }
            self.digits(&mut text, "in exponent of numeric literal")?;
        }
        Ok(self.add(Kind::Scalar(text, Style::Plain), start))
    }

    fn string(&mut self) -> Result<NodeId, JsonProblem> {
        let start = self.at;
        self.take();
        let mut text = String::new();
        loop {
            match self.byte() {
                Some(b'"') => {
                    self.take();
                    return Ok(self.add(Kind::Scalar(text, Style::Quoted), start));
                }
                Some(b'\\') => {
                    self.take();
                    text.push(self.escape()?);
                }
                Some(0x20..) => text.extend(self.take()),
                _ => return Err(self.wrong("in string literal")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonProblem> {
        let character = match self.byte() {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{C}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.take();
                let first = self.hex()?;
                return self.surrogate(first);
            }
            _ => return Err(self.wrong("in string escape code")),
        };
        self.take();
        Ok(character)
    }

    fn hex(&mut self) -> Result<u32, JsonProblem> {
        let mut number = 0;
        for _ in 0..4 {
            let Some(digit) = self.byte().and_then(|byte| char::from(byte).to_digit(16)) else {
                return Err(self.wrong("in \\u hexadecimal character escape"));
            };
            number = number * 16 + digit;
            self.take();
        }
        Ok(number)
    }

    /// The character of a `\u` escape; of two, where they are a surrogate pair. A lone half reads as U+FFFD.
    fn surrogate(&mut self, first: u32) -> Result<char, JsonProblem> {
        if let 0xD800..=0xDBFF = first {
            let before = self.at;
            let rest = self.text.get((self.at.byte - self.base.byte) as usize..).unwrap_or("");
            if rest.starts_with("\\u") {
                self.take();
                self.take();
                let second = self.hex()?;
                if let 0xDC00..=0xDFFF = second {
                    let number = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
                    return Ok(char::from_u32(number).unwrap_or('\u{FFFD}'));
                }
                self.at = before;
            }
        }
        Ok(char::from_u32(first).unwrap_or('\u{FFFD}'))
    }
}
