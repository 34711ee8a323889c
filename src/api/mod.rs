//! The kinds: what an object is, what a valid one looks like, and the API server's words for what is wrong.
//!
//! `apiserver` decodes, defaults and validates through this layer, every layer below reads objects through it. It
//! knows neither the store nor time.

mod decode;
mod defaults;
mod glance;
pub mod go_value;
mod object;
pub mod patch;
pub mod pod;
mod pod_diff;
pub mod quantity;
mod resource;
pub mod schema;
mod selector;
mod selector_text;
pub mod service;
mod settings;
mod status;
mod subresource;
mod unstructured;
mod validation;
mod warnings;

pub use crate::json;
pub use crate::value::{Map, Value};
pub use decode::{check_metadata, decode, decode_value, strict_error, time_error};
pub use defaults::default;
pub use object::{Fields, Object};
pub use resource::{Resource, ResourceId};
pub use selector::{Requirement, Selector};
pub use settings::Settings;
pub use status::{Cause, Status};
pub use subresource::Subresource;
pub use unstructured::unstructured_error;
pub use validation::{
    check_config_key, check_dns_label, check_env_name, check_label_key, check_label_value, read_sloppily,
    validate_cluster_ips, validate_create, validate_ephemeral_containers, validate_service_status, validate_update,
};
pub use warnings::warnings;
