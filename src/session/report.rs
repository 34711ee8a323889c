//! What there is to say about the manifests: beside the line that caused it, in the API server's words.

use crate::store::Key;
use crate::yaml::{Diagnostic, Severity};

/// How an application of the manifests went.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// What there is to say, by file and place; the file's place in the session's files beside it.
    pub notes: Vec<(usize, Diagnostic)>,
    /// What was done to objects, in order: `service/web configured`.
    pub lines: Vec<String>,
    /// Where each object that the API server took stands in the text: tab and line from 1.
    pub places: Vec<(Key, usize, u32)>,
    /// Whether nothing was applied because the text could not be read.
    pub held: bool,
}

impl Report {
    /// How many notes of a severity there are.
    pub fn count(&self, severity: Severity) -> usize {
        self.notes.iter().filter(|(_, note)| note.severity == severity).count()
    }
}
