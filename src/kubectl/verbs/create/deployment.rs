//! `kubectl create deployment`. Models create_deployment.go.

use super::{finish, name};
use crate::api::{ResourceId, Value, json};
use crate::clock::Random;
use crate::kubectl::Failure;
use crate::kubectl::call::{Call, Next};
use crate::kubectl::flags::Flags;
use crate::kubectl::tree::put;

/// Runs the command.
pub fn deployment(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let name = name(flags, "kubectl create deployment")?.to_owned();
    let command = flags.before_dash.and_then(|at| flags.args.get(at..)).unwrap_or(&[]);
    let images = flags.list("image");
    if images.len() > 1 && !command.is_empty() {
        return Err(Failure::from("cannot specify multiple --image options and command"));
    }
    // What chance there is comes from the state of the cluster, so that the same calls give the same names.
    let mut random = Random::new(call.cluster.settings().seed ^ call.cluster.now().0);
    let mut containers = Vec::new();
    for image in images {
        let mut container = json!({"image": image, "name": container_name(image, &mut random), "resources": {}});
        if !command.is_empty() {
            put(&mut container, "command", command.to_vec());
        }
        if let Some(port) = flags.int("port").filter(|port| *port >= 0 && containers.is_empty()) {
            put(&mut container, "ports", json!([{"containerPort": port}]));
        }
        containers.push(container);
    }
    let containers = if containers.is_empty() { Value::Null } else { Value::Array(containers) };
    let value = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"labels": {"app": name}, "name": name},
        "spec": {
            "replicas": flags.int("replicas").unwrap_or(1),
            "selector": {"matchLabels": {"app": name}},
            "strategy": {},
            "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": containers}},
        },
        "status": {},
    });
    finish(call, flags, ResourceId::DEPLOYMENTS, value, |failure| {
        Failure::Error(format!("failed to create deployment: {}", failure.message()))
    })
}

/// The name that a container of `image` gets: the image's, without registry, tag and digest.
fn container_name(image: &str, random: &mut Random) -> String {
    let last = image.rsplit('/').next().unwrap_or(image);
    let name = last.split([':', '@']).next().unwrap_or(last);
    if name.contains(['_', '.']) {
        format!("{}-{}", name.replace(['_', '.'], "-"), random.name_suffix(5))
    } else {
        name.to_owned()
    }
}
