//! Building and serving the page.

use std::net::TcpListener;

use crate::process::{Run, program, say};
use crate::tools;

const ADDRESS: &str = "127.0.0.1";
const PORT: &str = "8080";

/// Builds the page and serves it until it is stopped.
pub fn serve(arguments: &[String]) -> Result<(), String> {
    let port = option(arguments, "--port").unwrap_or(PORT);
    let place = format!("{ADDRESS}:{port}");
    TcpListener::bind(&place).map_err(|error| format!("{place} cannot be served on: {error} (try --port 8081)"))?;
    let trunk = trunk("serve")?.args(["--release", "--address", ADDRESS]);
    let trunk = if option(arguments, "--port").is_some() { trunk } else { trunk.args(["--port", PORT]) };
    say(&format!("building the page (minutes the first time), then serving it on http://{place}/ until Ctrl+C"));
    trunk.args(arguments).run()
}

/// Builds the page into `dist/`.
pub fn build() -> Result<(), String> {
    let trunk = trunk("build")?;
    say("building the page into dist/ (minutes the first time)");
    trunk.arg("--release").run()
}

/// Prints the sizes of what `dist/` holds against the aims.
pub fn print_sizes() -> Result<(), String> {
    program("node").args(["www/sizes.mjs", "dist"]).run()
}

/// trunk, with all that it calls on its PATH.
fn trunk(command: &str) -> Result<Run, String> {
    let path = tools::for_the_page()?;
    tools::npm_packages("www")?;
    let run = program("trunk").arg(command).env("PATH", path).env("TRUNK_SKIP_VERSION_CHECK", "true");
    // trunk takes no other value than these two, while the convention is any text.
    Ok(match std::env::var_os("NO_COLOR") {
        Some(value) => run.env("NO_COLOR", if value.is_empty() { "false" } else { "true" }),
        None => run,
    })
}

/// The value of `--name value` or `--name=value`.
fn option<'a>(arguments: &'a [String], name: &str) -> Option<&'a str> {
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        if argument == name {
            return rest.next().map(String::as_str);
        }
        if let Some(value) = argument.strip_prefix(name).and_then(|end| end.strip_prefix('=')) {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_found_in_both_forms() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(option(&words("--open --port 8081"), "--port"), Some("8081"));
        assert_eq!(option(&words("--port=8082 --open"), "--port"), Some("8082"));
        assert_eq!(option(&words("--portable 1"), "--port"), None);
    }
}
