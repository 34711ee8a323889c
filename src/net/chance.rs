//! Where the rules' random choices come from: the seeded generator, or every choice in turn.

use crate::clock::Random;

/// One random decision and how it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Draw {
    /// `statistic --mode random`: 31 random bits that match where they are below the threshold.
    Below {
        /// What was drawn.
        drawn: u32,
        /// The probability times 2^31.
        threshold: u32,
    },
    /// `numgen random mod N`.
    Pick {
        /// What was drawn.
        drawn: u32,
        /// N.
        of: u32,
    },
}

/// A source of random decisions.
pub trait Chance {
    /// 31 random bits, of which the caller asks only whether they are below `threshold`.
    fn bits_below(&mut self, threshold: u32) -> u32;

    /// A number from 0 to `of` - 1.
    fn pick(&mut self, of: u32) -> u32;
}

impl Chance for Random {
    fn bits_below(&mut self, _threshold: u32) -> u32 {
        // Models xt_statistic: get_random_u32() & 0x7FFFFFFF.
        self.bits() & 0x7fff_ffff
    }

    fn pick(&mut self, of: u32) -> u32 {
        self.below(of)
    }
}

/// Takes every decision in every way: [`Branches::explore`] runs a function once for each way that its random decisions
/// can go, and tells how likely each is.
#[derive(Debug, Default)]
pub struct Branches {
    /// The decisions of this run: which way, of how many, how likely.
    taken: Vec<(u32, u32, f64)>,
    at: usize,
}

impl Branches {
    /// What `run` gives in each way, with its probability. The probabilities add up to 1.
    pub fn explore<T>(mut run: impl FnMut(&mut Branches) -> T) -> Vec<(f64, T)> {
        let mut branches = Branches::default();
        let mut found = Vec::new();
        loop {
            branches.at = 0;
            let result = run(&mut branches);
            branches.taken.truncate(branches.at);
            found.push((branches.taken.iter().map(|(_, _, likely)| likely).product(), result));
            while branches.taken.last().is_some_and(|(way, ways, _)| way + 1 >= *ways) {
                branches.taken.pop();
            }
            match branches.taken.last_mut() {
                Some((way, ..)) => *way += 1,
                None => return found,
            }
        }
    }

    fn decide(&mut self, ways: u32, likely: impl Fn(u32) -> f64) -> u32 {
        if self.at == self.taken.len() {
            self.taken.push((0, ways, 0.0));
        }
        let Some((way, _, share)) = self.taken.get_mut(self.at) else { return 0 };
        self.at += 1;
        *share = likely(*way);
        *way
    }
}

impl Chance for Branches {
    fn bits_below(&mut self, threshold: u32) -> u32 {
        let share = f64::from(threshold) / 2_147_483_648.0;
        if self.decide(2, |way| if way == 0 { share } else { 1.0 - share }) == 0 { 0 } else { threshold }
    }

    fn pick(&mut self, of: u32) -> u32 {
        self.decide(of, |_| 1.0 / f64::from(of.max(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_is_taken_once() {
        let half = 1 << 30;
        let found = Branches::explore(|chance| if chance.bits_below(half) < half { 10 } else { chance.pick(3) });
        let outcomes: Vec<u32> = found.iter().map(|(_, outcome)| *outcome).collect();
        assert_eq!(outcomes, [10, 0, 1, 2]);
        assert!((found.iter().map(|(share, _)| share).sum::<f64>() - 1.0).abs() < 1e-9);
        assert!((found[1].0 - 1.0 / 6.0).abs() < 1e-9);
    }
}
