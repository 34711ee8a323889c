//! What the API server says of itself by path: its version, groups and kinds.
//!
//! Models apiserver's pkg/endpoints/discovery; a kind's `storageVersionHash` is
//! pkg/endpoints/discovery/storageversionhash.go.

use super::discovery::{SERVER, VERSION};
use crate::api::{ResourceId, Subresource};
use crate::value::base64;
use sha2::{Digest, Sha256};

/// What is at a path; `None` where no such document is.
pub fn answer(parts: &[&str]) -> Option<String> {
    match parts {
        ["version"] => Some(version()),
        ["api"] => {
            let address = SERVER.trim_start_matches("https://");
            Some(format!(
                "{{\"kind\":\"APIVersions\",\"versions\":[\"v1\"],\"serverAddressByClientCIDRs\":[{{\"clientCIDR\":\
                 \"0.0.0.0/0\",\"serverAddress\":{address:?}}}]}}\n"
            ))
        }
        ["api", version] => resources("", version),
        ["apis"] => {
            let mut names: Vec<&str> = ResourceId::all().map(|id| id.info().group).collect();
            names.dedup();
            let all: Vec<String> = names.into_iter().filter_map(|name| Some(format!("{{{}}}", group(name)?))).collect();
            Some(format!("{{\"kind\":\"APIGroupList\",\"apiVersion\":\"v1\",\"groups\":[{}]}}\n", all.join(",")))
        }
        ["apis", name] => Some(format!("{{\"kind\":\"APIGroup\",\"apiVersion\":\"v1\",{}}}\n", group(name)?)),
        ["apis", group, version] => resources(group, version),
        _ => None,
    }
}

fn version() -> String {
    let fields = [
        ("major", "1"),
        ("minor", "36"),
        ("emulationMajor", "1"),
        ("emulationMinor", "36"),
        ("minCompatibilityMajor", "1"),
        ("minCompatibilityMinor", "35"),
        ("gitVersion", VERSION),
        ("gitTreeState", "clean"),
        ("compiler", "gc"),
        ("platform", "linux/amd64"),
    ];
    let lines: Vec<String> = fields.iter().map(|(name, value)| format!("  {name:?}: {value:?}")).collect();
    format!("{{\n{}\n}}", lines.join(",\n"))
}

/// A group's name and version.
fn group(name: &str) -> Option<String> {
    let info = ResourceId::all().map(ResourceId::info).find(|info| info.group == name && !name.is_empty())?;
    let version = format!("{{\"groupVersion\":{:?},\"version\":{:?}}}", info.api_version(), info.version);
    Some(format!("\"name\":{name:?},\"versions\":[{version}],\"preferredVersion\":{version}"))
}

/// The kinds of a group's version, each followed by its subresources.
fn resources(group: &str, version: &str) -> Option<String> {
    let of_group = |id: &ResourceId| id.info().group == group && id.info().version == version;
    let mut all: Vec<String> = Vec::new();
    for id in ResourceId::all().filter(of_group) {
        let info = id.info();
        let mut text = format!(
            "{{\"name\":{:?},\"singularName\":{:?},\"namespaced\":{},\"kind\":{:?},\"verbs\":{:?}",
            info.plural,
            info.singular(),
            info.namespaced,
            info.kind,
            id.verbs(),
        )
        .replace("\", \"", "\",\"");
        if !info.short.is_empty() {
            text += &format!(",\"shortNames\":{:?}", info.short).replace(", ", ",");
        }
        if !id.categories().is_empty() {
            text += &format!(",\"categories\":{:?}", id.categories());
        }
        let hash = Sha256::digest(format!("{group}/{version}/{}", info.kind));
        text += &format!(",\"storageVersionHash\":{:?}}}", base64::encode(hash.get(..8).unwrap_or(&[])));
        all.push(text);
        for door in Subresource::of(id) {
            let gives = match door.gives {
                Some(("", "v1", kind)) => format!("\"kind\":{kind:?}"),
                Some((group, version, kind)) => {
                    format!("\"group\":{group:?},\"version\":{version:?},\"kind\":{kind:?}")
                }
                None => format!("\"kind\":{:?}", info.kind),
            };
            let verbs = format!("{:?}", door.verbs).replace(", ", ",");
            let name = format!("{}/{}", info.plural, door.name);
            let namespaced = info.namespaced;
            all.push(format!(
                "{{\"name\":{name:?},\"singularName\":\"\",\"namespaced\":{namespaced},{gives},\"verbs\":{verbs}}}"
            ));
        }
    }
    // Discovery of the core group is older than the field.
    let own = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    let versioned = if group.is_empty() { "" } else { "\"apiVersion\":\"v1\"," };
    (!all.is_empty()).then(|| {
        let list = all.join(",");
        format!("{{\"kind\":\"APIResourceList\",{versioned}\"groupVersion\":{own:?},\"resources\":[{list}]}}\n")
    })
}
