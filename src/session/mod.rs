//! The reader's session: manifests in, a running cluster, and everything the page shows as plain data.
//!
//! `ui` calls this layer, and it knows no browser: the real time that passed is an argument ([`Session::advance`]), the
//! seed and the calendar come with [`Setup`]. It applies manifests as `kubectl apply` would, turns clicks into requests
//! and says which kubectl line they equal, sends requests from clients, and makes snapshots for panels. It never
//! formats for the screen beyond short texts, and holds no cluster logic: answers come from `cluster`.

mod apply;
mod by_hand;
mod clients;
mod complete;
mod details;
mod doors;
mod drift;
mod env;
mod examples;
mod figures;
mod files;
mod forward;
mod jobs;
mod layout;
mod line_edit;
mod load;
mod manifests;
mod names;
mod pace;
mod picture;
mod report;
mod rules;
mod share;
mod shell;
mod suggest;
mod timeline;
mod traffic;
mod way;

pub use crate::cluster::{ProxyMode, Source};
pub use by_hand::ByHand;
pub use clients::Client;
pub use complete::Completed;
pub use details::{Details, Fact, FoundAs, Member};
pub use doors::Door;
pub use drift::{Difference, Differs, Field};
pub use env::ContainerEnv;
pub use examples::{EXAMPLES, Example};
pub use figures::{Fit, Latencies, Moment, Share, Split};
pub use files::{File, Files};
pub use layout::{Area, Layout, Place};
pub use line_edit::{EditKey, LineEdit};
pub use load::{Load, Stream};
pub use names::{Asking, ServiceNames};
pub use pace::Pace;
pub use picture::{Chip, Link, LinkState, NodeBox, Picture, PodCard, PodState, ServiceCard};
pub use report::Report;
pub use rules::{RuleLine, Rules};
pub use share::Shared;
pub use shell::{Printed, PrintedKind};
pub use suggest::{Suggestion, Suggestions};
pub use timeline::{Happening, Lane, Timeline};
pub use traffic::{Ask, Asked};
pub use way::{StepKind, Way, WayStep, duration};

use crate::clock::Epoch;
use crate::cluster::{Cluster, Settings, Settling};
use crate::order::SortedMap;
use crate::store::Key;
use std::rc::Rc;
use std::time::Duration;

/// What a session starts with.
#[derive(Clone, Debug, PartialEq)]
pub struct Setup {
    /// Where all chance comes from.
    pub seed: u64,
    /// The calendar at the start.
    pub epoch: Epoch,
    /// The manifests.
    pub files: Vec<File>,
    /// How the kube-proxies work, by node; iptables where nothing is said.
    pub modes: Vec<ProxyMode>,
}

/// A reader's session.
pub struct Session {
    cluster: Cluster,
    seed: u64,
    files: Files,
    pace: Pace,
    /// What the text asked for when it was last applied, by object.
    applied: SortedMap<Key, apply::Applied>,
    /// The objects of the text as it was last applied.
    read: Rc<[manifests::Manifest]>,
    report: Rc<Report>,
    hues: picture::Hues,
    slots: layout::Slots,
    /// Set while the cluster and the reader's first objects come up: time does not wait for the clock.
    start: Option<Start>,
    traffic: traffic::Traffic,
    rules: rules::Seen,
    shell: shell::Shell,
    version: u64,
    /// How often the text was read or applied.
    applies: u64,
}

/// How far the start is.
enum Start {
    /// The cluster's own DNS comes up; nothing of the reader's is there.
    Cluster(Settling),
    /// The reader's first objects come up.
    Objects(Settling),
}

/// The first objects are up when nothing has changed for so long.
const QUIET: Duration = Duration::from_secs(6);
const LONGEST_START: Duration = Duration::from_secs(45);

impl Session {
    /// Starts a cluster and applies the files to it.
    pub fn new(setup: Setup) -> Session {
        let mut session = Session::begin(setup);
        while matches!(session.start, Some(Start::Cluster(_))) {
            session.come_up();
        }
        session
    }

    /// Starts as [`Session::new`] does, in pieces: the cluster comes up and the files are applied while
    /// [`Session::advance`] is called.
    pub fn begin(setup: Setup) -> Session {
        let mut settings = Settings::page(setup.seed, setup.epoch);
        settings.nodes.iter_mut().zip(&setup.modes).for_each(|(node, mode)| node.mode = *mode);
        let (cluster, coming_up) = Cluster::start(settings);
        let start = coming_up.unwrap_or_else(|| Settling::new(&cluster, Duration::ZERO, Duration::ZERO));
        Session {
            cluster,
            seed: setup.seed,
            files: Files::new(setup.files),
            pace: Pace::default(),
            applied: SortedMap::new(),
            read: Rc::from([]),
            report: Rc::new(Report::default()),
            hues: picture::Hues::default(),
            slots: layout::Slots::default(),
            start: Some(Start::Cluster(start)),
            traffic: traffic::Traffic::default(),
            rules: rules::Seen::default(),
            shell: shell::Shell::default(),
            version: 0,
            applies: 0,
        }
    }

    /// Starts again from another set-up, in pieces. How time passes stays as it is.
    pub fn restart(&mut self, setup: Setup) {
        self.interrupt();
        self.end_jobs();
        let (pace, version, shell) = (self.pace.clone(), self.version, std::mem::take(&mut self.shell));
        let applies = self.applies;
        *self = Session::begin(setup);
        (self.pace, self.shell) = (pace, shell);
        self.version += version + 1;
        self.applies += applies + 1;
    }

    /// The cluster, to read.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// The seed it was started with.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The manifests.
    pub fn files(&self) -> &Files {
        &self.files
    }

    /// The manifests, to edit. What is edited is not applied before [`Session::apply_changed`].
    pub fn files_mut(&mut self) -> &mut Files {
        &mut self.files
    }

    /// How the last application went.
    pub fn report(&self) -> Rc<Report> {
        self.report.clone()
    }

    /// How time passes.
    pub fn pace(&self) -> &Pace {
        &self.pace
    }

    /// A number that grows whenever something that is shown may have changed; the passing of time alone does not count.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Lets virtual time follow `real` time, at the chosen speed. Stops early when `enough` says so (the caller's
    /// budget); what was left out is not caught up with.
    pub fn advance(&mut self, real: Duration, mut enough: impl FnMut() -> bool) {
        if self.start.is_some() {
            return self.start_up(enough);
        }
        let until = self.cluster.now() + self.pace.virtual_time(real);
        if until == self.cluster.now() {
            return;
        }
        let before = self.mark();
        loop {
            let next = [self.cluster.next_at(), self.stream_due(), self.command_due()].into_iter().flatten().min();
            let Some(at) = next.filter(|at| *at <= until) else { break };
            self.cluster.run_until(at);
            if self.stream_due().is_some_and(|due| due <= at) {
                self.send_of_stream();
            }
            self.poll_commands();
            if enough() {
                return self.note_change(before);
            }
        }
        self.cluster.run_until(until);
        self.poll_commands();
        self.note_change(before);
    }

    /// Whether the cluster or the first objects still come up.
    pub fn is_starting(&self) -> bool {
        self.start.is_some()
    }

    /// Lets the first objects come up as fast as can be: the reader meets a cluster that is up, and how it came up
    /// stands in the timeline.
    pub(super) fn start_up(&mut self, mut enough: impl FnMut() -> bool) {
        let before = self.mark();
        while self.start.is_some() {
            self.come_up();
            self.poll_commands();
            if enough() {
                break;
            }
        }
        self.note_change(before);
    }

    /// Lets the next thing of the start happen.
    fn come_up(&mut self) {
        match self.start.take() {
            Some(Start::Cluster(mut settling)) => {
                if settling.step(&mut self.cluster) {
                    self.start = Some(Start::Cluster(settling));
                } else {
                    self.see_rules();
                    self.apply_all();
                    self.start = Some(Start::Objects(Settling::new(&self.cluster, QUIET, LONGEST_START)));
                }
            }
            Some(Start::Objects(mut settling)) => {
                self.start = settling.step(&mut self.cluster).then_some(Start::Objects(settling));
            }
            None => {}
        }
    }

    /// Lets the next thing happen, paused or not. `false` where the cluster is at rest.
    pub fn step(&mut self) -> bool {
        let before = self.mark();
        let happened = self.cluster.step();
        self.note_change(before);
        happened
    }

    /// What differs when something happened.
    fn mark(&self) -> (u64, u32) {
        (self.cluster.store().revision(), self.cluster.log().next_id().0)
    }

    fn note_change(&mut self, before: (u64, u32)) {
        if self.mark() != before {
            self.see_rules();
            self.version += 1;
        }
    }

    /// Stops or starts time.
    pub fn pause(&mut self, paused: bool) {
        self.pace.pause(paused);
        self.version += 1;
    }

    /// Sets how fast time passes.
    pub fn set_speed(&mut self, speed: u32) {
        self.pace.set_speed(speed);
        self.version += 1;
    }
}
