//! `kubectl auth`: the reader may do everything.

use crate::api::ResourceId;
use crate::kubectl::Failure;
use crate::kubectl::call::{Call, Next};
use crate::kubectl::flags::Flags;
use crate::kubectl::print::align;
use crate::kubectl::resources;

/// What can be done with kinds, and with paths.
const VERBS: [&str; 16] = [
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "use",
    "bind",
    "impersonate",
    "*",
    "approve",
    "sign",
    "escalate",
    "attest",
];
const PATH_VERBS: [&str; 8] = ["get", "put", "post", "head", "options", "delete", "patch", "*"];

/// Runs `kubectl auth can-i`. Models pkg/cmd/auth/cani.go.
pub fn can_i(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    if flags.on("list") {
        if !flags.args.is_empty() {
            return Err(Failure::from("list option must be specified with no arguments"));
        }
        let text = "Resources\tNon-Resource URLs\tResource Names\tVerbs\n*.*\t[]\t[]\t[*]\n\t[*]\t[]\t[*]\n";
        call.console.out(align(text, 6, 3));
        return Ok(None);
    }
    let [verb, what] = flags.args.as_slice() else {
        return Err(Failure::from(
            "you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' \
             for help and examples.",
        ));
    };
    // Each warning has a line break of its own besides.
    let mut warn = |why: String| call.console.error_line(format!("Warning: {why}\n"));
    let is_path = what.starts_with('/');
    let known: &[&str] = if is_path { &PATH_VERBS } else { &VERBS };
    let kind = what.split('/').next().unwrap_or("");
    if !is_path && kind != "*" && resources::find(kind).is_err() {
        warn(format!("the server doesn't have a resource type '{kind}'"));
    }
    if !known.contains(&verb.as_str()) {
        warn(format!("verb '{verb}' is not a known verb"));
    }
    if is_path && !flags.text("subresource").is_empty() {
        return Err(Failure::from("--subresource can not be used with NonResourceURL"));
    }
    if let Some(info) = resources::find(kind).ok().map(ResourceId::info)
        && !is_path
        && !info.namespaced
        && !flags.on("all-namespaces")
    {
        let place = if info.group.is_empty() { String::new() } else { format!(" in group '{}'", info.group) };
        warn(format!("resource '{}' is not namespace scoped{place}", info.plural));
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
