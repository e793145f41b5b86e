//! Frames as lines.

use bytes::Bytes;
use conversation::MembershipId;
use conversation::organisation::Directory;
use protocol::sync::Frame;

/// One line of a stream.
pub(super) fn push(out: &mut Vec<u8>, frame: &Frame) {
    // Writing to memory fails only for what cannot be JSON, and a frame always can.
    if serde_json::to_writer(&mut *out, frame).is_ok() {
        out.push(b'\n');
    }
}

/// The cards of those that were not yet sent in this stream, which then were.
pub(super) fn push_cards<'a>(
    out: &mut Vec<u8>,
    sent: &mut std::collections::HashSet<MembershipId>,
    members: impl IntoIterator<Item = &'a MembershipId>,
    directory: &Directory,
) {
    let cards: Vec<_> = members
        .into_iter()
        .filter(|member| !sent.contains(member))
        .filter_map(|member| directory.card(*member))
        .collect();
    let mut fresh = Vec::with_capacity(cards.len());
    for card in cards {
        if sent.insert(card.membership) {
            fresh.push(card);
        }
    }
    if !fresh.is_empty() {
        push(out, &Frame::Cards { cards: fresh });
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
