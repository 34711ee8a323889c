//! Hints by zone for the annotation `topology-mode: Auto`: each zone gets endpoints in proportion to its CPUs.

use super::hints;
use super::slice::Draft;
use crate::api::quantity::Quantity;
use crate::api::{Fields, Object, ResourceId};
use crate::order::{SortedMap, SortedSet};
use crate::store::{Change, Key, Store};

/// By how much an endpoint may get more than its share of the traffic.
const OVERLOAD: f64 = 0.2;
const ZONE: &str = "topology.kubernetes.io/zone";

/// The slices of one address type, by what becomes of them.
#[derive(Debug, Default)]
pub struct Grouped {
    /// Slices to create.
    pub create: Vec<Draft>,
    /// Slices to write anew.
    pub update: Vec<Draft>,
    /// Slices that stay as they are.
    pub unchanged: Vec<Draft>,
}

impl Grouped {
    /// The slices that are written.
    pub fn written(&mut self) -> impl Iterator<Item = &mut Draft> {
        self.create.iter_mut().chain(&mut self.update)
    }
}

/// Numbers by zone.
type ByZone<T> = SortedMap<String, T>;

/// What is known of the nodes' zones and of the Services that have hints. Models endpointslice/topologycache.
#[derive(Clone, Debug, Default)]
pub struct Topology {
    /// The share of CPUs of each zone; `None` where the nodes do not tell.
    cpu_ratios: Option<ByZone<f64>>,
    /// The hints given, by Service and address type.
    given: SortedMap<Key, SortedMap<String, ByZone<usize>>>,
    populated: SortedSet<Key>,
}

/// How many endpoints a zone should get.
struct Allocation {
    minimum: usize,
    maximum: usize,
    desired: f64,
}

impl Topology {
    /// The Services with hints that a node's change makes wrong.
    pub fn concerned(&mut self, change: &Change, store: &Store) -> Vec<Key> {
        let place = |node: &Object| (is_node_ready(node), node.label(ZONE).map(str::to_owned));
        let places = (change.old.as_deref().map(place), change.new.as_deref().map(place));
        if self.given.is_empty() || places.0 == places.1 {
            return Vec::new();
        }
        let nodes: Vec<&Object> = store.list(ResourceId::NODES, None).map(AsRef::as_ref).collect();
        self.set_nodes(&nodes);
        let ratios = self.cpu_ratios.clone().unwrap_or_default();
        let overloaded =
            |given: &SortedMap<String, ByZone<usize>>| given.values().any(|hints| is_overloaded(hints, &ratios));
        self.given.iter().filter(|(_, given)| overloaded(given)).map(|(key, _)| key.clone()).collect()
    }

    /// Takes the nodes' zones and CPUs in.
    pub fn set_nodes(&mut self, nodes: &[&Object]) {
        self.cpu_ratios = None;
        let mut cpus: ByZone<f64> = ByZone::new();
        for node in nodes {
            let is_control_plane = |key: &str| node.label(key).is_some();
            if is_control_plane("node-role.kubernetes.io/control-plane")
                || is_control_plane("node-role.kubernetes.io/master")
                || !is_node_ready(node)
            {
                continue;
            }
            let cpu = Quantity::parse(node.text("status.allocatable.cpu")).map_or(0, Quantity::thousandths) as f64;
            match node.label(ZONE) {
                Some(zone) if !zone.is_empty() && cpu > 0.0 => *cpus.entry(zone.to_owned()).or_default() += cpu,
                _ => return,
            }
        }
        let total: f64 = cpus.values().sum();
        if cpus.len() >= 2 && total > 0.0 {
            self.cpu_ratios = Some(cpus.into_iter().map(|(zone, cpu)| (zone, cpu / total)).collect());
        }
    }

    /// Whether the Service has hints from here.
    pub fn has_hints(&self, service: &Key) -> bool {
        self.populated.contains(service)
    }

    /// Forgets the hints of a Service and address type.
    pub fn remove(&mut self, service: &Key, family: &str) {
        if let Some(given) = self.given.get_mut(service) {
            given.remove(family);
            if given.is_empty() {
                self.given.remove(service);
            }
        }
        self.populated.remove(service);
    }

    /// Forgets a Service.
    pub fn forget(&mut self, service: &Key) {
        self.given.remove(service);
        self.populated.remove(service);
    }

    /// Gives every ready endpoint a hint, or none where that would overload a zone; says so in an event.
    ///
    /// Models TopologyCache.AddHints.
    pub fn add_hints(
        &mut self,
        service: &Key,
        family: &str,
        slices: &mut Grouped,
        events: &mut Vec<(bool, &'static str, String)>,
    ) {
        let result = self.try_hints(slices);
        match result {
            Ok(given) => {
                if self.populated.insert(service.clone()) {
                    let message = format!("Topology Aware Hints has been enabled, addressType: {family}");
                    events.push((false, "TopologyAwareHintsEnabled", message));
                }
                self.given.entry(service.clone()).or_default().insert(family.to_owned(), given);
            }
            Err(why) => {
                events.push((true, "TopologyAwareHintsDisabled", format!("{why}, addressType: {family}")));
                self.remove(service, family);
                hints::take_away(slices);
            }
        }
    }

    fn try_hints(&self, slices: &mut Grouped) -> Result<ByZone<usize>, String> {
        let all = slices.create.iter().chain(&slices.update).chain(&slices.unchanged);
        let endpoints = all.flat_map(Draft::endpoints).filter(|endpoint| hints::is_ready(endpoint)).count();
        let allocations = self.allocations(endpoints)?;

        let mut given: ByZone<usize> = ByZone::new();
        for draft in std::mem::take(&mut slices.unchanged) {
            if let Some(hinted) = sound_hints(&draft, &given, &allocations) {
                for (zone, count) in hinted {
                    *given.entry(zone).or_default() += count;
                }
                slices.unchanged.push(draft);
            } else {
                slices.update.push(draft);
            }
        }
        for endpoint in slices.written().flat_map(Draft::endpoints_mut) {
            if !hints::is_ready(endpoint) {
                continue;
            }
            let zone = endpoint.text("zone").to_owned();
            if zone.is_empty() {
                return Err("One or more endpoints do not have a zone specified".to_owned());
            }
            hints::set(endpoint, Some(hints::for_zone(&zone)));
            *given.entry(zone).or_default() += 1;
        }
        redistribute(slices, &mut given, &allocations);
        if given.is_empty() { Err("No hints allocated for zones".to_owned()) } else { Ok(given) }
    }

    /// How many of `endpoints` each zone should get.
    fn allocations(&self, endpoints: usize) -> Result<ByZone<Allocation>, String> {
        let Some(ratios) = &self.cpu_ratios else {
            return Err(
                "Insufficient Node information: allocatable CPU or zone not specified on one or more nodes".to_owned()
            );
        };
        let counts = format!("({endpoints} endpoints, {} zones)", ratios.len());
        if ratios.len() > endpoints {
            return Err(format!("Insufficient number of endpoints {counts}"));
        }
        let mut allocations: ByZone<Allocation> = ByZone::new();
        let mut least = 0;
        for (zone, ratio) in ratios {
            let desired = ratio * endpoints as f64;
            let minimum = (desired * (1.0 / (1.0 + OVERLOAD))).ceil() as usize;
            least += minimum;
            if least > endpoints {
                return Err(format!(
                    "Unable to allocate minimum required endpoints to each zone without exceeding overload threshold {counts}"
                ));
            }
            let allocation = Allocation { minimum, maximum: 0, desired: desired.max(minimum as f64) };
            allocations.insert(zone.clone(), allocation);
        }
        for allocation in allocations.values_mut() {
            allocation.maximum = allocation.minimum + endpoints - least;
        }
        Ok(allocations)
    }
}

/// The hints of a slice by zone; `None` where it must be written: an endpoint has none, a zone gets none any more, or
/// a zone gets too many. Models topologycache getHintsByZone.
fn sound_hints(draft: &Draft, given: &ByZone<usize>, allocations: &ByZone<Allocation>) -> Option<ByZone<usize>> {
    let mut hinted: ByZone<usize> = ByZone::new();
    for endpoint in draft.endpoints().iter().filter(|endpoint| hints::is_ready(endpoint)) {
        let zones = endpoint.items("hints.forZones");
        if zones.is_empty() {
            return None;
        }
        for zone in zones {
            let zone = zone.text("name");
            allocations.get(zone)?;
            *hinted.entry(zone.to_owned()).or_default() += 1;
        }
    }
    let fits = |(zone, count): (&String, &usize)| {
        let already = given.get(zone).copied().unwrap_or(0);
        allocations.get(zone).is_some_and(|allocation| count + already <= allocation.maximum)
    };
    hinted.iter().all(fits).then_some(hinted)
}

/// Moves hints from zones that have more than their share to zones that have less. Models topologycache
/// getGivingAndReceivingZones and redistributeHints.
fn redistribute(slices: &mut Grouped, given: &mut ByZone<usize>, allocations: &ByZone<Allocation>) {
    let mut surplus: ByZone<f64> = ByZone::new();
    let mut lack: ByZone<f64> = ByZone::new();
    for (zone, allocation) in allocations {
        let has = given.get(zone).copied().unwrap_or(0) as f64;
        if has > allocation.desired {
            surplus.insert(zone.clone(), has - allocation.desired);
        } else if has < allocation.desired {
            lack.insert(zone.clone(), allocation.desired - has);
        }
    }
    let mut giving: ByZone<usize> = ByZone::new();
    let mut receiving: ByZone<usize> = ByZone::new();
    while let (Some((giver, gives)), Some((receiver, receives))) = (most(&surplus), most(&lack)) {
        if (gives < 1.0 && receives < 1.0) || gives < 0.5 || receives < 0.5 {
            break;
        }
        *giving.entry(giver.clone()).or_default() += 1;
        *receiving.entry(receiver.clone()).or_default() += 1;
        surplus.insert(giver, gives - 1.0);
        lack.insert(receiver, receives - 1.0);
    }
    for endpoint in slices.written().flat_map(Draft::endpoints_mut) {
        let zone = endpoint.text("zone").to_owned();
        if !hints::is_ready(endpoint) || giving.get(&zone).is_none_or(|left| *left == 0) {
            continue;
        }
        let Some((receiver, left)) = receiving.iter_mut().find(|(_, left)| **left > 0) else { return };
        hints::set(endpoint, Some(hints::for_zone(receiver)));
        *left -= 1;
        *given.entry(receiver.clone()).or_default() += 1;
        for count in giving.get_mut(&zone).into_iter().chain(given.get_mut(&zone)) {
            *count -= 1;
        }
    }
}

/// The zone with the greatest number above 0; the first by name of equals.
fn most(zones: &ByZone<f64>) -> Option<(String, f64)> {
    let mut greatest: Option<(&String, f64)> = None;
    for (zone, &number) in zones {
        if number > greatest.map_or(0.0, |(_, number)| number) {
            greatest = Some((zone, number));
        }
    }
    greatest.map(|(zone, number)| (zone.clone(), number))
}

/// Whether a zone has fewer hints than its share allows. Models topologycache serviceOverloaded.
fn is_overloaded(hints: &ByZone<usize>, ratios: &ByZone<f64>) -> bool {
    if hints.is_empty() {
        return false;
    }
    let total = hints.values().sum::<usize>() as f64;
    let lacks = |(zone, ratio): (&String, &f64)| {
        let least = (total * ratio * (1.0 / (1.0 + OVERLOAD))).ceil() as usize;
        hints.get(zone).is_none_or(|count| *count < least)
    };
    ratios.is_empty() || ratios.iter().any(lacks)
}

fn is_node_ready(node: &Object) -> bool {
    let conditions = node.items("status.conditions");
    conditions.iter().find(|one| one.text("type") == "Ready").is_some_and(|ready| ready.text("status") == "True")
}
