//! Frames as lines.

use std::collections::HashSet;

use bytes::Bytes;
use conversation::organisation::Directory;
use conversation::{Head, MembershipId, TeamId};
use protocol::sync::Frame;

/// Cards in one frame: with names as long as they may be, less than the largest frame.
const MOST_CARDS: usize = 25;

/// One line of a stream.
pub(super) fn push(out: &mut Vec<u8>, frame: &Frame) {
    // Writing to memory fails only for what cannot be JSON, and a frame always can.
    if serde_json::to_writer(&mut *out, frame).is_ok() {
        out.push(b'\n');
    }
}

/// A person or team that one must know to show something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Named {
    Member(MembershipId),
    Team(TeamId),
}

/// All whom a head names.
pub(super) fn of_head(head: &Head) -> impl Iterator<Item = Named> + '_ {
    let members = head.participants.iter().chain(&head.archived);
    let teams = head.teams.iter().copied().map(Named::Team);
    members.copied().map(Named::Member).chain(teams)
}

/// The cards of those that were not yet sent in this stream, which then were.
pub(super) fn push_cards(
    out: &mut Vec<u8>,
    sent: &mut HashSet<Named>,
    named: impl IntoIterator<Item = Named>,
    directory: &Directory,
) {
    let (mut cards, mut teams) = (Vec::new(), Vec::new());
    for named in named {
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

/// Lines for one write.
#[derive(Default)]
pub(super) struct Lines(Vec<Bytes>);

impl Lines {
    pub(super) fn push(&mut self, line: Bytes) {
        if !line.is_empty() {
            self.0.push(line);
        }
    }

    /// One alone is shared as it is.
    pub(super) fn joined(mut self) -> Option<Bytes> {
        match self.0.len() {
            0 => None,
            1 => self.0.pop(),
            _ => Some(Bytes::from(self.0.concat())),
        }
    }
}
