//! The line to type: a shell's keys, Tab, the history, commands of several lines.
//!
//! What the keys do to the text is the session's (`LineEdit`, `complete`, `found_in_history`). Tab completes where
//! something is typed; behind Escape it leaves the line, as it does in the editor, and so does Shift+Tab.

use crate::kubectl::needs_more;
use crate::session::{EditKey, LineEdit, Session};
use crate::ui::page::Page;
use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

/// The id of the field.
pub const ID: &str = "terminal-line";

/// What the line gets.
#[derive(Properties, PartialEq)]
pub struct LineProps {
    /// The page.
    pub page: Page,
    /// Whether a command runs.
    pub busy: bool,
    /// What stands before the line of a program that reads what is typed.
    pub asks: Option<String>,
}

/// A search in the history: what is looked for, and how many finds are passed over.
#[derive(Clone, PartialEq)]
struct Search {
    wanted: String,
    skip: usize,
}

/// The line.
#[component]
pub fn CommandLine(props: &LineProps) -> Html {
    let LineProps { page, busy, asks } = props;
    let line = use_state_eq(String::new);
    // How far back in the history; 0 is the line that is being typed, which is kept beside.
    let back = use_state_eq(|| 0_usize);
    let typed = use_mut_ref(String::new);
    let search = use_state_eq(|| None::<Search>);
    let cut = use_mut_ref(String::new);
    let leaving = use_mut_ref(|| false);
    let field = use_node_ref();
    let put = {
        let (line, field) = (line.clone(), field.clone());
        move |text: String, caret: u32| {
            if let Some(field) = field.cast::<HtmlTextAreaElement>() {
                field.set_value(&text);
                let _ = field.set_selection_range(caret, caret);
            }
            line.set(text);
        }
    };
    let put_whole = {
        let put = put.clone();
        move |text: String| {
            let end = text.encode_utf16().count() as u32;
            put(text, end);
        }
    };
    let on_input = {
        let (line, back, search) = (line.clone(), back.clone(), search.clone());
        Callback::from(move |event: InputEvent| {
            let field: HtmlTextAreaElement = event.target_unchecked_into();
            if search.is_some() {
                return;
            }
            line.set(field.value());
            back.set(0);
        })
    };
    let on_key = {
        let (page, back, search) = (page.clone(), back.clone(), search.clone());
        let is_asked = asks.is_some();
        let (typed, cut, leaving, field) = (typed.clone(), cut.clone(), leaving.clone(), field.clone());
        Callback::from(move |event: KeyboardEvent| {
            let Some(element) = field.cast::<HtmlTextAreaElement>() else { return };
            let key = event.key();
            let (ctrl, alt) = (event.ctrl_key(), event.alt_key());
            if event.is_composing() || event.meta_key() {
                return;
            }
            let was_leaving = std::mem::replace(&mut *leaving.borrow_mut(), key == "Escape");
            let offset = |value: Result<Option<u32>, _>| value.ok().flatten().unwrap_or(0);
            let (start, end) = (offset(element.selection_start()), offset(element.selection_end()));
            let text = element.value();
            let mut edit = LineEdit::at_utf16(&text, end, &cut.borrow());
            let recall = |to: usize| {
                if *back == 0 {
                    typed.borrow_mut().clone_from(&text);
                }
                back.set(to);
                let old = to.checked_sub(1).and_then(|at| page.session().typed().iter().rev().nth(at).cloned());
                put_whole(old.unwrap_or_else(|| typed.borrow().clone()));
            };
            if let Some(mut now) = (*search).clone() {
                // Searching: letters narrow it, Ctrl+R goes on, Enter runs, others take the find into the line.
                let found = page.session().found_in_history(&now.wanted, now.skip).map(str::to_owned);
                let mut plain = key.chars();
                match (key.as_str(), plain.next(), plain.next()) {
                    ("r", ..) if ctrl => now.skip += 1,
                    ("Backspace", ..) => (now.skip, _) = (0, now.wanted.pop()),
                    (_, Some(c), None) if !ctrl && !alt => {
                        now.skip = 0;
                        now.wanted.push(c);
                    }
                    ("c" | "g", ..) if ctrl => {
                        search.set(None);
                        return event.prevent_default();
                    }
                    ("Shift" | "Control" | "Alt" | "Tab", ..) => return,
                    _ => {
                        search.set(None);
                        put_whole(found.clone().unwrap_or(text));
                        if key == "Enter"
                            && let Some(found) = found
                        {
                            put_whole(String::new());
                            page.with(|session| session.run_line(&found));
                        }
                        return event.prevent_default();
                    }
                }
                // A search that finds nothing more stays where it was.
                let session = page.session();
                if now.skip == 0 || session.found_in_history(&now.wanted, now.skip).is_some() {
                    search.set(Some(now));
                }
                return event.prevent_default();
            }
            match key.as_str() {
                "Enter" if !is_asked && (event.shift_key() || edit.is_last_line() && needs_more(&text)) => return,
                "Enter" => {
                    put_whole(String::new());
                    back.set(0);
                    page.with(|session| session.run_line(&text));
                }
                "ArrowUp" if edit.is_first_line() => recall((*back + 1).min(page.session().typed().len())),
                "ArrowDown" if edit.is_last_line() && *back > 0 => recall(*back - 1),
                "p" if ctrl => recall((*back + 1).min(page.session().typed().len())),
                "n" if ctrl && *back > 0 => recall(*back - 1),
                "Tab" if !event.shift_key() && !was_leaving && !text.trim().is_empty() => {
                    let completed = page.session().complete(&text, edit.caret);
                    if completed.ways.is_empty() {
                        edit = LineEdit { text: completed.text, caret: completed.caret, cut: edit.cut };
                        let caret = edit.caret_utf16();
                        put(edit.text, caret);
                    } else {
                        page.with(|session| session.show_ways(&text, &completed.ways));
                    }
                }
                "c" if ctrl && start == end => {
                    put_whole(String::new());
                    back.set(0);
                    page.with(|session| {
                        if session.is_busy() {
                            session.interrupt();
                        } else {
                            session.drop_line(&text);
                        }
                    });
                }
                "d" if ctrl && text.is_empty() => page.with(Session::end_input),
                "l" if ctrl => page.with(Session::clear),
                "r" if ctrl => search.set(Some(Search { wanted: String::new(), skip: 0 })),
                _ => {
                    let Some(key) = EditKey::of(&key, ctrl, alt) else { return };
                    edit.press(key);
                    cut.borrow_mut().clone_from(&edit.cut);
                    let caret = edit.caret_utf16();
                    put(edit.text, caret);
                }
            }
            event.prevent_default();
        })
    };
    let on_blur = {
        let leaving = leaving.clone();
        Callback::from(move |_: FocusEvent| *leaving.borrow_mut() = false)
    };
    let rows = line.matches('\n').count() + 1;
    let mark = match asks {
        Some(asks) => asks.trim_end(),
        None if *busy => "…",
        None => "$",
    };
    let hint = match asks {
        Some(_) => "a program reads this: Ctrl+D ends its input, Ctrl+C stops it",
        None if *busy => "running: Ctrl+C stops it",
        None => "",
    };
    let marks: String = std::iter::once(mark).chain((1..rows).map(|_| "\n>")).collect();
    let said = match &*search {
        Some(Search { wanted, skip }) => {
            let session = page.session();
            let found = session.found_in_history(wanted, *skip);
            let failed = if found.is_none() && !wanted.is_empty() { "failed " } else { "" };
            format!("({failed}reverse-i-search)`{wanted}': {}", found.unwrap_or(""))
        }
        None if rows > 1 => "The command goes on: Enter runs it once it is whole, Ctrl+C drops it".to_owned(),
        None => String::new(),
    };
    html! {
        <>
            <p class={classes!("search", search.is_none().then_some("hidden"))} role="status" data-testid="terminal-said">{ said }</p>
            <label class={classes!("prompt", (*busy && asks.is_none()).then_some("busy"))}>
                <span class="marks" aria-hidden="true">{ marks }</span>
                <span class="hidden">{ "Command. Tab completes; press Escape, then Tab to leave." }</span>
                <textarea ref={field} id={ID} data-testid="terminal-line" value={(*line).clone()} rows={rows.min(12).to_string()}
                    oninput={on_input} onkeydown={on_key} onblur={on_blur} spellcheck="false" autocapitalize="off"
                    autocomplete="off" autocorrect="off" enterkeyhint="go" wrap="off"
                    placeholder={hint}/>
            </label>
        </>
    }
}
