//! The verbs: each reads its flags, asks the API server and prints.

// Every verb has the same signature, whether it can fail or not.
#![allow(clippy::unnecessary_wraps)]

pub mod annotate;
pub mod apply;
pub mod apply_server_side;
pub mod attach;
pub mod auth;
pub mod config;
pub mod create;
pub mod debug;
pub mod delete;
pub mod describe;
pub mod diff;
pub mod discovery;
pub mod drain;
pub mod edit;
pub mod events;
pub mod exec;
pub mod explain;
pub mod expose;
pub mod get;
pub mod label;
pub mod logs;
pub mod node;
pub mod patch;
pub mod pods;
pub mod port_forward;
pub mod raw;
pub mod raw_discovery;
pub mod replace;
pub mod rollout;
pub mod run;
pub mod scale;
pub mod set;
pub mod taint;
pub mod unserved;
pub mod wait;
