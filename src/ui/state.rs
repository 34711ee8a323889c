//! What the page shows of the session: one state, changed by one reducer.

use crate::clock::Time;
use crate::net::Protocol;
use crate::session::{Ask, Door, Load, Session, Source};
use crate::store::Key;
use std::rc::Rc;
use yew::{AttrValue, Reducible};

/// A part of the page that can be asked for by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Panel {
    /// The manifests.
    Editor,
    /// The picture.
    Picture,
    /// What is selected.
    Details,
    /// kubectl.
    Terminal,
    /// What happened, by component.
    Timeline,
    /// The requests that were sent.
    Requests,
    /// What kube-proxy wrote.
    Rules,
    /// What DNS knows.
    Dns,
    /// What happened, in order.
    Events,
}

impl Panel {
    /// Every panel, in the order of tabs.
    pub const ALL: &'static [Panel] = &[
        Panel::Editor,
        Panel::Picture,
        Panel::Details,
        Panel::Timeline,
        Panel::Terminal,
        Panel::Requests,
        Panel::Rules,
        Panel::Dns,
        Panel::Events,
    ];

    /// The name in addresses and test ids.
    pub fn id(self) -> &'static str {
        match self {
            Panel::Editor => "editor",
            Panel::Picture => "picture",
            Panel::Details => "details",
            Panel::Timeline => "timeline",
            Panel::Terminal => "terminal",
            Panel::Requests => "requests",
            Panel::Rules => "rules",
            Panel::Dns => "dns",
            Panel::Events => "events",
        }
    }

    /// The name on its tab.
    pub fn title(self) -> &'static str {
        match self {
            Panel::Editor => "YAML",
            Panel::Picture => "Picture",
            Panel::Details => "Details",
            Panel::Timeline => "Timeline",
            Panel::Terminal => "Terminal",
            Panel::Requests => "Requests",
            Panel::Rules => "Rules",
            Panel::Dns => "DNS",
            Panel::Events => "Events",
        }
    }

    /// The panel with this id.
    pub fn find(id: &str) -> Option<Panel> {
        Panel::ALL.iter().copied().find(|panel| panel.id() == id)
    }
}

/// How much room there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// Editor, picture and details side by side, the rest below.
    Wide,
    /// Editor and picture side by side, the rest below.
    Middle,
    /// One panel at a time.
    Narrow,
}

/// The colours that the reader chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// As the system says.
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// What the page shows.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// The session's version that is shown.
    pub version: u64,
    /// The virtual time that is shown.
    pub now: Time,
    /// How much room there is.
    pub size: Size,
    /// The colours.
    pub theme: Theme,
    /// Whether the system asks for dark colours.
    pub system_dark: bool,
    /// What the details are about.
    pub selected: Option<Key>,
    /// The panel in the drawer.
    pub drawer: Panel,
    /// The panel in front where there is room for one.
    pub front: Panel,
    /// The editor's tab.
    pub file: usize,
    /// Whether the picture is shown as tables.
    pub as_table: bool,
    /// Who asks; where nobody was chosen, or it is gone, whoever is usual for the Service.
    pub from: Option<Source>,
    /// What is asked; the first Service where there is none or it is gone.
    pub to: Option<Key>,
    /// On which port; the first where it is none of the Service's.
    pub port: (Protocol, u16),
    /// By which way; the usual one where it is not there.
    pub door: Door,
    /// Whether clients keep their connections.
    pub keep_alive: bool,
    /// What a load is like.
    pub load: Load,
    /// The last thing worth saying aloud.
    pub notice: AttrValue,
    /// How many things were said: the same thing twice is shown twice.
    pub notices: u32,
    /// Grows when the editor's text was replaced by something else than typing.
    pub replaced: u32,
}

impl State {
    /// Whether the page is dark.
    pub fn is_dark(&self) -> bool {
        match self.theme {
            Theme::System => self.system_dark,
            theme => theme == Theme::Dark,
        }
    }
}

impl State {
    /// What a request would be: the reader's choice, as far as it is there.
    pub fn ask(&self, session: &Session) -> Option<Ask> {
        let targets = session.targets();
        let service = self.to.clone().filter(|key| targets.contains(key)).or_else(|| targets.first().cloned())?;
        let ports = session.ports_of(&service);
        let port = if ports.contains(&self.port) { self.port } else { ports.first().copied()? };
        let chosen = self.from.clone().filter(|from| match from {
            Source::Pod(key) => session.cluster().store().get(key).is_some(),
            Source::Outside | Source::Node(_) => true,
        });
        let from = chosen.unwrap_or_else(|| session.usual_client(&service));
        let (protocol, port) = port;
        let mut ask = Ask { from, service, port, protocol, keep_alive: self.keep_alive, door: Door::Usual };
        if self.door != Door::Usual && session.doors(&ask).contains(&self.door) {
            ask.door.clone_from(&self.door);
        }
        Some(ask)
    }
}

/// What changes the state.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// The session has changed.
    Refresh(u64, Time),
    /// There is another amount of room.
    Resize(Size),
    /// The reader chose colours.
    Theme(Theme),
    /// The system's colours changed.
    SystemDark(bool),
    /// Show this in the details.
    Select(Option<Key>),
    /// Bring a panel to the front.
    Show(Panel),
    /// Show a file in the editor.
    File(usize),
    /// Show the picture as tables, or as a picture.
    AsTable(bool),
    /// Requests come from here.
    From(Source),
    /// Requests go to this Service.
    To(Key),
    /// Requests go to this port, by this way.
    Port((Protocol, u16), Door),
    /// Clients keep their connections, or not.
    KeepAlive(bool),
    /// A load is like this.
    Load(Load),
    /// Say something.
    Notice(String),
    /// The files were replaced.
    Replaced,
    /// The text was changed by something else than typing.
    Rewritten,
}

impl Reducible for State {
    type Action = Action;

    fn reduce(self: Rc<Self>, action: Action) -> Rc<Self> {
        let mut state = (*self).clone();
        match action {
            Action::Refresh(version, now) => (state.version, state.now) = (version, now),
            Action::Resize(size) => state.size = size,
            Action::Theme(theme) => state.theme = theme,
            Action::SystemDark(dark) => state.system_dark = dark,
            Action::Select(key) => {
                if key.is_some() && state.size == Size::Middle {
                    state.drawer = Panel::Details;
                }
                state.selected = key;
            }
            Action::Show(panel) => {
                state.front = panel;
                if !matches!(panel, Panel::Editor | Panel::Picture) {
                    state.drawer = panel;
                }
            }
            Action::File(file) => state.file = file,
            Action::AsTable(table) => state.as_table = table,
            Action::From(source) => state.from = Some(source),
            Action::To(service) => (state.to, state.door) = (Some(service), Door::Usual),
            Action::Port(port, door) => (state.port, state.door) = (port, door),
            Action::KeepAlive(keep) => state.keep_alive = keep,
            Action::Load(load) => state.load = load,
            Action::Notice(text) => (state.notice, state.notices) = (text.into(), state.notices + 1),
            Action::Rewritten => state.replaced += 1,
            Action::Replaced => {
                state.replaced += 1;
                state.file = 0;
                state.selected = None;
                (state.from, state.to, state.door) = (None, None, Door::Usual);
            }
        }
        state.into()
    }
}
