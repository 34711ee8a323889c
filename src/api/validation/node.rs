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
            causes.push(Cause::duplicate(&path, taint));
        }
        seen.push((key, effect));
    }
    for (place, cidr) in object.items("spec.podCIDRs").iter().enumerate() {
        if let Some(words) = address::check_cidr(cidr.as_str().unwrap_or(""), settings.strict_addresses) {
            causes.push(Cause::invalid(&format!("spec.podCIDRs[{place}]"), cidr, words));
        }
    }
}
