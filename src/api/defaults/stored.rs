//! Defaults of kinds that are stored and not acted on: what a reader sees of them in `-o yaml`.

use super::super::{Fields, ResourceId, Value, json};
use super::{child, each, set, template};

pub(super) fn default_stored(resource: ResourceId, root: &mut Value) {
    match resource {
        ResourceId::DAEMON_SETS => {
            let spec = child(root, "spec");
            set(spec, "revisionHistoryLimit", 10);
            let strategy = child(spec, "updateStrategy");
            set(strategy, "type", "RollingUpdate");
            if strategy.text("type") == "RollingUpdate" {
                let rolling = child(strategy, "rollingUpdate");
                set(rolling, "maxUnavailable", 1);
                set(rolling, "maxSurge", 0);
            }
            template(spec);
            let status = child(root, "status");
            for count in ["currentNumberScheduled", "desiredNumberScheduled", "numberMisscheduled", "numberReady"] {
                set(status, count, 0);
            }
        }
        ResourceId::STATEFUL_SETS => {
            let spec = child(root, "spec");
            set(spec, "replicas", 1);
            set(spec, "revisionHistoryLimit", 10);
            set(spec, "podManagementPolicy", "OrderedReady");
            set(spec, "persistentVolumeClaimRetentionPolicy", json!({"whenDeleted": "Retain", "whenScaled": "Retain"}));
            let strategy = child(spec, "updateStrategy");
            set(strategy, "type", "RollingUpdate");
            if strategy.text("type") == "RollingUpdate" {
                set(child(strategy, "rollingUpdate"), "partition", 0);
            }
            each(spec, "volumeClaimTemplates", |claim| {
                set(claim, "apiVersion", "v1");
                set(claim, "kind", "PersistentVolumeClaim");
                volume_claim(claim);
            });
            template(spec);
            let status = child(root, "status");
            set(status, "availableReplicas", 0);
            set(status, "replicas", 0);
        }
        ResourceId::LIMIT_RANGES => each(child(root, "spec"), "limits", limit_of_containers),
        ResourceId::REPLICATION_CONTROLLERS => {
            let labels = root.at("spec.template.metadata.labels").cloned();
            let spec = child(root, "spec");
            set(spec, "replicas", 1);
            if let Some(labels) = labels {
                set(spec, "selector", labels);
            }
            template(spec);
            set(child(root, "status"), "replicas", 0);
        }
        ResourceId::JOBS => {
            job_spec(child(root, "spec"));
            child(root, "status");
        }
        ResourceId::CRON_JOBS => {
            let spec = child(root, "spec");
            set(spec, "concurrencyPolicy", "Allow");
            set(spec, "suspend", false);
            set(spec, "successfulJobsHistoryLimit", 3);
            set(spec, "failedJobsHistoryLimit", 1);
            let job = child(spec, "jobTemplate");
            child(job, "metadata");
            template(child(job, "spec"));
            child(root, "status");
        }
        ResourceId::PERSISTENT_VOLUME_CLAIMS => volume_claim(root),
        ResourceId::INGRESSES => set(child(root, "status"), "loadBalancer", json!({})),
        ResourceId::NETWORK_POLICIES => {
            let spec = child(root, "spec");
            let egress = spec.get("egress").is_some();
            set(spec, "policyTypes", if egress { json!(["Ingress", "Egress"]) } else { json!(["Ingress"]) });
            for rules in ["ingress", "egress"] {
                each(spec, rules, |rule| each(rule, "ports", |port| set(port, "protocol", "TCP")));
            }
        }
        ResourceId::HORIZONTAL_POD_AUTOSCALERS => {
            let spec = child(root, "spec");
            set(spec, "minReplicas", 1);
            let cpu = json!([{"resource": {"name": "cpu", "target": {"averageUtilization": 80, "type": "Utilization"}},
                "type": "Resource"}]);
            set(spec, "metrics", cpu);
            let status = child(root, "status");
            set(status, "currentMetrics", Value::Null);
            set(status, "desiredReplicas", 0);
        }
        ResourceId::POD_DISRUPTION_BUDGETS => {
            let status = child(root, "status");
            for count in ["currentHealthy", "desiredHealthy", "disruptionsAllowed", "expectedPods"] {
                set(status, count, 0);
            }
        }
        ResourceId::ROLE_BINDINGS | ResourceId::CLUSTER_ROLE_BINDINGS => {
            set(child(root, "roleRef"), "apiGroup", "rbac.authorization.k8s.io");
            each(root, "subjects", |subject| {
                if subject.text("kind") != "ServiceAccount" {
                    set(subject, "apiGroup", "rbac.authorization.k8s.io");
                }
            });
        }
        _ => {}
    }
}

fn volume_claim(claim: &mut Value) {
    set(child(claim, "spec"), "volumeMode", "Filesystem");
    set(child(claim, "status"), "phase", "Pending");
}

fn job_spec(spec: &mut Value) {
    set(spec, "backoffLimit", 6);
    if spec.get("completions").is_none() && spec.get("parallelism").is_none() {
        set(spec, "completions", 1);
    }
    set(spec, "parallelism", 1);
    set(spec, "completionMode", "NonIndexed");
    set(spec, "suspend", false);
    let policy = if spec.get("podFailurePolicy").is_some() { "Failed" } else { "TerminatingOrFailed" };
    set(spec, "podReplacementPolicy", policy);
    set(spec, "manualSelector", false);
    template(spec);
}

/// A container that says nothing may take the most, and asks for what it may take, else for the least. Models
/// SetDefaults_LimitRangeItem.
fn limit_of_containers(limit: &mut Value) {
    if limit.text("type") != "Container" {
        return;
    }
    for (field, source) in [("default", "max"), ("defaultRequest", "default"), ("defaultRequest", "min")] {
        for (name, amount) in limit.map(source).cloned().into_iter().flatten() {
            set(child(limit, field), &name, amount);
        }
    }
}
