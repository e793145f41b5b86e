//! The lookups of a batch, in sets, before its first decision.

use std::collections::HashSet;
use std::sync::Arc;

use conversation::{Action, Command, ConversationId, MessageId, PersonId, Timestamp, pair};

use super::batch::{Batch, Found};
use super::parse::ParsedCommand;
use super::submission::Submission;
use crate::core::CoreError;
use crate::store::Resolve;

impl Batch<'_> {
    /// Reads in sets the rows that the batch needs.
    pub(in crate::core) async fn look_up<'s>(
        &mut self,
        submissions: &'s [Submission],
    ) -> Result<(), CoreError> {
        let mut resolve = Resolve::default();
        let mut conversations: HashSet<ConversationId> = HashSet::new();
        for (person, parsed) in commands(submissions) {
            match &parsed.command {
                Ok(command) => {
                    resolve.commands.push((person, command.id));
                    resolve.direct_conversations.extend(pair(command));
                    conversations.insert(command.conversation);
                    if !self.heads.entries.contains_key(&command.conversation) {
                        resolve.aliases.push((person, command.conversation));
                    }
                }
                Err(unreadable) => resolve.commands.extend(unreadable.0.map(|id| (person, id))),
            }
        }
        for submission in submissions {
            for position in &submission.request.positions {
                conversations.insert(position.conversation);
                if !self.heads.entries.contains_key(&position.conversation) {
                    let person = submission.actor.person;
                    resolve.aliases.push((person, position.conversation));
                }
            }
        }
        let store = Arc::clone(&self.heads.core.store);
        if !(resolve.commands.is_empty() && resolve.aliases.is_empty()) {
            let resolved = store.resolve(&resolve).await?;
            for known in resolved.commands {
                self.know(known)?;
            }
            for (pair, conversation) in resolved.direct_conversations {
                conversations.insert(conversation);
                self.direct_conversations.insert(pair, conversation);
            }
            for (person, from, to) in resolved.aliases {
                conversations.insert(to);
                self.aliases.insert((person, from), to);
            }
        }
        self.heads.bring(&conversations).await?;
        let messages = self.messages_of(submissions);
        for row in store.messages(&messages).await? {
            let key = self.heads.core.ring.key(&row.key)?;
            let found = Found::stored(&row, key)?;
            self.messages.insert((row.conversation, row.message), found);
        }
        self.look_up_urgent(submissions).await?;
        let readable = |(person, parsed): (PersonId, &'s ParsedCommand)| {
            let command = parsed.command.as_ref().ok()?;
            Some((person, command))
        };
        self.look_up_files(commands(submissions).filter_map(readable))
            .await
    }

    /// Counts the urgent messages of the last hour of those who send one now.
    async fn look_up_urgent(&mut self, submissions: &[Submission]) -> Result<(), CoreError> {
        let sends = |(person, parsed): (PersonId, &ParsedCommand)| {
            let command = parsed.command.as_ref().ok()?;
            command.action.message()?.urgent.as_ref().map(|_| person)
        };
        let persons: HashSet<PersonId> = commands(submissions).filter_map(sends).collect();
        if !persons.is_empty() {
            let persons: Vec<PersonId> = persons.into_iter().collect();
            let after = self.now.plus(-Timestamp::HOUR);
            let store = &self.heads.core.store;
            self.urgent.extend(store.urgent_after(&persons, after).await?);
        }
        Ok(())
    }

    /// The messages that commands refer to or create, each with its conversation.
    fn messages_of(&self, submissions: &[Submission]) -> Vec<(ConversationId, MessageId)> {
        let mut messages = Vec::new();
        for (person, parsed) in commands(submissions) {
            let Ok(command) = &parsed.command else { continue };
            let conversation = self.destination(person, command);
            if self.heads.entries.contains_key(&conversation) {
                let of_command = [command.action.makes(), command.action.names()];
                messages.extend(of_command.into_iter().flatten().map(|id| (conversation, id)));
            }
        }
        messages.sort_unstable();
        messages.dedup();
        messages
    }

    /// The conversation that a command goes to: the one it names, the one behind an alias, or, for the start of a
    /// direct conversation whose pair has one already, that one.
    pub(in crate::core) fn destination(&self, person: PersonId, command: &Command) -> ConversationId {
        let named = command.conversation;
        if self.heads.entries.contains_key(&named) {
            return named;
        }
        let of_pair = match &command.action {
            Action::Start { .. } => pair(command).and_then(|pair| self.direct_conversations.get(&pair)),
            _ => None,
        };
        let alias = self.aliases.get(&(person, named));
        of_pair.or(alias).copied().unwrap_or(named)
    }
}

/// All commands, each with the person who sent it.
fn commands(submissions: &[Submission]) -> impl Iterator<Item = (PersonId, &ParsedCommand)> + Clone {
    submissions.iter().flat_map(|submission| {
        let commands = submission.commands.iter();
        commands.map(|command| (submission.actor.person, command))
    })
}
