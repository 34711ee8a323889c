//! What the cluster differs in from the editor's text: changes by hand, in the terminal or by a click. The reader takes
//! them over into the text, where only the lines that differ change, or drops them, which applies the text again.

use super::apply::title;
use super::manifests::{self, Manifest};
use super::{ByHand, Session};
use crate::api::{Fields, Map, Object, ResourceId, Value, json};
use crate::kubectl::{LAST_APPLIED, three_way, with_record};
use crate::order::Order;
use crate::store::Key;
use crate::yaml;

/// An object that is not as the text asks.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Which.
    pub key: Key,
    /// `service/web`.
    pub title: String,
    /// Where it stands in the text: tab, and the first line that differs from 1; `None` for one that is in no tab.
    pub place: Option<(usize, u32)>,
    /// What differs.
    pub what: Differs,
}

/// What differs.
#[derive(Clone, Debug, PartialEq)]
pub enum Differs {
    /// Fields have other values: those that applying the text would set back.
    Fields(Vec<Field>),
    /// It was deleted.
    Gone,
    /// It was made by hand; no document holds it.
    New,
}

/// A field with another value than the text asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its path in the text.
    pub path: String,
    /// What the text says.
    pub asked: Value,
    /// What is there, if anything is.
    pub there: Option<Value>,
}

/// The kinds that are looked through for objects made by hand.
const BY_HAND: [ResourceId; 7] = [
    ResourceId::NAMESPACES,
    ResourceId::CONFIG_MAPS,
    ResourceId::SECRETS,
    ResourceId::SERVICES,
    ResourceId::DEPLOYMENTS,
    ResourceId::REPLICA_SETS,
    ResourceId::PODS,
];

/// The fields by which items of lists are told apart, those of all kinds together.
const MERGE_KEYS: [&str; 6] = ["name", "containerPort", "port", "mountPath", "ip", "key"];

impl Session {
    /// Changes whenever [`Session::differences`] may: with the objects, the text that was read, and what was applied.
    pub fn differences_version(&self) -> (u64, u64) {
        (self.cluster.store().revision(), self.applies)
    }

    /// What differs, in the order of the text; objects made by hand come last.
    pub fn differences(&self) -> Vec<Difference> {
        let mut differences: Vec<Difference> =
            self.read.iter().filter_map(|manifest| self.difference(manifest)).collect();
        for resource in BY_HAND {
            for object in self.cluster.store().list(resource, None) {
                let key = Key::of(resource, object);
                if is_by_hand(object) && !self.applied.contains_key(&key) {
                    differences.push(Difference { title: title(&key), key, place: None, what: Differs::New });
                }
            }
        }
        differences
    }

    fn difference(&self, manifest: &Manifest) -> Option<Difference> {
        self.applied.get(&manifest.key).filter(|applied| !applied.refused && applied.manifest == manifest.value)?;
        let live = self.cluster.store().get(&manifest.key).filter(|live| !live.is_being_deleted());
        let (line, what) = match live {
            None => (manifest.line, Differs::Gone),
            Some(live) => {
                let fields = changed_fields(manifest, live);
                (manifest.line_of(&fields.first()?.path), Differs::Fields(fields))
            }
        };
        Some(Difference {
            key: manifest.key.clone(),
            title: manifest.title(),
            place: Some((manifest.file, line)),
            what,
        })
    }

    /// Writes a difference into the text: into its own tab, or into `file` where it is in none. `false` where the text
    /// cannot be changed without losing its layout, or nothing differs any more.
    pub fn take_over(&mut self, key: &Key, file: usize) -> bool {
        let reading = manifests::read(self.files.all());
        let manifest = reading.manifests.iter().find(|manifest| manifest.key == *key);
        let live = self.cluster.store().get(key).filter(|live| !live.is_being_deleted());
        let (file, text) = match (manifest, live) {
            (None, Some(live)) => (file, Some(with_document(self.files.text(file), &as_manifest(live)))),
            (Some(manifest), Some(live)) => {
                let fields = changed_fields(manifest, live);
                (manifest.file, with_fields(self.files.text(manifest.file), manifest, &fields))
            }
            (Some(manifest), None) => (manifest.file, without_document(self.files.text(manifest.file), manifest)),
            (None, None) => return false,
        };
        let Some(text) = text.filter(|_| !reading.unreadable) else { return false };
        let changed = self.files.set_text(file, &text);
        self.apply_changed();
        changed
    }

    /// Takes a difference back: applies the object's text again, or deletes what no text holds. Gives the refusal.
    pub fn drop_difference(&mut self, key: &Key) -> Result<(), String> {
        let Some(place) = self.read.iter().position(|manifest| manifest.key == *key) else {
            return self.act(&ByHand::Delete(key.clone()));
        };
        let read = self.read.clone();
        let Some(manifest) = read.get(place) else { return Ok(()) };
        let outcome = self.apply_one(manifest);
        let name = self.files.all().get(manifest.file).map_or(String::new(), |file| file.name.clone());
        let said = match &outcome {
            Ok((word, _)) => format!("{} {word}\n", manifest.title()),
            Err(status) => format!("Error from server: {}\n", status.message),
        };
        self.show_equal(&format!("kubectl apply -f {name}"), &said);
        self.version += 1;
        outcome.map(|_| ()).map_err(|status| status.message)
    }
}

/// Whether somebody made it, not the cluster itself.
fn is_by_hand(object: &Object) -> bool {
    let system = |name: &str| name == "default" || name.starts_with("kube-");
    let own = match object.kind() {
        "Namespace" => system(object.name()),
        "ConfigMap" => object.name() == "kube-root-ca.crt",
        "Service" => object.name() == "kubernetes" && object.namespace() == "default",
        _ => false,
    };
    !own && !object.namespace().starts_with("kube-")
        && object.items("metadata.ownerReferences").is_empty()
        && !object.is_being_deleted()
}

/// The fields that applying the manifest would set: those of kubectl's three-way patch.
fn changed_fields(manifest: &Manifest, live: &Object) -> Vec<Field> {
    let Ok(object) = Object::new(manifest.value.clone()) else { return Vec::new() };
    let patch = three_way(manifest.key.resource, &with_record(&object), live).unwrap_or(Value::Null);
    let mut fields = Vec::new();
    leaves(&patch, &manifest.value, Some(live.value()), String::new(), &mut fields);
    fields
}

/// Walks a patch together with what is asked and what is there. What the text does not say is passed over.
fn leaves(patch: &Value, asked: &Value, there: Option<&Value>, path: String, fields: &mut Vec<Field>) {
    match (patch, asked) {
        (Value::Object(patch), Value::Object(_)) => {
            for (name, inner) in patch.iter().filter(|(name, _)| !name.starts_with('$') && *name != LAST_APPLIED) {
                let Some(own) = asked.get(name) else { continue };
                let path = match path.as_str() {
                    "" => name.to_string(),
                    above if name.contains(['.', '/']) => format!("{above}[{name}]"),
                    above => format!("{above}.{name}"),
                };
                leaves(inner, own, there.and_then(|there| there.get(name)), path, fields);
            }
        }
        (Value::Array(patch), Value::Array(items)) if patch.iter().all(Value::is_object) => {
            for inner in patch {
                let Some(place) = items.iter().position(|item| holds(item, inner)) else { continue };
                let item = items.get(place).unwrap_or(&Value::Null);
                let same = |other: &&Value| {
                    let key = MERGE_KEYS.iter().find(|key| item.get(key).is_some() && other.get(key).is_some());
                    key.is_some_and(|key| item.get(key) == other.get(key))
                };
                let other = there.and_then(Value::as_array).and_then(|all| all.iter().find(same));
                leaves(inner, item, other, format!("{path}[{place}]"), fields);
            }
        }
        _ if there != Some(asked) => fields.push(Field { path, asked: asked.clone(), there: there.cloned() }),
        _ => {}
    }
}

/// Whether an item of the text says all that a patch's item does.
fn holds(item: &Value, patch: &Value) -> bool {
    let Value::Object(patch) = patch else { return item == patch };
    patch.iter().all(|(name, inner)| match inner {
        _ if name.starts_with('$') => name != "$patch",
        Value::Object(_) | Value::Array(_) => item.get(name).is_some(),
        scalar => item.get(name) == Some(scalar),
    })
}

/// The text with the fields as they are in the cluster; all else stays as it is.
fn with_fields(text: &str, manifest: &Manifest, fields: &[Field]) -> Option<String> {
    let mut edits = Vec::new();
    for field in fields {
        let path = if field.there.is_none() { emptied(manifest, &field.path) } else { &field.path };
        let found = manifest.find(path)?;
        let (mut from, mut to) = (found.value.start.byte as usize, found.value.end.byte as usize);
        let put = match &field.there {
            Some(value @ (Value::Object(_) | Value::Array(_))) => yaml::print_json_compact(value),
            Some(value) => yaml::print(value).trim_end().to_owned(),
            None => {
                // The whole line goes, where the field has it for itself.
                let key = found.key?.start.byte as usize;
                from = text.get(..key)?.rfind('\n').map_or(0, |end| end + 1);
                let rest = text.get(to..)?;
                let end = rest.find('\n').map_or(rest.len(), |end| end + 1);
                let after = rest.get(..end)?.trim();
                if !text.get(from..key)?.trim().is_empty() || !(after.is_empty() || after.starts_with('#')) {
                    return None;
                }
                to += end;
                String::new()
            }
        };
        edits.push((from, to, put));
    }
    // From the end, so that places before stay where they are.
    edits.order_by_key(|edit| edit.0);
    let mut text = text.to_owned();
    let mut before = usize::MAX;
    for (from, to, put) in edits.into_iter().rev() {
        if to > before || text.get(from..to).is_none() {
            return None;
        }
        text.replace_range(from..to, &put);
        before = from;
    }
    Some(text)
}

/// The field to take away so that no empty mapping is left: the one at `path`, or one above it.
fn emptied<'p>(manifest: &Manifest, mut path: &'p str) -> &'p str {
    while let Some((above, _)) = path.rsplit_once(['.', '[']) {
        let alone = manifest.value.at(above).is_some_and(|value| value.as_object().is_some_and(|map| map.len() == 1));
        if !alone {
            break;
        }
        path = above;
    }
    path
}

/// The text without the document of an object that is gone, and without one of the lines that part documents.
fn without_document(text: &str, manifest: &Manifest) -> Option<String> {
    let span = manifest.whole()?;
    let (before, after) = (text.get(..span.start.byte as usize)?, text.get(span.end.byte as usize..)?);
    let is_mark = |line: &str| line.trim_end() == "---";
    let (next, rest) = after.split_once('\n').unwrap_or((after, ""));
    if is_mark(next) {
        return Some(format!("{before}{rest}"));
    }
    let kept = before.trim_end();
    let last = kept.rsplit('\n').next().unwrap_or("");
    let before = if is_mark(last) { kept.get(..kept.len() - last.len()).unwrap_or("") } else { before };
    Some(format!("{before}{after}"))
}

/// The text with one more document.
fn with_document(text: &str, document: &str) -> String {
    match text.trim_end() {
        "" => document.to_owned(),
        text => format!("{text}\n---\n{document}"),
    }
}

/// An object as somebody would write it: as it was applied, or without what the cluster added.
fn as_manifest(live: &Object) -> String {
    let recorded = live.annotation(LAST_APPLIED).and_then(|text| yaml::read_json(text).ok());
    let mut object = if let Some(object) = recorded.and_then(|value| Object::new(value).ok()) {
        object
    } else {
        let mut object = live.clone();
        for path in ["status", "spec.clusterIP", "spec.clusterIPs", "spec.ipFamilies", "spec.ipFamilyPolicy"] {
            object.remove(path);
        }
        let mut metadata = json!({ "name": live.name(), "namespace": live.namespace() });
        for field in ["labels", "annotations"] {
            if let (Some(map), Value::Object(metadata)) = (live.map(&format!("metadata.{field}")), &mut metadata) {
                metadata.insert(field.to_owned(), Value::Object(map.clone()));
            }
        }
        object.set("metadata", metadata);
        object
    };
    for field in ["labels", "annotations"] {
        let path = format!("metadata.{field}");
        if object.map(&path).is_some_and(Map::is_empty) {
            object.remove(&path);
        }
    }
    if matches!(object.text("metadata.namespace"), "default" | "") {
        object.remove("metadata.namespace");
    }
    yaml::print(object.value())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Epoch;
    use crate::session::{File, Setup};
    use expect_test::{Expect, expect};

    const TEXT: &str = "# The web
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels:
    team: red # ours
spec:
  replicas: 2   # two are enough
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: sidecar
        image: busybox
      # the server
      - name: web
        image: \"nginx:1.27\"
---
# In front of it
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector:
    app: web
  ports:
  - port: 80
";

    fn session() -> Session {
        let files = vec![File { name: "f.yaml".to_owned(), text: TEXT.to_owned() }];
        Session::new(Setup { seed: 7, epoch: Epoch(1_795_000_000), files, modes: Vec::new() })
    }

    /// What differs after some lines, and the text's changed lines when all of it is taken over.
    fn check(lines: &[&str], expected: &Expect) {
        let mut session = session();
        for line in lines {
            session.run_line(line);
            session.interrupt();
        }
        let mut said = String::new();
        let differences = session.differences();
        for one in &differences {
            said += &format!("{} {:?}", one.title, one.place);
            said += &match &one.what {
                Differs::Gone => " gone\n".to_owned(),
                Differs::New => " new\n".to_owned(),
                Differs::Fields(fields) => fields.iter().fold("\n".to_owned(), |text, field| {
                    let there = field.there.as_ref().map_or("nothing".to_owned(), yaml::print_json_compact);
                    text + &format!("  {}: {} -> {there}\n", field.path, yaml::print_json_compact(&field.asked))
                }),
            };
        }
        for one in &differences {
            let taken = session.take_over(&one.key, 0);
            said += if taken { "" } else { "not taken over\n" };
        }
        let text = session.files().text(0);
        let (before, after): (Vec<&str>, Vec<&str>) = (TEXT.lines().collect(), text.lines().collect());
        before.iter().filter(|line| !after.contains(line)).for_each(|line| said += &format!("-{line}\n"));
        after.iter().filter(|line| !before.contains(line)).for_each(|line| said += &format!("+{line}\n"));
        said += &format!("left: {}\n", session.differences().len());
        expected.assert_eq(&said);
    }

    #[test]
    fn nothing_differs_at_first() {
        check(
            &["kubectl get pods"],
            &expect![[r"
            left: 0
        "]],
        );
    }

    #[test]
    fn changed_fields_change_their_lines_only() {
        check(
            &[
                "kubectl scale deployment web --replicas=3",
                "kubectl set image deployment web web=nginx:1.29",
                "kubectl label deployment web team=blue --overwrite",
                "kubectl patch svc web -p '{\"spec\":{\"ports\":[{\"port\":80,\"name\":\"http\"}],\"selector\":{\"app\":\"other\"}}}'",
            ],
            &expect![[r#"
                deployment.apps/web Some((0, 7))
                  metadata.labels.team: "red" -> "blue"
                  spec.replicas: 2 -> 3
                  spec.template.spec.containers[1].image: "nginx:1.27" -> "nginx:1.29"
                service/web Some((0, 28))
                  spec.selector.app: "web" -> "other"
                -    team: red # ours
                -  replicas: 2   # two are enough
                -        image: "nginx:1.27"
                -    app: web
                +    team: blue # ours
                +  replicas: 3   # two are enough
                +        image: nginx:1.29
                +    app: other
                left: 0
            "#]],
        );
        check(
            &["kubectl label deployment web team-"],
            &expect![[r#"
                deployment.apps/web Some((0, 7))
                  metadata.labels.team: "red" -> nothing
                -  labels:
                -    team: red # ours
                left: 0
            "#]],
        );
    }

    #[test]
    fn what_is_gone_leaves_the_text_and_what_is_new_comes_to_its_end() {
        check(
            &["kubectl delete svc web"],
            &expect![[r"
            service/web Some((0, 22)) gone
            ----
            -# In front of it
            -apiVersion: v1
            -kind: Service
            -  selector:
            -    app: web
            -  ports:
            -  - port: 80
            left: 0
        "]],
        );
        check(
            &[
                "kubectl create configmap conf --from-literal=a=b",
                "kubectl expose deployment web --name=other --port=81",
            ],
            &expect![[r"
                configmap/conf None new
                service/other None new
                +data:
                +  a: b
                +kind: ConfigMap
                +  name: conf
                +    team: red
                +  name: other
                +  internalTrafficPolicy: Cluster
                +  - port: 81
                +    protocol: TCP
                +    targetPort: 81
                +  sessionAffinity: None
                +  type: ClusterIP
                left: 0
            "]],
        );
    }

    #[test]
    fn a_dropped_difference_is_set_back() {
        let mut session = session();
        session.run_line("kubectl scale deployment web --replicas=5");
        session.run_line("kubectl create configmap conf");
        session.run_line("kubectl delete svc web --wait=false");
        let differences = session.differences();
        assert_eq!(differences.len(), 3);
        for one in differences {
            session.drop_difference(&one.key).unwrap();
        }
        assert_eq!(session.differences(), []);
        assert_eq!(session.files().text(0), TEXT);
    }
}
