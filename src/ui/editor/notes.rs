//! What there is to say about the text, and how it was applied.

use crate::session::Report;
use crate::yaml::Severity;
use std::rc::Rc;
use yew::prelude::*;

/// What the notes get.
#[derive(Properties, PartialEq)]
pub struct NotesProps {
    /// How the text was applied.
    pub report: Rc<Report>,
    /// The files' names.
    pub names: Vec<AttrValue>,
    /// Whether the text has changed since.
    pub waiting: bool,
    /// Called with the file and the offset that shall be shown.
    pub on_go: Callback<(usize, u32)>,
}

/// No more notes than this are listed.
const MOST: usize = 30;

/// The notes, each with the place it is about, and a line that says how things stand.
#[component]
pub fn Notes(props: &NotesProps) -> Html {
    let NotesProps { report, names, waiting, on_go } = props;
    let note = |(at, (file, note)): (usize, &(usize, crate::yaml::Diagnostic))| {
        let (class, word) = match note.severity {
            Severity::Error => ("error", "error"),
            Severity::Warning => ("warning", "warning"),
            Severity::Note => ("info", "note"),
        };
        let place = (*file, note.span.start.utf16);
        let name = names.get(*file).cloned().unwrap_or_default();
        let on_go = on_go.clone();
        html! {
            <li key={at} class={class} data-testid="note" data-severity={word}>
                <button type="button" onclick={Callback::from(move |_| on_go.emit(place))}
                    title="Show the place in the text">
                    <b>{ format!("{name}:{}", note.span.start.line + 1) }</b>
                    <span class="hidden">{ format!(" {word}: ") }</span>
                    <span class="words">{ &note.message }</span>
                </button>
                if let Some(hint) = &note.hint { <p class="hint">{ hint }</p> }
            </li>
        }
    };
    let more = report.notes.len().saturating_sub(MOST);
    html! {
        <div class="below">
            if !report.notes.is_empty() {
                <ul class="notes" data-testid="notes" aria-label="About the text" aria-live="polite">
                    { for report.notes.iter().take(MOST).enumerate().map(note) }
                    if more > 0 { <li class="info">{ format!("and {more} more") }</li> }
                </ul>
            }
            <p class="foot">
                <span data-testid="apply-state">{ how_it_stands(report, *waiting) }</span>
                <kbd title="Applies the whole text at once, like kubectl apply -f .">{ "Ctrl+Enter" }</kbd>
            </p>
        </div>
    }
}

fn how_it_stands(report: &Report, waiting: bool) -> String {
    if waiting {
        return "Editing …".to_owned();
    }
    if report.held {
        return "Not applied: what ran keeps running".to_owned();
    }
    let count = |number: usize, what: &str| match number {
        0 => String::new(),
        1 => format!(", 1 {what}"),
        _ => format!(", {number} {what}s"),
    };
    let objects = report.places.len();
    let plural = if objects == 1 { "" } else { "s" };
    format!(
        "{objects} object{plural} applied{}{}",
        count(report.count(Severity::Error), "refusal"),
        count(report.count(Severity::Warning), "warning")
    )
}
