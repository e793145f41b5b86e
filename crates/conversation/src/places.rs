//! Sets of places in a conversation's log.

use crate::ids::*;

/// Ranges of places in ascending order, without overlap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places(Vec<SeqRange>);

impl Places {
    pub fn from_ranges(mut ranges: Vec<SeqRange>) -> Places {
        ranges.sort();
        let mut merged: Vec<SeqRange> = Vec::with_capacity(ranges.len());
        for range in ranges {
            match merged.last_mut() {
                Some(last) if range.from <= last.to.next() => last.to = last.to.max(range.to),
                _ => merged.push(range),
            }
        }
        Places(merged)
    }

    pub fn ranges(&self) -> &[SeqRange] {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn contains(&self, number: Seq) -> bool {
        let after = self.0.partition_point(|range| range.to < number);
        self.0.get(after).is_some_and(|range| range.contains(number))
    }

    /// The places that are also in `range`.
    pub fn within(&self, range: SeqRange) -> Vec<SeqRange> {
        self.0
            .iter()
            .filter_map(|own| SeqRange::new(own.from.max(range.from), own.to.min(range.to)))
            .collect()
    }

    /// The last of these places up to a number.
    pub fn last_up_to(&self, number: Seq) -> Option<Seq> {
        let begun = self.0.iter().take_while(|range| range.from <= number).last();
        begun.map(|range| range.to.min(number))
    }

    /// The first of these places from a number.
    pub fn first_from(&self, number: Seq) -> Option<Seq> {
        let open = self.0.iter().find(|range| range.to >= number);
        open.map(|range| range.from.max(number))
    }

    /// The first of these places.
    pub fn first(&self) -> Option<Seq> {
        self.0.first().map(|range| range.from)
    }
}
