//! The namespace controller: furnishes new namespaces and empties those that are being deleted.
//!
//! In kube-controller-manager three controllers do this: namespace, serviceaccount and root-ca-cert-publisher. Called
//! by `cluster`; never writes by itself.
//!
//! Models pkg/controller/namespace/deletion.

use super::{Controller, Plan, Propagation, View, Write};
use crate::api::{Object, ResourceId};
use crate::apiserver::namespace_furniture;
use crate::clock::Component;
use crate::store::{Change, Key, Store};

/// The namespace controller. It remembers nothing.
#[derive(Clone, Debug, Default)]
pub struct NamespaceController;

impl Controller for NamespaceController {
    fn component(&self) -> Component {
        Component::NamespaceController
    }

    fn watch(&mut self, change: &Change, store: &Store) -> Vec<Key> {
        if change.key.resource == ResourceId::NAMESPACES {
            return vec![change.key.clone()];
        }
        // Only what goes is of interest: content of a namespace that ends, or furniture.
        if change.new.is_some() || change.key.namespace.is_empty() {
            return Vec::new();
        }
        let furniture = matches!(change.key.resource, ResourceId::SERVICE_ACCOUNTS | ResourceId::CONFIG_MAPS);
        let namespace = Key::new(ResourceId::NAMESPACES, "", change.key.namespace.clone());
        let looked_at = store.get(&namespace).is_some_and(|namespace| furniture || namespace.is_being_deleted());
        if looked_at { vec![namespace] } else { Vec::new() }
    }

    fn plan(&mut self, key: &Key, view: &View<'_>) -> Plan {
        let Some(namespace) = view.store.get(key) else { return Plan::default() };
        if !namespace.is_being_deleted() {
            return Plan { writes: furnish(&key.name, view.store), again: None };
        }
        let kinds = || ResourceId::all().filter(|resource| resource.info().namespaced);
        let content = || {
            kinds()
                .flat_map(|resource| view.store.list(resource, Some(&key.name)).map(move |object| (resource, object)))
        };
        if content().next().is_none() {
            return Plan::of(Write::Finalize { namespace: key.name.clone() });
        }
        let open = content().filter(|(_, object)| !object.is_being_deleted());
        let delete = |(resource, object): (ResourceId, &std::sync::Arc<Object>)| Write::Delete {
            key: Key::of(resource, object),
            uid: Some(object.uid().to_owned()),
            propagation: Propagation::Background,
            grace: None,
        };
        Plan { writes: open.map(delete).collect(), again: None }
    }
}

/// What a namespace should have and has not.
fn furnish(namespace: &str, store: &Store) -> Vec<Write> {
    namespace_furniture(namespace)
        .into_iter()
        .filter_map(|(resource, body)| {
            let object = Object::new(body).ok()?;
            let missing = store.find(resource, namespace, object.name()).is_none();
            missing.then_some(Write::Create { resource, object })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;
    use crate::clock::{Epoch, EventId, Time};

    fn plan(store: &Store) -> Vec<Write> {
        let view = View { store, now: Time::ZERO, epoch: Epoch(0) };
        NamespaceController.plan(&Key::new(ResourceId::NAMESPACES, "", "shop"), &view).writes
    }

    #[test]
    fn a_namespace_is_furnished_then_emptied_then_let_go() {
        let mut store = Store::default();
        let put = |store: &mut Store, resource, value| {
            store.put(resource, Object::new(value).unwrap(), Time::ZERO, EventId(0));
        };
        put(&mut store, ResourceId::NAMESPACES, json!({"metadata": {"name": "shop"}}));
        let writes = plan(&store);
        assert!(matches!(writes.as_slice(), [Write::Create { .. }, Write::Create { .. }]), "{writes:?}");

        put(&mut store, ResourceId::SERVICES, json!({"metadata": {"name": "web", "namespace": "shop"}}));
        put(&mut store, ResourceId::SERVICES, json!({"metadata": {"name": "web", "namespace": "default"}}));
        let ends = json!({"metadata": {"name": "shop", "deletionTimestamp": "2026-01-01T00:00:00Z"}});
        put(&mut store, ResourceId::NAMESPACES, ends);
        let writes = plan(&store);
        let [Write::Delete { key, .. }] = writes.as_slice() else { panic!("{writes:?}") };
        assert_eq!((key.namespace.as_str(), key.name.as_str()), ("shop", "web"));

        store.remove(&Key::new(ResourceId::SERVICES, "shop", "web"), Time::ZERO, EventId(0));
        assert_eq!(plan(&store), [Write::Finalize { namespace: "shop".to_owned() }]);
    }
}
