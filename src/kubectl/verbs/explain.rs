//! `kubectl explain`, in our own short words.

use crate::kubectl::call::{Call, Next};
use crate::kubectl::flags::Flags;
use crate::kubectl::{Failure, resources};

/// What fields are for: the kind's plural, the path, the type, a sentence.
const FIELDS: &[(&str, &str, &str, &str)] = &[
    ("services", "", "", "A name and an address for a changing set of pods."),
    ("services", "spec", "<Object>", "What the Service shall be."),
    (
        "services",
        "spec.type",
        "<string>",
        "ClusterIP (inside only), NodePort (a port on every node besides), LoadBalancer (an outside address besides), or ExternalName (a DNS alias only).",
    ),
    (
        "services",
        "spec.selector",
        "<map[string]string>",
        "Labels that a pod must have to get requests. Without it nobody keeps the endpoints but you.",
    ),
    ("services", "spec.ports", "<[]ServicePort>", "The ports of the Service. With more than one, each needs a name."),
    ("services", "spec.ports.port", "<integer>", "The port that clients use."),
    (
        "services",
        "spec.ports.targetPort",
        "<IntOrString>",
        "The pod's port, by number or by the name of a container port. As `port`, if left out.",
    ),
    (
        "services",
        "spec.ports.nodePort",
        "<integer>",
        "The port on every node, 30000-32767. Chosen by the cluster, if left out.",
    ),
    ("services", "spec.ports.protocol", "<string>", "TCP (the default), UDP or SCTP."),
    ("services", "spec.ports.appProtocol", "<string>", "A hint about what is spoken: kubernetes.io/h2c, http ..."),
    (
        "services",
        "spec.clusterIP",
        "<string>",
        "The virtual address. Chosen by the cluster, if left out; None makes the Service headless: DNS answers with the pods themselves.",
    ),
    ("services", "spec.sessionAffinity", "<string>", "None, or ClientIP: a client keeps its pod for a while."),
    (
        "services",
        "spec.externalTrafficPolicy",
        "<string>",
        "Cluster, or Local: requests from outside stay on the node that they came to, and keep the client's address.",
    ),
    (
        "services",
        "spec.internalTrafficPolicy",
        "<string>",
        "Cluster, or Local: requests from inside stay on their node.",
    ),
    ("services", "spec.externalName", "<string>", "The DNS name that an ExternalName Service stands for."),
    ("services", "spec.publishNotReadyAddresses", "<boolean>", "Pods count as ready, whatever their probes say."),
    ("services", "spec.trafficDistribution", "<string>", "PreferSameZone or PreferSameNode: near pods first."),
    ("pods", "", "", "Containers that share an address and a node."),
    ("pods", "spec.containers", "<[]Container>", "The programs that run."),
    (
        "pods",
        "spec.containers.ports",
        "<[]ContainerPort>",
        "Ports that the container says it listens on. Documentation, save for names that Services use.",
    ),
    (
        "pods",
        "spec.containers.readinessProbe",
        "<Probe>",
        "How the kubelet finds out whether the pod may get requests.",
    ),
    ("pods", "spec.containers.env", "<[]EnvVar>", "Environment variables, fixed when the container starts."),
    ("replicasets", "", "", "Keeps a number of equal pods running."),
    ("replicasets", "spec.replicas", "<integer>", "How many pods there shall be."),
    ("replicasets", "spec.selector", "<LabelSelector>", "Which pods are counted. Cannot be changed."),
    ("replicasets", "spec.template", "<PodTemplateSpec>", "What new pods are like. Existing ones stay as they are."),
    ("deployments", "", "", "Replaces pods by new ones step by step when their template changes."),
    ("deployments", "spec.replicas", "<integer>", "How many pods there shall be."),
    (
        "deployments",
        "spec.strategy",
        "<DeploymentStrategy>",
        "RollingUpdate (with maxSurge, maxUnavailable), or Recreate.",
    ),
    ("deployments", "spec.template", "<PodTemplateSpec>", "What pods are like. A change starts a rollout."),
    ("endpointslices", "", "", "Addresses behind a Service, up to 100 in a slice. kube-proxy and DNS read these."),
    ("endpoints", "", "", "Addresses behind a Service, in one object. Deprecated: read EndpointSlices."),
];

/// Runs the verb.
pub fn explain(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let [what] = flags.args.as_slice() else {
        return Err(Failure::from(
            "You must specify the type of resource to explain. Use \"kubectl api-resources\" for a complete list of \
             supported resources.",
        ));
    };
    let (kind, path) = what.split_once('.').unwrap_or((what, ""));
    let resource = resources::find(kind)?;
    let info = resource.info();
    let mine: Vec<_> = FIELDS.iter().filter(|(plural, ..)| *plural == info.plural).collect();
    let Some((.., kind, text)) = mine.iter().find(|(_, at, ..)| *at == path) else {
        if path.is_empty() {
            call.console.line(format!("KIND:       {}\nVERSION:    {}\n", info.kind, info.api_version()));
            let acts = if info.modelled {
                "The playground has no text about it."
            } else {
                "It is stored here; nothing in the playground acts on it."
            };
            call.console.line(format!("DESCRIPTION:\n    {acts}"));
            return Ok(None);
        }
        return Err(Failure::Error(format!("field {path:?} does not exist, or the playground has no text about it")));
    };
    if !info.group.is_empty() {
        call.console.line(format!("GROUP:      {}", info.group));
    }
    call.console.line(format!("KIND:       {}\nVERSION:    {}\n", info.kind, info.version));
    if !path.is_empty() {
        let name = path.rsplit('.').next().unwrap_or(path);
        call.console.line(format!("FIELD: {name} {kind}\n"));
    }
    call.console.line(format!("DESCRIPTION:\n    {text}"));
    let below: Vec<_> =
        mine.iter().filter(|(_, at, ..)| at.starts_with(path) && *at != path && !at.is_empty()).collect();
    if !below.is_empty() {
        call.console.line("\nFIELDS:");
        for (_, at, kind, text) in below {
            call.console.line(format!("  {at}\t{kind}\n    {text}\n"));
        }
    }
    Ok(None)
}
