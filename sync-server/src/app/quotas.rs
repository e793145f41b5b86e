//! Quotas of an account, so that no one account can make the server grow, or work, without end.
//!
//! * By time: the changes it asks for, the bytes it sends and the bytes it reads, and apart from them those of files; and by the hour
//!   the people and teams that the directory shows it, so that nobody copies the directory.
//! * By number: its personal fields ([`PersonalUsage`]), its sessions, where they begin
//!   ([`MOST_SESSIONS`]), and its files, where they begin ([`UploadQuota`]).
//!
//! A request over a quota is refused with the seconds until it can be had, and counted. What is being read goes on: the
//! account owes it, and the next request waits.
//!
//! [`PersonalUsage`]: crate::store::PersonalUsage
//! [`MOST_SESSIONS`]: crate::session::MOST_SESSIONS
//! [`UploadQuota`]: crate::store::UploadQuota

use std::sync::Arc;

use conversation::{PersonId, Timestamp};
use platform::Clock;

use super::counts::{Counts, Quota};
use crate::config::{AT_ONCE_SENT, Config};
use crate::rate_limit::{Rate, RateLimit, Wait};

/// Times the allowance of a minute that can be read at once: a device that was offline for a day has much to read.
const AT_ONCE_READ: u64 = 32;
/// The same of files: the largest of them twice.
const AT_ONCE_FILES: u64 = 8;
const KIB: u64 = 1024;

/// A request that is over a quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OverQuota {
    pub(crate) quota: Quota,
    pub(crate) seconds: u64,
}

impl OverQuota {
    pub(crate) fn why(&self) -> &'static str {
        match self.quota {
            Quota::Changes => "the account asks for more changes than its quota allows",
            Quota::Sent => "the account sends more than its quota allows",
            Quota::Read => "the account reads more than its quota allows",
            Quota::Files => "the account sends and fetches more of files than its quota allows",
            Quota::Found => {
                "the account was shown as many people and teams in the last hour as its quota allows"
            }
        }
    }
}

#[derive(Debug)]
pub(crate) struct Quotas {
    changes: Rate,
    /// In KiB, as all that follow.
    sent: Rate,
    read: Rate,
    files: Rate,
    /// In people and teams.
    found: Rate,
    limit: RateLimit<(PersonId, Quota)>,
    clock: Arc<dyn Clock>,
    counts: Arc<Counts>,
}

impl Quotas {
    pub(crate) fn new(config: &Config, clock: Arc<dyn Clock>, counts: Arc<Counts>) -> Quotas {
        let limits = &config.limits;
        Quotas {
            changes: Rate::a_minute(limits.changes_a_minute, AT_ONCE_SENT),
            sent: Rate::a_minute(limits.sent_a_minute / KIB, AT_ONCE_SENT),
            read: Rate::a_minute(limits.read_a_minute / KIB, AT_ONCE_READ),
            files: Rate::a_minute(config.attachments.bytes_a_minute / KIB, AT_ONCE_FILES),
            found: Rate::an_hour(limits.found_an_hour),
            limit: RateLimit::default(),
            clock,
            counts,
        }
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A request that asks for so many changes in so many bytes.
    pub(crate) fn send(&self, person: PersonId, changes: usize, bytes: usize) -> Result<(), OverQuota> {
        self.take(&[
            ((person, Quota::Changes), self.changes, changes as u64),
            ((person, Quota::Sent), self.sent, (bytes as u64).div_ceil(KIB)),
        ])
    }

    /// A request that will be answered with bytes, unless the account owes some.
    pub(crate) fn begin_read(&self, person: PersonId) -> Result<(), OverQuota> {
        self.take(&[((person, Quota::Read), self.read, 0)])
    }

    /// Bytes that an account was answered with.
    pub(crate) fn was_read(&self, person: PersonId, bytes: usize) {
        let amount = (bytes as u64).div_ceil(KIB);
        self.limit
            .charge((person, Quota::Read), self.read, amount, self.now());
    }

    /// A search of the directory, unless the account was shown too many already.
    pub(crate) fn begin_find(&self, person: PersonId) -> Result<(), OverQuota> {
        self.take(&[
            ((person, Quota::Read), self.read, 0),
            ((person, Quota::Found), self.found, 0),
        ])
    }

    /// People and teams that a search showed.
    pub(crate) fn was_found(&self, person: PersonId, count: usize) {
        self.limit
            .charge((person, Quota::Found), self.found, count as u64, self.now());
    }

    /// A request that sends or fetches bytes of a file, unless the account owes some.
    pub(crate) fn begin_transfer(&self, person: PersonId) -> Result<(), OverQuota> {
        self.take(&[((person, Quota::Files), self.files, 0)])
    }

    /// Bytes of a file that an account sent or fetched.
    pub(crate) fn was_transferred(&self, person: PersonId, bytes: usize) {
        let amount = (bytes as u64).div_ceil(KIB);
        self.limit
            .charge((person, Quota::Files), self.files, amount, self.now());
    }

    /// From each quota, or, where one is used up, from none.
    fn take(&self, amounts: &[((PersonId, Quota), Rate, u64)]) -> Result<(), OverQuota> {
        let taken = self.limit.take_each(amounts, self.now());
        taken.map_err(|((_, quota), Wait(seconds))| {
            self.counts.over_quota(quota);
            OverQuota { quota, seconds }
        })
    }
}
