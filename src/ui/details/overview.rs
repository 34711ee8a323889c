//! The first look at an object, and what can be done with it by hand.

use crate::api::ResourceId;
use crate::session::{ByHand, Details, FoundAs, LinkState, Member};
use crate::store::Key;
use crate::ui::controls::{chip_view, draw_icon};
use crate::ui::page::Page;
use crate::ui::requests::{SplitView, name_of};
use yew::prelude::*;

/// What the overview gets.
#[derive(Properties, PartialEq)]
pub struct OverviewProps {
    /// The page.
    pub page: Page,
    /// Which object.
    pub id: Key,
    /// What there is to say.
    pub details: Details,
    /// The session's version: how requests were shared out is read from it.
    pub version: u64,
}

/// The first look at an object.
#[component]
pub fn Overview(props: &OverviewProps) -> Html {
    let OverviewProps { page, id, details, .. } = props;
    let hue = details.hue.map(|hue| format!("hue{}", hue % 8));
    html! {
        <>
            <h2 class={classes!("subject", hue)} title={id.name.clone()}>{ &id.name }</h2>
            <dl class="facts">
                { for details.facts.iter().map(|fact| html! {
                    <><dt>{ fact.name }</dt><dd class={fact.machine.then_some("mono")}>{ &fact.value }</dd></>
                }) }
                if !details.chips.is_empty() {
                    <dt>{ details.chips_title }</dt>
                    <dd class="chips">{ for details.chips.iter().map(|chip| chip_view(chip, false)) }</dd>
                }
            </dl>
            <ByHandRow page={page.clone()} id={id.clone()} details={details.clone()}/>
            { members(page, id, details) }
            { details.found_as.as_ref().map(found_as).unwrap_or_default() }
            { shares(page, id) }
        </>
    }
}

/// How the last requests to a Service were shared out.
fn shares(page: &Page, id: &Key) -> Html {
    let session = page.session();
    let Some(ask) = session.asked().find(|asked| asked.ask.service == *id).map(|asked| asked.ask.clone()) else {
        return Html::default();
    };
    let split = session.split(&ask);
    html! { <><h3>{ format!("Requests from {}, {} in all", name_of(&ask.from), split.answered + split.failed) }</h3><SplitView {split}/></> }
}

fn members(page: &Page, id: &Key, details: &Details) -> Html {
    if details.members.is_empty() {
        return match id.resource {
            ResourceId::SERVICES if !details.chips.is_empty() => {
                html! { <><h3>{ "Endpoints" }</h3><p class="soft">{ "No pod has all the labels that the selector asks for." }</p></> }
            }
            ResourceId::PODS => html! { <><h3>{ "Services" }</h3><p class="soft">{ "No Service selects it." }</p></> },
            _ => Html::default(),
        };
    }
    let title = if id.resource == ResourceId::SERVICES {
        let inside = details.members.iter().filter(|member| member.state == LinkState::In).count();
        format!("Endpoints: {inside} of {} pods in", details.members.len())
    } else {
        "Services".to_owned()
    };
    html! {
        <>
            <h3>{ title }</h3>
            <ul class="members" data-testid="members">{ for details.members.iter().map(|one| member(page, one)) }</ul>
        </>
    }
}

fn member(page: &Page, member: &Member) -> Html {
    let (mark, class) = match member.state {
        LinkState::In => ("●", "in"),
        LinkState::Waiting => ("◐", "waiting"),
        LinkState::Out => ("◌", "out"),
        LinkState::NearMiss => ("○", "out"),
    };
    html! {
        <li key={member.key.name.clone()} {class}>
            <button type="button" class="link cut" onclick={page.on_select(&member.key)}
                title={member.key.name.clone()}>{ &member.short }</button>
            <span class="mono address">{ &member.address }</span>
            <span class="word"><span aria-hidden="true">{ mark }</span>{ " " }{ &member.word }</span>
            if !member.why.is_empty() { <span class="why">{ &member.why }</span> }
        </li>
    }
}

fn found_as(found: &FoundAs) -> Html {
    html! {
        <>
            <h3>{ "Found as" }</h3>
            <p class="found mono">{ found.names.iter().take(2).map(String::as_str).collect::<Vec<_>>().join(", ") }{ ", …" }</p>
            <ul class="records">{ for found.records.iter().take(6).map(|record| html! { <li>{ record }</li> }) }</ul>
            if !found.variable.is_empty() && found.known_by.1 > 0 {
                <p class="found"><code>{ &found.variable }</code>{ format!(" in {} of {} running pods", found.known_by.0, found.known_by.1) }
                    if found.known_by.0 < found.known_by.1 { { ": the others started before it" } }</p>
            }
        </>
    }
}

#[derive(Properties, PartialEq)]
struct ByHandProps {
    page: Page,
    id: Key,
    details: Details,
}

/// Buttons that change the cluster, each with the kubectl line that it equals.
#[component]
fn ByHandRow(props: &ByHandProps) -> Html {
    let ByHandProps { page, id, details } = props;
    let button = |test: &'static str, action: ByHand, label: String, icon: Option<&'static str>| {
        let (page, line) = (page.clone(), action.command());
        let on_click = Callback::from(move |_: MouseEvent| page.act(&action));
        html! {
            <button type="button" class="button" data-testid={test} onclick={on_click} title={line} aria-label={label.clone()}>
                if let Some(name) = icon { { draw_icon(name) } } else { { &label } }
            </button>
        }
    };
    let scale = details.scale.as_ref().map(|(target, replicas)| {
        let to = |replicas: u32| ByHand::Scale { target: target.clone(), replicas };
        let kind = target.resource.info().kind;
        html! {
            <div class="scale" role="group" aria-label={format!("Replicas of {}", target.name)}>
                { button("scale-down", to(replicas.saturating_sub(1)), "One replica fewer".to_owned(), Some("minus")) }
                <span class="n" data-testid="replicas">{ replicas }</span>
                { button("scale-up", to(replicas + 1), "One replica more".to_owned(), Some("plus")) }
                <span class="soft cut" title={target.name.clone()}>{ format!("replicas of {kind} {}", target.name) }</span>
            </div>
        }
    });
    let pod = (id.resource == ResourceId::PODS).then(|| {
        let flip = details.ready.map(|ready| {
            let label = if ready { "Make not ready" } else { "Make ready" };
            button("flip-ready", ByHand::SetReady { pod: id.clone(), ready: !ready }, label.to_owned(), None)
        });
        html! { <>{ flip.unwrap_or_default() }{ button("delete", ByHand::Delete(id.clone()), "Delete pod".to_owned(), None) }</> }
    });
    if scale.is_none() && pod.is_none() {
        return Html::default();
    }
    html! {
        <div class="by-hand">
            { pod.unwrap_or_default() }
            { scale.unwrap_or_default() }
        </div>
    }
}
