//! `kubectl events`. Models kubectl pkg/cmd/events.

use super::get::{list, moment};
use crate::api::{Fields, Object, ResourceId};
use crate::apiserver::Verb;
use crate::clock::Time;
use crate::kubectl::call::{Call, Next, Step, Task, request_timeout};
use crate::kubectl::flags::Flags;
use crate::kubectl::output::{Formats, Printer};
use crate::kubectl::print::{Moment, align};
use crate::kubectl::{Failure, resources};
use crate::order::Order;
use std::sync::Arc;

/// Runs the verb.
pub fn events(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let printer = Printer::of(flags, &call.terminal.files, Formats::Objects)?;
    let (namespace, _) = call.namespace(flags);
    let all = flags.on("all-namespaces");
    let about = match flags.get("for") {
        None | Some("") => None,
        Some(text) => {
            let Some((kind, name)) = text.split_once('/').filter(|(_, name)| !name.contains('/')) else {
                return Err(Failure::from("--for must be in resource/name form"));
            };
            Some((resources::find(kind)?.info().kind, name))
        }
    };
    let types = flags.list("types");
    if let Some(wrong) = types.iter().find(|one| !["normal", "warning"].contains(&one.to_lowercase().as_str())) {
        return Err(Failure::Error(format!("valid --types are Normal or Warning, not {wrong}")));
    }
    if flags.on("watch") {
        let (about, types) = (about.map(|(kind, name)| (kind, name.to_owned())), types.to_vec());
        let namespace = (!all).then(|| namespace.clone());
        let until = request_timeout(flags)?.map(|timeout| call.cluster.now() + timeout);
        let wanted = Wanted { about, types, namespace };
        let headers = !flags.on("no-headers");
        return Ok(Some(Box::new(Watch { wanted, printer, headers, revision: 0, shown: Vec::new(), until })));
    }
    let verb = Verb::List { labels: crate::api::Selector::default(), fields: Vec::new() };
    let mut found = call.list(ResourceId::EVENTS, if all { "" } else { &namespace }, verb)?;
    let about = about.map(|(kind, name)| (kind, name.to_owned()));
    let wanted = Wanted { about, types: types.to_vec(), namespace: None };
    found.retain(|event| wanted.has(event));
    let epoch = call.cluster.epoch();
    found.order_by_key(|event| epoch.parse(last_seen(event)));
    if let Some(mut printer) = printer {
        let items: Vec<_> = found.iter().map(|event| event.value().clone()).collect();
        printer.print(call.console, &list(&items))?;
        return Ok(None);
    }
    if found.is_empty() {
        let place = if all { String::new() } else { format!(" in {namespace} namespace") };
        call.console.error_line(format!("No events found{place}."));
        return Ok(None);
    }
    let text = table(&found, all, flags.on("no-headers"), &moment(call));
    call.console.out(text);
    Ok(None)
}

/// Which events are meant.
struct Wanted {
    /// The kind and name that they are about.
    about: Option<(&'static str, String)>,
    types: Vec<String>,
    namespace: Option<String>,
}

impl Wanted {
    fn has(&self, event: &Object) -> bool {
        let is_about = |(kind, name): &(&str, String)| {
            event.text("involvedObject.kind") == *kind && event.text("involvedObject.name") == name
        };
        self.about.as_ref().is_none_or(is_about)
            && self.namespace.as_ref().is_none_or(|namespace| event.namespace() == namespace)
            && (self.types.is_empty() || self.types.iter().any(|one| one.eq_ignore_ascii_case(event.text("type"))))
    }
}

/// `-w`: prints events as they come, those that are there first.
struct Watch {
    wanted: Wanted,
    printer: Option<Printer>,
    headers: bool,
    revision: u64,
    /// What was printed: later rows line up with it.
    shown: Vec<Arc<Object>>,
    /// When the connection is cut: `--request-timeout`.
    until: Option<Time>,
}

impl Task for Watch {
    fn poll(&mut self, call: &mut Call<'_>) -> Result<Step, Failure> {
        let store = call.cluster.store();
        let fresh: Vec<Arc<Object>> = if self.revision == 0 {
            store.list(ResourceId::EVENTS, None).cloned().collect()
        } else {
            let changes = store.changes_since(self.revision).iter();
            changes.filter(|one| one.key.resource == ResourceId::EVENTS).filter_map(|one| one.new.clone()).collect()
        };
        self.revision = store.revision();
        for event in fresh.into_iter().filter(|event| self.wanted.has(event)) {
            if let Some(printer) = &mut self.printer {
                printer.print(call.console, event.value())?;
                continue;
            }
            self.shown.push(event);
            let text = table(&self.shown, self.wanted.namespace.is_none(), !self.headers, &moment(call));
            let lines: Vec<&str> = text.lines().collect();
            let new = if self.shown.len() == 1 { lines.len() } else { 1 };
            for line in lines.iter().skip(lines.len().saturating_sub(new)) {
                call.console.line(line);
            }
            if self.shown.len() > 50 {
                self.shown.remove(0);
            }
        }
        let is_over = self.until.is_some_and(|until| call.cluster.now() >= until);
        Ok(if is_over { Step::Done } else { Step::Wait(self.until) })
    }
}

fn last_seen(event: &Arc<Object>) -> &str {
    let series = event.text("series.lastObservedTime");
    let last = event.text("lastTimestamp");
    if !series.is_empty() {
        series
    } else if last.is_empty() {
        event.text("eventTime")
    } else {
        last
    }
}

fn table(events: &[Arc<Object>], all: bool, no_headers: bool, moment: &Moment) -> String {
    let mut text = String::new();
    if !no_headers {
        text += if all { "NAMESPACE\t" } else { "" };
        text += "LAST SEEN\tTYPE\tREASON\tOBJECT\tMESSAGE\n";
    }
    for event in events {
        let first = if event.text("firstTimestamp").is_empty() {
            event.text("eventTime")
        } else {
            event.text("firstTimestamp")
        };
        let count = event.int("series.count").or(event.int("count")).unwrap_or(1);
        let age = moment.age(last_seen(event));
        let age = if count > 1 { format!("{age} (x{count} over {})", moment.age(first)) } else { age };
        if all {
            text += &format!("{}\t", event.namespace());
        }
        text += &format!(
            "{age}\t{}\t{}\t{}/{}\t{}\n",
            event.text("type"),
            event.text("reason"),
            event.text("involvedObject.kind"),
            event.text("involvedObject.name"),
            event.text("message").trim()
        );
    }
    align(&text, 6, 3)
}
