//! The `yaml` layer.
