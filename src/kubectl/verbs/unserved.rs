//! Verbs that kubectl has and the playground has not, said plainly.

use crate::kubectl::call::{Call, Next};
use crate::kubectl::flags::Flags;
use crate::kubectl::{Failure, help};

/// `kubectl autoscale`.
pub fn autoscale(_: &mut Call<'_>, _: &Flags) -> Result<Next, Failure> {
    Err(Failure::from("nothing in the playground measures load, so nothing can be scaled by it: use kubectl scale"))
}

/// `kubectl top`.
pub fn top(_: &mut Call<'_>, _: &Flags) -> Result<Next, Failure> {
    Err(Failure::from("Metrics API not available"))
}

/// `kubectl options`.
pub fn options(call: &mut Call<'_>, _: &Flags) -> Result<Next, Failure> {
    call.console.line(help::options());
    Ok(None)
}

/// Any other.
pub fn other(_: &mut Call<'_>, _: &Flags) -> Result<Next, Failure> {
    Err(Failure::from("this command is not part of the playground"))
}
