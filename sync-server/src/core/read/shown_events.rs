//! Stored events, as one viewer sees them.

use std::collections::{HashMap, HashSet, VecDeque};

use conversation::visibility::{Shown, shown};
use conversation::{ConversationId, Header, Seq, State};
use futures_util::future::try_join;
use trail::{Digest, genesis};

use crate::core::encode::{Encoded, Parts};
use crate::core::frames::Named;
use crate::core::view::Sees;
use crate::core::{Core, CoreError};
use crate::seal::Part;
use crate::store::{KeyId, ReadRow, Slice};

/// Maximum size of a stored event in bytes: 20,000 characters of four bytes, and a header that names five hundred
/// people.
const LARGEST_EVENT: u64 = 160 * 1024;

/// Events after which a piece of slices ends.
const PIECE: u64 = 200;

/// Whole slices, in order, in pieces.
fn pieces(slices: &[Slice]) -> Vec<&[Slice]> {
    let mut events = 0;
    let ends = |before: &Slice, _: &Slice| {
        events += before.to.0 - before.from.0 + 1;
        let goes_on = events < PIECE;
        if !goes_on {
            events = 0;
        }
        goes_on
    };
    slices.chunk_by(ends).collect()
}

/// A run of events of one conversation, each as it is shown.
#[derive(Debug)]
pub(in crate::core) struct Run {
    pub(in crate::core) conversation: ConversationId,
    pub(in crate::core) from: Seq,
    pub(in crate::core) previous: Digest,
    pub(in crate::core) events: Vec<(Encoded, Shown)>,
}

impl Run {
    pub(in crate::core) fn shown(&self) -> impl Iterator<Item = (&Encoded, Shown)> + Clone {
        self.events.iter().map(|(event, shown)| (event, *shown))
    }

    /// The people and teams whose cards a viewer needs.
    pub(in crate::core) fn named(&self) -> impl Iterator<Item = Named> {
        let seen = self.events.iter().filter(|(_, shown)| *shown != Shown::Stub);
        seen.flat_map(|(event, _)| event.named.iter().copied())
    }
}

impl Core {
    /// The states of the conversations that exist.
    pub(in crate::core) async fn states(
        &self,
        ids: &[ConversationId],
    ) -> Result<HashMap<ConversationId, (State, Digest)>, CoreError> {
        let mut states = HashMap::with_capacity(ids.len());
        for row in self.store.conversations(ids).await? {
            let (state, _) = self.open_state(&row)?;
            states.insert(row.id, (state, row.link));
        }
        Ok(states)
    }

    /// Splits the slices into those that are read at once and the rest, in order. The first part has at most
    /// `most_events` events and `most_bytes` bytes, except for a single event; a slice is cut from its end.
    pub(in crate::core) async fn fitting(
        &self,
        slices: impl IntoIterator<Item = Slice>,
        most_events: u64,
        most_bytes: u64,
    ) -> Result<(Vec<Slice>, VecDeque<Slice>), CoreError> {
        let mut slices: VecDeque<Slice> = slices
            .into_iter()
            .filter(|slice| slice.from <= slice.to)
            .collect();
        let mut now: Vec<Slice> = Vec::new();
        let mut room = most_events;
        while room > 0
            && let Some(slice) = slices.pop_front()
        {
            let from = Seq(slice.to.0.saturating_sub(room - 1)).max(slice.from);
            room -= slice.to.0 - from.0 + 1;
            now.push(Slice { from, ..slice });
            if from > slice.from {
                let to = from.previous();
                slices.push_front(Slice { to, ..slice });
            }
        }
        // So few events cannot exceed the limit of bytes.
        if (most_events - room).saturating_mul(LARGEST_EVENT) <= most_bytes {
            return Ok((now, slices));
        }
        let fit = self.store.fitting(&now, most_bytes).await?;
        let mut left: VecDeque<Slice> = VecDeque::new();
        for (place, slice) in now.iter().enumerate() {
            match fit.get(place) {
                Some(fit) if fit.from > slice.from => left.push_back(Slice {
                    to: fit.from.previous(),
                    ..*slice
                }),
                Some(_) => {}
                None => left.push_back(*slice),
            }
        }
        left.extend(slices);
        Ok((fit, left))
    }

    /// Reads runs of stored events, in the order given. A slice of a conversation that is not in `sees` yields none.
    /// While the events of one piece are opened and encoded, the store reads the next.
    pub(in crate::core) async fn runs(
        &self,
        slices: &[Slice],
        sees: &HashMap<ConversationId, Sees>,
    ) -> Result<Vec<Run>, CoreError> {
        let slices: Vec<Slice> = slices
            .iter()
            .filter(|slice| sees.contains_key(&slice.conversation) && slice.from <= slice.to)
            .copied()
            .collect();
        let mut runs = Vec::with_capacity(slices.len());
        let mut pieces = pieces(&slices).into_iter();
        let mut ahead = match pieces.next() {
            Some(first) => Some((first, self.rows(first).await?)),
            None => None,
        };
        while let Some((piece, rows)) = ahead.take() {
            let encode = async { self.encode(piece, rows, sees, &mut runs) };
            ahead = match pieces.next() {
                Some(next) => {
                    let (rows, ()) = try_join(self.rows(next), encode).await?;
                    Some((next, rows))
                }
                None => {
                    encode.await?;
                    None
                }
            };
        }
        Ok(runs)
    }

    /// The rows of slices, each with the place before it, for its link.
    async fn rows(&self, slices: &[Slice]) -> Result<Vec<ReadRow>, CoreError> {
        let asked: Vec<Slice> = slices
            .iter()
            .map(|slice| Slice {
                from: slice.from.previous().max(Seq::FIRST),
                ..*slice
            })
            .collect();
        let rows = self.store.slices(&asked).await?;
        self.bring_keys(&rows).await?;
        Ok(rows)
    }

    fn encode(
        &self,
        slices: &[Slice],
        rows: Vec<ReadRow>,
        sees: &HashMap<ConversationId, Sees>,
        runs: &mut Vec<Run>,
    ) -> Result<(), CoreError> {
        let mut rows = rows.into_iter().peekable();
        for slice in slices {
            let mut previous = genesis(slice.conversation.as_bytes());
            let mut events = Vec::new();
            let mut expected = slice.from.previous().max(Seq::FIRST);
            while let Some(row) =
                rows.next_if(|row| row.conversation == slice.conversation && row.number == expected)
            {
                if row.number < slice.from {
                    previous = row.link;
                } else if let Some(sees) = sees.get(&row.conversation) {
                    events.push(self.shown(&row, sees)?);
                }
                if row.number == slice.to {
                    break;
                }
                expected = expected.next();
            }
            if !events.is_empty() {
                runs.push(Run {
                    conversation: slice.conversation,
                    from: slice.from,
                    previous,
                    events,
                });
            }
        }
        Ok(())
    }

    fn shown(&self, row: &ReadRow, sees: &Sees) -> Result<(Encoded, Shown), CoreError> {
        let header: Header =
            serde_json::from_str(&row.header).map_err(|_| CoreError::Broken("the header of an event"))?;
        let shown = shown(&sees.places, row.number, &header.kind);
        let opened = if shown == Shown::Whole && row.current {
            let key = self
                .ring
                .kept(row.key)
                .ok_or(CoreError::Broken("an event names no key"))?;
            Some(key.open_part(&row.conversation.0, row.number, Part::Content, &row.content)?)
        } else {
            None
        };
        let parts = Parts {
            number: row.number,
            version: row.version,
            header: &row.header,
            header_salt: &row.header_salt,
            content: opened.as_ref().map(|(salt, content)| (content.as_str(), salt)),
            content_commitment: &row.content_commitment,
            audit: &row.audit_commitment,
            body: &row.body,
        };
        Ok((Encoded::new(&parts, &header), shown))
    }

    pub(in crate::core) async fn bring_keys(&self, rows: &[ReadRow]) -> Result<(), CoreError> {
        let missing: HashSet<KeyId> = rows
            .iter()
            .map(|row| row.key)
            .filter(|id| self.ring.kept(*id).is_none())
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let mut missing: Vec<KeyId> = missing.into_iter().collect();
        missing.sort_unstable();
        for key in self.store.keys(&missing).await? {
            self.ring.key(&key)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn pieces_are_whole_slices_in_order_and_end_once_they_are_large_enough() {
        let slices: Vec<Slice> = [(1, 150), (4, 60), (7, 7), (1, 500), (2, 3)]
            .map(|(from, to)| Slice {
                conversation: ConversationId(Uuid::from_u128(u128::from(to))),
                from: Seq(from),
                to: Seq(to),
            })
            .into();
        let lengths: Vec<usize> = pieces(&slices).iter().map(|piece| piece.len()).collect();
        assert_eq!(lengths, [2, 2, 1]);
        assert_eq!(pieces(&slices).concat(), slices);
        assert!(pieces(&[]).is_empty());
    }
}
