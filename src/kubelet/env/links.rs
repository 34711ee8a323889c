//! The variables that tell a container of Services, and which Services a running one does not know.

use super::{Environment, Variables};
use crate::api::{Fields, Object, ResourceId, Value, service};
use crate::order::SortedMap;
use crate::store::Store;

/// The variables that the kubelet adds for Services, in order of the Services' names: `kubernetes` of the namespace
/// `default` for every pod, and those of the pod's namespace unless `enableServiceLinks` is false.
///
/// Models pkg/kubelet getServiceEnvVarMap.
pub fn service_variables(pod: &Object, store: &Store) -> Variables {
    let kubernetes = store.find(ResourceId::SERVICES, "default", "kubernetes");
    let mut by_name: SortedMap<&str, &Object> = SortedMap::new();
    by_name.extend(kubernetes.filter(|one| service::has_cluster_ip(one)).map(|one| (one.name(), one.as_ref())));
    if has_links(pod) {
        let own = store.list(ResourceId::SERVICES, Some(pod.namespace())).filter(|one| service::has_cluster_ip(one));
        by_name.extend(own.map(|one| (one.name(), one.as_ref())));
    }
    by_name.into_values().flat_map(variables).collect()
}

/// Whether the pod is told of its namespace's Services. The API server defaults `enableServiceLinks` to true.
pub fn has_links(pod: &Object) -> bool {
    pod.at("spec.enableServiceLinks").and_then(Value::as_bool).unwrap_or(true)
}

/// The variables of one Service. Models pkg/kubelet/envvars FromServices.
pub fn variables(service: &Object) -> Variables {
    let prefix = variable_name(service.name());
    let ip = service::cluster_ip(service);
    let bracketed = if ip.contains(':') { format!("[{ip}]") } else { ip.to_owned() };
    let mut list = vec![(format!("{prefix}_SERVICE_HOST"), ip.to_owned())];
    if let Some(first) = service::ports(service).next() {
        list.push((format!("{prefix}_SERVICE_PORT"), first.number().to_string()));
    }
    for port in service::ports(service).filter(|port| !port.name().is_empty()) {
        list.push((format!("{prefix}_SERVICE_PORT_{}", variable_name(port.name())), port.number().to_string()));
    }
    // The variables that Docker's links had.
    for (place, port) in service::ports(service).enumerate() {
        let (number, protocol) = (port.number(), port.protocol());
        let lower = protocol.to_lowercase();
        let url = format!("{lower}://{bracketed}:{number}");
        if place == 0 {
            list.push((format!("{prefix}_PORT"), url.clone()));
        }
        let stem = format!("{prefix}_PORT_{number}_{}", protocol.to_uppercase());
        list.push((stem.clone(), url));
        list.push((format!("{stem}_PROTO"), lower));
        list.push((format!("{stem}_PORT"), number.to_string()));
        list.push((format!("{stem}_ADDR"), ip.to_owned()));
    }
    list
}

fn variable_name(name: &str) -> String {
    name.replace('-', "_").to_uppercase()
}

/// A Service that a running container's variables do not tell of, or tell wrongly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// The Service's namespace.
    pub namespace: String,
    /// The Service's name.
    pub name: String,
    /// Why.
    pub why: Why,
}

/// Why a running container does not know a Service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It was made after the container was started: a restart would tell of it.
    CreatedLater,
    /// Its address or ports are others by now: a restart would tell.
    Changed,
    /// It has no cluster IP, so no container is ever told.
    Headless,
    /// It is an alias of a name, so no container is ever told.
    ExternalName,
    /// It is in another namespace, so this pod is never told.
    OtherNamespace,
    /// The pod says `enableServiceLinks: false`.
    LinksOff,
}

/// The Services that a running container of `pod` does not know. `environment` are its variables since its start;
/// `services` are all that there are now. Variables that the container sets itself count as known.
pub fn unknown_services<'a>(
    pod: &Object,
    environment: &Environment,
    services: impl IntoIterator<Item = &'a Object>,
) -> Vec<Unknown> {
    let known: SortedMap<&str, &str> = environment.iter().collect();
    let mut unknown = Vec::new();
    for one in services {
        let is_kubernetes = one.namespace() == "default" && one.name() == "kubernetes";
        let missing = || variables(one).iter().any(|(name, value)| known.get(name.as_str()) != Some(&value.as_str()));
        let why = if one.namespace() != pod.namespace() && !is_kubernetes {
            Why::OtherNamespace
        } else if service::kind(one) == service::ServiceType::ExternalName {
            Why::ExternalName
        } else if !service::has_cluster_ip(one) {
            Why::Headless
        } else if !has_links(pod) && !is_kubernetes {
            Why::LinksOff
        } else if !missing() {
            continue;
        } else if known.contains_key(format!("{}_SERVICE_HOST", variable_name(one.name())).as_str()) {
            Why::Changed
        } else {
            Why::CreatedLater
        };
        unknown.push(Unknown { namespace: one.namespace().to_owned(), name: one.name().to_owned(), why });
    }
    unknown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;
    use crate::clock::{EventId, Time};
    use std::sync::Arc;

    fn service(namespace: &str, name: &str, spec: &Value) -> Object {
        Object::new(json!({"metadata": {"name": name, "namespace": namespace}, "spec": spec})).unwrap()
    }

    #[test]
    fn each_service_that_is_not_known_says_why() {
        let pod = |links: bool| {
            Object::new(json!({"metadata": {"namespace": "shop"}, "spec": {"enableServiceLinks": links}})).unwrap()
        };
        let normal = |ip: &str| json!({"clusterIP": ip, "ports": [{"port": 80}]});
        let before = [
            service("default", "kubernetes", &normal("10.96.0.1")),
            service("shop", "kept", &normal("10.96.0.2")),
            service("shop", "moved", &normal("10.96.0.3")),
        ];
        let now = [
            service("default", "kubernetes", &normal("10.96.0.1")),
            service("shop", "kept", &normal("10.96.0.2")),
            service("shop", "moved", &normal("10.96.0.9")),
            service("shop", "late", &normal("10.96.0.4")),
            service("shop", "less", &json!({"clusterIP": "None"})),
            service("shop", "out", &json!({"type": "ExternalName", "externalName": "example.com"})),
            service("far", "away", &normal("10.96.0.5")),
        ];
        let told = |pod: &Object| -> Vec<(String, Why)> {
            let mut store = Store::default();
            for service in &before {
                store.put(ResourceId::SERVICES, service.clone(), Time::ZERO, EventId(0));
            }
            let services = Arc::new(service_variables(pod, &store));
            let environment = super::super::environment(pod, &json!({}), None, &services, &store).unwrap();
            unknown_services(pod, &environment, &now).into_iter().map(|one| (one.name, one.why)).collect()
        };
        let named = |list: &[(&str, Why)]| -> Vec<(String, Why)> {
            list.iter().map(|(name, why)| ((*name).to_owned(), *why)).collect()
        };
        assert_eq!(
            told(&pod(true)),
            named(&[
                ("moved", Why::Changed),
                ("late", Why::CreatedLater),
                ("less", Why::Headless),
                ("out", Why::ExternalName),
                ("away", Why::OtherNamespace),
            ])
        );
        assert_eq!(
            told(&pod(false)),
            named(&[
                ("kept", Why::LinksOff),
                ("moved", Why::LinksOff),
                ("late", Why::LinksOff),
                ("less", Why::Headless),
                ("out", Why::ExternalName),
                ("away", Why::OtherNamespace),
            ])
        );
    }
}
