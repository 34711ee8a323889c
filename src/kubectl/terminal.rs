//! What surrounds kubectl on a reader's machine, and a command while it runs.

use crate::clock::Time;
use crate::cluster::Cluster;
use std::collections::BTreeMap;
use std::time::Duration;

/// From the call of a command to its first request, and again from its last answer to its end.
const START: Duration = Duration::from_millis(45);

/// What a command printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
    /// Its exit code; 0 while it runs.
    pub exit: i32,
}

/// The reader's machine.
#[derive(Clone, Debug, Default)]
pub struct Terminal {
    /// The files that `-f` sees: name to text.
    pub files: BTreeMap<String, String>,
    /// The context's namespace.
    pub namespace: String,
}

/// How far a command is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It waits for the cluster to change, but no longer than until the given time.
    Waiting(Option<Time>),
    /// It has ended; its output is complete.
    Done,
}

/// A command that was started.
#[derive(Debug, Default)]
pub struct Running {
    output: Output,
}

impl Running {
    /// What it has printed so far.
    pub fn output(&self) -> &Output {
        &self.output
    }

    /// Goes on as far as the cluster's state allows.
    pub fn poll(&mut self, _cluster: &mut Cluster) -> Progress {
        Progress::Done
    }
}

impl Terminal {
    /// A machine with these files, its context in namespace `default`.
    pub fn new(files: BTreeMap<String, String>) -> Terminal {
        Terminal { files, namespace: "default".to_owned() }
    }

    /// Starts the command that `line` says.
    pub fn start(&mut self, _cluster: &mut Cluster, line: &str) -> Running {
        let stderr = format!("error: not served yet: {line}\n");
        Running { output: Output { stderr, exit: 1, ..Output::default() } }
    }

    /// Runs the command that `line` says to its end, and lets the time pass that it takes.
    pub fn run(&mut self, cluster: &mut Cluster, line: &str) -> Output {
        cluster.run_for(START);
        let mut running = self.start(cluster, line);
        while let Progress::Waiting(deadline) = running.poll(cluster) {
            match (cluster.next_at(), deadline) {
                (Some(next), Some(deadline)) => cluster.run_until(next.min(deadline)),
                (Some(at), None) | (None, Some(at)) => cluster.run_until(at),
                (None, None) => break,
            }
        }
        cluster.run_for(START);
        running.output
    }
}
