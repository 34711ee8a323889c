//! `kubectl expose`. Models kubectl pkg/cmd/expose and pkg/polymorphichelpers.

mod generate;
mod source;

pub use generate::{Wish, generate, labels};

use super::patch::patched;
use crate::api::{Fields, Object, ResourceId, Value};
use crate::apiserver::{Patch, Request, Verb};
use crate::kubectl::Failure;
use crate::kubectl::builder::{Info, Query};
use crate::kubectl::call::{Call, DryRun, Next, done, key, options};
use crate::kubectl::flags::Flags;
use crate::kubectl::output::{Formats, Printer};
use crate::yaml;
use std::sync::Arc;

/// The longest name that a Service may have.
const LONGEST_NAME: usize = 63;

/// Runs the verb.
pub fn expose(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let dry_run = DryRun::of(flags)?;
    let mut printer = Printer::of(flags, &call.terminal.files, Formats::Objects)?;
    // --selector is the Service's, and chooses no objects.
    let query = Query { labels: None, ..Query::of(call, flags, &flags.args) };
    let found = query.find(call)?;
    // kubectl fills its options in once: what the first object gave counts for the others as well.
    let mut wish = Wish::of(flags);
    let mut failures = Vec::new();
    for info in found.in_order() {
        if let Err(failure) = info.and_then(|info| expose_one(call, flags, &info, &mut wish, dry_run, &mut printer)) {
            failures.push(failure);
        }
    }
    Failure::all(failures).map(|()| None)
}

fn expose_one(
    call: &mut Call<'_>,
    flags: &Flags,
    info: &Info,
    wish: &mut Wish,
    dry_run: DryRun,
    printer: &mut Option<Printer>,
) -> Result<(), Failure> {
    source::check(info.resource)?;
    let object = info.object();
    let mut this = wish.clone();
    if this.name.is_empty() {
        this.name = info.name.chars().take(LONGEST_NAME).collect();
    }
    if wish.selector.is_empty() {
        wish.selector = source::selector(info.resource, &object).map_err(|why| {
            Failure::Error(format!("couldn't retrieve selectors via --selector flag or introspection: {why}"))
        })?;
    }
    let headless = wish.cluster_ip == "None";
    if wish.port.is_empty() {
        let ports = source::ports(info.resource, &object);
        match ports.as_slice() {
            [] if headless => {}
            [] => return Err(Failure::from("couldn't find port via --port flag or introspection")),
            ports => wish.port = ports.join(","),
        }
    }
    if wish.protocol.is_empty() && wish.protocols.is_empty() {
        wish.protocols = source::protocols(info.resource, &object);
    }
    if wish.labels.is_none() {
        wish.labels = Some(object.text_pairs("metadata.labels").map(|(k, v)| (k.to_owned(), v.to_owned())).collect());
    }
    let this = Wish { name: this.name, ..wish.clone() };
    let mut service = overridden(flags, ResourceId::SERVICES, generate(&this)?)?;
    let shown = if dry_run == DryRun::Client {
        // A client that knows its namespace writes it only where it was asked for.
        if call.namespace(flags).1 {
            service.set("metadata.namespace", Value::String(info.namespace.clone()));
        }
        Arc::new(service)
    } else {
        let mut request =
            Request::new(key(ResourceId::SERVICES, &info.namespace, ""), Verb::Create(service.into_value()));
        request.options = options(flags, "kubectl-expose", dry_run)?;
        call.write(&request)?
    };
    match printer {
        Some(printer) if dry_run == DryRun::Client => {
            let mut ordered = printer.clone().in_struct_order();
            ordered.print(call.console, shown.value())?;
            *printer = ordered;
        }
        Some(printer) => printer.print(call.console, shown.value())?,
        None => call.console.line(done(&shown, "exposed", dry_run)),
    }
    Ok(())
}

/// What a generator made, with `--overrides` in it. Models cmdutil.NewOverrider.
pub fn overridden(flags: &Flags, resource: ResourceId, value: Value) -> Result<Object, Failure> {
    let object = Object::new(value).map_err(|_| Failure::from("the generator made no object"))?;
    let Some(text) = flags.get("overrides").filter(|text| !text.is_empty()) else { return Ok(object) };
    let changes = yaml::read_one(text)?;
    let what = match flags.get("override-type").unwrap_or("merge") {
        "json" => Patch::Json(changes),
        "strategic" => Patch::Strategic(changes),
        "merge" if !changes.is_object() => return Err(Failure::from("Invalid JSON Patch")),
        "merge" => Patch::Merge(changes),
        other => return Err(Failure::Error(format!("invalid override type: {other}"))),
    };
    let mut value = patched(&Info::of(resource, &Arc::new(object)), &what)?;
    // The result is decoded into the kind's struct: fields that it does not have are lost.
    if let Some(fields) = value.as_object_mut() {
        fields.retain(|name, _| matches!(&**name, "apiVersion" | "kind" | "metadata" | "spec" | "status"));
    }
    Object::new(value).map_err(|_| Failure::from("the override leaves no object"))
}
