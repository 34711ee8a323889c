//! ReplicaSets and Deployments. Models pkg/apis/apps/validation.

use super::super::{Cause, Fields, Object, Selector, Value};
use super::{metadata, name, nonnegative, pod, selector};

/// Checks a ReplicaSet's spec.
pub fn replica_set(object: &Object, causes: &mut Vec<Cause>) {
    let nothing = Value::Null;
    let spec = object.at("spec").unwrap_or(&nothing);
    nonnegative(spec, "spec", "replicas", causes);
    nonnegative(spec, "spec", "minReadySeconds", causes);
    selector_and_template(spec, causes);
}

/// Checks a Deployment's spec.
pub fn deployment(object: &Object, causes: &mut Vec<Cause>) {
    let nothing = Value::Null;
    let spec = object.at("spec").unwrap_or(&nothing);
    nonnegative(spec, "spec", "replicas", causes);
    selector_and_template(spec, causes);
    strategy(spec, causes);
    nonnegative(spec, "spec", "minReadySeconds", causes);
    nonnegative(spec, "spec", "revisionHistoryLimit", causes);
    if let Some(deadline) = spec.int("progressDeadlineSeconds") {
        nonnegative(spec, "spec", "progressDeadlineSeconds", causes);
        if deadline <= spec.int("minReadySeconds").unwrap_or(0) {
            let path = "spec.progressDeadlineSeconds";
            causes.push(Cause::invalid(path, &Value::from(deadline), "must be greater than minReadySeconds"));
        }
    }
}

fn selector_and_template(spec: &Value, causes: &mut Vec<Cause>) {
    let given = spec.get("selector").filter(|selector| selector.is_object());
    let mut selects = true;
    match given {
        None => causes.push(Cause::required("spec.selector", "")),
        Some(given) => {
            selects = selector::label_selector(given, "spec.selector", causes);
            if Selector::of_label_selector(given).requirements.is_empty() {
                let words = "empty selector is invalid for deployment";
                causes.push(Cause::invalid_shown("spec.selector", &selector::shown(given), words));
            }
        }
    }
    if !selects {
        let shown = given.map_or_else(|| "null".to_owned(), selector::shown);
        causes.push(Cause::invalid_shown("spec.selector", &shown, "invalid label selector"));
        return;
    }
    let nothing = Value::Null;
    let template = spec.get("template").unwrap_or(&nothing);
    // No selector selects nothing; an empty one is not compared.
    if !given.is_some_and(|given| selects_template(given, template)) {
        causes.push(not_selected(template));
    }
    pod_template(template, "spec.template", causes);
    stays_up(template, "ReplicaSet", causes);
}

/// Whether a selector selects the pods of a template.
pub fn selects_template(selector: &Value, template: &Value) -> bool {
    let labels = template.at("metadata.labels");
    Selector::of_label_selector(selector).matches(|key| labels?.get(key)?.as_str())
}

/// What is wrong with a template whose pods the selector does not select.
pub fn not_selected(template: &Value) -> Cause {
    let labels = template.at("metadata.labels").filter(|labels| labels.is_object()).unwrap_or(&Value::Null);
    Cause::invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`")
}

/// Refuses a change of the selector. Models ValidateImmutableField.
pub fn immutable_selector(new: &Object, old: &Object, causes: &mut Vec<Cause>) {
    let selector = |object: &Object| object.at("spec.selector").cloned().unwrap_or_default();
    let (new, old) = (selector(new), selector(old));
    if new != old {
        let shown = if new.is_object() { selector::shown(&new) } else { "null".to_owned() };
        causes.push(Cause::invalid_shown("spec.selector", &shown, "field is immutable"));
    }
}

/// Checks that a template's pods are meant to run for ever, as those of `kind` are.
pub fn stays_up(template: &Value, kind: &str, causes: &mut Vec<Cause>) {
    let policy = template.text("spec.restartPolicy");
    if policy != "Always" {
        let path = "spec.template.spec.restartPolicy";
        causes.push(Cause::not_supported(path, &Value::from(policy), &["Always"]));
    }
    if template.int("spec.activeDeadlineSeconds").is_some() {
        let words = format!("activeDeadlineSeconds in {kind} is not Supported");
        causes.push(Cause::forbidden("spec.template.spec.activeDeadlineSeconds", &words));
    }
}

/// Checks a template. Its labels and annotations are named without `metadata`. Models ValidatePodTemplateSpec.
pub fn pod_template(template: &Value, path: &str, causes: &mut Vec<Cause>) {
    metadata::labels(template, "metadata.labels", &format!("{path}.labels"), causes);
    metadata::annotations(template, "metadata.annotations", &format!("{path}.annotations"), causes);
    pod::deletion_cost(template, &format!("{path}.annotations"), causes);
    let nothing = Value::Null;
    let spec = template.get("spec").unwrap_or(&nothing);
    pod::spec(spec, &format!("{path}.spec"), false, causes);
    if !spec.items("ephemeralContainers").is_empty() {
        let words = "ephemeral containers not allowed in pod template";
        causes.push(Cause::forbidden(&format!("{path}.spec.ephemeralContainers"), words));
    }
}

fn strategy(spec: &Value, causes: &mut Vec<Cause>) {
    let rolling = spec.at("strategy.rollingUpdate").filter(|rolling| rolling.is_object());
    match spec.text("strategy.type") {
        "Recreate" => {
            if rolling.is_some() {
                let words = "may not be specified when strategy `type` is 'Recreate'";
                causes.push(Cause::forbidden("spec.strategy.rollingUpdate", words));
            }
        }
        "RollingUpdate" => {
            if let Some(rolling) = rolling {
                rolling_update(rolling, causes);
            } else {
                let words = "this should be defaulted and never be nil";
                causes.push(Cause::required("spec.strategy.rollingUpdate", words));
            }
        }
        other => {
            let supported = ["Recreate", "RollingUpdate"];
            causes.push(Cause::not_supported("spec.strategy.type", &Value::from(other), &supported));
        }
    }
}

fn rolling_update(rolling: &Value, causes: &mut Vec<Cause>) {
    let path = "spec.strategy.rollingUpdate";
    for field in ["maxUnavailable", "maxSurge"] {
        match rolling.get(field) {
            Some(Value::String(text)) => {
                super::invalid_each(&format!("{path}.{field}"), text, name::percent(text), causes);
            }
            _ => nonnegative(rolling, path, field, causes),
        }
    }
    let amount = |field: &str| match rolling.get(field) {
        Some(Value::String(text)) => text.strip_suffix('%').and_then(|digits| digits.parse::<i64>().ok()).unwrap_or(0),
        Some(number) => number.as_i64().unwrap_or(0),
        None => 0,
    };
    let unavailable = rolling.get("maxUnavailable").cloned().unwrap_or_default();
    let field = format!("{path}.maxUnavailable");
    if amount("maxUnavailable") == 0 && amount("maxSurge") == 0 {
        causes.push(Cause::invalid(&field, &unavailable, "may not be 0 when `maxSurge` is 0"));
    }
    if unavailable.is_string() && amount("maxUnavailable") > 100 {
        causes.push(Cause::invalid(&field, &unavailable, "must not be greater than 100%"));
    }
}
