//! The tables of upstream's own tests, played against the engine. Skipped, plainly, where the tables are missing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
#![allow(clippy::missing_panics_doc)]

use service_playground::api::Value;
use std::path::PathBuf;

#[path = "upstream/allocation.rs"]
mod allocation;
#[path = "upstream/dns.rs"]
mod dns;
#[path = "upstream/endpoints.rs"]
mod endpoints;
#[path = "upstream/endpointslice.rs"]
mod endpointslice;
#[path = "upstream/env.rs"]
mod env;
#[path = "upstream/kubectl.rs"]
mod kubectl;
#[path = "upstream/kubectl_print.rs"]
mod kubectl_print;
#[path = "upstream/kubeproxy.rs"]
mod kubeproxy;
#[path = "upstream/validation.rs"]
mod validation;
#[path = "upstream/workloads.rs"]
mod workloads;

/// The table of this name; `None`, with a message, where the folder of tables is missing.
pub fn table(name: &str) -> Option<Value> {
    let folder = std::env::var_os("UPSTREAM_TABLES")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/upstream"), PathBuf::from);
    let file = folder.join(format!("{name}.json"));
    let Ok(text) = std::fs::read_to_string(&file) else {
        eprintln!("SKIPPED: there is no {}", file.display());
        return None;
    };
    Some(service_playground::yaml::read_json(&text).expect("a table is JSON"))
}

/// Fails with the rows that went wrong, unless they are just those listed with a reason.
pub fn verdict(table: &str, rows: usize, wrong: &[(String, String)], listed: &[(&str, &str)]) {
    let unexpected: Vec<&(String, String)> =
        wrong.iter().filter(|(name, _)| !listed.iter().any(|(known, _)| known == name)).collect();
    let healed: Vec<&&str> =
        listed.iter().map(|(name, _)| name).filter(|name| !wrong.iter().any(|(one, _)| one == *name)).collect();
    println!("{table}: {} of {rows} rows", rows - wrong.len());
    assert!(healed.is_empty(), "{table}: listed as not answered, but answered: {healed:?}");
    let text: Vec<String> = unexpected.iter().map(|(name, why)| format!("--- {name}\n{why}")).collect();
    assert!(text.is_empty(), "{table}: {} of {rows} rows are wrong:\n{}", text.len(), text.join("\n"));
}

/// Removes what says nothing: nulls, empty lists, maps and texts.
pub fn trimmed(value: &Value) -> Value {
    match value {
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| (key.clone(), trimmed(value)))
            .filter(|(_, value)| !is_nothing(value))
            .collect::<service_playground::api::Map>()
            .into(),
        Value::Array(list) => list.iter().map(trimmed).collect(),
        other => other.clone(),
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}
