//! endpoints_controller_sync and endpoints_repack_subsets.

use crate::{table, trimmed, verdict};
use service_playground::api::Value;
use service_playground::api::{Fields, Object};
use service_playground::controllers::Write;
use service_playground::controllers::backends::is_managed;
use service_playground::controllers::endpoints::{Subset, reader, reconcile, repack};

/// Subsets and their ports are sorted by Go hashes: compared as sets.
fn sets(subsets: &[Value]) -> Vec<Value> {
    let mut subsets: Vec<Value> = subsets.iter().map(trimmed).collect();
    for subset in &mut subsets {
        if let Some(Value::Array(ports)) = subset.get_mut("ports") {
            ports.sort_by_key(Value::to_string);
        }
    }
    subsets.sort_by_key(Value::to_string);
    subsets
}

#[test]
fn endpoints_controller_sync() {
    let Some(table) = table("endpoints_controller_sync") else { return };
    let rows = table.items("cases");
    let mut wrong = Vec::new();
    for row in rows {
        let service = Object::new(row["service"].clone()).unwrap();
        let pods: Vec<Object> = row.items("pods").iter().map(|pod| Object::new(pod.clone()).unwrap()).collect();
        let addresses: Vec<_> = pods.iter().map(reader(&service)).collect();
        let there = row.at("existingEndpoints").map(|there| Object::new(there.clone()).unwrap());
        // Rows whose selector was empty but not nil lost it on their way into JSON: only rows to skip have no pods.
        let write = if row.at("pods").is_none() {
            assert!(!is_managed(&service), "{}", row.text("name"));
            None
        } else {
            // Which change a write answers depends on what was seen before: unknown to a single sync.
            reconcile(
                &service,
                &addresses.iter().flatten().collect::<Vec<_>>(),
                there.as_ref(),
                row["result"]["metadata"]["annotations"]["endpoints.kubernetes.io/last-change-trigger-time"].as_str(),
            )
        };
        let (action, object) = match &write {
            None => ("none", None),
            Some(Write::Create { object, .. }) => ("create", Some(object)),
            Some(Write::Update { object, .. }) => ("update", Some(object)),
            Some(_) => ("other", None),
        };
        let wanted_action = if row.text("action") == "skip" { "none" } else { row.text("action") };
        let mut problems = Vec::new();
        if action != wanted_action {
            problems.push(format!("{action} instead of {wanted_action}"));
        } else if let Some(object) = object {
            let wanted = &row["result"];
            for part in ["metadata.labels", "metadata.annotations"] {
                let (got, wanted) = (object.at(part), wanted.at(part));
                if got != wanted {
                    problems.push(format!("{part}: {got:?} instead of {wanted:?}"));
                }
            }
            let (got, wanted) = (sets(object.items("subsets")), sets(wanted.items("subsets")));
            if got != wanted {
                problems.push(format!("subsets:\n{}\ninstead of\n{}", Value::from(got), Value::from(wanted)));
            }
        }
        if !problems.is_empty() {
            wrong.push((row.text("name").to_owned(), problems.join("\n")));
        }
    }
    verdict("endpoints_controller_sync", rows.len(), &wrong, &[]);
}

#[test]
fn endpoints_repack_subsets() {
    let Some(table) = table("endpoints_repack_subsets") else { return };
    let rows = table.items("cases");
    let mut wrong = Vec::new();
    for row in rows {
        let given = row.items("given").iter().map(Subset::read).collect();
        let got: Vec<Value> = repack(given).into_iter().map(Subset::value).collect();
        let (got, wanted) = (sets(&got), sets(row.items("expected")));
        if got != wanted {
            let problem = format!("{}\ninstead of\n{}", Value::from(got), Value::from(wanted));
            wrong.push((row.text("name").to_owned(), problem));
        }
    }
    verdict("endpoints_repack_subsets", rows.len(), &wrong, &[]);
}
