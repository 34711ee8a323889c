//! `kubectl set resources` and `kubectl set serviceaccount`.
//!
//! Models pkg/cmd/set/set_resources.go and set_serviceaccount.go: both change the tree of an object and send the
//! difference.

use super::{NO_RESOURCES, find, no_pod_spec, pod_spec, send};
use crate::api::{Object, Value, json, patch as patches};
use crate::apiserver::Patch;
use crate::kubectl::Failure;
use crate::kubectl::builder::Info;
use crate::kubectl::call::{Call, DryRun, Next, done};
use crate::kubectl::flags::Flags;
use crate::kubectl::output::{Formats, Printer};
use crate::kubectl::record;
use crate::kubectl::tree::put;

/// Runs `kubectl set resources`.
pub fn resources(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let dry_run = DryRun::of(flags)?;
    if flags.args.is_empty() && flags.list("filename").is_empty() {
        return Err(Failure::from(NO_RESOURCES));
    }
    if flags.on("local") && !flags.args.is_empty() {
        return Err(Failure::from(
            "error: you must specify resources by --filename when --local is set.\nExample resource specifications \
             include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'",
        ));
    }
    let infos = find(call, flags, &flags.args)?;
    if flags.on("local") && dry_run == DryRun::Server {
        return Err(Failure::from("cannot specify --local and --dry-run=server - did you mean --dry-run=client?"));
    }
    let (limits, requests) = (amounts(flags.text("limits"))?, amounts(flags.text("requests"))?);
    if limits.is_empty() && requests.is_empty() {
        return Err(Failure::from(
            "you must specify an update to requests or limits (in the form of --requests/--limits)",
        ));
    }
    let wanted = flags.get("containers").filter(|names| !names.is_empty()).unwrap_or("*");
    let change = |object: &mut Object, path: &str| -> Result<(), Failure> {
        let mut met = false;
        for list in ["containers", "initContainers"] {
            let pointer = format!("/{}/{list}", path.replace('.', "/"));
            let containers = object.value_mut().pointer_mut(&pointer).and_then(Value::as_array_mut);
            for container in containers.into_iter().flatten() {
                if !fits(wanted, container.get("name").and_then(Value::as_str).unwrap_or("")) {
                    continue;
                }
                met = true;
                for (kind, amounts) in [("limits", &limits), ("requests", &requests)] {
                    for (name, amount) in amounts {
                        let mut all = container.get("resources").cloned().unwrap_or_else(|| json!({}));
                        let mut own = all.get(kind).cloned().unwrap_or_else(|| json!({}));
                        put(&mut own, name, amount.as_str());
                        put(&mut all, kind, own);
                        put(container, "resources", all);
                    }
                }
            }
        }
        if met { Ok(()) } else { Err(Failure::Error(format!("error: unable to find container named {wanted}"))) }
    };
    let failed = "failed to patch resources update to pod template";
    change_all(call, flags, &infos, change, ("resource requirements updated", failed))
}

/// Runs `kubectl set serviceaccount`.
pub fn service_account(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let Some((name, names)) = flags.args.split_last() else {
        return Err(Failure::from("serviceaccount is required"));
    };
    if names.is_empty() && flags.list("filename").is_empty() {
        return Err(Failure::from(NO_RESOURCES));
    }
    let infos = find(call, flags, names)?;
    let change = |object: &mut Object, path: &str| {
        object.set(&format!("{path}.serviceAccountName"), Value::String(name.clone()));
        Ok(())
    };
    change_all(call, flags, &infos, change, ("serviceaccount updated", "failed to patch ServiceAccountName"))
}

/// Changes each object that has a pod's spec; `words` say that it was done, or that it failed.
fn change_all(
    call: &mut Call<'_>,
    flags: &Flags,
    infos: &[Info],
    change: impl Fn(&mut Object, &str) -> Result<(), Failure>,
    (words, failed): (&str, &str),
) -> Result<Next, Failure> {
    let dry_run = DryRun::of(flags)?;
    let mut printer = Printer::of(flags, &call.terminal.files, Formats::Objects)?;
    let mut failures = Vec::new();
    for info in infos {
        let Some(path) = pod_spec(info.resource) else {
            failures.push(no_pod_spec(info));
            continue;
        };
        let old = info.object();
        let mut new = Object::clone(&old);
        if let Err(failure) = change(&mut new, path) {
            failures.push(failure);
            continue;
        }
        record::note(flags, &mut new);
        if *old == new {
            continue;
        }
        let rules = patches::Rules::of(info.resource);
        let patch = patches::three_way_strategic(old.value(), new.value(), old.value(), rules)?;
        match send(call, flags, info, new, Patch::Strategic(patch), dry_run) {
            Ok(object) => match &mut printer {
                Some(printer) => printer.print(call.console, object.value())?,
                None => call.console.line(done(&object, words, dry_run)),
            },
            Err(failure) => failures.push(Failure::Error(format!("{failed} {}", failure.message()))),
        }
    }
    Failure::all(failures).map(|()| None)
}

/// `cpu=200m,memory=512Mi`. Models populateResourceListV1.
fn amounts(text: &str) -> Result<Vec<(String, String)>, Failure> {
    let mut all = Vec::new();
    for pair in text.split(',').filter(|_| !text.is_empty()) {
        match pair.split_once('=') {
            Some((name, amount)) if !name.is_empty() && !amount.contains('=') => {
                all.push((name.to_owned(), amount.to_owned()));
            }
            _ => return Err(Failure::Error(format!("Invalid argument syntax {pair}, expected <resource>=<value>"))),
        }
    }
    Ok(all)
}

/// Whether a name is what `-c` asks for; `*` stands for any text.
fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, tail)) => name.strip_prefix(head).is_some_and(|rest| {
            rest.char_indices().map(|(at, _)| at).chain([rest.len()]).any(|at| fits(tail, rest.get(at..).unwrap_or("")))
        }),
    }
}

#[cfg(test)]
mod tests {
    use crate::clock::Epoch;
    use crate::cluster::{Cluster, Settings};
    use crate::kubectl::Terminal;
    use crate::order::SortedMap;

    #[test]
    fn templates_change_and_the_command_is_written_down() {
        let mut terminal = Terminal::new(SortedMap::new());
        let mut cluster = Cluster::new(Settings::page(1, Epoch(1_795_000_000)));
        terminal.run(&mut cluster, "kubectl create deployment web --image=nginx");
        for (line, out, err) in [
            (
                "set resources deploy web --limits=cpu=200m,memory=64Mi",
                "deployment.apps/web resource requirements updated\n",
                "",
            ),
            ("set resources deploy web --limits=cpu=200m", "", ""),
            (
                "get deploy web -o jsonpath={.spec.template.spec.containers[0].resources}",
                "{\"limits\":{\"cpu\":\"200m\",\"memory\":\"64Mi\"}}",
                "",
            ),
            (
                "set resources deploy web",
                "",
                "error: you must specify an update to requests or limits (in the form of --requests/--limits)\n",
            ),
            ("set resources deploy web -c nope --limits=cpu=1", "", "error: unable to find container named nope\n"),
            (
                "set resources deploy web -c ng* --requests=cpu=1",
                "",
                "error: failed to patch resources update to pod template Deployment.apps \"web\" is invalid",
            ),
            (
                "set resources deploy web --limits=cpu",
                "",
                "error: Invalid argument syntax cpu, expected <resource>=<value>\n",
            ),
            ("set serviceaccount deploy web builder", "deployment.apps/web serviceaccount updated\n", ""),
            ("get deploy web -o jsonpath={.spec.template.spec.serviceAccountName}", "builder", ""),
            ("set sa", "", "error: serviceaccount is required\n"),
            (
                "set image deploy/web nginx=nginx:1.28 --record",
                "deployment.apps/web image updated\n",
                "Flag --record has been deprecated, --record will be removed in the future\n",
            ),
            (
                "get deploy web -o jsonpath={.metadata.annotations.kubernetes\\\\.io/change-cause}",
                "kubectl set image deploy/web nginx=nginx:1.28 --record=true",
                "",
            ),
        ] {
            let output = terminal.run(&mut cluster, &format!("kubectl {line}"));
            assert_eq!(output.stdout, out, "{line} {}", output.stderr);
            assert!(
                output.stderr.starts_with(err) && (err.ends_with('\n') || !err.is_empty() || output.stderr.is_empty()),
                "{line}: {}",
                output.stderr
            );
        }
    }
}
