//! One group of commands, decided one after the other.
//!
//! * The same command of the same account gets the answer it had, also when both are in one group; with another
//!   digest it is a conflict, and the first stands.
//! * A refusal is remembered, so that it stays the answer; and what a refused command would have made makes a
//!   command that names it refused, too.
//! * What happened outside is told before anything else is decided there: memberships that ended leave (P9), who takes
//!   part by a team follows it (O4).

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use conversation::organisation::Directory;
use conversation::{
    Command, CommandId, ConversationId, Draft, Header, MessageId, Pair, PersonId, Refusal, Target, Timestamp,
    decide, pair, sees,
};
use protocol::commands::Answer;
use trail::Digest;

use super::CoreError;
use super::appending::Touched;
use super::asked::Asked;
use super::commit::{Actor, Committed, Writer};
use crate::seal::DataKey;
use crate::store::{AliasRow, AnswerRow, Append, CommandMark, KnownAnswer, KnownCommand, MessageRow};

pub(super) struct Group<'w> {
    pub(super) writer: &'w mut Writer,
    pub(super) now: Timestamp,
    pub(super) directory: Arc<Directory>,
    /// The offset of the organisations that the directory is of.
    pub(super) organisations: u64,
    pub(super) write: Append,
    pub(super) touched: BTreeMap<ConversationId, Touched>,
    pub(super) committed: Committed,
    known: HashMap<(PersonId, CommandId), (Digest, Answer)>,
    pub(super) pairs: HashMap<Pair, ConversationId>,
    pub(super) aliases: HashMap<(PersonId, ConversationId), ConversationId>,
    pub(super) messages: HashMap<(ConversationId, MessageId), Found>,
    /// What refused commands of this group would have made.
    refused: HashSet<(PersonId, ConversationId, Option<MessageId>)>,
}

/// A message, and the key that an edit of it is sealed under.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) target: Target,
    pub(super) key: Arc<DataKey>,
}

impl Found {
    pub(super) fn stored(row: &MessageRow, key: Arc<DataKey>) -> Result<Found, CoreError> {
        let header: Header =
            serde_json::from_str(&row.header).map_err(|_| CoreError::Broken("the header of a message"))?;
        Ok(Found {
            target: Target {
                number: row.number,
                by: header.by,
                at: header.at,
                deleted: row.deleted,
            },
            key,
        })
    }
}

impl<'w> Group<'w> {
    pub(super) fn new(writer: &'w mut Writer) -> Group<'w> {
        writer.trim();
        let (directory, organisations) = writer
            .core
            .with_organisations(|organisations| (Arc::clone(&organisations.directory), organisations.offset));
        Group {
            now: writer.core.clock.now(),
            directory,
            organisations,
            write: Append::default(),
            touched: BTreeMap::new(),
            committed: Committed::default(),
            known: HashMap::new(),
            pairs: HashMap::new(),
            aliases: HashMap::new(),
            messages: HashMap::new(),
            refused: HashSet::new(),
            writer,
        }
    }

    /// A command that was answered before.
    pub(super) fn know(&mut self, known: KnownCommand) -> Result<(), CoreError> {
        let answer = match known.answer {
            KnownAnswer::Stored(answer) => {
                serde_json::from_str(&answer).map_err(|_| CoreError::Broken("an answer"))?
            }
            KnownAnswer::Event {
                conversation,
                number,
                link,
                epoch,
                header,
            } => {
                let header: Header =
                    serde_json::from_str(&header).map_err(|_| CoreError::Broken("the header of an event"))?;
                let core = &self.writer.core;
                Answer::Accepted {
                    command: known.command,
                    conversation,
                    receipt: Some(core.receipt(conversation, number, link, epoch, header.at)),
                }
            }
        };
        self.known
            .insert((known.account, known.command), (known.digest, answer));
        Ok(())
    }

    pub(super) async fn answer(&mut self, asker: &Actor, asked: &Asked) -> Result<Answer, CoreError> {
        let id = match &asked.command {
            Ok(command) => Some(command.id),
            Err(unreadable) => unreadable.0,
        };
        let Some(id) = id else {
            return Ok(refusal(None, Refusal::Malformed));
        };
        let mark = CommandMark {
            account: asker.person,
            command: id,
            digest: asked.digest,
        };
        if let Some((digest, answer)) = self.known.get(&(asker.person, id)) {
            return Ok(if *digest == asked.digest {
                answer.clone()
            } else {
                // Not remembered: the first stands.
                refusal(Some(id), Refusal::Conflict)
            });
        }
        if asked.is_too_old(id, self.now) {
            return Ok(refusal(Some(id), Refusal::TooOld));
        }
        let answer = match &asked.command {
            Ok(command) => self.decide(asker, command, mark).await?,
            Err(_) => {
                let answer = refusal(Some(id), Refusal::Malformed);
                self.remember(mark, &answer, None)?;
                answer
            }
        };
        self.known
            .insert((asker.person, id), (asked.digest, answer.clone()));
        Ok(answer)
    }

    async fn decide(
        &mut self,
        asker: &Actor,
        command: &Command,
        mark: CommandMark,
    ) -> Result<Answer, CoreError> {
        let conversation = self.destination(asker.person, command);
        self.sweep(conversation)?;
        match self.drafts(asker, command, conversation).await? {
            Ok(drafts) => self.accept(asker, command, conversation, drafts, mark),
            Err(refused) => {
                let state = self.writer.entries.get(&conversation).map(|entry| &entry.state);
                let target = self.target(command, conversation);
                let about = conversation::about::about(
                    refused,
                    command,
                    state.map(Arc::as_ref),
                    target.as_ref(),
                    &*self.directory,
                );
                let answer = Answer::Refused {
                    command: Some(command.id),
                    refusal: refused,
                    about,
                };
                self.remember(mark, &answer, Some(command))?;
                Ok(answer)
            }
        }
    }

    /// What a command becomes.
    async fn drafts(
        &mut self,
        asker: &Actor,
        command: &Command,
        conversation: ConversationId,
    ) -> Result<Result<Vec<Draft>, Refusal>, CoreError> {
        let state = self
            .writer
            .entries
            .get(&conversation)
            .map(|entry| Arc::clone(&entry.state));
        let named = command.action.names();
        let target = self.target(command, conversation);
        let starts = matches!(command.action, conversation::Action::Start { .. });
        let mut depends = false;
        if state.is_none() && !starts {
            depends = self.was_refused(asker.person, command.conversation, None).await?;
        }
        if let (Some(named), None) = (named, &target) {
            depends |= self
                .was_refused(asker.person, command.conversation, Some(named))
                .await?;
        }
        if depends {
            return Ok(Err(Refusal::DependsOnRefused));
        }
        let decided = decide(
            state.as_deref(),
            command,
            target.as_ref(),
            asker.person,
            &*self.directory,
            self.now,
        );
        let made = command.action.makes();
        // Asked last, so that nobody learns of a message where they see nothing.
        let doubled = made.is_some_and(|id| self.messages.contains_key(&(conversation, id)));
        Ok(if doubled {
            decided.and(Err(Refusal::Conflict))
        } else {
            decided
        })
    }

    /// The message that a command names. One that they do not see is to them as one that is not there (P5).
    fn target(&self, command: &Command, conversation: ConversationId) -> Option<Target> {
        let state = &self.writer.entries.get(&conversation)?.state;
        let found = self.messages.get(&(conversation, command.action.names()?))?;
        Some(found.target).filter(|target| sees(state, command.acting, target.number, &*self.directory))
    }

    async fn was_refused(
        &self,
        person: PersonId,
        conversation: ConversationId,
        message: Option<MessageId>,
    ) -> Result<bool, CoreError> {
        if self.refused.contains(&(person, conversation, message)) {
            return Ok(true);
        }
        let store = &self.writer.core.store;
        Ok(store.was_refused(person, conversation, message).await?)
    }

    fn accept(
        &mut self,
        asker: &Actor,
        command: &Command,
        conversation: ConversationId,
        drafts: Vec<Draft>,
        mark: CommandMark,
    ) -> Result<Answer, CoreError> {
        let new = !self.writer.entries.contains_key(&conversation);
        let nothing_to_do = drafts.is_empty();
        let changes_access = drafts.iter().any(|draft| draft.header.kind.changes_access());
        let receipt = self.append_drafts(conversation, drafts, Some((asker, command, mark)))?;
        if new && let Some(pair) = pair(command) {
            self.pairs.insert(pair, conversation);
            self.write.pairs.push((pair, conversation));
        }
        // Where who went out made way, their team brings another membership of theirs in.
        if changes_access {
            self.settle(conversation)?;
        }
        if conversation != command.conversation
            && !self.aliases.contains_key(&(asker.person, command.conversation))
        {
            self.alias(asker.person, command.conversation, conversation);
        }
        let answer = Answer::Accepted {
            command: command.id,
            conversation,
            receipt,
        };
        if nothing_to_do {
            self.remember(mark, &answer, Some(command))?;
        }
        Ok(answer)
    }

    fn alias(&mut self, person: PersonId, from: ConversationId, to: ConversationId) {
        let row = AliasRow {
            person,
            from,
            to,
            revision: self.revision(),
        };
        self.aliases.insert((person, from), to);
        self.committed.aliases.push(row);
        self.write.aliases.push(row);
    }

    /// The revision of this group; there is one once anything needs it.
    pub(super) fn revision(&self) -> u64 {
        self.writer.mark.revision + 1
    }

    fn remember(
        &mut self,
        mark: CommandMark,
        answer: &Answer,
        command: Option<&Command>,
    ) -> Result<(), CoreError> {
        let refused = matches!(answer, Answer::Refused { .. });
        let made = command.and_then(|command| command.action.makes());
        let starts =
            command.is_some_and(|command| matches!(command.action, conversation::Action::Start { .. }));
        let conversation = command
            .map(|command| command.conversation)
            .unwrap_or(ConversationId(uuid::Uuid::nil()));
        if refused {
            if starts {
                self.refused.insert((mark.account, conversation, None));
            }
            if made.is_some() {
                self.refused.insert((mark.account, conversation, made));
            }
        }
        self.write.answers.push(AnswerRow {
            account: mark.account,
            command: mark.command,
            digest: mark.digest,
            answer: serde_json::to_string(answer).map_err(|_| CoreError::Broken("an answer"))?,
            at: self.now,
            refused,
            conversation,
            message: made,
            starts,
        });
        Ok(())
    }

    /// Before anything is decided there, what happened outside is told.
    fn sweep(&mut self, conversation: ConversationId) -> Result<(), CoreError> {
        let Some(entry) = self.writer.entries.get(&conversation) else {
            return Ok(());
        };
        if entry.swept >= self.organisations && self.organisations > 0 {
            return Ok(());
        }
        self.settle(conversation)
    }

    /// Tells in a conversation that is at hand what happened outside.
    pub(super) fn settle(&mut self, conversation: ConversationId) -> Result<(), CoreError> {
        loop {
            let Some(entry) = self.writer.entries.get_mut(&conversation) else {
                return Ok(());
            };
            let drafts = conversation::reconcile(&entry.state, &*self.directory, self.now);
            if drafts.is_empty() {
                entry.swept = self.organisations;
                return Ok(());
            }
            self.append_drafts(conversation, drafts, None)?;
        }
    }
}

fn refusal(command: Option<CommandId>, refusal: Refusal) -> Answer {
    Answer::Refused {
        command,
        refusal,
        about: Vec::new(),
    }
}
