//! Places in a text, counted in all the ways that their readers count.

/// A place in a text. All counts begin at 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Bytes of UTF-8 before it.
    pub byte: u32,
    /// UTF-16 units before it, as JavaScript and CodeMirror count.
    pub utf16: u32,
    /// Lines before its own.
    pub line: u32,
    /// Characters before it on its line.
    pub column: u32,
}

/// A piece of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Where it begins.
    pub start: Position,
    /// The place after its end.
    pub end: Position,
}

impl Position {
    /// The place after `character`, when it is no line break.
    #[must_use]
    pub(super) fn after(self, character: char) -> Position {
        Position {
            byte: self.byte + character.len_utf8() as u32,
            utf16: self.utf16 + character.len_utf16() as u32,
            line: self.line,
            column: self.column + 1,
        }
    }

    /// The place after the whole of `text`, whose lines end in `\n`.
    #[must_use]
    pub(super) fn after_text(self, text: &str) -> Position {
        text.chars().fold(self, |at, character| match character {
            '\n' => Position { line: at.line + 1, column: 0, ..at.after(character) },
            other => at.after(other),
        })
    }
}

impl Span {
    /// From one place to another.
    pub fn new(start: Position, end: Position) -> Span {
        Span { start, end: end.max(start) }
    }
}
