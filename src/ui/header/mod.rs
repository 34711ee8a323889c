//! The bar at the top: which example, how time passes, the link, the colours.

use super::controls::draw_icon;
use super::page::Page;
use super::state::{Action, Theme};
use crate::clock::Time;
use crate::js::{address, clipboard};
use crate::session::{EXAMPLES, Example, Pace};
use web_sys::HtmlSelectElement;
use yew::prelude::*;

/// What the header gets.
#[derive(Properties, PartialEq)]
pub struct HeaderProps {
    /// The page.
    pub page: Page,
    /// The virtual time.
    pub now: Time,
    /// How time passes.
    pub pace: Pace,
    /// The colours.
    pub theme: Theme,
    /// Called with the example that shall be loaded.
    pub on_example: Callback<&'static Example>,
}

/// The bar at the top.
#[component]
pub fn Header(props: &HeaderProps) -> Html {
    let page = &props.page;
    let on_example = props.on_example.clone();
    let on_example = Callback::from(move |event: Event| {
        let menu: HtmlSelectElement = event.target_unchecked_into();
        if let Some(example) = Example::find(&menu.value()) {
            on_example.emit(example);
        }
        // The menu shows its title again: what is in the editor is the reader's from now on.
        menu.set_value("");
    });
    html! {
        <header class="bar">
            <h1 class="name">{ "Service Playground" }</h1>
            <p class="version">{ "Kubernetes 1.36 · simulated" }</p>
            <label class="menu">
                <span class="hidden">{ "Load an example" }</span>
                <select data-testid="example" onchange={on_example}>
                    <option value="" selected=true disabled=true hidden=true>{ "Examples" }</option>
                    { for EXAMPLES.iter().map(|example| html! {
                        <option value={example.id} title={example.about}>{ example.title }</option>
                    }) }
                </select>
            </label>
            <div class="grow"/>
            <TimeControls page={page.clone()} now={props.now} pace={props.pace.clone()}/>
            <div class="grow"/>
            <CopyLink page={page.clone()}/>
            <ThemeButton page={page.clone()} theme={props.theme}/>
        </header>
    }
}

#[derive(Properties, PartialEq)]
struct TimeProps {
    page: Page,
    now: Time,
    pace: Pace,
}

/// Pause, step, speed, the clock.
#[component]
fn TimeControls(props: &TimeProps) -> Html {
    let TimeProps { page, now, pace } = props;
    let paused = pace.is_paused();
    let on_pause = {
        let page = page.clone();
        Callback::from(move |_| page.with(|session| session.pause(!paused)))
    };
    let on_step = {
        let page = page.clone();
        Callback::from(move |_| {
            let happened = page.with(|session| {
                session.pause(true);
                session.step()
            });
            if !happened {
                page.show(Action::Notice("The cluster is at rest: nothing is due.".to_owned()));
            }
        })
    };
    let on_speed = {
        let page = page.clone();
        Callback::from(move |event: Event| {
            let menu: HtmlSelectElement = event.target_unchecked_into();
            if let Ok(speed) = menu.value().parse() {
                page.with(|session| session.set_speed(speed));
            }
        })
    };
    let (icon, what) = if paused { ("play", "Go on") } else { ("pause", "Pause") };
    html! {
        <div class="time" role="group" aria-label="Virtual time">
            <button type="button" class={classes!("button", "square", paused.then_some("on"))} data-testid="pause"
                onclick={on_pause} aria-label={what} title={what}>
                { draw_icon(icon) }
            </button>
            <button type="button" class="button" data-testid="step" onclick={on_step} title="Let the next thing happen">
                { draw_icon("step") }<span class="word">{ "Step" }</span>
            </button>
            <label class="menu">
                <span class="hidden">{ "Speed" }</span>
                <select data-testid="speed" onchange={on_speed}>
                    { for Pace::SPEEDS.iter().map(|&(speed, word)| html! {
                        <option value={speed.to_string()} selected={speed == pace.speed()}>{ word }</option>
                    }) }
                </select>
            </label>
            <span class="clock" data-testid="clock" title="Virtual time since the cluster was started">{ seconds(*now) }</span>
        </div>
    }
}

/// `4.318 s`.
pub fn seconds(at: Time) -> String {
    let millis = at.millis();
    format!("{}.{:03} s", millis / 1000, millis % 1000)
}

#[derive(Properties, PartialEq)]
struct CopyProps {
    page: Page,
}

/// Puts the session into the address and copies it.
#[component]
fn CopyLink(props: &CopyProps) -> Html {
    let page = props.page.clone();
    let on_copy = Callback::from(move |_| {
        let shared = page.session().share();
        let Some(link) = address::set_fragment(&shared) else { return };
        let page = page.clone();
        clipboard::copy(link, move |copied| {
            let said = if copied { "Link copied." } else { "The link is in the address bar: copy it from there." };
            page.show(Action::Notice(said.to_owned()));
        });
    });
    html! {
        <button type="button" class="button" data-testid="copy-link" onclick={on_copy} aria-label="Copy link"
            title="Copy a link to these files">
            { draw_icon("link") }<span class="word">{ "Copy link" }</span>
        </button>
    }
}

#[derive(Properties, PartialEq)]
struct ThemeProps {
    page: Page,
    theme: Theme,
}

/// System, light, dark, in turn.
#[component]
fn ThemeButton(props: &ThemeProps) -> Html {
    let (icon, now, next) = match props.theme {
        Theme::System => ("system", "Colours: as the system", Theme::Light),
        Theme::Light => ("light", "Colours: light", Theme::Dark),
        Theme::Dark => ("dark", "Colours: dark", Theme::System),
    };
    html! {
        <button type="button" class="button square" data-testid="theme" aria-label={now} title={now}
            onclick={props.page.on(move || Action::Theme(next))}>
            { draw_icon(icon) }
        </button>
    }
}
