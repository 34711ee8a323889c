//! Label selectors: which objects a Service, a ReplicaSet or `-l` means.

use super::{Fields, Object, Value};
use crate::order::Order;

/// One condition on an object's labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Requirement {
    /// The label is there and has one of these values.
    In(String, Vec<String>),
    /// The label is missing or has none of these values.
    NotIn(String, Vec<String>),
    /// The label is there.
    Exists(String),
    /// The label is missing.
    Missing(String),
    /// The label is a number above this one.
    Greater(String, i64),
    /// The label is a number below this one.
    Less(String, i64),
}

impl Requirement {
    /// The label that it is about.
    pub fn key(&self) -> &str {
        match self {
            Requirement::In(key, _)
            | Requirement::NotIn(key, _)
            | Requirement::Exists(key)
            | Requirement::Missing(key)
            | Requirement::Greater(key, _)
            | Requirement::Less(key, _) => key,
        }
    }
}

/// Conditions that must all hold. Without any, it selects everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    /// The conditions, in the order they were given.
    pub requirements: Vec<Requirement>,
}

impl Selector {
    /// The selector that a plain map of labels is (a Service's `spec.selector`).
    pub fn of_labels<'a>(labels: impl IntoIterator<Item = (&'a str, &'a str)>) -> Selector {
        let one = |(key, value): (&str, &str)| Requirement::In(key.to_owned(), vec![value.to_owned()]);
        Selector { requirements: labels.into_iter().map(one).collect() }
    }

    /// The selector that a `metav1.LabelSelector` (matchLabels and matchExpressions) is. Operators that are unknown
    /// select nothing; validation refuses them.
    pub fn of_label_selector(selector: &Value) -> Selector {
        let mut all = Selector::of_labels(selector.text_pairs("matchLabels"));
        for expression in selector.items("matchExpressions") {
            let key = expression.text("key").to_owned();
            let values = expression.items("values").iter().filter_map(Value::as_str).map(str::to_owned).collect();
            all.requirements.push(match expression.text("operator") {
                "NotIn" => Requirement::NotIn(key, values),
                "Exists" => Requirement::Exists(key),
                "DoesNotExist" => Requirement::Missing(key),
                "In" => Requirement::In(key, values),
                _ => Requirement::In(key, Vec::new()),
            });
        }
        all
    }

    /// Whether it holds for labels that `label` looks up.
    pub fn matches<'a>(&self, label: impl Fn(&str) -> Option<&'a str>) -> bool {
        self.requirements.iter().all(|requirement| match requirement {
            Requirement::In(key, values) => label(key).is_some_and(|value| values.iter().any(|one| one == value)),
            Requirement::NotIn(key, values) => label(key).is_none_or(|value| values.iter().all(|one| one != value)),
            Requirement::Exists(key) => label(key).is_some(),
            Requirement::Missing(key) => label(key).is_none(),
            Requirement::Greater(key, number) => number_of(label(key)).is_some_and(|value| value > *number),
            Requirement::Less(key, number) => number_of(label(key)).is_some_and(|value| value < *number),
        })
    }

    /// Whether it selects `object`.
    pub fn selects(&self, object: &Object) -> bool {
        self.matches(|key| object.label(key))
    }
}

impl std::fmt::Display for Selector {
    /// As `labels.Selector` prints itself: `app=web,tier in (a,b),!canary`, by key.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let list = |values: &[String]| {
            let mut values = values.to_vec();
            values.order();
            values.join(",")
        };
        let mut parts: Vec<(&str, String)> = Vec::new();
        for requirement in &self.requirements {
            parts.push(match requirement {
                Requirement::In(key, values) => match values.as_slice() {
                    [value] => (key, format!("{key}={value}")),
                    several => (key, format!("{key} in ({})", list(several))),
                },
                Requirement::NotIn(key, values) => match values.as_slice() {
                    [value] => (key, format!("{key}!={value}")),
                    several => (key, format!("{key} notin ({})", list(several))),
                },
                Requirement::Exists(key) => (key, key.clone()),
                Requirement::Missing(key) => (key, format!("!{key}")),
                Requirement::Greater(key, number) => (key, format!("{key}>{number}")),
                Requirement::Less(key, number) => (key, format!("{key}<{number}")),
            });
        }
        parts.order_by_key(|(key, _)| *key);
        let texts: Vec<String> = parts.into_iter().map(|(_, text)| text).collect();
        out.write_str(&texts.join(","))
    }
}

fn number_of(label: Option<&str>) -> Option<i64> {
    label?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn every_condition_must_hold() {
        let selector = Selector::of_label_selector(&json!({
            "matchLabels": {"app": "web"},
            "matchExpressions": [
                {"key": "tier", "operator": "NotIn", "values": ["test"]},
                {"key": "canary", "operator": "DoesNotExist"},
            ],
        }));
        let selects = |labels: Value| selector.selects(&Object::new(json!({"metadata": {"labels": labels}})).unwrap());
        assert!(selects(json!({"app": "web"})));
        assert!(selects(json!({"app": "web", "tier": "live"})));
        assert!(!selects(json!({"app": "web", "tier": "test"})));
        assert!(!selects(json!({"app": "web", "canary": ""})));
        assert!(!selects(json!({})));
    }
}
