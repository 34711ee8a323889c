//! endpointslice_reconcile and endpointslice_packing_sizes.

use crate::{table, trimmed, verdict};
use service_playground::api::{Fields, Object};
use service_playground::api::{Value, json};
use service_playground::controllers::endpointslice::{Outcome, Topology, Wanted, reader, reconcile};
use std::sync::Arc;

fn objects(list: &[Value]) -> Vec<Object> {
    list.iter().map(|object| Object::new(object.clone()).unwrap()).collect()
}

/// The nodes as objects; the table has only name, labels and what the topology cache read.
fn nodes(row: &Value) -> Vec<Object> {
    row.items("nodes")
        .iter()
        .map(|node| {
            Object::new(json!({
                "metadata": {"name": node["name"], "labels": node["labels"]},
                "status": {
                    "allocatable": {"cpu": node.at("cpu").cloned().unwrap_or(json!("1"))},
                    "conditions": [{"type": "Ready", "status": "True"}],
                },
            }))
            .unwrap()
        })
        .collect()
}

fn play(
    service: &Object,
    pods: &[Object],
    nodes: &[Object],
    there: &[Object],
    changed_at: Option<&str>,
    most: usize,
) -> Outcome {
    let pods: Vec<_> = pods.iter().flat_map(reader(service)).collect();
    let pods: Vec<_> = pods.iter().collect();
    let there: Vec<Arc<Object>> = there.iter().cloned().map(Arc::new).collect();
    let wanted = Wanted {
        service,
        pods: &pods,
        node: &|name| nodes.iter().find(|node| node.name() == name),
        nodes: &|| nodes.iter().collect(),
        changed_at,
        most,
    };
    reconcile(&wanted, &there.iter().collect::<Vec<_>>(), &mut Topology::default())
}

/// A slice as something to compare: what is not there in Go's zero values is left out, order does not count.
fn comparable(slice: &Value) -> Value {
    let mut slice = trimmed(slice);
    let map = slice.as_object_mut().unwrap();
    map.remove("apiVersion");
    map.remove("kind");
    for field in ["endpoints", "ports"] {
        if let Some(Value::Array(list)) = map.get_mut(field) {
            for item in &mut *list {
                if let Some(target) = item.get_mut("targetRef").and_then(Value::as_object_mut) {
                    target.retain(|key, _| matches!(&**key, "kind" | "namespace" | "name" | "uid"));
                }
            }
            list.sort_by_key(Value::to_string);
        }
    }
    slice
}

/// The operations, sorted.
fn operations(outcome: &Outcome) -> Vec<Value> {
    let write = |op: &str, object: &Object| json!({"op": op, "slice": comparable(object.value())});
    let mut operations: Vec<Value> = outcome.create.iter().map(|object| write("create", object)).collect();
    operations.extend(outcome.update.iter().map(|object| write("update", object)));
    operations.extend(outcome.delete.iter().map(|object| json!({"op": "delete", "name": object.name()})));
    operations.sort_by_key(Value::to_string);
    operations
}

#[test]
fn endpointslice_reconcile() {
    let Some(table) = table("endpointslice_reconcile") else { return };
    let rows = table.items("cases");
    let mut wrong = Vec::new();
    for row in rows {
        let changed_at = row.items("operations").iter().find_map(|operation| {
            let annotations = &operation["slice"]["metadata"]["annotations"];
            annotations["endpoints.kubernetes.io/last-change-trigger-time"].as_str()
        });
        let outcome = play(
            &Object::new(row["service"].clone()).unwrap(),
            &objects(row.items("pods")),
            &nodes(row),
            &objects(row.items("existingSlices")),
            changed_at,
            row.int("maxEndpointsPerSlice").unwrap() as usize,
        );
        let got = operations(&outcome);
        let mut wanted: Vec<Value> = row
            .items("operations")
            .iter()
            .map(|operation| match operation.at("slice") {
                Some(slice) => json!({"op": operation["op"], "slice": comparable(slice)}),
                None => operation.clone(),
            })
            .collect();
        wanted.sort_by_key(Value::to_string);
        if got != wanted {
            let problem = format!("{:#}\ninstead of\n{:#}", Value::from(got), Value::from(wanted));
            wrong.push((row.text("name").to_owned(), problem));
        }
    }
    verdict("endpointslice_reconcile", rows.len(), &wrong, LISTED);
}

/// Rows that this engine does not answer as the table says, and why.
const LISTED: &[(&str, &str)] = &[
    ("TestReconcileTopology/1", "ran without a topology cache, which a row does not tell and 1.36 always has"),
    ("TestReconcile_TrafficDistribution/2", "which of three equal endpoints changes zone is by Go's map order"),
    ("TestReconcile_TrafficDistribution/5", "ran with the gate PreferSameTrafficDistribution off; 1.36 has it on"),
];

/// What makes the big cases differ: the table keeps only their sizes.
fn shape(name: &str, nth: usize) -> (&'static str, i64) {
    match (name, nth) {
        ("TestReconcileEndpointSlicesUpdating" | "TestReconcileEndpointSlicesRecycling", 1) => {
            ("target port changed", 81)
        }
        ("TestReconcileEndpointSlicesServicesLabelsUpdating", 1) => ("label added", 80),
        ("TestReconcileEndpointSlicesServicesReservedLabels", 1) => ("reserved label added", 80),
        ("TestReconcileEndpointSlicesUpdatePacking", _) => ("some pods not ready", 80),
        ("TestReconcileEndpointSlicesReplaceDeprecated", _) => ("slices of type IP", 80),
        ("TestReconcileEndpointSlicesNamedPorts", _) => ("named port", 80),
        _ => ("", 80),
    }
}

#[test]
fn endpointslice_packing_sizes() {
    let Some(table) = table("endpointslice_packing_sizes") else { return };
    let rows = table.items("cases");
    let mut wrong = Vec::new();
    for (place, row) in rows.iter().enumerate() {
        let name = row.text("name");
        let nth = rows[..place].iter().filter(|earlier| earlier.text("name") == name).count();
        let (shape, target) = shape(name, nth);
        let metadata = |labels: Value| json!({"name": "foo", "namespace": "test", "uid": "test-foo", "labels": labels});
        let spec = |target: Value| {
            let ports = json!([{"name": "foo", "protocol": "TCP", "port": 80, "targetPort": target}]);
            json!({"ports": ports, "selector": {"foo": "bar"}, "clusterIP": "10.0.0.1", "ipFamilies": ["IPv4"]})
        };
        let service =
            |labels, target| Object::new(json!({"metadata": metadata(labels), "spec": spec(target)})).unwrap();
        let labels = match shape {
            "label added" => json!({"foo": "bar"}),
            "reserved label added" => json!({"service.kubernetes.io/headless": ""}),
            _ => json!({}),
        };
        let target = if shape == "named port" { json!("http") } else { json!(target) };
        let pods = |ready: &dyn Fn(i64) -> bool| -> Vec<Object> {
            (0..row.int("pods").unwrap())
                .map(|i| {
                    let ip = format!("1.2.{}.{}", i / 256, i % 256);
                    let ports = json!([{"name": "http", "containerPort": 8080 + i % 5, "protocol": "TCP"}]);
                    let status = if ready(i) { "True" } else { "False" };
                    Object::new(json!({
                        "metadata": {"name": format!("pod{i:03}"), "namespace": "test", "uid": format!("uid-{i}")},
                        "spec": {"containers": [{"name": "c", "ports": ports}], "nodeName": "node-1"},
                        "status": {"podIP": ip, "podIPs": [{"ip": ip}], "conditions": [{"type": "Ready", "status": status}]},
                    }))
                    .unwrap()
                })
                .collect()
        };
        let nodes = [Object::new(json!({"metadata": {"name": "node-1"}})).unwrap()];
        let most = row.int("maxEndpointsPerSlice").unwrap() as usize;

        // The slices that are there hold the first pods, as an earlier reconcile made them.
        let mut before = pods(&|_| true).into_iter();
        let mut there = Vec::new();
        for slice in row.items("existingSlices") {
            let size = slice.int("endpoints").unwrap() as usize;
            let held: Vec<Object> = before.by_ref().take(size).collect();
            let made = play(&service(json!({}), json!(80)), &held, &nodes, &[], None, 1000);
            let mut made = made.create.into_iter().next().unwrap();
            made.set("metadata.name", slice["name"].clone());
            if shape == "slices of type IP" {
                made.set("addressType", json!("IP"));
            }
            there.push(made);
        }
        let now = pods(&|i| shape != "some pods not ready" || i % 10 != 0);
        let outcome = play(&service(labels, target), &now, &nodes, &there, None, most);
        let mut got: Vec<String> = operations(&outcome)
            .iter()
            .map(|operation| format!("{} {}", operation.text("op"), operation["slice"].items("endpoints").len()))
            .collect();
        let mut wanted: Vec<String> = row
            .items("operations")
            .iter()
            .map(|operation| format!("{} {}", operation.text("op"), operation.int("endpoints").unwrap_or(0)))
            .collect();
        got.sort();
        wanted.sort();
        if got != wanted {
            wrong.push((format!("{name}/{nth}"), format!("{got:?}\ninstead of\n{wanted:?}")));
        }
    }
    verdict("endpointslice_packing_sizes", rows.len(), &wrong, &[]);
}
