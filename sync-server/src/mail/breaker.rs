//! Pauses while a mail server fails: longer each time, with one mail as a trial after each pause.

use std::sync::{Mutex, MutexGuard, PoisonError};

use conversation::Timestamp;

use super::LONGEST_SEND;

/// The first and the longest pause.
const PAUSE: i64 = 5 * Timestamp::SECOND;
const LONGEST: i64 = 5 * Timestamp::MINUTE;

#[derive(Debug, Default)]
pub(super) struct Breaker {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    failures: u32,
    until: Timestamp,
    outage: Option<Outage>,
}

/// A mail server that fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outage {
    pub since: Timestamp,
    /// The codes of the last failure.
    pub fault: String,
}

/// The permission to try one mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pass {
    is_trial: bool,
}

impl Breaker {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `Err` with the codes of the last failure during a pause or a trial.
    pub(super) fn begin(&self, now: Timestamp) -> Result<Pass, String> {
        let mut inner = self.inner();
        let Some(outage) = &inner.outage else {
            return Ok(Pass { is_trial: false });
        };
        if now < inner.until {
            return Err(outage.fault.clone());
        }
        // A trial that is abandoned ends by itself.
        inner.until = now.plus(LONGEST_SEND);
        Ok(Pass { is_trial: true })
    }

    pub(super) fn works(&self) {
        let before = std::mem::take(&mut *self.inner());
        if before.outage.is_some() {
            tracing::info!("the mail server accepts mail again");
        }
    }

    pub(super) fn fails(&self, pass: Pass, now: Timestamp, fault: &str) {
        let mut inner = self.inner();
        // Of several that were under way as it began, one counts.
        if inner.outage.is_some() && !pass.is_trial {
            return;
        }
        inner.until = now.plus((PAUSE << inner.failures.min(10)).min(LONGEST));
        inner.failures += 1;
        let since = inner.outage.as_ref().map_or(now, |outage| outage.since);
        if inner.outage.is_none() {
            tracing::warn!(fault, "the mail server accepts no mail, which waits");
        }
        inner.outage = Some(Outage {
            since,
            fault: fault.to_owned(),
        });
    }

    pub(super) fn paused_until(&self, now: Timestamp) -> Option<Timestamp> {
        let inner = self.inner();
        (inner.outage.is_some() && now < inner.until).then_some(inner.until)
    }

    pub(super) fn outage(&self) -> Option<Outage> {
        self.inner().outage.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // N2
    #[test]
    fn pauses_double_up_to_five_minutes_with_one_trial_after_each() {
        let breaker = Breaker::default();
        let began = Timestamp(1_772_449_200_000);
        let mut now = began;
        let (one, other) = (breaker.begin(now).unwrap(), breaker.begin(now).unwrap());
        breaker.fails(one, now, "closed at connect");
        breaker.fails(other, now, "closed at connect");
        for seconds in [5, 10, 20, 40, 80, 160, 300, 300] {
            let until = now.plus(seconds * Timestamp::SECOND);
            assert_eq!(breaker.paused_until(now), Some(until));
            assert_eq!(breaker.begin(until.plus(-1)).unwrap_err(), "closed at connect");
            now = until;
            assert_eq!(breaker.paused_until(now), None);
            let trial = breaker.begin(now).unwrap();
            assert!(breaker.begin(now).is_err() && breaker.paused_until(now).is_some());
            breaker.fails(trial, now, "closed at connect");
        }
        assert_eq!(breaker.outage().unwrap().since, began);
        // A trial that never ended.
        now = breaker.paused_until(now).unwrap();
        breaker.begin(now).unwrap();
        now = now.plus(LONGEST_SEND);
        breaker.begin(now).unwrap();
        breaker.works();
        assert_eq!((breaker.outage(), breaker.paused_until(now)), (None, None));
        assert_eq!(breaker.begin(now), Ok(Pass { is_trial: false }));
    }
}
