//! The manifests: tabs, the text, and what there is to say about it.
//!
//! A plain textarea is there at once; CodeMirror takes its place when it has come, with the text and the cursor. Edits
//! apply by themselves after a pause, and at once with Ctrl/Cmd+Enter.

mod draft;
mod drift;
mod files;
mod notes;
mod text;

use super::page::Page;
use super::state::State;
use super::state::{Action, Panel};
use crate::js::dialog;
use draft::DraftFoot;
use drift::Drift;
use files::FileTabs;
use notes::Notes;
use text::TextEditor;
use yew::prelude::*;

/// What the editor gets.
#[derive(Properties, PartialEq)]
pub struct EditorProps {
    /// The page.
    pub page: Page,
    /// What is shown.
    pub state: State,
    /// Whether the text is kept for the next visit.
    pub keep: bool,
}

/// The manifests.
#[component]
pub fn EditorPanel(props: &EditorProps) -> Html {
    let EditorProps { page, state, keep } = props;
    let waiting = use_state_eq(|| false);
    // Where the cursor shall go, once the file that it is in is shown.
    let target = use_state_eq(|| None::<(usize, u32)>);
    let (report, file, names, draft) = {
        let session = page.session();
        let names: Vec<AttrValue> = session.files().all().iter().map(|file| file.name.clone().into()).collect();
        let draft: Option<AttrValue> = session.draft().map(|draft| draft.name.clone().into());
        let last = if draft.is_some() { names.len() } else { names.len().saturating_sub(1) };
        (session.report(), state.file.min(last), names, draft)
    };
    {
        // The editor comes to the front when a command opens a file in it, and what was in front comes back.
        let (page, count) = (page.clone(), names.len());
        let before = use_mut_ref(|| None::<usize>);
        let shown = state.file;
        use_effect_with(draft.clone(), move |draft| {
            if draft.is_some() {
                before.borrow_mut().get_or_insert(shown);
                page.show(Action::Show(Panel::Editor));
                page.show(Action::File(count));
            } else if let Some(before) = before.borrow_mut().take() {
                page.show(Action::File(before));
                page.show(Action::Show(Panel::Terminal));
                dialog::focus(crate::ui::terminal::LINE);
            }
        });
    }
    let on_go = {
        let (page, target) = (page.clone(), target.clone());
        Callback::from(move |(file, offset): (usize, u32)| {
            page.show(super::state::Action::File(file));
            target.set(Some((file, offset)));
        })
    };
    let on_arrived = {
        let target = target.clone();
        Callback::from(move |()| target.set(None))
    };
    let on_waiting = {
        let waiting = waiting.clone();
        Callback::from(move |now: bool| waiting.set(now))
    };
    let wrong: Vec<usize> = report.notes.iter().map(|(file, _)| *file).collect();
    let go_to = (*target).filter(|(there, _)| *there == file).map(|(_, offset)| offset);
    html! {
        <div class="edit" data-testid="editor">
            <FileTabs page={page.clone()} names={names.clone()} draft={draft.clone()} chosen={file} {wrong} keep={*keep}/>
            if let Some(draft) = draft.filter(|_| file == names.len()) {
                <TextEditor key={draft.to_string()} page={page.clone()} file={None::<usize>} name={draft.clone()}
                    dark={state.is_dark()} {report} keep={false} go_to={None::<u32>} {on_arrived} {on_waiting}/>
                <DraftFoot page={page.clone()}/>
            } else {
                <TextEditor key={format!("{file}/{}/{}", state.replaced, names.len())} page={page.clone()} {file}
                    name={names.get(file).cloned().unwrap_or_default()} dark={state.is_dark()} report={report.clone()}
                    keep={*keep} {go_to} {on_arrived} {on_waiting}/>
                <Drift page={page.clone()} version={state.version} names={names.clone()} {file} keep={*keep}/>
                <Notes {report} {names} waiting={*waiting} {on_go}/>
            }
        </div>
    }
}
