//! `cargo xtask schema FILE`: the kinds' fields, from Kubernetes' OpenAPI schemas to the compact table that
//! `src/api/schema.rs` reads. Run it when a new version of Kubernetes is modelled.

use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fmt::Write;

/// Where the table is kept.
const TABLE: &str = "src/api/schema.txt";

/// What OpenAPI does not say: the order of a struct's fields.
const ORDER: &str = include_str!("field_order.txt");

/// What OpenAPI does not say: which optional numbers, booleans and texts are pointers in Go, so that a zero given by
/// hand is kept. `field` or `Type.field`.
const POINTERS: &[&str] = &[
    "AzureDiskVolumeSource.readOnly",
    "CSIVolumeSource.readOnly",
    "ClientIPConfig.timeoutSeconds",
    "ContainerStatus.started",
    "DeploymentSpec.replicas",
    "FCVolumeSource.lun",
    "ReplicaSetSpec.replicas",
    "activeDeadlineSeconds",
    "allocateLoadBalancerNodePorts",
    "allowPrivilegeEscalation",
    "appProtocol",
    "automountServiceAccountToken",
    "blockOwnerDeletion",
    "collisionCount",
    "controller",
    "defaultMode",
    "deletionGracePeriodSeconds",
    "discovery.Endpoint.hostname",
    "discovery.EndpointPort.name",
    "discovery.EndpointPort.port",
    "discovery.EndpointPort.protocol",
    "EndpointConditions.ready",
    "EndpointConditions.serving",
    "EndpointConditions.terminating",
    "enableServiceLinks",
    "error",
    "expirationSeconds",
    "fsGroup",
    "fsGroupChangePolicy",
    "GRPCAction.service",
    "hostProcess",
    "hostUsers",
    "hostnameOverride",
    "immutable",
    "internalTrafficPolicy",
    "ipFamilyPolicy",
    "ipMode",
    "loadBalancerClass",
    "maxExpirationSeconds",
    "minDomains",
    "mode",
    "mountPropagation",
    "nodeName",
    "optional",
    "preemptionPolicy",
    "priority",
    "privileged",
    "procMount",
    "progressDeadlineSeconds",
    "readOnlyRootFilesystem",
    "recursiveReadOnly",
    "remainingItemCount",
    "revisionHistoryLimit",
    "runAsGroup",
    "runAsNonRoot",
    "runAsUser",
    "runtimeClassName",
    "seLinuxChangePolicy",
    "setHostnameAsFQDN",
    "shareProcessNamespace",
    "storageClassName",
    "supplementalGroupsPolicy",
    "terminatingReplicas",
    "terminationGracePeriodSeconds",
    "tolerationSeconds",
    "trafficDistribution",
    "volumeMode",
    "zone",
];

/// What OpenAPI does not say: pointers that are not, against the list above.
const NO_POINTERS: &[&str] = &["PodSpec.nodeName", "ContainerStatus.nodeName"];

/// What OpenAPI does not say: fields that are printed even where they are empty.
const ALWAYS: &[&str] = &["EndpointSlice.endpoints", "EndpointSlice.ports"];

/// What OpenAPI does not say: the Go types of texts that are of a type of their own.
const NAMED: &[(&str, &str)] = &[
    ("ServiceSpec.type", "v1.ServiceType"),
    ("sessionAffinity", "v1.ServiceAffinity"),
    ("externalTrafficPolicy", "v1.ServiceExternalTrafficPolicy"),
    ("internalTrafficPolicy", "v1.ServiceInternalTrafficPolicy"),
    ("ipFamilies", "v1.IPFamily"),
    ("ipFamilyPolicy", "v1.IPFamilyPolicy"),
    ("protocol", "v1.Protocol"),
    ("imagePullPolicy", "v1.PullPolicy"),
    ("terminationMessagePolicy", "v1.TerminationMessagePolicy"),
    ("PodSpec.restartPolicy", "v1.RestartPolicy"),
    ("Container.restartPolicy", "v1.ContainerRestartPolicy"),
    ("EphemeralContainer.restartPolicy", "v1.ContainerRestartPolicy"),
    ("dnsPolicy", "v1.DNSPolicy"),
    ("preemptionPolicy", "v1.PreemptionPolicy"),
    ("scheme", "v1.URIScheme"),
    ("Toleration.operator", "v1.TolerationOperator"),
    ("effect", "v1.TaintEffect"),
    ("NodeSelectorRequirement.operator", "v1.NodeSelectorOperator"),
    ("LabelSelectorRequirement.operator", "v1.LabelSelectorOperator"),
    ("PodStatus.phase", "v1.PodPhase"),
    ("NamespaceStatus.phase", "v1.NamespacePhase"),
    ("PodCondition.type", "v1.PodConditionType"),
    ("NodeCondition.type", "v1.NodeConditionType"),
    ("DeploymentCondition.type", "v1.DeploymentConditionType"),
    ("ReplicaSetCondition.type", "v1.ReplicaSetConditionType"),
    ("NamespaceCondition.type", "v1.NamespaceConditionType"),
    ("PodCondition.status", "v1.ConditionStatus"),
    ("NodeCondition.status", "v1.ConditionStatus"),
    ("DeploymentCondition.status", "v1.ConditionStatus"),
    ("ReplicaSetCondition.status", "v1.ConditionStatus"),
    ("DeploymentStrategy.type", "v1.DeploymentStrategyType"),
    ("Secret.type", "v1.SecretType"),
    ("NamespaceSpec.finalizers", "v1.FinalizerName"),
    ("uid", "types.UID"),
    ("addressType", "v1.AddressType"),
    ("ipMode", "v1.LoadBalancerIPMode"),
    ("qosClass", "v1.PodQOSClass"),
    ("whenUnsatisfiable", "v1.UnsatisfiableConstraintAction"),
    ("conditionType", "v1.PodConditionType"),
    ("add", "v1.Capability"),
    ("drop", "v1.Capability"),
    ("medium", "v1.StorageMedium"),
    ("mountPropagation", "v1.MountPropagationMode"),
    ("procMount", "v1.ProcMountType"),
    ("accessModes", "v1.PersistentVolumeAccessMode"),
    ("fsGroupChangePolicy", "v1.PodFSGroupChangePolicy"),
    ("NodeAddress.type", "v1.NodeAddressType"),
];

/// Reads the schemas in `file` and writes the table.
pub fn write(arguments: &[String]) -> Result<(), String> {
    let [file] = arguments else { return Err("usage: cargo xtask schema FILE".to_owned()) };
    let text = std::fs::read_to_string(file).map_err(|wrong| format!("{file}: {wrong}"))?;
    let document: Value = serde_json::from_str(&text).map_err(|wrong| format!("{file}: {wrong}"))?;
    let schemas = document.get("schemas").and_then(Value::as_object).ok_or("the file holds no schemas")?;
    let version = document.get("kubernetes").and_then(Value::as_str).unwrap_or("");
    let table = table(schemas, version);
    std::fs::write(TABLE, &table).map_err(|wrong| format!("{TABLE}: {wrong}"))?;
    println!("{TABLE}: {} types, {} bytes", table.matches("\n  ").count(), table.len());
    Ok(())
}

fn table(schemas: &Map<String, Value>, version: &str) -> String {
    let mut wanted = BTreeSet::new();
    for (name, schema) in schemas {
        let is_root = schema.get("x-kubernetes-group-version-kind").is_some();
        if is_root && !name.ends_with("List") && !name.ends_with(".Status") {
            reach(name, schemas, &mut wanted);
        }
    }
    let mut out = format!(
        "# Fields of the modelled kinds, Kubernetes {version}. Made by `cargo xtask schema`; not edited by hand.\n"
    );
    for name in &wanted {
        let Some(schema) = schemas.get(name) else { continue };
        let Some(fields) = schema.get("properties").and_then(Value::as_object) else { continue };
        out.push_str(&short(name));
        if schema.get("x-kubernetes-map-type").and_then(Value::as_str) == Some("atomic") {
            out.push_str(" atomic");
        }
        out.push('\n');
        let required: Vec<&str> = texts(schema.get("required"));
        let mut fields: Vec<(&String, &Value)> = fields.iter().collect();
        let order = order_of(&short(name));
        fields.sort_by_key(|(field, _)| order.iter().position(|one| one == field).unwrap_or(usize::MAX));
        for (field, property) in fields {
            // Writing to a String cannot fail.
            let _ = writeln!(out, "  {}", line(&short(name), field, property, required.contains(&field.as_str())));
        }
    }
    out
}

/// The fields of a type that do not stand in the order of their names, in the order of its Go struct.
fn order_of(name: &str) -> Vec<&'static str> {
    let lines = ORDER.lines().filter(|line| !line.starts_with('#')).map(|line| line.split(' '));
    let found = lines.map(Iterator::collect::<Vec<_>>).find(|words| words.first() == Some(&name));
    match found {
        Some(words) => words.into_iter().skip(1).collect(),
        None => vec!["kind", "apiVersion", "metadata"],
    }
}

fn texts(list: Option<&Value>) -> Vec<&str> {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

fn reference(property: &Value) -> Option<&str> {
    let inner = property.get("allOf").and_then(|all| all.get(0)).unwrap_or(property);
    inner.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next())
}

/// Adds the type and all that it holds.
fn reach(name: &str, schemas: &Map<String, Value>, wanted: &mut BTreeSet<String>) {
    if !wanted.insert(name.to_owned()) {
        return;
    }
    let fields = schemas.get(name).and_then(|schema| schema.get("properties")).and_then(Value::as_object);
    for property in fields.into_iter().flat_map(Map::values) {
        let inner = property.get("items").or_else(|| property.get("additionalProperties")).unwrap_or(property);
        if let Some(next) = reference(inner) {
            reach(next, schemas, wanted);
        }
    }
}

/// `core.ServicePort` for `io.k8s.api.core.v1.ServicePort`.
fn short(name: &str) -> String {
    let parts: Vec<&str> = name.split('.').collect();
    match parts.as_slice() {
        ["io", "k8s", "api", group, _, kind] => format!("{group}.{kind}"),
        [.., kind] => format!("meta.{kind}"),
        [] => String::new(),
    }
}

/// One field: its name, its type (`!` always printed, `*` a pointer, `[]` a list, `{}` a map), how patches merge it,
/// whether it must be there, and the values that it may have.
fn line(owner: &str, field: &str, property: &Value, required: bool) -> String {
    let plain_owner = owner.rsplit('.').next().unwrap_or(owner);
    let full = format!("{plain_owner}.{field}");
    let grouped = format!("{owner}.{field}");
    let named = |list: &[&str]| list.iter().any(|entry| *entry == field || *entry == full || *entry == grouped);
    let has_default = property.get("default").is_some();
    let is_list_or_map = matches!(property.get("type").and_then(Value::as_str), Some("array" | "object"));
    let is_reference = reference(property).is_some();
    let mark = if named(ALWAYS) || (required && (has_default || is_list_or_map)) || (is_reference && has_default) {
        "!"
    } else if named(POINTERS) && !named(NO_POINTERS) {
        "*"
    } else {
        ""
    };
    let go = NAMED.iter().find(|(entry, _)| *entry == full || *entry == field).map(|(_, go)| *go);
    let mut line = format!("{field} {mark}{}", kind(property, go));
    let flag = |name: &str| property.get(name).and_then(Value::as_str);
    match (flag("x-kubernetes-list-type"), flag("x-kubernetes-map-type")) {
        (Some("map"), _) => {
            let _ = write!(line, " keys={}", texts(property.get("x-kubernetes-list-map-keys")).join(","));
        }
        (Some("set"), _) => line.push_str(" set"),
        (_, Some("atomic")) => line.push_str(" atomic"),
        _ => {}
    }
    if let Some(strategy) = flag("x-kubernetes-patch-strategy") {
        let _ = match flag("x-kubernetes-patch-merge-key") {
            Some(key) => write!(line, " merge={key}"),
            None if strategy.contains("merge") => write!(line, " merge"),
            None => Ok(()),
        };
        if strategy.contains("retainKeys") {
            line.push_str(" retain");
        }
    }
    if required {
        line.push_str(" required");
    }
    let inner = property.get("items").unwrap_or(property);
    let values: Vec<&str> = texts(inner.get("enum")).into_iter().filter(|value| !value.is_empty()).collect();
    if !values.is_empty() {
        let _ = write!(line, " enum={}", values.join("|"));
    }
    line
}

fn kind(property: &Value, go: Option<&str>) -> String {
    if let Some(name) = reference(property) {
        return match name.rsplit('.').next().unwrap_or(name) {
            "Quantity" => "quantity".to_owned(),
            "Time" => "time".to_owned(),
            "MicroTime" => "microtime".to_owned(),
            "IntOrString" => "intorstring".to_owned(),
            "FieldsV1" => "any".to_owned(),
            _ => short(name),
        };
    }
    let format = property.get("format").and_then(Value::as_str);
    match (property.get("type").and_then(Value::as_str), format) {
        (Some("array"), _) => format!("[]{}", kind(property.get("items").unwrap_or(&Value::Null), go)),
        (Some("object"), _) => match property.get("additionalProperties") {
            Some(inner) => format!("{{}}{}", kind(inner, go)),
            None => "any".to_owned(),
        },
        (Some("integer"), Some(width)) => width.to_owned(),
        (Some("boolean"), _) => "bool".to_owned(),
        (Some("string"), Some("byte")) => "bytes".to_owned(),
        (Some("string"), _) => go.map_or_else(|| "string".to_owned(), |go| format!("string:{go}")),
        _ => "any".to_owned(),
    }
}
