//! How kubectl tells the time that has passed.

use crate::clock::{Epoch, Time};
use std::time::Duration;

/// The moment at which something is printed.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// The virtual time.
    pub now: Time,
    /// What timestamps count from.
    pub epoch: Epoch,
}

impl Moment {
    /// The time since a timestamp as a table shows it; `<unknown>` for what is no timestamp.
    pub fn age(&self, timestamp: &str) -> String {
        match self.epoch.parse(timestamp) {
            // Timestamps are whole seconds: what is younger than that counts from the second it stands for.
            Some(at) => human_duration(self.now.since(at)),
            None => "<unknown>".to_owned(),
        }
    }
}

/// `5s`, `2m3s`, `3h20m`, `2d1h`, `42d`, `2y3d`.
///
/// Models apimachinery pkg/util/duration HumanDuration.
pub fn human_duration(time: Duration) -> String {
    let two = |big: u64, unit: &str, small: u64, small_unit: &str| {
        if small == 0 { format!("{big}{unit}") } else { format!("{big}{unit}{small}{small_unit}") }
    };
    let seconds = time.as_secs();
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    let (days, years) = (hours / 24, hours / 24 / 365);
    match () {
        () if seconds < 120 => format!("{seconds}s"),
        () if minutes < 10 => two(minutes, "m", seconds % 60, "s"),
        () if minutes < 180 => format!("{minutes}m"),
        () if hours < 8 => two(hours, "h", minutes % 60, "m"),
        () if hours < 48 => format!("{hours}h"),
        () if days < 8 => two(days, "d", hours % 24, "h"),
        () if years < 2 => format!("{days}d"),
        () if years < 8 => two(years, "y", days % 365, "d"),
        () => format!("{years}y"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_lose_detail_as_they_grow() {
        let minute = 60;
        let hour = 60 * minute;
        let day = 24 * hour;
        for (seconds, text) in [
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (5 * minute + 30, "5m30s"),
            (10 * minute + 5, "10m"),
            (70 * minute, "70m"),
            (3 * hour, "3h"),
            (3 * hour + 20 * minute, "3h20m"),
            (9 * hour + 20 * minute, "9h"),
            (49 * hour, "2d1h"),
            (10 * day + hour, "10d"),
            (800 * day, "2y70d"),
            (4000 * day, "10y"),
        ] {
            assert_eq!(human_duration(Duration::from_secs(seconds)), text);
        }
    }
}
