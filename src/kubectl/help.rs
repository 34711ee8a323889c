//! `--help`, and what a command says that only holds others.

use super::commands::{COMMANDS, Command, GLOBAL, below, first_name};
use super::flags::{Flag, Kind};
use crate::order::Order;

/// The groups of commands, each with its first one.
const GROUPS: [(&str, &str); 8] = [
    ("Basic Commands (Beginner)", "create"),
    ("Basic Commands (Intermediate)", "explain"),
    ("Deploy Commands", "rollout"),
    ("Cluster Management Commands", "certificate"),
    ("Troubleshooting and Debugging Commands", "describe"),
    ("Advanced Commands", "diff"),
    ("Settings Commands", "label"),
    ("Subcommands provided by plugins:\n\nOther Commands", "api-resources"),
];

/// What kubectl itself says.
pub fn root() -> String {
    "kubectl controls the Kubernetes cluster manager.\n\n Find more information at: \
     https://kubernetes.io/docs/reference/kubectl/\n\n"
        .to_owned()
        + &usage()
}

/// Its commands, and how it is called.
pub fn usage() -> String {
    let mut text = String::new();
    let hidden = ["help", "options"];
    for command in below(&[]) {
        let name = command.path.first().map_or("", |word| first_name(word));
        if let Some((title, _)) = GROUPS.iter().find(|(_, first)| *first == name) {
            text += if text.is_empty() { "" } else { "\n" };
            text += &format!("{title}:\n");
        }
        if !hidden.contains(&name) {
            text += &format!("  {name:13}   {}\n", command.short);
        }
    }
    text += "\nUsage:\n  kubectl [flags] [options]\n\nUse \"kubectl <command> --help\" for more information about a \
             given command.\nUse \"kubectl options\" for a list of global command-line options (applies to all commands).";
    text
}

/// What a command says that holds others. Models cobra's usage template as kubectl sets it.
pub fn group(path: &[&str]) -> String {
    let name = path.join(" ");
    let own = COMMANDS.iter().find(|command| {
        command.path.len() == path.len()
            && command.path.iter().zip(path).all(|(word, wanted)| first_name(word) == *wanted)
    });
    let mut text = match name.as_str() {
        "set" => "Configure application resources.\n\n These commands help you make changes to existing application \
                  resources."
            .to_owned(),
        "rollout" => "Manage the rollout of one or many resources.\n  \n Valid resource types include:\n\n  *  \
                      deployments\n  *  daemonsets\n  *  statefulsets"
            .to_owned(),
        "create" => "Create a resource from a file or from stdin.\n\n JSON and YAML formats are accepted.".to_owned(),
        _ => own.map(|command| format!("{}.", command.short)).unwrap_or_default(),
    };
    text += "\n\nAvailable Commands:\n";
    list(&mut text, path);
    let usage = if name == "create" {
        "kubectl create -f FILENAME [options]".to_owned()
    } else {
        format!("kubectl {name} SUBCOMMAND [options]")
    };
    text += &format!(
        "\nUsage:\n  {usage}\n\nUse \"kubectl {name} <command> --help\" for more information about a given command.\nUse \
         \"kubectl options\" for a list of global command-line options (applies to all commands)."
    );
    text
}

fn list(text: &mut String, path: &[&str]) {
    let name = |command: &Command| command.path.last().map_or("", |last| first_name(last));
    let width = below(path).map(|command| name(command).len()).max().unwrap_or(0);
    for command in below(path) {
        *text += &format!("  {:width$}   {}\n", name(command), command.short);
    }
}

/// What `--help` of a command says: our own short form.
pub fn command(command: &Command) -> String {
    let path: Vec<&str> = command.path.iter().map(|word| first_name(word)).collect();
    if below(&path).next().is_some() {
        return group(&path);
    }
    let mut text = format!("{}.\n\nOptions:\n", command.short);
    list_flags(&mut text, command.flags.iter().flat_map(|set| set.iter()).collect());
    text += &format!("\nUsage:\n  kubectl {} [flags] [options]\n\n", path.join(" "));
    text += "Use \"kubectl options\" for a list of global command-line options (applies to all commands).";
    text
}

/// What `kubectl options` says.
pub fn options() -> String {
    let mut text = "The following options can be passed to any command:\n\n".to_owned();
    list_flags(&mut text, GLOBAL.iter().collect());
    text.trim_end().to_owned()
}

fn list_flags(text: &mut String, mut flags: Vec<&Flag>) {
    flags.order_by_key(|flag| flag.name);
    for flag in flags {
        let short = flag.short.map_or_else(|| "    ".to_owned(), |short| format!("-{short}, "));
        let value = match flag.kind {
            Kind::Bool => "",
            Kind::Text => "=TEXT",
            Kind::Optional(_) => "[=TEXT]",
            Kind::Int => "=NUMBER",
            Kind::Duration => "=DURATION",
            Kind::List | Kind::Array | Kind::Pairs => "=TEXT ...",
        };
        *text += &format!("    {short}--{}{value}\n", flag.name);
    }
}
