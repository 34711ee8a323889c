//! The kinds that a cluster serves: their groups, versions, names and short names.

/// What discovery says of a kind.
#[derive(Debug, PartialEq, Eq)]
pub struct Resource {
    /// `""` for the core group.
    pub group: &'static str,
    /// The version that objects are stored and shown in.
    pub version: &'static str,
    /// `ReplicaSet`.
    pub kind: &'static str,
    /// `replicasets`.
    pub plural: &'static str,
    /// Short names, such as `rs`.
    pub short: &'static [&'static str],
    /// Whether its objects live in a namespace.
    pub namespaced: bool,
    /// Whether something in the playground acts on objects of the kind; others are stored and shown only.
    pub modelled: bool,
}

/// A kind, by its place in [`Resource::ALL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceId(u8);

macro_rules! resources {
    ($($id:ident = $group:literal $version:literal $kind:literal $plural:literal [$($short:literal)*] $scope:ident $model:ident;)*) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        #[derive(Clone, Copy)]
        enum Place { $($id),* }
        impl ResourceId {
            $(#[doc = concat!("`", $plural, "` of the group `", $group, "`.")]
            pub const $id: ResourceId = ResourceId(Place::$id as u8);)*
        }
        impl Resource {
            /// Every kind that is served, in the order of discovery: the core group, then groups by name.
            pub const ALL: &'static [Resource] = &[$(Resource {
                group: $group, version: $version, kind: $kind, plural: $plural, short: &[$($short),*],
                namespaced: resources!(@$scope), modelled: resources!(@$model),
            }),*];
        }
    };
    (@namespaced) => { true };
    (@cluster) => { false };
    (@modelled) => { true };
    (@stored) => { false };
}

resources! {
    CONFIG_MAPS = "" "v1" "ConfigMap" "configmaps" ["cm"] namespaced modelled;
    ENDPOINTS = "" "v1" "Endpoints" "endpoints" ["ep"] namespaced modelled;
    EVENTS = "" "v1" "Event" "events" ["ev"] namespaced modelled;
    LIMIT_RANGES = "" "v1" "LimitRange" "limitranges" ["limits"] namespaced modelled;
    NAMESPACES = "" "v1" "Namespace" "namespaces" ["ns"] cluster modelled;
    NODES = "" "v1" "Node" "nodes" ["no"] cluster modelled;
    PERSISTENT_VOLUME_CLAIMS = "" "v1" "PersistentVolumeClaim" "persistentvolumeclaims" ["pvc"] namespaced stored;
    PERSISTENT_VOLUMES = "" "v1" "PersistentVolume" "persistentvolumes" ["pv"] cluster stored;
    PODS = "" "v1" "Pod" "pods" ["po"] namespaced modelled;
    POD_TEMPLATES = "" "v1" "PodTemplate" "podtemplates" [] namespaced stored;
    REPLICATION_CONTROLLERS = "" "v1" "ReplicationController" "replicationcontrollers" ["rc"] namespaced stored;
    RESOURCE_QUOTAS = "" "v1" "ResourceQuota" "resourcequotas" ["quota"] namespaced modelled;
    SECRETS = "" "v1" "Secret" "secrets" [] namespaced modelled;
    SERVICE_ACCOUNTS = "" "v1" "ServiceAccount" "serviceaccounts" ["sa"] namespaced stored;
    SERVICES = "" "v1" "Service" "services" ["svc"] namespaced modelled;
    MUTATING_WEBHOOKS = "admissionregistration.k8s.io" "v1" "MutatingWebhookConfiguration" "mutatingwebhookconfigurations" [] cluster stored;
    VALIDATING_WEBHOOKS = "admissionregistration.k8s.io" "v1" "ValidatingWebhookConfiguration" "validatingwebhookconfigurations" [] cluster stored;
    CONTROLLER_REVISIONS = "apps" "v1" "ControllerRevision" "controllerrevisions" [] namespaced stored;
    DAEMON_SETS = "apps" "v1" "DaemonSet" "daemonsets" ["ds"] namespaced stored;
    DEPLOYMENTS = "apps" "v1" "Deployment" "deployments" ["deploy"] namespaced modelled;
    REPLICA_SETS = "apps" "v1" "ReplicaSet" "replicasets" ["rs"] namespaced modelled;
    STATEFUL_SETS = "apps" "v1" "StatefulSet" "statefulsets" ["sts"] namespaced stored;
    HORIZONTAL_POD_AUTOSCALERS = "autoscaling" "v2" "HorizontalPodAutoscaler" "horizontalpodautoscalers" ["hpa"] namespaced stored;
    CRON_JOBS = "batch" "v1" "CronJob" "cronjobs" ["cj"] namespaced stored;
    JOBS = "batch" "v1" "Job" "jobs" [] namespaced stored;
    LEASES = "coordination.k8s.io" "v1" "Lease" "leases" [] namespaced stored;
    ENDPOINT_SLICES = "discovery.k8s.io" "v1" "EndpointSlice" "endpointslices" [] namespaced modelled;
    INGRESS_CLASSES = "networking.k8s.io" "v1" "IngressClass" "ingressclasses" [] cluster stored;
    INGRESSES = "networking.k8s.io" "v1" "Ingress" "ingresses" ["ing"] namespaced stored;
    IP_ADDRESSES = "networking.k8s.io" "v1" "IPAddress" "ipaddresses" ["ip"] cluster stored;
    NETWORK_POLICIES = "networking.k8s.io" "v1" "NetworkPolicy" "networkpolicies" ["netpol"] namespaced stored;
    SERVICE_CIDRS = "networking.k8s.io" "v1" "ServiceCIDR" "servicecidrs" [] cluster stored;
    POD_DISRUPTION_BUDGETS = "policy" "v1" "PodDisruptionBudget" "poddisruptionbudgets" ["pdb"] namespaced stored;
    CLUSTER_ROLE_BINDINGS = "rbac.authorization.k8s.io" "v1" "ClusterRoleBinding" "clusterrolebindings" [] cluster stored;
    CLUSTER_ROLES = "rbac.authorization.k8s.io" "v1" "ClusterRole" "clusterroles" [] cluster stored;
    ROLE_BINDINGS = "rbac.authorization.k8s.io" "v1" "RoleBinding" "rolebindings" [] namespaced stored;
    ROLES = "rbac.authorization.k8s.io" "v1" "Role" "roles" [] namespaced stored;
    PRIORITY_CLASSES = "scheduling.k8s.io" "v1" "PriorityClass" "priorityclasses" ["pc"] cluster modelled;
    STORAGE_CLASSES = "storage.k8s.io" "v1" "StorageClass" "storageclasses" ["sc"] cluster stored;
}

impl ResourceId {
    /// Every kind, in the order of [`Resource::ALL`].
    pub fn all() -> impl Iterator<Item = ResourceId> {
        (0..Resource::ALL.len()).map(|place| ResourceId(place as u8))
    }

    /// What discovery says of it.
    pub fn info(self) -> &'static Resource {
        // Ids are made by the table's macro and by `all` only, so the place exists; the first kind stands in otherwise.
        #[allow(clippy::indexing_slicing)] // A constant: checked by the compiler.
        const FIRST: &Resource = &Resource::ALL[0];
        Resource::ALL.get(usize::from(self.0)).unwrap_or(FIRST)
    }

    /// The verbs that the server takes for it, sorted.
    pub fn verbs(self) -> &'static [&'static str] {
        &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
    }

    /// The groups of kinds that it belongs to, such as `all`.
    pub fn categories(self) -> &'static [&'static str] {
        match self {
            ResourceId::MUTATING_WEBHOOKS | ResourceId::VALIDATING_WEBHOOKS => &["api-extensions"],
            ResourceId::PODS
            | ResourceId::REPLICATION_CONTROLLERS
            | ResourceId::SERVICES
            | ResourceId::DAEMON_SETS
            | ResourceId::DEPLOYMENTS
            | ResourceId::REPLICA_SETS
            | ResourceId::STATEFUL_SETS
            | ResourceId::HORIZONTAL_POD_AUTOSCALERS
            | ResourceId::CRON_JOBS
            | ResourceId::JOBS => &["all"],
            _ => &[],
        }
    }

    /// The kind that a manifest's `apiVersion` and `kind` name.
    pub fn of_manifest(api_version: &str, kind: &str) -> Option<ResourceId> {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        ResourceId::all().find(|id| {
            let info = id.info();
            info.kind == kind && info.group == group && info.version == version
        })
    }

    /// The kind of an object as it is stored.
    pub fn of_kind(group: &str, kind: &str) -> Option<ResourceId> {
        ResourceId::all().find(|id| id.info().kind == kind && id.info().group == group)
    }
}

impl Resource {
    /// `v1`, `apps/v1`.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.to_owned() } else { format!("{}/{}", self.group, self.version) }
    }

    /// `services`, `replicasets.apps`: as Status messages name it.
    pub fn qualified(&self) -> String {
        if self.group.is_empty() { self.plural.to_owned() } else { format!("{}.{}", self.plural, self.group) }
    }

    /// `service`: the kind in lower case.
    pub fn singular(&self) -> String {
        self.kind.to_lowercase()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_name_their_rows() {
        assert_eq!(ResourceId::SERVICES.info().kind, "Service");
        assert_eq!(ResourceId::of_manifest("apps/v1", "ReplicaSet"), Some(ResourceId::REPLICA_SETS));
        assert_eq!(ResourceId::of_manifest("v1", "ReplicaSet"), None);
        assert_eq!(ResourceId::ENDPOINT_SLICES.info().qualified(), "endpointslices.discovery.k8s.io");
    }
}
