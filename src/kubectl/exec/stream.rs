//! Text on its way from one who writes to one who reads: what a program prints, a pipe, the terminal's keys.
//!
//! Nobody is woken: who waits at a stream is asked again when something has happened, and [`Stream::changes`] tells a
//! pipe's shell whether something has.

use super::world::MOST;
use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

/// A writer waits once so much lies in its pipe, as Linux has it.
const PIPE: usize = 64 * 1024;

/// The key that ends the input.
const END: char = '\u{4}';

/// Whether more comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Source {
    /// What it holds is all.
    #[default]
    Text,
    /// A program that runs may write more.
    Pipe,
    /// Somebody types.
    Terminal,
}

#[derive(Default)]
struct Held {
    text: String,
    source: Source,
    /// Counts what has happened to it.
    changes: u64,
    /// How many bytes were written to it.
    passed: usize,
    /// Nobody reads it any more, and whether something was written since.
    abandoned: bool,
    lost: bool,
    /// How many readers wait for a key.
    waiting: usize,
    /// Programs that the keys go to as they are, so that Ctrl+C is theirs.
    raw: usize,
    interrupted: bool,
}

/// Text on its way. Clones are the same stream.
#[derive(Clone, Default)]
pub struct Stream(Rc<RefCell<Held>>);

impl Stream {
    /// A stream that holds this text and no more.
    pub fn of(text: impl Into<String>) -> Stream {
        Stream(Rc::new(RefCell::new(Held { text: text.into(), ..Held::default() })))
    }

    /// A stream whose readers wait until its writer [has ended](Stream::finish).
    pub fn pipe() -> Stream {
        Stream(Rc::new(RefCell::new(Held { source: Source::Pipe, ..Held::default() })))
    }

    /// What a reader types.
    pub fn terminal() -> Stream {
        Stream(Rc::new(RefCell::new(Held { source: Source::Terminal, ..Held::default() })))
    }

    /// Whether somebody types it.
    pub fn is_terminal(&self) -> bool {
        self.0.borrow().source == Source::Terminal
    }

    /// Adds text; what is too much is lost.
    pub fn write(&self, text: &str) {
        if text.is_empty() {
            return;
        }
        let mut held = self.0.borrow_mut();
        held.changes += 1;
        held.passed += text.len();
        if held.abandoned {
            held.lost = true;
            return;
        }
        let room = MOST.saturating_sub(held.text.len());
        held.text.push_str(super::world::head(text, room));
    }

    /// How many bytes were written to it.
    pub fn passed(&self) -> usize {
        self.0.borrow().passed
    }

    /// A number that grows with all that happens to it.
    pub fn changes(&self) -> u64 {
        self.0.borrow().changes
    }

    /// Says that nothing more comes.
    pub fn finish(&self) {
        let mut held = self.0.borrow_mut();
        held.source = Source::Text;
        held.changes += 1;
    }

    /// Says that nobody reads it any more.
    pub fn abandon(&self) {
        let mut held = self.0.borrow_mut();
        held.abandoned = true;
        held.text.clear();
        held.changes += 1;
    }

    /// Whether something was written that nobody reads: its writer ends by that.
    pub fn is_lost(&self) -> bool {
        self.0.borrow().lost
    }

    /// Takes all that it holds.
    pub fn take(&self) -> String {
        let mut held = self.0.borrow_mut();
        held.changes += u64::from(!held.text.is_empty());
        std::mem::take(&mut held.text)
    }

    /// Takes a line, without its end, once it is there; `None` where nothing more comes.
    pub async fn line(&self) -> Option<String> {
        let mut line = self.piece().await?;
        if line.ends_with('\n') {
            line.pop();
        }
        Some(line)
    }

    /// The same with its end, which the last line may lack.
    pub async fn piece(&self) -> Option<String> {
        let _waits = Waits::at(self);
        poll_fn(|_| self.0.borrow_mut().piece()).await
    }

    /// Takes all that comes, to the end.
    pub async fn all(&self) -> String {
        let _waits = Waits::at(self);
        let mut all = String::new();
        poll_fn(|_| {
            let mut held = self.0.borrow_mut();
            let ended = held.source == Source::Text || (held.source == Source::Terminal && held.text.contains(END));
            let end = if held.source == Source::Terminal { held.text.find(END) } else { None };
            let rest = end.map_or_else(String::new, |end| held.text.split_off(end));
            held.changes += u64::from(!held.text.is_empty());
            all.push_str(&std::mem::replace(&mut held.text, rest.trim_start_matches(END).to_owned()));
            all.truncate(super::world::head(&all, MOST).len());
            if ended { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        all
    }

    /// Lets the reader of a pipe go on, and waits while it is full. Where nobody reads any more this is the writer's end:
    /// its shell drops it.
    pub async fn give_way(&self) {
        let mut waited = false;
        poll_fn(|_| {
            let mut held = self.0.borrow_mut();
            let full = held.text.len() > PIPE && !held.abandoned;
            if !held.lost && (held.source != Source::Pipe || held.text.is_empty() || waited && !full) {
                return Poll::Ready(());
            }
            held.changes += u64::from(!waited);
            waited = true;
            Poll::Pending
        })
        .await;
    }

    /// Types a line, with its end.
    pub fn type_line(&self, line: &str) {
        self.write(&format!("{}\n", line.replace(END, "")));
    }

    /// Types Ctrl+D.
    pub fn type_end(&self) {
        self.write(END.encode_utf8(&mut [0; 4]));
    }

    /// Types Ctrl+C; `false` where no program takes it for itself.
    pub fn type_interrupt(&self) -> bool {
        let mut held = self.0.borrow_mut();
        if held.raw == 0 {
            return false;
        }
        held.text.clear();
        held.interrupted = true;
        held.changes += 1;
        true
    }

    /// Takes Ctrl+C.
    pub fn take_interrupt(&self) -> bool {
        std::mem::take(&mut self.0.borrow_mut().interrupted)
    }

    /// Whether a program waits for what is typed, or gets it all.
    pub fn is_wanted(&self) -> bool {
        let held = self.0.borrow();
        held.waiting > 0 || held.raw > 0
    }

    /// Whether a program waits for a line.
    pub fn is_awaited(&self) -> bool {
        self.0.borrow().waiting > 0
    }

    /// Whether a program in a container gets all keys.
    pub fn is_raw(&self) -> bool {
        self.0.borrow().raw > 0
    }

    /// Sends all keys to the program in a container until what it gives is dropped.
    pub fn raw(&self) -> Raw {
        self.0.borrow_mut().raw += 1;
        Raw(self.clone())
    }
}

impl Held {
    fn piece(&mut self) -> Poll<Option<String>> {
        if self.source == Source::Terminal && self.text.starts_with(END) {
            self.text.remove(0);
            return Poll::Ready(None);
        }
        let end = self.text.find('\n');
        if end.is_none() && self.source != Source::Text {
            return Poll::Pending;
        }
        if self.text.is_empty() {
            return Poll::Ready(None);
        }
        let rest = end.map_or_else(String::new, |end| self.text.split_off(end + 1));
        self.changes += 1;
        Poll::Ready(Some(std::mem::replace(&mut self.text, rest)))
    }
}

/// The keys go to a program in a container.
pub struct Raw(Stream);

impl Drop for Raw {
    fn drop(&mut self) {
        let mut held = self.0.0.borrow_mut();
        held.raw = held.raw.saturating_sub(1);
        held.interrupted = false;
    }
}

/// Counts a reader as long as it waits.
struct Waits(Stream);

impl Waits {
    fn at(stream: &Stream) -> Waits {
        stream.0.borrow_mut().waiting += 1;
        Waits(stream.clone())
    }
}

impl Drop for Waits {
    fn drop(&mut self) {
        let mut held = self.0.0.borrow_mut();
        held.waiting = held.waiting.saturating_sub(1);
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
