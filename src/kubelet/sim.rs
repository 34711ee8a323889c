//! The annotations by which a pod's manifest steers what its containers do. They mean nothing to a real cluster.

use super::ports::{Port, Transport};
use crate::api::Object;
use std::time::Duration;

/// What `sim/state` asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fate {
    /// The containers run.
    #[default]
    Running,
    /// There is no such image.
    ImagePullBackOff,
    /// The containers end soon after each start.
    CrashLoopBackOff,
    /// The containers have ended well.
    Succeeded,
    /// The containers have ended badly.
    Failed,
    /// The pod never gets an address.
    ContainerCreating,
}

/// What the annotations of a pod ask for now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sim {
    /// `sim/state`.
    pub fate: Fate,
    /// `sim/ready` is `false`.
    pub unready: bool,
    /// `sim/ready-after`, after a container's start.
    pub ready_after: Option<Duration>,
    /// `sim/listen`, in place of the ports that the images listen on.
    pub listen: Option<Vec<Port>>,
    /// `sim/terminate-after`: how long the pod takes to end.
    pub terminate_after: Option<Duration>,
    /// `sim/latency`: how much longer than usual an answer takes.
    pub latency: Duration,
    /// `sim/status`: what the containers answer to HTTP requests, in place of their images' answers.
    pub status: Option<u16>,
}

impl Sim {
    /// Reads the annotations; what does not make sense is as good as not there.
    pub fn of(pod: &Object) -> Sim {
        let seconds = |key| pod.annotation(key).and_then(|text| text.trim().parse().ok()).and_then(duration);
        Sim {
            fate: match pod.annotation("sim/state") {
                Some("ImagePullBackOff") => Fate::ImagePullBackOff,
                Some("CrashLoopBackOff") => Fate::CrashLoopBackOff,
                Some("Succeeded") => Fate::Succeeded,
                Some("Failed") => Fate::Failed,
                Some("ContainerCreating") => Fate::ContainerCreating,
                _ => Fate::Running,
            },
            unready: pod.annotation("sim/ready") == Some("false"),
            ready_after: seconds("sim/ready-after"),
            listen: pod.annotation("sim/listen").map(|text| text.split(',').filter_map(port).collect()),
            terminate_after: seconds("sim/terminate-after"),
            latency: pod.annotation("sim/latency").and_then(time).unwrap_or_default(),
            status: pod
                .annotation("sim/status")
                .and_then(|text| text.trim().parse().ok())
                .filter(|code| (200..600).contains(code)),
        }
    }
}

/// `200ms`, `1.5s`, `1.5`.
fn time(text: &str) -> Option<Duration> {
    let text = text.trim();
    match text.strip_suffix("ms") {
        Some(millis) => duration(millis.parse::<f64>().ok()? / 1000.0),
        None => duration(text.strip_suffix('s').unwrap_or(text).parse().ok()?),
    }
}

fn duration(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok()
}

/// `8080`, `udp:53`.
fn port(text: &str) -> Option<Port> {
    let (transport, number) = text.trim().split_once(':').unwrap_or(("tcp", text.trim()));
    Some(Port { transport: Transport::parse(transport)?, number: number.trim().parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;

    #[test]
    fn annotations_are_read_and_nonsense_is_not() {
        let sim = |annotations| Sim::of(&Object::new(json!({"metadata": {"annotations": annotations}})).unwrap());
        assert_eq!(sim(json!({})), Sim::default());
        let odd =
            json!({"sim/ready-after": "soon", "sim/terminate-after": "-1", "sim/state": "Happy", "sim/ready": "no"});
        assert_eq!(sim(odd), Sim::default());
        let read = sim(json!({"sim/listen": "80, udp:53,x:1,", "sim/ready-after": "0.5", "sim/ready": "false"}));
        let port = |transport, number| Port { transport, number };
        assert_eq!(read.listen, Some(vec![port(Transport::Tcp, 80), port(Transport::Udp, 53)]));
        assert_eq!((read.ready_after, read.unready), (Some(Duration::from_millis(500)), true));
    }
}
