//! Defaults of Services. Models SetDefaults_Service.

use super::super::{Fields, Value, json};
use super::{child, each, set};

pub(super) fn default_service(root: &mut Value) {
    let spec = child(root, "spec");
    set(spec, "sessionAffinity", "None");
    match spec.text("sessionAffinity") {
        // A timeout without affinity is dropped silently.
        "None" => {
            if let Some(map) = spec.as_object_mut() {
                map.remove("sessionAffinityConfig");
            }
        }
        "ClientIP" => {
            let client =
                spec.at("sessionAffinityConfig.clientIP.timeoutSeconds").is_some_and(|seconds| !seconds.is_null());
            if !client {
                spec["sessionAffinityConfig"] = json!({"clientIP": {"timeoutSeconds": 10800}});
            }
        }
        _ => {}
    }
    set(spec, "type", "ClusterIP");
    each(spec, "ports", |port| {
        set(port, "protocol", "TCP");
        let unset = port.get("targetPort").is_none_or(|target| target.is_null() || *target == 0 || *target == "");
        if unset {
            port["targetPort"] = json!(port.int("port").unwrap_or(0));
        }
    });
    let kind = spec.text("type").to_owned();
    let external_ips = !spec.items("externalIPs").is_empty();
    let reachable = matches!(kind.as_str(), "NodePort" | "LoadBalancer") || (kind == "ClusterIP" && external_ips);
    if reachable && spec.text("externalTrafficPolicy").is_empty() {
        spec["externalTrafficPolicy"] = json!("Cluster");
    }
    if matches!(kind.as_str(), "NodePort" | "LoadBalancer" | "ClusterIP") {
        set(spec, "internalTrafficPolicy", "Cluster");
    }
    if kind == "LoadBalancer" {
        set(spec, "allocateLoadBalancerNodePorts", true);
        if let Some(balancer) = root.get_mut("status").and_then(|status| status.get_mut("loadBalancer")) {
            each(balancer, "ingress", |ingress| {
                if !ingress.text("ip").is_empty() {
                    set(ingress, "ipMode", "VIP");
                }
            });
        }
    }
}
