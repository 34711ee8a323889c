//! `kubectl describe`. Models kubectl pkg/cmd/describe.

use super::get::{moment, nothing_found};
use crate::kubectl::Failure;
use crate::kubectl::builder::{Info, Query};
use crate::kubectl::call::{Call, Next};
use crate::kubectl::flags::Flags;
use crate::kubectl::print::describe::{Scene, describe as page};

/// Runs the verb.
pub fn describe(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    if flags.args.is_empty() && flags.list("filename").is_empty() {
        return Err(Failure::from(
            "You must specify the type of resource to describe. Use \"kubectl api-resources\" for a complete list of \
             supported resources.",
        ));
    }
    let query = Query { kind_means_all: true, latest: true, ..Query::of(call, flags, &flags.args) };
    let found = query.find(call)?;
    if let ([failure], [], [kind, name]) = (found.failures.as_slice(), found.infos.as_slice(), flags.args.as_slice())
        && failure.is_not_found()
        && !kind.contains('/')
    {
        describe_matching(call, &query, kind, name, failure)?;
        return Ok(None);
    }
    let events = !flags.off("show-events") && found.infos.len() == 1 && found.failures.is_empty();
    for (place, info) in found.infos.iter().enumerate() {
        if place > 0 {
            call.console.out("\n\n");
        }
        print(call, info, events);
    }
    if found.infos.is_empty() && found.failures.is_empty() {
        nothing_found(call, &query);
    }
    Failure::all(found.failures).map(|()| None)
}

fn print(call: &mut Call<'_>, info: &Info, events: bool) {
    let scene = Scene { store: call.cluster.store(), moment: moment(call), events };
    let text = page(info.resource, &info.object(), &scene);
    call.console.out(text);
}

/// Describes the objects whose names begin with `prefix`, as there is none of that name.
fn describe_matching(
    call: &mut Call<'_>,
    query: &Query<'_>,
    kind: &String,
    prefix: &str,
    failure: &Failure,
) -> Result<(), Failure> {
    let all = Query { args: std::slice::from_ref(kind), ..query.clone() }.find(call)?;
    let matching: Vec<&Info> = all.infos.iter().filter(|info| info.name.starts_with(prefix)).collect();
    if matching.is_empty() {
        return Err(failure.clone());
    }
    for info in matching {
        print(call, info, false);
        call.console.out("\n");
    }
    Ok(())
}
