//! Files to the objects that stand in them, as `-f` reads them.
//!
//! Models cli-runtime's resource.StreamVisitor (a broken document ends its file, an unknown kind only itself) and
//! kubectl's validation of apiVersion and kind.

use super::Failure;
use crate::api::{self, Fields, Object, ResourceId, Value};
use crate::order::SortedMap;
use crate::yaml;

/// The name of what a command reads from a pipe or a heredoc.
pub const STDIN: &str = "-";

/// The files that `-f` arguments name, in order: name and text. A folder is all manifests in it.
pub fn paths(files: &SortedMap<String, String>, given: &[String]) -> Result<Vec<(String, String)>, Failure> {
    let mut found = Vec::new();
    for path in given {
        if path == STDIN {
            found.extend(files.get(STDIN).map(|text| ("STDIN".to_owned(), text.clone())));
            continue;
        }
        if path.starts_with("http://") || path.starts_with("https://") {
            return Err(Failure::Error(format!("unable to read URL {path:?}: there is no network in the playground")));
        }
        let clean = clean(path);
        if let Some(text) = files.get(&clean) {
            found.push((path.clone(), text.clone()));
            continue;
        }
        let before = found.len();
        let mut is_folder = clean.is_empty();
        for (name, text) in files {
            let inside = if clean.is_empty() {
                Some(name.as_str())
            } else {
                name.strip_prefix(&clean).and_then(|rest| rest.strip_prefix('/'))
            };
            is_folder |= inside.is_some();
            let direct = inside.is_some_and(|rest| !rest.contains('/') && is_manifest(rest));
            if direct || clean.contains('*') && glob(&clean, name) {
                found.push((name.clone(), text.clone()));
            }
        }
        if found.len() == before {
            return Err(Failure::Error(if is_folder {
                format!("error reading [{path}]: recognized file extensions are [.json .yaml .yml]")
            } else {
                format!("the path {path:?} does not exist")
            }));
        }
    }
    Ok(found)
}

/// The text of one file, as `--patch-file` and templates name it.
pub fn file<'f>(files: &'f SortedMap<String, String>, path: &str) -> Option<&'f str> {
    files.get(&clean(path)).map(String::as_str)
}

/// The files right in a folder, by their names there.
pub fn folder<'f>(files: &'f SortedMap<String, String>, path: &str) -> Vec<(&'f str, &'f str)> {
    let clean = clean(path);
    let inside = |name: &'f str| {
        if clean.is_empty() { Some(name) } else { name.strip_prefix(&clean)?.strip_prefix('/') }
    };
    let found = files.iter().filter_map(|(name, text)| Some((inside(name)?, text.as_str())));
    found.filter(|(name, _)| !name.contains('/')).collect()
}

fn clean(path: &str) -> String {
    path.split('/').filter(|part| !part.is_empty() && *part != ".").collect::<Vec<_>>().join("/")
}

fn is_manifest(name: &str) -> bool {
    [".json", ".yaml", ".yml"].iter().any(|end| name.ends_with(end))
}

/// Whether `name` matches a pattern in which `*` stands for anything but a slash.
fn glob(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, tail)) => name.strip_prefix(head).is_some_and(|rest| {
            let until = rest.find('/').unwrap_or(rest.len());
            (0..=until).any(|at| rest.get(at..).is_some_and(|rest| glob(tail, rest)))
        }),
    }
}

/// A document's kind and object, or what is wrong with it.
pub type Read = Result<(ResourceId, Object), Failure>;

/// The objects of the file `source`, in order; what cannot be read says why.
pub fn read(source: &str, text: &str, validate: bool) -> Vec<Read> {
    let mut objects = Vec::new();
    for document in yaml::documents(text) {
        let value = match document {
            Ok(document) => document.value,
            Err(diagnostic) => {
                objects.push(Err(Failure::Error(format!("error parsing {source}: {}", diagnostic.message))));
                break;
            }
        };
        if value.is_null() {
            continue;
        }
        if let Some(wrong) = validate.then(|| unidentified(&value)).flatten() {
            objects.push(Err(Failure::Error(format!(
                "error validating {source:?}: error validating data: {wrong}; if you choose to ignore these errors, \
                 turn validation off with --validate=false"
            ))));
            break;
        }
        if !validate && value.text("kind").is_empty() {
            let text = yaml::print_json_compact(&value);
            let why = format!("unable to decode {source:?}: Object 'Kind' is missing in '{text}'");
            objects.push(Err(Failure::Error(why)));
            continue;
        }
        match items(&value) {
            None => objects.push(object(source, value, false)),
            // What a list holds is told after what can be worked on. Models FlattenListVisitor.
            Some(items) => {
                let read = items.into_iter().map(|item| object(source, item, true));
                let (known, unknown): (Vec<_>, Vec<_>) = read.partition(Result::is_ok);
                objects.extend(known.into_iter().chain(unknown));
            }
        }
    }
    objects
}

/// Why kubectl cannot tell what `value` is. Models kubectl pkg/validation validateObject.
pub fn unidentified(value: &Value) -> Option<String> {
    if !value.is_object() {
        return Some("invalid object to validate".to_owned());
    }
    let mut wrong = Vec::new();
    for field in ["apiVersion", "kind"] {
        match value.at(field) {
            None | Some(Value::Null) => wrong.push(format!("{field} not set")),
            Some(Value::String(text)) if text.is_empty() => wrong.push(format!("{field} not set")),
            Some(Value::String(text)) if field == "apiVersion" && text.matches('/').count() > 1 => {
                wrong.push(format!("unexpected GroupVersion string: {text}"));
            }
            Some(Value::String(_)) => {}
            Some(_) => wrong.push(format!("{field} isn't string type")),
        }
    }
    match wrong.len() {
        0 => None,
        1 => wrong.pop(),
        _ => Some(format!("[{}]", wrong.join(", "))),
    }
}

/// The objects that a document holds where it is a list.
fn items(value: &Value) -> Option<Vec<Value>> {
    let is_list = value.at("items").is_some_and(Value::is_array);
    let kind = value.text("kind").strip_suffix("List").filter(|_| is_list)?;
    let version = value.text("apiVersion");
    let complete = |item: &Value| {
        let mut item = item.clone();
        if let (Some(fields), false) = (item.as_object_mut(), kind.is_empty()) {
            fields.entry("kind").or_insert_with(|| Value::String(kind.to_owned()));
            fields.entry("apiVersion").or_insert_with(|| Value::String(version.to_owned()));
        }
        item
    };
    Some(value.items("items").iter().map(complete).collect())
}

/// The kind and object that one document is, or an item of a list. Models resource.Mapper's infoForData and
/// infoForObject.
fn object(source: &str, value: Value, in_list: bool) -> Result<(ResourceId, Object), Failure> {
    if let Err(wrong) = api::check_metadata(&value) {
        return Err(Failure::Error(format!("unable to decode {source:?}: {wrong}")));
    }
    let (version, kind) = (value.text("apiVersion"), value.text("kind"));
    let known = ResourceId::of_manifest(version, kind).or_else(|| {
        // The mapper also knows kinds in lower case; the server refuses them.
        ResourceId::all().find(|id| id.info().api_version() == version && id.info().singular() == kind)
    });
    let Some(resource) = known else {
        if in_list {
            let words = format!("unable to recognize no matches for kind {kind:?} in version {version:?}");
            return Err(Failure::Raw(words));
        }
        return Err(Failure::Error(format!(
            "resource mapping not found for name: {:?} namespace: {:?} from {source:?}: no matches for kind {kind:?} in \
             version {version:?}\nensure CRDs are installed first",
            value.text("metadata.name"),
            value.text("metadata.namespace"),
        )));
    };
    let object = Object::new(value).map_err(|_| Failure::from("the document is no object"))?;
    Ok((resource, object))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_patterns_name_manifests() {
        let files: SortedMap<String, String> =
            ["a.yaml", "b.txt", "sub/c.yml", "sub/deep/d.json"].map(|name| (name.to_owned(), String::new())).into();
        let check = |path: &str| -> Vec<String> {
            paths(&files, &[path.to_owned()]).unwrap().into_iter().map(|(name, _)| name).collect()
        };
        assert_eq!(check("."), ["a.yaml"]);
        assert_eq!(check("./a.yaml"), ["./a.yaml"]);
        assert_eq!(check("sub/"), ["sub/c.yml"]);
        assert_eq!(check("*.yaml"), ["a.yaml"]);
        assert!(paths(&files, &["nope.yaml".to_owned()]).is_err());
    }
}
