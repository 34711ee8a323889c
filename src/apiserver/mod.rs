//! The API server: requests in, objects or refusals out.
//!
//! Every change in the cluster is a [`Request`] that went through [`ApiServer::handle`]: kubectl's, the controllers' and
//! the kubelets'. It decodes, defaults, admits, allocates, validates and stores, in that order, and answers in the real
//! server's words. Called by `cluster` only. It never starts anything by itself: controllers see what was stored.

mod admission;
pub mod allocation;
mod apply;
mod bootstrap;
mod create;
mod delete;
mod events;
mod limit_range;
mod metadata;
mod patch;
pub mod quota;
mod request;
mod selection;
mod server;
mod settings;
mod strategy;
mod subresources;
mod update;

pub use bootstrap::{namespace_furniture, own_service};
pub use events::Occurrence;
pub use request::{Body, DeleteOptions, FieldValidation, Moment, Options, Patch, Reply, Request, Verb};
pub use selection::fields_hold;
pub use server::ApiServer;
pub use settings::{NodeSettings, Settings};

#[cfg(test)]
mod tests;
