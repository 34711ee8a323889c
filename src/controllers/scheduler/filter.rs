//! Whether a pod fits on a node, and the scheduler's words where it does not.

use super::affinity::{self, Term};
use super::cache::{Cache, HostPort, Node, host_ports};
use super::resources::{self, Resources};
use crate::api::{Fields, Object, ResourceId, Selector, Value, json, pod};
use crate::order::{Order, SortedMap, SortedSet};
use crate::store::{Key, Store};
use std::borrow::Cow;

/// A scheduler plugin that can keep a pod off a node, in the order in which they are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Plugin {
    /// Cordons.
    NodeUnschedulable,
    /// Taints.
    TaintToleration,
    /// Node selectors.
    NodeAffinity,
    /// Ports of the node.
    NodePorts,
    /// Room.
    NodeResourcesFit,
    /// Claims of volumes.
    VolumeBinding,
    /// Even spreading.
    PodTopologySpread,
    /// Neighbours.
    InterPodAffinity,
}

/// Why a node is out of the question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Who says so.
    pub plugin: Plugin,
    /// In the scheduler's words; several where several resources are short.
    pub reasons: Vec<Cow<'static, str>>,
    /// Whether removing other pods could help: `Unschedulable`, as against `UnschedulableAndUnresolvable`.
    pub resolvable: bool,
}

/// What of a pod's wishes depends on other pods, looked up once for all nodes.
pub struct Wishes<'a> {
    pod: &'a Object,
    asked: Resources,
    /// What is asked for besides, by name.
    others: SortedMap<String, i64>,
    ports: Vec<HostPort>,
    /// Whether node selectors or node affinity are asked for at all.
    picks_nodes: bool,
    /// For each required affinity term: the node label, and its values where such a pod runs.
    near: Vec<(&'a str, SortedSet<String>)>,
    /// Whether the pod is the first of a group that wants to be near itself.
    is_first: bool,
    /// For each required anti-affinity term the same.
    far: Vec<(&'a str, SortedSet<String>)>,
    /// Labels and values of the nodes from which placed pods keep this one away.
    repelled: Vec<(String, String)>,
    spread: Vec<Spread<'a>>,
}

/// A `DoNotSchedule` constraint with what there is so far.
struct Spread<'a> {
    key: &'a str,
    most: i64,
    counts: SortedMap<String, i64>,
    least: i64,
    own: i64,
}

/// The list of required terms of `podAffinity` or `podAntiAffinity`.
fn required<'a>(pod: &'a Object, kind: &str) -> &'a [Value] {
    pod.items(&format!("spec.affinity.{kind}.requiredDuringSchedulingIgnoredDuringExecution"))
}

impl<'a> Wishes<'a> {
    /// Looks up what `pod` wishes of its neighbours.
    pub fn of(pod: &'a Object, cache: &Cache, store: &Store) -> Wishes<'a> {
        let places = |term: &Term<'a>| {
            let nodes = term
                .pods(store)
                .into_iter()
                .filter_map(|key| Some(store.find(ResourceId::NODES, "", cache.node_of(&key)?)?.clone()));
            (term.topology_key, nodes.filter_map(|node| Some(node.label(term.topology_key)?.to_owned())).collect())
        };
        let terms = |kind| required(pod, kind).iter().map(|term| Term::of(term, pod, store)).collect::<Vec<_>>();
        let wanted = terms("podAffinity");
        let near: Vec<(&str, SortedSet<String>)> = wanted.iter().map(places).collect();
        let is_first = near.iter().all(|(_, values)| values.is_empty()) && wanted.iter().all(|term| term.means(pod));
        let far = terms("podAntiAffinity").iter().map(places).collect();
        let mut repelled = Vec::new();
        for key in cache.repelling() {
            let (Some(other), Some(node)) = (store.get(key), cache.node_of(key)) else { continue };
            let Some(node) = store.find(ResourceId::NODES, "", node) else { continue };
            for term in required(other, "podAntiAffinity").iter().map(|term| Term::of(term, other, store)) {
                if let Some(value) = node.label(term.topology_key).filter(|_| term.means(pod)) {
                    repelled.push((term.topology_key.to_owned(), value.to_owned()));
                }
            }
        }
        repelled.order();
        repelled.dedup();
        let constraints = pod.items("spec.topologySpreadConstraints").iter();
        let hard = constraints.filter(|one| one.text("whenUnsatisfiable") != "ScheduleAnyway");
        let spread = hard.map(|one| Spread::of(one, pod, cache, store)).collect();
        let picks_nodes = pod.at("spec.nodeSelector").is_some() || pod.at("spec.affinity.nodeAffinity").is_some();
        let (asked, ports) = (resources::requests(pod), host_ports(pod));
        let others = resources::others(pod);
        Wishes { pod, asked, others, ports, picks_nodes, near, is_first, far, repelled, spread }
    }

    /// Whether the pod can go to `node`; the first plugin that objects says why not.
    pub fn check(&self, facts: &Node) -> Result<(), Refusal> {
        let node: &Object = &facts.object;
        let refuse =
            |plugin, resolvable, reason| Err(Refusal { plugin, reasons: vec![Cow::Borrowed(reason)], resolvable });
        let cordon = || json!({"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"});
        if facts.cordoned && !affinity::tolerates(self.pod, &cordon()) {
            return refuse(Plugin::NodeUnschedulable, false, "node(s) were unschedulable");
        }
        if facts.tainted && affinity::untolerated(self.pod, node, &["NoSchedule", "NoExecute"]).next().is_some() {
            return refuse(Plugin::TaintToleration, false, "node(s) had untolerated taint(s)");
        }
        if self.picks_nodes && !affinity::node_matches(self.pod, node) {
            return refuse(Plugin::NodeAffinity, false, "node(s) didn't match Pod's node affinity/selector");
        }
        let load = &facts.load;
        if load.has_port_conflict(&self.ports) {
            return refuse(Plugin::NodePorts, true, "node(s) didn't have free ports for the requested pod ports");
        }
        let (room, asked) = (facts.room, self.asked);
        let mut short = Vec::new();
        let mut resolvable = true;
        if load.pods >= facts.most_pods {
            short.push(Cow::Borrowed("Too many pods"));
        }
        for (asked, used, room, reason) in [
            (asked.cpu, load.requests.cpu, room.cpu, "Insufficient cpu"),
            (asked.memory, load.requests.memory, room.memory, "Insufficient memory"),
        ] {
            if asked > 0 && asked > room.saturating_sub(used) {
                short.push(Cow::Borrowed(reason));
                resolvable &= asked <= room;
            }
        }
        for (name, asked) in &self.others {
            if *asked > resources::other(node, name) {
                short.push(Cow::Owned(format!("Insufficient {name}")));
                resolvable = false;
            }
        }
        if !short.is_empty() {
            return Err(Refusal { plugin: Plugin::NodeResourcesFit, reasons: short, resolvable });
        }
        for constraint in &self.spread {
            let Some(value) = node.label(constraint.key) else {
                let reason = "node(s) didn't match pod topology spread constraints (missing required label)";
                return refuse(Plugin::PodTopologySpread, false, reason);
            };
            let there = constraint.counts.get(value).copied().unwrap_or(0);
            if there + constraint.own - constraint.least > constraint.most {
                return refuse(Plugin::PodTopologySpread, true, "node(s) didn't match pod topology spread constraints");
            }
        }
        let shares =
            |(key, values): &(&str, SortedSet<String>)| node.label(key).is_some_and(|one| values.contains(one));
        let has_labels = self.near.iter().all(|(key, _)| node.label(key).is_some());
        if !has_labels || !(self.is_first || self.near.iter().all(shares)) {
            return refuse(Plugin::InterPodAffinity, false, "node(s) didn't match pod affinity rules");
        }
        if self.far.iter().any(shares) {
            return refuse(Plugin::InterPodAffinity, true, "node(s) didn't match pod anti-affinity rules");
        }
        if self.repelled.iter().any(|(key, value)| node.label(key) == Some(value)) {
            return refuse(Plugin::InterPodAffinity, true, "node(s) didn't satisfy existing pods anti-affinity rules");
        }
        Ok(())
    }
}

impl<'a> Spread<'a> {
    /// Models podtopologyspread's PreFilter: only nodes that the pod's node affinity allows and that have the label
    /// count.
    fn of(constraint: &'a Value, pod: &Object, cache: &Cache, store: &Store) -> Spread<'a> {
        let key = constraint.text("topologyKey");
        let selector = spread_selector(constraint, pod);
        let mut counts: SortedMap<String, i64> = store
            .list(ResourceId::NODES, None)
            .filter(|node| affinity::node_matches(pod, node))
            .filter_map(|node| Some((node.label(key)?.to_owned(), 0)))
            .collect();
        for one in store.select(ResourceId::PODS, pod.namespace(), &selector) {
            let node = cache.node_of(&Key::of(ResourceId::PODS, one)).filter(|_| !one.is_being_deleted());
            let node = node.and_then(|node| store.find(ResourceId::NODES, "", node));
            if let Some(count) = node.and_then(|node| counts.get_mut(node.label(key)?)) {
                *count += 1;
            }
        }
        let too_few = constraint.int("minDomains").is_some_and(|least| (counts.len() as i64) < least);
        let least = if too_few { 0 } else { counts.values().min().copied().unwrap_or(0) };
        let own = i64::from(selector.selects(pod));
        Spread { key, most: constraint.int("maxSkew").unwrap_or(1), counts, least, own }
    }
}

/// Which pods a spread constraint of `pod` counts: its selector, and the pod's own values of `matchLabelKeys`.
pub fn spread_selector(constraint: &Value, pod: &Object) -> Selector {
    let mut selector = Selector::of_label_selector(constraint.at("labelSelector").unwrap_or(&Value::Null));
    for key in constraint.items("matchLabelKeys").iter().filter_map(Value::as_str) {
        let own = pod.label(key).map(|value| (key, value));
        selector.requirements.extend(Selector::of_labels(own).requirements);
    }
    selector
}

/// The message for a pod that fits nowhere. Models framework FitError.Error and the messages of the plugins that look
/// for a way out afterwards.
pub fn message(pod: &Object, refusals: &[Refusal]) -> String {
    if refusals.is_empty() {
        return "no nodes available to schedule pods".to_owned();
    }
    let nodes = refusals.len();
    let of_pod = |refusal: &&Refusal| refusal.plugin == Plugin::VolumeBinding;
    let reasons = match refusals.first().filter(of_pod).and_then(|refusal| refusal.reasons.first()) {
        // What is wrong with the pod itself is said once.
        Some(reason) => reason.to_string(),
        None => counted(refusals.iter().flat_map(|refusal| refusal.reasons.iter().map(|reason| &**reason))),
    };
    let preemption = if pod.text("spec.preemptionPolicy") == "Never" {
        "not eligible due to preemptionPolicy=Never.".to_owned()
    } else {
        let way_out = |refusal: &Refusal| {
            if refusal.resolvable {
                "No preemption victims found for incoming pod"
            } else {
                "Preemption is not helpful for scheduling"
            }
        };
        format!("0/{nodes} nodes are available: {}.", counted(refusals.iter().map(way_out)))
    };
    format!("0/{nodes} nodes are available: {reasons}. no new claims to deallocate, preemption: {preemption}")
}

/// `1 a, 2 b`, in the order of the texts.
fn counted<'a>(reasons: impl Iterator<Item = &'a str>) -> String {
    let mut counts: SortedMap<&str, usize> = SortedMap::new();
    for reason in reasons {
        *counts.entry(reason).or_default() += 1;
    }
    let mut texts: Vec<String> = counts.into_iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    texts.order();
    texts.join(", ")
}

/// The nodes that take the pod, and why the others do not.
pub fn sift<'a>(wishes: &Wishes<'_>, cache: &'a Cache) -> (Vec<&'a Node>, Vec<Refusal>) {
    let (mut fit, mut refusals) = (Vec::new(), Vec::new());
    for node in cache.nodes() {
        match wishes.check(node) {
            Ok(()) => fit.push(node),
            Err(refusal) => refusals.push(refusal),
        }
    }
    (fit, refusals)
}

/// The refusals of every node for a reason that lies in the pod. Models a plugin's PreFilter that fails.
pub fn refuse_all(reason: String, cache: &Cache) -> Vec<Refusal> {
    let refusal = Refusal { plugin: Plugin::VolumeBinding, reasons: vec![Cow::Owned(reason)], resolvable: false };
    cache.nodes().map(|_| refusal.clone()).collect()
}

/// Whether the scheduler is the one to place the pod now.
pub fn is_waiting(pod: &Object) -> bool {
    let mine = matches!(pod.text("spec.schedulerName"), "" | "default-scheduler");
    mine && pod::node(pod).is_empty() && pod::is_active(pod) && pod.items("spec.schedulingGates").is_empty()
}

#[cfg(test)]
#[allow(clippy::needless_pass_by_value)]
mod tests {
    use super::*;
    use crate::clock::{EventId, Time};
    use expect_test::{Expect, expect};

    fn put(store: &mut Store, resource: ResourceId, object: Value) {
        store.put(resource, Object::new(object).unwrap(), Time::ZERO, EventId(0));
    }

    /// node1 in zone east and node2 in zone west, 2 CPUs, 4 pods each.
    fn two_nodes() -> Store {
        let mut store = Store::default();
        for (name, zone) in [("node1", "east"), ("node2", "west")] {
            let labels = json!({"kubernetes.io/hostname": name, "zone": zone});
            let node = json!({
                "kind": "Node", "metadata": {"name": name, "uid": name, "labels": labels},
                "status": {"allocatable": {"cpu": "2", "memory": "4Gi", "pods": "4"}},
            });
            put(&mut store, ResourceId::NODES, node);
        }
        store
    }

    fn change(store: &mut Store, node: &str, path: &str, value: Value) {
        let mut object = Object::clone(store.find(ResourceId::NODES, "", node).unwrap());
        object.set(path, value);
        store.put(ResourceId::NODES, object, Time::ZERO, EventId(0));
    }

    fn placed(store: &mut Store, name: &str, node: &str, spec: Value) {
        let labels = json!({"app": "web"});
        let mut pod =
            json!({"metadata": {"name": name, "namespace": "default", "uid": name, "labels": labels}, "spec": spec});
        pod["spec"]["nodeName"] = node.into();
        put(store, ResourceId::PODS, pod);
    }

    /// Where a pod of this spec, labelled app=web, could go, or why it cannot go anywhere.
    fn check(store: &Store, spec: Value, expected: Expect) {
        let metadata = json!({"name": "new", "namespace": "default", "uid": "new", "labels": {"app": "web"}});
        let pod = Object::new(json!({"metadata": metadata, "spec": spec})).unwrap();
        let mut cache = Cache::default();
        cache.update_nodes(store);
        for pod in store.list(ResourceId::PODS, None) {
            cache.update(&Key::of(ResourceId::PODS, pod), Some(pod));
        }
        let (fit, refusals) = sift(&Wishes::of(&pod, &cache, store), &cache);
        let names: Vec<&str> = fit.iter().map(|node| node.object.name()).collect();
        expected.assert_eq(&if names.is_empty() { message(&pod, &refusals) } else { names.join(" ") });
    }

    fn anti_affinity(key: &str) -> Value {
        let term = json!({"topologyKey": key, "labelSelector": {"matchLabels": {"app": "web"}}});
        json!({"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}})
    }

    #[test]
    fn nodes_are_refused_in_the_schedulers_words() {
        let mut store = two_nodes();
        check(&Store::default(), json!({}), expect!["no nodes available to schedule pods"]);
        check(&store, json!({}), expect!["node1 node2"]);
        change(&mut store, "node1", "spec.unschedulable", true.into());
        change(&mut store, "node2", "spec.taints", json!([{"key": "maint", "value": "yes", "effect": "NoSchedule"}]));
        check(
            &store,
            json!({}),
            expect![
                "0/2 nodes are available: 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable. no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling."
            ],
        );
        let tough = json!({"tolerations": [{"key": "maint", "value": "yes"}]});
        check(&store, tough, expect!["node2"]);
        let never = json!({"preemptionPolicy": "Never"});
        check(
            &store,
            never,
            expect![
                "0/2 nodes are available: 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable. no new claims to deallocate, preemption: not eligible due to preemptionPolicy=Never."
            ],
        );
    }

    #[test]
    fn room_runs_out() {
        let mut store = two_nodes();
        let asks = |cpu: &str| json!({"containers": [{"resources": {"requests": {"cpu": cpu}}}]});
        placed(&mut store, "a", "node1", asks("1500m"));
        check(&store, asks("1"), expect!["node2"]);
        check(
            &store,
            asks("3"),
            expect![
                "0/2 nodes are available: 2 Insufficient cpu. no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling."
            ],
        );
        placed(&mut store, "b", "node2", asks("1500m"));
        check(
            &store,
            asks("1"),
            expect![
                "0/2 nodes are available: 2 Insufficient cpu. no new claims to deallocate, preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod."
            ],
        );
        for name in ["c", "d", "e"] {
            placed(&mut store, name, "node2", json!({}));
        }
        check(
            &store,
            asks("1"),
            expect![
                "0/2 nodes are available: 1 Too many pods, 2 Insufficient cpu. no new claims to deallocate, preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod."
            ],
        );
        let port = json!({"containers": [{"ports": [{"containerPort": 80, "hostPort": 80}]}]});
        placed(&mut store, "f", "node1", port.clone());
        check(
            &store,
            port,
            expect![
                "0/2 nodes are available: 1 Too many pods, 1 node(s) didn't have free ports for the requested pod ports. no new claims to deallocate, preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod."
            ],
        );
    }

    #[test]
    fn claims_are_waited_for() {
        let mut store = two_nodes();
        let volume = json!({"name": "v", "persistentVolumeClaim": {"claimName": "data"}});
        let pod = json!({"metadata": {"name": "p", "namespace": "default"}, "spec": {"volumes": [volume]}});
        let pod = Object::new(pod).unwrap();
        let mut cache = Cache::default();
        cache.update_nodes(&store);
        let said = |store: &Store| {
            super::super::claims::refusal(&pod, store).map(|reason| message(&pod, &refuse_all(reason, &cache)))
        };
        let rest = "no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.";
        let wanted = format!("0/2 nodes are available: persistentvolumeclaim \"data\" not found. {rest}");
        assert_eq!(said(&store), Some(wanted));
        let claim = json!({"metadata": {"name": "data", "namespace": "default", "uid": "data"}});
        put(&mut store, ResourceId::PERSISTENT_VOLUME_CLAIMS, claim);
        assert_eq!(said(&store), None);
    }

    #[test]
    fn neighbours_are_sought_and_shunned() {
        let mut store = two_nodes();
        let near = |app: &str| {
            let term = json!({"topologyKey": "zone", "labelSelector": {"matchLabels": {"app": app}}});
            json!({"affinity": {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}})
        };
        check(&store, near("web"), expect!["node1 node2"]);
        check(
            &store,
            near("db"),
            expect![
                "0/2 nodes are available: 2 node(s) didn't match pod affinity rules. no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling."
            ],
        );
        placed(&mut store, "a", "node2", json!({}));
        check(&store, near("web"), expect!["node2"]);
        check(&store, json!({"affinity": anti_affinity("zone")}), expect!["node1"]);
        placed(&mut store, "b", "node1", json!({"affinity": anti_affinity("kubernetes.io/hostname")}));
        check(&store, json!({}), expect!["node2"]);
        check(
            &store,
            json!({"affinity": anti_affinity("zone")}),
            expect![
                "0/2 nodes are available: 2 node(s) didn't match pod anti-affinity rules. no new claims to deallocate, preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod."
            ],
        );
    }

    #[test]
    fn spreading_can_be_required() {
        let mut store = two_nodes();
        let spread = |key: &str| {
            json!({"topologySpreadConstraints": [{
                "topologyKey": key, "maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule",
                "labelSelector": {"matchLabels": {"app": "web"}},
            }]})
        };
        placed(&mut store, "a", "node1", json!({}));
        check(&store, spread("zone"), expect!["node2"]);
        check(
            &store,
            spread("rack"),
            expect![
                "0/2 nodes are available: 2 node(s) didn't match pod topology spread constraints (missing required label). no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling."
            ],
        );
    }
}
