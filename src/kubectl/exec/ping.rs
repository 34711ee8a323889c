//! ping, busybox's and iputils'.

use super::images::Make;
use super::machine::Machine;
use super::names;
use super::stream::Io;
use super::world::Ended;
use crate::api::{Fields, ResourceId, pod};
use crate::cluster::Cluster;
use std::net::IpAddr;
use std::time::Duration;

const MOST: u32 = 10_000;

/// `ping [-q] [-c COUNT] [-W SECONDS] HOST`. A cluster IP is no machine: nobody answers there, but where kube-proxy in
/// ipvs mode has bound it to the node.
pub async fn ping(machine: &Machine, args: &[&str], io: &Io) -> i32 {
    let (mut count, mut host, mut quiet, mut numeric) = (MOST, None, false, false);
    let mut words = args.iter();
    while let Some(arg) = words.next() {
        let Some(flags) = arg.strip_prefix('-').filter(|flags| !flags.is_empty()) else {
            host = Some(*arg);
            continue;
        };
        for (at, flag) in flags.char_indices() {
            quiet |= flag == 'q';
            numeric |= flag == 'n';
            if "cWwiIstp".contains(flag) {
                let rest = flags.get(at + flag.len_utf8()..).unwrap_or("");
                let value = if rest.is_empty() { words.next().copied().unwrap_or("") } else { rest };
                if flag == 'c' {
                    count = value.parse().unwrap_or(count).clamp(1, MOST);
                }
                break;
            }
        }
    }
    let iputils = machine.image.make != Make::Busybox;
    let Some(host) = host else {
        let why =
            if iputils { "ping: usage error: Destination address required" } else { "ping: missing host operand" };
        return Ended::fail(1, why).print(io);
    };
    let (addresses, whole) = names::found(machine, host).await;
    let Some(address) = addresses.first().copied() else {
        let why = if iputils {
            format!("ping: {host}: Name or service not known")
        } else {
            format!("ping: bad address '{host}'")
        };
        return Ended::fail(if iputils { 2 } else { 1 }, why).print(io);
    };
    // iputils asks for the name of who answers, unless it was given an address.
    let by_name = iputils && !numeric && crate::net::parse_address(host).is_none();
    let host = if iputils { whole.as_str() } else { host };
    let who = if by_name {
        let name = names::name_of(machine, address).await.unwrap_or_else(|| address.to_string());
        format!("{name} ({address})")
    } else {
        address.to_string()
    };
    io.out.write(&if iputils {
        format!("PING {host} ({address}) 56(84) bytes of data.\n")
    } else {
        format!("PING {host} ({address}): 56 data bytes\n")
    });
    let from = (pod::node(&machine.pod).to_owned(), pod::is_on_host_network(&machine.pod));
    let (mut sequence, mut times) = (0, Vec::new());
    while sequence < count {
        let (node, is_node) = from.clone();
        let ttl = machine.world.see(move |world| answered(world.cluster, address, &node, is_node)).await;
        if let Some(ttl) = ttl {
            let micros = 90 + sequence % 10;
            times.push(micros);
            let number = if iputils { format!("icmp_seq={}", sequence + 1) } else { format!("seq={sequence}") };
            if !quiet {
                io.out.write(&format!("64 bytes from {who}: {number} ttl={ttl} time=0.{micros:03} ms\n"));
            }
        }
        sequence += 1;
        if sequence < count || ttl.is_none() {
            machine.world.sleep(Duration::from_secs(1)).await;
        }
    }
    let received = times.len() as u32;
    let lost = (count - received) * 100 / count;
    io.out.write(&format!("\n--- {host} ping statistics ---\n"));
    io.out.write(&if iputils {
        let time = 1000 * (count - u32::from(received > 0));
        format!("{count} packets transmitted, {received} received, {lost}% packet loss, time {time}ms\n")
    } else {
        format!("{count} packets transmitted, {received} packets received, {lost}% packet loss\n")
    });
    if let (Some(least), Some(most)) = (times.iter().min(), times.iter().max()) {
        let total = u64::from(received);
        let sum: u64 = times.iter().copied().map(u64::from).sum();
        let squares: u64 = times.iter().map(|time| u64::from(time * time)).sum();
        let mean = sum / total;
        let deviation = ((squares - sum * sum / total) / total).isqrt();
        io.out.write(&if iputils {
            format!("rtt min/avg/max/mdev = 0.{least:03}/0.{mean:03}/0.{most:03}/0.{deviation:03} ms\n")
        } else {
            format!("round-trip min/avg/max = 0.{least:03}/0.{mean:03}/0.{most:03} ms\n")
        });
    }
    i32::from(received == 0)
}

/// How long an answer may still live when it arrives, where somebody has the address: each node that passes it on takes
/// one away.
fn answered(cluster: &Cluster, address: IpAddr, node: &str, from_node: bool) -> Option<u32> {
    let text = address.to_string();
    if address.is_loopback() {
        return Some(64);
    }
    let from_pod = u32::from(!from_node);
    if let Some(to) = cluster.settings().nodes.iter().find(|node| node.address == text) {
        return Some(64 - if to.name == node { 0 } else { from_pod });
    }
    if cluster.network().nodes.iter().any(|one| *one.name == *node && one.program.binds(address)) {
        return Some(64);
    }
    let is_it = |pod: &&crate::api::Object| pod::ip(pod) == text && pod.text("status.phase") == "Running";
    let to = cluster.store().list(ResourceId::PODS, None).map(|pod| &**pod).find(is_it)?;
    Some(64 - from_pod - u32::from(pod::node(to) != node))
}
