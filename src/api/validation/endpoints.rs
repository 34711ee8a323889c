//! Endpoints and EndpointSlices. Models validateEndpointSubsets and pkg/apis/discovery/validation.

use super::super::{Cause, Fields, Object, Settings, Value};
use super::address::{check_address, non_special, read_sloppily};
use super::{PROTOCOLS, invalid_each, name, one_of, port_number};

/// Checks the subsets of an Endpoints object.
pub fn endpoints(object: &Object, settings: Settings, causes: &mut Vec<Cause>) {
    for (place, subset) in object.items("subsets").iter().enumerate() {
        let path = format!("subsets[{place}]");
        let lists = ["addresses", "notReadyAddresses"];
        if lists.iter().all(|list| subset.items(list).is_empty()) {
            causes.push(Cause::required(&path, "must specify `addresses` or `notReadyAddresses`"));
        }
        for list in lists {
            for (place, one) in subset.items(list).iter().enumerate() {
                address(one, settings, &format!("{path}.{list}[{place}]"), causes);
            }
        }
        let ports = subset.items("ports");
        for (place, one) in ports.iter().enumerate() {
            port(one, ports.len() > 1, &format!("{path}.ports[{place}]"), causes);
        }
    }
}

fn address(address: &Value, settings: Settings, path: &str, causes: &mut Vec<Cause>) {
    let ip = address.text("ip");
    if let Some(words) = check_address(ip, settings.strict_addresses) {
        causes.push(Cause::invalid(&format!("{path}.ip"), &Value::from(ip), words));
    }
    let hostname = address.text("hostname");
    if !hostname.is_empty() {
        invalid_each(&format!("{path}.hostname"), hostname, name::dns_label(hostname), causes);
    }
    if let Some(node) = address.at("nodeName").and_then(Value::as_str) {
        invalid_each(&format!("{path}.nodeName"), node, name::dns_subdomain(node), causes);
    }
    non_special(&format!("{path}.ip"), ip, causes);
}

fn port(port: &Value, named: bool, path: &str, causes: &mut Vec<Cause>) {
    let name = port.text("name");
    if named && name.is_empty() {
        causes.push(Cause::required(&format!("{path}.name"), ""));
    } else if !name.is_empty() {
        invalid_each(&format!("{path}.name"), name, name::dns_label(name), causes);
    }
    port_number(&format!("{path}.port"), port.int("port").unwrap_or(0), causes);
    one_of(port, path, "protocol", PROTOCOLS, true, causes);
    app_protocol(port, path, causes);
}

fn app_protocol(port: &Value, path: &str, causes: &mut Vec<Cause>) {
    if let Some(protocol) = port.at("appProtocol").and_then(Value::as_str) {
        invalid_each(&format!("{path}.appProtocol"), protocol, name::check_label_key(protocol), causes);
    }
}

const MAX_ENDPOINTS: usize = 1000;
const MAX_ADDRESSES: usize = 100;
const MAX_PORTS: usize = 20_000;

/// Checks an EndpointSlice. The numbers of its ports are not looked at.
pub fn endpoint_slice(object: &Object, settings: Settings, causes: &mut Vec<Cause>) {
    let family = object.text("addressType");
    one_of(object.value(), "", "addressType", &["FQDN", "IPv4", "IPv6"], true, causes);
    let list = object.items("endpoints");
    if list.len() > MAX_ENDPOINTS {
        causes.push(Cause::too_many("endpoints", list.len(), MAX_ENDPOINTS));
    } else {
        for (place, endpoint) in list.iter().enumerate() {
            slice_endpoint(endpoint, family, settings, &format!("endpoints[{place}]"), causes);
        }
    }
    slice_ports(object.items("ports"), causes);
}

fn slice_endpoint(endpoint: &Value, family: &str, settings: Settings, path: &str, causes: &mut Vec<Cause>) {
    let addresses = endpoint.items("addresses");
    let field = format!("{path}.addresses");
    if addresses.is_empty() {
        causes.push(Cause::required(&field, "must contain at least 1 address"));
    } else if addresses.len() > MAX_ADDRESSES {
        causes.push(Cause::too_many(&field, addresses.len(), MAX_ADDRESSES));
    }
    for (place, address) in addresses.iter().enumerate() {
        let path = format!("{field}[{place}]");
        let text = address.as_str().unwrap_or("");
        match family {
            "IPv4" | "IPv6" => {
                if let Some(words) = check_address(text, settings.strict_addresses) {
                    causes.push(Cause::invalid(&path, address, words));
                    continue;
                }
                if read_sloppily(text).is_some_and(|ip| ip.is_ipv4() != (family == "IPv4")) {
                    // Upstream's path names the list.
                    causes.push(Cause::invalid(&field, address, &format!("must be an {family} address")));
                }
                non_special(&path, text, causes);
            }
            "FQDN" => {
                if text.is_empty() {
                    causes.push(Cause::required(&path, ""));
                }
                invalid_each(&path, text, name::qualified_domain(text), causes);
            }
            _ => {}
        }
    }
    if let Some(node) = endpoint.at("nodeName").and_then(Value::as_str) {
        invalid_each(&format!("{path}.nodeName"), node, name::dns_subdomain(node), causes);
    }
    if let Some(hostname) = endpoint.at("hostname").and_then(Value::as_str) {
        invalid_each(&format!("{path}.hostname"), hostname, name::dns_label(hostname), causes);
    }
    for (list, rule) in
        [("forZones", name::check_label_value as fn(&str) -> Vec<String>), ("forNodes", name::dns_subdomain)]
    {
        hints(endpoint.items(&format!("hints.{list}")), rule, &format!("{path}.hints.{list}"), causes);
    }
}

const MAX_HINTS: usize = 8;

/// Models validateHints.
fn hints(list: &[Value], rule: fn(&str) -> Vec<String>, path: &str, causes: &mut Vec<Cause>) {
    if list.len() > MAX_HINTS {
        causes.push(Cause::too_many(path, list.len(), MAX_HINTS));
        return;
    }
    for (place, hint) in list.iter().enumerate() {
        let (field, text) = (format!("{path}[{place}].name"), hint.text("name"));
        if list.iter().take(place).any(|other| other.text("name") == text) {
            causes.push(Cause::duplicate(&field, &Value::from(text)));
        }
        invalid_each(&field, text, rule(text), causes);
    }
}

fn slice_ports(ports: &[Value], causes: &mut Vec<Cause>) {
    if ports.len() > MAX_PORTS {
        causes.push(Cause::too_many("ports", ports.len(), MAX_PORTS));
        return;
    }
    let mut names: Vec<&str> = Vec::new();
    for (place, port) in ports.iter().enumerate() {
        let path = format!("ports[{place}]");
        let name = port.text("name");
        if !name.is_empty() {
            invalid_each(&format!("{path}.name"), name, name::dns_label(name), causes);
        }
        if names.contains(&name) {
            causes.push(Cause::duplicate(&format!("{path}.name"), &Value::from(name)));
        } else {
            names.push(name);
        }
        one_of(port, &path, "protocol", PROTOCOLS, true, causes);
        app_protocol(port, &path, causes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;

    #[test]
    fn hints_name_each_place_once() {
        let zones = |names: &[&str]| names.iter().map(|name| json!({"name": name})).collect::<Value>();
        for (list, wanted) in [
            (zones(&["a", "b"]), ""),
            (zones(&["a", "a"]), "h[1].name: Duplicate value: \"a\""),
            (zones(&["a", "b", "c", "d", "e", "f", "g", "h", "i"]), "h: Too many: 9: must have at most 8 items"),
        ] {
            let mut causes = Vec::new();
            hints(list.as_array().unwrap(), name::check_label_value, "h", &mut causes);
            let said: Vec<String> = causes.iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect();
            assert_eq!(said.join("\n"), wanted);
        }
    }
}
