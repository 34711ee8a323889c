//! The project's own commands: `cargo xtask serve|build|test|bench|schema`.
//!
//! Each brings what it needs and is not there yet (see [`tools`]), says what it does and about how long that takes, and does
//! no set-up work the second time. Nothing that the user has is replaced.

mod bench;
mod page;
mod process;
mod same_log;
mod schema;
mod test;
mod tools;

use std::process::ExitCode;

const USAGE: &str = "\
Usage: cargo xtask <command> [arguments]

Commands:
  serve   build the page and serve it on http://127.0.0.1:8080/ (arguments go to `trunk serve`)
  build   build the page into dist/, ready for any static file server, and print its sizes
  test    run all checks and tests, those in a real Chromium included
  bench   run the engine's benchmarks (arguments: words of their names; --browser: requests a second and kubectl in a real Chromium)
  schema  write src/api/schema.txt from a file of Kubernetes' OpenAPI schemas
";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    let outcome = match command.as_str() {
        "serve" => page::serve(&rest),
        "build" => page::build().and_then(|()| page::print_sizes()),
        "test" => test::all(),
        "bench" if rest.iter().any(|argument| argument == "--browser") => bench::in_the_browser(),
        "bench" => process::cargo(&["bench", "--no-default-features", "--bench", "engine"]).arg("--").args(&rest).run(),
        "schema" => schema::write(&rest),
        "" | "help" | "-h" | "--help" => {
            print!("{USAGE}");
            Ok(())
        }
        other => Err(format!("there is no command {other:?}\n\n{USAGE}")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("xtask: {problem}");
            ExitCode::FAILURE
        }
    }
}
