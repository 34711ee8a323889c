//! kubectl: words to flags to requests to printed text.
//!
//! A [`Terminal`] holds what surrounds kubectl on a reader's machine (files, the context's namespace); [`Terminal::run`]
//! plays one line against a [`Cluster`]. Commands that wait (`delete`, `wait`, `rollout status`, `get -w`) are
//! [`Running`] until they are done and let virtual time pass, so they can be paused and stepped like everything else.
//! Called by `session`. It changes the cluster through [`Cluster::request`] only, and never reads a clock.

mod builder;
mod call;
mod commands;
mod complete;
mod exec;
mod failure;
mod flags;
mod help;
mod manifest;
mod output;
pub mod print;
mod prompt;
mod record;
mod resources;
mod terminal;
mod tree;
mod verbs;

pub use call::{Console, Step};
pub use complete::{Completions, complete};
pub use exec::shell::{goes_behind, needs_more};
pub use exec::world::head;
pub use failure::Failure;
pub use terminal::{Draft, Forward, Output, Progress, Running, Terminal};
pub use verbs::apply::{LAST_APPLIED, three_way, with_record};
pub use verbs::expose::{Wish, generate};
