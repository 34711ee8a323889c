//! The text of one file: a textarea, and CodeMirror over it as soon as it is there.

use crate::js::editor::{Completion, Editor, Mark, Settings};
use crate::js::time::{self, Later};
use crate::session::{LineEdit, Report};
use crate::ui::kept;
use crate::ui::page::Page;
use crate::yaml::Severity;
use std::rc::Rc;
use web_sys::{Element, HtmlTextAreaElement};
use yew::prelude::*;

/// After so many milliseconds without a key, the text is applied.
const PAUSE: i32 = 600;

/// What the text's editor gets. Another file or another session is another component (by its key).
#[derive(Properties, PartialEq)]
pub struct TextProps {
    /// The page.
    pub page: Page,
    /// Which file; `None` for the one that a command waits for.
    pub file: Option<usize>,
    /// Its name.
    pub name: AttrValue,
    /// Whether the page is dark.
    pub dark: bool,
    /// How the text was applied.
    pub report: Rc<Report>,
    /// Whether the text is kept for the next visit.
    pub keep: bool,
    /// Where the cursor shall go.
    pub go_to: Option<u32>,
    /// Called when it went there.
    pub on_arrived: Callback<()>,
    /// Called with whether an edit waits to be applied.
    pub on_waiting: Callback<bool>,
}

/// The text of one file.
#[component]
pub fn TextEditor(props: &TextProps) -> Html {
    let TextProps { page, file, name, dark, report, keep, go_to, on_arrived, on_waiting } = props;
    let (file, keep) = (*file, *keep);
    let plain = use_node_ref();
    let rich = use_node_ref();
    let editor = use_mut_ref(|| None::<Editor>);
    let ready = use_state_eq(|| false);
    let timer = use_mut_ref(|| None::<Later>);

    let apply = {
        let (page, timer, on_waiting) = (page.clone(), timer.clone(), on_waiting.clone());
        move |all: bool| {
            timer.borrow_mut().take();
            page.with(|session| match (file, all) {
                (None, _) => session.close_draft(true),
                (_, true) => session.apply_all(),
                (_, false) => session.apply_changed(),
            });
            on_waiting.emit(false);
        }
    };
    let edited = {
        let (page, timer, apply, on_waiting) = (page.clone(), timer.clone(), apply.clone(), on_waiting.clone());
        move |text: String| {
            let Some(file) = file else { return page.look(|session| session.set_draft(&text)) };
            if !page.look(|session| session.files_mut().set_text(file, &text)) {
                return;
            }
            if keep {
                kept::write(&page.session());
            }
            on_waiting.emit(true);
            let apply = apply.clone();
            *timer.borrow_mut() = time::later(PAUSE, move || apply(false));
        }
    };

    {
        let (page, plain, rich, editor, ready) =
            (page.clone(), plain.clone(), rich.clone(), editor.clone(), ready.clone());
        let (edited, apply, dark, name) = (edited.clone(), apply.clone(), *dark, name.clone());
        use_effect_with((), move |()| {
            let slot = editor.clone();
            wasm_bindgen_futures::spawn_local(async move {
                let Some(parent) = rich.cast::<Element>() else { return };
                let text = text_of(&page, file);
                let settings = Settings { text: &text, label: &name, dark };
                let suggest = {
                    let page = page.clone();
                    move |text: String, offset: u32| suggestions(&page, &text, offset)
                };
                let opened = Editor::open(&parent, settings, edited, move || apply(true), suggest).await;
                // Without its file the textarea stays: everything works there too.
                let Ok(opened) = opened else { return };
                let _ = opened.set_text(&text_of(&page, file));
                if let Some(area) = plain.cast::<HtmlTextAreaElement>() {
                    let here = area.owner_document().and_then(|page| page.active_element());
                    if here.is_some_and(|here| &here == AsRef::<Element>::as_ref(&area)) {
                        let _ = opened.go_to(area.selection_start().ok().flatten().unwrap_or(0));
                    }
                }
                *slot.borrow_mut() = Some(opened);
                ready.set(true);
            });
            move || drop(editor.borrow_mut().take())
        });
    }
    {
        let editor = editor.clone();
        use_effect_with((*dark, *ready), move |&(dark, _)| {
            if let Some(editor) = editor.borrow().as_ref() {
                let _ = editor.set_dark(dark);
            }
        });
    }
    {
        // A command opens its file as an editor in a terminal does: with the keyboard. Hidden, it could not take it.
        let editor = editor.clone();
        use_effect_with(*ready, move |_| {
            if let Some(editor) = editor.borrow().as_ref().filter(|_| file.is_none()) {
                let _ = editor.focus();
            }
        });
    }
    {
        let editor = editor.clone();
        use_effect_with((report.clone(), *ready), move |(report, _)| {
            if let Some(editor) = editor.borrow().as_ref() {
                let _ = editor.set_marks(&marks(report, file));
            }
        });
    }
    {
        let (editor, plain, on_arrived) = (editor.clone(), plain.clone(), on_arrived.clone());
        use_effect_with((*go_to, *ready), move |(go_to, _)| {
            let Some(offset) = *go_to else { return };
            if let Some(editor) = editor.borrow().as_ref() {
                let _ = editor.go_to(offset);
                on_arrived.emit(());
            } else if let Some(area) = plain.cast::<HtmlTextAreaElement>() {
                let _ = area.focus();
                let _ = area.set_selection_range(offset, offset);
            }
        });
    }

    let on_input = {
        let edited = edited.clone();
        Callback::from(move |event: InputEvent| {
            let area: HtmlTextAreaElement = event.target_unchecked_into();
            edited(area.value());
        })
    };
    let on_key = {
        let apply = apply.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
                event.prevent_default();
                apply(true);
            }
        })
    };
    let text = text_of(page, file);
    html! {
        <div class={classes!("text", ready.then_some("rich"))}>
            if !*ready {
                <textarea ref={plain} data-testid="editor-text" aria-label={name.clone()} value={text} spellcheck="false"
                    autocapitalize="off" autocomplete="off" wrap="off" oninput={on_input} onkeydown={on_key}/>
            }
            <div ref={rich} class="mirror"/>
        </div>
    }
}

fn text_of(page: &Page, file: Option<usize>) -> String {
    let session = page.session();
    match file {
        Some(file) => session.files().text(file).to_owned(),
        None => session.draft().map_or_else(String::new, |draft| draft.text.clone()),
    }
}

/// What fits at an offset as browsers count it.
fn suggestions(page: &Page, text: &str, offset: u32) -> Vec<Completion> {
    let at = LineEdit::at_utf16(text, offset, "").caret;
    let found = page.session().suggest(text, at);
    let from = LineEdit { text: text.to_owned(), caret: found.from, cut: String::new() }.caret_utf16();
    let completion =
        |one: crate::session::Suggestion| Completion { label: one.label, detail: one.detail, apply: one.apply, from };
    found.all.into_iter().map(completion).collect()
}

fn marks(report: &Report, file: Option<usize>) -> Vec<Mark> {
    let mark = |note: &crate::yaml::Diagnostic| Mark {
        from: note.span.start.utf16,
        to: note.span.end.utf16,
        severity: match note.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "info",
        },
        message: match &note.hint {
            Some(hint) => format!("{}\n{hint}", note.message),
            None => note.message.clone(),
        },
    };
    report.notes.iter().filter(|(there, _)| Some(*there) == file).map(|(_, note)| mark(note)).collect()
}
