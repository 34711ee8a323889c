//! ipvs: virtual servers that hand connections to real servers, with true schedulers, and the few iptables rules and
//! address sets that kube-proxy keeps beside them.

use super::fabric::Leg;
use super::iptables::Ruleset;
use super::kernel::{Kernel, Memory};
use super::packet::{Hook, Packet, Protocol};
use super::program::Verdict;
use super::trace::Step;
use crate::clock::Time;
use crate::order::SortedMap;
use std::collections::VecDeque;
use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// How a virtual server chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scheduler {
    /// Round robin: kube-proxy's default.
    Rr,
    /// Weighted round robin.
    Wrr,
    /// Least connections.
    Lc,
    /// Weighted least connections.
    Wlc,
    /// By a hash of the source address.
    Sh,
    /// By a hash of the destination address.
    Dh,
    /// Shortest expected delay.
    Sed,
    /// An idle server first, else the shortest expected delay.
    Nq,
}

impl Scheduler {
    /// All of them.
    pub const ALL: [Scheduler; 8] = [
        Scheduler::Rr,
        Scheduler::Wrr,
        Scheduler::Lc,
        Scheduler::Wlc,
        Scheduler::Sh,
        Scheduler::Dh,
        Scheduler::Sed,
        Scheduler::Nq,
    ];

    /// `rr`.
    pub fn name(self) -> &'static str {
        match self {
            Scheduler::Rr => "rr",
            Scheduler::Wrr => "wrr",
            Scheduler::Lc => "lc",
            Scheduler::Wlc => "wlc",
            Scheduler::Sh => "sh",
            Scheduler::Dh => "dh",
            Scheduler::Sed => "sed",
            Scheduler::Nq => "nq",
        }
    }

    /// Whether many short connections come out even, whoever asks: all but the hashes.
    pub fn evens_out(self) -> bool {
        !matches!(self, Scheduler::Sh | Scheduler::Dh)
    }

    /// What it goes by, in words.
    pub fn about(self) -> &'static str {
        match self {
            Scheduler::Rr => "turns",
            Scheduler::Wrr => "turns, by weight",
            Scheduler::Lc => "the fewest connections",
            Scheduler::Wlc => "the fewest connections, by weight",
            Scheduler::Sh => "a hash of the client's address",
            Scheduler::Dh => "a hash of the Service's address",
            Scheduler::Sed => "the shortest expected delay",
            Scheduler::Nq => "an idle endpoint first, else the shortest expected delay",
        }
    }
}

/// Where a virtual server sends to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RealServer {
    /// The endpoint.
    pub to: SocketAddr,
    /// 1 for all that kube-proxy uses; 0 takes no new connections.
    pub weight: u32,
}

/// A virtual server.
#[derive(Clone, Debug, PartialEq)]
pub struct VirtualServer {
    /// What it serves.
    pub protocol: Protocol,
    /// Where.
    pub at: SocketAddr,
    /// How it chooses.
    pub scheduler: Scheduler,
    /// For how many seconds a client keeps its real server.
    pub persistent: Option<u32>,
    /// Where it sends to.
    pub servers: Vec<RealServer>,
}

impl VirtualServer {
    /// Its lines in `ipvsadm -Ln`, with the connections that `memory` counts.
    pub fn lines(&self, memory: &Memory, now: Time) -> Vec<String> {
        let mut head = format!("{:<4} {} {}", self.protocol.name().to_uppercase(), self.at, self.scheduler.name());
        if let Some(seconds) = self.persistent {
            let _ = write!(head, " persistent {seconds}");
        }
        let real = |server: &RealServer| {
            let load = memory.ipvs.load.get(&(self.protocol, self.at, server.to));
            let (open, closed) = load.map_or((0, 0), |load| (load.open, load.closed(now)));
            format!("  -> {:<28} {:<7} {:<6} {open:<10} {closed:<10}", server.to.to_string(), "Masq", server.weight)
        };
        std::iter::once(head).chain(self.servers.iter().map(real)).collect()
    }

    /// The real server of a new connection, and whether its client had it before. Models net/netfilter/ipvs
    /// ip_vs_{rr,wrr,lc,wlc,sh,dh,sed,nq}.c; the hash of sh and dh is our own.
    fn schedule(&self, packet: &Packet, kernel: &mut Kernel<'_>) -> (Option<SocketAddr>, bool) {
        let at = (self.protocol, self.at);
        let client = (at.0, at.1, packet.from());
        let usable: Vec<&RealServer> = self.servers.iter().filter(|real| real.weight > 0).collect();
        if let (Some(seconds), Some((to, until))) =
            (self.persistent, kernel.memory.ipvs.persistent.get(&client).copied())
            && kernel.now < until
            && usable.iter().any(|real| real.to == to)
        {
            let until = kernel.now + Duration::from_secs(u64::from(seconds));
            kernel.memory.ipvs.persistent.insert(client, (to, until));
            return (Some(to), true);
        }
        let now = kernel.now;
        let counters = &mut kernel.memory.ipvs;
        let load_of = |real: &RealServer| counters.load.get(&(at.0, at.1, real.to));
        let open = |real: &RealServer| load_of(real).map_or(0, |load| u64::from(load.open));
        // Open connections weigh 256 times as much as closed ones.
        let overhead = |real: &RealServer| {
            load_of(real).map_or(0, |load| (u64::from(load.open) << 8) + u64::from(load.closed(now)))
        };
        let least = |score: &dyn Fn(&RealServer) -> u64| {
            usable.iter().enumerate().min_by_key(|(place, real)| (score(real), *place)).map(|(_, real)| real.to)
        };
        // Scores are in parts of a million, so that weights divide evenly enough.
        let delay = |real: &RealServer| (open(real) + 1) * 1_000_000 / u64::from(real.weight.max(1));
        let hashed = |address: IpAddr| {
            let bytes: Vec<u8> = match address {
                IpAddr::V4(address) => address.octets().to_vec(),
                IpAddr::V6(address) => address.octets().to_vec(),
            };
            let hash = bytes.iter().fold(0_u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(u32::from(*byte)));
            let hash = hash.wrapping_mul(2_654_435_761) >> 8;
            usable.get(hash as usize % usable.len().max(1)).map(|real| real.to)
        };
        let chosen = match self.scheduler {
            Scheduler::Rr => {
                let next = counters.last.get(&at).map_or(0, |last| last + 1) % usable.len().max(1);
                counters.last.insert(at, next);
                usable.get(next).map(|real| real.to)
            }
            Scheduler::Wrr => {
                let most = usable.iter().map(|real| real.weight).max().unwrap_or(0);
                let mut place = counters.last.get(&at).copied();
                let mut wanted = counters.weight.get(&at).copied().unwrap_or(0);
                let mut found = None;
                for _ in 0..usable.len() * (most as usize + 1) {
                    let next = place.map_or(0, |place| place + 1) % usable.len().max(1);
                    if next == 0 {
                        wanted = if wanted <= 1 { most } else { wanted - 1 };
                    }
                    place = Some(next);
                    if let Some(real) = usable.get(next).filter(|real| real.weight >= wanted) {
                        found = Some(real.to);
                        break;
                    }
                }
                if let Some(place) = place {
                    counters.last.insert(at, place);
                }
                counters.weight.insert(at, wanted);
                found
            }
            Scheduler::Lc => least(&overhead),
            Scheduler::Wlc => least(&|real| overhead(real) * 1_000_000 / u64::from(real.weight.max(1))),
            Scheduler::Sed => least(&delay),
            Scheduler::Nq => {
                let idle = usable.iter().find(|real| open(real) == 0).map(|real| real.to);
                idle.or_else(|| least(&delay))
            }
            Scheduler::Sh => hashed(packet.from()),
            Scheduler::Dh => hashed(packet.to()),
        };
        if let (Some(seconds), Some(to)) = (self.persistent, chosen) {
            let until = kernel.now + Duration::from_secs(u64::from(seconds));
            kernel.memory.ipvs.persistent.insert(client, (to, until));
        }
        (chosen, false)
    }
}

/// What virtual servers remember between connections.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Counters {
    /// The place of the last choice (rr, wrr).
    last: SortedMap<(Protocol, SocketAddr), usize>,
    /// wrr: the weight that a server must have at least in this round.
    weight: SortedMap<(Protocol, SocketAddr), u32>,
    /// Connections, by virtual and real server.
    load: SortedMap<(Protocol, SocketAddr, SocketAddr), Load>,
    /// Clients' last real servers, and until when they keep them.
    persistent: SortedMap<(Protocol, SocketAddr, IpAddr), (SocketAddr, Time)>,
}

/// How long a closed connection counts as inactive: the kernel's time-out after FIN.
const INACTIVE: Duration = Duration::from_secs(120);

/// The connections of a real server.
#[derive(Clone, Debug, Default, PartialEq)]
struct Load {
    /// Those that are open.
    open: u32,
    /// Those that were closed lately: how many within each second in which they will be forgotten.
    closed: VecDeque<(u64, u32)>,
}

impl Load {
    /// How many closed ones still count.
    fn closed(&self, now: Time) -> u32 {
        let second = now.millis() / 1000;
        self.closed.iter().filter(|(until, _)| *until > second).map(|(_, count)| count).sum()
    }

    fn add_closed(&mut self, now: Time) {
        let second = now.millis() / 1000;
        while self.closed.front().is_some_and(|(until, _)| *until <= second) {
            self.closed.pop_front();
        }
        let until = second + INACTIVE.as_secs();
        match self.closed.back_mut() {
            Some((last, count)) if *last == until => *count += 1,
            _ => self.closed.push_back((until, 1)),
        }
    }

    fn remove_closed(&mut self) {
        if let Some((_, count)) = self.closed.back_mut() {
            *count -= 1;
            if *count == 0 {
                self.closed.pop_back();
            }
        }
    }
}

/// The virtual servers of a node, with the iptables rules beside them.
#[derive(Clone, Debug, PartialEq)]
pub struct Ipvs {
    servers: SortedMap<(Protocol, SocketAddr), Arc<VirtualServer>>,
    bound: SortedMap<IpAddr, u32>,
    rules: Ruleset,
}

impl Ipvs {
    /// No virtual server, and these rules.
    pub fn new(rules: Ruleset) -> Ipvs {
        Ipvs { servers: SortedMap::new(), bound: SortedMap::new(), rules }
    }

    /// The iptables rules.
    pub fn rules(&self) -> &Ruleset {
        &self.rules
    }

    /// The iptables rules, to change.
    pub fn rules_mut(&mut self) -> &mut Ruleset {
        &mut self.rules
    }

    /// The virtual server at this address.
    pub fn server(&self, protocol: Protocol, at: SocketAddr) -> Option<&VirtualServer> {
        self.servers.get(&(protocol, at)).map(|server| &**server)
    }

    /// Puts a virtual server in, in place of what was there.
    pub fn insert(&mut self, server: VirtualServer) {
        let at = (server.protocol, server.at);
        self.servers.insert(at, Arc::new(server));
    }

    /// Takes a virtual server out.
    pub fn remove(&mut self, protocol: Protocol, at: SocketAddr) {
        self.servers.remove(&(protocol, at));
    }

    /// Makes `address` one of the node's own, on the device kube-ipvs0.
    pub fn bind(&mut self, address: IpAddr) {
        *self.bound.entry(address).or_default() += 1;
    }

    /// Takes back one [`Ipvs::bind`].
    pub fn unbind(&mut self, address: IpAddr) {
        if let Some(count) = self.bound.get_mut(&address) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.bound.remove(&address);
            }
        }
    }

    /// Whether `address` is on kube-ipvs0.
    pub fn binds(&self, address: IpAddr) -> bool {
        self.bound.contains_key(&address)
    }

    /// The addresses on kube-ipvs0.
    pub fn bound(&self) -> impl Iterator<Item = IpAddr> {
        self.bound.keys().copied()
    }

    /// The virtual servers, by protocol and address.
    pub fn servers(&self) -> impl Iterator<Item = ((Protocol, SocketAddr), &Arc<VirtualServer>)> {
        self.servers.iter().map(|(at, server)| (*at, server))
    }

    /// What `ipvsadm -Ln` prints, with the connections that `memory` counts.
    pub fn list(&self, memory: &Memory, now: Time) -> String {
        let mut text = String::from(
            "IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Scheduler Flags\n  -> \
             RemoteAddress:Port           Forward Weight ActiveConn InActConn\n",
        );
        for server in self.servers.values() {
            for line in server.lines(memory, now) {
                text.push_str(&line);
                text.push('\n');
            }
        }
        text
    }

    /// What the rules and virtual servers say at `hook`: packets to a virtual server are caught as they come in for the
    /// node, and as the node makes them.
    pub fn run(&self, hook: Hook, packet: &mut Packet, kernel: &mut Kernel<'_>, ask_nat: bool) -> Verdict {
        let said = self.rules.run(hook, packet, kernel, ask_nat);
        if !ask_nat || !matches!(hook, Hook::Input | Hook::Output) || matches!(said, Verdict::Drop | Verdict::Reject) {
            return said;
        }
        let Some(server) = self.servers.get(&(packet.protocol, packet.destination)) else { return said };
        let (chosen, persistent) = server.schedule(packet, kernel);
        kernel.tell(|| Step::Scheduled {
            service: server.at,
            scheduler: server.scheduler.name(),
            server: chosen,
            persistent,
        });
        let Some(to) = chosen else { return Verdict::Reject };
        kernel.memory.ipvs.load.entry((packet.protocol, server.at, to)).or_default().add_closed(kernel.now);
        let before = packet.destination;
        packet.destination = to;
        packet.dnat = true;
        kernel.tell(|| Step::Dnat { before, after: to });
        Verdict::Dnat(to)
    }

    /// Drops what the memory holds of virtual servers that are gone.
    pub fn forget_unnamed(&self, memory: &mut Memory) {
        memory.ipvs.last.retain(|at, _| self.servers.contains_key(at));
        memory.ipvs.load.retain(|(protocol, at, _), _| self.servers.contains_key(&(*protocol, *at)));
        memory.ipvs.weight.retain(|at, _| self.servers.contains_key(at));
        memory.ipvs.persistent.retain(|(protocol, at, _), _| self.servers.contains_key(&(*protocol, *at)));
    }
}

impl Memory {
    /// Counts a connection to a real server: open from now on, or closed. One that was scheduled counts as closed until
    /// it is kept open.
    pub(super) fn count_connection(&mut self, translated: &Leg, is_open: bool, now: Time) {
        let key = (translated.original.protocol, translated.original.destination, translated.translated.destination);
        let load = self.ipvs.load.entry(key).or_default();
        if is_open {
            load.open += 1;
            load.remove_closed();
        } else {
            load.open = load.open.saturating_sub(1);
            load.add_closed(now);
        }
    }
}
