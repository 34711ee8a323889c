//! Text to tokens, as YAML 1.1 describes it: indentation becomes tokens, and a key is known by the `: ` after it.
//!
//! The words and places of errors are those of libyaml, on which go-yaml v2 is modelled.

mod marks;

use super::{Position, Style};
use crate::order::SortedMap;
use std::collections::VecDeque;

/// A piece of the grammar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    StreamEnd,
    /// `%YAML`: whether its version is 1.1.
    Version(bool),
    /// `%TAG handle prefix`.
    TagDirective(String, String),
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias(String),
    Anchor(String),
    /// Handle and suffix.
    Tag(String, String),
    Scalar(String, Style),
}

/// A token and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub token: Token,
    pub start: Position,
    pub end: Position,
}

/// Why a text is no YAML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    /// What is wrong, in libyaml's words.
    pub words: String,
    /// Where it shows.
    pub at: Position,
    /// Where the construct begins that it breaks.
    pub context: Option<Position>,
    /// How its line is told.
    pub lines: Lines,
}

/// How go-yaml tells the line of a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lines {
    /// Counted from 1: found while scanning.
    FromOne,
    /// Counted from 0: found by the grammar.
    FromZero,
    /// Not at all.
    Untold,
}

impl Problem {
    /// What go-yaml says, with the line inside the document that begins at `base`. It tells no line 0, and takes the
    /// context's instead.
    pub(super) fn message(&self, base: Position) -> String {
        let line = |at: Position| at.line.saturating_sub(base.line);
        let told = match (self.lines, line(self.at)) {
            (Lines::Untold, _) => 0,
            (_, 0) => self.context.map_or(0, line),
            (Lines::FromOne, at) => at + 1,
            (Lines::FromZero, at) => at,
        };
        if told == 0 { format!("yaml: {}", self.words) } else { format!("yaml: line {told}: {}", self.words) }
    }
}

/// A place where a key without `?` may have begun.
#[derive(Clone, Copy, Debug, Default)]
struct SimpleKey {
    possible: bool,
    required: bool,
    token: usize,
    at: Position,
}

/// How deep flow collections and indentation may go.
const MAX_DEPTH: usize = 10_000;
/// A key without `?` is at most this long.
const MAX_KEY: u32 = 1024;

/// The scanner over one document's text.
pub(super) struct Scanner<'a> {
    text: &'a str,
    /// Where `text` begins in the file.
    base: Position,
    pub(super) at: Position,
    tokens: VecDeque<Placed>,
    /// How many tokens were taken.
    taken: usize,
    pub(super) indent: i64,
    indents: Vec<i64>,
    pub(super) flow_level: usize,
    pub(super) key_allowed: bool,
    keys: Vec<SimpleKey>,
    key_of_token: SortedMap<usize, usize>,
    ended: bool,
}

impl<'a> Scanner<'a> {
    /// The scanner of `text`, whose first byte is at `base` of its file.
    pub(super) fn new(text: &'a str, base: Position) -> Scanner<'a> {
        Scanner {
            text,
            base,
            at: base,
            tokens: VecDeque::new(),
            taken: 0,
            indent: -1,
            indents: Vec::new(),
            flow_level: 0,
            key_allowed: true,
            keys: vec![SimpleKey::default()],
            key_of_token: SortedMap::new(),
            ended: false,
        }
    }

    /// The next token, left in place.
    pub(super) fn peek(&mut self) -> Result<&Placed, Problem> {
        self.fill()?;
        let at = self.at;
        if self.tokens.is_empty() {
            self.tokens.push_back(Placed { token: Token::StreamEnd, start: at, end: at });
        }
        self.tokens.front().ok_or_else(|| self.problem("found unexpected end of stream", None))
    }

    /// The next token, taken.
    pub(super) fn next(&mut self) -> Result<Placed, Problem> {
        self.peek()?;
        let first = self.tokens.pop_front();
        self.taken += 1;
        first.ok_or_else(|| self.problem("found unexpected end of stream", None))
    }

    /// Fetches until the first token is certain: a possible key at it could still put tokens before it.
    fn fill(&mut self) -> Result<(), Problem> {
        loop {
            if !self.tokens.is_empty() {
                let Some(level) = self.key_of_token.get(&self.taken).copied() else { return Ok(()) };
                if !self.key_is_valid(level)? {
                    return Ok(());
                }
            }
            if self.ended {
                return Ok(());
            }
            self.fetch()?;
        }
    }

    pub(super) fn problem(&self, words: &str, context: Option<Position>) -> Problem {
        Problem { words: words.to_owned(), at: self.at, context, lines: Lines::FromOne }
    }

    /// The byte `ahead` bytes from here; 0 past the end.
    pub(super) fn byte(&self, ahead: usize) -> u8 {
        self.text.as_bytes().get((self.at.byte - self.base.byte) as usize + ahead).copied().unwrap_or(0)
    }

    pub(super) fn rest(&self) -> &'a str {
        self.text.get((self.at.byte - self.base.byte) as usize..).unwrap_or("")
    }

    pub(super) fn at_end(&self) -> bool {
        self.rest().is_empty()
    }

    pub(super) fn is_blank(&self, ahead: usize) -> bool {
        matches!(self.byte(ahead), b' ' | b'\t')
    }

    /// Whether a line break stands `ahead` bytes from here.
    pub(super) fn is_break(&self, ahead: usize) -> bool {
        match self.byte(ahead) {
            b'\r' | b'\n' => true,
            0xC2 => self.byte(ahead + 1) == 0x85,
            0xE2 => self.byte(ahead + 1) == 0x80 && matches!(self.byte(ahead + 2), 0xA8 | 0xA9),
            _ => false,
        }
    }

    pub(super) fn is_break_or_end(&self, ahead: usize) -> bool {
        self.byte(ahead) == 0 || self.is_break(ahead)
    }

    pub(super) fn is_blank_break_or_end(&self, ahead: usize) -> bool {
        self.is_blank(ahead) || self.is_break_or_end(ahead)
    }

    /// Takes one character that is no line break.
    pub(super) fn skip(&mut self) -> Option<char> {
        let byte = self.byte(0);
        if byte < 0x80 {
            if self.at_end() {
                return None;
            }
            self.at.byte += 1;
            self.at.utf16 += 1;
            self.at.column += 1;
            return Some(char::from(byte));
        }
        let character = self.rest().chars().next()?;
        self.at = self.at.after(character);
        Some(character)
    }

    /// Takes a line break and gives what it reads as.
    pub(super) fn skip_break(&mut self) -> &'static str {
        let (bytes, units, reads_as) = match self.byte(0) {
            b'\r' if self.byte(1) == b'\n' => (2, 2, "\n"),
            b'\r' | b'\n' => (1, 1, "\n"),
            0xC2 => (2, 1, "\n"),
            0xE2 if self.byte(2) == 0xA8 => (3, 1, "\u{2028}"),
            0xE2 => (3, 1, "\u{2029}"),
            _ => return "",
        };
        self.at.byte += bytes;
        self.at.utf16 += units;
        self.at.line += 1;
        self.at.column = 0;
        reads_as
    }

    pub(super) fn column(&self) -> i64 {
        i64::from(self.at.column)
    }

    fn push(&mut self, token: Token, start: Position) {
        let end = self.at;
        self.tokens.push_back(Placed { token, start, end });
    }

    /// Whether `---` or `...` stands here at the beginning of a line.
    pub(super) fn at_document_indicator(&self) -> bool {
        let dashes = |byte| self.byte(0) == byte && self.byte(1) == byte && self.byte(2) == byte;
        self.at.column == 0 && (dashes(b'-') || dashes(b'.')) && self.is_blank_break_or_end(3)
    }

    /// Scans one more token (with the tokens that indentation makes before it) into the queue.
    fn fetch(&mut self) -> Result<(), Problem> {
        self.skip_to_token();
        self.unroll(self.column());
        if self.at_end() {
            return self.fetch_end();
        }
        if self.at.column == 0 && self.byte(0) == b'%' {
            return self.fetch_directive();
        }
        if self.at_document_indicator() {
            let token = if self.byte(0) == b'-' { Token::DocumentStart } else { Token::DocumentEnd };
            return self.fetch_document_indicator(token);
        }
        let in_flow = self.flow_level > 0;
        let spaced = self.is_blank_break_or_end(1);
        match self.byte(0) {
            b'[' => self.fetch_flow_start(Token::FlowSequenceStart),
            b'{' => self.fetch_flow_start(Token::FlowMappingStart),
            b']' => self.fetch_flow_end(Token::FlowSequenceEnd),
            b'}' => self.fetch_flow_end(Token::FlowMappingEnd),
            b',' => {
                self.drop_key()?;
                self.key_allowed = true;
                self.take_one(Token::FlowEntry);
                Ok(())
            }
            b'-' if spaced => self.fetch_block_entry(),
            b'?' if in_flow || spaced => self.fetch_key(),
            b':' if in_flow || spaced => self.fetch_value(),
            b'*' | b'&' => {
                self.save_key()?;
                self.key_allowed = false;
                self.scan_anchor()
            }
            b'!' => {
                self.save_key()?;
                self.key_allowed = false;
                self.scan_tag()
            }
            b'|' | b'>' if !in_flow => {
                self.drop_key()?;
                self.key_allowed = true;
                let placed = self.scan_block_scalar()?;
                self.tokens.push_back(placed);
                Ok(())
            }
            b'\'' | b'"' => {
                self.save_key()?;
                self.key_allowed = false;
                let placed = self.scan_quoted_scalar()?;
                self.tokens.push_back(placed);
                Ok(())
            }
            b'#' | b'|' | b'>' | b'%' | b'@' | b'`' | b' ' | b'\t' => Err(self.cannot_start()),
            _ => {
                self.save_key()?;
                self.key_allowed = false;
                let placed = self.scan_plain_scalar()?;
                self.tokens.push_back(placed);
                Ok(())
            }
        }
    }

    fn cannot_start(&self) -> Problem {
        self.problem("found character that cannot start any token", Some(self.at))
    }

    fn take_one(&mut self, token: Token) {
        let start = self.at;
        self.skip();
        self.push(token, start);
    }

    /// Skips spaces, comments and line breaks. A tab counts as a space only where no key could begin.
    fn skip_to_token(&mut self) {
        loop {
            if self.at.column == 0 && self.rest().starts_with('\u{FEFF}') {
                self.skip();
                // A byte order mark is no column of the text.
                self.at.column = 0;
            }
            while self.byte(0) == b' ' || (self.byte(0) == b'\t' && (self.flow_level > 0 || !self.key_allowed)) {
                self.skip();
            }
            if self.byte(0) == b'#' {
                while !self.is_break_or_end(0) {
                    self.skip();
                }
            }
            if !self.is_break(0) {
                return;
            }
            self.skip_break();
            if self.flow_level == 0 {
                self.key_allowed = true;
            }
        }
    }

    /// Whether the key that may have begun at this level still can: a key is one line and not too long.
    fn key_is_valid(&mut self, level: usize) -> Result<bool, Problem> {
        let Some(key) = self.keys.get(level).copied() else { return Ok(false) };
        if !key.possible {
            return Ok(false);
        }
        if key.at.line < self.at.line || key.at.column + MAX_KEY < self.at.column {
            if key.required {
                return Err(self.problem("could not find expected ':'", Some(key.at)));
            }
            if let Some(key) = self.keys.get_mut(level) {
                key.possible = false;
            }
            return Ok(false);
        }
        Ok(true)
    }

    /// Notes that a key may begin here.
    fn save_key(&mut self) -> Result<(), Problem> {
        if !self.key_allowed {
            return Ok(());
        }
        self.drop_key()?;
        let token = self.taken + self.tokens.len();
        let required = self.flow_level == 0 && self.indent == self.column();
        let key = SimpleKey { possible: true, required, token, at: self.at };
        if let Some(last) = self.keys.last_mut() {
            *last = key;
        }
        self.key_of_token.insert(token, self.keys.len() - 1);
        Ok(())
    }

    /// What may have been a key at this level is none.
    fn drop_key(&mut self) -> Result<(), Problem> {
        let Some(key) = self.keys.last().copied() else { return Ok(()) };
        if key.possible {
            if key.required {
                return Err(self.problem("could not find expected ':'", Some(key.at)));
            }
            if let Some(last) = self.keys.last_mut() {
                last.possible = false;
            }
            self.key_of_token.remove(&key.token);
        }
        Ok(())
    }

    /// Opens a block collection at `column` if that is deeper than where we are. `before` is the number of the token
    /// that it goes before; `None` puts it last.
    fn roll(&mut self, column: i64, before: Option<usize>, token: Token, at: Position) -> Result<(), Problem> {
        if self.flow_level > 0 || self.indent >= column {
            return Ok(());
        }
        self.indents.push(self.indent);
        self.indent = column;
        if self.indents.len() > MAX_DEPTH {
            return Err(self.problem(&format!("exceeded max depth of {MAX_DEPTH}"), None));
        }
        self.insert(before, Placed { token, start: at, end: at });
        Ok(())
    }

    fn insert(&mut self, before: Option<usize>, placed: Placed) {
        match before.and_then(|number| number.checked_sub(self.taken)) {
            Some(place) if place <= self.tokens.len() => self.tokens.insert(place, placed),
            _ => self.tokens.push_back(placed),
        }
    }

    /// Closes the block collections that are deeper than `column`.
    fn unroll(&mut self, column: i64) {
        while self.flow_level == 0 && self.indent > column {
            self.push(Token::BlockEnd, self.at);
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    fn fetch_end(&mut self) -> Result<(), Problem> {
        if self.at.column != 0 {
            self.at.column = 0;
            self.at.line += 1;
        }
        self.unroll(-1);
        self.drop_key()?;
        self.key_allowed = false;
        self.push(Token::StreamEnd, self.at);
        self.ended = true;
        Ok(())
    }

    fn fetch_document_indicator(&mut self, token: Token) -> Result<(), Problem> {
        self.unroll(-1);
        self.drop_key()?;
        self.key_allowed = false;
        let start = self.at;
        for _ in 0..3 {
            self.skip();
        }
        self.push(token, start);
        Ok(())
    }

    fn fetch_flow_start(&mut self, token: Token) -> Result<(), Problem> {
        self.save_key()?;
        self.keys.push(SimpleKey { token: self.taken + self.tokens.len(), at: self.at, ..SimpleKey::default() });
        self.flow_level += 1;
        if self.flow_level > MAX_DEPTH {
            return Err(self.problem(&format!("exceeded max depth of {MAX_DEPTH}"), Some(self.at)));
        }
        self.key_allowed = true;
        self.take_one(token);
        Ok(())
    }

    fn fetch_flow_end(&mut self, token: Token) -> Result<(), Problem> {
        self.drop_key()?;
        if self.flow_level > 0 {
            self.flow_level -= 1;
            if let Some(key) = self.keys.pop() {
                self.key_of_token.remove(&key.token);
            }
        }
        self.key_allowed = false;
        self.take_one(token);
        Ok(())
    }

    fn fetch_block_entry(&mut self) -> Result<(), Problem> {
        if self.flow_level == 0 {
            if !self.key_allowed {
                return Err(self.problem("block sequence entries are not allowed in this context", Some(self.at)));
            }
            self.roll(self.column(), None, Token::BlockSequenceStart, self.at)?;
        }
        self.drop_key()?;
        self.key_allowed = true;
        self.take_one(Token::BlockEntry);
        Ok(())
    }

    fn fetch_key(&mut self) -> Result<(), Problem> {
        if self.flow_level == 0 {
            if !self.key_allowed {
                return Err(self.problem("mapping keys are not allowed in this context", Some(self.at)));
            }
            self.roll(self.column(), None, Token::BlockMappingStart, self.at)?;
        }
        self.drop_key()?;
        self.key_allowed = self.flow_level == 0;
        self.take_one(Token::Key);
        Ok(())
    }

    fn fetch_value(&mut self) -> Result<(), Problem> {
        let level = self.keys.len().saturating_sub(1);
        if self.key_is_valid(level)? {
            let key = self.keys.last().copied().unwrap_or_default();
            self.insert(Some(key.token), Placed { token: Token::Key, start: key.at, end: key.at });
            self.roll(i64::from(key.at.column), Some(key.token), Token::BlockMappingStart, key.at)?;
            if let Some(last) = self.keys.last_mut() {
                last.possible = false;
            }
            self.key_of_token.remove(&key.token);
            self.key_allowed = false;
        } else {
            if self.flow_level == 0 {
                if !self.key_allowed {
                    return Err(self.problem("mapping values are not allowed in this context", Some(self.at)));
                }
                self.roll(self.column(), None, Token::BlockMappingStart, self.at)?;
            }
            self.key_allowed = self.flow_level == 0;
        }
        self.take_one(Token::Value);
        Ok(())
    }
}
