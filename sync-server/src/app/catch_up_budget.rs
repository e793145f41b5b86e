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
/// A part takes at most what is left of the budget, divided by this.
const SHARES: usize = 4;
const SMALLEST: usize = 4 * 1024;

/// The bytes of all parts together.
#[derive(Clone, Debug, Default)]
pub(crate) struct CatchUpBudget(Arc<AtomicUsize>);

/// The room of one part: of its bytes once it was read.
#[derive(Debug)]
pub(crate) struct Part {
    budget: CatchUpBudget,
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

    /// Room for the next part of a stream.
    pub(crate) fn part(&self) -> Part {
        let room = |held: usize| (MOST.saturating_sub(held) / SHARES).max(SMALLEST);
        let reserved = |held| Some(held + room(held));
        let held = match self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, reserved)
        {
            Ok(held) | Err(held) => held,
        };
        Part {
            budget: self.clone(),
            most: room(held),
        }
    }
}

impl Part {
    /// The part, which counts until the last of it was written.
    pub(crate) fn holding(mut self, bytes: Bytes) -> Bytes {
        self.budget.0.fetch_add(bytes.len(), Ordering::Relaxed);
        self.budget.0.fetch_sub(self.most, Ordering::Relaxed);
        self.most = bytes.len();
        Bytes::from_owner(Held { bytes, _room: self })
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.budget.0.fetch_sub(self.most, Ordering::Relaxed);
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

    // BP7
    #[test]
    fn a_thousand_parts_that_nobody_takes_hold_little_more_than_the_budget() {
        let budget = CatchUpBudget::default();
        let first = budget.part();
        assert_eq!(first.most, MOST / SHARES);
        let parts: Vec<Bytes> = (0..1_000)
            .map(|_| budget.part())
            .map(|part| {
                let bytes = vec![0; part.most];
                part.holding(bytes.into())
            })
            .collect();
        assert!(
            budget.held() <= MOST + 1_001 * SMALLEST,
            "{} bytes are held",
            budget.held()
        );
        assert_eq!(parts.last().map(Bytes::len), Some(SMALLEST));
        drop((first, parts));
        assert_eq!((budget.held(), budget.part().most), (0, MOST / SHARES));
    }

    // BP7
    #[test]
    fn a_part_counts_the_bytes_that_were_read_until_the_last_of_them_is_dropped() {
        let budget = CatchUpBudget::default();
        let mut bytes = budget.part().holding(Bytes::from_static(b"two frames"));
        assert_eq!(budget.held(), 10);
        let frame = bytes.split_to(3);
        drop(bytes);
        assert_eq!(budget.held(), 10);
        drop(frame);
        assert_eq!(budget.held(), 0);
    }
}
