//! Applying the manifests: what is new or changed in the text goes to the API server, what left it is deleted.

use super::manifests::{Manifest, Reading};
use super::{Report, Session};
use crate::api::{Map, Object, Status, Value};
use crate::apiserver::{DeleteOptions, FieldValidation, Options, Patch, Reply, Request, Verb};
use crate::clock::Component;
use crate::kubectl::{three_way, with_record};
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
            self.show_equal(&format!("kubectl apply{}", files.concat()), &(report.lines.join("\n") + "\n"));
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

    /// Sends one manifest as `kubectl apply` does: creates the object, or patches what is there to what is asked for.
    fn apply_one(&mut self, manifest: &Manifest) -> Result<(&'static str, Vec<String>), Status> {
        let wrong = || Status::bad_request("the object provided is unrecognized");
        let wanted = with_record(&Object::new(manifest.value.clone()).map_err(|_| wrong())?);
        let there = self.cluster.store().get(&manifest.key).cloned();
        let (verb, name, word) = match &there {
            None => (Verb::Create(wanted), "", "created"),
            Some(live) => {
                let patch = three_way(manifest.key.resource, &wanted, live).map_err(|_| wrong())?;
                if patch.as_object().is_some_and(Map::is_empty) {
                    return Ok(("unchanged", Vec::new()));
                }
                (Verb::Patch(Patch::Strategic(patch)), manifest.key.name.as_str(), "configured")
            }
        };
        let mut request = Request::new(Key { name: name.to_owned(), ..manifest.key.clone() }, verb);
        let manager = "kubectl-client-side-apply".to_owned();
        request.options = Options { validation: FieldValidation::Strict, manager, ..Options::default() };
        let Reply { warnings, .. } = self.cluster.request(Component::Kubectl, None, &request)?;
        Ok((word, warnings))
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

/// A refusal beside the lines that caused it: one note for each field that the API server names.
fn refusal(manifest: &Manifest, status: &Status) -> Vec<(usize, Diagnostic)> {
    let note = |path: &str, message: String| (manifest.file, manifest.note(Severity::Error, path, message));
    if status.causes.is_empty() {
        return vec![note("", status.message.clone())];
    }
    status.causes.iter().map(|cause| note(&cause.field, format!("{}: {}", cause.field, cause.message))).collect()
}
