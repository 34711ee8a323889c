//! When to try again what failed.

use crate::order::SortedMap;
use crate::store::Key;
use std::time::Duration;

/// How often a key failed in a row. Models client-go's exponential rate limiter and the controllers' budget of 15
/// retries.
#[derive(Clone, Debug, Default)]
pub struct Retries(SortedMap<Key, u32>);

impl Retries {
    /// How long to wait before the next try of `key`, which has just failed: `base`, doubled with each failure;
    /// `None` once the budget is used up.
    pub fn failed(&mut self, key: &Key, base: Duration) -> Option<Duration> {
        let failures = self.0.entry(key.clone()).or_default();
        if *failures >= 15 {
            self.0.remove(key);
            return None;
        }
        let wait = base.saturating_mul(1 << *failures);
        *failures += 1;
        Some(wait.min(Duration::from_secs(1000)))
    }

    /// Forgets the failures of `key`.
    pub fn succeeded(&mut self, key: &Key) {
        self.0.remove(key);
    }
}
