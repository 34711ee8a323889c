//! What is refused of kinds that are stored and not acted on: the mistakes that manifests in the wild have.
//!
//! Models pkg/apis/networking/validation and pkg/apis/batch/validation.

use super::super::{Cause, Fields, Object, Value};
use super::workload::pod_template;

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
