//! The kinds: what an object is, what a valid one looks like, and the API server's words for what is wrong.
//!
//! `apiserver` decodes, defaults and validates through this layer, every layer below reads objects through it. It
//! knows neither the store nor time.

mod object;
mod resource;
mod selector;
mod status;

pub use object::{Fields, Object};
pub use resource::{Resource, ResourceId};
pub use selector::{Requirement, Selector};
pub use serde_json::{Map, Value, json};
pub use status::{Cause, Status};
