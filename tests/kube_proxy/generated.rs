//! Services and slices made by chance, and the kube-proxy of a node that has seen them.

use super::alone::Alone;
use service_playground::api::{Object, ResourceId};
use service_playground::api::{Value, json};
use service_playground::clock::{Random, Time};
use service_playground::net::{Cidr, Program};
use service_playground::proxy::{Mode, Settings};
use std::net::IpAddr;
use std::sync::Arc;

/// A Service and its slice.
#[derive(Debug)]
pub struct Generated {
    pub service: Value,
    pub slice: Value,
}

impl Generated {
    /// One of several Services that differ in everything that kube-proxy looks at; `number` keeps addresses apart.
    pub fn by_chance(random: &mut Random, number: u8) -> Generated {
        let mut coin = |of| random.below(of);
        let kind = ["ClusterIP", "NodePort", "LoadBalancer"][coin(3) as usize];
        let name = format!("web-{number}");
        let local = ["Cluster", "Local"];
        let protocols = ["TCP", "UDP", "SCTP"];
        let mut spec = json!({
            "type": kind,
            "clusterIP": format!("10.96.0.{}", 50 + number),
            "internalTrafficPolicy": local[usize::from(coin(4) == 0)],
        });
        let mut ports = vec![];
        for port in 0..=coin(2) {
            let mut one = json!({"port": 80 + port, "protocol": protocols[(coin(5) as usize).saturating_sub(2)]});
            if coin(2) == 0 || port > 0 {
                one["name"] = json!(format!("p{port}"));
            }
            if kind != "ClusterIP" {
                one["nodePort"] = json!(30_000 + u32::from(number) * 10 + port);
            }
            ports.push(one);
        }
        if ports.len() > 1 {
            ports[0]["name"] = json!("p0");
        }
        if coin(3) == 0 {
            let own = format!("192.0.2.{number}");
            let lists = [json!([own]), json!([format!("192.0.2.{}", 100 + number), own]), json!([own, "2001:db8::1"])];
            spec["externalIPs"] = lists[coin(3) as usize].clone();
        }
        let is_external = kind != "ClusterIP" || spec["externalIPs"].is_array();
        if is_external {
            spec["externalTrafficPolicy"] = json!(local[usize::from(coin(2) == 0)]);
        }
        if coin(4) == 0 {
            spec["sessionAffinity"] = json!("ClientIP");
            spec["sessionAffinityConfig"] = json!({"clientIP": {"timeoutSeconds": 60 + coin(10_800)}});
        }
        let mut status = json!({});
        if kind == "LoadBalancer" {
            let mode = ["VIP", "Proxy"][usize::from(coin(5) == 0)];
            let mut ingress = vec![json!({"ip": format!("203.0.113.{number}"), "ipMode": mode})];
            if coin(3) == 0 {
                ingress.extend([json!({"hostname": "lb.test"}), json!({"ip": format!("198.51.100.{number}")})]);
            }
            status = json!({"loadBalancer": {"ingress": ingress}});
            let ranges = [
                json!(["172.18.0.0/24"]),
                json!(["10.244.1.0/24", "172.18.0.100/32"]),
                json!(["10.244.0.0/24"]),
                json!(["10.244.0.0/24", "10.244.1.0/24", "172.18.0.0/16", "172.18.0.0/24"]),
                json!(["172.18.0.100/32", "172.18.0.101/32"]),
                json!(["0.0.0.0/0"]),
                json!(["10.0.0.0/9", "10.128.0.0/9"]),
                json!(["192.0.2.7/24", "2001:db8::/32"]),
            ];
            if let Some(ranges) = ranges.get(coin(11) as usize) {
                spec["loadBalancerSourceRanges"] = ranges.clone();
            }
            spec["healthCheckNodePort"] = json!(32_000 + u32::from(number));
        }
        let mut endpoints = vec![];
        let hints = coin(4);
        for pod in 0..coin(6) {
            let hints = if coin(8) == 0 { 0 } else { hints };
            let node = coin(2);
            let (ready, serving, terminating) = [
                (true, true, false),
                (true, true, false),
                (false, true, true),
                (false, false, true),
                (false, false, false),
            ][coin(5) as usize];
            let mut one = json!({
                "addresses": [format!("10.244.{node}.{}", 10 + u32::from(number) * 8 + pod)],
                "nodeName": format!("node{}", node + 1),
                "conditions": {"ready": ready, "serving": serving, "terminating": terminating},
            });
            match coin(6) {
                // A pod on its node's network, or an address that somebody wrote by hand.
                0 => one["addresses"] = json!([format!("172.18.0.{}", 11 + node)]),
                1 => {
                    one = json!({"addresses": [format!("192.0.2.{}", 200 + pod)], "conditions": {"ready": ready}});
                }
                _ => {}
            }
            if hints > 0 {
                let zone = json!({"forZones": [{"name": format!("zone-{}", node + 1)}]});
                let both = json!({"forZones": zone["forZones"], "forNodes": [{"name": format!("node{}", node + 1)}]});
                one["hints"] = if hints == 1 { zone } else { both };
            }
            endpoints.push(one);
        }
        let slice_ports: Vec<Value> = ports
            .iter()
            .map(
                |port| json!({"name": port["name"].as_str().unwrap_or(""), "protocol": port["protocol"], "port": 8080}),
            )
            .collect();
        spec["ports"] = json!(ports);
        Generated {
            service: json!({"metadata": {"name": name, "namespace": "default"}, "spec": spec, "status": status}),
            slice: json!({
                "metadata": {
                    "name": name, "namespace": "default", "labels": {"kubernetes.io/service-name": name},
                },
                "addressType": "IPv4", "ports": slice_ports, "endpoints": endpoints,
            }),
        }
    }
}

/// The address of a node.
pub fn node_address(node: u8) -> IpAddr {
    IpAddr::from([172, 18, 0, 10 + node])
}

/// The kube-proxy of a node and the program it starts with.
pub fn kube_proxy(mode: Mode, node: u8) -> (Alone, Arc<Program>) {
    let range = |text| Cidr::parse(text).unwrap();
    let name = format!("node{node}");
    let mut settings = Settings::new(mode, &name, node_address(node), range("10.244.0.0/16"), range("10.96.0.0/12"));
    settings.labels.insert("topology.kubernetes.io/zone".to_owned(), format!("zone-{node}"));
    Alone::new(settings)
}

/// Tells `proxy` an object.
pub fn tell(proxy: &mut Alone, resource: ResourceId, object: &Value) {
    let object = Object::new(object.clone()).unwrap();
    let named = (object.namespace().to_owned(), object.name().to_owned());
    proxy.take(resource, named, Some(Arc::new(object)), Time::ZERO);
}

/// Tells `proxy` a Service and its slice.
pub fn tell_both(proxy: &mut Alone, generated: &Generated) {
    tell(proxy, ResourceId::SERVICES, &generated.service);
    tell(proxy, ResourceId::ENDPOINT_SLICES, &generated.slice);
}
