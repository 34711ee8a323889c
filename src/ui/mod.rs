//! The page: Yew components that are pure views of the session's snapshots.
//!
//! [`App`] owns the session and the one [`state::State`]; components get a [`page::Page`] (the session and the way to
//! change the state) and plain data, and hold no cluster logic. A component has a folder of its own with its CSS beside
//! it; `www/styles/main.css` lists the sheets. Called by `main` only.
//!
//! # Test ids
//! Browser tests find things by `data-testid`:
//!
//! | id | what |
//! |---|---|
//! | `app` | the whole page; `data-size` is `wide`, `middle` or `narrow` |
//! | `example`, `pause`, `step`, `speed`, `clock`, `copy-link`, `theme` | the header's controls |
//! | `editor`, `editor-text`, `file-tab`, `notes`, `note`, `apply-state` | the editor, its textarea, tabs, diagnostics |
//! | `picture`, `picture-table`, `service-card`, `pod-card`, `node-box`, `client-card`, `link` | the picture; cards carry `data-name`, pods `data-state`, links `data-service`, `data-pod`, `data-state` |
//! | `send-from`, `send-to`, `send-port`, `send-1`, `send-10`, `send-100`, `stream` | sending requests |
//! | `trace`, `requests`, `split`, `share`, `failure`, `asked`, `way` | what came of requests; shares carry `data-pod`, `data-count` |
//! | `terminal`, `terminal-line` | the terminal and the line that is typed |
//! | `rules`, `rules-node`, `dns`, `dns-name`, `env`, `env-unknown`, `timeline`, `events` | what the panels hold |
//! | `tab-NAME`, `panel-NAME` | tabs and their panels: `editor`, `picture`, `details` (in it `overview`, `env`, `yaml`), `timeline`, `terminal`, `requests`, `rules`, `dns`, `events` |
//! | `details` | what is selected; `scale-up`, `scale-down`, `delete`, `flip-ready` act on it |

mod app;
mod controls;
mod details;
mod dns;
mod editor;
mod embed;
mod events;
mod header;
mod kept;
mod page;
mod picture;
mod requests;
mod rules;
mod state;
mod terminal;
mod timeline;

pub use app::App;
