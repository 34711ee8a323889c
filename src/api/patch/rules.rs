//! How the lists and maps of each kind merge: what the schema says, and for kinds without one, what of theirs matters.
//!
//! What is named nowhere: maps merge key by key, lists are replaced as a whole.

use crate::api::ResourceId;
use crate::api::schema::{Shape, TypeId};

/// The rules of the fields of a place in an object.
#[derive(Clone, Copy, Debug)]
pub enum Rules {
    /// A struct that the schema knows.
    Known(TypeId),
    /// A struct of a kind that is only stored.
    Stored(&'static [(&'static str, Stored)]),
    /// A map of any keys.
    Plain,
}

/// How one field merges.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// A strategic patch merges the list.
    pub merges: bool,
    /// The field by which a strategic patch knows the list's items; empty for lists of texts.
    pub key: &'static str,
    /// A strategic patch replaces the map.
    pub replaces: bool,
    /// A strategic patch names all that stays of the map, or of each item.
    pub retains: bool,
    /// The fields by which server-side apply knows the list's items; none where the list has one owner.
    pub keys: &'static [&'static str],
    /// A list of texts, each with owners of its own in server-side apply.
    pub set: bool,
    /// A map that has one owner in server-side apply.
    pub atomic: bool,
    /// The rules of the map, or of the list's items.
    pub below: Rules,
}

/// How a field of a stored kind merges.
#[derive(Debug)]
pub enum Stored {
    /// A struct of the schema.
    Named(&'static str),
    /// A struct of its own.
    Below(&'static [(&'static str, Stored)]),
    /// A list whose items are known by this field.
    Keyed(&'static [&'static str]),
}

const PLAIN: Rule = Rule {
    merges: false,
    key: "",
    replaces: false,
    retains: false,
    keys: &[],
    set: false,
    atomic: false,
    below: Rules::Plain,
};

impl Rules {
    /// The rules of objects of a kind.
    pub fn of(resource: ResourceId) -> Rules {
        if let Some(known) = TypeId::of(resource) {
            return Rules::Known(known);
        }
        Rules::Stored(match resource {
            ResourceId::MUTATING_WEBHOOKS | ResourceId::VALIDATING_WEBHOOKS => WEBHOOKS,
            _ => OTHER,
        })
    }

    /// The rule of the field `name`.
    pub fn field(self, name: &str) -> Rule {
        match self {
            Rules::Known(id) => id.field(name).map_or(PLAIN, |field| {
                let (below, atomic) = match &field.shape {
                    Shape::Struct(id) => (Rules::Known(*id), id.get().atomic),
                    Shape::List(item) => match **item {
                        Shape::Struct(id) => (Rules::Known(id), false),
                        _ => (Rules::Plain, false),
                    },
                    _ => (Rules::Plain, false),
                };
                Rule {
                    merges: field.merge,
                    key: field.merge_key,
                    replaces: field.replaces,
                    retains: field.retain_keys,
                    keys: &field.list_keys,
                    set: field.set,
                    atomic: atomic || field.atomic,
                    below,
                }
            }),
            Rules::Stored(fields) => {
                fields.iter().find(|(field, _)| *field == name).map_or(PLAIN, |(_, rule)| match rule {
                    Stored::Named(name) => {
                        let below = TypeId::named(name).map_or(Rules::Plain, Rules::Known);
                        Rule { below, ..PLAIN }
                    }
                    Stored::Below(fields) => Rule { below: Rules::Stored(fields), ..PLAIN },
                    Stored::Keyed(keys) => {
                        Rule { merges: true, key: keys.first().copied().unwrap_or(""), keys, ..PLAIN }
                    }
                })
            }
            Rules::Plain => PLAIN,
        }
    }
}

const META: (&str, Stored) = ("metadata", Stored::Named("meta.ObjectMeta"));
const STATUS: (&str, Stored) = ("status", Stored::Below(&[("conditions", Stored::Keyed(&["type"]))]));
const OTHER: &[(&str, Stored)] = &[META, STATUS];
const WEBHOOKS: &[(&str, Stored)] = &[META, ("webhooks", Stored::Keyed(&["name"]))];
