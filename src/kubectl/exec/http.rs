//! curl and wget, and what well-known images answer.

use super::{Ended, Machine};
use crate::api::{Fields, ResourceId};
use crate::cluster::{Call, Connection, Ending, Process, Sent};
use std::fmt::Write;
use std::time::Duration;

/// How long a client waits for a connection by itself: the kernel's tries, about two minutes.
const USUAL_PATIENCE: Duration = Duration::from_secs(130);

/// What a URL says.
struct Url {
    secure: bool,
    host: String,
    port: u16,
    path: String,
}

impl Url {
    fn parse(text: &str) -> Option<Url> {
        let (secure, rest) = match text.split_once("://") {
            Some(("https", rest)) => (true, rest),
            Some(("http", rest)) => (false, rest),
            Some(_) => return None,
            None => (false, text),
        };
        let (place, path) = rest.find(['/', '?']).map_or((rest, ""), |at| rest.split_at(at));
        let place = place.rsplit('@').next().unwrap_or(place);
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().ok()?),
            None => (place, if secure { 443 } else { 80 }),
        };
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        (!host.is_empty()).then(|| Url { secure, host: host.to_owned(), port, path })
    }
}

/// What curl was told.
#[derive(Default)]
struct Curl<'a> {
    urls: Vec<&'a str>,
    silent: bool,
    show_error: bool,
    verbose: bool,
    head: bool,
    include: bool,
    output: Option<&'a str>,
    write_out: Option<&'a str>,
    patience: Option<f64>,
    connect: bool,
    method: Option<&'a str>,
    resolve: Vec<(String, String)>,
}

impl<'a> Curl<'a> {
    fn parse(args: &[&'a str]) -> Result<Curl<'a>, Ended> {
        let mut curl = Curl::default();
        let mut words = args.iter();
        while let Some(arg) = words.next() {
            if let Some(name) = arg.strip_prefix("--") {
                match name {
                    "silent" => curl.silent = true,
                    "show-error" => curl.show_error = true,
                    "verbose" => curl.verbose = true,
                    "head" => curl.head = true,
                    "include" => curl.include = true,
                    "output" => curl.output = words.next().copied(),
                    "write-out" => curl.write_out = words.next().copied(),
                    "max-time" => curl.patience = words.next().and_then(|text| text.parse().ok()),
                    "connect-timeout" => {
                        curl.patience = words.next().and_then(|text| text.parse().ok());
                        curl.connect = true;
                    }
                    "request" => curl.method = words.next().copied(),
                    "resolve" => {
                        if let Some((host, address)) = words.next().and_then(|text| text.rsplit_once(':')) {
                            curl.resolve.push((host.to_owned(), address.to_owned()));
                        }
                    }
                    "url" => curl.urls.extend(words.next()),
                    "header" | "data" | "user" | "user-agent" | "retry" => drop(words.next()),
                    "location" | "insecure" | "fail" | "http1.1" | "no-keepalive" | "ipv4" => {}
                    _ => {
                        let text = format!(
                            "curl: option --{name}: is unknown\ncurl: try 'curl --help' or 'curl --manual' for more information"
                        );
                        return Err(Ended::fail(2, text));
                    }
                }
                continue;
            }
            let Some(flags) = arg.strip_prefix('-').filter(|flags| !flags.is_empty()) else {
                curl.urls.push(arg);
                continue;
            };
            for (at, flag) in flags.char_indices() {
                let rest = flags.get(at + flag.len_utf8()..).unwrap_or("");
                match flag {
                    's' => curl.silent = true,
                    'S' => curl.show_error = true,
                    'v' => curl.verbose = true,
                    'I' => curl.head = true,
                    'i' => curl.include = true,
                    'L' | 'k' | 'f' | 'g' | '4' | 'N' => {}
                    'o' | 'w' | 'm' | 'X' | 'H' | 'd' | 'u' | 'A' => {
                        let value = if rest.is_empty() { words.next().copied().unwrap_or("") } else { rest };
                        match flag {
                            'o' => curl.output = Some(value),
                            'w' => curl.write_out = Some(value),
                            'm' => curl.patience = value.parse().ok(),
                            'X' => curl.method = Some(value),
                            _ => {}
                        }
                        break;
                    }
                    other => {
                        let text = format!(
                            "curl: option -{other}: is unknown\ncurl: try 'curl --help' or 'curl --manual' for more information"
                        );
                        return Err(Ended::fail(2, text));
                    }
                }
            }
        }
        if curl.urls.is_empty() {
            return Err(Ended::fail(
                2,
                "curl: (2) no URL specified\ncurl: try 'curl --help' or 'curl --manual' for more information",
            ));
        }
        Ok(curl)
    }
}

/// `curl [options] URL...`: requests of one call share connections.
pub fn curl(machine: &mut Machine<'_>, args: &[&str]) -> Ended {
    let told = match Curl::parse(args) {
        Ok(told) => told,
        Err(ended) => return ended,
    };
    let mut ended = Ended::default();
    let mut kept: Vec<(String, u16, u16)> = Vec::new();
    for text in &told.urls {
        let Some(url) = Url::parse(text) else {
            ended.err += &format!("curl: (3) URL rejected: {text}\n");
            ended.code = 3;
            continue;
        };
        let place = format!("{}:{}", url.host, url.port);
        let host = told.resolve.iter().find(|(one, _)| *one == place).map_or(url.host.clone(), |(_, to)| to.clone());
        let mut call = Call::new(machine.source(), &host, url.port);
        call.traced = false;
        call.patience =
            told.patience.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).unwrap_or(USUAL_PATIENCE);
        call.connection = match kept.iter().find(|(name, port, _)| *name == url.host && *port == url.port) {
            Some((_, _, source)) => Connection::Reuse(*source),
            None if told.urls.len() > 1 => Connection::Keep,
            None => Connection::New,
        };
        let sent = machine.cluster.send(&call);
        machine.spend(sent.took);
        one(machine, &told, &url, &sent, &mut ended);
        if matches!(sent.ending, Ending::Answered { .. }) && call.connection == Connection::Keep {
            kept.push((url.host, url.port, sent.source_port));
        }
    }
    ended
}

/// What curl prints of one request.
fn one(machine: &Machine<'_>, told: &Curl<'_>, url: &Url, sent: &Sent, ended: &mut Ended) {
    let quiet = told.silent && !told.show_error;
    let millis = sent.took.as_millis();
    let (host, port) = (&url.host, url.port);
    let address = sent.address.map(|address| address.to_string()).unwrap_or_default();
    if told.verbose {
        if !sent.lookups.is_empty() && sent.address.is_some() {
            let _ = writeln!(ended.err, "* Host {host}:{port} was resolved.\n* IPv6: (none)\n* IPv4: {address}");
        }
        if sent.address.is_some() {
            let _ = writeln!(ended.err, "*   Trying {address}:{port}...");
        }
    }
    let mut status = 0;
    let failure = match &sent.ending {
        Ending::Answered { by, client, .. } => {
            let answer = answer(machine, by, url, &client.to_string());
            status = answer.status;
            let method = told.method.unwrap_or(if told.head { "HEAD" } else { "GET" });
            let head = format!(
                "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n",
                answer.status,
                if answer.status == 200 { "OK" } else { "Not Found" },
                answer.kind,
                answer.body.len()
            );
            if told.verbose {
                let _ = writeln!(ended.err, "* Connected to {host} ({address}) port {port}");
                let _ = writeln!(
                    ended.err,
                    "> {method} {} HTTP/1.1\n> Host: {}\n> User-Agent: curl/8.14.1\n> Accept: */*\n>",
                    url.path,
                    if port == 80 { host.clone() } else { format!("{host}:{port}") }
                );
                for line in head.trim_end().lines() {
                    let _ = writeln!(ended.err, "< {line}");
                }
                let _ = writeln!(ended.err, "<");
            }
            let mut text = String::new();
            if told.head || told.include {
                text += &head;
            }
            if !told.head {
                text += &answer.body;
            }
            match told.output {
                Some(_) => {}
                None => ended.out += &text,
            }
            if told.verbose {
                let _ = writeln!(ended.err, "* Connection #0 to host {host} left intact");
            }
            None
        }
        Ending::NotResolved(_) => Some((6, format!("Could not resolve host: {host}"))),
        Ending::Refused(_) => {
            Some((7, format!("Failed to connect to {host} port {port} after {millis} ms: Could not connect to server")))
        }
        Ending::TimedOut(_) | Ending::NoClient => Some((
            28,
            if told.patience.is_some() && !told.connect {
                format!("Connection timed out after {millis} milliseconds")
            } else {
                format!("Failed to connect to {host} port {port} after {millis} ms: Could not connect to server")
            },
        )),
    };
    if let Some((code, text)) = failure {
        ended.code = code;
        if !quiet {
            let _ = writeln!(ended.err, "curl: ({code}) {text}");
        }
    }
    if let Some(format) = told.write_out {
        ended.out += &format
            .replace("%{http_code}", &format!("{status:03}"))
            .replace("%{response_code}", &format!("{status:03}"))
            .replace("%{time_total}", &format!("{:.6}", sent.took.as_secs_f64()))
            .replace("%{remote_ip}", &address)
            .replace("%{remote_port}", &port.to_string())
            .replace("%{local_port}", &sent.source_port.to_string())
            .replace("%{exitcode}", &ended.code.to_string())
            .replace("\\n", "\n")
            .replace("\\t", "\t");
    }
}

/// `wget [-q] [-O FILE] [-T SECONDS] URL`, as busybox does it.
pub fn wget(machine: &mut Machine<'_>, args: &[&str]) -> Ended {
    let (mut quiet, mut to_stdout, mut spider, mut patience, mut address) = (false, false, false, 900.0, None);
    let mut words = args.iter();
    while let Some(arg) = words.next() {
        match *arg {
            "--spider" => spider = true,
            "-T" => patience = words.next().and_then(|text| text.parse().ok()).unwrap_or(patience),
            "-O" => to_stdout = words.next().copied() == Some("-"),
            "-t" => drop(words.next()),
            flag if flag.starts_with("--timeout=") => {
                patience = flag.split_once('=').and_then(|(_, text)| text.parse().ok()).unwrap_or(patience);
            }
            flag if flag.starts_with("--") => {}
            flag if flag.starts_with('-') => {
                quiet |= flag.contains('q');
                if let Some(seconds) = flag.strip_prefix("-T") {
                    patience = seconds.parse().unwrap_or(patience);
                }
                match flag.split_once('O') {
                    Some((_, "-")) => to_stdout = true,
                    Some((_, "")) => to_stdout = words.next().copied() == Some("-"),
                    _ => {}
                }
            }
            url => address = Some(url),
        }
    }
    let Some(url) = address.and_then(Url::parse) else { return Ended::fail(1, "Usage: wget [-qO-] [-T SEC] URL...") };
    let mut call = Call::new(machine.source(), &url.host, url.port);
    call.traced = false;
    call.patience = Duration::try_from_secs_f64(patience).unwrap_or(USUAL_PATIENCE).min(USUAL_PATIENCE);
    let sent = machine.cluster.send(&call);
    machine.spend(sent.took);
    let (host, port) = (&url.host, url.port);
    let place = sent.address.map(|address| format!("{address}:{port}")).unwrap_or_default();
    let mut err = if quiet || sent.address.is_none() {
        String::new()
    } else {
        format!("Connecting to {host}:{port} ({place})\n")
    };
    match &sent.ending {
        Ending::Answered { by, client, .. } => {
            let answer = answer(machine, by, &url, &client.to_string());
            if answer.status != 200 {
                err += &format!("wget: server returned error: HTTP/1.1 {} Not Found\n", answer.status);
                return Ended { err, code: 1, ..Ended::default() };
            }
            let out = if to_stdout && !spider { answer.body } else { String::new() };
            Ended { out, err, code: 0 }
        }
        Ending::NotResolved(_) => {
            Ended { err: err + &format!("wget: bad address '{host}'\n"), code: 1, ..Ended::default() }
        }
        Ending::Refused(_) => Ended {
            err: err
                + &format!(
                    "wget: can't connect to remote host ({}): Connection refused\n",
                    place.split(':').next().unwrap_or("")
                ),
            code: 1,
            ..Ended::default()
        },
        Ending::TimedOut(_) | Ending::NoClient => {
            Ended { err: err + "wget: download timed out\n", code: 1, ..Ended::default() }
        }
    }
}

/// What a server sends back.
struct Answer {
    status: u16,
    kind: &'static str,
    body: String,
}

const NGINX: &str = "<!DOCTYPE html>
<html>
<head>
<title>Welcome to nginx!</title>
<style>
html { color-scheme: light dark; }
body { width: 35em; margin: 0 auto;
font-family: Tahoma, Verdana, Arial, sans-serif; }
</style>
</head>
<body>
<h1>Welcome to nginx!</h1>
<p>If you see this page, the nginx web server is successfully installed and
working. Further configuration is required.</p>

<p>For online documentation and support please refer to
<a href=\"http://nginx.org/\">nginx.org</a>.<br/>
Commercial support is available at
<a href=\"http://nginx.com/\">nginx.com</a>.</p>

<p><em>Thank you for using nginx.</em></p>
</body>
</html>
";

/// What the process answers, by its image. Images that are not known say who they are.
fn answer(machine: &Machine<'_>, by: &Process, url: &Url, client: &str) -> Answer {
    let plain = |body: String| Answer { status: 200, kind: "text/plain; charset=utf-8", body };
    let html = |body: &str| Answer { status: 200, kind: "text/html", body: body.to_owned() };
    let Process::Container { pod, name } = by else {
        let body = "Client sent an HTTP request to an HTTPS server.\n".to_owned();
        return if url.secure { plain("ok\n".to_owned()) } else { Answer { status: 400, ..plain(body) } };
    };
    let found = machine.cluster.store().find(ResourceId::PODS, &pod.namespace, &pod.name);
    let container =
        found.and_then(|object| object.items("spec.containers").iter().find(|one| one.text("name") == name));
    let image = container.map_or("", |container| container.text("image"));
    let image = image.split('@').next().unwrap_or("").rsplit('/').next().unwrap_or("");
    let (image, tag) = image.split_once(':').unwrap_or((image, "latest"));
    let (pod, address) = (&pod.name, found.map_or("", |object| object.text("status.podIP")));
    match image {
        "nginx" if url.path == "/" => html(NGINX),
        "httpd" if url.path == "/" => html("<html><body><h1>It works!</h1></body></html>\n"),
        "nginx" | "httpd" => {
            Answer { status: 404, ..html("<html>\n<head><title>404 Not Found</title></head>\n</html>\n") }
        }
        "whoami" => plain(format!(
            "Hostname: {pod}\nIP: 127.0.0.1\nIP: {address}\nRemoteAddr: {client}\nGET {} HTTP/1.1\nHost: {}\nUser-Agent: \
             curl/8.14.1\nAccept: */*\n\n",
            url.path, url.host
        )),
        "http-echo" => {
            let args = container.map_or(&[] as &[_], |container| container.items("args"));
            let text = args
                .iter()
                .filter_map(|arg| arg.as_str())
                .find_map(|arg| arg.trim_start_matches('-').strip_prefix("text="));
            plain(format!("{}\n", text.unwrap_or("hello-world")))
        }
        "hello-app" => plain(format!("Hello, world!\nVersion: {tag}.0.0\nHostname: {pod}\n")),
        "kubernetes-bootcamp" => plain(format!("Hello Kubernetes bootcamp! | Running on: {pod} | v=1\n")),
        "go-demo-2" if url.path == "/demo/hello" => plain("hello, world!\n".to_owned()),
        "podinfo" => plain(format!("{{\n  \"hostname\": \"{pod}\",\n  \"version\": \"{tag}\"\n}}\n")),
        "echoserver" => plain(format!(
            "\n\nHostname: {pod}\n\nRequest Information:\n\tclient_address={client}\n\tmethod=GET\n\treal path={}\n",
            url.path
        )),
        _ => plain(format!("{pod}\n")),
    }
}
