//! kubectl_get_describe_output: what `get` and `describe` print of given objects.

use super::{table, verdict};
use service_playground::api::Value;
use service_playground::api::{self, Object, ResourceId};
use service_playground::clock::{Epoch, EventId, Time};
use service_playground::kubectl::print::describe::{Scene, describe};
use service_playground::kubectl::print::{self, Moment, TableOptions};
use service_playground::store::Store;
use std::sync::Arc;
use std::time::Duration;

const EPOCH: Epoch = Epoch(1_000_000_000);
/// Ten years after the start: later than every age in the table.
const NOW: Time = Time(10 * 366 * 86_400 * 1_000_000);

/// `$AGO:5m` to the timestamp that it stands for.
fn dated(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Some(ago) = text.strip_prefix("$AGO:") {
                *text = EPOCH.timestamp(NOW - duration(ago));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(dated),
        Value::Object(map) => map.values_mut().for_each(dated),
        _ => {}
    }
}

/// Go's durations: `1h30m`, `42s`.
fn duration(text: &str) -> Duration {
    let (mut total, mut digits) = (0, String::new());
    for letter in text.chars() {
        if letter.is_ascii_digit() {
            digits.push(letter);
            continue;
        }
        let unit = match letter {
            'h' => 3600,
            'm' => 60,
            's' => 1,
            'd' => 86_400,
            other => panic!("unit {other} in {text}"),
        };
        total += digits.parse::<u64>().expect("a number") * unit;
        digits.clear();
    }
    Duration::from_secs(total)
}

#[test]
fn kubectl_get_describe_output() {
    let Some(table) = table("kubectl_get_describe_output") else { return };
    let (mut rows, mut wrong) = (0, Vec::new());
    let moment = Moment { now: NOW, epoch: EPOCH };
    for case in table["cases"].as_array().expect("cases") {
        let name = case["name"].as_str().expect("a name");
        let mut store = Store::default();
        let mut objects: Vec<(ResourceId, Arc<Object>)> = Vec::new();
        for object in case["objects"].as_array().expect("objects") {
            let mut object = object.clone();
            dated(&mut object);
            let mut object = Object::new(object).expect("an object");
            let resource = ResourceId::of_manifest(object.api_version(), object.kind()).expect("a known kind");
            api::default(resource, &mut object);
            store.put(resource, object.clone(), Time::ZERO, EventId(0));
            objects.push((resource, Arc::new(object)));
        }
        let mut check = |what: &str, expected: &str, got: &str| {
            rows += 1;
            if expected != got {
                wrong.push((format!("{name}/{what}"), format!("expected:\n{expected}\ngot:\n{got}")));
            }
        };
        for (what, expected) in case["get"].as_object().into_iter().flatten() {
            let mut options = TableOptions::default();
            match &**what {
                "default" => {}
                "wide" => options.wide = true,
                "show-labels" => options.show_labels = true,
                "all-namespaces" => options.with_namespace = true,
                "no-headers" => options.no_headers = true,
                other => panic!("unknown form {other}"),
            }
            let (resource, _) = objects[0];
            let same: Vec<Arc<Object>> =
                objects.iter().filter(|one| one.0 == resource).map(|one| one.1.clone()).collect();
            let got = print::table(resource, &same, &options, &moment);
            check(what, expected.as_str().expect("text"), &got);
        }
        for (what, expected) in case["describe"].as_object().into_iter().flatten() {
            let (kind, wanted) = what.split_once('/').expect("Kind/name");
            let (resource, object) =
                objects.iter().find(|(_, one)| one.kind() == kind && one.name() == wanted).expect("the object");
            let scene = Scene { store: &store, moment, events: true };
            check(&format!("describe {what}"), expected.as_str().expect("text"), &describe(*resource, object, &scene));
        }
    }
    verdict("kubectl_get_describe_output", rows, &wrong, &[]);
}
