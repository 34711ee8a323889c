//! ReplicaSets and Deployments: whose pods go, and the arithmetic of rolling updates.

use crate::{table, verdict};
use service_playground::api::Value;
use service_playground::api::{Fields, Object};
use service_playground::clock::{Epoch, Time};
use service_playground::controllers::deployment::rolling::{
    Limits, Set, clean_up_unhealthy, grown, resolve_fenceposts, shrink_available, shrink_old, size_of_new,
};
use service_playground::controllers::replicaset::pods_to_delete;

fn pod(row: &Value) -> Object {
    let mut pod = Object::default();
    for (to, from) in [
        ("metadata.name", "name"),
        ("metadata.uid", "uid"),
        ("metadata.creationTimestamp", "creationTimestamp"),
        ("metadata.annotations", "annotations"),
        ("spec.nodeName", "nodeName"),
        ("status.phase", "phase"),
        ("status.conditions", "conditions"),
    ] {
        pod.set(to, row.at(from).cloned().unwrap_or_default());
    }
    pod
}

#[test]
fn replicaset_pods_to_delete() {
    let Some(table) = table("replicaset_pods_to_delete") else { return };
    let rows = table.items("cases");
    let mut wrong = Vec::new();
    for row in rows {
        let pods: Vec<Object> = row.items("pods").iter().map(pod).collect();
        let related: Vec<Object> = row.items("relatedPods").iter().map(pod).collect();
        let count = row.int("diff").unwrap_or(0) as usize;
        let places = pods_to_delete(&pods, &related, count, Time(1_000_000), Epoch(1_700_000_000));
        let mut got: Vec<&str> = places.into_iter().map(|place| pods[place].name()).collect();
        let mut wanted: Vec<&str> = row.items("deleted").iter().filter_map(Value::as_str).collect();
        got.sort_unstable();
        wanted.sort_unstable();
        if got != wanted {
            wrong.push((row.text("name").to_owned(), format!("{got:?} instead of {wanted:?}")));
        }
    }
    verdict("replicaset_pods_to_delete", rows.len(), &wrong, &[]);
}

/// The answer to a row, as the row's own expectation would be worded.
fn answer(group: &str, row: &Value) -> (String, String) {
    let number = |field: &str| row.int(field).unwrap_or(0);
    let replicas = number("deploymentReplicas");
    let (surge, unavailable) =
        resolve_fenceposts(&number("maxSurge").into(), &number("maxUnavailable").into(), replicas).unwrap_or_default();
    let limits = Limits { replicas, surge, unavailable };
    let steps_or_none = |size: Option<i64>| size.map_or_else(|| "unchanged".to_owned(), |size| size.to_string());
    let wanted_steps = |field: &str| steps_or_none(row.is_true("scaleExpected").then(|| number(field)));
    let last = |steps: Vec<(usize, i64, i64)>| steps_or_none(steps.last().map(|&(_, _, size)| size));
    match group {
        "resolveFenceposts" => {
            let null = Value::Null;
            let field = |name: &str| row.at(name).unwrap_or(&null);
            let wanted = (!row.is_true("expectError")).then(|| (number("expectSurge"), number("expectUnavailable")));
            (
                format!("{:?}", resolve_fenceposts(field("maxSurge"), field("maxUnavailable"), number("desired"))),
                format!("{wanted:?}"),
            )
        }
        "newRSNewReplicas" => {
            // The one other ReplicaSet has 5.
            let size = if row.text("strategyType") == "Recreate" {
                replicas
            } else {
                grown(limits, 5, number("newRSReplicas"))
            };
            (size.to_string(), number("expected").to_string())
        }
        "reconcileNewReplicaSet" => {
            let (old, new) = (number("oldReplicas"), number("newReplicas"));
            let size = size_of_new(limits, old + new, new);
            (steps_or_none((size != new).then_some(size)), wanted_steps("expectedNewReplicas"))
        }
        "reconcileOldReplicaSets" => {
            let new = Set { size: number("newReplicas"), available: number("readyPodsFromNewRS") };
            let mut old = [Set { size: number("oldReplicas"), available: number("readyPodsFromOldRS") }];
            (last(shrink_old(limits, new, &mut old)), wanted_steps("expectedOldReplicas"))
        }
        "cleanupUnhealthyReplicas" => {
            let mut old = [Set { size: number("oldReplicas"), available: number("readyPods") }];
            let steps = clean_up_unhealthy(&mut old, number("maxCleanupCount"));
            let count: i64 = steps.iter().map(|(_, from, to)| from - to).sum();
            (count.to_string(), number("cleanupCountExpected").to_string())
        }
        "scaleDownOldReplicaSetsForRollingUpdate" => {
            let mut old = [Set { size: number("oldReplicas"), available: number("readyPods") }];
            (last(shrink_available(limits, 0, &mut old)), wanted_steps("expectedOldReplicas"))
        }
        other => (format!("no answer to {other}"), String::new()),
    }
}

#[test]
fn deployment_rolling_maths() {
    let Some(table) = table("deployment_rolling_maths") else { return };
    let mut wrong = Vec::new();
    let mut count = 0;
    for (group, rows) in table.map("groups").into_iter().flatten() {
        for (number, row) in rows.items("").iter().enumerate() {
            count += 1;
            let (got, wanted) = answer(group, row);
            if got != wanted {
                wrong.push((format!("{group}/{number}"), format!("{got} instead of {wanted} for {row}")));
            }
        }
    }
    assert!(count > 0, "the table has rows");
    verdict("deployment_rolling_maths", count, &wrong, &[]);
}
