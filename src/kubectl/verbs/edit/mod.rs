//! `kubectl edit`: objects as text in an editor, and what was changed there as patches.
//!
//! The editor is the page's where there is one, or the program that `KUBE_EDITOR` or `EDITOR` names. Models kubectl
//! pkg/cmd/util/editor (`EditOptions.Run` in its normal mode). Called through the table of commands.

mod launch;
mod text;

use crate::api::{Fields, Object, ResourceId, Status, Value, go_value, json, patch as patches};
use crate::apiserver::{Patch, Request, Verb};
use crate::kubectl::builder::{Info, Query};
use crate::kubectl::call::{Call, DryRun, Next, Step, Task, done, door, key, options};
use crate::kubectl::flags::Flags;
use crate::kubectl::output::{Formats, Printer};
use crate::kubectl::terminal::START;
use crate::kubectl::verbs::apply::with_record;
use crate::kubectl::{Failure, manifest, record};
use crate::yaml;
use launch::Editor;
use std::sync::Arc;
use text::Reason;

/// No text is opened again more often than this.
const ROUNDS: usize = 50;

/// Runs the verb.
pub fn edit(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let (namespace, _) = call.namespace(flags);
    let query = Query { kind_means_all: true, latest: true, ..Query::of(call, flags, &flags.args) };
    let found = query.find(call)?;
    Failure::all(found.failures)?;
    if found.infos.is_empty() {
        return Err(Failure::from("edit cancelled, no objects found"));
    }
    let json = flags.text("output") == "json";
    let printer = Printer::of(flags, &call.terminal.files, Formats::Objects)?;
    let original = text::whole(&found.infos, json);
    let editor = Editor::launch(call, &original, extension(json))?;
    let edit = Edit {
        infos: found.infos,
        flags: flags.clone(),
        printer,
        namespace,
        json,
        original,
        before: None,
        stored: None,
        editor,
        rounds: 0,
    };
    Ok(Some(Box::new(edit)))
}

fn extension(json: bool) -> &'static str {
    if json { ".json" } else { ".yaml" }
}

/// An edit while its text is open.
struct Edit {
    infos: Vec<Info>,
    flags: Flags,
    printer: Option<Printer>,
    namespace: String,
    json: bool,
    /// The text as it was first opened.
    original: String,
    /// What was saved the last time, where that had to be opened again.
    before: Option<String>,
    /// The file of the round before.
    stored: Option<String>,
    editor: Editor,
    rounds: usize,
}

/// What came of a text that was saved.
enum Outcome {
    /// All is done.
    Done,
    /// It is opened again, and says why.
    Again(Vec<Reason>),
}

impl Task for Edit {
    fn poll(&mut self, call: &mut Call<'_>) -> Result<Step, Failure> {
        let edited = match self.editor.poll(call) {
            Ok(Some(edited)) => edited,
            Ok(None) => return Ok(Step::Wait(self.editor.until())),
            Err(failure) => return Err(self.preserved(call, failure)),
        };
        let file = self.editor.file().to_owned();
        let again = self.before.as_ref().is_some_and(|before| text::same(before, &edited));
        if let Some(old) = self.stored.replace(file.clone()) {
            launch::remove(call, &old);
        }
        launch::store(call, &file, &edited);
        if again {
            return Err(self.preserved(call, Failure::from("Edit cancelled, no valid changes were saved.")));
        }
        match self.saved(call, &edited, &file) {
            Ok(Outcome::Done) => Ok(Step::Done),
            Ok(Outcome::Again(reasons)) => {
                let header = if self.json { String::new() } else { text::header(&reasons) };
                let next = header + &text::without_comments(&edited);
                self.before = Some(edited);
                self.rounds += 1;
                if self.rounds > ROUNDS {
                    return Err(self.preserved(call, Failure::from("Edit cancelled, no valid changes were saved.")));
                }
                match Editor::launch(call, &next, extension(self.json)) {
                    Ok(editor) => self.editor = editor,
                    Err(failure) => return Err(self.preserved(call, failure)),
                }
                // A program that never gets it right lets time pass, so that it can be stopped.
                Ok(Step::Wait(Some(call.cluster.now() + START)))
            }
            Err(failure) => Err(failure),
        }
    }
}

impl Edit {
    /// Says where the text is kept. Models preservedFile.
    fn preserved(&self, call: &mut Call<'_>, failure: Failure) -> Failure {
        if let Some(file) = &self.stored {
            call.console.error_line(format!("A copy of your changes has been stored to \"/{file}\""));
        }
        failure
    }

    /// Does what a saved text asks for.
    fn saved(&mut self, call: &mut Call<'_>, edited: &str, file: &str) -> Result<Outcome, Failure> {
        if let Some(wrong) = text::unreadable(edited) {
            let wrong = format!("Invalid value: \"The edited file failed validation\": {wrong}");
            let resource = self.infos.first().map_or("", |info| info.resource.info().plural);
            let group = self.infos.first().map_or(String::new(), |info| with_group(info.resource, resource));
            let name = self.infos.first().map_or("", |info| info.name.as_str());
            call.console.error_line(format!("error: {group} {name:?} is invalid"));
            let head = format!("{group} {name:?} was not valid");
            return Ok(Outcome::Again(vec![Reason { head, others: vec![format!("<nil>: {wrong}")] }]));
        }
        if text::same(&self.original, edited) {
            launch::remove(call, file);
            call.console.error_line("Edit cancelled, no changes made.");
            return Ok(Outcome::Done);
        }
        if !text::has_lines(edited) {
            launch::remove(call, file);
            call.console.error_line("Edit cancelled, saved file was empty.");
            return Ok(Outcome::Done);
        }
        let mut updated = Vec::new();
        for read in manifest::read("edited-file", edited, false) {
            match read {
                Ok(one) => updated.push(one),
                Err(failure) => {
                    let head = format!("The edited file had a syntax error: {}", failure.message());
                    return Ok(Outcome::Again(vec![Reason { head, others: Vec::new() }]));
                }
            }
        }
        let foreign = updated.iter().find(|(resource, object)| {
            resource.info().namespaced && !object.namespace().is_empty() && object.namespace() != self.namespace
        });
        if let Some((_, object)) = foreign {
            let own = object.namespace();
            let failure = Failure::Error(format!(
                "the namespace from the provided object \"{own}\" does not match the namespace \"{}\". You must pass \
                 '--namespace={own}' to perform this operation.",
                self.namespace
            ));
            return Err(self.preserved(call, failure));
        }
        let mut results = Results::default();
        for (_, object) in updated {
            if let Err(failure) = self.send(call, object, &mut results) {
                return Err(self.preserved(call, failure));
            }
        }
        if results.retryable {
            call.console.error_line(format!("You can run `kubectl replace -f /{file}` to try this update again."));
            return Err(Failure::Exit(1));
        }
        if results.lost {
            call.console.error_line(format!("The edits you made on deleted resources have been saved to \"/{file}\""));
            return Err(Failure::Exit(1));
        }
        if results.invalid.is_empty() {
            launch::remove(call, file);
            return Ok(Outcome::Done);
        }
        Ok(Outcome::Again(results.invalid))
    }

    /// Sends what was changed in one object. Models visitToPatch.
    fn send(&mut self, call: &mut Call<'_>, mut object: Object, results: &mut Results) -> Result<(), Failure> {
        let uid = object.text("metadata.uid").to_owned();
        let Some(info) = self.infos.iter().find(|info| info.object().text("metadata.uid") == uid) else {
            return Err(Failure::Error(format!("no original object found for {}", go_value::plain(object.value()))));
        };
        let original = info.object();
        if self.flags.on("save-config") {
            object = Object::new(with_record(&object)).map_err(|_| Failure::from("the document is no object"))?;
        }
        record::note(&self.flags, &mut object);
        let shown = |call: &mut Call<'_>, printer: &mut Option<Printer>, object: &Object, what: &str| {
            if let Some(printer) = printer {
                return printer.print(call.console, object.value());
            }
            call.console.line(done(object, what, DryRun::None));
            Ok(())
        };
        if object.value() == original.value() {
            return shown(call, &mut self.printer, &object, "skipped");
        }
        let changed = |path: &str| object.at(path) != original.at(path);
        if ["apiVersion", "kind", "metadata.name"].into_iter().any(changed) {
            return Err(Failure::from("At least one of apiVersion, kind and name was changed"));
        }
        let rules = patches::Rules::of(info.resource);
        let patch = patches::three_way_strategic(original.value(), object.value(), original.value(), rules)?;
        if self.flags.on("output-patch") {
            call.console.line(format!("Patch: {}", yaml::print_json_compact(&patch)));
        }
        let target = key(info.resource, &info.namespace, &info.name);
        let subresource = door(info.resource, self.flags.text("subresource"))?;
        let mut request = Request::new(target, Verb::Patch(Patch::Strategic(patch))).to(subresource);
        request.options = options(&self.flags, "kubectl-edit", DryRun::None)?;
        match call.write(&request) {
            Ok(new) => {
                shown(call, &mut self.printer, &new, "edited")?;
                let key = new.text("metadata.uid").to_owned();
                for info in self.infos.iter_mut().filter(|info| info.object().text("metadata.uid") == key) {
                    info.object = Some(Arc::clone(&new));
                }
            }
            Err(failure) => {
                let line = results.add(&failure, info);
                call.console.error_line(line);
            }
        }
        Ok(())
    }
}

/// What the API server refused.
#[derive(Default)]
struct Results {
    invalid: Vec<Reason>,
    retryable: bool,
    lost: bool,
}

impl Results {
    /// Takes a refusal; gives what is said about it. Models editResults.addError.
    fn add(&mut self, failure: &Failure, info: &Info) -> String {
        let what = format!("{} {:?}", with_group(info.resource, info.resource.info().plural), info.name);
        match failure {
            Failure::Refused(status) if status.reason == "Invalid" => {
                self.invalid.push(Reason { head: format!("{what} was not valid"), others: causes(status) });
                format!("error: {what} is invalid")
            }
            failure if failure.is_not_found() => {
                self.lost = true;
                format!("error: {what} could not be found on the server")
            }
            failure => {
                self.retryable = true;
                format!("error: {what} could not be patched: {}", failure.message())
            }
        }
    }
}

fn causes(status: &Status) -> Vec<String> {
    status.causes.iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect()
}

/// `deployments.apps`
fn with_group(resource: ResourceId, plural: &str) -> String {
    match resource.info().group {
        "" => plural.to_owned(),
        group => format!("{plural}.{group}"),
    }
}

/// The objects as one tree: itself, or a list of several.
fn tree(infos: &[Info]) -> Value {
    match infos {
        [one] => one.object().value().clone(),
        several => {
            let items: Vec<Value> = several.iter().map(|info| info.object().value().clone()).collect();
            json!({"apiVersion": "v1", "items": items, "kind": "List", "metadata": {}})
        }
    }
}

#[cfg(test)]
mod tests;
