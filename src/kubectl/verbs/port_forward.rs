//! `kubectl port-forward`: ports of the reader's machine that lead to one pod.
//!
//! Models kubectl pkg/cmd/portforward and client-go tools/portforward. While it runs, [`Terminal::forwards`] holds its
//! ports; whoever sends a request to one says so there, and the command prints what kubectl prints. A Service stands for
//! one of its pods, which is kept: nothing is balanced.
//!
//! [`Terminal::forwards`]: crate::kubectl::Terminal::forwards

use super::pods::attachable;
use crate::api::{Fields, Object, ResourceId};
use crate::kubectl::call::{Call, Next, Step, Task};
use crate::kubectl::flags::Flags;
use crate::kubectl::terminal::Forward;
use crate::kubectl::{Failure, resources};
use crate::store::Key;
use std::net::IpAddr;

/// Where ports begin that are drawn for `:80`.
const RANDOM: u16 = 40_000;

/// Runs the verb.
pub fn port_forward(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let (Some((word, ports)), true) = (flags.args.split_first(), flags.args.len() > 1) else {
        return Err(Failure::usage(
            "kubectl port-forward",
            "TYPE/NAME and list of ports are required for port-forward",
        ));
    };
    let pod = attachable(call, flags, word)?;
    let (namespace, _) = call.namespace(flags);
    let service = match word.split_once('/') {
        Some((kind, name)) if resources::find(kind)? == ResourceId::SERVICES => {
            Some(call.get(ResourceId::SERVICES, &namespace, name)?)
        }
        _ => None,
    };
    let ports = match &service {
        Some(service) => service_ports(ports, service, &pod)?,
        None => pod_ports(ports, &pod)?,
    };
    let phase = pod.text("status.phase");
    if phase != "Running" {
        return Err(Failure::Error(format!(
            "unable to forward port because pod is not running. Current status={phase}"
        )));
    }
    let addresses = addresses(flags)?;
    let mut forwards = Vec::new();
    for port in &ports {
        let (local, remote) = parsed(port)?;
        let local = if local == 0 { free_port(call, &forwards) } else { local };
        if call.terminal.forwards.iter().chain(&forwards).any(|one| one.local == local) {
            let address = addresses.first().map_or("127.0.0.1", String::as_str);
            call.console.error_line(format!(
                "Unable to listen on port {local}: Listeners failed to create with the following errors: [unable to \
                 create listener: Error listen tcp4 {address}:{local}: bind: address already in use]"
            ));
            continue;
        }
        let key = Key::of(ResourceId::PODS, &pod);
        let uid = pod.text("metadata.uid").to_owned();
        let line = call.terminal.line;
        forwards.push(Forward { local, remote, pod: key, uid, line, handled: 0, refused: false });
        for address in &addresses {
            let shown = if address.contains(':') { format!("[{address}]") } else { address.clone() };
            call.console.line(format!("Forwarding from {shown}:{local} -> {remote}"));
        }
    }
    if forwards.is_empty() {
        let asked: Vec<String> = ports
            .iter()
            .filter_map(|port| parsed(port).ok())
            .map(|(local, remote)| format!("{{{local} {remote}}}"))
            .collect();
        return Err(Failure::Error(format!("unable to listen on any of the requested ports: [{}]", asked.join(" "))));
    }
    let own = forwards.iter().map(|one| (one.local, 0)).collect();
    call.terminal.forwards.append(&mut forwards);
    Ok(Some(Box::new(Open { own })))
}

/// Ports while they are open, with how many connections each has told of.
struct Open {
    own: Vec<(u16, u32)>,
}

impl Task for Open {
    fn poll(&mut self, call: &mut Call<'_>) -> Result<Step, Failure> {
        let mut lost = false;
        for (local, told) in &mut self.own {
            let Some(forward) = call.terminal.forwards.iter().find(|one| one.local == *local) else { continue };
            for _ in *told..forward.handled {
                call.console.line(format!("Handling connection for {local}"));
            }
            *told = forward.handled;
            if forward.refused {
                let remote = forward.remote;
                call.console.error_line(format!(
                    "portforward.go:424] \"Unhandled Error\" err=\"an error occurred forwarding {local} -> {remote}: error \
                     forwarding port {remote} to pod {}, uid : failed to execute portforward in network namespace: failed to \
                     connect to localhost:{remote} inside namespace, IPv4: dial tcp4 127.0.0.1:{remote}: connect: connection \
                     refused IPv6 dial tcp6: address localhost: no suitable address \"",
                    forward.uid
                ));
                lost = true;
            }
            lost |= !lives(call, forward);
        }
        if lost {
            let own: Vec<u16> = self.own.iter().map(|(local, _)| *local).collect();
            call.terminal.forwards.retain(|one| !own.contains(&one.local));
            return Err(Failure::from("lost connection to pod"));
        }
        Ok(Step::Wait(None))
    }
}

/// Whether the pod that was chosen is there and its containers have not ended.
fn lives(call: &Call<'_>, forward: &Forward) -> bool {
    call.cluster.store().get(&forward.pod).is_some_and(|pod| {
        pod.text("metadata.uid") == forward.uid && !matches!(pod.text("status.phase"), "Succeeded" | "Failed")
    })
}

/// Models splitPort: `8080:80`, or the same on both sides.
fn split(port: &str) -> (&str, &str) {
    match port.split_once(':') {
        Some((local, remote)) if !remote.contains(':') => (local, remote),
        _ => {
            let first = port.split(':').next().unwrap_or(port);
            (first, first)
        }
    }
}

fn joined(local: &str, remote: &str, number: u16) -> String {
    if local == remote { number.to_string() } else { format!("{local}:{number}") }
}

/// The ports of a Service as ports of its pod. Models translateServicePortToTargetPort.
fn service_ports(ports: &[String], service: &Object, pod: &Object) -> Result<Vec<String>, Failure> {
    let declared = service.items("spec.ports");
    let number = |port: &crate::api::Value| port.at("port").and_then(crate::api::Value::as_u64).unwrap_or(0);
    let mut found = Vec::new();
    for port in ports {
        let (mut local, remote) = split(port);
        let wanted: u64 = if let Ok(wanted) = remote.parse() {
            wanted
        } else {
            let named = declared.iter().find(|one| one.text("name") == remote).map(number);
            named.ok_or_else(|| format!("Service '{}' does not have a named port '{remote}'", service.name()))?
        };
        let text = wanted.to_string();
        if local == remote {
            local = &text;
        }
        let of_number = || declared.iter().filter(|one| number(one) == wanted);
        if of_number().next().is_some() && of_number().all(|one| one.text("protocol") == "UDP") {
            return Err(Failure::Error(format!("UDP protocol is not supported for {remote}")));
        }
        let Some(one) = of_number().next() else {
            return Err(Failure::Error(format!("Service {} does not have a service port {wanted}", service.name())));
        };
        let target = if service.text("spec.clusterIP") == "None" {
            wanted
        } else {
            match one.at("targetPort") {
                Some(target) if target.as_str().is_some() => u64::from(named_port(pod, target.as_str().unwrap_or(""))?),
                Some(target) => target.as_u64().filter(|target| *target > 0).unwrap_or(wanted),
                None => wanted,
            }
        };
        found.push(joined(local, &target.to_string(), u16::try_from(target).unwrap_or(0)));
    }
    Ok(found)
}

/// Names of ports as their numbers. Models convertPodNamedPortToNumber and checkUDPPortInPod.
fn pod_ports(ports: &[String], pod: &Object) -> Result<Vec<String>, Failure> {
    let mut found = Vec::new();
    for port in ports {
        let (local, remote) = split(port);
        if remote.is_empty() {
            return Err(Failure::from("remote port cannot be empty"));
        }
        if remote.parse::<u64>().is_ok() {
            let same: Vec<&str> = container_ports(pod)
                .filter(|one| one.at("containerPort").map(ToString::to_string).as_deref() == Some(remote))
                .map(|one| one.text("protocol"))
                .collect();
            if !same.is_empty() && same.iter().all(|protocol| *protocol == "UDP") {
                return Err(Failure::Error(format!("UDP protocol is not supported for {remote}")));
            }
            found.push(if local == remote { remote.to_owned() } else { format!("{local}:{remote}") });
        } else {
            let number = named_port(pod, remote)?;
            found.push(if local == remote { number.to_string() } else { format!("{local}:{number}") });
        }
    }
    Ok(found)
}

fn container_ports(pod: &Object) -> impl Iterator<Item = &crate::api::Value> {
    pod.items("spec.containers").iter().flat_map(|one| one.items("ports"))
}

/// Models util.LookupContainerPortNumberByName.
fn named_port(pod: &Object, name: &str) -> Result<u16, Failure> {
    let found = container_ports(pod).find(|one| one.text("name") == name);
    let number = found.and_then(|one| one.at("containerPort")).and_then(crate::api::Value::as_u64);
    number
        .and_then(|number| u16::try_from(number).ok())
        .ok_or_else(|| Failure::Error(format!("Pod '{}' does not have a named port '{name}'", pod.name())))
}

/// Models client-go's parsePorts: the local port, 0 for any, and the remote one.
fn parsed(port: &str) -> Result<(u16, u16), Failure> {
    let parts: Vec<&str> = port.split(':').collect();
    let (local, remote) = match parts.as_slice() {
        [one] => (*one, *one),
        ["", remote] => ("0", *remote),
        [local, remote] => (*local, *remote),
        _ => return Err(Failure::Error(format!("invalid port format '{port}'"))),
    };
    let number = |side: &str, text: &str| {
        text.parse::<u16>().map_err(|_| {
            let digits = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
            let why = if digits { "value out of range" } else { "invalid syntax" };
            format!("error parsing {side} port '{text}': strconv.ParseUint: parsing {text:?}: {why}")
        })
    };
    let (local, remote) = (number("local", local)?, number("remote", remote)?);
    if remote == 0 {
        return Err(Failure::from("remote port must be > 0"));
    }
    Ok((local, remote))
}

/// Where the ports are opened. Models client-go's parseAddresses.
fn addresses(flags: &Flags) -> Result<Vec<String>, Failure> {
    let given = flags.list("address");
    if given.is_empty() {
        return Ok(vec!["127.0.0.1".to_owned(), "::1".to_owned()]);
    }
    let mut found: Vec<String> = Vec::new();
    for address in given {
        let each: &[&str] = if address == "localhost" { &["127.0.0.1", "::1"] } else { &[address.as_str()] };
        for one in each {
            if one.parse::<IpAddr>().is_err() {
                return Err(Failure::Error(format!("{one} is not a valid IP")));
            }
            if !found.iter().any(|other| other == one) {
                found.push((*one).to_owned());
            }
        }
    }
    Ok(found)
}

fn free_port(call: &Call<'_>, others: &[Forward]) -> u16 {
    let start = (call.cluster.now().0 % 20_000) as u16;
    let taken = |port: u16| call.terminal.forwards.iter().chain(others).any(|one| one.local == port);
    (0..20_000).map(|step| RANDOM + (start + step) % 20_000).find(|port| !taken(*port)).unwrap_or(RANDOM)
}

#[cfg(test)]
mod tests {
    use crate::clock::Epoch;
    use crate::cluster::{Cluster, Settings};
    use crate::kubectl::Terminal;
    use crate::order::SortedMap;
    use std::time::Duration;

    const FILE: &str = "
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: main, image: nginx, ports: [{containerPort: 80, name: http}, {containerPort: 53, protocol: UDP}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: later, labels: {app: later}, annotations: {sim/state: ContainerCreating}}
spec: {containers: [{name: main, image: nginx}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 8080, targetPort: http, name: front}]}
";

    fn start() -> (Terminal, Cluster) {
        let mut terminal = Terminal::new(SortedMap::from([("f.yaml".to_owned(), FILE.to_owned())]));
        let mut cluster = Cluster::new(Settings::page(1, Epoch(1_795_000_000)));
        terminal.run(&mut cluster, "kubectl apply -f f.yaml");
        cluster.run_for(Duration::from_secs(30));
        (terminal, cluster)
    }

    #[test]
    fn ports_are_opened_or_refused_in_kubectls_words() {
        const BOTH: &str = "Forwarding from 127.0.0.1:8080 -> 80\nForwarding from [::1]:8080 -> 80\n";
        for (line, out, err) in [
            ("web 8080:80", BOTH, ""),
            ("pod/web 8080:http", BOTH, ""),
            ("svc/web 8080", BOTH, ""),
            ("svc/web front", BOTH, ""),
            ("svc/web 9000:8080 --address 0.0.0.0", "Forwarding from 0.0.0.0:9000 -> 80\n", ""),
            (
                "web 80 81 --address 127.0.0.1",
                "Forwarding from 127.0.0.1:80 -> 80\nForwarding from 127.0.0.1:81 -> 81\n",
                "",
            ),
            ("svc/web 80", "", "error: Service web does not have a service port 80\n"),
            ("svc/web back", "", "error: Service 'web' does not have a named port 'back'\n"),
            ("web back", "", "error: Pod 'web' does not have a named port 'back'\n"),
            ("web 53", "", "error: UDP protocol is not supported for 53\n"),
            ("web 8080:", "", "error: remote port cannot be empty\n"),
            ("web 80 --address nope", "", "error: nope is not a valid IP\n"),
            ("nope 80", "", "Error from server (NotFound): pods \"nope\" not found\n"),
            ("later 80", "", "error: unable to forward port because pod is not running. Current status=Pending\n"),
            (
                "web 99999:80",
                "",
                "error: error parsing local port '99999': strconv.ParseUint: parsing \"99999\": value out of range\n",
            ),
            (
                "web",
                "",
                "error: TYPE/NAME and list of ports are required for port-forward\nSee 'kubectl port-forward -h' for help and examples\n",
            ),
        ] {
            let (mut terminal, mut cluster) = start();
            let running = terminal.start(&mut cluster, &format!("kubectl port-forward {line}"));
            let output = running.output();
            assert_eq!((output.stdout.as_str(), output.stderr.as_str()), (out, err), "{line}");
        }
    }

    #[test]
    fn connections_are_told_and_the_pods_end_ends_it() {
        let (mut terminal, mut cluster) = start();
        let mut running = terminal.start(&mut cluster, "kubectl port-forward svc/web :8080");
        let local = terminal.forwards.first().map(|one| one.local).unwrap();
        assert!(local >= super::RANDOM);
        terminal.forwards[0].handled = 2;
        running.poll(&mut terminal, &mut cluster);
        assert_eq!(running.output().stdout.matches(&format!("Handling connection for {local}\n")).count(), 2);
        let mut other = Terminal::new(SortedMap::new());
        other.run(&mut cluster, "kubectl delete pod web --force --grace-period=0");
        cluster.run_for(Duration::from_secs(40));
        running.poll(&mut terminal, &mut cluster);
        assert_eq!(running.output().stderr, "error: lost connection to pod\n");
        assert!(terminal.forwards.is_empty());
    }
}
