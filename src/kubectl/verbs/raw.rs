//! `--raw` of `get`, `create`, `replace` and `delete`: paths of the API server, answered as it answers them.
//!
//! Models kubectl pkg/rawhttp and apiserver's endpoints: fields in the order of Go's structs, one line, managed fields
//! included.

use super::raw_discovery as discovery;
use crate::api::{Object, ResourceId, Selector, Status, Value};
use crate::apiserver::{Body, DeleteOptions, Reply, Request, Verb};
use crate::kubectl::Failure;
use crate::kubectl::builder::field_selector;
use crate::kubectl::call::{Call, DryRun, Next, door, key, no_such_endpoint, options};
use crate::kubectl::flags::Flags;
use crate::kubectl::manifest;
use crate::kubectl::print::struct_json;
use crate::value::base64;
use crate::yaml;
use std::sync::Arc;

/// Runs `kubectl get --raw`. Models GetOptions' Validate.
pub fn get(call: &mut Call<'_>, flags: &Flags, uri: &str) -> Result<Next, Failure> {
    if !flags.args.is_empty() {
        return Err(Failure::from("arguments may not be passed when --raw is specified"));
    }
    if flags.on("watch") || flags.on("watch-only") || !flags.text("selector").is_empty() {
        return Err(Failure::from(
            "--raw may not be specified with other flags that filter the server request or alter the output",
        ));
    }
    if !flags.text("output").is_empty() {
        return Err(Failure::usage("kubectl get", "--raw and --output are mutually exclusive"));
    }
    if !uri.starts_with('/') {
        let why = format!("--raw must be a valid URL path: parse {uri:?}: invalid URI for request");
        return Err(Failure::usage("kubectl get", &why));
    }
    let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let text = match parts.as_slice() {
        ["healthz" | "livez" | "readyz"] => Some("ok".to_owned()),
        ["metrics"] => return Err(Failure::from("the playground's API server keeps no metrics")),
        parts => discovery::answer(parts),
    };
    match text {
        Some(text) => call.console.out(text),
        None => read(call, &parts, query)?,
    }
    Ok(None)
}

/// Runs `create --raw` and `replace --raw`: sends what stands in the one file.
pub fn send(call: &mut Call<'_>, flags: &Flags, uri: &str) -> Result<Next, Failure> {
    let [file] = flags.list("filename") else {
        return Err(Failure::usage(&flags.path, "--raw can only use a single local file or stdin"));
    };
    if file.starts_with("http://") || file.starts_with("https://") {
        return Err(Failure::usage(&flags.path, "--raw cannot read from a url"));
    }
    let files = manifest::paths(&call.terminal.files, std::slice::from_ref(file))?;
    let body = yaml::read_one(files.first().map_or("", |(_, text)| text))?;
    let creates = flags.path == "kubectl create";
    let place = Place::of(uri)?;
    let verb = if creates { Verb::Create(body) } else { Verb::Update(body) };
    if creates == (!place.name.is_empty() && place.subresource.is_empty()) {
        let why = "the server does not allow this method on the requested resource";
        return Err(Status::plain(405, "MethodNotAllowed", why).into());
    }
    let reply = ask(call, flags, &place, verb)?;
    print(call, &place, &reply, None);
    Ok(None)
}

/// Runs `delete --raw`.
pub fn delete(call: &mut Call<'_>, flags: &Flags, uri: &str) -> Result<Next, Failure> {
    let place = Place::of(uri)?;
    if place.name.is_empty() || !place.subresource.is_empty() {
        return Err(no_such_endpoint());
    }
    let reply = ask(call, flags, &place, Verb::Delete(DeleteOptions::default()))?;
    let gone = call.cluster.store().find(place.resource, &place.namespace, &place.name).is_none();
    match reply.object() {
        // Models registry.Store's ReturnDeletedObject.
        Some(object)
            if gone
                && !matches!(
                    place.resource,
                    ResourceId::PODS
                        | ResourceId::SERVICES
                        | ResourceId::SERVICE_ACCOUNTS
                        | ResourceId::RESOURCE_QUOTAS
                ) =>
        {
            let info = place.resource.info();
            let group = if info.group.is_empty() { String::new() } else { format!("\"group\":{:?},", info.group) };
            call.console.line(format!(
                "{{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{{}},\"status\":\"Success\",\"details\":\
                 {{\"name\":{:?},{group}\"kind\":{:?},\"uid\":{:?}}}}}",
                object.name(),
                info.plural,
                object.uid()
            ));
        }
        _ => print(call, &place, &reply, None),
    }
    Ok(None)
}

/// What a path leads to.
struct Place {
    resource: ResourceId,
    namespace: String,
    name: String,
    subresource: &'static str,
}

impl Place {
    fn of(uri: &str) -> Result<Place, Failure> {
        let path = uri.split('?').next().unwrap_or(uri);
        Place::at(&path.split('/').filter(|part| !part.is_empty()).collect::<Vec<_>>())
    }

    fn at(parts: &[&str]) -> Result<Place, Failure> {
        let (group, version, rest) = match parts {
            ["api", version, rest @ ..] => ("", *version, rest),
            ["apis", group, version, rest @ ..] => (*group, *version, rest),
            _ => return Err(no_such_endpoint()),
        };
        let find = |plural: &str| {
            let same = |id: &ResourceId| {
                let info = id.info();
                info.group == group && info.version == version && info.plural == plural
            };
            ResourceId::all().find(same).ok_or_else(no_such_endpoint)
        };
        // A namespace has subresources of its own, which no kind is called like.
        let (namespace, plural, rest) = match rest {
            ["namespaces", namespace, plural, rest @ ..] if !matches!(*plural, "status" | "finalize") => {
                (*namespace, *plural, rest)
            }
            [plural, rest @ ..] => ("", *plural, rest),
            [] => return Err(no_such_endpoint()),
        };
        let resource = find(plural)?;
        let (name, subresource) = match rest {
            [] => ("", ""),
            [name] => (*name, ""),
            [name, subresource] => (*name, door(resource, subresource)?),
            _ => return Err(no_such_endpoint()),
        };
        if resource.info().namespaced && namespace.is_empty() && !name.is_empty()
            || !resource.info().namespaced && !namespace.is_empty()
        {
            return Err(no_such_endpoint());
        }
        Ok(Place { resource, namespace: namespace.to_owned(), name: name.to_owned(), subresource })
    }
}

fn ask(call: &mut Call<'_>, flags: &Flags, place: &Place, verb: Verb) -> Result<Reply, Failure> {
    let mut request = Request::new(key(place.resource, &place.namespace, &place.name), verb).to(place.subresource);
    request.options = options(flags, "kubectl", DryRun::None)?;
    request.options.managed_fields = place.subresource != "scale";
    call.request(&request)
}

/// Reads what is at the path.
fn read(call: &mut Call<'_>, parts: &[&str], query: &str) -> Result<(), Failure> {
    let place = Place::at(parts)?;
    let wanted = Wanted::of(query)?;
    if !place.name.is_empty() {
        if matches!(place.subresource, "log" | "exec" | "attach" | "portforward" | "proxy") {
            return Err(Failure::Error(format!("the playground does not serve {} by its path", place.subresource)));
        }
        let reply = ask(call, &Flags::default(), &place, Verb::Get)?;
        print(call, &place, &reply, None);
        return Ok(());
    }
    if wanted.watch {
        return Err(Failure::from("the playground does not serve watches by their path: use kubectl get -w"));
    }
    let labels = Selector::parse(&wanted.labels).map_err(|why| unable(&why))?;
    let fields = field_selector(&wanted.fields).map_err(|why| unable(&why))?;
    let reply = ask(call, &Flags::default(), &place, Verb::List { labels, fields })?;
    print(call, &place, &reply, Some(&wanted));
    Ok(())
}

/// The refusal of a selector that cannot be read. Models ListResource.
fn unable(why: &str) -> Failure {
    Status::bad_request(why).into()
}

/// The query of a list.
#[derive(Default)]
struct Wanted {
    labels: String,
    fields: String,
    limit: usize,
    /// The key behind which the list goes on.
    start: String,
    watch: bool,
}

impl Wanted {
    fn of(query: &str) -> Result<Wanted, Failure> {
        let mut wanted = Wanted::default();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = decoded(value);
            match name {
                "labelSelector" => wanted.labels = value,
                "fieldSelector" => wanted.fields = value,
                "limit" => wanted.limit = value.parse().unwrap_or(0),
                "continue" => wanted.start = start_of(&value)?,
                "watch" => wanted.watch = matches!(value.as_str(), "" | "1" | "true"),
                _ => {}
            }
        }
        Ok(wanted)
    }
}

/// A value of a query: `%2C` is a comma, `+` a space.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match (first, hex.and_then(|two| u8::from_str_radix(two, 16).ok())) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or(&[]);
            }
            (byte, _) => {
                bytes.push(if byte == b'+' { b' ' } else { byte });
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The token that a list is gone on with. Models apiserver pkg/storage EncodeContinue.
fn token(revision: u64, last: &str) -> String {
    let text = format!("{{\"v\":\"meta.k8s.io/v1\",\"rv\":{revision},\"start\":\"{last}\\u0000\"}}");
    base64::encode(text.as_bytes()).trim_end_matches('=').replace('+', "-").replace('/', "_")
}

fn start_of(token: &str) -> Result<String, Failure> {
    let wrong = |why: String| Failure::from(Status::bad_request(format!("continue key is not valid: {why}")));
    let mut text = token.replace('-', "+").replace('_', "/");
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    let bytes = base64::decode(&text).map_err(|at| wrong(format!("illegal base64 data at input byte {at}")))?;
    let value = yaml::read_json(&String::from_utf8_lossy(&bytes)).map_err(wrong)?;
    let start = value.get("start").and_then(Value::as_str).unwrap_or("");
    Ok(start.trim_end_matches('\0').to_owned())
}

/// Prints an answer.
fn print(call: &mut Call<'_>, place: &Place, reply: &Reply, wanted: Option<&Wanted>) {
    let text = match (&reply.body, wanted) {
        (Body::List(objects, revision), Some(wanted)) => list(place, objects, *revision, wanted),
        _ => reply.object().map(|object| struct_json(object.value())).unwrap_or_default(),
    };
    call.console.line(text);
}

/// A list of objects: the items say nothing of their kind.
fn list(place: &Place, objects: &[Arc<Object>], revision: u64, wanted: &Wanted) -> String {
    let key = |object: &Object| {
        let alone = object.namespace().is_empty() || !place.namespace.is_empty();
        if alone { object.name().to_owned() } else { format!("{}/{}", object.namespace(), object.name()) }
    };
    let rest: Vec<&Arc<Object>> =
        objects.iter().filter(|object| wanted.start.is_empty() || key(object) > wanted.start).collect();
    let shown = if wanted.limit == 0 { rest.len() } else { wanted.limit.min(rest.len()) };
    let mut metadata = format!("\"resourceVersion\":\"{revision}\"");
    if let Some(last) = shown.checked_sub(1).and_then(|at| rest.get(at)).filter(|_| shown < rest.len()) {
        metadata += &format!(",\"continue\":{:?}", token(revision, &key(last)));
        // With a selector, nobody knows how many are left.
        if wanted.labels.is_empty() && wanted.fields.is_empty() {
            metadata += &format!(",\"remainingItemCount\":{}", rest.len() - shown);
        }
    }
    let info = place.resource.info();
    let head = format!("{{\"kind\":{:?},\"apiVersion\":{:?},", info.kind, info.api_version());
    let items: Vec<String> = rest
        .iter()
        .take(shown)
        .map(|object| {
            let text = struct_json(object.value());
            text.strip_prefix(&head).map(|rest| format!("{{{rest}")).unwrap_or(text)
        })
        .collect();
    format!(
        "{{\"kind\":\"{}List\",\"apiVersion\":{:?},\"metadata\":{{{metadata}}},\"items\":[{}]}}",
        info.kind,
        info.api_version(),
        items.join(",")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_read_back() {
        let token = token(36, "shop/web-1");
        assert!(token.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')), "{token}");
        assert_eq!(start_of(&token).unwrap(), "shop/web-1");
        assert!(start_of("%%%").is_err());
        assert_eq!(decoded("app%3Dweb%2Ctier+x%"), "app=web,tier x%");
    }
}
