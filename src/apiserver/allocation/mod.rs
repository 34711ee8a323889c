//! What a Service is given: IP families, cluster IPs, node ports and a port for health checks.
//!
//! [`Allocated`] holds what the stored Services have; [`on_create`] and [`on_update`] fill a Service in without taking
//! anything, so that a refusal later on gives nothing back. What is taken follows from what is stored.

mod cidr;
mod cluster_ips;
mod families;
mod ports;
mod service;
mod update;

pub use cidr::Cidr;
pub use families::Family;
pub use service::on_create;
pub use update::{drop_type_dependent_fields, on_update};

use super::Settings;
use crate::api::{Fields, Object, Status, Value, service::ServiceType};
use crate::clock::Random;
use crate::order::SortedSet;
use std::net::IpAddr;

/// The ranges of a cluster and what its Services have taken of them.
#[derive(Clone, Debug, Default)]
pub struct Allocated {
    cidrs: Vec<Cidr>,
    node_ports: (u16, u16),
    addresses: SortedSet<IpAddr>,
    ports: SortedSet<u16>,
}

impl Allocated {
    /// Nothing is taken of the ranges in `settings` yet. Ranges that are none are left out.
    pub fn new(settings: &Settings) -> Allocated {
        Allocated {
            cidrs: settings.service_cidrs.iter().filter_map(|text| Cidr::parse(text)).collect(),
            node_ports: settings.node_ports,
            addresses: SortedSet::new(),
            ports: SortedSet::new(),
        }
    }

    /// Told that a stored Service changed: what `old` had is free, what `new` has is taken.
    pub fn follow(&mut self, old: Option<&Object>, new: Option<&Object>) {
        for address in old.into_iter().flat_map(addresses_of) {
            self.addresses.remove(&address);
        }
        for port in old.into_iter().flat_map(ports_of) {
            self.ports.remove(&port);
        }
        self.addresses.extend(new.into_iter().flat_map(addresses_of));
        self.ports.extend(new.into_iter().flat_map(ports_of));
    }

    fn cidr(&self, family: Family) -> Option<&Cidr> {
        self.cidrs.iter().find(|cidr| cidr.family() == family)
    }

    fn default_family(&self) -> Family {
        self.cidrs.first().map_or(Family::IPv4, Cidr::family)
    }
}

/// One Service's way through allocation: where its values come from, and the ports it has been given so far.
pub struct Allocation<'a> {
    /// What is taken.
    pub allocated: &'a Allocated,
    /// Where automatic values come from.
    pub random: &'a mut Random,
    /// Values are shown, not taken.
    pub dry_run: bool,
    given_ports: SortedSet<u16>,
}

impl<'a> Allocation<'a> {
    /// The way of one Service.
    pub fn new(allocated: &'a Allocated, random: &'a mut Random, dry_run: bool) -> Allocation<'a> {
        Allocation { allocated, random, dry_run, given_ports: SortedSet::new() }
    }
}

/// 500, as errors of allocation that no field is to blame for.
fn internal(why: &str) -> Status {
    Status::plain(500, "InternalError", format!("Internal error occurred: {why}"))
}

fn addresses_of(service: &Object) -> Vec<IpAddr> {
    crate::api::service::cluster_ips(service).into_iter().filter_map(crate::api::read_sloppily).collect()
}

fn ports_of(service: &Object) -> Vec<u16> {
    let mut ports: Vec<u16> = service.items("spec.ports").iter().filter_map(node_port).collect();
    ports.extend(service.int("spec.healthCheckNodePort").and_then(|port| u16::try_from(port).ok()));
    ports
}

fn node_port(port: &Value) -> Option<u16> {
    port.int("nodePort").and_then(|number| u16::try_from(number).ok()).filter(|&number| number != 0)
}

/// Models pkg/registry/core/service needsClusterIP.
fn needs_cluster_ip(service: &Object) -> bool {
    crate::api::service::kind(service) != ServiceType::ExternalName
}

/// Models pkg/registry/core/service needsNodePort.
fn needs_node_port(service: &Object) -> bool {
    matches!(crate::api::service::kind(service), ServiceType::NodePort | ServiceType::LoadBalancer)
}

fn texts(service: &Object, path: &str) -> Vec<String> {
    service.items(path).iter().filter_map(Value::as_str).map(str::to_owned).collect()
}
