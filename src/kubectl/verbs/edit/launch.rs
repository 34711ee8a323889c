//! The editor: the page's own, or a program of the prompt. Models kubectl pkg/cmd/util/editor/editor.go.

use crate::clock::Time;
use crate::kubectl::call::{Call, Step, Task};
use crate::kubectl::terminal::Draft;
use crate::kubectl::{Failure, prompt};

/// An editor with a file open.
pub struct Editor {
    file: String,
    /// The program that edits it; `None` for the page's editor.
    program: Option<Program>,
}

struct Program {
    /// How its errors name it.
    words: String,
    task: Box<dyn Task>,
    until: Option<Time>,
}

impl Editor {
    /// Opens `text` in the reader's editor.
    pub fn launch(call: &mut Call<'_>, text: &str, extension: &str) -> Result<Editor, Failure> {
        let chosen = ["KUBE_EDITOR", "EDITOR"].iter().find_map(|name| call.terminal.variables.get(*name));
        let chosen = chosen.filter(|words| !words.is_empty()).cloned();
        let file = free_name(call, extension);
        let Some(words) = chosen else {
            if !call.terminal.has_editor {
                call.console.error_line("There is no editor here: set KUBE_EDITOR to a command that changes a file.");
                return Err(Failure::from("unable to launch the editor \"vi\""));
            }
            call.terminal.draft =
                Some(Draft { name: file.clone(), opened: text.to_owned(), text: text.to_owned(), closed: false });
            return Ok(Editor { file, program: None });
        };
        store(call, &file, text);
        let line = format!("{words} /{file}");
        let task = Box::new(prompt::task(call.terminal, &line, call.console.input.clone()));
        Ok(Editor { file, program: Some(Program { words: line, task, until: None }) })
    }

    /// The name of its file, without the slash before it.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// When it wants to be asked again.
    pub fn until(&self) -> Option<Time> {
        self.program.as_ref().and_then(|program| program.until)
    }

    /// The text once the editor was left; `None` while it is open.
    pub fn poll(&mut self, call: &mut Call<'_>) -> Result<Option<String>, Failure> {
        let Some(program) = &mut self.program else {
            let closed = call.terminal.draft.as_ref().is_none_or(|draft| draft.closed);
            return Ok(closed.then(|| call.terminal.draft.take().map_or(String::new(), |draft| draft.text)));
        };
        match program.task.poll(call) {
            Ok(Step::Wait(until)) => {
                program.until = until;
                Ok(None)
            }
            Ok(Step::Done) => Ok(Some(call.terminal.written.get(&self.file).cloned().unwrap_or_default())),
            Err(Failure::Exit(127)) => Err(Failure::Error(format!("unable to launch the editor {:?}", program.words))),
            Err(_) => Err(Failure::Error(format!("there was a problem with the editor {:?}", program.words))),
        }
    }
}

/// A name that no file has: `tmp/kubectl-edit-1027359.yaml`.
fn free_name(call: &Call<'_>, extension: &str) -> String {
    let mut number = call.cluster.now().0.wrapping_mul(2_654_435_761) % 4_000_000_000;
    loop {
        let name = format!("tmp/kubectl-edit-{number}{extension}");
        if !call.terminal.files.contains_key(&name) {
            return name;
        }
        number += 1;
    }
}

/// Keeps the text beside the editor's files.
pub fn store(call: &mut Call<'_>, file: &str, text: &str) {
    call.terminal.files.insert(file.to_owned(), text.to_owned());
    call.terminal.written.insert(file.to_owned(), text.to_owned());
}

/// Takes the file away.
pub fn remove(call: &mut Call<'_>, file: &str) {
    call.terminal.files.remove(file);
    call.terminal.written.remove(file);
}
