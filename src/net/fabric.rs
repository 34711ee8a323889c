//! The nodes, their pods and the outside, and the way of a packet between them.
//!
//! Every node has a gateway address in its pod network (the first one), a route to every other node's pod network and
//! a default route on which nobody answers. The pod network changes the source of packets that leave it
//! (`-s PODS ! -d PODS` masquerade), as a network plug-in does.

use super::conntrack::{Conntrack, Entry, Tuple};
use super::kernel::{Kernel, Locals, Memory};
use super::packet::{Hook, Packet, Protocol, State};
use super::program::{Fate, Verdict, fates};
use super::trace::{Place, Step, Trace};
use super::{Chance, Cidr, Program};
use crate::clock::Time;
use crate::order::SortedMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// From one end of a pod's cable to the other.
const CABLE: Duration = Duration::from_micros(30);
/// From node to node, or from the outside to a node.
const WIRE: Duration = Duration::from_micros(220);
/// More nodes than this a packet does not pass.
const LONGEST: usize = 4;

/// A node's part of the network.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its name.
    pub name: Arc<str>,
    /// Its address on the nodes' network.
    pub address: IpAddr,
    /// The addresses of its pods.
    pub pod_cidr: Cidr,
    /// What kube-proxy wrote.
    pub program: Arc<Program>,
    /// What the rules remember.
    pub memory: Memory,
    /// What it remembers of connections.
    pub conntrack: Conntrack,
    locals: Locals,
}

impl Node {
    /// Every fate that a new connection's first packet can meet here now, with its probability.
    pub fn fates(&self, packet: Packet, now: Time) -> Vec<(Fate, f64)> {
        fates(&self.program, &self.locals, packet, &self.memory, now)
    }

    /// A node without memory. Its pods' gateway is the first address of `pod_cidr`.
    pub fn new(name: &str, address: IpAddr, pod_cidr: Cidr, program: Arc<Program>) -> Node {
        Node {
            name: name.into(),
            address,
            pod_cidr,
            program,
            memory: Memory::default(),
            conntrack: Conntrack::default(),
            locals: Locals::new(vec![address, pod_cidr.nth(1)]),
        }
    }

    /// The address that its pods send to.
    pub fn gateway(&self) -> IpAddr {
        self.pod_cidr.nth(1)
    }

    /// Puts another program in force; what its rules do not name any more is forgotten.
    pub fn load(&mut self, program: Arc<Program>) {
        self.program = program;
        self.program.forget_unnamed(&mut self.memory);
    }

    fn has(&self, address: IpAddr) -> bool {
        self.locals.has(address) || self.program.binds(address)
    }

    /// The source of a packet that the node itself sends to `to`.
    fn source_towards(&self, to: IpAddr) -> IpAddr {
        if self.has(to) {
            to
        } else if self.pod_cidr.contains(to) {
            self.gateway()
        } else {
            self.address
        }
    }
}

/// Who has which address, and which process listens where.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sockets {
    pods: SortedMap<IpAddr, u16>,
    open: SortedMap<(Protocol, SocketAddr), u32>,
}

impl Sockets {
    /// A pod that has its own address, on a node by its place.
    pub fn add_pod(&mut self, address: IpAddr, node: u16) {
        self.pods.insert(address, node);
    }

    /// A process, by a number of the caller's choice, that listens on every address of a pod (or, at a node's address,
    /// of that node; or of a host outside the cluster).
    pub fn listen(&mut self, protocol: Protocol, at: SocketAddr, process: u32) {
        self.open.insert((protocol, at), process);
    }

    /// How the loopback address of the node at `place` is written here: what listens there is for the node alone.
    pub fn loopback_of(place: u16) -> IpAddr {
        let [high, low] = place.to_be_bytes();
        IpAddr::from([127, 1, high, low])
    }

    /// The node of the pod that has this address.
    pub fn node_of(&self, address: IpAddr) -> Option<u16> {
        self.pods.get(&address).copied()
    }

    fn listener(&self, protocol: Protocol, at: SocketAddr) -> Option<u32> {
        self.open.get(&(protocol, at)).copied()
    }

    /// Whether some process listens at an address.
    fn is_host(&self, address: IpAddr) -> bool {
        self.open.keys().any(|(_, at)| at.ip() == address)
    }
}

/// Who sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Client {
    /// The pod that has this address of its own.
    Pod(IpAddr),
    /// A process on a node (or a pod on its network), by the node's place.
    Node(u16),
    /// The host outside.
    Outside,
}

/// What is sent: the first packet of a connection, or one more of a connection that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// From whom.
    pub client: Client,
    /// Over what.
    pub protocol: Protocol,
    /// To where.
    pub to: SocketAddr,
    /// The client's port.
    pub source_port: u16,
    /// How long the client waits for an answer.
    pub patience: Duration,
}

/// Why a request was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyRefused {
    /// A rule rejected it, on this node.
    Rejected(u16),
    /// Nothing listens there.
    NothingListens(SocketAddr),
    /// A rule stopped a datagram on its way out of the node that sends it: the kernel tells the sender that this is not
    /// permitted (EPERM), whether the rule drops or rejects.
    NotPermitted(u16),
}

/// Why nobody answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyLost {
    /// A rule dropped it, on this node.
    Dropped(u16),
    /// Nobody has this address.
    NobodyThere(IpAddr),
    /// A pod got a packet that seems to come from itself, and its kernel threw it away.
    FromItself,
    /// The answer went past the node that changed the request's addresses, so the client did not know it.
    NoWayBack(u16),
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A process answered.
    Answered {
        /// Which; `None` for a ping, which the kernel answers.
        process: Option<u32>,
        /// Where it listens.
        at: SocketAddr,
        /// The client as it sees it.
        client: SocketAddr,
    },
    /// Refused at once: curl's exit code 7.
    Refused(WhyRefused),
    /// No answer within the client's patience: curl's exit code 28.
    TimedOut(WhyLost),
}

/// What a node did to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leg {
    /// The node.
    pub node: u16,
    /// The packet as it came in.
    pub original: Tuple,
    /// As it left.
    pub translated: Tuple,
}

/// How a request went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// How it ended.
    pub outcome: Outcome,
    /// The virtual time it took on the network.
    pub took: Duration,
    legs: [Option<Leg>; LONGEST],
}

impl Delivery {
    /// The nodes on the way, in order, and what each did.
    pub fn legs(&self) -> impl Iterator<Item = &Leg> {
        self.legs.iter().flatten()
    }
}

/// The network.
#[derive(Clone, Debug)]
pub struct Network {
    /// The nodes, by place.
    pub nodes: Vec<Node>,
    /// The addresses of all pods.
    pub pods: Cidr,
    /// The address of the host outside, on the nodes' network.
    pub outside: IpAddr,
}

/// Where a packet goes next.
enum Next {
    To(Place, Packet),
    End(Outcome),
}

/// What stays the same on the whole way of a packet.
struct Walk<'a> {
    sockets: &'a Sockets,
    chance: &'a mut dyn Chance,
    now: Time,
    trace: Option<&'a mut Trace>,
    way: Duration,
    legs: [Option<Leg>; LONGEST],
}

impl Walk<'_> {
    fn tell(&mut self, step: impl FnOnce() -> Step) {
        if let Some(trace) = self.trace.as_deref_mut() {
            trace.push(step());
        }
    }

    fn leg(&mut self, leg: Leg) {
        if let Some(place) = self.legs.iter_mut().find(|place| place.is_none()) {
            *place = Some(leg);
        }
    }

    /// Hands the packet to whoever listens at `at`, which is how the address is written in [`Sockets`].
    fn deliver(&mut self, packet: &Packet, at: SocketAddr) -> Outcome {
        let client = packet.source;
        let process = self.sockets.listener(packet.protocol, at);
        if process.is_none() && packet.protocol != Protocol::Icmp {
            self.tell(|| Step::NothingListens { at });
            return Outcome::Refused(WhyRefused::NothingListens(at));
        }
        self.tell(|| Step::Delivered { at, client });
        Outcome::Answered { process, at, client }
    }

    fn lost(&mut self, why: WhyLost) -> Outcome {
        self.tell(|| Step::Lost);
        Outcome::TimedOut(why)
    }
}

impl Network {
    /// Sends `request` and tells how it ended; each step goes to `trace`. Nodes remember clients (session affinity,
    /// round robin), but not the connection: see [`Network::keep`].
    pub fn send(
        &mut self,
        request: &Request,
        sockets: &Sockets,
        chance: &mut dyn Chance,
        now: Time,
        trace: Option<&mut Trace>,
    ) -> Delivery {
        let mut walk = Walk { sockets, chance, now, trace, way: Duration::ZERO, legs: [None; LONGEST] };
        let outcome = self.walk(request, &mut walk);
        let outcome = self.way_back(outcome, &mut walk);
        let took = match outcome {
            // A handshake and a question with its answer.
            Outcome::Answered { .. } if request.protocol == Protocol::Tcp => walk.way * 4,
            Outcome::Answered { .. } | Outcome::Refused(_) => walk.way * 2,
            Outcome::TimedOut(_) => request.patience,
        };
        Delivery { outcome, took, legs: walk.legs }
    }

    fn walk(&mut self, request: &Request, walk: &mut Walk<'_>) -> Outcome {
        let to = request.to;
        let from = |address: IpAddr| SocketAddr::new(address, request.source_port);
        let (mut place, mut packet, mut own) = match request.client {
            Client::Pod(address) => {
                let packet = Packet::new(request.protocol, from(address), to);
                if to.ip() == address || to.ip().is_loopback() {
                    // Containers of one pod share its network: the packet never leaves it.
                    let packet = Packet { source: from(to.ip()), ..packet };
                    walk.tell(|| Step::At { place: Place::Pod(address), packet });
                    return walk.deliver(&packet, SocketAddr::new(address, to.port()));
                }
                walk.tell(|| Step::At { place: Place::Pod(address), packet });
                let Some(node) = walk.sockets.node_of(address).or_else(|| self.node_with_pod_cidr(address)) else {
                    return walk.lost(WhyLost::NobodyThere(to.ip()));
                };
                walk.way += CABLE;
                (Place::Node(node), packet, false)
            }
            Client::Node(node) => {
                let source = self.nodes.get(usize::from(node)).map_or(to.ip(), |node| node.source_towards(to.ip()));
                (Place::Node(node), Packet::new(request.protocol, from(source), to), true)
            }
            Client::Outside => {
                let packet = Packet::new(request.protocol, from(self.outside), to);
                walk.tell(|| Step::At { place: Place::Outside, packet });
                if to.ip().is_loopback() {
                    return walk.deliver(&packet, to);
                }
                walk.way += WIRE;
                match self.nodes.iter().position(|node| node.address == to.ip()) {
                    Some(node) => (Place::Node(node as u16), packet, false),
                    None => return self.beyond(&packet, walk),
                }
            }
        };
        for _ in 0..LONGEST {
            let next = match place {
                Place::Node(node) => self.pass(node, packet, own, walk),
                Place::Pod(address) => Next::End(Self::enter_pod(address, &packet, walk)),
                Place::Outside => Next::End(self.beyond(&packet, walk)),
            };
            match next {
                Next::To(next, changed) => (place, packet, own) = (next, changed, false),
                Next::End(outcome) => return outcome,
            }
        }
        walk.lost(WhyLost::NobodyThere(packet.to()))
    }

    fn node_with_pod_cidr(&self, address: IpAddr) -> Option<u16> {
        self.nodes.iter().position(|node| node.pod_cidr.contains(address)).map(|node| node as u16)
    }

    fn enter_pod(address: IpAddr, packet: &Packet, walk: &mut Walk<'_>) -> Outcome {
        walk.tell(|| Step::At { place: Place::Pod(address), packet: *packet });
        if packet.from() == address {
            return walk.lost(WhyLost::FromItself);
        }
        walk.deliver(packet, packet.destination)
    }

    /// Outside the cluster: the host itself and hosts that the caller named answer, or refuse. Nobody there has a route
    /// to pods.
    fn beyond(&self, packet: &Packet, walk: &mut Walk<'_>) -> Outcome {
        walk.tell(|| Step::At { place: Place::Outside, packet: *packet });
        let to = packet.to();
        let is_host = to == self.outside || to.is_loopback() || walk.sockets.is_host(to);
        if is_host && !self.pods.contains(to) {
            return walk.deliver(packet, packet.destination);
        }
        walk.lost(WhyLost::NobodyThere(to))
    }

    /// A packet's way through one node: its hooks in the kernel's order, its routes, its connection tracking.
    fn pass(&mut self, place: u16, mut packet: Packet, own: bool, walk: &mut Walk<'_>) -> Next {
        let pods = self.pods;
        let Some(node) = self.nodes.get_mut(usize::from(place)) else {
            return Next::End(walk.lost(WhyLost::NobodyThere(packet.to())));
        };
        packet = Packet { mark: 0, dnat: false, state: State::New, ..packet };
        walk.tell(|| Step::At { place: Place::Node(place), packet });
        let original = Tuple::of(&packet);
        let known = node.conntrack.find(&packet, walk.now).copied();
        if let Some(entry) = known {
            packet.destination = entry.translated.destination;
            packet.dnat = entry.is_dnat();
            packet.state = if entry.replied { State::Established } else { State::New };
            walk.tell(|| Step::Known { packet });
        }
        let ask_nat = known.is_none();
        let mut masquerade = false;

        let first = if own { Hook::Output } else { Hook::Prerouting };
        if let Err(outcome) = run(node, place, first, &mut packet, ask_nat, walk) {
            return Next::End(outcome);
        }
        let mut is_local = node.has(packet.to());
        let mut asked_postrouting = false;
        if is_local {
            if own {
                // The node's packets to itself leave by its loopback device and come in again.
                masquerade = match run(node, place, Hook::Postrouting, &mut packet, ask_nat, walk) {
                    Ok(verdict) => verdict == Verdict::Masquerade,
                    Err(outcome) => return Next::End(outcome),
                };
                asked_postrouting = true;
                let mut before = packet;
                if let Err(outcome) = run(node, place, Hook::Prerouting, &mut before, false, walk) {
                    return Next::End(outcome);
                }
            }
            if let Err(outcome) = run(node, place, Hook::Input, &mut packet, ask_nat, walk) {
                return Next::End(outcome);
            }
            // A virtual server may have sent it on.
            is_local = node.has(packet.to());
        } else if !own && let Err(outcome) = run(node, place, Hook::Forward, &mut packet, ask_nat, walk) {
            return Next::End(outcome);
        }
        if !is_local && !asked_postrouting {
            masquerade = match run(node, place, Hook::Postrouting, &mut packet, ask_nat, walk) {
                Ok(verdict) => verdict == Verdict::Masquerade,
                Err(outcome) => return Next::End(outcome),
            };
        }

        let to = packet.to();
        let pod_here = walk.sockets.node_of(to) == Some(place);
        let leaves_by =
            if pod_here || (node.pod_cidr.contains(to) && !is_local) { node.gateway() } else { node.address };
        let before = packet.source;
        if let Some(entry) = known {
            packet.source = entry.translated.source;
        } else if masquerade {
            packet.source.set_ip(leaves_by);
        }
        let by_pod_network =
            known.is_none() && !masquerade && !is_local && !own && pods.contains(packet.from()) && !pods.contains(to);
        if by_pod_network {
            packet.source.set_ip(leaves_by);
        }
        if packet.source != before {
            walk.tell(|| Step::Snat { before, after: packet.source, by_pod_network });
        }
        walk.leg(Leg { node: place, original, translated: Tuple::of(&packet) });

        if is_local {
            let port = packet.destination.port();
            let own = SocketAddr::new(Sockets::loopback_of(place), port);
            let is_own = to.is_loopback() && walk.sockets.listener(packet.protocol, own).is_some();
            let at = if is_own { own } else { SocketAddr::new(node.address, port) };
            return Next::End(walk.deliver(&packet, at));
        }
        let next = if pod_here {
            walk.way += CABLE;
            Some(Place::Pod(to))
        } else if node.pod_cidr.contains(to) {
            None
        } else {
            walk.way += WIRE;
            let other = self.nodes.iter().position(|node| node.address == to || node.pod_cidr.contains(to));
            Some(other.map_or(Place::Outside, |other| Place::Node(other as u16)))
        };
        match next {
            Some(to) => {
                walk.tell(|| Step::Route { to });
                Next::To(to, packet)
            }
            None => Next::End(walk.lost(WhyLost::NobodyThere(to))),
        }
    }

    /// The answer goes to the client that the server saw; each node that changed the request's addresses must be on that
    /// way to change them back, else the client gets an answer from a stranger and ignores it.
    fn way_back(&self, outcome: Outcome, walk: &mut Walk<'_>) -> Outcome {
        let Outcome::Answered { at, client, .. } = outcome else { return outcome };
        let home = |address: IpAddr| {
            walk.sockets.node_of(address).or_else(|| {
                let place = self.nodes.iter().position(|node| node.locals.has(address) && !address.is_loopback());
                place.map(|place| place as u16)
            })
        };
        let (mut from, mut to) = (home(at.ip()), client.ip());
        for leg in walk.legs.iter().rev().flatten().filter(|leg| leg.original != leg.translated) {
            if from != Some(leg.node) && home(to) != Some(leg.node) {
                let node = leg.node;
                return walk.lost(WhyLost::NoWayBack(node));
            }
            (from, to) = (Some(leg.node), leg.original.source.ip());
        }
        if walk.trace.is_some() {
            let legs = walk.legs;
            for leg in legs.iter().rev().flatten() {
                let answer = |tuple: &Tuple| Packet {
                    state: State::Established,
                    ..Packet::new(tuple.protocol, tuple.destination, tuple.source)
                };
                let (before, after) = (answer(&leg.translated), answer(&leg.original));
                walk.tell(|| Step::Back { place: Place::Node(leg.node), before, after });
            }
        }
        outcome
    }

    /// Keeps the connection of a request that was answered: later requests from the same port go the same way, whatever
    /// the rules say by then.
    pub fn keep(&mut self, delivery: &Delivery, now: Time) {
        let replied = matches!(delivery.outcome, Outcome::Answered { .. });
        for leg in delivery.legs() {
            if let Some(node) = self.nodes.get_mut(usize::from(leg.node)) {
                let entry = Entry { original: leg.original, translated: leg.translated, replied, seen: now };
                node.conntrack.remember(entry);
                if matches!(&*node.program, Program::Ipvs(_)) && entry.is_dnat() {
                    node.memory.count_connection(leg, true, now);
                }
            }
        }
    }

    /// Forgets what every node knows of the connections from this source port.
    pub fn hang_up(&mut self, source_port: u16, now: Time) {
        for (place, node) in self.nodes.iter_mut().enumerate() {
            for entry in node.conntrack.flush(|entry| entry.original.source.port() == source_port) {
                if entry.is_dnat() && matches!(&*node.program, Program::Ipvs(_)) {
                    let leg = Leg { node: place as u16, original: entry.original, translated: entry.translated };
                    node.memory.count_connection(&leg, false, now);
                }
            }
        }
    }

    /// Forgets a connection that was kept.
    pub fn close(&mut self, delivery: &Delivery, now: Time) {
        for leg in delivery.legs() {
            let Some(node) = self.nodes.get_mut(usize::from(leg.node)) else { continue };
            let entry = node.conntrack.forget(&leg.original);
            if entry.is_some_and(|entry| entry.is_dnat()) && matches!(&*node.program, Program::Ipvs(_)) {
                node.memory.count_connection(leg, false, now);
            }
        }
    }
}

/// Asks the rules of one hook; an end is told and given as the outcome.
fn run(
    node: &mut Node,
    place: u16,
    hook: Hook,
    packet: &mut Packet,
    ask_nat: bool,
    walk: &mut Walk<'_>,
) -> Result<Verdict, Outcome> {
    let Node { program, memory, locals, .. } = node;
    let mut kernel =
        Kernel { locals, memory, chance: walk.chance, now: walk.now, trace: walk.trace.as_deref_mut(), draw: None };
    let (step, outcome) = match program.run(hook, packet, &mut kernel, ask_nat) {
        Verdict::Drop => (Step::Dropped, Outcome::TimedOut(WhyLost::Dropped(place))),
        Verdict::Reject => (Step::Rejected, Outcome::Refused(WhyRefused::Rejected(place))),
        verdict => return Ok(verdict),
    };
    walk.tell(|| step);
    // A handshake is tried again, a datagram is not.
    let is_told = hook == Hook::Output && packet.protocol != Protocol::Tcp;
    Err(if is_told { Outcome::Refused(WhyRefused::NotPermitted(place)) } else { outcome })
}
