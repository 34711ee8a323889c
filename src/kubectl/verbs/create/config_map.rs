//! `kubectl create configmap` and `kubectl create secret generic`. Models create_configmap.go.

use super::{finish, name};
use crate::api::{Map, ResourceId, Value, json};
use crate::kubectl::call::{Call, Next};
use crate::kubectl::flags::Flags;
use crate::kubectl::tree::put;
use crate::kubectl::{Failure, manifest};
use crate::value::base64;

/// Runs `kubectl create configmap`.
pub fn config_map(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let name = name(flags, "kubectl create configmap")?.to_owned();
    let data = data(call, flags, |text| Value::String(text.to_owned()))?;
    let mut value = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}});
    if !data.is_empty() {
        put(&mut value, "data", Value::Object(data));
    }
    finish(call, flags, ResourceId::CONFIG_MAPS, value, |failure| {
        Failure::Error(format!("failed to create configmap: {}", failure.message()))
    })
}

/// Runs `kubectl create secret generic`.
pub fn secret(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let name = name(flags, "kubectl create secret generic")?.to_owned();
    let data = data(call, flags, |text| Value::String(base64::encode(text.as_bytes())))?;
    let mut value = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}});
    if !data.is_empty() {
        put(&mut value, "data", Value::Object(data));
    }
    if !flags.text("type").is_empty() {
        put(&mut value, "type", flags.text("type"));
    }
    finish(call, flags, ResourceId::SECRETS, value, |failure| {
        Failure::Error(format!("failed to create secret {}", failure.message()))
    })
}

/// The keys and values of `--from-literal` and `--from-file`.
fn data(call: &Call<'_>, flags: &Flags, encode: fn(&str) -> Value) -> Result<Map, Failure> {
    let mut data = Map::new();
    let mut add = |key: &str, text: &str| match data.insert(key.to_owned(), encode(text)) {
        None => Ok(()),
        Some(_) => Err(Failure::Error(format!(
            "cannot add key {key:?}, another key by that name already exists in Data for ConfigMap \"\""
        ))),
    };
    for literal in flags.list("from-literal") {
        match literal.split_once('=') {
            Some((key, value)) if !key.is_empty() => add(key, value.trim_matches(['"', '\'']))?,
            _ => return Err(Failure::Error(format!("invalid literal source {literal}, expected key=value"))),
        }
    }
    for source in flags.list("from-file") {
        let (key, path) =
            source.split_once('=').unwrap_or((source.rsplit('/').next().unwrap_or(source), source.as_str()));
        let text = manifest::file(&call.terminal.files, path)
            .ok_or_else(|| format!("error reading {path}: no such file or directory"))?;
        add(key, text)?;
    }
    Ok(data)
}
