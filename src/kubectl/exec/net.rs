//! nc and telnet.

use super::images::Make;
use super::machine::Machine;
use super::stream::Io;
use super::world::Ended;
use crate::cluster::{Call, Ending, Sent};
use crate::net::Protocol;
use crate::net::iptables::port_name;
use std::time::Duration;

/// The kernel's tries for a connection, about two minutes.
pub const USUAL_PATIENCE: Duration = Duration::from_secs(130);

/// `nc [-zvu] [-w SECONDS] HOST PORT`: what it is given is sent, if it is a request over HTTP.
pub async fn nc(machine: &Machine, args: &[&str], io: &Io) -> Ended {
    let (mut udp, mut verbose, mut scans, mut patience) = (false, false, false, None);
    let mut names = Vec::new();
    let mut words = args.iter();
    while let Some(arg) = words.next() {
        let Some(flags) = arg.strip_prefix('-') else {
            names.push(*arg);
            continue;
        };
        let (flags, time) = flags.split_once('w').map_or((flags, None), |(flags, time)| (flags, Some(time)));
        udp |= flags.contains('u');
        verbose |= flags.contains('v');
        scans |= flags.contains('z');
        if let Some(time) = time {
            let text = if time.is_empty() { words.next().copied().unwrap_or("") } else { time };
            patience = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        }
    }
    let openbsd = machine.image.make != Make::Busybox;
    let [host, port] = names.as_slice() else {
        return Ended::fail(1, if openbsd { "nc: missing port number" } else { "nc: bad address or port" });
    };
    let Ok(number) = port.parse() else {
        return Ended::fail(
            1,
            if openbsd { format!("nc: port number invalid: {port}") } else { format!("nc: bad port '{port}'") },
        );
    };
    let mut call = Call::new(machine.source(), host, number);
    call.traced = false;
    call.patience = patience.unwrap_or(USUAL_PATIENCE).min(USUAL_PATIENCE);
    if udp {
        call.protocol = Protocol::Udp;
    }
    let given = if scans || udp { String::new() } else { io.input.all().await };
    let (sent, answer) = super::http::raw(machine, call, &given).await;
    let place = sent.address.map_or_else(|| (*host).to_owned(), |address| address.to_string());
    let kind = if udp { "udp" } else { "tcp" };
    let is_address = crate::net::parse_address(host).is_some();
    let who = if is_address { place.clone() } else { format!("{host} ({place})") };
    match (&sent.ending, openbsd) {
        (Ending::Answered { .. } | Ending::TooSlow(_), _) if !verbose => Ended::ok(answer),
        (Ending::Answered { .. } | Ending::TooSlow(_), true) => Ended {
            err: format!("Connection to {who} {port} port [{kind}/{}] succeeded!\n", port_name(number).unwrap_or("*")),
            ..Ended::ok(answer)
        },
        (Ending::Answered { .. } | Ending::TooSlow(_), false) => {
            Ended { err: format!("{host} ({place}:{port}) open\n"), ..Ended::ok(answer) }
        }
        (Ending::NotResolved(_), true) => {
            Ended::fail(1, format!("nc: getaddrinfo for host \"{host}\" port {port}: Name does not resolve"))
        }
        (Ending::NotResolved(_), false) => Ended::fail(1, format!("nc: bad address '{host}'")),
        // A UDP client that hears nothing takes the port for open, unless it is told that it is closed.
        (Ending::TimedOut(_), _) if udp => Ended {
            err: if verbose && openbsd {
                format!("Connection to {who} {port} port [udp/{}] succeeded!\n", port_name(number).unwrap_or("*"))
            } else if verbose {
                format!("{host} ({place}:{port}) open\n")
            } else {
                String::new()
            },
            ..Ended::default()
        },
        (ending, true) if verbose => {
            let why = if matches!(ending, Ending::Refused(_)) {
                "failed: Connection refused"
            } else if patience.is_some() {
                "timed out: Operation in progress"
            } else {
                "failed: Operation timed out"
            };
            Ended::fail(1, format!("nc: connect to {who} port {port} ({kind}) {why}"))
        }
        (_, true) => Ended { code: 1, ..Ended::default() },
        (Ending::Refused(_), false) => Ended::fail(1, format!("nc: {host} ({place}:{port}): Connection refused")),
        // busybox's own alarm says this.
        (_, false) if patience.is_some() => Ended::fail(1, format!("nc: {host} ({place}:{port}): Operation timed out")),
        (_, false) => Ended::fail(1, format!("nc: {host} ({place}:{port}): Connection timed out")),
    }
}

/// `telnet HOST PORT`: it connects and ends.
pub async fn telnet(machine: &Machine, args: &[&str]) -> Ended {
    let [host, rest @ ..] = args else { return Ended::fail(1, "Usage: telnet HOST [PORT]") };
    let port = rest.first().map_or(Some(23), |port| port.parse().ok());
    let Some(port) = port else { return Ended::fail(1, "telnet: bad port") };
    let mut call = Call::new(machine.source(), host, port);
    (call.traced, call.patience) = (false, USUAL_PATIENCE);
    let sent = machine.send(call).await;
    match sent.ending {
        Ending::Answered { .. } | Ending::TooSlow(_) => Ended {
            out: format!("Connected to {host}\nConnection closed by foreign host\n"),
            code: 1,
            ..Ended::default()
        },
        Ending::NotResolved(_) => Ended::fail(1, format!("telnet: bad address '{host}'")),
        Ending::Refused(_) => {
            Ended::fail(1, format!("telnet: can't connect to remote host ({}): Connection refused", place(&sent)))
        }
        _ => Ended::fail(1, format!("telnet: can't connect to remote host ({}): Operation timed out", place(&sent))),
    }
}

fn place(sent: &Sent) -> String {
    sent.address.map(|address| address.to_string()).unwrap_or_default()
}
