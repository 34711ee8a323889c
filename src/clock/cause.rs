//! Who acts, and by which id an event is named as the cause of another.

/// The id of an event in the cluster's log: its place there, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(pub u32);

/// A part of the cluster that acts, as the timeline shows it: a lane each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Component {
    /// The reader: the editor, the terminal, a click.
    Kubectl,
    /// kube-apiserver.
    ApiServer,
    /// The Deployment controller.
    DeploymentController,
    /// The ReplicaSet controller.
    ReplicaSetController,
    /// kube-scheduler.
    Scheduler,
    /// The Endpoints controller.
    EndpointsController,
    /// The EndpointSlice controller.
    EndpointSliceController,
    /// The controller that mirrors hand-made Endpoints into slices.
    EndpointSliceMirroringController,
    /// The garbage collector.
    GarbageCollector,
    /// The namespace controller.
    NamespaceController,
    /// The controller that taints nodes by their state.
    NodeLifecycleController,
    /// The controller that drives pods off nodes with a `NoExecute` taint.
    TaintEvictionController,
    /// The controller that counts what ResourceQuotas limit.
    ResourceQuotaController,
    /// The optional simulated load balancer provider.
    ServiceController,
    /// The kubelet of a node, by the node's place in the cluster.
    Kubelet(u16),
    /// The kube-proxy of a node, by the node's place in the cluster.
    KubeProxy(u16),
    /// CoreDNS.
    Dns,
}

impl Component {
    /// The name in logs, events and field managers; nodes are numbered from 1.
    pub fn name(self) -> &'static str {
        match self {
            Component::Kubectl => "kubectl",
            Component::ApiServer => "kube-apiserver",
            Component::DeploymentController => "deployment-controller",
            Component::ReplicaSetController => "replicaset-controller",
            Component::Scheduler => "default-scheduler",
            Component::EndpointsController => "endpoints-controller",
            Component::EndpointSliceController => "endpoint-slice-controller",
            Component::EndpointSliceMirroringController => "endpoint-slice-mirroring-controller",
            Component::GarbageCollector => "garbage-collector-controller",
            Component::NamespaceController => "namespace-controller",
            Component::NodeLifecycleController => "node-controller",
            Component::TaintEvictionController => "taint-eviction-controller",
            Component::ResourceQuotaController => "resourcequota-controller",
            Component::ServiceController => "service-controller",
            Component::Kubelet(_) => "kubelet",
            Component::KubeProxy(_) => "kube-proxy",
            Component::Dns => "coredns",
        }
    }
}
