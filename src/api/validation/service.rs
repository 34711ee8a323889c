//! Services. Models ValidateService and ValidateServiceUpdate.

use super::super::service::{self, ServiceType};
use super::super::{Cause, Fields, Object, Settings, Value};
use super::address::{check_address, check_cidr, non_special, read_sloppily};
use super::{PROTOCOLS, invalid_each, metadata, name, one_of, port_number, port_number_or_name};

const SOURCE_RANGES: &str = "service.beta.kubernetes.io/load-balancer-source-ranges";
const TOPOLOGY_HINTS: &str = "service.kubernetes.io/topology-aware-hints";
const TOPOLOGY_MODE: &str = "service.kubernetes.io/topology-mode";
const ONLY_LOAD_BALANCER: &str = "may only be used when `type` is 'LoadBalancer'";
const TYPES: &[&str] = &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];

/// Whether `clusterIPs` is `None` alone, as validation asks (others look at `clusterIP`).
fn is_headless(service: &Object) -> bool {
    matches!(service.items("spec.clusterIPs"), [only] if only == "None")
}

/// Checks everything but the metadata; `old` is what an update replaces, whose addresses are not looked at again.
pub fn content(object: &Object, old: Option<&Object>, settings: Settings, causes: &mut Vec<Cause>) {
    let nothing = Value::Null;
    let spec = object.at("spec").unwrap_or(&nothing);
    if let (Some(mode), Some(hints)) = (object.annotation(TOPOLOGY_MODE), object.annotation(TOPOLOGY_HINTS))
        && mode != hints
    {
        let words = format!("must match annotations[{TOPOLOGY_HINTS}] when both are specified");
        causes.push(Cause::invalid(&format!("metadata.annotations[{TOPOLOGY_MODE}]"), &Value::from(mode), &words));
    }
    let kind = spec.text("type");
    if spec.items("ports").is_empty() && !is_headless(object) && kind != "ExternalName" {
        causes.push(Cause::required("spec.ports", ""));
    }
    by_type(object, spec, kind, causes);
    let mut names = Vec::new();
    let ports = spec.items("ports");
    for (place, one) in ports.iter().enumerate() {
        port(one, ports.len() > 1, &mut names, &format!("spec.ports[{place}]"), causes);
    }
    metadata::labels(spec, "selector", "spec.selector", causes);
    affinity(spec, causes);
    causes.extend(cluster_ips(object, old, settings.strict_addresses));
    external_ips(spec, old, settings, causes);
    one_of(spec, "spec", "type", TYPES, true, causes);
    duplicate_ports(spec, kind, causes);
    source_ranges(object, spec, kind, old, settings, causes);
    let allocates = spec.get("allocateLoadBalancerNodePorts").filter(|value| !value.is_null());
    if allocates.is_some() && kind != "LoadBalancer" {
        causes.push(Cause::forbidden("spec.allocateLoadBalancerNodePorts", ONLY_LOAD_BALANCER));
    } else if allocates.is_none() && kind == "LoadBalancer" {
        // Upstream's path lacks the `spec`.
        causes.push(Cause::required("allocateLoadBalancerNodePorts", ""));
    }
    load_balancer_class(object, causes);
    external_traffic(object, spec, causes);
    let served = matches!(kind, "NodePort" | "LoadBalancer" | "ClusterIP");
    one_of(spec, "spec", "internalTrafficPolicy", &["Cluster", "Local"], served, causes);
    let known: &[&str] =
        if settings.prefer_same { &["PreferClose", "PreferSameZone", "PreferSameNode"] } else { &["PreferClose"] };
    one_of(spec, "spec", "trafficDistribution", known, false, causes);
}

fn by_type(object: &Object, spec: &Value, kind: &str, causes: &mut Vec<Cause>) {
    match kind {
        "LoadBalancer" | "NodePort" if is_headless(object) => {
            let words = format!("may not be set to 'None' for {kind} services");
            causes.push(Cause::invalid("spec.clusterIPs[0]", &Value::from("None"), &words));
        }
        "ExternalName" => {
            for field in ["clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
                let set = match spec.get(field) {
                    Some(Value::Array(items)) => !items.is_empty(),
                    Some(value) => !value.is_null(),
                    None => false,
                };
                if set {
                    let words = "may not be set for ExternalName services";
                    causes.push(Cause::forbidden(&format!("spec.{field}"), words));
                }
            }
            let given = spec.text("externalName");
            let alias = given.strip_suffix('.').unwrap_or(given);
            if alias.is_empty() {
                causes.push(Cause::required("spec.externalName", ""));
            } else {
                invalid_each("spec.externalName", alias, name::dns_subdomain(alias), causes);
            }
        }
        _ => {}
    }
}

fn port<'a>(port: &'a Value, named: bool, names: &mut Vec<&'a str>, path: &str, causes: &mut Vec<Cause>) {
    let field = |field: &str| format!("{path}.{field}");
    let text = port.text("name");
    if named && text.is_empty() {
        causes.push(Cause::required(&field("name"), ""));
    } else if !text.is_empty() {
        invalid_each(&field("name"), text, name::dns_label(text), causes);
        if names.contains(&text) {
            causes.push(Cause::duplicate(&field("name"), &Value::from(text)));
        } else {
            names.push(text);
        }
    }
    port_number(&field("port"), port.int("port").unwrap_or(0), causes);
    one_of(port, path, "protocol", PROTOCOLS, true, causes);
    port_number_or_name(&field("targetPort"), port.get("targetPort"), causes);
    if let Some(protocol) = port.get("appProtocol").and_then(Value::as_str) {
        invalid_each(&field("appProtocol"), protocol, name::check_label_key(protocol), causes);
    }
}

fn affinity(spec: &Value, causes: &mut Vec<Cause>) {
    one_of(spec, "spec", "sessionAffinity", &["ClientIP", "None"], true, causes);
    let path = "spec.sessionAffinityConfig";
    let config = spec.get("sessionAffinityConfig").filter(|config| !config.is_null());
    match spec.text("sessionAffinity") {
        "ClientIP" => {
            let words = "when session affinity type is ClientIP";
            let client = config.and_then(|config| config.get("clientIP")).filter(|client| !client.is_null());
            match (config, client, client.and_then(|client| client.int("timeoutSeconds"))) {
                (None, ..) => causes.push(Cause::required(path, words)),
                (_, None, _) => causes.push(Cause::required(&format!("{path}.clientIP"), words)),
                (_, _, None) => causes.push(Cause::required(&format!("{path}.clientIP.timeoutSeconds"), words)),
                (_, _, Some(seconds)) if !(1..=86400).contains(&seconds) => {
                    let words = "must be greater than 0 and less than 86400";
                    let field = format!("{path}.clientIP.timeoutSeconds");
                    causes.push(Cause::invalid(&field, &Value::from(seconds), words));
                }
                _ => {}
            }
        }
        "None" if config.is_some() => {
            causes.push(Cause::forbidden(path, "must not be set when session affinity is None"));
        }
        _ => {}
    }
}

fn external_ips(spec: &Value, old: Option<&Object>, settings: Settings, causes: &mut Vec<Cause>) {
    let known = old.map_or(&[] as &[Value], |old| old.items("spec.externalIPs"));
    for (place, ip) in spec.items("externalIPs").iter().enumerate() {
        let path = format!("spec.externalIPs[{place}]");
        let text = ip.as_str().unwrap_or("");
        let wrong = if known.contains(ip) { None } else { check_address(text, settings.strict_addresses) };
        match wrong {
            Some(words) => causes.push(Cause::invalid(&path, ip, words)),
            None => non_special(&path, text, causes),
        }
    }
}

fn duplicate_ports(spec: &Value, kind: &str, causes: &mut Vec<Cause>) {
    let ports = spec.items("ports");
    let node_port = |port: &Value| port.int("nodePort").filter(|number| *number != 0);
    if kind == "ClusterIP" {
        for (place, _) in ports.iter().enumerate().filter(|(_, port)| node_port(port).is_some()) {
            let path = format!("spec.ports[{place}].nodePort");
            causes.push(Cause::forbidden(&path, "may not be used when `type` is 'ClusterIP'"));
        }
    }
    let mut seen = Vec::new();
    for (place, port) in ports.iter().enumerate() {
        let Some(number) = node_port(port) else { continue };
        let key = (port.text("protocol"), number);
        if seen.contains(&key) {
            causes.push(Cause::duplicate(&format!("spec.ports[{place}].nodePort"), &Value::from(number)));
        }
        seen.push(key);
    }
    let mut seen = Vec::new();
    for (place, port) in ports.iter().enumerate() {
        let (protocol, number) = (port.text("protocol"), port.int("port").unwrap_or(0));
        if seen.contains(&(protocol, number)) {
            // Upstream prints its internal type, of which it set these two fields.
            let shown = format!(
                "{{\"Name\":\"\",\"Protocol\":\"{protocol}\",\"AppProtocol\":null,\"Port\":{number},\"TargetPort\":0,\"NodePort\":0}}"
            );
            causes.push(Cause::duplicate_shown(&format!("spec.ports[{place}]"), &shown));
        }
        seen.push((protocol, number));
    }
}

/// `loadBalancerSourceRanges`, or the annotation that was there before it. The path's capital letter is history.
fn source_ranges(
    object: &Object,
    spec: &Value,
    kind: &str,
    old: Option<&Object>,
    settings: Settings,
    causes: &mut Vec<Cause>,
) {
    let ranges = spec.items("loadBalancerSourceRanges");
    let annotation = object.annotation(SOURCE_RANGES);
    let path = match (ranges.is_empty(), annotation) {
        (false, _) => "spec.LoadBalancerSourceRanges".to_owned(),
        (true, Some(_)) => format!("metadata.annotations[{SOURCE_RANGES}]"),
        (true, None) => return,
    };
    if kind != "LoadBalancer" {
        causes.push(Cause::forbidden(&path, ONLY_LOAD_BALANCER));
    }
    if !ranges.is_empty() {
        let known = old.map_or(&[] as &[Value], |old| old.items("spec.loadBalancerSourceRanges"));
        for (place, range) in ranges.iter().enumerate().filter(|(_, range)| !known.contains(range)) {
            // These may have spaces around them.
            let text = range.as_str().unwrap_or("").trim();
            if let Some(words) = check_cidr(text, settings.strict_addresses) {
                causes.push(Cause::invalid(&format!("{path}[{place}]"), &Value::from(text), words));
            }
        }
    } else if let Some(list) = annotation.map(str::trim).filter(|list| !list.is_empty()) {
        let unchanged = old.is_some_and(|old| old.annotation(SOURCE_RANGES) == annotation);
        for range in list.split(',').map(str::trim).filter(|_| !unchanged) {
            if let Some(words) = check_cidr(range, settings.strict_addresses) {
                causes.push(Cause::invalid(&path, &Value::from(range), words));
            }
        }
    }
}

fn load_balancer_class(object: &Object, causes: &mut Vec<Cause>) {
    let path = "spec.loadBalancerClass";
    let Some(class) = object.at(path).and_then(Value::as_str) else { return };
    if service::kind(object) == ServiceType::LoadBalancer {
        invalid_each(path, class, name::check_label_key(class), causes);
    } else {
        causes.push(Cause::forbidden(path, ONLY_LOAD_BALANCER));
    }
}

fn external_traffic(object: &Object, spec: &Value, causes: &mut Vec<Cause>) {
    let path = "spec.externalTrafficPolicy";
    if service::is_externally_accessible(object) {
        one_of(spec, "spec", "externalTrafficPolicy", &["Cluster", "Local"], true, causes);
    } else if let Some(policy) =
        spec.get("externalTrafficPolicy").filter(|_| !spec.text("externalTrafficPolicy").is_empty())
    {
        causes.push(Cause::invalid(path, policy, "may only be set for externally-accessible services"));
    }
    let path = "spec.healthCheckNodePort";
    let number = spec.int("healthCheckNodePort").unwrap_or(0);
    if service::needs_health_check(object) {
        if number == 0 {
            causes.push(Cause::required(path, ""));
        } else {
            port_number(path, number, causes);
        }
    } else if number != 0 {
        let words = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
        causes.push(Cause::invalid(path, &Value::from(number), words));
    }
}

/// Checks what an update may change.
pub fn update(new: &Object, old: &Object, causes: &mut Vec<Cause>) {
    let leaves_or_enters_alias = [new, old].iter().any(|service| service::kind(service) == ServiceType::ExternalName);
    if !leaves_or_enters_alias {
        if !(is_headless(new) && is_headless(old)) {
            update_cluster_ips(new, old, causes);
        }
        if !is_headless(new) && !is_headless(old) {
            update_families(new, old, causes);
        }
    }
    let balanced = |service: &Object| service::kind(service) == ServiceType::LoadBalancer;
    let class = |service: &Object| service.at("spec.loadBalancerClass").cloned().unwrap_or_default();
    if balanced(new) && balanced(old) && class(new) != class(old) {
        causes.push(Cause::invalid("spec.loadBalancerClass", &class(new), "may not change once set"));
    }
    load_balancer_class(new, causes);
    let port = |service: &Object| service.int("spec.healthCheckNodePort").unwrap_or(0);
    if service::needs_health_check(new) && service::needs_health_check(old) && port(new) != port(old) {
        causes.push(Cause::forbidden("spec.healthCheckNodePort", "field is immutable"));
    }
}

/// Why the status of a Service may not become that of `new`. Models ValidateServiceStatusUpdate and
/// ValidateLoadBalancerStatus.
#[allow(clippy::trivially_copy_pass_by_ref)] // Settings will grow.
pub fn validate_service_status(new: &Object, old: &Object, settings: &Settings) -> Vec<Cause> {
    let mut causes = Vec::new();
    let path = "status.loadBalancer.ingress";
    let list = new.items(path);
    if !list.is_empty() && service::kind(new) != ServiceType::LoadBalancer {
        let words = "may only be used when `spec.type` is 'LoadBalancer'";
        causes.push(Cause::forbidden(path, words));
        return causes;
    }
    let is_known = |ip: &str| old.items(path).iter().any(|one| one.text("ip") == ip);
    for (place, ingress) in list.iter().enumerate() {
        let path = format!("{path}[{place}]");
        let (ip, mode, host) = (ingress.text("ip"), ingress.text("ipMode"), ingress.text("hostname"));
        if !ip.is_empty()
            && !is_known(ip)
            && let Some(words) = check_address(ip, settings.strict_addresses)
        {
            causes.push(Cause::invalid(&format!("{path}.ip"), &Value::from(ip), words));
        }
        let field = format!("{path}.ipMode");
        match (ip.is_empty(), mode) {
            (false, "") => causes.push(Cause::required(&field, "must be specified when `ip` is set")),
            (true, "") | (false, "VIP" | "Proxy") => {}
            (true, _) => causes.push(Cause::forbidden(&field, "may not be specified when `ip` is not set")),
            (false, mode) => causes.push(Cause::not_supported(&field, &Value::from(mode), &["Proxy", "VIP"])),
        }
        if !host.is_empty() {
            let field = format!("{path}.hostname");
            invalid_each(&field, host, name::dns_subdomain(host), &mut causes);
            if read_sloppily(host).is_some() {
                causes.push(Cause::invalid(&field, &Value::from(host), "must be a DNS name, not an IP address"));
            }
        }
    }
    causes
}

/// What is wrong where a secondary address or family went.
fn released(what: &str, new: &Object, causes: &mut Vec<Cause>) {
    if new.text("spec.ipFamilyPolicy") != "SingleStack" {
        let policy = new.at("spec.ipFamilyPolicy").cloned().unwrap_or_default();
        let words = format!("must be set to 'SingleStack' when releasing the secondary {what}");
        causes.push(Cause::invalid("spec.ipFamilyPolicy", &policy, &words));
    }
}

/// Models validateUpgradeDowngradeClusterIPs.
fn update_cluster_ips(new: &Object, old: &Object, causes: &mut Vec<Cause>) {
    let (after, before) = (new.items("spec.clusterIPs"), old.items("spec.clusterIPs"));
    let list = new.at("spec.clusterIPs").filter(|_| !after.is_empty()).cloned().unwrap_or_default();
    let changed = |place: usize| Cause::invalid(&format!("spec.clusterIPs[{place}]"), &list, "may not change once set");
    if before.len() == after.len() {
        let places = before.iter().zip(after).enumerate().filter(|(_, (before, after))| before != after);
        causes.extend(places.map(|(place, _)| changed(place)));
        return;
    }
    if after.is_empty() {
        causes.push(Cause::invalid("spec.clusterIPs[0]", &list, "primary clusterIP can not be unset"));
    }
    if !before.is_empty() && !after.is_empty() && before.first() != after.first() {
        causes.push(changed(0));
    }
    if before.len() > after.len() && after.len() == 1 {
        released("clusterIP", new, causes);
    }
}

/// Models validateUpgradeDowngradeIPFamilies; in two places upstream shows the addresses instead of the families.
fn update_families(new: &Object, old: &Object, causes: &mut Vec<Cause>) {
    let (after, before) = (new.items("spec.ipFamilies"), old.items("spec.ipFamilies"));
    let shown =
        |field: &str| new.at(field).filter(|list| **list != Value::Array(Vec::new())).cloned().unwrap_or_default();
    let path = "spec.ipFamilies[0]";
    if before.len() == after.len() {
        let changes = before.iter().zip(after).filter(|(before, after)| before != after).count();
        let cause = Cause::invalid(path, &shown("spec.ipFamilies"), "may not change once set");
        causes.extend(std::iter::repeat_n(cause, changes));
        return;
    }
    if before.len() > after.len() && new.items("spec.clusterIPs").is_empty() {
        causes.push(Cause::invalid(path, &shown("spec.ipFamilies"), "primary ipFamily can not be unset"));
    }
    if !before.is_empty() && !after.is_empty() && before.first() != after.first() {
        causes.push(Cause::invalid(path, &shown("spec.clusterIPs"), "may not change once set"));
    }
    if before.len() > after.len() && after.len() == 1 {
        released("ipFamily", new, causes);
    }
}

/// What is wrong with `clusterIP`, `clusterIPs`, `ipFamilies` and `ipFamilyPolicy` taken together; `old` is what an
/// update replaces: addresses that it has are not looked at again. Allocation asks this before it looks for addresses.
///
/// Models ValidateServiceClusterIPsRelatedFields.
pub fn validate_cluster_ips(service: &Object, old: Option<&Object>) -> Vec<Cause> {
    cluster_ips(service, old, Settings::default().strict_addresses)
}

const POLICIES: &[&str] = &["PreferDualStack", "RequireDualStack", "SingleStack"];

fn cluster_ips(service: &Object, old: Option<&Object>, strict: bool) -> Vec<Cause> {
    let mut causes = Vec::new();
    if service::kind(service) == ServiceType::ExternalName {
        return causes;
    }
    let list = service.at("spec.clusterIPs").cloned().unwrap_or_default();
    let ips: Vec<&str> = service.items("spec.clusterIPs").iter().filter_map(Value::as_str).collect();
    let families: Vec<&str> = service::families(service).collect();
    let path = "spec.clusterIPs";
    match (service.text("spec.clusterIP"), ips.first()) {
        ("", Some(_)) => {
            causes.push(Cause::invalid(path, &list, "must be empty when `clusterIP` is not specified"));
        }
        ("", None) => {}
        (_, None) => causes.push(Cause::required(path, "")),
        (ip, Some(first)) if ip != *first => {
            causes.push(Cause::invalid(path, &list, "first value must match `clusterIP`"));
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
    if let Some(spec) = service.at("spec") {
        one_of(spec, "spec", "ipFamilyPolicy", POLICIES, false, &mut causes);
    }
    let known = old.map_or(&[] as &[Value], |old| old.items(path));
    addresses(&ips, &families, &list, known, strict, &mut causes);
    causes
}

fn addresses(ips: &[&str], families: &[&str], list: &Value, known: &[Value], strict: bool, causes: &mut Vec<Cause>) {
    let mut unreadable = false;
    for (place, ip) in ips.iter().enumerate() {
        if place == 0 && *ip == "None" {
            if ips.len() > 1 {
                unreadable = true;
                causes.push(Cause::invalid("spec.clusterIPs", list, "'None' must be the first and only value"));
            }
            continue;
        }
        let wrong = if known.iter().any(|one| one == ip) { None } else { check_address(ip, strict) };
        if let Some(words) = wrong {
            unreadable = true;
            causes.push(Cause::invalid(&format!("spec.clusterIPs[{place}]"), &Value::from(*ip), words));
        }
    }
    if ips.len() > 2 {
        causes.push(Cause::invalid("spec.clusterIPs", list, "may only hold up to 2 values"));
    }
    if unreadable {
        return;
    }
    let are_v4: Vec<bool> = ips.iter().filter_map(|ip| read_sloppily(ip)).map(|ip| ip.is_ipv4()).collect();
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;

    #[test]
    fn balancers_say_where_they_are() {
        let service = |kind: &str, ingress: Value| {
            Object::new(json!({"spec": {"type": kind}, "status": {"loadBalancer": {"ingress": ingress}}})).unwrap()
        };
        let old = service("LoadBalancer", json!([{"ip": "010.0.0.1", "ipMode": "VIP"}]));
        for (kind, ingress, wanted) in [
            ("LoadBalancer", json!([{"ip": "1.2.3.4", "ipMode": "Proxy"}, {"hostname": "a.b"}]), ""),
            ("LoadBalancer", json!([{"ip": "010.0.0.1", "ipMode": "VIP"}]), ""),
            (
                "ClusterIP",
                json!([{"ip": "1.2.3.4"}]),
                ": Forbidden: may only be used when `spec.type` is 'LoadBalancer'",
            ),
            (
                "LoadBalancer",
                json!([{"ip": "1.2.3.4"}]),
                "[0].ipMode: Required value: must be specified when `ip` is set",
            ),
            (
                "LoadBalancer",
                json!([{"ip": "1.2.3.4", "ipMode": "x"}]),
                "[0].ipMode: Unsupported value: \"x\": supported values: \"Proxy\", \"VIP\"",
            ),
            (
                "LoadBalancer",
                json!([{"hostname": "1.2.3.4"}]),
                "[0].hostname: Invalid value: \"1.2.3.4\": must be a DNS name, not an IP address",
            ),
        ] {
            let causes = validate_service_status(&service(kind, ingress), &old, &Settings::default());
            let said: Vec<String> = causes.iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect();
            assert_eq!(said.join("\n").replace("status.loadBalancer.ingress", ""), wanted, "{kind}");
        }
    }
}
