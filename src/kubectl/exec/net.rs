//! nc, telnet, ip, ifconfig and route.

use super::images::Make;
use super::machine::Machine;
use super::stream::Io;
use super::world::Ended;
use crate::cluster::{Call, Ending, Sent};
use crate::net::Protocol;
use std::time::Duration;

/// The kernel's tries for a connection, about two minutes.
pub const USUAL_PATIENCE: Duration = Duration::from_secs(130);

/// What a service's port is called in /etc/services.
fn port_name(port: &str) -> &str {
    match port {
        "22" => "ssh",
        "53" => "domain",
        "80" => "http",
        "443" => "https",
        "3306" => "mysql",
        "5432" => "postgresql",
        "6379" => "redis",
        "8080" => "http-alt",
        _ => "*",
    }
}

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
            err: format!("Connection to {who} {port} port [{kind}/{}] succeeded!\n", port_name(port)),
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
                format!("Connection to {who} {port} port [udp/{}] succeeded!\n", port_name(port))
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

/// The pod's address, its network's first three numbers, and the card's hardware address.
fn card(machine: &Machine) -> (String, String, String) {
    let address = machine.address().to_owned();
    let net = address.rsplit_once('.').map(|(net, _)| net.to_owned()).unwrap_or_default();
    let numbers: Vec<u8> = address.split('.').filter_map(|number| number.parse().ok()).collect();
    let hardware = match numbers.as_slice() {
        [a, b, c, d] => format!("0a:58:{a:02x}:{b:02x}:{c:02x}:{d:02x}"),
        _ => "0a:58:00:00:00:00".to_owned(),
    };
    (address, net, hardware)
}

/// `ip [-4] [-br] addr [show] [DEVICE]`, `ip link`, `ip route [get ADDRESS]`, `ip neigh`.
pub fn ip(machine: &Machine, args: &[&str]) -> Ended {
    let (address, net, hardware) = card(machine);
    let iproute = machine.image.make != Make::Busybox;
    let group = if iproute { " group default" } else { "" };
    let dynamic = "\n       valid_lft forever preferred_lft forever";
    let (options, words): (Vec<&str>, Vec<&str>) = args.iter().partition(|arg| arg.starts_with('-'));
    let is_brief = options.iter().any(|option| matches!(*option, "-br" | "-brief"));
    let link = |number: u8, name: &str, flags: &str, mtu: u32, state: &str| {
        format!("{number}: {name}: <{flags}> mtu {mtu} qdisc noqueue state {state}{group} qlen 1000\n")
    };
    let flags = if iproute { "BROADCAST,MULTICAST,UP,LOWER_UP" } else { "BROADCAST,MULTICAST,UP,LOWER_UP,M-DOWN" };
    let peer = if iproute { " link-netnsid 0" } else { "" };
    let only_v4 = options.contains(&"-4");
    // Each device: its name, its first line, its hardware, its addresses, and the brief form.
    let devices = [
        (
            "lo",
            link(1, "lo", "LOOPBACK,UP,LOWER_UP", 65536, "UNKNOWN"),
            "    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n".to_owned(),
            format!("    inet 127.0.0.1/8 scope host lo{dynamic}\n"),
            ("UNKNOWN", "00:00:00:00:00:00 <LOOPBACK,UP,LOWER_UP>".to_owned(), "127.0.0.1/8".to_owned()),
        ),
        (
            "eth0",
            link(2, "eth0@if7", flags, 1500, "UP"),
            format!("    link/ether {hardware} brd ff:ff:ff:ff:ff:ff{peer}\n"),
            format!("    inet {address}/24 brd {net}.255 scope global eth0{dynamic}\n"),
            ("UP", format!("{hardware} <{flags}>"), format!("{address}/24")),
        ),
    ];
    let object = words.first().copied().unwrap_or("");
    let rest = words.get(1..).unwrap_or(&[]);
    let is_link = matches!(object, "l" | "link");
    match object {
        "a" | "addr" | "address" | "l" | "link" => {
            let wanted =
                rest.iter().copied().find(|word| !matches!(*word, "s" | "sh" | "show" | "list" | "dev" | "up"));
            if let Some(wanted) = wanted.filter(|wanted| !devices.iter().any(|device| device.0 == *wanted)) {
                let text = if iproute {
                    format!("Device \"{wanted}\" does not exist.")
                } else {
                    format!("ip: can't find device '{wanted}'")
                };
                return Ended::fail(1, text);
            }
            let mut out = String::new();
            for (name, first, hardware, inside, (state, brief_link, brief)) in devices {
                if wanted.is_some_and(|wanted| wanted != name) {
                    continue;
                }
                out += &if is_brief {
                    let name = if name == "eth0" { "eth0@if7" } else { name };
                    format!("{name:<16} {state:<14} {} \n", if is_link { brief_link } else { brief })
                } else if is_link {
                    first + &hardware
                } else if only_v4 {
                    first + &inside
                } else {
                    first + &hardware + &inside
                };
            }
            Ended::ok(out)
        }
        "r" | "ro" | "route" => {
            if let [verb, to, ..] = rest
                && matches!(*verb, "get" | "g")
            {
                let via = if *to == format!("{net}.1") { String::new() } else { format!("via {net}.1 ") };
                return Ended::ok(if iproute {
                    format!("{to} {via}dev eth0 src {address} uid 0 \n    cache \n")
                } else {
                    format!("{to} {via}dev eth0  src {address} \n")
                });
            }
            Ended::ok(if iproute {
                format!(
                    "default via {net}.1 dev eth0 \n{net}.0/24 via {net}.1 dev eth0 src {address} \n{net}.1 dev eth0 scope link src \
                     {address} \n"
                )
            } else {
                format!(
                    "default via {net}.1 dev eth0 \n{net}.0/24 via {net}.1 dev eth0  src {address} \n{net}.1 dev eth0 scope link  \
                     src {address} \n"
                )
            })
        }
        _ => Ended::fail(255, "Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }"),
    }
}

/// `ifconfig [DEVICE]`.
pub fn ifconfig(machine: &Machine, args: &[&str]) -> Ended {
    let (address, net, hardware) = card(machine);
    let hardware = hardware.to_uppercase();
    let counters = "          RX packets:12 errors:0 dropped:0 overruns:0 frame:0\n          TX packets:8 errors:0 dropped:0 \
                    overruns:0 carrier:0\n";
    let eth = format!(
        "eth0      Link encap:Ethernet  HWaddr {hardware}  \n          inet addr:{address}  Bcast:{net}.255  \
         Mask:255.255.255.0\n          UP BROADCAST RUNNING MULTICAST  MTU:1500  Metric:1\n{counters}          collisions:0 \
         txqueuelen:1000 \n          RX bytes:976 (976.0 B)  TX bytes:616 (616.0 B)\n\n"
    );
    let loopback = "lo        Link encap:Local Loopback  \n          inet addr:127.0.0.1  Mask:255.0.0.0\n          UP LOOPBACK RUNNING  \
                    MTU:65536  Metric:1\n          RX packets:0 errors:0 dropped:0 overruns:0 frame:0\n          TX packets:0 errors:0 \
                    dropped:0 overruns:0 carrier:0\n          collisions:0 txqueuelen:1000 \n          RX bytes:0 (0.0 B)  TX bytes:0 \
                    (0.0 B)\n\n";
    match args.iter().find(|arg| !arg.starts_with('-')) {
        None => Ended::ok(eth + loopback),
        Some(&"eth0") => Ended::ok(eth),
        Some(&"lo") => Ended::ok(loopback),
        Some(other) => {
            Ended::fail(1, format!("ifconfig: {other}: error fetching interface information: Device not found"))
        }
    }
}

/// `route [-n]`.
pub fn route(machine: &Machine) -> Ended {
    let (_, net, _) = card(machine);
    let (gateway, whole, all) = (format!("{net}.1"), format!("{net}.0"), "0.0.0.0");
    let line = |to: &str, by: &str, mask: &str, flags: &str| {
        format!("{to:<15} {by:<15} {mask:<15} {flags:<5} 0      0        0 eth0\n")
    };
    let mut out =
        "Kernel IP routing table\nDestination     Gateway         Genmask         Flags Metric Ref    Use Iface\n"
            .to_owned();
    out += &line(all, &gateway, all, "UG");
    out += &line(&whole, &gateway, "255.255.255.0", "UG");
    out += &line(&gateway, all, "255.255.255.255", "UH");
    Ended::ok(out)
}
