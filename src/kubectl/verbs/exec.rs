//! `kubectl exec` and `kubectl logs`.

use crate::api::{Fields, Object, ResourceId, Selector, Value};
use crate::kubectl::call::{Call, Next};
use crate::kubectl::exec::{Machine, Program, Stream, heed};
use crate::kubectl::flags::Flags;
use crate::kubectl::{Failure, resources};
use crate::store::Key;
use std::sync::Arc;

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
    let pod = pod(call, flags, name)?;
    let phase = pod.text("status.phase");
    if matches!(phase, "Succeeded" | "Failed") {
        return Err(Failure::Error(format!(
            "cannot exec into a container in a completed pod; current phase is {phase}"
        )));
    }
    let container = container(call, flags, &pod, !flags.on("quiet"))?;
    let running = pod
        .items("status.containerStatuses")
        .iter()
        .any(|status| status.text("name") == container && status.at("state.running").is_some());
    // Pods of the recorded kind have no container statuses.
    if !running && phase != "Running" {
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
                    return machine.exec(&words, &io).await;
                }
                let input = io.input.clone();
                let _keys = input.raw();
                io.err = io.out.clone();
                heed(&input, machine.exec(&words, &io)).await.unwrap_or(130)
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
    call.console.error_line(format!("command terminated with exit code {code}"));
    Err(Failure::Exit(code))
}

/// Runs `kubectl logs`.
pub fn logs(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let (namespace, _) = call.namespace(flags);
    let pods: Vec<Arc<Object>> = match (flags.args.as_slice(), flags.get("selector")) {
        ([], Some(labels)) => {
            let selector = Selector::parse(labels)?;
            let all = call.cluster.store().select(ResourceId::PODS, &namespace, &selector);
            all.into_iter().cloned().collect()
        }
        ([], None) => {
            return Err(Failure::usage(
                "kubectl logs",
                "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for \
                 the logs command",
            ));
        }
        ([name, ..], _) => vec![pod(call, flags, name)?],
    };
    let tail = flags.int("tail").and_then(|tail| usize::try_from(tail).ok());
    let tail = tail.or_else(|| flags.get("selector").map(|_| 10)).unwrap_or(usize::MAX);
    for pod in pods {
        let names: Vec<String> = if flags.on("all-containers") {
            pod.items("spec.containers").iter().map(|one| one.text("name").to_owned()).collect()
        } else {
            let named = flags.args.get(1).filter(|_| !flags.given("container"));
            vec![match named {
                Some(name) => name.clone(),
                None => container(call, flags, &pod, true)?,
            }]
        };
        for name in names {
            print_log(call, flags, &pod, &name, tail)?;
        }
    }
    Ok(None)
}

fn print_log(call: &mut Call<'_>, flags: &Flags, pod: &Object, name: &str, tail: usize) -> Result<(), Failure> {
    let key = Key::of(ResourceId::PODS, pod);
    let found = call.cluster.kubelets().iter().find_map(|kubelet| kubelet.container(&key, name));
    let Some(container) = found else {
        return Err(Failure::Error(format!("container {name} is not valid for pod {}", pod.name())));
    };
    if container.start.is_none() && container.log().is_empty() {
        let reason = pod
            .items("status.containerStatuses")
            .iter()
            .find(|status| status.text("name") == name)
            .map_or("ContainerCreating", |status| status.text("state.waiting.reason"));
        let reason = if reason.is_empty() { "ContainerCreating" } else { reason };
        return Err(crate::api::Status::bad_request(format!(
            "container {name:?} in pod {:?} is waiting to start: {reason}",
            pod.name()
        ))
        .into());
    }
    let (epoch, log) = (call.cluster.epoch(), container.log());
    let lines: Vec<String> = log
        .iter()
        .skip(log.len().saturating_sub(tail))
        .map(|line| {
            let prefix = if flags.on("prefix") { format!("[pod/{}/{name}] ", pod.name()) } else { String::new() };
            let time =
                if flags.on("timestamps") { format!("{} ", epoch.timestamp_micros(line.at)) } else { String::new() };
            format!("{prefix}{time}{}", line.text)
        })
        .collect();
    for line in lines {
        call.console.line(line);
    }
    Ok(())
}

/// The pod that a word names: by its name, or one of those behind a workload or Service.
/// Models polymorphichelpers' attachablepodforobject.go.
pub fn pod(call: &mut Call<'_>, flags: &Flags, word: &str) -> Result<Arc<Object>, Failure> {
    let (namespace, _) = call.namespace(flags);
    let (resource, name) = match word.split_once('/') {
        Some((kind, name)) => (resources::find(kind)?, name),
        None => (ResourceId::PODS, word),
    };
    let object = call.get(resource, &namespace, name)?;
    if resource == ResourceId::PODS {
        return Ok(object);
    }
    let empty = Value::Null;
    let selector = match resource {
        ResourceId::SERVICES if object.map("spec.selector").is_some_and(|selector| !selector.is_empty()) => {
            Selector::of_labels(object.text_pairs("spec.selector"))
        }
        ResourceId::DEPLOYMENTS | ResourceId::REPLICA_SETS | ResourceId::STATEFUL_SETS | ResourceId::DAEMON_SETS => {
            Selector::of_label_selector(object.at("spec.selector").unwrap_or(&empty))
        }
        _ => {
            let what = resources::group_version_kind(resource);
            return Err(Failure::Error(format!("cannot attach to *{what}: selector for {what} not implemented")));
        }
    };
    let pods = call.cluster.store().select(ResourceId::PODS, &namespace, &selector);
    let best = pods.iter().min_by_key(|pod| {
        let ready = pod
            .items("status.conditions")
            .iter()
            .any(|one| one.text("type") == "Ready" && one.text("status") == "True");
        (!ready, pod.text("status.phase") != "Running")
    });
    best.map(|pod| Arc::clone(pod)).ok_or_else(|| Failure::from("timed out waiting for the condition"))
}

/// The container that is meant: the named one, or the first, which is said where there are several.
fn container(call: &mut Call<'_>, flags: &Flags, pod: &Object, tell: bool) -> Result<String, Failure> {
    let names: Vec<&str> = pod.items("spec.containers").iter().map(|one| one.text("name")).collect();
    if let Some(name) = flags.get("container").filter(|name| !name.is_empty()) {
        if !names.contains(&name) && !pod.items("spec.initContainers").iter().any(|one| one.text("name") == name) {
            return Err(Failure::Error(format!("container {name} not found in pod {}", pod.name())));
        }
        return Ok(name.to_owned());
    }
    let chosen = pod.annotation("kubectl.kubernetes.io/default-container").filter(|name| names.contains(name));
    let first = chosen.or(names.first().copied()).unwrap_or("").to_owned();
    if names.len() > 1 && chosen.is_none() && tell {
        call.console.error_line(format!("Defaulted container {first:?} out of: {}", names.join(", ")));
    }
    Ok(first)
}
