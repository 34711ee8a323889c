//! What kube-proxy wrote on a node, and what its last write changed.

use super::controls::draw_icon;
use super::page::Page;
use crate::js::clipboard;
use crate::session::ProxyMode;
use crate::ui::kept;
use crate::ui::state::Action;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

/// What the rules get.
#[derive(Properties, PartialEq)]
pub struct RulesProps {
    /// The page.
    pub page: Page,
    /// The session's version.
    pub version: u64,
    /// Whether a change is kept for the next visit.
    pub keep: bool,
}

/// No more lines are drawn at once.
const MOST: usize = 400;

/// The rules of a node.
#[component]
pub fn RulesPanel(props: &RulesProps) -> Html {
    let RulesProps { page, version, keep } = props;
    let node = use_state_eq(|| 0_usize);
    let filter = use_state_eq(String::new);
    let only_new = use_state_eq(|| false);
    let rules = use_memo((*version, *node), |(_, node)| page.session().rules(*node));
    let names = page.session().node_names();
    let Some(rules) = rules.as_ref() else {
        return html! { <p class="nothing">{ "There is no such node." }</p> };
    };
    let on_node = {
        let node = node.clone();
        Callback::from(move |event: Event| {
            let menu: HtmlSelectElement = event.target_unchecked_into();
            node.set(menu.value().parse().unwrap_or(0));
        })
    };
    let on_mode = {
        let (page, node, keep) = (page.clone(), *node, *keep);
        Callback::from(move |event: Event| {
            let menu: HtmlSelectElement = event.target_unchecked_into();
            if let Some(mode) = ProxyMode::named(&menu.value()) {
                page.with(|session| session.set_proxy_mode(node, mode));
                if keep {
                    kept::write(&page.session());
                }
            }
        })
    };
    let on_filter = {
        let filter = filter.clone();
        Callback::from(move |event: InputEvent| {
            let field: HtmlInputElement = event.target_unchecked_into();
            filter.set(field.value());
        })
    };
    let on_copy = {
        let (page, text) =
            (page.clone(), rules.lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n"));
        Callback::from(move |_: MouseEvent| {
            let page = page.clone();
            clipboard::copy(text.clone(), move |copied| {
                let said = if copied { "Rules copied." } else { "The browser does not allow to copy." };
                page.show(Action::Notice(said.to_owned()));
            });
        })
    };
    let wanted = filter.trim().to_lowercase();
    let found: Vec<_> = rules
        .lines
        .iter()
        .filter(|line| (!*only_new || line.new) && (wanted.is_empty() || line.text.to_lowercase().contains(&wanted)))
        .collect();
    let new = rules.lines.iter().filter(|line| line.new).count();
    let gone = rules.removed.len();
    html! {
        <div class="rules" data-testid="rules">
            <div class="tools">
                <label class="field"><span>{ "node" }</span>
                    <select data-testid="rules-node" onchange={on_node}>
                        { for names.iter().enumerate().map(|(at, name)| html! { <option value={at.to_string()} selected={at == *node}>{ name }</option> }) }
                    </select>
                </label>
                <label class="field"><span>{ "mode" }</span>
                    <select data-testid="rules-mode" onchange={on_mode} title="How the node's kube-proxy works">
                        { for ProxyMode::all().map(|mode| html! { <option value={mode.name()} selected={mode == rules.mode}>{ mode.name() }</option> }) }
                    </select>
                </label>
                <label class="field grow"><span>{ "find" }</span>
                    <input type="search" placeholder="KUBE-SVC, 10.96., …" value={(*filter).clone()} oninput={on_filter}/>
                </label>
                <button type="button" class={classes!("button", only_new.then_some("on"))} aria-pressed={only_new.to_string()}
                    data-testid="rules-changed" title="Only the lines that the last write changed"
                    onclick={ let only_new = only_new.clone(); Callback::from(move |_: MouseEvent| only_new.set(!*only_new)) }>{ "Changed" }</button>
                <span class="soft cut">{ format!("{} · {} lines · last write: +{new} −{gone}", rules.command, rules.lines.len()) }</span>
                <button type="button" class="button square" onclick={on_copy} aria-label="Copy the rules" title="Copy the rules">{ draw_icon("link") }</button>
            </div>
            <p class="soft choice" data-testid="rules-choice">{ rules.choice() }</p>
            <pre class="code" tabindex="0">
                { for rules.removed.iter().filter(|_| wanted.is_empty()).map(|line| html! { <span class="gone">{ "− " }{ &line.line }{ "\n" }</span> }) }
                { for found.iter().take(MOST).map(|line| html! {
                    <span class={line.new.then_some("new")}>{ if line.new { "+ " } else { "  " } }{ &line.text }{ "\n" }</span>
                }) }
                if found.len() > MOST { <span class="soft">{ format!("  and {} more lines: use the field above to find them", found.len() - MOST) }</span> }
            </pre>
        </div>
    }
}
