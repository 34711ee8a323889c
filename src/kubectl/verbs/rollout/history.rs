//! `kubectl rollout history`. Models pkg/polymorphichelpers/history.go.

use super::{find, replica_sets, revision, template_text};
use crate::api::{Object, ResourceId};
use crate::kubectl::call::{Call, Next};
use crate::kubectl::flags::Flags;
use crate::kubectl::output::{Formats, Printer};
use crate::kubectl::print::align;
use crate::kubectl::record::CHANGE_CAUSE;
use crate::kubectl::{Failure, resources};
use crate::order::Order;
use std::sync::Arc;

/// Runs the command.
pub fn history(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let wanted = flags.int("revision").unwrap_or(0);
    if wanted < 0 {
        return Err(Failure::Error(format!("revision must be a positive integer: {wanted}")));
    }
    let mut printer = Printer::of(flags, &call.terminal.files, Formats::Objects)?;
    let found = find(call, flags)?;
    let mut failures = found.failures;
    for info in &found.infos {
        if info.resource != ResourceId::DEPLOYMENTS {
            let what = resources::group_kind(info.resource);
            failures.push(Failure::Error(format!("no history viewer has been implemented for {what:?}")));
            continue;
        }
        let object = info.object();
        let mut sets = replica_sets(call, &object);
        sets.order_by_key(|set| revision(set));
        if let Some(printer) = &mut printer {
            // The ReplicaSets that the revisions are, whole.
            let shown: Vec<_> = sets.iter().filter(|set| wanted == 0 || revision(set) == wanted).collect();
            if shown.is_empty() && wanted > 0 {
                failures.push(Failure::from("unable to find the specified revision"));
            }
            for set in shown {
                printer.print(call.console, set.value())?;
            }
            continue;
        }
        let name = resources::object_name(&object);
        if wanted > 0 {
            match sets.iter().find(|set| revision(set) == wanted) {
                Some(set) => {
                    call.console.line(format!("{name} with revision #{wanted}"));
                    let text = template_text(call, set);
                    call.console.line(text);
                }
                None => failures.push(Failure::from("unable to find the specified revision")),
            }
            continue;
        }
        call.console.line(format!("{name} "));
        call.console.line(overview(&sets));
    }
    Failure::all(failures).map(|()| None)
}

/// The table of revisions.
fn overview(sets: &[Arc<Object>]) -> String {
    if sets.is_empty() {
        return "No rollout history found.".to_owned();
    }
    let mut text = "REVISION\tCHANGE-CAUSE\n".to_owned();
    for set in sets {
        let cause = set.annotation(CHANGE_CAUSE).filter(|cause| !cause.is_empty()).unwrap_or("<none>");
        text += &format!("{}\t{cause}\n", revision(set));
    }
    align(&text, 0, 2)
}
