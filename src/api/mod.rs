//! The kinds: what an object is, what a valid one looks like, and the API server's words for what is wrong.
//!
//! `apiserver` decodes, defaults and validates through this layer, every layer below reads objects through it. It
//! knows neither the store nor time.

mod cluster_ips;
mod decode;
mod defaults;
mod object;
pub mod patch;
pub mod pod;
mod resource;
mod selector;
pub mod service;
mod settings;
mod status;
mod validation;
mod warnings;

pub use cluster_ips::validate_cluster_ips;
pub use decode::decode;
pub use defaults::default;
pub use object::{Fields, Object};
pub use resource::{Resource, ResourceId};
pub use selector::{Requirement, Selector};
pub use serde_json::{Map, Value, json};
pub use settings::Settings;
pub use status::{Cause, Status};
pub use validation::{validate_create, validate_update};
pub use warnings::warnings;
