//! What runs in a cluster.

use super::Settings;
use crate::api::{ResourceId, Value, json};
use crate::apiserver;
use crate::clock::Component;
use crate::controllers::Controller;
use crate::controllers::deployment::DeploymentController;
use crate::controllers::endpoints::EndpointsController;
use crate::controllers::endpointslice::EndpointSliceController;
use crate::controllers::garbage_collector::GarbageCollector;
use crate::controllers::kubernetes_service::KubernetesServiceController;
use crate::controllers::load_balancer::LoadBalancerController;
use crate::controllers::mirroring::MirroringController;
use crate::controllers::namespaces::NamespaceController;
use crate::controllers::node_lifecycle::NodeLifecycleController;
use crate::controllers::replicaset::ReplicaSetController;
use crate::controllers::resource_quota::ResourceQuotaController;
use crate::controllers::scheduler::Scheduler;
use crate::controllers::taint_eviction::TaintEvictionController;
use crate::kubelet::{Kubelet, Timing};

/// Everything that watches and acts: the controllers and the kubelets, by their place.
pub(super) struct Loops {
    controllers: Vec<Box<dyn Controller>>,
    /// One a node.
    pub kubelets: Vec<Kubelet>,
}

impl Loops {
    /// What a cluster of these settings runs, in a fixed order.
    pub fn start(settings: &Settings) -> Loops {
        let timing = if settings.bare { Timing::recorded() } else { Timing::real() };
        let kubelet = |(place, node): (usize, &super::NodeSettings)| {
            Kubelet::new(place as u16, &node.name, &node.address, &node.pod_cidr, timing.clone())
        };
        let mut controllers: Vec<Box<dyn Controller>> = vec![
            Box::new(DeploymentController::default()),
            Box::new(ReplicaSetController::default()),
            Box::new(Scheduler::default()),
            Box::new(EndpointsController::default()),
            Box::new(EndpointSliceController::default()),
            Box::new(MirroringController::default()),
            Box::new(GarbageCollector),
            Box::new(NamespaceController::default()),
            Box::new(KubernetesServiceController::new(&api_server(settings))),
            Box::new(NodeLifecycleController),
            Box::new(TaintEvictionController::default()),
            Box::new(ResourceQuotaController),
        ];
        if settings.load_balancers {
            controllers.push(Box::new(LoadBalancerController::default()));
        }
        Loops { controllers, kubelets: settings.nodes.iter().enumerate().filter_map(kubelet).collect() }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.controllers.len() + self.kubelets.len()
    }

    /// The one at `place`.
    pub fn get_mut(&mut self, place: usize) -> Option<&mut dyn Controller> {
        let kubelet = place.wrapping_sub(self.controllers.len());
        match self.controllers.get_mut(place) {
            Some(controller) => Some(controller.as_mut()),
            None => self.kubelets.get_mut(kubelet).map(|kubelet| kubelet as &mut dyn Controller),
        }
    }
}

/// How the API server of a cluster of these settings is started.
pub(super) fn api_server(settings: &Settings) -> apiserver::Settings {
    let node = |node: &super::NodeSettings| apiserver::NodeSettings {
        name: node.name.clone(),
        address: node.address.clone(),
        pod_cidr: node.pod_cidr.clone(),
    };
    apiserver::Settings { nodes: settings.nodes.iter().map(node).collect(), ..apiserver::Settings::default() }
}

/// The node that a component runs on; empty for those of the control plane.
pub(super) fn host_of(who: Component, settings: &Settings) -> String {
    match who {
        Component::Kubelet(place) | Component::KubeProxy(place) => {
            settings.nodes.get(usize::from(place)).map(|node| node.name.clone()).unwrap_or_default()
        }
        _ => String::new(),
    }
}

/// CoreDNS as kubeadm sets it up: two pods behind the Service kube-dns.
pub(super) fn dns_objects() -> Vec<(ResourceId, Value)> {
    let labels = json!({"k8s-app": "kube-dns"});
    let service_labels = json!({
        "k8s-app": "kube-dns", "kubernetes.io/cluster-service": "true", "kubernetes.io/name": "CoreDNS",
    });
    let port = |name: &str, number: u16, protocol: &str| json!({"name": name, "port": number, "protocol": protocol});
    let open =
        |name: &str, number: u16, protocol: &str| json!({"name": name, "containerPort": number, "protocol": protocol});
    let probe = |path: &str, port: &str| json!({"httpGet": {"path": path, "port": port}});
    let container = json!({
        "name": "coredns",
        "image": "registry.k8s.io/coredns/coredns:v1.13.1",
        "args": ["-conf", "/etc/coredns/Corefile"],
        "ports": [
            open("dns", 53, "UDP"), open("dns-tcp", 53, "TCP"), open("metrics", 9153, "TCP"),
            open("liveness-probe", 8080, "TCP"), open("readiness-probe", 8181, "TCP"),
        ],
        "livenessProbe": probe("/health", "liveness-probe"),
        "readinessProbe": probe("/ready", "readiness-probe"),
    });
    vec![
        (
            ResourceId::SERVICES,
            json!({
                "apiVersion": "v1", "kind": "Service",
                "metadata": {"name": "kube-dns", "namespace": "kube-system", "labels": service_labels},
                "spec": {
                    "clusterIP": "10.96.0.10",
                    "ports": [port("dns", 53, "UDP"), port("dns-tcp", 53, "TCP"), port("metrics", 9153, "TCP")],
                    "selector": labels,
                },
            }),
        ),
        (
            ResourceId::DEPLOYMENTS,
            json!({
                "apiVersion": "apps/v1", "kind": "Deployment",
                "metadata": {"name": "coredns", "namespace": "kube-system", "labels": labels},
                "spec": {
                    "replicas": 2,
                    "selector": {"matchLabels": labels},
                    "template": {"metadata": {"labels": labels}, "spec": {"containers": [container], "dnsPolicy": "Default"}},
                },
            }),
        ),
    ]
}
