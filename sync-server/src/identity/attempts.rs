//! Sign-in attempts, limited by account and by address: guessing is slow, and nobody else is slowed.
//!
//! Each has a bucket that an attempt takes from and that fills up with time; a successful attempt puts back what it
//! took.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use conversation::Timestamp;
use trail::Digest;

use super::IdentityError;

/// The number of attempts at once, and the milliseconds until the next.
struct Limit {
    burst: i64,
    interval: i64,
}

pub(super) const OF_ACCOUNT_AT_ONCE: usize = 10;
const OF_ACCOUNT: Limit = Limit {
    burst: OF_ACCOUNT_AT_ONCE as i64,
    interval: 6_000,
};
const OF_ADDRESS: Limit = Limit {
    burst: 40,
    interval: 1_500,
};
/// Maximum number of buckets in memory; full ones are dropped first.
const MOST_KEPT: usize = 50_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Bucket {
    /// A digest of the login.
    Account(Digest),
    Address(IpAddr),
}

impl Bucket {
    fn limit(&self) -> &'static Limit {
        match self {
            Bucket::Account(_) => &OF_ACCOUNT,
            Bucket::Address(_) => &OF_ADDRESS,
        }
    }
}

/// The time at which each bucket is full again.
type FullAt = Mutex<HashMap<Bucket, Timestamp>>;

#[derive(Debug, Default)]
pub(super) struct Attempts(Arc<FullAt>);

/// The tokens that one attempt took from its buckets. They go back unless a sign-in was tried and failed.
#[derive(Debug)]
pub struct Attempt {
    taken: Vec<Bucket>,
    full_at: Arc<FullAt>,
    tried: bool,
}

impl Attempt {
    /// Marks the attempt as used, unless `succeeded` follows.
    pub(super) fn try_it(&mut self) {
        self.tried = true;
    }

    pub(super) fn succeeded(mut self) {
        self.tried = false;
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if self.tried {
            return;
        }
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        for bucket in &self.taken {
            if let Some(full) = full_at.get_mut(bucket) {
                *full = full.plus(-bucket.limit().interval);
            }
        }
    }
}

impl Attempts {
    /// Takes an attempt from the account's and the address's bucket, or from neither.
    pub(super) fn begin(
        &self,
        login: Option<&str>,
        address: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<Attempt, IdentityError> {
        let account = login.map(|login| Bucket::Account(trail::digest(&[login.as_bytes()])));
        let address = address.map(|address| Bucket::Address(network(address)));
        let buckets: Vec<Bucket> = account.into_iter().chain(address).collect();
        let mut full_at = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if full_at.len() > MOST_KEPT {
            full_at.retain(|_, at| *at > now);
        }
        let wait = buckets
            .iter()
            .map(|bucket| {
                let limit = bucket.limit();
                let full = full_at.get(bucket).copied().unwrap_or(now).max(now);
                full.since(now) + limit.interval - limit.burst * limit.interval
            })
            .max()
            .unwrap_or_default();
        if wait > 0 {
            let seconds = (wait.unsigned_abs()).div_ceil(1_000);
            return Err(IdentityError::Wait { seconds });
        }
        for bucket in &buckets {
            let full = full_at.entry(*bucket).or_insert(now);
            *full = (*full).max(now).plus(bucket.limit().interval);
        }
        drop(full_at);
        Ok(Attempt {
            taken: buckets,
            full_at: Arc::clone(&self.0),
            tried: false,
        })
    }
}

/// A whole IPv6 network counts as one address: an attacker with one address has all of them.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(address) => IpAddr::V4(address),
            None => {
                let mut segments = address.segments();
                segments[4..].fill(0);
                IpAddr::V6(segments.into())
            }
        },
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Attempts {
        fn fail(&self, login: &str, from: Option<IpAddr>, now: Timestamp) -> Result<(), IdentityError> {
            let mut attempt = self.begin(Some(login), from, now)?;
            attempt.try_it();
            Ok(())
        }
    }

    fn address(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    // I1
    #[test]
    fn an_account_under_attack_waits_and_no_other_account_is_slowed() {
        let attempts = Attempts::default();
        let now = Timestamp(1_000_000);
        for _ in 0..10 {
            attempts.fail("anna@a.nl", address("192.0.2.1"), now).unwrap();
        }
        let refused = attempts.fail("anna@a.nl", address("192.0.2.1"), now);
        assert!(matches!(refused, Err(IdentityError::Wait { seconds: 6 })));
        // Bram is another account, also from there; Anna's account is guarded from anywhere.
        attempts.fail("bram@a.nl", address("192.0.2.1"), now).unwrap();
        assert!(attempts.fail("anna@a.nl", address("192.0.2.9"), now).is_err());
        // After a while there is one attempt more, and only one.
        let later = now.plus(6_000);
        attempts.fail("anna@a.nl", address("192.0.2.1"), later).unwrap();
        assert!(attempts.fail("anna@a.nl", address("192.0.2.1"), later).is_err());
    }

    // I1
    #[test]
    fn signing_in_rightly_uses_nothing_up() {
        let attempts = Attempts::default();
        let now = Timestamp(1_000_000);
        for _ in 0..1_000 {
            let mut attempt = attempts
                .begin(Some("anna@a.nl"), address("192.0.2.1"), now)
                .unwrap();
            attempt.try_it();
            attempt.succeeded();
            // Nor does an attempt in which nothing was tried, as where its body could not be read.
            drop(attempts.begin(None, address("192.0.2.1"), now).unwrap());
        }
    }

    // I1
    #[test]
    fn an_address_that_tries_many_accounts_waits() {
        let attempts = Attempts::default();
        let now = Timestamp(1_000_000);
        for number in 0..40 {
            let login = format!("anna{number}@a.nl");
            attempts
                .fail(&login, address(&format!("2001:db8::{number:x}")), now)
                .unwrap();
        }
        assert!(
            attempts
                .fail("bram@a.nl", address("2001:db8::ffff"), now)
                .is_err()
        );
        attempts
            .fail("bram@a.nl", address("2001:db8:0:1::1"), now)
            .unwrap();
    }
}
