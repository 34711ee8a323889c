//! What is selected, in full: facts, why pods are in or out, the object's YAML, and what can be done with it.

mod environment;
mod overview;

use super::controls::{Tab, Tabs};
use super::page::Page;
use crate::api::ResourceId;
use crate::store::Key;
use environment::EnvironmentView;
use overview::Overview;
use yew::prelude::*;

/// What the details get.
#[derive(Properties, PartialEq)]
pub struct DetailsProps {
    /// The page.
    pub page: Page,
    /// The session's version.
    pub version: u64,
    /// What is selected.
    pub selected: Option<Key>,
}

/// What is selected, in full.
#[component]
pub fn Details(props: &DetailsProps) -> Html {
    let DetailsProps { page, version, selected } = props;
    let tab = use_state_eq(|| 0_usize);
    let details = use_memo((*version, selected.clone()), |(_, key)| {
        let key = key.clone().or_else(|| page.session().targets().into_iter().next())?;
        let details = page.look(|session| session.details(&key))?;
        Some((key, details))
    });
    let Some((key, details)) = details.as_ref() else {
        let said = match selected {
            Some(key) => format!("{} {} is gone.", key.resource.info().kind, key.name),
            None => "Choose a Service, a pod or a node to see what there is to say about it.".to_owned(),
        };
        return html! { <p class="nothing" data-testid="details">{ said }</p> };
    };
    let mut tabs = vec![Tab::new("overview", details.kind)];
    if key.resource == ResourceId::PODS {
        tabs.push(Tab::new("env", "Environment"));
    }
    tabs.push(Tab::new("yaml", "YAML"));
    let chosen = (*tab).min(tabs.len().saturating_sub(1));
    let on_choose = {
        let tab = tab.clone();
        Callback::from(move |place| tab.set(place))
    };
    let id = tabs.get(chosen).map_or(AttrValue::default(), |tab| tab.id.clone());
    html! {
        <div class="detail" data-testid="details" data-name={key.name.clone()}>
            <Tabs label="Details" tabs={tabs} {chosen} {on_choose}/>
            <div class="detail-body" role="tabpanel" id={format!("panel-{id}")} aria-labelledby={format!("tab-{id}")} tabindex="0">
                { match &*id {
                    "yaml" => html! { <pre class="code" tabindex="0">{ page.session().object_yaml(key).unwrap_or_default() }</pre> },
                    "env" => html! { <EnvironmentView page={page.clone()} id={key.clone()} version={*version}/> },
                    _ => html! { <Overview page={page.clone()} id={key.clone()} details={details.clone()} version={*version}/> },
                } }
            </div>
        </div>
    }
}
