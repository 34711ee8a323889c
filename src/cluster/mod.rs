//! The whole simulated cluster: requests in, caused events out, on virtual time.
//!
//! [`Cluster`] owns the API server, the controllers, the kubelets, each node's kube-proxy and DNS, and one queue that
//! says who acts next. Every change goes through [`Cluster::request`]; each request and each write it causes stands in
//! the [`Log`] with the id of the event that caused it. `kubectl` and `session` call this layer; it never reads a
//! clock, never asks for entropy and knows no browser.

mod boot;
mod dataplane;
mod latency;
mod log;
mod names;
mod processes;
mod proxy_mode;
mod settings;
mod settling;
mod traffic;

pub use crate::proxy::Mode as ProxyMode;
pub use dataplane::Process;
pub use latency::Latency;
pub use log::{Entry, Log, What};
pub use settings::{NodeSettings, Settings};
pub use settling::Settling;
pub use traffic::{Call, Connection, Ending, Lookup, Sent, Source};

use crate::api::{Object, ResourceId, Status, json};
use crate::apiserver::{ApiServer, DeleteOptions, Moment, Occurrence, Options, Reply, Request, Verb};
use crate::clock::{Component, Epoch, EventId, Queue, Random, Time};
use crate::controllers::{Plan, Propagation, View, Write};
use crate::kubelet::Kubelet;
use crate::order::SortedMap;
use crate::store::{Change, Key, Store};
use boot::Loops;
use dataplane::Dataplane;
use names::Names;
use std::sync::Arc;
use std::time::Duration;

/// A cluster. Equal settings and equal requests at equal times give equal logs.
pub struct Cluster {
    settings: Settings,
    now: Time,
    random: Random,
    api: ApiServer,
    loops: Loops,
    queue: Queue<Due>,
    /// When a controller will look at a key, and which event made it. What the queue holds besides is out of date.
    waiting: SortedMap<(usize, Key), (Time, Option<EventId>)>,
    dataplane: Dataplane,
    /// For each kube-proxy, when it will act next, and the event that made it.
    syncs: Vec<Option<(Time, Option<EventId>)>>,
    names: Names,
    log: Log,
    /// The revision up to which the controllers have been told.
    told: u64,
}

/// What the queue holds.
#[derive(Clone, Debug)]
enum Due {
    /// A controller, by its place, looks at a key.
    Plan(usize, Key),
    /// The kube-proxy of a node, by its place, begins or ends a sync.
    Sync(u16),
    /// DNS hears of a change.
    Records(Arc<Change>),
}

impl Cluster {
    /// Starts a cluster. Where it is bare, nothing runs before time passes; else the cluster's own DNS is up.
    pub fn new(settings: Settings) -> Cluster {
        let (mut cluster, coming_up) = Cluster::start(settings);
        if let Some(mut coming_up) = coming_up {
            while coming_up.step(&mut cluster) {}
        }
        cluster
    }

    /// Starts a cluster as [`Cluster::new`] does, and leaves it to the caller to let it come up, in as many pieces as
    /// wanted; `None` where nothing has to.
    pub fn start(settings: Settings) -> (Cluster, Option<Settling>) {
        let random = Random::new(settings.seed);
        let api = ApiServer::new(boot::api_server(&settings));
        let services = api.settings().service_cidrs.first().cloned().unwrap_or_default();
        let dataplane = Dataplane::new(&settings, &services);
        let mut cluster = Cluster {
            now: Time::ZERO,
            random,
            api,
            loops: Loops::start(&settings),
            queue: Queue::default(),
            waiting: SortedMap::new(),
            syncs: vec![None; dataplane.proxies.len()],
            dataplane,
            names: Names::new(&settings),
            log: Log::default(),
            told: 0,
            settings,
        };
        let event = cluster.log.next_id();
        let mut moment = Moment { now: cluster.now, epoch: cluster.settings.epoch, random: &mut cluster.random, event };
        cluster.api.bootstrap(&mut moment);
        cluster.answered(None, 0, None);
        if cluster.settings.bare {
            return (cluster, None);
        }
        cluster.start_dns();
        let coming_up = Settling::new(&cluster, Duration::from_secs(5), Duration::from_secs(60));
        (cluster, Some(coming_up))
    }

    /// Has CoreDNS run behind the Service kube-dns, as soon as time passes.
    fn start_dns(&mut self) {
        for (resource, body) in boot::dns_objects() {
            let key = Key::new(resource, "kube-system", "");
            // Our own manifests are valid; a refusal would show as names that do not resolve.
            let _ = self.request(Component::ApiServer, None, &Request::new(key, Verb::Create(body)));
        }
    }

    /// The virtual time.
    pub fn now(&self) -> Time {
        self.now
    }

    /// What turns virtual time into timestamps.
    pub fn epoch(&self) -> Epoch {
        self.settings.epoch
    }

    /// What the cluster was made with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Every object.
    pub fn store(&self) -> &Store {
        self.api.store()
    }

    /// The kubelets, in the order of the nodes.
    pub fn kubelets(&self) -> &[Kubelet] {
        &self.loops.kubelets
    }

    /// Everything that has happened.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Asks the API server. Writes are logged in the lane of `who` and, with what they did, in the API server's.
    pub fn request(&mut self, who: Component, cause: Option<EventId>, request: &Request) -> Result<Reply, Status> {
        let reads = matches!(request.verb, Verb::Get | Verb::List { .. });
        let asked = if reads { cause } else { Some(self.log.add(self.now, who, cause, What::asked(request))) };
        let event = self.log.next_id();
        let before = self.store().revision();
        let mut moment = Moment { now: self.now, epoch: self.settings.epoch, random: &mut self.random, event };
        let result = self.api.handle(request, &mut moment);
        if !reads {
            self.answered(asked, before, result.as_ref().err().map(|status| status.message.clone()));
        }
        result
    }

    /// Logs what the API server wrote since `before`, and tells the controllers.
    fn answered(&mut self, asked: Option<EventId>, before: u64, refusal: Option<String>) {
        let writes = self.store().changes_since(before).iter().map(|change| log::written(change)).collect();
        self.log.add(self.now, Component::ApiServer, asked, What::Answered { writes, refusal });
        self.tell();
    }

    /// Stores an Event, or counts an earlier one up. Gives the Event; an error where the recorder keeps it to itself.
    fn record(&mut self, cause: Option<EventId>, occurrence: &Occurrence) -> Result<Arc<Object>, Status> {
        let key = Key::new(ResourceId::EVENTS, occurrence.about.namespace.clone(), "");
        let what = What::Asked { method: "POST", key, subresource: "" };
        let asked = self.log.add(self.now, occurrence.source, cause, what);
        let (event, before) = (self.log.next_id(), self.store().revision());
        let mut moment = Moment { now: self.now, epoch: self.settings.epoch, random: &mut self.random, event };
        let recorded = self.api.record(occurrence, &mut moment);
        self.answered(Some(asked), before, None);
        recorded.ok_or_else(|| Status::plain(429, "TooManyRequests", "the recorder drops events that come too fast"))
    }

    /// When something will happen next by itself; `None` where the cluster is at rest.
    pub fn next_at(&self) -> Option<Time> {
        self.queue.next_at()
    }

    /// Lets the next thing happen; time jumps to it. `false` where the cluster is at rest.
    pub fn step(&mut self) -> bool {
        let logged = self.log.next_id();
        while let Some((at, due)) = self.queue.pop() {
            self.now = self.now.max(at);
            self.run(at, due);
            if self.log.next_id() != logged {
                return true;
            }
        }
        false
    }

    /// Lets time pass up to `until`, with all that happens in it.
    pub fn run_until(&mut self, until: Time) {
        while self.queue.next_at().is_some_and(|at| at <= until) {
            let Some((at, due)) = self.queue.pop() else { break };
            self.now = self.now.max(at);
            self.run(at, due);
        }
        self.now = self.now.max(until);
    }

    /// Lets this much time pass.
    pub fn run_for(&mut self, time: Duration) {
        self.run_until(self.now + time);
    }

    /// Lets time pass until no object has changed for `quiet`, but not longer than `at_most`.
    pub fn settle(&mut self, quiet: Duration, at_most: Duration) {
        let mut settling = Settling::new(self, quiet, at_most);
        while settling.step(self) {}
    }

    fn run(&mut self, at: Time, due: Due) {
        match due {
            Due::Plan(place, key) => {
                let slot = (place, key);
                // Only the latest appointment counts; an older one finds another time here, or none.
                if self.waiting.get(&slot).is_none_or(|(waiting, _)| *waiting != at) {
                    return;
                }
                let cause = self.waiting.remove(&slot).and_then(|(_, cause)| cause);
                let (place, key) = slot;
                let view = View { store: self.api.store(), now: self.now, epoch: self.settings.epoch };
                let Some(controller) = self.loops.get_mut(place) else { return };
                let who = controller.component();
                let plan = controller.plan(&key, &view);
                if matches!(who, Component::Kubelet(_)) {
                    self.dataplane.ports_changed();
                }
                self.carry_out(place, &key, plan, cause);
            }
            Due::Sync(place) => self.sync(place, at),
            Due::Records(change) => {
                self.names.observe(&change, self.settings.epoch);
                if !matches!(change.key.resource, ResourceId::PODS | ResourceId::NAMESPACES) {
                    let what = What::Records { key: change.key.clone() };
                    self.log.add(self.now, Component::Dns, Some(change.event), what);
                }
            }
        }
    }

    /// Lets a kube-proxy begin or end a sync, if that is what it waits for.
    fn sync(&mut self, place: u16, at: Time) {
        let Some(slot) = self.syncs.get_mut(usize::from(place)) else { return };
        let cause = match slot {
            Some((due, cause)) if *due == at => *cause,
            _ => return,
        };
        *slot = None;
        if let Some(update) = self.dataplane.step(place, self.now) {
            let what = What::Rules { node: place, services: update.services };
            self.log.add(self.now, Component::KubeProxy(place), cause, what);
        }
        self.appoint_sync(place, cause);
    }

    /// Has a kube-proxy act when it is due.
    fn appoint_sync(&mut self, place: u16, cause: Option<EventId>) {
        let place_in_lists = usize::from(place);
        let due = self.dataplane.proxies.get(place_in_lists).and_then(crate::proxy::Sync::due);
        let (Some(due), Some(slot)) = (due, self.syncs.get_mut(place_in_lists)) else { return };
        if slot.is_none_or(|(waiting, _)| waiting != due) {
            // The first change since the last sync is what made this one.
            let cause = slot.and_then(|(_, cause)| cause).or(cause);
            *slot = Some((due, cause));
            self.queue.push(due, Due::Sync(place));
        }
    }

    /// Carries a plan out and reports each result to its controller.
    fn carry_out(&mut self, place: usize, key: &Key, plan: Plan, cause: Option<EventId>) {
        let Some(who) = self.loops.get_mut(place).map(|one| one.component()) else { return };
        if let Some(again) = plan.again {
            self.appoint(place, key.clone(), self.now + again, cause);
        }
        for write in plan.writes {
            let result = self.write(who, cause, &write);
            let view = View { store: self.api.store(), now: self.now, epoch: self.settings.epoch };
            let Some(controller) = self.loops.get_mut(place) else { return };
            let next = controller.done(key, &write, result.as_ref(), &view);
            if next != Plan::default() {
                self.carry_out(place, key, next, cause);
            }
        }
    }

    fn write(&mut self, who: Component, cause: Option<EventId>, write: &Write) -> Result<Arc<Object>, Status> {
        let put =
            |resource, object: &Object| Request::new(Key::of(resource, object), Verb::Update(object.value().clone()));
        let mut request = match write {
            Write::Create { resource, object } => {
                let key = Key::new(*resource, object.namespace(), "");
                Request::new(key, Verb::Create(object.value().clone()))
            }
            Write::Update { resource, object } => put(*resource, object),
            Write::UpdateStatus { resource, object } => put(*resource, object).to("status"),
            Write::Delete { key, uid, propagation, grace } => {
                let propagation = match propagation {
                    Propagation::Background => "Background",
                    Propagation::Foreground => "Foreground",
                    Propagation::Orphan => "Orphan",
                };
                let options = DeleteOptions { propagation, grace: grace.map(i64::from), uid: uid.clone() };
                Request::new(key.clone(), Verb::Delete(options))
            }
            Write::Bind { pod, node } => {
                let body = json!({"metadata": {"name": pod.name}, "target": {"kind": "Node", "name": node}});
                Request::new(pod.clone(), Verb::Create(body)).to("binding")
            }
            Write::Finalize { namespace } => {
                let body = json!({"metadata": {"name": namespace}, "spec": {}});
                Request::new(Key::new(ResourceId::NAMESPACES, "", namespace.clone()), Verb::Update(body)).to("finalize")
            }
            Write::Event { about, uid, field_path, warning, reason, message } => {
                let occurrence = Occurrence {
                    source: who,
                    host: boot::host_of(who, &self.settings),
                    about: about.clone(),
                    uid: uid.clone(),
                    field_path: field_path.clone(),
                    warning: *warning,
                    reason: (*reason).to_owned(),
                    message: message.clone(),
                };
                return self.record(cause, &occurrence);
            }
        };
        request.options = Options { manager: who.name().to_owned(), ..Options::default() };
        let reply = self.request(who, cause, &request)?;
        reply.object().cloned().ok_or_else(|| Status::bad_request("a write answered with a list"))
    }

    /// Tells every controller of the changes that are new, and queues what they want to look at.
    fn tell(&mut self) {
        let changes = self.store().changes_since(self.told).to_vec();
        self.told = self.store().revision();
        for change in &changes {
            if self.dataplane.observe(change) {
                for place in 0..self.syncs.len() {
                    self.appoint_sync(place as u16, Some(change.event));
                }
            }
            if Names::watches(change.key.resource) {
                let at = self.now + self.settings.latency.of(Component::Dns, &mut self.random);
                let at = self.names.arrival(change.key.resource, at);
                self.queue.push(at, Due::Records(change.clone()));
            }
            for place in 0..self.loops.len() {
                let Some(controller) = self.loops.get_mut(place) else { continue };
                let who = controller.component();
                for key in controller.watch(change, self.api.store()) {
                    let at = self.now + self.settings.latency.of(who, &mut self.random);
                    self.appoint(place, key, at, Some(change.event));
                }
            }
        }
    }

    /// Has a controller look at `key` at `at`, unless it will do so earlier anyway.
    fn appoint(&mut self, place: usize, key: Key, at: Time, cause: Option<EventId>) {
        let slot = (place, key);
        if self.waiting.get(&slot).is_some_and(|(waiting, _)| *waiting <= at) {
            return;
        }
        self.waiting.insert(slot.clone(), (at, cause));
        self.queue.push(at, Due::Plan(slot.0, slot.1));
    }
}
