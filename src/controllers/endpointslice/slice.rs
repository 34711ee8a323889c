//! A slice while it is planned: what it is made from and what it will hold.

use crate::api::{Fields, Map, Object, Value, json, service};
use crate::controllers::backends::{EndpointPort, HEADLESS, LAST_CHANGE, sorted_for_slices};
use std::sync::Arc;

/// The label that names a slice's Service.
pub const SERVICE_NAME: &str = "kubernetes.io/service-name";
/// The label that says who writes a slice.
pub const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";
/// The value of [`MANAGED_BY`] of this controller.
pub const CONTROLLER: &str = "endpointslice-controller.k8s.io";

/// A slice while it is planned.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The slice that is there, or the shape of one to create.
    object: Arc<Object>,
    /// What it will hold; `None` for what the slice that is there holds.
    endpoints: Option<Vec<Value>>,
    labels: Option<Map>,
}

impl Draft {
    /// A slice that is there.
    pub fn of(object: &Arc<Object>) -> Draft {
        Draft { object: object.clone(), endpoints: None, labels: None }
    }

    /// A slice to create for the Service. Models k8s.io/endpointslice newEndpointSlice.
    pub fn new(service: &Object, family: &str, ports: &[EndpointPort]) -> Draft {
        let owner = json!({
            "apiVersion": "v1", "kind": "Service", "name": service.name(), "uid": service.uid(),
            "controller": true, "blockOwnerDeletion": true,
        });
        let ports = if ports.is_empty() { Value::Null } else { ports.iter().map(EndpointPort::slice_value).collect() };
        let tree = json!({
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {
                "generateName": format!("{}-", service.name()),
                "namespace": service.namespace(),
                "ownerReferences": [owner],
                "labels": wanted_labels(service),
            },
            "addressType": family,
            "ports": ports,
        });
        let object = Object::new(tree).unwrap_or_else(|_| service.clone());
        Draft { object: Arc::new(object), endpoints: None, labels: None }
    }

    /// The slice that is there, or the shape of the one to create.
    pub fn object(&self) -> &Arc<Object> {
        &self.object
    }

    /// What it will hold.
    pub fn endpoints(&self) -> &[Value] {
        self.endpoints.as_deref().unwrap_or_else(|| self.object.items("endpoints"))
    }

    /// What it will hold, to change.
    pub fn endpoints_mut(&mut self) -> &mut Vec<Value> {
        self.endpoints.get_or_insert_with(|| self.object.items("endpoints").to_vec())
    }

    /// Says what it will hold.
    pub fn hold(&mut self, endpoints: Vec<Value>) {
        self.endpoints = Some(endpoints);
    }

    /// Gives it the labels that it should have.
    pub fn relabel(&mut self, service: &Object) {
        self.labels = Some(wanted_labels(service));
    }

    /// Makes a slice to create take the place of one that is there.
    pub fn replace(&mut self, name: &str) {
        let mut object = Object::clone(&self.object);
        object.set("metadata.name", name.into());
        self.object = Arc::new(object);
    }

    /// Whether writing it would change the slice that is there.
    pub fn says_something_new(&self) -> bool {
        let labels = self.labels.as_ref().filter(|labels| self.object.map("metadata.labels") != Some(labels));
        labels.is_some() || self.object.items("endpoints") != self.endpoints()
    }

    /// The object to write.
    pub fn into_object(self, changed_at: Option<&str>) -> Object {
        let endpoints = self.endpoints.unwrap_or_else(|| self.object.items("endpoints").to_vec());
        let endpoints = if endpoints.is_empty() { Value::Null } else { Value::Array(endpoints) };
        let mut tree = Map::new();
        for (field, value) in self.object.map("").into_iter().flatten().filter(|(field, _)| *field != "endpoints") {
            tree.insert(field.clone(), value.clone());
        }
        tree.insert("endpoints".to_owned(), endpoints);
        let mut object = Object::new(Value::Object(tree)).unwrap_or_else(|_| Object::clone(&self.object));
        if let Some(labels) = self.labels {
            object.set("metadata.labels", Value::Object(labels));
        }
        let mut annotations = object.map("metadata.annotations").cloned().unwrap_or_default();
        annotations.remove(LAST_CHANGE);
        if let Some(at) = changed_at {
            annotations.insert(LAST_CHANGE.to_owned(), at.into());
        }
        if annotations.is_empty() {
            object.remove("metadata.annotations");
        } else {
            object.set("metadata.annotations", Value::Object(annotations));
        }
        object
    }
}

/// The Service's labels and the controller's own. Models k8s.io/endpointslice setEndpointSliceLabels.
fn wanted_labels(service: &Object) -> Map {
    let mut labels = service.map("metadata.labels").cloned().unwrap_or_default();
    labels.remove(HEADLESS);
    if !service::has_cluster_ip(service) {
        labels.insert(HEADLESS.to_owned(), "".into());
    }
    labels.insert(SERVICE_NAME.to_owned(), service.name().into());
    labels.insert(MANAGED_BY.to_owned(), CONTROLLER.into());
    labels
}

/// Whether the slice has the Service's labels; the controller's own do not count.
pub fn has_labels_of(slice: &Object, service: &Object) -> bool {
    fn others(object: &Object) -> impl Iterator<Item = (&str, &str)> {
        object.labels().filter(|(key, _)| !matches!(*key, HEADLESS | SERVICE_NAME | MANAGED_BY))
    }
    others(slice).eq(others(service))
}

/// Whether the slice belongs to this very Service, not to an earlier one of its name.
pub fn is_owned_by(slice: &Object, service: &Object) -> bool {
    slice.items("metadata.ownerReferences").iter().any(|owner| {
        owner.text("uid") == service.uid() && owner.text("kind") == "Service" && owner.text("apiVersion") == "v1"
    })
}

/// Whether it is the slice without endpoints and ports that stands where there would be none.
pub fn is_placeholder(slice: &Object, service: &Object) -> bool {
    let same_owner = slice.items("metadata.ownerReferences").len() == 1 && is_owned_by(slice, service);
    slice.items("endpoints").is_empty()
        && slice.items("ports").is_empty()
        && same_owner
        && slice.map("metadata.labels") == Some(&wanted_labels(service))
}

/// What the ports of a slice are, as something to group slices by.
pub type PortsKey = Vec<EndpointPort>;

/// The ports of a slice, in their order.
pub fn ports_of(slice: &Object) -> PortsKey {
    sorted_for_slices(slice.items("ports").iter().map(EndpointPort::read).collect())
}
