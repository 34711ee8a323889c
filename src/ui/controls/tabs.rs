//! A row of tabs: one is in front, the arrow keys move.

use crate::js::dialog;
use yew::prelude::*;

/// One tab.
#[derive(Clone, PartialEq)]
pub struct Tab {
    /// What its ids end in.
    pub id: AttrValue,
    /// What stands on it.
    pub title: AttrValue,
    /// A number behind the title; nothing where it is empty.
    pub count: AttrValue,
}

impl Tab {
    /// A tab without a number.
    pub fn new(id: impl Into<AttrValue>, title: impl Into<AttrValue>) -> Tab {
        Tab { id: id.into(), title: title.into(), count: AttrValue::default() }
    }
}

/// What a row of tabs gets.
#[derive(Properties, PartialEq)]
pub struct TabsProps {
    /// What the row is called.
    pub label: AttrValue,
    /// The tabs.
    pub tabs: Vec<Tab>,
    /// Which is in front.
    pub chosen: usize,
    /// Called with the place of the tab that shall be in front.
    pub on_choose: Callback<usize>,
}

/// A row of tabs; their panels have the ids `panel-ID`.
#[component]
pub fn Tabs(props: &TabsProps) -> Html {
    let count = props.tabs.len();
    let choose = props.on_choose.clone();
    let ids: Vec<AttrValue> = props.tabs.iter().map(|tab| tab.id.clone()).collect();
    let chosen = props.chosen;
    let on_key = Callback::from(move |event: KeyboardEvent| {
        let next = match event.key().as_str() {
            "ArrowRight" => (chosen + 1) % count.max(1),
            "ArrowLeft" => (chosen + count.saturating_sub(1)) % count.max(1),
            "Home" => 0,
            "End" => count.saturating_sub(1),
            _ => return,
        };
        event.prevent_default();
        choose.emit(next);
        if let Some(id) = ids.get(next) {
            dialog::focus(&format!("tab-{id}"));
        }
    });
    html! {
        <div class="tabs" role="tablist" aria-label={props.label.clone()} onkeydown={on_key}>
            { for props.tabs.iter().enumerate().map(|(place, tab)| {
                let on_choose = props.on_choose.clone();
                let front = place == chosen;
                html! {
                    <button key={tab.id.to_string()} type="button" role="tab" class={classes!("tab", front.then_some("on"))}
                        id={format!("tab-{}", tab.id)} data-testid={format!("tab-{}", tab.id)}
                        aria-controls={format!("panel-{}", tab.id)} aria-selected={front.to_string()}
                        tabindex={if front { "0" } else { "-1" }}
                        onclick={Callback::from(move |_| on_choose.emit(place))}>
                        { &tab.title }
                        if !tab.count.is_empty() { <span class="count">{ &tab.count }</span> }
                    </button>
                }
            }) }
        </div>
    }
}
