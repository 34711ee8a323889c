//! YAML and JSON text: read as kubectl reads it, with positions, and printed as kubectl prints it.
//!
//! `session` reads the editor's text through [`documents`], `kubectl` its files, patches and output; every layer that
//! finds fault with a text says so in a [`Diagnostic`]. Reading follows go-yaml v2 (a YAML 1.1 reader) below
//! sigs.k8s.io/yaml, down to the words of its errors; the scanner is our own because another one words, and places, its
//! errors differently. Nothing here panics or hangs, whatever the text; it knows no kind.

mod compose;
mod diagnostic;
mod documents;
mod emit;
mod json;
mod json_read;
mod path;
mod position;
mod resolve;
mod scalar;
mod scan;
mod tree;
mod value;

pub use diagnostic::{Diagnostic, Severity};
pub use documents::{Document, MAX_TEXT, documents, read_json, read_one, read_yaml};
pub use emit::print;
pub use json::{print_json, print_json_compact};
pub use path::Found;
pub use position::{Position, Span};
pub use tree::{Kind, Node, NodeId, Style, Tree};
