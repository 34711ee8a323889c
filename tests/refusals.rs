//! What the API server and kubectl say of manifests and commands that are not as they should be.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
#![allow(clippy::needless_raw_string_hashes)]

use expect_test::{Expect, expect};
use service_playground::clock::Epoch;
use service_playground::session::{File, Session, Setup};
use std::time::Duration;

/// Writes documents (a name for the file, its text), which are applied at first as the editor does it, types lines and
/// compares what is shown.
fn check(files: &[(&str, &str)], lines: &[&str], expected: &Expect) {
    let files = files.iter().map(|(name, text)| File { name: (*name).to_owned(), text: (*text).to_owned() }).collect();
    let mut session = Session::new(Setup { seed: 1, epoch: Epoch(1_795_000_000), files, modes: Vec::new() });
    for line in lines {
        session.run_line(line);
        for _ in 0..20 {
            session.advance(Duration::from_millis(200), || false);
        }
    }
    expected.assert_eq(&session.printed().iter().map(|one| one.text.as_str()).collect::<String>());
}

const WEB: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}, matchExpressions: [{key: app, operator: Exists}]}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: nginx}]}}
";

#[test]
fn a_scale_is_an_object_of_its_own() {
    check(
        &[("web.yaml", WEB)],
        &[
            "kubectl apply -f web.yaml",
            "kubectl patch deploy web --subresource=scale --type=merge -p '{\"spec\":{\"replicas\":2}}'",
            "kubectl patch deploy web --subresource=scale --type=merge -p '{\"spec\":{\"replicas\":2}}'",
            "kubectl get deploy web --subresource=scale --no-headers -o custom-columns=K:.kind,S:.status",
            "kubectl get deploy web --subresource=scale | cut -d' ' -f1-10",
            "kubectl get deploy --subresource=scale",
            "kubectl get svc kubernetes --subresource=scale",
            "kubectl get svc kubernetes --subresource=scales",
        ],
        &expect![[r#"
            kubectl apply -f web.yaml
            deployment.apps/web created
            kubectl apply -f web.yaml
            deployment.apps/web unchanged
            kubectl patch deploy web --subresource=scale --type=merge -p '{"spec":{"replicas":2}}'
            scale.autoscaling/web patched
            kubectl patch deploy web --subresource=scale --type=merge -p '{"spec":{"replicas":2}}'
            scale.autoscaling/web patched (no change)
            kubectl get deploy web --subresource=scale --no-headers -o custom-columns=K:.kind,S:.status
            Scale   map[replicas:2 selector:app=web,app]
            kubectl get deploy web --subresource=scale | cut -d' ' -f1-10
            NAME   DESIRED   AVAILABLE   AGE
            web    2     
            kubectl get deploy --subresource=scale
            error: subresource cannot be used when bulk resources are specified
            kubectl get svc kubernetes --subresource=scale
            Error from server (NotFound): the server could not find the requested resource
            kubectl get svc kubernetes --subresource=scales
            Error from server (NotFound): the server could not find the requested resource
        "#]],
    );
}

#[test]
fn structs_are_shown_with_their_fields_in_gos_order() {
    let owners = "
apiVersion: v1
kind: ConfigMap
metadata:
  name: owned
  ownerReferences:
  - {apiVersion: v1, kind: Pod, name: a, uid: a1, controller: true}
  - {apiVersion: v1, kind: Pod, name: b, uid: b1, controller: true, blockOwnerDeletion: true}
";
    check(
        &[
            ("web.yaml", WEB),
            ("other.yaml", &WEB.replace("app: web}, match", "app: web, v: a}, match")),
            ("owned.yaml", owners),
        ],
        &["kubectl apply -f web.yaml", "kubectl apply -f other.yaml", "kubectl apply -f owned.yaml"],
        &expect![[r#"
            kubectl apply -f web.yaml
            deployment.apps/web created
            kubectl apply -f other.yaml
            The Deployment "web" is invalid: 
            * spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`
            * spec.selector: Invalid value: {"matchLabels":{"app":"web","v":"a"},"matchExpressions":[{"key":"app","operator":"Exists"}]}: field is immutable
            kubectl apply -f owned.yaml
            The ConfigMap "owned" is invalid: metadata.ownerReferences: Invalid value: [{"apiVersion":"v1","kind":"Pod","name":"a","uid":"a1","controller":true},{"apiVersion":"v1","kind":"Pod","name":"b","uid":"b1","controller":true,"blockOwnerDeletion":true}]: Only one reference can have Controller set to true. Found "true" in references for Pod/a and Pod/b
        "#]],
    );
}

#[test]
fn addresses_are_strict_and_best_canonical() {
    let slice = |family: &str, addresses: &str| {
        let endpoints = format!("[{{addresses: [{addresses}], deprecatedTopology: {{a: b}}}}]");
        format!(
            "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {{name: {}}}\naddressType: {family}\nendpoints: {endpoints}\n",
            family.to_lowercase()
        )
    };
    let endpoints = "
apiVersion: v1
kind: Endpoints
metadata: {name: old}
subsets: [{addresses: [{ip: 010.0.0.1}]}]
";
    check(
        &[
            ("bad.yaml", &slice("IPv6", "10.0.0.1, 'fe80::1', '::ffff:1.2.3.4', x")),
            ("six.yaml", &slice("IPv6", "'2001:db8:0::1'")),
            ("names.yaml", &slice("FQDN", "a.example")),
            ("old.yaml", endpoints),
        ],
        &[
            "kubectl create -f bad.yaml",
            "kubectl create -f six.yaml",
            "kubectl create -f names.yaml",
            "kubectl create -f old.yaml",
            "kubectl get endpointslice ipv6 -o jsonpath='{.endpoints}'",
        ],
        &expect![[r#"
            kubectl apply -f bad.yaml -f six.yaml -f names.yaml -f old.yaml
            endpointslice.discovery.k8s.io/ipv6 created
            endpointslice.discovery.k8s.io/fqdn created
            kubectl create -f bad.yaml
            The EndpointSlice "ipv6" is invalid: 
            * endpoints[0].addresses: Invalid value: "10.0.0.1": must be an IPv6 address
            * endpoints[0].addresses[1]: Invalid value: "fe80::1": may not be in the link-local range (169.254.0.0/16, fe80::/10)
            * endpoints[0].addresses[2]: Invalid value: "::ffff:1.2.3.4": must not be an IPv4-mapped IPv6 address
            * endpoints[0].addresses[3]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)
            kubectl create -f six.yaml
            Warning: endpoints[0].addresses[0]: IPv6 address "2001:db8:0::1" should be in RFC 5952 canonical format ("2001:db8::1")
            Error from server (AlreadyExists): error when creating "six.yaml": endpointslices.discovery.k8s.io "ipv6" already exists
            kubectl create -f names.yaml
            Warning: spec.addressType: FQDN endpoints are deprecated
            Error from server (AlreadyExists): error when creating "names.yaml": endpointslices.discovery.k8s.io "fqdn" already exists
            kubectl create -f old.yaml
            Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice
            The Endpoints "old" is invalid: subsets[0].addresses[0].ip: Invalid value: "010.0.0.1": must not have leading 0s
            kubectl get endpointslice ipv6 -o jsonpath='{.endpoints}'
            [{"addresses":["2001:db8:0::1"],"conditions":{}}]"#]],
    );
}

#[test]
fn pods_ask_for_resources_as_a_whole() {
    let pod = |name: &str, whole: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec:\n  resources: {whole}\n  containers:\n  \
             - {{name: a, image: nginx, resources: {{requests: {{cpu: 300m}}, limits: {{cpu: 1}}}}}}\n  \
             - {{name: b, image: nginx}}\n"
        )
    };
    check(
        &[
            ("less.yaml", &pod("less", "{limits: {cpu: 500m, pods: 1}, requests: {cpu: 200m}}")),
            ("more.yaml", &pod("more", "{limits: {cpu: 2, memory: 1Gi}}")),
        ],
        &[
            "kubectl apply -f less.yaml",
            "kubectl apply -f more.yaml",
            "kubectl get pod more -o jsonpath='{.spec.resources}{\" \"}{.status.qosClass}'",
        ],
        &expect![[r#"
            kubectl apply -f less.yaml -f more.yaml
            pod/more created
            kubectl apply -f less.yaml
            The Pod "less" is invalid: 
            * spec.resources.limits[pods]: Unsupported value: "pods": supported values: "cpu", "hugepages-", "memory"
            * spec.resources.requests[cpu]: Invalid value: "200m": must be greater than or equal to aggregate container requests of 300m
            * spec.resources.containers[0][cpu].limits: Invalid value: "1": must be less than or equal to pod limits of 500m
            kubectl apply -f more.yaml
            pod/more configured
            kubectl get pod more -o jsonpath='{.spec.resources}{" "}{.status.qosClass}'
            {"limits":{"cpu":"2","memory":"1Gi"},"requests":{"cpu":"300m","memory":"1Gi"}} Burstable"#]],
    );
}

#[test]
fn volumes_of_all_kinds_say_what_they_need() {
    let pod = "
apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  volumes:
  - {name: image, image: {pullPolicy: Sometimes}}
  - {name: csi, csi: {driver: a b, nodePublishSecretRef: {name: ''}}}
  - {name: ephemeral, ephemeral: {}}
  - {name: claim, ephemeral: {volumeClaimTemplate: {spec: {accessModes: [Sometimes]}}}}
  - {name: token, projected: {sources: [{serviceAccountToken: {expirationSeconds: 60, path: /a}}]}}
  - {name: twice, projected: {sources: [{configMap: {name: a, items: [{key: k, path: p}]}}, {secret: {name: b, items: [{key: k, path: p}]}}]}}
  - {name: files, downwardAPI: {items: [{path: a, fieldRef: {fieldPath: spec.nodeName}}, {path: b, resourceFieldRef: {resource: limits.cpu, divisor: 2}}]}}
  containers: [{name: c, image: nginx}]
";
    check(
        &[("p.yaml", pod)],
        &["kubectl apply -f p.yaml"],
        &expect![[r#"
        kubectl apply -f p.yaml
        The Pod "p" is invalid: 
        * spec.volumes[0].image.reference: Required value
        * spec.volumes[0].image.pullPolicy: Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never"
        * spec.volumes[1].csi.driver: Invalid value: "a b": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')
        * spec.volumes[1].csi.nodePublishSecretRef.name: Required value
        * spec.volumes[2].ephemeral.volumeClaimTemplate: Required value
        * spec.volumes[3].ephemeral.volumeClaimTemplate.spec.accessModes: Unsupported value: "Sometimes": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"
        * spec.volumes[3].ephemeral.volumeClaimTemplate.spec.resources[storage]: Required value
        * spec.volumes[4].projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes
        * spec.volumes[4].projected.path: Invalid value: "/a": must be a relative path
        * spec.volumes[5].projected: Invalid value: "b": conflicting duplicate paths
        * spec.volumes[6].downwardAPI.fieldRef.fieldPath: Unsupported value: "spec.nodeName": supported values: "metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"
        * spec.volumes[6].downwardAPI.resourceFieldRef.containerName: Required value
        * spec.volumes[6].downwardAPI.resourceFieldRef.divisor: Invalid value: "limits.cpu": only divisor's values 1m and 1 are supported with the cpu resource
    "#]],
    );
}

#[test]
fn a_namespace_says_what_is_left_in_it() {
    let kept = "
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: kept, namespace: shop, finalizers: [example.com/hold]}
";
    check(
        &[("kept.yaml", kept)],
        &[
            "kubectl delete ns shop --wait=false",
            "kubectl get cm -n shop -o name",
            "kubectl get cm -n shop -o name",
            "kubectl describe ns shop",
            "kubectl patch cm kept -n shop --type=merge -p '{\"metadata\":{\"finalizers\":null}}'",
            "kubectl wait --for=delete ns/shop",
        ],
        &expect![[r#"
            kubectl apply -f kept.yaml
            namespace/shop created
            configmap/kept created
            kubectl delete ns shop --wait=false
            namespace "shop" deleted
            kubectl get cm -n shop -o name
            configmap/kept
            kubectl get cm -n shop -o name
            configmap/kept
            kubectl describe ns shop
            Name:         shop
            Labels:       kubernetes.io/metadata.name=shop
            Annotations:  <none>
            Status:       Terminating
            Conditions:
              Type                                         Status  LastTransitionTime             Reason                Message
              ----                                         ------  ------------------             ------                -------
              NamespaceDeletionDiscoveryFailure            False   2026-11-18 11:06:53 +0000 UTC  ResourcesDiscovered   All resources successfully discovered
              NamespaceDeletionGroupVersionParsingFailure  False   2026-11-18 11:06:53 +0000 UTC  ParsedGroupVersions   All legacy kube types successfully parsed
              NamespaceDeletionContentFailure              False   2026-11-18 11:06:53 +0000 UTC  ContentDeleted        All content successfully deleted, may be waiting on finalization
              NamespaceContentRemaining                    True    2026-11-18 11:06:53 +0000 UTC  SomeResourcesRemain   Some resources are remaining: configmaps. has 1 resource instances
              NamespaceFinalizersRemaining                 True    2026-11-18 11:06:53 +0000 UTC  SomeFinalizersRemain  Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances

            No resource quota.

            No LimitRange resource.
            kubectl patch cm kept -n shop --type=merge -p '{"metadata":{"finalizers":null}}'
            configmap/kept patched
            kubectl wait --for=delete ns/shop
            namespace/shop condition met
        "#]],
    );
}

#[test]
fn lists_tell_of_unknown_kinds_last() {
    let list = "
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Foo, metadata: {name: a}}
- {apiVersion: v1, kind: Service, metadata: {name: b}}
- {apiVersion: v1, kind: ConfigMap, metadata: {name: c}}
";
    check(
        &[("list.yaml", list)],
        &["kubectl create -f list.yaml", "kubectl apply -f list.yaml"],
        &expect![[r#"
        kubectl apply -f list.yaml
        configmap/c created
        kubectl create -f list.yaml
        Error from server (Invalid): error when creating "list.yaml": Service "b" is invalid: spec.ports: Required value
        Error from server (AlreadyExists): error when creating "list.yaml": configmaps "c" already exists
        unable to recognize no matches for kind "Foo" in version "v1"
        kubectl apply -f list.yaml
        configmap/c unchanged
        unable to recognize no matches for kind "Foo" in version "v1"
        Error from server (Invalid): error when creating "list.yaml": Service "b" is invalid: spec.ports: Required value
    "#]],
    );
}
