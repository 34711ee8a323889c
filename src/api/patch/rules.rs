//! How the lists and maps of each kind merge: `x-kubernetes-patch-merge-key`, `-patch-strategy`, `-list-map-keys` and
//! `-map-type` of the published schemas, and of the kinds that the schemas in this project leave out.
//!
//! What is not listed here: maps merge key by key, lists are replaced as a whole.

use crate::api::ResourceId;

/// How one field merges.
#[derive(Debug)]
pub enum Rule {
    /// A map with fields that have rules themselves.
    Map(&'static Type),
    /// The same; what the patch does not name is dropped (`retainKeys`).
    RetainKeys(&'static Type),
    /// A map that a strategic patch replaces (`replace`) and an applier owns as a whole.
    Replace,
    /// A map that a strategic patch merges and an applier owns as a whole (`map-type: atomic`).
    Whole(&'static Type),
    /// A list of maps that are known by these fields, the first of which is the strategic merge key.
    Keyed(&'static [&'static str], &'static Type),
    /// The same; the items drop what the patch does not name.
    KeyedRetainKeys(&'static [&'static str], &'static Type),
    /// A list of texts without repetition.
    Set,
}

/// The rules of a map's fields.
#[derive(Debug)]
pub struct Type(&'static [(&'static str, Rule)]);

/// The rules of a place in an object.
pub type Rules = &'static Type;

impl Type {
    /// The rules of objects of a kind.
    pub fn of(resource: ResourceId) -> Rules {
        match resource {
            ResourceId::SERVICES => &SERVICE,
            ResourceId::PODS => &POD,
            ResourceId::DEPLOYMENTS => &DEPLOYMENT,
            ResourceId::REPLICA_SETS
            | ResourceId::STATEFUL_SETS
            | ResourceId::DAEMON_SETS
            | ResourceId::JOBS
            | ResourceId::REPLICATION_CONTROLLERS => &WORKLOAD,
            ResourceId::CRON_JOBS => &CRON_JOB,
            ResourceId::POD_TEMPLATES => &POD_TEMPLATE,
            ResourceId::NODES => &NODE,
            ResourceId::POD_DISRUPTION_BUDGETS => &DISRUPTION_BUDGET,
            ResourceId::SERVICE_ACCOUNTS => &SERVICE_ACCOUNT,
            ResourceId::MUTATING_WEBHOOKS | ResourceId::VALIDATING_WEBHOOKS => &WEBHOOKS,
            ResourceId::EVENTS => &EVENT,
            ResourceId::NETWORK_POLICIES => &NETWORK_POLICY,
            _ => &ANY,
        }
    }

    /// The rule of the field `name`; `None` for plain ones.
    pub fn field(&self, name: &str) -> Option<&'static Rule> {
        self.0.iter().find(|(field, _)| *field == name).map(|(_, rule)| rule)
    }

    /// The rules below a map that has none of its own.
    pub fn plain() -> Rules {
        &PLAIN
    }
}

use Rule::{Keyed, KeyedRetainKeys, Map, Replace, RetainKeys, Set, Whole};

static PLAIN: Type = Type(&[]);

static META: Type = Type(&[("finalizers", Set), ("ownerReferences", Keyed(&["uid"], &PLAIN))]);

static STATUS: Type = Type(&[
    ("addresses", Keyed(&["type"], &PLAIN)),
    ("conditions", Keyed(&["type"], &PLAIN)),
    ("podIPs", Keyed(&["ip"], &PLAIN)),
    ("resourceClaimStatuses", KeyedRetainKeys(&["name"], &PLAIN)),
]);

static ANY: Type = Type(&[("metadata", Map(&META)), ("status", Map(&STATUS))]);

static SERVICE: Type = Type(&[("metadata", Map(&META)), ("spec", Map(&SERVICE_SPEC)), ("status", Map(&STATUS))]);

static SERVICE_SPEC: Type = Type(&[("ports", Keyed(&["port", "protocol"], &PLAIN)), ("selector", Whole(&PLAIN))]);

static POD: Type = Type(&[("metadata", Map(&META)), ("spec", Map(&POD_SPEC)), ("status", Map(&STATUS))]);

static TEMPLATE: Type = Type(&[("metadata", Map(&META)), ("spec", Map(&POD_SPEC))]);

static POD_TEMPLATE: Type = Type(&[("metadata", Map(&META)), ("template", Map(&TEMPLATE))]);

static POD_SPEC: Type = Type(&[
    ("containers", Keyed(&["name"], &CONTAINER)),
    ("ephemeralContainers", Keyed(&["name"], &CONTAINER)),
    ("hostAliases", Keyed(&["ip"], &PLAIN)),
    ("imagePullSecrets", Keyed(&["name"], &PLAIN)),
    ("initContainers", Keyed(&["name"], &CONTAINER)),
    ("nodeSelector", Whole(&PLAIN)),
    ("resourceClaims", KeyedRetainKeys(&["name"], &PLAIN)),
    ("schedulingGates", Keyed(&["name"], &PLAIN)),
    ("topologySpreadConstraints", Keyed(&["topologyKey", "whenUnsatisfiable"], &PLAIN)),
    ("volumes", KeyedRetainKeys(&["name"], &PLAIN)),
]);

static CONTAINER: Type = Type(&[
    ("env", Keyed(&["name"], &ENV)),
    ("ports", Keyed(&["containerPort", "protocol"], &PLAIN)),
    ("volumeDevices", Keyed(&["devicePath"], &PLAIN)),
    ("volumeMounts", Keyed(&["mountPath"], &PLAIN)),
]);

static ENV: Type = Type(&[("valueFrom", Map(&ENV_SOURCE))]);

static ENV_SOURCE: Type = Type(&[
    ("configMapKeyRef", Whole(&PLAIN)),
    ("fieldRef", Whole(&PLAIN)),
    ("resourceFieldRef", Whole(&PLAIN)),
    ("secretKeyRef", Whole(&PLAIN)),
]);

static DEPLOYMENT: Type = Type(&[("metadata", Map(&META)), ("spec", Map(&DEPLOYMENT_SPEC)), ("status", Map(&STATUS))]);

static DEPLOYMENT_SPEC: Type =
    Type(&[("selector", Whole(&PLAIN)), ("strategy", RetainKeys(&PLAIN)), ("template", Map(&TEMPLATE))]);

static WORKLOAD: Type = Type(&[("metadata", Map(&META)), ("spec", Map(&WORKLOAD_SPEC)), ("status", Map(&STATUS))]);

static WORKLOAD_SPEC: Type = Type(&[("selector", Whole(&PLAIN)), ("template", Map(&TEMPLATE))]);

static CRON_JOB: Type = Type(&[("metadata", Map(&META)), ("spec", Map(&CRON_JOB_SPEC))]);

static CRON_JOB_SPEC: Type = Type(&[("jobTemplate", Map(&JOB_TEMPLATE))]);

static JOB_TEMPLATE: Type = Type(&[("metadata", Map(&META)), ("spec", Map(&WORKLOAD_SPEC))]);

static NODE: Type = Type(&[("metadata", Map(&META)), ("spec", Map(&NODE_SPEC)), ("status", Map(&STATUS))]);

static NODE_SPEC: Type = Type(&[("podCIDRs", Set)]);

static DISRUPTION_BUDGET: Type =
    Type(&[("metadata", Map(&META)), ("spec", Map(&DISRUPTION_BUDGET_SPEC)), ("status", Map(&STATUS))]);

static DISRUPTION_BUDGET_SPEC: Type = Type(&[("selector", Replace)]);

static SERVICE_ACCOUNT: Type = Type(&[
    ("imagePullSecrets", Keyed(&["name"], &PLAIN)),
    ("metadata", Map(&META)),
    ("secrets", Keyed(&["name"], &PLAIN)),
]);

static WEBHOOKS: Type = Type(&[("metadata", Map(&META)), ("webhooks", Keyed(&["name"], &PLAIN))]);

static EVENT: Type = Type(&[("involvedObject", Whole(&PLAIN)), ("metadata", Map(&META)), ("related", Whole(&PLAIN))]);

static NETWORK_POLICY: Type = Type(&[("metadata", Map(&META)), ("spec", Map(&NETWORK_POLICY_SPEC))]);

static NETWORK_POLICY_SPEC: Type = Type(&[("podSelector", Whole(&PLAIN))]);
