//! The values of flags.

use super::{Line, Place, starting};
use crate::api::{Fields, ResourceId};
use crate::kubectl::flags::Flag;
use crate::kubectl::resources;
use crate::kubectl::verbs::config;
use crate::order::SortedSet;

const WAITED: &[&str] =
    &["condition=Available", "condition=Ready", "create", "delete", "jsonpath=", "condition=Complete"];

impl Place<'_> {
    /// What could be the value of a flag that begins with `typed`; how much of `typed` stays before it.
    pub fn value_of(&self, flag: &Flag, line: Option<&Line<'_>>, typed: &str) -> (usize, Vec<String>) {
        let path = line.map_or("", |line| line.path.as_str());
        let fixed = |all: &[&str]| (0, starting(typed, all.iter().map(|one| (*one).to_owned())));
        match flag.name {
            "namespace" => (0, starting(typed, self.names(ResourceId::NAMESPACES).into_iter())),
            "filename" => {
                let names = self.terminal.files.keys().chain(self.terminal.written.keys()).cloned();
                (0, starting(typed, names.chain(["-".to_owned(), ".".to_owned()])))
            }
            "container" | "containers" | "target" => (0, starting(typed, self.containers(line).into_iter())),
            "output" => match path {
                "version" | "config view" | "edit" => fixed(&["json", "yaml"]),
                "api-resources" | "config get-contexts" => fixed(&["name", "wide"]),
                "get" | "events" => fixed(&[
                    "custom-columns=",
                    "custom-columns-file=",
                    "go-template=",
                    "json",
                    "jsonpath=",
                    "jsonpath-as-json=",
                    "kyaml",
                    "name",
                    "wide",
                    "yaml",
                ]),
                "delete" => fixed(&["name"]),
                _ => fixed(&["go-template=", "json", "jsonpath=", "jsonpath-as-json=", "kyaml", "name", "yaml"]),
            },
            "dry-run" => fixed(&["client", "none", "server"]),
            "cascade" => fixed(&["background", "foreground", "orphan"]),
            "validate" => fixed(&["ignore", "strict", "warn"]),
            "type" if path == "patch" => fixed(&["json", "merge", "strategic"]),
            "type" => fixed(&["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]),
            "restart" => fixed(&["Always", "Never", "OnFailure"]),
            "profile" if path == "debug" => {
                fixed(&["baseline", "general", "legacy", "netadmin", "restricted", "sysadmin"])
            }
            "image-pull-policy" => fixed(&["Always", "IfNotPresent", "Never"]),
            "protocol" => fixed(&["SCTP", "TCP", "UDP"]),
            "session-affinity" => fixed(&["ClientIP", "None"]),
            "subresource" => fixed(&["scale", "status"]),
            "types" => fixed(&["Normal", "Warning"]),
            "sort-by" => fixed(&[".metadata.creationTimestamp", ".metadata.name", ".spec.type", ".status.podIP"]),
            "for" if path == "wait" => fixed(WAITED),
            "for" => (0, self.kind_slash_name(typed)),
            "context" => fixed(&[config::CONTEXT]),
            "selector" => self.selector(line, typed),
            "field-selector" => fixed(&["metadata.name=", "metadata.namespace=", "spec.nodeName=", "status.phase="]),
            "label-columns" => {
                let (cut, word) = typed.rfind(',').map_or((0, typed), |at| (at + 1, typed.get(at + 1..).unwrap_or("")));
                let keys: SortedSet<String> = self.labels(line).into_iter().map(|(key, _)| key).collect();
                (cut, starting(word, keys.into_iter()))
            }
            _ => (0, Vec::new()),
        }
    }

    fn kind_slash_name(&self, typed: &str) -> Vec<String> {
        let Some((kind, _)) = typed.split_once('/') else { return Vec::new() };
        let Ok(resource) = resources::find(kind) else { return Vec::new() };
        starting(typed, self.names(resource).into_iter().map(|name| format!("{kind}/{name}")))
    }

    /// `key=` of the labels that there are, then their values.
    fn selector(&self, line: Option<&Line<'_>>, typed: &str) -> (usize, Vec<String>) {
        let (cut, word) = typed.rfind(',').map_or((0, typed), |at| (at + 1, typed.get(at + 1..).unwrap_or("")));
        let labels = self.labels(line);
        let all: SortedSet<String> = if word.contains('=') {
            labels.into_iter().map(|(key, value)| format!("{key}={value}")).collect()
        } else {
            labels.into_iter().map(|(key, _)| format!("{key}=")).collect()
        };
        (cut, starting(word, all.into_iter()))
    }

    /// The labels of the objects that the line is about: those of its kind, else of pods.
    fn labels(&self, line: Option<&Line<'_>>) -> SortedSet<(String, String)> {
        let kinds = line.and_then(|line| line.args.first()).and_then(|kinds| resources::find_all(kinds).ok());
        let kinds = kinds.filter(|kinds| !kinds.is_empty()).unwrap_or_else(|| vec![ResourceId::PODS]);
        let objects = kinds.into_iter().flat_map(|kind| self.objects(kind));
        let pairs = objects.flat_map(|object| {
            object.text_pairs("metadata.labels").map(|(key, value)| (key.to_owned(), value.to_owned()))
        });
        pairs.collect()
    }
}
