//! A tree to the JSON value that is sent, as sigs.k8s.io/yaml converts it.

use super::resolve::{Resolved, resolve, resolve_tagged};
use super::{Kind, NodeId, Style, Tree};
use crate::order::Order;
use crate::value::{Map, Value, base64};

/// Why a tree has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unreadable {
    /// go-yaml's words.
    pub words: String,
    /// The node that it is about.
    pub node: NodeId,
}

/// More nodes than this are not made, however the aliases multiply.
const MAX_NODES: usize = 1_000_000;

/// The value of the whole tree; null for an empty one.
pub(super) fn value_of(tree: &Tree) -> Result<Value, Unreadable> {
    let Some(root) = tree.root() else { return Ok(Value::Null) };
    Reader { tree, made: 0, by_alias: 0, open: Vec::new() }.value(root)
}

struct Reader<'a> {
    tree: &'a Tree,
    made: usize,
    by_alias: usize,
    /// The aliases that are being followed.
    open: Vec<NodeId>,
}

const MERGE: &str = "tag:yaml.org,2002:merge";
const BINARY: &str = "tag:yaml.org,2002:binary";

fn wrong(node: NodeId, words: impl Into<String>) -> Unreadable {
    Unreadable { words: words.into(), node }
}

impl Reader<'_> {
    /// Counts a node. go-yaml allows few aliased nodes among many: 99 % up to 400,000 nodes, 10 % past 4,000,000.
    fn count(&mut self, id: NodeId) -> Result<(), Unreadable> {
        self.made += 1;
        if !self.open.is_empty() {
            self.by_alias += 1;
        }
        let allowed = match self.made {
            0..=400_000 => 0.99,
            more => 0.99 - 0.89 * ((more - 400_000) as f64 / 3_600_000.0).min(1.0),
        };
        let excessive = self.by_alias > 100 && self.made > 1000 && self.by_alias as f64 / self.made as f64 > allowed;
        if excessive || self.made > MAX_NODES {
            return Err(wrong(id, "document contains excessive aliasing"));
        }
        Ok(())
    }

    fn value(&mut self, id: NodeId) -> Result<Value, Unreadable> {
        self.count(id)?;
        match &self.tree.node(id).kind {
            Kind::Scalar(text, _) => {
                let resolved = self.scalar(id)?;
                if self.tree.node(id).tag == BINARY {
                    return Self::binary(id, text).map(Value::String);
                }
                resolved.into_value(text).map_err(|words| wrong(id, words))
            }
            Kind::Sequence(items) => {
                items.iter().map(|item| self.value(*item)).collect::<Result<_, _>>().map(Value::Array)
            }
            Kind::Mapping(_) => {
                let mut map = Map::new();
                self.fill(id, &mut map)?;
                Ok(Value::Object(map))
            }
            Kind::Alias(name, named) => {
                self.enter(id, name)?;
                let value = self.value(*named);
                self.open.pop();
                value
            }
        }
    }

    fn enter(&mut self, id: NodeId, name: &str) -> Result<(), Unreadable> {
        if self.open.contains(&id) {
            return Err(wrong(id, format!("anchor '{name}' value contains itself")));
        }
        self.open.push(id);
        Ok(())
    }

    fn scalar(&self, id: NodeId) -> Result<Resolved, Unreadable> {
        let node = self.tree.node(id);
        match &node.kind {
            Kind::Scalar(text, _) if !node.tag.is_empty() => {
                resolve_tagged(&node.tag, text).map_err(|words| wrong(id, words))
            }
            Kind::Scalar(text, Style::Plain) => Ok(resolve(text)),
            _ => Ok(Resolved::Text),
        }
    }

    /// Writes a mapping's pairs into `map`, in order: a later key, or a later merge, wins.
    fn fill(&mut self, id: NodeId, map: &mut Map) -> Result<(), Unreadable> {
        let Kind::Mapping(pairs) = &self.tree.node(id).kind else { return Ok(()) };
        for (key, value) in pairs {
            if self.is_merge(*key) {
                self.merge(*value, map)?;
                continue;
            }
            let name = self.key(*key)?;
            let read = self.value(*value)?;
            let Some(name) = name else {
                let words = format!("Unsupported map key of type: {}", self.go_key(*key));
                let shown = if read.is_null() { "<nil>".to_owned() } else { self.go_syntax(*value, &read) };
                return Err(wrong(*key, format!("{words}, value: {shown}")));
            };
            map.insert(name, read);
        }
        Ok(())
    }

    fn is_merge(&self, id: NodeId) -> bool {
        let node = self.tree.node(id);
        match &node.kind {
            Kind::Scalar(text, style) => {
                text == "<<" && (*style == Style::Plain && node.tag.is_empty() || node.tag == MERGE)
            }
            _ => false,
        }
    }

    /// Merges the mapping at `id`, or the mappings of the list at `id`, of which the earlier win.
    fn merge(&mut self, id: NodeId, map: &mut Map) -> Result<(), Unreadable> {
        match &self.tree.node(id).kind {
            Kind::Sequence(items) => {
                for item in items.iter().rev() {
                    self.merge_one(*item, map)?;
                }
                Ok(())
            }
            _ => self.merge_one(id, map),
        }
    }

    fn merge_one(&mut self, id: NodeId, map: &mut Map) -> Result<(), Unreadable> {
        self.count(id)?;
        match &self.tree.node(id).kind {
            Kind::Mapping(_) => self.fill(id, map),
            Kind::Alias(name, named) if matches!(self.tree.node(*named).kind, Kind::Mapping(_)) => {
                self.enter(id, name)?;
                self.count(*named)?;
                let filled = self.fill(*named, map);
                self.open.pop();
                filled
            }
            _ => Err(wrong(id, "map merge requires map or sequence of maps as the value")),
        }
    }

    /// The text that a key becomes in JSON; `None` for one that cannot.
    fn key(&mut self, id: NodeId) -> Result<Option<String>, Unreadable> {
        if !matches!(self.tree.target(id).kind, Kind::Scalar(..)) {
            let value = self.value(id)?;
            return Err(wrong(id, format!("invalid map key: {}", self.go_syntax(id, &value))));
        }
        self.count(id)?;
        let id = match &self.tree.node(id).kind {
            Kind::Alias(_, named) => *named,
            _ => id,
        };
        let text = match &self.tree.node(id).kind {
            Kind::Scalar(text, _) => text.as_str(),
            _ => "",
        };
        if self.tree.node(id).tag == BINARY {
            return Self::binary(id, text).map(Some);
        }
        Ok(Some(match self.scalar(id)? {
            Resolved::Bool(truth) => truth.to_string(),
            Resolved::Int(number) => number.to_string(),
            Resolved::Uint(_) | Resolved::Null => return Ok(None),
            Resolved::Float(number) if number.is_nan() => ".nan".to_owned(),
            Resolved::Float(number) if number.is_infinite() => if number > 0.0 { ".inf" } else { "-.inf" }.to_owned(),
            Resolved::Float(number) => super::json::go_float_32(number),
            Resolved::Timestamp | Resolved::Text => text.to_owned(),
        }))
    }

    /// The type and value of a key that JSON cannot have.
    fn go_key(&self, id: NodeId) -> String {
        match self.scalar(id) {
            Ok(Resolved::Uint(number)) => format!("uint64, key: {number:#x}"),
            _ => "%!s(<nil>), key: <nil>".to_owned(),
        }
    }

    fn binary(id: NodeId, text: &str) -> Result<String, Unreadable> {
        let bytes = base64::decode(text).map_err(|_| wrong(id, "!!binary value contains invalid base64 data"))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// A value as Go's `%#v` prints it.
    fn go_syntax(&mut self, id: NodeId, value: &Value) -> String {
        match (&self.tree.target(id).kind, value) {
            (Kind::Sequence(items), Value::Array(values)) => {
                let items: Vec<String> =
                    items.iter().zip(values).map(|(id, value)| self.go_syntax(*id, value)).collect();
                format!("[]interface {{}}{{{}}}", items.join(", "))
            }
            (Kind::Mapping(pairs), Value::Object(map)) => {
                let mut lines: Vec<(String, String)> = Vec::new();
                for (key, value) in pairs {
                    let Ok(Some(name)) = self.key(*key) else { continue };
                    let Some(found) = map.get(&name) else { continue };
                    let shown = match self.scalar(*key) {
                        Ok(Resolved::Text | Resolved::Timestamp) | Err(_) => go_quote(&name),
                        _ => name,
                    };
                    lines.push((shown, self.go_syntax(*value, found)));
                }
                lines.order();
                let lines: Vec<String> = lines.into_iter().map(|(key, value)| format!("{key}:{value}")).collect();
                format!("map[interface {{}}]interface {{}}{{{}}}", lines.join(", "))
            }
            (_, Value::Null) => "interface {}(nil)".to_owned(),
            (_, Value::String(text)) => go_quote(text),
            (_, other) => other.to_string(),
        }
    }
}

/// A text as Go's `strconv.Quote` writes it, for the characters that are printable.
pub(super) fn go_quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}
