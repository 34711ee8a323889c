//! The tools that build the page, at pinned versions.
//!
//! A tool is taken from PATH where it is there at the right version. Otherwise it stands in a folder of the user's cache that
//! carries its version (`service-playground/tools/trunk-0.21.14`), made once and found by every clone. A folder is made
//! under another name and then renamed, so that two commands at the same time cannot leave half of one.

use std::fs;
use std::path::{Path, PathBuf};

use crate::process::{self, Run, cargo, executable_in, on_path, program, say};

const WASM: &str = "wasm32-unknown-unknown";
const OLDEST_NODE: u32 = 20;

/// A tool that is installed where it is missing.
struct Tool {
    /// The folder's name in the cache, before the version.
    package: &'static str,
    version: &'static str,
    /// The program whose `--version` tells.
    program: &'static str,
    /// Where the folder holds its programs.
    bin: &'static str,
    /// What is said before the installation.
    takes: &'static str,
    install: fn(&Tool, into: &Path) -> Result<(), String>,
}

const TRUNK: Tool = Tool {
    package: "trunk",
    version: "0.21.14",
    program: "trunk",
    bin: "bin",
    takes: "compiled from source, about 7 minutes on 2 cores",
    install: |tool, into| cargo_install(tool, into).arg("--locked").run(),
};

// Without --locked: its own lock file names a version that the registry no longer has.
const WASM_BINDGEN: Tool = Tool {
    package: "wasm-bindgen-cli",
    version: "0.2.130",
    program: "wasm-bindgen",
    bin: "bin",
    takes: "compiled from source, about 2 minutes on 2 cores",
    install: |tool, into| cargo_install(tool, into).run(),
};

const BINARYEN: Tool = Tool {
    package: "binaryen",
    version: "132",
    program: "wasm-opt",
    bin: "node_modules/.bin",
    takes: "about 100 MB from npm",
    install: |tool, into| {
        process::npm()
            .args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"])
            .arg(into)
            .arg(format!("{}@{}.0.0", tool.package, tool.version))
            .within(into)
            .run()
    },
};

/// Makes sure that the wasm target, Node and the tools are there, and gives the PATH that holds the tools.
pub fn for_the_page() -> Result<std::ffi::OsString, String> {
    check_wasm_bindgen(&fs::read_to_string(process::root().join("Cargo.lock")).unwrap_or_default())?;
    node()?;
    wasm_target()?;
    let mut folders = Vec::new();
    for tool in [TRUNK, WASM_BINDGEN, BINARYEN] {
        folders.push(tool.folder()?);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    folders.extend(std::env::split_paths(&path));
    std::env::join_paths(folders).map_err(|error| format!("PATH: {error}"))
}

/// The wasm target of the toolchain in use.
pub fn wasm_target() -> Result<(), String> {
    let sysroot = program("rustc").args(["--print", "sysroot"]).answer().ok_or("rustc does not run")?;
    if Path::new(&sysroot).join("lib/rustlib").join(WASM).is_dir() {
        return Ok(());
    }
    if on_path("rustup").is_none() {
        return Err(format!(
            "the Rust toolchain has no {WASM} target: install it (with rustup: `rustup target add {WASM}`)"
        ));
    }
    say(&format!("adding the Rust target {WASM} (some seconds)"));
    program("rustup").args(["target", "add", WASM]).run()
}

/// Node and npm, which bundle the editor and run the browser tests.
pub fn node() -> Result<(), String> {
    let wanted = format!("Node.js {OLDEST_NODE} or newer with npm is needed: see https://nodejs.org/");
    let version = program("node").arg("--version").answer().ok_or(wanted.clone())?;
    let major: u32 = version.trim_start_matches('v').split('.').next().unwrap_or("").parse().unwrap_or(0);
    if major < OLDEST_NODE {
        return Err(format!("{wanted} (there is {version})"));
    }
    process::npm().arg("--version").answer().map(|_| ()).ok_or(wanted)
}

/// The packages of a folder's package-lock.json.
pub fn npm_packages(folder: &str) -> Result<(), String> {
    program("node").args(["www/packages.mjs", folder]).run()
}

impl Tool {
    /// The folder that holds the tool's programs, after installing it where it is missing.
    fn folder(&self) -> Result<PathBuf, String> {
        let home = cache()?.join(format!("{}-{}", self.package, self.version));
        let bin = home.join(self.bin);
        if self.is_in(&bin) {
            return Ok(bin);
        }
        if let Some(folder) = on_path(self.program).as_deref().and_then(Path::parent)
            && self.is_in(folder)
        {
            return Ok(folder.to_path_buf());
        }
        say(&format!("installing {} {} into {} ({})", self.package, self.version, home.display(), self.takes));
        let fresh = beside(&home, "new");
        let made = fs::create_dir_all(&fresh)
            .map_err(|error| format!("{}: {error}", fresh.display()))
            .and_then(|()| (self.install)(self, &fresh))
            .and_then(|()| self.put(&fresh, &home));
        // Where it went well there is nothing left under this name.
        let _ = fs::remove_dir_all(&fresh);
        made?;
        if self.is_in(&bin) { Ok(bin) } else { Err(format!("{} does not run from {}", self.program, bin.display())) }
    }

    /// Gives a finished folder its name.
    fn put(&self, fresh: &Path, home: &Path) -> Result<(), String> {
        if home.exists() {
            if self.is_in(&home.join(self.bin)) {
                return Ok(()); // Another run was faster.
            }
            let broken = beside(home, "old");
            fs::rename(home, &broken).map_err(|error| format!("{}: {error}", home.display()))?;
            let _ = fs::remove_dir_all(&broken);
        }
        match fs::rename(fresh, home) {
            Err(error) if !home.exists() => Err(format!("{}: {error}", home.display())),
            _ => Ok(()),
        }
    }

    /// Whether the folder's program answers with the pinned version.
    fn is_in(&self, folder: &Path) -> bool {
        executable_in(folder, self.program)
            .and_then(|path| program(path).arg("--version").answer())
            .is_some_and(|answer| answer.split_whitespace().any(|word| word == self.version))
    }
}

/// A name for a folder that no other run uses.
fn beside(home: &Path, what: &str) -> PathBuf {
    let mut name = home.as_os_str().to_owned();
    name.push(format!(".{what}-{}", std::process::id()));
    name.into()
}

/// `cargo install` into a folder of its own, free of what this project's own build is told.
fn cargo_install(tool: &Tool, into: &Path) -> Run {
    // On PATH for this call only: cargo would advise to put it there.
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([into.join(tool.bin)].into_iter().chain(std::env::split_paths(&path)));
    cargo(&["install", tool.package, "--version", tool.version, "--root"])
        .arg(into)
        .env("PATH", path.unwrap_or_default())
        .within(into)
        .without("CARGO_TARGET_DIR")
        .without("CARGO_BUILD_TARGET")
        .without("RUSTFLAGS")
}

/// The folder of the user's cache that holds the tools.
fn cache() -> Result<PathBuf, String> {
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = if cfg!(windows) {
        folder("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        folder("HOME").map(|home| home.join("Library/Caches"))
    } else {
        folder("XDG_CACHE_HOME").or_else(|| folder("HOME").map(|home| home.join(".cache")))
    };
    cache.map(|cache| cache.join("service-playground/tools")).ok_or_else(|| "no home folder is known".to_owned())
}

/// The `wasm-bindgen` that is compiled in and the tool that reads its output must be of one version.
fn check_wasm_bindgen(lock: &str) -> Result<(), String> {
    match locked_version(lock, "wasm-bindgen") {
        Some(version) if version == WASM_BINDGEN.version => Ok(()),
        Some(version) => Err(format!(
            "Cargo.lock holds wasm-bindgen {version}, xtask/src/tools.rs wasm-bindgen-cli {}: make them equal",
            WASM_BINDGEN.version
        )),
        None => Err("Cargo.lock holds no wasm-bindgen".to_owned()),
    }
}

/// The version of a package in the text of a Cargo.lock.
fn locked_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let mut lines = lock.lines().skip_while(|line| *line != format!("name = \"{package}\""));
    lines.nth(1)?.strip_prefix("version = \"")?.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = "[[package]]\nname = \"wasm-bindgen-futures\"\nversion = \"0.4.80\"\n\n\
                        [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";

    #[test]
    fn a_locked_version_is_that_of_the_whole_name() {
        assert_eq!(locked_version(LOCK, "wasm-bindgen"), Some("0.2.130"));
        assert_eq!(locked_version(LOCK, "bindgen"), None);
    }

    #[test]
    fn another_wasm_bindgen_is_refused() {
        assert!(check_wasm_bindgen(LOCK).is_ok());
        let other = LOCK.replace("0.2.130", "0.2.131");
        assert!(check_wasm_bindgen(&other).is_err_and(|problem| problem.contains("0.2.131")));
    }

    #[test]
    fn a_program_that_is_missing_is_in_no_folder() {
        assert!(!TRUNK.is_in(Path::new("/nowhere")));
    }
}
