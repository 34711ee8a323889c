//! What the endpoint controllers plan is enough: carried out, it leaves nothing to plan.
//!
//! From any state, also one that somebody has made a mess of, and with each of the three controllers alone. Events are
//! no part of it: some are told again on each look, as upstream does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use service_playground::api::{Fields, Object, ResourceId};
use service_playground::api::{Value, json};
use service_playground::clock::{Epoch, EventId, Random, Time};
use service_playground::controllers::endpoints::EndpointsController;
use service_playground::controllers::endpointslice::EndpointSliceController;
use service_playground::controllers::mirroring::MirroringController;
use service_playground::controllers::{Controller, View, Write};
use service_playground::store::{Key, Store};

/// A small generator of objects.
struct Maker {
    random: Random,
    made: u32,
}

impl Maker {
    fn one_of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.random.below(choices.len() as u32) as usize]
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.random.below(100) < percent
    }

    fn uid(&mut self) -> String {
        self.made += 1;
        format!("uid-{}", self.made)
    }

    fn node(&mut self, name: &str) -> Value {
        let mut labels = json!({});
        if self.chance(80) {
            labels["topology.kubernetes.io/zone"] = self.one_of(&["east", "west"]).into();
        }
        json!({
            "metadata": {"name": name, "uid": self.uid(), "labels": labels},
            "status": {"allocatable": {"cpu": "8"}, "conditions": [{"type": "Ready", "status": "True"}]},
        })
    }

    fn pod(&mut self, number: usize) -> Value {
        let mut pod = json!({
            "metadata": {
                "name": format!("pod{number:03}"), "namespace": "default", "uid": self.uid(),
                "labels": {"app": self.one_of(&["web", "web", "web", "db"])},
            },
            "spec": {
                "nodeName": self.one_of(&["node1", "node2", "node1", "node2", "gone"]),
                "containers": [{"name": "c", "ports": [
                    {"name": "www", "containerPort": 8080 + self.random.below(2), "protocol": "TCP"},
                    {"name": "dns", "containerPort": 53, "protocol": self.one_of(&["TCP", "UDP"])},
                ]}],
            },
            "status": {
                "phase": self.one_of(&["Running", "Running", "Running", "Pending", "Failed"]),
                "conditions": [{
                    "type": "Ready", "status": self.one_of(&["True", "True", "False"]),
                    "lastTransitionTime": "2026-01-01T00:00:01Z",
                }],
            },
        });
        if self.chance(90) {
            let ip = format!("10.244.{}.{}", number / 200, number % 200 + 2);
            pod["status"]["podIP"] = json!(ip);
            pod["status"]["podIPs"] = json!([{"ip": ip}, {"ip": format!("fd00::{number:x}")}]);
        }
        if self.chance(10) {
            pod["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:02Z");
        }
        if self.chance(20) {
            pod["spec"]["hostname"] = json!(format!("host{number}"));
            pod["spec"]["subdomain"] = json!("web");
        }
        pod
    }

    fn service(&mut self) -> Value {
        let mut ports = vec![json!({"name": "http", "port": 80, "protocol": "TCP", "targetPort": 8080})];
        if self.chance(50) {
            ports[0]["targetPort"] = json!("www");
        }
        if self.chance(40) {
            ports.push(json!({"name": "dns", "port": 53, "protocol": "UDP", "targetPort": "dns"}));
        }
        let mut service = json!({
            "metadata": {
                "name": "web", "namespace": "default", "uid": self.uid(), "labels": {"team": self.one_of(&["a", "b"])},
                "creationTimestamp": "2026-01-01T00:00:00Z",
            },
            "spec": {
                "selector": {"app": "web"}, "ports": ports, "clusterIP": self.one_of(&["10.96.0.9", "None"]),
                "ipFamilies": ["IPv4"],
            },
        });
        if self.chance(20) {
            service["spec"]["ipFamilies"] = json!(["IPv4", "IPv6"]);
        }
        if self.chance(20) {
            service["spec"]["publishNotReadyAddresses"] = json!(true);
        }
        if self.chance(40) {
            let distribution = self.one_of(&["PreferClose", "PreferSameZone", "PreferSameNode"]);
            service["spec"]["trafficDistribution"] = json!(distribution);
        }
        if self.chance(30) {
            service["metadata"]["annotations"] = json!({"service.kubernetes.io/topology-mode": "Auto"});
        }
        if self.chance(15) {
            service["spec"].as_object_mut().unwrap().remove("selector");
        }
        service
    }

    /// A mess: a slice or Endpoints of the Service as a hand, or an earlier Service, could have left it.
    fn leftovers(&mut self, service_uid: &str) -> Vec<(ResourceId, Value)> {
        let mut left = Vec::new();
        for number in 0..self.random.below(4) {
            let owner = if self.chance(80) { service_uid.to_owned() } else { "uid-earlier".to_owned() };
            let manager = self.one_of(&[
                "endpointslice-controller.k8s.io",
                "endpointslice-controller.k8s.io",
                "endpointslicemirroring-controller.k8s.io",
                "me",
            ]);
            let endpoints: Vec<Value> = (0..self.random.below(120))
                .map(|i| {
                    let target = json!({"kind": "Pod", "namespace": "default", "name": format!("pod{i:03}")});
                    let address = format!("10.244.{}.{}", i / 200, i % 200 + 2);
                    json!({"addresses": [address], "conditions": {"ready": true}, "targetRef": target, "hints": {"forZones": [{"name": "x"}]}})
                })
                .collect();
            left.push((
                ResourceId::ENDPOINT_SLICES,
                json!({
                    "metadata": {
                        "name": format!("web-left{number}"), "namespace": "default", "uid": self.uid(),
                        "labels": {"kubernetes.io/service-name": "web", "endpointslice.kubernetes.io/managed-by": manager},
                        "ownerReferences": [{"apiVersion": "v1", "kind": "Service", "name": "web", "uid": owner, "controller": true}],
                    },
                    "addressType": self.one_of(&["IPv4", "IPv4", "IPv6"]),
                    "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}],
                    "endpoints": endpoints,
                }),
            ));
        }
        if self.chance(50) {
            let ready: Vec<Value> = (0..self.random.below(5)).map(|i| json!({"ip": format!("192.0.2.{i}")})).collect();
            left.push((
                ResourceId::ENDPOINTS,
                json!({
                    "metadata": {"name": "web", "namespace": "default", "uid": self.uid(), "labels": {"by": "hand"}},
                    "subsets": [
                        {"addresses": ready, "notReadyAddresses": [{"ip": "192.0.2.99"}], "ports": [{"port": 80}]},
                        {"addresses": [{"ip": "2001:db8::1", "hostname": "six"}], "ports": [{"name": "x", "port": 81}]},
                    ],
                }),
            ));
        }
        left
    }
}

/// Carries the writes out as the API server would, as far as these kinds go. Gives how many there were but events.
fn carry_out(store: &mut Store, maker: &mut Maker, writes: Vec<Write>) -> usize {
    let mut count = 0;
    for write in writes {
        count += 1;
        match write {
            Write::Create { resource, mut object } => {
                let uid = maker.uid();
                if object.name().is_empty() {
                    object.set("metadata.name", format!("{}{uid}", object.text("metadata.generateName")).into());
                }
                object.set("metadata.uid", uid.into());
                assert!(store.get(&Key::of(resource, &object)).is_none(), "{} exists", object.name());
                store.put(resource, object, Time::ZERO, EventId(0));
            }
            Write::Update { resource, mut object } => {
                let there = store.get(&Key::of(resource, &object)).expect("what is updated exists");
                object.set("metadata.uid", there.uid().into());
                store.put(resource, object, Time::ZERO, EventId(0));
            }
            Write::Delete { key, .. } => {
                store.remove(&key, Time::ZERO, EventId(0)).expect("what is deleted exists");
            }
            Write::Event { .. } => count -= 1,
            other => panic!("{other:?}"),
        }
    }
    count
}

#[test]
fn a_plan_that_is_carried_out_leaves_nothing_to_plan() {
    let mut planned = 0;
    for seed in 0..300 {
        let mut maker = Maker { random: Random::new(seed), made: 0 };
        let mut store = Store::default();
        let service = maker.service();
        let uid = service.text("metadata.uid").to_owned();
        let mut objects = vec![(ResourceId::SERVICES, service)];
        for node in ["node1", "node2"] {
            objects.push((ResourceId::NODES, maker.node(node)));
        }
        let pods = if maker.chance(20) { 230 } else { maker.random.below(12) as usize };
        for number in 0..pods {
            objects.push((ResourceId::PODS, maker.pod(number)));
        }
        objects.extend(maker.leftovers(&uid));
        for (resource, object) in objects {
            store.put(resource, Object::new(object).unwrap(), Time::ZERO, EventId(0));
        }
        let mut controllers: Vec<Box<dyn Controller>> = vec![
            Box::new(EndpointsController::default()),
            Box::new(EndpointSliceController::default()),
            Box::new(MirroringController::default()),
        ];
        for round in 0..6 {
            let controller = &mut controllers[round % 3];
            let resource = if round % 3 == 2 { ResourceId::ENDPOINTS } else { ResourceId::SERVICES };
            let key = Key::new(resource, "default", "web");
            for look in 0..2 {
                let view = View { store: &store, now: Time::ZERO, epoch: Epoch(0) };
                let plan = controller.plan(&key, &view);
                if look == 0 {
                    planned += carry_out(&mut store, &mut maker, plan.writes);
                    continue;
                }
                let left: Vec<&Write> =
                    plan.writes.iter().filter(|write| !matches!(write, Write::Event { .. })).collect();
                assert!(left.is_empty(), "seed {seed}: {:?} still plans {left:#?}", controller.component());
            }
        }
    }
    assert!(planned > 500, "only {planned} writes were planned");
}
