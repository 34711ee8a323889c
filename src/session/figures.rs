//! What came of the requests of one kind: shares against what the rules give, latencies, failures over time.

use crate::clock::Time;
use crate::order::{Order, SortedMap};
use crate::session::picture::short_name;
use crate::store::{Key, Store};
use std::time::Duration;

/// How the requests of one kind were shared out, and how they went.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Split {
    /// How many were answered, with whatever status.
    pub answered: u64,
    /// How many were not.
    pub failed: u64,
    /// Per pod, by name.
    pub shares: Vec<Share>,
    /// Why requests failed, and how many did; answers with an HTTP status of failure too.
    pub failures: Vec<(String, u64)>,
    /// How far the counts are from what is expected.
    pub fit: Option<Fit>,
    /// Why there is no such figure, in a sentence; may be empty.
    pub caveat: &'static str,
    /// How long answers took.
    pub latencies: Option<Latencies>,
    /// What came of them in each stretch of time, from the first to the last.
    pub over_time: Vec<Moment>,
    /// How long each stretch is.
    pub stretch: Duration,
}

/// How long answers took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Latencies {
    /// Half were as fast or faster.
    pub p50: Duration,
    /// 95 of 100 were as fast or faster.
    pub p95: Duration,
    /// The slowest.
    pub max: Duration,
}

/// What came of the requests of a stretch of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// How many went well.
    pub good: u32,
    /// How many failed.
    pub failed: u32,
}

/// A pod's share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// The pod.
    pub pod: Key,
    /// Its name, shorter where that can be.
    pub short: String,
    /// How many requests it answered.
    pub count: u64,
    /// Of a thousand.
    pub share: u32,
    /// What the rules of now give it, of a thousand.
    pub expected: Option<u32>,
}

/// Pearson's chi-square of counts against expected shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fit {
    /// The figure, in hundredths.
    pub chi_square: u64,
    /// How many shares could have come out otherwise.
    pub freedom: u32,
    /// Whether chance alone would give so much in more than 1 of 1000 trials.
    pub likely: bool,
}

/// The counts of one kind of request.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pods: SortedMap<Key, u64>,
    failures: SortedMap<String, u64>,
    unanswered: u64,
    /// How many answers took so many microseconds.
    took: SortedMap<u32, u64>,
    /// The shares that held while these were counted, and whether they changed meanwhile.
    expected: Vec<(Key, u32)>,
    mixed: bool,
    began: Option<Time>,
    stretch: Duration,
    over_time: Vec<Moment>,
}

/// So many stretches of time are told apart at most.
const STRETCHES: usize = 60;
const SHORTEST: Duration = Duration::from_millis(250);

const KEPT_ALIVE: &str =
    "Keep-alive: the choice is made once for a connection, and all its requests go to the same pod.";
const MIXED: &str = "What the rules give changed while these were counted.";

impl Tally {
    /// Counts a request: who answered, how long that took, and why it failed where it did.
    pub(super) fn count(&mut self, at: Time, pod: Option<&Key>, took: Duration, failure: Option<&str>) {
        match pod {
            Some(pod) => {
                add(&mut self.pods, pod, Key::clone);
                *self.took.entry(u32::try_from(took.as_micros()).unwrap_or(u32::MAX)).or_default() += 1;
            }
            None => self.unanswered += 1,
        }
        if let Some(failure) = failure {
            add(&mut self.failures, failure, str::to_owned);
        }
        let place = self.place_of(at);
        if let Some(moment) = self.over_time.get_mut(place) {
            match failure {
                None => moment.good += 1,
                Some(_) => moment.failed += 1,
            }
        }
    }

    /// Notes what the rules give each pod now.
    pub(super) fn expect(&mut self, expected: &[(Key, u32)]) {
        if self.expected != expected {
            self.mixed |= !self.expected.is_empty();
            self.expected = expected.to_vec();
        }
    }

    /// The place of the stretch of time that `at` is in. Where there would be too many, neighbours become one.
    fn place_of(&mut self, at: Time) -> usize {
        let began = *self.began.get_or_insert(at);
        self.stretch = self.stretch.max(SHORTEST);
        let place = loop {
            let place = (at.since(began).as_micros() / self.stretch.as_micros()) as usize;
            if place < STRETCHES {
                break place;
            }
            self.stretch *= 2;
            let pairs = self.over_time.chunks(2).map(|pair| {
                let sum = |of: fn(&Moment) -> u32| pair.iter().map(of).sum();
                Moment { good: sum(|one| one.good), failed: sum(|one| one.failed) }
            });
            self.over_time = pairs.collect();
        };
        if self.over_time.len() <= place {
            self.over_time.resize(place + 1, Moment::default());
        }
        place
    }

    /// The figures.
    pub(super) fn split(&self, keep_alive: bool, store: &Store) -> Split {
        let answered: u64 = self.pods.values().sum();
        let expected: SortedMap<&Key, u32> = self.expected.iter().map(|(pod, share)| (pod, *share)).collect();
        let mut pods: Vec<&Key> = self.pods.keys().chain(expected.keys().copied()).collect();
        pods.order();
        pods.dedup();
        let share = |pod: &&Key| {
            let count = self.pods.get(*pod).copied().unwrap_or(0);
            let share = (count * 1000 + answered / 2).checked_div(answered).unwrap_or(0) as u32;
            let expected = if expected.is_empty() { None } else { Some(expected.get(*pod).copied().unwrap_or(0)) };
            let short = store.get(pod).map_or_else(|| pod.name.clone(), |object| short_name(object));
            Share { pod: (*pod).clone(), short, count, share, expected }
        };
        let shares: Vec<Share> = pods.iter().map(share).collect();
        let caveat = match () {
            () if keep_alive => KEPT_ALIVE,
            () if self.mixed => MIXED,
            () => "",
        };
        Split {
            answered,
            failed: self.unanswered,
            failures: self.failures.iter().map(|(why, count)| (why.clone(), *count)).collect(),
            fit: if caveat.is_empty() { fit(&shares, answered) } else { None },
            shares,
            caveat,
            latencies: self.latencies(answered),
            over_time: self.over_time.clone(),
            stretch: self.stretch,
        }
    }

    fn latencies(&self, answered: u64) -> Option<Latencies> {
        let rank = |percent: u64| {
            let mut left = (answered * percent).div_ceil(100);
            let found = self.took.iter().find(|(_, count)| {
                let is_it = left <= **count;
                left = left.saturating_sub(**count);
                is_it
            });
            found.map(|(micros, _)| Duration::from_micros(u64::from(*micros)))
        };
        Some(Latencies { p50: rank(50)?, p95: rank(95)?, max: rank(100)? })
    }
}

/// Counts one more, and copies the key only where it is new.
fn add<K: Ord + std::borrow::Borrow<Q>, Q: Ord + ?Sized>(counts: &mut SortedMap<K, u64>, key: &Q, own: fn(&Q) -> K) {
    match counts.get_mut(key) {
        Some(count) => *count += 1,
        None => drop(counts.insert(own(key), 1)),
    }
}

/// Pearson's chi-square, where enough was counted for it to mean something.
fn fit(shares: &[Share], answered: u64) -> Option<Fit> {
    let expected: Vec<(u64, u64)> =
        shares.iter().map(|share| Some((share.count, u64::from(share.expected?) * answered))).collect::<Option<_>>()?;
    let freedom = expected.iter().filter(|(_, thousandfold)| *thousandfold > 0).count().checked_sub(1)? as u32;
    // The usual rule of thumb: five expected in each.
    if freedom == 0 || expected.iter().any(|(_, thousandfold)| *thousandfold > 0 && *thousandfold < 5000) {
        return None;
    }
    let mut chi_square = 0_u64;
    for (count, thousandfold) in expected {
        if thousandfold == 0 {
            if count > 0 {
                return Some(Fit { chi_square: u64::MAX, freedom, likely: false });
            }
            continue;
        }
        let off = (count * 1000).abs_diff(thousandfold);
        chi_square += off * off / (thousandfold * 10);
    }
    // Wilson and Hilferty: chi-square's cube root is nearly normal; 3.09 is the normal's 0.999 quantile.
    let degrees = f64::from(freedom);
    let spread = 2.0 / (9.0 * degrees);
    let bound = degrees * (1.0 - spread + 3.09 * spread.sqrt()).powi(3);
    Some(Fit { chi_square, freedom, likely: (chi_square as f64) <= bound * 100.0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::ResourceId;

    fn shares(counts: &[u64], expected: u32) -> Vec<Share> {
        let key = |at: usize| Key::new(ResourceId::PODS, "default", at.to_string());
        let one = |(at, count): (usize, &u64)| Share {
            pod: key(at),
            short: String::new(),
            count: *count,
            share: 0,
            expected: Some(expected),
        };
        counts.iter().enumerate().map(one).collect()
    }

    #[test]
    fn the_fit_tells_chance_from_a_bias() {
        // 48 of 100 where 50 are expected: 2 * (2 * 2 / 50) = 0.16.
        let fair = fit(&shares(&[48, 52], 500), 100).unwrap();
        assert_eq!((fair.chi_square, fair.freedom, fair.likely), (16, 1, true));
        assert!(!fit(&shares(&[90, 10], 500), 100).unwrap().likely);
        assert_eq!(fit(&shares(&[2, 1], 500), 3), None);
        assert_eq!(fit(&shares(&[100], 1000), 100), None);
    }

    #[test]
    fn latencies_and_failures_over_time() {
        let pod = Key::new(ResourceId::PODS, "default", "a");
        let mut tally = Tally::default();
        for number in 0_u64..100 {
            let took = Duration::from_millis(if number < 90 { 1 } else { 200 });
            let failure = (number % 10 == 9).then_some("HTTP 500");
            tally.count(Time::ZERO + Duration::from_secs(number), Some(&pod), took, failure);
        }
        tally.count(Time::ZERO + Duration::from_secs(100), None, Duration::from_secs(2), Some("refused"));
        let split = tally.split(false, &Store::default());
        let millis = Duration::from_millis;
        assert_eq!(split.latencies, Some(Latencies { p50: millis(1), p95: millis(200), max: millis(200) }));
        assert_eq!((split.answered, split.failed), (100, 1));
        assert_eq!(split.failures, [("HTTP 500".to_owned(), 10), ("refused".to_owned(), 1)]);
        assert_eq!((split.stretch, split.over_time.len()), (Duration::from_secs(2), 51));
        let all: u32 = split.over_time.iter().map(|one| one.good + one.failed).sum();
        assert_eq!((all, split.over_time[4]), (101, Moment { good: 1, failed: 1 }));
    }
}
