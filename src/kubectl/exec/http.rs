//! curl and wget.

use super::answers::{Answer, Asked, Url, answer};
use super::curl::Told;
use super::files;
use super::images::Make;
use super::machine::Machine;
use super::net::USUAL_PATIENCE;
use super::shell::Programs;
use super::stream::Io;
use super::world::{Ended, World};
use crate::cluster::{Call, Connection, Ending, Sent, Source};
use std::net::Ipv4Addr;
use std::time::Duration;

/// The version that the images of today have.
const AGENT: &str = "curl/8.14.1";

/// Who sends: a container, or the reader's machine outside of the cluster.
pub struct Client<'a> {
    /// The world.
    pub world: &'a World,
    /// Where the requests come from.
    pub source: Source,
    /// Its address.
    pub address: String,
    /// Where files are written.
    pub programs: &'a dyn Programs,
}

/// How a request went, as curl counts it.
struct Went {
    sent: Sent,
    took: Duration,
    answer: Option<Answer>,
    failure: Option<(i32, String)>,
    new: bool,
}

/// `curl [options] URL...`: requests of one call share connections.
pub async fn curl(client: &Client<'_>, args: &[&str], io: &Io) -> i32 {
    let told = match Told::parse(args) {
        Ok(told) => told,
        Err(ended) => return ended.print(io),
    };
    let mut code = 0;
    let mut kept: Vec<(String, u16, u16)> = Vec::new();
    for (at, text) in told.urls.iter().enumerate() {
        // `telnet://HOST:PORT` connects and, with nothing to send, ends.
        let only_connects = text.strip_prefix("telnet://");
        let Some(url) = Url::parse(only_connects.unwrap_or(text)) else {
            let why = match text.split_once("://") {
                Some((scheme, _)) if !matches!(scheme, "http" | "https") => {
                    code = 1;
                    format!("(1) Protocol \"{scheme}\" not supported")
                }
                _ => {
                    code = 3;
                    "(3) URL rejected: Malformed input to a URL function".to_owned()
                }
            };
            if told.tells_errors() {
                io.err.write(&format!("curl: {why}\n"));
            }
            continue;
        };
        let reused = kept.iter().find(|(name, port, _)| *name == url.host && *port == url.port).map(|one| one.2);
        let connection = match reused {
            Some(source) => Connection::Reuse(source),
            None if told.urls.len() > 1 => Connection::Keep,
            None => Connection::New,
        };
        let went = request(client, &told, &url, connection).await;
        if went.answer.is_some() && connection == Connection::Keep {
            kept.push((url.host.clone(), url.port, went.sent.source_port));
        }
        code = match (only_connects, &went.sent.ending) {
            (Some(_), Ending::Answered { .. } | Ending::TooSlow(_)) => {
                if told.verbose {
                    let address = went.sent.address.map(|address| address.to_string()).unwrap_or_default();
                    let mut lines = tries(&url, &went, &address);
                    lines.push(format!("* Connected to {} ({address}) port {}", url.host, url.port));
                    io.err.write(&(lines.join("\n") + "\n"));
                }
                0
            }
            _ => report(client, &told, &url, &went, at, io),
        };
        if code != 0 && told.fail_early {
            break;
        }
    }
    code
}

/// Sends one request; gives how it went and what was answered. Waiting for it is the caller's.
async fn send(world: &World, call: Call, asked: Asked) -> (Sent, Option<Answer>) {
    world
        .see(move |world| {
            let is_here = call.from == Source::Outside;
            let forward = world.terminal.forward(&call.host, call.port).filter(|_| is_here).cloned();
            let mut sent = match &forward {
                Some(forward) => {
                    let through = forward.call(world.cluster);
                    world.cluster.send(&Call { traced: false, patience: call.patience, ..through })
                }
                None => world.cluster.send(&call),
            };
            let mut answer = match &sent.ending {
                Ending::Answered { by, client, .. } => Some(answer(world.cluster, by, *client, &asked)),
                _ => None,
            };
            if let Some(forward) = forward {
                // kubectl takes the connection, and closes it where the pod refuses its own.
                let refused = matches!(sent.ending, Ending::Refused(_));
                world.terminal.note_forwarded(forward.local, refused);
                sent.address = Some(Ipv4Addr::LOCALHOST.into());
                answer = answer.or(refused.then_some(Answer::Nothing));
            }
            (sent, answer)
        })
        .await
}

/// What `nc` is answered on a connection that goes where `call` says, if it sends a request over HTTP.
pub async fn raw(machine: &Machine, call: Call, text: &str) -> (Sent, String) {
    let mut lines = text.lines();
    let mut words = lines.next().unwrap_or("").split(' ');
    let (method, path) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    let is_request = matches!(method, "GET" | "HEAD" | "POST" | "PUT") && path.starts_with('/');
    let headers = lines.take_while(|line| !line.trim().is_empty()).filter_map(|line| line.split_once(':'));
    let headers = headers.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect();
    let url = Url { secure: false, host: call.host.clone(), port: call.port, path: path.to_owned() };
    let asked = Asked { url, method: method.to_owned(), headers };
    let is_head = method == "HEAD";
    let (sent, answer) = send(&machine.world, call, asked).await;
    machine.world.sleep(sent.took).await;
    let text = match answer {
        Some(Answer::Plain(page)) if is_request => page.head() + if is_head { "" } else { &page.body },
        _ => String::new(),
    };
    (sent, text)
}

/// Sends one request and waits for its end.
async fn request(client: &Client<'_>, told: &Told<'_>, url: &Url, connection: Connection) -> Went {
    let place = format!("{}:{}", url.host, url.port);
    let to = told.resolve.iter().find(|(one, _)| *one == place).map_or(&url.host, |(_, to)| to);
    let mut call = Call::new(client.source.clone(), to, url.port);
    call.traced = false;
    call.patience = [told.max_time, told.connect_time].into_iter().flatten().min().unwrap_or(USUAL_PATIENCE);
    call.connection = connection;
    let asked = Asked { url: url.clone(), method: told.method().to_owned(), headers: told.headers(url, AGENT) };
    let (sent, answer) = send(client.world, call, asked).await;
    let took = told.max_time.map_or(sent.took, |most| most.min(sent.took));
    client.world.sleep(took).await;
    let (host, port, millis) = (&url.host, url.port, took.as_millis());
    let failure = match &sent.ending {
        Ending::Answered { .. } => match &answer {
            Some(Answer::Nothing) => Some((52, "Empty reply from server".to_owned())),
            Some(Answer::Plain(_)) if url.secure => {
                Some((35, "TLS connect error: error:0A00010B:SSL routines::wrong version number".to_owned()))
            }
            Some(Answer::Secure(_)) if url.secure && !told.insecure && !told.trusts_cluster => Some((
                60,
                "SSL certificate problem: unable to get local issuer certificate\nMore details here: \
                 https://curl.se/docs/sslcerts.html\n\ncurl failed to verify the legitimacy of the server and therefore could \
                 not\nestablish a secure connection to it. To learn more about this situation and\nhow to fix it, please \
                 visit the webpage mentioned above."
                    .to_owned(),
            )),
            Some(Answer::Plain(page) | Answer::Secure(page)) if told.fail && page.status >= 400 => {
                Some((22, format!("The requested URL returned error: {}", page.status)))
            }
            _ => None,
        },
        Ending::Refused(_) if answer.is_some() => Some((52, "Empty reply from server".to_owned())),
        Ending::NotResolved(_) if told.max_time.is_some_and(|most| most < sent.took) => {
            Some((28, format!("Resolving timed out after {millis} milliseconds")))
        }
        Ending::NotResolved(_) => Some((6, format!("Could not resolve host: {host}"))),
        Ending::TooSlow(_) => Some((28, format!("Operation timed out after {millis} milliseconds with 0 bytes received"))),
        Ending::TimedOut(_) if told.max_time.is_some() || told.connect_time.is_some() => {
            Some((28, format!("Connection timed out after {millis} milliseconds")))
        }
        Ending::Refused(_) | Ending::TimedOut(_) | Ending::NoClient => Some((
            if matches!(sent.ending, Ending::Refused(_)) { 7 } else { 28 },
            format!("Failed to connect to {host} port {port} after {millis} ms: Could not connect to server"),
        )),
    };
    Went { sent, took, answer, failure, new: !matches!(connection, Connection::Reuse(_)) }
}

/// What curl prints of one request; gives its exit code.
fn report(client: &Client<'_>, told: &Told<'_>, url: &Url, went: &Went, number: usize, io: &Io) -> i32 {
    let address = went.sent.address.map(|address| address.to_string()).unwrap_or_default();
    let page = match (&went.answer, &went.failure) {
        (Some(Answer::Plain(page) | Answer::Secure(page)), None | Some((22, _))) => Some(page),
        _ => None,
    };
    if told.verbose {
        io.err.write(&verbose(client, told, url, went, number, &address));
    }
    let put = |to: Option<&str>, text: &str| match to {
        Some("-" | "/dev/stdout") | None => io.out.write(text),
        Some("/dev/null") => {}
        Some("/dev/stderr") => io.err.write(text),
        Some(file) => drop(client.programs.write(file, text, false)),
    };
    if let Some((page, to)) = page.zip(told.headers_to) {
        put(Some(to), &page.head());
    }
    let mut written = 0;
    if let Some(page) = page.filter(|_| went.failure.is_none()) {
        let mut text = String::new();
        if told.head || told.include {
            text += &page.head();
        }
        if !told.head {
            text += &page.body;
            written = page.body.len();
        }
        put(told.output, &text);
    }
    let code = went.failure.as_ref().map_or(0, |(code, _)| *code);
    if let Some((code, text)) = &went.failure
        && told.tells_errors()
    {
        io.err.write(&format!("curl: ({code}) {text}\n"));
    }
    if let Some(format) = told.write_out {
        let error = went.failure.as_ref().map_or("", |(_, text)| text.as_str());
        let seconds = |time: Duration| format!("{:.6}", time.as_secs_f64());
        let lookups: Duration = went.sent.lookups.iter().map(|lookup| lookup.took).sum();
        let answered = page.is_some();
        let connected = if answered { lookups + went.took.saturating_sub(lookups) / 4 } else { Duration::ZERO };
        let text = super::curl::written_out(format, &|name| {
            Some(match name {
                "http_code" | "response_code" => format!("{:03}", page.map_or(0, |page| page.status)),
                "time_total" => seconds(went.took),
                "time_namelookup" => seconds(lookups.min(went.took)),
                "time_connect" | "time_pretransfer" => seconds(connected),
                "time_starttransfer" => seconds(if answered { went.took } else { Duration::ZERO }),
                "time_appconnect" | "time_redirect" => seconds(Duration::ZERO),
                "remote_ip" => {
                    if answered {
                        address.clone()
                    } else {
                        String::new()
                    }
                }
                "remote_port" => {
                    if answered {
                        url.port.to_string()
                    } else {
                        "0".to_owned()
                    }
                }
                "local_ip" => {
                    if answered {
                        client.address.clone()
                    } else {
                        String::new()
                    }
                }
                "local_port" => {
                    if answered {
                        went.sent.source_port.to_string()
                    } else {
                        "0".to_owned()
                    }
                }
                "num_connects" => u8::from(answered && went.new).to_string(),
                "num_redirects" | "size_upload" | "speed_upload" | "ssl_verify_result" => "0".to_owned(),
                "size_download" => written.to_string(),
                "speed_download" => ((written as f64 / went.took.as_secs_f64().max(0.000_001)) as u64).to_string(),
                "size_header" => page.map_or(0, |page| page.head().len()).to_string(),
                "content_type" => page.map_or(String::new(), |page| page.kind.to_owned()),
                "http_version" => if answered { "1.1" } else { "0" }.to_owned(),
                "scheme" => if url.secure { "https" } else { "http" }.to_owned(),
                "method" => told.method().to_owned(),
                "url" => told.urls.get(number).copied().unwrap_or("").to_owned(),
                "url_effective" => {
                    format!("{}://{}{}", if url.secure { "https" } else { "http" }, url.place(), url.path)
                }
                "urlnum" => number.to_string(),
                "exitcode" => code.to_string(),
                "errormsg" => error.to_owned(),
                _ => return None,
            })
        });
        io.out.write(&text);
    }
    code
}

/// What `-v` tells of the way to the server.
fn tries(url: &Url, went: &Went, address: &str) -> Vec<String> {
    let (host, port) = (&url.host, url.port);
    if !went.new {
        return vec![format!("* Re-using existing http: connection with host {host}")];
    }
    let mut lines = Vec::new();
    if !went.sent.lookups.is_empty() && went.sent.address.is_some() {
        lines.push(format!("* Host {host}:{port} was resolved."));
        lines.push("* IPv6: (none)".to_owned());
        lines.push(format!("* IPv4: {address}"));
    }
    if went.sent.address.is_some() {
        lines.push(format!("*   Trying {address}:{port}..."));
    }
    lines
}

/// What `-v` tells.
fn verbose(client: &Client<'_>, told: &Told<'_>, url: &Url, went: &Went, number: usize, address: &str) -> String {
    let (host, port) = (&url.host, url.port);
    let failed = went.failure.as_ref().filter(|(code, _)| *code != 22);
    let mut lines = tries(url, went, address);
    if let Some((code, text)) = failed {
        if *code == 7 {
            let from = format!("{} port {}", client.address, went.sent.source_port);
            lines.push(format!("* connect to {address} port {port} from {from} failed: Connection refused"));
        }
        lines.push(format!("* {text}"));
        lines.push(format!("* closing connection #{number}"));
    } else if let Some(Answer::Plain(page) | Answer::Secure(page)) = &went.answer {
        if went.new {
            lines.push(format!("* Connected to {host} ({address}) port {port}"));
            lines.push("* using HTTP/1.x".to_owned());
        }
        lines.push(format!("> {} {} HTTP/1.1", told.method(), url.path));
        lines.extend(told.headers(url, AGENT).iter().map(|(name, value)| format!("> {name}: {value}")));
        lines.push("> ".to_owned());
        lines.push("* Request completely sent off".to_owned());
        lines.extend(page.head().trim_end().lines().map(|line| format!("< {line}")));
        lines.push("< ".to_owned());
        if told.fail && page.status >= 400 {
            lines.push(format!("* The requested URL returned error: {}", page.status));
        }
        let connection = if went.new { number } else { 0 };
        lines.push(format!("* Connection #{connection} to host {host} left intact"));
    }
    lines.iter().fold(String::new(), |text, line| text + line + "\n")
}

/// `wget [-q] [-O FILE] [-T SECONDS] [--spider] URL`, as busybox does it.
pub async fn wget(machine: &Machine, args: &[&str]) -> Ended {
    let (mut quiet, mut spider, mut output, mut patience, mut address) = (false, false, None, 900.0, None);
    let (mut tells_headers, mut trusts) = (false, false);
    let mut words = args.iter();
    while let Some(arg) = words.next() {
        let long = arg.strip_prefix("--").map(|option| option.split_once('=').unwrap_or((option, "")));
        match long {
            Some(("spider", _)) => spider = true,
            Some(("quiet", _)) => quiet = true,
            Some(("server-response", _)) => tells_headers = true,
            Some(("no-check-certificate", _)) => trusts = true,
            Some(("timeout", seconds)) => patience = seconds.parse().unwrap_or(patience),
            Some(("output-document", file)) => output = Some(file),
            Some(_) => {}
            None => match arg.strip_prefix('-').filter(|flags| !flags.is_empty()) {
                None => address = Some(*arg),
                Some(flags) => {
                    for (at, flag) in flags.char_indices() {
                        let rest = flags.get(at + flag.len_utf8()..).unwrap_or("");
                        if !matches!(flag, 'O' | 'T' | 't' | 'U' | 'P' | 'o') {
                            quiet |= flag == 'q';
                            tells_headers |= flag == 'S';
                            continue;
                        }
                        let value = if rest.is_empty() { words.next().copied().unwrap_or("") } else { rest };
                        match flag {
                            'O' => output = Some(value),
                            'T' => patience = value.parse().unwrap_or(patience),
                            _ => {}
                        }
                        break;
                    }
                }
            },
        }
    }
    let Some(text) = address else {
        return Ended::fail(
            1,
            "BusyBox v1.37.0 multi-call binary.\n\nUsage: wget [-cqS] [--spider] [-O FILE] [-T SEC] URL...",
        );
    };
    let Some(url) = Url::parse(text) else { return Ended::fail(1, format!("wget: not an http or ftp url: {text}")) };
    let mut call = Call::new(machine.source(), &url.host, url.port);
    call.traced = false;
    call.patience = Duration::try_from_secs_f64(patience).unwrap_or(USUAL_PATIENCE).min(USUAL_PATIENCE);
    let asked = Asked {
        url: url.clone(),
        method: if spider { "HEAD" } else { "GET" }.to_owned(),
        headers: [("Host", url.place().as_str()), ("User-Agent", "Wget"), ("Connection", "close")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
    };
    let (sent, answer) = send(&machine.world, call, asked).await;
    machine.world.sleep(sent.took).await;
    let (host, port) = (&url.host, url.port);
    let ip = sent.address.map(|address| address.to_string()).unwrap_or_default();
    let mut ended = Ended::default();
    if !quiet && sent.address.is_some() {
        ended.err = format!("Connecting to {} ({ip}:{port})\n", url.place());
    }
    if url.secure && !trusts && matches!(answer, Some(Answer::Secure(_))) {
        ended.err += "wget: note: TLS certificate validation not implemented\n";
    }
    let page = match answer {
        Some(Answer::Plain(page)) if !url.secure => Some(page),
        Some(Answer::Secure(page)) if url.secure => Some(page),
        _ => None,
    };
    if let Some(page) = page.as_ref().filter(|_| tells_headers) {
        page.head().trim_end().lines().for_each(|line| ended.err += &format!("  {line}\n"));
    }
    let fail = match (&sent.ending, page) {
        (Ending::Answered { .. }, Some(page)) => {
            if page.status >= 400 {
                format!("wget: server returned error: HTTP/1.1 {}", page.status_text())
            } else {
                let file = output.unwrap_or_else(|| match url.path.rsplit('/').next() {
                    None | Some("") => "index.html",
                    Some(name) => name,
                });
                if spider {
                    ended.err += if quiet { "" } else { "remote file exists\n" };
                } else if output.is_none() && files::has(machine, file).await {
                    ended.err += &format!("wget: can't open '{file}': File exists\n");
                    return Ended { code: 1, ..ended };
                }
                if !quiet && !spider {
                    let (shown, before, after) = if file == "-" {
                        ("-", "writing to stdout".to_owned(), "written to stdout".to_owned())
                    } else {
                        (
                            file.rsplit('/').next().unwrap_or(file),
                            format!("saving to '{file}'"),
                            format!("'{file}' saved"),
                        )
                    };
                    let bar = "*".repeat(32);
                    ended.err += &format!(
                        "{before}\n{shown:<20.20} 100% |{bar}| {:>5}  0:00:00 ETA\n{after}\n",
                        page.body.len()
                    );
                }
                if file == "-" && !spider {
                    ended.out = page.body;
                } else if !spider {
                    drop(machine.write(file, &page.body, false));
                }
                return ended;
            }
        }
        (Ending::Answered { .. }, _) => "wget: error getting response".to_owned(),
        (Ending::NotResolved(_), _) => format!("wget: bad address '{host}'"),
        (Ending::Refused(_), _) => format!("wget: can't connect to remote host ({ip}): Connection refused"),
        _ if patience < USUAL_PATIENCE.as_secs_f64() => "wget: download timed out".to_owned(),
        _ => format!("wget: can't connect to remote host ({ip}): Operation timed out"),
    };
    ended.err += &(fail + "\n");
    ended.code = if machine.image.make == Make::Debian { 8 } else { 1 };
    ended
}
