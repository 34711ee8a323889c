//! Reading pods: the questions that the controllers, the kubelet, the proxy and kubectl all ask.

use super::{Fields, Object, Value};

/// `status.phase`; an unset one reads as `Pending`.
pub fn phase(pod: &Object) -> &str {
    match pod.text("status.phase") {
        "" => "Pending",
        phase => phase,
    }
}

/// The condition of this type.
pub fn condition<'a>(pod: &'a Object, kind: &str) -> Option<&'a Value> {
    pod.items("status.conditions").iter().find(|condition| condition.text("type") == kind)
}

/// Whether the condition `Ready` is true. Models pkg/api/v1/pod IsPodReady.
pub fn is_ready(pod: &Object) -> bool {
    pod.answers().is_ready()
}

/// Since when it is ready: the timestamp of the condition `Ready`, where that is true.
pub fn ready_since(pod: &Object) -> Option<&str> {
    condition(pod, "Ready").filter(|ready| ready.text("status") == "True").map(|ready| ready.text("lastTransitionTime"))
}

/// Whether it has run to its end, well or badly. Models pkg/api/v1/pod IsPodTerminal.
pub fn is_terminal(pod: &Object) -> bool {
    pod.answers().is_terminal()
}

/// Whether it counts as one of its owner's replicas. Models pkg/controller IsPodActive.
pub fn is_active(pod: &Object) -> bool {
    !is_terminal(pod) && !pod.is_being_deleted()
}

/// `spec.nodeName`; `""` until the scheduler bound it.
pub fn node(pod: &Object) -> &str {
    pod.text("spec.nodeName")
}

/// `status.podIP`; `""` where it has none.
pub fn ip(pod: &Object) -> &str {
    pod.text("status.podIP")
}

/// Whether it has an address.
pub fn has_address(pod: &Object) -> bool {
    pod.answers().has_address()
}

/// Every address of it, the first one first.
pub fn ips(pod: &Object) -> Vec<&str> {
    let mut all: Vec<&str> = pod.items("status.podIPs").iter().map(|one| one.text("ip")).collect();
    all.retain(|ip| !ip.is_empty());
    if all.is_empty() && !ip(pod).is_empty() {
        all.push(ip(pod));
    }
    all
}

/// `spec.containers`.
pub fn containers(pod: &Object) -> &[Value] {
    pod.items("spec.containers")
}

/// What the containers of a pod need together, where `of` says what one needs: containers and sidecars run beside each
/// other and are added up, another init container counts where it and the sidecars before it need more. Models
/// component-helpers resource PodRequests and PodLimits.
pub fn total<T: Copy + Default>(
    pod: &Object,
    of: impl Fn(&Value) -> T,
    plus: impl Fn(T, T) -> T,
    larger: impl Fn(T, T) -> T,
) -> T {
    pod.at("spec").map_or_else(T::default, |spec| total_of_spec(spec, of, plus, larger))
}

/// The same of a spec. Models component-helpers resource AggregateContainerRequests.
pub fn total_of_spec<T: Copy + Default>(
    spec: &Value,
    of: impl Fn(&Value) -> T,
    plus: impl Fn(T, T) -> T,
    larger: impl Fn(T, T) -> T,
) -> T {
    let (mut running, mut most) = (T::default(), T::default());
    for container in spec.items("initContainers") {
        let with_it = plus(running, of(container));
        most = larger(most, with_it);
        if container.text("restartPolicy") == "Always" {
            running = with_it;
        }
    }
    larger(spec.items("containers").iter().fold(running, |sum, container| plus(sum, of(container))), most)
}

/// The resources that a pod as a whole may ask for.
pub fn is_pod_level(resource: &str) -> bool {
    matches!(resource, "cpu" | "memory") || resource.starts_with("hugepages-")
}

/// What `list` (`requests` or `limits`) of the pod as a whole says of a resource: it counts in place of what its
/// containers say. Models component-helpers resource PodRequests and PodLimits.
pub fn level<'p>(pod: &'p Object, list: &str, resource: &str) -> Option<&'p Value> {
    pod.at("spec.resources").and_then(|all| all.get(list))?.get(resource).filter(|_| is_pod_level(resource))
}

/// The init containers that keep running beside the others: those with `restartPolicy: Always`.
pub fn sidecars(pod: &Object) -> impl Iterator<Item = &Value> {
    pod.items("spec.initContainers").iter().filter(|container| container.text("restartPolicy") == "Always")
}

/// How often its containers were restarted, all together.
pub fn restarts(pod: &Object) -> i64 {
    pod.items("status.containerStatuses").iter().filter_map(|status| status.int("restartCount")).sum()
}

/// Whether it uses its node's network and address.
pub fn is_on_host_network(pod: &Object) -> bool {
    pod.is_true("spec.hostNetwork")
}

/// The number that a Service's `targetPort` means in this pod, for ports of `protocol`: a number as it is, a name as
/// the first container declares it. Models endpointslice FindPort.
pub fn find_port(pod: &Object, target: &Value, protocol: &str) -> Option<u16> {
    let Some(name) = target.as_str() else {
        return target.as_i64().and_then(|number| u16::try_from(number).ok());
    };
    let protocol = if protocol.is_empty() { "TCP" } else { protocol };
    containers(pod).iter().chain(sidecars(pod)).flat_map(|container| container.items("ports")).find_map(|port| {
        let same = port.text("name") == name
            && matches!(port.text("protocol"), one if one == protocol || (one.is_empty() && protocol == "TCP"));
        if same { port.int("containerPort").and_then(|number| u16::try_from(number).ok()) } else { None }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;

    #[test]
    fn a_named_target_port_is_looked_up_with_its_protocol() {
        let pod = Object::new(json!({"spec": {
            "containers": [
                {"name": "a", "ports": [{"name": "dns", "containerPort": 53, "protocol": "UDP"}]},
                {"name": "b", "ports": [{"name": "dns", "containerPort": 5353}]},
            ],
            "initContainers": [
                {"name": "once", "ports": [{"name": "side", "containerPort": 1}]},
                {"name": "always", "restartPolicy": "Always", "ports": [{"name": "side", "containerPort": 2}]},
            ],
        }}))
        .unwrap();
        assert_eq!(find_port(&pod, &json!("dns"), "UDP"), Some(53));
        assert_eq!(find_port(&pod, &json!("dns"), ""), Some(5353));
        assert_eq!(find_port(&pod, &json!("side"), "TCP"), Some(2));
        assert_eq!(find_port(&pod, &json!("none"), "TCP"), None);
        assert_eq!(find_port(&pod, &json!(8080), "TCP"), Some(8080));
    }

    #[test]
    fn the_questions_about_a_pods_life() {
        let pod = Object::new(json!({"status": {"phase": "Running", "podIP": "10.244.0.2",
            "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": "2024-01-01T00:00:00Z"}],
            "containerStatuses": [{"restartCount": 3}, {"restartCount": 1}]}}))
        .unwrap();
        assert!(is_ready(&pod) && is_active(&pod) && !is_terminal(&pod));
        assert_eq!(ready_since(&pod), Some("2024-01-01T00:00:00Z"));
        assert_eq!((ips(&pod), restarts(&pod)), (vec!["10.244.0.2"], 4));
    }
}
