//! What `kubectl expose` takes over from the object that it exposes. Models pkg/polymorphichelpers.

use crate::api::{Fields, Object, ResourceId, Value};
use crate::kubectl::builder::label_text;
use crate::kubectl::{Failure, resources};

/// Refuses kinds that cannot be exposed. Models canbeexposed.go.
pub fn check(resource: ResourceId) -> Result<(), Failure> {
    match resource {
        ResourceId::REPLICATION_CONTROLLERS
        | ResourceId::SERVICES
        | ResourceId::PODS
        | ResourceId::DEPLOYMENTS
        | ResourceId::REPLICA_SETS => Ok(()),
        _ => Err(Failure::Error(format!("cannot expose a {}", resources::group_kind(resource)))),
    }
}

/// The selector of the Service. Models mapbasedselectorforobject.go.
pub fn selector(resource: ResourceId, object: &Object) -> Result<String, String> {
    match resource {
        ResourceId::PODS => {
            let labels = label_text(object, "metadata.labels");
            if labels.is_empty() { Err("the pod has no labels and cannot be exposed".to_owned()) } else { Ok(labels) }
        }
        ResourceId::SERVICES => {
            let selector = label_text(object, "spec.selector");
            if selector.is_empty() { Err("the service has no pod selector set".to_owned()) } else { Ok(selector) }
        }
        ResourceId::REPLICATION_CONTROLLERS => Ok(label_text(object, "spec.selector")),
        _ => {
            let expressions = object.items("spec.selector.matchExpressions");
            let labels = label_text(object, "spec.selector.matchLabels");
            let kind = resource.info().singular();
            if labels.is_empty() {
                return Err(format!("invalid {kind}: no selectors, therefore cannot be exposed"));
            }
            if expressions.is_empty() {
                return Ok(labels);
            }
            let expression = |one: &Value| {
                let values: Vec<&str> = one.items("values").iter().filter_map(Value::as_str).collect();
                format!("{{{} {} [{}]}}", one.text("key"), one.text("operator"), values.join(" "))
            };
            let all: Vec<String> = expressions.iter().map(expression).collect();
            Err(format!("couldn't convert expressions - \"[{}]\" to map-based selector format", all.join(" ")))
        }
    }
}

/// The numbers of the ports, each once. Models portsforobject.go.
pub fn ports(resource: ResourceId, object: &Object) -> Vec<String> {
    let mut numbers: Vec<String> = Vec::new();
    for (number, _) in declared(resource, object) {
        if !numbers.contains(&number) {
            numbers.push(number);
        }
    }
    numbers
}

/// The protocols of each port number. Models multiprotocolsforobject.go.
pub fn protocols(resource: ResourceId, object: &Object) -> Vec<(String, Vec<String>)> {
    let mut all: Vec<(String, Vec<String>)> = Vec::new();
    for (number, protocol) in declared(resource, object) {
        match all.iter_mut().find(|(one, _)| *one == number) {
            Some((_, protocols)) => protocols.push(protocol),
            None => all.push((number, vec![protocol])),
        }
    }
    all
}

/// The ports with their protocols, in order.
fn declared(resource: ResourceId, object: &Object) -> Vec<(String, String)> {
    let protocol = |port: &Value| match port.text("protocol") {
        "" => "TCP".to_owned(),
        protocol => protocol.to_owned(),
    };
    if resource == ResourceId::SERVICES {
        let one = |port: &Value| (port.int("port").unwrap_or(0).to_string(), protocol(port));
        return object.items("spec.ports").iter().map(one).collect();
    }
    let containers = if resource == ResourceId::PODS { "spec.containers" } else { "spec.template.spec.containers" };
    let ports = object.items(containers).iter().flat_map(|container| container.items("ports"));
    ports.map(|port| (port.int("containerPort").unwrap_or(0).to_string(), protocol(port))).collect()
}
