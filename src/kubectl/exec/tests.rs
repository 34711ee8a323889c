use crate::cluster::{Cluster, Settings};
use crate::kubectl::Terminal;
use crate::order::SortedMap;
use expect_test::{Expect, expect};
use std::time::Duration;

mod answers;
mod files;
mod names;

const FILE: &str = "
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {clusterIP: 10.96.0.50, selector: {app: web}, ports: [{port: 80, targetPort: 5678}]}
---
apiVersion: v1
kind: Pod
metadata: {name: a, labels: {app: web}}
spec: {nodeName: node1, containers: [{name: c, image: hashicorp/http-echo, args: ['-text=hi']}]}
---
apiVersion: v1
kind: Pod
metadata: {name: client}
spec: {nodeName: node1, containers: [{name: c, image: busybox, env: [{name: A, value: '1'}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: tools}
spec: {nodeName: node1, containers: [{name: c, image: nicolaka/netshoot}]}
---
apiVersion: v1
kind: Pod
metadata: {name: debian}
spec: {nodeName: node1, containers: [{name: c, image: 'nginx:1.29'}]}
---
apiVersion: v1
kind: Pod
metadata: {name: node-tools}
spec: {nodeName: node1, hostNetwork: true, containers: [{name: c, image: nicolaka/netshoot}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data: {mode: fast, other: x}
---
apiVersion: v1
kind: Secret
metadata: {name: key}
data: {pass: aGVsbG8=}
---
apiVersion: v1
kind: Pod
metadata: {name: mounts, labels: {tier: front}}
spec:
  nodeName: node1
  volumes:
  - {name: conf, configMap: {name: conf, items: [{key: mode, path: the/mode}]}}
  - {name: key, secret: {secretName: key}}
  - {name: info, downwardAPI: {items: [{path: name, fieldRef: {fieldPath: metadata.name}}]}}
  containers:
  - name: c
    image: alpine
    volumeMounts: [{name: conf, mountPath: /conf}, {name: key, mountPath: /key}, {name: info, mountPath: /info}]
";

fn play(lines: &[&str], settings: Settings) -> String {
    let mut cluster = Cluster::new(settings);
    let mut terminal = Terminal::new(SortedMap::from([("f.yaml".to_owned(), FILE.to_owned())]));
    cluster.run_for(Duration::from_secs(20));
    terminal.run(&mut cluster, "kubectl apply -f f.yaml");
    cluster.run_for(Duration::from_secs(20));
    let mut text = String::new();
    for line in lines {
        let output = terminal.run(&mut cluster, line);
        text += &format!("$ {line}\n{}{}", output.stdout, output.stderr);
    }
    // Headers end in both.
    text.replace('\r', "")
}

fn check(lines: &[&str], expected: &Expect) {
    expected.assert_eq(&play(lines, Settings::recorded(1)));
}

#[test]
fn shells_know_lists_loops_and_pipes() {
    check(
        &[
            "kubectl exec client -- sh -c 'echo $A; false || echo \"no $A\"; true && echo yes'",
            "kubectl exec client -- sh -c 'for i in $(seq 3); do echo n$i; done | tail -n 2'",
            "kubectl exec client -- sh -c 'nope; echo $?; ls /nope 2>/dev/null; echo ${B:-none}'",
            "kubectl exec client -- sh -c 'if [ $A = 1 ]; then echo one; else echo other; fi; echo x >/dev/null'",
            "kubectl exec client -- sh -c 'exit 3'",
            "kubectl exec client -- nope",
            "kubectl exec client",
            "kubectl exec gone -- true",
            "kubectl exec client -- printenv WEB_SERVICE_HOST A",
        ],
        &expect![[r#"
            $ kubectl exec client -- sh -c 'echo $A; false || echo "no $A"; true && echo yes'
            1
            no 1
            yes
            $ kubectl exec client -- sh -c 'for i in $(seq 3); do echo n$i; done | tail -n 2'
            n2
            n3
            $ kubectl exec client -- sh -c 'nope; echo $?; ls /nope 2>/dev/null; echo ${B:-none}'
            127
            none
            sh: nope: not found
            $ kubectl exec client -- sh -c 'if [ $A = 1 ]; then echo one; else echo other; fi; echo x >/dev/null'
            one
            $ kubectl exec client -- sh -c 'exit 3'
            command terminated with exit code 3
            $ kubectl exec client -- nope
            error: Internal error occurred: Internal error occurred: error executing command in container: failed to exec in container: failed to start exec "bc0db5b0a0153c529b9cb5b11dd00e4e31784c5c11a156c04cb4ebfc23bf1cba": OCI runtime exec failed: exec failed: unable to start container process: exec: "nope": executable file not found in $PATH
            $ kubectl exec client
            error: you must specify at least one command for the container
            $ kubectl exec gone -- true
            Error from server (NotFound): pods "gone" not found
            $ kubectl exec client -- printenv WEB_SERVICE_HOST A
            10.96.0.50
            1
        "#]],
    );
}

#[test]
fn requests_say_how_they_ended() {
    check(
        &[
            "kubectl exec tools -- curl -s 10.96.0.50",
            "kubectl exec tools -- curl -sS -m 1 10.96.0.50:81",
            "kubectl exec tools -- curl -sS -m 1 http://10.96.9.9/",
            "kubectl exec tools -- curl -s -o /dev/null -w '%{http_code}\\n' 10.96.0.50",
            "kubectl exec tools -- curl -sS -o /dev/null -D - 10.96.0.50",
            "kubectl exec client -- wget -qO- 10.96.0.50",
            "kubectl exec client -- nc -zv 10.96.0.50 80",
            "kubectl exec client -- cat /etc/resolv.conf",
            "kubectl get svc web -o yaml | grep clusterIP: | awk '{print $2}'",
        ],
        &expect![[r"
            $ kubectl exec tools -- curl -s 10.96.0.50
            hi
            $ kubectl exec tools -- curl -sS -m 1 10.96.0.50:81
            curl: (28) Connection timed out after 1000 milliseconds
            command terminated with exit code 28
            $ kubectl exec tools -- curl -sS -m 1 http://10.96.9.9/
            curl: (28) Connection timed out after 1000 milliseconds
            command terminated with exit code 28
            $ kubectl exec tools -- curl -s -o /dev/null -w '%{http_code}\n' 10.96.0.50
            200
            $ kubectl exec tools -- curl -sS -o /dev/null -D - 10.96.0.50
            HTTP/1.1 200 OK
            Content-Type: text/plain; charset=utf-8
            Content-Length: 3

            $ kubectl exec client -- wget -qO- 10.96.0.50
            hi
            $ kubectl exec client -- nc -zv 10.96.0.50 80
            10.96.0.50 (10.96.0.50:80) open
            $ kubectl exec client -- cat /etc/resolv.conf
            search default.svc.cluster.local svc.cluster.local cluster.local
            nameserver 10.96.0.10
            options ndots:5
            $ kubectl get svc web -o yaml | grep clusterIP: | awk '{print $2}'
            10.96.0.50
        "]],
    );
}

#[test]
fn which_programs_there_are_is_the_images() {
    check(
        &[
            "kubectl exec a -- sh -c true",
            "kubectl exec client -- curl 10.96.0.50",
            "kubectl exec client -- /bin/bash",
            "kubectl exec debian -- sh -c 'ip a; cat /nope'",
            "kubectl exec debian -- bash -c 'nope'",
            "kubectl exec mounts -- cat /nope",
        ],
        &expect![[r#"
            $ kubectl exec a -- sh -c true
            error: Internal error occurred: Internal error occurred: error executing command in container: failed to exec in container: failed to start exec "e301d9a888c8527c010f892f413fe819fb650b73fecfe6866acc4801ab635156": OCI runtime exec failed: exec failed: unable to start container process: exec: "sh": executable file not found in $PATH
            $ kubectl exec client -- curl 10.96.0.50
            error: Internal error occurred: Internal error occurred: error executing command in container: failed to exec in container: failed to start exec "0b31ec7718608ac957448563e4e6df9e0aaca7be2e27be687b8704264a65defb": OCI runtime exec failed: exec failed: unable to start container process: exec: "curl": executable file not found in $PATH
            $ kubectl exec client -- /bin/bash
            error: Internal error occurred: Internal error occurred: error executing command in container: failed to exec in container: failed to start exec "534c42a72ec20fc3bad1575d159561ecc80f5c15f6831e549865797fcfa4c5db": OCI runtime exec failed: exec failed: unable to start container process: exec: "/bin/bash": stat /bin/bash: no such file or directory
            $ kubectl exec debian -- sh -c 'ip a; cat /nope'
            sh: 1: ip: not found
            cat: /nope: No such file or directory
            command terminated with exit code 1
            $ kubectl exec debian -- bash -c 'nope'
            bash: line 1: nope: command not found
            command terminated with exit code 127
            $ kubectl exec mounts -- cat /nope
            cat: can't open '/nope': No such file or directory
            command terminated with exit code 1
        "#]],
    );
}

#[test]
fn scripts_do_what_a_shells_do() {
    check(
        &[
            "kubectl exec client -- sh -c 'i=0; while [ $i -lt 3 ]; do i=$((i+1)); echo $i; done; ! false && echo ok'",
            "kubectl exec client -- sh -c 'for x in a b c; do if [ $x = b ]; then continue; fi; echo $x; done'",
            "kubectl exec client -- sh -c 'echo \"a b\" > /tmp/x; cat < /tmp/x; echo c >> /tmp/x; wc -l /tmp/x'",
            "kubectl exec client -- sh -c 'printf \"1 2\\n3 4\\n\" | while read a b; do echo $b-$a; done'",
            "kubectl exec client -- sh -c 'echo $0 $1 $#' name one",
            "kubectl exec client -- sh -c 'if true; then'",
            "kubectl exec client -- sh -c 'a=$(echo \"x)y\"); echo \"$a\" ${#a} | sed s/x/z/'",
            "kubectl exec client -- sh -c 'cat <<EOF\n$A\nEOF'",
            "kubectl exec client -- sh -c '{ echo out; echo err >&2; } 2>/dev/null; (exit 4); echo $?'",
            "kubectl exec client -- sh -c 'timeout 2 sleep 9; echo $?; B=2 env | grep ^B='",
            "kubectl exec client -- sh -c 'while true; do :; done'",
        ],
        &expect![[r#"
            $ kubectl exec client -- sh -c 'i=0; while [ $i -lt 3 ]; do i=$((i+1)); echo $i; done; ! false && echo ok'
            1
            2
            3
            ok
            $ kubectl exec client -- sh -c 'for x in a b c; do if [ $x = b ]; then continue; fi; echo $x; done'
            a
            c
            $ kubectl exec client -- sh -c 'echo "a b" > /tmp/x; cat < /tmp/x; echo c >> /tmp/x; wc -l /tmp/x'
            a b
            2 /tmp/x
            $ kubectl exec client -- sh -c 'printf "1 2\n3 4\n" | while read a b; do echo $b-$a; done'
            2-1
            4-3
            $ kubectl exec client -- sh -c 'echo $0 $1 $#' name one
            name one 1
            $ kubectl exec client -- sh -c 'if true; then'
            sh: syntax error: unexpected end of file (expecting "fi")
            command terminated with exit code 2
            $ kubectl exec client -- sh -c 'a=$(echo "x)y"); echo "$a" ${#a} | sed s/x/z/'
            z)y 3
            $ kubectl exec client -- sh -c 'cat <<EOF
            $A
            EOF'
            1
            $ kubectl exec client -- sh -c '{ echo out; echo err >&2; } 2>/dev/null; (exit 4); echo $?'
            out
            4
            $ kubectl exec client -- sh -c 'timeout 2 sleep 9; echo $?; B=2 env | grep ^B='
            143
            B=2
            $ kubectl exec client -- sh -c 'while true; do :; done'
            [ended: the playground lets a script go round 10000 times and handle 16 MiB at most]
            command terminated with exit code 137
        "#]],
    );
}

#[test]
fn pipes_run_side_by_side() {
    check(
        &[
            "kubectl exec client -- sh -c 'while true; do echo x; done | head -3'",
            "kubectl exec client -- sh -c 'for i in $(seq 9); do date +%S; sleep 1; done | head -2; echo $?; date +%S'",
            "kubectl exec client -- sh -c '(echo a; sleep 1; echo b) | while read x; do echo $x $(date +%S); done'",
            "kubectl exec client -- sh -c 'a=1; echo 2 | read a; echo $a; exit 3 | true; echo still'",
            "kubectl exec client -- sh -c 'seq 50000 | grep 9 | tail -n 1; seq 3 | (head -1; cat)'",
            "kubectl exec client -- sh -c 'ping 10.96.0.50 | head -n 1; seq 2 | tee /tmp/x | wc -l; cat /tmp/x'",
            "kubectl exec client -- sh -c 'while true; do date +%S; sleep 1; done' | head -n 2",
            "kubectl get pods -w -o name | head -n 1",
            "echo 'echo $A; exit 4' | kubectl exec -i client -- sh",
            "echo ignored | kubectl exec client -- cat",
            "printf '1\\n2\\n' | while read n; do kubectl exec -i client -- cat; done",
            "for p in a client; do kubectl get pod $p -o name | sed s/pod/the/; done | grep -n cl",
        ],
        &expect![[r"
            $ kubectl exec client -- sh -c 'while true; do echo x; done | head -3'
            x
            x
            x
            $ kubectl exec client -- sh -c 'for i in $(seq 9); do date +%S; sleep 1; done | head -2; echo $?; date +%S'
            20
            21
            0
            22
            $ kubectl exec client -- sh -c '(echo a; sleep 1; echo b) | while read x; do echo $x $(date +%S); done'
            a 22
            b 23
            $ kubectl exec client -- sh -c 'a=1; echo 2 | read a; echo $a; exit 3 | true; echo still'
            1
            still
            $ kubectl exec client -- sh -c 'seq 50000 | grep 9 | tail -n 1; seq 3 | (head -1; cat)'
            49999
            1
            2
            3
            $ kubectl exec client -- sh -c 'ping 10.96.0.50 | head -n 1; seq 2 | tee /tmp/x | wc -l; cat /tmp/x'
            PING 10.96.0.50 (10.96.0.50): 56 data bytes
            2
            1
            2
            $ kubectl exec client -- sh -c 'while true; do date +%S; sleep 1; done' | head -n 2
            03
            04
            $ kubectl get pods -w -o name | head -n 1
            pod/a
            $ echo 'echo $A; exit 4' | kubectl exec -i client -- sh
            1
            command terminated with exit code 4
            $ echo ignored | kubectl exec client -- cat
            $ printf '1\n2\n' | while read n; do kubectl exec -i client -- cat; done
            2
            $ for p in a client; do kubectl get pod $p -o name | sed s/pod/the/; done | grep -n cl
            2:the/client
        "]],
    );
}

#[test]
fn connections_end_in_the_words_of_each_tool() {
    check(
        &[
            "kubectl exec tools -- curl -v 10.96.0.50",
            "kubectl exec tools -- curl -sI 10.96.0.50",
            "kubectl exec tools -- curl -s 10.96.0.50 10.96.0.50 -w '%{local_port} %{num_connects}\\n'",
            "kubectl exec tools -- curl -f debian/none",
            "kubectl exec tools -- curl --what",
            "kubectl exec tools -- nc -zvw1 10.96.0.50 80",
            "kubectl exec tools -- nc -zv -w 1 10.96.0.50 81",
            "kubectl exec client -- nc -zv -w 1 10.96.0.50 81",
            "kubectl exec client -- wget -qO- -T 1 10.96.0.50:81",
            "kubectl exec client -- wget -O /dev/null 10.96.0.50",
            "kubectl exec client -- wget --spider 10.96.0.50",
            "kubectl exec client -- wget -S 10.96.0.50",
            "kubectl exec client -- sh -c 'printf \"GET / HTTP/1.0\\r\\n\\r\\n\" | nc 10.96.0.50 80'",
            "kubectl exec tools -- curl -sv telnet://10.96.0.50:80",
            "kubectl exec tools -- curl telnet://10.96.0.50:81 -m 1",
            "kubectl exec client -- ping -c 2 10.96.0.50",
            "kubectl exec client -- ping -qc1 172.18.0.11",
            "kubectl exec client -- ping -c 1 172.18.0.12",
            "kubectl exec tools -- ping -c 2 10.244.0.2",
            "kubectl exec client -- ip r",
            "kubectl exec client -- ip -4 a s eth0",
            "kubectl exec tools -- ip -br addr",
            "kubectl exec tools -- ip route get 10.96.0.50",
            "kubectl exec client -- ip addr show eth1",
            "kubectl exec client -- hostname -i",
            "kubectl exec client -- which wget sh curl",
            "kubectl exec client -- sh -c 'command -v wget; command -v curl || type echo ls curl'",
            "kubectl exec client -- sh -c 'time sleep 1'",
        ],
        &expect![[r#"
            $ kubectl exec tools -- curl -v 10.96.0.50
            hi
            *   Trying 10.96.0.50:80...
            * Connected to 10.96.0.50 (10.96.0.50) port 80
            * using HTTP/1.x
            > GET / HTTP/1.1
            > Host: 10.96.0.50
            > User-Agent: curl/8.14.1
            > Accept: */*
            > 
            * Request completely sent off
            < HTTP/1.1 200 OK
            < Content-Type: text/plain; charset=utf-8
            < Content-Length: 3
            < 
            * Connection #0 to host 10.96.0.50 left intact
            $ kubectl exec tools -- curl -sI 10.96.0.50
            HTTP/1.1 200 OK
            Content-Type: text/plain; charset=utf-8
            Content-Length: 3

            $ kubectl exec tools -- curl -s 10.96.0.50 10.96.0.50 -w '%{local_port} %{num_connects}\n'
            hi
            32771 1
            hi
            32771 0
            $ kubectl exec tools -- curl -f debian/none
            curl: (6) Could not resolve host: debian
            command terminated with exit code 6
            $ kubectl exec tools -- curl --what
            curl: option --what: is unknown
            curl: try 'curl --help' or 'curl --manual' for more information
            command terminated with exit code 2
            $ kubectl exec tools -- nc -zvw1 10.96.0.50 80
            Connection to 10.96.0.50 80 port [tcp/http] succeeded!
            $ kubectl exec tools -- nc -zv -w 1 10.96.0.50 81
            nc: connect to 10.96.0.50 port 81 (tcp) timed out: Operation in progress
            command terminated with exit code 1
            $ kubectl exec client -- nc -zv -w 1 10.96.0.50 81
            nc: 10.96.0.50 (10.96.0.50:81): Operation timed out
            command terminated with exit code 1
            $ kubectl exec client -- wget -qO- -T 1 10.96.0.50:81
            wget: download timed out
            command terminated with exit code 1
            $ kubectl exec client -- wget -O /dev/null 10.96.0.50
            Connecting to 10.96.0.50 (10.96.0.50:80)
            saving to '/dev/null'
            null                 100% |********************************|     3  0:00:00 ETA
            '/dev/null' saved
            $ kubectl exec client -- wget --spider 10.96.0.50
            Connecting to 10.96.0.50 (10.96.0.50:80)
            remote file exists
            $ kubectl exec client -- wget -S 10.96.0.50
            Connecting to 10.96.0.50 (10.96.0.50:80)
              HTTP/1.1 200 OK
              Content-Type: text/plain; charset=utf-8
              Content-Length: 3
            saving to 'index.html'
            index.html           100% |********************************|     3  0:00:00 ETA
            'index.html' saved
            $ kubectl exec client -- sh -c 'printf "GET / HTTP/1.0\r\n\r\n" | nc 10.96.0.50 80'
            HTTP/1.1 200 OK
            Content-Type: text/plain; charset=utf-8
            Content-Length: 3

            hi
            $ kubectl exec tools -- curl -sv telnet://10.96.0.50:80
            *   Trying 10.96.0.50:80...
            * Connected to 10.96.0.50 (10.96.0.50) port 80
            $ kubectl exec tools -- curl telnet://10.96.0.50:81 -m 1
            curl: (28) Connection timed out after 1000 milliseconds
            command terminated with exit code 28
            $ kubectl exec client -- ping -c 2 10.96.0.50
            PING 10.96.0.50 (10.96.0.50): 56 data bytes

            --- 10.96.0.50 ping statistics ---
            2 packets transmitted, 0 packets received, 100% packet loss
            command terminated with exit code 1
            $ kubectl exec client -- ping -qc1 172.18.0.11
            PING 172.18.0.11 (172.18.0.11): 56 data bytes

            --- 172.18.0.11 ping statistics ---
            1 packets transmitted, 1 packets received, 0% packet loss
            round-trip min/avg/max = 0.090/0.090/0.090 ms
            $ kubectl exec client -- ping -c 1 172.18.0.12
            PING 172.18.0.12 (172.18.0.12): 56 data bytes
            64 bytes from 172.18.0.12: seq=0 ttl=63 time=0.090 ms

            --- 172.18.0.12 ping statistics ---
            1 packets transmitted, 1 packets received, 0% packet loss
            round-trip min/avg/max = 0.090/0.090/0.090 ms
            $ kubectl exec tools -- ping -c 2 10.244.0.2
            PING 10.244.0.2 (10.244.0.2) 56(84) bytes of data.
            64 bytes from 10.244.0.2: icmp_seq=1 ttl=63 time=0.090 ms
            64 bytes from 10.244.0.2: icmp_seq=2 ttl=63 time=0.091 ms

            --- 10.244.0.2 ping statistics ---
            2 packets transmitted, 2 received, 0% packet loss, time 1000ms
            rtt min/avg/max/mdev = 0.090/0.090/0.091/0.000 ms
            $ kubectl exec client -- ip r
            default via 10.244.0.1 dev eth0 
            10.244.0.0/24 via 10.244.0.1 dev eth0  src 10.244.0.4 
            10.244.0.1 dev eth0 scope link  src 10.244.0.4 
            $ kubectl exec client -- ip -4 a s eth0
            2: eth0@if7: <BROADCAST,MULTICAST,UP,LOWER_UP,M-DOWN> mtu 1500 qdisc noqueue state UP qlen 1000
                inet 10.244.0.4/24 brd 10.244.0.255 scope global eth0
                   valid_lft forever preferred_lft forever
            $ kubectl exec tools -- ip -br addr
            lo               UNKNOWN        127.0.0.1/8 
            eth0@if7         UP             10.244.0.3/24 
            $ kubectl exec tools -- ip route get 10.96.0.50
            10.96.0.50 via 10.244.0.1 dev eth0 src 10.244.0.3 uid 0 
                cache 
            $ kubectl exec client -- ip addr show eth1
            ip: can't find device 'eth1'
            command terminated with exit code 1
            $ kubectl exec client -- hostname -i
            10.244.0.4
            $ kubectl exec client -- which wget sh curl
            /bin/wget
            /bin/sh
            command terminated with exit code 1
            $ kubectl exec client -- sh -c 'command -v wget; command -v curl || type echo ls curl'
            /bin/wget
            echo is a shell builtin
            ls is /bin/ls
            curl: not found
            command terminated with exit code 127
            $ kubectl exec client -- sh -c 'time sleep 1'
            real	0m 1.00s
            user	0m 0.00s
            sys	0m 0.00s
        "#]],
    );
}

#[test]
fn a_nodes_tools_show_what_kube_proxy_wrote() {
    check(
        &[
            "kubectl exec tools -- iptables-save",
            "kubectl exec node-tools -- sh -c 'iptables-save -t nat | grep 10.96.0.50/32 | head -n 1'",
            "kubectl exec node-tools -- sh -c 'iptables-save -t filter | head -1; nft list ruleset | wc -l; ipvsadm -Ln'",
            "kubectl exec node-tools -- conntrack -L",
            "kubectl exec node-tools -- iptables -t nat -L KUBE-SERVICES -n",
            "kubectl exec node-tools -- iptables -t nat -vL KUBE-SVC-LOLE4ISW44XBNF3G --line-numbers",
            "kubectl exec node-tools -- iptables -nL KUBE-FIREWALL",
            "kubectl exec node-tools -- iptables -t nat -nL KUBE-POSTROUTING",
            "kubectl exec node-tools -- iptables -t nat -S KUBE-POSTROUTING",
            "kubectl exec node-tools -- iptables -L NONE",
            "kubectl exec node-tools -- iptables -t none -L",
            "kubectl exec node-tools -- iptables -A INPUT -j DROP",
            "kubectl exec node-tools -- hostname",
            "kubectl exec node-tools -- ip route",
            "kubectl exec node-tools -- ip -br addr show",
            "kubectl exec node-tools -- ip route get 10.244.1.7",
            "kubectl exec node-tools -- curl -s localhost:10249/proxyMode",
            "kubectl exec client -- wget -qO- -T 1 172.18.0.11:10249",
        ],
        &expect![[r#"
            $ kubectl exec tools -- iptables-save
            iptables-save v1.8.11 (nf_tables): Could not fetch rule set generation id: Permission denied (you must be root)
            command terminated with exit code 4
            $ kubectl exec node-tools -- sh -c 'iptables-save -t nat | grep 10.96.0.50/32 | head -n 1'
            -A KUBE-SERVICES -d 10.96.0.50/32 -p tcp -m comment --comment "default/web cluster IP" -m tcp --dport 80 -j KUBE-SVC-LOLE4ISW44XBNF3G
            $ kubectl exec node-tools -- sh -c 'iptables-save -t filter | head -1; nft list ruleset | wc -l; ipvsadm -Ln'
            *filter
            0
            IP Virtual Server version 1.2.1 (size=4096)
            Prot LocalAddress:Port Scheduler Flags
              -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
            $ kubectl exec node-tools -- conntrack -L
            conntrack v1.4.8 (conntrack-tools): 0 flow entries have been shown.
            $ kubectl exec node-tools -- iptables -t nat -L KUBE-SERVICES -n
            Chain KUBE-SERVICES (2 references)
            target     prot opt source               destination         
            KUBE-SVC-NPX46M4PTMTKRN6Y  tcp  --  0.0.0.0/0            10.96.0.1            /* default/kubernetes:https cluster IP */ tcp dpt:443
            KUBE-SVC-LOLE4ISW44XBNF3G  tcp  --  0.0.0.0/0            10.96.0.50           /* default/web cluster IP */ tcp dpt:80
            KUBE-NODEPORTS  all  --  0.0.0.0/0            0.0.0.0/0            /* kubernetes service nodeports; NOTE: this must be the last rule in this chain */ ADDRTYPE match dst-type LOCAL
            $ kubectl exec node-tools -- iptables -t nat -vL KUBE-SVC-LOLE4ISW44XBNF3G --line-numbers
            Chain KUBE-SVC-LOLE4ISW44XBNF3G (1 references)
            num   pkts bytes target     prot opt in     out     source               destination         
            1        0     0 KUBE-MARK-MASQ  tcp  --  *      *      !10.244.0.0/16        10.96.0.50           /* default/web cluster IP */ tcp dpt:http
            2        0     0 KUBE-SEP-DBTQAQBKLOGOKCNO  all  --  *      *       anywhere             anywhere             /* default/web -> 10.244.0.2:5678 */
            $ kubectl exec node-tools -- iptables -nL KUBE-FIREWALL
            Chain KUBE-FIREWALL (2 references)
            target     prot opt source               destination         
            DROP       all  -- !127.0.0.0/8          127.0.0.0/8          /* block incoming localnet connections */ ! ctstate RELATED,ESTABLISHED,DNAT
            $ kubectl exec node-tools -- iptables -t nat -nL KUBE-POSTROUTING
            Chain KUBE-POSTROUTING (1 references)
            target     prot opt source               destination         
            RETURN     all  --  0.0.0.0/0            0.0.0.0/0            mark match ! 0x4000/0x4000
            MARK       all  --  0.0.0.0/0            0.0.0.0/0            MARK xor 0x4000
            MASQUERADE  all  --  0.0.0.0/0            0.0.0.0/0            /* kubernetes service traffic requiring SNAT */ random-fully
            $ kubectl exec node-tools -- iptables -t nat -S KUBE-POSTROUTING
            -N KUBE-POSTROUTING
            -A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
            -A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0
            -A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully
            $ kubectl exec node-tools -- iptables -L NONE
            iptables: No chain/target/match by that name.
            command terminated with exit code 1
            $ kubectl exec node-tools -- iptables -t none -L
            iptables v1.8.11 (nf_tables): table 'none' does not exist
            Perhaps iptables or your kernel needs to be upgraded.
            command terminated with exit code 3
            $ kubectl exec node-tools -- iptables -A INPUT -j DROP
            iptables: kube-proxy alone writes rules here; -L and -S list them
            command terminated with exit code 2
            $ kubectl exec node-tools -- hostname
            node1
            $ kubectl exec node-tools -- ip route
            default via 172.18.0.1 dev eth0 
            10.244.0.2 dev veth0af40002 scope host 
            10.244.0.3 dev veth0af40003 scope host 
            10.244.0.4 dev veth0af40004 scope host 
            10.244.0.5 dev veth0af40005 scope host 
            10.244.0.6 dev veth0af40006 scope host 
            10.244.1.0/24 via 172.18.0.12 dev eth0 
            172.18.0.0/16 dev eth0 proto kernel scope link src 172.18.0.11 
            $ kubectl exec node-tools -- ip -br addr show
            lo               UNKNOWN        127.0.0.1/8 
            eth0@if9         UP             172.18.0.11/16 
            veth0af40002@if2 UP             10.244.0.1/32 
            veth0af40003@if2 UP             10.244.0.1/32 
            veth0af40004@if2 UP             10.244.0.1/32 
            veth0af40005@if2 UP             10.244.0.1/32 
            veth0af40006@if2 UP             10.244.0.1/32 
            $ kubectl exec node-tools -- ip route get 10.244.1.7
            10.244.1.7 via 172.18.0.12 dev eth0 src 172.18.0.11 uid 0 
                cache 
            $ kubectl exec node-tools -- curl -s localhost:10249/proxyMode
            iptables$ kubectl exec client -- wget -qO- -T 1 172.18.0.11:10249
            wget: can't connect to remote host (172.18.0.11): Connection refused
            command terminated with exit code 1
        "#]],
    );
}

#[test]
fn what_waits_is_stepped_and_ended() {
    let mut cluster = Cluster::new(Settings::recorded(1));
    let mut terminal = Terminal::new(SortedMap::from([("f.yaml".to_owned(), FILE.to_owned())]));
    terminal.run(&mut cluster, "kubectl apply -f f.yaml");
    cluster.run_for(Duration::from_secs(20));
    let line = "kubectl exec client -- sh -c 'while true; do echo round; sleep 5; done'";
    let mut running = terminal.start(&mut cluster, line);
    running.poll(&mut terminal, &mut cluster);
    assert_eq!(running.output().stdout, "round\n");
    let before = cluster.now();
    running.poll(&mut terminal, &mut cluster);
    assert_eq!((running.output().stdout.as_str(), cluster.now()), ("round\n", before));
    cluster.run_for(Duration::from_secs(5));
    running.poll(&mut terminal, &mut cluster);
    assert_eq!(running.output().stdout, "round\nround\n");
    running.interrupt(&mut terminal);
    assert_eq!(running.output().exit, 130);
}
