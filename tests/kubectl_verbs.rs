//! kubectl's verbs and flags in many spellings, against a bare cluster: what they print and how they refuse.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use expect_test::{Expect, expect};
use service_playground::cluster::{Cluster, Settings};
use service_playground::kubectl::Terminal;
use std::collections::BTreeMap;
use std::time::Duration;

/// The files that the lines see.
const FILES: &[(&str, &str)] = &[
    ("cm.json", r#"{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"raw"},"data":{"a":"b"}}"#),
    ("env", "A=1\n=2\n"),
    ("vars", "# of a shell\n A=1\nC=x=y\n\nD=\nE\n"),
    ("tls/crt", "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"),
    ("tls/key", "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n"),
    ("dir/one", "1"),
    ("dir/two", "2"),
    ("svc.yaml", "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{port: 80}]}}"),
];

/// Runs lines, one after the other: kubectl's words, or a line of the shell behind `sh `; what goes to standard error stands behind `! `, a code that is not zero behind `=`.
fn check(lines: &[&str], expected: &Expect) {
    let mut cluster = Cluster::new(Settings::recorded(1));
    let settle = |cluster: &mut Cluster| cluster.settle(Duration::from_millis(1200), Duration::from_secs(45));
    settle(&mut cluster);
    let files: BTreeMap<String, String> =
        FILES.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    let mut terminal = Terminal::new(files.into_iter().collect());
    let mut text = String::new();
    for line in lines {
        let shell = line.strip_prefix("sh ").map_or_else(|| format!("kubectl {line}"), str::to_owned);
        let output = terminal.run(&mut cluster, &shell);
        text.push_str(&format!("$ {line}\n{}", output.stdout));
        text.push_str(if output.stdout.is_empty() || output.stdout.ends_with('\n') { "" } else { "\n" });
        for line in output.stderr.lines() {
            text.push_str(&format!("! {line}\n"));
        }
        if output.exit != 0 {
            text.push_str(&format!("= {}\n", output.exit));
        }
        settle(&mut cluster);
    }
    expected.assert_eq(&text);
}

#[test]
fn subresources() {
    check(
        &[
            "create deploy web --image=nginx --replicas=2",
            "get deploy web --subresource=status",
            "get deploy/web --subresource scale",
            "get deploy web --subresource=scale -o jsonpath='{.kind} {.status}'",
            "get deploy --subresource=scale",
            "get deploy -l app=web --subresource=status",
            "get svc kubernetes --subresource=scale",
            "get cm kube-root-ca.crt --subresource=status",
            "get deploy web --subresource=foo",
            "patch deploy web --subresource=scale --type=merge -p '{\"spec\":{\"replicas\":3}}'",
            "patch svc kubernetes --subresource=scale --type=merge -p '{}'",
            "patch deploy web --subresource=scale --type=merge -p '{\"spec\":{\"replicas\":3}}'",
            "get deploy web --subresource=scale --no-headers",
        ],
        &expect![[r#"
            $ create deploy web --image=nginx --replicas=2
            deployment.apps/web created
            $ get deploy web --subresource=status
            NAME   READY   UP-TO-DATE   AVAILABLE   AGE
            web    2/2     2            2           1s
            $ get deploy/web --subresource scale
            NAME   DESIRED   AVAILABLE   AGE
            web    2         2           3s
            $ get deploy web --subresource=scale -o jsonpath='{.kind} {.status}'
            Scale {"replicas":2,"selector":"app=web"}
            $ get deploy --subresource=scale
            ! error: subresource cannot be used when bulk resources are specified
            = 1
            $ get deploy -l app=web --subresource=status
            ! error: subresource cannot be used when bulk resources are specified
            = 1
            $ get svc kubernetes --subresource=scale
            ! Error from server (NotFound): the server could not find the requested resource
            = 1
            $ get cm kube-root-ca.crt --subresource=status
            ! Error from server (NotFound): the server could not find the requested resource
            = 1
            $ get deploy web --subresource=foo
            ! Error from server (NotFound): the server could not find the requested resource
            = 1
            $ patch deploy web --subresource=scale --type=merge -p '{"spec":{"replicas":3}}'
            scale.autoscaling/web patched
            $ patch svc kubernetes --subresource=scale --type=merge -p '{}'
            ! Error from server (NotFound): the server could not find the requested resource
            = 1
            $ patch deploy web --subresource=scale --type=merge -p '{"spec":{"replicas":3}}'
            scale.autoscaling/web patched (no change)
            $ get deploy web --subresource=scale --no-headers
            web   3     3     15s
        "#]],
    );
}

#[test]
fn raw_paths() {
    check(
        &[
            "get --raw /api",
            "get --raw /apis/apps",
            "get --raw /apis/policy/v1",
            "get --raw /version",
            "get --raw '/livez?verbose=no'",
            "get --raw /metrics",
            "get --raw /nope",
            "get --raw nope",
            "get --raw /api pods",
            "get --raw /api -o yaml",
            "get --raw /api -w",
            "create --raw /api/v1/namespaces/default/configmaps -f cm.json",
            "create --raw /api/v1/namespaces/default/configmaps -f cm.json",
            "create --raw /api/v1/namespaces/default/configmaps",
            "replace --raw /api/v1/namespaces/default/configmaps/raw -f cm.json",
            "get --raw /api/v1/namespaces/default/configmaps/none",
            "get --raw '/api/v1/namespaces/default/configmaps?limit=1&fieldSelector=metadata.name%3Dnone'",
            "get --raw '/api/v1/namespaces/default/configmaps?labelSelector=a%3D%3Db,c'",
            "get --raw '/api/v1/namespaces/default/configmaps?labelSelector=a%21'",
            "get --raw '/api/v1/namespaces/default/configmaps?limit=1' | jq -c .metadata",
            "get --raw \"/api/v1/namespaces/default/configmaps?limit=1&continue=$(kubectl get --raw \
             '/api/v1/namespaces/default/configmaps?limit=1' | jq -r .metadata.continue)\" | jq -c '.items[].metadata.name'",
            "get --raw /api/v1/namespaces/default/nodes",
            "get --raw /api/v1/nodes/node1 | jq -c '[.kind,.spec]'",
            "delete --raw /api/v1/namespaces/default/configmaps/raw",
            "delete --raw /api/v1/namespaces/default/configmaps/raw",
            "create deploy web --image=nginx",
            "get --raw /apis/apps/v1/namespaces/default/deployments/web/scale",
        ],
        &expect![[r#"
            $ get --raw /api
            {"kind":"APIVersions","versions":["v1"],"serverAddressByClientCIDRs":[{"clientCIDR":"0.0.0.0/0","serverAddress":"172.18.0.2:16443"}]}
            $ get --raw /apis/apps
            {"kind":"APIGroup","apiVersion":"v1","name":"apps","versions":[{"groupVersion":"apps/v1","version":"v1"}],"preferredVersion":{"groupVersion":"apps/v1","version":"v1"}}
            $ get --raw /apis/policy/v1
            {"kind":"APIResourceList","apiVersion":"v1","groupVersion":"policy/v1","resources":[{"name":"poddisruptionbudgets","singularName":"poddisruptionbudget","namespaced":true,"kind":"PodDisruptionBudget","verbs":["create","delete","deletecollection","get","list","patch","update","watch"],"shortNames":["pdb"],"storageVersionHash":"EVWiDmWqyJw="},{"name":"poddisruptionbudgets/status","singularName":"","namespaced":true,"kind":"PodDisruptionBudget","verbs":["get","patch","update"]}]}
            $ get --raw /version
            {
              "major": "1",
              "minor": "36",
              "emulationMajor": "1",
              "emulationMinor": "36",
              "minCompatibilityMajor": "1",
              "minCompatibilityMinor": "35",
              "gitVersion": "v1.36.2",
              "gitTreeState": "clean",
              "compiler": "gc",
              "platform": "linux/amd64"
            }
            $ get --raw '/livez?verbose=no'
            ok
            $ get --raw /metrics
            ! error: the playground's API server keeps no metrics
            = 1
            $ get --raw /nope
            ! Error from server (NotFound): the server could not find the requested resource
            = 1
            $ get --raw nope
            ! error: --raw must be a valid URL path: parse "nope": invalid URI for request
            ! See 'kubectl get -h' for help and examples
            = 1
            $ get --raw /api pods
            ! error: arguments may not be passed when --raw is specified
            = 1
            $ get --raw /api -o yaml
            ! error: --raw and --output are mutually exclusive
            ! See 'kubectl get -h' for help and examples
            = 1
            $ get --raw /api -w
            ! error: --raw may not be specified with other flags that filter the server request or alter the output
            = 1
            $ create --raw /api/v1/namespaces/default/configmaps -f cm.json
            {"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"raw","namespace":"default","uid":"c3fadafa-4f74-4ea6-b28e-b8ad418a893c","resourceVersion":"18","creationTimestamp":"2026-11-18T11:06:55Z","managedFields":[{"manager":"kubectl","operation":"Update","apiVersion":"v1","time":"2026-11-18T11:06:55Z","fieldsType":"FieldsV1","fieldsV1":{"f:data":{".":{},"f:a":{}}}}]},"data":{"a":"b"}}
            $ create --raw /api/v1/namespaces/default/configmaps -f cm.json
            ! Error from server (AlreadyExists): configmaps "raw" already exists
            = 1
            $ create --raw /api/v1/namespaces/default/configmaps
            ! error: --raw can only use a single local file or stdin
            ! See 'kubectl create -h' for help and examples
            = 1
            $ replace --raw /api/v1/namespaces/default/configmaps/raw -f cm.json
            {"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"raw","namespace":"default","uid":"c3fadafa-4f74-4ea6-b28e-b8ad418a893c","resourceVersion":"18","creationTimestamp":"2026-11-18T11:06:55Z","managedFields":[{"manager":"kubectl","operation":"Update","apiVersion":"v1","time":"2026-11-18T11:06:55Z","fieldsType":"FieldsV1","fieldsV1":{"f:data":{".":{},"f:a":{}}}}]},"data":{"a":"b"}}
            $ get --raw /api/v1/namespaces/default/configmaps/none
            ! Error from server (NotFound): configmaps "none" not found
            = 1
            $ get --raw '/api/v1/namespaces/default/configmaps?limit=1&fieldSelector=metadata.name%3Dnone'
            {"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"18"},"items":[]}
            $ get --raw '/api/v1/namespaces/default/configmaps?labelSelector=a%3D%3Db,c'
            {"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"18"},"items":[]}
            $ get --raw '/api/v1/namespaces/default/configmaps?labelSelector=a%21'
            ! Error from server (BadRequest): unable to parse requirement: found '!', expected: in, notin, =, ==, !=, gt, lt
            = 1
            $ get --raw '/api/v1/namespaces/default/configmaps?limit=1' | jq -c .metadata
            {"continue":"eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MTgsInN0YXJ0Ijoia3ViZS1yb290LWNhLmNydFx1MDAwMCJ9","remainingItemCount":1,"resourceVersion":"18"}
            $ get --raw "/api/v1/namespaces/default/configmaps?limit=1&continue=$(kubectl get --raw '/api/v1/namespaces/default/configmaps?limit=1' | jq -r .metadata.continue)" | jq -c '.items[].metadata.name'
            "raw"
            $ get --raw /api/v1/namespaces/default/nodes
            ! Error from server (NotFound): the server could not find the requested resource
            = 1
            $ get --raw /api/v1/nodes/node1 | jq -c '[.kind,.spec]'
            ["Node",{"podCIDR":"10.244.0.0/24","podCIDRs":["10.244.0.0/24"]}]
            $ delete --raw /api/v1/namespaces/default/configmaps/raw
            {"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success","details":{"name":"raw","kind":"configmaps","uid":"c3fadafa-4f74-4ea6-b28e-b8ad418a893c"}}
            $ delete --raw /api/v1/namespaces/default/configmaps/raw
            ! Error from server (NotFound): configmaps "raw" not found
            = 1
            $ create deploy web --image=nginx
            deployment.apps/web created
            $ get --raw /apis/apps/v1/namespaces/default/deployments/web/scale
            {"kind":"Scale","apiVersion":"autoscaling/v1","metadata":{"name":"web","namespace":"default","uid":"1557e213-a0e6-4313-aac2-3011dec7b00e","resourceVersion":"34","creationTimestamp":"2026-11-18T11:07:13Z"},"spec":{"replicas":1},"status":{"replicas":1,"selector":"app=web"}}
        "#]],
    );
}

#[test]
fn change_causes_and_timeouts() {
    check(
        &[
            "create deploy web --image=nginx",
            "scale deploy web --replicas=2 --record",
            "get deploy web -o jsonpath='{.metadata.annotations}'",
            "label deploy web a=b --record",
            "annotate deploy web c=d --record=true",
            "get deploy web -o jsonpath='{.metadata.annotations}'",
            "patch deploy web -p '{\"spec\":{\"paused\":true}}' --record",
            "rollout history deploy web",
            "create -f svc.yaml",
            "replace -f svc.yaml --record",
            "get svc web -o jsonpath='{.metadata.annotations}'",
            "get pods -w --no-headers --request-timeout=2s -o name",
            "get svc web -o name --request-timeout 5",
            "get svc web --request-timeout=2x",
        ],
        &expect![[r#"
            $ create deploy web --image=nginx
            deployment.apps/web created
            $ scale deploy web --replicas=2 --record
            deployment.apps/web scaled
            ! Flag --record has been deprecated, --record will be removed in the future
            $ get deploy web -o jsonpath='{.metadata.annotations}'
            {"deployment.kubernetes.io/revision":"1","kubernetes.io/change-cause":"kubectl scale deploy web --replicas=2 --record=true"}
            $ label deploy web a=b --record
            deployment.apps/web labeled
            ! Flag --record has been deprecated, --record will be removed in the future
            $ annotate deploy web c=d --record=true
            deployment.apps/web annotated
            ! Flag --record has been deprecated, --record will be removed in the future
            $ get deploy web -o jsonpath='{.metadata.annotations}'
            {"c":"d","deployment.kubernetes.io/revision":"1","kubernetes.io/change-cause":"kubectl annotate deploy web c=d --record=true"}
            $ patch deploy web -p '{"spec":{"paused":true}}' --record
            deployment.apps/web patched
            ! Flag --record has been deprecated, --record will be removed in the future
            $ rollout history deploy web
            deployment.apps/web 
            REVISION  CHANGE-CAUSE
            1         kubectl patch deploy web --patch={"spec":{"paused":true}} --record=true

            $ create -f svc.yaml
            service/web created
            $ replace -f svc.yaml --record
            service/web replaced
            ! Flag --record has been deprecated, --record will be removed in the future
            $ get svc web -o jsonpath='{.metadata.annotations}'
            {"kubernetes.io/change-cause":"kubectl replace --filename=svc.yaml --record=true"}
            $ get pods -w --no-headers --request-timeout=2s -o name
            pod/web-7887448d46-c5bdz
            pod/web-7887448d46-rgg77
            $ get svc web -o name --request-timeout 5
            service/web
            $ get svc web --request-timeout=2x
            ! error: Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)
            = 1
        "#]],
    );
}

#[test]
fn generators_of_config_maps_and_secrets() {
    check(
        &[
            "create cm a --from-literal=k=v --from-literal 'q=\"x y\"' --from-file=dir --from-file=c=cm.json -o yaml --dry-run=client",
            "create cm a --from-env-file=env",
            "create cm a --from-env-file=vars --from-literal=a=b",
            "create cm a --from-env-file=vars -o jsonpath='{.data}' --dry-run=client",
            "create cm a --from-env-file=dir",
            "create cm a --from-file=none",
            "create cm a --from-file=k=dir",
            "create cm a --from-file==dir",
            "create cm a --from-file=k=",
            "create cm a --from-file=a=b=c",
            "create cm a --from-literal=a",
            "create cm a --from-literal=a=1 --from-literal=a=2",
            "create cm a --from-literal='a b=1'",
            "create cm a --from-literal=a=1 --append-hash",
            "create cm",
            "create secret generic s --from-literal=k=v --type=x/y -ojson --dry-run=client",
            "create secret generic s --from-literal=k=v --from-literal=k=v",
            "create secret generic s --from-literal='/=v'",
            "create secret generic s",
            "create secret generic s",
            "create secret generic h --from-literal=k=v --append-hash --dry-run=client -oname",
            "create secret tls t",
            "create secret tls t --cert=svc.yaml --key=none",
            "create secret tls t --cert=none --key=none",
            "create secret tls t --cert=tls/crt --key tls/key",
            "get secret t -o jsonpath='{.type} {.data}'",
            "create secret docker-registry d --docker-username=u",
            "create secret docker-registry d --docker-username=u --docker-password=p",
            "get secret d -o jsonpath='{.type} {.data}'",
            "create secret docker-registry d --from-file=cm.json",
            "create secret docker-registry e --from-file=cm.json --dry-run=client -o jsonpath='{.data}'",
        ],
        &expect![[r#"
            $ create cm a --from-literal=k=v --from-literal 'q="x y"' --from-file=dir --from-file=c=cm.json -o yaml --dry-run=client
            apiVersion: v1
            data:
              c: '{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"raw"},"data":{"a":"b"}}'
              k: v
              one: "1"
              q: x y
              two: "2"
            kind: ConfigMap
            metadata:
              name: a
            $ create cm a --from-env-file=env
            ! error: "" is not a valid key name: a valid environment variable name must consist only of printable ASCII characters other than '='
            = 1
            $ create cm a --from-env-file=vars --from-literal=a=b
            ! error: from-env-file cannot be combined with from-file or from-literal
            = 1
            $ create cm a --from-env-file=vars -o jsonpath='{.data}' --dry-run=client
            {"A":"1","C":"x=y","D":"","E":""}
            $ create cm a --from-env-file=dir
            ! error: env config file cannot be a directory
            = 1
            $ create cm a --from-file=none
            ! error: error reading none: no such file or directory
            = 1
            $ create cm a --from-file=k=dir
            ! error: cannot give a key name for a directory path
            = 1
            $ create cm a --from-file==dir
            ! error: key name for file path dir missing
            = 1
            $ create cm a --from-file=k=
            ! error: file path for key name k missing
            = 1
            $ create cm a --from-file=a=b=c
            ! error: key names or file paths cannot contain '='
            = 1
            $ create cm a --from-literal=a
            ! error: invalid literal source a, expected key=value
            = 1
            $ create cm a --from-literal=a=1 --from-literal=a=2
            ! error: cannot add key "a", another key by that name already exists in Data for ConfigMap "a"
            = 1
            $ create cm a --from-literal='a b=1'
            ! error: "a b" is not a valid key name for a ConfigMap: a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')
            = 1
            $ create cm a --from-literal=a=1 --append-hash
            configmap/a-8d28446b8b created
            $ create cm
            ! error: exactly one NAME is required, got 0
            ! See 'kubectl create configmap -h' for help and examples
            = 1
            $ create secret generic s --from-literal=k=v --type=x/y -ojson --dry-run=client
            {
                "kind": "Secret",
                "apiVersion": "v1",
                "metadata": {
                    "name": "s"
                },
                "data": {
                    "k": "dg=="
                },
                "type": "x/y"
            }
            $ create secret generic s --from-literal=k=v --from-literal=k=v
            ! error: cannot add key k, another key by that name already exists
            = 1
            $ create secret generic s --from-literal='/=v'
            ! error: "/" is not valid key name for a Secret a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')
            = 1
            $ create secret generic s
            secret/s created
            $ create secret generic s
            ! error: failed to create secret: secrets "s" already exists
            = 1
            $ create secret generic h --from-literal=k=v --append-hash --dry-run=client -oname
            secret/h-849d82ch8t
            $ create secret tls t
            ! error: key and cert must be specified
            = 1
            $ create secret tls t --cert=svc.yaml --key=none
            ! error: tls: failed to find any PEM data in certificate input
            = 1
            $ create secret tls t --cert=none --key=none
            ! error: Cannot read file none, open none: no such file or directory
            = 1
            $ create secret tls t --cert=tls/crt --key tls/key
            secret/t created
            $ get secret t -o jsonpath='{.type} {.data}'
            kubernetes.io/tls {"tls.crt":"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCkFBPT0KLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo=","tls.key":"LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCkFBPT0KLS0tLS1FTkQgUFJJVkFURSBLRVktLS0tLQo="}
            $ create secret docker-registry d --docker-username=u
            ! error: either --from-file or the combination of --docker-username, --docker-password and --docker-server is required
            = 1
            $ create secret docker-registry d --docker-username=u --docker-password=p
            secret/d created
            $ get secret d -o jsonpath='{.type} {.data}'
            kubernetes.io/dockerconfigjson {".dockerconfigjson":"eyJhdXRocyI6eyJodHRwczovL2luZGV4LmRvY2tlci5pby92MS8iOnsidXNlcm5hbWUiOiJ1IiwicGFzc3dvcmQiOiJwIiwiYXV0aCI6ImRUcHcifX19"}
            $ create secret docker-registry d --from-file=cm.json
            ! error: failed to create secret secrets "d" already exists
            = 1
            $ create secret docker-registry e --from-file=cm.json --dry-run=client -o jsonpath='{.data}'
            {".dockerconfigjson":"eyJraW5kIjoiQ29uZmlnTWFwIiwiYXBpVmVyc2lvbiI6InYxIiwibWV0YWRhdGEiOnsibmFtZSI6InJhdyJ9LCJkYXRhIjp7ImEiOiJiIn19"}
        "#]],
    );
}

#[test]
fn generators_of_other_kinds() {
    check(
        &[
            "create quota q --hard=cpu=1000m,pods=2 --scopes=BestEffort,NotTerminating -o yaml --dry-run=client",
            "create quota q --hard=cpu",
            "create quota q --hard=cpu=x",
            "create quota q --scopes=,",
            "create quota q --hard=pods=2",
            "create resourcequota q --hard=pods=2",
            "create job j",
            "create job j --image=busybox --dry-run=client -o json -- date -u",
            "create job j --image=busybox --from=cj/c",
            "create cronjob c --image=busybox",
            "create cj c --image=busybox --schedule='*/5 * * * *' -o yaml --dry-run=client -- echo hi",
            "create cj c --image=busybox --schedule=never",
            "create cj c --image=busybox --schedule='0 * * * *' --restart=Never",
            "create job j --from=cronjob/c -- date",
            "create job j --from=svc/kubernetes",
            "create job j --from=cronjob/none",
            "create job j --from=cronjob/c",
            "get job j -o jsonpath='{.metadata.annotations} {.metadata.ownerReferences[0].kind} {.spec.template.spec.containers[0].image}'",
            "create pdb p",
            "create pdb p --selector=a=b",
            "create pdb p --selector=a=b --min-available=1 --max-unavailable=1",
            "create pdb p --selector=a=b --min-available=1Gi",
            "create pdb p --selector='a=b,c notin (d,e),f' --max-unavailable=50% -o yaml --dry-run=client",
            "create poddisruptionbudget p --selector=a=b --min-available=1",
            "create pc low --value=-5 --description='can wait' -o json --dry-run=client",
            "create priorityclass low --value=1.5",
            "create priorityclass low --value=10 --global-default",
            "create role r --verb=get,list,get --resource=pods,deploy.apps,pods/log,po --resource-name=x -o yaml --dry-run=client",
            "create role r --verb=read --resource=pods --dry-run=client",
            "create role r --verb=get",
            "create role r --resource=pods",
            "create role r --verb=get --resource=nope.io",
            "create role r --verb=bind --resource=pods",
            "create role r --verb='*' --resource='*' -o json --dry-run=client",
            "create role r --verb=get --resource=pods",
            "create role r --verb=get --resource=pods",
            "create clusterrole r --verb=get --non-resource-url=/logs/* -o yaml --dry-run=client",
            "create clusterrole r --verb=watch --non-resource-url=/logs",
            "create clusterrole r --verb=get --non-resource-url=logs",
            "create clusterrole r --aggregation-rule=a=b -o yaml --dry-run=client",
            "create clusterrole r --verb=get",
            "create rolebinding b --role=r --user=u --group=g --serviceaccount=default:default -o yaml --dry-run=client",
            "create rolebinding b --role=r --clusterrole=r",
            "create rolebinding b --role=r --serviceaccount=default",
            "create clusterrolebinding b --user=u",
            "create clusterrolebinding b --clusterrole=r --user=u",
            "create ing i",
            "create ing i --rule=nope",
            "create ing i --class=x --annotation a=b --default-backend=d:http --rule='foo.com/a*=s:80,tls=c' --rule=foo.com/=t:web,tls -o yaml --dry-run=client",
            "create ingress i --rule=/=web:80",
            "create token default",
            "create sa robot",
            "run x --image=nginx --overrides=foo",
            "run x --image=nginx --overrides='{}' --override-type=foo",
            "run x --image=nginx --overrides='{\"spec\":{\"nodeName\":\"node2\"}}' --dry-run=client -o jsonpath='{.spec}'",
            "run x --image=nginx --overrides='[{\"op\":\"add\",\"path\":\"/metadata/labels/a\",\"value\":\"b\"}]' \
             --override-type=json --dry-run=client -o jsonpath='{.metadata.labels}'",
        ],
        &expect![[r#"
            $ create quota q --hard=cpu=1000m,pods=2 --scopes=BestEffort,NotTerminating -o yaml --dry-run=client
            apiVersion: v1
            kind: ResourceQuota
            metadata:
              name: q
            spec:
              hard:
                cpu: "1"
                pods: "2"
              scopes:
              - BestEffort
              - NotTerminating
            status: {}
            $ create quota q --hard=cpu
            ! error: Invalid argument syntax cpu, expected <resource>=<value>
            = 1
            $ create quota q --hard=cpu=x
            ! error: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'
            = 1
            $ create quota q --scopes=,
            ! error: invalid resource quota scope ""
            = 1
            $ create quota q --hard=pods=2
            resourcequota/q created
            $ create resourcequota q --hard=pods=2
            ! error: failed to create quota: resourcequotas "q" already exists
            = 1
            $ create job j
            ! error: either --image or --from must be specified
            = 1
            $ create job j --image=busybox --dry-run=client -o json -- date -u
            {
                "kind": "Job",
                "apiVersion": "batch/v1",
                "metadata": {
                    "name": "j"
                },
                "spec": {
                    "template": {
                        "metadata": {},
                        "spec": {
                            "containers": [
                                {
                                    "name": "j",
                                    "image": "busybox",
                                    "command": [
                                        "date",
                                        "-u"
                                    ],
                                    "resources": {}
                                }
                            ],
                            "restartPolicy": "Never"
                        }
                    }
                },
                "status": {}
            }
            $ create job j --image=busybox --from=cj/c
            ! error: either --image or --from must be specified
            = 1
            $ create cronjob c --image=busybox
            ! error: required flag(s) "schedule" not set
            = 1
            $ create cj c --image=busybox --schedule='*/5 * * * *' -o yaml --dry-run=client -- echo hi
            apiVersion: batch/v1
            kind: CronJob
            metadata:
              name: c
            spec:
              jobTemplate:
                metadata:
                  name: c
                spec:
                  template:
                    metadata: {}
                    spec:
                      containers:
                      - command:
                        - echo
                        - hi
                        image: busybox
                        name: c
                        resources: {}
                      restartPolicy: OnFailure
              schedule: '*/5 * * * *'
            status: {}
            $ create cj c --image=busybox --schedule=never
            ! error: failed to create cronjob: CronJob.batch "c" is invalid: spec.schedule: Invalid value: "never": expected exactly 5 fields, found 1: [never]
            = 1
            $ create cj c --image=busybox --schedule='0 * * * *' --restart=Never
            cronjob.batch/c created
            $ create job j --from=cronjob/c -- date
            ! error: cannot specify --from and command
            = 1
            $ create job j --from=svc/kubernetes
            ! error: unknown object type *v1.Service
            = 1
            $ create job j --from=cronjob/none
            ! Error from server (NotFound): cronjobs.batch "none" not found
            = 1
            $ create job j --from=cronjob/c
            job.batch/j created
            $ get job j -o jsonpath='{.metadata.annotations} {.metadata.ownerReferences[0].kind} {.spec.template.spec.containers[0].image}'
            {"cronjob.kubernetes.io/instantiate":"manual"} CronJob busybox
            $ create pdb p
            ! error: a selector must be specified
            = 1
            $ create pdb p --selector=a=b
            ! error: one of min-available or max-unavailable must be specified
            = 1
            $ create pdb p --selector=a=b --min-available=1 --max-unavailable=1
            ! error: min-available and max-unavailable cannot be both specified
            = 1
            $ create pdb p --selector=a=b --min-available=1Gi
            ! error: invalid format specified for min-available
            = 1
            $ create pdb p --selector='a=b,c notin (d,e),f' --max-unavailable=50% -o yaml --dry-run=client
            apiVersion: policy/v1
            kind: PodDisruptionBudget
            metadata:
              name: p
            spec:
              maxUnavailable: 50%
              selector:
                matchExpressions:
                - key: c
                  operator: NotIn
                  values:
                  - d
                  - e
                - key: f
                  operator: Exists
                matchLabels:
                  a: b
            status:
              currentHealthy: 0
              desiredHealthy: 0
              disruptionsAllowed: 0
              expectedPods: 0
            $ create poddisruptionbudget p --selector=a=b --min-available=1
            poddisruptionbudget.policy/p created
            $ create pc low --value=-5 --description='can wait' -o json --dry-run=client
            {
                "kind": "PriorityClass",
                "apiVersion": "scheduling.k8s.io/v1",
                "metadata": {
                    "name": "low"
                },
                "value": -5,
                "description": "can wait",
                "preemptionPolicy": "PreemptLowerPriority"
            }
            $ create priorityclass low --value=1.5
            ! error: invalid argument "1.5" for "--value" flag: strconv.ParseInt: parsing "1.5": invalid syntax
            ! See 'kubectl create priorityclass --help' for usage.
            = 1
            $ create priorityclass low --value=10 --global-default
            priorityclass.scheduling.k8s.io/low created
            $ create role r --verb=get,list,get --resource=pods,deploy.apps,pods/log,po --resource-name=x -o yaml --dry-run=client
            apiVersion: rbac.authorization.k8s.io/v1
            kind: Role
            metadata:
              name: r
            rules:
            - apiGroups:
              - ""
              resourceNames:
              - x
              resources:
              - pods
              - pods/log
              verbs:
              - get
              - list
            - apiGroups:
              - apps
              resourceNames:
              - x
              resources:
              - deployments
              verbs:
              - get
              - list
            $ create role r --verb=read --resource=pods --dry-run=client
            role.rbac.authorization.k8s.io/r created (dry run)
            ! Warning: 'read' is not a standard resource verb
            $ create role r --verb=get
            ! error: at least one resource must be specified
            = 1
            $ create role r --resource=pods
            ! error: at least one verb must be specified
            = 1
            $ create role r --verb=get --resource=nope.io
            ! error: the server doesn't have a resource type "nope" in group "io"
            = 1
            $ create role r --verb=bind --resource=pods
            ! error: can not perform 'bind' on 'pods' in group ''
            = 1
            $ create role r --verb='*' --resource='*' -o json --dry-run=client
            {
                "kind": "Role",
                "apiVersion": "rbac.authorization.k8s.io/v1",
                "metadata": {
                    "name": "r"
                },
                "rules": [
                    {
                        "verbs": [
                            "*"
                        ],
                        "apiGroups": [
                            ""
                        ],
                        "resources": [
                            "*"
                        ]
                    }
                ]
            }
            $ create role r --verb=get --resource=pods
            role.rbac.authorization.k8s.io/r created
            $ create role r --verb=get --resource=pods
            ! Error from server (AlreadyExists): roles.rbac.authorization.k8s.io "r" already exists
            = 1
            $ create clusterrole r --verb=get --non-resource-url=/logs/* -o yaml --dry-run=client
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRole
            metadata:
              name: r
            rules:
            - nonResourceURLs:
              - /logs/*
              verbs:
              - get
            $ create clusterrole r --verb=watch --non-resource-url=/logs
            ! error: invalid verb for nonResourceURL: 'watch'
            = 1
            $ create clusterrole r --verb=get --non-resource-url=logs
            ! error: nonResourceURL should start with /
            = 1
            $ create clusterrole r --aggregation-rule=a=b -o yaml --dry-run=client
            aggregationRule:
              clusterRoleSelectors:
              - matchLabels:
                  a: b
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRole
            metadata:
              name: r
            rules: null
            $ create clusterrole r --verb=get
            ! error: one of resource or nonResourceURL must be specified
            = 1
            $ create rolebinding b --role=r --user=u --group=g --serviceaccount=default:default -o yaml --dry-run=client
            apiVersion: rbac.authorization.k8s.io/v1
            kind: RoleBinding
            metadata:
              name: b
            roleRef:
              apiGroup: rbac.authorization.k8s.io
              kind: Role
              name: r
            subjects:
            - apiGroup: rbac.authorization.k8s.io
              kind: User
              name: u
            - apiGroup: rbac.authorization.k8s.io
              kind: Group
              name: g
            - kind: ServiceAccount
              name: default
              namespace: default
            $ create rolebinding b --role=r --clusterrole=r
            ! error: exactly one of clusterrole or role must be specified
            = 1
            $ create rolebinding b --role=r --serviceaccount=default
            ! error: serviceaccount must be <namespace>:<name>
            = 1
            $ create clusterrolebinding b --user=u
            ! error: required flag(s) "clusterrole" not set
            = 1
            $ create clusterrolebinding b --clusterrole=r --user=u
            clusterrolebinding.rbac.authorization.k8s.io/b created
            $ create ing i
            ! error: not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)
            = 1
            $ create ing i --rule=nope
            ! error: rule nope is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]
            = 1
            $ create ing i --class=x --annotation a=b --default-backend=d:http --rule='foo.com/a*=s:80,tls=c' --rule=foo.com/=t:web,tls -o yaml --dry-run=client
            apiVersion: networking.k8s.io/v1
            kind: Ingress
            metadata:
              annotations:
                a: b
              name: i
            spec:
              defaultBackend:
                service:
                  name: d
                  port:
                    name: http
              ingressClassName: x
              rules:
              - host: foo.com
                http:
                  paths:
                  - backend:
                      service:
                        name: s
                        port:
                          number: 80
                    path: /a
                    pathType: Prefix
                  - backend:
                      service:
                        name: t
                        port:
                          name: web
                    path: /
                    pathType: Exact
              tls:
              - hosts:
                - foo.com
                secretName: c
            status:
              loadBalancer: {}
            $ create ingress i --rule=/=web:80
            ingress.networking.k8s.io/i created
            $ create token default
            ! error: the playground's API server asks nobody who they are, so it gives no tokens
            = 1
            $ create sa robot
            serviceaccount/robot created
            $ run x --image=nginx --overrides=foo
            ! error: Invalid JSON Patch
            = 1
            $ run x --image=nginx --overrides='{}' --override-type=foo
            ! error: invalid override type: foo
            = 1
            $ run x --image=nginx --overrides='{"spec":{"nodeName":"node2"}}' --dry-run=client -o jsonpath='{.spec}'
            {"containers":[{"image":"nginx","name":"x","resources":{}}],"dnsPolicy":"ClusterFirst","nodeName":"node2","restartPolicy":"Always"}
            $ run x --image=nginx --overrides='[{"op":"add","path":"/metadata/labels/a","value":"b"}]' --override-type=json --dry-run=client -o jsonpath='{.metadata.labels}'
            {"a":"b","run":"x"}
        "#]],
    );
}

#[test]
fn watches() {
    check(
        &[
            "create deploy web --image=nginx",
            "get deploy -w --output-watch-events --request-timeout=1s",
            "get svc,deploy -w --request-timeout=1s",
            "get svc/kubernetes deploy/web -w --request-timeout=1s",
            "get deploy web -w --output-watch-events -o yaml --request-timeout=1s --subresource=scale",
            "get svc -w -o jsonpath='{.metadata.name} ' --request-timeout=1s",
            "get svc --output-watch-events",
            "get svc -w --sort-by=.metadata.name --request-timeout=1s -o name",
            "get svc --watch-only --request-timeout=1",
            "get svc kubernetes nope -w --request-timeout=1",
            "label deploy web a=b",
            "sh for i in 1; do sleep 1; kubectl label deploy web a-; kubectl label deploy web a=b; done | \
             kubectl get deploy -l a=b -w --request-timeout=3s --output-watch-events",
            "sh echo n | kubectl delete deploy web -i",
            "delete deploy/web svc/kubernetes -i",
            "delete pods -l app=nope -i",
            "create sa robot",
            "sh echo Y | kubectl delete sa robot --interactive",
            "sh for i in 1; do sleep 1; kubectl delete deploy web --wait=false; done | \
             kubectl get deploy --field-selector=metadata.name=web -w --request-timeout=3s --output-watch-events --no-headers",
        ],
        &expect![[r#"
            $ create deploy web --image=nginx
            deployment.apps/web created
            $ get deploy -w --output-watch-events --request-timeout=1s
            EVENT        NAME   READY   UP-TO-DATE   AVAILABLE   AGE
            ADDED        web    1/1     1            1           1s
            $ get svc,deploy -w --request-timeout=1s
            ! error: you may only specify a single resource type
            = 1
            $ get svc/kubernetes deploy/web -w --request-timeout=1s
            ! error: you may only specify a single resource type
            = 1
            $ get deploy web -w --output-watch-events -o yaml --request-timeout=1s --subresource=scale
            object:
              apiVersion: autoscaling/v1
              kind: Scale
              metadata:
                creationTimestamp: "2026-11-18T11:06:41Z"
                name: web
                namespace: default
                resourceVersion: "31"
                uid: c3fadafa-4f74-4ea6-b28e-b8ad418a893c
              spec:
                replicas: 1
              status:
                replicas: 1
                selector: app=web
            type: ADDED
            $ get svc -w -o jsonpath='{.metadata.name} ' --request-timeout=1s
            kubernetes 
            $ get svc --output-watch-events
            ! error: --output-watch-events option can only be used with --watch or --watch-only
            ! See 'kubectl get -h' for help and examples
            = 1
            $ get svc -w --sort-by=.metadata.name --request-timeout=1s -o name
            service/kubernetes
            ! warning: --watch or --watch-only requested, --sort-by will be ignored
            $ get svc --watch-only --request-timeout=1
            $ get svc kubernetes nope -w --request-timeout=1
            ! Error from server (NotFound): services "nope" not found
            = 1
            $ label deploy web a=b
            deployment.apps/web labeled
            $ sh for i in 1; do sleep 1; kubectl label deploy web a-; kubectl label deploy web a=b; done | kubectl get deploy -l a=b -w --request-timeout=3s --output-watch-events
            EVENT        NAME   READY   UP-TO-DATE   AVAILABLE   AGE
            ADDED        web    1/1     1            1           19s
            DELETED      web    1/1     1            1           20s
            ADDED        web    1/1     1            1           20s
            $ sh echo n | kubectl delete deploy web -i
            You are about to delete the following 1 resource(s):
            deployment.apps/web
            Do you want to continue? (y/N): deletion is cancelled
            $ delete deploy/web svc/kubernetes -i
            You are about to delete the following 2 resource(s):
            deployment.apps/web
            service/kubernetes
            Do you want to continue? (y/N): deletion is cancelled
            $ delete pods -l app=nope -i
            No resources found
            $ create sa robot
            serviceaccount/robot created
            $ sh echo Y | kubectl delete sa robot --interactive
            You are about to delete the following 1 resource(s):
            serviceaccount/robot
            Do you want to continue? (y/N): serviceaccount "robot" deleted from default namespace
            $ sh for i in 1; do sleep 1; kubectl delete deploy web --wait=false; done | kubectl get deploy --field-selector=metadata.name=web -w --request-timeout=3s --output-watch-events --no-headers
            ADDED        web   1/1   1     1     30s
            DELETED      web   1/1   1     1     31s
        "#]],
    );
}

#[test]
fn nodes_are_drained_one_after_the_other() {
    check(
        &[
            "create deploy web --image=nginx --replicas=2",
            "run bare --image=nginx",
            "run empty --image=nginx --overrides='{\"spec\":{\"volumes\":[{\"name\":\"v\",\"emptyDir\":{}}]}}'",
            "cordon",
            "cordon node9 node8",
            "cordon node1 --dry-run=server",
            "uncordon nodes/node1 node2",
            "cordon svc/kubernetes -n default",
            "drain node1 -l a=b",
            "drain node1 --pod-selector='a in'",
            "drain node1 node2 --timeout=3s",
            "drain node2 --delete-emptydir-data",
            "drain node1 node2 --force --dry-run=client",
            "drain node2 --force --delete-emptydir-data --dry-run=server",
            "annotate pod bare sim/terminate-after=100",
            "drain node1 node2 --force --delete-emptydir-data --timeout=2s",
            "drain node1 --force --disable-eviction --grace-period=1",
            "drain node1 --ignore-daemonsets",
            "uncordon node1 node2",
        ],
        &expect![[r#"
            $ create deploy web --image=nginx --replicas=2
            deployment.apps/web created
            $ run bare --image=nginx
            pod/bare created
            $ run empty --image=nginx --overrides='{"spec":{"volumes":[{"name":"v","emptyDir":{}}]}}'
            pod/empty created
            $ cordon
            ! error: USAGE: cordon NODE [flags]
            ! See 'kubectl cordon -h' for help and examples
            = 1
            $ cordon node9 node8
            ! Error from server (NotFound): nodes "node9" not found
            = 1
            $ cordon node1 --dry-run=server
            node/node1 cordoned (server dry run)
            $ uncordon nodes/node1 node2
            node/node1 already uncordoned
            node/node2 already uncordoned
            $ cordon svc/kubernetes -n default
            ! Error from server (NotFound): services "kubernetes" not found
            = 1
            $ drain node1 -l a=b
            ! error: cannot specify both a node name and a --selector option
            ! See 'kubectl drain -h' for help and examples
            = 1
            $ drain node1 --pod-selector='a in'
            ! error: --pod-selector=<pod_selector> must be a valid label selector
            = 1
            $ drain node1 node2 --timeout=3s
            node/node1 cordoned
            node/node2 cordoned
            ! error: unable to drain node "node1" due to error: cannot delete Pods that declare no controller (use --force to override): default/bare, continuing command...
            ! error: unable to drain node "node2" due to error: cannot delete Pods with local storage (use --delete-emptydir-data to override): default/empty, continuing command...
            ! There are pending nodes to be drained:
            !  node1
            !  node2
            ! cannot delete Pods that declare no controller (use --force to override): default/bare
            ! cannot delete Pods with local storage (use --delete-emptydir-data to override): default/empty
            = 1
            $ drain node2 --delete-emptydir-data
            node/node2 already cordoned
            ! error: unable to drain node "node2" due to error: cannot delete Pods that declare no controller (use --force to override): default/empty, continuing command...
            ! There are pending nodes to be drained:
            !  node2
            ! cannot delete Pods that declare no controller (use --force to override): default/empty
            = 1
            $ drain node1 node2 --force --dry-run=client
            node/node1 already cordoned (dry run)
            node/node2 already cordoned (dry run)
            evicting pod default/bare (dry run)
            evicting pod default/web-7887448d46-rgg77 (dry run)
            node/node1 drained (dry run)
            ! Warning: deleting Pods that declare no controller: default/bare
            ! error: unable to drain node "node2" due to error: cannot delete Pods with local storage (use --delete-emptydir-data to override): default/empty, continuing command...
            ! There are pending nodes to be drained:
            !  node2
            ! cannot delete Pods with local storage (use --delete-emptydir-data to override): default/empty
            = 1
            $ drain node2 --force --delete-emptydir-data --dry-run=server
            node/node2 already cordoned (server dry run)
            evicting pod default/empty (server dry run)
            evicting pod default/web-7887448d46-mf9rh (server dry run)
            node/node2 drained (server dry run)
            ! Warning: deleting Pods that declare no controller: default/empty
            $ annotate pod bare sim/terminate-after=100
            pod/bare annotated
            $ drain node1 node2 --force --delete-emptydir-data --timeout=2s
            node/node1 already cordoned
            node/node2 already cordoned
            evicting pod default/bare
            evicting pod default/web-7887448d46-rgg77
            pod/web-7887448d46-rgg77 evicted
            evicting pod default/empty
            evicting pod default/web-7887448d46-mf9rh
            pod/empty evicted
            pod/web-7887448d46-mf9rh evicted
            node/node2 drained
            ! Warning: deleting Pods that declare no controller: default/bare
            ! There are pending pods in node "node1" when an error occurred: error when waiting for pod "bare" in namespace "default" to terminate: global timeout reached: 2s
            ! pod/bare
            ! error: unable to drain node "node1" due to error: error when waiting for pod "bare" in namespace "default" to terminate: global timeout reached: 2s, continuing command...
            ! Warning: deleting Pods that declare no controller: default/empty
            ! There are pending nodes to be drained:
            !  node1
            ! error when waiting for pod "bare" in namespace "default" to terminate: global timeout reached: 2s
            = 1
            $ drain node1 --force --disable-eviction --grace-period=1
            node/node1 already cordoned
            pod/bare deleted
            node/node1 drained
            ! Warning: deleting Pods that declare no controller: default/bare
            $ drain node1 --ignore-daemonsets
            node/node1 already cordoned
            node/node1 drained
            $ uncordon node1 node2
            node/node1 uncordoned
            node/node2 uncordoned
        "#]],
    );
}

#[test]
fn commands_about_kubectl_itself() {
    check(
        &[
            "help top",
            "help nope | head -3",
            "version -o json",
            "version x",
            "api-versions x",
            "api-resources x",
            "api-resources --verbs=get,foo",
            "api-resources --categories=all -o name --api-group=apps",
            "api-resources -owide --api-group=batch",
            "cluster-info dump",
            "top",
            "top po",
            "rollout restart deploy web --dry-run=client",
            "taint pods web a=b:NoSchedule",
            "taint nodes --all a=b:NoSchedule",
            "taint nodes node1 a=c:NoSchedule a-",
            "taint nodes node1 a=c:NoSchedule a:NoExecute-",
            "taint nodes node1 'a b:NoSchedule'",
            "taint nodes node1 'a=b c:NoSchedule'",
            "taint nodes node1 a=b",
            "taint nodes a=b:NoSchedule",
            "taint nodes --all -l a=b a=b:NoSchedule",
            "taint nodes -l a=b a=b:NoSchedule",
            "taint nodes node1 node2 a-",
            "wait --for condition=Ready pods",
        ],
        &expect![[r#"
            $ help top
            Display resource (CPU/memory) usage.

            Available Commands:
              node   Display resource (CPU/memory) usage of nodes
              pod    Display resource (CPU/memory) usage of pods

            Usage:
              kubectl top SUBCOMMAND [options]

            Use "kubectl top <command> --help" for more information about a given command.
            Use "kubectl options" for a list of global command-line options (applies to all commands).
            $ help nope | head -3
            ! Unknown help topic [`nope`]
            ! Basic Commands (Beginner):
            !   create          Create a resource from a file or from stdin
            !   expose          Take a replication controller, service, deployment or pod and expose it as a new Kubernetes service
            !   run             Run a particular image on the cluster
            !   set             Set specific features on objects
            ! 
            ! Basic Commands (Intermediate):
            !   explain         Get documentation for a resource
            !   get             Display one or many resources
            !   edit            Edit a resource on the server
            !   delete          Delete resources by file names, stdin, resources and names, or by resources and label selector
            ! 
            ! Deploy Commands:
            !   rollout         Manage the rollout of a resource
            !   scale           Set a new size for a deployment, replica set, or replication controller
            !   autoscale       Auto-scale a deployment, replica set, stateful set, or replication controller
            ! 
            ! Cluster Management Commands:
            !   certificate     Modify certificate resources
            !   cluster-info    Display cluster information
            !   top             Display resource (CPU/memory) usage
            !   cordon          Mark node as unschedulable
            !   uncordon        Mark node as schedulable
            !   drain           Drain node in preparation for maintenance
            !   taint           Update the taints on one or more nodes
            ! 
            ! Troubleshooting and Debugging Commands:
            !   describe        Show details of a specific resource or group of resources
            !   logs            Print the logs for a container in a pod
            !   attach          Attach to a running container
            !   exec            Execute a command in a container
            !   port-forward    Forward one or more local ports to a pod
            !   proxy           Run a proxy to the Kubernetes API server
            !   cp              Copy files and directories to and from containers
            !   auth            Inspect authorization
            !   debug           Create debugging sessions for troubleshooting workloads and nodes
            !   events          List events
            ! 
            ! Advanced Commands:
            !   diff            Diff the live version against a would-be applied version
            !   apply           Apply a configuration to a resource by file name or stdin
            !   patch           Update fields of a resource
            !   replace         Replace a resource by file name or stdin
            !   wait            Wait for a specific condition on one or many resources
            !   kustomize       Build a kustomization target from a directory or URL
            ! 
            ! Settings Commands:
            !   label           Update the labels on a resource
            !   annotate        Update the annotations on a resource
            !   completion      Output shell completion code for the specified shell (bash, zsh, fish, or powershell)
            ! 
            ! Subcommands provided by plugins:
            ! 
            ! Other Commands:
            !   api-resources   Print the supported API resources on the server
            !   api-versions    Print the supported API versions on the server, in the form of "group/version"
            !   config          Modify kubeconfig files
            !   plugin          Provides utilities for interacting with plugins
            !   version         Print the client and server version information
            ! 
            ! Usage:
            !   kubectl [flags] [options]
            ! 
            ! Use "kubectl <command> --help" for more information about a given command.
            ! Use "kubectl options" for a list of global command-line options (applies to all commands).
            $ version -o json
            {
              "clientVersion": {
                "major": "1",
                "minor": "36",
                "gitVersion": "v1.36.2",
                "platform": "linux/amd64"
              },
              "kustomizeVersion": "v5.8.1",
              "serverVersion": {
                "major": "1",
                "minor": "36",
                "gitVersion": "v1.36.2",
                "platform": "linux/amd64"
              }
            }
            $ version x
            ! error: extra arguments: [x]
            = 1
            $ api-versions x
            ! error: unexpected arguments: [x]
            ! See 'kubectl api-versions -h' for help and examples
            = 1
            $ api-resources x
            ! error: unexpected arguments: [x]
            ! See 'kubectl api-resources -h' for help and examples
            = 1
            $ api-resources --verbs=get,foo
            NAME   SHORTNAMES   APIVERSION   NAMESPACED   KIND
            $ api-resources --categories=all -o name --api-group=apps
            daemonsets.apps
            deployments.apps
            replicasets.apps
            statefulsets.apps
            $ api-resources -owide --api-group=batch
            NAME       SHORTNAMES   APIVERSION   NAMESPACED   KIND      VERBS                                                        CATEGORIES
            cronjobs   cj           batch/v1     true         CronJob   create,delete,deletecollection,get,list,patch,update,watch   all
            jobs                    batch/v1     true         Job       create,delete,deletecollection,get,list,patch,update,watch   all
            $ cluster-info dump
            ! error: this command is not part of the playground
            = 1
            $ top
            ! Display resource (CPU/memory) usage.
            ! 
            ! Available Commands:
            !   node   Display resource (CPU/memory) usage of nodes
            !   pod    Display resource (CPU/memory) usage of pods
            ! 
            ! Usage:
            !   kubectl top SUBCOMMAND [options]
            ! 
            ! Use "kubectl top <command> --help" for more information about a given command.
            ! Use "kubectl options" for a list of global command-line options (applies to all commands).
            = 1
            $ top po
            ! error: Metrics API not available
            = 1
            $ rollout restart deploy web --dry-run=client
            ! error: unknown flag: --dry-run
            ! See 'kubectl rollout restart --help' for usage.
            = 1
            $ taint pods web a=b:NoSchedule
            ! error: invalid resource type pods, only ["node" "nodes"] are supported
            = 1
            $ taint nodes --all a=b:NoSchedule
            node/node1 tainted
            node/node2 tainted
            $ taint nodes node1 a=c:NoSchedule a-
            ! error: can not both modify and remove the following taint(s) in the same command: a=
            = 1
            $ taint nodes node1 a=c:NoSchedule a:NoExecute-
            ! error: node node1 already has a taint(s) with same effect(s) and --overwrite is false
            = 1
            $ taint nodes node1 'a b:NoSchedule'
            ! error: invalid taint spec: a b:NoSchedule, name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')
            = 1
            $ taint nodes node1 'a=b c:NoSchedule'
            ! error: invalid taint spec: a=b c:NoSchedule, a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')
            = 1
            $ taint nodes node1 a=b
            ! error: invalid taint spec: a=b, name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')
            = 1
            $ taint nodes a=b:NoSchedule
            ! error: at least one resource name must be specified since 'all' parameter is not set
            = 1
            $ taint nodes --all -l a=b a=b:NoSchedule
            ! error: setting 'all' parameter with a non empty selector is prohibited
            = 1
            $ taint nodes -l a=b a=b:NoSchedule
            $ taint nodes node1 node2 a-
            node/node1 untainted
            node/node2 untainted
            $ wait --for condition=Ready pods
            ! error: resource(s) were provided, but no name was specified
            = 1
        "#]],
    );
}

#[test]
fn events_are_watched() {
    check(
        &[
            "create deploy web --image=nginx",
            "events -w --request-timeout=1s",
            "events -w --request-timeout=1s --for deploy/web --no-headers",
            "events -A -w --request-timeout=1s --types=Normal -o name",
            "events -w --request-timeout=1s --types=Warning",
            "events -w --for=nope/x",
        ],
        &expect![[r#"
            $ create deploy web --image=nginx
            deployment.apps/web created
            $ events -w --request-timeout=1s
            LAST SEEN   TYPE     REASON      OBJECT                     MESSAGE
            1s          Normal   Scheduled   Pod/web-7887448d46-rgg77   Successfully assigned default/web-7887448d46-rgg77 to node1
            1s          Normal   SuccessfulCreate   ReplicaSet/web-7887448d46   Created pod: web-7887448d46-rgg77
            1s          Normal   ScalingReplicaSet   Deployment/web              Scaled up replica set web-7887448d46 from 0 to 1
            $ events -w --request-timeout=1s --for deploy/web --no-headers
            3s    Normal   ScalingReplicaSet   Deployment/web   Scaled up replica set web-7887448d46 from 0 to 1
            $ events -A -w --request-timeout=1s --types=Normal -o name
            event/web-7887448d46-rgg77.18e91efda91f8380
            event/web-7887448d46.18e91efda8f87e03
            event/web.18e91efda7c218be
            $ events -w --request-timeout=1s --types=Warning
            $ events -w --for=nope/x
            ! error: the server doesn't have a resource type "nope"
            = 1
        "#]],
    );
}

#[test]
fn contexts_and_rights() {
    check(
        &[
            "auth can-i get nopes",
            "auth can-i list nodes",
            "auth can-i list nodes -A",
            "auth can-i foo clusterroles",
            "auth can-i get pods x",
            "auth can-i head /healthz",
            "auth can-i head /healthz --subresource=x",
            "auth can-i --list x",
            "auth reconcile -f svc.yaml",
            "config get-contexts nope",
            "config get-clusters",
            "config set a b",
            "get pods --context=nope",
            "get svc --context playground --cluster=playground --user=x",
            "apply -f svc.yaml --prune",
            "apply -f svc.yaml --prune --all",
            "apply -f svc.yaml --all -l a=b",
            "apply -f svc.yaml --validate=foo",
            "apply -f svc.yaml --validate=1",
            "apply edit-last-applied svc web",
        ],
        &expect![[r#"
            $ auth can-i get nopes
            yes
            ! Warning: the server doesn't have a resource type 'nopes'
            ! 
            $ auth can-i list nodes
            yes
            ! Warning: resource 'nodes' is not namespace scoped
            ! 
            $ auth can-i list nodes -A
            yes
            $ auth can-i foo clusterroles
            yes
            ! Warning: verb 'foo' is not a known verb
            ! 
            ! Warning: resource 'clusterroles' is not namespace scoped in group 'rbac.authorization.k8s.io'
            ! 
            $ auth can-i get pods x
            ! error: you must specify two arguments: verb resource or verb resource/resourceName.
            ! See 'kubectl auth can-i -h' for help and examples.
            = 1
            $ auth can-i head /healthz
            yes
            $ auth can-i head /healthz --subresource=x
            ! error: --subresource can not be used with NonResourceURL
            = 1
            $ auth can-i --list x
            ! error: list option must be specified with no arguments
            = 1
            $ auth reconcile -f svc.yaml
            ! error: this command is not part of the playground
            = 1
            $ config get-contexts nope
            ! error: context nope not found
            = 1
            $ config get-clusters
            NAME
            playground
            $ config set a b
            ! error: the playground has one cluster and one context, of which the namespace alone can be changed
            = 1
            $ get pods --context=nope
            ! error: context "nope" does not exist
            = 1
            $ get svc --context playground --cluster=playground --user=x
            ! error: auth info "x" does not exist
            = 1
            $ apply -f svc.yaml --prune
            ! error: all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all flag. If you did not mean to prune all resources, specify a label selector
            = 1
            $ apply -f svc.yaml --prune --all
            ! error: pruning is not part of the playground
            = 1
            $ apply -f svc.yaml --all -l a=b
            ! error: cannot set --all and --selector at the same time
            = 1
            $ apply -f svc.yaml --validate=foo
            ! error: invalid - validate option "foo"; must be one of: strict (or true), warn, ignore (or false)
            = 1
            $ apply -f svc.yaml --validate=1
            service/web created
            $ apply edit-last-applied svc web
            ! error: this command is not part of the playground
            = 1
        "#]],
    );
}
