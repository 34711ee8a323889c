//! What a new Service is given.

use super::{Allocation, cluster_ips, families, internal, needs_cluster_ip, needs_node_port, node_port};
use crate::api::{Cause, Fields, Object, ResourceId, Status, Value, service};
use crate::order::SortedMap;

/// Fills `service`, decoded and defaulted, in with families, cluster IPs and ports.
///
/// Models pkg/registry/core/service/storage storage.go beginCreate.
pub fn on_create(service: &mut Object, way: &mut Allocation<'_>) -> Result<(), Status> {
    let asked = service.text("spec.clusterIP").to_owned();
    if !asked.is_empty() && service.items("spec.clusterIPs").is_empty() {
        service.set("spec.clusterIPs", Value::from(vec![asked]));
    }
    families::init(service, None, way.allocated)?;
    if needs_cluster_ip(service) && !service::is_headless(service) {
        cluster_ips::allocate(service, way)?;
    }
    if needs_node_port(service) {
        init_node_ports(service, way)?;
    }
    if service::needs_health_check(service) {
        health_check_port(service, way)?;
    }
    Ok(())
}

/// Whether ports without a number are given one.
pub(super) fn draws_node_ports(service: &Object) -> bool {
    match service::kind(service) {
        service::ServiceType::NodePort => true,
        service::ServiceType::LoadBalancer => service.is_true("spec.allocateLoadBalancerNodePorts"),
        _ => false,
    }
}

/// Gives each port a node port; ports of one number and different protocols share one.
///
/// Models alloc.go initNodePorts.
pub(super) fn init_node_ports(service: &mut Object, way: &mut Allocation<'_>) -> Result<(), Status> {
    let draws = draws_node_ports(service);
    let name = service.name().to_owned();
    let Some(Value::Array(ports)) = service.value_mut().pointer_mut("/spec/ports") else { return Ok(()) };
    let asked: Vec<(i64, i64)> =
        ports.iter().map(|port| (port.int("port").unwrap_or(0), port.int("nodePort").unwrap_or(0))).collect();
    let mut given: SortedMap<i64, u16> = SortedMap::new();
    for (place, port) in ports.iter_mut().enumerate() {
        let (number, wanted) = (port.int("port").unwrap_or(0), port.int("nodePort").unwrap_or(0));
        if wanted == 0 && !draws {
            continue;
        }
        let mut take = |wanted| way.take_port(wanted).map_err(|why| refused_port(&name, place, wanted, &why));
        let taken = match given.get(&number) {
            None => {
                let wanted = asked.iter().find(|(other, wanted)| *other == number && *wanted != 0);
                let taken = match wanted {
                    Some(&(_, wanted)) => take(wanted)?,
                    None => way.draw_node_port()?,
                };
                given.insert(number, taken);
                taken
            }
            Some(&taken) if wanted == 0 || wanted == i64::from(taken) => taken,
            Some(_) => take(wanted)?,
        };
        if node_port(port) != Some(taken)
            && let Value::Object(port) = port
        {
            port.insert("nodePort".to_owned(), Value::from(taken));
        }
    }
    Ok(())
}

pub(super) fn refused_port(service: &str, place: usize, wanted: i64, why: &str) -> Status {
    let field = format!("spec.ports[{place}].nodePort");
    Status::invalid(ResourceId::SERVICES, service, vec![Cause::invalid(&field, &Value::from(wanted), why)])
}

/// Models alloc.go allocHealthCheckNodePort.
pub(super) fn health_check_port(service: &mut Object, way: &mut Allocation<'_>) -> Result<(), Status> {
    let port = match service.int("spec.healthCheckNodePort").filter(|&wanted| wanted != 0) {
        Some(wanted) => way
            .take_port(wanted)
            .map_err(|why| internal(&format!("failed to allocate requested HealthCheck NodePort {wanted}: {why}")))?,
        None => {
            way.draw_port().ok_or_else(|| internal("failed to allocate a HealthCheck NodePort 0: range is full"))?
        }
    };
    service.set("spec.healthCheckNodePort", Value::from(port));
    Ok(())
}
