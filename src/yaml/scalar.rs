//! Scanning scalars: block, quoted and plain ones, with their rules for line breaks.

use super::scan::{Placed, Problem, Scanner, Token};
use super::{Position, Style};

/// White space inside a scalar, kept until it is known whether it counts.
#[derive(Default)]
struct Gap {
    blanks: String,
    first_break: String,
    more_breaks: String,
    broken: bool,
}

impl Gap {
    fn is_empty(&self) -> bool {
        !self.broken && self.blanks.is_empty()
    }

    /// Writes what the gap reads as: a single line break is a space, several lose the first.
    fn fold_into(&mut self, text: &mut String) {
        if self.broken {
            if self.first_break.starts_with('\n') {
                if self.more_breaks.is_empty() {
                    text.push(' ');
                } else {
                    text.push_str(&self.more_breaks);
                }
            } else {
                text.push_str(&self.first_break);
                text.push_str(&self.more_breaks);
            }
        } else {
            text.push_str(&self.blanks);
        }
        *self = Gap::default();
    }
}

impl Scanner<'_> {
    fn read_blank(&mut self, gap: &mut Gap) {
        let blank = self.skip();
        if !gap.broken {
            gap.blanks.extend(blank);
        }
    }

    fn read_break(&mut self, gap: &mut Gap) {
        let reads_as = self.skip_break();
        if gap.broken {
            gap.more_breaks.push_str(reads_as);
        } else {
            gap.blanks.clear();
            gap.first_break.push_str(reads_as);
            gap.broken = true;
        }
    }

    /// Takes the characters up to `stop` and gives them, as they stand.
    fn read_while(&mut self, text: &mut String, stop: impl Fn(&Self) -> bool) {
        while !self.is_blank_break_or_end(0) && !stop(self) {
            text.extend(self.skip());
        }
    }

    pub(super) fn scan_plain_scalar(&mut self) -> Result<Placed, Problem> {
        let start = self.at;
        let mut end = start;
        let mut text = String::new();
        let mut gap = Gap::default();
        let indent = self.indent + 1;
        let in_flow = self.flow_level > 0;
        let stops = |scanner: &Self| match scanner.byte(0) {
            b':' => scanner.is_blank_break_or_end(1),
            b',' | b'?' | b'[' | b']' | b'{' | b'}' => in_flow,
            _ => false,
        };
        loop {
            if self.at_document_indicator() || self.byte(0) == b'#' {
                break;
            }
            if !self.is_blank_break_or_end(0) && !stops(self) {
                gap.fold_into(&mut text);
                self.read_while(&mut text, stops);
                end = self.at;
            }
            if !(self.is_blank(0) || self.is_break(0)) {
                break;
            }
            while self.is_blank(0) || self.is_break(0) {
                if self.is_blank(0) {
                    if gap.broken && self.column() < indent && self.byte(0) == b'\t' {
                        return Err(self.problem("found a tab character that violates indentation", Some(start)));
                    }
                    self.read_blank(&mut gap);
                } else {
                    self.read_break(&mut gap);
                }
            }
            if !in_flow && self.column() < indent {
                break;
            }
        }
        if gap.broken {
            self.key_allowed = true;
        }
        Ok(Placed { token: Token::Scalar(text, Style::Plain), start, end })
    }

    pub(super) fn scan_quoted_scalar(&mut self) -> Result<Placed, Problem> {
        let start = self.at;
        let quote = self.byte(0);
        self.skip();
        let mut text = String::new();
        let mut gap = Gap::default();
        loop {
            if self.at_document_indicator() {
                return Err(self.problem("found unexpected document indicator", Some(start)));
            }
            if self.at_end() {
                return Err(self.problem("found unexpected end of stream", Some(start)));
            }
            // After an escaped line break, further ones count in full.
            gap.broken = self.read_quoted_run(quote, &mut text, start)?;
            if self.byte(0) == quote {
                break;
            }
            while self.is_blank(0) || self.is_break(0) {
                if self.is_blank(0) {
                    self.read_blank(&mut gap);
                } else {
                    self.read_break(&mut gap);
                }
            }
            if !gap.is_empty() {
                gap.fold_into(&mut text);
            }
        }
        self.skip();
        Ok(Placed { token: Token::Scalar(text, Style::Quoted), start, end: self.at })
    }

    /// Reads up to a blank, a break or the closing quote. True where it ended in an escaped line break.
    fn read_quoted_run(&mut self, quote: u8, text: &mut String, start: Position) -> Result<bool, Problem> {
        while !self.is_blank_break_or_end(0) {
            match self.byte(0) {
                b'\'' if quote == b'\'' && self.byte(1) == b'\'' => {
                    text.push('\'');
                    self.skip();
                    self.skip();
                }
                byte if byte == quote => break,
                b'\\' if quote == b'"' && self.is_break(1) => {
                    self.skip();
                    self.skip_break();
                    return Ok(true);
                }
                b'\\' if quote == b'"' => self.read_escape(text, start)?,
                _ => text.extend(self.skip()),
            }
        }
        Ok(false)
    }

    fn read_escape(&mut self, text: &mut String, start: Position) -> Result<(), Problem> {
        let digits = match self.byte(1) {
            b'x' => 2,
            b'u' => 4,
            b'U' => 8,
            other => {
                text.push(match other {
                    b'0' => '\0',
                    b'a' => '\u{7}',
                    b'b' => '\u{8}',
                    b't' | b'\t' => '\t',
                    b'n' => '\n',
                    b'v' => '\u{B}',
                    b'f' => '\u{C}',
                    b'r' => '\r',
                    b'e' => '\u{1B}',
                    b' ' => ' ',
                    b'"' => '"',
                    b'\'' => '\'',
                    b'\\' => '\\',
                    b'N' => '\u{85}',
                    b'_' => '\u{A0}',
                    b'L' => '\u{2028}',
                    b'P' => '\u{2029}',
                    _ => return Err(self.problem("found unknown escape character", Some(start))),
                });
                0
            }
        };
        self.skip();
        self.skip();
        if digits == 0 {
            return Ok(());
        }
        let mut number: u32 = 0;
        for ahead in 0..digits {
            let Some(digit) = char::from(self.byte(ahead)).to_digit(16) else {
                return Err(self.problem("did not find expected hexdecimal number", Some(start)));
            };
            number = number.wrapping_mul(16).wrapping_add(digit);
        }
        let Some(character) = char::from_u32(number) else {
            return Err(self.problem("found invalid Unicode character escape code", Some(start)));
        };
        text.push(character);
        for _ in 0..digits {
            self.skip();
        }
        Ok(())
    }

    pub(super) fn scan_block_scalar(&mut self) -> Result<Placed, Problem> {
        let start = self.at;
        let literal = self.skip() == Some('|');
        let (chomp, increment) = self.block_header(start)?;
        self.skip_rest_of_line(start)?;
        let mut end = self.at;
        let mut indent = match increment {
            0 => 0,
            more => self.indent.max(0) + more,
        };
        let mut text = String::new();
        let mut trailing = String::new();
        let mut line_break = String::new();
        let mut after_blank = false;
        self.block_breaks(&mut indent, &mut trailing, start, &mut end)?;
        while self.column() == indent && !self.at_end() {
            let blank = self.is_blank(0);
            if !literal && !after_blank && !blank && line_break.starts_with('\n') {
                if trailing.is_empty() {
                    text.push(' ');
                }
            } else {
                text.push_str(&line_break);
            }
            text.push_str(&trailing);
            trailing.clear();
            after_blank = blank;
            while !self.is_break_or_end(0) {
                text.extend(self.skip());
            }
            line_break.clear();
            line_break.push_str(self.skip_break());
            self.block_breaks(&mut indent, &mut trailing, start, &mut end)?;
        }
        if chomp != b'-' {
            text.push_str(&line_break);
        }
        if chomp == b'+' {
            text.push_str(&trailing);
        }
        Ok(Placed { token: Token::Scalar(text, Style::Block), start, end })
    }

    /// The indicators after `|` or `>`: chomping (`+`, `-` or 0) and indentation (0 where it is to be found out).
    fn block_header(&mut self, start: Position) -> Result<(u8, i64), Problem> {
        let (mut chomp, mut increment) = (0, 0);
        for _ in 0..2 {
            let byte = self.byte(0);
            if chomp == 0 && matches!(byte, b'+' | b'-') {
                chomp = byte;
            } else if increment == 0 && byte.is_ascii_digit() {
                if byte == b'0' {
                    return Err(self.problem("found an indentation indicator equal to 0", Some(start)));
                }
                increment = i64::from(byte - b'0');
            } else {
                break;
            }
            self.skip();
        }
        Ok((chomp, increment))
    }

    /// Skips empty lines and indentation; finds out the indentation where it is 0.
    fn block_breaks(
        &mut self,
        indent: &mut i64,
        breaks: &mut String,
        start: Position,
        end: &mut Position,
    ) -> Result<(), Problem> {
        *end = self.at;
        let mut deepest = 0;
        loop {
            while (*indent == 0 || self.column() < *indent) && self.byte(0) == b' ' {
                self.skip();
            }
            deepest = deepest.max(self.column());
            if (*indent == 0 || self.column() < *indent) && self.byte(0) == b'\t' {
                let words = "found a tab character where an indentation space is expected";
                return Err(self.problem(words, Some(start)));
            }
            if !self.is_break(0) {
                break;
            }
            breaks.push_str(self.skip_break());
            *end = self.at;
        }
        if *indent == 0 {
            *indent = deepest.max(self.indent + 1).max(1);
        }
        Ok(())
    }
}
