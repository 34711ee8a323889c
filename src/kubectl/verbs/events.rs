//! `kubectl events`. Models kubectl pkg/cmd/events.

use super::get::{list, moment};
use crate::api::{Fields, Object, ResourceId};
use crate::apiserver::Verb;
use crate::kubectl::call::{Call, Next};
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
    let verb = Verb::List { labels: crate::api::Selector::default(), fields: Vec::new() };
    let mut found = call.list(ResourceId::EVENTS, if all { "" } else { &namespace }, verb)?;
    found.retain(|event| {
        about.is_none_or(|(kind, name)| {
            event.text("involvedObject.kind") == kind && event.text("involvedObject.name") == name
        }) && (types.is_empty() || types.iter().any(|one| one.eq_ignore_ascii_case(event.text("type"))))
    });
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
