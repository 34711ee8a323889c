//! The container's files: those that the kubelet writes, and those of mounted ConfigMaps.

use super::{Ended, Machine};
use crate::api::{Fields, ResourceId};
use crate::kubelet::hosts_file;
use std::collections::BTreeMap;

/// `/etc/hosts`.
pub fn hosts(machine: &Machine<'_>) -> String {
    hosts_file(&machine.pod, &machine.cluster.dns_settings().domain)
}

/// Every file that is known: path to text.
fn all(machine: &Machine<'_>) -> BTreeMap<String, String> {
    let mut files = BTreeMap::from([
        ("/etc/hosts".to_owned(), hosts(machine)),
        ("/etc/hostname".to_owned(), machine.variable("HOSTNAME").unwrap_or("").to_owned() + "\n"),
        ("/etc/resolv.conf".to_owned(), machine.cluster.resolv_conf(&machine.pod).to_string()),
    ]);
    let account = "/var/run/secrets/kubernetes.io/serviceaccount";
    files.insert(format!("{account}/namespace"), machine.pod.namespace().to_owned());
    let containers = machine.pod.items("spec.containers");
    let mounts =
        containers.iter().filter(|one| one.text("name") == machine.container).flat_map(|one| one.items("volumeMounts"));
    for mount in mounts {
        let volume = machine.pod.items("spec.volumes").iter().find(|one| one.text("name") == mount.text("name"));
        let Some(name) = volume.map(|volume| volume.text("configMap.name")).filter(|name| !name.is_empty()) else {
            continue;
        };
        let Some(map) = machine.cluster.store().find(ResourceId::CONFIG_MAPS, machine.pod.namespace(), name) else {
            continue;
        };
        let folder = mount.text("mountPath").trim_end_matches('/');
        for (key, text) in map.text_pairs("data") {
            files.insert(format!("{folder}/{key}"), text.to_owned());
        }
    }
    files
}

fn absolute(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    format!("/{}", parts.join("/"))
}

/// `cat FILE...`.
pub fn cat(machine: &Machine<'_>, args: &[&str], input: &str) -> Ended {
    if args.is_empty() {
        return Ended::ok(input);
    }
    let files = all(machine);
    let mut ended = Ended::default();
    for path in args.iter().filter(|arg| !arg.starts_with('-')) {
        if let Some(text) = files.get(&absolute(path)) {
            ended.out.push_str(text);
        } else {
            ended.err += &format!("cat: {path}: No such file or directory\n");
            ended.code = 1;
        }
    }
    ended
}

/// `ls [FOLDER]`.
pub fn ls(machine: &Machine<'_>, args: &[&str]) -> Ended {
    const ROOT: &str = "bin\ndev\netc\nhome\nproc\nroot\nsys\ntmp\nusr\nvar\n";
    let given = args.iter().find(|arg| !arg.starts_with('-')).copied().unwrap_or("/");
    let folder = absolute(given);
    if folder == "/" {
        return Ended::ok(ROOT);
    }
    let files = all(machine);
    if files.contains_key(&folder) {
        return Ended::ok(format!("{given}\n"));
    }
    let below = format!("{folder}/");
    let mut names: Vec<&str> = files.keys().filter_map(|path| path.strip_prefix(&below)?.split('/').next()).collect();
    names.dedup();
    if names.is_empty() {
        return Ended::fail(1, format!("ls: {given}: No such file or directory"));
    }
    Ended::ok(names.iter().fold(String::new(), |text, name| text + name + "\n"))
}
