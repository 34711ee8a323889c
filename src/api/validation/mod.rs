//! What the API server refuses, in its words and its order.
//!
//! Models pkg/apis/core/validation, pkg/apis/apps/validation and pkg/apis/discovery/validation. Objects come decoded and
//! defaulted; Services with what was allocated to them.

mod address;
mod bounds;
mod container;
mod data;
mod endpoints;
mod handler;
mod metadata;
mod mounts;
mod name;
mod node;
mod placement;
mod pod;
mod resources;
mod schedule;
mod security;
mod selector;
mod service;
mod stored;
mod volume;
mod workload;

use super::{Cause, Fields, Object, ResourceId, Settings, Value};

pub use address::read_sloppily;
pub use name::{
    check_label_key, check_label_value, config_key as check_config_key, dns_label as check_dns_label,
    env_name as check_env_name,
};
pub use service::{validate_cluster_ips, validate_service_status};

/// Why `object`, decoded and defaulted, may not be created; empty where it may. In the API server's order.
#[allow(clippy::trivially_copy_pass_by_ref)] // Settings will grow.
pub fn validate_create(resource: ResourceId, object: &Object, settings: &Settings) -> Vec<Cause> {
    let mut causes = Vec::new();
    metadata::create(resource, object, *settings, &mut causes);
    match resource {
        ResourceId::PODS => pod::create(object, &mut causes),
        _ => content(resource, object, None, *settings, &mut causes),
    }
    causes
}

/// Why `new`, decoded and defaulted, may not take the place of `old`; empty where it may. In the API server's order.
#[allow(clippy::trivially_copy_pass_by_ref)] // Settings will grow.
pub fn validate_update(resource: ResourceId, new: &Object, old: &Object, settings: &Settings) -> Vec<Cause> {
    let mut causes = Vec::new();
    match resource {
        // These look at the whole object first.
        ResourceId::REPLICA_SETS => {
            causes.extend(validate_create(resource, new, settings));
            metadata::update(new, old, &mut causes);
            workload::replica_set(new, &mut causes);
            workload::immutable_selector(new, old, &mut causes);
        }
        ResourceId::NAMESPACES | ResourceId::NODES => {
            causes.extend(validate_create(resource, new, settings));
            metadata::update(new, old, &mut causes);
            if resource == ResourceId::NODES {
                node::update(new, old, &mut causes);
            }
        }
        ResourceId::ENDPOINT_SLICES => {
            causes.extend(validate_create(resource, new, settings));
            metadata::immutable("addressType", new, old, &mut causes);
        }
        ResourceId::DEPLOYMENTS => {
            metadata::update(new, old, &mut causes);
            workload::deployment(new, &mut causes);
            workload::immutable_selector(new, old, &mut causes);
        }
        ResourceId::SERVICES => {
            metadata::update(new, old, &mut causes);
            service::update(new, old, &mut causes);
            // A name that is there already stays right.
            let relaxed_service_names = settings.relaxed_service_names || new.name() == old.name();
            metadata::create(resource, new, Settings { relaxed_service_names, ..*settings }, &mut causes);
            content(resource, new, Some(old), *settings, &mut causes);
        }
        ResourceId::PODS => {
            metadata::update(new, old, &mut causes);
            metadata::create(resource, new, *settings, &mut causes);
            pod::update(new, old, &mut causes);
        }
        ResourceId::CONFIG_MAPS | ResourceId::SECRETS => {
            metadata::update(new, old, &mut causes);
            data::update(resource, new, old, &mut causes);
            causes.extend(validate_create(resource, new, settings));
        }
        ResourceId::ENDPOINTS => {
            metadata::update(new, old, &mut causes);
            metadata::create(resource, new, *settings, &mut causes);
            // What an older server took may stay.
            if new.at("subsets") != old.at("subsets") {
                content(resource, new, Some(old), *settings, &mut causes);
            }
        }
        // Its strategy looks at nothing else.
        ResourceId::LIMIT_RANGES => causes.extend(validate_create(resource, new, settings)),
        ResourceId::PERSISTENT_VOLUME_CLAIMS | ResourceId::JOBS => metadata::update(new, old, &mut causes),
        _ => {
            metadata::update(new, old, &mut causes);
            content(resource, new, Some(old), *settings, &mut causes);
            match resource {
                ResourceId::RESOURCE_QUOTAS => bounds::update_quota(new, old, &mut causes),
                ResourceId::DAEMON_SETS => workload::immutable_selector(new, old, &mut causes),
                ResourceId::STATEFUL_SETS => stored::update_stateful_set(new, old, &mut causes),
                _ => {}
            }
        }
    }
    causes
}

/// Why the ephemeral containers of `new` may not take the place of those of `old`.
pub fn validate_ephemeral_containers(new: &Object, old: &Object) -> Vec<Cause> {
    let mut causes = Vec::new();
    pod::update_ephemeral(new, old, &mut causes);
    causes
}

/// What is checked of the object apart from its metadata, whether it is new or not.
fn content(resource: ResourceId, object: &Object, old: Option<&Object>, settings: Settings, causes: &mut Vec<Cause>) {
    match resource {
        ResourceId::SERVICES => service::content(object, old, settings, causes),
        ResourceId::REPLICA_SETS => workload::replica_set(object, causes),
        ResourceId::DEPLOYMENTS => workload::deployment(object, causes),
        ResourceId::ENDPOINTS => endpoints::endpoints(object, settings, causes),
        ResourceId::ENDPOINT_SLICES => endpoints::endpoint_slice(object, settings, causes),
        ResourceId::NAMESPACES => node::namespace(object, causes),
        ResourceId::NODES => node::node(object, settings, causes),
        ResourceId::CONFIG_MAPS => data::config_map(object, causes),
        ResourceId::SECRETS => data::secret(object, causes),
        ResourceId::INGRESSES => stored::ingress(object, settings, causes),
        ResourceId::LIMIT_RANGES => bounds::limit_range(object, causes),
        ResourceId::RESOURCE_QUOTAS => bounds::quota(object, causes),
        ResourceId::STATEFUL_SETS => stored::workload(object, "StatefulSet", causes),
        ResourceId::DAEMON_SETS => stored::workload(object, "DaemonSet", causes),
        ResourceId::HORIZONTAL_POD_AUTOSCALERS => stored::autoscaler(object, causes),
        ResourceId::PERSISTENT_VOLUME_CLAIMS => stored::claim(object, causes),
        ResourceId::JOBS => stored::job(object, "spec.template", causes),
        ResourceId::CRON_JOBS => stored::cron_job(object, causes),
        _ => {}
    }
}

/// The path of a field below another.
fn child(path: &str, field: &str) -> String {
    if path.is_empty() { field.to_owned() } else { format!("{path}.{field}") }
}

/// One `Invalid value` for each of the words.
fn invalid_each(path: &str, value: &str, words: impl AsRef<[String]>, causes: &mut Vec<Cause>) {
    causes.extend(words.as_ref().iter().map(|words| Cause::invalid(path, &Value::from(value), words)));
}

const NEGATIVE: &str = "must be greater than or equal to 0";

/// Refuses a number below 0 at the field of `owner`.
fn nonnegative(owner: &Value, path: &str, field: &str, causes: &mut Vec<Cause>) {
    if let Some(number) = owner.int(field).filter(|number| *number < 0) {
        causes.push(Cause::invalid(&child(path, field), &Value::from(number), NEGATIVE));
    }
}

/// Refuses a number that is not above 0 at the field of `owner`; one that is missing counts as 0 where `required`.
fn positive(owner: &Value, path: &str, field: &str, required: bool, causes: &mut Vec<Cause>) {
    let number = owner.int(field).or_else(|| required.then_some(0));
    if let Some(number) = number.filter(|number| *number <= 0) {
        causes.push(Cause::invalid(&child(path, field), &Value::from(number), "must be greater than zero"));
    }
}

/// Refuses a value that is not one of these; where `required`, an empty one as well.
fn one_of(owner: &Value, path: &str, field: &str, values: &[&str], required: bool, causes: &mut Vec<Cause>) {
    let value = owner.text(field);
    if value.is_empty() {
        if required {
            causes.push(Cause::required(&child(path, field), ""));
        }
    } else if !values.contains(&value) {
        causes.push(Cause::not_supported(&child(path, field), &Value::from(value), values));
    }
}

const PROTOCOLS: &[&str] = &["SCTP", "TCP", "UDP"];

/// Refuses what is no port's number.
fn port_number(path: &str, number: i64, causes: &mut Vec<Cause>) {
    if !(1..=65535).contains(&number) {
        causes.push(Cause::invalid(path, &Value::from(number), "must be between 1 and 65535, inclusive"));
    }
}

/// Refuses what is neither a port's number nor a name of one. Models ValidatePortNumOrName.
fn port_number_or_name(path: &str, port: Option<&Value>, causes: &mut Vec<Cause>) {
    match port {
        Some(Value::String(text)) => invalid_each(path, text, name::port_name(text), causes),
        Some(number) => port_number(path, number.as_i64().unwrap_or(0), causes),
        None => port_number(path, 0, causes),
    }
}
