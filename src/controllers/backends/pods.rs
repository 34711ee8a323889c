//! Which pods count and where they are reached.

use crate::api::{Fields, Object, pod, service};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether a pod that a Service selects becomes an endpoint: it has an address and has not finished. Terminating pods
/// count where `include_terminating` says so.
///
/// Models endpointslice/util ShouldPodBeInEndpoints.
pub fn counts(pod: &Object, include_terminating: bool) -> bool {
    !pod::is_terminal(pod) && pod::has_address(pod) && (include_terminating || !pod.is_being_deleted())
}

/// The hostname that the pod has under the Service's name: where its subdomain is the Service.
///
/// Models endpointslice/util ShouldSetHostname.
pub fn hostname_of<'a>(pod: &'a Object, service: &Object) -> Option<&'a str> {
    let hostname = pod.text("spec.hostname");
    let shared = pod.text("spec.subdomain") == service.name() && pod.namespace() == service.namespace();
    (!hostname.is_empty() && shared).then_some(hostname)
}

/// Whether the text is an IPv6 address.
pub fn is_ipv6(text: &str) -> bool {
    matches!(parse_sloppily(text), Some(IpAddr::V6(_)))
}

/// The address in its one canonical form; `None` where the text is no address.
pub fn canonical_address(text: &str) -> Option<String> {
    parse_sloppily(text).map(|address| address.to_string())
}

/// The pod's addresses of a family (`IPv6` or else IPv4), canonical, in the order of its status.
pub fn addresses_of(pod: &Object, ipv6: bool) -> Vec<String> {
    pod.items("status.podIPs")
        .iter()
        .filter_map(|entry| parse_sloppily(entry.text("ip")))
        .filter(|address| address.is_ipv6() == ipv6)
        .map(|address| address.to_string())
        .collect()
}

/// The one address by which the pod is in the Service's Endpoints: the first of the Service's first family.
///
/// Models pkg/controller/endpoint podToEndpointAddressForService.
pub fn address_of(pod: &Object, service: &Object) -> Option<String> {
    let ipv6 = match service::families(service).next() {
        Some(family) => family == "IPv6",
        None if service::has_cluster_ip(service) => is_ipv6(service::cluster_ip(service)),
        None => is_ipv6(pod::ip(pod)),
    };
    addresses_of(pod, ipv6).into_iter().next()
}

/// Reads an address as Go's older parser did: leading zeros in IPv4 are decimal.
fn parse_sloppily(text: &str) -> Option<IpAddr> {
    if text.contains(':') {
        return text
            .parse::<Ipv6Addr>()
            .ok()
            .map(|address| address.to_ipv4_mapped().map_or(address.into(), IpAddr::V4));
    }
    let mut octets = [0_u8; 4];
    let mut parts = text.split('.');
    for octet in &mut octets {
        let part = parts.next()?;
        if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        *octet = part.parse().ok()?;
    }
    parts.next().is_none().then_some(IpAddr::V4(Ipv4Addr::from(octets)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_one_form() {
        let canonical = |text| canonical_address(text).unwrap_or_default();
        assert_eq!(canonical("10.0.0.1"), "10.0.0.1");
        assert_eq!(canonical("10.000.00.010"), "10.0.0.10");
        assert_eq!(canonical("1234::5678:0000:0000:9abc:def0"), "1234::5678:0:0:9abc:def0");
        assert_eq!(canonical("::ffff:1.2.3.4"), "1.2.3.4");
        for wrong in ["", "10.0.0", "10.0.0.1.2", "10.0.0.256", "a.b.c.d", "+1.2.3.4", "fe80::1%eth0"] {
            assert_eq!(canonical(wrong), "", "{wrong}");
        }
    }
}
