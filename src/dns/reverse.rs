//! From addresses back to names.

use super::answer::{Lookup, NoSuchName};
use super::message::{Data, Record};
use super::records::given;
use crate::order::Order;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether the name, in lower case, is one of the reverse zones'.
pub fn is_reverse(name: &str) -> bool {
    name.ends_with(".in-addr.arpa.") || name.ends_with(".ip6.arpa.")
}

/// The address whose reverse name this is, in lower case.
fn address_of(name: &str) -> Option<IpAddr> {
    if let Some(labels) = name.strip_suffix(".in-addr.arpa.") {
        let octets: Vec<&str> = labels.rsplit('.').collect();
        return octets.join(".").parse::<Ipv4Addr>().ok().map(IpAddr::from);
    }
    let labels: Vec<&str> = name.strip_suffix(".ip6.arpa.")?.split('.').collect();
    if labels.len() != 32 || labels.iter().any(|label| label.len() != 1) {
        return None;
    }
    let digits: String = labels.into_iter().rev().collect();
    u128::from_str_radix(&digits, 16).ok().map(|bits| Ipv6Addr::from(bits).into())
}

/// The PTR records of a name: the Service that has the address as a cluster IP, else every endpoint that has it. Pods
/// that no Service selects have none.
///
/// Models CoreDNS' plugin/kubernetes Reverse.
pub(super) fn pointers(lookup: &Lookup<'_>, name: &str) -> Result<Vec<Record>, NoSuchName> {
    let Some(address) = address_of(name) else {
        return lookup.named(name).map(|_| Vec::new());
    };
    let domain = lookup.settings.zones.first().map_or("", String::as_str);
    let ip = address.to_string();
    let mut targets: Vec<String> = Vec::new();
    if let Some((namespace, name)) = lookup.records.by_cluster_ip(&ip) {
        targets.push(format!("{name}.{namespace}.svc.{domain}"));
    } else {
        for (namespace, name) in lookup.records.by_endpoint_ip(&ip) {
            let of_ip = lookup.records.slices(namespace, name).flat_map(given).filter(|address| address.ip == ip);
            targets.extend(of_ip.map(|address| format!("{}.{name}.{namespace}.svc.{domain}", address.host)));
        }
        targets.order();
        targets.dedup();
    }
    if targets.is_empty() {
        return Err(NoSuchName);
    }
    let record = |target| lookup.record(&lookup.question.name, Data::Ptr(target));
    Ok(targets.into_iter().map(record).collect())
}
