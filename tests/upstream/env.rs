//! envvars_from_services, kubelet_service_env and pod_resolv_conf.

use crate::{table, verdict};
use service_playground::api::{Fields, Object, ResourceId};
use service_playground::api::{Value, json};
use service_playground::clock::{EventId, Time};
use service_playground::kubelet::{DnsSettings, ResolvConf, environment, resolv_conf, service_variables};
use service_playground::store::Store;
use std::sync::Arc;

fn pairs(list: &[Value]) -> Vec<(String, String)> {
    list.iter().map(|one| (one.text("name").to_owned(), one.text("value").to_owned())).collect()
}

#[test]
fn envvars_from_services() {
    let Some(table) = table("envvars_from_services") else { return };
    let rows = table.items("cases");
    for row in rows {
        // The engine orders Services by name: asked for one after the other, they come in the table's order.
        let pod = Object::new(json!({"metadata": {"namespace": ""}})).unwrap();
        let alone = |service: &Value| {
            let mut store = Store::default();
            store.put(ResourceId::SERVICES, Object::new(service.clone()).unwrap(), Time::ZERO, EventId(0));
            service_variables(&pod, &store)
        };
        let got: Vec<(String, String)> = row.items("services").iter().flat_map(alone).collect();
        assert_eq!(got, pairs(row.items("expected")));
    }
    println!("envvars_from_services: {0} of {0} rows", rows.len());
}

/// Rows that the engine does not answer as the table says, and why.
const LISTED: &[(&str, &str)] = &[
    ("if services aren't synced, non-static pods should fail", "the engine's kubelets start with a full cache"),
    ("if services aren't synced, static pods should succeed", "the engine's kubelets start with a full cache"),
    ("api server = Y, kubelet = N", "a kubelet without an API server is not modelled"),
];

#[test]
fn kubelet_service_env() {
    let Some(table) = table("kubelet_service_env") else { return };
    let rows = table.items("cases");
    let mut wrong = Vec::new();
    for row in rows {
        let mut store = Store::default();
        for service in table.items("services").iter().rev() {
            // Three Services share a name, of which the first has an address; a store holds one of each name.
            store.put(ResourceId::SERVICES, Object::new(service.clone()).unwrap(), Time::ZERO, EventId(0));
        }
        let pod = Object::new(json!({
            "metadata": {"name": "dapi-test-pod-name", "namespace": row["podNamespace"]},
            "spec": {"enableServiceLinks": row["enableServiceLinks"]},
        }))
        .unwrap();
        let container = json!({"env": row["containerEnv"]});
        let services = Arc::new(service_variables(&pod, &store));
        let environment = environment(&pod, &container, None, &services, &store).unwrap();
        let mut got: Vec<_> = environment.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let mut wanted = pairs(row.items("expectedEnv"));
        got.sort();
        wanted.sort();
        if got != wanted {
            wrong.push((row.text("name").to_owned(), format!("{got:?}\ninstead of\n{wanted:?}")));
        }
    }
    verdict("kubelet_service_env", rows.len(), &wrong, LISTED);
}

#[test]
fn pod_resolv_conf() {
    let Some(table) = table("pod_resolv_conf") else { return };
    let rows = table.items("cases");
    let texts = |value: &Value, field: &str| -> Vec<String> {
        value.items(field).iter().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let config = |value: &Value| {
        let mut config = ResolvConf {
            servers: texts(value, "servers"),
            searches: texts(value, "searches"),
            options: texts(value, "options"),
        };
        config.options.sort();
        config
    };
    let mut wrong = Vec::new();
    for (place, row) in rows.iter().enumerate() {
        let pod = Object::new(json!({
            "metadata": {"namespace": row["namespace"]},
            "spec": {
                "dnsPolicy": row["dnsPolicy"],
                "hostNetwork": row["hostNetwork"],
                "dnsConfig": row.at("dnsConfig").cloned().unwrap_or(json!({})),
            },
        }))
        .unwrap();
        let settings = DnsSettings {
            servers: texts(row, "clusterDNS"),
            domain: row.text("clusterDomain").to_owned(),
            host: row.is_true("resolverConfigPathSet").then(|| config(&row["hostResolvConf"])),
            node_ips: texts(row, "nodeIPs"),
        };
        let (mut got, _) = resolv_conf(&pod, &settings);
        got.options.sort();
        let wanted = config(&row["expected"]);
        if got != wanted {
            wrong.push((format!("{}/{place}", row.text("name")), format!("{got:?}\ninstead of\n{wanted:?}\n{row}")));
        }
    }
    verdict("pod_resolv_conf", rows.len(), &wrong, &[]);
}
