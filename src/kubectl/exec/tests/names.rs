use super::play;
use crate::cluster::Settings;
use expect_test::expect;

#[test]
fn names_are_asked_in_the_words_of_each_tool() {
    let lines = [
        "kubectl exec client -- nslookup web",
        "kubectl exec client -- nslookup web.default",
        "kubectl exec tools -- nslookup web.default",
        "kubectl exec tools -- nslookup nope",
        "kubectl exec tools -- nslookup 10.96.0.50",
        "kubectl exec tools -- dig +short web.default.svc.cluster.local",
        "kubectl exec tools -- dig web",
        "kubectl exec tools -- dig +search +noall +answer web",
        "kubectl exec tools -- dig +short -x 10.96.0.50",
        "kubectl exec tools -- dig @10.96.0.10 SRV web.default.svc.cluster.local nope.cluster.local +noall +answer +authority",
        "kubectl exec tools -- dig web.default.svc.cluster.local +noedns",
        "kubectl exec tools -- dig +multiline +nocomments +noquestion +nostats +nocmd soa Cluster.local",
        "kubectl exec tools -- dig +nope",
        "kubectl exec tools -- host -t srv web",
        "kubectl exec tools -- host -t txt web 10.96.0.10",
        "kubectl exec tools -- nslookup -type=txt web",
        "kubectl exec client -- nslookup -type=soa cluster.local",
        "kubectl exec client -- nslookup 10.96.0.50",
        "kubectl exec tools -- ping -qc1 kube-dns.kube-system",
        "kubectl exec tools -- host web",
        "kubectl exec tools -- getent hosts web",
        "kubectl exec tools -- curl -sS nope",
    ];
    expect![[r#"
        $ kubectl exec client -- nslookup web
        Server:		10.96.0.10
        Address:	10.96.0.10:53

        Name:	web.default.svc.cluster.local
        Address: 10.96.0.50

        ** server can't find web.svc.cluster.local: NXDOMAIN

        ** server can't find web.cluster.local: NXDOMAIN


        ** server can't find web.svc.cluster.local: NXDOMAIN

        ** server can't find web.cluster.local: NXDOMAIN

        command terminated with exit code 1
        $ kubectl exec client -- nslookup web.default
        Server:		10.96.0.10
        Address:	10.96.0.10:53

        ** server can't find web.default: NXDOMAIN

        ** server can't find web.default: NXDOMAIN

        command terminated with exit code 1
        $ kubectl exec tools -- nslookup web.default
        Server:		10.96.0.10
        Address:	10.96.0.10#53

        Name:	web.default.svc.cluster.local
        Address: 10.96.0.50

        $ kubectl exec tools -- nslookup nope
        Server:		10.96.0.10
        Address:	10.96.0.10#53

        ** server can't find nope: NXDOMAIN

        command terminated with exit code 1
        $ kubectl exec tools -- nslookup 10.96.0.50
        Server:		10.96.0.10
        Address:	10.96.0.10#53

        50.0.96.10.in-addr.arpa	name = web.default.svc.cluster.local.

        $ kubectl exec tools -- dig +short web.default.svc.cluster.local
        10.96.0.50
        $ kubectl exec tools -- dig web

        ; <<>> DiG 9.20.11 <<>> web
        ;; global options: +cmd
        ;; Got answer:
        ;; ->>HEADER<<- opcode: QUERY, status: NXDOMAIN, id: 4711
        ;; flags: qr rd ra; QUERY: 1, ANSWER: 0, AUTHORITY: 0, ADDITIONAL: 1

        ;; OPT PSEUDOSECTION:
        ; EDNS: version: 0, flags:; udp: 1232
        ; COOKIE: 3f502025a920150a (echoed)
        ;; QUESTION SECTION:
        ;web.				IN	A

        ;; Query time: 0 msec
        ;; SERVER: 10.96.0.10#53(10.96.0.10) (UDP)
        ;; WHEN: Wed Nov 18 11:07:28 UTC 2026
        ;; MSG SIZE  rcvd: 44

        $ kubectl exec tools -- dig +search +noall +answer web
        web.default.svc.cluster.local. 30 IN	A	10.96.0.50
        $ kubectl exec tools -- dig +short -x 10.96.0.50
        web.default.svc.cluster.local.
        $ kubectl exec tools -- dig @10.96.0.10 SRV web.default.svc.cluster.local nope.cluster.local +noall +answer +authority

        ; <<>> DiG 9.20.11 <<>> @10.96.0.10 SRV web.default.svc.cluster.local nope.cluster.local +noall +answer +authority
        ; (1 server found)
        ;; global options: +cmd
        ;; Got answer:
        ;; WARNING: .local is reserved for Multicast DNS
        ;; You are currently testing what happens when an mDNS query is leaked to DNS
        ;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 4711
        ;; flags: qr aa rd; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 2
        ;; WARNING: recursion requested but not available

        ;; OPT PSEUDOSECTION:
        ; EDNS: version: 0, flags:; udp: 1232
        ; COOKIE: 3f502025a920150a (echoed)
        ;; QUESTION SECTION:
        ;web.default.svc.cluster.local.	IN	SRV

        ;; ANSWER SECTION:
        web.default.svc.cluster.local. 30 IN	SRV	0 100 80 web.default.svc.cluster.local.

        ;; ADDITIONAL SECTION:
        web.default.svc.cluster.local. 30 IN	A	10.96.0.50

        ;; Query time: 0 msec
        ;; SERVER: 10.96.0.10#53(10.96.0.10) (UDP)
        ;; WHEN: Wed Nov 18 11:07:29 UTC 2026
        ;; MSG SIZE  rcvd: 193

        cluster.local.		30	IN	SOA	ns.dns.cluster.local. hostmaster.cluster.local. 1795000031 7200 1800 86400 30
        $ kubectl exec tools -- dig web.default.svc.cluster.local +noedns

        ; <<>> DiG 9.20.11 <<>> web.default.svc.cluster.local +noedns
        ;; global options: +cmd
        ;; Got answer:
        ;; WARNING: .local is reserved for Multicast DNS
        ;; You are currently testing what happens when an mDNS query is leaked to DNS
        ;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 4711
        ;; flags: qr aa rd; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 0
        ;; WARNING: recursion requested but not available

        ;; QUESTION SECTION:
        ;web.default.svc.cluster.local.	IN	A

        ;; ANSWER SECTION:
        web.default.svc.cluster.local. 30 IN	A	10.96.0.50

        ;; Query time: 0 msec
        ;; SERVER: 10.96.0.10#53(10.96.0.10) (UDP)
        ;; WHEN: Wed Nov 18 11:07:29 UTC 2026
        ;; MSG SIZE  rcvd: 92

        $ kubectl exec tools -- dig +multiline +nocomments +noquestion +nostats +nocmd soa Cluster.local
        Cluster.local.		30 IN SOA ns.dns.Cluster.local. hostmaster.Cluster.local. (
        				1795000031 ; serial
        				7200       ; refresh (2 hours)
        				1800       ; retry (30 minutes)
        				86400      ; expire (1 day)
        				30         ; minimum (30 seconds)
        				)
        $ kubectl exec tools -- dig +nope
        Invalid option: +nope
        Usage:  dig [@global-server] [domain] [q-type] [q-class] {q-opt}
                    {global-d-opt} host [@local-server] {local-d-opt}
                    [ host [@local-server] {local-d-opt} [...]]

        Use "dig -h" (or "dig -h | more") for complete list of options
        command terminated with exit code 1
        $ kubectl exec tools -- host -t srv web
        web.default.svc.cluster.local has SRV record 0 100 80 web.default.svc.cluster.local.
        $ kubectl exec tools -- host -t txt web 10.96.0.10
        Using domain server:
        Name: 10.96.0.10
        Address: 10.96.0.10#53
        Aliases: 

        web.default.svc.cluster.local has no TXT record
        $ kubectl exec tools -- nslookup -type=txt web
        Server:		10.96.0.10
        Address:	10.96.0.10#53

        *** Can't find web: No answer

        command terminated with exit code 1
        $ kubectl exec client -- nslookup -type=soa cluster.local
        Server:		10.96.0.10
        Address:	10.96.0.10:53

        cluster.local
        	origin = ns.dns.cluster.local
        	mail addr = hostmaster.cluster.local
        	serial = 1795000031
        	refresh = 7200
        	retry = 1800
        	expire = 86400
        	minimum = 30

        $ kubectl exec client -- nslookup 10.96.0.50
        Server:		10.96.0.10
        Address:	10.96.0.10:53

        50.0.96.10.in-addr.arpa	name = web.default.svc.cluster.local

        $ kubectl exec tools -- ping -qc1 kube-dns.kube-system
        PING kube-dns.kube-system.svc.cluster.local (10.96.0.10) 56(84) bytes of data.

        --- kube-dns.kube-system.svc.cluster.local ping statistics ---
        1 packets transmitted, 0 received, 100% packet loss, time 1000ms
        command terminated with exit code 1
        $ kubectl exec tools -- host web
        web.default.svc.cluster.local has address 10.96.0.50
        $ kubectl exec tools -- getent hosts web
        10.96.0.50      web.default.svc.cluster.local
        $ kubectl exec tools -- curl -sS nope
        curl: (6) Could not resolve host: nope
        command terminated with exit code 6
    "#]]
    .assert_eq(&play(&lines, Settings::page(1, crate::clock::Epoch(1_795_000_000))));
}
