//! The rules that we print are rules to the real tools: `iptables-restore --test` and `nft --check`, in a network namespace
//! of their own. Where the tools or the rights are missing the test says so and is skipped.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "conformance/case.rs"]
mod case;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// A real reader of rules.
struct Reader {
    /// The node whose rules it reads, by the steps of the recorded cases.
    node: &'static str,
    command: &'static [&'static str],
    /// What it must accept where it works at all, and what it must refuse.
    good: &'static str,
    bad: &'static str,
}

const READERS: &[Reader] = &[
    Reader {
        node: "node1",
        command: &["iptables-restore", "--test"],
        good: "*nat\n:KUBE-SERVICES - [0:0]\n-A PREROUTING -j KUBE-SERVICES\nCOMMIT\n",
        bad: "*nat\n:KUBE-SERVICES - [0:0]\n-A KUBE-SERVICES -p tcp -m tcp --dport none\nCOMMIT\n",
    },
    Reader {
        node: "node2",
        command: &["nft", "--check", "-f", "-"],
        good: "table ip kube-proxy {\n\tchain services {\n\t}\n}\n",
        bad: "table ip kube-proxy {\n\tchain services {\n\t\ttcp dport none\n\t}\n}\n",
    },
];

impl Reader {
    /// Has the tool read `rules`; its own words where it refuses them.
    fn read(&self, rules: &str) -> Result<(), String> {
        let mut tool = Command::new("unshare")
            .arg("--net")
            .args(self.command)
            // Debian keeps both tools where only root's PATH leads.
            .env("PATH", format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default()))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        // A tool that cannot start closes its input early; its exit tells.
        let _ = tool.stdin.take().unwrap().write_all(rules.as_bytes());
        let output = tool.wait_with_output().map_err(|error| error.to_string())?;
        if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
    }
}

#[test]
fn the_real_tools_accept_what_we_print() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/dataplane");
    let played: Vec<_> = case::files_below(&folder)
        .iter()
        .map(|path| case::Case::read(&std::fs::read_to_string(path).unwrap()).unwrap())
        .filter(|case| case.steps.iter().any(|step| step.get("rules").is_some()))
        .map(|case| (case.play(), case))
        .collect();
    for reader in READERS {
        let tool = reader.command[0];
        if let Err(problem) = reader.read(reader.good) {
            // Not through `eprintln`, which the test runner keeps to itself.
            writeln!(std::io::stderr(), "skipped: {tool} cannot be used here: {}", problem.trim()).unwrap();
            continue;
        }
        assert!(reader.read(reader.bad).is_err(), "{tool} refuses what is wrong");
        let mut read = 0;
        for (answers, case) in &played {
            for (step, answer) in answers.iter().filter(|(step, _)| case.steps[*step]["rules"] == reader.node) {
                let answer = answer.as_ref().unwrap_or_else(|error| panic!("{}, step {step}: {error}", case.name));
                let rules = answer["stdout"].as_str().unwrap();
                assert!(rules.contains("KUBE-SERVICES") || rules.contains("service-ips"), "{rules}");
                if let Err(refusal) = reader.read(rules) {
                    panic!("{}, step {step}: {tool} refuses our rules: {refusal}\n{rules}", case.name);
                }
                read += 1;
            }
        }
        assert!(read > 10, "{tool} was shown {read} rule sets only");
    }
}
