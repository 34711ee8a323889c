//! The `dns` layer.
