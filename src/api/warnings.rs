//! What the API server warns of although it accepts.
//!
//! Models pkg/api/service/warnings.go, pkg/api/pod/warnings.go and the Warnings of the kinds' strategies. That a kind is
//! deprecated as a whole is said by `apiserver`, to every request for it.

use super::quantity::Quantity;
use super::{Fields, Object, ResourceId, Value, check_dns_label, service};
use std::net::IpAddr;

const INGRESS_CLASS: &str = "kubernetes.io/ingress.class";

/// The warnings that a write of `new` gets, in the server's order; `old` is what it replaces. Without `Warning: `.
pub fn warnings(resource: ResourceId, new: &Object, old: Option<&Object>) -> Vec<String> {
    let mut warnings = Vec::new();
    match resource {
        ResourceId::SERVICES => of_service(new, &mut warnings),
        ResourceId::PODS => {
            if old.is_none() {
                of_name(new, "this is used in the Pod's hostname", &mut warnings);
            }
            of_pod(new.value(), "", &mut warnings);
        }
        ResourceId::DEPLOYMENTS
        | ResourceId::REPLICA_SETS
        | ResourceId::STATEFUL_SETS
        | ResourceId::DAEMON_SETS
        | ResourceId::REPLICATION_CONTROLLERS => {
            if old.is_none() && resource != ResourceId::DAEMON_SETS {
                of_name(new, "this is used in Pod names and hostnames", &mut warnings);
            }
            let before = old.map(|old| old.at("spec.template"));
            if let Some(template) = new.at("spec.template").filter(|template| before != Some(Some(template))) {
                of_pod(template, "spec.template", &mut warnings);
            }
        }
        ResourceId::JOBS => {
            if let Some(template) = new.at("spec.template") {
                of_pod(template, "spec.template", &mut warnings);
            }
        }
        ResourceId::ENDPOINT_SLICES => of_slice(new, old.is_none(), &mut warnings),
        ResourceId::ENDPOINTS => {
            for (place, subset) in new.items("subsets").iter().enumerate() {
                for list in ["addresses", "notReadyAddresses"] {
                    for (number, address) in subset.items(list).iter().enumerate() {
                        of_address(&format!("subsets[{place}].{list}[{number}].ip"), address.text("ip"), &mut warnings);
                    }
                }
            }
        }
        ResourceId::INGRESSES
            if old.is_none()
                && new.annotation(INGRESS_CLASS).is_some()
                && new.at("spec.ingressClassName").is_none() =>
        {
            let words = "is deprecated, please use 'spec.ingressClassName' instead";
            warnings.push(format!("annotation \"{INGRESS_CLASS}\" {words}"));
        }
        ResourceId::NODES => {
            of_cidrs("spec.podCIDRs", new.items("spec.podCIDRs"), &mut warnings);
        }
        _ => {}
    }
    warnings
}

/// Names that become host names are better DNS labels.
fn of_name(object: &Object, use_of_it: &str, warnings: &mut Vec<String>) {
    let wrong = check_dns_label(object.name());
    if !object.name().is_empty() && !wrong.is_empty() {
        let list = wrong.join(" ");
        let surprise = "which can result in surprising behavior; a DNS label is recommended";
        warnings.push(format!("metadata.name: {use_of_it}, {surprise}: [{list}]"));
    }
}

/// Models GetWarningsForIP, for what a strict validation lets pass.
fn of_address(path: &str, text: &str, warnings: &mut Vec<String>) {
    let Ok(IpAddr::V6(ip)) = text.parse::<IpAddr>() else { return };
    if ip.to_ipv4_mapped().is_none() && ip.to_string() != text {
        warnings.push(format!("{path}: IPv6 address \"{text}\" should be in RFC 5952 canonical format (\"{ip}\")"));
    }
}

/// Models GetWarningsForCIDR, for what a strict validation lets pass.
fn of_cidrs(path: &str, list: &[Value], warnings: &mut Vec<String>) {
    for (place, text) in list.iter().enumerate().filter_map(|(place, cidr)| Some((place, cidr.as_str()?))) {
        let Some((address, length)) = text.split_once('/') else { continue };
        let Ok(IpAddr::V6(ip)) = address.parse::<IpAddr>() else { continue };
        if ip.to_ipv4_mapped().is_none() && ip.to_string() != address {
            let path = format!("{path}[{place}]");
            let words = format!("should be in RFC 5952 canonical format (\"{ip}/{length}\")");
            warnings.push(format!("{path}: IPv6 CIDR value \"{text}\" {words}"));
        }
    }
}

/// Cluster controllers write addresses as they should be: theirs are not looked at. Models warnOnBadIPs and
/// warnOnDeprecatedAddressType, whose path has a `spec` that slices lack.
fn of_slice(slice: &Object, is_new: bool, warnings: &mut Vec<String>) {
    if is_new && slice.text("addressType") == "FQDN" {
        warnings.push("spec.addressType: FQDN endpoints are deprecated".to_owned());
    }
    let manager = slice.label("endpointslice.kubernetes.io/managed-by");
    if matches!(manager, Some("endpointslice-controller.k8s.io" | "endpointslicemirroring-controller.k8s.io")) {
        return;
    }
    for (place, endpoint) in slice.items("endpoints").iter().enumerate() {
        for (number, address) in endpoint.items("addresses").iter().enumerate() {
            let path = format!("endpoints[{place}].addresses[{number}]");
            of_address(&path, address.as_str().unwrap_or(""), warnings);
        }
    }
}

fn of_service(service: &Object, warnings: &mut Vec<String>) {
    let hints = "service.kubernetes.io/topology-aware-hints";
    if service.annotation(hints).is_some() {
        let mode = "service.kubernetes.io/topology-mode";
        warnings.push(format!("annotation {hints} is deprecated, please use {mode} instead"));
    }
    for (place, ip) in service::cluster_ips(service).iter().enumerate() {
        of_address(&format!("spec.clusterIPs[{place}]"), ip, warnings);
    }
    let kind = service.text("spec.type");
    let external = service.items("spec.externalIPs");
    let headless = kind == "ClusterIP" && service::is_headless(service);
    let mut say = |words: &str| warnings.push(words.to_owned());
    if headless {
        if !service.text("spec.loadBalancerIP").is_empty() {
            say("spec.loadBalancerIP is ignored for headless services");
        }
        if !external.is_empty() {
            say("spec.externalIPs is ignored for headless services");
        }
        if service.text("spec.sessionAffinity") != "None" {
            say("spec.SessionAffinity is ignored for headless services");
        }
    }
    for (place, ip) in external.iter().enumerate() {
        of_address(&format!("spec.externalIPs[{place}]"), ip.as_str().unwrap_or(""), warnings);
    }
    if !external.is_empty() && !headless && kind != "ExternalName" {
        warnings.push("spec.externalIPs is deprecated and may no longer be implemented in some clusters".to_owned());
    }
    of_address("spec.loadBalancerIP", service.text("spec.loadBalancerIP"), warnings);
    of_cidrs("spec.loadBalancerSourceRanges", service.items("spec.loadBalancerSourceRanges"), warnings);
    if kind == "ExternalName" && !external.is_empty() {
        warnings.push("spec.externalIPs is ignored when spec.type is \"ExternalName\"".to_owned());
    }
    if kind != "ExternalName" && !service.text("spec.externalName").is_empty() {
        warnings.push("spec.externalName is ignored when spec.type is not \"ExternalName\"".to_owned());
    }
    if service.text("spec.trafficDistribution") == "PreferClose" {
        warnings.push("spec.trafficDistribution: \"PreferClose\" is deprecated; use \"PreferSameZone\"".to_owned());
    }
}

/// Labels of nodes that have newer names.
const OLD_NODE_LABELS: &[(&str, &str)] = &[
    ("beta.kubernetes.io/arch", "deprecated since v1.14; use \"kubernetes.io/arch\" instead"),
    ("beta.kubernetes.io/os", "deprecated since v1.14; use \"kubernetes.io/os\" instead"),
    (
        "failure-domain.beta.kubernetes.io/region",
        "deprecated since v1.17; use \"topology.kubernetes.io/region\" instead",
    ),
    ("failure-domain.beta.kubernetes.io/zone", "deprecated since v1.17; use \"topology.kubernetes.io/zone\" instead"),
    ("beta.kubernetes.io/instance-type", "deprecated since v1.17; use \"node.kubernetes.io/instance-type\" instead"),
];

/// Annotations that do nothing any more.
const OLD_ANNOTATIONS: &[(&str, &str)] = &[
    (
        "scheduler.alpha.kubernetes.io/critical-pod",
        "non-functional in v1.16+; use the \"priorityClassName\" field instead",
    ),
    ("security.alpha.kubernetes.io/sysctls", "non-functional in v1.11+; use the \"sysctls\" field instead"),
    ("security.alpha.kubernetes.io/unsafe-sysctls", "non-functional in v1.11+; use the \"sysctls\" field instead"),
];

/// Kinds of volumes that are on their way out.
const OLD_VOLUMES: &[(&str, &str)] = &[
    ("photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"),
    ("gitRepo", "deprecated in v1.11"),
    ("scaleIO", "deprecated in v1.16, non-functional in v1.22+"),
    ("flocker", "deprecated in v1.22, non-functional in v1.25+"),
    ("storageos", "deprecated in v1.22, non-functional in v1.25+"),
    ("quobyte", "deprecated in v1.22, non-functional in v1.25+"),
    ("glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
    ("cephfs", "deprecated in v1.28, non-functional in v1.31+"),
    ("rbd", "deprecated in v1.28, non-functional in v1.31+"),
];

/// The warnings of a pod, or of a template that stands at `path`.
fn of_pod(pod: &Value, path: &str, warnings: &mut Vec<String>) {
    let field = |rest: &str| if path.is_empty() { rest.to_owned() } else { format!("{path}.{rest}") };
    let nothing = Value::Null;
    let spec = pod.get("spec").unwrap_or(&nothing);
    let old_label = |key: &str| OLD_NODE_LABELS.iter().find(|(old, _)| *old == key).map(|(_, words)| *words);
    for (key, _) in spec.text_pairs("nodeSelector") {
        if let Some(words) = old_label(key) {
            warnings.push(format!("{}[{key}]: {words}", field("spec.nodeSelector")));
        }
    }
    for (place, constraint) in spec.items("topologySpreadConstraints").iter().enumerate() {
        let path = field(&format!("spec.topologySpreadConstraints[{place}]"));
        let key = constraint.text("topologyKey");
        if let Some(words) = old_label(key) {
            warnings.push(format!("{path}.topologyKey: {key} is {words}"));
        }
        if constraint.get("labelSelector").is_none() {
            warnings.push(format!("{path}.labelSelector: a null labelSelector results in matching no pod"));
        }
    }
    for (key, words) in OLD_ANNOTATIONS {
        if pod.at("metadata.annotations").is_some_and(|all| all.get(key).is_some()) {
            warnings.push(format!("{}[{key}]: {words}", field("metadata.annotations")));
        }
    }
    for (place, volume) in spec.items("volumes").iter().enumerate() {
        for (source, words) in OLD_VOLUMES.iter().filter(|(source, _)| volume.get(source).is_some()) {
            warnings.push(format!("{}.{source}: {words}", field(&format!("spec.volumes[{place}]"))));
        }
    }
    duplicates(spec, "hostAliases", "ip", &field("spec.hostAliases"), warnings);
    duplicates(spec, "imagePullSecrets", "name", &field("spec.imagePullSecrets"), warnings);
    for (place, secret) in spec.items("imagePullSecrets").iter().enumerate() {
        if secret.text("name").is_empty() {
            warnings.push(format!("{}[{place}].name: invalid empty name \"\"", field("spec.imagePullSecrets")));
        }
    }
    for (container, path) in containers(spec, &field("spec")) {
        of_container(container, &path, warnings);
    }
    of_ports(spec, &field("spec"), warnings);
    if spec.int("terminationGracePeriodSeconds").is_some_and(|seconds| seconds < 0) {
        let words = "must be >= 0; negative values are invalid and will be treated as 1";
        warnings.push(format!("{}: {words}", field("spec.terminationGracePeriodSeconds")));
    }
}

fn duplicates(spec: &Value, list: &str, key: &str, path: &str, warnings: &mut Vec<String>) {
    let mut seen = Vec::new();
    for (place, item) in spec.items(list).iter().enumerate() {
        let value = item.text(key);
        if seen.contains(&value) {
            warnings.push(format!("{path}[{place}].{key}: duplicate {key} \"{value}\""));
        }
        seen.push(value);
    }
}

/// Every container with its path, in the order of VisitContainersWithPath.
fn containers<'a>(spec: &'a Value, path: &str) -> Vec<(&'a Value, String)> {
    let lists = ["initContainers", "containers", "ephemeralContainers"];
    let of_list = |list: &'static str| {
        spec.items(list).iter().enumerate().map(move |(place, one)| (one, format!("{path}.{list}[{place}]")))
    };
    lists.into_iter().flat_map(of_list).collect()
}

fn of_container(container: &Value, path: &str, warnings: &mut Vec<String>) {
    for resource in ["memory", "ephemeral-storage"] {
        for list in ["limits", "requests"] {
            let amount =
                container.at(&format!("resources.{list}")).and_then(|map| map.get(resource)).and_then(Value::as_str);
            let Some(text) = amount else { continue };
            if Quantity::parse(text).is_ok_and(|amount| amount.thousandths() % 1000 != 0) {
                let words = format!("fractional byte value \"{text}\" is invalid, must be an integer");
                warnings.push(format!("{path}.resources.{list}[{resource}]: {words}"));
            }
        }
    }
    let mut seen = Vec::new();
    for (place, variable) in container.items("env").iter().enumerate() {
        let name = variable.text("name");
        let reference = format!("$({name})");
        let value = variable.text("value");
        if !seen.contains(&name) {
            seen.push(name);
        } else if variable.get("valueFrom").is_some() || value == reference || !value.contains(&reference) {
            let words = format!("hides previous definition of \"{name}\", which may be dropped when using apply");
            warnings.push(format!("{path}.env[{place}]: {words}"));
        }
    }
}

fn of_ports(spec: &Value, path: &str, warnings: &mut Vec<String>) {
    let mut seen: Vec<(&Value, String)> = Vec::new();
    // A Service's named targetPort means the first of its name in any container that keeps running.
    let mut names: Vec<(&str, String)> = Vec::new();
    for (container, path) in containers(spec, path) {
        for (place, port) in container.items("ports").iter().enumerate() {
            let path = format!("{path}.ports[{place}]");
            let host = |port: &Value| port.int("hostPort").unwrap_or(0);
            let same = |other: &Value| {
                port.int("containerPort") == other.int("containerPort")
                    && port.text("protocol") == other.text("protocol")
            };
            for (other, place) in seen.iter().filter(|(other, _)| same(other)) {
                let (a, b) = (port.text("hostIP"), other.text("hostIP"));
                let what = if a == b && host(port) == host(other) {
                    "duplicate"
                } else if host(port) == 0 || host(other) == 0 {
                    "overlapping"
                } else if host(port) == host(other) && a.is_empty() != b.is_empty() {
                    "dangerously ambiguous"
                } else {
                    continue;
                };
                warnings.push(format!("{path}: {what} port definition with {place}"));
            }
            let name = port.text("name");
            if let Some((_, first)) = names.iter().find(|(known, _)| !name.is_empty() && *known == name) {
                let words = format!("services and probes that select ports by name will use {first}");
                warnings.push(format!("{path}: duplicate port name \"{name}\" with {first}, {words}"));
            } else {
                names.push((name, path.clone()));
            }
            seen.push((port, path));
        }
    }
}
