//! Whether a Service's cluster IPs and IP families fit together: looked at before allocation and again in validation.

use super::{Cause, Fields, Object, Value, service};
use std::net::IpAddr;

const POLICIES: &[&str] = &["PreferDualStack", "RequireDualStack", "SingleStack"];

/// What is wrong with `clusterIP`, `clusterIPs`, `ipFamilies` and `ipFamilyPolicy` taken together; `old` is what an
/// update replaces: addresses that it has are not looked at again.
///
/// Models pkg/apis/core/validation ValidateServiceClusterIPsRelatedFields.
pub fn validate_cluster_ips(service: &Object, old: Option<&Object>) -> Vec<Cause> {
    let mut causes = Vec::new();
    if service::kind(service) == service::ServiceType::ExternalName {
        return causes;
    }
    let list = service.at("spec.clusterIPs").cloned().unwrap_or_default();
    let ips: Vec<&str> = service.items("spec.clusterIPs").iter().filter_map(Value::as_str).collect();
    let families: Vec<&str> = service::families(service).collect();
    match (service.text("spec.clusterIP"), ips.first()) {
        ("", Some(_)) => {
            causes.push(Cause::invalid("spec.clusterIPs", &list, "must be empty when `clusterIP` is not specified"));
        }
        ("", None) => {}
        (_, None) => causes.push(Cause::required("spec.clusterIPs", "")),
        (ip, Some(first)) if ip != *first => {
            causes.push(Cause::invalid("spec.clusterIPs", &list, "first value must match `clusterIP`"));
        }
        _ => {}
    }
    for (place, family) in families.iter().enumerate() {
        let field = format!("spec.ipFamilies[{place}]");
        let value = Value::from(*family);
        if !matches!(*family, "IPv4" | "IPv6") {
            causes.push(Cause::not_supported(&field, &value, &["IPv4", "IPv6"]));
        }
        if families.iter().take(place).any(|earlier| earlier == family) {
            causes.push(Cause::duplicate(&field, &value));
        }
    }
    let policy = service.text("spec.ipFamilyPolicy");
    if !policy.is_empty() && !POLICIES.contains(&policy) {
        causes.push(Cause::not_supported("spec.ipFamilyPolicy", &Value::from(policy), POLICIES));
    }
    causes.extend(validate_addresses(&ips, &families, &list, old));
    causes
}

fn validate_addresses(ips: &[&str], families: &[&str], list: &Value, old: Option<&Object>) -> Vec<Cause> {
    let mut causes = Vec::new();
    let known = old.map_or(&[] as &[Value], |old| old.items("spec.clusterIPs"));
    let mut unreadable = false;
    for (place, ip) in ips.iter().enumerate() {
        if place == 0 && *ip == "None" {
            if ips.len() > 1 {
                unreadable = true;
                causes.push(Cause::invalid("spec.clusterIPs", list, "'None' must be the first and only value"));
            }
        } else if !known.iter().any(|one| one == ip) && ip.parse::<IpAddr>().is_err() {
            unreadable = true;
            let detail = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
            causes.push(Cause::invalid(&format!("spec.clusterIPs[{place}]"), &Value::from(*ip), detail));
        }
    }
    if ips.len() > 2 {
        causes.push(Cause::invalid("spec.clusterIPs", list, "may only hold up to 2 values"));
    }
    if unreadable {
        return causes;
    }
    let are_v4: Vec<bool> = ips.iter().filter_map(|ip| ip.parse::<IpAddr>().ok()).map(|ip| ip.is_ipv4()).collect();
    if ips.len() > 1 && (are_v4.iter().all(|v4| *v4) || !are_v4.contains(&true)) {
        causes.push(Cause::invalid("spec.clusterIPs", list, "may specify no more than one IP for each IP family"));
    }
    for (place, (v4, family)) in are_v4.iter().zip(families).enumerate() {
        let expected = match (*family, v4) {
            ("IPv4", false) => "IPv4",
            ("IPv6", true) => "IPv6",
            _ => continue,
        };
        let ip = ips.get(place).copied().unwrap_or_default();
        let detail = format!("expected an {expected} value as indicated by `ipFamilies[{place}]`");
        causes.push(Cause::invalid(&format!("spec.clusterIPs[{place}]"), &Value::from(ip), &detail));
    }
    causes
}
