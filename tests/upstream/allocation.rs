//! `service_allocate_on_create` and `service_allocate_on_update`: what upstream's BeginCreate and BeginUpdate answered.

use super::{table, verdict};
use service_playground::api::Value;
use service_playground::api::{Fields, Object, Settings as Gates};
use service_playground::apiserver::Settings;
use service_playground::apiserver::allocation::{Allocated, Allocation, on_create, on_update};
use service_playground::clock::Random;
use std::collections::BTreeMap;

/// Rows whose words are those of the allocator that upstream's test sets up; a cluster's own, which looks through the
/// ServiceCIDRs, has others (conformance api/service-clusterip-out-of-range-or-taken).
const OF_ANOTHER_ALLOCATOR: &[(&str, &str)] = &[("TestGenericCreate/12", "an address out of the range")];

/// The settings of the clusters that the tables were recorded on.
fn settings(case: &Value) -> Settings {
    let mut families: Vec<&str> = case.items("clusterFamilies").iter().filter_map(Value::as_str).collect();
    families.sort_by_key(|family| *family != case.text("defaultFamily"));
    let range = |family: &&str| if *family == "IPv4" { "10.0.0.0/16" } else { "2000::/108" }.to_owned();
    Settings { service_cidrs: families.iter().map(range).collect(), gates: Gates::default(), ..Settings::default() }
}

/// What the table says of a Service, with marks in place of what was drawn: `<allocated IPv4>`, `<allocated #1>`.
fn summary(service: &Object, input: &Value) -> Value {
    let mut out = service_playground::api::Map::new();
    for field in ["type", "ipFamilyPolicy", "externalTrafficPolicy"] {
        if !service.text(&format!("spec.{field}")).is_empty() {
            out.insert(field.to_owned(), service.at(&format!("spec.{field}")).cloned().unwrap());
        }
    }
    if !service.items("spec.ipFamilies").is_empty() {
        out.insert("ipFamilies".to_owned(), service.at("spec.ipFamilies").cloned().unwrap());
    }
    let given: Vec<Value> = input.items("spec.clusterIPs").to_vec();
    let known = |ip: &Value| given.contains(ip) || input.at("spec.clusterIP") == Some(ip);
    let ips = service.items("spec.clusterIPs").iter().map(|ip| {
        let family = if ip.as_str().unwrap().contains(':') { "IPv6" } else { "IPv4" };
        if known(ip) { ip.clone() } else { Value::from(format!("<allocated {family}>")) }
    });
    out.insert("clusterIPs".to_owned(), Value::Array(ips.collect()));
    let asked: Vec<i64> = input.items("spec.ports").iter().filter_map(|port| port.int("nodePort")).collect();
    let mut drawn: BTreeMap<i64, usize> = BTreeMap::new();
    let ports = service.items("spec.ports").iter().map(|port| {
        let mut port = port.clone();
        if let Some(number) = port.int("nodePort").filter(|number| !asked.contains(number)) {
            let next = drawn.len() + 1;
            port["nodePort"] = Value::from(format!("<allocated #{}>", drawn.entry(number).or_insert(next)));
        }
        port.as_object_mut().unwrap().retain(|field, value| {
            matches!(&**field, "name" | "protocol" | "port") || (field == "nodePort" && *value != 0)
        });
        port
    });
    out.insert("ports".to_owned(), Value::Array(ports.collect()));
    if let Some(port) = service.int("spec.healthCheckNodePort").filter(|port| *port != 0) {
        let was_asked = input.int("spec.healthCheckNodePort") == Some(port);
        let shown = if was_asked { Value::from(port) } else { Value::from("<allocated>") };
        out.insert("healthCheckNodePort".to_owned(), shown);
    }
    Value::Object(out)
}

/// The same marks in what the table expects, where it has no need of them on its own.
fn expected(case: &Value) -> Value {
    case.at("expected").cloned().unwrap_or_default()
}

fn play(file: &str, listed: &[(&str, &str)]) {
    let Some(table) = table(file) else { return };
    let mut wrong = Vec::new();
    for case in table.items("cases") {
        let mut service = Object::new(case["input"].clone()).unwrap();
        let settings = settings(case);
        let mut random = Random::new(1);
        let mut allocated = Allocated::new(&settings);
        let old = case.at("old").map(|old| Object::new(old.clone()).unwrap());
        allocated.follow(None, old.as_ref());
        let mut way = Allocation::new(&allocated, &mut random, case.is_true("dryRun"));
        let answer = match &old {
            Some(old) => on_update(&mut service, old, &mut way),
            None => on_create(&mut service, &mut way),
        };
        let got = match answer {
            Ok(()) => {
                let mut input = case["input"].clone();
                // What the old Service had counts as given.
                if let Some(old) = case.at("old") {
                    merge_given(&mut input, old);
                }
                summary(&service, &input)
            }
            Err(status) => Value::from(status.message),
        };
        let want = match case.at("error") {
            Some(error) => error.clone(),
            None => expected(case),
        };
        if got != want {
            let why = format!("want {want}\n got {got}\ninput {}", case["input"]["spec"]);
            wrong.push((case.text("name").to_owned(), why));
        }
    }
    verdict(file, table.items("cases").len(), &wrong, listed);
}

fn merge_given(input: &mut Value, old: &Value) {
    for path in ["/spec/clusterIPs", "/spec/ports"] {
        let more: Vec<Value> = old.pointer(path).and_then(Value::as_array).cloned().unwrap_or_default();
        if let Some(Value::Array(list)) = input.pointer_mut(path) {
            list.extend(more);
        } else if !more.is_empty() {
            input["spec"][path.rsplit('/').next().unwrap()] = Value::Array(more);
        }
    }
    if input.pointer("/spec/healthCheckNodePort").is_none()
        && let Some(port) = old.pointer("/spec/healthCheckNodePort")
    {
        input["spec"]["healthCheckNodePort"] = port.clone();
    }
}

#[test]
fn services_are_given_on_create_what_upstream_gives() {
    play("service_allocate_on_create", OF_ANOTHER_ALLOCATOR);
}

#[test]
fn services_are_given_on_update_what_upstream_gives() {
    play("service_allocate_on_update", &[]);
}
