//! Verbs that kubectl has and the playground has not, said plainly.

use crate::kubectl::call::{Call, Next};
use crate::kubectl::commands::{self, Found};
use crate::kubectl::flags::Flags;
use crate::kubectl::{Failure, help};

/// `kubectl autoscale`.
pub fn autoscale(_: &mut Call<'_>, _: &Flags) -> Result<Next, Failure> {
    Err(Failure::from("nothing in the playground measures load, so nothing can be scaled by it: use kubectl scale"))
}

/// `kubectl create token`.
pub fn token(_: &mut Call<'_>, _: &Flags) -> Result<Next, Failure> {
    Err(Failure::from("the playground's API server asks nobody who they are, so it gives no tokens"))
}

/// `kubectl config` commands that write a kubeconfig.
pub fn kubeconfig(_: &mut Call<'_>, _: &Flags) -> Result<Next, Failure> {
    Err(Failure::from("the playground has one cluster and one context, of which the namespace alone can be changed"))
}

/// `kubectl top`.
pub fn top(_: &mut Call<'_>, _: &Flags) -> Result<Next, Failure> {
    Err(Failure::from("Metrics API not available"))
}

/// `kubectl help`, with the command that is asked about. Models cobra's help command.
pub fn help(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let found = if flags.args.is_empty() { None } else { commands::find(&flags.args).ok() };
    match found {
        Some(Found { command: Some(command), words, .. }) if words.is_empty() => {
            call.console.line(help::command(command));
        }
        _ if flags.args.is_empty() => call.console.line(help::root()),
        _ => {
            call.console.error_line(format!("Unknown help topic [`{}`]", flags.args.join("` `")));
            call.console.error_line(help::usage());
        }
    }
    Ok(None)
}

/// `kubectl options`.
pub fn options(call: &mut Call<'_>, _: &Flags) -> Result<Next, Failure> {
    call.console.line(help::options());
    Ok(None)
}

/// Any other.
pub fn other(_: &mut Call<'_>, _: &Flags) -> Result<Next, Failure> {
    Err(Failure::from("this command is not part of the playground"))
}
