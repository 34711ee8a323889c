//! Probes and hooks of containers. Models validateProbe, validateLifecycle and validateHandler.

use super::super::{Cause, Fields, Value};
use super::{invalid_each, name, nonnegative, port_number_or_name};

/// Checks the hooks and probes of a container; `grace` is how long its pod may take to end.
pub fn lifecycle_and_probes(container: &Value, grace: Option<i64>, path: &str, causes: &mut Vec<Cause>) {
    for hook in ["postStart", "preStop"] {
        if let Some(hook_value) = container.get("lifecycle").and_then(|lifecycle| lifecycle.get(hook)) {
            handler(hook_value, grace, &format!("{path}.lifecycle.{hook}"), causes);
        }
    }
    for kind in ["livenessProbe", "readinessProbe", "startupProbe"] {
        let Some(probe) = container.get(kind).filter(|probe| probe.is_object()) else { continue };
        let path = format!("{path}.{kind}");
        handler(probe, grace, &path, causes);
        for field in ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"]
        {
            nonnegative(probe, &path, field, causes);
        }
        let grace = probe.int("terminationGracePeriodSeconds");
        let field = format!("{path}.terminationGracePeriodSeconds");
        if let Some(seconds) = grace.filter(|seconds| *seconds <= 0) {
            causes.push(Cause::invalid(&field, &Value::from(seconds), "must be greater than 0"));
        }
        let successes = probe.int("successThreshold").unwrap_or(0);
        if kind == "readinessProbe" {
            if let Some(seconds) = grace {
                causes.push(Cause::invalid(&field, &Value::from(seconds), "must not be set for readinessProbes"));
            }
        } else if successes != 1 {
            causes.push(Cause::invalid(&format!("{path}.successThreshold"), &Value::from(successes), "must be 1"));
        }
    }
}

/// What a probe or a hook does: one thing. Models validateHandler.
fn handler(owner: &Value, grace: Option<i64>, path: &str, causes: &mut Vec<Cause>) {
    let mut found = 0;
    for kind in ["exec", "httpGet", "tcpSocket", "grpc", "sleep"] {
        let Some(action) = owner.get(kind).filter(|action| action.is_object()) else { continue };
        let path = format!("{path}.{kind}");
        found += 1;
        if found > 1 {
            causes.push(Cause::forbidden(&path, "may not specify more than 1 handler type"));
            continue;
        }
        match kind {
            "exec" if action.items("command").is_empty() => {
                causes.push(Cause::required(&format!("{path}.command"), ""));
            }
            "httpGet" => http_get(action, &path, causes),
            "tcpSocket" | "grpc" => port_number_or_name(&format!("{path}.port"), action.get("port"), causes),
            "sleep" => {
                let seconds = action.int("seconds").unwrap_or(0);
                if let Some(grace) = grace.filter(|grace| seconds < 0 || seconds > *grace) {
                    let words = format!("must be non-negative and less than terminationGracePeriodSeconds ({grace})");
                    causes.push(Cause::invalid(&path, &Value::from(seconds), &words));
                }
            }
            _ => {}
        }
    }
    if found == 0 {
        causes.push(Cause::required(path, "must specify a handler type"));
    }
}

fn http_get(action: &Value, path: &str, causes: &mut Vec<Cause>) {
    if action.text("path").is_empty() {
        causes.push(Cause::required(&format!("{path}.path"), ""));
    }
    port_number_or_name(&format!("{path}.port"), action.get("port"), causes);
    let scheme = action.text("scheme");
    if !matches!(scheme, "HTTP" | "HTTPS") {
        causes.push(Cause::not_supported(&format!("{path}.scheme"), &Value::from(scheme), &["HTTP", "HTTPS"]));
    }
    for header in action.items("httpHeaders") {
        let text = header.text("name");
        invalid_each(&format!("{path}.httpHeaders"), text, name::header_name(text), causes);
    }
}
