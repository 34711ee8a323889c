//! The seeded generator.

use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg32;

/// The one source of chance: the same seed gives the same draws, on every platform.
#[derive(Clone, Debug)]
pub struct Random(Pcg32);

impl Random {
    /// A generator that starts from `seed`.
    pub fn new(seed: u64) -> Self {
        Random(Pcg32::seed_from_u64(seed))
    }

    /// Any 32 bits.
    pub fn bits(&mut self) -> u32 {
        self.0.next_u32()
    }

    /// A number from 0 to `limit` - 1, each as likely; 0 if `limit` is 0.
    pub fn below(&mut self, limit: u32) -> u32 {
        // Lemire's multiplication: the draws that would favour small numbers are thrown away.
        if limit == 0 {
            return 0;
        }
        let reject_below = limit.wrapping_neg() % limit;
        loop {
            let product = u64::from(self.bits()) * u64::from(limit);
            if (product as u32) >= reject_below {
                return (product >> 32) as u32;
            }
        }
    }

    /// `length` characters as the API server appends to a generateName.
    ///
    /// Models apimachinery pkg/util/rand: no vowels, none of 0, 1 and 3, so that names spell nothing.
    pub fn name_suffix(&mut self, length: usize) -> String {
        const LETTERS: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";
        (0..length).map(|_| LETTERS.get(self.below(27) as usize).map_or('b', |&letter| char::from(letter))).collect()
    }

    /// A version 4 UUID.
    pub fn uuid(&mut self) -> String {
        let (a, b, c, d) = (self.bits(), self.bits(), self.bits(), self.bits());
        format!(
            "{a:08x}-{:04x}-4{:03x}-{:04x}-{:04x}{d:08x}",
            b >> 16,
            b & 0xfff,
            0x8000 | (c >> 16 & 0x3fff),
            c & 0xffff
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_draws() {
        let draw = |seed| {
            let mut random = Random::new(seed);
            (random.uuid(), random.name_suffix(5), random.below(1000))
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn every_number_below_the_limit_comes_up() {
        let mut random = Random::new(1);
        let mut seen = [0_u32; 5];
        for _ in 0..5000 {
            seen[random.below(5) as usize] += 1;
        }
        assert!(seen.iter().all(|&count| (900..1100).contains(&count)), "{seen:?}");
    }
}
