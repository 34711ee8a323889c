use super::complete;
use crate::clock::Epoch;
use crate::cluster::{Cluster, Settings};
use crate::kubectl::Terminal;
use crate::order::SortedMap;
use std::time::Duration;

const FILE: &str = "
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web, tier: front}}
spec: {containers: [{name: main, image: nginx, ports: [{containerPort: 80}]}, {name: side, image: busybox}]}
---
apiVersion: v1
kind: Pod
metadata: {name: worker, labels: {app: worker}}
spec: {containers: [{name: main, image: traefik/whoami}]}
---
apiVersion: v1
kind: Service
metadata: {name: web-svc}
spec: {selector: {app: web}, ports: [{port: 8080}]}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
";

#[test]
fn the_last_word_is_completed_by_what_stands_before_it() {
    let mut terminal = Terminal::new(SortedMap::from([("f.yaml".to_owned(), FILE.to_owned())]));
    let mut cluster = Cluster::new(Settings::page(1, Epoch(1_795_000_000)));
    terminal.run(&mut cluster, "kubectl apply -f f.yaml");
    cluster.run_for(Duration::from_secs(30));
    let check = |line: &str, wanted: &[&str]| {
        let found = complete(&cluster, &terminal, line);
        assert_eq!(found.words, wanted, "{line}");
    };
    check("ku", &["kubectl"]);
    check("kubectl desc", &["describe"]);
    check("kubectl rollout re", &["restart", "resume"]);
    check("kubectl create service ", &["clusterip", "externalname", "loadbalancer", "nodeport"]);
    check("kubectl get endp", &["endpoints", "endpointslices"]);
    check("kubectl get po,ser", &["po,serviceaccounts", "po,servicecidrs", "po,services"]);
    check("kubectl get po", &["poddisruptionbudgets", "pods", "podtemplates"]);
    check("kubectl get svc", &["svc"]);
    check("kubectl explain svc.spec.ports.po", &["svc.spec.ports.port"]);
    check(
        "kubectl explain deployments.spec.template.spec.containers.ports.host",
        &[
            "deployments.spec.template.spec.containers.ports.hostIP",
            "deployments.spec.template.spec.containers.ports.hostPort",
        ],
    );
    check("kubectl config use-context ", &["playground"]);
    check("kubectl get pods w", &["web", "worker"]);
    check("kubectl get pods web ", &["worker"]);
    check("kubectl get svc/w", &["svc/web-svc"]);
    check("kubectl -n kube-system get svc ", &["kube-dns"]);
    check("kubectl get svc -n kube-system ", &["kube-dns"]);
    check("kubectl get ns --namespace=sh", &["shop"]);
    check("kubectl get pods -n s", &["shop"]);
    check("kubectl get pods -o wi", &["wide"]);
    check("kubectl get pods --output=js", &["json", "jsonpath-as-json=", "jsonpath="]);
    check("kubectl get pods --show-l", &["--show-labels"]);
    check("kubectl get pods --no-headers --no-h", &[]);
    check("kubectl get pods --fie", &["--field-selector="]);
    check("kubectl get pods -l ", &["app=", "tier="]);
    check("kubectl get pods -l app=w", &["app=web", "app=worker"]);
    check("kubectl get pods -l app=web,ti", &["tier="]);
    check("kubectl exec w", &["web", "worker"]);
    check("kubectl exec web -c ", &["main", "side"]);
    check("kubectl exec web -- cu", &["curl", "cut"]);
    check("kubectl exec web -c side -- wg", &["wget"]);
    check("kubectl exec worker -- ", &[]);
    check("kubectl debug no", &["nodes/"]);
    check("kubectl debug nodes/", &["nodes/node1", "nodes/node2"]);
    check("kubectl debug web --target=", &["main", "side"]);
    check("kubectl debug web --profile=n", &["netadmin"]);
    check("kubectl debug web --image=alpine -- get", &["getent"]);
    check("kubectl logs web ", &["main", "side"]);
    check("kubectl set image pod/web m", &["main="]);
    check("kubectl port-forward web ", &["80"]);
    check("kubectl port-forward svc/web-svc ", &["8080"]);
    check("kubectl label pod web ti", &["tier-", "tier="]);
    check("kubectl drain ", &["node1", "node2"]);
    check("kubectl apply -f f", &["f.yaml"]);
    check("kubectl expose pod web --type=No", &["NodePort"]);
    check("kubectl get pods | gr", &["grep"]);
    check("for i in 1; do kubectl get no", &["nodes"]);
    check("A=1 kubectl vers", &["version"]);
    check("cat f", &["f.yaml"]);
    check("kubectl zzz zzz", &[]);
    check("echo 'ku", &[]);
    let found = complete(&cluster, &terminal, "kubectl get pods -l app=web,ti");
    assert_eq!("kubectl get pods -l app=web,ti".get(found.start..), Some("ti"));
}

#[test]
fn any_line_is_answered() {
    let terminal = Terminal::new(SortedMap::new());
    let cluster = Cluster::new(Settings::page(1, Epoch(1_795_000_000)));
    for line in [
        "",
        " ",
        "kubectl -",
        "kubectl --",
        "kubectl - - -",
        "ß|ß",
        "kubectl get -l=",
        "k exec -- ",
        "\"",
        "kubectl get /",
    ] {
        complete(&cluster, &terminal, line);
    }
}
