//! Limits of sign-in attempts: guessing is slow, and nobody else is slowed.
//!
//! Each limit has a bucket that an attempt takes from and that fills up with time; a successful attempt puts back what
//! it took. Who guesses at one account from one network empties the bucket of both together, so that the account stays
//! within reach from elsewhere. The bucket of the account alone bounds guesses from many networks. A device that the
//! account has signed in on has a bucket of its own and asks no other: the right password typed there always gets in.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use conversation::{DeviceId, Timestamp};
use trail::Digest;

use super::IdentityError;
use crate::rate_limit::{Rate, RateLimit, Wait};

pub(super) const OF_ACCOUNT_AT_ONCE: usize = 10;
/// Of one account, from one device that it knows, or from one network.
const OF_ACCOUNT: Rate = Rate::each(OF_ACCOUNT_AT_ONCE as i64, 6_000);
/// Of one account, from all networks: as many wrong passwords in a row as NIST SP 800-63B, 3.2.2, allows, then a hundred an hour.
const OF_ACCOUNT_ANYWHERE: Rate = Rate::each(100, 36_000);
/// Of one network, on all accounts.
const OF_NETWORK: Rate = Rate::each(40, 1_500);
/// Requests to sign in of one network, before their bodies are read. A hospital is one network.
const OF_REQUESTS: Rate = Rate::each(600, 100);
/// IPv6 prefixes that providers give to one customer (RIPE-690, 4.2), with how many times the limit of a /64 each has.
const PREFIXES: [(u32, i64); 3] = [(64, 1), (56, 2), (48, 4)];
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
    fn rate(&self) -> Rate {
        match self {
            Bucket::KnownDevice(..) => OF_ACCOUNT,
            Bucket::AccountFrom(_, network) => OF_ACCOUNT.times(network.weight),
            Bucket::Account(_) => OF_ACCOUNT_ANYWHERE,
            Bucket::Network(network) => OF_NETWORK.times(network.weight),
            Bucket::Requests(network) => OF_REQUESTS.times(network.weight),
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Attempts(Arc<RateLimit<Bucket>>);

/// The tokens that one attempt took from its buckets. They go back unless a sign-in was tried and failed.
#[derive(Debug)]
pub struct Attempt {
    taken: Vec<(Bucket, Rate)>,
    limit: Arc<RateLimit<Bucket>>,
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
        if !self.tried {
            for (bucket, rate) in &self.taken {
                self.limit.put_back(bucket, *rate);
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
        let taken: Vec<(Bucket, Rate)> = buckets
            .into_iter()
            .map(|bucket| (bucket, bucket.rate()))
            .collect();
        let limit = Arc::clone(&self.0);
        match limit.take(&taken, 1, now) {
            Ok(()) => Ok(Attempt {
                taken,
                limit,
                tried: false,
            }),
            Err(Wait(seconds)) => Err(IdentityError::Wait { seconds }),
        }
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
