//! The container's files: those of its image that are known, those that the kubelet writes, mounted ConfigMaps, Secrets, pod
//! fields and tokens, and what programs have written. A path that ends in `/` is a folder.

use super::apiserver::TOKEN;
use super::images::Make;
use super::machine::Machine;
use super::shell::Programs;
use super::site;
use super::world::Ended;
use crate::api::{Fields, Object, ResourceId, Value, pod};
use crate::cluster::Cluster;
use crate::kubelet::{field_of_pod, hosts_file};
use crate::order::SortedMap;
use crate::value::base64;
use std::sync::Arc;

pub(super) type Files = SortedMap<String, String>;

/// Every file that is known: path to text.
async fn all(machine: &Machine) -> Files {
    let (pod, container) = (machine.pod.clone(), machine.container.clone());
    let mut files = site::files(&machine.image_name);
    let given = machine.world.see(move |world| of_container(world.cluster, &pod, &container)).await;
    overlay(&mut files, given, &machine.pod, &machine.container);
    let os = match machine.image.make {
        Make::Debian => DEBIAN,
        _ => "NAME=\"Alpine Linux\"\nID=alpine\n",
    };
    files.insert("/etc/os-release".to_owned(), os.to_owned());
    write_over(&mut files, &machine.written.borrow());
    files
}

/// Puts mounted files where they hide the image's own.
pub(super) fn overlay(files: &mut Files, given: Files, pod: &Object, container: &str) {
    for mount in mounts(pod, container).filter(|mount| mount.text("subPath").is_empty()) {
        let folder = mount.text("mountPath").trim_end_matches('/').to_owned() + "/";
        files.retain(|path, _| !path.starts_with(&folder));
    }
    files.extend(given);
}

/// Puts what programs have written over the files that were there before.
pub(super) fn write_over(files: &mut Files, written: &SortedMap<String, Option<String>>) {
    for (path, text) in written {
        match text {
            Some(text) => drop(files.insert(path.clone(), text.clone())),
            None => drop(files.remove(path)),
        }
    }
}

fn mounts<'a>(pod: &'a Object, container: &'a str) -> impl Iterator<Item = &'a Value> {
    let kinds = ["spec.containers", "spec.initContainers", "spec.ephemeralContainers"];
    let own = kinds.into_iter().flat_map(|kind| pod.items(kind)).find(move |one| one.text("name") == container);
    own.map_or(&[] as &[Value], |own| own.items("volumeMounts")).iter()
}

pub(super) fn of_container(cluster: &Cluster, pod: &Arc<Object>, container: &str) -> Files {
    let mut files = SortedMap::from([
        ("/etc/hosts".to_owned(), hosts_file(pod, &cluster.dns_settings().domain)),
        ("/etc/hostname".to_owned(), crate::kubelet::hostname(pod) + "\n"),
        ("/etc/resolv.conf".to_owned(), cluster.resolv_conf(pod).to_string()),
    ]);
    for mount in mounts(pod, container) {
        let volume = pod.items("spec.volumes").iter().find(|one| one.text("name") == mount.text("name"));
        let Some(volume) = volume else { continue };
        let folder = mount.text("mountPath").trim_end_matches('/');
        for (path, text) in of_volume(cluster, pod, volume) {
            match mount.text("subPath") {
                "" => drop(files.insert(format!("{folder}/{path}"), text)),
                one if one == path => drop(files.insert(folder.to_owned(), text)),
                _ => {}
            }
        }
    }
    files
}

/// The folders that are everywhere.
const ROOT: &str = "bin\ndev\netc\nhome\nproc\nroot\nsys\ntmp\nusr\nvar\n";

const DEBIAN: &str = "PRETTY_NAME=\"Debian GNU/Linux 13 (trixie)\"\nNAME=\"Debian GNU/Linux\"\nID=debian\n";

/// The files of a volume, by their paths in it; a path that ends in `/` is a folder.
fn of_volume(cluster: &Cluster, pod: &Object, volume: &Value) -> Vec<(String, String)> {
    let projected = volume.items("projected.sources");
    let parts = if projected.is_empty() { std::slice::from_ref(volume) } else { projected };
    let mut files = Vec::new();
    if volume.text("hostPath.path") == "/" {
        files.extend(ROOT.lines().map(|folder| (format!("{folder}/"), String::new())));
        files.push(("etc/hostname".to_owned(), pod::node(pod).to_owned() + "\n"));
        files.push(("etc/os-release".to_owned(), DEBIAN.to_owned()));
    }
    for part in parts {
        for (kind, resource) in [("configMap", ResourceId::CONFIG_MAPS), ("secret", ResourceId::SECRETS)] {
            let Some(source) = part.at(kind) else { continue };
            let name = [source.text("name"), source.text("secretName")].concat();
            let Some(object) = cluster.store().find(resource, pod.namespace(), &name) else { continue };
            let texts = object.text_pairs("data").filter_map(|(key, text)| {
                let text = if kind == "secret" { base64::decode_text(text)? } else { text.to_owned() };
                Some((key.to_owned(), text))
            });
            let items = source.items("items");
            files.extend(texts.filter_map(|(key, text)| {
                let chosen = items.iter().find(|item| item.text("key") == key);
                match chosen {
                    Some(item) => Some((item.text("path").to_owned(), text)),
                    None => items.is_empty().then_some((key, text)),
                }
            }));
        }
        for item in part.items("downwardAPI.items") {
            let node = cluster.store().find(ResourceId::NODES, "", pod.text("spec.nodeName"));
            let text = field_of_pod(pod, node.map(|node| &**node), item.text("fieldRef.fieldPath"));
            files.extend(text.map(|text| (item.text("path").to_owned(), text)));
        }
        if let Some(token) = part.at("serviceAccountToken") {
            let path = if token.text("path").is_empty() { "token" } else { token.text("path") };
            let account = pod.text("spec.serviceAccountName");
            files.push((path.to_owned(), format!("{TOKEN}{}.{account}", pod.namespace())));
        }
    }
    files
}

/// The path from `/` of one that is said in a folder.
pub fn absolute(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let folder = if path.starts_with('/') { "" } else { folder };
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// `cat FILE...`.
pub async fn cat(machine: &Machine, named: &[&str]) -> Ended {
    let files = all(machine).await;
    let mut ended = Ended::default();
    for path in named.iter().copied() {
        let whole = machine.path(path);
        let below = format!("{}/", whole.trim_end_matches('/'));
        if let Some(text) = files.get(&whole) {
            ended.out.push_str(text);
        } else {
            let why = if files.keys().any(|file| file.starts_with(&below)) {
                "Is a directory"
            } else {
                "No such file or directory"
            };
            ended.err += &match machine.image.make {
                Make::Debian => format!("cat: {path}: {why}\n"),
                _ if why.starts_with('I') => format!("cat: read error: {why}\n"),
                _ => format!("cat: can't open '{path}': {why}\n"),
            };
            ended.code = 1;
        }
    }
    ended
}

/// Whether there is a file at this path.
pub async fn has(machine: &Machine, path: &str) -> bool {
    all(machine).await.contains_key(&machine.path(path))
}

/// `touch FILE...`, `mkdir [-p] FOLDER...`, `rm [-rf] FILE...`.
pub async fn change(machine: &Machine, program: &str, args: &[&str]) -> Ended {
    let (flags, named): (Vec<&str>, Vec<&str>) = args.iter().copied().partition(|arg| arg.starts_with('-'));
    let has = |letter: char| flags.iter().any(|flag| !flag.starts_with("--") && flag.contains(letter));
    let debian = machine.image.make == Make::Debian;
    let files = all(machine).await;
    let mut ended = Ended::default();
    if named.is_empty() && !has('f') {
        let what = if program == "touch" { "file " } else { "" };
        let how = match program {
            "touch" => "[-cham] [-d DATE] [-t DATE] [-r FILE] FILE...",
            "mkdir" => "[-m MODE] [-p] DIRECTORY...",
            _ => "[-irf] FILE...",
        };
        return Ended::fail(
            1,
            if debian {
                format!("{program}: missing {what}operand\nTry '{program} --help' for more information.")
            } else {
                format!("BusyBox v1.37.0 multi-call binary.\n\nUsage: {program} {how}")
            },
        );
    }
    for given in named {
        let path = machine.path(given);
        let folder = format!("{}/", path.trim_end_matches('/'));
        let is_folder = listed(&files, given, &path).is_some() && !files.contains_key(&path);
        let failed = match program {
            "touch" if !is_folder => machine.write(&path, "", true).err(),
            "mkdir" if is_folder && !has('p') => Some(if debian {
                format!("mkdir: cannot create directory '{given}': File exists")
            } else {
                format!("mkdir: can't create directory '{given}': File exists")
            }),
            "mkdir" if !is_folder => {
                machine.write_folder(folder);
                None
            }
            "rm" if is_folder && !has('r') && !has('R') => Some(if debian {
                format!("rm: cannot remove '{given}': Is a directory")
            } else {
                format!("rm: '{given}' is a directory")
            }),
            "rm" if is_folder => {
                files.keys().filter(|file| file.starts_with(&folder)).for_each(|file| machine.remove(file.clone()));
                None
            }
            "rm" if files.contains_key(&path) => {
                machine.remove(path);
                None
            }
            "rm" if !has('f') => Some(if debian {
                format!("rm: cannot remove '{given}': No such file or directory")
            } else {
                format!("rm: can't remove '{given}': No such file or directory")
            }),
            _ => None,
        };
        if let Some(why) = failed {
            ended.err += &(why + "\n");
            ended.code = 1;
        }
    }
    ended
}

/// `ls [FOLDER...]`.
pub async fn ls(machine: &Machine, args: &[&str]) -> Ended {
    let mut named: Vec<&str> = args.iter().copied().filter(|arg| !arg.starts_with('-')).collect();
    if named.is_empty() {
        named.push(".");
    }
    let files = all(machine).await;
    let mut ended = Ended::default();
    for (at, given) in named.iter().enumerate() {
        let listed = listed(&files, given, &machine.path(given));
        if listed.is_none() {
            (ended.code, ended.err) = match machine.image.make {
                Make::Debian => (2, ended.err + &format!("ls: cannot access '{given}': No such file or directory\n")),
                _ => (1, ended.err + &format!("ls: {given}: No such file or directory\n")),
            };
        } else if named.len() > 1 {
            ended.out += &format!("{}{given}:\n", if at > 0 { "\n" } else { "" });
        }
        ended.out += &listed.unwrap_or_default();
    }
    ended
}

/// Whether one can work in a folder; why not.
pub async fn is_folder(machine: &Machine, path: &str) -> Result<(), &'static str> {
    let files = all(machine).await;
    match listed(&files, path, path) {
        Some(_) if files.contains_key(path) => Err("Not a directory"),
        Some(_) => Ok(()),
        None => Err("No such file or directory"),
    }
}

/// What a folder holds, or the file itself; `None` where there is neither.
fn listed(files: &Files, given: &str, folder: &str) -> Option<String> {
    if folder == "/" {
        return Some(ROOT.to_owned());
    }
    if files.contains_key(folder) {
        return Some(format!("{given}\n"));
    }
    let below = format!("{folder}/");
    let mut names: Vec<&str> = files.keys().filter_map(|path| path.strip_prefix(&below)?.split('/').next()).collect();
    let is_folder = !names.is_empty();
    names.retain(|name| !name.is_empty());
    names.dedup();
    let exists = is_folder || ROOT.lines().any(|name| folder.strip_prefix('/') == Some(name));
    exists.then(|| names.iter().fold(String::new(), |text, name| text + name + "\n"))
}
