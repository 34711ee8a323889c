//! `kubectl expose` as upstream's own tests play it.

use super::{table, trimmed, verdict};
use service_playground::api::ResourceId;
use service_playground::api::{Value, json};
use service_playground::apiserver::{Request, Verb};
use service_playground::clock::Component;
use service_playground::cluster::{Cluster, Settings};
use service_playground::kubectl::{Terminal, Wish, generate};
use service_playground::order::SortedMap;
use service_playground::store::Key;

/// A cluster with the namespace `test`.
fn cluster() -> Cluster {
    let mut cluster = Cluster::new(Settings::recorded(1));
    create(&mut cluster, ResourceId::NAMESPACES, "", &json!({"metadata": {"name": "test"}}));
    cluster
}

fn create(cluster: &mut Cluster, resource: ResourceId, namespace: &str, body: &Value) {
    let mut body = body.clone();
    let info = resource.info();
    body["kind"] = info.kind.into();
    body["apiVersion"] = info.api_version().into();
    body["metadata"].as_object_mut().unwrap().remove("resourceVersion");
    let request = Request::new(Key::new(resource, namespace, ""), Verb::Create(body));
    cluster.request(Component::Kubectl, None, &request).unwrap();
}

/// The Service without what the server adds.
fn as_sent(service: &Value, posted: &Value) -> Value {
    let mut service = service.clone();
    let spec = service["spec"].as_object_mut().unwrap();
    spec.retain(|field, _| posted["spec"].get(field).is_some());
    for port in service["spec"]["ports"].as_array_mut().into_iter().flatten() {
        port.as_object_mut().unwrap().remove("nodePort");
    }
    json!({"labels": service["metadata"]["labels"], "name": service["metadata"]["name"], "spec": service["spec"]})
}

#[test]
fn expose_run() {
    let Some(table) = table("kubectl_expose_run") else { return };
    let cases = table["cases"].as_array().unwrap();
    let mut wrong = Vec::new();
    for case in cases {
        let mut cluster = cluster();
        let namespace = case["namespace"].as_str().unwrap();
        // A test's source objects are no valid ones: the file's text is what kubectl sees.
        let mut source = case["source"].clone();
        if let Some(name) = case["args"].as_array().and_then(|words| words.get(1)) {
            // The tests' server gives this object, whatever name is asked for.
            source["metadata"]["name"] = name.clone();
        }
        let source = source.to_string();
        let mut terminal = Terminal::new(SortedMap::from([("source.json".to_owned(), source)]));
        let mut line = format!("kubectl expose -f source.json -n {namespace}");
        // The tests still set a flag that kubectl lost long ago, and name a file of their own.
        let flags = case["flags"].as_object().unwrap().iter();
        for (flag, value) in flags.filter(|(flag, _)| !matches!(&***flag, "generator" | "filename")) {
            line += &format!(" --{flag}={}", value.as_str().unwrap());
        }
        let output = terminal.run(&mut cluster, &line);
        let mut why = String::new();
        if let Some(stdout) = case["actualStdout"].as_str()
            && stdout != output.stdout
        {
            why += &format!("wanted {stdout:?}\n   got {:?} {:?}\n", output.stdout, output.stderr);
        }
        let name = case["postedService"]["metadata"]["name"].as_str().unwrap_or("");
        let found = cluster.store().find(ResourceId::SERVICES, namespace, name).map(|object| object.value().clone());
        if let Some(posted) = case.get("postedService") {
            let wanted = trimmed(&as_sent(posted, posted));
            let got = found.map(|found| trimmed(&as_sent(&found, posted)));
            if got.as_ref() != Some(&wanted) {
                why += &format!("wanted {wanted}\n   got {got:?}\n");
            }
        }
        if !why.is_empty() {
            wrong.push((case["name"].as_str().unwrap().to_owned(), why));
        }
    }
    verdict("kubectl_expose_run", cases.len(), &wrong, &[]);
}

#[test]
fn expose_generate() {
    let Some(table) = table("kubectl_expose_generate") else { return };
    let cases = table["cases"].as_array().unwrap();
    let mut wrong = Vec::new();
    for case in cases {
        let option = |name: &str| case["options"][name].as_str().unwrap_or("").to_owned();
        let mut protocols: Vec<(String, Vec<String>)> = Vec::new();
        for pair in option("protocols").split(',').filter(|pair| !pair.is_empty()) {
            let (port, protocol) = pair.split_once('/').unwrap();
            match protocols.iter_mut().find(|(one, _)| one == port) {
                Some((_, all)) => all.push(protocol.to_owned()),
                None => protocols.push((port.to_owned(), vec![protocol.to_owned()])),
            }
        }
        let wish = Wish {
            name: option("svcName"),
            selector: option("selector"),
            labels: None,
            labels_text: option("labels"),
            port: option("port"),
            protocol: option("protocol"),
            protocols,
            target_port: option("targetPort"),
            kind: option("type"),
            external_ip: option("externalIP"),
            load_balancer_ip: option("loadBalancerIP"),
            session_affinity: option("sessionAffinity"),
            cluster_ip: option("clusterIP"),
        };
        let wanted = case.get("expectedService").filter(|service| !service.is_null());
        let why = match (generate(&wish), wanted) {
            (Ok(service), Some(wanted)) => {
                let pick = |service: &Value| trimmed(&json!({"m": service["metadata"], "s": service["spec"]}));
                let (wanted, got) = (pick(wanted), pick(&service));
                (wanted != got).then(|| format!("wanted {wanted}\n   got {got}"))
            }
            (Err(_), None) => None,
            (got, wanted) => Some(format!("wanted {wanted:?}\n   got {got:?}")),
        };
        wrong.extend(why.map(|why| (case["name"].as_str().unwrap().to_owned(), why)));
    }
    verdict("kubectl_expose_generate", cases.len(), &wrong, &[]);
}

#[test]
fn expose_override() {
    let Some(table) = table("kubectl_expose_override") else { return };
    let cases = table["cases"].as_array().unwrap();
    let mut wrong = Vec::new();
    for case in cases {
        let mut cluster = cluster();
        let source = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "baz", "namespace": "test"},
            "spec": {"selector": {"app": "go"}}});
        let mut terminal = Terminal::new(SortedMap::from([("source.json".to_owned(), source.to_string())]));
        let output = terminal.run(
            &mut cluster,
            &format!(
                "kubectl expose -f source.json -n test --protocol=UDP --port=14 --name=foo --labels=svc=test \
                 --dry-run=client -o yaml --overrides='{}' --override-type={}",
                case["overrides"].as_str().unwrap(),
                case["overrideType"].as_str().unwrap()
            ),
        );
        if Some(output.stdout.as_str()) != case["actualStdout"].as_str() {
            let why = format!(
                "wanted {}\n   got {} {}",
                case["actualStdout"].as_str().unwrap(),
                output.stdout,
                output.stderr
            );
            wrong.push((case["name"].as_str().unwrap().to_owned(), why));
        }
    }
    verdict("kubectl_expose_override", cases.len(), &wrong, &[]);
}
