//! nc, telnet, ping, ip, ifconfig and route.

use super::images::Make;
use super::machine::Machine;
use super::names;
use super::stream::Io;
use super::world::Ended;
use crate::api::{Fields, ResourceId, pod};
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

/// `nc [-zvu] [-w SECONDS] HOST PORT`.
pub async fn nc(machine: &Machine, args: &[&str]) -> Ended {
    let (mut udp, mut verbose, mut patience) = (false, false, None);
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
    let sent = machine.send(call).await;
    let place = sent.address.map_or_else(|| (*host).to_owned(), |address| address.to_string());
    let kind = if udp { "udp" } else { "tcp" };
    let is_address = crate::net::parse_address(host).is_some();
    let who = if is_address { place.clone() } else { format!("{host} ({place})") };
    match (&sent.ending, openbsd) {
        (Ending::Answered { .. } | Ending::TooSlow(_), _) if !verbose => Ended::default(),
        (Ending::Answered { .. } | Ending::TooSlow(_), true) => Ended {
            err: format!("Connection to {who} {port} port [{kind}/{}] succeeded!\n", port_name(port)),
            ..Ended::default()
        },
        (Ending::Answered { .. } | Ending::TooSlow(_), false) => {
            Ended { err: format!("{host} ({place}:{port}) open\n"), ..Ended::default() }
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

/// `ping [-c COUNT] [-W SECONDS] HOST`. A cluster IP is no machine: nobody answers there, but where kube-proxy in ipvs
/// mode has bound it to the node.
pub async fn ping(machine: &Machine, args: &[&str], io: &Io) -> i32 {
    const MOST: u32 = 10_000;
    let (mut count, mut host) = (MOST, None);
    let mut words = args.iter();
    while let Some(arg) = words.next() {
        match *arg {
            "-c" => count = words.next().and_then(|text| text.parse().ok()).unwrap_or(count).clamp(1, MOST),
            "-W" | "-w" | "-i" | "-s" => drop(words.next()),
            flag if flag.starts_with("-c") => {
                count = flag.trim_start_matches("-c").parse().unwrap_or(count).clamp(1, MOST);
            }
            flag if flag.starts_with('-') => {}
            name => host = Some(name),
        }
    }
    let iputils = machine.image.make == Make::Debian;
    let Some(host) = host else {
        let why =
            if iputils { "ping: usage error: Destination address required" } else { "ping: missing host operand" };
        return Ended::fail(1, why).print(io);
    };
    let Some(address) = names::addresses(machine, host).await.first().copied() else {
        let why = if iputils {
            format!("ping: {host}: Name or service not known")
        } else {
            format!("ping: bad address '{host}'")
        };
        return Ended::fail(if iputils { 2 } else { 1 }, why).print(io);
    };
    io.out.write(&if iputils {
        format!("PING {host} ({address}) 56(84) bytes of data.\n")
    } else {
        format!("PING {host} ({address}): 56 data bytes\n")
    });
    let node = pod::node(&machine.pod).to_owned();
    let (mut received, mut sequence) = (0, 0);
    while sequence < count {
        let node = node.clone();
        let alive = machine
            .world
            .see(move |world| {
                let cluster = &world.cluster;
                let text = address.to_string();
                address.is_loopback()
                    || cluster.settings().nodes.iter().any(|node| node.address == text)
                    || cluster.network().nodes.iter().any(|one| *one.name == *node && one.program.binds(address))
                    || cluster
                        .store()
                        .list(ResourceId::PODS, None)
                        .any(|pod| pod.text("status.podIP") == text && pod.text("status.phase") == "Running")
            })
            .await;
        if alive {
            received += 1;
            let micros = 90 + sequence % 10;
            io.out.write(&if iputils {
                format!("64 bytes from {address}: icmp_seq={} ttl=62 time=0.{micros:03} ms\n", sequence + 1)
            } else {
                format!("64 bytes from {address}: seq={sequence} ttl=62 time=0.{micros:03} ms\n")
            });
        }
        sequence += 1;
        if sequence < count || !alive {
            machine.world.sleep(Duration::from_secs(1)).await;
        }
    }
    let lost = (count - received) * 100 / count;
    io.out.write(&format!("\n--- {host} ping statistics ---\n"));
    io.out.write(&if iputils {
        let time = 1000 * (count - u32::from(received > 0));
        format!("{count} packets transmitted, {received} received, {lost}% packet loss, time {time}ms\n")
    } else {
        format!("{count} packets transmitted, {received} packets received, {lost}% packet loss\n")
    });
    if received > 0 {
        io.out.write(if iputils {
            "rtt min/avg/max/mdev = 0.090/0.092/0.099/0.003 ms\n"
        } else {
            "round-trip min/avg/max = 0.090/0.092/0.099 ms\n"
        });
    }
    i32::from(received == 0)
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

/// `ip addr`, `ip route`.
pub fn ip(machine: &Machine, args: &[&str]) -> Ended {
    let (address, net, hardware) = card(machine);
    let iproute = machine.image.make != Make::Busybox;
    let group = if iproute { " group default" } else { "" };
    let dynamic = "\n       valid_lft forever preferred_lft forever";
    let loopback = format!(
        "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN{group} qlen 1000\n    link/loopback \
         00:00:00:00:00:00 brd 00:00:00:00:00:00\n"
    );
    let peer = if iproute { " link-netnsid 0" } else { "" };
    let eth = format!(
        "2: eth0@if7: <BROADCAST,MULTICAST,UP,LOWER_UP{}> mtu 1500 qdisc noqueue state UP{group} qlen 1000\n    link/ether \
         {hardware} brd ff:ff:ff:ff:ff:ff{peer}\n",
        if iproute { "" } else { ",M-DOWN" }
    );
    match args.iter().find(|arg| !arg.starts_with('-')) {
        Some(&("a" | "addr" | "address")) => Ended::ok(format!(
            "{loopback}    inet 127.0.0.1/8 scope host lo{dynamic}\n{eth}    inet {address}/24 brd {net}.255 scope global \
             eth0{dynamic}\n"
        )),
        Some(&("l" | "link")) => Ended::ok(loopback + &eth),
        Some(&("r" | "route")) => Ended::ok(if iproute {
            format!(
                "default via {net}.1 dev eth0 \n{net}.0/24 via {net}.1 dev eth0 src {address} \n{net}.1 dev eth0 scope link src \
                 {address} \n"
            )
        } else {
            format!(
                "default via {net}.1 dev eth0 \n{net}.0/24 via {net}.1 dev eth0  src {address} \n{net}.1 dev eth0 scope link  \
                 src {address} \n"
            )
        }),
        _ => Ended::fail(255, "Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }"),
    }
}

/// `ifconfig`.
pub fn ifconfig(machine: &Machine) -> Ended {
    let (address, net, hardware) = card(machine);
    let hardware = hardware.to_uppercase();
    let counters = "          RX packets:12 errors:0 dropped:0 overruns:0 frame:0\n          TX packets:8 errors:0 dropped:0 \
                    overruns:0 carrier:0\n";
    Ended::ok(format!(
        "eth0      Link encap:Ethernet  HWaddr {hardware}  \n          inet addr:{address}  Bcast:{net}.255  \
         Mask:255.255.255.0\n          UP BROADCAST RUNNING MULTICAST  MTU:1500  Metric:1\n{counters}          collisions:0 \
         txqueuelen:1000 \n          RX bytes:976 (976.0 B)  TX bytes:616 (616.0 B)\n\nlo        Link encap:Local Loopback  \
         \n          inet addr:127.0.0.1  Mask:255.0.0.0\n          UP LOOPBACK RUNNING  MTU:65536  Metric:1\n          RX packets:0 \
         errors:0 dropped:0 overruns:0 frame:0\n          TX packets:0 errors:0 dropped:0 overruns:0 carrier:0\n          \
         collisions:0 txqueuelen:1000 \n          RX bytes:0 (0.0 B)  TX bytes:0 (0.0 B)\n\n"
    ))
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
