//! Running other programs: where they start, what is said of them, what their failure reads like.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The folder that holds the workspace's `Cargo.toml`.
pub fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_path_buf()
}

/// Says what begins now. One line, so that a log can be skimmed for them.
pub fn say(what: &str) {
    println!("==> {what}");
}

/// A program about to run.
pub struct Run {
    words: String,
    command: Command,
}

/// A program found on PATH (or by its path), started in the project's folder.
pub fn program(name: impl AsRef<OsStr>) -> Run {
    let name = name.as_ref();
    let mut command = Command::new(name);
    command.current_dir(root());
    Run { words: name.to_string_lossy().into_owned(), command }
}

/// The cargo that runs this command.
pub fn cargo(arguments: &[&str]) -> Run {
    let run = program(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    Run { words: "cargo".to_owned(), ..run }.args(arguments)
}

/// npm, which is a script on Windows.
pub fn npm() -> Run {
    program(if cfg!(windows) { "npm.cmd" } else { "npm" })
}

impl Run {
    /// Adds one argument.
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.words.push(' ');
        self.words.push_str(&argument.as_ref().to_string_lossy());
        self.command.arg(argument);
        self
    }

    /// Adds arguments.
    pub fn args<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(self, arguments: I) -> Self {
        arguments.into_iter().fold(self, Self::arg)
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Removes an environment variable.
    pub fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Starts elsewhere than in the project's folder.
    pub fn within(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Runs to the end, its output shown. It reads nothing: no step may wait for an answer.
    pub fn run(mut self) -> Result<(), String> {
        let status = self.command.stdin(Stdio::null()).status().map_err(|error| format!("{}: {error}", self.words))?;
        if status.success() { Ok(()) } else { Err(format!("`{}` failed ({status})", self.words)) }
    }

    /// Runs to the end and gives what it printed on stdout, or nothing where it is missing or fails.
    pub fn answer(mut self) -> Option<String> {
        let output = self.command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }
}

/// Where PATH has a program of this name; Windows' endings are tried there.
pub fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).find_map(|folder| executable_in(&folder, name))
}

/// The program of this name in a folder.
pub fn executable_in(folder: &Path, name: &str) -> Option<PathBuf> {
    let endings: &[&str] = if cfg!(windows) { &[".exe", ".cmd"] } else { &[""] };
    endings.iter().map(|ending| folder.join(format!("{name}{ending}"))).find(|path| path.is_file())
}

/// Whether this is Debian and we are root, so that its packages may be installed.
pub fn is_root_on_debian() -> bool {
    let debian = std::fs::read_to_string("/etc/os-release")
        .is_ok_and(|text| text.lines().any(|line| line.trim() == "ID=debian"));
    debian && program("id").arg("-u").answer().is_some_and(|id| id == "0")
}

/// Installs Debian packages.
pub fn apt_install(packages: &[&str]) -> Result<(), String> {
    let quiet = |run: Run| run.env("DEBIAN_FRONTEND", "noninteractive");
    quiet(program("apt-get").args(["update", "-qq"])).run()?;
    quiet(program("apt-get").args(["install", "-y", "-qq", "--no-install-recommends"]).args(packages)).run()
}
