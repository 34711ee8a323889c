//! The row of files above the text.

use crate::js::dialog;
use crate::ui::controls::draw_icon;
use crate::ui::kept;
use crate::ui::page::Page;
use crate::ui::state::Action;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// What the row gets.
#[derive(Properties, PartialEq)]
pub struct FileTabsProps {
    /// The page.
    pub page: Page,
    /// The files' names.
    pub names: Vec<AttrValue>,
    /// The file that a command waits for, behind the others.
    pub draft: Option<AttrValue>,
    /// Which is shown.
    pub chosen: usize,
    /// The files that there is something to say about.
    pub wrong: Vec<usize>,
    /// Whether the text is kept for the next visit.
    pub keep: bool,
}

/// The row of files: click shows, double click or F2 renames, the cross closes.
#[component]
pub fn FileTabs(props: &FileTabsProps) -> Html {
    let FileTabsProps { page, names, draft, chosen, wrong, keep } = props;
    let renaming = use_state_eq(|| None::<usize>);
    let (chosen, keep) = (*chosen, *keep);
    let changed = {
        let page = page.clone();
        move || {
            if keep {
                kept::write(&page.session());
            }
        }
    };
    let on_add = {
        let (page, renaming, changed) = (page.clone(), renaming.clone(), changed.clone());
        Callback::from(move |_: MouseEvent| {
            if let Some(place) = page.with(|session| session.files_mut().add()) {
                page.show(Action::File(place));
                renaming.set(Some(place));
                changed();
            }
        })
    };
    let on_close = {
        let (page, changed) = (page.clone(), changed.clone());
        let is_draft = draft.is_some() && chosen == names.len();
        Callback::from(move |_: MouseEvent| {
            if is_draft {
                return page.with(|session| session.close_draft(false));
            }
            let empty = page.session().files().text(chosen).trim().is_empty();
            if empty || dialog::confirm("Close this file? The objects in it are deleted from the cluster.") {
                page.with(|session| {
                    session.files_mut().remove(chosen);
                    session.apply_changed();
                });
                page.show(Action::File(chosen.saturating_sub(1)));
                changed();
            }
        })
    };
    let count = names.len() + usize::from(draft.is_some());
    let tab = |(place, name): (usize, &AttrValue)| -> Html {
        let front = place == chosen;
        if *renaming == Some(place) {
            return html! { <NameField key={format!("{place}?")} page={page.clone()} {place} name={name.clone()}
            on_done={ let (renaming, changed) = (renaming.clone(), changed.clone()); Callback::from(move |()| { renaming.set(None); changed(); }) }/> };
        }
        let rename = {
            let renaming = renaming.clone();
            move || renaming.set(Some(place))
        };
        let on_key = {
            let (rename, page) = (rename.clone(), page.clone());
            Callback::from(move |event: KeyboardEvent| {
                let next = match event.key().as_str() {
                    "F2" => return rename(),
                    "ArrowRight" => (place + 1) % count,
                    "ArrowLeft" => (place + count - 1) % count,
                    _ => return,
                };
                event.prevent_default();
                page.show(Action::File(next));
                dialog::focus(&format!("file-{next}"));
            })
        };
        let marked = wrong.contains(&place);
        html! {
            <button key={place} id={format!("file-{place}")} type="button" role="tab" class={classes!("tab", front.then_some("on"))}
                data-testid="file-tab" aria-selected={front.to_string()} tabindex={if front { "0" } else { "-1" }}
                title={format!("{name}: double click or F2 renames")} onkeydown={on_key}
                onclick={page.on(move || Action::File(place))} ondblclick={Callback::from(move |_| rename())}>
                <span class="cut">{ name }</span>
                if marked { <span class="mark" title="There is something to say about this file">{ "!" }</span> }
            </button>
        }
    };
    html! {
        <div class="files">
            <div class="tabs" role="tablist" aria-label="Files">
                { for names.iter().enumerate().map(tab) }
                if let Some(name) = draft { { draft_tab(page, name, names.len(), chosen) } }
            </div>
            if count > 1 {
                <button type="button" class="button square quiet" data-testid="file-close" onclick={on_close}
                    aria-label={format!("Close {}", names.get(chosen).or(draft.as_ref()).cloned().unwrap_or_default())} title="Close this file">
                    { draw_icon("close") }
                </button>
            }
            <button type="button" class="button square quiet" data-testid="file-add" onclick={on_add} aria-label="New file"
                title="New file">
                { draw_icon("plus") }
            </button>
        </div>
    }
}

/// The tab of the file that a command waits for.
fn draft_tab(page: &Page, name: &AttrValue, place: usize, chosen: usize) -> Html {
    let front = place == chosen;
    let on_key = {
        let page = page.clone();
        Callback::from(move |event: KeyboardEvent| {
            let next = match event.key().as_str() {
                "ArrowRight" => 0,
                "ArrowLeft" => place.saturating_sub(1),
                _ => return,
            };
            event.prevent_default();
            page.show(Action::File(next));
            dialog::focus(&format!("file-{next}"));
        })
    };
    let short = name.rsplit('/').next().unwrap_or(name).to_owned();
    html! {
        <button key={place} id={format!("file-{place}")} type="button" role="tab" data-testid="file-tab"
            class={classes!("tab", "draft", front.then_some("on"))} aria-selected={front.to_string()}
            tabindex={if front { "0" } else { "-1" }} title={format!("{name}: kubectl edit waits for it")}
            onkeydown={on_key} onclick={page.on(move || Action::File(place))}>
            <span class="cut">{ short }</span>
        </button>
    }
}

#[derive(Properties, PartialEq)]
struct NameFieldProps {
    page: Page,
    place: usize,
    name: AttrValue,
    on_done: Callback<()>,
}

/// The field in which a file gets its name.
#[component]
fn NameField(props: &NameFieldProps) -> Html {
    let field = use_node_ref();
    {
        let field = field.clone();
        use_effect_with((), move |()| {
            if let Some(field) = field.cast::<HtmlInputElement>() {
                let _ = field.focus();
                field.select();
            }
        });
    }
    let take = {
        let (page, place, field, done) = (props.page.clone(), props.place, field.clone(), props.on_done.clone());
        move || {
            if let Some(field) = field.cast::<HtmlInputElement>() {
                page.with(|session| session.files_mut().rename(place, &field.value()));
            }
            done.emit(());
        }
    };
    let on_key = {
        let (take, done) = (take.clone(), props.on_done.clone());
        Callback::from(move |event: KeyboardEvent| match event.key().as_str() {
            "Enter" => take(),
            "Escape" => done.emit(()),
            _ => {}
        })
    };
    html! {
        <input ref={field} class="name-field" aria-label="Name of the file" value={props.name.clone()} maxlength="60"
            onkeydown={on_key} onblur={Callback::from(move |_| take())}/>
    }
}
