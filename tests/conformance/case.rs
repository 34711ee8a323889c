//! A recorded case, and how it is played: shared by `tests/conformance.rs` and `examples/replay.rs`.
//!
//! What a case is, and how time passes in it, is told in `tests/conformance/README.md`.

#[path = "traffic.rs"]
mod traffic;

use service_playground::api::{Value, json};
use service_playground::cluster::{Cluster, Settings};
use service_playground::kubectl::Terminal;
use service_playground::yaml;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// One recorded case.
pub struct Case {
    /// Its name, which is also the file's.
    pub name: String,
    /// The files that kubectl sees.
    pub files: BTreeMap<String, String>,
    /// What is done, with what was recorded, in order.
    pub steps: Vec<Value>,
}

impl Case {
    /// The case that `text` describes; says why it cannot be read otherwise.
    pub fn read(text: &str) -> Result<Case, String> {
        let case: serde_json::Value = serde_yaml_ng::from_str(text).map_err(|error| error.to_string())?;
        let case = yaml::read_json(&case.to_string())?;
        let name = case["name"].as_str().ok_or("the case has no name")?.to_owned();
        let mut files = BTreeMap::new();
        for (file, text) in case["files"].as_object().into_iter().flatten() {
            files.insert(file.to_string(), text.as_str().ok_or(format!("file {file} is no text"))?.to_owned());
        }
        let steps = case["steps"].as_array().ok_or("the case has no steps")?.clone();
        Ok(Case { name, files, steps })
    }

    /// Plays the case on a fresh cluster, drawn by `seed`, and gives the engine's raw answer to each step, by the step's
    /// index. A settle has none; a step that the engine cannot do gives its error.
    pub fn play(&self, seed: u64) -> Vec<(usize, Result<Value, String>)> {
        let mut cluster = Cluster::new(Settings::recorded(seed));
        settle(&mut cluster);
        let mut terminal = Terminal::new(self.files.clone().into_iter().collect());
        let mut answers = Vec::new();
        for (index, step) in self.steps.iter().enumerate() {
            if let Some(line) = step["run"].as_str() {
                let output = terminal.run(&mut cluster, line);
                let answer = json!({"stdout": output.stdout, "stderr": output.stderr, "exit": output.exit});
                answers.push((index, Ok(answer)));
            } else if step["settle"] == true {
                settle(&mut cluster);
            } else if let Some(node) = step["rules"].as_str() {
                answers.push((index, traffic::rules(&cluster, node)));
            } else if step["dns"].is_object() {
                answers.push((index, traffic::dns(&mut cluster, &step["dns"])));
            } else if step["send"].is_object() {
                answers.push((index, traffic::send(&mut cluster, &step["send"])));
            } else {
                answers.push((index, Err("the engine does not know this kind of step".to_owned())));
            }
        }
        answers
    }
}

/// Lets time pass as a `settle` step does.
fn settle(cluster: &mut Cluster) {
    cluster.settle(Duration::from_millis(1200), Duration::from_secs(45));
}

/// The case files at `path`: itself, or all below it, sorted.
pub fn files_below(path: &Path) -> Vec<PathBuf> {
    if !path.is_dir() {
        return vec![path.to_owned()];
    }
    let mut found = Vec::new();
    let mut entries: Vec<PathBuf> = std::fs::read_dir(path).into_iter().flatten().flatten().map(|e| e.path()).collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() || entry.extension().is_some_and(|extension| extension == "yaml") {
            found.extend(files_below(&entry));
        }
    }
    found
}
