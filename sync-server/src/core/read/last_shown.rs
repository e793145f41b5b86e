//! The time of acceptance of the last event that a person is shown (P5). An edit or deletion of a message that they do
//! not see is a stub to them: it shows that a place is taken, and not when.

use std::collections::HashMap;

use conversation::visibility::{Shown, shown};
use conversation::{ConversationId, Header, Seq, State, Timestamp};

use crate::core::view::Sees;
use crate::core::{Core, CoreError};
use crate::store::Slice;

/// Conversations looked up at once.
const AT_ONCE: usize = 100;
/// Places read per conversation in each round: there are few stubs at the end, unless somebody edits a lot.
const ROUNDS: [u64; 3] = [1, 16, 500];

/// A conversation whose last shown event is not found yet.
struct Search<'a> {
    conversation: ConversationId,
    sees: &'a Sees,
    /// The last place that was not looked at yet.
    to: Seq,
}

impl Core {
    /// The time of acceptance of the last shown event of each conversation.
    pub(in crate::core) async fn last_shown(
        &self,
        all: impl IntoIterator<Item = (ConversationId, &State, &Sees)>,
    ) -> Result<HashMap<ConversationId, Timestamp>, CoreError> {
        let mut found = HashMap::new();
        let mut searches: Vec<Search<'_>> = all
            .into_iter()
            .map(|(conversation, state, sees)| Search {
                conversation,
                sees,
                to: sees.last().min(state.last),
            })
            .collect();
        let mut rounds = ROUNDS.into_iter();
        let mut room = ROUNDS[0];
        while !searches.is_empty() {
            room = rounds.next().unwrap_or(room);
            let mut left = Vec::new();
            for some in searches.chunks(AT_ONCE) {
                left.extend(self.look_back(some, room, &mut found).await?);
            }
            searches = left;
        }
        Ok(found)
    }

    /// Runs one round; conversations without a result continue before it.
    async fn look_back<'a>(
        &self,
        searches: &[Search<'a>],
        room: u64,
        found: &mut HashMap<ConversationId, Timestamp>,
    ) -> Result<Vec<Search<'a>>, CoreError> {
        let slices: Vec<Slice> = searches
            .iter()
            .map(|search| Slice {
                conversation: search.conversation,
                from: Seq(search.to.0.saturating_sub(room - 1)).max(search.sees.anchor().next()),
                to: search.to,
            })
            .collect();
        let rows = self.store.slices(&slices).await?;
        let mut left = Vec::new();
        for (search, slice) in searches.iter().zip(&slices) {
            let own = rows.iter().rev().filter(|row| {
                row.conversation == search.conversation && search.sees.places.contains(row.number)
            });
            let mut last = None;
            for row in own {
                let header: Header = serde_json::from_str(&row.header)
                    .map_err(|_| CoreError::Broken("the header of an event"))?;
                if shown(&search.sees.places, row.number, &header.kind) != Shown::Stub {
                    last = Some(header.at);
                    break;
                }
            }
            match last {
                Some(at) => {
                    found.insert(search.conversation, at);
                }
                None if slice.from > search.sees.anchor().next() => left.push(Search {
                    to: slice.from.previous(),
                    ..*search
                }),
                // A person who sees anything sees the event that added them.
                None => return Err(CoreError::Broken("a conversation that is seen shows nothing")),
            }
        }
        Ok(left)
    }
}
