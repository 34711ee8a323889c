//! The event log in the reader's words: lanes, happenings, causes.

use super::Session;
use crate::api::{Fields, Object};
use crate::clock::{Component, EventId, Time};
use crate::cluster::{Entry, What};
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
const LETTERS: usize = 30;
/// Happenings stand at least this far apart.
const STEP: i32 = 13;
/// Points of time below are at least this far apart.
const TICK: i32 = 84;

impl Session {
    /// The last `most` things that happened.
    pub fn timeline(&self, most: usize) -> Timeline {
        let all = self.cluster.log().since(EventId(0));
        let older = all.len().saturating_sub(most);
        let shown = all.get(older..).unwrap_or(&[]);
        let mut who: Vec<Component> = shown.iter().map(|entry| entry.who).collect();
        who.sort_unstable();
        who.dedup();
        let several = self.cluster.settings().nodes.len() > 1;
        let lanes: Vec<Lane> = who.iter().map(|&who| Lane { who, name: lane_name(who, several) }).collect();
        let happenings = shown.iter().map(|entry| Happening {
            id: entry.id,
            at: entry.at,
            lane: who.binary_search(&entry.who).unwrap_or(0),
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

    /// The API server's answers to the cluster's own parts say what the question said: only the others are told.
    fn is_told(&self, entry: &Entry) -> bool {
        match &entry.what {
            What::Answered { refusal: Some(_), .. } => true,
            What::Answered { .. } => {
                let asked = entry.cause.and_then(|cause| self.cluster.log().get(cause));
                asked.is_some_and(|asked| asked.who == Component::Kubectl)
            }
            _ => true,
        }
    }

    fn hue_of(&self, entry: &Entry) -> Option<u8> {
        let key = match &entry.what {
            What::Asked { key, .. } => key,
            What::Answered { writes, .. } => &writes.first()?.key,
        };
        self.hues.of_object(key)
    }

    fn say_entry(&self, entry: &Entry) -> String {
        match &entry.what {
            What::Asked { method, key, subresource } => {
                let rest = if subresource.is_empty() { String::new() } else { format!("/{subresource}") };
                format!("{method} {}{rest}", name_of(key))
            }
            What::Answered { refusal: Some(refusal), .. } => refusal.clone(),
            What::Answered { writes, .. } => {
                let said: Vec<String> = writes
                    .iter()
                    .map(|write| match self.cluster.store().changes_since(write.revision.saturating_sub(1)).first() {
                        Some(change) => say_change(change),
                        None => name_of(&write.key),
                    })
                    .collect();
                if said.is_empty() { "nothing to change".to_owned() } else { said.join(" · ") }
            }
            What::Rules { services, .. } => {
                let names: Vec<&str> = services.iter().map(|(_, name)| name.as_str()).collect();
                format!("rules of {}", names.join(", "))
            }
            What::Records { key } => format!("knows {}", name_of(key)),
        }
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
        Component::ServiceController => "load balancers",
        Component::Dns => "kube-dns",
        Component::Kubectl | Component::Kubelet(_) | Component::KubeProxy(_) => who.name(),
    };
    match who {
        Component::Kubelet(node) | Component::KubeProxy(node) if several_nodes => format!("{name} node{}", node + 1),
        _ => name.to_owned(),
    }
}

fn name_of(key: &Key) -> String {
    let kind = key.resource.info().kind;
    if key.name.is_empty() { kind.to_owned() } else { format!("{kind} {}", key.name) }
}

/// What a write changed, in few words.
fn say_change(change: &Change) -> String {
    let name = name_of(&change.key);
    match (&change.old, &change.new) {
        (None, Some(new)) => match first_facts(new) {
            facts if facts.is_empty() => format!("{name} created"),
            facts => format!("{name}: {facts}"),
        },
        (_, None) => format!("{name} deleted"),
        (Some(old), Some(new)) => {
            let mut what = Vec::new();
            for part in ["spec", "metadata.labels", "metadata.annotations", "status", "subsets", "endpoints"] {
                if old.at(part) != new.at(part) {
                    what.push(part.rsplit('.').next().unwrap_or(part));
                }
            }
            if new.is_being_deleted() && !old.is_being_deleted() {
                return format!("{name} is to be deleted");
            }
            if what.is_empty() { name } else { format!("{name}: {}", what.join(", ")) }
        }
    }
}

/// What the server filled in that people look for.
fn first_facts(object: &Object) -> String {
    let mut facts = Vec::new();
    if object.kind() == "Service" && !object.text("spec.clusterIP").is_empty() {
        facts.push(object.text("spec.clusterIP").to_owned());
        facts.extend(
            object.items("spec.ports").iter().filter_map(|port| port.int("nodePort")).map(|port| port.to_string()),
        );
    }
    facts.join(", ")
}
