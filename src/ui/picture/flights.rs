//! Requests on their way: dots that move along the path that their trace took, and a mark where one ended.

use super::edges::{curve, exits};
use crate::session::{Asked, Client, Door, Layout, Picture, Source};
use std::rc::Rc;
use yew::prelude::*;

/// What the dots get.
#[derive(Properties, PartialEq)]
pub struct FlightsProps {
    /// What there is.
    pub picture: Rc<Picture>,
    /// Where it stands.
    pub layout: Rc<Layout>,
    /// Who can send requests.
    pub clients: Rc<Vec<Client>>,
    /// The last requests, newest first.
    pub asked: Rc<Vec<Rc<Asked>>>,
}

/// So many are drawn at once.
const MOST: usize = 16;
/// Dots of one burst follow each other at this distance, in milliseconds.
const APART: usize = 45;

/// The dots.
#[component]
pub fn Flights(props: &FlightsProps) -> Html {
    let FlightsProps { picture, layout, clients, asked } = props;
    // Requests are drawn once, when they are new: each has its number as its key.
    let newest = asked.first().map_or(0, |one| one.number);
    let seen = use_mut_ref(|| newest);
    let shown = use_mut_ref(Vec::<Rc<Asked>>::new);
    if newest != *seen.borrow() {
        let fresh = asked.iter().filter(|one| one.number > *seen.borrow()).take(MOST).cloned().collect::<Vec<_>>();
        *seen.borrow_mut() = newest;
        *shown.borrow_mut() = fresh;
    }
    let exits = exits(picture, layout);
    let shown = shown.borrow();
    html! {
        <div class="flights" aria-hidden="true">
            { for shown.iter().rev().enumerate().filter_map(|(order, one)| {
                let path = path(one, picture, layout, clients, &exits)?;
                let service = picture.services.iter().find(|card| card.key == one.ask.service)?;
                let style = format!("offset-path:path('{path}');animation-delay:{}ms", order * APART);
                let ended = if one.by.is_some() { "answered" } else { "failed" };
                Some(html! { <i key={one.number} class={classes!("flight", ended, format!("hue{}", service.hue % 8))} {style}></i> })
            }) }
        </div>
    }
}

/// From the client over the Service to the pod that answered; a failed one ends at the Service.
fn path(one: &Asked, picture: &Picture, layout: &Layout, clients: &[Client], exits: &[(i32, i32)]) -> Option<String> {
    let at = picture.services.iter().position(|card| card.key == one.ask.service)?;
    let service = layout.services.get(at)?;
    let start = match &one.ask.from {
        Source::Pod(key) => layout.pods.get(picture.pods.iter().position(|pod| pod.key == *key)?)?.left(),
        source => {
            let place = layout.clients.get(clients.iter().position(|client| client.source == *source)?)?;
            if layout.narrow { (place.x + place.w / 2, place.y + place.h) } else { place.right() }
        }
    };
    // Past the Service.
    if let (Door::Pod(_) | Door::Localhost, Some(pod)) = (&one.ask.door, &one.by) {
        let end = layout.pods.get(picture.pods.iter().position(|card| card.key == *pod)?)?.left();
        return Some(format!("{}L{} {}", curve(start, end), end.0 + 12, end.1));
    }
    let from_pod = matches!(one.ask.from, Source::Pod(_));
    let entry = if from_pod { service.right() } else { service.left() };
    let mut path = curve(start, entry);
    if let Some(pod) = &one.by {
        let pod = picture.pods.iter().position(|card| card.key == *pod)?;
        let link = picture.links.iter().position(|link| link.service == at && link.pod == pod);
        let exit = link.and_then(|link| exits.get(link)).copied().unwrap_or(service.right());
        let place = layout.pods.get(pod)?;
        let pill = link.and_then(|link| layout.pills.get(link).copied().flatten());
        path.push_str(&format!("L{} {}", exit.0, exit.1));
        let next = pill.map_or(place.left(), crate::session::Place::left);
        path.push_str(curve(exit, next).trim_start_matches(|letter| letter != 'C'));
        let end = place.left();
        path.push_str(&format!("L{} {}", end.0 + 12, end.1));
    }
    Some(path)
}
