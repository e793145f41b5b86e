//! A copy of the tables, for verification. Nobody else can write to them, so each row is the server's own.

use conversation::{ConversationId, Seq};
use futures_util::FutureExt as _;

use super::tables::Tables;
use crate::store::integrity::Tally;
use crate::store::*;

pub(super) struct MemorySnapshot(pub(super) Tables);

fn ready<'a, T: Send + 'a>(answer: T) -> StoreFuture<'a, T> {
    std::future::ready(Ok(answer)).boxed()
}

impl Snapshot for MemorySnapshot {
    fn tally(&mut self) -> StoreFuture<'_, Option<Tally>> {
        ready(Some(Tally::of_events(
            self.0.events.len() as u64,
            self.0.organisation_events.len() as u64,
        )))
    }

    fn counts(&mut self) -> StoreFuture<'_, Counts> {
        ready(Counts {
            events: self.0.events.len() as u64,
            states: self.0.conversations.len() as u64,
            participants: self.0.participants.len() as u64,
            links: self.0.conversation_links.len() as u64,
            pairs: self.0.direct_conversations.len() as u64,
            urgent: self.0.urgent.len() as u64,
        })
    }

    fn conversation_ids(
        &mut self,
        after: Option<ConversationId>,
        most: u32,
    ) -> StoreFuture<'_, Vec<ConversationId>> {
        let ids = self.0.conversations.keys().copied();
        let ids = ids.filter(|id| after.is_none_or(|after| *id > after));
        ready(ids.take(most as usize).collect())
    }

    fn conversation(&mut self, id: ConversationId) -> StoreFuture<'_, Option<StoredConversation>> {
        let Some(row) = self.0.conversations.get(&id) else {
            return ready(None);
        };
        let participants = self.0.participants.iter();
        let participants = participants.filter(|((_, conversation), _)| *conversation == id);
        let links = self.0.conversation_links.iter();
        let pairs = self.0.direct_conversations.iter();
        ready(Some(StoredConversation {
            row: row.clone(),
            genuine: true,
            participants: participants
                .map(|((person, _), row)| (*person, row.open, row.offset))
                .collect(),
            links: links
                .filter(|(_, conversation)| *conversation == id)
                .map(|(subject, _)| *subject)
                .collect(),
            pairs: pairs
                .filter(|(_, conversation)| **conversation == id)
                .map(|(pair, _)| *pair)
                .collect(),
            urgent: self
                .0
                .urgent
                .range((id, Seq(0))..=(id, Seq(u64::MAX)))
                .map(|(_, row)| *row)
                .collect(),
        }))
    }

    fn events(&mut self, id: ConversationId, after: Seq, most: u32) -> StoreFuture<'_, Vec<StoredEvent>> {
        let places = (id, after.next())..=(id, Seq(u64::MAX));
        let rows = self.0.events.range(places).take(most as usize);
        let rows = rows.map(|(place, row)| StoredEvent {
            offset: self.0.offsets.get(place).copied().unwrap_or_default(),
            row: row.clone(),
            genuine: true,
        });
        ready(rows.collect())
    }

    fn organisation_events(
        &mut self,
        after: u64,
        most: u32,
    ) -> StoreFuture<'_, Vec<(u64, OrganisationRow, bool)>> {
        let rows = self.0.organisation_events.range(after + 1..).take(most as usize);
        ready(rows.map(|(offset, row)| (*offset, row.clone(), true)).collect())
    }

    fn key(&mut self, id: KeyId) -> StoreFuture<'_, Option<KeyRow>> {
        ready(self.0.keys.get(&id).cloned())
    }

    fn keys(&mut self, after: Option<KeyId>, most: u32) -> StoreFuture<'_, Vec<KeyRow>> {
        let rows = self.0.keys.values();
        let rows = rows.filter(|row| after.is_none_or(|after| row.id > after));
        ready(rows.take(most as usize).cloned().collect())
    }

    fn summed_rows(&mut self, _: Option<Tally>) -> StoreFuture<'_, Vec<RowFault>> {
        ready(Vec::new())
    }
}
