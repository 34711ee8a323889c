//! What a verb works with while it runs: the cluster to ask, the reader's machine, what is printed.

use super::exec::Stream;
use super::flags::{Flags, parse_duration};
use super::{Failure, Output, Terminal, resources};
use crate::api::{Object, ResourceId, Status, Subresource};
use crate::apiserver::{FieldValidation, Options, Reply, Request, Verb};
use crate::clock::{Component, Time};
use crate::cluster::Cluster;
use crate::order::SortedSet;
use crate::store::Key;
use std::sync::Arc;
use std::time::Duration;

/// The way of a request to the API server and back.
const ROUND_TRIP: Duration = Duration::from_millis(5);

/// What a command reads, and what it has printed.
#[derive(Clone, Default)]
pub struct Console {
    pub(super) input: Stream,
    pub(super) output: Output,
    warned: SortedSet<String>,
}

impl Console {
    /// A command's console, which reads this.
    pub(super) fn new(input: Stream) -> Console {
        Console { input, ..Console::default() }
    }

    /// Takes what was printed.
    pub(super) fn take(&mut self) -> Output {
        std::mem::take(&mut self.output)
    }

    /// Prints to standard output.
    pub fn out(&mut self, text: impl AsRef<str>) {
        self.output.stdout.push_str(text.as_ref());
    }

    /// Prints a line to standard output.
    pub fn line(&mut self, text: impl AsRef<str>) {
        self.out(text);
        self.output.stdout.push('\n');
    }

    /// Prints to standard error.
    pub fn error(&mut self, text: impl AsRef<str>) {
        self.output.stderr.push_str(text.as_ref());
    }

    /// Prints a line to standard error.
    pub fn error_line(&mut self, text: impl AsRef<str>) {
        self.output.stderr.push_str(text.as_ref());
        self.output.stderr.push('\n');
    }

    /// Prints a warning of the API server, once a call.
    pub fn warn(&mut self, warning: &str) {
        if self.warned.insert(warning.to_owned()) {
            self.error_line(format!("Warning: {warning}"));
        }
    }
}

/// What a verb works with.
pub struct Call<'a> {
    /// The cluster.
    pub cluster: &'a mut Cluster,
    /// The reader's machine.
    pub terminal: &'a mut Terminal,
    /// What is printed.
    pub console: &'a mut Console,
    /// Objects are read with their `metadata.managedFields`.
    pub managed_fields: bool,
}

/// How far a command that waits has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It looks again when something has changed, at the given time at the latest.
    Wait(Option<Time>),
    /// It has ended.
    Done,
}

/// The rest of a command, which waits for the cluster.
pub trait Task {
    /// Looks at the cluster and goes on as far as it can.
    fn poll(&mut self, call: &mut Call<'_>) -> Result<Step, Failure>;
}

/// What a verb leaves to do: nothing, or to wait.
pub type Next = Option<Box<dyn Task>>;

/// `--dry-run`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DryRun {
    /// Not at all.
    #[default]
    None,
    /// Nothing is sent.
    Client,
    /// The server does everything but store.
    Server,
}

impl DryRun {
    /// What `--dry-run` says. Models cmdutil.GetDryRunStrategy.
    pub fn of(flags: &Flags) -> Result<DryRun, Failure> {
        match flags.get("dry-run") {
            None | Some("none") => Ok(DryRun::None),
            Some("client") => Ok(DryRun::Client),
            Some("server") => Ok(DryRun::Server),
            Some("unchanged") => Err(Failure::from(
                "--dry-run flag without a value was specified. A value must be set: \"none\", \"server\", or \"client\".",
            )),
            Some(other) => Err(Failure::Error(format!(
                "Invalid dry-run value ({other}). Must be \"none\", \"server\", or \"client\"."
            ))),
        }
    }

    /// What is added to the line that says what was done.
    pub fn suffix(self) -> &'static str {
        match self {
            DryRun::None => "",
            DryRun::Client => " (dry run)",
            DryRun::Server => " (server dry run)",
        }
    }
}

impl Call<'_> {
    /// The namespace to work in, and whether `-n` gave it.
    pub fn namespace(&self, flags: &Flags) -> (String, bool) {
        match flags.get("namespace") {
            Some(namespace) if !namespace.is_empty() => (namespace.to_owned(), true),
            _ => (self.terminal.namespace.clone(), false),
        }
    }

    /// Asks the API server; its warnings are printed.
    pub fn request(&mut self, request: &Request) -> Result<Reply, Failure> {
        self.cluster.run_for(ROUND_TRIP);
        let named = !request.name.is_empty();
        if let Some(wrong) = named.then(|| wrong_path_segment(&request.name)).flatten() {
            return Err(Failure::Error(format!("invalid resource name {:?}: [{wrong}]", request.name)));
        }
        let reply = self.cluster.request(Component::Kubectl, None, request);
        let warnings = reply.as_ref().map_or_else(|status| &status.warnings, |reply| &reply.warnings);
        for warning in warnings {
            self.console.warn(warning);
        }
        Ok(reply?)
    }

    /// Asks for a write and gives the object that came of it.
    pub fn write(&mut self, request: &Request) -> Result<Arc<Object>, Failure> {
        let reply = self.request(request)?;
        reply.object().cloned().ok_or_else(|| Failure::from("the server answered with a list"))
    }

    /// The object of this name.
    pub fn get(&mut self, resource: ResourceId, namespace: &str, name: &str) -> Result<Arc<Object>, Failure> {
        self.get_at(resource, namespace, name, "")
    }

    /// What a subresource shows of the object of this name; the object itself where the subresource has no name.
    pub fn get_at(
        &mut self,
        resource: ResourceId,
        namespace: &str,
        name: &str,
        subresource: &str,
    ) -> Result<Arc<Object>, Failure> {
        if name.is_empty() {
            return Err(Failure::from("resource name may not be empty"));
        }
        let mut request = Request::new(key(resource, namespace, name), Verb::Get).to(door(resource, subresource)?);
        request.options.managed_fields = self.managed_fields;
        let found = self.write(&request);
        // Models cli-runtime resource.Info's Get: a namespace that is not there is what is not found. That of the
        // default namespace is not looked up.
        let is_missing = matches!(&found, Err(Failure::Refused(status)) if status.reason == "NotFound");
        let elsewhere = !request.namespace.is_empty() && namespace != "default";
        if is_missing && elsewhere && self.cluster.store().find(ResourceId::NAMESPACES, "", namespace).is_none() {
            return Err(Status::not_found(ResourceId::NAMESPACES, namespace).into());
        }
        found
    }

    /// The objects of a kind that selectors select.
    pub fn list(&mut self, resource: ResourceId, namespace: &str, verb: Verb) -> Result<Vec<Arc<Object>>, Failure> {
        let mut request = Request::new(key(resource, namespace, ""), verb);
        request.options.managed_fields = self.managed_fields;
        Ok(self.request(&request)?.objects().to_vec())
    }
}

/// A kind's subresource of this name; no name is the object itself.
pub fn door(resource: ResourceId, name: &str) -> Result<&'static str, Failure> {
    if name.is_empty() {
        return Ok("");
    }
    Subresource::named(resource, name).map(|one| one.name).ok_or_else(no_such_endpoint)
}

/// The key of an object; kinds without namespaces have none.
pub fn key(resource: ResourceId, namespace: &str, name: &str) -> Key {
    Key::new(resource, if resource.info().namespaced { namespace } else { "" }, name)
}

/// Models apimachinery's rest.IsValidPathSegmentName.
fn wrong_path_segment(name: &str) -> Option<String> {
    if name == "." || name == ".." {
        return Some(format!("may not be '{name}'"));
    }
    ['/', '%'].into_iter().find(|&c| name.contains(c)).map(|c| format!("may not contain '{c}'"))
}

/// What `--validate` says. Models cmdutil.GetValidationDirective.
pub fn validation(flags: &Flags) -> Result<FieldValidation, Failure> {
    Ok(match flags.text("validate") {
        "" | "1" | "t" | "T" | "true" | "TRUE" | "True" | "strict" => FieldValidation::Strict,
        "warn" => FieldValidation::Warn,
        "0" | "f" | "F" | "false" | "FALSE" | "False" | "ignore" => FieldValidation::Ignore,
        other => {
            return Err(Failure::Error(format!(
                "invalid - validate option {other:?}; must be one of: strict (or true), warn, ignore (or false)"
            )));
        }
    })
}

/// The options of a write by the command whose field manager is `manager`.
pub fn options(flags: &Flags, manager: &str, dry_run: DryRun) -> Result<Options, Failure> {
    let validation = validation(flags)?;
    let manager = flags.get("field-manager").unwrap_or(manager).to_owned();
    let managed_fields = flags.on("show-managed-fields");
    Ok(Options { dry_run: dry_run == DryRun::Server, validation, manager, managed_fields })
}

/// `--request-timeout`; `None` where it is not given or zero. Models clientcmd.ParseTimeout.
pub fn request_timeout(flags: &Flags) -> Result<Option<Duration>, Failure> {
    let text = flags.text("request-timeout");
    if text.is_empty() {
        return Ok(None);
    }
    let seconds = text.parse::<u64>().map(Duration::from_secs).ok();
    let time = seconds.or_else(|| parse_duration(text).ok()).ok_or(
        "Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time \
         unit (e.g. 1s | 2m | 3h)",
    )?;
    Ok(Some(time).filter(|time| !time.is_zero()))
}

/// `Error from server (NotFound): the server could not find the requested resource`.
pub fn no_such_endpoint() -> Failure {
    Failure::from(Status::plain(404, "NotFound", "the server could not find the requested resource"))
}

/// `service/web created`.
pub fn done(object: &Object, what: &str, dry_run: DryRun) -> String {
    format!("{} {what}{}", resources::object_name(object), dry_run.suffix())
}
