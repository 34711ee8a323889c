//! The wasm-bindgen boundary. Holds no logic.
//!
//! Called by the page and, later, by JavaScript that embeds the engine. It never decides anything: it turns JavaScript's values
//! into ours and back.

pub mod editor;
