//! The `apiserver` layer.
