//! The table columns of kinds that are stored and shown only.
//!
//! Models pkg/printers/internalversion/printers.go.

use super::Moment;
use super::rows::{age, label_selector, or_none, template_cells};
use super::table::{Cells, Column, Layout};
use crate::api::{Fields, Object, ResourceId, Value};

/// The layout of any kind; NAME and AGE where nothing else is known.
pub(super) fn layout(resource: ResourceId) -> Layout {
    let (titles, cells): (&[&'static str], Cells) = match resource {
        ResourceId::INGRESSES => (&["NAME", "CLASS", "HOSTS", "ADDRESS", "PORTS", "AGE"], ingress),
        ResourceId::NETWORK_POLICIES => (&["NAME", "POD-SELECTOR", "AGE"], |policy, moment| {
            let selector = policy.at("spec.podSelector").map_or_else(|| "<none>".to_owned(), label_selector);
            vec![policy.name().to_owned(), selector, age(policy, moment)]
        }),
        ResourceId::POD_DISRUPTION_BUDGETS => {
            (&["NAME", "MIN AVAILABLE", "MAX UNAVAILABLE", "ALLOWED DISRUPTIONS", "AGE"], |budget, moment| {
                let or_na = |path: &str| budget.at(path).map_or_else(|| "N/A".to_owned(), plain);
                let allowed = budget.int("status.disruptionsAllowed").unwrap_or(0).to_string();
                let (least, most) = (or_na("spec.minAvailable"), or_na("spec.maxUnavailable"));
                vec![budget.name().to_owned(), least, most, allowed, age(budget, moment)]
            })
        }
        ResourceId::HORIZONTAL_POD_AUTOSCALERS => {
            (&["NAME", "REFERENCE", "TARGETS", "MINPODS", "MAXPODS", "REPLICAS", "AGE"], autoscaler)
        }
        ResourceId::PERSISTENT_VOLUME_CLAIMS => (
            &["NAME", "STATUS", "VOLUME", "CAPACITY", "ACCESS MODES", "STORAGECLASS", "VOLUMEATTRIBUTESCLASS", "AGE"],
            claim,
        ),
        ResourceId::STATEFUL_SETS => (&["NAME", "READY", "AGE", "\0CONTAINERS", "\0IMAGES"], |set, moment| {
            let [containers, images, _] = template_cells(set);
            let count = |path: &str| set.int(path).unwrap_or(0);
            let ready = format!("{}/{}", count("status.readyReplicas"), count("spec.replicas"));
            vec![set.name().to_owned(), ready, age(set, moment), containers, images]
        }),
        ResourceId::DAEMON_SETS => (
            &[
                "NAME",
                "DESIRED",
                "CURRENT",
                "READY",
                "UP-TO-DATE",
                "AVAILABLE",
                "NODE SELECTOR",
                "AGE",
                "\0CONTAINERS",
                "\0IMAGES",
                "\0SELECTOR",
            ],
            daemon_set,
        ),
        ResourceId::JOBS => (&["NAME", "STATUS", "COMPLETIONS", "DURATION", "AGE"], |job, moment| {
            let wanted = job.int("spec.completions").unwrap_or(1);
            let done = format!("{}/{wanted}", job.int("status.succeeded").unwrap_or(0));
            vec![job.name().to_owned(), "Running".to_owned(), done, String::new(), age(job, moment)]
        }),
        ResourceId::CRON_JOBS => {
            (&["NAME", "SCHEDULE", "TIMEZONE", "SUSPEND", "ACTIVE", "LAST SCHEDULE", "AGE"], |job, moment| {
                vec![
                    job.name().to_owned(),
                    job.text("spec.schedule").to_owned(),
                    or_none(job.text("spec.timeZone")),
                    if job.is_true("spec.suspend") { "True" } else { "False" }.to_owned(),
                    job.items("status.active").len().to_string(),
                    "<none>".to_owned(),
                    age(job, moment),
                ]
            })
        }
        ResourceId::REPLICATION_CONTROLLERS => (&["NAME", "DESIRED", "CURRENT", "READY", "AGE"], |set, moment| {
            let count = |path: &str| set.int(path).unwrap_or(0).to_string();
            let (desired, current) = (count("spec.replicas"), count("status.replicas"));
            vec![set.name().to_owned(), desired, current, count("status.readyReplicas"), age(set, moment)]
        }),
        ResourceId::INGRESS_CLASSES => (&["NAME", "CONTROLLER", "PARAMETERS", "AGE"], |class, moment| {
            let controller = class.text("spec.controller").to_owned();
            vec![class.name().to_owned(), controller, "<none>".to_owned(), age(class, moment)]
        }),
        ResourceId::LIMIT_RANGES => (&["NAME", "CREATED AT"], |range, _| {
            vec![range.name().to_owned(), range.text("metadata.creationTimestamp").to_owned()]
        }),
        ResourceId::RESOURCE_QUOTAS => (&["NAME", "REQUEST", "LIMIT", "AGE"], |quota, moment| {
            let (limits, requests): (Vec<_>, Vec<_>) =
                quota.text_pairs("status.hard").partition(|(name, _)| name.starts_with("limits."));
            let shown = |list: Vec<(&str, &str)>| {
                let used = |name: &str| {
                    quota.at("status.used").map_or("0", |used| used.get(name).and_then(Value::as_str).unwrap_or("0"))
                };
                let one = |(name, hard): (&str, &str)| format!("{name}: {}/{hard}", used(name));
                list.into_iter().map(one).collect::<Vec<_>>().join(", ")
            };
            vec![quota.name().to_owned(), shown(requests), shown(limits), age(quota, moment)]
        }),
        ResourceId::IP_ADDRESSES => (&["NAME", "PARENTREF"], |address, _| {
            let parent = |field: &str| address.text(&format!("spec.parentRef.{field}")).to_owned();
            let parts = [parent("resource"), parent("namespace"), parent("name")];
            vec![address.name().to_owned(), parts.join("/")]
        }),
        ResourceId::SERVICE_CIDRS => (&["NAME", "CIDRS", "AGE"], |cidr, moment| {
            let ranges: Vec<&str> = cidr.items("spec.cidrs").iter().filter_map(Value::as_str).collect();
            vec![cidr.name().to_owned(), ranges.join(","), age(cidr, moment)]
        }),
        _ => (&["NAME", "AGE"], |object, moment| vec![object.name().to_owned(), age(object, moment)]),
    };
    // A title that begins with NUL is one of the wide table's.
    let column = |title: &&'static str| Column { title: title.trim_start_matches('\0'), wide: title.starts_with('\0') };
    Layout { columns: titles.iter().map(column).collect(), cells }
}

/// A number or a text without quotes.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn ingress(ingress: &Object, moment: &Moment) -> Vec<String> {
    let hosts: Vec<&str> =
        ingress.items("spec.rules").iter().map(|rule| rule.text("host")).filter(|host| !host.is_empty()).collect();
    let hosts = match hosts.as_slice() {
        [] => "*".to_owned(),
        [a, b, c, more @ ..] if !more.is_empty() => format!("{a},{b},{c} + {} more...", more.len()),
        few => few.join(","),
    };
    let addresses: Vec<&str> = ingress
        .items("status.loadBalancer.ingress")
        .iter()
        .map(|point| if point.text("ip").is_empty() { point.text("hostname") } else { point.text("ip") })
        .collect();
    vec![
        ingress.name().to_owned(),
        or_none(ingress.text("spec.ingressClassName")),
        hosts,
        addresses.join(","),
        if ingress.items("spec.tls").is_empty() { "80" } else { "80, 443" }.to_owned(),
        age(ingress, moment),
    ]
}

fn autoscaler(autoscaler: &Object, moment: &Moment) -> Vec<String> {
    let target = |field: &str| autoscaler.text(&format!("spec.scaleTargetRef.{field}"));
    let metrics: Vec<String> = autoscaler
        .items("spec.metrics")
        .iter()
        .map(|metric| {
            let name = metric.text("resource.name");
            match metric.int("resource.target.averageUtilization") {
                Some(percent) => format!("{name}: <unknown>/{percent}%"),
                None => format!("<unknown>/{}", metric.text("resource.target.averageValue")),
            }
        })
        .collect();
    let count = |path: &str| autoscaler.int(path);
    vec![
        autoscaler.name().to_owned(),
        format!("{}/{}", target("kind"), target("name")),
        or_none(&metrics.join(", ")),
        count("spec.minReplicas").map_or_else(|| "<unset>".to_owned(), |least| least.to_string()),
        count("spec.maxReplicas").unwrap_or(0).to_string(),
        count("status.currentReplicas").unwrap_or(0).to_string(),
        age(autoscaler, moment),
    ]
}

fn claim(claim: &Object, moment: &Moment) -> Vec<String> {
    let status = if claim.is_being_deleted() { "Terminating" } else { claim.text("status.phase") };
    let bound = !claim.text("spec.volumeName").is_empty();
    let modes: Vec<&str> = claim
        .items("status.accessModes")
        .iter()
        .filter_map(Value::as_str)
        .map(|mode| match mode {
            "ReadWriteOnce" => "RWO",
            "ReadOnlyMany" => "ROX",
            "ReadWriteMany" => "RWX",
            "ReadWriteOncePod" => "RWOP",
            other => other,
        })
        .collect();
    vec![
        claim.name().to_owned(),
        status.to_owned(),
        claim.text("spec.volumeName").to_owned(),
        if bound { claim.text("status.capacity.storage").to_owned() } else { String::new() },
        if bound { modes.join(",") } else { String::new() },
        claim.text("spec.storageClassName").to_owned(),
        match claim.text("spec.volumeAttributesClassName") {
            "" => "<unset>".to_owned(),
            name => name.to_owned(),
        },
        age(claim, moment),
    ]
}

fn daemon_set(set: &Object, moment: &Moment) -> Vec<String> {
    let [containers, images, selector] = template_cells(set);
    let count = |path: &str| set.int(path).unwrap_or(0).to_string();
    vec![
        set.name().to_owned(),
        count("status.desiredNumberScheduled"),
        count("status.currentNumberScheduled"),
        count("status.numberReady"),
        count("status.updatedNumberScheduled"),
        count("status.numberAvailable"),
        super::table::joined(set.text_pairs("spec.template.spec.nodeSelector")),
        age(set, moment),
        containers,
        images,
        selector,
    ]
}
