//! What there is to say about one object.

use super::Session;
use super::picture::{Chip, LinkState, Picture, PodState};
use crate::api::service::{self, ServiceType};
use crate::api::{Fields, Object, ResourceId, pod};
use crate::order::Order;
use crate::store::Key;
use crate::yaml;

/// What there is to say about one object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Details {
    /// What it is: `Service`.
    pub kind: &'static str,
    /// Its hue in the picture, for Services.
    pub hue: Option<u8>,
    /// Names and values, in order.
    pub facts: Vec<Fact>,
    /// What it selects, or its labels.
    pub chips: Vec<Chip>,
    /// What the chips are: `Selector`, `Labels`.
    pub chips_title: &'static str,
    /// For a Service: the pods that it selects and those it just misses. For a pod: the Services.
    pub members: Vec<Member>,
    /// What can be scaled to have more or fewer of it, and how many it has now.
    pub scale: Option<(Key, u32)>,
    /// For a pod that runs: whether its readiness can be switched, and what it is now.
    pub ready: Option<bool>,
    /// For a Service: the names that pods find it under, the first records behind them, and how many of the running
    /// pods know it by their environment.
    pub found_as: Option<FoundAs>,
    /// Who made it: the tab and line that it stands in, where the text has it.
    pub place: Option<(usize, u32)>,
}

/// How a Service is found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundAs {
    /// Names, the shortest first.
    pub names: Vec<String>,
    /// Records, as `dig` prints them.
    pub records: Vec<String>,
    /// The variable that holds its address; empty where containers are not told.
    pub variable: String,
    /// How many of the running pods of its namespace know it, and how many there are.
    pub known_by: (usize, usize),
}

/// A name and a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// `Cluster IP`.
    pub name: &'static str,
    /// `10.96.3.4`.
    pub value: String,
    /// Whether it is something that a machine prints.
    pub machine: bool,
}

/// A pod of a Service, or a Service of a pod.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// Which.
    pub key: Key,
    /// Its name, shorter where that can be.
    pub short: String,
    /// `10.244.0.5:8080`; empty for one that is not in.
    pub address: String,
    /// Whether it belongs.
    pub state: LinkState,
    /// How it is, in a word or two: `ready`, `type=db`.
    pub word: String,
    /// Why, where the word does not say it all.
    pub why: String,
    /// How the pod is.
    pub pod: PodState,
}

impl Session {
    /// What there is to say about an object; `None` for one that is gone.
    pub fn details(&mut self, key: &Key) -> Option<Details> {
        let object = self.cluster.store().get(key)?.clone();
        let picture = self.picture();
        let place = self.report.places.iter().find(|(one, ..)| one == key).map(|(_, file, line)| (*file, *line));
        let mut details = Details { kind: key.resource.info().kind, place, ..Details::default() };
        match key.resource {
            ResourceId::SERVICES => {
                about_service(&mut details, &object, key, &picture);
                details.found_as = self.found_as(key, &object);
            }
            ResourceId::PODS => {
                about_pod(&mut details, &object, key, &picture);
                details.scale = self.scalable_owner(key);
            }
            ResourceId::NODES => about_node(&mut details, &object),
            _ => {
                details.facts = Facts::default().say("Name", object.name()).say("Namespace", object.namespace()).0;
                details.scale = self.scalable_owner(key);
            }
        }
        Some(details)
    }

    fn found_as(&self, key: &Key, object: &Object) -> Option<FoundAs> {
        let names = self.service_names(key)?;
        let told = service::has_cluster_ip(object) && service::kind(object) != ServiceType::ExternalName;
        let variable = format!("{}_SERVICE_HOST", key.name.to_uppercase().replace('-', "_"));
        Some(FoundAs {
            names: names.forms.into_iter().map(|(name, _)| name).collect(),
            records: names.records,
            variable: if told { variable } else { String::new() },
            known_by: if told { self.known_by(key) } else { (0, 0) },
        })
    }

    /// An object as `kubectl get -o yaml` prints it.
    pub fn object_yaml(&self, key: &Key) -> Option<String> {
        self.cluster.store().get(key).map(|object| yaml::print(object.value()))
    }

    /// The Services that are there, oldest first; what can be asked for.
    pub fn targets(&self) -> Vec<Key> {
        let services = self.cluster.store().list(ResourceId::SERVICES, None);
        services.filter(|one| !super::picture::is_system(one)).map(|one| Key::of(ResourceId::SERVICES, one)).collect()
    }
}

/// Facts, in order; empty values are left out.
#[derive(Default)]
struct Facts(Vec<Fact>);

impl Facts {
    fn say(mut self, name: &'static str, value: &str) -> Facts {
        if !value.is_empty() {
            self.0.push(Fact { name, value: value.to_owned(), machine: false });
        }
        self
    }

    fn print(mut self, name: &'static str, value: &str) -> Facts {
        if !value.is_empty() {
            self.0.push(Fact { name, value: value.to_owned(), machine: true });
        }
        self
    }
}

fn about_service(details: &mut Details, object: &Object, key: &Key, picture: &Picture) {
    let kind = match service::kind(object) {
        ServiceType::ClusterIP if service::is_headless(object) => "ClusterIP, headless",
        ServiceType::ClusterIP => "ClusterIP",
        ServiceType::NodePort => "NodePort",
        ServiceType::LoadBalancer => "LoadBalancer",
        ServiceType::ExternalName => "ExternalName",
    };
    let ports: Vec<String> = service::ports(object)
        .map(|port| {
            let target = port.target();
            let target = target.as_str().map_or_else(|| target.to_string(), str::to_owned);
            let name = if port.name().is_empty() { String::new() } else { format!("{} ", port.name()) };
            let node = port.node_port().map_or(String::new(), |number| format!(", node {number}"));
            format!("{name}{}/{} → {target}{node}", port.number(), port.protocol())
        })
        .collect();
    let sticky = service::sticky_seconds(object).map_or(String::new(), |seconds| format!("ClientIP, {seconds} s"));
    let mut facts = Facts::default()
        .say("Type", kind)
        .print("Cluster IP", service::cluster_ip(object))
        .print("External name", object.text("spec.externalName"));
    for port in &ports {
        facts = facts.print("Port", port);
    }
    let namespace = if object.namespace() == "default" { "" } else { object.namespace() };
    details.facts = facts.say("Affinity", &sticky).say("Namespace", namespace).0;
    let Some(place) = picture.services.iter().position(|card| card.key == *key) else { return };
    if let Some(card) = picture.services.get(place) {
        details.hue = Some(card.hue);
        details.chips.clone_from(&card.selector);
        details.chips_title = "Selector";
    }
    for link in picture.links.iter().filter(|link| link.service == place) {
        let Some(pod) = picture.pods.get(link.pod) else { continue };
        let inside = matches!(link.state, LinkState::In | LinkState::Waiting);
        details.members.push(Member {
            key: pod.key.clone(),
            short: pod.short.clone(),
            address: if inside { link.text.clone() } else { String::new() },
            state: link.state,
            word: if inside { pod.word.clone() } else { link.text.clone() },
            why: if link.why == pod.word { String::new() } else { link.why.clone() },
            pod: pod.state,
        });
    }
    details.members.order_by(|a, b| (a.state, &a.key).cmp(&(b.state, &b.key)));
}

fn about_pod(details: &mut Details, object: &Object, key: &Key, picture: &Picture) {
    let owner =
        object.controller().map_or(String::new(), |owner| format!("{} {}", owner.text("kind"), owner.text("name")));
    let restarts = match pod::restarts(object) {
        0 => String::new(),
        count => count.to_string(),
    };
    let images: Vec<&str> = pod::containers(object).iter().map(|container| container.text("image")).collect();
    let (state, word, why) = super::picture::state(object);
    details.facts = Facts::default()
        .say("State", &if why.is_empty() { word } else { format!("{word}: {why}") })
        .print("Address", pod::ip(object))
        .say("Node", pod::node(object))
        .say("Owner", &owner)
        .print("Image", &images.join(", "))
        .say("Restarts", &restarts)
        .0;
    details.ready = match state {
        PodState::Ready => Some(true),
        PodState::NotReady => Some(false),
        _ => None,
    };
    details.chips_title = "Labels";
    let Some(place) = picture.pods.iter().position(|card| card.key == *key) else { return };
    details.chips = picture.pods.get(place).map_or(Vec::new(), |card| card.labels.clone());
    for link in picture.links.iter().filter(|link| link.pod == place) {
        let Some(service) = picture.services.get(link.service) else { continue };
        let inside = matches!(link.state, LinkState::In | LinkState::Waiting);
        details.members.push(Member {
            key: service.key.clone(),
            short: service.key.name.clone(),
            address: if inside { link.text.clone() } else { String::new() },
            state: link.state,
            word: match link.state {
                LinkState::In => "in".to_owned(),
                LinkState::Waiting => "in, not ready".to_owned(),
                LinkState::Out | LinkState::NearMiss => "out".to_owned(),
            },
            why: if link.state == LinkState::In { String::new() } else { link.why.clone() },
            pod: state,
        });
    }
}

fn about_node(details: &mut Details, object: &Object) {
    let address = object.items("status.addresses").first().map_or("", |one| one.text("address"));
    let cordoned = if object.is_true("spec.unschedulable") { "cordoned: takes no new pods" } else { "takes pods" };
    details.facts = Facts::default()
        .print("Address", address)
        .print("Pod range", object.text("spec.podCIDR"))
        .say("Scheduling", cordoned)
        .0;
    details.chips_title = "Labels";
    let label = |(key, value): (&str, &str)| Chip { text: format!("{key}={value}"), hue: None };
    details.chips = object.labels().map(label).collect();
}
