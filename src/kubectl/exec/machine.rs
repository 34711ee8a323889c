//! A container seen from inside: its environment, its files, its network, and which programs its image has.

use super::images::{Image, Make};
use super::lines::tee;
use super::ping::ping;
use super::shell::{Programs, Shell, Surroundings};
use super::stream::{Io, Stream};
use super::watch::watch;
use super::world::{Ended, Ending, World};
use super::{dig, files, http, ip, names, net, node, place, processes, site, text};
use crate::api::{Fields, Object, ResourceId};
use crate::clock::Time;
use crate::cluster::{Call, Cluster, Sent, Source};
use crate::kubelet::{Container, hex_of};
use crate::order::SortedMap;
use crate::store::Key;
use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

/// How a program ends that could not be started; no program ends so itself.
pub const NOT_STARTED: i32 = -1;

/// Why the container runtime cannot start a program. Models runc.
fn unstartable(words: &[String]) -> String {
    let program = words.first().map_or("", String::as_str);
    let why = if program.starts_with('/') {
        format!("stat {program}: no such file or directory")
    } else {
        "executable file not found in $PATH".to_owned()
    };
    format!("OCI runtime exec failed: exec failed: unable to start container process: exec: {program:?}: {why}")
}

/// A container seen from inside.
pub struct Machine {
    pub(super) world: World,
    pub(super) pod: Arc<Object>,
    pub(super) container: String,
    pub(super) image: Image,
    /// The image's name.
    pub(super) image_name: String,
    pub(super) env: RefCell<Vec<(String, String)>>,
    /// What was written into files since the container was started; `None` for those that were removed.
    pub(super) written: RefCell<SortedMap<String, Option<String>>>,
    /// Whether the container keeps what is written.
    keeps: bool,
    /// The shell that runs, as it calls itself.
    shell: RefCell<&'static str>,
    /// The folder that it works in.
    pub(super) folder: RefCell<String>,
    /// Since when the container runs; `None` where it is not known.
    begun: Option<Time>,
    /// Whether what runs here is the container's own program.
    pub(super) is_main: bool,
}

impl Machine {
    /// The container of this name, with the environment that it was started with.
    pub fn new(cluster: &Cluster, pod: &Arc<Object>, container: &str, world: World) -> Machine {
        let key = Key::of(ResourceId::PODS, pod);
        let mut env = vec![
            ("PATH".to_owned(), "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".to_owned()),
            ("HOSTNAME".to_owned(), crate::kubelet::hostname(pod)),
        ];
        let found = cluster.kubelets().iter().find_map(|kubelet| kubelet.container(&key, container));
        let mut written = SortedMap::new();
        if let Some(start) = found.and_then(|container| container.start.as_ref()) {
            env.extend(start.env.iter().map(|(name, value)| (name.to_owned(), value.to_owned())));
            written.clone_from(&start.files);
        }
        env.push(("HOME".to_owned(), "/root".to_owned()));
        let kinds = ["spec.containers", "spec.initContainers", "spec.ephemeralContainers"];
        let own = kinds.iter().flat_map(|kind| pod.items(kind)).find(|one| one.text("name") == container);
        let image_name = own.map_or("", |own| own.text("image")).to_owned();
        Machine {
            world,
            pod: pod.clone(),
            container: container.to_owned(),
            image: Image::of(&image_name),
            image_name,
            env: RefCell::new(env),
            written: RefCell::new(written),
            keeps: true,
            shell: RefCell::new("sh"),
            folder: RefCell::new("/".to_owned()),
            begun: found.and_then(Container::running_since),
            is_main: false,
        }
    }

    /// The container of this name, for its own program.
    pub fn of_main(cluster: &Cluster, pod: &Arc<Object>, container: &str, world: World) -> Machine {
        Machine { is_main: true, ..Machine::new(cluster, pod, container, world) }
    }

    /// Runs a program beside the container's own, and is killed with it.
    pub async fn join(&self, words: &[String], io: &Io) -> i32 {
        let Some(mut run) = self.start(words, io) else { return self.refuse(words, io) };
        let mut end = pin!(self.ended());
        poll_fn(|context| match run.as_mut().poll(context) {
            Poll::Ready(code) => Poll::Ready(code),
            Poll::Pending => end.as_mut().poll(context).map(|()| 137),
        })
        .await
    }

    /// Waits until the container's run has ended.
    async fn ended(&self) {
        let Some(begun) = self.begun else { return std::future::pending().await };
        loop {
            let (key, name) = (Key::of(ResourceId::PODS, &self.pod), self.container.clone());
            let since = self.world.see(move |call| {
                let found = call.cluster.kubelets().iter().find_map(|kubelet| kubelet.container(&key, &name));
                found.and_then(Container::running_since)
            });
            if since.await != Some(begun) {
                return;
            }
            self.world.wait(None).await;
        }
    }

    /// Runs a program by its words, as the container runtime starts it: without a shell.
    pub async fn exec(&self, words: &[String], io: &Io) -> i32 {
        match self.start(words, io) {
            Some(run) => run.await,
            None => Ended::fail(126, unstartable(words)).print(io),
        }
    }

    /// Says what kubectl says of a program that is not there. Models containerd's CRI, whose error the kubelet's
    /// translation of streams (apimachinery pkg/util/remotecommand) wraps once more.
    fn refuse(&self, words: &[String], io: &Io) -> i32 {
        let exec = format!("{}/{}/{words:?}/{:?}", self.pod.uid(), self.container, self.world.now());
        let start = format!("failed to start exec \"{}\": {}", hex_of(&exec), unstartable(words));
        let why = format!("error executing command in container: failed to exec in container: {start}");
        Ended::fail(1, format!("error: Internal error occurred: Internal error occurred: {why}")).print(io);
        NOT_STARTED
    }

    async fn program(&self, name: &str, args: &[&str], io: &Io) -> i32 {
        let ended = match name {
            "sh" | "bash" | "ash" | "dash" => return self.shell(name, args, io).await,
            "curl" => return http::curl(&self.client(), args, io).await,
            "watch" => {
                let host = self.variable("HOSTNAME").filter(|_| self.image.make == Make::Debian);
                return watch(self, &self.world, host.as_deref(), args, io).await;
            }
            "ping" => return ping(self, args, io).await,
            "xargs" => return self.run_each(&text::xargs(args, &io.input.all().await), io).await,
            "env" if args.iter().any(|arg| !arg.starts_with('-')) => return self.with_variables(args, io).await,
            "timeout" => return self.timed(args, io).await,
            "time" => return self.measured(args, io).await,
            "chroot" => return self.chroot(args, io).await,
            "wget" => http::wget(self, args).await,
            "nc" => net::nc(self, args, io).await,
            "telnet" => net::telnet(self, args).await,
            "ip" => ip::ip(self, args).await,
            "ifconfig" => ip::ifconfig(self, args).await,
            "route" => ip::route(self).await,
            "nslookup" => names::nslookup(self, args).await,
            "dig" => dig::dig(self, args).await,
            "host" => names::host(self, args).await,
            "getent" => names::getent(self, args).await,
            "iptables-save" | "iptables" | "nft" | "conntrack" | "ipvsadm" => node::tool(self, name, args).await,
            "env" | "printenv" => place::env(self, name, args),
            "hostname" => place::hostname(self, args).await,
            "tee" => return tee(self, args, io).await,
            "ls" => files::ls(self, args).await,
            "touch" | "mkdir" | "rm" => files::change(self, name, args).await,
            "which" | "command" | "type" => {
                let shell = *self.shell.borrow();
                place::whereabouts(self, name, args, shell)
            }
            "sleep" => place::sleep(self, args).await,
            "date" => place::date(&self.world, args).await,
            "ps" => processes::ps(self),
            "kill" => return processes::kill(self, "kill", args, io).await,
            "id" => place::id(args),
            "whoami" => Ended::ok("root\n"),
            "uname" => place::uname(self, args),
            "nproc" => Ended::ok("8\n"),
            "pwd" => Ended::ok(self.folder.borrow().clone() + "\n"),
            "clear" => Ended::ok(super::CLEAR),
            "true" => Ended::default(),
            "false" => Ended { code: 1, ..Ended::default() },
            _ => return self.filter(name, args, io).await,
        };
        ended.print(io)
    }

    /// A program that changes text: what it reads is its input, or the files behind its options.
    async fn filter(&self, name: &str, args: &[&str], io: &Io) -> i32 {
        let (args, named) = text::files(name, args);
        let named: Vec<&str> = named.into_iter().filter(|file| *file != "-").collect();
        if named.is_empty() {
            return text::run(name, &args, &io.input, io).await;
        }
        let read = files::cat(self, &named).await;
        io.err.write(&if name == "cat" { read.err } else { read.err.replace("cat: ", &format!("{name}: ")) });
        if read.code != 0 && name != "cat" {
            return read.code.max(1);
        }
        let printed = Io { out: Stream::default(), ..io.clone() };
        let code = text::run(name, &args, &Stream::of(read.out), &printed).await;
        let out = printed.out.take();
        io.out.write(&match (name, named.as_slice()) {
            ("wc", [file]) => format!("{} {file}\n", out.trim_end()),
            _ => out,
        });
        code.max(read.code)
    }

    /// Runs `sh` with its arguments.
    async fn shell(&self, name: &str, args: &[&str], io: &Io) -> i32 {
        let before = self.shell.replace(if name == "bash" { "bash" } else { "sh" });
        let mut words = args.iter().copied().skip_while(|arg| arg.starts_with('-') && !arg.ends_with('c'));
        let script = match words.next() {
            Some(flag) if flag.starts_with('-') => words.next().map(str::to_owned),
            Some(file) => Some(files::cat(self, &[file]).await.out),
            None => None,
        };
        let mut parameters: Vec<String> = words.map(str::to_owned).collect();
        if parameters.is_empty() {
            parameters.push(name.to_owned());
        }
        let mut shell = Shell::new(self, parameters);
        let code = match script {
            Some(script) => shell.run(&script, io).await,
            None => shell.interact(io).await,
        };
        self.shell.replace(before);
        code
    }

    /// Runs several commands, one after the other (`xargs`).
    async fn run_each(&self, commands: &[Vec<String>], io: &Io) -> i32 {
        let mut code = 0;
        for words in commands {
            let own = Io { input: Stream::default(), ..io.clone() };
            let Some(run) = self.start(words, &own) else {
                let name = words.first().map_or("", String::as_str);
                return Ended::fail(127, format!("xargs: {name}: No such file or directory")).print(io);
            };
            code = if run.await == 0 { code } else { 123 };
        }
        code
    }

    /// `env NAME=VALUE... COMMAND`
    async fn with_variables(&self, args: &[&str], io: &Io) -> i32 {
        let set = args.iter().take_while(|arg| arg.contains('=') || arg.starts_with('-')).count();
        let before = self.env.borrow().clone();
        for (name, value) in args.iter().take(set).filter_map(|arg| arg.split_once('=')) {
            self.export(name, value);
        }
        let words: Vec<String> = args.iter().skip(set).map(|arg| (*arg).to_owned()).collect();
        let code = match (words.first(), self.start(&words, io)) {
            (None, _) => place::env(self, "env", &[]).print(io),
            (Some(_), Some(run)) => run.await,
            (Some(name), None) => {
                let why = match self.image.make {
                    Make::Debian => format!("env: '{name}': No such file or directory"),
                    _ => format!("env: can't execute '{name}': No such file or directory"),
                };
                Ended::fail(127, why).print(io)
            }
        };
        self.env.replace(before);
        code
    }

    /// `timeout SECONDS COMMAND`: the command is ended when its time is over.
    async fn timed(&self, args: &[&str], io: &Io) -> i32 {
        let mut args = args.iter().skip_while(|arg| arg.starts_with('-'));
        let time = args.next().and_then(|text| place::seconds(text));
        let words: Vec<String> = args.map(|arg| (*arg).to_owned()).collect();
        let (Some(time), Some(mut run)) = (time, self.start(&words, io)) else {
            return Ended::fail(125, "Usage: timeout SECS PROG ARGS").print(io);
        };
        let code = self.world.until(self.world.now() + time, &mut run).await;
        // busybox ends with the signal's number, GNU's with its own.
        code.unwrap_or(if self.image.make == Make::Debian { 124 } else { 143 })
    }

    /// `time COMMAND`: tells how long it took.
    async fn measured(&self, args: &[&str], io: &Io) -> i32 {
        let words: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
        let begun = self.world.now();
        let code = match (words.first(), self.start(&words, io)) {
            (Some(_), Some(run)) => run.await,
            (Some(name), None) => Ended::fail(127, self.missing(name)).print(io),
            (None, _) => 0,
        };
        io.err.write(&place::timed(self.world.now().since(begun), *self.shell.borrow()));
        code
    }

    /// `chroot /host [COMMAND]` in a pod that looks after its node: the node's programs, its shell among them.
    async fn chroot(&self, args: &[&str], io: &Io) -> i32 {
        let mut words: Vec<String> = args.iter().skip(1).map(|arg| (*arg).to_owned()).collect();
        if words.is_empty() {
            words.push("sh".to_owned());
        }
        let is_host = self.pod.items("spec.volumes").iter().any(|volume| volume.text("hostPath.path") == "/");
        let Some(folder) = args.first() else {
            return match self.image.make {
                Make::Debian => {
                    Ended::fail(125, "chroot: missing operand\nTry 'chroot --help' for more information.").print(io)
                }
                _ => Ended::fail(1, "Usage: chroot NEWROOT [PROG ARGS]").print(io),
            };
        };
        if !is_host {
            return Ended::fail(
                127,
                format!("chroot: can't change root directory to '{folder}': No such file or directory"),
            )
            .print(io);
        }
        let inside = Machine {
            world: self.world.clone(),
            pod: self.pod.clone(),
            container: self.container.clone(),
            image: Image::NODE,
            image_name: String::new(),
            env: self.env.clone(),
            written: RefCell::default(),
            keeps: false,
            shell: RefCell::new("sh"),
            folder: RefCell::new("/".to_owned()),
            begun: self.begun,
            is_main: self.is_main,
        };
        let Some(run) = inside.start(&words, io) else {
            let name = words.first().map_or("", String::as_str);
            return Ended::fail(127, format!("chroot: can't execute '{name}': No such file or directory")).print(io);
        };
        run.await
    }

    /// Sends a request and waits as long as it takes.
    pub(super) async fn send(&self, call: Call) -> Sent {
        let sent = self.world.see(move |world| world.cluster.send(&call)).await;
        self.world.sleep(sent.took).await;
        sent
    }

    fn client(&self) -> http::Client<'_> {
        http::Client { world: &self.world, source: self.source(), address: self.address().to_owned(), programs: self }
    }

    /// Who sends this container's requests.
    pub(super) fn source(&self) -> Source {
        Source::Pod(Key::of(ResourceId::PODS, &self.pod))
    }

    /// Makes a folder; its path ends in `/`.
    pub(super) fn write_folder(&self, path: String) {
        self.written.borrow_mut().insert(path.clone(), Some(String::new()));
        self.keep(path, Some(String::new()), false);
    }

    /// Removes a file.
    pub(super) fn remove(&self, path: String) {
        self.written.borrow_mut().insert(path.clone(), None);
        self.keep(path, None, false);
    }

    /// Has the container keep what was written.
    fn keep(&self, path: String, text: Option<String>, append: bool) {
        if self.keeps {
            let (pod, container) = (Key::of(ResourceId::PODS, &self.pod), self.container.clone());
            self.world.tell(move |call| call.cluster.write_file(&pod, &container, &path, text.as_deref(), append));
        }
    }

    /// A path, from `/`.
    pub(super) fn path(&self, path: &str) -> String {
        files::absolute(&self.folder.borrow(), path)
    }

    /// The pod's address.
    pub(super) fn address(&self) -> &str {
        self.pod.text("status.podIP")
    }
}

impl Programs for Machine {
    fn start<'a>(&'a self, words: &'a [String], io: &'a Io) -> Option<Ending<'a>> {
        let (program, args) = words.split_first()?;
        let name = program.rsplit('/').next().unwrap_or(program);
        if !self.image.has(name) {
            return None;
        }
        Some(Box::pin(async move {
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            self.program(name, &args, io).await
        }))
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.env.borrow().iter().rev().find(|(one, _)| one == name).map(|(_, value)| value.clone())
    }

    fn export(&self, name: &str, value: &str) {
        let mut env = self.env.borrow_mut();
        env.retain(|(one, _)| one != name);
        env.push((name.to_owned(), value.to_owned()));
    }

    fn write(&self, path: &str, text: &str, append: bool) -> Result<(), String> {
        let path = self.path(path);
        let mut written = self.written.borrow_mut();
        // A container keeps no more than this many files, and no more text in all of them.
        let total: usize = written.values().flatten().map(String::len).sum();
        if (written.len() >= 100 && !written.contains_key(&path)) || total + text.len() > 4 * super::world::MOST {
            return Err(format!("can't create {path}: No space left on device"));
        }
        let held = written.entry(path.clone()).or_default();
        let is_more = append && held.is_some();
        let text = match held.as_mut().filter(|_| append) {
            Some(held) if held.len() >= super::world::MOST => return Ok(()),
            Some(held) => {
                held.push_str(text);
                text.to_owned()
            }
            None => {
                // What the image has at this place is added to.
                let before = if append { site::file(&self.image_name, &path).unwrap_or("") } else { "" };
                let whole = before.to_owned() + text;
                *held = Some(whole.clone());
                whole
            }
        };
        self.keep(path, Some(text), is_more);
        Ok(())
    }

    fn surroundings(&self) -> Surroundings {
        Surroundings { variables: self.env.borrow().clone(), folder: self.folder.borrow().clone() }
    }

    fn restore(&self, before: Surroundings) {
        self.env.replace(before.variables);
        self.folder.replace(before.folder);
    }

    fn builtin<'a>(&'a self, words: &'a [String], io: &'a Io) -> Option<Ending<'a>> {
        let (_, args) = words.split_first().filter(|(name, _)| *name == "kill")?;
        Some(Box::pin(async move {
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            processes::kill(self, Programs::shell(self), &args, io).await
        }))
    }

    fn process(&self) -> u32 {
        processes::own(self)
    }

    fn shell(&self) -> &str {
        match (*self.shell.borrow(), self.image.make) {
            ("bash", _) => "bash",
            _ => "sh",
        }
    }

    fn missing(&self, name: &str) -> String {
        match (*self.shell.borrow(), self.image.make) {
            ("bash", _) => format!("bash: line 1: {name}: command not found"),
            (_, Make::Debian) => format!("sh: 1: {name}: not found"),
            _ => format!("sh: {name}: not found"),
        }
    }

    fn prompt(&self) -> String {
        let folder = self.folder.borrow();
        let folder = if *folder == "/root" { "~" } else { folder.as_str() };
        match (*self.shell.borrow(), self.image.make) {
            ("bash", Make::Debian) => {
                let host = self.variable("HOSTNAME").unwrap_or_default();
                format!("root@{host}:{folder}# ")
            }
            ("bash", _) => "bash-5.2# ".to_owned(),
            (_, Make::Debian) => "# ".to_owned(),
            _ => format!("{folder} # "),
        }
    }

    fn enter<'a>(&'a self, path: &'a str) -> Pin<Box<dyn Future<Output = Result<(), String>> + 'a>> {
        Box::pin(async move {
            let before = self.folder.borrow().clone();
            let to = if path == "-" { self.variable("OLDPWD").unwrap_or_default() } else { self.path(path) };
            if let Err(why) = files::is_folder(self, &to).await {
                return Err(match (*self.shell.borrow(), self.image.make) {
                    ("bash", _) => format!("bash: cd: {path}: {why}"),
                    (_, Make::Debian) => format!("sh: 1: cd: can't cd to {path}"),
                    _ => format!("sh: cd: can't cd to {path}: {why}"),
                });
            }
            self.export("OLDPWD", &before);
            self.export("PWD", &to);
            self.folder.replace(to);
            Ok(())
        })
    }
}
