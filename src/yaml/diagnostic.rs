//! What is said about a text: one type for every layer.

use super::Span;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The API server or kubectl refuses the object.
    Error,
    /// It is accepted, with a warning.
    Warning,
    /// Worth knowing.
    Note,
}

/// Something to say about a place in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The file's name; empty where the reader of the text did not know it.
    pub file: String,
    /// Which document of the file, from 0.
    pub document: usize,
    /// Where.
    pub span: Span,
    /// How bad.
    pub severity: Severity,
    /// The field, such as `spec.ports[0].port`; empty where it is about the text itself.
    pub path: String,
    /// The API server's (or kubectl's) own words.
    pub message: String,
    /// What to do about it, in our words.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// An error about the text of document number `document`.
    pub fn syntax(document: usize, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            file: String::new(),
            document,
            span,
            severity: Severity::Error,
            path: String::new(),
            message: message.into(),
            hint: None,
        }
    }

    /// The same with a hint.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Diagnostic {
        self.hint = Some(hint.into());
        self
    }
}
