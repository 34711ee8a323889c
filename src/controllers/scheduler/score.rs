//! Which of the nodes that take a pod is the best.
//!
//! Each plugin gives 0 to 100; the sums are weighed as in the scheduler's default profile.

use super::affinity::{self, Term};
use super::cache::{Cache, Node};
use super::filter::spread_selector;
use super::resources::{self, Resources};
use crate::api::{Fields, Object, ResourceId};
use crate::order::SortedMap;
use crate::store::{Key, Store};

/// The best of `nodes` for `pod`: the first of those with the highest score.
pub fn best<'a>(pod: &Object, nodes: &[&'a Node], cache: &Cache, store: &Store) -> Option<&'a Object> {
    if let [only] = nodes {
        return Some(&only.object);
    }
    let mut total = vec![0.0; nodes.len()];
    let mut add = |weight: f64, scores: Vec<f64>| {
        for (sum, score) in total.iter_mut().zip(scores) {
            *sum += weight * score;
        }
    };
    let asked = resources::scored_requests(pod);
    add(1.0, nodes.iter().map(|node| room(asked, node)).collect());
    add(2.0, spread(pod, nodes, cache, store));
    let soft_taints = |node: &&Node| {
        if node.tainted { affinity::untolerated(pod, &node.object, &["PreferNoSchedule"]).count() as f64 } else { 0.0 }
    };
    add(3.0, fewest(nodes.iter().map(soft_taints).collect()));
    add(2.0, most(nodes.iter().map(|node| liked(pod, &node.object)).collect()));
    add(2.0, neighbours(pod, nodes, cache, store));
    let mut best: Option<(&'a Node, f64)> = None;
    for (node, score) in nodes.iter().zip(total) {
        if best.is_none_or(|(_, highest)| score > highest) {
            best = Some((node, score));
        }
    }
    best.map(|(node, _)| node.object.as_ref())
}

/// The share of CPU and memory that would be left. Models noderesources LeastAllocated.
fn room(asked: Resources, node: &Node) -> f64 {
    let (room, used) = (node.room, node.load.scored.plus(asked));
    let left =
        |used: i64, room: i64| if used > room || room == 0 { 0.0 } else { 100.0 * (1.0 - used as f64 / room as f64) };
    f64::midpoint(left(used.cpu, room.cpu), left(used.memory, room.memory))
}

/// Fewer pods of the same kind are better. Models podtopologyspread's score: soft constraints of the pod, or by default
/// one over nodes for the pods of its controller.
fn spread(pod: &Object, nodes: &[&Node], cache: &Cache, store: &Store) -> Vec<f64> {
    let soft: Vec<_> = pod
        .items("spec.topologySpreadConstraints")
        .iter()
        .filter(|constraint| constraint.text("whenUnsatisfiable") == "ScheduleAnyway")
        .collect();
    let mut counts = vec![0.0; nodes.len()];
    if soft.is_empty() {
        let siblings = pod.controller().and_then(|controller| cache.siblings(controller.text("uid")));
        for (sum, node) in counts.iter_mut().zip(nodes) {
            *sum = siblings.and_then(|siblings| siblings.get(node.object.name())).copied().unwrap_or(0) as f64;
        }
    }
    for constraint in soft {
        let key = constraint.text("topologyKey");
        let mut there: SortedMap<&str, f64> = SortedMap::new();
        for other in store.select(ResourceId::PODS, pod.namespace(), &spread_selector(constraint, pod)) {
            let node = cache.node_of(&Key::of(ResourceId::PODS, other)).filter(|_| !other.is_being_deleted());
            let node = node.and_then(|node| store.find(ResourceId::NODES, "", node));
            if let Some(value) = node.and_then(|node| node.label(key)) {
                *there.entry(value).or_default() += 1.0;
            }
        }
        for (sum, node) in counts.iter_mut().zip(nodes) {
            *sum += node.object.label(key).and_then(|value| there.get(value)).copied().unwrap_or(0.0);
        }
    }
    let (least, highest) =
        (counts.iter().copied().fold(f64::MAX, f64::min), counts.iter().copied().fold(0.0, f64::max));
    let score = |count: f64| if highest == 0.0 { 100.0 } else { 100.0 * (highest + least - count) / highest };
    counts.into_iter().map(score).collect()
}

/// The weights of the preferred node affinities that `node` has.
fn liked(pod: &Object, node: &Object) -> f64 {
    let terms = pod.items("spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution").iter();
    let weight = |one: &&crate::api::Value| one.at("preference").is_some_and(|term| affinity::term_matches(term, node));
    terms.filter(weight).filter_map(|one| one.int("weight")).sum::<i64>() as f64
}

/// The weights of the preferred pod affinities less those of the anti-affinities. Models interpodaffinity's score.
fn neighbours(pod: &Object, nodes: &[&Node], cache: &Cache, store: &Store) -> Vec<f64> {
    let mut sums = vec![0.0; nodes.len()];
    for (kind, sign) in [("podAffinity", 1.0), ("podAntiAffinity", -1.0)] {
        for one in pod.items(&format!("spec.affinity.{kind}.preferredDuringSchedulingIgnoredDuringExecution")) {
            let Some(term) = one.at("podAffinityTerm").map(|term| Term::of(term, pod, store)) else { continue };
            let weight = sign * one.int("weight").unwrap_or(0) as f64;
            let mut there: SortedMap<&str, f64> = SortedMap::new();
            for key in term.pods(store) {
                let node = cache.node_of(&key).and_then(|node| store.find(ResourceId::NODES, "", node));
                if let Some(value) = node.and_then(|node| node.label(term.topology_key)) {
                    *there.entry(value).or_default() += weight;
                }
            }
            for (sum, node) in sums.iter_mut().zip(nodes) {
                *sum += node.object.label(term.topology_key).and_then(|value| there.get(value)).copied().unwrap_or(0.0);
            }
        }
    }
    let (least, highest) =
        (sums.iter().copied().fold(f64::MAX, f64::min), sums.iter().copied().fold(f64::MIN, f64::max));
    let score = |sum: f64| if highest > least { 100.0 * (sum - least) / (highest - least) } else { 0.0 };
    sums.into_iter().map(score).collect()
}

/// 100 for the highest, 0 for nothing.
fn most(scores: Vec<f64>) -> Vec<f64> {
    let highest = scores.iter().copied().fold(0.0, f64::max);
    scores.into_iter().map(|score| if highest > 0.0 { 100.0 * score / highest } else { 0.0 }).collect()
}

/// 100 for nothing, 0 for the highest.
fn fewest(scores: Vec<f64>) -> Vec<f64> {
    most(scores).into_iter().map(|score| 100.0 - score).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;
    use crate::clock::{EventId, Time};

    #[test]
    fn the_emptiest_node_is_best_and_the_first_of_equals() {
        let mut store = Store::default();
        for name in ["node1", "node2"] {
            let node = json!({"kind": "Node", "metadata": {"name": name, "uid": name}, "status": {"allocatable": {"cpu": "8", "memory": "16Gi", "pods": "110"}}});
            store.put(ResourceId::NODES, Object::new(node).unwrap(), Time::ZERO, EventId(0));
        }
        let pod = Object::new(
            json!({"metadata": {"name": "a", "uid": "a", "namespace": "default"}, "spec": {"containers": [{}]}}),
        )
        .unwrap();
        let mut cache = Cache::default();
        cache.update_nodes(&store);
        let choose = |cache: &Cache| {
            let nodes: Vec<&Node> = cache.nodes().collect();
            best(&pod, &nodes, cache, &store).map(|node| node.name().to_owned())
        };
        assert_eq!(choose(&cache).as_deref(), Some("node1"));
        cache.place(&Key::new(ResourceId::PODS, "default", "b"), &pod, "node1");
        assert_eq!(choose(&cache).as_deref(), Some("node2"));
    }
}
