//! Ports on which containers listen.

use super::images;
use crate::api::{Fields, Value};
use crate::order::Order;

/// How a port is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Transport {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

impl Transport {
    /// The transport that a manifest's `protocol` names, in any case; TCP where it is empty.
    pub fn parse(text: &str) -> Option<Transport> {
        match text {
            "" | "TCP" | "tcp" => Some(Transport::Tcp),
            "UDP" | "udp" => Some(Transport::Udp),
            "SCTP" | "sctp" => Some(Transport::Sctp),
            _ => None,
        }
    }

    /// `tcp`.
    pub fn name(self) -> &'static str {
        match self {
            Transport::Tcp => "tcp",
            Transport::Udp => "udp",
            Transport::Sctp => "sctp",
        }
    }
}

/// A port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Port {
    /// How it is reached.
    pub transport: Transport,
    /// Its number.
    pub number: u16,
}

impl Port {
    /// A TCP port.
    pub const fn tcp(number: u16) -> Port {
        Port { transport: Transport::Tcp, number }
    }
}

/// The ports on which a container of a manifest listens while it runs: its image's usual ones where the image is known,
/// else the declared ones, else those that its probes name.
pub fn of_container(container: &Value) -> Vec<Port> {
    if let Some(known) = images::known(container.text("image")) {
        return known.ports.iter().copied().map(Port::tcp).collect();
    }
    let declared = container.items("ports").iter().filter_map(|port| {
        let number = port.int("containerPort").and_then(|number| u16::try_from(number).ok())?;
        Some(Port { transport: Transport::parse(port.text("protocol"))?, number })
    });
    let declared: Vec<Port> = declared.collect();
    if !declared.is_empty() {
        return declared;
    }
    let mut probed: Vec<Port> = ["readinessProbe", "startupProbe", "livenessProbe"]
        .into_iter()
        .filter_map(|probe| probed(container.at(probe)?, container))
        .map(Port::tcp)
        .collect();
    probed.order();
    probed.dedup();
    if probed.is_empty() { of_agnhost(container) } else { probed }
}

/// Where the usual servers in the image agnhost listen, which its arguments choose.
fn of_agnhost(container: &Value) -> Vec<Port> {
    let words = || ["command", "args"].into_iter().flat_map(|field| container.items(field)).filter_map(Value::as_str);
    let number = |flag: &str, usual: u16| {
        let said = words().find_map(|word| word.trim_start_matches('-').strip_prefix(flag)?.strip_prefix('='));
        said.and_then(|number| number.parse().ok()).unwrap_or(usual)
    };
    if images::short_name(container.text("image")) != "agnhost" {
        return Vec::new();
    }
    if words().any(|word| word == "netexec") {
        let udp = Port { transport: Transport::Udp, number: number("udp-port", 8081) };
        return vec![Port::tcp(number("http-port", 8080)), udp];
    }
    let serves = words().any(|word| word == "serve-hostname");
    serves.then(|| Port::tcp(number("port", 9376))).into_iter().collect()
}

/// The port that a probe asks; a named one is looked up among the container's ports. `None` for a probe that asks no
/// port, or one that does not exist.
pub fn probed(probe: &Value, container: &Value) -> Option<u16> {
    let port = ["httpGet.port", "tcpSocket.port", "grpc.port"].into_iter().find_map(|path| probe.at(path))?;
    let number = match port.as_str() {
        // Some manifests write the number as a text.
        Some(name) => container
            .items("ports")
            .iter()
            .find(|one| one.text("name") == name)
            .and_then(|one| one.int("containerPort"))
            .or_else(|| name.parse().ok()),
        None => port.as_i64(),
    };
    number.and_then(|number| u16::try_from(number).ok())
}

/// Whether the probe asks a port at all; one that runs a program in the container does not.
pub fn asks_port(probe: &Value) -> bool {
    ["httpGet", "tcpSocket", "grpc"].into_iter().any(|kind| probe.at(kind).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;

    #[test]
    fn known_images_come_before_declared_ports_and_those_before_probes() {
        let numbers = |container| of_container(&container).iter().map(|port| port.number).collect::<Vec<_>>();
        assert_eq!(numbers(json!({"image": "nginx:1.27", "ports": [{"containerPort": 8080}]})), [80]);
        assert_eq!(numbers(json!({"image": "example/web", "ports": [{"containerPort": 8080}]})), [8080]);
        let probed = json!({"image": "example/web", "readinessProbe": {"httpGet": {"port": 8081}}, "livenessProbe": {"tcpSocket": {"port": "8081"}}});
        assert_eq!(numbers(probed), [8081]);
        assert_eq!(numbers(json!({"image": "example/web"})), [0_u16; 0]);
        let agnhost =
            |args: &[&str]| numbers(json!({"image": "registry.k8s.io/e2e-test-images/agnhost:2.39", "args": args}));
        assert_eq!(agnhost(&["netexec", "--http-port=80"]), [80, 8081]);
        assert_eq!(agnhost(&["serve-hostname"]), [9376]);
        assert_eq!(agnhost(&["pause"]), [0_u16; 0]);
        assert_eq!(numbers(json!({"image": "busybox", "ports": [{"containerPort": 8080}]})), [0_u16; 0]);
    }

    #[test]
    fn probes_find_named_ports() {
        let container = json!({"ports": [{"name": "web", "containerPort": 8080}]});
        assert_eq!(probed(&json!({"httpGet": {"port": "web"}}), &container), Some(8080));
        assert_eq!(probed(&json!({"httpGet": {"port": "nope"}}), &container), None);
        assert_eq!(probed(&json!({"exec": {"command": ["true"]}}), &container), None);
    }
}
