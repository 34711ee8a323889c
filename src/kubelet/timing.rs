//! How long a kubelet's work takes.

use std::time::Duration;

/// How long a kubelet's work takes, and which of its habits it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timing {
    /// From seeing a pod to its sandbox, which has the pod's address.
    pub sandbox: Duration,
    /// How long a pull of an image that is not there takes, at least and at most: each image has its own time in
    /// between. `None` where images are always there.
    pub pull: Option<(Duration, Duration)>,
    /// From having the image to the container running.
    pub start: Duration,
    /// How long an init container runs.
    pub init: Duration,
    /// From a container's start to the first look of its probes, besides `initialDelaySeconds`.
    pub first_probe: Duration,
    /// How long an orderly end takes; the grace period where that is shorter.
    pub stop: Duration,
    /// Whether probes run periodically and count up to their thresholds, liveness restarts containers, images that
    /// ignore SIGTERM use up their grace period, and the last status is written before a pod goes. Otherwise a
    /// container is as ready as its ports say at any moment.
    pub lively: bool,
    /// Whether events are written and the status tells of the steps before the containers run.
    pub tells: bool,
}

impl Timing {
    /// The imitation kubelet that ran the pods of the recorded cases: running and ready about 0.15 s after creation,
    /// gone 0.5 s after a delete, no events.
    pub fn recorded() -> Timing {
        Timing {
            sandbox: Duration::from_millis(110),
            pull: None,
            start: Duration::ZERO,
            init: Duration::ZERO,
            first_probe: Duration::ZERO,
            stop: Duration::from_millis(500),
            lively: false,
            tells: false,
        }
    }

    /// A kubelet with containerd on a small machine.
    pub fn real() -> Timing {
        Timing {
            sandbox: Duration::from_millis(600),
            pull: Some((Duration::from_millis(1200), Duration::from_secs(4))),
            start: Duration::from_millis(250),
            init: Duration::from_millis(800),
            first_probe: Duration::from_millis(700),
            stop: Duration::from_millis(900),
            lively: true,
            tells: true,
        }
    }
}
