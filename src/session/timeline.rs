//! The event log in the reader's words: lanes, happenings, causes.

use super::Session;
use crate::api::{Fields, Object, ResourceId, pod};
use crate::clock::{Component, EventId, Time};
use crate::cluster::{Entry, What};
use crate::order::Order;
use crate::store::{Change, Key};

/// A lane of the timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// Who acts in it.
    pub who: Component,
    /// The name that is shown.
    pub name: String,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Happening {
    /// Its place in the log.
    pub id: EventId,
    /// When.
    pub at: Time,
    /// Its lane's place in [`Timeline::lanes`].
    pub lane: usize,
    /// What made it happen, where that is shown too.
    pub cause: Option<EventId>,
    /// What it was: `POST Service web`, `10.96.3.4, 30001`.
    pub text: String,
    /// Whether something was refused.
    pub refused: bool,
    /// The hue of the Service that it is about.
    pub hue: Option<u8>,
    /// Where it stands, in pixels from the first one's left. Time is stretched where much happens and shortened where
    /// nothing does.
    pub x: i32,
    /// Whether its text is drawn beside it; all texts stand in the list of events.
    pub told: bool,
}

/// A stretch of the log.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    /// The lanes in which something happened, in a fixed order.
    pub lanes: Vec<Lane>,
    /// What happened, oldest first.
    pub happenings: Vec<Happening>,
    /// The time now.
    pub now: Time,
    /// How many older ones there are that are not shown.
    pub older: usize,
    /// Points of time to write below, and where.
    pub ticks: Vec<(i32, Time)>,
    /// The width that it takes.
    pub width: i32,
}

/// How wide a character of a happening's text is drawn, rounded up.
const LETTER: i32 = 6;
/// No more characters of a text are drawn.
const LETTERS: usize = 36;
/// Happenings stand at least this far apart.
const STEP: i32 = 13;
/// Points of time below are at least this far apart.
const TICK: i32 = 84;

impl Session {
    /// The last `most` things that happened.
    pub fn timeline(&self, most: usize) -> Timeline {
        let all = self.cluster.log().since(EventId(0));
        // From the newest back, so that a long log costs no more than a short one.
        let mut shown: Vec<&Entry> = all.iter().rev().filter(|entry| !self.is_noise(entry)).take(most).collect();
        shown.reverse();
        let older = shown.first().map_or(0, |first| first.id.0 as usize);
        let mut who: Vec<Component> = shown.iter().map(|entry| lane_of(entry.who)).collect();
        who.order();
        who.dedup();
        let several = self.cluster.settings().nodes.len() > 1;
        let lanes: Vec<Lane> = who.iter().map(|&who| Lane { who, name: lane_name(who, several) }).collect();
        let happenings = shown.iter().map(|entry| Happening {
            id: entry.id,
            at: entry.at,
            lane: who.binary_search(&lane_of(entry.who)).unwrap_or(0),
            cause: entry.cause,
            text: self.say_entry(entry),
            refused: matches!(&entry.what, What::Answered { refusal: Some(_), .. }),
            hue: self.hue_of(entry),
            x: 0,
            told: self.is_told(entry),
        });
        let happenings = happenings.collect();
        let mut timeline = Timeline { happenings, lanes, now: self.cluster.now(), older, ..Timeline::default() };
        timeline.place();
        timeline
    }

    /// Event objects are another record of the same: they and the answers to them are left out.
    fn is_noise(&self, entry: &Entry) -> bool {
        match &entry.what {
            What::Asked { key, .. } => key.resource == ResourceId::EVENTS,
            What::Answered { .. } => self.question(entry).is_some_and(|asked| self.is_noise(asked)),
            What::Rules { .. } | What::Restarted { .. } | What::Records { .. } => false,
        }
    }

    /// What the API server answered here.
    fn question(&self, answer: &Entry) -> Option<&Entry> {
        self.cluster.log().get(answer.cause?).filter(|asked| matches!(asked.what, What::Asked { .. }))
    }

    /// The API server's answers to the cluster's own parts are told beside the question: only the others are told apart.
    fn is_told(&self, entry: &Entry) -> bool {
        match &entry.what {
            What::Answered { refusal: None, .. } => {
                self.question(entry).is_some_and(|asked| asked.who == Component::Kubectl)
            }
            _ => true,
        }
    }

    fn hue_of(&self, entry: &Entry) -> Option<u8> {
        let key = match &entry.what {
            What::Asked { key, .. } if key.name.is_empty() => match &self.answer(entry)?.what {
                What::Answered { writes, .. } => &writes.first()?.key,
                _ => return None,
            },
            What::Asked { key, .. } | What::Records { key } => key,
            What::Answered { writes, .. } => &writes.first()?.key,
            What::Rules { services, .. } => {
                let (namespace, name) = &**services.first().filter(|_| services.len() == 1)?;
                return self.hues.of_object(&Key::new(ResourceId::SERVICES, namespace.clone(), name.clone()));
            }
            What::Restarted { .. } => return None,
        };
        self.hues.of_object(key)
    }

    /// The answer to a request: it is logged right behind it.
    fn answer(&self, asked: &Entry) -> Option<&Entry> {
        let next = self.cluster.log().get(EventId(asked.id.0 + 1))?;
        (next.cause == Some(asked.id) && matches!(next.what, What::Answered { .. })).then_some(next)
    }

    fn say_entry(&self, entry: &Entry) -> String {
        match &entry.what {
            What::Asked { method, key, subresource } => {
                // What kubectl asks is told as it asks it; what the others do, by what came of it.
                if entry.who != Component::Kubectl
                    && let Some(What::Answered { writes, refusal: None }) = self.answer(entry).map(|entry| &entry.what)
                {
                    return match writes.first().and_then(|write| self.change(write.revision)) {
                        Some(change) => say_change(change),
                        None => format!("{}: nothing to change", name_of(key)),
                    };
                }
                let rest = if subresource.is_empty() { String::new() } else { format!("/{subresource}") };
                format!("{method} {}{rest}", name_of(key))
            }
            What::Answered { refusal: Some(refusal), .. } => refusal.clone(),
            What::Answered { writes, .. } => {
                let said = writes.iter().filter_map(|write| self.change(write.revision)).map(say_change);
                match said.collect::<Vec<_>>() {
                    said if said.is_empty() => "nothing to change".to_owned(),
                    said => said.join(" · "),
                }
            }
            What::Rules { services, .. } => match services.as_slice() {
                [] => "rules checked".to_owned(),
                [service] => format!("rules of {}", service.1),
                several => format!("rules of {} Services", several.len()),
            },
            What::Restarted { mode, .. } => format!("starts anew in {} mode", mode.name()),
            What::Records { key } => format!("records of {}", key.name),
        }
    }

    fn change(&self, revision: u64) -> Option<&Change> {
        let change = self.cluster.store().changes_since(revision.saturating_sub(1)).first()?;
        (change.revision == revision).then_some(change)
    }
}

impl Timeline {
    /// Gives each happening its place: later ones stand to the right, texts of a lane do not run into each other, and
    /// long waits take little room.
    fn place(&mut self) {
        let mut free = vec![0_i32; self.lanes.len()];
        let (mut x, mut last) = (10, None::<Time>);
        for happening in &mut self.happenings {
            let waited = last.map_or(0, |last| happening.at.since(last).as_millis());
            let gap = match (last, waited) {
                (None, _) => 0,
                (_, 0) => STEP,
                (_, waited) => STEP + 6 * (u128::BITS - waited.leading_zeros()) as i32,
            };
            x += gap;
            if let Some(free) = free.get_mut(happening.lane) {
                x = x.max(*free);
                let letters = happening.text.chars().count().min(LETTERS) as i32;
                *free = x + if happening.told { 16 + letters * LETTER } else { STEP };
            }
            happening.x = x;
            if self.ticks.last().is_none_or(|(tick, _)| x - tick >= TICK) && (last.is_none() || waited > 0) {
                self.ticks.push((x, happening.at));
            }
            last = Some(happening.at);
        }
        self.width = free.into_iter().max().unwrap_or(0).max(x) + 70;
    }

    /// Which happenings are the causes and the effects of one, itself included.
    pub fn chain(&self, id: EventId) -> Vec<EventId> {
        let mut chain = vec![id];
        let find = |id: EventId| self.happenings.iter().find(|one| one.id == id);
        let mut above = find(id).and_then(|one| one.cause);
        while let Some(cause) = above {
            chain.push(cause);
            above = find(cause).and_then(|one| one.cause);
        }
        let mut below = vec![id];
        for happening in &self.happenings {
            if happening.cause.is_some_and(|cause| below.contains(&cause)) {
                below.push(happening.id);
                chain.push(happening.id);
            }
        }
        chain
    }
}

/// The kubelets share a lane: what they say names the pod.
fn lane_of(who: Component) -> Component {
    if let Component::Kubelet(_) = who { Component::Kubelet(0) } else { who }
}

fn lane_name(who: Component, several_nodes: bool) -> String {
    let name = match who {
        Component::ApiServer => "API server",
        Component::DeploymentController => "deployment controller",
        Component::ReplicaSetController => "ReplicaSet controller",
        Component::Scheduler => "scheduler",
        Component::EndpointsController => "endpoints controller",
        Component::EndpointSliceController => "EndpointSlice controller",
        Component::EndpointSliceMirroringController => "slice mirroring",
        Component::GarbageCollector => "garbage collector",
        Component::NamespaceController => "namespace controller",
        Component::NodeLifecycleController => "node controller",
        Component::TaintEvictionController => "taint eviction",
        Component::ResourceQuotaController => "quota controller",
        Component::ServiceController => "load balancers",
        Component::Dns => "kube-dns",
        Component::Kubelet(_) => "kubelets",
        Component::Kubectl | Component::KubeProxy(_) => who.name(),
    };
    match who {
        Component::KubeProxy(node) if several_nodes => format!("{name} node{}", node + 1),
        _ => name.to_owned(),
    }
}

fn name_of(key: &Key) -> String {
    let kind = key.resource.info().kind;
    if key.name.is_empty() { kind.to_owned() } else { format!("{kind} {}", key.name) }
}

/// What a write changed, in few words.
fn say_change(change: &Change) -> String {
    let name = match change.key.resource {
        // The lanes say the kind.
        ResourceId::PODS | ResourceId::ENDPOINTS => change.key.name.clone(),
        ResourceId::ENDPOINT_SLICES => {
            change.key.name.rsplit_once('-').map_or(change.key.name.as_str(), |(service, _)| service).to_owned()
        }
        _ => name_of(&change.key),
    };
    match (&change.old, &change.new) {
        (None, Some(new)) => match first_facts(new) {
            facts if facts.is_empty() => format!("{name} created"),
            facts => format!("{name}: {facts}"),
        },
        (_, None) => format!("{name} gone"),
        (Some(_), Some(new)) if change.key.resource == ResourceId::ENDPOINTS => {
            let count =
                |field: &str| new.items("subsets").iter().map(|subset| subset.items(field).len()).sum::<usize>();
            say_endpoints(&name, count("addresses"), count("notReadyAddresses"))
        }
        (Some(_), Some(new)) if change.key.resource == ResourceId::ENDPOINT_SLICES => {
            let all = new.items("endpoints");
            let ready = all.iter().filter(|one| one.is_true("conditions.ready")).count();
            say_endpoints(&name, ready, all.len() - ready)
        }
        (Some(old), Some(new)) => say_update(&name, old, new),
    }
}

fn say_endpoints(name: &str, ready: usize, others: usize) -> String {
    if others == 0 { format!("{name}: {ready} ready") } else { format!("{name}: {ready} ready, {others} not") }
}

fn say_update(name: &str, old: &Object, new: &Object) -> String {
    if new.is_being_deleted() && !old.is_being_deleted() {
        return format!("{name} terminating");
    }
    if pod::node(old) != pod::node(new) {
        return format!("{name} → {}", pod::node(new));
    }
    if new.kind() == "Pod" && old.at("status") != new.at("status") {
        let word = match () {
            () if pod::is_ready(new) != pod::is_ready(old) && pod::is_ready(new) => "ready",
            () if pod::is_ready(new) != pod::is_ready(old) => "not ready",
            () if pod::phase(new) != pod::phase(old) => pod::phase(new),
            () if pod::ip(new) != pod::ip(old) => pod::ip(new),
            () => "status",
        };
        return format!("{name}: {word}");
    }
    if let (Some(before), Some(after)) = (old.int("spec.replicas"), new.int("spec.replicas"))
        && before != after
    {
        return format!("{name}: {before} → {after} replicas");
    }
    if let (Some(after), Some(all)) = (new.int("status.readyReplicas"), new.int("status.replicas"))
        && old.int("status.readyReplicas") != Some(after)
    {
        return format!("{name}: {after}/{all} ready");
    }
    let parts = ["spec", "metadata.labels", "metadata.annotations", "status"];
    let changed: Vec<&str> = parts
        .iter()
        .filter(|part| old.at(part) != new.at(part))
        .map(|part| part.rsplit('.').next().unwrap_or(part))
        .collect();
    if changed.is_empty() { name.to_owned() } else { format!("{name}: {}", changed.join(", ")) }
}

/// What the server filled in that people look for.
fn first_facts(object: &Object) -> String {
    let mut facts = Vec::new();
    if object.kind() == "Service" && !object.text("spec.clusterIP").is_empty() {
        facts.push(object.text("spec.clusterIP").to_owned());
        let ports = object.items("spec.ports").iter();
        facts.extend(ports.filter_map(|port| port.int("nodePort")).map(|port| port.to_string()));
    }
    facts.join(", ")
}
