//! ip, ifconfig and route: the devices and routes of a pod, or of the node where a pod is on its node's network.

use super::images::Make;
use super::machine::Machine;
use super::world::Ended;
use crate::api::{ResourceId, pod};
use crate::order::Order;
use std::net::IpAddr;

/// A device with its address.
struct Device {
    number: usize,
    name: String,
    /// `@if7`: its other end.
    peer: &'static str,
    hardware: String,
    /// With the length of its network.
    address: String,
    broadcast: Option<String>,
}

/// A line of the table of routes.
struct Route {
    to: String,
    via: Option<String>,
    device: String,
    /// `scope link` and the like.
    how: &'static str,
    source: Option<String>,
}

/// What there is to be seen.
struct View {
    devices: Vec<Device>,
    routes: Vec<Route>,
}

/// The hardware address that is made of an address.
fn hardware(address: &str) -> String {
    let numbers: Vec<u8> = address.split('.').filter_map(|number| number.parse().ok()).collect();
    match numbers.as_slice() {
        [a, b, c, d] => format!("0a:58:{a:02x}:{b:02x}:{c:02x}:{d:02x}"),
        _ => "0a:58:00:00:00:00".to_owned(),
    }
}

/// The first numbers of an address.
fn head(address: &str, numbers: usize) -> String {
    address.split('.').take(numbers).collect::<Vec<_>>().join(".")
}

fn loopback() -> Device {
    let (name, hardware) = ("lo".to_owned(), "00:00:00:00:00:00".to_owned());
    Device { number: 1, name, peer: "", hardware, address: "127.0.0.1/8".to_owned(), broadcast: None }
}

/// The cable of a machine whose network is named by the first so many numbers of its address.
fn cable(address: &str, peer: &'static str, numbers: usize) -> Device {
    Device {
        number: 2,
        name: "eth0".to_owned(),
        peer,
        hardware: hardware(address),
        address: format!("{address}/{}", 8 * numbers),
        broadcast: Some(head(address, numbers) + &".255".repeat(4 - numbers)),
    }
}

/// A pod has one cable, and its node's end of it as gateway for everything.
fn of_pod(address: &str) -> View {
    let net = head(address, 3);
    let gateway = format!("{net}.1");
    let eth = cable(address, "@if7", 3);
    let route = |to: String, via: Option<&String>, how: &'static str, source: Option<&str>| Route {
        to,
        via: via.cloned(),
        device: "eth0".to_owned(),
        how,
        source: source.map(str::to_owned),
    };
    let routes = vec![
        route("default".to_owned(), Some(&gateway), "", None),
        route(format!("{net}.0/24"), Some(&gateway), "", Some(address)),
        route(gateway.clone(), None, "scope link", Some(address)),
    ];
    View { devices: vec![loopback(), eth], routes }
}

/// A node has a cable to each of its pods, and sends what is for other nodes' pods to those.
fn of_node(address: &str, pods: &[String], others: &[(String, String)]) -> View {
    let net = head(address, 2);
    let eth = cable(address, "@if9", 2);
    let route = |to: String, via: Option<String>, device: &str, how: &'static str, source: Option<&str>| Route {
        to,
        via,
        device: device.to_owned(),
        how,
        source: source.map(str::to_owned),
    };
    let gateway = Some(format!("{}.1", head(address, 3)));
    let mut routes = vec![route("default".to_owned(), gateway, "eth0", "", None)];
    let mut devices = vec![loopback(), eth];
    for (at, ip) in pods.iter().enumerate() {
        let name = hardware(ip).replace(':', "").replacen("0a58", "veth", 1);
        routes.push(route(ip.clone(), None, &name, "scope host", None));
        devices.push(Device {
            number: at + 3,
            name,
            peer: "@if2",
            hardware: hardware(ip).replacen("0a", "0e", 1),
            address: format!("{}.1/32", head(ip, 3)),
            broadcast: None,
        });
    }
    for (range, node) in others {
        routes.push(route(range.clone(), Some(node.clone()), "eth0", "", None));
    }
    routes.push(route(format!("{net}.0.0/16"), None, "eth0", "proto kernel scope link", Some(address)));
    View { devices, routes }
}

async fn view(machine: &Machine) -> View {
    let address = machine.address().to_owned();
    if !pod::is_on_host_network(&machine.pod) {
        return of_pod(&address);
    }
    machine
        .world
        .see(move |world| {
            let nodes = &world.cluster.settings().nodes;
            let (own, others): (Vec<_>, Vec<_>) = nodes.iter().partition(|node| node.address == address);
            let name = own.first().map_or("", |node| node.name.as_str());
            let here = |pod: &crate::api::Object| {
                pod::node(pod) == name
                    && !pod::is_on_host_network(pod)
                    && !pod::is_terminal(pod)
                    && !pod::ip(pod).is_empty()
            };
            let pods = world.cluster.store().list(ResourceId::PODS, None).filter(|pod| here(pod));
            let mut pods: Vec<IpAddr> = pods.filter_map(|pod| pod::ip(pod).parse().ok()).collect();
            pods.order();
            let pods: Vec<String> = pods.iter().map(ToString::to_string).collect();
            let others: Vec<_> = others.iter().map(|node| (node.pod_cidr.clone(), node.address.clone())).collect();
            of_node(&address, &pods, &others)
        })
        .await
}

/// `ip [-4] [-br] addr [show] [DEVICE]`, `ip link`, `ip route [get ADDRESS]`.
pub async fn ip(machine: &Machine, args: &[&str]) -> Ended {
    let iproute = machine.image.make != Make::Busybox;
    let (options, words): (Vec<&str>, Vec<&str>) = args.iter().partition(|arg| arg.starts_with('-'));
    let view = view(machine).await;
    let rest = words.get(1..).unwrap_or(&[]);
    match words.first().copied().unwrap_or("") {
        "a" | "addr" | "address" => devices(&view, rest, &options, true, iproute),
        "l" | "link" => devices(&view, rest, &options, false, iproute),
        "r" | "ro" | "route" => match rest {
            ["get" | "g", to, ..] => way_to(&view, to, iproute),
            _ => Ended::ok(view.routes.iter().map(|route| route_line(route, iproute)).collect::<Vec<_>>().concat()),
        },
        _ => Ended::fail(255, "Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }"),
    }
}

fn devices(view: &View, words: &[&str], options: &[&str], addresses: bool, iproute: bool) -> Ended {
    let wanted = words.iter().copied().find(|word| !matches!(*word, "s" | "sh" | "show" | "list" | "dev" | "up"));
    if let Some(wanted) = wanted.filter(|wanted| !view.devices.iter().any(|device| device.name == *wanted)) {
        return Ended::fail(
            1,
            if iproute {
                format!("Device \"{wanted}\" does not exist.")
            } else {
                format!("ip: can't find device '{wanted}'")
            },
        );
    }
    let (is_brief, only_v4) =
        (options.iter().any(|option| matches!(*option, "-br" | "-brief")), options.contains(&"-4"));
    let group = if iproute { " group default" } else { "" };
    let mut out = String::new();
    for device in view.devices.iter().filter(|device| wanted.is_none_or(|wanted| wanted == device.name)) {
        let is_loopback = device.name == "lo";
        let (flags, mtu, state, kind) = match (is_loopback, iproute) {
            (true, _) => ("LOOPBACK,UP,LOWER_UP", 65536, "UNKNOWN", "loopback"),
            (false, true) => ("BROADCAST,MULTICAST,UP,LOWER_UP", 1500, "UP", "ether"),
            (false, false) => ("BROADCAST,MULTICAST,UP,LOWER_UP,M-DOWN", 1500, "UP", "ether"),
        };
        let name = format!("{}{}", device.name, device.peer);
        if is_brief {
            let what = if addresses { device.address.clone() } else { format!("{} <{flags}>", device.hardware) };
            out += &format!("{name:<16} {state:<14} {what} \n");
            continue;
        }
        out +=
            &format!("{}: {name}: <{flags}> mtu {mtu} qdisc noqueue state {state}{group} qlen 1000\n", device.number);
        if !(only_v4 && addresses) {
            let all = if is_loopback { "00:00:00:00:00:00" } else { "ff:ff:ff:ff:ff:ff" };
            let peer = if iproute && !is_loopback { " link-netnsid 0" } else { "" };
            out += &format!("    link/{kind} {} brd {all}{peer}\n", device.hardware);
        }
        if addresses {
            let broadcast = device.broadcast.as_ref().map_or(String::new(), |address| format!("brd {address} "));
            let scope = if is_loopback { "host" } else { "global" };
            out += &format!("    inet {} {broadcast}scope {scope} {}\n", device.address, device.name);
            out += "       valid_lft forever preferred_lft forever\n";
        }
    }
    Ended::ok(out)
}

fn route_line(route: &Route, iproute: bool) -> String {
    let mut line = route.to.clone();
    if let Some(via) = &route.via {
        line += &format!(" via {via}");
    }
    line += &format!(" dev {}", route.device);
    // busybox tells no protocol, and sets sources off by two blanks.
    let how = if iproute { route.how } else { route.how.trim_start_matches("proto kernel ") };
    if !how.is_empty() {
        line += &format!(" {how}");
    }
    if let Some(source) = &route.source {
        line += &format!("{} src {source}", if iproute { "" } else { " " });
    }
    line + " \n"
}

/// `ip route get`: the route with the longest match.
fn way_to(view: &View, to: &str, iproute: bool) -> Ended {
    let Some(address) = crate::net::parse_address(to) else {
        return Ended::fail(1, format!("Error: any valid prefix is expected rather than \"{to}\"."));
    };
    let fits = |route: &&Route| match crate::net::Cidr::parse(&route.to) {
        Some(range) => range.contains(address),
        None => route.to == to,
    };
    let found = view.routes.iter().rfind(fits).or_else(|| view.routes.first());
    let Some(route) = found else { return Ended::fail(2, "RTNETLINK answers: Network is unreachable") };
    let own = view.devices.iter().find(|device| device.name == "eth0" || device.name == route.device);
    let own = own.map_or("", |device| device.address.split('/').next().unwrap_or(""));
    let via = route.via.as_ref().map_or(String::new(), |via| format!("via {via} "));
    Ended::ok(if iproute {
        format!("{to} {via}dev {} src {own} uid 0 \n    cache \n", route.device)
    } else {
        format!("{to} {via}dev {}  src {own} \n", route.device)
    })
}

/// `ifconfig [DEVICE]`, busybox's.
pub async fn ifconfig(machine: &Machine, args: &[&str]) -> Ended {
    let view = view(machine).await;
    let wanted = args.iter().copied().find(|arg| !arg.starts_with('-'));
    let mut out = String::new();
    // The loopback device stands last.
    for device in view.devices.iter().skip(1).chain(view.devices.first()) {
        if wanted.is_some_and(|wanted| wanted != device.name) {
            continue;
        }
        let (address, length) = device.address.split_once('/').unwrap_or((&device.address, "32"));
        let mask = match length {
            "8" => "255.0.0.0",
            "16" => "255.255.0.0",
            "24" => "255.255.255.0",
            _ => "255.255.255.255",
        };
        let is_loopback = device.name == "lo";
        let encap = if is_loopback {
            "Local Loopback  ".to_owned()
        } else {
            format!("Ethernet  HWaddr {}  ", device.hardware.to_uppercase())
        };
        let broadcast = device.broadcast.as_ref().map_or(String::new(), |all| format!("  Bcast:{all}"));
        let (flags, mtu) =
            if is_loopback { ("LOOPBACK RUNNING", 65536) } else { ("BROADCAST RUNNING MULTICAST", 1500) };
        let (received, sent) = if is_loopback { (0, 0) } else { (12, 8) };
        let bytes = if is_loopback { ("0 (0.0 B)", "0 (0.0 B)") } else { ("976 (976.0 B)", "616 (616.0 B)") };
        out += &format!(
            "{:<9} Link encap:{encap}\n          inet addr:{address}{broadcast}  Mask:{mask}\n          UP {flags}  MTU:{mtu}  Metric:1\n          \
             RX packets:{received} errors:0 dropped:0 overruns:0 frame:0\n          TX packets:{sent} errors:0 dropped:0 overruns:0 \
             carrier:0\n          collisions:0 txqueuelen:1000 \n          RX bytes:{}  TX bytes:{}\n\n",
            device.name, bytes.0, bytes.1
        );
    }
    if let (true, Some(wanted)) = (out.is_empty(), wanted) {
        return Ended::fail(1, format!("ifconfig: {wanted}: error fetching interface information: Device not found"));
    }
    Ended::ok(out)
}

/// `route [-n]`.
pub async fn route(machine: &Machine) -> Ended {
    let mut out =
        "Kernel IP routing table\nDestination     Gateway         Genmask         Flags Metric Ref    Use Iface\n"
            .to_owned();
    for route in view(machine).await.routes {
        let (to, length) = route.to.split_once('/').unwrap_or((&route.to, "32"));
        let (to, mask, host) = match (to, length) {
            ("default", _) => ("0.0.0.0", "0.0.0.0", ""),
            (to, "16") => (to, "255.255.0.0", ""),
            (to, "24") => (to, "255.255.255.0", ""),
            (to, _) => (to, "255.255.255.255", "H"),
        };
        let flags = format!("U{}{host}", if route.via.is_some() { "G" } else { "" });
        let by = route.via.as_deref().unwrap_or("0.0.0.0");
        out += &format!("{to:<15} {by:<15} {mask:<15} {flags:<5} 0      0        0 {}\n", route.device);
    }
    Ended::ok(out)
}
