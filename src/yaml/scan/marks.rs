//! Anchors, aliases, tags and directives: the tokens that begin with `&`, `*`, `!` and `%`.

use super::{Position, Problem, Scanner, Token};

impl Scanner<'_> {
    fn is_word(byte: u8) -> bool {
        byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
    }

    fn word(&mut self) -> String {
        let mut word = String::new();
        while Self::is_word(self.byte(0)) {
            word.extend(self.skip());
        }
        word
    }

    pub(super) fn scan_anchor(&mut self) -> Result<(), Problem> {
        let start = self.at;
        let is_alias = self.skip() == Some('*');
        let name = self.word();
        let ends = matches!(self.byte(0), b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`');
        if name.is_empty() || !(ends || self.is_blank_break_or_end(0)) {
            return Err(self.problem("did not find expected alphabetic or numeric character", Some(start)));
        }
        self.push(if is_alias { Token::Alias(name) } else { Token::Anchor(name) }, start);
        Ok(())
    }

    pub(super) fn scan_tag(&mut self) -> Result<(), Problem> {
        let start = self.at;
        let (handle, suffix) = if self.byte(1) == b'<' {
            self.skip();
            self.skip();
            let uri = self.uri("", start)?;
            if self.byte(0) != b'>' {
                return Err(self.problem("did not find the expected '>'", Some(start)));
            }
            self.skip();
            (String::new(), uri)
        } else {
            let handle = self.handle(false, start)?;
            if handle.len() > 1 && handle.ends_with('!') {
                let suffix = self.uri("", start)?;
                (handle, suffix)
            } else {
                let suffix = self.uri(&handle, start)?;
                if suffix.is_empty() { (String::new(), "!".to_owned()) } else { ("!".to_owned(), suffix) }
            }
        };
        if !self.is_blank_break_or_end(0) {
            return Err(self.problem("did not find expected whitespace or line break", Some(start)));
        }
        self.push(Token::Tag(handle, suffix), start);
        Ok(())
    }

    fn handle(&mut self, in_directive: bool, start: Position) -> Result<String, Problem> {
        if self.byte(0) != b'!' {
            return Err(self.problem("did not find expected '!'", Some(start)));
        }
        let mut handle = String::new();
        handle.extend(self.skip());
        handle.push_str(&self.word());
        if self.byte(0) == b'!' {
            handle.extend(self.skip());
        } else if in_directive && handle != "!" {
            return Err(self.problem("did not find expected '!'", Some(start)));
        }
        Ok(handle)
    }

    /// What follows a tag's handle; `head` is a handle that turned out to be the beginning of it.
    fn uri(&mut self, head: &str, start: Position) -> Result<String, Problem> {
        let mut bytes: Vec<u8> = head.bytes().skip(1).collect();
        let mut found = !head.is_empty();
        loop {
            let byte = self.byte(0);
            if byte == b'%' {
                let hex = |byte: u8| char::from(byte).to_digit(16);
                let (Some(high), Some(low)) = (hex(self.byte(1)), hex(self.byte(2))) else {
                    return Err(self.problem("did not find URI escaped octet", Some(start)));
                };
                bytes.push((high * 16 + low) as u8);
                for _ in 0..3 {
                    self.skip();
                }
            } else if Self::is_word(byte) || b";/?:@&=+$,.!~*'()[]".contains(&byte) {
                bytes.push(byte);
                self.skip();
            } else {
                break;
            }
            found = true;
        }
        if !found {
            return Err(self.problem("did not find expected tag URI", Some(start)));
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    pub(super) fn skip_blanks(&mut self) {
        while self.is_blank(0) {
            self.skip();
        }
    }

    pub(super) fn fetch_directive(&mut self) -> Result<(), Problem> {
        self.unroll(-1);
        self.drop_key()?;
        self.key_allowed = false;
        let start = self.at;
        self.skip();
        let name = self.word();
        if name.is_empty() {
            return Err(self.problem("could not find expected directive name", Some(start)));
        }
        if !self.is_blank_break_or_end(0) {
            return Err(self.problem("found unexpected non-alphabetical character", Some(start)));
        }
        let token = match name.as_str() {
            "YAML" => self.scan_version(start)?,
            "TAG" => self.scan_tag_directive(start)?,
            _ => return Err(self.problem("found unknown directive name", Some(start))),
        };
        self.push(token, start);
        self.skip_rest_of_line(start)
    }

    /// Skips blanks, a comment and the line break; anything else is a problem.
    pub(in crate::yaml) fn skip_rest_of_line(&mut self, start: Position) -> Result<(), Problem> {
        self.skip_blanks();
        if self.byte(0) == b'#' {
            while !self.is_break_or_end(0) {
                self.skip();
            }
        }
        if !self.is_break_or_end(0) {
            return Err(self.problem("did not find expected comment or line break", Some(start)));
        }
        self.skip_break();
        Ok(())
    }

    fn scan_version(&mut self, start: Position) -> Result<Token, Problem> {
        self.skip_blanks();
        let major = self.version_number(start)?;
        if self.byte(0) != b'.' {
            return Err(self.problem("did not find expected digit or '.' character", Some(start)));
        }
        self.skip();
        let minor = self.version_number(start)?;
        Ok(Token::Version((major, minor) == (1, 1)))
    }

    fn version_number(&mut self, start: Position) -> Result<u32, Problem> {
        let (mut number, mut digits) = (0, 0);
        while let Some(digit) = char::from(self.byte(0)).to_digit(10) {
            digits += 1;
            if digits > 2 {
                return Err(self.problem("found extremely long version number", Some(start)));
            }
            number = number * 10 + digit;
            self.skip();
        }
        if digits == 0 {
            return Err(self.problem("did not find expected version number", Some(start)));
        }
        Ok(number)
    }

    fn scan_tag_directive(&mut self, start: Position) -> Result<Token, Problem> {
        self.skip_blanks();
        let handle = self.handle(true, start)?;
        if !self.is_blank(0) {
            return Err(self.problem("did not find expected whitespace", Some(start)));
        }
        self.skip_blanks();
        let prefix = self.uri("", start)?;
        if !self.is_blank_break_or_end(0) {
            return Err(self.problem("did not find expected whitespace or line break", Some(start)));
        }
        Ok(Token::TagDirective(handle, prefix))
    }
}
