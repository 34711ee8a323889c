//! URLs, and what well-known images answer to them.

use super::apiserver;
use super::site::{self, Found};
use crate::api::{Fields, ResourceId};
use crate::cluster::{Cluster, Process};
use crate::kubelet::Sim;
use crate::order::Order;
use crate::store::Key;
use std::net::IpAddr;

/// What a URL says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Url {
    /// `https`.
    pub secure: bool,
    /// The host.
    pub host: String,
    /// The port, said or not.
    pub port: u16,
    /// The path with its query.
    pub path: String,
}

impl Url {
    /// Takes a URL apart; `None` for other protocols and what is none.
    pub fn parse(text: &str) -> Option<Url> {
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

    /// Host and port as a `Host` header has them: without the usual port.
    pub fn place(&self) -> String {
        let usual = if self.secure { 443 } else { 80 };
        if self.port == usual { self.host.clone() } else { format!("{}:{}", self.host, self.port) }
    }
}

/// What a server is asked.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The URL.
    pub url: Url,
    /// The method.
    pub method: String,
    /// The headers, in order.
    pub headers: Vec<(String, String)>,
}

/// What a server sends back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Over HTTP.
    Plain(Page),
    /// Over HTTPS, by a certificate of the cluster's own authority.
    Secure(Page),
    /// It speaks another protocol, and hangs up.
    Nothing,
}

/// An answer over HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Its status.
    pub status: u16,
    /// The server's name for itself; empty where it does not tell.
    pub server: &'static str,
    /// The content's type.
    pub kind: &'static str,
    /// More headers, each with its line end.
    pub more: String,
    /// The content.
    pub body: String,
}

impl Page {
    /// `200 OK`
    pub fn status_text(&self) -> String {
        let text = match self.status {
            200 => "OK",
            400 => "Bad Request",
            401 => "Unauthorized",
            403 => "Forbidden",
            404 => "Not Found",
            429 => "Too Many Requests",
            500 => "Internal Server Error",
            502 => "Bad Gateway",
            504 => "Gateway Timeout",
            _ => "Service Unavailable",
        };
        format!("{} {text}", self.status)
    }

    /// The status and the headers, with the empty line behind them.
    pub fn head(&self) -> String {
        let server = if self.server.is_empty() { String::new() } else { format!("Server: {}\r\n", self.server) };
        format!(
            "HTTP/1.1 {}\r\n{server}Content-Type: {}\r\n{}Content-Length: {}\r\n\r\n",
            self.status_text(),
            self.kind,
            self.more,
            self.body.len()
        )
    }
}

const NGINX_404: &str = "<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n<center><h1>404 Not \
                         Found</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";
const NGINX_403: &str = "<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body>\r\n<center><h1>403 \
                         Forbidden</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";
const HTTPD_404: &str = "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n<html><head>\n<title>404 Not \
                         Found</title>\n</head><body>\n<h1>Not Found</h1>\n<p>The requested URL was not found on this \
                         server.</p>\n</body></html>\n";

/// What the process answers, by its image. Images that are not known say who they are.
pub fn answer(cluster: &Cluster, by: &Process, client: IpAddr, asked: &Asked) -> Answer {
    let page = |status: u16, server: &'static str, kind: &'static str, body: String| Page {
        status,
        server,
        kind,
        more: String::new(),
        body,
    };
    let plain = |body: String| Answer::Plain(page(200, "", "text/plain; charset=utf-8", body));
    let url = &asked.url;
    let path = url.path.split('?').next().unwrap_or("");
    let (pod, name) = match by {
        Process::Container { pod, name } => (pod, name),
        Process::ApiServer => return apiserver::answer(asked),
        Process::KubeProxy { node } => return Answer::Plain(kube_proxy(cluster, node, path)),
        Process::HealthCheck { service, local_endpoints } => {
            return Answer::Plain(health_check(service, *local_endpoints));
        }
    };
    let found = cluster.store().find(ResourceId::PODS, &pod.namespace, &pod.name);
    if let Some(status) = found.and_then(|object| Sim::of(object).status).filter(|status| *status != 200) {
        let page = page(status, "", "text/plain; charset=utf-8", String::new());
        return Answer::Plain(Page { body: page.status_text() + "\n", ..page });
    }
    let container =
        found.and_then(|object| object.items("spec.containers").iter().find(|one| one.text("name") == name));
    let image = container.map_or("", |container| container.text("image"));
    let given = found.and_then(|object| site::give_out(cluster, object, name, image, path));
    let image = image.split('@').next().unwrap_or("").rsplit('/').next().unwrap_or("");
    let (image, tag) = image.split_once(':').unwrap_or((image, "latest"));
    let (pod, address) = (&pod.name, found.map_or("", |object| object.text("status.podIP")));
    let version = if tag.starts_with(|c: char| c.is_ascii_digit()) { tag } else { "1.0.0" };
    match image {
        "nginx" => Answer::Plain(match given {
            Some(Found::Page(body, kind)) => page(200, "nginx", kind, body),
            Some(Found::Folder) => page(403, "nginx", "text/html", NGINX_403.to_owned()),
            _ => page(404, "nginx", "text/html", NGINX_404.to_owned()),
        }),
        "httpd" => Answer::Plain(match given {
            Some(Found::Page(body, kind)) => page(200, "Apache", kind, body),
            _ => page(404, "Apache", "text/html; charset=iso-8859-1", HTTPD_404.to_owned()),
        }),
        "whoami" => {
            let headers =
                asked.headers.iter().fold(String::new(), |text, (name, value)| text + name + ": " + value + "\n");
            plain(format!(
                "Hostname: {pod}\nIP: 127.0.0.1\nIP: ::1\nIP: {address}\nRemoteAddr: {client}:40000\n{} {} HTTP/1.1\n{headers}\n",
                asked.method, url.path
            ))
        }
        "http-echo" => {
            let args = container.map_or(&[] as &[_], |container| container.items("args"));
            let text = args
                .iter()
                .filter_map(|arg| arg.as_str())
                .find_map(|arg| arg.trim_start_matches('-').strip_prefix("text="));
            plain(format!("{}\n", text.unwrap_or("hello-world")))
        }
        "hello-app" => {
            plain(format!("Hello, world!\nVersion: {version}.0.0\nHostname: {pod}\n").replace(".0.0.0.0", ".0.0"))
        }
        "kubernetes-bootcamp" => plain(format!("Hello Kubernetes bootcamp! | Running on: {pod} | v=1\n")),
        "go-demo-2" if path == "/demo/hello" => plain("hello, world!\n".to_owned()),
        "serve_hostname" | "serve-hostname" => plain(pod.clone()),
        "agnhost" => match path {
            "/clientip" => plain(format!("{client}:40000")),
            "/" => plain("NOW: simulated".to_owned()),
            "/echo" => plain(
                url.path.split_once("msg=").map_or("", |(_, text)| text.split('&').next().unwrap_or("")).to_owned(),
            ),
            _ => plain(pod.clone()),
        },
        "podinfo" => Answer::Plain(page(
            200,
            "",
            "application/json; charset=utf-8",
            format!("{{\n  \"hostname\": \"{pod}\",\n  \"version\": \"{tag}\"\n}}\n"),
        )),
        "echoserver" => plain(echo(pod, client, asked, tag)),
        "redis" | "postgres" | "mysql" | "mariadb" => Answer::Nothing,
        "mongo" => {
            plain("It looks like you are trying to access MongoDB over HTTP on the native driver port.\r\n".to_owned())
        }
        _ => plain(format!("{pod}\n")),
    }
}

/// What echoserver tells of a request; versions before 1.9 tell it in another form.
fn echo(pod: &str, client: IpAddr, asked: &Asked, tag: &str) -> String {
    let url = &asked.url;
    let (path, query) = url.path.split_once('?').unwrap_or((&url.path, ""));
    let mut headers: Vec<String> =
        asked.headers.iter().map(|(name, value)| format!("{}={value}\n", name.to_ascii_lowercase())).collect();
    headers.order();
    let is_old = matches!(tag, "1.0" | "1.1" | "1.2" | "1.3" | "1.4" | "1.5" | "1.6" | "1.7" | "1.8");
    if is_old {
        let query = if query.is_empty() { "nil" } else { query };
        return format!(
            "CLIENT VALUES:\nclient_address={client}\ncommand={}\nreal path={path}\nquery={query}\nrequest_version=1.1\n\
             request_uri=http://{}:8080{}\n\nSERVER VALUES:\nserver_version=nginx: 1.10.0 - lua: 10001\n\nHEADERS RECEIVED:\n{}BODY:\n\
             -no body in request-",
            asked.method,
            url.host,
            url.path,
            headers.concat()
        );
    }
    let headers: String = headers.iter().flat_map(|header| ["\t", header]).collect();
    format!(
        "\n\nHostname: {pod}\n\nPod Information:\n\t-no pod information available-\n\nServer values:\n\tserver_version=nginx: 1.13.3 - \
         lua: 10008\n\nRequest Information:\n\tclient_address={client}\n\tmethod={}\n\treal path={path}\n\tquery={query}\n\t\
         request_version=1.1\n\trequest_scheme=http\n\trequest_uri=http://{}:8080{}\n\nRequest Headers:\n{headers}\nRequest Body:\n\t-no body \
         in request-\n\n",
        asked.method, url.host, url.path
    )
}

/// kube-proxy, to its own node. Models cmd/kube-proxy/app serveMetrics.
fn kube_proxy(cluster: &Cluster, node: &str, path: &str) -> Page {
    let proxy = cluster.proxies().iter().find(|proxy| proxy.settings().node == node);
    let mode = proxy.map_or(String::new(), |proxy| proxy.settings().mode.name());
    let (status, body) = match path {
        "/proxyMode" => (200, mode.split(' ').next().unwrap_or("").to_owned()),
        "/healthz" => (200, "ok".to_owned()),
        _ => (404, "404 page not found\n".to_owned()),
    };
    let more = "X-Content-Type-Options: nosniff\r\n".to_owned();
    Page { status, server: "", kind: "text/plain; charset=utf-8", more, body }
}

/// kube-proxy, to a load balancer that asks whether to send a Service's traffic to its node. Models
/// pkg/proxy/healthcheck/service_health.go.
fn health_check(service: &Key, local_endpoints: usize) -> Page {
    let (namespace, name) = (&service.namespace, &service.name);
    Page {
        status: if local_endpoints > 0 { 200 } else { 503 },
        server: "",
        kind: "application/json",
        more: format!("X-Content-Type-Options: nosniff\r\nX-Load-Balancing-Endpoint-Weight: {local_endpoints}\r\n"),
        body: format!(
            "{{\n\t\"service\": {{\n\t\t\"namespace\": \"{namespace}\",\n\t\t\"name\": \"{name}\"\n\t}},\n\t\"localEndpoints\": \
             {local_endpoints},\n\t\"serviceProxyHealthy\": true\n}}"
        ),
    }
}
