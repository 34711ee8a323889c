//! All checks and tests, as CI runs them.

use std::path::PathBuf;

use crate::process::{apt_install, cargo, is_root_on_debian, on_path, program, root, say};
use crate::{page, same_log, tools};

/// What is said of a step, and the step.
type Step = (&'static str, fn() -> Result<(), String>);

/// Runs every step, also after one that failed, so that one run tells all; the last lines are the browser tests' own.
pub fn all() -> Result<(), String> {
    let steps: &[Step] = &[
        ("checking the format", || cargo(&["fmt", "--all", "--check"]).run()),
        ("linting the engine natively (minutes the first time)", || {
            cargo(&["clippy", "--workspace", "--no-default-features", "--all-targets", "--", "-D", "warnings"]).run()
        }),
        ("linting the page for wasm (minutes the first time)", || {
            tools::wasm_target()?;
            cargo(&["clippy", "--target", "wasm32-unknown-unknown", "--", "-D", "warnings"]).run()
        }),
        ("testing the engine natively (minutes the first time)", || {
            kernel_tools();
            cargo(&["test", "--workspace", "--no-default-features", "--no-fail-fast"]).run()
        }),
        ("comparing event logs of native code and wasm (a minute or two)", same_log::natively_and_in_wasm),
        ("testing the page in a browser", in_the_browser),
    ];
    let mut failed = Vec::new();
    for (what, step) in steps {
        say(what);
        if let Err(problem) = step() {
            eprintln!("xtask: {problem}");
            failed.push(*what);
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(format!("failed: {}", failed.join(", "))) }
}

/// Builds the page once and opens it in a real Chromium.
fn in_the_browser() -> Result<(), String> {
    let chrome = browser()?;
    page::build()?;
    tools::npm_packages("tests/browser")?;
    say("running the browser tests (about a minute)");
    program("node").arg("--test").args(test_files("tests/browser")?).env("CHROME", chrome).run()
}

/// The test files of a folder, in order; node's own search for them differs between its versions.
fn test_files(folder: &str) -> Result<Vec<PathBuf>, String> {
    let entries = std::fs::read_dir(root().join(folder)).map_err(|error| format!("{folder}: {error}"))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.to_string_lossy().ends_with(".test.mjs"));
    files.sort();
    Ok(files)
}

/// A Chromium or Chrome: the one that CHROME names, one that is installed, or Debian's, which root may install.
pub fn browser() -> Result<PathBuf, String> {
    if let Some(named) = std::env::var_os("CHROME").filter(|named| !named.is_empty()) {
        let path = PathBuf::from(named);
        return if path.is_file() {
            Ok(path)
        } else {
            Err(format!("CHROME names {}, which is no file", path.display()))
        };
    }
    if let Some(path) = installed_browser() {
        return Ok(path);
    }
    if is_root_on_debian() {
        say("installing Debian's chromium (about a minute)");
        apt_install(&["chromium", "fonts-dejavu-core"])?;
        if let Some(path) = installed_browser() {
            return Ok(path);
        }
    }
    Err("no Chromium or Chrome was found for the browser tests: install one (Debian, Ubuntu: `sudo apt install chromium`; \
         Fedora: `sudo dnf install chromium`; macOS: `brew install --cask chromium`), or set CHROME to the path of one"
        .to_owned())
}

fn installed_browser() -> Option<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
    let places = [
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        r"C:\Program Files\Google\Chrome\Application\chrome.exe",
        r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
    ];
    names.iter().find_map(|name| on_path(name)).or_else(|| places.iter().map(PathBuf::from).find(|path| path.is_file()))
}

/// The kernel's own rule readers, for the test that shows them our rules. Without them that test says that it is skipped.
fn kernel_tools() {
    let missing = |name: &str| on_path(name).is_none() && !PathBuf::from("/usr/sbin").join(name).is_file();
    if (missing("iptables-restore") || missing("nft")) && is_root_on_debian() {
        say("installing Debian's iptables and nftables (some seconds)");
        if let Err(problem) = apt_install(&["iptables", "nftables"]) {
            eprintln!("xtask: {problem}; the tests that need them are skipped");
        }
    }
}
