//! ReplicaSets, Deployments, the scheduler and the kubelets at work in a whole cluster.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
#![allow(clippy::needless_pass_by_value, clippy::needless_raw_string_hashes)]

use expect_test::{Expect, expect};
use service_playground::api::{Fields, Object, ResourceId, pod};
use service_playground::api::{Value, json};
use service_playground::apiserver::{DeleteOptions, Patch, Request, Verb};
use service_playground::clock::{Component, Epoch};
use service_playground::cluster::{Cluster, Settings};
use service_playground::controllers::deployment::DeploymentController;
use service_playground::controllers::replicaset::ReplicaSetController;
use service_playground::controllers::scheduler::Scheduler;
use service_playground::controllers::{Controller, View};
use service_playground::store::{Change, Key};
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

/// A cluster that is told what to do and tells how it stands.
struct Lab(Cluster);

impl Lab {
    fn recorded(seed: u64) -> Lab {
        Lab(Cluster::new(Settings::recorded(seed)))
    }

    fn create(&mut self, object: Value) -> &mut Self {
        let resource = ResourceId::of_manifest(object.text("apiVersion"), object.text("kind")).unwrap();
        self.ask(Request::new(Key::new(resource, "default", ""), Verb::Create(object)))
    }

    fn patch(&mut self, resource: ResourceId, name: &str, patch: Value) -> &mut Self {
        let namespace = if resource == ResourceId::NODES { "" } else { "default" };
        self.ask(Request::new(Key::new(resource, namespace, name), Verb::Patch(Patch::Strategic(patch))))
    }

    fn delete(&mut self, resource: ResourceId, name: &str) -> &mut Self {
        self.ask(Request::new(Key::new(resource, "default", name), Verb::Delete(DeleteOptions::default())))
    }

    fn ask(&mut self, request: Request) -> &mut Self {
        self.0.request(Component::Kubectl, None, &request).unwrap();
        self
    }

    fn settle(&mut self) -> &mut Self {
        self.0.settle(Duration::from_millis(1200), Duration::from_secs(45));
        self
    }

    fn wait(&mut self, millis: u64) -> &mut Self {
        self.0.run_for(Duration::from_millis(millis));
        self
    }

    fn objects(&self, resource: ResourceId) -> impl Iterator<Item = &Object> {
        self.0.store().list(resource, None).map(AsRef::as_ref)
    }

    /// Deployments, ReplicaSets by revision and size, pods by image, state and node, without what is random.
    fn summary(&self) -> String {
        let mut text = String::new();
        for one in self.objects(ResourceId::DEPLOYMENTS) {
            let conditions: Vec<String> = one
                .items("status.conditions")
                .iter()
                .map(|condition| {
                    format!("{}={}/{}", condition.text("type"), condition.text("status"), condition.text("reason"))
                })
                .collect();
            let mut status = one.at("status").cloned().unwrap_or_default();
            status.as_object_mut().unwrap().remove("conditions");
            writeln!(text, "deployment {} {status} {}", one.name(), conditions.join(" ")).unwrap();
        }
        let mut sets: Vec<String> = self
            .objects(ResourceId::REPLICA_SETS)
            .map(|one| {
                let revision = one.annotation("deployment.kubernetes.io/revision").unwrap_or("-");
                let owner = one.controller().map_or("nobody", |owner| owner.text("kind"));
                let size = one.int("spec.replicas").unwrap();
                let mut status = one.at("status").cloned().unwrap_or_default();
                // How many writes led here is a matter of timing.
                for field in ["conditions", "observedGeneration"] {
                    status.as_object_mut().unwrap().remove(field);
                }
                format!("replicaset of {owner} revision {revision} size {size} {status}")
            })
            .collect();
        sets.sort();
        let mut pods: Vec<String> = self
            .objects(ResourceId::PODS)
            .map(|one| {
                let owner = one.controller().map_or("nobody", |owner| owner.text("kind"));
                let image = one.items("spec.containers")[0].text("image");
                let ready = if pod::is_ready(one) { "ready" } else { "unready" };
                let leaving = if one.is_being_deleted() { " terminating" } else { "" };
                format!("pod of {owner} {image} {} {ready}{leaving} on {}", pod::phase(one), pod::node(one))
            })
            .collect();
        pods.sort();
        let mut counted: Vec<(String, usize)> = Vec::new();
        for pod in pods {
            match counted.last_mut() {
                Some((last, count)) if *last == pod => *count += 1,
                _ => counted.push((pod, 1)),
            }
        }
        for set in sets {
            writeln!(text, "{set}").unwrap();
        }
        for (pod, count) in counted {
            writeln!(text, "{count} x {pod}").unwrap();
        }
        text
    }

    /// The changes in the namespace `default` from the moment on at which a kubelet saw the first pod there, with the
    /// milliseconds since then: what comes before is a matter of the controllers' reaction times.
    fn since_seen(&self) -> impl Iterator<Item = (u64, &Change)> {
        let here = |change: &&Arc<Change>| change.key.namespace == "default";
        let seen = |change: &&Arc<Change>| {
            change.new.as_ref().is_some_and(|new| !new.items("status.containerStatuses").is_empty())
        };
        let changes = self.0.store().changes_since(0);
        let start = changes.iter().filter(here).find(seen).unwrap().at;
        let later = changes.iter().filter(here).filter(move |change| change.at >= start);
        later.map(move |change| (change.at.since(start).as_millis() as u64, change.as_ref()))
    }

    fn check(&mut self, expected: &Expect) -> &mut Self {
        expected.assert_eq(&self.summary());
        self
    }

    /// Controllers that know nothing but what is stored find nothing to do.
    fn is_done(&mut self) -> &mut Self {
        let view = View { store: self.0.store(), now: self.0.now(), epoch: self.0.epoch() };
        let mut loops: [(ResourceId, Box<dyn Controller>); 2] = [
            (ResourceId::REPLICA_SETS, Box::new(ReplicaSetController::default())),
            (ResourceId::DEPLOYMENTS, Box::new(DeploymentController::default())),
        ];
        for (resource, controller) in &mut loops {
            for object in self.0.store().list(*resource, None) {
                let plan = controller.plan(&Key::of(*resource, object), &view);
                assert_eq!(plan.writes, [], "{}", object.name());
            }
        }
        let bound = |one: &&Object| !pod::node(one).is_empty();
        for pod in self.0.store().list(ResourceId::PODS, None).map(AsRef::as_ref).filter(bound) {
            assert_eq!(Scheduler::default().plan(&Key::of(ResourceId::PODS, pod), &view).writes, []);
        }
        self
    }
}

fn template(image: &str) -> Value {
    json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": image}]}})
}

fn workload(kind: &str, replicas: i64) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "web"},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}, "template": template("nginx")},
    })
}

fn bare_pod(name: &str, annotations: Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"app": "web"}, "annotations": annotations},
        "spec": {"containers": [{"name": "c", "image": "nginx"}]},
    })
}

fn new_image(image: &str) -> Value {
    json!({"spec": {"template": {"spec": {"containers": [{"name": "c", "image": image}]}}}})
}

const DEPLOYMENT: ResourceId = ResourceId::DEPLOYMENTS;
const SET: ResourceId = ResourceId::REPLICA_SETS;
const POD: ResourceId = ResourceId::PODS;

#[test]
fn a_replica_set_keeps_its_count() {
    let mut lab = Lab::recorded(1);
    lab.create(workload("ReplicaSet", 3)).wait(250).check(&expect![[r#"
        replicaset of nobody revision - size 3 {"availableReplicas":3,"fullyLabeledReplicas":3,"readyReplicas":3,"replicas":3,"terminatingReplicas":0}
        2 x pod of ReplicaSet nginx Running ready on node1
        1 x pod of ReplicaSet nginx Running ready on node2
    "#]]);
    lab.settle().is_done();
    lab.patch(SET, "web", json!({"spec": {"replicas": 1}})).settle().is_done().check(&expect![[r#"
        replicaset of nobody revision - size 1 {"availableReplicas":1,"fullyLabeledReplicas":1,"readyReplicas":1,"replicas":1,"terminatingReplicas":0}
        1 x pod of ReplicaSet nginx Running ready on node1
    "#]]);
    let name = lab.objects(POD).next().unwrap().name().to_owned();
    lab.delete(POD, &name).wait(200).check(&expect![[r#"
        replicaset of nobody revision - size 1 {"availableReplicas":1,"fullyLabeledReplicas":1,"readyReplicas":1,"replicas":1,"terminatingReplicas":1}
        1 x pod of ReplicaSet nginx Running ready on node2
        1 x pod of ReplicaSet nginx Running ready terminating on node1
    "#]]);
    lab.settle().is_done().check(&expect![[r#"
        replicaset of nobody revision - size 1 {"availableReplicas":1,"fullyLabeledReplicas":1,"readyReplicas":1,"replicas":1,"terminatingReplicas":0}
        1 x pod of ReplicaSet nginx Running ready on node2
    "#]]);
}

#[test]
fn a_replica_set_adopts_and_releases() {
    let mut lab = Lab::recorded(2);
    lab.create(bare_pod("a", json!({}))).create(workload("ReplicaSet", 1)).settle().is_done().check(&expect![[r#"
        replicaset of nobody revision - size 1 {"availableReplicas":1,"fullyLabeledReplicas":1,"readyReplicas":1,"replicas":1,"terminatingReplicas":0}
        1 x pod of ReplicaSet nginx Running ready on node1
    "#]]);
    lab.patch(POD, "a", json!({"metadata": {"labels": {"app": "debug"}}})).settle().is_done().check(&expect![[r#"
        replicaset of nobody revision - size 1 {"availableReplicas":1,"fullyLabeledReplicas":1,"readyReplicas":1,"replicas":1,"terminatingReplicas":0}
        1 x pod of ReplicaSet nginx Running ready on node2
        1 x pod of nobody nginx Running ready on node1
    "#]]);
}

#[test]
fn a_rolling_update_ends_with_new_pods_in_whatever_order_things_happen() {
    let roll = |seed| {
        let mut lab = Lab::recorded(seed);
        lab.create(workload("Deployment", 4)).settle().is_done();
        lab.patch(DEPLOYMENT, "web", new_image("httpd")).settle().is_done();
        lab
    };
    let mut first = roll(1);
    first.check(&expect![[r#"
        deployment web {"availableReplicas":4,"observedGeneration":2,"readyReplicas":4,"replicas":4,"terminatingReplicas":0,"updatedReplicas":4} Available=True/MinimumReplicasAvailable Progressing=True/NewReplicaSetAvailable
        replicaset of Deployment revision 1 size 0 {"replicas":0,"terminatingReplicas":0}
        replicaset of Deployment revision 2 size 4 {"availableReplicas":4,"fullyLabeledReplicas":4,"readyReplicas":4,"replicas":4,"terminatingReplicas":0}
        2 x pod of ReplicaSet httpd Running ready on node1
        2 x pod of ReplicaSet httpd Running ready on node2
    "#]]);
    for seed in 2..8 {
        assert_eq!(roll(seed).summary(), first.summary(), "seed {seed}");
    }
}

#[test]
fn a_bad_image_stalls_and_is_scaled_in_proportion() {
    let mut lab = Lab::recorded(3);
    lab.create(workload("Deployment", 10)).settle();
    let mut bad = new_image("nginx:broken");
    bad["spec"]["template"]["metadata"] = json!({"annotations": {"sim/state": "ImagePullBackOff"}});
    lab.patch(DEPLOYMENT, "web", bad).settle().is_done().check(&expect![[r#"
        deployment web {"availableReplicas":8,"observedGeneration":2,"readyReplicas":8,"replicas":13,"terminatingReplicas":0,"unavailableReplicas":5,"updatedReplicas":5} Available=True/MinimumReplicasAvailable Progressing=True/ReplicaSetUpdated
        replicaset of Deployment revision 1 size 8 {"availableReplicas":8,"fullyLabeledReplicas":8,"readyReplicas":8,"replicas":8,"terminatingReplicas":0}
        replicaset of Deployment revision 2 size 5 {"fullyLabeledReplicas":5,"replicas":5,"terminatingReplicas":0}
        4 x pod of ReplicaSet nginx Running ready on node1
        4 x pod of ReplicaSet nginx Running ready on node2
        3 x pod of ReplicaSet nginx:broken Pending unready on node1
        2 x pod of ReplicaSet nginx:broken Pending unready on node2
    "#]]);
    lab.patch(DEPLOYMENT, "web", json!({"spec": {"replicas": 20}})).settle().is_done().check(&expect![[r#"
        deployment web {"availableReplicas":15,"observedGeneration":3,"readyReplicas":15,"replicas":25,"terminatingReplicas":0,"unavailableReplicas":10,"updatedReplicas":10} Available=True/MinimumReplicasAvailable Progressing=True/ReplicaSetUpdated
        replicaset of Deployment revision 1 size 15 {"availableReplicas":15,"fullyLabeledReplicas":15,"readyReplicas":15,"replicas":15,"terminatingReplicas":0}
        replicaset of Deployment revision 2 size 10 {"fullyLabeledReplicas":10,"replicas":10,"terminatingReplicas":0}
        8 x pod of ReplicaSet nginx Running ready on node1
        7 x pod of ReplicaSet nginx Running ready on node2
        5 x pod of ReplicaSet nginx:broken Pending unready on node1
        5 x pod of ReplicaSet nginx:broken Pending unready on node2
    "#]]);
    let good = json!({"spec": {"template": {"metadata": {"annotations": {"sim/state": null}}}}});
    lab.patch(DEPLOYMENT, "web", good).patch(DEPLOYMENT, "web", new_image("nginx")).settle().is_done();
    lab.check(&expect![[r#"
        deployment web {"availableReplicas":20,"observedGeneration":5,"readyReplicas":20,"replicas":20,"terminatingReplicas":0,"updatedReplicas":20} Available=True/MinimumReplicasAvailable Progressing=True/NewReplicaSetAvailable
        replicaset of Deployment revision 2 size 0 {"replicas":0,"terminatingReplicas":0}
        replicaset of Deployment revision 3 size 20 {"availableReplicas":20,"fullyLabeledReplicas":20,"readyReplicas":20,"replicas":20,"terminatingReplicas":0}
        10 x pod of ReplicaSet nginx Running ready on node1
        10 x pod of ReplicaSet nginx Running ready on node2
    "#]]);
}

#[test]
fn recreate_ends_the_old_before_the_new() {
    let mut lab = Lab::recorded(4);
    let mut deployment = workload("Deployment", 2);
    deployment["spec"]["strategy"] = json!({"type": "Recreate"});
    deployment["spec"]["template"]["metadata"]["annotations"] = json!({"sim/terminate-after": "6"});
    lab.create(deployment).settle().patch(DEPLOYMENT, "web", new_image("httpd")).settle().check(&expect![[r#"
        deployment web {"observedGeneration":2,"terminatingReplicas":2} Progressing=True/NewReplicaSetAvailable Available=False/MinimumReplicasUnavailable
        replicaset of Deployment revision 1 size 0 {"replicas":0,"terminatingReplicas":2}
        1 x pod of ReplicaSet nginx Running ready terminating on node1
        1 x pod of ReplicaSet nginx Running ready terminating on node2
    "#]]);
    lab.wait(6000).settle().is_done().check(&expect![[r#"
        deployment web {"availableReplicas":2,"observedGeneration":2,"readyReplicas":2,"replicas":2,"terminatingReplicas":0,"updatedReplicas":2} Available=True/MinimumReplicasAvailable Progressing=True/NewReplicaSetAvailable
        replicaset of Deployment revision 1 size 0 {"replicas":0,"terminatingReplicas":0}
        replicaset of Deployment revision 2 size 2 {"availableReplicas":2,"fullyLabeledReplicas":2,"readyReplicas":2,"replicas":2,"terminatingReplicas":0}
        1 x pod of ReplicaSet httpd Running ready on node1
        1 x pod of ReplicaSet httpd Running ready on node2
    "#]]);
}

#[test]
fn a_paused_deployment_scales_but_does_not_roll() {
    let mut lab = Lab::recorded(5);
    lab.create(workload("Deployment", 2)).settle().patch(DEPLOYMENT, "web", json!({"spec": {"paused": true}}));
    lab.patch(DEPLOYMENT, "web", new_image("httpd")).settle();
    lab.patch(DEPLOYMENT, "web", json!({"spec": {"replicas": 3}})).settle().is_done().check(&expect![[r#"
        deployment web {"availableReplicas":3,"observedGeneration":4,"readyReplicas":3,"replicas":3,"terminatingReplicas":0} Progressing=Unknown/DeploymentPaused Available=True/MinimumReplicasAvailable
        replicaset of Deployment revision 1 size 3 {"availableReplicas":3,"fullyLabeledReplicas":3,"readyReplicas":3,"replicas":3,"terminatingReplicas":0}
        2 x pod of ReplicaSet nginx Running ready on node1
        1 x pod of ReplicaSet nginx Running ready on node2
    "#]]);
    lab.patch(DEPLOYMENT, "web", json!({"spec": {"paused": null}})).settle().is_done().check(&expect![[r#"
        deployment web {"availableReplicas":3,"observedGeneration":5,"readyReplicas":3,"replicas":3,"terminatingReplicas":0,"updatedReplicas":3} Available=True/MinimumReplicasAvailable Progressing=True/NewReplicaSetAvailable
        replicaset of Deployment revision 1 size 0 {"replicas":0,"terminatingReplicas":0}
        replicaset of Deployment revision 2 size 3 {"availableReplicas":3,"fullyLabeledReplicas":3,"readyReplicas":3,"replicas":3,"terminatingReplicas":0}
        1 x pod of ReplicaSet httpd Running ready on node1
        2 x pod of ReplicaSet httpd Running ready on node2
    "#]]);
}

#[test]
fn pods_that_fit_nowhere_wait_for_a_node() {
    let mut lab = Lab::recorded(6);
    let mut picky = bare_pod("a", json!({}));
    picky["spec"]["nodeSelector"] = json!({"disk": "fast"});
    lab.create(picky).settle().check(&expect![[r#"
        1 x pod of nobody nginx Pending unready on 
    "#]]);
    lab.patch(ResourceId::NODES, "node2", json!({"metadata": {"labels": {"disk": "fast"}}})).settle().check(&expect![
        [r#"
            1 x pod of nobody nginx Running ready on node2
        "#]
    ]);
}

#[test]
fn ready_pods_become_available_later() {
    let mut lab = Lab::recorded(8);
    let mut deployment = workload("Deployment", 2);
    deployment["spec"]["minReadySeconds"] = 5.into();
    lab.create(deployment).settle().check(&expect![[r#"
        deployment web {"observedGeneration":1,"readyReplicas":2,"replicas":2,"terminatingReplicas":0,"unavailableReplicas":2,"updatedReplicas":2} Available=False/MinimumReplicasUnavailable Progressing=True/ReplicaSetUpdated
        replicaset of Deployment revision 1 size 2 {"fullyLabeledReplicas":2,"readyReplicas":2,"replicas":2,"terminatingReplicas":0}
        1 x pod of ReplicaSet nginx Running ready on node1
        1 x pod of ReplicaSet nginx Running ready on node2
    "#]]);
    lab.wait(5000).settle().is_done().check(&expect![[r#"
        deployment web {"availableReplicas":2,"observedGeneration":1,"readyReplicas":2,"replicas":2,"terminatingReplicas":0,"updatedReplicas":2} Available=True/MinimumReplicasAvailable Progressing=True/NewReplicaSetAvailable
        replicaset of Deployment revision 1 size 2 {"availableReplicas":2,"fullyLabeledReplicas":2,"readyReplicas":2,"replicas":2,"terminatingReplicas":0}
        1 x pod of ReplicaSet nginx Running ready on node1
        1 x pod of ReplicaSet nginx Running ready on node2
    "#]]);
}

/// Phase, address, readiness, and what the one container does.
fn in_short(pod: &Object) -> String {
    let container = &pod.items("status.containerStatuses")[0];
    let (state, more) = container.map("state").unwrap().iter().next().unwrap();
    let (ready, phase, ip) = (pod::is_ready(pod), pod::phase(pod), pod::ip(pod));
    let (reason, restarts) = (more.text("reason"), container.int("restartCount").unwrap());
    format!("{phase} {ip} ready {ready}, container {state} {reason} restarted {restarts} times")
}

#[test]
fn annotations_say_how_a_pod_begins() {
    let mut story = String::new();
    for state in ["Running", "ImagePullBackOff", "ContainerCreating", "CrashLoopBackOff", "Succeeded", "Failed"] {
        let mut lab = Lab::recorded(7);
        lab.create(bare_pod("a", json!({"sim/state": state}))).settle();
        writeln!(story, "{state}: {}", in_short(lab.objects(POD).next().unwrap())).unwrap();
    }
    expect![[r#"
        Running: Running 10.244.0.2 ready true, container running  restarted 0 times
        ImagePullBackOff: Pending 10.244.0.2 ready false, container waiting ImagePullBackOff restarted 0 times
        ContainerCreating: Pending  ready false, container waiting ContainerCreating restarted 0 times
        CrashLoopBackOff: Running 10.244.0.2 ready false, container waiting CrashLoopBackOff restarted 3 times
        Succeeded: Succeeded 10.244.0.2 ready false, container terminated Completed restarted 0 times
        Failed: Failed 10.244.0.2 ready false, container terminated Error restarted 0 times
    "#]]
    .assert_eq(&story);
}

#[test]
fn annotations_are_followed_live() {
    let mut lab = Lab::recorded(7);
    lab.create(bare_pod("a", json!({}))).settle();
    let mut story = String::new();
    for (key, value) in [
        ("sim/ready", json!("false")),
        ("sim/ready", json!(null)),
        ("sim/state", json!("CrashLoopBackOff")),
        ("sim/state", json!("ImagePullBackOff")),
        ("sim/state", json!(null)),
        ("sim/state", json!("ContainerCreating")),
        ("sim/state", json!(null)),
        ("sim/state", json!("Failed")),
    ] {
        lab.patch(POD, "a", json!({"metadata": {"annotations": {key: value}}})).settle();
        writeln!(story, "{key}={value}: {}", in_short(lab.objects(POD).next().unwrap())).unwrap();
    }
    expect![[r#"
        sim/ready="false": Running 10.244.0.2 ready false, container running  restarted 0 times
        sim/ready=null: Running 10.244.0.2 ready true, container running  restarted 0 times
        sim/state="CrashLoopBackOff": Running 10.244.0.2 ready false, container waiting CrashLoopBackOff restarted 3 times
        sim/state="ImagePullBackOff": Pending 10.244.0.2 ready false, container waiting ImagePullBackOff restarted 0 times
        sim/state=null: Running 10.244.0.2 ready true, container running  restarted 0 times
        sim/state="ContainerCreating": Pending  ready false, container waiting ContainerCreating restarted 0 times
        sim/state=null: Running 10.244.0.3 ready true, container running  restarted 0 times
        sim/state="Failed": Failed 10.244.0.3 ready false, container terminated Error restarted 0 times
    "#]]
    .assert_eq(&story);
}

#[test]
fn a_changed_image_restarts_its_container() {
    let mut lab = Lab::recorded(10);
    lab.create(bare_pod("a", json!({}))).settle();
    lab.patch(POD, "a", json!({"spec": {"containers": [{"name": "c", "image": "redis"}]}})).settle();
    let pod = lab.objects(POD).next().unwrap();
    let container = &pod.items("status.containerStatuses")[0];
    assert_eq!((container.text("image"), container.int("restartCount")), ("docker.io/library/redis:latest", Some(1)));
    assert!(pod::is_ready(pod));
    let ports: Vec<u16> = lab.0.kubelets()[0].listening().map(|(_, _, port)| port.number).collect();
    assert_eq!(ports, [6379]);
}

#[test]
fn a_real_kubelet_takes_its_time() {
    let mut lab = Lab(Cluster::new(Settings::page(8, Epoch(1_795_000_000))));
    let mut pod = bare_pod("a", json!({}));
    pod["spec"]["containers"][0]["readinessProbe"] = json!({"httpGet": {"port": 80}, "initialDelaySeconds": 2});
    lab.create(pod).wait(12_000);
    lab.patch(POD, "a", json!({"metadata": {"annotations": {"sim/listen": "8080"}}})).wait(40_500);
    lab.delete(POD, "a").wait(3000);
    let mut story = String::new();
    let mut last = String::new();
    for (millis, change) in lab.since_seen() {
        match (change.key.resource, &change.new) {
            (ResourceId::PODS, Some(pod)) => {
                let container = pod.items("status.containerStatuses").first();
                let state = container
                    .and_then(|one| one.map("state")?.iter().next())
                    .map_or(String::new(), |(state, more)| format!("{state} {}", more.text("reason")));
                let leaving = if pod.is_being_deleted() { "terminating" } else { "" };
                let line =
                    format!("{} {} ready {} {state} {leaving}", pod::phase(pod), pod::ip(pod), pod::is_ready(pod));
                if line != last {
                    writeln!(story, "{}s pod {}", millis / 1000, line.trim_end()).unwrap();
                    last = line;
                }
            }
            (ResourceId::PODS, None) => writeln!(story, "{}s pod gone", millis / 1000).unwrap(),
            (ResourceId::EVENTS, Some(event)) => {
                writeln!(
                    story,
                    "{}s {} {}: {}",
                    millis / 1000,
                    event.text("type"),
                    event.text("reason"),
                    event.text("message")
                )
                .unwrap();
            }
            _ => {}
        }
    }
    expect![[r#"
        0s pod Pending  ready false waiting ContainerCreating
        0s Normal Pulling: Pulling image "nginx"
        0s pod Pending 10.244.0.3 ready false waiting ContainerCreating
        2s Normal Pulled: Successfully pulled image "nginx" in 1.97s (1.97s including waiting). Image size: 57925525 bytes.
        2s Normal Created: Container created
        2s Normal Started: Container started
        2s pod Running 10.244.0.3 ready false running
        5s pod Running 10.244.0.3 ready true running
        15s Warning Unhealthy: Readiness probe failed: Get "http://10.244.0.3:80/": dial tcp 10.244.0.3:80: connect: connection refused
        25s Warning Unhealthy: Readiness probe failed: Get "http://10.244.0.3:80/": dial tcp 10.244.0.3:80: connect: connection refused
        35s Warning Unhealthy: Readiness probe failed: Get "http://10.244.0.3:80/": dial tcp 10.244.0.3:80: connect: connection refused
        35s pod Running 10.244.0.3 ready false running
        52s pod Running 10.244.0.3 ready false running  terminating
        52s Normal Killing: Stopping container c
        53s pod Succeeded 10.244.0.3 ready false terminated Completed terminating
        53s pod gone
    "#]].assert_eq(&story);
}

#[test]
fn init_containers_come_first_and_failed_liveness_restarts() {
    let mut lab = Lab(Cluster::new(Settings::page(9, Epoch(1_795_000_000))));
    let mut pod = bare_pod("a", json!({}));
    pod["spec"]["initContainers"] = json!([{"name": "setup", "image": "busybox"}]);
    pod["spec"]["containers"][0]["livenessProbe"] =
        json!({"tcpSocket": {"port": 81}, "periodSeconds": 5, "failureThreshold": 2});
    lab.create(pod).wait(45_000);
    let mut story = String::new();
    let mut last = String::new();
    for (millis, change) in lab.since_seen() {
        let Some(pod) = change.new.as_ref().filter(|_| change.key.resource == POD) else { continue };
        let states = pod.items("status.initContainerStatuses").iter().chain(pod.items("status.containerStatuses"));
        let states: Vec<String> = states
            .map(|one| {
                let (state, more) = one.map("state").unwrap().iter().next().unwrap();
                format!("{} {state} {} {}", one.text("name"), more.text("reason"), one.int("restartCount").unwrap())
            })
            .collect();
        let line = format!("{} {}", pod::phase(pod), states.join(", "));
        if line != last {
            writeln!(story, "{millis} {line}").unwrap();
            last = line;
        }
    }
    expect![[r#"
        0 Pending setup waiting PodInitializing 0, c waiting PodInitializing 0
        3581 Pending setup running  0, c waiting PodInitializing 0
        4381 Pending setup terminated Completed 0, c waiting PodInitializing 0
        6601 Running setup terminated Completed 0, c running  0
        12301 Running setup terminated Completed 0, c terminated Completed 0
        13201 Running setup terminated Completed 0, c running  1
        18901 Running setup terminated Completed 0, c waiting CrashLoopBackOff 1
        28901 Running setup terminated Completed 0, c running  2
        34601 Running setup terminated Completed 0, c waiting CrashLoopBackOff 2
    "#]]
    .assert_eq(&story);
}
