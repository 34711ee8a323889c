//! How a container is started: its image is pulled, its environment made, and what can be wrong with either.

use super::container::Container;
use super::env::Environment;
use super::run::{MakeEnvironment, Shared, Step};
use crate::clock::Time;
use std::net::Ipv4Addr;
use std::time::Duration;

/// How long a container waits that could not be made, before the kubelet tries again.
const CONFIG_RETRY: Duration = Duration::from_secs(10);

/// Starts a container that may start from `from` on, as far as its turn has come: its image is pulled, then it runs.
/// `false` where that takes longer.
pub(super) fn start(
    container: &mut Container,
    shared: &mut Shared,
    from: Time,
    now: Time,
    address: Option<Ipv4Addr>,
    env: &MakeEnvironment<'_>,
    step: &mut Step,
) -> bool {
    let due = match container.due {
        Some(due) => due,
        None => self::due(container, shared, from.max(container.waits_since), step),
    };
    container.due = Some(due);
    if let Some((at, _)) = container.pulled
        && at > now
    {
        step.look_at(at);
    } else if let Some((_, text)) = container.pulled.take() {
        step.tell(container, false, "Pulled", text);
    }
    if now < due {
        step.look_at(due);
        return false;
    }
    if !container.fetched {
        // It is started again: its image may have been changed.
        let due = self::due(container, shared, now, step);
        if container.pulled.is_some() {
            container.due = Some(due);
            step.look_at(due);
            return false;
        }
    }
    let variables = match env(container, address) {
        Ok(variables) => variables,
        Err(missing) if shared.timing.lively => {
            step.tell(container, true, "Failed", format!("Error: {missing}"));
            container.wait("CreateContainerConfigError", missing, now);
            container.due = Some(now + CONFIG_RETRY);
            step.look_at(now + CONFIG_RETRY);
            return false;
        }
        Err(_) => Environment::default(),
    };
    container.run(due, variables, due + shared.timing.first_probe);
    step.tell(container, false, "Created", "Container created".to_owned());
    step.tell(container, false, "Started", "Container started".to_owned());
    true
}

/// When a container that may start from `from` on will run: after its image is there. Tells of the pull.
fn due(container: &mut Container, shared: &mut Shared, from: Time, step: &mut Step) -> Time {
    let image = container.image.clone();
    container.fetched = true;
    let Some((least, most)) = shared.timing.pull else { return from + shared.timing.start };
    if shared.images.contains(&image) {
        let text = format!("Container image \"{image}\" already present on machine and can be accessed by the pod");
        step.tell(container, false, "Pulled", text);
        return from + shared.timing.start;
    }
    // An image takes as long as its name says, so that it takes the same time on every node.
    let spread = image.bytes().fold(7_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte))) % 1000;
    let time = least + most.saturating_sub(least).mul_f64(spread as f64 / 1000.0);
    let begin = from.max(shared.pulling_until);
    let end = begin + time;
    shared.pulling_until = end;
    shared.images.insert(image.clone());
    let seconds = |time: Duration| format!("{}s", (time.as_secs_f64() * 1000.0).round() / 1000.0);
    let (alone, waiting) = (seconds(time), seconds(end.since(from)));
    let size = 20_000_000 + spread * 137_911;
    step.tell(container, false, "Pulling", format!("Pulling image \"{image}\""));
    let text = format!(
        "Successfully pulled image \"{image}\" in {alone} ({waiting} including waiting). Image size: {size} bytes."
    );
    container.pulled = Some((end, text));
    end + shared.timing.start
}
