//! `kubectl run`. Models kubectl pkg/cmd/run and pkg/generate/versioned/run.go.

use super::expose::{Wish, generate};
use crate::api::{Object, ResourceId, Value, json};
use crate::apiserver::{Request, Verb};
use crate::kubectl::Failure;
use crate::kubectl::call::{Call, DryRun, Next, done, key, options};
use crate::kubectl::flags::Flags;
use crate::kubectl::output::{Formats, Printer};
use crate::kubectl::tree::{put, set_namespace};
use std::sync::Arc;

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
    let interactive = flags.on("stdin") || flags.on("tty");
    let restart = match flags.text("restart") {
        "" => "Always",
        policy @ ("Always" | "OnFailure" | "Never") => policy,
        other => return Err(usage(&format!("invalid restart policy: {other}"))),
    };
    if flags.on("rm") && !(flags.on("attach") || interactive) {
        return Err(Failure::from("--rm should only be used for attached containers"));
    }
    let image = flags.text("image");
    if !is_image(image) {
        return Err(Failure::Error(format!("Invalid image name {image:?}: invalid reference format")));
    }
    let mut pod = pod(flags, name, rest, restart, image)?;
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
    match &mut printer {
        Some(printer) => printer.print(call.console, pod.value())?,
        None => call.console.line(done(&pod, "created", dry_run)),
    }
    Ok(None)
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
fn is_image(text: &str) -> bool {
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
