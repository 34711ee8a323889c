//! Which endpoints a node uses for a service port.

use super::{Endpoint, ServicePort};
use crate::order::SortedMap;

/// The endpoints of a service port, by the traffic that they are for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Categorized<'a> {
    /// For traffic under policy Cluster.
    pub cluster: Vec<&'a Endpoint>,
    /// For traffic under policy Local.
    pub local: Vec<&'a Endpoint>,
    /// All that this node may send to.
    pub reachable: Vec<&'a Endpoint>,
    /// Whether there is a usable endpoint anywhere.
    pub has_any: bool,
}

/// Sorts the endpoints of `port` for the node `node` with these labels. `same_node` says whether hints for nodes are
/// followed (feature gate PreferSameTrafficDistribution, on by default).
///
/// Models pkg/proxy/topology.go CategorizeEndpoints.
pub fn categorize<'a>(
    endpoints: &'a [Endpoint],
    port: &ServicePort,
    node: &str,
    labels: &SortedMap<String, String>,
    same_node: bool,
) -> Categorized<'a> {
    let mut found = Categorized::default();
    let hinted = hinted_filter(endpoints, node, labels, same_node);
    if port.uses_cluster() {
        found.cluster = endpoints.iter().filter(|one| one.ready && hinted(one)).collect();
        if found.cluster.is_empty() {
            found.cluster = endpoints.iter().filter(|one| one.is_serving_while_terminating()).collect();
        }
        found.has_any = !found.cluster.is_empty();
    }
    if !port.uses_local() {
        found.reachable.clone_from(&found.cluster);
        return found;
    }
    found.has_any |= endpoints.iter().any(|one| one.ready || one.is_serving_while_terminating());
    let local = |usable: fn(&Endpoint) -> bool| endpoints.iter().filter(move |one| one.is_on(node) && usable(one));
    found.local = local(|one| one.ready).collect();
    if found.local.is_empty() {
        found.local = local(Endpoint::is_serving_while_terminating).collect();
    }
    let is_in = |list: &[&Endpoint], one: &Endpoint| list.iter().any(|other| std::ptr::eq(*other, one));
    found.reachable = endpoints.iter().filter(|one| is_in(&found.cluster, one) || is_in(&found.local, one)).collect();
    found
}

/// Whether the hints of an endpoint let this node use it. Hints count only if every ready endpoint has one and one names
/// this node (else: its zone).
fn hinted_filter(
    endpoints: &[Endpoint],
    node: &str,
    labels: &SortedMap<String, String>,
    same_node: bool,
) -> impl Fn(&Endpoint) -> bool {
    let zone = labels.get("topology.kubernetes.io/zone").map_or("", String::as_str);
    let ready = || endpoints.iter().filter(|one| one.ready);
    let by_node =
        same_node && ready().all(|one| !one.node_hints.is_empty()) && ready().any(|one| one.node_hints.contains(node));
    let by_zone = !by_node
        && !zone.is_empty()
        && ready().all(|one| !one.zone_hints.is_empty())
        && ready().any(|one| one.zone_hints.contains(zone));
    move |one| {
        if by_node { one.node_hints.contains(node) } else { !by_zone || one.zone_hints.contains(zone) }
    }
}
