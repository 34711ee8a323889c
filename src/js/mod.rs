//! The wasm-bindgen boundary. Holds no logic.
