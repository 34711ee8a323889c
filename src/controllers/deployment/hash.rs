//! The hash of a pod template, as it stands in the names of ReplicaSets and pods.
//!
//! Kubernetes hashes the text that Go prints of the template's struct, so the text depends on the order, the names and
//! the types of Go's fields. [`TYPES`] holds these for 1.36; with them the hash is the one that a real cluster gives.
//! Models controller.ComputeHash, apimachinery dump.ForHash and rand.SafeEncodeString.

use crate::api::{Fields, Value};
use std::fmt::Write;

/// Go's structs: name, then `Field:type` in order. `^` marks a struct whose fields stand among its parent's in a
/// manifest. Types that are not listed are texts, unless they are Go's own numbers and booleans.
const TYPES: &[(&str, &str)] = &[
    ("v1.PodTemplateSpec", "ObjectMeta:v1.ObjectMeta Spec:v1.PodSpec"),
    (
        "v1.ObjectMeta",
        "Name:string GenerateName:string Namespace:string SelfLink:string UID:types.UID ResourceVersion:string \
         Generation:int64 CreationTimestamp:v1.Time DeletionTimestamp:*v1.Time DeletionGracePeriodSeconds:*int64 \
         Labels:map[string]string Annotations:map[string]string OwnerReferences:[]v1.OwnerReference \
         Finalizers:[]string ManagedFields:[]v1.ManagedFieldsEntry",
    ),
    ("v1.Time", "Time:^time.Time"),
    ("time.Time", "wall:uint64 ext:int64 loc:*time.Location"),
    (
        "v1.PodSpec",
        "Volumes:[]v1.Volume InitContainers:[]v1.Container Containers:[]v1.Container \
         EphemeralContainers:[]v1.EphemeralContainer RestartPolicy:v1.RestartPolicy \
         TerminationGracePeriodSeconds:*int64 ActiveDeadlineSeconds:*int64 DNSPolicy:v1.DNSPolicy \
         NodeSelector:map[string]string ServiceAccountName:string DeprecatedServiceAccount:string \
         AutomountServiceAccountToken:*bool NodeName:string HostNetwork:bool HostPID:bool HostIPC:bool \
         ShareProcessNamespace:*bool SecurityContext:*v1.PodSecurityContext \
         ImagePullSecrets:[]v1.LocalObjectReference Hostname:string Subdomain:string Affinity:*v1.Affinity \
         SchedulerName:string Tolerations:[]v1.Toleration HostAliases:[]v1.HostAlias PriorityClassName:string \
         Priority:*int32 DNSConfig:*v1.PodDNSConfig ReadinessGates:[]v1.PodReadinessGate RuntimeClassName:*string \
         EnableServiceLinks:*bool PreemptionPolicy:*v1.PreemptionPolicy Overhead:v1.ResourceList \
         TopologySpreadConstraints:[]v1.TopologySpreadConstraint SetHostnameAsFQDN:*bool OS:*v1.PodOS \
         HostUsers:*bool SchedulingGates:[]v1.PodSchedulingGate ResourceClaims:[]v1.PodResourceClaim \
         Resources:*v1.ResourceRequirements HostnameOverride:*string SchedulingGroup:*v1.PodSchedulingGroup",
    ),
    (
        "v1.PodSecurityContext",
        "SELinuxOptions:*v1.SELinuxOptions WindowsOptions:*v1.WindowsSecurityContextOptions RunAsUser:*int64 \
         RunAsGroup:*int64 RunAsNonRoot:*bool SupplementalGroups:[]int64 \
         SupplementalGroupsPolicy:*v1.SupplementalGroupsPolicy FSGroup:*int64 Sysctls:[]v1.Sysctl \
         FSGroupChangePolicy:*v1.PodFSGroupChangePolicy SeccompProfile:*v1.SeccompProfile \
         AppArmorProfile:*v1.AppArmorProfile SELinuxChangePolicy:*v1.PodSELinuxChangePolicy",
    ),
    (
        "v1.Container",
        "Name:string Image:string Command:[]string Args:[]string WorkingDir:string Ports:[]v1.ContainerPort \
         EnvFrom:[]v1.EnvFromSource Env:[]v1.EnvVar Resources:v1.ResourceRequirements \
         ResizePolicy:[]v1.ContainerResizePolicy RestartPolicy:*v1.ContainerRestartPolicy \
         RestartPolicyRules:[]v1.ContainerRestartRule VolumeMounts:[]v1.VolumeMount VolumeDevices:[]v1.VolumeDevice \
         LivenessProbe:*v1.Probe ReadinessProbe:*v1.Probe StartupProbe:*v1.Probe Lifecycle:*v1.Lifecycle \
         TerminationMessagePath:string TerminationMessagePolicy:v1.TerminationMessagePolicy \
         ImagePullPolicy:v1.PullPolicy SecurityContext:*v1.SecurityContext Stdin:bool StdinOnce:bool TTY:bool",
    ),
    ("v1.ContainerPort", "Name:string HostPort:int32 ContainerPort:int32 Protocol:v1.Protocol HostIP:string"),
    ("v1.ContainerResizePolicy", "ResourceName:v1.ResourceName RestartPolicy:v1.ResourceResizeRestartPolicy"),
    ("v1.ResourceRequirements", "Limits:v1.ResourceList Requests:v1.ResourceList Claims:[]v1.ResourceClaim"),
    ("v1.ResourceClaim", "Name:string Request:string"),
    ("v1.EnvVar", "Name:string Value:string ValueFrom:*v1.EnvVarSource"),
    (
        "v1.EnvVarSource",
        "FieldRef:*v1.ObjectFieldSelector ResourceFieldRef:*v1.ResourceFieldSelector \
         ConfigMapKeyRef:*v1.ConfigMapKeySelector SecretKeyRef:*v1.SecretKeySelector FileKeyRef:*v1.FileKeySelector",
    ),
    ("v1.ObjectFieldSelector", "APIVersion:string FieldPath:string"),
    ("v1.ResourceFieldSelector", "ContainerName:string Resource:string Divisor:resource.Quantity"),
    ("v1.ConfigMapKeySelector", "LocalObjectReference:^v1.LocalObjectReference Key:string Optional:*bool"),
    ("v1.SecretKeySelector", "LocalObjectReference:^v1.LocalObjectReference Key:string Optional:*bool"),
    ("v1.FileKeySelector", "VolumeName:string Path:string Key:string Optional:*bool"),
    ("v1.EnvFromSource", "Prefix:string ConfigMapRef:*v1.ConfigMapEnvSource SecretRef:*v1.SecretEnvSource"),
    ("v1.ConfigMapEnvSource", "LocalObjectReference:^v1.LocalObjectReference Optional:*bool"),
    ("v1.SecretEnvSource", "LocalObjectReference:^v1.LocalObjectReference Optional:*bool"),
    ("v1.LocalObjectReference", "Name:string"),
    (
        "v1.VolumeMount",
        "Name:string ReadOnly:bool RecursiveReadOnly:*v1.RecursiveReadOnlyMode MountPath:string SubPath:string \
         MountPropagation:*v1.MountPropagationMode SubPathExpr:string",
    ),
    ("v1.VolumeDevice", "Name:string DevicePath:string"),
    (
        "v1.Probe",
        "ProbeHandler:^v1.ProbeHandler InitialDelaySeconds:int32 TimeoutSeconds:int32 PeriodSeconds:int32 \
         SuccessThreshold:int32 FailureThreshold:int32 TerminationGracePeriodSeconds:*int64",
    ),
    (
        "v1.ProbeHandler",
        "Exec:*v1.ExecAction HTTPGet:*v1.HTTPGetAction TCPSocket:*v1.TCPSocketAction GRPC:*v1.GRPCAction",
    ),
    ("v1.Lifecycle", "PostStart:*v1.LifecycleHandler PreStop:*v1.LifecycleHandler StopSignal:*v1.Signal"),
    (
        "v1.LifecycleHandler",
        "Exec:*v1.ExecAction HTTPGet:*v1.HTTPGetAction TCPSocket:*v1.TCPSocketAction Sleep:*v1.SleepAction",
    ),
    ("v1.SleepAction", "Seconds:int64"),
    ("v1.ExecAction", "Command:[]string"),
    (
        "v1.HTTPGetAction",
        "Path:string Port:intstr.IntOrString Host:string Scheme:v1.URIScheme HTTPHeaders:[]v1.HTTPHeader",
    ),
    ("v1.HTTPHeader", "Name:string Value:string"),
    ("v1.TCPSocketAction", "Port:intstr.IntOrString Host:string"),
    ("v1.GRPCAction", "Port:int32 Service:*string"),
    (
        "v1.SecurityContext",
        "Capabilities:*v1.Capabilities Privileged:*bool SELinuxOptions:*v1.SELinuxOptions \
         WindowsOptions:*v1.WindowsSecurityContextOptions RunAsUser:*int64 RunAsGroup:*int64 RunAsNonRoot:*bool \
         ReadOnlyRootFilesystem:*bool AllowPrivilegeEscalation:*bool ProcMount:*v1.ProcMountType \
         SeccompProfile:*v1.SeccompProfile AppArmorProfile:*v1.AppArmorProfile",
    ),
    ("v1.Capabilities", "Add:[]v1.Capability Drop:[]v1.Capability"),
    ("v1.SELinuxOptions", "User:string Role:string Type:string Level:string"),
    ("v1.SeccompProfile", "Type:v1.SeccompProfileType LocalhostProfile:*string"),
    ("v1.AppArmorProfile", "Type:v1.AppArmorProfileType LocalhostProfile:*string"),
    ("v1.Sysctl", "Name:string Value:string"),
    (
        "v1.Toleration",
        "Key:string Operator:v1.TolerationOperator Value:string Effect:v1.TaintEffect TolerationSeconds:*int64",
    ),
    ("v1.HostAlias", "IP:string Hostnames:[]string"),
    ("v1.PodDNSConfig", "Nameservers:[]string Searches:[]string Options:[]v1.PodDNSConfigOption"),
    ("v1.PodDNSConfigOption", "Name:string Value:*string"),
    ("v1.PodReadinessGate", "ConditionType:v1.PodConditionType"),
    ("v1.PodSchedulingGate", "Name:string"),
    ("v1.PodOS", "Name:v1.OSName"),
    (
        "v1.TopologySpreadConstraint",
        "MaxSkew:int32 TopologyKey:string WhenUnsatisfiable:v1.UnsatisfiableConstraintAction \
         LabelSelector:*v1.LabelSelector MinDomains:*int32 NodeAffinityPolicy:*v1.NodeInclusionPolicy \
         NodeTaintsPolicy:*v1.NodeInclusionPolicy MatchLabelKeys:[]string",
    ),
    ("v1.LabelSelector", "MatchLabels:map[string]string MatchExpressions:[]v1.LabelSelectorRequirement"),
    ("v1.LabelSelectorRequirement", "Key:string Operator:v1.LabelSelectorOperator Values:[]string"),
    ("v1.Affinity", "NodeAffinity:*v1.NodeAffinity PodAffinity:*v1.PodAffinity PodAntiAffinity:*v1.PodAntiAffinity"),
    (
        "v1.NodeAffinity",
        "RequiredDuringSchedulingIgnoredDuringExecution:*v1.NodeSelector \
         PreferredDuringSchedulingIgnoredDuringExecution:[]v1.PreferredSchedulingTerm",
    ),
    ("v1.NodeSelector", "NodeSelectorTerms:[]v1.NodeSelectorTerm"),
    ("v1.NodeSelectorTerm", "MatchExpressions:[]v1.NodeSelectorRequirement MatchFields:[]v1.NodeSelectorRequirement"),
    ("v1.NodeSelectorRequirement", "Key:string Operator:v1.NodeSelectorOperator Values:[]string"),
    ("v1.PreferredSchedulingTerm", "Weight:int32 Preference:v1.NodeSelectorTerm"),
    (
        "v1.PodAffinity",
        "RequiredDuringSchedulingIgnoredDuringExecution:[]v1.PodAffinityTerm \
         PreferredDuringSchedulingIgnoredDuringExecution:[]v1.WeightedPodAffinityTerm",
    ),
    (
        "v1.PodAntiAffinity",
        "RequiredDuringSchedulingIgnoredDuringExecution:[]v1.PodAffinityTerm \
         PreferredDuringSchedulingIgnoredDuringExecution:[]v1.WeightedPodAffinityTerm",
    ),
    ("v1.WeightedPodAffinityTerm", "Weight:int32 PodAffinityTerm:v1.PodAffinityTerm"),
    (
        "v1.PodAffinityTerm",
        "LabelSelector:*v1.LabelSelector Namespaces:[]string TopologyKey:string NamespaceSelector:*v1.LabelSelector \
         MatchLabelKeys:[]string MismatchLabelKeys:[]string",
    ),
    ("v1.Volume", "Name:string VolumeSource:^v1.VolumeSource"),
    (
        "v1.VolumeSource",
        "HostPath:*v1.HostPathVolumeSource EmptyDir:*v1.EmptyDirVolumeSource \
         GCEPersistentDisk:*v1.GCEPersistentDiskVolumeSource \
         AWSElasticBlockStore:*v1.AWSElasticBlockStoreVolumeSource GitRepo:*v1.GitRepoVolumeSource \
         Secret:*v1.SecretVolumeSource NFS:*v1.NFSVolumeSource ISCSI:*v1.ISCSIVolumeSource \
         Glusterfs:*v1.GlusterfsVolumeSource PersistentVolumeClaim:*v1.PersistentVolumeClaimVolumeSource \
         RBD:*v1.RBDVolumeSource FlexVolume:*v1.FlexVolumeSource Cinder:*v1.CinderVolumeSource \
         CephFS:*v1.CephFSVolumeSource Flocker:*v1.FlockerVolumeSource DownwardAPI:*v1.DownwardAPIVolumeSource \
         FC:*v1.FCVolumeSource AzureFile:*v1.AzureFileVolumeSource ConfigMap:*v1.ConfigMapVolumeSource \
         VsphereVolume:*v1.VsphereVirtualDiskVolumeSource Quobyte:*v1.QuobyteVolumeSource \
         AzureDisk:*v1.AzureDiskVolumeSource PhotonPersistentDisk:*v1.PhotonPersistentDiskVolumeSource \
         Projected:*v1.ProjectedVolumeSource PortworxVolume:*v1.PortworxVolumeSource \
         ScaleIO:*v1.ScaleIOVolumeSource StorageOS:*v1.StorageOSVolumeSource CSI:*v1.CSIVolumeSource \
         Ephemeral:*v1.EphemeralVolumeSource Image:*v1.ImageVolumeSource",
    ),
    ("v1.HostPathVolumeSource", "Path:string Type:*v1.HostPathType"),
    ("v1.EmptyDirVolumeSource", "Medium:v1.StorageMedium SizeLimit:*resource.Quantity"),
    ("v1.SecretVolumeSource", "SecretName:string Items:[]v1.KeyToPath DefaultMode:*int32 Optional:*bool"),
    (
        "v1.ConfigMapVolumeSource",
        "LocalObjectReference:^v1.LocalObjectReference Items:[]v1.KeyToPath DefaultMode:*int32 Optional:*bool",
    ),
    ("v1.KeyToPath", "Key:string Path:string Mode:*int32"),
    ("v1.PersistentVolumeClaimVolumeSource", "ClaimName:string ReadOnly:bool"),
    ("v1.NFSVolumeSource", "Server:string Path:string ReadOnly:bool"),
];

/// The hash of `template`, a counter of collisions mixed in: 32 bits in decimal, each digit replaced by a letter or
/// digit that spells nothing.
pub fn of(template: &Value, collisions: Option<i64>) -> String {
    const LETTERS: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut text = String::with_capacity(8192);
    print(&mut text, "v1.PodTemplateSpec", template, true);
    let collisions = collisions.map(i64::to_le_bytes);
    let bytes = text.bytes().chain(collisions.into_iter().flatten());
    let bits = bytes.fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let letter = |digit: u8| LETTERS.get(usize::from(digit) % LETTERS.len()).map_or('b', |&letter| char::from(letter));
    bits.to_string().bytes().map(letter).collect()
}

/// Prints a value of a Go type as spew's `%#v` does, with its type in front where `typed`. Nothing, an empty list and an
/// empty map are all nil, as they are after a way through protobuf.
fn print(out: &mut String, kind: &str, value: &Value, typed: bool) {
    if typed {
        let _ = write!(out, "({kind})");
    }
    let has_items = match value {
        Value::Null => false,
        Value::Array(list) => !list.is_empty(),
        Value::Object(map) => !map.is_empty(),
        _ => true,
    };
    if let Some(pointee) = kind.strip_prefix('*') {
        if value.is_null() { out.push_str("<nil>") } else { print(out, pointee, value, false) }
    } else if let Some(item) = kind.strip_prefix("[]") {
        if !has_items {
            return out.push_str("<nil>");
        }
        join(out, "[", value.items("").iter(), |out, one| print(out, item, one, false));
        out.push(']');
    } else if kind == "map[string]string" || kind == "v1.ResourceList" {
        if !has_items {
            return out.push_str("<nil>");
        }
        let item = if kind == "v1.ResourceList" { "resource.Quantity" } else { "string" };
        join(out, "map[", value.map("").into_iter().flatten(), |out, (key, one)| {
            let _ = write!(out, "{key}:");
            print(out, item, one, false);
        });
        out.push(']');
    } else if kind == "intstr.IntOrString" {
        let (is_text, number, text) =
            (i32::from(value.is_string()), value.as_i64().unwrap_or(0), value.as_str().unwrap_or(""));
        let _ = write!(out, "{{Type:(intstr.Type){is_text} IntVal:(int32){number} StrVal:(string){text}}}");
    } else if let Some((_, fields)) = TYPES.iter().find(|(name, _)| *name == kind) {
        join(out, "{", fields.split(' ').filter_map(|field| field.split_once(':')), |out, (name, kind)| {
            let _ = write!(out, "{name}:");
            match kind.strip_prefix('^') {
                Some(inline) => print(out, inline, value, true),
                None => print(out, kind, value.get(&manifest_name(name)).unwrap_or(&Value::Null), true),
            }
        });
        out.push('}');
    } else {
        match value {
            Value::Null if matches!(kind, "int32" | "int64" | "uint64") => out.push('0'),
            Value::Null if kind == "bool" => out.push_str("false"),
            Value::Null => {}
            Value::String(text) => out.push_str(text),
            other => {
                let _ = write!(out, "{other}");
            }
        }
    }
}

fn join<T>(out: &mut String, open: &str, all: impl Iterator<Item = T>, mut each: impl FnMut(&mut String, T)) {
    out.push_str(open);
    for (number, one) in all.enumerate() {
        if number > 0 {
            out.push(' ');
        }
        each(out, one);
    }
}

/// `httpGet` of `HTTPGet`: a leading run of capitals is lower case in manifests, but for the last where a word follows.
fn manifest_name(field: &str) -> String {
    match field {
        "ObjectMeta" => return "metadata".to_owned(),
        "DeprecatedServiceAccount" => return "serviceAccount".to_owned(),
        _ => {}
    }
    let run = field.bytes().take_while(u8::is_ascii_uppercase).count();
    let lower = if run > 1 && run < field.len() { run - 1 } else { run };
    let (head, tail) = field.split_at_checked(lower).unwrap_or((field, ""));
    head.to_ascii_lowercase() + tail
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;

    /// A template as the API server fills it in.
    fn template(container: &Value, annotations: &Value, spec: &Value) -> Value {
        let mut template = json!({
            "metadata": {"labels": {"app": "web"}},
            "spec": {
                "containers": [{
                    "name": "c", "image": "nginx", "imagePullPolicy": "Always", "resources": {},
                    "ports": [{"containerPort": 80, "protocol": "TCP"}],
                    "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
                }],
                "restartPolicy": "Always", "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst",
                "securityContext": {}, "schedulerName": "default-scheduler",
            },
        });
        for (place, more) in [("/spec/containers/0", container), ("/spec", spec)] {
            let place = template.pointer_mut(place).unwrap().as_object_mut().unwrap();
            place.extend(more.as_object().unwrap().clone());
        }
        if !annotations.is_null() {
            template["metadata"]["annotations"] = annotations.clone();
        }
        template
    }

    #[test]
    fn hashes_are_those_of_recorded_clusters() {
        let broken = json!({"sim/state": "ImagePullBackOff"});
        let account = json!({"serviceAccountName": "nosuch", "serviceAccount": "nosuch"});
        let (none, nothing, node) = (Value::Null, json!({}), json!({"nodeName": "node1"}));
        for (hash, container, annotations, spec) in [
            ("dfcc7d78b", json!({}), &none, &nothing),
            ("65f85bb448", json!({"image": "httpd:2.4"}), &none, &nothing),
            ("844f567cc7", json!({"image": "nginx:broken"}), &broken, &nothing),
            ("647cb7b6c5", json!({"image": "nginx:1", "imagePullPolicy": "IfNotPresent"}), &none, &nothing),
            ("687985d5fd", json!({}), &none, &account),
            ("7765c4f8d9", json!({"name": "main"}), &none, &node),
            ("66779f7ff7", json!({"name": "main", "image": "nginx:1.27"}), &none, &node),
        ] {
            assert_eq!(of(&template(&container, annotations, spec), None), hash);
        }
    }

    #[test]
    fn collisions_give_other_hashes() {
        let template = template(&json!({}), &Value::Null, &json!({}));
        assert_ne!(of(&template, Some(1)), of(&template, None));
        assert_ne!(of(&template, Some(1)), of(&template, Some(2)));
    }

    #[test]
    fn everything_in_a_template_counts() {
        let probe = |path: &str| json!({"readinessProbe": {"httpGet": {"path": path, "port": 80, "scheme": "HTTP"}}});
        let hash = |container: &Value| of(&template(container, &Value::Null, &json!({})), None);
        assert_ne!(hash(&probe("/a")), hash(&probe("/b")));
        assert_ne!(hash(&json!({"tty": true})), hash(&json!({})));
        assert_ne!(hash(&json!({"resources": {"limits": {"cpu": "1"}}})), hash(&json!({})));
    }
}
