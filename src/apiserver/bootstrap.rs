//! What every cluster has before anybody asks for anything: namespaces, nodes and the Service `kubernetes`.

use super::{ApiServer, Moment, NodeSettings, Request, Settings, Verb};
use crate::api::{Fields, ResourceId, Value, json};
use crate::store::Key;

/// The namespaces that the API server itself sees to.
const NAMESPACES: &[&str] = &["default", "kube-node-lease", "kube-public", "kube-system"];
/// The port that the API server listens on: the recorded clusters' is not the usual 6443.
const SECURE_PORT: u16 = 16443;

impl ApiServer {
    /// Makes the objects that a cluster starts with. Models kube-apiserver's bootstrap controllers and the kubelets'
    /// registration.
    pub fn bootstrap(&mut self, moment: &mut Moment<'_>) {
        let settings = self.settings.clone();
        for name in NAMESPACES {
            self.make(ResourceId::NAMESPACES, json!({"metadata": {"name": name}}), moment);
            for (resource, body) in super::namespace_furniture(name) {
                self.make(resource, body, moment);
            }
        }
        for node in &settings.nodes {
            self.make(ResourceId::NODES, node_object(node, moment), moment);
        }
        for (resource, body) in own_service(&settings) {
            self.make(resource, body, moment);
        }
    }

    /// Creates an object that the server's own rules accept.
    fn make(&mut self, resource: ResourceId, body: Value, moment: &mut Moment<'_>) {
        let info = resource.info();
        let body = typed(resource, body);
        let namespace = match body.text("metadata.namespace") {
            "" if info.namespaced => "default".to_owned(),
            namespace => namespace.to_owned(),
        };
        let mut request = Request::new(Key::new(resource, namespace, ""), Verb::Create(body));
        let manager = match resource {
            ResourceId::NODES => "kubelet",
            ResourceId::CONFIG_MAPS | ResourceId::SERVICE_ACCOUNTS => "kube-controller-manager",
            _ => "kube-apiserver",
        };
        manager.clone_into(&mut request.options.manager);
        // A refusal leaves the object out: settings that contradict each other make a smaller cluster, no panic.
        let _ = self.handle(&request, moment);
    }
}

/// What every namespace is given soon after it was made: the service account that pods run as, and the certificate by
/// which they know the API server. Models kube-controller-manager's serviceaccount and root-ca-cert-publisher
/// controllers.
pub fn namespace_furniture(namespace: &str) -> Vec<(ResourceId, Value)> {
    let about = "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such \
        as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of \
        Kubernetes clusters.";
    let certificate = json!({
        "metadata": {
            "name": "kube-root-ca.crt", "namespace": namespace, "annotations": {"kubernetes.io/description": about},
        },
        "data": {"ca.crt": "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"},
    });
    let account = json!({"metadata": {"name": "default", "namespace": namespace}});
    let all = [(ResourceId::SERVICE_ACCOUNTS, account), (ResourceId::CONFIG_MAPS, certificate)];
    all.into_iter().map(|(resource, body)| (resource, typed(resource, body))).collect()
}

/// The Service `kubernetes` by which pods find the API server, its Endpoints and its slice.
pub fn own_service(settings: &Settings) -> Vec<(ResourceId, Value)> {
    let all = [service(settings), endpoints(settings), endpoint_slice(settings)];
    all.into_iter().map(|(resource, body)| (resource, typed(resource, body))).collect()
}

/// The body with its kind and version.
fn typed(resource: ResourceId, mut body: Value) -> Value {
    if let Value::Object(body) = &mut body {
        body.insert("apiVersion".to_owned(), Value::from(resource.info().api_version()));
        body.insert("kind".to_owned(), Value::from(resource.info().kind));
    }
    body
}

/// The first address of the first range. Models pkg/controlplane ServiceIPRange.
fn first_address(settings: &Settings) -> Option<String> {
    let cidr = settings.service_cidrs.first().and_then(|text| super::allocation::Cidr::parse(text))?;
    Some(cidr.address(1).to_string())
}

fn service(settings: &Settings) -> (ResourceId, Value) {
    let mut spec = json!({
        "ports": [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": SECURE_PORT}],
        "sessionAffinity": "None",
        "type": "ClusterIP",
    });
    if let (Some(address), Value::Object(spec)) = (first_address(settings), &mut spec) {
        spec.insert("clusterIP".to_owned(), Value::from(address));
    }
    let labels = json!({"component": "apiserver", "provider": "kubernetes"});
    (ResourceId::SERVICES, json!({"metadata": {"name": "kubernetes", "labels": labels}, "spec": spec}))
}

fn endpoints(settings: &Settings) -> (ResourceId, Value) {
    let subset = json!({
        "addresses": [{"ip": settings.address}],
        "ports": [{"name": "https", "port": SECURE_PORT, "protocol": "TCP"}],
    });
    let labels = json!({"endpointslice.kubernetes.io/skip-mirror": "true"});
    (ResourceId::ENDPOINTS, json!({"metadata": {"name": "kubernetes", "labels": labels}, "subsets": [subset]}))
}

fn endpoint_slice(settings: &Settings) -> (ResourceId, Value) {
    let family = if settings.address.contains(':') { "IPv6" } else { "IPv4" };
    let slice = json!({
        "metadata": {"name": "kubernetes", "labels": {"kubernetes.io/service-name": "kubernetes"}},
        "addressType": family,
        "endpoints": [{"addresses": [settings.address], "conditions": {"ready": true}}],
        "ports": [{"name": "https", "port": SECURE_PORT, "protocol": "TCP"}],
    });
    (ResourceId::ENDPOINT_SLICES, slice)
}

fn node_object(node: &NodeSettings, moment: &Moment<'_>) -> Value {
    let now = moment.epoch.timestamp(moment.now);
    let condition = |kind: &str, status: &str, reason: &str, message: &str| {
        json!({
            "type": kind, "status": status, "reason": reason, "message": message,
            "lastHeartbeatTime": now, "lastTransitionTime": now,
        })
    };
    let resources = json!({"cpu": "8", "ephemeral-storage": "100Gi", "memory": "16Gi", "pods": "110"});
    json!({
        "metadata": {
            "name": node.name,
            "labels": {
                "beta.kubernetes.io/arch": "amd64",
                "beta.kubernetes.io/os": "linux",
                "kubernetes.io/arch": "amd64",
                "kubernetes.io/hostname": node.name,
                "kubernetes.io/os": "linux",
            },
        },
        "spec": {"podCIDR": node.pod_cidr, "podCIDRs": [node.pod_cidr]},
        "status": {
            "addresses": [
                {"type": "InternalIP", "address": node.address},
                {"type": "Hostname", "address": node.name},
            ],
            "allocatable": resources,
            "capacity": resources,
            "conditions": [
                condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
                condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
                condition("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
                condition("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
            ],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
            "nodeInfo": {
                "architecture": "amd64",
                "bootID": "",
                "containerRuntimeVersion": "containerd://2.1.4",
                "kernelVersion": "6.12.0",
                "kubeProxyVersion": "",
                "kubeletVersion": "v1.36.2",
                "machineID": "",
                "operatingSystem": "linux",
                "osImage": "Debian GNU/Linux 12 (bookworm)",
                "systemUUID": "",
            },
        },
    })
}
