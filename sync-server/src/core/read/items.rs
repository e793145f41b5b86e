//! Items as one person sees them, and read markers of others: `GET /v1/items`, `GET /v1/items/{item}`, `POST
//! /v1/watch`.

use std::collections::HashSet;

use conversation::organisation::{Card, ItemCard, TeamCard};
use conversation::text::ITEM_LINK;
use conversation::visibility::standing;
use conversation::{ConversationId, ItemId, PersonId, State};
use protocol::items::{ItemAnswer, ItemConversation, MOST_CONVERSATIONS, SourceItem, SourceItemAnswer};
use protocol::sync::{Reader, WatchAnswer};

use crate::core::administer::Source;
use crate::core::frames::{Named, of_head, with_covers};
use crate::core::view::{Sees, Viewer};
use crate::core::{Core, CoreError};

/// Maximum number of participants named in one answer about an item. Conversations beyond it are left out, as those
/// after the first [`MOST_CONVERSATIONS`] are.
const MOST_NAMED: usize = 2_000;

impl Core {
    /// The given items that the person may see.
    pub fn items(&self, person: PersonId, items: &[ItemId]) -> Vec<ItemCard> {
        let directory = self.directory();
        let viewer = Viewer::of(person, &directory);
        let mut known = HashSet::new();
        items
            .iter()
            .filter(|item| known.insert(**item))
            .filter_map(|item| directory.item_card(*item, &viewer.memberships))
            .collect()
    }

    /// An item of the source system's own organisation, by its reference.
    pub fn source_item(&self, source: Source, reference: &str) -> Option<SourceItemAnswer> {
        let directory = self.directory();
        let item = directory.item_by_reference(source.organisation, reference)?;
        let own = directory.item(item)?;
        Some(SourceItemAnswer {
            item,
            address: format!("{ITEM_LINK}{item}"),
            registered: SourceItem {
                title: own.content.title.clone(),
                item_type: own.item_type.clone(),
                unit: Some(own.unit.to_string()),
                link: own.content.link.clone(),
                client: own.content.client.clone(),
                closed: own.closed,
            },
        })
    }

    /// An item and its conversations; `None` where the person may see nothing of either (P7).
    pub async fn item(&self, person: PersonId, item: ItemId) -> Result<Option<ItemAnswer>, CoreError> {
        let directory = self.directory();
        let viewer = Viewer::of(person, &directory);
        let card = directory.item_card(item, &viewer.memberships);
        // Without a right at the item only one's own conversations count: how many others there are must not show in the time that
        // an answer takes, which may be that there is nothing.
        let ids = match card {
            Some(_) => self.store.conversation_links(item.0).await?,
            None => self.store.own_conversation_links(item.0, person).await?,
        };
        let mut seen: Vec<(ConversationId, State, Sees)> = self
            .states(&ids)
            .await?
            .into_iter()
            .map(|(id, (state, _))| {
                let sees = viewer.sees(&state, &directory);
                (id, state, sees)
            })
            .filter(|(_, _, sees)| !sees.nothing())
            .collect();
        if card.is_none() && seen.is_empty() {
            return Ok(None);
        }
        let all = seen.iter().map(|(id, state, sees)| (*id, state, sees));
        let times = self.last_shown(all).await?;
        let mut conversations = Vec::with_capacity(seen.len());
        for (conversation, state, sees) in seen.drain(..) {
            let last_at = times.get(&conversation).copied().unwrap_or(state.last_at);
            conversations.push((last_at, conversation, state, sees));
        }
        conversations.sort_by_key(|(last_at, conversation, ..)| (std::cmp::Reverse(*last_at), *conversation));
        conversations.truncate(MOST_CONVERSATIONS);
        let mut named: Vec<Named> = Vec::new();
        let mut room = MOST_NAMED;
        let mut visible = Vec::with_capacity(conversations.len());
        for (last_at, conversation, state, sees) in conversations {
            let open = sees.open;
            // The latest conversation always: it has at most a thousand participants.
            let participants = if open { state.head.participants.len() } else { 0 };
            if participants > room {
                break;
            }
            room -= participants;
            if open {
                named.extend(of_head(&state.head));
            }
            visible.push(ItemConversation {
                conversation,
                last_at,
                subject: state.head.subject,
                participants: if open { state.head.participants } else { Vec::new() },
                takes_part: sees.takes_part,
                archived: open && state.head.archived.is_some(),
            });
        }
        let conversations = visible;
        let mut named: Vec<Named> = with_covers(named, &directory).collect();
        named.sort_unstable();
        named.dedup();
        let (mut cards, mut teams): (Vec<Card>, Vec<TeamCard>) = (Vec::new(), Vec::new());
        for named in named {
            match named {
                Named::Member(member) => cards.extend(directory.card(member)),
                Named::Team(team) => teams.extend(directory.team_card(team)),
            }
        }
        Ok(Some(ItemAnswer {
            item: card,
            conversations,
            cards,
            teams,
        }))
    }

    /// The read markers of the others, as far as the person sees the conversation; `None` if they see nothing of it.
    pub async fn readers(
        &self,
        person: PersonId,
        conversation: ConversationId,
    ) -> Result<Option<WatchAnswer>, CoreError> {
        let mut states = self.states(&[conversation]).await?;
        let Some((state, _)) = states.remove(&conversation) else {
            return Ok(None);
        };
        let directory = self.directory();
        let viewer = Viewer::of(person, &directory);
        let sees = viewer.sees(&state, &directory);
        // A former participant gets nothing about current ones.
        if sees.nothing() || !sees.open {
            return Ok(None);
        }
        let stored: std::collections::HashMap<_, _> =
            self.store.readers(conversation).await?.into_iter().collect();
        let mut readers: Vec<Reader> = Vec::new();
        for member in standing(&state.head, &state.head.participants, &*directory) {
            use conversation::DirectoryLookup as _;
            let Some(member) = directory.member(member).filter(|member| member.person != person) else {
                continue;
            };
            let read = stored.get(&member.person).copied().unwrap_or_default();
            readers.extend(sees.reader(&state, member.person, read, &directory));
        }
        Ok(Some(WatchAnswer { readers }))
    }
}
