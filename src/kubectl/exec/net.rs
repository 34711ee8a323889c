//! nc, ping and ip.

use super::{Ended, Machine};
use crate::cluster::{Call, Ending};
use crate::net::Protocol;
use std::time::Duration;

/// `nc [-zvu] [-w SECONDS] HOST PORT`.
pub fn nc(machine: &mut Machine<'_>, args: &[&str]) -> Ended {
    let (mut udp, mut verbose, mut patience) = (false, false, 10.0);
    let mut names = Vec::new();
    let mut words = args.iter();
    while let Some(arg) = words.next() {
        match arg.strip_prefix('-') {
            Some("w") => patience = words.next().and_then(|text| text.parse().ok()).unwrap_or(patience),
            Some(flags) => {
                udp |= flags.contains('u');
                verbose |= flags.contains('v');
            }
            None => names.push(*arg),
        }
    }
    let [host, port] = names.as_slice() else { return Ended::fail(1, "nc: missing port number") };
    let Ok(number) = port.parse() else { return Ended::fail(1, format!("nc: bad port '{port}'")) };
    let mut call = Call::new(machine.source(), host, number);
    call.traced = false;
    call.patience = Duration::try_from_secs_f64(patience).unwrap_or(call.patience);
    if udp {
        call.protocol = Protocol::Udp;
    }
    let sent = machine.cluster.send(&call);
    machine.spend(sent.took);
    let place = sent.address.map_or_else(|| (*host).to_owned(), |address| address.to_string());
    match sent.ending {
        Ending::Answered { .. } if verbose => {
            Ended { err: format!("{host} ({place}:{port}) open\n"), ..Ended::default() }
        }
        Ending::Answered { .. } => Ended::default(),
        Ending::NotResolved(_) => Ended::fail(1, format!("nc: bad address '{host}'")),
        Ending::Refused(_) => Ended::fail(1, format!("nc: {host} ({place}:{port}): Connection refused")),
        Ending::TimedOut(_) | Ending::NoClient => {
            Ended::fail(1, format!("nc: {host} ({place}:{port}): Operation timed out"))
        }
    }
}

/// `ping [-c COUNT] [-W SECONDS] HOST`. A cluster IP is no machine: nobody answers there.
pub fn ping(machine: &mut Machine<'_>, args: &[&str]) -> Ended {
    let (mut count, mut host) = (4_u32, None);
    let mut words = args.iter();
    while let Some(arg) = words.next() {
        match *arg {
            "-c" => count = words.next().and_then(|text| text.parse().ok()).unwrap_or(count).clamp(1, 20),
            "-W" | "-w" | "-i" => drop(words.next()),
            flag if flag.starts_with('-') => {}
            name => host = Some(name),
        }
    }
    let Some(host) = host else { return Ended::fail(1, "ping: missing host operand") };
    let addresses = super::names::addresses(machine, host);
    let Some(address) = addresses.first().map(ToString::to_string) else {
        return Ended::fail(1, format!("ping: bad address '{host}'"));
    };
    let alive = machine.cluster.settings().nodes.iter().any(|node| node.address == address)
        || machine.cluster.store().list(crate::api::ResourceId::PODS, None).any(|pod| {
            use crate::api::Fields;
            pod.text("status.podIP") == address && pod.text("status.phase") == "Running"
        });
    let mut out = format!("PING {host} ({address}): 56 data bytes\n");
    for sequence in 0..count {
        if alive {
            out += &format!("64 bytes from {address}: seq={sequence} ttl=62 time=0.{} ms\n", 90 + sequence % 10);
        }
        machine.spend(Duration::from_secs(1));
    }
    let received = if alive { count } else { 0 };
    let lost = if alive { 0 } else { 100 };
    out += &format!(
        "\n--- {host} ping statistics ---\n{count} packets transmitted, {received} packets received, {lost}% packet loss\n"
    );
    if alive {
        out += "round-trip min/avg/max = 0.090/0.092/0.099 ms\n";
    }
    Ended { out, code: i32::from(!alive), ..Ended::default() }
}

/// `ip addr`, `ip route`.
pub fn ip(machine: &Machine<'_>, args: &[&str]) -> Ended {
    let address = machine.address();
    let gateway = address.rsplit_once('.').map(|(net, _)| format!("{net}.1")).unwrap_or_default();
    match args.iter().find(|arg| !arg.starts_with('-')) {
        Some(&("a" | "addr" | "address")) => Ended::ok(format!(
            "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN qlen 1000\n    link/loopback 00:00:00:00:00:00 \
             brd 00:00:00:00:00:00\n    inet 127.0.0.1/8 scope host lo\n       valid_lft forever preferred_lft forever\n2: \
             eth0@if7: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP\n    inet {address}/24 scope global \
             eth0\n       valid_lft forever preferred_lft forever\n"
        )),
        Some(&("r" | "route")) => {
            let net = gateway.strip_suffix(".1").unwrap_or("");
            Ended::ok(format!(
                "default via {gateway} dev eth0\n{net}.0/24 via {gateway} dev eth0  src {address}\n{gateway} dev eth0 scope link  \
                 src {address}\n"
            ))
        }
        _ => Ended::fail(255, "Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }"),
    }
}
