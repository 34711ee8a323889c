//! Points of virtual time and their text.

use std::ops::{Add, Sub};
use std::time::Duration;

/// A point of virtual time: microseconds since the cluster was started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub u64);

impl Time {
    /// The moment at which the cluster was started.
    pub const ZERO: Time = Time(0);

    /// The time that has passed since `earlier`; zero if that is later than `self`.
    pub fn since(self, earlier: Time) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }

    /// Whole milliseconds since the start.
    pub fn millis(self) -> u64 {
        self.0 / 1000
    }
}

impl Add<Duration> for Time {
    type Output = Time;
    fn add(self, more: Duration) -> Time {
        Time(self.0.saturating_add(u64::try_from(more.as_micros()).unwrap_or(u64::MAX)))
    }
}

impl Sub<Duration> for Time {
    type Output = Time;
    fn sub(self, less: Duration) -> Time {
        Time(self.0.saturating_sub(u64::try_from(less.as_micros()).unwrap_or(u64::MAX)))
    }
}

/// What the calendar said at [`Time::ZERO`]: seconds since 1970-01-01T00:00:00Z. An argument, never read from a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Epoch(pub i64);

impl Epoch {
    /// The timestamp that objects carry, to the second: `2026-11-23T02:27:00Z`.
    pub fn timestamp(self, at: Time) -> String {
        let (year, month, day, second) = self.civil(at);
        format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60)
    }

    /// A `MicroTime`: the timestamp with six decimals.
    pub fn timestamp_micros(self, at: Time) -> String {
        let text = self.timestamp(at);
        format!("{}.{:06}Z", text.trim_end_matches('Z'), at.0 % 1_000_000)
    }

    /// The point of virtual time that a timestamp names; times before the start give [`Time::ZERO`]. `None` for
    /// anything that is not RFC 3339 in UTC.
    pub fn parse(self, text: &str) -> Option<Time> {
        let text = text.strip_suffix('Z')?;
        let (date, clock) = text.split_once('T')?;
        let mut date = date.splitn(3, '-').map(str::parse::<i64>);
        let (year, month, day) = (date.next()?.ok()?, date.next()?.ok()?, date.next()?.ok()?);
        let (whole, fraction) = clock.split_once('.').unwrap_or((clock, ""));
        let mut parts = whole.splitn(3, ':').map(str::parse::<i64>);
        let (hour, minute, second) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
        if !(1..=12).contains(&month) || !(1..=31).contains(&day) || !(0..=9999).contains(&year) {
            return None;
        }
        let micros = if fraction.is_empty() { 0 } else { format!("{fraction:0<6}").get(..6)?.parse::<i64>().ok()? };
        let seconds = days_from_civil(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - self.0;
        let total = seconds.checked_mul(1_000_000)?.checked_add(micros)?;
        Some(Time(u64::try_from(total).unwrap_or(0)))
    }

    /// Year, month, day and second of the day.
    fn civil(self, at: Time) -> (i64, i64, i64, i64) {
        let seconds = self.0.saturating_add((at.0 / 1_000_000) as i64);
        let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        // Days to civil date after Howard Hinnant's chrono-compatible algorithms: eras of 400 years, years from March.
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_index = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_index + 2) / 5 + 1;
        let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
        (year_of_era + era * 400 + i64::from(month <= 2), month, day, second)
    }
}

fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_read_back_as_the_time_they_were_made_of() {
        let epoch = Epoch(1_795_400_820);
        for micros in [0, 1, 999_999, 1_000_000, 86_400_000_000, 40_000_000_000_000] {
            let at = Time(micros);
            assert_eq!(epoch.parse(&epoch.timestamp_micros(at)), Some(at));
        }
        assert_eq!(epoch.timestamp(Time::ZERO), "2026-11-23T02:27:00Z");
        assert_eq!(Epoch(951_782_400).timestamp(Time::ZERO), "2000-02-29T00:00:00Z");
    }

    #[test]
    fn what_is_no_timestamp_is_refused() {
        for text in ["", "Z", "2026-11-23", "2026-13-01T00:00:00Z", "2026-11-23T02:27:00+01:00", "x-y-zTa:b:cZ"] {
            assert_eq!(Epoch(0).parse(text), None, "{text}");
        }
    }
}
