//! The segments of a log that the device has, each verified and without gaps.
//!
//! A conversation is a list of segments: runs of places without gaps, each with the link before its first and the
//! link of its last. Runs are joined by their links, never by trust. Holes are the places between segments, and
//! between the anchor and the first.

use conversation::{Seq, SeqRange};
use protocol::sync::Anchor;
use trail::Digest;

use crate::cache::Segment;

/// Two runs do not hang together: one of them is not of this log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the runs of a log do not hang together")]
pub struct Mismatch;

/// Adds a run to the segments. It replaces the parts that it covers.
pub fn join(segments: &[Segment], new: Segment) -> Result<Vec<Segment>, Mismatch> {
    let mut joined = Vec::with_capacity(segments.len() + 1);
    let mut new = new;
    for &old in segments {
        if old.range.to.next() < new.range.from || new.range.to.next() < old.range.from {
            joined.push(old);
            continue;
        }
        check(&old, &new)?;
        if old.range.from < new.range.from {
            new.previous = old.previous;
        }
        if old.range.to > new.range.to {
            new.link = old.link;
        }
        let from = old.range.from.min(new.range.from);
        let to = old.range.to.max(new.range.to);
        new.range = SeqRange { from, to };
    }
    joined.push(new);
    joined.sort_by_key(|segment| segment.range.from);
    Ok(joined)
}

/// Two segments must agree on the places that both contain.
fn check(old: &Segment, new: &Segment) -> Result<(), Mismatch> {
    let edges = |segment: &Segment| {
        [
            (segment.range.from.previous(), segment.previous),
            (segment.range.to, segment.link),
        ]
    };
    let differ = |(place, link): (Seq, Digest)| {
        edges(new)
            .into_iter()
            .any(|(other, other_link)| other == place && other_link != link)
    };
    if edges(old).into_iter().any(differ) {
        Err(Mismatch)
    } else {
        Ok(())
    }
}

/// The places after the anchor, up to `last`, that are not there; the newest first.
pub fn holes(segments: &[Segment], anchor: &Anchor, last: Seq) -> Vec<SeqRange> {
    let mut holes = Vec::new();
    let mut next = anchor.number.next();
    for segment in segments {
        holes.extend(SeqRange::new(next, segment.range.from.previous().min(last)));
        next = next.max(segment.range.to.next());
    }
    holes.extend(SeqRange::new(next, last));
    holes.reverse();
    holes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn link(number: u64) -> Digest {
        trail::digest(&[&number.to_be_bytes()])
    }

    fn run(from: u64, to: u64) -> Segment {
        let range = SeqRange::new(Seq(from), Seq(to)).unwrap();
        Segment {
            range,
            previous: link(from - 1),
            link: link(to),
        }
    }

    // F3
    #[test]
    fn a_run_of_another_log_is_not_joined() {
        let mut foreign = run(4, 6);
        foreign.previous = link(99);
        assert_eq!(join(&[run(1, 3)], foreign), Err(Mismatch));
        let mut foreign = run(1, 3);
        foreign.link = link(99);
        assert_eq!(join(&[run(4, 6)], foreign), Err(Mismatch));
        // Not beside each other: nothing can be said yet.
        assert_eq!(join(&[run(5, 6)], foreign).unwrap().len(), 2);
    }

    proptest! {
        // F3
        #[test]
        fn runs_in_any_order_make_one_log(mut runs in prop::collection::vec((1..40_u64, 0..8_u64), 1..20)) {
            let mut segments = Vec::new();
            for (from, length) in &runs {
                segments = join(&segments, run(*from, from + length)).unwrap();
            }
            runs.sort();
            let anchor = Anchor { number: Seq(0), link: link(0) };
            let held = |n: u64| runs.iter().any(|(from, length)| (*from..=from + length).contains(&n));
            let missing: Vec<u64> =
                holes(&segments, &anchor, Seq(50)).iter().rev().flat_map(|r| r.from.0..=r.to.0).collect();
            let expected: Vec<u64> = (1..=50).filter(|n| !held(*n)).collect();
            prop_assert_eq!(missing, expected);
            for segment in &segments {
                prop_assert_eq!(segment.previous, link(segment.range.from.0 - 1));
                prop_assert_eq!(segment.link, link(segment.range.to.0));
            }
        }
    }
}
