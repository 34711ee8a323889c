//! What kube-proxy takes from a Service: one entry a port.

use crate::api::{Fields, Object, service};
use crate::net::{Cidr, Family, Protocol, parse_address};
use crate::order::Order;
use std::fmt;
use std::net::IpAddr;

/// The name of a service port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServicePortName {
    /// The Service's namespace.
    pub namespace: String,
    /// The Service's name.
    pub service: String,
    /// The port's name; empty where it has none.
    pub port: String,
    /// Its protocol.
    pub protocol: Protocol,
}

impl fmt::Display for ServicePortName {
    /// `default/web`, `default/web:http`: as comments name it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.service)?;
        if self.port.is_empty() { Ok(()) } else { write!(f, ":{}", self.port) }
    }
}

impl ServicePortName {
    /// `NAMESPACE/SERVICE/PROTOCOL/PORT`: what names in nftables mode are made of, and the order of shared chains.
    pub fn path(&self) -> String {
        format!("{}/{}/{}/{}", self.namespace, self.service, self.protocol.name(), self.port)
    }
}

/// A port of a Service, as kube-proxy sees it. Models pkg/proxy/serviceport.go BaseServicePortInfo.
#[derive(Clone, Debug, PartialEq)]
pub struct ServicePort {
    /// The cluster IP of the proxy's family.
    pub cluster_ip: IpAddr,
    /// The port.
    pub port: u16,
    /// The node port.
    pub node_port: Option<u16>,
    /// The addresses of the load balancer that nodes shall answer for.
    pub load_balancer_ips: Vec<IpAddr>,
    /// Who may use those; everybody where it is empty.
    pub source_ranges: Vec<Cidr>,
    /// `spec.externalIPs`.
    pub external_ips: Vec<IpAddr>,
    /// For how many seconds a client keeps its endpoint.
    pub affinity: Option<u32>,
    /// `internalTrafficPolicy: Local`.
    pub internal_local: bool,
    /// `externalTrafficPolicy: Local`.
    pub external_local: bool,
    /// The port for the load balancer's health checks.
    pub health_check_node_port: Option<u16>,
}

impl ServicePort {
    /// Whether requests from outside may come to it.
    pub fn is_external(&self) -> bool {
        self.node_port.is_some() || !self.load_balancer_ips.is_empty() || !self.external_ips.is_empty()
    }

    /// Whether endpoints anywhere can be used: always where it is reachable from outside, for the short way of traffic
    /// from inside. Models UsesClusterEndpoints.
    pub fn uses_cluster(&self) -> bool {
        !self.internal_local || self.is_external()
    }

    /// Whether some traffic goes to endpoints on the node only. Models UsesLocalEndpoints.
    pub fn uses_local(&self) -> bool {
        self.internal_local || (self.external_local && self.is_external())
    }

    /// The ports of `object` that a proxy of `family` serves, by name; none of Services that it leaves alone. Models
    /// pkg/proxy/servicechangetracker.go serviceToServiceMap and pkg/proxy/util ShouldSkipService.
    pub fn of(object: &Object, family: Family) -> Vec<(ServicePortName, ServicePort)> {
        let foreign = object.label("service.kubernetes.io/service-proxy-name").is_some()
            || object.label("service.kubernetes.io/headless").is_some();
        if foreign || object.text("spec.type") == "ExternalName" {
            return Vec::new();
        }
        let of_family = |address: IpAddr| (Family::of(address) == family).then_some(address);
        let cluster_ip = object
            .items("spec.clusterIPs")
            .iter()
            .filter_map(|address| address.as_str())
            .chain(std::iter::once(object.text("spec.clusterIP")))
            .find_map(|text| parse_address(text).and_then(of_family));
        let Some(cluster_ip) = cluster_ip else { return Vec::new() };
        let load_balancer_ips = object
            .items("status.loadBalancer.ingress")
            .iter()
            .filter(|ingress| matches!(ingress.text("ipMode"), "" | "VIP"))
            .filter_map(|ingress| parse_address(ingress.text("ip")).and_then(of_family))
            .collect();
        let mut source_ranges: Vec<Cidr> = object
            .items("spec.loadBalancerSourceRanges")
            .iter()
            .filter_map(|range| Cidr::parse(range.as_str()?))
            .filter(|range| range.family() == family)
            .collect();
        // A range that holds every address is as good as no range at all.
        if source_ranges.iter().any(Cidr::is_everything) {
            source_ranges.clear();
        }
        let external_ips = object
            .items("spec.externalIPs")
            .iter()
            .filter_map(|address| parse_address(address.as_str()?).and_then(of_family))
            .collect();
        let external_local = service::is_externally_accessible(object) && service::is_external_local(object);
        let health = object.int("spec.healthCheckNodePort").and_then(|port| u16::try_from(port).ok());
        let info = ServicePort {
            cluster_ip,
            port: 0,
            node_port: None,
            load_balancer_ips,
            source_ranges,
            external_ips,
            affinity: service::sticky_seconds(object),
            internal_local: service::is_internal_local(object),
            external_local,
            health_check_node_port: health.filter(|port| *port != 0 && service::needs_health_check(object)),
        };
        let mut ports: Vec<_> = service::ports(object)
            .filter_map(|port| {
                let name = ServicePortName {
                    namespace: object.namespace().to_owned(),
                    service: object.name().to_owned(),
                    port: port.name().to_owned(),
                    protocol: Protocol::parse(port.protocol())?,
                };
                Some((name, ServicePort { port: port.number(), node_port: port.node_port(), ..info.clone() }))
            })
            .collect();
        ports.order_by(|one, two| one.0.cmp(&two.0));
        ports
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;

    #[test]
    fn a_range_that_holds_everything_is_no_range() {
        for (ranges, kept) in [
            (json!(["10.0.0.0/8", " 192.0.2.0/24 ", "2001:db8::/32"]), "10.0.0.0/8 192.0.2.0/24"),
            (json!(["10.0.0.0/8", "0.0.0.0/0"]), ""),
            (json!(["10.0.0.0/8", "::/0"]), "10.0.0.0/8"),
        ] {
            let service = json!({"metadata": {"name": "web", "namespace": "default"}, "spec": {"type": "LoadBalancer",
                "clusterIP": "10.96.0.50", "loadBalancerSourceRanges": ranges, "ports": [{"port": 80, "protocol": "TCP"}]}});
            let ports = ServicePort::of(&Object::new(service).unwrap(), Family::V4);
            let found: Vec<String> = ports[0].1.source_ranges.iter().map(ToString::to_string).collect();
            assert_eq!(found.join(" "), kept);
        }
    }
}
