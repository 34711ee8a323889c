//! Which nodes and which neighbours a pod wants: selectors over nodes, pods and namespaces, taints and tolerations.

use crate::api::{Fields, Object, ResourceId, Selector, Value};
use crate::store::{Key, Store};

/// Whether `node` has what the pod's `nodeSelector` and required node affinity ask for. Models component-helpers
/// nodeaffinity GetRequiredNodeAffinity.
pub fn node_matches(pod: &Object, node: &Object) -> bool {
    let selected = pod.text_pairs("spec.nodeSelector").all(|(key, value)| node.label(key) == Some(value));
    let required = pod.at("spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution");
    selected
        && required.is_none_or(|terms| terms.items("nodeSelectorTerms").iter().any(|term| term_matches(term, node)))
}

/// Whether one node selector term holds: all its expressions; a term without any holds for no node.
pub fn term_matches(term: &Value, node: &Object) -> bool {
    let (labels, fields) = (term.items("matchExpressions"), term.items("matchFields"));
    let name = |key: &str| if key == "metadata.name" { Some(node.name()) } else { None };
    (!labels.is_empty() || !fields.is_empty())
        && labels.iter().all(|one| expression_holds(one, node.label(one.text("key"))))
        && fields.iter().all(|one| expression_holds(one, name(one.text("key"))))
}

fn expression_holds(expression: &Value, value: Option<&str>) -> bool {
    let values = expression.items("values");
    let listed = value.is_some_and(|value| values.iter().any(|one| one.as_str() == Some(value)));
    let number = |text: Option<&str>| text.and_then(|text| text.parse::<i64>().ok());
    let (left, right) = (number(value), number(values.first().and_then(Value::as_str)));
    let both = left.zip(right);
    match expression.text("operator") {
        "In" => listed,
        "NotIn" => !listed,
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        "Gt" => both.is_some_and(|(left, right)| left > right),
        "Lt" => both.is_some_and(|(left, right)| left < right),
        _ => false,
    }
}

/// The node's taints of one of these effects that the pod does not tolerate.
pub fn untolerated<'a>(pod: &'a Object, node: &'a Object, effects: &'a [&str]) -> impl Iterator<Item = &'a Value> {
    let taints = node.items("spec.taints").iter().filter(|taint| effects.contains(&taint.text("effect")));
    taints.filter(|taint| !tolerates(pod, taint))
}

/// Whether the pod tolerates a taint. Models core/v1 Toleration.ToleratesTaint.
pub fn tolerates(pod: &Object, taint: &Value) -> bool {
    pod.items("spec.tolerations").iter().any(|toleration| is_tolerated_by(taint, toleration))
}

/// Whether this toleration is for the taint.
pub fn is_tolerated_by(taint: &Value, toleration: &Value) -> bool {
    let (effect, key) = (toleration.text("effect"), toleration.text("key"));
    (effect.is_empty() || effect == taint.text("effect"))
        && (key.is_empty() || key == taint.text("key"))
        && match toleration.text("operator") {
            "Exists" => true,
            "" | "Equal" => !key.is_empty() && toleration.text("value") == taint.text("value"),
            _ => false,
        }
}

/// Which pods a term of pod (anti-)affinity means.
pub struct Term<'a> {
    selector: Option<Selector>,
    namespaces: Vec<String>,
    every_namespace: bool,
    /// The node label whose values are the places to share or to avoid.
    pub topology_key: &'a str,
}

impl<'a> Term<'a> {
    /// The term `term` of `pod`. Without a namespace it means the pod's own.
    pub fn of(term: &'a Value, pod: &Object, store: &Store) -> Term<'a> {
        let mut namespaces: Vec<String> =
            term.items("namespaces").iter().filter_map(Value::as_str).map(str::to_owned).collect();
        let by_label = term.at("namespaceSelector").filter(|selector| selector.is_object());
        let every_namespace =
            by_label.is_some_and(|selector| Selector::of_label_selector(selector).requirements.is_empty());
        if let Some(selector) = by_label.filter(|_| !every_namespace) {
            let selector = Selector::of_label_selector(selector);
            let selected = store.list(ResourceId::NAMESPACES, None).filter(|namespace| selector.selects(namespace));
            namespaces.extend(selected.map(|namespace| namespace.name().to_owned()));
        } else if namespaces.is_empty() {
            namespaces.push(pod.namespace().to_owned());
        }
        let selector = term.at("labelSelector").filter(|one| one.is_object()).map(Selector::of_label_selector);
        Term { selector, namespaces, every_namespace, topology_key: term.text("topologyKey") }
    }

    /// Whether the term means `pod`.
    pub fn means(&self, pod: &Object) -> bool {
        let near = self.every_namespace || self.namespaces.iter().any(|one| one == pod.namespace());
        near && self.selector.as_ref().is_some_and(|selector| selector.selects(pod))
    }

    /// The keys of the pods that the term means.
    pub fn pods(&self, store: &Store) -> Vec<Key> {
        let Some(selector) = &self.selector else { return Vec::new() };
        let every: Vec<String>;
        let namespaces = if self.every_namespace {
            every = store.list(ResourceId::NAMESPACES, None).map(|namespace| namespace.name().to_owned()).collect();
            &every
        } else {
            &self.namespaces
        };
        let pods = namespaces.iter().flat_map(|namespace| store.select(ResourceId::PODS, namespace, selector));
        pods.map(|pod| Key::of(ResourceId::PODS, pod)).collect()
    }
}
