//! A steady load: how often, from how many clients, for how long; and the connections that clients keep.

use super::Session;
use super::traffic::{Ask, Plan, Told};
use crate::api::service;
use crate::clock::Time;
use crate::cluster::{Connection, Ending, Process, Sent};
use crate::kubelet::Container;
use crate::net::Protocol;
use crate::order::SortedMap;
use crate::store::Key;
use std::rc::Rc;
use std::time::Duration;

/// What a load is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// How many requests in a virtual second, of all clients together.
    pub rate: u32,
    /// How many clients take turns; each keeps a connection of its own where connections are kept.
    pub clients: u32,
    /// For how many virtual seconds; until it is stopped where that is 0.
    pub seconds: u32,
}

impl Default for Load {
    fn default() -> Load {
        Load { rate: 5, clients: 1, seconds: 0 }
    }
}

impl Load {
    /// The rates that are offered.
    pub const RATES: &'static [u32] = &[1, 5, 20, 100, 1000];
    /// The numbers of clients that are offered.
    pub const CLIENTS: &'static [u32] = &[1, 2, 5, 20, 100];
    /// The durations that are offered, in seconds; 0 is until it is stopped.
    pub const SECONDS: &'static [u32] = &[0, 10, 30, 60, 300];
    /// More at once than this is not sent.
    const FASTEST: u32 = 1000;
}

/// A load that runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Stream {
    /// What is asked.
    pub ask: Ask,
    /// What it is like.
    pub load: Load,
    /// When it began.
    pub began: Time,
    /// How many requests were sent.
    pub sent: u64,
    traced: Option<Time>,
}

impl Stream {
    /// When its next request is due; `None` when it has come to its end.
    fn due(&self) -> Option<Time> {
        let after = Duration::from_micros(self.sent.saturating_mul(1_000_000) / u64::from(self.load.rate.max(1)));
        let goes_on = self.load.seconds == 0 || after < Duration::from_secs(u64::from(self.load.seconds));
        goes_on.then(|| self.began + after)
    }
}

/// A connection that a client keeps.
#[derive(Debug)]
struct Kept {
    source_port: u16,
    /// The pod and the container that it leads to, and since when that runs.
    to: Option<(Key, String, Option<Time>)>,
}

/// The load that runs and the connections that are open.
#[derive(Debug, Default)]
pub(super) struct Running {
    stream: Option<Stream>,
    kept: SortedMap<(Ask, u32), Kept>,
    /// What the last request of the stream was sent by, and how far the log was then.
    plan: Option<((u64, u32), Rc<Plan>)>,
}

/// A stream's requests are followed step by step when the last one that was is so long ago.
const FOLLOWED: Duration = Duration::from_millis(50);

impl Session {
    /// The load that runs.
    pub fn stream(&self) -> Option<&Stream> {
        self.traffic.load.stream.as_ref()
    }

    /// Starts a load, or ends the one that runs.
    pub fn set_stream(&mut self, stream: Option<(Ask, Load)>) {
        self.hang_up_all();
        let began = self.cluster.now();
        self.traffic.load.plan = None;
        self.traffic.load.stream = stream.map(|(ask, load)| {
            let load = Load { rate: load.rate.clamp(1, Load::FASTEST), clients: load.clients.max(1), ..load };
            Stream { ask, load, began, sent: 0, traced: None }
        });
        self.version += 1;
    }

    /// When the load's next request is due.
    pub(super) fn stream_due(&self) -> Option<Time> {
        self.traffic.load.stream.as_ref().and_then(Stream::due)
    }

    /// Sends the load's request that is due now.
    pub(super) fn send_of_stream(&mut self) {
        let now = self.cluster.now();
        let Some(stream) = self.traffic.load.stream.as_mut() else { return };
        let client = (stream.sent % u64::from(stream.load.clients)) as u32;
        stream.sent += 1;
        let followed = stream.traced.is_none_or(|traced| now.since(traced) >= FOLLOWED);
        if followed {
            stream.traced = Some(now);
        }
        let ended = stream.due().is_none();
        let ask = stream.ask.clone();
        let plan = self.plan_of_now(&ask);
        self.send_one(&plan, client, if followed { Told::Traced } else { Told::Listed });
        if ended {
            self.set_stream(None);
        }
        self.version += 1;
    }

    /// The plan of the request before, where nothing has happened since.
    fn plan_of_now(&mut self, ask: &Ask) -> Rc<Plan> {
        let mark = self.mark();
        // With session affinity each request may change where the next one goes.
        let sticks =
            self.cluster.store().get(&ask.service).is_some_and(|object| service::sticky_seconds(object).is_some());
        if let Some((made, plan)) = &self.traffic.load.plan
            && *made == mark
            && !sticks
        {
            return plan.clone();
        }
        let plan = Rc::new(self.plan(ask));
        self.traffic.load.plan = Some((mark, plan.clone()));
        plan
    }

    /// The connection that a client's next request uses.
    pub(super) fn connection(&mut self, ask: &Ask, client: u32) -> Connection {
        if !ask.keep_alive {
            return Connection::New;
        }
        let key = (ask.clone(), client);
        let Some(kept) = self.traffic.load.kept.get(&key) else { return Connection::Keep };
        // A container that ends closes its connections; a UDP socket knows of none.
        let is_open = ask.protocol == Protocol::Udp
            || kept
                .to
                .as_ref()
                .is_some_and(|(pod, container, since)| since.is_some() && self.runs_since(pod, container) == *since);
        if is_open {
            return Connection::Reuse(kept.source_port);
        }
        self.hang_up(&key);
        Connection::Keep
    }

    /// Keeps the connection of a request, if it is to be kept and was answered.
    pub(super) fn keep_connection(&mut self, ask: &Ask, client: u32, sent: &Sent) {
        if !ask.keep_alive {
            return;
        }
        let key = (ask.clone(), client);
        let to = match &sent.ending {
            Ending::Answered { by: Process::Container { pod, name }, .. } => {
                Some((pod.clone(), name.clone(), self.runs_since(pod, name)))
            }
            _ => None,
        };
        if to.is_some() || (ask.protocol == Protocol::Udp && sent.source_port != 0) {
            self.traffic.load.kept.insert(key, Kept { source_port: sent.source_port, to });
        } else {
            self.hang_up(&key);
            self.cluster.hang_up(sent.source_port);
        }
    }

    /// Since when a container runs; `None` where it does not.
    fn runs_since(&self, pod: &Key, container: &str) -> Option<Time> {
        let kubelets = self.cluster.kubelets().iter();
        kubelets.filter_map(|kubelet| kubelet.container(pod, container)).find_map(Container::running_since)
    }

    fn hang_up(&mut self, key: &(Ask, u32)) {
        if let Some(kept) = self.traffic.load.kept.remove(key) {
            self.cluster.hang_up(kept.source_port);
        }
    }

    /// Closes every connection that is kept.
    pub(super) fn hang_up_all(&mut self) {
        for kept in std::mem::take(&mut self.traffic.load.kept).into_values() {
            self.cluster.hang_up(kept.source_port);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::ResourceId;
    use crate::clock::Epoch;
    use crate::session::Door;
    use crate::session::{File, Setup, Source, Split};

    const TEXT: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata:
      labels: {app: web}
      annotations: {sim/latency: 20ms, sim/listen: '80,udp:53'}
    spec:
      containers: [{name: web, image: nginx:1.27}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80}, {name: dns, port: 53, protocol: UDP}]
";

    fn session() -> Session {
        let files = vec![File { name: "web.yaml".to_owned(), text: TEXT.to_owned() }];
        let mut session = Session::new(Setup { seed: 3, epoch: Epoch(1_795_000_000), files, modes: Vec::new() });
        pass(&mut session, 60);
        session
    }

    fn pass(session: &mut Session, seconds: u32) {
        for _ in 0..seconds * 4 {
            session.advance(Duration::from_millis(250), || false);
        }
    }

    fn ask(protocol: Protocol, keep_alive: bool) -> Ask {
        let service = Key::new(ResourceId::SERVICES, "default", "web");
        let port = if protocol == Protocol::Udp { 53 } else { 80 };
        Ask { from: Source::Node("node1".to_owned()), service, port, protocol, keep_alive, door: Door::Usual }
    }

    fn pods(split: &Split) -> usize {
        split.shares.iter().filter(|share| share.count > 0).count()
    }

    #[test]
    fn one_pod_gets_all_the_requests_of_one_connection() {
        let mut session = session();
        for protocol in [Protocol::Tcp, Protocol::Udp] {
            let (fresh, kept) = (ask(protocol, false), ask(protocol, true));
            session.send(&fresh, 60);
            session.send(&kept, 60);
            assert_eq!(pods(&session.split(&fresh)), 3, "{protocol:?}");
            assert_eq!((pods(&session.split(&kept)), session.split(&kept).answered), (1, 60), "{protocol:?}");
        }
        session.forget_requests();
        assert!(session.cluster().network().nodes.iter().all(|node| node.conntrack.iter().next().is_none()));
    }

    #[test]
    fn a_load_ends_after_its_time_and_has_figures() {
        let mut session = session();
        let ask = ask(Protocol::Tcp, false);
        session.set_stream(Some((ask.clone(), Load { rate: 20, clients: 2, seconds: 10 })));
        pass(&mut session, 11);
        assert_eq!(session.stream(), None);
        let split = session.split(&ask);
        assert_eq!((split.answered, split.failed, split.caveat), (200, 0, ""));
        assert!(split.fit.is_some_and(|fit| fit.likely));
        let took = split.latencies.unwrap();
        assert!(took.p50 >= Duration::from_millis(20) && took.max < Duration::from_millis(25), "{took:?}");
        assert_eq!((split.stretch, split.over_time.len()), (Duration::from_millis(250), 40));
    }

    #[test]
    fn kept_connections_outlive_a_rollout_until_their_pods_end() {
        let mut session = session();
        let ask = ask(Protocol::Tcp, true);
        session.set_stream(Some((ask.clone(), Load { rate: 20, clients: 5, seconds: 0 })));
        pass(&mut session, 5);
        let before: Vec<Key> = session.split(&ask).shares.into_iter().map(|share| share.pod).collect();
        session.run_line("kubectl rollout restart deployment web");
        pass(&mut session, 60);
        let split = session.split(&ask);
        assert_eq!((split.failed, split.answered), (0, 1301));
        assert!(split.shares.iter().any(|share| share.count > 0 && !before.contains(&share.pod)));
    }

    #[test]
    fn a_container_that_restarts_closes_its_connections() {
        let mut session = session();
        let ask = ask(Protocol::Tcp, true);
        session.send(&ask, 5);
        let held = session.asked().next().unwrap().by.clone().unwrap();
        // A pod's image is the one thing that its kubelet changes in place.
        session.run_line(&format!("kubectl set image pod/{} web=nginx:1.26", held.name));
        pass(&mut session, 30);
        let restarts = crate::api::pod::restarts(session.cluster().store().get(&held).unwrap());
        assert_eq!(restarts, 1, "{:?}", session.printed());
        let kept = session.traffic.load.kept.values().next().unwrap().source_port;
        session.send(&ask, 5);
        assert!(session.asked().take(5).all(|one| !one.failed), "a new connection takes the closed one's place");
        assert_ne!(session.traffic.load.kept.values().next().unwrap().source_port, kept);
    }

    #[test]
    fn a_click_shows_the_line_that_it_equals() {
        let mut session = session();
        let pod = session.client_pods()[0].source.clone();
        session.send_by_hand(&Ask { from: pod, ..ask(Protocol::Tcp, false) }, 1);
        session.send_by_hand(&ask(Protocol::Tcp, false), 10);
        let text: String = session.printed().iter().map(|one| one.text.as_str()).collect();
        let lines: Vec<&str> = text.lines().rev().take(3).collect();
        assert!(lines[2].starts_with("kubectl exec web-") && lines[2].ends_with(" -- curl http://web/"), "{lines:?}");
        assert_eq!(lines[1], "200 OK");
        assert!(lines[0].starts_with("for i in $(seq 10); do curl http://10."), "{lines:?}");
    }
}
