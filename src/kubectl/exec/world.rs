//! How a program reaches what is outside of it: the cluster, the clock, its input and its output.
//!
//! Programs are written as `async` functions, from top to bottom as their sources are. They own nothing of the cluster:
//! what they want to see or do there they [ask](World::see), and [`Program`] answers when it is polled. A program that
//! sleeps or waits for an answer waits on the virtual clock, so it can be paused, stepped and ended like everything else.

use crate::clock::Time;
use crate::kubectl::Failure;
use crate::kubectl::call::{Call, Step, Task};
use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// A command prints no more than this, and a pipe holds no more.
pub const MOST: usize = 256 * 1024;

/// A program that runs; it gives its exit code.
pub type Ending<'a> = Pin<Box<dyn Future<Output = i32> + 'a>>;

/// What a program waits for.
enum Ask {
    /// A look at the cluster, or a change to it.
    See(Box<dyn FnOnce(&mut Call<'_>)>),
    /// That something changes, or that the time comes.
    Wait(Option<Time>),
}

/// What is outside of a program. Clones are the same world.
#[derive(Clone, Default)]
pub struct World {
    asked: Rc<RefCell<Option<Ask>>>,
    now: Rc<Cell<Time>>,
}

impl World {
    /// Looks at the cluster and the reader's machine, or changes them, and gives what came of it.
    pub async fn see<T: 'static>(&self, look: impl FnOnce(&mut Call<'_>) -> T + 'static) -> T {
        let answer = Rc::new(RefCell::new(None));
        let slot = answer.clone();
        *self.asked.borrow_mut() = Some(Ask::See(Box::new(move |call| *slot.borrow_mut() = Some(look(call)))));
        poll_fn(move |_| answer.borrow_mut().take().map_or(Poll::Pending, Poll::Ready)).await
    }

    /// Waits until something has changed, no longer than until the given time.
    pub async fn wait(&self, until: Option<Time>) {
        let mut asked = false;
        poll_fn(move |_| {
            if std::mem::replace(&mut asked, true) {
                return Poll::Ready(());
            }
            *self.asked.borrow_mut() = Some(Ask::Wait(until));
            Poll::Pending
        })
        .await;
    }

    /// Lets this much time pass.
    pub async fn sleep(&self, time: Duration) {
        let until = self.now() + time;
        while self.now() < until {
            self.wait(Some(until)).await;
        }
    }

    /// The time.
    pub fn now(&self) -> Time {
        self.now.get()
    }

    /// Runs a program until the given time at the latest; `None` where that ends it.
    pub async fn until(&self, end: Time, run: &mut Ending<'_>) -> Option<i32> {
        poll_fn(|context| {
            if let Poll::Ready(code) = run.as_mut().poll(context) {
                return Poll::Ready(Some(code));
            }
            let mut asked = self.asked.borrow_mut();
            if let Some(Ask::Wait(until)) = &mut *asked {
                if self.now() >= end {
                    *asked = None;
                    return Poll::Ready(None);
                }
                *until = Some(until.map_or(end, |until| until.min(end)));
            }
            Poll::Pending
        })
        .await
    }
}

/// The first bytes of `text`, as many whole characters as there is room for.
fn head(text: &str, room: usize) -> &str {
    let end = (0..=room.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text.get(..end).unwrap_or("")
}

/// Text on its way from one who writes to one who reads. Clones are the same stream.
#[derive(Clone, Default)]
pub struct Stream(Rc<RefCell<String>>);

impl Stream {
    /// A stream that holds this text.
    pub fn of(text: impl Into<String>) -> Stream {
        Stream(Rc::new(RefCell::new(text.into())))
    }

    /// Adds text; what is too much is lost.
    pub fn write(&self, text: &str) {
        let mut held = self.0.borrow_mut();
        let room = MOST.saturating_sub(held.len());
        held.push_str(head(text, room));
    }

    /// How many bytes it holds.
    pub fn len(&self) -> usize {
        self.0.borrow().len()
    }

    /// Takes all that it holds.
    pub fn take(&self) -> String {
        std::mem::take(&mut self.0.borrow_mut())
    }

    /// Takes a line, without its end; `None` where nothing is left.
    pub fn take_line(&self) -> Option<String> {
        let mut held = self.0.borrow_mut();
        if held.is_empty() {
            return None;
        }
        let end = held.find('\n');
        let rest = end.map_or_else(String::new, |end| held.split_off(end + 1));
        let mut line = std::mem::replace(&mut *held, rest);
        if line.ends_with('\n') {
            line.pop();
        }
        Some(line)
    }
}

/// A program's standard streams.
#[derive(Clone, Default)]
pub struct Io {
    /// What it reads.
    pub input: Stream,
    /// What it prints.
    pub out: Stream,
    /// What it prints as an error.
    pub err: Stream,
}

/// What a program that does not wait printed, and how it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
    /// The exit code.
    pub code: i32,
}

impl Ended {
    /// Success with this output.
    pub fn ok(out: impl Into<String>) -> Ended {
        Ended { out: out.into(), ..Ended::default() }
    }

    /// Failure with this line on standard error.
    pub fn fail(code: i32, err: impl Into<String>) -> Ended {
        Ended { err: err.into() + "\n", code, ..Ended::default() }
    }

    /// Prints it; gives the exit code.
    pub fn print(&self, io: &Io) -> i32 {
        io.out.write(&self.out);
        io.err.write(&self.err);
        self.code
    }
}

/// A program while it runs, as a command's task.
pub struct Program {
    world: World,
    io: Io,
    rest: Ending<'static>,
    /// What is done with its exit code.
    finish: fn(&mut Call<'_>, i32) -> Result<(), Failure>,
    printed: usize,
}

impl Program {
    /// The program that `start` makes of its world and its streams. `finish` sees the exit code.
    pub fn new(
        start: impl FnOnce(World, Io) -> Ending<'static>,
        finish: fn(&mut Call<'_>, i32) -> Result<(), Failure>,
    ) -> Program {
        let (world, io) = (World::default(), Io::default());
        let rest = start(world.clone(), io.clone());
        Program { world, io, rest, finish, printed: 0 }
    }

    /// Prints what the program wrote; `false` once it was too much.
    fn show(&mut self, call: &mut Call<'_>) -> bool {
        let (out, err) = (self.io.out.take(), self.io.err.take());
        let room = MOST.saturating_sub(self.printed);
        self.printed += out.len() + err.len();
        call.console.out(head(&out, room));
        call.console.error(head(&err, room));
        self.printed < MOST
    }
}

impl Task for Program {
    fn poll(&mut self, call: &mut Call<'_>) -> Result<Step, Failure> {
        let mut context = Context::from_waker(Waker::noop());
        loop {
            self.world.now.set(call.cluster.now());
            let state = self.rest.as_mut().poll(&mut context);
            if !self.show(call) {
                call.console.error(format!("[cut here: a program prints {} KiB at most]\n", MOST / 1024));
                return (self.finish)(call, 137).map(|()| Step::Done);
            }
            if let Poll::Ready(code) = state {
                return (self.finish)(call, code).map(|()| Step::Done);
            }
            match self.world.asked.take() {
                Some(Ask::See(look)) => look(call),
                Some(Ask::Wait(until)) => return Ok(Step::Wait(until)),
                // Programs wait for nothing but the world.
                None => return Ok(Step::Done),
            }
        }
    }
}
