//! The whole page: owns the session, lets time pass, lays the panels out.

use super::controls::{Tab, Tabs};
use super::details::Details;
use super::dns::DnsPanel;
use super::editor::EditorPanel;
use super::embed::Request;
use super::events::EventsPanel;
use super::header::Header;
use super::kept;
use super::page::Page;
use super::picture::PicturePanel;
use super::requests::RequestsPanel;
use super::rules::RulesPanel;
use super::state::{Action, Panel, Size, State, Theme};
use super::terminal::TerminalPanel;
use super::timeline::TimelinePanel;
use crate::clock::{Epoch, Time};
use crate::js::frames::Frames;
use crate::js::{handle, media, storage, time};
use crate::net::Protocol;
use crate::session::{Door, EXAMPLES, Example, Load, Session, Setup, Shared};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use yew::prelude::*;

/// The engine may work this long before the page is drawn again, in milliseconds.
const BUDGET: f64 = 8.0;
/// The clock's text changes this often at most, in milliseconds.
const CLOCK: f64 = 80.0;
const KEPT_THEME: &str = "service-playground/theme";

/// The whole page.
#[component]
pub fn App() -> Html {
    let request = use_memo((), |()| Request::of_page());
    let (session, said) = (*use_memo((), |()| {
        let (setup, said) = start(&request);
        (Rc::new(RefCell::new(Session::begin(setup))), said)
    }))
    .clone();
    let state = {
        let (session, panels) = (session.clone(), request.panels.clone());
        use_reducer_eq(move || first_state(&session.borrow(), &panels, said))
    };
    let page = Page::new(session.clone(), state.dispatcher());

    {
        let page = page.clone();
        use_effect_with((), move |()| {
            watch_screen(&page);
            let driven = page.clone();
            handle::offer(move |line| driven.with(|session| session.kubectl(line)));
            let frames = run(page);
            move || drop(frames)
        });
    }
    {
        let (dark, theme, keep) = (state.is_dark(), state.theme, !request.embedded);
        use_effect_with((dark, theme), move |&(dark, theme)| {
            media::set_root_attribute("data-theme", Some(if dark { "dark" } else { "light" }));
            let name = match theme {
                Theme::System => return storage::remove(KEPT_THEME),
                Theme::Light => "light",
                Theme::Dark => "dark",
            };
            if keep {
                storage::set(KEPT_THEME, name);
            }
        });
    }
    let on_example = {
        let page = page.clone();
        Callback::from(move |example: &'static Example| {
            let setup =
                Setup { seed: fresh_seed(), epoch: Epoch(time::calendar()), files: example.files(), modes: Vec::new() };
            page.with(|session| session.restart(setup));
            kept::forget();
            page.show(Action::Replaced);
            page.show(Action::Notice(format!("{}: {}", example.title, example.about)));
        })
    };
    let size = match state.size {
        Size::Wide => "wide",
        Size::Middle => "middle",
        Size::Narrow => "narrow",
    };
    // The passing of time alone redraws the clock and nothing else.
    let still = State { now: Time::ZERO, ..(*state).clone() };
    let class = classes!("page", request.embedded.then_some("embed"));
    html! {
        <div class={class} data-testid="app" data-size={size}>
            if !request.embedded {
                <Header page={page.clone()} now={state.now} pace={session.borrow().pace().clone()} theme={state.theme}
                    {on_example}/>
            }
            <Panels page={page.clone()} state={still} only={request.panels.clone()} keep={!request.embedded}/>
            <p role="status" aria-live="polite" data-testid="notice">
                if !state.notice.is_empty() { <span class="notice" key={state.notices}>{ &state.notice }</span> }
            </p>
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct PanelsProps {
    page: Page,
    state: State,
    /// The panels that an embed asked for; empty for the whole page.
    only: Vec<Panel>,
    /// Whether the reader's text is kept for the next visit.
    keep: bool,
}

/// The panels, by how much room there is.
#[component]
fn Panels(props: &PanelsProps) -> Html {
    let PanelsProps { page, state, only, keep } = props;
    let shown = |panel: Panel| only.is_empty() || only.contains(&panel);
    let panel = |which: Panel| -> Html {
        match which {
            Panel::Editor => html! { <EditorPanel page={page.clone()} state={state.clone()} keep={*keep}/> },
            Panel::Picture => html! { <PicturePanel page={page.clone()} state={state.clone()}/> },
            Panel::Details => {
                html! { <Details page={page.clone()} version={state.version} selected={state.selected.clone()}/> }
            }
            Panel::Timeline => html! { <TimelinePanel page={page.clone()} version={state.version}/> },
            Panel::Terminal => html! { <TerminalPanel page={page.clone()} version={state.version}/> },
            Panel::Requests => html! { <RequestsPanel page={page.clone()} state={state.clone()}/> },
            Panel::Rules => html! { <RulesPanel page={page.clone()} version={state.version} keep={*keep}/> },
            Panel::Dns => html! { <DnsPanel page={page.clone()} version={state.version}/> },
            Panel::Events => html! { <EventsPanel page={page.clone()} version={state.version}/> },
        }
    };
    let section = |which: Panel, visible: bool| -> Html {
        html! {
            <section key={which.id()} class="panel" data-panel={which.id()} id={format!("panel-{}", which.id())}
                data-testid={format!("panel-{}", which.id())} aria-label={which.title()} hidden={!visible}>
                { if visible || which == Panel::Editor { panel(which) } else { Html::default() } }
            </section>
        }
    };
    let tabs = |panels: &[Panel], front: Panel, label: &'static str| -> Html {
        let tabs: Vec<Tab> = panels.iter().map(|panel| Tab::new(panel.id(), panel.title())).collect();
        let chosen = panels.iter().position(|panel| *panel == front).unwrap_or(0);
        let (panels, page) = (panels.to_vec(), page.clone());
        let on_choose = Callback::from(move |place: usize| {
            if let Some(panel) = panels.get(place) {
                page.show(Action::Show(*panel));
            }
        });
        html! { <Tabs {label} {tabs} {chosen} {on_choose}/> }
    };

    if state.size == Size::Narrow {
        let all: Vec<Panel> = Panel::ALL.iter().copied().filter(|panel| shown(*panel)).collect();
        let front =
            if all.contains(&state.front) { state.front } else { all.first().copied().unwrap_or(Panel::Picture) };
        return html! {
            <main class="panels">
                { if all.len() > 1 { tabs(&all, front, "Panels") } else { Html::default() } }
                { for all.iter().map(|which| section(*which, *which == front)) }
            </main>
        };
    }
    let side = state.size == Size::Wide;
    let low: Vec<Panel> = Panel::ALL
        .iter()
        .copied()
        .filter(|panel| shown(*panel) && !matches!(panel, Panel::Editor | Panel::Picture))
        .filter(|panel| !(side && *panel == Panel::Details))
        .collect();
    let front = if low.contains(&state.drawer) { state.drawer } else { low.first().copied().unwrap_or(Panel::Events) };
    let lacks = |panel: Panel, class: &'static str| (!shown(panel)).then_some(class);
    let class = classes!(
        "panels",
        lacks(Panel::Editor, "no-editor"),
        lacks(Panel::Picture, "no-picture"),
        (!side || !shown(Panel::Details)).then_some("no-details"),
        low.is_empty().then_some("no-drawer"),
    );
    html! {
        <main class={class}>
            { if shown(Panel::Editor) { section(Panel::Editor, true) } else { Html::default() } }
            { if shown(Panel::Picture) { section(Panel::Picture, true) } else { Html::default() } }
            { if side && shown(Panel::Details) { section(Panel::Details, true) } else { Html::default() } }
            if !low.is_empty() {
                <div class="drawer" key="drawer">
                    { if low.len() > 1 { tabs(&low, front, "What happens") } else { Html::default() } }
                    { for low.iter().map(|which| section(*which, *which == front)) }
                </div>
            }
        </main>
    }
}

/// What the session starts with, and something to say about it: from the link, from what was kept, else the first
/// example.
fn start(request: &Request) -> (Setup, String) {
    let epoch = Epoch(time::calendar());
    let mut said = String::new();
    let example = |example: Option<&Example>| example.or(EXAMPLES.first()).map_or(Vec::new(), Example::files);
    if let Some(text) = &request.shared {
        match Shared::decode(text) {
            Ok(Shared { seed, files, modes }) => return (Setup { seed, epoch, files, modes }, said),
            Err(why) => said = format!("The link cannot be read: {why}. Here is the first example instead."),
        }
    }
    if let Some(id) = &request.example {
        let files = example(Example::find(id));
        let seed = request.seed.unwrap_or_else(fresh_seed);
        return (Setup { seed, epoch, files, modes: Vec::new() }, said);
    }
    let kept = if said.is_empty() && !request.embedded { kept::read() } else { None };
    if let Some(Shared { seed, files, modes }) = kept {
        return (Setup { seed, epoch, files, modes }, said);
    }
    let seed = request.seed.unwrap_or_else(fresh_seed);
    (Setup { seed, epoch, files: example(None), modes: Vec::new() }, said)
}

fn fresh_seed() -> u64 {
    u64::from(time::entropy())
}

fn first_state(session: &Session, panels: &[Panel], said: String) -> State {
    State {
        version: session.version(),
        now: session.cluster().now(),
        size: size_now(),
        theme: match storage::get(KEPT_THEME).as_deref() {
            Some("light") => Theme::Light,
            Some("dark") => Theme::Dark,
            _ => Theme::System,
        },
        system_dark: media::matches("(prefers-color-scheme: dark)"),
        selected: None,
        drawer: Panel::Timeline,
        front: panels.first().copied().unwrap_or(Panel::Picture),
        file: 0,
        as_table: false,
        from: None,
        to: None,
        port: (Protocol::Tcp, 0),
        door: Door::Usual,
        keep_alive: false,
        load: Load::default(),
        notice: said.into(),
        notices: 0,
        replaced: 0,
    }
}

const WIDE: &str = "(min-width: 1240px)";
const MIDDLE: &str = "(min-width: 760px)";

fn size_now() -> Size {
    match () {
        () if media::matches(WIDE) => Size::Wide,
        () if media::matches(MIDDLE) => Size::Middle,
        () => Size::Narrow,
    }
}

fn watch_screen(page: &Page) {
    for query in [WIDE, MIDDLE] {
        let page = page.clone();
        media::watch(query, move |_| page.show(Action::Resize(size_now())));
    }
    let page = page.clone();
    media::watch("(prefers-color-scheme: dark)", move |dark| page.show(Action::SystemDark(dark)));
}

/// Lets virtual time follow real time, and shows what changed.
fn run(page: Page) -> Frames {
    let (mut last, mut shown, mut shown_at) = (None, (0, Time::ZERO), 0.0);
    Frames::start(move |at| {
        let passed = at - last.replace(at).unwrap_or(at);
        let until = time::now() + BUDGET;
        page.look(|session| {
            session.advance(Duration::from_secs_f64(passed.max(0.0) / 1000.0), || time::now() >= until);
        });
        let (now, starts) = {
            let session = page.session();
            ((session.version(), session.cluster().now()), session.is_starting())
        };
        // While the cluster comes up, time is better spent on that than on drawing each step of it.
        let is_due = at - shown_at > CLOCK;
        if (now.0 != shown.0 && (is_due || !starts)) || (now.1 != shown.1 && is_due) {
            (shown, shown_at) = (now, at);
            page.refresh();
        }
    })
}
