//! What `kubectl debug` sends: an ephemeral container, a pod for a node, or a copy of a pod. Models generateDebugContainer,
//! generateNodeDebugPod and generatePodCopyWithDebugContainer.

use super::Wish;
use super::profile::Style;
use crate::api::{Fields, Object, ResourceId, Value, json, patch};
use crate::kubectl::Failure;
use crate::kubectl::call::Console;
use crate::kubectl::tree::put;

/// The lists of a pod's containers.
const LISTS: [&str; 3] = ["spec.containers", "spec.initContainers", "spec.ephemeralContainers"];

/// The ephemeral container for a pod.
pub fn ephemeral(wish: &mut Wish<'_>, pod: &Object, console: &mut Console) -> Result<Value, Failure> {
    let name = name(wish, pod.value(), console);
    let mut container = new_container(wish, &name);
    let target = wish.flags.text("target");
    if !target.is_empty() {
        put(&mut container, "targetContainerName", target);
    }
    wish.profile.change_container(Style::Ephemeral, &mut container);
    let mut whole = json!({"spec": {"ephemeralContainers": [container]}});
    customize(wish, &mut whole, "ephemeralContainers", &name)?;
    Ok(whole.items("spec.ephemeralContainers").first().cloned().unwrap_or_default())
}

/// The pod for a node, and its container's name.
pub fn node_pod(wish: &mut Wish<'_>, node: &Object, console: &mut Console) -> Result<(Value, String), Failure> {
    let name = match wish.flags.text("container") {
        "" => "debugger",
        name => name,
    };
    let pod_name = format!("node-debugger-{}-{}", node.name(), wish.random.name_suffix(5));
    if !wish.flags.on("quiet") {
        console.line(format!("Creating debugging pod {pod_name} with container {name} on node {}.", node.name()));
    }
    let mut container = new_container(wish, name);
    wish.profile.change_container(Style::Node, &mut container);
    let mut pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": pod_name, "labels": {"app.kubernetes.io/managed-by": "kubectl-debug"}},
        "spec": {
            "containers": [container], "nodeName": node.name(), "restartPolicy": "Never",
            "tolerations": [{"operator": "Exists"}],
        },
    });
    wish.profile.change_pod(Style::Node, wish.keeps, &mut pod);
    customize(wish, &mut pod, "containers", name)?;
    Ok((pod, name.to_owned()))
}

/// The copy of a pod, and the name of the container to attach to.
pub fn copy(wish: &mut Wish<'_>, pod: &Object, console: &mut Console) -> Result<(Value, Option<String>), Failure> {
    let flags = wish.flags;
    let mut metadata = json!({"name": flags.text("copy-to"), "namespace": pod.namespace()});
    for field in ["labels", "annotations"] {
        if let Some(pairs) = pod.at(&format!("metadata.{field}")) {
            put(&mut metadata, field, pairs.clone());
        }
    }
    let mut spec = pod.at("spec").cloned().unwrap_or_default();
    if let Some(map) = spec.as_object_mut() {
        map.remove("ephemeralContainers");
        if flags.given("share-processes") {
            map.insert("shareProcessNamespace".to_owned(), flags.on("share-processes").into());
        }
        if !flags.on("same-node") {
            map.remove("nodeName");
        }
    }
    let images: Vec<(&str, &str)> = flags.list("set-image").iter().filter_map(|pair| pair.split_once('=')).collect();
    let image_for = |name: &str| images.iter().rev().find(|(of, _)| *of == name).map(|(_, image)| *image);
    for container in spec.get_mut("containers").and_then(Value::as_array_mut).into_iter().flatten() {
        let image = image_for(container.text("name")).or_else(|| image_for("*"));
        if let Some(image) = image.filter(|image| !image.is_empty()) {
            put(container, "image", image);
        }
    }
    let mut copy = json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec});
    let wanted = flags.text("container");
    let known = LISTS.iter().find(|list| copy.items(list).iter().any(|one| one.text("name") == wanted));
    let (list, name) = match known {
        Some(list) => (list.trim_start_matches("spec."), wanted.to_owned()),
        None if flags.text("image").is_empty() && !images.is_empty() => return Ok((copy, None)),
        None if flags.text("image").is_empty() => {
            return Err(Failure::from("you must specify image when creating new container"));
        }
        None => {
            let name = name(wish, &copy, console);
            let new = json!({"name": name, "terminationMessagePolicy": "File"});
            if let Some(Value::Array(all)) = copy.get_mut("spec").and_then(|spec| spec.get_mut("containers")) {
                all.push(new);
            }
            ("containers", name)
        }
    };
    let all = copy.get_mut("spec").and_then(|spec| spec.get_mut(list)).and_then(Value::as_array_mut);
    if let Some(own) = all.into_iter().flatten().find(|one| one.text("name") == name) {
        fill(wish, own);
        wish.profile.change_container(Style::Copy, own);
    }
    wish.profile.change_pod(Style::Copy, wish.keeps, &mut copy);
    customize(wish, &mut copy, "containers", &name)?;
    Ok((copy, Some(name)))
}

/// A container as the flags describe it.
fn new_container(wish: &Wish<'_>, name: &str) -> Value {
    let mut container = json!({"name": name, "resources": {}, "terminationMessagePolicy": "File"});
    fill(wish, &mut container);
    container
}

/// Writes what the flags say into a container.
fn fill(wish: &Wish<'_>, container: &mut Value) {
    let flags = wish.flags;
    if !wish.words.is_empty() {
        let (field, other) = if flags.on("arguments-only") { ("args", "") } else { ("command", "args") };
        container.as_object_mut().map(|map| map.remove(other));
        put(container, field, wish.words.clone());
    }
    // A map: one value a name.
    let mut env: Vec<(&str, &str)> = Vec::new();
    for (name, value) in flags.list("env").iter().filter_map(|pair| pair.split_once('=')) {
        env.retain(|(known, _)| *known != name);
        env.push((name, value));
    }
    if !env.is_empty() {
        let all: Vec<Value> = env.into_iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
        put(container, "env", all);
    }
    for (field, flag) in [("image", "image"), ("imagePullPolicy", "image-pull-policy")] {
        if !flags.text(flag).is_empty() {
            put(container, field, flags.text(flag));
        }
    }
    for field in ["stdin", "tty"] {
        if flags.on(field) {
            put(container, field, true);
        } else {
            container.as_object_mut().map(|map| map.remove(field));
        }
    }
}

/// The name of the container to debug with. Models computeDebugContainerName.
fn name(wish: &mut Wish<'_>, pod: &Value, console: &mut Console) -> String {
    let wanted = wish.flags.text("container");
    if !wanted.is_empty() {
        return wanted.to_owned();
    }
    let mut name = format!("debugger-{}", wish.random.name_suffix(5));
    while LISTS.iter().any(|list| pod.items(list).iter().any(|one| one.text("name") == name)) {
        name = format!("debugger-{}", wish.random.name_suffix(5));
    }
    if !wish.flags.on("quiet") {
        console.line(format!("Defaulting debug container name to {name}."));
    }
    name
}

/// Merges the part of a container that `--custom` gives into the container of this name. Models applyCustomProfile.
fn customize(wish: &Wish<'_>, pod: &mut Value, list: &str, name: &str) -> Result<(), Failure> {
    let Some(custom) = &wish.custom else { return Ok(()) };
    let mut custom = custom.clone();
    put(&mut custom, "name", name);
    let mut all = json!({});
    put(&mut all, list, vec![custom]);
    let mut changes = json!({"spec": all});
    patch::strategic(pod, &mut changes, patch::Rules::of(ResourceId::PODS))?;
    Ok(())
}
