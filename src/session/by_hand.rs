//! What a click does to the cluster, and the kubectl line that does the same.

use super::Session;
use crate::api::{Fields, ResourceId};
use crate::store::Key;

/// A change by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ByHand {
    /// `kubectl scale`.
    Scale {
        /// A ReplicaSet or Deployment.
        target: Key,
        /// How many replicas it shall have.
        replicas: u32,
    },
    /// `kubectl delete`.
    Delete(Key),
    /// `kubectl annotate pod sim/ready`: the pod's probes pass or fail from now on.
    SetReady {
        /// The pod.
        pod: Key,
        /// Whether they shall pass.
        ready: bool,
    },
}

impl ByHand {
    /// The kubectl line that does the same.
    pub fn command(&self) -> String {
        let (verb, key, rest) = match self {
            ByHand::Scale { target, replicas } => ("scale", target, format!(" --replicas={replicas}")),
            ByHand::Delete(key) => ("delete", key, String::new()),
            ByHand::SetReady { pod, ready: true } => ("annotate", pod, " sim/ready-".to_owned()),
            ByHand::SetReady { pod, ready: false } => ("annotate", pod, " sim/ready=false --overwrite".to_owned()),
        };
        let namespace = match key.namespace.as_str() {
            "" | "default" => String::new(),
            other => format!(" -n {other}"),
        };
        format!("kubectl {verb} {} {}{rest}{namespace}", name_of_kind(key.resource), key.name)
    }
}

/// The short word for a kind that people type: `rs`, `pod`.
fn name_of_kind(resource: ResourceId) -> String {
    let info = resource.info();
    match info.kind {
        "ReplicaSet" => "rs".to_owned(),
        "Deployment" => "deployment".to_owned(),
        _ => info.singular(),
    }
}

impl Session {
    /// Does what a click asks for, as kubectl does it; gives its words where it fails.
    pub fn act(&mut self, action: &ByHand) -> Result<(), String> {
        self.run_equal(&action.command())
    }

    /// What can be scaled to get more or fewer of this pod: its ReplicaSet, or the Deployment that owns that.
    pub fn scalable_owner(&self, key: &Key) -> Option<(Key, u32)> {
        let object = self.cluster.store().get(key)?;
        if let Some(owner) = object.controller() {
            let group = owner.text("apiVersion").split_once('/').map_or("", |(group, _)| group);
            let resource = ResourceId::of_kind(group, owner.text("kind"))?;
            return self.scalable_owner(&Key::new(resource, key.namespace.clone(), owner.text("name")));
        }
        let replicas = object.int("spec.replicas")?;
        let scales = matches!(key.resource, ResourceId::REPLICA_SETS | ResourceId::DEPLOYMENTS);
        scales.then(|| (key.clone(), u32::try_from(replicas).unwrap_or(0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_click_is_a_kubectl_line() {
        let pod = Key::new(ResourceId::PODS, "shop", "web-1");
        let set = Key::new(ResourceId::REPLICA_SETS, "default", "web");
        for (action, line) in [
            (ByHand::Delete(pod.clone()), "kubectl delete pod web-1 -n shop"),
            (
                ByHand::SetReady { pod: pod.clone(), ready: false },
                "kubectl annotate pod web-1 sim/ready=false --overwrite -n shop",
            ),
            (ByHand::SetReady { pod, ready: true }, "kubectl annotate pod web-1 sim/ready- -n shop"),
            (ByHand::Scale { target: set, replicas: 3 }, "kubectl scale rs web --replicas=3"),
        ] {
            assert_eq!(action.command(), line);
        }
    }
}
