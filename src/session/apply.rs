//! Applying the manifests: what is new or changed in the text goes to the API server, what left it is deleted.

use super::manifests::{Manifest, Reading};
use super::{Report, Session};
use crate::api::{Fields, Map, Object, Status, Value};
use crate::apiserver::{DeleteOptions, FieldValidation, Options, Patch, Reply, Request, Verb};
use crate::clock::Component;
use crate::kubectl::{three_way, with_record};
use crate::order::{Order, SortedSet};
use crate::store::Key;
use crate::yaml::{Diagnostic, Severity};
use std::rc::Rc;

/// What the text asked for when it was last sent to the API server.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Applied {
    pub(super) manifest: Value,
    /// Refused: it is sent again with every application, as the cluster may have changed.
    pub(super) refused: bool,
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
            self.read = manifests.into();
        }
        report.notes.order_by_key(|(file, note)| (*file, note.span.start.byte));
        if !report.lines.is_empty() {
            let files: Vec<String> = self.files.all().iter().map(|file| format!(" -f {}", file.name)).collect();
            self.show_equal(&format!("kubectl apply{}", files.concat()), &(report.lines.join("\n") + "\n"));
        }
        self.report = Rc::new(report);
        self.applies += 1;
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
    pub(super) fn apply_one(&mut self, manifest: &Manifest) -> Result<(&'static str, Vec<String>), Status> {
        let wrong = || Status::bad_request("the object provided is unrecognized");
        let mut wanted = Object::new(manifest.value.clone()).map_err(|_| wrong())?;
        // kubectl says the namespace before it notes down what was applied.
        if !manifest.key.namespace.is_empty() && wanted.at("metadata").is_some_and(Value::is_object) {
            wanted.set("metadata.namespace", manifest.key.namespace.as_str().into());
        }
        let wanted = with_record(&wanted);
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
        let kept: SortedSet<&Key> = manifests.iter().map(|manifest| &manifest.key).collect();
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
    let note = |path: &str, message: String| {
        let hint = hint(&message).map(str::to_owned);
        (manifest.file, Diagnostic { hint, ..manifest.note(Severity::Error, path, message) })
    };
    if !status.causes.is_empty() {
        return status
            .causes
            .iter()
            .map(|cause| note(&cause.field, format!("{}: {}", cause.field, cause.message)))
            .collect();
    }
    // Strict decoding names its fields in the text only: `unknown field "spec.selecter", duplicate field "..."`.
    let fields = status.message.split_once("strict decoding error: ").map_or("", |(_, fields)| fields);
    let named = fields.split(", ").filter_map(|one| Some((one.split('"').nth(1)?, one)));
    let notes: Vec<_> = named.map(|(path, words)| note(path, words.to_owned())).collect();
    if notes.is_empty() { vec![note("", status.message.clone())] } else { notes }
}

/// What could be done about a refusal, for those that beginners meet.
fn hint(message: &str) -> Option<&'static str> {
    const HINTS: &[(&str, &str)] = &[
        ("unknown field", "Kubernetes has no such field there: check its spelling and how far it is indented."),
        ("must contain at least one letter", "A number is written without quotes; in quotes it is the name of a port."),
        ("not in the valid range", "Leave it out to be given a free one."),
        ("already allocated", "Leave it out to be given a free one."),
        ("field is immutable", "Only a new object can have another value: delete this one first."),
        (
            "`selector` does not match template `labels`",
            "The labels of the template must hold all that the selector asks for.",
        ),
        ("may not change once set", "Only a new object can have another value: delete this one first."),
    ];
    HINTS.iter().find(|(words, _)| message.contains(words)).map(|(_, hint)| *hint)
}

#[cfg(test)]
mod tests {
    use crate::api::ResourceId;
    use crate::clock::Epoch;
    use crate::session::{File, Session, Setup};
    use crate::store::Key;
    use crate::yaml::Severity;
    use expect_test::{Expect, expect};

    const WEB: &str = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  ports:\n  - port: 80\n  selector:\n    app: web\n";
    const POD: &str =
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n  - name: c\n    image: nginx\n";

    fn session(text: &str) -> Session {
        let files = vec![File { name: "f.yaml".to_owned(), text: text.to_owned() }];
        Session::new(Setup { seed: 7, epoch: Epoch(1_795_000_000), files, modes: Vec::new() })
    }

    fn there(session: &Session, resource: ResourceId, name: &str) -> bool {
        session.cluster().store().get(&Key::new(resource, "default", name)).is_some()
    }

    fn say(session: &Session) -> String {
        let report = session.report();
        let note = |(_, note): &(usize, crate::yaml::Diagnostic)| {
            format!("{}: {:?}: {}\n", note.span.start.line + 1, note.severity, note.message)
        };
        report.notes.iter().map(note).chain(report.lines.iter().map(|line| format!("{line}\n"))).collect()
    }

    fn edit(session: &mut Session, text: &str) {
        session.files_mut().set_text(0, text);
        session.apply_changed();
    }

    #[test]
    fn what_leaves_the_text_is_deleted_and_what_cannot_be_read_changes_nothing() {
        let mut session = session(&format!("{WEB}---\n{POD}"));
        assert!(there(&session, ResourceId::SERVICES, "web") && there(&session, ResourceId::PODS, "a"));
        edit(&mut session, &format!("{WEB}---\n\tkind: ["));
        assert!(session.report().held && there(&session, ResourceId::PODS, "a"));
        edit(&mut session, &format!("{WEB}---\nkind: Nonsense\napiVersion: v9\nmetadata:\n  name: a\n"));
        assert!(!session.report().held && there(&session, ResourceId::PODS, "a"), "half typed: nothing is deleted");
        edit(&mut session, WEB);
        assert_eq!(session.report().lines, ["pod/a deleted"]);
        edit(&mut session, "");
        assert!(!there(&session, ResourceId::SERVICES, "web"));
    }

    #[test]
    fn a_change_by_hand_stays_until_its_text_changes_or_all_is_applied() {
        let mut session = session(WEB);
        session.run_line("kubectl patch svc web -p '{\"spec\":{\"selector\":{\"app\":\"other\"}}}'");
        let app = |session: &Session| {
            let key = Key::new(ResourceId::SERVICES, "default", "web");
            session.object_yaml(&key).is_some_and(|text| text.contains("    app: other"))
        };
        assert!(app(&session));
        edit(&mut session, &format!("{WEB}---\n{POD}"));
        assert!(app(&session), "the Service's own text did not change");
        session.apply_all();
        assert!(!app(&session));
    }

    fn check(text: &str, expected: &Expect) {
        expected.assert_eq(&say(&session(text)));
    }

    #[test]
    fn notes_stand_at_the_line_in_the_servers_words() {
        check(
            &WEB.replace("port: 80", "port: 80\n    targetPort: \"8080\""),
            &expect![[r#"
                8: Error: spec.ports[0].targetPort: Invalid value: "8080": must contain at least one letter (a-z)
            "#]],
        );
        check(
            &WEB.replace("selector", "selecter"),
            &expect![[r#"
                9: Error: unknown field "spec.selecter"
            "#]],
        );
        check(
            &format!("{WEB}---\n{WEB}"),
            &expect![[r"
                4: Warning: service/web is here twice: the later one is applied
                service/web created
            "]],
        );
    }

    #[test]
    fn any_text_is_answered() {
        let deep = "[".repeat(20_000);
        let bomb = (0..40).fold("a: &a [x]\n".to_owned(), |text, n| text + &format!("b{n}: &b{n} [*a, *a]\n"));
        let long = "x".repeat(5 * 1024 * 1024);
        for text in [
            "\t",
            "\u{0}\u{1}",
            ":",
            "- - -",
            "kind: {",
            "---\n---\n...",
            "null",
            "3",
            "[]",
            &deep,
            &bomb,
            &long,
            "kind: List\nitems: [1, null]",
        ] {
            let mut session = session(POD);
            edit(&mut session, text);
            assert!(there(&session, ResourceId::PODS, "a") || session.report().count(Severity::Error) == 0);
        }
    }
}
