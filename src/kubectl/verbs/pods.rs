//! The pods and containers that the words of `exec`, `attach` and `logs` mean. Models polymorphichelpers'
//! attachablepodforobject.go and pkg/cmd/util/podcmd.

use crate::api::{Fields, Object, ResourceId, Selector, Value, pod};
use crate::kubectl::call::Call;
use crate::kubectl::flags::Flags;
use crate::kubectl::{Failure, resources};
use std::sync::Arc;

/// The annotation that names the container that is meant where none is said.
pub const DEFAULT_CONTAINER: &str = "kubectl.kubernetes.io/default-container";

/// The lists of a pod's containers.
const LISTS: [&str; 3] = ["spec.containers", "spec.initContainers", "spec.ephemeralContainers"];

/// The object that a word names: of its kind, or a pod.
pub fn object(call: &mut Call<'_>, flags: &Flags, word: &str) -> Result<(ResourceId, Arc<Object>), Failure> {
    let (namespace, _) = call.namespace(flags);
    let (resource, name) = match word.split_once('/') {
        Some((kind, name)) => (resources::find(kind)?, name),
        None => (ResourceId::PODS, word),
    };
    Ok((resource, call.get(resource, &namespace, name)?))
}

/// The pod that a word names: by its name, or one of those behind a workload or Service.
pub fn attachable(call: &mut Call<'_>, flags: &Flags, word: &str) -> Result<Arc<Object>, Failure> {
    let (namespace, _) = call.namespace(flags);
    let (resource, object) = object(call, flags, word)?;
    if resource == ResourceId::PODS {
        return Ok(object);
    }
    let Some(selector) = selector(resource, &object) else {
        let what = resources::group_version_kind(resource);
        return Err(Failure::Error(format!("cannot attach to *{what}: selector for {what} not implemented")));
    };
    let pods = call.cluster.store().select(ResourceId::PODS, &namespace, &selector);
    let best = pods.iter().min_by_key(|pod| (!pod::is_ready(pod), pod.text("status.phase") != "Running"));
    best.map(|pod| Arc::clone(pod)).ok_or_else(|| Failure::from("timed out waiting for the condition"))
}

/// What selects the pods behind a workload or Service. Models SelectorsForObject.
pub fn selector(resource: ResourceId, object: &Object) -> Option<Selector> {
    let empty = Value::Null;
    match resource {
        ResourceId::SERVICES if object.map("spec.selector").is_some_and(|selector| !selector.is_empty()) => {
            Some(Selector::of_labels(object.text_pairs("spec.selector")))
        }
        ResourceId::DEPLOYMENTS | ResourceId::REPLICA_SETS | ResourceId::STATEFUL_SETS | ResourceId::DAEMON_SETS => {
            Some(Selector::of_label_selector(object.at("spec.selector").unwrap_or(&empty)))
        }
        _ => None,
    }
}

/// A container's part of the manifest.
pub fn container<'p>(pod: &'p Object, name: &str) -> Option<&'p Value> {
    LISTS.iter().flat_map(|list| pod.items(list)).find(|one| one.text("name") == name)
}

/// All containers of a pod, as errors list them. Models podcmd.AllContainerNames.
pub fn all_names(pod: &Object) -> String {
    let marks = [("spec.containers", ""), ("spec.ephemeralContainers", " (ephem)"), ("spec.initContainers", " (init)")];
    let names = marks
        .iter()
        .flat_map(|(list, mark)| pod.items(list).iter().map(move |one| format!("{}{mark}", one.text("name"))));
    names.collect::<Vec<_>>().join(", ")
}

/// The container that is meant where none is said: the one that the annotation names, or the first, which is told where
/// there are several. Models podcmd.FindOrDefaultContainerByName.
pub fn default_container(call: &mut Call<'_>, pod: &Object, tell: bool) -> String {
    if let Some(name) = pod.annotation(DEFAULT_CONTAINER).filter(|name| !name.is_empty()) {
        if container(pod, name).is_some() {
            return name.to_owned();
        }
        if tell {
            let text = format!("Default container name {name:?} not found in pod {}", pod.name());
            call.console.error_line(text);
        }
    }
    let first = pod::containers(pod).first().map_or("", |one| one.text("name")).to_owned();
    if tell && LISTS.iter().map(|list| pod.items(list).len()).sum::<usize>() > 1 {
        call.console.error_line(format!("Defaulted container {first:?} out of: {}", all_names(pod)));
    }
    first
}

/// Whether a container of a pod runs, as far as its status tells.
pub fn is_running(pod: &Object, container: &str) -> bool {
    let lists = ["status.containerStatuses", "status.initContainerStatuses", "status.ephemeralContainerStatuses"];
    let mut statuses = lists.iter().flat_map(|list| pod.items(list));
    statuses.any(|status| status.text("name") == container && status.at("state.running").is_some())
}
