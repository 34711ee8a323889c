//! `kubectl exec`. Models kubectl pkg/cmd/exec.

use super::pods;
use crate::api::{Fields, Status};
use crate::kubectl::Failure;
use crate::kubectl::call::{Call, Next};
use crate::kubectl::exec::{Machine, NOT_STARTED, Program, Stream, heed};
use crate::kubectl::flags::Flags;

/// Runs `kubectl exec`.
pub fn exec(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let before = flags.before_dash.unwrap_or(flags.args.len());
    let (names, command) = flags.args.split_at(before.min(flags.args.len()));
    let Some((name, extra)) = names.split_first() else {
        return Err(Failure::from("pod, type/name or --filename must be specified"));
    };
    if !extra.is_empty() && flags.before_dash.is_none() {
        return Err(Failure::usage(
            "kubectl exec",
            "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead",
        ));
    }
    if command.is_empty() {
        return Err(Failure::from("you must specify at least one command for the container"));
    }
    let pod = pods::attachable(call, flags, name)?;
    let phase = pod.text("status.phase");
    if matches!(phase, "Succeeded" | "Failed") {
        return Err(Failure::Error(format!(
            "cannot exec into a container in a completed pod; current phase is {phase}"
        )));
    }
    let container = match flags.get("container").filter(|name| !name.is_empty()) {
        Some(name) if pods::container(&pod, name).is_none() => {
            return Err(Status::bad_request(format!("container {name} is not valid for pod {}", pod.name())).into());
        }
        Some(name) => name.to_owned(),
        None => pods::default_container(call, &pod, !flags.on("quiet")),
    };
    let running = pods::is_running(&pod, &container);
    // Pods of the recorded kind have no container statuses.
    if !running && (phase != "Running" || !pod.items("status.containerStatuses").is_empty()) {
        return Err(Failure::Error(format!("unable to upgrade connection: container not found (\"{container}\")")));
    }
    let words = command.to_vec();
    let (input, tty) = streams(call, flags, flags.on("stdin"), flags.on("tty"));
    let cluster = &*call.cluster;
    let program = Program::new(
        input,
        |world, mut io| {
            let machine = Machine::new(cluster, &pod, &container, world);
            Box::pin(async move {
                if !tty {
                    return machine.join(&words, &io).await;
                }
                let input = io.input.clone();
                let _keys = input.raw();
                io.err = io.out.clone();
                heed(&input, machine.join(&words, &io)).await.unwrap_or(130)
            })
        },
        finish,
    );
    Ok(Some(Box::new(program)))
}

/// What a program in a container reads, and whether it gets the terminal. Models exec's SetupTTY.
pub fn streams(call: &mut Call<'_>, flags: &Flags, stdin: bool, tty: bool) -> (Stream, bool) {
    if !stdin {
        return (Stream::default(), false);
    }
    let input = call.console.input.clone();
    if tty && !input.is_terminal() && !flags.on("quiet") {
        call.console.error_line("Unable to use a TTY - input is not a terminal or the right kind of file");
    }
    let tty = tty && input.is_terminal();
    (input, tty)
}

/// Says how a program ended that did not succeed. Models kubectl's CodeExitError.
fn finish(call: &mut Call<'_>, code: i32) -> Result<(), Failure> {
    if code == 0 {
        return Ok(());
    }
    if code == NOT_STARTED {
        return Err(Failure::Exit(1));
    }
    call.console.error_line(format!("command terminated with exit code {code}"));
    Err(Failure::Exit(code))
}
