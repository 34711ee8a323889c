//! What is refused of kinds that are stored and not acted on: the mistakes that manifests in the wild have.
//!
//! Models the validation of pkg/apis/networking, batch, apps and autoscaling, and ValidatePersistentVolumeClaimSpec.

use super::super::quantity::Quantity;
use super::super::{Cause, Fields, Object, Selector, Value};
use super::workload::{not_selected, pod_template, selects_template, stays_up};
use super::{nonnegative, one_of, selector};

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
        causes.push(Cause::invalid("spec.selector", given, &words));
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
    let modes = object.items("spec.accessModes");
    if modes.is_empty() {
        causes.push(Cause::required("spec.accessModes", "at least 1 access mode is required"));
    }
    for mode in modes.iter().filter(|mode| !ACCESS_MODES.iter().any(|known| *mode == known)) {
        causes.push(Cause::not_supported("spec.accessModes", mode, ACCESS_MODES));
    }
    match object.at("spec.resources.requests").and_then(|requests| requests.get("storage")) {
        None => causes.push(Cause::required("spec.resources[storage]", "")),
        Some(size) if Quantity::read(size).is_some_and(|size| size.billionths() <= 0) => {
            causes.push(Cause::invalid("spec.resources[storage]", size, "must be greater than zero"));
        }
        Some(_) => {}
    }
    if let Some(spec) = object.at("spec") {
        one_of(spec, "spec", "volumeMode", &["Block", "Filesystem"], false, causes);
    }
}

/// Checks the paths of an Ingress. Models validateHTTPIngressPath.
pub fn ingress(object: &Object, causes: &mut Vec<Cause>) {
    for (place, rule) in object.items("spec.rules").iter().enumerate() {
        for (number, path) in rule.items("http.paths").iter().enumerate() {
            let field = format!("spec.rules[{place}].http.paths[{number}]");
            let kind = path.text("pathType");
            match kind {
                "" => causes.push(Cause::required(&format!("{field}.pathType"), "pathType must be specified")),
                "Exact" | "Prefix" if !path.text("path").starts_with('/') => {
                    let found = Value::from(path.text("path"));
                    causes.push(Cause::invalid(&format!("{field}.path"), &found, "must be an absolute path"));
                }
                "Exact" | "Prefix" | "ImplementationSpecific" => {}
                _ => {
                    let supported = ["Exact", "ImplementationSpecific", "Prefix"];
                    causes.push(Cause::not_supported(&format!("{field}.pathType"), &Value::from(kind), &supported));
                }
            }
        }
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
    fn ingresses_say_how_their_paths_are_compared() {
        for (path, wanted) in [
            (json!({"path": "/", "pathType": "Prefix"}), None),
            (json!({"path": "x", "pathType": "ImplementationSpecific"}), None),
            (json!({"path": "/"}), Some("Required value: pathType must be specified")),
            (json!({"path": "x", "pathType": "Exact"}), Some("Invalid value: \"x\": must be an absolute path")),
            (
                json!({"path": "/", "pathType": "prefix"}),
                Some(
                    "Unsupported value: \"prefix\": supported values: \"Exact\", \"ImplementationSpecific\", \"Prefix\"",
                ),
            ),
        ] {
            let object = Object::new(json!({"spec": {"rules": [{"http": {"paths": [path]}}]}})).unwrap();
            let mut causes = Vec::new();
            ingress(&object, &mut causes);
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
