//! The event queue: what is due next, in order of time and then of arrival.

use super::Time;
use std::collections::BTreeMap;

/// Things that are due at points of virtual time. What is due at the same time comes out in the order it was put in,
/// so a run is the same each time it is made.
#[derive(Clone, Debug)]
pub struct Queue<T> {
    due: BTreeMap<(Time, u64), T>,
    arrivals: u64,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Queue { due: BTreeMap::new(), arrivals: 0 }
    }
}

impl<T> Queue<T> {
    /// Puts `thing` in, due at `at`.
    pub fn push(&mut self, at: Time, thing: T) {
        self.arrivals += 1;
        self.due.insert((at, self.arrivals), thing);
    }

    /// When the next thing is due.
    pub fn next_at(&self) -> Option<Time> {
        self.due.keys().next().map(|&(at, _)| at)
    }

    /// Takes the next thing out.
    pub fn pop(&mut self) -> Option<(Time, T)> {
        self.due.pop_first().map(|((at, _), thing)| (at, thing))
    }

    /// How many things wait.
    pub fn len(&self) -> usize {
        self.due.len()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.due.is_empty()
    }

    /// What waits, soonest first.
    pub fn iter(&self) -> impl Iterator<Item = (Time, &T)> {
        self.due.iter().map(|(&(at, _), thing)| (at, thing))
    }
}
