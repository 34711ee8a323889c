//! Every command with its flags, in the order in which kubectl groups them.

use super::Command;
use crate::kubectl::flags::{Flag, Kind, long, short};
use crate::kubectl::verbs::{
    annotate, apply, attach, auth, config, create, debug, delete, describe, diff, discovery, drain, edit, events, exec,
    explain, expose, get, label, logs, node, patch, port_forward, replace, rollout, run, scale, set, taint, unserved,
    wait,
};

/// Flags of every command.
pub const GLOBAL: &[Flag] = &[
    long("as", Kind::Text),
    long("as-group", Kind::Array),
    long("as-uid", Kind::Text),
    long("as-user-extra", Kind::Array),
    long("cache-dir", Kind::Text),
    long("certificate-authority", Kind::Text),
    long("client-certificate", Kind::Text),
    long("client-key", Kind::Text),
    long("cluster", Kind::Text),
    long("context", Kind::Text),
    long("disable-compression", Kind::Bool),
    long("insecure-skip-tls-verify", Kind::Bool),
    long("kubeconfig", Kind::Text),
    long("kuberc", Kind::Text),
    long("log-flush-frequency", Kind::Duration),
    long("match-server-version", Kind::Bool),
    short("namespace", 'n', Kind::Text),
    long("password", Kind::Text),
    long("profile", Kind::Text),
    long("profile-output", Kind::Text),
    long("request-timeout", Kind::Text),
    short("server", 's', Kind::Text),
    long("tls-server-name", Kind::Text),
    long("token", Kind::Text),
    long("user", Kind::Text),
    long("username", Kind::Text),
    short("v", 'v', Kind::Int),
    long("vmodule", Kind::Text),
    long("warnings-as-errors", Kind::Bool),
    short("help", 'h', Kind::Bool),
];

const PRINT: &[Flag] = &[
    short("output", 'o', Kind::Text),
    long("template", Kind::Text),
    long("allow-missing-template-keys", Kind::Bool),
    long("show-managed-fields", Kind::Bool),
];
const FILES: &[Flag] =
    &[short("filename", 'f', Kind::List), short("kustomize", 'k', Kind::Text), short("recursive", 'R', Kind::Bool)];
const DRY_RUN: &[Flag] = &[long("dry-run", Kind::Optional("unchanged")), long("field-manager", Kind::Text)];
const VALIDATE: &[Flag] = &[long("validate", Kind::Optional("strict"))];
const SELECTOR: &[Flag] = &[short("selector", 'l', Kind::Text)];
const ALL: &[Flag] = &[long("all", Kind::Bool)];
const ALL_NAMESPACES: &[Flag] = &[short("all-namespaces", 'A', Kind::Bool)];
const FIELD_SELECTOR: &[Flag] = &[long("field-selector", Kind::Text)];
const SAVE_CONFIG: &[Flag] = &[long("save-config", Kind::Bool)];
const RECORD: &[Flag] = &[long("record", Kind::Bool)];
const LOCAL: &[Flag] = &[long("local", Kind::Bool)];

const LABEL: &[Flag] = &[long("list", Kind::Bool), long("overwrite", Kind::Bool), long("resource-version", Kind::Text)];
const SERVICE: &[Flag] = &[long("tcp", Kind::List)];
const SERVER_SIDE: &[Flag] = &[long("server-side", Kind::Bool), long("force-conflicts", Kind::Bool)];
const DELETION: &[Flag] = &[
    long("cascade", Kind::Optional("background")),
    long("force", Kind::Bool),
    long("grace-period", Kind::Int),
    long("timeout", Kind::Duration),
    long("wait", Kind::Bool),
];

const NO_FLAGS: &[&[Flag]] = &[];
const NONE: &[&str] = &[];

macro_rules! command {
    ($($word:literal)+, $short:literal, $flags:expr, $run:expr) => {
        command!($($word)+, $short, $flags, NONE, $run)
    };
    ($($word:literal)+, $short:literal, $flags:expr, $required:expr, $run:expr) => {
        Command { path: &[$($word),+], short: $short, flags: $flags, required: $required, run: $run }
    };
}

const DATA: &[Flag] = &[
    long("append-hash", Kind::Bool),
    long("from-env-file", Kind::List),
    long("from-file", Kind::List),
    long("from-literal", Kind::Array),
];
const ROLE: &[Flag] = &[long("resource", Kind::List), long("resource-name", Kind::Array), long("verb", Kind::List)];
const SUBJECTS: &[Flag] = &[
    long("clusterrole", Kind::Text),
    long("group", Kind::Array),
    long("serviceaccount", Kind::Array),
    long("user", Kind::Array),
];
const CREATE: &[&[Flag]] = &[PRINT, DRY_RUN, VALIDATE, SAVE_CONFIG];
const CREATE_SERVICE: &[&[Flag]] = &[PRINT, DRY_RUN, VALIDATE, SAVE_CONFIG, SERVICE];
const ROLLOUT: &[&[Flag]] = &[PRINT, FILES, SELECTOR, &[long("field-manager", Kind::Text)]];
const SET: &[&[Flag]] = &[PRINT, FILES, SELECTOR, ALL, DRY_RUN, LOCAL, RECORD];

/// Every command, in the order in which kubectl groups them.
pub const COMMANDS: &[Command] = &[
    command!(
        "create",
        "Create a resource from a file or from stdin",
        &[
            PRINT,
            FILES,
            DRY_RUN,
            VALIDATE,
            SAVE_CONFIG,
            SELECTOR,
            RECORD,
            &[long("edit", Kind::Bool), long("raw", Kind::Text), long("windows-line-endings", Kind::Bool)]
        ],
        Some(create::create)
    ),
    command!("create" "clusterrole", "Create a cluster role",
        &[PRINT, DRY_RUN, VALIDATE, SAVE_CONFIG, ROLE, &[long("non-resource-url", Kind::List), long("aggregation-rule", Kind::List)]],
        Some(create::role::cluster_role)),
    command!("create" "clusterrolebinding", "Create a cluster role binding for a particular cluster role",
        &[PRINT, DRY_RUN, VALIDATE, SAVE_CONFIG, SUBJECTS], &["clusterrole"], Some(create::role::cluster_role_binding)),
    command!("create" "configmap|cm", "Create a config map from a local file, directory or literal value",
        &[PRINT, DRY_RUN, VALIDATE, SAVE_CONFIG, DATA], Some(create::config_map::config_map)),
    command!("create" "cronjob|cj", "Create a cron job with the specified name",
        &[PRINT, DRY_RUN, VALIDATE, SAVE_CONFIG, &[long("image", Kind::Text), long("restart", Kind::Text), long("schedule", Kind::Text)]],
        &["image", "schedule"], Some(create::batch::cron_job)),
    command!("create" "deployment|deploy", "Create a deployment with the specified name",
        &[PRINT, DRY_RUN, VALIDATE, SAVE_CONFIG, &[long("image", Kind::List), long("port", Kind::Int), short("replicas", 'r', Kind::Int)]],
        &["image"], Some(create::deployment::deployment)),
    command!("create" "ingress|ing", "Create an ingress with the specified name",
        &[PRINT, DRY_RUN, VALIDATE, SAVE_CONFIG, &[long("annotation", Kind::Array), long("class", Kind::Text), long("default-backend", Kind::Text), long("rule", Kind::Array)]],
        Some(create::ingress::ingress)),
    command!("create" "job", "Create a job with the specified name",
        &[PRINT, DRY_RUN, VALIDATE, SAVE_CONFIG, &[long("from", Kind::Text), long("image", Kind::Text)]],
        Some(create::batch::job)),
    command!("create" "namespace|ns", "Create a namespace with the specified name", CREATE, Some(create::namespace::namespace)),
    command!("create" "poddisruptionbudget|pdb", "Create a pod disruption budget with the specified name",
        &[PRINT, DRY_RUN, VALIDATE, SAVE_CONFIG, &[long("max-unavailable", Kind::Text), long("min-available", Kind::Text), long("selector", Kind::Text)]],
        Some(create::policy::disruption_budget)),
    command!("create" "priorityclass|pc", "Create a priority class with the specified name",
        &[PRINT, DRY_RUN, VALIDATE, SAVE_CONFIG, &[long("description", Kind::Text), long("global-default", Kind::Bool), long("preemption-policy", Kind::Text), long("value", Kind::Int)]],
        Some(create::policy::priority_class)),
    command!("create" "quota|resourcequota", "Create a quota with the specified name",
        &[PRINT, DRY_RUN, VALIDATE, SAVE_CONFIG, &[long("hard", Kind::Text), long("scopes", Kind::Text)]],
        Some(create::policy::quota)),
    command!("create" "role", "Create a role with single rule", &[PRINT, DRY_RUN, VALIDATE, SAVE_CONFIG, ROLE], Some(create::role::role)),
    command!("create" "rolebinding", "Create a role binding for a particular role or cluster role",
        &[PRINT, DRY_RUN, VALIDATE, SAVE_CONFIG, SUBJECTS, &[long("role", Kind::Text)]], Some(create::role::role_binding)),
    command!("create" "secret", "Create a secret using a specified subcommand", NO_FLAGS, None),
    command!("create" "secret" "docker-registry", "Create a secret for use with a Docker registry",
        &[PRINT, DRY_RUN, VALIDATE, SAVE_CONFIG, &[
            long("append-hash", Kind::Bool), long("docker-email", Kind::Text), long("docker-password", Kind::Text),
            long("docker-server", Kind::Text), long("docker-username", Kind::Text), long("from-file", Kind::List),
        ]], Some(create::config_map::docker_registry)),
    command!("create" "secret" "generic", "Create a secret from a local file, directory, or literal value",
        &[PRINT, DRY_RUN, VALIDATE, SAVE_CONFIG, DATA, &[long("type", Kind::Text)]], Some(create::config_map::secret)),
    command!("create" "secret" "tls", "Create a TLS secret",
        &[PRINT, DRY_RUN, VALIDATE, SAVE_CONFIG, &[long("append-hash", Kind::Bool), long("cert", Kind::Text), long("key", Kind::Text)]],
        Some(create::config_map::tls)),
    command!("create" "service|svc", "Create a service using a specified subcommand", NO_FLAGS, None),
    command!("create" "service" "clusterip", "Create a ClusterIP service",
        &[PRINT, DRY_RUN, VALIDATE, SAVE_CONFIG, SERVICE, &[long("clusterip", Kind::Text)]], Some(create::service::cluster_ip)),
    command!("create" "service" "externalname", "Create an ExternalName service",
        &[PRINT, DRY_RUN, VALIDATE, SAVE_CONFIG, SERVICE, &[long("external-name", Kind::Text)]],
        &["external-name"], Some(create::service::external_name)),
    command!("create" "service" "loadbalancer", "Create a LoadBalancer service", CREATE_SERVICE, Some(create::service::load_balancer)),
    command!("create" "service" "nodeport", "Create a NodePort service",
        &[PRINT, DRY_RUN, VALIDATE, SAVE_CONFIG, SERVICE, &[long("node-port", Kind::Int)]], Some(create::service::node_port)),
    command!("create" "serviceaccount|sa", "Create a service account with the specified name", CREATE, Some(create::namespace::service_account)),
    command!("create" "token", "Request a service account token",
        &[PRINT, &[long("audience", Kind::List), long("bound-object-kind", Kind::Text), long("bound-object-name", Kind::Text), long("bound-object-uid", Kind::Text), long("duration", Kind::Duration)]],
        Some(unserved::token)),
    command!(
        "expose",
        "Take a replication controller, service, deployment or pod and expose it as a new Kubernetes service",
        &[
            PRINT,
            FILES,
            DRY_RUN,
            SAVE_CONFIG,
            RECORD,
            &[
                long("cluster-ip", Kind::Text),
                long("external-ip", Kind::Text),
                short("labels", 'l', Kind::Text),
                long("load-balancer-ip", Kind::Text),
                long("name", Kind::Text),
                long("override-type", Kind::Text),
                long("overrides", Kind::Text),
                long("port", Kind::Text),
                long("protocol", Kind::Text),
                long("selector", Kind::Text),
                long("session-affinity", Kind::Text),
                long("target-port", Kind::Text),
                long("type", Kind::Text),
            ]
        ],
        Some(expose::expose)
    ),
    command!(
        "run",
        "Run a particular image on the cluster",
        &[
            PRINT,
            DRY_RUN,
            SAVE_CONFIG,
            RECORD,
            DELETION,
            &[
                long("annotations", Kind::Array),
                long("attach", Kind::Bool),
                long("command", Kind::Bool),
                long("env", Kind::Array),
                long("expose", Kind::Bool),
                long("image", Kind::Text),
                long("image-pull-policy", Kind::Text),
                short("labels", 'l', Kind::Text),
                long("leave-stdin-open", Kind::Bool),
                long("override-type", Kind::Text),
                long("overrides", Kind::Text),
                long("pod-running-timeout", Kind::Duration),
                long("port", Kind::Text),
                long("privileged", Kind::Bool),
                short("quiet", 'q', Kind::Bool),
                long("restart", Kind::Text),
                long("rm", Kind::Bool),
                short("stdin", 'i', Kind::Bool),
                short("tty", 't', Kind::Bool),
            ]
        ],
        &["image"],
        Some(run::run)
    ),
    command!("set", "Set specific features on objects", NO_FLAGS, None),
    command!("set" "env", "Update environment variables on a pod template",
        &[PRINT, FILES, SELECTOR, ALL, DRY_RUN, LOCAL, &[
            short("containers", 'c', Kind::Text), short("env", 'e', Kind::Array), long("from", Kind::Text),
            long("keys", Kind::List), long("list", Kind::Bool), long("overwrite", Kind::Bool), long("prefix", Kind::Text),
            long("resolve", Kind::Bool),
        ]], Some(set::env)),
    command!("set" "image", "Update the image of a pod template", SET, Some(set::image)),
    command!("set" "resources", "Update resource requests/limits on objects with pod templates",
        &[PRINT, FILES, SELECTOR, ALL, DRY_RUN, LOCAL, RECORD, &[long("limits", Kind::Text), long("requests", Kind::Text), short("containers", 'c', Kind::Text)]],
        Some(set::resources)),
    command!("set" "selector", "Set the selector on a resource",
        &[PRINT, FILES, DRY_RUN, LOCAL, RECORD, ALL, &[long("resource-version", Kind::Text)]], Some(set::selector)),
    command!("set" "serviceaccount|sa", "Update the service account of a resource", SET, Some(set::service_account)),
    command!("set" "subject", "Update the user, group, or service account in a role binding or cluster role binding", SET, Some(unserved::other)),
    command!(
        "explain",
        "Get documentation for a resource",
        &[&[long("api-version", Kind::Text), long("recursive", Kind::Bool), short("output", 'o', Kind::Text)]],
        Some(explain::explain)
    ),
    command!(
        "get",
        "Display one or many resources",
        &[
            PRINT,
            FILES,
            SELECTOR,
            ALL_NAMESPACES,
            FIELD_SELECTOR,
            &[
                long("chunk-size", Kind::Int),
                long("ignore-not-found", Kind::Bool),
                short("label-columns", 'L', Kind::List),
                long("no-headers", Kind::Bool),
                long("output-watch-events", Kind::Bool),
                long("raw", Kind::Text),
                long("server-print", Kind::Bool),
                long("show-kind", Kind::Bool),
                long("show-labels", Kind::Bool),
                long("sort-by", Kind::Text),
                long("subresource", Kind::Text),
                short("watch", 'w', Kind::Bool),
                long("watch-only", Kind::Bool),
            ]
        ],
        Some(get::get)
    ),
    command!(
        "edit",
        "Edit a resource on the server",
        &[
            PRINT,
            FILES,
            VALIDATE,
            SAVE_CONFIG,
            RECORD,
            &[
                long("field-manager", Kind::Text),
                long("output-patch", Kind::Bool),
                long("subresource", Kind::Text),
                long("windows-line-endings", Kind::Bool),
            ]
        ],
        Some(edit::edit)
    ),
    command!(
        "delete",
        "Delete resources by file names, stdin, resources and names, or by resources and label selector",
        &[
            FILES,
            SELECTOR,
            ALL,
            ALL_NAMESPACES,
            FIELD_SELECTOR,
            DRY_RUN,
            DELETION,
            &[
                long("ignore-not-found", Kind::Bool),
                short("interactive", 'i', Kind::Bool),
                long("now", Kind::Bool),
                short("output", 'o', Kind::Text),
                long("raw", Kind::Text),
            ]
        ],
        Some(delete::delete)
    ),
    command!("rollout", "Manage the rollout of a resource", NO_FLAGS, None),
    command!("rollout" "history", "View rollout history",
        &[PRINT, FILES, SELECTOR, &[long("revision", Kind::Int)]], Some(rollout::history)),
    command!("rollout" "pause", "Mark the provided resource as paused", ROLLOUT, Some(rollout::pause)),
    command!("rollout" "restart", "Restart a resource", ROLLOUT, Some(rollout::restart)),
    command!("rollout" "resume", "Resume a paused resource", ROLLOUT, Some(rollout::resume)),
    command!("rollout" "status", "Show the status of the rollout",
        &[FILES, SELECTOR, &[long("revision", Kind::Int), long("timeout", Kind::Duration), short("watch", 'w', Kind::Bool)]],
        Some(rollout::status)),
    command!("rollout" "undo", "Undo a previous rollout",
        &[PRINT, FILES, SELECTOR, DRY_RUN, &[long("to-revision", Kind::Int)]], Some(rollout::undo)),
    command!(
        "scale",
        "Set a new size for a deployment, replica set, or replication controller",
        &[
            PRINT,
            FILES,
            SELECTOR,
            ALL,
            DRY_RUN,
            RECORD,
            &[
                long("current-replicas", Kind::Int),
                long("replicas", Kind::Int),
                long("resource-version", Kind::Text),
                long("timeout", Kind::Duration),
            ]
        ],
        &["replicas"],
        Some(scale::scale)
    ),
    command!(
        "autoscale",
        "Auto-scale a deployment, replica set, stateful set, or replication controller",
        &[
            PRINT,
            FILES,
            DRY_RUN,
            &[
                long("cpu-percent", Kind::Int),
                long("cpu", Kind::Text),
                long("memory", Kind::Text),
                long("max", Kind::Int),
                long("min", Kind::Int),
                long("name", Kind::Text)
            ]
        ],
        Some(unserved::autoscale)
    ),
    command!("certificate", "Modify certificate resources", NO_FLAGS, Some(unserved::other)),
    command!("cluster-info", "Display cluster information", NO_FLAGS, Some(discovery::cluster_info)),
    command!("cluster-info" "dump", "Dump relevant information for debugging and diagnosis", NO_FLAGS, Some(unserved::other)),
    command!("top", "Display resource (CPU/memory) usage", NO_FLAGS, None),
    command!("top" "node|nodes|no", "Display resource (CPU/memory) usage of nodes",
        &[SELECTOR, &[long("no-headers", Kind::Bool), long("show-capacity", Kind::Bool), long("show-swap", Kind::Bool), long("sort-by", Kind::Text), long("use-protocol-buffers", Kind::Bool)]],
        Some(unserved::top)),
    command!("top" "pod|pods|po", "Display resource (CPU/memory) usage of pods",
        &[SELECTOR, ALL_NAMESPACES, FIELD_SELECTOR, &[long("containers", Kind::Bool), long("no-headers", Kind::Bool), long("show-swap", Kind::Bool), long("sort-by", Kind::Text), long("sum", Kind::Bool), long("use-protocol-buffers", Kind::Bool)]],
        Some(unserved::top)),
    command!("cordon", "Mark node as unschedulable", &[SELECTOR, DRY_RUN], Some(node::cordon)),
    command!("uncordon", "Mark node as schedulable", &[SELECTOR, DRY_RUN], Some(node::uncordon)),
    command!(
        "drain",
        "Drain node in preparation for maintenance",
        &[
            SELECTOR,
            DRY_RUN,
            &[
                long("chunk-size", Kind::Int),
                long("delete-emptydir-data", Kind::Bool),
                long("disable-eviction", Kind::Bool),
                long("force", Kind::Bool),
                long("grace-period", Kind::Int),
                long("ignore-daemonsets", Kind::Bool),
                long("pod-selector", Kind::Text),
                long("skip-wait-for-delete-timeout", Kind::Int),
                long("timeout", Kind::Duration),
            ]
        ],
        Some(drain::drain)
    ),
    command!(
        "taint",
        "Update the taints on one or more nodes",
        &[PRINT, SELECTOR, ALL, DRY_RUN, VALIDATE, &[long("overwrite", Kind::Bool)]],
        Some(taint::taint)
    ),
    command!(
        "describe",
        "Show details of a specific resource or group of resources",
        &[FILES, SELECTOR, ALL_NAMESPACES, &[long("chunk-size", Kind::Int), long("show-events", Kind::Bool)]],
        Some(describe::describe)
    ),
    command!(
        "logs",
        "Print the logs for a container in a pod",
        &[
            SELECTOR,
            &[
                long("all-containers", Kind::Bool),
                long("all-pods", Kind::Bool),
                short("container", 'c', Kind::Text),
                short("follow", 'f', Kind::Bool),
                long("ignore-errors", Kind::Bool),
                long("insecure-skip-tls-verify-backend", Kind::Bool),
                long("limit-bytes", Kind::Int),
                long("max-log-requests", Kind::Int),
                long("pod-running-timeout", Kind::Duration),
                short("previous", 'p', Kind::Bool),
                long("prefix", Kind::Bool),
                long("since", Kind::Duration),
                long("since-time", Kind::Text),
                long("tail", Kind::Int),
                long("timestamps", Kind::Bool),
            ]
        ],
        Some(logs::logs)
    ),
    command!(
        "attach",
        "Attach to a running container",
        &[&[
            short("container", 'c', Kind::Text),
            long("detach-keys", Kind::Text),
            long("pod-running-timeout", Kind::Duration),
            short("stdin", 'i', Kind::Bool),
            short("tty", 't', Kind::Bool),
            short("quiet", 'q', Kind::Bool)
        ]],
        Some(attach::attach)
    ),
    command!(
        "exec",
        "Execute a command in a container",
        &[
            FILES,
            &[
                short("container", 'c', Kind::Text),
                long("pod-running-timeout", Kind::Duration),
                short("stdin", 'i', Kind::Bool),
                short("tty", 't', Kind::Bool),
                short("quiet", 'q', Kind::Bool)
            ]
        ],
        Some(exec::exec)
    ),
    command!(
        "port-forward",
        "Forward one or more local ports to a pod",
        &[&[long("address", Kind::List), long("pod-running-timeout", Kind::Duration)]],
        Some(port_forward::port_forward)
    ),
    command!("proxy", "Run a proxy to the Kubernetes API server", NO_FLAGS, Some(unserved::other)),
    command!("cp", "Copy files and directories to and from containers", NO_FLAGS, Some(unserved::other)),
    command!("auth", "Inspect authorization", NO_FLAGS, None),
    command!("auth" "can-i", "Check whether an action is allowed",
        &[ALL_NAMESPACES, &[long("list", Kind::Bool), short("quiet", 'q', Kind::Bool), long("subresource", Kind::Text), long("no-headers", Kind::Bool)]], Some(auth::can_i)),
    command!("auth" "reconcile", "Reconciles rules for RBAC role, role binding, cluster role, and cluster role binding objects",
        &[PRINT, FILES, DRY_RUN, &[long("remove-extra-permissions", Kind::Bool), long("remove-extra-subjects", Kind::Bool)]], Some(unserved::other)),
    command!("auth" "whoami", "Check self subject attributes", &[PRINT], Some(auth::whoami)),
    command!(
        "debug",
        "Create debugging sessions for troubleshooting workloads and nodes",
        &[&[
            long("arguments-only", Kind::Bool),
            long("attach", Kind::Bool),
            short("container", 'c', Kind::Text),
            long("copy-to", Kind::Text),
            long("custom", Kind::Text),
            long("env", Kind::Pairs),
            short("filename", 'f', Kind::List),
            long("image", Kind::Text),
            long("image-pull-policy", Kind::Text),
            long("keep-annotations", Kind::Bool),
            long("keep-init-containers", Kind::Bool),
            long("keep-labels", Kind::Bool),
            long("keep-liveness", Kind::Bool),
            long("keep-readiness", Kind::Bool),
            long("keep-startup", Kind::Bool),
            long("profile", Kind::Text),
            short("quiet", 'q', Kind::Bool),
            long("replace", Kind::Bool),
            long("same-node", Kind::Bool),
            long("set-image", Kind::Pairs),
            long("share-processes", Kind::Bool),
            short("stdin", 'i', Kind::Bool),
            long("target", Kind::Text),
            short("tty", 't', Kind::Bool),
        ]],
        Some(debug::debug)
    ),
    command!(
        "events",
        "List events",
        &[
            PRINT,
            ALL_NAMESPACES,
            &[
                long("chunk-size", Kind::Int),
                long("for", Kind::Text),
                long("no-headers", Kind::Bool),
                long("types", Kind::List),
                short("watch", 'w', Kind::Bool)
            ]
        ],
        Some(events::events)
    ),
    command!(
        "diff",
        "Diff the live version against a would-be applied version",
        &[
            FILES,
            SELECTOR,
            SERVER_SIDE,
            &[
                long("field-manager", Kind::Text),
                long("concurrency", Kind::Int),
                long("prune", Kind::Bool),
                long("show-managed-fields", Kind::Bool)
            ]
        ],
        Some(diff::diff)
    ),
    command!(
        "apply",
        "Apply a configuration to a resource by file name or stdin",
        &[
            PRINT,
            FILES,
            SELECTOR,
            ALL,
            DRY_RUN,
            VALIDATE,
            SERVER_SIDE,
            DELETION,
            RECORD,
            &[
                long("openapi-patch", Kind::Bool),
                long("overwrite", Kind::Bool),
                long("prune", Kind::Bool),
                long("prune-allowlist", Kind::Array),
            ]
        ],
        Some(apply::apply)
    ),
    command!("apply" "edit-last-applied", "Edit latest last-applied-configuration annotations of a resource/object",
        &[PRINT, FILES, VALIDATE, &[long("field-manager", Kind::Text), long("windows-line-endings", Kind::Bool)]], Some(unserved::other)),
    command!("apply" "set-last-applied", "Set the last-applied-configuration annotation on a live object to match the contents of a file",
        &[PRINT, FILES, DRY_RUN, &[long("create-annotation", Kind::Bool)]], Some(unserved::other)),
    command!("apply" "view-last-applied", "View the latest last-applied-configuration annotations of a resource/object",
        &[FILES, SELECTOR, ALL, &[short("output", 'o', Kind::Text)]], Some(apply::view_last_applied)),
    command!(
        "patch",
        "Update fields of a resource",
        &[
            PRINT,
            FILES,
            DRY_RUN,
            LOCAL,
            RECORD,
            &[
                short("patch", 'p', Kind::Text),
                long("patch-file", Kind::Text),
                long("subresource", Kind::Text),
                long("type", Kind::Text),
            ]
        ],
        Some(patch::patch)
    ),
    command!(
        "replace",
        "Replace a resource by file name or stdin",
        &[
            PRINT,
            FILES,
            DRY_RUN,
            VALIDATE,
            SAVE_CONFIG,
            DELETION,
            RECORD,
            &[long("raw", Kind::Text), long("subresource", Kind::Text)]
        ],
        Some(replace::replace)
    ),
    command!(
        "wait",
        "Wait for a specific condition on one or many resources",
        &[
            PRINT,
            FILES,
            SELECTOR,
            ALL,
            ALL_NAMESPACES,
            FIELD_SELECTOR,
            LOCAL,
            &[long("for", Kind::Array), long("timeout", Kind::Duration)]
        ],
        Some(wait::wait)
    ),
    command!("kustomize", "Build a kustomization target from a directory or URL", NO_FLAGS, Some(unserved::other)),
    command!(
        "label",
        "Update the labels on a resource",
        &[PRINT, FILES, SELECTOR, ALL, ALL_NAMESPACES, FIELD_SELECTOR, DRY_RUN, LOCAL, RECORD, LABEL],
        Some(label::label)
    ),
    command!(
        "annotate",
        "Update the annotations on a resource",
        &[PRINT, FILES, SELECTOR, ALL, ALL_NAMESPACES, FIELD_SELECTOR, DRY_RUN, LOCAL, RECORD, LABEL],
        Some(annotate::annotate)
    ),
    command!(
        "completion",
        "Output shell completion code for the specified shell (bash, zsh, fish, or powershell)",
        NO_FLAGS,
        Some(unserved::other)
    ),
    command!(
        "api-resources",
        "Print the supported API resources on the server",
        &[&[
            long("api-group", Kind::Text),
            long("cached", Kind::Bool),
            long("categories", Kind::List),
            long("namespaced", Kind::Bool),
            long("no-headers", Kind::Bool),
            short("output", 'o', Kind::Text),
            long("sort-by", Kind::Text),
            long("verbs", Kind::List)
        ]],
        Some(discovery::api_resources)
    ),
    command!(
        "api-versions",
        "Print the supported API versions on the server, in the form of \"group/version\"",
        NO_FLAGS,
        Some(discovery::api_versions)
    ),
    command!("config", "Modify kubeconfig files", NO_FLAGS, None),
    command!("config" "current-context", "Display the current-context", NO_FLAGS, Some(config::current_context)),
    command!("config" "delete-cluster", "Delete the specified cluster from the kubeconfig", NO_FLAGS, Some(unserved::kubeconfig)),
    command!("config" "delete-context", "Delete the specified context from the kubeconfig", NO_FLAGS, Some(unserved::kubeconfig)),
    command!("config" "delete-user", "Delete the specified user from the kubeconfig", NO_FLAGS, Some(unserved::kubeconfig)),
    command!("config" "get-clusters", "Display clusters defined in the kubeconfig", NO_FLAGS, Some(config::get_names)),
    command!("config" "get-contexts", "Describe one or many contexts", &[&[long("no-headers", Kind::Bool), short("output", 'o', Kind::Text)]], Some(config::get_contexts)),
    command!("config" "get-users", "Display users defined in the kubeconfig", NO_FLAGS, Some(config::get_names)),
    command!("config" "rename-context", "Rename a context from the kubeconfig file", NO_FLAGS, Some(unserved::kubeconfig)),
    command!("config" "set", "Set an individual value in a kubeconfig file", &[&[long("set-raw-bytes", Kind::Bool)]], Some(unserved::kubeconfig)),
    command!("config" "set-cluster", "Set a cluster entry in kubeconfig", &[&[long("embed-certs", Kind::Bool), long("proxy-url", Kind::Text)]], Some(unserved::kubeconfig)),
    command!("config" "set-context", "Set a context entry in kubeconfig", &[&[long("current", Kind::Bool)]], Some(config::set_context)),
    command!("config" "set-credentials", "Set a user entry in kubeconfig", NO_FLAGS, Some(unserved::kubeconfig)),
    command!("config" "unset", "Unset an individual value in a kubeconfig file", NO_FLAGS, Some(unserved::kubeconfig)),
    command!("config" "use-context|use", "Set the current-context in a kubeconfig file", NO_FLAGS, Some(config::use_context)),
    command!("config" "view", "Display merged kubeconfig settings or a specified kubeconfig file", &[PRINT, &[long("flatten", Kind::Bool), long("minify", Kind::Bool), long("raw", Kind::Bool)]], Some(config::view)),
    command!("help", "Help about any command", NO_FLAGS, Some(unserved::help)),
    command!("options", "Print the list of flags inherited by all commands", NO_FLAGS, Some(unserved::options)),
    command!("plugin", "Provides utilities for interacting with plugins", NO_FLAGS, Some(unserved::other)),
    command!(
        "version",
        "Print the client and server version information",
        &[&[long("client", Kind::Bool), short("output", 'o', Kind::Text)]],
        Some(discovery::version)
    ),
];
