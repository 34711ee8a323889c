//! From the text in the tabs to the objects that it asks for.

use super::File;
use crate::api::{Fields, ResourceId, Value};
use crate::store::Key;
use crate::yaml::{self, Diagnostic, Document, Found, Severity, Span};

/// More text than this is not applied: reading it while somebody types would hold up the page.
const MOST: usize = 400 * 1024;

/// What the text says.
pub(super) struct Reading {
    /// The objects, in the order of the text.
    pub manifests: Vec<Manifest>,
    /// What is wrong, with the tab it is in.
    pub notes: Vec<(usize, Diagnostic)>,
    /// Whether some of the text could not be read: then nothing is to be applied.
    pub unreadable: bool,
    /// Whether some object could not be told by kind and name: then nothing is to be deleted.
    pub unidentified: bool,
}

/// An object in the text.
#[derive(Clone)]
pub(super) struct Manifest {
    /// Which it is.
    pub key: Key,
    /// What is asked for.
    pub value: Value,
    /// The tab it is in.
    pub file: usize,
    /// The line it begins at, from 1.
    pub line: u32,
    document: std::rc::Rc<Document>,
    /// Where the object stands in its document: empty, or `items[0]` in a List.
    within: String,
}

impl Manifest {
    /// A note about one of its fields.
    pub fn note(&self, severity: Severity, path: &str, message: impl Into<String>) -> Diagnostic {
        self.document.diagnostic(&self.path(path), severity, message)
    }

    /// The place of one of its fields, where the text has it.
    pub fn find(&self, path: &str) -> Option<Found> {
        self.document.find(&self.path(path)).filter(|found| found.exact)
    }

    /// The line of one of its fields, or of the nearest one above it, from 1.
    pub fn line_of(&self, path: &str) -> u32 {
        self.document.span_of(&self.path(path)).start.line + 1
    }

    /// The whole document, where it holds nothing else.
    pub fn whole(&self) -> Option<Span> {
        self.within.is_empty().then_some(self.document.span)
    }

    /// A field's path in the document.
    fn path(&self, path: &str) -> String {
        match (self.within.as_str(), path) {
            ("", path) => path.to_owned(),
            (within, "") => within.to_owned(),
            (within, path) => format!("{within}.{path}"),
        }
    }

    /// `service/web`.
    pub fn title(&self) -> String {
        super::apply::title(&self.key)
    }
}

/// Reads all tabs.
pub(super) fn read(files: &[File]) -> Reading {
    let mut reading = Reading { manifests: Vec::new(), notes: Vec::new(), unreadable: false, unidentified: false };
    for (file, File { name, text }) in files.iter().enumerate() {
        if text.len() > MOST {
            let message = format!("{name} holds {} KB of text", text.len() / 1024);
            let note = Diagnostic::syntax(0, Span::default(), message)
                .with_hint(format!("Up to {} KB are read here; what ran before keeps running.", MOST / 1024));
            reading.notes.push((file, note));
            reading.unreadable = true;
            continue;
        }
        for document in yaml::documents(text) {
            match document {
                Ok(document) if document.value.is_null() => {}
                Ok(document) => reading.take(file, name, document),
                Err(wrong) => {
                    reading.notes.push((file, wrong));
                    reading.unreadable = true;
                }
            }
        }
    }
    reading
}

impl Reading {
    fn take(&mut self, file: usize, name: &str, document: Document) {
        let document = std::rc::Rc::new(document);
        let value = &document.value;
        if value.text("kind") == "List" && value.at("items").is_some_and(Value::is_array) {
            for (place, item) in value.items("items").iter().enumerate() {
                self.take_object(file, name, &document, format!("items[{place}]"), item);
            }
        } else {
            self.take_object(file, name, &document, String::new(), value);
        }
    }

    fn take_object(
        &mut self,
        file: usize,
        name: &str,
        document: &std::rc::Rc<Document>,
        within: String,
        value: &Value,
    ) {
        let line = document.span_of(&within).start.line + 1;
        match identify(name, value) {
            Ok(key) => {
                let (value, document) = (value.clone(), document.clone());
                self.manifests.push(Manifest { key, value, file, line, document, within });
            }
            Err((path, message)) => {
                let path = if within.is_empty() { path.to_owned() } else { format!("{within}.{path}") };
                self.notes.push((file, document.diagnostic(&path, Severity::Error, message)));
                self.unidentified = true;
            }
        }
    }
}

/// Which object a manifest is about, or the field that keeps kubectl from knowing and its words.
fn identify(file: &str, value: &Value) -> Result<Key, (&'static str, String)> {
    let (version, kind) = (value.text("apiVersion"), value.text("kind"));
    if !value.is_object() {
        return Err(("", format!("error validating \"{file}\": error validating data: invalid object to validate")));
    }
    if kind.is_empty() {
        return Err(("kind", format!("error parsing {file}: kind not set")));
    }
    if version.is_empty() {
        return Err(("apiVersion", format!("error validating \"{file}\": error validating data: apiVersion not set")));
    }
    let name = value.text("metadata.name");
    let Some(resource) = ResourceId::of_manifest(version, kind) else {
        let namespace = value.text("metadata.namespace");
        return Err((
            "kind",
            format!(
                "resource mapping not found for name: \"{name}\" namespace: \"{namespace}\" from \"{file}\": \
                 no matches for kind \"{kind}\" in version \"{version}\""
            ),
        ));
    };
    if name.is_empty() {
        return Err(("metadata", "error: resource name may not be empty".to_owned()));
    }
    let namespace = match value.text("metadata.namespace") {
        _ if !resource.info().namespaced => "",
        "" => "default",
        namespace => namespace,
    };
    Ok(Key::new(resource, namespace, name))
}
