//! Namespaces, ConfigMaps, Secrets, and any other kind. Models describeNamespace, ConfigMapDescriber, describeSecret and
//! the generic describer.

use super::{Page, Scene};
use crate::api::go_value;
use crate::api::{Fields, Object, ResourceId, Value};
use crate::order::SortedSet;
use crate::value::base64;

pub(super) fn describe_namespace(page: &mut Page, namespace: &Object, scene: &Scene) {
    page.field(0, "Name", namespace.name());
    page.labels(namespace);
    page.own_annotations(namespace);
    page.field(0, "Status", namespace.text("status.phase"));
    let conditions = namespace.items("status.conditions");
    if !conditions.is_empty() {
        page.line(0, "Conditions:");
        page.line(1, "Type\tStatus\tLastTransitionTime\tReason\tMessage");
        page.line(1, "----\t------\t------------------\t------\t-------");
        for condition in conditions {
            // Go's own form of a time.
            let since = condition.text("lastTransitionTime").replace('T', " ").replace('Z', " +0000 UTC");
            let text = |field: &str| condition.text(field);
            let rest = format!("{}\t{}", text("reason"), text("message"));
            page.line(1, &format!("{}\t{}\t{since}\t{rest}", text("type"), text("status")));
        }
    }
    let within = |resource| scene.store.list(resource, Some(namespace.name())).peekable();
    page.line(0, "");
    let mut quotas = within(ResourceId::RESOURCE_QUOTAS);
    page.line(0, if quotas.peek().is_some() { "Resource Quotas" } else { "No resource quota." });
    for quota in quotas {
        page.field(1, "Name", quota.name());
        page.line(1, "Resource\tUsed\tHard");
        page.line(1, "--------\t---\t---");
        amounts_of_quota(page, 1, quota);
    }
    page.line(0, "");
    let mut ranges = within(ResourceId::LIMIT_RANGES);
    if ranges.peek().is_none() {
        return page.line(0, "No LimitRange resource.");
    }
    page.line(0, "Resource Limits");
    head_of_limits(page, " ");
    ranges.for_each(|range| limits(page, " ", range));
}

pub(super) fn describe_config_map(page: &mut Page, map: &Object) {
    page.head(map);
    page.labels(map);
    page.own_annotations(map);
    page.text.push_str("\nData\n====\n");
    for (key, value) in map.text_pairs("data") {
        page.text.push_str(&format!("{key}:\n----\n{value}\n\n"));
    }
    page.text.push_str("\nBinaryData\n====\n");
    for (key, value) in map.text_pairs("binaryData") {
        page.text.push_str(&format!("{key}: {} bytes\n", base64::decode(value).map_or(0, |bytes| bytes.len())));
    }
    page.line(0, "");
}

/// Models describeQuota.
pub(super) fn describe_quota(page: &mut Page, quota: &Object) {
    page.head(quota);
    page.line(0, "Resource\tUsed\tHard");
    page.line(0, "--------\t----\t----");
    amounts_of_quota(page, 0, quota);
}

fn amounts_of_quota(page: &mut Page, level: usize, quota: &Object) {
    for (name, hard) in quota.text_pairs("status.hard") {
        let used = quota.at("status.used").and_then(|used| used.get(name)).and_then(Value::as_str).unwrap_or("0");
        page.line(level, &format!("{name}\t{used}\t{hard}"));
    }
}

pub(super) fn describe_limit_range(page: &mut Page, range: &Object) {
    page.head(range);
    head_of_limits(page, "");
    limits(page, "", range);
}

fn head_of_limits(page: &mut Page, indent: &str) {
    page.line(0, &format!("{indent}Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio"));
    page.line(0, &format!("{indent}----\t--------\t---\t---\t---------------\t-------------\t-----------------------"));
}

/// Models describeLimitRangeSpec, with the resources of a limit in the order of their names.
fn limits(page: &mut Page, indent: &str, range: &Object) {
    const LISTS: [&str; 5] = ["min", "max", "defaultRequest", "default", "maxLimitRequestRatio"];
    for limit in range.items("spec.limits") {
        let names: SortedSet<&str> =
            LISTS.iter().flat_map(|list| limit.text_pairs(list)).map(|(name, _)| name).collect();
        for name in names {
            let amount =
                |list: &str| limit.get(list).and_then(|all| all.get(name)).and_then(Value::as_str).unwrap_or("-");
            page.line(0, &format!("{indent}{}\t{name}\t{}", limit.text("type"), LISTS.map(amount).join("\t")));
        }
    }
}

pub(super) fn describe_secret(page: &mut Page, secret: &Object) {
    page.head(secret);
    page.labels(secret);
    page.own_annotations(secret);
    page.line(0, "");
    page.field(0, "Type", &format!(" {}", secret.text("type")));
    page.text.push_str("\nData\n====\n");
    for (key, value) in secret.text_pairs("data") {
        page.field(0, key, &format!("{} bytes", base64::decode(value).map_or(0, |bytes| bytes.len())));
    }
}

pub(super) fn describe_any(page: &mut Page, object: &Object) {
    const SHOWN: &[&str] = &["apiVersion", "kind"];
    const SHOWN_METADATA: &[&str] = &["annotations", "labels", "managedFields", "name", "namespace"];
    page.head(object);
    page.labels(object);
    page.own_annotations(object);
    page.field(0, "API Version", object.api_version());
    page.field(0, "Kind", object.kind());
    for (key, value) in object.map("").into_iter().flatten() {
        if SHOWN.contains(&&**key) {
            continue;
        }
        let skip = if key == "metadata" { SHOWN_METADATA } else { &[] };
        tree(page, 0, key, value, skip);
    }
}

/// A field and what is below it. Models printUnstructuredContent.
fn tree(page: &mut Page, level: usize, key: &str, value: &Value, skip: &[&str]) {
    let title = title(key);
    match value {
        Value::Object(map) => {
            page.line(level, &format!("{title}:"));
            for (key, value) in map.iter().filter(|(key, _)| !skip.contains(&&***key)) {
                tree(page, level + 1, key, value, &[]);
            }
        }
        Value::Array(items) => {
            page.line(level, &format!("{title}:"));
            for item in items {
                match item {
                    Value::Object(map) => map.iter().for_each(|(key, value)| tree(page, level + 1, key, value, &[])),
                    other => page.line(level + 1, &go_value::plain(other)),
                }
            }
        }
        other => page.field(level, &title, &go_value::plain(other)),
    }
}

/// `podSelector` to `Pod Selector`. Models smartLabelFor.
fn title(key: &str) -> String {
    let mut title = String::new();
    for (place, letter) in key.chars().enumerate() {
        if place == 0 {
            title.extend(letter.to_uppercase());
        } else {
            if letter.is_uppercase() && !title.ends_with(char::is_uppercase) {
                title.push(' ');
            }
            title.push(letter);
        }
    }
    title
}

#[cfg(test)]
mod tests {
    use crate::cluster::{Cluster, Settings};
    use crate::kubectl::Terminal;
    use crate::order::SortedMap;
    use expect_test::expect;
    use std::time::Duration;

    #[test]
    fn a_namespace_names_its_quotas_and_limits() {
        let file = r#"
apiVersion: v1
kind: ResourceQuota
metadata: {name: few}
spec: {hard: {pods: "3", cpu: "2"}}
---
apiVersion: v1
kind: LimitRange
metadata: {name: small}
spec: {limits: [{type: Container, max: {memory: 1Gi}, default: {memory: 256Mi}}]}
"#;
        let mut cluster = Cluster::new(Settings::recorded(1));
        let mut terminal = Terminal::new(SortedMap::from([("few.yaml".to_owned(), file.to_owned())]));
        let said = |terminal: &mut Terminal, cluster: &mut Cluster| {
            let output = terminal.run(cluster, "kubectl describe namespace default");
            output.stdout + &output.stderr
        };
        expect![[r"
            Name:         default
            Labels:       kubernetes.io/metadata.name=default
            Annotations:  <none>
            Status:       Active

            No resource quota.

            No LimitRange resource.
        "]]
        .assert_eq(&said(&mut terminal, &mut cluster));
        terminal.run(&mut cluster, "kubectl apply -f few.yaml");
        cluster.settle(Duration::from_secs(2), Duration::from_secs(30));
        expect![[r"
            Name:         default
            Labels:       kubernetes.io/metadata.name=default
            Annotations:  <none>
            Status:       Active

            Resource Quotas
              Name:     few
              Resource  Used  Hard
              --------  ---   ---
              cpu       0     2
              pods      0     3

            Resource Limits
             Type       Resource  Min  Max  Default Request  Default Limit  Max Limit/Request Ratio
             ----       --------  ---  ---  ---------------  -------------  -----------------------
             Container  memory    -    1Gi  256Mi            256Mi          -
        "]]
        .assert_eq(&said(&mut terminal, &mut cluster));
    }
}
