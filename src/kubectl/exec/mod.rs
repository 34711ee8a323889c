//! Programs that `kubectl exec` runs in a container, with the texts of the usual tools; and a shell for any set of programs.
//!
//! A [`Machine`] is a container seen from inside: its environment, its files, its network. Programs are small: they
//! know the options that are of use around Services. They run as [`Program`], a task on the virtual clock, and never
//! hold the cluster themselves. The reader's own prompt can use the same [`shell::Shell`] with [`shell::Programs`] of its
//! own.

mod answers;
mod apiserver;
mod awk;
mod curl;
mod dig;
mod files;
mod http;
mod images;
mod ip;
mod jq;
mod lines;
mod machine;
mod names;
mod net;
mod node;
mod pattern;
mod ping;
mod place;
mod processes;
mod sed;
pub mod shell;
mod site;
mod stream;
mod text;
mod watch;
pub mod world;

pub use http::{Client, curl};
pub use images::{Image, usual_shell};
pub use lines::tee;
pub use machine::{Machine, NOT_STARTED};
pub use place::{date, seconds};
pub use shell::heed;
pub use stream::{Io, Stream};
pub use text::{files, is_program, run, xargs};
pub use watch::watch;
pub use world::{Ended, Ending, MOST, Program, World};

/// What empties a terminal's screen.
const CLEAR: &str = "\u{1b}[H\u{1b}[J";

#[cfg(test)]
mod tests;
