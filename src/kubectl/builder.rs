//! Which objects the arguments, files and selectors of a command mean.
//!
//! Models cli-runtime's resource.Builder: its ways of naming objects, its order and its errors.

use super::call::Call;
use super::flags::Flags;
use super::{Failure, manifest, resources};
use crate::api::{Fields, Object, ResourceId, Selector};
use crate::apiserver::Verb;
use std::sync::Arc;

/// One object that a command works on.
#[derive(Clone, Debug)]
pub struct Info {
    /// Its kind.
    pub resource: ResourceId,
    /// Its namespace; empty for kinds without one.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its text in the file, or its state in the cluster; `None` where neither was asked for.
    pub object: Option<Arc<Object>>,
    /// The file that it stands in; empty where it comes from the cluster.
    pub source: String,
}

impl Info {
    /// An object of the cluster.
    pub fn of(resource: ResourceId, object: &Arc<Object>) -> Info {
        Info {
            resource,
            namespace: object.namespace().to_owned(),
            name: object.name().to_owned(),
            object: Some(object.clone()),
            source: String::new(),
        }
    }

    /// Its text or state; an empty object where there is none.
    pub fn object(&self) -> Arc<Object> {
        self.object.clone().unwrap_or_else(|| {
            let value = crate::api::json!({"kind": self.resource.info().kind,
                "apiVersion": self.resource.info().api_version(), "metadata": {"name": self.name}});
            Arc::new(Object::new(value).unwrap_or_else(|_| unreachable!()))
        })
    }

    /// `services/web`: how warnings and waits name it.
    pub fn plural_name(&self) -> String {
        format!("{}/{}", self.resource.info().plural, self.name)
    }

    /// Models resource.Info's String, which apply's errors hold.
    pub fn text(&self) -> String {
        format!(
            "Resource: \"{}\", GroupVersionKind: \"{}\"\nName: \"{}\", Namespace: \"{}\"",
            resources::group_version_resource(self.resource),
            resources::group_version_kind(self.resource),
            self.name,
            self.namespace
        )
    }
}

/// What a command's line says about the objects it means.
#[derive(Clone, Debug, Default)]
pub struct Query<'q> {
    /// The namespace to look in.
    pub namespace: String,
    /// Whether files must name this namespace or none.
    pub enforce_namespace: bool,
    /// `-A`.
    pub all_namespaces: bool,
    /// `-f`.
    pub files: &'q [String],
    /// Kinds and names.
    pub args: &'q [String],
    /// `-l`.
    pub labels: Option<&'q str>,
    /// `--field-selector`.
    pub fields: Option<&'q str>,
    /// `--all`.
    pub all: bool,
    /// A kind without names means all of the kind.
    pub kind_means_all: bool,
    /// Objects that are named need not be read from the cluster.
    pub names_only: bool,
    /// Objects in files are read from the cluster.
    pub latest: bool,
    /// Documents in files must say what they are in kubectl's own words already.
    pub validate: bool,
    /// `--subresource`: what is read is this door to the object.
    pub subresource: &'q str,
}

impl<'q> Query<'q> {
    /// What the usual flags say, of those that the verb has: `-n`, `-A`, `-f`, `-l`, `--field-selector`, `--all`,
    /// `--subresource`. `args` are the kinds and names.
    pub fn of(call: &Call<'_>, flags: &'q Flags, args: &'q [String]) -> Query<'q> {
        let (namespace, enforce_namespace) = call.namespace(flags);
        Query {
            namespace,
            enforce_namespace,
            all_namespaces: flags.on("all-namespaces"),
            files: flags.list("filename"),
            args,
            labels: flags.get("selector"),
            fields: flags.get("field-selector"),
            all: flags.on("all"),
            subresource: flags.text("subresource"),
            ..Query::default()
        }
    }
}

/// The objects that were meant.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Those that were found, in order.
    pub infos: Vec<Info>,
    /// Why others were not.
    pub failures: Vec<Failure>,
    /// For each failure, how many objects stand before it.
    places: Vec<usize>,
    /// Whether the line can mean one object only.
    pub single: bool,
}

const NOTHING_GIVEN: &str = "You must provide one or more resources by argument or filename.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
   '<resource> <name>'
   '<resource>'";

impl Found {
    fn fail(&mut self, failure: Failure) {
        self.failures.push(failure);
        self.places.push(self.infos.len());
    }

    /// Objects and failures in the order in which they were met.
    pub fn in_order(self) -> Vec<Result<Info, Failure>> {
        let mut failures = self.places.into_iter().zip(self.failures).peekable();
        let mut all = Vec::new();
        for (place, info) in self.infos.into_iter().enumerate() {
            while let Some((_, failure)) = failures.next_if(|(before, _)| *before <= place) {
                all.push(Err(failure));
            }
            all.push(Ok(info));
        }
        all.extend(failures.map(|(_, failure)| Err(failure)));
        all
    }
}

/// The kinds and names of the arguments.
#[derive(Default)]
struct Named {
    kinds: Vec<ResourceId>,
    names: Vec<String>,
    pairs: Vec<(ResourceId, String)>,
}

impl Query<'_> {
    /// Finds the objects. An error means that the line itself is wrong; objects that are missing are in the failures.
    pub fn find(&self, call: &mut Call<'_>) -> Result<Found, Failure> {
        let labels = self.labels.map(str::trim).filter(|labels| !labels.is_empty());
        let fields = self.fields.map(str::trim).filter(|fields| !fields.is_empty());
        if self.all && (labels.is_some() || fields.is_some()) {
            return Err(Failure::from("setting 'all' parameter but found a non empty selector. "));
        }
        let texts = manifest::paths(&call.terminal.files, self.files)?;
        let mut named = self.named()?;
        let select = labels.is_some()
            || fields.is_some()
            || self.all
            || (self.kind_means_all && self.args.len() == 1 && named.pairs.is_empty());
        let mut found = Found::default();
        if !self.files.is_empty() {
            if !named.kinds.is_empty() || !named.pairs.is_empty() {
                return Err(Failure::from(
                    "when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well",
                ));
            }
            self.read_files(call, &texts, &mut found)?;
        } else if select {
            if !named.names.is_empty() {
                return Err(Failure::from("name cannot be provided when a selector is specified"));
            }
            if !named.pairs.is_empty() {
                return Err(Failure::from(
                    "selectors and the all flag cannot be used when passing resource/name arguments",
                ));
            }
            if named.kinds.is_empty() {
                return Err(Failure::from("at least one resource must be specified to use a selector"));
            }
            if !self.subresource.is_empty() {
                return Err(Failure::from("subresource cannot be used when bulk resources are specified"));
            }
            self.list_kinds(call, &named.kinds, labels.unwrap_or(""), fields.unwrap_or(""), &mut found);
        } else {
            found.single = named.pairs.len() == 1 || named.kinds.len() == 1 && named.names.len() == 1;
            for kind in &named.kinds {
                named.pairs.extend(named.names.iter().map(|name| (*kind, name.clone())));
            }
            if named.pairs.is_empty() {
                let why = if named.kinds.is_empty() {
                    NOTHING_GIVEN
                } else {
                    "resource(s) were provided, but no name was specified"
                };
                return Err(Failure::from(why));
            }
            self.get_names(call, &named.pairs, &mut found)?;
        }
        Ok(found)
    }

    fn named(&self) -> Result<Named, Failure> {
        let mut named = Named::default();
        let with_slash = self.args.iter().filter(|arg| arg.contains('/')).count();
        if with_slash > 0 && with_slash < self.args.len() {
            return Err(Failure::from(
                "there is no need to specify a resource type as a separate argument when passing arguments in \
                 resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource \
                 resource/<resource_name>'",
            ));
        }
        if with_slash > 0 {
            for arg in self.args {
                let Some((kind, name)) = arg.split_once('/') else { continue };
                if name.contains('/') {
                    return Err(Failure::from("arguments in resource/name form may not have more than one slash"));
                }
                if kind.is_empty() || name.is_empty() || kind.contains(',') || kind == "all" {
                    return Err(Failure::from("arguments in resource/name form must have a single resource and name"));
                }
                named.pairs.push((resources::find(kind)?, name.to_owned()));
            }
        } else if let Some((kinds, names)) = self.args.split_first() {
            named.kinds = resources::find_all(kinds)?;
            named.names = names.to_vec();
        }
        Ok(named)
    }

    fn read_files(&self, call: &mut Call<'_>, texts: &[(String, String)], found: &mut Found) -> Result<(), Failure> {
        found.single = texts.len() == 1;
        for (source, text) in texts {
            for document in manifest::read(source, text, self.validate) {
                let (resource, mut object) = match document {
                    Ok(document) => document,
                    Err(failure) => {
                        found.fail(failure);
                        continue;
                    }
                };
                let namespace = self.namespace_of(resource, &mut object)?;
                let name = object.name().to_owned();
                let mut info =
                    Info { resource, namespace, name, object: Some(Arc::new(object)), source: source.clone() };
                if self.latest {
                    match call.get_at(resource, &info.namespace, &info.name, self.subresource) {
                        Ok(object) => info.object = Some(object),
                        Err(failure) => {
                            found.fail(failure);
                            continue;
                        }
                    }
                }
                found.infos.push(info);
            }
        }
        found.single &= found.infos.len() == 1;
        Ok(())
    }

    /// The namespace that an object of a file belongs to. Models resource.SetNamespace and RequireNamespace.
    fn namespace_of(&self, resource: ResourceId, object: &mut Object) -> Result<String, Failure> {
        if !resource.info().namespaced {
            return Ok(String::new());
        }
        let own = object.namespace().to_owned();
        if own.is_empty() {
            object.set("metadata.namespace", crate::api::Value::String(self.namespace.clone()));
            return Ok(self.namespace.clone());
        }
        if self.enforce_namespace && own != self.namespace {
            return Err(Failure::Error(format!(
                "the namespace from the provided object \"{own}\" does not match the namespace \"{}\". You must pass \
                 '--namespace={own}' to perform this operation.",
                self.namespace
            )));
        }
        Ok(own)
    }

    fn list_kinds(&self, call: &mut Call<'_>, kinds: &[ResourceId], labels: &str, fields: &str, found: &mut Found) {
        for &resource in kinds {
            let listed = match (Selector::parse(labels), field_selector(fields)) {
                (Ok(labels), Ok(fields)) => {
                    let namespace = if self.all_namespaces { "" } else { &self.namespace };
                    call.list(resource, namespace, Verb::List { labels, fields })
                }
                (Err(why), _) | (_, Err(why)) => Err(crate::api::Status::bad_request(why).into()),
            };
            match listed {
                Ok(objects) => found.infos.extend(objects.iter().map(|object| Info::of(resource, object))),
                Err(Failure::Refused(mut status)) if matches!(status.reason, "BadRequest" | "NotFound") => {
                    let what = resources::group_version_resource(resource);
                    let selected = if labels.is_empty() && fields.is_empty() {
                        format!("Unable to list \"{what}\"")
                    } else {
                        format!(
                            "Unable to find \"{what}\" that match label selector {labels:?}, field selector {fields:?}"
                        )
                    };
                    status.message = format!("{selected}: {}", status.message);
                    found.fail(Failure::Refused(status));
                }
                Err(failure) => found.fail(failure),
            }
        }
    }

    fn get_names(&self, call: &mut Call<'_>, pairs: &[(ResourceId, String)], found: &mut Found) -> Result<(), Failure> {
        for (resource, name) in pairs {
            if self.all_namespaces && resource.info().namespaced {
                return Err(Failure::from("a resource cannot be retrieved by name across all namespaces"));
            }
            let namespace = if resource.info().namespaced { self.namespace.clone() } else { String::new() };
            let mut info =
                Info { resource: *resource, namespace, name: name.clone(), object: None, source: String::new() };
            if !self.names_only {
                match call.get_at(*resource, &info.namespace, name, self.subresource) {
                    Ok(object) => info.object = Some(object),
                    Err(failure) => {
                        found.fail(failure);
                        continue;
                    }
                }
            }
            found.infos.push(info);
        }
        Ok(())
    }
}

/// Conditions on fields, as the API server takes them. Models apimachinery's fields.ParseSelector.
pub fn field_selector(text: &str) -> Result<Vec<(String, bool, String)>, String> {
    let mut terms = Vec::new();
    for term in text.split(',').map(str::trim).filter(|term| !term.is_empty()) {
        let (path, equal, value) = if let Some((path, value)) = term.split_once("!=") {
            (path, false, value)
        } else if let Some((path, value)) = term.split_once("==") {
            (path, true, value)
        } else if let Some((path, value)) = term.split_once('=') {
            (path, true, value)
        } else {
            return Err(format!("invalid selector: '{text}'; can't understand '{term}'"));
        };
        terms.push((path.to_owned(), equal, value.to_owned()));
    }
    Ok(terms)
}

/// The text of a label map as `-l` takes it: `a=b,c=d`.
pub fn label_text(object: &Object, path: &str) -> String {
    object.text_pairs(path).map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
}
