//! The kubelet of a node: makes the pods that the scheduler gave to its node run, and reports how they do.
//!
//! A pod gets an address and its containers one after the other; probes and ports that listen decide whether it is
//! ready; annotations (`sim/...`) steer what its containers do and are followed live. Called by `cluster`, which also
//! asks it who listens where, what a container learned at its start and what it printed. It starts no real process
//! and carries no packet.

mod addresses;
mod container;
mod env;
mod images;
mod ports;
mod probes;
mod resolv;
mod run;
mod sim;
mod start;
mod status;
mod timing;

pub use container::{Container, Ending, Kind, LogLine, Start, State};
pub use env::{
    Environment, Unknown, Variables, Why, environment, expand, field_of_pod, service_variables, unknown_services,
};
pub use ports::{Port, Transport};
pub use resolv::{DnsSettings, ResolvConf, hostname, hosts_file, read_hosts, resolv_conf};
pub use sim::{Fate, Sim};
pub use status::hex_of;
pub use timing::Timing;

use crate::api::{Fields, Object, ResourceId, Status, Value, json, pod};
use crate::clock::{Component, Time};
use crate::controllers::{Controller, Plan, Propagation, View, Write};
use crate::order::SortedMap;
use crate::store::{Change, Key, Store};
use addresses::Range;
use run::{Run, Shared};
use status::Here;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

/// The kubelet of one node.
#[derive(Clone, Debug)]
pub struct Kubelet {
    place: u16,
    node: String,
    address: String,
    shared: Shared,
    runs: SortedMap<Key, Run>,
    /// The variables of Services, by namespace and `enableServiceLinks`, until a Service changes.
    links: SortedMap<(String, bool), Arc<Variables>>,
}

impl Kubelet {
    /// The kubelet of the node at `place` in the cluster, with that node's name, address and pod CIDR. `None` where the
    /// CIDR is none.
    pub fn new(place: u16, node: &str, address: &str, pod_cidr: &str, timing: Timing) -> Option<Kubelet> {
        Some(Kubelet {
            place,
            node: node.to_owned(),
            address: address.to_owned(),
            shared: Shared::new(Range::parse(pod_cidr)?, timing),
            runs: SortedMap::new(),
            links: SortedMap::new(),
        })
    }

    /// The node's name.
    pub fn node(&self) -> &str {
        &self.node
    }

    /// The gateway of the node's pods: the address from which the node itself speaks to them.
    pub fn gateway(&self) -> Ipv4Addr {
        self.shared.range.gateway()
    }

    /// The container of `pod` that listens on `port` now.
    pub fn listener(&self, pod: &Key, port: Port) -> Option<&str> {
        let listening = &self.runs.get(pod)?.listening;
        listening.iter().find(|(_, one)| *one == port).map(|(container, _)| container.as_str())
    }

    /// Who listens where now: pod, container, port; by pod.
    pub fn listening(&self) -> impl Iterator<Item = (&Key, &str, Port)> {
        self.runs
            .iter()
            .flat_map(|(key, run)| run.listening.iter().map(move |(name, port)| (key, name.as_str(), *port)))
    }

    /// The containers of a pod, init containers first, ephemeral ones last.
    pub fn containers(&self, pod: &Key) -> &[Container] {
        self.runs.get(pod).map_or(&[], |run| run.containers.as_slice())
    }

    /// A container of a pod by its name.
    pub fn container(&self, pod: &Key, name: &str) -> Option<&Container> {
        self.containers(pod).iter().find(|container| container.name == name)
    }

    /// Has a container print a line, such as one about a request that it answered.
    pub fn print(&mut self, pod: &Key, container: &str, at: Time, line: String) {
        let run = self.runs.get_mut(pod);
        if let Some(container) = run.and_then(|run| run.containers.iter_mut().find(|one| one.name == container)) {
            container.print(at, line);
        }
    }

    /// Has a program write into a container's file: the text itself, or more of it; `None` removes the file.
    pub fn write_file(&mut self, pod: &Key, container: &str, path: String, text: Option<String>, append: bool) {
        let run = self.runs.get_mut(pod);
        let found = run.and_then(|run| run.containers.iter_mut().find(|one| one.name == container));
        let Some(start) = found.and_then(|container| container.start.as_mut()) else { return };
        match (start.files.get_mut(&path), text) {
            (Some(Some(held)), Some(text)) if append => held.push_str(&text),
            (_, text) => drop(start.files.insert(path, text)),
        }
    }

    /// Has a container's program end by itself. `false` where it does not run here.
    pub fn exit(&mut self, pod: &Object, key: &Key, container: &str, now: Time, code: i64) -> bool {
        let run = self.runs.get_mut(key).filter(|run| run.uid == pod.uid());
        run.is_some_and(|run| run.exit(pod, container, &self.shared.timing, now, code))
    }

    fn forget(&mut self, key: &Key) {
        if let Some(mut run) = self.runs.remove(key) {
            run.give_back(&mut self.shared.range);
        }
    }
}

impl Controller for Kubelet {
    fn component(&self) -> Component {
        Component::Kubelet(self.place)
    }

    fn watch(&mut self, change: &Change, _store: &Store) -> Vec<Key> {
        if change.key.resource == ResourceId::SERVICES {
            let namespace = &change.key.namespace;
            self.links.retain(|(of, _), _| of != namespace && namespace != "default");
        }
        if change.key.resource != ResourceId::PODS {
            return Vec::new();
        }
        let Some(new) = &change.new else {
            self.forget(&change.key);
            return Vec::new();
        };
        if pod::node(new) != self.node {
            return Vec::new();
        }
        let same = change.old.as_deref().is_some_and(|old| same_wishes(old, new));
        if same { Vec::new() } else { vec![change.key.clone()] }
    }

    fn plan(&mut self, key: &Key, view: &View<'_>) -> Plan {
        let Some(pod) = view.store.get(key).filter(|pod| pod::node(pod) == self.node) else {
            self.forget(key);
            return Plan::default();
        };
        if self.runs.get(key).is_some_and(|run| run.uid != pod.uid()) {
            self.forget(key);
        }
        let run = self.runs.entry(key.clone()).or_insert_with(|| Run::new(pod, view.now));
        let links = self.links.entry((pod.namespace().to_owned(), env::has_links(pod)));
        let links = links.or_insert_with(|| Arc::new(service_variables(pod, view.store))).clone();
        let node = view.store.find(ResourceId::NODES, "", &self.node).map(AsRef::as_ref);
        let host = self.address.as_str();
        let env = |container: &Container, address: Option<Ipv4Addr>| {
            // What the status will say once it is written is known to the containers already.
            let mut pod = Object::clone(pod);
            let ip = address.map_or_else(|| host.to_owned(), |address| address.to_string());
            pod.set("status.podIPs", json!([{"ip": ip}]));
            pod.set("status.podIP", ip.into());
            pod.set("status.hostIP", host.into());
            let all = pod.items(&format!("spec.{}", container.kind.list()));
            let Some(spec) = all.iter().find(|one| one.text("name") == container.name) else {
                return Ok(Environment::default());
            };
            check_user(&pod, spec)?;
            environment(&pod, spec, node, &links, view.store)
        };
        let step = run.advance(pod, &mut self.shared, view.now, &env);
        let timing = &self.shared.timing;
        let mut plan = Plan { writes: Vec::new(), again: step.next.map(|next| next.since(view.now)) };
        if timing.tells {
            plan.writes.extend(step.notices.into_iter().map(|notice| Write::Event {
                about: key.clone(),
                uid: pod.uid().to_owned(),
                field_path: notice.field_path,
                warning: notice.warning,
                reason: notice.reason,
                message: notice.message,
            }));
        }
        if step.gone && timing.lively {
            run.end(view.now);
        }
        if (run.has_sandbox || timing.tells || run.is_stuck()) && (!step.gone || timing.lively) {
            let here = Here { address: &self.address, now: view.now, epoch: view.epoch };
            let status = status::status(pod, run, here);
            if pod.at("status") != Some(&status) {
                let mut object = Object::clone(pod);
                object.set("status", status);
                plan.writes.push(Write::UpdateStatus { resource: ResourceId::PODS, object });
            }
        }
        if step.gone {
            plan.writes.push(Write::Delete {
                key: key.clone(),
                uid: Some(pod.uid().to_owned()),
                propagation: Propagation::Background,
                grace: Some(0),
            });
        }
        plan
    }

    fn done(&mut self, _key: &Key, write: &Write, result: Result<&Arc<Object>, &Status>, _view: &View<'_>) -> Plan {
        match (write, result) {
            (Write::UpdateStatus { .. } | Write::Delete { .. }, Err(status)) if status.code != 404 => {
                Plan { writes: Vec::new(), again: Some(Duration::from_millis(100)) }
            }
            _ => Plan::default(),
        }
    }
}

/// Why a container may not run as its user, where it must not be root. Models kuberuntime verifyRunAsNonRoot.
fn check_user(pod: &Object, spec: &Value) -> Result<(), String> {
    let said = |field: &str| {
        let own = spec.at("securityContext").and_then(|context| context.get(field));
        own.or_else(|| pod.at("spec.securityContext").and_then(|context| context.get(field)))
    };
    if said("runAsNonRoot") != Some(&Value::Bool(true)) {
        return Ok(());
    }
    let what = match said("runAsUser").and_then(Value::as_i64) {
        Some(0) => "container's runAsUser breaks non-root policy",
        None if images::runs_as_root(spec.text("image")) => "container has runAsNonRoot and image will run as root",
        _ => return Ok(()),
    };
    let whose = format!("{}_{}({})", pod.name(), pod.namespace(), pod.uid());
    Err(format!("{what} (pod: {whose:?}, container: {})", spec.text("name")))
}

/// Whether nothing differs between two states of a pod that a kubelet acts on.
fn same_wishes(old: &Object, new: &Object) -> bool {
    let same = |path: &str| old.at(path) == new.at(path);
    old.uid() == new.uid()
        && ["spec", "metadata.annotations", "metadata.deletionTimestamp", "metadata.deletionGracePeriodSeconds"]
            .into_iter()
            .all(same)
        && (new.items("spec.readinessGates").is_empty() || same("status.conditions"))
}
