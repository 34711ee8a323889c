//! The environment of a container, as it is when the container starts, and what that leaves out.

mod expansion;
mod fields;
mod links;

pub use expansion::expand;
pub use fields::of_pod as field_of_pod;
pub use links::{Unknown, Why, has_links, service_variables, unknown_services};

use crate::api::{Fields, Map, Object, ResourceId, Value};
use crate::order::{SortedMap, SortedSet};
use crate::store::Store;
use crate::value::base64;
use std::sync::Arc;

/// Names and values, in order.
pub type Variables = Vec<(String, String)>;

/// The variables of a container since its start. Those of Services are shared by all containers that were told the
/// same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    own: Variables,
    services: Arc<Variables>,
}

impl Environment {
    /// Names and values: those of the container's own in their order, then those of Services.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let own: SortedSet<&str> = self.own.iter().map(|(name, _)| name.as_str()).collect();
        let services = self.services.iter().filter(move |(name, _)| !own.contains(name.as_str()));
        self.own.iter().chain(services).map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The value of a variable.
    pub fn get(&self, name: &str) -> Option<&str> {
        let named = |list: &'_ [(String, String)]| list.iter().position(|(one, _)| one == name);
        let (own, services) = (named(&self.own), named(&self.services));
        let found = own.and_then(|at| self.own.get(at)).or_else(|| services.and_then(|at| self.services.get(at)));
        found.map(|(_, value)| value.as_str())
    }
}

/// The variables of `container`, one of `pod`'s, if it were started now: those of its `env` and `envFrom` in their
/// order, then those of `services`, which [`service_variables`] gave. `node` is the object of the pod's node.
///
/// The error is the kubelet's text for what is missing (a ConfigMap, a key); the container then waits with the reason
/// CreateContainerConfigError.
///
/// Models pkg/kubelet makeEnvironmentVariables.
pub fn environment(
    pod: &Object,
    container: &Value,
    node: Option<&Object>,
    services: &Arc<Variables>,
    store: &Store,
) -> Result<Environment, String> {
    let mut order: Vec<String> = Vec::new();
    let mut own: SortedMap<String, String> = SortedMap::new();
    let mut set = |own: &mut SortedMap<String, String>, name: &str, value: String| {
        if own.insert(name.to_owned(), value).is_none() {
            order.push(name.to_owned());
        }
    };
    for source in container.items("envFrom") {
        for (name, value) in all_of_source(pod, source, store)? {
            set(&mut own, &name, value);
        }
    }
    for entry in container.items("env") {
        let name = entry.text("name");
        let text = entry.text("value");
        let value = match entry.at("valueFrom") {
            Some(source) if text.is_empty() => match one_of_source(pod, container, node, source, store)? {
                Some(value) => value,
                None => continue,
            },
            _ => expand(text, |name| {
                let service =
                    || services.iter().find(|(variable, _)| variable == name).map(|(_, value)| value.as_str());
                own.get(name).map(String::as_str).or_else(service)
            }),
        };
        set(&mut own, name, value);
    }
    let own = order.into_iter().filter_map(|name| own.get(&name).cloned().map(|value| (name, value))).collect();
    Ok(Environment { own, services: services.clone() })
}

/// The variables of an `envFrom` entry.
fn all_of_source(pod: &Object, source: &Value, store: &Store) -> Result<Variables, String> {
    let (reference, resource) = match (source.at("configMapRef"), source.at("secretRef")) {
        (Some(reference), _) => (reference, ResourceId::CONFIG_MAPS),
        (None, Some(reference)) => (reference, ResourceId::SECRETS),
        (None, None) => return Ok(Vec::new()),
    };
    let Some(object) = referred(pod, reference, resource, store)? else { return Ok(Vec::new()) };
    let prefix = source.text("prefix");
    let keys: SortedSet<&str> = object.map("data").into_iter().flat_map(Map::keys).map(AsRef::as_ref).collect();
    let value = |key: &str| data_of(object, resource, key).map(|value| (format!("{prefix}{key}"), value));
    Ok(keys.into_iter().filter_map(value).filter(|(name, _)| is_variable_name(name)).collect())
}

/// The value that a `valueFrom` names; `None` where it is optional and missing.
fn one_of_source(
    pod: &Object,
    container: &Value,
    node: Option<&Object>,
    source: &Value,
    store: &Store,
) -> Result<Option<String>, String> {
    if let Some(field) = source.at("fieldRef") {
        let path = field.text("fieldPath");
        return match fields::of_pod(pod, node, path) {
            Some(value) => Ok(Some(value)),
            None => Err(format!("unsupported fieldPath: {path}")),
        };
    }
    if let Some(field) = source.at("resourceFieldRef") {
        return fields::of_resources(pod, container, node, field).map(Some);
    }
    for (field, resource, kind) in
        [("configMapKeyRef", ResourceId::CONFIG_MAPS, "ConfigMap"), ("secretKeyRef", ResourceId::SECRETS, "Secret")]
    {
        let Some(reference) = source.at(field) else { continue };
        let Some(object) = referred(pod, reference, resource, store)? else { return Ok(None) };
        let key = reference.text("key");
        return match data_of(object, resource, key) {
            Some(value) => Ok(Some(value)),
            None if reference.is_true("optional") => Ok(None),
            None => {
                let name = reference.text("name");
                Err(format!("couldn't find key {key} in {kind} {}/{name}", pod.namespace()))
            }
        };
    }
    Ok(None)
}

/// The object that a reference names; `None` where it is optional and missing.
fn referred<'a>(
    pod: &Object,
    reference: &Value,
    resource: ResourceId,
    store: &'a Store,
) -> Result<Option<&'a Object>, String> {
    let name = reference.text("name");
    match store.find(resource, pod.namespace(), name) {
        Some(object) => Ok(Some(object)),
        None if reference.is_true("optional") => Ok(None),
        None => Err(format!("{} \"{name}\" not found", resource.info().singular())),
    }
}

fn data_of(object: &Object, resource: ResourceId, key: &str) -> Option<String> {
    let text = object.map("data")?.get(key)?.as_str()?;
    if resource == ResourceId::SECRETS { base64::decode_text(text) } else { Some(text.to_owned()) }
}

/// Whether a key of a ConfigMap can be a variable. Models IsRelaxedEnvVarName: printable ASCII without `=`.
fn is_variable_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b'=')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;
    use crate::clock::{EventId, Time};
    use expect_test::{Expect, expect};

    fn check(container: &Value, expected: &Expect) {
        let mut store = Store::default();
        let mut put = |resource, tree: Value| {
            store.put(resource, Object::new(tree).unwrap(), Time::ZERO, EventId(0));
        };
        put(
            ResourceId::SERVICES,
            json!({"metadata": {"name": "kubernetes", "namespace": "default"},
                "spec": {"clusterIP": "10.96.0.1", "ports": [{"name": "https", "port": 443}]}}),
        );
        put(
            ResourceId::CONFIG_MAPS,
            json!({"metadata": {"name": "settings", "namespace": "other"}, "data": {"COLOUR": "blue", "a=b": "no"}}),
        );
        put(
            ResourceId::SECRETS,
            json!({"metadata": {"name": "keys", "namespace": "other"}, "data": {"password": "czNjcmV0"}}),
        );
        let pod = Object::new(json!({
            "metadata": {"name": "web", "namespace": "other", "labels": {"app": "web"}},
            "spec": {"nodeName": "node1", "containers": [], "enableServiceLinks": true},
            "status": {"podIP": "10.244.0.5", "hostIP": "172.18.0.11"},
        }))
        .unwrap();
        let services = Arc::new(service_variables(&pod, &store));
        let text = match environment(&pod, container, None, &services, &store) {
            Ok(variables) => variables
                .iter()
                .filter(|(name, _)| !name.starts_with("KUBERNETES_PORT"))
                .map(|(name, value)| format!("{name}={value}"))
                .collect::<Vec<_>>()
                .join("\n"),
            Err(error) => error,
        };
        expected.assert_eq(&text);
    }

    #[test]
    fn own_variables_come_first_and_can_use_those_of_services() {
        check(
            &json!({
                "envFrom": [{"prefix": "P_", "configMapRef": {"name": "settings"}}],
                "env": [
                    {"name": "API", "value": "https://$(KUBERNETES_SERVICE_HOST):$(KUBERNETES_SERVICE_PORT_HTTPS)/"},
                    {"name": "KEPT", "value": "$$(API) $(UNKNOWN) $(API"},
                    {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "password"}}},
                    {"name": "ME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['app']"}}},
                    {"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
                    {"name": "NONE", "valueFrom": {"configMapKeyRef": {"name": "x", "key": "y", "optional": true}}},
                    {"name": "KUBERNETES_SERVICE_HOST", "value": "mine"},
                ],
            }),
            &expect![[r"
                P_COLOUR=blue
                API=https://10.96.0.1:443/
                KEPT=$(API) $(UNKNOWN) $(API
                PASSWORD=s3cret
                ME=web
                IP=10.244.0.5
                KUBERNETES_SERVICE_HOST=mine
                KUBERNETES_SERVICE_PORT=443
                KUBERNETES_SERVICE_PORT_HTTPS=443"]],
        );
    }

    #[test]
    fn what_is_missing_is_said_as_the_kubelet_says_it() {
        check(&json!({"envFrom": [{"secretRef": {"name": "x"}}]}), &expect![[r#"secret "x" not found"#]]);
        check(
            &json!({"env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "SIZE"}}}]}),
            &expect!["couldn't find key SIZE in ConfigMap other/settings"],
        );
    }
}
