//! How a cluster comes to rest, one happening at a time: for callers that must not be kept for long.

use super::Cluster;
use crate::clock::Time;
use std::time::Duration;

/// A cluster on its way to rest: no object has changed for a while, or it has taken long enough.
#[derive(Clone, Debug)]
pub struct Settling {
    quiet: Duration,
    still_since: Time,
    end: Time,
}

impl Settling {
    /// From now on, until no object has changed for `quiet`, but not longer than `at_most`.
    pub fn new(cluster: &Cluster, quiet: Duration, at_most: Duration) -> Settling {
        Settling { quiet, still_since: cluster.now(), end: cluster.now() + at_most }
    }

    /// Lets the next thing happen. `false` once the cluster is at rest; the time of rest has passed then.
    pub fn step(&mut self, cluster: &mut Cluster) -> bool {
        let until = (self.still_since + self.quiet).min(self.end);
        let revision = cluster.store().revision();
        let Some(at) = cluster.next_at().filter(|at| *at <= until) else {
            cluster.run_until(until);
            return false;
        };
        cluster.run_until(at);
        if cluster.store().revision() != revision {
            self.still_since = cluster.now();
        }
        true
    }
}
