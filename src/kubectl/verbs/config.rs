//! `kubectl config`: the one context that there is, and its namespace.

use crate::api::{Value, json};
use crate::kubectl::Failure;
use crate::kubectl::call::{Call, Next};
use crate::kubectl::flags::{Flag, Flags};
use crate::kubectl::output::{Formats, Printer};
use crate::kubectl::print::align;
use crate::kubectl::tree::put;
use crate::yaml;

/// The names of the context, its cluster and its user.
pub const CONTEXT: &str = "playground";

fn view_value(call: &Call<'_>) -> Value {
    let mut context = json!({"cluster": CONTEXT, "user": CONTEXT});
    if call.terminal.namespace != "default" {
        put(&mut context, "namespace", call.terminal.namespace.clone());
    }
    json!({
        "apiVersion": "v1",
        "clusters": [{
            "cluster": {"certificate-authority-data": "DATA+OMITTED", "server": "https://172.18.0.2:16443"},
            "name": CONTEXT,
        }],
        "contexts": [{"context": context, "name": CONTEXT}],
        "current-context": CONTEXT,
        "kind": "Config",
        "users": [{
            "name": CONTEXT,
            "user": {"client-certificate-data": "DATA+OMITTED", "client-key-data": "DATA+OMITTED"},
        }],
    })
}

/// Runs `kubectl config view`.
pub fn view(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let value = view_value(call);
    match Printer::of(flags, &call.terminal.files, Formats::Objects)? {
        Some(mut printer) => printer.print(call.console, &value)?,
        None => call.console.out(yaml::print(&value)),
    }
    Ok(None)
}

/// Runs `kubectl config current-context`.
pub fn current_context(call: &mut Call<'_>, _: &Flags) -> Result<Next, Failure> {
    call.console.line(CONTEXT);
    Ok(None)
}

/// Runs `kubectl config get-contexts`.
pub fn get_contexts(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    if let Some(other) = flags.args.iter().find(|name| *name != CONTEXT) {
        return Err(Failure::Error(format!("context {other} not found")));
    }
    if flags.text("output") == "name" {
        call.console.line(CONTEXT);
        return Ok(None);
    }
    let namespace = if call.terminal.namespace == "default" { "" } else { &call.terminal.namespace };
    let header = if flags.on("no-headers") { "" } else { "CURRENT\tNAME\tCLUSTER\tAUTHINFO\tNAMESPACE\n" };
    let text = format!("{header}*\t{CONTEXT}\t{CONTEXT}\t{CONTEXT}\t{namespace}\n");
    call.console.out(align(&text, 6, 3));
    Ok(None)
}

/// Runs `kubectl config get-clusters` and `get-users`.
pub fn get_names(call: &mut Call<'_>, _: &Flags) -> Result<Next, Failure> {
    call.console.line(format!("NAME\n{CONTEXT}"));
    Ok(None)
}

/// What `--context`, `--cluster` and `--user` name must be there. Models clientcmd's getContext and its siblings.
pub fn check_names(flags: &Flags, own: &[&[Flag]]) -> Result<(), Failure> {
    for (flag, what) in [("context", "context"), ("cluster", "cluster"), ("user", "auth info")] {
        let is_own = own.iter().any(|set| set.iter().any(|one| one.name == flag));
        let name = flags.text(flag);
        if !is_own && !name.is_empty() && name != CONTEXT {
            return Err(Failure::Error(format!("{what} {name:?} does not exist")));
        }
    }
    Ok(())
}

/// Runs `kubectl config use-context`.
pub fn use_context(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    match flags.args.as_slice() {
        [name] if name == CONTEXT => {
            call.console.line(format!("Switched to context {name:?}."));
            Ok(None)
        }
        [name] => Err(Failure::Error(format!("no context exists with the name: {name:?}"))),
        _ => Err(Failure::usage("kubectl config use-context", "Unexpected args: []")),
    }
}

/// Runs `kubectl config set-context`, which can change the namespace only.
pub fn set_context(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let named = flags.args.first().map(String::as_str);
    match (named, flags.on("current")) {
        (Some(name), false) if name == CONTEXT => {}
        (None, true) => {}
        (Some(name), false) => {
            return Err(Failure::Error(format!(
                "no context exists with the name: {name:?}; there is {CONTEXT:?} only"
            )));
        }
        _ => return Err(Failure::from("you must specify a non-empty context name or --current")),
    }
    if let Some(namespace) = flags.get("namespace") {
        call.terminal.namespace = if namespace.is_empty() { "default".to_owned() } else { namespace.to_owned() };
    }
    call.console.line(format!("Context {CONTEXT:?} modified."));
    Ok(None)
}
