//! How long each part of the cluster takes to react.

use crate::clock::{Component, Random};
use std::time::Duration;

/// Reaction times, drawn evenly between two bounds for each reaction, as on an idle cluster.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Latency;

impl Latency {
    /// How long `who` takes from a change to its own request. Controllers watch independently of each other: the order
    /// in which two of them react differs from time to time.
    pub fn of(&self, who: Component, random: &mut Random) -> Duration {
        let (least, most) = match who {
            Component::Scheduler => (2_000, 12_000),
            Component::Kubelet(_) => (4_000, 20_000),
            Component::GarbageCollector => (20_000, 120_000),
            Component::Dns => (5_000, 45_000),
            Component::Kubectl | Component::ApiServer => (0, 0),
            _ => (4_000, 30_000),
        };
        Duration::from_micros(u64::from(least + random.below(most - least + 1)))
    }
}
