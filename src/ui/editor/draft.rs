//! What stands below a file that a command waits for: the ways to leave it.

use crate::ui::page::Page;
use yew::prelude::*;

/// What it gets.
#[derive(Properties, PartialEq)]
pub struct DraftFootProps {
    /// The page.
    pub page: Page,
}

/// The two ways out of the file.
#[component]
pub fn DraftFoot(props: &DraftFootProps) -> Html {
    let close = |save: bool| {
        let page = props.page.clone();
        Callback::from(move |_: MouseEvent| page.with(|session| session.close_draft(save)))
    };
    html! {
        <div class="below draft" data-testid="draft">
            <p class="foot"><span>{ "kubectl waits for this file" }</span><kbd title="Saves and closes">{ "Ctrl+Enter" }</kbd></p>
            <p class="ways">
                <button type="button" class="button" data-testid="draft-save" onclick={close(true)}>{ "Save and close" }</button>
                <button type="button" class="button" data-testid="draft-drop" onclick={close(false)}>{ "Close without saving" }</button>
            </p>
        </div>
    }
}
