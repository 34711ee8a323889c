//! Endpoints and EndpointSlices. Models describeEndpoints and describeEndpointSliceV1.

use super::{Page, number, or_none, texts};
use crate::api::{Fields, Object, Value};

pub(super) fn describe(page: &mut Page, endpoints: &Object) {
    page.head(endpoints);
    page.labels(endpoints);
    page.own_annotations(endpoints);
    page.line(0, "Subsets:");
    for subset in endpoints.items("subsets") {
        let addresses = |field: &str| -> String {
            let all: Vec<&str> = subset.items(field).iter().map(|address| address.text("ip")).collect();
            or_none(&all.join(",")).to_owned()
        };
        page.field(1, "Addresses", &addresses("addresses"));
        page.field(1, "NotReadyAddresses", &addresses("notReadyAddresses"));
        ports(page, 1, subset.items("ports"));
        page.line(0, "");
    }
}

/// The table of ports.
fn ports(page: &mut Page, level: usize, ports: &[Value]) {
    if ports.is_empty() {
        return;
    }
    page.line(level, "Ports:");
    page.line(level + 1, "Name\tPort\tProtocol");
    page.line(level + 1, "----\t----\t--------");
    for port in ports {
        let name = match port.text("name") {
            "" => "<unset>",
            name => name,
        };
        page.line(level + 1, &format!("{name}\t{}\t{}", number(port, "port"), port.text("protocol")));
    }
}

pub(super) fn describe_slice(page: &mut Page, slice: &Object) {
    let unset = |text: &str| if text.is_empty() { "<unset>".to_owned() } else { text.to_owned() };
    page.head(slice);
    page.labels(slice);
    page.own_annotations(slice);
    page.field(0, "AddressType", slice.text("addressType"));
    if slice.items("ports").is_empty() {
        page.field(0, "Ports", "<unset>");
    } else {
        ports(page, 0, slice.items("ports"));
    }
    let endpoints = slice.items("endpoints");
    if endpoints.is_empty() {
        return page.field(0, "Endpoints", "<none>");
    }
    page.line(0, "Endpoints:");
    for endpoint in endpoints {
        page.field(1, "- Addresses", &texts(endpoint, "addresses").join(", "));
        page.line(2, "Conditions:");
        let ready = endpoint.at("conditions.ready").map(ToString::to_string).unwrap_or_default();
        page.field(3, "Ready", &unset(&ready));
        page.field(2, "Hostname", &unset(endpoint.text("hostname")));
        if endpoint.at("targetRef").is_some() {
            let target = |field: &str| endpoint.text(&format!("targetRef.{field}"));
            page.field(2, "TargetRef", &format!("{}/{}", target("kind"), target("name")));
        }
        page.field(2, "NodeName", &unset(endpoint.text("nodeName")));
        page.field(2, "Zone", &unset(endpoint.text("zone")));
        let hints: Vec<&str> = endpoint.items("hints.forZones").iter().map(|zone| zone.text("name")).collect();
        if !hints.is_empty() {
            page.field(2, "Hints", "");
            page.field(3, "For Zones", &hints.join(","));
        }
    }
}
