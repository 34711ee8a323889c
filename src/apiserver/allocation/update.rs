//! What a changed Service keeps, is given and gives up.

use super::service::{draws_node_ports, health_check_port, init_node_ports, refused_port};
use super::{Allocation, Family, cluster_ips, families, needs_cluster_ip, needs_node_port, node_port, texts};
use crate::api::{Fields, Object, Status, Value, service, service::ServiceType};
use crate::order::SortedSet;

/// Drops values that the server gave and that the new type has no use for, unless the client changed them too.
///
/// Models pkg/registry/core/service strategy.go dropTypeDependentFields.
pub fn drop_type_dependent_fields(new: &mut Object, old: &Object) {
    let drop_same = |new: &mut Object, path: &str| {
        if new.at(path) == old.at(path) {
            new.remove(path);
        }
    };
    if needs_cluster_ip(old) && !needs_cluster_ip(new) {
        if texts(new, "spec.clusterIPs") == texts(old, "spec.clusterIPs") {
            new.remove("spec.clusterIP");
            new.remove("spec.clusterIPs");
        }
        for path in ["spec.ipFamilies", "spec.ipFamilyPolicy"] {
            drop_same(new, path);
        }
    }
    if needs_node_port(old) && !needs_node_port(new) {
        let numbers =
            |service: &Object| -> SortedSet<u16> { service.items("spec.ports").iter().filter_map(node_port).collect() };
        if numbers(old).is_superset(&numbers(new)) {
            for port in ports_mut(new) {
                port.remove("nodePort");
            }
        }
    }
    if service::needs_health_check(old) && !service::needs_health_check(new) {
        drop_same(new, "spec.healthCheckNodePort");
    }
    if service::kind(old) == ServiceType::LoadBalancer && service::kind(new) != ServiceType::LoadBalancer {
        drop_same(new, "spec.allocateLoadBalancerNodePorts");
        drop_same(new, "spec.loadBalancerClass");
    }
    if service::is_externally_accessible(old) && !service::is_externally_accessible(new) {
        drop_same(new, "spec.externalTrafficPolicy");
    }
    if service::kind(new) != ServiceType::LoadBalancer && new.at("status.loadBalancer.ingress").is_some() {
        new.set("status.loadBalancer", Value::Object(crate::value::Map::new()));
    }
}

/// Fills the changed Service in: what the client left empty and was given before stays, what is new is allocated.
///
/// Models pkg/registry/core/service/storage storage.go beginUpdate.
pub fn on_update(new: &mut Object, old: &Object, way: &mut Allocation<'_>) -> Result<(), Status> {
    patch_allocated_values(new, old);
    normalize_cluster_ips(new, old);
    families::init(new, Some(old), way.allocated)?;
    update_cluster_ips(new, old, way)?;
    match (needs_node_port(old), needs_node_port(new)) {
        (true, true) => update_node_ports(new, old, way)?,
        (false, true) => init_node_ports(new, way)?,
        _ => {}
    }
    if service::needs_health_check(new) && !service::needs_health_check(old) {
        health_check_port(new, way)?;
    }
    Ok(())
}

/// Models storage.go patchAllocatedValues.
fn patch_allocated_values(new: &mut Object, old: &Object) {
    if needs_cluster_ip(old) && needs_cluster_ip(new) {
        keep_if_empty(new, old, "spec.clusterIP");
        if new.items("spec.clusterIPs").is_empty() && new.text("spec.clusterIP") == old.text("spec.clusterIP") {
            keep_if_empty(new, old, "spec.clusterIPs");
        }
    }
    if needs_node_port(old) && needs_node_port(new) {
        let numbers: SortedSet<u16> = old.items("spec.ports").iter().filter_map(node_port).collect();
        let kept: SortedSet<u16> = new.items("spec.ports").iter().filter_map(node_port).collect();
        let mut used: SortedSet<u16> = numbers.intersection(&kept).copied().collect();
        for port in ports_mut(new) {
            if port.get("nodePort").and_then(Value::as_i64).unwrap_or(0) != 0 {
                continue;
            }
            let name = port.get("name").and_then(Value::as_str).unwrap_or("");
            let before = old.items("spec.ports").iter().rfind(|one| one.text("name") == name).and_then(node_port);
            if let Some(number) = before.filter(|number| used.insert(*number)) {
                port.insert("nodePort".to_owned(), Value::from(number));
            }
        }
    }
    if service::needs_health_check(old) && service::needs_health_check(new) {
        keep_if_empty(new, old, "spec.healthCheckNodePort");
    }
}

fn keep_if_empty(new: &mut Object, old: &Object, path: &str) {
    let empty = match new.at(path) {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Array(items)) => items.is_empty(),
        Some(Value::Number(number)) => number.as_i64() == Some(0),
        Some(_) => false,
    };
    if let (true, Some(before)) = (empty, old.at(path)) {
        new.set(path, before.clone());
    }
}

/// Clients that know `clusterIP` only mean `clusterIPs` as well. Models storage.go normalizeClusterIPs.
fn normalize_cluster_ips(new: &mut Object, old: &Object) {
    let same_list = texts(new, "spec.clusterIPs") == texts(old, "spec.clusterIPs");
    let (ip, before) = (new.text("spec.clusterIP").to_owned(), old.text("spec.clusterIP").to_owned());
    let only_singular = !ip.is_empty() && new.items("spec.clusterIPs").is_empty();
    if ip == before || !(same_list || only_singular) {
        return;
    }
    if ip.is_empty() {
        new.remove("spec.clusterIPs");
    } else {
        new.set("spec.clusterIPs", Value::from(vec![ip]));
    }
}

/// Models alloc.go allocate cluster IPs on update: a Service that was an alias gets all, one that becomes dual-stack
/// the second.
fn update_cluster_ips(new: &mut Object, old: &Object, way: &mut Allocation<'_>) -> Result<(), Status> {
    if !needs_cluster_ip(new) || service::is_headless(new) {
        return Ok(());
    }
    if !needs_cluster_ip(old) {
        return cluster_ips::allocate(new, way);
    }
    let (families, before) = (texts(new, "spec.ipFamilies"), texts(old, "spec.ipFamilies"));
    let mut addresses = texts(new, "spec.clusterIPs");
    if let (1, [_, second]) = (before.len(), families.as_slice()) {
        let asked = addresses.get(1).cloned();
        if let Some(family) = Family::named(second) {
            let given = cluster_ips::one(new, family, asked.as_deref(), way)?;
            addresses.truncate(1);
            addresses.push(given);
        }
    }
    if !addresses.is_empty() {
        new.set("spec.clusterIPs", Value::from(addresses));
    }
    Ok(())
}

/// Models alloc.go updateNodePorts.
fn update_node_ports(new: &mut Object, old: &Object, way: &mut Allocation<'_>) -> Result<(), Status> {
    let before: SortedSet<i64> = old.items("spec.ports").iter().filter_map(node_port).map(i64::from).collect();
    let (draws, name) = (draws_node_ports(new), new.name().to_owned());
    let (mut asked, mut seen) = (SortedSet::new(), SortedSet::new());
    for (place, port) in ports_mut(new).enumerate() {
        let wanted = port.get("nodePort").and_then(Value::as_i64).unwrap_or(0);
        let protocol = port.get("protocol").and_then(Value::as_str).unwrap_or("").to_owned();
        let number = if wanted != 0 {
            if !before.contains(&wanted) && asked.insert(wanted) {
                way.take_port(wanted).map_err(|why| refused_port(&name, place, wanted, &why))?;
            }
            wanted
        } else if draws {
            let drawn = way.draw_node_port()?;
            port.insert("nodePort".to_owned(), Value::from(drawn));
            i64::from(drawn)
        } else {
            continue;
        };
        if !seen.insert((protocol.clone(), number)) {
            return Err(Status::plain(500, "", format!("duplicate nodePort: {{{protocol} {number}}}")));
        }
    }
    Ok(())
}

fn ports_mut(service: &mut Object) -> impl Iterator<Item = &mut crate::value::Map> {
    let ports = service.value_mut().pointer_mut("/spec/ports").and_then(Value::as_array_mut);
    ports.into_iter().flatten().filter_map(Value::as_object_mut)
}
