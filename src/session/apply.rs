//! Applying the manifests: what is new or changed in the text goes to the API server, what left it is deleted.

use super::manifests::{Manifest, Reading};
use super::{Report, Session};
use crate::api::{Fields, Map, Object, Status, Value};
use crate::apiserver::{Body, DeleteOptions, FieldValidation, Options, Reply, Request, Verb};
use crate::clock::Component;
use crate::store::Key;
use crate::yaml::{Diagnostic, Severity};
use std::collections::BTreeSet;
use std::rc::Rc;

/// What the text asked for when it was last sent to the API server.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Applied {
    manifest: Value,
    /// Refused: it is sent again with every application, as the cluster may have changed.
    refused: bool,
}

/// The annotation in which kubectl keeps what it applied last.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

impl Session {
    /// Applies what changed in the text since the last time. Text that cannot be read changes nothing.
    pub fn apply_changed(&mut self) {
        self.apply(false);
    }

    /// Applies all of the text, as `kubectl apply -f .` does: what was changed by hand since goes back.
    pub fn apply_all(&mut self) {
        self.apply(true);
    }

    fn apply(&mut self, all: bool) {
        let Reading { manifests, notes, unreadable, unidentified } = super::manifests::read(self.files.all());
        let mut report = Report { notes, held: unreadable, ..Report::default() };
        if unreadable {
            // The objects that run stay where the text last said them.
            report.places.clone_from(&self.report.places);
        } else {
            self.apply_manifests(&manifests, all, &mut report);
            if !unidentified {
                self.delete_others(&manifests, &mut report);
            }
        }
        report.notes.sort_by_key(|(file, note)| (*file, note.span.start.byte));
        if !report.lines.is_empty() {
            let files: Vec<String> = self.files.all().iter().map(|file| format!(" -f {}", file.name)).collect();
            self.say(format!("kubectl apply{}", files.concat()));
        }
        self.report = Rc::new(report);
        self.version += 1;
    }

    fn apply_manifests(&mut self, manifests: &[Manifest], all: bool, report: &mut Report) {
        for (place, manifest) in manifests.iter().enumerate() {
            if manifests.iter().skip(place + 1).any(|later| later.key == manifest.key) {
                let message = format!("{} is here twice: the later one is applied", manifest.title());
                report.notes.push((manifest.file, manifest.note(Severity::Warning, "metadata.name", message)));
                continue;
            }
            let known = self.applied.get(&manifest.key);
            let same = known.is_some_and(|applied| !applied.refused && applied.manifest == manifest.value);
            if same && !all && self.cluster.store().get(&manifest.key).is_some() {
                report.places.push((manifest.key.clone(), manifest.file, manifest.line));
                continue;
            }
            let outcome = self.apply_one(manifest);
            let refused = outcome.is_err();
            match outcome {
                Ok((word, warnings)) => {
                    if word != "unchanged" {
                        report.lines.push(format!("{} {word}", manifest.title()));
                    }
                    for warning in warnings {
                        report.notes.push((manifest.file, manifest.note(Severity::Warning, "", warning)));
                    }
                    report.places.push((manifest.key.clone(), manifest.file, manifest.line));
                    if !manifest.key.resource.info().modelled {
                        let message = format!("{} is stored and shown; nothing here acts on it", manifest.title());
                        report.notes.push((manifest.file, manifest.note(Severity::Note, "kind", message)));
                    }
                }
                Err(status) => report.notes.extend(refusal(manifest, &status)),
            }
            // What was refused before and what never was taken does not count as the reader's object to delete later.
            let manifest_value = manifest.value.clone();
            self.applied.insert(manifest.key.clone(), Applied { manifest: manifest_value, refused });
        }
    }

    /// Sends one manifest as `kubectl apply` does: creates the object, or brings what is there to what is asked for.
    fn apply_one(&mut self, manifest: &Manifest) -> Result<(&'static str, Vec<String>), Status> {
        let mut wanted = manifest.value.clone();
        remember(&mut wanted, &manifest.value);
        let options = Options {
            validation: FieldValidation::Strict,
            manager: "kubectl-client-side-apply".to_owned(),
            dry_run: false,
        };
        let there = self.cluster.store().get(&manifest.key).cloned();
        let (verb, name, word) = match &there {
            None => (Verb::Create(wanted), "", "created"),
            Some(live) => {
                let last = live.annotation(LAST_APPLIED).and_then(|text| serde_json::from_str(text).ok());
                let merged = three_way(live.value(), last.as_ref().unwrap_or(&Value::Null), &wanted);
                if merged == *live.value() {
                    return Ok(("unchanged", Vec::new()));
                }
                (Verb::Update(merged), manifest.key.name.as_str(), "configured")
            }
        };
        let mut request = Request::new(Key { name: name.to_owned(), ..manifest.key.clone() }, verb);
        request.options = options;
        let Reply { warnings, body, .. } = self.cluster.request(Component::Kubectl, None, &request)?;
        let same = matches!((&body, &there), (Body::Object(now), Some(before)) if now.resource_version() == before.resource_version());
        Ok((if same { "unchanged" } else { word }, warnings))
    }

    /// Deletes what an earlier text asked for and this one does not.
    fn delete_others(&mut self, manifests: &[Manifest], report: &mut Report) {
        let kept: BTreeSet<&Key> = manifests.iter().map(|manifest| &manifest.key).collect();
        let gone: Vec<Key> = self.applied.keys().filter(|key| !kept.contains(key)).cloned().collect();
        for key in gone {
            self.applied.remove(&key);
            if self.cluster.store().get(&key).is_none() {
                continue;
            }
            let request = Request::new(key.clone(), Verb::Delete(DeleteOptions::default()));
            match self.cluster.request(Component::Kubectl, None, &request) {
                Ok(_) => report.lines.push(format!("{} deleted", title(&key))),
                Err(status) => report.lines.push(format!("Error from server: {}", status.message)),
            }
        }
    }
}

/// `service/web`, `replicaset.apps/web`: as kubectl names an object.
pub(super) fn title(key: &Key) -> String {
    let info = key.resource.info();
    let group = if info.group.is_empty() { String::new() } else { format!(".{}", info.group) };
    format!("{}{group}/{}", info.singular(), key.name)
}

/// Puts the last-applied annotation into `wanted`.
fn remember(wanted: &mut Value, manifest: &Value) {
    let Ok(mut object) = Object::new(std::mem::take(wanted)) else { return };
    if object.map("metadata.annotations").is_none() {
        object.set("metadata.annotations", Value::Object(Map::new()));
    }
    if let Some(annotations) = object.value_mut().pointer_mut("/metadata/annotations").and_then(Value::as_object_mut) {
        annotations.insert(LAST_APPLIED.to_owned(), Value::String(format!("{manifest}\n")));
    }
    *wanted = object.into_value();
}

/// What is there, with what is wanted in place of what was wanted last. Lists are taken whole.
fn three_way(live: &Value, last: &Value, wanted: &Value) -> Value {
    let (Value::Object(live), Value::Object(wanted)) = (live, wanted) else { return wanted.clone() };
    let mut merged = live.clone();
    for key in last.as_object().into_iter().flat_map(Map::keys).filter(|key| !wanted.contains_key(*key)) {
        merged.remove(key);
    }
    for (key, value) in wanted {
        let next = match live.get(key) {
            Some(now) => three_way(now, last.get(key).unwrap_or(&Value::Null), value),
            None => value.clone(),
        };
        merged.insert(key.clone(), next);
    }
    Value::Object(merged)
}

/// A refusal beside the lines that caused it: one note for each field that the API server names.
fn refusal(manifest: &Manifest, status: &Status) -> Vec<(usize, Diagnostic)> {
    let note = |path: &str, message: String| (manifest.file, manifest.note(Severity::Error, path, message));
    if status.causes.is_empty() {
        return vec![note("", status.message.clone())];
    }
    status.causes.iter().map(|cause| note(&cause.field, format!("{}: {}", cause.field, cause.message))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;

    #[test]
    fn what_others_wrote_stays_and_what_left_the_manifest_goes() {
        let live =
            json!({"spec": {"clusterIP": "10.96.0.9", "type": "NodePort", "ports": [{"port": 80, "nodePort": 30001}]}});
        let last = json!({"spec": {"type": "NodePort", "ports": [{"port": 80}]}});
        let wanted = json!({"spec": {"ports": [{"port": 81}]}});
        assert_eq!(
            three_way(&live, &last, &wanted),
            json!({"spec": {"clusterIP": "10.96.0.9", "ports": [{"port": 81}]}})
        );
    }
}
