//! A document as a tree with positions.

use super::Span;

/// A node's place in its [`Tree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeId(pub(super) u32);

/// How a scalar was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// In single or double quotes.
    Quoted,
    /// `|` or `>`.
    Block,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A text; what it means depends on style and tag.
    Scalar(String, Style),
    /// A list.
    Sequence(Vec<NodeId>),
    /// Keys and values, in the order of the text; a key may be there more than once.
    Mapping(Vec<(NodeId, NodeId)>),
    /// The node that an anchor of this name named.
    Alias(String, NodeId),
}

/// A node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Where it stands.
    pub span: Span,
    /// Its tag in the long form (`tag:yaml.org,2002:str`); empty where it has none.
    pub tag: String,
}

/// The nodes of one document. Flat, so that deep nesting costs no stack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    nodes: Vec<Node>,
    root: Option<NodeId>,
}

/// What a broken id reads as; ids are made by [`Tree::add`] only, so this is never seen.
const NOTHING: &Node = &Node {
    kind: Kind::Scalar(String::new(), Style::Plain),
    span: Span {
        start: super::Position { byte: 0, utf16: 0, line: 0, column: 0 },
        end: super::Position { byte: 0, utf16: 0, line: 0, column: 0 },
    },
    tag: String::new(),
};

impl Tree {
    /// The node that all others hang from; `None` for an empty document.
    pub fn root(&self) -> Option<NodeId> {
        self.root
    }

    /// The node at `id`, which this tree gave.
    pub fn node(&self, id: NodeId) -> &Node {
        self.nodes.get(id.0 as usize).unwrap_or(NOTHING)
    }

    /// The node at `id`, through an alias to what it names.
    pub fn target(&self, id: NodeId) -> &Node {
        match &self.node(id).kind {
            Kind::Alias(_, named) => self.node(*named),
            _ => self.node(id),
        }
    }

    pub(super) fn add(&mut self, node: Node) -> NodeId {
        let id = NodeId(self.nodes.len() as u32);
        self.nodes.push(node);
        id
    }

    pub(super) fn replace(&mut self, id: NodeId, kind: Kind, tag: String, span: Span) {
        if let Some(node) = self.nodes.get_mut(id.0 as usize) {
            node.kind = kind;
            node.span = span;
            node.tag = tag;
        }
    }

    /// Moves what reaches past `end` back to it.
    pub(super) fn clamp(&mut self, end: super::Position) {
        for node in &mut self.nodes {
            for place in [&mut node.span.start, &mut node.span.end] {
                if place.byte > end.byte {
                    *place = end;
                }
            }
        }
    }

    pub(super) fn set_root(&mut self, id: NodeId) {
        self.root = Some(id);
    }
}
