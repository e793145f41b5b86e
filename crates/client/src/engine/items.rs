//! Conversations that are open: those inside an item without taking part (P7), and the one whose readers the screen
//! shows (M9).

use conversation::ConversationId;
use protocol::sync::{Reader, WatchRequest};

use super::{Engine, meta, put_json, read_json};
use crate::cache::{CacheError, Change};
use crate::model::Invalidated;
use crate::ports::{Failure, Transport};
use protocol::session::Secret;

/// Conversations open at once without taking part, at most; the first opened is closed first.
const MOST: usize = 20;

impl Engine {
    pub(super) async fn following(&self) -> Result<Vec<ConversationId>, CacheError> {
        Ok(read_json(self.cache.as_ref(), meta::FOLLOWING)
            .await?
            .unwrap_or_default())
    }

    /// From now on the stream brings it along; it begins anew for that.
    pub(crate) async fn follow(&self, conversation: ConversationId) -> Result<(), CacheError> {
        let _writing = self.write_lock.lock().await;
        let mut following = self.following().await?;
        if following.contains(&conversation) {
            return Ok(());
        }
        let mut changes = Vec::new();
        if following.len() >= MOST {
            let first = following.remove(0);
            self.close(first, &mut changes).await?;
        }
        following.push(conversation);
        changes.push(put_json(meta::FOLLOWING, &following)?);
        self.cache.write(changes).await?;
        self.signed.notify_one();
        Ok(())
    }

    /// It is closed: where one takes no part, it leaves the device.
    pub(crate) async fn unfollow(&self, conversation: ConversationId) -> Result<(), CacheError> {
        let _writing = self.write_lock.lock().await;
        let mut changes = Vec::new();
        self.not_following(conversation, &mut changes).await?;
        if changes.is_empty() {
            return Ok(());
        }
        self.close(conversation, &mut changes).await?;
        self.cache.write(changes).await?;
        self.signed.notify_one();
        Ok(())
    }

    async fn close(&self, conversation: ConversationId, changes: &mut Vec<Change>) -> Result<(), CacheError> {
        let row = self.cache.conversation(conversation).await?;
        // Texts that were written there and could not be sent are kept with the unsent texts.
        if row.is_some_and(|row| row.via_item) {
            let rows = self.cache.outbox(Some(conversation)).await?;
            changes.push(Change::DropConversation(conversation));
            let draft = self.cache.draft(conversation).await?;
            changes.extend(self.keep_texts(&rows, draft).await?);
            self.unnamed.notify_one();
        }
        Ok(())
    }

    /// Takes it off the list, where it stands there.
    pub(super) async fn not_following(
        &self,
        conversation: ConversationId,
        changes: &mut Vec<Change>,
    ) -> Result<(), CacheError> {
        let mut following = self.following().await?;
        if following.contains(&conversation) {
            following.retain(|other| *other != conversation);
            changes.push(put_json(meta::FOLLOWING, &following)?);
        }
        Ok(())
    }

    /// The conversation on the screen now; its readers are asked of the server, and again when a stream
    /// begins.
    pub async fn watch(&self, transport: &dyn Transport, access: &Secret) -> Result<(), Failure> {
        let conversation = self.live().watching;
        let request = WatchRequest { conversation };
        let answer = transport.watch(access, &request).await?;
        let changed = {
            let mut live = self.live();
            let readers = answer.readers.iter().map(|reader| (reader.person, *reader));
            if live.watching == conversation {
                live.readers = readers.collect();
            }
            live.watching
        };
        self.invalidate(
            changed
                .map(|conversation| Invalidated::Readers { conversation })
                .into_iter()
                .collect(),
        );
        Ok(())
    }

    pub(crate) fn watching(&self, conversation: Option<ConversationId>) {
        let mut live = self.live();
        live.watching = conversation;
        live.readers.clear();
    }

    pub(super) fn heard_of_reader(&self, conversation: ConversationId, reported: Reader) {
        let heard = {
            let mut live = self.live();
            let watched = live.watching == Some(conversation);
            if watched {
                let reader = live.readers.entry(reported.person).or_insert(reported);
                reader.number = reported.number.max(reader.number);
                reader.from = reported.from;
            }
            watched
        };
        if heard {
            self.invalidate(vec![Invalidated::Readers { conversation }]);
        }
    }
}

#[cfg(test)]
#[path = "items_tests.rs"]
mod tests;
