//! Whole requests against a server.

use super::*;
use crate::api::{Fields, Object, ResourceId, Selector, Status, Value, json};
use crate::clock::{Epoch, EventId, Random, Time};
use crate::store::Key;
use expect_test::expect;
use std::sync::Arc;
use std::time::Duration;

pub(super) struct Play {
    pub server: ApiServer,
    random: Random,
    now: Time,
}

impl Play {
    pub fn new() -> Play {
        let node = NodeSettings {
            name: "node1".to_owned(),
            address: "172.18.0.11".to_owned(),
            pod_cidr: "10.244.0.0/24".to_owned(),
        };
        let settings = Settings { nodes: vec![node], ..Settings::default() };
        let mut play = Play { server: ApiServer::new(settings), random: Random::new(1), now: Time::ZERO };
        let mut moment =
            Moment { now: play.now, epoch: Epoch(1_795_000_000), random: &mut play.random, event: EventId(0) };
        play.server.bootstrap(&mut moment);
        play
    }

    pub fn pass(&mut self, seconds: u64) {
        self.now = self.now + Duration::from_secs(seconds);
    }

    pub fn send(&mut self, request: &Request) -> Result<Reply, Status> {
        let mut moment =
            Moment { now: self.now, epoch: Epoch(1_795_000_000), random: &mut self.random, event: EventId(0) };
        self.server.handle(request, &mut moment)
    }

    fn ask(&mut self, key: Key, verb: Verb, change: impl FnOnce(&mut Request)) -> Result<Arc<Object>, Status> {
        let mut request = Request::new(key, verb);
        request.options =
            Options { validation: FieldValidation::Strict, manager: "test".to_owned(), ..Options::default() };
        change(&mut request);
        self.send(&request).map(|reply| reply.object().cloned().unwrap())
    }

    pub fn create(&mut self, resource: ResourceId, body: Value) -> Result<Arc<Object>, Status> {
        let namespace = if resource.info().namespaced { "default" } else { "" };
        self.ask(Key::new(resource, namespace, ""), Verb::Create(body), |_| {})
    }

    fn patch(&mut self, name: &str, patch: Patch) -> Result<Arc<Object>, Status> {
        self.ask(service(name), Verb::Patch(patch), |_| {})
    }

    fn delete(&mut self, key: Key, options: DeleteOptions) -> Result<Arc<Object>, Status> {
        self.ask(key, Verb::Delete(options), |_| {})
    }
}

fn service(name: &str) -> Key {
    Key::new(ResourceId::SERVICES, "default", name)
}

fn web() -> Value {
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}})
}

fn pod(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
        "spec": {"containers": [{"name": "c", "image": "nginx"}]}})
}

#[test]
fn a_cluster_starts_with_its_own_service() {
    let play = Play::new();
    let kubernetes = play.server.store().get(&service("kubernetes")).unwrap();
    assert_eq!(kubernetes.text("spec.clusterIP"), "10.96.0.1");
    assert_eq!(play.server.store().list(ResourceId::NAMESPACES, None).count(), 4);
    assert_eq!(play.server.store().list(ResourceId::NODES, None).count(), 1);
    assert_eq!(play.server.store().list(ResourceId::ENDPOINT_SLICES, None).count(), 1);
}

#[test]
fn addresses_are_taken_and_given_back() {
    let mut play = Play::new();
    let mut pinned = web();
    pinned["spec"]["clusterIP"] = json!("10.96.0.50");
    play.create(ResourceId::SERVICES, pinned.clone()).unwrap();
    pinned["metadata"]["name"] = json!("other");
    assert_eq!(
        play.create(ResourceId::SERVICES, pinned.clone()).unwrap_err().message,
        "Service \"other\" is invalid: spec.clusterIPs: Invalid value: [\"10.96.0.50\"]: failed to allocate IP \
         10.96.0.50: provided IP is already allocated"
    );
    play.delete(service("web"), DeleteOptions::default()).unwrap();
    play.create(ResourceId::SERVICES, pinned).unwrap();
}

#[test]
fn a_refused_service_takes_nothing() {
    let mut play = Play::new();
    let mut wrong = web();
    wrong["spec"]["type"] = json!("NodePort");
    wrong["spec"]["ports"] =
        json!([{"name": "a", "port": 80, "nodePort": 30080}, {"name": "b", "port": 81, "nodePort": 1}]);
    assert!(play.create(ResourceId::SERVICES, wrong.clone()).is_err());
    wrong["spec"]["ports"] = json!([{"port": 80, "nodePort": 30080}]);
    play.create(ResourceId::SERVICES, wrong).unwrap();
}

#[test]
fn a_dry_run_stores_nothing_and_shows_the_networks_address() {
    let mut play = Play::new();
    let before = play.server.store().revision();
    let key = Key::new(ResourceId::SERVICES, "default", "");
    let shown = play.ask(key, Verb::Create(web()), |request| request.options.dry_run = true).unwrap();
    assert_eq!((shown.text("spec.clusterIP"), shown.text("metadata.resourceVersion")), ("10.96.0.0", ""));
    assert_eq!(play.server.store().revision(), before);
}

#[test]
fn updates_need_the_latest_version_and_write_only_changes() {
    let mut play = Play::new();
    let first = play.create(ResourceId::SERVICES, web()).unwrap();
    let same = play.ask(service("web"), Verb::Update(web()), |_| {}).unwrap();
    assert_eq!(same.resource_version(), first.resource_version(), "nothing changed, nothing was written");
    let mut stale = web();
    stale["metadata"]["resourceVersion"] = json!("1");
    let refusal = play.ask(service("web"), Verb::Update(stale), |_| {}).unwrap_err();
    assert_eq!(
        (refusal.code, refusal.message.as_str()),
        (
            409,
            "Operation cannot be fulfilled on services \"web\": the object has been modified; please apply your \
             changes to the latest version and try again"
        )
    );
}

#[test]
fn patches_change_and_say_what_is_wrong() {
    let mut play = Play::new();
    play.create(ResourceId::SERVICES, web()).unwrap();
    let changed = play.patch(
        "web",
        Patch::Strategic(json!({"spec": {"ports": [{"port": 443, "name": "b"}, {"port": 80, "name": "a"}]}})),
    );
    let ports: Vec<Option<i64>> = changed.unwrap().items("spec.ports").iter().map(|port| port.int("port")).collect();
    assert_eq!(ports, [Some(443), Some(80)]);
    let unknown = play.patch("web", Patch::Strategic(json!({"spec": {"sesionAffinity": "ClientIP"}}))).unwrap_err();
    assert_eq!(
        unknown.message,
        " \"\" is invalid: patch: Invalid value: \"map[spec:map[sesionAffinity:ClientIP]]\": strict decoding error: \
         unknown field \"spec.sesionAffinity\""
    );
    let wrong = play.patch("web", Patch::Strategic(json!({"spec": {"ports": [{"port": "x"}]}}))).unwrap_err();
    assert!(wrong.message.ends_with("unrecognized type: int32"), "{}", wrong.message);
    let gone = play.patch("web", Patch::Json(json!([{"op": "remove", "path": "/spec/none"}]))).unwrap_err();
    assert_eq!(gone.message, "the server rejected our request due to an error in our request");
}

#[test]
fn pods_are_admitted_bound_and_end_gracefully() {
    let mut play = Play::new();
    let created = play.create(ResourceId::PODS, pod("a")).unwrap();
    assert_eq!(created.text("spec.serviceAccountName"), "default");
    assert_eq!(created.items("spec.tolerations").len(), 2);
    assert_eq!(created.int("spec.priority"), Some(0));
    assert_eq!(created.text("status.phase"), "Pending");
    let key = Key::new(ResourceId::PODS, "default", "a");
    let bind = |request: &mut Request| request.subresource = "binding";
    let bound = play.ask(key.clone(), Verb::Create(json!({"target": {"name": "node1"}})), bind).unwrap();
    assert_eq!(bound.text("spec.nodeName"), "node1");
    let again = play.ask(key.clone(), Verb::Create(json!({"target": {"name": "node2"}})), bind).unwrap_err();
    assert_eq!(
        again.message,
        "Operation cannot be fulfilled on pods/binding \"a\": pod a is already assigned to node \"node1\""
    );
    let ending = play.delete(key.clone(), DeleteOptions::default()).unwrap();
    assert_eq!(ending.int("metadata.deletionGracePeriodSeconds"), Some(30));
    let at_once = DeleteOptions { grace: Some(0), ..DeleteOptions::default() };
    play.delete(key.clone(), at_once).unwrap();
    assert!(play.server.store().get(&key).is_none());
}

#[test]
fn a_missing_account_or_namespace_is_named() {
    let mut play = Play::new();
    let mut body = pod("a");
    body["spec"]["serviceAccountName"] = json!("nosuch");
    assert_eq!(
        play.create(ResourceId::PODS, body).unwrap_err().message,
        "pods \"a\" is forbidden: error looking up service account default/nosuch: serviceaccount \"nosuch\" not found"
    );
    let key = Key::new(ResourceId::SERVICES, "shop", "");
    let refusal = play.ask(key, Verb::Create(web()), |_| {}).unwrap_err();
    assert_eq!(refusal.message, "namespaces \"shop\" not found");
}

#[test]
fn finalizers_hold_an_object_until_they_are_gone() {
    let mut play = Play::new();
    let mut body = web();
    body["metadata"]["finalizers"] = json!(["example.com/wait"]);
    play.create(ResourceId::SERVICES, body).unwrap();
    let held = play.delete(service("web"), DeleteOptions::default()).unwrap();
    assert!(held.is_being_deleted() && play.server.store().get(&service("web")).is_some());
    play.patch("web", Patch::Merge(json!({"metadata": {"finalizers": null}}))).unwrap();
    assert!(play.server.store().get(&service("web")).is_none());
}

#[test]
fn generations_count_what_is_wanted() {
    let mut play = Play::new();
    let set = json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "web"}, "spec": {
        "replicas": 0, "selector": {"matchLabels": {"app": "web"}},
        "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}}}});
    let created = play.create(ResourceId::REPLICA_SETS, set).unwrap();
    assert_eq!(created.int("metadata.generation"), Some(1));
    let key = Key::new(ResourceId::REPLICA_SETS, "default", "web");
    let label = Patch::Merge(json!({"metadata": {"labels": {"a": "b"}}}));
    let labelled = play.ask(key.clone(), Verb::Patch(label), |_| {}).unwrap();
    assert_eq!(labelled.int("metadata.generation"), Some(1));
    let scale = Patch::Merge(json!({"spec": {"replicas": 2}}));
    let scaled = play.ask(key.clone(), Verb::Patch(scale), |request| request.subresource = "scale").unwrap();
    assert_eq!((scaled.kind(), scaled.int("spec.replicas")), ("Scale", Some(2)));
    assert_eq!(scaled.text("status.selector"), "app=web");
    let now = play.ask(key, Verb::Get, |_| {}).unwrap();
    assert_eq!(now.int("metadata.generation"), Some(2));
}

#[test]
fn lists_are_selected_by_fields() {
    let mut play = Play::new();
    play.create(ResourceId::SERVICES, web()).unwrap();
    let mut list = |fields: &[(&str, bool, &str)]| {
        let fields = fields.iter().map(|(path, equal, value)| ((*path).to_owned(), *equal, (*value).to_owned()));
        let verb = Verb::List { labels: Selector::default(), fields: fields.collect() };
        let reply = play.send(&Request::new(Key::new(ResourceId::SERVICES, "default", ""), verb))?;
        Ok::<_, Status>(reply.objects().iter().map(|object| object.name().to_owned()).collect::<Vec<_>>())
    };
    assert_eq!(list(&[("metadata.name", true, "web")]).unwrap(), ["web"]);
    assert_eq!(list(&[("metadata.name", false, "web")]).unwrap(), ["kubernetes"]);
    assert_eq!(list(&[("spec.type", true, "ClusterIP")]).unwrap(), ["kubernetes", "web"]);
    assert_eq!(list(&[("spec.x", true, "")]).unwrap_err().message, "field label not supported: spec.x");
}

fn apply(body: Value, force: bool) -> Patch {
    Patch::Apply { body, force }
}

#[test]
fn appliers_own_what_they_name() {
    let mut play = Play::new();
    let mut mine = web();
    mine["metadata"]["labels"] = json!({"a": "1", "b": "2"});
    let created = play.patch("web", apply(mine.clone(), false)).unwrap();
    let again = play.patch("web", apply(mine.clone(), false)).unwrap();
    assert_eq!(created.resource_version(), again.resource_version());

    // Another manager takes a field over: a conflict, unless it is forced.
    let theirs = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "labels": {"a": "9"}}});
    let other = |request: &mut Request| request.options.manager = "other".to_owned();
    let conflict = play.ask(service("web"), Verb::Patch(apply(theirs.clone(), false)), other).unwrap_err();
    assert_eq!(conflict.message, "Apply failed with 1 conflict: conflict with \"test\": .metadata.labels.a");
    let forced = play.ask(service("web"), Verb::Patch(apply(theirs, true)), other).unwrap();
    assert_eq!((forced.label("a"), forced.label("b")), (Some("9"), Some("2")));

    // What a manifest names no more goes, unless somebody else names it.
    mine["metadata"]["labels"] = json!({});
    let pruned = play.patch("web", apply(mine, false)).unwrap();
    assert_eq!((pruned.label("a"), pruned.label("b")), (Some("9"), None));
}

#[test]
fn updates_are_owned_too() {
    let mut play = Play::new();
    play.create(ResourceId::SERVICES, web()).unwrap();
    let theirs = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
        "spec": {"selector": {"app": "x"}, "sessionAffinity": "ClientIP", "ports": [{"port": 80, "targetPort": 81}]}});
    let other = |request: &mut Request| request.options.manager = "other".to_owned();
    let conflict = play.ask(service("web"), Verb::Patch(apply(theirs, false)), other).unwrap_err();
    assert_eq!(
        conflict.message,
        "Apply failed with 3 conflicts: conflicts with \"test\" using v1:\n\
         - .spec.ports[port=80,protocol=\"TCP\"].targetPort\n- .spec.selector\n- .spec.sessionAffinity"
    );
    let shown = play.ask(service("web"), Verb::Get, |request| request.options.managed_fields = true).unwrap();
    let [entry] = shown.items("metadata.managedFields") else { panic!("one manager: {shown:?}") };
    assert_eq!((entry.text("manager"), entry.text("operation")), ("test", "Update"));
    assert_eq!(entry.pointer("/fieldsV1/f:spec/f:clusterIP"), None, "what was allocated is nobody's");
    assert!(entry.pointer("/fieldsV1/f:spec/f:selector").is_some());
}

#[test]
fn kubectl_takes_over_what_it_applied_on_the_client_side() {
    let mut play = Play::new();
    let last = "kubectl.kubernetes.io/last-applied-configuration";
    let mut applied = web();
    applied["metadata"]["annotations"] = json!({last: web().to_string()});
    play.create(ResourceId::SERVICES, applied).unwrap();
    let mut theirs = web();
    theirs["spec"]["selector"] = json!({"app": "api"});
    let by = |manager: &str| {
        let manager = manager.to_owned();
        move |request: &mut Request| request.options.manager = manager
    };
    let request = || Verb::Patch(apply(theirs.clone(), false));
    let conflict = play.ask(service("web"), request(), by("other")).unwrap_err();
    assert_eq!(conflict.message, "Apply failed with 1 conflict: conflict with \"test\" using v1: .spec.selector");
    let taken = play.ask(service("web"), request(), by("kubectl")).unwrap();
    let record = crate::yaml::read_json(taken.annotation(last).unwrap()).unwrap();
    assert_eq!(record.at("spec.selector"), Some(&json!({"app": "api"})), "the record follows");
    // What was not in the manifest then is no business of its.
    theirs["spec"]["sessionAffinity"] = json!("ClientIP");
    let conflict = play.ask(service("web"), Verb::Patch(apply(theirs, false)), by("kubectl")).unwrap_err();
    assert!(conflict.message.ends_with(": .spec.sessionAffinity"), "{}", conflict.message);
}

#[test]
fn a_manifest_that_the_schema_does_not_know_is_refused() {
    let mut play = Play::new();
    let mut body = web();
    body["spec"]["sesionAffinity"] = json!("ClientIP");
    assert_eq!(
        play.patch("web", apply(body, true)).unwrap_err().message,
        "failed to create typed patch object (default/web; /v1, Kind=Service): .spec.sesionAffinity: field not \
         declared in schema"
    );
    let wrong = [
        ("type", json!(5), ".spec.type: expected string, got &value.valueUnstructured{Value:5}"),
        (
            "clusterIP",
            json!({"a": ["b", true]}),
            ".spec.clusterIP: expected string, got &value.valueUnstructured{Value:map[string]interface \
             {}{\"a\":[]interface {}{\"b\", true}}}",
        ),
        ("healthCheckNodePort", json!("x"), ".spec.healthCheckNodePort: expected numeric (int or float), got string"),
        ("publishNotReadyAddresses", json!("yes"), ".spec.publishNotReadyAddresses: expected boolean, got &{yes}"),
        ("selector", json!("app"), ".spec.selector: expected map, got &{app}"),
        ("selector", json!({"app": 5}), ".spec.selector.app: expected string, got &value.valueUnstructured{Value:5}"),
        (
            "loadBalancerSourceRanges",
            json!(["10.0.0.0/8", true]),
            ".spec.loadBalancerSourceRanges[1]: expected string, got &value.valueUnstructured{Value:true}",
        ),
        ("ports", json!({"port": 80}), ".spec.ports: expected list, got &{map[port:80]}"),
    ];
    for (field, value, words) in wrong {
        let mut body = web();
        body["spec"][field] = value;
        let message = play.patch("web", apply(body, true)).unwrap_err().message;
        assert_eq!(message.split_once("): ").unwrap().1, words);
    }
}

#[test]
fn events_are_counted_and_then_combined() {
    let mut play = Play::new();
    let created = play.create(ResourceId::SERVICES, web()).unwrap();
    let uid = created.uid().to_owned();
    let mut record = |message: &str| {
        let occurrence = Occurrence {
            source: crate::clock::Component::ServiceController,
            host: String::new(),
            about: service("web"),
            uid: uid.clone(),
            field_path: String::new(),
            warning: false,
            reason: "Test".to_owned(),
            message: message.to_owned(),
        };
        let mut moment =
            Moment { now: play.now, epoch: Epoch(1_795_000_000), random: &mut play.random, event: EventId(0) };
        play.server.record(&occurrence, &mut moment)
    };
    assert_eq!(record("same").unwrap().int("count"), Some(1));
    assert_eq!(record("same").unwrap().int("count"), Some(2));
    let mut last = None;
    for number in 0..12 {
        last = record(&format!("number {number}"));
    }
    let last = last.unwrap();
    assert_eq!(last.text("message"), "(combined from similar events): number 11");
    assert_eq!(last.int("count"), Some(4));
    let mut kept = 0;
    while record("same").is_some() {
        kept += 1;
    }
    assert_eq!(kept, 11, "25 for each object, then one in five minutes");
}

#[test]
fn a_namespace_ends_when_it_is_finalized() {
    let mut play = Play::new();
    play.create(ResourceId::NAMESPACES, json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}))
        .unwrap();
    play.pass(1);
    let key = Key::new(ResourceId::NAMESPACES, "", "shop");
    let ending = play.delete(key.clone(), DeleteOptions::default()).unwrap();
    assert_eq!((ending.text("status.phase"), ending.items("spec.finalizers").len()), ("Terminating", 1));
    let refusal = play.ask(Key::new(ResourceId::SERVICES, "shop", ""), Verb::Create(web()), |_| {}).unwrap_err();
    assert_eq!(
        refusal.message,
        "services \"web\" is forbidden: unable to create new content in namespace shop because it is being terminated"
    );
    play.ask(key.clone(), Verb::Update(json!({"spec": {}})), |request| request.subresource = "finalize").unwrap();
    assert!(play.server.store().get(&key).is_none());
    let immortal = play.delete(Key::new(ResourceId::NAMESPACES, "", "default"), DeleteOptions::default()).unwrap_err();
    assert_eq!(immortal.message, "namespaces \"default\" is forbidden: this namespace may not be deleted");
}

#[test]
fn pods_do_not_choose_what_their_classes_decide() {
    let mut play = Play::new();
    for (spec, why) in [
        (json!({"priority": 5}), "the integer value of priority (5) must not be provided in pod spec"),
        (json!({"preemptionPolicy": "Never"}), "the string value of PreemptionPolicy (Never) must not be provided"),
        (json!({"runtimeClassName": "kata"}), "pod rejected: RuntimeClass \"kata\" not found"),
    ] {
        let mut body = pod("p");
        for (field, value) in spec.as_object().into_iter().flatten() {
            body["spec"][&**field] = value.clone();
        }
        let status = play.create(ResourceId::PODS, body).unwrap_err();
        assert_eq!(status.code, 403, "{spec}");
        assert!(status.message.contains(why), "{}", status.message);
    }
}

#[test]
fn a_gated_pod_says_so_from_the_start() {
    let mut play = Play::new();
    let mut body = pod("p");
    body["spec"]["schedulingGates"] = json!([{"name": "example.com/wait"}]);
    let created = play.create(ResourceId::PODS, body).unwrap();
    let [condition] = created.items("status.conditions") else { panic!("{created:?}") };
    assert_eq!(condition.text("reason"), "SchedulingGated");
}

#[test]
fn ephemeral_containers_are_added_through_their_own_door() {
    let mut play = Play::new();
    let mut given = pod("a");
    given["spec"]["ephemeralContainers"] = json!([{"name": "d", "image": "busybox"}]);
    let refused = play.create(ResourceId::PODS, given).unwrap_err();
    assert_eq!(refused.message, "Pod \"a\" is invalid: spec.ephemeralContainers: Forbidden: cannot be set on create");
    play.create(ResourceId::PODS, pod("a")).unwrap();
    let key = Key::new(ResourceId::PODS, "default", "a");
    let mut add = |body: Value, whole: bool| {
        let verb = if whole { Verb::Update(body) } else { Verb::Patch(Patch::Strategic(body)) };
        let done = play.ask(key.clone(), verb, |request| request.subresource = "ephemeralcontainers");
        done.map_err(|status| status.message)
    };
    let of = |containers: Value| json!({"spec": {"ephemeralContainers": containers}});
    // What else the body says is left alone.
    let body = json!({"metadata": {"labels": {"x": "y"}}, "spec": {"nodeName": "node1",
        "ephemeralContainers": [{"name": "d", "image": "busybox", "targetContainerName": "c"}]}});
    let added = add(body, false).unwrap();
    assert_eq!((added.int("metadata.generation"), added.text("spec.nodeName"), added.label("x")), (Some(2), "", None));
    let own = added.items("spec.ephemeralContainers")[0].clone();
    assert_eq!(
        own,
        json!({"image": "busybox", "imagePullPolicy": "Always", "name": "d", "resources": {}, "targetContainerName": "c",
            "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File"})
    );
    assert_eq!(add(json!({}), false).unwrap().int("metadata.generation"), Some(2));
    let wrong = json!([{"name": "c", "image": " x", "targetContainerName": "d", "ports": [{"containerPort": 80}],
        "resources": {"limits": {"cpu": "1"}}, "restartPolicy": "Never", "lifecycle": {"preStop": {"sleep": {"seconds": 1}}},
        "livenessProbe": {"httpGet": {"port": 80}}, "volumeMounts": [{"name": "v", "mountPath": "/v", "subPath": "x"}]}]);
    expect![[r#"Pod "a" is invalid: [spec.ephemeralContainers[0].volumeMounts[0].name: Not found: "v", spec.ephemeralContainers[0].image: Invalid value: " x": must not have leading or trailing whitespace, spec.ephemeralContainers[0].name: Duplicate value: "c", spec.ephemeralContainers[0].targetContainerName: Not found: "d", spec.ephemeralContainers[0].ports: Forbidden: cannot be set for an Ephemeral Container, spec.ephemeralContainers[0].resources: Forbidden: cannot be set for an Ephemeral Container, spec.ephemeralContainers[0].restartPolicy: Forbidden: cannot be set for an Ephemeral Container, spec.ephemeralContainers[0].livenessProbe: Forbidden: cannot be set for an Ephemeral Container, spec.ephemeralContainers[0].lifecycle: Forbidden: cannot be set for an Ephemeral Container, spec.ephemeralContainers[0].volumeMounts[0].subPath: Forbidden: cannot be set for an Ephemeral Container]"#]].assert_eq(&add(of(wrong), false).unwrap_err());
    expect![[r#"
        Pod "a" is invalid: spec.ephemeralContainers: Forbidden: existing ephemeral containers "d" may not be changed
        @@ -1,6 +1,6 @@
         {
          "Name": "d",
        - "Image": "busybox",
        + "Image": "alpine",
          "Command": null,
          "Args": null,
          "WorkingDir": "",
    "#]]
    .assert_eq(&add(of(json!([{"name": "d", "image": "alpine"}])), false).unwrap_err());
    let mut gone = pod("a");
    gone["spec"]["ephemeralContainers"] = json!([{"name": "other", "image": "busybox"}]);
    expect![[r#"
        Pod "a" is invalid: spec.ephemeralContainers: Forbidden: existing ephemeral containers "d" may not be removed
    "#]]
    .assert_eq(&add(gone, true).unwrap_err());
    let plain = play.ask(key, Verb::Patch(Patch::Strategic(of(json!([{"name": "e", "image": "busybox"}])))), |_| {});
    assert!(plain.unwrap_err().message.contains("pod updates may not change fields other than"));
}
