//! `kubectl describe`.
//!
//! Models kubectl pkg/describe/describe.go: a page of `Title:<tab>value` lines whose values line up in runs.

mod endpoints;
mod node;
mod other;
mod pod;
mod service;
mod template;
mod workload;

use super::{Moment, align};
use crate::api::{Fields, Object, ResourceId, Value};
use crate::clock::Time;
use crate::order::Order;
use crate::store::Store;

/// What surrounds the object that is described.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// Where the objects around it are read from.
    pub store: &'a Store,
    /// When it is described.
    pub moment: Moment,
    /// Whether its events are listed. kubectl leaves them out for several objects and for matches by prefix.
    pub events: bool,
}

/// The page of an object of any kind, each line ended.
pub fn describe(resource: ResourceId, object: &Object, scene: &Scene) -> String {
    let mut page = Page::default();
    match resource {
        ResourceId::SERVICES => service::describe(&mut page, object, scene),
        ResourceId::ENDPOINTS => endpoints::describe(&mut page, object),
        ResourceId::ENDPOINT_SLICES => endpoints::describe_slice(&mut page, object),
        ResourceId::PODS => pod::describe(&mut page, object, scene),
        ResourceId::REPLICA_SETS => workload::describe_replica_set(&mut page, object, scene),
        ResourceId::DEPLOYMENTS => workload::describe_deployment(&mut page, object, scene),
        ResourceId::NODES => node::describe(&mut page, object, scene),
        ResourceId::NAMESPACES => other::describe_namespace(&mut page, object, scene),
        ResourceId::CONFIG_MAPS => other::describe_config_map(&mut page, object),
        ResourceId::SECRETS => other::describe_secret(&mut page, object),
        ResourceId::LIMIT_RANGES => other::describe_limit_range(&mut page, object),
        ResourceId::RESOURCE_QUOTAS => other::describe_quota(&mut page, object),
        _ => other::describe_any(&mut page, object),
    }
    // These list no events.
    let silent = [ResourceId::NAMESPACES, ResourceId::SECRETS, ResourceId::RESOURCE_QUOTAS, ResourceId::LIMIT_RANGES];
    if scene.events && !silent.contains(&resource) {
        list_events(&mut page, object, scene);
    }
    align(&page.text, 0, 2)
}

/// The pod template of an object as `rollout history --revision` shows it: tabs are not aligned.
pub fn pod_template(object: &Object, scene: &Scene) -> String {
    let mut page = Page::default();
    template::describe(&mut page, object, scene);
    page.text
        .lines()
        .map(|line| if line.trim_start_matches(' ').starts_with('\t') { line.trim_start_matches(' ') } else { line })
        .fold(String::new(), |text, line| text + line + "\n")
}

/// The text so far; cells are parted by tabs.
#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    /// A line, `level` steps in.
    fn line(&mut self, level: usize, text: &str) {
        self.text.extend(std::iter::repeat_n("  ", level));
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// `Title:<tab>value`, `level` steps in.
    fn field(&mut self, level: usize, title: &str, value: &str) {
        self.line(level, &format!("{title}:\t{value}"));
    }

    /// Labels one below the other.
    fn pairs(&mut self, level: usize, title: &str, separator: &str, pairs: &[(&str, &str)]) {
        if pairs.is_empty() {
            return self.field(level, title, "<none>");
        }
        for (place, (key, value)) in pairs.iter().enumerate() {
            let line = format!("{key}{separator}{value}");
            if place == 0 { self.field(level, title, &line) } else { self.line(level, &format!("\t{line}")) }
        }
    }

    /// `metadata.labels`.
    fn labels(&mut self, object: &Object) {
        self.pairs(0, "Labels", "=", &object.labels().collect::<Vec<_>>());
    }

    /// Annotations one below the other, long ones on lines of their own; kubectl apply's record is left out.
    fn annotations(&mut self, level: usize, annotations: &[(&str, &str)]) {
        const LONGEST: usize = 140;
        let shown: Vec<_> =
            annotations.iter().filter(|(key, _)| *key != "kubectl.kubernetes.io/last-applied-configuration").collect();
        if shown.is_empty() {
            return self.field(level, "Annotations", "<none>");
        }
        for (place, (key, value)) in shown.into_iter().enumerate() {
            let title = if place == 0 { "Annotations:" } else { "" };
            let value = value.strip_suffix('\n').unwrap_or(value);
            if key.len() + value.len() + 2 <= LONGEST && !value.contains('\n') {
                self.line(level, &format!("{title}\t{key}: {value}"));
                continue;
            }
            self.line(level, &format!("{title}\t{key}:"));
            for part in value.split('\n') {
                let cut: String = part.chars().take(LONGEST - 2).collect();
                let dots = if cut.len() < part.len() { "..." } else { "" };
                self.line(level, &format!("\t  {cut}{dots}"));
            }
        }
    }

    /// Name, namespace.
    fn head(&mut self, object: &Object) {
        self.field(0, "Name", object.name());
        self.field(0, "Namespace", object.namespace());
    }

    /// `metadata.annotations`.
    fn own_annotations(&mut self, object: &Object) {
        self.annotations(0, &object.text_pairs("metadata.annotations").collect::<Vec<_>>());
    }
}

/// The texts of a list.
fn texts<'a>(value: &'a impl Fields, path: &str) -> Vec<&'a str> {
    value.items(path).iter().filter_map(Value::as_str).collect()
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { "<none>" } else { text }
}

fn number(object: &impl Fields, path: &str) -> i64 {
    object.int(path).unwrap_or(0)
}

/// A number or text without quotes.
fn plain(value: Option<&Value>) -> String {
    value.map(crate::api::go_value::plain).unwrap_or_default()
}

/// `Mon, 23 Nov 2026 01:13:04 +0000`: Go's RFC1123Z.
fn date(timestamp: &str, moment: &Moment) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let Some(at) = moment.epoch.parse(timestamp) else { return "Mon, 01 Jan 0001 00:00:00 +0000".to_owned() };
    let day = (moment.epoch.0 + (at.0 / 1_000_000) as i64).div_euclid(86_400).rem_euclid(7);
    let text = moment.epoch.timestamp(at);
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or("");
    let month = part(5, 7).parse::<usize>().unwrap_or(1).saturating_sub(1);
    format!(
        "{}, {} {} {} {} +0000",
        DAYS.get(day as usize).unwrap_or(&""),
        part(8, 10),
        MONTHS.get(month).unwrap_or(&""),
        part(0, 4),
        part(11, 19)
    )
}

/// The events about an object, by the time they were last seen.
fn list_events(page: &mut Page, object: &Object, scene: &Scene) {
    let last = |event: &Object| -> Option<Time> {
        let micro = event.text("series.lastObservedTime");
        let stamp = if micro.is_empty() { event.text("lastTimestamp") } else { micro };
        let stamp = if stamp.is_empty() { event.text("eventTime") } else { stamp };
        scene.moment.epoch.parse(stamp)
    };
    // A cluster-wide object's events are in the namespace default.
    let namespace = if object.namespace().is_empty() { "default" } else { object.namespace() };
    let mut events: Vec<_> = scene
        .store
        .list(ResourceId::EVENTS, Some(namespace))
        .filter(|event| {
            let about = |field: &str| event.text(&format!("involvedObject.{field}"));
            let uid = about("uid");
            about("name") == object.name()
                && about("kind") == object.kind()
                && (uid.is_empty() || uid == object.uid() || object.kind() == "Node")
        })
        .collect();
    if events.is_empty() {
        return page.field(0, "Events", "<none>");
    }
    events.order_by_key(|event| (last(event), event.resource_version()));
    page.line(0, "Events:");
    page.line(1, "Type\tReason\tAge\tFrom\tMessage");
    page.line(1, "----\t------\t----\t----\t-------");
    for event in events {
        let (first, last) = super::rows::event_seen(event, &scene.moment);
        let count = event.int("series.count").or_else(|| event.int("count")).unwrap_or(1);
        let age = if count > 1 { format!("{last} (x{count} over {first})") } else { last };
        let from = match event.text("source.component") {
            "" => event.text("reportingComponent"),
            component => component,
        };
        let (kind, reason, message) = (event.text("type"), event.text("reason"), event.text("message").trim());
        page.line(1, &format!("{kind}\t{reason}\t{age}\t{from}\t{message}"));
    }
}
