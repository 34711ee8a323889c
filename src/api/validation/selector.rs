//! Label selectors. Models apimachinery pkg/apis/meta/v1/validation ValidateLabelSelector.

use super::super::{Cause, Fields, Value, json};
use super::{invalid_each, metadata, name};

/// Checks the selector; true where it can be turned into one that selects, in spite of what was found.
pub fn label_selector(selector: &Value, path: &str, causes: &mut Vec<Cause>) -> bool {
    let before = causes.len();
    metadata::labels(selector, "matchLabels", &format!("{path}.matchLabels"), causes);
    for (place, expression) in selector.items("matchExpressions").iter().enumerate() {
        let kinds = Requirements { compare: false, check_values: true };
        requirement(expression, kinds, &format!("{path}.matchExpressions[{place}]"), causes);
    }
    causes.len() == before
}

/// A selector as Go prints it in messages: labels before expressions.
pub fn shown(selector: &Value) -> String {
    let fields: Vec<String> = ["matchLabels", "matchExpressions"]
        .iter()
        .filter_map(|field| selector.get(field).map(|value| (field, value)))
        .filter(|(_, value)| !value.is_null() && **value != json!({}) && **value != json!([]))
        .map(|(field, value)| format!("\"{field}\":{value}"))
        .collect();
    format!("{{{}}}", fields.join(","))
}

/// Which requirements stand in a list of them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Requirements {
    /// Whether values may be compared as numbers (`Gt`, `Lt`).
    pub compare: bool,
    /// Whether values must be values of labels.
    pub check_values: bool,
}

/// What the server says of an operator that it does not know.
pub const NO_OPERATOR: &str = "not a valid selector operator";

/// Checks one requirement. Models ValidateLabelSelectorRequirement and, where numbers are compared,
/// ValidateNodeSelectorRequirement.
pub fn requirement(expression: &Value, kinds: Requirements, path: &str, causes: &mut Vec<Cause>) {
    let values = expression.items("values");
    match expression.text("operator") {
        "In" | "NotIn" if values.is_empty() => {
            let words = "must be specified when `operator` is 'In' or 'NotIn'";
            causes.push(Cause::required(&format!("{path}.values"), words));
        }
        "Exists" | "DoesNotExist" if !values.is_empty() => {
            let words = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
            causes.push(Cause::forbidden(&format!("{path}.values"), words));
        }
        "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
        "Gt" | "Lt" if kinds.compare => {
            if values.len() != 1 {
                let words = "must be specified single value when `operator` is 'Lt' or 'Gt'";
                causes.push(Cause::required(&format!("{path}.values"), words));
            }
        }
        other => causes.push(Cause::invalid(&format!("{path}.operator"), &Value::from(other), NO_OPERATOR)),
    }
    let key = expression.text("key");
    invalid_each(&format!("{path}.key"), key, name::check_label_key(key), causes);
    for (place, value) in values.iter().enumerate().filter(|_| kinds.check_values) {
        let value = value.as_str().unwrap_or("");
        invalid_each(&format!("{path}.values[{place}]"), value, name::check_label_value(value), causes);
    }
}
