//! Which clients an endpoint is meant for: hints by zone and node.

use super::slice::Draft;
use super::topology::{Grouped, Topology};
use crate::api::{Fields, Map, Object, ResourceId, Value, json};
use crate::store::Key;

/// Whether the annotation asks for hints by the zones' share of CPUs. The older annotation goes first.
///
/// Models k8s.io/endpointslice hintsEnabled.
fn is_topology_mode_auto(service: &Object) -> bool {
    let mode = service
        .annotation("service.kubernetes.io/topology-aware-hints")
        .or_else(|| service.annotation("service.kubernetes.io/topology-mode"));
    matches!(mode, Some("Auto" | "auto"))
}

/// Gives the slices the hints that the Service asks for, and takes others away. Slices that need no other write are
/// moved to those that are written where their hints change.
pub fn settle<'a>(
    service: &Object,
    family: &str,
    slices: &mut Grouped,
    topology: &mut Topology,
    nodes: &dyn Fn() -> Vec<&'a Object>,
    events: &mut Vec<(bool, &'static str, String)>,
) {
    let key = Key::of(ResourceId::SERVICES, service);
    if is_topology_mode_auto(service) {
        topology.set_nodes(&nodes());
        topology.add_hints(&key, family, slices, events);
        return;
    }
    if topology.has_hints(&key) {
        let message = format!("Topology Aware Hints has been disabled, addressType: {family}");
        events.push((true, "TopologyAwareHintsDisabled", message));
    }
    topology.remove(&key, family);
    match service.text("spec.trafficDistribution") {
        "PreferClose" | "PreferSameZone" => follow_distribution(slices, false),
        "PreferSameNode" => follow_distribution(slices, true),
        _ => take_away(slices),
    }
}

/// Whether the endpoint's condition ready is true.
pub fn is_ready(endpoint: &Value) -> bool {
    endpoint.is_true("conditions.ready")
}

/// Sets or removes an endpoint's hints.
pub fn set(endpoint: &mut Value, hints: Option<Value>) {
    if let Some(map) = endpoint.as_object_mut() {
        match hints {
            Some(hints) => map.insert("hints".to_owned(), hints),
            None => map.remove("hints"),
        };
    }
}

/// The hint for one zone.
pub fn for_zone(zone: &str) -> Value {
    json!({"forZones": [{"name": zone}]})
}

/// Removes every hint.
pub fn take_away(slices: &mut Grouped) {
    let has_hints = |draft: &Draft| draft.endpoints().iter().any(|endpoint| endpoint.at("hints").is_some());
    let changed: Vec<Draft> = slices.unchanged.extract_if(.., |draft| has_hints(draft)).collect();
    slices.update.extend(changed);
    for endpoint in slices.written().flat_map(Draft::endpoints_mut) {
        set(endpoint, None);
    }
}

/// The hints that `trafficDistribution` asks for: an endpoint's own zone and, with `nodes`, its own node.
///
/// Models endpointslice/trafficdist preferCloseHeuristic.
fn follow_distribution(slices: &mut Grouped, nodes: bool) {
    let wanted = |endpoint: &Value| {
        let one = |name: &str| (!name.is_empty()).then(|| json!([{"name": name}]));
        let zone = one(endpoint.text("zone"));
        let node = if nodes { one(endpoint.text("nodeName")) } else { None };
        let hints: Map = [("forZones", zone), ("forNodes", node)]
            .into_iter()
            .filter_map(|(field, value)| Some((field.to_owned(), value?)))
            .collect();
        (!hints.is_empty()).then_some(Value::Object(hints))
    };
    let is_wrong = |endpoint: &Value| is_ready(endpoint) && endpoint.at("hints") != wanted(endpoint).as_ref();
    let changed: Vec<Draft> = slices.unchanged.extract_if(.., |draft| draft.endpoints().iter().any(is_wrong)).collect();
    slices.update.extend(changed);
    for endpoint in slices.written().flat_map(Draft::endpoints_mut) {
        if is_ready(endpoint) {
            let hints = wanted(endpoint);
            set(endpoint, hints);
        }
    }
}
