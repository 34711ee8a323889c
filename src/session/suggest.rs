//! Completion in the YAML editor: fields, values and names that fit at a place of the text.
//!
//! Where the cursor stands is read from the lines above it by their indentation, as the text around a cursor is seldom
//! whole. Fields and fixed values come from the schema that `api` decodes by; labels and names from the cluster.

use super::Session;
use crate::api::schema::{Shape, TypeId};
use crate::api::{Fields, Resource, ResourceId};
use crate::order::SortedSet;

/// A word that fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The word.
    pub label: String,
    /// Its type, or where it comes from.
    pub detail: String,
    /// What is written for it.
    pub apply: String,
}

/// What fits at a place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Suggestions {
    /// Where the word begins that is replaced, in bytes.
    pub from: usize,
    /// The words.
    pub all: Vec<Suggestion>,
}

/// A place in a document: the keys that lead to it, from the root, and what stands beside it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Place {
    /// `["spec", "ports"]`
    path: Vec<String>,
    /// Keys that the same map has already.
    beside: Vec<String>,
    /// The key whose value is typed; `None` where a key is.
    value_of: Option<String>,
    kind: String,
    version: String,
    /// The namespace that the document says.
    namespace: String,
}

impl Session {
    /// What fits at an offset (in bytes) of a text.
    pub fn suggest(&self, text: &str, offset: usize) -> Suggestions {
        let Some(before) = text.get(..offset) else { return Suggestions::default() };
        let Some((place, word)) = place(text, before) else { return Suggestions::default() };
        let mut all = self.fitting(&place);
        all.retain(|one| one.label.starts_with(word) && one.label != word);
        Suggestions { from: offset - word.len(), all }
    }

    fn fitting(&self, place: &Place) -> Vec<Suggestion> {
        let resource = ResourceId::of_manifest(&place.version, &place.kind)
            .or_else(|| ResourceId::all().find(|id| !place.kind.is_empty() && id.info().kind == place.kind));
        let at_root = place.path.is_empty();
        match place.value_of.as_deref() {
            Some("kind") if at_root => return kinds(&place.version),
            Some("apiVersion") if at_root => return versions(&place.kind),
            _ => {}
        }
        let Some(kind) = resource.and_then(TypeId::of) else {
            return if at_root && place.value_of.is_none() { roots(place) } else { Vec::new() };
        };
        if let Some(found) = self.labels(place) {
            return found;
        }
        let Some(shape) = walk(kind, &place.path) else { return Vec::new() };
        match (&place.value_of, item_of(&shape)) {
            (None, Shape::Struct(id)) => fields(*id, place),
            (Some(key), Shape::Struct(id)) => {
                let Some(field) = id.field(key) else { return Vec::new() };
                self.values(place, key, &field.shape, &field.values)
            }
            _ => Vec::new(),
        }
    }

    /// Values of a field: those that are fixed, and names that it may refer to.
    fn values(&self, place: &Place, key: &str, shape: &Shape, fixed: &[&'static str]) -> Vec<Suggestion> {
        if *shape == Shape::Bool {
            return ["false", "true"].iter().map(|value| plain(value, "")).collect();
        }
        if !fixed.is_empty() {
            return fixed.iter().map(|value| plain(value, "")).collect();
        }
        let last = place.path.last().map_or("", String::as_str);
        let above = place.path.len().checked_sub(2).and_then(|at| place.path.get(at)).map_or("", String::as_str);
        let names = match (last, key) {
            ("configMapKeyRef" | "configMapRef" | "configMap", "name") => ResourceId::CONFIG_MAPS,
            ("secretKeyRef" | "secretRef" | "imagePullSecrets", "name") | ("secret", "secretName") => {
                ResourceId::SECRETS
            }
            ("service", "name") if matches!(above, "backend" | "defaultBackend") => ResourceId::SERVICES,
            (_, "serviceName") => ResourceId::SERVICES,
            (_, "serviceAccountName") => ResourceId::SERVICE_ACCOUNTS,
            ("metadata", "namespace") => ResourceId::NAMESPACES,
            (_, "nodeName") => ResourceId::NODES,
            ("ports", "targetPort") => return self.named_ports(place),
            _ => return Vec::new(),
        };
        self.names_of(names, place)
    }

    fn names_of(&self, resource: ResourceId, place: &Place) -> Vec<Suggestion> {
        let namespace = if place.namespace.is_empty() { "default" } else { &place.namespace };
        let namespace = resource.info().namespaced.then_some(namespace);
        let objects = self.cluster().store().list(resource, namespace);
        objects.map(|one| plain(one.name(), resource.info().kind)).collect()
    }

    /// The names of ports that pods of the namespace have.
    fn named_ports(&self, place: &Place) -> Vec<Suggestion> {
        let namespace = if place.namespace.is_empty() { "default" } else { &place.namespace };
        let pods = self.cluster().store().list(ResourceId::PODS, Some(namespace));
        let ports = pods.flat_map(|pod| pod.items("spec.containers").iter().flat_map(|one| one.items("ports")));
        let names: SortedSet<&str> = ports.map(|port| port.text("name")).filter(|name| !name.is_empty()).collect();
        names.into_iter().map(|name| plain(name, "port of a pod")).collect()
    }

    /// Label keys and values that objects of the cluster have; `None` where no labels stand.
    fn labels(&self, place: &Place) -> Option<Vec<Suggestion>> {
        let path: Vec<&str> = place.path.iter().map(String::as_str).collect();
        let is_labels = match path.as_slice() {
            ["spec", "selector"] => matches!(place.kind.as_str(), "Service" | "ReplicationController"),
            [.., last] => matches!(*last, "labels" | "matchLabels" | "nodeSelector"),
            [] => false,
        };
        if !is_labels {
            return None;
        }
        let nodes = path.last() == Some(&"nodeSelector");
        let kinds: &[ResourceId] = if nodes {
            &[ResourceId::NODES]
        } else {
            &[ResourceId::PODS, ResourceId::SERVICES, ResourceId::REPLICA_SETS, ResourceId::DEPLOYMENTS]
        };
        let mut labels: SortedSet<(&str, &str)> = SortedSet::new();
        for kind in kinds {
            for object in self.cluster().store().list(*kind, None) {
                labels.extend(object.text_pairs("metadata.labels"));
                labels.extend(object.text_pairs("spec.template.metadata.labels"));
            }
        }
        // The cluster's own pods are of no interest to the reader's selectors.
        labels.retain(|(key, _)| !matches!(*key, "pod-template-hash" | "controller-revision-hash"));
        let Some(key) = &place.value_of else {
            let keys: SortedSet<&str> = labels.into_iter().map(|(key, _)| key).collect();
            let free = keys.into_iter().filter(|key| place.beside.iter().all(|other| other != key));
            return Some(free.map(|key| Suggestion { apply: format!("{key}: "), ..plain(key, "label") }).collect());
        };
        Some(labels.into_iter().filter(|(one, _)| one == key).map(|(_, value)| plain(value, "label")).collect())
    }
}

fn plain(label: &str, detail: &str) -> Suggestion {
    let odd = label.is_empty()
        || label.starts_with(|c: char| c.is_ascii_digit() || "-?:,[]{}#&*!|>'\"%@`".contains(c))
        || matches!(label, "y" | "n" | "yes" | "no" | "on" | "off" | "null" | "~")
        || matches!(label, "true" | "false") && !detail.is_empty();
    let apply = if odd { format!("\"{label}\"") } else { label.to_owned() };
    Suggestion { label: label.to_owned(), detail: detail.to_owned(), apply }
}

/// The kinds of an API version; all where it is not known.
fn kinds(version: &str) -> Vec<Suggestion> {
    let fits = |info: &&Resource| version.is_empty() || info.api_version() == version;
    Resource::ALL.iter().filter(fits).map(|info| plain(info.kind, &info.api_version())).collect()
}

fn versions(kind: &str) -> Vec<Suggestion> {
    let fits = |info: &&Resource| kind.is_empty() || info.kind == kind;
    let all: SortedSet<String> = Resource::ALL.iter().filter(fits).map(Resource::api_version).collect();
    all.into_iter().map(|version| plain(&version, "")).collect()
}

/// What every object has, while its kind is not known.
fn roots(place: &Place) -> Vec<Suggestion> {
    let all = [("apiVersion", "apiVersion: "), ("kind", "kind: "), ("metadata", "metadata:\n  name: ")];
    let free = all.iter().filter(|(name, _)| place.beside.iter().all(|other| other != name));
    free.map(|(name, apply)| Suggestion { apply: (*apply).to_owned(), ..plain(name, "") }).collect()
}

/// What a path leads to.
fn walk(kind: TypeId, path: &[String]) -> Option<Shape> {
    let mut shape = Shape::Struct(kind);
    for key in path {
        shape = match item_of(&shape) {
            Shape::Struct(id) => id.field(key)?.shape.clone(),
            Shape::Map(inner) => (**inner).clone(),
            _ => return None,
        };
    }
    Some(shape)
}

/// What stands in a list, or the shape itself.
fn item_of(shape: &Shape) -> &Shape {
    match shape {
        Shape::List(inner) => inner,
        other => other,
    }
}

/// The fields of a type that are not there yet, each with the text that begins its value.
fn fields(id: TypeId, place: &Place) -> Vec<Suggestion> {
    let depth = place.path.len();
    let free = id.get().fields.iter().filter(|field| {
        let own = depth > 0 || field.name != "status";
        let system = place.path.as_slice() == ["metadata"]
            && matches!(
                field.name,
                "creationTimestamp"
                    | "deletionGracePeriodSeconds"
                    | "deletionTimestamp"
                    | "generation"
                    | "managedFields"
                    | "resourceVersion"
                    | "selfLink"
                    | "uid"
            );
        own && !system && place.beside.iter().all(|other| other != field.name)
    });
    let one = |field: &crate::api::schema::Field| {
        let (detail, apply) = match &field.shape {
            Shape::Struct(inner) => (inner.go_name().to_owned(), format!("{}:", field.name)),
            Shape::List(inner) => (format!("[]{}", name_of(inner)), format!("{}:", field.name)),
            Shape::Map(_) => ("map".to_owned(), format!("{}:", field.name)),
            other => (name_of(other), format!("{}: ", field.name)),
        };
        Suggestion { label: field.name.to_owned(), detail, apply }
    };
    free.map(one).collect()
}

fn name_of(shape: &Shape) -> String {
    match shape {
        Shape::Text(_) => "string".to_owned(),
        Shape::Bool => "boolean".to_owned(),
        Shape::Int32 | Shape::Int64 => "integer".to_owned(),
        Shape::IntOrString => "number or name".to_owned(),
        Shape::Struct(id) => id.go_name().to_owned(),
        other => other.go_name(),
    }
}

/// A line's indentation, its key, its value, and whether it begins an item.
struct Line<'t> {
    indent: usize,
    /// The indentation of its key: behind the dashes.
    inner: usize,
    key: Option<&'t str>,
    value: &'t str,
    dash: bool,
}

fn line(text: &str) -> Option<Line<'_>> {
    let body = text.trim_start_matches(' ');
    if body.starts_with('#') || body.trim().is_empty() {
        return None;
    }
    let indent = text.len() - body.len();
    let mut rest = body;
    while let Some(after) = rest.strip_prefix("- ").or_else(|| rest.strip_prefix('-').filter(|after| after.is_empty()))
    {
        rest = after.trim_start_matches(' ');
    }
    let inner = text.len() - rest.len();
    let found = rest.split_once(": ").or_else(|| rest.trim_end().strip_suffix(':').map(|key| (key, "")));
    let key = found.map(|(key, _)| key.trim_matches(['"', '\'']));
    Some(Line { indent, inner, key, value: found.map_or(rest, |(_, value)| value).trim(), dash: inner > indent })
}

/// Where the end of `before` stands in its document, and the word that is typed there.
fn place<'t>(text: &str, before: &'t str) -> Option<(Place, &'t str)> {
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let current = before.get(start..)?;
    if current.trim_start().starts_with('#') || current.contains(" #") || current.starts_with("---") {
        return None;
    }
    // The document around the cursor.
    let above = before.get(..start)?;
    let begin =
        above.rfind("\n---").map_or_else(|| if above.starts_with("---") { 4.min(above.len()) } else { 0 }, |at| at + 1);
    let above = above.get(begin..).unwrap_or("");
    let below = text.get(before.len()..).unwrap_or("");
    let below_lines = below.split('\n').skip(1).take_while(|line| !line.starts_with("---"));

    let body = current.trim_start_matches(' ');
    let mut rest = body;
    while let Some(after) = rest.strip_prefix("- ") {
        rest = after.trim_start_matches(' ');
    }
    let inner = current.len() - rest.len();
    let in_item = rest.len() < body.len();
    let (value_of, word) = match rest.split_once(": ") {
        Some((key, value)) => (Some(key.trim_matches(['"', '\'']).to_owned()), value.trim_start()),
        None => (None, rest),
    };
    if word.contains([' ', '{', '[', '"', '\'', '|', '>']) || word.ends_with(':') {
        return None;
    }

    let mut place = Place { value_of, ..Place::default() };
    // Upwards: lines that are indented less lead here; those of the same depth stand beside.
    let mut depth = inner;
    let mut same = !in_item;
    let mut dash_at = if in_item { Some(current.len() - body.len()) } else { None };
    for above in above.lines().rev().filter_map(line) {
        if depth == 0 && above.indent > 0 {
            continue;
        }
        if above.inner == depth && same && !(above.dash && above.indent >= depth) {
            place.beside.extend(above.key.map(str::to_owned));
            if above.dash {
                // The item begins here: its list stands above it.
                same = false;
                dash_at = Some(above.indent);
            }
            continue;
        }
        let leads = match dash_at {
            // A list may stand as deep as the key that holds it.
            Some(dash) => above.inner <= dash && (!above.dash || above.indent < dash),
            None => above.inner < depth,
        };
        if leads && above.key.is_some() {
            place.path.push(above.key.unwrap_or("").to_owned());
            depth = above.inner;
            same = false;
            dash_at = above.dash.then_some(above.indent);
        }
    }
    place.path.reverse();
    if !in_item || place.value_of.is_none() {
        for under in below_lines
            .clone()
            .filter_map(line)
            .take_while(|under| under.inner >= inner && !(under.dash && under.indent < inner))
        {
            if under.inner == inner && !under.dash {
                place.beside.extend(under.key.map(str::to_owned));
            }
        }
    }
    let whole = above.lines().chain(below_lines);
    for root in whole.filter_map(line) {
        match (root.indent, root.key) {
            (0, Some("kind")) => root.value.trim_matches('"').clone_into(&mut place.kind),
            (0, Some("apiVersion")) => root.value.trim_matches('"').clone_into(&mut place.version),
            (_, Some("namespace")) if root.indent > 0 => root.value.clone_into(&mut place.namespace),
            _ => {}
        }
    }
    Some((place, word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Epoch;
    use crate::session::{EXAMPLES, Example, Setup};

    fn session() -> Session {
        let files = EXAMPLES.first().map_or(Vec::new(), Example::files);
        Session::new(Setup { seed: 1, epoch: Epoch(1_795_000_000), files, modes: Vec::new() })
    }

    #[test]
    fn what_fits_follows_the_place() {
        const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata:\n  name: x\nspec:\n";
        const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\nspec:\n  containers:\n  - name: c\n";
        const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nspec:\n  template:\n    spec:\n";
        let session = session();
        // `^` is the cursor.
        for (head, text, wanted) in [
            ("", "k^", "kind"),
            ("", "apiVersion: apps/v1\nkind: Dep^", "Deployment"),
            ("", "kind: Deployment\napiVersion: ^", "apps/v1"),
            (SERVICE, "  sessionA^", "sessionAffinity sessionAffinityConfig"),
            (SERVICE, "  sessionAffinity: ClientIP\n  sessionA^", "sessionAffinityConfig"),
            (SERVICE, "  sessionA^\n  sessionAffinityConfig:\n", "sessionAffinity"),
            (SERVICE, "  type: ^", "ClusterIP ExternalName LoadBalancer NodePort"),
            (SERVICE, "  type: No^", "NodePort"),
            (SERVICE, "  ports:\n  - p^", "port protocol"),
            (SERVICE, "  ports:\n    - port: 80\n      p^", "protocol"),
            (SERVICE, "  ports:\n  - port: 80\n    protocol: ^", "SCTP TCP UDP"),
            (SERVICE, "  ports:\n  - port: 80\n  - protocol: U^", "UDP"),
            (SERVICE, "  ports:\n  - port: 80\n  externalT^", "externalTrafficPolicy"),
            (SERVICE, "  selector:\n    t^", "type"),
            (SERVICE, "  selector:\n    type: ^", "backend db"),
            (SERVICE, "  publishNotReadyAddresses: ^", "false true"),
            (POD, "    readinessProbe:\n      httpG^", "httpGet"),
            (POD, "    readinessProbe:\n      httpGet:\n        ^", "host httpHeaders path port scheme"),
            (
                POD,
                "    env:\n    - name: A\n      valueFrom:\n        configMapKeyRef:\n          name: ^",
                "kube-root-ca.crt",
            ),
            (POD, "    imagePullPolicy: I^", "IfNotPresent"),
            (POD, "  restartPolicy: O^", "OnFailure"),
            (POD, "  - name: d\n    ima^", "image imagePullPolicy"),
            (
                DEPLOYMENT,
                "      containers:\n      - name: a\n        livenessProbe:\n          tcpSocket:\n            p^",
                "port",
            ),
            (DEPLOYMENT, "  strat^", "strategy"),
            (DEPLOYMENT, "      serviceAccountName: ^", "default"),
            (SERVICE, "# ^", ""),
            (SERVICE, "nope:\n  ^", ""),
            ("apiVersion: v1\nkind: Pod\n---\n", "kind: Service\napiVersion: v1\nspec:\n  clusterIPs^", ""),
            (
                "apiVersion: v1\nkind: Pod\n---\n",
                "kind: Service\napiVersion: v1\nspec:\n  clusterI^",
                "clusterIP clusterIPs",
            ),
        ] {
            let whole = format!("{head}{text}");
            let offset = whole.find('^').unwrap();
            let found = session.suggest(&whole.replace('^', ""), offset);
            let labels: Vec<&str> = found.all.iter().map(|one| one.label.as_str()).collect();
            assert_eq!(labels.join(" "), wanted, "{whole}");
        }
    }

    #[test]
    fn any_place_is_answered() {
        let session = session();
        let text = "a: &x [\n- - -\n  ß: 😀\n---\n  - \tb: {c: d}\n\"x\n";
        for at in 0..=text.len() + 2 {
            session.suggest(text, at);
        }
    }
}
