//! What stands behind a Service: which pods count, at which addresses and ports, and which Services a pod's change
//! concerns.
//!
//! The rules that the Endpoints and the EndpointSlice controller share. Plain functions of objects and two small
//! memories; nothing here plans a write.

mod looks;
mod pods;
mod ports;
mod retry;
mod services;

pub use looks::Looks;
pub use pods::{address_of, addresses_of, canonical_address, counts, hostname_of, is_ipv6};
pub use ports::{EndpointPort, are_ports_fixed, endpoint_ports, fnv_1a, sorted_for_slices};
pub use retry::Retries;
pub use services::Services;

use crate::api::{Fields, Object, service};
use std::time::Duration;

/// Whether the endpoint controllers keep endpoints for the Service. What is left from before a selector was removed,
/// or from before the Service became an ExternalName, stays as it is.
pub fn is_managed(service: &Object) -> bool {
    service::kind(service) != service::ServiceType::ExternalName && service.map("spec.selector").is_some()
}

/// The label of Endpoints and slices of a Service without a cluster IP of its own.
pub const HEADLESS: &str = "service.kubernetes.io/headless";

/// The annotation that tells when the change happened that a write answers.
pub const LAST_CHANGE: &str = "endpoints.kubernetes.io/last-change-trigger-time";

/// How long a controller waits before it tries again what was refused, the first time.
pub const FIRST_RETRY: Duration = Duration::from_secs(1);
