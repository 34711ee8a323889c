//! Sorted maps that are shared until they are changed.

use super::Value;
use std::borrow::Cow;
use std::sync::Arc;

/// The name of a value. Names that stand in the program's text are not copied.
pub type Key = Cow<'static, str>;

/// Values by name, in the order of their names.
///
/// A sorted list: objects have few fields, and for few a list is quicker than a tree. It grows fastest in order.
#[derive(Clone, Debug, Default)]
pub struct Map(Arc<Vec<(Key, Value)>>);

/// Up to so many names are compared one by one: length and last letter tell most of them apart.
const FEW: usize = 24;

/// Whether two names are equal. Fields of one object often begin alike and seldom end so.
fn is_same_name(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.last() == other.last() && one == other
}

impl Map {
    /// A map with nothing in it.
    pub fn new() -> Map {
        Map::default()
    }

    /// How many values it has.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether both are one and the same, not only equal.
    pub fn is_same(&self, other: &Map) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Where `key` is, or where it belongs.
    fn place(&self, key: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(one, _)| (**one).cmp(key))
    }

    fn find(&self, key: &[u8]) -> Option<usize> {
        if self.0.len() <= FEW {
            self.0.iter().position(|(one, _)| is_same_name(one.as_bytes(), key))
        } else {
            self.0.binary_search_by(|(one, _)| one.as_bytes().cmp(key)).ok()
        }
    }

    /// The value named `key`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.get_bytes(key.as_bytes())
    }

    /// The value whose name has these bytes.
    pub(crate) fn get_bytes(&self, key: &[u8]) -> Option<&Value> {
        self.0.get(self.find(key)?).map(|(_, value)| value)
    }

    /// The value named `key`, to change.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        let place = self.find(key.as_bytes())?;
        Arc::make_mut(&mut self.0).get_mut(place).map(|(_, value)| value)
    }

    /// Whether there is a value named `key`.
    pub fn contains_key(&self, key: &str) -> bool {
        self.find(key.as_bytes()).is_some()
    }

    /// Puts a value in and gives the one that had its name.
    pub fn insert(&mut self, key: impl Into<Key>, value: Value) -> Option<Value> {
        self.insert_key(key.into(), value)
    }

    fn insert_key(&mut self, key: Key, value: Value) -> Option<Value> {
        let entries = Arc::make_mut(&mut self.0);
        // Fields mostly come in order.
        let place = match entries.last() {
            Some((last, _)) if **last >= *key => entries.binary_search_by(|(one, _)| one.cmp(&key)),
            _ => Err(entries.len()),
        };
        match place {
            Ok(place) => entries.get_mut(place).map(|(_, there)| std::mem::replace(there, value)),
            Err(place) => {
                entries.insert(place, (key, value));
                None
            }
        }
    }

    /// Takes the value named `key` out.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        let place = self.find(key.as_bytes())?;
        Some(Arc::make_mut(&mut self.0).remove(place).1)
    }

    /// The value named `key`, null where there was none. Copies the name only then.
    pub fn or_null(&mut self, key: &str) -> &mut Value {
        let place = self.place(key);
        self.at_place(place, || (Key::Owned(key.to_owned()), Value::Null))
    }

    /// The value at a place that [`Map::place`] gave; made there where there was none.
    fn at_place(&mut self, place: Result<usize, usize>, make: impl FnOnce() -> (Key, Value)) -> &mut Value {
        let entries = Arc::make_mut(&mut self.0);
        let place = match place {
            Ok(place) => place,
            Err(place) => {
                entries.insert(place, make());
                place
            }
        };
        // The place was just found or filled.
        #[allow(clippy::indexing_slicing)]
        &mut entries[place].1
    }

    /// The place of `key`, which may be empty.
    pub fn entry(&mut self, key: impl Into<Key>) -> Entry<'_> {
        Entry { map: self, key: key.into() }
    }

    /// Names and values, sorted by name.
    pub fn iter(&self) -> Iter<'_> {
        Iter(self.0.iter())
    }

    /// Names and values, the values to change.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&Key, &mut Value)> {
        Arc::make_mut(&mut self.0).iter_mut().map(|(key, value)| (&*key, value))
    }

    /// The names, sorted.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &Key> {
        self.0.iter().map(|(key, _)| key)
    }

    /// The values, sorted by their names.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        self.0.iter().map(|(_, value)| value)
    }

    /// The values, to change.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Value> {
        Arc::make_mut(&mut self.0).iter_mut().map(|(_, value)| value)
    }

    /// Keeps what `keep` says.
    pub fn retain(&mut self, mut keep: impl FnMut(&Key, &mut Value) -> bool) {
        Arc::make_mut(&mut self.0).retain_mut(|(key, value)| keep(key, value));
    }
}

impl PartialEq for Map {
    fn eq(&self, other: &Map) -> bool {
        self.is_same(other) || self.0 == other.0
    }
}

/// The place of a name in a map.
pub struct Entry<'a> {
    map: &'a mut Map,
    key: Key,
}

impl<'a> Entry<'a> {
    /// The value there; `value` where there was none.
    pub fn or_insert(self, value: Value) -> &'a mut Value {
        self.or_insert_with(|| value)
    }

    /// The value there; what `make` gives where there was none.
    pub fn or_insert_with(self, make: impl FnOnce() -> Value) -> &'a mut Value {
        let place = self.map.place(&self.key);
        self.map.at_place(place, || (self.key, make()))
    }
}

/// Names and values of a map.
#[derive(Clone)]
pub struct Iter<'a>(std::slice::Iter<'a, (Key, Value)>);

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a Key, &'a Value);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(key, value)| (key, value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back().map(|(key, value)| (key, value))
    }
}

impl ExactSizeIterator for Iter<'_> {}

impl<'a> IntoIterator for &'a Map {
    type Item = (&'a Key, &'a Value);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl IntoIterator for Map {
    type Item = (Key, Value);
    type IntoIter = std::vec::IntoIter<(Key, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        Arc::unwrap_or_clone(self.0).into_iter()
    }
}

impl<K: Into<Key>> FromIterator<(K, Value)> for Map {
    fn from_iter<I: IntoIterator<Item = (K, Value)>>(entries: I) -> Map {
        let mut map = Map::new();
        map.extend(entries);
        map
    }
}

impl<K: Into<Key>> Extend<(K, Value)> for Map {
    fn extend<I: IntoIterator<Item = (K, Value)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert_key(key.into(), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::SortedMap;

    #[test]
    fn it_does_what_a_tree_does() {
        for size in [3, 20, 60] {
            let (mut ours, mut theirs) = (Map::new(), SortedMap::new());
            for round in 0..500i64 {
                let key = format!("key-{}", round * 7919 % 61 % size);
                match round * 31 % 7 % 3 {
                    0 => assert_eq!(ours.remove(&key), theirs.remove(&key)),
                    1 => {
                        let value = Value::from(round);
                        assert_eq!(
                            ours.entry(key.clone()).or_insert(value.clone()),
                            theirs.entry(key).or_insert(value)
                        );
                    }
                    _ => {
                        assert_eq!(
                            ours.insert(key.clone(), Value::from(round)),
                            theirs.insert(key, Value::from(round))
                        );
                    }
                }
                assert_eq!(ours.len(), theirs.len());
            }
            let pairs: Vec<_> = theirs.iter().map(|(key, value)| (key.as_str(), value)).collect();
            assert_eq!(ours.iter().map(|(key, value)| (&**key, value)).collect::<Vec<_>>(), pairs);
            for (key, value) in pairs {
                assert_eq!(ours.get(key), Some(value));
            }
            assert_eq!(ours.get("key"), None);
        }
    }
}
