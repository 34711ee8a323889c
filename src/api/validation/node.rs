//! Nodes and Namespaces.

use super::super::{Cause, Fields, Object, Settings, Value};
use super::{address, invalid_each, name};

/// Checks a Namespace's finalizers. Models ValidateNamespace.
pub fn namespace(object: &Object, causes: &mut Vec<Cause>) {
    for finalizer in object.items("spec.finalizers").iter().filter_map(Value::as_str) {
        let path = "spec.finalizers";
        invalid_each(path, finalizer, name::check_label_key(finalizer), causes);
        if !finalizer.contains('/') && !matches!(finalizer, "kubernetes" | "orphan" | "foregroundDeletion") {
            let words = "name is neither a standard finalizer name nor is it fully qualified";
            causes.push(Cause::invalid(path, &Value::from(finalizer), words));
        }
    }
}

/// Checks a Node's taints and pod CIDRs. Models ValidateNode, which names taints below `metadata`.
pub fn node(object: &Object, settings: Settings, causes: &mut Vec<Cause>) {
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for (place, taint) in object.items("spec.taints").iter().enumerate() {
        let path = format!("metadata.taints[{place}]");
        let (key, value, effect) = (taint.text("key"), taint.text("value"), taint.text("effect"));
        invalid_each(&format!("{path}.key"), key, name::check_label_key(key), causes);
        let wrong = name::check_label_value(value);
        if !wrong.is_empty() {
            causes.push(Cause::invalid(&format!("{path}.value"), &Value::from(value), &wrong.join(";")));
        }
        let effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
        super::one_of(taint, &path, "effect", &effects, true, causes);
        if seen.contains(&(key, effect)) {
            // The internal type has Go's names.
            let (key, value, effect) = (Value::from(key), Value::from(value), Value::from(effect));
            let added = taint.get("timeAdded").unwrap_or(&Value::Null);
            let shown = format!("{{\"Key\":{key},\"Value\":{value},\"Effect\":{effect},\"TimeAdded\":{added}}}");
            let words = "taints must be unique by key and effect pair";
            causes.push(Cause::duplicate_shown(&path, &format!("{shown}: {words}")));
        }
        seen.push((key, effect));
    }
    let cidrs = object.items("spec.podCIDRs");
    for (place, cidr) in cidrs.iter().enumerate() {
        if let Some(words) = address::check_cidr(cidr.as_str().unwrap_or(""), settings.strict_addresses) {
            causes.push(Cause::invalid(&format!("spec.podCIDRs[{place}]"), cidr, words));
        }
    }
    let is_v6 = |cidr: &Value| cidr.as_str().is_some_and(|cidr| cidr.contains(':'));
    if cidrs.len() > 2 || matches!(cidrs, [one, other] if is_v6(one) == is_v6(other)) {
        let words = "may specify no more than one CIDR for each IP family";
        causes.push(Cause::invalid("spec.podCIDRs", &Value::from(cidrs.to_vec()), words));
    }
}

/// Checks what an update may change of a Node. Models ValidateNodeUpdate.
pub fn update(new: &Object, old: &Object, causes: &mut Vec<Cause>) {
    let (before, after) = (old.items("spec.podCIDRs"), new.items("spec.podCIDRs"));
    if !before.is_empty() && before != after {
        let words = "node updates may not change podCIDR except from \"\" to valid";
        causes.push(Cause::forbidden("spec.podCIDRs", words));
    }
    let provider = old.text("spec.providerID");
    if !provider.is_empty() && provider != new.text("spec.providerID") {
        let words = "node updates may not change providerID except from \"\" to valid";
        causes.push(Cause::forbidden("spec.providerID", words));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;

    #[test]
    fn nodes_keep_what_they_are_known_by() {
        let node = |spec: Value| Object::new(json!({"spec": spec})).unwrap();
        let taint = json!({"key": "a", "effect": "NoSchedule"});
        for (new, wanted) in [
            (json!({"podCIDRs": ["10.0.0.0/24"], "providerID": "p"}), ""),
            (
                json!({"podCIDRs": ["10.1.0.0/24"], "providerID": "p"}),
                "spec.podCIDRs: Forbidden: node updates may not change podCIDR except from \"\" to valid",
            ),
            (
                json!({"podCIDRs": ["10.0.0.0/24"]}),
                "spec.providerID: Forbidden: node updates may not change providerID except from \"\" to valid",
            ),
            (
                json!({"podCIDRs": ["10.0.0.0/24"], "providerID": "p", "taints": [taint, taint]}),
                "metadata.taints[1]: Duplicate value: {\"Key\":\"a\",\"Value\":\"\",\"Effect\":\"NoSchedule\",\
                 \"TimeAdded\":null}: taints must be unique by key and effect pair",
            ),
        ] {
            let old = node(json!({"podCIDRs": ["10.0.0.0/24"], "providerID": "p"}));
            let new = node(new);
            let mut causes = Vec::new();
            super::node(&new, Settings::default(), &mut causes);
            update(&new, &old, &mut causes);
            let said: Vec<String> = causes.iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect();
            assert_eq!(said.join("\n"), wanted);
        }
    }
}
