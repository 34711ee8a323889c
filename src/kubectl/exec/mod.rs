//! Programs that `kubectl exec` runs in a container, with the texts of the usual tools.
//!
//! A [`Machine`] is a container seen from inside: its environment, its files, its network. Programs are small: they
//! know the options that are of use around Services. Requests go through [`Cluster::send`] and take virtual time.

mod files;
mod http;
mod names;
mod net;
mod place;
mod shell;
mod text;

use crate::api::{Fields, Object};
use crate::cluster::{Cluster, Source};
use crate::store::Key;
use std::sync::Arc;
use std::time::Duration;

/// Output beyond this is cut.
const MOST: usize = 256 * 1024;
/// A command that takes longer than this is ended.
const LONGEST: Duration = Duration::from_secs(600);

/// What a program printed, and how it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
    /// The exit code.
    pub code: i32,
}

impl Ended {
    /// Success with this output.
    pub fn ok(out: impl Into<String>) -> Ended {
        Ended { out: out.into(), ..Ended::default() }
    }

    /// Failure with this line on standard error.
    pub fn fail(code: i32, err: impl Into<String>) -> Ended {
        Ended { err: err.into() + "\n", code, ..Ended::default() }
    }
}

/// A container seen from inside.
pub struct Machine<'a> {
    cluster: &'a mut Cluster,
    pod: Arc<Object>,
    container: String,
    env: Vec<(String, String)>,
    spent: Duration,
}

impl<'a> Machine<'a> {
    /// The container of this name, with the environment that it was started with.
    pub fn new(cluster: &'a mut Cluster, pod: &Arc<Object>, container: &str) -> Machine<'a> {
        let key = Key::of(crate::api::ResourceId::PODS, pod);
        let mut env = vec![
            ("PATH".to_owned(), "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".to_owned()),
            ("HOSTNAME".to_owned(), crate::kubelet::hostname(pod)),
        ];
        let found = cluster.kubelets().iter().find_map(|kubelet| kubelet.container(&key, container));
        if let Some(start) = found.and_then(|container| container.start.as_ref()) {
            env.extend(start.env.iter().map(|(name, value)| (name.to_owned(), value.to_owned())));
        }
        env.push(("HOME".to_owned(), "/root".to_owned()));
        Machine { cluster, pod: pod.clone(), container: container.to_owned(), env, spent: Duration::ZERO }
    }

    /// Runs a program by its words, as the container runtime starts it: without a shell.
    pub fn run(&mut self, words: &[String], input: &str) -> Ended {
        let Some((program, args)) = words.split_first() else { return Ended::default() };
        let name = program.rsplit('/').next().unwrap_or(program);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let mut ended = match name {
            "sh" | "bash" | "ash" => shell::program(self, &args),
            "curl" => http::curl(self, &args),
            "wget" => http::wget(self, &args),
            "nc" | "ncat" => net::nc(self, &args),
            "ping" => net::ping(self, &args),
            "ip" => net::ip(self, &args),
            "nslookup" => names::nslookup(self, &args),
            "dig" => names::dig(self, &args),
            "host" => names::host(self, &args),
            "getent" => names::getent(self, &args),
            "env" | "printenv" => place::env(self, name, &args),
            "hostname" => place::hostname(self, &args),
            "cat" => files::cat(self, &args, input),
            "ls" => files::ls(self, &args),
            "sleep" => place::sleep(self, &args),
            "date" => place::date(self),
            "ps" => place::ps(self),
            "id" => Ended::ok("uid=0(root) gid=0(root) groups=0(root)\n"),
            "whoami" => Ended::ok("root\n"),
            "uname" => place::uname(self, &args),
            "nproc" => Ended::ok("8\n"),
            "pwd" => Ended::ok("/\n"),
            "clear" | "true" | ":" => Ended::default(),
            "false" => Ended { code: 1, ..Ended::default() },
            _ => match text::program(name, &args, input) {
                Some(text::Done::Ended(ended)) => ended,
                Some(text::Done::Each(commands)) => self.run_each(&commands),
                None => Ended::fail(
                    127,
                    format!(
                        "OCI runtime exec failed: exec failed: unable to start container process: exec: {program:?}: \
                         executable file not found in $PATH: unknown"
                    ),
                ),
            },
        };
        cut(&mut ended.out);
        ended
    }

    /// Runs several commands, one after the other (`xargs`).
    fn run_each(&mut self, commands: &[Vec<String>]) -> Ended {
        let mut all = Ended::default();
        for words in commands {
            let ended = self.run(words, "");
            all.out += &ended.out;
            all.err += &ended.err;
            all.code = if ended.code == 0 { all.code } else { 123 };
        }
        all
    }

    /// Whether `name` is a program that [`Machine::run`] knows; the others are not found.
    fn knows(name: &str) -> bool {
        const OWN: [&str; 31] = [
            "sh", "bash", "ash", "curl", "wget", "nc", "ncat", "ping", "ip", "nslookup", "dig", "host", "getent",
            "env", "printenv", "hostname", "cat", "ls", "sleep", "date", "ps", "id", "whoami", "uname", "nproc", "pwd",
            "clear", "true", ":", "false", "echo",
        ];
        let name = name.rsplit('/').next().unwrap_or(name);
        OWN.contains(&name) || text::PROGRAMS.contains(&name)
    }

    /// Who sends this container's requests.
    fn source(&self) -> Source {
        Source::Pod(Key::of(crate::api::ResourceId::PODS, &self.pod))
    }

    /// The pod's address.
    fn address(&self) -> &str {
        self.pod.text("status.podIP")
    }

    /// Lets time pass; `false` once the command has taken too long.
    fn spend(&mut self, time: Duration) -> bool {
        let left = LONGEST.saturating_sub(self.spent);
        let time = time.min(left);
        self.spent += time;
        self.cluster.run_for(time);
        !left.is_zero()
    }

    /// A variable's value.
    fn variable(&self, name: &str) -> Option<&str> {
        self.env.iter().rev().find(|(one, _)| one == name).map(|(_, value)| value.as_str())
    }
}

/// Says where long output was cut.
fn cut(text: &mut String) {
    if text.len() > MOST {
        let mut end = MOST;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text.push_str("\n[the playground shows no more than 256 KiB]\n");
    }
}

/// Runs one of the programs that only change text, as the terminal's own pipes do; `None` for an unknown one.
pub fn filter(words: &[String], input: &str) -> Option<Ended> {
    let (program, args) = words.split_first()?;
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    if program == "cat" && args.is_empty() {
        return Some(Ended::ok(input));
    }
    match text::program(program, &args, input)? {
        text::Done::Ended(ended) => Some(ended),
        text::Done::Each(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::cluster::{Cluster, Settings};
    use crate::kubectl::Terminal;
    use expect_test::{Expect, expect};
    use std::collections::BTreeMap;
    use std::time::Duration;

    const FILE: &str = "
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {clusterIP: 10.96.0.50, selector: {app: web}, ports: [{port: 80, targetPort: 5678}]}
---
apiVersion: v1
kind: Pod
metadata: {name: a, labels: {app: web}}
spec: {nodeName: node1, containers: [{name: c, image: hashicorp/http-echo, args: ['-text=hi']}]}
---
apiVersion: v1
kind: Pod
metadata: {name: client}
spec: {nodeName: node1, containers: [{name: c, image: busybox, env: [{name: A, value: '1'}]}]}
";

    fn play(lines: &[&str], settings: Settings) -> String {
        let mut cluster = Cluster::new(settings);
        let mut terminal = Terminal::new(BTreeMap::from([("f.yaml".to_owned(), FILE.to_owned())]));
        cluster.run_for(Duration::from_secs(20));
        terminal.run(&mut cluster, "kubectl apply -f f.yaml");
        cluster.run_for(Duration::from_secs(20));
        let mut text = String::new();
        for line in lines {
            let output = terminal.run(&mut cluster, line);
            text += &format!("$ {line}\n{}{}", output.stdout, output.stderr);
        }
        text
    }

    fn check(lines: &[&str], expected: &Expect) {
        expected.assert_eq(&play(lines, Settings::recorded(1)));
    }

    #[test]
    fn shells_know_lists_loops_and_pipes() {
        check(
            &[
                "kubectl exec client -- sh -c 'echo $A; false || echo \"no $A\"; true && echo yes'",
                "kubectl exec client -- sh -c 'for i in $(seq 3); do echo n$i; done | tail -n 2'",
                "kubectl exec client -- sh -c 'nope; echo $?; ls /nope 2>/dev/null; echo ${B:-none}'",
                "kubectl exec client -- sh -c 'if [ $A = 1 ]; then echo one; else echo other; fi; echo x >/dev/null'",
                "kubectl exec client -- sh -c 'exit 3'",
                "kubectl exec client -- nope",
                "kubectl exec client",
                "kubectl exec gone -- true",
                "kubectl exec client -- printenv WEB_SERVICE_HOST A",
            ],
            &expect![[r#"
                $ kubectl exec client -- sh -c 'echo $A; false || echo "no $A"; true && echo yes'
                1
                no 1
                yes
                $ kubectl exec client -- sh -c 'for i in $(seq 3); do echo n$i; done | tail -n 2'
                n2
                n3
                $ kubectl exec client -- sh -c 'nope; echo $?; ls /nope 2>/dev/null; echo ${B:-none}'
                127
                none
                sh: nope: not found
                $ kubectl exec client -- sh -c 'if [ $A = 1 ]; then echo one; else echo other; fi; echo x >/dev/null'
                one
                $ kubectl exec client -- sh -c 'exit 3'
                command terminated with exit code 3
                $ kubectl exec client -- nope
                OCI runtime exec failed: exec failed: unable to start container process: exec: "nope": executable file not found in $PATH: unknown
                command terminated with exit code 127
                $ kubectl exec client
                error: you must specify at least one command for the container
                $ kubectl exec gone -- true
                Error from server (NotFound): pods "gone" not found
                $ kubectl exec client -- printenv WEB_SERVICE_HOST A
                10.96.0.50
                1
            "#]],
        );
    }

    #[test]
    fn requests_say_how_they_ended() {
        check(
            &[
                "kubectl exec client -- curl -s 10.96.0.50",
                "kubectl exec client -- curl -sS -m 1 10.96.0.50:81",
                "kubectl exec client -- curl -sS -m 1 http://10.96.9.9/",
                "kubectl exec client -- curl -s -o /dev/null -w '%{http_code}\\n' 10.96.0.50",
                "kubectl exec client -- wget -qO- 10.96.0.50",
                "kubectl exec client -- nc -zv 10.96.0.50 80",
                "kubectl exec client -- cat /etc/resolv.conf",
                "kubectl get svc web -o yaml | grep clusterIP: | awk '{print $2}'",
            ],
            &expect![[r"
                $ kubectl exec client -- curl -s 10.96.0.50
                hi
                $ kubectl exec client -- curl -sS -m 1 10.96.0.50:81
                curl: (28) Connection timed out after 1000 milliseconds
                command terminated with exit code 28
                $ kubectl exec client -- curl -sS -m 1 http://10.96.9.9/
                curl: (28) Connection timed out after 1000 milliseconds
                command terminated with exit code 28
                $ kubectl exec client -- curl -s -o /dev/null -w '%{http_code}\n' 10.96.0.50
                200
                $ kubectl exec client -- wget -qO- 10.96.0.50
                hi
                $ kubectl exec client -- nc -zv 10.96.0.50 80
                10.96.0.50 (10.96.0.50:80) open
                $ kubectl exec client -- cat /etc/resolv.conf
                search default.svc.cluster.local svc.cluster.local cluster.local
                nameserver 10.96.0.10
                options ndots:5
                $ kubectl get svc web -o yaml | grep clusterIP: | awk '{print $2}'
                10.96.0.50
            "]],
        );
    }
}
