//! Words before and after their expansion: `$NAME`, `${NAME:-x}`, `$?`, `$(...)`, `$((...))`, quotes.

use super::{Shell, arithmetic, grammar};

/// A word still to be expanded: pieces with the way that they were quoted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word(Vec<Piece>);

/// A piece of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    text: String,
    /// Single quotes or an escape: taken as it is.
    literal: bool,
    /// In quotes: what comes of it is not cut into words.
    quoted: bool,
}

impl Piece {
    /// Taken as it is.
    pub fn literal(text: &str) -> Piece {
        Piece { text: text.to_owned(), literal: true, quoted: true }
    }

    /// Expanded, not cut into words.
    pub fn quoted(text: &str) -> Piece {
        Piece { text: text.to_owned(), literal: false, quoted: true }
    }

    /// Expanded, and cut into words.
    pub fn open(text: &str) -> Piece {
        Piece { text: text.to_owned(), literal: false, quoted: false }
    }
}

impl Word {
    /// Adds a piece.
    pub fn push(&mut self, piece: Piece) {
        self.0.push(piece);
    }

    /// Its text without any expansion.
    pub fn plain(&self) -> String {
        self.0.iter().map(|piece| piece.text.as_str()).collect()
    }

    /// Its text where it is one piece without quotes, as keywords are.
    pub fn bare(&self) -> Option<&str> {
        match self.0.as_slice() {
            [piece] if !piece.quoted && !piece.literal => Some(&piece.text),
            _ => None,
        }
    }
}

/// `name=value`
pub fn assignment(word: &str) -> Option<(&str, &str)> {
    word.split_once('=').filter(|(name, _)| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

impl Shell<'_> {
    /// The words that a word becomes.
    pub(super) async fn expand(&mut self, word: &Word) -> Vec<String> {
        let mut words: Vec<String> = Vec::new();
        let mut current: Option<String> = None;
        // What is assigned is not cut into words.
        let assigns = word.0.first().is_some_and(|piece| !piece.literal && assignment(&piece.text).is_some());
        for piece in &word.0 {
            let text = if piece.literal { piece.text.clone() } else { self.substituted(&piece.text).await };
            if piece.quoted || assigns || !piece.text.contains('$') {
                current.get_or_insert_default().push_str(&text);
                continue;
            }
            if text.starts_with(|c: char| c.is_ascii_whitespace()) {
                words.extend(current.take());
            }
            let mut parts = text.split_ascii_whitespace().peekable();
            while let Some(part) = parts.next() {
                current.get_or_insert_default().push_str(part);
                if parts.peek().is_some() || text.ends_with(|c: char| c.is_ascii_whitespace()) {
                    words.extend(current.take());
                }
            }
        }
        words.extend(current);
        words
    }

    /// Fills in what begins with `$`.
    async fn substituted(&mut self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            out.push_str(before);
            if let Some(inner) = after.strip_prefix('(') {
                let end = grammar::closing(inner);
                let script = inner.get(..end).unwrap_or("");
                rest = inner.get(end + 1..).unwrap_or("");
                match script.strip_prefix('(').and_then(|sum| sum.strip_suffix(')')) {
                    Some(sum) => {
                        let sum = Box::pin(self.substituted(sum)).await;
                        let value = arithmetic::value(&sum, &|name| self.variable(name));
                        out.push_str(&value.to_string());
                    }
                    None => out.push_str(self.captured(script).await.trim_end_matches('\n')),
                }
                continue;
            }
            let (name, left) = match after.strip_prefix('{') {
                Some(inner) => inner.split_once('}').unwrap_or((inner, "")),
                None => after.split_at(name_length(after)),
            };
            rest = left;
            if name.is_empty() {
                out.push('$');
                continue;
            }
            let (name, fallback) = name.split_once(":-").or_else(|| name.split_once('-')).unwrap_or((name, ""));
            match self.variable(name).filter(|value| !value.is_empty()) {
                Some(value) => out.push_str(&value),
                None => out.push_str(&Box::pin(self.substituted(fallback)).await),
            }
        }
        out + rest
    }

    /// A variable, a parameter, or `$?`.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        match name {
            "?" => return Some(self.last.to_string()),
            "$" => return Some(self.programs.process().to_string()),
            "#" => return Some(self.parameters.len().saturating_sub(1).to_string()),
            "@" | "*" => return Some(self.parameters.get(1..).unwrap_or(&[]).join(" ")),
            _ => {}
        }
        if let Some(length) = name.strip_prefix('#') {
            return Some(self.variable(length).unwrap_or_default().chars().count().to_string());
        }
        if let Ok(number) = name.parse::<usize>() {
            return self.parameters.get(number).cloned();
        }
        self.variables.get(name).cloned().or_else(|| self.programs.variable(name))
    }
}

/// How long the name is that `text` begins with.
fn name_length(text: &str) -> usize {
    match text.chars().next() {
        Some('?' | '#' | '@' | '*' | '$' | '0'..='9') => 1,
        Some(c) if c.is_ascii_alphabetic() || c == '_' => {
            text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len())
        }
        _ => 0,
    }
}
