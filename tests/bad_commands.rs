//! Whatever is typed, the terminal answers: with an exit code, in bounded text, and never with a panic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg32;
use service_playground::clock::Epoch;
use service_playground::session::{File, Session, Setup};
use std::time::Duration;

const FILE: &str = "
apiVersion: v1
kind: Pod
metadata: {name: a, labels: {app: web}}
spec: {containers: [{name: c, image: 'nicolaka/netshoot'}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
";

/// What a shell gives a meaning to.
const SIGNS: &[&str] = &[
    " ",
    " ",
    " ",
    "  ",
    ";",
    "&&",
    "||",
    "|",
    "&",
    ">",
    ">>",
    "<",
    "<<",
    "2>&1",
    "$(",
    ")",
    "(",
    "`",
    "$",
    "${",
    "}",
    "{",
    "\"",
    "'",
    "\\",
    "#",
    "!",
    "*",
    "?",
    "[",
    "]",
    "~",
    "=",
    "-",
    "--",
    "-o",
    "\t",
    "\u{0}",
    "\u{7f}",
    "é",
    "😀",
    "9999999999999999999",
    "-1",
    "%s%n",
    "../..",
    "/dev/null",
    "\u{feff}",
    "\u{202e}",
];

/// What commands are made of.
const WORDS: &[&str] = &[
    "kubectl",
    "get",
    "pods",
    "svc",
    "a",
    "web",
    "-oyaml",
    "-o=jsonpath={.items[",
    "-w",
    "-l",
    "app in (",
    "--sort-by=.x",
    "describe",
    "apply",
    "-f",
    "-",
    "web.yaml",
    "patch",
    "-p",
    "{\"spec\":",
    "exec",
    "-it",
    "--",
    "sh",
    "-c",
    "logs",
    "label",
    "edit",
    "run",
    "delete",
    "scale",
    "--replicas=-5",
    "rollout",
    "expose",
    "wait",
    "--for=jsonpath={",
    "port-forward",
    "1:2",
    "curl",
    "-w",
    "%{http_code",
    "wget",
    "nslookup",
    "dig",
    "+short",
    "host",
    "nc",
    "-zv",
    "ping",
    "ip",
    "route",
    "grep",
    "-E",
    "(((",
    "sed",
    "s/a",
    "awk",
    "{print $",
    "sort",
    "-k",
    "head",
    "-n",
    "tail",
    "uniq",
    "wc",
    "xargs",
    "seq",
    "1e9",
    "cut",
    "-d",
    "tr",
    "jq",
    ".[",
    "while",
    "true",
    "do",
    "done",
    "for",
    "i",
    "in",
    "if",
    "then",
    "fi",
    "case",
    "esac",
    "watch",
    "sleep",
    "export",
    "X=",
    "cat",
    "echo",
    "printf",
    "test",
    "env",
    "hostname",
    "date",
    "ps",
    "ls",
    "tee",
    "read",
    "cd",
    "exit",
    "EOF",
    "debug",
    "--image=busybox",
    "--copy-to=c",
    "--set-image=*=x",
    "--target=c",
    "node/node1",
    "kill",
    "-s",
    "1",
    "$$",
    "chroot",
    "/host",
];

fn session() -> Session {
    let files = vec![File { name: "web.yaml".to_owned(), text: FILE.to_owned() }];
    let mut session = Session::new(Setup { seed: 1, epoch: Epoch(1_795_000_000), files, modes: Vec::new() });
    pass(&mut session, 40);
    session
}

fn pass(session: &mut Session, steps: u32) {
    for _ in 0..steps {
        session.advance(Duration::from_millis(200), || false);
    }
}

fn line(random: &mut Pcg32) -> String {
    let length = 1 + random.next_u32() % 12;
    let mut line = String::new();
    for _ in 0..length {
        let from = if random.next_u32().is_multiple_of(3) { SIGNS } else { WORDS };
        line.push_str(from[random.next_u32() as usize % from.len()]);
        if random.next_u32().is_multiple_of(2) {
            line.push(' ');
        }
    }
    line
}

/// What is printed of one line stays below this, with some room for the sentence that says where it was cut.
const BOUND: usize = 2_000_000;

fn type_in(session: &mut Session, line: &str) {
    let before: usize = session.printed().iter().map(|one| one.text.len()).sum();
    session.run_line(line);
    pass(session, 3);
    session.interrupt();
    session.end_input();
    session.interrupt();
    let after: usize = session.printed().iter().map(|one| one.text.len()).sum();
    assert!(after < before + BOUND, "{} bytes of {line:?}", after - before);
}

#[test]
fn lines_made_by_chance_are_answered() {
    let mut random = Pcg32::seed_from_u64(11);
    for _ in 0..25 {
        let mut session = session();
        for _ in 0..60 {
            type_in(&mut session, &line(&mut random));
        }
    }
}

#[test]
fn lines_made_by_chance_are_answered_in_a_container() {
    let mut random = Pcg32::seed_from_u64(12);
    for _ in 0..12 {
        let mut session = session();
        for _ in 0..40 {
            let inner = line(&mut random).replace('\'', "");
            type_in(&mut session, &format!("kubectl exec a -- sh -c '{inner}'"));
            session.run_line("kubectl exec -it a -- sh");
            type_in(&mut session, &line(&mut random));
        }
    }
}

#[test]
fn what_never_ends_is_stopped_and_what_is_long_is_cut() {
    let long = "x".repeat(200_000);
    let lines = [
        "while true; do echo y; done".to_owned(),
        "kubectl exec a -- sh -c 'while true; do echo y; done'".to_owned(),
        "seq 1 100000000".to_owned(),
        "kubectl exec a -- seq 1 100000000".to_owned(),
        "for i in $(seq 1 1000); do for j in $(seq 1 1000); do echo $i$j; done; done".to_owned(),
        format!("echo {long}"),
        format!("kubectl get {long}"),
        "$(".repeat(20_000),
        "(".repeat(50_000),
        "if true; then ".repeat(5_000),
        "echo a | ".repeat(3_000),
        "x=$x$x$x$x".to_owned() + &"; x=$x$x$x$x".repeat(40),
    ];
    let mut session = session();
    for line in &lines {
        type_in(&mut session, line);
    }
    let cut = session.printed().iter().filter(|one| one.text.starts_with("[cut here: ")).count();
    assert!(cut >= 3, "what is long says where it was cut: {cut}");
}
