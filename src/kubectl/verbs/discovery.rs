//! `kubectl api-resources`, `api-versions`, `cluster-info` and `version`.

use crate::api::{Resource, ResourceId, json};
use crate::kubectl::Failure;
use crate::kubectl::call::{Call, Next};
use crate::kubectl::flags::Flags;
use crate::kubectl::print::align;
use crate::kubectl::tree::put;
use crate::order::Order;
use crate::yaml;

/// The release that the playground answers as.
pub const VERSION: &str = "v1.36.2";
/// The kustomize that this release of kubectl holds.
const KUSTOMIZE: &str = "v5.8.1";
/// Where the API server says it is.
pub const SERVER: &str = "https://172.18.0.2:16443";

/// Refuses arguments of commands that take none.
fn no_arguments(flags: &Flags) -> Result<(), Failure> {
    if flags.args.is_empty() {
        return Ok(());
    }
    Err(Failure::usage(&flags.path, &format!("unexpected arguments: [{}]", flags.args.join(" "))))
}

/// Runs `kubectl api-resources`.
pub fn api_resources(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    no_arguments(flags)?;
    let has = |all: &[&str], wanted: &[String]| wanted.iter().all(|one| all.contains(&one.as_str()));
    let (verbs, categories) = (flags.list("verbs"), flags.list("categories"));
    let ids = ResourceId::all().filter(|id| has(id.verbs(), verbs) && has(id.categories(), categories));
    let mut all: Vec<(ResourceId, &Resource)> = ids.map(|id| (id, id.info())).collect();
    if let Some(group) = flags.get("api-group") {
        all.retain(|(_, info)| info.group == group);
    }
    if flags.given("namespaced") {
        all.retain(|(_, info)| info.namespaced == flags.on("namespaced"));
    }
    if let Some(by) = flags.get("sort-by") {
        match by {
            "name" => all.order_by_key(|(_, info)| info.plural),
            "kind" => all.order_by_key(|(_, info)| info.kind),
            _ => return Err(Failure::from("--sort-by accepts only name or kind")),
        }
    }
    match flags.text("output") {
        "name" => {
            for (_, info) in all {
                call.console.line(info.qualified());
            }
        }
        output @ ("" | "wide") => {
            let wide = output == "wide";
            let mut text = String::new();
            if !flags.on("no-headers") {
                text += "NAME\tSHORTNAMES\tAPIVERSION\tNAMESPACED\tKIND";
                text += if wide { "\tVERBS\tCATEGORIES\n" } else { "\n" };
            }
            for (id, info) in all {
                let short = info.short.join(",");
                text +=
                    &format!("{}\t{short}\t{}\t{}\t{}", info.plural, info.api_version(), info.namespaced, info.kind);
                if wide {
                    text += &format!("\t{}\t{}", id.verbs().join(","), id.categories().join(","));
                }
                text.push('\n');
            }
            call.console.out(align(&text, 6, 3));
        }
        other => return Err(Failure::Error(format!("--output {other} is not available"))),
    }
    Ok(None)
}

/// Runs `kubectl api-versions`.
pub fn api_versions(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    no_arguments(flags)?;
    let mut all: Vec<String> = ResourceId::all().map(|id| id.info().api_version()).collect();
    all.order();
    all.dedup();
    for version in all {
        call.console.line(version);
    }
    Ok(None)
}

/// Runs `kubectl cluster-info`.
pub fn cluster_info(call: &mut Call<'_>, _: &Flags) -> Result<Next, Failure> {
    call.console.line(format!("Kubernetes control plane is running at {SERVER}"));
    if call.cluster.store().find(ResourceId::SERVICES, "kube-system", "kube-dns").is_some() {
        let path = "api/v1/namespaces/kube-system/services/kube-dns:dns/proxy";
        call.console.line(format!("CoreDNS is running at {SERVER}/{path}"));
    }
    call.console.line("\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.");
    Ok(None)
}

/// Runs `kubectl version`.
pub fn version(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    if !flags.args.is_empty() {
        return Err(Failure::Error(format!("extra arguments: [{}]", flags.args.join(" "))));
    }
    let client = flags.on("client");
    let info = json!({"gitVersion": VERSION, "major": "1", "minor": "36", "platform": "linux/amd64"});
    let mut value = json!({"clientVersion": info, "kustomizeVersion": KUSTOMIZE});
    if !client {
        put(&mut value, "serverVersion", info);
    }
    match flags.text("output") {
        "" => {
            call.console.line(format!("Client Version: {VERSION}\nKustomize Version: {KUSTOMIZE}"));
            if !client {
                call.console.line(format!("Server Version: {VERSION}"));
            }
        }
        "yaml" => call.console.out(yaml::print(&value)),
        "json" => call.console.line(json(client)),
        _ => return Err(Failure::from("--output must be 'yaml' or 'json'")),
    }
    Ok(None)
}

/// What `version -o json` prints, which is the one text of kubectl with two spaces a level: fields as Go has them.
fn json(client: bool) -> String {
    let info = |name: &str| {
        format!(
            "  \"{name}\": {{\n    \"major\": \"1\",\n    \"minor\": \"36\",\n    \"gitVersion\": {VERSION:?},\n    \"platform\": \
             \"linux/amd64\"\n  }}"
        )
    };
    let mut parts = vec![info("clientVersion"), format!("  \"kustomizeVersion\": {KUSTOMIZE:?}")];
    parts.extend((!client).then(|| info("serverVersion")));
    format!("{{\n{}\n}}", parts.join(",\n"))
}
