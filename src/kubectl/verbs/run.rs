//! `kubectl run`. Models kubectl pkg/cmd/run and pkg/generate/versioned/run.go.

use super::attach;
use super::expose::{Wish, generate, overridden};
use crate::api::{self, Fields, Object, ResourceId, Value, json};
use crate::apiserver::{DeleteOptions, Request, Verb};
use crate::kubectl::Failure;
use crate::kubectl::call::{Call, DryRun, Next, done, key, options};
use crate::kubectl::exec::{Io, Program, World};
use crate::kubectl::flags::Flags;
use crate::kubectl::output::{Formats, Printer};
use crate::kubectl::tree::{put, set_namespace};
use crate::store::Key;
use std::sync::Arc;
use std::time::Duration;

/// Runs the verb.
pub fn run(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let usage = |message: &str| Failure::usage("kubectl run", message);
    let before = flags.before_dash.unwrap_or(flags.args.len());
    let Some((name, rest)) = flags.args.split_first().filter(|_| before > 0) else {
        return Err(usage("NAME is required for run"));
    };
    let dry_run = DryRun::of(flags)?;
    let printer = Printer::of(flags, &call.terminal.files, Formats::Objects)?;
    if flags.on("expose") && flags.text("port").is_empty() {
        return Err(usage("--port must be set when exposing a service"));
    }
    let interactive = flags.on("stdin");
    if flags.on("tty") && !interactive {
        return Err(usage("-i/--stdin is required for containers with -t/--tty=true"));
    }
    let attaches = if flags.given("attach") { flags.on("attach") } else { interactive };
    let restart = match flags.text("restart") {
        "" => "Always",
        policy @ ("Always" | "OnFailure" | "Never") => policy,
        other => return Err(usage(&format!("invalid restart policy: {other}"))),
    };
    if flags.on("rm") && !attaches {
        return Err(Failure::from("--rm should only be used for attached containers"));
    }
    if attaches && dry_run != DryRun::None {
        return Err(usage(
            "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)",
        ));
    }
    let image = flags.text("image");
    if !is_image(image) {
        return Err(Failure::Error(format!("Invalid image name {image:?}: invalid reference format")));
    }
    let mut pod = overridden(flags, ResourceId::PODS, pod(flags, name, rest, restart, image)?)?.into_value();
    let (namespace, explicit) = call.namespace(flags);
    if explicit {
        set_namespace(&mut pod, namespace.clone());
    }
    let pod = create(call, flags, ResourceId::PODS, &namespace, pod, dry_run)?;
    let mut printer = printer.map(Printer::in_struct_order);
    if flags.on("expose") {
        let wish = Wish {
            name: name.clone(),
            selector: format!("run={name}"),
            port: flags.text("port").to_owned(),
            ..Wish::default()
        };
        let service = create(call, flags, ResourceId::SERVICES, &namespace, generate(&wish)?, dry_run)?;
        match &mut printer {
            Some(printer) => printer.print(call.console, service.value())?,
            None => call.console.line(done(&service, "created", dry_run)),
        }
        if flags.text("output").eq_ignore_ascii_case("yaml") {
            call.console.line("---");
        }
    }
    if attaches {
        return Ok(Some(Box::new(attached(call, flags, &pod, restart))));
    }
    match &mut printer {
        Some(printer) => printer.print(call.console, pod.value())?,
        None => call.console.line(done(&pod, "created", dry_run)),
    }
    Ok(None)
}

/// Waits for the pod, attaches to it, tells how it ended, and removes it where `--rm` says so. Models handleAttachPod and
/// removeCreatedObjects.
fn attached(call: &mut Call<'_>, flags: &Flags, pod: &Object, restart: &str) -> Program {
    let (stdin, quiet, remove) = (flags.on("stdin"), flags.on("quiet"), flags.on("rm"));
    let exposed = flags.on("expose");
    let waits = restart != "Always" && !flags.on("leave-stdin-open");
    let timeout = flags.duration("pod-running-timeout").unwrap_or(Duration::from_secs(60));
    let (input, tty) = super::exec::streams(call, flags, stdin, flags.on("tty"));
    let key = Key::of(ResourceId::PODS, pod);
    let on_failure = restart == "OnFailure";
    Program::new(
        input,
        move |world, io| {
            Box::pin(async move {
                let code = Attached { key: &key, stdin, tty, quiet, timeout, waits, on_failure }.run(&world, &io).await;
                if remove {
                    let resources =
                        if exposed { &[ResourceId::PODS, ResourceId::SERVICES][..] } else { &[ResourceId::PODS] };
                    for resource in resources {
                        let key = Key::new(*resource, key.namespace.clone(), key.name.clone());
                        let gone = Request::new(key.clone(), Verb::Delete(DeleteOptions::default()));
                        let deleted = world.see(move |call| call.request(&gone).is_ok()).await;
                        if deleted && !quiet {
                            let kind = if *resource == ResourceId::PODS { "pod" } else { "service" };
                            let text = format!("{kind} {:?} deleted from {} namespace\n", &*key.name, key.namespace);
                            io.out.write(&text);
                        }
                    }
                }
                match code {
                    Ok(()) => 0,
                    Err((code, text)) => {
                        io.err.write(&text);
                        code
                    }
                }
            })
        },
        |_, code| if code == 0 { Ok(()) } else { Err(Failure::Exit(code)) },
    )
}

/// A pod that is attached to.
struct Attached<'k> {
    key: &'k Key,
    stdin: bool,
    tty: bool,
    quiet: bool,
    timeout: Duration,
    /// Whether the exit code is waited for, and a failure started again.
    waits: bool,
    on_failure: bool,
}

impl Attached<'_> {
    async fn run(&self, world: &World, io: &Io) -> Result<(), (i32, String)> {
        let late = || (1, "error: timed out waiting for the condition\n".to_owned());
        let until = || world.now() + self.timeout;
        let pod = attach::started(world, self.key, until(), attach::is_up).await.ok_or_else(late)?;
        let (stdin, tty, quiet) = (self.stdin, self.tty, self.quiet);
        let container = api::pod::containers(&pod).first().map_or("", |one| one.text("name")).to_owned();
        if !attach::has_ended(&pod) {
            let session = attach::Session { pod, container, stdin, tty, quiet };
            session.announce(io);
            session.run(world, io).await;
        }
        if !self.waits {
            return Ok(());
        }
        let ended = if self.on_failure { has_succeeded } else { attach::has_ended };
        let pod = attach::started(world, self.key, until(), ended).await.ok_or_else(late)?;
        let state = pod.items("status.containerStatuses").first().and_then(|one| one.at("state.terminated"));
        match (pod.text("status.phase"), state) {
            ("Succeeded", _) => Ok(()),
            (_, Some(state)) => {
                let code = state.int("exitCode").and_then(|code| i32::try_from(code).ok()).unwrap_or(1);
                let (name, reason) = (pod.name(), state.text("reason"));
                let text = format!("pod {}/{name} terminated ({reason})\n{}", pod.namespace(), state.text("message"));
                Err((code, text))
            }
            _ => Err((1, format!("error: pod {}/{} failed with unknown exit code\n", pod.namespace(), pod.name()))),
        }
    }
}

fn has_succeeded(pod: &Object) -> bool {
    pod.text("status.phase") == "Succeeded"
}

fn create(
    call: &mut Call<'_>,
    flags: &Flags,
    resource: ResourceId,
    namespace: &str,
    value: Value,
    dry_run: DryRun,
) -> Result<Arc<Object>, Failure> {
    if dry_run == DryRun::Client {
        return Object::new(value).map(Arc::new).map_err(|_| Failure::from("the generator made no object"));
    }
    let mut request = Request::new(key(resource, namespace, ""), Verb::Create(value));
    request.options = options(flags, "kubectl-run", dry_run)?;
    call.write(&request)
}

/// The Pod that is sent.
fn pod(flags: &Flags, name: &str, rest: &[String], restart: &str, image: &str) -> Result<Value, Failure> {
    let mut container = json!({"image": image, "name": name, "resources": {}});
    if !rest.is_empty() {
        put(&mut container, if flags.on("command") { "command" } else { "args" }, rest.to_vec());
    }
    let mut env = Vec::new();
    for text in flags.list("env") {
        match text.split_once('=') {
            Some((key, value)) if !key.is_empty() => env.push(json!({"name": key, "value": value})),
            _ => return Err(Failure::Error(format!("invalid env: {text}"))),
        }
    }
    if !env.is_empty() {
        put(&mut container, "env", Value::Array(env));
    }
    if let Some(port) = flags.get("port").filter(|port| !port.is_empty()) {
        let port: i64 = port.parse().map_err(|_| format!("strconv.Atoi: parsing {port:?}: invalid syntax"))?;
        put(&mut container, "ports", json!([{"containerPort": port}]));
    }
    if let Some(policy) = flags.get("image-pull-policy").filter(|policy| !policy.is_empty()) {
        if !matches!(policy, "Always" | "IfNotPresent" | "Never") {
            return Err(Failure::Error(format!("invalid image pull policy: {policy}")));
        }
        put(&mut container, "imagePullPolicy", policy);
    }
    if flags.on("privileged") {
        put(&mut container, "securityContext", json!({"privileged": true}));
    }
    if flags.on("stdin") {
        put(&mut container, "stdin", true);
        put(&mut container, "stdinOnce", true);
    }
    if flags.on("tty") {
        put(&mut container, "tty", true);
    }
    let labels = match flags.text("labels") {
        "" => json!({"run": name}),
        text => json!(super::expose::labels(text)?),
    };
    let mut metadata = json!({"labels": labels, "name": name});
    let annotations: Vec<(&str, &str)> =
        flags.list("annotations").iter().filter_map(|text| text.split_once('=')).collect();
    if !annotations.is_empty() {
        put(
            &mut metadata,
            "annotations",
            Value::Object(annotations.into_iter().map(|(key, value)| (key.to_owned(), Value::from(value))).collect()),
        );
    }
    Ok(json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": metadata,
        "spec": {"containers": [container], "dnsPolicy": "ClusterFirst", "restartPolicy": restart},
        "status": {},
    }))
}

/// Whether `text` can name an image. Models distribution's reference.Parse.
pub(super) fn is_image(text: &str) -> bool {
    let name = text.split('@').next().unwrap_or("");
    let (path, tag) = match name.rsplit_once(':') {
        Some((path, tag)) if !tag.contains('/') => (path, Some(tag)),
        _ => (name, None),
    };
    let part_ok = |part: &str| {
        !part.is_empty()
            && part.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && part.ends_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-'))
    };
    let mut parts: Vec<&str> = path.split('/').collect();
    if parts.len() > 1 && parts.first().is_some_and(|host| host.contains(['.', ':']) || *host == "localhost") {
        parts.remove(0);
    }
    let tag_ok = |tag: &str| {
        !tag.is_empty()
            && tag.len() <= 128
            && tag.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
            && tag.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
    };
    parts.iter().all(|part| part_ok(part)) && tag.is_none_or(tag_ok)
}
