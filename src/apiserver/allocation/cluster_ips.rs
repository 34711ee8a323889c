//! Cluster IPs: asked for or drawn.

use super::{Allocation, Family, internal, texts};
use crate::api::{self, Cause, Fields, Object, ResourceId, Status, Value};
use std::net::IpAddr;

/// Gives `service` an address of each of its families, in their order; what it asks for is kept.
///
/// Models pkg/registry/core/service/storage alloc.go allocClusterIPs.
pub fn allocate(service: &mut Object, way: &mut Allocation<'_>) -> Result<(), Status> {
    let asked = texts(service, "spec.clusterIPs");
    let families: Vec<Family> =
        texts(service, "spec.ipFamilies").iter().filter_map(|text| Family::named(text)).collect();
    let mut given = Vec::new();
    for (place, family) in families.into_iter().enumerate() {
        let asked = asked.get(place).map(String::as_str);
        given.push(one(service, family, asked, way)?);
    }
    if let Some(first) = given.first() {
        service.set("spec.clusterIP", Value::from(first.as_str()));
    }
    service.set("spec.clusterIPs", Value::from(given));
    Ok(())
}

/// One address of `family`: the one that is asked for, or a drawn one.
pub fn one(service: &Object, family: Family, asked: Option<&str>, way: &mut Allocation<'_>) -> Result<String, Status> {
    let Some(asked) = asked.filter(|text| !text.is_empty()) else {
        let drawn = draw(family, way).ok_or_else(|| {
            internal(&format!("failed to allocate a serviceIP for Service \"{}\": range is full", service.name()))
        })?;
        return Ok(drawn.to_string());
    };
    let refuse = |why: String| {
        let value = service.at("spec.clusterIPs").cloned().unwrap_or_default();
        let detail = format!("failed to allocate IP {asked}: {why}");
        Status::invalid(ResourceId::SERVICES, service.name(), vec![Cause::invalid("spec.clusterIPs", &value, &detail)])
    };
    let Some(address) = api::read_sloppily(asked) else {
        return Err(internal(&format!("failed to parse service IP \"{asked}\"")));
    };
    if !way.allocated.cidr(family).is_some_and(|cidr| cidr.holds(address)) {
        // Models ipallocator MetaAllocator, which looks for the ServiceCIDR that holds the address.
        return Err(refuse("the provided network does not match the current range".to_owned()));
    }
    if way.allocated.addresses.contains(&address) {
        return Err(refuse("provided IP is already allocated".to_owned()));
    }
    Ok(asked.to_owned())
}

/// A free address: from the upper band, from the lower one where that is full. Dry runs show the network's.
///
/// Models pkg/registry/core/service/ipallocator allocateNextService.
fn draw(family: Family, way: &mut Allocation<'_>) -> Option<IpAddr> {
    let cidr = way.allocated.cidr(family)?;
    if way.dry_run {
        return Some(cidr.network());
    }
    let (band, usable) = (cidr.static_band(), cidr.usable());
    // The bands as places after the network's address: the upper one first.
    for (from, size) in [(1 + band, usable - band), (1, band)] {
        let start = u128::from(way.random.below(u32::try_from(size).unwrap_or(u32::MAX)));
        // As many addresses are taken as there are Services, so one more step than those finds a free one, if any is.
        let steps = size.min(way.allocated.addresses.len() as u128 + 1);
        let free = (0..steps)
            .map(|step| cidr.address(from + (start + step) % size))
            .find(|address| !way.allocated.addresses.contains(address));
        if free.is_some() {
            return free;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::{Allocated, Cidr};
    use super::*;
    use crate::clock::Random;

    #[test]
    fn the_lower_band_is_used_when_the_upper_one_is_full() {
        let mut allocated = Allocated { cidrs: vec![Cidr::parse("10.0.0.0/27").unwrap()], ..Allocated::default() };
        let mut random = Random::new(7);
        let mut order = Vec::new();
        while let Some(address) = draw(Family::IPv4, &mut Allocation::new(&allocated, &mut random, false)) {
            allocated.addresses.insert(address);
            let IpAddr::V4(address) = address else { panic!("an IPv4 address") };
            order.push(address.octets()[3]);
        }
        assert_eq!(order.len(), 30);
        assert!(order[..14].iter().all(|last| (17..=30).contains(last)), "{order:?}");
        assert!(order[14..].iter().all(|last| (1..=16).contains(last)), "{order:?}");
    }
}
