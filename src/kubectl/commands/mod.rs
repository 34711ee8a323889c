//! The tree of commands with their flags, and which of them a line means.
//!
//! Models cobra's Command.Find (flags may stand before a subcommand) and Levenshtein suggestions.

use super::Failure;
use super::call::{Call, Next};
use super::flags::{Flag, Flags, without_value};

mod table;

pub use table::{COMMANDS, GLOBAL};

/// What a command does.
pub type Run = fn(&mut Call<'_>, &Flags) -> Result<Next, Failure>;

/// A command.
pub struct Command {
    /// The words that name it, with other names of the last one behind bars: `service|svc`.
    pub path: &'static [&'static str],
    /// What it does, in a line.
    pub short: &'static str,
    /// The flags that it takes besides [`GLOBAL`].
    pub flags: &'static [&'static [Flag]],
    /// The flags that it cannot do without.
    pub required: &'static [&'static str],
    /// What it does; `None` where it only holds others.
    pub run: Option<Run>,
}

/// The names that a word of a path may have.
fn names(word: &'static str) -> impl Iterator<Item = &'static str> {
    word.split('|')
}

/// The usual name of a word of a path.
pub fn first_name(word: &'static str) -> &'static str {
    names(word).next().unwrap_or(word)
}

/// The commands right below `path`, by their usual names.
pub fn below(path: &[&str]) -> impl Iterator<Item = &'static Command> {
    COMMANDS.iter().filter(move |command| {
        command.path.len() == path.len() + 1
            && command.path.iter().zip(path).all(|(word, wanted)| first_name(word) == *wanted)
    })
}

/// A command that was found, with the words that are left.
pub struct Found {
    /// The command; `None` for kubectl itself.
    pub command: Option<&'static Command>,
    /// Its whole name: `kubectl create service`.
    pub path: String,
    /// Flags and arguments.
    pub words: Vec<String>,
}

/// The command that `words` (without `kubectl`) means.
pub fn find(words: &[String]) -> Result<Found, Failure> {
    let mut words = words.to_vec();
    let mut path: Vec<&'static str> = Vec::new();
    let mut command: Option<&'static Command> = None;
    loop {
        let known: Vec<&[Flag]> = flag_sets(command);
        let Some(at) = first_argument(&words, &known) else { break };
        let Some(word) = words.get(at) else { break };
        let next = below(&path).find(|one| one.path.last().is_some_and(|last| names(last).any(|name| name == word)));
        match next {
            Some(next) => {
                path.push(next.path.last().map_or("", |last| first_name(last)));
                command = Some(next);
                words.remove(at);
            }
            None if command.is_none() => return Err(unknown(&words, word)),
            None => break,
        }
    }
    let mut name = "kubectl".to_owned();
    for word in path {
        name.push(' ');
        name.push_str(word);
    }
    Ok(Found { command, path: name, words })
}

/// The flags that a command takes.
pub fn flag_sets(command: Option<&'static Command>) -> Vec<&'static [Flag]> {
    let mut sets: Vec<&'static [Flag]> = command.map(|command| command.flags.to_vec()).unwrap_or_default();
    sets.push(GLOBAL);
    sets
}

/// Where the first word stands that is neither a flag nor a flag's value. Models cobra's stripFlags: an unknown flag
/// takes the next word with it.
fn first_argument(words: &[String], known: &[&[Flag]]) -> Option<usize> {
    let mut at = 0;
    while let Some(word) = words.get(at) {
        if word == "--" {
            return None;
        }
        let alone = |matches: &dyn Fn(&Flag) -> bool| {
            let flag = known.iter().flat_map(|set| set.iter()).find(|flag| matches(flag));
            flag.is_some_and(|flag| without_value(flag.kind).is_some())
        };
        if let Some(name) = word.strip_prefix("--") {
            at += if name.contains('=') || alone(&|flag| flag.name == name) { 1 } else { 2 };
        } else if word.len() > 1 && word.starts_with('-') {
            let letter = word.chars().nth(1);
            at += if word.chars().count() > 2 || alone(&|flag| flag.short == letter) { 1 } else { 2 };
        } else {
            return Some(at);
        }
    }
    None
}

/// The error about a word that is no command.
fn unknown(words: &[String], word: &str) -> Failure {
    if let Some(flag) = words.first().filter(|first| first.starts_with('-')) {
        return Failure::Raw(format!("Error: flags cannot be placed before plugin name: {flag}"));
    }
    let mut text = format!("error: unknown command {word:?} for \"kubectl\"");
    let lower = word.to_lowercase();
    let near: Vec<&str> = below(&[])
        .filter_map(|command| command.path.first().copied())
        .filter(|name| distance(&lower, name) <= 2 || name.starts_with(&lower))
        .collect();
    if !near.is_empty() {
        text += "\n\nDid you mean this?\n";
        for name in near {
            text += &format!("\t{name}\n");
        }
    }
    Failure::Raw(text)
}

/// The Levenshtein distance.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (slot, b) in row.iter_mut().skip(1).zip(other.chars()) {
            let above = *slot;
            left = (diagonal + usize::from(a != b)).min(above + 1).min(left + 1);
            diagonal = above;
            *slot = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_found_between_flags() {
        let check = |line: &str| {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            match find(&words) {
                Ok(found) => format!("{} | {}", found.path, found.words.join(" ")),
                Err(failure) => failure.text(),
            }
        };
        assert_eq!(check("-n shop get svc -o yaml"), "kubectl get | -n shop svc -o yaml");
        assert_eq!(check("create svc clusterip x --tcp=80"), "kubectl create service clusterip | x --tcp=80");
        assert_eq!(check("create -f x.yaml"), "kubectl create | -f x.yaml");
        assert_eq!(
            check("gett pods"),
            "error: unknown command \"gett\" for \"kubectl\"\n\nDid you mean this?\n\tset\n\tget\n"
        );
        assert_eq!(check("zzzzzz"), "error: unknown command \"zzzzzz\" for \"kubectl\"\n");
        assert_eq!(check("--nope get svc"), "Error: flags cannot be placed before plugin name: --nope\n");
    }

    #[test]
    fn distances_count_edits() {
        for (one, other, edits) in
            [("", "", 0), ("foo", "top", 2), ("gett", "set", 2), ("delet", "delete", 1), ("abc", "", 3)]
        {
            assert_eq!(distance(one, other), edits, "{one} {other}");
        }
    }
}
