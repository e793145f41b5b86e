//! Applies the frames of the server to the cache.
//!
//! A head replaces the viewer's state of a conversation; history fills the timeline and never changes state;
//! live events change both, by the same `Head::apply` that the server uses. If the user may see less than
//! before, everything of the conversation is purged at once and asked for again, so that old and new devices
//! hold the same.

#[cfg(test)]
mod batch_tests;
mod events;
pub mod follower;
pub mod frame_batch;
mod heads;
pub mod history;
pub mod modes;
pub(crate) mod named;
mod pending;
pub(crate) mod personal;
#[cfg(test)]
#[path = "sync_tests.rs"]
mod tests;

use std::collections::HashSet;

use conversation::{ConversationId, MembershipId, PersonId, Seq, Timestamp};
use protocol::sync::{Frame, Hole, Mode, Reader, SyncRequest};

use self::pending::PendingChanges;
use self::personal::{archived, archived_field};
use super::segments::holes;
use super::{Engine, Me, meta, put_json};
use crate::cache::{CacheError, Change, OutboxRow, RecoveredRow};
use crate::model::Connection;
use crate::model::Invalidated;

/// Why a stream cannot be gone on with.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// A frame is not of the protocol, or does not follow on the data here: begin the stream anew.
    #[error("the stream does not follow on what is here")]
    OutOfStep,
    /// The server was restored: nothing may be overwritten.
    #[error("the server was restored")]
    Restored,
    /// The server is a later one, and no longer serves this protocol.
    #[error("this version is too old for the server")]
    UpdateNeeded,
}

impl Engine {
    /// The request with which a stream begins.
    pub async fn sync_request(&self, mode: Mode) -> Result<SyncRequest, CacheError> {
        // A version before this one left out personal fields that it did not know, and a resumed stream brings none of them again.
        let fields = self.cache.meta(meta::FIELDS).await?;
        let resume = match fields.as_deref() {
            Some(personal::KEPT) => self.cache.meta(meta::RESUME).await?,
            _ => None,
        };
        let unheard = self.unheard().await?;
        {
            let mut live = self.live();
            live.unheard = unheard;
            live.headed = resume.is_none().then(HashSet::new);
            live.catching_up = true;
        }
        let mut holes = self.holes().await?;
        holes.truncate(protocol::MOST_HOLES);
        Ok(SyncRequest {
            protocol: protocol::VERSION,
            resume,
            holes,
            following: self.following().await?,
            mode,
        })
    }

    /// The places that should be here and are not; the newest conversations first.
    pub async fn holes(&self) -> Result<Vec<Hole>, CacheError> {
        let mut all = Vec::new();
        for row in self.cache.unsettled().await? {
            if row.restored {
                continue;
            }
            let conversation = row.id;
            let segments = self.cache.segments(conversation).await?;
            let missing = holes(&segments, &row.anchor, row.last);
            all.extend(
                row.wanted
                    .into_iter()
                    .chain(missing)
                    .map(|range| Hole { conversation, range }),
            );
        }
        Ok(all)
    }

    /// Takes one frame.
    pub async fn apply(&self, frame: Frame) -> Result<(), SyncError> {
        self.apply_all(vec![frame]).await
    }

    /// Applies consecutive frames, those about conversations in one transaction. If one cannot be applied,
    /// those before it are.
    pub async fn apply_all(&self, frames: Vec<Frame>) -> Result<(), SyncError> {
        let _writing = self.write_lock.lock().await;
        let mut pending = PendingChanges::default();
        for frame in frames {
            let taken = match frame {
                Frame::Cards { cards, teams } => {
                    pending.people = true;
                    pending.first.push(Change::PutCards(cards));
                    if !teams.is_empty() {
                        pending.first.push(Change::PutTeams(teams));
                    }
                    Ok(())
                }
                Frame::Head(head) => self.apply_head(*head, &mut pending).await,
                Frame::Events {
                    conversation,
                    from,
                    previous,
                    items,
                } => {
                    self.apply_events(conversation, from, previous, items, &mut pending)
                        .await
                }
                other => {
                    self.write_pending(&mut pending).await?;
                    self.apply_alone(other).await
                }
            };
            if taken.is_err() {
                self.write_pending(&mut pending).await?;
                return taken;
            }
        }
        self.write_pending(&mut pending).await
    }

    async fn write_pending(&self, pending: &mut PendingChanges) -> Result<(), SyncError> {
        let own = self.me().memberships;
        let (mut changes, changed) = pending.take(&own);
        changes.extend(self.note_named(std::mem::take(&mut pending.named)).await?);
        let lists =
            |change: &Change| matches!(change, Change::PutEntry(_, entry) if !entry.attachments.is_empty());
        let takes = |change: &Change| match change {
            Change::PutEntry(_, entry) => entry.edited || entry.deleted,
            Change::DropEntries(..) | Change::DropConversation(_) => true,
            _ => false,
        };
        let (files, gone) = (changes.iter().any(lists), changes.iter().any(takes));
        if !changes.is_empty() {
            self.cache.write(changes).await?;
        }
        if files {
            self.downloads.notify_one();
        }
        // Files of one's own that have arrived leave their uploads behind.
        if files || gone {
            self.unnamed.notify_one();
        }
        if std::mem::take(&mut pending.people) {
            self.invalidate(vec![Invalidated::People]);
        }
        for conversation in changed {
            self.invalidate_conversation(conversation);
        }
        Ok(())
    }

    /// Applies a frame that concerns more than a conversation's log.
    async fn apply_alone(&self, frame: Frame) -> Result<(), SyncError> {
        match frame {
            Frame::Hello {
                person,
                memberships,
                protocol,
                oldest,
                now,
                ..
            } => {
                if protocol::VERSION < oldest || protocol < protocol::OLDEST {
                    return Err(SyncError::UpdateNeeded);
                }
                self.time.hear(now);
                self.apply_hello(person, memberships).await
            }
            // Taken with what is pending.
            Frame::Cards { .. } | Frame::Head(_) | Frame::Events { .. } => Ok(()),
            Frame::Position {
                conversation,
                member,
                number,
                from,
            } => {
                let person = member;
                let from = from.unwrap_or_default();
                let reader = Reader { person, number, from };
                self.apply_position(conversation, reader).await
            }
            Frame::Personal { field, value } => self.apply_personal(&field, value.get()).await,
            Frame::Gone { conversation } => Ok(self.gone(conversation).await?),
            Frame::Alias { from, to } => self.apply_alias(from, to).await,
            Frame::Resume { token } => self.apply_resume(token).await,
            Frame::Current { at } => self.apply_current(at).await,
            Frame::Heartbeat { at } => Ok(self.current(at).await?),
            Frame::Restored { .. } => {
                self.cache
                    .write(vec![Change::PutMeta(meta::RESTORED, "1".into())])
                    .await?;
                self.live().restored = true;
                self.invalidate(vec![Invalidated::All]);
                Err(SyncError::Restored)
            }
        }
    }

    /// A slice of history that was asked for by itself.
    pub async fn apply_history(
        &self,
        conversation: ConversationId,
        answer: protocol::sync::HistoryAnswer,
    ) -> Result<(), SyncError> {
        let _writing = self.write_lock.lock().await;
        let Some(row) = self.row(conversation).await? else {
            return Ok(());
        };
        // Fetched under another access version: the head with the new one is on its way.
        if answer.access != row.access {
            return Ok(());
        }
        let mut pending = PendingChanges::default();
        self.apply_events(
            conversation,
            answer.from,
            answer.previous,
            answer.items,
            &mut pending,
        )
        .await?;
        self.write_pending(&mut pending).await
    }

    async fn apply_hello(&self, person: PersonId, memberships: Vec<MembershipId>) -> Result<(), SyncError> {
        let me = Me {
            person: Some(person),
            memberships,
        };
        if self.me() != me {
            let mut changes = vec![put_json(meta::ME, &me)?];
            // The set of senders whose messages count as unread has changed.
            for conversation in self.cache.conversation_ids().await? {
                let own = me.memberships.clone();
                changes.push(Change::Recount { conversation, own });
            }
            self.cache.write(changes).await?;
            self.live().me = me;
            self.invalidate(vec![Invalidated::Session]);
        }
        self.set_connection(Connection::Online);
        self.invalidate(vec![Invalidated::Items]);
        Ok(())
    }

    pub(crate) fn recount(&self, conversation: ConversationId) -> Change {
        Change::Recount {
            conversation,
            own: self.live().me.memberships.clone(),
        }
    }

    async fn apply_position(&self, conversation: ConversationId, reader: Reader) -> Result<(), SyncError> {
        let Some(mut row) = self.row(conversation).await? else {
            return Ok(());
        };
        if self.me().person != Some(reader.person) {
            self.heard_of_reader(row.id, reader);
            return Ok(());
        }
        let number = reader.number;
        if number <= row.read_sent {
            return Ok(());
        }
        let id = row.id;
        row.read = row.read.max(number);
        row.read_sent = number;
        self.cache
            .write(vec![Change::PutConversation(Box::new(row)), self.recount(id)])
            .await?;
        self.invalidate_conversation(id);
        Ok(())
    }

    /// One no longer sees it: it goes, and what was not sent keeps its text and the name of its destination; so does
    /// what was sent and not answered, since nobody knows.
    pub(super) async fn gone(&self, conversation: ConversationId) -> Result<(), CacheError> {
        let id = self.resolve(conversation).await?;
        let mut changes = vec![Change::DropConversation(id)];
        self.not_following(id, &mut changes).await?;
        // If it comes back it is still archived: the server sends that once.
        if let Some(at) = self.cache.conversation(id).await?.and_then(|row| row.archived_at) {
            let mut early = self.personal_in().await?;
            early.push((archived_field(id), at.to_string()));
            changes.push(put_json(meta::PERSONAL_IN, &early)?);
        }
        let rows = self.cache.outbox(Some(id)).await?;
        changes.extend(self.keep_texts(&rows, self.cache.draft(id).await?).await?);
        self.cache.write(changes).await?;
        self.unnamed.notify_one();
        self.invalidate(vec![Invalidated::Session]);
        self.invalidate_conversation(id);
        Ok(())
    }

    pub(super) async fn apply_alias(
        &self,
        from: ConversationId,
        to: ConversationId,
    ) -> Result<(), SyncError> {
        if from == to || self.cache.alias(from).await? == Some(to) {
            return Ok(());
        }
        let mut personal = self.personal_out().await?;
        let mut changes = self.rename(from, to, &mut personal).await?;
        changes.push(put_json(meta::PERSONAL_OUT, &personal)?);
        self.cache.write(changes).await?;
        self.invalidate(vec![Invalidated::Conversation { conversation: from }]);
        self.invalidate_conversation(to);
        Ok(())
    }

    /// All heads have arrived: a conversation that was accepted before the stream was asked for, and is not
    /// among them, will not come. After the heads of a first sync, conversations without one are no longer
    /// the user's; they are deleted before the token is stored, since a device that resumes with the token
    /// hears nothing more of them.
    async fn apply_resume(&self, token: String) -> Result<(), SyncError> {
        let unheard = std::mem::take(&mut self.live().unheard);
        for conversation in unheard {
            self.never_seen(conversation).await?;
        }
        let headed = self.live().headed.take();
        if let Some(headed) = headed {
            for id in self.cache.conversation_ids().await? {
                let local = self
                    .cache
                    .conversation(id)
                    .await?
                    .is_none_or(|row| row.last == Seq(0));
                if !local && !headed.contains(&id) {
                    self.gone(id).await?;
                }
            }
        }
        let changes = vec![
            Change::PutMeta(meta::RESUME, token),
            Change::PutMeta(meta::FIELDS, personal::KEPT.to_owned()),
        ];
        Ok(self.cache.write(changes).await?)
    }

    /// A start that waited here has become another conversation. If the user had archived it, the other one
    /// is archived.
    pub(super) async fn rename(
        &self,
        from: ConversationId,
        to: ConversationId,
        personal: &mut Vec<(String, String)>,
    ) -> Result<Vec<Change>, CacheError> {
        let local = self.cache.conversation(from).await?;
        if let Some(at) = local.and_then(|row| row.archived_at) {
            personal.retain(|(field, _)| archived(field) != Some(from));
            personal.push((archived_field(to), at.to_string()));
        }
        Ok(vec![Change::Rename { from, to }, Change::DropConversation(from)])
    }

    async fn apply_current(&self, at: Timestamp) -> Result<(), SyncError> {
        self.live().catching_up = false;
        self.current(at).await?;
        // A command may have waited for an event that arrived; files may be listed by messages that came.
        self.ring();
        self.downloads.notify_one();
        Ok(())
    }

    async fn current(&self, at: Timestamp) -> Result<(), CacheError> {
        self.time.hear(at);
        self.live().current_until = Some(at);
        let current = Change::PutMeta(meta::CURRENT, at.0.to_string());
        self.cache.write(vec![current, self.time_kept()?]).await?;
        self.invalidate(vec![Invalidated::SyncStatus]);
        Ok(())
    }
}

/// The part of an unsent command that is kept: its text, and the names of its files, for its author.
pub(crate) fn recovered(row: &OutboxRow, person: Option<PersonId>) -> Option<RecoveredRow> {
    use conversation::{Action, MessageId};
    let (id, text, written_at) = match &row.command.action {
        Action::Start {
            message: Some(message),
            ..
        }
        | Action::Post { message } => (message.id, message.text.clone(), message.written_at),
        // Not the id of the message: its own text may be kept, too, and so may another edit's.
        Action::Edit { text, .. } => (MessageId(row.command.id.0), text.clone(), row.given_at),
        _ => return None,
    };
    Some(RecoveredRow {
        id,
        destination: row.destination.clone(),
        text,
        attachments: row
            .command
            .action
            .attachments()
            .iter()
            .map(|file| file.name.clone())
            .collect(),
        written_at,
        perhaps_sent: row.sent_once,
        person,
    })
}
