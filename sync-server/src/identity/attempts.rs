//! Limits of sign-in attempts: guessing is slow, and nobody else is slowed.
//!
//! Each limit has a bucket that an attempt takes from and that fills up with time; a successful attempt puts back what
//! it took. Who guesses at one account from one network empties the bucket of both together, so that the account stays
//! within reach from elsewhere. The bucket of the account alone bounds guesses from many networks. A device that the
//! account has signed in on has a bucket of its own and asks no other: the right password typed there always gets in.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

use conversation::{DeviceId, Timestamp};
use trail::Digest;

use super::IdentityError;

/// The number of attempts at once, and the milliseconds until the next.
struct Limit {
    burst: i64,
    interval: i64,
}

pub(super) const OF_ACCOUNT_AT_ONCE: usize = 10;
/// Of one account, from one device that it knows, or from one network.
const OF_ACCOUNT: Limit = Limit {
    burst: OF_ACCOUNT_AT_ONCE as i64,
    interval: 6_000,
};
/// Of one account, from all networks: as many wrong passwords in a row as NIST SP 800-63B, 3.2.2, allows, then a hundred an hour.
const OF_ACCOUNT_ANYWHERE: Limit = Limit {
    burst: 100,
    interval: 36_000,
};
/// Of one network, on all accounts.
const OF_NETWORK: Limit = Limit {
    burst: 40,
    interval: 1_500,
};
/// Requests to sign in of one network, before their bodies are read. A hospital is one network.
const OF_REQUESTS: Limit = Limit {
    burst: 600,
    interval: 100,
};
/// IPv6 prefixes that providers give to one customer (RIPE-690, 4.2), with how many times the limit of a /64 each has.
const PREFIXES: [(u32, i64); 3] = [(64, 1), (56, 2), (48, 4)];
/// Maximum number of buckets in memory; full ones are dropped first.
const MOST_KEPT: usize = 50_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Bucket {
    /// An account, by a digest of its login, from a device that it has signed in on.
    KnownDevice(Digest, DeviceId),
    /// An account from one network.
    AccountFrom(Digest, Network),
    Account(Digest),
    Network(Network),
    Requests(Network),
}

/// An IPv4 address, or an IPv6 prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Network {
    address: IpAddr,
    /// Times the limit of one address.
    weight: i64,
}

impl Bucket {
    fn limit(&self) -> Limit {
        let times = |limit: Limit, weight: i64| Limit {
            burst: limit.burst * weight,
            interval: limit.interval / weight,
        };
        match self {
            Bucket::KnownDevice(..) => OF_ACCOUNT,
            Bucket::AccountFrom(_, network) => times(OF_ACCOUNT, network.weight),
            Bucket::Account(_) => OF_ACCOUNT_ANYWHERE,
            Bucket::Network(network) => times(OF_NETWORK, network.weight),
            Bucket::Requests(network) => times(OF_REQUESTS, network.weight),
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
    /// Takes a guess at anything from the networks of an address.
    pub(super) fn of_network(
        &self,
        address: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<Attempt, IdentityError> {
        self.begin(networks(address).map(Bucket::Network).collect(), now)
    }

    /// Takes a request to sign in from the networks of an address.
    pub(super) fn of_requests(
        &self,
        address: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<Attempt, IdentityError> {
        self.begin(networks(address).map(Bucket::Requests).collect(), now)
    }

    /// Takes a guess at an account's password from a device that it has signed in on.
    pub(super) fn of_known_device(
        &self,
        login: &str,
        device: DeviceId,
        now: Timestamp,
    ) -> Result<Attempt, IdentityError> {
        self.begin(vec![Bucket::KnownDevice(account(login), device)], now)
    }

    /// Takes a guess at an account's password from anywhere else.
    pub(super) fn of_account(
        &self,
        login: &str,
        address: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<Attempt, IdentityError> {
        let account = account(login);
        let from = networks(address)
            .flat_map(|network| [Bucket::Network(network), Bucket::AccountFrom(account, network)]);
        self.begin(from.chain([Bucket::Account(account)]).collect(), now)
    }

    /// Takes one from each bucket, or from none.
    fn begin(&self, buckets: Vec<Bucket>, now: Timestamp) -> Result<Attempt, IdentityError> {
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

fn account(login: &str) -> Digest {
    trail::digest(&[login.as_bytes()])
}

/// The networks that an address counts for: an attacker with one IPv6 address has those of its whole prefix, and one customer of
/// a provider may have many prefixes.
fn networks(address: Option<IpAddr>) -> impl Iterator<Item = Network> {
    let address = address.map(|address| address.to_canonical());
    let prefixes: &[(u32, i64)] = match address {
        Some(IpAddr::V6(_)) => &PREFIXES,
        Some(IpAddr::V4(_)) => &PREFIXES[..1],
        None => &[],
    };
    prefixes.iter().filter_map(move |(length, weight)| {
        Some(Network {
            address: prefix(address?, *length),
            weight: *weight,
        })
    })
}

/// An IPv6 network of 64 bits counts as one address.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    prefix(address.to_canonical(), 64)
}

/// An IPv4 address is whole.
fn prefix(address: IpAddr, length: u32) -> IpAddr {
    match address {
        IpAddr::V6(address) => {
            let bits = address.to_bits() & (u128::MAX << (128 - length));
            IpAddr::V6(Ipv6Addr::from_bits(bits))
        }
        address => address,
    }
}

#[cfg(test)]
#[path = "attempts_tests.rs"]
mod tests;
