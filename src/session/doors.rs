//! The ways into a Service: by its name, by one of its addresses, or past it to a pod.

use super::Session;
use super::traffic::Ask;
use crate::api::service::{self, Port};
use crate::api::{Fields, Object, ResourceId, pod};
use crate::cluster::Source;
use crate::net::Protocol;
use crate::store::Key;

/// A way to what a Service stands for.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Door {
    /// The one that this client would use: see [`Session::address_of`].
    #[default]
    Usual,
    /// The cluster IP, without a question to DNS.
    ClusterIp,
    /// The address of the load balancer, or an external IP.
    Address(String),
    /// The node port of this node.
    NodePort(String),
    /// Past the Service, to the address of this pod.
    Pod(Key),
    /// The client's own machine: another container of its pod, or the node's port at 127.0.0.1.
    Localhost,
}

/// So many pods are offered one by one.
const MOST_PODS: usize = 20;

impl Session {
    /// The ways that there are for this client to this port, the usual one first.
    pub fn doors(&self, ask: &Ask) -> Vec<Door> {
        let mut doors = vec![Door::Usual];
        let Some(object) = self.cluster.store().get(&ask.service) else { return doors };
        let port = port_of(object, ask);
        if service::has_cluster_ip(object) {
            doors.push(Door::ClusterIp);
        }
        let balancers = object.items("status.loadBalancer.ingress").iter().map(|one| one.text("ip"));
        let external = object.items("spec.externalIPs").iter().filter_map(|one| one.as_str());
        doors.extend(balancers.chain(external).filter(|ip| !ip.is_empty()).map(|ip| Door::Address(ip.to_owned())));
        let node_port = port.and_then(Port::node_port);
        if node_port.is_some() {
            doors.extend(self.node_names().into_iter().map(Door::NodePort));
        }
        match &ask.from {
            Source::Pod(_) => doors.push(Door::Localhost),
            Source::Node(_) if node_port.is_some() => doors.push(Door::Localhost),
            Source::Node(_) | Source::Outside => {}
        }
        if let Some(selector) = service::selector(object) {
            let pods = self.cluster.store().select(ResourceId::PODS, &ask.service.namespace, &selector);
            let open = pods.into_iter().filter(|pod| pod::has_address(pod) && !pod::is_terminal(pod));
            doors.extend(open.take(MOST_PODS).map(|pod| Door::Pod(Key::of(ResourceId::PODS, pod))));
        }
        doors
    }

    /// The host and port of a way; `None` for the usual one, or where it is not there.
    pub(super) fn door_address(&self, ask: &Ask) -> Option<(String, u16)> {
        let object = self.cluster.store().get(&ask.service)?;
        let port = port_of(object, ask);
        match &ask.door {
            Door::Usual => None,
            Door::ClusterIp => Some((service::cluster_ip(object).to_owned(), ask.port)),
            Door::Address(ip) => Some((ip.clone(), ask.port)),
            Door::NodePort(name) => {
                let node = self.cluster.settings().nodes.iter().find(|node| node.name == *name)?;
                Some((node.address.clone(), port?.node_port()?))
            }
            Door::Pod(key) => {
                let pod = self.cluster.store().get(key)?;
                Some((pod::ip(pod).to_owned(), target_in(pod, port, ask)))
            }
            Door::Localhost => {
                let number = match &ask.from {
                    Source::Pod(key) => target_in(self.cluster.store().get(key)?, port, ask),
                    Source::Node(_) | Source::Outside => port?.node_port()?,
                };
                Some(("localhost".to_owned(), number))
            }
        }
    }

    /// A way in words: `cluster IP 10.96.0.20`, `node1:30080`, `localhost:8080`.
    pub fn door_name(&self, ask: &Ask, door: &Door) -> String {
        let ask = Ask { door: door.clone(), ..ask.clone() };
        let (host, port) = self.address_of(&ask);
        match door {
            Door::Usual | Door::Localhost => format!("{host}:{port}"),
            Door::ClusterIp => format!("cluster IP {host}:{port}"),
            Door::Address(_) => format!("external {host}:{port}"),
            Door::NodePort(node) => format!("node port {node}:{port}"),
            Door::Pod(key) => format!("pod {} {host}:{port}", key.name),
        }
    }
}

fn port_of<'a>(service: &'a Object, ask: &Ask) -> Option<Port<'a>> {
    service::ports(service)
        .find(|port| port.number() == ask.port && Protocol::parse(port.protocol()) == Some(ask.protocol))
}

/// The number that the Service's port means in a pod; the port's own where the pod has none.
fn target_in(pod: &Object, port: Option<Port<'_>>, ask: &Ask) -> u16 {
    let target = port.and_then(|port| pod::find_port(pod, &port.target(), port.protocol()));
    target.unwrap_or(ask.port)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Epoch;
    use crate::session::{EXAMPLES, Example, Setup};

    /// Each way that a pod of the API has to the API, and how its request went.
    #[test]
    fn each_way_leads_where_it_should() {
        let files = EXAMPLES.first().map_or(Vec::new(), Example::files);
        let mut session = Session::new(Setup { seed: 1, epoch: Epoch(1_795_000_000), files, modes: Vec::new() });
        for _ in 0..100 {
            session.advance(std::time::Duration::from_millis(200), || false);
        }
        session.run_line("kubectl patch svc go-demo-2-api -p '{\"spec\":{\"type\":\"NodePort\"}}'");
        session.advance(std::time::Duration::from_secs(3), || false);
        let service = Key::new(ResourceId::SERVICES, "default", "go-demo-2-api");
        let (protocol, port) = session.ports_of(&service)[0];
        let pods = session.client_pods();
        let api = pods.iter().find(|pod| pod.name.starts_with("go-demo-2-api")).unwrap();
        for from in [api.source.clone(), Source::Node("node1".to_owned()), Source::Outside] {
            let ask = Ask { from, service: service.clone(), port, protocol, keep_alive: false, door: Door::Usual };
            let doors = session.doors(&ask);
            let counts =
                [Door::ClusterIp, Door::Localhost].map(|door| doors.iter().filter(|one| **one == door).count());
            assert_eq!(counts, [1, usize::from(ask.from != Source::Outside)]);
            for door in doors {
                let ask = Ask { door: door.clone(), ..ask.clone() };
                session.send(&ask, 1);
                let asked = session.asked().next().cloned().unwrap();
                // Pods and cluster IPs have no route to them from outside.
                let is_reached = ask.from != Source::Outside || matches!(door, Door::Usual | Door::NodePort(_));
                assert_eq!(asked.by.is_some(), is_reached, "{:?} {} {}", ask.from, asked.url, asked.said);
                match &door {
                    Door::Pod(pod) if is_reached => assert_eq!(asked.by.as_ref(), Some(pod)),
                    Door::Localhost if matches!(ask.from, Source::Pod(_)) => {
                        assert_eq!(asked.url, "http://localhost:8080/");
                    }
                    _ => {}
                }
            }
        }
    }
}
