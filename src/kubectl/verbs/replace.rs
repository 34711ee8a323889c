//! `kubectl replace`. Models kubectl pkg/cmd/replace.

use super::delete::{Gone, Manner, delete_all};
use super::{apply, raw};
use crate::api::{Fields, Object};
use crate::apiserver::{Request, Verb};
use crate::kubectl::builder::Info;
use crate::kubectl::call::{Call, DryRun, Next, Step, Task, done, door, key, options};
use crate::kubectl::flags::Flags;
use crate::kubectl::output::{Formats, Printer};
use crate::kubectl::{Failure, record};
use std::time::Duration;

/// How long `--force` waits for the old objects to go.
const FORCE_TIMEOUT: Duration = Duration::from_secs(300);

/// Runs the verb.
pub fn replace(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    if let Some(uri) = flags.get("raw").filter(|uri| !uri.is_empty()) {
        return raw::send(call, flags, uri);
    }
    if flags.list("filename").is_empty() {
        return Err(Failure::usage("kubectl replace", "Must specify --filename to replace"));
    }
    let dry_run = DryRun::of(flags)?;
    let force = flags.on("force");
    let grace = flags.int("grace-period").filter(|grace| *grace >= 0);
    if grace.is_some() && !force {
        return Err(Failure::from("--grace-period must have --force specified"));
    }
    if flags.given("timeout") && !force {
        return Err(Failure::from("--timeout must have --force specified"));
    }
    let mut printer = Printer::of(flags, &call.terminal.files, Formats::Objects)?;
    let found = apply::find(call, flags)?;
    let mut failures = found.failures;
    if found.infos.is_empty() && failures.is_empty() {
        return Err(Failure::from("no objects passed to replace"));
    }
    if force {
        let waited = delete_all(call, flags, &found.infos, Manner::for_replacing(grace), &mut failures)?;
        Failure::all(failures)?;
        let timeout = flags.duration("timeout").filter(|timeout| !timeout.is_zero()).unwrap_or(FORCE_TIMEOUT);
        let gone = Gone { waited, deadline: call.cluster.now() + timeout };
        return Ok(Some(Box::new(Recreate { gone, infos: found.infos, flags: flags.clone(), printer })));
    }
    for info in &found.infos {
        let replaced = if dry_run == DryRun::Client { Ok(info.object()) } else { put(call, flags, info, dry_run) };
        match replaced {
            Ok(object) => print(call, &mut printer, &object, dry_run)?,
            Err(failure) => failures.push(failure.when("replacing", &info.source)),
        }
    }
    Failure::all(failures).map(|()| None)
}

/// Puts the object of the file in the place of the one in the cluster. Models resource.Helper's Replace.
fn put(call: &mut Call<'_>, flags: &Flags, info: &Info, dry_run: DryRun) -> Result<std::sync::Arc<Object>, Failure> {
    let mut object = Object::clone(&info.object());
    record::note(flags, &mut object);
    if flags.on("save-config") || object.annotation(apply::LAST_APPLIED).is_some() {
        object = Object::new(apply::with_record(&object)).map_err(|_| Failure::from("the document is no object"))?;
    }
    if object.text("metadata.resourceVersion").is_empty()
        && let Ok(live) = call.get_at(info.resource, &info.namespace, &info.name, flags.text("subresource"))
    {
        object.set("metadata.resourceVersion", live.text("metadata.resourceVersion").into());
    }
    let key = key(info.resource, &info.namespace, &info.name);
    let subresource = door(info.resource, flags.text("subresource"))?;
    let mut request = Request::new(key, Verb::Update(object.into_value())).to(subresource);
    request.options = options(flags, "kubectl-replace", dry_run)?;
    call.write(&request)
}

fn print(call: &mut Call<'_>, printer: &mut Option<Printer>, object: &Object, dry_run: DryRun) -> Result<(), Failure> {
    if let Some(printer) = printer {
        return printer.print(call.console, object.value());
    }
    call.console.line(done(object, "replaced", dry_run));
    Ok(())
}

/// `--force`: when the old objects are gone, creates those of the files.
struct Recreate {
    gone: Gone,
    infos: Vec<Info>,
    flags: Flags,
    printer: Option<Printer>,
}

impl Task for Recreate {
    fn poll(&mut self, call: &mut Call<'_>) -> Result<Step, Failure> {
        match self.gone.poll(call)? {
            Step::Wait(until) => return Ok(Step::Wait(until)),
            Step::Done => {}
        }
        for info in std::mem::take(&mut self.infos) {
            let mut body = Object::clone(&info.object());
            record::note(&self.flags, &mut body);
            let body = body.into_value();
            let mut request = Request::new(key(info.resource, &info.namespace, ""), Verb::Create(body));
            request.options = options(&self.flags, "kubectl-replace", DryRun::None)?;
            let object = call.write(&request)?;
            print(call, &mut self.printer, &object, DryRun::None)?;
        }
        Ok(Step::Done)
    }
}
