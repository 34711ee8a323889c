//! The difference between two pod specs as the API server shows it when it refuses an update: a unified diff of its
//! internal type printed as JSON, with Go's field names in Go's order. Models apimachinery pkg/util/diff Diff.

use super::Value;
use crate::order::SortedSet;

/// How an unset field prints.
#[derive(Clone, Copy)]
enum Unset {
    Null,
    Empty,
    False,
    Zero,
    /// A struct that is no pointer.
    Struct,
    /// An amount.
    Amount,
    /// Not at all.
    Omit,
}
use Unset::{Amount, Empty, False, Null, Omit, Struct, Zero};

/// A field: its name in Go (that in JSON begins in lower case), how it prints unset, and the type of what it holds.
type Field = (&'static str, Unset, &'static [Row]);

/// A field whose JSON name is not its Go name in lower case has that name, too.
struct Row(Field, &'static str);

macro_rules! rows {
    ($($name:literal $(=$json:literal)? $unset:ident $($inner:ident)?;)*) => {
        &[$(Row(($name, $unset, rows!(@inner $($inner)?)), rows!(@json $($json)?))),*]
    };
    (@inner) => { &[] };
    (@inner $inner:ident) => { $inner };
    (@json) => { "" };
    (@json $json:literal) => { $json };
}

const SPEC: &[Row] = rows! {
    "Volumes" Null VOLUME; "InitContainers" Null CONTAINER; "Containers" Null CONTAINER; "EphemeralContainers" Null CONTAINER;
    "RestartPolicy" Empty; "TerminationGracePeriodSeconds" Null; "ActiveDeadlineSeconds" Null; "DNSPolicy"="dnsPolicy" Empty;
    "NodeSelector" Null; "ServiceAccountName" Empty; "AutomountServiceAccountToken" Null; "NodeName" Empty;
    "SecurityContext" Null POD_SECURITY; "ImagePullSecrets" Null NAMED; "Hostname" Empty; "Subdomain" Empty;
    "SetHostnameAsFQDN" Null; "Affinity" Null AFFINITY; "SchedulerName" Empty; "Tolerations" Null TOLERATION; "HostAliases" Null ALIAS;
    "PriorityClassName" Empty; "Priority" Null; "PreemptionPolicy" Null; "DNSConfig"="dnsConfig" Null DNS;
    "ReadinessGates" Null GATE; "RuntimeClassName" Null; "Overhead" Null; "EnableServiceLinks" Null;
    "TopologySpreadConstraints" Null SPREAD; "OS"="os" Null NAMED; "SchedulingGates" Null NAMED; "ResourceClaims" Null CLAIMED;
    "Resources" Null RESOURCES; "HostnameOverride" Null; "SchedulingGroup" Null;
};
const CONTAINER: &[Row] = rows! {
    "Name" Empty; "Image" Empty; "Command" Null; "Args" Null; "WorkingDir" Empty; "Ports" Null PORT; "EnvFrom" Null ENV_FROM;
    "Env" Null ENV; "Resources" Struct RESOURCES; "ResizePolicy" Null RESIZE; "RestartPolicy" Null; "RestartPolicyRules" Null RESTART_RULE;
    "VolumeMounts" Null MOUNT; "VolumeDevices" Null DEVICE; "LivenessProbe" Null PROBE; "ReadinessProbe" Null PROBE;
    "StartupProbe" Null PROBE; "Lifecycle" Null LIFECYCLE; "TerminationMessagePath" Empty; "TerminationMessagePolicy" Empty;
    "ImagePullPolicy" Empty; "SecurityContext" Null SECURITY; "Stdin" False; "StdinOnce" False; "TTY"="tty" False;
    "TargetContainerName" Omit;
};
const VOLUME: &[Row] = rows! {
    "Name" Empty; "HostPath" Null HOST_PATH; "EmptyDir" Null EMPTY_DIR; "GCEPersistentDisk"="gcePersistentDisk" Null;
    "AWSElasticBlockStore"="awsElasticBlockStore" Null; "GitRepo" Null; "Secret" Null SECRET; "NFS"="nfs" Null NFS; "ISCSI"="iscsi" Null;
    "Glusterfs" Null; "PersistentVolumeClaim" Null CLAIM; "RBD"="rbd" Null; "Quobyte" Null; "FlexVolume" Null; "Cinder" Null;
    "CephFS"="cephfs" Null; "Flocker" Null; "DownwardAPI"="downwardAPI" Null DOWNWARD; "FC"="fc" Null; "AzureFile" Null;
    "ConfigMap" Null CONFIG_MAP; "VsphereVolume" Null; "AzureDisk" Null; "PhotonPersistentDisk" Null; "Projected" Null PROJECTED;
    "PortworxVolume" Null; "ScaleIO"="scaleIO" Null; "StorageOS"="storageos" Null; "CSI"="csi" Null CSI; "Ephemeral" Null; "Image" Null IMAGE;
};
const HOST_PATH: &[Row] = rows! { "Path" Empty; "Type" Null; };
const EMPTY_DIR: &[Row] = rows! { "Medium" Empty; "SizeLimit" Null; };
const SECRET: &[Row] = rows! { "SecretName" Empty; "Items" Null KEY_TO_PATH; "DefaultMode" Null; "Optional" Null; };
const CLAIM: &[Row] = rows! { "ClaimName" Empty; "ReadOnly" False; };
const CONFIG_MAP: &[Row] = rows! { "Name" Empty; "Items" Null KEY_TO_PATH; "DefaultMode" Null; "Optional" Null; };
const DOWNWARD: &[Row] = rows! { "Items" Null DOWNWARD_FILE; "DefaultMode" Null; };
const PROJECTED: &[Row] = rows! { "Sources" Null PROJECTION; "DefaultMode" Null; };
const PROJECTION: &[Row] = rows! {
    "Secret" Null PROJECTED_MAP; "DownwardAPI"="downwardAPI" Null PROJECTED_DOWNWARD; "ConfigMap" Null PROJECTED_MAP;
    "ServiceAccountToken" Null TOKEN; "ClusterTrustBundle" Null; "PodCertificate" Null;
};
const PROJECTED_MAP: &[Row] = rows! { "Name" Empty; "Items" Null KEY_TO_PATH; "Optional" Null; };
const PROJECTED_DOWNWARD: &[Row] = rows! { "Items" Null DOWNWARD_FILE; };
const DOWNWARD_FILE: &[Row] =
    rows! { "Path" Empty; "FieldRef" Null FIELD_REF; "ResourceFieldRef" Null RESOURCE_REF; "Mode" Null; };
const TOKEN: &[Row] = rows! { "Audience" Empty; "ExpirationSeconds" Zero; "Path" Empty; };
const KEY_TO_PATH: &[Row] = rows! { "Key" Empty; "Path" Empty; "Mode" Null; };
const PORT: &[Row] =
    rows! { "Name" Empty; "HostPort" Zero; "ContainerPort" Zero; "Protocol" Empty; "HostIP"="hostIP" Empty; };
const ENV: &[Row] = rows! { "Name" Empty; "Value" Empty; "ValueFrom" Null ENV_SOURCE; };
const ENV_SOURCE: &[Row] = rows! {
    "FieldRef" Null FIELD_REF; "ResourceFieldRef" Null RESOURCE_REF; "ConfigMapKeyRef" Null KEY_REF; "SecretKeyRef" Null KEY_REF;
    "FileKeyRef" Null FILE_REF;
};
const ENV_FROM: &[Row] = rows! { "Prefix" Empty; "ConfigMapRef" Null OPTIONAL; "SecretRef" Null OPTIONAL; };
const OPTIONAL: &[Row] = rows! { "Name" Empty; "Optional" Null; };
const RESOURCE_REF: &[Row] = rows! { "ContainerName" Empty; "Resource" Empty; "Divisor" Amount; };
const FILE_REF: &[Row] = rows! { "VolumeName" Empty; "Path" Empty; "Key" Empty; "Optional" Null; };
const FIELD_REF: &[Row] = rows! { "APIVersion"="apiVersion" Empty; "FieldPath" Empty; };
const KEY_REF: &[Row] = rows! { "Name" Empty; "Key" Empty; "Optional" Null; };
const RESOURCES: &[Row] = rows! { "Limits" Null; "Requests" Null; "Claims" Null; };
const MOUNT: &[Row] = rows! {
    "Name" Empty; "ReadOnly" False; "RecursiveReadOnly" Null; "MountPath" Empty; "SubPath" Empty; "MountPropagation" Null; "SubPathExpr" Empty;
};
const PROBE: &[Row] = rows! {
    "Exec" Null EXEC; "HTTPGet"="httpGet" Null HTTP_GET; "TCPSocket"="tcpSocket" Null TCP; "GRPC"="grpc" Null GRPC;
    "InitialDelaySeconds" Zero; "TimeoutSeconds" Zero; "PeriodSeconds" Zero; "SuccessThreshold" Zero; "FailureThreshold" Zero;
    "TerminationGracePeriodSeconds" Null;
};
const RESIZE: &[Row] = rows! { "ResourceName" Empty; "RestartPolicy" Empty; };
const RESTART_RULE: &[Row] = rows! { "Action" Empty; "ExitCodes" Null EXIT_CODES; };
const EXIT_CODES: &[Row] = rows! { "Operator" Empty; "Values" Null; };
const DEVICE: &[Row] = rows! { "Name" Empty; "DevicePath" Empty; };
const LIFECYCLE: &[Row] = rows! { "PostStart" Null HANDLER; "PreStop" Null HANDLER; "StopSignal" Null; };
const HANDLER: &[Row] = rows! { "Exec" Null EXEC; "HTTPGet"="httpGet" Null HTTP_GET; "TCPSocket"="tcpSocket" Null TCP; "Sleep" Null SLEEP; };
const SLEEP: &[Row] = rows! { "Seconds" Zero; };
const NFS: &[Row] = rows! { "Server" Empty; "Path" Empty; "ReadOnly" False; };
const CSI: &[Row] = rows! {
    "Driver" Empty; "ReadOnly" Null; "FSType"="fsType" Null; "VolumeAttributes" Null; "NodePublishSecretRef" Null NAMED;
};
const IMAGE: &[Row] = rows! { "Reference" Empty; "PullPolicy" Empty; };
const AFFINITY: &[Row] =
    rows! { "NodeAffinity" Null NODE_AFFINITY; "PodAffinity" Null POD_AFFINITY; "PodAntiAffinity" Null POD_AFFINITY; };
const NODE_AFFINITY: &[Row] = rows! {
    "RequiredDuringSchedulingIgnoredDuringExecution" Null NODE_SELECTOR; "PreferredDuringSchedulingIgnoredDuringExecution" Null PREFERENCE;
};
const NODE_SELECTOR: &[Row] = rows! { "NodeSelectorTerms" Null NODE_TERM; };
const NODE_TERM: &[Row] = rows! { "MatchExpressions" Null REQUIREMENT; "MatchFields" Null REQUIREMENT; };
const REQUIREMENT: &[Row] = rows! { "Key" Empty; "Operator" Empty; "Values" Null; };
const PREFERENCE: &[Row] = rows! { "Weight" Zero; "Preference" Struct NODE_TERM; };
const POD_AFFINITY: &[Row] = rows! {
    "RequiredDuringSchedulingIgnoredDuringExecution" Null POD_TERM; "PreferredDuringSchedulingIgnoredDuringExecution" Null WEIGHTED_TERM;
};
const WEIGHTED_TERM: &[Row] = rows! { "Weight" Zero; "PodAffinityTerm" Struct POD_TERM; };
const POD_TERM: &[Row] = rows! {
    "LabelSelector" Null LABEL_SELECTOR; "Namespaces" Null; "TopologyKey" Empty; "NamespaceSelector" Null LABEL_SELECTOR;
    "MatchLabelKeys" Null; "MismatchLabelKeys" Null;
};
/// This type is the same inside and outside, with its names in JSON.
const LABEL_SELECTOR: &[Row] = rows! { "matchLabels" Omit; "matchExpressions" Omit; };
const SPREAD: &[Row] = rows! {
    "MaxSkew" Zero; "TopologyKey" Empty; "WhenUnsatisfiable" Empty; "LabelSelector" Null LABEL_SELECTOR; "MinDomains" Null;
    "NodeAffinityPolicy" Null; "NodeTaintsPolicy" Null; "MatchLabelKeys" Null;
};
const CLAIMED: &[Row] = rows! { "Name" Empty; "ResourceClaimName" Null; "ResourceClaimTemplateName" Null; };
const EXEC: &[Row] = rows! { "Command" Null; };
const HTTP_GET: &[Row] =
    rows! { "Path" Empty; "Port" Zero; "Host" Empty; "Scheme" Empty; "HTTPHeaders"="httpHeaders" Null PAIR; };
const PAIR: &[Row] = rows! { "Name" Empty; "Value" Empty; };
const TCP: &[Row] = rows! { "Port" Zero; "Host" Empty; };
const GRPC: &[Row] = rows! { "Port" Zero; "Service" Null; };
const SECURITY: &[Row] = rows! {
    "Capabilities" Null CAPABILITIES; "Privileged" Null; "SELinuxOptions"="seLinuxOptions" Null SE_LINUX; "WindowsOptions" Null WINDOWS; "RunAsUser" Null;
    "RunAsGroup" Null; "RunAsNonRoot" Null; "ReadOnlyRootFilesystem" Null; "AllowPrivilegeEscalation" Null; "ProcMount" Null;
    "SeccompProfile" Null PROFILE; "AppArmorProfile" Null PROFILE;
};
const SE_LINUX: &[Row] = rows! { "User" Empty; "Role" Empty; "Type" Empty; "Level" Empty; };
const WINDOWS: &[Row] = rows! {
    "GMSACredentialSpecName"="gmsaCredentialSpecName" Null; "GMSACredentialSpec"="gmsaCredentialSpec" Null; "RunAsUserName" Null; "HostProcess" Null;
};
const PROFILE: &[Row] = rows! { "Type" Empty; "LocalhostProfile" Null; };
const CAPABILITIES: &[Row] = rows! { "Add" Null; "Drop" Null; };
/// Some fields of the spec stand here in the internal type: [`internal`] moves them.
const POD_SECURITY: &[Row] = rows! {
    "HostNetwork" False; "HostPID"="hostPID" False; "HostIPC"="hostIPC" False; "ShareProcessNamespace" Null; "HostUsers" Null;
    "SELinuxOptions"="seLinuxOptions" Null SE_LINUX; "WindowsOptions" Null WINDOWS; "RunAsUser" Null; "RunAsGroup" Null; "RunAsNonRoot" Null;
    "SupplementalGroups" Null; "SupplementalGroupsPolicy" Null; "FSGroup"="fsGroup" Null; "FSGroupChangePolicy"="fsGroupChangePolicy" Null;
    "Sysctls" Null PAIR; "SeccompProfile" Null PROFILE; "AppArmorProfile" Null PROFILE; "SELinuxChangePolicy"="seLinuxChangePolicy" Null;
};
const NAMED: &[Row] = rows! { "Name" Empty; };
const TOLERATION: &[Row] =
    rows! { "Key" Empty; "Operator" Empty; "Value" Empty; "Effect" Empty; "TolerationSeconds" Null; };
const ALIAS: &[Row] = rows! { "IP"="ip" Empty; "Hostnames" Null; };
const DNS: &[Row] = rows! { "Nameservers" Null; "Searches" Null; "Options" Null DNS_OPTION; };
const DNS_OPTION: &[Row] = rows! { "Name" Empty; "Value" Null; };
const GATE: &[Row] = rows! { "ConditionType" Empty; };

/// The lines by which two specs differ, with three lines around each place.
pub fn diff(before: &Value, after: &Value) -> String {
    unified(&lines(&internal(before), SPEC), &lines(&internal(after), SPEC))
}

/// The same of two ephemeral containers.
pub fn diff_ephemeral(before: &Value, after: &Value) -> String {
    unified(&lines(&targeted(before), CONTAINER), &lines(&targeted(after), CONTAINER))
}

fn lines(value: &Value, rows: &[Row]) -> Vec<String> {
    let mut text = String::new();
    print(value, rows, 0, &mut text);
    text.lines().map(str::to_owned).collect()
}

/// An ephemeral container with the field that the others do not have.
fn targeted(container: &Value) -> Value {
    let mut container = container.clone();
    if let Some(map) = container.as_object_mut() {
        map.entry("targetContainerName").or_insert_with(|| Value::from(""));
    }
    container
}

/// A container's security context in one line, as Go prints the internal type.
pub fn security_context(context: &Value) -> String {
    let mut text = String::new();
    print(context, SECURITY, 0, &mut text);
    text.lines().map(|line| line.trim_start().replacen("\": ", "\":", 1)).collect()
}

/// The spec with the fields moved that the internal type keeps in the security context.
fn internal(spec: &Value) -> Value {
    let mut spec = spec.clone();
    for field in ["hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "hostUsers"] {
        let taken = spec.as_object_mut().and_then(|map| map.remove(field));
        if let (Some(value), Some(Value::Object(context))) = (taken, spec.get_mut("securityContext")) {
            context.insert(field.to_owned(), value);
        }
    }
    for container in spec.get_mut("ephemeralContainers").and_then(Value::as_array_mut).into_iter().flatten() {
        *container = targeted(container);
    }
    spec
}

fn margin(level: usize, out: &mut String) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', level));
}

/// Prints a value of a type as Go's `json.MarshalIndent(_, "", " ")` does.
fn print(value: &Value, rows: &[Row], level: usize, out: &mut String) {
    match value {
        Value::Object(map) if !rows.is_empty() => {
            out.push('{');
            let start = out.len();
            for Row((name, unset, inner), json) in rows {
                let field = if json.is_empty() { decapitalized(name) } else { (*json).to_owned() };
                let value = map.get(&field).filter(|value| !value.is_null());
                if value.is_none() && matches!(unset, Omit) {
                    continue;
                }
                if out.len() > start {
                    out.push(',');
                }
                margin(level + 1, out);
                out.push_str(&format!("\"{name}\": "));
                match value {
                    Some(value) => print(value, inner, level + 1, out),
                    None => print_unset(*unset, inner, level + 1, out),
                }
            }
            if out.len() > start {
                margin(level, out);
            }
            out.push('}');
        }
        Value::Object(map) if map.is_empty() => out.push_str("{}"),
        Value::Object(map) => {
            out.push('{');
            for (place, (key, item)) in map.iter().enumerate() {
                if place > 0 {
                    out.push(',');
                }
                margin(level + 1, out);
                out.push_str(&format!("{}: ", crate::yaml::print_json_compact(&Value::from(key.clone()))));
                print(item, &[], level + 1, out);
            }
            margin(level, out);
            out.push('}');
        }
        Value::Array(items) if items.is_empty() => out.push_str("[]"),
        Value::Array(items) => {
            out.push('[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    out.push(',');
                }
                margin(level + 1, out);
                print(item, rows, level + 1, out);
            }
            margin(level, out);
            out.push(']');
        }
        other => out.push_str(&crate::yaml::print_json_compact(other)),
    }
}

fn print_unset(unset: Unset, rows: &[Row], level: usize, out: &mut String) {
    match unset {
        Null => out.push_str("null"),
        Empty => out.push_str("\"\""),
        False => out.push_str("false"),
        Zero => out.push('0'),
        Amount => out.push_str("\"0\""),
        Omit => {}
        Struct => print(&Value::Object(super::Map::new()), rows, level, out),
    }
}

fn decapitalized(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

/// Lines around a change.
const CONTEXT: usize = 3;

/// One line of an edit.
enum Edit {
    Keep(usize),
    Drop(usize),
    Add(usize),
}

fn unified(before: &[String], after: &[String]) -> String {
    let edits = edits(before, after);
    let mut shown = SortedSet::new();
    for (place, edit) in edits.iter().enumerate() {
        if !matches!(edit, Edit::Keep(_)) {
            shown.extend(place.saturating_sub(CONTEXT)..=place + CONTEXT);
        }
    }
    let mut out = String::new();
    let mut place = 0;
    while place < edits.len() {
        if !shown.contains(&place) {
            place += 1;
            continue;
        }
        let end = (place..edits.len()).find(|place| !shown.contains(place)).unwrap_or(edits.len());
        let hunk = edits.get(place..end).unwrap_or(&[]);
        let count = |old: bool| {
            hunk.iter()
                .filter(|edit| {
                    matches!((edit, old), (Edit::Keep(_), _) | (Edit::Drop(_), true) | (Edit::Add(_), false))
                })
                .count()
        };
        let start = |old: bool| {
            let counted = edits.iter().take(place);
            1 + counted
                .filter(|edit| {
                    matches!((edit, old), (Edit::Keep(_), _) | (Edit::Drop(_), true) | (Edit::Add(_), false))
                })
                .count()
        };
        out.push_str(&format!("@@ -{},{} +{},{} @@\n", start(true), count(true), start(false), count(false)));
        for edit in hunk {
            let (mark, line) = match edit {
                Edit::Keep(old) => (' ', before.get(*old)),
                Edit::Drop(old) => ('-', before.get(*old)),
                Edit::Add(new) => ('+', after.get(*new)),
            };
            out.push(mark);
            out.push_str(line.map_or("", String::as_str));
            out.push('\n');
        }
        place = end;
    }
    out
}

/// The shortest way from one text to the other; what is dropped comes before what is added.
fn edits(before: &[String], after: &[String]) -> Vec<Edit> {
    let head = before.iter().zip(after).take_while(|(before, after)| before == after).count();
    let tails = before.iter().skip(head).rev().zip(after.iter().skip(head).rev());
    let tail = tails.take_while(|(before, after)| before == after).count();
    let old = before.get(head..before.len() - tail).unwrap_or(&[]);
    let new = after.get(head..after.len() - tail).unwrap_or(&[]);
    // common[i][j]: how many lines old[i..] and new[j..] have in common.
    let width = new.len() + 1;
    let mut common = vec![0usize; (old.len() + 1) * width];
    let at = |common: &[usize], i: usize, j: usize| common.get(i * width + j).copied().unwrap_or(0);
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            let longest = if old.get(i) == new.get(j) {
                at(&common, i + 1, j + 1) + 1
            } else {
                at(&common, i + 1, j).max(at(&common, i, j + 1))
            };
            if let Some(place) = common.get_mut(i * width + j) {
                *place = longest;
            }
        }
    }
    let mut edits: Vec<Edit> = (0..head).map(Edit::Keep).collect();
    let (mut i, mut j) = (0, 0);
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old.get(i) == new.get(j) {
            edits.push(Edit::Keep(head + i));
            (i, j) = (i + 1, j + 1);
        } else if i < old.len() && (j == new.len() || at(&common, i + 1, j) >= at(&common, i, j + 1)) {
            edits.push(Edit::Drop(head + i));
            i += 1;
        } else {
            edits.push(Edit::Add(head + j));
            j += 1;
        }
    }
    edits.extend((0..tail).map(|place| Edit::Keep(before.len() - tail + place)));
    edits
}
