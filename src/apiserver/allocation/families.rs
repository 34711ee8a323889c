//! IP families: what a Service asks for, says or leaves open, against what the cluster has.

use super::{Allocated, texts};
use crate::api::{self, Cause, Fields, Object, ResourceId, Status, Value, service::ServiceType};
use std::net::IpAddr;

/// An IP family, as `spec.ipFamilies` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// `IPv4`.
    IPv4,
    /// `IPv6`.
    IPv6,
}

impl Family {
    /// The family of this name.
    pub fn named(name: &str) -> Option<Family> {
        match name {
            "IPv4" => Some(Family::IPv4),
            "IPv6" => Some(Family::IPv6),
            _ => None,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Family::IPv4 => "IPv4",
            Family::IPv6 => "IPv6",
        }
    }

    /// The family of `address`.
    pub fn of(address: IpAddr) -> Family {
        if address.is_ipv4() { Family::IPv4 } else { Family::IPv6 }
    }

    fn other(self) -> Family {
        match self {
            Family::IPv4 => Family::IPv6,
            Family::IPv6 => Family::IPv4,
        }
    }
}

const POLICY: &str = "spec.ipFamilyPolicy";

/// Fills in `ipFamilyPolicy` and `ipFamilies`; `old` is what an update replaces.
///
/// Models pkg/registry/core/service/storage alloc.go initIPFamilyFields.
pub fn init(service: &mut Object, old: Option<&Object>, allocated: &Allocated) -> Result<(), Status> {
    if crate::api::service::kind(service) == ServiceType::ExternalName {
        return Ok(());
    }
    if old.is_some_and(|old| stays_prefer_dual_stack(service, old)) {
        return Ok(());
    }
    refuse(service, crate::api::validate_cluster_ips(service, old))?;

    let mut causes = Vec::new();
    if let Some(old) = old {
        inherit(service, old, &mut causes);
    }
    let headless_without_selector = crate::api::service::is_headless(service)
        && service.map("spec.selector").is_none_or(crate::value::Map::is_empty);
    if service.text(POLICY).is_empty() {
        let policy = if headless_without_selector { "RequireDualStack" } else { "SingleStack" };
        service.set(POLICY, Value::from(policy));
    }
    let single = service.text(POLICY) == "SingleStack";
    if single {
        for (path, what) in [("spec.clusterIPs", "cluster IPs"), ("spec.ipFamilies", "IP families")] {
            if service.items(path).len() > 1 {
                let detail =
                    format!("must be 'RequireDualStack' or 'PreferDualStack' when multiple {what} are specified");
                causes.push(policy_cause(service, &detail));
            }
        }
    }
    infer_from_addresses(service, allocated, &mut causes);
    refuse(service, std::mem::take(&mut causes))?;

    let default = allocated.default_family();
    if headless_without_selector {
        // Its endpoints are made by hand and may be of any family, whatever the cluster has.
        set_families(service, default, !single);
        return Ok(());
    }
    if service.text(POLICY) == "RequireDualStack" && allocated.cidrs.len() < 2 {
        causes.push(policy_cause(service, "this cluster is not configured for dual-stack services"));
    }
    for (place, name) in texts(service, "spec.ipFamilies").iter().enumerate() {
        if Family::named(name).and_then(|family| allocated.cidr(family)).is_none() {
            let field = format!("spec.ipFamilies[{place}]");
            causes.push(Cause::invalid(&field, &Value::from(name.as_str()), "not configured on this cluster"));
        }
    }
    refuse(service, causes)?;
    set_families(service, default, !single && allocated.cidrs.len() == 2);
    Ok(())
}

/// An update that leaves a PreferDualStack Service as it was keeps its families even where the cluster's changed.
fn stays_prefer_dual_stack(service: &Object, old: &Object) -> bool {
    service.text(POLICY) == "PreferDualStack"
        && old.text(POLICY) == "PreferDualStack"
        && crate::api::service::kind(service) == crate::api::service::kind(old)
        && ["spec.clusterIPs", "spec.ipFamilies"].iter().all(|path| texts(service, path) == texts(old, path))
}

/// What an update leaves out is as it was; giving up the second family needs the policy to say so.
fn inherit(service: &mut Object, old: &Object, causes: &mut Vec<Cause>) {
    if service.text(POLICY).is_empty() && !old.text(POLICY).is_empty() {
        service.set(POLICY, Value::from(old.text(POLICY)));
    }
    if crate::api::service::kind(old) == ServiceType::ExternalName {
        return;
    }
    let fields = [("spec.clusterIPs", "secondary cluster IP"), ("spec.ipFamilies", "secondary IP family")];
    if service.text(POLICY) == "SingleStack" {
        for (path, _) in fields {
            let (now, before) = (texts(service, path), texts(old, path));
            if now.len() > 1 && now == before && old.text(POLICY) != "SingleStack" {
                service.set(path, Value::from(now.into_iter().take(1).collect::<Vec<_>>()));
            }
        }
        return;
    }
    for (path, what) in fields {
        let (now, before) = (texts(service, path).len(), texts(old, path).len());
        if now == 1 && before == 2 {
            causes.push(policy_cause(service, &format!("must be 'SingleStack' to release the {what}")));
        }
    }
}

/// The families of addresses that are asked for stand in `ipFamilies` too.
fn infer_from_addresses(service: &mut Object, allocated: &Allocated, causes: &mut Vec<Cause>) {
    let mut families = texts(service, "spec.ipFamilies");
    let before = families.len();
    for (place, text) in texts(service, "spec.clusterIPs").iter().enumerate().skip(before) {
        let Some(family) = api::read_sloppily(text).map(Family::of) else { break };
        if allocated.cidr(family).is_some() {
            families.push(family.name().to_owned());
        } else {
            let field = format!("spec.clusterIPs[{place}]");
            let value = service.at("spec.clusterIPs").cloned().unwrap_or_default();
            let detail = format!("{} is not configured on this cluster", family.name());
            causes.push(Cause::invalid(&field, &value, &detail));
        }
    }
    if families.len() > before {
        service.set("spec.ipFamilies", Value::from(families));
    }
}

/// At least one family, and the other one too for `dual` ones.
fn set_families(service: &mut Object, default: Family, dual: bool) {
    let mut families = texts(service, "spec.ipFamilies");
    if families.is_empty() {
        families.push(default.name().to_owned());
    }
    if let (true, [only]) = (dual, families.as_slice()) {
        let other = Family::named(only).unwrap_or(default).other();
        families.push(other.name().to_owned());
    }
    service.set("spec.ipFamilies", Value::from(families));
}

fn policy_cause(service: &Object, detail: &str) -> Cause {
    Cause::invalid(POLICY, &Value::from(service.text(POLICY)), detail)
}

fn refuse(service: &Object, causes: Vec<Cause>) -> Result<(), Status> {
    if causes.is_empty() {
        return Ok(());
    }
    Err(Status::invalid(ResourceId::SERVICES, service.name(), causes))
}
