//! `kubectl create namespace` and `kubectl create serviceaccount`.

use super::{finish, name};
use crate::api::{ResourceId, json};
use crate::kubectl::Failure;
use crate::kubectl::call::{Call, Next};
use crate::kubectl::flags::Flags;

/// Runs `kubectl create namespace`.
pub fn namespace(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let name = name(flags, "kubectl create namespace")?;
    let value = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}, "spec": {}, "status": {}});
    finish(call, flags, ResourceId::NAMESPACES, value, |failure| failure)
}

/// Runs `kubectl create serviceaccount`.
pub fn service_account(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let name = name(flags, "kubectl create serviceaccount")?;
    let value = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}});
    finish(call, flags, ResourceId::SERVICE_ACCOUNTS, value, |failure| {
        Failure::Error(format!("failed to create serviceaccount: {}", failure.message()))
    })
}
