//! `kubectl debug`: an ephemeral container in a pod that runs, a copy of a pod, or a pod that looks after its node. Models
//! kubectl pkg/cmd/debug.
//!
//! [`generate`] makes what is sent, [`profile`] what a profile adds to it. It never changes a pod otherwise than through the
//! API server.

mod generate;
mod profile;

use super::run::is_image;
use super::{attach, exec};
use crate::api::{Fields, Object, ResourceId, Value, json};
use crate::apiserver::{DeleteOptions, FieldValidation, Options, Patch, Request, Verb};
use crate::clock::Random;
use crate::kubectl::builder::Query;
use crate::kubectl::call::{Call, Next, key};
use crate::kubectl::exec::{Io, Program, World};
use crate::kubectl::flags::Flags;
use crate::kubectl::tree::put;
use crate::kubectl::{Failure, manifest, resources};
use crate::store::Key;
use crate::yaml;
use profile::{Keeps, Profile};
use std::sync::Arc;

/// What the line asks for.
struct Wish<'f> {
    flags: &'f Flags,
    /// What stands behind `--`.
    words: Vec<String>,
    profile: Profile,
    keeps: Keeps,
    /// `--custom`: a part of a container.
    custom: Option<Value>,
    random: Random,
}

const LEGACY: &str = "--profile=legacy is deprecated and will be removed in the future. It is recommended to explicitly specify a \
                      profile, for example \"--profile=general\".";

/// Runs the verb.
pub fn debug(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let (names, words) = match flags.before_dash {
        Some(before) if before < flags.args.len() => flags.args.split_at(before),
        _ => (flags.args.as_slice(), &[] as &[String]),
    };
    let mut wish = Wish {
        flags,
        words: words.to_vec(),
        profile: Profile::named(flags.get("profile").unwrap_or("general"))?,
        keeps: Keeps::of(flags),
        custom: custom(call, flags)?,
        random: Random::new(call.cluster.settings().seed ^ call.cluster.now().0),
    };
    validate(call, &wish, names)?;
    let (namespace, _) = call.namespace(flags);
    let args: Vec<String> =
        names.iter().map(|name| if name.contains('/') { name.clone() } else { format!("pods/{name}") }).collect();
    let query = Query { latest: true, ..Query::of(call, flags, &args) };
    let found = query.find(call)?;
    Failure::all(found.failures)?;
    let mut sessions = Vec::new();
    for info in &found.infos {
        let target = info.object();
        let session = match info.resource {
            ResourceId::NODES => on_node(call, &mut wish, &target, &namespace)?,
            ResourceId::PODS if flags.text("copy-to").is_empty() => in_pod(call, &mut wish, &target)?,
            ResourceId::PODS => in_copy(call, &mut wish, &target)?,
            other => {
                let kind = resources::group_version_kind(other);
                return Err(Failure::Error(format!("{kind:?} not supported by debug")));
            }
        };
        sessions.extend(session);
    }
    let attaches = if flags.given("attach") { flags.on("attach") } else { flags.on("stdin") };
    if !attaches || sessions.is_empty() {
        return Ok(None);
    }
    let (stdin, quiet) = (flags.on("stdin"), flags.on("quiet"));
    let (input, tty) = exec::streams(call, flags, stdin, flags.on("tty"));
    Ok(Some(Box::new(Program::new(
        input,
        move |world, io| {
            Box::pin(async move {
                for (key, container) in sessions {
                    if let Err(text) = attach_to(&world, &io, key, container, (stdin, tty, quiet)).await {
                        io.err.write(&text);
                        return 1;
                    }
                }
                0
            })
        },
        |_, code| if code == 0 { Ok(()) } else { Err(Failure::Exit(code)) },
    ))))
}

/// The container of the file that `--custom` names.
fn custom(call: &Call<'_>, flags: &Flags) -> Result<Option<Value>, Failure> {
    let Some(path) = flags.get("custom").filter(|path| !path.is_empty()) else { return Ok(None) };
    let text = manifest::file(&call.terminal.files, path).ok_or_else(|| {
        format!("must pass a container spec json file for custom profile: open {path}: no such file or directory")
    })?;
    let value = yaml::read_one(text).map_err(|why| format!("{path} does not contain a valid container spec: {why}"))?;
    Ok(Some(value))
}

/// Models DebugOptions.Validate, in its order.
fn validate(call: &mut Call<'_>, wish: &Wish<'_>, names: &[String]) -> Result<(), Failure> {
    let flags = wish.flags;
    let (image, container) = (flags.text("image"), flags.text("container"));
    let set_images = flags.list("set-image");
    let no = |text: &str| Err(Failure::from(text));
    if flags.given("attach") && flags.on("attach") && image.is_empty() && container.is_empty() {
        return no("you must specify --container or create a new container using --image in order to attach.");
    }
    if flags.text("copy-to").is_empty() {
        for (given, flag) in [
            (flags.on("replace"), "replace"),
            (flags.on("same-node"), "same-node"),
            (!set_images.is_empty(), "set-image"),
        ] {
            if given {
                return no(&format!("--{flag} may only be used with --copy-to."));
            }
        }
        if image.is_empty() {
            return no("you must specify --image when not using --copy-to.");
        }
    } else {
        if image.is_empty() && set_images.is_empty() && wish.words.is_empty() {
            return no("you must specify --image, --set-image or command arguments.");
        }
        if !wish.words.is_empty() && container.is_empty() && image.is_empty() {
            return no("you must specify an existing container or a new image when specifying args.");
        }
    }
    if !image.is_empty() && !is_image(image) {
        return no(&format!("invalid image name {image:?}: invalid reference format"));
    }
    if names.is_empty() && flags.list("filename").is_empty() {
        return no("NAME or filename is required for debug");
    }
    let policy = flags.text("image-pull-policy");
    if !matches!(policy, "" | "Always" | "IfNotPresent" | "Never") {
        return no(&format!("invalid image pull policy: {policy}"));
    }
    for (name, image) in set_images.iter().filter_map(|pair| pair.split_once('=')) {
        if !is_image(image) {
            return no(&format!("invalid image name {image:?} for container {name:?}: invalid reference format"));
        }
    }
    let target = flags.text("target");
    if !target.is_empty() {
        if !flags.text("copy-to").is_empty() {
            return no("--target is incompatible with --copy-to. Use --share-processes instead.");
        }
        if !flags.on("quiet") {
            call.console.line(format!(
                "Targeting container {target:?}. If you don't see processes from this container it may be because the container \
                 runtime doesn't support this feature."
            ));
        }
    }
    if flags.on("tty") && !flags.on("stdin") {
        return no("-i/--stdin is required for containers with -t/--tty=true");
    }
    if let Some(custom) = &wish.custom {
        let kept = ["name", "command", "image", "lifecycle", "volumeDevices"];
        if kept.iter().any(|field| custom.get(field).is_some_and(|value| !is_nothing(value))) {
            return no("name, command, image, lifecycle and volume devices are not modifiable via custom profile");
        }
    }
    if wish.profile == Profile::Legacy {
        call.console.error_line(LEGACY);
    }
    Ok(())
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// The pod and the container that the reader is attached to.
type Session = Option<(Key, String)>;

/// How typed clients write: as the program's name, with warnings of fields that are not known.
fn as_kubectl(mut request: Request) -> Request {
    request.options =
        Options { manager: "kubectl".to_owned(), validation: FieldValidation::Warn, ..Options::default() };
    request
}

fn create(call: &mut Call<'_>, namespace: &str, pod: Value) -> Result<Arc<Object>, Failure> {
    call.write(&as_kubectl(Request::new(key(ResourceId::PODS, namespace, ""), Verb::Create(pod))))
}

/// Models visitNode.
fn on_node(call: &mut Call<'_>, wish: &mut Wish<'_>, node: &Object, namespace: &str) -> Result<Session, Failure> {
    let (pod, container) = generate::node_pod(wish, node, call.console)?;
    let pod = create(call, namespace, pod)?;
    Ok(Some((Key::of(ResourceId::PODS, &pod), container)))
}

/// Models debugByEphemeralContainer.
fn in_pod(call: &mut Call<'_>, wish: &mut Wish<'_>, pod: &Object) -> Result<Session, Failure> {
    let container = generate::ephemeral(wish, pod, call.console)?;
    let name = container.text("name").to_owned();
    warn_of_user(call, pod.value(), &container);
    let mut spec = json!({"ephemeralContainers": [container]});
    let known = pod.items("spec.ephemeralContainers").iter().map(|one| one.text("name"));
    let mut order: Vec<Value> = known.filter(|known| *known != name).map(|known| json!({"name": known})).collect();
    if !order.is_empty() {
        order.push(json!({"name": name}));
        put(&mut spec, "$setElementOrder/ephemeralContainers", order);
    }
    let patch = Patch::Strategic(json!({"spec": spec}));
    let key = Key::of(ResourceId::PODS, pod);
    call.write(&as_kubectl(Request::new(key.clone(), Verb::Patch(patch)).to("ephemeralcontainers")))?;
    Ok(Some((key, name)))
}

/// Models debugByCopy.
fn in_copy(call: &mut Call<'_>, wish: &mut Wish<'_>, pod: &Object) -> Result<Session, Failure> {
    let (copy, container) = generate::copy(wish, pod, call.console)?;
    if let Some(own) = copy.items("spec.containers").iter().find(|one| Some(one.text("name")) == container.as_deref()) {
        warn_of_user(call, &copy, own);
    }
    let created = create(call, pod.namespace(), copy)?;
    if wish.flags.on("replace") {
        let delete = Verb::Delete(DeleteOptions { grace: Some(0), ..DeleteOptions::default() });
        call.request(&Request::new(Key::of(ResourceId::PODS, pod), delete))?;
    }
    Ok(container.map(|container| (Key::of(ResourceId::PODS, &created), container)))
}

/// Says that a profile's rights may be of no use. Models displayWarning.
fn warn_of_user(call: &mut Call<'_>, pod: &Value, container: &Value) {
    let is_other = |user: Option<i64>| user.is_some_and(|user| user != 0);
    let Some(context) = container.get("securityContext") else { return };
    let has_rights = context.is_true("privileged") || !context.items("capabilities.add").is_empty();
    if is_other(pod.int("spec.securityContext.runAsUser")) && context.int("runAsUser") != Some(0) && has_rights {
        call.console.error_line(
            "Warning: Non-root user is configured for the entire target Pod, and some capabilities granted by debug profile may \
             not work. Please consider using \"--custom\" with a custom profile that specifies \"securityContext.runAsUser: 0\".",
        );
    }
}

/// Waits for the container and attaches to it; shows the log of one that has ended. Models handleAttachPod.
async fn attach_to(
    world: &World,
    io: &Io,
    key: Key,
    container: String,
    (stdin, tty, quiet): (bool, bool, bool),
) -> Result<(), String> {
    let mut told = String::new();
    let (pod, ended) = loop {
        let wanted = key.clone();
        let Some(pod) = world.see(move |call| call.cluster.store().get(&wanted).cloned()).await else {
            return Err("Error from server (NotFound): pods \"\" not found\n".to_owned());
        };
        let lists = ["status.initContainerStatuses", "status.containerStatuses", "status.ephemeralContainerStatuses"];
        let mut statuses = lists.iter().flat_map(|list| pod.items(list));
        let state = statuses.find(|status| status.text("name") == container).and_then(|status| status.at("state"));
        let is = |what: &str| state.is_some_and(|state| state.at(what).is_some());
        if is("running") || is("terminated") {
            let ended = is("terminated");
            break (pod, ended);
        }
        let message = state.map_or("", |state| state.text("waiting.message"));
        if !quiet && !message.is_empty() && message != told {
            io.err.write(&format!("Warning: container {container}: {message}\n"));
            message.clone_into(&mut told);
        }
        world.wait(None).await;
    };
    if ended {
        let log = world.see(move |call| {
            let found = call.cluster.kubelets().iter().find_map(|kubelet| kubelet.container(&key, &container))?;
            Some(found.log().iter().fold(String::new(), |text, line| text + &line.text + "\n"))
        });
        io.out.write(&log.await.unwrap_or_default());
        return Ok(());
    }
    let session = attach::Session { pod, container, stdin, tty, quiet };
    session.announce(io);
    session.run(world, io).await;
    Ok(())
}
