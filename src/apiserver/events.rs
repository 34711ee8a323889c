//! Events: what components report about objects, counted up where they repeat.
//!
//! Real clients do this before they ask the server (client-go tools/record and tools/events); here it stands beside the
//! server, because every component needs it and the store holds what is to be counted up.

use super::{ApiServer, Moment};
use crate::api::{Fields, Object, ResourceId, Value, json};
use crate::clock::{Component, Time};
use crate::order::{SortedMap, SortedSet};
use crate::store::Key;
use std::sync::Arc;
use std::time::Duration;

/// Something that a component reports about an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Occurrence {
    /// Who reports.
    pub source: Component,
    /// The node that it runs on; empty for those of the control plane.
    pub host: String,
    /// The object.
    pub about: Key,
    /// The object's uid.
    pub uid: String,
    /// The part of the object, such as `spec.containers{web}`; mostly empty.
    pub field_path: String,
    /// A `Warning`; `Normal` otherwise.
    pub warning: bool,
    /// `SuccessfulCreate`.
    pub reason: String,
    /// The text.
    pub message: String,
}

/// Models client-go tools/record events_cache.go: after this many different messages about one thing they are
/// combined, within this time.
const SIMILAR_EVENTS: usize = 10;
const SIMILAR_WITHIN: Duration = Duration::from_secs(600);
/// The spam filter's tokens for each source and object, and how long one takes to come back.
const BURST: u32 = 25;
const REFILL: Duration = Duration::from_secs(300);

/// What is remembered of the events so far.
#[derive(Clone, Debug, Default)]
pub struct Correlator {
    /// By source, host and uid.
    spam: SortedMap<(Component, String, String), (u32, Time)>,
    similar: SortedMap<Similar, (SortedSet<String>, Time)>,
    /// The Event object that equal ones are counted up in.
    counted: SortedMap<(Similar, String), Key>,
}

/// Events that differ in their message only.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Similar {
    source: Component,
    host: String,
    uid: String,
    field_path: String,
    reason: String,
    warning: bool,
}

impl ApiServer {
    /// Stores an Event, or counts up the one that says the same. `None` where the source reports so much about the
    /// object that clients keep it to themselves.
    pub fn record(&mut self, occurrence: &Occurrence, moment: &mut Moment<'_>) -> Option<Arc<Object>> {
        let namespace = self.store.find(ResourceId::NAMESPACES, "", namespace_of(&occurrence.about))?;
        if namespace.is_being_deleted() || !self.correlator.lets_pass(occurrence, moment.now) {
            return None;
        }
        let similar = Similar::of(occurrence);
        let series = occurrence.source == Component::Scheduler;
        let (key_text, message) = if series {
            (String::new(), occurrence.message.clone())
        } else {
            self.correlator.message(&similar, &occurrence.message, moment.now)
        };
        let slot = (similar, key_text);
        let known = self.correlator.counted.get(&slot).and_then(|key| self.store.get(key)).cloned();
        let event = match known {
            Some(event) => again(&event, &message, series, moment),
            None => self.first(occurrence, &message, series, moment),
        };
        self.correlator.counted.insert(slot, Key::of(ResourceId::EVENTS, &event));
        Some(self.put(ResourceId::EVENTS, event, moment))
    }

    fn first(&self, occurrence: &Occurrence, message: &str, series: bool, moment: &mut Moment<'_>) -> Object {
        let info = occurrence.about.resource.info();
        let namespace = namespace_of(&occurrence.about);
        // The name ends in the time in nanoseconds; virtual time counts microseconds.
        let nanos = moment.epoch.0.saturating_mul(1_000_000_000).saturating_add((moment.now.0 * 1000) as i64)
            + i64::from(moment.random.below(1000));
        let mut involved = json!({"apiVersion": info.api_version(), "kind": info.kind, "name": occurrence.about.name});
        if let Value::Object(involved) = &mut involved {
            let version =
                self.store.get(&occurrence.about).map(|object| object.text("metadata.resourceVersion").to_owned());
            let more = [
                ("namespace", occurrence.about.namespace.clone()),
                ("uid", occurrence.uid.clone()),
                ("fieldPath", occurrence.field_path.clone()),
                ("resourceVersion", version.unwrap_or_default()),
            ];
            for (field, text) in more.into_iter().filter(|(_, text)| !text.is_empty()) {
                involved.insert(field.to_owned(), Value::from(text));
            }
        }
        let component = occurrence.source.name();
        let now = moment.epoch.timestamp(moment.now);
        let mut source = json!({});
        if let (false, Value::Object(source)) = (series, &mut source) {
            source.insert("component".to_owned(), Value::from(component));
            if !occurrence.host.is_empty() {
                source.insert("host".to_owned(), Value::from(occurrence.host.as_str()));
            }
        }
        let mut event = json!({
            "apiVersion": "v1", "kind": "Event",
            "metadata": {
                "name": format!("{}.{nanos:x}", occurrence.about.name),
                "namespace": namespace,
                "uid": moment.random.uuid(),
                "creationTimestamp": now,
            },
            "involvedObject": involved,
            "reason": occurrence.reason,
            "message": message,
            "source": source,
            "type": if occurrence.warning { "Warning" } else { "Normal" },
            "reportingComponent": component,
            "reportingInstance": occurrence.host,
        });
        if let Value::Object(event) = &mut event {
            if series {
                event.insert("eventTime".to_owned(), Value::from(moment.epoch.timestamp_micros(moment.now)));
                event.insert("firstTimestamp".to_owned(), Value::Null);
                event.insert("lastTimestamp".to_owned(), Value::Null);
                event.insert("action".to_owned(), Value::from("Scheduling"));
                event.insert("reportingInstance".to_owned(), Value::from(format!("{component}-control-plane")));
            } else {
                event.insert("eventTime".to_owned(), Value::Null);
                event.insert("firstTimestamp".to_owned(), Value::from(now.as_str()));
                event.insert("lastTimestamp".to_owned(), Value::from(now.as_str()));
                event.insert("count".to_owned(), Value::from(1));
            }
        }
        Object::new(event).unwrap_or_default()
    }
}

/// Where an Event about an object is stored.
fn namespace_of(about: &Key) -> &str {
    if about.namespace.is_empty() { "default" } else { &about.namespace }
}

/// The Event once more. Models record's count and events' series.
fn again(event: &Object, message: &str, series: bool, moment: &Moment<'_>) -> Object {
    let mut event = event.clone();
    if series {
        let count = event.int("series.count").unwrap_or(1) + 1;
        let at = moment.epoch.timestamp_micros(moment.now);
        event.set("series", json!({"count": count, "lastObservedTime": at}));
    } else {
        let count = event.int("count").unwrap_or(1) + 1;
        event.set("count", Value::from(count));
        event.set("lastTimestamp", Value::from(moment.epoch.timestamp(moment.now)));
        event.set("message", Value::from(message));
    }
    event
}

impl Similar {
    fn of(occurrence: &Occurrence) -> Similar {
        Similar {
            source: occurrence.source,
            host: occurrence.host.clone(),
            uid: occurrence.uid.clone(),
            field_path: occurrence.field_path.clone(),
            reason: occurrence.reason.clone(),
            warning: occurrence.warning,
        }
    }
}

impl Correlator {
    /// Models EventSourceObjectSpamFilter: a token bucket for each source and object.
    fn lets_pass(&mut self, occurrence: &Occurrence, now: Time) -> bool {
        // The scheduler's recorder (tools/events) has no such filter.
        if occurrence.source == Component::Scheduler {
            return true;
        }
        let key = (occurrence.source, occurrence.host.clone(), occurrence.uid.clone());
        let (tokens, since) = self.spam.entry(key).or_insert((BURST, now));
        let back = (now.since(*since).as_secs() / REFILL.as_secs()) as u32;
        if back > 0 {
            *tokens = tokens.saturating_add(back).min(BURST);
            *since = now;
        }
        let passes = *tokens > 0;
        *tokens = tokens.saturating_sub(1);
        passes
    }

    /// What equal events are known by, and the text to store: combined once too many differ. Models EventAggregate.
    fn message(&mut self, similar: &Similar, message: &str, now: Time) -> (String, String) {
        let (messages, last) = self.similar.entry(similar.clone()).or_insert_with(|| (SortedSet::new(), now));
        if now.since(*last) > SIMILAR_WITHIN {
            messages.clear();
        }
        *last = now;
        messages.insert(message.to_owned());
        if messages.len() < SIMILAR_EVENTS {
            return (message.to_owned(), message.to_owned());
        }
        // Old texts make room, so that the set stays small and full.
        messages.pop_first();
        (String::new(), format!("(combined from similar events): {message}"))
    }
}
