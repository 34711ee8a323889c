//! `kubectl create quota`, `poddisruptionbudget` and `priorityclass`.
//!
//! Models create_quota.go, create_pdb.go and create_priorityclass.go.

use super::{finish, name};
use crate::api::quantity::Quantity;
use crate::api::{Map, Requirement, ResourceId, Selector, Value, json};
use crate::kubectl::Failure;
use crate::kubectl::call::{Call, Next};
use crate::kubectl::flags::Flags;
use crate::kubectl::tree::put;

/// Runs `kubectl create quota`.
pub fn quota(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let name = name(flags, "kubectl create quota")?;
    let mut spec = json!({});
    let mut hard = Map::new();
    for pair in flags.text("hard").split(',').filter(|_| !flags.text("hard").is_empty()) {
        let (resource, amount) = match pair.split('=').collect::<Vec<_>>().as_slice() {
            [resource, amount] => (*resource, *amount),
            _ => return Err(Failure::Error(format!("Invalid argument syntax {pair}, expected <resource>=<value>"))),
        };
        hard.insert(resource.to_owned(), Value::String(Quantity::parse(amount)?.to_string()));
    }
    if !hard.is_empty() {
        put(&mut spec, "hard", Value::Object(hard));
    }
    if !flags.text("scopes").is_empty() {
        let scopes: Vec<String> = flags.text("scopes").split(',').map(str::to_owned).collect();
        if scopes.iter().any(String::is_empty) {
            return Err(Failure::from("invalid resource quota scope \"\""));
        }
        put(&mut spec, "scopes", scopes);
    }
    let value = json!({
        "apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": name}, "spec": spec, "status": {},
    });
    finish(call, flags, ResourceId::RESOURCE_QUOTAS, value, |failure| {
        Failure::Error(format!("failed to create quota: {}", failure.message()))
    })
}

/// Runs `kubectl create poddisruptionbudget`.
pub fn disruption_budget(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let name = name(flags, "kubectl create poddisruptionbudget")?;
    let (least, most) = (flags.text("min-available"), flags.text("max-unavailable"));
    if flags.text("selector").is_empty() {
        return Err(Failure::from("a selector must be specified"));
    }
    if least.is_empty() && most.is_empty() {
        return Err(Failure::from("one of min-available or max-unavailable must be specified"));
    }
    if !least.is_empty() && !most.is_empty() {
        return Err(Failure::from("min-available and max-unavailable cannot be both specified"));
    }
    let mut spec = json!({"selector": label_selector(flags.text("selector"))?});
    for (flag, field, text) in [("min-available", "minAvailable", least), ("max-unavailable", "maxUnavailable", most)] {
        let digits = text.strip_suffix('%').unwrap_or(text);
        if text.is_empty() {
            continue;
        }
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Failure::Error(format!("invalid format specified for {flag}")));
        }
        put(&mut spec, field, text.parse::<i32>().map_or_else(|_| Value::from(text), Value::from));
    }
    let value = json!({
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": name}, "spec": spec,
        "status": {"currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0, "expectedPods": 0},
    });
    finish(call, flags, ResourceId::POD_DISRUPTION_BUDGETS, value, |failure| {
        Failure::Error(format!("failed to create poddisruptionbudgets: {}", failure.message()))
    })
}

/// A text as `metav1.LabelSelector`. Models metav1.ParseToLabelSelector.
fn label_selector(text: &str) -> Result<Value, Failure> {
    let wrong = |why: String| Failure::Error(format!("couldn't parse the selector string {text:?}: {why}"));
    let (mut labels, mut expressions) = (Map::new(), Vec::new());
    for requirement in Selector::parse(text).map_err(wrong)?.requirements {
        let (key, operator, values) = match requirement {
            // `a=b` and `a in (b)` are told apart by their text only.
            Requirement::In(key, values) => match values.as_slice() {
                [one] if !text.contains(" in ") => {
                    labels.insert(key, Value::from(one.as_str()));
                    continue;
                }
                _ => (key, "In", values),
            },
            Requirement::NotIn(key, values) => (key, "NotIn", values),
            Requirement::Exists(key) => (key, "Exists", Vec::new()),
            Requirement::Missing(key) => (key, "DoesNotExist", Vec::new()),
            Requirement::Greater(..) => return Err(Failure::from("\"gt\" isn't supported in label selectors")),
            Requirement::Less(..) => return Err(Failure::from("\"lt\" isn't supported in label selectors")),
        };
        let mut expression = json!({"key": key, "operator": operator});
        if !values.is_empty() {
            put(&mut expression, "values", values);
        }
        expressions.push(expression);
    }
    let mut selector = json!({});
    if !labels.is_empty() {
        put(&mut selector, "matchLabels", Value::Object(labels));
    }
    if !expressions.is_empty() {
        put(&mut selector, "matchExpressions", Value::Array(expressions));
    }
    Ok(selector)
}

/// Runs `kubectl create priorityclass`.
pub fn priority_class(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let name = name(flags, "kubectl create priorityclass")?;
    let mut value = json!({
        "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": name},
        "preemptionPolicy": flags.get("preemption-policy").unwrap_or("PreemptLowerPriority"),
        "value": flags.int("value").unwrap_or(0),
    });
    if flags.on("global-default") {
        put(&mut value, "globalDefault", true);
    }
    if !flags.text("description").is_empty() {
        put(&mut value, "description", flags.text("description"));
    }
    finish(call, flags, ResourceId::PRIORITY_CLASSES, value, |failure| {
        Failure::Error(format!("failed to create priorityclass: {}", failure.message()))
    })
}
