//! The `kubelet` layer.
