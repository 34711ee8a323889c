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
}

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
        });
        Timeline { happenings: happenings.collect(), lanes, now: self.cluster.now(), older }
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
