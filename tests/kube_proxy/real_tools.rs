//! The text that we print, given to the real iptables and nft in a network namespace of their own.

use super::generated::{Generated, kube_proxy, tell_both};
use service_playground::clock::{Random, Time};
use service_playground::net::Memory;
use service_playground::proxy::Mode;
use std::io::Write;
use std::process::{Command, Stdio};

/// What a shell script in a new network namespace prints for this input; `None` where there can be no namespace.
fn in_namespace(script: &str, input: &str) -> Option<(bool, String, String)> {
    let path = format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default());
    let tries: [&[&str]; 2] = [&["--net"], &["--user", "--map-root-user", "--net"]];
    let flags = tries.into_iter().find(|flags| {
        let probe = Command::new("unshare").args(*flags).arg("true").stderr(Stdio::null()).status();
        probe.is_ok_and(|status| status.success())
    })?;
    let mut child = Command::new("unshare")
        .args(flags)
        .args(["sh", "-c", script])
        .env("PATH", path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    // A tool that stops reading shows in its exit status.
    let _ = child.stdin.take()?.write_all(input.as_bytes());
    let output = child.wait_with_output().ok()?;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Some((output.status.success(), text(output.stdout), text(output.stderr)))
}

/// Whether a tool runs in a namespace; says so plainly where it does not.
fn has(tool: &str) -> bool {
    let found = in_namespace(&format!("{tool} --version"), "").is_some_and(|(ok, ..)| ok);
    if !found {
        skipped(&format!("no {tool} in a network namespace here (Debian: apt-get install iptables nftables)"));
    }
    found
}

/// Says so on stderr itself: the test runner keeps what a passing test prints.
fn skipped(why: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {why}");
}

fn generated_texts(mode: Mode) -> Vec<String> {
    (0..12)
        .map(|seed| {
            let mut random = Random::new(seed);
            let (mut sync, mut program) = kube_proxy(mode, 1);
            for number in 0..8 {
                tell_both(&mut sync, &Generated::by_chance(&mut random, number));
            }
            sync.sync(&mut program, Time::ZERO);
            program.text(&Memory::default(), Time::ZERO)
        })
        .collect()
}

#[test]
fn real_nft_lists_what_we_print() {
    if !has("nft") {
        return;
    }
    for text in generated_texts(Mode::Nftables) {
        let (ok, _, error) = in_namespace("nft --check -f -", &text).unwrap();
        assert!(ok, "nft --check: {error}\n{text}");
        let (ok, listed, error) = in_namespace("nft -f - && nft -s list table ip kube-proxy", &text).unwrap();
        if !ok {
            skipped(&format!("this kernel does not take the table: {error}"));
            return;
        }
        // nft reads a set of one range as the range itself; kube-proxy wrote several that nft joined.
        let ours = text.lines().fold(String::new(), |ours, line| match line.split_once("saddr != { ") {
            Some((before, after)) if !after.contains(',') => {
                ours + before + "saddr != " + &after.replacen(" }", "", 1) + "\n"
            }
            _ => ours + line + "\n",
        });
        similar_asserted(&ours, &listed.replace('\t', "    "));
    }
}

#[test]
fn real_iptables_saves_what_we_print() {
    if !has("iptables-restore") {
        return;
    }
    for text in generated_texts(Mode::Iptables) {
        let (ok, _, error) = in_namespace("iptables-restore --test", &text).unwrap();
        assert!(ok, "iptables-restore --test: {error}\n{text}");
        // Accounting objects are made by kube-proxy beforehand; without them the kernel takes no rule that names one.
        let plain =
            text.lines().fold(String::new(), |plain, line| match line.split_once(" -m nfacct --nfacct-name  ") {
                Some((before, after)) => plain + before + " " + after.split_once(' ').unwrap().1 + "\n",
                None => plain + line + "\n",
            });
        let (ok, saved, error) = in_namespace("iptables-restore && iptables-save", &plain).unwrap();
        if !ok {
            skipped(&format!("this kernel does not take the rules: {error}"));
            return;
        }
        let saved: Vec<&str> = saved.lines().filter(|line| !line.starts_with('#')).collect();
        similar_asserted(&plain, &(saved.join("\n") + "\n"));
    }
}

fn similar_asserted(ours: &str, theirs: &str) {
    let difference = similar::TextDiff::from_lines(ours, theirs).unified_diff().header("ours", "theirs").to_string();
    assert!(difference.is_empty(), "{difference}");
}
