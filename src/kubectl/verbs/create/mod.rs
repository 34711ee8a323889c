//! `kubectl create`: from files, and the generators of single kinds. Models kubectl pkg/cmd/create.

pub mod batch;
pub mod config_map;
pub mod deployment;
pub mod ingress;
pub mod namespace;
pub mod policy;
pub mod role;
pub mod service;

use super::{apply, raw};
use crate::api::{Object, ResourceId, Value};
use crate::apiserver::{Request, Verb};
use crate::kubectl::builder::Info;
use crate::kubectl::call::{Call, DryRun, Next, done, key, options};
use crate::kubectl::flags::Flags;
use crate::kubectl::output::{Formats, Printer};
use crate::kubectl::tree::set_namespace;
use crate::kubectl::{Failure, record};
use std::sync::Arc;

/// Runs `kubectl create -f`.
pub fn create(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    if let Some(uri) = flags.get("raw").filter(|uri| !uri.is_empty()) {
        return raw::send(call, flags, uri);
    }
    if flags.list("filename").is_empty() {
        if flags.args.is_empty() {
            call.console.error_line("Error: must specify one of -f and -k\n");
            call.console.error_line(crate::kubectl::help::group(&["create"]));
            return Err(Failure::Exit(1));
        }
        return Err(Failure::usage("kubectl create", &format!("Unexpected args: [{}]", flags.args.join(" "))));
    }
    if !flags.args.is_empty() {
        return Err(Failure::usage("kubectl create", &format!("Unexpected args: [{}]", flags.args.join(" "))));
    }
    let dry_run = DryRun::of(flags)?;
    let mut printer = Printer::of(flags, &call.terminal.files, Formats::Objects)?;
    let found = apply::find(call, flags)?.in_order();
    if found.is_empty() {
        return Err(Failure::from("no objects passed to create"));
    }
    let mut failures = Vec::new();
    for info in found {
        match info.and_then(|info| create_one(call, flags, &info, dry_run)) {
            Ok(object) => match &mut printer {
                Some(printer) => printer.print(call.console, object.value())?,
                None => call.console.line(done(&object, "created", dry_run)),
            },
            Err(failure) => failures.push(failure),
        }
    }
    Failure::all(failures).map(|()| None)
}

fn create_one(call: &mut Call<'_>, flags: &Flags, info: &Info, dry_run: DryRun) -> Result<Arc<Object>, Failure> {
    let mut object = Object::clone(&info.object());
    record::note(flags, &mut object);
    let body = if flags.on("save-config") { apply::with_record(&object) } else { object.into_value() };
    if dry_run == DryRun::Client {
        return Object::new(body).map(Arc::new).map_err(|_| Failure::from("the document is no object"));
    }
    let mut request = Request::new(key(info.resource, &info.namespace, ""), Verb::Create(body));
    request.options = options(flags, "kubectl-create", dry_run)?;
    call.write(&request).map_err(|failure| failure.when("creating", &info.source))
}

/// The one NAME that a generator takes. Models NameFromCommandArgs.
pub fn name<'f>(flags: &'f Flags, path: &str) -> Result<&'f str, Failure> {
    let count = flags.before_dash.unwrap_or(flags.args.len());
    match flags.args.get(..count) {
        Some([name]) => Ok(name),
        _ => Err(Failure::usage(path, &format!("exactly one NAME is required, got {count}"))),
    }
}

/// What a generator does with the object that it made: prints it, or creates it. `wrap` words a refusal.
pub fn finish(
    call: &mut Call<'_>,
    flags: &Flags,
    resource: ResourceId,
    mut value: Value,
    wrap: impl Fn(Failure) -> Failure,
) -> Result<Next, Failure> {
    let dry_run = DryRun::of(flags)?;
    let printer = Printer::of(flags, &call.terminal.files, Formats::Objects)?;
    let (namespace, explicit) = call.namespace(flags);
    if explicit && resource.info().namespaced {
        set_namespace(&mut value, namespace.clone());
    }
    let object = Object::new(value).map_err(|_| Failure::from("the generator made no object"))?;
    let object = if dry_run == DryRun::Client {
        Arc::new(object)
    } else {
        let body = if flags.on("save-config") { apply::with_record(&object) } else { object.into_value() };
        let mut request = Request::new(key(resource, &namespace, ""), Verb::Create(body));
        request.options = options(flags, "kubectl-create", dry_run)?;
        call.write(&request).map_err(wrap)?
    };
    match printer {
        Some(printer) => printer.in_struct_order().print(call.console, object.value())?,
        None => call.console.line(done(&object, "created", dry_run)),
    }
    Ok(None)
}
