//! The one source of chance: the same seed throws the same.

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

pub(super) struct Dice(StdRng);

impl Dice {
    pub(super) fn new(seed: u64) -> Dice {
        Dice(StdRng::seed_from_u64(seed))
    }

    /// Below `sides`; zero where there are none.
    pub(super) fn below(&mut self, sides: usize) -> usize {
        let sides = u64::try_from(sides.max(1)).unwrap_or(u64::MAX);
        usize::try_from(self.0.next_u64() % sides).unwrap_or_default()
    }

    /// So many times in a thousand.
    pub(super) fn chance(&mut self, thousandths: usize) -> bool {
        self.below(1_000) < thousandths
    }

    pub(super) fn pick<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        let place = self.below(from.len());
        from.get(place).cloned()
    }

    /// By weight; the weights must not all be zero.
    pub(super) fn weighted<T: Copy>(&mut self, from: &[(usize, T)]) -> Option<T> {
        let all = from.iter().map(|(weight, _)| weight).sum();
        let mut thrown = self.below(all);
        for (weight, one) in from {
            if thrown < *weight {
                return Some(*one);
            }
            thrown -= weight;
        }
        None
    }
}
