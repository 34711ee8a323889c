//! From a field's path, as the API server names it, to its place in the text.

use super::{Kind, NodeId, Span, Tree};

/// Where a path leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// The node: the one that the path names, or the nearest one above it that is there.
    pub node: NodeId,
    /// The span of its key, for fields of mappings.
    pub key: Option<Span>,
    /// The span of its value.
    pub value: Span,
    /// Whether it is the node itself and not one above it.
    pub exact: bool,
}

impl Tree {
    /// Finds the field at `path`, such as `spec.ports[0].targetPort` or `metadata.labels[app]`; where it is missing,
    /// the nearest one above it. `None` only for an empty document.
    ///
    /// A key may hold dots itself (`metadata.annotations.sim/ready`): the longest key that fits is taken.
    pub fn find(&self, path: &str) -> Option<Found> {
        let root = self.root()?;
        let mut found = Found { node: root, key: None, value: self.node(root).span, exact: true };
        let mut rest = path;
        while !rest.is_empty() {
            let step = self.field(found.node, rest).or_else(|| self.item(found.node, rest));
            let Some((next, after)) = step else {
                return Some(Found { exact: false, ..found });
            };
            found = next;
            rest = after;
        }
        Some(found)
    }

    /// The field of a mapping that `path` begins with, and the path after it.
    fn field<'p>(&self, id: NodeId, path: &'p str) -> Option<(Found, &'p str)> {
        let Kind::Mapping(pairs) = &self.target(id).kind else { return None };
        let path = path.strip_prefix('.').unwrap_or(path);
        let mut best: Option<(Found, &str)> = None;
        for (key, value) in pairs {
            let Kind::Scalar(name, _) = &self.target(*key).kind else { continue };
            let bracketed = path.strip_prefix('[').and_then(|path| path.strip_prefix(name.as_str()));
            let after = match bracketed.and_then(|path| path.strip_prefix(']')) {
                Some(after) => Some(after),
                None => {
                    path.strip_prefix(name.as_str()).filter(|after| after.is_empty() || after.starts_with(['.', '[']))
                }
            };
            let Some(after) = after else { continue };
            // Of equal keys the last one counts, so it replaces an earlier match of the same length.
            if best.is_none_or(|(_, before)| after.len() <= before.len()) {
                let found =
                    Found { node: *value, key: Some(self.node(*key).span), value: self.node(*value).span, exact: true };
                best = Some((found, after));
            }
        }
        best
    }

    /// The item of a list that `path` begins with (`[3]`), and the path after it.
    fn item<'p>(&self, id: NodeId, path: &'p str) -> Option<(Found, &'p str)> {
        let Kind::Sequence(items) = &self.target(id).kind else { return None };
        let (number, after) = path.strip_prefix('[')?.split_once(']')?;
        let item = *items.get(number.parse::<usize>().ok()?)?;
        Some((Found { node: item, key: None, value: self.node(item).span, exact: true }, after))
    }
}
