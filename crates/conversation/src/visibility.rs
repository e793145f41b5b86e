//! Visibility: the places of a conversation's log that each person sees (P5, P6, P7; rules 6 to 8 of the protocol).
//!
//! Every read on the server goes through [`places`] and [`shown`]; nothing else decides visibility.

use crate::event::{Kind, Shape};
use crate::ids::*;
use crate::lookup::DirectoryLookup;
use crate::places::Places;
use crate::state::{Head, State};

/// The places that a person sees. `memberships` are all of theirs; `analyse` is whether they now hold that permission
/// at the item.
///
/// * A deleted conversation: none.
/// * A group or direct conversation, while they take part: the intervals of their participation, and the places shared
///   with them; none after they left.
/// * An item's conversation: the same, also after they left; with `Analyse` all of it.
pub fn places(state: &State, memberships: &[MembershipId], analyse: bool) -> Places {
    let of_item = matches!(state.head.shape, Shape::Item { .. });
    if state.head.deleted {
        return Places::default();
    }
    if of_item && analyse {
        return Places::from_ranges(SeqRange::new(Seq::FIRST, state.last).into_iter().collect());
    }
    if !of_item && !memberships.iter().any(|member| state.takes_part(*member)) {
        return Places::default();
    }
    let mut ranges = Vec::new();
    for presence in memberships.iter().filter_map(|member| state.presence.get(member)) {
        ranges.extend(presence.seen(state.last));
    }
    Places::from_ranges(ranges)
}

/// Whether a member sees a place, by the rights of that membership alone.
pub fn sees(state: &State, member: MembershipId, number: Seq, lookup: &impl DirectoryLookup) -> bool {
    let analyse = match state.head.shape {
        Shape::Item { item } => lookup.rights(member, item).analyse,
        Shape::Direct | Shape::Group => false,
    };
    places(state, &[member], analyse).contains(number)
}

/// The memberships that do not take part, or whose participation still has a reason (O4): a member who left the team
/// that brought them in sees nothing more at once, even before the event that records it is written.
pub fn standing(
    head: &Head,
    memberships: &[MembershipId],
    lookup: &impl DirectoryLookup,
) -> Vec<MembershipId> {
    let has_ground = |member: &MembershipId| {
        let teams = head.by_team.get(member);
        teams.is_none_or(|teams| teams.iter().any(|team| lookup.in_team(*member, *team)))
    };
    memberships.iter().copied().filter(has_ground).collect()
}

/// The number of the last event that changed what the person may see here. With the version of the last change of their
/// rights it is the access version.
pub fn access_changed(state: &State, memberships: &[MembershipId]) -> Seq {
    memberships
        .iter()
        .filter_map(|member| state.presence.get(member))
        .map(|presence| presence.changed)
        .max()
        .unwrap_or_default()
}

/// The part of an event that a person gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The header and, while it is current, the content.
    Whole,
    /// The header, and the commitment to the content.
    HeaderOnly,
    /// The number and body hash: an event exists at this place.
    Stub,
}

/// The part of the event at `number` that a person who sees `places` gets.
///
/// An edit or deletion follows its target: a person who does not see the target gets a stub; one who does gets the
/// header, so that their device purges the old text, and the new text only if they see its own place too.
pub fn shown(places: &Places, number: Seq, kind: &Kind) -> Shown {
    let here = places.contains(number);
    match kind.target() {
        Some(target) => match (places.contains(target), here) {
            (false, _) => Shown::Stub,
            (true, true) => Shown::Whole,
            (true, false) => Shown::HeaderOnly,
        },
        None if here => Shown::Whole,
        None => Shown::Stub,
    }
}
