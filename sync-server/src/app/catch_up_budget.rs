//! One budget of memory for what was read for streams that catch up and that their clients have not taken yet, in bytes.
//!
//! A stream reads its next part only once the part before is written, so a stream whose client reads holds its part for
//! a moment. One whose client does not read holds it until it is cut off: the more is held in all, the smaller the next
//! parts, down to [`SMALLEST`], at which many streams cost little each and still move on.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;

/// Maximum bytes of all parts, except for the smallest of each stream.
const MOST: usize = 4 * 1024 * 1024;
/// The same of the streams of one person.
const MOST_OF_PERSON: usize = MOST / 8;
/// A part takes at most what is left of the budget, divided by this.
const SHARES: usize = 4;
const SMALLEST: usize = 4 * 1024;

/// The bytes of all parts together.
#[derive(Clone, Debug, Default)]
pub(crate) struct CatchUpBudget(Arc<AtomicUsize>);

/// The bytes of the parts of one person.
#[derive(Clone, Debug, Default)]
pub(crate) struct HeldByPerson(Arc<AtomicUsize>);

/// The room of one part: of its bytes once it was read.
#[derive(Debug)]
pub(crate) struct Part {
    all: CatchUpBudget,
    own: HeldByPerson,
    /// Maximum bytes of the part, except for its last frame.
    pub(crate) most: usize,
}

/// A part that was read; gives its room back when the last of it was written, or the stream ended.
#[derive(Debug)]
struct Held {
    bytes: Bytes,
    _room: Part,
}

impl CatchUpBudget {
    /// The bytes held.
    pub(crate) fn held(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Room for the next part of a stream. Streams that ask at once may together pass the budget by a share each.
    pub(crate) fn part(&self, own: &HeldByPerson) -> Part {
        let left = MOST.saturating_sub(self.held()) / SHARES;
        let own_left = MOST_OF_PERSON.saturating_sub(own.0.load(Ordering::Relaxed));
        let part = Part {
            all: self.clone(),
            own: own.clone(),
            most: left.min(own_left).max(SMALLEST),
        };
        part.count(part.most);
        part
    }
}

impl Part {
    /// The part, which counts until the last of it was written.
    pub(crate) fn holding(mut self, bytes: Bytes) -> Bytes {
        self.count(bytes.len());
        self.uncount();
        self.most = bytes.len();
        Bytes::from_owner(Held { bytes, _room: self })
    }

    fn count(&self, bytes: usize) {
        self.all.0.fetch_add(bytes, Ordering::Relaxed);
        self.own.0.fetch_add(bytes, Ordering::Relaxed);
    }

    fn uncount(&self) {
        self.all.0.fetch_sub(self.most, Ordering::Relaxed);
        self.own.0.fetch_sub(self.most, Ordering::Relaxed);
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.uncount();
    }
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A part that nobody takes.
    fn untaken(budget: &CatchUpBudget, own: &HeldByPerson) -> Bytes {
        let part = budget.part(own);
        let bytes = vec![0; part.most];
        part.holding(bytes.into())
    }

    // BP7
    #[test]
    fn a_thousand_parts_that_nobody_takes_hold_little_more_than_the_budget() {
        let budget = CatchUpBudget::default();
        let people: Vec<HeldByPerson> = (0..50).map(|_| HeldByPerson::default()).collect();
        let parts: Vec<Bytes> = (0..1_000)
            .map(|stream| untaken(&budget, &people[stream % people.len()]))
            .collect();
        assert_eq!(parts[0].len(), MOST_OF_PERSON);
        let held = budget.held();
        assert!(held <= MOST + 1_000 * SMALLEST, "{held} bytes are held");
        assert_eq!(parts.last().map(Bytes::len), Some(SMALLEST));
        drop(parts);
        assert_eq!((budget.held(), budget.part(&people[0]).most), (0, MOST_OF_PERSON));
    }

    // BP7
    #[test]
    fn the_parts_of_one_person_leave_the_budget_to_others() {
        let (budget, anna, bram) = (
            CatchUpBudget::default(),
            HeldByPerson::default(),
            HeldByPerson::default(),
        );
        let parts: Vec<Bytes> = (0..80).map(|_| untaken(&budget, &anna)).collect();
        assert_eq!(parts.last().map(Bytes::len), Some(SMALLEST));
        assert_eq!(budget.part(&bram).most, MOST_OF_PERSON);
    }

    // BP7
    #[test]
    fn a_part_counts_the_bytes_that_were_read_until_the_last_of_them_is_dropped() {
        let (budget, anna) = (CatchUpBudget::default(), HeldByPerson::default());
        let mut bytes = budget.part(&anna).holding(Bytes::from_static(b"two frames"));
        let held = || (budget.held(), anna.0.load(Ordering::Relaxed));
        assert_eq!(held(), (10, 10));
        let frame = bytes.split_to(3);
        drop(bytes);
        assert_eq!(held(), (10, 10));
        drop(frame);
        assert_eq!(held(), (0, 0));
    }
}
