//! An object as the API server keeps it: a tree whose maps are sorted, read by dotted paths.

use super::glance::{Answers, Glance};
use crate::value::{Map, Value};

/// Reading a tree by a dotted path of field names, such as `spec.clusterIP`. Keys that hold dots themselves (labels,
/// annotations) are read from their map.
pub trait Fields {
    /// The value at `path`; `None` where a step is missing or is no map. `""` is the value itself.
    fn at(&self, path: &str) -> Option<&Value>;

    /// The text at `path`; `""` where there is none.
    fn text(&self, path: &str) -> &str {
        self.at(path).and_then(Value::as_str).unwrap_or("")
    }

    /// The whole number at `path`.
    fn int(&self, path: &str) -> Option<i64> {
        self.at(path).and_then(Value::as_i64)
    }

    /// Whether `true` stands at `path`.
    fn is_true(&self, path: &str) -> bool {
        self.at(path).and_then(Value::as_bool) == Some(true)
    }

    /// The items of the list at `path`; none where there is no list.
    fn items(&self, path: &str) -> &[Value] {
        self.at(path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// The map at `path`.
    fn map(&self, path: &str) -> Option<&Map> {
        self.at(path).and_then(Value::as_object)
    }

    /// The keys and texts of the map at `path`, sorted by key; values that are no text are left out.
    fn text_pairs(&self, path: &str) -> impl Iterator<Item = (&str, &str)> {
        self.map(path).into_iter().flatten().filter_map(|(key, value)| Some((&**key, value.as_str()?)))
    }
}

impl Fields for Value {
    fn at(&self, path: &str) -> Option<&Value> {
        if path.is_empty() {
            return Some(self);
        }
        // By bytes: paths are short, and a search for a character costs more than it saves.
        path.as_bytes().split(|byte| *byte == b'.').try_fold(self, |value, step| value.as_object()?.get_bytes(step))
    }
}

/// An object of any kind. Its root is a map.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    tree: Value,
    glance: Glance,
}

impl Default for Object {
    /// An object with nothing in it.
    fn default() -> Self {
        Object { tree: Value::Object(Map::new()), glance: Glance::default() }
    }
}

impl Object {
    /// The object that `value` is; gives it back if it is no map.
    pub fn new(value: Value) -> Result<Object, Value> {
        if value.is_object() { Ok(Object { tree: value, glance: Glance::default() }) } else { Err(value) }
    }

    /// The whole tree.
    pub fn value(&self) -> &Value {
        &self.tree
    }

    /// The whole tree, taken out.
    pub fn into_value(self) -> Value {
        self.tree
    }

    /// The whole tree, to change. Its root must stay a map.
    pub fn value_mut(&mut self) -> &mut Value {
        self.glance.forget();
        &mut self.tree
    }

    /// Whether its spec is the very one that `other` has, not only an equal one.
    pub fn shares_spec(&self, other: &Object) -> bool {
        self.map("spec").zip(other.map("spec")).is_some_and(|(one, other)| one.is_same(other))
    }

    /// The object's `kind`.
    pub fn kind(&self) -> &str {
        self.tree.text("kind")
    }

    /// The object's `apiVersion`.
    pub fn api_version(&self) -> &str {
        self.tree.text("apiVersion")
    }

    /// `metadata.name`.
    pub fn name(&self) -> &str {
        self.tree.text("metadata.name")
    }

    /// `metadata.namespace`; empty for objects without one.
    pub fn namespace(&self) -> &str {
        self.tree.text("metadata.namespace")
    }

    /// `metadata.uid`.
    pub fn uid(&self) -> &str {
        self.tree.text("metadata.uid")
    }

    /// `metadata.resourceVersion` as a number; 0 where there is none.
    pub fn resource_version(&self) -> u64 {
        self.tree.text("metadata.resourceVersion").parse().unwrap_or(0)
    }

    /// The value of a label.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.tree.at("metadata.labels")?.get(key)?.as_str()
    }

    /// The labels, sorted by key.
    pub fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        self.tree.text_pairs("metadata.labels")
    }

    /// The value of an annotation.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.tree.at("metadata.annotations")?.get(key)?.as_str()
    }

    /// Whether somebody asked for its deletion, which then waits for finalizers or the kubelet.
    pub fn is_being_deleted(&self) -> bool {
        self.answers().is_being_deleted()
    }

    /// What is asked of it most.
    pub(super) fn answers(&self) -> Answers {
        self.glance.of(self)
    }

    /// The owner reference whose `controller` is true. Models apimachinery metav1.GetControllerOf.
    pub fn controller(&self) -> Option<&Value> {
        self.tree.items("metadata.ownerReferences").iter().find(|owner| owner.is_true("controller"))
    }

    /// Writes `value` at the dotted `path`, making the maps on the way; what is there and is no map is replaced.
    pub fn set(&mut self, path: &str, value: Value) {
        let mut place = self.value_mut();
        for step in path.split('.') {
            if !place.is_object() {
                *place = Value::Object(Map::new());
            }
            let Value::Object(map) = place else { return };
            place = map.or_null(step);
        }
        *place = value;
    }

    /// Writes the list at the dotted `path`; an empty one is left out, as Go's `omitempty` does.
    pub fn set_items(&mut self, path: &str, items: Vec<Value>) {
        if items.is_empty() {
            self.remove(path);
        } else {
            self.set(path, Value::Array(items));
        }
    }

    /// Takes the value at the dotted `path` out.
    pub fn remove(&mut self, path: &str) -> Option<Value> {
        let (parent, field) = path.rsplit_once('.').unwrap_or(("", path));
        let mut place = self.value_mut();
        if !parent.is_empty() {
            for step in parent.split('.') {
                place = place.get_mut(step)?;
            }
        }
        place.as_object_mut()?.remove(field)
    }
}

impl Fields for Object {
    fn at(&self, path: &str) -> Option<&Value> {
        self.tree.at(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn paths_read_and_write() {
        let mut object =
            Object::new(json!({"metadata": {"name": "web", "labels": {"app.kubernetes.io/name": "a"}}})).unwrap();
        assert_eq!(object.name(), "web");
        assert_eq!(object.label("app.kubernetes.io/name"), Some("a"));
        object.set("spec.ports", json!([{"port": 80}]));
        assert_eq!(object.items("spec.ports")[0].int("port"), Some(80));
        assert_eq!(object.remove("spec.ports"), Some(json!([{"port": 80}])));
        assert_eq!(object.at("spec.ports"), None);
        assert_eq!(object.remove("status.phase"), None);
    }
}
