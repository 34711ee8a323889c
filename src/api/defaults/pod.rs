//! Defaults of pods and of pod templates.

use super::super::quantity::Quantity;
use super::super::{Fields, Map, Value, json, pod};
use super::{child, each, set};

/// What a pod gets and a template does not: the requests that its limits imply, service links, the host's ports.
pub(super) fn default_pod(root: &mut Value) {
    let spec = child(root, "spec");
    default_pod_spec(spec);
    for list in ["containers", "initContainers"] {
        each(spec, list, |container| {
            let limits = container.map("resources.limits").cloned().unwrap_or_default();
            if !limits.is_empty() {
                let requests = child(child(container, "resources"), "requests");
                for (name, limit) in limits {
                    set(requests, &name, limit);
                }
            }
        });
    }
    default_pod_level(spec);
    set(spec, "enableServiceLinks", true);
    if spec.is_true("hostNetwork") {
        for list in ["containers", "initContainers"] {
            each(spec, list, |container| {
                each(container, "ports", |port| {
                    let number = port.int("containerPort").unwrap_or(0);
                    set(port, "hostPort", number);
                });
            });
        }
    }
}

/// A pod with limits as a whole asks for what its containers ask for together, or for its limits. Models
/// setDefaultPodRequests.
fn default_pod_level(spec: &mut Value) {
    let Some(limits) = spec.map("resources.limits").filter(|limits| !limits.is_empty()).cloned() else { return };
    let larger = |one: Quantity, other: Quantity| if other.billionths() > one.billionths() { other } else { one };
    let mut asked: Vec<(&str, Quantity)> = Vec::new();
    for resource in ["cpu", "memory"] {
        let of = |container: &Value| {
            let requests = container.get("resources").and_then(|all| all.get("requests"));
            requests.and_then(|requests| requests.get(resource)).and_then(Quantity::read).unwrap_or_default()
        };
        let total = pod::total_of_spec(spec, of, Quantity::plus, larger);
        if total.billionths() > 0 {
            asked.push((resource, total));
        }
    }
    let requests = child(child(spec, "resources"), "requests");
    for (resource, total) in asked {
        set(requests, resource, total.to_string());
    }
    for (resource, limit) in limits.iter().filter(|(resource, _)| pod::is_pod_level(resource)) {
        set(requests, resource, limit.clone());
    }
}

/// Models SetDefaults_PodSpec and what it holds.
pub(super) fn default_pod_spec(spec: &mut Value) {
    set(spec, "dnsPolicy", "ClusterFirst");
    set(spec, "restartPolicy", "Always");
    set(spec, "terminationGracePeriodSeconds", 30);
    set(spec, "schedulerName", "default-scheduler");
    child(spec, "securityContext");
    service_account(spec);
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        each(spec, list, container);
    }
    each(spec, "volumes", volume);
}

/// `serviceAccount` is the old name of `serviceAccountName`; both are shown.
fn service_account(spec: &mut Value) {
    let name = match spec.text("serviceAccountName") {
        "" => spec.text("serviceAccount").to_owned(),
        name => name.to_owned(),
    };
    if !name.is_empty() {
        spec["serviceAccount"] = json!(name);
        spec["serviceAccountName"] = json!(name);
    }
}

fn container(container: &mut Value) {
    let policy = pull_policy(container.text("image"));
    set(container, "imagePullPolicy", policy);
    set(container, "terminationMessagePath", "/dev/termination-log");
    set(container, "terminationMessagePolicy", "File");
    child(container, "resources");
    each(container, "ports", |port| set(port, "protocol", "TCP"));
    each(container, "env", |variable| {
        if let Some(field) = variable.get_mut("valueFrom").and_then(|from| from.get_mut("fieldRef")) {
            set(field, "apiVersion", "v1");
        }
    });
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(probe) = container.get_mut(name).filter(|probe| probe.is_object()) {
            set(probe, "timeoutSeconds", 1);
            set(probe, "periodSeconds", 10);
            set(probe, "successThreshold", 1);
            set(probe, "failureThreshold", 3);
            handler(probe);
            if let Some(grpc) = probe.get_mut("grpc") {
                set(grpc, "service", "");
            }
        }
    }
    for hook in ["postStart", "preStop"] {
        if let Some(action) = container.get_mut("lifecycle").and_then(|lifecycle| lifecycle.get_mut(hook)) {
            handler(action);
        }
    }
}

fn handler(owner: &mut Value) {
    if let Some(get) = owner.get_mut("httpGet") {
        set(get, "path", "/");
        set(get, "scheme", "HTTP");
    }
}

/// `Always` for images without a tag or with `latest`. Models SetDefaults_Container and parsers.ParseImageName.
fn pull_policy(image: &str) -> &'static str {
    let (name, digest) = image.split_once('@').map_or((image, false), |(name, _)| (name, true));
    let last = name.rsplit('/').next().unwrap_or(name);
    match last.split_once(':') {
        Some((_, "latest")) => "Always",
        None if !digest && !last.is_empty() => "Always",
        _ => "IfNotPresent",
    }
}

fn volume(volume: &mut Value) {
    let Some(map) = volume.as_object() else { return };
    if map.keys().all(|key| key == "name") {
        volume["emptyDir"] = Value::Object(Map::new());
    }
    for source in ["secret", "configMap", "downwardAPI", "projected"] {
        if let Some(source) = volume.get_mut(source).filter(|source| source.is_object()) {
            set(source, "defaultMode", 420);
            each(source, "items", downward_item);
            each(source, "sources", |source| {
                if let Some(token) = source.get_mut("serviceAccountToken") {
                    set(token, "expirationSeconds", 3600);
                }
                if let Some(downward) = source.get_mut("downwardAPI") {
                    each(downward, "items", downward_item);
                }
            });
        }
    }
    if let Some(path) = volume.get_mut("hostPath").filter(|path| path.is_object()) {
        set(path, "type", "");
    }
}

fn downward_item(item: &mut Value) {
    if let Some(field) = item.get_mut("fieldRef") {
        set(field, "apiVersion", "v1");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_decides_when_an_image_is_pulled() {
        for (image, policy) in [
            ("nginx", "Always"),
            ("nginx:latest", "Always"),
            ("nginx:1.27", "IfNotPresent"),
            ("localhost:5000/nginx", "Always"),
            ("localhost:5000/nginx:1", "IfNotPresent"),
            ("nginx@sha256:aaaa", "IfNotPresent"),
        ] {
            assert_eq!(pull_policy(image), policy, "{image}");
        }
    }

    #[test]
    fn limits_are_requests_too() {
        let mut pod = json!({"spec": {"containers": [{"resources": {"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "500m"}}}]}});
        default_pod(&mut pod);
        assert_eq!(
            pod.at("spec.containers").unwrap()[0]["resources"]["requests"],
            json!({"cpu": "500m", "memory": "1Gi"})
        );
    }
}
