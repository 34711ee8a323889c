//! How a program reaches what is outside of it: the cluster, the clock, its input and its output.
//!
//! Programs are written as `async` functions, from top to bottom as their sources are. They own nothing of the cluster:
//! what they want to see or do there they [ask](World::see), and [`Program`] answers when it is polled. A program that
//! sleeps or waits for an answer waits on the virtual clock, so it can be paused, stepped and ended like everything else.

use super::stream::{Io, Stream};
use crate::clock::Time;
use crate::kubectl::Failure;
use crate::kubectl::call::{Call, Step, Task};
use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// A command prints no more than this, and a stream holds no more.
pub const MOST: usize = 1024 * 1024;

/// A program that runs; it gives its exit code.
pub type Ending<'a> = Pin<Box<dyn Future<Output = i32> + 'a>>;

/// A look at the cluster, or a change to it.
type Look = Box<dyn FnOnce(&mut Call<'_>)>;

/// What the parts of a program wait for.
#[derive(Default)]
struct Asked {
    /// Looks, in order.
    looks: Vec<Look>,
    /// The first time that somebody waits for.
    until: Option<Time>,
    /// How often the program was asked to go on.
    turn: u64,
}

/// What is outside of a program. Clones are the same world.
#[derive(Clone, Default)]
pub struct World {
    asked: Rc<RefCell<Asked>>,
    now: Rc<Cell<Time>>,
}

impl World {
    /// Looks at the cluster and the reader's machine, or changes them, and gives what came of it. Who has ended
    /// meanwhile changes nothing.
    pub async fn see<T: 'static>(&self, look: impl FnOnce(&mut Call<'_>) -> T + 'static) -> T {
        let answer = Rc::new(RefCell::new(None));
        let slot = Rc::downgrade(&answer);
        self.asked.borrow_mut().looks.push(Box::new(move |call| {
            if let Some(slot) = slot.upgrade() {
                *slot.borrow_mut() = Some(look(call));
            }
        }));
        poll_fn(move |_| answer.borrow_mut().take().map_or(Poll::Pending, Poll::Ready)).await
    }

    /// Changes something, and does not wait for it.
    pub fn tell(&self, change: impl FnOnce(&mut Call<'_>) + 'static) {
        self.asked.borrow_mut().looks.push(Box::new(change));
    }

    /// Waits until something has changed, no longer than until the given time.
    pub async fn wait(&self, until: Option<Time>) {
        self.wait_or(until, || false).await;
    }

    /// The same, but no longer than until `done`.
    pub async fn wait_or(&self, until: Option<Time>, done: impl Fn() -> bool) {
        let begun = self.asked.borrow().turn;
        poll_fn(move |_| {
            let mut asked = self.asked.borrow_mut();
            if asked.turn != begun || done() {
                return Poll::Ready(());
            }
            asked.until = [asked.until, until].into_iter().flatten().min();
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
            let before = self.asked.borrow().looks.len();
            if let Poll::Ready(code) = run.as_mut().poll(context) {
                return Poll::Ready(Some(code));
            }
            let mut asked = self.asked.borrow_mut();
            if asked.looks.len() == before && self.now() >= end {
                return Poll::Ready(None);
            }
            asked.until = Some(asked.until.map_or(end, |until| until.min(end)));
            Poll::Pending
        })
        .await
    }
}

/// The first bytes of `text`, as many whole characters as there is room for.
pub fn head(text: &str, room: usize) -> &str {
    let end = (0..=room.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text.get(..end).unwrap_or("")
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
    /// The program that `start` makes of its world and its streams; it reads `input`. `finish` sees the exit code.
    pub fn new(
        input: Stream,
        start: impl FnOnce(World, Io) -> Ending<'static>,
        finish: fn(&mut Call<'_>, i32) -> Result<(), Failure>,
    ) -> Program {
        let (world, io) = (World::default(), Io { input, ..Io::default() });
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
        self.world.asked.borrow_mut().turn += 1;
        loop {
            self.world.now.set(call.cluster.now());
            self.world.asked.borrow_mut().until = None;
            let state = self.rest.as_mut().poll(&mut context);
            if !self.show(call) {
                call.console.error(format!("[cut here: a program prints {} KiB at most]\n", MOST / 1024));
                return (self.finish)(call, 137).map(|()| Step::Done);
            }
            let looks = std::mem::take(&mut self.world.asked.borrow_mut().looks);
            let asked = !looks.is_empty();
            for look in looks {
                look(call);
            }
            if let Poll::Ready(code) = state {
                return (self.finish)(call, code).map(|()| Step::Done);
            }
            if !asked {
                return Ok(Step::Wait(self.world.asked.borrow().until));
            }
        }
    }
}
