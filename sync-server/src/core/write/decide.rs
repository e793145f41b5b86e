//! Decides the commands of a batch, one after the other.
//!
//! * A repeated command of the same account gets the same answer, also within one batch; with another digest it is a
//!   conflict, and the first one holds.
//! * A refusal is remembered and repeated. A command that refers to a message or conversation of a refused command is
//!   refused, too.
//! * A conversation is reconciled with the organisations before anything else is decided in it: ended memberships leave
//!   (P9), members of a team follow it (O4).

use std::sync::Arc;

use conversation::{
    Command, CommandId, ConversationId, DirectoryLookup as _, Header, MembershipId, MessageId, NewEvent,
    PersonId, Referred, Refusal, Target, decide, pair, sees,
};
use protocol::commands::Answer;

use super::actor::Actor;
use super::batch::Batch;
use super::parse::ParsedCommand;
use crate::core::CoreError;
use crate::store::{AliasRow, CommandMark, CommandResultRow, KnownAnswer, KnownCommand};

impl Batch<'_> {
    /// Records the answer to a command that was answered before.
    pub(in crate::core) fn know(&mut self, known: KnownCommand) -> Result<(), CoreError> {
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
                let core = &self.heads.core;
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

    pub(in crate::core) async fn answer(
        &mut self,
        actor: &Actor,
        asked: &ParsedCommand,
    ) -> Result<Answer, CoreError> {
        let id = match &asked.command {
            Ok(command) => Some(command.id),
            Err(unreadable) => unreadable.0,
        };
        let Some(id) = id else {
            return Ok(refusal(None, Refusal::Malformed));
        };
        let mark = CommandMark {
            account: actor.person,
            command: id,
            digest: asked.digest,
        };
        if let Some((digest, answer)) = self.known.get(&(actor.person, id)) {
            return Ok(if *digest == asked.digest {
                answer.clone()
            } else {
                // Not remembered: the first one holds.
                refusal(Some(id), Refusal::Conflict)
            });
        }
        if asked.is_too_old(id, self.now) {
            return Ok(refusal(Some(id), Refusal::TooOld));
        }
        let answer = match &asked.command {
            Ok(command) => self.decide(actor, command, mark).await?,
            Err(_) => {
                let answer = refusal(Some(id), Refusal::Malformed);
                self.remember(mark, &answer, None)?;
                answer
            }
        };
        self.known
            .insert((actor.person, id), (asked.digest, answer.clone()));
        Ok(answer)
    }

    async fn decide(
        &mut self,
        actor: &Actor,
        command: &Command,
        mark: CommandMark,
    ) -> Result<Answer, CoreError> {
        let conversation = self.destination(actor.person, command);
        self.reconcile_if_outdated(conversation)?;
        match self.new_events(actor, command, conversation).await? {
            Ok(events) => self.accept(actor, command, conversation, events, mark),
            Err(refused) => {
                let state = self.heads.entries.get(&conversation).map(|entry| &entry.state);
                let target = self.target(command, conversation);
                let about = conversation::refused_people(
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

    /// The events that a command becomes, or its refusal.
    async fn new_events(
        &mut self,
        actor: &Actor,
        command: &Command,
        conversation: ConversationId,
    ) -> Result<Result<Vec<NewEvent>, Refusal>, CoreError> {
        let state = self
            .heads
            .entries
            .get(&conversation)
            .map(|entry| Arc::clone(&entry.state));
        let named = command.action.names();
        let target = self.target(command, conversation);
        let starts = matches!(command.action, conversation::Action::Start { .. });
        let mut depends = false;
        if state.is_none() && !starts {
            depends = self.was_refused(actor.person, command.conversation, None).await?;
        }
        if let (Some(named), None) = (named, &target) {
            depends |= self
                .was_refused(actor.person, command.conversation, Some(named))
                .await?;
        }
        if depends {
            return Ok(Err(Refusal::DependsOnRefused));
        }
        let uploads = self.uploads(actor.person, command, conversation, target.as_ref());
        let decided = decide(
            state.as_deref(),
            command,
            Referred {
                target: target.as_ref(),
                uploads: &uploads,
                urgent_used_up: self.urgent_used_up(actor.person, command.acting),
            },
            actor.person,
            &*self.directory,
            self.now,
        );
        let made = command.action.makes();
        // Checked last, so that nobody learns of a message in a conversation that they do not see.
        let doubled = made.is_some_and(|id| self.messages.contains_key(&(conversation, id)));
        Ok(if doubled {
            decided.and(Err(Refusal::Conflict))
        } else {
            decided
        })
    }

    /// The message that a command refers to. One that the actor does not see counts as absent (P5).
    fn target(&self, command: &Command, conversation: ConversationId) -> Option<Target> {
        let state = &self.heads.entries.get(&conversation)?.state;
        let found = self.messages.get(&(conversation, command.action.names()?))?;
        Some(found.target).filter(|target| sees(state, command.acting, target.number, &*self.directory))
    }

    /// Whether a person has sent as many urgent messages as the organisation of a membership allows in an hour (M10).
    fn urgent_used_up(&self, person: PersonId, acting: MembershipId) -> bool {
        let organisation = self.directory.member(acting).map(|member| member.organisation);
        let sent = self.urgent.get(&person).copied().unwrap_or_default();
        sent >= self.heads.core.urgent_limits.an_hour(organisation)
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
        let store = &self.heads.core.store;
        Ok(store.was_refused(person, conversation, message).await?)
    }

    fn accept(
        &mut self,
        actor: &Actor,
        command: &Command,
        conversation: ConversationId,
        events: Vec<NewEvent>,
        mark: CommandMark,
    ) -> Result<Answer, CoreError> {
        let new = !self.heads.entries.contains_key(&conversation);
        let nothing_to_do = events.is_empty();
        let changes_access = events.iter().any(|event| event.header.kind.changes_access());
        let receipt = self.append_events(conversation, events, Some((actor, command, mark)))?;
        if new && let Some(pair) = pair(command) {
            self.direct_conversations.insert(pair, conversation);
            self.write.direct_conversations.push((pair, conversation));
        }
        // A removal can let a team bring in another membership of the same person.
        if changes_access {
            self.reconcile(conversation)?;
        }
        if conversation != command.conversation
            && !self.aliases.contains_key(&(actor.person, command.conversation))
        {
            self.alias(actor.person, command.conversation, conversation);
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
        let row = AliasRow { person, from, to };
        self.aliases.insert((person, from), to);
        self.committed.aliases.push(row);
        self.write.aliases.push(row);
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
        self.write.command_results.push(CommandResultRow {
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

    /// Reconciles a conversation if an organisation changed since the last time.
    fn reconcile_if_outdated(&mut self, conversation: ConversationId) -> Result<(), CoreError> {
        let Some(entry) = self.heads.entries.get(&conversation) else {
            return Ok(());
        };
        if entry.reconciled >= self.organisations && self.organisations > 0 {
            return Ok(());
        }
        self.reconcile(conversation)
    }

    /// Reconciles a cached conversation with the organisations.
    pub(in crate::core) fn reconcile(&mut self, conversation: ConversationId) -> Result<(), CoreError> {
        loop {
            let Some(entry) = self.heads.entries.get_mut(&conversation) else {
                return Ok(());
            };
            let events = conversation::reconcile(&entry.state, &*self.directory, self.now);
            if events.is_empty() {
                entry.reconciled = self.organisations;
                return Ok(());
            }
            self.append_events(conversation, events, None)?;
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
