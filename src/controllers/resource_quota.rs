//! The quota controller: writes into each ResourceQuota's status what it limits and how much of that is used.
//!
//! What a quota refuses is the API server's matter. Called by `cluster`; never writes by itself.
//!
//! Models pkg/controller/resourcequota syncResourceQuota.

use super::{Controller, Plan, View, Write};
use crate::api::{Fields, Map, Object, ResourceId, Status, Value, json, pod};
use crate::apiserver::quota::{Amounts, hard, is_counted, used};
use crate::clock::Component;
use crate::store::{Change, Key, Store};
use std::sync::Arc;
use std::time::Duration;

/// The controller. It remembers nothing.
#[derive(Clone, Debug, Default)]
pub struct ResourceQuotaController;

impl Controller for ResourceQuotaController {
    fn component(&self) -> Component {
        Component::ResourceQuotaController
    }

    fn watch(&mut self, change: &Change, store: &Store) -> Vec<Key> {
        if change.key.resource == ResourceId::RESOURCE_QUOTAS && change.new.is_some() {
            return vec![change.key.clone()];
        }
        if !change.key.resource.info().namespaced {
            return Vec::new();
        }
        let quotas = store.list(ResourceId::RESOURCE_QUOTAS, Some(&change.key.namespace));
        let concerned = quotas.filter(|quota| hard(quota).keys().any(|name| is_counted(change.key.resource, name)));
        let keys: Vec<Key> = concerned.map(|quota| Key::of(ResourceId::RESOURCE_QUOTAS, quota)).collect();
        let same = |(old, new): (&Arc<Object>, &Arc<Object>)| {
            old.at("spec") == new.at("spec") && pod::is_terminal(old) == pod::is_terminal(new)
        };
        if change.old.as_ref().zip(change.new.as_ref()).is_some_and(same) { Vec::new() } else { keys }
    }

    fn plan(&mut self, key: &Key, view: &View<'_>) -> Plan {
        let Some(quota) = view.store.get(key) else { return Plan::default() };
        let tree = |amounts: Amounts| {
            let text =
                |(name, amount): (String, crate::api::quantity::Quantity)| (name, Value::from(amount.to_string()));
            Value::Object(amounts.into_iter().map(text).collect::<Map>())
        };
        let status = json!({"hard": tree(hard(quota)), "used": tree(used(view.store, quota))});
        if quota.at("status") == Some(&status) {
            return Plan::default();
        }
        let mut object = Object::clone(quota);
        object.set("status", status);
        Plan::of(Write::UpdateStatus { resource: ResourceId::RESOURCE_QUOTAS, object })
    }

    fn done(&mut self, _key: &Key, _write: &Write, result: Result<&Arc<Object>, &Status>, _view: &View<'_>) -> Plan {
        let failed = result.is_err_and(|status| status.code != 404);
        Plan { writes: Vec::new(), again: failed.then_some(Duration::from_secs(1)) }
    }
}
