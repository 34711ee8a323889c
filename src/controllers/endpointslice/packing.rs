//! Which slice holds which endpoint: as few writes as possible, not as few slices.

use super::slice::{Draft, has_labels_of};
use crate::api::{Fields, Object, Value};
use crate::controllers::backends::EndpointPort;
use crate::order::{Order, SortedMap};
use std::sync::Arc;

/// What makes two endpoints the same: addresses, hostname, and what it belongs to, as one text that sorts by the name
/// of what it belongs to. Models endpointslice/util EndpointHash.
pub type Identity = Arc<str>;

/// The identity of an endpoint, as text.
pub fn identity(endpoint: &Value) -> String {
    let mut addresses: Vec<&str> = endpoint.items("addresses").iter().filter_map(Value::as_str).collect();
    addresses.order();
    let (hostname, target) = (endpoint.text("hostname"), endpoint.at("targetRef"));
    let of_target = |field: &str| target.map_or("", |target| target.text(field));
    let mut text = String::with_capacity(96);
    for part in [of_target("namespace"), of_target("name"), hostname].into_iter().chain(addresses) {
        text.push_str(part);
        text.push('\0');
    }
    text
}

/// Whether two endpoints of the same identity need no write. Hints are settled apart. Models endpointslice/util
/// EndpointsEqualBeyondHash.
pub fn are_equal(one: &Value, other: &Value) -> bool {
    ["nodeName", "zone", "conditions", "targetRef"].iter().all(|field| one.at(field) == other.at(field))
}

/// The endpoints that are wanted, each once, in order of their pods.
pub type Wanted = SortedMap<Identity, Value>;

/// What becomes of the slices of one port list.
#[derive(Debug, Default)]
pub struct Packed {
    /// Slices to create.
    pub create: Vec<Draft>,
    /// Slices to write anew.
    pub update: Vec<Draft>,
    /// Slices to delete.
    pub delete: Vec<Arc<Object>>,
}

/// Packs the wanted endpoints into the slices that are there and, if need be, into new ones of at most `most`.
///
/// Models k8s.io/endpointslice reconcileByPortMapping: slices keep what is still wanted; those that have to be written
/// anyway are filled up, the fullest first; what is left goes into the one untouched slice that it fills best, else
/// into new slices. Untouched slices are never rebalanced.
pub fn pack(
    service: &Object,
    there: &[Arc<Object>],
    mut wanted: Wanted,
    family: &str,
    ports: &[EndpointPort],
    most: usize,
) -> Packed {
    let mut packed = Packed::default();
    let mut untouched: Vec<Draft> = Vec::new();
    for slice in there {
        let existing = slice.items("endpoints");
        let mut kept = Vec::with_capacity(existing.len());
        let mut changed = false;
        for endpoint in existing {
            if let Some(wanted) = wanted.remove(identity(endpoint).as_str()) {
                changed |= !are_equal(&wanted, endpoint);
                kept.push(wanted);
            }
        }
        let mut draft = Draft::of(slice);
        if changed || kept.len() != existing.len() {
            if kept.is_empty() {
                packed.delete.push(slice.clone());
                continue;
            }
            draft.hold(kept);
            draft.relabel(service);
            packed.update.push(draft);
        } else if has_labels_of(slice, service) {
            untouched.push(draft);
        } else {
            draft.relabel(service);
            packed.update.push(draft);
        }
    }
    let mut left: Vec<Value> = wanted.into_values().rev().collect();
    let fill = |endpoints: &mut Vec<Value>, left: &mut Vec<Value>| {
        while endpoints.len() < most
            && let Some(endpoint) = left.pop()
        {
            endpoints.push(endpoint);
        }
    };
    if !left.is_empty() {
        let mut by_fullness: Vec<&mut Draft> = packed.update.iter_mut().collect();
        by_fullness.order_by_key(|draft| std::cmp::Reverse(draft.endpoints().len()));
        for draft in by_fullness {
            fill(draft.endpoints_mut(), &mut left);
        }
    }
    while !left.is_empty() {
        let fullest_fit = if left.len() < most {
            (0..untouched.len())
                .filter_map(|place| {
                    let room = most.checked_sub(untouched.get(place)?.endpoints().len() + left.len())?;
                    // A slice without an endpoint is no better than a new one.
                    (room < most).then_some((room, place))
                })
                .min()
        } else {
            None
        };
        if let Some((_, place)) = fullest_fit {
            let mut draft = untouched.remove(place);
            fill(draft.endpoints_mut(), &mut left);
            packed.update.push(draft);
        } else {
            let mut draft = Draft::new(service, family, ports);
            fill(draft.endpoints_mut(), &mut left);
            packed.create.push(draft);
        }
    }
    packed
}
