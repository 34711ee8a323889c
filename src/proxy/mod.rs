//! The `proxy` layer.
