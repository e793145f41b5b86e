//! The offsets that were seen: one bit for each.

#[derive(Debug, Default)]
pub(super) struct Offsets {
    bits: Vec<u64>,
    count: u64,
    last: u64,
}

/// Offsets of a database are without gaps. One far beyond all others is kept apart, so that it does not cost memory.
const FURTHEST: u64 = 1 << 33;

impl Offsets {
    pub(super) fn see(&mut self, offset: u64) {
        self.last = self.last.max(offset);
        if offset > FURTHEST {
            return;
        }
        let Ok(word) = usize::try_from(offset / 64) else {
            return;
        };
        if self.bits.len() <= word {
            self.bits.resize(word + 1, 0);
        }
        let (bits, bit) = (&mut self.bits[word], 1 << (offset % 64));
        self.count += u64::from(*bits & bit == 0);
        *bits |= bit;
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    pub(super) fn last(&self) -> u64 {
        self.last
    }

    /// The first of the offsets from 1 to `last` that was not seen.
    pub(super) fn first_missing(&self, last: u64) -> Option<u64> {
        let seen = |offset: u64| {
            let word = usize::try_from(offset / 64).ok()?;
            Some(self.bits.get(word)? & (1 << (offset % 64)) != 0)
        };
        (1..=last).find(|offset| seen(*offset) != Some(true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // A1
    #[test]
    fn the_first_offset_that_was_not_seen_is_missing() {
        let mut offsets = Offsets::default();
        assert_eq!(offsets.first_missing(0), None);
        assert_eq!(offsets.first_missing(1), Some(1));
        for offset in (1..=200).filter(|offset| *offset != 130) {
            offsets.see(offset);
        }
        offsets.see(7);
        assert_eq!((offsets.count(), offsets.last()), (199, 200));
        assert_eq!(offsets.first_missing(129), None);
        assert_eq!(offsets.first_missing(200), Some(130));
        offsets.see(130);
        assert_eq!(
            (offsets.first_missing(200), offsets.first_missing(201)),
            (None, Some(201))
        );
        offsets.see(u64::MAX);
        assert_eq!((offsets.count(), offsets.last()), (200, u64::MAX));
    }
}
