//! Tokens to a tree: YAML's grammar.

use super::scan::{Lines, Placed, Problem, Scanner, Token};
use super::{Kind, Node, NodeId, Position, Span, Style, Tree};
use crate::order::SortedMap;

/// How deep a document may nest. go-yaml allows 10000 levels; no Kubernetes object comes near either.
const MAX_DEPTH: usize = 120;

/// The tree of the first document in `text`, which begins at `base` of its file. What follows that document (after
/// `...`) is not looked at: go-yaml's Unmarshal does not either.
pub(super) fn compose(text: &str, base: Position) -> Result<Tree, Problem> {
    let readable = readable_length(text);
    let mut composer = Composer {
        scanner: Scanner::new(text.get(..readable).unwrap_or(text), base),
        tree: Tree::default(),
        anchors: SortedMap::new(),
        prefixes: SortedMap::new(),
        depth: 0,
    };
    let composed = composer.document();
    if readable < text.len() {
        let end = base.byte as usize + readable;
        let reached = match &composed {
            Ok(()) => true,
            Err(problem) => problem.at.byte as usize >= end,
        };
        if reached {
            let at = base.after_text(text.get(..control_character(text).unwrap_or(readable)).unwrap_or(""));
            return Err(Problem {
                words: "control characters are not allowed".to_owned(),
                at,
                context: None,
                lines: Lines::Untold,
            });
        }
    }
    composed.map(|()| composer.tree)
}

/// The byte where the first character stands that YAML forbids.
fn control_character(text: &str) -> Option<usize> {
    let forbidden = |character: char| !matches!(character, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{A0}'..='\u{FFFD}' | '\u{10000}'..);
    text.char_indices().find(|(_, character)| forbidden(*character)).map(|(byte, _)| byte)
}

/// How much of `text` libyaml hands to its scanner: it reads blocks of 512 bytes and refuses a whole block for one
/// forbidden character.
fn readable_length(text: &str) -> usize {
    let Some(byte) = control_character(text) else { return text.len() };
    let mut length = byte / 512 * 512;
    while !text.is_char_boundary(length) {
        length -= 1;
    }
    length
}

struct Composer<'a> {
    scanner: Scanner<'a>,
    tree: Tree,
    anchors: SortedMap<String, NodeId>,
    prefixes: SortedMap<String, String>,
    depth: usize,
}

impl Composer<'_> {
    fn peek(&mut self) -> Result<&Token, Problem> {
        Ok(&self.scanner.peek()?.token)
    }

    /// A problem of the grammar at the next token.
    fn unexpected(&mut self, words: &str, context: Option<Position>) -> Problem {
        let at = match self.scanner.peek() {
            Ok(placed) => placed.start,
            Err(problem) => return problem,
        };
        Problem { words: words.to_owned(), at, context, lines: Lines::FromZero }
    }

    fn empty(&mut self, at: Position) -> NodeId {
        let kind = Kind::Scalar(String::new(), Style::Plain);
        self.tree.add(Node { kind, span: Span::new(at, at), tag: String::new() })
    }

    fn document(&mut self) -> Result<(), Problem> {
        match self.peek()? {
            Token::StreamEnd => return Ok(()),
            Token::Version(_) | Token::TagDirective(..) | Token::DocumentStart => {
                self.directives()?;
                if *self.peek()? != Token::DocumentStart {
                    return Err(self.unexpected("did not find expected <document start>", None));
                }
                let start = self.scanner.next()?;
                if matches!(
                    self.peek()?,
                    Token::Version(_)
                        | Token::TagDirective(..)
                        | Token::DocumentStart
                        | Token::DocumentEnd
                        | Token::StreamEnd
                ) {
                    let root = self.empty(start.end);
                    self.tree.set_root(root);
                    return Ok(());
                }
            }
            _ => {}
        }
        let root = self.node(true, false)?;
        self.tree.set_root(root);
        // The end of the document is looked for, and can be what is wrong.
        self.peek()?;
        Ok(())
    }

    fn directives(&mut self) -> Result<(), Problem> {
        let mut versions = 0;
        loop {
            match self.peek()?.clone() {
                Token::Version(known) => {
                    versions += 1;
                    if versions > 1 {
                        return Err(self.unexpected("found duplicate %YAML directive", None));
                    }
                    if !known {
                        return Err(self.unexpected("found incompatible YAML document", None));
                    }
                }
                Token::TagDirective(handle, prefix) => {
                    if self.prefixes.insert(handle, prefix).is_some() {
                        return Err(self.unexpected("found duplicate %TAG directive", None));
                    }
                }
                _ => return Ok(()),
            }
            self.scanner.next()?;
        }
    }

    /// A tag in the long form.
    fn tag(&self, handle: &str, suffix: &str) -> Option<String> {
        if handle.is_empty() {
            return Some(suffix.to_owned());
        }
        match self.prefixes.get(handle) {
            Some(prefix) => Some(format!("{prefix}{suffix}")),
            None if handle == "!" => Some(format!("!{suffix}")),
            None if handle == "!!" => Some(format!("tag:yaml.org,2002:{suffix}")),
            None => None,
        }
    }

    /// One node: `block` where block collections may begin, `indentless` where a list may stand as deep as its key.
    fn node(&mut self, block: bool, indentless: bool) -> Result<NodeId, Problem> {
        if self.depth >= MAX_DEPTH {
            let mut problem = self.unexpected("exceeded max depth of 10000", None);
            problem.lines = Lines::FromOne;
            return Err(problem);
        }
        self.depth += 1;
        let node = self.node_at_depth(block, indentless);
        self.depth -= 1;
        node
    }

    fn node_at_depth(&mut self, block: bool, indentless: bool) -> Result<NodeId, Problem> {
        let first = self.scanner.peek()?.clone();
        if let Token::Alias(name) = first.token {
            self.scanner.next()?;
            let Some(named) = self.anchors.get(&name).copied() else {
                let words = format!("unknown anchor '{name}' referenced");
                return Err(Problem { words, at: first.start, context: None, lines: Lines::Untold });
            };
            let span = Span::new(first.start, first.end);
            return Ok(self.tree.add(Node { kind: Kind::Alias(name, named), span, tag: String::new() }));
        }
        let (mut anchor, mut tag) = (None, None);
        let mut end = first.start;
        loop {
            match self.peek()? {
                Token::Anchor(name) if anchor.is_none() => {
                    anchor = Some(name.clone());
                    end = self.scanner.next()?.end;
                }
                Token::Tag(handle, suffix) if tag.is_none() => {
                    let (handle, suffix) = (handle.clone(), suffix.clone());
                    tag = Some(match self.tag(&handle, &suffix) {
                        Some(tag) => tag,
                        None => return Err(self.unexpected("found undefined tag handle", Some(first.start))),
                    });
                    end = self.scanner.next()?.end;
                }
                _ => break,
            }
        }
        let bare = anchor.is_none() && tag.is_none();
        let mut tag = tag.unwrap_or_default();
        let placed = self.scanner.peek()?.clone();
        let id = self.empty(placed.start);
        if let Some(name) = anchor {
            self.anchors.insert(name, id);
        }
        let (kind, end) = match placed.token {
            Token::BlockEntry if indentless => self.indentless_sequence()?,
            Token::Scalar(text, style) => {
                self.scanner.next()?;
                // `!` alone says no more than "not resolved", and go-yaml then reads the scalar as if it were plain.
                let style = if tag == "!" { Style::Plain } else { style };
                if tag == "!" {
                    tag.clear();
                }
                (Kind::Scalar(text, style), placed.end)
            }
            Token::FlowSequenceStart => self.flow_sequence()?,
            Token::FlowMappingStart => self.flow_mapping()?,
            Token::BlockSequenceStart if block => self.block_sequence()?,
            Token::BlockMappingStart if block => self.block_mapping()?,
            _ if !bare => (Kind::Scalar(String::new(), Style::Plain), end),
            _ => return Err(self.unexpected("did not find expected node content", Some(first.start))),
        };
        let start = if bare { placed.start } else { first.start };
        self.tree.replace(id, kind, tag, Span::new(start, end));
        Ok(id)
    }

    /// The value after a token that ended at `end`, or nothing where `absent` says so.
    fn node_unless(
        &mut self,
        end: Position,
        block: bool,
        indentless: bool,
        absent: impl Fn(&Token) -> bool,
    ) -> Result<NodeId, Problem> {
        if absent(self.peek()?) { Ok(self.empty(end)) } else { self.node(block, indentless) }
    }

    fn block_sequence(&mut self) -> Result<(Kind, Position), Problem> {
        let start = self.scanner.next()?.start;
        let mut items = Vec::new();
        let mut end = start;
        loop {
            match self.peek()? {
                Token::BlockEntry => {
                    end = self.scanner.next()?.end;
                    items.push(
                        self.node_unless(end, true, false, |token| {
                            matches!(token, Token::BlockEntry | Token::BlockEnd)
                        })?,
                    );
                }
                Token::BlockEnd => {
                    self.scanner.next()?;
                    let end = self.end_of(items.last(), end);
                    return Ok((Kind::Sequence(items), end));
                }
                _ => return Err(self.unexpected("did not find expected '-' indicator", Some(start))),
            }
        }
    }

    fn indentless_sequence(&mut self) -> Result<(Kind, Position), Problem> {
        let mut items = Vec::new();
        let mut end = Position::default();
        while *self.peek()? == Token::BlockEntry {
            end = self.scanner.next()?.end;
            items.push(self.node_unless(end, true, false, |token| {
                matches!(token, Token::BlockEntry | Token::Key | Token::Value | Token::BlockEnd)
            })?);
        }
        let end = self.end_of(items.last(), end);
        Ok((Kind::Sequence(items), end))
    }

    fn end_of(&self, last: Option<&NodeId>, otherwise: Position) -> Position {
        last.map_or(otherwise, |id| self.tree.node(*id).span.end.max(otherwise))
    }

    fn block_mapping(&mut self) -> Result<(Kind, Position), Problem> {
        let start = self.scanner.next()?.start;
        let mut pairs = Vec::new();
        let absent = |token: &Token| matches!(token, Token::Key | Token::Value | Token::BlockEnd);
        loop {
            match self.peek()? {
                Token::Key => {
                    let end = self.scanner.next()?.end;
                    let key = self.node_unless(end, true, true, absent)?;
                    let value = if *self.peek()? == Token::Value {
                        let end = self.scanner.next()?.end;
                        self.node_unless(end, true, true, absent)?
                    } else {
                        let end = self.tree.node(key).span.end;
                        self.empty(end)
                    };
                    pairs.push((key, value));
                }
                Token::BlockEnd => {
                    self.scanner.next()?;
                    let end = self.end_of(pairs.last().map(|(_, value)| value), start);
                    return Ok((Kind::Mapping(pairs), end));
                }
                _ => return Err(self.unexpected("did not find expected key", Some(start))),
            }
        }
    }

    /// The `,` between the items of a flow collection.
    fn separator(&mut self, is_first: bool, end: &Token, start: Position, words: &str) -> Result<(), Problem> {
        if !is_first && self.peek()? != end {
            if *self.peek()? != Token::FlowEntry {
                return Err(self.unexpected(words, Some(start)));
            }
            self.scanner.next()?;
        }
        Ok(())
    }

    fn flow_sequence(&mut self) -> Result<(Kind, Position), Problem> {
        let start = self.scanner.next()?.start;
        let mut items = Vec::new();
        loop {
            let end = Token::FlowSequenceEnd;
            self.separator(items.is_empty(), &end, start, "did not find expected ',' or ']'")?;
            match self.peek()? {
                Token::FlowSequenceEnd => return Ok((Kind::Sequence(items), self.scanner.next()?.end)),
                Token::Key => {
                    let pair = self.single_pair()?;
                    items.push(pair);
                }
                _ => items.push(self.node(false, false)?),
            }
        }
    }

    /// `[a: b]`: a mapping of one pair without braces.
    fn single_pair(&mut self) -> Result<NodeId, Problem> {
        let Placed { start, end, .. } = self.scanner.next()?;
        let absent = |token: &Token| matches!(token, Token::FlowEntry | Token::FlowSequenceEnd);
        let id = self.empty(start);
        let key = if matches!(self.peek()?, Token::Value | Token::FlowEntry | Token::FlowSequenceEnd) {
            // libyaml takes the token that shows the key to be empty.
            self.scanner.next()?;
            self.empty(end)
        } else {
            self.node(false, false)?
        };
        let mut end = self.tree.node(key).span.end;
        let value = if *self.peek()? == Token::Value {
            end = self.scanner.next()?.end;
            self.node_unless(end, false, false, absent)?
        } else {
            self.empty(end)
        };
        let end = self.end_of(Some(&value), end);
        self.tree.replace(id, Kind::Mapping(vec![(key, value)]), String::new(), Span::new(start, end));
        Ok(id)
    }

    fn flow_mapping(&mut self) -> Result<(Kind, Position), Problem> {
        let start = self.scanner.next()?.start;
        let mut pairs = Vec::new();
        let absent = |token: &Token| matches!(token, Token::FlowEntry | Token::FlowMappingEnd);
        loop {
            let end = Token::FlowMappingEnd;
            self.separator(pairs.is_empty(), &end, start, "did not find expected ',' or '}'")?;
            match self.peek()? {
                Token::FlowMappingEnd => return Ok((Kind::Mapping(pairs), self.scanner.next()?.end)),
                Token::Key => {
                    let end = self.scanner.next()?.end;
                    let key = self.node_unless(end, false, false, |token| *token == Token::Value || absent(token))?;
                    let value = if *self.peek()? == Token::Value {
                        let end = self.scanner.next()?.end;
                        self.node_unless(end, false, false, absent)?
                    } else {
                        let end = self.tree.node(key).span.end;
                        self.empty(end)
                    };
                    pairs.push((key, value));
                }
                _ => {
                    let key = self.node(false, false)?;
                    let end = self.tree.node(key).span.end;
                    let value = self.empty(end);
                    pairs.push((key, value));
                }
            }
        }
    }
}
