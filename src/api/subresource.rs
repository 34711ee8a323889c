//! The narrow doors to objects that discovery names besides the kinds themselves.

use super::ResourceId;

/// A subresource of some kinds.
#[derive(Debug)]
pub struct Subresource {
    /// Its name in a path: `status`.
    pub name: &'static str,
    /// The kinds that have it.
    pub of: &'static [ResourceId],
    /// What is behind it, where that is not the object itself: group, version, kind.
    pub gives: Option<(&'static str, &'static str, &'static str)>,
    /// The verbs that it takes, sorted.
    pub verbs: &'static [&'static str],
}

const OBJECT: &[&str] = &["get", "patch", "update"];
const STREAM: &[&str] = &["create", "get"];
const PROXY: &[&str] = &["create", "delete", "get", "patch", "update"];
const CREATE: &[&str] = &["create"];

const fn door(name: &'static str, of: &'static [ResourceId], verbs: &'static [&'static str]) -> Subresource {
    Subresource { name, of, gives: None, verbs }
}

/// Every subresource, sorted by name.
pub const SUBRESOURCES: &[Subresource] = &[
    Subresource { gives: Some(("", "v1", "PodAttachOptions")), ..door("attach", &[ResourceId::PODS], STREAM) },
    Subresource { gives: Some(("", "v1", "Binding")), ..door("binding", &[ResourceId::PODS], CREATE) },
    door("ephemeralcontainers", &[ResourceId::PODS], OBJECT),
    Subresource { gives: Some(("policy", "v1", "Eviction")), ..door("eviction", &[ResourceId::PODS], CREATE) },
    Subresource { gives: Some(("", "v1", "PodExecOptions")), ..door("exec", &[ResourceId::PODS], STREAM) },
    door("finalize", &[ResourceId::NAMESPACES], &["update"]),
    door("log", &[ResourceId::PODS], &["get"]),
    Subresource {
        gives: Some(("", "v1", "PodPortForwardOptions")),
        ..door("portforward", &[ResourceId::PODS], STREAM)
    },
    Subresource { gives: Some(("", "v1", "NodeProxyOptions")), ..door("proxy", &[ResourceId::NODES], PROXY) },
    Subresource { gives: Some(("", "v1", "PodProxyOptions")), ..door("proxy", &[ResourceId::PODS], PROXY) },
    Subresource { gives: Some(("", "v1", "ServiceProxyOptions")), ..door("proxy", &[ResourceId::SERVICES], PROXY) },
    door("resize", &[ResourceId::PODS], OBJECT),
    Subresource {
        gives: Some(("autoscaling", "v1", "Scale")),
        ..door(
            "scale",
            &[
                ResourceId::DEPLOYMENTS,
                ResourceId::REPLICA_SETS,
                ResourceId::REPLICATION_CONTROLLERS,
                ResourceId::STATEFUL_SETS,
            ],
            OBJECT,
        )
    },
    door(
        "status",
        &[
            ResourceId::CRON_JOBS,
            ResourceId::DAEMON_SETS,
            ResourceId::DEPLOYMENTS,
            ResourceId::HORIZONTAL_POD_AUTOSCALERS,
            ResourceId::INGRESSES,
            ResourceId::JOBS,
            ResourceId::NAMESPACES,
            ResourceId::NODES,
            ResourceId::PERSISTENT_VOLUME_CLAIMS,
            ResourceId::PERSISTENT_VOLUMES,
            ResourceId::POD_DISRUPTION_BUDGETS,
            ResourceId::PODS,
            ResourceId::REPLICA_SETS,
            ResourceId::REPLICATION_CONTROLLERS,
            ResourceId::RESOURCE_QUOTAS,
            ResourceId::SERVICE_CIDRS,
            ResourceId::SERVICES,
            ResourceId::STATEFUL_SETS,
        ],
        OBJECT,
    ),
    Subresource {
        gives: Some(("authentication.k8s.io", "v1", "TokenRequest")),
        ..door("token", &[ResourceId::SERVICE_ACCOUNTS], CREATE)
    },
];

impl Subresource {
    /// Those of a kind, sorted by name.
    pub fn of(resource: ResourceId) -> impl Iterator<Item = &'static Subresource> {
        SUBRESOURCES.iter().filter(move |one| one.of.contains(&resource))
    }

    /// A kind's subresource of this name.
    pub fn named(resource: ResourceId, name: &str) -> Option<&'static Subresource> {
        Subresource::of(resource).find(|one| one.name == name)
    }
}
