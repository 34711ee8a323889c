//! Commands that go on behind the prompt: lines that end with `&`, and what bash says of them.

use super::Session;
use super::shell::{PrintedKind, Waiting};

/// A command behind the prompt.
pub(super) struct Job {
    number: u32,
    /// Its line, without the `&`.
    line: String,
    pub(super) waiting: Waiting,
}

/// bash's numbers of processes begin somewhere; ours do here.
const FIRST_PROCESS: u32 = 4200;

impl Job {
    /// A line of `jobs`, or what is said when it ends, as bash has it: `+` marks the latest job, `-` the one before.
    fn told(&self, latest: [u32; 2], state: &str) -> String {
        let mark = if self.number == latest[0] {
            '+'
        } else if self.number == latest[1] {
            '-'
        } else {
            ' '
        };
        let running = if state == "Running" { " &" } else { "" };
        format!("[{}]{mark}  {state:<24}{}{running}\n", self.number, self.line)
    }
}

impl Session {
    /// The numbers of the latest job and of the one before; 0 where there is none.
    fn latest_jobs(&self) -> [u32; 2] {
        self.shell.jobs.iter().fold([0, 0], |[latest, before], job| {
            if job.number > latest { [job.number, latest] } else { [latest, before.max(job.number)] }
        })
    }

    /// Ends all of them.
    pub(super) fn end_jobs(&mut self) {
        for mut job in std::mem::take(&mut self.shell.jobs) {
            self.kill(&mut job.waiting);
        }
    }

    /// Lets a command that was started go on behind the prompt.
    pub(super) fn put_behind(&mut self, line: &str, waiting: Waiting) {
        let number = self.latest_jobs()[0] + 1;
        self.print(PrintedKind::Out, format!("[{number}] {}\n", FIRST_PROCESS + number));
        let line = line.trim_end().trim_end_matches('&').trim_end().to_owned();
        self.shell.jobs.push(Job { number, line, waiting });
    }

    /// Lets all of them go on.
    pub(super) fn poll_jobs(&mut self) {
        let latest = self.latest_jobs();
        for mut job in std::mem::take(&mut self.shell.jobs) {
            if self.poll(&mut job.waiting) {
                self.shell.jobs.push(job);
                continue;
            }
            let state = match job.waiting.command.output().exit {
                0 => "Done".to_owned(),
                code => format!("Exit {code}"),
            };
            self.print(PrintedKind::Out, job.told(latest, &state));
        }
    }

    /// `jobs`, `fg` and `kill %1`: whether the line is one of them; it is answered then.
    pub(super) fn asks_for_jobs(&mut self, line: &str) -> bool {
        let mut words = line.split_whitespace();
        let (name, which, more) = (words.next().unwrap_or(""), words.next(), words.next());
        match (name, which) {
            ("jobs", None) => {
                let latest = self.latest_jobs();
                let lines: String = self.shell.jobs.iter().map(|job| job.told(latest, "Running")).collect();
                self.print(PrintedKind::Out, lines);
            }
            ("fg", _) if more.is_none() => {
                match self.take_job(&format!("%{}", which.unwrap_or("+").trim_start_matches('%'))) {
                    Ok((job, _)) => {
                        self.print(PrintedKind::Out, format!("{}\n", job.line));
                        self.bring_forward(job.waiting);
                    }
                    Err(why) => self.print(PrintedKind::Err, format!("bash: fg: {why}\n")),
                }
            }
            ("kill", Some(which)) if more.is_none() => match self.take_job(which) {
                Ok((mut job, latest)) => {
                    self.kill(&mut job.waiting);
                    self.print(PrintedKind::Out, job.told(latest, "Terminated"));
                }
                Err(why) => self.print(PrintedKind::Err, format!("bash: kill: {why}\n")),
            },
            _ => return false,
        }
        true
    }

    /// Takes out the job that `%1`, `%+` or a process number means; gives besides which were the latest until then.
    fn take_job(&mut self, which: &str) -> Result<(Job, [u32; 2]), String> {
        let latest = self.latest_jobs();
        let number = which.trim_start_matches('%').parse().unwrap_or(latest[0]);
        let is_meant = |job: &Job| {
            if which.starts_with('%') { job.number == number } else { job.number + FIRST_PROCESS == number }
        };
        match self.shell.jobs.iter().position(is_meant) {
            Some(place) => Ok((self.shell.jobs.remove(place), latest)),
            None if which.starts_with('%') && which != "%+" => Err(format!("{which}: no such job")),
            None if which == "%+" => Err("current: no such job".to_owned()),
            None => Err(format!("({which}) - No such process")),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::clock::Epoch;
    use crate::session::{EXAMPLES, Example, Session, Setup};
    use expect_test::expect;
    use std::time::Duration;

    fn printed(session: &Session) -> String {
        session.printed().iter().map(|one| one.text.as_str()).collect()
    }

    #[test]
    fn a_forwarded_port_goes_on_behind_the_prompt() {
        let files = EXAMPLES.first().map_or(Vec::new(), Example::files);
        let mut session = Session::new(Setup { seed: 1, epoch: Epoch(1_795_000_000), files, modes: Vec::new() });
        for _ in 0..100 {
            session.advance(Duration::from_millis(200), || false);
        }
        let lines = [
            "clear",
            "kubectl port-forward svc/go-demo-2-api 9000:8080 &",
            "curl -s -o /dev/null -w '%{http_code} from %{remote_ip}\\n' localhost:9000",
            "curl -sS localhost:9001",
            "sleep 1 &",
            "jobs",
            "kill %1",
            "curl -sS localhost:9000",
            "fg",
            "fg",
        ];
        for line in lines {
            session.run_line(line);
            for _ in 0..10 {
                session.advance(Duration::from_millis(20), || false);
            }
        }
        for _ in 0..10 {
            session.advance(Duration::from_millis(200), || false);
        }
        session.run_line("fg");
        expect![[r"
            kubectl port-forward svc/go-demo-2-api 9000:8080 &
            [1] 4201
            Forwarding from 127.0.0.1:9000 -> 8080
            Forwarding from [::1]:9000 -> 8080
            curl -s -o /dev/null -w '%{http_code} from %{remote_ip}\n' localhost:9000
            Handling connection for 9000
            200 from 127.0.0.1
            curl -sS localhost:9001
            curl: (7) Failed to connect to localhost port 9001 after 0 ms: Could not connect to server
            sleep 1 &
            [2] 4202
            jobs
            [1]-  Running                 kubectl port-forward svc/go-demo-2-api 9000:8080 &
            [2]+  Running                 sleep 1 &
            kill %1
            [1]-  Terminated              kubectl port-forward svc/go-demo-2-api 9000:8080
            curl -sS localhost:9000
            curl: (7) Failed to connect to localhost port 9000 after 0 ms: Could not connect to server
            fg
            sleep 1
            fg
            bash: fg: current: no such job
            fg
            bash: fg: current: no such job
        "]]
        .assert_eq(&printed(&session));
    }
}
