//! Frames of a stream, one per line.

use std::collections::HashSet;

use bytes::Bytes;
use conversation::organisation::{Cover, Directory};
use conversation::{Head, MembershipId, TeamId};
use protocol::sync::Frame;

/// Maximum number of cards in one frame: even with the longest names they fit into the largest frame.
const MOST_CARDS: usize = 25;

/// Appends one line to a stream.
pub(super) fn push(out: &mut Vec<u8>, frame: &Frame) {
    // Writing to memory fails only for values that JSON cannot express, and a frame has none.
    if serde_json::to_writer(&mut *out, frame).is_ok() {
        out.push(b'\n');
    }
}

/// A person or team whose card a viewer needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Named {
    Member(MembershipId),
    Team(TeamId),
}

/// Everybody whom a head names.
pub(super) fn of_head(head: &Head) -> impl Iterator<Item = Named> + '_ {
    let members = head.participants.iter().chain(&head.archived);
    let teams = head.teams.iter().copied().map(Named::Team);
    members.copied().map(Named::Member).chain(teams)
}

/// Those named and the ones who cover for them (O5).
pub(super) fn with_covers(
    named: impl IntoIterator<Item = Named>,
    directory: &Directory,
) -> impl Iterator<Item = Named> {
    named
        .into_iter()
        .flat_map(|named| [Some(named), cover_of(named, directory)])
        .flatten()
}

fn cover_of(named: Named, directory: &Directory) -> Option<Named> {
    let Named::Member(member) = named else {
        return None;
    };
    match directory.cover(member)? {
        Cover::Colleague { membership } => Some(Named::Member(membership)),
        Cover::Team { team } => Some(Named::Team(team)),
        Cover::Unknown => None,
    }
}

/// Appends the cards that this stream has not sent yet, and marks them as sent.
pub(super) fn push_cards(
    out: &mut Vec<u8>,
    sent: &mut HashSet<Named>,
    named: impl IntoIterator<Item = Named>,
    directory: &Directory,
) {
    let (mut cards, mut teams) = (Vec::new(), Vec::new());
    for named in with_covers(named, directory) {
        if sent.contains(&named) {
            continue;
        }
        match named {
            Named::Member(member) => cards.extend(directory.card(member)),
            Named::Team(team) => teams.extend(directory.team_card(team)),
        }
        sent.insert(named);
        if cards.len() + teams.len() == MOST_CARDS {
            let (cards, teams) = (std::mem::take(&mut cards), std::mem::take(&mut teams));
            push(out, &Frame::Cards { cards, teams });
        }
    }
    if !(cards.is_empty() && teams.is_empty()) {
        push(out, &Frame::Cards { cards, teams });
    }
}

/// The lines of one write.
#[derive(Default)]
pub(super) struct Lines(Vec<Bytes>);

impl Lines {
    pub(super) fn push(&mut self, line: Bytes) {
        if !line.is_empty() {
            self.0.push(line);
        }
    }

    /// A single line is shared without a copy.
    pub(super) fn joined(mut self) -> Option<Bytes> {
        match self.0.len() {
            0 => None,
            1 => self.0.pop(),
            _ => Some(Bytes::from(self.0.concat())),
        }
    }
}
