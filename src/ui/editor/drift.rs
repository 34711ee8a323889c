//! What the cluster differs in from the text: each with a way into the text, and a way back.

use crate::session::{Difference, Differs};
use crate::ui::kept;
use crate::ui::page::Page;
use crate::ui::state::Action;
use crate::yaml::print_json_compact;
use yew::prelude::*;

/// What the list gets.
#[derive(Properties, PartialEq)]
pub struct DriftProps {
    /// The page.
    pub page: Page,
    /// The session's version that is shown.
    pub version: u64,
    /// The files' names.
    pub names: Vec<AttrValue>,
    /// Which is shown: objects that are in none go there.
    pub file: usize,
    /// Whether the text is kept for the next visit.
    pub keep: bool,
}

/// No more differences than this are listed.
const MOST: usize = 12;

/// The differences; nothing where there are none.
#[component]
pub fn Drift(props: &DriftProps) -> Html {
    let DriftProps { page, names, file, keep, .. } = props;
    let (file, keep) = (*file, *keep);
    let differences = use_memo(page.session().differences_version(), |_| page.session().differences());
    let row = |one: &Difference| {
        let place = one.place.map(|(file, line)| format!("{}:{line}", names.get(file).cloned().unwrap_or_default()));
        let on_take = {
            let (page, key) = (page.clone(), one.key.clone());
            Callback::from(move |_: MouseEvent| {
                if page.with(|session| session.take_over(&key, file)) {
                    page.show(Action::Rewritten);
                    if keep {
                        kept::write(&page.session());
                    }
                } else {
                    page.show(Action::Notice("The text cannot be changed here without losing its layout".to_owned()));
                }
            })
        };
        let on_drop = {
            let (page, key) = (page.clone(), one.key.clone());
            Callback::from(move |_: MouseEvent| {
                if let Err(refusal) = page.with(|session| session.drop_difference(&key)) {
                    page.show(Action::Notice(refusal));
                }
            })
        };
        let undo = if one.what == Differs::New { "Deletes it from the cluster" } else { "Applies its text again" };
        html! {
            <li key={format!("{}/{}", one.key.namespace, one.title)} data-testid="difference">
                <span class="words">
                    if let Some(place) = place { <b>{ place }</b> }
                    { format!("{} {}", one.title, words(&one.what)) }
                </span>
                <span class="ways">
                    <button type="button" class="button" onclick={on_take} data-testid="take-over"
                        title="Writes it into the text" aria-label={format!("Take {} over into the text", one.title)}>
                        { "Take over" }
                    </button>
                    <button type="button" class="button" onclick={on_drop} data-testid="drop-difference" title={undo}
                        aria-label={format!("Undo the change of {}", one.title)}>
                        { "Undo" }
                    </button>
                </span>
            </li>
        }
    };
    if differences.is_empty() {
        return html! {};
    }
    let more = differences.len().saturating_sub(MOST);
    html! {
        <section class="drift" aria-label="Changes by hand" data-testid="drift">
            <p>{ "Changed by hand, not in the text" }</p>
            <ul>
                { for differences.iter().take(MOST).map(row) }
                if more > 0 { <li>{ format!("and {more} more") }</li> }
            </ul>
        </section>
    }
}

/// `spec.replicas: 2 → 3`
fn words(what: &Differs) -> String {
    match what {
        Differs::Gone => "is deleted".to_owned(),
        Differs::New => "is new".to_owned(),
        Differs::Fields(fields) => {
            let one = fields.first().map_or(String::new(), |field| {
                let there = field.there.as_ref().map_or("nothing".to_owned(), print_json_compact);
                format!("{}: {} → {there}", field.path, print_json_compact(&field.asked))
            });
            let more = fields.len().saturating_sub(1);
            if more > 0 { format!("{one}, and {more} more") } else { one }
        }
    }
}
