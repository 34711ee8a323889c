//! Reading Services: the questions that the controllers, the proxy, DNS and kubectl all ask.

use super::{Fields, Object, Selector, Value};

/// The types of a Service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceType {
    /// An address inside the cluster.
    ClusterIP,
    /// The same port on every node, too.
    NodePort,
    /// An address from outside, too.
    LoadBalancer,
    /// An alias of a name elsewhere.
    ExternalName,
}

/// `spec.type`; an unset or unknown one reads as ClusterIP.
pub fn kind(service: &Object) -> ServiceType {
    match service.text("spec.type") {
        "NodePort" => ServiceType::NodePort,
        "LoadBalancer" => ServiceType::LoadBalancer,
        "ExternalName" => ServiceType::ExternalName,
        _ => ServiceType::ClusterIP,
    }
}

/// `spec.ports`, in their order.
pub fn ports(service: &Object) -> impl Iterator<Item = Port<'_>> {
    service.items("spec.ports").iter().map(Port)
}

/// `spec.clusterIP`; `""` and `None` are what they are.
pub fn cluster_ip(service: &Object) -> &str {
    service.text("spec.clusterIP")
}

/// Every cluster IP, the first one first; none for headless ones and ExternalName.
pub fn cluster_ips(service: &Object) -> Vec<&str> {
    let mut all: Vec<&str> = service.items("spec.clusterIPs").iter().filter_map(Value::as_str).collect();
    if all.is_empty() {
        all.push(cluster_ip(service));
    }
    all.retain(|ip| !ip.is_empty() && *ip != "None");
    all
}

/// Whether `clusterIP: None` was asked for.
pub fn is_headless(service: &Object) -> bool {
    cluster_ip(service) == "None"
}

/// Whether it has a cluster IP that kube-proxy serves. Models pkg/apis/core/v1/helper IsServiceIPSet.
pub fn has_cluster_ip(service: &Object) -> bool {
    !matches!(cluster_ip(service), "" | "None")
}

/// What selects its pods; `None` where endpoints are nobody's or somebody else's business.
pub fn selector(service: &Object) -> Option<Selector> {
    let labels = service.map("spec.selector").filter(|labels| !labels.is_empty())?;
    Some(Selector::of_labels(labels.iter().filter_map(|(key, value)| Some((&**key, value.as_str()?)))))
}

/// `spec.ipFamilies`: `IPv4`, `IPv6`.
pub fn families(service: &Object) -> impl Iterator<Item = &str> {
    service.items("spec.ipFamilies").iter().filter_map(Value::as_str)
}

/// Whether `sessionAffinity: ClientIP` holds, and for how many seconds.
pub fn sticky_seconds(service: &Object) -> Option<u32> {
    if service.text("spec.sessionAffinity") != "ClientIP" {
        return None;
    }
    let seconds = service.int("spec.sessionAffinityConfig.clientIP.timeoutSeconds").unwrap_or(10800);
    u32::try_from(seconds).ok()
}

/// Whether `externalTrafficPolicy: Local` holds.
pub fn is_external_local(service: &Object) -> bool {
    service.text("spec.externalTrafficPolicy") == "Local"
}

/// Whether `internalTrafficPolicy: Local` holds.
pub fn is_internal_local(service: &Object) -> bool {
    service.text("spec.internalTrafficPolicy") == "Local"
}

/// `spec.publishNotReadyAddresses`.
pub fn publishes_not_ready(service: &Object) -> bool {
    service.is_true("spec.publishNotReadyAddresses")
}

/// Whether requests from outside may come in: node ports, a load balancer, or external IPs. Models
/// pkg/api/service ExternallyAccessible.
pub fn is_externally_accessible(service: &Object) -> bool {
    match kind(service) {
        ServiceType::NodePort | ServiceType::LoadBalancer => true,
        ServiceType::ClusterIP => !service.items("spec.externalIPs").is_empty(),
        ServiceType::ExternalName => false,
    }
}

/// Whether it needs a port for health checks of its nodes. Models pkg/api/service NeedsHealthCheck.
pub fn needs_health_check(service: &Object) -> bool {
    kind(service) == ServiceType::LoadBalancer && is_external_local(service)
}

/// One of a Service's ports.
#[derive(Clone, Copy, Debug)]
pub struct Port<'a>(&'a Value);

impl<'a> Port<'a> {
    /// The port that this item of `spec.ports` is.
    pub fn of(value: &'a Value) -> Port<'a> {
        Port(value)
    }

    /// The item of `spec.ports` itself.
    pub fn value(self) -> &'a Value {
        self.0
    }

    /// `name`; `""` where there is none.
    pub fn name(self) -> &'a str {
        self.0.text("name")
    }

    /// `TCP`, `UDP` or `SCTP`.
    pub fn protocol(self) -> &'a str {
        match self.0.text("protocol") {
            "" => "TCP",
            protocol => protocol,
        }
    }

    /// `appProtocol`, where it is set.
    pub fn app_protocol(self) -> Option<&'a str> {
        self.0.at("appProtocol").and_then(Value::as_str)
    }

    /// `port`; 0 where there is none.
    pub fn number(self) -> u16 {
        self.0.int("port").and_then(|number| u16::try_from(number).ok()).unwrap_or(0)
    }

    /// `nodePort`; `None` where it is 0 or unset.
    pub fn node_port(self) -> Option<u16> {
        self.0.int("nodePort").and_then(|number| u16::try_from(number).ok()).filter(|number| *number != 0)
    }

    /// `targetPort`, a number or a name; the port itself where it is unset.
    pub fn target(self) -> Value {
        match self.0.at("targetPort") {
            Some(target) if *target != 0 && *target != "" && !target.is_null() => target.clone(),
            _ => Value::from(self.number()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;

    #[test]
    fn unset_fields_read_as_their_defaults() {
        let service =
            Object::new(json!({"spec": {"ports": [{"port": 80}], "clusterIP": "None", "selector": {}}})).unwrap();
        let port = ports(&service).next().unwrap();
        assert_eq!((port.protocol(), port.number(), port.target(), port.node_port()), ("TCP", 80, json!(80), None));
        assert!(is_headless(&service) && !has_cluster_ip(&service) && cluster_ips(&service).is_empty());
        assert!(selector(&service).is_none());
        assert_eq!(kind(&service), ServiceType::ClusterIP);
    }
}
