//! The browser's edge: time, frames, storage, the address, the clipboard, preferences, the editor's module, and the
//! handle `cluster` that programs use.
//!
//! `ui` calls it. Every call may be denied (a sandboxed frame has no storage, an old browser no clipboard), and says so
//! by its result instead of panicking. It holds no logic of the page and none of the cluster.

pub mod address;
pub mod clipboard;
pub mod dialog;
pub mod editor;
pub mod frames;
pub mod handle;
pub mod media;
pub mod panic;
pub mod size;
pub mod storage;
pub mod time;
