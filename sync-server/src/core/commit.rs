//! The writer: one group of requests, one transaction.
//!
//! 1. What the group asks is looked up in sets: commands that were answered before, pairs, aliases; conversations
//!    that are not at hand; messages that are named or made.
//! 2. Each command is decided by `conversation::decide` on the state at hand, and the state advanced ([`group`]).
//! 3. All that became of it is appended in one transaction, which checks that each head stood where it was
//!    believed to.
//! 4. Only then the answers are given, and what happened is told ([`Committed`]).
//!
//! Where the append fails, all states at hand are dropped and nothing was done. There is one writer; it is driven
//! by one task.
//!
//! [`group`]: super::group

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::Arc;

use conversation::{Action, Command, ConversationId, DeviceId, MessageId, PersonId, Seq, State, pair};
use protocol::commands::{CommandsAnswer, CommandsRequest};
use trail::Digest;

use super::asked::{Asked, read};
use super::encode::Encoded;
use super::frames::Named;
use super::group::{Found, Group};
use super::{Core, CoreError};
use crate::seal::{DataKey, Part};
use crate::store::{
    AliasRow, ConversationRow, HeadWrite, PersonalRow, PositionRow, Resolve, StoreError, Watermark,
};

/// Conversations at hand, at most; then all are dropped and read again as they are needed.
const MOST_AT_HAND: usize = 20_000;
/// Attempts where a head has moved.
const ATTEMPTS: usize = 3;

/// Who asks, as the session says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    pub person: PersonId,
    pub device: DeviceId,
    /// The network address, for the audit part of events.
    pub address: Option<IpAddr>,
}

/// What one transaction changed, for those who follow live.
#[derive(Debug, Default)]
pub struct Committed {
    pub mark: Watermark,
    pub moved: Vec<Moved>,
    pub positions: Vec<ReadTo>,
    pub personal: Vec<PersonalRow>,
    pub aliases: Vec<AliasRow>,
    /// Whose cards changed.
    pub cards: Vec<Named>,
    /// Whose rights changed: their streams are to begin anew.
    pub rights: Vec<PersonId>,
    /// Whose accounts ended.
    pub ended: Vec<PersonId>,
}

/// Someone has read further.
#[derive(Debug)]
pub struct ReadTo {
    pub row: PositionRow,
    /// How far they had read before.
    pub before: Seq,
    /// The device that told of it.
    pub device: DeviceId,
    pub(super) state: Arc<State>,
}

/// A conversation that went on.
#[derive(Debug)]
pub struct Moved {
    pub conversation: ConversationId,
    /// Before it, where anyone's access changed; `None` for a new conversation, too.
    pub(super) before: Option<Arc<State>>,
    pub(super) after: Arc<State>,
    /// The first event, and the link before it.
    pub(super) from: Seq,
    pub(super) previous: Digest,
    pub(super) events: Vec<Encoded>,
}

/// A conversation at hand: its state and all that appending to it needs.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) state: Arc<State>,
    pub(super) link: Digest,
    pub(super) key: Arc<DataKey>,
    /// The offset of the organisations at which all participants were last known to be active.
    pub(super) swept: u64,
}

#[derive(Debug)]
pub struct Writer {
    pub(super) core: Arc<Core>,
    pub(super) mark: Watermark,
    pub(super) last_key: u64,
    pub(super) entries: HashMap<ConversationId, Entry>,
    /// What is at hand may differ from the store, which could not be asked.
    stale: bool,
}

impl Writer {
    pub async fn open(core: Arc<Core>) -> Result<Writer, CoreError> {
        let mark = core.store.mark().await?;
        let last_key = core.store.last_key().await?;
        let mut writer = Writer {
            core,
            mark,
            last_key,
            entries: HashMap::new(),
            stale: false,
        };
        writer.sweep_all().await?;
        Ok(writer)
    }

    /// Where everything ends.
    pub fn mark(&self) -> Watermark {
        self.mark
    }

    /// Answers each request of a group, in their order. What is accepted is durable when this returns; on a fault
    /// nothing was done.
    pub async fn commit(
        &mut self,
        group: &[(Actor, CommandsRequest)],
    ) -> Result<(Vec<CommandsAnswer>, Committed), CoreError> {
        self.refresh().await?;
        for attempt in 1.. {
            match self.attempt(group).await {
                Err(CoreError::Store(StoreError::Moved)) if attempt < ATTEMPTS => self.forget().await?,
                Err(fault) => {
                    self.forget().await?;
                    return Err(fault);
                }
                Ok(done) => return Ok(done),
            }
        }
        Err(CoreError::Store(StoreError::Moved))
    }

    async fn attempt(
        &mut self,
        requests: &[(Actor, CommandsRequest)],
    ) -> Result<(Vec<CommandsAnswer>, Committed), CoreError> {
        let mut asked: Vec<Asked> = (0..)
            .zip(requests)
            .flat_map(|(asker, (_, request))| read(asker, request))
            .collect();
        let mut group = Group::new(self);
        group.look_up(requests, &asked).await?;
        let mut answers: Vec<CommandsAnswer> = requests
            .iter()
            .map(|(_, request)| CommandsAnswer {
                now: Some(group.now),
                ..CommandsAnswer::new(Vec::with_capacity(request.commands.len()))
            })
            .collect();
        for asked in &mut asked {
            asked.reckon(requests[asked.asker].1.now, group.now);
        }
        for asked in &asked {
            let answer = group.answer(&requests[asked.asker].0, asked).await?;
            answers[asked.asker].answers.push(answer);
        }
        for (asker, request) in requests {
            group.take_positions(asker, &request.positions).await?;
            group.take_personal(asker, &request.personal);
        }
        let committed = group.append().await?;
        Ok((answers, committed))
    }

    /// Before anything is decided: what is at hand is what the store has.
    pub(super) async fn refresh(&mut self) -> Result<(), CoreError> {
        if self.stale { self.forget().await } else { Ok(()) }
    }

    /// Drops what is at hand: the store is what counts.
    pub(crate) async fn forget(&mut self) -> Result<(), CoreError> {
        self.entries.clear();
        self.stale = true;
        self.mark = self.core.store.mark().await?;
        self.last_key = self.core.store.last_key().await?;
        self.stale = false;
        Ok(())
    }

    /// Those of the conversations that there are, at hand from now on.
    pub(super) async fn bring(&mut self, ids: &HashSet<ConversationId>) -> Result<(), CoreError> {
        let mut missing: Vec<ConversationId> = ids
            .iter()
            .filter(|id| !self.entries.contains_key(id))
            .copied()
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        missing.sort_unstable();
        for row in self.core.store.conversations(&missing).await? {
            let (state, key) = self.core.open_state(&row)?;
            let entry = Entry {
                state: Arc::new(state),
                link: row.link,
                key,
                swept: 0,
            };
            self.entries.insert(row.id, entry);
        }
        Ok(())
    }

    /// Keeps the number at hand within bounds, between groups.
    pub(super) fn trim(&mut self) {
        if self.entries.len() > MOST_AT_HAND {
            self.entries.clear();
        }
    }
}

impl Core {
    /// The state of a conversation as it stands, and the key that seals what is written to it.
    pub(super) fn open_state(&self, row: &ConversationRow) -> Result<(State, Arc<DataKey>), CoreError> {
        let key = self.ring.key(&row.key)?;
        let opened = key.open(&row.id.0, row.state_at, Part::State, &row.state)?;
        let mut state: State =
            serde_json::from_slice(&opened).map_err(|_| CoreError::Broken("the state of a conversation"))?;
        state.last = row.last;
        state.last_at = row.last_at;
        Ok((state, key))
    }
}

impl Group<'_> {
    /// What the group asks, in sets.
    async fn look_up(
        &mut self,
        requests: &[(Actor, CommandsRequest)],
        asked: &[Asked],
    ) -> Result<(), CoreError> {
        let mut resolve = Resolve::default();
        let mut conversations: HashSet<ConversationId> = HashSet::new();
        for asked in asked {
            let person = requests[asked.asker].0.person;
            match &asked.command {
                Ok(command) => {
                    resolve.commands.push((person, command.id));
                    resolve.pairs.extend(pair(command));
                    conversations.insert(command.conversation);
                    if !self.writer.entries.contains_key(&command.conversation) {
                        resolve.aliases.push((person, command.conversation));
                    }
                }
                Err(unreadable) => resolve.commands.extend(unreadable.0.map(|id| (person, id))),
            }
        }
        for (asker, request) in requests {
            for position in &request.positions {
                conversations.insert(position.conversation);
                if !self.writer.entries.contains_key(&position.conversation) {
                    resolve.aliases.push((asker.person, position.conversation));
                }
            }
        }
        let store = Arc::clone(&self.writer.core.store);
        if !(resolve.commands.is_empty() && resolve.aliases.is_empty()) {
            let resolved = store.resolve(&resolve).await?;
            for known in resolved.commands {
                self.know(known)?;
            }
            for (pair, conversation) in resolved.pairs {
                conversations.insert(conversation);
                self.pairs.insert(pair, conversation);
            }
            for (person, from, to) in resolved.aliases {
                conversations.insert(to);
                self.aliases.insert((person, from), to);
            }
        }
        self.writer.bring(&conversations).await?;
        let messages = self.messages_of(requests, asked);
        for row in store.messages(&messages).await? {
            let key = self.writer.core.ring.key(&row.key)?;
            let found = Found::stored(&row, key)?;
            self.messages.insert((row.conversation, row.message), found);
        }
        Ok(())
    }

    /// The messages that are named or made, where they would be.
    fn messages_of(
        &self,
        requests: &[(Actor, CommandsRequest)],
        asked: &[Asked],
    ) -> Vec<(ConversationId, MessageId)> {
        let mut messages = Vec::new();
        for asked in asked {
            let Ok(command) = &asked.command else { continue };
            let conversation = self.destination(requests[asked.asker].0.person, command);
            if self.writer.entries.contains_key(&conversation) {
                let of_command = [command.action.makes(), command.action.names()];
                messages.extend(of_command.into_iter().flatten().map(|id| (conversation, id)));
            }
        }
        messages.sort_unstable();
        messages.dedup();
        messages
    }

    /// The conversation that a command goes to: the one it names, the one that is an alias of, or, for the start of
    /// a direct conversation that its pair has already, that one.
    pub(super) fn destination(&self, person: PersonId, command: &Command) -> ConversationId {
        let named = command.conversation;
        if self.writer.entries.contains_key(&named) {
            return named;
        }
        let of_pair = match &command.action {
            Action::Start { .. } => pair(command).and_then(|pair| self.pairs.get(&pair)),
            _ => None,
        };
        let alias = self.aliases.get(&(person, named));
        of_pair.or(alias).copied().unwrap_or(named)
    }

    /// The one transaction, and what it changed.
    pub(super) async fn append(mut self) -> Result<Committed, CoreError> {
        if self.write.is_empty() {
            self.committed.mark = self.writer.mark;
            return Ok(self.committed);
        }
        let laned = !(self.write.aliases.is_empty()
            && self.write.positions.is_empty()
            && self.write.personal.is_empty());
        if laned {
            self.writer.mark.revision += 1;
        }
        let core = Arc::clone(&self.writer.core);
        for (conversation, touched) in std::mem::take(&mut self.touched) {
            let entry = self
                .writer
                .entries
                .get(&conversation)
                .ok_or(CoreError::Broken("a conversation is not at hand"))?;
            let state = if touched.state_changed {
                let json = serde_json::to_vec(&*entry.state)
                    .map_err(|_| CoreError::Broken("a state cannot be written"))?;
                let random = core.random.as_ref();
                Some(
                    entry
                        .key
                        .seal(random, &conversation.0, entry.state.last, Part::State, &json),
                )
            } else {
                None
            };
            self.write.heads.push(HeadWrite {
                id: conversation,
                before: touched.last,
                last: entry.state.last,
                link: entry.link,
                last_at: entry.state.last_at,
                offset: touched.offset,
                key: entry.key.id,
                state,
            });
            self.committed.moved.push(Moved {
                conversation,
                before: touched.before,
                after: Arc::clone(&entry.state),
                from: touched.last.next(),
                previous: touched.previous,
                events: touched.events,
            });
        }
        core.store.append(&self.write).await?;
        self.committed.mark = self.writer.mark;
        Ok(self.committed)
    }
}
