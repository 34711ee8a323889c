//! The terminal: a line to type, what was printed, the command that runs.

use super::page::Page;
use crate::js::dialog;
use crate::session::{Printed, PrintedKind};
use web_sys::{Element, HtmlInputElement};
use yew::prelude::*;

/// What the terminal gets.
#[derive(Properties, PartialEq)]
pub struct TerminalProps {
    /// The page.
    pub page: Page,
    /// The session's version.
    pub version: u64,
}

/// The terminal.
#[component]
pub fn TerminalPanel(props: &TerminalProps) -> Html {
    let TerminalProps { page, version } = props;
    let line = use_state_eq(String::new);
    // How far back in the history; 0 is the line that is being typed.
    let back = use_state_eq(|| 0_usize);
    let frame = use_node_ref();
    let printed = use_memo(*version, |_| page.session().printed());
    let busy = page.session().is_busy();
    // What a program that reads what is typed has written before it.
    let asks = page.session().asks().map(str::to_owned);
    {
        let frame = frame.clone();
        use_effect_with((*version, busy), move |_| {
            if let Some(frame) = frame.cast::<Element>() {
                dialog::scroll_to_end(&frame);
            }
        });
    }
    let on_input = {
        let (line, back) = (line.clone(), back.clone());
        Callback::from(move |event: InputEvent| {
            let field: HtmlInputElement = event.target_unchecked_into();
            line.set(field.value());
            back.set(0);
        })
    };
    let on_key = {
        let (page, line, back) = (page.clone(), line.clone(), back.clone());
        Callback::from(move |event: KeyboardEvent| {
            let typed = page.session().typed().to_vec();
            let recall = |to: usize| {
                back.set(to);
                line.set(to.checked_sub(1).and_then(|at| typed.iter().rev().nth(at)).cloned().unwrap_or_default());
            };
            match event.key().as_str() {
                "Enter" => {
                    let typed = (*line).clone();
                    line.set(String::new());
                    back.set(0);
                    page.with(|session| session.run_line(&typed));
                }
                "ArrowUp" => recall((*back + 1).min(typed.len())),
                "ArrowDown" => recall(back.saturating_sub(1)),
                "Tab" if !event.shift_key() && !line.trim().is_empty() => {
                    let completed = page.session().complete(&line);
                    if completed != *line {
                        line.set(completed);
                    }
                }
                "c" if event.ctrl_key() && !has_selection(&event) => {
                    line.set(String::new());
                    page.with(crate::session::Session::interrupt);
                }
                "d" if event.ctrl_key() && line.is_empty() => page.with(crate::session::Session::end_input),
                "l" if event.ctrl_key() => page.with(crate::session::Session::clear),
                _ => return,
            }
            event.prevent_default();
        })
    };
    let prompt = match &asks {
        Some(asks) => asks.trim_end(),
        None if busy => "…",
        None => "$",
    };
    let hint = match &asks {
        Some(_) => "a program reads this: Ctrl+D ends its input, Ctrl+C stops it",
        None if busy => "running: Ctrl+C stops it",
        None => "",
    };
    let field = use_node_ref();
    let on_click = {
        let field = field.clone();
        Callback::from(move |_: MouseEvent| {
            // A click beside the text goes on typing, unless it ends a selection to copy.
            if let Some(field) = field.cast::<HtmlInputElement>().filter(|_| !dialog::has_selection()) {
                let _ = field.focus();
            }
        })
    };
    html! {
        <div class="terminal" data-testid="terminal" ref={frame} onclick={on_click}>
            <div role="log" aria-label="What was printed" aria-live="polite">
                if printed.is_empty() {
                    <p class="soft">{ "kubectl works on this cluster. The editor's files are there for -f. Try: kubectl get pods -o wide" }</p>
                }
                { for printed.iter().enumerate().map(|(at, one)| {
                    let asks = asks.as_deref().filter(|_| at + 1 == printed.len()).unwrap_or("");
                    piece(at, one, asks)
                }) }
            </div>
            <label class={classes!("prompt", (busy && asks.is_none()).then_some("busy"))}>
                <span aria-hidden="true">{ prompt }</span><span class="hidden">{ "Command" }</span>
                <input ref={field} id="terminal-line" data-testid="terminal-line" value={(*line).clone()} oninput={on_input} onkeydown={on_key} spellcheck="false"
                    autocapitalize="off" autocomplete="off" autocorrect="off" enterkeyhint="go"
                    placeholder={hint}/>
            </label>
        </div>
    }
}

fn has_selection(event: &KeyboardEvent) -> bool {
    event.target_dyn_into::<HtmlInputElement>().is_some_and(|field| {
        let (start, end) = (field.selection_start().ok().flatten(), field.selection_end().ok().flatten());
        start != end
    })
}

/// A piece of what was printed, without what stands before the line that is typed.
fn piece(at: usize, one: &Printed, asks: &str) -> Html {
    let (class, mark) = match one.kind {
        PrintedKind::Typed => ("typed", "$ "),
        PrintedKind::Equals => ("equals", "# "),
        PrintedKind::Out => ("out", ""),
        PrintedKind::Err => ("err", ""),
    };
    let text = one.text.strip_suffix(asks).unwrap_or(&one.text);
    if text.is_empty() {
        return Html::default();
    }
    html! { <pre key={at} {class}>{ mark }{ text }</pre> }
}
