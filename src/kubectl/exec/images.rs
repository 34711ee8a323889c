//! Which programs an image has, and in which make.

use crate::order::Order;

/// Whose programs an image has: their texts differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Make {
    /// busybox, and alpine, which is built on it.
    Busybox,
    /// GNU's and iproute2's, as in Debian.
    Debian,
    /// busybox, with the full tools for networks besides it.
    Toolbox,
}

/// What an image has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Image {
    /// In which make.
    pub make: Make,
    programs: &'static [&'static [&'static str]],
}

impl Image {
    /// Whether there is a program of this name.
    pub fn has(&self, program: &str) -> bool {
        self.programs.iter().any(|names| names.contains(&program))
    }

    /// Its programs, sorted.
    pub fn programs(&self) -> Vec<&'static str> {
        let mut all: Vec<&str> = self.programs.iter().flat_map(|names| names.iter().copied()).collect();
        all.order();
        all.dedup();
        all
    }

    /// What the container's image has, by its name.
    pub fn of(image: &str) -> Image {
        let path = image.split('@').next().unwrap_or("");
        let (name, tag) = match path.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, tag),
            _ => (path, ""),
        };
        let last = name.rsplit('/').next().unwrap_or(name);
        let is = |names: &[&str]| names.contains(&last);
        if name.contains("distroless") || is(SHELL_LESS) {
            return NOTHING;
        }
        let (make, programs): (Make, &'static [&'static [&'static str]]) = if tag.contains("alpine") {
            (Make::Busybox, if is(&["nginx"]) { &[BASE, BUSYBOX, ALPINE, CURL] } else { &[BASE, BUSYBOX, ALPINE] })
        } else if is(&["busybox"]) {
            (Make::Busybox, &[BASE, BUSYBOX])
        } else if is(&["alpine", "go-demo-2", "caddy"]) {
            (Make::Busybox, &[BASE, BUSYBOX, ALPINE])
        } else if is(&["curl", "podinfo"]) {
            (Make::Busybox, &[BASE, BUSYBOX, ALPINE, CURL])
        } else if is(&["agnhost"]) {
            (Make::Toolbox, &[BASE, BUSYBOX, ALPINE, CURL, BIND, BASH])
        } else if is(&["jessie-dnsutils", "dnsutils"]) {
            (Make::Debian, &[BASE, DEBIAN, BASH, BIND])
        } else if is(&["nginx", "kubernetes-bootcamp", "hello"]) {
            (Make::Debian, &[BASE, DEBIAN, BASH, CURL])
        } else if is(&["debian", "ubuntu", "httpd", "redis", "postgres", "mysql", "mongo", "mariadb", "echoserver"]) {
            (Make::Debian, &[BASE, DEBIAN, BASH])
        } else if is(&["kube-proxy"]) {
            (Make::Debian, &[&["sh", "iptables-save", "iptables", "nft", "conntrack", "true", "ls", "cat"]])
        } else {
            // netshoot, and images that are not known: nothing is gained by hiding programs from the reader.
            (Make::Toolbox, &[BASE, BUSYBOX, ALPINE, CURL, BIND, BASH, NODE])
        };
        Image { make, programs }
    }

    /// What a node has, behind `chroot /host`.
    pub const NODE: Image = Image { make: Make::Debian, programs: &[BASE, DEBIAN, BASH, CURL, NODE, IPROUTE] };
}

/// The shell that an image runs where nothing else is said; `None` for servers.
pub fn usual_shell(image: &str) -> Option<&'static str> {
    let known = Image::of(image);
    let name = image.rsplit('/').next().unwrap_or("").split([':', '@']).next().unwrap_or("");
    match name {
        "busybox" | "alpine" => Some("sh"),
        "debian" | "ubuntu" | "netshoot" | "jessie-dnsutils" | "dnsutils" if known.has("bash") => Some("bash"),
        _ => None,
    }
}

const NOTHING: Image = Image { make: Make::Debian, programs: &[] };

/// Images that are nothing but their program.
const SHELL_LESS: &[&str] = &[
    "pause",
    "http-echo",
    "whoami",
    "coredns",
    "hello-app",
    "etcd",
    "scratch",
    "serve_hostname",
    "serve-hostname",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "hello-world",
];

const BASE: &[&str] = &[
    "sh", "env", "printenv", "hostname", "cat", "ls", "sleep", "date", "id", "whoami", "uname", "nproc", "pwd",
    "clear", "true", "false", "echo", "printf", "grep", "egrep", "head", "tail", "sort", "uniq", "wc", "seq", "cut",
    "tr", "awk", "sed", "xargs", "tac", "rev", "test", "[", "basename", "tee", "nl", "timeout", "chroot", "touch",
    "mkdir", "rm", "which", "command", "type", "time",
];
const BUSYBOX: &[&str] = &[
    "ash", "kill", "wget", "nc", "ping", "ip", "ifconfig", "nslookup", "ps", "telnet", "route", "less", "more", "watch",
];
const ALPINE: &[&str] = &["getent"];
const DEBIAN: &[&str] = &["getent", "dash"];
const CURL: &[&str] = &["curl"];
const BIND: &[&str] = &["dig", "host", "nslookup"];
const BASH: &[&str] = &["bash"];
const IPROUTE: &[&str] = &["ip", "ping", "ps", "watch"];
const NODE: &[&str] = &["iptables-save", "iptables", "nft", "conntrack", "ipvsadm", "jq"];
