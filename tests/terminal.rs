//! What is typed into the terminal, key by key, and what it shows: programs that go on while time passes, and those that
//! are typed into.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod typing;

use expect_test::{Expect, expect};

const FILE: &str = "
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: hashicorp/http-echo, args: ['-text=hi']}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: NodePort, clusterIP: 10.96.0.50, selector: {app: web}, ports: [{port: 80, targetPort: 5678, nodePort: 30080}]}
---
apiVersion: v1
kind: Pod
metadata: {name: two}
spec: {initContainers: [{name: before, image: busybox}], containers: [{name: one, image: redis}, {name: other, image: httpd}]}
---
apiVersion: v1
kind: Pod
metadata: {name: pending}
spec: {nodeSelector: {no: such}, containers: [{name: c, image: nginx}]}
---
apiVersion: v1
kind: Pod
metadata: {name: nothing, annotations: {sim/state: ImagePullBackOff}}
spec: {containers: [{name: c, image: nope}]}
";

/// What lines show. Names that a controller made up are numbered.
fn play(lines: &[&str]) -> String {
    let text = typing::play(FILE, lines, false);
    // Names that a controller made up end in chance.
    let mut known: Vec<String> = Vec::new();
    let words = text.split_inclusive(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    words
        .map(|word| {
            let name = word.trim_end_matches(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
            let Some(end) = name.strip_prefix("web-").filter(|end| end.len() == 5) else { return word.to_owned() };
            let at = known.iter().position(|one| one == end).unwrap_or_else(|| {
                known.push(end.to_owned());
                known.len() - 1
            });
            word.replace(name, &format!("web-{}", at + 1))
        })
        .collect()
}

fn check(lines: &[&str], expected: &Expect) {
    expected.assert_eq(&play(lines));
}

#[test]
fn logs_are_followed_until_the_container_ends() {
    check(
        &[
            "kubectl logs two",
            "kubectl logs two other --tail=1 --prefix",
            "kubectl logs two --all-containers --timestamps",
            "kubectl logs -l app=web --prefix",
            "kubectl logs rs/web",
            "kubectl logs rs/web --all-pods --tail 0",
            "kubectl logs svc/web --since 1s",
            "kubectl logs two -c other --limit-bytes 8",
            "kubectl logs two -c other --since-time 2026-11-18T11:06:41+00:00",
            "kubectl logs two -p",
            "kubectl logs pending",
            "kubectl logs nothing",
            "kubectl logs -l app=none",
            "kubectl logs -f two | cat -",
            "~1",
            "kubectl delete pod two --wait=false",
            "kubectl logs -f two -c one",
            "~8",
            "kubectl logs -f -l app=web --max-log-requests 1",
            "kubectl logs -f -l app=web --tail 0",
            "^C",
            "echo $?",
        ],
        &expect![[r#"
            kubectl apply -f web.yaml
            replicaset.apps/web created
            service/web created
            pod/two created
            pod/pending created
            pod/nothing created
            kubectl logs two
            * Ready to accept connections tcp
            Defaulted container "one" out of: one, other, before (init)
            kubectl logs two other --tail=1 --prefix
            [pod/two/other] AH00094: Command line: 'httpd -D FOREGROUND'
            kubectl logs two --all-containers --timestamps
            2026-11-18T11:06:57.242720Z * Ready to accept connections tcp
            2026-11-18T11:06:58.818720Z AH00094: Command line: 'httpd -D FOREGROUND'
            kubectl logs -l app=web --prefix
            [pod/web-1/web] [INFO] server is listening on :5678
            [pod/web-2/web] [INFO] server is listening on :5678
            kubectl logs rs/web
            [INFO] server is listening on :5678
            Found 2 pods, using pod/web-1
            kubectl logs rs/web --all-pods --tail 0
            kubectl logs svc/web --since 1s
            Found 2 pods, using pod/web-1
            kubectl logs two -c other --limit-bytes 8
            AH00094:kubectl logs two -c other --since-time 2026-11-18T11:06:41+00:00
            AH00094: Command line: 'httpd -D FOREGROUND'
            kubectl logs two -p
            Defaulted container "one" out of: one, other, before (init)
            Error from server (BadRequest): previous terminated container "one" in pod "two" not found
            kubectl logs pending
            kubectl logs nothing
            Error from server (BadRequest): container "c" in pod "nothing" is waiting to start: trying and failing to pull image
            kubectl logs -l app=none
            No resources found in default namespace.
            kubectl logs -f two | cat -
            * Ready to accept connections tcp
            Defaulted container "one" out of: one, other, before (init)
            ^C
            kubectl delete pod two --wait=false
            pod "two" deleted from default namespace
            kubectl logs -f two -c one
            * Ready to accept connections tcp
            kubectl logs -f -l app=web --max-log-requests 1
            error: you are attempting to follow 2 log streams, but maximum allowed concurrency is 1, use --max-log-requests to increase the limit
            kubectl logs -f -l app=web --tail 0
            ^C
            echo $?
            130
        "#]],
    );
}

#[test]
fn wrong_words_of_logs_are_told_as_kubectl_does() {
    check(
        &[
            "kubectl logs",
            "kubectl logs two -l a=b",
            "kubectl logs nope",
            "kubectl logs two -c nope",
            "kubectl logs two one -c other",
            "kubectl logs two one --all-containers",
            "kubectl logs two --tail -2",
            "kubectl logs two --since 1s --since-time 2026-11-18T11:06:41Z",
            "kubectl logs two --since-time today",
            "kubectl logs two --limit-bytes -1",
            "kubectl exec two -c nope -- true",
        ],
        &expect![[r#"
            kubectl apply -f web.yaml
            replicaset.apps/web created
            service/web created
            pod/two created
            pod/pending created
            pod/nothing created
            kubectl logs
            error: expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.
            POD or TYPE/NAME is a required argument for the logs command
            See 'kubectl logs -h' for help and examples
            kubectl logs two -l a=b
            error: only a selector (-l) or a POD name is allowed
            See 'kubectl logs -h' for help and examples
            kubectl logs nope
            error: error from server (NotFound): pods "nope" not found in namespace "default"
            kubectl logs two -c nope
            error: container nope is not valid for pod two out of: one, other, before (init)
            kubectl logs two one -c other
            error: only one of -c or an inline [CONTAINER] arg is allowed
            kubectl logs two one --all-containers
            error: --all-containers=true should not be specified with container name one
            kubectl logs two --tail -2
            error: --tail must be greater than or equal to -1
            kubectl logs two --since 1s --since-time 2026-11-18T11:06:41Z
            error: at most one of `sinceTime` or `sinceSeconds` may be specified
            kubectl logs two --since-time today
            error: parsing time "today" as "2006-01-02T15:04:05Z07:00": cannot parse "today" as "2006"
            kubectl logs two --limit-bytes -1
            error: --limit-bytes must be greater than 0
            kubectl exec two -c nope -- true
            Error from server (BadRequest): container nope is not valid for pod two
        "#]],
    );
}

#[test]
fn the_prompt_is_outside_of_the_cluster() {
    check(
        &[
            "curl -s http://172.18.0.11:30080",
            "~1",
            "curl http://web; echo $?",
            "false",
            "echo $?",
            "nope",
            "echo $? $?",
            "kubectl get svc web -o json | jq -r '.spec.ports[] | \"\\(.port) \\(.nodePort)\"'",
            "kubectl get pods -l app=web -o json | jq '.items | length'",
        ],
        &expect![[r#"
            kubectl apply -f web.yaml
            replicaset.apps/web created
            service/web created
            pod/two created
            pod/pending created
            pod/nothing created
            curl -s http://172.18.0.11:30080
            hi
            curl http://web; echo $?
            6
            curl: (6) Could not resolve host: web
            false
            echo $?
            1
            nope
            bash: nope: command not found
            echo $? $?
            127 127
            kubectl get svc web -o json | jq -r '.spec.ports[] | "\(.port) \(.nodePort)"'
            80 30080
            kubectl get pods -l app=web -o json | jq '.items | length'
            2
        "#]],
    );
    check(
        &["watch -n 5 kubectl get rs web -o name", "~6", "^C"],
        &expect![[r"
        Every 5.0s: kubectl get rs web -o name      playground: Wed Nov 18 11:08:09 2026

        replicaset.apps/web
        ^C
    "]],
    );
    check(
        &["watch -t -n 1 'echo $((1+1)) | cat' | head -n 1", "~3", "echo done"],
        &expect![[r"
        2
        echo done
        done
    "]],
    );
}

#[test]
fn pods_are_run_to_be_typed_into() {
    check(
        &[
            "kubectl run -it --rm box --image=busybox --restart=Never",
            "~9",
            "wget -qO- web",
            "~1",
            "exit 3",
            "~3",
            "echo $?",
            "kubectl run -i --rm once --image=busybox --restart=Never -- sh -c 'echo $HOSTNAME; exit 1' | cat",
            "~9",
            "kubectl run -i --rm ask --image=curlimages/curl --restart=Never -q -- -sS http://web",
            "~20",
            "kubectl run kept --image=busybox --restart=Never -it -- sh -c 'read -p name: x; echo hello $x'",
            "~9",
            "you",
            "~3",
            "kubectl logs kept",
            "kubectl get pod kept",
        ],
        &expect![[r#"
            kubectl apply -f web.yaml
            replicaset.apps/web created
            service/web created
            pod/two created
            pod/pending created
            pod/nothing created
            kubectl run -it --rm box --image=busybox --restart=Never
            All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.
            If you don't see a command prompt, try pressing enter.
            / # wget -qO- web
            hi
            / # exit 3
            Session ended, resume using 'kubectl attach box -c box -n default -i -t' command
            pod "box" deleted from default namespace
            pod default/box terminated (Error)
            echo $?
            3
            kubectl run -i --rm once --image=busybox --restart=Never -- sh -c 'echo $HOSTNAME; exit 1' | cat
            All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.
            If you don't see a command prompt, try pressing enter.
            once
            pod "once" deleted from default namespace
            pod default/once terminated (Error)
            kubectl run -i --rm ask --image=curlimages/curl --restart=Never -q -- -sS http://web
            hi
            kubectl run kept --image=busybox --restart=Never -it -- sh -c 'read -p name: x; echo hello $x'
            All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.
            If you don't see a command prompt, try pressing enter.
            name:you
            hello you
            Session ended, resume using 'kubectl attach kept -c kept -n default -i -t' command
            kubectl logs kept
            name:
            hello you
            kubectl get pod kept
            NAME   READY   STATUS      RESTARTS   AGE
            kept   0/1     Completed   0          12s
        "#]],
    );
    check(
        &[
            "kubectl run late --image=busybox -it",
            "~9",
            "exit",
            "~3",
            "kubectl get pod late",
            "kubectl attach late -it",
            "~1",
            "pwd",
            "^D",
            "~1",
            "kubectl attach two -c other",
            "kubectl exec client -- true",
            "^C",
            "kubectl attach two -it",
            "kubectl attach nope",
            "kubectl attach",
            "kubectl attach two -c nope",
            "kubectl attach nothing",
            "kubectl run x --image=busybox -t",
            "kubectl run x --image=busybox --rm",
            "kubectl run x --image=busybox -i --dry-run=client",
        ],
        &expect![[r#"
            kubectl apply -f web.yaml
            replicaset.apps/web created
            service/web created
            pod/two created
            pod/pending created
            pod/nothing created
            kubectl run late --image=busybox -it
            All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.
            If you don't see a command prompt, try pressing enter.
            / # exit
            Session ended, resume using 'kubectl attach late -c late -n default -i -t' command
            kubectl get pod late
            NAME   READY   STATUS    RESTARTS     AGE
            late   1/1     Running   1 (3s ago)   12s
            kubectl attach late -it
            All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.
            If you don't see a command prompt, try pressing enter.
            / # pwd
            /
            / # Session ended, resume using 'kubectl attach late -c late -n default -i -t' command
            kubectl attach two -c other
            All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.
            If you don't see a command prompt, try pressing enter.
            ^C
            kubectl exec client -- true
            Error from server (NotFound): pods "client" not found
            kubectl attach two -it
            Defaulted container "one" out of: one, other, before (init)
            error: Unable to use a TTY - container one did not allocate one
            All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.
            If you don't see a command prompt, try pressing enter.
            ^C
            kubectl attach nope
            Error from server (NotFound): pods "nope" not found
            kubectl attach
            error: at least 1 argument is required for attach
            kubectl attach two -c nope
            error: cannot attach to the container: container nope not found in pod two
            kubectl attach nothing
            error: unable to upgrade connection: container c not found in pod nothing_default
            kubectl run x --image=busybox -t
            error: -i/--stdin is required for containers with -t/--tty=true
            See 'kubectl run -h' for help and examples
            kubectl run x --image=busybox --rm
            error: --rm should only be used for attached containers
            kubectl run x --image=busybox -i --dry-run=client
            error: --dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)
            See 'kubectl run -h' for help and examples
        "#]],
    );
}

#[test]
fn the_editors_tabs_are_a_folder() {
    check(
        &[
            "ls",
            "kubectl apply -f .",
            "kubectl get -f web.yaml -o name",
            "kubectl apply -f nope.yaml",
            "cat web.yaml | head -2",
        ],
        &expect![[r#"
            kubectl apply -f web.yaml
            replicaset.apps/web created
            service/web created
            pod/two created
            pod/pending created
            pod/nothing created
            ls
            web.yaml
            kubectl apply -f .
            replicaset.apps/web unchanged
            service/web unchanged
            pod/two unchanged
            pod/pending unchanged
            pod/nothing unchanged
            kubectl get -f web.yaml -o name
            replicaset.apps/web
            service/web
            pod/two
            pod/pending
            pod/nothing
            kubectl apply -f nope.yaml
            error: the path "nope.yaml" does not exist
            cat web.yaml | head -2

            apiVersion: apps/v1
        "#]],
    );
}
