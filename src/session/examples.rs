//! What the menu of examples offers.

use super::File;

/// An example: a name, what it shows, and its files.
#[derive(Debug, PartialEq, Eq)]
pub struct Example {
    /// What links and tests call it.
    pub id: &'static str,
    /// What the menu shows.
    pub title: &'static str,
    /// One sentence about it.
    pub about: &'static str,
    files: &'static [(&'static str, &'static str)],
}

macro_rules! example {
    ($id:literal, $title:literal, $about:literal, $($file:literal as $name:literal),+) => {
        Example {
            id: $id,
            title: $title,
            about: $about,
            files: &[$(($name, include_str!(concat!("examples/", $file)))),+],
        }
    };
}

/// The examples, the one that is loaded at start first.
pub const EXAMPLES: &[Example] = &[
    example!(
        "go-demo-2", "go-demo-2", "An API and its database: two ReplicaSets, two Services.",
        "go-demo-2-api.yaml" as "api.yaml", "go-demo-2-db.yaml" as "db.yaml"
    ),
    example!(
        "one-pod", "go-demo-2 in one pod", "One ReplicaSet with both containers in a pod, exposed as a Service.",
        "one-pod-two-containers.yaml" as "go-demo-2.yaml"
    ),
    example!("near-miss", "A selector that just misses", "One label is off by a dash.", "near-miss.yaml" as "web.yaml"),
    example!("not-ready", "A pod that is not ready", "It matches and gets no requests.", "not-ready.yaml" as "shop.yaml"),
    example!("headless", "Headless", "DNS answers with the pods themselves.", "headless.yaml" as "peers.yaml"),
    example!("named-ports", "Named ports", "One name, a different number in each pod.", "named-ports.yaml" as "hello.yaml"),
    example!("external-name", "ExternalName", "An alias in DNS and nothing more.", "external-name.yaml" as "mail.yaml"),
    example!("affinity", "Session affinity", "A client stays with its pod.", "affinity.yaml" as "cart.yaml"),
    example!("rolling-update", "Rolling update", "Who answers while pods are replaced.", "rolling-update.yaml" as "site.yaml"),
];

impl Example {
    /// Its files, as tabs of the editor.
    pub fn files(&self) -> Vec<File> {
        let file = |&(name, text): &(&str, &str)| File { name: name.to_owned(), text: text.to_owned() };
        self.files.iter().map(file).collect()
    }

    /// The example that links call `id`.
    pub fn find(id: &str) -> Option<&'static Example> {
        EXAMPLES.iter().find(|example| example.id == id)
    }
}
