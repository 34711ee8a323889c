//! The terminal: what was printed, and below it the line to type.

mod forwards;
mod line;

use super::page::Page;
use crate::js::dialog;
use crate::session::{Printed, PrintedKind};
pub use forwards::Forwards;
use line::CommandLine;
pub use line::ID as LINE;
use web_sys::Element;
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
    let on_click = Callback::from(|_: MouseEvent| {
        // A click beside the text goes on typing, unless it ends a selection to copy.
        if !dialog::has_selection() {
            dialog::focus(line::ID);
        }
    });
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
            <Forwards page={page.clone()} version={*version}/>
            <CommandLine page={page.clone()} {busy} asks={asks.clone()}/>
        </div>
    }
}

/// A piece of what was printed, without what stands before the line that is typed.
fn piece(at: usize, one: &Printed, asks: &str) -> Html {
    let (class, mark) = match one.kind {
        PrintedKind::Typed => ("typed", "$ "),
        PrintedKind::Equals => ("equals", "# "),
        PrintedKind::Out => ("out", ""),
        PrintedKind::Err => ("err", ""),
    };
    // A command of several lines goes on behind the shell's second prompt.
    let text = one.text.trim_end_matches('\n');
    if one.kind == PrintedKind::Typed && text.contains('\n') {
        return html! { <pre key={at} {class}>{ mark }{ text.replace('\n', "\n> ") }{ "\n" }</pre> };
    }
    let text = one.text.strip_suffix(asks).unwrap_or(&one.text);
    if text.is_empty() {
        return Html::default();
    }
    html! { <pre key={at} {class}>{ mark }{ text }</pre> }
}
