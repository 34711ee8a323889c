//! `kubectl debug` and what it needs below: ephemeral containers, copies of pods, pods for nodes; and signals to what runs in
//! containers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod typing;

use expect_test::{Expect, expect};

const FILE: &str = "
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: web, image: 'nginx:1.29', readinessProbe: {httpGet: {port: 80}}}]}
---
apiVersion: v1
kind: Pod
metadata: {name: two}
spec: {initContainers: [{name: before, image: busybox}], containers: [{name: one, image: redis}, {name: other, image: httpd}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {clusterIP: 10.96.0.50, selector: {app: web}, ports: [{port: 80}]}
";

/// What lines show; made-up ends of names are replaced.
fn play(lines: &[&str]) -> String {
    let text = typing::play(FILE, lines, true);
    let mut shown = String::new();
    let mut rest = text.as_str();
    while let Some((front, back)) = rest.split_once("debugger-") {
        shown += front;
        shown += "debugger-";
        let node = back.strip_prefix("node1-").or_else(|| back.strip_prefix("node2-"));
        shown += if node.is_some() { "NODE-" } else { "" };
        let name = node.unwrap_or(back);
        let end = name.chars().take_while(char::is_ascii_alphanumeric).count();
        shown += if end == 5 { "xxxxx" } else { &name[..end] };
        rest = &name[end..];
    }
    shown + rest
}

fn check(lines: &[&str], expected: &Expect) {
    expected.assert_eq(&play(lines));
}

#[test]
fn pods_are_looked_into_by_ephemeral_containers() {
    check(
        &[
            "kubectl debug -it web --image=busybox --target=web",
            "~20",
            "ps; echo $$",
            "~1",
            "wget -qO- localhost | head -n 1",
            "~2",
            "exit 3",
            "~3",
            "kubectl debug web --image=netshoot -c dbg --env=A=1,B=2 --profile=netadmin -- sh -c 'sleep 1000'",
            "~30",
            "kubectl get pod web -o jsonpath='{.spec.ephemeralContainers[*].name} {.metadata.generation} {.status.phase}'",
            "kubectl get pod web -o jsonpath='{.spec.ephemeralContainers[1]}'",
            "kubectl get pod web -o jsonpath='{.status.ephemeralContainerStatuses[1].state.terminated.exitCode}'",
            "kubectl exec web -c dbg -- sh -c 'echo $A$B $HOSTNAME; curl -s localhost | head -n 1'",
            "~2",
            "kubectl exec web -- true",
            "~2",
            "kubectl exec web -c $(kubectl get pod web -o jsonpath='{.spec.ephemeralContainers[0].name}') -- true",
            "kubectl logs web -c nope",
            "kubectl get events --field-selector involvedObject.name=web -o custom-columns=P:.involvedObject.fieldPath,R:.reason | grep eph",
            "kubectl describe pod web | grep -A8 Ephemeral",
            "kubectl get pods web",
            "kubectl get pod web -o yaml --show-managed-fields | grep -B1 -A3 'manager: kubectl$'",
        ],
        &expect![[r#"
            kubectl debug -it web --image=busybox --target=web
            Targeting container "web". If you don't see processes from this container it may be because the container runtime doesn't support this feature.
            Defaulting debug container name to debugger-xxxxx.
            All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.
            If you don't see a command prompt, try pressing enter.
            / # ps; echo $$
            PID   USER     TIME  COMMAND
                1 root      0:00 nginx
                7 root      0:00 sh
               29 root      0:00 ps
            7
            / # wget -qO- localhost | head -n 1
            <!DOCTYPE html>
            / # exit 3
            Session ended, the ephemeral container will not be restarted but may be reattached using 'kubectl attach web -c debugger-xxxxx -n default -i -t' if it is still running
            kubectl debug web --image=netshoot -c dbg --env=A=1,B=2 --profile=netadmin -- sh -c 'sleep 1000'
            kubectl get pod web -o jsonpath='{.spec.ephemeralContainers[*].name} {.metadata.generation} {.status.phase}'
            debugger-xxxxx dbg 3 Runningkubectl get pod web -o jsonpath='{.spec.ephemeralContainers[1]}'
            {"command":["sh","-c","sleep 1000"],"env":[{"name":"A","value":"1"},{"name":"B","value":"2"}],"image":"netshoot","imagePullPolicy":"Always","name":"dbg","resources":{},"securityContext":{"capabilities":{"add":["NET_ADMIN","NET_RAW"]}},"terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File"}kubectl get pod web -o jsonpath='{.status.ephemeralContainerStatuses[1].state.terminated.exitCode}'
            3kubectl exec web -c dbg -- sh -c 'echo $A$B $HOSTNAME; curl -s localhost | head -n 1'
            12 web
            <!DOCTYPE html>
            kubectl exec web -- true
            Defaulted container "web" out of: web, debugger-xxxxx (ephem), dbg (ephem)
            kubectl exec web -c $(kubectl get pod web -o jsonpath='{.spec.ephemeralContainers[0].name}') -- true
            ^C
            kubectl logs web -c nope
            error: container nope is not valid for pod web out of: web, debugger-xxxxx (ephem), dbg (ephem)
            kubectl get events --field-selector involvedObject.name=web -o custom-columns=P:.involvedObject.fieldPath,R:.reason | grep eph
            spec.ephemeralContainers{debugger-xxxxx}   Pulling
            spec.ephemeralContainers{debugger-xxxxx}   Pulled
            spec.ephemeralContainers{debugger-xxxxx}   Started
            spec.ephemeralContainers{debugger-xxxxx}   Created
            spec.ephemeralContainers{dbg}              Pulling
            spec.ephemeralContainers{dbg}              Pulled
            spec.ephemeralContainers{dbg}              Created
            spec.ephemeralContainers{dbg}              Started
            kubectl describe pod web | grep -A8 Ephemeral
            Ephemeral Containers:
              debugger-xxxxx:
                Container ID:   containerd://5cdaef55d722904368eea81af6a39ef12801fbea30793ac2997a399bbb93a07d
                Image:          busybox
                Image ID:       docker.io/library/busybox@sha256:8d9b521ad600786f9bcda2eba7515fa491b460c4db7174bba4e147cf1ab5fcbe
                Port:           <none>
                Host Port:      <none>
                State:          Terminated
                  Reason:       Error
            kubectl get pods web
            NAME   READY   STATUS    RESTARTS   AGE
            web    1/1     Running   0          2m15s
            kubectl get pod web -o yaml --show-managed-fields | grep -B1 -A3 'manager: kubectl$'
                        f:tty: {}
                manager: kubectl
                operation: Update
                subresource: ephemeralcontainers
                time: "2026-11-18T11:08:29Z"
        "#]],
    );
}

#[test]
fn wrong_words_of_debug_are_told_as_kubectl_does() {
    check(
        &[
            "kubectl debug",
            "kubectl debug --image=busybox",
            "kubectl debug web",
            "kubectl debug web --image=Busy:",
            "kubectl debug web --image=busybox -t",
            "kubectl debug web --image=busybox --profile=odd",
            "kubectl debug web --image=busybox --image-pull-policy=Sometimes",
            "kubectl debug web --image=busybox --env=A",
            "kubectl debug web --image=busybox --replace",
            "kubectl debug web --image=busybox --same-node",
            "kubectl debug web --set-image=*=busybox",
            "kubectl debug web --copy-to=c",
            "kubectl debug web --copy-to=c -- sh",
            "kubectl debug web --copy-to=c --image=busybox --target=web",
            "kubectl debug web --copy-to=c -c nope -- sh",
            "kubectl debug web --attach",
            "kubectl debug nope --image=busybox",
            "kubectl debug svc/web --image=busybox",
            "kubectl debug nope/web --image=busybox",
            "kubectl debug web --image=busybox --custom=gone.json",
            "kubectl debug web --image=busybox -q --target=nope -c x",
            "kubectl debug web --image=busybox -c web",
            "kubectl debug web --image=busybox -c x --profile=legacy",
            "kubectl debug web --image=nginx -c x",
        ],
        &expect![[r#"
            kubectl debug
            error: you must specify --image when not using --copy-to.
            kubectl debug --image=busybox
            error: NAME or filename is required for debug
            kubectl debug web
            error: you must specify --image when not using --copy-to.
            kubectl debug web --image=Busy:
            error: invalid image name "Busy:": invalid reference format
            kubectl debug web --image=busybox -t
            error: -i/--stdin is required for containers with -t/--tty=true
            kubectl debug web --image=busybox --profile=odd
            error: unknown profile: odd
            kubectl debug web --image=busybox --image-pull-policy=Sometimes
            error: invalid image pull policy: Sometimes
            kubectl debug web --image=busybox --env=A
            error: invalid argument "A" for "--env" flag: A must be formatted as key=value
            See 'kubectl debug --help' for usage.
            kubectl debug web --image=busybox --replace
            error: --replace may only be used with --copy-to.
            kubectl debug web --image=busybox --same-node
            error: --same-node may only be used with --copy-to.
            kubectl debug web --set-image=*=busybox
            error: --set-image may only be used with --copy-to.
            kubectl debug web --copy-to=c
            error: you must specify --image, --set-image or command arguments.
            kubectl debug web --copy-to=c -- sh
            error: you must specify an existing container or a new image when specifying args.
            kubectl debug web --copy-to=c --image=busybox --target=web
            error: --target is incompatible with --copy-to. Use --share-processes instead.
            kubectl debug web --copy-to=c -c nope -- sh
            error: you must specify image when creating new container
            kubectl debug web --attach
            error: you must specify --container or create a new container using --image in order to attach.
            kubectl debug nope --image=busybox
            Error from server (NotFound): pods "nope" not found
            kubectl debug svc/web --image=busybox
            error: "/v1, Kind=Service" not supported by debug
            kubectl debug nope/web --image=busybox
            error: the server doesn't have a resource type "nope"
            kubectl debug web --image=busybox --custom=gone.json
            error: must pass a container spec json file for custom profile: open gone.json: no such file or directory
            kubectl debug web --image=busybox -q --target=nope -c x
            The Pod "web" is invalid: spec.ephemeralContainers[0].targetContainerName: Not found: "nope"
            kubectl debug web --image=busybox -c web
            The Pod "web" is invalid: spec.ephemeralContainers[0].name: Duplicate value: "web"
            kubectl debug web --image=busybox -c x --profile=legacy
            --profile=legacy is deprecated and will be removed in the future. It is recommended to explicitly specify a profile, for example "--profile=general".
            kubectl debug web --image=nginx -c x
            The Pod "web" is invalid: spec.ephemeralContainers: Forbidden: existing ephemeral containers "x" may not be changed
            @@ -1,6 +1,6 @@
             {
              "Name": "x",
            - "Image": "busybox",
            + "Image": "nginx",
              "Command": null,
              "Args": null,
              "WorkingDir": "",
            @@ -24,7 +24,25 @@
              "TerminationMessagePath": "/dev/termination-log",
              "TerminationMessagePolicy": "File",
              "ImagePullPolicy": "Always",
            - "SecurityContext": null,
            + "SecurityContext": {
            +  "Capabilities": {
            +   "Add": [
            +    "SYS_PTRACE"
            +   ],
            +   "Drop": null
            +  },
            +  "Privileged": null,
            +  "SELinuxOptions": null,
            +  "WindowsOptions": null,
            +  "RunAsUser": null,
            +  "RunAsGroup": null,
            +  "RunAsNonRoot": null,
            +  "ReadOnlyRootFilesystem": null,
            +  "AllowPrivilegeEscalation": null,
            +  "ProcMount": null,
            +  "SeccompProfile": null,
            +  "AppArmorProfile": null
            + },
              "Stdin": false,
              "StdinOnce": false,
              "TTY": false,
        "#]],
    );
}

#[test]
fn profiles_and_files_say_more() {
    check(
        &[
            "kubectl debug web -i --image=busybox --profile=restricted",
            "~12",
            "^C",
            "kubectl get pod web -o jsonpath='{.status.ephemeralContainerStatuses[0].state.waiting.reason}'",
            "kubectl debug web -q --image=busybox -c idle",
            "~9",
            "kubectl get pod web -o jsonpath='{.status.ephemeralContainerStatuses[?(@.name==\"idle\")].state.terminated.reason}'",
            "kubectl exec web -c idle -- true",
            "kubectl debug web -q --image=busybox -c shell -i --attach=false",
            "~9",
            "kubectl attach -i web -c shell",
            "~1",
            "echo $A hello",
            "~1",
            "^D",
            "~2",
            "kubectl logs web -c shell",
            "echo '{\"env\": [{\"name\": \"A\", \"value\": \"1\"}], \"securityContext\": {\"runAsUser\": 0}}' > more.json",
            "kubectl debug web -q --image=busybox -c own --custom=more.json",
            "kubectl get pod web -o jsonpath='{.spec.ephemeralContainers[3].env} {.spec.ephemeralContainers[3].securityContext}'",
            "echo '{\"image\": \"x\"}' > odd.json; kubectl debug web --image=busybox --custom=odd.json",
            "kubectl debug -f web.yaml --image=busybox -q -c file",
        ],
        &expect![[r#"
            kubectl debug web -i --image=busybox --profile=restricted
            Defaulting debug container name to debugger-xxxxx.
            Warning: container debugger-xxxxx: container has runAsNonRoot and image will run as root (pod: "web_default(f8f6b479-1d99-49d7-8c7d-7c58e7ebdc3e)", container: debugger-xxxxx)
            ^C
            kubectl get pod web -o jsonpath='{.status.ephemeralContainerStatuses[0].state.waiting.reason}'
            CreateContainerConfigErrorkubectl debug web -q --image=busybox -c idle
            kubectl get pod web -o jsonpath='{.status.ephemeralContainerStatuses[?(@.name=="idle")].state.terminated.reason}'
            Completedkubectl exec web -c idle -- true
            error: unable to upgrade connection: container not found ("idle")
            kubectl debug web -q --image=busybox -c shell -i --attach=false
            kubectl attach -i web -c shell
            All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.
            If you don't see a command prompt, try pressing enter.
            echo $A hello
            hello
            kubectl logs web -c shell
            hello
            echo '{"env": [{"name": "A", "value": "1"}], "securityContext": {"runAsUser": 0}}' > more.json
            kubectl debug web -q --image=busybox -c own --custom=more.json
            kubectl get pod web -o jsonpath='{.spec.ephemeralContainers[3].env} {.spec.ephemeralContainers[3].securityContext}'
            [{"name":"A","value":"1"}] {"capabilities":{"add":["SYS_PTRACE"]},"runAsUser":0}echo '{"image": "x"}' > odd.json; kubectl debug web --image=busybox --custom=odd.json
            error: name, command, image, lifecycle and volume devices are not modifiable via custom profile
            kubectl debug -f web.yaml --image=busybox -q -c file
            error: "/v1, Kind=Service" not supported by debug
        "#]],
    );
}

#[test]
fn copies_of_pods_are_debugged() {
    check(
        &[
            "kubectl debug two -i --image=busybox --copy-to=copy --same-node -c d -- sh -c 'ps; hostname'",
            "~30",
            "kubectl get pods -o wide --no-headers | cut -c1-16",
            "kubectl get pod copy -o jsonpath='{.spec.shareProcessNamespace} {.spec.volumes[*].name}' | tr -d 0-9",
            "kubectl debug web --copy-to=bare --set-image=*=httpd --keep-labels",
            "kubectl get pod bare -o jsonpath='{.spec.containers[*].image} {.metadata.labels} {.spec.containers[0].readinessProbe.httpGet.path}'",
            "kubectl debug web --copy-to=other -c web --replace --share-processes=false --keep-readiness -q -- sleep 1d",
            "kubectl get pod other -o jsonpath='{.spec.containers[0].command} {.spec.containers[0].readinessProbe.httpGet.path} {.spec.shareProcessNamespace}'",
            "~2",
            "kubectl get pod web",
        ],
        &expect![[r#"
            kubectl debug two -i --image=busybox --copy-to=copy --same-node -c d -- sh -c 'ps; hostname'
            All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.
            If you don't see a command prompt, try pressing enter.
            PID   USER     TIME  COMMAND
                1 root      0:00 /pause
                7 root      0:00 redis
                8 root      0:00 httpd
                9 root      0:00 sh -c ps; hostname
               29 root      0:00 ps
            copy
            kubectl get pods -o wide --no-headers | cut -c1-16
            copy   3/3   Run
            two    2/2   Run
            web    1/1   Run
            kubectl get pod copy -o jsonpath='{.spec.shareProcessNamespace} {.spec.volumes[*].name}' | tr -d 0-9
            true kube-api-access-snpskubectl debug web --copy-to=bare --set-image=*=httpd --keep-labels
            kubectl get pod bare -o jsonpath='{.spec.containers[*].image} {.metadata.labels} {.spec.containers[0].readinessProbe.httpGet.path}'
            httpd {"app":"web"} /kubectl debug web --copy-to=other -c web --replace --share-processes=false --keep-readiness -q -- sleep 1d
            kubectl get pod other -o jsonpath='{.spec.containers[0].command} {.spec.containers[0].readinessProbe.httpGet.path} {.spec.shareProcessNamespace}'
            ["sleep","1d"] / falsekubectl get pod web
            Error from server (NotFound): pods "web" not found
        "#]],
    );
}

#[test]
fn nodes_are_debugged_by_a_pod() {
    check(
        &[
            "kubectl debug node/node1 -it --image=busybox",
            "~20",
            "hostname; chroot /host iptables-save -t nat | grep -c KUBE-SERVICES",
            "~1",
            "wget -qO- 10.96.0.50 | head -n 1; ls /host; cat /host/etc/hostname; ls /host/tmp; cd /host/etc && ls",
            "~3",
            "chroot /host",
            "~1",
            "nft list ruleset | head -n 1; cat /etc/os-release | tail -n 1; ip -br addr | head -n 2; curl -s 10.96.0.50 | head -n 1",
            "~3",
            "exit",
            "exit",
            "~3",
            "kubectl debug node/node2 --image=nicolaka/netshoot --profile=sysadmin -q -- sleep 1d",
            "~40",
            "kubectl get pods -l app.kubernetes.io/managed-by=kubectl-debug",
            "kubectl get pods -l app.kubernetes.io/managed-by=kubectl-debug -o jsonpath='{range .items[*]}{.spec.hostNetwork} {.spec.tolerations} {.spec.volumes[0]} {.spec.containers[0].securityContext} {.spec.containers[0].volumeMounts[0]}{\"\\n\"}{end}'",
            "kubectl debug node/node1 --image=busybox --profile=netadmin -c look --attach -- id",
            "~9",
            "kubectl debug node/gone --image=busybox",
        ],
        &expect![[r#"
            kubectl debug node/node1 -it --image=busybox
            Creating debugging pod node-debugger-NODE-xxxxx with container debugger on node node1.
            All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.
            If you don't see a command prompt, try pressing enter.
            / # hostname; chroot /host iptables-save -t nat | grep -c KUBE-SERVICES
            node1
            9
            / # wget -qO- 10.96.0.50 | head -n 1; ls /host; cat /host/etc/hostname; ls /host/tmp; cd /host/etc && ls
            <!DOCTYPE html>
            bin
            dev
            etc
            home
            proc
            root
            sys
            tmp
            usr
            var
            node1
            hostname
            os-release
            /host/etc # chroot /host
            # nft list ruleset | head -n 1; cat /etc/os-release | tail -n 1; ip -br addr | head -n 2; curl -s 10.96.0.50 | head -n 1
            ID=debian
            lo               UNKNOWN        127.0.0.1/8 
            eth0@if9         UP             172.18.0.11/16 
            <!DOCTYPE html>
            # exit
            /host/etc # exit
            Session ended, resume using 'kubectl attach node-debugger-NODE-xxxxx -c debugger -n default -i -t' command
            kubectl debug node/node2 --image=nicolaka/netshoot --profile=sysadmin -q -- sleep 1d
            kubectl get pods -l app.kubernetes.io/managed-by=kubectl-debug
            NAME                        READY   STATUS      RESTARTS   AGE
            node-debugger-NODE-xxxxx   0/1     Completed   0          71s
            node-debugger-NODE-xxxxx   1/1     Running     0          40s
            kubectl get pods -l app.kubernetes.io/managed-by=kubectl-debug -o jsonpath='{range .items[*]}{.spec.hostNetwork} {.spec.tolerations} {.spec.volumes[0]} {.spec.containers[0].securityContext} {.spec.containers[0].volumeMounts[0]}{"\n"}{end}'
            true [{"operator":"Exists"}] {"hostPath":{"path":"/","type":""},"name":"host-root"}  {"mountPath":"/host","name":"host-root"}
            true [{"operator":"Exists"}] {"hostPath":{"path":"/","type":""},"name":"host-root"} {"privileged":true} {"mountPath":"/host","name":"host-root"}
            kubectl debug node/node1 --image=busybox --profile=netadmin -c look --attach -- id
            Creating debugging pod node-debugger-NODE-xxxxx with container look on node node1.
            All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.
            If you don't see a command prompt, try pressing enter.
            uid=0(root) gid=0(root) groups=0(root)
            kubectl debug node/gone --image=busybox
            Error from server (NotFound): nodes "gone" not found
        "#]],
    );
}

#[test]
fn signals_end_what_runs_in_containers() {
    check(
        &[
            "kubectl exec web -- sh -c 'kill -0 1; echo $?; kill 1'",
            "~3",
            "kubectl get pod web",
            "kubectl get pod web -o jsonpath='{.status.containerStatuses[0].lastState.terminated.exitCode}'",
            "kubectl get events --field-selector involvedObject.name=web --no-headers -o custom-columns=R:.reason,M:.message,C:.count",
            "kubectl exec -it web -- bash",
            "~1",
            "kill 99; kill x; kill; kill -NOPE 1; kill -9 1; (cd /tmp; export A=1; pwd); pwd; echo [$A]",
            "~1",
            "kill 1; sleep 5",
            "~3",
            "kubectl get pod web",
            "kubectl exec web -- kill 1",
            "kubectl run box --image=busybox -- sleep 1d",
            "~9",
            "kubectl exec box -- kill 1 77",
            "kubectl exec box -- sh -c 'kill 77; kill -s INT 1 || echo no; kill $$; echo never'; echo $?",
            "~1",
            "kubectl get pod box",
            "kubectl exec web -- sh -c 'kill 77 || echo no; kill x; echo never'",
            "~1",
            "(export B=2; echo $B); echo [$B]; x=$(export C=3; echo $C); echo $x [$C]",
        ],
        &expect![[r#"
            kubectl exec web -- sh -c 'kill -0 1; echo $?; kill 1'
            0
            kubectl get pod web
            NAME   READY   STATUS    RESTARTS     AGE
            web    1/1     Running   1 (3s ago)   78s
            kubectl get pod web -o jsonpath='{.status.containerStatuses[0].lastState.terminated.exitCode}'
            0kubectl get events --field-selector involvedObject.name=web --no-headers -o custom-columns=R:.reason,M:.message,C:.count
            Scheduled   Successfully assigned default/web to node2                                                                 <none>
            Pulling     Pulling image "nginx:1.29"                                                                                 1
            Pulled      Successfully pulled image "nginx:1.29" in 2.082s (2.082s including waiting). Image size: 63441965 bytes.   1
            Created     Container created                                                                                          2
            Started     Container started                                                                                          2
            Pulled      Container image "nginx:1.29" already present on machine and can be accessed by the pod                     1
            kubectl exec -it web -- bash
            root@web:/# kill 99; kill x; kill; kill -NOPE 1; kill -9 1; (cd /tmp; export A=1; pwd); pwd; echo [$A]
            bash: line 1: kill: (99) - No such process
            bash: line 1: kill: x: arguments must be process or job IDs
            kill: usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]
            bash: line 1: kill: NOPE: invalid signal specification
            /tmp
            /
            []
            root@web:/# kill 1; sleep 5
            command terminated with exit code 137
            kubectl get pod web
            NAME   READY   STATUS             RESTARTS     AGE
            web    0/1     CrashLoopBackOff   1 (3s ago)   83s
            kubectl exec web -- kill 1
            error: unable to upgrade connection: container not found ("web")
            kubectl run box --image=busybox -- sleep 1d
            pod/box created
            kubectl exec box -- kill 1 77
            kill: can't kill pid 77: No such process
            command terminated with exit code 1
            kubectl exec box -- sh -c 'kill 77; kill -s INT 1 || echo no; kill $$; echo never'; echo $?
            143
            sh: can't kill pid 77: No such process
            command terminated with exit code 143
            kubectl get pod box
            NAME   READY   STATUS    RESTARTS   AGE
            box    1/1     Running   0          10s
            kubectl exec web -- sh -c 'kill 77 || echo no; kill x; echo never'
            no
            never
            sh: 1: kill: No such process

            sh: 1: kill: Illegal number: x
            (export B=2; echo $B); echo [$B]; x=$(export C=3; echo $C); echo $x [$C]
            2
            []
            3 []
        "#]],
    );
}
