//! The picture: who asks, which Services there are, what they select, and where the pods run.

mod cards;
mod edges;
mod flights;
mod send;
mod table;

use super::controls::draw_icon;
use super::page::Page;
use super::state::{Action, State};
use crate::js::size;
use crate::session::{Area, Layout, Session, Way};
use cards::Cards;
use edges::Edges;
use flights::Flights;
use send::SendBar;
use std::rc::Rc;
use table::PictureTable;
use web_sys::Element;
use yew::prelude::*;

/// What the picture gets.
#[derive(Properties, PartialEq)]
pub struct PictureProps {
    /// The page.
    pub page: Page,
    /// What is shown.
    pub state: State,
}

/// The picture, or its twin in tables.
#[component]
pub fn PicturePanel(props: &PictureProps) -> Html {
    let PictureProps { page, state } = props;
    let area = use_state_eq(|| None::<(i32, i32)>);
    let frame = use_node_ref();
    {
        let (frame, area) = (frame.clone(), area.clone());
        use_effect_with((), move |()| {
            let watch = frame
                .cast::<Element>()
                .and_then(|element| size::watch(&element, move |width, height| area.set(Some((width, height)))));
            move || drop(watch)
        });
    }
    let picture = use_memo(state.version, |_| page.look(Session::picture));
    let clients = use_memo(state.version, |_| page.session().clients());
    let layout = use_memo((state.version, *area), |(_, area)| {
        area.map(|(width, height)| Layout::of(&picture, clients.len(), Area { width, height }))
    });
    let asked = use_memo(state.version, |_| page.session().asked().take(100).cloned().collect::<Vec<_>>());
    let from = state.ask(&page.session()).map(|ask| ask.from);
    let way = page.session().last_way();
    let as_table = state.as_table;
    let (icon, word) = if as_table { ("picture", "Picture") } else { ("table", "Table") };
    html! {
        <div class="scene">
            <div class="scene-head">
                <SendBar page={page.clone()} state={state.clone()}/>
                <button type="button" class="button quiet" data-testid="as-table" aria-pressed={as_table.to_string()}
                    onclick={page.on(move || Action::AsTable(!as_table))} title="The same as tables, or as a picture" aria-label="Show as tables">
                    { draw_icon(icon) }<span class="word">{ word }</span>
                </button>
            </div>
            <div class="scene-frame" ref={frame} data-testid="picture">
                if as_table {
                    <PictureTable page={page.clone()} picture={picture.clone()}/>
                } else if let Some(layout) = layout.as_ref() {
                    <div class={classes!("canvas", layout.narrow.then_some("narrow"), layout.compact.then_some("compact"))} style={format!("height:{}px", layout.height)}>
                        <Edges picture={picture.clone()} layout={Rc::new(layout.clone())} selected={state.selected.clone()}/>
                        <Cards page={page.clone()} picture={picture.clone()} clients={clients.clone()}
                            layout={Rc::new(layout.clone())} selected={state.selected.clone()} {from}/>
                        <Flights picture={picture.clone()} layout={Rc::new(layout.clone())} {clients} {asked}/>
                    </div>
                }
            </div>
            { trace(way.as_deref()) }
        </div>
    }
}

/// What came of the last request, in two lines that are always there.
fn trace(way: Option<&Way>) -> Html {
    let Some(way) = way else {
        return html! { <p class="trace" data-testid="trace">{ "Send a request to see the way it takes." }</p> };
    };
    let class = classes!("trace", (!way.answered).then_some("failed"));
    html! {
        <p {class} data-testid="trace" data-answered={way.answered.to_string()} role="status" title={way.short.clone()}>
            <span><b>{ format!("#{} {}", way.number, way.title) }</b>{ " · " }{ &way.short }</span>
        </p>
    }
}
