//! Commands of a pipe, side by side: lines flow as they are written, and a writer ends when nobody reads it any more.

use super::grammar::Command;
use super::{Io, Shell, Stream};
use crate::kubectl::exec::world::Ending;
use std::future::poll_fn;
use std::task::Poll;

/// The exit code of a program that wrote where nobody reads (SIGPIPE).
const NOBODY_READS: i32 = 141;

/// A command of a pipe while it runs.
struct Part<'a> {
    /// `None` once it has ended.
    run: Option<Ending<'a>>,
    code: i32,
    /// The pipes before and behind it.
    from: Option<Stream>,
    to: Option<Stream>,
}

impl Part<'_> {
    /// It has ended, or is ended.
    fn end(&mut self, code: i32) {
        (self.run, self.code) = (None, code);
        if let Some(from) = &self.from {
            from.abandon();
        }
        if let Some(to) = &self.to {
            to.finish();
        }
    }
}

impl Shell<'_> {
    /// Runs the commands of a pipe, each in a shell of its own; gives the exit code of the last.
    pub(super) async fn piped(&mut self, commands: &[Command], io: &Io) -> i32 {
        let pipes: Vec<Stream> = commands.iter().skip(1).map(|_| Stream::pipe()).collect();
        let before = |at: usize| at.checked_sub(1).and_then(|at| pipes.get(at)).cloned();
        let streams: Vec<Io> = (0..commands.len())
            .map(|at| Io {
                input: before(at).unwrap_or_else(|| io.input.clone()),
                out: pipes.get(at).unwrap_or(&io.out).clone(),
                err: io.err.clone(),
            })
            .collect();
        let mut shells: Vec<Shell<'_>> = commands.iter().map(|_| self.part()).collect();
        let runs = shells.iter_mut().zip(commands).zip(&streams);
        let mut parts: Vec<Part<'_>> = runs
            .enumerate()
            .map(|(at, ((shell, command), io))| Part {
                run: Some(Box::pin(shell.command(command, io))),
                code: 0,
                from: before(at),
                to: pipes.get(at).cloned(),
            })
            .collect();
        let before = self.programs.surroundings();
        let changes = || pipes.iter().map(Stream::changes).sum::<u64>();
        poll_fn(|context| {
            loop {
                let seen = changes();
                for part in &mut parts {
                    let Some(run) = &mut part.run else { continue };
                    match run.as_mut().poll(context) {
                        Poll::Ready(code) => part.end(code),
                        Poll::Pending if part.to.as_ref().is_some_and(Stream::is_lost) => part.end(NOBODY_READS),
                        Poll::Pending => {}
                    }
                }
                if parts.iter().all(|part| part.run.is_none()) {
                    return Poll::Ready(());
                }
                if changes() == seen {
                    return Poll::Pending;
                }
            }
        })
        .await;
        let code = parts.last().map_or(0, |part| part.code);
        drop(parts);
        drop(shells);
        self.programs.restore(before);
        self.mind_limits();
        code
    }
}
