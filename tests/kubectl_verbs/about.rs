//! Nodes, contexts, rights, and what kubectl says of itself.

use super::check;
use expect_test::expect;

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
