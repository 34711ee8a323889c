//! Sets of field paths: who owns what.
//!
//! Models structured-merge-diff fieldpath.Set and its JSON form FieldsV1 (`f:`, `k:`, `v:` and `.`).

use crate::api::{Map, Value};
use crate::order::SortedMap;
use std::fmt::Write;

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// A field of a map.
    Field(String),
    /// The item of a list that has these values in its key fields; the values are JSON.
    Key(Vec<(String, String)>),
    /// The item of a set that has this value; JSON.
    Value(String),
}

/// A set of paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSet {
    /// The path that leads here is in the set itself.
    pub here: bool,
    /// What is in the set below.
    pub below: SortedMap<Step, FieldSet>,
}

impl FieldSet {
    /// The set of the empty path.
    pub fn leaf() -> FieldSet {
        FieldSet { here: true, below: SortedMap::new() }
    }

    /// Whether no path is in it.
    pub fn is_empty(&self) -> bool {
        !self.here && self.below.is_empty()
    }

    /// Puts the paths of `set` in, each after `step`.
    pub fn insert(&mut self, step: Step, set: &FieldSet) {
        if !set.is_empty() {
            self.below.entry(step).or_default().extend(set);
        }
    }

    /// Puts all paths of `other` in.
    pub fn extend(&mut self, other: &FieldSet) {
        self.here |= other.here;
        for (step, set) in &other.below {
            self.below.entry(step.clone()).or_default().extend(set);
        }
    }

    /// The paths that are not in `other`.
    #[must_use]
    pub fn without(&self, other: &FieldSet) -> FieldSet {
        let below = self.below.iter().map(|(step, set)| match other.below.get(step) {
            Some(other) => (step.clone(), set.without(other)),
            None => (step.clone(), set.clone()),
        });
        FieldSet { here: self.here && !other.here, below: below.filter(|(_, set)| !set.is_empty()).collect() }
    }

    /// The paths that are in both.
    #[must_use]
    pub fn both(&self, other: &FieldSet) -> FieldSet {
        let below = self.below.iter().filter_map(|(step, set)| Some((step.clone(), set.both(other.below.get(step)?))));
        FieldSet { here: self.here && other.here, below: below.filter(|(_, set)| !set.is_empty()).collect() }
    }

    /// The set without the paths below, and at, the field path of these names.
    pub fn strip(&mut self, names: &[&str]) {
        let Some((first, rest)) = names.split_first() else { return };
        let step = Step::Field((*first).to_owned());
        if rest.is_empty() {
            self.below.remove(&step);
        } else if let Some(set) = self.below.get_mut(&step) {
            set.strip(rest);
            if set.is_empty() {
                self.below.remove(&step);
            }
        }
    }

    /// Each path as messages show it: `.spec.ports[port=80,protocol="TCP"].name`, in order.
    pub fn paths(&self) -> Vec<String> {
        let mut paths = Vec::new();
        self.collect("", &mut paths);
        paths
    }

    fn collect(&self, path: &str, paths: &mut Vec<String>) {
        if self.here {
            paths.push(path.to_owned());
        }
        for (step, set) in &self.below {
            set.collect(&format!("{path}{}", step.shown()), paths);
        }
    }

    /// As `managedFields[].fieldsV1` has it.
    pub fn to_json(&self) -> Value {
        let mut map = Map::new();
        for (step, set) in &self.below {
            let mut below = set.to_json();
            if let (true, false, Value::Object(below)) = (set.here, set.below.is_empty(), &mut below) {
                below.insert(".".to_owned(), Value::Object(Map::new()));
            }
            map.insert(step.key(), below);
        }
        Value::Object(map)
    }

    /// Reads [`FieldSet::to_json`]; what is no path is left out.
    pub fn of_json(value: &Value) -> FieldSet {
        let Some(map) = value.as_object() else { return FieldSet::default() };
        let mut set = FieldSet::default();
        for (key, below) in map {
            let Some(step) = Step::of_key(key) else { continue };
            let mut inner = FieldSet::of_json(below);
            inner.here = below.as_object().is_some_and(|map| map.is_empty() || map.contains_key("."));
            set.below.insert(step, inner);
        }
        set
    }
}

impl Step {
    /// As messages show it.
    pub fn shown(&self) -> String {
        match self {
            Step::Field(name) => format!(".{name}"),
            Step::Key(pairs) => {
                let mut text = String::from("[");
                for (place, (name, value)) in pairs.iter().enumerate() {
                    let comma = if place == 0 { "" } else { "," };
                    // Writing to a text does not fail.
                    let _ = write!(text, "{comma}{name}={value}");
                }
                text + "]"
            }
            Step::Value(value) => format!("[={value}]"),
        }
    }

    fn key(&self) -> String {
        match self {
            Step::Field(name) => format!("f:{name}"),
            Step::Key(pairs) => {
                let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
                format!("k:{{{}}}", pairs.join(","))
            }
            Step::Value(value) => format!("v:{value}"),
        }
    }

    fn of_key(key: &str) -> Option<Step> {
        let (kind, rest) = key.split_once(':')?;
        match kind {
            "f" => Some(Step::Field(rest.to_owned())),
            "k" => {
                let Ok(Value::Object(map)) = crate::yaml::read_json(rest) else { return None };
                Some(Step::Key(map.into_iter().map(|(name, value)| (name.into_owned(), value.to_string())).collect()))
            }
            "v" => Some(Step::Value(rest.to_owned())),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;

    fn set(value: &Value) -> FieldSet {
        FieldSet::of_json(value)
    }

    #[test]
    fn json_reads_back_and_paths_show() {
        let written = json!({
            "f:metadata": {"f:labels": {".": {}, "f:app": {}}, "f:finalizers": {"v:\"a/b\"": {}}},
            "f:spec": {"f:ports": {"k:{\"port\":80,\"protocol\":\"TCP\"}": {".": {}, "f:port": {}}}},
        });
        let read = set(&written);
        assert_eq!(read.to_json(), written);
        assert_eq!(
            read.paths(),
            [
                ".metadata.finalizers[=\"a/b\"]",
                ".metadata.labels",
                ".metadata.labels.app",
                ".spec.ports[port=80,protocol=\"TCP\"]",
                ".spec.ports[port=80,protocol=\"TCP\"].port",
            ]
        );
    }

    #[test]
    fn sets_combine() {
        let (a, b) = (set(&json!({"f:a": {}, "f:b": {"f:c": {}}})), set(&json!({"f:b": {"f:c": {}, "f:d": {}}})));
        assert_eq!(a.both(&b).paths(), [".b.c"]);
        assert_eq!(a.without(&b).paths(), [".a"]);
        let mut all = a.clone();
        all.extend(&b);
        assert_eq!(all.paths(), [".a", ".b.c", ".b.d"]);
        all.strip(&["b", "c"]);
        assert_eq!(all.paths(), [".a", ".b.d"]);
    }
}
