//! Virtual time, the event queue, the seeded generator and the ids by which events name their cause.
//!
//! Everything that lasts or is random goes through here. `cluster` owns one queue and one generator and hands out the
//! time as an argument. This layer never reads the real clock and never asks the platform for entropy.

mod cause;
mod queue;
mod random;
mod time;

pub use cause::{Component, EventId};
pub use queue::Queue;
pub use random::Random;
pub use time::{Epoch, Time};
