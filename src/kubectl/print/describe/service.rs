//! A Service. Models describeService.

use super::{Page, Scene, number, or_none, plain, texts};
use crate::api::{Fields, Object, ResourceId, Selector, Value};
use crate::kubectl::print::rows::host_port;
use crate::kubectl::print::table::joined;
use std::sync::Arc;

pub(super) fn describe(page: &mut Page, service: &Object, scene: &Scene) {
    let spec = |field: &str| service.text(&format!("spec.{field}"));
    let kind = spec("type");
    page.head(service);
    page.labels(service);
    page.own_annotations(service);
    page.field(0, "Selector", &joined(service.text_pairs("spec.selector")));
    page.field(0, "Type", kind);
    if !spec("ipFamilyPolicy").is_empty() {
        page.field(0, "IP Family Policy", spec("ipFamilyPolicy"));
    }
    page.field(0, "IP Families", or_none(&texts(service, "spec.ipFamilies").join(",")));
    page.field(0, "IP", spec("clusterIP"));
    page.field(0, "IPs", or_none(&texts(service, "spec.clusterIPs").join(",")));
    let external = texts(service, "spec.externalIPs").join(",");
    if !external.is_empty() {
        page.field(0, "External IPs", &external);
    }
    if !spec("loadBalancerIP").is_empty() {
        page.field(0, "Desired LoadBalancer IP", spec("loadBalancerIP"));
    }
    if !spec("externalName").is_empty() {
        page.field(0, "External Name", spec("externalName"));
    }
    let ingress: Vec<String> = service
        .items("status.loadBalancer.ingress")
        .iter()
        .map(|point| match (point.text("ip"), point.text("ipMode")) {
            ("", _) => point.text("hostname").to_owned(),
            (ip, "") => ip.to_owned(),
            (ip, mode) => format!("{ip} ({mode})"),
        })
        .collect();
    if !ingress.is_empty() {
        page.field(0, "LoadBalancer Ingress", &ingress.join(", "));
    }
    let own = Selector::of_labels([("kubernetes.io/service-name", service.name())]);
    let slices = scene.store.select(ResourceId::ENDPOINT_SLICES, service.namespace(), &own);
    for port in service.items("spec.ports") {
        let name = match port.text("name") {
            "" => "<unset>",
            name => name,
        };
        let protocol = port.text("protocol");
        page.field(0, "Port", &format!("{name}\t{}/{protocol}", number(port, "port")));
        page.field(0, "TargetPort", &format!("{}/{protocol}", plain(port.at("targetPort"))));
        if !port.text("appProtocol").is_empty() {
            page.field(0, "AppProtocol", port.text("appProtocol"));
        }
        if number(port, "nodePort") != 0 {
            page.field(0, "NodePort", &format!("{name}\t{}/{protocol}", number(port, "nodePort")));
        }
        page.field(0, "Endpoints", &ready_endpoints(&slices, port.text("name")));
    }
    page.field(0, "Session Affinity", spec("sessionAffinity"));
    for (title, field) in
        [("External Traffic Policy", "externalTrafficPolicy"), ("Internal Traffic Policy", "internalTrafficPolicy")]
    {
        if !spec(field).is_empty() {
            page.field(0, title, spec(field));
        }
    }
    if number(service, "spec.healthCheckNodePort") != 0 {
        page.field(0, "HealthCheck NodePort", &number(service, "spec.healthCheckNodePort").to_string());
    }
    let ranges = texts(service, "spec.loadBalancerSourceRanges").join(",");
    if !ranges.is_empty() {
        page.field(0, "LoadBalancer Source Ranges", &ranges);
    }
    if !spec("trafficDistribution").is_empty() {
        page.field(0, "Traffic Distribution", spec("trafficDistribution"));
    }
}

/// The first three ready endpoints of a port. Models formatEndpointSlices.
fn ready_endpoints(slices: &[&Arc<Object>], port_name: &str) -> String {
    if slices.is_empty() {
        return "<none>".to_owned();
    }
    let mut all: Vec<String> = Vec::new();
    for slice in slices {
        let ready = slice
            .items("endpoints")
            .iter()
            .filter(|endpoint| endpoint.at("conditions.ready").is_none_or(|ready| ready.as_bool() != Some(false)));
        let addresses = ready.filter_map(|endpoint| endpoint.items("addresses").first()?.as_str());
        let ports = slice.items("ports");
        if ports.is_empty() {
            all.extend(addresses.map(str::to_owned));
        } else {
            let addresses: Vec<&str> = addresses.collect();
            for port in ports.iter().filter(|port| port.text("name") == port_name) {
                let number = port.at("port").and_then(Value::as_i64).unwrap_or(0);
                all.extend(addresses.iter().map(|address| host_port(address, number)));
            }
        }
    }
    match all.as_slice() {
        [a, b, c, more @ ..] if !more.is_empty() => format!("{a},{b},{c} + {} more...", more.len()),
        few => few.join(","),
    }
}
