//! What a container was told at its start, and which Services it was not told of.

use super::Session;
use super::picture::is_system;
use crate::api::{Object, ResourceId};
use crate::clock::Time;
use crate::kubelet::{Why, unknown_services};
use crate::order::Order;
use crate::store::Key;

/// A container's environment.
#[derive(Clone, Debug, PartialEq)]
pub struct ContainerEnv {
    /// The container.
    pub name: String,
    /// Since when it runs.
    pub since: Time,
    /// Names and values, sorted; whether a Service's.
    pub variables: Vec<(String, String)>,
    /// Services that it does not know, and why.
    pub unknown: Vec<(Key, &'static str)>,
}

impl Session {
    /// The environments of a pod's running containers.
    pub fn environments(&self, key: &Key) -> Vec<ContainerEnv> {
        let Some(object) = self.cluster.store().get(key) else { return Vec::new() };
        let containers = self.cluster.kubelets().iter().flat_map(|kubelet| kubelet.containers(key));
        containers
            .filter_map(|container| {
                let start = container.start.as_ref()?;
                let pairs = start.env.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
                let mut variables: Vec<(String, String)> = pairs.collect();
                variables.order();
                let services = self.cluster.store().list(ResourceId::SERVICES, Some(object.namespace()));
                let services = services.filter(|one| !is_system(one)).map(|one| -> &Object { one });
                let unknown = unknown_services(object, &start.env, services).into_iter().map(|one| {
                    let key = Key::new(ResourceId::SERVICES, one.namespace, one.name);
                    (key, say_why(one.why))
                });
                Some(ContainerEnv {
                    name: container.name.clone(),
                    since: start.at,
                    variables,
                    unknown: unknown.collect(),
                })
            })
            .collect()
    }

    /// How many of the running pods of a Service's namespace know it by its variables, and how many there are.
    pub fn known_by(&self, service: &Key) -> (usize, usize) {
        let pods = self.cluster.store().list(ResourceId::PODS, Some(&service.namespace));
        let (mut known, mut all) = (0, 0);
        for pod in pods {
            let environments = self.environments(&Key::of(ResourceId::PODS, pod));
            if environments.is_empty() {
                continue;
            }
            all += 1;
            let knows = environments.iter().all(|one| one.unknown.iter().all(|(key, _)| key != service));
            known += usize::from(knows);
        }
        (known, all)
    }
}

fn say_why(why: Why) -> &'static str {
    match why {
        Why::Headless => "it is headless: no variables are made",
        Why::ExternalName => "it is an ExternalName: no variables are made",
        Why::OtherNamespace => "it is in another namespace",
        Why::LinksOff => "the pod says enableServiceLinks: false",
        Why::CreatedLater => "it was made after the container started: only a restart tells it",
        Why::Changed => "its address or ports changed since the container started",
    }
}
