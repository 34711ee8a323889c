//! What the page's address asks for: panels, an example, a shared session.

use super::state::Panel;
use crate::js::{address, media};

/// What the address asks for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request {
    /// Whether the page is an embed in somebody's docs.
    pub embedded: bool,
    /// The panels to show; empty for all.
    pub panels: Vec<Panel>,
    /// `s=`: a shared session.
    pub shared: Option<String>,
    /// `example=`: an example's id.
    pub example: Option<String>,
    /// `seed=`: where all chance comes from.
    pub seed: Option<u64>,
}

impl Request {
    /// What this page's query and fragment ask for; the fragment has the last word.
    pub fn of_page() -> Request {
        let embedded = media::root_attribute("data-mode").as_deref() == Some("embed");
        let mut request = Request { embedded, ..Request::default() };
        for part in [address::query(), address::fragment()] {
            for (name, value) in part.split('&').filter_map(|pair| pair.split_once('=')) {
                match name {
                    "panels" => request.panels = value.split([',', '+']).filter_map(Panel::find).collect(),
                    "s" => request.shared = Some(value.to_owned()),
                    "example" => request.example = Some(value.to_owned()),
                    "seed" => request.seed = value.parse().ok(),
                    _ => {}
                }
            }
        }
        if embedded && request.panels.is_empty() {
            request.panels = vec![Panel::Editor, Panel::Picture];
        }
        request
    }
}
