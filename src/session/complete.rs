//! Completing the line in the terminal: verbs, kinds, names, namespaces.

use super::Session;
use crate::api::{Resource, ResourceId};

/// The verbs that are offered.
const VERBS: &[&str] = &[
    "annotate",
    "api-resources",
    "apply",
    "cluster-info",
    "config",
    "cordon",
    "create",
    "delete",
    "describe",
    "diff",
    "drain",
    "edit",
    "events",
    "exec",
    "explain",
    "expose",
    "get",
    "label",
    "logs",
    "patch",
    "port-forward",
    "replace",
    "rollout",
    "run",
    "scale",
    "set",
    "taint",
    "uncordon",
    "version",
    "wait",
];

impl Session {
    /// The line with its last word completed as far as there is one way to go on.
    pub fn complete(&self, line: &str) -> String {
        let (before, word) = line.rsplit_once(' ').map_or(("", line), |(before, word)| (before, word));
        let words: Vec<&str> = before.split_whitespace().collect();
        let found = self.candidates(&words, word);
        let Some(first) = found.first() else { return line.to_owned() };
        let mut common = first.clone();
        for other in &found {
            let same = common.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
            common = common.chars().take(same).collect();
        }
        let space = if found.len() == 1 && !common.ends_with('/') { " " } else { "" };
        let between = if before.is_empty() { "" } else { " " };
        format!("{before}{between}{common}{space}")
    }

    fn candidates(&self, words: &[&str], word: &str) -> Vec<String> {
        let starts = |all: Vec<String>| all.into_iter().filter(|one| one.starts_with(word)).collect::<Vec<_>>();
        let owned = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
        match words {
            [] => starts(owned(&["kubectl", "clear"])),
            ["kubectl" | "k"] => starts(owned(VERBS)),
            [.., "-f" | "--filename"] => starts(self.files().all().iter().map(|file| file.name.clone()).collect()),
            [.., "-n" | "--namespace"] => starts(self.names_of(ResourceId::NAMESPACES)),
            ["kubectl" | "k", "rollout"] => starts(owned(&["history", "pause", "restart", "resume", "status", "undo"])),
            ["kubectl" | "k", "set"] => starts(owned(&["env", "image", "selector"])),
            ["kubectl" | "k", "logs" | "exec", ..] => starts(self.names_of(ResourceId::PODS)),
            ["kubectl" | "k", "cordon" | "uncordon" | "drain"] => starts(self.names_of(ResourceId::NODES)),
            ["kubectl" | "k", rest @ ..] => self.kind_or_name(rest, word),
            _ => Vec::new(),
        }
    }

    /// After a verb: a kind, then a name of that kind; `kind/name` too.
    fn kind_or_name(&self, words: &[&str], word: &str) -> Vec<String> {
        if let Some((kind, _)) = word.split_once('/') {
            let Some(resource) = kind_of(kind) else { return Vec::new() };
            let all = self.names_of(resource).into_iter().map(|name| format!("{kind}/{name}"));
            return all.filter(|one| one.starts_with(word)).collect();
        }
        if let Some(resource) = words.iter().skip(1).find_map(|word| kind_of(word)) {
            return self.names_of(resource).into_iter().filter(|name| name.starts_with(word)).collect();
        }
        let kinds = Resource::ALL.iter().filter(|info| info.modelled).map(|info| info.plural.to_owned());
        kinds.filter(|kind| kind.starts_with(word)).collect()
    }

    fn names_of(&self, resource: ResourceId) -> Vec<String> {
        let namespace = resource.info().namespaced.then(|| self.namespace());
        self.cluster().store().list(resource, namespace).map(|one| one.name().to_owned()).collect()
    }
}

fn kind_of(word: &str) -> Option<ResourceId> {
    ResourceId::all().find(|id| {
        let info = id.info();
        info.plural == word || info.singular() == word || info.short.contains(&word)
    })
}

#[cfg(test)]
mod tests {
    use crate::clock::Epoch;
    use crate::session::{EXAMPLES, Example, Session, Setup};

    #[test]
    fn the_last_word_goes_on_as_far_as_it_can() {
        let files = EXAMPLES.first().map_or(Vec::new(), Example::files);
        let session = Session::new(Setup { seed: 1, epoch: Epoch(1_795_000_000), files, modes: Vec::new() });
        for (line, whole) in [
            ("ku", "kubectl "),
            ("kubectl desc", "kubectl describe "),
            ("kubectl get endp", "kubectl get endpoints"),
            ("kubectl get svc go", "kubectl get svc go-demo-2-"),
            ("kubectl get svc/go-demo-2-a", "kubectl get svc/go-demo-2-api "),
            ("kubectl apply -f d", "kubectl apply -f db.yaml "),
            ("kubectl zzz zzz", "kubectl zzz zzz"),
            ("", ""),
        ] {
            assert_eq!(session.complete(line), whole, "{line}");
        }
    }
}
