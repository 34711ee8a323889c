//! The shell that somebody types into: a prompt, a line, what it does, and again. Lines that are not whole yet are asked
//! to be gone on with; Ctrl+C ends what runs and not the shell.

use super::{Ended, Io, Leave, Shell, grammar};
use crate::kubectl::exec::stream::Stream;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

/// A line and those that go on with it hold no more bytes.
const LONGEST: usize = 64 * 1024;

/// Runs to its end, or to Ctrl+C: `None`.
pub async fn heed<T>(input: &Stream, run: impl Future<Output = T>) -> Option<T> {
    let mut run = pin!(run);
    poll_fn(|context| match run.as_mut().poll(context) {
        Poll::Ready(value) => Poll::Ready(Some(value)),
        Poll::Pending if input.take_interrupt() => Poll::Ready(None),
        Poll::Pending => Poll::Pending,
    })
    .await
}

impl Shell<'_> {
    /// Reads lines and runs them until there are no more, or `exit`; gives the exit code. Prompts only where somebody
    /// types.
    pub async fn interact(&mut self, io: &Io) -> i32 {
        let prompts = io.input.is_raw();
        let mut text = String::new();
        loop {
            if prompts {
                io.err.write(&if text.is_empty() { self.programs.prompt() } else { "> ".to_owned() });
            }
            let Some(read) = heed(&io.input, io.input.line()).await else {
                text.clear();
                self.last = 130;
                continue;
            };
            let ended = read.is_none();
            text.push_str(&read.unwrap_or_default());
            text.push('\n');
            match grammar::parse_typed(&text) {
                Ok(None) if !ended && text.len() < LONGEST => continue,
                Ok(Some(list)) => {
                    self.spent = Rc::default();
                    let code = heed(&io.input, self.list(&list, io)).await;
                    if code.is_none() {
                        (self.last, self.depth) = (130, 0);
                    }
                }
                Ok(None) => self.last = Ended::fail(2, self.wrong("unexpected end of file")).print(io),
                Err(why) => self.last = Ended::fail(2, self.wrong(&why)).print(io),
            }
            text.clear();
            let over = ended || (self.leave == Some(Leave::Shell) && !self.spent.is_over());
            self.leave = None;
            if over {
                if prompts {
                    io.err.write(match self.programs.shell() {
                        "bash" => "exit\n",
                        _ => "",
                    });
                }
                return self.last;
            }
        }
    }

    fn wrong(&self, why: &str) -> String {
        format!("{}: syntax error: {why}", self.programs.shell())
    }
}
