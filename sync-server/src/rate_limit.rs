//! Rate limits: a bucket for each key, which takes are made from and which fills up with time.
//!
//! Each bucket is kept as the moment at which it is full again (the generic cell rate algorithm of ITU-T I.371): a take
//! moves that moment forward, and is refused where it would lie further ahead than the whole bucket takes to fill.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

use conversation::Timestamp;

/// The size of a bucket, and the microseconds until it holds one more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rate {
    burst: i64,
    interval: i64,
}

impl Rate {
    /// `burst` at once, then one each `interval` milliseconds.
    pub(crate) const fn each(burst: i64, interval: i64) -> Rate {
        Rate {
            burst,
            interval: interval * 1_000,
        }
    }

    /// So many a minute, and so many times as many at once. More than sixty million a minute is no limit.
    pub(crate) fn a_minute(many: u64, times: u64) -> Rate {
        let many = many.max(1);
        let cast = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        Rate {
            burst: cast(many.saturating_mul(times)),
            interval: cast(60_000_000 / many),
        }
    }

    /// So many an hour, all of them at once.
    pub(crate) fn an_hour(many: u64) -> Rate {
        let many = many.max(1);
        let cast = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        Rate {
            burst: cast(many),
            interval: cast(3_600_000_000 / many),
        }
    }

    pub(crate) fn times(self, weight: i64) -> Rate {
        Rate {
            burst: self.burst * weight,
            interval: self.interval / weight,
        }
    }

    fn cost(&self, amount: u64) -> i64 {
        i64::try_from(amount)
            .unwrap_or(i64::MAX)
            .saturating_mul(self.interval)
    }

    fn whole(&self) -> i64 {
        self.burst.saturating_mul(self.interval)
    }
}

/// Seconds until what was refused can be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wait(pub(crate) u64);

/// When full buckets are dropped from memory.
const MOST_KEPT: usize = 50_000;

#[derive(Debug)]
pub(crate) struct RateLimit<K> {
    full_at: Mutex<HashMap<K, i64>>,
}

impl<K> Default for RateLimit<K> {
    fn default() -> RateLimit<K> {
        RateLimit {
            full_at: Mutex::default(),
        }
    }
}

impl<K: Copy + Eq + Hash> RateLimit<K> {
    fn full_at(&self) -> MutexGuard<'_, HashMap<K, i64>> {
        self.full_at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the same amount from each bucket, or nothing from any.
    pub(crate) fn take(&self, buckets: &[(K, Rate)], amount: u64, now: Timestamp) -> Result<(), Wait> {
        let buckets: Vec<(K, Rate, u64)> = buckets.iter().map(|(key, rate)| (*key, *rate, amount)).collect();
        self.take_each(&buckets, now).map_err(|(_, wait)| wait)
    }

    /// Takes an amount from each bucket, or nothing from any: the bucket that takes longest to hold enough is named. Nothing can
    /// be had from a bucket that owes something.
    pub(crate) fn take_each(&self, buckets: &[(K, Rate, u64)], now: Timestamp) -> Result<(), (K, Wait)> {
        let now = micros(now);
        let mut full_at = self.full_at();
        if full_at.len() > MOST_KEPT {
            full_at.retain(|_, at| *at > now);
        }
        let waits = buckets.iter().map(|(key, rate, amount)| {
            let full = full_at.get(key).copied().unwrap_or(now).max(now);
            let wait = (full - now)
                .saturating_add(rate.cost(*amount))
                .saturating_sub(rate.whole());
            (*key, wait)
        });
        if let Some((key, wait)) = waits.max_by_key(|(_, wait)| *wait)
            && wait > 0
        {
            return Err((key, Wait(wait.unsigned_abs().div_ceil(1_000_000))));
        }
        for (key, rate, amount) in buckets {
            let full = full_at.entry(*key).or_insert(now);
            *full = (*full).max(now).saturating_add(rate.cost(*amount));
        }
        Ok(())
    }

    /// Takes an amount that was used already: the bucket may owe it.
    pub(crate) fn charge(&self, key: K, rate: Rate, amount: u64, now: Timestamp) {
        let now = micros(now);
        let mut full_at = self.full_at();
        let full = full_at.entry(key).or_insert(now);
        *full = (*full).max(now).saturating_add(rate.cost(amount));
    }

    /// Puts one back that was taken and not used.
    pub(crate) fn put_back(&self, key: &K, rate: Rate) {
        if let Some(full) = self.full_at().get_mut(key) {
            *full = full.saturating_sub(rate.cost(1));
        }
    }
}

fn micros(now: Timestamp) -> i64 {
    now.0.saturating_mul(1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);
    const RATE: Rate = Rate::each(10, 6_000);

    // I5
    #[test]
    fn amounts_are_taken_from_all_buckets_or_none_and_the_longest_wait_is_named() {
        let limit = RateLimit::default();
        let both = |anna, bram| limit.take_each(&[("anna", RATE, anna), ("bram", RATE, bram)], NOW);
        assert_eq!(both(4, 11), Err(("bram", Wait(6))));
        assert_eq!(both(13, 12), Err(("anna", Wait(18))));
        assert_eq!(both(10, 3), Ok(()));
        assert_eq!(both(0, 7), Ok(()));
    }

    // I5
    #[test]
    fn a_bucket_gives_what_it_holds_and_then_what_time_brings() {
        let limit = RateLimit::default();
        limit.take(&[("anna", RATE)], 7, NOW).unwrap();
        assert_eq!(limit.take(&[("anna", RATE)], 4, NOW), Err(Wait(6)));
        limit.take(&[("anna", RATE)], 3, NOW).unwrap();
        assert_eq!(limit.take(&[("anna", RATE)], 1, NOW), Err(Wait(6)));
        assert_eq!(limit.take(&[("anna", RATE)], 10, NOW.plus(59_999)), Err(Wait(1)));
        limit.take(&[("anna", RATE)], 10, NOW.plus(60_000)).unwrap();
        // More than it can ever hold is never given.
        assert!(limit.take(&[("bram", RATE)], 11, NOW).is_err());
    }

    // I5
    #[test]
    fn of_several_buckets_all_give_or_none() {
        let limit = RateLimit::default();
        limit.take(&[("anna", RATE)], 10, NOW).unwrap();
        assert!(limit.take(&[("bram", RATE), ("anna", RATE)], 1, NOW).is_err());
        limit.take(&[("bram", RATE)], 10, NOW).unwrap();
    }

    // I5
    #[test]
    fn a_bucket_that_owes_something_gives_nothing_until_then() {
        let limit = RateLimit::default();
        limit.charge("anna", RATE, 15, NOW);
        assert_eq!(limit.take(&[("anna", RATE)], 0, NOW), Err(Wait(30)));
        limit.take(&[("anna", RATE)], 0, NOW.plus(30_000)).unwrap();
        limit.put_back(&"anna", RATE);
        limit.take(&[("anna", RATE)], 1, NOW.plus(30_000)).unwrap();
    }

    // I5
    #[test]
    fn no_amount_and_no_rate_overflows() {
        let limit = RateLimit::default();
        for many in [0, 1, 60_000_001, u64::MAX] {
            let rate = Rate::a_minute(many, 16);
            limit.charge(many, rate, u64::MAX, NOW);
            limit.charge(many, rate, u64::MAX, NOW);
            let taken = limit.take(&[(many, rate)], u64::MAX, NOW);
            assert_eq!(taken.is_ok(), many > 60_000_000, "{many}");
        }
    }
}
