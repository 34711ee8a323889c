//! The benchmark that runs in a browser.

use crate::process::{cargo, program, root, say};
use crate::{test, tools};

/// Builds the requests of the engine's benchmark as the page is built, and lets a real Chromium count them.
pub fn in_the_browser() -> Result<(), String> {
    let chrome = test::browser()?;
    let path = tools::for_the_page()?;
    tools::npm_packages("tests/browser")?;
    say("building the benchmark for the browser (minutes the first time)");
    let target = ["--target", "wasm32-unknown-unknown"];
    cargo(&["build", "--profile", "page", "--no-default-features", "--features", "js", "--example", "speed"])
        .args(target)
        .run()?;
    let built = root().join("target/wasm32-unknown-unknown/page/examples/speed.wasm");
    let folder = root().join("target/speed");
    program("wasm-bindgen").args(["--target", "web", "--out-dir"]).arg(&folder).arg(built).env("PATH", path).run()?;
    program("node").arg("benches/browser/speed.mjs").arg(&folder).env("CHROME", chrome).run()
}
