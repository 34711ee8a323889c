//! What kubectl asks of the API server: subresources, raw paths, change causes, time limits.

use super::check;
use expect_test::expect;

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
