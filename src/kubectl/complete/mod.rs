//! Completing a line of the prompt: what could stand where it ends.
//!
//! Models kubectl's completion (pkg/util/completion and cobra): commands, kinds, names, namespaces, flags and their
//! values, containers and, behind `--`, the programs of a container. The session calls it for Tab; it changes nothing.

mod arguments;
mod values;

use super::commands::{self, below, first_name};
use super::exec::shell::is_assignment;
use super::flags::{Flag, Kind, without_value};
use super::{Terminal, resources};
use crate::api::{Object, ResourceId};
use crate::cluster::Cluster;
use crate::order::Order;
use std::sync::Arc;

/// What could stand where a line ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completions {
    /// Where the word begins that they replace, in bytes.
    pub start: usize,
    /// The words, sorted.
    pub words: Vec<String>,
}

/// What the prompt has besides kubectl.
const PROGRAMS: &[&str] = &[
    "awk", "cat", "clear", "cut", "echo", "export", "for", "grep", "head", "kubectl", "ls", "sed", "seq", "sleep",
    "sort", "tail", "tr", "uniq", "wc", "while", "xargs",
];

/// What completion looks at.
struct Place<'p> {
    cluster: &'p Cluster,
    terminal: &'p Terminal,
    /// The namespace of the line.
    namespace: String,
    /// The word that is completed, as far as it is typed.
    word: &'p str,
}

/// What could stand at the end of `line`, the text before the cursor.
pub fn complete(cluster: &Cluster, terminal: &Terminal, line: &str) -> Completions {
    let (begin, words, word) = split(line);
    let mut place = Place { cluster, terminal, namespace: terminal.namespace.clone(), word };
    let mut cut = 0;
    let mut found = match words.split_first() {
        None => starting(word, PROGRAMS.iter().map(|name| (*name).to_owned())),
        Some((&("kubectl" | "k"), rest)) => {
            let (at, found) = place.kubectl(rest);
            cut = at;
            found
        }
        Some((&"xargs", [])) => starting(word, std::iter::once("kubectl".to_owned())),
        Some(_) => place.files(),
    };
    found.order();
    found.dedup();
    Completions { start: begin + cut, words: found }
}

/// The last command of a line: where its last word begins, the words before it, the word.
fn split(line: &str) -> (usize, Vec<&str>, &str) {
    let mut quote = None;
    let mut word = 0;
    let mut words = Vec::new();
    for (at, c) in line.char_indices() {
        match (c, quote) {
            (c, Some(open)) => quote = quote.filter(|_| c != open),
            ('\'' | '"', None) => quote = Some(c),
            ('|' | ';' | '&' | '\n' | '(' | '`', None) => {
                word = at + c.len_utf8();
                words.clear();
            }
            (c, None) if c.is_whitespace() => {
                words.extend(line.get(word..at).filter(|word| !word.is_empty()));
                word = at + c.len_utf8();
            }
            _ => {}
        }
    }
    // What is set for a command and a loop's words stand before it, and are not its name.
    let before = |word: &&str| {
        is_assignment(word) || matches!(*word, "do" | "then" | "else" | "if" | "while" | "until" | "!" | "{")
    };
    let command: Vec<&str> = words.into_iter().skip_while(before).collect();
    (word, command, line.get(word..).unwrap_or(""))
}

/// Those that begin with `word`.
fn starting(word: &str, all: impl Iterator<Item = String>) -> Vec<String> {
    all.filter(|one| one.starts_with(word)).collect()
}

/// The flag that a word names, and its value where that stands behind `=`.
fn flag_of<'w>(word: &'w str, known: &[&'static [Flag]]) -> Option<(&'static Flag, Option<&'w str>)> {
    let (name, value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
    let mut all = known.iter().flat_map(|set| set.iter());
    let found = if let Some(long) = name.strip_prefix("--") {
        all.find(|flag| flag.name == long)
    } else {
        let letter = name.strip_prefix('-')?.chars().last()?;
        all.find(|flag| flag.short == Some(letter))
    };
    found.map(|flag| (flag, value))
}

/// The words of a command's line, sorted out.
struct Line<'l> {
    /// `rollout status`
    path: String,
    args: Vec<&'l str>,
    flags: Vec<(&'static Flag, &'l str)>,
}

impl Line<'_> {
    /// The value of a flag.
    fn flag(&self, name: &str) -> Option<&str> {
        self.flags.iter().rev().find(|(flag, _)| flag.name == name).map(|(_, value)| *value)
    }
}

impl<'p> Place<'p> {
    /// What could stand behind `kubectl` and these words; how much of the word stays before it.
    fn kubectl(&mut self, words: &[&'p str]) -> (usize, Vec<String>) {
        let owned: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let Ok(found) = commands::find(&owned) else { return (0, Vec::new()) };
        let path: Vec<&str> = found.path.split(' ').skip(1).collect();
        let known = commands::flag_sets(found.command);
        let (args, flags, waiting) = sorted(words, path.len(), &known);
        if let Some(namespace) = flags.iter().rev().find(|(flag, _)| flag.name == "namespace") {
            namespace.1.clone_into(&mut self.namespace);
        }
        if found.command.is_none() {
            return match waiting {
                Some(flag) => self.value_of(flag, None, self.word),
                None if self.word.starts_with('-') => (0, self.flag_names(&known, &flags)),
                None => (0, self.commands_below(&[])),
            };
        }
        let line = Line { path: path.join(" "), args, flags };
        if let Some(at) = words.iter().position(|word| *word == "--") {
            return (0, self.programs(&line, words.get(at + 1..).unwrap_or(&[])));
        }
        if let Some(flag) = waiting {
            return self.value_of(flag, Some(&line), self.word);
        }
        if self.word.starts_with('-') {
            if let Some((flag, Some(value))) = flag_of(self.word, &known) {
                let cut = self.word.len() - value.len();
                let (more, found) = self.value_of(flag, Some(&line), value);
                return (cut + more, found);
            }
            return (0, self.flag_names(&known, &line.flags));
        }
        let mut found = if line.args.is_empty() { self.commands_below(&path) } else { Vec::new() };
        found.extend(self.argument(&line));
        (0, found)
    }

    fn commands_below(&self, path: &[&str]) -> Vec<String> {
        let names = below(path).filter_map(|command| command.path.last()).map(|last| first_name(last).to_owned());
        starting(self.word, names)
    }

    /// The flags that are not there yet; short ones where nothing but a dash is typed.
    fn flag_names(&self, known: &[&'static [Flag]], given: &[(&'static Flag, &str)]) -> Vec<String> {
        let again = |flag: &Flag| matches!(flag.kind, Kind::List | Kind::Array | Kind::Pairs);
        let free = known
            .iter()
            .flat_map(|set| set.iter())
            .filter(|flag| again(flag) || given.iter().all(|(one, _)| one.name != flag.name));
        let mut names = Vec::new();
        for flag in free {
            let sign = if without_value(flag.kind).is_some() { "" } else { "=" };
            names.push(format!("--{}{sign}", flag.name));
            if self.word == "-" {
                names.extend(flag.short.map(|short| format!("-{short}")));
            }
        }
        starting(self.word, names.into_iter())
    }

    /// The files of the editor and those that redirections wrote.
    fn files(&self) -> Vec<String> {
        let names = self.terminal.files.keys().chain(self.terminal.written.keys()).cloned();
        starting(self.word, names)
    }

    /// The names of the objects of a kind.
    fn names(&self, resource: ResourceId) -> Vec<String> {
        self.objects(resource).iter().map(|object| object.name().to_owned()).collect()
    }

    fn objects(&self, resource: ResourceId) -> Vec<&'p Arc<Object>> {
        let namespace = resource.info().namespaced.then_some(self.namespace.as_str());
        self.cluster.store().list(resource, namespace).collect()
    }

    /// The object that arguments name first: `svc web`, `svc/web`, or `web` of the usual kind.
    fn object(&self, args: &[&str], usual: Option<ResourceId>) -> Option<&'p Arc<Object>> {
        let (resource, name) = match args {
            [one, ..] if one.contains('/') => {
                let (kind, name) = one.split_once('/')?;
                (resources::find(kind).ok()?, name)
            }
            [name, ..] if usual.is_some() => (usual?, *name),
            [kind, name, ..] => (resources::find(kind).ok()?, *name),
            _ => return None,
        };
        self.objects(resource).into_iter().find(|object| object.name() == name)
    }
}

/// Arguments without the command's own words, flags with their values, and the flag that waits for the next word.
#[allow(clippy::type_complexity)]
fn sorted<'w>(
    words: &[&'w str],
    own: usize,
    known: &[&'static [Flag]],
) -> (Vec<&'w str>, Vec<(&'static Flag, &'w str)>, Option<&'static Flag>) {
    let (mut args, mut flags, mut waiting) = (Vec::new(), Vec::new(), None);
    let mut own = own;
    for word in words {
        if let Some(flag) = waiting.take() {
            flags.push((flag, *word));
        } else if *word == "--" {
            break;
        } else if word.len() > 1 && word.starts_with('-') {
            match flag_of(word, known) {
                Some((flag, Some(value))) => flags.push((flag, value)),
                Some((flag, None)) if without_value(flag.kind).is_some() => flags.push((flag, "true")),
                Some((flag, None)) => waiting = Some(flag),
                None => {}
            }
        } else if own > 0 {
            own -= 1;
        } else {
            args.push(*word);
        }
    }
    (args, flags, waiting)
}

#[cfg(test)]
mod tests;
