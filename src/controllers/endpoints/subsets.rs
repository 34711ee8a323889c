//! Subsets of Endpoints: addresses that share their ports.

use crate::api::{Fields, Map, Value};
use crate::controllers::backends::{EndpointPort, fnv_1a};
use crate::order::{Order, SortedMap};

/// A subset: every address serves every port.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Subset {
    /// The addresses that are ready.
    pub addresses: Vec<Value>,
    /// The addresses that are not.
    pub not_ready: Vec<Value>,
    /// The ports.
    pub ports: Vec<EndpointPort>,
}

impl Subset {
    /// The subset that an item of an Endpoints' `subsets` is.
    pub fn read(value: &Value) -> Subset {
        Subset {
            addresses: value.items("addresses").to_vec(),
            not_ready: value.items("notReadyAddresses").to_vec(),
            ports: value.items("ports").iter().map(EndpointPort::read).collect(),
        }
    }

    /// Every address, with whether it is ready.
    fn all(&self) -> impl Iterator<Item = (&Value, bool)> {
        let ready = self.addresses.iter().map(|address| (address, true));
        ready.chain(self.not_ready.iter().map(|address| (address, false)))
    }

    /// As it stands in Endpoints; empty lists are left out.
    pub fn value(self) -> Value {
        let mut map = Map::new();
        let ports: Vec<Value> = self.ports.iter().map(EndpointPort::endpoints_value).collect();
        for (field, list) in [("addresses", self.addresses), ("notReadyAddresses", self.not_ready), ("ports", ports)] {
            if !list.is_empty() {
                map.insert(field.to_owned(), Value::Array(list));
            }
        }
        Value::Object(map)
    }
}

/// What makes two addresses the same: the IP and the uid of what it belongs to.
pub type Identity = (String, String);

/// The identity of an address.
pub fn identity(address: &Value) -> Identity {
    (address.text("ip").to_owned(), address.text("targetRef.uid").to_owned())
}

/// The fewest subsets that say the same: ports that the same addresses serve in the same state share one. An address
/// that is given as ready and as not ready for a port is not ready. Addresses are sorted as text, ports by upstream's
/// hash, subsets by their first port.
///
/// Models pkg/api/v1/endpoints RepackSubsets. Upstream sorts subsets by a hash that takes uids in, so by chance.
pub fn repack(subsets: Vec<Subset>) -> Vec<Subset> {
    if let [first, others @ ..] = subsets.as_slice()
        && others.iter().all(|other| other.ports == first.ports)
    {
        let listed: Vec<(Identity, &Value, bool)> =
            subsets.iter().flat_map(Subset::all).map(|(address, ready)| (identity(address), address, ready)).collect();
        return one_subset(
            listed.iter().map(|(id, address, ready)| (id, *address, *ready)).collect(),
            first.ports.clone(),
        );
    }
    let mut addresses: SortedMap<Identity, Value> = SortedMap::new();
    // Ports with a number of 0 or less stand for "no port", as does the absence of ports.
    let mut ready_by_port: SortedMap<Option<EndpointPort>, SortedMap<Identity, bool>> = SortedMap::new();
    for subset in subsets {
        let ports: Vec<Option<EndpointPort>> =
            if subset.ports.is_empty() { vec![None] } else { subset.ports.iter().cloned().map(Some).collect() };
        for (address, ready) in subset.all() {
            let id = identity(address);
            for port in &ports {
                let state = ready_by_port.entry(port.clone()).or_default().entry(id.clone()).or_insert(ready);
                *state = *state && ready;
            }
            addresses.entry(id).or_insert_with(|| address.clone());
        }
    }
    let mut ports_by_set: SortedMap<Vec<(Identity, bool)>, Vec<EndpointPort>> = SortedMap::new();
    for (port, set) in ready_by_port {
        let ports = ports_by_set.entry(set.into_iter().collect()).or_default();
        ports.extend(port.filter(|port| port.port.is_some_and(|number| number > 0)));
    }
    let mut repacked: Vec<(Option<u128>, Subset)> = ports_by_set
        .into_iter()
        .map(|(set, mut ports)| {
            let hash = |port: &EndpointPort| fnv_1a(&port.endpoints_dump());
            ports.order_by_key(hash);
            let mut subset = Subset { ports, ..Subset::default() };
            for (id, ready) in set {
                let list = if ready { &mut subset.addresses } else { &mut subset.not_ready };
                list.extend(addresses.get(&id).cloned());
            }
            (subset.ports.first().map(hash), subset)
        })
        .collect();
    repacked.order_by_key(|(first_port, _)| *first_port);
    repacked.into_iter().map(|(_, subset)| subset).collect()
}

/// The one subset that addresses with equal ports are: the usual case, and the one that is big. None without addresses.
/// With each address comes its identity and whether it is ready.
pub fn one_subset(mut addresses: Vec<(&Identity, &Value, bool)>, mut ports: Vec<EndpointPort>) -> Vec<Subset> {
    ports.retain(|port| port.port.is_some_and(|number| number > 0));
    ports.order_by_key(|port| fnv_1a(&port.endpoints_dump()));
    ports.dedup();
    // Of one that comes twice the first counts, as not ready where any is.
    addresses.order_by(|one, other| one.0.cmp(other.0));
    addresses.dedup_by(|later, first| {
        let same = later.0 == first.0;
        first.2 &= later.2 || !same;
        same
    });
    if addresses.is_empty() {
        return Vec::new();
    }
    let mut subset = Subset { ports, ..Subset::default() };
    for (_, address, ready) in addresses {
        if ready { &mut subset.addresses } else { &mut subset.not_ready }.push(address.clone());
    }
    vec![subset]
}

/// Cuts to `most` addresses, the ready ones first, each subset in proportion; whether something was cut.
///
/// Models pkg/controller/endpoint truncateEndpoints.
pub fn truncate(subsets: &mut [Subset], most: usize) -> bool {
    let ready: usize = subsets.iter().map(|subset| subset.addresses.len()).sum();
    let not_ready: usize = subsets.iter().map(|subset| subset.not_ready.len()).sum();
    if ready + not_ready <= most {
        return false;
    }
    let cut_ready = ready > most;
    let (total, room) = if cut_ready { (ready, most) } else { (not_ready, most - ready) };
    let mut left = room;
    for subset in subsets {
        let list = if cut_ready {
            subset.not_ready.clear();
            &mut subset.addresses
        } else {
            &mut subset.not_ready
        };
        let share = (list.len() * room).div_ceil(total);
        list.truncate(share.min(left));
        left -= list.len();
    }
    true
}
