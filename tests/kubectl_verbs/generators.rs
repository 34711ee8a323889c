//! `kubectl create` of single kinds, and `run`.

use super::check;
use expect_test::expect;

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
