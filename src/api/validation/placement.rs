//! Where a pod may run: affinities, spreading, tolerations. Models validateAffinity, validateTopologySpreadConstraints
//! and ValidateTolerations.

use super::super::{Cause, Fields, Value};
use super::selector::{self, NO_OPERATOR, Requirements, requirement};
use super::{invalid_each, name, one_of, positive};

/// Checks the affinities of a pod's spec.
pub fn affinity(spec: &Value, path: &str, causes: &mut Vec<Cause>) {
    let required = "requiredDuringSchedulingIgnoredDuringExecution";
    let preferred = "preferredDuringSchedulingIgnoredDuringExecution";
    if let Some(node) = spec.at("affinity.nodeAffinity") {
        let path = format!("{path}.affinity.nodeAffinity");
        if let Some(selector) = node.get(required) {
            let path = format!("{path}.{required}.nodeSelectorTerms");
            if selector.items("nodeSelectorTerms").is_empty() {
                causes.push(Cause::required(&path, "must have at least one node selector term"));
            }
            for (place, term) in selector.items("nodeSelectorTerms").iter().enumerate() {
                node_selector_term(term, true, &format!("{path}[{place}]"), causes);
            }
        }
        for (place, term) in node.items(preferred).iter().enumerate() {
            let path = format!("{path}.{preferred}[{place}]");
            weight(term, &path, causes);
            if let Some(preference) = term.get("preference") {
                node_selector_term(preference, false, &format!("{path}.preference"), causes);
            }
        }
    }
    for kind in ["podAffinity", "podAntiAffinity"] {
        let Some(pods) = spec.get("affinity").and_then(|affinity| affinity.get(kind)) else { continue };
        let path = format!("{path}.affinity.{kind}");
        for (place, term) in pods.items(required).iter().enumerate() {
            pod_affinity_term(term, &format!("{path}.{required}[{place}]"), causes);
        }
        for (place, term) in pods.items(preferred).iter().enumerate() {
            let path = format!("{path}.{preferred}[{place}]");
            weight(term, &path, causes);
            if let Some(term) = term.get("podAffinityTerm") {
                pod_affinity_term(term, &format!("{path}.podAffinityTerm"), causes);
            }
        }
    }
}

fn weight(term: &Value, path: &str, causes: &mut Vec<Cause>) {
    let weight = term.int("weight").unwrap_or(0);
    if !(1..=100).contains(&weight) {
        causes.push(Cause::invalid(&format!("{path}.weight"), &Value::from(weight), "must be in the range 1-100"));
    }
}

fn pod_affinity_term(term: &Value, path: &str, causes: &mut Vec<Cause>) {
    for field in ["labelSelector", "namespaceSelector"] {
        if let Some(given) = term.get(field) {
            selector::label_selector(given, &format!("{path}.{field}"), causes);
        }
    }
    for namespace in term.items("namespaces").iter().filter_map(Value::as_str) {
        invalid_each(&format!("{path}.namespace"), namespace, name::dns_label(namespace), causes);
    }
    label_keys(term, path, causes);
    let key = term.text("topologyKey");
    if key.is_empty() {
        causes.push(Cause::required(&format!("{path}.topologyKey"), "can not be empty"));
    }
    invalid_each(&format!("{path}.topologyKey"), key, name::check_label_key(key), causes);
}

/// Keys whose values are taken from the pod itself. Models ValidateMatchLabelKeysAndMismatchLabelKeys, which looks
/// only at the selector's expressions for doubles: the server has written the pod's values there before.
fn label_keys(owner: &Value, path: &str, causes: &mut Vec<Cause>) {
    let has_selector = owner.get("labelSelector").is_some_and(Value::is_object);
    for field in ["matchLabelKeys", "mismatchLabelKeys"] {
        let keys = owner.items(field);
        let field = format!("{path}.{field}");
        if !keys.is_empty() && !has_selector {
            causes.push(Cause::forbidden(&field, "must not be specified when labelSelector is not set"));
            continue;
        }
        for (place, key) in keys.iter().filter_map(Value::as_str).enumerate() {
            invalid_each(&format!("{field}[{place}]"), key, name::check_label_key(key), causes);
        }
    }
    let avoided = owner.items("mismatchLabelKeys");
    for (place, key) in owner.items("matchLabelKeys").iter().enumerate().filter(|(_, key)| avoided.contains(key)) {
        let words = "exists in both matchLabelKeys and mismatchLabelKeys";
        causes.push(Cause::invalid(&format!("{path}.matchLabelKeys[{place}]"), key, words));
    }
}

fn node_selector_term(term: &Value, checks_values: bool, path: &str, causes: &mut Vec<Cause>) {
    let kinds = Requirements { compare: true, check_values: checks_values };
    for (place, expression) in term.items("matchExpressions").iter().enumerate() {
        requirement(expression, kinds, &format!("{path}.matchExpressions[{place}]"), causes);
    }
    for (place, requirement) in term.items("matchFields").iter().enumerate() {
        node_field(requirement, &format!("{path}.matchFields[{place}]"), causes);
    }
}

/// Models ValidateNodeFieldSelectorRequirement: the name is the only field of a node that can be asked for.
fn node_field(requirement: &Value, path: &str, causes: &mut Vec<Cause>) {
    let (key, operator) = (requirement.text("key"), requirement.text("operator"));
    let values = requirement.items("values");
    if !matches!(operator, "In" | "NotIn") {
        causes.push(Cause::invalid(&format!("{path}.operator"), &Value::from(operator), NO_OPERATOR));
    } else if values.len() != 1 {
        let words = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
        causes.push(Cause::required(&format!("{path}.values"), words));
    }
    if key != "metadata.name" {
        causes.push(Cause::invalid(&format!("{path}.key"), &Value::from(key), "not a valid field selector key"));
        return;
    }
    for (place, value) in values.iter().filter_map(Value::as_str).enumerate() {
        invalid_each(&format!("{path}.values[{place}]"), value, name::dns_subdomain(value), causes);
    }
}

/// Checks how a pod's spec wants it to be spread.
pub fn spread(spec: &Value, path: &str, causes: &mut Vec<Cause>) {
    let constraints = spec.items("topologySpreadConstraints");
    for (place, constraint) in constraints.iter().enumerate() {
        let path = format!("{path}.topologySpreadConstraints[{place}]");
        positive(constraint, &path, "maxSkew", true, causes);
        let key = constraint.text("topologyKey");
        if key.is_empty() {
            causes.push(Cause::required(&format!("{path}.topologyKey"), "can not be empty"));
        }
        let action = constraint.text("whenUnsatisfiable");
        let actions = ["DoNotSchedule", "ScheduleAnyway"];
        if !actions.contains(&action) {
            causes.push(Cause::not_supported(&format!("{path}.whenUnsatisfiable"), &Value::from(action), &actions));
        }
        let same = |other: &Value| other.text("topologyKey") == key && other.text("whenUnsatisfiable") == action;
        if constraints.iter().skip(place + 1).any(same) {
            let pair = format!("{{{key}, {action}}}");
            causes.push(Cause::duplicate(&format!("{path}.{{topologyKey, whenUnsatisfiable}}"), &Value::from(pair)));
        }
        if let Some(domains) = constraint.int("minDomains") {
            positive(constraint, &path, "minDomains", false, causes);
            if action != "DoNotSchedule" {
                let words = format!("can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}");
                causes.push(Cause::invalid(&format!("{path}.minDomains"), &Value::from(domains), &words));
            }
        }
        for field in ["nodeAffinityPolicy", "nodeTaintsPolicy"] {
            one_of(constraint, &path, field, &["Honor", "Ignore"], false, causes);
        }
        label_keys(constraint, &path, causes);
        if let Some(given) = constraint.get("labelSelector") {
            selector::label_selector(given, &format!("{path}.labelSelector"), causes);
        }
    }
}

/// Checks the tolerations of a pod's spec.
pub fn tolerations(spec: &Value, path: &str, causes: &mut Vec<Cause>) {
    for (place, toleration) in spec.items("tolerations").iter().enumerate() {
        let path = format!("{path}.tolerations[{place}]");
        let (key, operator, value) = (toleration.text("key"), toleration.text("operator"), toleration.text("value"));
        let operator_path = format!("{path}.operator");
        if !key.is_empty() {
            invalid_each(&format!("{path}.key"), key, name::check_label_key(key), causes);
        } else if operator != "Exists" {
            let words = "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
            causes.push(Cause::invalid(&operator_path, &Value::from(operator), words));
        }
        let effect = toleration.text("effect");
        if toleration.int("tolerationSeconds").is_some() && effect != "NoExecute" {
            let words = "effect must be 'NoExecute' when `tolerationSeconds` is set";
            causes.push(Cause::invalid(&format!("{path}.effect"), &Value::from(effect), words));
        }
        match operator {
            "Equal" | "" => {
                let wrong = name::check_label_value(value);
                if !wrong.is_empty() {
                    causes.push(Cause::invalid(&operator_path, &Value::from(value), &wrong.join(";")));
                }
            }
            "Exists" if !value.is_empty() => {
                let words = "value must be empty when `operator` is 'Exists'";
                causes.push(Cause::invalid(&operator_path, &Value::from(value), words));
            }
            "Exists" => {}
            other => {
                // Comparisons are known and switched off (TaintTolerationComparisonOperators).
                let supported: &[&str] =
                    if matches!(other, "Lt" | "Gt") { &["Equal", "Exists", "Lt", "Gt"] } else { &["Equal", "Exists"] };
                causes.push(Cause::not_supported(&operator_path, &Value::from(other), supported));
            }
        }
        one_of(toleration, &path, "effect", &["NoSchedule", "PreferNoSchedule", "NoExecute"], false, causes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;

    #[test]
    fn where_a_pod_may_not_ask_to_run() {
        let spread_by =
            |skew: i64, action: &str| json!({"maxSkew": skew, "topologyKey": "zone", "whenUnsatisfiable": action});
        let mut few = spread_by(1, "ScheduleAnyway");
        few["minDomains"] = json!(2);
        let mut keys = spread_by(1, "DoNotSchedule");
        keys["matchLabelKeys"] = json!(["app"]);
        let fields = |terms: Value| {
            let required = json!({"nodeSelectorTerms": [{"matchFields": terms}]});
            json!({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}})
        };
        let term = "s.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchFields[0]";
        for (spec, wanted) in [
            (json!({"topologySpreadConstraints": [spread_by(1, "DoNotSchedule"), spread_by(1, "ScheduleAnyway")]}), String::new()),
            (
                json!({"topologySpreadConstraints": [spread_by(1, "DoNotSchedule"), spread_by(2, "DoNotSchedule")]}),
                "s.topologySpreadConstraints[0].{topologyKey, whenUnsatisfiable}: Duplicate value: \"{zone, DoNotSchedule}\"".to_owned(),
            ),
            (
                json!({"topologySpreadConstraints": [spread_by(0, "DoNotSchedule")]}),
                "s.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero".to_owned(),
            ),
            (
                json!({"topologySpreadConstraints": [few]}),
                "s.topologySpreadConstraints[0].minDomains: Invalid value: 2: can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway".to_owned(),
            ),
            (
                json!({"topologySpreadConstraints": [keys]}),
                "s.topologySpreadConstraints[0].matchLabelKeys: Forbidden: must not be specified when labelSelector is not set".to_owned(),
            ),
            (fields(json!([{"key": "metadata.name", "operator": "In", "values": ["node1"]}])), String::new()),
            (
                fields(json!([{"key": "metadata.uid", "operator": "In", "values": ["x"]}])),
                format!("{term}.key: Invalid value: \"metadata.uid\": not a valid field selector key"),
            ),
            (
                json!({"tolerations": [{"key": "k", "operator": "Gt", "value": "1"}]}),
                "s.tolerations[0].operator: Unsupported value: \"Gt\": supported values: \"Equal\", \"Exists\", \"Lt\", \"Gt\"".to_owned(),
            ),
        ] {
            let mut causes = Vec::new();
            affinity(&spec, "s", &mut causes);
            spread(&spec, "s", &mut causes);
            tolerations(&spec, "s", &mut causes);
            let said: Vec<String> = causes.iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect();
            assert_eq!(said.join("\n"), wanted, "{spec}");
        }
    }
}
