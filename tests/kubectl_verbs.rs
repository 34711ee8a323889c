//! kubectl's verbs and flags in many spellings, against a bare cluster: what they print and how they refuse.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "kubectl_verbs/about.rs"]
mod about;
#[path = "kubectl_verbs/generators.rs"]
mod generators;
#[path = "kubectl_verbs/requests.rs"]
mod requests;
#[path = "kubectl_verbs/watching.rs"]
mod watching;

use expect_test::Expect;
use service_playground::cluster::{Cluster, Settings};
use service_playground::kubectl::Terminal;
use std::collections::BTreeMap;
use std::time::Duration;

/// The files that the lines see.
const FILES: &[(&str, &str)] = &[
    ("cm.json", r#"{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"raw"},"data":{"a":"b"}}"#),
    ("env", "A=1\n=2\n"),
    ("vars", "# of a shell\n A=1\nC=x=y\n\nD=\nE\n"),
    ("tls/crt", "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"),
    ("tls/key", "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n"),
    ("dir/one", "1"),
    ("dir/two", "2"),
    ("svc.yaml", "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{port: 80}]}}"),
];

/// Runs lines, one after the other: kubectl's words, or a line of the shell behind `sh `; what goes to standard error stands behind `! `, a code that is not zero behind `=`.
fn check(lines: &[&str], expected: &Expect) {
    let mut cluster = Cluster::new(Settings::recorded(1));
    let settle = |cluster: &mut Cluster| cluster.settle(Duration::from_millis(1200), Duration::from_secs(45));
    settle(&mut cluster);
    let files: BTreeMap<String, String> =
        FILES.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    let mut terminal = Terminal::new(files.into_iter().collect());
    let mut text = String::new();
    for line in lines {
        let shell = line.strip_prefix("sh ").map_or_else(|| format!("kubectl {line}"), str::to_owned);
        let output = terminal.run(&mut cluster, &shell);
        text.push_str(&format!("$ {line}\n{}", output.stdout));
        text.push_str(if output.stdout.is_empty() || output.stdout.ends_with('\n') { "" } else { "\n" });
        for line in output.stderr.lines() {
            text.push_str(&format!("! {line}\n"));
        }
        if output.exit != 0 {
            text.push_str(&format!("= {}\n", output.exit));
        }
        settle(&mut cluster);
    }
    expected.assert_eq(&text);
}
