//! `kubectl apply`: the three-way merge on the client, with its record in an annotation.
//!
//! Models kubectl pkg/cmd/apply (apply.go, patcher.go) and pkg/util/apply.go.

use super::apply_server_side;
use super::get::list;
use crate::api::{Fields, Map, Object, ResourceId, Value, json, patch as patches};
use crate::apiserver::{FieldValidation, Patch, Request, Verb};
use crate::kubectl::builder::{Info, Query};
use crate::kubectl::call::{Call, DryRun, Next, done, key, options, validation};
use crate::kubectl::flags::Flags;
use crate::kubectl::output::{Formats, Printer};
use crate::kubectl::{Failure, record, resources};
use crate::yaml;
use std::sync::Arc;
use std::time::Duration;

/// Where apply keeps what was applied last.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// How often a conflict is tried again, and after which pause from the second time on.
const RETRIES: u32 = 5;
const PAUSE: Duration = Duration::from_secs(1);

/// Runs the verb.
pub fn apply(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    if !flags.args.is_empty() {
        return Err(Failure::usage("kubectl apply", &format!("Unexpected args: [{}]", flags.args.join(" "))));
    }
    if flags.list("filename").is_empty() {
        let why = if flags.given("kustomize") {
            "kustomize is not part of the playground"
        } else {
            "must specify one of -f and -k"
        };
        return Err(Failure::from(why));
    }
    let server_side = flags.on("server-side");
    let dry_run = DryRun::of(flags)?;
    if flags.on("force-conflicts") && !server_side {
        return Err(Failure::from("--force-conflicts only works with --server-side"));
    }
    if dry_run == DryRun::Client && server_side {
        return Err(Failure::from(
            "--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)",
        ));
    }
    if flags.on("force") && server_side {
        return Err(Failure::from("--force cannot be used with --server-side"));
    }
    if flags.on("all") && !flags.text("selector").is_empty() {
        return Err(Failure::from("cannot set --all and --selector at the same time"));
    }
    if flags.on("prune") {
        return Err(Failure::from(if flags.on("all") || !flags.text("selector").is_empty() {
            "pruning is not part of the playground"
        } else {
            "all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all flag. If \
             you did not mean to prune all resources, specify a label selector"
        }));
    }
    let mut printer = Printer::of(flags, &call.terminal.files, Formats::Objects)?;
    let found = find(call, flags)?;
    let mut failures = found.failures;
    if found.infos.is_empty() && failures.is_empty() {
        return Err(Failure::from("no objects passed to apply"));
    }
    let mut printed = Vec::new();
    for info in &found.infos {
        let applied = if let (true, object) = (info.name.is_empty(), info.object())
            && !object.text("metadata.generateName").is_empty()
        {
            let prefix = object.text("metadata.generateName");
            Err(Failure::Error(format!("from {prefix}: cannot use generate name with apply")))
        } else if server_side {
            apply_server_side::apply_one(call, flags, info, dry_run)
        } else {
            apply_one(call, flags, info, dry_run, printer.is_some())
        };
        match applied {
            Ok((object, _)) if printer.is_some() => printed.push(object.value().clone()),
            Ok((object, what)) => call.console.line(done(&object, what, dry_run)),
            Err(failure) => failures.push(failure),
        }
    }
    if let Some(printer) = &mut printer {
        match printed.len() {
            0 => {}
            1 => printer.print(call.console, &printed.swap_remove(0))?,
            _ => printer.print(call.console, &list(&printed))?,
        }
    }
    Failure::all(failures).map(|()| None)
}

/// The objects of the files.
pub fn find(call: &mut Call<'_>, flags: &Flags) -> Result<crate::kubectl::builder::Found, Failure> {
    let (namespace, explicit) = call.namespace(flags);
    let query = Query {
        namespace,
        enforce_namespace: explicit,
        files: flags.list("filename"),
        validate: validation(flags)? != FieldValidation::Ignore,
        ..Query::default()
    };
    let mut found = query.find(call)?;
    if let Some(labels) = flags.get("selector").filter(|labels| !labels.is_empty()) {
        let selector = crate::api::Selector::parse(labels)?;
        found.infos.retain(|info| selector.selects(&info.object()));
    }
    Ok(found)
}

/// Applies one object and gives its state and what was done.
fn apply_one(
    call: &mut Call<'_>,
    flags: &Flags,
    info: &Info,
    dry_run: DryRun,
    printing: bool,
) -> Result<(Arc<Object>, &'static str), Failure> {
    let mut wanted = Object::clone(&info.object());
    record::note(flags, &mut wanted);
    let modified = with_record(&wanted);
    let live = match call.get(info.resource, &info.namespace, &info.name) {
        Ok(live) => live,
        Err(failure) if failure.is_not_found() => {
            let created = create(call, flags, info, modified, dry_run)?;
            return Ok((created, "created"));
        }
        Err(failure) => {
            let verb = format!("retrieving current configuration of:\n{}\nfrom server for:", info.text());
            return Err(failure.when(&verb, &info.source));
        }
    };
    if live.annotation(LAST_APPLIED).is_none() {
        call.console.error_line(format!(
            "Warning: resource {} is missing the {LAST_APPLIED} annotation which is required by kubectl apply. kubectl \
             apply should only be used on resources created declaratively by either kubectl create --save-config or \
             kubectl apply. The missing annotation will be patched automatically.",
            info.plural_name()
        ));
    }
    if dry_run == DryRun::Client {
        return Ok((live, "configured"));
    }
    let (changed, patched) = patch(call, flags, info, &modified, live, dry_run)?;
    let what = if changed || printing { "configured" } else { "unchanged" };
    Ok((patched, what))
}

fn create(
    call: &mut Call<'_>,
    flags: &Flags,
    info: &Info,
    modified: Value,
    dry_run: DryRun,
) -> Result<Arc<Object>, Failure> {
    if dry_run == DryRun::Client {
        return Object::new(modified).map(Arc::new).map_err(|_| Failure::from("the document is no object"));
    }
    let mut request = Request::new(key(info.resource, &info.namespace, ""), Verb::Create(modified));
    request.options = options(flags, "kubectl-client-side-apply", dry_run)?;
    call.write(&request).map_err(|failure| failure.when("creating", &info.source))
}

/// Sends what must change, if anything; says whether something must, and gives the object's state.
fn patch(
    call: &mut Call<'_>,
    flags: &Flags,
    info: &Info,
    modified: &Value,
    mut live: Arc<Object>,
    dry_run: DryRun,
) -> Result<(bool, Arc<Object>), Failure> {
    let mut tries = 0;
    loop {
        let changes = three_way(info.resource, modified, &live)?;
        if changes.as_object().is_some_and(Map::is_empty) {
            return Ok((false, live));
        }
        if live.is_being_deleted() {
            call.console.error_line(format!(
                "Warning: Detected changes to resource {} which is currently being deleted.",
                info.name
            ));
        }
        let key = key(info.resource, &info.namespace, &info.name);
        let mut request = Request::new(key, Verb::Patch(Patch::Strategic(changes.clone())));
        request.options = options(flags, "kubectl-client-side-apply", dry_run)?;
        match call.write(&request) {
            Ok(new) => return Ok((true, new)),
            Err(Failure::Refused(status)) if status.reason == "Conflict" && tries < RETRIES => {
                if tries > 0 {
                    call.cluster.run_for(PAUSE);
                }
                tries += 1;
                live = call.get(info.resource, &info.namespace, &info.name)?;
            }
            Err(Failure::Refused(status)) if flags.on("force") && matches!(status.reason, "Conflict" | "Invalid") => {
                return replace(call, flags, info, modified, dry_run).map(|new| (true, new));
            }
            Err(failure) => {
                let text = yaml::print_json_compact(&changes);
                let verb = format!("applying patch:\n{text}\nto:\n{}\nfor:", info.text());
                return Err(failure.when("patching", &info.source).when(&verb, &info.source));
            }
        }
    }
}

/// `--force`: deletes the object and creates it again.
fn replace(
    call: &mut Call<'_>,
    flags: &Flags,
    info: &Info,
    modified: &Value,
    dry_run: DryRun,
) -> Result<Arc<Object>, Failure> {
    let what = crate::apiserver::DeleteOptions { propagation: "Background", grace: None, uid: None };
    let key = key(info.resource, &info.namespace, &info.name);
    call.request(&Request::new(key.clone(), Verb::Delete(what)))?;
    // The deletion is waited for at once: what comes next in the file may need it.
    let until = call.cluster.now() + Duration::from_secs(60);
    while call.cluster.store().get(&key).is_some() {
        match call.cluster.next_at() {
            Some(next) if next <= until => call.cluster.run_until(next),
            _ => return Err(Failure::from("timed out waiting for the condition")),
        }
    }
    create(call, flags, info, modified.clone(), dry_run)
}

/// The patch that takes `live` to `modified`, taking away what only the last applied state had.
pub fn three_way(resource: ResourceId, modified: &Value, live: &Object) -> Result<Value, Failure> {
    let last = live.annotation(LAST_APPLIED).and_then(|text| yaml::read_json(text).ok()).unwrap_or_else(|| json!({}));
    let rules = patches::Rules::of(resource);
    Ok(patches::three_way_strategic(&last, modified, live.value(), rules)?)
}

/// The object as it is applied: with its own text in the annotation. Models util.GetModifiedConfiguration.
pub fn with_record(object: &Object) -> Value {
    let mut value = without_record(object);
    let text = yaml::print_json_compact(&value) + "\n";
    if let Some(Value::Object(annotations)) = value.pointer_mut("/metadata/annotations") {
        annotations.insert(LAST_APPLIED.to_owned(), Value::String(text));
    }
    value
}

/// The object as the annotation holds it: with a map of annotations, empty or not, but without the record itself.
pub fn without_record(object: &Object) -> Value {
    let mut object = object.clone();
    let mut annotations = object.map("metadata.annotations").cloned().unwrap_or_default();
    annotations.remove(LAST_APPLIED);
    object.set("metadata.annotations", Value::Object(annotations));
    object.into_value()
}

/// `kubectl apply view-last-applied`.
pub fn view_last_applied(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let format = flags.get("output").unwrap_or("yaml");
    if !matches!(format, "yaml" | "json") {
        return Err(Failure::usage(
            "kubectl apply view-last-applied",
            &format!("Unexpected -o output mode: {format}, the flag 'output' must be one of yaml|json"),
        ));
    }
    let (namespace, explicit) = call.namespace(flags);
    let query = Query {
        namespace,
        enforce_namespace: explicit,
        files: flags.list("filename"),
        args: &flags.args,
        labels: flags.get("selector"),
        all: flags.on("all"),
        latest: true,
        ..Query::default()
    };
    let found = query.find(call)?;
    Failure::all(found.failures)?;
    for info in &found.infos {
        let object = info.object();
        let Some(text) = object.annotation(LAST_APPLIED) else {
            let name = resources::object_name(&object);
            return Err(Failure::Error(format!("no last-applied-configuration annotation found on resource: {name}")));
        };
        let value = yaml::read_json(text)?;
        if format == "yaml" {
            call.console.out(yaml::print(&value));
        } else {
            // Unlike other output, this one is indented by two spaces.
            let text = yaml::print_json(&value);
            for line in text.lines() {
                let body = line.trim_start();
                let depth = (line.len() - body.len()) / 2;
                call.console.line(format!("{}{body}", " ".repeat(depth)));
            }
        }
    }
    Ok(None)
}
