//! Frames become what the cache holds.
//!
//! A head replaces the viewer's state of a conversation; history fills the timeline and never changes state; what
//! comes live changes both, by the same `Head::apply` that the server uses. Where what one may see has shrunk, all
//! that was seen is purged at once and asked for again, so that old and new devices hold the same.

mod events;
pub mod gathered;
mod pending;
#[cfg(test)]
#[path = "take_tests.rs"]
mod tests;
#[cfg(test)]
mod together_tests;

use std::collections::HashSet;

use conversation::{ConversationId, MembershipId, Number, PersonId, Range, Timestamp};
use protocol::sync::{ConversationHead, Frame, Hole, Mode, SyncRequest};

use self::pending::Pending;
use super::segments::holes;
use super::{Engine, Me, meta, put_json, read_json};
use crate::cache::{CacheError, Change, ConversationRow, OutboxRow, RescuedRow};
use crate::door::Stale;
use crate::door::view::Connection;

/// Why a stream cannot be gone on with.
#[derive(Debug, thiserror::Error)]
pub enum TakeError {
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// What came is not of the protocol, or does not follow on what is here: begin the stream anew.
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
    /// What to ask for when a stream begins.
    pub async fn sync_request(&self, mode: Mode) -> Result<SyncRequest, CacheError> {
        let resume = self.cache.meta(meta::RESUME).await?;
        {
            let mut live = self.live();
            live.headed = resume.is_none().then(HashSet::new);
            live.catching_up = true;
        }
        let mut holes = self.holes().await?;
        holes.truncate(protocol::MOST_HOLES);
        Ok(SyncRequest {
            protocol: protocol::VERSION,
            resume,
            holes,
            following: Vec::new(),
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
    pub async fn take(&self, frame: Frame) -> Result<(), TakeError> {
        self.take_all(vec![frame]).await
    }

    /// Takes frames that came one after the other, what they tell of conversations in one transaction. Where one
    /// cannot be taken, those before it are.
    pub async fn take_all(&self, frames: Vec<Frame>) -> Result<(), TakeError> {
        let _writing = self.writing.lock().await;
        let mut pending = Pending::default();
        for frame in frames {
            let taken = match frame {
                Frame::Cards { cards } => {
                    pending.first.push(Change::PutCards(cards));
                    Ok(())
                }
                Frame::Head(head) => self.take_head(*head, &mut pending).await,
                Frame::Events {
                    conversation,
                    from,
                    previous,
                    items,
                } => {
                    self.take_events(conversation, from, previous, items, &mut pending)
                        .await
                }
                other => {
                    self.write_pending(&mut pending).await?;
                    self.take_alone(other).await
                }
            };
            if taken.is_err() {
                self.write_pending(&mut pending).await?;
                return taken;
            }
        }
        self.write_pending(&mut pending).await
    }

    async fn write_pending(&self, pending: &mut Pending) -> Result<(), TakeError> {
        let own = self.me().memberships;
        let (changes, changed) = pending.take(&own);
        if !changes.is_empty() {
            self.cache.write(changes).await?;
        }
        for conversation in changed {
            self.tell_conversation(conversation);
        }
        Ok(())
    }

    /// What tells of more than a conversation's log.
    async fn take_alone(&self, frame: Frame) -> Result<(), TakeError> {
        match frame {
            Frame::Hello {
                person,
                memberships,
                protocol,
                oldest,
                ..
            } => {
                if protocol::VERSION < oldest || protocol < protocol::OLDEST {
                    return Err(TakeError::UpdateNeeded);
                }
                self.take_hello(person, memberships).await
            }
            // Taken with what is pending.
            Frame::Cards { .. } | Frame::Head(_) | Frame::Events { .. } => Ok(()),
            Frame::Position {
                conversation,
                member,
                number,
            } => self.take_position(conversation, member, number).await,
            Frame::Personal { field, value } => self.take_personal(&field, value.get()).await,
            Frame::Gone { conversation } => self.take_gone(conversation).await,
            Frame::Alias { from, to } => self.take_alias(from, to).await,
            Frame::Resume { token } => self.take_resume(token).await,
            Frame::Current { at } => self.take_current(at).await,
            Frame::Heartbeat { at } => Ok(self.current(at).await?),
            Frame::Restored { .. } => {
                self.cache
                    .write(vec![Change::PutMeta(meta::RESTORED, "1".into())])
                    .await?;
                self.live().restored = true;
                self.tell(vec![Stale::All]);
                Err(TakeError::Restored)
            }
        }
    }

    /// A stretch of history that was asked for by itself.
    pub async fn take_history(
        &self,
        conversation: ConversationId,
        answer: protocol::sync::HistoryAnswer,
    ) -> Result<(), TakeError> {
        let _writing = self.writing.lock().await;
        let Some(row) = self.row(conversation).await? else {
            return Ok(());
        };
        // Fetched under another access version: the head that tells of it is on its way.
        if answer.access != row.access {
            return Ok(());
        }
        let mut pending = Pending::default();
        self.take_events(
            conversation,
            answer.from,
            answer.previous,
            answer.items,
            &mut pending,
        )
        .await?;
        self.write_pending(&mut pending).await
    }

    async fn take_hello(&self, person: PersonId, memberships: Vec<MembershipId>) -> Result<(), TakeError> {
        let me = Me {
            person: Some(person),
            memberships,
        };
        if self.me() != me {
            let mut changes = vec![put_json(meta::ME, &me)?];
            // Whose messages count as unread has changed.
            for conversation in self.cache.conversation_ids().await? {
                let own = me.memberships.clone();
                changes.push(Change::Recount { conversation, own });
            }
            self.cache.write(changes).await?;
            self.live().me = me;
            self.tell(vec![Stale::Session]);
        }
        self.set_connection(Connection::Online);
        Ok(())
    }

    async fn take_head(&self, head: ConversationHead, pending: &mut Pending) -> Result<(), TakeError> {
        let id = head.conversation;
        if let Some(headed) = &mut self.live().headed {
            headed.insert(id);
        }
        let old = pending.exact(self, id).await?.map(|held| held.row.clone());
        let held = match old {
            Some(old) if old.last > Number(0) => {
                let known_less = head.last.number < old.last;
                let differs = head.last.number == old.last && head.last.link != old.last_link;
                if known_less || differs {
                    return self.mark_restored(id, pending).await;
                }
                let mut dropped = Vec::new();
                let row = self.under_new_access(old, &head, &mut dropped);
                if dropped.is_empty() {
                    pending.go_on(row)
                } else {
                    self.write_pending(pending).await?;
                    pending.first = dropped;
                    pending.begin(row)
                }
            }
            local => pending.begin(self.first_seen(local, &head)),
        };
        held.recount |= held.has_entries() && held.row.read < head.read;
        let row = &mut held.row;
        row.last = head.last.number;
        row.last_link = head.last.link;
        row.receipt = Some(head.last);
        row.head = head.head;
        row.visible = head.visible;
        row.open = head.open;
        row.item_title = head.item_title;
        row.read = row.read.max(head.read);
        row.read_sent = row.read_sent.max(head.read);
        if let [a, b] = row.head.participants[..] {
            row.pair = (row.head.shape == conversation::Shape::Direct).then(|| (a.min(b), a.max(b)));
        }
        // Whoever reads it next reads what is left of it.
        if let Some(early) = self.apply_early(row).await? {
            pending.first.push(early);
            self.write_pending(pending).await?;
        }
        Ok(())
    }

    /// A conversation of which nothing is here yet, but perhaps its start on the way out.
    fn first_seen(&self, local: Option<ConversationRow>, head: &ConversationHead) -> ConversationRow {
        let local_at = local.as_ref().map(|row| row.last_at);
        ConversationRow {
            id: head.conversation,
            head: head.head.clone(),
            last: head.last.number,
            last_link: head.last.link,
            receipt: Some(head.last),
            access: head.access,
            visible: head.visible.clone(),
            open: head.open,
            anchor: head.anchor,
            pair: None,
            item_title: None,
            read: Number(0),
            read_sent: Number(0),
            archived_at: local.and_then(|row| row.archived_at),
            restored: false,
            wanted: None,
            last_at: local_at.unwrap_or_default().max(head.last.at),
            last_message: None,
            unread: 0,
        }
    }

    /// What the device holds, it holds under an access version: under another, it purges and asks again.
    fn under_new_access(
        &self,
        mut row: ConversationRow,
        head: &ConversationHead,
        changes: &mut Vec<Change>,
    ) -> ConversationRow {
        if row.access == head.access {
            return row;
        }
        let keeps = |held: &Range| {
            head.visible
                .iter()
                .any(|seen| seen.from <= held.from && held.to <= seen.to)
        };
        let whole = row.visible.iter().all(keeps);
        let anchored = row.anchor == head.anchor;
        row.access = head.access;
        row.anchor = head.anchor;
        if whole && anchored {
            // More is seen: ask for it all again, edits of it included, and show meanwhile what is there.
            row.wanted = Range::new(head.anchor.number.next(), row.last);
        } else {
            row.wanted = None;
            changes.extend(Range::new(Number::FIRST, row.last).map(|all| Change::DropEntries(row.id, all)));
            changes.push(Change::PutSegments(row.id, Vec::new()));
        }
        row
    }

    async fn mark_restored(&self, id: ConversationId, pending: &mut Pending) -> Result<(), TakeError> {
        self.write_pending(pending).await?;
        if let Some(mut row) = self.cache.conversation(id).await? {
            row.restored = true;
            let change = Change::PutConversation(Box::new(row));
            self.cache.write(vec![change]).await?;
            self.tell_conversation(id);
        }
        Ok(())
    }

    pub(crate) fn recount(&self, conversation: ConversationId) -> Change {
        Change::Recount {
            conversation,
            own: self.live().me.memberships.clone(),
        }
    }

    async fn take_position(
        &self,
        conversation: ConversationId,
        member: PersonId,
        number: Number,
    ) -> Result<(), TakeError> {
        let Some(mut row) = self.row(conversation).await? else {
            return Ok(());
        };
        if self.me().person != Some(member) || number <= row.read_sent {
            return Ok(());
        }
        let id = row.id;
        row.read = row.read.max(number);
        row.read_sent = number;
        self.cache
            .write(vec![Change::PutConversation(Box::new(row)), self.recount(id)])
            .await?;
        self.tell_conversation(id);
        Ok(())
    }

    /// The last that the server accepted wins, and the stream tells in that order, one's own included. What was set here
    /// and still waits stands until its answer; what came meanwhile is true then, and one's own, where that was later,
    /// comes after it.
    async fn take_personal(&self, field: &str, value: &str) -> Result<(), TakeError> {
        let Some(id) = archived(field) else {
            return Ok(());
        };
        let id = self.resolve(id).await?;
        for (waiting, _) in self.personal_out().await? {
            if let Some(other) = archived(&waiting)
                && self.resolve(other).await? == id
            {
                self.live().met.insert(waiting, value.to_owned());
                return Ok(());
            }
        }
        let Some(mut row) = self.cache.conversation(id).await? else {
            let mut early = self.personal_in().await?;
            early.retain(|(other, _)| other != field);
            early.push((field.to_owned(), value.to_owned()));
            return Ok(self
                .cache
                .write(vec![put_json(meta::PERSONAL_IN, &early)?])
                .await?);
        };
        row.archived_at = archived_at(value);
        self.cache
            .write(vec![Change::PutConversation(Box::new(row))])
            .await?;
        self.tell_conversation(id);
        Ok(())
    }

    /// Fields were told, and nothing newer waits: what the stream told of them meanwhile is true.
    pub(super) async fn apply_met(
        &self,
        told: &[(String, String)],
        waiting: &[(String, String)],
        changes: &mut Vec<Change>,
    ) -> Result<(), CacheError> {
        for (field, _) in told {
            if waiting.iter().any(|(other, _)| other == field) {
                continue;
            }
            let met = self.live().met.remove(field);
            let (Some(value), Some(id)) = (met, archived(field)) else {
                continue;
            };
            let id = self.resolve(id).await?;
            let changed = changes.iter_mut().rev().find_map(|change| match change {
                Change::PutConversation(row) if row.id == id => Some(row),
                _ => None,
            });
            if let Some(row) = changed {
                row.archived_at = archived_at(&value);
            } else if let Some(mut row) = self.cache.conversation(id).await? {
                row.archived_at = archived_at(&value);
                changes.push(Change::PutConversation(Box::new(row)));
            }
        }
        Ok(())
    }

    /// Fields of one's own state that came before their conversation: field and JSON.
    async fn personal_in(&self) -> Result<Vec<(String, String)>, CacheError> {
        Ok(read_json(self.cache.as_ref(), meta::PERSONAL_IN)
            .await?
            .unwrap_or_default())
    }

    /// The conversation has come: what came before it is true of it now.
    async fn apply_early(&self, row: &mut ConversationRow) -> Result<Option<Change>, CacheError> {
        let mut early = Vec::new();
        let all = self.personal_in().await?;
        let held = all.len();
        for (field, value) in all {
            match archived(&field) {
                Some(id) if self.resolve(id).await? == row.id => row.archived_at = archived_at(&value),
                _ => early.push((field, value)),
            }
        }
        if early.len() == held {
            return Ok(None);
        }
        put_json(meta::PERSONAL_IN, &early).map(Some)
    }

    /// One no longer sees it: it goes, and what was not sent keeps its text and the name of its destination; so does
    /// what was sent and not answered, since nobody knows.
    async fn take_gone(&self, conversation: ConversationId) -> Result<(), TakeError> {
        let id = self.resolve(conversation).await?;
        let mut changes = vec![Change::DropConversation(id)];
        // Should it come back, it is still archived: the server tells of that once.
        if let Some(at) = self.cache.conversation(id).await?.and_then(|row| row.archived_at) {
            let mut early = self.personal_in().await?;
            early.push((format!("archived/{id}"), at.to_string()));
            changes.push(put_json(meta::PERSONAL_IN, &early)?);
        }
        let rows = self.cache.outbox(Some(id)).await?;
        changes.extend(self.set_aside(&rows, self.cache.draft(id).await?));
        self.cache.write(changes).await?;
        self.tell(vec![Stale::Session]);
        self.tell_conversation(id);
        Ok(())
    }

    pub(super) async fn take_alias(&self, from: ConversationId, to: ConversationId) -> Result<(), TakeError> {
        if from == to || self.cache.alias(from).await? == Some(to) {
            return Ok(());
        }
        let mut personal = self.personal_out().await?;
        let mut changes = self.rename(from, to, &mut personal).await?;
        changes.push(put_json(meta::PERSONAL_OUT, &personal)?);
        self.cache.write(changes).await?;
        self.tell(vec![Stale::Conversation { conversation: from }]);
        self.tell_conversation(to);
        Ok(())
    }

    /// All heads were told. After those of a first sync, what the server did not tell of is no longer one's own; it goes
    /// before the token is kept, since who comes back with that is not told of it again.
    async fn take_resume(&self, token: String) -> Result<(), TakeError> {
        let headed = self.live().headed.take();
        if let Some(headed) = headed {
            for id in self.cache.conversation_ids().await? {
                let local = self
                    .cache
                    .conversation(id)
                    .await?
                    .is_none_or(|row| row.last == Number(0));
                if !local && !headed.contains(&id) {
                    self.take_gone(id).await?;
                }
            }
        }
        Ok(self
            .cache
            .write(vec![Change::PutMeta(meta::RESUME, token)])
            .await?)
    }

    /// A start that waited here has become another conversation. Where one had archived it, that is told of the other.
    pub(super) async fn rename(
        &self,
        from: ConversationId,
        to: ConversationId,
        personal: &mut Vec<(String, String)>,
    ) -> Result<Vec<Change>, CacheError> {
        let local = self.cache.conversation(from).await?;
        if let Some(at) = local.and_then(|row| row.archived_at) {
            personal.retain(|(field, _)| archived(field) != Some(from));
            personal.push((format!("archived/{to}"), at.to_string()));
        }
        Ok(vec![Change::Rename { from, to }, Change::DropConversation(from)])
    }

    async fn take_current(&self, at: Timestamp) -> Result<(), TakeError> {
        self.live().catching_up = false;
        self.current(at).await?;
        // What arrived may have held something back.
        self.bell.notify_one();
        Ok(())
    }

    async fn current(&self, at: Timestamp) -> Result<(), CacheError> {
        self.live().current_until = Some(at);
        self.cache
            .write(vec![Change::PutMeta(meta::CURRENT, at.0.to_string())])
            .await?;
        self.tell(vec![Stale::Truth]);
        Ok(())
    }
}

/// The conversation that a field says of whether it is archived for oneself.
fn archived(field: &str) -> Option<ConversationId> {
    field.strip_prefix("archived/").and_then(|id| id.parse().ok())
}

fn archived_at(value: &str) -> Option<Number> {
    serde_json::from_str::<Option<Number>>(value).unwrap_or_default()
}

/// What is kept of a command that will not be sent: its text, for whom it is of.
pub(crate) fn rescued(row: &OutboxRow, person: Option<PersonId>) -> Option<RescuedRow> {
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
    Some(RescuedRow {
        id,
        destination: row.destination.clone(),
        text,
        written_at,
        perhaps_sent: row.sent_once,
        person,
    })
}
