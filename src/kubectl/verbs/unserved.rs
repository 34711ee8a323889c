//! Verbs that kubectl has and the playground has not, said plainly.

use crate::kubectl::call::{Call, Next};
use crate::kubectl::flags::Flags;
use crate::kubectl::{Failure, help};

/// `kubectl autoscale`.
pub fn autoscale(_: &mut Call<'_>, _: &Flags) -> Result<Next, Failure> {
    Err(Failure::from("nothing in the playground measures load, so nothing can be scaled by it: use kubectl scale"))
}

/// `kubectl create token`.
pub fn token(_: &mut Call<'_>, _: &Flags) -> Result<Next, Failure> {
    Err(Failure::from("the playground's API server asks nobody who they are, so it gives no tokens"))
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
