//! Plays recorded cases and prints what the engine answers: one JSON object a step and line, raw.
//!
//! `cargo run --release --example replay -- tests/conformance/api/label-overwrite-and-remove.yaml`
//!
//! `SEED=7` draws what chance decides in another way.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "../tests/conformance/case.rs"]
mod case;

use service_playground::api::{Value, json};
use std::panic::catch_unwind;
use std::path::Path;

fn main() {
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    for path in std::env::args().skip(1).flat_map(|path| case::files_below(Path::new(&path))) {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).map_err(|error| error.to_string());
        match text.and_then(|text| case::Case::read(&text)) {
            Err(error) => println!("{}", json!({"case": name, "error": error})),
            Ok(case) => play(&case, seed),
        }
    }
}

fn play(case: &case::Case, seed: u64) {
    let Ok(answers) = catch_unwind(|| case.play(seed)) else {
        return println!("{}", json!({"case": case.name, "error": "the engine panicked"}));
    };
    for (step, answer) in answers {
        let mut line = json!({"case": case.name, "step": step});
        let (Value::Object(line_fields), answer) = (&mut line, answer) else { continue };
        match answer {
            Ok(Value::Object(fields)) => line_fields.extend(fields),
            Ok(other) => drop(line_fields.insert("answer".to_owned(), other)),
            Err(error) => drop(line_fields.insert("error".to_owned(), Value::String(error))),
        }
        println!("{line}");
    }
}
