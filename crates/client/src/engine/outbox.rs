//! The outbox: commands on their way to the server, each sent in order and done once.
//!
//! ```text
//!   given ──► Waiting ──taken along──► Sending ──accepted──► Accepted ──its event arrives──► (gone)
//!                │ ▲                    │    │
//!                │ └───no answer────────┘    └──refused──► Refused ──tried again──► Waiting
//!                │
//!                ├─older than a day──► Stale ──"send it still"──► Waiting
//!                └─behind a stale one─► Held ──"send it still", or the stale one is gone──► Waiting
//! ```
//!
//! From every state but Sending and Accepted a command can be withdrawn, unless it was sent once and its
//! answer got lost: the server may have it, and its text, written anew, would appear twice. An accepted
//! command leaves without its event if the user no longer sees that. One request is in flight at a time, so
//! that commands are sent in order; a request without an answer is sent again with the same ids, and gets the
//! same answer. A request that the server refuses as a whole is halved until the command at fault is alone,
//! and that one is refused. A command is never changed once given: only a refused one that is tried again
//! gets a new id, since its refusal is remembered.
//!
//! A command that lists files waits for them ([`uploads`](super::uploads)), and holds back no text that has nothing to do
//! with it. While it can be taken back it is Waiting, too, and has a time at which it leaves (W3).

use std::collections::{HashMap, HashSet};

use conversation::{Action, Command, CommandId, ConversationId, MessageId, Refusal, Seq, Timestamp};
use protocol::commands::{Answer, CommandsAnswer, CommandsRequest, Personal, ReadPosition, Receipt};
use protocol::error::ErrorCode;

use super::gate::Gate;
use super::{Engine, meta, put_json, read_json};
use crate::cache::{CacheError, Change, OutboxRow, OutboxState};
use crate::model::Invalidated;
use crate::ports::Failure;

/// A command that waited longer than this needs confirmation before it is sent (M7).
pub const STALE_AFTER: i64 = Timestamp::DAY;
/// Commands in one request, and their JSON in bytes; one alone may be larger.
const MOST: usize = 100;
const LARGEST: usize = 1024 * 1024;

/// A request in flight, and its contents.
#[derive(Debug)]
pub struct Outgoing {
    pub request: CommandsRequest,
    commands: Vec<CommandId>,
    positions: Vec<ReadPosition>,
    personal: Vec<(String, String)>,
    /// The device's elapsed time when the request was made.
    asked: i64,
}

impl Engine {
    /// Puts a command into the outbox, in one transaction with the row that the screen shows and with the draft that
    /// becomes the message.
    pub(crate) async fn give(
        &self,
        conversation: ConversationId,
        command: Command,
        destination: String,
        mut with: Vec<Change>,
        leaves_at: Option<Timestamp>,
    ) -> Result<(), CacheError> {
        let order = self
            .cache
            .outbox(None)
            .await?
            .last()
            .map_or(1, |row| row.order + 1);
        // A command given from now on carries the server's time, and needs no correction.
        self.put_times_right().await?;
        let row = OutboxRow {
            order,
            conversation,
            command,
            state: OutboxState::Waiting,
            given_at: self.now(),
            sent_once: false,
            send_still: false,
            destination,
            leaves_at,
        };
        with.push(Change::PutOutbox(Box::new(row)));
        with.push(self.time_kept()?);
        self.cache.write(with).await?;
        self.invalidate_conversation(conversation);
        self.ring();
        Ok(())
    }

    /// Corrects the times of commands given since the start under a guessed time, except those that were sent
    /// once.
    pub(super) async fn put_times_right(&self) -> Result<(), CacheError> {
        let Some(error) = self.time.error() else {
            return Ok(());
        };
        let mut changes = Vec::new();
        for mut row in self.cache.outbox(None).await? {
            if row.order < self.guessed_from || row.sent_once {
                continue;
            }
            row.given_at = row.given_at.plus(error);
            row.leaves_at = row.leaves_at.map(|at| at.plus(error));
            if let Action::Post { message }
            | Action::Start {
                message: Some(message),
                ..
            } = &mut row.command.action
            {
                message.written_at = message.written_at.plus(error);
            }
            changes.push(Change::PutOutbox(Box::new(row)));
        }
        // Marks the times as corrected in the same transaction: another start must not correct them again.
        changes.push(self.time_kept()?);
        self.cache.write(changes).await?;
        self.time.put_right();
        Ok(())
    }

    /// The next request, as large as fits; `None` if there is nothing to send. Its commands are Sending until it is
    /// [answered](Engine::answered) or [not](Engine::not_answered).
    pub async fn outgoing(&self) -> Result<Option<Outgoing>, CacheError> {
        let _writing = self.write_lock.lock().await;
        if self.live().restored {
            return Ok(None);
        }
        self.put_times_right().await?;
        let now = self.now();
        let narrowed = self.live().narrowed.unwrap_or(usize::MAX);
        let mut request = CommandsRequest {
            now: Some(now),
            ..CommandsRequest::default()
        };
        let mut room = Room {
            commands: MOST.min(narrowed),
            bytes: LARGEST,
        };
        let mut commands = Vec::new();
        let mut changes = Vec::new();
        let mut invalidated = Vec::new();
        let mut halted: HashSet<ConversationId> = HashSet::new();
        let mut restored: HashSet<ConversationId> = HashSet::new();
        let mut gate = Gate::new(&self.cache.uploads().await?, now);
        for mut row in self.cache.outbox(None).await? {
            let id = row.conversation;
            match row.state {
                OutboxState::Stale => {
                    halted.insert(id);
                    continue;
                }
                // No longer held by a command that has left in another way, such as one that was sent once and arrived.
                OutboxState::Held if !halted.contains(&id) => {}
                OutboxState::Waiting => {}
                _ => continue,
            }
            if !restored.contains(&id) && self.cache.conversation(id).await?.is_some_and(|row| row.restored) {
                restored.insert(id);
            }
            if restored.contains(&id) {
                continue;
            }
            let stale = !row.send_still && now.since(row.given_at) > STALE_AFTER;
            if halted.contains(&id) || stale {
                row.state = if halted.insert(id) {
                    OutboxState::Stale
                } else {
                    OutboxState::Held
                };
            } else if gate.holds(&row) {
                continue;
            } else if room.take(&mut request, &row.command) {
                row.state = OutboxState::Sending;
                row.sent_once = true;
                commands.push(row.command.id);
            } else {
                continue;
            }
            invalidated.push(Invalidated::Conversation { conversation: id });
            changes.push(Change::PutOutbox(Box::new(row)));
        }
        let mut lanes = narrowed.saturating_sub(commands.len());
        for row in self.cache.unsettled().await? {
            if lanes > request.positions.len() && row.read > row.read_sent && !row.restored {
                request.positions.push(ReadPosition {
                    conversation: row.id,
                    number: row.read,
                });
            }
        }
        lanes -= request.positions.len();
        let mut personal = self.personal_out().await?;
        personal.truncate(lanes);
        for (field, value) in &personal {
            let value = serde_json::value::RawValue::from_string(value.clone());
            request.personal.extend(value.ok().map(|value| Personal {
                field: field.clone(),
                value,
            }));
        }
        self.cache.write(changes).await?;
        if !invalidated.is_empty() {
            invalidated.push(Invalidated::SyncStatus);
            self.invalidate(invalidated);
        }
        let positions = request.positions.clone();
        let empty = commands.is_empty() && positions.is_empty() && personal.is_empty();
        Ok((!empty).then_some(Outgoing {
            request,
            commands,
            positions,
            personal,
            asked: self.time.counted(),
        }))
    }

    /// Records the outcome of sending. An error says why the next request has to wait.
    pub async fn sent(
        &self,
        outgoing: Outgoing,
        answer: Result<CommandsAnswer, Failure>,
    ) -> Result<(), Failure> {
        let of = outgoing.request.commands.len();
        match answer {
            Ok(answer) if answer.answers.len() == of => {
                let taken = self.answered(outgoing, answer).await;
                taken.map_err(|_| Failure::Malformed)
            }
            // Valid only with exactly one answer per command.
            Ok(_) => {
                let _kept = self.not_answered(outgoing).await;
                Err(Failure::Malformed)
            }
            Err(failure) => {
                let _kept = match failure {
                    // A repetition would get the same answer. The pause stays, so that a server that accepts nothing is
                    // not flooded.
                    Failure::Server {
                        code: ErrorCode::TooLarge | ErrorCode::BadRequest,
                        ..
                    } => self.not_taken(outgoing).await,
                    // A filter may have blocked the request for its size, or for the contents of one command.
                    Failure::Between { .. } => self.not_let_through(outgoing).await,
                    _ => self.not_answered(outgoing).await,
                };
                Err(failure)
            }
        }
    }

    /// Handles the answer.
    pub async fn answered(&self, outgoing: Outgoing, answer: CommandsAnswer) -> Result<(), CacheError> {
        let _writing = self.write_lock.lock().await;
        if let Some(now) = answer.now {
            self.time.hear_answer(now, outgoing.asked);
        }
        self.live().narrowed = None;
        if !answer.not_taken.is_empty() {
            let count = answer.not_taken.len();
            tracing::warn!(
                count,
                "the server did not take read positions or fields of this device"
            );
        }
        let rows = self.cache.outbox(None).await?;
        let mut changes = Vec::new();
        let mut invalidated = vec![Invalidated::SyncStatus, Invalidated::Overview];
        let mut personal = self.personal_out().await?;
        personal.retain(|entry| !outgoing.personal.contains(entry));
        // If a start became another conversation, later commands for it go there, too.
        let mut renamed: HashMap<ConversationId, ConversationId> = HashMap::new();
        let mut left = Vec::new();
        // Found by their ids: if another person has signed in since, rows of theirs may have the same numbers.
        for (command, answer) in outgoing.commands.iter().zip(answer.answers) {
            let Some(row) = rows.iter().find(|row| row.command.id == *command) else {
                continue;
            };
            invalidated.push(Invalidated::Conversation {
                conversation: row.conversation,
            });
            match answer {
                Answer::Accepted {
                    conversation,
                    receipt,
                    ..
                } => {
                    let to = self.resolve(conversation).await?;
                    let from = self.resolve(row.conversation).await?;
                    if from != to {
                        changes.extend(self.rename(from, to, &mut personal).await?);
                        renamed.insert(from, to);
                        invalidated.push(Invalidated::Conversation { conversation: to });
                    }
                    if leaves(&row.command.action) {
                        left.push(to);
                    }
                    self.accepted(row.clone(), to, receipt, &mut changes).await?;
                }
                Answer::Refused { refusal, .. } => {
                    let mut row = row.clone();
                    row.conversation = renamed
                        .get(&row.conversation)
                        .copied()
                        .unwrap_or(row.conversation);
                    row.state = OutboxState::Refused { refusal };
                    row.sent_once = false;
                    // The server swept its files: they go up once more, and it after them.
                    if refusal == Refusal::AttachmentNotThere
                        && let Some(again) = self.up_again(&row).await?
                    {
                        row.command.id = CommandId(self.new_id());
                        row.state = OutboxState::Waiting;
                        changes.extend(again);
                        self.uploads.notify_one();
                    }
                    changes.push(Change::PutOutbox(Box::new(row)));
                }
            }
        }
        for sent in &outgoing.positions {
            if let Some(mut row) = self.row(sent.conversation).await? {
                row.read_sent = row.read_sent.max(sent.number);
                changes.push(Change::PutConversation(Box::new(row)));
            }
        }
        changes.push(put_json(meta::PERSONAL_OUT, &personal)?);
        self.apply_met(&outgoing.personal, &personal, &mut changes)
            .await?;
        self.cache.write(changes).await?;
        self.invalidate(invalidated);
        for conversation in left {
            self.never_seen(conversation).await?;
        }
        Ok(())
    }

    /// Conversations that were started here and accepted, and of which no event has arrived yet.
    pub(super) async fn unheard(&self) -> Result<Vec<ConversationId>, CacheError> {
        let mut unheard = Vec::new();
        for row in self.cache.outbox(None).await? {
            if matches!(row.state, OutboxState::Accepted { .. }) && !unheard.contains(&row.conversation) {
                unheard.push(row.conversation);
            }
        }
        Ok(unheard)
    }

    /// If the user no longer sees a conversation that they started before its first event arrives, the server
    /// never sends `gone`, since it knows of no device that held it; the local row is dropped here.
    pub(super) async fn never_seen(&self, conversation: ConversationId) -> Result<(), CacheError> {
        let row = self.cache.conversation(conversation).await?;
        if row.is_some_and(|row| row.last == Seq(0)) {
            self.gone(conversation).await?;
        }
        Ok(())
    }

    /// The row leaves the outbox at once if its event is here already; else when that arrives. If the
    /// conversation is not on the device, nothing can show the row: the event comes with the conversation, or
    /// never, if the user has left it since or the reason why they saw it has ended.
    async fn accepted(
        &self,
        mut row: OutboxRow,
        conversation: ConversationId,
        receipt: Option<Receipt>,
        changes: &mut Vec<Change>,
    ) -> Result<(), CacheError> {
        let here = match (row.command.action.makes(), receipt) {
            (Some(message), _) => self.cache.message(conversation, message).await?.is_some(),
            (None, Some(receipt)) => self.cache.entry(conversation, receipt.number).await?.is_some(),
            (None, None) => true,
        };
        let left = leaves(&row.command.action);
        let stands = match self.cache.conversation(conversation).await? {
            // The event of a place that the user does not see never arrives, either.
            Some(row) => receipt.is_none_or(|Receipt { number, .. }| row.last < number || row.shows(number)),
            None => false,
        };
        let files = row
            .command
            .action
            .attachments()
            .iter()
            .flat_map(|file| file.uploads());
        changes.extend(files.map(Change::DropUpload));
        if here || left || !stands {
            changes.push(Change::DropOutbox(row.order));
        } else {
            row.conversation = conversation;
            row.state = OutboxState::Accepted {
                number: receipt.map(|receipt| receipt.number),
                at: receipt.map(|receipt| receipt.at),
            };
            changes.push(Change::PutOutbox(Box::new(row)));
        }
        Ok(())
    }

    /// No answer came, and the command may have been done: it is sent again.
    pub async fn not_answered(&self, outgoing: Outgoing) -> Result<(), CacheError> {
        let _writing = self.write_lock.lock().await;
        let mut changes = Vec::new();
        let mut invalidated = vec![Invalidated::SyncStatus];
        for mut row in self.cache.outbox(None).await? {
            if row.state == OutboxState::Sending && outgoing.commands.contains(&row.command.id) {
                row.state = OutboxState::Waiting;
                invalidated.push(Invalidated::Conversation {
                    conversation: row.conversation,
                });
                changes.push(Change::PutOutbox(Box::new(row)));
            }
        }
        self.cache.write(changes).await?;
        self.invalidate(invalidated);
        Ok(())
    }

    /// The server refused the request as a whole: the next is half as large. A command that it refuses alone
    /// counts as refused; a read position or field is dropped.
    pub async fn not_taken(&self, outgoing: Outgoing) -> Result<(), CacheError> {
        let held = outgoing.commands.len() + outgoing.positions.len() + outgoing.personal.len();
        if held > 1 {
            self.live().narrowed = Some(held / 2);
            return self.not_answered(outgoing).await;
        }
        let refused = |command: &CommandId| Answer::Refused {
            command: Some(*command),
            refusal: Refusal::Malformed,
            about: Vec::new(),
        };
        let answers: Vec<Answer> = outgoing.commands.iter().map(refused).collect();
        self.answered(outgoing, CommandsAnswer::new(answers)).await
    }

    /// An intermediary did not let the request through, but might let a smaller one: the next is half as large.
    pub async fn not_let_through(&self, outgoing: Outgoing) -> Result<(), CacheError> {
        let held = outgoing.commands.len() + outgoing.positions.len() + outgoing.personal.len();
        self.live().narrowed = Some((held / 2).max(1));
        self.not_answered(outgoing).await
    }

    /// "Send it still": confirms everything that is stale or held in a conversation.
    pub(crate) async fn send_still(&self, conversation: ConversationId) -> Result<(), CacheError> {
        let _writing = self.write_lock.lock().await;
        let conversation = self.resolve(conversation).await?;
        let mut changes = Vec::new();
        for mut row in self.cache.outbox(Some(conversation)).await? {
            if matches!(row.state, OutboxState::Stale | OutboxState::Held) {
                row.state = OutboxState::Waiting;
                row.send_still = true;
                changes.push(Change::PutOutbox(Box::new(row)));
            }
        }
        self.cache.write(changes).await?;
        self.invalidate_conversation(conversation);
        self.ring();
        Ok(())
    }

    /// Tries a refused command again, under a new id.
    pub(crate) async fn try_again(
        &self,
        conversation: ConversationId,
        message: MessageId,
    ) -> Result<(), CacheError> {
        let _writing = self.write_lock.lock().await;
        let conversation = self.resolve(conversation).await?;
        let mut changes = Vec::new();
        for mut row in self.cache.outbox(Some(conversation)).await? {
            let refused = matches!(row.state, OutboxState::Refused { .. });
            if refused && concerns(&row, message) {
                changes.extend(self.uploads_retried(&row).await?);
                row.command.id = CommandId(self.new_id());
                row.state = OutboxState::Waiting;
                row.send_still = true;
                changes.push(Change::PutOutbox(Box::new(row)));
            }
        }
        self.cache.write(changes).await?;
        self.invalidate_conversation(conversation);
        self.ring();
        Ok(())
    }

    /// Personal fields that the server has not confirmed yet: field and JSON.
    pub(crate) async fn personal_out(&self) -> Result<Vec<(String, String)>, CacheError> {
        Ok(read_json(self.cache.as_ref(), meta::PERSONAL_OUT)
            .await?
            .unwrap_or_default())
    }

    /// Whether the outbox holds anything that will go out by itself.
    pub async fn has_outgoing(&self) -> Result<bool, CacheError> {
        let waiting = |row: &OutboxRow| matches!(row.state, OutboxState::Waiting | OutboxState::Sending);
        Ok(self.cache.outbox(None).await?.iter().any(waiting))
    }
}

/// The room that is left in a request.
struct Room {
    commands: usize,
    bytes: usize,
}

impl Room {
    /// Puts a command into the request if it fits. After the first that does not fit, none fits: the order
    /// stays.
    fn take(&mut self, request: &mut CommandsRequest, command: &Command) -> bool {
        if self.commands == 0 || request.push(command).is_err() {
            return false;
        }
        let size = request.commands.last().map_or(0, |json| json.get().len());
        if size > self.bytes && request.commands.len() > 1 {
            request.commands.pop();
            self.commands = 0;
            return false;
        }
        self.commands -= 1;
        self.bytes = self.bytes.saturating_sub(size);
        true
    }
}

/// Whether a command makes or changes a message. Other commands go by their own id, so that they can be withdrawn too.
pub(super) fn concerns(row: &OutboxRow, message: MessageId) -> bool {
    match &row.command.action {
        Action::Edit { message: named, .. } | Action::Delete { message: named } => *named == message,
        action => action.makes() == Some(message) || row.command.id.0 == message.0,
    }
}

/// Whether the user no longer sees the conversation once the command is done.
fn leaves(action: &Action) -> bool {
    matches!(action, Action::Leave { .. } | Action::DeleteConversation)
}

#[cfg(test)]
#[path = "outbox_tests.rs"]
mod tests;
