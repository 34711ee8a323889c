//! `kubectl get --raw`: paths of the API server.

use super::discovery::VERSION;
use crate::api::{ResourceId, Selector, Status, Value, json};
use crate::apiserver::Verb;
use crate::kubectl::Failure;
use crate::kubectl::call::{Call, Next};
use crate::yaml;

/// Prints what the API server answers at `path`.
pub fn get(call: &mut Call<'_>, path: &str) -> Result<Next, Failure> {
    let (path, _) = path.split_once('?').unwrap_or((path, ""));
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let missing = || Failure::from(Status::plain(404, "NotFound", "the server could not find the requested resource"));
    match parts.as_slice() {
        ["healthz" | "livez" | "readyz"] => call.console.out("ok"),
        ["version"] => print(call, &json!({"gitVersion": VERSION, "major": "1", "minor": "36"})),
        ["api"] => print(call, &json!({"kind": "APIVersions", "versions": ["v1"]})),
        ["api", version] => resource_list(call, "", version).ok_or_else(missing)?,
        ["apis", group, version] => resource_list(call, group, version).ok_or_else(missing)?,
        ["api", version, rest @ ..] => object(call, "", version, rest, missing)?,
        ["apis", group, version, rest @ ..] => object(call, group, version, rest, missing)?,
        _ => return Err(missing()),
    }
    Ok(None)
}

fn print(call: &mut Call<'_>, value: &Value) {
    call.console.line(yaml::print_json_compact(value));
}

/// What discovery says of a group's version; `None` where there is none.
fn resource_list(call: &mut Call<'_>, group: &str, version: &str) -> Option<()> {
    let of_group = |id: &ResourceId| id.info().group == group && id.info().version == version;
    let resources: Vec<Value> = ResourceId::all()
        .filter(of_group)
        .map(|id| {
            let info = id.info();
            json!({"kind": info.kind, "name": info.plural, "namespaced": info.namespaced, "shortNames": info.short})
        })
        .collect();
    if resources.is_empty() {
        return None;
    }
    let name = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    print(call, &json!({"groupVersion": name, "kind": "APIResourceList", "resources": resources}));
    Some(())
}

fn object(
    call: &mut Call<'_>,
    group: &str,
    version: &str,
    rest: &[&str],
    missing: impl Fn() -> Failure,
) -> Result<(), Failure> {
    let (namespace, rest) = match rest {
        ["namespaces", namespace, rest @ ..] if !rest.is_empty() => (*namespace, rest),
        rest => ("", rest),
    };
    let [plural, names @ ..] = rest else { return Err(missing()) };
    let known = |id: &ResourceId| {
        let info = id.info();
        info.group == group && info.version == version && info.plural == *plural
    };
    let resource = ResourceId::all().find(known).ok_or_else(&missing)?;
    match names {
        [] => {
            let verb = Verb::List { labels: Selector::default(), fields: Vec::new() };
            let found = call.list(resource, namespace, verb)?;
            let items: Vec<Value> = found.iter().map(|object| object.value().clone()).collect();
            let info = resource.info();
            let revision = call.cluster.store().revision().to_string();
            print(
                call,
                &json!({"apiVersion": info.api_version(), "items": items, "kind": format!("{}List", info.kind),
                    "metadata": {"resourceVersion": revision}}),
            );
        }
        [name] => {
            let found = call.get(resource, namespace, name)?;
            print(call, found.value());
        }
        _ => return Err(missing()),
    }
    Ok(())
}
