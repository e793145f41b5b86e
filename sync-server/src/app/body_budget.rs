//! One budget of memory for all request bodies that are read or processed, in bytes; one sender gets a quarter at most.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use conversation::PersonId;
use protocol::error::ErrorCode;

use super::counts::{Counts, Unread};
use crate::config::tuning::Deadlines;

/// The share of one sender is the budget divided by this.
const SHARES: usize = 4;

/// The sender of a body, who has a share of the budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Sender {
    Person(PersonId),
    Address(IpAddr),
    /// A caller inside this process.
    Unknown,
}

/// The bodies that are being read or processed.
#[derive(Clone, Debug)]
pub(crate) struct BodyBudget(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    most: usize,
    deadlines: Deadlines,
    counts: Arc<Counts>,
    used: Mutex<Used>,
}

#[derive(Debug, Default)]
struct Used {
    all: usize,
    of: HashMap<Sender, usize>,
}

impl BodyBudget {
    pub(crate) fn new(body_bytes: usize, deadlines: Deadlines, counts: Arc<Counts>) -> BodyBudget {
        BodyBudget(Arc::new(Inner {
            most: body_bytes,
            deadlines,
            counts,
            used: Mutex::default(),
        }))
    }

    /// The bytes in use.
    pub(crate) fn held(&self) -> usize {
        self.used().all
    }

    fn used(&self) -> MutexGuard<'_, Used> {
        self.0.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn deadlines(&self) -> &Deadlines {
        &self.0.deadlines
    }

    pub(crate) fn begin(&self, sender: Sender) -> BudgetShare {
        BudgetShare {
            budget: self.clone(),
            sender,
            bytes: 0,
        }
    }
}

/// The part of the budget that a body uses, until it is dropped.
#[derive(Debug)]
pub(crate) struct BudgetShare {
    budget: BodyBudget,
    sender: Sender,
    bytes: usize,
}

impl BudgetShare {
    /// The bytes of the body so far.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes all of `bytes`, or nothing.
    pub(crate) fn take(&mut self, bytes: usize) -> Result<(), ErrorCode> {
        let most = self.budget.0.most;
        let mut used = self.budget.used();
        let own = used.of.get(&self.sender).copied().unwrap_or_default();
        if used.all + bytes > most || own + bytes > most / SHARES {
            drop(used);
            self.budget.0.counts.unread(Unread::OverBudget);
            return Err(ErrorCode::TooManyRequests);
        }
        used.all += bytes;
        used.of.insert(self.sender, own + bytes);
        drop(used);
        self.bytes += bytes;
        Ok(())
    }
}

impl Drop for BudgetShare {
    fn drop(&mut self) {
        let mut used = self.budget.used();
        used.all = used.all.saturating_sub(self.bytes);
        let own = used.of.get(&self.sender).copied().unwrap_or_default();
        match own.saturating_sub(self.bytes) {
            0 => used.of.remove(&self.sender),
            left => used.of.insert(self.sender, left),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bodies(most: usize) -> BodyBudget {
        BodyBudget::new(most, Deadlines::default(), Arc::new(Counts::default()))
    }

    fn person(number: u128) -> Sender {
        Sender::Person(PersonId(uuid::Uuid::from_u128(number)))
    }

    // I5
    #[test]
    fn all_bodies_together_stay_within_the_budget_and_one_sender_within_a_quarter() {
        let bodies = bodies(1_000);
        let mut anna = bodies.begin(person(1));
        anna.take(250).unwrap();
        assert_eq!(anna.take(1), Err(ErrorCode::TooManyRequests));
        // Also with another request of hers.
        assert_eq!(bodies.begin(person(1)).take(1), Err(ErrorCode::TooManyRequests));
        let mut others: Vec<BudgetShare> = (2..=4).map(|number| bodies.begin(person(number))).collect();
        for other in &mut others {
            other.take(250).unwrap();
        }
        assert_eq!(bodies.begin(person(9)).take(1), Err(ErrorCode::TooManyRequests));
        assert_eq!(bodies.held(), 1_000);
        // An answered request frees its share.
        drop(anna);
        bodies.begin(person(9)).take(1).unwrap();
        drop(others);
        assert_eq!(bodies.held(), 0);
        assert!(bodies.used().of.is_empty());
    }
}
