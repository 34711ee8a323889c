//! Plays every recorded case in `tests/conformance/` and compares the engine's answers with the recordings.
//!
//! Cases that are not answered yet stand in `tests/conformance/known-failures.txt`: one that passes all the same fails
//! the test, so the list only shrinks; `UPDATE_KNOWN_FAILURES=1` writes it anew. `CASES=api` or
//! `CASES=api/label-overwrite` plays only the cases whose path contains the text (and leaves the list alone);
//! `QUIET=1` leaves the differences out; `SEED=7` draws what chance decides in another way, which must not matter.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "conformance/case.rs"]
mod case;
#[path = "conformance/compare_traffic.rs"]
mod compare_traffic;
#[path = "conformance/normalise.rs"]
mod normalise;

use case::{Case, files_below};
use normalise::Written;
use service_playground::api::Value;
use similar::TextDiff;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

#[test]
fn recorded_cases() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance");
    let list = folder.join("known-failures.txt");
    let only = std::env::var("CASES").ok();
    let seed = std::env::var("SEED").map_or(1, |seed| seed.parse().unwrap());
    let known = std::fs::read_to_string(&list).unwrap_or_default();
    let known: BTreeSet<&str> = known.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let (mut failed, mut report) = (BTreeSet::new(), String::new());
    for path in files_below(&folder) {
        let name = path.strip_prefix(&folder).unwrap().with_extension("").to_string_lossy().into_owned();
        if only.as_ref().is_some_and(|only| !name.contains(only.as_str())) {
            continue;
        }
        let differences = differences(&path, seed);
        let count = counts.entry(name.split('/').next().unwrap().to_owned()).or_default();
        count.1 += 1;
        match (differences, known.contains(name.as_str())) {
            (None, is_known) => {
                count.0 += 1;
                if is_known {
                    writeln!(report, "{name} passes: take it out of the list (UPDATE_KNOWN_FAILURES=1 does)").unwrap();
                }
            }
            (Some(differences), is_known) => {
                if !is_known || only.is_some() {
                    writeln!(report, "=== {name}\n{differences}").unwrap();
                }
                failed.insert(name);
            }
        }
    }
    for (folder, (passed, all)) in &counts {
        println!("{folder}: {passed} of {all}");
    }
    if std::env::var("UPDATE_KNOWN_FAILURES").is_ok() && only.is_none() {
        let names: Vec<&str> = failed.iter().map(String::as_str).collect();
        return std::fs::write(&list, names.join("\n") + "\n").unwrap();
    }
    if std::env::var("QUIET").is_ok() {
        return println!("failing:\n{}", failed.into_iter().collect::<Vec<_>>().join("\n"));
    }
    assert!(report.is_empty(), "\n{report}");
}

/// How the engine's answers differ from the recording; `None` where they do not.
fn differences(path: &Path, seed: u64) -> Option<String> {
    let case = match Case::read(&std::fs::read_to_string(path).unwrap()) {
        Ok(case) => case,
        Err(error) => return Some(error),
    };
    let stem = path.file_stem().unwrap().to_string_lossy();
    if case.name != stem {
        return Some(format!("the file {stem} holds the case {}", case.name));
    }
    let Ok(answers) = std::panic::catch_unwind(|| case.play(seed)) else {
        return Some("the engine panicked".to_owned());
    };
    let commands = case.steps.iter().filter_map(|step| step["run"].as_str());
    let written = Written::new(case.files.values().map(String::as_str).chain(commands));
    let mut report = String::new();
    let traffic = compare_traffic::Traffic {
        steps: &case.steps,
        answers: &answers,
        is_sticky: case.files.values().any(|file| file.contains("ClientIP")),
    };
    for (index, answer) in &answers {
        let step = &case.steps[*index];
        let difference = match answer {
            Err(error) => error.clone(),
            Ok(answer) if step["send"].is_object() => compare_traffic::send(*index, answer, &traffic),
            Ok(answer) => compare(step, answer, &written),
        };
        if !difference.is_empty() {
            let title = step["run"].as_str().map_or_else(|| step.to_string().chars().take(80).collect(), str::to_owned);
            writeln!(report, "--- step {index}: {title}\n{difference}").unwrap();
        }
    }
    (!report.is_empty()).then_some(report)
}

/// The difference between what was recorded in `step` and `answer`, as a text; empty where there is none.
fn compare(step: &Value, answer: &Value, written: &Written) -> String {
    let mut difference = String::new();
    if step["run"].is_string() {
        for field in ["stdout", "stderr"] {
            let recorded = normalise::text(step[field].as_str().unwrap_or(""), written);
            let answered = normalise::text(answer[field].as_str().unwrap_or(""), written);
            if recorded != answered {
                let lines = TextDiff::from_lines(&recorded, &answered);
                write!(difference, "{}", lines.unified_diff().header(&format!("recorded {field}"), "answered"))
                    .unwrap();
            }
        }
        if step["exit"] != answer["exit"] {
            writeln!(difference, "exit: recorded {}, answered {}", step["exit"], answer["exit"]).unwrap();
        }
    } else if step["rules"].is_string() {
        let text = |value: &Value| value["stdout"].as_str().unwrap_or("").to_owned();
        return compare_traffic::rules(&text(step), &text(answer), written);
    } else if step["dns"].is_object() {
        return compare_traffic::dns(step, answer, written);
    }
    difference
}
