//! What a command takes: kinds, names, containers, ports, programs.

use super::{Line, Place, starting};
use crate::api::schema::TypeId;
use crate::api::{Fields, Object, Resource, ResourceId, Value};
use crate::kubectl::verbs::config;
use crate::kubectl::{exec, resources};

/// Kinds that can be rolled out.
const ROLLED: &[ResourceId] = &[ResourceId::DAEMON_SETS, ResourceId::DEPLOYMENTS, ResourceId::STATEFUL_SETS];
const SCALED: &[ResourceId] = &[
    ResourceId::DEPLOYMENTS,
    ResourceId::REPLICA_SETS,
    ResourceId::REPLICATION_CONTROLLERS,
    ResourceId::STATEFUL_SETS,
];
const EXPOSED: &[ResourceId] = &[
    ResourceId::DEPLOYMENTS,
    ResourceId::PODS,
    ResourceId::REPLICA_SETS,
    ResourceId::REPLICATION_CONTROLLERS,
    ResourceId::SERVICES,
];
const WITH_PODS: &[ResourceId] = &[
    ResourceId::CRON_JOBS,
    ResourceId::DAEMON_SETS,
    ResourceId::DEPLOYMENTS,
    ResourceId::JOBS,
    ResourceId::PODS,
    ResourceId::REPLICA_SETS,
    ResourceId::REPLICATION_CONTROLLERS,
    ResourceId::STATEFUL_SETS,
];

impl Place<'_> {
    /// What could be the next argument.
    pub fn argument(&self, line: &Line<'_>) -> Vec<String> {
        let words = |all: &[&str]| starting(self.word, all.iter().map(|one| (*one).to_owned()));
        let first = line.args.is_empty();
        match line.path.as_str() {
            "get" | "describe" | "delete" | "edit" | "patch" | "wait" | "apply view-last-applied" => {
                self.objects_of(line, None)
            }
            "label" | "annotate" => {
                let mut found = self.objects_of(line, None);
                found.extend(self.own_keys(line));
                found
            }
            "explain" if first => self.fields(),
            "expose" => self.objects_of(line, Some(EXPOSED)),
            "scale" | "autoscale" => self.objects_of(line, Some(SCALED)),
            path if path.starts_with("rollout ") => self.objects_of(line, Some(ROLLED)),
            "set selector" => self.objects_of(line, None),
            "set image" => {
                let mut found = self.objects_of(line, Some(WITH_PODS));
                let containers = self.object(&line.args, None).map_or_else(Vec::new, |object| containers(object));
                found.extend(starting(self.word, containers.into_iter().map(|name| name + "=")));
                found
            }
            path if path.starts_with("set ") => self.objects_of(line, Some(WITH_PODS)),
            "debug" if first => self.pods_or(&[ResourceId::NODES, ResourceId::PODS]),
            "exec" | "attach" | "logs" if first => self.pods_or(WITH_PODS),
            "logs" if line.args.len() == 1 => {
                let pod = self.object(&line.args, Some(ResourceId::PODS));
                starting(self.word, pod.map_or_else(Vec::new, |pod| containers(pod)).into_iter())
            }
            "port-forward" if first => {
                let mut kinds = WITH_PODS.to_vec();
                kinds.push(ResourceId::SERVICES);
                self.pods_or(&kinds)
            }
            "port-forward" => starting(self.word, self.ports(line).into_iter()),
            "taint" if first => words(&["nodes"]),
            "cordon" | "uncordon" | "drain" | "taint" | "top node" => {
                starting(self.word, self.names(ResourceId::NODES).into_iter())
            }
            "top pod" => starting(self.word, self.names(ResourceId::PODS).into_iter()),
            "config use-context" | "config set-context" => words(&[config::CONTEXT]),
            "auth can-i" if first => {
                words(&["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"])
            }
            "auth can-i" if line.args.len() == 1 => self.kinds(None),
            _ => Vec::new(),
        }
    }

    /// A kind and then names of it, or `kind/name`.
    fn objects_of(&self, line: &Line<'_>, only: Option<&[ResourceId]>) -> Vec<String> {
        if line.flag("filename").is_some() {
            return Vec::new();
        }
        let with_slash = line.args.first().is_some_and(|first| first.contains('/'));
        if let Some((kind, _)) = self.word.split_once('/') {
            return self.slashed(kind);
        }
        match line.args.split_first() {
            None => self.kinds(only),
            Some(_) if with_slash => self.kinds(only).into_iter().map(|kind| kind + "/").collect(),
            Some((kinds, given)) => {
                let kinds = kinds.split(',').filter_map(|kind| resources::find(kind).ok());
                let names = kinds.flat_map(|kind| self.names(kind)).filter(|name| !given.contains(&name.as_str()));
                starting(self.word, names)
            }
        }
    }

    /// A kind, and behind dots the fields of it.
    fn fields(&self) -> Vec<String> {
        let Some((before, _)) = self.word.rsplit_once('.') else { return self.kinds(None) };
        let mut path = before.split('.');
        let kind = resources::find(path.next().unwrap_or("")).ok().and_then(TypeId::of);
        let owner = path.try_fold(kind, |owner, name| Some(owner?.field(name)?.shape.within())).flatten();
        let names = owner.into_iter().flat_map(|owner| &owner.get().fields);
        starting(self.word, names.map(|field| format!("{before}.{}", field.name)))
    }

    fn slashed(&self, kind: &str) -> Vec<String> {
        let Ok(resource) = resources::find(kind) else { return Vec::new() };
        starting(self.word, self.names(resource).into_iter().map(|name| format!("{kind}/{name}")))
    }

    /// Plurals; behind a comma the next one. What is typed whole as a short name stays as it is.
    fn kinds(&self, only: Option<&[ResourceId]>) -> Vec<String> {
        let (before, word) = self.word.rsplit_once(',').map_or(("", self.word), |(before, word)| (before, word));
        let before = if before.is_empty() { String::new() } else { format!("{before},") };
        let wanted = |info: &&Resource| match only {
            Some(only) => only.iter().any(|id| id.info().plural == info.plural && id.info().group == info.group),
            None => true,
        };
        let all = Resource::ALL.iter().filter(wanted).filter(|info| info.plural.starts_with(word));
        let found: Vec<String> = all.map(|info| format!("{before}{}", info.plural)).collect();
        let short = found.is_empty() && Resource::ALL.iter().any(|info| info.short.contains(&word));
        if short { vec![format!("{before}{word}")] } else { found }
    }

    /// Names of pods, and `kind/name` of what has pods.
    fn pods_or(&self, kinds: &[ResourceId]) -> Vec<String> {
        if let Some((kind, _)) = self.word.split_once('/') {
            return self.slashed(kind);
        }
        let mut found = starting(self.word, self.names(ResourceId::PODS).into_iter());
        if !self.word.is_empty() {
            let plurals = kinds.iter().filter(|kind| !self.names(**kind).is_empty());
            found.extend(starting(self.word, plurals.map(|kind| format!("{}/", kind.info().plural))));
        }
        found
    }

    /// `key=` and `key-` of the labels or annotations that the object has.
    fn own_keys(&self, line: &Line<'_>) -> Vec<String> {
        let Some(object) = self.object(&line.args, None) else { return Vec::new() };
        let path = if line.path == "label" { "metadata.labels" } else { "metadata.annotations" };
        let keys = object.text_pairs(path).flat_map(|(key, _)| [format!("{key}="), format!("{key}-")]);
        starting(self.word, keys)
    }

    /// The ports that a pod or Service declares.
    fn ports(&self, line: &Line<'_>) -> Vec<String> {
        let Some(object) = self.object(&line.args, Some(ResourceId::PODS)) else { return Vec::new() };
        let of_service = object.items("spec.ports").iter().map(|port| at_text(port, "port"));
        let containers =
            object.items("spec.containers").iter().chain(object.items("spec.template.spec.containers").iter());
        let of_pod = containers.flat_map(|one| one.items("ports").iter().map(|port| at_text(port, "containerPort")));
        of_service.chain(of_pod).collect()
    }

    /// The containers of the pod that the line names; of all pods where it names none.
    pub fn containers(&self, line: Option<&Line<'_>>) -> Vec<String> {
        let Some(line) = line else { return Vec::new() };
        let usual = matches!(line.path.as_str(), "exec" | "logs" | "attach" | "debug").then_some(ResourceId::PODS);
        self.object(&line.args, usual).map_or_else(Vec::new, |object| containers(object))
    }

    /// The programs of the container that `exec` or `run` goes to; files behind the first word.
    pub fn programs(&self, line: &Line<'_>, words: &[&str]) -> Vec<String> {
        if words.first().is_some_and(|first| !matches!(*first, "env" | "timeout" | "xargs")) {
            return Vec::new();
        }
        let image = match line.path.as_str() {
            "run" | "debug" => line.flag("image").unwrap_or("").to_owned(),
            "exec" => {
                let Some(object) = self.object(&line.args, Some(ResourceId::PODS)) else { return Vec::new() };
                let lists = ["spec.containers", "spec.ephemeralContainers", "spec.template.spec.containers"];
                let mut all = lists.iter().flat_map(|list| object.items(list));
                let wanted = line.flag("container");
                let own = all.find(|one| wanted.is_none_or(|name| one.text("name") == name));
                own.map_or("", |own| own.text("image")).to_owned()
            }
            _ => return Vec::new(),
        };
        let programs = exec::Image::of(&image).programs();
        starting(self.word, programs.into_iter().map(str::to_owned))
    }
}

/// The names of the containers of a pod, or of a template.
fn containers(object: &Object) -> Vec<String> {
    let lists = ["spec.containers", "spec.initContainers", "spec.ephemeralContainers", "spec.template.spec.containers"];
    lists.iter().flat_map(|list| object.items(list)).map(|one| one.text("name").to_owned()).collect()
}

/// A number of a tree, as text.
fn at_text(value: &Value, path: &str) -> String {
    value.at(path).map_or_else(String::new, ToString::to_string)
}
