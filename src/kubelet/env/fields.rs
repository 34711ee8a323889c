//! Values that a variable takes from its pod: fields, and shares of resources.

use crate::api::quantity::Quantity;
use crate::api::{Fields, Object, Value, pod};

/// The value of a `fieldRef`; `None` for a path that the kubelet does not serve.
///
/// Models pkg/kubelet podFieldSelectorRuntimeValue and pkg/fieldpath.
pub fn of_pod(pod: &Object, node: Option<&Object>, path: &str) -> Option<String> {
    for (field, map) in [("metadata.labels", "labels"), ("metadata.annotations", "annotations")] {
        let Some(key) = path.strip_prefix(field).and_then(|rest| rest.strip_prefix("['")?.strip_suffix("']")) else {
            continue;
        };
        let value = if map == "labels" { pod.label(key) } else { pod.annotation(key) };
        return Some(value.unwrap_or("").to_owned());
    }
    let internal = || {
        let addresses = node.into_iter().flat_map(|node| node.items("status.addresses"));
        let address = addresses.into_iter().find(|one| one.text("type") == "InternalIP");
        address.map_or("", |one| one.text("address")).to_owned()
    };
    let host_ip = || match pod.text("status.hostIP") {
        "" => internal(),
        ip => ip.to_owned(),
    };
    Some(match path {
        "metadata.name" => pod.name().to_owned(),
        "metadata.namespace" => pod.namespace().to_owned(),
        "metadata.uid" => pod.uid().to_owned(),
        "spec.nodeName" => pod::node(pod).to_owned(),
        "spec.serviceAccountName" => match pod.text("spec.serviceAccountName") {
            "" => "default".to_owned(),
            name => name.to_owned(),
        },
        "status.hostIP" | "status.hostIPs" => host_ip(),
        "status.podIP" => pod::ip(pod).to_owned(),
        "status.podIPs" => pod::ips(pod).join(","),
        _ => return None,
    })
}

/// The value of a `resourceFieldRef`: a container's request or limit in units of the divisor, rounded up. A limit that
/// is not set is what the node can give.
///
/// Models pkg/api/v1/resource ExtractContainerResourceValue.
pub fn of_resources(pod: &Object, own: &Value, node: Option<&Object>, field: &Value) -> Result<String, String> {
    let resource = field.text("resource");
    let container = match field.text("containerName") {
        "" => own,
        name => pod::containers(pod)
            .iter()
            .chain(pod.items("spec.initContainers"))
            .find(|container| container.text("name") == name)
            .ok_or_else(|| format!("container {name} not found"))?,
    };
    let (kind, name) = resource.split_once('.').unwrap_or(("", resource));
    if !matches!(kind, "limits" | "requests") || !(matches!(name, "cpu" | "memory" | "ephemeral-storage")) {
        return Err(format!("unsupported container resource : {resource}"));
    }
    let text = |list: &str| container.at("resources").and_then(|all| all.at(list)?.get(name));
    let amount = match text(kind).and_then(Quantity::read) {
        Some(amount) => amount,
        None if kind == "limits" => {
            node.and_then(|node| node.at("status.allocatable")?.get(name)).and_then(Quantity::read).unwrap_or_default()
        }
        None => Quantity::default(),
    };
    let divisor = field.at("divisor").and_then(Quantity::read).map_or(0, Quantity::billionths);
    let divisor = if divisor > 0 { divisor } else { 1_000_000_000 };
    let (amount, left) = (amount.billionths() / divisor, amount.billionths() % divisor);
    Ok((amount + i128::from(left > 0)).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;

    #[test]
    fn resources_are_counted_in_units_of_the_divisor() {
        let pod = Object::new(json!({"spec": {"containers": []}})).unwrap();
        let node = Object::new(json!({"status": {"allocatable": {"cpu": "8", "memory": "16Gi"}}})).unwrap();
        let own = json!({"resources": {"requests": {"cpu": "250m", "memory": "64Mi"}, "limits": {"memory": "1G"}}});
        let read = |field: Value| of_resources(&pod, &own, Some(&node), &field).unwrap_or_else(|error| error);
        assert_eq!(read(json!({"resource": "requests.cpu"})), "1");
        assert_eq!(read(json!({"resource": "requests.cpu", "divisor": "1m"})), "250");
        assert_eq!(read(json!({"resource": "requests.memory", "divisor": "1Mi"})), "64");
        assert_eq!(read(json!({"resource": "limits.memory"})), "1000000000");
        assert_eq!(read(json!({"resource": "limits.cpu"})), "8");
        assert_eq!(read(json!({"resource": "limits.colour"})), "unsupported container resource : limits.colour");
    }
}
