//! Programs that `kubectl exec` runs in a container, with the texts of the usual tools; and a shell for any set of programs.
//!
//! A [`Machine`] is a container seen from inside: its environment, its files, its network. Programs are small: they
//! know the options that are of use around Services. They run as [`Program`], a task on the virtual clock, and never
//! hold the cluster themselves. The reader's own prompt can use the same [`shell::Shell`] with [`shell::Programs`] of its
//! own.

mod answers;
mod curl;
mod files;
mod http;
mod images;
mod machine;
mod names;
mod net;
mod node;
mod pattern;
mod place;
mod sed;
pub mod shell;
mod text;
pub mod world;

pub use machine::Machine;
pub use place::seconds;
pub use text::{files, reads, xargs};
pub use world::{Ended, Ending, Io, MOST, Program, Stream, World};

/// Runs one of the programs that only change text, as the terminal's own pipes do; `None` for an unknown one.
pub fn filter(words: &[String], input: &str) -> Option<Ended> {
    let (program, args) = words.split_first()?;
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    if program == "cat" && args.is_empty() {
        return Some(Ended::ok(input));
    }
    text::program(program, &args, input)
}

#[cfg(test)]
mod tests;
