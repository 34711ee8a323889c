//! Containers, volumes and the rest of a pod's spec, in Pods and in templates. Models describeContainers and
//! DescribePodTemplate.

use super::{Page, Scene, date, number, or_none, plain, texts};
use crate::api::{Fields, Object, Value};

/// The pod template at `spec.template`.
pub(super) fn describe(page: &mut Page, object: &Object, scene: &Scene) {
    let empty = Value::Null;
    let template = object.at("spec.template").unwrap_or(&empty);
    page.line(0, "Pod Template:");
    page.pairs(1, "Labels", "=", &template.text_pairs("metadata.labels").collect::<Vec<_>>());
    let annotations: Vec<_> = template.text_pairs("metadata.annotations").collect();
    if !annotations.is_empty() {
        page.annotations(1, &annotations);
    }
    if !template.text("spec.serviceAccountName").is_empty() {
        page.field(1, "Service Account", template.text("spec.serviceAccountName"));
    }
    if !template.items("spec.initContainers").is_empty() {
        containers(page, 1, "Init Containers", template.items("spec.initContainers"), &[], scene);
    }
    containers(page, 1, "Containers", template.items("spec.containers"), &[], scene);
    let spec = template.at("spec").unwrap_or(&empty);
    volumes(page, 1, spec);
    placement(page, 1, spec);
}

/// Node selectors and tolerations.
pub(super) fn placement(page: &mut Page, level: usize, spec: &Value) {
    page.pairs(level, "Node-Selectors", "=", &spec.text_pairs("nodeSelector").collect::<Vec<_>>());
    let tolerations: Vec<String> = spec.items("tolerations").iter().map(toleration).collect();
    match tolerations.split_first() {
        None => page.field(level, "Tolerations", "<none>"),
        Some((first, more)) => {
            page.field(level, "Tolerations", first);
            for one in more {
                page.line(level, &format!("\t{one}"));
            }
        }
    }
}

/// `key=value:NoSchedule op=Exists for 300s`. Models printTolerationsMultilineWithIndent.
fn toleration(toleration: &Value) -> String {
    let mut text = toleration.text("key").to_owned();
    if !toleration.text("value").is_empty() {
        text += &format!("={}", toleration.text("value"));
    }
    if !toleration.text("effect").is_empty() {
        text += &format!(":{}", toleration.text("effect"));
    }
    if toleration.text("operator") == "Exists" && toleration.text("value").is_empty() {
        text += if text.is_empty() { "op=Exists" } else { " op=Exists" };
    }
    if let Some(seconds) = toleration.int("tolerationSeconds") {
        text += &format!(" for {seconds}s");
    }
    text
}

/// The containers below a title. In a template (`level` 1) names stand one more space in.
pub(super) fn containers(
    page: &mut Page,
    level: usize,
    title: &str,
    containers: &[Value],
    statuses: &[Value],
    scene: &Scene,
) {
    let none = if containers.is_empty() { " <none>" } else { "" };
    page.line(level, &format!("{title}:{none}"));
    for container in containers {
        let inset = if level > 0 { " " } else { "" };
        page.line(1, &format!("{inset}{}:", container.text("name")));
        let status = statuses.iter().find(|status| status.text("name") == container.text("name"));
        if let Some(status) = status {
            page.field(2, "Container ID", status.text("containerID"));
        }
        page.field(2, "Image", container.text("image"));
        if let Some(status) = status {
            page.field(2, "Image ID", status.text("imageID"));
        }
        let ports = |field: &str| -> String {
            let all: Vec<String> = container
                .items("ports")
                .iter()
                .map(|port| {
                    let name = match port.text("name") {
                        "" => String::new(),
                        name => format!(" ({name})"),
                    };
                    format!("{}/{}{name}", number(port, field), port.text("protocol"))
                })
                .collect();
            or_none(&all.join(", ")).to_owned()
        };
        let several = if container.items("ports").len() > 1 { "s" } else { "" };
        page.field(2, &format!("Port{several}"), &ports("containerPort"));
        page.field(2, &format!("Host Port{several}"), &ports("hostPort"));
        for (title, field) in [("Command", "command"), ("Args", "args")] {
            if !container.items(field).is_empty() {
                page.line(2, &format!("{title}:"));
                texts(container, field).iter().flat_map(|text| text.split('\n')).for_each(|text| page.line(3, text));
            }
        }
        if let Some(status) = status {
            state(page, "State", status.at("state"), scene);
            if status.at("lastState.terminated").is_some() {
                state(page, "Last State", status.at("lastState"), scene);
            }
            page.field(2, "Ready", if status.is_true("ready") { "True" } else { "False" });
            page.field(2, "Restart Count", &number(status, "restartCount").to_string());
        }
        for (title, field) in [("Limits", "resources.limits"), ("Requests", "resources.requests")] {
            if let Some(map) = container.map(field).filter(|map| !map.is_empty()) {
                page.line(2, &format!("{title}:"));
                for (name, quantity) in map {
                    page.field(3, name, &plain(Some(quantity)));
                }
            }
        }
        for (title, field) in
            [("Liveness", "livenessProbe"), ("Readiness", "readinessProbe"), ("Startup", "startupProbe")]
        {
            if let Some(probe) = container.at(field) {
                page.field(2, title, &self::probe(probe));
            }
        }
        environment(page, container);
        let mounts = container.items("volumeMounts");
        if mounts.is_empty() {
            page.field(2, "Mounts", "<none>");
        } else {
            page.line(2, "Mounts:");
            for mount in mounts {
                let access = if mount.is_true("readOnly") { "ro" } else { "rw" };
                let path = match mount.text("subPath") {
                    "" => String::new(),
                    path => format!(",path=\"{path}\""),
                };
                let (at, name) = (mount.text("mountPath"), mount.text("name"));
                page.line(3, &format!("{at} from {name} ({access}{path})"));
            }
        }
    }
}

fn state(page: &mut Page, title: &str, state: Option<&Value>, scene: &Scene) {
    let empty = Value::Null;
    let state = state.unwrap_or(&empty);
    if let Some(running) = state.at("running") {
        page.field(2, title, "Running");
        page.field(3, "Started", &date(running.text("startedAt"), &scene.moment));
    } else if let Some(ended) = state.at("terminated") {
        page.field(2, title, "Terminated");
        for (title, field) in [("Reason", "reason"), ("Message", "message")] {
            if !ended.text(field).is_empty() {
                page.field(3, title, ended.text(field));
            }
        }
        page.field(3, "Exit Code", &number(ended, "exitCode").to_string());
        page.field(3, "Started", &date(ended.text("startedAt"), &scene.moment));
        page.field(3, "Finished", &date(ended.text("finishedAt"), &scene.moment));
    } else {
        page.field(2, title, "Waiting");
        if !state.text("waiting.reason").is_empty() {
            page.field(3, "Reason", state.text("waiting.reason"));
        }
    }
}

/// `http-get http://:8080/ delay=0s timeout=1s period=10s #success=1 #failure=3`. Models DescribeProbe.
fn probe(probe: &Value) -> String {
    let count = |field: &str| number(probe, field);
    let attributes = format!(
        "delay={}s timeout={}s period={}s #success={} #failure={}",
        count("initialDelaySeconds"),
        count("timeoutSeconds"),
        count("periodSeconds"),
        count("successThreshold"),
        count("failureThreshold")
    );
    let port = |path: &str| plain(probe.at(path));
    if probe.at("exec").is_some() {
        return format!("exec [{}] {attributes}", texts(probe, "exec.command").join(" "));
    }
    if let Some(http) = probe.at("httpGet") {
        let scheme = http.text("scheme").to_lowercase();
        let path = http.text("path").trim_start_matches('/');
        return format!("http-get {scheme}://{}:{}/{path} {attributes}", http.text("host"), port("httpGet.port"));
    }
    if probe.at("tcpSocket").is_some() {
        return format!("tcp-socket {}:{} {attributes}", probe.text("tcpSocket.host"), port("tcpSocket.port"));
    }
    if probe.at("grpc").is_some() {
        return format!("grpc <pod>:{} {} {attributes}", port("grpc.port"), probe.text("grpc.service"));
    }
    format!("unknown {attributes}")
}

fn environment(page: &mut Page, container: &Value) {
    let sources = container.items("envFrom");
    if !sources.is_empty() {
        page.line(2, "Environment Variables from:");
        for source in sources {
            let (kind, reference) = if source.at("configMapRef").is_some() {
                ("ConfigMap", "configMapRef")
            } else {
                ("Secret", "secretRef")
            };
            let optional = source.is_true(&format!("{reference}.optional"));
            let name = source.text(&format!("{reference}.name"));
            let prefix = match source.text("prefix") {
                "" => String::new(),
                prefix => format!(" with prefix '{prefix}'"),
            };
            page.line(3, &format!("{name}\t{kind}{prefix}\tOptional: {optional}"));
        }
    }
    let variables = container.items("env");
    if variables.is_empty() {
        return page.field(2, "Environment", "<none>");
    }
    page.line(2, "Environment:");
    for variable in variables {
        let name = variable.text("name");
        let from = |path: &str| variable.text(&format!("valueFrom.{path}"));
        let line = if variable.at("valueFrom").is_none() {
            let mut lines = variable.text("value").split('\n');
            page.field(3, name, lines.next().unwrap_or(""));
            lines.for_each(|line| page.line(3, &format!("\t{line}")));
            continue;
        } else if variable.at("valueFrom.fieldRef").is_some() {
            format!(" ({}:{})", from("fieldRef.apiVersion"), from("fieldRef.fieldPath"))
        } else if variable.at("valueFrom.resourceFieldRef").is_some() {
            format!(" ({})", from("resourceFieldRef.resource"))
        } else if variable.at("valueFrom.secretKeyRef").is_some() {
            let optional = variable.is_true("valueFrom.secretKeyRef.optional");
            let (key, secret) = (from("secretKeyRef.key"), from("secretKeyRef.name"));
            format!("<set to the key '{key}' in secret '{secret}'>\tOptional: {optional}")
        } else {
            let optional = variable.is_true("valueFrom.configMapKeyRef.optional");
            let (key, map) = (from("configMapKeyRef.key"), from("configMapKeyRef.name"));
            format!("<set to the key '{key}' of config map '{map}'>\tOptional: {optional}")
        };
        page.field(3, name, &line);
    }
}

/// The volumes of a pod's spec.
pub(super) fn volumes(page: &mut Page, level: usize, spec: &Value) {
    let volumes = spec.items("volumes");
    if volumes.is_empty() {
        return page.field(level, "Volumes", "<none>");
    }
    page.line(level, "Volumes:");
    for volume in volumes {
        let inset = if level > 0 { " " } else { "" };
        page.line(1, &format!("{inset}{}:", volume.text("name")));
        let text = |path: &str| volume.text(path).to_owned();
        if volume.at("configMap").is_some() {
            page.field(2, "Type", "ConfigMap (a volume populated by a ConfigMap)");
            page.field(2, "Name", &text("configMap.name"));
            page.field(2, "Optional", if volume.is_true("configMap.optional") { "true" } else { "false" });
        } else if volume.at("secret").is_some() {
            page.field(2, "Type", "Secret (a volume populated by a Secret)");
            page.field(2, "SecretName", &text("secret.secretName"));
            page.field(2, "Optional", if volume.is_true("secret.optional") { "true" } else { "false" });
        } else if volume.at("emptyDir").is_some() {
            page.field(2, "Type", "EmptyDir (a temporary directory that shares a pod's lifetime)");
            page.field(2, "Medium", &text("emptyDir.medium"));
            let limit = text("emptyDir.sizeLimit");
            page.field(2, "SizeLimit", if limit.is_empty() { "<unset>" } else { &limit });
        } else if volume.at("hostPath").is_some() {
            page.field(2, "Type", "HostPath (bare host directory volume)");
            page.field(2, "Path", &text("hostPath.path"));
            page.field(2, "HostPathType", &text("hostPath.type"));
        } else if volume.at("persistentVolumeClaim").is_some() {
            let kind = "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)";
            page.field(2, "Type", kind);
            page.field(2, "ClaimName", &text("persistentVolumeClaim.claimName"));
            page.field(2, "ReadOnly", if volume.is_true("persistentVolumeClaim.readOnly") { "true" } else { "false" });
        } else if volume.at("projected").is_some() {
            page.field(2, "Type", "Projected (a volume that contains injected data from multiple sources)");
            for source in volume.items("projected.sources") {
                if source.at("secret").is_some() {
                    page.field(2, "SecretName", source.text("secret.name"));
                    page.field(2, "Optional", if source.is_true("secret.optional") { "true" } else { "false" });
                } else if source.at("downwardAPI").is_some() {
                    page.field(2, "DownwardAPI", "true");
                } else if source.at("configMap").is_some() {
                    page.field(2, "ConfigMapName", source.text("configMap.name"));
                    page.field(2, "Optional", if source.is_true("configMap.optional") { "true" } else { "false" });
                } else if let Some(seconds) = source.int("serviceAccountToken.expirationSeconds") {
                    page.field(2, "TokenExpirationSeconds", &seconds.to_string());
                }
            }
        } else {
            page.line(2, "<unknown>");
        }
    }
}
