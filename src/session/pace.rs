//! How virtual time follows real time.

use std::time::Duration;

/// Paused or not, and how fast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pace {
    paused: bool,
    /// Virtual milliseconds in a real second.
    speed: u32,
}

impl Default for Pace {
    fn default() -> Pace {
        Pace { paused: false, speed: 1000 }
    }
}

impl Pace {
    /// The speeds that are offered, in virtual milliseconds a real second, and how they are written.
    pub const SPEEDS: &'static [(u32, &'static str)] = &[
        (50, "0.05×"),
        (100, "0.1×"),
        (250, "0.25×"),
        (500, "0.5×"),
        (1000, "1×"),
        (2000, "2×"),
        (5000, "5×"),
        (20_000, "20×"),
    ];

    /// Real time that passed unseen (a hidden tab, a sleeping machine) is not made up for beyond this.
    const LONGEST: Duration = Duration::from_millis(250);

    /// Whether time stands still.
    pub fn is_paused(&self) -> bool {
        self.paused
    }

    /// Virtual milliseconds in a real second.
    pub fn speed(&self) -> u32 {
        self.speed
    }

    /// Stops or starts time.
    pub fn pause(&mut self, paused: bool) {
        self.paused = paused;
    }

    /// Sets the speed; one that is not offered changes nothing.
    pub fn set_speed(&mut self, speed: u32) {
        if Pace::SPEEDS.iter().any(|(offered, _)| *offered == speed) {
            self.speed = speed;
        }
    }

    /// How much virtual time passes in `real` time.
    pub(super) fn virtual_time(&self, real: Duration) -> Duration {
        if self.paused { Duration::ZERO } else { real.min(Pace::LONGEST) * self.speed / 1000 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_follows_the_speed_and_gaps_are_cut() {
        let mut pace = Pace::default();
        pace.set_speed(500);
        pace.set_speed(7);
        assert_eq!(pace.virtual_time(Duration::from_millis(16)), Duration::from_millis(8));
        assert_eq!(pace.virtual_time(Duration::from_secs(3600)), Duration::from_millis(125));
        pace.pause(true);
        assert_eq!(pace.virtual_time(Duration::from_millis(16)), Duration::ZERO);
    }
}
