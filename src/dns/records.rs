//! What CoreDNS knows: its caches of Services, EndpointSlices and Namespaces, with an index by address.

use crate::api::{Fields, Object, ResourceId, Value, pod, service};
use crate::clock::Epoch;
use crate::order::{SortedMap, SortedSet};
use crate::store::{Change, Key};
use std::sync::Arc;

/// Namespace and name of a Service.
type ServiceName = (String, String);

/// What DNS has seen so far. Models CoreDNS' plugin/kubernetes dnsController.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Records {
    namespaces: SortedSet<String>,
    services: SortedMap<ServiceName, Arc<Object>>,
    slices: SortedMap<ServiceName, SortedMap<String, Arc<Object>>>,
    by_cluster_ip: SortedMap<String, SortedSet<ServiceName>>,
    /// Address of an endpoint to the Services whose slices hold it, with how many slices do.
    by_endpoint_ip: SortedMap<String, SortedMap<ServiceName, usize>>,
    /// Address of a pod to the namespaces in which a pod has it.
    by_pod_ip: SortedMap<String, SortedMap<String, usize>>,
    modified: i64,
}

/// An endpoint that DNS gives to the world.
pub(super) struct Address<'a> {
    /// The first label of its name.
    pub host: String,
    /// Its address.
    pub ip: &'a str,
}

impl Records {
    /// Takes a change in. Costs in proportion to the object that changed.
    pub fn observe(&mut self, change: &Change, epoch: Epoch) {
        let key = &change.key;
        match key.resource {
            ResourceId::NAMESPACES => {
                if change.new.is_some() {
                    self.namespaces.insert(key.name.clone());
                } else {
                    self.namespaces.remove(&key.name);
                }
                return;
            }
            ResourceId::SERVICES => self.observe_service(key, change),
            ResourceId::ENDPOINT_SLICES => {
                if let Some(old) = &change.old {
                    self.remove_slice(key, old);
                }
                if let Some(new) = &change.new {
                    self.insert_slice(key, new);
                }
            }
            ResourceId::PODS => {
                self.observe_pod(key, change);
                return;
            }
            _ => return,
        }
        self.modified = epoch.0.saturating_add((change.at.0 / 1_000_000) as i64);
    }

    fn observe_service(&mut self, key: &Key, change: &Change) {
        let name = (key.namespace.clone(), key.name.clone());
        if let Some(old) = self.services.remove(&name) {
            for ip in service::cluster_ips(&old) {
                if let Some(names) = self.by_cluster_ip.get_mut(ip) {
                    names.remove(&name);
                    if names.is_empty() {
                        self.by_cluster_ip.remove(ip);
                    }
                }
            }
        }
        if let Some(new) = &change.new {
            for ip in service::cluster_ips(new) {
                self.by_cluster_ip.entry(ip.to_owned()).or_default().insert(name.clone());
            }
            self.services.insert(name, new.clone());
        }
    }

    fn observe_pod(&mut self, key: &Key, change: &Change) {
        let ip_of = |pod: &Option<Arc<Object>>| pod.as_deref().map(|pod| pod::ip(pod).to_owned()).unwrap_or_default();
        let (old, new) = (ip_of(&change.old), ip_of(&change.new));
        if old == new {
            return;
        }
        if let Some(namespaces) = self.by_pod_ip.get_mut(&old) {
            remove_one(namespaces, &key.namespace);
            if namespaces.is_empty() {
                self.by_pod_ip.remove(&old);
            }
        }
        if !new.is_empty() {
            *self.by_pod_ip.entry(new).or_default().entry(key.namespace.clone()).or_default() += 1;
        }
    }

    fn insert_slice(&mut self, key: &Key, slice: &Arc<Object>) {
        let Some(name) = service_of(key, slice) else { return };
        for ip in addresses(slice) {
            *self.by_endpoint_ip.entry(ip.to_owned()).or_default().entry(name.clone()).or_default() += 1;
        }
        self.slices.entry(name).or_default().insert(key.name.clone(), slice.clone());
    }

    fn remove_slice(&mut self, key: &Key, slice: &Object) {
        let Some(name) = service_of(key, slice) else { return };
        for ip in addresses(slice) {
            if let Some(services) = self.by_endpoint_ip.get_mut(ip) {
                remove_one(services, &name);
                if services.is_empty() {
                    self.by_endpoint_ip.remove(ip);
                }
            }
        }
        if let Some(slices) = self.slices.get_mut(&name) {
            slices.remove(&key.name);
            if slices.is_empty() {
                self.slices.remove(&name);
            }
        }
    }

    /// Whether the namespace exists.
    pub fn has_namespace(&self, name: &str) -> bool {
        self.namespaces.contains(name)
    }

    /// The Service of this namespace and name.
    pub fn service(&self, namespace: &str, name: &str) -> Option<&Object> {
        self.services.get(&(namespace.to_owned(), name.to_owned())).map(AsRef::as_ref)
    }

    /// The slices of a Service, by name.
    pub(super) fn slices(&self, namespace: &str, name: &str) -> impl Iterator<Item = &Object> {
        self.slices
            .get(&(namespace.to_owned(), name.to_owned()))
            .into_iter()
            .flat_map(|slices| slices.values().map(AsRef::as_ref))
    }

    /// The Service that has this cluster IP, as namespace and name.
    pub(super) fn by_cluster_ip(&self, ip: &str) -> Option<&(String, String)> {
        self.by_cluster_ip.get(ip)?.first()
    }

    /// The Services that have an endpoint with this address.
    pub(super) fn by_endpoint_ip(&self, ip: &str) -> impl Iterator<Item = &(String, String)> {
        self.by_endpoint_ip.get(ip).into_iter().flat_map(SortedMap::keys)
    }

    /// Whether a pod of the namespace has this address.
    pub(super) fn has_pod(&self, namespace: &str, ip: &str) -> bool {
        self.by_pod_ip.get(ip).is_some_and(|namespaces| namespaces.contains_key(namespace))
    }

    /// Seconds since 1970 of the last change: the zones' serial.
    pub fn modified(&self) -> i64 {
        self.modified
    }
}

fn remove_one<K: Ord>(counts: &mut SortedMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

fn service_of(key: &Key, slice: &Object) -> Option<ServiceName> {
    let name = slice.label("kubernetes.io/service-name")?;
    Some((key.namespace.clone(), name.to_owned()))
}

/// The addresses of a slice that DNS gives: those of endpoints whose condition ready is not false.
fn addresses(slice: &Object) -> impl Iterator<Item = &str> {
    slice
        .items("endpoints")
        .iter()
        .filter(|endpoint| is_given(endpoint))
        .flat_map(|endpoint| endpoint.items("addresses"))
        .filter_map(Value::as_str)
}

fn is_given(endpoint: &Value) -> bool {
    endpoint.at("conditions.ready").is_none_or(|ready| ready.as_bool() != Some(false))
}

/// The endpoints of a slice that DNS gives, with their names.
pub(super) fn given(slice: &Object) -> impl Iterator<Item = Address<'_>> {
    slice.items("endpoints").iter().filter(|endpoint| is_given(endpoint)).flat_map(|endpoint| {
        let hostname = endpoint.text("hostname");
        endpoint
            .items("addresses")
            .iter()
            .filter_map(Value::as_str)
            .map(move |ip| Address { host: host_name(hostname, ip), ip })
    })
}

/// The label that an endpoint has under its Service: its hostname, else its address with dashes.
///
/// Models CoreDNS' plugin/kubernetes endpointHostname.
pub(super) fn host_name(hostname: &str, ip: &str) -> String {
    if !hostname.is_empty() {
        return hostname.to_ascii_lowercase();
    }
    let dashed = ip.replace(['.', ':'], "-");
    if dashed.ends_with('-') { dashed + "0" } else { dashed }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_named_by_its_hostname_or_its_address() {
        // The rows of upstream's TestEndpointHostname without pod names.
        for (ip, hostname, name) in [
            ("10.11.12.13", "", "10-11-12-13"),
            ("10.11.12.13", "epname", "epname"),
            ("2001:db8:3333:4444:5555:6666:7777:8888", "", "2001-db8-3333-4444-5555-6666-7777-8888"),
            ("2001:db8:3333:4444:5555:6666::", "", "2001-db8-3333-4444-5555-6666--0"),
        ] {
            assert_eq!(host_name(hostname, ip), name);
        }
    }

    #[test]
    fn what_was_seen_change_by_change_is_what_a_fresh_start_sees() {
        use crate::api::json;
        use crate::clock::{EventId, Random, Time};
        use crate::store::Store;
        let mut random = Random::new(5);
        let (mut store, mut records) = (Store::default(), Records::default());
        for _ in 0..600 {
            let mut any = |limit| random.below(limit);
            let name = format!("s{}", any(4));
            let metadata = json!({"name": name, "namespace": format!("n{}", any(2)),
                "labels": {"kubernetes.io/service-name": format!("s{}", any(3))}});
            let ip = |number: u32| format!("10.0.0.{number}");
            let (resource, tree) = match any(4) {
                0 => (ResourceId::NAMESPACES, json!({"metadata": {"name": format!("n{}", any(2))}})),
                1 => (ResourceId::SERVICES, json!({"metadata": metadata, "spec": {"clusterIP": ip(any(5))}})),
                2 => (ResourceId::PODS, json!({"metadata": metadata, "status": {"podIP": ip(any(5))}})),
                _ => {
                    let ready = any(2) == 0;
                    let endpoints = json!([{"addresses": [ip(any(5)), ip(any(5))], "conditions": {"ready": ready}}]);
                    (ResourceId::ENDPOINT_SLICES, json!({"metadata": metadata, "endpoints": endpoints}))
                }
            };
            let object = Object::new(tree).unwrap();
            let before = store.revision();
            if any(3) == 0 {
                store.remove(&Key::of(resource, &object), Time::ZERO, EventId(0));
            } else {
                store.put(resource, object, Time::ZERO, EventId(0));
            }
            for change in store.changes_since(before) {
                records.observe(change, Epoch(0));
            }
        }
        let mut fresh = Records::default();
        for (key, object) in store.iter() {
            let (key, new, revision) = (key.clone(), Some(object.clone()), store.revision());
            let change = Change { revision, at: Time::ZERO, event: EventId(0), key, old: None, new };
            fresh.observe(&change, Epoch(0));
        }
        assert_eq!(records, fresh);
    }
}
