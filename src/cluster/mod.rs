//! The `cluster` layer.
