//! The fields of the modelled kinds: names, Go types, how patches merge them.
//!
//! Read from a table that `cargo xtask schema` makes of Kubernetes' OpenAPI. Decoding, patches, server-side apply and the
//! editor's completion go by it.

use super::ResourceId;
use crate::order::Order;
use std::sync::OnceLock;

/// The modelled kinds, made from the published schemas; and the stored ones, written by hand.
const TABLES: [&str; 2] = [include_str!("schema.txt"), include_str!("schema_stored.txt")];

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A text; the name of its Go type.
    Text(&'static str),
    /// True or false.
    Bool,
    /// A whole number of 32 bits.
    Int32,
    /// A whole number of 64 bits.
    Int64,
    /// `resource.Quantity`.
    Quantity,
    /// `metav1.Time`, or with microseconds `metav1.MicroTime`.
    Time,
    /// `intstr.IntOrString`.
    IntOrString,
    /// Bytes, written in base64.
    Bytes,
    /// Anything.
    Any,
    /// A struct.
    Struct(TypeId),
    /// A list.
    List(Box<Shape>),
    /// A map with texts as keys.
    Map(Box<Shape>),
}

/// A struct of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TypeId(u16);

/// A Go struct.
#[derive(Debug)]
pub struct Type {
    /// Its group and name: `core.ServicePort`.
    pub name: &'static str,
    /// Patches replace it whole (`structType=atomic`).
    pub atomic: bool,
    /// Its fields, sorted by name.
    pub fields: Vec<Field>,
}

/// A field of a Go struct.
#[derive(Debug)]
pub struct Field {
    /// Its name in JSON.
    pub name: &'static str,
    /// Its place in the Go struct, which is its place in JSON that the server writes.
    pub place: u8,
    /// Its type.
    pub shape: Shape,
    /// Printed even where it is empty.
    pub always: bool,
    /// A pointer: unset and zero are two things.
    pub pointer: bool,
    /// It must be there.
    pub required: bool,
    /// A strategic merge patch merges the list or map instead of replacing it.
    pub merge: bool,
    /// The field that tells the items of a merged list apart in a strategic merge patch; empty for lists of texts.
    pub merge_key: &'static str,
    /// A strategic merge patch replaces the map (`replace`).
    pub replaces: bool,
    /// A strategic merge patch clears the fields that it does not name (`retainKeys`).
    pub retain_keys: bool,
    /// The fields that tell the items apart in server-side apply (`listType=map`).
    pub list_keys: Vec<&'static str>,
    /// A set of texts in server-side apply (`listType=set`).
    pub set: bool,
    /// Replaced whole in server-side apply (`mapType=atomic`).
    pub atomic: bool,
    /// The values that it may have, where they are fixed.
    pub values: Vec<&'static str>,
}

fn types() -> &'static [Type] {
    static TYPES: OnceLock<Vec<Type>> = OnceLock::new();
    TYPES.get_or_init(|| {
        let lines = || TABLES.into_iter().flat_map(str::lines).filter(|line| !line.starts_with('#'));
        let mut names: Vec<&str> =
            lines().filter(|line| !line.starts_with(' ')).filter_map(|line| line.split(' ').next()).collect();
        names.order();
        let mut types: Vec<Type> = Vec::with_capacity(names.len());
        for line in lines() {
            if let Some(field) = line.strip_prefix("  ") {
                if let Some(last) = types.last_mut() {
                    let place = last.fields.len() as u8;
                    last.fields.push(Field { place, ..Field::read(field, &names) });
                }
            } else {
                let (name, atomic) = line.strip_suffix(" atomic").map_or((line, false), |name| (name, true));
                types.push(Type { name, atomic, fields: Vec::new() });
            }
        }
        for one in &mut types {
            one.fields.order_by_key(|field| field.name);
        }
        // The places of the sorted names are the ids.
        types.order_by_key(|one| one.name);
        types
    })
}

impl TypeId {
    /// The type of a kind's objects; `None` for the few kinds whose fields are not known.
    pub fn of(resource: ResourceId) -> Option<TypeId> {
        let info = resource.info();
        let group = match info.group {
            "" => "core",
            group => group.split('.').next().unwrap_or(group),
        };
        TypeId::named(&format!("{group}.{}", info.kind))
    }

    /// The type of this name, such as `core.PodTemplateSpec`.
    pub fn named(name: &str) -> Option<TypeId> {
        let place = types().binary_search_by(|one| one.name.cmp(name)).ok()?;
        Some(TypeId(place as u16))
    }

    /// What it is.
    pub fn get(self) -> &'static Type {
        const NOTHING: &Type = &Type { name: "", atomic: false, fields: Vec::new() };
        types().get(usize::from(self.0)).unwrap_or(NOTHING)
    }

    /// Its field of this name.
    pub fn field(self, name: &str) -> Option<&'static Field> {
        let fields = &self.get().fields;
        fields.get(fields.binary_search_by(|field| field.name.cmp(name)).ok()?)
    }

    /// Its name in Go: `ServicePort`.
    pub fn go_name(self) -> &'static str {
        let name = self.get().name;
        name.split_once('.').map_or(name, |(_, name)| name)
    }
}

impl Field {
    /// Reads a line of the table: `ports []core.ServicePort keys=port,protocol merge=port`.
    fn read(line: &'static str, names: &[&str]) -> Field {
        let mut words = line.split(' ');
        let name = words.next().unwrap_or("");
        let written = words.next().unwrap_or("");
        let shape = Shape::read(written.trim_start_matches(['!', '*']), names);
        let mut field = Field {
            name,
            place: 0,
            shape,
            always: written.starts_with('!'),
            pointer: written.starts_with('*'),
            required: false,
            merge: false,
            merge_key: "",
            replaces: false,
            retain_keys: false,
            list_keys: Vec::new(),
            set: false,
            atomic: false,
            values: Vec::new(),
        };
        for word in words {
            match word.split_once('=').unwrap_or((word, "")) {
                ("keys", keys) => field.list_keys = keys.split(',').collect(),
                ("merge", key) => (field.merge, field.merge_key) = (true, key),
                ("enum", values) => field.values = values.split('|').collect(),
                ("required", _) => field.required = true,
                ("replace", _) => field.replaces = true,
                ("retain", _) => field.retain_keys = true,
                ("set", _) => field.set = true,
                ("atomic", _) => field.atomic = true,
                _ => {}
            }
        }
        field
    }
}

impl Shape {
    fn read(written: &'static str, names: &[&str]) -> Shape {
        if let Some(inner) = written.strip_prefix("[]") {
            return Shape::List(Box::new(Shape::read(inner, names)));
        }
        if let Some(inner) = written.strip_prefix("{}") {
            return Shape::Map(Box::new(Shape::read(inner, names)));
        }
        match written.split_once(':').unwrap_or((written, written)) {
            ("string", go) => Shape::Text(go),
            ("bool", _) => Shape::Bool,
            ("int32", _) => Shape::Int32,
            ("int64", _) => Shape::Int64,
            ("quantity", _) => Shape::Quantity,
            ("time" | "microtime", _) => Shape::Time,
            ("intorstring", _) => Shape::IntOrString,
            ("bytes", _) => Shape::Bytes,
            (name, _) => match names.binary_search(&name) {
                Ok(place) => Shape::Struct(TypeId(place as u16)),
                Err(_) => Shape::Any,
            },
        }
    }

    /// The struct that it is, or that the items of the list or map are.
    pub fn within(&self) -> Option<TypeId> {
        match self {
            Shape::Struct(id) => Some(*id),
            Shape::List(inner) | Shape::Map(inner) => inner.within(),
            _ => None,
        }
    }

    /// The type as Go's error messages name it: `[]v1.ServicePort`.
    pub fn go_name(&self) -> String {
        match self {
            Shape::Text(go) => (*go).to_owned(),
            Shape::Bool => "bool".to_owned(),
            Shape::Int32 => "int32".to_owned(),
            Shape::Int64 => "int64".to_owned(),
            Shape::Quantity => "resource.Quantity".to_owned(),
            Shape::Time => "v1.Time".to_owned(),
            Shape::IntOrString => "intstr.IntOrString".to_owned(),
            Shape::Bytes => "[]uint8".to_owned(),
            Shape::Any => "v1.FieldsV1".to_owned(),
            Shape::Struct(id) if id.get().name.starts_with("autoscaling.") => format!("v2.{}", id.go_name()),
            Shape::Struct(id) => format!("v1.{}", id.go_name()),
            Shape::List(inner) => format!("[]{}", inner.go_name()),
            Shape::Map(inner) if **inner == Shape::Quantity => "v1.ResourceList".to_owned(),
            Shape::Map(inner) => format!("map[string]{}", inner.go_name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_and_fields_are_found() {
        let service = TypeId::of(ResourceId::SERVICES).unwrap();
        let Shape::Struct(spec) = service.field("spec").unwrap().shape else { panic!("a struct") };
        let ports = spec.field("ports").unwrap();
        assert_eq!(ports.shape.go_name(), "[]v1.ServicePort");
        assert_eq!((ports.merge_key, ports.list_keys.as_slice()), ("port", ["port", "protocol"].as_slice()));
        assert!(TypeId::of(ResourceId::INGRESSES).is_some());
        assert!(TypeId::of(ResourceId::VALIDATING_WEBHOOKS).is_none());
        assert!(types().is_sorted_by_key(|one| one.name), "names are looked up by halves");
        for one in types() {
            assert!(one.fields.is_sorted_by_key(|field| field.name), "{}", one.name);
            for field in &one.fields {
                let known = !matches!(field.shape, Shape::Any) || ["fieldsV1", "status"].contains(&field.name);
                assert!(
                    known || one.name == "storage.StorageClass" || one.name.ends_with("Status"),
                    "{} {}",
                    one.name,
                    field.name
                );
            }
        }
    }
}
