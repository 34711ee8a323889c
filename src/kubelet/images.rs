//! What well-known images do: where they listen, what they print when they start, and whether they end when asked to.

/// A well-known image.
#[derive(Debug, PartialEq, Eq)]
pub struct Known {
    /// The TCP ports that it listens on.
    pub ports: &'static [u16],
    /// What it prints when it starts.
    pub greeting: &'static [&'static str],
    /// Whether its program ends on SIGTERM. A shell or `sleep` as the first process does not.
    pub heeds_term: bool,
}

const fn server(ports: &'static [u16], greeting: &'static [&'static str]) -> Known {
    Known { ports, greeting, heeds_term: true }
}

const KNOWN: &[(&[&str], Known)] = &[
    (
        &["nginx", "hello"],
        server(
            &[80],
            &[
                "/docker-entrypoint.sh: Configuration complete; ready for start up",
                "[notice] 1#1: using the \"epoll\" event method",
                "[notice] 1#1: start worker processes",
            ],
        ),
    ),
    (&["httpd"], server(&[80], &["AH00094: Command line: 'httpd -D FOREGROUND'"])),
    (&["caddy"], server(&[80], &["{\"level\":\"info\",\"msg\":\"serving initial configuration\"}"])),
    (&["whoami"], server(&[80], &["Starting up on port 80"])),
    (&["redis"], server(&[6379], &["* Ready to accept connections tcp"])),
    (&["postgres"], server(&[5432], &["LOG:  database system is ready to accept connections"])),
    (&["mysql"], server(&[3306], &["[System] [Server] /usr/sbin/mysqld: ready for connections. port: 3306"])),
    (&["mongo"], server(&[27017, 28017], &["[initandlisten] waiting for connections on port 27017"])),
    (&["go-demo-2"], server(&[8080], &["Starting the application"])),
    (&["http-echo"], server(&[5678], &["[INFO] server is listening on :5678"])),
    (&["echoserver"], server(&[8080], &["Generating self-signed cert", "Starting nginx"])),
    (&["hello-app"], server(&[8080], &["Server listening on port 8080"])),
    (&["kubernetes-bootcamp"], server(&[8080], &["Kubernetes Bootcamp App Started At: now | Running On: this pod"])),
    (&["serve_hostname", "serve-hostname"], server(&[9376], &["Serving on port 9376."])),
    (&["podinfo"], server(&[9898], &["{\"level\":\"info\",\"msg\":\"Starting HTTP Server.\",\"addr\":\":9898\"}"])),
    (&["pause"], server(&[], &[])),
    (&["busybox", "alpine"], Known { ports: &[], greeting: &[], heeds_term: false }),
];

/// What is known of an image, by the last part of its name without tag and digest.
pub fn known(image: &str) -> Option<&'static Known> {
    let name = short_name(image);
    KNOWN.iter().find(|(names, _)| names.contains(&name)).map(|(_, known)| known)
}

/// Whether an image runs a shell where nothing else is said: without input it ends at once.
pub fn is_shell(image: &str) -> bool {
    matches!(short_name(image), "busybox" | "alpine" | "debian" | "ubuntu" | "netshoot")
}

/// Whether an image is known to run as root.
pub fn runs_as_root(image: &str) -> bool {
    is_shell(image)
        || matches!(
            short_name(image),
            "nginx" | "httpd" | "caddy" | "redis" | "postgres" | "mysql" | "mongo" | "go-demo-2"
        )
}

/// `nginx` of `docker.io/library/nginx:1.27@sha256:...`.
pub(super) fn short_name(image: &str) -> &str {
    let path = image.split_once('@').map_or(image, |(path, _)| path);
    let last = path.rsplit_once('/').map_or(path, |(_, last)| last);
    last.split_once(':').map_or(last, |(name, _)| name)
}

/// The image's full name, as the container runtime reports it.
pub fn full_name(image: &str) -> String {
    let has_registry = image
        .split_once('/')
        .is_some_and(|(first, _)| first.contains('.') || first.contains(':') || first == "localhost");
    let mut full = match (has_registry, image.contains('/')) {
        (true, _) => image.to_owned(),
        (false, true) => format!("docker.io/{image}"),
        (false, false) => format!("docker.io/library/{image}"),
    };
    if is_latest(image) && !image.ends_with(":latest") {
        full.push_str(":latest");
    }
    full
}

/// Whether the image's tag is `latest`, said or not.
fn is_latest(image: &str) -> bool {
    let last = image.rsplit_once('/').map_or(image, |(_, last)| last);
    !image.contains('@') && last.split_once(':').is_none_or(|(_, tag)| tag == "latest")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_known_by_their_last_name() {
        let ports = |image| known(image).map(|known| known.ports);
        assert_eq!(ports("nginx"), Some(&[80][..]));
        assert_eq!(ports("docker.io/library/nginx:1.27@sha256:aaaa"), Some(&[80][..]));
        assert_eq!(ports("localhost:5000/redis:7"), Some(&[6379][..]));
        assert_eq!(ports("vfarcic/go-demo-2"), Some(&[8080][..]));
        assert_eq!(ports("mongo:3.3"), Some(&[27017, 28017][..]));
        assert_eq!(ports("example/web"), None);
    }

    #[test]
    fn the_runtime_spells_names_out() {
        assert_eq!(full_name("nginx"), "docker.io/library/nginx:latest");
        assert_eq!(full_name("nginx:1.27"), "docker.io/library/nginx:1.27");
        assert_eq!(full_name("a/b"), "docker.io/a/b:latest");
        assert_eq!(full_name("ghcr.io/a/b:1"), "ghcr.io/a/b:1");
    }
}
