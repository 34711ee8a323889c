//! `-w` of `get` and `events`.

use super::check;
use expect_test::expect;

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
