//! What a debugging profile adds to the pod and to the container that is debugged with. Models kubectl
//! pkg/cmd/debug/profiles.go.

use crate::api::{Value, json};
use crate::kubectl::Failure;
use crate::kubectl::flags::Flags;
use crate::kubectl::tree::put;

/// `--profile`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Nothing that 1.23 did not do.
    Legacy,
    /// What is of use everywhere; the default.
    General,
    /// What the baseline of pod security allows.
    Baseline,
    /// What the restricted level of pod security allows.
    Restricted,
    /// Rights over the network.
    Netadmin,
    /// All rights.
    Sysadmin,
}

/// What is debugged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// A pod, by an ephemeral container.
    Ephemeral,
    /// A copy of a pod.
    Copy,
    /// A node.
    Node,
}

/// `--keep-...`: what of the original a copy keeps.
#[derive(Clone, Copy, Debug)]
pub struct Keeps {
    labels: bool,
    annotations: bool,
    init_containers: bool,
    /// Liveness, readiness, startup.
    probes: [bool; 3],
}

impl Keeps {
    /// What the flags say.
    pub fn of(flags: &Flags) -> Keeps {
        Keeps {
            labels: flags.on("keep-labels"),
            annotations: flags.on("keep-annotations"),
            init_containers: !flags.given("keep-init-containers") || flags.on("keep-init-containers"),
            probes: ["keep-liveness", "keep-readiness", "keep-startup"].map(|flag| flags.on(flag)),
        }
    }

    fn apply(self, pod: &mut Value) {
        for (kept, field) in [(self.labels, "labels"), (self.annotations, "annotations")] {
            if let Some(metadata) = pod.get_mut("metadata").filter(|_| !kept) {
                remove(metadata, field);
            }
        }
        let Some(spec) = pod.get_mut("spec") else { return };
        if !self.init_containers {
            remove(spec, "initContainers");
        }
        for container in spec.get_mut("containers").and_then(Value::as_array_mut).into_iter().flatten() {
            for (kept, probe) in self.probes.into_iter().zip(["livenessProbe", "readinessProbe", "startupProbe"]) {
                if !kept {
                    remove(container, probe);
                }
            }
        }
    }
}

fn remove(value: &mut Value, field: &str) {
    value.as_object_mut().map(|map| map.remove(field));
}

impl Profile {
    /// The profile of this name.
    pub fn named(name: &str) -> Result<Profile, Failure> {
        Ok(match name {
            "legacy" => Profile::Legacy,
            "general" => Profile::General,
            "baseline" => Profile::Baseline,
            "restricted" => Profile::Restricted,
            "netadmin" => Profile::Netadmin,
            "sysadmin" => Profile::Sysadmin,
            other => return Err(Failure::Error(format!("unknown profile: {other}"))),
        })
    }

    /// Changes the pod.
    pub fn change_pod(self, style: Style, keeps: Keeps, pod: &mut Value) {
        match style {
            Style::Ephemeral => {}
            // The labels alone go, as ever.
            Style::Copy if self == Profile::Legacy => {
                if let Some(metadata) = pod.get_mut("metadata") {
                    remove(metadata, "labels");
                }
            }
            Style::Copy => {
                keeps.apply(pod);
                if let Some(spec) = pod.get_mut("spec").filter(|spec| spec.get("shareProcessNamespace").is_none()) {
                    put(spec, "shareProcessNamespace", true);
                }
            }
            Style::Node => {
                let Some(spec) = pod.get_mut("spec") else { return };
                if matches!(self, Profile::Baseline | Profile::Restricted) {
                    return;
                }
                for field in ["hostNetwork", "hostPID", "hostIPC"] {
                    put(spec, field, true);
                }
                if self.sees_files() {
                    put(spec, "volumes", json!([{"name": "host-root", "hostPath": {"path": "/"}}]));
                }
            }
        }
    }

    /// Changes the container that is debugged with.
    pub fn change_container(self, style: Style, container: &mut Value) {
        if style == Style::Node && self.sees_files() {
            put(container, "volumeMounts", json!([{"name": "host-root", "mountPath": "/host"}]));
        }
        let mut context = container.get("securityContext").cloned().unwrap_or_else(|| json!({}));
        match self {
            Profile::Legacy => return,
            Profile::General if style == Style::Node => return remove(container, "securityContext"),
            Profile::Baseline => return remove(container, "securityContext"),
            Profile::General => allow(&mut context, &["SYS_PTRACE"]),
            Profile::Restricted => {
                context = json!({
                    "allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}, "runAsNonRoot": true,
                    "seccompProfile": {"type": "RuntimeDefault"},
                });
            }
            Profile::Netadmin => allow(&mut context, &["NET_ADMIN", "NET_RAW"]),
            Profile::Sysadmin => put(&mut context, "privileged", true),
        }
        put(container, "securityContext", context);
    }

    /// Whether it mounts the node's files.
    fn sees_files(self) -> bool {
        matches!(self, Profile::Legacy | Profile::General | Profile::Sysadmin)
    }
}

/// Adds capabilities.
fn allow(context: &mut Value, added: &[&str]) {
    let mut capabilities = context.get("capabilities").cloned().unwrap_or_else(|| json!({}));
    let mut all = capabilities.get("add").and_then(Value::as_array).cloned().unwrap_or_default();
    all.extend(added.iter().map(|one| Value::from(*one)));
    put(&mut capabilities, "add", all);
    put(context, "capabilities", capabilities);
}
