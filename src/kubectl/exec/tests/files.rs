use super::check;
use expect_test::expect;

#[test]
fn files_are_those_that_are_mounted() {
    check(
        &[
            "kubectl exec mounts -- cat /conf/the/mode /key/pass /info/name",
            "kubectl exec mounts -- ls /conf /key",
            "kubectl exec mounts -- sh -c 'ls /key; hostname; cat /etc/hostname; cat /var/run/secrets/kubernetes.io/serviceaccount/namespace; cat /key'",
        ],
        &expect![[r"
            $ kubectl exec mounts -- cat /conf/the/mode /key/pass /info/name
            fasthellomounts$ kubectl exec mounts -- ls /conf /key
            /conf:
            the

            /key:
            pass
            $ kubectl exec mounts -- sh -c 'ls /key; hostname; cat /etc/hostname; cat /var/run/secrets/kubernetes.io/serviceaccount/namespace; cat /key'
            pass
            mounts
            mounts
            defaultcat: read error: Is a directory
            command terminated with exit code 1
        "]],
    );
}

#[test]
fn files_stay_until_the_container_is_started_again() {
    check(
        &[
            "kubectl exec debian -- sh -c 'echo hello > /usr/share/nginx/html/index.html; mkdir /usr/share/nginx/html/a'",
            "kubectl exec debian -- sh -c 'echo more >> /usr/share/nginx/html/index.html; ls /usr/share/nginx/html'",
            "kubectl get pod debian -o jsonpath='{.status.podIP}' > ip",
            "kubectl exec tools -- curl -s $(cat ip) $(cat ip)/a/ -w '%{http_code} %{content_type}\\n'",
            "kubectl exec debian -- rm /usr/share/nginx/html/index.html",
            "kubectl exec debian -- rm /usr/share/nginx/html/index.html",
            "kubectl exec tools -- curl -s $(cat ip) -o /dev/null -w '%{http_code}\\n'",
            "kubectl exec client -- sh -c 'touch /tmp/a; mkdir -p /tmp/b /tmp/b/c; rm /tmp/b; ls /tmp /tmp/b'",
            "kubectl exec client -- sh -c 'rm -r /tmp/b; mkdir /tmp; rm -f /tmp/a /tmp/none; ls /tmp'",
            "kubectl exec client -- wget -q 10.96.0.50",
            "kubectl exec client -- wget -q 10.96.0.50",
            "kubectl exec client -- cat index.html",
            "kubectl exec client -- rm",
        ],
        &expect![[r"
            $ kubectl exec debian -- sh -c 'echo hello > /usr/share/nginx/html/index.html; mkdir /usr/share/nginx/html/a'
            $ kubectl exec debian -- sh -c 'echo more >> /usr/share/nginx/html/index.html; ls /usr/share/nginx/html'
            a
            index.html
            $ kubectl get pod debian -o jsonpath='{.status.podIP}' > ip
            $ kubectl exec tools -- curl -s $(cat ip) $(cat ip)/a/ -w '%{http_code} %{content_type}\n'
            hello
            more
            200 text/html
            <html>
            <head><title>403 Forbidden</title></head>
            <body>
            <center><h1>403 Forbidden</h1></center>
            <hr><center>nginx</center>
            </body>
            </html>
            403 text/html
            $ kubectl exec debian -- rm /usr/share/nginx/html/index.html
            $ kubectl exec debian -- rm /usr/share/nginx/html/index.html
            rm: cannot remove '/usr/share/nginx/html/index.html': No such file or directory
            command terminated with exit code 1
            $ kubectl exec tools -- curl -s $(cat ip) -o /dev/null -w '%{http_code}\n'
            403
            $ kubectl exec client -- sh -c 'touch /tmp/a; mkdir -p /tmp/b /tmp/b/c; rm /tmp/b; ls /tmp /tmp/b'
            /tmp:
            a
            b

            /tmp/b:
            c
            rm: '/tmp/b' is a directory
            $ kubectl exec client -- sh -c 'rm -r /tmp/b; mkdir /tmp; rm -f /tmp/a /tmp/none; ls /tmp'
            mkdir: can't create directory '/tmp': File exists
            $ kubectl exec client -- wget -q 10.96.0.50
            $ kubectl exec client -- wget -q 10.96.0.50
            wget: can't open 'index.html': File exists
            command terminated with exit code 1
            $ kubectl exec client -- cat index.html
            hi
            $ kubectl exec client -- rm
            BusyBox v1.37.0 multi-call binary.

            Usage: rm [-irf] FILE...
            command terminated with exit code 1
        "]],
    );
}
