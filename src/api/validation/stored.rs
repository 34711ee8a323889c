//! What is refused of kinds that are stored and not acted on: the mistakes that manifests in the wild have.
//!
//! Models the validation of pkg/apis/networking, batch, apps and autoscaling, and ValidatePersistentVolumeClaimSpec.

use super::super::quantity::Quantity;
use super::super::{Cause, Fields, Object, Selector, Settings, Value};
use super::address::read_sloppily;
use super::workload::{not_selected, pod_template, selects_template, stays_up};
use super::{invalid_each, name, nonnegative, one_of, port_number, schedule, selector};

/// Checks that a StatefulSet or DaemonSet selects the pods that it makes. A StatefulSet's pods are looked at only when
/// they are made. Models ValidateStatefulSetSpec and ValidateDaemonSetSpec.
pub fn workload(object: &Object, kind: &str, causes: &mut Vec<Cause>) {
    let nothing = Value::Null;
    let spec = object.at("spec").unwrap_or(&nothing);
    nonnegative(spec, "spec", "replicas", causes);
    nonnegative(spec, "spec", "minReadySeconds", causes);
    let given = spec.get("selector").filter(|selector| selector.is_object());
    let is_empty = given.is_some_and(|given| Selector::of_label_selector(given).requirements.is_empty());
    match given {
        Some(given) => {
            selector::label_selector(given, "spec.selector", causes);
        }
        None if kind == "StatefulSet" => causes.push(Cause::required("spec.selector", "")),
        None => {}
    }
    if let Some(given) = given.filter(|_| is_empty) {
        let words = format!("empty selector is invalid for {}", kind.to_lowercase());
        causes.push(Cause::invalid_shown("spec.selector", &selector::shown(given), &words));
    }
    let template = spec.get("template").unwrap_or(&nothing);
    let fits = match given {
        // No selector selects nothing.
        None => kind == "StatefulSet",
        Some(given) => is_empty || selects_template(given, template),
    };
    if !fits {
        causes.push(not_selected(template));
    }
    if kind == "DaemonSet" {
        pod_template(template, "spec.template", causes);
    }
    stays_up(template, kind, causes);
}

/// Checks the bounds and the target of a HorizontalPodAutoscaler. Models validateHorizontalPodAutoscalerSpec.
pub fn autoscaler(object: &Object, causes: &mut Vec<Cause>) {
    let least = object.int("spec.minReplicas");
    let most = object.int("spec.maxReplicas").unwrap_or(0);
    if let Some(least) = least.filter(|least| *least < 1) {
        causes.push(Cause::invalid("spec.minReplicas", &Value::from(least), "must be greater than or equal to 1"));
    }
    let mut refuse_most = |words: &str| causes.push(Cause::invalid("spec.maxReplicas", &Value::from(most), words));
    if most < 1 {
        refuse_most("must be greater than 0");
    }
    if least.is_some_and(|least| most < least) {
        refuse_most("must be greater than or equal to `minReplicas`");
    }
    for field in ["kind", "name"] {
        let path = format!("spec.scaleTargetRef.{field}");
        if object.text(&path).is_empty() {
            causes.push(Cause::required(&path, ""));
        }
    }
}

const ACCESS_MODES: &[&str] = &["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

/// Checks how a claim wants its volume. Models ValidatePersistentVolumeClaimSpec.
pub fn claim(object: &Object, causes: &mut Vec<Cause>) {
    claim_spec(object.value(), "spec", causes);
}

/// Checks the `spec` of a claim or of a template for claims, which stands at `path`.
pub fn claim_spec(owner: &Value, path: &str, causes: &mut Vec<Cause>) {
    let nothing = Value::Null;
    let spec = owner.get("spec").unwrap_or(&nothing);
    let (field, modes) = (format!("{path}.accessModes"), spec.items("accessModes"));
    if modes.is_empty() {
        causes.push(Cause::required(&field, "at least 1 access mode is required"));
    }
    for mode in modes.iter().filter(|mode| !ACCESS_MODES.iter().any(|known| *mode == known)) {
        causes.push(Cause::not_supported(&field, mode, ACCESS_MODES));
    }
    let field = format!("{path}.resources[storage]");
    match spec.at("resources.requests").and_then(|requests| requests.get("storage")) {
        None => causes.push(Cause::required(&field, "")),
        Some(size) if Quantity::read(size).is_some_and(|size| size.billionths() <= 0) => {
            causes.push(Cause::invalid(&field, size, "must be greater than zero"));
        }
        Some(_) => {}
    }
    one_of(spec, path, "volumeMode", &["Block", "Filesystem"], false, causes);
}

/// Checks where an Ingress leads. Models ValidateIngressSpec.
pub fn ingress(object: &Object, settings: Settings, causes: &mut Vec<Cause>) {
    let rules = object.items("spec.rules");
    let default = object.at("spec.defaultBackend").filter(|backend| backend.is_object());
    if rules.is_empty() && default.is_none() {
        let shown = object.at("spec.rules").unwrap_or(&Value::Null);
        causes.push(Cause::invalid("spec", shown, "either `defaultBackend` or `rules` must be specified"));
    }
    if let Some(backend) = default {
        ingress_backend(backend, settings, "spec.defaultBackend", causes);
    }
    for (place, rule) in rules.iter().enumerate() {
        let field = format!("spec.rules[{place}]");
        ingress_host(rule.text("host"), &format!("{field}.host"), true, causes);
        let Some(http) = rule.get("http").filter(|http| http.is_object()) else { continue };
        if http.items("paths").is_empty() {
            causes.push(Cause::required(&format!("{field}.http.paths"), ""));
        }
        for (number, path) in http.items("paths").iter().enumerate() {
            ingress_path(path, settings, &format!("{field}.http.paths[{number}]"), causes);
        }
    }
    for (place, tls) in object.items("spec.tls").iter().enumerate() {
        for (number, host) in tls.items("hosts").iter().enumerate() {
            let host = host.as_str().unwrap_or("");
            ingress_host(host, &format!("spec.tls[{place}].hosts[{number}]"), false, causes);
        }
        let secret = tls.text("secretName");
        if !secret.is_empty() {
            invalid_each(&format!("spec.tls[{place}].secretName"), secret, name::dns_subdomain(secret), causes);
        }
    }
    if let Some(class) = object.at("spec.ingressClassName").and_then(Value::as_str) {
        invalid_each("spec.ingressClassName", class, name::dns_subdomain(class), causes);
    }
}

/// A host may begin with `*.`; in a rule it may be missing and is no address.
fn ingress_host(host: &str, path: &str, in_rule: bool, causes: &mut Vec<Cause>) {
    if in_rule && host.is_empty() {
        return;
    }
    if in_rule && read_sloppily(host).is_some() {
        causes.push(Cause::invalid(path, &Value::from(host), "must be a DNS name, not an IP address"));
    }
    let wrong = if host.contains('*') { name::wildcard_domain(host) } else { name::dns_subdomain(host) };
    invalid_each(path, host, wrong, causes);
}

/// Models validateHTTPIngressPath.
fn ingress_path(path: &Value, settings: Settings, field: &str, causes: &mut Vec<Cause>) {
    let (kind, text) = (path.text("pathType"), path.text("path"));
    let mut refuse = |words: &str| causes.push(Cause::invalid(&format!("{field}.path"), &Value::from(text), words));
    let exact = matches!(kind, "Exact" | "Prefix");
    if (exact || (kind == "ImplementationSpecific" && !text.is_empty())) && !text.starts_with('/') {
        refuse("must be an absolute path");
    }
    if exact {
        for part in ["//", "/./", "/../", "%2f", "%2F"].iter().filter(|part| text.contains(**part)) {
            refuse(&format!("must not contain '{part}'"));
        }
        for part in ["/..", "/."].iter().filter(|part| text.ends_with(**part)) {
            refuse(&format!("cannot end with '{part}'"));
        }
    }
    if kind.is_empty() {
        causes.push(Cause::required(&format!("{field}.pathType"), "pathType must be specified"));
        return;
    }
    one_of(path, field, "pathType", &["Exact", "ImplementationSpecific", "Prefix"], true, causes);
    let nothing = Value::Null;
    ingress_backend(path.get("backend").unwrap_or(&nothing), settings, &format!("{field}.backend"), causes);
}

/// Models validateIngressBackend.
fn ingress_backend(backend: &Value, settings: Settings, path: &str, causes: &mut Vec<Cause>) {
    let there = |field: &str| backend.get(field).filter(|found| found.is_object());
    let refuse = |words: &str| Cause::invalid(path, &Value::from(""), words);
    match (there("service"), there("resource")) {
        (Some(_), Some(_)) => causes.push(refuse("cannot set both resource and service backends")),
        (None, None) => causes.push(refuse("resource or service backend is required")),
        (None, Some(resource)) => {
            for field in ["kind", "name"] {
                let (text, field_path) = (resource.text(field), format!("{path}.resource.{field}"));
                if text.is_empty() {
                    causes.push(Cause::required(&field_path, &format!("{field} is required")));
                } else {
                    invalid_each(&field_path, text, name::path_segment(text), causes);
                }
            }
        }
        (Some(service), None) => {
            let (text, field) = (service.text("name"), format!("{path}.service.name"));
            let rule = if settings.relaxed_service_names { name::dns_label } else { name::dns_1035_label };
            if text.is_empty() {
                causes.push(Cause::required(&field, ""));
            } else {
                invalid_each(&field, text, rule(text), causes);
            }
            let port = service.text("port.name");
            match (port.is_empty(), service.int("port.number").unwrap_or(0)) {
                (true, 0) => causes.push(Cause::required(path, "port name or number is required")),
                (true, number) => port_number(&format!("{path}.service.port.number"), number, causes),
                (false, 0) => {
                    invalid_each(&format!("{path}.service.port.name"), port, name::port_name(port), causes);
                }
                (false, _) => causes.push(refuse("cannot set both port name & port number")),
            }
        }
    }
}

/// Checks when a CronJob runs and what. Models validateCronJobSpec.
pub fn cron_job(object: &Object, causes: &mut Vec<Cause>) {
    let nothing = Value::Null;
    let spec = object.at("spec").unwrap_or(&nothing);
    let (text, field) = (spec.text("schedule"), "spec.schedule");
    if text.is_empty() {
        causes.push(Cause::required(field, ""));
    } else if text.contains("TZ") {
        let words = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
        causes.push(Cause::invalid(field, &Value::from(text), words));
    } else if let Some(words) = schedule::check(text) {
        causes.push(Cause::invalid(field, &Value::from(text), &words));
    }
    nonnegative(spec, "spec", "startingDeadlineSeconds", causes);
    one_of(spec, "spec", "concurrencyPolicy", &["Allow", "Forbid", "Replace"], true, causes);
    job(object, "spec.jobTemplate.spec.template", causes);
    nonnegative(spec, "spec", "successfulJobsHistoryLimit", causes);
    nonnegative(spec, "spec", "failedJobsHistoryLimit", causes);
    if object.name().len() > MAX_CRON_JOB_NAME {
        let words = format!("must be no more than {MAX_CRON_JOB_NAME} characters");
        causes.push(Cause::invalid("metadata.name", &Value::from(object.name()), &words));
    }
}

/// The names of its Jobs are longer than its own.
const MAX_CRON_JOB_NAME: usize = 52;

/// What an update may change of a StatefulSet. Models ValidateStatefulSetUpdate.
const CHANGEABLE: &[&str] = &[
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
];

/// Refuses other changes of a StatefulSet.
pub fn update_stateful_set(new: &Object, old: &Object, causes: &mut Vec<Cause>) {
    let fixed = |object: &Object| {
        let mut spec = object.at("spec").cloned().unwrap_or_default();
        if let Some(fields) = spec.as_object_mut() {
            CHANGEABLE.iter().for_each(|field| drop(fields.remove(field)));
        }
        spec
    };
    if fixed(new) != fixed(old) {
        let words = "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', \
                     'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and \
                     'minReadySeconds' are forbidden";
        causes.push(Cause::forbidden("spec", words));
    }
}

/// Checks the template at `path` of a Job or of what makes Jobs: it ends, so it cannot start again for ever.
pub fn job(object: &Object, path: &str, causes: &mut Vec<Cause>) {
    let nothing = Value::Null;
    let template = object.at(path).unwrap_or(&nothing);
    pod_template(template, path, causes);
    if !matches!(template.text("spec.restartPolicy"), "OnFailure" | "Never") {
        let words = "valid values: \"OnFailure\", \"Never\"";
        causes.push(Cause::required(&format!("{path}.spec.restartPolicy"), words));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;

    #[test]
    fn ingresses_say_where_they_lead() {
        let service = |port: Value| json!({"service": {"name": "web", "port": port}});
        for (spec, wanted) in [
            (json!({"defaultBackend": service(json!({"number": 80}))}), ""),
            (json!({}), "spec: Invalid value: null: either `defaultBackend` or `rules` must be specified"),
            (
                json!({"defaultBackend": {}}),
                "spec.defaultBackend: Invalid value: \"\": resource or service backend is required",
            ),
            (
                json!({"defaultBackend": service(json!({}))}),
                "spec.defaultBackend: Required value: port name or number is required",
            ),
            (
                json!({"defaultBackend": service(json!({"name": "http", "number": 80}))}),
                "spec.defaultBackend: Invalid value: \"\": cannot set both port name & port number",
            ),
            (
                json!({"rules": [{"host": "1.2.3.4"}]}),
                "spec.rules[0].host: Invalid value: \"1.2.3.4\": must be a DNS name, not an IP address",
            ),
            (json!({"rules": [{"http": {}}]}), "spec.rules[0].http.paths: Required value"),
            (
                json!({"rules": [{"http": {"paths": [
                    {"path": "/a/../b", "pathType": "Prefix", "backend": service(json!({"number": 80}))}
                ]}}]}),
                "spec.rules[0].http.paths[0].path: Invalid value: \"/a/../b\": must not contain '/../'",
            ),
        ] {
            let object = Object::new(json!({"spec": spec})).unwrap();
            let mut causes = Vec::new();
            ingress(&object, Settings::default(), &mut causes);
            let said: Vec<String> = causes.iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect();
            assert_eq!(said.join("\n"), wanted, "{spec}");
        }
    }

    #[test]
    fn stateful_sets_change_in_some_fields_only() {
        let set = |spec: Value| Object::new(json!({"spec": spec})).unwrap();
        let old = set(json!({"serviceName": "a", "replicas": 1}));
        for (spec, count) in [
            (json!({"serviceName": "a", "replicas": 2, "minReadySeconds": 3}), 0),
            (json!({"serviceName": "b", "replicas": 1}), 1),
        ] {
            let mut causes = Vec::new();
            update_stateful_set(&set(spec), &old, &mut causes);
            assert_eq!(causes.len(), count, "{causes:?}");
        }
    }

    #[test]
    fn ingresses_say_how_their_paths_are_compared() {
        for (path, wanted) in [
            (json!({"path": "/", "pathType": "Prefix"}), None),
            (json!({"pathType": "ImplementationSpecific"}), None),
            (json!({"path": "/"}), Some("Required value: pathType must be specified")),
            (json!({"path": "x", "pathType": "Exact"}), Some("Invalid value: \"x\": must be an absolute path")),
            (
                json!({"path": "/", "pathType": "prefix"}),
                Some(
                    "Unsupported value: \"prefix\": supported values: \"Exact\", \"ImplementationSpecific\", \"Prefix\"",
                ),
            ),
        ] {
            let mut path = path.clone();
            path["backend"] = json!({"service": {"name": "web", "port": {"number": 80}}});
            let object = Object::new(json!({"spec": {"rules": [{"http": {"paths": [path]}}]}})).unwrap();
            let mut causes = Vec::new();
            ingress(&object, Settings::default(), &mut causes);
            assert_eq!(causes.first().map(|cause| &*cause.message), wanted, "{path}");
        }
    }

    #[test]
    fn kinds_that_nothing_acts_on_are_checked_for_common_mistakes() {
        type Check = fn(&Object, &mut Vec<Cause>);
        let stateful: Check = |object, causes| workload(object, "StatefulSet", causes);
        let template = |app: &str| json!({"metadata": {"labels": {"app": app}}, "spec": {"restartPolicy": "Always"}});
        let selector = json!({"matchLabels": {"app": "a"}});
        let target = json!({"kind": "Deployment", "name": "web"});
        for (check, spec, wanted) in [
            (stateful, json!({"selector": selector, "template": template("a")}), ""),
            (
                stateful,
                json!({"selector": selector, "template": template("b")}),
                "spec.template.metadata.labels: Invalid value: {\"app\":\"b\"}: `selector` does not match template `labels`",
            ),
            (stateful, json!({"template": template("b")}), "spec.selector: Required value"),
            (
                stateful,
                json!({"selector": {}, "template": template("b")}),
                "spec.selector: Invalid value: {}: empty selector is invalid for statefulset",
            ),
            (autoscaler, json!({"scaleTargetRef": target, "maxReplicas": 3}), ""),
            (
                autoscaler,
                json!({"scaleTargetRef": target, "maxReplicas": 0}),
                "spec.maxReplicas: Invalid value: 0: must be greater than 0",
            ),
            (
                autoscaler,
                json!({"scaleTargetRef": target, "minReplicas": 4, "maxReplicas": 3}),
                "spec.maxReplicas: Invalid value: 3: must be greater than or equal to `minReplicas`",
            ),
            (
                claim,
                json!({"resources": {"requests": {"storage": "1Gi"}}}),
                "spec.accessModes: Required value: at least 1 access mode is required",
            ),
            (claim, json!({"accessModes": ["ReadWriteOnce"]}), "spec.resources[storage]: Required value"),
        ] {
            let object = Object::new(json!({"spec": spec})).unwrap();
            let mut causes = Vec::new();
            check(&object, &mut causes);
            let said: Vec<String> = causes.iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect();
            assert_eq!(said.join("\n"), wanted, "{spec}");
        }
    }

    #[test]
    fn jobs_choose_how_they_end() {
        for (policy, count) in [("Never", 0), ("OnFailure", 0), ("Always", 1)] {
            let container = json!({"name": "c", "image": "busybox", "imagePullPolicy": "Always",
                "terminationMessagePolicy": "File"});
            let spec = json!({"restartPolicy": policy, "dnsPolicy": "ClusterFirst",
                "terminationGracePeriodSeconds": 30, "containers": [container]});
            let object = Object::new(json!({"spec": {"template": {"spec": spec}}})).unwrap();
            let mut causes = Vec::new();
            job(&object, "spec.template", &mut causes);
            assert_eq!(causes.len(), count, "{policy} {causes:?}");
        }
    }
}
