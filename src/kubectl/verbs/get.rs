//! `kubectl get`. Models kubectl pkg/cmd/get.

use super::raw;
use crate::api::{Object, ResourceId, Value, json};
use crate::apiserver::fields_hold;
use crate::clock::Time;
use crate::kubectl::builder::{Found, Info, Query, field_selector};
use crate::kubectl::call::{Call, Next, Step, Task, request_timeout};
use crate::kubectl::flags::Flags;
use crate::kubectl::output::{Format, Formats, Printer};
use crate::kubectl::print::{JsonPath, Moment, TableOptions, table};
use crate::kubectl::{Failure, resources};
use crate::order::Order;
use crate::yaml;
use std::cmp::Ordering;
use std::sync::Arc;

/// Runs the verb.
pub fn get(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    if let Some(path) = flags.get("raw").filter(|path| !path.is_empty()) {
        return raw::get(call, flags, path);
    }
    if flags.args.is_empty() && flags.list("filename").is_empty() {
        call.console.error_line(
            "You must specify the type of resource to get. Use \"kubectl api-resources\" for a complete list of \
             supported resources.\n",
        );
        return Err(Failure::usage(
            "kubectl get",
            "Required resource not specified.\nUse \"kubectl explain <resource>\" for a detailed description of that \
             resource (e.g. kubectl explain pods).",
        ));
    }
    let format = Format::of(flags, &call.terminal.files, Formats::Tables)?;
    if flags.on("show-labels") && !matches!(format, None | Some(Format::Wide)) {
        let name = flags.text("output").split('=').next().unwrap_or("");
        return Err(Failure::Error(format!("--show-labels option cannot be used with {name} printer")));
    }
    let watching = flags.on("watch") || flags.on("watch-only");
    if flags.on("output-watch-events") && !watching {
        let why = "--output-watch-events option can only be used with --watch or --watch-only";
        return Err(Failure::usage("kubectl get", why));
    }
    let sort = flags.get("sort-by").filter(|path| !path.is_empty() && !watching);
    if watching && !flags.text("sort-by").is_empty() {
        call.console.error_line("warning: --watch or --watch-only requested, --sort-by will be ignored");
    }
    let query = Query { kind_means_all: true, latest: true, ..Query::of(call, flags, &flags.args) };
    call.managed_fields = flags.on("show-managed-fields");
    if watching && kinds_of(&query)?.len() > 1 {
        return Err(Failure::from("you may only specify a single resource type"));
    }
    let mut found = query.find(call)?;
    if flags.on("ignore-not-found") {
        found.failures.retain(|failure| !failure.is_not_found());
    }
    if watching {
        return watch(call, &query, flags, found);
    }
    match Printer::of(flags, &call.terminal.files, Formats::Tables)? {
        Some(mut printer) if !matches!(format, Some(Format::Wide)) => {
            if let Some(path) = sort {
                sort_by(&mut found.infos, path)?;
            }
            print_objects(call, &mut printer, found, flags.on("ignore-not-found"))?;
        }
        _ => {
            let tables = Tables::of(flags, matches!(format, Some(Format::Wide)));
            if let Some(path) = sort
                && sort_by(&mut found.infos, path).is_err()
            {
                found.infos.clear();
            }
            print_tables(call, &tables, found, &query, flags.on("ignore-not-found"))?;
        }
    }
    Ok(None)
}

/// The kinds that a line means.
fn kinds_of(query: &Query<'_>) -> Result<Vec<ResourceId>, Failure> {
    let mut kinds = Vec::new();
    let pairs = query.args.iter().any(|arg| arg.contains('/'));
    for arg in query.args.iter().take(if pairs { usize::MAX } else { 1 }) {
        for kind in resources::find_all(arg.split('/').next().unwrap_or(""))? {
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
    }
    Ok(kinds)
}

/// Prints what is there, and goes on with what changes. Models GetOptions' watch.
fn watch(call: &mut Call<'_>, query: &Query<'_>, flags: &Flags, found: Found) -> Result<Next, Failure> {
    Failure::all(found.failures)?;
    let mut watch = Watch::of(call, query, flags)?;
    for info in &found.infos {
        if flags.on("watch-only") {
            break;
        }
        watch.show(call, info.resource, &info.object(), "ADDED")?;
    }
    if watch.names.len() > 1 {
        return Err(Failure::from("you may only watch a single resource or type of resource at a time"));
    }
    Ok(Some(Box::new(watch)))
}

/// Prints whole objects: one alone, or a List.
fn print_objects(call: &mut Call<'_>, printer: &mut Printer, found: Found, quiet: bool) -> Result<(), Failure> {
    let Found { infos, mut failures, single, .. } = found;
    if single && !failures.is_empty() || infos.is_empty() && quiet {
        return Failure::all(failures);
    }
    let printed = match infos.as_slice() {
        [one] if single => printer.print(call.console, one.object().value()),
        several => {
            let items: Vec<Value> = several.iter().map(|info| info.object().value().clone()).collect();
            printer.print(call.console, &list(&items))
        }
    };
    failures.extend(printed.err());
    Failure::all(failures)
}

/// The List that kubectl prints several objects as.
pub fn list(items: &[Value]) -> Value {
    json!({"apiVersion": "v1", "items": items, "kind": "List", "metadata": {"resourceVersion": ""}})
}

/// How tables are printed in one call.
struct Tables {
    options: TableOptions,
    label_columns: Vec<String>,
}

impl Tables {
    fn of(flags: &Flags, wide: bool) -> Tables {
        let label_columns: Vec<String> = flags.list("label-columns").to_vec();
        let options = TableOptions {
            wide,
            no_headers: flags.on("no-headers"),
            show_labels: flags.on("show-labels"),
            label_columns: label_columns.clone(),
            with_namespace: flags.on("all-namespaces"),
            with_kind: flags.on("show-kind"),
            scale: flags.text("subresource") == "scale",
            events: Vec::new(),
        };
        Tables { options, label_columns }
    }

    fn text(&self, call: &Call<'_>, resource: ResourceId, objects: &[Arc<Object>], with_kind: bool) -> String {
        let options = TableOptions {
            with_namespace: self.options.with_namespace && resource.info().namespaced,
            with_kind: self.options.with_kind || with_kind,
            label_columns: self.label_columns.clone(),
            ..self.options.clone()
        };
        table(resource, objects, &options, &moment(call))
    }
}

/// The moment at which something is printed.
pub fn moment(call: &Call<'_>) -> Moment {
    Moment { now: call.cluster.now(), epoch: call.cluster.epoch() }
}

/// Prints a table a kind.
fn print_tables(
    call: &mut Call<'_>,
    tables: &Tables,
    found: Found,
    query: &Query<'_>,
    quiet: bool,
) -> Result<(), Failure> {
    let Found { infos, failures, .. } = found;
    let mut kinds: Vec<ResourceId> = infos.iter().map(|info| info.resource).collect();
    kinds.dedup();
    // A list of several kinds shows the kind even where the others are empty.
    let listed = query.args.first().filter(|arg| query.args.len() == 1 && !arg.contains('/'));
    let several = match listed {
        Some(kinds) => resources::find_all(kinds).is_ok_and(|kinds| kinds.len() > 1),
        None => kinds.iter().any(|kind| Some(kind) != kinds.first()),
    };
    let mut text = String::new();
    for chunk in infos.chunk_by(|one, next| one.resource == next.resource) {
        let Some(first) = chunk.first() else { continue };
        let objects: Vec<Arc<Object>> = chunk.iter().map(Info::object).collect();
        if !text.is_empty() && !tables.options.no_headers {
            text.push('\n');
        }
        text.push_str(&tables.text(call, first.resource, &objects, several));
    }
    call.console.out(text);
    if infos.is_empty() && failures.is_empty() && !quiet {
        nothing_found(call, query);
    }
    Failure::all(failures)
}

/// Says that there is nothing.
pub fn nothing_found(call: &mut Call<'_>, query: &Query<'_>) {
    let kinds = query.args.first().map(|arg| resources::find_all(arg.split('/').next().unwrap_or("")));
    let namespaced = kinds.is_none_or(|kinds| kinds.is_ok_and(|kinds| kinds.iter().all(|kind| kind.info().namespaced)));
    if query.all_namespaces || !namespaced {
        call.console.error_line("No resources found");
    } else {
        call.console.error_line(format!("No resources found in {} namespace.", query.namespace));
    }
}

/// Sorts objects by a field. Models kubectl pkg/cmd/get/sorter.go.
pub fn sort_by(infos: &mut [Info], path: &str) -> Result<(), Failure> {
    let parsed = JsonPath::parse_relaxed(path)?;
    let value = |info: &Info| parsed.find(info.object().value()).ok()?.first().map(|found| found.clone().into_owned());
    let mut keyed: Vec<(Option<Value>, Info)> = infos.iter().map(|info| (value(info), info.clone())).collect();
    if !keyed.is_empty() && keyed.iter().all(|(key, _)| key.is_none()) {
        let path = path.trim_start_matches('{').trim_end_matches('}').trim_start_matches('.');
        return Err(Failure::Error(format!(
            "couldn't find any field with path \"{{.{path}}}\" in the list of objects"
        )));
    }
    keyed.order_by(|(one, _), (other, _)| compare(one.as_ref(), other.as_ref()));
    for (place, (_, info)) in infos.iter_mut().zip(keyed) {
        *place = info;
    }
    Ok(())
}

fn compare(one: Option<&Value>, other: Option<&Value>) -> Ordering {
    match (one, other) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Less,
        (Some(_), None) => Ordering::Greater,
        (Some(Value::Number(one)), Some(Value::Number(other))) => {
            one.as_f64().partial_cmp(&other.as_f64()).unwrap_or(Ordering::Equal)
        }
        (Some(Value::String(one)), Some(Value::String(other))) => natural(one, other),
        (Some(one), Some(other)) => one.to_string().cmp(&other.to_string()),
    }
}

/// Texts with numbers in them, by the numbers. Models sortorder.NaturalLess.
fn natural(one: &str, other: &str) -> Ordering {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let (mut one_rest, mut other_rest) = (one, other);
    loop {
        let (Some(a), Some(b)) = (one_rest.chars().next(), other_rest.chars().next()) else {
            return one_rest.len().cmp(&other_rest.len());
        };
        if a.is_ascii_digit() && b.is_ascii_digit() {
            let ((a, a_rest), (b, b_rest)) =
                (one_rest.split_at(digits(one_rest)), other_rest.split_at(digits(other_rest)));
            let (a_bare, b_bare) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
            let order = a_bare.len().cmp(&b_bare.len()).then_with(|| a_bare.cmp(b_bare)).then(a.len().cmp(&b.len()));
            if order != Ordering::Equal {
                return order;
            }
            (one_rest, other_rest) = (a_rest, b_rest);
        } else if a == b {
            one_rest = one_rest.get(a.len_utf8()..).unwrap_or("");
            other_rest = other_rest.get(b.len_utf8()..).unwrap_or("");
        } else {
            return a.cmp(&b);
        }
    }
}

/// `-w`: prints what changes until it is stopped.
struct Watch {
    /// When the connection is cut: `--request-timeout`.
    until: Option<Time>,
    revision: u64,
    kinds: Vec<ResourceId>,
    names: Vec<String>,
    namespace: Option<String>,
    selector: crate::api::Selector,
    fields: Vec<(String, bool, String)>,
    tables: Tables,
    /// Whole objects instead of rows.
    printer: Option<Printer>,
    /// `--output-watch-events`.
    events: bool,
    /// The format in which whole events are written.
    output: String,
    printed: bool,
    /// What was printed, with what happened: later rows line up with it.
    shown: Vec<(Arc<Object>, &'static str)>,
}

impl Watch {
    fn of(call: &Call<'_>, query: &Query<'_>, flags: &Flags) -> Result<Watch, Failure> {
        let (_, names) = match query.args.split_first() {
            Some((first, _)) if first.contains('/') => {
                let pairs = query.args.iter().filter_map(|arg| arg.split_once('/'));
                let (kinds, names): (Vec<_>, Vec<_>) = pairs.unzip();
                (kinds.join(","), names.into_iter().map(str::to_owned).collect())
            }
            Some((kinds, names)) => (kinds.clone(), names.to_vec()),
            None => (String::new(), Vec::new()),
        };
        let timeout = request_timeout(flags).ok().flatten();
        let printer = match Format::of(flags, &call.terminal.files, Formats::Tables)? {
            None | Some(Format::Wide) => None,
            Some(_) => Printer::of(flags, &call.terminal.files, Formats::Tables)?,
        };
        Ok(Watch {
            until: timeout.map(|timeout| call.cluster.now() + timeout),
            revision: call.cluster.store().revision(),
            kinds: kinds_of(query)?,
            names,
            namespace: (!query.all_namespaces).then(|| query.namespace.clone()),
            selector: crate::api::Selector::parse(query.labels.unwrap_or("")).unwrap_or_default(),
            fields: field_selector(query.fields.unwrap_or("")).unwrap_or_default(),
            tables: Tables::of(flags, flags.text("output") == "wide"),
            printer,
            events: flags.on("output-watch-events"),
            output: flags.text("output").to_lowercase(),
            printed: false,
            shown: Vec::new(),
        })
    }

    /// Prints an object as it is now.
    fn show(
        &mut self,
        call: &mut Call<'_>,
        resource: ResourceId,
        object: &Arc<Object>,
        event: &'static str,
    ) -> Result<(), Failure> {
        if let Some(printer) = &mut self.printer {
            match (self.events, self.output.as_str()) {
                (true, "json") => {
                    let text = yaml::print_json_compact(object.value());
                    call.console.line(format!("{{\"type\":\"{event}\",\"object\":{text}}}"));
                }
                (true, "yaml") => {
                    call.console.out(if self.printed { "---\n" } else { "" });
                    call.console.out(yaml::print(&json!({"object": object.value().clone(), "type": event})));
                }
                _ => printer.print(call.console, object.value())?,
            }
            self.printed = true;
            return Ok(());
        }
        let first = self.shown.is_empty();
        self.shown.push((object.clone(), event));
        let objects: Vec<Arc<Object>> = self.shown.iter().map(|(object, _)| object.clone()).collect();
        if self.events {
            self.tables.options.events = self.shown.iter().map(|(_, event)| *event).collect();
        }
        let text = self.tables.text(call, resource, &objects, false);
        let lines: Vec<&str> = text.lines().collect();
        let new = if first && !self.tables.options.no_headers { 2 } else { 1 };
        for line in lines.iter().skip(lines.len().saturating_sub(new)) {
            call.console.line(line);
        }
        if self.shown.len() > 50 {
            self.shown.remove(0);
        }
        Ok(())
    }

    fn wants(&self, resource: ResourceId, object: &Object) -> bool {
        let here = self.namespace.as_ref().is_none_or(|one| !resource.info().namespaced || object.namespace() == one);
        self.kinds.contains(&resource)
            && here
            && (self.names.is_empty() || self.names.iter().any(|name| name == object.name()))
            && self.selector.selects(object)
            && fields_hold(resource, object, &self.fields)
    }
}

impl Task for Watch {
    fn poll(&mut self, call: &mut Call<'_>) -> Result<Step, Failure> {
        let changes = call.cluster.store().changes_since(self.revision).to_vec();
        self.revision = call.cluster.store().revision();
        for change in changes {
            // An object that is not selected any more is gone for who watches.
            let wanted =
                |object: &Option<Arc<Object>>| object.clone().filter(|object| self.wants(change.key.resource, object));
            let (object, event) = match (wanted(&change.old), wanted(&change.new)) {
                (Some(old), None) => (old, "DELETED"),
                (None, Some(new)) => (new, "ADDED"),
                (_, Some(new)) => (new, "MODIFIED"),
                (None, None) => continue,
            };
            self.show(call, change.key.resource, &object, event)?;
        }
        // A watch whose connection is cut ends without a word.
        let is_over = self.until.is_some_and(|until| call.cluster.now() >= until);
        Ok(if is_over { Step::Done } else { Step::Wait(self.until) })
    }
}

#[cfg(test)]
mod tests {
    use super::natural;
    use std::cmp::Ordering;

    #[test]
    fn numbers_in_texts_sort_by_value() {
        for (one, other) in [("a2", "a10"), ("10.96.0.9", "10.96.0.10"), ("a", "b"), ("a", "aa"), ("1", "01")] {
            assert_eq!(natural(one, other), Ordering::Less, "{one} {other}");
        }
    }
}
