//! A pod's volumes, as far as what people write goes: that they are named, have one source, and that the source names
//! what it needs. Models ValidateVolumes.

use super::super::{Cause, Fields, Map, Value};
use super::{invalid_each, name};

/// Checks the volumes and gives the names of those that are right.
pub fn volumes<'a>(spec: &'a Value, path: &str, causes: &mut Vec<Cause>) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for (place, volume) in spec.items("volumes").iter().enumerate() {
        let path = format!("{path}[{place}]");
        let before = causes.len();
        source(volume, &path, causes);
        let text = volume.text("name");
        let field = format!("{path}.name");
        if text.is_empty() {
            causes.push(Cause::required(&field, ""));
        } else {
            invalid_each(&field, text, name::dns_label(text), causes);
        }
        if names.contains(&text) {
            causes.push(Cause::duplicate(&field, &Value::from(text)));
        }
        if causes.len() == before {
            names.push(text);
        }
    }
    names
}

fn source(volume: &Value, path: &str, causes: &mut Vec<Cause>) {
    let sources: Vec<_> = volume.as_object().into_iter().flat_map(Map::keys).filter(|field| *field != "name").collect();
    for field in sources.iter().skip(1) {
        causes.push(Cause::forbidden(&format!("{path}.{field}"), "may not specify more than 1 volume type"));
    }
    let Some(first) = sources.first() else {
        causes.push(Cause::required(path, "must specify a volume type"));
        return;
    };
    let needed = match &***first {
        "hostPath" | "persistentVolumeClaim" | "secret" | "configMap" => match &***first {
            "hostPath" => "path",
            "persistentVolumeClaim" => "claimName",
            "secret" => "secretName",
            _ => "name",
        },
        _ => return,
    };
    if volume.get(first).is_none_or(|source| source.text(needed).is_empty()) {
        causes.push(Cause::required(&format!("{path}.{first}.{needed}"), ""));
    }
}
