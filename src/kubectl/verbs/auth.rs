//! `kubectl auth`: the reader may do everything.

use crate::kubectl::Failure;
use crate::kubectl::call::{Call, Next};
use crate::kubectl::flags::Flags;
use crate::kubectl::print::align;
use crate::kubectl::resources;

/// Runs `kubectl auth can-i`.
pub fn can_i(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    if flags.on("list") {
        let text = "Resources\tNon-Resource URLs\tResource Names\tVerbs\n*.*\t[]\t[]\t[*]\n\t[*]\t[]\t[*]\n";
        call.console.out(align(text, 6, 3));
        return Ok(None);
    }
    let [_verb, what, ..] = flags.args.as_slice() else {
        return Err(Failure::from(
            "you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' \
             for help and examples.",
        ));
    };
    let kind = what.split('/').next().unwrap_or("");
    if !what.starts_with('/') && kind != "*" && resources::find(kind).is_err() {
        call.console.error_line(format!("Warning: the server doesn't have a resource type '{kind}'"));
    }
    if !flags.on("quiet") {
        call.console.line("yes");
    }
    Ok(None)
}

/// Runs `kubectl auth whoami`.
pub fn whoami(call: &mut Call<'_>, _: &Flags) -> Result<Next, Failure> {
    let text = "ATTRIBUTE\tVALUE\nUsername\tkubernetes-admin\nGroups\t[system:masters system:authenticated]\n";
    call.console.out(align(text, 6, 3));
    Ok(None)
}
