use crate::clock::Epoch;
use crate::cluster::{Cluster, Settings};
use crate::kubectl::Terminal;
use crate::order::SortedMap;
use expect_test::{Expect, expect};

const FILE: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: told}
data: {a: x}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
";

/// A machine without an editor, and a cluster with a Service and a ConfigMap.
fn start() -> (Terminal, Cluster) {
    let mut terminal = Terminal::new(SortedMap::from([("f.yaml".to_owned(), FILE.to_owned())]));
    let mut cluster = Cluster::new(Settings::page(1, Epoch(1_795_000_000)));
    terminal.run(&mut cluster, "kubectl apply -f f.yaml");
    (terminal, cluster)
}

fn check(line: &str, expected: &Expect) {
    let (mut terminal, mut cluster) = start();
    let output = terminal.run(&mut cluster, line);
    let text = format!("{}{}{}", output.stdout, output.stderr, output.exit);
    // The file's number comes from the clock.
    let mut parts = text.split("kubectl-edit-");
    let first = parts.next().unwrap_or("").to_owned();
    let text =
        parts.fold(first, |text, part| text + "kubectl-edit-" + part.trim_start_matches(|c: char| c.is_ascii_digit()));
    expected.assert_eq(&text);
}

#[test]
fn a_program_edits_where_one_is_named() {
    check(
        "KUBE_EDITOR='sed -i \"s/  a: x/  a: z/\"' kubectl edit cm/told; kubectl get cm told -o jsonpath={.data}",
        &expect![[r#"
            configmap/told edited
            {"a":"z"}0"#]],
    );
    check(
        "export EDITOR=true; kubectl edit svc web",
        &expect![[r"
        Edit cancelled, no changes made.
        0"]],
    );
    check(
        "EDITOR='sed -i /./d' kubectl edit svc web",
        &expect![[r"
        Edit cancelled, saved file was empty.
        0"]],
    );
    check(
        "EDITOR=false kubectl edit svc web",
        &expect![[r#"
        error: there was a problem with the editor "false /tmp/kubectl-edit-.yaml"
        1"#]],
    );
    check(
        "EDITOR=ed kubectl edit svc web",
        &expect![[r#"
        bash: ed: command not found
        error: unable to launch the editor "ed /tmp/kubectl-edit-.yaml"
        1"#]],
    );
    check(
        "kubectl edit svc web",
        &expect![[r#"
        There is no editor here: set KUBE_EDITOR to a command that changes a file.
        error: unable to launch the editor "vi"
        1"#]],
    );
    check(
        "kubectl edit svc nope",
        &expect![[r#"
        Error from server (NotFound): services "nope" not found
        1"#]],
    );
    check(
        "EDITOR='sed -i \"s/^  name: web/  name: web2/\"' kubectl edit svc web",
        &expect![[r#"
        A copy of your changes has been stored to "/tmp/kubectl-edit-.yaml"
        error: At least one of apiVersion, kind and name was changed
        1"#]],
    );
    check(
        "EDITOR='sed -i \"s/port: 80/port: 0/\"' kubectl edit svc web",
        &expect![[r#"
        error: services "web" is invalid
        A copy of your changes has been stored to "/tmp/kubectl-edit-.yaml"
        error: Edit cancelled, no valid changes were saved.
        1"#]],
    );
    check(
        "EDITOR='sed -i \"s/port: 80/port: [/\"' kubectl edit svc web",
        &expect![[r#"
        error: services "web" is invalid
        A copy of your changes has been stored to "/tmp/kubectl-edit-.yaml"
        error: Edit cancelled, no valid changes were saved.
        1"#]],
    );
    check(
        "EDITOR='sed -i \"s/port: 80/prt: 80/\"' kubectl edit svc web",
        &expect![[r#"
        A copy of your changes has been stored to "/tmp/kubectl-edit-.yaml"
        error: map: map[protocol:TCP prt:80 targetPort:80] does not contain declared merge key: port
        1"#]],
    );
    check(
        "EDITOR='sed -i \"s/app: web/app: other/\"' kubectl edit svc/web cm/told --output-patch",
        &expect![[r#"
        Patch: {"spec":{"selector":{"app":"other"}}}
        service/web edited
        configmap/told skipped
        0"#]],
    );
    check(
        "EDITOR='sed -i s/x/y/' kubectl edit cm/told -o json | head -n 4",
        &expect![[r#"
        {
            "apiVersion": "v1",
            "data": {
                "a": "y"
        0"#]],
    );
}

#[test]
fn the_pages_editor_is_waited_for_and_opened_again_with_what_was_wrong() {
    let (mut terminal, mut cluster) = start();
    terminal.has_editor = true;
    let mut running = terminal.start(&mut cluster, "kubectl edit svc web");
    let mut save = |terminal: &mut Terminal, from: &str, to: &str| {
        let draft = terminal.draft.as_mut().unwrap();
        draft.text = draft.text.replace(from, to);
        draft.closed = true;
        running.poll(terminal, &mut cluster);
        let output = running.output();
        format!("{}{}", output.stdout, output.stderr)
    };
    assert_eq!(save(&mut terminal, "port: 80", "port: 0"), "error: services \"web\" is invalid\n");
    let text = terminal.draft.as_ref().unwrap().text.clone();
    let head: String = text.lines().take_while(|line| line.starts_with('#')).flat_map(|line| [line, "\n"]).collect();
    expect![[r#"
        # Please edit the object below. Lines beginning with a '#' will be ignored,
        # and an empty file will abort the edit. If an error occurs while saving this file will be
        # reopened with the relevant failures.
        #
        # services "web" was not valid:
        # * spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive
        #
    "#]]
    .assert_eq(&head);
    assert!(save(&mut terminal, "port: 0", "port: 81").starts_with("service/web edited\n"));
    assert!(terminal.draft.is_none());
}
