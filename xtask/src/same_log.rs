//! The same seed and the same inputs give the same event log, natively and in wasm.

use crate::process::{cargo, program, root};
use crate::tools;

/// Runs `examples/event_log.rs` natively and, built as the page is, in node, and compares what they print.
pub fn natively_and_in_wasm() -> Result<(), String> {
    let example = ["--no-default-features", "--example", "event_log"];
    cargo(&["build", "-q"]).args(example).run()?;
    let natively = cargo(&["run", "-q"]).args(example).answer().ok_or("the example failed natively")?;

    let path = tools::for_the_page()?;
    let wasm = ["--features", "js", "--profile", "page", "--target", "wasm32-unknown-unknown"];
    cargo(&["build"]).args(example).args(wasm).run()?;
    let built = root().join("target/wasm32-unknown-unknown/page/examples/event_log.wasm");
    let folder = root().join("target/event_log");
    program("wasm-bindgen")
        .args(["--target", "nodejs", "--out-dir"])
        .arg(&folder)
        .arg(built)
        .env("PATH", path)
        .run()?;
    let in_wasm = program("node").arg(folder.join("event_log.js")).answer().ok_or("the example failed in wasm")?;

    let differs = natively.lines().zip(in_wasm.lines()).enumerate().find(|(_, (one, other))| one != other);
    if let Some((line, (one, other))) = differs {
        return Err(format!("line {} differs:\nnatively: {one}\nin wasm:  {other}", line + 1));
    }
    let (one, other) = (natively.lines().count(), in_wasm.lines().count());
    if one != other || one == 0 {
        return Err(format!("{one} lines natively, {other} in wasm"));
    }
    println!("{one} lines are the same natively and in wasm");
    Ok(())
}
