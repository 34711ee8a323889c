//! The engine and page of the Kubernetes Service Playground.
//!
//! `src/` is cut into layers; a layer uses only the layers above it in this list (`tests/tidy.rs` checks that). See
//! ARCHITECTURE.md for the map and the invariants.

pub mod order;

pub mod value;

pub mod yaml;

pub mod api;

pub mod clock;

pub mod store;

pub mod apiserver;

pub mod controllers;

pub mod kubelet;

pub mod net;

pub mod proxy;

pub mod dns;

pub mod cluster;

pub mod kubectl;

pub mod session;

#[cfg(feature = "js")]
pub mod js;

#[cfg(feature = "ui")]
pub mod ui;
