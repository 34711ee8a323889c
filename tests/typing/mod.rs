//! Types into the page's terminal and gives what it shows.

use service_playground::clock::Epoch;
use service_playground::session::{File, Session, Setup};
use std::time::Duration;

/// Applies `file`, waits a minute, and types lines; `~` lets seconds pass, `^C` and `^D` are keys. Gives what is shown, from
/// the application on or, with `only_typed`, from the first line on.
pub fn play(file: &str, lines: &[&str], only_typed: bool) -> String {
    let files = vec![File { name: "web.yaml".to_owned(), text: file.to_owned() }];
    let setup = Setup { seed: 1, epoch: Epoch(1_795_000_000), files, modes: Vec::new() };
    let mut session = Session::new(setup);
    let pass = |session: &mut Session, seconds: u32| {
        for _ in 0..seconds * 5 {
            session.advance(Duration::from_millis(200), || false);
        }
    };
    pass(&mut session, 60);
    let before = if only_typed { session.printed().len() } else { 0 };
    for line in lines {
        match (line.strip_prefix('~'), *line) {
            (Some(seconds), _) => pass(&mut session, seconds.parse().unwrap()),
            (None, "^C") => session.interrupt(),
            (None, "^D") => session.end_input(),
            (None, line) => session.run_line(line),
        }
    }
    session.printed().iter().skip(before).map(|one| one.text.as_str()).collect()
}
