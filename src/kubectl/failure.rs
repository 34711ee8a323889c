//! Why a command failed, and how kubectl says it.

use crate::api::{Cause, Status};

/// Why a command failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// In kubectl's own words; `error: ` is put in front.
    Error(String),
    /// Printed as it is.
    Raw(String),
    /// The API server refused.
    Refused(Box<Status>),
    /// Several objects failed, each for its reason.
    Several(Vec<Failure>),
    /// What there was to say has been said.
    Exit(i32),
}

impl From<Status> for Failure {
    fn from(status: Status) -> Failure {
        Failure::Refused(Box::new(status))
    }
}

impl From<String> for Failure {
    fn from(text: String) -> Failure {
        Failure::Error(text)
    }
}

impl From<&str> for Failure {
    fn from(text: &str) -> Failure {
        Failure::Error(text.to_owned())
    }
}

impl Failure {
    /// A wrong use of the command `path`. Models kubectl's cmdutil.UsageErrorf.
    pub fn usage(path: &str, message: &str) -> Failure {
        Failure::Error(format!("{message}\nSee '{path} -h' for help and examples"))
    }

    /// The failure with what was tried in front. Models cmdutil.AddSourceToErr.
    #[must_use]
    pub fn when(self, verb: &str, source: &str) -> Failure {
        if source.is_empty() {
            return self;
        }
        match self {
            Failure::Refused(mut status) => {
                status.message = format!("error when {verb} {source:?}: {}", status.message);
                Failure::Refused(status)
            }
            Failure::Error(text) => Failure::Error(format!("error when {verb} {source:?}: {text}")),
            other => other,
        }
    }

    /// All that failed as one; `Ok` where nothing did.
    pub fn all(failures: Vec<Failure>) -> Result<(), Failure> {
        let mut flat = Vec::new();
        for failure in failures {
            match failure {
                Failure::Several(several) => flat.extend(several),
                one => flat.push(one),
            }
        }
        match flat.len() {
            0 => Ok(()),
            1 => flat.pop().map_or(Ok(()), Err),
            _ => Err(Failure::Several(flat)),
        }
    }

    /// Whether the server said that the object does not exist.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Failure::Refused(status) if status.reason == "NotFound")
    }

    /// The words alone, as they stand in another message.
    pub fn message(&self) -> String {
        match self {
            Failure::Error(text) | Failure::Raw(text) => text.clone(),
            Failure::Refused(status) => status.message.clone(),
            Failure::Several(failures) => {
                let texts: Vec<String> = failures.iter().map(Failure::message).collect();
                format!("[{}]", texts.join(", "))
            }
            Failure::Exit(_) => String::new(),
        }
    }

    /// What goes to standard error. Models cmdutil.checkErr.
    pub fn text(&self) -> String {
        let mut text = match self {
            Failure::Exit(_) => return String::new(),
            Failure::Raw(text) => text.clone(),
            Failure::Error(text) if text.starts_with("error: ") => text.clone(),
            Failure::Error(text) => format!("error: {text}"),
            Failure::Refused(status) if status.reason == "Invalid" => invalid(status),
            Failure::Refused(_) => self.line(),
            Failure::Several(failures) => failures.iter().map(Failure::line).collect::<Vec<_>>().join("\n"),
        };
        if !text.ends_with('\n') {
            text.push('\n');
        }
        text
    }

    /// Models cmdutil.StandardErrorMessage and messageForError.
    fn line(&self) -> String {
        match self {
            Failure::Refused(status) if status.reason.is_empty() => format!("Error from server: {}", status.message),
            Failure::Refused(status) => format!("Error from server ({}): {}", status.reason, status.message),
            other => other.message(),
        }
    }

    /// The exit code.
    pub fn exit(&self) -> i32 {
        match self {
            Failure::Exit(code) => *code,
            _ => 1,
        }
    }
}

/// `The Service "web" is invalid: ...`, with a list where there are several reasons.
fn invalid(status: &Status) -> String {
    let head = if status.kind.is_empty() && status.name.is_empty() {
        "The request is invalid".to_owned()
    } else {
        format!("The {} {:?} is invalid", status.kind, status.name)
    };
    let mut lines: Vec<String> = Vec::new();
    for Cause { field, message, .. } in status.causes.iter().filter(|cause| cause.reason != "UnexpectedServerResponse")
    {
        let line = format!("{field}: {message}");
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    match lines.as_slice() {
        [] if status.kind.is_empty() => format!("{head}: {}", status.message),
        [] => head,
        [one] => format!("{head}: {one}"),
        several => several.iter().fold(format!("{head}: \n"), |text, line| text + "* " + line + "\n"),
    }
}
