//! Which kind a word on the command line means.

use super::Failure;
use crate::api::{Object, Resource, ResourceId};

/// The kinds that `all` means, in discovery's order.
const ALL: [ResourceId; 10] = [
    ResourceId::PODS,
    ResourceId::REPLICATION_CONTROLLERS,
    ResourceId::SERVICES,
    ResourceId::DAEMON_SETS,
    ResourceId::DEPLOYMENTS,
    ResourceId::REPLICA_SETS,
    ResourceId::STATEFUL_SETS,
    ResourceId::HORIZONTAL_POD_AUTOSCALERS,
    ResourceId::CRON_JOBS,
    ResourceId::JOBS,
];

/// The kind that `word` names: plural, singular, short name, kind, `plural.group`, `plural.version.group`.
///
/// Models client-go's shortcut expander (case counts) before apimachinery's default REST mapper (it does not).
pub fn find(word: &str) -> Result<ResourceId, Failure> {
    let exact = |name: &str, matches: &dyn Fn(&Resource) -> bool| {
        ResourceId::all().find(|id| {
            let info = id.info();
            (info.short.contains(&name) || info.plural == name.to_lowercase() || info.singular() == name.to_lowercase())
                && matches(info)
        })
    };
    let (name, group) = word.split_once('.').unwrap_or((word, ""));
    let found = if word.contains('.') {
        let (version, rest) = group.split_once('.').unwrap_or((group, ""));
        exact(name, &|info| info.group == group)
            .or_else(|| exact(name, &|info| info.version == version && info.group == rest))
    } else {
        exact(name, &|_| true)
    };
    found.ok_or_else(|| Failure::Error(format!("the server doesn't have a resource type {name:?}")))
}

/// The kinds that a comma-separated word names, each once; `all` is the usual ones.
pub fn find_all(words: &str) -> Result<Vec<ResourceId>, Failure> {
    let mut found = Vec::new();
    for word in words.split(',').filter(|word| !word.is_empty()) {
        let ids = if word == "all" { ALL.to_vec() } else { vec![find(word)?] };
        for id in ids {
            if !found.contains(&id) {
                found.push(id);
            }
        }
    }
    Ok(found)
}

/// `service`, `deployment.apps`: how kubectl names a kind in front of a name.
pub fn qualified_kind(resource: ResourceId) -> String {
    let info = resource.info();
    if info.group.is_empty() { info.singular() } else { format!("{}.{}", info.singular(), info.group) }
}

/// `Service`, `Deployment.apps`: how kubectl names a kind in its refusals.
pub fn group_kind(resource: ResourceId) -> String {
    let info = resource.info();
    if info.group.is_empty() { info.kind.to_owned() } else { format!("{}.{}", info.kind, info.group) }
}

/// `/v1, Resource=services`. Models schema.GroupVersionResource's String.
pub fn group_version_resource(resource: ResourceId) -> String {
    let info = resource.info();
    format!("{}/{}, Resource={}", info.group, info.version, info.plural)
}

/// `/v1, Kind=Service`. Models schema.GroupVersionKind's String.
pub fn group_version_kind(resource: ResourceId) -> String {
    let info = resource.info();
    format!("{}/{}, Kind={}", info.group, info.version, info.kind)
}

/// `service/web`, `deployment.apps/web`: the name of an object as the name printer writes it, by the object's own kind.
pub fn object_name(object: &Object) -> String {
    let (group, _) = object.api_version().split_once('/').unwrap_or(("", ""));
    let kind = object.kind().to_lowercase();
    if group.is_empty() { format!("{kind}/{}", object.name()) } else { format!("{kind}.{group}/{}", object.name()) }
}
