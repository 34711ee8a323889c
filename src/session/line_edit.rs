//! Editing a line of the terminal with the keys of a shell (readline's), without a browser.

use super::Session;

/// A line that is being typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineEdit {
    /// The text; more than one line where the command goes on.
    pub text: String,
    /// Where the cursor is, in bytes.
    pub caret: usize,
    /// What was cut last, for `Ctrl+Y`.
    pub cut: String,
}

/// A key that changes the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditKey {
    /// `Ctrl+A`
    LineStart,
    /// `Ctrl+E`
    LineEnd,
    /// `Ctrl+K`
    CutToEnd,
    /// `Ctrl+U`
    CutToStart,
    /// `Ctrl+W`
    CutBlankWord,
    /// `Alt+Backspace`
    CutWordBefore,
    /// `Alt+D`
    CutWordAfter,
    /// `Ctrl+Y`
    Paste,
    /// `Alt+B`
    WordBack,
    /// `Alt+F`
    WordForward,
}

impl EditKey {
    /// The key that a browser's event names.
    pub fn of(key: &str, ctrl: bool, alt: bool) -> Option<EditKey> {
        Some(match (key.to_ascii_lowercase().as_str(), ctrl, alt) {
            ("a", true, false) => EditKey::LineStart,
            ("e", true, false) => EditKey::LineEnd,
            ("k", true, false) => EditKey::CutToEnd,
            ("u", true, false) => EditKey::CutToStart,
            ("w", true, false) => EditKey::CutBlankWord,
            ("y", true, false) => EditKey::Paste,
            ("b", false, true) => EditKey::WordBack,
            ("f", false, true) => EditKey::WordForward,
            ("d", false, true) => EditKey::CutWordAfter,
            ("backspace", false, true) => EditKey::CutWordBefore,
            _ => return None,
        })
    }
}

impl LineEdit {
    /// A text with the cursor at an offset as browsers count it.
    pub fn at_utf16(text: &str, offset: u32, cut: &str) -> LineEdit {
        let mut units = 0;
        let mut caret = text.len();
        for (at, c) in text.char_indices() {
            if units >= offset {
                caret = at;
                break;
            }
            units += c.len_utf16() as u32;
        }
        LineEdit { text: text.to_owned(), caret, cut: cut.to_owned() }
    }

    /// The cursor's offset as browsers count it.
    pub fn caret_utf16(&self) -> u32 {
        self.before().encode_utf16().count() as u32
    }

    fn before(&self) -> &str {
        self.text.get(..self.caret).unwrap_or(&self.text)
    }

    fn after(&self) -> &str {
        self.text.get(self.caret..).unwrap_or("")
    }

    /// Does what a key does.
    pub fn press(&mut self, key: EditKey) {
        let start = self.before().rfind('\n').map_or(0, |at| at + 1);
        let end = self.after().find('\n').map_or(self.text.len(), |at| self.caret + at);
        match key {
            EditKey::LineStart => self.caret = start,
            EditKey::LineEnd => self.caret = end,
            EditKey::CutToEnd => self.cut_out(self.caret, end),
            EditKey::CutToStart => self.cut_out(start, self.caret),
            EditKey::CutBlankWord => self.cut_out(back(self.before(), |c| !c.is_whitespace()), self.caret),
            EditKey::CutWordBefore => self.cut_out(back(self.before(), char::is_alphanumeric), self.caret),
            EditKey::CutWordAfter => self.cut_out(self.caret, self.caret + forward(self.after())),
            EditKey::Paste => {
                self.text.insert_str(self.caret, &self.cut);
                self.caret += self.cut.len();
            }
            EditKey::WordBack => self.caret = back(self.before(), char::is_alphanumeric),
            EditKey::WordForward => self.caret += forward(self.after()),
        }
    }

    fn cut_out(&mut self, from: usize, to: usize) {
        if from < to {
            self.text.get(from..to).unwrap_or("").clone_into(&mut self.cut);
            self.text.replace_range(from..to, "");
            self.caret = from;
        }
    }

    /// Whether the cursor stands in the first line.
    pub fn is_first_line(&self) -> bool {
        !self.before().contains('\n')
    }

    /// Whether the cursor stands in the last line.
    pub fn is_last_line(&self) -> bool {
        !self.after().contains('\n')
    }
}

/// Where the word begins that `text` ends with, blanks behind it skipped.
fn back(text: &str, is_word: impl Fn(char) -> bool) -> usize {
    let trimmed = text.trim_end_matches(|c| !is_word(c));
    trimmed.trim_end_matches(is_word).len()
}

/// How far the next word's end is.
fn forward(text: &str) -> usize {
    let word = text.trim_start_matches(|c: char| !c.is_alphanumeric());
    text.len() - word.trim_start_matches(char::is_alphanumeric).len()
}

impl Session {
    /// The newest line of the history that holds `wanted`, after skipping `skip` of those.
    pub fn found_in_history(&self, wanted: &str, skip: usize) -> Option<&str> {
        let mut found = self.typed().iter().rev().filter(|line| !wanted.is_empty() && line.contains(wanted));
        found.nth(skip).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_do_what_a_shell_does() {
        use EditKey as K;
        // `^` is the cursor.
        for (line, key, after) in [
            ("kubectl get ^pods", K::LineStart, "^kubectl get pods"),
            ("kubectl get ^pods", K::LineEnd, "kubectl get pods^"),
            ("kubectl get ^pods", K::CutToEnd, "kubectl get ^"),
            ("kubectl get ^pods", K::CutToStart, "^pods"),
            ("kubectl get svc/web^", K::CutBlankWord, "kubectl get ^"),
            ("kubectl get   ^", K::CutBlankWord, "kubectl ^"),
            ("kubectl get svc/web^", K::CutWordBefore, "kubectl get svc/^"),
            ("kubectl get ^svc/web", K::CutWordAfter, "kubectl get ^/web"),
            ("kubectl get svc/web^", K::WordBack, "kubectl get svc/^web"),
            ("kubectl get svc^/web", K::WordForward, "kubectl get svc/web^"),
            ("^", K::WordBack, "^"),
            ("^", K::CutBlankWord, "^"),
            ("grüße ß^", K::WordBack, "grüße ^ß"),
            ("a\nb^c", K::LineStart, "a\n^bc"),
            ("a\nb^c\nd", K::CutToEnd, "a\nb^\nd"),
        ] {
            let caret = line.find('^').unwrap();
            let mut edit = LineEdit { text: line.replace('^', ""), caret, cut: String::new() };
            edit.press(key);
            let mut text = edit.text.clone();
            text.insert(edit.caret, '^');
            assert_eq!(text, after, "{line} {key:?}");
        }
    }

    #[test]
    fn what_was_cut_comes_back_and_offsets_count_utf16() {
        let mut edit = LineEdit::at_utf16("😀 get pods", 7, "");
        assert_eq!(edit.before(), "😀 get ");
        assert_eq!(edit.caret_utf16(), 7);
        edit.press(EditKey::CutToEnd);
        edit.press(EditKey::LineStart);
        edit.press(EditKey::Paste);
        assert_eq!(edit.text, "pods😀 get ");
    }
}
